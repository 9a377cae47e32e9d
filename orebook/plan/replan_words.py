"""The difference of two plans in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from orebook.plan.naming import Names, short

if TYPE_CHECKING:
    from orebook.plan.changed_inputs import InputChange
    from orebook.plan.differences import (
        FlowChange,
        LimitChange,
        PlanChange,
        PriceMove,
    )

__all__ = ["told"]

SAID: Mapping[str, tuple[str, str]] = {
    "margin": (
        "计划边际利润由 {a:,.0f} 变为 {b:,.0f} 元，变动 {d:+,.0f} 元：",
        "planned margin {a:,.0f} -> {b:,.0f} CNY, change {d:+,.0f} CNY:",
    ),
    "cause": ("  {what}：{money:+,.0f} 元", "  {what}: {money:+,.0f} CNY"),
    "none": ("  没有任何输入变化", "  no input changed"),
    "inputs": ("改动的输入：", "what was changed:"),
    "input_price": (
        "  {what}的价格：{a} → {b} 元（{when}）",
        "  price of {what}: {a} -> {b} CNY ({when})",
    ),
    "input_share": (
        "  {what}可用率：{a} → {b}（{when}）",
        "  availability of {what}: {a} -> {b} ({when})",
    ),
    "input_stock": (
        "  期初{what}：{a} → {b}",
        "  opening {what}: {a} -> {b}",
    ),
    "input_entry": ("  {what} {field}：{a} → {b}", "  {what} {field}: {a} -> {b}"),
    "flows": (
        "变化最大的流量（{count} 期合计）：",
        "flows that changed most (over {count} periods):",
    ),
    "flow_mean": (
        "  {what}：平均 {a} → {b} {unit}（{d}）",
        "  {what}: on average {a} -> {b} {unit} ({d})",
    ),
    "flow": (
        "  {what}：{a} → {b} {unit}（{d}）",
        "  {what}: {a} -> {b} {unit} ({d})",
    ),
    "shifted": (
        "  {what}：总量 {a} {unit} 不变，各期之间移动",
        "  {what}: {a} {unit} in all as before, moved between periods",
    ),
    "limits": ("约束变化：", "limits that began or ceased to bind:"),
    "began": ("  {what}：开始起约束（{when}）", "  {what}: begins to bind ({when})"),
    "ceased": (
        "  {what}：不再起约束（{when}）",
        "  {what}: ceases to bind ({when})",
    ),
    "prices": ("变动最大的内部价格：", "internal prices that moved most:"),
    "price": (
        "  {what}（{when}）：{a:,.2f} → {b:,.2f} 元/{unit}{why}",
        "  {what} ({when}): {a:,.2f} -> {b:,.2f} CNY/{unit}{why}",
    ),
    "because_price": (
        "，因{what}价格 {a} → {b} 元（{when}）",
        ", because the price of {what} goes {a} -> {b} CNY ({when})",
    ),
    "because_amount": (
        "，因{what}的限量 {a} → {b}（{when}）",
        ", because {what} goes {a} -> {b} ({when})",
    ),
    "because_worth": (
        "，因{what}的单位价值 {a} → {b} 元（{when}）",
        ", because a unit of {what} is worth {a} -> {b} CNY ({when})",
    ),
    "free": (
        "，在买卖价区间内按等租规则移动",
        ", moved between bid and ask by the equal-rent rule",
    ),
}
"""Sentences: Chinese, English."""

LISTED = 4
"""Periods named before the rest is only counted [-]."""


def told(change: PlanChange, lang: str) -> str:
    """Return the difference of two plans in a few lines of text.

    Parameters
    ----------
    change : PlanChange
        The difference.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    str
        One line a fact, grouped.
    """
    return "\n".join(_Teller(change, lang).lines())


class _Teller:
    """Names and sentences of one change in one language."""

    def __init__(self, change: PlanChange, lang: str) -> None:
        self.change = change
        self.names = Names(change.after.network.chain, lang)
        self.place = self.names.place

    def say(self, key: str, **values: object) -> str:
        return SAID[key][self.place].format(**values)

    def lines(self) -> Iterator[str]:
        change = self.change
        before, after = change.before.margin, change.after.margin
        yield self.say("margin", a=before, b=after, d=change.margin)
        if not change.causes and not change.inputs:
            yield self.say("none")
        for cause, money in change.causes.items():
            yield self.say("cause", what=self.names.word(cause), money=money)
        if change.inputs:
            yield self.say("inputs")
            yield from map(self.changed, change.inputs)
        if change.flows:
            yield self.say("flows", count=self.common)
            yield from map(self.flow, change.flows)
        if change.limits:
            yield self.say("limits")
            for limit in change.limits:
                yield from self.limit(limit)
        if change.prices:
            yield self.say("prices")
            yield from map(self.price, change.prices)

    @property
    def common(self) -> int:
        """Number of periods both plans have [-]."""
        names = {p.name for p in self.change.before.periods}
        return sum(p.name in names for p in self.change.after.periods)

    def changed(self, x: InputChange) -> str:
        what = self.names.subject(x.kind, x.subject)
        when = _listed(x.periods)
        a, b = (short(v) if isinstance(v, float) else v for v in (x.before, x.after))
        if "%" in f"{x.before}{x.after}":
            a, b = _percent(a), _percent(b)
        if x.cause == "availability":
            a, b = (f"{100.0 * float(v):.1f} %" for v in (x.before, x.after))
        key = {"prices": "price", "availability": "share", "stocks": "stock"}
        field = x.field.replace(".", " ")
        name = f"input_{key.get(x.cause, 'entry')}"
        return self.say(name, what=what, a=a, b=b, when=when, field=field)

    def flow(self, flow: FlowChange) -> str:
        stream = self.change.after.network.stream[flow.stream]
        material = self.names.named(stream.balance.material)
        role, owner = self.names.word(stream.role), self.names.named(stream.owner)
        what = f"{role} {owner} [{material}]"
        moved = flow.after - flow.before
        size = max(abs(flow.after), abs(flow.before))
        key = "shifted" if abs(moved) <= 1e-6 * size else "flow"
        share = 1.0
        if stream.role == "close":  # a stock is not summed over periods
            key, share = "flow_mean", 1.0 / max(1, self.common)
        return self.say(
            key,
            what=what,
            a=short(flow.before * share),
            b=short(flow.after * share),
            d=short(moved * share, sign="+"),
            unit=flow.unit,
        )

    def limit(self, limit: LimitChange) -> Iterator[str]:
        what = self.names.subject(limit.kind, limit.subject)
        for key, periods in (("began", limit.began), ("ceased", limit.ceased)):
            if periods:
                yield self.say(key, what=what, when=_listed(periods))

    def price(self, move: PriceMove) -> str:
        what = self.names.balance(move.balance)
        return self.say(
            "price",
            what=what,
            when=move.period,
            a=move.before,
            b=move.after,
            unit=move.unit,
            why=self.why(move),
        )

    def why(self, move: PriceMove) -> str:
        anchor = move.anchor
        if anchor is None:
            return self.say("free")
        return self.say(
            f"because_{anchor.what}",
            what=self.names.subject(anchor.kind, anchor.subject),
            a=short(anchor.before),
            b=short(anchor.after),
            when=anchor.period,
        )


def _listed(periods: tuple[str, ...]) -> str:
    more = len(periods) - LISTED
    head = ", ".join(periods[:LISTED])
    return head if more <= 0 else f"{head} +{more}"


def _percent(text: str) -> str:
    """Return a bare share as the percentage it stands beside."""
    try:
        return f"{100.0 * float(text):.6g} %"
    except ValueError:
        return text
