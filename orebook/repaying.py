"""What is paid later, and what a restated month changes: on what a book keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from orebook.chain.calendar import period as read_period
from orebook.errors import InputError
from orebook.paying import (
    PayBook,
    content_of,
    kept_history,
    kept_month_of,
    month_facts,
    scheme_called,
)
from orebook.reward.facts import OVERDUE
from orebook.reward.gather import facts_of

if TYPE_CHECKING:
    from orebook.reward.deferred import Happened, LedgerRow
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records
    from orebook.store.values import Document

SETTLEMENT = "settlement"
ADJUSTMENT = "reward-adjustment"


def amounts_of(document: Document) -> dict[str, Decimal]:
    """Return what a kept settlement pays each team [CNY].

    Parameters
    ----------
    document : Document
        A kept settlement.
    """
    teams = content_of(document).get("teams")
    rows = teams if isinstance(teams, list) else []
    return {
        str(row["team"]): Decimal(str(row["amount"]))
        for row in rows
        if isinstance(row, dict)
    }


def settlement_rows(
    records: Records,
) -> Iterator[tuple[Document, Mapping[str, object]]]:
    """Yield the rows of every team of the first version of each settlement kept.

    Parameters
    ----------
    records : Records
        Of the book.

    Notes
    -----
    The first version is what was paid; what came after is paid by adjustment.
    """
    for document in records.documents(SETTLEMENT):
        if document.version != 1:
            continue
        teams = content_of(document).get("teams")
        for row in teams if isinstance(teams, list) else []:
            if isinstance(row, dict):
                yield document, row


def adjustments_of(
    records: Records, period: str, scheme: str
) -> tuple[Mapping[str, object], ...]:
    """Return the adjustments kept of a settled month, in order.

    Parameters
    ----------
    records : Records
        Of the book.
    period, scheme : str
        Which settlement.
    """
    kept = records.documents(ADJUSTMENT, period, key=scheme)
    return tuple(content_of(d) for d in kept)


@dataclass(frozen=True, slots=True)
class Restated:
    """A month that was paid, settled again.

    Parameters
    ----------
    period, scheme : str
        What was settled.
    before, after, change : mapping of str to Decimal
        By team: paid so far with all adjustments, on the restated data, and what is
        paid or taken back now [CNY].
    clawback : bool
        Whether the scheme takes money back.
    number : int
        1, 2, ... of the adjustments of this month; 0 where nothing changes [-].
    evidence : mapping of str to str
        Hashes of scheme, facts and close.
    """

    period: str
    scheme: str
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]
    change: Mapping[str, Decimal]
    clawback: bool
    number: int
    evidence: Mapping[str, str]

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names; money as decimal text."""
        return {
            "period": self.period,
            "scheme": self.scheme,
            "number": self.number,
            "clawback": self.clawback,
            "total_cny": str(sum(self.change.values(), Decimal("0.00"))),
            "teams": [
                {
                    "team": team,
                    "before_cny": str(self.before.get(team, Decimal("0.00"))),
                    "after_cny": str(self.after[team]),
                    "change_cny": str(value),
                }
                for team, value in self.change.items()
            ],
            **self.evidence,
        }


def restate_month(book: PayBook, scheme: Scheme, period: str) -> Restated:
    """Settle a paid month again on what is kept of it now, and post the difference.

    Parameters
    ----------
    book : PayBook
        The book.
    scheme : Scheme
        The scheme it was paid by.
    period : str
        The month.

    Raises
    ------
    InputError
        If the month was never settled by the scheme, was not evaluated again, or the
        scheme is not the one it was paid by.

    Notes
    -----
    Paid so far is the settlement marked as paid, or else the first one kept, and all
    adjustments since. The adjustment is a document of its own: nothing that was kept is
    changed. Running it again with nothing new posts nothing.
    """
    from orebook.reward.settle import adjusted, settle

    paid = book.records.documents(SETTLEMENT, period, key=scheme.id)
    if not paid:
        raise InputError(
            f"{period} was never settled by '{scheme.id}'; expected a paid month; run: "
            f"orebook run BOOK {period}"
        )
    then = _paid(paid)
    before = amounts_of(then)
    earlier = adjustments_of(book.records, period, scheme.id)
    for document in earlier:
        rows = document.get("teams")
        for row in rows if isinstance(rows, list) else []:
            team = str(row["team"])
            had = before.get(team, Decimal("0.00"))
            before[team] = had + Decimal(str(row["change_cny"]))
    month = kept_month_of(book.records, period)
    now = settle(scheme, month_facts(book, scheme, month))
    if now.scheme_hash != content_of(then).get("scheme_hash"):
        raise InputError(
            f"scheme '{scheme.id}' has changed since {period} was paid; expected the "
            "rules it was paid by, as new rules do not reach back; put them back, or "
            "give the new ones an id of their own"
        )
    after = {team: result.amount for team, result in now.teams.items()}
    change = adjusted(before, after, clawback=scheme.clawback)
    close = book.records.latest("close", period).chain_hash
    moved = any(value != 0 for value in change.values())
    found = Restated(
        period=period,
        scheme=scheme.id,
        before=before,
        after={team: after.get(team, Decimal("0.00")) for team in change},
        change=change,
        clawback=scheme.clawback,
        number=len(earlier) + 1 if moved else 0,
        evidence={
            "scheme_hash": now.scheme_hash,
            "facts_hash": now.facts_hash,
            "close": close,
        },
    )
    if moved:
        book.records.put(
            ADJUSTMENT, period, found.to_dict(), key=scheme.id, status="posted",
            reason="the month was restated after it was paid",
        )  # fmt: skip
    return found


def _paid(versions: Sequence[Document]) -> Document:
    """Return the version marked as paid, or else the first."""
    return next((d for d in reversed(versions) if d.status == "paid"), versions[0])


def last_day_of(period: str, months: int) -> date:
    """Return the day by which what is held back of a month is due.

    Parameters
    ----------
    period : str
        Month.
    months : int
        For how long it is held back [months].

    Examples
    --------
    >>> last_day_of("2026-01", 13)
    datetime.date(2027, 2, 28)
    """
    at = read_period(period)
    for _ in range(months):
        at = at.next()
    return at.last


def deferral_ledger(book: PayBook, on: date) -> tuple[LedgerRow, ...]:
    """Return what is held back of every settled month, and where it stands on a day.

    Parameters
    ----------
    book : PayBook
        The book.
    on : date
        The day.

    Raises
    ------
    InputError
        If the scheme of a settled month is no longer in the book.
    """
    from orebook.reward.deferred import Happened, Held, ledger

    held: list[Held] = []
    happened: list[Happened] = []
    for document, row in settlement_rows(book.records):
        scheme = scheme_called(book, document.key)
        team, last = str(row["team"]), read_period(document.period).last
        if row["gate"] == "veto":
            happened.append(Happened(scheme.id, team, last, True))
        for kind, money in (("deferred", row["deferred"]), ("hold", row["held"])):
            if Decimal(str(money)) > 0:
                due_or_open: date | None
                if kind == "hold":
                    due_or_open = _hold_ends(book, scheme, document.period, team)
                else:
                    due_or_open = last_day_of(document.period, scheme.deferral.months)
                held.append(
                    Held(
                        scheme.id, document.period, team, kind, Decimal(str(money)),
                        due_or_open, scheme.deferral.forfeit_on_veto,
                    )
                )  # fmt: skip
    happened += _taken_back(book.records)
    return ledger(held, happened, on)


def _taken_back(records: Records) -> Iterator[Happened]:
    """Yield what adjustments took back, as of the day they were posted."""
    from orebook.reward.deferred import Happened

    days = {
        line.target: line.at[:10]
        for line in records.audit_trail()
        if line.target.startswith(ADJUSTMENT)
    }
    for document in records.documents(ADJUSTMENT):
        rows = content_of(document).get("teams")
        on = date.fromisoformat(days.get(document.name, date.max.isoformat()))
        for row in rows if isinstance(rows, list) else []:
            change = Decimal(str(row["change_cny"]))
            if change < 0:
                yield Happened(
                    document.key, str(row["team"]), on, False, document.period, -change
                )


def _hold_ends(book: PayBook, scheme: Scheme, period: str, team: str) -> date | None:
    """Return the day the last hazard behind a hold was closed; None while open."""
    ends: dict[str, date | None] = {}
    for month in kept_history(book.records, since=period).months:
        alone = scheme.model_copy(update={"settle_over": "month"})
        facts = facts_of(alone, book.network, month)
        for incident in facts.incidents:
            mine = incident.team == team and incident.kind == "hazard"
            if mine and (incident.id in ends or incident in facts.counted(OVERDUE)):
                ends[incident.id] = incident.closed
    if not ends or None in ends.values():
        return None
    return max(day for day in ends.values() if day is not None)
