"""A benchmark in lines of text, and the part of it a reader asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log10

from orebook.benchmark.note import Note
from orebook.benchmark.result import REFERENCES, Benchmark, Reference, Row
from orebook.chain.catalogue import named
from orebook.chain.chain import Chain
from orebook.chain.nearest import did_you_mean
from orebook.errors import InputError
from orebook.glossary import Lang

__all__ = ["REFERENCE_NAMES", "narrowed", "told"]

REFERENCE_NAMES: Mapping[str, Note] = {
    "limit": Note("限定值", "limit"),
    "plan": Note("计划", "plan"),
    "own_best": Note("自身最好", "own best"),
    "group_best": Note("集团最好", "group best"),
    "peer": Note("同行", "peer"),
    "theory": Note("理论", "theory"),
}
_SHOWN = 12  # conflicts and figures of no use named in a text [-]
_DIGITS = 4


def narrowed(found: Benchmark, chain: Chain, subject: str) -> Benchmark:
    """Return the part of a benchmark that concerns a centre, a site or a unit.

    Parameters
    ----------
    found : Benchmark
        Of the whole group.
    chain : Chain
        The book.
    subject : str
        Id of a centre (with all below it) or of a unit; of a unit its own rows, or
        those of the plant it is part of where it has none.

    Raises
    ------
    InputError
        If the book has neither of this name.
    """
    if subject in chain.centre:
        inside = set(chain.within(subject))
        rows = [r for r in found.rows if r.centre in inside]
    elif subject in chain.unit:
        rows = [r for r in found.rows if r.plant == subject]
        rows = rows or [r for r in found.rows if subject in r.units]
    else:
        known = [*chain.centre, *chain.unit]
        hint = did_you_mean(subject, known, "see group.toml and sites/")
        raise InputError(
            f"no centre and no unit is called '{subject}'; expected the id of one; "
            f"{hint}"
        )
    kept = {r.plant for r in rows}
    frontiers = tuple(f for f in found.frontiers if f.plant in kept)
    return replace(found, rows=tuple(rows), frontiers=frontiers)


def told(found: Benchmark, lang: Lang, *, against: str = "peer") -> str:
    """Return a benchmark as text: figures, references, money against one of them.

    Parameters
    ----------
    found : Benchmark
        What is told.
    lang : Lang
        Language.
    against : str
        Reference the money is against, of `REFERENCES`.

    Raises
    ------
    InputError
        If no reference is called so.
    """
    if against not in REFERENCES:
        hint = did_you_mean(against, REFERENCES, "choose one")
        raise InputError(
            f"no reference is called '{against}'; expected {', '.join(REFERENCES)}; "
            f"{hint}"
        )
    return "\n".join(_lines(found, lang, against))


def _lines(found: Benchmark, lang: Lang, against: str) -> Iterator[str]:
    name = REFERENCE_NAMES[against].in_(lang)
    yield Note(
        f"{found.period} 对标：{len(found.rows)} 行，金额为相对“{name}”的改进空间"
        "（万元，正数为可改进；* 计入合计）",
        f"benchmark {found.period}: {len(found.rows)} rows; money is the room to "
        f"'{name}' (10 000 CNY, positive is room; * is counted)",
    ).in_(lang)
    plant = None
    for row in found.rows:
        if row.plant != plant:
            plant = row.plant
            yield _head(found, row, lang, against)
        yield _row(row, lang, against)
    yield from _frontiers(found, lang)
    yield from _visible(found, lang)


def _head(found: Benchmark, row: Row, lang: Lang, against: str) -> str:
    of = f" ({row.of})" if row.of else ""
    if row.plant not in found.plants():
        return f"{row.plant}{of}"
    money = found.total(against, row.plant) / 1e4
    total = Note("合计", "sum of leaves").in_(lang)
    return f"{row.plant}{of}: {total} {money:+,.1f}"


def _row(row: Row, lang: Lang, against: str) -> str:
    label = named(row.indicator, lang)
    if row.reading is None:
        return f"  {label}: - ({row.reason.in_(lang) or '-'})"
    value = f"{number(row.reading.value)} {row.indicator.unit}"
    grade = "" if row.grade is None else f" [{_grade(row.grade, lang)}]"
    marks = "  ".join(
        f"{REFERENCE_NAMES[k].in_(lang)} {number(r.level)}"
        for k, r in row.references.items()
        if r.level is not None
    )
    return f"  {label}: {value}{grade}  {_money(row.references[against])} | {marks}"


def _grade(grade: int, lang: Lang) -> str:
    if grade:
        return Note(f"{grade} 级", f"grade {grade}").in_(lang)
    return Note("未达 3 级", "beyond the last grade").in_(lang)


def _money(reference: Reference) -> str:
    if reference.money is None:
        return "-"
    shown = round(reference.money / 1e4, 1) + 0.0  # no minus before nought
    return f"{shown:+,.1f}{'*' if reference.leaf else ''}"


def number(value: float) -> str:
    """Return a figure with four significant digits, thousands apart.

    Parameters
    ----------
    value : float
        The figure.

    Examples
    --------
    >>> number(12794.3), number(91.732), number(0.0)
    ('12,794', '91.73', '0')
    """
    if value == 0.0:
        return "0"
    size = int(log10(abs(value))) + 1
    return f"{value:,.{max(0, _DIGITS - max(size, 1))}f}"


def _frontiers(found: Benchmark, lang: Lang) -> Iterator[str]:
    for one in found.frontiers:
        if one.compared:
            room = f"{one.profit_gap / 1e4:+,.1f}"
            yield Note(
                f"{one.plant} 与利润前沿（{one.best}，共比较 {len(one.compared)} 个）"
                f"相差 {room} 万元",
                f"{one.plant}: profit gap to the frontier {room} x 10 000 CNY "
                f"(best {one.best} of {len(one.compared)})",
            ).in_(lang)


def _visible(found: Benchmark, lang: Lang) -> Iterator[str]:
    for c in found.conflicts[:_SHOWN]:
        values = ", ".join(map(number, c.values))
        yield Note(
            f"同行数据矛盾：{c.indicator} {c.peer} {c.period}：{values} {c.unit}，"
            f"采用 {number(c.used)}",
            f"peers in conflict: {c.indicator} {c.peer} {c.period}: {values} {c.unit}; "
            f"{number(c.used)} is used",
        ).in_(lang)
    for u in found.unused[:_SHOWN]:
        head = Note("未采用的同行数据", "peer figure not used").in_(lang)
        yield f"{head}: {u.file}:{u.line} {u.indicator} {u.peer}: {u.reason}"
    hidden = len(found.unused) - _SHOWN
    if hidden > 0:
        yield Note(
            f"另有 {hidden} 条，见 --json", f"and {hidden} more, see --json"
        ).in_(lang)
    if found.missing:
        names = ", ".join(i.id for i in found.missing)
        yield Note(f"账册无从计量：{names}", f"not measured by this book: {names}").in_(
            lang
        )
