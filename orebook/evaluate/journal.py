"""The journal of the internal market: double entry, in quantity and in cents.

Every line of a month becomes one posting between two centres. What moves inside the
group passes the clearing of its balance (the internal market of that material at that
place); what comes from or goes outside has the outside world as the other side. The
journal therefore sums to zero, always; what clearing keeps is rounding, and it is the
elimination of the group's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.plan.accounts import INTERNAL, TERMS, Account, Line

OUTSIDE = "outside"
INVENTORY = "inventory"
MARKET = "market:"  # followed by MATERIAL@PLACE, or by limit:ID


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry: ``debit`` pays ``cents`` to ``credit``.

    Parameters
    ----------
    number : int
        1-based place in the journal of the month.
    debit, credit : str
        Centre, ``market:MATERIAL@PLACE``, ``inventory`` or ``outside``.
    account, subject : str
        Account of the line and the stream, contract or cost behind it.
    quantity : float
        Amount [unit].
    unit : str
        Unit of the quantity.
    price : float
        Money per unit [CNY/unit].
    cents : int
        Money, at least 0 [0.01 CNY].
    """

    number: int
    debit: str
    credit: str
    account: Account
    subject: str
    quantity: float
    unit: str
    price: float
    cents: int

    @property
    def id(self) -> str:
        """Reference of the posting within its month."""
        return f"P{self.number:05d}"


def journal(rows: Iterable[Line]) -> tuple[Posting, ...]:
    """Post the lines of a month.

    Examples
    --------
    >>> from orebook.chain.chain import Balance
    >>> steam = Balance("steam", "plant")
    >>> rows = [
    ...     Line(
    ...         "boiler",
    ...         "internal_sale",
    ...         "boiler.steam",
    ...         2.0,
    ...         "t",
    ...         100.005,
    ...         200.01,
    ...         steam,
    ...     )
    ... ]
    >>> posting = journal(rows)[0]
    >>> posting.debit, posting.credit, posting.cents
    ('market:steam@plant', 'boiler', 20001)
    """
    postings: list[Posting] = []
    for row in rows:
        cents = to_cents(row.amount)
        if cents == 0 and row.quantity == 0.0:
            continue
        other = _counterpart(row)
        debit, credit = (other, row.centre) if cents >= 0 else (row.centre, other)
        postings.append(
            Posting(
                len(postings) + 1,
                debit,
                credit,
                row.account,
                row.subject,
                row.quantity,
                row.unit,
                row.price,
                abs(cents),
            )
        )
    return tuple(postings)


def _counterpart(row: Line) -> str:
    if row.account == "limit_charge" or row.account in TERMS:
        return f"{MARKET}{row.subject}"
    if row.account in INTERNAL:
        return f"{MARKET}{row.balance}"
    return INVENTORY if row.account == "inventory" else OUTSIDE


def to_cents(amount: float) -> int:
    """Round money to whole cents, halves to even [0.01 CNY].

    Examples
    --------
    >>> to_cents(12.345), to_cents(-0.004)
    (1234, 0)
    """
    return round(amount * 100.0)


def money(cents: int) -> str:
    """Return cents as a decimal string of CNY.

    Examples
    --------
    >>> money(-20001)
    '-200.01'
    """
    return str(Decimal(cents).scaleb(-2))


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Return what each account of the journal holds; they sum to zero [0.01 CNY]."""
    held: dict[str, int] = {}
    for p in postings:
        held[p.debit] = held.get(p.debit, 0) - p.cents
        held[p.credit] = held.get(p.credit, 0) + p.cents
    return held


@dataclass(frozen=True, slots=True)
class CentreResult:
    """What a centre earned at internal prices.

    ``rent`` is what the capacities and limits it owns would earn at the plan's prices;
    ``margin`` is what it gained beyond that rent [0.01 CNY].
    """

    centre: str
    margin: int
    rent: int


@dataclass(frozen=True, slots=True)
class MarketResult:
    """The internal market of a month: centres, elimination and group, in cents.

    The margins plus the rents plus the elimination are the group's margin, exactly.
    """

    centres: tuple[CentreResult, ...]
    elimination: int
    group: int


def settle_market(
    postings: Iterable[Posting], rents: Mapping[str, float]
) -> MarketResult:
    """Close the internal market of a month.

    Parameters
    ----------
    postings : iterable of Posting
        The journal.
    rents : mapping
        Rent by centre at the plan's prices [CNY].
    """
    held = balances(postings)
    own = {k: v for k, v in held.items() if not _is_common(k)}
    elimination = sum(v for k, v in held.items() if k.startswith(MARKET))
    centres = []
    for centre in sorted({*own, *rents}):
        rent = to_cents(rents.get(centre, 0.0))
        centres.append(CentreResult(centre, own.get(centre, 0) - rent, rent))
    group = -held.get(OUTSIDE, 0) - held.get(INVENTORY, 0)
    return MarketResult(tuple(centres), elimination, group)


def _is_common(account: str) -> bool:
    return account in {OUTSIDE, INVENTORY} or account.startswith(MARKET)
