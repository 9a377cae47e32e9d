"""Quality of the alumina: its soda, silica, loss on ignition and share of fines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.population import SeedLoop, Train, seed_loop
from orebook.process.contract import Array
from orebook.process.properties.liquor import CARBONATE_PER_SODA, Salts

__all__ = [
    "FINES",
    "FINES_AT",
    "Quality",
    "Refreshed",
    "product_fines",
    "product_quality",
    "refresh",
    "train_of",
]

FINES: Mapping[str, float] = {
    "supersaturated": -2.88,  # A/C of the pregnant liquor
    "first_temperature": 5.80,
    "last_temperature": 1.23,
    "precipitation_hours": 0.564,
    "seed": -0.508,
    "classifier_cut": -0.018,
}
"""Elasticities of the share of fines, from the seed loop at both routes' base [-]."""
FINES_AT: Mapping[str, float] = {
    "supersaturated": 0.67740,
    "first_temperature": 61.0,
    "last_temperature": 51.0,
    "precipitation_hours": 45.0,
    "seed": 800.0,
    "classifier_cut": 75.0,
}
"""Where ``product_fines`` holds: the high-temperature base case."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Alumina as it is sold, mass fractions [-].

    Parameters
    ----------
    alumina, soda, silica, loss_on_ignition : array
        Al2O3, Na2O, SiO2 and loss on ignition.
    fines : array
        Share under 45 micrometres.
    """

    alumina: Array
    soda: Array
    silica: Array
    loss_on_ignition: Array
    fines: Array


def product_quality(p: Mapping[str, Array], c: Circuit) -> Quality:
    """Return the quality of the alumina of a closed circuit.

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Notes
    -----
    Soda rises with the supersaturation of the first tank where ``product_soda_slope``
    says so; it is in the caustic balance. Silica is a share of what goes with the
    alumina precipitated: a silica index of 200 gives 0.02 %. The loss on ignition is
    what is left.

    References
    ----------
    .. [1] GB/T 24487, alumina: grades by SiO2, Na2O and loss on ignition.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature", silica_index=200.0)
    >>> found = product_quality(p, solve(p).circuit)
    >>> found.silica.round(4).item(), found.loss_on_ignition.round(4).item()
    (0.0002, 0.0028)
    """
    made = c.calcination.product
    alumina, soda = np.asarray(made["Al2O3"]), np.asarray(made["Na2O"])
    silica = alumina * p["product_silica_share"] / p["silica_index"]
    return Quality(
        alumina=alumina,
        soda=soda,
        silica=np.asarray(silica),
        loss_on_ignition=np.asarray(np.asarray(made["H2O"]) - silica),
        fines=product_fines(p, c),
    )


def product_fines(p: Mapping[str, Array], c: Circuit) -> Array:
    """Return the share of the alumina under 45 micrometres [-].

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Notes
    -----
    Powers of the elasticities of `FINES` around `FINES_AT`, anchored at the plant's
    ``product_fines``; good to a tenth of itself over the ranges of the settings.
    `refresh` takes anchor and seed surface from the seed loop itself.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> product_fines(p, solve(p).circuit).round(3).item()
    0.058
    """
    return np.asarray(p["product_fines"] * _moved(p, c))


def _moved(p: Mapping[str, Array], c: Circuit) -> Array:
    caustic = CARBONATE_PER_SODA * p["pregnant_caustic"]
    at = {**p, "supersaturated": c.pregnant_alumina / caustic}
    log = sum(e * np.log(at[k] / FINES_AT[k]) for k, e in FINES.items())
    return np.asarray(np.exp(log))


def train_of(
    p: Mapping[str, Array], c: Circuit, *, constants: Train | None = None
) -> Train:
    """Return the train of tanks of a single closed circuit, for `seed_loop`.

    Parameters
    ----------
    p, c
        Parameters and closed circuit, one case.
    constants : Train, optional
        Growth, nucleation, sticking and classifier of the plant; the default's
        otherwise.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("low_temperature")
    >>> train_of(p, solve(p).circuit).seed
    700.0
    """
    own = constants or Train()
    caustic = CARBONATE_PER_SODA * float(p["pregnant_caustic"])
    salt = 1000.0 * np.asarray(c.washing.pregnant.carbonate) / c.pregnant_volume
    return Train(
        caustic=caustic,
        alumina=float(c.pregnant_alumina),
        first_temperature=float(p["first_temperature"]),
        last_temperature=float(p["last_temperature"]),
        hours=float(p["precipitation_hours"]),
        tanks=int(p["tanks"]),
        seed=float(p["seed"]),
        growth=own.growth,
        nucleation=own.nucleation,
        sticking=own.sticking,
        sticking_size=own.sticking_size,
        cut=1e-6 * float(p["classifier_cut"]),
        sharpness=own.sharpness,
        bypass=own.bypass,
        salts=Salts(
            CARBONATE_PER_SODA * float(salt),
            float(p["chloride"]),
            float(p["sulphate"]),
            float(p["organic_carbon"]),
        ),
    )


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Constants of the fast model, renewed by the seed loop.

    Parameters
    ----------
    seed_area : float
        For ``seed_area`` [m2/g].
    product_fines : float
        For ``product_fines`` [-].
    loop : SeedLoop
        What they come from.
    """

    seed_area: float
    product_fines: float
    loop: SeedLoop


def refresh(
    p: Mapping[str, Array], c: Circuit, *, constants: Train | None = None
) -> Refreshed:
    """Renew the constants the fast model takes from the sizes of the hydrate.

    Parameters
    ----------
    p, c
        Parameters and closed circuit, one case.
    constants : Train, optional
        Constants of the plant's size model.

    Notes
    -----
    To be done weekly, as sizes answer over weeks; the plan does not call it.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> round(refresh(p, solve(p).circuit).product_fines, 3)
    0.058
    """
    loop = seed_loop(train_of(p, c, constants=constants))
    anchor = loop.product_fines / float(_moved(p, c))
    return Refreshed(loop.seed_area, anchor, loop)
