"""Every stream of the flow sheet: oxides, temperature and heat; sections and closure.

Heat is counted from 25 degC, liquid water and gibbsite; alumina carries the heat of its
form. What a section receives and does not pass on in streams is rejected: cooling of
precipitation, condensers, shell and stack losses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.calcination import REACTION_GJ, VAPORISATION_GJ
from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.evaporation import steam_heat
from orebook.process.alumina.impurities import SOLUTION_PER_SODA
from orebook.process.alumina.ore import ore_oxides
from orebook.process.alumina.oxides import (
    COMPONENTS,
    GIBBSITE_WATER,
    KAOLINITE_ALUMINA,
    MOLAR_MASS,
    elements,
)
from orebook.process.contract import Array
from orebook.process.properties.liquor import Composition, heat_capacity

__all__ = [
    "SECTIONS",
    "Stream",
    "balance_error",
    "heat_rejected",
    "heat_supplied",
    "liquor_stream",
    "mud_stream",
    "stream_table",
]

SECTIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "slurry": (("ore", "lime", "test_tank_liquor"), ("slurry",)),
    "digestion": (("slurry",), ("digested_slurry", "flash_condensate")),
    "washing": (("digested_slurry", "wash_water"), ("pregnant_liquor", "mud")),
    "precipitation": (
        ("pregnant_liquor", "hydrate_wash"),
        ("hydrate", "spent_liquor"),
    ),
    "evaporation": (
        (
            "spent_liquor",
            "caustic",
            "miscellaneous_water",
            "causticising_lime",
            "sulphate",
        ),
        (
            "test_tank_liquor",
            "condensate",
            "purged_soda",
            "lost_liquor",
            "lime_residue",
        ),
    ),
    "calcination": (("hydrate",), ("alumina", "vapour")),
}
"""Streams into and out of each section."""

DISSOLVED_GJ = 0.607  # per t Al2O3 in liquor, against gibbsite
MONOHYDRATE_GJ = DISSOLVED_GJ - 0.500
CALCINED_GJ = REACTION_GJ - GIBBSITE_WATER * VAPORISATION_GJ
_WATER_RATE, _SOLID_RATE, _HYDRATE_RATE = 4.187, 0.95, 1.2  # kJ/(kg K)
_DATUM = 25.0  # degC
_TEST_TANK, _PREGNANT, _MUD = 98.0, 95.0, 60.0  # degC
_WASH, _CONDENSATE, _PRODUCT = 80.0, 50.0, 80.0  # degC
_INTERCHANGE = (
    0.6  # heat that pregnant liquor hands to spent liquor, of what it could [-]
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream per tonne of alumina.

    Parameters
    ----------
    oxides : mapping
        Mass by component; dissolved soda and salts as Na2O, CO2 and SO3 [t/t].
    temperature : array
        Temperature [degC].
    heat : array
        Enthalpy from 25 degC, with the heat of the alumina's form [GJ/t].
    """

    oxides: Mapping[str, Array]
    temperature: Array
    heat: Array

    @property
    def mass(self) -> Array:
        """Mass [t/t]."""
        return np.asarray(sum(self.oxides.values(), np.zeros(())))


def stream_table(p: Mapping[str, Array], c: Circuit) -> dict[str, Stream]:
    """Return every stream of a closed circuit by name.

    Parameters
    ----------
    p : mapping
        Parameters.
    c : Circuit
        Closed.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> table = stream_table(p, solve(p).circuit)
    >>> table["alumina"].mass.round(6).item(), table["mud"].mass.round(3).item()
    (1.0, 1.723)
    """
    table = _red_side(p, c)
    table.update(_white_side(p, c))
    return table


def _red_side(p: Mapping[str, Array], c: Circuit) -> dict[str, Stream]:
    made, washed = c.charge, c.washing
    ore = {k: v * made.ore for k, v in ore_oxides(p).items()}
    clay = KAOLINITE_ALUMINA * p["ore_reactive_silica"] * made.ore
    in_ore = MONOHYDRATE_GJ * p["ore_monohydrate"] * made.ore + DISSOLVED_GJ * clay
    lime = _lime(p, made.lime)
    mud = {k: v * made.ore for k, v in c.chemistry.residue.items()}
    in_mud = _mud_heat(p, c, mud)
    final = _sum(mud, _gibbsite(washed.hydrolysed), {"Na2O": washed.adsorbed})
    wet = _sum(ore, {"H2O": made.moisture})
    slurry = _sum(wet, lime, _oxides(made.liquor))
    hot, cold = p["flash_temperature"], p["slurry_temperature"]
    solids = made.ore + made.lime
    sensible = _liquor_heat(made.cold, cold) + _solid_heat(solids, cold)
    return {
        "ore": Stream(wet, _at(_DATUM), np.asarray(in_ore)),
        "lime": Stream(lime, _at(_DATUM), np.zeros_like(made.lime)),
        "slurry": Stream(slurry, cold, np.asarray(sensible + in_ore)),
        "digested_slurry": Stream(
            _sum(mud, _oxides(c.blown_off)),
            hot,
            np.asarray(
                _liquor_heat(c.blown_off, hot) + _solid_heat(made.mud, hot) + in_mud
            ),
        ),
        "flash_condensate": _water(c.flash.vapour, c.flash.condensate_temperature),
        "wash_water": _water(c.wash_water, _WASH),
        "mud": Stream(
            _sum(final, _oxides(washed.cake)),
            _at(_MUD),
            np.asarray(
                _liquor_heat(washed.cake, _MUD)
                + _solid_heat(np.asarray(sum(final.values())), _MUD)
                + in_mud
            ),
        ),
        "pregnant_liquor": liquor_stream(washed.pregnant, _PREGNANT),
    }


def _white_side(p: Mapping[str, Array], c: Circuit) -> dict[str, Stream]:
    done, calcined = c.causticisation, c.calcination
    hydrate = _gibbsite(c.precipitated) | {"Na2O": calcined.hydrate["Na2O"]}
    cool, rinse = p["last_temperature"], c.hydrate_wash - calcined.moisture
    a, n, k, s, w = c.spent.arrays
    spent = Composition(a, n, k, s, w + rinse)
    dry = np.asarray(sum(hydrate.values()))
    moist = _WATER_RATE * calcined.moisture * (_CONDENSATE - _DATUM) / 1000.0
    in_hydrate = moist + _HYDRATE_RATE * dry * (_CONDENSATE - _DATUM) / 1000.0
    soda = np.asarray(c.make_up)
    purged = done.purged
    lime = _lime(p, done.lime)
    loss = p["soda_loss"]
    return {
        "hydrate_wash": _water(c.hydrate_wash, _WASH),
        "hydrate": Stream(
            _sum(hydrate, {"H2O": calcined.moisture}), _at(_CONDENSATE), in_hydrate
        ),
        "spent_liquor": liquor_stream(spent, cool + _INTERCHANGE * (_PREGNANT - cool)),
        "caustic": Stream(
            {"Na2O": soda, "H2O": (SOLUTION_PER_SODA - 1.0) * soda},
            _at(_DATUM),
            np.zeros_like(soda),
        ),
        "miscellaneous_water": _water(p["miscellaneous_water"], _DATUM),
        "causticising_lime": Stream(lime, _at(_DATUM), np.zeros_like(done.lime)),
        "sulphate": Stream(
            {"SO3": _salt(np.asarray(c.washing.cake.sulphate), "SO3")},
            _at(_DATUM),
            np.zeros(()),
        ),
        "test_tank_liquor": liquor_stream(c.test_tank, _TEST_TANK),
        "condensate": _water(c.evaporated, _CONDENSATE),
        "purged_soda": Stream(
            {"Na2O": purged, "CO2": _salt(purged, "CO2")},
            _at(_DATUM),
            np.zeros_like(purged),
        ),
        "lost_liquor": Stream(
            {"Na2O": loss, "H2O": _salt(loss, "H2O")}, _at(_DATUM), np.zeros(())
        ),
        "lime_residue": Stream(
            done.residue, _at(_DATUM), DISSOLVED_GJ * np.asarray(done.alumina)
        ),
        "alumina": Stream(
            calcined.product,
            _at(_PRODUCT),
            CALCINED_GJ * p["product_alumina"] + _solid_heat(np.ones(()), _PRODUCT),
        ),
        "vapour": Stream(
            {"H2O": calcined.vapour}, _at(_DATUM), VAPORISATION_GJ * calcined.vapour
        ),
    }


def heat_supplied(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    """Return the heat supplied to each section by steam or fuel [GJ/t].

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> heat_supplied(p, solve(p).circuit)["digestion"].round(2).item()
    2.36
    """
    zero = np.zeros(())
    return {
        "slurry": p["fixed_heat"],
        "digestion": c.flash.live_heat,
        "washing": zero,
        "precipitation": zero,
        "evaporation": steam_heat(p, c.evaporated),
        "calcination": p["calciner_heat"],
    }


def heat_rejected(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    """Return the heat each section gives to cooling water and surroundings [GJ/t].

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> heat_rejected(p, solve(p).circuit)["calcination"].round(2).item()
    0.97
    """
    table, supplied = stream_table(p, c), heat_supplied(p, c)
    return {
        name: np.asarray(
            supplied[name]
            + sum((table[s].heat for s in into), np.zeros(()))
            - sum((table[s].heat for s in out), np.zeros(()))
        )
        for name, (into, out) in SECTIONS.items()
    }


def balance_error(table: Mapping[str, Stream]) -> dict[str, Array]:
    """Return what the whole flow sheet does not close by, relative to what enters [-].

    Parameters
    ----------
    table : mapping
        From `stream_table`.

    Returns
    -------
    dict
        By element, and ``mass``, over the streams that cross the boundary of the plant.
    """
    made = {s for _, out in SECTIONS.values() for s in out}
    used = {s for into, _ in SECTIONS.values() for s in into}
    net: dict[str, Array] = {}
    gross: dict[str, Array] = {}
    for name in (made | used) - (made & used):
        stream, sign = table[name], 1.0 if name in used else -1.0
        parts = elements(stream.oxides) | {"mass": stream.mass}
        for key, amount in parts.items():
            net[key] = net.get(key, np.zeros(())) + sign * amount
            if sign > 0.0:
                gross[key] = gross.get(key, np.zeros(())) + amount
    return {k: np.abs(v) / np.maximum(gross.get(k, 0.0), 1e-3) for k, v in net.items()}


# -- pieces ------------------------------------------------------------------------


def _at(temperature: float) -> Array:
    return np.asarray(temperature, np.float64)


def _sum(*parts: Mapping[str, Array]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name in COMPONENTS:
        given = [part[name] for part in parts if name in part]
        if given:
            found[name] = np.asarray(sum(given[1:], np.asarray(given[0])))
    return found


def _salt(soda: Array, oxide: str) -> Array:
    """Return the oxide that goes with Na2O one to one [t]."""
    return np.asarray(soda / MOLAR_MASS["Na2O"] * MOLAR_MASS[oxide])


def _oxides(liquor: Composition) -> dict[str, Array]:
    a, n, c, s, w = liquor.arrays
    return {
        "Al2O3": a,
        "Na2O": n + c + s,
        "CO2": _salt(c, "CO2"),
        "SO3": _salt(s, "SO3"),
        "H2O": w,
    }


def _lime(p: Mapping[str, Array], amount: Array) -> dict[str, Array]:
    calcium, carbon = p["lime_cao"], p["lime_carbon_dioxide"]
    return {
        "CaO": amount * calcium,
        "CO2": amount * carbon,
        "other": amount * (1.0 - calcium - carbon),
    }


def _gibbsite(alumina: Array) -> dict[str, Array]:
    return {"Al2O3": alumina, "H2O": GIBBSITE_WATER * alumina}


def _mud_heat(p: Mapping[str, Array], c: Circuit, mud: Mapping[str, Array]) -> Array:
    """Return the heat of the alumina's form in the residue [GJ/t]."""
    ore = c.charge.ore
    gibbsite = ore * p["ore_gibbsite"] * (1.0 - p["extraction_gibbsite"])
    monohydrate = ore * p["ore_monohydrate"] * (1.0 - p["extraction_monohydrate"])
    bound = mud["Al2O3"] - gibbsite - monohydrate
    return np.asarray(MONOHYDRATE_GJ * monohydrate + DISSOLVED_GJ * bound)


def mud_stream(p: Mapping[str, Array], c: Circuit, liquor: Composition) -> Stream:
    """Return the digestion residue with liquor between its grains, as it settles.

    Parameters
    ----------
    p, c
        Parameters and closed circuit.
    liquor : Composition
        Liquor that goes with the mud [t/t].

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> made = solve(p).circuit
    >>> mud_stream(p, made, made.washing.cake).mass.round(2).item()
    1.72
    """
    mud = {k: v * c.charge.ore for k, v in c.chemistry.residue.items()}
    oxides = _sum(mud, _oxides(liquor))
    solid = _solid_heat(np.asarray(sum(mud.values())), _PREGNANT)
    heat = _liquor_heat(liquor, _PREGNANT) + solid + _mud_heat(p, c, mud)
    return Stream(oxides, _at(_PREGNANT), np.asarray(heat))


def liquor_stream(liquor: Composition, temperature: Array | float) -> Stream:
    """Return a liquor at a temperature as a stream.

    Parameters
    ----------
    liquor : Composition
        Masses [t/t].
    temperature : float or array
        [degC].

    Examples
    --------
    >>> made = liquor_stream(Composition(0.16, 0.135, 0.014, 0.003, 0.96), 25.0)
    >>> made.heat.round(4).item()
    0.0971
    """
    t = np.asarray(temperature, np.float64)
    return Stream(_oxides(liquor), t, _liquor_heat(liquor, t))


def _liquor_heat(liquor: Composition, temperature: Array | float) -> Array:
    """Return sensible heat at the mean heat capacity, and that of dissolved alumina."""
    t = np.asarray(temperature, np.float64)
    rate = liquor.mass * heat_capacity(liquor, 0.5 * (t + _DATUM))
    dissolved = DISSOLVED_GJ * np.asarray(liquor.alumina)
    return np.asarray(rate * (t - _DATUM) / 1000.0 + dissolved)


def _solid_heat(mass: Array, temperature: Array | float) -> Array:
    return np.asarray(_SOLID_RATE * mass * (temperature - _DATUM) / 1000.0)


def _water(mass: Array, temperature: Array | float) -> Stream:
    t = np.asarray(temperature, np.float64)
    heat = _WATER_RATE * mass * (t - _DATUM) / 1000.0
    return Stream({"H2O": np.asarray(mass)}, t, np.asarray(heat))
