"""Population balance of precipitation: sizes of hydrate around the seed loop.

The second layer behind the growth model: it tells product size, fines and the seed's
surface, and so refreshes ``seed_area`` of the circuit; a plan does not call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from orebook.errors import InputError
from orebook.process.alumina.classification import (
    CLASSES,
    GIBBSITE_DENSITY,
    fines,
    median_size,
    partition,
    sizes,
    volumes,
)
from orebook.process.alumina.oxides import GIBBSITE_WATER
from orebook.process.alumina.precipitation import tank_outlet
from orebook.process.contract import Array
from orebook.process.properties.liquor import Salts, saturation_alumina

__all__ = ["SeedLoop", "Train", "agglomeration", "seed_loop", "tank"]

_GROWTH_ACTIVATION = 7200.0  # K
_ALUMINA_SHARE = 1.0 / (1.0 + GIBBSITE_WATER)
_SETTLED = 1e-7
_SALTS = Salts(33.4, 12.0, 8.0, 6.0)  # of the high-temperature base case [g/L]
_TANK_STEPS = 30


@dataclass(frozen=True, slots=True)
class Train:
    """A train of precipitators with its seed loop.

    Parameters
    ----------
    caustic, alumina : float
        C as Na2CO3 and A of the pregnant liquor [g/L].
    first_temperature, last_temperature : float
        Tank temperatures, falling evenly [degC].
    hours : float
        Time in all tanks [h].
    tanks : int
        Number of tanks.
    seed : float
        Solids held as seed [g/L].
    growth : float
        Growth constant at 60 degC [m/h].
    nucleation : float
        Nuclei per surface at full supersaturation [1/(m2 h)].
    sticking : float
        Agglomeration constant [m3/h].
    sticking_size : float
        Size above which grains no longer agglomerate [m].
    cut, sharpness, bypass : float
        Partition curve of the classifier [m, -, -].
    salts : Salts
        Impurities of the liquor.
    """

    caustic: float = 273.6
    alumina: float = 185.0
    first_temperature: float = 61.0
    last_temperature: float = 51.0
    hours: float = 45.0
    tanks: int = 14
    seed: float = 800.0
    growth: float = 2.0e-6
    nucleation: float = 4.0e8
    sticking: float = 1.0e-12
    sticking_size: float = 40e-6
    cut: float = 75e-6
    sharpness: float = 2.0
    bypass: float = 0.1
    salts: Salts = _SALTS


@dataclass(frozen=True, slots=True)
class SeedLoop:
    """A closed seed loop.

    Parameters
    ----------
    seed, product : array, shape (classes,)
        Number of grains per volume of liquor by class [1/m3].
    yielded : float
        Al2O3 precipitated [kg/m3].
    seed_area : float
        Specific surface of the seed [m2/g].
    product_fines : float
        Product under 45 micrometres, by mass [-].
    product_size : float
        d50 of the product [m].
    cycles : int
        Cycles of the seed until it repeats itself.
    closed : bool
        Whether it does.
    """

    seed: Array
    product: Array
    yielded: float
    seed_area: float
    product_fines: float
    product_size: float
    cycles: int
    closed: bool


def agglomeration(number: Array, kernel: Array) -> tuple[Array, Array]:
    """Return births and loss rates by agglomeration on doubling volumes.

    Parameters
    ----------
    number : array, shape (classes,)
        Grains per volume [1/m3].
    kernel : array, shape (classes, classes)
        Rate constant of each pair [m3/h].

    Returns
    -------
    births : array, shape (classes,)
        [1/(m3 h)].
    loss : array, shape (classes,)
        Rate at which a grain of each class is lost [1/h].

    Notes
    -----
    The discretisation keeps volume exactly.

    References
    ----------
    .. [1] M. J. Hounslow, R. L. Ryall, V. R. Marshall, A discretized population balance
       for nucleation, growth, and aggregation, AIChE Journal, 1988.

    Examples
    --------
    Volume born is volume lost:

    >>> n, k = np.ones(CLASSES), np.full((CLASSES, CLASSES), 1e-3)
    >>> k[-1, :] = k[:, -1] = 0.0
    >>> born, lost = agglomeration(n, k)
    >>> bool(np.isclose(born @ volumes(), (lost * n) @ volumes(), rtol=1e-12))
    True
    """
    below, above = _weights()
    pairs = kernel * number[None, :]
    met = (pairs * below).sum(axis=1)
    born = np.zeros(CLASSES)
    born[1:] = number[:-1] * met[:-1]
    born[1:] += 0.5 * number[:-1] ** 2 * np.diagonal(kernel)[:-1]
    return born, np.asarray(met + (pairs * above).sum(axis=1))


@cache
def _weights() -> tuple[Array, Array]:
    """Return 2^(j - i) below the diagonal, and 1 on and above it.

    A grain of class i that meets a smaller one of class j reaches class i + 1 with
    probability 2^(j - i); one that meets its like or a larger one is gone.
    """
    i, j = np.indices((CLASSES, CLASSES))
    return np.where(j < i, 2.0 ** (j - i), 0.0), np.where(j >= i, 1.0, 0.0)


def tank(
    train: Train, temperature: float, alumina: float, number: Array
) -> tuple[float, Array]:
    """Return alumina and grains at the outlet of one stirred tank.

    Parameters
    ----------
    train : Train
        Constants, liquor and time.
    temperature : float
        Of the tank [degC].
    alumina : float
        Al2O3 at the inlet [g/L].
    number : array, shape (classes,)
        Grains at the inlet [1/m3].

    Notes
    -----
    Growth G lifts a grain to twice its volume at the rate 3 G/L, which is exact in
    mass. Growth and nucleation go with the square, agglomeration with the fourth power
    of (A - A*)/C. What depends on the grains at the outlet is iterated.

    References
    ----------
    .. [1] E. T. White, S. H. Bateman, Light Metals, 1988.

    Examples
    --------
    >>> start = 1e3 / volumes()[10:20].sum() * np.ones(CLASSES)
    >>> left, grown = tank(Train(), 60.0, 180.0, start)
    >>> bool(left < 180.0 and grown @ volumes() > start @ volumes())
    True
    """
    hours = train.hours / train.tanks
    star = float(saturation_alumina(train.caustic, temperature, salts=train.salts))
    kinetic = np.exp(
        -_GROWTH_ACTIVATION * (1.0 / (temperature + 273.15) - 1.0 / 333.15)
    )
    jump = 3.0 * train.growth * kinetic / sizes()
    jump[-1] = 0.0
    grown, left = number, alumina
    for _ in range(_TANK_STEPS):
        nuclei = train.nucleation * np.pi * (grown @ sizes() ** 2)
        gain = GIBBSITE_DENSITY * ((grown * jump) @ volumes() + nuclei * volumes()[0])
        rate = hours * gain * _ALUMINA_SHARE / train.caustic**2
        left = star + float(tank_outlet(np.asarray(alumina - star), np.asarray(rate)))
        force = max(left - star, 0.0) / train.caustic
        born, lost = agglomeration(grown, train.sticking * force**4 * _sticky(train))
        before = grown
        born[0] += nuclei * force**2
        grown = _steady(number + hours * born, hours * jump * force**2, hours * lost)
        if np.max(np.abs(grown - before)) <= 1e-10 * np.max(grown):
            break
    return left, grown


def _sticky(train: Train) -> Array:
    """Return how readily each pair agglomerates: only fine grains do [-]."""
    ready = 1.0 / (1.0 + (sizes() / train.sticking_size) ** 4)
    ready[-1] = 0.0
    return np.asarray(ready[:, None] * ready[None, :])


def _steady(entering: Array, jump: Array, lost: Array) -> Array:
    """Solve n (1 + jump + lost) = entering + what jumps in from the class below."""
    from scipy.linalg import solve_banded

    bands = np.zeros((2, CLASSES))
    bands[0] = 1.0 + jump + lost
    bands[1, :-1] = -jump[:-1]
    return np.asarray(solve_banded((1, 0), bands, entering))


def seed_loop(train: Train, *, most_cycles: int = 400) -> SeedLoop:
    """Return the seed that a train keeps up by itself, and its product.

    Parameters
    ----------
    train : Train
        Tanks, liquor, constants and classifier.
    most_cycles : int
        Cycles after which it gives up [-].

    Returns
    -------
    SeedLoop
        With ``closed`` telling whether the seed repeats itself.

    Raises
    ------
    InputError
        If the liquor is not supersaturated in the first tank.

    Notes
    -----
    As much slurry goes through the classifier as makes its underflow carry exactly the
    hydrate precipitated; all else is seed, held at its mass.

    Examples
    --------
    >>> found = seed_loop(Train())
    >>> found.closed, round(found.yielded)
    (True, 84)
    """
    _refuse_undersaturated(train)
    weight = GIBBSITE_DENSITY * volumes()
    number = np.exp(-0.5 * (np.log(sizes() / 70e-6) / 0.35) ** 2) / volumes()
    number *= train.seed / (number @ weight)
    under = partition(
        sizes(), train.cut, sharpness=train.sharpness, bypass=train.bypass
    )
    closed, cycle, left = False, 0, train.alumina
    product = number
    for cycle in range(1, most_cycles + 1):  # noqa: B007
        left, out = _through(train, number)
        hydrate = out @ weight - train.seed
        product = out * under
        product = product * (hydrate / (product @ weight))
        kept = np.maximum(out - product, 0.0)
        kept *= train.seed / (kept @ weight)
        moved = np.max(np.abs(kept - number) * weight) / train.seed
        number = kept
        if moved <= _SETTLED:
            closed = True
            break
    area = float(np.pi * (number @ sizes() ** 2) / (number @ weight) / 1000.0)
    return SeedLoop(
        seed=number,
        product=product,
        yielded=train.alumina - left,
        seed_area=area,
        product_fines=float(fines(product, 45e-6)),
        product_size=median_size(product),
        cycles=cycle,
        closed=closed,
    )


def _through(train: Train, number: Array) -> tuple[float, Array]:
    alumina = train.alumina
    for t in np.linspace(train.first_temperature, train.last_temperature, train.tanks):
        alumina, number = tank(train, float(t), alumina, number)
    return alumina, number


def _refuse_undersaturated(train: Train) -> None:
    star = float(
        saturation_alumina(train.caustic, train.first_temperature, salts=train.salts)
    )
    if train.alumina <= star:
        raise InputError(
            f"liquor of {train.alumina:g} g/L Al2O3 is not supersaturated at "
            f"{train.first_temperature:g} degC (saturation {star:.4g} g/L); cool the "
            "first tank or raise the alumina"
        )
