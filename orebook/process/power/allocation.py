"""Six ways of splitting the fuel of a station between heat and power, side by side.

The first five serve statistics and reporting: they answer no question of a decision.
The sixth splits by what heat and power are worth at internal prices; what a tonne of
steam really costs is its own internal price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.contract import Outcome
from orebook.process.properties.coal import STANDARD_COAL

__all__ = ["METHODS", "HeatAndPower", "Split", "joint", "splits"]

FloatArray = npt.NDArray[np.float64]

METHODS = (
    "energy",
    "enthalpy_drop",
    "exergy",
    "alternative",
    "efficiency_reference",
    "internal_price",
)
GJ_PER_MWH = 3.6
ALTERNATIVE = (0.90, 0.40)  # boiler and power station that would stand instead [-]
# Commission Regulation (EU) 2015/2402, hard coal: steam, electricity [-].
REFERENCE = (0.83, 0.442)
_LEVELS = ("medium_steam", "low_steam")


@dataclass(frozen=True, slots=True)
class HeatAndPower:
    """What a station burnt and gave in a period, as far as a split needs it.

    Parameters
    ----------
    fuel, boiler_heat, heat : float or array
        Net heating value burnt, heat put into steam by the boilers, heat to users over
        what they return [GJ].
    gross, net : float or array
        Power made, and what is left of it after own use [MWh].
    drop_to_users, drop : float or array
        Enthalpy over the condensing exhaust: of steam to users, of all live steam [GJ].
    exergy : float or array or None
        Exergy to users less what returns [GJ]; None where entropies are not known.
    drive_efficiency : float or array
        Mechanical times generator efficiency [-].
    """

    fuel: FloatArray | float
    boiler_heat: FloatArray | float
    heat: FloatArray | float
    gross: FloatArray | float
    net: FloatArray | float
    drop_to_users: FloatArray | float
    drop: FloatArray | float
    exergy: FloatArray | float | None
    drive_efficiency: FloatArray | float = 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """Fuel split by one method.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    share : array
        Fuel to heat over all fuel [-].
    heat_rate : array
        Standard coal per heat to users [kgce/GJ].
    gross_rate, supply_rate : array
        Standard coal per power made, and per power after own use [g/kWh].
    """

    method: str
    share: FloatArray
    heat_rate: FloatArray
    gross_rate: FloatArray
    supply_rate: FloatArray


def splits(
    of: HeatAndPower,
    *,
    worth: tuple[float, float] | None = None,
    alternative: tuple[float, float] = ALTERNATIVE,
    reference: tuple[float, float] = REFERENCE,
) -> tuple[Split, ...]:
    """Return the split of fuel by every method that the facts allow.

    Parameters
    ----------
    of : HeatAndPower
        What the station burnt and gave; fuel, heat and power above 0.
    worth : (float, float), optional
        Worth of heat and of power to users at internal prices [CNY]; without it, or
        where one is negative, there is no split by internal price.
    alternative : (float, float)
        Efficiency of a boiler and of a power station that would stand instead [-].
    reference : (float, float)
        Reference efficiency of heat and of power, as a regulation sets it [-].

    Returns
    -------
    tuple of Split
        In the order of `METHODS`.

    Raises
    ------
    InputError
        If there is no fuel, no heat or no power to split between.

    Notes
    -----
    With Q heat to users, Q0 heat from boilers, F fuel, P gross power:

    - energy: Q/Q0, all benefit to power;
    - enthalpy drop: drop of steam to users over drop of all steam, benefit to heat;
    - exergy: E/(E + W), W = P over the drive's efficiency;
    - alternative: (Q/eb)/(Q/eb + P/ep);
    - efficiency reference: (h/hr)/(h/hr + e/er), h = Q/F, e = P/F;
    - internal price: worth of heat over worth of heat and power.

    References
    ----------
    .. [1] DL/T 904-2015, Calculating method of economical and technical index for
       thermal power plant.
    .. [2] Commission Delegated Regulation (EU) 2015/2402, reference efficiencies.

    Examples
    --------
    A published plant: 800 t/h at 9.81 MPa and 540 degC, 250 t/h extracted, 400 t/h to
    0.6 MPa, 150 t/h condensed; one hour:

    >>> plant = HeatAndPower(
    ...     fuel=2696.93,
    ...     boiler_heat=2430.68,
    ...     heat=1705.27,
    ...     gross=121.632,
    ...     net=111.9,
    ...     drop_to_users=517.49,
    ...     drop=968.79,
    ...     exergy=None,
    ... )
    >>> [(s.method, s.share.round(3).item()) for s in splits(plant)][:2]
    [('energy', 0.702), ('enthalpy_drop', 0.534)]
    """
    heat, gross = np.asarray(of.heat), np.asarray(of.gross)
    for name, value in (("fuel", of.fuel), ("heat", heat), ("power", gross)):
        if np.any(~(np.asarray(value) > 0.0)):
            raise InputError(
                f"a split of fuel: {name} = {np.min(np.asarray(value)):g}; expected "
                "more than 0 of fuel, heat to users and power; choose a period in "
                "which the station gives both"
            )
    power = gross * GJ_PER_MWH
    found: dict[str, FloatArray | float] = {
        "energy": heat / np.asarray(of.boiler_heat),
        "enthalpy_drop": np.asarray(of.drop_to_users) / np.asarray(of.drop),
    }
    if of.exergy is not None:
        work = power / np.asarray(of.drive_efficiency)
        found["exergy"] = np.asarray(of.exergy) / (np.asarray(of.exergy) + work)
    for name, (by_heat, by_power) in (
        ("alternative", alternative),
        ("efficiency_reference", reference),
    ):
        found[name] = (heat / by_heat) / (heat / by_heat + power / by_power)
    if worth is not None and min(worth) >= 0.0 and sum(worth) > 0.0:
        found["internal_price"] = np.asarray(worth[0] / sum(worth))
    return tuple(_split(name, np.asarray(a), of) for name, a in found.items())


def _split(method: str, share: FloatArray, of: HeatAndPower) -> Split:
    coal = 1000.0 * np.asarray(of.fuel) / STANDARD_COAL  # kgce
    to_power = (1.0 - share) * coal
    return Split(
        method,
        share,
        np.asarray(share * coal / np.asarray(of.heat)),
        np.asarray(to_power / np.asarray(of.gross)),
        np.asarray(to_power / np.asarray(of.net)),
    )


def joint(
    outcome: Outcome, fuels: Sequence[str], *, drive_efficiency: float = 1.0
) -> HeatAndPower | None:
    """Return what a station's outcome says of fuel, heat and power.

    Parameters
    ----------
    outcome : Outcome
        Of a process with live steam, steam to users and power.
    fuels : sequence of str
        Its fuel ports.
    drive_efficiency : float
        Mechanical times generator efficiency [-].

    Returns
    -------
    HeatAndPower or None
        None where the process makes no live steam or states no drop of its steam.

    Notes
    -----
    ``content`` of the steam ports holds ``energy``, ``drop`` (enthalpy over the
    condensing exhaust) and ``exergy``; condensate sent back is deducted.
    """
    flows, content = outcome.flows, outcome.content
    if "live_steam" not in flows or "drop" not in content["live_steam"]:
        return None

    def total(what: str, ports: tuple[str, ...]) -> FloatArray:
        parts = [flows[p] * content[p][what] for p in ports if p in flows]
        return np.asarray(sum(parts, np.zeros(())))

    users = (*_LEVELS, "condensate")
    known = "exergy" in content["live_steam"]
    live = flows["live_steam"]
    return HeatAndPower(
        fuel=-total("energy", tuple(fuels)),
        boiler_heat=total("energy", ("live_steam",)),
        heat=total("energy", users),
        gross=outcome.loads["generator"],
        net=flows["power"],
        drop_to_users=total("drop", _LEVELS),
        drop=np.asarray(live * content["live_steam"]["drop"]),
        exergy=total("exergy", users) if known else None,
        drive_efficiency=drive_efficiency,
    )
