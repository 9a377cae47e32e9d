"""One datum that can be moved: a price, a series, a limit, an availability."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from orebook.chain.chain import Chain
from orebook.errors import InputError
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.replan_limits import NewLimit, allowed, known_name, sides_of, subjects
from orebook.plan.result import Plan
from orebook.plan.scenario.overlay import series_prices

__all__ = ["Datum", "Kind", "data_of", "moved", "read_datum"]

Kind = Literal["price", "series", "limit", "availability"]


@dataclass(frozen=True, slots=True)
class Datum:
    """A datum of the book that a study moves.

    Parameters
    ----------
    kind : {"price", "series", "limit", "availability"}
        What it is.
    subject : str
        ``buy:ID`` or ``sell:ID``; id of the series; subject of a limit; id of a unit.
    side : str
        Of a limit, ``"max"``, ``"min"`` or ``"amount"``.
    """

    kind: Kind
    subject: str
    side: str = ""

    @property
    def key(self) -> str:
        """Name that `read_datum` reads."""
        tail = f":{self.side}" if self.side else ""
        return f"{self.kind} {self.subject}{tail}"


def read_datum(text: str) -> Datum:
    """Read a datum: ``"price sell:ID"``, ``"limit buy:ID:max"`` and so on.

    Parameters
    ----------
    text : str
        Kind and subject; a limit ends with its side, ``max`` where none stands.

    Raises
    ------
    InputError
        If the kind is unknown or the subject is missing.

    Examples
    --------
    >>> read_datum("limit unit:kiln:throughput:max").subject
    'unit:kiln:throughput'
    >>> read_datum("series alumina").key
    'series alumina'
    """
    kind, _, subject = text.strip().partition(" ")
    kinds = ("price", "series", "limit", "availability")
    if kind not in kinds or not subject:
        raise InputError(
            f"'{text}' is no datum; expected one of {', '.join(kinds)}, a space and a "
            'name; write for example "price sell:ID"'
        )
    if kind != "limit":
        return Datum(kind, subject.strip())  # type: ignore[arg-type]  # one of kinds
    head, _, side = subject.strip().rpartition(":")
    if head and side in ("max", "min", "amount"):
        return Datum("limit", head, side)
    whole = subject.strip()
    return Datum("limit", whole, next(iter(sides_of(whole)), "max"))


def moved(plan: Plan, datum: Datum, factor: float) -> Changes:
    """Return the changes that multiply a datum in every period.

    Parameters
    ----------
    plan : Plan
        The plan so far.
    datum : Datum
        What moves.
    factor : float
        Multiplies it; an availability goes no higher than 100 % [-].

    Raises
    ------
    InputError
        If the plan has no such datum; names the nearest.
    """
    check = _NAMES[datum.kind]
    known_name(datum.kind, datum.subject, check(plan))
    if datum.kind == "price":
        return Changes(prices=(NewPrice(datum.subject, factor=factor),))
    if datum.kind == "series":
        steps = range(len(plan.periods))
        prices = [
            new
            for t in steps
            for new in series_prices(plan, datum.subject, period=t, factor=factor)
        ]
        return Changes(prices=tuple(prices))
    if datum.kind == "limit":
        return Changes(limits=(NewLimit(datum.subject, datum.side, factor=factor),))
    return _available(plan, datum.subject, factor)


def _available(plan: Plan, unit: str, factor: float) -> Changes:
    """Multiply what all limits of a unit leave, up to its nameplate."""
    share = float(plan.assembly.conditions.availability[unit].max())
    held = min(factor, 1.0 / share) if share > 0.0 else factor
    limits = plan.network.chain.unit[unit].limits
    return Changes(
        limits=tuple(NewLimit(f"unit:{unit}:{x}", "max", factor=held) for x in limits)
    )


def _series(plan: Plan) -> list[str]:
    chain = plan.network.chain
    used = {c.series for c in (*chain.purchases, *chain.sales)}
    return sorted(s for s in used if s is not None)


_NAMES: Mapping[Kind, Callable[[Plan], Collection[str]]] = {
    "price": lambda plan: list(plan.assembly.conditions.price),
    "series": _series,
    "limit": lambda plan: subjects(plan.network.chain),
    "availability": lambda plan: [u.id for u in plan.network.chain.units if u.limits],
}


def data_of(plan: Plan) -> tuple[Datum, ...]:
    """Return the data a tornado looks at where none are named.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    tuple of Datum
        Every price series in use, every contract with a price of its own that is
        traded in the plan, every limit of a unit, contract, route, store or of the
        book that earns a rent, and the availability of every unit at its capacity.
    """
    chain = plan.network.chain
    found = [Datum("series", s) for s in _series(plan)]
    found += [Datum("price", key) for key in _own_prices(chain) if _traded(plan, key)]
    for rent in plan.rents:
        for datum in _behind(plan, rent.kind, rent.subject):
            if datum not in found:
                found.append(datum)
    return tuple(found)


def _own_prices(chain: Chain) -> list[str]:
    own = [f"buy:{p.id}" for p in chain.purchases if p.series is None]
    return own + [f"sell:{s.id}" for s in chain.sales if s.series is None]


def _traded(plan: Plan, key: str) -> bool:
    return any(
        plan.amounts[i].sum() > 0.0
        for i, s in enumerate(plan.network.streams)
        if s.id == key or s.id.startswith(f"{key}:")
    )


def _behind(plan: Plan, kind: str, subject: str) -> list[Datum]:
    """Return the data behind a limit that earns a rent."""
    head = subject.partition("#")[0]
    if kind == "capacity":
        unit = subject.partition(":")[0]
        found = [Datum("limit", f"unit:{subject}", "max")]
        if float(plan.assembly.conditions.availability[unit].min()) < 1.0:
            found.append(Datum("availability", unit))
        return found
    names = {
        "buy": f"buy:{head}",
        "sell": f"sell:{head.partition(':')[0]}",
        "sell_total": f"sell:{head}",
        "route": f"route:{head}",
        "stock": f"store:{head}",
        "limit": f"limit:{head}",
    }
    if kind not in names:
        return []
    return [
        Datum("limit", names[kind], side)
        for side in sides_of(names[kind])
        if _finite(plan, names[kind], side)
    ]


def _finite(plan: Plan, subject: str, side: str) -> bool:
    held = allowed(plan.network, plan.assembly.conditions, subject, side)
    return bool(abs(held).max() < float("inf") and abs(held).max() > 0.0)
