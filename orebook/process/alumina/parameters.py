"""Parameters of a Bayer refinery: name, unit, range, and defaults of both routes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["COUNTS", "Parameter", "Route", "parameters", "plant"]

Route = Literal["high_temperature", "low_temperature"]

COUNTS = ("flash_stages", "tanks")
"""Parameters that are whole numbers: no slope is taken by them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the circuit.

    Parameters
    ----------
    name, symbol, unit : str
        Name in code and book, symbol in the equations, fixed unit.
    section : str
        Section of the plant it belongs to.
    high_temperature, low_temperature : float
        Default of each route [unit].
    low, high : float
        Range the model holds for [unit].
    meaning, zh : str
        What it says, and its Chinese name.
    """

    name: str
    symbol: str
    unit: str
    section: str
    high_temperature: float
    low_temperature: float
    low: float
    high: float
    meaning: str
    zh: str

    def default(self, route: Route) -> float:
        """Return the default of a route [unit]."""
        return float(getattr(self, route))


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every parameter by name.

    Examples
    --------
    >>> parameters()["digestion_ratio"].default("high_temperature")
    1.42
    """
    text = (files(__package__) / "parameters.csv").read_text("utf-8")
    return {row["name"]: _read(row) for row in csv.DictReader(text.splitlines())}


def _read(row: Mapping[str, str]) -> Parameter:
    return Parameter(
        name=row["name"],
        symbol=row["symbol"],
        unit="" if row["unit"] == "-" else row["unit"],
        section=row["section"],
        high_temperature=float(row["high_temperature"]),
        low_temperature=float(row["low_temperature"]),
        low=float(row["low"]),
        high=float(row["high"]),
        meaning=row["meaning"],
        zh=row["zh"],
    )


def plant(route: Route, **given: npt.ArrayLike) -> dict[str, Array]:
    """Return all parameters of a plant: the defaults of a route, and what is given.

    Parameters
    ----------
    route : {"high_temperature", "low_temperature"}
        Diasporic ore digested at 260 degC, or gibbsitic ore at 145 degC.
    **given : float or array
        Parameters by name that differ [unit of the parameter].

    Returns
    -------
    dict
        Value by name; arrays broadcast against each other.

    Raises
    ------
    InputError
        If a name is unknown or a value lies outside its range.

    Examples
    --------
    >>> plant("low_temperature", seed=650.0)["seed"].item()
    650.0
    """
    known = parameters()
    for name, value in given.items():
        if name not in known:
            raise InputError(_unknown(name))
        check_range(name, np.asarray(value, np.float64))
    return {
        name: np.asarray(given.get(name, p.default(route)), np.float64)
        for name, p in known.items()
    }


def check_range(name: str, value: Array) -> None:
    """Refuse a value outside the range of its parameter; raises InputError."""
    p = parameters()[name]
    inside = (value >= p.low) & (value <= p.high)
    if not np.all(inside):
        worst = float(np.extract(~inside, value)[0])
        raise InputError(
            f"parameter '{name}' = {worst:g} {p.unit} lies outside {p.low:g} to "
            f"{p.high:g} {p.unit} ({p.meaning}, {p.zh}); set it inside"
        )


def _unknown(name: str) -> str:
    from rapidfuzz.process import extractOne

    nearest = extractOne(name, parameters().keys())[0]
    return (
        f"no parameter of the circuit is called '{name}'; it has {len(parameters())}; "
        f"did you mean '{nearest}'?"
    )
