"""White side of a Bayer circuit: precipitation, evaporation, make-up, calcination.

Counted as on the red side: pregnant and spent liquor in m3, liquor of the test tank in
m3 of its caustic, hydrate dry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.alumina.counted import (
    COAL_PER_GJ,
    INDICATORS,
    caustic,
    energy,
)
from orebook.process.alumina.evaporation import steam_heat
from orebook.process.alumina.impurities import SOLUTION_PER_SODA
from orebook.process.alumina.indicators import NAOH_PER_SODA
from orebook.process.alumina.quality import product_fines, product_quality
from orebook.process.alumina.ring import State
from orebook.process.alumina.ring_unit import Section, bind_section
from orebook.process.alumina.section_example import example
from orebook.process.alumina.traces import organics, oxalate
from orebook.process.content import known_material, nominal
from orebook.process.contract import Array, Case, Content, Process, Setting
from orebook.process.diagnosable import Tally
from orebook.process.properties.liquor import Composition, volume
from orebook.process.registry import Bind, Kind


def _spent_volume(state: State) -> Array:
    """Return spent liquor with the rinse of the hydrate, at 25 degC [m3/t]."""
    c = state.circuit
    a, n, k, s, w = c.spent.arrays
    rinse = c.hydrate_wash - c.calcination.moisture
    return volume(Composition(a, n, k, s, w + rinse))


def _precipitation(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    return {
        "hydrate": state.hydrate / c.pregnant_volume,
        "spent": _spent_volume(state) / c.pregnant_volume,
        "water": c.hydrate_wash / c.pregnant_volume,
    }


def _precipitation_carries(state: State, case: Case) -> Content:
    c = state.circuit
    alumina, soda = state.plant["product_alumina"], state.digested_soda
    return {
        "pregnant": {
            "Al2O3": np.asarray(alumina / c.pregnant_volume),
            "Na2O": np.asarray(soda / c.pregnant_volume),
        },
        "hydrate": {"Al2O3": np.asarray(alumina / state.hydrate)},
        "spent": {"Na2O": np.asarray(soda / _spent_volume(state))},
    }


def _precipitation_tells(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    yielded = c.pregnant_alumina - c.spent_alumina
    return {
        "yield_kg_per_m3": yielded,
        "decomposition": yielded / c.pregnant_alumina,
        "supersaturation": c.supersaturation,
        "product_fines": product_fines(state.plant, c),
    }


def _evaporation(state: State, case: Case) -> dict[str, Array]:
    c, p = state.circuit, state.plant
    spent = _spent_volume(state)
    in_product = np.asarray(c.calcination.product["Na2O"])
    soda = state.digested_soda - in_product - p["soda_loss"]
    heat = steam_heat(p, c.evaporated) * case.setting["heat_factor"]
    return {
        "liquor": soda / state.caustic_per_m3 / spent,
        "steam": heat / case.setting["steam_heat"] / spent,
        "condensate": c.evaporated / spent,
        "water": p["miscellaneous_water"] / spent,
        "lost_soda": (p["soda_loss"] + in_product) / spent,
    }


def _evaporation_carries(state: State, case: Case) -> Content:
    return {
        "spent": {"Na2O": np.asarray(state.digested_soda / _spent_volume(state))},
        "liquor": {"Na2O": state.caustic_per_m3},
        "lost_soda": {"Na2O": np.ones(())},
        "steam": {"energy": case.setting["steam_heat"]},
    }


def _evaporation_tells(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    return {
        "evaporation_t_per_m3": c.evaporated / _spent_volume(state),
        "steam_t_per_t_water": steam_heat(state.plant, c.evaporated)
        * case.setting["heat_factor"]
        / case.setting["steam_heat"]
        / c.evaporated,
        "organic_carbon_to_remove_kg_per_t": organics(state.plant, c).to_remove,
        "oxalate_limit_g_per_l": oxalate(state.plant, c).limit,
        "oxalate_to_remove_kg_per_t": oxalate(state.plant, c).to_remove,
    }


def _makeup(state: State, case: Case) -> dict[str, Array]:
    soda = state.caustic_per_m3
    return {
        "caustic": NAOH_PER_SODA * soda,
        "water": (SOLUTION_PER_SODA - NAOH_PER_SODA) * soda,
    }


def _makeup_carries(state: State, case: Case) -> Content:
    return {
        "liquor": {"Na2O": state.caustic_per_m3},
        "caustic": {"Na2O": np.asarray(1.0 / NAOH_PER_SODA)},
    }


def _makeup_tells(state: State, case: Case) -> dict[str, Array]:
    return {"caustic_t_per_m3": NAOH_PER_SODA * state.caustic_per_m3}


@dataclass(frozen=True, slots=True)
class _Fuel:
    """Fuel of a calciner: the unit it is counted in and its heat [GJ per unit]."""

    unit: str
    heat: float


def _calcination_of(fuel: _Fuel, stated: Mapping[str, float]) -> Section:
    """Return a calciner of a fuel, with what the book states of its alumina [-]."""

    def flows(state: State, case: Case) -> dict[str, Array]:
        heat = state.plant["calciner_heat"] * case.setting["heat_factor"]
        return {
            "alumina": 1.0 / state.hydrate,
            "fuel": heat / fuel.heat / state.hydrate,
            "co2": heat * case.setting["fuel_carbon"] / 1000.0 / state.hydrate,
        }

    def carries(state: State, case: Case) -> Content:
        made = product_quality(state.plant, state.circuit)
        alumina = {
            "Na2O": made.soda,
            "SiO2": made.silica,
            "LOI": made.loss_on_ignition,
            "under_45um": made.fines,
        }
        grade = {k: np.asarray(v) for k, v in stated.items() if k in alumina}
        return {
            "hydrate": {"Al2O3": np.asarray(made.alumina / state.hydrate)},
            "alumina": {"Al2O3": made.alumina, **alumina, **grade},
        }

    return Section(
        kind="bayer_calcination",
        feed="hydrate",
        unit="t",
        ports={
            "alumina": ("t", 1), "fuel": (fuel.unit, -1), "co2": ("t", 1),
            "power": ("MWh", -1),
        },
        settings=(
            Setting(
                "power", "kWh/t", 14.0, 0.0, 100.0, prior_sd=3.0, role="efficiency"
            ),
            Setting("heat_factor", "", 1.0, 0.7, 1.5, role="efficiency"),
            Setting(
                "fuel_carbon", "kg/GJ", 56.1, 0.0, 110.0, prior_sd=1.5,
                role="condition",
            ),
        ),
        flows=flows,
        carries=carries,
        tells=_calcination_tells,
        conserves=("Al2O3",),
        product="alumina",
        tallies=(
            Tally("product_t", "alumina"),
            Tally("alumina_made_t", "alumina", component="Al2O3"),
            Tally("coal_kg", "fuel", fuel.heat * COAL_PER_GJ),
            *energy("power"),
        ),
        diagnosed=INDICATORS,
    )  # fmt: skip


def _calcination_tells(state: State, case: Case) -> dict[str, Array]:
    made = product_quality(state.plant, state.circuit)
    return {
        "calcination_heat_gj_per_t": state.plant["calciner_heat"]
        * case.setting["heat_factor"],
        "least_heat_gj_per_t": state.circuit.calcination.bound_heat,
        "product_soda": made.soda,
        "product_silica": made.silica,
        "product_loss_on_ignition": made.loss_on_ignition,
    }


PRECIPITATION = Section(
    kind="bayer_precipitation",
    feed="pregnant",
    unit="m3",
    ports={
        "hydrate": ("t", 1), "spent": ("m3", 1), "water": ("m3", -1),
        "power": ("MWh", -1),
    },
    settings=(
        Setting("power", "kWh/m3", 5.2, 0.0, 50.0, prior_sd=1.0, role="efficiency"),
    ),
    flows=_precipitation,
    carries=_precipitation_carries,
    tells=_precipitation_tells,
    conserves=("Al2O3", "Na2O"),
    product="hydrate",
    tallies=(
        Tally("pregnant_m3", "pregnant"),
        Tally("alumina_precipitated_kg", "hydrate", 1000.0, component="Al2O3"),
        *energy("power"),
    ),
)  # fmt: skip
EVAPORATION = Section(
    kind="bayer_evaporation",
    feed="spent",
    unit="m3",
    ports={
        "liquor": ("m3", 1), "steam": ("t", -1), "condensate": ("m3", 1),
        "water": ("m3", -1), "power": ("MWh", -1), "lost_soda": ("t", 1),
    },
    settings=(
        Setting("power", "kWh/m3", 2.4, 0.0, 50.0, prior_sd=0.5, role="efficiency"),
        Setting("heat_factor", "", 1.0, 0.7, 1.5, prior_sd=0.05, role="efficiency"),
        Setting("steam_heat", "GJ/t", 2.65, 1.5, 3.5, role="condition"),
    ),
    flows=_evaporation,
    carries=_evaporation_carries,
    tells=_evaporation_tells,
    conserves=("Na2O",),
    product="liquor",
    tallies=(caustic("product", "lost_soda"), *energy("steam", "power")),
)  # fmt: skip
MAKEUP = Section(
    kind="bayer_makeup",
    feed="liquor",
    unit="m3",
    ports={"caustic": ("t", -1), "water": ("m3", -1)},
    settings=(),
    flows=_makeup,
    carries=_makeup_carries,
    tells=_makeup_tells,
    conserves=("Na2O",),
    product="liquor",
    tallies=(Tally("caustic_kg", "caustic", 1000.0),),
    sign=1,
)


def bind_precipitation(unit: Unit, chain: Chain) -> Process:
    """Bind precipitation with classification; its duty is pregnant liquor."""
    return bind_section(PRECIPITATION, unit, chain)


def bind_evaporation(unit: Unit, chain: Chain) -> Process:
    """Bind an evaporator train; its duty is spent liquor.

    What the product and spills take of the caustic is missing in what it returns.
    """
    return bind_section(EVAPORATION, unit, chain)


def bind_makeup(unit: Unit, chain: Chain) -> Process:
    """Bind the caustic make-up; its duty is test-tank liquor, by its caustic."""
    return bind_section(MAKEUP, unit, chain)


def bind_calcination(unit: Unit, chain: Chain) -> Process:
    """Bind a calciner; its duty is dry hydrate.

    The fuel's own heating value (``heat`` of the material) tells how much it burns,
    counted as that material is: m3 of natural gas, GJ of producer gas. What the book
    states of the alumina beside Al2O3 is its grade: two calciners may make two.

    Raises
    ------
    InputError
        If no fuel is bound or it has no heating value.
    """
    text, made = unit.ports.get("fuel"), unit.ports.get("alumina")
    material = "" if text is None else good(text, unit.place).material
    heat = 0.0 if text is None else float(nominal(chain, material)["energy"])
    if heat <= 0.0:
        raise InputError(
            f"unit '{unit.id}': ports.fuel must be a material with a heating value; "
            'bind one, for example ports.fuel = "natural-gas" with heat = "0.0356 '
            'GJ/m3" in materials.toml'
        )
    stated: Mapping[str, float] = {}
    if made is not None:
        stated = known_material(chain, good(made, unit.place).material).assay
    fuel = _Fuel(known_material(chain, material).unit, heat)
    return bind_section(_calcination_of(fuel, stated), unit, chain)


_BINDS: Mapping[str, Bind] = {
    "bayer_precipitation": bind_precipitation,
    "bayer_evaporation": bind_evaporation,
    "bayer_makeup": bind_makeup,
    "bayer_calcination": bind_calcination,
}
KINDS = {name: Kind(name, bind, example(name)) for name, bind in _BINDS.items()}
