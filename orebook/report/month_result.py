"""Everything one period left behind, in one value: what reports and commands show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from orebook.benchmark.result import Benchmark
from orebook.evaluate.expost import ExPost
from orebook.evaluate.journal import MarketResult, Posting, money, to_cents
from orebook.evaluate.policy.value import PolicyPrices
from orebook.evaluate.statement.value import Past, Statements, statements
from orebook.evaluate.variance import CentreVariance, Variance
from orebook.evaluate.weekly import Week, mean_rate
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan
from orebook.reward.result import Settlement
from orebook.reward.workflow.told import SettlementTold

if TYPE_CHECKING:
    from orebook.evaluate.drill import Node

SHOWN_REJECTS = 5  # rejected rows named in a summary [-]


@dataclass(frozen=True)
class MonthResult:
    """The result of a whole period.

    Parameters
    ----------
    plan : Plan
        Released before the month; its first period is the month.
    priced : PolicyPrices
        The internal prices of the month, each with method, source and approval.
    closed : ClosedMonth
        The reconciled month.
    close_hash, close_version : str, int
        Chain hash and version of the frozen month; a version above 1 is a restatement.
    planned, market : MarketResult
        Internal market at plan and at actual quantities, in cents.
    postings : tuple of Posting
        The journal of the actual month.
    variance : Variance
        Plan to actual, by centre and in detail.
    adaptation : ExPost
        Market, not re-planned, execution.
    weeks : tuple of Week
        Adaptation capture by week; empty where no re-plan states its day.
    settlements : tuple of Settlement
        Rewards, one per scheme in force.
    seconds : mapping
        Time of each step [s]; never stored.
    rejected : tuple of mapping
        Rows of the month's intake files that were not used, each with file, row,
        field, value, problem, expectation and remedy.
    benchmark : Benchmark or None
        The month against its references; None where it was not worked out.
    flows : tuple of SettlementTold
        How far the settlements are; empty where nothing was decided on them.
    past : Past or None
        Re-plan and earlier months of the year; None where they were not gathered.
    """

    plan: Plan
    priced: PolicyPrices
    closed: ClosedMonth
    close_hash: str
    close_version: int
    planned: MarketResult
    market: MarketResult
    postings: tuple[Posting, ...]
    variance: Variance
    adaptation: ExPost
    settlements: tuple[Settlement, ...]
    seconds: Mapping[str, float]
    weeks: tuple[Week, ...] = ()
    rejected: tuple[Mapping[str, object], ...] = ()
    benchmark: Benchmark | None = None
    flows: tuple[SettlementTold, ...] = ()
    past: Past | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the result under the stable names of ``orebook run --json``."""
        rows, columns = self.plan.assembly.problem.shape
        return {
            "status": "done",
            "period": self.closed.period,
            "simulated": self.closed.simulated,
            "plan": {
                "margin_cny": self.plan.margin,
                "month_margin_cny": money(self.planned.group),
                "periods": len(self.plan.periods),
                "rows": rows,
                "columns": columns,
                "assemble_s": self.plan.seconds["assemble"],
                "solve_s": self.plan.seconds["solve"],
            },
            "prices": self.plan.price_rows(1),
            "price_set": self.priced.policy,
            "close": self._close(),
            "centres": [
                {
                    "centre": c.centre,
                    "margin_cny": money(c.margin),
                    "rent_cny": money(c.rent),
                }
                for c in self.market.centres
            ],
            "group": {
                "margin_cny": money(self.market.group),
                "elimination_cny": money(self.market.elimination),
            },
            "variance": self.variance_rows(),
            "adaptation": self.adaptation_row(),
            "benchmark": [] if self.benchmark is None else self.benchmark.totals(),
            "rewards": self.reward_rows(),
            "seconds": dict(self.seconds),
        }

    def statements(self) -> Statements:
        """Return the statement of every centre, exact to the cent."""
        return statements(
            self.plan.network,
            self.priced.prices,
            plan=self.plan.month(0),
            actual=self.closed.month(),
            fed=self.closed.content,
            mixes=self.plan.assays(0),
            physics=self.plan.network_of(0),
            past=self.past,
            evidence={k: f.evidence for k, f in self.closed.figures.items()},
            centres={str(r["centre"]): _cents(r["effects"])
                     for r in self.variance_rows()[:-1]},
        )  # fmt: skip

    def drill(self) -> Node:
        """Return the variance opened from the group to the reading."""
        from orebook.evaluate.drill import drill

        figures = self.closed.figures
        return drill(
            self.plan.network_of(0),
            self.priced.prices,
            plan=self.plan.month(0),
            actual=self.closed.month(),
            fed=self.closed.content,
            mixes=self.plan.assays(0),
            evidence={k: f.evidence for k, f in figures.items()},
            found=self.variance,
        )

    def variance_rows(self) -> list[dict[str, object]]:
        """Return the variance of every centre and of the group, exact to the cent.

        The group's row is its margin: the centres and the elimination together.
        """
        before, after = _results(self.planned), _results(self.market)
        rows = [
            variance_row(row, before.get(row.centre, 0), after.get(row.centre, 0))
            for row in self.variance.centres
        ]
        total = self.variance.total()
        return [*rows, variance_row(total, self.planned.group, self.market.group)]

    def adaptation_row(self) -> dict[str, object]:
        """Return the ex-post split; a capture rate without meaning is None."""
        split = self.adaptation
        plan, actual = self.planned.group, self.market.group
        optimum, followed = to_cents(split.optimum), to_cents(split.plan_at_actual)
        return {
            "plan_cny": money(plan),
            "market_cny": money(optimum - plan),
            "not_replanned_cny": money(followed - optimum),
            "execution_cny": money(actual - followed),
            "actual_cny": money(actual),
            "capture": str(split.capture),
            "capture_rate": split.to_dict().get("capture_rate"),
            "weekly_capture_rate": mean_rate(self.weeks),
            "weeks": [w.to_dict() for w in self.weeks],
        }

    def _close(self) -> dict[str, object]:
        closed = self.closed
        return {
            "worst_imbalance_sigma": closed.tests.get("worst_imbalance_sigma", 0.0),
            "gross_errors": [
                {
                    "reading": g.reading,
                    "stream": g.stream,
                    "size": g.size,
                    "unit": g.unit,
                    "statistic": g.statistic,
                    "critical": g.critical,
                    "alternatives": list(g.alternatives),
                }
                for g in closed.gross_errors
            ],
            "figures": len(closed.figures),
            "rejected": [dict(row) for row in self.rejected],
            "version": self.close_version,
            "hash": self.close_hash,
        }

    def reward_rows(self) -> list[dict[str, object]]:
        """Return every team's pay with its explanation and what a unit is worth."""
        return [
            {
                "scheme": s.scheme,
                "team": team.team,
                "amount_cny": str(team.amount),
                "gate": team.gate,
                "marginal": [m.sentence() for m in team.marginals],
                "explanation": team.explanation.to_dict(),
            }
            for s in self.settlements
            for team in s.teams.values()
        ]

    def summary(self) -> str:
        """Return the month in a few lines of text."""
        pay = (s.summary() for s in self.settlements)
        told = [self.closed.summary(), *self._rejects(), self.market_summary()]
        return "\n".join([*told, *pay])

    def _rejects(self) -> list[str]:
        """Return the first rows that were not used, one line each."""
        lines = [
            f"  not used: {r['file']}:{r['row']}: {r['field']} = {r['value']}: "
            f"{r['problem']}; {r['remedy']}"
            for r in self.rejected[:SHOWN_REJECTS]
        ]
        hidden = len(self.rejected) - len(lines)
        return [*lines, f"  and {hidden} rows more, see --json"] if hidden else lines

    def market_summary(self) -> str:
        """Return margin, effects and the ex-post split in two lines of text."""
        total, split = self.variance_rows()[-1], self.adaptation_row()
        effects = ", ".join(
            f"{name} {Decimal(str(value)):+,.0f}"
            for name, value in dict(total["effects"]).items()  # type: ignore[call-overload]
        )
        rate = split["capture_rate"]
        told = f"{rate:.1%} of it captured" if rate is not None else split["capture"]
        return (
            f"group margin {money(self.market.group)} CNY "
            f"(plan {money(self.planned.group)}; {effects})\n"
            f"in hindsight: market {split['market_cny']}, not re-planned "
            f"{split['not_replanned_cny']}, execution {split['execution_cny']} CNY; "
            f"possible adaptation: {told}"
        )


def _cents(effects: object) -> dict[str, int]:
    assert isinstance(effects, dict)
    return {name: int(Decimal(v).scaleb(2)) for name, v in effects.items()}


def _results(market: MarketResult) -> dict[str, int]:
    return {c.centre: c.margin + c.rent for c in market.centres}


def variance_row(row: CentreVariance, plan: int, actual: int) -> dict[str, object]:
    """Return a variance in decimal text that sums to the cent.

    Parameters
    ----------
    row : CentreVariance
        Effects [CNY].
    plan, actual : int
        Posted results [0.01 CNY]; what rounding leaves goes to the largest effect.
    """
    effects = {name: to_cents(value) for name, value in row.effects.items()}
    rest = actual - plan - sum(effects.values())
    if rest:
        largest = max(effects, key=lambda name: abs(effects[name]))
        effects[largest] += rest
    return {
        "centre": row.centre,
        "plan_cny": money(plan),
        "effects": {name: money(value) for name, value in effects.items()},
        "actual_cny": money(actual),
    }
