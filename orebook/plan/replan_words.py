"""The difference of two plans in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from orebook.chain.chain import Chain

if TYPE_CHECKING:
    from orebook.plan.differences import (
        FlowChange,
        LimitChange,
        PlanChange,
        PriceMove,
    )

__all__ = ["told"]

MEANT: Mapping[str, tuple[str, str]] = {
    "horizon": ("计划期推移", "the horizon moved on"),
    "prices": ("市场价格", "market prices"),
    "availability": ("设备可用率", "availability of units and routes"),
    "stocks": ("期初库存", "opening stocks"),
    "limits": ("合同与质量限制", "contract and quality limits"),
    "together": ("各项变化合计", "all changes together"),
    "buy": ("采购", "purchase"),
    "sell": ("销售", "sale"),
    "send": ("发运", "shipment"),
    "close": ("期末库存", "closing stock"),
    "draw": ("自用", "own use"),
    "unit": ("装置", "unit"),
    "duty": ("负荷", "duty"),
    "capacity": ("产能", "capacity"),
    "minimum": ("最低负荷", "least load"),
    "feed_limit": ("入料质量", "feed quality"),
    "buy_total": ("采购合同量", "purchase quantity"),
    "sell_total": ("销售合同量", "sale quantity"),
    "shortfall": ("照付不议缺口", "take-or-pay shortfall"),
    "take_or_pay": ("照付不议", "take-or-pay"),
    "relation": ("负荷转移幅度", "reach of load shift"),
    "demand": ("计费需量", "billed load"),
    "demand_load": ("分时负荷", "load of a band"),
    "spec": ("产品质量", "product quality"),
    "excess": ("超量销售", "sales beyond a tier"),
    "sale_tier": ("销售阶梯", "sales tier"),
    "ship": ("发运", "shipment"),
    "route": ("运力", "route capacity"),
    "stock": ("库存", "stock"),
    "limit": ("限额", "limit"),
}
"""Words of causes, roles and families of limits: Chinese, English."""

SAID: Mapping[str, tuple[str, str]] = {
    "margin": (
        "计划边际利润由 {a:,.0f} 变为 {b:,.0f} 元，变动 {d:+,.0f} 元：",
        "planned margin {a:,.0f} -> {b:,.0f} CNY, change {d:+,.0f} CNY:",
    ),
    "cause": ("  {what}：{money:+,.0f} 元", "  {what}: {money:+,.0f} CNY"),
    "none": ("  没有任何输入变化", "  no input changed"),
    "flows": ("变化最大的流量：", "flows that changed most:"),
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
        self.place = 0 if lang == "zh" else 1
        self.chain = change.after.network.chain
        self.names = _names(self.chain, self.place)

    def say(self, key: str, **values: object) -> str:
        return SAID[key][self.place].format(**values)

    def word(self, key: str) -> str:
        return MEANT.get(key, (key, key))[self.place]

    def lines(self) -> Iterator[str]:
        change = self.change
        before, after = change.before.margin, change.after.margin
        yield self.say("margin", a=before, b=after, d=change.margin)
        if not change.causes:
            yield self.say("none")
        for cause, money in change.causes.items():
            yield self.say("cause", what=self.word(cause), money=money)
        if change.flows:
            yield self.say("flows")
            yield from map(self.flow, change.flows)
        if change.limits:
            yield self.say("limits")
            for limit in change.limits:
                yield from self.limit(limit)
        if change.prices:
            yield self.say("prices")
            yield from map(self.price, change.prices)

    def flow(self, flow: FlowChange) -> str:
        stream = self.change.after.network.stream[flow.stream]
        material = self.named(stream.balance.material)
        what = f"{self.word(stream.role)} {self.named(stream.owner)} [{material}]"
        moved = flow.after - flow.before
        size = max(abs(flow.after), abs(flow.before))
        key = "shifted" if abs(moved) <= 1e-6 * size else "flow"
        return self.say(
            key,
            what=what,
            a=_short(flow.before),
            b=_short(flow.after),
            d=_short(moved, sign="+"),
            unit=flow.unit,
        )

    def limit(self, limit: LimitChange) -> Iterator[str]:
        what = self.subject(limit.kind, limit.subject)
        for key, periods in (("began", limit.began), ("ceased", limit.ceased)):
            if periods:
                yield self.say(key, what=what, when=_listed(periods))

    def price(self, move: PriceMove) -> str:
        what = f"{self.named(move.balance.material)}@{self.named(move.balance.place)}"
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
            what=self.subject(anchor.kind, anchor.subject),
            a=_short(anchor.before),
            b=_short(anchor.after),
            when=anchor.period,
        )

    def subject(self, kind: str, subject: str) -> str:
        owner, mark, rest = subject.partition(":")
        owner = owner.partition("#")[0]
        tail = f" [{self.named(rest)}]" if mark else ""
        return f"{self.word(kind)} {self.named(owner)}{tail}"

    def named(self, id_: str) -> str:
        return self.names.get(id_, id_)


def _names(chain: Chain, place: int) -> dict[str, str]:
    """Return the names of all that has an id, in one language."""
    families = (
        *(chain.materials, chain.places, chain.units, chain.stores, chain.routes),
        *(chain.draws, chain.purchases, chain.sales, chain.limits),
        chain.demand_charges,
    )
    return {x.id: (x.name, x.name_en)[place] for family in families for x in family}


def _short(value: float, *, sign: str = "") -> str:
    """Return a figure with as many digits as a reader needs."""
    rounded = round(value) if abs(value) >= 1e4 else float(f"{value:.5g}")
    if abs(rounded) < 0.005:  # rounding of the solver, not a figure
        return "0"
    return f"{rounded:{sign},.2f}".removesuffix(".00")


def _listed(periods: tuple[str, ...]) -> str:
    more = len(periods) - LISTED
    head = ", ".join(periods[:LISTED])
    return head if more <= 0 else f"{head} +{more}"
