"""The planning family that the races are run on, as data and as a declared book.

60 units, 12 materials with a store each, purchases at 12 % above and sales at 5 % below
a seasonal noisy price, four shared resources: every unit turns a main input into a main
output, and one in two makes a side product. Periods are days from 1 January 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from orebook.chain.calendar import Period, horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Limit, Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import Conditions
from orebook.plan.solve import Settings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
UNITS, MATERIALS, RESOURCES = 60, 12, 4
ABOVE, BELOW = 1.12, 0.95  # prices of purchases and sales over the market's [-]
HOLDING = 15.0  # CNY/t and month
SETTINGS = Settings(tolerance=1e-7)
FIRST = "2026-01-01"


@dataclass(frozen=True)
class Instance:
    """The data of one horizon; amounts in t per period, money in CNY."""

    periods: tuple[Period, ...]
    source: IntArray  # main input of each unit
    target: IntArray  # main output
    output: FloatArray  # yield of the main output
    side: IntArray  # side product, -1 for none
    side_output: FloatArray
    cost: FloatArray
    capacity: FloatArray
    resource: FloatArray  # (resources, units)
    resource_limit: FloatArray
    price: FloatArray  # (materials, periods)
    hold: FloatArray  # of a tonne in stock, shape (periods,)
    store: FloatArray  # capacity of each store
    limit: FloatArray  # trade limit of each material

    @property
    def span(self) -> int:
        """Number of periods [-]."""
        return len(self.periods)

    @property
    def units(self) -> int:
        """Number of units [-]."""
        return self.source.size


def instance(periods: int, *, seed: int = 1, units: int = UNITS) -> Instance:
    """Return the instance of a horizon.

    Parameters
    ----------
    periods : int
        Length of the horizon [d].
    seed : int
        Seed of all random draws [-].
    units : int
        Number of units [-].
    """
    rng = np.random.default_rng(seed)
    source = rng.integers(0, MATERIALS - 1, units)
    target = np.array([rng.integers(s + 1, MATERIALS) for s in source])
    side = np.where(rng.random(units) < 0.5, rng.integers(0, MATERIALS, units), -1)
    side[(side == source) | (side == target)] = -1
    time = np.arange(periods)
    base = 100.0 * 1.35 ** np.arange(MATERIALS)
    phase = rng.random(MATERIALS)[:, None] * 2 * np.pi
    season = 1.0 + 0.08 * np.sin(2 * np.pi * time / 52.0 + phase)
    noise = rng.normal(1.0, 0.03, (MATERIALS, periods))
    capacity = rng.uniform(50.0, 150.0, units)
    resource = rng.uniform(0.1, 1.0, (RESOURCES, units))
    days = horizon(period(FIRST), periods)
    return Instance(
        periods=days,
        source=source,
        target=target,
        output=rng.uniform(0.45, 0.95, units),
        side=side,
        side_output=rng.uniform(0.05, 0.20, units),
        cost=rng.uniform(2.0, 25.0, units),
        capacity=capacity,
        resource=resource,
        resource_limit=0.6 * resource @ capacity,
        price=base[:, None] * season * noise,
        hold=HOLDING * np.array([day.months for day in days]),
        store=np.full(MATERIALS, 400.0),
        limit=np.full(MATERIALS, 800.0),
    )


def declared(data: Instance) -> Chain:
    """Return the instance as a book declares it: what `read_book` would return."""
    return Chain(
        group=Group(id="group", name="集团", name_en="group", first_period="2026-01"),
        centres=(Centre(id="group", name="集团", name_en="group", level="group"),),
        places=(Place(id="works", name="厂", name_en="works", centre="group"),),
        materials=tuple(
            Material(name=m, name_en=m, id=m, group="intermediate")
            for m in map(_material, range(MATERIALS))
        ),
        units=tuple(_unit(data, u) for u in range(data.units)),
        stores=tuple(_store(data, m) for m in range(MATERIALS)),
        purchases=tuple(
            Purchase(
                **_named(f"buy{m}"),
                good=f"{_material(m)}@works",
                max=f"{data.limit[m]} t/d",
            )
            for m in range(MATERIALS)
        ),
        sales=tuple(
            Sale(
                **_named(f"sell{m}"),
                goods=[f"{_material(m)}@works"],
                max=f"{data.limit[m]} t/d",
            )
            for m in range(MATERIALS)
        ),
        limits=tuple(_resource(data, r) for r in range(RESOURCES)),
    )


def known(data: Instance) -> Conditions:
    """Return the conditions of the instance: its prices are given as arrays."""
    ones = np.ones(data.span)
    price = {f"buy:buy{m}": ABOVE * data.price[m] for m in range(MATERIALS)}
    price |= {f"sell:sell{m}": BELOW * data.price[m] for m in range(MATERIALS)}
    return Conditions(
        periods=data.periods,
        price=price,
        availability={f"unit{u}": ones for u in range(data.units)},
        opening={f"store{m}": 0.0 for m in range(MATERIALS)},
    )


def _named(name: str) -> dict[str, Any]:
    return {"id": name, "name": name, "name_en": name, "centre": "group"}


def _material(m: int) -> str:
    return f"m{m}"


def _unit(data: Instance, u: int) -> Unit:
    produces = {_material(data.target[u]): f"{data.output[u]} t/t"}
    if data.side[u] >= 0:
        produces[_material(data.side[u])] = f"{data.side_output[u]} t/t"
    return Unit(
        **_named(f"unit{u}"),
        kind="recipe",
        place="works",
        feed=[_material(data.source[u])],
        recipe={"produces": produces},
        limits={"throughput": f"{data.capacity[u]} t/d"},
        cost=f"{data.cost[u]} CNY/t",
    )


def _store(data: Instance, m: int) -> Store:
    return Store(
        **_named(f"store{m}"),
        good=f"{_material(m)}@works",
        capacity=f"{data.store[m]} t",
        opening="0 t",
        holding_cost=f"{HOLDING} CNY/t/month",
        end="free",
    )


def _resource(data: Instance, r: int) -> Limit:
    return Limit(
        **_named(f"resource{r}"),
        terms={
            f"unit{u}.{_material(data.source[u])}": f"{data.resource[r, u]} t/t"
            for u in range(data.units)
        },
        max=f"{data.resource_limit[r]} t/d",
    )
