"""The open book: the one place where computing meets keeping.

Every step is a pure function of another room; here they are called in order and their
results kept. A step's results are written in one transaction, so a run killed at any
moment leaves the book usable, and running again gives the identical result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
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
from orebook.evaluate.journal import MarketResult, Posting, journal, settle_market
from orebook.evaluate.variance import variance
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import lines
from orebook.plan.conditions import conditions
from orebook.plan.result import Plan
from orebook.process.network import Network, network
from orebook.report.month_result import MonthResult
from orebook.reward.gather import Evidence, gather
from orebook.store.store import Store
from orebook.store.values import Document
from orebook.store.values import Posting as KeptPosting

if TYPE_CHECKING:
    from orebook.plan.prices import PriceCheck
    from orebook.reward.result import Settlement
    from orebook.reward.scheme import Scheme
    from orebook.store.verify import Verification

Progress = Callable[[str, float], None]
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
        self.close()

    def close(self) -> None:
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
        self, period: str, *, periods: int = 12, progress: Progress | None = None
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
        from orebook.plan.make import make_plan

        first = read_period(period)
        span = horizon(first, periods)
        known = conditions(
            self.chain, span, known_until=first.previous().month,
            opening=self._opening(first),
        )  # fmt: skip
        made = make_plan(self.network, known, progress=progress)
        content = made.to_dict()
        self.store.records.put("plan", first.name, content, key=str(periods),
                               status="released")  # fmt: skip
        return made

    def check_prices(self, plan: Plan) -> PriceCheck:
        """Re-solve with one unit more and less of every priced balance."""
        from orebook.plan.make import check_plan_prices

        return check_plan_prices(plan)

    def _opening(self, month: Period) -> dict[str, float]:
        """Return opening stocks: as closed the period before, or as counted."""
        before = self._closed(month.previous().name)
        if before is not None:
            return {
                s.id: before.figures[f"close:{s.id}"].value
                for s in self.chain.stores
                if f"close:{s.id}" in before.figures
            }
        return {}

    # -- during ------------------------------------------------------------------------

    def _closed(self, period: str) -> ClosedMonth | None:
        if not self.store.records.has("close", period):
            return None
        content = self.store.records.latest("close", period).content
        if not isinstance(content, dict):
            raise InputError(f"the close of {period} is not readable; run audit verify")
        return ClosedMonth.from_dict(content)

    # -- after -------------------------------------------------------------------------

    def _result(
        self, plan: Plan, frozen: Frozen, seconds: dict[str, float]
    ) -> MonthResult:
        """Settle the market, explain the variance, settle the rewards."""
        closed, prices = frozen.closed, plan.prices_of(0)
        clock = perf_counter()
        month = closed.month()
        rents = plan.rent_by_centre(0)
        planned = settle_market(journal(plan.lines(0)), rents)
        postings = journal(lines(self.network, month, prices))
        market = settle_market(postings, rents)
        found = variance(self.network, prices, plan=plan.month(0), actual=month,
                         fed=closed.content)  # fmt: skip
        seconds["evaluate"] = perf_counter() - clock
        clock = perf_counter()
        adaptation = hindsight(plan, closed)
        seconds["hindsight"] = perf_counter() - clock
        clock = perf_counter()
        evidence = Evidence(plan, closed, found, postings)
        settlements = tuple(self._settle(evidence))
        seconds["reward"] = perf_counter() - clock
        return MonthResult(
            plan=plan, closed=closed, close_hash=frozen.document.chain_hash,
            close_version=frozen.document.version, planned=planned, market=market,
            postings=postings, variance=found, adaptation=adaptation,
            settlements=settlements, seconds=seconds,
        )  # fmt: skip

    def _settle(self, evidence: Evidence) -> Iterable[Settlement]:
        from orebook.reward.settle import settle

        month = read_period(evidence.closed.period)
        for scheme in self.schemes:
            if scheme.valid_from <= month.first and month.last <= scheme.valid_to:
                yield settle(scheme, gather(scheme, evidence))
