"""A file of units: every mistake with its line, in CSV and in Excel."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from orebook.desk.factor_file import FactorFile, read_factors
from orebook.errors import BookError, InputError

TEXT = """# shift logs of May
plant,route,ore,power,alumina
A,ht,220,450,100
B,ht,210,430,95
C,lt,260,500,105
"""


def read(folder: Path, text: str, **options: object) -> FactorFile:
    path = folder / "peers.csv"
    path.write_text(text, encoding="utf-8")
    wanted: dict[str, object] = {"inputs": ["ore", "power"], "outputs": ["alumina"]}
    return read_factors(path, **(wanted | options))  # type: ignore[arg-type]


def told(folder: Path, text: str, **options: object) -> list[str]:
    with pytest.raises(BookError) as error:
        read(folder, text, **options).check(positive=False, signed=False)
    return [str(m) for m in error.value.mistakes]


def test_units_factors_and_classes(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT, group="route")
    assert found.units == ("A", "B", "C")
    assert found.lines == (3, 4, 5)
    assert found.inputs.values.tolist()[2] == [260.0, 500.0]
    assert found.groups() == {"ht": [0, 1], "lt": [2]}
    assert found.bads is None


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in TEXT.splitlines()[1:]:
        cells = line.split(",")
        sheet.append([*cells[:2], *(int(c) if c.isdigit() else c for c in cells[2:])])
    path = tmp_path / "peers.xlsx"
    book.save(path)
    found = read_factors(path, inputs=["ore"], outputs=["alumina"], bads=["power"])
    assert found.units == ("A", "B", "C")
    assert found.bads is not None
    assert found.bads.values[1, 0] == 430.0


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, "")
    assert "is empty; expected headings" in mistake


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("A,ht,220", "A,ht,many", ":3: ore = many: is not a number"),
        ("A,ht,220", "A,ht,", ":3: ore = -: has no value"),
        ("B,ht,210", "A,ht,210", ":4: plant = A: stands in line 3 too"),
        ("B,ht,210", ",ht,210", ":4: plant = -: has no name"),
        ("B,ht,210", "B,ht,-210", ":4: ore = -210: -210 is below nought"),
        ("B,ht,210,430", "B,ht,0,0", ":4: B = 0: uses nothing"),
        ("plant,route", "plant,ore", ":2: heading = ore: is there twice"),
    ],
)
def test_each_mistake_has_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    found = told(tmp_path, TEXT.replace(old, new))
    # The heading stands in line 1 of a file without notes.
    wanted = said.replace(":2: heading", ":1: heading")
    assert any(wanted in line for line in found), found


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    text = TEXT.replace("A,ht,220", "A,ht,x").replace("C,lt,260", "B,lt,y")
    assert len(told(tmp_path, text)) == 3


def test_headings_are_checked(tmp_path: Path) -> None:
    assert "did you mean 'power'" in told(tmp_path, TEXT, inputs=["ore", "powr"])[0]
    assert "asked for twice" in told(tmp_path, TEXT, outputs=["ore"])[0]


def test_nought_is_wrong_where_it_divides(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT.replace("B,ht,210", "B,ht,0"))
    found.check(positive=False, signed=False)
    with pytest.raises(BookError, match=r"peers.csv:4: ore = 0: 0 is nought"):
        found.check(positive=True, signed=False)


def test_no_file_and_one_unit_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_factors(tmp_path / "none.csv", inputs=["a"], outputs=["b"])
    with pytest.raises(InputError, match="1 units; expected at least 2"):
        read(tmp_path, "\n".join(TEXT.splitlines()[:3]))
