"""Canonical JSON: one text per value, and a hash others can compute too."""

from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.store.chain_hash import GENESIS, canonical, digest, link, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc铝", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(VALUES)
def test_what_is_written_is_read_back_and_written_alike(value: object) -> None:
    text = canonical(value)
    assert parse(text) == value
    assert canonical(parse(text)) == text


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=6), st.randoms())
def test_order_of_keys_does_not_matter(value: dict[str, int], random: object) -> None:
    keys = list(value)
    random.shuffle(keys)  # type: ignore[attr-defined]
    try:
        expected = digest(value)
    except InputError:
        return
    assert digest({key: value[key] for key in keys}) == expected


def test_digest_is_what_the_system_tool_computes() -> None:
    """Oracle: sha256sum of GNU coreutils over a text written by hand."""
    text = '{"alumina_t":[0.1,2],"品名":"氧化铝"}'
    tool = subprocess.run(
        ["sha256sum"], input=text.encode(), capture_output=True, check=True
    )
    assert (
        digest({"品名": "氧化铝", "alumina_t": [0.1, 2]}) == tool.stdout.decode()[:64]
    )


def test_empty_object_has_the_published_hash() -> None:
    """SHA-256 of ``{}``; FIPS 180-4 algorithm as implemented by hashlib."""
    assert digest({}) == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), '"1.10"'),
        (date(2025, 1, 31), '"2025-01-31"'),
        (np.float64(0.1), "0.1"),
        (np.arange(3), "[0,1,2]"),
        ((1, 1.0), "[1,1.0]"),
        (-0.0, "0.0"),
        ({"b", "a"}, '["a","b"]'),
        (True, "true"),
        (1e22, "1e+22"),
    ],
)
def test_values_have_their_stated_text(value: object, text: str) -> None:
    assert canonical(value).decode() == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, float("nan")]}, r"content\.a\[1\] = nan"),
        (float("inf"), "content = inf"),
        (Decimal("NaN"), "content = nan"),
        ({1: 2}, "key 1 of type int"),
        ({"a": object()}, r"content\.a is a object"),
        ("\ud800", "not valid Unicode"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        canonical(value)


def test_link_depends_on_everything_before() -> None:
    first = link(GENESIS, {"a": 1})
    by_hand = json.dumps([first, {"b": 2}], separators=(",", ":")).encode()
    assert link(first, {"b": 2}) == hashlib.sha256(by_hand).hexdigest()
