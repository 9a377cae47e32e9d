"""The Bayer circuit: one walk through all sections, and what closes it.

Amounts are per tonne of alumina. Eight variables are torn: caustic ratio of the
test-tank liquor, the wash return (alumina, three sodas, water), wash water and the
dissolved alumina lost. A walk turns them into better ones; the circuit is closed where
the walk returns what it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.calcination import Calcination, calcine
from orebook.process.alumina.charge import Charge, charge
from orebook.process.alumina.flash import Flash, flash_train
from orebook.process.alumina.impurities import (
    SOLUTION_PER_SODA,
    Causticisation,
    causticise,
    make_up,
)
from orebook.process.alumina.ore import OreChemistry, ore_chemistry
from orebook.process.alumina.oxides import GIBBSITE_WATER, MOLAR_MASS
from orebook.process.alumina.precipitation import precipitate
from orebook.process.alumina.washing import Washing, wash_mud
from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    RATIO_FACTOR,
    Composition,
    volume,
)

__all__ = ["TEARS", "Circuit", "product_soda", "walk"]

TEARS = (
    "test_tank_ratio",
    "returned_alumina",
    "returned_soda",
    "returned_carbonate",
    "returned_sulphate",
    "returned_water",
    "wash_water",
    "alumina_lost",
)
"""The torn variables, in the order of the columns of a solution."""

_HYDROXIDE_WATER = MOLAR_MASS["H2O"] / MOLAR_MASS["Na2O"]  # of 2 NaOH


@dataclass(frozen=True, slots=True)
class Circuit:
    """All sections of a circuit, per tonne of alumina.

    Parameters
    ----------
    chemistry : OreChemistry
        Per tonne of dry ore.
    charge, flash, washing, causticisation, calcination
        Results of the sections.
    blown_off, diluted, spent, test_tank : Composition
        Liquor after flashing, in the settler, after precipitation, and that returns to
        the charge [t/t].
    pregnant_alumina, spent_alumina : array
        Al2O3 before and after precipitation [g/L].
    pregnant_volume : array
        Liquor through precipitation [m3/t].
    supersaturation : array
        (A - A*)/C at the first tank [-].
    precipitated : array
        Al2O3 precipitated [t/t].
    wash_water, hydrate_wash : array
        Water to mud washing and to hydrate washing [t/t].
    make_up : array
        Caustic make-up as Na2O [t/t].
    evaporated : array
        Water evaporated [t/t].
    """

    chemistry: OreChemistry
    charge: Charge
    flash: Flash
    washing: Washing
    causticisation: Causticisation
    calcination: Calcination
    blown_off: Composition
    diluted: Composition
    spent: Composition
    test_tank: Composition
    pregnant_alumina: Array
    spent_alumina: Array
    pregnant_volume: Array
    supersaturation: Array
    precipitated: Array
    wash_water: Array
    hydrate_wash: Array
    make_up: Array
    evaporated: Array


def walk(
    p: Mapping[str, Array], tears: Array, chemistry: OreChemistry | None = None
) -> tuple[Array, Circuit]:
    """Walk once through the circuit.

    Parameters
    ----------
    p : mapping
        Parameters by name; arrays of one broadcast shape.
    tears : array, shape (8, ...)
        Torn variables in the order of `TEARS`.
    chemistry : OreChemistry, optional
        Of the same parameters, where it is known already.

    Returns
    -------
    tears : array, shape (8, ...)
        What the circuit makes of them; equal to what was given where it is closed.
    circuit : Circuit
        The sections on the way.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> start = np.array([2.9, 0.25, 0.2, 0.02, 0.0, 3.6, 4.0, 0.003])
    >>> after, _ = walk(plant("high_temperature"), start)
    >>> after[0].round(2).item()
    2.84
    """
    ratio, back_a, back_n, back_c, back_s, back_w, wash_water, lost = tears
    chemistry = chemistry or ore_chemistry(p)
    calcium = _aluminate_per_ore(p, chemistry)
    product = p["product_alumina"]
    ore_alumina = (product + lost) / (1.0 - calcium / chemistry.extracted)
    made = charge(p, chemistry, ratio=ratio, alumina=ore_alumina)
    flash = flash_train(p, made, chemistry)
    a, n, c, s, w = made.digested.arrays
    blown = Composition(a, n, c, s, w - flash.vapour)
    diluted = Composition(
        a + back_a, n + back_n, c + back_c, s + back_s, w - flash.vapour + back_w
    )
    washed = wash_mud(p, diluted, made.mud, wash_water)
    grown = _precipitation(p, washed.pregnant)
    spent, before, after, flow, driving, precipitated, missing = grown
    p = {**p, "product_soda": product_soda(p, driving)}
    done = causticise(p, chemistry, made.ore, washed)
    caustic = make_up(p, chemistry, made.ore, washed, done.regained)
    calcined = calcine(p)
    rinse = p["hydrate_wash"] * np.asarray(sum(calcined.hydrate.values()))
    test_tank, evaporated = _test_tank(
        p, made, spent, washed, done, caustic, rinse - calcined.moisture
    )
    returned = washed.returned
    new = (
        RATIO_FACTOR * np.asarray(test_tank.caustic) / np.asarray(test_tank.alumina),
        *returned.arrays,
        wash_water + 0.8 * missing,
        washed.alumina_lost,
    )
    circuit = Circuit(
        chemistry=chemistry,
        charge=made,
        flash=flash,
        washing=washed,
        causticisation=done,
        calcination=calcined,
        blown_off=blown,
        diluted=diluted,
        spent=spent,
        test_tank=test_tank,
        pregnant_alumina=before,
        spent_alumina=after,
        pregnant_volume=flow,
        supersaturation=driving,
        precipitated=precipitated,
        wash_water=np.asarray(wash_water),
        hydrate_wash=np.asarray(rinse),
        make_up=caustic,
        evaporated=evaporated,
    )
    return np.stack(np.broadcast_arrays(*new)), circuit


def product_soda(p: Mapping[str, Array], supersaturation: Array) -> Array:
    """Return Na2O in the alumina [t/t].

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    supersaturation : array
        (A - A*)/C of the first tank [-].

    Notes
    -----
    Linear around ``reference_supersaturation``, never below 0; the slope is the plant's
    own and 0 where it is not given.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature", product_soda_slope=0.01)
    >>> product_soda(p, np.asarray(0.427)).round(4).item()
    0.0039
    """
    excess = supersaturation - p["reference_supersaturation"]
    return np.asarray(
        np.maximum(p["product_soda"] + p["product_soda_slope"] * excess, 0.0)
    )


def _aluminate_per_ore(p: Mapping[str, Array], chemistry: OreChemistry) -> Array:
    """Return Al2O3 that causticising lime binds [t/t dry ore]."""
    regained = chemistry.soda_carbonated * p["causticised"] / MOLAR_MASS["Na2O"]
    share = (1.0 - p["lime_efficiency"]) / p["lime_efficiency"]
    return np.asarray(regained * share / 3.0 * MOLAR_MASS["Al2O3"])


def _precipitation(
    p: Mapping[str, Array], pregnant: Composition
) -> tuple[Composition, Array, Array, Array, Array, Array, Array]:
    a, n, c, s, w = pregnant.arrays
    real = volume(pregnant)
    flow = 1000.0 * n / p["pregnant_caustic"]
    before = 1000.0 * a / flow
    carbonate = CARBONATE_PER_SODA * 1000.0 * c / real
    after, driving = precipitate(p, before, carbonate)
    hydrate = (before - after) * flow / 1000.0
    spent = Composition(
        a - hydrate,
        n - product_soda(p, driving),
        c,
        s,
        w - GIBBSITE_WATER * hydrate,
    )
    return spent, before, after, flow, driving, hydrate, flow - real


def _test_tank(
    p: Mapping[str, Array],
    made: Charge,
    spent: Composition,
    washed: Washing,
    done: Causticisation,
    caustic: Array,
    rinse: Array,
) -> tuple[Composition, Array]:
    """Return the liquor that returns to the charge, and the water evaporated."""
    a, n, c, s, w = spent.arrays
    made_good = np.asarray(washed.cake.sulphate)
    target = np.asarray(made.liquor.water)
    water = (
        w
        + rinse
        + caustic * (SOLUTION_PER_SODA - 1.0)
        + p["miscellaneous_water"]
        - done.water
        - _HYDROXIDE_WATER * p["soda_loss"]
    )
    liquor = Composition(
        a - done.alumina,
        n + caustic + done.regained - p["soda_loss"] - made_good,
        c - done.regained - done.purged,
        s + made_good,
        target,
    )
    return liquor, np.asarray(water - target)
