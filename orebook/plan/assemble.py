"""From the network to a sparse linear problem: one block per family.

Every stream of the network is a linear expression of columns; the balance rows, the
limits of the book and the plan's amounts all come from that one map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from orebook.chain.chain import Chain, good
from orebook.chain.plant import Route, Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import Conditions
from orebook.plan.lp import Block, Builder, Problem
from orebook.process.content import nominal
from orebook.process.contract import unit_responses
from orebook.process.network import Network
from orebook.quantity import Measure, Rate, rate

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Assembly:
    """A problem with the map from its columns back to the network.

    Parameters
    ----------
    network, conditions
        What it was made from.
    problem : Problem
        The sparse arrays.
    expression : csr_array, shape (streams, columns of one period)
        Amount of each stream as a combination of the entities of all column blocks.
    """

    network: Network
    conditions: Conditions
    problem: Problem
    expression: csr_array

    def per_period(self, x: FloatArray) -> FloatArray:
        """Return columns as shape (entities of all blocks, periods)."""
        return x.reshape(-1, len(self.conditions.periods))

    def amounts(self, x: FloatArray) -> FloatArray:
        """Return the amount of every stream, shape (streams, periods) [stream unit]."""
        table = np.asarray(self.expression @ self.per_period(x))
        position = self.network.position
        for store in self.network.chain.stores:
            closing = table[position[f"close:{store.id}"]]
            opening = self.conditions.opening[store.id]
            table[position[f"open:{store.id}"]] = np.concatenate(
                [[opening], closing[:-1]]
            )
        for draw, amount in drawn(self.network.chain, self.conditions).items():
            table[position[f"draw:{draw}"]] = amount
        return table

    def duties(self, x: FloatArray) -> dict[str, dict[str, FloatArray]]:
        """Return the duty of every unit, by unit and duty name, shape (periods,)."""
        block = self.problem.columns["duty"]
        found: dict[str, dict[str, FloatArray]] = {}
        for entity, row in zip(block.entities, x[block.all()], strict=True):
            unit, _, duty = entity.partition(":")
            found.setdefault(unit, {})[duty] = row
        return found


class _Assembler:
    """Adds the blocks in turn; lives only while a problem is assembled."""

    def __init__(self, network: Network, conditions: Conditions) -> None:
        self.network = network
        self.chain = network.chain
        self.conditions = conditions
        self.periods = conditions.periods
        self.count = len(conditions.periods)
        self.builder = Builder(self.count)
        self.terms: list[tuple[str, int, float]] = []  # stream, column entity, weight
        self.base = 0  # entities of the blocks added so far

    def columns(
        self,
        name: str,
        entities: Sequence[str],
        *,
        cost: npt.ArrayLike = 0.0,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
    ) -> Block:
        block = self.builder.columns(
            name, entities, cost=cost, lower=lower, upper=upper
        )
        self.base += len(block.entities)
        return block

    def amount(
        self, measure: Rate | Measure | None, unit: str, default: float
    ) -> FloatArray:
        """Return an amount per period from a rate of the book, shape (T,)."""
        if measure is None:
            return np.full(self.count, default)
        per = measure if isinstance(measure, Rate) else rate(str_exact(measure), unit)
        return np.array([per.in_hours(p.hours, p.months) for p in self.periods])

    def unit_of(self, text: str) -> str:
        return self.chain.material[good(text).material].unit

    # -- units -------------------------------------------------------------------

    def units(self) -> None:
        """Duties, capacities and the quality limits of feeds."""
        entities: list[str] = []
        costs: list[float] = []
        capacity: list[tuple[str, list[tuple[int, float]], FloatArray]] = []
        minimum: list[tuple[str, list[tuple[int, float]], FloatArray]] = []
        quality: list[tuple[str, list[tuple[int, float]]]] = []
        for unit in self.chain.units:
            process = self.network.processes[unit.id]
            first = len(entities)
            entities += [f"{unit.id}:{d.name}" for d in process.duties]
            costs += [
                0.0 if unit.cost is None else unit.cost.to(f"CNY/{d.unit}")
                for d in process.duties
            ]
            outcome = unit_responses(
                process,
                self.conditions.content.get(unit.id, {}),
                self.conditions.setting.get(unit.id, {}),
            )
            index = range(first, first + len(process.duties))
            for stream in self.network.of(unit.id):
                if stream.port in outcome.flows:
                    weights = np.broadcast_to(outcome.flows[stream.port], (len(index),))
                    self.terms += [
                        (stream.id, self.base + i, stream.sign * float(w))
                        for i, w in zip(index, weights, strict=True)
                    ]
            share = self.conditions.availability[unit.id]
            for name, measure in unit.limits.items():
                loads = np.broadcast_to(outcome.loads[name], (len(index),))
                row = list(zip(index, map(float, loads), strict=True))
                cap = self.amount(measure, process.limits[name], np.inf) * share
                capacity.append((f"{unit.id}:{name}", row, cap))
                if unit.minimum > 0 and name == next(iter(unit.limits)):
                    minimum.append((unit.id, row, unit.minimum * cap))
            quality += self._feed_limits(unit, index)
        block = self.columns("duty", entities, cost=np.array(costs).reshape(-1, 1))
        self.rows("capacity", [(n, r, -np.inf, cap) for n, r, cap in capacity], block)
        self.rows("minimum", [(n, r, low, np.inf) for n, r, low in minimum], block)
        self.rows("feed_limit", [(n, r, -np.inf, 0.0) for n, r in quality], block)

    def _feed_limits(
        self, unit: Unit, index: range
    ) -> Iterable[tuple[str, list[tuple[int, float]]]]:
        process = self.network.processes[unit.id]
        given = self.conditions.content.get(unit.id, {})
        for limit in unit.feed_limits:
            over, under = [], []
            for i, duty in zip(index, process.duties, strict=True):
                if duty.port is None:  # a turbine exit is no ingredient of the feed
                    continue
                own = {k: float(v) for k, v in given.get(duty.port, {}).items()}
                high, low = limit.coefficients({**self.assay(duty.port), **own})
                over.append((i, high))
                under.append((i, low))
            if limit.max is not None:
                yield f"{unit.id}:{limit.of} max", over
            if limit.min is not None:
                yield f"{unit.id}:{limit.of} min", under

    def assay(self, material: str) -> dict[str, float]:
        """Return the nominal assay of a material, empty if it is not one."""
        if material not in self.chain.material:
            return {}
        return {k: float(v) for k, v in nominal(self.chain, material).items()}

    def rows(
        self,
        name: str,
        members: Sequence[
            tuple[str, list[tuple[int, float]], npt.ArrayLike, npt.ArrayLike]
        ],
        columns: Block,
    ) -> None:
        """Add rows given as (name, [(column entity, weight)], lower, upper)."""
        if not members:
            return
        lower = np.array(
            [np.broadcast_to(low, (self.count,)) for _, _, low, _ in members]
        )
        upper = np.array(
            [np.broadcast_to(up, (self.count,)) for _, _, _, up in members]
        )
        block = self.builder.rows(
            name, [m[0] for m in members], lower=lower, upper=upper
        )
        triplets = [
            (r, i, w) for r, (_, row, _, _) in enumerate(members) for i, w in row
        ]
        if triplets:
            r, i, w = (np.array(part) for part in zip(*triplets, strict=True))
            self.builder.entries(
                block.all()[r.astype(int)], columns.all()[i.astype(int)], w[:, None]
            )

    # -- markets -----------------------------------------------------------------

    def purchases(self) -> None:
        """Purchases by tier, with least quantities and take-or-pay."""
        entities: list[str] = []
        cost, lower, upper = [], [], []
        pay: list[tuple[Purchase, list[int]]] = []
        whole: list[tuple[str, list[tuple[int, float]], FloatArray, FloatArray]] = []
        for p in self.chain.purchases:
            of = self.unit_of(p.good)
            price = self.conditions.price[f"buy:{p.id}"]
            low, high = self.amount(p.min, of, 0.0), self.amount(p.max, of, np.inf)
            steps = [(np.zeros(self.count), 0.0)]
            steps += [
                (self.amount(t.above, of, 0.0), t.extra.to(f"CNY/{of}"))
                for t in p.tiers
            ]
            edges = [np.minimum(s[0], high) for s in steps] + [high]
            index = []
            for k, (_, extra) in enumerate(steps):
                index.append(len(entities))
                entities.append(p.id if k == 0 else f"{p.id}#{k}")
                cost.append(price + extra)
                upper.append(edges[k + 1] - edges[k])
                lower.append(low if len(steps) == 1 else np.zeros(self.count))
                self.terms.append((f"buy:{p.id}", self.base + index[-1], 1.0))
            if len(steps) > 1 and np.any(low > 0):
                whole.append(
                    (p.id, [(i, 1.0) for i in index], low, np.full(self.count, np.inf))
                )
            if p.take_or_pay is not None:
                pay.append((p, index))
        block = self.columns(
            "buy",
            entities,
            cost=_table(cost, self.count),
            lower=_table(lower, self.count),
            upper=_table(upper, self.count),
        )
        self.rows("buy_total", whole, block)
        if pay:
            self._take_or_pay(pay, block)

    def _take_or_pay(self, pay: list[tuple[Purchase, list[int]]], buy: Block) -> None:
        quota = [self.amount(p.take_or_pay, self.unit_of(p.good), 0.0) for p, _ in pay]
        cost = [self.conditions.price[f"buy:{p.id}"] for p, _ in pay]
        short = self.columns("shortfall", [p.id for p, _ in pay], cost=np.array(cost))
        rows = self.builder.rows(
            "take_or_pay", [p.id for p, _ in pay], lower=np.array(quota), upper=np.inf
        )
        self.builder.entries(rows.all(), short.all(), 1.0)
        for r, (_, index) in enumerate(pay):
            for i in index:
                self.builder.entries(rows.all()[r], buy.all()[i], 1.0)

    def sales(self) -> None:
        """Sales by good, with demand limits, specs and falling price tiers."""
        entities: list[str] = []
        cost, lower, upper = [], [], []
        total: list[tuple[str, list[tuple[int, float]], FloatArray, FloatArray]] = []
        spec: list[tuple[str, list[tuple[int, float]], float, float]] = []
        tiered: list[tuple[Sale, list[int]]] = []
        for s in self.chain.sales:
            of = self.unit_of(s.goods[0])
            low, high = self.amount(s.min, of, 0.0), self.amount(s.max, of, np.inf)
            index = list(range(len(entities), len(entities) + len(s.goods)))
            alone = len(s.goods) == 1
            for i, text in zip(index, s.goods, strict=True):
                material = good(text).material
                entities.append(f"{s.id}:{material}")
                cost.append(-self.conditions.price[f"sell:{s.id}"])
                lower.append(low if alone else np.zeros(self.count))
                upper.append(high if alone else np.full(self.count, np.inf))
                self.terms.append((f"sell:{s.id}:{material}", self.base + i, 1.0))
            if not alone:
                total.append((s.id, [(i, 1.0) for i in index], low, high))
            if s.tiers:
                tiered.append((s, index))
            spec += list(self._spec(s, index))
        block = self.columns(
            "sell",
            entities,
            cost=_table(cost, self.count),
            lower=_table(lower, self.count),
            upper=_table(upper, self.count),
        )
        self.rows("sell_total", total, block)
        self.rows("spec", spec, block)
        if tiered:
            self._sale_tiers(tiered, block)

    def _spec(
        self, sale: Sale, index: list[int]
    ) -> Iterable[tuple[str, list[tuple[int, float]], float, float]]:
        for limit in sale.spec:
            pairs = [
                limit.coefficients(self.assay(good(g).material)) for g in sale.goods
            ]
            if limit.max is not None:
                row = [(i, p[0]) for i, p in zip(index, pairs, strict=True)]
                yield f"{sale.id}:{limit.of} max", row, -np.inf, 0.0
            if limit.min is not None:
                row = [(i, p[1]) for i, p in zip(index, pairs, strict=True)]
                yield f"{sale.id}:{limit.of} min", row, -np.inf, 0.0

    def _sale_tiers(self, tiered: list[tuple[Sale, list[int]]], sell: Block) -> None:
        """Beyond each tier the price falls: an excess column pays the difference."""
        entities, cost, rows = [], [], []
        for s, index in tiered:
            of = self.unit_of(s.goods[0])
            before = 0.0
            for k, tier in enumerate(s.tiers, start=1):
                extra = tier.extra.to(f"CNY/{of}")
                entities.append(f"{s.id}#{k}")
                cost.append(before - extra)
                rows.append((index, self.amount(tier.above, of, 0.0)))
                before = extra
        excess = self.columns("excess", entities, cost=np.array(cost).reshape(-1, 1))
        limit = self.builder.rows(
            "sale_tier", entities, lower=-np.inf, upper=np.array([r[1] for r in rows])
        )
        self.builder.entries(limit.all(), excess.all(), -1.0)
        for r, (index, _) in enumerate(rows):
            for i in index:
                self.builder.entries(limit.all()[r], sell.all()[i], 1.0)

    # -- logistics and stocks ------------------------------------------------------

    def routes(self) -> None:
        """Shipments by material, with the capacity of each route."""
        entities: list[str] = []
        cost: list[float] = []
        capacity = []
        for r in self.chain.routes:
            index = []
            for material in r.materials:
                of = self.chain.material[material].unit
                index.append(len(entities))
                column = self.base + index[-1]
                entities.append(f"{r.id}:{material}")
                cost.append(0.0 if r.cost is None else r.cost.to(f"CNY/{of}"))
                self.terms.append((f"send:{r.id}:{material}", column, 1.0))
                self.terms.append((f"receive:{r.id}:{material}", column, 1.0 - r.loss))
            if r.capacity is not None:
                cap = self._route_capacity(r)
                capacity.append((r.id, [(i, 1.0) for i in index], -np.inf, cap))
        block = self.columns("ship", entities, cost=np.array(cost).reshape(-1, 1))
        self.rows("route", capacity, block)

    def _route_capacity(self, route: Route) -> FloatArray:
        of = self.chain.material[route.materials[0]].unit
        return (
            self.amount(route.capacity, of, np.inf)
            * self.conditions.availability[route.id]
        )

    def stores(self) -> None:
        """Add closing stocks with limits, holding cost and end condition."""
        lower, upper, cost = [], [], []
        for s in self.chain.stores:
            of = self.unit_of(s.good)
            # A stock that begins below its minimum need not rise, but must not fall.
            least = 0.0 if s.minimum is None else s.minimum.to(of)
            low = np.full(self.count, min(least, self.conditions.opening[s.id]))
            high = np.full(self.count, s.capacity.to(of))
            hold = (
                0.0 if s.holding_cost is None else s.holding_cost.to(f"CNY/{of}/month")
            )
            money = hold * np.array([p.months for p in self.periods])
            self._end(s, low, money, high)
            lower.append(low)
            upper.append(high)
            cost.append(money)
        for i, s in enumerate(self.chain.stores):
            self.terms.append((f"close:{s.id}", self.base + i, 1.0))
        self.stock = self.columns(
            "stock",
            [s.id for s in self.chain.stores],
            cost=_table(cost, self.count),
            lower=_table(lower, self.count),
            upper=_table(upper, self.count),
        )

    def _end(
        self, store: Store, low: FloatArray, money: FloatArray, high: FloatArray
    ) -> None:
        """Set what must hold at the horizon: never free at zero value by accident."""
        of = self.unit_of(store.good)
        if store.id in self.conditions.closing_value:
            money[-1] -= self.conditions.closing_value[store.id]
        elif store.id in self.conditions.closing:
            low[-1] = high[-1] = self.conditions.closing[store.id]
        elif store.end == "hold":
            low[-1] = max(low[-1], min(self.conditions.opening[store.id], high[-1]))
        elif store.end == "value" and store.end_value is not None:
            money[-1] -= store.end_value.to(f"CNY/{of}")

    # -- rows over streams -----------------------------------------------------------

    def expression(self) -> csr_array:
        """Return streams as combinations of column entities."""
        position = self.network.position
        rows = [position[t[0]] for t in self.terms]
        shape = (len(self.network.streams), self.base)
        weights = np.array([t[2] for t in self.terms])
        return coo_array(
            (weights, (rows, [t[1] for t in self.terms])), shape=shape
        ).tocsr()

    def balances(self, expression: csr_array) -> None:
        """One equality per balance and period: supply - demand = draws - opening."""
        network = self.network
        demand = np.zeros((len(network.balances), self.count))
        amounts = drawn(self.chain, self.conditions)
        for draw in self.chain.draws:
            demand[network.balance_position[good(draw.good)]] += amounts[draw.id]
        for store in self.chain.stores:
            row = network.balance_position[good(store.good)]
            demand[row, 0] -= self.conditions.opening[store.id]
        names = [str(b) for b in network.balances]
        block = self.builder.rows("balance", names, lower=demand, upper=demand)
        entries = (network.matrix() @ expression).tocoo()
        time = np.arange(self.count)
        self.builder.entries(
            block.start + entries.row[:, None] * self.count + time,
            entries.col[:, None].astype(np.int64) * self.count + time,
            entries.data[:, None],
        )
        self._carry(block)

    def _carry(self, balance: Block) -> None:
        """Let what is in stock at the end of a period supply the next."""
        if self.count == 1 or not self.chain.stores:
            return
        rows = [self.network.balance_position[good(s.good)] for s in self.chain.stores]
        self.builder.entries(balance.all()[rows, 1:], self.stock.all()[:, :-1], 1.0)

    def limits(self, expression: csr_array) -> None:
        """Limits of the book on weighted sums of streams."""
        if not self.chain.limits:
            return
        lower = np.array(
            [self.amount(x.min, x.unit, -np.inf) for x in self.chain.limits]
        )
        upper = np.array(
            [self.amount(x.max, x.unit, np.inf) for x in self.chain.limits]
        )
        names = [x.id for x in self.chain.limits]
        block = self.builder.rows("limit", names, lower=lower, upper=upper)
        time = np.arange(self.count)
        for r, limit in enumerate(self.chain.limits):
            for stream, weight in limit.terms.items():
                place = self.network.position[stream]
                per = f"{limit.unit}/{self.network.streams[place].unit}"
                row = expression[[place]].tocoo()
                self.builder.entries(
                    block.all()[r],
                    row.col[:, None].astype(np.int64) * self.count + time,
                    row.data[:, None] * weight.to(per),
                )


def drawn(chain: Chain, conditions: Conditions) -> dict[str, FloatArray]:
    """Return the fixed own use of every draw, shape (periods,) [unit]."""
    found = {}
    for draw in chain.draws:
        unit = chain.material[good(draw.good).material].unit
        per = rate(str_exact(draw.amount), unit)
        found[draw.id] = np.array(
            [per.in_hours(p.hours, p.months) for p in conditions.periods]
        )
    return found


def str_exact(measure: Measure) -> str:
    """Return a measure as text without losing digits."""
    return f"{measure.number!r} {measure.unit}"


def _table(rows: list[FloatArray], count: int) -> FloatArray:
    return np.array(rows, dtype=np.float64).reshape(len(rows), count)


def assemble(network: Network, conditions: Conditions) -> Assembly:
    """Assemble the plan of a network as sparse arrays.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, prices, availability, opening stocks.

    Returns
    -------
    Assembly
        Cost grows linearly with periods; the work per period is numpy only.
    """
    work = _Assembler(network, conditions)
    work.units()
    work.purchases()
    work.sales()
    work.routes()
    work.stores()
    expression = work.expression()
    work.balances(expression)
    work.limits(expression)
    fixed = sum(
        cost.amount.in_hours(p.hours, p.months)
        for cost in network.chain.costs
        for p in conditions.periods
    )
    return Assembly(network, conditions, work.builder.problem(offset=fixed), expression)
