"""A refinery whose circuit is physical: the book of tests/books, and changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.plant import Unit
from orebook.chain.read import read_book
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import Network, network

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
FIXED = {"min": "150000 t/month", "max": "150000 t/month"}


@cache
def book() -> Chain:
    """Return the book as it stands."""
    return read_book(BOOK)


def refinery(
    *,
    units: Mapping[str, Mapping[str, object]] | None = None,
    materials: Mapping[str, Mapping[str, object]] | None = None,
    sales: Mapping[str, Mapping[str, object]] | None = None,
    purchases: Mapping[str, Mapping[str, object]] | None = None,
) -> Chain:
    """Return the book with fields of some entries replaced."""
    chain = book()
    changed = {}
    for section, given in (
        ("units", units), ("materials", materials), ("sales", sales),
        ("purchases", purchases),
    ):  # fmt: skip
        entries = getattr(chain, section)
        changed[section] = tuple(
            type(e)(
                **{n: getattr(e, n) for n in type(e).model_fields}
                | (given or {}).get(e.id, {})
            )
            if e.id in (given or {})
            else e
            for e in entries
        )
    return chain.model_copy(update=changed)


def fresh(chain: Chain) -> Chain:
    """Return a chain without what an earlier one had worked out."""
    return Chain(**{name: getattr(chain, name) for name in type(chain).model_fields})


def planned(chain: Chain, periods: int = 1) -> Plan:
    """Return the plan of a chain."""
    net = network(fresh(chain))
    return make_plan(net, known(net, periods))


def known(net: Network, periods: int = 1) -> Conditions:
    """Return the conditions of the book."""
    span = horizon(period("2026-01"), periods)
    return conditions(net.chain, span, known_until=None)


def flows(plan: Plan, t: int = 0) -> dict[str, float]:
    """Return the amount of every stream per tonne of alumina."""
    names = [s.id for s in plan.network.streams]
    amounts = dict(zip(names, plan.amounts[:, t], strict=True))
    made = amounts["calcine.alumina"]
    return {k: float(v / made) for k, v in amounts.items()}


def only(ore: str) -> dict[str, dict[str, object]]:
    """Return purchases that leave one ore."""
    other = "ore-b" if ore == "ore-a" else "ore-a"
    return {other: {"max": "0 t/month"}, ore: {"max": "1000000 t/month"}}


def blended(a: float, b: float) -> dict[str, object]:
    """Return the recipe of the slurry unit with another blend."""
    unit: Unit = book().unit["grind"]
    return {"recipe": {**unit.recipe, "blend": {"ore-a": a, "ore-b": b}}}


def at(values: Mapping[str, object], name: str) -> float:
    """Return one figure as a number."""
    return float(np.asarray(values[name]))
