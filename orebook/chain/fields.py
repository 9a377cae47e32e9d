"""Field types of the book: text with a unit in the file, a checked value inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from orebook.errors import UnitError
from orebook.quantity import Measure, Rate, parse, quantity, rate

_ID_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"


class Entry(BaseModel):
    """Base of everything a book holds: frozen, and no field it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        ser_json_inf_nan="null",
    )


def _float_in(unit: str) -> Callable[[object], float]:
    def read(value: object) -> float:
        if not isinstance(value, (str, int, float)):
            raise UnitError(f"expected a quantity in {unit}, got {value!r}")
        return quantity(value, unit)

    return read


def _rate_in(unit: str) -> Callable[[object], Rate]:
    def read(value: object) -> Rate:
        if isinstance(value, Rate):
            return value
        if not isinstance(value, str):
            raise UnitError(f"expected {unit} per h, d, month or a, got {value!r}")
        return rate(value, unit)

    return read


def _measure(value: object) -> Measure:
    if isinstance(value, Measure):
        return value
    if not isinstance(value, (str, int, float)):
        raise UnitError(f"expected a quantity with its unit, got {value!r}")
    return parse(value)


def _schema(unit: str, example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": ["string", "number"] if unit == "-" else "string",
            "description": f"quantity in {unit}",
            "examples": [example],
        }
    )


Id = Annotated[str, Field(pattern=_ID_PATTERN, description="short name, a-z 0-9 _ -")]
Good = Annotated[str, Field(description="material@place, or a material of this place")]
AnyMeasure = Annotated[
    Measure, BeforeValidator(_measure), _schema("any unit", "2.1 t/t")
]
AnyRate = Annotated[
    Measure, BeforeValidator(_measure), _schema("any per time", "2 Mt/a")
]
Fraction = Annotated[
    float,
    BeforeValidator(_float_in("-")),
    Field(ge=0.0, le=1.0),
    _schema("-", "12.5 %"),
]
Number = Annotated[float, BeforeValidator(_float_in("-")), _schema("-", "8")]
CnyPerMonth = Annotated[
    Rate, BeforeValidator(_rate_in("CNY")), _schema("CNY per time", "3.2 MCNY/month")
]
