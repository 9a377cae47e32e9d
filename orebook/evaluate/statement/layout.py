"""The layout of a centre's statement: which line an amount belongs to, in which order.

Internal sales with their quality, external sales at the standard price, internal and
external purchases, controllable cost at actual, fees paid and received, capital charge,
environment charge: the controllable profit. Less what the centre does not control: the
unit profit. What the market made of the standard price stands in an account of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.chain.chain import Chain
from orebook.plan.accounts import TERMS, Line

__all__ = [
    "CONTROLLABLE",
    "GOLDEN",
    "LABOUR",
    "PRICE_VARIANCE",
    "TRADED",
    "Key",
    "Layout",
    "layout_of",
]

PRICE_VARIANCE = ("price_variance_purchase", "price_variance_sale")
"""Lines of the price-variance centre: what was paid or got beside the standard."""
TRADED = {
    "external_purchase": PRICE_VARIANCE[0],
    "external_sale": PRICE_VARIANCE[1],
}
"""Accounts of trade outside, and the line of the price variance of each."""
_FEES = tuple(
    f"{term}_{side}"
    for term in TERMS
    if term != "quality_adjustment"
    for side in ("received", "paid")
)
GOLDEN = (
    "internal_sale", "quality_adjustment_received", "quality_adjustment_paid",
    "external_sale", "internal_purchase", "external_purchase",
    "variable_cost", "spending", "start_cost", "running_cost", "band_charge",
    "freight", "holding_cost", "fixed_controllable", "inventory",
    "limit_received", "limit_paid", *_FEES,
    "capital_charge", "environment", "fixed_other",
)  # fmt: skip
"""Lines of a statement in order; all but the last are the centre's to control."""
CONTROLLABLE = GOLDEN[:-1]
LABOUR = frozenset({"wages", "labour", "labor", "工资", "人工", "薪酬"})
"""Categories of cost that are pay: no deduction where value is added per hour."""
_DIRTY = frozenset({"emission", "waste"})


@dataclass(frozen=True, slots=True)
class Key:
    """One line of one centre.

    Parameters
    ----------
    centre : str
        Who.
    line : str
        One of :data:`GOLDEN` or :data:`PRICE_VARIANCE`.
    subject : str
        Stream, contract, unit, route, store, cost or asset behind it.
    """

    centre: str
    line: str
    subject: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which line an amount belongs to, by what the book says of its subject.

    Parameters
    ----------
    beyond : frozenset of str
        Costs that their centre does not control.
    dirty : frozenset of str
        Materials that are emissions or wastes, and limits on emissions.
    """

    beyond: frozenset[str]
    dirty: frozenset[str]

    def line_of(self, row: Line) -> str:
        """Return the line of an amount of the accounts.

        Parameters
        ----------
        row : Line
            The amount.
        """
        gains = row.amount > 0.0
        if row.account == "limit_charge":
            if row.subject in self.dirty:
                return "environment"
            return "limit_received" if gains else "limit_paid"
        if row.account in TERMS:
            return f"{row.account}_{'received' if gains else 'paid'}"
        if row.account == "fixed_cost":
            return "fixed_other" if row.subject in self.beyond else "fixed_controllable"
        inside = row.account in {"internal_sale", "internal_purchase"}
        if inside and row.balance is not None and row.balance.material in self.dirty:
            return "environment"
        return row.account


def layout_of(chain: Chain) -> Layout:
    """Return where the amounts of a book stand in a statement.

    Parameters
    ----------
    chain : Chain
        The book.
    """
    beyond = frozenset(c.id for c in chain.costs if not c.controllable)
    materials = {m.id for m in chain.materials if m.group in _DIRTY}
    limits = {f"limit:{x.id}" for x in chain.limits if x.purpose == "emission"}
    return Layout(beyond, frozenset(materials | limits))
