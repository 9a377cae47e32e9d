"""What stands behind each line of a statement: money in cents, quantity, postings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain
from orebook.evaluate.journal import Posting, journal, to_cents
from orebook.evaluate.statement.layout import TRADED, Key, Layout, layout_of
from orebook.plan.accounts import Line, Month, PriceSet, lines, outside
from orebook.process.network import Network

__all__ = ["Amount", "Amounts", "amounts_of", "capital_charges"]


@dataclass(frozen=True, slots=True)
class Amount:
    """One side of one line.

    Parameters
    ----------
    cents : int
        Money, positive where the centre gains [0.01 CNY].
    quantity : float
        Amount behind it [unit]; 0 where none is.
    unit : str
        Unit of the quantity.
    postings : tuple of str
        Postings of the journal it comes from.
    """

    cents: int
    quantity: float = 0.0
    unit: str = ""
    postings: tuple[str, ...] = ()

    @property
    def price(self) -> float | None:
        """Money per unit [CNY/unit]; None without a quantity."""
        if not self.unit or not self.quantity:
            return None
        return abs(self.cents) / 100.0 / abs(self.quantity)


NOTHING = Amount(0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """A month in the layout of the statement, and its journal.

    Parameters
    ----------
    of : mapping
        Every line of every centre.
    postings : tuple of Posting
        The journal the amounts come from; capital charges are not in it.
    """

    of: Mapping[Key, Amount]
    postings: tuple[Posting, ...]

    def cents(self, key: Key) -> int:
        """Return the money of a line [0.01 CNY]; 0 where it has none."""
        return self.of.get(key, NOTHING).cents


def amounts_of(
    network: Network,
    month: Month,
    prices: PriceSet,
    standard: Mapping[str, float],
) -> Amounts:
    """Lay out a month, planned or real, in the lines of the statement.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Quantities and market prices.
    prices : PriceSet
        Internal prices.
    standard : mapping
        ``buy:ID`` and ``sell:ID`` to the price known before the month: trade outside
        stands at it, and the rest in the lines of the price variance [CNY/unit].

    Returns
    -------
    Amounts
        The lines of a centre sum to what its postings give it, less its capital charge.
    """
    rows = [r for r in lines(network, month, prices) if _posted(r)]
    postings = journal(rows)
    layout = layout_of(network.chain)
    at_standard = _at_standard(network, month, standard)
    found: dict[Key, Amount] = {}
    for row, posting in zip(rows, postings, strict=True):
        for key, amount in _split(layout, row, posting, at_standard):
            found[key] = _joined(found.get(key), amount)
    for centre, asset, cents in capital_charges(network.chain, month.period):
        found[Key(centre, "capital_charge", asset)] = Amount(-cents)
    return Amounts(found, postings)


def _posted(row: Line) -> bool:
    """Return whether the journal keeps a line: one of no money and amount is none."""
    return to_cents(row.amount) != 0 or row.quantity != 0.0


def _at_standard(
    network: Network, month: Month, standard: Mapping[str, float]
) -> dict[tuple[str, str, str], int]:
    rows = outside(network, replace(month, market=standard))
    return {
        (r.centre, r.account, r.subject): to_cents(r.amount)
        for r in rows
        if r.account in TRADED
    }


def _split(
    layout: Layout,
    row: Line,
    posting: Posting,
    at_standard: Mapping[tuple[str, str, str], int],
) -> Iterator[tuple[Key, Amount]]:
    """Yield the lines of a posting: two where the market price left the standard."""
    key = Key(row.centre, layout.line_of(row), row.subject)
    cents = posting.cents if posting.credit == row.centre else -posting.cents
    at = at_standard.get((row.centre, row.account, row.subject), cents)
    yield key, Amount(at, row.quantity, row.unit, (posting.id,))
    if cents != at:
        beside = replace(key, line=TRADED[row.account])
        yield beside, Amount(cents - at, row.quantity, row.unit, (posting.id,))


def _joined(old: Amount | None, new: Amount) -> Amount:
    if old is None:
        return new
    postings = (*old.postings, *new.postings)
    quantity = old.quantity + new.quantity
    return Amount(old.cents + new.cents, quantity, new.unit, postings)


def capital_charges(chain: Chain, period: Period) -> Iterable[tuple[str, str, int]]:
    """Yield centre, asset and charge of a period [0.01 CNY]: net value times rate.

    Parameters
    ----------
    chain : Chain
        The book with its assets.
    period : Period
        Part of a year the charge is for.
    """
    for asset in chain.assets:
        if asset.held(period):
            year = asset.net_value.to("CNY") * asset.rate
            yield asset.centre, asset.id, to_cents(year * period.months / 12.0)
