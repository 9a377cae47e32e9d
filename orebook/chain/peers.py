"""Figures of peers: what others reach on an indicator, and who says so.

A file ``peers/NAME.csv`` has one figure per line; its columns may have English or
Chinese headings and stand in any order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from orebook.chain.calendar import kind_of
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.series import decode
from orebook.errors import InputError, Mistake, UnitError
from orebook.quantity import parse

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "indicator": ("指标", "指标代码"),
    "peer": ("同行", "企业", "对标企业"),
    "value": ("数值", "值", "指标值"),
    "unit": ("单位", "计量单位"),
    "period": ("期间", "时期", "年份"),
    "source": ("来源", "数据来源"),
    "retrieved": ("获取日期", "检索日期", "查询日期"),
    "kind": ("类别", "性质"),
    "class": ("类型", "可比类别"),
    "note": ("备注", "说明"),
}
"""Columns and the Chinese headings they may have."""
FIELDS = {"class": "of"}
"""Columns that are called otherwise within the program."""
OPTIONAL = frozenset({"kind", "class", "note"})
KINDS = {
    "peer": "peer", "同行": "peer", "企业": "peer",
    "average": "average", "平均": "average",
    "limit": "limit", "限额": "limit", "标准": "limit",
    "theory": "theory", "理论": "theory",
}  # fmt: skip
"""What a figure is: reached by somebody, a mean, asked by a standard, or a law of
nature; and the Chinese words for it."""
_COLUMN = {zh: name for name, words in HEADINGS.items() for zh in words}
_FIRST_DAY, _LAST_DAY = 32874, 73051  # 1990 and 2100 as spreadsheets count days
_DASH_UNITS = frozenset({"", "-", "1", "index"})


@dataclass(frozen=True, slots=True)
class PeerFigure:
    """One figure of a peer.

    Parameters
    ----------
    indicator : str
        Name of the indicator, as in the glossary.
    peer : str
        Who reached it.
    value : float
        The figure [unit].
    unit : str
        Its unit of measure.
    period : str
        Period it holds for, ``"2024"``.
    source : str
        Who published it.
    retrieved : datetime.date
        Day it was looked up.
    note : str
        Remarks.
    kind : str
        ``peer`` (reached by somebody; where nothing is said), ``average``, ``limit`` of
        a standard, or ``theory``. Only the first two are peers.
    of : str
        Class of plants it holds for (column ``class``); all where empty.
    file, line : str, int
        Where it stands.
    """

    indicator: str
    peer: str
    value: float
    unit: str
    period: str
    source: str
    retrieved: date
    note: str = ""
    kind: str = "peer"
    of: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


def read_peers(path: Path) -> tuple[PeerFigure, ...] | list[Mistake]:
    """Read a file of peer figures, or list everything that is wrong with it.

    Parameters
    ----------
    path : Path
        CSV file in UTF-8 or GB 18030.

    Returns
    -------
    tuple of PeerFigure or list of Mistake
        The figures in the order of the file; or all mistakes with their lines.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"file {path} cannot be read ({error.strerror}); expected a CSV file with "
            f"the columns {', '.join(HEADINGS)}; check path and permission"
        ) from error
    return parse_peers(decode(raw), str(path))


def parse_peers(text: str, file: str) -> tuple[PeerFigure, ...] | list[Mistake]:
    r"""Read peer figures from the text of a CSV file.

    Parameters
    ----------
    text : str
        The text.
    file : str
        Name for messages.

    Examples
    --------
    >>> found = parse_peers(
    ...     "指标,同行,数值,单位,期间,来源,获取日期\n"
    ...     "dc_energy,industry,12900,kWh/t,2024,yearbook,2026-01-05\n",
    ...     "peers.csv",
    ... )
    >>> found[0].value, found[0].unit
    (12900.0, 'kWh/t')
    """
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n")), skipinitialspace=True)
    lines = [(reader.line_num, row) for row in reader if any(c.strip() for c in row)]
    lines = [(n, row) for n, row in lines if not row[0].startswith("#")]
    if not lines:
        return [
            _wrong(
                file,
                None,
                "file",
                "(empty)",
                "is empty",
                f"the columns {', '.join(HEADINGS)}",
                "add a heading and figures",
            )
        ]
    (first, heading), *rest = lines
    columns = [_COLUMN.get(c.strip(), c.strip().lower()) for c in heading]
    if mistakes := list(_heading_mistakes(file, first, columns)):
        return mistakes
    figures: list[PeerFigure] = []
    wrong: list[Mistake] = []
    for number, row in rest:
        cells = dict(zip(columns, (c.strip() for c in row), strict=False))
        found = list(_cell_mistakes(file, number, cells))
        wrong += found
        if not found:
            figures.append(_figure(cells, file, number))
    wrong += _repeated(file, [n for n, _ in rest], figures) if not wrong else []
    return wrong or tuple(figures)


def _wrong(file: str, line: int | None, field: str, value: str, *told: str) -> Mistake:
    problem, expected, remedy = told
    return Mistake(file, line, field, value, problem, expected, remedy)


def _heading_mistakes(file: str, line: int, columns: list[str]) -> Iterator[Mistake]:
    for name in columns:
        if name and name not in HEADINGS:
            yield _wrong(
                file,
                line,
                name,
                name,
                "is not a column of peer figures",
                listed(HEADINGS),
                did_you_mean(name, HEADINGS, "remove the column"),
            )
    for name, words in HEADINGS.items():
        if name not in columns and name not in OPTIONAL:
            yield _wrong(
                file,
                line,
                name,
                "(absent)",
                "is missing",
                f"a column {name}",
                f"add a column {name} or {words[0]}",
            )
        if columns.count(name) > 1:
            yield _wrong(
                file, line, name, name, "stands twice", "each column once", "remove one"
            )


def _cell_mistakes(file: str, line: int, cells: Mapping[str, str]) -> Iterator[Mistake]:
    for name in HEADINGS:
        value = cells.get(name, "")
        if not value and name not in OPTIONAL and name != "unit":
            yield _wrong(
                file, line, name, "(empty)", "is missing", f"a {name}", "fill it"
            )
        elif value and (told := _cell_problem(name, value)):
            yield _wrong(file, line, name, value, *told)


def _cell_problem(name: str, value: str) -> tuple[str, str, str] | None:
    if name == "value":
        try:
            number = parse(value)
        except UnitError:
            return "is not a number", "a number", "write digits and a decimal point"
        if number.unit:
            return "has a unit in it", "the number alone", "put the unit in its column"
    if name == "unit" and value not in _DASH_UNITS:
        try:
            parse(f"1 {value}")
        except UnitError:
            return "is not a unit", "a unit such as kWh/t, kg/t or %", "correct it"
    if name == "kind" and value.lower() not in KINDS:
        near = did_you_mean(value.lower(), KINDS, "leave it empty for a peer")
        return "is not a kind of figure", listed(KINDS), near
    if name == "period":
        try:
            kind_of(value)
        except InputError:
            return "is not a period", "a period such as 2024 or 2026-05", "correct it"
    if name == "retrieved":
        try:
            date.fromisoformat(value)
        except ValueError:
            return "is not a date", "a date as 2026-05-21", _date_remedy(value)
    return None


def _date_remedy(value: str) -> str:
    """Return a remedy; a spreadsheet's count of days is told as the day it means."""
    if value.isdigit() and _FIRST_DAY < int(value) < _LAST_DAY:
        day = date(1899, 12, 30) + timedelta(days=int(value))
        return f"a spreadsheet counts days so; write {day.isoformat()}"
    return "write year-month-day"


def _figure(cells: Mapping[str, str], file: str, line: int) -> PeerFigure:
    return PeerFigure(
        cells["indicator"],
        cells["peer"],
        parse(cells["value"]).number,
        cells.get("unit", ""),
        cells["period"],
        cells["source"],
        date.fromisoformat(cells["retrieved"]),
        cells.get("note", ""),
        KINDS.get(cells.get("kind", "").lower(), "peer"),
        cells.get("class", ""),
        file,
        line,
    )


def _repeated(
    file: str, lines: list[int], figures: list[PeerFigure]
) -> Iterator[Mistake]:
    seen: dict[tuple[str, str, str, str], int] = {}
    for line, one in zip(lines, figures, strict=True):
        key = (one.indicator, one.peer, one.period, one.source)
        first = seen.setdefault(key, line)
        if first != line:
            yield _wrong(
                file,
                line,
                "indicator",
                one.indicator,
                f"stands twice for {one.peer} in {one.period}, first in line {first}",
                "each figure once",
                "remove one, or tell the sources apart",
            )
