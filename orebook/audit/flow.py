"""How far every scheme and settlement of a book is, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from orebook.audit.desk import Desk, dues_of, today_of
from orebook.audit.dossiers import dossiers
from orebook.chain.calendar import period as read_period
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.told import (
    SettlementTold,
    VersionTold,
    settlement_told,
    versions_told,
)
from orebook.reward.workflow.waiting import Waiting, waiting

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Flow", "flow"]


@dataclass(frozen=True, slots=True)
class Flow:
    """State of the workflow on a day.

    Parameters
    ----------
    today : date
        The day.
    versions : tuple of VersionTold
        Versions of the schemes.
    settlements : tuple of SettlementTold
        Settlements, months in order.
    waiting : tuple of Waiting
        What waits for whom until when, the most urgent first.
    """

    today: date
    versions: tuple[VersionTold, ...]
    settlements: tuple[SettlementTold, ...]
    waiting: tuple[Waiting, ...]

    def of(self, scheme: str, period: str) -> SettlementTold | None:
        """Return one settlement, None if nothing was done on it yet."""
        return next((s for s in self.settlements
                     if (s.scheme, s.period) == (scheme, period)), None)  # fmt: skip

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "status": "done",
            "today": self.today.isoformat(),
            "schemes": [v.to_dict() for v in self.versions],
            "settlements": [s.to_dict() for s in self.settlements],
            "waiting": [w.to_dict() for w in self.waiting],
            "overdue": sum(w.overdue for w in self.waiting),
        }


def flow(
    desk: Desk,
    *,
    only: Collection[str] = (),
    today: date | None = None,
) -> Flow:
    """Return how far everything is.

    Parameters
    ----------
    desk : Desk
        The book.
    only : collection of str
        Schemes and months to show; all where empty.
    today : date, optional
        The day deadlines are counted to; that of the store's clock otherwise.
    """
    day = today or today_of(desk)
    found = dossiers(desk.records)
    shown = tuple(d for d in found if _wanted(d, set(only)))
    by_scheme = {d.scheme: d for d in found if not d.period}
    settled = [d for d in shown if d.period]
    return Flow(
        today=day,
        versions=tuple(v for d in shown if not d.period for v in versions_told(d)),
        settlements=tuple(_told(desk, d, by_scheme, day) for d in settled),
        waiting=waiting(
            shown,
            desk.chain.people,
            desk.chain.deadlines,
            day,
            within=desk.chain.within,
        ),
    )


def _wanted(dossier: Dossier, only: set[str]) -> bool:
    """Return whether a dossier is asked for; a scheme's own where it is named."""
    if not only:
        return True
    return not only - {dossier.scheme, dossier.period} or (
        dossier.scheme in only and not dossier.period
    )


def _told(
    desk: Desk, dossier: Dossier, schemes: dict[str, Dossier], day: date
) -> SettlementTold:
    month = read_period(dossier.period)
    return settlement_told(
        dossier,
        schemes.get(dossier.scheme, Dossier(dossier.scheme)),
        desk.chain.deadlines,
        today=day,
        dues=dues_of(desk.records, dossier, day),
        span=(month.first.isoformat(), month.last.isoformat()),
    )
