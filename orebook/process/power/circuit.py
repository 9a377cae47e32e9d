"""Steam and water of a power station: states by IF97, flows in a closed circuit.

Steam is bled where feed water is heated, sprayed where it is too hot, returned as
condensate where users send it back; make-up water replaces what is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from orebook.errors import InputError
from orebook.process.contract import Array
from orebook.process.power.turbine import exit_enthalpy
from orebook.process.properties.expansion import (
    temperature_from_enthalpy,
    wetness,
)
from orebook.process.properties.steam import (
    enthalpy,
    entropy,
    saturated_enthalpy,
    saturated_entropy,
    saturation_temperature,
)

__all__ = ["Circuit", "State", "States", "circuit", "states"]

KELVIN = 273.15
ATMOSPHERE = 0.101325  # MPa, dead state
RETURN_PRESSURE = 0.5  # MPa, at which condensate and make-up are pumped in
SURROUNDINGS = 298.15  # K, dead state
_USED = (  # settings that the states depend on
    "live_pressure", "live_temperature", "medium_pressure", "low_pressure",
    "condenser_pressure", "heater_pressure", "heater_terminal_difference",
    "deaerator_pressure", "extraction_efficiency", "back_pressure_efficiency",
    "condensing_efficiency", "wetness_loss", "return_temperature",
    "make_up_temperature", "medium_temperature", "low_temperature",
)  # fmt: skip
_GJ_PER_T = 1e-3  # GJ/t per kJ/kg


@dataclass(frozen=True, slots=True)
class State:
    """Water or steam: enthalpy [GJ/t] and exergy over the surroundings [GJ/t]."""

    enthalpy: Array
    exergy: Array


@dataclass(frozen=True, slots=True)
class States:
    """States of a station's steam and water.

    Parameters
    ----------
    live, medium_exit, low_exit, condenser_exit, heater_exit : State
        Steam at the turbine's inlet and behind its sections.
    medium, low : State
        Steam as delivered: as it leaves the turbine, or sprayed to a temperature.
    feed_water, deaerated, condensed, returned, make_up, blowdown : State
        Water into the boiler, out of the deaerator, from the condenser, from users,
        from outside, and out of the drum.
    """

    live: State
    medium_exit: State
    low_exit: State
    condenser_exit: State
    heater_exit: State
    medium: State
    low: State
    feed_water: State
    deaerated: State
    condensed: State
    returned: State
    make_up: State
    blowdown: State


def states(setting: Mapping[str, Array]) -> States:
    """Return the states of a station.

    Parameters
    ----------
    setting : mapping
        Settings of the kind ``power_station``: pressures [MPa], temperatures [degC],
        efficiencies [-]; ``medium_temperature`` and ``low_temperature`` only where
        steam is sprayed, ``heater_pressure`` and ``heater_terminal_difference`` only
        where feed water is heated beyond the deaerator.

    Raises
    ------
    InputError
        If steam is to be delivered hotter than it leaves the turbine, or wet.
    """
    used = [n for n in _USED if n in setting]
    if all(np.size(setting[n]) == 1 for n in used):
        return _kept(tuple((n, float(np.squeeze(setting[n]))) for n in used))
    return _states(setting)


@lru_cache(maxsize=512)
def _kept(values: tuple[tuple[str, float], ...]) -> States:
    """Return the states at single values, kept: most cases share their settings."""
    return _states({name: np.asarray(value) for name, value in values})


def _states(s: Mapping[str, Array]) -> States:
    hot = s["live_temperature"] + KELVIN
    inlet = (s["live_pressure"], hot)

    def behind(pressure: Array, efficiency: str, loss: Array | float = 0.0) -> State:
        return _expanded(*inlet, pressure, s[efficiency], np.asarray(loss))

    low = medium = behind(s["low_pressure"], "back_pressure_efficiency")
    if "medium_pressure" in s:
        medium = behind(s["medium_pressure"], "extraction_efficiency")
    deaerated, condenser = _boiling(s["deaerator_pressure"]), s["condenser_pressure"]
    feed_water, heater_exit = deaerated, low
    if "heater_pressure" in s:
        hot_side = saturation_temperature(s["heater_pressure"])
        feed_water = _at(s["live_pressure"], hot_side - s["heater_terminal_difference"])
        heater_exit = behind(s["heater_pressure"], "extraction_efficiency")
    return States(
        live=_at(*inlet),
        medium_exit=medium,
        low_exit=low,
        condenser_exit=behind(condenser, "condensing_efficiency", s["wetness_loss"]),
        heater_exit=heater_exit,
        medium=_delivered("medium", medium, s),
        low=_delivered("low", low, s),
        feed_water=feed_water,
        deaerated=deaerated,
        condensed=_boiling(condenser),
        returned=_at(np.asarray(RETURN_PRESSURE), s["return_temperature"] + KELVIN),
        make_up=_at(np.asarray(RETURN_PRESSURE), s["make_up_temperature"] + KELVIN),
        blowdown=_boiling(s["live_pressure"]),
    )


def _single(function: Callable[..., State]) -> Callable[..., State]:
    """Keep what a function returns for single values: few settings vary at a time."""
    kept = lru_cache(maxsize=1024)(lambda *v: function(*map(np.asarray, v)))

    def called(*values: Array) -> State:
        if all(np.size(v) == 1 for v in values):
            return kept(*(float(np.squeeze(v)) for v in values))
        return function(*values)

    return called


@cache
def _dead() -> tuple[float, float]:
    """Return enthalpy and entropy of the surroundings [kJ/kg] and [kJ/(kg K)]."""
    at = (ATMOSPHERE, SURROUNDINGS)
    return float(enthalpy(*at)), float(entropy(*at))


def _state(h: Array, s: Array) -> State:
    """Return a state over the surroundings from enthalpy and entropy [kJ/kg(/K)]."""
    h_dead, s_dead = _dead()
    exergy = h - h_dead - SURROUNDINGS * (s - s_dead)
    return State(np.asarray(h * _GJ_PER_T), np.asarray(exergy * _GJ_PER_T))


@_single
def _at(pressure: Array, temperature: Array) -> State:
    return _state(enthalpy(pressure, temperature), entropy(pressure, temperature))


@_single
def _boiling(pressure: Array) -> State:
    return _state(
        saturated_enthalpy(pressure, "water"), saturated_entropy(pressure, "water")
    )


@_single
def _expanded(
    pressure: Array, temperature: Array, end: Array, efficiency: Array, loss: Array
) -> State:
    """Return steam behind a section that ends at a pressure."""
    h = exit_enthalpy(
        pressure, temperature, end, efficiency=efficiency, wetness_loss=loss
    )
    return _from_enthalpy(end, h)


def _from_enthalpy(pressure: Array, h: Array) -> State:
    """Return a state, wet or dry, from pressure and enthalpy [kJ/kg]."""
    p, h = np.broadcast_arrays(np.asarray(pressure), np.asarray(h))
    water, steam = (saturated_entropy(p, phase) for phase in ("water", "steam"))
    wet = wetness(p, h)
    mixed = steam - wet * (steam - water)
    t = temperature_from_enthalpy(p, h)
    dry = np.where(wet > 0.0, saturation_temperature(p) + 1.0, t)
    # ds = dh / T takes the backward equation's error out, as in expansion.
    superheated = entropy(p, dry) + (h - enthalpy(p, dry)) / dry
    return _state(h, np.where(wet > 0.0, mixed, superheated))


def _delivered(level: str, exit_: State, setting: Mapping[str, Array]) -> State:
    """Return steam as users get it, sprayed where a temperature is set."""
    name = f"{level}_temperature"
    if name not in setting:
        return exit_
    pressure, celsius = setting[f"{level}_pressure"], setting[name]
    boils = saturation_temperature(pressure) - KELVIN
    if np.any(celsius <= boils):
        raise InputError(
            f"power station: {name} = {np.min(celsius):g} degC is not above boiling, "
            f"{np.max(boils):.1f} degC at {level}_pressure; set it higher"
        )
    state = _at(pressure, celsius + KELVIN)
    if np.any(state.enthalpy > exit_.enthalpy):
        raise InputError(
            f"power station: {name} = {np.max(celsius):g} degC is hotter than steam "
            f"leaves the turbine ({np.min(exit_.enthalpy):.4g} GJ/t); spraying only "
            f"cools: set it lower, or leave {name} out to deliver steam as it leaves"
        )
    return state


@dataclass(frozen=True, slots=True)
class Circuit:
    """Flows of a station's circuit [t], its work and its heat [GJ].

    Parameters
    ----------
    used : array
        Live steam used: by sections, reducing stations and bleeds.
    expanded : array
        Of it through the turbine, bleeds and no-load steam included.
    heater, deaerator : array
        Steam bled for heating feed water.
    medium, low : array
        Steam delivered to users, with its spray.
    returned, make_up, blowdown : array
        Condensate returned, water added, water discharged.
    shaft, condenser : array
        Work of the steam, heat to cooling water [GJ].
    medium_drop, low_drop : array
        Enthalpy over the condensing exhaust with which the steam of a level left the
        turbine, or live steam where it was throttled [GJ].
    """

    used: Array
    expanded: Array
    heater: Array
    deaerator: Array
    medium: Array
    low: Array
    returned: Array
    make_up: Array
    blowdown: Array
    shaft: Array
    condenser: Array
    medium_drop: Array
    low_drop: Array


def circuit(
    duty: Mapping[str, Array],
    at: States,
    setting: Mapping[str, Array],
    *,
    idle: Array,
    idle_to_condenser: bool,
) -> Circuit:
    """Return the flows that follow from the steam asked of the sections.

    Parameters
    ----------
    duty : mapping
        Live steam through ``extraction``, ``back_pressure``, ``condensing``,
        ``reducing_medium``, ``reducing_low``; those missing are 0 [t].
    at : States
        States of steam and water.
    setting : mapping
        ``condensate_return`` and ``blowdown`` [-].
    idle : array
        No-load steam: it turns the turbine and does no work [t].
    idle_to_condenser : bool
        Whether no-load steam ends in the condenser; at the low level otherwise.

    Notes
    -----
    Water, W_f to the boilers and W_s sprayed: W_f + W_s = condensed + returned +
    make-up + both bleeds. Heat: the high-pressure heater takes the feed water from
    deaerator to feed temperature, its drain is cooled to the deaerator's; steam of the
    low level heats everything else to the deaerator. Both are linear in the steam used,
    so that the circuit closes in one division.
    """
    none = np.zeros(())
    get = {n: duty.get(n, none) for n in ("extraction", "back_pressure", "condensing")}
    throttled = {n: duty.get(f"reducing_{n}", none) for n in ("medium", "low")}
    condensing, idle_low = get["condensing"], none
    if idle_to_condenser:
        condensing = condensing + idle
    else:
        idle_low = idle
    water = at.deaerated.enthalpy

    def sprayed(amount: Array, before: State, after: State) -> Array:
        return amount * (before.enthalpy - water) / (after.enthalpy - water)

    medium = sprayed(get["extraction"], at.medium_exit, at.medium)
    medium = medium + sprayed(throttled["medium"], at.live, at.medium)
    low = sprayed(get["back_pressure"], at.low_exit, at.low)
    low = low + sprayed(throttled["low"] + idle_low, at.live, at.low)
    asked = get["extraction"] + get["back_pressure"] + condensing
    asked = asked + throttled["medium"] + throttled["low"] + idle_low
    users = medium + low
    returned = users * setting["condensate_return"]
    # Heat the deaerator has to give: of this much it knows before the bleeds.
    cold = water - at.make_up.enthalpy
    need = condensing * (water - at.condensed.enthalpy)
    need = need + returned * (water - at.returned.enthalpy) + (users - returned) * cold
    per_bleed = at.low_exit.enthalpy - water
    discharged = setting["blowdown"]
    rise = (at.feed_water.enthalpy - water) / (at.heater_exit.enthalpy - water)
    share = rise * (1.0 + discharged)
    used = (asked + need / per_bleed) / (1.0 - share - discharged * cold / per_bleed)
    heater, blowdown = used * share, used * discharged
    deaerator = (need + blowdown * cold) / per_bleed
    live, exhaust = at.live.enthalpy, at.condenser_exit.enthalpy
    shaft = (
        get["extraction"] * (live - at.medium_exit.enthalpy)
        + (get["back_pressure"] + deaerator) * (live - at.low_exit.enthalpy)
        + get["condensing"] * (live - exhaust)
        + heater * (live - at.heater_exit.enthalpy)
    )
    lost = get["condensing"] * (exhaust - at.condensed.enthalpy)
    if idle_to_condenser:
        lost = lost + idle * (live - at.condensed.enthalpy)
    expanded = used - throttled["medium"] - throttled["low"]
    return Circuit(
        used, expanded, heater, deaerator, medium, low, returned,
        users - returned + blowdown, blowdown, shaft, lost,
        get["extraction"] * (at.medium_exit.enthalpy - exhaust)
        + throttled["medium"] * (live - exhaust),
        get["back_pressure"] * (at.low_exit.enthalpy - exhaust)
        + (throttled["low"] + idle_low) * (live - exhaust),
    )  # fmt: skip
