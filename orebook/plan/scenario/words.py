"""Cases, sweeps, tornado, paths and two-stage plans as text, Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from orebook.chain.chain import good
from orebook.plan.naming import Names, short

if TYPE_CHECKING:
    from orebook.plan.scenario.cases import CaseTable
    from orebook.plan.scenario.datum import Datum
    from orebook.plan.scenario.paths import PathStudy
    from orebook.plan.scenario.sweep import Sweep
    from orebook.plan.scenario.tornado import Tornado
    from orebook.plan.scenario.two_stage import TwoStage
    from orebook.process.network import Network

__all__ = [
    "Words",
    "case_table",
    "path_text",
    "sweep_table",
    "tornado_table",
    "two_stage_text",
]

SHOWN = 12
"""Rows of a long list that are printed [-]."""
FAMILY = {"unit": "capacity", "store": "stock"}
"""Families of limits whose data have another word in a book."""
COLUMNS = 3
"""Flows printed beside the margin of a sweep [-]."""
SAID: Mapping[str, tuple[str, str]] = {
    "base": ("基准计划", "base plan"),
    "margin": ("边际利润，万元", "margin, kCNY"),
    "change": ("与基准之差，万元", "change, kCNY"),
    "no_plan": ("无可行计划", "no plan"),
    "flows": ("主要流量（全期合计）", "key flows, over the horizon"),
    "prices": ("内部价格（各期平均）", "internal prices, mean of the periods"),
    "limits": ("起约束的限制：租金，万元", "binding limits: rent, kCNY"),
    "because": ("{case}：{why}", "{case}: {why}"),
    "sweep": ("{what}，边际利润（万元）", "{what}, margin (kCNY)"),
    "tornado": (
        "各数据下、上浮动 {share:.0%} 时边际利润的变动（万元）：",
        "change of the margin when each datum goes down and up {share:.0%} (kCNY):",
    ),
    "hidden": ("  另有 {count} 项较小未列", "  {count} smaller not shown"),
    "series": ("价格序列 {what}", "series {what}"),
    "price": ("{what} 价格", "price of {what}"),
    "limit": ("{what} {side}", "{what} {side}"),
    "availability": ("{what} 可用率", "availability of {what}"),
    "max": ("上限", "most"),
    "min": ("下限", "least"),
    "amount": ("用量", "amount"),
    "paths": (
        "{count} 条价格路径：期望边际利润 {mean:,.0f} 元，标准差 {deviation:,.0f} 元",
        "{count} price paths: expected margin {mean:,.0f} CNY, standard deviation "
        "{deviation:,.0f} CNY",
    ),
    "quantile": (
        "  {share} 分位：{money:,.0f} 元",
        "  {share} quantile: {money:,.0f} CNY",
    ),
    "adapting": (
        "按各路径重新计划比不变计划平均多 {money:,.0f} 元",
        "planning anew on each path is worth {money:,.0f} CNY on average",
    ),
    "exposure": (
        "敞口（占方差的份额；价格升 1 % 的影响，万元）：",
        "exposure (share of the variance; effect of a price 1 % up, kCNY):",
    ),
    "exposed": ("  {what}：{share:.1%}，{money}", "  {what}: {share:.1%}, {money}"),
    "expected": (
        "期望边际利润 {a:,.0f} 元；最差 {tail:.0%} 情形平均 {b:,.0f} 元",
        "expected margin {a:,.0f} CNY; worst {tail:.0%} of cases {b:,.0f} CNY",
    ),
    "caution": (
        "为最差情形让出期望利润 {a:,.0f} 元，最差情形改善 {b:,.0f} 元",
        "caution costs {a:,.0f} CNY expected and lifts the worst cases by {b:,.0f} CNY",
    ),
    "evpi": (
        "事先知道情景最多值 {a:,.0f} 元（EVPI）",
        "knowing better is worth at most {a:,.0f} CNY (EVPI)",
    ),
    "vss": (
        "比按平均数据决策多 {a:,.0f} 元（VSS）",
        "deciding for all scenarios gains {a:,.0f} CNY on the mean plan (VSS)",
    ),
    "no_vss": (
        "按平均数据的决策在“{scenario}”中无法执行：{why}",
        "the decision of the mean plan cannot be carried out in '{scenario}': {why}",
    ),
    "scenario": (
        "  {what}（{share:.1%}）：{a:,.0f} 元；事先知道则 {b:,.0f} 元",
        "  {what} ({share:.1%}): {a:,.0f} CNY; if known {b:,.0f} CNY",
    ),
    "decisions": (
        "首期共同决策中与平均计划差别最大者：",
        "common decisions that differ most from the mean plan:",
    ),
    "decision": (
        "  {what}：{a} {unit}（平均计划 {b}，原计划 {c}）",
        "  {what}: {a} {unit} (mean plan {b}, plan {c})",
    ),
}
"""Sentences: Chinese, English."""


class Words:
    """Names and sentences of a study in one language.

    Parameters
    ----------
    network : Network
        Gives the names.
    lang : str
        ``"zh"`` or ``"en"``.

    Raises
    ------
    InputError
        If the language is another.
    """

    def __init__(self, network: Network, lang: str) -> None:
        self.network = network
        self.names = Names(network.chain, lang)
        self.place = self.names.place
        self.unit = 1e4 if lang == "zh" else 1e3  # of money in tables

    def say(self, key: str, **values: object) -> str:
        """Return a sentence."""
        return SAID[key][self.place].format(**values)

    def money(self, value: float) -> str:
        """Return money in the unit of tables."""
        if not np.isfinite(value):
            return self.say("no_plan")
        return f"{value / self.unit + 0.0:,.1f}"

    def stream(self, id_: str) -> str:
        """Return the name of a stream."""
        s = self.network.stream[id_]
        material = self.names.named(s.balance.material)
        return f"{self.names.word(s.role)} {self.names.named(s.owner)} [{material}]"

    def balance(self, text: str) -> str:
        """Return the name of a balance ``material@place``."""
        return self.names.balance(good(text))

    def limit(self, text: str) -> str:
        """Return the name of a limit ``kind subject``."""
        kind, _, subject = text.partition(" ")
        return self.names.subject(kind, subject)

    def datum(self, datum: Datum) -> str:
        """Return the name of a datum."""
        if datum.kind == "series":
            s = self.network.chain.series[datum.subject]
            return self.say("series", what=(s.name, s.name_en)[self.place])
        if datum.kind == "availability":
            return self.say("availability", what=self.names.named(datum.subject))
        kind, _, rest = datum.subject.partition(":")
        what = self.names.subject(FAMILY.get(kind, kind), rest)
        if datum.kind == "price":
            return self.say("price", what=what)
        return self.say("limit", what=what, side=self.say(datum.side))


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, the first column left, the others right."""
    if not rows:
        return []
    widths = [max(_wide(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        head = row[0] + " " * (widths[0] - _wide(row[0]))
        rest = [
            " " * (w - _wide(cell)) + cell
            for w, cell in zip(widths[1:], row[1:], strict=True)
        ]
        lines.append("  ".join([head, *rest]).rstrip())
    return lines


def _wide(text: str) -> int:
    """Return how many columns of a terminal a text takes [-]."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def case_table(table: CaseTable, lang: str) -> str:
    """Return cases side by side.

    Parameters
    ----------
    table : CaseTable
        The cases.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    w = Words(table.plan.network, lang)
    rows, base = table.rows, table.base

    def line(name: str, first: str, cells: Iterable[str]) -> list[str]:
        return [name, first, *cells]

    def margins() -> Iterable[list[str]]:
        yield line("", w.say("base"), ((r.name, r.name_en)[w.place] for r in rows))
        yield line(
            w.say("margin"), w.money(base.margin), (w.money(r.margin) for r in rows)
        )
        yield line(w.say("change"), "", (w.money(r.margin - base.margin) for r in rows))
        for cause in dict.fromkeys(c for r in rows for c in r.causes):
            cells = [
                w.money(r.causes[cause]) if cause in r.causes else "" for r in rows
            ]
            yield line(f"  {w.names.word(cause)}", "", cells)

    def side(
        keys: Sequence[str],
        what: str,
        name: Callable[[str], str],
        show: Callable[[float], str],
    ) -> None:
        for key in keys:
            cells = [
                show(getattr(r, what).get(key, 0.0)) if r.feasible else ""
                for r in (base, *rows)
            ]
            parts.append([f"  {name(key)}", *cells])

    parts = list(margins())
    blank = [""] * (len(rows) + 1)
    parts.append([w.say("flows"), *blank])
    side(table.flows, "amounts", w.stream, short)
    parts.append([w.say("prices"), *blank])
    side(table.prices, "prices", w.balance, lambda v: f"{v:,.2f}")
    parts.append([w.say("limits"), *blank])
    side(table.limits, "rents", w.limit, w.money)
    why = [w.say("because", case=r.id, why=r.message) for r in rows if r.message]
    return "\n".join([*_table(parts), *why])


def sweep_table(sweep: Sweep, lang: str) -> str:
    """Return the margin over one or two data as a table."""
    w = Words(sweep.plan.network, lang)
    first = sweep.axes[0]
    lines = [w.say("sweep", what=" x ".join(w.datum(a.datum) for a in sweep.axes))]
    flows = list(sweep.flows)[:COLUMNS]
    if len(sweep.axes) == 2:
        head = ["", *(_percent(f) for f in sweep.axes[1].factors)]
        rows = [
            [_percent(f), *(w.money(float(v)) for v in row)]
            for f, row in zip(first.factors, sweep.margin, strict=True)
        ]
        return "\n".join([*lines, *_table([head, *rows])])
    head = ["", w.say("margin"), *(w.stream(s) for s in flows)]
    rows = [
        [_percent(f), w.money(float(sweep.margin[i, 0]))]
        + [_amount(float(sweep.flows[s][i, 0])) for s in flows]
        for i, f in enumerate(first.factors)
    ]
    return "\n".join([*lines, *_table([head, *rows])])


def _percent(factor: float) -> str:
    return f"{100 * (factor - 1):+.4g} %"


def _amount(value: float) -> str:
    return short(value) if np.isfinite(value) else ""


def tornado_table(tornado: Tornado, lang: str) -> str:
    """Return the ranking of data as a table."""
    w = Words(tornado.plan.network, lang)
    rows = [
        [f"  {w.datum(s.datum)}", w.money(s.down), w.money(s.up)]
        for s in tornado.swings[:SHOWN]
    ]
    lines = [w.say("tornado", share=tornado.share), *_table(rows)]
    more = len(tornado.swings) - SHOWN
    return "\n".join([*lines, *([w.say("hidden", count=more)] if more > 0 else [])])


def path_text(study: PathStudy, lang: str) -> str:
    """Return the distribution of the margin and the exposures in words."""
    from orebook.plan.scenario.paths import QUANTILES

    w = Words(study.plan.network, lang)
    gain = float(study.weight @ (study.margin - study.held))
    lines = [
        w.say(
            "paths", count=len(study.names), mean=study.mean, deviation=study.deviation
        ),
        *(
            w.say("quantile", share=f"{q:.0%}", money=study.quantile(q))
            for q in QUANTILES
        ),
        w.say("adapting", money=gain),
        w.say("exposure"),
    ]
    for e in study.exposures[:SHOWN]:
        kind, _, owner = e.contract.partition(":")
        what = w.names.subject(kind, owner)
        money = w.money(e.one_percent)
        lines.append(w.say("exposed", what=what, share=e.share, money=money))
    return "\n".join(lines)


def two_stage_text(made: TwoStage, lang: str) -> str:
    """Return a plan under uncertainty in words."""
    w, v = Words(made.plan.network, lang), made.value
    lines = [w.say("expected", a=v.expected, b=v.worst, tail=v.risk.tail)]
    if not v.risk.neutral:
        lines.append(w.say("caution", a=v.caution, b=v.worst - v.worst_neutral))
    lines.append(w.say("evpi", a=v.evpi))
    if v.vss is not None:
        lines.append(w.say("vss", a=v.vss))
    else:
        k = next(k for k, why in enumerate(v.why_not) if why)
        name = made.scenarios[k].name
        lines.append(w.say("no_vss", scenario=name, why=v.why_not[k]))
    for k, s in enumerate(made.scenarios[:SHOWN]):
        a, b = float(v.here.margin[k]), float(v.wait[k])
        lines.append(w.say("scenario", what=s.name, share=s.probability, a=a, b=b))
    if len(made.scenarios) > SHOWN:
        lines.append(w.say("hidden", count=len(made.scenarios) - SHOWN))
    lines.append(w.say("decisions"))
    for d in made.decisions[:SHOWN]:
        figures = {"a": short(d.decided), "b": short(d.of_mean), "c": short(d.planned)}
        lines.append(w.say("decision", what=w.stream(d.stream), unit=d.unit, **figures))
    return "\n".join(lines)
