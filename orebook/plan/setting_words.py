"""What the plan chose for the settings of its units, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.plan.operating import Operating, SettingChoice

__all__ = ["CORNER", "INSIDE", "SHOWN", "meaning", "told"]

SHOWN = 8
"""Moved settings named in a summary [-]."""

INSIDE = {
    "zh": "在范围之内：此处上下微调对利润都没有好处，已是最佳点；"
    "这说明边际上无差别，不说明它不重要",
    "en": "inside its range: moving it a little either way gains nothing, it stands "
    "where it is best; that is indifference on the margin, not unimportance",
}
CORNER = {
    "zh": "在范围之内的转折点：到此为止的好处，再往前就被某个限制抵消，上下移动都更差",
    "en": "inside its range at a corner: what it gains up to here, a limit takes back "
    "beyond; moving it either way is worse",
}
_PLACE = {
    "low": {"zh": "在下限", "en": "at its low end"},
    "high": {"zh": "在上限", "en": "at its high end"},
}
_STATUS = {
    "converged": {"zh": "已收敛", "en": "converged"},
    "stuck": {
        "zh": "停在此处：线性模型还有许诺，但步子再小也不兑现",
        "en": "stopped here: the linear model still promised more, but no step, "
        "however small, kept the promise",
    },
    "limit": {"zh": "步数用尽，尚未收敛", "en": "out of steps, not converged"},
}


def meaning(choice: SettingChoice, t: int, lang: str) -> str:
    """Return what the place of a setting in its range means.

    Parameters
    ----------
    choice : SettingChoice
        The setting.
    t : int
        Period [-].
    lang : str
        ``"zh"`` or ``"en"``.

    Raises
    ------
    InputError
        If the language is another.
    """
    _known(lang)
    if not choice.runs[t]:
        return {"zh": "机组停用，设定值无意义", "en": "the unit stands still"}[lang]
    place = choice.place(t)
    if place == "inside":
        return (CORNER if choice.corner[t] else INSIDE)[lang]
    worth = abs(float(choice.slope[t]))
    unit = f"1 {choice.of}".rstrip()
    if lang == "zh":
        return f"{_PLACE[place][lang]}：范围每放宽 {unit} 值 {worth:,.2f} CNY"
    return f"{_PLACE[place][lang]}: {unit} more of range is worth {worth:,.2f} CNY"


def told(operating: Operating, lang: str) -> str:
    """Return what was chosen in a few lines.

    Parameters
    ----------
    operating : Operating
        The result.
    lang : str
        ``"zh"`` or ``"en"``.

    Raises
    ------
    InputError
        If the language is another.
    """
    _known(lang)
    moved = operating.moved
    lines = [_head(operating, len(moved), lang)]
    lines += [f"  {_line(c, lang)}" for c in moved[:SHOWN]]
    if len(moved) > SHOWN:
        more = len(moved) - SHOWN
        lines.append({"zh": f"  另有 {more} 项", "en": f"  and {more} more"}[lang])
    if inside := _inside(operating.settings):
        lines.append(f"  {', '.join(inside)}: {INSIDE[lang]}")
    if operating.doubtful:
        names = ", ".join(operating.doubtful)
        lines.append({
            "zh": f"  模型在此有折点，斜率不确定：{names}",
            "en": f"  the physics has a kink here, its slope is in doubt: {names}",
        }[lang])  # fmt: skip
    return "\n".join(lines)


def _inside(settings: Sequence[SettingChoice]) -> list[str]:
    """Return the settings that are indifferent in the first period."""
    return [
        f"{c.unit} {c.setting}"
        for c in settings
        if c.runs[0] and c.place(0) == "inside" and not c.corner[0]
    ]


def _known(lang: str) -> None:
    if lang not in ("zh", "en"):
        message = f"lang = {lang!r}; expected 'zh' or 'en'; choose one"
        raise InputError(message)


def _head(operating: Operating, moved: int, lang: str) -> str:
    gap = operating.gap
    share = 0.0 if gap is None else gap.share
    where = "" if gap is None else f"{gap.unit} {gap.port} {gap.period}"
    status = _STATUS[operating.status][lang]
    count = len(operating.settings)
    if lang == "zh":
        agree = (
            f"机理与计划一致（最大相对差 {share:.1e}）" if operating.agrees
            else f"机理与计划不一致：{where} 相差 {share:.1e}"
        )  # fmt: skip
        return (
            f"可选设定 {count} 项，改动 {moved} 项，"
            f"{operating.iterations} 步{status}；{agree}；结果为局部最优"
        )
    agree = (
        f"physics and plan agree (largest relative gap {share:.1e})"
        if operating.agrees
        else f"physics and plan do not agree: {where} is off by {share:.1e}"
    )
    return (
        f"settings: {moved} of {count} moved, {status} after {operating.iterations} "
        f"steps; {agree}; a local optimum"
    )


def _line(choice: SettingChoice, lang: str) -> str:
    low, high = float(choice.chosen.min()), float(choice.chosen.max())
    span = f"{low:.6g}" if high - low <= choice.tolerance else f"{low:.6g}..{high:.6g}"
    name = f"{choice.unit} {choice.setting}: {choice.book:.6g} -> {span} {choice.of}"
    if choice.gain is None:
        tail = {"zh": "放回原值则无可行计划", "en": "no plan with it put back"}[lang]
    else:
        tail = {
            "zh": f"值 {choice.gain:,.0f} CNY", "en": f"worth {choice.gain:,.0f} CNY",
        }[lang]  # fmt: skip
    return f"{name.rstrip()}, {tail}"
