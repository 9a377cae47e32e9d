"""How the book hands things to its store, and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from orebook.chain.calendar import kind_of
from orebook.chain.calendar import period as read_period
from orebook.chain.chain import Balance, Chain, good
from orebook.errors import BookError, InputError, Mistake
from orebook.evaluate.journal import MARKET, Posting
from orebook.evaluate.tuning.months import Evidence
from orebook.ledger.month import ClosedMonth
from orebook.plan.pools.result import kept_quality
from orebook.store.batch import batch
from orebook.store.intake import Delivery
from orebook.store.values import Document, Event, Reject
from orebook.store.values import Posting as KeptPosting

if TYPE_CHECKING:
    from orebook.benchmark.result import Benchmark
    from orebook.chain.calendar import Period
    from orebook.chain.case import Case
    from orebook.chain.peers import PeerFigure
    from orebook.evaluate.policy.basis import Basis
    from orebook.ledger.intake import IntakeFile
    from orebook.plan.result import Plan
    from orebook.process.network import Network
    from orebook.report.month_result import MonthResult
    from orebook.store.records import Records
    from orebook.store.store import Store

Progress = Callable[[str, float], None]
BASIS = "price-basis"  # kind of document: what the prices of a month rest on
MOST_MONTHS = 60  # closed months that an own best looks back [-]
MONTH_FACTS = "month-facts"  # kind of document: what schemes may ask of a month
SUFFIXES = frozenset({".csv", ".xlsx", ".xlsm", ".parquet", ".txt"})


@dataclass(frozen=True, slots=True)
class Frozen:
    """A closed month with its place in the store."""

    closed: ClosedMonth
    document: Document

    def summary(self) -> str:
        """Return the close in a few lines of text."""
        restated = "" if self.document.version == 1 else " (restatement)"
        return (
            f"{self.closed.summary()}\nversion {self.document.version}{restated}, "
            f"hash {self.document.chain_hash}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the month with version and hash."""
        return {
            "status": "done",
            "version": self.document.version,
            "hash": self.document.chain_hash,
            **self.closed.to_dict(),
        }


def silent(step: str, share: float) -> None:
    """Report nothing."""


def part(say: Progress, start: float, end: float) -> Progress:
    """Return a progress callback for one part of a longer work."""
    return lambda step, share: say(step, start + (end - start) * share)


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Note how long a step takes, by its name [s]."""
    clock = perf_counter()
    yield
    seconds[step] = perf_counter() - clock


def intake_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files in order of name; a folder gives all it holds."""
    for path in paths:
        if path.is_dir():
            found = (f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES)
            yield from sorted(found)
        else:
            yield path


def waiting_files(folder: Path, store: Store, month: Period) -> list[Path]:
    """Return the files in a book's intake folder that a period still needs.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    store : Store
        Knows what was taken in.
    month : Period
        The period.

    Notes
    -----
    A file in a folder named after a period belongs to that period; a month needs its
    own, its neighbours' (opening counts, late corrections) and all others.
    """
    from hashlib import sha256

    lost = {f.content_hash for f in store.missing()}
    known = {f.content_hash for f in store.records.intake_files()} - lost
    near = {month.previous().name, month.name, month.next().name}
    intake = folder / "intake"
    return [
        file
        for file in intake_files([intake] if intake.is_dir() else [])
        if period_of(file.relative_to(intake)) in {None, *near}
        and sha256(file.read_bytes()).hexdigest() not in known
    ]


def period_of(path: Path) -> str | None:
    """Return the period the first folder of a path is named after, None if none."""
    try:
        return read_period(path.parts[0]).name if len(path.parts) > 1 else None
    except InputError:
        return None


def delivery(file: IntakeFile, kind: str) -> Delivery:
    """Return a file as the store takes it."""
    rows = file.rows
    readings = None
    if rows:
        readings = batch(
            [r.tag for r in rows],
            [r.stamp for r in rows],
            [r.value for r in rows],
            unit=[r.unit for r in rows],
            kind=[r.kind for r in rows],
            row=[r.row for r in rows],
        )
    events = tuple(
        Event(e.day, e.centre, e.kind, e.severity, e.text, e.row) for e in file.events
    )
    rejects = tuple(
        Reject(m.line or 0, m.field, m.value, m.problem, m.expected, m.remedy)
        for m in file.rejects
    )
    return Delivery(
        file.content_hash, file.name, kind, file.total, readings, events, rejects
    )


def kept_posting(posting: Posting) -> KeptPosting:
    """Return a posting as the store takes it."""
    market = next(
        (a for a in (posting.debit, posting.credit) if a.startswith(MARKET)), ""
    )
    material, _, place = market.removeprefix(MARKET).partition("@")
    return KeptPosting(
        posting.debit,
        posting.credit,
        posting.account,
        material,
        place,
        posting.quantity,
        posting.unit,
        posting.price,
        posting.cents,
        (posting.id, posting.subject),
    )


def stock_content(
    store: Store, chain: Chain, first: Period
) -> dict[str, dict[str, float]]:
    """Return what stocks of mixed materials are made of, by the plan before.

    Parameters
    ----------
    store : Store
        Holds the plans released.
    chain : Chain
        The book.
    first : Period
        First period of a plan.

    Returns
    -------
    dict
        Store to content [-]; nothing where no plan of the period before was released:
        the book's own assay holds then.
    """
    before = first.previous().name
    mixed = any(m.mixed for m in chain.materials)
    kept = store.records.documents("plan", before) if mixed else ()
    quality = kept_quality(kept[-1].content, before) if kept else {}
    pools = {s.id: str(good(s.good)) for s in chain.stores}
    return {s: quality[pool] for s, pool in pools.items() if pool in quality}


def closing_stocks(closed: ClosedMonth, chain: Chain) -> dict[str, float]:
    """Return the closing stocks of a closed month, by store [unit].

    Parameters
    ----------
    closed : ClosedMonth
        The month.
    chain : Chain
        The book.
    """
    figures = closed.figures
    return {
        s.id: figures[f"close:{s.id}"].value
        for s in chain.stores
        if f"close:{s.id}" in figures
    }


def rejected_rows(
    records: Records, closed: ClosedMonth
) -> tuple[dict[str, object], ...]:
    """Return rows not used, of the month's files and of files of no use at all.

    Parameters
    ----------
    records : Records
        Hold the intake files.
    closed : ClosedMonth
        The month.
    """
    files = [
        f
        for f in records.intake_files()
        if f.rejected
        and (
            f.content_hash in closed.sources
            or not (f.added or f.corrected or f.unchanged)
        )
    ]
    return tuple(
        {"file": f.name, **r.to_dict()}
        for f in files
        for r in records.rejects(f.content_hash)
    )


def keep_result(
    records: Records, result: MonthResult, basis: Basis, facts: Mapping[str, object]
) -> None:
    """Keep evaluation, postings, prices and rewards of a month in one transaction.

    Parameters
    ----------
    records : Records
        Where to.
    result : MonthResult
        The month.
    basis : Basis
        What its prices rest on, so that it can be valued again at any price set.
    facts : mapping
        What schemes may ask of it, so that any can be replayed on it.
    """
    period = result.closed.period
    content = result.to_dict()
    kept = {k: content[k] for k in ("centres", "group", "variance", "adaptation")}
    with records.step() as step:
        step.put(BASIS, period, basis.to_dict(), status="kept")
        kept_facts = dict(facts) | {"close": result.close_hash}
        step.put(MONTH_FACTS, period, kept_facts, status="kept")
        step.put(
            "evaluation",
            period,
            kept | {"close": result.close_hash},
            status="settled",
            postings=[kept_posting(p) for p in result.postings],
        )
        for settlement in result.settlements:
            step.put(
                "settlement",
                period,
                settlement.to_dict(),
                key=settlement.scheme,
                status="settled",
            )


def kept_basis(store: Store, period: str) -> Basis:
    """Return what the prices of an evaluated month rest on.

    Parameters
    ----------
    store : Store
        Holds it since the month was evaluated.
    period : str
        Month.

    Raises
    ------
    InputError
        If the month was not evaluated yet.
    """
    from orebook.evaluate.policy.basis import basis_from

    if not store.records.has(BASIS, period):
        raise InputError(
            f"{period} was not evaluated yet, so no prices are kept of it; run: "
            f"orebook evaluate BOOK {period}"
        )
    content = store.records.latest(BASIS, period).content
    if not isinstance(content, dict):
        raise InputError(f"the prices of {period} are not readable; run audit verify")
    return basis_from(content)


def months_before(records: Records, first: str) -> tuple[ClosedMonth, ...]:
    """Return the last version of every close before a period of the same kind.

    Parameters
    ----------
    records : Records
        Where closes are kept.
    first : str
        The period, ``"2026-05"``.

    Returns
    -------
    tuple of ClosedMonth
        Oldest first, at most the last 60.
    """
    latest = {d.period: d.content for d in records.documents("close")}
    names = sorted(p for p in latest if p < first and len(p) == len(first))
    contents = [latest[p] for p in names[-MOST_MONTHS:]]
    return tuple(ClosedMonth.from_dict(c) for c in contents if isinstance(c, dict))


def peers_of(folder: Path) -> tuple[PeerFigure, ...]:
    """Return the figures of peers of a book, named by file and line.

    Parameters
    ----------
    folder : Path
        Folder of the book; its files were checked when it was opened.
    """
    from dataclasses import replace

    from orebook.chain.book_files import peer_files
    from orebook.chain.peers import read_peers

    return tuple(
        replace(figure, file=path.relative_to(folder).as_posix())
        for path in peer_files(folder)
        for figure in read_peers(path)
        if not isinstance(figure, Mistake)
    )


def benchmark_of(
    folder: Path,
    records: Records,
    plan: Plan,
    closed: ClosedMonth,
    prices: Mapping[Balance, float],
) -> Benchmark:
    """Hold a closed month of a book against its references.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    records : Records
        Where closes are kept.
    plan : Plan
        Released before the month.
    closed : ClosedMonth
        The month.
    prices : mapping
        Internal price of each balance in the month [CNY/unit].
    """
    from orebook.benchmark.benchmark import benchmark

    return benchmark(
        plan,
        closed,
        prices=prices,
        history=months_before(records, closed.period),
        peers=peers_of(folder),
    )


def readable_cases(folder: Path, network: Network) -> dict[str, Case] | None:
    """Return the cases of a book by name; None where one is wrong.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    network : Network
        Its chain and physics.

    Notes
    -----
    A wrong case stops no report; `orebook check` names its mistakes.
    """
    from orebook.plan.scenario.overlay import read_overlays

    try:
        return read_overlays(folder, network)
    except BookError:
        return None


def network_in_force(
    book: Network, first: Period, made: dict[tuple[str, ...], Network]
) -> Network:
    """Return the network at the fitted constants in force when a period begins.

    Parameters
    ----------
    book : Network
        As the book states it.
    first : Period
        The period.
    made : dict
        Networks made before, by the ids of their entries; the new one is added.
    """
    from orebook.chain.tuning import tuned_at
    from orebook.process.network import network

    chain = tuned_at(book.chain, first.first)
    if chain is book.chain:
        return book
    key = tuple(entry.id for entry in chain.tuned)
    if key not in made:
        made[key] = network(chain)
    return made[key]


def closed_evidence(
    records: Records, since: str | None = None, until: str | None = None
) -> tuple[Evidence, ...]:
    """Return closed months with their hashes and the settings they were judged at.

    Parameters
    ----------
    records : Records
        Of the book's store.
    since, until : str, optional
        First and last period; the first and last that are closed otherwise.

    Raises
    ------
    InputError
        If nothing is closed, or a period of the span asked for is not.
    """
    spans = [read_period(p) for p in (since, until) if p is not None]
    kind = kind_of(spans[0].name if spans else "2026-01")
    latest = {d.period: d for d in records.documents("close")}
    closed = {p: d for p, d in latest.items() if kind_of(p) == kind}
    if not closed:
        raise InputError(
            f"no {kind} is closed; expected closed periods of the book to learn from; "
            "run: orebook close BOOK PERIOD"
        )
    first = read_period(since or min(closed))
    last = read_period(until or max(closed))
    if first.first > last.first:
        raise InputError(
            f"{first} comes after {last}; expected the first period first; exchange "
            "--from and --to"
        )
    if spans:
        _refuse_open(first, last, closed)
    return tuple(
        Evidence(
            ClosedMonth.from_dict(_plain(document)),
            document.chain_hash,
            _settings_of(records, name),
        )
        for name, document in sorted(closed.items())
        if first.first <= read_period(name).first <= last.first
    )


def _refuse_open(first: Period, last: Period, closed: Mapping[str, Document]) -> None:
    lacking, period = [], first
    while period.first <= last.first:
        lacking += [] if period.name in closed else [period.name]
        period = period.next()
    if lacking:
        raise InputError(
            f"not closed: {', '.join(lacking)}; expected every period from {first} to "
            f"{last} to be closed; run: orebook close BOOK {lacking[0]}, or choose "
            f"other periods (closed are {min(closed)} to {max(closed)})"
        )


def _plain(document: Document) -> Mapping[str, object]:
    if not isinstance(document.content, dict):
        raise InputError(
            f"the close of {document.period} is not readable; expected a closed month; "
            "run audit verify"
        )
    return document.content


def _settings_of(records: Records, period: str) -> dict[str, dict[str, float]]:
    """Return the settings the last release of a period chose for it, by unit."""
    kept = records.documents("plan", period)
    content = kept[-1].content if kept else {}
    operating = content.get("operating") if isinstance(content, dict) else None
    rows = operating.get("settings") if isinstance(operating, dict) else None
    found: dict[str, dict[str, float]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row["period"] == period and row["runs"]:
            chosen = found.setdefault(str(row["unit"]), {})
            chosen[str(row["setting"])] = float(str(row["chosen"]))
    return found
