"""Indicators, streams and ratios of streams over closed months, as series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orebook.benchmark.control.past import past_series
from orebook.book import Book, open_book
from orebook.chain.new import new_book
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.process.registry import kind_names

COUNT = 10


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder = tmp_path_factory.mktemp("past") / "book"
    new_book(folder, kinds=kind_names())
    with open_book(folder) as opened:
        opened.simulate("2026-05")
        opened.run("2026-05", periods=1)
        yield opened


@pytest.fixture(scope="module")
def months(book: Book) -> list[ClosedMonth]:
    """Return ten months like the one closed, each with a little more power."""
    content = book.store.records.latest("close", "2026-05").content
    closed = ClosedMonth.from_dict(content)  # type: ignore[arg-type]
    found = []
    for i in range(COUNT):
        power = closed.figures["potline.power"]
        more = replace(power, value=power.value * (1.0 + 0.01 * i))
        figures = {**closed.figures, "potline.power": more}
        found.append(replace(closed, period=f"2025-{i + 1:02d}", figures=figures))
    return found


def test_an_indicator_of_the_catalogue_is_read_in_every_month(
    book: Book, months: list[ClosedMonth]
) -> None:
    found = past_series(book.network, months, "potline:sm.ac")
    assert (len(found.values), found.unit) == (COUNT, "kWh/t")
    assert found.values[9] / found.values[0] == pytest.approx(1.09, rel=1e-9)
    ratio = past_series(book.network, months, "potline.power/potline.metal")
    assert found.values == pytest.approx([1000.0 * v for v in ratio.values])
    assert ratio.unit == "MWh/t"
    assert ratio.labels[0] == "2025-01"


def test_a_month_without_the_figure_is_told(
    book: Book, months: list[ClosedMonth]
) -> None:
    figures = {k: v for k, v in months[3].figures.items() if k != "potline.power"}
    holed = [*months[:3], replace(months[3], figures=figures), *months[4:]]
    found = past_series(book.network, holed, "potline.power")
    assert found.missing == ("2025-04",)
    assert len(found.values) == COUNT - 1


def test_what_is_not_there_is_named(book: Book, months: list[ClosedMonth]) -> None:
    with pytest.raises(InputError, match="did you mean 'potline'"):
        past_series(book.network, months, "potlin:sm.ac")
    with pytest.raises(InputError, match="is no file, stream or indicator"):
        past_series(book.network, months, "potline:sm.acc")
    with pytest.raises(InputError, match="no closed month"):
        past_series(book.network, [], "potline.power")
