"""How intake files may look: kinds, column names in two languages, cells.

A kind says which columns it needs; every column has one name inside and many outside.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

PLANT_CLOCK = timezone(timedelta(hours=8))
"""Times with a zone are turned to the plant's clock; without one they are its own."""

_TAG = ("tag", "meter", "instrument", "measuring point", "位号", "仪表", "仪表编号",
        "表号", "计量点", "衡器")  # fmt: skip
_STREAM = ("stream", "物流", "流股")
_DATE = ("date", "day", "time", "timestamp", "datetime", "日期", "时间", "读数时间",
         "过磅时间", "过磅日期", "采样日期", "化验日期", "盘点日期", "发生日期",
         "日")  # fmt: skip
_FIRST = (
    "first",
    "from",
    "start",
    "first day",
    "开始",
    "起始",
    "起",
    "开始日期",
    "起始日期",
)
_LAST = (
    "last",
    "to",
    "until",
    "end",
    "last day",
    "结束",
    "截止",
    "止",
    "结束日期",
    "截止日期",
)
_UNIT = ("unit", "units", "unit of measure", "uom", "单位", "计量单位")
ORIGIN = ("origin", "来源", "数据来源")

COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "incidents": {
        "date": _DATE,
        "centre": ("centre", "center", "中心", "责任中心", "部门", "车间"),
        "kind": ("kind", "type", "类别", "类型", "种类"),
        "severity": ("severity", "级别", "等级", "严重程度"),
        "text": ("text", "description", "note", "描述", "内容", "说明", "经过"),
        "id": ("id", "number", "编号"),
        "due": ("due", "deadline", "整改期限", "期限"),
        "closed": ("closed", "done", "整改日期", "完成日期", "闭环日期"),
    },
    "outages": {
        "unit": ("unit", "plant unit", "equipment", "机组", "装置", "设备", "单元"),
        "first": _FIRST,
        "last": _LAST,
        "share": ("share", "capacity lost", "份额", "影响比例", "停产比例"),
        "reason": ("reason", "cause", "原因"),
    },
    "prices": {
        "contract": ("contract", "id", "合同", "合同号", "合同编号"),
        "period": ("period", "month", *_DATE, "期间", "月份", "月", "账期"),
        "price": ("price", "unit price", "价格", "单价", "结算价"),
        "unit": _UNIT,
    },
    "costs": {
        "cost": ("cost", "cost id", "subject", "id", "费用", "费用项", "科目", "成本项",
                 "成本"),
        "period": ("period", "month", *_DATE, "期间", "月份", "月", "账期"),
        "amount": ("amount", "money", "amount cny", "金额", "发生额", "费用额"),
        "unit": _UNIT,
    },
    "hours": {
        "centre": ("centre", "center", "中心", "责任中心", "部门", "车间", "班组"),
        "period": ("period", "month", *_DATE, "期间", "月份", "月", "账期"),
        "hours": ("hours", "man hours", "labour hours", "工时", "总工时", "小时"),
        "unit": _UNIT,
    },
    "weighings": {
        "tag": _TAG,
        "stream": _STREAM,
        "ticket": ("ticket", "ticket no", "lot", "磅单", "磅单号", "单号", "批号",
                   "批次"),
        "date": _DATE,
        "gross": ("gross", "gross weight", "毛重"),
        "tare": ("tare", "tare weight", "皮重"),
        "net": ("net", "net weight", "净重"),
        "unit": _UNIT,
    },
    "assays": {
        "tag": _TAG,
        "stream": (*_STREAM, "sampled", "取样点", "采样点"),
        "sample": ("sample", "sample no", "样品", "样品号", "样号", "编号"),
        "date": _DATE,
        "component": ("component", "element", "analyte", "成分", "元素", "组分"),
        "value": ("value", "result", "content", "结果", "含量", "数值", "化验值", "值"),
        "unit": _UNIT,
    },
    "stocks": {
        "store": ("store", "stock", "stockpile", "tank", "库", "仓库", "堆", "料堆",
                  "罐", "储存"),
        "tag": _TAG,
        "date": _DATE,
        "quantity": ("quantity", "count", "value", "level", "数量", "库存", "盘点量",
                     "盘点数量", "存量", "值"),
        "unit": _UNIT,
    },
    "meters": {
        "tag": _TAG,
        "stream": _STREAM,
        "date": _DATE,
        "first": _FIRST,
        "last": _LAST,
        "value": ("value", "total", "reading", "amount", "quantity", "读数", "累计",
                  "累计量", "数值", "数量", "量", "值"),
        "unit": _UNIT,
    },
}  # fmt: skip
"""Kind to its columns, each with the headers it may have; most telling kind first."""

NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "incidents": (("date",), ("centre",), ("kind",), ("text",)),
    "outages": (("unit",), ("first",), ("last",)),
    "prices": (("contract",), ("period",), ("price",)),
    "costs": (("cost",), ("period",), ("amount",)),
    "hours": (("centre",), ("period",), ("hours",)),
    "weighings": (("tag", "stream"), ("date",), ("net", "gross")),
    "assays": (("tag", "stream"), ("date",), ("component", "value", WIDE := "*")),
    "stocks": (("store",), ("date",), ("quantity",)),
    "meters": (("tag", "stream"), ("date", "last"), ("value",)),
}
"""Kind to groups of columns of which one each is needed; ``*`` a component's own."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "incidents": ("incident", "事件", "事故", "隐患"),
    "outages": ("outage", "停机", "停产", "检修"),
    "prices": ("price", "价格", "结算"),
    "costs": ("cost", "费用", "成本"),
    "hours": ("hours", "工时"),
    "weighings": ("weighing", "weighbridge", "过磅", "磅单", "称重"),
    "assays": ("assay", "lab", "化验", "分析"),
    "stocks": ("stock", "盘点", "库存"),
    "meters": ("meter", "计量", "仪表", "抄表"),
}
"""Words in the name of a file or sheet that tell its kind."""

INCIDENT_WORDS: Mapping[str, str] = {
    "隐患": "hazard", "死亡": "fatality", "死亡事故": "fatality",
    "重伤": "serious_injury", "轻伤": "lost_time_injury",
    "误工伤害": "lost_time_injury", "火灾": "fire_or_explosion",
    "爆炸": "fire_or_explosion", "环境事件": "major_environment_event",
    "超标": "emission_exceedance", "排放超标": "emission_exceedance",
    "违章": "rule_breach", "质量异议": "quality_claim", "备注": "note",
}  # fmt: skip
"""Chinese words for kinds of incidents."""

SIMULATED = frozenset({"simulated", "模拟", "仿真"})
"""What the column ``origin`` says of readings no instrument took."""

_HEADER_UNIT = re.compile(r"^(.*?)[\[(（【]\s*([^\])）】]+)\s*[\])）】]$")
_DATE_FORMS = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})$"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})$"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?$"),
    re.compile(r"(\d{4})(\d{2})(\d{2})$"),
)
_TIME = re.compile(
    r"(.+?)[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_DAY_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})$")
_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)


def plain(text: object) -> str:
    """Return text in one width and case, for comparing names.

    Examples
    --------
    >>> plain(" Ｔａｇ_No ")
    'tag no'
    """
    folded = unicodedata.normalize("NFKC", str(text)).strip().lower()
    return " ".join(folded.replace("_", " ").split())


def split_header(text: str) -> tuple[str, str]:
    """Return the name of a column and the unit written in its header.

    Examples
    --------
    >>> split_header("数量（t）"), split_header("value")
    (('数量', 't'), ('value', ''))
    """
    found = _HEADER_UNIT.match(unicodedata.normalize("NFKC", str(text)).strip())
    return (found[1].strip(), found[2].strip()) if found else (str(text).strip(), "")


def match_columns(kind: str, headers: Iterable[str]) -> dict[str, int]:
    """Return the place of each column of a kind that the headers hold.

    Examples
    --------
    >>> match_columns("meters", ["位号", "日期", "读数(t)"])
    {'tag': 0, 'date': 1, 'value': 2}
    """
    places: dict[str, int] = {}
    names = [plain(split_header(h)[0]) for h in headers]
    for field, aliases in COLUMNS[kind].items():
        for alias in aliases:
            if alias in names and names.index(alias) not in places.values():
                places[field] = names.index(alias)
                break
    return places


def is_kind(kind: str, headers: Iterable[str], components: Iterable[str]) -> bool:
    """Return whether the headers hold all that a kind needs."""
    listed = list(headers)
    places = match_columns(kind, listed)
    wide = {split_header(h)[0] for h in listed} & set(components)
    have = {*places, *({WIDE} if wide else ())}
    if kind == "assays" and not wide and not {"component", "tag"} & set(places):
        return False
    return all(have & set(group) for group in NEEDS[kind])


def recognise(
    name: str, headers: Iterable[str], components: Iterable[str]
) -> str | None:
    """Return the kind a name or the headers tell; None where neither does.

    Examples
    --------
    >>> recognise("may.csv", ["store", "date", "quantity"], ())
    'stocks'
    >>> recognise("late.csv", ["tag", "first", "last", "value", "unit"], ())
    'meters'
    """
    listed, known = list(headers), list(components)
    lowered = plain(name)
    for kind, words in NAMES.items():
        if any(w in lowered for w in words) and is_kind(kind, listed, known):
            return kind
    fits = [kind for kind in COLUMNS if is_kind(kind, listed, known)]
    if "assays" in fits and not _assayed(listed, known):
        fits.remove("assays")
    # The kind that understands most of the columns; the first listed of equals.
    return max(fits, key=lambda kind: len(match_columns(kind, listed)), default=None)


def _assayed(headers: list[str], components: list[str]) -> bool:
    wide = {split_header(h)[0] for h in headers} & set(components)
    return bool(wide) or "component" in match_columns("assays", headers)


Problem = tuple[str, str, str]
"""Problem, expectation, remedy."""

_NO_DATE = "a day as 2026-05-21"


def read_number(cell: object) -> float | Problem:
    """Read a cell as a number, or say what is wrong with it.

    Examples
    --------
    >>> read_number("1,234.5")
    1234.5
    >>> read_number("1.234,5")[0]
    'is not a number'
    """
    if isinstance(cell, bool) or cell is None or plain(cell) == "":
        return ("has no value", "a number", "fill the cell or remove the row")
    if isinstance(cell, (int, float, Decimal)):
        number = float(cell)
    else:
        text = unicodedata.normalize("NFKC", str(cell)).strip().replace("−", "-")
        if not _NUMBER.fullmatch(text) or not any(c.isdigit() for c in text):
            return ("is not a number", "a number such as 1234.5",
                    "write digits with a decimal point")  # fmt: skip
        number = float(text.replace(",", ""))
    if not math.isfinite(number):
        return (
            "is not finite",
            "a finite number",
            "remove the row if nothing was read",
        )
    return number


def read_moment(cell: object) -> date | datetime | Problem:
    """Read a cell as a day or a time of the plant's clock, or say what is wrong.

    Examples
    --------
    >>> read_moment("2026年5月1日")
    datetime.date(2026, 5, 1)
    >>> read_moment("05/06/2026")[0]
    'does not say which is day and which is month'
    """
    if isinstance(cell, datetime):
        return _local(cell)
    if isinstance(cell, date):
        return cell
    if cell is None or plain(cell) == "":
        return ("has no value", _NO_DATE, "fill in the day")
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    timed = _TIME.match(text)
    day = _read_day(timed[1].strip() if timed else text)
    if isinstance(day, date) and timed:
        return _with_time(day, timed)
    return day


def _read_day(text: str) -> date | Problem:
    if _DAY_FIRST.match(text):
        return ("does not say which is day and which is month", _NO_DATE,
                "write the year first: 2026-06-05")  # fmt: skip
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return ("is a spreadsheet's day number", _NO_DATE,
                "give the column a date format before saving")  # fmt: skip
    for form in _DATE_FORMS:
        found = form.match(text)
        if found:
            try:
                return date(*(int(part) for part in found.groups()))
            except ValueError:
                return ("is not in the calendar", _NO_DATE, "correct the day")
    return ("is not a day", _NO_DATE, "write year, month and day")


def _with_time(day: date, found: re.Match[str]) -> date | datetime | Problem:
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return ("is not a time", "a time as 2026-05-21 08:00", "correct the time")
    moment = datetime(day.year, day.month, day.day) + timedelta(
        hours=hour, minutes=minute, seconds=second
    )
    if found[5]:
        zone = found[5].replace("Z", "+00:00")
        zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        moment = datetime.fromisoformat(moment.isoformat() + zone)
    return _local(moment)


def _local(moment: datetime) -> date | datetime:
    """Return a time on the plant's clock; midnight stands for the day."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(PLANT_CLOCK).replace(tzinfo=None)
    return (
        moment.date()
        if moment == datetime(moment.year, moment.month, moment.day)
        else moment
    )


def read_period(cell: object) -> date | Problem:
    """Read a cell as a month or a day; a month stands as its first day.

    Examples
    --------
    >>> read_period("2026-05")
    datetime.date(2026, 5, 1)
    """
    moment = read_moment(cell)
    if isinstance(moment, datetime):
        return moment.date()
    if isinstance(moment, date) or moment[0] != "is not a day":
        return moment
    from orebook.chain.series import read_month

    month, problem = read_month(str(cell))
    if problem:
        return (problem, "a month as 2026-05, or a day", "write the month as 2026-05")
    return date.fromisoformat(f"{month}-01")
