"""New limits on amounts: of units, contracts, stores, routes, draws, the book."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain, good
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.plan.blocks.work import per_period
from orebook.plan.conditions import Conditions, FloatArray
from orebook.process.network import Network
from orebook.quantity import Measure, Rate

__all__ = [
    "NewLimit",
    "allowed",
    "check_amount",
    "check_limits",
    "known_name",
    "new_limits",
    "sides_of",
    "subjects",
    "unit_of",
]


@dataclass(frozen=True, slots=True)
class NewLimit:
    """A new limit on an amount.

    Parameters
    ----------
    subject : str
        ``unit:ID:LIMIT``, ``buy:ID``, ``sell:ID``, ``route:ID``, ``limit:ID``,
        ``store:ID`` or ``draw:ID``.
    side : str
        ``"max"``, ``"min"`` (not of units and routes), or ``"amount"`` of a draw.
    value : float or None
        New limit; None keeps the old one as base [unit].
    per : str
        Time the value is per: ``h``, ``d``, ``week``, ``month``, ``a``; empty for
        what a store holds.
    factor : float
        Multiplies the base [-].
    periods : tuple of str
        Names of the periods it holds in; every period of the horizon where empty.
    """

    subject: str
    side: str
    value: float | None = None
    per: str = ""
    factor: float = 1.0
    periods: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Key of `Conditions.limit`."""
        return f"{self.subject} {self.side}"


SIDES: Mapping[str, tuple[str, ...]] = {
    "unit": ("max",),
    "route": ("max",),
    "buy": ("max", "min"),
    "sell": ("max", "min"),
    "limit": ("max", "min"),
    "store": ("max", "min"),
    "draw": ("amount",),
}
"""Kinds of subject and what may be limited of each."""

_Stated = Measure | Rate | None
_Entry = tuple[str, Callable[[str], _Stated]]  # unit, and what the book states by side


def subjects(chain: Chain) -> tuple[str, ...]:
    """Return everything of a book whose amount can be limited, in its order."""
    found = [f"unit:{u.id}:{name}" for u in chain.units for name in u.limits]
    families = (
        ("buy", chain.purchases),
        ("sell", chain.sales),
        ("route", chain.routes),
        ("limit", chain.limits),
        ("store", chain.stores),
        ("draw", chain.draws),
    )
    return (*found, *(f"{kind}:{x.id}" for kind, family in families for x in family))


def sides_of(subject: str) -> tuple[str, ...]:
    """Return what may be limited of a subject, ``max``, ``min`` or ``amount``."""
    return SIDES.get(subject.partition(":")[0], ())


def unit_of(network: Network, subject: str) -> str:
    """Return the unit a limit counts in, per period or, for a store, as it is.

    Raises
    ------
    InputError
        If the book has no such subject.
    """
    known_name("limit", subject, subjects(network.chain))
    return _entry(network, subject)[0]


def allowed(network: Network, known: Conditions, subject: str, side: str) -> FloatArray:
    """Return a limit as it holds, shape (periods,) [unit per period, a store: unit].

    Parameters
    ----------
    network : Network
        Chain and physics.
    known : Conditions
        What holds; its own limits go before those of the book.
    subject, side : str
        As in `NewLimit`.

    Returns
    -------
    array of float
        ``inf`` (for a least amount ``0``, of a limit of the book ``-inf``) where
        nothing limits.
    """
    key = f"{subject} {side}"
    if key in known.limit:
        return np.array(known.limit[key], np.float64)
    unit, of = _entry(network, subject)
    stated = of(side)
    if stated is None:
        free = -np.inf if subject.startswith("limit:") else 0.0
        return np.full(len(known.periods), np.inf if side == "max" else free)
    if subject.startswith("store:") and isinstance(stated, Measure):
        return np.full(len(known.periods), stated.to(unit))
    return per_period(stated, unit, known.periods)


def _entry(network: Network, subject: str) -> _Entry:
    chain = network.chain
    kind, _, name = subject.partition(":")
    if kind == "unit":
        unit, _, limit = name.partition(":")
        stated = chain.unit[unit].limits[limit]
        return network.processes[unit].limits[limit], lambda side: stated
    if kind == "limit":
        book = next(x for x in chain.limits if x.id == name)
        return book.unit, lambda side: book.max if side == "max" else book.min
    return _traded(chain, kind, name)


def _traded(chain: Chain, kind: str, name: str) -> _Entry:
    if kind == "buy":
        bought = next(p for p in chain.purchases if p.id == name)
        unit = chain.material[good(bought.good).material].unit
        return unit, lambda side: bought.max if side == "max" else bought.min
    if kind == "sell":
        sold = next(s for s in chain.sales if s.id == name)
        unit = chain.material[good(sold.goods[0]).material].unit
        return unit, lambda side: sold.max if side == "max" else sold.min
    if kind == "route":
        route = next(r for r in chain.routes if r.id == name)
        return chain.material[route.materials[0]].unit, lambda side: route.capacity
    if kind == "draw":
        draw = next(d for d in chain.draws if d.id == name)
        return chain.material[good(draw.good).material].unit, lambda side: draw.amount
    store = next(s for s in chain.stores if s.id == name)
    unit = chain.material[good(store.good).material].unit
    return unit, lambda side: store.capacity if side == "max" else store.minimum


def new_limits(
    network: Network, known: Conditions, changes: Collection[NewLimit]
) -> dict[str, FloatArray]:
    """Return the limits that hold with what is new, by key of `Conditions.limit`.

    Parameters
    ----------
    network : Network
        Chain and physics.
    known : Conditions
        What held so far.
    changes : collection of NewLimit
        What is new, checked by `check_limits`.

    Returns
    -------
    dict of str to array
        Arrays of shape (periods,) [unit per period, a store: unit].
    """
    found = dict(known.limit)
    names = [p.name for p in known.periods]
    for new in changes:
        base = found.get(new.key)
        if base is None:
            base = allowed(network, known, new.subject, new.side)
        value = base if new.value is None else _valued(new, known.periods)
        here = np.array([not new.periods or n in new.periods for n in names])
        found[new.key] = np.where(here, value * new.factor, base)
    return found


def _valued(new: NewLimit, periods: Collection[Period]) -> FloatArray:
    value = float("nan") if new.value is None else new.value
    if not new.per:
        return np.full(len(periods), value)
    each = Rate(value, new.per)
    return np.array([each.in_hours(p.hours, p.months) for p in periods])


def check_limits(network: Network, changes: Collection[NewLimit]) -> None:
    """Refuse new limits of what the book does not have.

    Raises
    ------
    InputError
        At the first wrong name, side or value; names the nearest right one.
    """
    known = subjects(network.chain) if changes else ()
    for new in changes:
        known_name("limit", new.subject, known)
        known_name(f"side of {new.subject}", new.side, sides_of(new.subject))
        if new.value is not None and not new.subject.startswith("limit:"):
            check_amount(f"{new.side} of {new.subject}", new.value)
        check_amount(f"factor of {new.subject}", new.factor)
        stated = _entry(network, new.subject)[1](new.side)
        if new.value is None and stated is None:
            message = (
                f"{new.subject} has no {new.side} that a factor could change; expected "
                "a limit in the book; state a value instead of a factor"
            )
            raise InputError(message)


def known_name(kind: str, name: str, names: Collection[str]) -> None:
    """Refuse a name that is not among those known; name the nearest.

    Raises
    ------
    InputError
        If it is not.
    """
    if name not in names:
        hint = did_you_mean(name, names, "correct the name")
        message = (
            f"{kind} '{name}' is not in the plan; expected one of {listed(names)}; "
            f"{hint}"
        )
        raise InputError(message)


def check_amount(what: str, value: float) -> None:
    """Refuse what is no finite number of at least 0.

    Raises
    ------
    InputError
        If it is not one.
    """
    if not (np.isfinite(value) and value >= 0.0):
        message = f"{what} is {value}; expected a number, at least 0; correct it"
        raise InputError(message)
