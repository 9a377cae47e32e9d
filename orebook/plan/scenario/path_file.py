"""Read price paths from a table: many named paths, one row each path and period."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orebook.chain.chain import good
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import BookError, Mistake, UnitError
from orebook.plan.result import Plan
from orebook.plan.scenario.paths import PricePath
from orebook.quantity import factor

__all__ = ["read_paths"]

_HEAD = re.compile(r"(?P<name>[^\[\]]+?)\s*(?:\[(?P<unit>[^\]]+)\])?$")
_FIXED = ("path", "period", "weight")


def read_paths(file: Path, plan: Plan) -> tuple[PricePath, ...]:
    """Read price paths from a CSV file.

    Parameters
    ----------
    file : Path
        Columns ``path``, ``period``, perhaps ``weight``, and one each series or
        contract (``aluminium [CNY/t]``, ``sell:ID``); a unit in brackets is converted,
        without one the figures are in the unit of the book. An empty cell keeps what
        the plan knows.
    plan : Plan
        Gives the horizon, series and contracts.

    Returns
    -------
    tuple of PricePath
        In the order of the file.

    Raises
    ------
    BookError
        With every mistake of the file, each with its line.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = f"cannot be read ({error})"
        mistake = Mistake(
            str(file), None, "file", file.name, told, "a CSV file in UTF-8", "check it"
        )
        raise BookError([mistake]) from error
    rows = list(csv.reader(text.splitlines()))
    work = _Reading(str(file), plan)
    columns = list(work.columns(rows[0] if rows else []))
    if not work.mistakes:
        for line, row in enumerate(rows[1:], start=2):
            if any(cell.strip() for cell in row):
                work.row(line, row, columns)
        if not work.levels:
            work.wrong(None, "path", "(none)", "there is no path", "a row", "add rows")
    if work.mistakes:
        raise BookError(work.mistakes)
    return tuple(work.paths())


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column holds, and by what its figures are multiplied."""

    name: str
    scale: float = 1.0


class _Reading:
    """The file so far; lives only while it is read."""

    def __init__(self, file: str, plan: Plan) -> None:
        self.file, self.plan = file, plan
        self.mistakes: list[Mistake] = []
        self.place = {p.name: t for t, p in enumerate(plan.periods)}
        self.levels: dict[str, dict[str, np.ndarray]] = {}
        self.weights: dict[str, float] = {}
        self.seen: set[tuple[str, str]] = set()
        self.units = _units(plan)

    def wrong(
        self,
        line: int | None,
        field: str,
        value: str,
        problem: str,
        expected: str,
        remedy: str,
    ) -> None:
        """Note a mistake."""
        self.mistakes.append(
            Mistake(self.file, line, field, value, problem, expected, remedy)
        )

    def columns(self, head: Iterable[str]) -> Iterator[_Column]:
        """Yield what each column holds."""
        cells = [cell.strip() for cell in head]
        for needed in _FIXED[:2]:
            if needed not in cells:
                self.wrong(
                    1, needed, "(absent)", "is missing", "a column", f"add {needed}"
                )
        for cell in cells:
            found = _HEAD.match(cell)
            name = found["name"] if found else cell
            if name in _FIXED:
                yield _Column(name)
            elif name not in self.units:
                told = did_you_mean(name, self.units, "correct the heading")
                names = listed(self.units)
                self.wrong(1, "heading", cell, "is no series or contract", names, told)
                yield _Column(name)
            else:
                yield _Column(name, self._scale(found["unit"] if found else None, name))
        if not set(cells) - set(_FIXED):
            self.wrong(
                1, "heading", ", ".join(cells), "names no price", "a series", "add one"
            )

    def _scale(self, unit: str | None, name: str) -> float:
        if unit is None:
            return 1.0
        try:
            return factor(unit, self.units[name])[0]
        except UnitError as error:
            self.wrong(1, name, unit, str(error), self.units[name], "correct the unit")
            return 1.0

    def row(self, line: int, row: list[str], columns: list[_Column]) -> None:
        """Take one row."""
        cells = dict(zip((c.name for c in columns), row, strict=False))
        path, period = (cells.get(k, "").strip() for k in _FIXED[:2])
        if not path:
            self.wrong(line, "path", "", "is empty", "the name of a path", "name it")
        if period not in self.place:
            told = did_you_mean(period, self.place, "plan with --periods further")
            names = listed(self.place)
            self.wrong(line, "period", period, "is not in the plan", names, told)
            return
        if (path, period) in self.seen:
            self.wrong(
                line, "period", period, f"stands twice in {path}", "once", "remove one"
            )
        self.seen.add((path, period))
        levels = self.levels.setdefault(path, {})
        for column in columns:
            text = cells.get(column.name, "").strip()
            value = self._number(line, column.name, text)
            if value is None or column.name in _FIXED[:2]:
                continue
            if column.name == "weight":
                self.weights[path] = value
                continue
            each = levels.setdefault(column.name, np.full(len(self.place), np.nan))
            each[self.place[period]] = value * column.scale

    def _number(self, line: int, name: str, text: str) -> float | None:
        if not text or name in _FIXED[:2]:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        least = 0.0 if name == "weight" else -math.inf
        if not math.isfinite(value) or value <= least:
            wanted = "a number above 0" if name == "weight" else "a number"
            self.wrong(line, name, text, "is none", wanted, "correct it")
            return None
        return value

    def paths(self) -> Iterator[PricePath]:
        """Yield the paths read."""
        for name, levels in self.levels.items():
            yield PricePath(name, levels, self.weights.get(name, 1.0))


def _units(plan: Plan) -> Mapping[str, str]:
    """Return the unit of every series and contract."""
    chain = plan.network.chain
    goods = {f"buy:{p.id}": p.good for p in chain.purchases}
    goods |= {f"sell:{s.id}": s.goods[0] for s in chain.sales}
    own = {k: chain.material[good(g).material].unit for k, g in goods.items()}
    money = {k: f"CNY/{unit}" for k, unit in own.items()}
    return {k: s.unit for k, s in chain.series.items()} | money
