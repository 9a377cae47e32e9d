"""Look-up of the terms that code, book, report and web share."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from orebook.errors import InputError
from orebook.glossary.number import Lang, check_lang, unit_label

KINDS: Final = (
    "material",
    "quantity",
    "unit-kind",
    "indicator",
    "term",
    "effect",
    "account",
    "report",
)

_FILE: Final = Path(__file__).with_name("terms.csv")


class UnknownTerm(InputError):  # noqa: N818 - named for what the user sees
    """The glossary has no entry of this id; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the glossary.

    Parameters
    ----------
    id : str
        Name in code and book, lower case; an indicator has its plant before a dot.
    kind : str
        One of `KINDS`.
    unit : str
        Unit the figure is kept in, ``"-"`` for a pure number, empty for a word
        that has no figure.
    en, zh : str
        Name in English and Chinese.
    definition_en, definition_zh : str
        Meaning in one clause.
    """

    id: str
    kind: str
    unit: str
    en: str
    zh: str
    definition_en: str
    definition_zh: str


@cache
def _table() -> dict[str, Term]:
    """Read the table once, at first use."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: Term(**row) for row in csv.DictReader(stream)}


def terms(kind: str | None = None) -> tuple[Term, ...]:
    """List the entries in the order of the table.

    Parameters
    ----------
    kind : str or None
        Restrict to one of `KINDS`.

    Returns
    -------
    tuple of Term
        The entries.

    Raises
    ------
    InputError
        For a kind that does not exist.

    Examples
    --------
    >>> [entry.id for entry in terms("effect")][:3]
    ['market_price', 'volume', 'mix']
    """
    if kind is not None and kind not in KINDS:
        raise InputError(
            f"kind of term {kind!r} does not exist; expected one of "
            f"{', '.join(KINDS)}; pass one of them or None"
        )
    return tuple(t for t in _table().values() if kind is None or t.kind == kind)


def find(term_id: str) -> Term:
    """Return one entry.

    Parameters
    ----------
    term_id : str
        Id of the entry.

    Returns
    -------
    Term
        The entry.

    Raises
    ------
    UnknownTerm
        When there is no such entry.

    Examples
    --------
    >>> find("bauxite").zh
    '铝土矿'
    """
    entry = _table().get(term_id)
    if entry is None:
        raise UnknownTerm(_unknown(term_id))
    return entry


def term(term_id: str, lang: Lang) -> str:
    """Return the name of a term.

    Parameters
    ----------
    term_id : str
        Id of the entry.
    lang : Lang
        Language of the reader.

    Returns
    -------
    str
        The name.

    Raises
    ------
    UnknownTerm
        When there is no such entry.

    Examples
    --------
    >>> term("internal_price", "en"), term("internal_price", "zh")
    ('internal price', '内部价格')
    """
    entry = find(term_id)
    return entry.zh if check_lang(lang) == "zh" else entry.en


def label(term_id: str, lang: Lang) -> str:
    """Return the name with its unit, as the head of a column or axis.

    Parameters
    ----------
    term_id : str
        Id of the entry.
    lang : Lang
        Language of the reader.

    Returns
    -------
    str
        Name and unit; the name alone where there is no unit.

    Raises
    ------
    UnknownTerm
        When there is no such entry.

    Examples
    --------
    >>> label("internal_price", "zh"), label("ask", "en")
    ('内部价格', 'ask')
    >>> label("alu.steam", "zh"), label("alu.steam", "en")
    ('汽耗（吨/吨）', 'steam per t alumina [t/t]')
    """
    name, unit = term(term_id, lang), find(term_id).unit
    if unit in ("", "-"):
        return name
    shown = unit_label(unit, lang=lang)
    return f"{name}（{shown}）" if lang == "zh" else f"{name} [{shown}]"


def define(term_id: str, lang: Lang) -> str:
    """Return the meaning of a term in one clause.

    Parameters
    ----------
    term_id : str
        Id of the entry.
    lang : Lang
        Language of the reader.

    Returns
    -------
    str
        The definition.

    Raises
    ------
    UnknownTerm
        When there is no such entry.

    Examples
    --------
    >>> define("bid", "en")
    'what one more unit is worth to the group'
    """
    entry = find(term_id)
    if check_lang(lang) == "zh":
        return entry.definition_zh
    return entry.definition_en


def _unknown(term_id: str) -> str:
    """Word the message for an unknown id."""
    from difflib import get_close_matches

    near = get_close_matches(term_id, _table(), n=1, cutoff=0.0)
    return (
        f"glossary: no term {term_id!r} among {len(_table())}; expected an id of "
        f"orebook/glossary/terms.csv; the nearest is {near[0]!r}"
    )
