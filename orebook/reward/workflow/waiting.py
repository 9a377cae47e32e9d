"""What waits for whom until when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from orebook.chain.people_entries import Person, Workflow
from orebook.reward.workflow.act import Act
from orebook.reward.workflow.asked import inquiry_until, pay_until
from orebook.reward.workflow.days import deadline
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.payment import Due
from orebook.reward.workflow.rules import Life, Rule, legal


@dataclass(frozen=True, slots=True)
class Waiting:
    """One step the workflow waits for.

    Parameters
    ----------
    scheme, period : str
        Of which scheme; of which month, empty for the scheme itself.
    life, item, state : str, int, str
        What waits, and in which state.
    action : str
        What is to be done.
    roles : tuple of str
        Roles that may.
    people : tuple of str
        People who may, by role; empty if nobody can.
    until : date
        Last day.
    days_left : int
        Days to that, below zero if overdue [d].
    """

    scheme: str
    period: str
    life: Life
    item: int
    state: str
    action: str
    roles: tuple[str, ...]
    people: tuple[str, ...]
    until: date
    days_left: int

    @property
    def overdue(self) -> bool:
        """Whether the last day is over."""
        return self.days_left < 0

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        names = ("scheme", "period", "life", "item", "state", "action")
        return {name: getattr(self, name) for name in names} | {
            "roles": list(self.roles),
            "people": list(self.people),
            "until": self.until.isoformat(),
            "days_left": self.days_left,
            "overdue": self.overdue,
        }


def waiting(
    dossiers: Iterable[Dossier],
    people: Collection[Person],
    deadlines: Workflow,
    today: date,
    *,
    within: Callable[[str], Collection[str]],
) -> tuple[Waiting, ...]:
    """Return every step the workflow waits for, the most urgent first.

    Parameters
    ----------
    dossiers : iterable of Dossier
        Of all schemes and settlements.
    people : collection of Person
        Of the book.
    deadlines : Workflow
        Of the book.
    today : date
        The day.
    within : callable
        A centre to itself and all centres below it.

    Returns
    -------
    tuple of Waiting
        Steps with a deadline; a payment waits only once nothing is open any more.
    """
    found = []
    for dossier in dossiers:
        for life, item, rule, until in _steps(dossier, deadlines, today):
            barred = _barred(dossier, life, item, rule)
            teams = dossier.teams(life, item)
            found.append(
                Waiting(
                    scheme=dossier.scheme,
                    period=dossier.period,
                    life=life,
                    item=item,
                    state=dossier.state(life, item),
                    action=rule.action,
                    roles=rule.roles,
                    people=tuple(
                        p.id
                        for p in people
                        if set(p.roles) & set(rule.roles)
                        and p.id not in barred
                        and teams <= set(within(p.centre))
                    ),
                    until=until,
                    days_left=(until - today).days,
                )
            )
    return tuple(sorted(found, key=lambda w: (w.until, w.period, w.scheme, w.item)))


def _steps(
    dossier: Dossier, deadlines: Workflow, today: date
) -> Iterator[tuple[Life, int, Rule, date]]:
    pairs = dict.fromkeys((a.life, a.item) for a in dossier.acts)
    for life, item in pairs:
        for rule in legal(life, dossier.state(life, item)):
            if rule.within and rule.action != "pay":
                start = dossier.of(life, item)[-1].day
                days = int(getattr(deadlines, rule.within))
                yield life, item, rule, deadline(start, days, deadlines.holidays)
            until = _paid_until(dossier, rule, deadlines, today)
            if until is not None:
                yield life, item, rule, until


def _paid_until(
    dossier: Dossier, rule: Rule, deadlines: Workflow, today: date
) -> date | None:
    """Return by when to pay, None if nothing is to be paid or something is open."""
    if rule.action != "pay" or not _payable(dossier, deadlines, today):
        return None
    run = dossier.last("settlement", "pay")
    if run is None or _posted_since(dossier, run):
        return pay_until(dossier, deadlines)
    days = [line["later_on"] for line in run.details["run"]["lines"]]
    return min((date.fromisoformat(d) for d in days if d), default=None)


def _posted_since(dossier: Dossier, run: Act) -> bool:
    """Return whether an adjustment was posted after a payment."""
    since = dossier.acts[run.number :]
    return any((a.life, a.after) == ("adjustment", "posted") for a in since)


def _payable(dossier: Dossier, deadlines: Workflow, today: date) -> bool:
    window = inquiry_until(dossier, deadlines)
    over = window is not None and window < today
    inquired = dossier.in_state("inquiry", "open")
    adjusting = dossier.in_state("adjustment", "proposed", "half approved")
    return over and not inquired and not adjusting


def _barred(dossier: Dossier, life: Life, item: int, rule: Rule) -> frozenset[str]:
    """Return who may not, though of the role."""
    needs = set(rule.needs)
    barred: set[str] = set()
    if "not_author" in needs:
        barred |= dossier.authors(life, item)
    if "another_approver" in needs:
        barred |= set(dossier.approvers(life, item))
    if "another_than_freezer" in needs:
        frozen = dossier.last("settlement", "freeze")
        barred |= {frozen.by} if frozen else set()
    return frozenset(barred)


def matured(dues: Iterable[Due], today: date) -> dict[str, object] | None:
    """Return the deferred money of a settlement and the day it is due, if any."""
    later = [d for d in dues if d.later]
    days = [d.later_on for d in later if d.later_on]
    if not days:
        return None
    amount = sum((d.later for d in later), start=later[0].later * 0)
    due = min(days)
    return {
        "amount": str(amount),
        "until": due.isoformat(),
        "days_left": (due - today).days,
    }
