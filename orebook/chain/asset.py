"""Net assets of a centre: what its capital charge is reckoned on."""

from __future__ import annotations

from pydantic import Field

from orebook.chain.calendar import Period
from orebook.chain.calendar import period as read_period
from orebook.chain.fields import AnyMeasure, Entry, Fraction, Id
from orebook.chain.group import PeriodName

__all__ = ["Asset"]


class Asset(Entry):
    """Net assets that a centre works with (``[[assets]]``).

    Every period the centre is charged ``net_value`` times ``rate`` for its part of a
    year. A new valuation is an entry of its own from ``since`` on, the old one ending
    ``until``.
    """

    id: Id
    name: str
    name_en: str
    centre: Id
    net_value: AnyMeasure = Field(description="book value less depreciation")
    rate: Fraction = Field(description="capital charge per year")
    since: PeriodName | None = Field(default=None, description="first period charged")
    until: PeriodName | None = Field(default=None, description="last period charged")

    def held(self, period: Period) -> bool:
        """Return whether the asset is charged in a period.

        Parameters
        ----------
        period : Period
            The period.

        Examples
        --------
        >>> from orebook.chain.calendar import period
        >>> mill = Asset(
        ...     id="mill",
        ...     name="磨机",
        ...     name_en="mill",
        ...     centre="pit",
        ...     net_value="12 MCNY",
        ...     rate="6 %",
        ...     since="2026-02",
        ... )
        >>> mill.held(period("2026-01")), mill.held(period("2026-02"))
        (False, True)
        """
        begun = self.since is None or read_period(self.since).first <= period.first
        return begun and (
            self.until is None or period.last <= read_period(self.until).last
        )
