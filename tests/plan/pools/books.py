"""Small groups with pools, readable by eye, and pooling instances as books."""

from __future__ import annotations

from collections.abc import Mapping

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material, QualityLimit
from orebook.chain.piles import with_piles
from orebook.chain.plant import Piles, Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.pooling.instance import PoolingInstance
from orebook.process.network import Network, network

SCALE = 100.0
"""Qualities of the instances are per cent; a book counts fractions."""


def group(
    *,
    materials: tuple[Material, ...],
    units: tuple[Unit, ...] = (),
    stores: tuple[Store, ...] = (),
    purchases: tuple[Purchase, ...] = (),
    sales: tuple[Sale, ...] = (),
    piles: tuple[Piles, ...] = (),
    places: tuple[str, ...] = ("yard",),
) -> Chain:
    """Return a group of one centre."""
    return with_piles(
        Chain(
            group=Group(id="g", name="团", name_en="group", first_period="2026-01"),
            centres=(Centre(id="g", name="团", name_en="group", level="group"),),
            places=tuple(Place(id=p, name=p, name_en=p, centre="g") for p in places),
            materials=materials,
            units=units,
            stores=stores,
            purchases=purchases,
            sales=sales,
            piles=piles,
        )
    )


def ore(name: str, assay: Mapping[str, float], *, mixed: bool = False) -> Material:
    """Return a material counted in tonnes."""
    return Material(
        id=name, name=name, name_en=name, group="ore", assay=dict(assay), mixed=mixed
    )


def bought(
    name: str, price: float, most: float | None = None, *, place: str = "yard"
) -> Purchase:
    """Return a purchase with a largest amount per month."""
    return Purchase(
        id=f"buy-{name}",
        name=name,
        name_en=name,
        centre="g",
        good=f"{name}@{place}",
        price=f"{price!r} CNY/t",
        max=None if most is None else f"{most!r} t/month",
    )


def sold(
    name: str,
    goods: list[str],
    price: float,
    *,
    least: float = 0.0,
    most: float | None = None,
    spec: tuple[QualityLimit, ...] = (),
) -> Sale:
    """Return a sale with a demand per month and a spec."""
    return Sale(
        id=name,
        name=name,
        name_en=name,
        centre="g",
        goods=goods,
        price=f"{price!r} CNY/t",
        min=f"{least!r} t/month" if least else None,
        max=None if most is None else f"{most!r} t/month",
        spec=list(spec),
    )


def mixing(name: str, feed: list[str], product: str, most: float | None = None) -> Unit:
    """Return a unit that mixes."""
    return Unit(
        id=name,
        name=name,
        name_en=name,
        kind="mix",
        centre="g",
        place="yard",
        feed=feed,
        ports={"product": product},
        limits={} if most is None else {"throughput": f"{most!r} t/month"},
    )


def at_most(of: str, value: float) -> QualityLimit:
    """Return an upper limit on a fraction [-]."""
    return QualityLimit(of=of, max=value)


def at_least(of: str, value: float) -> QualityLimit:
    """Return a lower limit on a fraction [-]."""
    return QualityLimit(of=of, min=value)


def book_of(instance: PoolingInstance, *, order: int = 1) -> Chain:
    """Return a pooling instance as a book: each pool a mixed material of its own.

    ``order`` -1 states everything in reverse.
    """
    pools = {p.id for p in instance.pools}
    name = {i.id: f"ore-{i.id.lower()}" for i in instance.inputs}
    name |= {p.id: f"mix-{p.id.lower()}" for p in instance.pools}
    feeds = {p: [a.source for a in instance.arcs if a.target == p] for p in pools}
    into = {
        o.id: [a.source for a in instance.arcs if a.target == o.id]
        for o in instance.outputs
    }
    finite = float("inf")
    return group(
        materials=(
            *(
                ore(name[i.id], {k: v / SCALE for k, v in i.quality.items()})
                for i in instance.inputs[::order]
            ),
            *(ore(name[p.id], {}, mixed=True) for p in instance.pools[::order]),
        ),
        units=tuple(
            mixing(
                f"unit-{p.id.lower()}",
                [name[f] for f in feeds[p.id]][::order],
                name[p.id],
                None if p.capacity == finite else p.capacity,
            )
            for p in instance.pools[::order]
        ),
        purchases=tuple(
            bought(name[i.id], i.cost, None if i.max == finite else i.max)
            for i in instance.inputs[::order]
        ),
        sales=tuple(
            sold(
                o.id.lower(),
                [f"{name[s]}@yard" for s in into[o.id]][::order],
                o.price,
                least=o.min,
                most=None if o.max == finite else o.max,
                spec=(
                    *(at_most(k, v / SCALE) for k, v in o.quality_max.items()),
                    *(at_least(k, v / SCALE) for k, v in o.quality_min.items()),
                ),
            )
            for o in instance.outputs[::order]
        ),
    )


def planned(chain: Chain, count: int = 1) -> tuple[Network, Conditions]:
    """Return the network of a group and its conditions over some months."""
    periods = horizon(period("2026-01"), count)
    return network(chain), conditions(chain, periods, known_until=None)
