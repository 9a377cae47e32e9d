"""The open book: the one place where computing meets keeping.

Every step is a pure function of another room; here they are called in order and their
results kept. A step's results are written in one transaction, so a run killed at any
moment leaves the book usable, and running again gives the identical result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

from orebook.chain.calendar import Period, horizon
from orebook.chain.calendar import period as read_period
from orebook.chain.chain import Chain
from orebook.errors import InputError
from orebook.evaluate.hindsight import hindsight
from orebook.evaluate.journal import MARKET, Posting, journal, settle_market
from orebook.evaluate.variance import variance
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import lines
from orebook.plan.conditions import conditions
from orebook.plan.result import Plan
from orebook.process.network import Network, network
from orebook.report.month_result import MonthResult
from orebook.reward.gather import Evidence, gather
from orebook.store.batch import batch
from orebook.store.intake import Delivery
from orebook.store.store import Store
from orebook.store.values import Document, Event, Reject
from orebook.store.values import Posting as KeptPosting

if TYPE_CHECKING:
    from orebook.ledger.intake import IntakeFile
    from orebook.ledger.readings import Measured
    from orebook.ledger.take_in import Intake, Receipt
    from orebook.plan.prices import PriceCheck
    from orebook.reward.result import Settlement
    from orebook.reward.scheme import Scheme
    from orebook.store.verify import Verification

Progress = Callable[[str, float], None]
INTAKE_SUFFIXES = frozenset({".csv", ".xlsx", ".xlsm", ".parquet", ".txt"})
HORIZON = 12  # periods a plan looks ahead where nothing else is said [-]
RESTATED = "what the month rests on has changed"


def open_book(folder: str | Path) -> Book:
    """Open a book: read it, check it, and open its store.

    Parameters
    ----------
    folder : str or Path
        Folder of the book.

    Returns
    -------
    Book
        A context manager that closes the store at the end.

    Raises
    ------
    BookError
        With every mistake of the book; nothing half-read is used.
    """
    from orebook.chain.read import read_book
    from orebook.process.check import check_units
    from orebook.reward.read import read_scheme
    from orebook.store.locate import locate

    path = Path(folder)
    chain = read_book(path, check=check_units)
    schemes = tuple(read_scheme(f) for f in sorted((path / "schemes").glob("*.toml")))
    places = locate(path, chain.group.id, database=chain.group.database)
    return Book(path, chain, schemes, Store.at(places))


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


@dataclass
class Book:
    """An open book."""

    folder: Path
    chain: Chain
    schemes: tuple[Scheme, ...]
    store: Store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    def shut(self) -> None:
        """Give the store back."""
        self.store.close()

    @cached_property
    def network(self) -> Network:
        """All streams of the group, bound to their physics."""
        return network(self.chain)

    def facts(self) -> dict[str, int]:
        """Return how much the book holds, by kind of entry."""
        chain = self.chain
        return {
            "units": len(chain.units),
            "stores": len(chain.stores),
            "routes": len(chain.routes),
            "purchases": len(chain.purchases),
            "sales": len(chain.sales),
            "meters": len(chain.meters),
            "streams": len(self.network.streams),
            "balances": len(self.network.balances),
            "schemes": len(self.schemes),
        }

    # -- before ------------------------------------------------------------------------

    def plan(
        self, period: str, *, periods: int = HORIZON, progress: Progress | None = None
    ) -> Plan:
        """Plan the group on what is known before the period, and release the plan.

        Parameters
        ----------
        period : str
            First period, for example ``"2026-05"``.
        periods : int
            Length of the horizon [-].
        progress : callable, optional
            Called with (step, share done).
        """
        first = read_period(period)
        made = self._planned(first, periods=periods, progress=progress)
        self.store.records.put(
            "plan", first.name, made.to_dict(), key=str(periods), status="released"
        )
        return made

    def _planned(
        self, first: Period, *, periods: int, progress: Progress | None
    ) -> Plan:
        from orebook.plan.make import make_plan

        known = conditions(
            self.chain,
            horizon(first, periods),
            known_until=first.previous().month,
            opening=self._opening(first),
        )
        return make_plan(self.network, known, progress=progress)

    def check_prices(
        self, plan: Plan, *, progress: Progress | None = None
    ) -> PriceCheck:
        """Re-solve with one unit more and less of every priced balance."""
        from orebook.plan.make import check_plan_prices

        return check_plan_prices(plan, progress=progress)

    def _opening(self, month: Period) -> dict[str, float]:
        """Return what was known of the opening stocks before the period began.

        As closed the period before; else as counted at its end; else as in the book.
        """
        before = self._closed(month.previous().name)
        if before is not None:
            return {
                s.id: before.figures[f"close:{s.id}"].value
                for s in self.chain.stores
                if f"close:{s.id}" in before.figures
            }
        counted = self._measured(month).readings
        return {
            r.reads.removeprefix("open:"): max(0.0, r.value)
            for r in counted
            if r.reads.startswith("open:")
        }

    def simulate(
        self,
        period: str,
        *,
        seed: int = 1,
        gross_error: str | None = None,
        out: Path | None = None,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Path, ...]:
        """Write the intake of a month as the group's meters would read it.

        What it makes is labelled simulated in the files and wherever it is shown. The
        month opens with the stocks counted or closed the month before.

        Raises
        ------
        InputError
            If the folder already holds an intake and ``replace`` is not given.
        """
        from orebook.simulate.files import (
            read_gross_error,
            simulate_month,
            write_intake,
        )

        month = read_period(period)
        folder = out or self.folder / "intake" / month.name
        if not replace and any(_intake_files([folder] if folder.is_dir() else [])):
            raise InputError(
                f"{folder} already holds an intake; give another folder (--out), or "
                "overwrite it (--replace)"
            )
        planted = None if gross_error is None else read_gross_error(gross_error)
        before = self._waiting(month.previous())
        self.intake([f for f in before if folder not in f.parents])
        opening = self._opening(month)
        plan = self._planned(month, periods=3, progress=progress)
        made = simulate_month(
            self.network, plan, month, seed=seed, opening=opening, gross_error=planted
        )
        return write_intake(made, folder)

    # -- during ------------------------------------------------------------------------

    def intake(
        self, files: Iterable[Path], *, progress: Progress | None = None
    ) -> Intake:
        """Take files in; what was taken in before changes nothing.

        Parameters
        ----------
        files : iterable of Path
            CSV, Excel or Parquet files, or folders of them.
        """
        from orebook.ledger.intake import read_intake
        from orebook.ledger.known import known
        from orebook.ledger.take_in import take_in

        names = known(self.chain, self.network)
        say = progress or _silent
        listed = list(_intake_files(files))
        read = []
        for k, path in enumerate(listed):
            say(f"read {path.name}", 0.5 * k / len(listed))
            read.append(read_intake(path, chain=self.chain, names=names))
        return take_in(
            read, self._keep, progress=lambda step, done: say(step, 0.5 + 0.5 * done)
        )

    def _keep(self, file: IntakeFile, kind: str) -> tuple[Receipt, bool]:
        taken = self.store.take_in(_delivery(file, kind))
        return taken.file, taken.repeated

    def _waiting(self, month: Period) -> list[Path]:
        """Return the files in the book's intake folder that a period still needs.

        A file in a folder named after a period belongs to that period; a month needs
        its own, its neighbours' (opening counts, late corrections) and all others.
        """
        from hashlib import sha256

        records = self.store.records
        lost = {f.content_hash for f in self.store.missing()}
        known = {f.content_hash for f in records.intake_files()} - lost
        near = {month.previous().name, month.name, month.next().name}
        folder = self.folder / "intake"
        return [
            file
            for file in _intake_files([folder])
            if _period_of(file.relative_to(folder)) in {None, *near}
            and sha256(file.read_bytes()).hexdigest() not in known
        ]

    def _measured(self, month: Period) -> Measured:
        from orebook.ledger.measured import measured_month, window
        from orebook.ledger.take_in import incidents_of, simulated_sources

        since, until = window(month)
        records = self.store.records
        return measured_month(
            self.chain,
            month,
            self.store.readings.select(since=since, until=until),
            incidents=incidents_of(records.events(since, until)),
            simulated=simulated_sources(records.intake_files()),
            previous=self._closed(month.previous().name),
        )

    def close(self, period: str, *, progress: Progress | None = None) -> Frozen:
        """Reconcile a month and freeze it; a late correction makes a new version."""
        month = read_period(period)
        plan = self._planned(month, periods=self._horizon(period), progress=progress)
        return self._freeze(month, plan)

    def _horizon(self, period: str) -> int:
        """Return the horizon of the plan last released for the period [-]."""
        released = self.store.records.documents("plan", period)
        return int(released[-1].key) if released else HORIZON

    def _freeze(self, month: Period, plan: Plan) -> Frozen:
        from orebook.ledger.close import close_month

        measured = self._measured(month)
        if not measured.sources:
            raise InputError(
                f"nothing was read in {month}: no intake file of the book holds a "
                f"figure of it; run: orebook intake {self.folder} FILE..."
            )
        closed = close_month(self.network, measured, plan=plan)
        known_before = self.store.records.has("close", month.name)
        document = self.store.records.put(
            "close",
            month.name,
            closed.to_dict(),
            status="closed",
            reason=RESTATED if known_before else "first close",
        )
        return Frozen(closed, document)

    def _closed(self, period: str) -> ClosedMonth | None:
        if not self.store.records.has("close", period):
            return None
        content = self.store.records.latest("close", period).content
        if not isinstance(content, dict):
            raise InputError(f"the close of {period} is not readable; run audit verify")
        return ClosedMonth.from_dict(content)

    def _frozen(self, period: str) -> Frozen:
        closed = self._closed(period)
        if closed is None:
            raise InputError(
                f"{period} is not closed; run: orebook close {self.folder} {period}"
            )
        return Frozen(closed, self.store.records.latest("close", period))

    # -- after -------------------------------------------------------------------------

    def result(self, period: str, *, progress: Progress | None = None) -> MonthResult:
        """Evaluate a closed month: market, variance, hindsight, rewards.

        Raises
        ------
        InputError
            If the month is not closed.
        """
        frozen = self._frozen(period)
        seconds: dict[str, float] = {}
        with _timed(seconds, "plan"):
            plan = self.plan(period, periods=self._horizon(period), progress=progress)
        return self._result(plan, frozen, seconds)

    def run(
        self, period: str, *, periods: int = HORIZON, progress: Progress | None = None
    ) -> MonthResult:
        """Run a whole period, from intake to rewards; running again changes nothing.

        What lies in the book's intake folder is taken in first; the plan still uses
        only what was known before the period.
        """
        say = progress or _silent
        seconds: dict[str, float] = {}
        with _timed(seconds, "intake"):
            self.intake(
                self._waiting(read_period(period)), progress=_part(say, 0.0, 0.3)
            )
        with _timed(seconds, "plan"):
            plan = self.plan(period, periods=periods, progress=_part(say, 0.3, 0.6))
        with _timed(seconds, "close"):
            say("close", 0.6)
            frozen = self._freeze(read_period(period), plan)
        say("evaluate", 0.8)
        return self._result(plan, frozen, seconds)

    def report(
        self,
        period: str,
        *,
        out: Path | None = None,
        lang: str = "zh",
        progress: Progress | None = None,
    ) -> tuple[Path, Path]:
        """Write the page and the workbook of a month; returns their paths."""
        from orebook.report.write import write_report

        closed = self.store.records.has("close", period)
        result = (self.result if closed else self.run)(period, progress=progress)
        return write_report(result, out or self.folder / "reports", lang=lang)

    def verify(self) -> Verification:
        """Walk the hash chains; the first broken row is named in the result."""
        return self.store.records.verify()

    def _result(
        self, plan: Plan, frozen: Frozen, seconds: dict[str, float]
    ) -> MonthResult:
        """Settle the market, explain the variance, settle the rewards."""
        closed, prices = frozen.closed, plan.prices_of(0)
        rents = plan.rent_by_centre(0)
        with _timed(seconds, "evaluate"):
            month = closed.month()
            planned = settle_market(journal(plan.lines(0)), rents)
            postings = journal(lines(self.network, month, prices))
            market = settle_market(postings, rents)
            found = variance(
                self.network,
                prices,
                plan=plan.month(0),
                actual=month,
                fed=closed.content,
                doubt={k: f.sd for k, f in closed.figures.items()},
                fed_doubt=closed.content_doubt,
            )
        with _timed(seconds, "hindsight"):
            adaptation = hindsight(plan, closed)
        with _timed(seconds, "reward"):
            evidence = Evidence(plan, closed, found, postings)
            settlements = tuple(self._settle(evidence))
        result = MonthResult(
            plan=plan,
            closed=closed,
            close_hash=frozen.document.chain_hash,
            close_version=frozen.document.version,
            planned=planned,
            market=market,
            postings=postings,
            variance=found,
            adaptation=adaptation,
            settlements=settlements,
            seconds=seconds,
        )
        with _timed(seconds, "keep"):
            self._keep_result(result)
        return result

    def _keep_result(self, result: MonthResult) -> None:
        """Keep evaluation, postings and settlements of a month in one transaction."""
        period = result.closed.period
        content = result.to_dict()
        kept = {k: content[k] for k in ("centres", "group", "variance", "adaptation")}
        with self.store.records.step() as step:
            step.put(
                "evaluation",
                period,
                kept | {"close": result.close_hash},
                status="settled",
                postings=[_kept(p) for p in result.postings],
            )
            for settlement in result.settlements:
                step.put(
                    "settlement",
                    period,
                    settlement.to_dict(),
                    key=settlement.scheme,
                    status="settled",
                )

    def _settle(self, evidence: Evidence) -> Iterable[Settlement]:
        from orebook.reward.settle import settle

        month = read_period(evidence.closed.period)
        for scheme in self.schemes:
            if scheme.valid_from <= month.first and month.last <= scheme.valid_to:
                yield settle(scheme, gather(scheme, evidence))


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def _part(say: Progress, start: float, end: float) -> Progress:
    """Return a progress callback for one part of a longer work."""
    return lambda step, share: say(step, start + (end - start) * share)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    clock = perf_counter()
    yield
    seconds[step] = perf_counter() - clock


def _intake_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files in order of name; a folder gives all it holds."""
    for path in paths:
        if path.is_dir():
            found = (f for f in path.rglob("*") if f.suffix.lower() in INTAKE_SUFFIXES)
            yield from sorted(found)
        else:
            yield path


def _period_of(path: Path) -> str | None:
    """Return the period the first folder of a path is named after, None if none."""
    try:
        return read_period(path.parts[0]).name if len(path.parts) > 1 else None
    except InputError:
        return None


def _delivery(file: IntakeFile, kind: str) -> Delivery:
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


def _kept(posting: Posting) -> KeptPosting:
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
