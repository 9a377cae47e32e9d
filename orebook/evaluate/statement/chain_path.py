"""The way of a product through the group: its steps back to the mine or the market.

A general network has no single chain. From what is sold the way goes back through
whoever makes most of each good, by the input of the greatest value; what else goes in
is conversion cost at internal prices, what else comes out is credited at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orebook.chain.chain import Balance, good
from orebook.evaluate.statement.work_back import Step, Target, targets
from orebook.plan.accounts import Month, PriceSet, outside
from orebook.process.network import Network, Stream

__all__ = ["ProductChain", "Stage", "product_chains"]

LEAST = 1e-6
"""An amount below this makes no step [unit]."""
_GOODS = ("ore", "intermediate", "product")
"""Classes a chain runs through; others are what a step spends."""
_OWN = frozenset({"variable_cost", "spending", "start_cost", "running_cost"})


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes most of a good: units together, or a route.

    Parameters
    ----------
    kind : str
        ``units`` or ``route``.
    owners : tuple of str
        Units, or the route.
    centres : tuple of str
        Centres that answer for them.
    """

    kind: str
    owners: tuple[str, ...]
    centres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a product's way.

    Parameters
    ----------
    good : Balance
        What it makes, and where.
    unit : str
        Unit of the good.
    source : Balance or None
        Good of the step before; None at the first.
    maker : Maker
        Who makes it.
    planned, real : Step
        The step by the plan and as it was.
    target : Target
        Against its target.
    """

    good: Balance
    unit: str
    source: Balance | None
    maker: Maker
    planned: Step
    real: Step
    target: Target

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        t = self.target
        return {
            "good": str(self.good),
            "unit": self.unit,
            "source": None if self.source is None else str(self.source),
            "makers": list(self.maker.owners),
            "centres": list(self.maker.centres),
            "planned_use": self.planned.use,
            "actual_use": self.real.use,
            "planned_conversion_cny": self.planned.conversion,
            "actual_conversion_cny": self.real.conversion,
            "target_cost_cny": t.target,
            "worth_cny": t.worth,
            "internal_price_cny": t.price,
            "supply_cost_cny": t.supply,
            "planned_cost_cny": t.cost,
            "actual_cost_cny": t.actual,
            "gap_cny": t.gap,
            "missed_target": t.missed,
            "price_between": t.bracketed,
        }


@dataclass(frozen=True, slots=True)
class ProductChain:
    """A product that is sold and its way back.

    Parameters
    ----------
    good : Balance
        The product.
    unit : str
        Its unit.
    amount : float
        Planned sales [unit].
    price, margin : float
        Market price net of freight and VAT, margin required of it [CNY/unit].
    first : Balance or None
        What the first step buys; None where it begins at a mine.
    first_target, first_price : float or None
        What it may cost, and what it does [CNY/unit].
    stages : tuple of Stage
        From the product to the first step.
    """

    good: Balance
    unit: str
    amount: float
    price: float
    margin: float
    first: Balance | None
    first_target: float | None
    first_price: float | None
    stages: tuple[Stage, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "good": str(self.good),
            "unit": self.unit,
            "amount": self.amount,
            "market_price_cny": self.price,
            "required_margin_cny": self.margin,
            "first_input": None if self.first is None else str(self.first),
            "first_target_cny": self.first_target,
            "first_price_cny": self.first_price,
            "stages": [s.to_dict() for s in self.stages],
        }


def product_chains(
    network: Network,
    prices: PriceSet,
    *,
    plan: Month,
    actual: Month,
    margin: float | Mapping[str, float] = 0.0,
) -> tuple[ProductChain, ...]:
    """Work back from every product that is sold, the greatest sales first.

    Parameters
    ----------
    network : Network
        Chain and streams.
    prices : PriceSet
        Internal prices of the month.
    plan, actual : Month
        Quantities planned and real; the plan's use and cost are the norm.
    margin : float or mapping
        Margin required as a share of the market price [-], or by material
        [CNY/unit].

    Returns
    -------
    tuple of ProductChain
        What is only bought and sold again has no steps and is left out; so are wastes.
    """
    sides = _Book(network, prices, plan), _Book(network, prices, actual)
    found = []
    for sold, (amount, price) in _sold(network, plan).items():
        if isinstance(margin, (int, float)):
            kept = price * float(margin)
        else:
            kept = margin.get(sold.material, 0.0)
        chain = _chain(network, sides, sold, (amount, price, kept))
        if chain.stages:
            found.append(chain)
    return tuple(sorted(found, key=lambda c: -c.amount * c.price))


def _sold(network: Network, month: Month) -> dict[Balance, tuple[float, float]]:
    """Return planned amount and mean net price of every good that is sold."""
    total: dict[Balance, tuple[float, float]] = {}
    for sale in network.chain.sales:
        for text in sale.goods:
            b = good(text)
            amount = month.amounts[f"sell:{sale.id}:{b.material}"]
            held, money = total.get(b, (0.0, 0.0))
            price = month.market[f"sell:{sale.id}"]
            total[b] = (held + amount, money + amount * price)
    return {
        b: (q, money / q)
        for b, (q, money) in total.items()
        if q > LEAST and money > 0.0
        and network.chain.material[b.material].group in _GOODS
    }  # fmt: skip


def _chain(
    network: Network, sides: tuple[_Book, _Book], sold: Balance,
    terms: tuple[float, float, float],
) -> ProductChain:  # fmt: skip
    plan, real = sides
    way = list(plan.way(sold))
    steps = [plan.step(at, maker, source) for at, maker, source in way]
    done = [real.step(at, maker, source) or steps[k]
            for k, (at, maker, source) in enumerate(way)]  # fmt: skip
    kept = [s for s in steps if s is not None]
    source = way[-1][2] if way else None
    first = None if source is None else plan.price(source)
    inside = [plan.price(at) for at, _, _ in way]
    amount, price, margin = terms
    found = targets(price, margin, first or 0.0, inside, kept, done)  # type: ignore[arg-type]
    unit = network.chain.material
    stages = tuple(
        Stage(at, unit[at.material].unit, before, maker, kept[k], done[k], found[k])  # type: ignore[arg-type]
        for k, (at, maker, before) in enumerate(way)
    )
    may = None
    if source is not None:
        last = kept[-1]
        may = (found[-1].target - last.conversion) / last.use
    return ProductChain(sold, unit[sold.material].unit, amount, price, margin, source,
                        may, first, stages)  # fmt: skip


class _Book:
    """One month as the steps of chains see it."""

    def __init__(self, network: Network, prices: PriceSet, month: Month) -> None:
        self.network, self.prices, self.month = network, prices, month
        self.supply: dict[Balance, list[Stream]] = {}
        for s in network.streams:
            if s.sign > 0 and s.role in {"unit", "receive", "buy"}:
                self.supply.setdefault(s.balance, []).append(s)
        self._leads_to = self._edges()
        self._after: dict[Balance, set[Balance]] = {}
        self.spent: dict[str, float] = {}
        self.fixed: dict[str, float] = {}
        for row in outside(network, month):
            if row.account == "fixed_cost":
                self.fixed[row.centre] = self.fixed.get(row.centre, 0.0) - row.amount
            elif row.account in _OWN or row.account == "freight":
                key = row.subject if row.account == "freight" else _unit(row.subject)
                self.spent[key] = self.spent.get(key, 0.0) - row.amount

    def amount(self, s: Stream) -> float:
        return self.month.amounts[s.id]

    def value(self, s: Stream) -> float:
        return self.amount(s) * self.prices.of(s)

    def price(self, at: Balance) -> float:
        return self.prices.internal[at]

    def way(self, sold: Balance) -> Iterator[tuple[Balance, Maker, Balance | None]]:
        """Yield good, maker and good of the step before, back to the first.

        A by-product has no way of its own: it is credited where it falls.
        """
        at: Balance | None = sold if self.is_made(sold) else None
        seen: set[Balance] = set()
        while at is not None and at not in seen:
            seen.add(at)
            maker = self.maker(at)
            if maker is None:
                return
            source = self.source(at, maker, seen)
            if self.step(at, maker, source) is None:
                return
            yield at, maker, source
            at = source

    def maker(self, at: Balance) -> Maker | None:
        """Return who supplies most of a good; None where most of it is bought."""
        amount: dict[str, float] = {}
        for s in self.supply.get(at, ()):
            key = s.owner if s.role == "receive" else s.role
            amount[key] = amount.get(key, 0.0) + self.amount(s)
        most = max(amount, key=lambda k: amount[k], default="buy")
        if amount.get(most, 0.0) <= LEAST or most == "buy":
            return None
        if most != "unit":
            centre = next(s.centre for s in self.supply[at] if s.owner == most)
            return Maker("route", (most,), (centre,))
        makers = [s for s in self.supply[at] if s.role == "unit"]
        main = [s for s in makers if self._is_main(s)] or makers
        running = [s for s in main if self.amount(s) > LEAST] or main
        units = tuple(dict.fromkeys(s.owner for s in running))
        return Maker("units", units, tuple(dict.fromkeys(s.centre for s in running)))

    def is_made(self, at: Balance) -> bool:
        """Return whether a good is the main product of someone, not a by-product."""
        made = [s for s in self.supply.get(at, ()) if s.role != "buy"]
        return any(s.role == "receive" or self._is_main(s) for s in made)

    def _is_main(self, s: Stream) -> bool:
        made = [o for o in self.network.of(s.owner) if o.sign > 0]
        return all(self.value(o) <= self.value(s) + LEAST for o in made)

    def source(self, at: Balance, maker: Maker, seen: set[Balance]) -> Balance | None:
        """Return the input of the greatest value among goods; None where none is.

        What comes back in a circuit, as the liquor of a refinery, is made from the
        good itself: anything that is not goes before it.
        """
        net = self.flows(maker)
        material = self.network.chain.material
        goods = {
            b: -q for b, q in net.items()
            if q < -LEAST and b not in seen and material[b.material].group in _GOODS
        }  # fmt: skip
        if not goods:
            return None
        fresh = {b: q for b, q in goods.items() if b not in self.after(at)}
        goods = fresh or goods
        return max(goods, key=lambda b: (goods[b] * max(0.0, self.price(b)), goods[b]))

    def after(self, at: Balance) -> set[Balance]:
        """Return every good that is made from a good, by however many steps."""
        if at not in self._after:
            found: set[Balance] = set()
            waiting = [at]
            while waiting:
                fresh = self._leads_to.get(waiting.pop(), set()) - found
                found |= fresh
                waiting += fresh
            self._after[at] = found
        return self._after[at]

    def _edges(self) -> dict[Balance, set[Balance]]:
        """Return what is made from each good in one step, goods only."""
        material = self.network.chain.material
        found: dict[Balance, set[Balance]] = {}
        owners = [u.id for u in self.network.chain.units]
        for owner in (*owners, *(r.id for r in self.network.chain.routes)):
            flowing = [
                s
                for s in self.network.of(owner)
                if self.amount(s) > LEAST
                and material[s.balance.material].group in _GOODS
            ]
            made = {s.balance for s in flowing if s.sign > 0}
            for s in flowing:
                if s.sign < 0:
                    found.setdefault(s.balance, set()).update(made)
        return found

    def flows(self, maker: Maker) -> dict[Balance, float]:
        """Return what a maker gives (+) and takes (-) of every good [unit]."""
        net: dict[Balance, float] = {}
        for s in self.streams(maker):
            net[s.balance] = net.get(s.balance, 0.0) + s.sign * self.amount(s)
        return net

    def streams(self, maker: Maker) -> Iterable[Stream]:
        for owner in maker.owners:
            yield from self.network.of(owner)

    def step(self, at: Balance, maker: Maker, source: Balance | None) -> Step | None:
        """Return the step of a good per unit; None where it made nothing."""
        if maker.kind == "route":
            return self._route(at, maker)
        net = self.flows(maker)
        made = net.get(at, 0.0)
        if made <= LEAST:
            return None
        use = 0.0 if source is None else max(0.0, -net.get(source, 0.0)) / made
        goods = {at, source}
        other = -sum(s.sign * self.value(s) for s in self.streams(maker)
                     if s.balance not in goods)  # fmt: skip
        own = sum(self.spent.get(u, 0.0) for u in maker.owners)
        return Step(use, (other + own) / made, self._fixed(maker) / made)

    def _route(self, at: Balance, maker: Maker) -> Step | None:
        route, material = maker.owners[0], at.material
        arrived = self.month.amounts[f"receive:{route}:{material}"]
        send = f"send:{route}:{material}"
        if arrived <= LEAST:
            return None
        sent = self.month.amounts[send]
        return Step(sent / arrived, self.spent.get(send, 0.0) / arrived)

    def _fixed(self, maker: Maker) -> float:
        """Return the fixed cost of its centres that falls to a maker, by value made."""
        total = 0.0
        for centre in maker.centres:
            made = self._made(centre)
            whole = sum(made.values())
            own = sum(v for u, v in made.items() if u in maker.owners)
            part = own / whole if whole > 0.0 else 1.0 / max(1, len(made))
            total += self.fixed.get(centre, 0.0) * part
        return total

    def _made(self, centre: str) -> dict[str, float]:
        made: dict[str, float] = {}
        for u in self.network.chain.units:
            if u.centre == centre:
                outputs = (s for s in self.network.of(u.id) if s.sign > 0)
                made[u.id] = sum(max(0.0, self.value(s)) for s in outputs)
        return made


def _unit(subject: str) -> str:
    """Return the unit a cost belongs to.

    Examples
    --------
    >>> _unit("kiln:alumina"), _unit("start:boiler"), _unit("kiln")
    ('kiln', 'boiler', 'kiln')
    """
    head, colon, tail = subject.partition(":")
    return tail if colon and head in {"start", "stop", "running"} else head
