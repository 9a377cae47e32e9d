"""Tariff bands: power at different hours is a different good.

A band is a material with hours of the day (``hours = "8 h/d"``). The bands of a unit
together fill the day; running evenly takes each in proportion to its hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import TypeVar

from pydantic import ValidationError

from orebook.chain.chain import Chain, good
from orebook.chain.fields import Entry
from orebook.chain.material import HOURS_PER_DAY, Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_port, nominal, port_units, require_ports

E_ = TypeVar("E_", bound=Entry)
__all__ = ["EVEN", "even_shares", "example_unit", "materials", "parameters"]

EVEN = "power"
"""Port of the power that no longer belongs to a band."""
_CLOSE = 1e-6  # hours of a day that may be missing by rounding [h/d]


def even_shares(unit: Unit, chain: Chain, *, taken: bool) -> dict[str, float]:
    """Return the bands of a unit with the share of the day of each [-].

    Parameters
    ----------
    unit : Unit
        The unit.
    chain : Chain
        The book, which states the hours of each band.
    taken : bool
        True where the bands are the feeds, False where they are ports given.

    Returns
    -------
    dict
        Port to share of hours; sums to 1.

    Raises
    ------
    InputError
        If a band has no hours, or the bands do not fill the day.
    """
    require_ports(unit, [EVEN])
    port_units(unit, chain, {port: "MWh" for port in unit.ports if port != "loss"})
    field = "feed" if taken else "ports"
    bands = _bands(unit, taken=taken)
    if not bands:
        what = 'feed = ["power-peak", ...]' if taken else 'ports.peak = "power-peak"'
        raise InputError(
            f"unit '{unit.id}': {field} names no tariff band; expected the bands of "
            f"the day; add {what}"
        )
    hours = {port: _hours(unit, chain, field, name) for port, name in bands.items()}
    total = sum(hours.values())
    if not isclose(total, HOURS_PER_DAY, abs_tol=_CLOSE):
        told = ", ".join(f"{bands[p]} {h:g}" for p, h in hours.items())
        raise InputError(
            f"unit '{unit.id}': {field} covers {total:g} hours of the day ({told}); "
            "expected bands that share the 24 hours, each hour in one; "
            "add the missing band or correct hours in materials.toml"
        )
    return {port: h / HOURS_PER_DAY for port, h in hours.items()}


def _bands(unit: Unit, *, taken: bool) -> dict[str, str]:
    """Return the material of each band by port."""
    if taken:
        return {feed_port(f): good(f, unit.place).material for f in unit.feed}
    return {
        port: good(text, unit.place).material
        for port, text in unit.ports.items()
        if port != EVEN
    }


def _hours(unit: Unit, chain: Chain, field: str, name: str) -> float:
    nominal(chain, name)
    material = chain.material[name]
    if material.hours is None or material.unit != "MWh":
        lacks = "has no hours" if material.unit == "MWh" else "is no power in MWh"
        raise InputError(
            f"unit '{unit.id}': {field} names '{name}', which {lacks}; expected a "
            'tariff band; write hours = "8 h/d" at the material'
        )
    return material.day_hours


def parameters(unit: Unit, model: type[E_]) -> E_:
    """Return the parameters of a unit as its kind reads them.

    Raises
    ------
    InputError
        If one is unknown, missing or out of range; names the field of the recipe.
    """
    try:
        return model.model_validate(unit.recipe)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"unit '{unit.id}': recipe.{where}: {first['msg']}; expected the "
            f"parameters {', '.join(model.model_fields)}; correct or remove it"
        ) from error


_HOURS: Mapping[str, str] = {"peak": "8 h/d", "flat": "9 h/d", "valley": "7 h/d"}


def materials() -> tuple[Material, ...]:
    """Return power and three bands of it, for examples."""
    bands = tuple(
        Material.model_validate(
            {"id": f"power-{n}", "name": "例", "name_en": n, "unit": "MWh",
             "group": "power", "hours": h}
        )
        for n, h in _HOURS.items()
    )  # fmt: skip
    one = {"name": "例", "unit": "MWh", "group": "power"}
    rest = [{"id": n, "name_en": n, **one} for n in ("power", "interruption")]
    return (*bands, *(Material.model_validate(r) for r in rest))


def example_unit(kind: str, *, taken: bool, recipe: Mapping[str, object]) -> Unit:
    """Return a unit of a kind between power and three bands of it, for examples."""
    names = [f"power-{n}" for n in _HOURS]
    ports = {EVEN: "power"}
    if not taken:
        ports |= {n: n for n in names}
    elif "interruption" in recipe:
        ports["interruption"] = "interruption"
    return Unit(
        id="example",
        name="例",
        name_en="example",
        kind=kind,
        centre="group",
        place="plant",
        feed=names if taken else [],
        ports=ports,
        recipe=dict(recipe),
    )
