"""What headings and labels of planning sheets mean, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from orebook.chain.calendar import Period
from orebook.desk.grid import Cell, same
from orebook.ledger.layout import read_period, split_header

__all__ = ["FIGURES", "figure_of", "meaning_of", "period_of"]

HEADINGS: Mapping[str, str] = {
    "subject": "subject, item, id, contract, purchase, sale, plant unit, store, route, "
    "limit, draw, equipment, 编号, 项目, 对象, 合同, 合同号, 采购, 销售, 装置, "
    "设备, 机组, 单元, 仓库, 料堆, 罐, 路线, 限额",
    "name": "name, name en, description, english name, 名称, 中文名称, 英文名称",
    "figure": "figure, what, data, 数据, 数据项, 指标, 类别, 科目",
    "unit": "unit, units, uom, unit of measure, 单位, 计量单位",
    "period": "period, month, week, day, 期间, 月份, 月, 周, 日, 账期",
    "value": "value, new, amount, 值, 数值, 新值, 数量",
    "price": "price, unit price, market price, 价格, 单价, 市场价, 结算价",
    "max": "max, most, upper, upper limit, maximum, capacity, 上限, 最大, 最多, "
    "最大量, 能力, 产能, 库容",
    "min": "min, least, lower, lower limit, minimum, 下限, 最小, 最少, 最小量, "
    "最低库存",
    "amount": "own use, 自用, 自用量",
    "stock": "opening, opening stock, stock, 期初, 期初库存, 库存, 盘点",
    "component": "component, quality, of, 成分, 组分, 质量指标",
    "first": "first, first day, from, start, 开始, 起, 起始, 开始日期",
    "last": "last, last day, to, until, end, 结束, 止, 截止, 结束日期",
    "share": "share, share lost, capacity lost, 份额, 停产比例, 影响比例",
    "reason": "reason, cause, note, 原因, 备注, 说明",
}
"""Meaning to the headings that have it."""

FIGURES = ("price", "max", "min", "amount", "stock")
"""Meanings that are a figure a plan can be given anew."""

_WORDS = {
    what: [same(w) for w in words.split(", ")] for what, words in HEADINGS.items()
}
_MEANING = {word: what for what, words in _WORDS.items() for word in words}
_MONTH = re.compile(r"(\d{1,2})月$")


def meaning_of(
    periods: tuple[Period, ...], subjects: Mapping[str, tuple[str, ...]]
) -> Callable[[Cell], str | None]:
    """Return what says what a heading means.

    Parameters
    ----------
    periods : tuple of Period
        The horizon; a heading may name one of its periods.
    subjects : mapping
        Names to what they stand for; a heading may be one of them.

    Returns
    -------
    callable
        Cell to a key of `HEADINGS`, ``period:NAME``, ``of:SUBJECT`` or None.

    Examples
    --------
    >>> from orebook.chain.calendar import horizon, period
    >>> say = meaning_of(horizon(period("2026-05"), 3), {"silo": ("store:silo",)})
    >>> [
    ...     say(Cell("s", 1, 1, text))
    ...     for text in ("单价(元/吨)", "2026年6月", "silo", "?")
    ... ]
    ['price', 'period:2026-06', 'of:silo', None]
    """

    def say(cell: Cell) -> str | None:
        if cell.blank:
            return None
        named = period_of(cell.value, periods)
        if named is not None:
            return f"period:{named}"
        heading = same(split_header(cell.text)[0])
        if heading in subjects and heading not in _MEANING:
            return f"of:{heading}"
        return _heading(heading)

    return say


def _heading(text: str) -> str | None:
    """Return what a heading means, whole or in one of its two languages."""
    if text in _MEANING:
        return _MEANING[text]
    parts = {_MEANING[word] for word in text.split() if word in _MEANING}
    return parts.pop() if len(parts) == 1 else None


def period_of(value: object, periods: tuple[Period, ...]) -> str | None:
    """Return the period of the horizon a cell names, None where it names none.

    Examples
    --------
    >>> from orebook.chain.calendar import horizon, period
    >>> year = horizon(period("2026-05"), 12)
    >>> [period_of(v, year) for v in ("2026-07", "2026/7/1", date(2026, 7, 1), "7月")]
    ['2026-07', '2026-07', '2026-07', '2026-07']
    >>> period_of("2026-07-15", year) is None
    True
    """
    if value is None or isinstance(value, (int, float, bool)):
        return None
    text = same(value)
    by_name = {same(p.name): p.name for p in periods}
    if text in by_name:
        return by_name[text]
    month = _MONTH.match(text)
    if month:
        fits = [p.name for p in periods if p.first.month == int(month[1])]
        return fits[0] if len(fits) == 1 else None
    day = value.date() if isinstance(value, datetime) else read_period(value)
    if not isinstance(day, date):
        return None
    return next((p.name for p in periods if p.first == day), None)


def figure_of(text: str) -> str | None:
    """Return the figure a label or title speaks of, None where it does not.

    Examples
    --------
    >>> figure_of("销售价格 sales prices"), figure_of("最大量"), figure_of("remarks")
    ('price', 'max', None)
    """
    folded = same(split_header(text)[0])
    if _MEANING.get(folded) in FIGURES:
        return _MEANING[folded]
    words = set(re.findall(r"[a-z]+", folded))
    for what in FIGURES:
        for word in _WORDS[what]:
            chinese = not word.isascii() and word in folded
            if chinese or word in words or f"{word}s" in words:
                return what
    return None
