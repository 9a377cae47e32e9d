"""Advice in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.plan.advice.board import Knob
    from orebook.plan.advice.result import Advice
    from orebook.plan.advice.search import Point
    from orebook.plan.advice.steps import Step

__all__ = ["Teller", "told"]

SAID: Mapping[str, tuple[str, str]] = {
    "head": (
        "{who} {when}：{product}产量 {amount} {of} 不变，指标：{index}",
        "{who}, {when}: {product} held at {amount} {of}, index: {index}",
    ),
    "figure": (
        "{index} {unit}，成本 {cost} 元/{of}",
        "{index} {unit} at {cost} CNY/{of}",
    ),
    "today": ("今日设定：{figure}", "today's settings: {figure}"),
    "measured": ("{period} 实际：{figure}", "measured in {period}: {figure}"),
    "cost_only": ("成本 {cost} 元/{of}", "{cost} CNY/{of}"),
    "missed": ("  今日未满足：{what}", "  missed today: {what}"),
    "distance": (
        "  同等指标下比前沿多花 {money:,.0f} 元",
        "  costs {money:,.0f} CNY more than need be at this index",
    ),
    "ends": (
        "前沿：从最低成本（{first}）到最佳指标（{last}）",
        "frontier: from least cost ({first}) to best index ({last})",
    ),
    "knee": (
        "  拐点：{figure}，比两端连线低 {money:,.0f} 元",
        "  knee: {figure}, {money:,.0f} CNY below the straight line between the ends",
    ),
    "single": (
        "成本与指标不冲突：同一设定两者皆最优（{first}）",
        "cost and index do not conflict: the same settings are best in both ({first})",
    ),
    "curved": (
        "  前沿并非处处外凸：有些点靠给指标定价无法达到",
        "  the frontier is not convex: no fixed price of the index leads to some "
        "points",
    ),
    "doubt": (
        "  {count} 个点未通过最优性验证",
        "  {count} points could not be certified as optimal",
    ),
    "advice": ("建议（{aim}）：{figure}", "recommended ({aim}): {figure}"),
    "aim_today": ("指标不劣于今日、成本最低", "least cost, index no worse than today"),
    "aim_cost": ("成本最低", "least cost"),
    "aim_knee": ("拐点", "the knee"),
    "aim_index": ("指标最佳", "best index"),
    "aim_value": ("指标达到 {value:g} {unit}", "index of {value:g} {unit}"),
    "saving": (
        "  按计划内部价格节省 {money:+,.0f} 元（{each:+,.2f} 元/{of}）",
        "  saves {money:+,.0f} CNY at the plan's internal prices "
        "({each:+,.2f} CNY/{of})",
    ),
    "price": (
        "  此处指标再改善一个单位（{unit}）多花 {money:,.0f} 元",
        "  one more unit ({unit}) of the index would cost {money:,.0f} CNY here",
    ),
    "steps": ("步骤，先大后小：", "steps, largest first:"),
    "step": (
        "  {n}. {what}：{a} → {b} {unit}，{money:+,.0f} 元；止于{stop}",
        "  {n}. {what}: {a} -> {b} {unit}, {money:+,.0f} CNY; stopped by {stop}",
    ),
    "joint": (
        "  {n}. 其余设定须同时调整：{money:+,.0f} 元",
        "  {n}. the rest must move together: {money:+,.0f} CNY",
    ),
    "none": ("  今日设定已是建议值", "  the settings of today are those recommended"),
    "low": ("允许范围下限", "the low end of its range"),
    "high": ("允许范围上限", "the high end of its range"),
    "index": ("指标要求", "the floor of the index"),
    "balance": (
        "成本平衡点（再调所费等于所得）",
        "the balance of cost (further would cost what it brings)",
    ),
    "together": ("同时调整", "moving together"),
    "need_most": ("{what}的能力", "the capacity {what}"),
    "need_least": ("{what}的最低负荷", "the least load of {what}"),
    "need_spec": ("销售合同质量 {what}", "the promised quality {what}"),
    "need_feed_limit": ("下游入料质量 {what}", "the feed quality {what}"),
    "need_keep": ("给定界限 {what}", "the bound {what}"),
    "indifferent": (
        "{what}停在范围之内：在此处微调无增无减，并非不重要",
        "{what}: strictly inside the range, so a small change costs and brings "
        "nothing; indifferent, not unimportant",
    ),
    "still": (
        "{what}：在此模型中不影响任何结果，保持今日值",
        "{what}: changes nothing in this model and stays as it is",
    ),
    "group": (
        "按建议设定重排集团计划：增益 {money:+,.0f} 元（局部估计 {local:+,.0f} 元）",
        "the group planned again with these settings gains {money:+,.0f} CNY "
        "(local estimate {local:+,.0f} CNY)",
    ),
    "stuck": (
        "按建议设定没有可行的集团计划：{what}",
        "with these settings the group has no feasible plan: {what}",
    ),
    "shared": (
        "设定同时作用于：{what}；其成本变化已计入",
        "the settings are shared with {what}; what they cost more or less is counted",
    ),
    "others": ("其他可选指标：{what}", "other indices to steer by: {what}"),
}
"""Sentences: Chinese, English."""


def told(advice: Advice, lang: str) -> str:
    """Return advice in a few lines of text.

    Parameters
    ----------
    advice : Advice
        What was found.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    return "\n".join(Teller(advice, lang).lines())


class Teller:
    """Names and sentences of one advice in one language.

    Parameters
    ----------
    advice : Advice
        What is told.
    lang : str
        ``"zh"`` or ``"en"``.
    """

    def __init__(self, advice: Advice, lang: str) -> None:
        self.advice = advice
        self.place = 0 if lang == "zh" else 1
        chain = advice.plan.network.chain
        families = (chain.units, chain.centres, chain.materials, chain.sales)
        self.names = {
            e.id: (e.name, e.name_en)[self.place] for f in families for e in f
        }

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its gaps filled."""
        return SAID[key][self.place].format(**values)

    @property
    def index(self) -> str:
        """Name of the index with its unit."""
        index = self.advice.board.index
        name = (index.zh, index.en)[self.place]
        return f"{name} [{index.unit}]" if index.unit else name

    def lines(self) -> Iterator[str]:
        """Yield the advice line by line."""
        yield self.head()
        yield from self.now()
        yield from self.edge()
        yield from self.recommended()
        yield from self.notes()

    def head(self) -> str:
        """Return who is advised on what."""
        a = self.advice
        return self.say(
            "head",
            who=self.names[a.name],
            when=a.plan.periods[a.period],
            product=self.names[a.product],
            amount=short(a.output),
            of=a.product_unit,
            index=self.index,
        )

    def figure(self, cost: float, index: float) -> str:
        """Return an index with its cost."""
        a = self.advice
        return self.say(
            "figure",
            index=short(index),
            unit=a.board.index.unit,
            cost=f"{a.per_unit(cost):,.2f}",
            of=a.product_unit,
        ).replace("  ", " ")

    def at(self, point: Point) -> str:
        """Return the figure of a point."""
        return self.figure(point.cost, point.index)

    def now(self) -> Iterator[str]:
        """Yield where the units are."""
        a, m = self.advice, self.advice.measured
        yield self.say("today", figure=self.figure(a.today_cost, a.today_index))
        if m is not None:
            each = m.cost / m.product if m.product else 0.0
            cost = self.say("cost_only", cost=f"{each:,.2f}", of=a.product_unit)
            if m.index is not None:
                cost = self.figure(each * a.output, m.index)
            yield self.say("measured", period=m.period, figure=cost)
        if a.today_missed:
            what = ", ".join(map(self.stop, a.today_missed))
            yield self.say("missed", what=what)
        yield self.say("distance", money=a.distance + 0.0)

    def edge(self) -> Iterator[str]:
        """Yield the frontier in words."""
        edge = self.advice.frontier
        first, last = self.at(edge.points[0]), self.at(edge.points[-1])
        if not edge.trade_off:
            yield self.say("single", first=first)
            return
        yield self.say("ends", first=first, last=last)
        if edge.knee is not None:
            knee = self.at(edge.points[edge.knee])
            yield self.say("knee", figure=knee, money=edge.depth)
        if not edge.convex:
            yield self.say("curved")
        loose = sum(not p.certified for p in edge.points)
        if loose:
            yield self.say("doubt", count=loose)

    def aim(self) -> str:
        """Return what was to be recommended."""
        a = self.advice
        if isinstance(a.aim, str):
            return self.say(f"aim_{a.aim}")
        return self.say("aim_value", value=a.aim, unit=a.board.index.unit).rstrip()

    def recommended(self) -> Iterator[str]:
        """Yield the recommendation and its steps."""
        a = self.advice
        point = a.recommended
        yield self.say("advice", aim=self.aim(), figure=self.at(point))
        each = a.per_unit(a.saving)
        yield self.say("saving", money=a.saving, each=each, of=a.product_unit)
        if point.price > 0.0:
            unit = a.board.index.unit or "1"
            yield self.say("price", money=point.price, unit=unit)
        yield self.say("steps")
        if not a.steps:
            yield self.say("none")
        for n, step in enumerate(a.steps, start=1):
            yield self.step(n, step)

    def step(self, n: int, step: Step) -> str:
        """Return one step."""
        a = self.advice
        if step.knob is None:
            return self.say("joint", n=n, money=step.money)
        knob = a.board.knobs[step.knob]
        return self.say(
            "step",
            n=n,
            what=self.knob(knob),
            a=short(a.value(step, after=False) or 0.0),
            b=short(a.value(step, after=True) or 0.0),
            unit=knob.measure,
            money=step.money,
            stop=self.stop(step.stopped),
        ).replace(" ,", ",")

    def setting(self, knob: Knob) -> str:
        """Return a setting as people call it."""
        from orebook.glossary import UnknownTerm, find

        try:
            term = find(knob.name)
            name = (term.zh, term.en)[self.place]
        except UnknownTerm:
            name = knob.name
        return name

    def knob(self, knob: Knob) -> str:
        """Return a setting, with its unit where there are several."""
        name = self.setting(knob)
        if len(self.advice.board.stands) == 1:
            return name
        return f"{self.names[knob.unit]} {name}"

    def stop(self, stopped: str) -> str:
        """Return what stops a step."""
        if stopped in SAID:
            return self.say(stopped)
        need = next(n for n in self.advice.board.needs if n.subject == stopped)
        owner, mark, rest = stopped.partition(":")
        what = f"{self.names.get(owner, owner)}{' ' if mark else ''}{rest}"
        return self.say(f"need_{need.kind}", what=what)

    def notes(self) -> Iterator[str]:
        """Yield what must be known beside the figures."""
        a = self.advice
        if a.indifferent:
            what = ", ".join(map(self.knob, a.indifferent))
            yield self.say("indifferent", what=what)
        if a.still:
            yield self.say("still", what=", ".join(map(self.knob, a.still)))
        if a.board.others:
            feel = (self.names[s.unit.id] for s in a.board.others)
            yield self.say("shared", what=", ".join(feel))
        if a.group is not None:
            yield self.say("group", money=a.group, local=a.saving)
        if a.group_words:
            yield self.say("stuck", what=a.group_words)
        if a.others:
            yield self.say("others", what=", ".join(a.others))


def short(value: float) -> str:
    """Return a figure with as many digits as a reader needs.

    Examples
    --------
    >>> short(12345.678), short(0.0123456), short(13.0)
    ('12,346', '0.012346', '13')
    """
    if abs(value) >= 1e4:
        return f"{value:,.0f}"
    return f"{float(f'{value:.5g}'):,.10f}".rstrip("0").rstrip(".")
