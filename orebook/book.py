"""The open book: the one place where computing meets keeping.

Every step is a pure function of another room; here they are called in order and their
results kept. A step's results are written in one transaction, so a run killed at any
moment leaves the book usable, and running again gives the identical result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from orebook.chain.calendar import Period, horizon
from orebook.chain.calendar import period as read_period
from orebook.chain.chain import Chain
from orebook.errors import InputError
from orebook.evaluate.policy.basis import basis_of
from orebook.evaluate.policy.read import in_force, policy_called
from orebook.evaluate.policy.revalue import PLAN, plan_set, revalue
from orebook.evaluate.policy.value import price
from orebook.keeping import (
    BASIS,
    Frozen,
    Progress,
    benchmark_of,
    closing_stocks,
    delivery,
    intake_files,
    kept_basis,
    network_in_force,
    part,
    readable_cases,
    silent,
    stock_content,
    timed,
    waiting_files,
)
from orebook.ledger.month import ClosedMonth
from orebook.paying import PayBook
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.decided import running_from
from orebook.plan.result import Plan
from orebook.process.network import Network, network
from orebook.releases import (
    REPLANNED,
    keep_release,
    kept_history,
    last_replan,
)
from orebook.report.month_result import MonthResult
from orebook.settling import settle_month
from orebook.store.store import Store
from orebook.store.values import Document

if TYPE_CHECKING:
    from orebook.audit.prove import Proof
    from orebook.benchmark.result import Benchmark
    from orebook.evaluate.policy.revalue import Valued
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.evaluate.policy.value import PolicyPrices
    from orebook.ledger.intake import IntakeFile
    from orebook.ledger.readings import Measured
    from orebook.ledger.take_in import Intake, Receipt
    from orebook.plan.prices import PriceCheck
    from orebook.plan.replan import Replanned, StandingPlan
    from orebook.plan.replan_changes import Changes
    from orebook.reward.scheme import Scheme
    from orebook.store.verify import Verification

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


@dataclass
class Book:
    """An open book."""

    folder: Path
    chain: Chain
    schemes: tuple[Scheme, ...]
    store: Store
    _tuned: dict[tuple[str, ...], Network] = field(default_factory=dict)

    @cached_property
    def policies(self) -> tuple[PricePolicy, ...]:
        """The price policies of the book, every name in them checked."""
        from orebook.evaluate.policy.read import read_policies

        return read_policies(self.folder, self.network)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.shut()

    def shut(self) -> None:
        """Give the store back."""
        self.store.close()

    @cached_property
    def network(self) -> Network:
        """All streams of the group, bound to their physics as the book states them."""
        return network(self.chain)

    def network_at(self, first: Period) -> Network:
        """Return the network at the fitted constants in force when a period begins."""
        return network_in_force(self.network, first, self._tuned)

    def facts(self) -> dict[str, int]:
        """Return how much the book holds, by kind of entry."""
        parts = ("units", "stores", "routes", "purchases", "sales", "meters")
        return {name: len(getattr(self.chain, name)) for name in parts} | {
            "streams": len(self.network.streams),
            "balances": len(self.network.balances),
            "schemes": len(self.schemes),
            "policies": len(self.policies),
        }

    # -- before ------------------------------------------------------------------------

    def plan(
        self, period: str, *, periods: int = HORIZON, ranges: int | None = None,
        whole: int | None = None, progress: Progress | None = None,
    ) -> Plan:  # fmt: skip
        """Plan the group on what is known before the period, and release the plan.

        Parameters
        ----------
        period : str
            First period, for example ``"2026-05"``.
        periods : int
            Length of the horizon [-].
        ranges : int, optional
            Periods for which prices and limits state up to where they hold [-].
        progress : callable, optional
            Called with (step, share done).
        whole : int, optional
            First periods with whole decisions; by the book otherwise [-].
        """
        first = read_period(period)
        made = self.planned(first, periods=periods, ranges=ranges, whole=whole,
                            progress=progress)  # fmt: skip
        keep_release(self.store.records, first, made)
        return made

    def replan(
        self,
        period: str,
        changes: Changes,
        *,
        periods: int | None = None,
        reason: str = "",
        as_of: date | None = None,
        progress: Progress | None = None,
    ) -> tuple[Replanned, Document]:
        """Re-plan a period with what is new; the releases before it are kept.

        Parameters
        ----------
        period : str
            First period of the plan, for example ``"2026-05"``.
        changes : Changes
            What is new since the last release or re-plan of the period.
        periods : int, optional
            Length of the horizon; that of the last release otherwise [-].
        reason : str
            Why, for the record and the audit trail.
        as_of : datetime.date, optional
            Day from which the re-plan stands; today otherwise.
        progress : callable, optional
            Called with (step, share done).

        Returns
        -------
        tuple of Replanned and Document
            The re-plan, and the version it is kept as.

        Raises
        ------
        InputError
            If the month is closed, or a change names what the plan does not have.
        InfeasibleError
            If no plan meets the requirements any more.
        """
        from orebook.plan.replan import replan, replay

        first = read_period(period)
        if self._closed(first.name) is not None or changes.roll:
            raise InputError(
                f"{first} cannot be re-planned: a closed month, or another first "
                "period, needs a plan of its own; run: orebook plan "
                f"{self.folder} {first.next()}"
            )
        count = periods or self._horizon(first.name)
        released = self.plan(first.name, periods=count, progress=progress)
        history = kept_history(self.store.records, first.name, count)
        made = replan(replay(released, history), changes, progress=progress)
        steps = [c.to_dict() for c in (*history, changes)]
        document = self.store.records.put(
            "plan",
            first.name,
            made.to_dict()
            | {"history": steps, "reason": reason, "as_of": str(as_of or date.today())},
            key=str(count),
            status=REPLANNED,
            reason=reason,
        )
        return made, document

    def planned(
        self, first: Period, *, periods: int, ranges: int | None = None,
        whole: int | None = None, progress: Progress | None = None,
    ) -> StandingPlan:  # fmt: skip
        """Return the plan from a first period on; it is not released."""
        from orebook.plan.replan import stand

        known = self.known_before(first, periods, whole)
        return stand(self.network_at(first), known, ranges=ranges, progress=progress)

    def known_before(self, first: Period, periods: int = HORIZON,
                     whole: int | None = None) -> Conditions:  # fmt: skip
        """Return what was known of a horizon before its first period began."""
        before = self._closed(first.previous().name)
        known = conditions(
            self.chain,
            horizon(first, periods),
            known_until=first.previous().month,
            opening=self._opening(first),
            running=running_from({} if before is None else before.whole),
            whole_periods=whole,
        )
        content = stock_content(self.store, self.chain, first)
        return replace(known, stock_content=content)

    def standing(
        self, period: str, *, periods: int | None = None, progress: Progress = silent
    ) -> Plan:
        """Return the plan that stands for a period, re-plans included; keep nothing."""
        count = periods or self._horizon(period)
        plan = self.planned(read_period(period), periods=count, progress=progress)
        return last_replan(self.store.records, plan) or plan

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
            return closing_stocks(before, self.chain)
        return {
            r.reads.removeprefix("open:"): max(0.0, r.value)
            for r in self._measured(month).readings
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
        if not replace and any(intake_files([folder] if folder.is_dir() else [])):
            raise InputError(
                f"{folder} already holds an intake; give another folder (--out), or "
                "overwrite it (--replace)"
            )
        planted = None if gross_error is None else read_gross_error(gross_error)
        before = waiting_files(self.folder, self.store, month.previous())
        self.intake([f for f in before if folder not in f.parents])
        opening = self._opening(month)
        plan = self.planned(month, periods=3, progress=progress)
        made = simulate_month(
            plan.network, plan, month, seed=seed, opening=opening, gross_error=planted
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
        say = progress or silent
        listed = list(intake_files(files))
        read = []
        for k, path in enumerate(listed):
            say(f"read {path.name}", 0.5 * k / len(listed))
            read.append(read_intake(path, chain=self.chain, names=names))
        return take_in(
            read, self._keep, progress=lambda step, done: say(step, 0.5 + 0.5 * done)
        )

    def _keep(self, file: IntakeFile, kind: str) -> tuple[Receipt, bool]:
        taken = self.store.take_in(delivery(file, kind))
        return taken.file, taken.repeated

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
        plan = self.planned(month, periods=self._horizon(period), progress=progress)
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
        closed = close_month(plan.network, measured, plan=plan)
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
        with timed(seconds, "plan"):
            plan = self.plan(period, periods=self._horizon(period), progress=progress)
        return self._result(plan, frozen, seconds)

    def benchmark(self, period: str, *, progress: Progress | None = None) -> Benchmark:
        """Hold a closed month against law, plan, own best, group, peers and theory."""
        closed = self._frozen(period).closed
        plan = self.plan(period, periods=self._horizon(period), progress=progress)
        at = self.priced(period, progress=progress).prices.internal
        return benchmark_of(self.folder, self.store.records, plan, closed, at)

    def run(
        self, period: str, *, periods: int = HORIZON, progress: Progress | None = None
    ) -> MonthResult:
        """Run a whole period, from intake to rewards; running again changes nothing.

        What lies in the book's intake folder is taken in first; the plan still uses
        only what was known before the period.
        """
        say = progress or silent
        seconds: dict[str, float] = {}
        with timed(seconds, "intake"):
            self.intake(
                waiting_files(self.folder, self.store, read_period(period)),
                progress=part(say, 0.0, 0.3),
            )
        with timed(seconds, "plan"):
            plan = self.plan(period, periods=periods, progress=part(say, 0.3, 0.6))
        with timed(seconds, "close"):
            say("close", 0.6)
            frozen = self._freeze(read_period(period), plan)
        say("evaluate", 0.8)
        return self._result(plan, frozen, seconds)

    def report(
        self, period: str, *, out: Path | None = None, lang: str = "zh",
        progress: Progress | None = None,
    ) -> tuple[Path, Path]:  # fmt: skip
        """Write the page and the workbook of a month; returns their paths."""
        from orebook.audit.desk import Desk
        from orebook.audit.flow import flow
        from orebook.practices import cards_of
        from orebook.report.write import write_report

        closed = self.store.records.has("close", period)
        result = (self.result if closed else self.run)(period, progress=progress)
        cases = readable_cases(self.folder, self.network)
        desk = Desk(self.chain, self.store.records)
        result = replace(result, flows=flow(desk, only=(period,)).settlements)
        return write_report(
            result, out or self.folder / "reports", lang=lang, cases=cases,
            cards=cards_of(self.store.records),
        )  # fmt: skip

    def verify(self) -> Verification:
        """Walk the hash chains; the first broken row is named in the result."""
        return self.store.records.verify()

    def prove(self, *, derive: bool = True, progress: Progress | None = None) -> Proof:
        """Prove what is kept, and derive every frozen settlement from it again."""
        from orebook.audit.prove import prove

        return prove(self.folder, self.chain, self.network, self.store,
                     derive=derive, progress=progress)  # fmt: skip

    def _result(
        self, plan: Plan, frozen: Frozen, seconds: dict[str, float]
    ) -> MonthResult:
        return settle_month(self.paying, self.policies, plan, frozen, seconds)

    def priced(
        self, period: str, name: str | None = None, *, progress: Progress | None = None
    ) -> PolicyPrices:
        """Return the internal prices of a period at a price set, or that in force."""
        month, known = read_period(period), self.store.records.has(BASIS, period)
        policy = in_force(self.policies, month) or plan_set()
        if name is not None:
            policy = self.policy(name)
        if known:
            basis, market = kept_basis(self.store, period), self._closed(period)
            real = None if market is None else market.market
            return price(self.network, policy, basis, real)
        made = self.planned(month, periods=self._horizon(period), progress=progress)
        return price(self.network, policy, basis_of(made))

    def policy(self, name: str) -> PricePolicy:
        """Return a price set of the book by name; ``plan`` is always there."""
        return plan_set() if name == PLAN else policy_called(self.policies, name)

    def value(self, name: str, periods: Iterable[str]) -> tuple[Valued, ...]:
        """Value closed months at a price set of the book, or at ``plan``; keep nothing.

        Raises
        ------
        InputError
            If no price set is called so, or a month was not evaluated yet.
        """
        read = (read_period(p).name for p in periods)
        months = [(self._frozen(p).closed, kept_basis(self.store, p)) for p in read]
        return revalue(self.network, self.policy(name), months)

    @property
    def paying(self) -> PayBook:
        """What settling rewards needs of the book."""
        return PayBook(self.folder, self.network, self.schemes, self.store.records)
