"""What teams say they will reach: reports of a book, made before their period.

A file ``reports/NAME.csv`` has one report per line; headings may be Chinese. A team may
say again before the day it is due: the last word in time counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.chain.nearest import nearest
from orebook.chain.series import decode
from orebook.errors import BookError, Mistake

if TYPE_CHECKING:
    from orebook.reward.scheme import Measure, Scheme

HEADINGS: Mapping[str, str] = {
    "period": "期间", "team": "班组", "measure": "指标", "value": "数值",
    "unit": "单位", "author": "报告人", "date": "日期",
}  # fmt: skip
"""Columns of a file, and their Chinese headings."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One report.

    Parameters
    ----------
    period, team, measure : str
        Month, team and measure it is about.
    value : float
        What the team says it will reach [unit].
    unit : str
        Unit of the value, that of the measure.
    author : str
        Who said so.
    made : date
        Day it was made.
    source : str
        File and line.
    """

    period: str
    team: str
    measure: str
    value: float
    unit: str
    author: str
    made: date
    source: str


def read_reports(folder: Path, schemes: Sequence[Scheme]) -> tuple[Reported, ...]:
    """Read the reports of a book.

    Parameters
    ----------
    folder : Path
        Folder of the book; the files lie in ``reports``.
    schemes : sequence of Scheme
        Their teams and measures may be named.

    Raises
    ------
    BookError
        With every mistake: column, team, measure, unit, number or day.
    """
    found: list[Reported] = []
    mistakes: list[Mistake] = []
    for path in sorted((folder / "reports").glob("*.csv")):
        name = path.relative_to(folder).as_posix()
        for row in parse_reports(decode(path.read_bytes()), name, schemes):
            if isinstance(row, Mistake):
                mistakes.append(row)
            else:
                found.append(row)
    if mistakes:
        raise BookError(mistakes)
    return tuple(found)


def parse_reports(
    text: str, file: str, schemes: Sequence[Scheme]
) -> Iterator[Reported | Mistake]:
    """Yield the reports of a file, or what is wrong with them.

    Parameters
    ----------
    text : str
        CSV.
    file : str
        Name for messages.
    schemes : sequence of Scheme
        Their teams and measures may be named.
    """
    rows = csv.DictReader(io.StringIO(text))
    english = {zh: en for en, zh in HEADINGS.items()}
    heads = [english.get(h.strip(), h.strip()) for h in rows.fieldnames or ()]
    lacking = [h for h in HEADINGS if h not in heads]
    if lacking:
        yield Mistake(
            file, 1, "columns", ", ".join(heads), f"lacks {', '.join(lacking)}",
            ", ".join(HEADINGS), "add the column",
        )  # fmt: skip
        return
    rows.fieldnames = heads
    measures = {(t.id, m.id): m for s in schemes for t in s.teams
                for m in s.measures_of(t.id) if m.reads_report}  # fmt: skip
    for row in rows:
        yield from _row(row, f"{file}", rows.line_num, measures)


def _row(
    row: Mapping[str, str | None],
    file: str,
    line: int,
    measures: Mapping[tuple[str, str], Measure],
) -> Iterator[Reported | Mistake]:
    cell = {k: (row.get(k) or "").strip() for k in HEADINGS}

    def wrong(field: str, problem: str, expected: str, remedy: str) -> Mistake:
        return Mistake(file, line, field, cell[field], problem, expected, remedy)

    mistakes = []
    teams = sorted({team for team, _ in measures})
    measure = measures.get((cell["team"], cell["measure"]))
    if cell["team"] not in teams:
        near = nearest(cell["team"], teams)
        fix = f"did you mean '{near}'?" if near else "correct the team"
        listed = ", ".join(teams) or "none: no scheme reads a report"
        mistakes.append(wrong("team", "is no team that reports", listed, fix))
    elif measure is None:
        known = [m for team, m in measures if team == cell["team"]]
        expected = ", ".join(known)
        problem = f"is no measure {cell['team']} reports"
        mistakes.append(wrong("measure", problem, expected, "correct the measure"))
    elif cell["unit"] != measure.unit:
        fix = "write the value in the unit of the measure"
        mistakes.append(wrong("unit", "is another unit", measure.unit, fix))
    value = _number(cell["value"])
    if value is None:
        mistakes.append(wrong("value", "is no number", "a number", "correct it"))
    made, first = _day(cell["date"]), _day(f"{cell['period']}-01")
    if made is None:
        expected = "a day as 2026-04-25"
        mistakes.append(wrong("date", "is no day", expected, "correct the day"))
    if first is None:
        expected = "a month as 2026-05"
        mistakes.append(wrong("period", "is no month", expected, "correct the month"))
    if not cell["author"]:
        fix = "say who reported"
        mistakes.append(wrong("author", "is empty", "who reported", fix))
    yield from mistakes
    if not mistakes and value is not None and made is not None:
        yield Reported(
            cell["period"], cell["team"], cell["measure"], value, cell["unit"],
            cell["author"], made, f"{file}:{line}",
        )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "").replace(" ", ""))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def report_in_time(
    measure: Measure, team: str, period: str, reports: Sequence[Reported]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the report of a measure that counts, and where it stands.

    Parameters
    ----------
    measure : Measure
        With the terms of its reports.
    team, period : str
        Whose report, and of which month.
    reports : sequence of Reported
        All reports of the book.

    Returns
    -------
    tuple
        The last value said in time [unit of the measure], None where there is none;
        and file and line, or why there is none.
    """
    rule = measure.report
    days = rule.days if rule is not None else 0
    due = date.fromisoformat(f"{period}-01") - timedelta(days=days)
    mine = [
        r
        for r in reports
        if (r.period, r.team, r.measure) == (period, team, measure.id)
    ]
    timely = [r for r in mine if r.made < due]
    missing = rule.missing if rule is not None else "target"
    counts = {"target": "counts as the target", "nothing": "pays nothing"}[missing]
    if not timely:
        late = [f"{r.source} of {r.made} is late" for r in mine]
        why = ", ".join(late) or "no report"
        return None, (f"{why}, due before {due}: {counts}",)
    last = max(enumerate(timely), key=lambda k_r: (k_r[1].made, k_r[0]))[1]
    return last.value, (f"{last.source} ({last.author}, {last.made})",)
