"""What a flow sheet shows inside a power station: steam on its way, and what is lost.

Heat counts from make-up water, as the station's energy balance does. Points that enter
and leave are the station's boundary; bleeds, exits and feed water are states between.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array, Point, Side
from orebook.process.power.burning import Burnt
from orebook.process.power.circuit import KELVIN, Circuit, State, States
from orebook.process.power.heat_and_power import GJ_PER_MWH
from orebook.process.properties.expansion import temperature_from_enthalpy

__all__ = ["station_points"]


def station_points(
    duty: Mapping[str, Array],
    setting: Mapping[str, Array],
    *,
    fire: Burnt,
    at: States,
    water: Circuit,
    power: tuple[Array, Array],
) -> tuple[Point, ...]:
    """Return the points of a station.

    Parameters
    ----------
    duty, setting : mapping
        Of the case; duties are steam through the sections [t].
    fire : Burnt
        What the boilers make of the coals.
    at, water : States, Circuit
        States of steam and water, and their flows.
    power : tuple of array
        Power gross and net [MWh].
    """
    return (
        *_boundary(at, water, setting, power=power),
        *_live(fire, at, water, setting),
        *_losses(fire, water, power),
        *_steam(duty, setting, at=at, water=water),
    )


def _boundary(
    at: States, water: Circuit, setting: Mapping[str, Array],
    *, power: tuple[Array, Array],
) -> list[Point]:  # fmt: skip
    zero = at.make_up.enthalpy

    def of(name: str, side: Side, port: str, mass: Array, state: State,
           where: tuple[str, str]) -> Point:  # fmt: skip
        pressure, temperature = (setting.get(w) for w in where)
        if temperature is None and pressure is not None:
            temperature = _degrees(pressure, state)
        return Point(
            name, side, port=port, mass=np.asarray(mass), temperature=temperature,
            pressure=pressure, heat=np.asarray(mass * (state.enthalpy - zero)),
        )  # fmt: skip

    medium, low = ("medium_pressure", "medium_temperature"), (
        "low_pressure", "low_temperature")  # fmt: skip
    return [
        of("make_up_water", "in", "make_up", water.make_up, at.make_up,
           ("", "make_up_temperature")),
        of("returned_condensate", "in", "condensate", water.returned, at.returned,
           ("", "return_temperature")),
        of("medium_delivered", "out", "medium_steam", water.medium, at.medium, medium),
        of("low_delivered", "out", "low_steam", water.low, at.low, low),
        of("boiler_blowdown", "out", "blowdown", water.blowdown, at.blowdown,
           ("live_pressure", "")),
        Point("net_power", "out", port="power", heat=np.asarray(GJ_PER_MWH * power[1])),
    ]  # fmt: skip


def _live(
    fire: Burnt, at: States, water: Circuit, setting: Mapping[str, Array]
) -> list[Point]:
    """Return live steam made and used: the plan, not the station, makes them equal."""
    feed = at.feed_water.enthalpy
    rise = at.live.enthalpy - feed
    rise = rise + setting["blowdown"] * (at.blowdown.enthalpy - feed)
    return [
        Point("live_used", "in", heat=np.asarray(water.used * rise)),
        Point("live_made", "out", heat=fire.steam_heat),
    ]


def _losses(fire: Burnt, water: Circuit, power: tuple[Array, Array]) -> list[Point]:
    """Return the heat of the coal and everything it does not reach a user by."""
    gross, net = power
    other = fire.heat - fire.steam_heat - fire.flue_gas_loss - fire.unburnt_loss
    return [
        Point("fuel_heat", "in", heat=fire.heat),
        Point("flue_gas_heat", "out", heat=fire.flue_gas_loss),
        Point("unburnt_heat", "out", heat=fire.unburnt_loss),
        Point("other_boiler_heat", "out", heat=np.asarray(other)),
        Point("condenser_heat", "out", heat=water.condenser),
        Point("machine_loss", "out", heat=np.asarray(water.shaft - gross * GJ_PER_MWH)),
        Point("own_use", "out", heat=np.asarray((gross - net) * GJ_PER_MWH)),
    ]


def _steam(
    duty: Mapping[str, Array], setting: Mapping[str, Array],
    *, at: States, water: Circuit,
) -> list[Point]:  # fmt: skip
    """Return steam and water between boiler, turbine and feed pump."""
    zero, none = at.make_up.enthalpy, np.zeros(())
    rows = (
        ("steam_made", water.used, at.live, "live_pressure"),
        ("steam_expanded", water.expanded, at.live, "live_pressure"),
        ("heater_bleed", water.heater, at.heater_exit, "heater_pressure"),
        ("extraction_exit", duty.get("extraction", none), at.medium_exit,
         "medium_pressure"),
        ("back_pressure_exit", duty.get("back_pressure", none), at.low_exit,
         "low_pressure"),
        ("deaerator_bleed", water.deaerator, at.low_exit, "low_pressure"),
        ("condenser_exhaust", duty.get("condensing", none), at.condenser_exit,
         "condenser_pressure"),
        ("throttled_medium", duty.get("reducing_medium", none), at.live,
         "live_pressure"),
        ("throttled_low", duty.get("reducing_low", none), at.live, "live_pressure"),
        ("deaerated_water", water.used + water.blowdown, at.deaerated,
         "deaerator_pressure"),
        ("feed_water", water.used + water.blowdown, at.feed_water, "live_pressure"),
    )  # fmt: skip
    return [
        Point(
            name, mass=np.asarray(mass), pressure=setting[where],
            temperature=_degrees(setting[where], state),
            heat=np.asarray(mass * (state.enthalpy - zero)),
        )
        for name, mass, state, where in rows
        if where in setting and np.any(mass > 0.0)
    ]  # fmt: skip


def _degrees(pressure: Array, state: State) -> Array:
    """Return the temperature of a state, from its enthalpy [degC]."""
    p, h = np.broadcast_arrays(np.asarray(pressure), 1000.0 * state.enthalpy)
    return np.asarray(temperature_from_enthalpy(p, h) - KELVIN)
