"""The glossary is complete, unique and readable in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest

from orebook.errors import InputError, OrebookError
from orebook.glossary import KINDS, UnknownTerm, define, find, label, term, terms
from orebook.quantity import parse

CJK = re.compile(r"[\u4e00-\u9fff]")
NO_DIMENSION = {"", "-", "%"}
COMPOUND = {"1/pot-day", "CNY/person", "L/(t km)", "1/200000 h", "kgce/t", "kgce/GJ"}


def test_table_is_large_and_uses_every_kind() -> None:
    """The field needs at least 150 entries and no kind stands empty."""
    assert len(terms()) >= 150
    assert {entry.kind for entry in terms()} == set(KINDS)


def test_no_id_stands_twice() -> None:
    """A dictionary would hide a doubled row, so the raw file is counted."""
    import orebook.glossary.table as table

    rows = table._FILE.read_text(encoding="utf-8").splitlines()[1:]
    counts = Counter(row.split(",")[0] for row in rows)
    assert [name for name, count in counts.items() if count > 1] == []
    assert len(rows) == len(terms())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_entries_of_a_kind_share_a_name(lang: str) -> None:
    """Two ids with one name would leave the reader guessing."""
    names = Counter((entry.kind, getattr(entry, lang)) for entry in terms())
    assert [name for name, count in names.items() if count > 1] == []


def test_both_languages_are_complete() -> None:
    """Chinese fields hold Chinese, English fields hold none, nothing is empty."""
    for entry in terms():
        assert CJK.search(entry.zh), entry.id
        assert CJK.search(entry.definition_zh), entry.id
        assert entry.en, entry.id
        assert len(entry.definition_en.split()) >= 2, entry.id
        assert not CJK.search(entry.en + entry.definition_en), entry.id


def test_ids_are_names_for_code() -> None:
    """Ids are lower-case words, with at most one dot for an indicator."""
    for entry in terms():
        assert re.fullmatch(r"([a-z]{2,3}\.)?[a-z][a-z0-9_]*", entry.id), entry.id
        assert ("." in entry.id) == (entry.kind == "indicator"), entry.id


def test_units_are_units_of_measure() -> None:
    """Each unit is read by the unit parser of the book, volumes written out."""
    for entry in terms():
        if entry.unit in NO_DIMENSION | COMPOUND:
            continue
        unit = entry.unit.replace("m3", "m**3")
        assert parse(f"1 {unit}") is not None, entry.id


def test_effects_are_the_six_of_the_exact_variance() -> None:
    """Order of the effects is the order of the design's variance chain."""
    assert [entry.id for entry in terms("effect")] == [
        "market_price",
        "volume",
        "mix",
        "feed_quality",
        "efficiency",
        "spending",
    ]


def test_look_up_in_both_languages() -> None:
    """Names, heads and definitions come from the same row."""
    assert term("red_mud", "en") == "red mud"
    assert term("red_mud", "zh") == "赤泥"
    assert label("premium", "en") == "quality premium [CNY/t]"
    assert label("premium", "zh") == "质量升水（元/吨）"
    assert label("as_ratio", "zh") == "铝硅比"
    assert define("ask", "zh") == "少一单位使集团付出的代价"
    assert find("rent").kind == "account"


def test_unknown_term_names_the_nearest() -> None:
    """A slip of the pen is answered with the right id."""
    with pytest.raises(UnknownTerm, match="nearest is 'internal_price'"):
        term("internel_price", "en")
    assert issubclass(UnknownTerm, OrebookError)


def test_unknown_kind_and_language() -> None:
    """Both are refused with the offered choice."""
    with pytest.raises(InputError, match="material"):
        terms("materials")
    with pytest.raises(InputError, match="'zh' or 'en'"):
        term("rent", "de")  # type: ignore[arg-type]


def test_look_up_needs_the_standard_library_alone() -> None:
    """The command line starts with the glossary, so nothing heavy may come along."""
    code = (
        "import sys; from orebook.glossary import term; term('rent', 'zh');"
        "print(sorted({'numpy', 'scipy', 'pint', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
