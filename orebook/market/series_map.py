"""The map of a price file: which column becomes which series, and how.

A map file has a table ``[series.ID]`` for each series, with the fields of `SeriesMap`,
and may have a table ``[defaults]`` with fields common to all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from orebook.chain.fields import AnyMeasure, Entry, Fraction, Id
from orebook.chain.series import unit_problem
from orebook.errors import BookError, InputError, Mistake
from orebook.quantity import Measure, factor

_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
Basis = Literal["excl_vat", "incl_vat"]


def _known_unit(unit: str) -> str:
    if problem := unit_problem(unit):
        raise ValueError(f"{problem}; expected currency/quantity such as USD/t")
    return unit


PriceUnit = Annotated[str, AfterValidator(_known_unit)]


class Fx(Entry):
    """Exchange rate of a conversion: one of ``rate``, ``file`` and ``series``."""

    rate: float | None = Field(default=None, gt=0, description="fixed rate, in unit")
    file: Path | None = Field(default=None, description="price file, beside the map")
    column: str = Field(default="", description="column of the file")
    series: Id | None = Field(default=None, description="series of the book")
    unit: str = Field(default="", description="CNY/USD, USD/CNY or CNY/100USD")

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(x is not None for x in (self.rate, self.file, self.series)) != 1:
            raise ValueError("expected one of rate, file (with column) and series")
        if (self.file is None) == bool(self.column):
            raise ValueError("expected file and column together")
        return self


class Quality(Entry):
    """Quality the price is quoted at and wanted at, such as 6000 and 5500 kcal/kg."""

    quoted: AnyMeasure
    wanted: AnyMeasure

    @property
    def ratio(self) -> float:
        """Quality wanted over quality quoted [-]."""
        return self.wanted.to(self.quoted.unit) / self.quoted.number

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.quoted.number <= 0 or self.ratio <= 0:
            raise ValueError("expected both qualities above 0")
        return self


class SeriesMap(Entry):
    """How one column of a price file becomes a series of the book.

    Steps: unit, quality, VAT out of the quote, premium, freight, exchange rate, duty,
    VAT on the result, handling. ``premium`` and ``freight`` are in the currency of the
    column per quantity of the series, ``handling`` in the unit of the series.
    """

    id: Id
    column: str = Field(min_length=1, description="heading in the price file")
    unit: PriceUnit = Field(description="of the column, such as USD/t")
    source: str = Field(min_length=1, description="publisher and publication")
    licence: str = Field(min_length=1, description="terms of use")
    retrieved: date = Field(description="day of retrieval")
    basis: Basis = Field(default="excl_vat", description="of the series")
    quote_basis: Basis = Field(default="excl_vat", description="of the column")
    target_unit: PriceUnit = Field(default="CNY/t", description="of the series")
    name: str = ""
    name_en: str = ""
    quality: Quality | None = None
    premium: AnyMeasure | None = None
    freight: AnyMeasure | None = Field(default=None, description="to port of entry")
    duty: Fraction = 0.0
    vat: Fraction = 0.0
    handling: AnyMeasure | None = None
    fx: Fx | None = Field(default=None, description="where the currencies differ")
    first: str = Field(default="", alias="from", pattern=_MONTH)
    last: str = Field(default="", alias="to", pattern=_MONTH)
    yearly: Literal["refuse", "repeat"] = Field(
        default="refuse", description="prices by year: refuse, or repeat in each month"
    )
    gaps: Literal["refuse", "carry"] = Field(
        default="refuse", description="month without price: refuse, or carry the last"
    )
    sheet: str = ""
    illustrative: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        have, want = currencies(self)
        if have != want and self.fx is None:
            raise ValueError(f"expected fx to turn {have} into {want}")
        if self.quote_basis != self.basis and not self.vat:
            raise ValueError("expected vat, as the bases of column and series differ")
        quoted_size(self)
        for name in ("premium", "freight", "handling"):
            added_cost(self, name)
        return self


def currencies(one: SeriesMap) -> tuple[str, str]:
    """Return the currency of the column and of the series of a map [-]."""
    return one.unit.partition("/")[0], one.target_unit.partition("/")[0]


def per_unit(one: SeriesMap) -> str:
    """Return the unit in which premium and freight are added."""
    return f"{currencies(one)[0]}/{one.target_unit.partition('/')[2]}"


def quoted_size(one: SeriesMap) -> float:
    """Return how many quantities of the column make one of the series."""
    have, want = one.unit.partition("/")[2], one.target_unit.partition("/")[2]
    return 1.0 if have == want else factor(f"CNY/{have}", f"CNY/{want}")[0]


def added_cost(one: SeriesMap, name: str) -> float:
    """Return premium, freight or handling of a map, in its `per_unit`."""
    measure: Measure | None = getattr(one, name)
    if measure is None:
        return 0.0
    unit = one.target_unit if name == "handling" else per_unit(one)
    cost = measure.number if measure.unit == unit else measure.to(unit)
    if cost < 0 and name != "premium":
        raise ValueError(f"{name} = {cost:g} {unit}; expected a cost >= 0")
    return cost


def read_mapping(path: Path) -> tuple[SeriesMap, ...]:
    """Read a map file.

    Parameters
    ----------
    path : Path
        TOML file with ``[series.ID]`` tables and perhaps ``[defaults]``; exchange-rate
        files are looked for beside it [-].

    Returns
    -------
    tuple of SeriesMap
        One map per series, in the order of the file.

    Raises
    ------
    BookError
        With every mistake of the file.
    InputError
        If the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"map file {path} cannot be read ({error}); expected TOML in UTF-8; mend it"
        ) from error
    maps: list[SeriesMap] = []
    tables = data.get("series")
    faults: list[Mistake] = []
    if not isinstance(tables, dict) or not tables:
        told = ("series", "(absent)", "is missing", "a table [series.ID]", "add one")
        raise BookError([Mistake(str(path), None, *told)])
    for name in sorted(data.keys() - {"series", "defaults"}):
        told = (name, "(table)", "is unknown", "[defaults], [series.ID]", "rename it")
        faults.append(Mistake(str(path), _line(text, "", name), *told))
    for name, entry in tables.items():
        fields = {**data.get("defaults", {}), **entry, "id": name}
        try:
            one = SeriesMap.model_validate(fields)
        except ValidationError as error:
            faults += _mistakes(error, name, path=path, text=text)
            continue
        if one.fx and one.fx.file:
            fx = one.fx.model_copy(update={"file": path.parent / one.fx.file})
            one = one.model_copy(update={"fx": fx})
        maps.append(one)
    if faults:
        raise BookError(faults)
    return tuple(maps)


def _mistakes(
    error: ValidationError, name: str, *, path: Path, text: str
) -> Iterator[Mistake]:
    known = [info.alias or field for field, info in SeriesMap.model_fields.items()]
    for item in error.errors():
        place = [str(part) for part in item["loc"]]
        key = place[0] if place else ""
        strange = item["type"] == "extra_forbidden" and len(place) == 1
        near = get_close_matches(key, known, n=1) if strange else []
        given = "(absent)" if item["type"] == "missing" else f"{item['input']!s:.60}"
        yield Mistake(
            file=str(path),
            line=_line(text, name, key),
            field=".".join(["series", name, *place]),
            value=given if place else "(table)",
            problem=item["msg"].removeprefix("Value error, "),
            expected=f"one of {', '.join(known)}" if strange else "see the problem",
            remedy=f"write '{near[0]}'" if near else "correct it in the map",
        )


def _line(text: str, name: str, key: str) -> int | None:
    """Return the line of a key in a table, else of the table, else of the defaults."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip().replace('"', "")
        if plain.startswith("["):
            table = plain.strip("[]")
            found.setdefault(table, number)
        found.setdefault(f"{table}.{plain.partition('=')[0].strip()}", number)
    places = (f"series.{name}.{key}", f"defaults.{key}", f"series.{name}", key)
    return next((found[place] for place in places if place in found), None)
