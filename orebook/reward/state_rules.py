"""Scores of the annual assessment of state enterprises (SASAC order 22, annex 2)."""

from __future__ import annotations

from orebook.errors import InputError

PROFIT_BASE = 30.0
"""Base score of total profit [points]."""

PROFIT_STEP = 0.03
"""Deviation from target worth one point [-]."""

PROFIT_FLOOR = -6.0
"""Most that is taken off [points]."""

PROFIT_CAPS = ((0.0, 6.0), (0.2, 5.0))
"""Most that is added, by how far the target lies under the baseline, at most [-]."""

DEEP_SHORTFALL = 0.5
"""A target this far or more under the baseline adds the least [-]."""

MIDDLE_CAP, LOWEST_CAP = 4.0, 3.0
"""Most that is added for targets 20-50 % and 50 % or more under it [points]."""

LOSS_REDUCTION = 0.5
"""Part that counts when a planned loss is reduced [-]."""


def baseline(last_year: float, three_years: tuple[float, float, float]) -> float:
    """Return the baseline a profit target is compared to.

    Parameters
    ----------
    last_year : float
        Profit of last year [CNY].
    three_years : tuple of float
        Profits of the last three years [CNY].

    Returns
    -------
    float
        The lower of last year and the three-year mean [CNY].

    References
    ----------
    .. [1] SASAC, "Interim measures for the assessment of heads of central
       enterprises", order 22, annex 2, 2010.

    Examples
    --------
    >>> baseline(1200, (1100, 1150, 1200))
    1150.0
    """
    return float(min(last_year, sum(three_years) / 3))


def profit_score(*, target: float, baseline: float, actual: float) -> float:
    """Return the profit score of order 22.

    Parameters
    ----------
    target, baseline, actual : float
        Target, baseline and actual total profit [CNY].

    Returns
    -------
    float
        Score [points].

    Raises
    ------
    InputError
        Target or baseline is zero: no percentage is defined.

    Notes
    -----
    30 points, one point more or less for each 3 % of the target, in proportion; at
    least 24; at most 36 if the target is not under the baseline, 35 if up to 20 %
    under, 34 up to 50 %, else 33. A reduced loss counts half.

    References
    ----------
    .. [1] SASAC, "Interim measures for the assessment of heads of central
       enterprises", order 22, annex 2, 2010.

    Examples
    --------
    >>> round(profit_score(target=1200, baseline=1150, actual=1320), 6)
    33.333333
    """
    if target == 0 or baseline == 0:
        msg = (
            f"target {target:g}, baseline {baseline:g}; expected both other than zero "
            "as the score is a percentage of them"
        )
        raise InputError(msg)
    points = (actual - target) / abs(target) / PROFIT_STEP
    if target < 0 and points > 0:
        points *= LOSS_REDUCTION
    cap = _cap((baseline - target) / abs(baseline))
    return PROFIT_BASE + min(max(points, PROFIT_FLOOR), cap)


def _cap(shortfall: float) -> float:
    for limit, cap in PROFIT_CAPS:
        if shortfall <= limit:
            return cap
    return LOWEST_CAP if shortfall >= DEEP_SHORTFALL else MIDDLE_CAP
