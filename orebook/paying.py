"""Where rewards meet what a book keeps: months for schemes, adjustments, the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from orebook.chain.calendar import kind_of
from orebook.chain.calendar import period as read_period
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.peers import PeerFigure
from orebook.errors import InputError
from orebook.keeping import MONTH_FACTS, peers_of
from orebook.reward.gather import Around, facts_of
from orebook.reward.kept_month import KeptMonth
from orebook.reward.reports import Reported, read_reports

if TYPE_CHECKING:
    from pathlib import Path

    from orebook.process.network import Network
    from orebook.reward.facts import Facts
    from orebook.reward.result import Settlement
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records
    from orebook.store.values import Document

REPORTS = TypeAdapter(list[Reported])
PEERS = TypeAdapter(list[PeerFigure])
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
    said = {} if month is None else content_of(month)
    return Around(
        history=[KeptMonth.from_dict(content_of(d)) for d in earlier],
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
            months.append(KeptMonth.from_dict(content_of(kept[p])))
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
    stale = content_of(kept).get("close") != close.chain_hash
    return "closed again since it was evaluated" if stale else ""


def content_of(document: Document) -> Mapping[str, object]:
    """Return what a kept document says.

    Parameters
    ----------
    document : Document
        A kept table.

    Raises
    ------
    InputError
        If it is none.
    """
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
