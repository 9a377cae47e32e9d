"""A tuning in words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.evaluate.tuning.identify import Held
    from orebook.evaluate.tuning.result import Estimate, Tuning

__all__ = ["held_words", "lines", "warnings"]

_HELD = {
    "en": {
        "unseen": "{id} keeps {value}: it moves no figure that is measured",
        "alike": "{id} keeps {value}: the months cannot tell it from {alike}; fit one "
        "of them alone (--constants), or hold all near what was known (--ridge)",
        "weak": "{id} keeps {value}: the months say less of it than was known before",
    },
    "zh": {
        "unseen": "{id} 保持 {value}：不影响任何有计量的数据",
        "alike": "{id} 保持 {value}：所用月份无法将其与 {alike} 区分；"
        "可只拟合其中一个（--constants），或以先验约束全部（--ridge）",
        "weak": "{id} 保持 {value}：所用月份给出的信息少于先验知识",
    },
}
_BOUND = {
    "en": "{id} lies on the {side} end of its range {low} to {high}: the model or a "
    "meter may be wrong there",
    "zh": "{id} 落在取值范围 {low} 至 {high} 的{side}：该处模型或计量可能有误",
}
_SIDE = {"en": {"low": "low", "high": "high"}, "zh": {"low": "下限", "high": "上限"}}
_TEXT = {
    "en": {
        "head": "{months} closed months ({first} to {last}){simulated}; "
        "constants fitted: {count}",
        "row": "  {id}: {before} -> {value} {of} ± {error} ({share} interval {low} to "
        "{high})",
        "fit": "residuals: {before} -> {after} standard deviations; months left out of "
        "the fit: {left}; chi2 {chi2_before} -> {chi2_after} at {freedom} degrees of "
        "freedom; condition {condition}",
        "aside": "{period} not used: {detail}",
        "overfit": "months left out are predicted worse than before the fit: the "
        "constants follow chance; fit fewer of them or use more months",
        "doubt": "what is left is {ratio} times what the doubt of the figures allows; "
        "errors are widened accordingly",
        "slopes": "slopes move by {error} with the difference step; look at the result "
        "with care",
        "unfinished": "the search did not end by itself; the estimate is the best met",
        "simulated": ", simulated readings",
        "units": "felt by: {units}",
    },
    "zh": {
        "head": "已结月份 {months} 个（{first} 至 {last}）{simulated}；"
        "拟合常数 {count} 个",
        "row": "  {id}：{before} -> {value} {of} ± {error}"
        "（{share} 区间 {low} 至 {high}）",
        "fit": "残差：{before} -> {after} 个标准差；留一月份预测：{left}；"
        "卡方 {chi2_before} -> {chi2_after}，自由度 {freedom}；条件数 {condition}",
        "aside": "{period} 未使用：{detail}",
        "overfit": "留出月份的预测比拟合前更差：常数在追随偶然波动；"
        "请减少常数或增加月份",
        "doubt": "剩余残差为数据不确定度所允许的 {ratio} 倍；标准误差已相应放大",
        "slopes": "斜率随差分步长变化 {error}；请谨慎看待结果",
        "unfinished": "搜索未自行结束；所给为遇到的最优值",
        "simulated": "，模拟数据",
        "units": "涉及单元：{units}",
    },
}
_UNEVEN = 1e-3  # change of the slopes with the step that is worth a word [-]
_WIDE = 1.5  # chi2 over its degrees of freedom that is worth a word [-]


def lines(tuning: Tuning, lang: str) -> Iterator[str]:
    """Yield a tuning line by line.

    Parameters
    ----------
    tuning : Tuning
        What was fitted.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    text = _TEXT[lang]
    yield text["head"].format(
        count=len(tuning.estimates), months=len(tuning.months),
        first=tuning.months[0][0], last=tuning.months[-1][0],
        simulated=text["simulated"] if tuning.simulated else "",
    )  # fmt: skip
    share = f"{float(tuning.options['confidence']):.0%}"
    for e in tuning.estimates:
        c = e.constant
        yield text["row"].format(
            id=c.id, before=f"{c.start:.5g}", value=f"{e.value:.5g}", of=c.of,
            error=f"{e.standard_error:.2g}", share=share, low=f"{e.low:.5g}",
            high=f"{e.high:.5g}",
        ).replace("  ±", " ±")  # fmt: skip
    yield text["fit"].format(
        before=f"{tuning.rms_before:.2f}", after=f"{tuning.rms_after:.2f}",
        left=f"{tuning.rms_left_out:.2f}", chi2_before=f"{tuning.chi2_before:.1f}",
        chi2_after=f"{tuning.chi2_after:.1f}", freedom=tuning.freedom,
        condition=f"{tuning.condition:.2g}",
    )  # fmt: skip
    yield text["units"].format(units=", ".join(tuning.units))
    for x in tuning.excluded:
        yield text["aside"].format(period=x.period, detail=x.detail)
    yield from warnings(tuning, lang)


def warnings(tuning: Tuning, lang: str) -> Iterator[str]:
    """Yield what a reader of a tuning must know before using it.

    Parameters
    ----------
    tuning : Tuning
        What was fitted.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    text = _TEXT[lang]
    yield from (held_words(h, lang) for h in tuning.held)
    yield from (_bound(e, lang) for e in tuning.estimates if e.bound is not None)
    if tuning.overfits:
        yield text["overfit"]
    ratio = tuning.chi2_after / tuning.freedom
    if ratio > _WIDE:
        yield text["doubt"].format(ratio=f"{ratio**0.5:.1f}")
    if tuning.jacobian_error > _UNEVEN:
        yield text["slopes"].format(error=f"{tuning.jacobian_error:.1%}")
    if not tuning.converged:
        yield text["unfinished"]


def held_words(held: Held, lang: str) -> str:
    """Return why a constant keeps its value.

    Parameters
    ----------
    held : Held
        The constant.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    c = held.constant
    value = f"{c.start:.5g} {c.of}".strip()
    return _HELD[lang][held.reason].format(
        id=c.id, value=value, alike=", ".join(held.alike)
    )


def _bound(e: Estimate, lang: str) -> str:
    c = e.constant
    side = _SIDE[lang][str(e.bound)]
    return _BOUND[lang].format(
        id=c.id, side=side, low=f"{c.low:.5g}", high=f"{c.high:.5g}"
    )
