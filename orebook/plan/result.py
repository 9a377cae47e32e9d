"""The plan as a value: amounts, duties, prices, rents, and how it was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from orebook.chain.calendar import Period
from orebook.chain.chain import Balance, good
from orebook.plan.accounts import (
    Line,
    Month,
    PriceSet,
    group_margin,
    lines,
    margin_by_centre,
)
from orebook.plan.assemble import Assembly
from orebook.plan.blocks.power import Billed, billed_of
from orebook.plan.decided import decisions_of
from orebook.plan.held import linear_of
from orebook.plan.limit_worth import LimitWorth
from orebook.plan.lp import Problem
from orebook.plan.mixed import Mixed
from orebook.plan.naming import unit_of
from orebook.plan.operating import Operating
from orebook.plan.pools.result import PoolsFound
from orebook.plan.uplift import Uplift, uplifts
from orebook.plan.whole_words import PRICES_GIVEN, whole_dict, whole_text
from orebook.process.network import Network, with_settings

FloatArray = npt.NDArray[np.float64]
TIE_SHARE = 0.01  # ask above bid by more than this share of the price: a tie is shown


@dataclass(frozen=True, slots=True)
class Prices:
    """Internal prices of every balance in every period, shape (balances, periods).

    ``bid`` is what one more unit is worth to the group, ``ask`` what losing one costs
    it, ``price`` the published one between them by the equal-rent rule [CNY/unit].
    ``bid_range`` and ``ask_range`` say up to which quantity each side holds, for the
    first periods, those that are acted on, shape (balances, ranged periods) [unit].
    """

    price: FloatArray
    bid: FloatArray
    ask: FloatArray
    bid_range: FloatArray
    ask_range: FloatArray

    @property
    def ranged(self) -> int:
        """Number of periods, from the first on, that have ranges [-]."""
        return int(self.bid_range.shape[1])


@dataclass(frozen=True, slots=True)
class Rent:
    """What a binding capacity, contract limit, store limit or spec earns.

    Parameters
    ----------
    kind, subject, centre : str
        Family of the limit, its name in the book, the centre that owns it.
    limit : ndarray
        Amount allowed, shape (periods,) [unit of the limit].
    worth : ndarray
        Money per unit of the limit, shape (periods,) [CNY/unit], at least 0.
    """

    kind: str
    subject: str
    centre: str
    limit: FloatArray
    worth: FloatArray

    @property
    def amount(self) -> FloatArray:
        """Rent per period, shape (periods,) [CNY]."""
        return self.limit * self.worth


@dataclass(frozen=True)
class Plan:
    """A solved plan.

    Parameters
    ----------
    assembly : Assembly
        Network, conditions and the arrays that were solved.
    objective : float
        Minimised cost over the horizon, fixed costs included [CNY].
    x, row_dual : ndarray
        Solution of the columns and published duals of the rows.
    prices : Prices
        Internal prices.
    rents : tuple of Rent
        Rents of all limits that earn one.
    seconds : mapping
        Time of each step [s]; never part of :meth:`to_dict`.
    limits : tuple of LimitWorth
        Limits that bind in the ranged periods: what one unit more is worth, up to
        where.
    operating : Operating or None
        How the settings of the units were chosen, and whether physics and plan agree;
        None where the book leaves nothing to choose.
    mixed : Mixed or None
        How good the whole decisions are; None where the plan has none.
    pools : PoolsFound or None
        What its pools are mixed of, with the proven bound; None if it has none.
    """

    assembly: Assembly
    objective: float
    x: FloatArray
    row_dual: FloatArray
    prices: Prices
    rents: tuple[Rent, ...]
    seconds: Mapping[str, float]
    limits: tuple[LimitWorth, ...] = ()
    operating: Operating | None = None
    mixed: Mixed | None = None

    @cached_property
    def linear(self) -> Problem:
        """The continuous problem the prices come from, whole decisions held."""
        return linear_of(self.assembly.problem, self.x)

    pools: PoolsFound | None = None

    @property
    def network(self) -> Network:
        """The network planned, units at the settings of the book."""
        return self.assembly.network

    def settings_of(self, t: int = 0) -> dict[str, dict[str, float]]:
        """Return the settings of period ``t`` that are not the book's, by unit."""
        known = self.assembly.conditions.setting
        return {
            unit: {
                name: float(np.broadcast_to(v, (len(self.periods),))[t])
                for name, v in values.items()
            }
            for unit, values in known.items()
        }

    def network_of(self, t: int = 0) -> Network:
        """Return the network with every unit at its planned settings of period ``t``.

        What a month is measured against: its fair targets, its estimates, its
        hindsight. The same object as `network` where the plan chose nothing.
        """
        return with_settings(self.network, self.settings_of(t))

    @property
    def periods(self) -> tuple[Period, ...]:
        """The horizon."""
        return self.assembly.conditions.periods

    @property
    def margin(self) -> float:
        """Margin over the horizon as the plan values it, after fixed costs [CNY]."""
        return -self.objective

    @cached_property
    def amounts(self) -> FloatArray:
        """Amount of every stream, shape (streams, periods) [stream unit]."""
        return self.assembly.amounts(self.x)

    @cached_property
    def duties(self) -> dict[str, dict[str, FloatArray]]:
        """Duty of every unit by duty name, shape (periods,) [duty unit]."""
        return self.assembly.duties(self.x)

    def month(self, t: int = 0) -> Month:
        """Return quantities and market prices of period ``t``."""
        ids = (s.id for s in self.network.streams)
        duties = {
            f"{u}:{d}": float(v[t])
            for u, by in self.duties.items()
            for d, v in by.items()
        }
        market = {k: float(v[t]) for k, v in self.assembly.conditions.price.items()}
        amounts = dict(zip(ids, map(float, self.amounts[:, t]), strict=True))
        demand = {k: float(v[t]) for k, v in self.billed.items()}
        whole = decisions_of(self.assembly, self.x, t)
        return Month(self.periods[t], amounts, duties, market, {}, demand, whole)

    @cached_property
    def billed(self) -> Billed:
        """Load billed by every demand charge, shape (periods,) [kW]."""
        return billed_of(self.assembly.problem, self.x, self.periods)

    def price_of(self, t: int = 0) -> dict[Balance, float]:
        """Return the published price of every balance in period ``t`` [CNY/unit]."""
        return dict(
            zip(self.network.balances, map(float, self.prices.price[:, t]), strict=True)
        )

    def assays(self, t: int = 0) -> dict[str, dict[str, dict[str, float]]]:
        """Return the content of the mixes that units are fed with in period ``t``.

        By unit, feed port and component [-]; nothing for feeds of known quality.
        """
        known = self.assembly.conditions
        found: dict[str, dict[str, dict[str, float]]] = {}
        for unit in self.network.chain.units if known.mixed else ():
            for text in unit.feed:
                feed = good(text, unit.place)
                if mix := known.mixed.get(str(feed)):
                    at = {c: float(v[t]) for c, v in mix.items()}
                    found.setdefault(unit.id, {})[feed.material] = at
        return found

    def prices_of(self, t: int = 0) -> PriceSet:
        """Return the internal prices of period ``t``, closing stocks included."""
        internal = self.price_of(t)
        if t + 1 < len(self.periods):
            after = self.price_of(t + 1)
            stores = self.network.chain.stores
            closing = {s.id: after[good(s.good)] for s in stores}
        else:
            closing = self._worth_at_horizon(internal, t)
        limits = {r.subject: float(r.worth[t]) for r in self.rents if r.kind == "limit"}
        return PriceSet(internal, closing, limits)

    def _worth_at_horizon(
        self, internal: Mapping[Balance, float], t: int
    ) -> dict[str, float]:
        """Beyond the horizon a stock is worth its price and what holding it cost."""
        block = self.assembly.problem.columns["stock"]
        cost = self.assembly.problem.cost[block.all()[:, t]]
        return {
            s.id: s.end_value.to(f"CNY/{self.network.stream[f'close:{s.id}'].unit}")
            if s.end == "value" and s.end_value is not None
            else internal[good(s.good)] + float(money)
            for s, money in zip(self.network.chain.stores, cost, strict=True)
        }

    def lines(self, t: int = 0) -> tuple[Line, ...]:
        """Return the planned accounts of period ``t``."""
        return lines(self.network, self.month(t), self.prices_of(t))

    def rent_by_centre(self, t: int = 0) -> dict[str, float]:
        """Return the rents of period ``t`` by the centre that owns the limit [CNY]."""
        total: dict[str, float] = {}
        for rent in self.rents:
            total[rent.centre] = total.get(rent.centre, 0.0) + float(rent.amount[t])
        return total

    @cached_property
    def uplifts(self) -> tuple[Uplift, ...]:
        """What each run and lot needs beside the prices; see `orebook.plan.uplift`."""
        return uplifts(self)

    def uplift_by_centre(self, t: int = 0) -> dict[str, float]:
        """Return the uplift of period ``t`` by centre; the group pays it [CNY].

        It sums to zero: the root centre pays what the others are paid.
        """
        total: dict[str, float] = {}
        for one in self.uplifts:
            money = float(one.by_period[t])
            if money:
                root = self.network.chain.root.id
                total[one.centre] = total.get(one.centre, 0.0) + money
                total[root] = total.get(root, 0.0) - money
        return total

    def summary(self) -> str:
        """Return the plan in a few lines of text."""
        first = self.lines(0)
        rows, columns = self.assembly.problem.shape
        head = (
            f"plan {self.periods[0]}..{self.periods[-1]}: margin "
            f"{self.margin:,.0f} CNY over {len(self.periods)} periods "
            f"({rows} rows, {columns} columns)"
        )
        best = sorted(margin_by_centre(first).items(), key=lambda item: -item[1])
        body = [f"  {centre}: {round(amount) + 0:,} CNY" for centre, amount in best]
        margin = f"{self.periods[0]}: margin {group_margin(first):,.0f} CNY, by centre"
        chosen = [] if self.operating is None else [self.operating.summary("en")]
        mixed = [] if self.pools is None else [self.pools.summary()]
        return "\n".join([head, *whole_text(self), *mixed, margin, *body, *chosen])

    def to_dict(self) -> dict[str, object]:
        """Return the plan as plain data with stable names, without timings."""
        rows, columns = self.assembly.problem.shape
        names = tuple(p.name for p in self.periods)
        chosen = self.operating
        return {
            "status": "optimal",
            "margin_cny": self.margin,
            "pools": None if self.pools is None else self.pools.to_dict(names),
            "periods": [p.name for p in self.periods],
            "rows": rows,
            "columns": columns,
            "month_margin_cny": [
                group_margin(self.lines(t)) for t in range(len(self.periods))
            ],
            "centres": self.centre_rows(),
            "streams": {
                s.id: [float(v) for v in row]
                for s, row in zip(self.network.streams, self.amounts, strict=True)
            },
            "duties": {
                f"{u}:{d}": [float(v) for v in row]
                for u, by in self.duties.items()
                for d, row in by.items()
            },
            "prices": self.price_rows(),
            "prices_given": PRICES_GIVEN if self.mixed else None,
            "whole": whole_dict(self),
            "rents": [
                {
                    "kind": r.kind,
                    "subject": r.subject,
                    "centre": r.centre,
                    "limit": r.limit.tolist(),
                    "worth_cny": r.worth.tolist(),
                }
                for r in self.rents
            ],
            "operating": None if chosen is None else chosen.to_dict(names),
            "ranged_periods": self.prices.ranged,
            "limits": self.limit_rows(),
        }

    def centre_rows(self, t: int = 0) -> list[dict[str, object]]:
        """Return the margin statement of a period: result and rent of each centre."""
        margin, rent = margin_by_centre(self.lines(t)), self.rent_by_centre(t)
        uplift = self.uplift_by_centre(t)
        return [
            {
                "centre": centre,
                "period": self.periods[t].name,
                "result_cny": margin.get(centre, 0.0),
                "rent_cny": rent.get(centre, 0.0),
                "uplift_cny": uplift.get(centre, 0.0),
            }
            for centre in sorted({*margin, *rent, *uplift})
        ]

    def price_rows(self, periods: int | None = None) -> list[dict[str, object]]:
        """Return the prices as rows; an infinite bid or ask is None."""
        p = self.prices
        count = len(self.periods) if periods is None else periods
        material = self.network.chain.material
        return [
            {
                "material": b.material,
                "place": b.place,
                "period": self.periods[t].name,
                "price": float(p.price[i, t]),
                "bid": _finite(p.bid[i, t]),
                "ask": _finite(p.ask[i, t]),
                "bid_range": _finite(p.bid_range[i, t]) if t < p.ranged else None,
                "ask_range": _finite(p.ask_range[i, t]) if t < p.ranged else None,
                "tie": bool(self.tied[i, t]),
                "unit": f"CNY/{material[b.material].unit}",
            }
            for i, b in enumerate(self.network.balances)
            for t in range(count)
        ]

    def limit_rows(self, periods: int | None = None) -> list[dict[str, object]]:
        """Return the limits that bind as rows; a range without end is None."""
        return [
            {
                "kind": x.kind,
                "subject": x.subject,
                "period": self.periods[x.period].name,
                "side": x.side,
                "limit": x.limit,
                "rent_cny": x.rent,
                "worth_cny": x.worth,
                "up_to": _finite(x.up_to),
                "money_cny": x.money,
                "unit": unit_of(self.network, x.kind, x.subject),
            }
            for x in self.limits
            if periods is None or x.period < periods
        ]

    @cached_property
    def tied(self) -> npt.NDArray[np.bool_]:
        """Whether ask exceeds bid by more than 1 % of the price, shape as prices."""
        p = self.prices
        with np.errstate(invalid="ignore"):
            gap = p.ask - p.bid
        tolerance = TIE_SHARE * np.maximum(np.abs(p.price), 1e-6)
        return ~(gap <= tolerance)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
