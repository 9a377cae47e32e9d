"""A practice card told in a few lines of text, in either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from orebook.benchmark.practice.card import Action, Card, FollowUp
from orebook.glossary import Lang, format_number, unit_label

__all__ = ["FINDINGS", "STATES", "VERDICTS", "list_text", "told"]

STATES: Final = {
    "draft": ("草案", "draft"),
    "trial": ("试行", "on trial"),
    "kept": ("固化", "kept"),
    "dropped": ("放弃", "dropped"),
    "retired": ("退役", "retired"),
}
VERDICTS: Final = {
    "confirmed": ("模型确认", "confirmed by the process model"),
    "contradicted": ("与模型相反", "contradicted by the process model"),
    "silent": ("模型无影响", "the process model sees no effect"),
    "unknown": ("模型中没有", "not in the process model"),
}
FINDINGS: Final = {
    "pays": ("有效", "it pays"),
    "open": ("尚无定论", "not decided yet"),
    "loses": ("亏损", "it loses"),
}


def _pick(pair: tuple[str, str], lang: Lang) -> str:
    return pair[0] if lang == "zh" else pair[1]


def told(card: Card, lang: Lang) -> str:
    """Return a card as text.

    Parameters
    ----------
    card : Card
        The card.
    lang : Lang
        Language of the words.
    """
    return "\n".join(_lines(card, lang))


def _lines(card: Card, lang: Lang) -> Iterator[str]:
    zh = lang == "zh"
    state, per = _pick(STATES[card.state], lang), _per(card, lang)
    yield (
        f"{card.id}（{state}） {card.subject}，负责：{card.owner}，"
        f"有效至 {card.expires}"
        if zh
        else f"{card.id} ({state}) {card.subject}, owner {card.owner}, valid until "
        f"{card.expires}"
    )
    yield (
        f"  依据：{card.source}，{card.records} 条记录，可比约 {card.neighbours:.0f} 条"
        if zh
        else f"  from {card.source}: {card.records} records, about "
        f"{card.neighbours:.0f} comparable"
    )
    for c in card.conditions:
        yield (
            f"  条件 {c.name}：{c.at:.4g}（{c.low:.4g}–{c.high:.4g}）{c.unit}"
            if zh
            else f"  condition {c.name}: {c.at:.4g} ({c.low:.4g} to {c.high:.4g}) "
            f"{c.unit}"
        ).rstrip()
    for a in sorted(card.actions, key=lambda a: not a.counts):
        yield _action(a, lang, per)
    yield _gain(card, lang)
    yield _mirage(card, lang)
    for note in card.notes:
        yield f"  {note.zh if zh else note.en}"
    if card.trial is not None:
        yield (
            f"  试行 {card.trial.first} 至 {card.trial.last}，负责：{card.trial.owner}"
            if zh
            else f"  trial {card.trial.first} to {card.trial.last}, owner "
            f"{card.trial.owner}"
        )
    if card.follow is not None:
        yield _follow(card.follow, lang)
    if card.reason:
        yield f"  理由：{card.reason}" if zh else f"  reason: {card.reason}"


def _per(card: Card, lang: Lang) -> str:
    """Return the unit of money per product."""
    return unit_label(f"CNY/{card.valuation.unit}", lang=lang)


def _with(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()


def _action(a: Action, lang: Lang, per: str) -> str:
    zh = lang == "zh"
    verdict = _pick(VERDICTS[a.verdict], lang)
    if a.counts:
        return (
            f"  动作 {a.name}：保持 {a.low:.4g}–{_with(a.high, a.unit)}，目标 "
            f"{a.middle:.4g}（其余 {a.now_low:.4g}–{a.now_high:.4g}）："
            f"{a.gain:+.2f} {per}，{verdict}"
            if zh
            else f"  action {a.name}: keep {a.low:.4g} to {_with(a.high, a.unit)}, "
            f"aim at {a.middle:.4g} (otherwise {a.now_low:.4g} to {a.now_high:.4g}): "
            f"{a.gain:+.2f} {per}, {verdict}"
        )
    why = verdict if a.significant else ("不显著" if zh else "not significant")
    return (
        f"  不计 {a.name}：{why}（{a.gain:+.2f} {per}，概率 {a.chance:.2f}）"
        if zh
        else f"  not counted {a.name}: {why} ({a.gain:+.2f} {per}, chance "
        f"{a.chance:.2f})"
    )


def _gain(card: Card, lang: Lang) -> str:
    year, low, high = (format_number(v, "CNY", lang=lang) for v in card.money)
    per = _per(card, lang)
    if lang == "zh":
        text = (
            f"  预期收益 {card.gain:.2f} {per}（80 % 区间 {card.gain_low:.2f} 至 "
            f"{card.gain_high:.2f}）"
        )
        return text + (
            f"，每年 {year}（{low} 至 {high}）" if card.tonnes_per_year else ""
        )
    text = (
        f"  expected gain {card.gain:.2f} {per} (80 % interval {card.gain_low:.2f} to "
        f"{card.gain_high:.2f})"
    )
    return text + (f", a year {year} ({low} to {high})" if card.tonnes_per_year else "")


def _mirage(card: Card, lang: Lang) -> str:
    b = card.best
    away, per = b.reference - b.mean, _per(card, lang)
    if lang == "zh":
        return (
            f"  自身最佳（去除运气）高于均值 {away:.2f} {per}，可信份额 {b.trust:.0%}；"
            f"最好一条记录会承诺 {card.naive_record:.2f}，最好月份"
            f"（{card.naive_month_name}）{card.naive_month:.2f}"
        )
    return (
        f"  own best without luck {away:.2f} {per} above the mean, trust "
        f"{b.trust:.0%}; the best record would promise {card.naive_record:.2f}, the "
        f"best month ({card.naive_month_name}) {card.naive_month:.2f}"
    )


def _follow(f: FollowUp, lang: Lang) -> str:
    money = [
        format_number(v, "CNY", lang=lang)
        for v in (f.captured, f.captured_low, f.captured_high, f.expected)
    ]
    finding = _pick(FINDINGS[f.finding], lang)
    if lang == "zh":
        return (
            f"  跟踪 {f.first} 至 {f.last}：{f.records} 条记录，{f.valid} 条符合条件，"
            f"遵守率 {f.adherence:.0%}；已实现 {money[0]}（{money[1]} 至 {money[2]}），"
            f"预期 {money[3]}：{finding}"
        )
    return (
        f"  followed {f.first} to {f.last}: {f.records} records, {f.valid} under these "
        f"conditions, adherence {f.adherence:.0%}; captured {money[0]} ({money[1]} to "
        f"{money[2]}), expected {money[3]}: {finding}"
    )


def list_text(cards: Sequence[Card], lang: Lang) -> str:
    """Return all cards, one line each.

    Parameters
    ----------
    cards : sequence of Card
        In the order made.
    lang : Lang
        Language of the words.
    """
    if not cards:
        return (
            "还没有做法卡；运行：orebook practice find BOOK UNIT --records FILE"
            if lang == "zh"
            else "no practice card yet; run: orebook practice find BOOK UNIT --records "
            "FILE"
        )
    lines = []
    for card in cards:
        state, per = _pick(STATES[card.state], lang), _per(card, lang)
        what = ", ".join(a.name for a in card.todo) or "-"
        year = format_number(card.money[0], "CNY", lang=lang)
        year += "/年" if lang == "zh" else "/a"
        gain = f"{card.gain:+.2f} {per}"
        lines.append("  ".join([card.id, state, card.owner, what, gain, year]))
    return "\n".join(lines)
