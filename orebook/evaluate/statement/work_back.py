"""Target cost from the market price back through the chain, step by step.

Simulated market accounting with a cost veto, as Handan Iron and Steel kept it from
1991: the market price less the margin that is required is what the last step may cost;
less its own conversion, over its use, it is what the step before may cost; and so on
to the mine. Whoever costs more has missed the target, whatever else went well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.errors import InputError

__all__ = ["Step", "Target", "forward", "targets", "work_back"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain, per unit of what it makes.

    Parameters
    ----------
    use : float
        Units of the good of the step before [unit/unit]; 0 for the first step of all.
    variable : float
        Cost that moves with the amount: other inputs less by-products [CNY/unit].
    fixed : float
        Its share of fixed cost [CNY/unit].
    """

    use: float
    variable: float
    fixed: float = 0.0

    @property
    def conversion(self) -> float:
        """All cost of the step beside the good of the step before [CNY/unit]."""
        return self.variable + self.fixed


def work_back(
    price: float, margin: float, steps: Sequence[Step], *, marginal: bool = False
) -> tuple[float, ...]:
    """Return what the good of each step may cost, and last what the first input may.

    Parameters
    ----------
    price : float
        Market price of the last good, net of freight and VAT [CNY/unit].
    margin : float
        Margin required of it [CNY/unit].
    steps : sequence of Step
        From the last step to the first.
    marginal : bool
        True leaves fixed cost out: what the good is worth, not what it may cost.

    Returns
    -------
    tuple of float
        One more than there are steps where the first step has an input [CNY/unit].

    Raises
    ------
    InputError
        If a step between others uses nothing of the step before.

    Notes
    -----
    P_K = price - margin; P_(k-1) = (P_k - conversion_k) / use_k.

    Examples
    --------
    Rolled steel at 1600 less a margin of 100; rolling costs 180 and uses 1.04 t of
    billet, steelmaking 250 and 1.10 t of hot metal.

    >>> [round(p, 2) for p in work_back(1600, 100, [Step(1.04, 180), Step(1.1, 250)])]
    [1500, 1269.23, 926.57]
    """
    found = [price - margin]
    for k, step in enumerate(steps):
        if step.use <= 0.0:
            if k < len(steps) - 1:
                raise InputError(
                    f"step {k + 1} from the end uses {step.use:g} units of the step "
                    "before; expected more than 0; end the chain there"
                )
            break
        cost = step.variable if marginal else step.conversion
        found.append((found[-1] - cost) / step.use)
    return tuple(found)


def forward(
    first: float, steps: Sequence[Step], *, marginal: bool = False
) -> tuple[float, ...]:
    """Return what the good of each step costs, from the first input on.

    Parameters
    ----------
    first : float
        Cost of the input of the first step; of no effect where it uses none [CNY/unit].
    steps : sequence of Step
        From the last step to the first.
    marginal : bool
        True leaves fixed cost out.

    Returns
    -------
    tuple of float
        From the last good to the first, as :func:`work_back` [CNY/unit].

    Examples
    --------
    >>> [round(v, 6) for v in forward(900.0, [Step(1.04, 180), Step(1.1, 250)])]
    [1469.6, 1240.0, 900.0]
    """
    found = [first] if steps and steps[-1].use > 0.0 else []
    before = first
    for step in reversed(steps):
        own = step.variable if marginal else step.conversion
        before = own + step.use * before
        found.append(before)
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Target:
    """A step against its target, per unit of its good [CNY/unit].

    Parameters
    ----------
    target : float
        What the good may cost by the market price.
    worth : float
        The same without margin and fixed cost: what one more unit is worth.
    price : float
        The plan's internal price.
    supply : float
        What one more unit costs from the first input on.
    cost : float
        The same with fixed cost, at the plan's use.
    actual : float
        What the step really cost, its main input at the target of the step before:
        the misses of others are not its own.
    """

    target: float
    worth: float
    price: float
    supply: float
    cost: float
    actual: float

    @property
    def gap(self) -> float:
        """Actual above target [CNY/unit]."""
        return self.actual - self.target

    @property
    def missed(self) -> bool:
        """Whether the step missed its target cost: the veto of the month."""
        return self.gap > TOLERANCE * max(1.0, abs(self.target))

    @property
    def bracketed(self) -> bool:
        """Whether the internal price lies between cost of supply and worth."""
        low, high = sorted((self.supply, self.worth))
        slack = 1e-6 * max(1.0, abs(low), abs(high))
        return low - slack <= self.price <= high + slack


TOLERANCE = 1e-3
"""A cost above its target by no more than this share has kept to it [-]."""


def targets(
    price: float, margin: float, first: float, inside: Sequence[float],
    planned: Sequence[Step], real: Sequence[Step],
) -> tuple[Target, ...]:  # fmt: skip
    """Hold every step of a chain against its target.

    Parameters
    ----------
    price, margin : float
        Market price of the last good and margin required of it [CNY/unit].
    first : float
        Cost of the first input [CNY/unit].
    inside : sequence of float
        The plan's internal price of each good, the last good first [CNY/unit].
    planned, real : sequence of Step
        The steps from the last to the first, as planned and as they were.

    Returns
    -------
    tuple of Target
        One per step, the last first.

    Examples
    --------
    >>> plan = [Step(1.04, 180.0), Step(1.1, 250.0)]
    >>> real = [Step(1.05, 180.0), Step(1.1, 240.0)]
    >>> found = targets(1600.0, 100.0, 900.0, [1500.0, 1250.0], plan, real)
    >>> [(round(t.gap, 2), t.missed) for t in found]
    [(12.69, True), (-10.0, False)]
    """
    may = work_back(price, margin, planned)
    worth = work_back(price, 0.0, planned, marginal=True)
    supply = forward(first, planned, marginal=True)
    cost = forward(first, planned)
    found = []
    for k, step in enumerate(real):
        before = may[k + 1] if k + 1 < len(may) else 0.0
        actual = step.conversion + step.use * before
        found.append(Target(may[k], worth[k], inside[k], supply[k], cost[k], actual))
    return tuple(found)
