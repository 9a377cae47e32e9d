"""What is split: indicators, their parts, money by good, as columns over cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.evaluate.diagnose.model import (
    FIRM,
    OWED,
    TRADED,
    Responses,
    amounts_at,
    duties_at,
    responses,
)
from orebook.evaluate.diagnose.side import Side
from orebook.evaluate.diagnose.works import Works
from orebook.process.contract import Array
from orebook.process.diagnosable import Diagnosed

__all__ = ["COST", "REST", "Cases", "Gauge", "gauge"]

COST = "variable_cost"
"""Column of money for the variable cost of duties."""
REST = "rest"
"""What the parts of an indicator leave of it."""


@dataclass(frozen=True, eq=False)
class Cases:
    """Mixtures of two sides, a row each.

    Parameters
    ----------
    setting, content : mapping
        As for `responses`, shape (cases,).
    excess, extra : array, shape (cases, ports)
        Of :class:`Side`.
    reference : array, shape (cases, duties)
        Duties of the side leant on [duty unit].
    held : array, shape (cases, balances)
        What leaves through the balances that are held [unit].
    """

    setting: Mapping[str, Mapping[str, Array]]
    content: Mapping[str, Mapping[str, Mapping[str, Array]]]
    excess: Array
    extra: Array
    reference: Array
    held: Array


@dataclass(frozen=True, eq=False)
class Gauge:
    """Turns cases into the figures to split.

    Parameters
    ----------
    works : Works
        The units.
    product : Balance
        What it makes most money of; its amount is the same in all cases.
    balances : tuple of Balance
        Balances held: inside the works, and what it makes for others.
    at : array, shape (duties,)
        Duties at which a process that is not linear is looked at [duty unit].
    give : array, shape (balances,)
        How far each gives way where not all can be met [-].
    """

    works: Works
    product: Balance
    balances: tuple[Balance, ...]
    at: Array
    give: Array

    @cached_property
    def held_ports(self) -> NDArray[np.bool_]:
        """Ports of each balance held."""
        return np.array([self.ports_of(b) for b in self.balances])

    def ports_of(self, balance: Balance) -> list[bool]:
        """Return whether each port lies at a balance."""
        bound = (self.works.streams.get(key) for key in self.works.ports)
        return [s is not None and s.balance == balance for s in bound]

    def held(self, side: Side) -> Array:
        """Return what leaves through the balances held [unit]."""
        return np.asarray(self.held_ports @ side.amounts)

    @cached_property
    def indicators(self) -> tuple[Diagnosed, ...]:
        """Indicators that the units state and whose sums they can tell."""
        processes = [self.works.network.processes[u] for u in self.works.units]
        counted = {t.name for p in processes for t in p.tallies}
        stated = {d.name: d for p in processes for d in p.diagnosed}
        return tuple(d for d in stated.values() if set(d.sums) <= counted)

    @cached_property
    def consumed(self) -> tuple[int, ...]:
        """Ports split per unit of product, where no indicator is stated."""
        if self.indicators:
            return ()
        inside = set(self.works.inside)
        bound = [self.works.streams.get(key) for key in self.works.ports]
        return tuple(
            i
            for i, s in enumerate(bound)
            if s is not None and s.balance not in inside and s.balance != self.product
        )

    @cached_property
    def goods(self) -> tuple[Balance, ...]:
        """Goods that cross the border of the works, which money is made of."""
        found = dict.fromkeys(s.balance for s in self.works.streams.values())
        return tuple(b for b in found if b not in self.works.inside)

    @cached_property
    def columns(self) -> tuple[tuple[str, str, str], ...]:
        """Name of every column: what it is, of which indicator, which part or good."""
        names = [("indicator", d.name, "") for d in self.indicators]
        names += [
            ("part", d.name, part)
            for d in self.indicators
            if d.parts
            for part in (*d.parts, REST)
        ]
        names += [("consumed", "", str(i)) for i in self.consumed]
        names += [("through", d.name, "") for d in self.indicators]
        names += [("money", "", f"{b.material}@{b.place}") for b in self.goods]
        return (*names, ("money", "", COST), ("total", "", ""))

    def figures(self, cases: Cases) -> Array:
        """Return every column in every case, shape (cases, columns)."""
        per = _responses(self, cases)
        total = np.array([[u == v for v, _ in self.works.duties]
                          for u, _ in self.works.ports], dtype=float)  # fmt: skip
        flows = per.flows * (1.0 + cases.excess)[:, :, None]
        flows += cases.extra[:, :, None] * total
        duties = duties_at(
            self.works, flows, reference=cases.reference, held=cases.held,
            ports=self.held_ports, give=self.give,
        )  # fmt: skip
        amounts = amounts_at(flows, duties)
        return np.column_stack(list(self._columns(per, cases, amounts, duties)))

    def _columns(
        self, per: Responses, cases: Cases, amounts: Array, duties: Array
    ) -> list[Array]:
        sums = self._sums(per, cases, duties)
        found = [d.value(sums) for d in self.indicators]
        for d in self.indicators:
            if d.parts:
                shares = [value(sums) for value in d.parts.values()]
                found += [*shares, d.value(sums) - sum(shares)]
        made = np.abs(amounts @ np.array(self.ports_of(self.product), dtype=float))
        found += [np.abs(amounts[:, i]) / made for i in self.consumed]
        money = amounts * self.works.port_sign * self.works.value
        found += [money @ self._through(d) for d in self.indicators]
        goods = [money @ np.array(self.ports_of(b), dtype=float) for b in self.goods]
        goods.append(-duties @ self.works.duty_cost)
        return [*found, *goods, sum(goods, np.zeros(len(duties)))]

    def read_doubt(self, side: Side, own: Array) -> Array:
        """Return how unsure the amounts a figure is made of leave it.

        Parameters
        ----------
        side : Side
            The closed month.
        own : array, shape (ports,)
            One standard deviation of each amount [unit].

        Returns
        -------
        ndarray, shape (columns,)
            The amounts are taken as they were read, each moved by its doubt; what
            follows for other amounts is left to the balances that joined them.
        """
        count = len(own)
        rows = 1 + count
        share = np.where(side.amounts != 0.0, own / np.where(
            side.amounts != 0.0, np.abs(side.amounts), 1.0), 0.0)  # fmt: skip
        factor = 1.0 + np.vstack([np.zeros(count), np.diag(share)])
        cases = Cases(
            {u: {n: np.full(rows, v) for n, v in of.items()}
             for u, of in side.stands.items()},
            {u: {p: {c: np.asarray(v) for c, v in of.items()}
                 for p, of in ports.items()} for u, ports in side.content.items()},
            np.tile(side.excess, (rows, 1)), np.tile(side.extra, (rows, 1)),
            np.tile(side.duties, (rows, 1)), np.tile(self.held(side), (rows, 1)),
        )  # fmt: skip
        per, duties = _responses(self, cases), cases.reference
        amounts = side.amounts * factor
        excess = (1.0 + cases.excess) * factor - 1.0
        moved = Cases(cases.setting, cases.content, excess, cases.extra,
                      duties, cases.held)  # fmt: skip
        found = np.column_stack(self._columns(per, moved, amounts, duties))
        return np.asarray(np.linalg.norm(found[1:] - found[0], axis=0))

    def _sums(self, per: Responses, cases: Cases, duties: Array) -> dict[str, Array]:
        sums: dict[str, Array] = {}
        for name, parts in per.tallies.items():
            total = np.zeros(len(duties))
            for port, counts in parts:
                if port < 0:
                    total = total + np.einsum("rk,rk->r", counts, duties)
                    continue
                flow = per.flows[:, port] * self.works.port_sign[port]
                flow = flow * (1.0 + cases.excess[:, port, None])
                total = total + np.einsum("rk,rk,rk->r", flow, counts, duties)
            sums[name] = total
        return sums

    def priced(self, indicator: Diagnosed) -> bool:
        """Return whether an indicator is made of a good with a price."""
        return bool(self._through(indicator).any())

    def _through(self, indicator: Diagnosed) -> Array:
        """Return the ports whose money an indicator moves: goods but the product."""
        processes = self.works.network.processes
        ports = {
            (u, t.port)
            for u in self.works.units
            for t in processes[u].tallies
            if t.name in indicator.sums and not t.load
        }
        mine = []
        for key in self.works.ports:
            s = self.works.streams.get(key)
            mine.append(
                s is not None and key in ports and s.balance in self.goods
                and s.balance != self.product
            )  # fmt: skip
        return np.array(mine, dtype=float)


def gauge(works: Works, actual: Side, base: Side) -> Gauge:
    """Return what to split of a works.

    Parameters
    ----------
    works : Works
        The units.
    actual, base : Side
        The month and what it is held against.

    Raises
    ------
    InputError
        If the works made nothing in the month or in the base.
    """
    inside = set(works.inside)
    net: dict[Balance, list[float]] = {}
    for i, key in enumerate(works.ports):
        s = works.streams.get(key)
        if s is not None and s.balance not in inside:
            row = net.setdefault(s.balance, [0.0, 0.0])
            row[0] += float(actual.amounts[i])
            row[1] += float(base.amounts[i])
    worth = {b: works.prices.internal[b] for b in net}
    made = [b for b, (now, before) in net.items() if now > 0.0 and before > 0.0]
    if not made:
        raise InputError(
            f"the works of unit '{works.name}' made nothing in {actual.name} or in "
            f"{base.name}; there is no amount to judge consumption by; choose another "
            "period, or another base (--against)"
        )
    product = max(made, key=lambda b: worth[b] * net[b][0])
    others = [b for b in made if worth[b] > 0.0 and b != product]
    firm = (*works.inside, product)
    give = [FIRM] * len(firm) + [TRADED if b in works.traded else OWED for b in others]
    return Gauge(works, product, (*firm, *others), actual.duties, np.array(give))


def _responses(gauge: Gauge, cases: Cases) -> Responses:
    """Return the physics of every case; each distinct one is worked out once."""
    rows = len(cases.excess)
    places = [(u, n) for u, of in cases.setting.items() for n in of]
    fed = [
        (u, p, c)
        for u, ports in cases.content.items()
        for p, parts in ports.items()
        for c in parts
        if np.ndim(parts[c])
    ]
    table = np.column_stack(
        [
            np.zeros(rows),
            *(cases.setting[u][n] for u, n in places),
            *(cases.content[u][p][c] for u, p, c in fed),
        ]
    )
    distinct, first, back = np.unique(
        table, axis=0, return_index=True, return_inverse=True
    )
    setting: dict[str, dict[str, Array]] = {}
    for u, n in places:
        setting.setdefault(u, {})[n] = cases.setting[u][n][first]
    content = {
        u: {
            p: {c: v[first] if np.ndim(v) else v for c, v in parts.items()}
            for p, parts in ports.items()
        }
        for u, ports in cases.content.items()
    }
    found = responses(
        gauge.works, setting=setting, content=content, cases=len(distinct), at=gauge.at
    )
    return found.take(back.reshape(-1))
