"""The register of process kinds: a kind that stands here is known everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Protocol

from orebook.chain.chain import Chain
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.contract import Process

_MODULES: Mapping[str, str] = {
    "recipe": "orebook.process.recipe",
    "mix": "orebook.process.blend",
    "split": "orebook.process.blend",
    "bayer_calcination": "orebook.process.alumina.white_side",
    "bayer_digestion": "orebook.process.alumina.red_side",
    "bayer_evaporation": "orebook.process.alumina.white_side",
    "bayer_makeup": "orebook.process.alumina.white_side",
    "bayer_precipitation": "orebook.process.alumina.white_side",
    "bayer_settling": "orebook.process.alumina.red_side",
    "bayer_slurry": "orebook.process.alumina.red_side",
    "bayer_washing": "orebook.process.alumina.red_side",
    "berth": "orebook.process.ore.berth",
    "conveyor": "orebook.process.ore.conveyor",
    "generation_profile": "orebook.process.power.profile",
    "generation_shift": "orebook.process.power.shift",
    "heat_and_power": "orebook.process.power.heat_and_power",
    "load_profile": "orebook.process.power.profile",
    "load_shift": "orebook.process.power.shift",
    "potline": "orebook.process.smelter.potline",
    "power_station": "orebook.process.power.station",
}


class Bind(Protocol):
    """Bind a unit of the book to its physics; raises InputError where it cannot."""

    def __call__(self, unit: Unit, chain: Chain) -> Process:
        """Return the process of ``unit``."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A process kind.

    Parameters
    ----------
    name : str
        As written in the book, ``kind = "potline"``.
    bind : callable
        Unit and chain to process.
    example : callable
        A small chain with one unit ``example`` of this kind, for the conformance test
        and the documentation.
    """

    name: str
    bind: Bind
    example: Callable[[], Chain]


def kind_names() -> tuple[str, ...]:
    """Return the names of all registered kinds."""
    return tuple(_MODULES)


@cache
def kind(name: str) -> Kind:
    """Return a registered kind.

    Raises
    ------
    InputError
        If there is no such kind; names the nearest.

    Examples
    --------
    >>> kind("potline").name
    'potline'
    """
    if name not in _MODULES:
        from rapidfuzz.process import extractOne

        nearest = extractOne(name, _MODULES.keys())[0]
        raise InputError(
            f"no process kind is called '{name}'; known kinds are "
            f"{', '.join(_MODULES)}; did you mean '{nearest}'?"
        )
    kinds: Mapping[str, Kind] = import_module(_MODULES[name]).KINDS
    return kinds[name]


def bind(unit: Unit, chain: Chain) -> Process:
    """Return the process of a unit, its settings at the values of the book.

    Raises
    ------
    InputError, UnitError
        If a setting, limit or port of the book is not one of the kind's.
    """
    process = kind(unit.kind).bind(unit, chain)
    _refuse(unit, "limit", unit.limits, set(process.limits))
    _refuse(unit, "setting", unit.settings, {s.name for s in process.settings})
    for s in process.settings:
        if s.shared not in (None, unit.id) and s.name in unit.settings:
            raise InputError(
                f"unit '{unit.id}': settings.{s.name} lies with unit '{s.shared}', "
                "which shares it; set it there and remove it here"
            )
    chosen = tuple(
        replace(s, default=unit.settings[s.name].to(s.unit))
        if s.name in unit.settings
        else s
        for s in process.settings
    )
    for s in chosen:
        if not s.low <= s.default <= s.high:
            raise InputError(
                f"unit '{unit.id}': settings.{s.name} = {s.default:g} {s.unit} lies "
                f"outside {s.low:g}..{s.high:g} {s.unit}; set it inside"
            )
    return replace(process, settings=chosen) if unit.settings else process


def _refuse(
    unit: Unit, what: str, given: Mapping[str, object], known: set[str]
) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"unit '{unit.id}' (kind {unit.kind}) has no {what} '{name}'; "
                f"it has {', '.join(sorted(known)) or 'none'}; rename or remove it"
            )
