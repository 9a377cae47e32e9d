"""What burning coals gives: heat in steam, ash, carbon dioxide, sulphur dioxide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.contract import Array, Content
from orebook.process.power.boiler import boiler_losses, unburnt_carbon

__all__ = ["Burnt", "burn"]

STATED_OXYGEN = 0.05  # oxygen at which the carbon in fly ash is stated [-]


@dataclass(frozen=True, slots=True)
class Burnt:
    """What a boiler house makes of its coals.

    Parameters
    ----------
    heat, steam_heat : array
        Net heating value burnt, and heat in steam [GJ].
    flue_gas_loss, unburnt_loss : array
        Heat lost with the flue gas and as carbon in the ash [GJ].
    carbon_burnt, carbon_lost, ash : array
        Carbon in the gas, carbon in the ash, mineral ash [t].
    sulphur_emitted, sulphur_kept : array
        Sulphur to the air, and in ash and scrubber [t].
    carbon, sulphur : mapping
        Mass fraction by coal [-].
    """

    heat: Array
    steam_heat: Array
    flue_gas_loss: Array
    unburnt_loss: Array
    carbon_burnt: Array
    carbon_lost: Array
    ash: Array
    sulphur_emitted: Array
    sulphur_kept: Array
    carbon: Mapping[str, Array]
    sulphur: Mapping[str, Array]


def burn(
    amount: Mapping[str, Array], coal: Content, setting: Mapping[str, Array]
) -> Burnt:
    """Return what amounts of coals give.

    Parameters
    ----------
    amount : mapping
        Mass by coal, as received [t].
    coal : mapping
        ``energy`` [GJ/t], ``Ash``, ``C``, ``S`` [-] by coal, as received; carbon that
        is not stated follows from ``carbon_per_heat``.
    setting : mapping
        Settings of the kind ``power_station`` for flue gas, air and ash.

    Notes
    -----
    Every loss times the heating value is linear in the coals, so a blend gives the sum
    of what its coals give. Carbon in fly ash is stated at 5 % oxygen; with a
    ``carbon_response`` k, carbon per ash changes by exp(-k per point) and efficiency
    has its best at some oxygen between losing carbon and heating air.
    """
    s = setting
    points = 100.0 * (s["oxygen"] - STATED_OXYGEN)
    stated = s["carbon_in_fly_ash"] / (1.0 - s["carbon_in_fly_ash"])
    per_ash = stated * np.exp(-s["carbon_response"] * points)
    fly = per_ash / (1.0 + per_ash)
    zero = np.zeros(())
    sums = dict.fromkeys(("heat", "steam", "gas", "lost", "C", "u", "ash", "S"), zero)
    carbon, sulphur = {}, {}
    for name, mass in amount.items():
        own = coal[name]
        heat, ash = np.asarray(own["energy"]), np.asarray(own["Ash"])
        carbon[name] = np.asarray(own.get("C", heat * s["carbon_per_heat"]))
        sulphur[name] = np.asarray(own.get("S", zero))
        left = unburnt_carbon(
            ash, fly_ash_share=s["fly_ash_share"], carbon_in_fly_ash=fly,
            carbon_in_bottom_ash=s["carbon_in_bottom_ash"],
        )  # fmt: skip
        losses = boiler_losses(
            heat, left, oxygen=s["oxygen"],
            flue_gas_temperature=s["flue_gas_temperature"],
            air_temperature=s["air_temperature"], unburnt_gas=s["unburnt_gas_loss"],
            walls=s["wall_loss"], ash_heat=s["ash_heat_loss"],
        )  # fmt: skip
        parts = {
            "heat": heat, "steam": heat * losses.efficiency,
            "gas": heat * losses.flue_gas, "lost": heat * losses.unburnt_carbon,
            "C": carbon[name], "u": left, "ash": ash, "S": sulphur[name],
        }  # fmt: skip
        sums = {k: sums[k] + mass * value for k, value in parts.items()}
    emitted = sums["S"] * s["sulphur_burnt"] * (1.0 - s["sulphur_removal"])
    return Burnt(
        heat=sums["heat"],
        steam_heat=sums["steam"],
        flue_gas_loss=sums["gas"],
        unburnt_loss=sums["lost"],
        carbon_burnt=sums["C"] - sums["u"],
        carbon_lost=sums["u"],
        ash=sums["ash"],
        sulphur_emitted=emitted,
        sulphur_kept=sums["S"] - emitted,
        carbon=carbon,
        sulphur=sulphur,
    )
