"""Reading a book: all of it, checked, or all its mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from orebook.chain.asset import Asset
from orebook.chain.book_files import load, peer_files, series_files, unsure_sections
from orebook.chain.chain import Chain
from orebook.chain.check import cross_mistakes
from orebook.chain.contracts import Context
from orebook.chain.demand import DemandCharge
from orebook.chain.entries import EntryMistake, Row, read_rows
from orebook.chain.fields import Entry
from orebook.chain.group import Centre, Customer, Group, Place, Segment
from orebook.chain.indicator import Indicator, IndicatorClass
from orebook.chain.material import Material
from orebook.chain.peers import read_peers
from orebook.chain.people_entries import Person, Workflow
from orebook.chain.piles import with_piles
from orebook.chain.plant import (
    Draw,
    FixedCost,
    Limit,
    Meter,
    Outage,
    Piles,
    Route,
    Store,
    Unit,
)
from orebook.chain.references import (
    goods_of,
    names_of,
    pile_parts,
    readable_goods,
    texts,
)
from orebook.chain.series import PriceSeries, read_series
from orebook.chain.trade import Purchase, Sale
from orebook.chain.tuned import Tuned
from orebook.errors import BookError, Mistake

Check = Callable[[Chain], Iterable[EntryMistake]]
E_ = TypeVar("E_", bound=Entry)
# Lets the rest of a book be checked whose [group] is wrong; it is never returned.
_STAND_IN = Group(id="group", name="-", name_en="-", first_period="2000-01")
_NET = ("materials", "places", "units", "stores", "routes", "piles", "draws",
        "purchases", "sales")  # fmt: skip
_REPEATABLE = {"units": "feed", "sales": "goods", "routes": "materials"}
_QUOTED = re.compile(r"'([^' ]+)'")


def read_book(folder: Path, *, check: Check | None = None) -> Chain:
    """Read the book in a folder.

    Parameters
    ----------
    folder : Path
        Folder with ``group.toml``.
    check : callable, optional
        Checks what the chain itself cannot know, above all whether each unit fits its
        process kind: ``orebook.process.check.check_units``.

    Returns
    -------
    Chain
        The group; every name in it is known and every quantity has its unit.

    Raises
    ------
    BookError
        If anything in the book is wrong; lists all mistakes with file and line.
    """
    sources, mistakes = load(folder)
    if not sources:
        raise BookError(mistakes)
    rows: list[Row] = []
    for source in sources:
        some, wrong = read_rows(source)
        rows += some
        mistakes += wrong
    series, wrong = _series(folder)
    mistakes += wrong
    mistakes += _peers(folder)
    unsure = unsure_sections(sources)
    names = names_of(rows, [p.stem for p in series_files(folder)], unsure)
    materials = {m.id: m for m in _entries(rows, Material)}
    group = next(iter(_entries(rows, Group)), None)
    components = frozenset() if "materials" in unsure else _components(rows)
    context = Context(names, materials, series, group, components)
    mistakes += cross_mistakes(rows, context)
    chain = _chain(rows, materials, series, group or _STAND_IN)
    if check is not None:
        found = list(check(chain))
        if unsure:  # what nobody supplies or reads may stand in the part not read
            found = [one for one in found if not one.about]
        mistakes += _located(found, rows, chain, mistakes) if found else []
    if mistakes:
        raise BookError(sorted(dict.fromkeys(mistakes), key=_order))
    return chain


def _order(mistake: Mistake) -> tuple[str, int]:
    return mistake.file, mistake.line or 0


def _entries(rows: Iterable[Row], kind: type[E_]) -> tuple[E_, ...]:
    return tuple(row.entry for row in rows if isinstance(row.entry, kind))


def _components(rows: Iterable[Row]) -> frozenset[str]:
    """Return the components of all assays, those of mistaken materials too."""
    found: set[str] = set()
    for row in rows:
        if row.section == "materials":
            assay = row.raw.get("assay")
            found |= set(assay) if isinstance(assay, Mapping) else set()
    return frozenset(found)


def _chain(
    rows: list[Row],
    materials: Mapping[str, Material],
    series: Mapping[str, PriceSeries],
    group: Group,
) -> Chain:
    """Return the chain of all entries whose goods are known, each id once."""
    places = {row.id for row in rows if isinstance(row.entry, Place)}
    sound: dict[tuple[str, object], Row] = {}
    for row in rows:
        if row.entry is not None and _resolves(row, materials, places):
            sound.setdefault((row.section, row.id or id(row)), row)
    use = list(sound.values())
    chain = Chain(
        group=group,
        centres=_entries(use, Centre),
        places=_entries(use, Place),
        materials=_entries(use, Material),
        units=_entries(use, Unit),
        stores=_entries(use, Store),
        routes=_entries(use, Route),
        piles=_entries(use, Piles),
        draws=_entries(use, Draw),
        purchases=_entries(use, Purchase),
        sales=_entries(use, Sale),
        demand_charges=_entries(use, DemandCharge),
        limits=_entries(use, Limit),
        costs=_entries(use, FixedCost),
        assets=_entries(use, Asset),
        outages=_entries(use, Outage),
        meters=_entries(use, Meter),
        segments=_entries(use, Segment),
        customers=_entries(use, Customer),
        tuned=_entries(use, Tuned),
        people=_entries(use, Person),
        workflow=_entries(use, Workflow),
        indicators=_entries(use, Indicator),
        classes=_entries(use, IndicatorClass),
        series=dict(series),
    )
    return with_piles(chain)


def _resolves(row: Row, materials: Mapping[str, Material], places: set[str]) -> bool:
    bare_is_fine = row.section in {"units", "routes"}
    once = _REPEATABLE.get(row.section, "")
    names = [text.partition("@")[0].strip() for _, text in texts(row.raw, once)]
    # The end of a route is a place, that of a store a rule of the horizon.
    named = ("start", "end") if row.section == "routes" else ("place",)
    at = [row.raw.get(f) for f in named if f in row.raw]
    if len(set(names)) < len(names) or not readable_goods(row):
        return False
    return all(p in places for p in at) and all(
        material in materials and (place in places if place else bare_is_fine)
        for material, place in goods_of(row)
    )


def _located(
    found: list[EntryMistake], rows: list[Row], chain: Chain, known: list[Mistake]
) -> list[Mistake]:
    """Give each finding its file and line; drop what follows from a known mistake."""
    by_id: dict[tuple[str, str], Row] = {}
    for row in rows:
        by_id.setdefault((row.section, row.id), row)
    made = {part: row for row in rows for part in pile_parts(row)}
    used = {id(entry) for section in _NET for entry in getattr(chain, section)}
    lost = [r for r in rows if r.section in _NET and id(r.entry) not in used]
    tainted = {word for row in lost for word in _words(row.raw)}
    tainted |= {word for m in known for word in _QUOTED.findall(m.remedy)}
    reported = {(m.file, m.field) for m in known}
    mistakes = []
    for one in found:
        if one.about & tainted:
            continue
        told = (one.problem, one.expected, one.remedy)
        if (one.section, one.entry) in by_id:
            row, path = by_id[(one.section, one.entry)], one.path
        else:
            row, path = made[one.section, one.entry], ()
        mistakes.append(row.mistake(path, *told, value=one.value))
    return [m for m in mistakes if (m.file, m.field) not in reported]


def _words(value: object) -> Iterable[str]:
    """Yield every name an entry mentions: materials, places, ids."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield from re.split(r"[@:.\s]+", value)


def _series(folder: Path) -> tuple[dict[str, PriceSeries], list[Mistake]]:
    series: dict[str, PriceSeries] = {}
    mistakes: list[Mistake] = []
    for path in series_files(folder):
        found = read_series(path)
        if isinstance(found, PriceSeries):
            series[found.id] = found
        else:
            mistakes += _relative(found, path, folder)
    return series, mistakes


def _peers(folder: Path) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for path in peer_files(folder):
        found = read_peers(path)
        if isinstance(found, list):
            mistakes += _relative(found, path, folder)
    return mistakes


def _relative(mistakes: Iterable[Mistake], path: Path, folder: Path) -> list[Mistake]:
    file = path.relative_to(folder).as_posix()
    return [replace(mistake, file=file) for mistake in mistakes]
