"""The target of a measure: what a team's value is compared to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING

from orebook.errors import DataQualityError

if TYPE_CHECKING:
    from orebook.reward.facts import MeasureFact
    from orebook.reward.scheme import Measure

Values = Mapping[tuple[str, str], "MeasureFact"]

REMEDY = {
    "plan": "run the plan first",
    "fair": "run the fair target first",
    "external": "give its figures in peers/",
    "report": "take in the report, or say what a missing one means",
}
"""What to do where a value to compare with is missing."""


def target_of(measure: Measure, team: str, values: Values) -> float:
    """Return the target of a measure of a team.

    Parameters
    ----------
    measure : Measure
        The measure.
    team : str
        The team.
    values : mapping of (team, measure) to MeasureFact
        The values of all teams.

    Returns
    -------
    float
        Target [unit of the measure].

    Raises
    ------
    DataQualityError
        There is nothing to compare with.

    Notes
    -----
    An own best without enough months before it, and a missing report with the rule
    ``missing = "target"``, fall back on the plan.
    """
    fact, rule = values[team, measure.id], measure.target
    if rule.source == "peers":
        return _of_peers(measure, team, values)
    own_best = fact.plan if fact.best is None else fact.best
    found = {
        "plan": fact.plan,
        "fair": fact.fair,
        "fixed": rule.value,
        "external": fact.external,
        "own_best": own_best,
        "report": fact.plan if fact.report is None else fact.report,
    }[rule.source]
    if found is None:
        remedy = REMEDY.get(rule.source, "close more months")
        msg = (
            f"measure '{measure.id}' of {team} has no {rule.source} value to compare "
            f"with; {remedy}, or fix the target in the scheme"
        )
        raise DataQualityError(msg)
    return found


def _of_peers(measure: Measure, team: str, values: Values) -> float:
    """Return the target the other teams set, the own value left out."""
    rule = measure.target
    compared = rule.of or (measure.id,)
    others = [f for (name, m), f in values.items() if m in compared and name != team]
    if not others:
        msg = (
            f"measure '{measure.id}' of {team} is compared with other teams, and there "
            "is none; name their measures in target.of, or set another target"
        )
        raise DataQualityError(msg)
    if rule.base == "none":
        return fsum(f.actual for f in others) / len(others)
    own = getattr(values[team, measure.id], rule.base)
    bases = [getattr(f, rule.base) for f in others]
    return peer_target(own, [f.actual for f in others], bases, strength=rule.strength)


def peer_target(
    own: float, actual: Sequence[float], base: Sequence[float], *, strength: float
) -> float:
    """Return an own base moved by how the others did against theirs.

    Parameters
    ----------
    own : float
        Own plan or fair value [unit].
    actual, base : sequence of float
        Of the others [unit].
    strength : float
        Part of their deviation that is filtered out [-].

    Returns
    -------
    float
        Target [unit].

    Notes
    -----
    own x (1 + strength x mean((actual - base)/|base|)).

    References
    ----------
    .. [1] B. Holmstrom, "Moral hazard in teams", 1982.

    Examples
    --------
    Others needed 4 % more than their plans, for all got the same poor ore.

    >>> round(peer_target(10.0, [10.3, 21.0], [10.0, 20.0], strength=1.0), 3)
    10.4
    """
    gaps = [(a - b) / abs(b) for a, b in zip(actual, base, strict=True)]
    return own + abs(own) * strength * fsum(gaps) / len(gaps)
