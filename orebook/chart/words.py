"""The words the pictures bring themselves, whole sentences in each language."""

from __future__ import annotations

from typing import Final

from orebook.glossary import Lang, check_lang

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "gain": ("gain", "增利"),
    "loss": ("loss", "减利"),
    "even": ("no change", "持平"),
    "total": ("total", "合计"),
    "unit": ("Unit: {unit}", "单位：{unit}"),
    "total_is": ("{label}: {value} {unit}.", "{label}：{value} {unit}。"),
    "change_is": (
        "{label}: {word} of {value} {unit}.",
        "{label}：{word} {value} {unit}。",
    ),
    "not_own": ("not the centre's doing", "非本中心所致"),
    "hidden": (
        "{count} smaller not shown, together {value}",
        "另有 {count} 项较小未列，合计 {value}",
    ),
    "variance_key": (
        "{unit}; ▲ gain, ▼ loss; hatched: not the centre's doing",
        "{unit}；▲ 增利，▼ 减利；斜线：非本中心所致",
    ),
    "deviation_key": (
        "{unit}; ▲ better, ▼ worse; whisker: one standard deviation",
        "{unit}；▲ 改善，▼ 变差；须线：一倍标准差",
    ),
    "better_by": ("better by", "改善"),
    "worse_by": ("worse by", "变差"),
    "deviation_is": (
        "{label}: {word} {value} {unit}.",
        "{label}：{word} {value} {unit}。",
    ),
    "waterfall_key": ("{unit}; ▲ gain, ▼ loss", "{unit}；▲ 增利，▼ 减利"),
    "tornado_key": (
        "{unit}; upper bar: {share} down, lower bar: {share} up",
        "{unit}；上条：下浮 {share}，下条：上浮 {share}",
    ),
    "tornado_is": (
        "{label}: −{share} gives {down}, +{share} gives {up} {unit}.",
        "{label}：下浮 {share} 为 {down}，上浮 {share} 为 {up} {unit}。",
    ),
    "bars_key": ("{unit}; ◆ {mark}", "{unit}；◆ {mark}"),
    "bar_is": (
        "{label}: {value} {unit}; {mark} {other}.",
        "{label}：{value} {unit}；{mark} {other}。",
    ),
    "bar_none": ("{label}: none.", "{label}：无。"),
    "histogram_key": (
        "Height: probability; across: {unit}",
        "高度：概率；横轴：{unit}",
    ),
    "class_is": (
        "{low} to {high} {unit}: {share}.",
        "{low} 至 {high} {unit}：{share}。",
    ),
    "league_key": (
        "{unit}; plain: margin without rent, hatched: rent, ◆ both together",
        "{unit}；实色：扣租毛利，斜线：租金，◆ 合计",
    ),
    "league_is": (
        "{rank}. {label}: margin {total} {unit}, of which rent {rent}.",
        "第 {rank} 名 {label}：毛利 {total} {unit}，其中租金 {rent}。",
    ),
    "band_key": (
        "◆ internal price, ▬ from bid to ask, in % of distance from the price, "
        "[·] market collar",
        "◆ 内部价格，▬ 买价至卖价（相对内部价格的偏离，%），[·] 市场上下限",
    ),
    "band_short": ("bid {bid}, ask {ask}", "买 {bid}，卖 {ask}"),
    "band_bid": ("bid {bid}", "买 {bid}"),
    "band_ask": ("ask {ask}", "卖 {ask}"),
    "band_is": (
        "{label}: internal price {price} {unit}, bid {bid}, ask {ask}.",
        "{label}：内部价格 {price} {unit}，买价 {bid}，卖价 {ask}。",
    ),
    "collar_is": (
        "{label}: market collar {low} to {high} {unit}.",
        "{label}：市场上下限 {low} 至 {high} {unit}。",
    ),
    "open": ("none", "无"),
    "line_is": (
        "{label}: {first} in {start}, {last} in {end}, least {least}, "
        "greatest {most} {unit}.",
        "{label}：{start} 为 {first}，{end} 为 {last}，最低 {least}，"
        "最高 {most} {unit}。",
    ),
    "line_over": (
        "{label}: {first} at {start}, {last} at {end}, least {least}, "
        "greatest {most} {unit}.",
        "{label}：{start} 时为 {first}，{end} 时为 {last}，最低 {least}，"
        "最高 {most} {unit}。",
    ),
    "line_gap_over": (
        "{label}: no value at {count} points.",
        "{label}：{count} 个点无数值。",
    ),
    "line_gap": (
        "{label}: no value in {count} periods.",
        "{label}：{count} 个期间无数值。",
    ),
    "line_band": (
        "{label} carries a band, at its widest {width} {unit}.",
        "{label} 附带区间，最宽 {width} {unit}。",
    ),
    "bullet_key": (
        "bar: actual; upright stroke: target; darkest ground: poor, lightest: best",
        "横条：实际；竖线：目标；底色由深至浅：差至优",
    ),
    "met": ("target met", "达标"),
    "mark_limit": ("legal limit", "限定值"),
    "mark_plan": ("plan", "计划"),
    "mark_own_best": ("own best", "自身最好"),
    "mark_group_best": ("group best", "集团最好"),
    "mark_peer": ("peer", "同行标杆"),
    "mark_theory": ("theory", "理论极限"),
    "no_reference": ("no reference", "无参照"),
    "gap_bar_is": (
        "{label}: {value} {unit}; {marks}.",
        "{label}：{value}{unit}；{marks}。",
    ),
    "missed": ("target missed", "未达标"),
    "bullet_is": (
        "{label}: {value} against target {target} {unit}, {word}.",
        "{label}：{value}，目标 {target} {unit}，{word}。",
    ),
    "against": ("target {target}", "目标 {target}"),
    "reward_key": (
        "{unit}; plain: earned, hatched: deducted, ◆ paid, ┃ cap and floor",
        "{unit}；实色：应得，斜线：扣减，◆ 实发，┃ 封顶与保底",
    ),
    "vetoed": ("vetoed", "否决"),
    "capped": ("at the cap", "封顶"),
    "floored": ("at the floor", "保底"),
    "reward_is": (
        "{label}: earned {earned}, deducted {deducted}, paid {paid} {unit}.",
        "{label}：应得 {earned}，扣减 {deducted}，实发 {paid} {unit}。",
    ),
    "reward_state": ("{label}: {word}.", "{label}：{word}。"),
    "sheet_key": (
        "Numbers lead to the table. Each stream: amount per hour · internal price; "
        "thicker lines move more money",
        "编号对应物流表。每股物流：小时流量 · 内部价；线越粗，金额越大",
    ),
    "sheet_utilities": ("Utilities and shared goods", "公用介质与共用物料"),
    "sheet_from": ("from outside", "来自界外"),
    "sheet_to": ("to outside", "送往界外"),
    "sheet_idle": ("nothing flows", "本期无流量"),
    "sheet_tag": ("utility, no line drawn", "公用介质，不画线"),
    "box_is": ("{label}: {count} streams.", "{label}：{count} 股物流。"),
    "route_kind": ("route", "运输线路"),
    "site_kind": ("site", "厂区"),
    "chain_key": (
        "Each line ends at the row that names material, flow and internal price; "
        "thickness: root of flow over the greatest flow of the same unit",
        "连线终点所在行注明物料、流量与内部价格；线宽：流量与同单位最大流量之比的平方根",
    ),
    "unit_kind": ("unit", "装置"),
    "store_kind": ("store", "仓储"),
    "market_kind": ("market", "市场"),
    "place_kind": ("place", "地点"),
    "material": ("material", "物料"),
    "heat": ("heat", "热"),
    "power": ("power", "电"),
    "water": ("water", "水"),
    "link_is": ("{source} to {target}: {label}.", "{source} 至 {target}：{label}。"),
    "from_site": ("from {site}", "来自 {site}"),
    "to_site": ("to {site}", "送往 {site}"),
    "between": ("Between the sites", "厂区之间"),
    "load_key": (
        "MW by source over the hours of a day; ◆ and dashes: marginal value, CNY/MWh",
        "各来源平均负荷（MW），横轴为每日小时数；◆ 与虚线：边际价值（元/MWh）",
    ),
    "load_is": (
        "{label}, {hours} h: {load} MW at {price} CNY/MWh. Of this {parts} MW.",
        "{label} {hours} h：{load} MW，边际价值 {price} 元/MWh。其中 {parts} MW。",
    ),
    "stock_is": ("{label}: {note}.", "{label}：{note}。"),
    "frontier_key": (
        "Line: least cost at each value of the index; ■ today, ○ measured, ● knee, "
        "◆ recommended",
        "曲线：各指标值下的最低成本；■ 今日，○ 实测，● 拐点，◆ 建议",
    ),
    "frontier_up": ("cost [{unit}]", "成本〔{unit}〕"),
    "frontier_of": (
        "Least cost against {index}.",
        "最低成本与{index}的关系。",
    ),
    "frontier_is": ("{what}: {index} at {cost}.", "{what}：{index}，成本 {cost}。"),
    "frontier_first": ("Least cost", "成本最低"),
    "frontier_last": ("Best index", "指标最佳"),
    "frontier_today": ("Today", "今日"),
    "frontier_measured": ("Measured", "实测"),
    "frontier_knee": ("Knee", "拐点"),
    "frontier_recommended": ("Recommended", "建议"),
    "control_key": (
        "line: points, dashes: limits, straight line: centre, ◆ points that signal",
        "折线：各点，虚线：控制限，直线：中心线，◆ 报警点",
    ),
    "control_is": (
        "{label}: {count} points, centre {centre} {unit}, {signals} signals: {where}.",
        "{label}：{count} 点，中心 {centre} {unit}，报警 {signals} 点：{where}。",
    ),
    "window_key": (
        "upper bar: window to keep, ◆ aim; lower bar: where it stood otherwise, 10 to "
        "90 %",
        "上条：应保持的窗口，◆ 目标；下条：其余时段的 10–90 % 范围",
    ),
    "window_rest": ("otherwise {low} … {high}", "其余 {low} … {high}"),
    "window_is": (
        "{label}: keep {low} to {high} {unit}, aim at {middle}; otherwise {rest_low} "
        "to {rest_high}.",
        "{label}：保持 {low} 至 {high} {unit}，目标 {middle}；其余时段 {rest_low} 至 "
        "{rest_high}。",
    ),
}


def say(key: str, lang: Lang, **values: str) -> str:
    """Return a sentence in the language of the reader.

    Parameters
    ----------
    key : str
        Which sentence.
    lang : Lang
        Language of the reader.
    **values : str
        What fills its gaps.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> say("unit", "zh", unit="万元")
    '单位：万元'
    """
    en, zh = _WORDS[key]
    chosen = zh if check_lang(lang) == "zh" else en
    return chosen.format(**values)


def sentences(parts: list[str], lang: Lang) -> str:
    """Join whole sentences to one text.

    Parameters
    ----------
    parts : list of str
        The sentences, each with its full stop.
    lang : Lang
        Language, which decides the blank between them.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> sentences(["A.", "B."], "en")
    'A. B.'
    """
    return ("" if lang == "zh" else " ").join(parts)
