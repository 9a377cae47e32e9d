"""Rating: what a plant with given equipment can make, and what binds it.

Design takes set-points and tells volumes and heats; rating takes tanks, evaporators and
heat supply as they stand and tells the production, or the target ratio after digestion
that a production needs. The time in the tanks follows: ``tau = V / (P v)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import brentq

from orebook.errors import InputError
from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.explain import RATIO_MARGIN, equilibrium_ratio
from orebook.process.alumina.parameters import parameters
from orebook.process.alumina.solve import Solved, solve
from orebook.process.contract import Array

__all__ = ["Equipment", "Rated", "loads", "rate_production", "rate_ratio"]

_GRID = 33
_NAMES: Mapping[str, str] = {
    "precipitator_volume": "精液分解槽容积",
    "evaporation": "蒸发能力",
    "digestion_heat": "溶出新蒸汽供热",
    "digestion_liquor": "循环母液流量",
    "wash_water": "洗水能力",
    "mud": "赤泥处理能力",
}


@dataclass(frozen=True, slots=True)
class Equipment:
    """Equipment of a plant; infinite where it does not bind.

    Parameters
    ----------
    precipitator_volume : float
        Liquor the precipitators hold [m3].
    evaporation : float
        Water the evaporators can remove [t/h].
    digestion_heat : float
        Live heat digestion can be given [GJ/h].
    digestion_liquor : float
        Test-tank liquor the digestion trains can take [m3/h].
    wash_water : float
        Water the washers can take [t/h].
    mud : float
        Dry mud that settling and filtration can take [t/h].
    """

    precipitator_volume: float
    evaporation: float = np.inf
    digestion_heat: float = np.inf
    digestion_liquor: float = np.inf
    wash_water: float = np.inf
    mud: float = np.inf

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if not value > 0.0:
                raise InputError(
                    f"equipment: {f.name} ({_NAMES[f.name]}) = {value:g}; expected a "
                    "capacity above 0; correct it, or leave it out if it never binds"
                )


@dataclass(frozen=True, slots=True)
class Rated:
    """A plant at what its equipment allows.

    Parameters
    ----------
    production : float
        Alumina [t/h].
    hours : float
        Time in the precipitators [h].
    digestion_ratio : float
        Target ratio after digestion [mol/mol].
    binding : tuple of str
        Equipment that is fully used.
    used : mapping
        Share of each capacity that is used [-].
    solved : Solved
        The circuit.
    """

    production: float
    hours: float
    digestion_ratio: float
    binding: tuple[str, ...]
    used: Mapping[str, float]
    solved: Solved


def loads(circuit: Circuit) -> dict[str, Array]:
    """Return what a tonne of alumina takes of each equipment but the precipitators.

    Parameters
    ----------
    circuit : Circuit
        Closed.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> found = loads(solve(plant("high_temperature")).circuit)
    >>> found["evaporation"].round(2).item(), found["digestion_heat"].round(2).item()
    (3.29, 2.36)
    """
    return {
        "evaporation": circuit.evaporated,
        "digestion_heat": circuit.flash.live_heat,
        "digestion_liquor": circuit.charge.volume,
        "wash_water": circuit.wash_water,
        "mud": circuit.charge.mud,
    }


def rate_production(plant: Mapping[str, Array], equipment: Equipment) -> Rated:
    """Return the most alumina that equipment allows at the settings of a plant.

    Parameters
    ----------
    plant : mapping
        All parameters, one case; ``precipitation_hours`` is not used.
    equipment : Equipment
        What stands there.

    Returns
    -------
    Rated
        The production where the tanks and the tightest other equipment are both full;
        where the tanks alone bind, that at their shortest time.

    Raises
    ------
    InputError
        If no circuit closes at any time in the tanks; says which constraint is not met.

    Notes
    -----
    A longer time raises the yield, so other equipment carries more alumina, while the
    tanks let less through: the two meet once.

    Examples
    --------
    A plant of 2 Mt/a has 123,300 m3 of liquor in its tanks; given these and an
    evaporation of 792 t/h it makes its 241 t/h:

    >>> from orebook.process.alumina.parameters import plant
    >>> found = rate_production(
    ...     plant("high_temperature"), Equipment(123_247.0, evaporation=792.2)
    ... )
    >>> round(found.production), round(found.hours), found.binding
    (241, 45, ('precipitator_volume', 'evaporation'))
    """
    span = parameters()["precipitation_hours"]
    low, high = float(span.low), float(span.high)
    hours = np.geomspace(low, high, _GRID)
    solved, tanks, others = _allowed(plant, hours, equipment)
    good = solved.converged
    if not np.any(good):
        raise InputError(_cannot(solved))
    hours, tanks, others = hours[good], tanks[good], others[good]
    ahead = tanks - others  # falls with the time
    if ahead[0] <= 0.0:
        best = float(hours[0])
    elif ahead[-1] >= 0.0:
        best = float(hours[-1])
    else:
        at = int(np.argmax(ahead < 0.0))
        best = _meet(plant, equipment, float(hours[at - 1]), float(hours[at]))
    return _rated(plant, equipment, best)


def rate_ratio(
    plant: Mapping[str, Array], equipment: Equipment, production: float
) -> Rated:
    """Return the highest target ratio at which equipment still makes a production.

    Parameters
    ----------
    plant : mapping
        All parameters, one case; ``digestion_ratio`` and ``precipitation_hours`` are
        not used.
    equipment : Equipment
        What stands there.
    production : float
        Alumina [t/h].

    Raises
    ------
    InputError
        If even the lowest ratio that can be reached makes less; says what binds.

    Notes
    -----
    A higher ratio digests more easily but yields less per m3: the most that can be made
    falls with it. The lowest ratio lies 0.05 above equilibrium.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> has = Equipment(123_247.0, evaporation=792.2)
    >>> found = rate_ratio(plant("high_temperature"), has, 240.96)
    >>> round(found.digestion_ratio, 2)
    1.42
    """
    floor = float(equilibrium_ratio(plant)) + RATIO_MARGIN
    span = parameters()["digestion_ratio"]
    low, high = max(floor, span.low), float(span.high)
    least = _most(plant, equipment, low)
    if least.production < production:
        said = ", ".join(f"{n} ({_NAMES[n]})" for n in least.binding)
        raise InputError(
            f"{production:g} t/h cannot be made: at the lowest ratio digestion reaches "
            f"({low:.3f}, {RATIO_MARGIN:g} above equilibrium) the plant makes "
            f"{least.production:.4g} t/h, bound by {said}; lower the production or "
            "enlarge what binds"
        )

    def ahead(ratio: float) -> float:
        try:
            return _most(plant, equipment, ratio).production / production - 1.0
        except InputError:  # no circuit closes with so lean a liquor
            return -1.0

    if ahead(high) >= 0.0:
        return _most(plant, equipment, high)
    return _most(plant, equipment, float(brentq(ahead, low, high, xtol=1e-8)))


def _most(plant: Mapping[str, Array], equipment: Equipment, ratio: float) -> Rated:
    return rate_production({**plant, "digestion_ratio": np.asarray(ratio)}, equipment)


def _allowed(
    plant: Mapping[str, Array], hours: Array, equipment: Equipment
) -> tuple[Solved, Array, Array]:
    """Return the circuits, and the production tanks and other equipment allow."""
    solved = solve({**plant, "precipitation_hours": hours})
    with np.errstate(all="ignore"):
        tanks = equipment.precipitator_volume / (solved.circuit.pregnant_volume * hours)
        each = [
            getattr(equipment, name) / np.maximum(load, 1e-9)
            for name, load in loads(solved.circuit).items()
        ]
    others = np.minimum.reduce(np.broadcast_arrays(*each))
    return solved, np.asarray(tanks), np.broadcast_to(others, np.shape(tanks))


def _meet(
    plant: Mapping[str, Array], equipment: Equipment, low: float, high: float
) -> float:
    """Return the time at which the tanks and the tightest other equipment are full."""

    def ahead(hours: float) -> float:
        _, tanks, others = _allowed(plant, np.asarray(hours), equipment)
        return float(np.log(tanks / others))

    return float(brentq(ahead, low, high, xtol=1e-10, rtol=1e-12))


def _rated(plant: Mapping[str, Array], equipment: Equipment, hours: float) -> Rated:
    solved, tanks, others = _allowed(plant, np.asarray(hours), equipment)
    made = min(float(tanks), float(others))
    c = solved.circuit
    use = {"precipitator_volume": c.pregnant_volume * hours, **loads(c)}
    used = {
        name: made * float(value) / getattr(equipment, name)
        for name, value in use.items()
    }
    full = tuple(name for name, share in used.items() if share > 1.0 - 1e-6)
    ratio = float(plant["digestion_ratio"])
    return Rated(made, hours, ratio, full, used, solved)


def _cannot(solved: Solved) -> str:
    from orebook.process.alumina.explain import explain

    reasons = explain(solved)
    told = reasons[-1].text if reasons else "the iteration did not settle"
    return f"no circuit closes at any time in the precipitators: {told}"
