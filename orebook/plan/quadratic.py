"""The least sum of squares over a polyhedron: interior point, then exact on its face.

HiGHS is not used for this: its quadratic solver adds a regularisation that biases the
result. Clarabel finds which cuts bind; the equations that remain are solved exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orebook.errors import DataQualityError
from orebook.plan.factor import BoolArray
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.proximal import by_multipliers
from orebook.plan.squares import Optimum, Squares, errors, forces, slopes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Nearest", "Squares", "UnsettledError", "equations", "moving", "nearest"]

TOUCH = 1e-10
"""A cut missed by less than this (unit-free) counts as met."""

ROUNDS = 50
"""Corrections of the set of binding cuts before another way is tried."""

SETTLED = 8
"""Steps of refinement after which only rounding is left to move [-]."""

FINE = 1e-9
"""Errors up to this are taken without trying another way [-]."""

ACCEPTED = 1e-6
"""The largest error of a minimum that is published [-]."""

SOFTNESS = 1e-9
"""Weight that holds unknowns of no consequence; refined away by iteration."""


class UnsettledError(DataQualityError):
    """No minimum of one part could be certified.

    Parameters
    ----------
    message : str
        What is wrong.
    ties : array of int
        The unknowns of the part [-].
    """

    def __init__(self, message: str, ties: IntArray) -> None:
        super().__init__(message)
        self.ties = ties


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The minimum.

    Parameters
    ----------
    point : array of float, shape (unknowns,)
        A minimiser; ``matrix @ point`` is unique, the point need not be [-].
    binding : array of float, shape (cuts,)
        +1 where the least limit holds the minimum up, -1 where the most limit does,
        0 elsewhere [-].
    """

    point: FloatArray
    binding: FloatArray


def nearest(squares: Squares) -> Nearest:
    """Return the least sum of squares over a polyhedron.

    Parameters
    ----------
    squares : Squares
        The problem; its polyhedron must not be empty.

    Returns
    -------
    Nearest
        The minimum, part by part where the problem falls apart.

    Raises
    ------
    UnsettledError
        If no way certifies a minimum of some part to 1e-6.

    Examples
    --------
    The point nearest to (2, 2) with a sum of at most 3:

    >>> from scipy.sparse import csr_array
    >>> found = nearest(
    ...     Squares(
    ...         csr_array(np.eye(2)),
    ...         np.array([-2.0, -2.0]),
    ...         csr_array(np.ones((1, 2))),
    ...         np.array([-np.inf]),
    ...         np.array([3.0]),
    ...     )
    ... )
    >>> found.point.round(12).tolist(), found.binding.tolist()
    ([1.5, 1.5], [-1.0])
    """
    names = _components(squares)
    busy = np.flatnonzero(_busy(squares, names))
    ties, cuts = squares.matrix.shape[1], squares.cut.shape[0]
    found = Optimum(np.zeros(ties), np.zeros(cuts))
    if busy.size:
        found = _with_parts(squares, names, busy, found=found, rung=RUNGS[0])
        worst = _worst(squares, names, found)
        # One part that is hard to settle must not spoil the others.
        for part in busy[~(worst[busy] <= FINE)]:
            found = _alone(squares, names, part, found=found)
    return Nearest(found.point, _pressing(squares, names, found))


@dataclass(frozen=True, slots=True, eq=False)
class _Components:
    """Which part each unknown, term and cut belongs to."""

    count: int
    ties: IntArray
    terms: IntArray
    cuts: IntArray


def _components(squares: Squares) -> _Components:
    """Find the parts that hang together."""
    from scipy.sparse import csr_array, vstack
    from scipy.sparse.csgraph import connected_components

    links = csr_array(vstack([squares.matrix, squares.cut], format="csr"))
    ties, nodes = links.shape[1], sum(links.shape)
    pointers = np.concatenate([np.zeros(ties, links.indptr.dtype), links.indptr])
    weights = np.ones(links.data.size)
    graph = csr_array((weights, links.indices, pointers), (nodes, nodes))
    count, name = connected_components(graph, directed=False)
    terms_end = ties + squares.matrix.shape[0]
    return _Components(int(count), *np.split(name.astype(np.int64), [ties, terms_end]))


def _busy(squares: Squares, names: _Components) -> BoolArray:
    """Return the parts whose unknowns must move; elsewhere 0 is a minimum."""
    money = _largest(np.abs(squares.start), names.terms, names.count)
    at_zero = _missed(squares, np.zeros(squares.matrix.shape[1]))
    missed = _largest(at_zero, names.cuts, names.count)
    whole = np.zeros(names.count, np.bool_)
    whole[np.intersect1d(names.ties, names.terms)] = True
    return whole & ((money > 0.0) | (missed > TOUCH))


def _largest(value: FloatArray, name: IntArray, count: int) -> FloatArray:
    largest = np.zeros(count)
    np.maximum.at(largest, name, value)
    return largest


def _spans(squares: Squares, names: _Components) -> FloatArray:
    """Return the largest term of each part at 0, 1 where there is none."""
    money = _largest(np.abs(squares.start), names.terms, names.count)
    return np.where(money > 0.0, money, 1.0)


def _worst(squares: Squares, names: _Components, found: Optimum) -> FloatArray:
    """Return the largest error of each part."""
    span = _spans(squares, names)[names.ties]
    by_unknown, by_cut = errors(squares, found, span)
    ties = _largest(by_unknown, names.ties, names.count)
    return np.maximum(ties, _largest(by_cut, names.cuts, names.count))


def _pressing(squares: Squares, names: _Components, found: Optimum) -> FloatArray:
    """Return the binding cuts that press with a force, not only touch."""
    level = slopes(squares.matrix, _spans(squares, names)[names.ties])
    firm = forces(squares.cut, found.price, level) > 1e-8
    firm &= squares.least != squares.most
    return np.where(firm, -np.sign(found.price), 0.0)


def _alone(
    squares: Squares, names: _Components, part: int, *, found: Optimum
) -> Optimum:
    """Settle one part by rung after rung until one verifies; keep the best."""
    best, least = found, np.inf
    for rung in RUNGS:
        tried = _with_parts(squares, names, np.array([part]), found=found, rung=rung)
        error = float(_worst(squares, names, tried)[part])
        if error < least:
            best, least = tried, error
        if least <= FINE:
            return best
    if least <= ACCEPTED:
        return best
    ties = np.flatnonzero(names.ties == part)
    message = (
        f"the equal-rent problem of a part with {ties.size} unknowns and "
        f"{np.count_nonzero(names.terms == part)} rents was settled to {least:.1e} "
        f"only; expected {ACCEPTED:g} or better; look for coefficients outside "
        "1e-4..1e4 and rescale units"
    )
    raise UnsettledError(message, ties)


def _with_parts(
    squares: Squares,
    names: _Components,
    group: IntArray,
    *,
    found: Optimum,
    rung: _Rung,
) -> Optimum:
    """Return the optimum with the parts of a group solved side by side."""
    ties, terms, cuts = (
        np.flatnonzero(np.isin(each, group))
        for each in (names.ties, names.terms, names.cuts)
    )
    part = Squares(
        squares.matrix[terms][:, ties],
        squares.start[terms],
        squares.cut[cuts][:, ties],
        squares.least[cuts],
        squares.most[cuts],
    )
    span = _spans(squares, names)
    solved = _minimum(part, span[names.ties[ties]], span[names.terms[terms]], rung)
    point, price = found.point.copy(), found.price.copy()
    point[ties] = solved.point
    price[cuts] = solved.price * span[names.cuts[cuts]] ** 2
    return Optimum(point, price)


@dataclass(frozen=True, slots=True)
class _Rung:
    """One way to settle a part.

    Parameters
    ----------
    stretch : float
        How far unknowns are stretched: 1 until each moves a term as far as any, 0 not
        at all [-].
    multipliers : bool
        Whether the proximal method mends the interior point before it is polished.
    """

    stretch: float
    multipliers: bool = False


RUNGS = (_Rung(1.0), _Rung(0.5), _Rung(0.0), _Rung(0.5, True), _Rung(0.0, True))
"""Ways to settle a part, the quickest first.

Stretched unknowns serve terms of very unequal slopes, unstretched ones cuts that join
unknowns with and without a term.
"""


def _minimum(
    part: Squares, tie_span: FloatArray, term_span: FloatArray, rung: _Rung
) -> Optimum:
    """Scale each part by its largest term to figures near 1, solve, and polish."""
    from scipy.sparse import csr_array, diags_array

    largest = abs(part.matrix).max(axis=0).toarray().ravel()
    whole = np.where(largest > 0, tie_span / np.where(largest > 0, largest, 1.0), 1.0)
    stretch = whole**rung.stretch
    matrix = csr_array(diags_array(1.0 / term_span) @ part.matrix)
    matrix = csr_array(matrix @ diags_array(stretch))
    # A stretch short of 1 leaves large slopes: terms may be shrunk as one.
    shrink = 1.0 / max(1.0, abs(matrix).max()) if rung.stretch < 1.0 else 1.0
    cut = csr_array(part.cut @ diags_array(stretch))
    size = np.maximum(_sizes(cut), np.finfo(float).tiny)
    scaled = Squares(
        csr_array(shrink * matrix),
        shrink * part.start / term_span,
        csr_array(diags_array(1.0 / size) @ cut),
        part.least / size,
        part.most / size,
    )
    found = _settled(scaled, rung)
    return Optimum(found.point * stretch, found.price / size / shrink**2)


def _sizes(cut: csr_array) -> FloatArray:
    return np.asarray(abs(cut).max(axis=1).toarray().ravel(), np.float64)


def _settled(scaled: Squares, rung: _Rung) -> Optimum:
    """Return the polished optimum, or what the proximal method found if better."""
    point, binding = _interior(scaled)
    point = np.where(np.isfinite(point), point, 0.0)
    if not rung.multipliers:
        return _polished(scaled, point, binding)
    mended = by_multipliers(scaled, Optimum(point, np.zeros(binding.size)))
    polished = _polished(scaled, mended.point, -np.sign(mended.price))
    error = [
        max(each.max(initial=0.0) for each in errors(scaled, found))
        for found in (polished, mended)
    ]
    return polished if error[0] <= error[1] else mended


def _interior(part: Squares) -> tuple[FloatArray, FloatArray]:
    """Return Clarabel's minimum and which cuts it found binding."""
    import clarabel
    from scipy.sparse import block_array, csc_array, diags_array, eye_array

    terms, ties = part.matrix.shape
    equal = part.least == part.most
    lower = np.flatnonzero(np.isfinite(part.least) & ~equal)
    upper = np.flatnonzero(np.isfinite(part.most) & ~equal)
    same = np.flatnonzero(equal)
    # Rows G (r, m) + s = h: terms and equations have s = 0, cuts s >= 0.
    matrix = block_array(
        [
            [part.matrix, -eye_array(terms)],
            [part.cut[same], None],
            [-part.cut[lower], None],
            [part.cut[upper], None],
        ],
        format="csc",
    )
    limit = [-part.start, part.most[same], -part.least[lower], part.most[upper]]
    squares = diags_array(np.repeat([0.0, 1.0], [ties, terms]))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solver = clarabel.DefaultSolver(
        csc_array(squares),
        np.zeros(ties + terms),
        csc_array(matrix),
        np.concatenate(limit),
        [
            clarabel.ZeroConeT(terms + same.size),
            clarabel.NonnegativeConeT(lower.size + upper.size),
        ],
        settings,
    )
    found = solver.solve()
    slack = np.array(found.s)[terms + same.size :]
    price = np.array(found.z)[terms + same.size :]
    binding = np.zeros(part.least.size)
    tight = price > slack
    binding[lower[tight[: lower.size]]] = 1.0
    binding[upper[tight[lower.size :]]] = -1.0
    return np.array(found.x)[:ties], binding


def _polished(part: Squares, point: FloatArray, binding: FloatArray) -> Optimum:
    """Solve the equations of the binding cuts; mend the guess until it is optimal."""
    equal = part.least == part.most
    binding = np.where(equal, 0.0, binding)
    price, seen = np.zeros(binding.size), set[bytes]()
    for _ in range(ROUNDS):
        seen.add(binding.tobytes())
        active = np.flatnonzero((binding != 0.0) | equal)
        limit = np.where(binding > 0.0, part.least, part.most)[active]
        point, pressing = equations(
            part.matrix, part.start, held=part.cut[active], limit=limit, near=point
        )
        price = np.zeros(binding.size)
        price[active] = pressing
        value = part.cut @ point
        below = (value < part.least - TOUCH) & ~equal
        above = (value > part.most + TOUCH) & ~equal
        # The multiplier of a cut that holds the minimum up is negative here.
        loose = (binding * price > TOUCH) & ~equal
        binding = np.where(below, 1.0, np.where(above, -1.0, binding))
        binding = np.where(loose, 0.0, binding)
        if binding.tobytes() in seen:  # settled, or going round in circles
            break
    # What the last round was to let go presses from no side.
    return Optimum(point, np.where(loose, 0.0, price))


def equations(
    matrix: csr_array,
    start: FloatArray,
    *,
    held: csr_array,
    limit: FloatArray,
    near: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the least squares under equations, and the multipliers of these.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (terms, unknowns)
        Slopes of the terms [-].
    start : array of float, shape (terms,)
        Terms at zero [-].
    held : scipy.sparse.csr_array, shape (equations, unknowns)
        Left sides; may be dependent but not contradictory [-].
    limit : array of float, shape (equations,)
        Right sides [-].
    near : array of float, shape (unknowns,)
        Where unknowns of no consequence stay [-].

    Returns
    -------
    tuple of array
        Unknowns and multipliers.

    Notes
    -----
    The quasi-definite system of the proximal method of multipliers is factored once;
    each further step takes away the little softness that makes it regular.

    References
    ----------
    .. [1] R. J. Vanderbei, Symmetric quasidefinite matrices, SIAM Journal on
       Optimization, 1995.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> point, _ = equations(
    ...     csr_array(np.eye(2)),
    ...     np.array([-2.0, 0.0]),
    ...     held=csr_array(np.ones((1, 2))),
    ...     limit=np.array([1.0]),
    ...     near=np.zeros(2),
    ... )
    >>> point.round(12).tolist()
    [1.5, -0.5]
    """
    from scipy.sparse import block_array, eye_array
    from scipy.sparse.linalg import splu

    terms, ties = matrix.shape
    system = block_array(
        [
            [SOFTNESS * eye_array(ties), matrix.T, held.T],
            [matrix, -eye_array(terms), None],
            [held, None, -SOFTNESS * eye_array(held.shape[0])],
        ],
        format="csc",
    )
    lu = splu(system)
    point, price = near, np.zeros(held.shape[0])
    before = np.inf
    for count in range(60):
        pull = matrix.T @ (matrix @ point + start) + held.T @ price
        miss = limit - held @ point
        step = lu.solve(np.concatenate([-pull, np.zeros(terms), miss]))
        point = point + step[:ties]
        price = price + step[ties + terms :]
        size = float(np.abs(step[:ties]).max(initial=0.0))
        # Unknowns of no consequence drift for ever; what matters is at rest by then.
        if size <= 1e-14 or (count >= SETTLED and size > 0.5 * before):
            break
        before = size
    return point, price


def _missed(part: Squares, point: FloatArray) -> FloatArray:
    value = part.cut @ point
    below, above = part.least - value, value - part.most
    return np.asarray(np.maximum(0.0, np.maximum(below, above)), np.float64)


def moving(matrix: csr_array, direction: FloatArray, *, share: float) -> BoolArray:
    """Return which rows change along a direction by more than rounding.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (rows, unknowns)
        Slopes [-].
    direction : array of float, shape (unknowns,)
        A direction [-].
    share : float
        Rounding as a share of the terms [-].

    Returns
    -------
    array of bool, shape (rows,)
        True where the row moves.
    """
    change = np.abs(matrix @ direction)
    # Against the whole reach of the row: a row held by equations cancels its terms.
    reach = abs(matrix) @ np.ones(direction.size)
    return np.asarray(change > share * reach, np.bool_)
