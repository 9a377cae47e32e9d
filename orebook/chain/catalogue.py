"""The catalogue of indicators: those that come with the product, and the book's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from orebook.chain.indicator import Indicator, IndicatorClass
from orebook.glossary import Lang, terms
from orebook.glossary.table import define, term

__all__ = [
    "builtin",
    "builtin_classes",
    "by_any_name",
    "catalogue",
    "defined",
    "known_terms",
    "named",
]

_FILE = Path(__file__).with_name("indicators.toml")


@cache
def _data() -> Mapping[str, list[Mapping[str, object]]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


@cache
def builtin() -> Mapping[str, Indicator]:
    """Return the indicators that come with the product, by id.

    Examples
    --------
    >>> builtin()["alu.naoh"].unit
    'kg/t'
    """
    found = [Indicator.model_validate(row) for row in _data()["indicators"]]
    return {one.id: one for one in found}


@cache
def builtin_classes() -> tuple[IndicatorClass, ...]:
    """Return the classes of plants that come with the product, in order.

    Examples
    --------
    >>> [c.id for c in builtin_classes() if c.makes == "alumina"]
    ['gibbsitic', 'diasporic']
    """
    return tuple(IndicatorClass.model_validate(row) for row in _data()["classes"])


@cache
def known_terms() -> frozenset[str]:
    """Return the ids the glossary can name."""
    return frozenset(t.id for t in terms())


def catalogue(own: Iterable[Indicator]) -> dict[str, Indicator]:
    """Return all indicators by id; one of the book replaces one of the same id.

    Parameters
    ----------
    own : iterable of Indicator
        The book's.
    """
    return {**builtin(), **{one.id: one for one in own}}


def by_any_name(indicators: Iterable[Indicator]) -> dict[str, str]:
    """Return the id of an indicator by each of its names.

    Parameters
    ----------
    indicators : iterable of Indicator
        The catalogue.

    Examples
    --------
    >>> by_any_name(builtin().values())["caustic_soda_per_t"]
    'alu.naoh'
    """
    every = list(indicators)
    found = {name: one.id for one in every for name in one.also}
    return found | {one.id: one.id for one in every}


def named(indicator: Indicator, lang: Lang) -> str:
    """Return the name of an indicator: its own, else that of the glossary."""
    own = indicator.name if lang == "zh" else indicator.name_en
    if own:
        return own
    return term(indicator.id, lang) if indicator.id in known_terms() else indicator.id


def defined(indicator: Indicator, lang: Lang) -> str:
    """Return what an indicator means: its own words, else those of the glossary."""
    own = indicator.definition if lang == "zh" else indicator.definition_en
    if own:
        return own
    return define(indicator.id, lang) if indicator.id in known_terms() else ""
