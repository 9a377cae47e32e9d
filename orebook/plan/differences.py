"""What is different between two plans: margin by cause, flows, limits, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.plan.changed_inputs import InputChange, changed_inputs
from orebook.plan.conditions import FloatArray
from orebook.plan.replan import Replanned
from orebook.plan.replan_anchor import Anchor, anchor_of
from orebook.plan.replan_causes import causes
from orebook.plan.replan_words import told
from orebook.plan.result import Plan

__all__ = [
    "FlowChange",
    "LimitChange",
    "PlanChange",
    "PriceMove",
    "difference",
    "plan_change",
]

SHOWN = 8
"""Flows, limits and prices listed where nothing else is said [-]."""
SMALL = 1e-6
"""Changes below this share of the size of a figure are rounding [-]."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """A flow that changed over the periods both plans have.

    Parameters
    ----------
    stream, unit : str
        Id of the stream, unit of its amounts.
    before, after : float
        Amount over the common periods [unit].
    money : float
        Size of the change in all periods at the prices before, for ranking [CNY].
    """

    stream: str
    unit: str
    before: float
    after: float
    money: float


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit that began or ceased to bind.

    Parameters
    ----------
    kind, subject, centre : str
        Family of the limit, its name in the book, the centre that owns it.
    began, ceased : tuple of str
        Names of the periods in which it newly binds, and no longer does.
    before, after : float
        What it earns over the common periods [CNY].
    """

    kind: str
    subject: str
    centre: str
    began: tuple[str, ...]
    ceased: tuple[str, ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class PriceMove:
    """An internal price that moved.

    Parameters
    ----------
    balance : Balance
        Material and place.
    unit : str
        Unit of the material.
    period : str
        Period of the largest move.
    before, after : float
        Published price [CNY/unit].
    anchor : Anchor or None
        What the price follows in the new plan; None where nothing holds it.
    """

    balance: Balance
    unit: str
    period: str
    before: float
    after: float
    anchor: Anchor | None


@dataclass(frozen=True)
class PlanChange:
    """The difference of two plans.

    Parameters
    ----------
    before, after : Plan
        The two plans.
    causes : mapping
        Group of inputs to its part of the change of margin [CNY].
    flows, limits, prices : tuple
        What changed most, largest first.
    inputs : tuple of InputChange
        The inputs that differ; empty if the plans have other periods.
    """

    before: Plan
    after: Plan
    causes: Mapping[str, float]
    flows: tuple[FlowChange, ...]
    limits: tuple[LimitChange, ...]
    prices: tuple[PriceMove, ...]
    inputs: tuple[InputChange, ...] = ()

    @property
    def margin(self) -> float:
        """Change of the margin over the horizon, the sum of the causes [CNY]."""
        return self.after.margin - self.before.margin

    def summary(self, lang: str = "zh") -> str:
        """Return the change in plain words.

        Parameters
        ----------
        lang : str
            ``"zh"`` or ``"en"``.

        Raises
        ------
        InputError
            If the language is another.
        """
        if lang not in ("zh", "en"):
            message = f"lang = {lang!r}; expected 'zh' or 'en'; choose one"
            raise InputError(message)
        return told(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the change as plain data with stable names."""
        return {
            "before_cny": self.before.margin,
            "after_cny": self.after.margin,
            "change_cny": self.margin,
            "causes_cny": dict(self.causes),
            "inputs": [x.to_dict() for x in self.inputs],
            "flows": [_fields(f) for f in self.flows],
            "limits": [_fields(x) for x in self.limits],
            "prices": [
                {
                    "material": p.balance.material,
                    "place": p.balance.place,
                    "period": p.period,
                    "before": p.before,
                    "after": p.after,
                    "unit": f"CNY/{p.unit}",
                    "follows": None if p.anchor is None else p.anchor.to_dict(),
                }
                for p in self.prices
            ],
        }


def _fields(value: FlowChange | LimitChange) -> dict[str, object]:
    found = {name: getattr(value, name) for name in value.__slots__}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}


def plan_change(replanned: Replanned, *, shown: int = SHOWN) -> PlanChange:
    """Return what a re-plan changed, and why.

    Parameters
    ----------
    replanned : Replanned
        The re-plan.
    shown : int
        Flows, limits and prices kept of each [-].

    Returns
    -------
    PlanChange
        Causes sum to the change of margin; lists are ordered by money.
    """
    before, after = replanned.before, replanned.plan
    split = causes(before, after, replanned.changes)
    return difference(before, after, split, shown=shown)


def difference(
    before: Plan, after: Plan, causes: Mapping[str, float], *, shown: int = SHOWN
) -> PlanChange:
    """Return what is different between two plans of which the causes are known.

    Parameters
    ----------
    before, after : Plan
        Two plans with the same streams.
    causes : mapping
        Group of inputs to its part of the change of margin [CNY].
    shown : int
        Flows, limits and prices kept of each [-].

    Returns
    -------
    PlanChange
        Lists are ordered by money.
    """
    common = _common(before, after)
    return PlanChange(
        before=before,
        after=after,
        causes=causes,
        flows=tuple(_flows(before, after, common)[:shown]),
        limits=tuple(_limits(before, after, common)[:shown]),
        prices=tuple(_prices(before, after, common, shown=shown)),
        inputs=changed_inputs(before, after),
    )


def _common(before: Plan, after: Plan) -> list[tuple[int, int]]:
    """Return the places of the periods both plans have."""
    place = {p.name: t for t, p in enumerate(after.periods)}
    return [(t, place[p.name]) for t, p in enumerate(before.periods) if p.name in place]


def _of(pairs: Sequence[tuple[int, int]], side: int) -> list[int]:
    return [pair[side] for pair in pairs]


def _flows(
    before: Plan, after: Plan, common: Sequence[tuple[int, int]]
) -> list[FlowChange]:
    network = before.network
    old = before.amounts[:, _of(common, 0)]
    new = after.amounts[:, _of(common, 1)]
    rows = [network.balance_position[s.balance] for s in network.streams]
    price = np.abs(before.prices.price[rows][:, _of(common, 0)])
    moved = np.abs(new - old)
    size = np.maximum(np.abs(old), np.abs(new)).max(axis=1, initial=0.0)
    moved[moved <= SMALL * size[:, None]] = 0.0
    money = (moved * np.where(np.isfinite(price), price, 0.0)).sum(axis=1)
    found = [
        FlowChange(s.id, s.unit, float(a), float(b), float(m))
        for s, a, b, m in zip(
            network.streams, old.sum(axis=1), new.sum(axis=1), money, strict=True
        )
        if m > 0.0 and s.role not in ("open", "receive")
    ]
    return sorted(found, key=lambda f: (-f.money, f.stream))


def _limits(
    before: Plan, after: Plan, common: Sequence[tuple[int, int]]
) -> list[LimitChange]:
    old, new = (_earned(p, _of(common, k)) for k, p in enumerate((before, after)))
    centre = {(r.kind, r.subject): r.centre for p in (before, after) for r in p.rents}
    names = [before.periods[t].name for t in _of(common, 0)]
    none = np.zeros(len(common))
    found = []
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key, none), new.get(key, none)
        began = tuple(n for n, a, b in zip(names, was, now, strict=True) if b and not a)
        over = tuple(n for n, a, b in zip(names, was, now, strict=True) if a and not b)
        if began or over:
            sums = float(was.sum()), float(now.sum())
            found.append(LimitChange(*key, centre[key], began, over, *sums))
    return sorted(found, key=lambda x: (-abs(x.after - x.before), x.kind, x.subject))


def _earned(plan: Plan, periods: list[int]) -> dict[tuple[str, str], FloatArray]:
    """Return what each limit earns per period; what is rounding stands as 0 [CNY]."""
    floor = SMALL * max(1.0, abs(plan.margin)) / len(plan.periods)
    found = {}
    for rent in plan.rents:
        money = np.asarray(rent.limit * rent.worth, np.float64)[periods]
        found[rent.kind, rent.subject] = np.where(np.abs(money) > floor, money, 0.0)
    return found


def _prices(
    before: Plan, after: Plan, common: Sequence[tuple[int, int]], *, shown: int
) -> list[PriceMove]:
    old = before.prices.price[:, _of(common, 0)]
    new = after.prices.price[:, _of(common, 1)]
    moved = new - old
    level = np.maximum(np.abs(old), np.abs(new)).max(axis=1, initial=0.0)
    share = np.abs(moved) / np.where(level > 0.0, level, 1.0)[:, None]
    weight = np.abs(moved) * _traded(after)[:, _of(common, 1)]
    order = np.argsort(-weight.max(axis=1, initial=0.0), kind="stable")
    found: list[PriceMove] = []
    for i in order:
        t = int(np.argmax(weight[i])) if len(common) else 0
        if len(found) == shown or not len(common) or weight[i, t] <= 0.0:
            break
        if share[i, t] > SMALL:
            found.append(_move(before, after, int(i), pair=common[t]))
    return found


def _traded(plan: Plan) -> FloatArray:
    """Return what leaves each balance, shape (balances, periods) [unit]."""
    signed = plan.network.matrix()
    taken = signed.minimum(0.0)
    return np.asarray(-(taken @ plan.amounts), np.float64)


def _move(before: Plan, after: Plan, row: int, *, pair: tuple[int, int]) -> PriceMove:
    network = after.network
    balance = network.balances[row]
    then, now = pair
    return PriceMove(
        balance=balance,
        unit=network.chain.material[balance.material].unit,
        period=after.periods[now].name,
        before=float(before.prices.price[row, then]),
        after=float(after.prices.price[row, now]),
        anchor=anchor_of(before, after, row, period=now),
    )
