"""Fit the constants of units to closed months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orebook.errors import DataQualityError, InputError
from orebook.evaluate.tuning.constants import Constant, Group
from orebook.evaluate.tuning.fit import Fitted, fit, interval_factor
from orebook.evaluate.tuning.identify import Held, told_apart
from orebook.evaluate.tuning.model import LASTING, STEP, Model, bounds
from orebook.evaluate.tuning.months import Evidence, Excluded, chosen
from orebook.evaluate.tuning.result import Estimate, Indicator, Point, Tuning
from orebook.process.network import Network

__all__ = ["tune"]

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]

_TOLERANCE = 1e-11  # of cost, step and slope
_ROUNDS = 30  # most re-weightings of a robust fit
_SETTLED = 1e-6  # change of a weight below which they stand still
_CHORDS = 2  # steps by which a month is left out


@dataclass(frozen=True, slots=True)
class _Options:
    ridge: bool
    robust: bool
    lasting: float
    confidence: float


def tune(
    network: Network,
    group: Group,
    months: Sequence[Evidence],
    *,
    ridge: bool = False,
    robust: bool = False,
    lasting: float = LASTING,
    exclude: Sequence[str] = (),
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> Tuning:
    """Fit the constants of a group of units to what closed months measured.

    Parameters
    ----------
    network : Network
        Chain and physics at the constants before.
    group : Group
        Units and constants; see `orebook.evaluate.tuning.constants.groups_at`.
    months : sequence of Evidence
        Closed months, in any order.
    ridge : bool
        Hold each constant near the value before with its prior standard deviation,
        rather than leave out those the months cannot tell.
    robust : bool
        Count large residuals less (soft L1), and use months with gross errors.
    lasting : float
        Share of the doubt of a figure that is the same in all months [-].
    exclude : sequence of str
        Periods to set aside.
    confidence : float
        Of the intervals [-].
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Tuning
        Estimates with their doubt, before and after.

    Raises
    ------
    InputError
        If too few months can be used, or a constant that was named moves no figure.
    DataQualityError
        If the months tell none of the constants.

    Notes
    -----
    Residuals are reconciled figures less what the process makes at the feed and duty
    of the month, over their standard deviation; duties, assays within their doubt and
    lasting errors of meters take their best values at each trial. The minimum over
    the constants is found by bounded trust-region steps. Intervals are linear, by
    Student's t, with the covariance scaled by chi2 over its degrees of freedom where
    that is above 1; the prior doubt of constants that are held adds to it.

    References
    ----------
    .. [1] J. A. Romagnoli, M. C. Sanchez, Data Processing and Reconciliation for
       Chemical Process Operations, 2000, chapter 9.
    .. [2] S. F. Schmidt, Application of state-space methods to navigation problems,
       1966 (parameters that are considered, not estimated).
    .. [3] G. H. Golub, V. Pereyra, The differentiation of pseudo-inverses and nonlinear
       least squares problems whose variables separate, 1973.
    """
    say = progress or _silent
    _require(lasting, confidence)
    options = _Options(ridge, robust, lasting, confidence)
    say("months", 0.0)
    used, aside = chosen(network, group.units, months, exclude=exclude, robust=robust)
    whole = Model(network, group, used, lasting)
    slopes = whole.slopes(_start(group.constants)) * bounds(group.constants)[2]
    told, held = told_apart(group.constants, slopes)
    _refuse_unseen(group, held, whole)
    if ridge:
        unseen = {h.constant for h in held if h.reason == "unseen"}
        told = tuple(c for c in group.constants if c not in unseen)
        held = tuple(h for h in held if h.reason == "unseen")
    if not told:
        raise DataQualityError(_nothing_told(held))
    model = Model(network, replace(group, constants=told), used, lasting)
    _share(whole, model)
    say("fit", 0.1)
    fitted, weight = _fitted(model, options)
    say("leave months out", 0.4)
    left_out = _left_out(model, fitted, weight, ridge=ridge, say=say)
    say("before and after", 0.95)
    return _result(model, fitted, weight, left_out, held=held, options=options,
                   excluded=aside)  # fmt: skip


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def _require(lasting: float, confidence: float) -> None:
    if not 0.0 <= lasting < 1.0:
        raise InputError(
            f"lasting = {lasting:g} is no share of the doubt; expected 0 to below 1; "
            "0.6 is usual"
        )
    if not 0.5 <= confidence < 1.0:
        raise InputError(
            f"confidence = {confidence:g}; expected 0.5 to below 1; write 0.95"
        )


def _refuse_unseen(group: Group, held: Sequence[Held], model: Model) -> None:
    if not group.named:
        return
    unseen = [h.constant.id for h in held if h.reason == "unseen"]
    if unseen:
        data = model.data
        used = data.used.any(axis=0) & ~data.closed
        rows = [s.id for i, s in enumerate(data.streams) if used[i]]
        raise InputError(
            f"'{unseen[0]}' cannot be observed: it moves none of the figures measured "
            f"({', '.join(rows)}); expected a constant that moves at least one; meter "
            "the stream it acts on, or leave it out of --constants"
        )


def _nothing_told(held: Sequence[Held]) -> str:
    told = "; ".join(
        f"{h.constant.id} ({'like ' + ', '.join(h.alike) if h.alike else h.reason})"
        for h in held
    )
    return (
        f"the months tell none of the constants: {told}; expected at least one that "
        "can be told from the others; name one of them with --constants, or hold all "
        "near what was known before with --ridge"
    )


def _start(constants: Sequence[Constant]) -> Floats:
    return np.array([c.start for c in constants])


def _share(whole: Model, part: Model) -> None:
    """Hand on what does not depend on the constants chosen."""
    for name in ("data", "_by_assay"):
        part.__dict__[name] = getattr(whole, name)


# -- the fit ---------------------------------------------------------------------------


def _fitted(model: Model, options: _Options) -> tuple[Fitted, Floats]:
    """Return the fit, and the weight of each figure, shape (M, S)."""
    weight = np.ones(model.data.value.shape)
    found = _once(model, weight, _start(model.constants), ridge=options.ridge)
    if not options.robust:
        return found, weight
    for _ in range(_ROUNDS):
        gap = _standard(model, model.project(found.value[None]).predicted[0])
        size = max(1.0, found.chi2 / max(found.freedom, 1))
        new = np.where(model.data.closed, 1.0, 1.0 / np.sqrt(1.0 + gap**2 / size))
        moved = float(np.max(np.abs(new - weight)))
        weight = new
        found = _once(model, weight, found.value, ridge=options.ridge)
        if moved < _SETTLED:
            break
    return found, weight


def _once(model: Model, weight: Floats, start: Floats, *, ridge: bool) -> Fitted:
    low, high, size = bounds(model.constants)
    prior, eye = _start(model.constants), np.diag(1.0 / size)

    def residual(x: Floats) -> Floats:
        own = model.project(x[None], weight=weight).residual[0]
        return np.concatenate([own, (x - prior) / size]) if ridge else own

    def slopes(x: Floats) -> Floats:
        own = model.slopes(x, weight=weight)
        return np.concatenate([own, eye]) if ridge else own

    return fit(
        residual, start, low=low, high=high, scale=size, jacobian=slopes,
        freedom=_freedom(model, weight, ridge=ridge), least_scale=1.0,
        tolerance=_TOLERANCE,
    )  # fmt: skip


def _freedom(model: Model, weight: Floats, *, ridge: bool) -> int:
    """Return figures and balances less duties told and constants fitted [-]."""
    told = model.project(_start(model.constants)[None], weight=weight).duty_told
    count = int(np.sum(model.data.used & (weight > 0.0)))
    return max(1, round(count - told) - (0 if ridge else len(model.constants)))


def _standard(model: Model, predicted: Floats) -> Floats:
    """Return measured less predicted in standard deviations; 0 where not used."""
    data = model.data
    gap = (data.value - predicted) / data.sd
    return np.where(data.used & ~data.closed, gap, 0.0)


def _left_out(
    model: Model, fitted: Fitted, weight: Floats, *, ridge: bool, say: Progress
) -> Floats:
    """Return constants fitted to all months but one, shape (M, p).

    Gauss-Newton steps from the estimate, their slopes those at the estimate.
    """
    low, high, size = bounds(model.constants)
    prior, count = _start(model.constants), len(model.months)
    found = np.repeat(fitted.value[None], count, axis=0)
    for m in range(count):
        part = weight.copy()
        part[m] = 0.0
        slopes = model.slopes(fitted.value, weight=part) * size
        if ridge:
            slopes = np.concatenate([slopes, np.eye(size.size)])
        for _ in range(_CHORDS):
            own = model.project(found[m][None], weight=part).residual[0]
            if ridge:
                own = np.concatenate([own, (found[m] - prior) / size])
            step = np.linalg.lstsq(slopes, -own, rcond=None)[0]
            found[m] = np.clip(found[m] + size * step, low, high)
        say("leave months out", 0.4 + 0.55 * (m + 1) / count)
    return found


# -- the result ------------------------------------------------------------------------


def _result(
    model: Model, fitted: Fitted, weight: Floats, left_out: Floats, *,
    held: tuple[Held, ...], options: _Options, excluded: tuple[Excluded, ...],
) -> Tuning:  # fmt: skip
    start, size = _start(model.constants), bounds(model.constants)[2]
    before = model.project(start[None], weight=weight)
    after = model.project(fitted.value[None], weight=weight)
    slopes = model.slopes(fitted.value, weight=weight)
    coarse = model.slopes(fitted.value, weight=weight, step=3.0 * STEP)
    largest = float(np.max(np.abs(slopes * size))) or 1.0
    covariance = fitted.covariance + _considered(model, fitted, held, weight)
    error = np.sqrt(np.diag(covariance))
    reach = interval_factor(fitted.freedom, options.confidence) * error
    safe = np.where(error > 0.0, error, 1.0)
    singular = np.linalg.svd(slopes * size, compute_uv=False)
    return Tuning(
        units=model.group.units,
        estimates=tuple(
            Estimate(
                c, float(v), float(e), max(c.low, float(v - r)),
                min(c.high, float(v + r)), _bound(c, float(v), on=bool(b)),
            )
            for c, v, e, r, b in zip(
                model.constants, fitted.value, error, reach, fitted.at_bound,
                strict=True,
            )
        ),
        held=held,
        months=tuple((e.closed.period, e.hash) for e in model.months),
        excluded=excluded,
        chi2_before=float(before.residual[0] @ before.residual[0]),
        chi2_after=float(after.residual[0] @ after.residual[0]),
        freedom=fitted.freedom,
        correlation=covariance / np.outer(safe, safe),
        condition=float(singular[0] / max(singular[-1], 1e-300)),
        jacobian_error=float(np.max(np.abs((slopes - coarse) * size))) / largest,
        points=_points(model, before.predicted[0], after.predicted[0], weight),
        indicators=_indicators(model, before.predicted[0], after.predicted[0]),
        rms_before=_rms(model, np.repeat(start[None], len(model.months), axis=0)),
        rms_after=_rms(
            model, np.repeat(fitted.value[None], len(model.months), axis=0)
        ),
        rms_left_out=_rms(model, left_out),
        options={
            "ridge": options.ridge, "robust": options.robust,
            "lasting": options.lasting, "confidence": options.confidence,
        },
        converged=fitted.converged,
        simulated=any(e.closed.simulated for e in model.months),
    )  # fmt: skip


def _considered(
    model: Model, fitted: Fitted, held: Sequence[Held], weight: Floats
) -> Floats:
    """Return what the doubt of the constants held adds to the covariance, (p, p).

    An error of a constant that is held moves the others by -(J'J)^-1 J'J_held.
    """
    others = tuple(h.constant for h in held if h.reason != "unseen")
    count = len(model.constants)
    if not others:
        return np.zeros((count, count))
    wide = replace(
        model, group=replace(model.group, constants=(*model.constants, *others))
    )
    _share(model, wide)
    at = np.concatenate([fitted.value, _start(others)])
    slopes = wide.slopes(at, weight=weight) * bounds(wide.constants)[2]
    free = ~fitted.at_bound
    moved = np.zeros((count, len(others)))
    own = slopes[:, :count][:, free]
    moved[free] = np.linalg.lstsq(own, slopes[:, count:], rcond=None)[0]
    moved *= bounds(model.constants)[2][:, None]
    return moved @ moved.T


def _bound(constant: Constant, value: float, *, on: bool) -> str | None:
    if not on:
        return None
    return "low" if value - constant.low < constant.high - value else "high"


def _rms(model: Model, trial: Floats) -> float:
    """Return how far months are off at constants of their own, shape (M, p) [-].

    What meters are off by in all months is told by the other months alone.
    """
    given = []
    for m in range(len(model.months)):
        part = np.ones(model.data.value.shape)
        part[m] = 0.0
        given.append(model.project(trial[m][None], weight=part).lasting[0])
    rest = model.project(trial[None], given=np.array(given)).rest[0]
    count = int(np.sum(model.data.used & ~model.data.closed))
    return float(np.sqrt(np.sum(rest**2) / max(count, 1)))


def _points(
    model: Model, before: Floats, after: Floats, weight: Floats
) -> tuple[Point, ...]:
    data = model.data
    return tuple(
        Point(
            evidence.closed.period, name, float(data.value[m, s]),
            float(data.sd[m, s]), float(before[m, s]), float(after[m, s]),
            float(weight[m, s]),
        )
        for m, evidence in enumerate(model.months)
        for s, name in enumerate(data.names)
        if data.used[m, s] and not data.closed[s]
    )  # fmt: skip


def _indicators(model: Model, before: Floats, after: Floats) -> tuple[Indicator, ...]:
    data, found = model.data, []
    units = [s.unit for s in data.streams]
    material = model.network.chain.material
    units += [material[b.material].unit for b in data.balances]
    for s, name in enumerate(data.names):
        used = data.used[:, s]
        if data.closed[s] or not used.any():
            continue
        value = data.value[used, s]
        gaps = [value - p[used, s] for p in (before, after)]
        rmse = [float(np.sqrt(np.mean(g**2))) for g in gaps]
        found.append(
            Indicator(name, units[s], int(used.sum()), float(value.mean()), *rmse)
        )
    return tuple(found)
