"""Limits that do not bind although they were expected to, and what they lose to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from orebook.plan.face import Face
from orebook.plan.factor import Factor, reduced_costs
from orebook.plan.lp import FloatArray, IntArray, Label

__all__ = ["NEARLY", "Costs", "Hold", "Waiting", "nearly_full", "waiting"]

NEARLY = 0.95
"""A limit used by this share or more is nearly binding [-]."""
ROUNDING = 1e-10
"""A rate below this share of the largest in its row is rounding [-]."""
SHOWN = 3
"""Limits named that hold one back, and moves that would cost [-]."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A binding limit that keeps another from being used more.

    Parameters
    ----------
    kind, subject, side : str
        Family, name in the book, and side of the binding limit.
    period : int
        Its period, counted from 0.
    limit : float
        Amount it allows or demands [unit of the binding limit].
    rate : float
        How much more the waiting limit is used per unit this one is loosened: the
        marginal rate of substitution [unit of the waiting limit/unit of this one].
    needed : float
        How much this one alone must be loosened before the waiting limit binds, if
        nothing else binds first [unit of the binding limit].
    rent : float
        What a unit of the binding limit is worth [CNY/unit].
    """

    kind: str
    subject: str
    side: str
    period: int
    limit: float
    rate: float
    needed: float
    rent: float


@dataclass(frozen=True, slots=True)
class Costs:
    """A move within all limits that would use the waiting limit more, at a loss.

    Parameters
    ----------
    kind, subject : str
        Family and name of what would move off its bound.
    period : int
        Its period, counted from 0.
    more : bool
        True if it would grow, False if it would shrink.
    each : float
        Margin lost per unit by which the waiting limit is used more [CNY/unit].
    """

    kind: str
    subject: str
    period: int
    more: bool
    each: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A limit that does not bind.

    Parameters
    ----------
    kind, subject, side : str
        Family, name in the book, and side.
    period : int
        Period, counted from 0.
    limit, used : float
        Amount allowed or demanded, and amount planned [unit of the limit].
    holds : tuple of Hold
        Binding limits that hold it back, the one that must move least first.
    costs : tuple of Costs
        Moves that would use it more at a loss, the cheapest first.
    """

    kind: str
    subject: str
    side: str
    period: int
    limit: float
    used: float
    holds: tuple[Hold, ...]
    costs: tuple[Costs, ...]

    @property
    def gap(self) -> float:
        """What is left before it binds [unit of the limit]."""
        return abs(self.limit - self.used)


_Named = TypeVar("_Named", Hold, Costs)


def nearly_full(face: Face, period: int) -> set[tuple[str, str, str]]:
    """Return the limits of a period that are used by 95 % or more but do not bind.

    Parameters
    ----------
    face : Face
        The optimal duals with the vertex.
    period : int
        Period, counted from 0.

    Returns
    -------
    set of (str, str, str)
        Family, name and side of each.
    """
    factor = face.factor
    found = set()
    for place in _limits(factor, period).tolist():
        value, upper = factor.value[place], factor.upper[place]
        label = _label(factor, place)
        if not factor.at_upper[place] and 0.0 < NEARLY * upper <= value:
            found.add((label.block, label.entity, "max"))
        lower = factor.lower[place]
        if not factor.at_lower[place] and lower > 0.0 and NEARLY * value <= lower:
            found.add((label.block, label.entity, "min"))
    return found


def waiting(
    face: Face,
    dual: FloatArray,
    names: Collection[tuple[str, str, str]],
    *,
    period: int,
) -> tuple[Waiting, ...]:
    """Return which of some limits do not bind in a period, and what they lose to.

    Parameters
    ----------
    face : Face
        The optimal duals with the vertex.
    dual : array of float, shape (rows,)
        The published duals [CNY/unit].
    names : collection of (str, str, str)
        Family, name and side of the limits expected to bind.
    period : int
        Period, counted from 0.

    Returns
    -------
    tuple of Waiting
        In the order of the problem; limits that bind are left out.

    Notes
    -----
    The slack of a limit that does not bind is a basic variable. Its row of the final
    tableau says how it answers to every member outside the basis: a limit that is
    loosened by one uses up ``rate`` of the slack (marginal rate of substitution), a
    member moved off its bound inwards does so at its reduced cost [1]_.

    References
    ----------
    .. [1] A. Tehrani Nejad M., A. Monier, explaining non-binding constraints of
       refinery planning models by marginal rates of substitution, American Journal of
       Operations Research 8, 2018.

    Examples
    --------
    A kiln of 50 could take what a mill of 40 does not give:

    >>> from orebook.plan.face import dual_face
    >>> from orebook.plan.factor import factorise
    >>> from orebook.plan.lp import Builder
    >>> from orebook.plan.solve import Solver
    >>> builder = Builder(periods=1)
    >>> run = builder.columns(
    ...     "run", ["mill", "kiln"], cost=[[10.0], [-30.0]], upper=[[40.0], [50.0]]
    ... )
    >>> row = builder.rows("balance", ["meal"], lower=0.0, upper=0.0)
    >>> builder.entries(row.index(0), run.all().ravel(), [1.0, -1.0])
    >>> problem = builder.problem()
    >>> face = dual_face(factorise(problem, Solver(problem).optimal()))
    >>> one = waiting(face, np.array([30.0]), [("run", "kiln", "max")], period=0)[0]
    >>> one.gap, one.holds[0].subject, one.holds[0].rate, one.holds[0].needed
    (10.0, 'mill', 1.0, 10.0)
    """
    factor = face.factor
    reduced = np.concatenate([reduced_costs(factor.problem, dual), dual])
    found = []
    for place in _limits(factor, period).tolist():
        label = _label(factor, place)
        for side, limit, bound in (
            ("max", factor.upper[place], factor.at_upper[place]),
            ("min", factor.lower[place], factor.at_lower[place]),
        ):
            asked = (label.block, label.entity, side) in names
            plain = side == "min" and limit == 0.0  # nothing runs backwards
            if asked and np.isfinite(limit) and not bound and not plain:
                found.append(_explained(factor, place, side, float(limit), reduced))
    return tuple(found)


def _limits(factor: Factor, period: int) -> IntArray:
    """Return the places of all limits of a period."""
    problem = factor.problem
    places = [
        shift + block.all()[:, period]
        for shift, blocks in ((0, problem.columns), (problem.cost.size, problem.rows))
        for block in blocks.values()
        if block.name != "balance"
    ]
    return np.sort(np.concatenate(places)) if places else np.zeros(0, np.int64)


def _label(factor: Factor, place: int) -> Label:
    columns = factor.problem.cost.size
    if place < columns:
        return factor.problem.describe_column(place)
    return factor.problem.describe_row(place - columns)


def _explained(
    factor: Factor, place: int, side: str, limit: float, reduced: FloatArray
) -> Waiting:
    label = _label(factor, place)
    used = float(factor.value[place])
    answer = _tableau_row(factor, place) * (1.0 if side == "max" else -1.0)
    gap = abs(limit - used)
    period = label.period
    holds = _once(
        _holds(factor, answer, reduced, gap),
        lambda h: (abs(h.period - period), _effort(h)),
    )
    costs = _once(
        _costs(factor, answer, reduced), lambda c: (abs(c.period - period), c.each)
    )
    holds.sort(key=_effort)
    costs.sort(key=lambda c: c.each)
    return Waiting(
        kind=label.block,
        subject=label.entity,
        side=side,
        period=label.period,
        limit=limit,
        used=used,
        holds=tuple(holds[:SHOWN]),
        costs=tuple(costs[:SHOWN]),
    )


def _once(found: Iterable[_Named], rank: Callable[[_Named], object]) -> list[_Named]:
    """Return each limit once, in the period that ranks first."""
    best: dict[tuple[str, str], _Named] = {}
    for one in sorted(found, key=rank):  # type: ignore[arg-type]
        best.setdefault((one.kind, one.subject), one)
    return list(best.values())


def _tableau_row(factor: Factor, place: int) -> FloatArray:
    """Return how a basic member answers to one unit of each member outside."""
    where = np.flatnonzero(factor.basic == place)
    unit = np.zeros(factor.basic.size)
    unit[where] = 1.0
    row = factor.wide.T @ factor.lu.solve(unit, trans="T")
    row[factor.basic] = 0.0
    row[np.abs(row) <= ROUNDING * np.abs(row).max(initial=0.0)] = 0.0
    return np.asarray(-row, np.float64)


def _holds(
    factor: Factor, answer: FloatArray, reduced: FloatArray, gap: float
) -> Iterable[Hold]:
    columns = factor.problem.cost.size
    for place in np.flatnonzero(answer).tolist():
        upper = bool(factor.at_upper[place])
        rate = float(answer[place]) * (1.0 if upper else -1.0)
        limit = float((factor.upper if upper else factor.lower)[place])
        plain = not upper and limit == 0.0 and place < columns
        label = _label(factor, place)
        if rate <= 0.0 or plain or label.block == "balance":
            continue
        side, rent = ("max", -reduced[place]) if upper else ("min", reduced[place])
        if rent <= ROUNDING * factor.money[place]:
            continue
        yield Hold(
            label.block, label.entity, side, label.period, limit, rate, gap / rate,
            float(rent),
        )  # fmt: skip


def _effort(hold: Hold) -> tuple[float, float]:
    """Return the share by which a limit must move, for ranking."""
    size = abs(hold.limit)
    return (hold.needed / size if size else np.inf), hold.needed


def _costs(factor: Factor, answer: FloatArray, reduced: FloatArray) -> Iterable[Costs]:
    for place in np.flatnonzero(answer).tolist():
        label = _label(factor, place)
        if factor.fixed[place] or label.block == "balance":
            continue
        more = bool(factor.at_lower[place])
        rate = float(answer[place]) * (1.0 if more else -1.0)
        if rate > 0.0:
            each = abs(float(reduced[place])) / rate
            yield Costs(label.block, label.entity, label.period, more, each)
