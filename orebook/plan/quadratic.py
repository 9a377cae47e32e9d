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

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Nearest", "Squares", "equations", "nearest"]

TOUCH = 1e-10
"""A cut missed by less than this (unit-free) counts as met."""

ROUNDS = 50
"""Corrections of the set of binding cuts before giving up."""

SOFTNESS = 1e-9
"""Weight that holds unknowns of no consequence; refined away by iteration."""


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Minimise ``|matrix @ r + start|^2`` subject to ``least <= cut @ r <= most``.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (terms, unknowns)
        Slopes of the terms [-].
    start : array of float, shape (terms,)
        Terms at ``r = 0`` [-].
    cut : scipy.sparse.csr_array, shape (cuts, unknowns)
        Cuts; equal limits make an equation [-].
    least, most : array of float, shape (cuts,)
        Their limits [-].
    """

    matrix: csr_array
    start: FloatArray
    cut: csr_array
    least: FloatArray
    most: FloatArray


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
    DataQualityError
        If no minimum can be certified.

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
    start = Nearest(np.zeros(squares.matrix.shape[1]), np.zeros(squares.cut.shape[0]))
    if not busy.size:
        return start
    try:
        return _with_parts(squares, names, [busy], start=start)
    except DataQualityError:
        # One part that is hard to settle must not spoil the others.
        return _with_parts(squares, names, list(busy[:, None]), start=start)


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


def _with_parts(
    squares: Squares, names: _Components, groups: list[IntArray], *, start: Nearest
) -> Nearest:
    """Solve the parts group by group, those of one group side by side."""
    point, binding = start.point.copy(), start.binding.copy()
    money = _largest(np.abs(squares.start), names.terms, names.count)
    span = np.where(money > 0.0, money, 1.0)
    for group in groups:
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
        found = _minimum(part, span[names.ties[ties]], span[names.terms[terms]])
        point[ties], binding[cuts] = found.point, found.binding
    return Nearest(point, binding)


def _minimum(part: Squares, tie_span: FloatArray, term_span: FloatArray) -> Nearest:
    """Scale each part by its largest term to figures near 1, solve, and polish."""
    from scipy.sparse import csr_array, diags_array

    largest = abs(part.matrix).max(axis=0).toarray().ravel()
    stretch = np.where(largest > 0, tie_span / np.where(largest > 0, largest, 1.0), 1.0)
    matrix = csr_array(part.matrix @ diags_array(stretch))
    cut = csr_array(part.cut @ diags_array(stretch))
    size = np.maximum(abs(cut).max(axis=1).toarray().ravel(), np.finfo(float).tiny)
    scaled = Squares(
        csr_array(diags_array(1.0 / term_span) @ matrix),
        part.start / term_span,
        csr_array(diags_array(1.0 / size) @ cut),
        part.least / size,
        part.most / size,
    )
    point, binding = _interior(scaled)
    found = _polished(scaled, point, binding)
    return Nearest(found.point * stretch, found.binding)


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


def _polished(part: Squares, point: FloatArray, binding: FloatArray) -> Nearest:
    """Solve the equations of the binding cuts; mend the guess until it is optimal."""
    equal = part.least == part.most
    for _ in range(ROUNDS):
        active = np.flatnonzero((binding != 0.0) | equal)
        limit = np.where(binding > 0.0, part.least, part.most)[active]
        point, price = equations(
            part.matrix, part.start, held=part.cut[active], limit=limit, near=point
        )
        value = part.cut @ point
        below = (value < part.least - TOUCH) & ~equal
        above = (value > part.most + TOUCH) & ~equal
        loose = np.zeros(binding.size, np.bool_)
        # The multiplier of a cut that holds the minimum up is negative here.
        loose[active] = (binding[active] * price > TOUCH) & ~equal[active]
        if not (below.any() or above.any() or loose.any()):
            return Nearest(point, _pressing(binding, active, price))
        binding = np.where(below, 1.0, np.where(above, -1.0, binding))
        binding = np.where(loose, 0.0, binding)
    message = (
        f"the equal-rent problem with {part.start.size} rents found no minimum in "
        f"{ROUNDS} rounds; expected one; look for coefficients outside 1e-4..1e4 and "
        "rescale units"
    )
    raise DataQualityError(message)


def _pressing(binding: FloatArray, active: IntArray, price: FloatArray) -> FloatArray:
    """Return the binding cuts that press with a force, not only touch."""
    pressing = np.zeros(binding.size)
    firm = active[np.abs(price) > 1e-8]
    pressing[firm] = binding[firm]
    return pressing


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
    for _ in range(60):
        pull = matrix.T @ (matrix @ point + start) + held.T @ price
        miss = limit - held @ point
        step = lu.solve(np.concatenate([-pull, np.zeros(terms), miss]))
        point = point + step[:ties]
        price = price + step[ties + terms :]
        if np.abs(step[:ties]).max(initial=0.0) <= 1e-14:
            break
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
