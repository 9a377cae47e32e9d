"""The prices of a period under a policy, the dual interval of each beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orebook.chain.chain import Balance, good
from orebook.evaluate.policy.basis import Basis, Collar, collar
from orebook.evaluate.policy.check import balances_of
from orebook.evaluate.policy.cost import CostRule, cost_prices
from orebook.evaluate.policy.rules import (
    CapacityFee,
    Posted,
    PricePolicy,
    PriceRule,
    Quality,
    Rate,
)
from orebook.evaluate.policy.terms import (
    DeviationTerm,
    FeeTerm,
    QualityTerm,
    RevaluationTerm,
)
from orebook.plan.accounts import PriceSet, Term
from orebook.process.network import Network
from orebook.quantity import rate

__all__ = ["PolicyPrices", "Priced", "price"]

COST = frozenset({"cost-plus", "full-cost"})


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of one good in one period, and where it comes from.

    Parameters
    ----------
    balance : Balance
        The good.
    unit : str
        ``CNY/t``.
    rule, method : str
        Rule of the policy, empty where it has none for the good; its method.
    charge, credit : float
        What the buyer pays and the seller is paid; the same but for a dual rate
        [CNY/unit].
    dual, bid, ask : float
        The plan's price and its interval; None without end [CNY/unit].
    sell, buy : float
        Market collar; None where there is no market [CNY/unit].
    before : float
        Price before a market trigger moved it within the period; None where none did
        [CNY/unit].
    parameters, source, vat, approved_by, valid : str
        As the policy states them.
    note : str
        What a reader should know: outside the interval, or the market is crossed.
    """

    balance: Balance
    unit: str
    rule: str
    method: str
    charge: float
    credit: float
    dual: float
    bid: float | None
    ask: float | None
    sell: float | None
    buy: float | None
    before: float | None
    parameters: str
    source: str
    vat: str
    approved_by: tuple[str, ...]
    valid: tuple[str, str]
    note: str

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "material": self.balance.material,
            "place": self.balance.place,
            "unit": self.unit,
            "rule": self.rule,
            "method": self.method,
            "charge": self.charge,
            "credit": self.credit,
            "dual": self.dual,
            "bid": self.bid,
            "ask": self.ask,
            "sell_parity": self.sell,
            "buy_parity": self.buy,
            "before_trigger": self.before,
            "parameters": self.parameters,
            "source": self.source,
            "vat": self.vat,
            "approved_by": list(self.approved_by),
            "valid_from": self.valid[0],
            "valid_to": self.valid[1],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class PolicyPrices:
    """The price set of a period under a policy, with the record of every price."""

    policy: str
    period: str
    prices: PriceSet
    rows: tuple[Priced, ...]


def price(
    network: Network,
    policy: PricePolicy,
    basis: Basis,
    market: Mapping[str, float] | None = None,
) -> PolicyPrices:
    """Return the internal prices of a period under a policy.

    Parameters
    ----------
    network : Network
        Chain and streams.
    policy : PricePolicy
        The rules.
    basis : Basis
        The plan of the period.
    market : mapping, optional
        Market prices that really came, ``buy:ID`` and ``sell:ID`` [CNY/unit]: a rule
        with a trigger follows them where they moved further than it allows. Those
        known before the period otherwise.

    Returns
    -------
    PolicyPrices
        Prices for :func:`orebook.plan.accounts.lines`, and one record per good.

    Raises
    ------
    InputError
        If prices at cost rest on each other without end.
    """
    work = _Work(network, policy, basis, market or basis.planned.market)
    charge = work.charged()
    credit = charge | work.credited(charge)
    apart = {b: v for b, v in credit.items() if v != charge[b]}
    closing = work.closing(charge)
    stocks = work.revaluation(charge, credit, closing)
    prices = PriceSet(
        internal=charge,
        closing=basis.prices.closing,
        limits=basis.prices.limits,
        credit=apart,
        terms=(*work.terms(), *([stocks] if stocks.more else [])),
        opening=work.opening(),
    )
    rows = tuple(work.row(b, charge[b], credit[b]) for b in network.balances)
    return PolicyPrices(policy.id, basis.planned.period.name, prices, rows)


class _Work:
    """One period under one policy."""

    def __init__(
        self,
        network: Network,
        policy: PricePolicy,
        basis: Basis,
        market: Mapping[str, float],
    ) -> None:
        self.network, self.policy, self.basis = network, policy, basis
        self.market = market
        self.collars = collar(network, basis.planned.market)
        self.moved = collar(network, market)
        self.rule = self._rules()
        self.before: dict[Balance, float] = {}

    def _rules(self) -> dict[Balance, PriceRule]:
        period = self.basis.planned.period
        return {
            b: rule
            for rule in self.policy.prices
            if rule.holds(period.first, period.last)
            for text in rule.goods
            for b in balances_of(text, self.network)
        }

    def charged(self) -> dict[Balance, float]:
        """Return what buyers pay for every good [CNY/unit]."""
        rates = {b: _side(self.rule.get(b), "charge") for b in self.network.balances}
        found = self._found(rates, {})
        return {b: found[b] for b in self.network.balances}

    def credited(self, charge: Mapping[Balance, float]) -> dict[Balance, float]:
        """Return what sellers get for goods with two rates [CNY/unit].

        What cost they have is at the prices they pay.
        """
        two = (b for b, rule in self.rule.items() if rule.method == "dual-rate")
        return self._found({b: _side(self.rule[b], "credit") for b in two}, charge)

    def _found(
        self, rates: Mapping[Balance, Rate | None], paid: Mapping[Balance, float]
    ) -> dict[Balance, float]:
        at_cost = {
            b: CostRule(used.method == "full-cost", used.markup)
            for b, used in rates.items()
            if used is not None and used.method in COST
        }
        found = {
            b: self._price(b, used, self.rule.get(b))
            for b, used in rates.items()
            if b not in at_cost
        }
        if at_cost:
            worth = self.basis.prices.internal
            known = {**paid, **found}
            found |= cost_prices(
                self.network, self.basis.planned, at_cost, known, worth
            )
        return found

    def _price(self, b: Balance, used: Rate | None, rule: PriceRule | None) -> float:
        dual = self.basis.prices.internal[b]
        method = self.policy.otherwise if used is None else used.method
        if method == "dual":
            return dual
        unit = f"CNY/{self.network.chain.material[b.material].unit}"
        if used is None or method == "collared":
            return self._triggered(b, used, self._collared(b, used, dual, unit))
        if method in {"standard", "negotiated"}:
            assert used.value is not None
            assert rule is not None
            tax = 1.0 + rule.vat_rate if rule.vat == "included" else 1.0
            return used.value.to(unit) / tax
        less = 0.0 if used.less is None else used.less.to(unit)
        was = self._outside(b, used, self.collars[b], self.basis.planned.market)
        now = self._outside(b, used, self.moved[b], self.market)
        return self._triggered(b, used, (was - less, now - less))

    def _collared(
        self, b: Balance, used: Rate | None, dual: float, unit: str
    ) -> tuple[float, float]:
        if used is not None and (used.floor is not None or used.ceiling is not None):
            low = None if used.floor is None else used.floor.to(unit)
            high = None if used.ceiling is None else used.ceiling.to(unit)
            return (Collar(low, high).hold(dual),) * 2

        was, now = self.collars, self.moved
        if used is not None and used.contracts:
            only = used.contracts
            was = collar(self.network, self.basis.planned.market, only)
            now = collar(self.network, self.market, only)
        return was[b].hold(dual), now[b].hold(dual)

    def _outside(
        self, b: Balance, used: Rate, parity: Collar, market: Mapping[str, float]
    ) -> float:
        """Return the market price: the mean of what is sold at and bought at."""
        chosen = [
            market[key]
            for name in used.contracts
            for key in (f"buy:{name}", f"sell:{name}")
            if key in market
        ]
        known = chosen or [p for p in (parity.sell, parity.buy) if p is not None]
        return sum(known) / len(known) if known else self.basis.prices.internal[b]

    def _triggered(
        self, b: Balance, used: Rate | None, prices: tuple[float, float]
    ) -> float:
        """Follow the market within the period only where it moved that far."""
        was, now = prices
        limit = None if used is None else used.trigger
        if limit is None or abs(now - was) <= limit * abs(was):
            return was
        self.before[b] = was
        return now

    def closing(self, charge: Mapping[Balance, float]) -> dict[str, float]:
        """Return what stocks are worth at the end: as the plan says, moved alike."""
        plan = self.basis.prices
        found = {}
        for s in self.network.chain.stores:
            b = good(s.good)
            found[s.id] = plan.closing[s.id] + charge[b] - plan.internal[b]
        return found

    def opening(self) -> dict[str, float]:
        """Return what stocks are worth at the beginning: what the plan says."""
        internal = self.basis.prices.internal
        return {s.id: internal[good(s.good)] for s in self.network.chain.stores}

    def revaluation(
        self,
        charge: Mapping[Balance, float],
        credit: Mapping[Balance, float],
        closing: Mapping[str, float],
    ) -> RevaluationTerm:
        """Return by how much the policy values stocks above the plan."""
        plan, more = self.basis.prices, {}
        for s in self.network.chain.stores:
            b = good(s.good)
            more[f"open:{s.id}"] = credit[b] - plan.internal[b]
            more[f"close:{s.id}"] = closing[s.id] - plan.closing[s.id]
        return RevaluationTerm({k: v for k, v in more.items() if v})

    # -- beside the price ------------------------------------------------------------

    def terms(self) -> Iterator[Term]:
        """Yield fees, quality adjustments and charges on posted quantities."""
        yield from (self._fee(f) for f in self.policy.fees)
        yield from (self._quality(q) for q in self.policy.quality)
        yield from (self._posted(p) for p in self.policy.posted)

    def _fee(self, fee: CapacityFee) -> FeeTerm:
        unit = fee.fee.unit.partition("/")[2]
        period = self.basis.planned.period
        text = f"{fee.reserved.number!r} {fee.reserved.unit}"
        quantity = rate(text, unit).in_hours(period.hours, period.months)
        price = fee.fee.to(f"CNY/{unit}")
        return FeeTerm(fee.id, fee.payer, fee.owner, quantity, unit, price)

    def _quality(self, rule: Quality) -> QualityTerm:
        (balance,) = balances_of(rule.good, self.network)
        unit = f"CNY/{self.network.chain.material[balance.material].unit}"
        cap = float("inf") if rule.cap is None else rule.cap.to(unit)
        value = {}
        for s in self.network.streams:
            if s.balance == balance and s.role == "unit" and s.sign < 0:
                known = self.basis.point.get(s.id, {}).get(rule.component, 0.0)
                value[s.id] = known if rule.value == "dual" else rule.value.to(unit)
        return QualityTerm(
            rule.id, balance, rule.component, rule.contract, value, cap
        )  # fmt: skip

    def _posted(self, rule: Posted) -> DeviationTerm:
        (balance,) = balances_of(rule.good, self.network)
        unit = f"CNY/{self.network.chain.material[balance.material].unit}"
        signs = {"seller": {1}, "buyer": {-1}, "both": {1, -1}}[rule.side]
        posted = {
            s.id: self.basis.planned.amounts[s.id]
            for s in self.network.streams
            if s.balance == balance and s.sign in signs and s.role != "open"
        }
        root = self.network.chain.root.id
        return DeviationTerm(rule.id, posted, rule.band, rule.charge.to(unit), root)

    # -- records -----------------------------------------------------------------------

    def row(self, b: Balance, charge: float, credit: float) -> Priced:
        """Return the record of one price."""
        rule, policy = self.rule.get(b), self.policy
        bid, ask = self.basis.bid.get(b), self.basis.ask.get(b)
        parity = self.collars[b]
        first = policy.valid_from if rule is None else rule.valid_from
        last = policy.valid_to if rule is None else rule.valid_to
        found = Priced(
            balance=b,
            unit=f"CNY/{self.network.chain.material[b.material].unit}",
            rule="" if rule is None else rule.id,
            method=policy.otherwise if rule is None else rule.method,
            charge=charge,
            credit=credit,
            dual=self.basis.prices.internal[b],
            bid=bid,
            ask=ask,
            sell=parity.sell,
            buy=parity.buy,
            before=self.before.get(b),
            parameters="" if rule is None else _parameters(rule),
            source="" if rule is None else rule.source,
            vat="excluded" if rule is None else rule.vat,
            approved_by=tuple(policy.approved_by if rule is None or not
                              rule.approved_by else rule.approved_by),
            valid=(str(first or policy.valid_from), str(last or policy.valid_to)),
            note="",
        )  # fmt: skip
        return replace(found, note=", ".join(_notes(found)))


def _side(rule: PriceRule | None, name: str) -> Rate | None:
    """Return the rate of one side of a rule."""
    if rule is None or rule.method != "dual-rate":
        return rule
    return rule.charge if name == "charge" else rule.credit


def _parameters(rate: Rate) -> str:
    """Return the parameters of a rule in one line."""
    names = ("value", "contracts", "less", "floor", "ceiling", "markup", "trigger")
    own = [
        f"{name} {_short(getattr(rate, name))}"
        for name in names
        if name in rate.model_fields_set
    ]
    for name in ("credit", "charge"):
        side = getattr(rate, name, None)
        if side is not None:
            own.append(f"{name}: {side.method} {_parameters(side)}".strip())
    return "; ".join(own)


def _short(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _notes(row: Priced) -> Iterator[str]:
    low, high = row.bid, row.ask
    tolerance = 1e-6 * max(1.0, abs(row.dual))
    for price in {row.charge, row.credit}:
        if low is not None and price < low - tolerance:
            yield "below the dual interval"
        if high is not None and price > high + tolerance:
            yield "above the dual interval"
    if row.sell is not None and row.buy is not None and row.sell > row.buy:
        yield "market collar crossed"
