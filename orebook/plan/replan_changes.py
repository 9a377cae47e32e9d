"""What is new since a plan was made: prices, outages, stock counts, ships, limits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain
from orebook.chain.material import QualityLimit
from orebook.chain.plant import Outage
from orebook.errors import InputError
from orebook.plan.conditions import Conditions, FloatArray, conditions
from orebook.plan.decided import running_after
from orebook.plan.replan_limits import (
    NewLimit,
    check_amount,
    check_limits,
    known_name,
    new_limits,
)
from orebook.plan.result import Plan

__all__ = [
    "GROUPS",
    "Changes",
    "Delay",
    "NewLimit",
    "NewPrice",
    "NewSpec",
    "check_changes",
    "history_of",
    "new_chain",
    "new_conditions",
]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "horizon": ("roll",),
    "prices": ("prices",),
    "availability": ("outages",),
    "stocks": ("stocks",),
    "limits": ("delays", "specs", "limits"),
}
"""Groups of inputs that a difference is split by, and the fields of each."""


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A new market price of one contract.

    Parameters
    ----------
    contract : str
        ``buy:ID`` or ``sell:ID``.
    value : float or None
        New price, excl. VAT; None keeps the old one as base [CNY/unit].
    factor : float
        Multiplies the base [-].
    periods : tuple of str
        Names of the periods it holds in; every period of the horizon where empty.
    """

    contract: str
    value: float | None = None
    factor: float = 1.0
    periods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delay:
    """A delivery that comes in another period than the contract foresaw.

    Parameters
    ----------
    contract : str
        ``buy:ID`` or ``sell:ID``; the contract has an upper limit.
    amount : float
        Quantity that moves [unit of the material].
    since, until : str
        Names of the period it leaves and the period it comes to.
    """

    contract: str
    amount: float
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class NewSpec:
    """A new limit on the quality of what a sale is served with.

    Parameters
    ----------
    sale, of : str
        Id of the sale; component or ratio that is limited.
    side : str
        ``"max"`` or ``"min"``.
    value : float
        New limit [-].
    """

    sale: str
    of: str
    side: str
    value: float


@dataclass(frozen=True, slots=True)
class Changes:
    """All that is new since a plan was made; what is not named stays as it was.

    Parameters
    ----------
    prices : tuple of NewPrice
        New market prices, applied in order.
    outages : tuple of Outage
        Stops not yet in the plan; of a unit or a route.
    stocks : mapping
        Store id to the stock measured at the start of the first period [unit].
    delays : tuple of Delay
        Deliveries that move between periods.
    specs : tuple of NewSpec
        New limits of quality.
    limits : tuple of NewLimit
        New limits on amounts, applied in order.
    roll : int
        Periods the horizon moves on; its length stays [-].
    """

    prices: tuple[NewPrice, ...] = ()
    outages: tuple[Outage, ...] = ()
    stocks: Mapping[str, float] = field(default_factory=dict)
    delays: tuple[Delay, ...] = ()
    specs: tuple[NewSpec, ...] = ()
    limits: tuple[NewLimit, ...] = ()
    roll: int = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of inputs that really change, in the order of `GROUPS`."""
        return tuple(g for g, names in GROUPS.items() if any(map(self._has, names)))

    def _has(self, name: str) -> bool:
        return bool(getattr(self, name))

    def only(self, groups: Collection[str]) -> Changes:
        """Return the changes of some groups alone.

        Parameters
        ----------
        groups : collection of str
            Names from `GROUPS`.

        Returns
        -------
        Changes
            The rest stays as it was planned.

        Examples
        --------
        >>> both = Changes(stocks={"silo": 5.0}, roll=1)
        >>> both.only(["stocks"]).roll
        0
        """
        kept = {n for group in groups for n in GROUPS[group]}
        blank = {
            f.name: getattr(_NOTHING, f.name)
            for f in fields(self)
            if f.name not in kept
        }
        return replace(self, **blank)

    def to_dict(self) -> dict[str, object]:
        """Return the changes as plain data from which `from_dict` reads them."""
        return {
            "prices": [
                {
                    "contract": p.contract,
                    "value": p.value,
                    "factor": p.factor,
                    "periods": list(p.periods),
                }
                for p in self.prices
            ],
            "outages": [o.model_dump(mode="json") for o in self.outages],
            "stocks": dict(self.stocks),
            "delays": [_plain(d) for d in self.delays],
            "specs": [_plain(s) for s in self.specs],
            "limits": [_plain(x) | {"periods": list(x.periods)} for x in self.limits],
            "roll": self.roll,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Changes:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If a part is missing or has another form.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(cls).validate_python(dict(data))
        except ValidationError as error:
            message = (
                f"the changes of a kept re-plan cannot be read: {error}; expected what "
                "Changes.to_dict writes; run: orebook audit verify BOOK"
            )
            raise InputError(message) from error


_NOTHING = Changes()


def history_of(content: object) -> tuple[Changes, ...]:
    """Return what was new at each re-plan, from a kept re-plan.

    Parameters
    ----------
    content : object
        Plain data with the list ``history`` of `Changes.to_dict`.

    Returns
    -------
    tuple of Changes
        In the order they were made.

    Raises
    ------
    InputError
        If the content is none of a re-plan.
    """
    steps = content.get("history") if isinstance(content, dict) else None
    if not isinstance(steps, list):
        message = (
            "a kept re-plan has no list 'history'; expected the changes that led to "
            "it; run: orebook audit verify BOOK"
        )
        raise InputError(message)
    return tuple(Changes.from_dict(step) for step in steps)


def _plain(value: Delay | NewLimit | NewSpec) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def new_chain(chain: Chain, changes: Changes) -> Chain:
    """Return the chain with the new limits of quality.

    Parameters
    ----------
    chain : Chain
        The book.
    changes : Changes
        What is new.

    Returns
    -------
    Chain
        The same object if no limit of quality changes.
    """
    if not changes.specs:
        return chain
    sales = {s.id: s for s in chain.sales}
    for new in changes.specs:
        sale = sales[new.sale]
        limits = [_limit(x, new) for x in sale.spec]
        if new.of not in {x.of for x in sale.spec}:
            limits.append(_limit(QualityLimit(of=new.of), new))
        sales[new.sale] = sale.model_copy(update={"spec": limits})
    return chain.model_copy(update={"sales": tuple(sales.values())})


def _limit(old: QualityLimit, new: NewSpec) -> QualityLimit:
    from orebook.quantity import Measure

    if old.of != new.of:
        return old
    return old.model_copy(update={new.side: Measure(new.value, "")})


def new_conditions(plan: Plan, changes: Changes) -> Conditions:
    """Return the conditions of a plan with what is new.

    Parameters
    ----------
    plan : Plan
        The plan so far.
    changes : Changes
        What is new. A period that joins the horizon carries the last known price on
        and has the availability the book states; the opening stock of a horizon that
        moved on is what the plan foresaw unless it was measured.

    Returns
    -------
    Conditions
        Values of their own; the plan's are not touched. Delays and limits of quality
        are no conditions: they stand in the problem and in the chain.
    """
    known = _rolled(plan, changes.roll) if changes.roll else plan.assembly.conditions
    names = [p.name for p in known.periods]
    price = dict(known.price)
    for new in changes.prices:
        base = price[new.contract]
        value = base if new.value is None else np.full_like(base, new.value)
        here = np.array([not new.periods or n in new.periods for n in names])
        price[new.contract] = np.where(here, value * new.factor, base)
    share = dict(known.availability)
    for outage in changes.outages:
        lost = _lost(plan.network.chain, outage, known.periods)
        share[outage.unit] = np.maximum(0.0, share[outage.unit] - lost)
    opening = {**known.opening, **changes.stocks}
    limit = new_limits(plan.network, known, changes.limits)
    return replace(known, price=price, availability=share, opening=opening, limit=limit)


def _lost(chain: Chain, outage: Outage, periods: Iterable[Period]) -> FloatArray:
    """Return the share of nameplate an outage takes in each period [-]."""
    base = {r.id: r.availability for r in chain.routes}
    base |= {u.id: u.availability for u in chain.units}
    days = [p.overlap_days(outage.first, outage.last) * 24.0 / p.hours for p in periods]
    return np.asarray(base[outage.unit] * outage.share * np.array(days), np.float64)


def _rolled(plan: Plan, count: int) -> Conditions:
    """Return the conditions of a horizon that begins ``count`` periods later."""
    old = plan.assembly.conditions
    chain = plan.network.chain
    added = []
    last = old.periods[-1]
    for _ in range(count):
        last = last.next()
        added.append(last)
    book = conditions(chain, tuple(added), known_until=None)
    closing = dict(
        zip(
            plan.assembly.problem.columns["stock"].entities,
            plan.x[plan.assembly.problem.columns["stock"].all()[:, count - 1]],
            strict=True,
        )
    )
    return replace(
        old,
        periods=(*old.periods[count:], *added),
        price={
            k: np.concatenate([v[count:], np.full(count, v[-1])])
            for k, v in old.price.items()
        },
        availability={
            k: np.concatenate([v[count:], book.availability[k]])
            for k, v in old.availability.items()
        },
        opening={k: max(0.0, float(v)) for k, v in closing.items()},
        setting=_later(old.setting, count),
        content={u: _later(c, count) for u, c in old.content.items()},
        duty=_later(old.duty, count),
        reach=_later(old.reach, count),
        limit={
            k: np.concatenate([v[count:], np.full(count, v[-1])])
            for k, v in old.limit.items()
        },
        running=running_after(plan.assembly, plan.x, count),
    )


def _later(
    values: Mapping[str, Mapping[str, FloatArray]], count: int
) -> dict[str, dict[str, FloatArray]]:
    """Move values per period on; the last one holds for the periods that join."""

    def one(value: FloatArray) -> FloatArray:
        array = np.asarray(value, np.float64)
        if array.size == 1:
            return array
        return np.concatenate([array[count:], np.full(count, array[-1])])

    return {u: {n: one(v) for n, v in named.items()} for u, named in values.items()}


def check_changes(plan: Plan, changes: Changes) -> None:
    """Refuse changes that name what the plan does not have.

    Parameters
    ----------
    plan : Plan
        The plan so far.
    changes : Changes
        What is new.

    Raises
    ------
    InputError
        At the first wrong name or value; the message names the nearest right one.
    """
    chain, count = plan.network.chain, len(plan.periods)
    if not 0 <= changes.roll < count:
        message = (
            f"the horizon cannot move on by {changes.roll} periods; expected 0 to "
            f"{count - 1}; make a new plan beyond that"
        )
        raise InputError(message)
    contracts = list(plan.assembly.conditions.price)
    named = [p.contract for p in changes.prices]
    for name in (*named, *(d.contract for d in changes.delays)):
        known_name("contract", name, contracts)
    for outage in changes.outages:
        known_name("unit or route", outage.unit, plan.assembly.conditions.availability)
    for store, amount in changes.stocks.items():
        known_name("store", store, [s.id for s in chain.stores])
        check_amount(f"stock of {store}", amount)
    for spec in changes.specs:
        known_name("sale", spec.sale, [s.id for s in chain.sales])
        known_name("side", spec.side, ["max", "min"])
        check_amount(f"{spec.of} of {spec.sale}", spec.value)
    check_limits(plan.network, changes.limits)
    _check_periods(plan, changes)


def _check_periods(plan: Plan, changes: Changes) -> None:
    last = plan.periods[-1]
    names = [p.name for p in plan.periods[changes.roll :]]
    for _ in range(changes.roll):
        last = last.next()
        names.append(last.name)
    dated = [x.periods for x in changes.prices] + [x.periods for x in changes.limits]
    for name in (name for some in dated for name in some):
        known_name("period", name, names)
    for price in changes.prices:
        if price.value is not None and not np.isfinite(price.value):
            check_amount(f"price of {price.contract}", price.value)
    for delay in changes.delays:
        known_name("period", delay.since, names)
        known_name("period", delay.until, names)
        check_amount(f"delayed quantity of {delay.contract}", delay.amount)
