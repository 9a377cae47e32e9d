"""Tiny groups with whole decisions: generators, mills, cargo lots, step tariffs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import Conditions, Running, conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import network


def group(
    units: Sequence[Unit],
    *,
    purchases: Sequence[Purchase] = (),
    sales: Sequence[Sale] = (),
    materials: Mapping[str, str] | None = None,
    calendar: str = "day",
    **more: object,
) -> Chain:
    """Return a group of one place, a centre for each unit and one for trade."""
    names = {"power": "MWh"} if materials is None else materials
    owners = [u.id for u in units]
    first = {"day": "2026-05-01", "week": "2026-W01", "month": "2026-01"}[calendar]
    return Chain(
        group=Group(
            id="g", name="团", name_en="group", first_period=first, calendar=calendar
        ),
        centres=(
            Centre(id="g", name="团", name_en="group", level="group"),
            *(
                Centre(id=u, name=u, name_en=u, level="plant", parent="g")
                for u in (*owners, "trade")
            ),
        ),
        places=(Place(id="p", name="厂", name_en="plant", centre="g"),),
        materials=tuple(
            Material(id=m, name=m, name_en=m, unit=u, group="intermediate")
            for m, u in names.items()
        ),
        units=tuple(units),
        purchases=tuple(purchases),
        sales=tuple(sales),
        **more,
    )


def maker(
    name: str,
    *,
    makes: str = "power",
    of: str = "MWh",
    most: float,
    cost: float,
    consumes: Mapping[str, str] | None = None,
    **more: object,
) -> Unit:
    """Return a unit that makes up to ``most`` a day of a material."""
    return Unit(
        id=name,
        name=name,
        name_en=name,
        kind="recipe",
        centre=name,
        place="p",
        recipe={"basis": makes, "consumes": dict(consumes or {})},
        limits={"throughput": f"{most!r} {of}/d"},
        cost=f"{cost!r} CNY/{of}",
        **more,
    )


def load(peak: float, *, material: str = "power", of: str = "MWh") -> Unit:
    """Return a unit that must consume its availability times ``peak`` a day."""
    return Unit(
        id="load",
        name="负荷",
        name_en="load",
        kind="recipe",
        centre="load",
        place="p",
        recipe={"basis": "served", "consumes": {material: f"1 {of}/{of}"}},
        limits={"throughput": f"{peak!r} {of}/d"},
        minimum=1.0,
    )


def buy(name: str, price: float, of: str, **more: object) -> Purchase:
    """Return a purchase of a material at a fixed price."""
    return Purchase(id=name, name=name, name_en=name, centre="trade",
                    good=f"{name}@p", price=f"{price!r} CNY/{of}", **more)  # fmt: skip


def sell(name: str, price: float, of: str, **more: object) -> Sale:
    """Return a sale of a material at a fixed price."""
    return Sale(id=f"{name}-sale", name=name, name_en=name, centre="trade",
                goods=[f"{name}@p"], price=f"{price!r} CNY/{of}", **more)  # fmt: skip


def known(
    chain: Chain,
    count: int,
    *,
    shares: Mapping[str, Sequence[float]] | None = None,
    prices: Mapping[str, Sequence[float]] | None = None,
    running: Mapping[str, Running] | None = None,
    whole_periods: int | None = None,
) -> Conditions:
    """Return conditions with availabilities and prices by period."""
    first = period(chain.group.first_period)
    found = conditions(
        chain,
        horizon(first, count),
        known_until=None,
        running=running,
        whole_periods=whole_periods,
    )
    share = {k: np.array(v, np.float64) for k, v in (shares or {}).items()}
    price = {k: np.array(v, np.float64) for k, v in (prices or {}).items()}
    return replace(
        found,
        availability={**found.availability, **share},
        price={**found.price, **price},
    )


def planned(chain: Chain, count: int, **more: object) -> Plan:
    """Return the plan of a chain under `known` conditions."""
    return make_plan(network(chain), known(chain, count, **more))
