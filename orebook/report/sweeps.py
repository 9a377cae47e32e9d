"""Sweeps and the tornado as chapters: how the margin follows the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orebook.chart import Series, Swing, line
from orebook.chart import tornado as tornado_chart
from orebook.glossary import Lang
from orebook.plan.scenario.sweep import Sweep
from orebook.plan.scenario.tornado import Tornado
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.told import Told, figure_or, percent
from orebook.report.view import cny
from orebook.report.words import both

__all__ = ["sweep_drawn", "sweep_section", "tornado_drawn", "tornado_section"]

FLOWS = 3
"""Flows shown beside the margin of a sweep [-]."""
LINES = 6
"""Lines of a grid that are drawn at most [-]."""
DRAWN, LISTED = 15, 60
"""Rows of a tornado that are drawn and that are listed [-]."""
SWINGS = (
    Column("datum"),
    Column("datum_down", "money", "CNY"),
    Column("datum_up", "money", "CNY"),
    Column("why_no_plan"),
)


def sweep_section(made: Sweep) -> Section:
    """Return the chapter on a sweep: picture, table, and points without a plan.

    Parameters
    ----------
    made : Sweep
        The margin over one or two data.
    """
    told = Told(made.plan.network)
    names = [told.datum(a.datum) for a in made.axes]
    how = both("sweep_how", datum=names[0], margin=cny(made.plan.margin))
    second = both("sweep_second", datum=names[-1])
    intro = (how, second) if len(names) == 2 else (how,)
    pictured: tuple[Block, ...] = ()
    if made.drawable:
        pictured = (_picture(lambda lang, width: sweep_drawn(made, lang, width)),)
    table = _grid(made) if len(names) == 2 else _points(made, told)
    blocks: tuple[Block, ...] = (*intro, *pictured, table, *_missing(made))
    return Section("sweep", both("sweep"), blocks, (table,))


def _picture(drawn: Callable[[Lang, float], str]) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", drawn(lang, width))]

    return Picture(draw, (WIDE, NARROW))


def _points(made: Sweep, told: Told) -> Table:
    """Return margin, change and the flows that move most at each point."""
    flows = list(made.flows)[:FLOWS]
    unit = {f: made.plan.network.stream[f].unit for f in flows}
    columns = (
        Column("datum_moved"),
        Column("case_margin", "money", "CNY"),
        Column("case_change", "money", "CNY"),
        *(Column(told.stream(f), "own", unit[f]) for f in flows),
    )
    rows = []
    for i, factor in enumerate(made.axes[0].factors):
        margin = float(made.margin[i, 0])
        change = margin - made.plan.margin
        cells = [float(made.flows[f][i, 0]) for f in flows]
        rows.append(
            Row(
                (percent(factor), figure_or(margin),
                 change if change == change else None,
                 *(c if c == c else None for c in cells))
            )
        )  # fmt: skip
    return Table("sweep_points", both("sweep_points"), columns, tuple(rows))


def _grid(made: Sweep) -> Table:
    """Return the margin over both data: the first down, the second across."""
    factors = made.axes[1].factors
    heads = [Said(percent(f), percent(f)) for f in factors]
    columns = (Column("datum_moved"), *(Column(h, "money", "CNY") for h in heads))
    rows = tuple(
        Row((percent(f), *(figure_or(float(v)) for v in row)))
        for f, row in zip(made.axes[0].factors, made.margin, strict=True)
    )
    return Table("sweep_grid", both("sweep_grid"), columns, rows)


def _missing(made: Sweep) -> tuple[Said, ...]:
    """Return why points have no plan, each reason once."""
    reasons: dict[str, list[str]] = {}
    second = made.axes[1].factors if len(made.axes) == 2 else ()
    for i, row in enumerate(made.messages):
        for j, why in enumerate(row):
            if why:
                at = [made.axes[0].factors[i], *second[j : j + 1]]
                reasons.setdefault(why, []).append(" / ".join(map(percent, at)))
    return tuple(
        both("sweep_because", points=", ".join(points), why=why)
        for why, points in reasons.items()
    )


def sweep_drawn(made: Sweep, lang: Lang, width: float = 720.0) -> str:
    """Return the margin over the first datum as SVG text.

    Parameters
    ----------
    made : Sweep
        The sweep; of a grid at most six lines are drawn, evenly spread over the second
        datum.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].

    Raises
    ------
    InputError
        If no point has a plan.
    """
    told = Told(made.plan.network)
    names = [told.datum(a.datum).in_(lang) for a in made.axes]
    known = [j for j in range(made.margin.shape[1])
             if (made.margin[:, j] == made.margin[:, j]).any()]  # fmt: skip
    step = max(len(known) - 1, 1) / max(min(len(known), LINES) - 1, 1)
    chosen = [known[round(i * step)] for i in range(min(len(known), LINES))]
    single = both("case_margin").in_(lang)
    lines = [
        Series(
            percent(made.axes[1].factors[j]) if len(names) == 2 else single,
            tuple(float(v) if v == v else None for v in made.margin[:, j]),
        )
        for j in chosen
    ]
    title = both("sweep_of", datum=names[0]).in_(lang)
    if len(names) == 2:
        title = both("sweep_of_two", datum=names[0], other=names[1]).in_(lang)
    across = [percent(f) for f in made.axes[0].factors]
    return line(
        lines, across, title=title, unit="CNY", lang=lang, width=width, timed=False
    )


def tornado_section(made: Tornado) -> Section:
    """Return the chapter on what each datum moves.

    Parameters
    ----------
    made : Tornado
        The ranking.
    """
    share = f"{100.0 * made.share:g} %"
    how = both("tornado_how", share=share, margin=cny(made.plan.margin))
    pictured: tuple[Block, ...] = ()
    if made.swings:
        pictured = (_picture(lambda lang, width: tornado_drawn(made, lang, width)),)
    table = swing_table(made)
    return Section("tornado", both("tornado"), (how, *pictured, table), (table,))


def swing_table(made: Tornado) -> Table:
    """Return the data by money, the largest first."""
    told = Told(made.plan.network)
    rows = tuple(
        Row((told.datum(s.datum), figure_or(s.down), figure_or(s.up), s.message))
        for s in made.swings
    )
    columns = SWINGS if any(s.message for s in made.swings) else SWINGS[:-1]
    if columns is not SWINGS:
        rows = tuple(Row(r.cells[:-1]) for r in rows)
    rest = None
    if len(rows) > LISTED:
        rest = both("smaller_hidden", count=str(len(rows) - LISTED))
    return Table("swings", both("swings"), columns, rows, most=LISTED, rest=rest)


def tornado_drawn(made: Tornado, lang: Lang, width: float = 720.0) -> str:
    """Return the largest rows of a tornado as SVG text.

    Parameters
    ----------
    made : Tornado
        The ranking, with at least one row.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    told = Told(made.plan.network)
    rows = [
        Swing(
            told.datum(s.datum).in_(lang),
            s.down if s.down == s.down else None,
            s.up if s.up == s.up else None,
        )
        for s in made.swings[:DRAWN]
    ]
    title = both("tornado").in_(lang)
    return tornado_chart(rows, title=title, share=made.share, lang=lang, width=width)
