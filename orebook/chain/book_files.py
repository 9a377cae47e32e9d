"""The files of a book: which there are, what each holds, and reading their text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from orebook.chain.asset import Asset
from orebook.chain.case import (
    CaseDelay,
    CaseDraw,
    CaseHead,
    CaseLimit,
    CaseOutage,
    CasePrice,
    CaseSpec,
    CaseStock,
)
from orebook.chain.demand import DemandCharge
from orebook.chain.fields import Entry
from orebook.chain.group import Centre, Customer, Group, Place, Segment
from orebook.chain.indicator import Indicator, IndicatorClass
from orebook.chain.locate import Lines, locate
from orebook.chain.material import Material
from orebook.chain.nearest import nearest
from orebook.chain.people_entries import Person, Workflow
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
from orebook.chain.trade import Purchase, Sale
from orebook.chain.tuned import Tuned
from orebook.errors import Mistake


class Site(Entry):
    """Header of a site file (``[site]``); the site itself is a centre."""

    name: str = ""
    name_en: str = ""
    note: str = ""


Sections = Mapping[str, type[Entry]]
SINGLE = frozenset({"group", "site", "case", "workflow"})
"""Sections that are one table, not a list of tables."""

SECTIONS: Mapping[str, Sections] = {
    "group": {"group": Group, "centres": Centre},
    "materials": {"materials": Material},
    "site": {
        "site": Site,
        "places": Place,
        "units": Unit,
        "stores": Store,
        "routes": Route,
        "piles": Piles,
        "draws": Draw,
        "purchases": Purchase,
        "sales": Sale,
        "demand_charges": DemandCharge,
        "limits": Limit,
        "costs": FixedCost,
        "assets": Asset,
        "outages": Outage,
        "meters": Meter,
    },
    "customers": {"segments": Segment, "customers": Customer},
    "tuning": {"tuned": Tuned},
    "people": {"workflow": Workflow, "people": Person},
    "benchmark": {"classes": IndicatorClass, "indicators": Indicator},
    "case": {
        "case": CaseHead,
        "prices": CasePrice,
        "outages": CaseOutage,
        "stocks": CaseStock,
        "delays": CaseDelay,
        "specs": CaseSpec,
        "limits": CaseLimit,
        "draws": CaseDraw,
    },
}
"""What each kind of file holds: section name and the model of its entries."""

_AT = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_HINTS = (
    (re.compile(r"[“”‘’]"), 'replace the curly quotes by straight ones ("...")'),
    (re.compile(r"[＝［］，]"), "replace the full-width signs by = [ ] ,"),
    (
        re.compile(r"^\s*[\w.-]+\s*=\s*[^\"'\[{\s#][^\"'#]*[^\W\d_]"),
        'put the text in quotes, for example capacity = "2 Mt/a"',
    ),
    (re.compile(r"^\s*[\w.-]+\s*:"), "write = instead of :"),
    (
        re.compile(r"^\s*\[[^\]]*$|^\s*\[\[[^\]]*\]\s*$"),
        "close the brackets of the header",
    ),
)


@dataclass(frozen=True)
class Source:
    """One TOML file of a book.

    Parameters
    ----------
    file : str
        Path relative to the book, with forward slashes.
    kind : str
        Key of :data:`SECTIONS`.
    text : str
        The text.
    data : mapping
        What it says; nothing where the file is broken.
    broken : bool
        True where the file cannot be read as TOML.
    """

    file: str
    kind: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    broken: bool = False

    @cached_property
    def lines(self) -> Lines:
        """Lines by path, made when first asked for."""
        return locate(self.text)


def load(folder: Path) -> tuple[list[Source], list[Mistake]]:
    """Read the TOML files of a book.

    Parameters
    ----------
    folder : Path
        Folder of the book.

    Returns
    -------
    tuple
        The files, broken ones marked, and what is wrong with files as a whole.
    """
    if not folder.is_dir():
        return [], [_no_folder(folder)]
    sources, mistakes = [], list(_missing(folder))
    for kind, path in _paths(folder):
        source, wrong = read_source(path, folder, kind)
        sources.append(source)
        mistakes += wrong
    return sources, mistakes


def read_source(path: Path, folder: Path, kind: str) -> tuple[Source, list[Mistake]]:
    """Read one TOML file of a book.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Folder of the book; the file is named relative to it.
    kind : str
        Key of :data:`SECTIONS`.

    Returns
    -------
    tuple
        The file, marked as broken where it cannot be read, and what is wrong with it.
    """
    file = path.relative_to(folder).as_posix()
    text = _text(path, file)
    if isinstance(text, Mistake):
        return Source(file, kind, "", broken=True), [text]
    return _parse(file, kind, text)


def unsure_sections(sources: list[Source]) -> frozenset[str]:
    """Return the sections that may hold more than could be read.

    A name that is not found there may stand in a file that is broken or absent.
    """
    kinds = {source.kind for source in sources if source.broken}
    kinds |= {"group", "materials", "site"} - {source.kind for source in sources}
    return frozenset(section for kind in kinds for section in SECTIONS[kind])


def series_files(folder: Path) -> list[Path]:
    """Return the price series of a book, in order of name."""
    return sorted((folder / "market" / "prices").glob("*.csv"))


def peer_files(folder: Path) -> list[Path]:
    """Return the files of peer figures of a book, in order of name."""
    return sorted((folder / "peers").glob("*.csv"))


def scheme_files(folder: Path) -> list[Path]:
    """Return the reward schemes of a book, in order of name; read elsewhere."""
    return sorted((folder / "schemes").glob("*.toml"))


def tuning_files(folder: Path) -> list[Path]:
    """Return the files of fitted constants of a book, in order of name."""
    return sorted((folder / "tuning").glob("*.toml"))


def case_files(folder: Path) -> list[Path]:
    """Return the cases of a book, in order of name; read apart from the book."""
    return sorted((folder / "cases").glob("*.toml"))


def _paths(folder: Path) -> Iterator[tuple[str, Path]]:
    for kind, name in (("group", "group.toml"), ("materials", "materials.toml")):
        if (folder / name).is_file():
            yield kind, folder / name
    for path in sorted((folder / "sites").glob("*.toml")):
        yield "site", path
    if (folder / "market" / "customers.toml").is_file():
        yield "customers", folder / "market" / "customers.toml"
    if (folder / "people.toml").is_file():
        yield "people", folder / "people.toml"
    for path in tuning_files(folder):
        yield "tuning", path
    for path in sorted((folder / "benchmark").glob("*.toml")):
        yield "benchmark", path


def _no_folder(folder: Path) -> Mistake:
    problem = "is a file, not a folder" if folder.exists() else "does not exist"
    beside = folder.parent
    others = [p.name for p in beside.iterdir() if p.is_dir()] if beside.is_dir() else []
    near = None if folder.exists() else nearest(folder.name, others)
    remedy = "write a new book with: orebook new FOLDER"
    if near is not None:
        remedy = f"did you mean '{near}'? otherwise {remedy}"
    if folder.exists():
        remedy = "name the folder that holds group.toml"
    return Mistake(
        str(folder),
        None,
        "book",
        str(folder),
        problem,
        "the folder of a book, with group.toml in it",
        remedy,
    )


def _missing(folder: Path) -> Iterator[Mistake]:
    for name, holds in (
        ("group.toml", "name, calendar and centres of the group"),
        ("materials.toml", "the materials"),
        ("sites", "one TOML file per site"),
    ):
        if (folder / name).exists():
            continue
        present = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
        near = nearest(name, [p for p in present if p not in {"group.toml", "sites"}])
        fix = f"rename '{near}' to '{name}'" if near else f"add {name}"
        yield Mistake(name, None, "file", "(absent)", "is missing", holds, fix)
    if (folder / "sites").exists() and not any((folder / "sites").glob("*.toml")):
        yield Mistake(
            "sites",
            None,
            "folder",
            "(empty)",
            "holds no site",
            "at least one file sites/NAME.toml",
            "add a site file",
        )
    yield from _misspelt(folder)


def _misspelt(folder: Path) -> Iterator[Mistake]:
    """Name files that look like one of the book's but would be passed over."""
    market = folder / "market"
    if market.is_dir() and not (market / "customers.toml").exists():
        for path in market.glob("*.toml"):
            if nearest(path.stem, ["customers"]):
                yield Mistake(
                    f"market/{path.name}",
                    None,
                    "file",
                    path.name,
                    "is not a file of a book",
                    "market/customers.toml",
                    "rename it to customers.toml",
                )
    if (folder / "site").is_dir():
        yield Mistake(
            "site",
            None,
            "folder",
            "site",
            "is not a folder of a book",
            "sites",
            "rename the folder to sites",
        )


def _text(path: Path, file: str) -> str | Mistake:
    def wrong(problem: str, remedy: str) -> Mistake:
        expected = "a TOML file in UTF-8"
        return Mistake(file, None, "file", path.name, problem, expected, remedy)

    try:
        raw = path.read_bytes()
    except OSError as error:
        return wrong(f"cannot be opened ({error.strerror})", "check the permission")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return wrong("is in UTF-16", "save it again with the encoding UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(raw, error.start, file)
    if not text.strip():
        return wrong("is empty", "fill it, or remove it where it is not needed")
    return text.replace("\r\n", "\n")


def _not_utf8(raw: bytes, start: int, file: str) -> Mistake:
    line = raw[:start].count(b"\n") + 1
    remedy = "save it again with the encoding UTF-8"
    shown = repr(raw[start : start + 4])[1:]
    try:
        text = raw.decode("gb18030").splitlines()[line - 1].strip()
    except UnicodeDecodeError:
        problem = "has bytes that are no text"
    else:
        problem, shown = "is not in UTF-8, but looks like GB 18030 (GBK)", text[:60]
        remedy += f"; or convert it: iconv -f gb18030 -t utf-8 {file}"
    return Mistake(file, line, "file", shown, problem, "a TOML file in UTF-8", remedy)


def _parse(file: str, kind: str, text: str) -> tuple[Source, list[Mistake]]:
    try:
        return Source(file, kind, text, tomllib.loads(text)), []
    except tomllib.TOMLDecodeError as error:
        broken = Source(file, kind, text, broken=True)
        return broken, [_syntax(file, text, str(error))]


def _syntax(file: str, text: str, message: str) -> Mistake:
    at = _AT.search(message)
    rows = text.splitlines()
    line = int(at[1]) if at and at[1] else len(rows)
    shown = rows[line - 1].strip()[:60] if line <= len(rows) else "(end of file)"
    problem = "is not TOML: " + _AT.sub("", message)
    remedy = next((fix for form, fix in _HINTS if form.search(shown)), "mend this line")
    if "overwrite" in message:
        remedy = "remove one of the two lines that give this key"
    if "declare" in message:
        remedy = "write each header once; a list of entries has double brackets [[...]]"
    return Mistake(
        file, line, "line", shown, problem, 'TOML, such as capacity = "2 Mt/a"', remedy
    )
