"""The inputs of a plan as a workbook that a planner edits and gives back.

One table a sheet, periods across; `orebook.desk.read` understands it in this layout and
in any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from orebook.desk.figures import base_of
from orebook.desk.names import entry_names
from orebook.plan.lp import FloatArray
from orebook.plan.replan_limits import sides_of, subjects
from orebook.plan.result import Plan
from orebook.plan.scenario.cases import CaseTable

__all__ = ["Page", "comparison_pages", "input_pages", "workbook"]

Value = str | float | None
WORDS = {"max": "上限 max", "min": "下限 min", "amount": "自用 own use"}
NAME_WIDTH, FIGURE_WIDTH = 26.0, 13.0  # characters


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet: its name, a note, heads and rows; how many columns are names."""

    name: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    names: int


def input_pages(plan: Plan) -> tuple[Page, ...]:
    """Return the inputs of a plan, sheet by sheet.

    Parameters
    ----------
    plan : Plan
        The plan; its conditions and the limits of its book.
    """
    periods = tuple(p.name for p in plan.periods)
    ids = ("编号 id", "名称 name", "name_en", "单位 unit")
    what = ("编号 id", "名称 name", "name_en", "指标 figure", "单位 unit")
    return (
        Page(
            "价格 prices",
            "市场价格，不含税；空白为不变。Market prices, excl. VAT; blank: as it is.",
            (*ids, *periods),
            tuple(_prices(plan)),
            4,
        ),
        Page(
            "限额 limits",
            "每期数量；Amounts of each period.",
            (*what, *periods),
            tuple(_limits(plan)),
            5,
        ),
        Page(
            "库存 stocks",
            "计划期初库存。Stocks at the start of the plan.",
            (*ids, "期初库存 stock"),
            tuple(_stocks(plan)),
            4,
        ),
        Page(
            "质量 quality",
            "销售质量指标，质量分数。Limits of quality of sales, mass fractions.",
            ("编号 id", "名称 name", "成分 component", "下限 min", "上限 max"),
            tuple(_specs(plan)),
            3,
        ),
        Page(
            "停机 outages",
            "整天；份额为停掉的能力。Whole days; share of capacity lost.",
            ("装置 equipment", "开始 first", "结束 last", "份额 share", "原因 reason"),
            tuple(
                (o.unit, o.first.isoformat(), o.last.isoformat(), o.share, o.reason)
                for o in plan.network.chain.outages
            ),
            3,
        ),
    )


def _prices(plan: Plan) -> Iterator[tuple[Value, ...]]:
    chain = plan.network.chain
    contracts = [f"buy:{p.id}" for p in chain.purchases]
    names = entry_names(plan.network.chain)
    for subject in [*contracts, *(f"sell:{s.id}" for s in chain.sales)]:
        values, unit = base_of(plan, subject, "price")
        yield (subject, *names[subject][1:], unit, *_cells(values))


def _limits(plan: Plan) -> Iterator[tuple[Value, ...]]:
    names = entry_names(plan.network.chain)
    for subject in subjects(plan.network.chain):
        for side in sides_of(subject):
            values, unit = base_of(plan, subject, side)
            if np.isfinite(values).any() and (side != "min" or values.any()):
                yield (
                    subject,
                    *names[_entry(subject)][1:],
                    WORDS[side],
                    unit,
                    *_cells(values),
                )


def _entry(subject: str) -> str:
    return ":".join(subject.split(":")[:2])


def _stocks(plan: Plan) -> Iterator[tuple[Value, ...]]:
    for s in plan.network.chain.stores:
        values, unit = base_of(plan, f"store:{s.id}", "stock")
        yield (f"store:{s.id}", s.name, s.name_en, unit, float(values[0]))


def _specs(plan: Plan) -> Iterator[tuple[Value, ...]]:
    for sale in plan.network.chain.sales:
        for limit in sale.spec:
            sides = (limit.bound("min"), limit.bound("max"))
            yield (f"sell:{sale.id}", sale.name, limit.of, *sides)


def _cells(values: FloatArray) -> tuple[Value, ...]:
    return tuple(float(v) if np.isfinite(v) else None for v in values)


def workbook(pages: Sequence[Page], *, title: str) -> bytes:
    """Return pages as an Excel workbook.

    Parameters
    ----------
    pages : sequence of Page
        One a sheet; the note stands above the table.
    title : str
        Title in the properties of the file.

    Returns
    -------
    bytes
        An xlsx file; the same pages give the same bytes.
    """
    import datetime

    import xlsxwriter

    target = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    file = xlsxwriter.Workbook(target, plain)
    file.set_properties({"title": title, "created": datetime.datetime(2026, 1, 1)})
    bold = file.add_format({"bold": True, "bg_color": "#E6EAEC", "bottom": 1})
    note = file.add_format({"italic": True, "font_color": "#4A545C"})
    for page in pages:
        sheet = file.add_worksheet(page.name[:31])
        sheet.write(0, 0, page.note, note)
        sheet.write_row(1, 0, page.heads, bold)
        for number, row in enumerate(page.rows, start=2):
            sheet.write_row(number, 0, row)
        sheet.set_column(0, page.names - 1, NAME_WIDTH)
        sheet.set_column(page.names, max(len(page.heads) - 1, page.names), FIGURE_WIDTH)
        sheet.freeze_panes(2, page.names)
    file.close()
    return target.getvalue()


def comparison_pages(table: CaseTable) -> tuple[Page, ...]:
    """Return cases side by side: margin and causes, flows, prices, limits.

    Parameters
    ----------
    table : CaseTable
        The plan and its cases.
    """
    names = tuple(row.id for row in table.rows)
    causes = dict.fromkeys(c for row in table.rows for c in row.causes)
    data = table.to_dict()
    head = [
        (
            "毛利 margin",
            "CNY",
            table.base.margin,
            *(_number(r.margin) for r in table.rows),
        ),
        *(
            (f"变化 change: {c}", "CNY", None, *(r.causes.get(c) for r in table.rows))
            for c in causes
        ),
        ("说明 message", "", None, *(r.message.split("\n")[0] for r in table.rows)),
    ]
    rest = (
        ("流量 flows", "flows", "stream", "unit", "base"),
        ("内部价格 prices", "prices", "balance", "unit", "base"),
        ("限额租金 rents", "limits", "limit", None, "base_cny"),
    )
    pages = [
        Page("方案 cases", "", ("项目 item", "单位", "base", *names), tuple(head), 2)
    ]
    for title, key, subject, unit, base in rest:
        rows = tuple(
            (
                str(row[subject]),
                "CNY" if unit is None else str(row[unit]),
                float(row[base]),
                *(row["cases"][n] for n in names),
            )
            for row in data[key]  # type: ignore[attr-defined]
        )
        pages.append(Page(title, "", ("项目 item", "单位", "base", *names), rows, 2))
    return tuple(pages)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
