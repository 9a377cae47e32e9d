"""From the network to a sparse linear problem: one block per family.

Every stream of the network is a linear expression of columns; the balance rows, the
limits of the book and the plan's amounts all come from that one map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.plan.blocks.balances import add_balances, add_limits
from orebook.plan.blocks.bands import add_bands, tie_bands
from orebook.plan.blocks.batches import add_batches
from orebook.plan.blocks.lots import add_lots
from orebook.plan.blocks.power import add_demand, add_relations
from orebook.plan.blocks.states import add_states
from orebook.plan.blocks.stock import add_routes, add_stores
from orebook.plan.blocks.trade import add_purchases, add_sales
from orebook.plan.blocks.units import add_units
from orebook.plan.blocks.work import Expression, Work, drawn
from orebook.plan.conditions import Conditions
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.pools.hold import hold_composition
from orebook.process.network import Network

Section = Callable[[Work], None]
SECTIONS: Sequence[Section] = (
    add_states,
    add_units,
    add_relations,
    add_purchases,
    add_demand,
    add_sales,
    add_routes,
    add_stores,
    add_batches,
    add_lots,
    add_bands,
    hold_composition,
)
"""What every plan consists of; balances and limits follow over their streams."""


@dataclass(frozen=True)
class Assembly:
    """A problem with the map from its columns back to the network.

    Parameters
    ----------
    network, conditions
        What it was made from.
    problem : Problem
        The sparse arrays.
    expression : Expression
        Amount of each stream as a combination of the entities of all column blocks.
    """

    network: Network
    conditions: Conditions
    problem: Problem
    expression: Expression

    def per_period(self, x: FloatArray) -> FloatArray:
        """Return columns as shape (entities of all blocks, periods)."""
        return x.reshape(-1, len(self.conditions.periods))

    def amounts(self, x: FloatArray) -> FloatArray:
        """Return the amount of every stream, shape (streams, periods) [stream unit]."""
        table = self.expression.amounts(self.per_period(x))
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


def assemble(
    network: Network, conditions: Conditions, *, more: Sequence[Section] = ()
) -> Assembly:
    """Assemble the plan of a network as sparse arrays.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, prices, availability, opening stocks.
    more : sequence of Section
        Further blocks, added after those every plan has and before the balances.

    Returns
    -------
    Assembly
        Cost grows linearly with periods; the work per period is numpy only.
    """
    work = Work(network, conditions)
    for add in (*SECTIONS, *more):
        add(work)
    expression = work.expression()
    add_balances(work, expression)
    add_limits(work, expression)
    tie_bands(work, expression)
    fixed = sum(
        float(each)
        for cost in network.chain.costs
        for each in cost.amount.in_hours(*work.lengths)
    )
    return Assembly(network, conditions, work.builder.problem(offset=fixed), expression)
