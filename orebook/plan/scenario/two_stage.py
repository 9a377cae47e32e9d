"""The plan under uncertainty: decide the first periods once, the rest when known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from orebook.errors import InfeasibleError, InputError
from orebook.plan.axes import nothing_to_operate
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.replan import StandingPlan
from orebook.plan.replan_changes import Changes, check_changes
from orebook.plan.replan_limits import known_name
from orebook.plan.replan_writes import changed_assembly
from orebook.plan.scenario.jobs import Progress, Runner
from orebook.plan.scenario.margins import outcomes
from orebook.plan.scenario.overlay import joined
from orebook.plan.scenario.risk import Risk
from orebook.plan.scenario.value import Value, value_of

if TYPE_CHECKING:
    from orebook.plan.assemble import Assembly
    from orebook.plan.solve import Settings

__all__ = [
    "COMMON",
    "Decision",
    "Scenario",
    "TwoStage",
    "common_columns",
    "crossed",
    "two_stage",
]

COMMON: Mapping[str, str] = {
    "duty": "unit",
    "buy": "buy",
    "sell": "sell",
    "ship": "send",
    "stock": "close",
}
"""Blocks of columns that are decided in common, and the role of their streams."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way things may come.

    Parameters
    ----------
    name : str
        Its name.
    changes : Changes
        What is other than in the plan.
    probability : float
        How likely it is, above 0 [-].
    """

    name: str
    changes: Changes
    probability: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A flow of the first periods that is decided in common.

    Parameters
    ----------
    stream, unit : str
        Id of the stream, unit of its amounts.
    decided : float
        Amount over the first periods as decided [unit].
    of_mean : float
        Amount in the plan of the mean of all scenarios [unit].
    planned : float
        Amount in the plan the scenarios are laid over [unit].
    money : float
        Difference to the mean plan at internal prices, for ranking [CNY].
    """

    stream: str
    unit: str
    decided: float
    of_mean: float
    planned: float
    money: float


@dataclass(frozen=True)
class TwoStage:
    """A plan whose first periods fit all scenarios.

    Parameters
    ----------
    plan : StandingPlan
        The plan the scenarios are laid over.
    scenarios : tuple of Scenario
        With probabilities that sum to 1.
    common : tuple of str
        Blocks of columns decided in common.
    first : int
        Number of periods decided in common [-].
    value : Value
        Margins, and what deciding well and knowing better are worth.
    decisions : tuple of Decision
        The common flows, those that differ most from the mean plan first.
    """

    plan: StandingPlan
    scenarios: tuple[Scenario, ...]
    common: tuple[str, ...]
    first: int
    value: Value
    decisions: tuple[Decision, ...] = field(default_factory=tuple)

    def summary(self, lang: str = "zh") -> str:
        """Return the plan in words, ``lang`` being ``"zh"`` or ``"en"``."""
        from orebook.plan.scenario.words import two_stage_text

        return two_stage_text(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the plan as plain data with stable names."""
        v = self.value
        return {
            "periods": [p.name for p in self.plan.periods],
            "common": list(self.common),
            "first": self.first,
            "base_cny": self.plan.margin,
            "expected_cny": v.expected,
            "tail": v.risk.tail,
            "risk_weight": v.risk.weight,
            "floor_cny": v.risk.floor,
            "worst_cny": v.worst,
            "worst_neutral_cny": v.worst_neutral,
            "caution_cny": v.caution,
            "perfect_cny": v.perfect,
            "evpi_cny": v.evpi,
            "mean_plan_cny": v.mean_plan,
            "of_mean_cny": v.of_mean,
            "vss_cny": v.vss,
            "rows": v.here.size[0],
            "columns": v.here.size[1],
            "scenarios": [self._scenario(k) for k in range(len(self.scenarios))],
            "decisions": [
                {name: getattr(d, name) for name in d.__slots__ if name != "money"}
                | {"money_cny": d.money}
                for d in self.decisions
            ],
        }

    def _scenario(self, k: int) -> dict[str, object]:
        v, one = self.value, self.scenarios[k]
        carried = float(v.carried[k])
        return {
            "scenario": one.name,
            "probability": one.probability,
            "margin_cny": float(v.here.margin[k]),
            "known_cny": float(v.wait[k]),
            "of_mean_cny": carried if np.isfinite(carried) else None,
            "why_not": v.why_not[k],
        }


def crossed(*families: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Return every combination of independent families of scenarios.

    Parameters
    ----------
    *families : sequence of Scenario
        For example price paths and outages, each with probabilities that sum to 1.

    Returns
    -------
    tuple of Scenario
        Probabilities multiply; the changes of later families go last.

    Examples
    --------
    >>> half = [Scenario("a", Changes(), 0.5), Scenario("b", Changes(), 0.5)]
    >>> [(s.name, s.probability) for s in crossed(half, half)][:2]
    [('a, a', 0.25), ('a, b', 0.25)]
    """
    found: tuple[Scenario, ...] = ()
    for family in families:
        found = tuple(
            Scenario(
                f"{a.name}, {b.name}",
                joined([a.changes, b.changes]),
                a.probability * b.probability,
            )
            for a in found
            for b in family
        ) or tuple(family)
    return found


def common_columns(
    problem: Problem, blocks: Sequence[str], *, first: int = 1
) -> IntArray:
    """Return the columns that are decided before the scenario is known.

    Parameters
    ----------
    problem : Problem
        The plan.
    blocks : sequence of str
        Names of blocks of columns.
    first : int
        Periods from the beginning, at least 1 and fewer than all [-].

    Raises
    ------
    InputError
        If there is no such block, or no period would be left to decide later.
    """
    periods = next(iter(problem.columns.values())).periods
    if not 1 <= first < periods:
        raise InputError(
            f"the first {first} of {periods} periods are decided in common; expected "
            f"1 to {periods - 1}; give a longer horizon (--periods) or fewer (--first)"
        )
    for name in blocks:
        known_name("block of columns", name, tuple(problem.columns))
    parts = [problem.columns[name].all()[:, :first].ravel() for name in blocks]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *parts]))


def two_stage(
    plan: StandingPlan,
    scenarios: Sequence[Scenario],
    *,
    common: Sequence[str] = tuple(COMMON),
    first: int = 1,
    risk: Risk | None = None,
    settings: Settings | None = None,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> TwoStage:
    """Plan the first periods in common for all scenarios, the rest for each.

    Parameters
    ----------
    plan : StandingPlan
        The plan the scenarios are laid over.
    scenarios : sequence of Scenario
        Their probabilities are brought to a sum of 1.
    common : sequence of str
        What is decided in common: ``duty``, ``buy``, ``sell``, ``ship``, ``stock``.
    first : int
        Periods decided in common [-].
    risk : Risk, optional
        What is thought of the worst cases; the expected margin alone counts without.
    settings : Settings, optional
        How the problem of all scenarios is solved.
    runner : Runner, optional
        Where the problems of single scenarios are solved.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    TwoStage
        With expected margin, worst cases, EVPI, VSS and the common decisions. Settings
        that a plan is free to choose stay as the plan chose them.

    Raises
    ------
    InputError
        If a scenario or block is not in the plan.
    InfeasibleError
        If a scenario has no plan (named, in the book's words), if no common decision
        fits all, or if the worst cases cannot yield the floor.
    """
    even = _even(scenarios)
    probability = np.array([s.probability for s in even])
    for one in even:
        check_changes(plan, one.changes)
    wait = _known(plan, even, runner=runner, progress=progress)
    made = [changed_assembly(plan, s.changes) for s in even]
    columns = common_columns(made[0].problem, common, first=first)
    value = value_of(
        [a.problem for a in made],
        probability,
        columns,
        risk=risk,
        wait=wait,
        settings=settings,
        runner=runner,
        progress=progress,
    )
    decisions = _decisions(plan, made[0], value, common=common, first=first)
    return TwoStage(plan, even, tuple(common), first, value, decisions)


def _known(
    plan: StandingPlan,
    scenarios: Sequence[Scenario],
    *,
    runner: Runner | None,
    progress: Progress | None,
) -> FloatArray | None:
    """Return the margin of each scenario known beforehand [CNY].

    None where the plan is free to choose settings: the scenarios then are those of the
    settings it chose, and so must be what they are compared with.
    """
    found = outcomes(
        plan,
        [s.changes for s in scenarios],
        runner=runner,
        progress=progress,
        step="known",
    )
    for one, alone in zip(scenarios, found, strict=True):
        if not alone.feasible:
            raise InfeasibleError(f"scenario '{one.name}': {alone.message}")
    if not nothing_to_operate(plan.network):
        return None
    return np.array([o.margin for o in found])


def _even(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    total = sum(s.probability for s in scenarios)
    if not scenarios or any(s.probability <= 0.0 for s in scenarios):
        raise InputError(
            f"{len(scenarios)} scenarios with probabilities "
            f"{[s.probability for s in scenarios]}; expected at least one, each above "
            "0; give for example --scenario base=0.7 --scenario typhoon=0.3"
        )
    return tuple(replace(s, probability=s.probability / total) for s in scenarios)


def _decisions(
    plan: StandingPlan,
    made: Assembly,
    value: Value,
    *,
    common: Sequence[str],
    first: int,
) -> tuple[Decision, ...]:
    roles = {COMMON[name] for name in common if name in COMMON}
    network = plan.network
    sums: list[FloatArray] = [
        table[:, :first].sum(axis=1)
        for table in (
            made.amounts(value.here.x[0]),
            made.amounts(value.mean_x),
            plan.amounts,
        )
    ]
    price = np.abs(plan.prices.price[:, :first].mean(axis=1))
    found = []
    for i, s in enumerate(network.streams):
        if s.role in roles:
            now, mean, planned = (float(table[i]) for table in sums)
            money = abs(now - mean) * float(price[network.balance_position[s.balance]])
            found.append(Decision(s.id, s.unit, now, mean, planned, money))
    return tuple(sorted(found, key=lambda d: (-d.money, d.stream)))
