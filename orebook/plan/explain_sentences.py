"""The sentences an explanation is told in, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["MOVES", "OTHER_MOVE", "SAID"]

SAID: Mapping[str, tuple[str, str]] = {
    "head": (
        "{period} 计划为何如此（利润 {margin:,.0f} 元，{count} 期）",
        "why the plan of {period} is as it is (margin {margin:,.0f} CNY over {count} "
        "periods)",
    ),
    "limits": ("起约束的限制，按金额：", "limits that bind, by money:"),
    "limits_none": ("没有限制起约束", "no limit binds"),
    "limit": (
        "  {what}（{side} {limit} {unit}）：每 {unit} 租金 {rent} 元，"
        "本期 {money} 元；{worth}",
        "  {what} ({side} {limit} {unit}): rent {rent} CNY/{unit}, {money} CNY in the "
        "period; {worth}",
    ),
    "limit_quality": (
        "  {what}（{side}）：所限成分每 t 值 {rent} 元；{worth}",
        "  {what} ({side}): worth {rent} CNY per t of the limited component; {worth}",
    ),
    "worth": (
        "单独放宽一单位值 {worth} 元",
        "one unit more alone is worth {worth} CNY",
    ),
    "up_to": ("，到 {up_to} {unit} 为止", ", up to {up_to} {unit}"),
    "worth_none": (
        "单独放宽不增利：与其他瓶颈共享租金",
        "one unit more alone is worth nothing: other bottlenecks share its rent",
    ),
    "more": ("  另有 {count} 项", "  and {count} more"),
    "waiting": ("预期会约束而未约束的限制：", "limits expected to bind that do not:"),
    "wait": (
        "  {what}（{side} {limit} {unit}，用到 {used}，余 {gap}；{why}）",
        "  {what} ({side} {limit} {unit}, used {used}, {gap} left; {why})",
    ),
    "wait_quality": (
        "  {what}（{side}）：有余量（{why}）",
        "  {what} ({side}): holds with room to spare ({why})",
    ),
    "hold": (
        "    让位于 {what}：每放宽 1 {unit}，它多用 {rate} {own}；"
        "再放宽 {needed} {unit}（租金 {rent} 元/{unit}）它才起约束",
        "    loses to {what}: 1 {unit} more of that uses {rate} {own} more of it; "
        "{needed} {unit} more (rent {rent} CNY/{unit}) before it binds",
    ),
    "cost": (
        "    要多用它，可{move}，每 {own} 少赚 {each} 元",
        "    to use it more, {move}: {each} CNY less per {own}",
    ),
    "free": (
        "    没有其他限制挡住它：多用它不增利",
        "    nothing holds it back: using it more earns nothing",
    ),
    "flagged": ("账册标明预期约束", "flagged in the book"),
    "release": ("上一次发布时约束", "it bound in the last release"),
    "month before": ("上月计划中约束", "it bound in the plan of the month before"),
    "nearly": ("已用到 95 % 以上", "used by 95 % or more"),
    "asked": ("本次询问", "asked for"),
    "touches": (
        "一次性限制与情景触及的约束：",
        "one-off limits and overlays, and the binding limits they touch:",
    ),
    "once": ("一次性限制", "one-off limit"),
    "overlay": ("情景", "overlay"),
    "touch": (
        "  {kind} {name}{by}：触及 {limits}，合计租金 {money} 元",
        "  {kind} {name}{by}: touches {limits}, rent {money} CNY together",
    ),
    "touch_none": (
        "  {kind} {name}{by}：未触及任何起约束的限制，可以取消",
        "  {kind} {name}{by}: touches nothing that binds; it can go",
    ),
    "qualities": ("质量值多少：", "money per percent of each quality:"),
    "feed": (
        "  {subject} 入料 {of} 的 {component}（现 {value}）每增 {per}：{money} 元"
        "（每 {unit} {each} 元）",
        "  {component} in {of} fed to {subject} (now {value}), {per} more: {money} CNY "
        "({each} CNY per {unit})",
    ),
    "feed_energy": (
        "  {subject} 入料 {of} 的热值（现 {value} GJ/{unit}）每增 1 GJ/{unit}："
        "{money} 元（每 {unit} {each} 元）",
        "  heat of {of} fed to {subject} (now {value} GJ/{unit}), 1 GJ/{unit} more: "
        "{money} CNY ({each} CNY per {unit})",
    ),
    "product": (
        "  销售 {subject} 所供 {of} 的 {component}（现 {value}）每增 {per}：{money} 元"
        "（每 {unit} {each} 元）",
        "  {component} in {of} sold as {subject} (now {value}), {per} more: "
        "{money} CNY ({each} CNY per {unit})",
    ),
    "feed_limit": (
        "  {subject} 入料限制 {of} {value} 放宽 {per}：{money} 元",
        "  limit {of} {value} on the feed of {subject}, loosened by {per}: {money} CNY",
    ),
    "spec": (
        "  销售 {subject} 的质量要求 {of} {value} 放宽 {per}：{money} 元",
        "  limit {of} {value} promised in {subject}, loosened by {per}: {money} CNY",
    ),
    "prices": ("内部价格由何而来：", "where the internal prices come from:"),
    "price": (
        "{what}：{price} 元/{unit}（买价 {bid}{bid_range}；卖价 {ask}{ask_range}）",
        "{what}: {price} CNY/{unit} (bid {bid}{bid_range}, ask {ask}{ask_range})",
    ),
    "to": ("，{amount} {unit} 以内", " up to {amount} {unit}"),
    "bid": (
        "  多一 {unit} 可用：{moves}，值 {value} 元",
        "  one more {unit} at hand: {moves}; worth {value} CNY",
    ),
    "ask": (
        "  少一 {unit}：{moves}，少 {value} 元",
        "  one {unit} less: {moves}; costs {value} CNY",
    ),
    "bid_none": ("  多一 {unit} 无处可用", "  one more {unit} could not be placed"),
    "ask_none": ("  少一 {unit} 则无可行计划", "  one {unit} less leaves no plan"),
    "nothing_moves": ("市场上无变化", "nothing moves at the markets"),
    "made": ("  价格构成：", "  the price is made of:"),
    "part": (
        "    {what}：{moved} × {each} = {money}",
        "    {what}: {moved} x {each} = {money}",
    ),
    "rest": ("    其余 {count} 项：{money}", "    {count} more parts: {money}"),
    "rented": ("    {what}的租金：{money}", "    rent of {what}: {money}"),
    "tied": (
        "  买卖价不同：价格按等租规则定在其间，{rents} 元由途中的限制分担",
        "  bid and ask differ: the equal-rent rule sets the price between them; "
        "{rents} CNY of it are rents of limits on the way",
    ),
    "tied_less": (
        "  买卖价不同：价格按等租规则定在其间，途中的限制取走 {rents} 元",
        "  bid and ask differ: the equal-rent rule sets the price between them; limits "
        "on the way take {rents} CNY",
    ),
    "use": (
        "  最大用户 {what} 的看法：{parts}",
        "  as its largest user sees it ({what}): {parts}",
    ),
    "source": (
        "  最大来源 {what} 的看法：{parts}",
        "  as its largest source sees it ({what}): {parts}",
    ),
    "seen_price": ("{what} {amount} × {each}", "{what} {amount} x {each}"),
    "seen_cost": ("自身费用 {money}", "own cost {money}"),
    "seen_value": ("市场价 {money}", "market price {money}"),
    "seen_rent": ("{what}租金 {money}", "rent of {what} {money}"),
    "later": ("（{when}）", " ({when})"),
    "many": ("（多期）", " (several periods)"),
    "unit": ("单位", "unit"),
    "max": ("上限", "at most"),
    "min": ("下限", "at least"),
}
"""Sentences: Chinese, English."""

MOVES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "buy": (
        ("少采购 {name} {q} {u}", "{q} {u} less of {name} bought"),
        ("多采购 {name} {q} {u}", "{q} {u} more of {name} bought"),
    ),
    "sell": (
        ("少销售 {name} {q} {u}", "{q} {u} less sold to {name}"),
        ("多销售 {name} {q} {u}", "{q} {u} more sold to {name}"),
    ),
    "duty": (
        ("{name} 少运行 {q} {u}", "{name} runs {q} {u} less"),
        ("{name} 多运行 {q} {u}", "{name} runs {q} {u} more"),
    ),
    "ship": (
        ("{name} 少运 {q} {u}", "{q} {u} less shipped by {name}"),
        ("{name} 多运 {q} {u}", "{q} {u} more shipped by {name}"),
    ),
    "stock": (
        ("{name} 少存 {q} {u}", "{q} {u} less held in {name}"),
        ("{name} 多存 {q} {u}", "{q} {u} more held in {name}"),
    ),
}
"""What a column does when it moves down, up: Chinese, English."""

OTHER_MOVE = (
    ("{name} 减 {q} {u}", "{q} {u} less of {name}"),
    ("{name} 增 {q} {u}", "{q} {u} more of {name}"),
)
