"""The example book, read once for all tests that plan it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.read import read_book
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.replan import StandingPlan, stand
from orebook.process.network import network

BOOK = Path(__file__).resolve().parents[2] / "examples" / "guangxi"


@cache
def example_chain() -> Chain:
    """Return the example group: 73 units, 166 balances."""
    return read_book(BOOK)


@cache
def example_conditions(periods: int = 12) -> Conditions:
    """Return what is known of the example before May 2026."""
    months = horizon(period("2026-05"), periods)
    return conditions(example_chain(), months, known_until="2026-04")


@cache
def example_plan(periods: int = 12) -> StandingPlan:
    """Return the plan of the example group from May 2026 on."""
    return stand(network(example_chain()), example_conditions(periods))


def edited(chain: Chain, kind: str, id_: str, **fields: object) -> Chain:
    """Return a book with some fields of one entry written anew."""
    rows = []
    for entry in getattr(chain, kind):
        if entry.id == id_:
            given = {f: getattr(entry, f) for f in entry.model_fields_set}
            entry = type(entry)(**(given | fields))
        rows.append(entry)
    return chain.model_copy(update={kind: tuple(rows)})
