"""Peer figures: headings in two languages, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orebook.chain.peers import HEADINGS, PeerFigure, parse_peers, read_peers
from orebook.errors import InputError

ENGLISH = "indicator,peer,value,unit,period,source,retrieved,note\n"
CHINESE = "指标,同行,数值,单位,期间,来源,获取日期,备注\n"
ROW = "dc_energy,best,12650,kWh/t,2024,yearbook,2026-01-05,\n"


def problems(text: str) -> list[tuple[str, str]]:
    found = parse_peers(text, "p.csv")
    assert isinstance(found, list)
    return [(m.field, m.problem) for m in found]


def test_both_languages_say_the_same() -> None:
    expected = (
        PeerFigure("dc_energy", "best", 12650.0, "kWh/t", "2024", "yearbook",
                   date(2026, 1, 5)),
    )  # fmt: skip
    assert parse_peers(ENGLISH + ROW, "p.csv") == expected
    assert parse_peers(CHINESE + ROW, "p.csv") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(CHINESE + ROW.replace("best", "先进企业"), encoding=encoding)
    (figure,) = read_peers(path)
    assert figure.peer == "先进企业"


def test_columns_may_stand_in_any_order() -> None:
    names = ENGLISH.strip().split(",")
    cells = ROW.strip().split(",")
    turned = ",".join(names[::-1]) + "\n" + ",".join(cells[::-1]) + "\n"
    assert parse_peers(turned, "p.csv") == parse_peers(ENGLISH + ROW, "p.csv")


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ("12650", "", "value", "is missing"),
        ("12650", '"12,650 kWh/t"', "value", "has a unit in it"),
        ("12650", "nan", "value", "not a number"),
        ("kWh/t", "kWhh/t", "unit", "is not a unit"),
        (",2024,", ",24,", "period", "is not a period"),
        ("2026-01-05", "05/01/2026", "retrieved", "is not a date"),
        ("yearbook", "", "source", "is missing"),
    ],
)
def test_wrong_cells(old: str, new: str, field: str, problem: str) -> None:
    ((found, told),) = problems(ENGLISH + ROW.replace(old, new))
    assert found == field
    assert problem in told


def test_a_missing_column_and_an_unknown_one() -> None:
    found = problems(ENGLISH.replace("value", "values") + ROW)
    assert found == [("values", "is not a column of peer figures"),
                     ("value", "is missing")]  # fmt: skip


def test_a_figure_twice() -> None:
    assert problems(ENGLISH + ROW + ROW) == [
        ("indicator", "stands twice for best in 2024, first in line 2")
    ]


def test_an_empty_file() -> None:
    assert problems("\n") == [("file", "is empty")]


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_peers(tmp_path / "none.csv")


def test_no_heading_means_two_columns() -> None:
    words = [word for known in HEADINGS.values() for word in known]
    assert len(words) == len(set(words))


# ------------------------------------------------------------------ kind, class, dates

WIDE = ENGLISH.replace("note", "kind,class,note")


def test_kind_and_class_are_read_in_both_languages() -> None:
    english = parse_peers(WIDE + ROW.rstrip(",\n") + ",limit,diasporic,\n", "p.csv")
    chinese = parse_peers(
        CHINESE.replace("备注", "类别,可比类别,备注")
        + ROW.rstrip(",\n")
        + ",限额,diasporic,\n",
        "p.csv",
    )
    assert english == chinese
    (figure,) = english
    assert (figure.kind, figure.of, figure.line) == ("limit", "diasporic", 2)


def test_a_figure_is_a_peer_where_nothing_is_said() -> None:
    (figure,) = parse_peers(ENGLISH + ROW, "p.csv")
    assert (figure.kind, figure.of) == ("peer", "")


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    (mistake,) = parse_peers(WIDE + ROW.rstrip(",\n") + ",limitt,,\n", "p.csv")
    assert mistake.field == "kind"
    assert "'limit'" in mistake.remedy


@pytest.mark.parametrize(
    ("serial", "day"), [("46027", "2026-01-05"), ("45292", "2024-01-01")]
)
def test_a_day_counted_by_a_spreadsheet_is_told_as_a_date(
    serial: str, day: str
) -> None:
    """A spreadsheet that shows a date as a number counts from 1899-12-30."""
    (mistake,) = parse_peers(ENGLISH + ROW.replace("2026-01-05", serial), "p.csv")
    assert mistake.field == "retrieved"
    assert day in mistake.remedy


def test_a_number_that_is_no_day_gets_no_such_remedy() -> None:
    (mistake,) = parse_peers(ENGLISH + ROW.replace("2026-01-05", "12"), "p.csv")
    assert mistake.remedy == "write year-month-day"
