"""Monthly price series of a book: the value, its file, and its look-up by month.

A series stands in the book as ``market/prices/ID.csv``: a header of ``# key: text``
lines, then the columns ``month,value``.
"""

from __future__ import annotations

import csv
import difflib
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from orebook.errors import DataQualityError, InputError, Mistake

BASES = ("excl_vat", "incl_vat")
CURRENCIES = ("AUD", "CNY", "EUR", "GBP", "GNF", "HKD", "IDR", "JPY", "RUB", "USD")
_MASS_AND_ENERGY = ("t", "kg", "g", "lb", "troy_oz", "MWh", "kWh", "GJ", "MMBtu")
QUANTITIES = (*_MASS_AND_ENERGY, "m3", "bbl", "kW/month", "kVA/month", "tkm", "h")
REQUIRED = ("id", "unit", "basis", "source", "licence", "retrieved", "illustrative")
_FIELDS = (*REQUIRED, "name", "name_en", "note")
_ORDER = ("id", "name", "name_en", *REQUIRED[1:], "note")  # as the writer puts them
_YES_NO = {"yes": True, "no": False}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")  # as every id of a book
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

_YEAR = r"(?P<y>(?:19|20)\d\d)"
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_LAYOUTS = tuple(
    re.compile(layout, re.IGNORECASE)
    for layout in (
        rf"{_YEAR}(?P<s>[-/.])(?P<m>\d\d?)(?:(?P=s)(?P<d>\d\d?))?{_CLOCK}",
        rf"{_YEAR}M(?P<m>\d\d?)",
        rf"{_YEAR}(?P<m>\d\d)(?P<d>\d\d)?",
        rf"{_YEAR}年(?P<m>\d\d?)月份?(?:(?P<d>\d\d?)日)?{_CLOCK}",
        rf"(?P<m>\d\d?)[-/]{_YEAR}",
        rf"(?:(?P<d>\d\d?)[- ])?{_NAME}[-, ]+{_YEAR}",
        rf"{_YEAR}[- ]{_NAME}",
    )
)
_TRAPS = tuple(
    (re.compile(layout, re.IGNORECASE), problem)
    for layout, problem in (
        (r"(19|20)\d\d\.1", "may be January or October, the last zero being lost"),
        (rf"{_NAME}[- ']*\d\d?", "may be a month of a year or a day of a month"),
        (rf"\d\d?[- ]{_NAME}", "may be a month of a year or a day of a month"),
        (rf"\d\d?[-/ ]{_NAME}[-/ ]\d\d", "has a year of two digits"),
        (r"\d\d年\d\d?月(份|\d\d?日)?", "has a year of two digits"),
        (r"\d\d?月(份|\d\d?日)?", "has no year"),
        (r"\d\d?([-/.])\d\d?\1\d\d(\d\d)?", "does not say which is day and month"),
        (r"\d\d?[-/]\d\d?", "has no year of four digits"),
    )
)
_SERIAL = re.compile(r"\d{5}(\.0+)?")
NOT_A_MONTH = "is not a month"
MONTH_EXPECTED = "a month as YYYY-MM, such as 2026-05"
MONTH_REMEDY = (
    "write YYYY-MM; in a spreadsheet give the column the format yyyy-mm before saving"
)
_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)


def read_month(text: str) -> tuple[str, str]:
    """Read a month the way people and spreadsheets write it.

    Parameters
    ----------
    text : str
        Text of the cell [-].

    Returns
    -------
    tuple of str
        Month as ``YYYY-MM`` and an empty text; or an empty text and the problem [-].

    Notes
    -----
    Only what can be read in one way is accepted. A bare day number is refused: it
    means two days four years apart in the two date systems of spreadsheets.

    Examples
    --------
    >>> read_month("2026年5月")
    ('2026-05', '')
    >>> read_month("May-26")
    ('', 'may be a month of a year or a day of a month')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _SERIAL.fullmatch(plain):
        day = date(1899, 12, 30) + timedelta(days=int(float(plain)))
        return "", f"is a spreadsheet's day number (perhaps {day.isoformat()})"
    for trap, problem in _TRAPS:
        if trap.fullmatch(plain):
            return "", problem
    for layout in _LAYOUTS:
        if found := layout.fullmatch(plain):
            return _calendar_month(found.groupdict())
    return "", NOT_A_MONTH


def _calendar_month(part: dict[str, str | None]) -> tuple[str, str]:
    name = part.get("name")
    month = _NAMES.index(name[:3].lower()) // 4 + 1 if name else int(part.get("m") or 0)
    try:
        day = date(int(part["y"] or 0), month, int(part.get("d") or 1))
    except ValueError:
        return "", "is not a day of the calendar"
    return f"{day.year:04d}-{day.month:02d}", ""


def read_number(text: str) -> tuple[float | None, str]:
    """Read a price; commas may part thousands, never decimals.

    Parameters
    ----------
    text : str
        Text of the cell [-].

    Returns
    -------
    tuple of (float or None, str)
        Number and an empty text; or None and the problem [-].

    Examples
    --------
    >>> read_number("20,725.50")
    (20725.5, '')
    >>> read_number("20.725,50")
    (None, 'is not a number')
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    if not plain:
        return None, "has no value"
    if not _NUMBER.fullmatch(plain):
        return None, "is not a number"
    number = float(plain.replace(",", ""))
    if not math.isfinite(number):
        return None, "is not a finite number"
    return (None, "is negative") if number < 0 else (number, "")


def unit_problem(unit: str) -> str:
    """Say what is wrong with a price unit; empty when it is right.

    Parameters
    ----------
    unit : str
        Currency and quantity, such as ``CNY/t`` or ``CNY/USD`` [-].

    Returns
    -------
    str
        The problem in one clause, or an empty text [-].

    Examples
    --------
    >>> unit_problem("CNY/t"), unit_problem("CNY/ton")
    ('', "quantity 'ton' is unknown (nearest: t)")
    """
    currency, slash, quantity = unit.partition("/")
    if not slash:
        return "is not currency/quantity"
    if currency not in CURRENCIES:
        return f"currency '{currency}' is unknown{_nearest(currency, CURRENCIES)}"
    known = (*QUANTITIES, *CURRENCIES)
    if quantity in known and quantity != currency:
        return ""
    return f"quantity '{quantity}' is unknown{_nearest(quantity, known)}"


def _nearest(word: str, names: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f" (nearest: {close[0]})" if close else ""


def month_before(month: str, *, months: int = 1) -> str:
    """Return the month a number of months earlier.

    Parameters
    ----------
    month : str
        Month ``YYYY-MM`` [-].
    months : int
        How many months earlier; negative for later [-].

    Returns
    -------
    str
        Month ``YYYY-MM`` [-].

    Raises
    ------
    InputError
        If ``month`` is not written ``YYYY-MM``.

    Examples
    --------
    >>> month_before("2026-01")
    '2025-12'
    """
    if not _MONTH.fullmatch(month):
        raise InputError(f"month {month!r} {NOT_A_MONTH}; expected {MONTH_EXPECTED}")
    year, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - months, 12)
    return f"{year:04d}-{index + 1:02d}"


def _gaps(months: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the first missing month of each gap, and the known month after it."""
    for left, right in pairwise(months):
        if left != month_before(right):
            yield month_before(left, months=-1), right


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """A monthly price with its unit, its tax basis and where it came from.

    Parameters
    ----------
    id : str
        Name of the file in the book: lower case, digits, ``_ -`` [-].
    name, name_en : str
        Chinese and English name [-].
    unit : str
        Currency and quantity, such as ``CNY/t`` [-].
    basis : str
        ``excl_vat`` or ``incl_vat`` [-].
    values : tuple of (str, float)
        Month ``YYYY-MM`` and price [unit], in rising order without gap.
    source, licence : str
        Publisher and publication; terms of use [-].
    retrieved : str
        Date of retrieval ``YYYY-MM-DD`` [-].
    illustrative : bool
        True where the figures are made up for illustration [-].
    note : str
        Conversion formula and remarks, on one line [-].

    Raises
    ------
    InputError
        If a field breaks the rules above.
    """

    id: str
    name: str
    name_en: str
    unit: str
    basis: str
    values: tuple[tuple[str, float], ...]
    source: str
    licence: str
    retrieved: str
    illustrative: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        for field in ("name", "name_en", "source", "licence", "note"):
            # one line, and no end that a spreadsheet would pad or trim
            line = " ".join(getattr(self, field).split()).rstrip(", ;")
            object.__setattr__(self, field, line)
        head = self.header()
        for field in REQUIRED:
            if problem := _header_problem(field, head[field]):
                raise InputError(f"series {self.id!r}: {field} {problem[0]}")
        if not self.values:
            raise InputError(f"series {self.id!r} has no value; give at least one")
        before = month_before(self.values[0][0])
        for month, price in self.values:
            if before != month_before(month) or not 0 <= price < math.inf:
                raise InputError(
                    f"series {self.id!r}: {month} = {price} after {before}; expected "
                    "months without gap in rising order and finite prices >= 0"
                )
            before = month

    def header(self) -> dict[str, str]:
        """Return the fields other than the values as texts, as in the file."""
        made_up = "yes" if self.illustrative else "no"
        return {
            field: made_up if field == "illustrative" else getattr(self, field)
            for field in _ORDER
        }

    def to_dict(self) -> dict[str, object]:
        """Return the series as plain values."""
        head: dict[str, object] = dict(self.header())
        values = [{"month": month, "value": price} for month, price in self.values]
        return head | {"illustrative": self.illustrative, "values": values}


def _header_problem(field: str, text: str) -> tuple[str, str] | None:
    """Return the problem of a header field and what was expected, if any."""
    choices = {"basis": BASES, "illustrative": tuple(_YES_NO)}
    if field in choices and text not in choices[field]:
        expected = " or ".join(choices[field])
        return f"is not {expected}", expected
    if field == "id" and not _ID.fullmatch(text):
        return "is not a valid id", "lower case letters, digits, _ and -"
    if field == "unit" and (problem := unit_problem(text)):
        return problem, f"currency/quantity, quantity one of {', '.join(QUANTITIES)}"
    if field == "retrieved":
        try:
            valid = date.fromisoformat(text).isoformat() == text
        except ValueError:
            valid = False
        if not valid:
            return "is not a date", "a date as YYYY-MM-DD"
    return None if text else ("is empty", "a text")


def value_at(
    series: PriceSeries, month: str, *, known_until: str | None = None
) -> float:
    """Return the price of a month, the last one known being carried forward.

    Parameters
    ----------
    series : PriceSeries
        The series.
    month : str
        Month ``YYYY-MM`` the price is for [-].
    known_until : str or None
        Last month whose price was known at the data cut-off; a plan made before
        ``month`` gives ``month_before(month)``. None: ``month`` itself [-].

    Returns
    -------
    float
        Price [unit of the series].

    Raises
    ------
    DataQualityError
        If the series has no value up to the cut-off.
    InputError
        If a month is not written ``YYYY-MM``.

    Examples
    --------
    >>> s = PriceSeries(
    ...     "al",
    ...     "铝",
    ...     "aluminium",
    ...     "CNY/t",
    ...     "excl_vat",
    ...     (("2026-04", 100.0), ("2026-05", 110.0)),
    ...     "own",
    ...     "own",
    ...     "2026-06-02",
    ... )
    >>> value_at(s, "2026-05"), value_at(s, "2026-05", known_until="2026-04")
    (110.0, 100.0)
    """
    for text in (month, known_until or month):
        month_before(text)  # raises where the month is badly written
    cut_off = min(month, known_until or month)
    place = bisect_right(series.values, cut_off, key=lambda pair: pair[0])
    if not place:
        raise DataQualityError(
            f"series {series.id!r} has no value up to {cut_off}; its first month is "
            f"{series.values[0][0]}; import earlier prices or choose a later month"
        )
    return series.values[place - 1][1]


def read_series(path: Path) -> PriceSeries | list[Mistake]:
    """Read a series file of a book, or list everything that is wrong with it.

    Parameters
    ----------
    path : Path
        File ``ID.csv`` in UTF-8, or GB 18030 as a Chinese spreadsheet saves it [-].

    Returns
    -------
    PriceSeries or list of Mistake
        The series; or all mistakes with line, expectation and remedy [-].

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"series file {path} cannot be read ({error.strerror}); expected a CSV file"
            " with a header of '# key: text' lines; check path and permission"
        ) from error
    found = _parse(decode(raw), str(path))
    if isinstance(found, PriceSeries) and found.id != path.stem:
        remedy = f"rename the file to {found.id}.csv or correct the id"
        clash = "is not the name of the file"
        return [Mistake(str(path), None, "id", found.id, clash, path.stem, remedy)]
    return found


def decode(raw: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without mark), GB 18030, UTF-16.

    Parameters
    ----------
    raw : bytes
        Content of the file [-].

    Returns
    -------
    str
        The text; bytes in neither encoding become the replacement sign [-].

    Examples
    --------
    >>> decode("铝".encode("gb18030"))
    '铝'
    """
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")  # a spreadsheet's "Unicode text"
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")


def _parse(text: str, file: str) -> PriceSeries | list[Mistake]:
    rows = list(_rows(text))
    head, head_mistakes = _read_header(rows, file)
    table = [row for row in rows if not row[1][0].startswith("#")]
    values, table_mistakes = _read_table(table, file)
    if mistakes := head_mistakes + table_mistakes:
        return sorted(mistakes, key=lambda mistake: mistake.line or 0)
    name = head.get("name") or head.get("name_en") or head["id"]
    texts = {f: head.get(f, "") for f in _ORDER if f != "illustrative"} | {"name": name}
    return PriceSeries(
        **texts, values=values, illustrative=_YES_NO[head["illustrative"]]
    )


_Row = tuple[int, list[str]]  # line number and cells


def _rows(text: str) -> Iterator[_Row]:
    """Yield the lines that are not empty; a header line is one cell."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.strip() for line in text.split("\n")]
    heading = next((li for li in lines if li and li.lstrip('"')[:1] != "#"), "")
    mark = next((sign for sign in ";\t" if sign in heading), ",")
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            yield number, [line.rstrip(",;\t ")]  # a spreadsheet pads with commas
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
        while cells and not cells[-1]:
            cells.pop()
        if cells:  # a header line that a spreadsheet put in quotes is joined again
            yield number, [mark.join(cells)] if cells[0].startswith("#") else cells


def _read_header(rows: list[_Row], file: str) -> tuple[dict[str, str], list[Mistake]]:
    head: dict[str, str] = {}
    mistakes = []
    for line, cells in rows:
        pair = re.fullmatch(r"#\s*(\w+)\s*[:：]\s*(.*)", cells[0])
        if pair is None:
            continue
        field, value = pair.group(1).lower(), pair.group(2)
        problem, expected = _field_problem(field, value, head)
        if problem:
            told = (field, value or "(empty)", problem, expected, "correct this line")
            mistakes.append(Mistake(file, line, *told))
        head.setdefault(field, value)
    for field in [field for field in REQUIRED if field not in head]:
        remedy = f"add a line '# {field}: ...' at the top of the file"
        told = (field, "(absent)", "is missing from the header", "a text", remedy)
        mistakes.append(Mistake(file, None, *told))
    return head, mistakes


def _field_problem(field: str, value: str, seen: dict[str, str]) -> tuple[str, str]:
    if field not in _FIELDS:
        known = ", ".join(_FIELDS)
        return f"is not a field of the header{_nearest(field, _FIELDS)}", known
    if field in seen:
        return "stands twice in the header", "each field once"
    return (_header_problem(field, value) if field in REQUIRED else None) or ("", "")


def _read_table(
    rows: list[_Row], file: str
) -> tuple[tuple[tuple[str, float], ...], list[Mistake]]:
    """Read the rows below the header, in any order of months."""
    heading = ",".join(rows[0][1]) if rows else "(absent)"
    if heading.lower() != "month,value":
        line = rows[0][0] if rows else None
        return (), [_cell(file, line, "heading", heading, "is not the heading")]
    mistakes: list[Mistake] = []
    lines: dict[str, int] = {}
    values: list[tuple[str, float]] = []
    for line, cells in rows[1:]:
        month, problem = read_month(cells[0])
        if month in lines:
            problem = f"stands twice, first in line {lines[month]}"
        if problem:
            mistakes.append(_cell(file, line, "month", cells[0], problem))
            continue
        lines[month] = line
        text = ",".join(cells[1:])
        price, problem = read_number(text)
        if len(cells) > 2:
            problem = f"is {len(cells) - 1} cells, not one"
        if problem:
            mistakes.append(_cell(file, line, "value", text or "(empty)", problem))
        values.append((month, price or 0.0))
    if not mistakes or all(fault.field == "value" for fault in mistakes):
        mistakes += [
            _cell(file, lines[after], "gap", after, f"follows a gap from {first}")
            for first, after in _gaps(sorted(lines))
        ]
    if not rows[1:]:
        mistakes.append(_cell(file, rows[0][0], "value", "(absent)", "has no row"))
    return tuple(sorted(values)), mistakes


_REMEDIES = {
    "heading": ("month,value", "put the line 'month,value' above the values"),
    "month": (f"{MONTH_EXPECTED}, each once", MONTH_REMEDY),
    "gap": ("each month once", "add the missing months, or start after the gap"),
    "value": ("a number >= 0", "write digits and a decimal point only"),
}


def _cell(file: str, line: int | None, field: str, value: str, problem: str) -> Mistake:
    expected, remedy = _REMEDIES[field]
    return Mistake(file, line, field, value, problem, expected, remedy)


def _text(series: PriceSeries) -> str:
    head = [f"# {field}: {text}" for field, text in series.header().items() if text]
    rows = [f"{m},{repr(float(v)).removesuffix('.0')}" for m, v in series.values]
    return "\n".join([*head, "month,value", *rows, ""])


def write_series(series: PriceSeries, path: Path) -> None:
    """Write a series file whole; the same series always gives the same bytes.

    Parameters
    ----------
    series : PriceSeries
        The series.
    path : Path
        File ``ID.csv``; its folder is made if need be [-].

    Notes
    -----
    UTF-8 with a byte-order mark: without it a Chinese spreadsheet takes the text for
    GB 18030 and saves broken names.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(_text(series).encode("utf-8-sig"))
    draft.replace(path)
