"""Checks of mixed materials: used where a mix can be, ingredients with an assay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orebook.chain.chain import Chain, good
from orebook.chain.entries import EntryMistake
from orebook.chain.nearest import listed
from orebook.chain.plant import Unit
from orebook.process.content import feed_port
from orebook.process.network import Network

__all__ = ["mixed_mistakes"]


def mixed_mistakes(net: Network) -> Iterator[EntryMistake]:
    """Yield what is wrong with the mixed materials of a book.

    Parameters
    ----------
    net : Network
        The net of the units that fit their kind.

    Yields
    ------
    EntryMistake
        A mixed material drawn at a fixed rate or used as a reagent; an ingredient that
        does not state a component which somebody limits or reacts to.
    """
    mixed = {m.id for m in net.chain.materials if m.mixed}
    if not mixed:
        return
    for draw in net.chain.draws:
        if good(draw.good).material in mixed:
            yield EntryMistake(
                "draws", draw.id, ("good",), "is a mixed material, drawn at a fixed "
                "rate", "a material of known quality", "let a unit use it instead",
            )  # fmt: skip
    for unit in net.chain.units:
        yield from _reagents(net, unit, mixed)
    yield from _ingredients(net.chain, mixed)


def _reagents(net: Network, unit: Unit, mixed: set[str]) -> Iterator[EntryMistake]:
    feeds = {feed_port(text) for text in unit.feed}
    for stream in net.of(unit.id):
        name = stream.balance.material
        if stream.sign < 0 and name in mixed and stream.port not in feeds:
            yield EntryMistake(
                "units", unit.id, (), f"uses the mixed material '{name}' at the port "
                f"'{stream.port}', which is no feed", "a material of known quality",
                "make it a feed, or bind another material", value=name,
            )  # fmt: skip


def _ingredients(chain: Chain, mixed: set[str]) -> Iterator[EntryMistake]:
    needed = _needed(chain, mixed)
    ingredients: dict[str, dict[str, str]] = {}  # material: component: who asks
    for unit in chain.units:
        out = _product(unit)
        for text in unit.feed if out in mixed else ():
            name = feed_port(text)
            if name not in mixed:
                ingredients.setdefault(name, {}).update(needed.get(str(out), {}))
    for name in _as_they_are(chain, mixed):
        ingredients.setdefault(name, {}).update(needed.get(name, {}))
    for name, wanted in ingredients.items():
        known = chain.material[name].assay
        for component, who in wanted.items():
            if component not in known:
                yield EntryMistake(
                    "materials", name, ("assay",), "does not state the component "
                    f"'{component}', which {who}", f"{listed(sorted(wanted))}",
                    f'add {component} = "... %", 0 % where there is none',
                    value=", ".join(known) or "no assay", about=frozenset({component}),
                )  # fmt: skip


def _product(unit: Unit) -> str:
    """Return the material a unit passes its feed on as; empty where it does not."""
    product = unit.ports.get("product") if unit.kind == "mix" else None
    return "" if product is None else good(product, unit.place).material


def _as_they_are(chain: Chain, mixed: set[str]) -> Iterator[str]:
    """Yield the mixed materials that are also bought, or in stock without an assay."""
    for purchase in chain.purchases:
        if good(purchase.good).material in mixed:
            yield good(purchase.good).material
    for store in chain.stores:
        name = good(store.good).material
        if name in mixed and store.opening.number > 0.0 and not store.assay:
            yield name


def _needed(chain: Chain, mixed: set[str]) -> Mapping[str, dict[str, str]]:
    """Return by mixed material which components matter, and to whom."""
    found: dict[str, dict[str, str]] = {name: {} for name in mixed}
    for sale in chain.sales:
        for text in sale.goods:
            for limit in sale.spec if good(text).material in mixed else ():
                for one in limit.of.split("/"):
                    who = f"the sale '{sale.id}' limits"
                    found[good(text).material].setdefault(one, who)
    for unit in chain.units:
        asked = [one for limit in unit.feed_limits for one in limit.of.split("/")]
        asked += [
            one
            for delta in unit.recipe.get("deltas", ())
            if not str(delta["on"]).startswith("setting:")
            for one in str(delta["on"]).split("/")
        ]
        for text in unit.feed if asked else ():
            if feed_port(text) in mixed:
                who = f"the unit '{unit.id}' answers to"
                found[feed_port(text)] |= {
                    one: found[feed_port(text)].get(one, who) for one in asked
                }
    for _ in mixed:  # what is asked of a mix is asked of a mix it is made of
        for unit in chain.units:
            for text in unit.feed if _product(unit) in mixed else ():
                if feed_port(text) in mixed:
                    own = found[feed_port(text)]
                    found[feed_port(text)] = {**found[_product(unit)], **own}
    return found
