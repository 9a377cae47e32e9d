"""Carbonate and caustic: causticisation with lime, purge of soda, make-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.ore import OreChemistry
from orebook.process.alumina.oxides import MOLAR_MASS
from orebook.process.alumina.washing import Washing
from orebook.process.contract import Array

__all__ = ["Causticisation", "causticise", "make_up"]

_LIME_PER_SODA = MOLAR_MASS["CaO"] / MOLAR_MASS["Na2O"]
_ALUMINATE_LIME = 3.0 * MOLAR_MASS["CaO"]  # of 3CaO.Al2O3.6H2O
SOLUTION_PER_SODA = 2.0 * 2.0 * 39.997 / MOLAR_MASS["Na2O"]
"""Caustic solution of 50 % NaOH per Na2O [t/t]."""


@dataclass(frozen=True, slots=True)
class Causticisation:
    """Causticising and the purge of carbonate per tonne of alumina [t/t].

    Parameters
    ----------
    regained : array
        Na2O turned from carbonate to caustic.
    lime : array
        Lime used.
    alumina, water : array
        Al2O3 and H2O bound in tricalcium aluminate.
    residue : mapping
        Solids that leave, by oxide.
    purged : array
        Na2O of sodium carbonate that is salted out to hold the carbonate share.
    """

    regained: Array
    lime: Array
    alumina: Array
    water: Array
    residue: Mapping[str, Array]
    purged: Array


def causticise(
    p: Mapping[str, Array], chemistry: OreChemistry, ore: Array, washed: Washing
) -> Causticisation:
    """Return the causticisation that regains a share of the carbonate that enters.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    chemistry : OreChemistry
        Carbonate per tonne of dry ore.
    ore : array
        Dry ore [t/t].
    washed : Washing
        Carbonate that leaves with the mud.

    Notes
    -----
    Na2CO3 + Ca(OH)2 = CaCO3 + 2 NaOH; lime that does not end as carbonate binds alumina
    as 3CaO.Al2O3.6H2O. What is neither regained nor lost with the mud is purged.

    References
    ----------
    .. [1] Stoichiometry.

    Examples
    --------
    >>> from orebook.process.alumina.solve import solve
    >>> from orebook.process.alumina.parameters import plant
    >>> found = solve(plant("high_temperature")).circuit
    >>> found.causticisation.lime.round(4).item()
    0.0178
    """
    entered = ore * chemistry.soda_carbonated
    regained = entered * p["causticised"]
    calcium = regained * _LIME_PER_SODA / p["lime_efficiency"]
    wasted = calcium * (1.0 - p["lime_efficiency"]) / _ALUMINATE_LIME
    lime = calcium / p["lime_cao"]
    alumina, water = MOLAR_MASS["Al2O3"] * wasted, 6.0 * MOLAR_MASS["H2O"] * wasted
    unburnt = lime * p["lime_carbon_dioxide"]
    residue = {
        "CaO": calcium,
        "CO2": regained / MOLAR_MASS["Na2O"] * MOLAR_MASS["CO2"] + unburnt,
        "Al2O3": alumina,
        "H2O": water,
        "other": lime * (1.0 - p["lime_cao"] - p["lime_carbon_dioxide"]),
    }
    purged = entered - regained - np.asarray(washed.cake.carbonate)
    return Causticisation(
        regained=np.asarray(regained),
        lime=np.asarray(lime),
        alumina=np.asarray(alumina),
        water=np.asarray(water),
        residue=residue,
        purged=np.asarray(purged),
    )


def make_up(
    p: Mapping[str, Array],
    chemistry: OreChemistry,
    ore: Array,
    washed: Washing,
    regained: Array,
) -> Array:
    """Return the caustic that makes good all losses, as Na2O [t/t alumina].

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    chemistry, ore, washed
        As in `causticise`.
    regained : array
        Na2O regained by causticisation [t/t].

    Examples
    --------
    >>> from orebook.process.alumina.solve import solve
    >>> from orebook.process.alumina.parameters import plant
    >>> round(solve(plant("low_temperature")).circuit.make_up.item() * 1290.7, 1)
    46.4
    """
    with_ore = ore * (chemistry.soda_bound + chemistry.soda_carbonated)
    with_sulphate = np.asarray(washed.cake.sulphate)
    losses = washed.soda_lost + with_sulphate + p["product_soda"] + p["soda_loss"]
    return np.asarray(with_ore - regained + losses)
