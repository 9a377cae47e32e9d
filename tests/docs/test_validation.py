"""The validation page: every figure computed again, and the table up to date."""

from __future__ import annotations

import pytest

from docs.generate.tables import CASES, read
from tests.docs.published import COLUMNS, Published, cases, rows

ALL = cases()


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the rows of the page by topic, case and figure."""
    return {(r["topic"], r["case"], r["figure"]): r for r in read(CASES)}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_ours_agrees_with_the_published_figures(case: Published, table: dict) -> None:
    """Every row of the page, against its source and against the table."""
    for row in rows(case):
        theirs, ours = float(row["published"]), float(row["ours"])
        allowed = case.within * max(1.0, abs(theirs))
        assert ours == pytest.approx(theirs, abs=allowed, rel=0), row["figure"]
        kept = table[row["topic"], row["case"], row["figure"]]
        assert {k: kept[k] for k in COLUMNS if k != "ours"} == {
            k: row[k] for k in COLUMNS if k != "ours"
        }
        assert float(kept["ours"]) == pytest.approx(ours, rel=1e-6, abs=1e-6)


def test_the_page_holds_these_cases_and_no_others(table: dict) -> None:
    expected = {
        (c.topic, c.name, f.replace("_", " ")) for c in ALL for f in c.published
    }
    assert set(table) == expected
