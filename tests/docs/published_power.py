"""Published cases of boilers, turbines, coal and heat with power."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.process.power.allocation import splits
from orebook.process.power.boiler import boiler_losses, unburnt_carbon
from orebook.process.power.turbine import exit_enthalpy, stodola_flow
from orebook.process.properties.coal import (
    carbon_content,
    carbon_dioxide,
    standard_coal,
)
from orebook.process.properties.expansion import temperature_from_enthalpy, wetness
from orebook.process.properties.steam import enthalpy
from tests.docs.published import Published
from tests.power_plant import LIVE, published_plant

POWER = "Heat and power"
PLANT = "captive refinery station, worked with IF97 by three implementations"
NAMES = ("energy", "enthalpy drop", "exergy", "alternative", "efficiency reference")


def power() -> list[Published]:
    """Return the cases."""
    expansions = {
        "0.6 MPa at 82 %": (0.6, 0.82), "6.3 MPa at 80 %": (6.3, 0.80),
        "5 kPa at 85 %": (0.005, 0.85),
    }  # fmt: skip
    shares = (0.7016, 0.5341, 0.5811, 0.6338, 0.6747)
    rates = (225.8, 352.4, 316.9, 277.0, 246.1)
    return [
        Published(
            POWER,
            "boiler by losses: 20 MJ/kg, 25 % ash, 5 % oxygen, 135 degC",
            "GB/T 10184 simplified, worked by hand",
            "%",
            {"unburnt carbon": 1.622, "flue gas": 5.518, "efficiency": 92.26},
            _boiler,
            within=5e-4,
        ),
        Published(
            POWER,
            "expansion from 9.81 MPa, 540 degC",
            PLANT,
            "kJ/kg",
            dict(zip(expansions, (2878.886, 3360.127, 2267.855), strict=True)),
            lambda: [
                float(exit_enthalpy(*LIVE, p, efficiency=e))
                for p, e in expansions.values()
            ],
            within=2e-6,
        ),
        Published(
            POWER,
            "ends of expansions from 9.81 MPa, 540 degC",
            PLANT,
            "degC; -",
            {"0.6 MPa at 82 %, temperature": 212.97, "5 kPa at 85 %, dryness": 0.8791},
            _ends,
            within=5e-5,
        ),
        Published(
            POWER,
            "enthalpy of live steam and feed water",
            "IAPWS R7-97(2012), by three implementations",
            "kJ/kg",
            {"9.81 MPa, 540 degC": 3478.8468, "14 MPa, 220 degC": 947.1578,
             "0.5 MPa, 105 degC": 440.4935},
            lambda: enthalpy([9.81, 14.0, 0.5], [813.15, 493.15, 378.15]).tolist(),
            within=2e-7,
        ),
        Published(
            POWER,
            "ellipse law, 1.0 to 0.8 MPa",
            "Stodola, Dampf- und Gasturbinen, 1924",
            "t/h",
            {"flow of 100": 79.77},
            lambda: [
                float(
                    stodola_flow(
                        100.0, pressure=0.8, exit_pressure=0.1, design_pressure=1.0,
                        design_exit_pressure=0.1,
                    )
                )
            ],
            within=1e-4,
        ),
        Published(
            POWER,
            "fuel to heat of one plant by five methods",
            PLANT,
            "-",
            dict(zip(NAMES, shares, strict=True)),
            lambda: [float(s.share) for s in splits(published_plant())],
            within=1e-4,
        ),
        Published(
            POWER,
            "coal per power made of the same plant",
            PLANT,
            "g/kWh",
            dict(zip(NAMES, rates, strict=True)),
            lambda: [float(s.gross_rate) for s in splits(published_plant())],
            within=3e-4,
        ),
        Published(
            POWER,
            "carbon dioxide of coal",
            "carbon factors of the power sector, Ministry of Ecology and Environment",
            "t/tce",
            {"bituminous": 2.785, "carbon not measured": 3.282},
            _carbon,
            within=2e-4,
        ),
        Published(
            POWER,
            "standard coal of heat",
            "GB/T 2589-2020",
            "kgce/GJ",
            {"one gigajoule": 34.1208},
            lambda: [1000.0 * float(standard_coal(1.0))],
            within=1e-5,
        ),
    ]  # fmt: skip


def _boiler() -> Iterable[float]:
    lost = unburnt_carbon(
        0.25, fly_ash_share=0.85, carbon_in_fly_ash=0.04, carbon_in_bottom_ash=0.02
    )
    found = boiler_losses(
        20.0, lost, oxygen=0.05, flue_gas_temperature=135.0, air_temperature=25.0
    )
    parts = (found.unburnt_carbon, found.flue_gas, found.efficiency)
    return [100.0 * float(p) for p in parts]


def _ends() -> Iterable[float]:
    low, exhaust = (
        float(exit_enthalpy(*LIVE, p, efficiency=e))
        for p, e in ((0.6, 0.82), (0.005, 0.85))
    )
    kelvin = float(temperature_from_enthalpy(0.6, low))
    return [kelvin - 273.15, 1.0 - float(wetness(0.005, exhaust))]


def _carbon() -> Iterable[float]:
    carbon = carbon_content(29307.6, carbon_per_heat=[0.02618, 0.03085])
    return map(float, carbon_dioxide(carbon))
