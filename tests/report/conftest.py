"""The month every test of the report looks at, made once."""

from __future__ import annotations

import pytest

from orebook.report.month_result import MonthResult
from orebook.report.page import page
from orebook.report.sections import chapters
from orebook.report.table import Section
from orebook.report.view import View
from tests.report.months import result_of


@pytest.fixture(scope="session")
def result() -> MonthResult:
    """Give a settled month of two sites."""
    return result_of()


@pytest.fixture(scope="session")
def view(result: MonthResult) -> View:
    """Give the month as the chapters read it."""
    return View(result)


@pytest.fixture(scope="session")
def sections(result: MonthResult) -> tuple[Section, ...]:
    """Give the chapters."""
    return chapters(result)


@pytest.fixture(scope="session")
def html(result: MonthResult) -> str:
    """Give the page that opens in Chinese."""
    return page(result, "zh")
