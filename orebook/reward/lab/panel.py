"""The history of all teams as arrays, months down and teams across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.reward.facts import Facts, Incident, MeasureFact
from orebook.reward.scheme import Gate, Measure, Scheme

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIELDS = (
    *("actual", "plan", "fair", "best", "external", "report"),
    *("driver", "worth"),
)
"""What a column holds of each fact."""


@dataclass(frozen=True, slots=True)
class Column:
    """One measure, shape (months, teams); nan where a team is not measured so.

    Parameters
    ----------
    actual, plan, fair, best, external, report : ndarray
        Value and what it may be compared with [unit of the measure].
    driver : ndarray
        What a ratio is taken over.
    worth : ndarray
        What one unit is worth to the group [CNY/unit].
    sums : bool
        Whether months add up.
    covers : ndarray of bool, shape (teams,)
        Whether all that the team uses and makes is in the value, at internal prices.
    """

    actual: Array
    plan: Array
    fair: Array
    best: Array
    external: Array
    report: Array
    driver: Array
    worth: Array
    sums: bool
    covers: Flags


@dataclass(frozen=True, slots=True)
class Panel:
    """The history of all teams.

    Parameters
    ----------
    periods, teams : tuple of str
        Rows and columns.
    columns : mapping of str to Column
        Values by measure.
    factors, deductions : ndarray, shape (months, teams)
        What gates do: times a factor [-], and part of the team's fund or money off
        [CNY].
    vetoed : ndarray of bool, shape (months, teams)
        Where a veto acts.
    margin, planned : ndarray, shape (months,)
        Margin of the group, and that of its plan [CNY].
    made, used : ndarray, shape (months, teams)
        What each team makes and uses, at internal prices [CNY].
    span : ndarray, shape (months,)
        How long each row lasts [months].
    """

    periods: tuple[str, ...]
    teams: tuple[str, ...]
    columns: Mapping[str, Column]
    factors: Array
    deductions: Array
    vetoed: Flags
    margin: Array
    planned: Array
    made: Array
    used: Array
    span: Array = field(default_factory=lambda: np.ones(0))

    @property
    def shape(self) -> tuple[int, int]:
        """Months and teams [-]."""
        return len(self.periods), len(self.teams)

    def with_columns(self, changed: Mapping[str, Column]) -> Panel:
        """Return the panel with some measures replaced."""
        return replace(self, columns={**self.columns, **changed})

    def year_starts(self) -> NDArray[np.intp]:
        """Return for each row the first row of its calendar year."""
        years = [p[:4] for p in self.periods]
        return np.array([years.index(year) for year in years], dtype=np.intp)


def panel(scheme: Scheme, history: Sequence[Facts]) -> Panel:
    """Return the history of a scheme's teams as arrays.

    Parameters
    ----------
    scheme : Scheme
        Its teams, measures and gates.
    history : sequence of Facts
        The months in order.

    Raises
    ------
    InputError
        If there is no month, or the months are not in order.
    """
    periods = tuple(f.period for f in history)
    if not periods or sorted(set(periods)) != list(periods):
        raise InputError(
            f"a history of the months {', '.join(periods) or 'none'}; expected at "
            "least one, each once and in order; close and evaluate months first"
        )
    teams = tuple(team.id for team in scheme.teams)
    shape = len(periods), len(teams)
    columns = {m.id: _column(m, teams, history) for m in scheme.measures}
    factors, deductions, vetoed = _gates(scheme, teams, history)
    outputs = np.array([[f.outputs.get(t, (0.0, 0.0)) for t in teams] for f in history])
    made, used = outputs.reshape(*shape, 2).transpose(2, 0, 1)
    money = [(f.margin.actual, f.margin.plan or 0.0) if f.margin else (0.0, 0.0)
             for f in history]  # fmt: skip
    margin, planned = np.array(money).T
    return Panel(
        periods, teams, columns, factors, deductions, vetoed, margin, planned, made,
        used, np.ones(len(periods)),
    )  # fmt: skip


def _column(measure: Measure, teams: Sequence[str], history: Sequence[Facts]) -> Column:
    shape = len(history), len(teams)
    of: dict[str, Array] = {name: np.full(shape, np.nan) for name in FIELDS}
    covers, sums = np.zeros(len(teams), dtype=bool), False
    for k, name in enumerate(teams):
        if measure.teams and name not in measure.teams:
            continue
        facts = [f.values[name, measure.id] for f in history]
        for what, values in of.items():
            values[:, k] = [_number(getattr(fact, what)) for fact in facts]
        covers[k], sums = facts[0].covers, facts[0].sums
    return Column(**of, sums=sums, covers=covers)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _gates(
    scheme: Scheme, teams: Sequence[str], history: Sequence[Facts]
) -> tuple[Array, Array, Flags]:
    """Return factor, deduction as part of the fund or (below zero) money, and veto."""
    shape = len(history), len(teams)
    factors, deductions = np.ones(shape), np.zeros(shape)
    vetoed = np.zeros(shape, dtype=bool)
    shares = np.array(scheme.shares())
    fixed = scheme.fund.amount
    for m, facts in enumerate(history):
        if not facts.incidents:
            continue
        fund = fixed if fixed is not None else fund_of(scheme, facts.margin)
        for gate in scheme.gates:
            counted = facts.counted(gate.incident)
            for k, team in enumerate(teams):
                times = _times(gate, counted, team)
                if not times:
                    continue
                vetoed[m, k] |= gate.effect == "veto"
                if gate.effect == "multiplier":
                    factors[m, k] *= prod([gate.value or 0.0] * times)
                if gate.effect == "deduction":
                    part = (gate.value or 0.0) * fund * shares[k]
                    each = gate.amount if gate.amount is not None else part
                    deductions[m, k] += each * times
    return factors, deductions, vetoed


def _times(gate: Gate, counted: Sequence[Incident], team: str) -> int:
    own = sum(gate.scope == "all" or i.team == team for i in counted)
    if own < gate.from_count:
        return 0
    return own if gate.per_incident else 1


def fund_of(scheme: Scheme, margin: MeasureFact | None) -> float:
    """Return the fund of a month that is a share of a margin [CNY].

    Parameters
    ----------
    scheme : Scheme
        With a fund that is a share.
    margin : MeasureFact or None
        The margin and its plan [CNY].
    """
    if margin is None:
        return 0.0
    return float(
        funds(scheme, np.array([margin.actual]), np.array([margin.plan or 0.0]))[0]
    )


def funds(scheme: Scheme, margin: Array, planned: Array) -> Array:
    """Return the fund of each month [CNY].

    Parameters
    ----------
    scheme : Scheme
        The scheme.
    margin, planned : ndarray, shape (months,)
        Margin of the group and of its plan [CNY].
    """
    rule = scheme.fund
    if rule.share_of_margin is None:
        return np.full(margin.shape, rule.amount or 0.0)
    compared = planned if rule.margin == "above_plan" else np.zeros_like(margin)
    high = np.inf if rule.maximum is None else rule.maximum
    found: Array = np.clip(
        rule.share_of_margin * (margin - compared), rule.minimum, high
    )
    return found
