"""Indicators of the kinds: named in both languages, with a direction."""

from __future__ import annotations

import re

import numpy as np
import pytest

from orebook.glossary.indices import index_term, index_terms
from orebook.process.contract import unit_responses
from orebook.process.registry import bind, kind, kind_names
from orebook.quantity import parse

CJK = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("name", kind_names())
def test_every_indicator_of_a_kind_has_a_direction(name: str) -> None:
    """Flows of a recipe per unit of duty are steered by as materials."""
    chain = kind(name).example()
    process = bind(chain.units[0], chain)
    outcome = unit_responses(process, {}, {})
    ports = {f"{p.name}_per_unit" for p in process.ports}
    missing = [
        i for i in outcome.indicators if i not in ports and index_term(i) is None
    ]
    assert missing == []


def test_terms_are_complete() -> None:
    for term in index_terms().values():
        assert term.better in ("lower", "higher")
        assert CJK.search(term.zh)
        assert not CJK.search(term.en)
        if term.unit != "-":
            assert np.isfinite(parse(f"1 {term.unit}").number)
