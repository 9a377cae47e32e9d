"""Diagnosis on the page: from base to actual by workshop and factor, and in money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

from orebook.chart import Cause, deviation
from orebook.errors import InputError
from orebook.evaluate.diagnose.diagnose import Told, diagnose
from orebook.evaluate.diagnose.factor import Factor
from orebook.evaluate.diagnose.measure import REST
from orebook.evaluate.diagnose.result import (
    Diagnosis,
    Indicator,
    Money,
)
from orebook.evaluate.diagnose.tie import UNEXPLAINED
from orebook.glossary import Lang
from orebook.glossary.indices import index_term
from orebook.glossary.settings import setting_name
from orebook.report.figures import NARROW, WIDE
from orebook.report.names import Names, known
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
from orebook.report.view import View, cny
from orebook.report.words import both

__all__ = ["diagnosis_section", "diagnosis_tables", "month_diagnosis"]

MOST = 18
"""Rows of a long table on the page [-]."""
SEEN = 0.01
"""Effects below this share of the largest go together in a picture [-]."""
NOTHING = 0.005
"""Money that a table of causes leaves out [CNY]."""

WORKSHOPS = (
    Column("diagnosis_who"),
    Column("money_effect", "money", "CNY"),
    Column("metering_doubt", "money", "CNY"),
)
CAUSES = (
    Column("cause"),
    Column("diagnosis_who"),
    Column("diagnosis_base", "own"),
    Column("diagnosis_real", "own"),
    Column("unit_of_measure"),
    Column("money_effect", "money", "CNY"),
    Column("metering_doubt", "money", "CNY"),
    Column("diagnosis_proof"),
)
INDICATORS = (
    Column("diagnosis_indicator"),
    Column("cause"),
    Column("diagnosis_who"),
    Column("diagnosis_effect", "own"),
    Column("diagnosis_doubt", "own"),
    Column("diagnosis_classic", "own"),
    Column("unit_of_measure"),
    Column("diagnosis_money", "money", "CNY"),
)
PARTS = (
    Column("diagnosis_part"),
    Column("diagnosis_base", "own"),
    Column("diagnosis_real", "own"),
    Column("diagnosis_change", "own"),
    Column("unit_of_measure"),
    Column("diagnosis_main_cause"),
)
CHARGED = (
    Column("diagnosis_charged"),
    Column("diagnosis_caused"),
    Column("money_effect", "money", "CNY"),
    Column("metering_doubt", "money", "CNY"),
)
TIE = (Column("what"), Column("amount", "money", "CNY"))


def month_diagnosis(view: View) -> tuple[Section, ...]:
    """Return the chapter of a month: the whole group against its plan.

    None where no unit can be judged.
    """
    result = view.result
    told = Told(
        view.plan.network_of(0), result.priced.prices, view.planned,
        view.plan.assays(0), result.closed, (), result.variance,
    )  # fmt: skip
    try:
        found = diagnose(told, view.chain.root.id)
    except InputError:
        return ()
    return (diagnosis_section(found, view.names),)


def diagnosis_section(found: Diagnosis, names: Names) -> Section:
    """Return a diagnosis as a chapter.

    Parameters
    ----------
    found : Diagnosis
        What was found.
    names : Names
        Names of the book.
    """
    tables = diagnosis_tables(found, names)
    stated = [(w, i) for w in found.works for i in w.indicators if i.parts or _own(i)]
    pictures = [_picture(found, w.name, i, names) for w, i in stated]
    first, rest = tables[:2], tables[2:]
    blocks: list[Block] = [both("diagnosis_how"), _head(found), *first]
    if said := tuple(_moved(found, names)):
        count = sum(len(w.found) for w in found.works)
        blocks.append(Fold(both("diagnosis_judged", count=str(count)), said))
    blocks += [*pictures, *rest]
    if found.skipped:
        units = [names.of("unit", u) for u in found.skipped]
        blocks.append(both("diagnosis_skipped", units=_listed(units)))
    return Section("diagnosis", both("diagnosis"), tuple(blocks), tables)


def _own(indicator: Indicator) -> bool:
    """Return whether the kind states it: it stands in the glossary by its own name."""
    return index_term(indicator.name) is not None


def _head(found: Diagnosis) -> Said:
    return both(
        "diagnosis_head",
        base=_base(found),
        total=cny(found.total, signed=True),
        period=found.period,
    )


def _base(found: Diagnosis) -> Said:
    if found.base == "fair":
        return both("diagnosis_fair")
    return both("plan") if found.base == "plan" else Said(found.base, found.base)


def _moved(found: Diagnosis, names: Names) -> Iterator[Said]:
    """Yield a sentence for each setting that moved, and one for those none can tell."""
    still = [w for w in found.works if w.settings and not w.found]
    for w in found.works:
        for f in w.found:
            others = [_setting(u, n, names) for u, n in f.alike]
            yield both(
                "diagnosis_alike" if others else "diagnosis_moved",
                setting=_setting(f.unit, f.name, names),
                planned=f"{f.planned:.5g}",
                value=f"{f.value:.5g}",
                sd=f"{f.sd:.2g}",
                of=f.of,
                seen=_listed([names.stream(f"{u}.{p}") for u, p in f.seen_at]),
                others=_listed(others),
            )
    if still:
        units = _listed([names.of("unit", w.name) for w in still])
        count = str(sum(w.settings for w in still))
        yield both("diagnosis_still", units=units, count=count)


def _listed(said: Sequence[Said]) -> Said:
    return Said("、".join(s.zh for s in said), ", ".join(s.en for s in said))


def _setting(unit: str, name: str, names: Names) -> Said:
    en, zh = setting_name(name)
    return both("of_unit", unit=names.of("unit", unit), what=Said(zh, en))


def _factor(factor: Factor, names: Names) -> Said:
    """Return what a factor is called."""
    if factor.kind == "setting":
        return _setting(factor.unit, factor.name, names)
    if factor.kind == "feed":
        port, colon, component = factor.name.rpartition(":")
        if not colon:
            port, component = component, ""
        material = names.of("material", port) if port else both("diagnosis_feeds")
        what = component or both("diagnosis_quality")
        return both("of_unit", unit=material, what=what)
    if factor.kind == "mix":
        return both("diagnosis_mix", unit=names.of("unit", factor.unit))
    return both("diagnosis_unexplained")


def _indicator(indicator: Indicator, names: Names) -> Said:
    term = index_term(indicator.name)
    if term is not None:
        return Said(term.zh, term.en)
    material = indicator.name.removesuffix("_per_unit")
    return both("diagnosis_per_unit", material=names.of("material", material))


def _titled(unit: str, indicator: Indicator, names: Names) -> Said:
    """Return an indicator with the works it is of."""
    said = _indicator(indicator, names)
    return both("of_unit", unit=names.of("unit", unit), what=said)


def _picture(
    found: Diagnosis, unit: str, indicator: Indicator, names: Names
) -> Picture:
    """Return the way from base to actual, workshops first."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        causes = []
        ranked = sorted(indicator.by_centre().items(), key=lambda item: -abs(item[1]))
        least = SEEN * max([abs(e) for _, e in ranked], default=0.0)
        rest = [e for _, e in ranked if abs(e) < least]
        for centre, effect in ranked[: len(ranked) - len(rest)]:
            mine = [s for s in indicator.shares if s.factor.centre == centre]
            doubt = hypot(*(s.doubt for s in mine))
            single = _factor(mine[0].factor, names).in_(lang) if len(mine) == 1 else ""
            label = names.centre(centre).in_(lang)
            label = f"{label}: {single}" if single else label
            causes.append(Cause(label, effect, doubt))
            for s in sorted(mine, key=lambda s: -abs(s.effect)) if not single else ():
                said = _factor(s.factor, names).in_(lang)
                if abs(s.effect) >= least:
                    causes.append(Cause(said, s.effect, s.doubt, level=1))
        if rest:
            said = both("diagnosis_small", count=str(len(rest))).in_(lang)
            causes.append(Cause(said, sum(rest)))
        svg = deviation(
            causes,
            ends=(indicator.base, indicator.actual),
            names=(_base(found).in_(lang), both("actual").in_(lang)),
            title=_titled(unit, indicator, names).in_(lang),
            unit="" if indicator.unit == "-" else indicator.unit,
            better="higher" if indicator.better == "higher" else "lower",
            lang=lang,
            width=width,
        )
        return [Drawing("", svg)]

    return Picture(draw, (WIDE, NARROW))


def diagnosis_tables(found: Diagnosis, names: Names) -> tuple[Table, ...]:
    """Return the tables of a diagnosis that have any row.

    Parameters
    ----------
    found : Diagnosis
        What was found.
    names : Names
        Names of the book.
    """
    made = (
        ("diagnosis_workshops", WORKSHOPS, _workshops(found, names)),
        ("diagnosis_causes", CAUSES, _causes(found, names)),
        ("diagnosis_indicators", INDICATORS, _split(found, names)),
        ("diagnosis_parts", PARTS, _parts(found, names)),
        ("diagnosis_blame", CHARGED, _blame(found, names)),
        ("diagnosis_tie", TIE, _tie(found)),
    )
    return tuple(
        Table(name, both(name), columns, tuple(rows), most=None if len(rows) <= MOST
              else MOST, rest=None if len(rows) <= MOST
              else both("rows_in_workbook", count=str(len(rows) - MOST)))
        for name, columns, rows in made
        if rows
    )  # fmt: skip


def _workshops(found: Diagnosis, names: Names) -> list[Row]:
    doubt: dict[str, float] = {}
    for w in found.works:
        for centre, (_, sd) in w.by_centre().items():
            doubt[centre] = hypot(doubt.get(centre, 0.0), sd)
    rows = [
        Row((names.centre(c), m, doubt[c] or None))
        for c, m in found.by_centre().items()
    ]
    whole = hypot(*doubt.values()) if doubt else 0.0
    return [*rows, Row((both("diagnosis_total"), found.total, whole), "total")]


def _causes(found: Diagnosis, names: Names) -> list[Row]:
    money = [m for w in found.works for m in w.money if abs(m.amount) >= NOTHING]
    ranked = sorted(money, key=lambda m: (not m.certain, -abs(m.amount)))
    return [_cause(m, names) for m in ranked]


def _cause(m: Money, names: Names) -> Row:
    f = m.factor
    proof = both("diagnosis_proven" if m.certain else "diagnosis_open")
    if f.found is not None and f.found.alike:
        proof = both("diagnosis_disputed")
    share = f.of == "-" and f.kind == "feed"
    unit = "%" if share else f.of
    base, real = (None if v is None else v * (100.0 if share else 1.0)
                  for v in (f.base, f.actual))  # fmt: skip
    return Row(
        (_factor(f, names), names.centre(f.centre), base, real, unit, m.amount,
         m.doubt or None, proof)
    )  # fmt: skip


def _split(found: Diagnosis, names: Names) -> list[Row]:
    rows = []
    for w in found.works:
        for i in w.indicators:
            name = _indicator(i, names)
            title = both("of_unit", unit=names.of("unit", w.name), what=name)
            money = i.money or (None,) * len(i.shares)
            total = None if i.money is None else sum(i.money)
            way = both("diagnosis_way", base=f"{i.base:.5g}", actual=f"{i.actual:.5g}")
            rows.append(
                Row((title, way, "", i.change, None, i.change - i.joint, i.unit, total),
                    "group")
            )  # fmt: skip
            ranked = sorted(zip(i.shares, money, strict=True),
                            key=lambda pair: -abs(pair[0].effect))  # fmt: skip
            for s, worth in ranked:
                cells = (
                    name, _factor(s.factor, names), names.centre(s.factor.centre),
                    s.effect, s.doubt or None, s.classic, i.unit, worth,
                )  # fmt: skip
                rows.append(Row(cells, level=1))
    return rows


def _parts(found: Diagnosis, names: Names) -> list[Row]:
    rows = []
    for w in found.works:
        for i in w.indicators:
            for p in i.parts:
                sizes = [abs(e) for e in p.effects]
                most = i.shares[sizes.index(max(sizes))] if sizes else None
                cause = "" if most is None else _factor(most.factor, names)
                rows.append(
                    Row((_part(p.name), p.base, p.actual, p.actual - p.base, i.unit,
                         cause))
                )  # fmt: skip
    return rows


def _part(name: str) -> Said:
    if name == REST:
        return both("diagnosis_rest")
    term = index_term(name)
    return known(name) if term is None else Said(term.zh, term.en)


def _blame(found: Diagnosis, names: Names) -> list[Row]:
    rows = []
    for w in found.works:
        if not w.found:
            continue
        for c in w.charged:
            cause = (
                both("diagnosis_unexplained")
                if c.cause == UNEXPLAINED
                else names.centre(c.cause)
            )
            rows.append(Row((names.centre(c.centre), cause, c.amount, c.doubt or None)))
    return rows


def _tie(found: Diagnosis) -> list[Row]:
    ties = [w.tie for w in found.works if w.tie is not None]
    if not ties:
        return []
    effects = {k: sum(t.effects[k] for t in ties) for k in ties[0].effects}
    rows = [Row((both(k), v)) for k, v in effects.items()]
    rows.append(Row((both("diagnosis_output"), -sum(t.output for t in ties))))
    total = sum(t.diagnosis for t in ties)
    return [*rows, Row((both("diagnosis_total"), total), "total")]
