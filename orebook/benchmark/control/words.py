"""A control chart told in a few lines of text, in either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orebook.benchmark.control.capability import Capability, Interval
from orebook.benchmark.control.charts import Chart, Panel
from orebook.benchmark.control.rules import RULES
from orebook.glossary import Lang

__all__ = ["PANELS", "chart_text"]

PANELS = {
    "individuals": ("单值", "values"),
    "moving_range": ("移动极差", "moving range"),
    "mean": ("组均值", "means of groups"),
    "range": ("组极差", "ranges of groups"),
    "spread": ("组标准差", "standard deviations of groups"),
    "ewma": ("加权移动平均", "weighted moving average"),
    "cusum_high": ("向上累积和", "cumulative sum upwards"),
    "cusum_low": ("向下累积和", "cumulative sum downwards"),
}


def chart_text(
    chart: Chart, labels: Sequence[str], capability: Capability | None, lang: Lang
) -> str:
    """Return chart and capability as text.

    Parameters
    ----------
    chart : Chart
        The chart.
    labels : sequence of str
        Name of each point.
    capability : Capability or None
        Where limits were given.
    lang : Lang
        Language of the words.
    """
    return "\n".join(_lines(chart, labels, capability, lang))


def _lines(
    chart: Chart, labels: Sequence[str], capability: Capability | None, lang: Lang
) -> Iterator[str]:
    zh = lang == "zh"
    for panel in chart.panels:
        yield _panel(panel, labels, lang)
    if chart.correlation:
        yield (
            f"  相邻值相关 {chart.correlation:.2f}：控制限放宽 {chart.widened:.2f} 倍"
            if zh
            else f"  neighbours correlate {chart.correlation:.2f}: limits are "
            f"{chart.widened:.2f} times as wide"
        )
    for name in chart.rules if chart.level.name in {"individuals", "mean"} else ():
        rule = RULES[name]
        between = 1.0 / rule.false_alarm
        yield (
            f"  规则 {name}（{rule.name_zh}）：约每 {between:,.0f} 点误报一次"
            if zh
            else f"  rule {name} ({rule.name_en}): a false alarm in about "
            f"{between:,.0f} points"
        )
    if capability is not None:
        yield from _capability(capability, lang)


def _panel(panel: Panel, labels: Sequence[str], lang: Lang) -> str:
    own = labels[len(labels) - len(panel.points) :]
    name = PANELS[panel.name][0 if lang == "zh" else 1]
    marks = ", ".join(f"{own[s.point]} ({s.rule})" for s in panel.signals[:20])
    low, high = panel.low[-1], panel.high[-1]
    if lang == "zh":
        return (
            f"  {name}：{len(panel.points)} 点，中心 {panel.centre:.6g}，控制限 "
            f"{low:.6g} 至 {high:.6g}；报警：{marks or '无'}"
        )
    return (
        f"  {name}: {len(panel.points)} points, centre {panel.centre:.6g}, limits "
        f"{low:.6g} to {high:.6g}; signals: {marks or 'none'}"
    )


def _capability(found: Capability, lang: Lang) -> Iterator[str]:
    for name, one in (("Cp", found.cp), ("Cpk", found.cpk), ("Pp", found.pp),
                      ("Ppk", found.ppk)):  # fmt: skip
        if one.value is not None:
            yield f"  {name} {one.value:.4f} {_limits(one, found.confidence)}"
    if found.percentile_ppk is not None:
        yield (
            f"  按百分位 Ppk {found.percentile_ppk:.4f}，超限份额 {found.outside:.2%}"
            if lang == "zh"
            else f"  by percentiles Ppk {found.percentile_ppk:.4f}, outside "
            f"{found.outside:.2%}"
        )


def _limits(one: Interval, confidence: float) -> str:
    return f"({confidence:.0%}: {one.low:.4f} … {one.high:.4f})"
