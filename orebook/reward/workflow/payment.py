"""What is due of a settlement on a day: to the cent, and it adds up.

Amount + adjustments = paid so far + due now + due later + held, for every team, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from orebook.reward.workflow.days import months_later
from orebook.reward.workflow.dossier import Dossier

ZERO = Decimal("0.00")
RELEASE = "hold-ended"
"""Reason code of an adjustment that pays what was held, not something new."""


@dataclass(frozen=True, slots=True)
class Due:
    """Where the money of one team stands on a day.

    Parameters
    ----------
    team : str
        Team.
    amount : Decimal
        As settled [CNY].
    adjusted : Decimal
        Sum of the adjustments posted, releases of held money left out [CNY].
    paid : Decimal
        Paid in the runs before [CNY].
    now : Decimal
        To be paid, or if below zero taken back, now [CNY].
    later : Decimal
        Deferred, due on `later_on` [CNY].
    later_on : date or None
        Day the deferred part is due; None if nothing is deferred.
    held : Decimal
        Held until a cause is closed [CNY].
    """

    team: str
    amount: Decimal
    adjusted: Decimal
    paid: Decimal
    now: Decimal
    later: Decimal
    later_on: date | None
    held: Decimal

    @property
    def gap(self) -> Decimal:
        """Money that is nowhere; zero to the cent, always [CNY]."""
        known = self.paid + self.now + self.later + self.held
        return self.amount + self.adjusted - known

    def to_dict(self) -> dict[str, object]:
        """Return plain values; money as decimal text."""
        names = ("amount", "adjusted", "paid", "now", "later", "held")
        money = {name: str(getattr(self, name)) for name in names}
        day = None if self.later_on is None else self.later_on.isoformat()
        return {"team": self.team, **money, "later_on": day}


def posted(dossier: Dossier) -> tuple[tuple[str, Mapping[str, Decimal]], ...]:
    """Return reason code and amounts by team of the adjustments posted [CNY]."""
    found = []
    for item in dossier.in_state("adjustment", "posted"):
        first = dossier.first("adjustment", item)
        assert first is not None
        amounts = {t: Decimal(a) for t, a in first.details["amounts"].items()}
        found.append((str(first.details["code"]), amounts))
    return tuple(found)


def due(
    teams: Iterable[Mapping[str, Any]],
    dossier: Dossier,
    day: date,
    *,
    deferral_months: int,
) -> tuple[Due, ...]:
    """Return where the money of each team of a settlement stands.

    Parameters
    ----------
    teams : iterable of mapping
        Teams of the settlement as kept: team, amount, paid, deferred, held [CNY].
    dossier : Dossier
        Of the settlement.
    day : date
        The day.
    deferral_months : int
        For how long the deferred part waits, from the day of the first payment
        [months].

    Returns
    -------
    tuple of Due
        In the order of the teams.
    """
    adjustments = posted(dossier)
    runs = [a for a in dossier.of("settlement") if a.action == "pay"]
    first = runs[0].day if runs else day
    matures = months_later(first, deferral_months)
    return tuple(_team(t, adjustments, runs, (day, matures)) for t in teams)


def _team(
    team: Mapping[str, Any],
    adjustments: Sequence[tuple[str, Mapping[str, Decimal]]],
    runs: Sequence[Any],
    days: tuple[date, date],
) -> Due:
    day, matures = days
    name = str(team["team"])
    new = _sum(a.get(name, ZERO) for code, a in adjustments if code != RELEASE)
    freed = _sum(a.get(name, ZERO) for code, a in adjustments if code == RELEASE)
    paid = _sum(Decimal(run.details["run"]["paid"].get(name, "0")) for run in runs)
    deferred = Decimal(team["deferred"])
    ripe = deferred if runs and day >= matures else ZERO
    now = Decimal(team["paid"]) + new + freed + ripe - paid
    later = deferred - ripe
    return Due(
        team=name,
        amount=Decimal(team["amount"]),
        adjusted=new,
        paid=paid,
        now=now,
        later=later,
        later_on=matures if later else None,
        held=Decimal(team["held"]) - freed,
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def run_of(
    dues: Sequence[Due], members: Mapping[str, Mapping[str, float]]
) -> dict[str, object]:
    """Return a payment run: what each team and member gets, and the totals.

    Parameters
    ----------
    dues : sequence of Due
        Where the money of each team stands.
    members : mapping
        Weights of the members of each team [-]; a team without members is paid as one.

    Returns
    -------
    dict
        ``paid`` by team, ``members`` by team, ``lines`` of all figures and ``total``
        of each, money as decimal text [CNY].

    Examples
    --------
    >>> line = Due("a", *map(Decimal, ("3.00", "0", "0", "2.01", "0.99")), None, ZERO)
    >>> run_of([line], {"a": {"x": 1.0, "y": 1.0}})["members"]
    {'a': {'x': '1.01', 'y': '1.00'}}
    """
    from orebook.reward.cents import decimal, split

    shares = {
        d.team: {m: str(decimal(c)) for m, c in
                 split(int(d.now.scaleb(2)), members[d.team]).items()}
        for d in dues
        if members.get(d.team)
    }  # fmt: skip
    names = ("amount", "adjusted", "paid", "now", "later", "held")
    return {
        "paid": {d.team: str(d.now) for d in dues},
        "members": shares,
        "lines": [d.to_dict() for d in dues],
        "total": {n: str(_sum(getattr(d, n) for d in dues)) for n in names},
    }
