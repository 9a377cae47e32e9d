"""The true month: the plan as it really went, with every balance exactly closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from orebook.chain.calendar import Period
from orebook.chain.chain import good, unit_price
from orebook.chain.plant import Outage
from orebook.chain.trade import Pricing
from orebook.errors import InfeasibleError, InputError
from orebook.ledger.close import lost_share
from orebook.ledger.month import Incident
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.decided import running_after
from orebook.plan.result import Plan
from orebook.process.contract import Case
from orebook.process.network import Network, with_settings
from orebook.quantity import rate
from orebook.simulate.drift import (
    DUTY_MEAN,
    DUTY_SD,
    Chance,
    drifted,
    drifted_content,
    true_assay,
)

Floats = NDArray[np.float64]
Assay = dict[str, dict[str, float]]

DEAL_SD = 0.004
"""A contract on a price series is settled a little off the month's mean [-]."""

COST_SD = 0.02
"""Spread of what a fixed cost really comes to [-]."""

DRAW_SD = 0.02
"""Spread of a fixed own use [-]."""

LOSS_SPREAD = 0.15
"""Spread of a transport loss, relative to the loss [-]."""

HURTS: Mapping[str, float] = {
    "duty": 20.0,
    "on": 20.0,
    "sell": 3.0,
    "ship": 1.0,
    "buy": 0.5,
    "stock": 0.3,
}
"""Reluctance of each family to leave the plan: stocks and purchases give way first."""


@dataclass(frozen=True, eq=False)
class TrueMonth:
    """What really happened, as nobody can see it.

    Parameters
    ----------
    period : Period
        The month.
    seed : int
        Seed of all draws.
    amounts, duties : mapping
        True amount by stream, true duty by ``UNIT:DUTY``.
    assays : mapping
        Stream to component to true mass fraction [-].
    market, costs : mapping
        Prices [CNY/unit] and money [CNY].
    outages, incidents : tuple
        Stops and events the month had beyond the book.
    """

    period: Period
    seed: int
    amounts: Mapping[str, float]
    duties: Mapping[str, float]
    assays: Mapping[str, Mapping[str, float]]
    market: Mapping[str, float]
    costs: Mapping[str, float]
    outages: tuple[Outage, ...] = field(default=())
    incidents: tuple[Incident, ...] = field(default=())

    @property
    def closing(self) -> dict[str, float]:
        """Closing stocks by store: the next month's ``opening`` [unit]."""
        return {
            s.removeprefix("close:"): v
            for s, v in self.amounts.items()
            if s.startswith("close:")
        }


def true_month(
    network: Network,
    plan: Plan,
    period: Period,
    *,
    seed: int,
    opening: Mapping[str, float] | None = None,
    outages: Sequence[Outage] = (),
    incidents: Sequence[Incident] = (),
) -> TrueMonth:
    """Let a planned month happen.

    Parameters
    ----------
    network : Network
        Streams and physics as the book states them.
    plan : Plan
        A plan whose horizon holds the month.
    period : Period
        The month.
    seed : int
        Seed of all draws; the same seed gives the same month.
    opening : mapping, optional
        Opening stock by store [unit]; the plan's otherwise.
    outages, incidents : sequence
        Stops and events to happen.

    Returns
    -------
    TrueMonth
        All balances close to rounding.

    Raises
    ------
    InputError
        If the plan does not hold the month.
    InfeasibleError
        If no month close to the plan balances.

    Notes
    -----
    min sum w |x - planned| / size over duties, trade, shipments and closing stocks,
    subject to the balances with the drifted physics: a small linear programme.
    """
    names = [p.name for p in plan.periods]
    if period.name not in names:
        raise InputError(
            f"the plan covers {names[0]}..{names[-1]}, not {period}; "
            "plan a horizon that holds the month"
        )
    chance = Chance(seed, period.name)
    t = names.index(period.name)
    network = with_settings(network, plan.settings_of(t))
    real = drifted(network, chance)
    stock = _opening(network, plan, t) | dict(opening or {})
    content = drifted_content(network, chance)
    held = replace(
        plan.assembly.conditions,
        periods=(period,),
        running=running_after(plan.assembly, plan.x, t)
        if t
        else plan.assembly.conditions.running,
        opening=stock,
        content=content,
        price={k: v[[t]] for k, v in plan.assembly.conditions.price.items()},
        availability={
            k: v[[t]] for k, v in plan.assembly.conditions.availability.items()
        },
        setting={},
        duty=_moment(plan.assembly.conditions.duty, t),
        reach={},
        closing={},
        closing_value={},
        mixed=_of_month(plan.assembly.conditions.mixed, t),
        composition={},
    )
    assembly = assemble(real, held)
    target = _target(assembly, plan, t, (chance, tuple(outages)))
    amounts, x = _settle(assembly, target, chance)
    duties = {
        f"{u}:{d}": float(v[0])
        for u, by in assembly.duties(x).items()
        for d, v in by.items()
    }
    return TrueMonth(
        period=period,
        seed=seed,
        amounts=amounts,
        duties=duties,
        assays=_assays(real, duties, content, chance),
        market=_market(network, period, chance),
        costs=_costs(network, period, chance),
        outages=tuple(outages),
        incidents=tuple(incidents),
    )


def _moment(
    values: Mapping[str, Mapping[str, Floats]], t: int
) -> dict[str, dict[str, Floats]]:
    """Return values per period as those of one period."""
    return {u: {n: v[[t]] for n, v in named.items()} for u, named in values.items()}


def _opening(network: Network, plan: Plan, t: int) -> dict[str, float]:
    place = network.position
    return {
        s.id: float(plan.amounts[place[f"open:{s.id}"], t])
        for s in network.chain.stores
    }


def _target(
    assembly: Assembly, plan: Plan, t: int, event: tuple[Chance, tuple[Outage, ...]]
) -> Floats:
    """Return the columns the month aims at: the plan, less what goes wrong."""
    chance, outages = event
    problem, month = assembly.problem, assembly.conditions.periods[0]
    target = np.zeros(problem.shape[1])
    for name, block in problem.columns.items():
        planned = plan.x[plan.assembly.problem.columns[name].all()[:, t]]
        if name == "duty":
            units = [e.partition(":")[0] for e in block.entities]
            able = [1.0 - lost_share(u, month, outages) for u in units]
            drift = [
                1.0 + DUTY_MEAN + chance.normal("duty", u, sd=DUTY_SD) for u in units
            ]
            planned = planned * np.array(able) * np.array(drift)
        target[block.all()[:, 0]] = planned
    return target


def _settle(
    assembly: Assembly, target: Floats, chance: Chance
) -> tuple[dict[str, float], Floats]:
    """Return the amounts closest to the target that close every balance."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

    network = assembly.network
    place = network.position
    expression = csr_array(
        diags_array(_transport(network, chance)) @ assembly.expression.one(0)
    )
    known = _known(assembly, chance)
    balance = csr_array(network.matrix() @ expression)
    right = -np.asarray(network.matrix() @ known)
    width = target.size
    weight = _weights(assembly, target)
    eye = eye_array(width)
    rows = vstack(
        [
            hstack([balance, csr_array((balance.shape[0], 2 * width))]),
            hstack([eye, -eye, eye]),
        ],
        format="csr",
    )
    result = linprog(
        np.concatenate([np.zeros(width), weight, weight]),
        A_eq=rows,
        b_eq=np.concatenate([right, target]),
        bounds=[(0.0, b) for b in _upper(assembly)] + [(0.0, None)] * (2 * width),
        method="highs-ds",
    )
    if result.status != 0 or result.x is None:
        raise InfeasibleError(
            f"no month close to the plan balances in {assembly.conditions.periods[0]}: "
            f"{result.message}; check opening stocks and store capacities"
        )
    x = np.maximum(np.asarray(result.x[:width], dtype=np.float64), 0.0)
    table = np.asarray(expression @ x) + known
    return {s.id: float(table[place[s.id]]) for s in network.streams}, x


def _transport(network: Network, chance: Chance) -> Floats:
    """Return a factor per stream: what arrives differs as losses differ."""
    factor = np.ones(len(network.streams))
    for route in network.chain.routes:
        if route.loss > 0.0:
            moved = chance.normal("loss", route.id, sd=LOSS_SPREAD)
            share = (1.0 - route.loss * (1.0 + moved)) / (1.0 - route.loss)
            for m in route.materials:
                factor[network.position[f"receive:{route.id}:{m}"]] = share
    return factor


def _known(assembly: Assembly, chance: Chance) -> Floats:
    """Return the amounts nobody decides: opening stocks and fixed own use."""
    network, month = assembly.network, assembly.conditions.periods[0]
    known = np.zeros(len(network.streams))
    for store, amount in assembly.conditions.opening.items():
        known[network.position[f"open:{store}"]] = amount
    for draw in network.chain.draws:
        unit = network.chain.material[good(draw.good).material].unit
        per = rate(f"{draw.amount.number!r} {draw.amount.unit}", unit)
        amount = per.in_hours(month.hours, month.months)
        factor = 1.0 + chance.normal("draw", draw.id, sd=DRAW_SD)
        known[network.position[f"draw:{draw.id}"]] = amount * factor
    return known


def _weights(assembly: Assembly, target: Floats) -> Floats:
    """Return what a unit of deviation hurts: relative to the balance it moves."""
    problem = assembly.problem
    weight = np.zeros(target.size)
    largest = float(np.max(np.abs(target), initial=1.0))
    for name, block in problem.columns.items():
        index = block.all()[:, 0]
        floor = 0.05 * problem.upper[index] if name == "stock" else 1e-3 * largest
        size = np.maximum(np.abs(target[index]), np.maximum(floor, 1e-9))
        weight[index] = HURTS.get(name, 0.0) / size
    return weight


def _upper(assembly: Assembly) -> list[float | None]:
    """Return upper bounds: stores hold no more than they can."""
    problem = assembly.problem
    upper: list[float | None] = [None] * problem.shape[1]
    if "stock" in problem.columns:
        for i in problem.columns["stock"].all()[:, 0]:
            upper[int(i)] = float(problem.upper[i])
    return upper


def _assays(
    network: Network,
    duties: Mapping[str, float],
    content: Mapping[str, Mapping[str, Mapping[str, NDArray[np.float64]]]],
    chance: Chance,
) -> Assay:
    """Return what every stream holds: what its unit tells, the rest as the material."""
    told: Assay = {}
    for unit, process in network.processes.items():
        duty = {d.name: np.asarray(duties[f"{unit}:{d.name}"]) for d in process.duties}
        made = process.run(Case(duty, network.content_of(content, unit))).content
        for s in network.of(unit):
            told[s.id] = {
                c: float(np.max(v))
                for c, v in made.get(s.port, {}).items()
                if c not in {"mass", "energy"} and 0.0 <= float(np.max(v)) <= 1.0
            }
    found: Assay = {}
    for s in network.streams:
        material = s.balance.material
        assay = network.chain.material[material].assay
        held = {**true_assay(material, assay, chance), **told.get(s.id, {})}
        if held:
            found[s.id] = held
    return found


def _market(network: Network, period: Period, chance: Chance) -> dict[str, float]:
    """Return prices really paid: the month's value of each series, a little off."""
    chain = network.chain
    contracts: list[tuple[str, Pricing, str, int]] = [
        (f"buy:{p.id}", p, good(p.good).material, 1) for p in chain.purchases
    ]
    contracts += [
        (f"sell:{s.id}", s, good(s.goods[0]).material, -1) for s in chain.sales
    ]
    found = {}
    for key, contract, material, sign in contracts:
        unit = chain.material[material].unit
        price = unit_price(contract, chain.series, period, unit=unit, sign=sign)
        if contract.series is not None:
            price *= 1.0 + chance.normal("price", key, sd=DEAL_SD)
        found[key] = round(price, 4)
    return found


def _costs(network: Network, period: Period, chance: Chance) -> dict[str, float]:
    return {
        c.id: round(
            c.amount.in_hours(period.hours, period.months)
            * (1.0 + chance.normal("cost", c.id, sd=COST_SD)),
            2,
        )
        for c in network.chain.costs
    }


def _of_month(
    mixed: Mapping[str, Mapping[str, NDArray[np.float64]]], t: int
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return the mixes of one period of a plan."""
    return {pool: {c: v[[t]] for c, v in of.items()} for pool, of in mixed.items()}
