"""Settling and counter-current washing of the mud: what stays with it, what returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.oxides import GIBBSITE_WATER
from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    SODA,
    SODIUM_SULPHATE,
    Composition,
)

__all__ = ["Washing", "wash_mud", "wash_ratio"]

_SULPHATE_PER_SODA = SODIUM_SULPHATE / SODA


@dataclass(frozen=True, slots=True)
class Washing:
    """Underflow, washing and what returns to dilution, per tonne of alumina [t/t].

    Parameters
    ----------
    pregnant : Composition
        Liquor that overflows the settler.
    returned : Composition
        Liquor that returns to dilution.
    cake : Composition
        Liquor that leaves with the mud.
    adsorbed : array
        Na2O adsorbed on the mud.
    hydrolysed : array
        Al2O3 that precipitates on the mud.
    ratio : array
        Solutes in the last underflow against the first [-].
    underflow, cake_liquor : array
        Liquor with the settler underflow and with the mud that leaves.
    """

    pregnant: Composition
    returned: Composition
    cake: Composition
    adsorbed: Array
    hydrolysed: Array
    ratio: Array
    underflow: Array
    cake_liquor: Array

    @property
    def soda_lost(self) -> Array:
        """Caustic Na2O lost with the mud's liquor and adsorbed [t/t]."""
        return np.asarray(np.asarray(self.cake.caustic) + self.adsorbed)

    @property
    def alumina_lost(self) -> Array:
        """Dissolved Al2O3 lost with the mud's liquor and by hydrolysis [t/t]."""
        return np.asarray(np.asarray(self.cake.alumina) + self.hydrolysed)


def wash_ratio(flow_ratio: Array, stages: Array) -> Array:
    """Return solutes left after counter-current washing, of those that entered [-].

    Parameters
    ----------
    flow_ratio : array
        Overflow to underflow liquor, R [t/t].
    stages : array
        Effective stages, each well mixed [-].

    Notes
    -----
    ``(R - 1) / (R^(n + 1) - 1)``, and its limit ``1 / (n + 1)`` at R = 1.

    References
    ----------
    .. [1] A. Kremser, National Petroleum News 22, 1930.

    Examples
    --------
    >>> wash_ratio(np.asarray([2.0, 1.0]), np.asarray(5.0)).round(5).tolist()
    [0.01587, 0.16667]
    """
    r = np.maximum(np.asarray(flow_ratio, np.float64), 1e-6)
    power = np.asarray(stages, np.float64) + 1.0
    log = np.log(r)
    near = np.abs(log) < 1e-7
    safe = np.where(near, 1.0, log)
    ratio = np.expm1(safe) / np.expm1(np.minimum(safe * power, 500.0))
    return np.asarray(np.where(near, 1.0 / power, ratio))


def wash_mud(
    p: Mapping[str, Array], diluted: Composition, mud: Array, wash_water: Array
) -> Washing:
    """Return how diluted slurry parts into pregnant liquor, mud and wash return.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    diluted : Composition
        Liquor that enters the settler [t/t].
    mud : array
        Dry digestion residue [t/t].
    wash_water : array
        Water to the last washer [t/t].

    Examples
    --------
    Six washers at 0.7 leave 0.2 % of the underflow's solutes:

    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> diluted = Composition(2.47, 2.13, 0.235, 0.034, 9.0)
    >>> done = wash_mud(p, diluted, np.asarray(1.168), np.asarray(5.72))
    >>> done.ratio.round(4).item()
    0.0018
    """
    underflow = mud * (1.0 - p["underflow_solids"]) / p["underflow_solids"]
    cake = mud * p["cake_moisture"] / (1.0 - p["cake_moisture"])
    flow_ratio = (wash_water + underflow - cake) / underflow
    ratio = wash_ratio(flow_ratio, p["washers"] * p["washer_efficiency"])
    kept = ratio * cake / underflow
    a, n, c, s, w = diluted.arrays
    share = underflow / diluted.mass
    hydrolysed = a * share * p["hydrolysis_loss"]
    adsorbed = p["adsorbed_soda"] * mud
    solutes = a + n + CARBONATE_PER_SODA * c + _SULPHATE_PER_SODA * s
    cake_water = cake - share * kept * solutes
    out = share * kept
    left = Composition(out * a, out * n, out * c, out * s, cake_water)
    returned = Composition(
        a * share * (1.0 - kept) - hydrolysed,
        n * share * (1.0 - kept) - adsorbed,
        c * share * (1.0 - kept),
        s * share * (1.0 - kept),
        w * share + wash_water - cake_water - GIBBSITE_WATER * hydrolysed,
    )
    pregnant = Composition(*(x * (1.0 - share) for x in (a, n, c, s, w)))
    return Washing(
        pregnant=pregnant,
        returned=returned,
        cake=left,
        adsorbed=np.asarray(adsorbed),
        hydrolysed=np.asarray(hydrolysed),
        ratio=ratio,
        underflow=np.asarray(underflow),
        cake_liquor=np.asarray(cake),
    )
