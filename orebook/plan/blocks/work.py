"""What the blocks of a plan are added to while a problem is assembled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from orebook.chain.calendar import Period, lengths
from orebook.chain.chain import Chain, good
from orebook.chain.material import Amount
from orebook.chain.piles import built, emptied, pile_ids
from orebook.plan.conditions import Conditions
from orebook.plan.lp import Block, Builder, FloatArray, IntArray
from orebook.process.content import nominal
from orebook.process.network import Network
from orebook.quantity import Measure, Rate, rate_of

__all__ = [
    "Expression",
    "RowOf",
    "Weight",
    "Work",
    "drawn",
    "per_period",
    "settled",
    "table",
]

JUST_MET = 1e-7
"""Excess of a varying content over its limit that counts as none [-]."""

Weight = float | FloatArray
_Turns = dict[tuple[str, str], tuple[FloatArray, FloatArray]]
RowOf = tuple[str, Sequence[tuple[int, Weight]], npt.ArrayLike, npt.ArrayLike]
"""A row: its name, (column entity, weight) pairs, lower and upper limit."""


@dataclass(frozen=True)
class Expression:
    """Streams as combinations of the column entities of all blocks.

    Parameters
    ----------
    steady : csr_array, shape (streams, entities)
        Weights that are the same in every period.
    streams, entities : array of int, shape (moving,)
        Places of the weights that are not.
    weights : array of float, shape (moving, periods)
        Those weights.
    base : array of float, shape (streams, periods)
        What passes whatever the columns say [stream unit].
    """

    steady: csr_array
    streams: IntArray
    entities: IntArray
    weights: FloatArray
    base: FloatArray

    def amounts(self, x: FloatArray) -> FloatArray:
        """Return the amount of every stream, shape (streams, periods).

        Parameters
        ----------
        x : array of float, shape (entities, periods)
            Columns of all blocks.
        """
        found = np.asarray(self.steady @ x) + self.base
        np.add.at(found, self.streams, self.weights * x[self.entities])
        return found

    def one(self, period: int) -> csr_array:
        """Return the weights of one period, shape (streams, entities)."""
        moving = (self.weights[:, period], (self.streams, self.entities))
        return csr_array(self.steady + coo_array(moving, shape=self.steady.shape))

    @cached_property
    def by_stream(self) -> dict[int, list[tuple[int, Weight]]]:
        """(entity, weight) pairs of each stream that has any."""
        found: dict[int, list[tuple[int, Weight]]] = {}
        steady = self.steady.tocoo()
        for s, e, w in zip(steady.row, steady.col, steady.data, strict=True):
            found.setdefault(int(s), []).append((int(e), float(w)))
        for s, e, v in zip(self.streams, self.entities, self.weights, strict=True):
            found.setdefault(int(s), []).append((int(e), v))
        return found


class Work:
    """Adds blocks in turn; lives only while a problem is assembled.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, prices, availability, opening stocks.
    """

    def __init__(self, network: Network, conditions: Conditions) -> None:
        self.network = network
        self.chain: Chain = network.chain
        self.conditions = conditions
        self.periods = conditions.periods
        self.count = len(conditions.periods)
        self.lengths = lengths(conditions.periods)
        """Hours [h] and months [-] of each period, shape (periods,)."""
        self.builder = Builder(self.count)
        self.columns_of: dict[str, Block] = {}
        self.rows_of: dict[str, Block] = {}
        self.base = 0  # entities of the blocks added so far
        self.capacity_of: dict[str, list[tuple[dict[str, Weight], FloatArray]]] = {}
        """Loads by duty and what is available, of each capacity of a unit."""
        self.whole = np.arange(self.count) < conditions.held_whole
        """Where whole decisions are held whole, shape (periods,)."""
        self._turns = _turns(network.chain, conditions.periods)
        self._steady: list[tuple[int, int, float]] = []
        self._moving: list[tuple[int, int, FloatArray]] = []
        self._base_flow = np.zeros((len(network.streams), self.count))

    def columns(
        self,
        name: str,
        entities: Sequence[str],
        *,
        cost: npt.ArrayLike = 0.0,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        integer: npt.ArrayLike = False,
    ) -> Block:
        """Add a block of columns; see `Builder.columns`."""
        block = self.builder.columns(
            name, entities, cost=cost, lower=lower, upper=upper, integer=integer
        )
        self.columns_of[name] = block
        self.base += len(block.entities)
        return block

    def rows(self, name: str, members: Sequence[RowOf], columns: Block) -> None:
        """Add a block of rows over the entities of one block of columns; none if empty.

        Parameters
        ----------
        name : str
            Name of the block.
        members : sequence of RowOf
            The rows; each weight a number, or one per period.
        columns : Block
            What the column entities count in.
        """
        if not members:
            return
        lower, upper = np.empty((2, len(members), self.count))
        for r, (_, _, low, high) in enumerate(members):
            lower[r], upper[r] = low, high
        names = [m[0] for m in members]
        block = self.builder.rows(name, names, lower=lower, upper=upper)
        self.rows_of[name] = block
        first = columns.start // self.count
        self.combine(
            block,
            [
                (r, first + i, w)
                for r, (_, row, *_) in enumerate(members)
                for i, w in row
            ],
        )

    def combine(self, rows: Block, terms: Sequence[tuple[int, int, Weight]]) -> None:
        """Let rows be combinations of column entities, period by period.

        Parameters
        ----------
        rows : Block
            The rows.
        terms : sequence of (int, int, float or array of float, shape (periods,))
            Place in the block, entity counted over all blocks of columns, weight.
        """
        for moving in (False, True):
            chosen = [t for t in terms if isinstance(t[2], np.ndarray) is moving]
            if chosen:
                r, e, w = zip(*chosen, strict=True)
                self.builder.along(
                    rows.start + np.array(r) * self.count,
                    np.array(e) * self.count,
                    np.array(w, dtype=np.float64).reshape(len(chosen), -1),
                )

    def term(self, stream: str, entity: int, weight: Weight) -> None:
        """Let a column entity, counted over all blocks, be part of a stream.

        Parameters
        ----------
        stream : str
            Id of the stream.
        entity : int
            ``work.base`` before the block was added, plus the place in it.
        weight : float or array of float, shape (periods,)
            Amount of the stream per unit of the column [stream unit].
        """
        place = self.network.position[stream]
        if isinstance(weight, np.ndarray):
            self._moving.append((place, entity, weight))
        else:
            self._steady.append((place, entity, float(weight)))

    def entity(self, block: str, name: str) -> int:
        """Return the place of a column entity counted over all blocks [-]."""
        return self.columns_of[block].start // self.count + self.columns_of[
            block
        ].position(name)

    def base_flow(self, stream: str, amount: FloatArray) -> None:
        """Let an amount pass whatever the columns say [stream unit]."""
        self._base_flow[self.network.position[stream]] += amount

    def expression(self) -> Expression:
        """Return the streams as combinations of the columns added so far."""
        shape = (len(self.network.streams), self.base)
        rows = [t[0] for t in self._steady]
        weights = np.array([t[2] for t in self._steady])
        steady = coo_array((weights, (rows, [t[1] for t in self._steady])), shape=shape)
        moving = np.array([t[2] for t in self._moving]).reshape(-1, self.count)
        return Expression(
            steady.tocsr(),
            np.array([t[0] for t in self._moving], dtype=np.int64),
            np.array([t[1] for t in self._moving], dtype=np.int64),
            moving,
            self._base_flow,
        )

    def amount(
        self,
        measure: Rate | Measure | None,
        unit: str,
        default: float,
        *,
        key: str = "",
    ) -> FloatArray:
        """Return an amount per period, shape (periods,).

        Parameters
        ----------
        measure : Rate, Measure or None
            As the book states it; ``default`` where it states none.
        unit : str
            Unit it is wanted in.
        default : float
            Where nothing is stated [unit].
        key : str
            Key of `Conditions.limit` that goes before the book.
        """
        if key in self.conditions.limit:
            return np.array(self.conditions.limit[key], dtype=np.float64)
        if measure is None:
            return np.full(self.count, default)
        return _amount(measure, unit, self.lengths)

    def in_turn(
        self, block: str, entities: Sequence[str]
    ) -> tuple[FloatArray, FloatArray]:
        """Return least and most of columns by the turns of the piles.

        Parameters
        ----------
        block : str
            Name of the block.
        entities : sequence of str
            Its entities.

        Returns
        -------
        tuple of array of float, shape (entities, periods)
            0 and infinity where no pile is concerned; a single row if there are none.
        """
        if not self._turns:
            return np.zeros((1, 1)), np.full((1, 1), np.inf)
        free = (np.zeros(self.count), np.full(self.count, np.inf))
        pairs = [self._turns.get((block, one), free) for one in entities]
        return (
            table([p[0] for p in pairs], self.count),
            table([p[1] for p in pairs], self.count),
        )

    def unit_of(self, text: str) -> str:
        """Return the unit a good is counted in."""
        return self.chain.material[good(text).material].unit

    def assay(self, material: str) -> dict[str, float]:
        """Return the nominal assay of a material, empty if it is not one."""
        if material not in self.chain.material:
            return {}
        return {k: float(v) for k, v in nominal(self.chain, material).items()}

    def quality(self, text: str) -> dict[str, Amount]:
        """Return the assay of a good: of its mix if it is a pool, else nominal."""
        found: dict[str, Amount] = dict(self.assay(good(text).material))
        return found | dict(self.conditions.mixed.get(str(good(text)), {}))


def _turns(chain: Chain, periods: tuple[Period, ...]) -> _Turns:
    """Return bounds by (block, entity): while a pile is built it is not reclaimed."""
    found: _Turns = {}
    for piles in chain.piles:
        material = good(piles.good).material
        least = (
            0.0
            if piles.least is None
            else piles.least.to(chain.material[material].unit)
        )
        now, empty = built(chain, piles, periods), emptied(chain, piles, periods)
        for one, building, none in zip(pile_ids(piles), now, empty, strict=True):
            here = np.array(building)
            closed = here & ~np.append(here[1:], here[-1])
            for feed in piles.feed:
                name = f"{one}-build:{good(feed).material}"
                found["duty", name] = (0.0 * here, np.where(here, np.inf, 0.0))
            ship = np.where(here, 0.0, np.inf)
            found["ship", f"{one}-reclaim:{material}"] = (0.0 * here, ship)
            stock = np.where(none, 0.0, np.inf)
            found["stock", one] = (np.where(closed, least, 0.0), stock)
    return found


def per_period(
    measure: Rate | Measure, unit: str, periods: Sequence[Period]
) -> FloatArray:
    """Return what a rate of the book amounts to in each period, shape (periods,)."""
    return _amount(measure, unit, lengths(periods))


def _amount(
    measure: Rate | Measure, unit: str, spans: tuple[FloatArray, FloatArray]
) -> FloatArray:
    per = measure if isinstance(measure, Rate) else rate_of(measure, unit)
    return per.in_hours(*spans)


def drawn(chain: Chain, conditions: Conditions) -> dict[str, FloatArray]:
    """Return the fixed own use of every draw, shape (periods,) [unit]."""
    found = {}
    spans = lengths(conditions.periods)
    for draw in chain.draws:
        of, key = (
            chain.material[good(draw.good).material].unit,
            f"draw:{draw.id} amount",
        )
        stated = _amount(draw.amount, of, spans)
        found[draw.id] = np.array(conditions.limit.get(key, stated))
    return found


def settled(excess: Amount) -> Amount:
    """Return the excess over a limit of quality, none where it is rounding only.

    Parameters
    ----------
    excess : float or array of float
        Content less limit, in every period if an array [-]. A mix that just meets its
        limit does so to the tolerance of a solver; what is left of that would stand in
        the plan as a coefficient too small to price.
    """
    if isinstance(excess, float):
        return excess
    return np.where(np.abs(excess) < JUST_MET, 0.0, excess)


def table(rows: Sequence[FloatArray], count: int) -> FloatArray:
    """Return rows of one value per period as a table, also where there are none."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), count)
