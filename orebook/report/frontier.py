"""A comparison of units as a page: scores, peers, targets and the gap in money."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orebook.benchmark.frontier.result import FrontierResult
from orebook.benchmark.frontier.study import Compared
from orebook.chart import Bar, Mark, bars, frontier_chart
from orebook.glossary import Lang, check_lang
from orebook.report.figures import NARROW, WIDE
from orebook.report.page import LANGS, Edition, render_editions
from orebook.report.table import (
    Block,
    Cell,
    Column,
    Drawing,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.words import both

__all__ = ["frontier_drawn", "frontier_page", "frontier_sections"]

DRAWN = 40
"""Bars of a picture at most, the least efficient first [-]."""
CONTRACT_WORDS = {
    "by_production": "contract_by_production",
    "as_input": "contract_as_input",
    "weak": "contract_weak",
    "kuosmanen": "contract_kuosmanen",
}


def frontier_page(found: Sequence[Compared], source: str, lang: str) -> str:
    """Return a comparison as one HTML file that holds both languages.

    Parameters
    ----------
    found : sequence of Compared
        One comparison per class.
    source : str
        Name of the file the figures come from.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    sections = tuple(s for one in found for s in frontier_sections(one))
    title = both("frontier_page", source=source)
    footer = both("frontier_footer", source=source)
    editions = [
        Edition(code, sections, title.in_(code), footer.in_(code), ()) for code in LANGS
    ]
    return render_editions(editions, check_lang(lang))


def frontier_sections(found: Compared) -> tuple[Section, ...]:
    """Return the chapters of one class.

    Parameters
    ----------
    found : Compared
        The comparison.
    """
    result = found.result
    count = len(result.units)
    head = both(
        "frontier_head",
        count=str(count),
        best=str(int(result.efficient.sum())),
        mean=f"{result.efficiency.mean():.1%}",
        worst=f"{result.certificate.worst:.0e}",
    )
    blocks: list[Block] = [head]
    if result.contract:
        blocks.append(both(CONTRACT_WORDS[result.contract]))
    blocks += [_warning(str(f)) for f in result.findings]
    blocks += [
        both(
            "frontier_outlier",
            unit=o.unit,
            value=f"{o.super_efficiency:.2f}",
            others=str(o.rests_on),
        )
        for o in found.outliers
    ]
    blocks.append(_picture(found))
    if len(result.inputs) == 1 == len(result.outputs) and not result.bads:
        blocks.append(_curve(result))
    tables = [_scores(found), _targets(found)]
    if found.money is not None:
        tables.append(_money(found))
    if found.cost is not None:
        tables.append(_cost(found))
    name = both("frontier_class", name=found.name) if found.name else both("frontier")
    key = f"frontier-{found.name}" if found.name else "frontier"
    return (Section(key, name, (*blocks, *tables), tuple(tables)),)


def _warning(text: str) -> Said:
    return both("frontier_finding", text=text)


def frontier_drawn(found: Compared, lang: Lang, width: float = WIDE) -> str:
    """Return the bars of the scores as SVG, the least efficient first.

    Parameters
    ----------
    found : Compared
        The comparison.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    share = found.result.efficiency
    order = np.argsort(share, kind="stable")[:DRAWN]
    sure = found.bootstrap
    rows = [
        Bar(
            found.result.units[i],
            float(share[i]),
            None if sure is None else float(sure.corrected[i]),
            ""
            if sure is None
            else f"{sure.level:.0%}: {sure.low[i]:.3f}–{sure.high[i]:.3f}",
        )
        for i in order.tolist()
    ]
    mark = "" if sure is None else both("frontier_corrected").in_(lang)
    return bars(
        rows,
        title=both("frontier_share").in_(lang),
        unit="-",
        lang=lang,
        mark=mark,
        width=width,
    )


def _picture(found: Compared) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", frontier_drawn(found, lang, width))]

    return Picture(draw, (WIDE, NARROW))


def _curve(result: FrontierResult) -> Picture:
    """Return the frontier itself where there is one input and one output."""
    best = np.flatnonzero(result.efficient)
    points = sorted(
        (float(result.actual[i, 1]), float(result.actual[i, 0])) for i in best
    )
    worst = int(result.efficiency.argmin())
    marks = (
        Mark("today", float(result.actual[worst, 1]), float(result.actual[worst, 0])),
        Mark(
            "recommended",
            float(result.targets[worst, 1]),
            float(result.targets[worst, 0]),
        ),
    )

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        title = both(
            "frontier_curve", unit=result.units[worst], of=result.inputs[0]
        ).in_(lang)
        svg = frontier_chart(
            points,
            marks,
            title=title,
            index=result.outputs[0],
            index_unit="-",
            cost_unit="-",
            lang=lang,
            width=width,
        )
        return [Drawing("", svg)]

    return Picture(draw, (WIDE, NARROW))


def _same(text: str) -> Said:
    return Said(text, text)


def _scores(found: Compared) -> Table:
    """Return scores, peers and the interval of each unit."""
    result, sure = found.result, found.bootstrap
    columns = [
        Column("frontier_unit"),
        Column("frontier_score", "own"),
        Column("frontier_share", "share"),
        Column("frontier_peers"),
    ]
    if sure is not None:
        columns += [
            Column("frontier_corrected", "share"),
            Column("frontier_low", "share"),
            Column("frontier_high", "share"),
        ]
    rows = []
    for i, unit in enumerate(result.units):
        peers = "; ".join(f"{k} {v:.3f}" for k, v in result.peers_of(unit).items())
        cells: list[Cell] = [
            unit,
            round(float(result.scores[i]), 6),
            float(result.efficiency[i]),
            peers,
        ]
        if sure is not None:
            cells += [
                float(sure.corrected[i]),
                float(sure.low[i]),
                float(sure.high[i]),
            ]
        rows.append(Row(tuple(cells)))
    return Table(
        _key("scores", found), both("frontier_scores"), tuple(columns), tuple(rows)
    )


def _key(name: str, found: Compared) -> str:
    return f"{name}-{found.name}" if found.name else name


def _targets(found: Compared) -> Table:
    """Return what each factor is, would be, its slack, and both in money if priced."""
    result = found.result
    columns: tuple[Column, ...] = (
        Column("frontier_unit"),
        Column("frontier_factor"),
        Column("frontier_actual", "own"),
        Column("frontier_target", "own"),
        Column("frontier_change", "share"),
        Column("frontier_slack", "own"),
    )
    if found.prices:
        columns += (
            Column("frontier_worth", "money", "CNY"),
            Column("frontier_slack_worth", "money", "CNY"),
        )
    rows = []
    for i, unit in enumerate(result.units):
        for k, factor in enumerate(result.factors):
            actual, target = float(result.actual[i, k]), float(result.targets[i, k])
            change = target / actual - 1.0 if actual else None
            slack = float(result.slacks[i, k])
            slack = 0.0 if abs(slack) < 1e-9 * max(1.0, abs(actual)) else slack
            cells: tuple[Cell, ...] = (unit, factor, actual, target, change, slack)
            if found.prices:
                sign = -1.0 if factor in result.outputs else 1.0
                price = found.prices.get(factor)
                cells += (
                    None if price is None else sign * price * (actual - target),
                    None if price is None else price * slack,
                )
            rows.append(Row(cells))
    return Table(_key("targets", found), both("frontier_targets"), columns, tuple(rows))


def _money(found: Compared) -> Table:
    """Return the gap of each unit in money, by factor; the parts close."""
    gap = found.money
    assert gap is not None
    columns = (
        Column("frontier_unit"),
        Column("frontier_gap", "money", "CNY"),
        Column("frontier_technical", "money", "CNY"),
        Column("frontier_allocative", "money", "CNY"),
        *(Column(_same(name), "money", "CNY") for name in gap.factors),
        Column("frontier_best"),
    )
    by = gap.technical + gap.allocative
    rows = tuple(
        Row(
            (
                unit,
                float(gap.gap[i]),
                float(gap.technical[i].sum()),
                float(gap.allocative[i].sum()),
                *(float(v) for v in by[i]),
                gap.best[i],
            )
        )
        for i, unit in enumerate(gap.units)
    )
    return Table(_key("money", found), both("frontier_money"), columns, rows)


def _cost(found: Compared) -> Table:
    """Return least cost and what is lost by amount and by mix."""
    cost = found.cost
    assert cost is not None
    columns = (
        Column("frontier_unit"),
        Column("frontier_cost", "money", "CNY"),
        Column("frontier_least", "money", "CNY"),
        Column("frontier_share", "share"),
        Column("frontier_technical_share", "share"),
        Column("frontier_allocative_share", "share"),
    )
    rows = tuple(
        Row(
            (
                unit,
                float(cost.actual[i]),
                float(cost.best[i]),
                float(cost.efficiency[i]),
                float(cost.technical[i]),
                float(cost.allocative[i]),
            )
        )
        for i, unit in enumerate(cost.units)
    )
    return Table(_key("cost", found), both("frontier_costs"), columns, rows)
