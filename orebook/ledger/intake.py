"""Read intake files: every good row kept, every bad row named with its remedy.

Reading is pure: a file and the book's names in, rows out. The same bytes give the same
rows; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from orebook.chain.chain import Chain
from orebook.errors import InputError, Mistake
from orebook.ledger.known import Known, convert, find, known
from orebook.ledger.layout import (
    COLUMNS,
    INCIDENT_WORDS,
    NAMES,
    NEEDS,
    SIMULATED,
    Problem,
    is_kind,
    match_columns,
    plain,
    read_moment,
    read_number,
    read_period,
    recognise,
    split_header,
)
from orebook.ledger.month import INCIDENT_KINDS
from orebook.ledger.tables import Table, read_tables

TOO_MUCH = 10.0
"""A figure beyond so many times what capacity allows is kept, but pointed out [-]."""

NO_SIGN = frozenset({"price", "cost"})
"""Figures that may be negative."""


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One figure of a file, in the unit of what it reads.

    Parameters
    ----------
    kind : str
        ``meter:DAYS`` (a total of so many days to ``stamp``, 0 for a time of day),
        ``weighing:TICKET``, ``assay:SAMPLE``, ``stock``, ``price``, ``cost``, ``outage``.
    tag, stamp : str
        What was read, and when, ISO 8601 on the plant's clock.
    value : float
        Figure [unit].
    unit : str
        Its unit.
    row : int
        1-based row of the file [-].
    """

    kind: str
    tag: str
    stamp: str
    value: float
    unit: str
    row: int


@dataclass(frozen=True, slots=True)
class IntakeEvent:
    """Something that happened; ``severity`` also carries id, due and closed day."""

    day: str
    centre: str
    kind: str
    severity: str
    text: str
    row: int


@dataclass(frozen=True, slots=True)
class IntakeFile:
    """What one file says.

    Parameters
    ----------
    name : str
        File name.
    content_hash : str
        SHA-256 of its bytes.
    kind : str
        Kind of data, several joined by ``+``.
    simulated : bool
        Whether the file, or any of its rows, says that no instrument took it.
    total : int
        Rows of the file [-].
    duplicates : int
        Rows that say again what a row before said [-].
    rows, events : tuple
        What was accepted.
    rejects, warnings : tuple of Mistake
        Rows not used; rows used although they look wrong.
    """

    name: str
    content_hash: str
    kind: str
    simulated: bool
    total: int
    duplicates: int
    rows: tuple[IntakeRow, ...] = ()
    events: tuple[IntakeEvent, ...] = ()
    rejects: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()

    def summary(self) -> str:
        """Return what was read in one line, and each reject in one more."""
        mark = ", simulated" if self.simulated else ""
        head = (
            f"{self.name} ({self.kind}{mark}): {len(self.rows)} figures, "
            f"{len(self.events)} events, {self.duplicates} said twice, "
            f"{len(self.rejects)} rejected"
        )
        return "\n".join([head, *map(str, self.rejects), *map(str, self.warnings)])


class _Bad(Exception):
    """A row that cannot be used; never leaves this module."""

    def __init__(self, field: str, value: object, problem: Problem) -> None:
        self.field, self.value, self.problem = field, value, problem
        super().__init__(problem[0])


def read_intake(
    path: Path, *, chain: Chain, kind: str | None = None, names: Known | None = None
) -> IntakeFile:
    """Read one intake file.

    Parameters
    ----------
    path : Path
        CSV (UTF-8 or GB 18030; comma, semicolon or tab), Excel (every sheet) or
        Parquet.
    chain : Chain
        The book, for its names and units.
    kind : str, optional
        Kind of data, one of ``orebook.ledger.layout.COLUMNS``; told by the name or the
        columns otherwise.
    names : Known, optional
        Names of the book where already gathered, to read many files.

    Returns
    -------
    IntakeFile
        Good rows, and every bad row with row number, value, problem and remedy.

    Raises
    ------
    InputError
        If the file is not there or cannot be read in its form, or the kind is unknown.
    """
    if kind is not None and kind not in COLUMNS:
        raise InputError(
            f"no kind of intake is called '{kind}'; expected one of {', '.join(COLUMNS)}"
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path") from error
    work = _Reader(path.name, known(chain) if names is None else names)
    tables = read_tables(path, raw)
    for table in tables:
        work.table(table, kind, several=len(tables) > 1)
    return IntakeFile(
        name=path.name,
        content_hash=sha256(raw).hexdigest(),
        kind="+".join(dict.fromkeys(work.kinds)) or "unknown",
        simulated=work.simulated,
        total=work.total,
        duplicates=work.duplicates,
        rows=tuple(work.rows),
        events=tuple(work.events),
        rejects=tuple(work.rejects),
        warnings=tuple(work.warnings),
    )


@dataclass(slots=True)
class _Cells:
    """One row of a table, by column of its kind."""

    number: int
    cells: tuple[object, ...]
    places: Mapping[str, int]
    header: tuple[str, ...]

    def get(self, column: str) -> object:
        place = self.places.get(column)
        if place is None or place >= len(self.cells):
            return None
        cell = self.cells[place]
        return None if cell is None or str(cell).strip() == "" else cell

    def text(self, column: str) -> str:
        cell = self.get(column)
        return "" if cell is None else str(cell).strip()

    def unit(self, column: str, default: str) -> str:
        """Return the unit of a figure: its column's, its header's, or the default."""
        if self.text("unit"):
            return self.text("unit")
        return split_header(self.header[self.places[column]])[1] or default


@dataclass(slots=True)
class _Reader:
    """Collects rows and rejects of one file."""

    name: str
    names: Known
    rows: list[IntakeRow] = field(default_factory=list)
    events: list[IntakeEvent] = field(default_factory=list)
    rejects: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    seen: dict[tuple[str, str, str], IntakeRow] = field(default_factory=dict)
    simulated: bool = False
    total: int = 0
    duplicates: int = 0

    def table(self, table: Table, kind: str | None, *, several: bool) -> None:
        """Read one table."""
        if not table.header:
            return
        titles = [self.name, table.name] if several else [self.name]
        found = kind or next(
            (k for t in reversed(titles)
             if (k := recognise(t, table.header, self.names.components))), None,
        )  # fmt: skip
        self.simulated |= any(plain(c).startswith("simulated") for c in table.comments)
        self.total += len(table.rows)
        prefix = f"{table.name}!" if several else ""
        if found is None or not is_kind(found, table.header, self.names.components):
            self._refuse_table(table, found, titles, prefix)
            return
        self.kinds.append(found)
        places = match_columns(found, table.header)
        origin = _origin(table.header)
        read = _READERS[found]
        for number, cells in table.rows:
            row = _Cells(number, cells, places, table.header)
            if origin is not None and origin < len(cells):
                self.simulated |= plain(cells[origin] or "") in SIMULATED
            try:
                read(self, row)
            except _Bad as bad:
                self.rejects.append(self._mistake(number, prefix + bad.field, bad.value,
                                                  bad.problem))  # fmt: skip

    def _refuse_table(
        self, table: Table, kind: str | None, titles: list[str], prefix: str
    ) -> None:
        told = kind or next(
            (k for k, words in NAMES.items() if any(w in plain(t) for w in words for t in titles)),
            None,
        )
        needs = NEEDS.get(told or "", NEEDS["meters"])
        expected = ", ".join(" or ".join(group) for group in needs)
        problem = (
            "the columns fit no kind of intake" if told is None else f"a column of {told} is missing",
            f"columns {expected}",
            f"name the columns so, or give the kind: {', '.join(COLUMNS)}",
        )
        row = max(1, table.rows[0][0] - 1) if table.rows else 1
        self.rejects.append(self._mistake(row, f"{prefix}header", ", ".join(table.header), problem))

    def _mistake(self, row: int, field: str, value: object, problem: Problem) -> Mistake:
        shown = "" if value is None else str(value)
        return Mistake(self.name, row, field, shown[:80], *problem)

    def add(self, row: IntakeRow, field: str) -> None:
        """Keep a figure unless the file has said it; refuse one that contradicts."""
        if row.value < 0 and row.kind not in NO_SIGN:
            _refuse(field, row.value, "is negative", "a figure of at least 0",
                    "correct the sign; enter a return as a figure of its own stream")  # fmt: skip
        before = self.seen.setdefault((row.tag, row.stamp, row.kind), row)
        if before is row:
            self.rows.append(row)
        elif (before.value, before.unit) == (row.value, row.unit):
            self.duplicates += 1
        else:
            _refuse(field, row.value, f"contradicts row {before.row}, which says {before.value:g}",
                    "one figure for one time", "remove the wrong row; give lots their ticket and "
                    "samples their number")  # fmt: skip

    def warn(self, row: IntakeRow, field: str, largest: float) -> None:
        """Point out a figure far beyond what capacity allows."""
        problem = ("is far beyond what capacity allows", f"at most {largest:g} {row.unit}",
                   "used as it is; correct the figure or its unit if it is wrong")  # fmt: skip
        self.warnings.append(self._mistake(row.row, field, row.value, problem))


def _origin(header: tuple[str, ...]) -> int | None:
    from orebook.ledger.layout import ORIGIN

    names = [plain(h) for h in header]
    return next((names.index(o) for o in ORIGIN if o in names), None)


def _refuse(field: str, value: object, *problem: str) -> NoReturn:
    raise _Bad(field, value, (problem[0], problem[1], problem[2]))


def _name(row: _Cells, column: str, names: Mapping[str, object], what: str) -> str:
    found = find(row.get(column), names, what)
    if isinstance(found, str):
        return found
    raise _Bad(column, row.get(column), found)


def _number(row: _Cells, column: str) -> float:
    found = read_number(row.get(column))
    if isinstance(found, float):
        return found
    raise _Bad(column, row.get(column), found)


def _moment(row: _Cells, column: str) -> date | datetime:
    found = read_moment(row.get(column))
    if isinstance(found, date):
        return found
    raise _Bad(column, row.get(column), found)


def _day(row: _Cells, column: str) -> date:
    moment = _moment(row, column)
    return moment.date() if isinstance(moment, datetime) else moment


def _period(row: _Cells) -> date:
    found = read_period(row.get("period"))
    if isinstance(found, date):
        return found
    raise _Bad("period", row.get("period"), found)


def _in_unit(row: _Cells, column: str, value: float, units: tuple[str, str]) -> float:
    """Return a figure in its target's unit; ``units`` is (target's, assumed)."""
    unit = row.unit(column, units[1])
    found = convert(value, unit, units[0])
    if isinstance(found, float):
        return found
    raise _Bad("unit", unit, found)


def _tag(work: _Reader, row: _Cells) -> str:
    column = "tag" if row.get("tag") is not None else "stream"
    return _name(row, column, work.names.targets, "meter or stream")


def _stamped(moment: date | datetime) -> str:
    return moment.isoformat()


def _read_meter(work: _Reader, row: _Cells) -> None:
    tag = _tag(work, row)
    reads, target, assumed = work.names.targets[tag]
    value = _in_unit(row, "value", _number(row, "value"), (target, assumed))
    if reads.startswith("assay:"):
        _add_assay(work, row, (tag, value, ""), "value")
        return
    if reads.startswith("stock:"):
        stamp = _stamped(_moment(row, "date" if "date" in row.places else "last"))
        work.add(IntakeRow("stock", tag, stamp[:10], value, target, row.number), "value")
        return
    stamp, days = _interval(row)
    figure = IntakeRow(f"meter:{days}", tag, stamp, value, target, row.number)
    work.add(figure, "value")
    largest = TOO_MUCH * work.names.largest.get(reads, float("inf")) * max(days, 1)
    if value > largest:
        work.warn(figure, "value", largest)


def _interval(row: _Cells) -> tuple[str, int]:
    """Return the end of a total's interval and its length, 0 for a time of day."""
    if row.get("last") is None:
        moment = _moment(row, "date" if "date" in row.places else "last")
        return _stamped(moment), 0 if isinstance(moment, datetime) else 1
    last = _day(row, "last")
    first = last if row.get("first") is None else _day(row, "first")
    days = (last - first).days + 1
    if days < 1:
        _refuse("last", row.get("last"), f"lies before the first day {first}",
                "a last day on or after the first", "exchange the two days")  # fmt: skip
    return _stamped(last), days


def _read_weighing(work: _Reader, row: _Cells) -> None:
    tag = _tag(work, row)
    _, target, assumed = work.names.targets[tag]
    column = "net" if row.get("net") is not None else "gross"
    net = _number(row, column)
    if column == "gross":
        net -= _number(row, "tare")
        if net < 0:
            _refuse("tare", row.get("tare"), "is more than the gross weight",
                    "a tare below the gross weight", "exchange the two weights")  # fmt: skip
    value = _in_unit(row, column, net, (target, assumed))
    stamp = _stamped(_moment(row, "date"))
    kind = f"weighing:{row.text('ticket')}"
    work.add(IntakeRow(kind, tag, stamp, value, target, row.number), column)


def _read_assay(work: _Reader, row: _Cells) -> None:
    named = row.text("component")
    if named or "component" in row.places:
        component = find(named, work.names.components, "component")
        if not isinstance(component, str):
            raise _Bad("component", named, component)
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
    work: _Reader, row: _Cells, component: str, cell: tuple[str, object]
) -> None:
    column, text = cell
    number = read_number(text)
    if not isinstance(number, float):
        raise _Bad(column, text, number)
    tag = _tag(work, row)
    reads, _, _ = work.names.targets[tag]
    if not reads.startswith("assay:"):
        tag = f"assay:{reads}:{component}"
    unit_of = row if column == "value" else _as_column(row, column)
    _add_assay(work, row, (tag, _fraction(unit_of, column, number), component), column)


def _as_column(row: _Cells, column: str) -> _Cells:
    """Return the row with one wide column as a column of its own."""
    place = [split_header(h)[0] for h in row.header].index(column)
    return replace(row, places={**row.places, column: place})


def _fraction(row: _Cells, column: str, value: float) -> float:
    """Return a mass fraction; without a unit only a figure up to 1 is one."""
    unit = row.unit(column, "")
    if not unit and value > 1.0:
        _refuse(column, value, "has no unit and is no fraction", "a unit, %, g/t or t/t",
                "add a unit column, or write the header as Al2O3 (%)")  # fmt: skip
    found = convert(value, unit or "-", "-")
    if not isinstance(found, float):
        raise _Bad("unit", unit, found)
    if found > 1.0:
        _refuse(column, value, "is more than the whole", "a mass fraction up to 100 %",
                "correct the figure or its unit")  # fmt: skip
    return found


def _add_assay(
    work: _Reader, row: _Cells, figure: tuple[str, float, str], column: str
) -> None:
    tag, value, _ = figure
    moment = _moment(row, "date" if "date" in row.places else "last")
    kind = f"assay:{row.text('sample')}"
    work.add(IntakeRow(kind, tag, _stamped(moment), value, "-", row.number), column)


def _read_stock(work: _Reader, row: _Cells) -> None:
    store = row.text("store")
    if store in work.names.targets and work.names.targets[store][0].startswith("stock:"):
        tag = store
    else:
        tag = work.names.stores[_name(row, "store", work.names.stores, "store")][0]
    _, target, assumed = work.names.targets[tag]
    value = _in_unit(row, "quantity", _number(row, "quantity"), (target, assumed))
    day = _day(row, "date").isoformat()
    work.add(IntakeRow("stock", tag, day, value, target, row.number), "quantity")


def _read_price(work: _Reader, row: _Cells) -> None:
    contract = _name(row, "contract", work.names.contracts, "contract")
    key, unit = work.names.contracts[contract]
    target = f"CNY/{unit}"
    value = _in_unit(row, "price", _number(row, "price"), (target, target))
    day = _period(row).isoformat()
    work.add(IntakeRow("price", key, day, value, target, row.number), "price")


def _read_cost(work: _Reader, row: _Cells) -> None:
    cost = _name(row, "cost", work.names.costs, "cost or unit")
    value = _in_unit(row, "amount", _number(row, "amount"), ("CNY", "CNY"))
    day = _period(row).isoformat()
    work.add(IntakeRow("cost", cost, day, value, "CNY", row.number), "amount")


def _read_incident(work: _Reader, row: _Cells) -> None:
    day = _day(row, "date")
    centre = _name(row, "centre", work.names.centres, "centre")
    written = row.text("kind")
    kind = INCIDENT_WORDS.get(written, plain(written).replace(" ", "_"))
    if kind not in INCIDENT_KINDS:
        found = find(written, INCIDENT_KINDS, "kind of incident")
        if not isinstance(found, str):
            raise _Bad("kind", written, found)
        kind = found
    if not row.text("text"):
        _refuse("text", "", "has no value", "what happened in words", "describe it")
    due = _day(row, "due").isoformat() if row.get("due") is not None else ""
    if kind == "hazard" and not due:
        _refuse("due", "", "has no value", "the day by which the hazard is to be closed",
                "agree on a day and fill it in")  # fmt: skip
    closed = _day(row, "closed").isoformat() if row.get("closed") is not None else ""
    parts = {"id": row.text("id"), "due": due, "closed": closed}
    severity = "; ".join(
        [row.text("severity"), *(f"{k}={v}" for k, v in parts.items() if v)]
    )
    event = IntakeEvent(day.isoformat(), centre, kind, severity, row.text("text"), row.number)
    if any(replace(e, row=0) == replace(event, row=0) for e in work.events):
        work.duplicates += 1
    else:
        work.events.append(event)


def _read_outage(work: _Reader, row: _Cells) -> None:
    unit = _name(row, "unit", work.names.units, "unit of plant")
    first, last = _day(row, "first"), _day(row, "last")
    if last < first:
        _refuse("last", row.get("last"), f"lies before the first day {first}",
                "a last day on or after the first", "exchange the two days")  # fmt: skip
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
        raise _Bad("share", text, found)
    if not 0.0 <= found * scale <= 1.0:
        _refuse("share", text, "is no share", "a share from 0 to 1, or a percentage",
                "write 0.5 or 50 %")  # fmt: skip
    return found * scale


_READERS: Mapping[str, Callable[[_Reader, _Cells], None]] = {
    "meters": _read_meter,
    "weighings": _read_weighing,
    "assays": _read_assay,
    "stocks": _read_stock,
    "prices": _read_price,
    "costs": _read_cost,
    "incidents": _read_incident,
    "outages": _read_outage,
}
