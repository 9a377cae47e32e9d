"""What a settlement returns: amounts to the cent, the pool's balance, the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.reward.explain import Node, explain_team
from orebook.reward.marginal import Marginal, marginal_pay
from orebook.reward.steps import TeamSteps


@dataclass(frozen=True, slots=True)
class TeamResult:
    """What a team gets for a period.

    Parameters
    ----------
    team : str
        Centre.
    amount : Decimal
        Amount earned, to the cent; below zero it is owed [CNY].
    paid, deferred, held : Decimal
        Its parts: paid now, paid after the deferral, paid when a hold ends [CNY].
    gate : str
        "open", or the strictest effect that acts.
    members : mapping of str to Decimal
        The amount split over the members, exactly [CNY].
    steps : TeamSteps
        The chain of numbers.
    """

    team: str
    amount: Decimal
    paid: Decimal
    deferred: Decimal
    held: Decimal
    gate: str
    members: Mapping[str, Decimal]
    steps: TeamSteps

    @property
    def explanation(self) -> Node:
        """Tree of numbers whose leaves recompute the amount."""
        return explain_team(self.steps)

    @property
    def marginals(self) -> tuple[Marginal, ...]:
        """What one unit of each measure is worth to the team."""
        return marginal_pay(self.steps)

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names; money as decimal text."""
        money = ("amount", "paid", "deferred", "held")
        return {
            "team": self.team,
            **{name: str(getattr(self, name)) for name in money},
            "gate": self.gate,
            "members": {name: str(value) for name, value in self.members.items()},
            "explanation": self.explanation.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PoolBalance:
    """Where the pool went; limit + penalties used = paid out + reserve.

    Parameters
    ----------
    limit : Decimal
        Limit of the scheme; what was paid out where there is no limit [CNY].
    penalties_used : Decimal
        Penalties added to the limit, zero unless the scheme says so [CNY].
    paid_out : Decimal
        Sum of amounts above zero [CNY].
    reserve : Decimal
        Left over [CNY].
    penalties : Decimal
        Sum of amounts below zero, without sign [CNY].
    """

    limit: Decimal
    penalties_used: Decimal
    paid_out: Decimal
    reserve: Decimal
    penalties: Decimal

    @property
    def gap(self) -> Decimal:
        """Imbalance; zero to the cent, always [CNY]."""
        return self.limit + self.penalties_used - self.paid_out - self.reserve


@dataclass(frozen=True, slots=True)
class Settlement:
    """Result of a scheme for a period.

    Parameters
    ----------
    scheme, period : str
        What was settled.
    scheme_hash, facts_hash : str
        SHA-256 of the inputs; the same inputs give the same result for ever.
    order : tuple of str
        The steps in the order they were taken.
    teams : mapping of str to TeamResult
        Result of each team.
    pool : PoolBalance
        Where the money went.
    factor : float
        Pool factor k [-].
    """

    scheme: str
    period: str
    scheme_hash: str
    facts_hash: str
    order: tuple[str, ...]
    teams: Mapping[str, TeamResult]
    pool: PoolBalance
    factor: float

    def summary(self) -> str:
        """Return the result as text, one line for each team."""
        lines = [
            f"{self.scheme} {self.period}: {' -> '.join(self.order)}",
            f"paid out {self.pool.paid_out:,} CNY of {self.pool.limit:,}, reserve "
            f"{self.pool.reserve:,}, penalties {self.pool.penalties:,}, "
            f"k = {self.factor:.6f}",
        ]
        months = max((r.steps.months for r in self.teams.values()), default=1)
        if months > 1:
            lines.append(f"settled with the {months - 1} months before it")
        lines += [
            f"{r.team}: {r.amount:,} CNY ({r.gate}); now {r.paid:,}, deferred "
            f"{r.deferred:,}, held {r.held:,}"
            for r in self.teams.values()
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names; money as decimal text."""
        money = ("limit", "penalties_used", "paid_out", "reserve", "penalties")
        return {
            "scheme": self.scheme,
            "period": self.period,
            "scheme_hash": self.scheme_hash,
            "facts_hash": self.facts_hash,
            "order": list(self.order),
            "factor": self.factor,
            "pool": {name: str(getattr(self.pool, name)) for name in money},
            "teams": [result.to_dict() for result in self.teams.values()],
        }
