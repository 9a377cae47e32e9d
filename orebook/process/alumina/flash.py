"""Digestion heat: flash train, slurry pre-heaters and live steam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.charge import Charge
from orebook.process.alumina.ore import OreChemistry
from orebook.process.alumina.smooth import soft_maximum, soft_minimum
from orebook.process.contract import Array
from orebook.process.properties.liquor import boiling_point_elevation, heat_capacity

__all__ = ["Flash", "Flashed", "flash_stages", "flash_train", "vaporisation_heat"]

SOLIDS_HEAT = 0.95  # kJ/(kg K), ore, lime and mud
_HOT, _COLD = 180.0, 130.0  # degC at which heat capacities are taken
_ROUND = 0.02  # K, width of the smooth limits of a heater
_MOST_MOLALITY = 12.0  # mol/kg, where the boiling point elevation is held


@dataclass(frozen=True, slots=True)
class Flash:
    """Flash train and heaters per tonne of alumina.

    Parameters
    ----------
    vapour : array
        Water flashed off [t/t].
    condensate_temperature : array
        Mean temperature at which it condenses [degC].
    unused : array
        Latent heat of it that the heaters cannot take up [GJ/t].
    preheat : array
        Slurry temperature after the last heater [degC].
    live_heat : array
        Heat of live steam, with dissolution and loss [GJ/t].
    loss : array
        Heat lost [GJ/t].
    """

    vapour: Array
    condensate_temperature: Array
    unused: Array
    preheat: Array
    live_heat: Array
    loss: Array


@dataclass(frozen=True, slots=True)
class Flashed:
    """Flash stages per tonne of alumina, along a leading axis; empty ones flash none.

    Parameters
    ----------
    vapour, latent : array
        Water flashed off [t/t], and the latent heat it carries [GJ/t].
    temperature, heater_top : array
        Slurry behind the stage, and the hottest its heater can make cold slurry [degC].
    """

    vapour: Array
    latent: Array
    temperature: Array
    heater_top: Array


def vaporisation_heat(temperature: Array) -> Array:
    """Return the latent heat of water, 20 to 290 degC [kJ/kg].

    Notes
    -----
    A fit to IAPWS-IF97 within 1.4 kJ/kg, ten times faster than its equations.

    References
    ----------
    .. [1] IAPWS R7-97(2012), Industrial Formulation 1997.

    Examples
    --------
    >>> vaporisation_heat(np.asarray(100.0)).round(0).item()
    2257.0
    """
    tau = 1.0 - (temperature + 273.15) / 647.096
    third = np.cbrt(tau)
    return np.asarray(
        1441.7 * third + 3942.763 * third**2 - 4642.076 * third**4 + 2382.255 * tau**2
    )


def flash_train(p: Mapping[str, Array], made: Charge, chemistry: OreChemistry) -> Flash:
    """Return the heat of digestion with its flash train.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    made : Charge
        Slurry before and after digestion.
    chemistry : OreChemistry
        For the heat of dissolution.

    Notes
    -----
    Equal temperature steps. Each stage's vapour heats the cold slurry, the coldest
    first, to what its heat allows or to the approach below the vapour's temperature.

    Examples
    --------
    >>> from orebook.process.alumina.charge import charge
    >>> from orebook.process.alumina.ore import ore_chemistry
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> ore = ore_chemistry(p)
    >>> made = charge(p, ore, ratio=np.asarray(2.886), alumina=np.asarray(0.9958))
    >>> flash_train(p, made, ore).live_heat.round(2).item()
    2.36
    """
    solids = made.ore + made.lime
    cold_rate = made.cold.mass * heat_capacity(made.cold, _COLD) + SOLIDS_HEAT * solids
    count = p["flash_stages"]
    vapours, heats, temperatures, top = _flashed(p, made)
    stages = range(int(np.max(count)))
    warmth = sum((vapours[j] * temperatures[j] for j in stages), np.zeros(()))
    slurry = p["slurry_temperature"]
    for j in reversed(stages):
        reached = soft_minimum(slurry + heats[j] / cold_rate, top[j], _ROUND)
        warmer = soft_maximum(slurry, reached, _ROUND)
        slurry = np.where(j < count, warmer, slurry)
    taken = slurry - p["slurry_temperature"]
    heated = cold_rate * (p["digestion_temperature"] - slurry) / 1000.0
    needed = heated + made.ore * chemistry.dissolution_heat
    return Flash(
        vapour=np.asarray(sum(vapours)),
        condensate_temperature=np.asarray(warmth / sum(vapours)),
        unused=np.asarray((sum(heats) - cold_rate * taken) / 1000.0),
        preheat=np.asarray(slurry),
        live_heat=np.asarray((1.0 + p["digestion_heat_loss"]) * needed),
        loss=np.asarray(p["digestion_heat_loss"] * needed),
    )


def flash_stages(p: Mapping[str, Array], made: Charge) -> Flashed:
    """Return every stage of the flash train.

    Parameters
    ----------
    p, made
        As for `flash_train`.

    Examples
    --------
    >>> from orebook.process.alumina.charge import charge
    >>> from orebook.process.alumina.ore import ore_chemistry
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> made = charge(
    ...     p, ore_chemistry(p), ratio=np.asarray(2.886), alumina=np.asarray(0.9958)
    ... )
    >>> stages = flash_stages(p, made)
    >>> stages.temperature.round(0)[[0, -1]].tolist(), stages.vapour.size
    ([251.0, 125.0], 10)
    """
    vapours, heats, temperatures, top = _flashed(p, made)
    shape = np.broadcast_shapes(*map(np.shape, vapours))
    every = [np.broadcast_to(v, shape) for v in vapours]
    warm = [np.broadcast_to(h, shape) / 1000.0 for h in heats]
    return Flashed(np.stack(every), np.stack(warm), temperatures, top)


def _flashed(
    p: Mapping[str, Array], made: Charge
) -> tuple[list[Array], list[Array], Array, Array]:
    """Return vapour [t/t], its latent heat [MJ/t] and temperatures of the stages."""
    mass = made.digested.mass + made.mud
    rate = made.digested.mass * heat_capacity(made.digested, _HOT)
    rate = (rate + SOLIDS_HEAT * made.mud) / mass
    count = p["flash_stages"]
    step = (p["digestion_temperature"] - p["flash_temperature"]) / count
    temperatures, latent, top = _stages(p, made, step)
    vapours, heats = [], []
    for j in range(int(np.max(count))):
        vapour = np.where(j < count, mass * rate * step / latent[j], 0.0)
        vapours.append(vapour)
        heats.append(vapour * latent[j])
        mass = mass - vapour
    return vapours, heats, temperatures, top


def _stages(
    p: Mapping[str, Array], made: Charge, step: Array
) -> tuple[Array, Array, Array]:
    """Return temperature, latent heat and highest slurry temperature by stage."""
    molality = np.clip(made.digested.molality, 0.0, _MOST_MOLALITY)
    shape = np.broadcast_shapes(np.shape(step), np.shape(molality))
    number = np.arange(1, int(np.max(p["flash_stages"])) + 1).reshape(
        -1, *(1 for _ in shape)
    )
    # Stages beyond the last keep its temperature; they are left out above.
    depth = np.minimum(number, p["flash_stages"])
    temperature = p["digestion_temperature"] - depth * step
    elevation = boiling_point_elevation(molality, temperature)
    top = temperature - elevation - p["heater_approach"]
    return temperature, vaporisation_heat(temperature), top
