"""Rows of intake files: how each kind of row becomes a figure or an event.

A reader takes one row and hands what it says to the collector, or raises
:class:`BadRowError` with the cell, what is wrong with it and how to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NoReturn

from orebook.errors import Mistake
from orebook.ledger.intake_file import IntakeEvent, IntakeRow
from orebook.ledger.known import Known, convert, find
from orebook.ledger.layout import (
    INCIDENT_WORDS,
    Problem,
    plain,
    read_moment,
    read_number,
    read_period,
    split_header,
)
from orebook.ledger.month import INCIDENT_KINDS

TOO_MUCH = 10.0
"""A figure beyond so many times what capacity allows is kept, but pointed out [-]."""

SIGNED = frozenset({"price", "cost"})
"""Figures that may be negative."""


class BadRowError(Exception):
    """A row that cannot be used; never leaves the reading of a file."""

    def __init__(self, field: str, value: object, problem: Problem) -> None:
        self.field, self.value, self.problem = field, value, problem
        super().__init__(problem[0])


@dataclass(slots=True)
class Cells:
    """One row of a table, by column of its kind."""

    number: int
    cells: tuple[object, ...]
    places: Mapping[str, int]
    header: tuple[str, ...]

    def get(self, column: str) -> object:
        """Return the cell of a column, None where it is empty."""
        place = self.places.get(column)
        if place is None or place >= len(self.cells):
            return None
        cell = self.cells[place]
        return None if cell is None or str(cell).strip() == "" else cell

    def text(self, column: str) -> str:
        """Return the cell of a column as text, empty where it is."""
        cell = self.get(column)
        return "" if cell is None else str(cell).strip()

    def unit(self, column: str, default: str) -> str:
        """Return the unit of a figure: its column's, its header's, or the default."""
        if self.text("unit"):
            return self.text("unit")
        return split_header(self.header[self.places[column]])[1] or default


@dataclass(slots=True)
class Collector:
    """Collects what the rows of one file say.

    Parameters
    ----------
    name : str
        File name.
    names : Known
        Names of the book.
    """

    name: str
    names: Known
    rows: list[IntakeRow] = field(default_factory=list)
    events: list[IntakeEvent] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    seen: dict[tuple[str, str, str], IntakeRow] = field(default_factory=dict)
    duplicates: int = 0

    def mistake(self, row: int, field: str, value: object, problem: Problem) -> Mistake:
        """Return a mistake in a row of this file."""
        shown = "" if value is None else str(value)
        return Mistake(self.name, row, field, shown[:80], *problem)

    def add(self, row: IntakeRow, field: str) -> None:
        """Keep a figure unless the file has said it; refuse one that contradicts."""
        if row.value < 0 and row.kind not in SIGNED:
            _refuse(
                field,
                row.value,
                "is negative",
                "a figure of at least 0",
                "correct the sign; enter a return as a figure of its own stream",
            )
        before = self.seen.setdefault((row.tag, row.stamp, row.kind), row)
        if before is row:
            self.rows.append(row)
        elif (before.value, before.unit) == (row.value, row.unit):
            self.duplicates += 1
        else:
            _refuse(
                field,
                row.value,
                f"contradicts row {before.row}, which says {before.value:g}",
                "one figure for one time",
                "remove the wrong row; give lots their ticket and samples their number",
            )

    def warn(self, row: IntakeRow, field: str, largest: float) -> None:
        """Point out a figure far beyond what capacity allows."""
        problem = (
            "is far beyond what capacity allows",
            f"at most {largest:g} {row.unit}",
            "used as it is; correct the figure or its unit if it is wrong",
        )
        self.warnings.append(self.mistake(row.row, field, row.value, problem))


def _refuse(field: str, value: object, *problem: str) -> NoReturn:
    raise BadRowError(field, value, (problem[0], problem[1], problem[2]))


def _name(row: Cells, column: str, names: Mapping[str, object], what: str) -> str:
    found = find(row.get(column), names, what)
    if isinstance(found, str):
        return found
    raise BadRowError(column, row.get(column), found)


def _number(row: Cells, column: str) -> float:
    found = read_number(row.get(column))
    if isinstance(found, float):
        return found
    raise BadRowError(column, row.get(column), found)


def _moment(row: Cells, column: str) -> date | datetime:
    found = read_moment(row.get(column))
    if isinstance(found, date):
        return found
    raise BadRowError(column, row.get(column), found)


def _day(row: Cells, column: str) -> date:
    moment = _moment(row, column)
    return moment.date() if isinstance(moment, datetime) else moment


def _period(row: Cells) -> date:
    found = read_period(row.get("period"))
    if isinstance(found, date):
        return found
    raise BadRowError("period", row.get("period"), found)


def _in_unit(row: Cells, column: str, value: float, units: tuple[str, str]) -> float:
    """Return a figure in its target's unit; ``units`` is (target's, assumed)."""
    unit = row.unit(column, units[1])
    found = convert(value, unit, units[0])
    if isinstance(found, float):
        return found
    raise BadRowError("unit", unit, found)


def _tag(work: Collector, row: Cells) -> str:
    column = "tag" if row.get("tag") is not None else "stream"
    return _name(row, column, work.names.targets, "meter or stream")


def _stamped(moment: date | datetime) -> str:
    return moment.isoformat()


def _read_meter(work: Collector, row: Cells) -> None:
    tag = _tag(work, row)
    reads, target, assumed = work.names.targets[tag]
    value = _in_unit(row, "value", _number(row, "value"), (target, assumed))
    if reads.startswith("assay:"):
        _add_assay(work, row, (tag, value, ""), "value")
        return
    if reads.startswith("stock:"):
        stamp = _stamped(_moment(row, "date" if "date" in row.places else "last"))
        work.add(
            IntakeRow("stock", tag, stamp[:10], value, target, row.number), "value"
        )
        return
    stamp, days = _interval(row)
    figure = IntakeRow(f"meter:{days}", tag, stamp, value, target, row.number)
    work.add(figure, "value")
    largest = TOO_MUCH * work.names.largest.get(reads, float("inf")) * max(days, 1)
    if value > largest:
        work.warn(figure, "value", largest)


def _interval(row: Cells) -> tuple[str, int]:
    """Return the end of a total's interval and its length, 0 for a time of day."""
    if row.get("last") is None:
        moment = _moment(row, "date" if "date" in row.places else "last")
        return _stamped(moment), 0 if isinstance(moment, datetime) else 1
    last = _day(row, "last")
    first = last if row.get("first") is None else _day(row, "first")
    days = (last - first).days + 1
    if days < 1:
        _refuse(
            "last",
            row.get("last"),
            f"lies before the first day {first}",
            "a last day on or after the first",
            "exchange the two days",
        )
    return _stamped(last), days


def _read_weighing(work: Collector, row: Cells) -> None:
    tag = _tag(work, row)
    _, target, assumed = work.names.targets[tag]
    column = "net" if row.get("net") is not None else "gross"
    net = _number(row, column)
    if column == "gross":
        net -= _number(row, "tare")
        if net < 0:
            _refuse(
                "tare",
                row.get("tare"),
                "is more than the gross weight",
                "a tare below the gross weight",
                "exchange the two weights",
            )
    value = _in_unit(row, column, net, (target, assumed))
    stamp = _stamped(_moment(row, "date"))
    kind = f"weighing:{row.text('ticket')}"
    work.add(IntakeRow(kind, tag, stamp, value, target, row.number), column)


def _read_assay(work: Collector, row: Cells) -> None:
    named = row.text("component")
    if named or "component" in row.places:
        component = find(named, work.names.components, "component")
        if not isinstance(component, str):
            raise BadRowError("component", named, component)
        _assay_of(work, row, component, ("value", row.get("value")))
        return
    wide = {split_header(h)[0]: i for i, h in enumerate(row.header)}
    columns = [c for c in wide if c in work.names.components]
    if not columns:
        tag = _tag(work, row)
        value = _fraction(row, "value", _number(row, "value"))
        _add_assay(work, row, (tag, value, ""), "value")
        return
    for component in columns:
        cell = row.cells[wide[component]] if wide[component] < len(row.cells) else None
        if cell is not None and str(cell).strip():
            _assay_of(work, row, component, (component, cell))


def _assay_of(
    work: Collector, row: Cells, component: str, cell: tuple[str, object]
) -> None:
    column, text = cell
    number = read_number(text)
    if not isinstance(number, float):
        raise BadRowError(column, text, number)
    tag = _tag(work, row)
    reads, _, _ = work.names.targets[tag]
    if not reads.startswith("assay:"):
        tag = f"assay:{reads}:{component}"
    unit_of = row if column == "value" else _as_column(row, column)
    _add_assay(work, row, (tag, _fraction(unit_of, column, number), component), column)


def _as_column(row: Cells, column: str) -> Cells:
    """Return the row with one wide column as a column of its own."""
    place = [split_header(h)[0] for h in row.header].index(column)
    return replace(row, places={**row.places, column: place})


def _fraction(row: Cells, column: str, value: float) -> float:
    """Return a mass fraction; without a unit only a figure up to 1 is one."""
    unit = row.unit(column, "")
    if not unit and value > 1.0:
        _refuse(
            column,
            value,
            "has no unit and is no fraction",
            "a unit, %, g/t or t/t",
            "add a unit column, or write the header as Al2O3 (%)",
        )
    found = convert(value, unit or "-", "-")
    if not isinstance(found, float):
        raise BadRowError("unit", unit, found)
    if found > 1.0:
        _refuse(
            column,
            value,
            "is more than the whole",
            "a mass fraction up to 100 %",
            "correct the figure or its unit",
        )
    return found


def _add_assay(
    work: Collector, row: Cells, figure: tuple[str, float, str], column: str
) -> None:
    tag, value, _ = figure
    moment = _moment(row, "date" if "date" in row.places else "last")
    kind = f"assay:{row.text('sample')}"
    work.add(IntakeRow(kind, tag, _stamped(moment), value, "-", row.number), column)


def _read_stock(work: Collector, row: Cells) -> None:
    store = row.text("store")
    if store in work.names.targets and work.names.targets[store][0].startswith(
        "stock:"
    ):
        tag = store
    else:
        tag = work.names.stores[_name(row, "store", work.names.stores, "store")][0]
    _, target, assumed = work.names.targets[tag]
    value = _in_unit(row, "quantity", _number(row, "quantity"), (target, assumed))
    day = _day(row, "date").isoformat()
    work.add(IntakeRow("stock", tag, day, value, target, row.number), "quantity")


def _read_price(work: Collector, row: Cells) -> None:
    contract = _name(row, "contract", work.names.contracts, "contract")
    key, unit = work.names.contracts[contract]
    target = f"CNY/{unit}"
    value = _in_unit(row, "price", _number(row, "price"), (target, target))
    day = _period(row).isoformat()
    work.add(IntakeRow("price", key, day, value, target, row.number), "price")


def _read_cost(work: Collector, row: Cells) -> None:
    cost = _name(row, "cost", work.names.costs, "cost or unit")
    value = _in_unit(row, "amount", _number(row, "amount"), ("CNY", "CNY"))
    day = _period(row).isoformat()
    work.add(IntakeRow("cost", cost, day, value, "CNY", row.number), "amount")


def _read_hours(work: Collector, row: Cells) -> None:
    centre = _name(row, "centre", work.names.centres, "centre")
    value = _in_unit(row, "hours", _number(row, "hours"), ("h", "h"))
    day = _period(row).isoformat()
    work.add(IntakeRow("hours", centre, day, value, "h", row.number), "hours")


def _read_incident(work: Collector, row: Cells) -> None:
    day = _day(row, "date")
    centre = _name(row, "centre", work.names.centres, "centre")
    written = row.text("kind")
    kind = INCIDENT_WORDS.get(written, plain(written).replace(" ", "_"))
    if kind not in INCIDENT_KINDS:
        found = find(written, INCIDENT_KINDS, "kind of incident")
        if not isinstance(found, str):
            raise BadRowError("kind", written, found)
        kind = found
    if not row.text("text"):
        _refuse("text", "", "has no value", "what happened in words", "describe it")
    due = _day(row, "due").isoformat() if row.get("due") is not None else ""
    if kind == "hazard" and not due:
        _refuse(
            "due",
            "",
            "has no value",
            "the day by which the hazard is to be closed",
            "agree on a day and fill it in",
        )
    closed = _day(row, "closed").isoformat() if row.get("closed") is not None else ""
    parts = {"id": row.text("id"), "due": due, "closed": closed}
    severity = "; ".join(
        [row.text("severity"), *(f"{k}={v}" for k, v in parts.items() if v)]
    )
    event = IntakeEvent(
        day.isoformat(), centre, kind, severity, row.text("text"), row.number
    )
    if any(replace(e, row=0) == replace(event, row=0) for e in work.events):
        work.duplicates += 1
    else:
        work.events.append(event)


def _read_outage(work: Collector, row: Cells) -> None:
    unit = _name(row, "unit", work.names.units, "unit of plant")
    first, last = _day(row, "first"), _day(row, "last")
    if last < first:
        _refuse(
            "last",
            row.get("last"),
            f"lies before the first day {first}",
            "a last day on or after the first",
            "exchange the two days",
        )
    share = 1.0
    if row.get("share") is not None:
        text = row.text("share")
        share = _share(text, 0.01 if text.endswith(("%", "％")) else 1.0)
    for k in range((last - first).days + 1):
        day = (first + timedelta(days=k)).isoformat()
        work.add(IntakeRow("outage", unit, day, share, "-", row.number), "share")


def _share(text: str, scale: float) -> float:
    found = read_number(text.rstrip("%％"))
    if not isinstance(found, float):
        raise BadRowError("share", text, found)
    if not 0.0 <= found * scale <= 1.0:
        _refuse(
            "share",
            text,
            "is no share",
            "a share from 0 to 1, or a percentage",
            "write 0.5 or 50 %",
        )
    return found * scale


READERS: Mapping[str, Callable[[Collector, Cells], None]] = {
    "meters": _read_meter,
    "weighings": _read_weighing,
    "assays": _read_assay,
    "stocks": _read_stock,
    "prices": _read_price,
    "costs": _read_cost,
    "hours": _read_hours,
    "incidents": _read_incident,
    "outages": _read_outage,
}
