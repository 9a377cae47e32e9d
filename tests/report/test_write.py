"""Writing: whole files or none, in the place asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.errors import InputError
from orebook.report.month_result import MonthResult
from orebook.report.page import page
from orebook.report.workbook import workbook
from orebook.report.write import write_report


def test_page_and_workbook_are_written(result: MonthResult, tmp_path: Path) -> None:
    html, xlsx = write_report(result, tmp_path / "new" / "reports", lang="en")
    assert html.name == "2026-05.html"
    assert html.read_text(encoding="utf-8") == page(result, "en")
    assert xlsx.read_bytes() == workbook(result)
    assert sorted(p.name for p in html.parent.iterdir()) == [html.name, xlsx.name]


def test_an_old_report_is_replaced(result: MonthResult, tmp_path: Path) -> None:
    (tmp_path / "2026-05.html").write_text("old", encoding="utf-8")
    write_report(result, tmp_path)
    assert "old" not in (tmp_path / "2026-05.html").read_text(encoding="utf-8")[:99]


def test_a_failed_write_leaves_nothing_half(result, tmp_path, monkeypatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise PermissionError("read only")

    (tmp_path / "2026-05.html").write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(PermissionError):
        write_report(result, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["2026-05.html"]
    assert (tmp_path / "2026-05.html").read_text(encoding="utf-8") == "old"


def test_a_wrong_language_writes_nothing(result: MonthResult, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'fr'"):
        write_report(result, tmp_path, lang="fr")
    assert list(tmp_path.iterdir()) == []
