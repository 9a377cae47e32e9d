"""Reading the cases of a book: all of them, or all their mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orebook.chain.book_files import case_files, read_source
from orebook.chain.calendar import period
from orebook.chain.case import (
    Case,
    CaseDelay,
    CaseDraw,
    CaseHead,
    CaseLimit,
    CaseOutage,
    CasePrice,
    CaseSpec,
    CaseStock,
)
from orebook.chain.chain import Chain, good
from orebook.chain.entries import Row, read_rows
from orebook.chain.fields import Entry
from orebook.chain.locate import Path as Place
from orebook.chain.measures import Form, problem
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import BookError, InputError, Mistake
from orebook.quantity import Measure

__all__ = ["read_cases"]

PARTS: Mapping[str, type[Entry]] = {
    "prices": CasePrice,
    "outages": CaseOutage,
    "stocks": CaseStock,
    "delays": CaseDelay,
    "specs": CaseSpec,
    "limits": CaseLimit,
    "draws": CaseDraw,
}
"""Sections of a case that hold what differs; fields of `Case` of the same name."""

_TEXTS = ("name", "name_en", "author", "reason")
_REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "prices": (("contract", "contract"), ("series", "price series")),
    "outages": (("unit", "unit or route"),),
    "stocks": (("store", "store"),),
    "delays": (("contract", "contract"),),
    "specs": (("sale", "sale"),),
    "limits": (("subject", "limit"),),
    "draws": (("draw", "draw"),),
}
"""Section: (field, what it names)."""


def read_cases(folder: Path, chain: Chain, units: Mapping[str, str]) -> dict[str, Case]:
    """Read the cases in the folder of a book.

    Parameters
    ----------
    folder : Path
        Folder of the book; the cases lie in ``cases/``.
    chain : Chain
        The book, which must be right.
    units : mapping
        Everything whose amount can be limited, to the unit it counts in: ``"buy:coal"``
        to ``"t"``.

    Returns
    -------
    dict of str to Case
        By name, in order of name; empty where the book has none.

    Raises
    ------
    BookError
        If a case is wrong; lists all mistakes with file and line.
    """
    rows: dict[str, list[Row]] = {}
    mistakes: list[Mistake] = []
    for path in case_files(folder):
        source, wrong = read_source(path, folder, "case")
        found, more = read_rows(source)
        rows[path.stem] = found
        mistakes += [*wrong, *more]
    known = _Known.of(chain, units, rows)
    for name, some in rows.items():
        for row in some:
            mistakes += _reference(row, known)
            if row.entry is not None:
                mistakes += _entry(row, known)
        mistakes += _circular(name, rows)
    if mistakes:
        raise BookError(sorted(dict.fromkeys(mistakes), key=_order))
    return {name: _case(name, some) for name, some in rows.items()}


def _order(mistake: Mistake) -> tuple[str, int]:
    return mistake.file, mistake.line or 0


def _case(name: str, rows: list[Row]) -> Case:
    head = next(row.entry for row in rows if isinstance(row.entry, CaseHead))
    parts = {
        section: tuple(row.entry for row in rows if row.section == section)
        for section in PARTS
    }
    return Case(name, head, **parts)  # type: ignore[arg-type]  # each checked as PARTS


@dataclass(frozen=True, slots=True)
class _Known:
    """What a case may name, and the unit each thing counts in."""

    names: Mapping[str, tuple[str, ...]]
    units: Mapping[str, str]

    @classmethod
    def of(cls, chain: Chain, units: Mapping[str, str], cases: Iterable[str]) -> _Known:
        """Collect the names of a book."""
        contracts = [f"buy:{p.id}" for p in chain.purchases]
        contracts += [f"sell:{s.id}" for s in chain.sales]
        machines = [*(u.id for u in chain.units), *(r.id for r in chain.routes)]
        names = {
            "contract": tuple(contracts),
            "price series": tuple(chain.series),
            "unit or route": tuple(machines),
            "store": tuple(s.id for s in chain.stores),
            "sale": tuple(s.id for s in chain.sales),
            "limit": tuple(k for k in units if not k.startswith("draw:")),
            "draw": tuple(d.id for d in chain.draws),
            "case": tuple(cases),
        }
        goods = {f"buy:{p.id}": p.good for p in chain.purchases}
        goods |= {f"sell:{s.id}": s.goods[0] for s in chain.sales}
        own = {k: chain.material[good(g).material].unit for k, g in goods.items()}
        series = {f"series:{k}": s.unit for k, s in chain.series.items()}
        return cls(names, {**units, **own, **series})


def _reference(row: Row, known: _Known) -> Iterator[Mistake]:
    fields = _REFERENCES.get(row.section, ())
    if row.section == "case":
        fields = (("base", "case"),)
    for name, what in fields:
        text = row.raw.get(name)
        names = known.names[what]
        if isinstance(text, str) and text not in names:
            yield row.mistake(
                (name,),
                f"no {what} is called '{text}'",
                f"one of {listed(names)}",
                did_you_mean(text, names, "correct the name"),
            )


def _circular(name: str, rows: Mapping[str, list[Row]]) -> Iterator[Mistake]:
    """Yield a case that builds on itself."""
    seen, at = [name], name
    while True:
        head = next((r for r in rows[at] if isinstance(r.entry, CaseHead)), None)
        base = getattr(head.entry, "base", None) if head is not None else None
        if head is None or base is None or base not in rows:
            return
        if base == name:
            first = next(r for r in rows[name] if isinstance(r.entry, CaseHead))
            yield first.mistake(
                ("base",),
                f"builds on itself: {' on '.join([*seen, name])}",
                "a case that does not build on this one",
                "remove base in one of them",
            )
            return
        if base in seen:
            return  # told where the circle is
        seen.append(base)
        at = base


def _entry(row: Row, known: _Known) -> Iterator[Mistake]:
    """Yield what is wrong in an entry that is right field by field."""
    yield from _words(row)
    yield from _periods(row)
    match row.entry:
        case CasePrice():
            yield from _price(row, row.entry, known)
        case CaseOutage() if row.entry.first > row.entry.last:
            yield row.mistake(
                ("first",),
                f"is after last = {row.entry.last}",
                "first at most last",
                "exchange or correct the dates",
            )
        case CaseStock():
            unit = known.units.get(f"store:{row.entry.store}")
            yield from _quantity(row, "amount", row.entry.amount, unit)
        case CaseDelay():
            unit = known.units.get(row.entry.contract)
            yield from _quantity(row, "amount", row.entry.amount, unit)
        case CaseSpec():
            yield from _spec(row, row.entry)
        case CaseLimit() | CaseDraw():
            yield from _limit(row, row.entry, known)
        case _:
            return


def _words(row: Row) -> Iterator[Mistake]:
    if row.section == "case":
        for name in _TEXTS:
            if not str(row.raw.get(name, "")).strip():
                yield row.mistake((name,), "is empty", "a text", f"fill {name}")


def _periods(row: Row) -> Iterator[Mistake]:
    fields: list[tuple[Place, str]] = [
        (("periods", i), text) for i, text in enumerate(_list(row.raw.get("periods")))
    ]
    if isinstance(row.entry, CaseDelay):
        fields += [(("since",), row.entry.since), (("until",), row.entry.until)]
    for path, text in fields:
        try:
            period(text)
        except InputError:
            yield row.mistake(
                path,
                "is not a period",
                "a period of the calendar",
                "write for example 2026-05",
            )


def _list(value: object) -> list[str]:
    return [x for x in value if isinstance(x, str)] if isinstance(value, list) else []


def _price(row: Row, entry: CasePrice, known: _Known) -> Iterator[Mistake]:
    if (entry.contract is None) == (entry.series is None):
        yield row.mistake(
            ("contract",),
            "is to stand alone or give way to series",
            "contract or series, one of the two",
            "name one of them",
        )
        return
    yield from _changed(row, entry.price, entry.factor, "price")
    if entry.contract is not None:
        unit = known.units.get(entry.contract)
        money = None if unit is None else f"CNY/{unit}"
    else:
        money = known.units.get(f"series:{entry.series}")
    if entry.price is not None and money is not None:
        told = problem(entry.price, Form("price", money, signed=True), "")
        if told:
            yield row.mistake(("price",), *told)


def _changed(
    row: Row, value: Measure | None, factor: float, name: str
) -> Iterator[Mistake]:
    """Yield what is wrong where a value or a factor is to be given."""
    if value is None and factor == 1.0:
        yield row.mistake(
            (name,),
            "is missing, and so is factor; nothing differs",
            f"{name} or factor",
            f"add {name} = ... or factor = 1.05",
        )
    if value is not None and "factor" in row.raw:
        yield row.mistake(
            ("factor",),
            f"stands beside {name}",
            f"{name} or factor, not both",
            "remove one",
        )
    if factor < 0:
        yield row.mistake(
            ("factor",), "is negative", "at least 0", "write 0.9 for a tenth less"
        )


def _quantity(
    row: Row, name: str, value: Measure, unit: str | None, *, per_time: bool = False
) -> Iterator[Mistake]:
    if unit is None:
        return  # of something the book does not have; reported as such
    told = problem(value, Form(name, unit, per_time=per_time), "")
    if told:
        yield row.mistake((name,), *told)


def _spec(row: Row, entry: CaseSpec) -> Iterator[Mistake]:
    if entry.min is None and entry.max is None:
        yield row.mistake((), "limits nothing", "min, max or both", "add min or max")
    for name, value in (("min", entry.min), ("max", entry.max)):
        if value is not None:
            yield from _quantity(row, name, value, "")


def _limit(row: Row, entry: CaseLimit | CaseDraw, known: _Known) -> Iterator[Mistake]:
    if isinstance(entry, CaseDraw):
        subject, value, name = f"draw:{entry.draw}", entry.amount, "amount"
    else:
        subject, value, name = entry.subject, entry.value, "value"
        if entry.side == "min" and subject.partition(":")[0] in ("unit", "route"):
            yield row.mistake(
                ("side",),
                f"a {subject.partition(':')[0]} has no least amount here",
                "max",
                "write side = 'max'",
            )
    yield from _changed(row, value, entry.factor, name)
    if value is not None:
        held = subject.startswith("store:")
        unit = known.units.get(subject)
        yield from _quantity(row, name, value, unit, per_time=not held)
