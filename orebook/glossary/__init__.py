"""One table of quantities, units and terms, and how figures are written."""

from __future__ import annotations

from orebook.glossary.number import (
    Lang,
    Magnitude,
    Number,
    check_lang,
    common_magnitude,
    format_money,
    format_number,
    unit_label,
)
from orebook.glossary.table import (
    KINDS,
    Term,
    UnknownTerm,
    define,
    find,
    label,
    term,
    terms,
)

__all__ = [
    "KINDS",
    "Lang",
    "Magnitude",
    "Number",
    "Term",
    "UnknownTerm",
    "check_lang",
    "common_magnitude",
    "define",
    "find",
    "format_money",
    "format_number",
    "label",
    "term",
    "terms",
    "unit_label",
]
