"""The lab: schemes side by side on the history, and what gaming them would bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from orebook.chain.chain import Chain
from orebook.chart import Bar, Series, bars, line
from orebook.glossary import Lang
from orebook.report.figures import NARROW, WIDE
from orebook.report.study import study_page
from orebook.report.table import (
    Block,
    Cell,
    Column,
    Drawing,
    Fold,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.words import both
from orebook.reward.lab.lab import Lab, Trial
from orebook.reward.wording import in_words

__all__ = ["lab_page", "lab_section", "write_lab"]

MOST_TEAMS = 14
"""Teams drawn at most [-]."""


def write_lab(chain: Chain, lab: Lab, out: Path, *, lang: str) -> str:
    """Write the lab as one page; returns the file.

    Parameters
    ----------
    chain : Chain
        The book, for its names.
    lab : Lab
        One or two schemes tried.
    out : Path
        File.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(lab_page(chain, lab, lang), encoding="utf-8")
    return str(out)


def lab_page(chain: Chain, lab: Lab, lang: str) -> str:
    """Return the lab as HTML in both languages.

    Parameters
    ----------
    chain : Chain
        The book, for its names.
    lab : Lab
        One or two schemes tried.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    periods = lab.trials[0].replay.panel.periods
    section = lab_section(chain, lab)
    return study_page(chain, section.title, periods[-1], (section,), lang)


def lab_section(chain: Chain, lab: Lab) -> Section:
    """Return the chapter on schemes tried.

    Parameters
    ----------
    chain : Chain
        The book, for its names.
    lab : Lab
        One or two schemes tried.
    """
    figures, attacks = figure_table(lab), attack_table(lab)
    months, teams = month_table(lab), team_table(chain, lab)
    periods = lab.trials[0].replay.panel.periods
    said = both("lab_span", count=str(len(periods)), first=periods[0], last=periods[-1])
    missing = tuple(
        both("lab_missing", period=p, why=why) for p, why in lab.missing.items()
    )
    blocks: list[Block] = [said, *missing, figures, both("lab_attacks_how")]
    blocks += [_attack_picture(lab), attacks, *_links()]
    blocks += [_team_picture(chain, lab), teams, _month_picture(lab), months]
    blocks += [_scheme(t) for t in lab.trials]
    return Section(
        "lab", both("lab_title"), tuple(blocks), (figures, attacks, teams, months)
    )


def _name(trial: Trial) -> Said:
    return Said(trial.scheme.name, trial.scheme.name_en or trial.scheme.name)


def _columns(lab: Lab, *rest: Column) -> tuple[Column, ...]:
    return (*(Column(_name(t), "money", "CNY") for t in lab.trials), *rest)


def figure_table(lab: Lab) -> Table:
    """Return the figures of each scheme, one row each."""
    rows = [Row((both(key), *(read(t) for t in lab.trials))) for key, read in _FIGURES]
    columns = (Column("lab_figure"), *(Column(_name(t)) for t in lab.trials))
    return Table("lab_figures", both("lab_figures"), columns, tuple(rows))


def _yuan(value: float) -> str:
    return f"{value:,.2f}"


def _part(value: float | None) -> Cell:
    return both("lab_none") if value is None else f"{value:.0%}"


def _number(value: float | None) -> Cell:
    return both("lab_none") if value is None else f"{value:+.2f}"


_FIGURES: Sequence[tuple[str, Callable[[Trial], Cell]]] = (
    ("lab_cost", lambda t: _yuan(t.figures.cost)),
    ("lab_fund", lambda t: _yuan(t.figures.fund)),
    ("lab_least", lambda t: f"{t.figures.worst:.2f}"),
    ("lab_middle", lambda t: f"{t.figures.middle:.2f}"),
    ("lab_most", lambda t: f"{t.figures.best:.2f}"),
    ("lab_gini", lambda t: f"{t.figures.inequality:.2f}"),
    ("lab_below", lambda t: _part(t.figures.penalised)),
    ("lab_vetoed", lambda t: _part(t.figures.vetoed)),
    ("lab_tie", lambda t: _number(t.figures.margin_tie)),
    ("lab_flat", lambda t: _part(t.figures.flat)),
    ("lab_declared", lambda t: _part(t.figures.declared_ratchet)),
    ("lab_ratchet", lambda t: _number(t.figures.ratchet)),
    ("lab_effective", lambda t: _part(t.figures.effective_share)),
)


def attack_table(lab: Lab) -> Table:
    """Return what each attack brings under each scheme."""
    rows = []
    for k, first in enumerate(lab.trials[0].attacks):
        cells: list[Cell] = [both(f"attack_{first.name}")]
        for trial in lab.trials:
            attack = trial.attacks[k]
            months = len(trial.replay.panel.periods)
            verdict = "lab_pays" if attack.pays(months) else "lab_pays_not"
            cells.append(attack.money)
            cells.append(both(verdict if attack.applies else "lab_nothing"))
        rows.append(Row(tuple(cells)))
    columns = [Column("lab_attack")]
    for trial in lab.trials:
        columns += [Column(_name(trial), "money", "CNY"), Column("lab_verdict")]
    return Table("lab_attacks", both("lab_attacks"), tuple(columns), tuple(rows))


def _links() -> tuple[Block, ...]:
    """Return what each attack does to the facts."""
    names = ("month_end_shift", "stock_build", "splitting", "false_report",
             "equal_loafing", "substitution")  # fmt: skip
    lines = tuple(
        both("lab_link", attack=both(f"attack_{n}"), link=both(f"link_{n}"))
        for n in names
    )
    return (Fold(both("lab_links"), lines),)


def team_table(chain: Chain, lab: Lab) -> Table:
    """Return what each team gets under each scheme."""
    if len(lab.trials) > 1:
        rows = [
            Row((_team(chain, m.team), m.after, m.before, m.change,
                 m.rank_after or None, m.rank_before or None))
            for m in lab.moved()
        ]  # fmt: skip
        columns = (
            Column("team"), *_columns(lab), Column("lab_change", "money", "CNY"),
            Column("lab_rank", "count"), Column("lab_rank_before", "count"),
        )  # fmt: skip
    else:
        trial = lab.trials[0]
        ranked = sorted(trial.replay.panel.teams, key=lambda t: -trial.total(t))
        rows = [Row((_team(chain, t), trial.total(t))) for t in ranked]
        columns = (Column("team"), *_columns(lab))
    return Table("lab_teams", both("lab_teams"), columns, tuple(rows), most=40)


def _team(chain: Chain, team: str) -> Said:
    centre = chain.centre.get(team)
    if centre is None:
        return Said(team, team)
    return Said(centre.name, centre.name_en or centre.name)


def month_table(lab: Lab) -> Table:
    """Return what each month costs, and the margin of the group."""
    first = lab.trials[0].replay.panel
    rows = [
        Row((p, *(int(t.replay.cents[k].sum()) / 100 for t in lab.trials),
             float(first.margin[k])))
        for k, p in enumerate(first.periods)
    ]  # fmt: skip
    columns = (
        Column("lab_month"),
        *_columns(lab, Column("lab_margin", "money", "CNY")),
    )
    return Table("lab_months", both("lab_months"), columns, tuple(rows))


def _attack_picture(lab: Lab) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        new, *old = lab.trials
        rows = [
            Bar(
                both(f"attack_{a.name}").in_(lang),
                a.money,
                old[0].attacks[k].money if old else None,
            )
            for k, a in enumerate(new.attacks)
        ]
        title = both("lab_attack_title", scheme=_name(new)).in_(lang)
        mark = _name(old[0]).in_(lang) if old else ""
        drawn = bars(rows, title=title, lang=lang, mark=mark, width=width)
        return [Drawing("", drawn)]

    return Picture(draw, (WIDE, NARROW))


def _team_picture(chain: Chain, lab: Lab) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        trial = lab.trials[0]
        teams = trial.replay.panel.teams
        if len(lab.trials) > 1:
            moved = sorted(lab.moved(), key=lambda m: -abs(m.change))[:MOST_TEAMS]
            found = sorted(moved, key=lambda m: -m.change)
            rows = [Bar(_team(chain, m.team).in_(lang), m.change) for m in found]
        else:
            ranked = sorted(teams, key=lambda t: -trial.total(t))[:MOST_TEAMS]
            rows = [Bar(_team(chain, t).in_(lang), trial.total(t)) for t in ranked]
        change = len(lab.trials) > 1
        title = both("lab_moved_title" if change else "lab_teams").in_(lang)
        drawn = bars(rows, title=title, lang=lang, change=change, width=width)
        return [Drawing("", drawn)]

    return Picture(draw, (WIDE, NARROW))


def _month_picture(lab: Lab) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        periods = lab.trials[0].replay.panel.periods
        series = [
            Series(
                _name(t).in_(lang),
                tuple(int(row.sum()) / 100 for row in t.replay.cents),
            )
            for t in lab.trials
        ]
        title = both("lab_months_title").in_(lang)
        drawn = line(
            series,
            periods,
            title=title,
            unit="CNY",
            lang=lang,
            width=width,
            nought=True,
        )
        return [Drawing("", drawn)]

    return Picture(draw, (WIDE, NARROW))


def _scheme(trial: Trial) -> Fold:
    """Return the scheme in plain words, in its fixed order."""
    printed = in_words(trial.scheme)
    zh, en = (printed.text(lang).splitlines() for lang in ("zh", "en"))
    lines = tuple(Said(z.strip(), e.strip()) for z, e in zip(zh, en, strict=True))
    return Fold(both("lab_scheme", scheme=_name(trial)), lines)
