"""Value added per hour: the statement as the small self-reckoning units of Kyocera.

Net production is what a unit sells, outside and inside, less what it buys inside.
Everything else it spends is deducted, except pay: what is left is the value its people
added, and divided by their hours the one figure every team can follow from day to day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orebook.chain.chain import Chain
from orebook.evaluate.journal import money
from orebook.evaluate.statement.layout import GOLDEN, LABOUR, PRICE_VARIANCE
from orebook.evaluate.statement.value import SIDES, Entry, Statement

__all__ = ["HOURS_PER_PERSON", "Amoeba", "Side", "amoeba", "planned_hours"]

HOURS_PER_PERSON = 166.64
"""Hours of one person in a month: 20.83 working days of 8 h [h/month]."""
OUTSIDE = ("external_sale", "price_variance_sale")
INSIDE = ("internal_sale", "quality_adjustment_received", "quality_adjustment_paid")
BOUGHT = ("internal_purchase", "inventory")
_REST = tuple(
    line
    for line in (*GOLDEN, *PRICE_VARIANCE)
    if line not in {*OUTSIDE, *INSIDE, *BOUGHT}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the view: plan, re-plan or actual.

    Parameters
    ----------
    sales_outside, sales_inside, purchases_inside : int
        What it sold and bought, stocks with what it bought [0.01 CNY].
    deductions : int
        All other cost but pay, below 0 where it costs [0.01 CNY].
    labour : int
        Pay, below 0 [0.01 CNY].
    hours : float or None
        Hours worked or planned [h]; None where nobody told.
    source : str
        Where the hours are from: ``intake``, ``book``, ``head_count`` or empty.
    """

    sales_outside: int
    sales_inside: int
    purchases_inside: int
    deductions: int
    labour: int
    hours: float | None
    source: str

    @property
    def net_production(self) -> int:
        """Sales less purchases inside [0.01 CNY]."""
        return self.sales_outside + self.sales_inside + self.purchases_inside

    @property
    def value_added(self) -> int:
        """Net production less deductions; pay is not deducted [0.01 CNY]."""
        return self.net_production + self.deductions

    @property
    def profit(self) -> int:
        """Value added less pay: unit profit with its trade at real prices."""
        return self.value_added + self.labour

    @property
    def per_hour(self) -> float | None:
        """Value added per hour [CNY/h]."""
        return _per_hour(self.value_added, self.hours)

    @property
    def pay_per_hour(self) -> float | None:
        """Pay per hour: what the value added per hour must exceed [CNY/h]."""
        return _per_hour(-self.labour, self.hours)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "sales_outside_cny": money(self.sales_outside),
            "sales_inside_cny": money(self.sales_inside),
            "purchases_inside_cny": money(self.purchases_inside),
            "net_production_cny": money(self.net_production),
            "deductions_cny": money(self.deductions),
            "value_added_cny": money(self.value_added),
            "labour_cny": money(self.labour),
            "profit_cny": money(self.profit),
            "hours": self.hours,
            "hours_from": self.source,
            "value_added_per_hour_cny": self.per_hour,
            "pay_per_hour_cny": self.pay_per_hour,
        }


def _per_hour(cents: int, hours: float | None) -> float | None:
    return cents / 100.0 / hours if hours else None


@dataclass(frozen=True, slots=True)
class Amoeba:
    """Value added per hour of one centre."""

    centre: str
    plan: Side
    replan: Side
    actual: Side

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        sides = {name: getattr(self, name).to_dict() for name in SIDES}
        return {"centre": self.centre, **sides}


def amoeba(
    chain: Chain, statement: Statement, months: float, worked: Mapping[str, float]
) -> Amoeba:
    """See a statement as value added per hour; the postings are the same.

    Parameters
    ----------
    chain : Chain
        The book, for its categories of cost and planned hours.
    statement : Statement
        The statement of a centre.
    months : float
        Length of the period [month].
    worked : mapping
        Centre to hours really worked [h].
    """
    planned = planned_hours(chain, statement.centre, months)
    actual = planned
    if statement.centre in worked:
        actual = (worked[statement.centre], "intake")
    pay = {c.id for c in chain.costs if c.category.strip().lower() in LABOUR}
    hours = dict(zip(SIDES, (planned, planned, actual), strict=True))
    sides = (_side(statement, side, pay, hours[side]) for side in SIDES)
    return Amoeba(statement.centre, *sides)


def _side(
    statement: Statement, side: str, pay: set[str], hours: tuple[float | None, str]
) -> Side:
    labour = sum(e.cents(side) for e in statement.entries if _is_pay(e, pay))
    return Side(
        statement.total(OUTSIDE, side),
        statement.total(INSIDE, side),
        statement.total(BOUGHT, side),
        statement.total(_REST, side) - labour,
        labour,
        *hours,
    )


def _is_pay(entry: Entry, pay: set[str]) -> bool:
    fixed = entry.line in {"fixed_controllable", "fixed_other"}
    return fixed and entry.key.subject in pay


def planned_hours(chain: Chain, centre: str, months: float) -> tuple[float | None, str]:
    """Return the planned hours of a centre and where they are from.

    Parameters
    ----------
    chain : Chain
        The book.
    centre : str
        Who.
    months : float
        Length of the period [month].

    Returns
    -------
    tuple
        Hours the book states, else head count times 166.64 h a month, else None [h].

    Notes
    -----
    20.83 working days a month of 8 h: notice 2008 no. 3 of the labour ministry.
    """
    entry = chain.centre[centre]
    if entry.hours is not None:
        from orebook.quantity import rate

        stated = rate(f"{entry.hours.number!r} {entry.hours.unit}", "h")
        return stated.in_hours(730.0 * months, months), "book"
    if entry.people:
        return entry.people * HOURS_PER_PERSON * months, "head_count"
    return None, ""
