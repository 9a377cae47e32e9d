"""The statement as a value: every line of every centre, and that it all reconciles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from orebook.evaluate.fair import Assays
from orebook.evaluate.journal import INVENTORY as STOCK
from orebook.evaluate.journal import (
    MARKET,
    OUTSIDE,
    balances,
    money,
)
from orebook.evaluate.statement.amounts import Amount, Amounts, amounts_of
from orebook.evaluate.statement.effects import in_cents, line_effects, tied
from orebook.evaluate.statement.layout import (
    CONTROLLABLE,
    GOLDEN,
    PRICE_VARIANCE,
    Key,
)
from orebook.evaluate.variance import EFFECTS
from orebook.plan.accounts import Month, PriceSet
from orebook.process.network import Network

__all__ = [
    "ORDER",
    "SIDES",
    "Entry",
    "Past",
    "Reconciled",
    "Statement",
    "Statements",
    "statements",
]

SIDES = ("plan", "replan", "actual")
ORDER = {line: k for k, line in enumerate((*GOLDEN, *PRICE_VARIANCE))}
"""Place of each line in a statement."""
NOTHING = Amount(0)
_NO_CAUSE = dict.fromkeys(EFFECTS, 0)


@dataclass(frozen=True, slots=True)
class Past:
    """What stands behind a month: its re-plan, and the months of the year before it.

    Parameters
    ----------
    replanned : Month or None
        Last re-plan of the month; the plan stands where there was none.
    months : tuple
        Earlier months of the calendar year: planned, real and the internal prices in
        force in each.
    missing : tuple of str
        Earlier months of the year that were not closed and evaluated.
    """

    replanned: Month | None = None
    months: tuple[tuple[Month, Month, PriceSet], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement.

    Parameters
    ----------
    key : Key
        Centre, line and subject.
    plan, replan, actual : Amount
        The three sides.
    effects : mapping
        Cause to its part of actual less plan [0.01 CNY]; they sum to it.
    plan_to_date, actual_to_date : int
        From the start of the calendar year, this month included [0.01 CNY].
    meters : tuple of str
        Readings behind it.
    """

    key: Key
    plan: Amount
    replan: Amount
    actual: Amount
    effects: Mapping[str, int]
    plan_to_date: int
    actual_to_date: int
    meters: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Line of the statement."""
        return self.key.line

    @property
    def change(self) -> int:
        """Actual less plan [0.01 CNY]."""
        return self.actual.cents - self.plan.cents

    def cents(self, side: str) -> int:
        """Return the money of a side [0.01 CNY].

        Parameters
        ----------
        side : str
            ``plan``, ``replan``, ``actual``, ``plan_to_date`` or ``actual_to_date``.
        """
        found = getattr(self, side)
        return found.cents if isinstance(found, Amount) else int(found)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "line": self.key.line,
            "subject": self.key.subject,
            "unit": self.actual.unit or self.plan.unit,
            "plan_quantity": self.plan.quantity,
            "replan_quantity": self.replan.quantity,
            "actual_quantity": self.actual.quantity,
            "price": self.actual.price,
            **{f"{side}_cny": money(self.cents(side)) for side in SIDES},
            "effects": {e: money(c) for e, c in self.effects.items()},
            "plan_to_date_cny": money(self.plan_to_date),
            "actual_to_date_cny": money(self.actual_to_date),
            "postings": list(self.actual.postings),
            "meters": list(self.meters),
        }


_TOTALS = {
    "controllable_profit": CONTROLLABLE,
    "not_controllable": GOLDEN[-1:],
    "unit_profit": GOLDEN,
    "price_variance": PRICE_VARIANCE,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of one centre.

    Parameters
    ----------
    centre : str
        Who.
    entries : tuple of Entry
        Its lines in the order of the layout; those of the price variance come last and
        are not in its profit.
    """

    centre: str
    entries: tuple[Entry, ...]

    def total(self, lines: Iterable[str], side: str) -> int:
        """Return the sum of some lines [0.01 CNY].

        Parameters
        ----------
        lines : iterable of str
            Lines of the layout.
        side : str
            ``plan``, ``replan``, ``actual``, ``plan_to_date`` or ``actual_to_date``.
        """
        chosen = set(lines)
        return sum(e.cents(side) for e in self.entries if e.line in chosen)

    def effects(self, lines: Iterable[str]) -> dict[str, int]:
        """Return the causes of some lines together [0.01 CNY].

        Parameters
        ----------
        lines : iterable of str
            Lines of the layout.
        """
        chosen = set(lines)
        own = [e for e in self.entries if e.line in chosen]
        return {x: sum(e.effects[x] for e in own) for x in EFFECTS}

    def profit(self, side: str = "actual") -> int:
        """Return the unit profit of a side [0.01 CNY]."""
        return self.total(GOLDEN, side)

    def market_result(self, side: str = "actual") -> int:
        """Return the result of the internal market [0.01 CNY].

        Its trade at real prices, and no charge for capital.
        """
        charge = self.total(("capital_charge",), side)
        return self.profit(side) + self.total(PRICE_VARIANCE, side) - charge

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        totals = {
            name: {f"{side}_cny": money(self.total(lines, side)) for side in _ALL}
            | {"effects": {k: money(v) for k, v in self.effects(lines).items()}}
            for name, lines in _TOTALS.items()
        }
        rows = [e.to_dict() for e in self.entries]
        return {"centre": self.centre, "lines": rows, "totals": totals}


_ALL = (*SIDES, "plan_to_date", "actual_to_date")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One side of all statements against the group's own accounts [0.01 CNY].

    Parameters
    ----------
    units : int
        Unit profits of all centres.
    capital : int
        Capital charges, which the group keeps: they were nobody's cost outside.
    elimination : int
        What the internal market keeps: rounding, and differences of dual rates.
    purchase, sale : int
        The price-variance centre: purchasing and sales.
    group : int
        Operating profit of the group by what it paid and got outside and its stocks.
    """

    units: int
    capital: int
    elimination: int
    purchase: int
    sale: int
    group: int

    @property
    def apart(self) -> int:
        """How far the two sides lie apart [0.01 CNY]; always 0."""
        inside = self.units + self.capital + self.elimination
        return inside + self.purchase + self.sale - self.group

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "unit_profits_cny": money(self.units),
            "capital_charge_kept_cny": money(self.capital),
            "elimination_cny": money(self.elimination),
            "price_variance_purchasing_cny": money(self.purchase),
            "price_variance_sales_cny": money(self.sale),
            "group_operating_profit_cny": money(self.group),
            "apart_cny": money(self.apart),
        }


@dataclass(frozen=True)
class Statements:
    """The statements of all centres of a month.

    Parameters
    ----------
    period : str
        The month.
    amounts : mapping
        ``plan``, ``replan`` and ``actual`` in the layout of the statement.
    of : mapping
        Centre to its statement.
    replanned : bool
        Whether the month was re-planned; the plan stands in its place otherwise.
    months, missing : tuple of str
        Months in the year to date, and those of the year that are not there.
    """

    period: str
    amounts: Mapping[str, Amounts]
    of: Mapping[str, Statement]
    replanned: bool = False
    months: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @cached_property
    def reconciled(self) -> dict[str, Reconciled]:
        """Each side against the group's own accounts."""
        return {side: self._reconcile(side) for side in SIDES}

    def _reconcile(self, side: str) -> Reconciled:
        held = balances(self.amounts[side].postings)
        each = self.of.values()
        return Reconciled(
            units=sum(s.profit(side) for s in each),
            capital=-sum(s.total(("capital_charge",), side) for s in each),
            elimination=sum(v for k, v in held.items() if k.startswith(MARKET)),
            purchase=sum(s.total(PRICE_VARIANCE[:1], side) for s in each),
            sale=sum(s.total(PRICE_VARIANCE[1:], side) for s in each),
            group=-held.get(OUTSIDE, 0) - held.get(STOCK, 0),
        )

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data with stable names."""
        return {
            "period": self.period,
            "replanned": self.replanned,
            "months_to_date": list(self.months),
            "missing": list(self.missing),
            "statements": [s.to_dict() for s in self.of.values()],
            "reconciliation": {k: r.to_dict() for k, r in self.reconciled.items()},
        }


def statements(
    network: Network,
    prices: PriceSet,
    *,
    plan: Month,
    actual: Month,
    fed: Assays,
    mixes: Assays | None = None,
    physics: Network | None = None,
    past: Past | None = None,
    evidence: Mapping[str, tuple[str, ...]] | None = None,
    centres: Mapping[str, Mapping[str, int]] | None = None,
) -> Statements:
    """Make the statement of every centre of a month.

    Parameters
    ----------
    network : Network
        Chain and streams.
    prices : PriceSet
        Internal prices the month settles at.
    plan, actual : Month
        Quantities and market prices, released before the month and real.
    fed : mapping
        Assays really fed, by unit, port and component [-].
    mixes : mapping, optional
        Content of the mixes the plan fed [-].
    physics : Network, optional
        The network at the settings of the plan, which the fair target rests on.
    past : Past, optional
        Re-plan and earlier months of the year.
    evidence : mapping, optional
        Stream to the meters its figure comes from.
    centres : mapping, optional
        Variance of each centre by cause as published, which the lines then sum to
        [0.01 CNY].

    Returns
    -------
    Statements
        The causes of a line sum to its change, and all sides reconcile, to the cent.
    """
    behind = past or Past()
    replan = behind.replanned or plan
    sides = {
        name: amounts_of(network, month, prices, plan.market)
        for name, month in zip(SIDES, (plan, replan, actual), strict=True)
    }
    causes = line_effects(physics or network, prices, plan=plan, actual=actual,
                          fed=fed, mixes=mixes)  # fmt: skip
    rounded = in_cents(causes, sides["plan"], sides["actual"])
    effects = tied(rounded, centres or {})
    to_date = list(_to_date(network, behind, sides))
    # A flow neither planned nor real may still have causes that cancel.
    moved = [key for key, row in effects.items() if any(row.values())]
    held = [k for a in (*sides.values(), *_flat(to_date)) for k in a.of]
    found: dict[str, list[Entry]] = {}
    for key in dict.fromkeys((*held, *moved)):
        plan_side, replan_side, actual_side = (
            sides[side].of.get(key, NOTHING) for side in SIDES
        )
        entry = Entry(
            key,
            plan_side,
            replan_side,
            actual_side,
            effects.get(key, _NO_CAUSE),
            sum(before.cents(key) for before, _ in to_date),
            sum(after.cents(key) for _, after in to_date),
            _meters(network, evidence or {}, key.subject),
        )
        found.setdefault(key.centre, []).append(entry)
    return Statements(
        period=actual.period.name,
        amounts=sides,
        of={c: Statement(c, _ordered(rows)) for c, rows in sorted(found.items())},
        replanned=behind.replanned is not None,
        months=(*(m.period.name for m, _, _ in behind.months), actual.period.name),
        missing=behind.missing,
    )


def _ordered(rows: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(rows, key=lambda e: (ORDER[e.line], -abs(e.actual.cents))))


def _to_date(
    network: Network, past: Past, sides: Mapping[str, Amounts]
) -> Iterator[tuple[Amounts, Amounts]]:
    """Yield plan and actual of each month of the year, at its own prices."""
    for before, after, prices in past.months:
        plan, actual = (
            amounts_of(network, m, prices, before.market) for m in (before, after)
        )
        yield plan, actual
    yield sides["plan"], sides["actual"]


def _flat(pairs: Iterable[tuple[Amounts, Amounts]]) -> Iterator[Amounts]:
    for pair in pairs:
        yield from pair


def _meters(
    network: Network, evidence: Mapping[str, tuple[str, ...]], subject: str
) -> tuple[str, ...]:
    """Return the meters behind a line: of its stream, unit, or contract's streams."""
    if subject in evidence:
        return evidence[subject]
    kind, _, owner = subject.partition(":")
    if kind in {"quality", "posted"}:
        return _meters(network, evidence, owner.partition(":")[2])
    if kind == "limit":
        limit = next(x for x in network.chain.limits if x.id == owner)
        return _of(evidence, limit.terms)
    if kind == "demand":
        charge = next(x for x in network.chain.demand_charges if x.id == owner)
        return _of(evidence, [f"buy:{p}" for p in charge.purchases])
    if kind == "sell":
        return _of(evidence, [s.id for s in network.of(owner) if s.role == "sell"])
    if kind in network.processes:
        read = [d.read_at for d in network.processes[kind].duties if d.name == owner]
        return _of(evidence, [f"{kind}.{port}" for port in read if port])
    return ()


def _of(
    evidence: Mapping[str, tuple[str, ...]], streams: Iterable[str]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m for s in streams for m in evidence.get(s, ())))
