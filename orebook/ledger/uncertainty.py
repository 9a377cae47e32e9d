"""How sure a figure is, and what one more meter would be worth.

The standard error of any indicator follows from the covariance of the reconciled
streams, which is applied, never formed.  Adding, improving or losing a meter
changes that error by a closed formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import DataQualityError, InputError
from orebook.ledger.reconcile import Reconciled
from orebook.ledger.system import form_sd, times

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its standard deviation.

    Parameters
    ----------
    value : float
        The number.
    sd : float
        Its standard deviation, same unit.
    """

    value: float
    sd: float


def indicator_sd(result: Reconciled, gradient: ArrayLike) -> float:
    """Return the standard error of an indicator h(x) of the reconciled streams.

    Parameters
    ----------
    result : Reconciled
        Reconciled streams.
    gradient : array_like
        dh/dx at the reconciled values, shape (n,), unit of h per unit of stream.

    Returns
    -------
    float
        Standard deviation of h, unit of h.

    Raises
    ------
    InputError
        If the gradient does not fit the streams.
    DataQualityError
        If h depends on a stream that is unobservable.

    Notes
    -----
    sd^2 = grad' cov(x) grad.  Valid while h is nearly linear over a few standard
    errors.

    References
    ----------
    Narasimhan and Jordache, Data Reconciliation and Gross Error Detection, 2000.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1, -1]], [101.0, 60.0, 38.0], 1.0)
    >>> round(indicator_sd(result, [1, -1, -1]), 9)
    0.0
    """
    import scipy.sparse as sp

    form = _measured_form(result, _checked_gradient(result, gradient))
    return float(form_sd(result.system, sp.csr_array(form[None, :]))[0])


def covariance_times(result: Reconciled, gradient: ArrayLike) -> Floats:
    """Return cov(x) times a vector, at the price of one solve.

    Parameters
    ----------
    result : Reconciled
        Reconciled streams.
    gradient : array_like
        Vector c, shape (n,).

    Returns
    -------
    numpy.ndarray
        cov(x) c, shape (n,); zero for streams that are unobservable.

    Raises
    ------
    InputError
        If the vector does not fit the streams.
    DataQualityError
        If it weights a stream that is unobservable.

    Notes
    -----
    cov(x) = V - V R' W^-1 R V over the measured streams, carried over to the
    unmeasured ones by the equations that give them.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1]], [10.0, 12.0], 1.0)
    >>> covariance_times(result, [1.0, 0.0]).round(6).tolist()
    [0.5, 0.5]
    """
    system = result.system
    form = _measured_form(result, _checked_gradient(result, gradient))
    spread = system.variance * form
    pull = system.factor.solve(times(system.check, spread))
    out = spread - system.variance * times(system.check.T.tocsr(), pull)
    projection = system.projection
    carried = times(projection.solution, out)
    out[projection.basis] = np.where(projection.observable, carried, 0.0)
    return out


def _checked_gradient(result: Reconciled, gradient: ArrayLike) -> Floats:
    slope = np.array(gradient, dtype=np.float64)
    if slope.shape != result.status.shape or not np.isfinite(slope).all():
        raise InputError(
            f"the gradient has the shape {slope.shape}, finite: "
            f"{bool(np.isfinite(slope).all())}; expected {result.status.shape} finite "
            "numbers, one per stream, 0 where the indicator does not depend on it"
        )
    return slope


def _measured_form(result: Reconciled, slope: Floats) -> Floats:
    """Express a form over all streams by measured streams only."""
    projection = result.system.projection
    weight = slope[projection.basis]
    form = slope.copy()
    form[projection.basis] = 0.0
    size = abs(form) + times(abs(projection.solution).T.tocsr(), abs(weight))
    form += times(projection.solution.T.tocsr(), weight)
    hidden = projection.free[
        abs(form[projection.free]) > 1e-9 * size[projection.free]
    ].tolist()
    if hidden:
        touched = np.ma.getmaskarray(result.value) & (slope != 0)
        names = np.flatnonzero(touched).tolist()
        raise DataQualityError(
            f"the indicator depends on the streams {names}, which neither a meter nor "
            "a balance fixes; expected observable streams; measure one of them or "
            "leave them out of the indicator"
        )
    form[projection.free] = 0.0
    return form


def numerical_gradient(
    indicator: Callable[[Floats], float], result: Reconciled
) -> Floats:
    """Return dh/dx at the reconciled values by central differences.

    Parameters
    ----------
    indicator : callable
        h, takes all streams, shape (n,), and returns one number.
    result : Reconciled
        Reconciled streams, all observable.

    Returns
    -------
    numpy.ndarray
        Gradient, shape (n,), unit of h per unit of stream.

    Raises
    ------
    DataQualityError
        If a stream is unobservable, so that h cannot be computed.

    Notes
    -----
    Steps of the cube root of the machine precision times the size of the stream:
    relative error about 1e-10 for smooth h.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1]], [11.0, 9.0], 1.0)
    >>> numerical_gradient(lambda x: x[0] * x[1], result).round(6).tolist()
    [10.0, 10.0]
    """
    hidden = np.flatnonzero(np.ma.getmaskarray(result.value)).tolist()
    if hidden:
        raise DataQualityError(
            f"the streams {hidden} are unobservable, so the indicator cannot be "
            "computed; expected all streams known; give its gradient to indicator_sd"
        )
    x = np.array(result.value.data, dtype=np.float64)
    sd = np.asarray(result.sd.data)
    slope = np.empty(x.size)
    for k in range(x.size):
        step = np.finfo(np.float64).eps ** (1 / 3) * max(abs(x[k]), sd[k], 1e-12)
        high, low = x.copy(), x.copy()
        high[k] += step
        low[k] -= step
        slope[k] = (indicator(high) - indicator(low)) / (high[k] - low[k])
    return slope


def sd_with_meter(
    result: Reconciled, gradient: ArrayLike, stream: int, *, meter_sd: float
) -> float:
    """Return the standard error of an indicator with one more meter.

    Parameters
    ----------
    result : Reconciled
        Reconciled streams without the meter.
    gradient : array_like
        dh/dx, shape (n,).
    stream : int
        Observable stream the meter would stand on, beside the one it may have.
    meter_sd : float
        Standard deviation of the new meter, unit of the stream.

    Returns
    -------
    float
        Standard deviation of h, unit of h.

    Raises
    ------
    InputError
        If the stream does not exist or the standard deviation is not positive.
    DataQualityError
        If the stream is unobservable.

    Notes
    -----
    var' = var - (c' S e_i)^2 / (s^2 + S_ii), S = cov(x).

    References
    ----------
    Bagajewicz, Process Plant Instrumentation: Design and Upgrade, 2001.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1]], [10.0, 12.0], 1.0)
    >>> round(sd_with_meter(result, [1.0, 0.0], 0, meter_sd=1.0), 6)
    0.57735
    """
    if not (np.isfinite(meter_sd) and meter_sd > 0):
        raise InputError(
            f"the new meter has the standard deviation {meter_sd}; expected a positive "
            "finite number in the unit of the stream"
        )
    column = covariance_times(result, _unit(result, stream))
    cross = float(_checked_gradient(result, gradient) @ column)
    var = indicator_sd(result, gradient) ** 2
    return float(np.sqrt(max(var - cross**2 / (meter_sd**2 + column[stream]), 0.0)))


def sd_without_meter(result: Reconciled, gradient: ArrayLike, stream: int) -> float:
    """Return the standard error of an indicator if a meter were lost.

    Parameters
    ----------
    result : Reconciled
        Reconciled streams with the meter.
    gradient : array_like
        dh/dx, shape (n,).
    stream : int
        Stream of the meter.

    Returns
    -------
    float
        Standard deviation of h, unit of h.

    Raises
    ------
    InputError
        If the stream does not exist.
    DataQualityError
        If the stream has no meter, or nothing else would give its value.

    Notes
    -----
    var' = var + (c' S e_i)^2 / (s_i^2 - S_ii), S = cov(x).

    References
    ----------
    Bagajewicz, Process Plant Instrumentation: Design and Upgrade, 2001.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1]], [10.0, 12.0], 1.0)
    >>> round(sd_without_meter(result, [1.0, 0.0], 0), 6)
    1.0
    """
    column = covariance_times(result, _unit(result, stream))
    variance = float(result.system.variance[stream])
    freed = variance**2 * float(result.leverage[stream])
    if freed <= 0:
        raise DataQualityError(
            f"stream {stream} is {result.status[stream]}; expected a redundant meter: "
            "without it nothing fixes the stream; choose another meter"
        )
    cross = float(_checked_gradient(result, gradient) @ column)
    return float(np.sqrt(indicator_sd(result, gradient) ** 2 + cross**2 / freed))


def bias_effect(
    result: Reconciled, gradient: ArrayLike, stream: int, *, bias: float
) -> float:
    """Return by how much a bias of one meter moves an indicator.

    Parameters
    ----------
    result : Reconciled
        Reconciled streams.
    gradient : array_like
        dh/dx, shape (n,).
    stream : int
        Stream of the meter.
    bias : float
        Reading less truth, unit of the stream.

    Returns
    -------
    float
        Change of h, unit of h.

    Raises
    ------
    InputError
        If the stream does not exist.
    DataQualityError
        If the stream has no reading with a standard deviation above zero.

    Notes
    -----
    dh = c' S e_i b / s_i^2.

    References
    ----------
    Narasimhan and Jordache, Data Reconciliation and Gross Error Detection, 2000.

    Examples
    --------
    >>> from orebook.ledger.reconcile import reconcile
    >>> result = reconcile([[1, -1]], [10.0, 12.0], 1.0)
    >>> round(bias_effect(result, [1.0, 0.0], 1, bias=2.0), 6)
    1.0
    """
    column = covariance_times(result, _unit(result, stream))
    variance = float(result.system.variance[stream])
    if variance <= 0:
        raise DataQualityError(
            f"stream {stream} has no reading that could be biased; expected a meter "
            "with a standard deviation above 0; choose another stream"
        )
    return float(_checked_gradient(result, gradient) @ column) * bias / variance


def _unit(result: Reconciled, stream: int) -> Floats:
    width = result.status.size
    if not 0 <= stream < width:
        raise InputError(f"stream {stream} does not exist; expected 0 to {width - 1}")
    unit = np.zeros(width)
    unit[stream] = 1.0
    return unit


def two_product(
    feed: tuple[float, float],
    concentrate: tuple[float, float],
    tail: tuple[float, float],
) -> tuple[Figure, Figure]:
    """Return yield and recovery of a separation from three assays.

    Parameters
    ----------
    feed, concentrate, tail : tuple of float
        Assay and its standard deviation, any one unit of concentration.

    Returns
    -------
    yield_ : Figure
        Mass of concentrate per mass of feed [-].
    recovery : Figure
        Component in concentrate per component in feed [-].

    Raises
    ------
    InputError
        If the feed does not lie between concentrate and tail, or a number is
        negative.

    Notes
    -----
    Y = (f - t)/(c - t), R = c (f - t)/(f (c - t)); errors independent and small
    against f - t and c - t.

    References
    ----------
    Wills and Finch, Wills' Mineral Processing Technology, 2016.

    Examples
    --------
    >>> mass, recovery = two_product((52, 0.5), (58, 0.5), (40, 0.8))
    >>> round(mass.value, 6), round(recovery.value, 6), round(recovery.sd, 6)
    (0.666667, 0.74359, 0.032311)
    """
    (f, sf), (c, sc), (t, st) = feed, concentrate, tail
    inside = min(c, t) <= f <= max(c, t) and c != t and f > 0
    if not inside or min(c, t, sf, sc, st) < 0:
        raise InputError(
            f"feed {f} +- {sf}, concentrate {c} +- {sc}, tail {t} +- {st}; expected "
            "assays >= 0 with the feed above 0 and between two different products, "
            "and standard deviations >= 0; check the assays"
        )
    gap = c - t
    sd = np.array([sf, sc, st])
    mass = np.array([1 / gap, -(f - t) / gap**2, -(c - f) / gap**2])
    recovery = np.array(
        [
            c * t / (f**2 * gap),
            -t * (f - t) / (f * gap**2),
            -c * (c - f) / (f * gap**2),
        ]
    )
    return (
        Figure((f - t) / gap, float(np.linalg.norm(mass * sd))),
        Figure(c * (f - t) / (f * gap), float(np.linalg.norm(recovery * sd))),
    )


def product_split(feed: ArrayLike, products: ArrayLike) -> Floats:
    """Return the mass share of each of k products from k - 1 assays.

    Parameters
    ----------
    feed : array_like
        Assays of the feed, shape (k - 1,).
    products : array_like
        Assays of the products, shape (k - 1, k), same units.

    Returns
    -------
    numpy.ndarray
        Mass fraction of the feed in each product, shape (k,) [-].

    Raises
    ------
    InputError
        If the shapes do not fit.
    DataQualityError
        If the assays do not tell the products apart.

    Notes
    -----
    Shares add up to 1 and each component balances: with k = 3 the three-product
    formula.  Shares below zero or above one are returned as they are; they show
    assays that contradict each other.

    References
    ----------
    Wills and Finch, Wills' Mineral Processing Technology, 2016.

    Examples
    --------
    >>> product_split([0.5], [[0.6, 0.4]]).round(9).tolist()
    [0.5, 0.5]
    """
    mixed = np.atleast_1d(np.asarray(feed, dtype=np.float64))
    assays = np.atleast_2d(np.asarray(products, dtype=np.float64))
    count = mixed.size + 1
    if assays.shape != (count - 1, count):
        raise InputError(
            f"{mixed.size} feed assays and product assays of the shape {assays.shape}; "
            f"expected ({count - 1}, {count}): one product more than assays"
        )
    scale = np.maximum(abs(assays).max(axis=1), 1e-300)
    matrix = np.vstack([np.ones(count), assays / scale[:, None]])
    if np.linalg.matrix_rank(matrix, tol=1e-12) < count:
        raise DataQualityError(
            f"the assays {assays.tolist()} do not tell the products apart; expected "
            "independent assays; use another component or leave one product out"
        )
    return np.linalg.solve(matrix, np.concatenate([[1.0], mixed / scale]))
