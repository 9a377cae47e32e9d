"""Consolidation: team, workshop, plant, site, group, and what belongs to whom.

At every level what its members sold each other is taken out of sales and purchases
alike; what is left is trade with the rest of the group and with the outside. Results
are sums of cents: nothing is lost between two levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.chain.chain import Chain
from orebook.evaluate.journal import MARKET, Posting, money
from orebook.evaluate.statement.value import SIDES, Statements

__all__ = ["Level", "Total", "consolidate"]

_INTERNAL = frozenset({"internal_sale", "internal_purchase"})


@dataclass(frozen=True, slots=True)
class Total:
    """One side of a level [0.01 CNY].

    Parameters
    ----------
    own : int
        Result of the centre itself, at the internal market.
    below : int
        Result with all centres below it.
    sales, purchases : int
        What all of them sold and bought on the internal market, both above 0.
    eliminated : int
        Of these what they sold each other.
    attributable, minority : int
        Parts of ``below`` that belong to the group, and to other owners.
    """

    own: int
    below: int
    sales: int
    purchases: int
    eliminated: int
    attributable: int
    minority: int

    @property
    def sold(self) -> int:
        """Sales to the rest of the group [0.01 CNY]."""
        return self.sales - self.eliminated

    @property
    def bought(self) -> int:
        """Purchases from the rest of the group [0.01 CNY]."""
        return self.purchases - self.eliminated

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        names = (*self.__slots__, "sold", "bought")
        return {f"{name}_cny": money(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True)
class Level:
    """A centre with all below it.

    Parameters
    ----------
    centre, level : str
        Who, and ``team`` to ``group``.
    depth : int
        How deep it stands in the tree [-].
    ownership : float
        Share the group holds of the centre itself [-].
    plan, replan, actual : Total
        The three sides.
    """

    centre: str
    level: str
    depth: int
    ownership: float
    plan: Total
    replan: Total
    actual: Total

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        sides = {side: getattr(self, side).to_dict() for side in SIDES}
        return {
            "centre": self.centre,
            "level": self.level,
            "depth": self.depth,
            "ownership": self.ownership,
            **sides,
        }


def consolidate(chain: Chain, statements: Statements) -> tuple[Level, ...]:
    """Add up the statements level by level, each centre before those below it.

    Parameters
    ----------
    chain : Chain
        The tree of centres and the share the group holds of each.
    statements : Statements
        The month.

    Returns
    -------
    tuple of Level
        The result of a level is that of its own centre and of the levels below; the
        group's last row less elimination is the group's operating profit.
    """
    sides = [_Side.of(chain, statements, side) for side in SIDES]
    found: list[Level] = []
    _walk(chain, chain.root.id, sides, found, 0)
    return tuple(found)


def _walk(
    chain: Chain, centre: str, sides: list[_Side], found: list[Level], depth: int
) -> None:
    entry, within = chain.centre[centre], chain.within(centre)
    totals = [side.total(centre, within) for side in sides]
    found.append(Level(centre, entry.level, depth, entry.ownership, *totals))
    children = [c.id for c in chain.centres if c.parent == centre]
    best = sorted(children, key=lambda c: -sides[-1].below(chain.within(c)))
    for child in best:
        _walk(chain, child, sides, found, depth + 1)


@dataclass(frozen=True, slots=True)
class _Side:
    """Results and internal trade of every centre on one side [0.01 CNY]."""

    result: Mapping[str, int]
    mine: Mapping[str, int]
    sold: Mapping[tuple[str, str], int]
    bought: Mapping[tuple[str, str], int]

    @staticmethod
    def of(chain: Chain, statements: Statements, side: str) -> _Side:
        result = {c: s.market_result(side) for c, s in statements.of.items()}
        mine = {
            c: int((Decimal(str(chain.centre[c].ownership)) * v).to_integral_value())
            for c, v in result.items()
        }
        return _Side(result, mine, *_trade(statements.amounts[side].postings))

    def below(self, within: Iterable[str]) -> int:
        return sum(self.result.get(c, 0) for c in within)

    def total(self, centre: str, within: Iterable[str]) -> Total:
        inside = set(within)
        sold, bought = (_by_market(t, inside) for t in (self.sold, self.bought))
        eliminated = sum(min(v, bought.get(m, 0)) for m, v in sold.items())
        below = self.below(inside)
        mine = sum(self.mine.get(c, 0) for c in inside)
        return Total(self.result.get(centre, 0), below, sum(sold.values()),
                     sum(bought.values()), eliminated, mine, below - mine)  # fmt: skip


def _trade(
    postings: Iterable[Posting],
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Return what every centre sold and bought at each internal market [0.01 CNY].

    What costs money to get rid of is bought by whoever hands it over: it counts by who
    is paid, so sales and purchases are both above 0.
    """
    sold: dict[tuple[str, str], int] = {}
    bought: dict[tuple[str, str], int] = {}
    for p in postings:
        if p.account not in _INTERNAL:
            continue
        gains = p.debit.startswith(MARKET)
        side, key = (sold, (p.credit, p.debit)) if gains else (
            bought, (p.debit, p.credit))  # fmt: skip
        side[key] = side.get(key, 0) + p.cents
    return sold, bought


def _by_market(
    trade: Mapping[tuple[str, str], int], inside: set[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for (centre, market), cents in trade.items():
        if centre in inside:
            found[market] = found.get(market, 0) + cents
    return found
