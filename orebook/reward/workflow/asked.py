"""What somebody asks to do, with all that is needed to allow or refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from orebook.chain.people_entries import Person, Workflow
from orebook.reward.workflow.days import deadline
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.payment import Due
from orebook.reward.workflow.rules import Life

__all__ = ["Asked", "inquiry_until", "pay_until"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An action asked for.

    Parameters
    ----------
    dossier : Dossier
        Of the scheme or settlement acted upon, as it is now.
    life, item, action : str, int, str
        What is to be done to what, see `orebook.reward.workflow.rules.RULES`.
    person : Person
        Who asks.
    reach : frozenset of str
        Centres within which the person may act.
    day : date
        Today by the clock of the book.
    deadlines : Workflow
        Of the book.
    details : mapping
        What belongs to the act, in plain data.
    touched : frozenset of str
        Teams the act concerns.
    scheme : Dossier
        Of the scheme the settlement rests on; that acted upon where it is a scheme.
    span : tuple of str
        First and last day of the period, ISO 8601; empty for a scheme.
    dues : tuple of Due
        Where the money of each team stands today; empty before it is frozen.
    """

    dossier: Dossier
    life: Life
    item: int
    action: str
    person: Person
    reach: frozenset[str]
    day: date
    deadlines: Workflow
    details: Mapping[str, Any]
    touched: frozenset[str]
    scheme: Dossier
    span: tuple[str, str] = ("", "")
    dues: tuple[Due, ...] = field(default=())

    @property
    def state(self) -> str:
        """State of what is acted upon."""
        return self.dossier.state(self.life, self.item)

    def held(self, team: str) -> Decimal:
        """Return what is held of a team [CNY]."""
        return next((d.held for d in self.dues if d.team == team), Decimal("0.00"))


def inquiry_until(dossier: Dossier, deadlines: Workflow) -> date | None:
    """Return the last day of inquiry about a settlement, None before publication."""
    act = dossier.last("settlement", "publish")
    if act is None:
        return None
    return deadline(act.day, deadlines.inquiry_days, deadlines.holidays)


def pay_until(dossier: Dossier, deadlines: Workflow) -> date | None:
    """Return the day by which a settlement is to be paid, None before publication.

    An adjustment posted later moves it: there must be time to pay it.
    """
    window = inquiry_until(dossier, deadlines)
    if window is None:
        return None
    settled = [a.day for a in dossier.acts if a.life in {"inquiry", "adjustment"}]
    return deadline(max([window, *settled]), deadlines.pay_days, deadlines.holidays)
