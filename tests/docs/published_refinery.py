"""Published figures of the Bayer circuit, for the validation page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

import numpy as np

from orebook.process.alumina.grinding import bond_energy
from orebook.process.alumina.growth import growth_veesler_boistelle
from orebook.process.alumina.indicators import (
    cycle_efficiency,
    indicators,
    theoretical_extraction,
    theoretical_soda_loss,
)
from orebook.process.alumina.parameters import Route, plant
from orebook.process.alumina.precipitation import tank_outlet
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.solve import solve
from orebook.process.alumina.washing import wash_ratio
from tests.docs.published import Published

TOPIC = "Alumina refinery"
EQUATIONS = (
    "another program on the same published equations: Rosenberg and Healy 1996, White "
    "and Bateman 1988, Laliberte 2007, Dewey 1981"
)
# High temperature, low temperature.
BASE = {
    "bauxite_t_per_t": (2.024, 2.490),
    "mud_t_per_t": (1.168, 1.009),
    "test_tank_liquor_m3_per_t": (8.311, 10.01),
    "test_tank_ratio": (2.886, 2.917),
    "yield_kg_per_m3": (87.4, 83.1),
    "caustic_kg_per_t": (161.5, 46.4),
    "digestion_heat_gj_per_t": (2.36, 1.867),
    "evaporation_t_per_t": (3.29, 1.99),
    "heat_gj_per_t": (8.19, 6.69),
    "coal_kg_per_t": (309.0, 255.0),
}
SLOPES = {
    ("yield_kg_per_m3", "digestion_ratio"): (-1.96, -1.82),
    ("coal_kg_per_t", "digestion_ratio"): (0.93, 0.68),
    ("evaporation_t_per_t", "pregnant_caustic"): (-2.54, -5.49),
    ("caustic_kg_per_t", "ore_reactive_silica"): (1.07, 0.64),
}


def _base(route: Route) -> Callable[[], Iterable[float]]:
    def ours() -> list[float]:
        p = plant(route)
        found = indicators(p, solve(p).circuit)
        return [float(found[name]) for name in BASE]

    return ours


def _slopes(route: Route) -> Callable[[], Iterable[float]]:
    def ours() -> list[float]:
        solved = solve(plant(route))
        found = sensitivities(solved, [by for _, by in SLOPES])
        return [
            float(found.elasticity(figure, by, solved.plant[by]))
            for figure, by in SLOPES
        ]

    return ours


def refinery() -> list[Published]:
    """Return the cases."""
    found = []
    for column, route in enumerate(get_args(Route)):
        name = route.replace("_", " ")
        found += [
            Published(
                TOPIC,
                f"base case, {name}",
                EQUATIONS,
                "as named",
                {k: v[column] for k, v in BASE.items()},
                _base(route),
                within=5e-3,
            ),
            Published(
                TOPIC,
                f"elasticities, {name}",
                EQUATIONS,
                "-",
                {f"{f} by {by}": v[column] for (f, by), v in SLOPES.items()},
                _slopes(route),
                within=7.5e-3,
            ),
        ]
    return [*found, *_by_hand()]


def _by_hand() -> list[Published]:
    ratio = np.array([7.0, 10.0])
    return [
        Published(
            TOPIC,
            "theoretical extraction and soda loss",
            "stoichiometry: desilication product with A/S 1 and N/S 0.608",
            "%; kg/t",
            {"A/S 7": 85.7, "A/S 10": 90.0, "soda, A/S 7": 101.3, "soda, A/S 10": 67.6},
            lambda: [
                *(100.0 * theoretical_extraction(ratio)),
                *theoretical_soda_loss(ratio),
            ],
            within=8e-4,
        ),
        Published(
            TOPIC,
            "cycle efficiency, Nk 235, ratio 2.886 to 1.42",
            "stoichiometry",
            "kg/m3",
            {"cycle_efficiency": 138.3},
            lambda: [float(cycle_efficiency(235.0, 2.886, 1.42))],
            within=4e-4,
        ),
        Published(
            TOPIC,
            "counter-current washing, perfect stages",
            "Kremser, National Petroleum News 22, 1930",
            "-",
            {"R 2, n 5": 0.01587, "R 2.5, n 6": 0.00246, "R 1.5, n 5": 0.04812},
            lambda: wash_ratio(np.array([2.0, 2.5, 1.5]), np.array([5.0, 6.0, 5.0])),
            within=5e-6,
        ),
        Published(
            TOPIC,
            "stirred tank with growth of second order",
            "quadratic solved by hand",
            "-",
            {"q y = 2": 0.5, "q y = 6": 1 / 3},
            lambda: tank_outlet(np.array([1.0, 1.0]), np.array([2.0, 6.0])),
        ),
        Published(
            TOPIC,
            "power of a crusher, 100 t/h of limestone, 2 in. to 1/8 in.",
            "McCabe, Smith and Harriott, Unit Operations of Chemical Engineering",
            "kW",
            {"work index 12.74": 169.6},
            lambda: [100.0 * float(bond_energy(12.74, 50_800.0, 3_175.0))],
            within=4e-4,
        ),
        Published(
            TOPIC,
            "growth of gibbsite in pure liquor at 60 degC, A/A* of 2",
            "Veesler and Boistelle, Journal of Crystal Growth 142, 1994",
            "um/h",
            {"growth": 2.28},
            lambda: [float(growth_veesler_boistelle(2.0, 60.0))],
            within=3e-3,
        ),
    ]
