"""A contradiction in the book's words: which requirements, of whom, how much, when."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.errors import InfeasibleError
from orebook.plan.assemble import Assembly
from orebook.plan.infeasible import ContradictionError, cheapest_repair
from orebook.plan.lp import Label
from orebook.plan.repair_words import repaired, span
from orebook.process.registry import bind

Sentence = Callable[[Chain, str], tuple[str, str]]  # chain, entity -> subject, unit


def in_words(assembly: Assembly, error: ContradictionError) -> InfeasibleError:
    """Return the error with the names, units and periods of the book.

    Parameters
    ----------
    assembly : Assembly
        What was solved.
    error : ContradictionError
        Carries the smallest set of limits that contradict each other.

    Returns
    -------
    InfeasibleError
        Names each requirement; goods that only join them are listed together.
    """
    problem, chain = assembly.problem, assembly.network.chain
    if error.whole:
        return _whole(assembly, error)
    wanted: dict[str, list[str]] = {}  # requirement -> periods it holds in
    joined: dict[str, None] = {}
    for kind, index in error.members:
        label = problem.describe(kind, index)
        row = kind.startswith("row")
        low = float((problem.row_lower if row else problem.lower)[index])
        high = float((problem.row_upper if row else problem.upper)[index])
        if label.block == "path":
            continue  # that the parts of a use are the use needs no saying
        if label.block in _JOINS:
            joined[label.entity.partition("#")[0]] = None
            continue
        side, value = ("at least", low) if kind.endswith("lower") else ("at most", high)
        if kind.endswith("lower") and low == 0.0:
            continue  # that nothing runs backwards needs no saying
        period = assembly.conditions.periods[label.period].name
        text = _requirement(chain, label, side, value=value)
        wanted.setdefault(text, []).append(period)
    lines = [f"no plan meets these {len(wanted)} requirements together:"]
    lines += [f"  {text} in {span(names)}" for text, names in wanted.items()]
    if joined:
        lines.append(f"they meet through {', '.join(joined)}")
    repair = repaired(assembly, error.members)
    lines += repair.lines()
    lines.append("loosen one of them, or add a purchase, sale or store between them")
    return InfeasibleError("\n".join(lines), repair.to_dict())


def _whole(assembly: Assembly, error: ContradictionError) -> InfeasibleError:
    """Name whole decisions that leave no plan, and the cheapest repair in fractions."""
    chain, problem = assembly.network.chain, assembly.problem
    names = []
    for block, entity in error.whole:
        subject, _ = _SUBJECTS.get(block, _plain(block))(chain, entity)
        names.append(f"  {_DECISION.get(block, block)} {subject}")
    lines = ["fractions of these whole decisions leave a plan, whole ones none:"]
    lines += list(dict.fromkeys(names))
    found = cheapest_repair(problem)
    for row, amount in zip(found.rows.tolist(), found.amounts.tolist(), strict=True):
        label = problem.describe_row(row)
        period = assembly.conditions.periods[label.period].name
        subject, unit = _SUBJECTS.get(label.block, _plain(label.block))(
            chain, label.entity
        )
        way = "too much" if amount < 0 else "short"
        lines.append(f"  {subject} in {period}: {way} by {abs(amount):,.6g} {unit}")
    lines.append("loosen one of them, or give the lot, batch or run another size")
    return InfeasibleError("\n".join(line.rstrip() for line in lines))


def _requirement(chain: Chain, label: Label, side: str, *, value: float) -> str:
    subject, unit = _SUBJECTS.get(label.block, _plain(label.block))(chain, label.entity)
    if label.block in _QUALITY:
        return f"{subject} must hold"
    amount = f"{value:,.6g}" if np.isfinite(value) else "any amount"
    return f"{subject}: {side} {amount} {unit}".rstrip()


def _named(entries: object, id_: str) -> str:
    found: Mapping[str, str] = {
        e.id: f"{e.id} ({e.name}, {e.name_en})"
        for e in entries  # type: ignore[attr-defined]
    }
    return found.get(id_, id_)


def _plain(block: str) -> Sentence:
    return lambda chain, entity: (f"{block} {entity}", "")


def _unit(chain: Chain, entity: str) -> tuple[str, str]:
    unit, _, limit = entity.partition(":")
    return f"capacity '{limit}' of unit {_named(chain.units, unit)}", ""


def _minimum(chain: Chain, entity: str) -> tuple[str, str]:
    return f"least load of unit {_named(chain.units, entity)}", ""


def _duty(chain: Chain, entity: str) -> tuple[str, str]:
    unit, _, duty = entity.partition(":")
    return f"duty '{duty}' of unit {_named(chain.units, unit)}", ""


def _feed(chain: Chain, entity: str) -> tuple[str, str]:
    unit, _, what = entity.partition(":")
    return f"feed quality {what} of unit {_named(chain.units, unit)}", ""


def _buy(chain: Chain, entity: str) -> tuple[str, str]:
    id_ = entity.partition("#")[0]
    contract = next(p for p in chain.purchases if p.id == id_)
    unit = chain.material[good(contract.good).material].unit
    return f"purchase {_named(chain.purchases, id_)}", unit


def _sell(chain: Chain, entity: str) -> tuple[str, str]:
    id_ = entity.partition(":")[0].partition("#")[0]
    contract = next(s for s in chain.sales if s.id == id_)
    unit = chain.material[good(contract.goods[0]).material].unit
    return f"sale {_named(chain.sales, id_)}", unit


def _spec(chain: Chain, entity: str) -> tuple[str, str]:
    sale, _, what = entity.partition(":")
    return f"quality {what} promised in sale {_named(chain.sales, sale)}", ""


def _route(chain: Chain, entity: str) -> tuple[str, str]:
    return f"route {_named(chain.routes, entity.partition(':')[0])}", ""


def _stock(chain: Chain, entity: str) -> tuple[str, str]:
    store = next(s for s in chain.stores if s.id == entity)
    unit = chain.material[good(store.good).material].unit
    return f"closing stock of {_named(chain.stores, entity)}", unit


def _limit(chain: Chain, entity: str) -> tuple[str, str]:
    limit = next(x for x in chain.limits if x.id == entity)
    return f"limit {_named(chain.limits, entity)}", limit.unit


def _relation(chain: Chain, entity: str) -> tuple[str, str]:
    unit, _, what = entity.partition(":")
    bound = bind(chain.unit[unit], chain).relations
    of = next((r.unit for r in bound if r.name == what), "")
    return f"reach '{what}' of unit {_named(chain.units, unit)}", of


def _demand(chain: Chain, entity: str) -> tuple[str, str]:
    charge = entity.partition(":")[0].partition("#")[0]
    return f"billed load of {_named(chain.demand_charges, charge)}", "MW"


def _lots(chain: Chain, entity: str) -> tuple[str, str]:
    kind, _, rest = entity.partition(":")
    if kind == "ship":
        return _route(chain, rest)
    return _buy(chain, rest) if kind == "buy" else _sell(chain, rest)


def _of_unit(chain: Chain, entity: str) -> tuple[str, str]:
    return f"unit {_named(chain.units, entity)}", ""


def _band(chain: Chain, entity: str) -> tuple[str, str]:
    return f"step tariff of {_buy(chain, entity)[0]}", ""


_DECISION: Mapping[str, str] = {
    "on": "whether it runs:",
    "start": "whether it starts:",
    "stop": "whether it stops:",
    "batch": "number of batches:",
    "lots": "number of lots:",
    "band": "band of the",
}


def _piles(chain: Chain, entity: str) -> tuple[str, str]:
    piles = next(x for x in chain.piles if x.id == entity)
    unit = chain.material[good(piles.good).material].unit
    return f"closing stock of the piles {_named(chain.piles, entity)}", unit


def _mix(chain: Chain, entity: str) -> tuple[str, str]:
    pool, _, name = entity.partition("#")
    return f"the share of {name} in the mix {pool}", ""


_JOINS = frozenset({"balance", "ingredient"})
_QUALITY = frozenset({"feed_limit", "spec", "composition"})
_SUBJECTS: Mapping[str, Sentence] = {
    "capacity": _unit,
    "minimum": _minimum,
    "duty": _duty,
    "feed_limit": _feed,
    "buy": _buy,
    "buy_total": _buy,
    "take_or_pay": _buy,
    "sell": _sell,
    "sell_total": _sell,
    "sale_tier": _sell,
    "spec": _spec,
    "ship": _route,
    "route": _route,
    "stock": _stock,
    "limit": _limit,
    "relation": _relation,
    "demand": _demand,
    "demand_load": _demand,
    **dict.fromkeys(
        ("on", "start", "stop", "state", "least_run", "least_stop", "most_starts"),
        _of_unit,
    ),
    **dict.fromkeys(("batch", "batches", "batch_on"), _of_unit),
    **dict.fromkeys(("lots", "lots_to_date"), _lots),
    **dict.fromkeys(
        ("band", "band_amount", "band_per", "band_one", "band_sum", "band_per_sum"),
        _band,
    ),
    **dict.fromkeys(("band_low", "band_high", "band_room"), _band),
    "pile_end": _piles,
    "composition": _mix,
}
