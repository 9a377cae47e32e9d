"""All optimal duals at once, written in the few unknowns a tie leaves open.

A basic column (or row activity) that stands at its bound may carry a reduced cost of
its own in another optimal dual. With ``r`` these reduced costs, every dual and every
reduced cost of the face is ``reduced + slope @ r``; the signs that the binding bounds
ask for cut out the face. Where the plan has no tie, ``r`` is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from orebook.errors import DataQualityError
from orebook.plan.factor import BoolArray, Factor
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.reach import inverse_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scipy.sparse import csr_array

    from orebook.plan.solve import Engine

__all__ = ["Cuts", "Face", "Peaks", "dual_face", "peaks"]

ROUNDING = 1e-11
"""A sum below this share of its terms is what cancellation leaves behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The optimal duals as a polyhedron in unit-free unknowns ``r``.

    Parameters
    ----------
    factor : Factor
        The vertex the face belongs to.
    tied : array of int, shape (ties,)
        Places of the basic members at a bound [-].
    slope : scipy.sparse.csr_array, shape (columns + rows, ties)
        Change of every reduced cost; the last rows are the change of the duals.
    low, high : array of float, shape (ties,)
        Range of the unknowns (0 or infinite) [-].
    limits : array of int
        Non-basic members whose sign cuts the face [-].
    sign : array of float
        +1 where the reduced cost of a limit must stay >= 0, -1 where <= 0, 0 where 0.
    """

    factor: Factor
    tied: IntArray
    slope: csr_array
    low: FloatArray
    high: FloatArray
    limits: IntArray
    sign: FloatArray

    def row_slope(self, rows: IntArray | None = None) -> csr_array:
        """Return the change of some or all duals, shape (rows, ties) [CNY/unit]."""
        chosen = np.arange(self.factor.dual.size) if rows is None else rows
        return self.slope[self.factor.row(chosen)]

    def cuts(self) -> Cuts:
        """Return the signs of the limits as two-sided cuts through the face."""
        from scipy.sparse import csr_array, diags_array

        factor, slope = self.factor, csr_array(self.slope[self.limits])
        largest = abs(slope).max(axis=1).toarray().ravel() if slope.nnz else 0.0
        size = np.maximum(factor.money[self.limits], largest)
        start = factor.reduced[self.limits] / size
        start[self.sign * start <= 0.0] = 0.0
        least = np.where(self.sign >= 0, -start, -np.inf)
        most = np.where(self.sign <= 0, -start, np.inf)
        return Cuts(csr_array(diags_array(1.0 / size) @ slope), least, most, size)


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """``least <= matrix @ r <= most``, each row divided by ``size``, free of units."""

    matrix: csr_array
    least: FloatArray
    most: FloatArray
    size: FloatArray


def dual_face(factor: Factor) -> Face:
    """Return the face of optimal duals around an optimal vertex.

    Parameters
    ----------
    factor : Factor
        The vertex.

    Returns
    -------
    Face
        With no unknowns if all duals are unique.

    Notes
    -----
    Exact: the set equals ``{y : dual feasible, complementary to the plan}``, which does
    not depend on which optimal plan or basis was found.

    References
    ----------
    .. [1] T. Gal, Shadow prices and sensitivity analysis in linear programming under
       degeneracy, OR Spektrum, 1986.
    """
    bound = factor.at_lower | factor.at_upper
    places = np.flatnonzero(bound[factor.basic])
    tied = factor.basic[places]
    slope = _unit_free(factor, _slopes(factor, places))
    low = np.where(factor.at_upper[tied], -np.inf, 0.0)
    high = np.where(factor.at_lower[tied], np.inf, 0.0)
    touched = np.diff(slope.indptr) > 0
    cutting = touched & factor.nonbasic() & ~factor.fixed
    limits = np.flatnonzero(cutting)
    sign = factor.at_lower[limits].astype(float) - factor.at_upper[limits]
    return Face(factor, tied, slope, low, high, limits, sign)


def _unit_free(factor: Factor, slope: csr_array) -> csr_array:
    """Scale each unknown so that the reduced cost it moves most moves by its size."""
    from scipy.sparse import csr_array, diags_array

    money = np.where(factor.money > 0.0, factor.money, 1.0)
    share = csr_array(diags_array(1.0 / money) @ slope)
    largest = abs(share).max(axis=0).toarray().ravel()
    share = csr_array(share @ diags_array(1.0 / np.where(largest > 0.0, largest, 1.0)))
    share.data[np.abs(share.data) <= ROUNDING] = 0.0
    share.eliminate_zeros()
    return csr_array(diags_array(money) @ share)


def _slopes(factor: Factor, places: IntArray) -> csr_array:
    from scipy.sparse import csr_array, diags_array

    slope = _product(csr_array(factor.wide.T), inverse_rows(factor, places))
    outside = diags_array(factor.nonbasic().astype(float))
    slope = csr_array(outside @ slope)
    ties = np.arange(places.size)
    own = (np.ones(ties.size), (factor.basic[places], ties))
    slope = csr_array(slope + csr_array(own, shape=slope.shape))
    slope.eliminate_zeros()
    return slope


def _product(left: csr_array, right: csr_array) -> csr_array:
    """Return ``left @ right`` without what cancellation leaves behind."""
    product, size = left @ right, abs(left) @ abs(right)
    real = (abs(product) - ROUNDING * size) > 0.0
    return cast("csr_array", product.multiply(real).tocsr())


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Largest values of linear functions over a face.

    Parameters
    ----------
    value : array of float, shape (functions,)
        Largest value, ``inf`` where the face has no end in that direction.
    proven : array of bool, shape (functions,)
        True where the optimal basis itself proves the value 0.
    moves : mapping of int to (array of int, array of float)
        For a function settled by a problem of its own: which non-basic members move
        off their bound, and how far per unit [unit].
    """

    value: FloatArray
    proven: BoolArray
    moves: Mapping[int, tuple[IntArray, FloatArray]]


def peaks(face: Face, functions: csr_array) -> Peaks:
    """Return the largest value of many linear functions of ``r`` over the face.

    Parameters
    ----------
    face : Face
        The optimal duals.
    functions : scipy.sparse.csr_array, shape (functions, ties)
        One function a row.

    Returns
    -------
    Peaks
        Exact values.

    Notes
    -----
    A function that falls along every edge of the cone of ``r`` has its peak at 0. The
    others are settled by primal simplex over the small component of the face they
    touch, warm from one function to the next.
    """
    rising = _rising(face, functions)
    value = np.zeros(functions.shape[0])
    moves: dict[int, tuple[IntArray, FloatArray]] = {}
    cuts = face.cuts()
    for part, asked, targets in _parts(face, cuts, functions, np.flatnonzero(rising)):
        climb = _interval if part.members.size == 1 else _climb
        for row, (height, price) in zip(asked, climb(part, targets), strict=True):
            value[row] = height
            used = np.flatnonzero(price)
            kept = part.cuts[used]
            moves[int(row)] = (face.limits[kept], price[used] / cuts.size[kept])
    return Peaks(value, ~rising, moves)


def _rising(face: Face, functions: csr_array) -> BoolArray:
    """Return which functions rise along an edge of the cone of unknowns."""
    ties = functions.indices
    up = (functions.data > 0.0) & (face.high[ties] > 0.0)
    down = (functions.data < 0.0) & (face.low[ties] < 0.0)
    rows = np.repeat(np.arange(functions.shape[0]), np.diff(functions.indptr))
    rising = np.zeros(functions.shape[0], np.bool_)
    rising[rows[up | down]] = True
    return rising


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One connected component of the face."""

    members: IntArray
    cuts: IntArray
    matrix: csr_array
    least: FloatArray
    most: FloatArray
    low: FloatArray
    high: FloatArray


def _parts(
    face: Face, cuts: Cuts, functions: csr_array, asked: IntArray
) -> Iterator[tuple[_Part, IntArray, csr_array]]:
    """Yield each part with the functions asked of it, over its own unknowns."""
    from scipy.sparse import csr_array, vstack
    from scipy.sparse.csgraph import connected_components

    if not asked.size:
        return
    links = csr_array(vstack([cuts.matrix, functions[asked]], format="csr"))
    ties, nodes = links.shape[1], sum(links.shape)
    pointers = np.concatenate([np.zeros(ties, links.indptr.dtype), links.indptr])
    graph = csr_array((np.abs(links.data), links.indices, pointers), (nodes, nodes))
    count, component = connected_components(graph, directed=False)
    names = np.split(component, [ties, ties + cuts.least.size])
    # Sorted by part the matrices are block diagonal, so that a block is a slice.
    orders = [np.argsort(name, kind="stable") for name in names]
    ends = [np.cumsum(np.bincount(name, minlength=count)) for name in names]
    blocks = csr_array(cuts.matrix[orders[1]][:, orders[0]])
    targets = csr_array(functions[asked[orders[2]]][:, orders[0]])
    for name in np.unique(names[2]):
        own = [slice(end[name - 1] if name else 0, end[name]) for end in ends]
        members, kept = orders[0][own[0]], orders[1][own[1]]
        part = _Part(
            members=members,
            cuts=kept,
            matrix=_block(blocks, own[1], own[0]),
            least=cuts.least[kept],
            most=cuts.most[kept],
            low=face.low[members],
            high=face.high[members],
        )
        yield part, asked[orders[2][own[2]]], _block(targets, own[2], own[0])


def _block(matrix: csr_array, rows: slice, columns: slice) -> csr_array:
    """Return some rows, all of whose entries are in the given columns."""
    from scipy.sparse import csr_array

    pointers = matrix.indptr[rows.start : rows.stop + 1]
    inside = slice(pointers[0], pointers[-1])
    return csr_array(
        (
            matrix.data[inside],
            matrix.indices[inside] - columns.start,
            pointers - pointers[0],
        ),
        shape=(rows.stop - rows.start, columns.stop - columns.start),
    )


def _interval(part: _Part, targets: csr_array) -> Iterator[tuple[float, FloatArray]]:
    """Yield what `_climb` does for a part of one unknown, in closed form."""
    slope = part.matrix.data
    first, last = part.least / slope, part.most / slope
    ends = np.minimum(first, last), np.maximum(first, last)
    for target in targets.data:
        upward = target > 0.0
        stops = ends[1] if upward else -ends[0]
        free = part.high[0] if upward else -part.low[0]
        binding = int(np.argmin(stops)) if stops.size else -1
        reach = min(free, stops[binding] if stops.size else np.inf)
        price = np.zeros(part.cuts.size)
        if stops.size and np.isfinite(reach) and stops[binding] < free:
            price[binding] = -target / slope[binding]
        yield float(abs(target) * reach), price


def _climb(part: _Part, targets: csr_array) -> Iterator[tuple[float, FloatArray]]:
    """Yield the height of each target over a part and the prices of its cuts."""
    engine = _climber(part)
    known: dict[bytes, tuple[float, FloatArray]] = {}
    before: IntArray = np.zeros(0, np.int64)
    for begin, end in zip(targets.indptr[:-1], targets.indptr[1:], strict=True):
        places = targets.indices[begin:end].astype(np.int64)
        slope = targets.data[begin:end]
        size = np.abs(slope).max()
        direction = slope / size
        key = places.tobytes() + direction.tobytes()
        if key not in known:
            engine.changeColsCost(before.size, before, np.zeros(before.size))
            engine.changeColsCost(places.size, places, -direction)
            known[key] = _top(engine, places, direction, cuts=part.cuts.size)
            before = places
        height, price = known[key]
        yield height * size, price * size


def _top(
    engine: Engine, places: IntArray, direction: FloatArray, *, cuts: int
) -> tuple[float, FloatArray]:
    """Return the height of the loaded direction and the prices of the cuts."""
    engine.run()
    status = engine.getModelStatus().name
    if status == "kUnbounded":
        return np.inf, np.zeros(cuts)
    if status == "kOptimal":
        found = engine.getSolution()
        height = float(direction @ np.array(found.col_value)[places])
        return height, np.array(found.row_dual)
    message = (
        f"a one-sided price ended with {status[1:]!r}; expected an optimum; "
        "look for coefficients outside 1e-4..1e4 and rescale units"
    )
    raise DataQualityError(message)


def _climber(part: _Part) -> Engine:
    import highspy

    engine = cast("Callable[[], Engine]", highspy.Highs)()
    primal_simplex = 4
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "presolve": "off",
        "solver": "simplex",
        "simplex_strategy": primal_simplex,
        "small_matrix_value": 1e-12,
        "primal_feasibility_tolerance": 1e-10,
        "dual_feasibility_tolerance": 1e-10,
    }
    for name, value in options.items():
        engine.setOptionValue(name, value)
    ties, rowwise, minimise = part.members.size, 2, 1
    engine.passModel(
        ties,
        part.cuts.size,
        part.matrix.nnz,
        rowwise,
        minimise,
        0.0,
        np.zeros(ties),
        part.low,
        part.high,
        part.least,
        part.most,
        part.matrix.indptr,
        part.matrix.indices,
        part.matrix.data,
        np.zeros(ties, np.int32),
    )
    return engine
