"""The desk at which acts are done: one transaction for each, and one winner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from orebook.audit.dossiers import dossier_of, keep_act
from orebook.audit.replay import kept_scheme, versions_of
from orebook.chain.calendar import period as read_period
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.reward.workflow.asked import Asked
from orebook.reward.workflow.days import day_of
from orebook.reward.workflow.decide import decide
from orebook.reward.workflow.payment import Due, due

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.chain.people_entries import Person
    from orebook.reward.workflow.act import Act
    from orebook.reward.workflow.dossier import Dossier
    from orebook.reward.workflow.rules import Life
    from orebook.store.records import Records
    from orebook.store.step import Step
    from orebook.store.values import Document

__all__ = ["Desk", "Done", "Wish", "do", "dues_of", "person_of", "today_of"]

Prepare = Callable[["Step"], None]


@dataclass(frozen=True, slots=True)
class Desk:
    """A book as the workflow needs it.

    Parameters
    ----------
    chain : Chain
        With people, deadlines and centres.
    records : Records
        Where acts are kept.
    """

    chain: Chain
    records: Records


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done.

    Parameters
    ----------
    by : str
        Person.
    life, action : str
        See `orebook.reward.workflow.rules.RULES`.
    scheme, period : str
        On which scheme; on which month, empty for the scheme itself.
    item : int
        Which version, inquiry or adjustment; 0 for the settlement [-].
    details : mapping
        What belongs to the act.
    keep : callable, optional
        Keeps what belongs to the act within its transaction.
    teams : frozenset of str, optional
        Teams it concerns; all of the settlement otherwise.
    """

    by: str
    life: Life
    action: str
    scheme: str
    period: str = ""
    item: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    keep: Prepare | None = None
    teams: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was kept.

    Parameters
    ----------
    act : Act
        The act.
    document : Document
        As kept, with its hash.
    dossier : Dossier
        All acts on the same, this one included.
    """

    act: Act
    document: Document
    dossier: Dossier

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "status": "done",
            "scheme": self.dossier.scheme,
            "period": self.dossier.period,
            "stage": self.dossier.stage,
            "hash": self.document.chain_hash,
            "act": self.act.to_dict(),
        }


def do(desk: Desk, wish: Wish) -> Done:
    """Do an act and keep it, if the workflow allows it.

    Parameters
    ----------
    desk : Desk
        The book.
    wish : Wish
        What is to be done.

    Returns
    -------
    Done
        The act as kept.

    Raises
    ------
    InputError
        If it is not allowed; says what may be done instead, or that another act came
        first.

    Notes
    -----
    It is decided twice: before, so that nothing wrong takes the writer's place, and
    within the one writing transaction of the book on what stands then. Of two programs
    that act at once the second is judged on what the first has done. What belongs to
    the act, the act and its line of the audit trail are kept together or not at all.
    """
    records = desk.records
    early = _asked(desk, wish, today_of(desk))
    decide(early, "")
    with records.step() as step:
        if wish.keep is not None:
            wish.keep(step)
        asked = _asked(desk, wish, _day(desk, step.at))
        act = _decided(asked, early, step.at)
        document = keep_act(step, asked.dossier, act)
    return Done(act, document, asked.dossier.with_act(act))


def _decided(asked: Asked, early: Asked, at: str) -> Act:
    try:
        return decide(asked, at)
    except InputError as error:
        if len(asked.dossier.acts) == len(early.dossier.acts):
            raise
        other = asked.dossier.acts[-1]
        raise InputError(
            f"another act came first: {other.action} by {other.by} at {other.at}; "
            f"{error}"
        ) from error


def _asked(desk: Desk, wish: Wish, day: date) -> Asked:
    person = person_of(desk.chain, wish.by)
    dossier = dossier_of(desk.records, wish.scheme, wish.period)
    dues = dues_of(desk.records, dossier, day)
    return Asked(
        dossier=dossier,
        life=wish.life,
        item=wish.item,
        action=wish.action,
        person=person,
        reach=frozenset(desk.chain.within(person.centre)),
        day=day,
        deadlines=desk.chain.deadlines,
        details=wish.details,
        touched=_touched(wish, dossier, dues),
        scheme=dossier_of(desk.records, wish.scheme) if wish.period else dossier,
        span=_span(wish.period),
        dues=dues,
    )


def _touched(wish: Wish, dossier: Dossier, dues: tuple[Due, ...]) -> frozenset[str]:
    """Return the teams an act concerns."""
    if wish.teams is not None:
        return wish.teams
    return dossier.teams(wish.life, wish.item) or frozenset(d.team for d in dues)


def _span(period: str) -> tuple[str, str]:
    if not period:
        return "", ""
    month = read_period(period)
    return month.first.isoformat(), month.last.isoformat()


def _day(desk: Desk, at: str) -> date:
    return day_of(at, desk.chain.deadlines.utc_offset_hours)


def today_of(desk: Desk) -> date:
    """Return today by the clock of the store and the offset of the book."""
    return _day(desk, desk.records.now())


def person_of(chain: Chain, name: str) -> Person:
    """Return a person of a book.

    Parameters
    ----------
    chain : Chain
        The book.
    name : str
        Id of the person.

    Raises
    ------
    InputError
        If there is no such person; names the nearest.
    """
    people = {p.id: p for p in chain.people}
    if name not in people:
        hint = did_you_mean(name, people, "add the person to people.toml")
        raise InputError(
            f"nobody is called '{name}'; expected one of {listed(people)}; {hint}"
        )
    return people[name]


def dues_of(records: Records, dossier: Dossier, day: date) -> tuple[Due, ...]:
    """Return where the money of each team of a frozen settlement stands on a day.

    Parameters
    ----------
    records : Records
        Of the book.
    dossier : Dossier
        Of the settlement; nothing is due before it is frozen.
    day : date
        The day.
    """
    from orebook.audit.dossiers import FROZEN

    basis = dossier.basis
    if not basis:
        return ()
    frozen = records.version(
        FROZEN, dossier.period, basis["settlement"]["version"], key=dossier.scheme
    )
    versions = versions_of(records, dossier.period, dossier.scheme, basis)
    months = kept_scheme(versions.scheme).deferral.months
    content = frozen.content
    teams = content["teams"] if isinstance(content, dict) else []
    return due(teams, dossier, day, deferral_months=months)  # type: ignore[arg-type]
