"""Solve a linear problem with HiGHS and solve it again, warm, after small changes."""

# ruff: noqa: N802 - the calls of HiGHS keep their names.

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from orebook.errors import DataQualityError, InputError
from orebook.plan.held import with_integers_fixed
from orebook.plan.lp import FloatArray, IntArray, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from highspy import HighsBasis, HighsInfo, HighsModelStatus, HighsSolution

__all__ = ["Basis", "Settings", "Solution", "Solver", "Status", "with_integers_fixed"]

Status = Literal["optimal", "infeasible", "unbounded", "limit"]
Method = Literal["choose", "simplex", "ipm"]
Option = bool | int | float | str

AT_LOWER, BASIC, AT_UPPER, FREE_AT_ZERO, NONBASIC = range(5)
"""Codes of a basis status, as HiGHS numbers them."""

LOOSE = 1e-7
"""Tolerance of another try at what the solver could not decide [-]."""

_code = attrgetter("value")

_STATUS: dict[str, Status] = {
    "kOptimal": "optimal",
    "kModelEmpty": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kTimeLimit": "limit",
    "kIterationLimit": "limit",
    "kSolutionLimit": "limit",
    "kInterrupt": "limit",
}


class Engine(Protocol):
    """The calls of a HiGHS object that planning needs; its own stubs lack some."""

    def setOptionValue(self, name: str, value: Option, /) -> object: ...
    def passModel(self, *arrays: object) -> object: ...
    def changeColsCost(self, *arrays: object) -> object: ...
    def changeColsBounds(self, *arrays: object) -> object: ...
    def changeRowsBounds(self, *arrays: object) -> object: ...
    def setBasis(self, basis: HighsBasis, /) -> object: ...
    def setSolution(self, *arrays: object) -> object: ...
    def clearSolver(self) -> object: ...
    def run(self) -> object: ...
    def getRunTime(self) -> float: ...
    def getModelStatus(self) -> HighsModelStatus: ...
    def getInfo(self) -> HighsInfo: ...
    def getSolution(self) -> HighsSolution: ...
    def getBasis(self) -> HighsBasis: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How to solve.

    Parameters
    ----------
    method : {"choose", "simplex", "ipm"}
        Algorithm of the continuous problem.
    presolve : bool
        Reduce the problem before a cold solve.
    crossover : bool
        Turn an interior point into a basis; prices need one.
    threads : int
        Threads of the solver [-].
    seed : int
        Seed of the solver's tie-breaking [-].
    time_limit : float
        Longest time of one solve [s].
    gap : float
        Relative gap at which a problem with whole numbers counts as solved [-].
    tolerance : float
        Feasibility tolerance of columns, rows and reduced costs [-].
    iteration_limit : int or None
        Most iterations of the simplex in one solve; None for no limit [-].
    node_limit : int or None
        Most nodes of branch and bound; a limit that is the same on every machine,
        unlike one of time; None for no limit [-].
    """

    method: Method = "choose"
    presolve: bool = True
    crossover: bool = True
    threads: int = 1
    seed: int = 0
    time_limit: float = np.inf
    gap: float = 1e-6
    tolerance: float = 1e-9
    iteration_limit: int | None = None
    node_limit: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Which columns and rows are basic, and at which bound the others stand.

    Parameters
    ----------
    columns, rows : array of int
        0 at lower, 1 basic, 2 at upper, 3 free at zero, 4 not basic [-].
    """

    columns: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What a solve returned.

    Parameters
    ----------
    status : {"optimal", "infeasible", "unbounded", "limit"}
        How it ended. Unless "optimal", or "limit" with a point, arrays are empty.
    objective : float
        Least cost; ``inf`` if infeasible, ``-inf`` if unbounded [CNY].
    x : array of float, shape (columns,)
        Value of each column [unit].
    row_dual : array of float, shape (rows,)
        One optimal change of cost per unit of row limit [CNY/unit]. Not unique in
        balanced plans: publish `one_sided` and `equal_rent` instead.
    reduced_cost : array of float, shape (columns,)
        ``cost - matrix.T @ row_dual`` [CNY/unit].
    basis : Basis or None
        None after an interior point without crossover.
    iterations : int
        Simplex plus interior-point iterations [-].
    seconds : float
        Time in the solver [s].
    max_primal_infeasibility, max_dual_infeasibility : float
        Largest violation of a bound and of the sign of a reduced cost.
    integers_fixed : bool
        True if the duals hold "given the on/off decisions" only.
    bound : float
        No point costs less than this, proven; nan without whole numbers [CNY].
    method : str
        How whole numbers were found: ``"direct"`` or ``"relax-and-fix"``.
    """

    status: Status
    objective: float
    x: FloatArray
    row_dual: FloatArray
    reduced_cost: FloatArray
    basis: Basis | None
    iterations: int
    seconds: float
    max_primal_infeasibility: float
    max_dual_infeasibility: float
    integers_fixed: bool = False
    bound: float = np.nan
    method: str = "direct"

    def summary(self) -> str:
        """Return one line for a log."""
        given = ", duals given the whole numbers" if self.integers_fixed else ""
        return (
            f"{self.status}: objective {self.objective:,.6f}, {self.iterations} "
            f"iterations, {self.seconds:.3f} s, infeasibility primal "
            f"{self.max_primal_infeasibility:.1e} dual "
            f"{self.max_dual_infeasibility:.1e}{given}"
        )


class Solver:
    """A problem loaded into HiGHS, ready to be changed and solved again.

    Parameters
    ----------
    problem : Problem
        What to solve; not modified by later changes.
    settings : Settings, optional
        How to solve.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> buy = builder.columns("buy", ["ore"], cost=50.0)
    >>> need = builder.rows("balance", ["ore"], lower=3.0, upper=3.0)
    >>> builder.entries(need.all(), buy.all(), 1.0)
    >>> solver = Solver(builder.problem())
    >>> solver.solve().objective
    150.0
    >>> solver.change_row_bounds(need.all(), 4.0, 4.0)
    >>> solver.solve().objective
    200.0
    """

    def __init__(self, problem: Problem, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._problem = replace(
            problem,
            cost=problem.cost.copy(),
            lower=problem.lower.copy(),
            upper=problem.upper.copy(),
            row_lower=problem.row_lower.copy(),
            row_upper=problem.row_upper.copy(),
        )
        self._highs = _load(problem, self.settings)

    @property
    def problem(self) -> Problem:
        """The problem with all changes made so far, as a value of its own."""
        now = self._problem
        return replace(
            now,
            cost=now.cost.copy(),
            lower=now.lower.copy(),
            upper=now.upper.copy(),
            row_lower=now.row_lower.copy(),
            row_upper=now.row_upper.copy(),
        )

    def solve(self, *, warm: bool = True) -> Solution:
        """Solve the problem as it stands.

        Parameters
        ----------
        warm : bool
            Start from the last basis. Right after few changes or changes of cost;
            after a change of everything a cold solve is faster.

        Returns
        -------
        Solution
            Also for an infeasible or unbounded problem. With whole numbers, the
            duals are those of the problem with the whole numbers held.

        Raises
        ------
        DataQualityError
            If the solver could not decide.
        """
        if not warm:
            self.cold()
        problem = self._problem
        solution = self.whole_numbers()
        if not problem.integer.any() or not solution.x.size:
            return solution
        fixed = with_integers_fixed(problem, solution)
        priced = _run(_load(fixed, self.settings), fixed, self.settings)
        return replace(
            priced,
            status=solution.status,
            iterations=solution.iterations + priced.iterations,
            seconds=solution.seconds + priced.seconds,
            integers_fixed=True,
            bound=solution.bound,
        )

    def whole_numbers(self, start: FloatArray | None = None) -> Solution:
        """Solve and leave it at that: with whole numbers there are no duals.

        Parameters
        ----------
        start : array of float, shape (columns,), optional
            Values to try first; only those of whole-number columns count [unit].

        Returns
        -------
        Solution
            As from `solve`, without duals where there are whole numbers.
        """
        problem = self._problem
        if start is not None and start.size == problem.cost.size:
            place = np.flatnonzero(problem.integer).astype(np.int32)
            values = np.clip(np.round(start), problem.lower, problem.upper)[place]
            _accept(self._highs.setSolution(place.size, place, values))
        return _run(self._highs, problem, self.settings)

    def optimal(self, *, warm: bool = True) -> Solution:
        """Solve and return an optimum, or raise with the reason there is none.

        Parameters
        ----------
        warm : bool
            As for `solve`.

        Returns
        -------
        Solution
            With status "optimal".

        Raises
        ------
        ContradictionError
            If no plan exists; it carries an irreducible set of limits.
        InputError
            If the cost has no lower bound or the time limit was reached.
        """
        from orebook.plan.infeasible import demand_optimal

        return demand_optimal(self._problem, self.solve(warm=warm))

    def cold(self) -> None:
        """Forget the last basis and solution."""
        self._highs.clearSolver()

    def change_costs(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Set the costs of some columns.

        Parameters
        ----------
        indices : array of int
            Columns [-].
        values : float or array
            New costs, broadcast to the indices [CNY/unit].

        Raises
        ------
        InputError
            If an index does not exist or a value is not finite.
        """
        place, (cost,) = _aligned(indices, values, size=self._problem.cost.size)
        if not np.isfinite(cost).all():
            message = "a new cost is not finite; expected numbers; supply the datum"
            raise InputError(message)
        self._problem.cost[place] = cost
        _accept(self._highs.changeColsCost(place.size, place, cost))

    def change_bounds(
        self, indices: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike
    ) -> None:
        """Set the bounds of some columns.

        Parameters
        ----------
        indices : array of int
            Columns [-].
        lower, upper : float or array
            New bounds, broadcast to the indices [unit].

        Raises
        ------
        InputError
            If an index does not exist or a lower bound exceeds its upper bound.
        """
        problem = self._problem
        place, (low, high) = _aligned(indices, lower, upper, size=problem.cost.size)
        _check_order(problem, "column", place, low, high)
        problem.lower[place], problem.upper[place] = low, high
        _accept(self._highs.changeColsBounds(place.size, place, low, high))

    def change_row_bounds(
        self, indices: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike
    ) -> None:
        """Set the limits of some rows; see `change_bounds`.

        Parameters
        ----------
        indices : array of int
            Rows [-].
        lower, upper : float or array
            New limits, broadcast to the indices [unit].
        """
        problem = self._problem
        place, (low, high) = _aligned(
            indices, lower, upper, size=problem.row_lower.size
        )
        _check_order(problem, "row", place, low, high)
        problem.row_lower[place], problem.row_upper[place] = low, high
        _accept(self._highs.changeRowsBounds(place.size, place, low, high))

    def set_basis(self, basis: Basis) -> None:
        """Start the next warm solve from a basis, e.g. that of a rolled horizon.

        Parameters
        ----------
        basis : Basis
            Statuses in the order of this problem; HiGHS repairs a basis with a few
            too many or too few basic members.

        Raises
        ------
        InputError
            If the sizes do not fit.
        """
        import highspy

        sizes = (basis.rows.size, basis.columns.size)
        if sizes != self._problem.shape:
            message = (
                f"basis of {sizes} (rows, columns); expected {self._problem.shape}"
            )
            raise InputError(message)
        names = [highspy.HighsBasisStatus(code) for code in range(5)]
        start = highspy.HighsBasis()
        start.col_status = [names[code] for code in basis.columns.tolist()]
        start.row_status = [names[code] for code in basis.rows.tolist()]
        start.valid = True
        # An alien basis is factored to be mended; a complete one needs that only once.
        basic = np.count_nonzero(basis.columns == BASIC)
        basic += np.count_nonzero(basis.rows == BASIC)
        start.alien = bool(basic != self._problem.shape[0])
        _accept(self._highs.setBasis(start))


def _options(settings: Settings) -> dict[str, Option]:
    options: dict[str, Option] = {
        "output_flag": False,
        "threads": settings.threads,
        "parallel": "off" if settings.threads == 1 else "choose",
        "random_seed": settings.seed,
        "solver": settings.method,
        "presolve": "choose" if settings.presolve else "off",
        "run_crossover": "on" if settings.crossover else "off",
        "mip_rel_gap": settings.gap,
        "mip_feasibility_tolerance": max(settings.tolerance, 1e-10),
        "primal_feasibility_tolerance": settings.tolerance,
        "dual_feasibility_tolerance": settings.tolerance,
    }
    if settings.iteration_limit is not None:
        options["simplex_iteration_limit"] = settings.iteration_limit
    if settings.node_limit is not None:
        options["mip_max_nodes"] = settings.node_limit
    return options


def _load(problem: Problem, settings: Settings) -> Engine:
    import highspy

    highs = cast("Callable[[], Engine]", highspy.Highs)()
    for name, value in _options(settings).items():
        _accept(highs.setOptionValue(name, value))
    matrix = problem.matrix
    rows, columns = problem.shape
    colwise, minimise = 1, 1
    _accept(
        highs.passModel(
            columns,
            rows,
            matrix.nnz,
            colwise,
            minimise,
            problem.offset,
            problem.cost,
            problem.lower,
            problem.upper,
            problem.row_lower,
            problem.row_upper,
            matrix.indptr,
            matrix.indices,
            matrix.data,
            problem.integer.astype(np.int32),
        )
    )
    return highs


def _run(highs: Engine, problem: Problem, settings: Settings) -> Solution:
    import highspy

    # The limit counts over all runs of one object, so it is raised before each.
    begun = highs.getRunTime()
    highs.setOptionValue("time_limit", begun + settings.time_limit)
    if highs.run() == highspy.HighsStatus.kError:
        # Another thread count than the scheduler of this process was started with.
        highspy.Highs.resetGlobalScheduler(True)
        highs.run()
    if highs.getModelStatus().name == "kUnboundedOrInfeasible":
        highs.setOptionValue("presolve", "off")
        highs.run()
        highs.setOptionValue("presolve", _options(settings)["presolve"])
    elif highs.getModelStatus().name not in _STATUS:
        _run_once_more(highs, settings)
    return _collect(highs, problem, seconds=highs.getRunTime() - begun)


def _run_once_more(highs: Engine, settings: Settings) -> None:
    """Give an undecided run one cold try at a looser tolerance.

    HiGHS also calls its own optimum in whole numbers an error where a row is missed by
    a hair more than the tolerance. The decisions are good, and the continuous problem
    that they leave is solved at the full tolerance in any case.
    """
    if settings.method == "ipm" and not settings.crossover:
        return
    usual = {k: v for k, v in _options(settings).items() if "feasibility" in k}
    for name in usual:
        highs.setOptionValue(name, LOOSE)
    highs.clearSolver()
    highs.run()
    for name, value in usual.items():
        highs.setOptionValue(name, value)


def _collect(highs: Engine, problem: Problem, *, seconds: float) -> Solution:
    info, name = highs.getInfo(), highs.getModelStatus().name
    undecided_point = name == "kUnknown" and info.primal_solution_status == 2
    status = "optimal" if undecided_point else _STATUS.get(name)
    if status is None:
        message = (
            f"the solver ended with {name[1:]!r}; expected an optimum or a proof that "
            "there is none; look for coefficients outside 1e-4..1e4 and rescale units"
        )
        raise DataQualityError(message)
    found = highs.getSolution()
    has_point = status == "optimal" or (status == "limit" and found.value_valid)
    x = np.array(found.col_value) if has_point else np.zeros(0)
    has_duals = has_point and found.dual_valid
    empty = {"infeasible": np.inf, "unbounded": -np.inf, "limit": np.inf}
    return Solution(
        status=status,
        objective=_objective(problem, x) if has_point else empty[status],
        x=x,
        row_dual=np.array(found.row_dual) if has_duals else np.zeros(0),
        reduced_cost=np.array(found.col_dual) if has_duals else np.zeros(0),
        basis=_basis(highs) if has_duals else None,
        iterations=_iterations(info),
        seconds=seconds,
        max_primal_infeasibility=info.max_primal_infeasibility,
        max_dual_infeasibility=info.max_dual_infeasibility if has_duals else np.inf,
        bound=info.mip_dual_bound if problem.integer.any() else np.nan,
    )


def _objective(problem: Problem, x: FloatArray) -> float:
    return float(problem.cost @ x) + problem.offset


def _iterations(info: object) -> int:
    counts = ("simplex_iteration_count", "ipm_iteration_count")
    return sum(max(0, int(getattr(info, name))) for name in counts)


def _basis(highs: Engine) -> Basis | None:
    basis = highs.getBasis()
    if not basis.valid:
        return None
    columns, rows = basis.col_status, basis.row_status
    return Basis(
        np.fromiter(map(_code, columns), np.int8, len(columns)),
        np.fromiter(map(_code, rows), np.int8, len(rows)),
    )


def _aligned(
    indices: npt.ArrayLike, *values: npt.ArrayLike, size: int
) -> tuple[npt.NDArray[np.int32], tuple[FloatArray, ...]]:
    index: IntArray = np.asarray(indices, np.int64)
    if index.size and (index.min() < 0 or index.max() >= size):
        message = (
            f"index {index.min()}..{index.max()} does not exist; expected 0.."
            f"{size - 1}; use the indices the blocks give"
        )
        raise InputError(message)
    spread = tuple(
        np.array(np.broadcast_to(np.asarray(value, np.float64), index.shape)).ravel()
        for value in values
    )
    return index.ravel().astype(np.int32), spread


def _check_order(
    problem: Problem,
    kind: str,
    place: npt.NDArray[np.int32],
    lower: FloatArray,
    upper: FloatArray,
) -> None:
    wrong = np.flatnonzero(~(lower <= upper))
    if wrong.size:
        first = wrong[0]
        message = (
            f"{problem.describe(kind, int(place[first]))}: lower limit "
            f"{lower[first]:g} is above upper limit {upper[first]:g}; mend one of them"
        )
        raise InputError(message)


def _accept(status: object) -> None:
    if getattr(status, "name", "") == "kError":
        message = (
            "the solver refused the data; expected distinct indices, finite costs and "
            "ordered bounds; check what was passed"
        )
        raise InputError(message)
