"""A part of the group by itself: its sites, what they own, and the market instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Chain
from orebook.chain.plant import Limit
from orebook.chain.trade import Purchase, Sale
from orebook.evaluate.links import Market
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.conditions import Conditions
from orebook.plan.infeasible import ContradictionError, demand_optimal
from orebook.plan.result import Plan
from orebook.plan.solve import Solver
from orebook.plan.words import in_words
from orebook.process.network import network
from orebook.quantity import Measure

__all__ = ["Alone", "alone", "by_site", "players_of"]

FloatArray = npt.NDArray[np.float64]


class _Owned(Protocol):
    """An entry of the book that a centre owns."""

    @property
    def centre(self) -> str: ...


@dataclass(frozen=True)
class Alone:
    """The best that some sites can do by themselves.

    Parameters
    ----------
    sites : frozenset of str
        Who they are.
    assembly : Assembly
        Their own plan.
    x : array of float
        Its solution.
    margin : float
        Margin over the horizon after fixed costs [CNY].
    contradiction : str
        Why they cannot meet their obligations by themselves, in the book's words; the
        margin is then that of standing still as far as it takes. Empty otherwise.
    """

    sites: frozenset[str]
    assembly: Assembly
    x: FloatArray
    margin: float
    contradiction: str = ""


def players_of(chain: Chain) -> tuple[str, ...]:
    """Return the sites that own something that moves, in the order of the book.

    The group's own functions are one of them where they own units, contracts, routes or
    stores; fixed costs alone make no player.
    """
    moving: Iterable[_Owned] = (
        *chain.units,
        *chain.stores,
        *chain.routes,
        *chain.purchases,
        *chain.sales,
    )
    owners = {chain.site_of(e.centre) for e in moving}
    return tuple(c.id for c in chain.centres if c.id in owners)


def alone(plan: Plan, sites: Iterable[str], markets: Sequence[Market]) -> Alone:
    """Return the best plan of some sites without the others.

    Parameters
    ----------
    plan : Plan
        The group's plan; gives conditions, and the shares of common limits.
    sites : iterable of str
        Who stay together.
    markets : sequence of Market
        What each may buy and sell instead of dealing with others; those of the sites
        are open to them, whoever they stay with.

    Returns
    -------
    Alone
        Where the sites cannot meet their least quantities without the others, these are
        waived and the contradiction is told.

    Notes
    -----
    A contract, store or unit belongs to the site of its centre; a route also needs the
    sites at both its ends. A limit over streams of several sites is shared in
    proportion to what each uses of it in the group's plan.
    """
    chosen = frozenset(sites)
    own = [m for m in markets if m.site in chosen and m.price is not None]
    chain = _part(plan, chosen, own)
    conditions = _with_prices(plan.assembly.conditions, own)
    made = _capped(assemble(network(chain), conditions), own)
    problem, words = made.problem, ""
    try:
        solution = demand_optimal(problem, Solver(problem).solve())
    except ContradictionError as error:
        words = str(in_words(made, error))
        made = _capped(assemble(network(_waived(chain)), conditions), own)
        solution = demand_optimal(made.problem, Solver(made.problem).solve())
    return Alone(chosen, made, solution.x, -solution.objective, words)


def _part(plan: Plan, sites: frozenset[str], markets: Sequence[Market]) -> Chain:
    """Return the chain of some sites, with a contract for every market."""
    chain = plan.network.chain
    place = {p.id: chain.site_of(p.centre) for p in chain.places}
    kept: dict[str, tuple[object, ...]] = {"meters": ()}
    for family in Chain.model_fields:
        entries = getattr(chain, family)
        if family not in _COMMON and isinstance(entries, tuple):
            kept[family] = tuple(
                e
                for e in entries
                if not hasattr(e, "centre") or chain.site_of(e.centre) in sites
            )
    routes = [r for r in chain.routes if r in kept["routes"]]
    routes = [r for r in routes if {place[r.start], place[r.end]} <= sites]
    kept["routes"] = tuple(routes)
    kept["purchases"] += tuple(_contracts(chain, markets, "buy"))
    kept["sales"] += tuple(_contracts(chain, markets, "sell"))
    names = {u.id for u in chain.units if chain.site_of(u.centre) in sites}
    names |= {r.id for r in routes}
    kept["outages"] = tuple(o for o in chain.outages if o.unit in names)
    part = _chain(chain, kept)
    return _chain(part, {"limits": tuple(_limits(plan, part, sites))})


_COMMON = frozenset({"centres", "places", "limits", "meters", "outages"})
"""Families that stay whole, or are cut by a rule of their own."""


def _chain(chain: Chain, changed: Mapping[str, object]) -> Chain:
    """Return a chain with some families replaced; nothing cached is carried over."""
    fields = {name: getattr(chain, name) for name in Chain.model_fields}
    return Chain.model_construct(**{**fields, **changed})


def _contracts(
    chain: Chain, markets: Sequence[Market], side: str
) -> Iterable[Purchase | Sale]:
    for m in markets:
        if m.side != side:
            continue
        of = chain.material[m.balance.material].unit
        named: dict[str, object] = {
            "id": m.id,
            "name": m.id,
            "name_en": m.id,
            "centre": m.site,
            "price": Measure(0.0, f"CNY/{of}"),  # the conditions hold the real one
        }
        if side == "buy":
            yield Purchase.model_validate(named | {"good": str(m.balance)})
        else:
            yield Sale.model_validate(named | {"goods": [str(m.balance)]})


def _with_prices(conditions: Conditions, markets: Sequence[Market]) -> Conditions:
    prices = {f"{m.side}:{m.id}": m.price.value for m in markets if m.price is not None}
    return replace(conditions, price={**conditions.price, **prices})


def _capped(made: Assembly, markets: Sequence[Market]) -> Assembly:
    """Let every market take or give no more than the group's plan moves there."""
    upper = made.problem.upper.copy()
    for m in markets:
        name = m.id if m.side == "buy" else f"{m.id}:{m.balance.material}"
        block = made.problem.columns[m.side]
        upper[block.index(name, np.arange(m.most.size))] = m.most
    return replace(made, problem=replace(made.problem, upper=upper))


def _limits(plan: Plan, part: Chain, sites: frozenset[str]) -> Iterable[Limit]:
    """Yield the limits that bear on the sites, common ones with the sites' share."""
    chain, net = plan.network.chain, plan.network
    known = {s.id for s in network(part).streams}
    for limit in chain.limits:
        used: dict[str, float] = {}
        for name, weight in limit.terms.items():
            stream = net.stream[name]
            size = weight.to(f"{limit.unit}/{stream.unit}")
            moved = abs(size) * float(plan.amounts[net.position[name]].sum())
            site = chain.site_of(stream.centre)
            used[site] = used.get(site, 0.0) + moved
        terms = {name: w for name, w in limit.terms.items() if name in known}
        mine = sum(amount for site, amount in used.items() if site in sites)
        total = sum(used.values())
        inside = sum(site in sites for site in used)
        share = mine / total if total > 0.0 else inside / len(used)
        if terms and inside:
            yield limit.model_copy(
                update={
                    "terms": terms,
                    "max": _times(limit.max, share),
                    "min": _times(limit.min, share),
                }
            )


def _times(measure: Measure | None, share: float) -> Measure | None:
    return None if measure is None else replace(measure, number=measure.number * share)


def _waived(chain: Chain) -> Chain:
    """Return the chain without least quantities and own uses: it may stand still."""
    none = {"min": None}
    return _chain(
        chain,
        {
            "units": tuple(u.model_copy(update={"minimum": 0.0}) for u in chain.units),
            "purchases": tuple(p.model_copy(update=none) for p in chain.purchases),
            "sales": tuple(s.model_copy(update=none) for s in chain.sales),
            "limits": tuple(x.model_copy(update=none) for x in chain.limits),
            "draws": (),
        },
    )


def by_site(made: Assembly, x: FloatArray) -> dict[str, float]:
    """Return what a solution brings each site in trade with the outside [CNY].

    Parameters
    ----------
    made : Assembly
        A plan.
    x : array of float
        Its solution.

    Returns
    -------
    dict
        Site to margin after its fixed costs; transport between sites stands under
        ``route:ID``. Together they are the margin of the plan.
    """
    chain = made.network.chain
    site = {p.id: chain.site_of(p.centre) for p in chain.places}
    between = {r.id for r in chain.routes if site[r.start] != site[r.end]}
    owner = _owners(chain)
    found: dict[str, float] = {}
    for block in made.problem.columns.values():
        if block.name == "lots":
            continue  # counts what the columns of the contracts already pay
        money = -(made.problem.cost * x)[block.all()].sum(axis=1)
        for entity, amount in zip(block.entities, money, strict=True):
            name = entity.partition(":")[0].partition("#")[0]
            key = (
                f"route:{name}"
                if block.name == "ship" and name in between
                else chain.site_of(owner[_FAMILY.get(block.name, "")][name])
            )
            found[key] = found.get(key, 0.0) + float(amount)
    for cost in chain.costs:
        key = chain.site_of(cost.centre)
        spent = sum(
            cost.amount.in_hours(p.hours, p.months) for p in made.conditions.periods
        )
        found[key] = found.get(key, 0.0) - spent
    return found


_FAMILY = {
    "duty": "unit",
    "buy": "buy",
    "shortfall": "buy",
    "sell": "sell",
    "excess": "sell",
    "ship": "route",
    "stock": "store",
}
"""Family of the entries whose ids name the columns of a block."""


def _owners(chain: Chain) -> dict[str, dict[str, str]]:
    """Return the centre of every entry by family; under no name, of all of them."""
    every: dict[str, str] = {}
    for family in Chain.model_fields:
        entries = getattr(chain, family)
        for e in entries if isinstance(entries, tuple) else ():
            if hasattr(e, "centre") and hasattr(e, "id"):
                every.setdefault(e.id, e.centre)
    return {
        "unit": {u.id: u.centre for u in chain.units},
        "buy": {p.id: p.centre for p in chain.purchases},
        "sell": {s.id: s.centre for s in chain.sales},
        "route": {r.id: r.centre for r in chain.routes},
        "store": {s.id: s.centre for s in chain.stores},
        "": every,
    }
