"""The month as the chapters of a report read it, each part worked out once."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from orebook.evaluate.chain_gain import ChainGain
from orebook.evaluate.journal import Posting, journal
from orebook.evaluate.statement.value import Statements
from orebook.glossary import format_money, format_number
from orebook.plan.accounts import Month, lines
from orebook.plan.explain import Explanation, explain
from orebook.report.month_result import MonthResult
from orebook.report.names import Names
from orebook.report.table import Said


class View:
    """A month's result with names, months and journals at hand.

    Parameters
    ----------
    result : MonthResult
        The month.
    """

    def __init__(self, result: MonthResult) -> None:
        self.result = result
        self.plan = result.plan
        self.network = result.plan.network
        self.chain = result.plan.network.chain
        self.names = Names(result.plan.network)

    @cached_property
    def planned(self) -> Month:
        """Quantities and prices of the plan."""
        return self.plan.month(0)

    @cached_property
    def actual(self) -> Month:
        """Quantities and prices of the closed month."""
        return self.result.closed.month()

    @cached_property
    def explanation(self) -> Explanation:
        """Why the plan is as it is in the month."""
        return explain(self.plan)

    @cached_property
    def planned_postings(self) -> tuple[Posting, ...]:
        """The journal the plan would have left behind."""
        return journal(lines(self.network, self.planned, self.result.priced.prices))

    @cached_property
    def statements(self) -> Statements:
        """The statement of every centre, with re-plan, causes and year to date."""
        return self.result.statements()

    @cached_property
    def gain(self) -> ChainGain | None:
        """What the group gains over its sites alone; None where not worked out."""
        from orebook.report.chain_gain import month_gain

        return month_gain(self.plan)

    @cached_property
    def variances(self) -> list[dict[str, object]]:
        """Variance of every centre, then of the group, exact to the cent."""
        return self.result.variance_rows()

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """Words keys of what a reader must know about where the figures come from."""
        marks = (
            ("flag_simulated", self.result.closed.simulated),
            ("flag_illustrative", self.chain.group.illustrative),
        )
        return tuple(key for key, is_set in marks if is_set)


def yuan(cents: int) -> Decimal:
    """Return cents as an amount with two decimals [CNY].

    Examples
    --------
    >>> yuan(-12345)
    Decimal('-123.45')
    """
    return Decimal(cents).scaleb(-2)


def cny(value: float | Decimal, *, signed: bool = False) -> Said:
    """Return an amount of money for a sentence, in the multiples of each language.

    Examples
    --------
    >>> cny(1234567.0).zh, cny(1234567.0).en
    ('123.5 万元', 'CNY 1,234.6 thousand')
    """
    size = abs(float(value))
    places = 2 if size < 10_000 else 1
    zh = format_money(value, lang="zh", scale=True, decimals=places, signed=signed)
    en = format_money(value, lang="en", scale=True, decimals=places, signed=signed)
    return Said(zh, en)


def exact(value: Decimal) -> Said:
    """Return an amount of money to the cent, for a sentence.

    Examples
    --------
    >>> exact(Decimal("1.5")).en
    'CNY 1.50'
    """
    return Said(format_money(value, lang="zh"), format_money(value, lang="en"))


def amount(value: float, unit: str, *, signed: bool = False) -> Said:
    """Return a quantity with its unit for a sentence.

    Examples
    --------
    >>> amount(1234.5, "t").zh
    '1,234 吨'
    """
    places = 0 if value == int(value) else None
    zh = format_number(value, unit, lang="zh", signed=signed, decimals=places)
    en = format_number(value, unit, lang="en", signed=signed, decimals=places)
    return Said(zh, en)


def share(value: float) -> Said:
    """Return a part as per cent for a sentence.

    Examples
    --------
    >>> share(0.123).en
    '12.3 %'
    """
    zh = format_number(100.0 * value, "%", lang="zh", decimals=1)
    return Said(zh, format_number(100.0 * value, "%", lang="en", decimals=1))


def plain(value: float, decimals: int) -> Said:
    """Return a pure number for a sentence.

    Examples
    --------
    >>> plain(2.345, 1).en
    '2.3'
    """
    text = format_number(value, lang="en", decimals=decimals)
    return Said(text, text)
