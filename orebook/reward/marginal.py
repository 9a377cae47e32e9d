"""What one unit of a raw measure is worth to a team, exact on each side."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.reward.attain import RATES
from orebook.reward.steps import MeasureStep, TeamSteps, near


@dataclass(frozen=True, slots=True)
class Marginal:
    """What one unit of a raw measure is worth to a team.

    Parameters
    ----------
    measure, name, unit : str
        Which measure, and the unit of its raw value.
    up, down : float
        Change of pay for one unit more and for one unit less, each exact within its
        piece of the curve [CNY per unit].
    step : float
        Payout lost at once if the value worsens from where it stands; zero unless
        it stands at a step of the curve [-].
    up_whole, down_whole : float
        The same with what the value carries along: the money of a ratio, at internal
        prices, in the measures all the team's factors stand in [CNY per unit].
    """

    measure: str
    name: str
    unit: str
    up: float
    down: float
    step: float = 0.0
    up_whole: float = 0.0
    down_whole: float = 0.0

    @property
    def carries(self) -> bool:
        """Whether the value moves other measures of the team as well."""
        alike = near(self.up, self.up_whole) and near(self.down, self.down_whole)
        return not alike

    @property
    def kink(self) -> bool:
        """Whether the two sides differ: a corner, a cap or a bound lies here."""
        return not near(self.up, -self.down)

    def sentence(self) -> str:
        """Return both sides in words."""
        unit = "unit" if self.unit == "-" else self.unit
        said = (
            f"{self.name}: one {unit} less is worth {self.down + 0.0:+,.2f} CNY, "
            f"one {unit} more {self.up + 0.0:+,.2f} CNY"
        )
        if not self.carries:
            return said
        return (
            f"{said}; with all it carries along {self.down_whole:+,.2f} and "
            f"{self.up_whole:+,.2f} CNY"
        )


def marginal_pay(steps: TeamSteps) -> tuple[Marginal, ...]:
    """Return what one unit of each raw measure is worth to a team.

    Parameters
    ----------
    steps : TeamSteps
        The chain of numbers.

    Returns
    -------
    tuple of Marginal
        One for each measure of the team.

    Notes
    -----
    One-sided derivatives of the amount before rounding to cents, carried through
    every step: attainment, curve, weight, gate, floor and cap, pool (the team's own
    effect on k included). Fund, targets and the other teams stay as they are.
    """
    return tuple(
        Marginal(
            measure=m.id,
            name=m.name_en or m.name,
            unit=m.unit,
            up=_amount_rate(steps, _pay_rate(m, 1.0)),
            down=_amount_rate(steps, _pay_rate(m, -1.0)),
            step=m.curve.step(m.attainment),
            up_whole=_amount_rate(steps, _whole_rate(steps, m, 1.0)),
            down_whole=_amount_rate(steps, _whole_rate(steps, m, -1.0)),
        )
        for m in steps.measures
    )


def _whole_rate(steps: TeamSteps, measure: MeasureStep, direction: float) -> float:
    """Change of pay with the money that a ratio carries into other measures."""
    better = 1.0 if measure.way[1] == "max" else -1.0
    money = direction * better * measure.worth
    carried = (
        _pay_rate(other, money)
        for other in steps.measures
        if money and other.covers and other.id != measure.id
    )
    return _pay_rate(measure, direction) + sum(carried)


def _pay_rate(measure: MeasureStep, direction: float) -> float:
    """Change of a measure's pay as its raw value moves in a direction."""
    rate = direction * RATES[measure.way](measure.actual, measure.target)
    left, right = measure.curve.slopes(measure.attainment)
    moved = rate * (right if rate > 0 else left) * measure.share * measure.months
    return moved * measure.weight * measure.base


def _amount_rate(steps: TeamSteps, rate: float) -> float:
    rate = _scaled_rate(steps.deducted, rate, steps.multiplier)
    if steps.vetoed:
        rate = _bounded_rate(steps.deducted, rate, None, 0.0)
    so_far = steps.gated_before + steps.gated
    rate = _bounded_rate(so_far, rate, steps.floor, steps.cap)
    return _pool_rate(steps, rate)


def _scaled_rate(value: float, rate: float, factor: float) -> float:
    above = value > 0 and not near(value, 0.0)
    return rate * factor if above or (near(value, 0.0) and rate > 0) else rate


def _bounded_rate(
    value: float, rate: float, floor: float | None, cap: float | None
) -> float:
    """Rate after a floor and a cap; at a bound only the way back counts."""
    if cap is not None and (near(value, cap) or value > cap):
        return min(rate, 0.0) if near(value, cap) else 0.0
    if floor is not None and (near(value, floor) or value < floor):
        return max(rate, 0.0) if near(value, floor) else 0.0
    return rate


def _pool_rate(steps: TeamSteps, rate: float) -> float:
    """Rate after the pool: a team that earns more also lowers k for all."""
    pool, own = steps.pool, steps.capped_before + steps.capped
    if pool.limit is None or own < 0 or (own == 0 and rate <= 0):
        return rate
    at_limit = near(pool.positive, pool.limit)
    binds = rate > 0 if at_limit else pool.positive > pool.limit
    if not binds:
        return rate
    if pool.positive == 0:
        return 0.0
    factor = pool.limit / pool.positive
    return rate * factor * (1 - own / pool.positive)
