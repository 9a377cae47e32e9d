"""Control charts as values: points, centre, limits, signals and false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from orebook.benchmark.control.autocorrelation import ar1, residuals, widening
from orebook.benchmark.control.constants import c4, d2, d3
from orebook.benchmark.control.rules import DEFAULT, RULES, Signal, signals
from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = [
    "Chart",
    "Panel",
    "cusum_chart",
    "ewma_chart",
    "individuals_chart",
    "mean_range_chart",
    "mean_spread_chart",
]

FEWEST = 8
NOTICED = 0.2  # correlation from which limits are widened, beyond its own doubt [-]


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a chart.

    Parameters
    ----------
    name : str
        ``individuals``, ``moving_range``, ``mean``, ``range``, ``spread``, ``ewma``,
        ``cusum_high`` or ``cusum_low``.
    points : tuple of float
        What is plotted [unit].
    centre : float
        Centre line [unit].
    low, high : tuple of float
        Limits at each point [unit].
    signals : tuple of Signal
        Points at which a rule is met.
    """

    name: str
    points: tuple[float, ...]
    centre: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    signals: tuple[Signal, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data; points are counted from 1."""
        return {
            "name": self.name,
            "points": list(self.points),
            "centre": self.centre,
            "low": list(self.low),
            "high": list(self.high),
            "signals": [
                {"point": s.point + 1, "rule": s.rule, "side": s.side}
                for s in self.signals
            ],
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """A control chart.

    Parameters
    ----------
    kind : str
        ``individuals``, ``xbar``, ``xbar_s``, ``ewma`` or ``cusum``.
    panels : tuple of Panel
        Its pictures; the first one is of the level.
    sd : float
        Standard deviation within groups behind the limits [unit].
    freedom : float
        Degrees of freedom behind it [-].
    size : int
        Values in a group [-].
    correlation : float
        Of neighbouring values [-].
    widened : float
        Factor by which the limits of the level are widened for it [-].
    rules : tuple of str
        Rules that were applied.
    """

    kind: str
    panels: tuple[Panel, ...]
    sd: float
    freedom: float
    size: int
    correlation: float = 0.0
    widened: float = 1.0
    rules: tuple[str, ...] = DEFAULT

    @property
    def level(self) -> Panel:
        """The picture of the level."""
        return self.panels[0]

    @property
    def steady(self) -> bool:
        """Whether no rule is met on any picture."""
        return not any(p.signals for p in self.panels)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "chart": self.kind,
            "sd_within": self.sd,
            "freedom": self.freedom,
            "group_size": self.size,
            "correlation": self.correlation,
            "widened": self.widened,
            "steady": self.steady,
            "rules": [
                {
                    "id": name,
                    "false_alarm": RULES[name].false_alarm,
                    "points_between": 1.0 / RULES[name].false_alarm,
                    "source": RULES[name].source,
                }
                for name in self.rules
            ],
            "panels": [p.to_dict() for p in self.panels],
        }


def individuals_chart(
    values: Array,
    *,
    rules: Sequence[str] = DEFAULT,
    base: int | None = None,
    allow_for_correlation: bool = True,
) -> Chart:
    """Return the chart of single values and of their moving range.

    Parameters
    ----------
    values : array
        In order of time [unit].
    rules : sequence of str
        Names of :data:`~orebook.benchmark.control.rules.RULES`.
    base : int, optional
        First values that set the limits; all where not given [-].
    allow_for_correlation : bool
        Where neighbours hang together the moving range is far too small: the limits
        are then the centre and 3 standard deviations of the values themselves, and
        rules read what each value brings that the one before did not foretell.

    Raises
    ------
    InputError
        If there are fewer than 8 values or all are equal.

    Notes
    -----
    sd = mean moving range / d2(2); limits 3 sd; upper limit of the range D4 = 1 +
    3 d3/d2 times its mean. ISO 7870-2.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 9.0])
    >>> chart = individuals_chart(x, base=8)
    >>> chart.level.signals[0].point, round(chart.sd, 4)
    (8, 0.8862)
    """
    x = _series(values, base)
    fixed = x[:base]
    move = np.abs(np.diff(fixed))
    sd = float(move.mean()) / d2(2)
    r = _noticed(fixed) if allow_for_correlation else 0.0
    centre = float(fixed.mean())
    spread, z = sd, (x - centre) / sd
    if r:
        spread = float(fixed.std(ddof=1)) / sqrt(1.0 - 2.0 * r / (fixed.size * (1 - r)))
        new = residuals(x - centre + x.mean(), r)
        z = new / (spread * sqrt(1.0 - r * r))
    level = _level("individuals", x, centre, 3.0 * spread, signals(z, rules))
    ranges = np.abs(np.diff(x))
    top = float(move.mean()) * (1.0 + 3.0 * d3(2) / d2(2))
    seen = _beyond(ranges, 0.0, top) if not r else ()
    moving = _flat("moving_range", ranges, float(move.mean()), 0.0, top, seen)
    freedom = 0.62 * (fixed.size - 1)  # Cryer, Ryan 1990: efficiency of the range
    return Chart(
        "individuals", (level, moving), sd, freedom, 1, r, spread / sd, tuple(rules)
    )


def mean_range_chart(
    groups: Array, *, rules: Sequence[str] = DEFAULT, base: int | None = None
) -> Chart:
    """Return the chart of means and ranges of groups.

    Parameters
    ----------
    groups : array
        One row a group of equal size, in order of time [unit].
    rules, base
        As in :func:`individuals_chart`; ``base`` counts groups.

    Raises
    ------
    InputError
        If there are fewer than 8 groups, or all values are equal.

    References
    ----------
    .. [1] D. C. Montgomery, Introduction to Statistical Quality Control.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> chart = mean_range_chart(rng.normal(10.0, 1.0, (400, 5)))
    >>> round(chart.sd, 1), chart.widened
    (1.0, 1.0)
    """
    x = _grouped(groups, base)
    n, fixed = x.shape[1], x[:base]
    ranges = np.ptp(x, axis=1)
    mean_range = float(ranges[: len(fixed)].mean())
    _spread_or_refuse(mean_range)
    sd = mean_range / d2(n)
    half = 3.0 * d3(n) / d2(n)
    low, high = mean_range * max(0.0, 1.0 - half), mean_range * (1.0 + half)
    second = _flat("range", ranges, mean_range, low, high, _beyond(ranges, low, high))
    freedom = _freedom_of_range(n) * len(fixed)
    return _means(x, fixed, second, ("xbar", sd, freedom, rules))


def mean_spread_chart(
    groups: Array, *, rules: Sequence[str] = DEFAULT, base: int | None = None
) -> Chart:
    """Return the chart of means and standard deviations of groups.

    Parameters
    ----------
    groups, rules, base
        As in :func:`mean_range_chart`.

    Raises
    ------
    InputError
        If there are fewer than 8 groups, or all values are equal.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> chart = mean_spread_chart(rng.normal(10.0, 1.0, (400, 5)))
    >>> chart.panels[1].name, round(chart.sd, 1)
    ('spread', 1.0)
    """
    x = _grouped(groups, base)
    n, fixed = x.shape[1], x[:base]
    spreads = x.std(axis=1, ddof=1)
    mean_spread = float(spreads[: len(fixed)].mean())
    _spread_or_refuse(mean_spread)
    half = 3.0 * sqrt(1.0 - c4(n) ** 2) / c4(n)
    low, high = mean_spread * max(0.0, 1.0 - half), mean_spread * (1.0 + half)
    second = _flat(
        "spread", spreads, mean_spread, low, high, _beyond(spreads, low, high)
    )
    freedom = (n - 1.0) * len(fixed)
    return _means(x, fixed, second, ("xbar_s", mean_spread / c4(n), freedom, rules))


def _means(
    x: Array,
    fixed: Array,
    second: Panel,
    made: tuple[str, float, float, Sequence[str]],
) -> Chart:
    """Return a chart of means, limits widened where values hang together."""
    kind, sd, freedom, rules = made
    n, centre, means = x.shape[1], float(fixed.mean()), x.mean(axis=1)
    r = _noticed(fixed.ravel())
    wide = widening(r)
    half = 3.0 * wide * sd / sqrt(n)
    level = _level("mean", means, centre, half, signals(3.0 * (means - centre) / half,
                                                        rules))  # fmt: skip
    return Chart(kind, (level, second), sd, freedom, n, r, wide, tuple(rules))


def ewma_chart(
    values: Array,
    *,
    target: float | None = None,
    sd: float | None = None,
    weight: float = 0.3,
    reach: float = 3.0,
) -> Chart:
    """Return the chart of the exponentially weighted moving average.

    Parameters
    ----------
    values : array
        In order of time [unit].
    target, sd : float, optional
        Centre and standard deviation [unit]; from the values where not given.
    weight : float
        Of the newest value, above 0 and at most 1 [-].
    reach : float
        Limits in standard deviations of the average [-].

    Raises
    ------
    InputError
        If the weight is out of range or the values do not vary.

    Notes
    -----
    The limits are those of z_i, exact at every i:
    target +- reach sd sqrt(w/(2-w) (1 - (1-w)^(2i))).

    References
    ----------
    .. [1] NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4.

    Examples
    --------
    >>> chart = ewma_chart(np.array([52.0, 47.0] * 4), target=50.0, sd=2.0)
    >>> round(chart.level.points[0], 2), round(chart.level.high[0], 2)
    (50.6, 51.8)
    """
    if not 0.0 < weight <= 1.0:
        raise InputError(
            f"weight of an average = {weight:g}: expected above 0 and at most 1; "
            "0.2 to 0.3 is usual"
        )
    x = _series(values, None, fixed=sd is not None)
    centre = float(x.mean()) if target is None else target
    spread = float(np.abs(np.diff(x)).mean()) / d2(2) if sd is None else sd
    r = _noticed(x) if sd is None else 0.0
    wide = widening(r)
    z, before = np.empty(x.size), centre
    for i, value in enumerate(x):
        before = weight * value + (1.0 - weight) * before
        z[i] = before
    order = np.arange(1, x.size + 1)
    share = weight / (2.0 - weight) * (1.0 - (1.0 - weight) ** (2 * order))
    half = reach * wide * spread * np.sqrt(share)
    marks = signals(3.0 * (z - centre) / half, DEFAULT)
    low, high = centre - half, centre + half
    panel = Panel("ewma", _tuple(z), centre, _tuple(low), _tuple(high), marks)
    return Chart("ewma", (panel,), spread, 0.62 * (x.size - 1), 1, r, wide)


def cusum_chart(
    values: Array,
    *,
    target: float | None = None,
    sd: float | None = None,
    slack: float = 0.5,
    decision: float = 5.0,
) -> Chart:
    """Return the two one-sided cumulative sums.

    Parameters
    ----------
    values : array
        In order of time [unit].
    target, sd : float, optional
        Centre and standard deviation [unit]; from the values where not given.
    slack, decision : float
        What is let pass at each value, and the sum that signals, in standard
        deviations [-]; 0.5 and 5 find a shift of 1 sd in about 10 values and cry
        without cause once in about 465.

    Raises
    ------
    InputError
        If slack or decision are not positive, or the values do not vary.

    Notes
    -----
    C+ = max(0, C+ + x - target - K), C- = max(0, C- - x + target - K); ISO 7870-4.

    Examples
    --------
    >>> x = np.array([0.0] * 5 + [2.0] * 6)
    >>> chart = cusum_chart(x, target=0.0, sd=1.0)
    >>> [s.point for s in chart.level.signals]
    [8, 9, 10]
    """
    if not (slack >= 0.0 and decision > 0.0):
        raise InputError(
            f"sums with slack {slack:g} and decision {decision:g}: expected a slack of "
            "at least 0 and a decision above 0; 0.5 and 5 are usual"
        )
    x = _series(values, None, fixed=sd is not None)
    centre = float(x.mean()) if target is None else target
    spread = float(np.abs(np.diff(x)).mean()) / d2(2) if sd is None else sd
    r = _noticed(x) if sd is None else 0.0
    wide = widening(r)
    top = decision * wide * spread
    panels = []
    for name, sign in (("cusum_high", 1), ("cusum_low", -1)):
        total, sums = 0.0, np.empty(x.size)
        for i, value in enumerate(x):
            total = max(0.0, total + sign * (value - centre) - slack * wide * spread)
            sums[i] = total
        marks = tuple(replace(s, side=sign) for s in _beyond(sums, -1.0, top))
        panels.append(_flat(name, sums, 0.0, 0.0, top, marks))
    return Chart("cusum", tuple(panels), spread, 0.62 * (x.size - 1), 1, r, wide)


def _series(values: Array, base: int | None, *, fixed: bool = False) -> Array:
    x = np.asarray(values, np.float64).ravel()
    used = x[:base]
    flat = not fixed and used.size > 1 and float(np.ptp(used)) == 0.0
    if used.size < FEWEST or flat or not np.isfinite(x).all():
        raise InputError(
            f"a control chart of {used.size} values"
            f"{', all equal' if flat else ''}: expected at least {FEWEST} finite "
            "values that differ; take a longer series"
        )
    return x


def _grouped(groups: Array, base: int | None) -> Array:
    x = np.asarray(groups, np.float64)
    if x.ndim != 2 or x.shape[1] < 2 or len(x[:base]) < FEWEST:
        raise InputError(
            f"groups of shape {x.shape}: expected at least {FEWEST} groups of at least "
            "2 values each; use a chart of individuals, or make groups of equal size"
        )
    if not np.isfinite(x).all():
        raise InputError("a group holds a value that is not finite; remove the group")
    return x


def _spread_or_refuse(spread: float) -> None:
    if spread <= 0.0:
        raise InputError(
            "all values of each group are equal; expected some spread; check whether "
            "one reading was written several times"
        )


def _noticed(x: Array) -> float:
    """Return the correlation where it is beyond doubt, else 0."""
    r = ar1(x)
    return r if r > max(NOTICED, 2.0 / sqrt(x.size)) else 0.0


def _freedom_of_range(n: int) -> float:
    """Return degrees of freedom of a range: matched coefficient of variation."""
    return 0.5 * (d2(n) / d3(n)) ** 2


def _level(
    name: str, x: Array, centre: float, half: float, marks: tuple[Signal, ...]
) -> Panel:
    return _flat(name, x, centre, centre - half, centre + half, marks)


def _flat(
    name: str,
    x: Array,
    centre: float,
    low: float,
    high: float,
    marks: tuple[Signal, ...],
) -> Panel:
    return Panel(name, _tuple(x), centre, (low,) * x.size, (high,) * x.size, marks)


def _beyond(x: Array, low: float, high: float) -> tuple[Signal, ...]:
    return tuple(
        Signal(int(i), "beyond", 1 if x[i] > high else -1)
        for i in np.flatnonzero((x > high) | (x < low))
    )


def _tuple(x: Array) -> tuple[float, ...]:
    return tuple(float(v) for v in x)
