"""Accounts: who earns what when amounts are valued at internal and market prices.

Valuation is a view over quantities: the plan, the closed month, a past month at another
price set and a scenario all go through :func:`lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal, Protocol

from orebook.chain.calendar import Period
from orebook.chain.chain import Balance, Chain, good
from orebook.chain.plant import Limit, Unit
from orebook.chain.trade import Purchase, Sale, Tier
from orebook.chain.whole import extra_at, money_of
from orebook.plan.demand import billed_kw, charge_money
from orebook.process.network import Network, Stream
from orebook.quantity import Measure, rate

Account = Literal[
    "internal_sale",
    "internal_purchase",
    "limit_charge",
    "capacity_fee",
    "quality_adjustment",
    "deviation_charge",
    "stock_revaluation",
    "inventory",
    "external_sale",
    "external_purchase",
    "variable_cost",
    "freight",
    "holding_cost",
    "start_cost",
    "running_cost",
    "band_charge",
    "fixed_cost",
    "spending",
]
DEMAND = "demand:"
"""Mark of a demand charge in the subject of a line."""
NOTHING = 1e-6
"""An amount below this is what rounding leaves of none [unit]."""
TERMS: tuple[Account, ...] = (
    "capacity_fee",
    "quality_adjustment",
    "deviation_charge",
    "stock_revaluation",
)
"""What centres pay each other beside the price: terms of a price policy."""
INTERNAL: frozenset[Account] = frozenset(
    {"internal_sale", "internal_purchase", "limit_charge", *TERMS}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a centre's account.

    Parameters
    ----------
    centre, account : str
        Who, and which account.
    subject : str
        Stream, contract, unit, route, store or cost it comes from.
    quantity : float
        Amount behind it [unit]; 0 for a cost per period.
    unit : str
        Unit of the quantity.
    price : float
        Money per unit [CNY/unit].
    amount : float
        Money, positive where the centre gains [CNY].
    balance : Balance or None
        Internal market it belongs to.
    """

    centre: str
    account: Account
    subject: str
    quantity: float
    unit: str
    price: float
    amount: float
    balance: Balance | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Quantities and market prices of one period, planned or real.

    Parameters
    ----------
    period : Period
        The period.
    amounts : mapping
        Stream id to amount [stream unit].
    duties : mapping
        ``UNIT:DUTY`` to amount [duty unit].
    market : mapping
        ``buy:ID`` / ``sell:ID`` to price [CNY/unit].
    costs : mapping
        Fixed cost id, unit id for its variable cost, demand charge id, or
        ``start:UNIT`` for its starts and stops, to money really spent [CNY]; the
        book's standard where absent.
    demand : mapping
        Demand charge id to the billed load [kW]; where absent that of the amounts. A
        plan of days states it, for another day may set the load of the month.
    whole : mapping
        Whole decisions behind it: ``start:UNIT`` and ``stop:UNIT`` [-],
        ``running:UNIT`` as a share of the period [-]; see :mod:`orebook.plan.decided`.
    content : mapping
        Stream id to what was measured of its content, by component [-]; the book's
        assay of the material where absent.
    """

    period: Period
    amounts: Mapping[str, float]
    duties: Mapping[str, float]
    market: Mapping[str, float]
    costs: Mapping[str, float]
    demand: Mapping[str, float] = field(default_factory=dict)
    whole: Mapping[str, float] = field(default_factory=dict)
    content: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Term(Protocol):
    """What centres pay each other beside the price, by what happened in a month."""

    def lines(self, network: Network, month: Month) -> Iterable[Line]:
        """Return its lines; together they sum to zero."""
        ...


@dataclass(frozen=True, slots=True)
class PriceSet:
    """The internal prices a month is valued at.

    Parameters
    ----------
    internal : mapping
        Price of each balance in the period [CNY/unit].
    closing : mapping
        Store id to the worth of a unit still in stock at the end [CNY/unit]: the price
        of the next period. The opening stock is bought at this period's price, so a
        store earns what its stock gains until then, less holding it.
    limits : mapping
        Limit id to what one unit of it is worth [CNY/unit]: whoever uses a scarce
        permit or shared resource pays its owner. Absent limits are free.
    credit : mapping
        Dual rate: what the seller of a balance is credited where it is not what its
        buyer is charged [CNY/unit]; the group keeps the difference.
    terms : tuple of Term
        Fees, quality adjustments and charges beside the price.
    opening : mapping
        Store id to the worth of its opening stock in the group's books where it is not
        the internal price [CNY/unit].
    """

    internal: Mapping[Balance, float]
    closing: Mapping[str, float]
    limits: Mapping[str, float] = field(default_factory=dict)
    credit: Mapping[Balance, float] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    opening: Mapping[str, float] = field(default_factory=dict)

    def of(self, stream: Stream) -> float:
        """Return what a unit of a stream is posted at [CNY/unit].

        Parameters
        ----------
        stream : Stream
            One that supplies its balance is credited, one that takes from it charged.
        """
        price = self.internal[stream.balance]
        return self.credit.get(stream.balance, price) if stream.sign > 0 else price


def lines(network: Network, month: Month, prices: PriceSet) -> tuple[Line, ...]:
    """Value a month: every line of every centre.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Quantities and market prices.
    prices : PriceSet
        Internal prices.

    Returns
    -------
    tuple of Line
        Internal lines of one balance sum to zero if its amounts balance.
    """
    return (
        *_internal(network, month, prices),
        *_limit_charges(network, month, prices),
        *term_lines(network, month, prices),
        *outside(network, month),
    )


def term_lines(network: Network, month: Month, prices: PriceSet) -> tuple[Line, ...]:
    """Return what centres pay each other beside the price.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Quantities.
    prices : PriceSet
        Its terms.
    """
    return tuple(row for term in prices.terms for row in term.lines(network, month))


def outside(network: Network, month: Month) -> tuple[Line, ...]:
    """Return the lines of a month that are no internal transfer: they need no prices.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Quantities and market prices.
    """
    return (
        *_external(network.chain, month),
        *_operating(network, month),
        *whole_lines(network, month),
    )


def _internal(network: Network, month: Month, prices: PriceSet) -> Iterator[Line]:
    for s in network.streams:
        quantity, value = month.amounts[s.id], prices.of(s)
        account: Account = "internal_sale" if s.sign > 0 else "internal_purchase"
        yield _line(s, account, quantity, value, s.sign)
        if s.role in {"open", "close"}:
            worth = prices.opening.get(s.owner, value)
            if s.role == "close":
                worth = prices.closing[s.owner]
            yield _line(s, "inventory", quantity, worth, -s.sign)


def charges(network: Network, prices: PriceSet) -> dict[str, float]:
    """Return what each stream pays per unit for scarce limits it uses [CNY/unit]."""
    found: dict[str, float] = {}
    for limit, stream, weight in limit_terms(network):
        worth = prices.limits.get(limit.id, 0.0)
        if worth:
            found[stream.id] = found.get(stream.id, 0.0) + worth * weight
    return found


def limit_terms(network: Network) -> Iterator[tuple[Limit, Stream, float]]:
    """Yield every (limit, stream, weight in the limit's unit per stream unit)."""
    for limit in network.chain.limits:
        for name, weight in limit.terms.items():
            stream = network.stream[name]
            yield limit, stream, weight.to(f"{limit.unit}/{stream.unit}")


def _limit_charges(network: Network, month: Month, prices: PriceSet) -> Iterator[Line]:
    """Users of a scarce limit pay its owner; the two sides of each limit cancel."""
    for limit, s, weight in limit_terms(network):
        worth = prices.limits.get(limit.id, 0.0)
        if not worth:
            continue
        used = weight * month.amounts[s.id]
        money, subject = worth * used, f"limit:{limit.id}"
        yield Line(s.centre, "limit_charge", subject, used, limit.unit, worth, -money)
        yield Line(
            limit.centre, "limit_charge", subject, used, limit.unit, worth, money
        )


def _line(
    s: Stream, account: Account, quantity: float, price: float, sign: int
) -> Line:
    amount = sign * quantity * price
    return Line(s.centre, account, s.id, quantity, s.unit, price, amount, s.balance)


def _external(chain: Chain, month: Month) -> Iterator[Line]:
    for p in chain.purchases:
        unit = chain.material[good(p.good).material].unit
        quantity = month.amounts[f"buy:{p.id}"]
        money = purchase_money(
            p, quantity, month.market[f"buy:{p.id}"], unit, month.period
        )
        yield _traded(
            p.centre, "external_purchase", f"buy:{p.id}", quantity, unit, -money
        )
    for s in chain.sales:
        unit = chain.material[good(s.goods[0]).material].unit
        names = [f"sell:{s.id}:{good(g).material}" for g in s.goods]
        quantity = sum(month.amounts[n] for n in names)
        money = sale_money(
            s, quantity, month.market[f"sell:{s.id}"], unit, month.period
        )
        yield _traded(s.centre, "external_sale", f"sell:{s.id}", quantity, unit, money)
    for d in chain.demand_charges:
        billed = month.demand.get(d.id)
        if billed is None:
            billed = billed_kw(chain, d, month.amounts, month.period)
        money = charge_money(d, billed, month.period)
        subject = f"{DEMAND}{d.id}"
        yield _traded(d.centre, "external_purchase", subject, billed, "kW", -money)
        if d.id in month.costs:
            over = month.costs[d.id] - money
            yield Line(d.centre, "spending", d.id, 0.0, "", 0.0, -over)


def _traded(
    centre: str,
    account: Account,
    subject: str,
    quantity: float,
    unit: str,
    amount: float,
) -> Line:
    price = abs(amount) / quantity if quantity else 0.0
    return Line(centre, account, subject, quantity, unit, price, amount)


def purchase_money(
    contract: Purchase, quantity: float, price: float, unit: str, period: Period
) -> float:
    """Return what a purchase costs, tiers, bands and take-or-pay included [CNY]."""
    money = price * quantity + _tiers(contract.tiers, quantity, unit, period)
    if contract.bands and contract.index is None:
        steps = band_steps(contract, unit, period)
        money += extra_at(steps, quantity) * quantity
    if contract.take_or_pay is not None:
        short = contract.shortfall_price
        money += (price if short is None else short.to(f"CNY/{unit}")) * max(
            0.0, _amount(contract.take_or_pay, unit, period) - quantity
        )
    return money


def band_steps(
    contract: Purchase, unit: str, period: Period
) -> list[tuple[float, float]]:
    """Return lower edge and extra of each band by amount [unit, CNY/unit]."""
    return [
        (_amount(b.above, unit, period), b.extra.to(f"CNY/{unit}"))
        for b in contract.bands
    ]


def sale_money(
    contract: Sale, quantity: float, price: float, unit: str, period: Period
) -> float:
    """Return what a sale earns, falling tiers included [CNY]."""
    return price * quantity + _tiers(contract.tiers, quantity, unit, period)


def _tiers(tiers: Iterable[Tier], quantity: float, unit: str, period: Period) -> float:
    money, before = 0.0, 0.0
    for tier in tiers:
        extra = tier.extra.to(f"CNY/{unit}")
        above = _amount(tier.above, unit, period)
        money += (extra - before) * max(0.0, quantity - above)
        before = extra
    return money


def _amount(measure: Measure, unit: str, period: Period) -> float:
    return rate(f"{measure.number!r} {measure.unit}", unit).in_hours(
        period.hours, period.months
    )


def _operating(network: Network, month: Month) -> Iterator[Line]:
    chain = network.chain
    for u in chain.units:
        if u.cost is None:
            continue
        allowed = 0.0
        for duty in network.processes[u.id].duties:
            quantity = month.duties[f"{u.id}:{duty.name}"]
            price = u.cost.to(f"CNY/{duty.unit}")
            yield _cost(
                u.centre,
                "variable_cost",
                f"{u.id}:{duty.name}",
                quantity,
                duty.unit,
                price,
            )
            allowed += quantity * price
        if u.id in month.costs:
            over = month.costs[u.id] - allowed
            yield Line(u.centre, "spending", u.id, 0.0, "", 0.0, -over)
    for r in chain.routes:
        for material in r.materials if r.cost is not None else ():
            unit = chain.material[material].unit
            subject = f"send:{r.id}:{material}"
            price = 0.0 if r.cost is None else r.cost.to(f"CNY/{unit}")
            yield _cost(
                r.centre, "freight", subject, month.amounts[subject], unit, price
            )
    for s in chain.stores:
        if s.holding_cost is not None:
            unit = chain.material[good(s.good).material].unit
            price = s.holding_cost.to(f"CNY/{unit}/month") * month.period.months
            amount = month.amounts[f"close:{s.id}"]
            yield _cost(s.centre, "holding_cost", f"close:{s.id}", amount, unit, price)
    for c in chain.costs:
        money = month.costs.get(
            c.id, c.amount.in_hours(month.period.hours, month.period.months)
        )
        yield Line(c.centre, "fixed_cost", c.id, 0.0, "", 0.0, -money)


def whole_lines(network: Network, month: Month) -> Iterator[Line]:
    """Yield what whole decisions cost: starts, stops, running, step tariffs."""
    for u in network.chain.units:
        if u.on_off is not None:
            yield from _run_lines(u, month)
    for p in network.chain.purchases:
        if p.bands and p.index is not None:
            yield from _band_lines(network, p, month)


def _run_lines(unit: Unit, month: Month) -> Iterator[Line]:
    state = unit.on_off
    assert state is not None
    allowed = 0.0
    for event, cost in (("start", state.start_cost), ("stop", state.stop_cost)):
        count, each = month.whole.get(f"{event}:{unit.id}", 0.0), money_of(cost)
        allowed += count * each
        if each:
            subject = f"{event}:{unit.id}"
            yield _cost(unit.centre, "start_cost", subject, count, "", each)
    if state.running_cost is not None:
        days = month.whole.get(f"running:{unit.id}", 0.0) * month.period.hours / 24.0
        each = _amount(state.running_cost, "CNY", month.period)
        each *= 24.0 / month.period.hours
        subject = f"running:{unit.id}"
        yield _cost(unit.centre, "running_cost", subject, days, "d", each)
    booked = month.costs.get(f"start:{unit.id}")
    if booked is not None:
        subject, over = f"start:{unit.id}", booked - allowed
        yield Line(unit.centre, "spending", subject, 0.0, "", 0.0, -over)


def _band_lines(network: Network, contract: Purchase, month: Month) -> Iterator[Line]:
    """Yield the surcharge of a step tariff: the owners of what is charged pay it."""
    extra = band_extra(network, contract, month.amounts)
    assert contract.index is not None
    for name in contract.index.of:
        s = network.stream[name]
        subject = f"band:{contract.id}:{name}"
        yield _cost(
            s.centre, "band_charge", subject, month.amounts[name], s.unit, extra
        )


def band_extra(
    network: Network, contract: Purchase, amounts: Mapping[str, float]
) -> float:
    """Return what every unit of a step tariff with an index costs more [CNY/unit].

    Parameters
    ----------
    network : Network
        Streams.
    contract : Purchase
        Has bands and an index.
    amounts : mapping
        Stream id to amount [stream unit].
    """
    index = contract.index
    if index is None:
        return 0.0
    above, below = sum(amounts[s] for s in index.of), amounts[index.per]
    of = network.stream[index.of[0]].unit
    ratio = f"{of}/{network.stream[index.per].unit}"
    steps = [(b.above.to(ratio), b.extra.to(f"CNY/{of}")) for b in contract.bands]
    if above <= NOTHING:
        return 0.0
    return extra_at(steps, above / below if below > NOTHING else inf)


def _cost(
    centre: str,
    account: Account,
    subject: str,
    quantity: float,
    unit: str,
    price: float,
) -> Line:
    return Line(centre, account, subject, quantity, unit, price, -quantity * price)


def margin_by_centre(rows: Iterable[Line]) -> dict[str, float]:
    """Return the sum of all lines of each centre [CNY]."""
    total: dict[str, float] = {}
    for row in rows:
        total[row.centre] = total.get(row.centre, 0.0) + row.amount
    return total


def group_margin(rows: Iterable[Line]) -> float:
    """Return the margin of the group: every line that is not an internal sale [CNY]."""
    return sum(row.amount for row in rows if row.account not in INTERNAL)
