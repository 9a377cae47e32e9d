"""Potline: Faraday's law, current efficiency, cell voltage, carbon and fluoride."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.process.content import fraction, nominal, port_units, require_ports
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Port,
    Process,
    Setting,
)
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

FARADAY_C_PER_MOL = 96485.33212  # CODATA 2018
ALUMINIUM_G_PER_MOL = 26.9815384
ALUMINA_G_PER_MOL = 101.961
CARBON_DIOXIDE_PER_CARBON = 44.0095 / 12.0107
CARBON_G_PER_MOL = 12.0107
# Enthalpies of formation, and from 25 to 960 degC [kJ/mol]
ALPHA_ALUMINA_KJ, DIOXIDE_KJ, MONOXIDE_KJ = -1675.7, -393.52, -110.53
METAL_HOT_KJ, DIOXIDE_HOT_KJ, MONOXIDE_HOT_KJ = 38.3, 45.6, 29.5
METAL_T_PER_MAH = ALUMINIUM_G_PER_MOL * 3600.0 / (3.0 * FARADAY_C_PER_MOL)
ALUMINIUM_IN_ALUMINA = 2.0 * ALUMINIUM_G_PER_MOL / ALUMINA_G_PER_MOL

SETTINGS = (
    Setting("current", "kA", 400.0, 50.0, 700.0),
    Setting("current_efficiency", "", 0.935, 0.80, 0.99, prior_sd=0.01),
    Setting("cell_voltage", "V", 3.98, 3.5, 6.0),
    Setting("rectifier_efficiency", "", 0.98, 0.90, 1.0, prior_sd=0.004),
    Setting("auxiliary_power", "kWh/t", 250.0, 0.0, 2000.0, prior_sd=50.0),
    Setting("alumina_loss", "", 0.007, 0.0, 0.05, prior_sd=0.004),
    Setting("net_carbon", "kg/t", 415.0, 334.0, 600.0, prior_sd=10.0),
    Setting("butt_fraction", "", 0.15, 0.0, 0.4, prior_sd=0.02),
    Setting("anode_carbon", "", 0.976, 0.9, 1.0),
    Setting("aluminium_fluoride", "kg/t", 17.0, 0.0, 60.0, prior_sd=2.0),
    Setting("anode_effect_minutes", "min/d", 0.05, 0.0, 5.0),
    Setting("cf4_slope", "kg/t", 0.104, 0.0, 0.5),
)
_UNITS = {
    "alumina": "t",
    "anode": "t",
    "aluminium_fluoride": "t",
    "power": "MWh",
    "metal": "t",
    "butts": "t",
    "co2": "t",
    "cf4": "t",
}


def metal_per_charge(current_efficiency: Array | float) -> Array | float:
    """Return the metal per ampere-hour of charge, Faraday's law [t/MAh = kg/kAh].

    Parameters
    ----------
    current_efficiency : float or array
        Current efficiency [-], 0..1.

    References
    ----------
    .. [1] Grjotheim, K. and Kvande, H., Introduction to Aluminium Electrolysis, 1993.

    Examples
    --------
    >>> round(metal_per_charge(1.0), 8)
    0.33557273
    """
    return METAL_T_PER_MAH * current_efficiency


def dc_energy(
    voltage_v: Array | float, current_efficiency: Array | float
) -> Array | float:
    """Return the direct-current specific energy [kWh/t metal].

    Parameters
    ----------
    voltage_v : float or array
        Average cell voltage with its share of the busbars [V].
    current_efficiency : float or array
        Current efficiency [-], above 0.

    References
    ----------
    .. [1] Grjotheim, K. and Kvande, H., Introduction to Aluminium Electrolysis, 1993.

    Examples
    --------
    >>> round(dc_energy(3.95, 0.93), 1)
    12656.9
    """
    return 1000.0 * voltage_v / metal_per_charge(current_efficiency)


def least_energy(current_efficiency: Array | float = 1.0) -> Array:
    """Return the least energy of electrolysis, from alpha-alumina [kWh/t metal].

    Parameters
    ----------
    current_efficiency : float or array
        Current efficiency [-], above 0.5: metal that burns back turns carbon dioxide
        into monoxide.

    Notes
    -----
    Enthalpy of ``1/2 Al2O3 + 3/(4x) C = Al + 3/4 (2 - 1/x) CO2 + 3/2 (1/x - 1) CO``
    from 25 degC, products at 960 degC.

    References
    ----------
    .. [1] Grjotheim, K. and Kvande, H., Introduction to Aluminium Electrolysis, 1993.

    Examples
    --------
    >>> least_energy([1.0, 0.95, 0.90]).round().tolist()
    [6334.0, 6409.0, 6493.0]
    """
    x = np.asarray(current_efficiency, np.float64)
    dioxide = 0.75 * (2.0 - 1.0 / x) * (DIOXIDE_KJ + DIOXIDE_HOT_KJ)
    monoxide = 1.5 * (1.0 / x - 1.0) * (MONOXIDE_KJ + MONOXIDE_HOT_KJ)
    heat = -0.5 * ALPHA_ALUMINA_KJ + dioxide + monoxide + METAL_HOT_KJ
    return np.asarray(heat / 3.6 / ALUMINIUM_G_PER_MOL * 1000.0)


def ideal(case: Case) -> dict[str, Array]:
    """Return what Faraday, stoichiometry and heat allow of a potline.

    Parameters
    ----------
    case : Case
        Not looked at: pure alumina and carbon, every electron makes metal.

    Examples
    --------
    >>> found = ideal(Case({}))
    >>> found["alumina_per_t"].round(4).item(), found["net_carbon"].round(1).item()
    (1.8895, 333.9)
    """
    carbon = 0.75 * CARBON_G_PER_MOL / ALUMINIUM_G_PER_MOL
    return {
        "current_efficiency": np.asarray(1.0),
        "dc_energy": least_energy(),
        "alumina_per_t": np.asarray(1.0 / ALUMINIUM_IN_ALUMINA),
        "net_carbon": np.asarray(1000.0 * carbon),
    }


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a potline; its duty is electric charge, its capacity counts pot-hours."""
    require_ports(unit, ["alumina", "power", "metal"])
    port_units(unit, chain, _UNITS)
    physics = _Potline(_contents(unit, chain))
    signs = {"alumina": -1, "anode": -1, "aluminium_fluoride": -1, "power": -1}
    return Process(
        kind="potline",
        duties=(Duty("charge", "MAh", "alumina", "metal"),),
        ports=(
            *(Port(p, u, signs.get(p, 1)) for p, u in _UNITS.items()),
            Port("alumina_loss", "t", 1),
            Port("anode_other", "t", 1),
        ),
        function=physics.run,
        settings=SETTINGS,
        limits={"pots": "h", "metal": "t"},
        conserves=("Al", "C"),
        ideal=ideal,
    )


def _contents(unit: Unit, chain: Chain) -> Content:
    return {
        port: nominal(chain, good(text, unit.place).material)
        for port, text in unit.ports.items()
    }


@dataclass(frozen=True, slots=True)
class _Potline:
    nominal: Content

    def run(self, case: Case) -> Outcome:
        s, charge = case.setting, case.duty["charge"]
        metal = charge * metal_per_charge(s["current_efficiency"])
        purity = self._purity(case)
        alumina = metal / ALUMINIUM_IN_ALUMINA / purity / (1.0 - s["alumina_loss"])
        net = metal * s["net_carbon"] / 1000.0
        gross = net / (1.0 - s["butt_fraction"])
        power = charge * s["cell_voltage"] / s["rectifier_efficiency"]
        power = power + metal * s["auxiliary_power"] / 1000.0
        carbon = net * s["anode_carbon"]
        flows: dict[str, Array] = {
            "alumina": -alumina,
            "anode": -gross,
            "aluminium_fluoride": -metal * s["aluminium_fluoride"] / 1000.0,
            "power": -power,
            "metal": metal,
            "butts": gross - net,
            "co2": carbon * CARBON_DIOXIDE_PER_CARBON,
            "cf4": metal * s["cf4_slope"] * s["anode_effect_minutes"] / 1000.0,
            "alumina_loss": alumina * s["alumina_loss"],
            "anode_other": net - carbon,
        }
        loads = {"pots": 1000.0 * charge / s["current"], "metal": metal}
        return Outcome(
            flows, loads, self._indicators(case, flows), self._carried(s, purity)
        )

    def _purity(self, case: Case) -> Array:
        stated = fraction(case.content, "alumina", "Al2O3", self.nominal)
        return np.where(stated > 0.0, stated, 0.986)

    @staticmethod
    def _indicators(case: Case, flows: dict[str, Array]) -> dict[str, Array]:
        s, metal = case.setting, flows["metal"]
        safe = np.where(metal == 0.0, 1.0, metal)
        dc = np.asarray(dc_energy(s["cell_voltage"], s["current_efficiency"]))
        return {
            "current_efficiency": s["current_efficiency"],
            "dc_energy": dc,
            "ac_energy": np.where(metal == 0.0, 0.0, -1000.0 * flows["power"] / safe),
            "alumina_per_t": np.where(metal == 0.0, 0.0, -flows["alumina"] / safe),
            "net_carbon": s["net_carbon"],
            "aluminium_fluoride_per_t": s["aluminium_fluoride"],
        }

    @staticmethod
    def _carried(s: Mapping[str, Array], purity: Array) -> Content:
        al = {"Al": purity * ALUMINIUM_IN_ALUMINA}
        carbon = {"C": s["anode_carbon"]}
        return {
            "alumina": al,
            "alumina_loss": al,
            "metal": {"Al": np.asarray(1.0)},
            "anode": carbon,
            "butts": carbon,
            "co2": {"C": np.asarray(1.0 / CARBON_DIOXIDE_PER_CARBON)},
        }


def _example() -> Chain:
    groups = {
        "alumina": "product",
        "power": "power",
        "metal": "product",
        "anode": "intermediate",
        "aluminium_fluoride": "reagent",
        "co2": "emission",
        "butts": "intermediate",
    }
    materials = tuple(
        Material.model_validate(
            {
                "id": m.replace("_", "-"),
                "name": "例",
                "name_en": m,
                "group": g,
                "unit": "MWh" if m == "power" else "t",
                "assay": {"Al2O3": 0.986} if m == "alumina" else {},
            }
        )
        for m, g in groups.items()
    )
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind="potline",
        centre="group",
        place="plant",
        ports={m: m.replace("_", "-") for m in groups},
    )
    return example_chain(materials, unit)


KINDS = {"potline": Kind("potline", bind, _example)}
