"""A practice card as a TOML text that people and other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from orebook.benchmark.practice.card import Card

__all__ = ["card_toml"]


def card_toml(card: Card) -> str:
    """Return a card as TOML.

    Parameters
    ----------
    card : Card
        The card.

    Returns
    -------
    str
        Reading it gives the fields of :meth:`Card.to_dict`; what is None is left out.
    """
    return "\n".join(_table(card.to_dict(), "")) + "\n"


def _table(data: Mapping[str, object], path: str) -> Iterator[str]:
    """Yield plain fields first, then tables and lists of tables below them."""
    later: list[tuple[str, object]] = []
    for key, value in data.items():
        if isinstance(value, Mapping) or _is_tables(value):
            later.append((key, value))
        elif value is not None:
            yield f"{key} = {_plain(value)}"
    for key, value in later:
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield f"\n[{name}]"
            yield from _table(value, name)
        elif isinstance(value, list | tuple):
            for one in value:
                yield f"\n[[{name}]]"
                yield from _table(one, name)


def _is_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(v, Mapping) for v in value
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(v) for v in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
