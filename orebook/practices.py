"""Practice cards of a book: found, kept in every version, named, valued.

A card is a document of the book's records; nothing of it is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from orebook.benchmark.practice.card import Card
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.store.records import Records
    from orebook.store.values import Document

__all__ = ["card_named", "cards_of", "keep_card", "last_period", "new_card"]


def cards_of(records: Records) -> tuple[Card, ...]:
    """Return the practice cards of a book in the order made, each as it stands now.

    Parameters
    ----------
    records : Records
        Where they are kept, every version of them.
    """
    latest = {d.key: d.content for d in records.documents("practice")}
    return tuple(Card.from_dict(c) for c in latest.values() if isinstance(c, dict))


def card_named(records: Records, name: str) -> Card:
    """Return a practice card by its name.

    Parameters
    ----------
    records : Records
        Where cards are kept.
    name : str
        Name of the card.

    Raises
    ------
    InputError
        If there is none; names the nearest.
    """
    cards = {card.id: card for card in cards_of(records)}
    if name not in cards:
        hint = did_you_mean(name, cards, "run: orebook practice list BOOK")
        raise InputError(
            f"no practice card is called '{name}'; the book has {listed(cards)}; {hint}"
        )
    return cards[name]


def keep_card(records: Records, card: Card, reason: str) -> Document:
    """Keep a practice card as a new version; what it was before stays.

    Parameters
    ----------
    records : Records
        Where cards are kept.
    card : Card
        As it stands now.
    reason : str
        Why, for the audit trail.
    """
    return records.put(
        "practice",
        card.valuation.period,
        card.to_dict(),
        key=card.id,
        status=card.state,
        reason=reason,
    )


def new_card(records: Records, subject: str, made: Callable[[str], Card]) -> Card:
    """Make a card with the next free name, unless the same is there already.

    Parameters
    ----------
    records : Records
        Where cards are kept.
    subject : str
        Unit or centre.
    made : callable
        Name to card.

    Returns
    -------
    Card
        The new one, or the draft found before from the same records.
    """
    own = [card for card in cards_of(records) if card.subject == subject]
    card = made(f"{subject}-{len(own) + 1}")
    same = next((c for c in own if replace(card, id=c.id) == c), None)
    return same or card


def last_period(records: Records) -> str:
    """Return the last period with a close, else with a plan, for its prices.

    Parameters
    ----------
    records : Records
        Where closes and plans are kept.

    Raises
    ------
    InputError
        If there is neither.
    """
    for kind in ("close", "plan"):
        found = {d.period for d in records.documents(kind)}
        if found:
            return max(found)
    raise InputError(
        "no month is closed and no plan released, so nothing says at which internal "
        "prices to value the records; expected a period; add --period 2026-05"
    )
