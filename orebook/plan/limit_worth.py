"""Limits that bind: what one unit more of each is worth, and up to where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.plan.face import Face, peaks
from orebook.plan.factor import CHUNK, Factor, reduced_costs
from orebook.plan.lp import FloatArray, IntArray, Label, Problem
from orebook.plan.made_of import movements
from orebook.plan.naming import QUALITY
from orebook.plan.prices import room_along

__all__ = ["LimitWorth", "ranged_periods", "worths"]

WORK = 20_000_000
"""Rows asked for times rows of the problem that ranges may take by default [-]."""
ROUNDING = 1e-11
"""What a worth leaves behind where terms of the price level cancel, as a share [-]."""
NOTHING = 1e-9
"""A worth below this share of the price level is rounding [-]."""


@dataclass(frozen=True, slots=True)
class LimitWorth:
    """A limit that binds in one period.

    Parameters
    ----------
    kind, subject : str
        Family of the limit and its name in the book.
    period : int
        Period, counted from 0.
    side : str
        ``"max"`` or ``"min"``: which way it is loosened.
    limit : float
        Amount allowed or demanded [unit of the limit].
    rent : float
        Published worth per unit, by the equal-rent rule [CNY/unit].
    worth : float
        What loosening this limit alone by one unit is really worth; less than the rent
        where equal bottlenecks share it [CNY/unit].
    up_to : float
        Amount of loosening throughout which ``worth`` holds; ``inf`` without end
        [unit of the limit].
    row : bool
        True for a row of the problem, False for the bound of a column.
    index : int
        Its place in the problem [-].
    """

    kind: str
    subject: str
    period: int
    side: str
    limit: float
    rent: float
    worth: float
    up_to: float
    row: bool
    index: int

    @property
    def money(self) -> float:
        """Rent of the whole limit in the period; 0 for a quality [CNY]."""
        return 0.0 if self.kind in QUALITY else abs(self.limit) * self.rent

    @property
    def shared(self) -> bool:
        """True where loosening it alone is worth less than its published rent."""
        return self.rent - self.worth > 1e-6 * self.rent


def ranged_periods(problem: Problem, *, asked: int | None = None) -> int:
    """Return for how many periods ranges are worked out [-].

    Parameters
    ----------
    problem : Problem
        The problem of a plan.
    asked : int, optional
        Periods the user asks for; by default as many as take about a tenth of a
        second: a year of months whole, a year of days the first one.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=3)
    >>> rows = builder.rows("balance", ["ore"], lower=0, upper=0)
    >>> ranged_periods(builder.problem()), ranged_periods(builder.problem(), asked=1)
    (3, 1)
    """
    block = problem.rows["balance"]
    if asked is not None:
        return max(0, min(asked, block.periods))
    per_period = max(1, len(block.entities)) * max(1, problem.row_lower.size)
    return max(1, min(block.periods, WORK // per_period))


def worths(face: Face, dual: FloatArray, *, periods: int) -> tuple[LimitWorth, ...]:
    """Return every limit that binds in the first periods.

    Parameters
    ----------
    face : Face
        The optimal duals.
    dual : array of float, shape (rows,)
        The published duals [CNY/unit].
    periods : int
        How many periods, from the first on [-].

    Returns
    -------
    tuple of LimitWorth
        Those that hold a rent or are worth something, in the order of the problem.
        That nothing runs backwards is not counted as a limit.

    Notes
    -----
    The worth is the right derivative of the group's profit in the limit: minus the
    largest (for a lower limit the least) reduced cost over all optimal duals [1]_. It
    holds until the movement it causes meets the next limit.

    References
    ----------
    .. [1] D. C. Aucamp, D. I. Steinberg, The computation of shadow prices in linear
       programming, Journal of the Operational Research Society, 1982.

    Examples
    --------
    >>> from orebook.plan.face import dual_face
    >>> from orebook.plan.factor import factorise
    >>> from orebook.plan.lp import Builder
    >>> from orebook.plan.solve import Solver
    >>> builder = Builder(periods=1)
    >>> sell = builder.columns(
    ...     "sell", ["near", "far"], cost=[[-300.0], [-280.0]], upper=[[7.0], [9.0]]
    ... )
    >>> run = builder.columns("run", ["mill"], cost=100.0, upper=10.0)
    >>> row = builder.rows("balance", ["metal"], lower=0.0, upper=0.0)
    >>> builder.entries(row.index(0), sell.all().ravel(), [-1.0, -1.0])
    >>> builder.entries(row.all(), run.all(), 1.0)
    >>> problem = builder.problem()
    >>> face = dual_face(factorise(problem, Solver(problem).optimal()))
    >>> for x in worths(face, np.array([280.0]), periods=1):
    ...     print(x.subject, x.side, x.limit, x.worth, x.up_to)
    near max 7.0 20.0 3.0
    mill max 10.0 180.0 6.0
    """
    factor = face.factor
    rent = np.concatenate([reduced_costs(factor.problem, dual), dual])
    places, upper = _binding(factor, rent, periods)
    step = np.where(upper, 1.0, -1.0)
    worth, up_to = _loosened(face, places, step)
    found = []
    for k, place in enumerate(places.tolist()):
        label, limit = _label(factor, place), (factor.upper, factor.lower)
        row = place >= factor.problem.cost.size
        found.append(
            LimitWorth(
                kind=label.block,
                subject=label.entity,
                period=label.period,
                side="max" if upper[k] else "min",
                limit=float(limit[0 if upper[k] else 1][place]),
                rent=max(0.0, float(-step[k] * rent[place])),
                worth=float(worth[k]),
                up_to=float(up_to[k]),
                row=row,
                index=place - factor.problem.cost.size * row,
            )
        )
    level = factor.money[places]
    kept = zip(found, level.tolist(), strict=True)
    return tuple(x for x, m in kept if max(x.rent, x.worth) > NOTHING * max(m, 1.0))


def _binding(
    factor: Factor, rent: FloatArray, periods: int
) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return the members at a limit in the first periods, and whether it is upper."""
    problem = factor.problem
    chosen = np.zeros(factor.value.size, np.bool_)
    for shift, blocks in ((0, problem.columns), (problem.cost.size, problem.rows)):
        for block in blocks.values():
            if block.name != "balance":
                chosen[shift + block.all()[:, :periods].ravel()] = True
    at_upper, at_lower = factor.at_upper & chosen, factor.at_lower & chosen
    backwards = factor.lower == 0.0  # that nothing runs backwards is no limit
    backwards[problem.cost.size :] = False
    at_lower &= ~backwards
    upper = at_upper & ~(at_lower & (rent > 0.0))
    places = np.flatnonzero(upper | at_lower)
    return places, upper[places]


def _loosened(
    face: Face, places: IntArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return worth and reach of moving each limit outwards."""
    from scipy.sparse import csr_array, diags_array

    factor = face.factor
    worth, up_to = np.zeros(places.size), np.full(places.size, np.inf)
    outside = factor.nonbasic()[places]
    asked = np.flatnonzero(outside)
    functions = csr_array(diags_array(step[asked]) @ face.slope[places[asked]])
    top = peaks(face, functions)
    saved = -step[asked] * factor.reduced[places[asked]]
    gain = saved - top.value
    level = np.maximum(factor.money[places[asked]], 1.0)
    worth[asked] = np.where(gain > ROUNDING * level, gain, 0.0)
    for numbers in _chunks(asked.size):
        some = asked[numbers]
        moved = movements(factor, places[some], step[some], top, numbers)
        up_to[some] = room_along(factor, moved[factor.basic])
        for k, number in enumerate(numbers.tolist()):
            if number in top.moves:
                members, amounts = top.moves[number]
                room = (factor.upper - factor.lower)[members] / np.abs(amounts)
                up_to[some[k]] = np.min(room, initial=up_to[some[k]])
    up_to[worth == 0.0] = np.inf  # worth nothing however far
    return worth, up_to


def _chunks(size: int) -> Iterator[IntArray]:
    for start in range(0, size, CHUNK):
        yield np.arange(start, min(start + CHUNK, size))


def _label(factor: Factor, place: int) -> Label:
    columns = factor.problem.cost.size
    if place < columns:
        return factor.problem.describe_column(place)
    return factor.problem.describe_row(place - columns)
