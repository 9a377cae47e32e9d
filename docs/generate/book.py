"""The files and tables of a book, from the models that check them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from docs.generate.hook import ROOT
from docs.generate.markdown import code, fence, lead, parameters, plain, table
from orebook.chain import fields as field_types
from orebook.chain import peers as peer_files
from orebook.chain import series as series_files
from orebook.chain.book_files import SECTIONS, SINGLE
from orebook.chain.material import QualityLimit
from orebook.chain.measures import FORMS
from orebook.chain.trade import Tier
from orebook.chain.whole import Band, BandIndex, Batch, OnOff
from orebook.market import series_map
from orebook.reward import payout, scheme

TEMPLATE = ROOT / "orebook" / "chain" / "template" / "small"
EXAMPLE = ROOT / "examples" / "guangxi"
POWER = ROOT / "examples" / "smelter-power"
POOLS = ROOT / "examples" / "ore-yard"
KEPT = ROOT / "docs" / "generate" / "kept"  # what orebook tune --keep writes
FILE = {
    "group": "group.toml",
    "materials": "materials.toml",
    "site": "sites/*.toml",
    "customers": "market/customers.toml",
    "benchmark": "benchmark/*.toml",
    "case": "cases/*.toml",
    "tuning": "tuning/*.toml",
    "people": "people.toml",
}
_WHOLE = (
    ("On and off", OnOff),
    ("Batch", Batch),
    ("Band", Band),
    ("Index of bands", BandIndex),
)
_HEADER = re.compile(r"^\[\[?(\w+)")
_UNIT_WORDS = {"{u}": "unit of the material"}


def files() -> str:
    """Return the files of a book and the sections each may hold."""
    rows = [
        [code(FILE[kind]), ", ".join(_header(name) for name in sections)]
        for kind, sections in SECTIONS.items()
    ]
    rows += [
        ["`market/prices/*.csv`", "one monthly price series each"],
        ["`peers/*.csv`", "figures of peers, with their source"],
        ["`schemes/*.toml`", "one reward scheme each"],
        ["`cases/*.toml`", "one case each, see [cases](cases.md)"],
        ["`intake/`", "files of actual figures, see [intake](intake.md)"],
        ["`.orebook/`", "what the system keeps; never edited by hand"],
    ]
    return table(["file", "holds"], rows)


def _header(name: str) -> str:
    return code(f"[{name}]" if name in SINGLE else f"[[{name}]]")


def tables() -> str:
    """Return every table of a book with its fields and an example."""
    parts = []
    for kind, sections in SECTIONS.items():
        parts.append(f"## {FILE[kind]}")
        for name, model in sections.items():
            parts += [f"### {_header(name)}", lead(model), _fields(model, name)]
            parts.append(fence(example(name, kind), "toml"))
    parts += ["## Parts of tables", "### Quality limit", lead(QualityLimit)]
    parts += [_fields(QualityLimit), "### Tier", lead(Tier), _fields(Tier, "tiers")]
    for title, model in _WHOLE:
        parts += [f"### {title}", lead(model), _fields(model)]
    return "\n\n".join(parts)


def schemes() -> str:
    """Return every table of a reward scheme with its fields."""
    parts = []
    models = [scheme.Scheme, scheme.Team, scheme.Member, scheme.Fund, scheme.Pool]
    models += [scheme.Measure, scheme.Target, scheme.Gate, scheme.Limits]
    models += [scheme.Deferral, *_curves()]
    for model in models:
        parts += [f"#### {model.__name__}", lead(model), _fields(model)]
    return "\n\n".join(parts)


def _curves() -> list[type[BaseModel]]:
    """Return the models of payout curves, in the order of their module."""
    found = vars(payout).values()
    return [
        thing
        for thing in found
        if inspect.isclass(thing)
        and issubclass(thing, BaseModel)
        and thing.__module__ == payout.__name__
        and thing.model_fields
        and thing is not payout.CurvePart
    ]


def peers() -> str:
    """Return the columns of a file of peers."""
    told = parameters(peer_files.PeerFigure)
    rows = [
        [
            code(name),
            ", ".join(words),
            "no" if name in peer_files.OPTIONAL else "yes",
            told[peer_files.FIELDS.get(name, name)][1],
        ]
        for name, words in peer_files.HEADINGS.items()
    ]
    return table(["column", "Chinese headings", "required", "meaning"], rows)


def series() -> str:
    """Return the header lines of a price series."""
    needed = series_files.REQUIRED
    told = parameters(series_files.PriceSeries)
    choices = {
        "basis": " or ".join(map(code, series_files.BASES)),
        "illustrative": "`yes` or `no`",
        "unit": "currency per quantity; currencies "
        + ", ".join(series_files.CURRENCIES)
        + "; quantities "
        + ", ".join(series_files.QUANTITIES),
    }
    rows = [
        [
            code(name),
            "yes" if name in needed else "no",
            choices.get(name, ""),
            told.get(name, ("", ""))[1],
        ]
        for name in series_files._ORDER
    ]
    text = (TEMPLATE / "market" / "prices" / "alumina.csv").read_text("utf-8-sig")
    head = "\n".join(text.splitlines()[:14])
    return table(["key", "required", "values", "meaning"], rows) + "\n\n" + fence(head)


def price_map() -> str:
    """Return the fields of one series in a map of prices."""
    return "\n\n".join(
        [
            lead(series_map.SeriesMap),
            _fields(series_map.SeriesMap),
            "`fx`: " + lead(series_map.Fx),
            _fields(series_map.Fx),
            "`quality`: " + lead(series_map.Quality),
            _fields(series_map.Quality),
        ]
    )


def _fields(model: type[BaseModel], section: str = "") -> str:
    told = parameters(model)
    units = _units(section)
    rows = [
        [
            code(field.alias or name),
            _kind(field, name, units),
            _default(field),
            plain(field.description or told.get(name, ("", ""))[1]),
        ]
        for name, field in model.model_fields.items()
    ]
    return table(["field", "value", "default", "meaning"], rows)


def _units(section: str) -> Mapping[str, str]:
    """Return the unit of each quantity of a section."""
    forms = FORMS.get("purchases" if section == "tiers" else section, ())
    found = {}
    for form in forms:
        unit = form.unit.replace("{u}", "unit")
        name = form.name.removeprefix("tiers.") if section == "tiers" else form.name
        found[name] = f"{unit} per h, d, week, month or a" if form.per_time else unit
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    empty = value is None or value == "" or value == [] or value == {} or value == ()
    if empty or isinstance(value, BaseModel):
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)


def _kind(field: FieldInfo, name: str, units: Mapping[str, str]) -> str:
    """Return what may be written in a field, in words."""
    if name in units:
        return f"quantity in {units[name]}"
    shapes = [m for m in field.metadata if isinstance(m, WithJsonSchema)]
    words = _schema_words(shapes[-1]) if shapes else _type_words(field.annotation)
    return f"quantity in {units[name]}" if name in units else words


def _schema_words(shape: WithJsonSchema) -> str:
    schema = shape.json_schema or {}
    examples = ", ".join(code(f'"{e}"') for e in schema.get("examples", ()))
    described = str(schema.get("description", "text")).replace(
        "quantity in -", "number"
    )
    return f"{described}, such as {examples}" if examples else described


_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_NAMED = {
    id(getattr(field_types, name)): word
    for name, word in (("Id", "id"), ("Good", "good"))
    if hasattr(field_types, name)
}


def _type_words(kind: object) -> str:
    if id(kind) in _NAMED:
        return _NAMED[id(kind)]
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        shapes = [m for m in inside[1:] if isinstance(m, WithJsonSchema)]
        return _schema_words(shapes[-1]) if shapes else _type_words(inside[0])
    if origin is Literal:
        return ", ".join(code(f'"{choice}"') for choice in inside)
    if origin in (Union, UnionType):
        words = [_type_words(k) for k in inside if k is not NoneType]
        return " or ".join(dict.fromkeys(words))
    if origin in (list, tuple):
        return f"list of {_type_words(inside[0])}"
    if origin is dict:
        return f"table: {_type_words(inside[0])} = {_type_words(inside[1])}"
    if isinstance(kind, type) and kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and kind.__name__ == "date":
        return "day, such as `2026-05-21`"
    return str(getattr(kind, "__name__", "value")).lower()


def example(section: str, kind: str = "") -> str:
    """Return the first entry of a section in the books that come with the product.

    Parameters
    ----------
    section : str
        Section, ``"units"``.
    kind : str
        Kind of file; a case has sections of the same names as a site.

    Returns
    -------
    str
        Its TOML text.

    Raises
    ------
    LookupError
        If no book has such an entry.
    """
    for path in _books():
        if kind and (path.parent.name == "cases") is not (kind == "case"):
            continue
        found = _first(path.read_text("utf-8").splitlines(), section)
        if found:
            return found
    raise LookupError(f"no book has an entry [[{section}]] to show")


def _books() -> Iterable[Path]:
    books = (TEMPLATE, EXAMPLE, POWER, POOLS, KEPT)
    return chain.from_iterable(sorted(book.rglob("*.toml")) for book in books)


def _first(lines: list[str], section: str) -> str:
    taken: list[str] = []
    for line in lines:
        header = _HEADER.match(line)
        inner = line.startswith((f"[{section}.", f"[[{section}."))
        if header and taken and not inner:
            break
        if taken or (header and header[1] == section):
            taken.append(line)
    kept = "\n".join(taken).split("\n\n# ")[0].split("\n\n\n")[0]
    rows = kept.rstrip().splitlines()
    while rows and (not rows[-1].strip() or rows[-1].startswith("#")):
        rows.pop()
    return "\n".join(rows)
