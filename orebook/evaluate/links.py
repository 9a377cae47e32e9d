"""What passes between sites, and the market each site would have instead.

A route between two sites, or a unit that draws on a good lying at another site, is a
link. Cut it, and the site that gave sells on the market, the site that got buys there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Balance, Chain, good
from orebook.chain.trade import Purchase, Sale, Tier
from orebook.plan.blocks.work import per_period
from orebook.plan.conditions import Conditions
from orebook.plan.result import Plan

__all__ = ["Link", "Market", "Price", "links_of", "market_price", "markets_of"]

FloatArray = npt.NDArray[np.float64]
Side = Literal["buy", "sell"]
FULL = 1.0 - 1e-9
"""Share of its limit from which a contract takes or gives no more [-]."""
SMALL = 1e-6
"""Amount below which nothing passes: rounding of the solver [unit]."""


@dataclass(frozen=True, slots=True)
class Link:
    """A good that passes from one site to another in the group's plan.

    Parameters
    ----------
    giver, taker : str
        The sites.
    start, end : Balance
        Where it leaves the one and reaches the other.
    owner : str
        Site that owns the route; the taker where there is no route.
    route : str
        Route it takes; empty where both ends are the same.
    sent, got : array of float, shape (periods,)
        Amounts [unit].
    cost : array of float, shape (periods,)
        Transport [CNY].
    """

    giver: str
    taker: str
    start: Balance
    end: Balance
    owner: str
    route: str
    sent: FloatArray
    got: FloatArray
    cost: FloatArray


@dataclass(frozen=True, slots=True)
class Price:
    """A market price and where it is read.

    Parameters
    ----------
    value : array of float, shape (periods,)
        Price at the site's own place [CNY/unit].
    source : str
        Contract it is read from, ``buy:ID`` or ``sell:ID``, or ``given``.
    """

    value: FloatArray
    source: str


@dataclass(frozen=True, slots=True)
class Market:
    """What a site may buy or sell instead of dealing with another site.

    Parameters
    ----------
    site : str
        Who may.
    side : {"buy", "sell"}
        What it may do.
    balance : Balance
        Material and place.
    most : array of float, shape (periods,)
        Up to what the group's plan moves there between sites [unit].
    price : Price or None
        None where the book knows no market for the material.
    """

    site: str
    side: Side
    balance: Balance
    most: FloatArray
    price: Price | None

    @property
    def id(self) -> str:
        """Name of the contract that stands for it."""
        return f"market-{self.site}-{self.balance.material}-{self.balance.place}"


def links_of(plan: Plan) -> tuple[Link, ...]:
    """Return what passes between the sites of a plan, along routes and directly."""
    chain = plan.network.chain
    found = [link for link in _routed(plan) if link.giver != link.taker]
    found = [x for x in (*found, *_shared(plan)) if x.sent.max(initial=0.0) > SMALL]
    order = [c.id for c in chain.centres]
    return tuple(
        sorted(found, key=lambda x: (order.index(x.giver), order.index(x.taker)))
    )


def _routed(plan: Plan) -> Iterator[Link]:
    chain, position = plan.network.chain, plan.network.position
    site = {p.id: chain.site_of(p.centre) for p in chain.places}
    block = plan.assembly.problem.columns["ship"]
    for route in chain.routes:
        for material in route.materials:
            name = f"{route.id}:{material}"
            sent = plan.amounts[position[f"send:{name}"]]
            cost = plan.assembly.problem.cost[block.index(name, np.arange(sent.size))]
            yield Link(
                giver=site[route.start],
                taker=site[route.end],
                start=Balance(material, route.start),
                end=Balance(material, route.end),
                owner=chain.site_of(route.centre),
                route=route.id,
                sent=sent,
                got=plan.amounts[position[f"receive:{name}"]],
                cost=cost * sent,
            )


def _shared(plan: Plan) -> Iterator[Link]:
    """Yield what sites other than the place's own give to a balance or take from it.

    The site of the place stands between the others: what one gives it another gets.
    """
    chain = plan.network.chain
    net: dict[tuple[str, str, Balance], FloatArray] = {}
    for s, amount in zip(plan.network.streams, plan.amounts, strict=True):
        if s.role in ("send", "receive"):
            continue
        own = chain.site_of(chain.place[s.balance.place].centre)
        other = chain.site_of(s.centre)
        if other != own:
            key = (other, own, s.balance)
            net[key] = net.get(key, np.zeros(amount.size)) + s.sign * amount
    for (other, own, balance), amount in net.items():
        for giver, taker, moved in ((other, own, amount), (own, other, -amount)):
            most = np.maximum(moved, 0.0)
            yield Link(
                giver, taker, balance, balance, taker, "", most, most, 0.0 * most
            )


def markets_of(
    plan: Plan, links: tuple[Link, ...], given: Mapping[str, tuple[float, float]]
) -> tuple[Market, ...]:
    """Return the market each site has in place of its links.

    Parameters
    ----------
    plan : Plan
        The group's plan.
    links : tuple of Link
        What passes between sites.
    given : mapping
        Material to the price a site alone gets and the price it pays; replaces the
        prices read in the book [CNY/unit].

    Returns
    -------
    tuple of Market
        One for each site, side and good; nobody buys dearer than the market sells.
    """
    most: dict[tuple[str, Side, Balance], FloatArray] = {}
    for link in links:
        ends: tuple[tuple[str, Side, Balance, FloatArray], ...] = (
            (link.giver, "sell", link.start, link.sent),
            (link.taker, "buy", link.end, link.got),
        )
        for site, side, balance, amount in ends:
            key = (site, side, balance)
            most[key] = most.get(key, np.zeros(amount.size)) + amount
    return tuple(
        Market(site, side, balance, amount, market_price(plan, balance, side, given))
        for (site, side, balance), amount in most.items()
    )


def market_price(
    plan: Plan,
    balance: Balance,
    side: Side,
    given: Mapping[str, tuple[float, float]] | None = None,
) -> Price | None:
    """Return the market price of a good at a place, None where the book knows none.

    Parameters
    ----------
    plan : Plan
        The group's plan, whose contracts are the known markets.
    balance : Balance
        Material and place.
    side : {"buy", "sell"}
        What the site would do there.
    given : mapping, optional
        Prices that replace the book's: material to (sell, buy) [CNY/unit].

    Notes
    -----
    Contracts of the same material, wherever they lie, are its market: purchases for a
    buyer and sales for a seller, or the other side with its freight turned round where
    there are none. The price is that of the best contract with room left in the
    group's plan in that period, for that is what more would really cost or bring; of
    the worst one where all are full. A contract elsewhere carries the cost of the route
    between the two places, where the book has one. Selling is never dearer than buying.
    """
    if given and balance.material in given:
        sell, buy = given[balance.material]
        value = np.full(len(plan.periods), buy if side == "buy" else sell)
        return Price(value, "given")
    buying = _read(plan, balance, "buy")
    if side == "buy" or buying is None:
        return buying
    selling = _read(plan, balance, "sell")
    assert selling is not None  # one contract serves both sides
    return Price(np.minimum(selling.value, buying.value), selling.source)


def _read(plan: Plan, balance: Balance, side: Side) -> Price | None:
    same, other = _purchases(plan, balance), _sales(plan, balance)
    if side == "sell":
        same, other = other, same
    offers = [_offer(plan, balance, side, *c) for c in same or other]
    offers = [o for o in offers if o[3]] or offers
    if not offers:
        return None
    sign = 1.0 if side == "buy" else -1.0
    value = np.array([o[1] for o in offers]) * sign
    room = np.array([o[2] for o in offers])
    open_ = np.where(room, value, np.inf).min(axis=0)
    best = np.where(room.any(axis=0), open_, value.max(axis=0))
    first = int(np.argmin(np.abs(value[:, 0] - best[0])))
    return Price(sign * best, offers[first][0])


_Contract = tuple[str, Purchase | Sale, str, FloatArray]


def _purchases(plan: Plan, balance: Balance) -> list[_Contract]:
    table, position = plan.amounts, plan.network.position
    return [
        (f"buy:{p.id}", p, good(p.good).place, table[position[f"buy:{p.id}"]])
        for p in plan.network.chain.purchases
        if good(p.good).material == balance.material
    ]


def _sales(plan: Plan, balance: Balance) -> list[_Contract]:
    found: list[_Contract] = []
    for s in plan.network.chain.sales:
        goods = [good(text) for text in s.goods]
        for own in goods:
            if own.material == balance.material:
                rows = [
                    plan.network.position[f"sell:{s.id}:{g.material}"] for g in goods
                ]
                sold = plan.amounts[rows].sum(axis=0)
                found.append((f"sell:{s.id}", s, own.place, sold))
    return found


def _offer(
    plan: Plan,
    balance: Balance,
    side: Side,
    name: str,
    contract: Purchase | Sale,
    place: str,
    amount: FloatArray,
) -> tuple[str, FloatArray, npt.NDArray[np.bool_], bool]:
    """Return name, price at the site's place, room by period, and whether in reach."""
    chain, conditions = plan.network.chain, plan.assembly.conditions
    of = chain.material[balance.material].unit
    price = conditions.price[name] + _tier(contract.tiers, amount, of, conditions)
    freight = 0.0 if contract.freight is None else contract.freight.to(f"CNY/{of}")
    if name.startswith("sell:") and side == "buy":
        price = price + 2.0 * freight  # it was taken off, the buyer pays it instead
    if name.startswith("buy:") and side == "sell":
        price = price - 2.0 * freight
    way = (place, balance.place) if side == "buy" else (balance.place, place)
    haul = _haul(chain, balance.material, *way)
    if haul is not None:
        price = price + haul if side == "buy" else price - haul
    most = np.full(amount.size, np.inf)
    if contract.max is not None:
        most = per_period(contract.max, of, conditions.periods)
    return name, price, amount < FULL * most, haul is not None


def _tier(
    tiers: list[Tier], amount: FloatArray, of: str, conditions: Conditions
) -> FloatArray:
    """Return the extra of the tier that has been reached [CNY/unit]."""
    extra = np.zeros(amount.size)
    for tier in tiers:
        above = per_period(tier.above, of, conditions.periods)
        extra = np.where(amount >= FULL * above, tier.extra.to(f"CNY/{of}"), extra)
    return extra


def _haul(chain: Chain, material: str, start: str, end: str) -> float | None:
    """Return the cheapest way between two places, None where none [CNY/unit]."""
    if start == end:
        return 0.0
    of = chain.material[material].unit
    costs = [
        0.0 if r.cost is None else r.cost.to(f"CNY/{of}")
        for r in chain.routes
        if material in r.materials and (r.start, r.end) == (start, end)
    ]
    return min(costs, default=None)
