"""Balances made ready to solve: projected, rid of repeated equations, factorised.

Everything the ledger states about one set of balances (values, standard errors,
gross-error statistics, worth of a meter) comes from this one factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import DataQualityError, InputError
from orebook.ledger.elimination import Projection, project
from orebook.ledger.sparse_factor import Factor, Sparse, factorise, selected_inverse

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array, sparray, spmatrix

Floats = NDArray[np.float64]

DEPENDENT = 1e-9
"""Squared share of an equation that others do not explain, below which it is tested
as a repetition of them [-]."""

CONSISTENT = 1e-9
"""Largest relative disagreement of a repeated equation taken as rounding [-]."""

DROWNED = 1e-13
"""Share of a balance's variance not explained by its neighbours, below which its
information is lost to rounding [-]."""

REFINED = 3
"""Solves per right-hand side, each on what the one before left over."""

BLOCK = 128
"""Right-hand sides solved together; bounds memory, not accuracy."""

SURE = 1e-6
"""Relative error allowed in a variance taken as a difference; where rounding could
make it larger, the difference is replaced by a sum of squares [-]."""


@dataclass(frozen=True, slots=True)
class System:
    """Balances A x = b with readings, projected and factorised.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Balances A, shape (m, n).
    rhs : numpy.ndarray
        Right-hand side b, shape (m,), unit of the balances.
    reading : numpy.ndarray
        Readings, shape (n,), zero where there is none.
    variance : numpy.ndarray
        Variance of the readings, shape (n,), zero where there is none.
    measured : numpy.ndarray
        True where there is a reading, shape (n,).
    projection : Projection
        Solution of the unmeasured streams and the equations left.
    kept : numpy.ndarray
        Reduced equations that do not repeat others.
    redundant_equations : tuple of int
        Equations of A that others imply.
    tied : numpy.ndarray
        True for each equation that implies or is implied by others, shape (m,).
    check : scipy.sparse.csr_array
        Kept reduced equations R, shape (r, n).
    combination : scipy.sparse.csr_array
        P with R = P A, shape (r, m).
    factor : Factor
        Factor of W = R V R'.
    """

    matrix: csr_array[np.float64]
    rhs: Floats
    reading: Floats
    variance: Floats
    measured: NDArray[np.bool_]
    projection: Projection
    kept: NDArray[np.int64]
    redundant_equations: tuple[int, ...]
    tied: NDArray[np.bool_]
    check: csr_array[np.float64]
    combination: csr_array[np.float64]
    factor: Factor


def as_csr(matrix: sparray | spmatrix | ArrayLike) -> csr_array[np.float64]:
    """Return balances as a sparse array by rows, without explicit zeros.

    Parameters
    ----------
    matrix : sparse or array_like
        Balances A, shape (m, n).

    Returns
    -------
    scipy.sparse.csr_array
        The same numbers.

    Raises
    ------
    InputError
        If the matrix is not of two dimensions or holds a value that is not finite.
    """
    import scipy.sparse as sp

    if not sp.issparse(matrix):
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.ndim != 2:
            raise InputError(
                f"balances have {matrix.ndim} dimensions; expected 2, one row per "
                "balance and one column per stream; reshape the matrix"
            )
    rows = sp.csr_array(matrix, dtype=np.float64, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    if not np.isfinite(rows.data).all():
        place = int(np.flatnonzero(~np.isfinite(rows.data))[0])
        row = int(np.searchsorted(rows.indptr, place, side="right")) - 1
        raise InputError(
            f"balance {row} has the coefficient {rows.data[place]} at stream "
            f"{rows.indices[place]}; expected a finite number; correct the balance"
        )
    return rows


def times(matrix: Sparse, vector: Floats) -> Floats:
    """Return a sparse matrix times a vector or the columns of an array.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array or scipy.sparse.csc_array
        Shape (m, n).
    vector : numpy.ndarray
        Shape (n,) or (n, k).

    Returns
    -------
    numpy.ndarray
        Product, shape (m,) or (m, k).
    """
    return np.asarray(matrix @ vector, dtype=np.float64)


def checked_readings(
    value: ArrayLike, sd: ArrayLike, width: int
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return readings, standard deviations and the mask of what is measured.

    Parameters
    ----------
    value : array_like
        Readings, shape (n,); nan where there is none.
    sd : array_like
        Standard deviations, shape (n,) or one number; inf where there is no
        reading, 0 where the value is known exactly.
    width : int
        Number of streams n of the balances.

    Returns
    -------
    tuple of numpy.ndarray
        Readings and standard deviations, zero where not measured, and the mask.

    Raises
    ------
    InputError
        On a wrong length, a negative or missing standard deviation, or an infinite
        reading.
    """
    reading = np.array(value, dtype=np.float64)
    if reading.shape != (width,):
        raise InputError(
            f"readings have the shape {reading.shape}; expected ({width},), one per "
            "stream of the balances; give nan for a stream that is not measured"
        )
    try:
        spread = np.broadcast_to(np.asarray(sd, dtype=np.float64), (width,)).copy()
    except ValueError as error:
        raise InputError(
            f"standard deviations have the shape {np.shape(sd)}; expected ({width},) "
            "or one number; give one per stream"
        ) from error
    measured = ~np.isnan(reading) & ~np.isposinf(spread)
    wrong = measured & (np.isnan(spread) | (spread < 0) | np.isinf(reading))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"stream {at} reads {reading[at]} with the standard deviation "
            f"{spread[at]}; expected a finite reading and a standard deviation >= 0; "
            "correct it, or give nan as reading if the stream is not measured"
        )
    return np.where(measured, reading, 0.0), np.where(measured, spread, 0.0), measured


def assemble(
    matrix: csr_array[np.float64],
    rhs: Floats,
    *,
    reading: Floats,
    sd: Floats,
    measured: NDArray[np.bool_],
    consistent: bool = True,
) -> System:
    """Project, remove repeated equations and factorise.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Balances A, shape (m, n).
    rhs : numpy.ndarray
        Right-hand side b, shape (m,).
    reading, sd : numpy.ndarray
        Readings and their standard deviations, shape (n,), zero where not measured.
    measured : numpy.ndarray
        True where there is a reading, shape (n,).
    consistent : bool, optional
        Whether repeated balances must agree; False while balances are linearised
        away from their solution.

    Returns
    -------
    System
        Balances ready to solve.

    Raises
    ------
    DataQualityError
        If balances contradict each other whatever the readings, or if standard
        deviations differ so much that no digit of the result would be sure.
    """
    import scipy.sparse as sp

    variance = sd**2
    projection = project(matrix, ~measured)
    reduced, combination = projection.reduced, projection.combination
    movable = sp.csr_array(reduced @ sp.diags_array((variance > 0).astype(np.float64)))
    movable.eliminate_zeros()
    dropped, ties = repeated_rows(movable)
    if consistent:
        _require_consistent(ties, projection, rhs=rhs, reading=reading)
    kept = np.setdiff1d(np.arange(reduced.shape[0]), dropped)
    check = sp.csr_array(reduced[kept])
    factor = factorise(_normal(check, variance))
    if consistent:
        _require_digits(factor, check, variance)
    return System(
        matrix=matrix,
        rhs=rhs,
        reading=reading,
        variance=variance,
        measured=measured,
        projection=projection,
        kept=kept,
        redundant_equations=tuple(sorted(projection.origin[dropped].tolist())),
        tied=np.asarray((abs(ties) @ abs(combination)).sum(axis=0)).ravel() > 0,
        check=check,
        combination=sp.csr_array(combination[kept]),
        factor=factor,
    )


def _require_digits(
    factor: Factor, check: csr_array[np.float64], variance: Floats
) -> None:
    """Raise if poor meters side by side drown all information about a balance."""
    if factor.pivot.size and factor.pivot.min() < DROWNED:
        at = int(factor.order[int(np.argmin(factor.pivot))])
        streams = check.indices[check.indptr[at] : check.indptr[at + 1]]
        worst = int(streams[int(np.argmax(variance[streams]))])
        raise DataQualityError(
            f"stream {worst} has the standard deviation {variance[worst] ** 0.5:.3g}, "
            "more than a million times that of other meters near it; expected a "
            "smaller spread; give inf if the stream is in truth not measured"
        )


def _normal(check: csr_array[np.float64], variance: Floats) -> csr_array[np.float64]:
    """Return R V R' with an entry for every pair of equations that share a stream."""
    import scipy.sparse as sp

    weighted = check @ sp.diags_array(variance)
    normal = sp.coo_array(weighted @ check.T)
    free = abs(check) @ sp.diags_array((variance > 0).astype(np.float64))
    pattern = sp.coo_array(free @ abs(check).T)
    data = np.concatenate([normal.data, np.zeros(pattern.nnz)])
    rows = np.concatenate([normal.row, pattern.row])
    columns = np.concatenate([normal.col, pattern.col])
    return sp.csr_array((data, (rows, columns)), shape=normal.shape)


def repeated_rows(
    matrix: csr_array[np.float64],
) -> tuple[NDArray[np.int64], csr_array[np.float64]]:
    """Find rows that are combinations of others.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Equations, shape (r, n).

    Returns
    -------
    dropped : numpy.ndarray
        Rows to leave out; the others are independent.
    ties : scipy.sparse.csr_array
        One combination per dropped row that gives zero, shape (d, r).

    Notes
    -----
    In a flow network a set of nodes without a stream to the outside adds up to
    zero: connected components find it exactly.  In general the pivots of the
    LDL' factor of the Gram matrix of the normalised rows are squared distances to
    the rows before; small ones are confirmed by a least-squares solution.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> repeated_rows(csr_array(np.array([[1.0, -1.0], [-1.0, 1.0]])))[0]
    array([1])
    """
    columns = matrix.tocsc()
    if _is_network(columns):
        return _closed_parts(matrix)
    return _dependent_rows(matrix)


def _is_network(columns: csc_array[np.float64]) -> bool:
    """Whether each column holds at most two entries, which then cancel."""
    count = np.diff(columns.indptr)
    if count.size == 0 or count.max() > 2:
        return False
    sums: Floats = np.asarray(columns.sum(axis=0)).ravel()
    return bool((sums[count == 2] == 0.0).all())


def _closed_parts(
    matrix: csr_array[np.float64],
) -> tuple[NDArray[np.int64], csr_array[np.float64]]:
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    height = matrix.shape[0]
    pattern = sp.csr_array(
        (np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape
    )
    count, part = connected_components(pattern @ pattern.T, directed=False)
    per_column = np.bincount(matrix.indices, minlength=matrix.shape[1])
    outside = np.asarray(pattern @ (per_column == 1).astype(np.float64))
    closed = np.bincount(part, weights=outside, minlength=count) == 0
    last = np.zeros(count, dtype=np.int64)
    last[part] = np.arange(height)
    rank = np.cumsum(closed) - 1
    inside = np.flatnonzero(closed[part])
    ties = sp.csr_array(
        (np.ones(inside.size), (rank[part[inside]], inside)),
        shape=(int(closed.sum()), height),
    )
    return last[closed], ties


def _dependent_rows(
    matrix: csr_array[np.float64],
) -> tuple[NDArray[np.int64], csr_array[np.float64]]:
    import scipy.sparse as sp

    height = matrix.shape[0]
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    empty = np.flatnonzero(norm == 0)
    full = np.flatnonzero(norm > 0)
    rows = sp.csr_array(sp.diags_array(1 / norm[full]) @ matrix[full])
    gram = sp.csr_array(rows @ rows.T)
    factor = factorise(gram, shift=1e-13)
    suspect = np.sort(factor.order[factor.pivot < DEPENDENT])
    sure = np.setdiff1d(np.arange(full.size), suspect)
    ties = sp.lil_array((height, height))
    dropped = empty.tolist()
    ties[empty, empty] = 1.0
    base = rows[sure]
    solver = factorise(sp.csr_array(base @ base.T)) if suspect.size else factor
    for k in suspect.tolist():
        weight = _explain(rows[[k]], base, solver)
        if weight is not None:
            row = full[k]
            dropped.append(int(row))
            ties[row, row] = 1.0
            ties[row, full[sure]] = -weight * norm[row] / norm[full[sure]]
    order = np.sort(np.array(dropped, dtype=np.int64))
    return order, sp.csr_array(ties.tocsr()[order])


def _explain(
    row: csr_array[np.float64], base: csr_array[np.float64], solver: Factor
) -> Floats | None:
    """Return weights that build the row from the base, None if there are none."""
    target = row.toarray().ravel()
    weight = np.zeros(base.shape[0])
    left = target
    for _ in range(3):
        weight = weight + solver.solve(np.asarray(base @ left))
        left = target - base.T @ weight
    if np.linalg.norm(left) > np.sqrt(DEPENDENT) * 1e-2:
        return None
    weight[abs(weight) < 1e-12] = 0.0
    return weight


def _require_consistent(
    ties: csr_array[np.float64], projection: Projection, *, rhs: Floats, reading: Floats
) -> None:
    """Raise if a combination of balances that moves nothing does not add up."""
    import scipy.sparse as sp

    if ties.shape[0] == 0:
        return
    reduced, weights = projection.reduced, projection.combination
    size = times(abs(reduced), abs(reading)) + times(abs(weights), abs(rhs))
    gap = times(ties, times(reduced, reading) - times(weights, rhs))
    wrong = abs(gap) > CONSISTENT * times(abs(ties), size)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        rows = sp.coo_array(abs(ties[[at]]) @ abs(weights))
        names = ", ".join(str(row) for row in sorted(set(rows.coords[1].tolist())))
        raise DataQualityError(
            f"balances {names} contradict each other: added up with their weights no "
            f"stream with a free value is left, but {gap[at]:.6g} remains where 0 is "
            "expected; correct their right-hand sides or the values given as exact, "
            "or add the missing stream"
        )


def leverage(system: System) -> tuple[Floats, csr_array[np.float64]]:
    """Return q_i = a_i' W^-1 a_i of every measured stream, and the selected inverse.

    Parameters
    ----------
    system : System
        Factorised balances.

    Returns
    -------
    q : numpy.ndarray
        Shape (n,), inverse variance units; zero where nothing checks the reading.
    inverse : scipy.sparse.csr_array
        W^-1 on the pattern of its factor.
    """
    inverse = selected_inverse(system.factor)
    product = (inverse @ system.check).multiply(system.check)
    q: Floats = np.asarray(product.sum(axis=0)).ravel()
    return np.where(system.variance > 0, q, 0.0), inverse


def form_sd(system: System, forms: csr_array[np.float64]) -> Floats:
    """Return the standard deviation of linear forms of the reconciled readings.

    Parameters
    ----------
    system : System
        Factorised balances.
    forms : scipy.sparse.csr_array
        One form per row over the measured streams, shape (k, n).

    Returns
    -------
    numpy.ndarray
        Standard deviations, shape (k,), unit of the forms.

    Notes
    -----
    With M = I - V R' W^-1 R the covariance is M V M'; a sum of squares cannot lose
    digits or turn negative.  A few solves per form: each corrects the one before,
    so that standard deviations of very different size do no harm.
    """
    out = np.empty(forms.shape[0])
    for start in range(0, forms.shape[0], BLOCK):
        dense = forms[start : start + BLOCK].toarray().T
        moved = dense
        for _ in range(REFINED):
            gap = times(system.check, system.variance[:, None] * moved)
            moved = moved - system.check.T @ system.factor.solve(gap)
        square = system.variance[:, None] * moved**2
        out[start : start + BLOCK] = np.sqrt(square.sum(axis=0))
    return out


def reading_sd(system: System, q: Floats) -> Floats:
    """Return the standard error of every reconciled reading, without an inverse.

    Parameters
    ----------
    system : System
        Factorised balances.
    q : numpy.ndarray
        Leverage of every stream, shape (n,).

    Returns
    -------
    numpy.ndarray
        Standard errors, shape (n,), zero where not measured.
    """
    import scipy.sparse as sp

    share = np.clip(1 - system.variance * q, 0.0, 1.0)
    rounding = np.finfo(np.float64).eps / system.factor.pivot.min(initial=1.0)
    unsure = share < min(rounding / SURE, 0.5)
    close = np.flatnonzero(unsure & (q > 0))
    sd = np.sqrt(system.variance * share)
    if close.size:
        width = system.reading.size
        unit = sp.csr_array(
            (np.ones(close.size), (np.arange(close.size), close)),
            shape=(close.size, width),
        )
        sd[close] = form_sd(system, unit)
    return sd


def estimate(system: System, free: Floats) -> tuple[Floats, Floats]:
    """Return streams and multipliers that close the balances at least adjustment.

    Parameters
    ----------
    system : System
        Factorised balances.
    free : numpy.ndarray
        Values taken for streams that cannot be known, shape (n,); others unused.

    Returns
    -------
    value : numpy.ndarray
        All streams, shape (n,).
    multiplier : numpy.ndarray
        Of the kept reduced equations, shape (r,).
    """
    target = times(system.combination, system.rhs)
    value = system.reading.copy()
    multiplier = np.zeros(system.kept.size)
    for _ in range(REFINED):
        step = system.factor.solve(times(system.check, value) - target)
        multiplier = multiplier + step
        value = value - system.variance * (system.check.T @ step)
    projection = system.projection
    value[projection.free] = free[projection.free]
    given = times(projection.solution_rhs, system.rhs)
    value[projection.basis] = times(projection.solution, value) + given
    return value, multiplier
