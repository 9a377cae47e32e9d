"""The chain's advantage in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.evaluate.chain_gain import Cause, ChainGain
    from orebook.evaluate.game import Coalition
    from orebook.evaluate.links import Market

__all__ = ["Teller", "cause_label", "told"]

SAID: Mapping[str, tuple[str, str]] = {
    "head": (
        "{first}..{last}：集团一体计划 {whole:,.0f} 元，各厂单独合计 {parts:,.0f} 元，"
        "链条增益 {gain:+,.0f} 元",
        "{first}..{last}: the group together {whole:,.0f} CNY, its sites alone "
        "{parts:,.0f} CNY, the chain's advantage {gain:+,.0f} CNY",
    ),
    "common": (
        "  不属于任何厂的固定费用 {money:,.0f} 元未计入",
        "  fixed costs of no site, {money:,.0f} CNY, are left out",
    ),
    "open": (
        "  各厂单独可用的市场若对集团开放，计划可再增 {money:,.0f} 元；请将其列为合同",
        "  open to the group, the markets of the sites alone would add {money:,.0f} "
        "CNY to its plan; enter them as contracts",
    ),
    "markets": ("各厂单独时的市场：", "markets of the sites alone:"),
    "buy": (
        "  {site}购入 {what}：{price} 元/{unit}（依据 {source}）",
        "  {site} buys {what} at {price} CNY/{unit} (from {source})",
    ),
    "sell": (
        "  {site}售出 {what}：{price} 元/{unit}（依据 {source}）",
        "  {site} sells {what} at {price} CNY/{unit} (from {source})",
    ),
    "nowhere_buy": (
        "  {site}无处购入 {what}：账册中没有该物料的市场",
        "  {site} can buy {what} nowhere: the book knows no market for it",
    ),
    "nowhere_sell": (
        "  {site}无处售出 {what}：账册中没有该物料的市场",
        "  {site} can sell {what} nowhere: the book knows no market for it",
    ),
    "given": ("命令给定", "the command"),
    "causes": ("增益来源：", "where it comes from:"),
    "cause": ("  {what}：{money:+,.0f} 元", "  {what}: {money:+,.0f} CNY"),
    "trade": (
        "{material} {amount:,.0f} {unit} 内部流转（{giver} → {taker}），"
        "省去的市场买卖差价减运费",
        "{material} passes inside, {amount:,.0f} {unit} from {giver} to {taker}: "
        "the market's margin saved, less transport",
    ),
    "no_market": (
        "{material} {amount:,.0f} {unit} 内部流转（{giver} → {taker}），"
        "无市场，按内部价",
        "{material} passes inside, {amount:,.0f} {unit} from {giver} to {taker}: "
        "no market, at internal prices",
    ),
    "only_together": (
        "{taker}：依赖其他厂、单独无法实现的收益",
        "{taker}: what it cannot earn without the others",
    ),
    "own_plan": (
        "{taker}：单独时会另作安排而少损失的部分",
        "{taker}: what it would save alone by another plan of its own",
    ),
    "split": (
        "公平分配（Shapley）：",
        "fair split (Shapley), alone + part of the gain:",
    ),
    "share": (
        "  {site}：{share:,.0f} 元 = 单独 {alone:,.0f} + 分得增益 {part:+,.0f}",
        "  {site}: {share:,.0f} CNY = {alone:,.0f} {part:+,.0f}",
    ),
    "doubt": ("（抽样标准误 {error:,.0f}）", " (standard error {error:,.0f})"),
    "cannot": (
        "  {site}单独无法履行义务，按免除最低量、尽可能停产计：",
        "  {site} cannot meet its obligations alone; least quantities are waived and "
        "it stands still as far as it takes:",
    ),
    "stable": (
        "该分配稳定：没有任何若干厂的组合退出会更好",
        "the split is stable: no group of sites would gain by leaving",
    ),
    "unstable": (
        "该分配不稳定：{sites} 一起退出可多得 {money:,.0f} 元",
        "the split is not stable: {sites} would gain {money:,.0f} CNY by leaving",
    ),
    "nearest": ("最近的稳定分配：", "nearest stable split:"),
    "point": ("  {site}：{share:,.0f} 元", "  {site}: {share:,.0f} CNY"),
    "empty": (
        "不存在稳定分配：任何分配下总有组合至少可多得 {money:,.0f} 元",
        "no split is stable: under any, some sites would gain {money:,.0f} CNY or more",
    ),
    "sampled": (
        "厂数过多，按抽样次序估计；稳定性只检查抽到的组合",
        "too many sites to combine: orders were drawn, and only the combinations met "
        "are tested",
    ),
}
"""Sentences: Chinese, English."""


def told(gain: ChainGain, lang: str) -> str:
    """Return the chain's advantage in a few lines of text.

    Parameters
    ----------
    gain : ChainGain
        What was worked out.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    return "\n".join(Teller(gain, lang).lines())


def cause_label(gain: ChainGain, cause: Cause, lang: str) -> str:
    """Return a cause as a phrase for a row of a table or picture."""
    return Teller(gain, lang).cause(cause)


class Teller:
    """Names and sentences of one gain in one language.

    Parameters
    ----------
    gain : ChainGain
        What is told.
    lang : str
        ``"zh"`` or ``"en"``.
    """

    def __init__(self, gain: ChainGain, lang: str) -> None:
        self.gain = gain
        self.place = 0 if lang == "zh" else 1
        chain = gain.plan.network.chain
        self.names = {
            **{e.id: (e.name, e.name_en)[self.place] for e in chain.places},
            **{e.id: (e.name, e.name_en)[self.place] for e in chain.materials},
            **{e.id: (e.name, e.name_en)[self.place] for e in chain.centres},
        }
        self.unit = {m.id: m.unit for m in chain.materials}

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its gaps filled."""
        return SAID[key][self.place].format(**values)

    def lines(self) -> Iterator[str]:
        """Yield the gain line by line."""
        gain, game = self.gain, self.gain.game
        periods = gain.plan.periods
        parts = sum(one.margin for one in gain.apart.values())
        yield self.say(
            "head",
            first=periods[0],
            last=periods[-1],
            whole=game.whole,
            parts=parts,
            gain=gain.gain,
        )
        if gain.common:
            yield self.say("common", money=gain.common)
        if gain.market_worth > 1e-6 * game.scale:
            yield self.say("open", money=gain.market_worth)
        if gain.markets:
            yield self.say("markets")
            yield from map(self.market, gain.markets)
        yield self.say("causes")
        for cause in gain.causes:
            if abs(cause.money) < 0.5:
                continue
            yield self.say("cause", what=self.cause(cause), money=cause.money)
        yield self.say("split")
        yield from self.shares()
        yield from self.stability()

    def market(self, market: Market) -> str:
        """Return what a site may buy or sell, and on which grounds."""
        material = market.balance.material
        site = self.names[market.site]
        what = f"{self.names[material]}@{self.names[market.balance.place]}"
        if market.price is None:
            return self.say(f"nowhere_{market.side}", site=site, what=what)
        low, high = min(market.price.value), max(market.price.value)
        flat = high - low <= 1e-6 * max(1.0, abs(high))
        price = f"{low:,.0f}" if flat else f"{low:,.0f}..{high:,.0f}"
        source = market.price.source
        if source == "given":
            source = self.say("given")
        return self.say(
            market.side,
            site=site,
            what=what,
            price=price,
            unit=self.unit[material],
            source=source,
        )

    def cause(self, cause: Cause) -> str:
        """Return a cause as a phrase."""
        return self.say(
            cause.kind,
            material=self.names.get(cause.material, ""),
            amount=cause.amount,
            unit=cause.unit,
            giver=self.names.get(cause.giver, ""),
            taker=self.names[cause.taker],
        )

    def shares(self) -> Iterator[str]:
        """Yield the share of every site."""
        gain = self.gain
        for site in gain.game.players:
            own, share = gain.apart[site], gain.split[site]
            line = self.say(
                "share",
                site=self.names[site],
                share=share,
                alone=own.margin,
                part=round(share - own.margin),  # no sign before nought
            )
            if gain.error is not None:
                line += self.say("doubt", error=gain.error[site])
            yield line
            if own.contradiction:
                yield self.say("cannot", site=self.names[site])
                yield from (f"    {row}" for row in own.contradiction.splitlines())

    def stability(self) -> Iterator[str]:
        """Yield whether anybody would leave, and what would keep them."""
        gain = self.gain
        if gain.error is not None:
            yield self.say("sampled")
        if gain.stable:
            yield self.say("stable")
            return
        first, money = next(iter(gain.excess.items()))
        yield self.say("unstable", sites=self.joined(first), money=money)
        point = gain.proposed
        if point is None:
            yield self.say("empty", money=gain.worst)
            return
        yield self.say("nearest")
        for site, share in point.items():
            yield self.say("point", site=self.names[site], share=share)

    def joined(self, sites: Coalition) -> str:
        """Return the names of some sites."""
        named = [self.names[p] for p in self.gain.game.players if p in sites]
        return " + ".join(named)
