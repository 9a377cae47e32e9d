"""A scheme in plain words, in the fixed order it is settled in, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from orebook.reward.payout import (
    AsymmetricCurve,
    CurvePart,
    DeadBandCurve,
    LinearCurve,
    PiecewiseCurve,
)
from orebook.reward.payout_truthful import (
    JointBaseCurve,
    OsbandReichelsteinCurve,
    WeitzmanCurve,
)
from orebook.reward.scheme import ORDER, Gate, Measure, Scheme
from orebook.reward.terms import RELATIVE, Target


class Words(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A scheme in words.

    Parameters
    ----------
    scheme, hash : str
        Its id, and SHA-256 of its rules.
    steps : mapping of str to tuple of Words
        Sentences by step, ``head`` first and then in the order of settlement.
    warnings : tuple of Words
        What invites gaming, or works against the scheme itself.
    effective_share : float or None
        What is left of a stated share under the declared ratchet [-].
    """

    scheme: str
    hash: str
    steps: Mapping[str, tuple[Words, ...]]
    warnings: tuple[Words, ...]
    effective_share: float | None

    def text(self, lang: str) -> str:
        """Return the scheme as lines of one language.

        Parameters
        ----------
        lang : {"zh", "en"}
            The language.
        """
        k = 0 if lang == "zh" else 1
        lines = []
        for number, (step, said) in enumerate(self.steps.items()):
            lines.append(f"{number}. {STEPS[step][k]}" if number else said[0][k])
            lines += [f"   - {w[k]}" for w in (said if number else said[1:])]
        head = ("提示", "Mind")[k]
        lines += [f"{head}: {w[k]}" for w in self.warnings]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "scheme": self.scheme,
            "scheme_hash": self.hash,
            "order": list(ORDER),
            "steps": [
                {"step": step, "zh": [w.zh for w in said], "en": [w.en for w in said]}
                for step, said in self.steps.items()
            ],
            "warnings": [{"zh": w.zh, "en": w.en} for w in self.warnings],
            "effective_share": self.effective_share,
        }


STEPS: Mapping[str, tuple[str, str]] = {
    "measure": ("指标", "Measure"),
    "attainment": ("完成度", "Attainment"),
    "payout": ("兑现", "Payout"),
    "weight": ("权重", "Weight"),
    "deduction": ("扣减", "Deduction"),
    "gate": ("门槛", "Gate"),
    "cap": ("保底与封顶", "Floor and cap"),
    "pool": ("奖金池", "Pool"),
    "split": ("分配与取整", "Split and rounding"),
    "deferral": ("递延、追回与承诺", "Deferral, claw-back and promises"),
}


def in_words(scheme: Scheme) -> Printed:
    """Return a scheme in plain words.

    Parameters
    ----------
    scheme : Scheme
        The scheme.
    """
    steps = {"head": tuple(_head(scheme))}
    steps |= {step: tuple(_STEPS[step](scheme)) for step in ORDER}
    ratchet = scheme.ratchet
    return Printed(
        scheme.id,
        sha256(scheme.model_dump_json().encode()).hexdigest(),
        steps,
        tuple(_warnings(scheme)),
        None if ratchet is None else ratchet.effective,
    )


def _head(s: Scheme) -> Iterator[Words]:
    yield Words(
        f"{s.name}（{s.id}），{s.valid_from} 至 {s.valid_to}",
        f"{s.name_en or s.name} ({s.id}), {s.valid_from} to {s.valid_to}",
    )
    fund = s.fund
    if fund.share_of_margin is None:
        yield Words(
            f"每月基金 {fund.amount:,.2f} 元", f"fund {fund.amount:,.2f} CNY a month"
        )
    else:
        part, over = f"{fund.share_of_margin:.2%}", fund.margin == "above_plan"
        yield Words(
            f"每月基金为{'超计划' if over else ''}毛益的 {part}",
            f"fund {part} of the month's margin{' above plan' if over else ''}",
        )
    shares = zip(s.teams, s.shares(), strict=True)
    listed = [f"{t.id} {share:.1%}" for t, share in shares]
    yield Words(f"份额：{'，'.join(listed)}", f"shares: {', '.join(listed)}")
    if s.settle_over != "month":
        zh, en = _SPANS[s.settle_over]
        yield Words(
            f"按{zh}累计结算：累计应得减前几个月已计",
            f"{en} so far is settled, less what its earlier months earned",
        )
    else:
        yield Words("每月单独结算", "each month is settled by itself")


_SPANS = {
    "year": ("本年", "each year"),
    "term": ("方案任期", "the whole term of the scheme"),
}
_SOURCES = {
    "margin": ("内部利润", "internal margin"),
    "indicator": ("指标比率", "ratio"),
    "effect": ("差异效应", "variance effect"),
    "delivery": ("交付量", "delivery"),
}


def _measures(s: Scheme) -> Iterator[Words]:
    for m in s.measures:
        zh, en = _SOURCES[m.source]
        of = f" {m.of}" if m.of else ""
        who_zh = "、".join(m.teams) or "全部班组"
        who = ", ".join(m.teams) or "all teams"
        better = ("越大越好", "more is better") if m.direction == "max" else (
            "越小越好", "less is better")  # fmt: skip
        yield Words(
            f"{m.name}（{m.id}）：{zh}{of}，单位 {m.unit}，{better[0]}；{who_zh}",
            f"{_name(m)} ({m.id}): {en}{of}, in {m.unit}, {better[1]}; {who}",
        )
    if s.stock.valued_at == "marginal_cost":
        yield Words(
            "计划外库存按边际成本计价：毛益与效率收益售出后才计",
            "stock beyond the plan counts at what it cost to make: margin and gains of "
            "efficiency count once it is sold",
        )
    if s.stock.capital_charge:
        rate = f"{s.stock.capital_charge:.1%}"
        yield Words(
            f"利润与差异中，计划外库存按年利率 {rate} 计资金占用",
            f"stock beyond the plan pays {rate} interest a year in margins and effects",
        )


def _name(m: Measure) -> str:
    return m.name_en or m.name


_FORMULAS = {
    ("ratio", "max"): "a / t",
    ("ratio", "min"): "t / a",
    ("relative_gap", "max"): "1 + (a - t) / |t|",
    ("relative_gap", "min"): "1 + (t - a) / |t|",
    ("difference", "max"): "a - t",
    ("difference", "min"): "t - a",
}


def _attainments(s: Scheme) -> Iterator[Words]:
    for m in s.measures:
        formula = _FORMULAS[m.attainment, m.direction]
        zh, en = _target(m.target)
        yield Words(
            f"{m.name}：{formula}，a 为实际，t 为{zh}",
            f"{_name(m)}: {formula}, a the value, t {en}",
        )


def _target(t: Target) -> Words:
    if t.source == "fixed":
        return Words(f"定值 {t.value:g}", f"fixed at {t.value:g}")
    if t.source == "own_best":
        like = "" if t.like is None else f"，负荷相差 {t.like:.0%} 以内"
        alike = "" if t.like is None else f" under a load within {t.like:.0%}"
        return Words(
            f"本班组此前各月的 {t.quantile:.0%} 分位（至少 {t.at_least} 个月{like}，不"
            "足时用计划）",
            f"the {t.quantile:.0%} quantile of its own earlier months (at least "
            f"{t.at_least}{alike}, else the plan)",
        )
    if t.source == "peers":
        if t.base == "none":
            return Words("其他班组的平均（不含自己）", "the mean of the other teams")
        base = {"plan": ("计划", "plan"), "fair": ("公平目标", "fair target")}[t.base]
        return Words(
            f"自己的{base[0]}×(1+{t.strength:g}×其他班组对其{base[0]}的平均偏离)",
            f"its own {base[1]} x (1 + {t.strength:g} x mean deviation of the other "
            "teams from theirs)",
        )
    return Words(*_PLAIN[t.source].format(of=", ".join(t.of)).split("|"))


_PLAIN = {
    "plan": "计划|the plan",
    "fair": "公平目标（按实际来料与任务运行的工艺函数）"
    "|the fair target: the process at the feed and duty really got",
    "external": "外部同行 {of} 的中位数|the median of peers outside in {of}",
    "report": "班组自报数|the team's own report",
}


def _payouts(s: Scheme) -> Iterator[Words]:
    for m in s.measures:
        zh, en = _curve(m)
        money = m.pays == "money"
        unit = ("元", "CNY") if money else ("×班组基金", "x the team's fund")
        yield Words(f"{m.name}：{zh}（{unit[0]}）", f"{_name(m)}: {en} ({unit[1]})")
        if m.report is not None:
            yield from _report(m)


def _report(m: Measure) -> Iterator[Words]:
    assert m.report is not None
    days = m.report.days
    counts = {
        "target": ("视同按目标报", "counts as a report of the target"),
        "nothing": ("该项不兑现", "pays nothing for the measure"),
    }[m.report.missing]
    yield Words(
        f"{m.name}：自报数须在月初前 {days} 天之前报出，可更正，以最后一次为准；迟报或"
        f"不报{counts[0]}",
        f"{_name(m)}: reports are due {days} days before the month begins, the last "
        f"word in time counts; a late or missing one {counts[1]}",
    )


def _curve(m: Measure) -> Words:
    c = m.curve
    return _CURVES[type(c)](c, m)


def _bounds(c: CurvePart) -> Words:
    zh = "" if c.floor is None else f"，不低于 {c.floor:g}"
    en = "" if c.floor is None else f", at least {c.floor:g}"
    return Words(
        zh + ("" if c.cap is None else f"，不高于 {c.cap:g}"),
        en + ("" if c.cap is None else f", at most {c.cap:g}"),
    )


def _piecewise(c: PiecewiseCurve, _: Measure) -> Words:
    points = ", ".join(f"{x:g} → {y:g}" for x, y in c.points)
    step = "" if isinstance(c.below, str) else f"，其下为 {c.below:g}"
    below = "" if isinstance(c.below, str) else f", {c.below:g} below"
    more = _bounds(c)
    return Words(f"折线 {points}{step}{more.zh}", f"through {points}{below}{more.en}")


def _linear(c: LinearCurve, _: Measure) -> Words:
    more = _bounds(c)
    line = f"{c.base:g} + {c.slope:g} × (x - {c.at:g})"
    return Words(f"直线 {line}{more.zh}", f"line {line}{more.en}")


def _asymmetric(c: AsymmetricCurve, _: Measure) -> Words:
    more = _bounds(c)
    return Words(
        f"在 {c.at:g} 处 {c.base:g}，以上每单位 +{c.slope_above:g}，以下每单位 "
        f"-{c.slope_below:g}{more.zh}",
        f"{c.base:g} at {c.at:g}, +{c.slope_above:g} above and -{c.slope_below:g} "
        f"below for each unit{more.en}",
    )


def _dead_band(c: DeadBandCurve, _: Measure) -> Words:
    more = _bounds(c)
    return Words(
        f"{c.low:g} 至 {c.high:g} 之间 {c.base:g}，以上每单位 +{c.slope_above:g}，以下"
        f"每单位 -{c.slope_below:g}{more.zh}",
        f"{c.base:g} from {c.low:g} to {c.high:g}, +{c.slope_above:g} above and "
        f"-{c.slope_below:g} below for each unit{more.en}",
    )


def _weitzman(c: WeitzmanCurve, m: Measure) -> Words:
    rule = (
        f"{c.base:g} + {c.beta:g} (r - {m.start:g}) + {c.alpha:g} (x - r)⁺ "
        f"- {c.gamma:g} (r - x)⁺"
    )
    return Words(
        f"诚实申报（Weitzman）{rule}，r 为自报完成度",
        f"truthful report (Weitzman) {rule}, r the attainment reported",
    )


def _osband(c: OsbandReichelsteinCurve, m: Measure) -> Words:
    f = f"{c.base:g} + {c.slope:g} z + {c.curvature / 2:g} z²"
    rule = f"f(r) + f'(r)(x - r), f = {f}, z = r - {m.start:g}"
    return Words(
        f"诚实申报（Osband-Reichelstein）{rule}",
        f"truthful report (Osband-Reichelstein) {rule}",
    )


def _joint(c: JointBaseCurve, m: Measure) -> Words:
    base = f"{c.weight:g} r + {1 - c.weight:g} × {m.start:g}"
    pay = f"{c.base:g} + {c.gain:g} (x - C) - {c.under_report:g} (x - r)⁺"
    rule = f"{pay}, C = {base}"
    return Words(f"联合确定基数法 {rule}", f"joint base method {rule}")


_CURVES: Mapping[type, Callable[..., Words]] = {
    PiecewiseCurve: _piecewise,
    LinearCurve: _linear,
    AsymmetricCurve: _asymmetric,
    DeadBandCurve: _dead_band,
    WeitzmanCurve: _weitzman,
    OsbandReichelsteinCurve: _osband,
    JointBaseCurve: _joint,
}


def _weights(s: Scheme) -> Iterator[Words]:
    for m in s.measures:
        note = (
            ("（只列示，不计奖）", " (shown, not paid)") if m.weight == 0 else ("", "")
        )
        yield Words(
            f"{m.name}：{m.weight:g}{note[0]}", f"{_name(m)}: {m.weight:g}{note[1]}"
        )


_INCIDENTS = {
    "fatality": ("死亡事故", "fatality"),
    "serious_injury": ("重伤事故", "serious injury"),
    "lost_time_injury": ("损失工时事故", "lost-time injury"),
    "fire_or_explosion": ("火灾爆炸", "fire or explosion"),
    "major_environment_event": ("重大环境事件", "major environment event"),
    "emission_exceedance": ("排放超标", "emission above the permit"),
    "hazard_overdue": ("隐患逾期未整改", "hazard closed late"),
    "rule_breach": ("违章", "breach of a rule"),
    "quality_claim": ("质量异议", "quality claim"),
}


def _deductions(s: Scheme) -> Iterator[Words]:
    yield from (_gate(g) for g in s.gates if g.effect == "deduction")


def _gates(s: Scheme) -> Iterator[Words]:
    yield from (_gate(g) for g in s.gates if g.effect != "deduction")
    yield Words(
        "报告隐患或未遂从不扣钱，也无法这样规定；逾期不整改才有代价",
        "reporting a hazard or near miss never costs, and no scheme can say "
        "otherwise; closing it late does",
    )


def _gate(g: Gate) -> Words:
    zh, en = _INCIDENTS[g.incident]
    times = (
        (f"，自第 {g.from_count} 起", f" from number {g.from_count} on")
        if g.from_count > 1
        else ("", "")
    )
    each = ("，按起数", " for each") if g.per_incident else ("", "")
    where = ("，全体", ", anywhere") if g.scope == "all" else ("", "")
    effect = {
        "veto": Words("否决，当月不发", "veto: nothing above zero is paid"),
        "hold": Words("暂扣，整改后发", "held until it is closed"),
        "multiplier": Words(
            f"正数部分乘 {g.value}", f"times {g.value} where above zero"
        ),
        "deduction": Words(
            f"扣 {g.amount:,.2f} 元"
            if g.amount is not None
            else f"扣班组基金的 {g.value or 0:.0%}",
            f"less {g.amount:,.2f} CNY"
            if g.amount is not None
            else f"less {g.value or 0:.0%} of the team's fund",
        ),
    }[g.effect]
    return Words(
        f"{zh}{times[0]}{where[0]}：{effect.zh}{each[0]}",
        f"{en}{times[1]}{where[1]}: {effect.en}{each[1]}",
    )


def _caps(s: Scheme) -> Iterator[Words]:
    long = s.settle_over != "month"
    over = ("（累计）", " of all months so far") if long else ("", "")
    if s.limits.floor is not None:
        yield Words(
            f"不低于基金的 {s.limits.floor:g} 倍{over[0]}",
            f"at least {s.limits.floor:g} times the fund{over[1]}",
        )
    if s.limits.cap is not None:
        yield Words(
            f"不高于基金的 {s.limits.cap:g} 倍{over[0]}",
            f"at most {s.limits.cap:g} times the fund{over[1]}",
        )
    if s.limits.floor is None and s.limits.cap is None:
        yield Words("无", "none")


def _pools(s: Scheme) -> Iterator[Words]:
    p = s.pool
    if p.unlimited:
        yield Words("不设上限", "no limit")
    else:
        size = (f"{p.amount or 0:,.2f} 元", f"{p.amount or 0:,.2f} CNY")
        if p.of_fund is not None:
            size = (f"基金的 {p.of_fund:g} 倍", f"{p.of_fund:g} times the fund")
        left = (
            ("（累计）", " for all months so far")
            if s.settle_over != "month"
            else ("", "")
        )
        yield Words(
            f"正数合计不超过 {size[0]}{left[0]}，超过时同乘 k = min(1, 上限/合计)；扣"
            "罚不缩放",
            f"what is above zero keeps to {size[1]}{left[1]}, all times k = min(1, "
            "limit / sum); penalties are not scaled",
        )
    to = {
        "reserve": ("归集团结余", "stay with the group as its reserve"),
        "pool": ("并入奖金池发放", "raise the limit of the pool"),
    }[p.penalties_to]
    yield Words(f"扣罚{to[0]}", f"penalties {to[1]}")


def _splits(s: Scheme) -> Iterator[Words]:
    rule = {
        "largest_remainder": (
            "先取整到分，余下的分按小数部分从大到小各加一分，相同时按名称；合计分毫不"
            "差",
            "whole cents first, then one cent each to the largest remainders, ties "
            "by name; the total is exact",
        ),
        "down": (
            "每笔舍到分，余数归结余",
            "every amount is cut to whole cents, the rest stays in the reserve",
        ),
    }[s.rounding]
    yield Words(*rule)
    for t in s.teams:
        if t.members:
            listed = ", ".join(f"{m.id} {m.weight:g}" for m in t.members)
            yield Words(f"{t.id} 内部按 {listed} 分配", f"within {t.id} by {listed}")


def _deferrals(s: Scheme) -> Iterator[Words]:
    d = s.deferral
    if d.share:
        yield Words(
            f"正数部分的 {d.share:.0%} 递延 {d.months} 个月发放",
            f"{d.share:.0%} of what is above zero is paid {d.months} months later",
        )
        if d.forfeit_on_veto:
            yield Words(
                "递延期内发生否决事故则不再发放", "a veto before that day forfeits it"
            )
    else:
        yield Words("不递延", "nothing is deferred")
    yield Words(
        "已结账月份重述后多退少补" if s.clawback else "已结账月份重述后只补不退",
        "a restated month is paid up or paid back"
        if s.clawback
        else "a restated month is paid up, never paid back",
    )
    if s.ratchet is None:
        yield Words(
            "未承诺目标是否随业绩上调",
            "nothing is promised on how results raise later targets",
        )
        return
    share, step = f"{s.ratchet.effective:.0%}", f"{s.ratchet.step:.0%}"
    yield Words(
        f"超目标部分的 {step} 计入下期目标；班组实际感受到的分成为名义的 {share}（折现"
        f"率 {s.ratchet.interest:.0%}）",
        f"{step} of a result above target is added to the next target: of a stated "
        f"share the team sees {share} (interest {s.ratchet.interest:.0%})",
    )


_STEPS: Mapping[str, Callable[[Scheme], Iterator[Words]]] = {
    "measure": _measures,
    "attainment": _attainments,
    "payout": _payouts,
    "weight": _weights,
    "deduction": _deductions,
    "gate": _gates,
    "cap": _caps,
    "pool": _pools,
    "split": _splits,
    "deferral": _deferrals,
}


def _warnings(s: Scheme) -> Iterator[Words]:
    for m in s.measures:
        if m.weight == 0:
            continue
        yield from _warned(s, m)
    if s.settle_over != "month" and any(g.effect == "multiplier" for g in s.gates):
        yield Words(
            "按累计结算时，系数只乘当月增量，挪动业绩可以躲开；宜改为按基金扣减",
            "settled so far, a multiplier acts on what the month adds, and moving "
            "results dodges it; take a part of the fund instead",
        )
    if s.ratchet is not None and s.ratchet.step > 0.2:
        yield Words(
            "棘轮超过 20 %：班组会藏而不露",
            "a ratchet above 20 % teaches teams to hold back",
        )


def _warned(s: Scheme, m: Measure) -> Iterator[Words]:
    name, en = m.name, _name(m)
    if m.target.source == "peers":
        yield Words(
            f"{name}：班组互比可以串通偷懒；优先用外部同行或自己的历史",
            f"{en}: teams compared with each other can agree to be slack; prefer "
            "peers outside or own months",
        )
    if m.target.source == "own_best":
        yield Words(
            f"{name}：自己的历史作目标就是棘轮，好业绩会抬高以后的目标",
            f"{en}: a target from own months is a ratchet: good results raise it",
        )
    if m.target.source == "report":
        yield Words(
            f"{name}：以自报数为目标会引出低报；改用诚实申报曲线",
            f"{en}: a target the team sets itself invites low reports; use a "
            "truth-inducing curve",
        )
    if m.truthful and (
        s.limits.cap is not None
        or s.limits.floor is not None
        or m.target.source in RELATIVE
    ):
        yield Words(
            f"{name}：保底、封顶或随业绩变动的目标会削弱诚实申报",
            f"{en}: floors, caps and targets that follow results weaken honest reports",
        )
    if isinstance(m.curve, PiecewiseCurve) and m.curve.jump:
        yield Words(
            f"{name}：兑现有跳跃，会引人跨月挪量",
            f"{en}: a step in payout invites moving results between months",
        )
    if m.source == "indicator":
        yield Words(
            f"{name}：单奖一个比率，会以未计量的消耗去换它",
            f"{en}: a ratio paid by itself is bought with what is not measured",
        )
