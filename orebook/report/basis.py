"""The basis: what the figures rest on, what is real, and how to check it."""

from __future__ import annotations

import hashlib

from orebook import __version__
from orebook.chain.calendar import period
from orebook.chain.chain import Chain
from orebook.chain.series import PriceSeries
from orebook.report.table import Cell, Column, Row, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

FACTS = (Column("what"), Column("value"))
SERIES = (
    Column("series"),
    Column("unit_of_measure"),
    Column("tax_basis"),
    Column("real_or_not"),
    Column("source"),
    Column("licence"),
    Column("retrieved"),
    Column("last_month"),
    Column("last_value", "price"),
)
SOURCES = (Column("number", "count"), Column("content_hash", "code"))


def basis(view: View) -> Section:
    """Return book, versions, hashes, flags and the source of every price."""
    facts, series = fact_table(view), series_table(view)
    sources = source_table(view)
    shown = (facts, series, sources) if sources.rows else (facts, series)
    flags = [both(f"{key}_long") for key in view.flags]
    return Section("basis", both("basis"), (*flags, *shown), (facts, series, sources))


def fact_table(view: View) -> Table:
    """Return what identifies the month and all it was made from."""
    result, chain = view.result, view.chain
    last = period(result.closed.period).last.isoformat()
    pairs: list[tuple[str, Cell]] = [
        ("group", Said(chain.group.name, chain.group.name_en)),
        ("period", result.closed.period),
        ("data_cut_off", last),
        ("close_version", both("restated", version=str(result.close_version))
         if result.close_version > 1 else str(result.close_version)),
        ("close_hash", result.close_hash),
        ("book_hash", book_hash(chain)),
        ("software_version", __version__),
        ("plan_horizon", both("from_to", first=view.plan.periods[0].name,
                              last=view.plan.periods[-1].name)),
        ("plan_size", both("rows_columns", **_size(view))),
        ("readings_are", both("simulated" if result.closed.simulated else "measured")),
        ("book_is", both("illustrative" if chain.group.illustrative else "real")),
    ]  # fmt: skip
    for s in result.settlements:
        pairs += [("scheme_hash", f"{s.scheme}: {s.scheme_hash}"),
                  ("facts_hash", f"{s.scheme}: {s.facts_hash}")]  # fmt: skip
    rows = tuple(Row((both(key), value)) for key, value in pairs)
    return Table("basis", both("basis_table"), FACTS, rows)


def _size(view: View) -> dict[str, str]:
    rows, columns = view.plan.assembly.problem.shape
    return {"rows": f"{rows:,}", "columns": f"{columns:,}"}


def book_hash(chain: Chain) -> str:
    """Return the SHA-256 of all a book says, the same on every machine."""
    from dataclasses import asdict
    from json import dumps

    told = {
        name: [entry.model_dump(mode="json") for entry in getattr(chain, name)]
        for name in type(chain).model_fields
        if name not in {"group", "series"}
    }
    told["group"] = [chain.group.model_dump(mode="json")]
    told["series"] = [asdict(chain.series[key]) for key in sorted(chain.series)]
    text = dumps(told, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def series_table(view: View) -> Table:
    """Return every price series with source, licence, date and unit."""
    rows = tuple(_series(s) for _, s in sorted(view.chain.series.items()))
    return Table("price_sources", both("series_table"), SERIES, rows)


def _series(series: PriceSeries) -> Row:
    month, value = series.values[-1]
    return Row(
        (Said(series.name, series.name_en or series.name), series.unit,
         both(series.basis),
         both("illustrative" if series.illustrative else "real"), series.source,
         series.licence, series.retrieved, month, value)
    )  # fmt: skip


def source_table(view: View) -> Table:
    """Return the content hashes of the intake files."""
    rows = tuple(Row((i, h)) for i, h in enumerate(view.result.closed.sources, start=1))
    return Table("intake_files", both("intake_files"), SOURCES, rows)
