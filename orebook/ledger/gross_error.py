"""Find the meter that lies or the node that leaks.

All tests come from the factor that reconciled the readings: the global test says
whether something is wrong, the tests of meters and nodes say where it shows, and
the generalised likelihood ratio says how large each single cause would have to be
and which causes cannot be told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError
from orebook.ledger.observability import NON_REDUNDANT, REDUNDANT
from orebook.ledger.reconcile import Masked, Reconciled, reconcile
from orebook.ledger.system import BLOCK, System, times

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

Floats = NDArray[np.float64]
Cause = tuple[str, int]

BIAS = "bias"
LEAK = "leak"

PARALLEL = 1e-9
"""Two causes are the same if their traces, of length one, differ by less [-]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One gross error that explains the imbalances better than chance would.

    Parameters
    ----------
    kind : str
        "bias" of a meter or "leak" at a node.
    index : int
        Stream of the bias or balance of the leak.
    size : float
        Estimated size, unit of the readings: reading too high, or loss at the node.
    size_sd : float
        Its standard deviation.
    statistic : float
        Likelihood-ratio statistic T, the drop of g if the cause is admitted [-].
    critical : float
        Value T exceeds by chance with the stated probability over all causes [-].
    equivalents : tuple
        Other causes (kind, index) that leave the same trace.
    """

    kind: str
    index: int
    size: float
    size_sd: float
    statistic: float
    critical: float
    equivalents: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GrossErrorReport:
    """Outcome of all tests on one set of reconciled readings.

    Parameters
    ----------
    objective, critical : float
        Global statistic g and its critical value [-].
    dof : int
        Degrees of freedom [-].
    passed : bool
        Whether g stays below its critical value.
    measurement_z, nodal_z : numpy.ma.MaskedArray
        Adjustment or imbalance in its standard deviations, shapes (n,), (m,).
    measurement_limit, nodal_limit : float
        Their critical values for that many tests at once [-].
    bias_statistic, bias_size : numpy.ma.MaskedArray
        T and estimated size of each meter bias, shape (n,).
    leak_statistic, leak_size : numpy.ma.MaskedArray
        T and estimated size of each leak, shape (m,).
    detectable_bias : numpy.ma.MaskedArray
        Bias a single test finds four times in five, shape (n,), unit of readings.
    findings : tuple of Finding
        Causes beyond chance, largest statistic first, one for each set of causes
        that cannot be told apart.
    """

    objective: float
    critical: float
    dof: int
    passed: bool
    measurement_z: Masked
    measurement_limit: float
    nodal_z: Masked
    nodal_limit: float
    bias_statistic: Masked
    bias_size: Masked
    leak_statistic: Masked
    leak_size: Masked
    detectable_bias: Masked
    findings: tuple[Finding, ...]

    def summary(self) -> str:
        """Return the verdict and the findings as text."""
        sign = "<=" if self.passed else ">"
        verdict = "passed" if self.passed else "failed"
        lines = [
            f"global test {verdict}: {self.objective:.4g} {sign} {self.critical:.4g} "
            f"({self.dof} degrees of freedom)"
        ]
        for item in self.findings:
            also = ", ".join(f"{kind} {index}" for kind, index in item.equivalents)
            lines.append(
                f"{item.kind} {item.index}: size {item.size:.4g} +- "
                f"{item.size_sd:.2g}, T {item.statistic:.4g} > {item.critical:.4g}"
                + (f"; cannot be told from {also}" if also else "")
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the figures as plain lists; masked entries are None."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        found = [
            {name: getattr(item, name) for name in item.__slots__}
            for item in self.findings
        ]
        arrays = {
            name: value.tolist()
            for name, value in plain.items()
            if isinstance(value, np.ma.MaskedArray)
        }
        return {**plain, **arrays, "findings": found}


def sidak_limit(count: int, *, alpha: float = 0.05) -> float:
    """Return the two-sided normal limit for several tests at once.

    Parameters
    ----------
    count : int
        Number of tests [-].
    alpha : float, optional
        Probability that any of them raises a false alarm [-].

    Returns
    -------
    float
        Limit z [-].

    Raises
    ------
    InputError
        If alpha is not between 0 and 1.

    Notes
    -----
    beta = 1 - (1 - alpha)^(1/count); z = Phi^-1(1 - beta/2).

    References
    ----------
    Sidak, Rectangular confidence regions for the means of multivariate normal
    distributions, 1967.

    Examples
    --------
    >>> round(sidak_limit(28), 4)
    3.1165
    """
    from scipy.special import ndtri

    _require_share(alpha)
    beta = -math.expm1(math.log1p(-alpha) / max(count, 1))
    return float(-ndtri(beta / 2))


def chi2_limit(dof: int, *, alpha: float = 0.05) -> float:
    """Return the critical value of the global test.

    Parameters
    ----------
    dof : int
        Degrees of freedom [-].
    alpha : float, optional
        Probability of a false alarm [-].

    Returns
    -------
    float
        Upper quantile of the chi-squared distribution [-]; 0 without a check.

    Examples
    --------
    >>> round(chi2_limit(11), 3)
    19.675
    """
    from scipy.special import chdtri

    _require_share(alpha)
    return float(chdtri(dof, alpha)) if dof else 0.0


def _require_share(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise InputError(
            f"alpha = {alpha}; expected a probability between 0 and 1, both excluded; "
            "0.05 is usual"
        )


def gross_errors(result: Reconciled, *, alpha: float = 0.05) -> GrossErrorReport:
    """Run all gross-error tests on reconciled readings.

    Parameters
    ----------
    result : Reconciled
        Outcome of a reconciliation.
    alpha : float, optional
        Probability that a family of tests raises a false alarm [-].

    Returns
    -------
    GrossErrorReport
        Tests and findings.

    Raises
    ------
    InputError
        If alpha is not between 0 and 1.

    Notes
    -----
    With r = R y - b, W = R V R' and the trace f of a cause (R e_i for a bias of
    meter i, P e_j for a leak at node j): T = (f' W^-1 r)^2 / (f' W^-1 f), size
    (f' W^-1 r)/(f' W^-1 f).  Dropping meter i lowers g by its T.

    References
    ----------
    Narasimhan and Mah, Generalized likelihood ratio method for gross error
    identification, 1987.

    Examples
    --------
    >>> result = reconcile([[1, -1, 0], [0, 1, -1]], [110.0, 100.0, 100.0], 1.0)
    >>> report = gross_errors(result)
    >>> [(f.kind, f.index, round(f.size, 6)) for f in report.findings][:2]
    [('bias', 0, 10.0), ('bias', 1, -5.0)]
    """
    system = result.system
    bias, weight = _bias_traces(result)
    leak, leak_weight = _leak_traces(result)
    meters, nodes = int((weight > 0).sum()), int((leak_weight > 0).sum())
    limit = sidak_limit(meters + nodes, alpha=alpha) ** 2
    bias_t, bias_size = _ratio(bias, weight)
    leak_t, leak_size = _ratio(leak, leak_weight)
    critical = chi2_limit(result.dof, alpha=alpha)
    _, detectable = _ratio(np.full(weight.size, _POWER), np.sqrt(weight))
    return GrossErrorReport(
        objective=result.objective,
        critical=critical,
        dof=result.dof,
        passed=result.objective <= critical or result.dof == 0,
        measurement_z=np.ma.sqrt(bias_t),
        measurement_limit=sidak_limit(meters, alpha=alpha),
        nodal_z=_nodal_z(result),
        nodal_limit=sidak_limit(result.imbalance.count(), alpha=alpha),
        bias_statistic=bias_t,
        bias_size=bias_size,
        leak_statistic=leak_t,
        leak_size=leak_size,
        detectable_bias=detectable,
        findings=_findings(
            system, (bias_t, leak_t), (bias, leak), (weight, leak_weight), limit=limit
        ),
    )


_POWER = 2.8015852
"""Phi^-1(0.975) + Phi^-1(0.8): a single test at 5 % finds it with power 0.8 [-]."""


def _bias_traces(result: Reconciled) -> tuple[Floats, Floats]:
    """Return f' W^-1 r and f' W^-1 f of each meter bias."""
    pull = np.asarray(result.system.matrix.T @ result.multipliers)
    return pull, result.leverage


def _leak_traces(result: Reconciled) -> tuple[Floats, Floats]:
    """Return f' W^-1 r and f' W^-1 f of each leak."""
    system = result.system
    columns = system.combination.tocsc()
    count = np.diff(columns.indptr)
    weight = np.zeros(count.size)
    single = count == 1
    place = columns.indptr[:-1][single]
    diagonal = result.inverse.diagonal()
    weight[single] = columns.data[place] ** 2 * diagonal[columns.indices[place]]
    several = np.flatnonzero(count > 1)
    for start in range(0, several.size, BLOCK):
        part = several[start : start + BLOCK]
        dense = columns[:, part].toarray()
        weight[part] = (dense * system.factor.solve(dense)).sum(axis=0)
    weight[system.tied] = 0.0
    return result.multipliers, weight


def _ratio(top: Floats, bottom: Floats) -> tuple[Masked, Masked]:
    """Return top^2/bottom and top/bottom, masked where the bottom is zero."""
    dead = bottom <= 0
    safe = np.where(dead, 1.0, bottom)
    size = np.where(dead, np.nan, top / safe)
    square = np.where(dead, np.nan, top**2 / safe)
    return np.ma.MaskedArray(square, dead), np.ma.MaskedArray(size, dead)


def _nodal_z(result: Reconciled) -> Masked:
    spread = np.asarray(result.imbalance_sd.data)
    known = ~np.ma.getmaskarray(result.imbalance) & (spread > 0)
    gap = abs(np.asarray(result.imbalance.data))
    z = np.where(known, gap / np.where(known, spread, 1.0), np.nan)
    return np.ma.MaskedArray(z, ~known)


def _findings(
    system: System,
    statistic: tuple[Masked, Masked],
    pull: tuple[Floats, Floats],
    weight: tuple[Floats, Floats],
    *,
    limit: float,
) -> tuple[Finding, ...]:
    width = weight[0].size
    every = np.concatenate([np.ma.filled(part, 0.0) for part in statistic])
    top, bottom = np.concatenate(pull), np.concatenate(weight)
    order = np.lexsort((np.arange(every.size), -np.round(every, 9)))
    found: list[Finding] = []
    told: set[int] = set()
    traces = _traces(system, bottom)
    for k in order[every[order] > limit].tolist():
        if k in told:
            continue
        same = traces.same(k)
        told.update(same)
        kind, index = _cause(k, width)
        found.append(
            Finding(
                kind=kind,
                index=index,
                size=float(top[k] / bottom[k]),
                size_sd=float(1 / np.sqrt(bottom[k])),
                statistic=float(every[k]),
                critical=limit,
                equivalents=tuple(_cause(j, width) for j in same if j != k),
            )
        )
    return tuple(found)


def _cause(k: int, width: int) -> Cause:
    return (BIAS, k) if k < width else (LEAK, k - width)


@dataclass(frozen=True, slots=True, eq=False)
class _Traces:
    """Traces of all causes, reduced to three numbers each that parallel ones share."""

    marks: Floats
    order: NDArray[np.int64]
    live: NDArray[np.bool_]

    def same(self, cause: int) -> list[int]:
        """Return the testable causes whose trace is parallel, itself among them."""
        ranked = self.marks[0, self.order]
        mark = self.marks[:, cause]
        low = np.searchsorted(ranked, mark[0] - PARALLEL, side="left")
        high = np.searchsorted(ranked, mark[0] + PARALLEL, side="right")
        near = self.order[low:high]
        gap = abs(self.marks[:, near] - mark[:, None]).max(axis=0)
        return sorted(near[(gap < PARALLEL) & self.live[near]].tolist())


def _traces(system: System, weight: Floats) -> _Traces:
    """Project each trace, scaled to length one, on three fixed directions."""
    count = system.kept.size
    angle = np.outer(np.arange(1, count + 1), np.sqrt([2.0, 3.0, 5.0]))
    direction = np.cos(angle) * (1.3 + np.sin(7 * angle))
    parts: list[Floats] = []
    lengths: list[Floats] = []
    for source in (system.check, system.combination):
        columns = source.T.tocsr()
        parts.append(times(columns, direction).T)
        lengths.append(np.asarray(columns.multiply(columns).sum(axis=1)).ravel())
    length = np.sqrt(np.concatenate(lengths))
    marks = np.concatenate(parts, axis=1) / np.where(length > 0, length, 1.0)
    marks = marks * np.where(marks[0] < 0, -1.0, 1.0)
    order = np.argsort(marks[0], kind="stable")
    return _Traces(marks, order, weight > 0)


@dataclass(frozen=True, slots=True)
class Removal:
    """One step of a serial elimination.

    Parameters
    ----------
    stream : int
        Meter taken out.
    size : float
        Its estimated bias, unit of the readings.
    statistic : float
        Its T, the drop of g [-].
    objective, critical : float
        g and its critical value after the step [-].
    dof : int
        Degrees of freedom after the step [-].
    unchecked : tuple of int
        Meters that nothing checks any more.
    equivalents : tuple
        Other causes (kind, index) that would have explained as much.
    """

    stream: int
    size: float
    statistic: float
    objective: float
    critical: float
    dof: int
    unchecked: tuple[int, ...]
    equivalents: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """Outcome of a serial elimination of suspect meters.

    Parameters
    ----------
    removed : tuple of Removal
        Steps in order.
    passed : bool
        Whether the global test passes at the end.
    result : Reconciled
        Reconciled streams without the removed meters.
    """

    removed: tuple[Removal, ...]
    passed: bool
    result: Reconciled


def eliminate(
    matrix: sparray | spmatrix | ArrayLike,
    value: ArrayLike,
    sd: ArrayLike,
    *,
    rhs: ArrayLike | None = None,
    alpha: float = 0.05,
    limit: int | None = None,
) -> Elimination:
    """Take out the most suspect meter, again and again, until the global test passes.

    Parameters
    ----------
    matrix : sparse or array_like
        Balances A, shape (m, n).
    value, sd : array_like
        Readings and standard deviations, shape (n,), unit of the readings.
    rhs : array_like, optional
        Right-hand sides, shape (m,).
    alpha : float, optional
        Probability of a false alarm of the global test [-].
    limit : int, optional
        Meters taken out at most; a third of the degrees of freedom if not given.

    Returns
    -------
    Elimination
        Steps, verdict and reconciled streams.

    Raises
    ------
    InputError
        If the readings do not fit the balances or alpha is out of range.

    Notes
    -----
    The meter with the largest likelihood ratio goes first.  Only a meter that
    others check can be suspect, so each removed one stays computable; meters that
    lose their own check are named in the step.

    References
    ----------
    Serth and Heenan, Gross error detection and data reconciliation in
    steam-metering systems, 1986.

    Examples
    --------
    >>> balances = [[1, -1, 0], [0, 1, -1]]
    >>> outcome = eliminate(balances, [110.0, 100.0, 100.0], 1.0)
    >>> [step.stream for step in outcome.removed], outcome.passed
    ([0], True)
    """
    reading = np.array(value, dtype=np.float64)
    result = reconcile(matrix, reading, sd, rhs=rhs)
    most = max(1, math.ceil(result.dof / 3)) if limit is None else limit
    steps: list[Removal] = []
    while result.objective > chi2_limit(result.dof, alpha=alpha) and result.dof:
        if len(steps) >= most:
            break
        pull, weight = _bias_traces(result)
        statistic, size = _ratio(pull, weight)
        worst = int(np.argmax(np.round(np.ma.filled(statistic, -1.0), 9)))
        same = _traces(result.system, _all_weights(result)).same(worst)
        reading[worst] = np.nan
        after = reconcile(matrix, reading, sd, rhs=rhs)
        lost = (result.status == REDUNDANT) & (after.status == NON_REDUNDANT)
        steps.append(
            Removal(
                stream=worst,
                size=float(size[worst]),
                statistic=float(statistic[worst]),
                objective=after.objective,
                critical=chi2_limit(after.dof, alpha=alpha),
                dof=after.dof,
                unchecked=tuple(np.flatnonzero(lost).tolist()),
                equivalents=tuple(_cause(k, reading.size) for k in same if k != worst),
            )
        )
        result = after
    passed = result.dof == 0 or result.objective <= chi2_limit(result.dof, alpha=alpha)
    return Elimination(tuple(steps), passed, result)


def _all_weights(result: Reconciled) -> Floats:
    return np.concatenate([_bias_traces(result)[1], _leak_traces(result)[1]])
