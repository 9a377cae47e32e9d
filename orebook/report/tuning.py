"""Tuning: constants before and after, measured against predicted by month."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.chart import Series, line
from orebook.evaluate.tuning.result import Indicator, Tuning
from orebook.evaluate.tuning.words import lines, warnings
from orebook.glossary import Lang
from orebook.process.network import Network
from orebook.report.figures import NARROW, WIDE
from orebook.report.study import study_page
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Fold,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.told import Told
from orebook.report.words import both

__all__ = ["drawn", "tuning_page", "tuning_section"]

CONSTANTS = (
    Column("tuning_constant", "code"),
    Column("unit_of_measure"),
    Column("tuning_before", "own"),
    Column("tuning_value", "own"),
    Column("tuning_error", "own"),
    Column("tuning_low", "own"),
    Column("tuning_high", "own"),
    Column("tuning_note"),
)
INDICATORS = (
    Column("tuning_stream"),
    Column("unit_of_measure"),
    Column("tuning_mean", "own"),
    Column("tuning_rmse_before", "share"),
    Column("tuning_rmse_after", "share"),
)
POINTS = (
    Column("tuning_stream"),
    Column("tuning_month"),
    Column("measured", "own"),
    Column("tuning_sd", "own"),
    Column("tuning_predicted_before", "own"),
    Column("tuning_predicted_after", "own"),
    Column("tuning_residual_before", "sigma"),
    Column("tuning_residual_after", "sigma"),
)
MONTHS = (Column("tuning_month"), Column("tuning_use"), Column("tuning_hash", "code"))
MOST_DRAWN = 4
"""Streams drawn over the months: those the fit moves most [-]."""


def tuning_section(network: Network, tuning: Tuning, place: int = 0) -> Section:
    """Return the chapter on one tuning.

    Parameters
    ----------
    network : Network
        Gives the names.
    tuning : Tuning
        What was fitted.
    place : int
        Its place among several on one page, from 0 [-].
    """
    told = Told(network)
    said = [
        Said(zh.strip(), en.strip())
        for zh, en in zip(lines(tuning, "zh"), lines(tuning, "en"), strict=True)
    ]
    wary = list(warnings(tuning, "en"))
    tables = (
        constant_table(tuning, place),
        indicator_table(tuning, told, place),
        month_table(tuning, place),
    )
    points = point_table(tuning, told, place)
    head = said[: len(said) - len(wary)]
    blocks: tuple[Block, ...] = (
        both("tuning_how"), head[0], *head[1 + len(tuning.estimates) :],
        *said[len(said) - len(wary) :], tables[0], _picture(tuning, told),
        *tables[1:], Fold(points.caption, (points,)),
    )  # fmt: skip
    units = Said(*(", ".join(getattr(network.chain.unit[u], n) for u in tuning.units)
                   for n in ("name", "name_en")))  # fmt: skip
    title = both("tuning_of", units=units)
    return Section(f"tuning-{place + 1}", title, blocks, (*tables, points))


def tuning_page(
    network: Network, tunings: Sequence[Tuning], *, lang: str = "zh"
) -> str:
    """Return tunings as one self-contained page in both languages.

    Parameters
    ----------
    network : Network
        Gives the names.
    tunings : sequence of Tuning
        What was fitted, at least one.
    lang : str
        Language the page opens in.
    """
    sections = tuple(tuning_section(network, t, k) for k, t in enumerate(tunings))
    when = tunings[0].months[-1][0]
    return study_page(network.chain, both("tuning"), when, sections, lang)


def constant_table(tuning: Tuning, place: int = 0) -> Table:
    """Return the constants: fitted ones with their doubt, then those that stay."""
    rows = [
        Row(
            (e.constant.id, e.constant.of, e.constant.start, e.value, e.standard_error,
             e.low, e.high, both("tuning_bound") if e.bound else "")
        )
        for e in tuning.estimates
    ]  # fmt: skip
    rows += [
        Row(
            (h.constant.id, h.constant.of, h.constant.start, None, None, None, None,
             both(_HELD[h.reason]))
        )
        for h in tuning.held
    ]  # fmt: skip
    return Table(
        f"tuning_constants_{place}", both("tuning_constants"), CONSTANTS, tuple(rows)
    )


_HELD = {
    "unseen": "tuning_unseen", "alike": "tuning_alike", "weak": "tuning_weak",
}  # fmt: skip


def indicator_table(tuning: Tuning, told: Told, place: int = 0) -> Table:
    """Return how far the process is from each stream, relative to its mean."""
    rows = tuple(
        Row(
            (_name(told, i.row), i.unit, i.mean, i.rmse_before / abs(i.mean),
             i.rmse_after / abs(i.mean))
        )
        for i in tuning.indicators
        if i.mean != 0.0
    )  # fmt: skip
    caption = both("tuning_indicators")
    return Table(f"tuning_indicators_{place}", caption, INDICATORS, rows)


def month_table(tuning: Tuning, place: int = 0) -> Table:
    """Return the months used, with the hash of their close, and those set aside."""
    rows = [Row((p, both("tuning_used"), h)) for p, h in tuning.months]
    rows += [Row((x.period, Said(x.detail, x.detail), "")) for x in tuning.excluded]
    rows.sort(key=lambda row: str(row.cells[0]))
    return Table(f"tuning_months_{place}", both("tuning_months"), MONTHS, tuple(rows))


def point_table(tuning: Tuning, told: Told, place: int = 0) -> Table:
    """Return measured against predicted, by stream and month."""
    ordered = sorted(tuning.points, key=lambda p: (p.row, p.period))
    rows = tuple(
        Row(
            (_name(told, p.row), p.period, p.measured, p.sd, p.before, p.after,
             (p.measured - p.before) / p.sd, (p.measured - p.after) / p.sd)
        )
        for p in ordered
    )  # fmt: skip
    return Table(f"tuning_points_{place}", both("tuning_points"), POINTS, rows)


def _name(told: Told, row: str) -> Said:
    if row.startswith("balance "):
        return both("tuning_net", good=told.balance(row.removeprefix("balance ")))
    return told.stream(row)


def _picture(tuning: Tuning, told: Told) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return drawn(tuning, told, lang, width)

    return Picture(draw, (WIDE, NARROW))


def drawn(tuning: Tuning, told: Told, lang: Lang, width: float) -> list[Drawing]:
    """Return the streams that the fit moves most, over the months.

    Parameters
    ----------
    tuning : Tuning
        What was fitted.
    told : Told
        Gives the names.
    lang : Lang
        Language of the words.
    width : float
        Width of a picture [px].
    """
    months = [period for period, _ in tuning.months]
    return [
        Drawing("", _line(tuning, i, months, _name(told, i.row).in_(lang), lang, width))
        for i in sorted(tuning.indicators, key=_moved, reverse=True)[:MOST_DRAWN]
    ]


def _moved(i: Indicator) -> float:
    return (i.rmse_before - i.rmse_after) / max(abs(i.mean), 1e-300)


def _line(
    tuning: Tuning, indicator: Indicator, months: Sequence[str], title: str,
    lang: Lang, width: float,
) -> str:  # fmt: skip
    found = {p.period: p for p in tuning.points if p.row == indicator.row}
    at = [found.get(m) for m in months]
    measured = tuple(None if p is None else p.measured for p in at)
    before = tuple(None if p is None else p.before for p in at)
    after = tuple(None if p is None else p.after for p in at)
    series = [
        Series(both("measured").in_(lang), measured),
        Series(both("tuning_before").in_(lang), before),
        Series(both("tuning_after").in_(lang), after),
    ]
    return line(
        series, months, title=title, unit=indicator.unit, lang=lang, width=width
    )
