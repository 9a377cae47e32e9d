"""The numbers of a settlement, step by step, and how each step acts on an amount.

The same small functions serve the settlement, its explanation and the marginal pay, so
that none of the three can tell a different story.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.reward.curve import Curve

AT_BOUND = 1e-9
"""An amount this near to a bound, relative to 1 + |bound|, is at the bound."""


@dataclass(frozen=True, slots=True)
class MeasureStep:
    """One measure of one team, from raw value to pay.

    Parameters
    ----------
    id, name, name_en, unit : str
        Which measure, and the unit of its raw value.
    way : tuple of str
        Attainment formula and direction.
    actual, target : float
        Raw value and target [unit of the measure].
    attainment, payout : float
        Attainment and what the curve pays for it [-].
    curve : Curve
        The payout curve.
    weight : float
        Weight [-].
    base : float
        The team's fund, or 1 where the curve pays money [CNY].
    fund_based : bool
        Whether `base` is the team's fund.
    pay : float
        base x weight x payout [CNY]; over a year so far, times its months, less what
        its earlier months earned.
    evidence : tuple of str
        Postings and readings of value and target.
    months : int
        Months settled together [-].
    share : float
        Part of the value that this month alone moves [-].
    earlier : float
        Earned by it in the earlier months [CNY].
    report : float or None
        The team's own report, where one is read and was made in time
        [unit of the measure].
    notes : tuple of str
        Where target and report come from.
    worth : float
        What one unit of a ratio is worth in money [CNY/unit]; 0 for what is money.
    covers : bool
        Whether the value is money in which all the team's factors stand.
    """

    id: str
    name: str
    name_en: str
    unit: str
    way: tuple[str, str]
    actual: float
    target: float
    attainment: float
    payout: float
    curve: Curve
    weight: float
    base: float
    fund_based: bool
    pay: float
    evidence: tuple[str, ...]
    months: int = 1
    share: float = 1.0
    earlier: float = 0.0
    report: float | None = None
    notes: tuple[str, ...] = ()
    worth: float = 0.0
    covers: bool = False


@dataclass(frozen=True, slots=True)
class GateStep:
    """One gate that acts on a team.

    Parameters
    ----------
    id, name, name_en, effect : str
        Which gate, and what it does.
    count : int
        Incidents counted [-].
    factor : float
        Multiplier on what is above zero; 1 for other effects [-].
    deduction : float
        What is taken away; 0 for other effects [CNY].
    evidence : tuple of str
        The incidents.
    """

    id: str
    name: str
    name_en: str
    effect: str
    count: int
    factor: float
    deduction: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FundStep:
    """The fund of the period.

    Parameters
    ----------
    amount : float
        The fund [CNY].
    evidence : tuple of str
        Clause of the scheme, or the postings of the margin it is a share of.
    share : float or None
        Part of the margin; None for a fixed fund [-].
    margin, compared : float
        The margin, and what is taken off it before sharing (plan or zero) [CNY].
    minimum, maximum : float or None
        Bounds of the share [CNY].
    """

    amount: float
    evidence: tuple[str, ...]
    share: float | None = None
    margin: float = 0.0
    compared: float = 0.0
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class PoolStep:
    """The pool of the period, before rounding.

    Parameters
    ----------
    limit : float or None
        Most that may be paid, penalties added where the scheme says so; None where
        the scheme is unlimited [CNY].
    positive, penalties : float
        Sum of amounts above zero, and of those below zero without sign [CNY].
    factor : float
        k = min(1, limit / positive) [-].
    """

    limit: float | None
    positive: float
    penalties: float
    factor: float


@dataclass(frozen=True, slots=True)
class TeamSteps:
    """The whole chain of one team.

    Parameters
    ----------
    scheme, period, team : str
        What was settled.
    fund : FundStep
        Fund of all teams.
    share : float
        The team's part of the fund [-].
    measures : tuple of MeasureStep
        The measures.
    gates : tuple of GateStep
        The gates that act.
    earned, deducted, gated, capped, pooled : float
        Amount after each step [CNY].
    floor, cap : float or None
        Bounds of the amount [CNY].
    pool : PoolStep
        The pool.
    amount : float
        Amount to the cent [CNY].
    months : int
        Months settled together; floor and cap are for all of them [-].
    gated_before, capped_before : float
        Of the earlier months: amount after their gates, and after floor and cap [CNY].
    paid_before : float
        What the earlier months were paid [CNY].
    """

    scheme: str
    period: str
    team: str
    fund: FundStep
    share: float
    measures: tuple[MeasureStep, ...]
    gates: tuple[GateStep, ...]
    earned: float
    deducted: float
    gated: float
    floor: float | None
    cap: float | None
    capped: float
    pool: PoolStep
    pooled: float
    amount: float
    months: int = 1
    gated_before: float = 0.0
    capped_before: float = 0.0
    paid_before: float = 0.0

    @property
    def base(self) -> float:
        """Fund of the team [CNY]."""
        return self.fund.amount * self.share

    @property
    def vetoed(self) -> bool:
        """Whether a veto acts."""
        return any(gate.effect == "veto" for gate in self.gates)

    @property
    def multiplier(self) -> float:
        """Product of all factors [-]."""
        result = 1.0
        for gate in self.gates:
            result *= gate.factor
        return result


def scaled(value: float, factor: float) -> float:
    """Return the value times the factor if above zero: restraint is never scaled.

    Parameters
    ----------
    value : float
        Amount [CNY].
    factor : float
        Factor [-].

    Returns
    -------
    float
        Amount [CNY].

    Examples
    --------
    >>> scaled(100.0, 0.5), scaled(-100.0, 0.5)
    (50.0, -100.0)
    """
    return value * factor if value > 0 else value


def bounded(value: float, floor: float | None, cap: float | None) -> float:
    """Return the value held between bounds that may be absent.

    Parameters
    ----------
    value : float
        Amount [CNY].
    floor, cap : float or None
        Bounds [CNY].

    Returns
    -------
    float
        Amount [CNY].

    Examples
    --------
    >>> bounded(5.0, None, 3.0), bounded(-5.0, -1.0, None)
    (3.0, -1.0)
    """
    if floor is not None and value < floor:
        return floor
    return cap if cap is not None and value > cap else value


def near(value: float, bound: float) -> bool:
    """Return whether an amount counts as standing at a bound.

    Parameters
    ----------
    value, bound : float
        Amount and bound [CNY].

    Returns
    -------
    bool
        True within AT_BOUND (1 + |bound|).
    """
    return abs(value - bound) <= AT_BOUND * (1 + abs(bound))
