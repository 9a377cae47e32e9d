"""Price paths and plans under uncertainty as chapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orebook.chart import Bar, Place, bars, histogram
from orebook.glossary import Lang
from orebook.plan.scenario.paths import QUANTILES, PathStudy
from orebook.plan.scenario.risk import tail_mean
from orebook.plan.scenario.two_stage import TwoStage
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Facts,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.told import Told
from orebook.report.view import cny, share
from orebook.report.words import both

__all__ = ["paths_drawn", "paths_section", "two_stage_drawn", "two_stage_section"]

MARKED = (0.05, 0.5, 0.95)
"""Quantiles marked in the picture [-]."""
WORST = 0.1
"""Share of worst paths whose mean is told [-]."""
LISTED = 40
"""Rows of a long table that stand on the page [-]."""
BARS = 16
"""Scenarios drawn as bars; more are drawn as a distribution [-]."""
CLOSE = 0.05
"""Spread of the margins, as a share of them, below which differences are drawn [-]."""
EXPOSURES = (
    Column("contract"),
    Column("planned_money", "money", "CNY"),
    Column("one_percent", "money", "CNY"),
    Column("variance_share", "share"),
)
SCENARIOS = (
    Column("scenario"),
    Column("probability", "share"),
    Column("case_margin", "money", "CNY"),
    Column("if_known", "money", "CNY"),
    Column("by_mean_plan", "money", "CNY"),
)
DECISIONS = (
    Column("case_flows"),
    Column("unit_of_measure"),
    Column("decided_now", "own"),
    Column("of_mean_plan", "own"),
    Column("of_plan", "own"),
    Column("difference_worth", "money", "CNY"),
)


def paths_section(study: PathStudy) -> Section:
    """Return the chapter on a study of price paths.

    Parameters
    ----------
    study : PathStudy
        The margins over the paths.
    """
    gain = float(study.weight @ (study.margin - study.held))
    worst = tail_mean(study.margin, study.weight, WORST)
    facts = Facts(
        (
            (both("expected_margin"), cny(study.mean)),
            (both("deviation"), cny(study.deviation)),
            (both("worst_tenth"), cny(worst)),
            (both("adapting"), cny(gain, signed=True)),
            (both("margin_known_prices"), cny(study.plan.margin)),
        )
    )
    quantiles, exposures = quantile_table(study), exposure_table(study)
    blocks: tuple[Block, ...] = (
        both("paths_how", count=str(len(study.names))),
        *_basis(study.basis),
        facts,
        _picture(lambda lang, width: paths_drawn(study, lang, width)),
        quantiles,
        both("exposure_how"),
        exposures,
    )
    return Section("paths", both("paths"), blocks, (quantiles, exposures))


def _basis(basis: Mapping[str, object]) -> tuple[Said, ...]:
    """Return where the paths are from."""
    if "file" in basis:
        return (both("paths_file", file=str(basis["file"])),)
    if "seed" in basis:
        return (both("paths_seed", seed=str(basis["seed"])),)
    return ()


def _picture(drawn: Callable[[Lang, float], str]) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", drawn(lang, width))]

    return Picture(draw, (WIDE, NARROW))


def _per_cent(part: float) -> str:
    """Return a round share without decimals."""
    return f"{100.0 * part:g} %"


def quantile_table(study: PathStudy) -> Table:
    """Return the margins that are not reached with a probability."""
    rows = tuple(
        Row(
            (
                f"{100.0 * q:g} %",
                study.quantile(q),
                study.quantile(q) - study.plan.margin,
            )
        )
        for q in QUANTILES
    )
    columns = (
        Column("quantile"),
        Column("case_margin", "money", "CNY"),
        Column("case_change", "money", "CNY"),
    )
    return Table("quantiles", both("quantiles"), columns, rows)


def exposure_table(study: PathStudy) -> Table:
    """Return what each contract adds to the spread of the margin, largest first."""
    told = Told(study.plan.network)
    rows = tuple(
        Row((told.contract(e.contract), e.planned, e.one_percent, e.share))
        for e in study.exposures
    )
    return _long("exposures", EXPOSURES, rows)


def _long(name: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Table:
    hidden = len(rows) - LISTED
    rest = both("smaller_hidden", count=str(hidden)) if hidden > 0 else None
    return Table(name, both(name), columns, rows, most=LISTED, rest=rest)


def paths_drawn(study: PathStudy, lang: Lang, width: float = 720.0) -> str:
    """Return the distribution of the margin over the paths as SVG text.

    Parameters
    ----------
    study : PathStudy
        The study.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    marks = [Place(_per_cent(q), study.quantile(q)) for q in MARKED]
    marks.append(Place(both("mean_short").in_(lang), study.mean))
    marks.append(Place(both("plan").in_(lang), study.plan.margin))
    return histogram(
        [float(m) for m in study.margin],
        [float(w) for w in study.weight],
        title=both("margin_distribution").in_(lang),
        marks=marks,
        lang=lang,
        width=width,
    )


def two_stage_section(
    made: TwoStage, names: Mapping[str, Said] | None = None
) -> Section:
    """Return the chapter on a plan whose first periods fit all scenarios.

    Parameters
    ----------
    made : TwoStage
        The plan.
    names : mapping, optional
        Names of the cases that scenarios are made of, by id.
    """
    known = names or {}
    last = made.plan.periods[made.first - 1].name
    what = [Told(made.plan.network).word(COMMON[c]) for c in made.common]
    how = both(
        "two_stage_how",
        count=str(len(made.scenarios)),
        last=last,
        what=Said("、".join(w.zh for w in what), ", ".join(w.en for w in what)),
    )
    scenarios, decisions = scenario_table(made, known), decision_table(made)
    blocks: tuple[Block, ...] = (
        how,
        _worth(made),
        both("two_stage_words"),
        *_why_no_vss(made, known),
        _picture(lambda lang, width: two_stage_drawn(made, lang, width, known)),
        scenarios,
        decisions,
    )
    return Section("two-stage", both("two_stage"), blocks, (scenarios, decisions))


COMMON: Mapping[str, str] = {
    "duty": "unit", "buy": "buy", "sell": "sell", "ship": "send", "stock": "close",
}  # fmt: skip
"""What is decided in common, to its word."""


def _worth(made: TwoStage) -> Facts:
    """Return the figures a decision under uncertainty is judged by."""
    v = made.value
    tail = _per_cent(v.risk.tail)
    pairs = [
        (both("expected_margin"), cny(v.expected)),
        (both("worst_cases", tail=tail), cny(v.worst)),
    ]
    if not v.risk.neutral:
        lifted = v.worst - v.worst_neutral
        pairs.append((both("caution"), cny(v.caution)))
        pairs.append((both("caution_lifts"), cny(lifted, signed=True)))
    pairs.append((both("evpi"), cny(v.evpi)))
    pairs.append((both("vss"), both("none") if v.vss is None else cny(v.vss)))
    return Facts(tuple(pairs))


def _why_no_vss(made: TwoStage, names: Mapping[str, Said]) -> tuple[Said, ...]:
    """Return where the decision of the mean plan cannot be carried out, and why."""
    return tuple(
        both("no_vss", scenario=_named(one.name, names), why=why)
        for one, why in zip(made.scenarios, made.value.why_not, strict=True)
        if why
    )[:1]


def _named(text: str, names: Mapping[str, Said]) -> Said:
    """Return the name of a scenario, made of cases and price paths."""
    parts = [names.get(p, Said(p, p)) for p in text.split(", ")]
    return Said("、".join(p.zh for p in parts), ", ".join(p.en for p in parts))


def scenario_table(made: TwoStage, names: Mapping[str, Said]) -> Table:
    """Return the margin of each scenario; the last row is the mean."""
    v = made.value
    rows = [
        Row(
            (_named(one.name, names), one.probability, float(v.here.margin[k]),
             float(v.wait[k]), carried if carried == carried else both("no_plan"))
        )
        for k, one in enumerate(made.scenarios)
        for carried in (float(v.carried[k]),)
    ]  # fmt: skip
    mean = both("no_plan") if v.of_mean is None else v.of_mean
    total = Row((both("expected_margin"), 1.0, v.expected, v.perfect, mean), "total")
    return Table("scenarios", both("scenarios"), SCENARIOS, (*rows, total))


def decision_table(made: TwoStage) -> Table:
    """Return the decisions of the first periods against the mean plan and the plan."""
    told = Told(made.plan.network)
    rows = tuple(
        Row((told.stream(d.stream), d.unit, d.decided, d.of_mean, d.planned, d.money))
        for d in made.decisions
    )
    return _long("first_decisions", DECISIONS, rows)


def two_stage_drawn(
    made: TwoStage,
    lang: Lang,
    width: float = 720.0,
    names: Mapping[str, Said] | None = None,
) -> str:
    """Return the margin of the scenarios as SVG text: bars, or their distribution.

    Parameters
    ----------
    made : TwoStage
        The plan; over sixteen scenarios are drawn as a distribution.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    names : mapping, optional
        Names of the cases that scenarios are made of, by id.
    """
    v, title = made.value, both("scenario_margins").in_(lang)
    margins = [float(m) for m in v.here.margin]
    if len(made.scenarios) > BARS:
        marks = (
            Place(both("mean_short").in_(lang), v.expected),
            Place(
                both("worst_cases", tail=_per_cent(v.risk.tail)).in_(lang),
                v.worst,
            ),
        )
        return histogram(
            margins,
            [float(p) for p in v.probability],
            title=title,
            marks=marks,
            lang=lang,
            width=width,
        )
    close = max(margins) - min(margins) < CLOSE * max(map(abs, margins))
    base = v.expected if close else 0.0
    rows = [
        Bar(
            _named(one.name, names or {}).in_(lang),
            margins[k] - base,
            float(v.wait[k]) - base,
            share(one.probability).in_(lang),
        )
        for k, one in enumerate(made.scenarios)
    ]
    if close:
        title = both("scenario_differences", margin=cny(v.expected)).in_(lang)
    mark = both("if_known").in_(lang)
    return bars(rows, title=title, mark=mark, change=close, lang=lang, width=width)
