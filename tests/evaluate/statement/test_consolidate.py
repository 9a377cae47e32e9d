"""Consolidation: every level is the sum of those below, in cents."""

from __future__ import annotations

from collections import defaultdict

import pytest

from orebook.evaluate.journal import MARKET
from orebook.evaluate.statement.consolidate import consolidate
from tests.report.months import result_of


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("side", ["plan", "replan", "actual"])
def test_levels_sum_exactly(seed: int, side: str) -> None:
    result = result_of(seed)
    chain, made = result.plan.network.chain, result.statements()
    levels = {x.centre: x for x in consolidate(chain, made)}
    assert set(levels) == set(chain.centre)
    for centre, level in levels.items():
        total = getattr(level, side)
        below = [
            getattr(levels[c.id], side) for c in chain.centres if c.parent == centre
        ]
        assert total.below == total.own + sum(b.below for b in below)
        assert total.attributable + total.minority == total.below
        own = round(total.own * chain.centre[centre].ownership)
        mine = total.attributable - sum(b.attributable for b in below)
        assert abs(mine - own) <= 1
    root = getattr(levels[chain.root.id], side)
    tie = made.reconciled[side]
    assert root.below + tie.elimination == tie.group


def test_what_members_sell_each_other_is_taken_out() -> None:
    """By hand from the journal: at each market the lesser of sold and bought inside."""
    result = result_of(1)
    chain, made = result.plan.network.chain, result.statements()
    for level in consolidate(chain, made):
        inside = set(chain.within(level.centre))
        sold, bought = defaultdict(int), defaultdict(int)
        for p in made.amounts["actual"].postings:
            if p.account not in {"internal_sale", "internal_purchase"}:
                continue
            if p.debit.startswith(MARKET) and p.credit in inside:
                sold[p.debit] += p.cents
            elif p.credit.startswith(MARKET) and p.debit in inside:
                bought[p.credit] += p.cents
        total = level.actual
        assert (total.sales, total.purchases) == (
            sum(sold.values()),
            sum(bought.values()),
        )
        assert total.eliminated == sum(min(v, bought[m]) for m, v in sold.items())
        assert total.sold >= 0
        assert total.bought >= 0
    root = next(x for x in consolidate(chain, made) if x.depth == 0)
    assert root.actual.sold < 100  # rounding of a few cents leaves the group nothing


def test_other_owners_get_their_part() -> None:
    result = result_of(1)
    chain, made = result.plan.network.chain, result.statements()
    smelt = next(x for x in consolidate(chain, made) if x.centre == "smelt")
    assert smelt.ownership == 0.7
    assert smelt.actual.minority == pytest.approx(0.3 * smelt.actual.below, abs=1)
