"""Thermal power station from physics: coals, boilers, turbine sections, water.

Coals burn in boilers whose losses follow from flue gas, air and ash; steam expands by
the IAPWS industrial formulation; the circuit of water closes. The plan sees it linear
in the coals and in the steam through each section, exactly, at any settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_content, port_units, require_ports
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Point,
    Port,
    Process,
    Relation,
)
from orebook.process.diagnosable import Diagnosed, Tally, ratio
from orebook.process.power.bands import parameters
from orebook.process.power.burning import Burnt, burn
from orebook.process.power.circuit import Circuit, States, circuit, states
from orebook.process.power.heat_and_power import GJ_PER_MWH
from orebook.process.power.inside import station_points
from orebook.process.power.station_book import (
    EXITS,
    READ_AT,
    Machine,
    Station,
    ranges,
)
from orebook.process.properties.coal import check_analysis, standard_coal
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

# Components of an assay that an ultimate analysis consists of, as received.
_ANALYSIS = {"Moisture": "moisture", "Ash": "ash"} | {c: c for c in "CHONS"}
_WATER = ("make_up", "condensate", "blowdown")
_UNITS = {
    "live_steam": "t",
    "medium_steam": "t",
    "low_steam": "t",
    "power": "MWh",
    "co2": "t",
    "so2": "t",
    "ash": "t",
}
SULPHUR_DIOXIDE_PER_SULPHUR = 64.064 / 32.065
CARBON_DIOXIDE_PER_CARBON = 44.0095 / 12.0107


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a power station.

    ``feed`` lists the coals, each with ``heat`` (net, as received) and an assay with
    ``Ash``, and where known ``C``, ``S``; ``ports`` binds live_steam, power and the
    steam levels it supplies. An exit whose level is not bound is not offered.
    """
    require_ports(unit, ["live_steam", "power"])
    port_units(unit, chain, _UNITS)
    coals = _coals(unit, chain)
    recipe = parameters(unit, Station)
    exits = tuple(
        name
        for name, port in EXITS.items()
        if (recipe.condenser if port is None else port in unit.ports)
    )
    settings = ranges(unit, heater=recipe.heater)
    physics = _Physics(tuple(coals), exits, coals, recipe)
    units = {c: chain.material[c].unit for c in coals}
    duties = [Duty(c, u, c, c) for c, u in units.items()]
    duties += [Duty(name, "t", None, READ_AT[name]) for name in exits]
    if recipe.machine is not None:
        duties.append(Duty("running", "h"))
    return Process(
        kind="power_station",
        duties=tuple(duties),
        ports=_ports(unit, chain, units),
        function=physics.run,
        settings=settings,
        limits=_limits(recipe),
        conserves=("energy", "water", "C", "S", "Ash"),
        relations=_relations(unit, recipe.machine, exits),
        inside=physics.points,
        tallies=_counted(coals),
        diagnosed=_DIAGNOSED,
    )


def _counted(coals: Iterable[str]) -> tuple[Tally, ...]:
    """Return heat of coal, boiler and users, and power, as the rates are made of."""
    return (
        *(Tally("coal_gj", c, component="energy") for c in coals),
        Tally("boiler_gj", "live_steam", component="energy"),
        Tally("heat_gj", "medium_steam", component="energy"),
        Tally("heat_gj", "low_steam", component="energy"),
        Tally("heat_gj", "condensate", -1.0, component="energy"),
        Tally("power_mwh", "power"),
        Tally("gross_mwh", "generator", load=True),
    )


def _supply(sums: Mapping[str, Array]) -> Array:
    """Return standard coal to power by the energy method, per power sent out."""
    to_heat = sums["coal_gj"] * sums["heat_gj"] / sums["boiler_gj"]
    return np.asarray(
        1000.0 * standard_coal(sums["coal_gj"] - to_heat) / sums["power_mwh"]
    )


_DIAGNOSED = (
    Diagnosed(
        "supply_coal_rate", _supply, ("coal_gj", "heat_gj", "boiler_gj", "power_mwh")
    ),
    Diagnosed(
        "heat_coal_rate",
        lambda sums: np.asarray(
            1000.0 * standard_coal(sums["coal_gj"]) / sums["boiler_gj"]
        ),
        ("coal_gj", "boiler_gj"),
    ),
    Diagnosed(
        "boiler_efficiency", ratio("boiler_gj", "coal_gj"), ("boiler_gj", "coal_gj")
    ),
    Diagnosed(
        "auxiliary_power_rate",
        lambda sums: np.asarray(1.0 - sums["power_mwh"] / sums["gross_mwh"]),
        ("power_mwh", "gross_mwh"),
    ),
)


def _coals(unit: Unit, chain: Chain) -> Content:
    coals = feed_content(unit, chain)
    if not coals or any(c["energy"] <= 0 for c in coals.values()):
        raise InputError(
            f"unit '{unit.id}' needs at least one coal with a heating value; "
            'add feed = ["coal"] and heat = "20.9 GJ/t" to the material'
        )
    for name, content in coals.items():
        if "Ash" not in content:
            raise InputError(
                f"unit '{unit.id}' (kind power_station): coal '{name}' states no Ash; "
                "boiler efficiency needs it; add to the material "
                'assay = { Ash = "25 %", S = "0.8 %", C = "54 %" }, as received'
            )
        try:
            check_analysis(
                {k: 100.0 * content[c] for c, k in _ANALYSIS.items() if c in content}
            )
        except InputError as error:
            said = str(error).removeprefix("coal: ")
            raise InputError(f"unit '{unit.id}': coal '{name}': {said}") from None
    return coals


def _ports(unit: Unit, chain: Chain, coals: Mapping[str, str]) -> tuple[Port, ...]:
    ports = [Port(c, u, -1) for c, u in coals.items()]
    ports += [Port("live_steam", "t", 1), Port("live_steam_used", "t", -1)]
    ports += [Port(p, u, 1) for p, u in _UNITS.items() if p != "live_steam"]
    for port in _WATER:
        sign = 1 if port == "blowdown" else -1
        ports.append(Port(port, _water_unit(unit, chain, port), sign))
    ports += [Port("sulphur_kept", "t", 1), Port("heat_loss", "GJ", 1)]
    return tuple(ports)


def _water_unit(unit: Unit, chain: Chain, port: str) -> str:
    """Return what a water port is counted in; a cubic metre is taken as a tonne."""
    if port not in unit.ports:
        return "t"
    material = good(unit.ports[port], unit.place).material
    of = chain.material[material].unit if material in chain.material else "t"
    if of not in ("t", "m3"):
        raise InputError(
            f"unit '{unit.id}': ports.{port} = '{unit.ports[port]}' is counted in "
            f"{of}; water is counted in t or m3; bind another material"
        )
    return of


def _limits(recipe: Station) -> dict[str, str]:
    found = {"boiler": "t", "turbine": "t", "generator": "MWh"}
    found |= {"extraction": "t", "condensing": "t"}
    return found if recipe.machine is None else {**found, "machines": "h"}


def _relations(
    unit: Unit, machine: Machine | None, exits: tuple[str, ...]
) -> tuple[Relation, ...]:
    """Return what binds steam to running hours: between least and full flow."""
    if machine is None:
        return ()
    flow = machine.full_flow
    turned = [e for e in exits if e in ("extraction", "back_pressure", "condensing")]
    if flow <= 0.0:
        raise InputError(
            f"unit '{unit.id}': recipe.machine.flow = {flow:g} t/h; expected the full "
            "flow of one machine, above 0; correct it"
        )
    full = {**dict.fromkeys(turned, 1.0), "running": -flow}
    up = Relation("full_flow", full, "t")
    if machine.least == 0.0:
        return (up,)
    down = {**dict.fromkeys(turned, -1.0), "running": machine.least * flow}
    return (up, Relation("least_flow", down, "t"))


@dataclass(frozen=True, slots=True)
class _Physics:
    coals: tuple[str, ...]
    exits: tuple[str, ...]
    nominal: Content
    recipe: Station

    def run(self, case: Case) -> Outcome:
        s = case.setting
        coal = {c: {**self.nominal[c], **case.content.get(c, {})} for c in self.coals}
        fire = burn({c: case.duty[c] for c in self.coals}, coal, s)
        at = states(s)
        idle, hours = self._idle(case)
        water = circuit(
            case.duty, at, s, idle=idle, idle_to_condenser=self._idle_to_condenser
        )
        rise = at.live.enthalpy - at.feed_water.enthalpy
        rise = rise + s["blowdown"] * (at.blowdown.enthalpy - at.feed_water.enthalpy)
        made = fire.steam_heat / rise
        drive = s["mechanical_efficiency"] * s["generator_efficiency"]
        gross = water.shaft * drive / GJ_PER_MWH
        net = gross * (1.0 - s["auxiliary_power"])
        flows: dict[str, Array] = {c: -case.duty[c] for c in self.coals}
        flows |= {
            "live_steam": made,
            "live_steam_used": -water.used,
            "medium_steam": water.medium,
            "low_steam": water.low,
            "power": net,
            "co2": fire.carbon_burnt * CARBON_DIOXIDE_PER_CARBON,
            "so2": fire.sulphur_emitted * SULPHUR_DIOXIDE_PER_SULPHUR,
            "ash": fire.ash + fire.carbon_lost,
            "make_up": -water.make_up,
            "condensate": -water.returned,
            "blowdown": water.blowdown,
            "sulphur_kept": fire.sulphur_kept,
            "heat_loss": fire.heat - fire.steam_heat
            + water.condenser + water.shaft - net * GJ_PER_MWH,
        }  # fmt: skip
        loads = {
            "boiler": made,
            "turbine": water.expanded,
            "generator": gross,
            "extraction": case.duty.get("extraction", np.zeros(())),
            "condensing": case.duty.get("condensing", np.zeros(())),
        }
        if self.recipe.machine is not None:
            loads["machines"] = hours
        carried = self._carried(coal, fire, at, water, rise)
        found = _indicators(flows, carried, fire, gross)
        return Outcome(flows, loads, found, carried)

    def points(self, case: Case) -> tuple[Point, ...]:
        """Return steam, water and losses inside the station."""
        s = case.setting
        coal = {c: {**self.nominal[c], **case.content.get(c, {})} for c in self.coals}
        fire, at = burn({c: case.duty[c] for c in self.coals}, coal, s), states(s)
        idle, _ = self._idle(case)
        water = circuit(
            case.duty, at, s, idle=idle, idle_to_condenser=self._idle_to_condenser
        )
        drive = s["mechanical_efficiency"] * s["generator_efficiency"]
        gross = water.shaft * drive / GJ_PER_MWH
        power = gross, gross * (1.0 - s["auxiliary_power"])
        return station_points(case.duty, s, fire=fire, at=at, water=water, power=power)

    @property
    def _idle_to_condenser(self) -> bool:
        return "condensing" in self.exits

    def _idle(self, case: Case) -> tuple[Array, Array]:
        """Return no-load steam [t] and running hours [h]."""
        machine = self.recipe.machine
        if machine is None:
            return np.zeros(()), np.zeros(())
        hours = case.duty["running"]
        return hours * machine.no_load * machine.full_flow, hours

    @staticmethod
    def _carried(
        coal: Content, fire: Burnt, at: States, water: Circuit, rise: Array
    ) -> dict[str, dict[str, Array]]:
        """Return what each port carries; energy counts from make-up water."""
        zero, condenser = at.make_up.enthalpy, at.condenser_exit.enthalpy
        one = np.asarray(1.0)
        content: dict[str, dict[str, Array]] = {
            c: {**parts, "C": fire.carbon[c], "S": fire.sulphur[c]}
            for c, parts in coal.items()
        }
        content["live_steam"] = {
            "energy": rise,
            "exergy": at.live.exergy,
            "drop": at.live.enthalpy - condenser,
        }
        content["live_steam_used"] = content["live_steam"]
        for port, state, amount, drop in (
            ("medium_steam", at.medium, water.medium, water.medium_drop),
            ("low_steam", at.low, water.low, water.low_drop),
        ):
            content[port] = {
                "energy": state.enthalpy - zero,
                "exergy": state.exergy,
                "drop": _over(drop, amount),
                "water": one,
            }
        for port, state in (
            ("condensate", at.returned),
            ("make_up", at.make_up),
            ("blowdown", at.blowdown),
        ):
            content[port] = {
                "energy": state.enthalpy - zero, "exergy": state.exergy, "water": one
            }  # fmt: skip
        ash = fire.ash + fire.carbon_lost
        safe = np.where(ash == 0.0, 1.0, ash)
        content["ash"] = {"Ash": fire.ash / safe, "C": fire.carbon_lost / safe}
        content["co2"] = {"C": np.asarray(1.0 / CARBON_DIOXIDE_PER_CARBON)}
        content["so2"] = {"S": np.asarray(1.0 / SULPHUR_DIOXIDE_PER_SULPHUR)}
        content["sulphur_kept"] = {"S": one}
        content["power"] = {"energy": np.asarray(GJ_PER_MWH)}
        content["heat_loss"] = {"energy": one}
        return content


def heat_to_users(flows: Mapping[str, Array], content: Content) -> Array:
    """Return the heat users keep [GJ]: steam less the condensate they send back.

    Parameters
    ----------
    flows, content : mapping
        Of an outcome; energy counts from make-up water, or from feed water.

    References
    ----------
    .. [1] DL/T 904-2015, Calculating method of economical and technical index for
       thermal power plant.

    Examples
    --------
    >>> steam = {"low_steam": np.asarray(10.0), "condensate": np.asarray(-8.0)}
    >>> carried = {"low_steam": {"energy": 2.8}, "condensate": {"energy": 0.35}}
    >>> heat_to_users(steam, carried).round(2).item()
    25.2
    """
    ports = ("medium_steam", "low_steam", "condensate")
    return np.asarray(
        sum(
            (flows[p] * content[p]["energy"] for p in ports if p in flows), np.zeros(())
        )
    )


def _indicators(
    flows: Mapping[str, Array], carried: Content, fire: Burnt, gross: Array
) -> dict[str, Array]:
    """Return the indicators of a station as statistics define them.

    Fuel is split between heat and power by heat (the energy method), as reporting has
    it; other splits are a matter of `orebook.process.power.allocation`.
    """
    heat = heat_to_users(flows, carried)
    boiler = flows["live_steam"] * carried["live_steam"]["energy"]
    share = _over(heat, boiler)
    coal = 1000.0 * standard_coal(fire.heat)  # kgce
    to_power = coal * (1.0 - share)  # kgce over MWh is g over kWh
    net = flows["power"]
    return {
        "boiler_efficiency": _over(fire.steam_heat, fire.heat),
        "flue_gas_loss": _over(fire.flue_gas_loss, fire.heat),
        "unburnt_carbon_loss": _over(fire.unburnt_loss, fire.heat),
        "overall_efficiency": _over(net * GJ_PER_MWH + heat, fire.heat),
        "gross_coal_rate": _over(to_power, gross),
        "supply_coal_rate": _over(to_power, net),
        "heat_coal_rate": _over(coal * share, heat),
        "auxiliary_power_rate": _over(gross - net, gross),
        "heat_power_ratio": _over(heat, net * GJ_PER_MWH),
    }


def _over(top: Array, bottom: Array) -> Array:
    """Return a ratio, 0 where there is nothing to divide by."""
    safe = np.where(bottom == 0.0, 1.0, bottom)
    return np.asarray(np.where(bottom == 0.0, 0.0, top / safe))


def _example() -> Chain:
    rows = {
        "coal": ("fuel", "t"), "slack": ("fuel", "t"), "live": ("steam", "t"),
        "medium": ("steam", "t"), "low": ("steam", "t"), "power": ("power", "MWh"),
        "co2": ("emission", "t"), "so2": ("emission", "t"), "water": ("water", "m3"),
    }  # fmt: skip
    assay = {
        "coal": {"Moisture": 0.09, "Ash": 0.22, "C": 0.56, "H": 0.035, "S": 0.007},
        "slack": {"Moisture": 0.12, "Ash": 0.34, "S": 0.014},
    }
    heat = {"coal": "21.5 GJ/t", "slack": "16.2 GJ/t"}
    materials = tuple(
        Material.model_validate(
            {"id": m, "name": "例", "name_en": m, "group": g, "unit": u,
             "heat": heat.get(m), "assay": assay.get(m, {})}
        )
        for m, (g, u) in rows.items()
    )  # fmt: skip
    unit = Unit(
        id="example", name="例", name_en="example", kind="power_station",
        centre="group", place="plant", feed=["coal", "slack"],
        ports={
            "live_steam": "live", "medium_steam": "medium", "low_steam": "low",
            "power": "power", "co2": "co2", "so2": "so2", "make_up": "water",
        },
        settings={"medium_temperature": "300 degC"},  # type: ignore[dict-item]
        recipe={"machine": {"flow": "220 t/h", "no_load": "7 %", "least": "30 %"}},
    )  # fmt: skip
    return example_chain(materials, unit)


KINDS = {"power_station": Kind("power_station", bind, _example)}
