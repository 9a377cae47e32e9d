"""What if: a team's pay with other values, the whole chain worked out again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.reward.facts import Facts
from orebook.reward.result import Settlement, TeamResult
from orebook.reward.scheme import Scheme
from orebook.reward.settle import settle

ASKED = re.compile(r"^\s*([-+]?)\s*([\d.,_]+(?:e[-+]?\d+)?)\s*(%?)\s*$", re.I)


@dataclass(frozen=True, slots=True)
class OneUnit:
    """What one unit of a measure is worth to a team, worked out again.

    Parameters
    ----------
    measure, name, unit : str
        Which measure, and its unit.
    value, target : float
        Of the month [unit].
    more, less : Decimal
        Change of pay with one unit more, and one less, worked out again with all that
        the value carries along [CNY].
    up, down : float
        Derivative by this measure alone, exact within its piece of the curve
        [CNY/unit].
    """

    measure: str
    name: str
    unit: str
    value: float
    target: float
    more: Decimal
    less: Decimal
    up: float
    down: float

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "measure": self.measure,
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "target": self.target,
            "one_more_cny": str(self.more),
            "one_less_cny": str(self.less),
            "slope_up_cny": self.up,
            "slope_down_cny": self.down,
        }


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A team's pay as it is and as it would be.

    Parameters
    ----------
    before, after : Settlement
        All teams, as it is and as it would be.
    team : str
        The team.
    changes : mapping of str to (float, float)
        Measure to its value and what it would be [unit of the measure].
    units : tuple of OneUnit
        What one unit of each measure is worth as things are.
    """

    before: Settlement
    after: Settlement
    team: str
    changes: Mapping[str, tuple[float, float]]
    units: tuple[OneUnit, ...]

    @property
    def change(self) -> Decimal:
        """What the team would get more [CNY]."""
        now, then = self.before.teams[self.team], self.after.teams[self.team]
        return then.amount - now.amount

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names; money as decimal text."""
        now, then = self.before.teams[self.team], self.after.teams[self.team]
        return {
            "scheme": self.before.scheme,
            "period": self.before.period,
            "team": self.team,
            "changes": [
                {"measure": name, "value": old, "asked": new}
                for name, (old, new) in self.changes.items()
            ],
            "before_cny": str(now.amount),
            "after_cny": str(then.amount),
            "change_cny": str(self.change),
            "others_change_cny": str(self._others()),
            "gate": then.gate,
            "units": [u.to_dict() for u in self.units],
            "explanation": then.explanation.to_dict(),
        }

    def _others(self) -> Decimal:
        """Return what all other teams would get more [CNY]."""
        return sum(
            (
                after.amount - self.before.teams[name].amount
                for name, after in self.after.teams.items()
                if name != self.team
            ),
            Decimal("0.00"),
        )


def what_if(
    scheme: Scheme, facts: Facts, team: str, asked: Mapping[str, str]
) -> WhatIf:
    """Return what a team would get with other values.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    facts : Facts
        The month as it is.
    team : str
        The team.
    asked : mapping of str to str
        Measure to a value ``13250``, a change ``+50``, ``-50``, or ``-1%``.

    Raises
    ------
    InputError
        If the team takes no part, has no such measure, or the text is no number.

    Notes
    -----
    A ratio is physical: what is saved or lost on it moves the margins and effects that
    all of the team's factors are in, at internal prices, unless these are asked for
    themselves.
    """
    if team not in {t.id for t in scheme.teams}:
        known = [t.id for t in scheme.teams]
        raise InputError(
            f"scheme '{scheme.id}' has no team '{team}'; expected one of "
            f"{listed(known)}; {did_you_mean(team, known, 'correct the name')}"
        )
    changes = {name: _asked(scheme, facts, team, name, t) for name, t in asked.items()}
    for name in tuple(changes):
        changes |= _carried(scheme, facts, team, name, changes, said=set(asked))
    before = settle(scheme, facts)
    moved = {name: new for name, (_, new) in changes.items()}
    after = settle(scheme, _with(facts, team, moved)) if moved else before
    units = tuple(_units(scheme, facts, before.teams[team]))
    return WhatIf(before, after, team, changes, units)


def _asked(
    scheme: Scheme, facts: Facts, team: str, name: str, text: str
) -> tuple[float, float]:
    known = [m.id for m in scheme.measures_of(team)]
    if name not in known:
        raise InputError(
            f"team '{team}' has no measure '{name}'; expected one of {listed(known)}; "
            f"{did_you_mean(name, known, 'correct the name')}"
        )
    match = ASKED.match(text)
    if match is None:
        raise InputError(
            f"{name}={text}: expected a value such as 13250, or a change such as +50, "
            "-50 or -1%; correct it"
        )
    sign, number, percent = match.groups()
    value, now = float(re.sub("[,_]", "", number)), facts.values[team, name].actual
    if percent:
        value *= abs(now) / 100
    if not sign and not percent:
        return now, value
    return now, now + (-value if sign == "-" else value)


def _carried(
    scheme: Scheme,
    facts: Facts,
    team: str,
    name: str,
    changes: Mapping[str, tuple[float, float]],
    *,
    said: Collection[str],
) -> dict[str, tuple[float, float]]:
    """Return what a change of a ratio does to the money measures it is part of."""
    fact = facts.values[team, name]
    measure = next(m for m in scheme.measures if m.id == name)
    if fact.sums or not fact.worth:
        return {}
    sign = 1.0 if measure.direction == "max" else -1.0
    old, new = changes[name]
    money = sign * fact.worth * (new - old)
    found = {}
    for other in scheme.measures_of(team):
        value = facts.values[team, other.id]
        if value.covers and other.id not in said:
            had = changes.get(other.id, (value.actual, value.actual))
            found[other.id] = (value.actual, had[1] + money)
    return found


def _with(facts: Facts, team: str, values: Mapping[str, float]) -> Facts:
    changed = {
        (team, name): replace(facts.values[team, name], actual=value)
        for name, value in values.items()
    }
    return replace(facts, values={**facts.values, **changed})


def _units(scheme: Scheme, facts: Facts, now: TeamResult) -> Iterator[OneUnit]:
    steps = {m.id: m for m in now.steps.measures}
    for slope in now.marginals:
        step, value = steps[slope.measure], facts.values[now.team, slope.measure].actual
        more, less = (_moved(scheme, facts, now, slope.measure, d) for d in (1.0, -1.0))
        yield OneUnit(
            slope.measure, slope.name, slope.unit, value, step.target,
            more, less, slope.up, slope.down,
        )  # fmt: skip


def _moved(
    scheme: Scheme, facts: Facts, now: TeamResult, name: str, by: float
) -> Decimal:
    """Return what the team gets more as one value moves, with all it carries along."""
    value = facts.values[now.team, name].actual
    changes = {name: (value, value + by)}
    changes |= _carried(scheme, facts, now.team, name, changes, said={name})
    moved = {k: new for k, (_, new) in changes.items()}
    then = settle(scheme, _with(facts, now.team, moved))
    return then.teams[now.team].amount - now.amount
