"""Names in a book: each defined once, each reference to something that is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from orebook.chain.entries import Row
from orebook.chain.locate import Path
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Piles
from orebook.errors import Mistake

# section: (field, what it names)
REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "centres": (("parent", "centres"),),
    "places": (("centre", "centres"),),
    "units": (
        ("centre", "centres"),
        ("place", "places"),
        ("feed", "good"),
        ("ports", "good"),
    ),
    "stores": (("centre", "centres"), ("good", "good")),
    "piles": (("centre", "centres"), ("good", "good"), ("feed", "good")),
    "routes": (
        ("centre", "centres"),
        ("materials", "materials"),
        ("start", "places"),
        ("end", "places"),
    ),
    "draws": (("centre", "centres"), ("good", "good")),
    "purchases": (
        ("centre", "centres"),
        ("good", "good"),
        ("supplier", "customers"),
        ("series", "series"),
    ),
    "sales": (
        ("centre", "centres"),
        ("goods", "good"),
        ("customer", "customers"),
        ("segment", "segments"),
        ("series", "series"),
    ),
    "demand_charges": (("centre", "centres"), ("purchases", "purchases")),
    "limits": (("centre", "centres"),),
    "costs": (("centre", "centres"),),
    "assets": (("centre", "centres"),),
    "outages": (("unit", "units"),),
    "tuned": (("unit", "units"),),
    "customers": (("segment", "segments"),),
    "people": (("centre", "centres"),),
}
OWNERS = ("units", "stores", "routes", "piles", "draws", "purchases", "sales")
"""Sections whose ids name streams and therefore share one list of names."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "centres": ("centre", "add it to [[centres]] in group.toml"),
    "places": ("place", "add it to [[places]] of a site"),
    "materials": ("material", "add it to materials.toml"),
    "units": ("unit", "add it to [[units]] of a site"),
    "purchases": ("purchase", "add it to [[purchases]] of a site"),
    "customers": ("customer", "add it to market/customers.toml"),
    "segments": ("segment", "add it to market/customers.toml"),
    "series": ("price series", "add market/prices/NAME.csv"),
}
_GOOD = re.compile(r"\s*(?P<material>[^@\s]+)\s*(?:@\s*(?P<place>[^@\s]+)\s*)?$")


@dataclass(frozen=True, slots=True)
class Names:
    """Every id a book defines, by section.

    Parameters
    ----------
    of : mapping
        Ids by section; ``series`` are the files of market/prices.
    unsure : frozenset of str
        Sections of which a part could not be read; every name may be there.
    """

    of: Mapping[str, Set[str]]
    unsure: frozenset[str] = frozenset()

    def has(self, section: str, name: str) -> bool:
        """Return whether a section has a name, or may have it."""
        return section in self.unsure or name in self.all(section)

    def all(self, section: str) -> Set[str]:
        """Return the ids of a section."""
        return self.of.get(section, frozenset())


def names_of(
    rows: Iterable[Row], series: Iterable[str], unsure: frozenset[str]
) -> Names:
    """Collect the ids of a book, those of mistaken entries too."""
    found: dict[str, set[str]] = {"series": set(series)}
    for row in rows:
        if row.id:
            found.setdefault(row.section, set()).add(row.id)
        for section, name in pile_parts(row):
            found.setdefault(section, set()).add(name)
    return Names(found, unsure)


_PARTS = (("places", ""), ("stores", ""), ("units", "-build"), ("routes", "-reclaim"))


def pile_parts(row: Row) -> Iterator[tuple[str, str]]:
    """Yield (section, id) of what the piles of an entry consist of."""
    piles = row.entry
    if isinstance(piles, Piles):
        for k in range(1, piles.count + 1):
            yield from ((section, f"{piles.id}-{k}{end}") for section, end in _PARTS)


def reference_mistakes(row: Row, names: Names) -> Iterator[Mistake]:
    """Yield every reference of an entry to something that is not in the book."""
    for field, target in REFERENCES.get(row.section, ()):
        for path, text in texts(row.raw, field):
            if target == "good":
                yield from _good(row, path, text, names)
            elif not names.has(target, text):
                yield _unknown(row, path, text, target, names)


def texts(raw: Mapping[str, object], field: str) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a field: itself, the items of a list or of a table."""
    value = raw.get(field)
    pairs: Iterable[tuple[Path, object]] = (((field,), value),)
    if isinstance(value, list):
        pairs = [((field, i), item) for i, item in enumerate(value)]
    elif isinstance(value, dict):
        pairs = [((field, key), item) for key, item in value.items()]
    yield from ((path, text) for path, text in pairs if isinstance(text, str))


def _unknown(row: Row, path: Path, text: str, target: str, names: Names) -> Mistake:
    word, remedy = _WORDS[target]
    known = names.all(target)
    return row.mistake(
        path,
        f"no {word} is called '{text}'",
        f"one of {listed(known)}",
        did_you_mean(text, known, remedy),
    )


def _good(row: Row, path: Path, text: str, names: Names) -> Iterator[Mistake]:
    parts = _GOOD.match(text)
    if parts is None:
        yield row.mistake(
            path, "is not a good", "material@place", "write material@place"
        )
        return
    if not names.has("materials", parts["material"]):
        yield _unknown(row, path, parts["material"], "materials", names)
    if parts["place"] is None and row.section != "units":
        yield row.mistake(
            path,
            "names no place",
            "material@place",
            f"write for example {text}@{min(names.all('places'), default='yard')}",
        )
    elif parts["place"] is not None and not names.has("places", parts["place"]):
        yield _unknown(row, path, parts["place"], "places", names)


def readable_goods(row: Row) -> bool:
    """Return whether every good of an entry is written as one."""
    return all(
        _GOOD.match(text)
        for field, target in REFERENCES.get(row.section, ())
        for _, text in texts(row.raw, field)
        if target == "good"
    )


def duplicate_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """Yield every id that is given twice; names both lines."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        if not row.id or row.section in {"group", "site"}:
            continue
        key = ("stream owner" if row.section in OWNERS else row.section, row.id)
        other = first.setdefault(key, row)
        if other is not row:
            where = f"{other.source.file}:{other.line}"
            also = "" if other.section == row.section else f" by {other.section}"
            yield row.mistake(
                ("id",),
                f"is taken{also}, in {where}",
                "an id of its own",
                f"rename it, for example '{row.id}-2'",
            )


def goods_of(row: Row) -> Iterator[tuple[str, str | None]]:
    """Yield (material, place) of everything an entry deals in; place None if bare."""
    for field, target in REFERENCES.get(row.section, ()):
        for _, text in texts(row.raw, field):
            if target == "materials":
                yield text, None
            elif target == "good" and (parts := _GOOD.match(text)):
                yield parts["material"], parts["place"]
