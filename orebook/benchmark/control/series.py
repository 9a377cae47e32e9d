"""A column of a file as a series for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import BookError, InputError, Mistake
from orebook.ledger.layout import plain, read_number, split_header
from orebook.ledger.tables import Table, read_tables

__all__ = ["FileSeries", "read_series"]

_GROUPS = frozenset({"sample", "group", "样本", "组", "组号"})
_NAMES = _GROUPS | {
    "phase", "time", "date", "day", "shift", "period", "month", "no", "nr", "序号",
    "时间", "日期", "班次", "月份",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileSeries:
    """Values in the order of the file, their names, and groups where numbered."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str
    groups: tuple[str, ...] = ()


def read_series(path: Path, column: str = "", group: str = "") -> FileSeries:
    """Read one column of the first table of a file.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    column : str
        Its header; the only column of figures that names nothing, where empty.
    group : str
        Column that says which values belong together; a column ``sample`` or
        ``group`` where empty and there is one.

    Raises
    ------
    InputError
        If the file or the column is not there.
    BookError
        With every cell that is no number; an empty cell is passed over.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); expected a CSV or Excel file; "
            "check path and permission"
        ) from error
    table = next((t for t in read_tables(path, raw) if t.rows), None)
    if table is None:
        raise InputError(f"{path.name} is empty; expected a header and rows; fill it")
    heads = [split_header(h) for h in table.header]
    names = [h for h, _ in heads]
    place = _place(path, table, names, column)
    grouped = _group(path, names, group)
    values, rows = _values(path, table, place)
    labels = _labels(table, names, rows, place)
    groups = () if grouped is None else tuple(str(r[grouped]) for r in rows)
    return FileSeries(labels, values, heads[place][1], groups)


def _index(path: Path, names: list[str], wanted: str) -> int:
    known = [plain(n) for n in names]
    if plain(wanted) in known:
        return known.index(plain(wanted))
    hint = did_you_mean(wanted, [n for n in names if n], "correct the name")
    raise InputError(
        f"{path.name} has no column '{wanted}'; it has {listed(filter(None, names))}; "
        f"{hint}"
    )


def _place(path: Path, table: Table, names: list[str], column: str) -> int:
    if column:
        return _index(path, names, column)
    figures = [
        k
        for k, n in enumerate(names)
        if n and plain(n) not in _NAMES and _numeric(table, k)
    ]
    if len(figures) == 1:
        return figures[0]
    raise InputError(
        f"{path.name} has {len(figures)} columns of figures "
        f"({listed(names[k] for k in figures)}); expected one; name it with --column"
    )


def _numeric(table: Table, k: int) -> bool:
    cells = [c[k] for _, c in table.rows if len(c) > k and plain(c[k] or "")]
    good = sum(isinstance(read_number(c), float) for c in cells)
    return bool(cells) and 2 * good >= len(cells)


def _group(path: Path, names: list[str], group: str) -> int | None:
    if group:
        return _index(path, names, group)
    known = [plain(n) for n in names]
    found = [
        k for k, n in enumerate(known) if n in {"sample", "group", "样本", "组", "组号"}
    ]
    return found[0] if found else None


def _values(
    path: Path, table: Table, place: int
) -> tuple[tuple[float, ...], list[tuple[object, ...]]]:
    values, rows, wrong = [], [], []
    for number, cells in table.rows:
        cell = cells[place] if len(cells) > place else None
        if cell is None or plain(cell) == "":
            continue
        figure = read_number(cell)
        if isinstance(figure, float):
            values.append(figure)
            rows.append(cells)
        else:
            field = table.header[place]
            wrong.append(Mistake(path.name, number, field, str(cell)[:40], *figure))
    if wrong:
        raise BookError(wrong)
    return tuple(values), rows


def _labels(
    table: Table, names: list[str], rows: list[tuple[object, ...]], place: int
) -> tuple[str, ...]:
    known = [plain(n) for n in names]
    at = next((k for k, n in enumerate(known) if n in _NAMES and k != place), None)
    if at is None:
        return tuple(str(k + 1) for k in range(len(rows)))
    return tuple(str(r[at])[:16] for r in rows)
