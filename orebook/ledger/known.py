"""What an intake file may name: meters, streams, stores, contracts; their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orebook.chain.chain import Chain, good
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import UnitError
from orebook.ledger.layout import Problem, plain
from orebook.process.network import Network, network
from orebook.quantity import Measure, factor, rate

DAYS_PER_MONTH = 365.0 / 12.0

_SPELLED = {
    "kt": ("t", 1000.0),
    "千吨": ("t", 1000.0),
    "%": ("", 0.01),
    "％": ("", 0.01),
    "wt%": ("", 0.01),
    "g/t": ("", 1e-6),
    "ppm": ("", 1e-6),
    "t/t": ("", 1.0),
    "-": ("", 1.0),
}


@dataclass(frozen=True)
class Known:
    """Valid names of a book.

    Parameters
    ----------
    targets : mapping
        Tag (meter id, stream, ``stock:STORE``) to (what it reads, its unit, the unit
        assumed where a row has none).
    contracts, costs, units, centres, stores : mapping
        Names to what they stand for.
    components : tuple of str
        Components of any material.
    largest : mapping
        Stream to the most it can plausibly pass in a day [stream unit].
    """

    targets: Mapping[str, tuple[str, str, str]]
    contracts: Mapping[str, tuple[str, str]]
    costs: Mapping[str, str]
    units: Mapping[str, str]
    centres: Mapping[str, str]
    stores: Mapping[str, tuple[str, str]]
    components: tuple[str, ...]
    largest: Mapping[str, float]


def known(chain: Chain, streams: Network | None = None) -> Known:
    """Return the names of a book that intake may use.

    Parameters
    ----------
    chain : Chain
        The book.
    streams : Network, optional
        Its network, where already made.
    """
    made = network(chain) if streams is None else streams
    unit = {s.id: s.unit for s in made.streams}
    stores = {
        s.id: (f"stock:{s.id}", chain.material[good(s.good).material].unit)
        for s in chain.stores
    }
    targets = {s: (s, u, u) for s, u in unit.items()}
    targets |= {name: (name, u, u) for name, u in stores.values()}
    for meter in chain.meters:
        own = _unit_of(meter.reads, unit, dict(stores.values()))
        targets[meter.id] = (meter.reads, own, meter.unit or own)
    components = sorted({c for m in chain.materials for c in m.assay})
    contracts: dict[str, tuple[str, str]] = {
        f"buy:{p.id}": (f"buy:{p.id}", chain.material[good(p.good).material].unit)
        for p in chain.purchases
    }
    contracts |= {
        f"sell:{s.id}": (f"sell:{s.id}", chain.material[good(s.goods[0]).material].unit)
        for s in chain.sales
    }
    return Known(
        targets=targets,
        contracts=_with_bare(contracts),
        costs={c.id: c.id for c in chain.costs}
        | {u.id: u.id for u in chain.units}
        | {f"start:{u.id}": f"start:{u.id}" for u in chain.units if u.on_off}
        | {d.id: d.id for d in chain.demand_charges},
        units={u.id: u.centre for u in chain.units},
        centres={c.id: c.id for c in chain.centres},
        stores=stores,
        components=tuple(components),
        largest=_largest(chain),
    )


def _unit_of(reads: str, unit: Mapping[str, str], stock: Mapping[str, str]) -> str:
    if reads.startswith("assay:"):
        return "-"
    return unit.get(reads) or stock.get(reads, "t")


def _with_bare(contracts: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Add contracts without ``buy:`` or ``sell:`` where that is not ambiguous."""
    bare: dict[str, list[tuple[str, str]]] = {}
    for name, entry in contracts.items():
        bare.setdefault(name.partition(":")[2], []).append(entry)
    return contracts | {name: e[0] for name, e in bare.items() if len(e) == 1}


def _largest(chain: Chain) -> dict[str, float]:
    """Return what capacities and contracts allow in a day."""
    found: dict[str, float] = {}

    def note(stream: str, measure: Measure | None, unit: str) -> None:
        if measure is None:
            return
        per = rate(f"{measure.number!r} {measure.unit}", unit)
        found[stream] = per.in_hours(24.0, 1.0 / DAYS_PER_MONTH)

    for p in chain.purchases:
        note(f"buy:{p.id}", p.max, chain.material[good(p.good).material].unit)
    for s in chain.sales:
        for text in s.goods:
            material = good(text).material
            note(f"sell:{s.id}:{material}", s.max, chain.material[material].unit)
    for r in chain.routes:
        for m in r.materials:
            for end in ("send", "receive"):
                note(f"{end}:{r.id}:{m}", r.capacity, chain.material[m].unit)
    return found


def find(name: object, names: Iterable[str], what: str) -> str | Problem:
    """Return the valid name meant, width and case aside, or what is wrong.

    Examples
    --------
    >>> find("bs-feed", ["BS-FEED", "BS-OUT"], "meter")
    'BS-FEED'
    >>> find("BS-FED", ["BS-FEED", "BS-OUT"], "meter")[2]
    "did you mean 'BS-FEED'? otherwise add it to the book"
    """
    choices = list(names)
    text = "" if name is None else str(name).strip()
    if text in choices:
        return text
    folded = [c for c in choices if plain(c) == plain(text)]
    if len(folded) == 1:
        return folded[0]
    return (
        f"is no {what} of the book" if text else "has no value",
        f"one of {listed(choices)}",
        did_you_mean(text, choices, "add it to the book"),
    )


def convert(value: float, unit: str, target: str) -> float | Problem:
    """Return a value in another unit, or what is wrong with its unit.

    Examples
    --------
    >>> convert(2.5, "kt", "t"), convert(45.0, "%", "-")
    (2500.0, 0.45)
    """
    wanted = "" if target == "-" else target
    base, scale = _SPELLED.get(unit.strip(), (unit.strip(), 1.0))
    if base == wanted:
        return float(f"{value * scale:.14g}")
    try:
        size, offset = factor(base, wanted)
    except UnitError:
        return (
            "is a unit of something else, or unknown",
            f"a unit of {target}",
            f"write the figure in {target}",
        )
    return float(f"{(value * scale) * size + offset:.14g}")
