"""The conditions a plan is made under: prices, availability, stocks, qualities.

The same chain is planned before the month on what was known, and again after it on
what really was: only the conditions differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orebook.chain.calendar import Period, kind_of
from orebook.chain.chain import Chain, capacity_share, good, unit_price
from orebook.chain.piles import opening_of_piles
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale
from orebook.process.contract import Content
from orebook.process.network import Network

FloatArray = npt.NDArray[np.float64]


HELD: Mapping[str, int] = {"day": 31, "week": 12, "month": 12, "quarter": 4, "year": 1}
"""First periods of a plan in which whole decisions are held whole, by calendar [-]."""


LONG = 1e6
"""A time in one state that binds nothing any more [h]."""


@dataclass(frozen=True, slots=True)
class Running:
    """Whether a unit runs before the first period, and for how long it has been so.

    Parameters
    ----------
    on : bool
        True if it runs.
    hours : float
        Time in this state so far [h].
    """

    on: bool
    hours: float = LONG


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds in each period of a plan.

    Parameters
    ----------
    periods : tuple of Period
        The horizon, length T.
    price : mapping
        ``buy:ID`` and ``sell:ID`` to money per unit, shape (T,) [CNY/unit, excl. VAT].
    availability : mapping
        Unit or route id to the share of capacity, shape (T,) [-].
    opening : mapping
        Store id to opening stock of the first period [unit].
    content : mapping
        Unit id to the content of its feeds where it differs from nominal.
    setting : mapping
        Unit id to settings where they differ from the book.
    duty : mapping
        Unit id to the operating duty by name, shape (T,), at which a process that is
        not linear in its duties enters as its tangent [duty unit].
    reach : mapping
        Unit id to how far each duty may move from that point, shape (T,); absent where
        the tangent may be followed without end [duty unit].
    closing : mapping
        Store id to a closing stock of the last period that must be met [unit].
    closing_value : mapping
        Store id to the worth of its stock at the horizon [CNY/unit]; replaces the end
        condition of the book.
    limit : mapping
        What is allowed where it is not what the book states, by subject and side:
        ``"unit:kiln:throughput max"``, ``"buy:coal min"``, ``"store:silo max"``,
        ``"draw:lights amount"``, shape (T,) [unit per period, a store: unit].
    running : mapping
        Unit that runs or stands to its state before the first period.
    whole_periods : int or None
        First periods in which whole decisions are held whole; by the calendar where
        None [-].
    stock_content : mapping
        Store id to the content of its opening stock where it is of a mixed material
        and not as the book states [-].
    mixed : mapping
        ``MATERIAL@PLACE`` of a pool to the content of its mix by component, shape (T,)
        [-]; chosen by `orebook.plan.pools`, empty where nothing is mixed.
    composition : mapping
        The same pools to the share of each ingredient, shape (T,) [-]; what enters a
        pool is held to it.
    """

    periods: tuple[Period, ...]
    price: Mapping[str, FloatArray]
    availability: Mapping[str, FloatArray]
    opening: Mapping[str, float]
    content: Mapping[str, Content] = field(default_factory=dict)
    setting: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    closing: Mapping[str, float] = field(default_factory=dict)
    closing_value: Mapping[str, float] = field(default_factory=dict)
    duty: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    reach: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    limit: Mapping[str, FloatArray] = field(default_factory=dict)
    running: Mapping[str, Running] = field(default_factory=dict)
    whole_periods: int | None = None

    @property
    def held_whole(self) -> int:
        """First periods in which whole decisions are held whole [-]."""
        count = len(self.periods)
        wished = HELD[kind_of(self.periods[0].name)]
        if self.whole_periods is not None:
            wished = self.whole_periods
        return min(count, wished)

    stock_content: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    mixed: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    composition: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)


def content_of(conditions: Conditions, unit: Unit) -> Content:
    """Return the content of the feeds of a unit where it differs from nominal.

    Parameters
    ----------
    conditions : Conditions
        What holds.
    unit : Unit
        The unit.

    Returns
    -------
    mapping
        By feed port and component; what was measured wins over the mix of a pool.
    """
    found = dict(conditions.content.get(unit.id, {}))
    for text in unit.feed if conditions.mixed else ():
        feed = good(text, unit.place)
        if mix := conditions.mixed.get(str(feed)):
            found[feed.material] = {**mix, **found.get(feed.material, {})}
    return found


def feeds_told(conditions: Conditions, network: Network, unit: str) -> Content:
    """Return the content a unit is told: of its own feeds, and of those it sees.

    Parameters
    ----------
    conditions : Conditions
        What holds.
    network : Network
        Says which units see the feeds of another.
    unit : str
        Unit id.
    """
    own = content_of(conditions, network.chain.unit[unit])
    other = network.processes[unit].sees
    if other is None:
        return own
    return {**content_of(conditions, network.chain.unit[other]), **own}


def conditions(
    chain: Chain,
    periods: tuple[Period, ...],
    *,
    known_until: str | None,
    opening: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    running: Mapping[str, Running] | None = None,
    whole_periods: int | None = None,
) -> Conditions:
    """Return the conditions the book states for a horizon.

    Parameters
    ----------
    chain : Chain
        The book.
    periods : tuple of Period
        The horizon.
    known_until : str or None
        Last month ``YYYY-MM`` whose market prices are known; None uses every value.
    opening : mapping, optional
        Measured opening stocks by store [unit]; the book's own otherwise.
    prices : mapping, optional
        Prices that replace the book's, by ``buy:ID`` or ``sell:ID`` [CNY/unit].
    running : mapping, optional
        Known states of units before the first period; the book's own otherwise.
    whole_periods : int, optional
        First periods in which whole decisions are held whole; the book's own otherwise.
    """
    replaced = dict(prices or {})
    price: dict[str, FloatArray] = {}
    for key, contract, material, sign in _contracts(chain):
        unit = chain.material[material].unit
        price[key] = np.array(
            [
                replaced[key]
                if key in replaced
                else unit_price(
                    contract,
                    chain.series,
                    period,
                    unit=unit,
                    sign=sign,
                    known_until=known_until,
                )
                for period in periods
            ]
        )
    measured = dict(opening or {})
    measured |= opening_of_piles(chain, periods[0], measured)
    return Conditions(
        periods=periods,
        price=price,
        availability=_availability(chain, periods),
        opening={
            s.id: measured.get(
                s.id, s.opening.to(chain.material[good(s.good).material].unit)
            )
            for s in chain.stores
        },
        running={
            u.id: (running or {}).get(u.id, Running(u.on_off.running_at_first))
            for u in chain.units
            if u.on_off is not None
        },
        whole_periods=(
            chain.group.whole_periods if whole_periods is None else whole_periods
        ),
    )


def _contracts(chain: Chain) -> list[tuple[str, Purchase | Sale, str, int]]:
    rows: list[tuple[str, Purchase | Sale, str, int]] = [
        (f"buy:{p.id}", p, good(p.good).material, 1) for p in chain.purchases
    ]
    rows += [(f"sell:{s.id}", s, good(s.goods[0]).material, -1) for s in chain.sales]
    return rows


def _availability(chain: Chain, periods: tuple[Period, ...]) -> dict[str, FloatArray]:
    share = {
        u.id: u.availability
        * np.array([capacity_share(chain.outages, u.id, p) for p in periods])
        for u in chain.units
    }
    share |= {r.id: np.full(len(periods), r.availability) for r in chain.routes}
    return share
