"""Where rewards meet what a book keeps: months for schemes, adjustments, the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from orebook.chain.calendar import kind_of
from orebook.chain.calendar import period as read_period
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.peers import PeerFigure
from orebook.errors import InputError
from orebook.keeping import MONTH_FACTS, peers_of
from orebook.reward.facts import OVERDUE
from orebook.reward.gather import Around, facts_of
from orebook.reward.kept_month import KeptMonth
from orebook.reward.reports import Reported, read_reports

if TYPE_CHECKING:
    from pathlib import Path

    from orebook.process.network import Network
    from orebook.reward.deferred import Happened, LedgerRow
    from orebook.reward.facts import Facts
    from orebook.reward.result import Settlement
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records
    from orebook.store.values import Document

SETTLEMENT = "settlement"
REPORTS = TypeAdapter(list[Reported])
PEERS = TypeAdapter(list[PeerFigure])
ADJUSTMENT = "reward-adjustment"
NOT_CLOSED = "not closed"


@dataclass(frozen=True)
class PayBook:
    """What paying needs of an open book.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    network : Network
        Streams and centres.
    schemes : sequence of Scheme
        The schemes of the book.
    records : Records
        What was kept.
    """

    folder: Path
    network: Network
    schemes: Sequence[Scheme]
    records: Records


@dataclass(frozen=True)
class History:
    """The months schemes can be settled on, and those that are not there.

    Parameters
    ----------
    months : tuple of KeptMonth
        In order.
    missing : mapping of str to str
        Month to why it is not there.
    """

    months: tuple[KeptMonth, ...]
    missing: Mapping[str, str]


def schemes_in_force(schemes: Sequence[Scheme], period: str) -> Iterator[Scheme]:
    """Yield the schemes that hold through a period.

    Parameters
    ----------
    schemes : sequence of Scheme
        All schemes.
    period : str
        Period.
    """
    month = read_period(period)
    for scheme in schemes:
        if scheme.valid_from <= month.first and month.last <= scheme.valid_to:
            yield scheme


def settle_all(book: PayBook, month: KeptMonth) -> tuple[Settlement, ...]:
    """Settle every scheme in force for a month.

    Parameters
    ----------
    book : PayBook
        The book.
    month : KeptMonth
        The month.
    """
    from orebook.reward.settle import settle

    chosen = tuple(schemes_in_force(book.schemes, month.period))
    return tuple(settle(s, month_facts(book, s, month)) for s in chosen)


def month_facts(book: PayBook, scheme: Scheme, month: KeptMonth) -> Facts:
    """Return the facts of a month for a scheme, with all it may be compared with.

    Parameters
    ----------
    book : PayBook
        The book.
    scheme : Scheme
        The scheme; months before, reports and peers are read only where it asks.
    month : KeptMonth
        The month.

    Notes
    -----
    A scheme that settles several months together takes those that stand unbroken
    before this one: what comes before a month that was never evaluated is left out.
    """
    around = around_of(book, scheme, month.period)
    return kept_facts_of(scheme, book.network, month, around)


def around_of(book: PayBook, scheme: Scheme, period: str) -> Around:
    """Return what a scheme asks for around a month.

    Parameters
    ----------
    book : PayBook
        The book.
    scheme : Scheme
        The scheme.
    period : str
        The month.
    """
    sources = {m.target.source for m in scheme.measures}
    back = scheme.settle_over != "month" or "own_best" in sources
    reads = any(m.reads_report for m in scheme.measures)
    history = kept_history(book.records, until=period).months if back else ()
    return Around(
        history=[m for m in history if m.period < period],
        reports=read_reports(book.folder, (scheme,)) if reads else (),
        peers=peers_of(book.folder) if "external" in sources else (),
    )


def said_around(book: PayBook, period: str) -> dict[str, object]:
    """Return the reports and figures of peers that schemes in force read, to be kept.

    Parameters
    ----------
    book : PayBook
        The book.
    period : str
        The month.
    """
    arounds = [
        around_of(book, scheme, period)
        for scheme in schemes_in_force(book.schemes, period)
    ]
    reports = {r for a in arounds for r in a.reports if r.period == period}
    peers = {p for a in arounds for p in a.peers}
    return {
        "reports": REPORTS.dump_python(sorted(reports, key=_place), mode="json"),
        "peers": PEERS.dump_python(sorted(peers, key=_place), mode="json"),
    }


def _place(said: Reported | PeerFigure) -> tuple[str, int]:
    if isinstance(said, Reported):
        file, _, line = said.source.rpartition(":")
        return file, int(line)
    return said.file, said.line


def kept_around(month: Document | None, earlier: Sequence[Document]) -> Around:
    """Return what stood around a month, from what was kept of it and of those before.

    Parameters
    ----------
    month : Document or None
        What was kept of the month; None where it was kept before this was.
    earlier : sequence of Document
        What was kept of the months before, in order.
    """
    said = {} if month is None else _content(month)
    return Around(
        history=[KeptMonth.from_dict(_content(d)) for d in earlier],
        reports=REPORTS.validate_python(said.get("reports", [])),
        peers=PEERS.validate_python(said.get("peers", [])),
    )


def kept_facts_of(
    scheme: Scheme, network: Network, month: KeptMonth, around: Around
) -> Facts:
    """Return the facts of a month with what stood around it.

    Parameters
    ----------
    scheme : Scheme
        The scheme.
    network : Network
        Streams and centres.
    month : KeptMonth
        The month.
    around : Around
        Months before, reports and figures of peers.
    """
    facts = facts_of(scheme, network, month, around)
    return replace(facts, earlier=_unbroken(facts.earlier, month.period))


def months_before(records: Records, period: str) -> tuple[Document, ...]:
    """Return what is kept of the months before one, in order; stale ones left out.

    Parameters
    ----------
    records : Records
        Of the book.
    period : str
        Month.
    """
    closes = {d.period: d for d in records.documents("close")}
    kept = {d.period: d for d in records.documents(MONTH_FACTS)}
    return tuple(
        kept[p]
        for p in sorted(kept)
        if p < period and kind_of(p) == "month" and not _lacks(closes.get(p), kept[p])
    )


def _unbroken(earlier: Sequence[Facts], period: str) -> tuple[Facts, ...]:
    """Return the months that stand without a gap before a period."""
    found: list[Facts] = []
    at = read_period(period).previous()
    for facts in reversed(earlier):
        if facts.period != at.name:
            break
        found.insert(0, facts)
        at = at.previous()
    return tuple(found)


def kept_history(
    records: Records, *, since: str | None = None, until: str | None = None
) -> History:
    """Return the months kept for schemes, and closed months that are not.

    Parameters
    ----------
    records : Records
        Of the book.
    since, until : str, optional
        First and last month.
    """
    closes = {d.period: d for d in records.documents("close")}
    kept = {d.period: d for d in records.documents(MONTH_FACTS)}
    inside = [
        p
        for p in sorted({*closes, *_span(since, until)})
        if kind_of(p) == "month" and (since or p) <= p <= (until or p)
    ]
    months, missing = [], {}
    for p in inside:
        why = _lacks(closes.get(p), kept.get(p))
        if why:
            missing[p] = why
        else:
            months.append(KeptMonth.from_dict(_content(kept[p])))
    return History(tuple(months), missing)


def _span(since: str | None, until: str | None) -> list[str]:
    if since is None or until is None:
        return []
    at, found = read_period(since), []
    while at.name <= until:
        found.append(at.name)
        at = at.next()
    return found


def _lacks(close: Document | None, kept: Document | None) -> str:
    if close is None:
        return NOT_CLOSED
    if kept is None:
        return "closed, not evaluated"
    stale = _content(kept).get("close") != close.chain_hash
    return "closed again since it was evaluated" if stale else ""


def _content(document: Document) -> Mapping[str, object]:
    if not isinstance(document.content, dict):
        raise InputError(
            f"{document.name} is not readable; expected a table; run audit verify"
        )
    return document.content


def kept_month_of(records: Records, period: str) -> KeptMonth:
    """Return one month as kept for schemes.

    Parameters
    ----------
    records : Records
        Of the book.
    period : str
        The month.

    Raises
    ------
    InputError
        If it was not evaluated, or was closed again since.
    """
    found = kept_history(records, since=period, until=period)
    if found.missing:
        why = found.missing[period]
        raise InputError(
            f"{period} is {why}; expected an evaluated month; run: "
            f"orebook run BOOK {period}"
        )
    return found.months[0]


def scheme_called(book: PayBook, name: str) -> Scheme:
    """Return a scheme of the book by its id, or from a file.

    Parameters
    ----------
    book : PayBook
        The book.
    name : str
        Id of a scheme of the book, or the path of a scheme file.

    Raises
    ------
    InputError
        If there is neither.
    """
    from pathlib import Path

    from orebook.reward.read import read_scheme

    for scheme in book.schemes:
        if scheme.id == name:
            return scheme
    places = [Path(name), book.folder / name, book.folder / f"{name}.toml"]
    for path in places:
        if path.suffix == ".toml" and path.is_file():
            return read_scheme(path)
    known = [s.id for s in book.schemes]
    raise InputError(
        f"no scheme is called '{name}'; expected one of {listed(known)} or a file; "
        f"{did_you_mean(name, known, 'name a file FILE.toml')}"
    )


def amounts_of(document: Document) -> dict[str, Decimal]:
    """Return what a kept settlement pays each team [CNY].

    Parameters
    ----------
    document : Document
        A kept settlement.
    """
    teams = _content(document).get("teams")
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
        teams = _content(document).get("teams")
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
    return tuple(_content(d) for d in kept)


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
    if now.scheme_hash != _content(then).get("scheme_hash"):
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
        rows = _content(document).get("teams")
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
