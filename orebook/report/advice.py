"""Advice on settings: the frontier, today, and the recommended steps of each unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from orebook.chart import Mark, frontier_chart
from orebook.errors import InputError
from orebook.glossary import Lang
from orebook.plan.advice.advise import advise
from orebook.plan.advice.result import Advice
from orebook.plan.advice.search import Point
from orebook.plan.advice.steps import Step
from orebook.plan.advice.words import Teller
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import (
    Column,
    Drawing,
    Fold,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.view import View
from orebook.report.words import both

__all__ = ["advice_blocks", "advice_section", "advices", "frontier_picture"]

STEPS = (
    Column("advised_unit"),
    Column("setting"),
    Column("before", "own"),
    Column("after", "own"),
    Column("unit_of_measure"),
    Column("saving", "money", "CNY"),
    Column("stopped_by"),
)
FRONTIER = (
    Column("index_value", "own"),
    Column("cost_per_product", "price"),
    Column("price_of_index", "price"),
    Column("settings"),
    Column("held_by"),
)
MarkKind = Literal["today", "measured", "knee", "recommended"]


def advices(view: View) -> tuple[Section, ...]:
    """Return the chapter of advice; none where no running unit has free settings."""
    chain = view.chain
    found = []
    for unit in chain.units:
        if unit.free and any(v[0] > 0.0 for v in view.plan.duties[unit.id].values()):
            try:
                found.append(advise(view.plan, unit.id))
            except InputError:
                continue  # its free settings move neither cost nor an index
    return (advice_section(found),) if found else ()


def advice_section(found: Sequence[Advice]) -> Section:
    """Return the chapter on some units.

    Parameters
    ----------
    found : sequence of Advice
        At least one.
    """
    table = step_table(found)
    blocks = [block for advice in found for block in advice_blocks(advice)]
    return Section(
        "advice", both("advice"), (both("advice_how"), *blocks, table), (table,)
    )


def advice_blocks(advice: Advice) -> tuple[Said | Picture | Fold, ...]:
    """Return what stands on a page about one unit or centre."""
    zh, en = (list(Teller(advice, lang).lines()) for lang in ("zh", "en"))
    words = [Said(z.strip(), e.strip()) for z, e in zip(zh, en, strict=True)]
    name = words[0]
    folded = Fold(both("frontier_of", who=name), (frontier_table(advice),))
    return (*words, frontier_picture(advice), folded)


def step_table(found: Sequence[Advice]) -> Table:
    """Return the steps of all units; those of each sum to what it saves."""
    rows = [_step_row(advice, step) for advice in found for step in advice.steps]
    return Table("advice_steps", both("advice_steps"), STEPS, tuple(rows))


def _step_row(advice: Advice, step: Step) -> Row:
    zh, en = Teller(advice, "zh"), Teller(advice, "en")
    stop = Said(zh.stop(step.stopped), en.stop(step.stopped))
    if step.knob is None:
        who = Said(zh.names[advice.name], en.names[advice.name])
        return Row((who, both("rest_together"), None, None, "", step.money, stop))
    knob = advice.board.knobs[step.knob]
    who = Said(zh.names[knob.unit], en.names[knob.unit])
    return Row(
        (who, Said(zh.setting(knob), en.setting(knob)), advice.value(step, after=False),
         advice.value(step, after=True), knob.measure, step.money, stop)
    )  # fmt: skip


def frontier_table(advice: Advice) -> Table:
    """Return the points of the frontier, from the least cost to the best index."""
    rows = tuple(_point_row(advice, p) for p in advice.frontier.points)
    return Table("frontier", both("frontier_table"), FRONTIER, rows)


def _point_row(advice: Advice, point: Point) -> Row:
    tellers = Teller(advice, "zh"), Teller(advice, "en")
    texts, held = [], []
    for teller in tellers:
        values = advice.at(point)
        texts.append(
            ", ".join(
                f"{teller.knob(k)} {values[k.unit][k.name]:.5g} {k.measure}".rstrip()
                for k in advice.board.knobs
            )
        )
        stops = dict.fromkeys(teller.stop(h) for h in point.held if h)
        held.append(", ".join(stops) or teller.say("balance"))
    return Row(
        (point.index, advice.per_unit(point.cost), point.price, Said(*texts),
         Said(*held))
    )  # fmt: skip


def frontier_picture(advice: Advice) -> Picture:
    """Return the picture of cost against the index."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", drawn(advice, lang, width))]

    return Picture(draw, (WIDE, NARROW))


def drawn(advice: Advice, lang: Lang, width: float = 720.0) -> str:
    """Return the picture of cost against the index as SVG text.

    Parameters
    ----------
    advice : Advice
        What is shown.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    index = advice.board.index
    teller = Teller(advice, lang)
    points = [(p.index, advice.per_unit(p.cost)) for p in advice.frontier.points]
    return frontier_chart(
        points,
        _marks(advice),
        title=both("frontier_of", who=teller.names[advice.name]).in_(lang),
        index=index.zh if lang == "zh" else index.en,
        index_unit=index.unit or "-",
        cost_unit=f"CNY/{advice.product_unit}",
        lang=lang,
        width=width,
    )


def _marks(advice: Advice) -> list[Mark]:
    each, edge, measured = advice.per_unit, advice.frontier, advice.measured
    marks = [Mark("today", advice.today_index, each(advice.today_cost))]
    if measured is not None and measured.index is not None and measured.product > 0.0:
        cost = measured.cost / measured.product
        marks.append(Mark("measured", measured.index, cost))
    if edge.knee is not None:
        knee = edge.points[edge.knee]
        marks.append(Mark("knee", knee.index, each(knee.cost)))
    aim = advice.recommended
    marks.append(Mark("recommended", aim.index, each(aim.cost)))
    return marks
