"""Bayer liquor: terms, conversions, solubility and physical properties.

Concentrations are g/L (kg/m3) of liquor at 25 degC. Alumina is counted as Al2O3,
caustic as Na2O (Nk, Chinese practice) or as Na2CO3 (C, international); the caustic
ratio is molar, Na2O to Al2O3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError

__all__ = [
    "Composition",
    "Mineral",
    "Salts",
    "alumina_to_caustic",
    "boiling_point_elevation",
    "caustic_as_carbonate",
    "caustic_ratio",
    "composition",
    "density",
    "heat_capacity",
    "ionic_strength",
    "rich_ratio",
    "saturation_alumina",
    "supersaturation",
    "volume",
    "water_density",
]

FloatArray = npt.NDArray[np.float64]
Mineral = Literal["gibbsite", "boehmite", "diaspore"]

ALUMINA, SODA, SODIUM_CARBONATE = 101.961, 61.979, 105.99  # g/mol
SODIUM_SULPHATE, SODIUM_CHLORIDE, WATER = 142.04, 58.44, 18.015  # g/mol
CARBONATE_PER_SODA = SODIUM_CARBONATE / SODA  # 1.7101 t Na2CO3 per t Na2O
RATIO_FACTOR = ALUMINA / SODA  # 1.6451
ALUMINA_PER_CARBONATE = ALUMINA / SODIUM_CARBONATE  # 0.96197
GAS_CONSTANT = 8.314  # J/(mol K)


def caustic_as_carbonate(caustic_soda: npt.ArrayLike) -> FloatArray:
    """Return caustic as Na2CO3 (C) from caustic as Na2O (Nk) [g/L].

    Parameters
    ----------
    caustic_soda : float or array
        Nk, caustic as Na2O [g/L].

    References
    ----------
    .. [1] Stoichiometry: 105.99 g Na2CO3 and 61.979 g Na2O per mole.

    Examples
    --------
    >>> caustic_as_carbonate(160.0).round(1).item()
    273.6
    """
    return np.asarray(CARBONATE_PER_SODA * np.asarray(caustic_soda, np.float64))


def caustic_ratio(alumina: npt.ArrayLike, caustic_soda: npt.ArrayLike) -> FloatArray:
    """Return the molar caustic ratio Na2O to Al2O3 [-].

    Parameters
    ----------
    alumina : float or array
        A, dissolved Al2O3 [g/L], above 0.
    caustic_soda : float or array
        Nk, caustic as Na2O [g/L].

    References
    ----------
    .. [1] Stoichiometry: alpha_k = 1.6451 Nk / A.

    Examples
    --------
    >>> caustic_ratio(185.4, 160.0).round(3).item()
    1.42
    """
    a, n = np.asarray(alumina, np.float64), np.asarray(caustic_soda, np.float64)
    return np.asarray(RATIO_FACTOR * n / a)


def alumina_to_caustic(ratio: npt.ArrayLike) -> FloatArray:
    """Return A/C, alumina to caustic as Na2CO3 [-], from the caustic ratio [-].

    Examples
    --------
    >>> alumina_to_caustic([1.42, 2.90]).round(4).tolist()
    [0.6775, 0.3317]
    """
    return np.asarray(ALUMINA_PER_CARBONATE / np.asarray(ratio, np.float64))


def rich_ratio(ratio: npt.ArrayLike) -> FloatArray:
    """Return RP, the mass ratio A/Nk of European practice [-], from the caustic ratio.

    Examples
    --------
    >>> rich_ratio(1.42).round(4).item()
    1.1585
    """
    return np.asarray(RATIO_FACTOR / np.asarray(ratio, np.float64))


# -- solubility ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Salts:
    """What a liquor holds besides caustic and alumina, all at 25 degC [g/L].

    Parameters
    ----------
    carbonate, chloride, sulphate : float or array
        As Na2CO3, NaCl and Na2SO4.
    organic_carbon : float or array
        Total organic carbon, as C.
    """

    carbonate: npt.ArrayLike = 0.0
    chloride: npt.ArrayLike = 0.0
    sulphate: npt.ArrayLike = 0.0
    organic_carbon: npt.ArrayLike = 0.0


def ionic_strength(caustic: npt.ArrayLike, salts: Salts | None = None) -> FloatArray:
    """Return the ionic strength of a liquor as Rosenberg and Healy count it [-].

    Parameters
    ----------
    caustic : float or array
        C, caustic as Na2CO3 [g/L].
    salts : Salts, optional
        Impurities; none otherwise.

    References
    ----------
    .. [1] S. P. Rosenberg, S. J. Healy, A thermodynamic model for gibbsite solubility
       in Bayer liquors, 4th International Alumina Quality Workshop, 1996.

    Examples
    --------
    >>> ionic_strength(220.0).round(4).item()
    4.1514
    """
    s = salts or Salts()
    carbonate, chloride, sulphate, carbon = (
        np.asarray(x, np.float64)
        for x in (s.carbonate, s.chloride, s.sulphate, s.organic_carbon)
    )
    return np.asarray(
        0.01887 * np.asarray(caustic, np.float64)
        + 0.9346 * chloride / SODIUM_CHLORIDE
        + 2.0526 * carbonate / SODIUM_CARBONATE
        + 2.1714 * sulphate / SODIUM_SULPHATE
        + 1.6734 * 0.01887 * carbon
    )


def saturation_alumina(
    caustic: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    mineral: Mineral = "gibbsite",
    salts: Salts | None = None,
    shift: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Return the alumina a liquor holds in equilibrium with a mineral [g/L].

    Parameters
    ----------
    caustic : float or array
        C, caustic as Na2CO3 [g/L], above 0.
    temperature : float or array
        Temperature [degC]; gibbsite about 40 to 150, boehmite and diaspore to 280.
    mineral : {"gibbsite", "boehmite", "diaspore"}
        What it is in equilibrium with.
    salts : Salts, optional
        Impurities; none otherwise.
    shift : float or array
        Constant of the plant added to ln x, x being Al per free OH [-].

    Returns
    -------
    array of float
        A*, as Al2O3 [g/L].

    Raises
    ------
    InputError
        If the mineral is unknown, caustic is not above 0, or the temperature lies
        below 0 or above 300 degC.

    Notes
    -----
    Gibbsite after Rosenberg and Healy. Boehmite by the difference of the heats of
    solution of Russell, Edwards and Taylor, 10.79 kJ/mol, equal at 20 degC; good to
    about 0.03 in A/C at 140 to 260 degC. Diaspore relative to boehmite by the mean of
    two thermodynamic data bases; fit ``shift`` to the plant.

    References
    ----------
    .. [1] S. P. Rosenberg, S. J. Healy, 4th International Alumina Quality Workshop,
       1996.
    .. [2] A. S. Russell, J. D. Edwards, C. S. Taylor, Solubility and density of
       hydrated aluminas in NaOH solutions, JOM, 1955.

    Examples
    --------
    >>> (saturation_alumina(220.0, [60.0, 145.0]) / 220.0).round(4).tolist()
    [0.2354, 0.7297]
    >>> round(saturation_alumina(220.0, 240.0, mineral="boehmite").item() / 220.0, 4)
    0.6831
    """
    c, t = np.asarray(caustic, np.float64), np.asarray(temperature, np.float64)
    _check_range("caustic C", c, 0.0, 600.0, "g/L as Na2CO3")
    _check_range("temperature", t, 0.0, 300.0, "degC")
    kelvin = t + 273.15
    strength = ionic_strength(c, salts)
    root = np.sqrt(strength)
    log_f = -9.2082 * root / (1.0 + root) + 0.8743 * strength - 0.2149 * strength * root
    log_x = -30960.0 / (GAS_CONSTANT * kelvin) - np.log(10.0) * log_f
    log_x = log_x + _beyond_gibbsite(mineral, kelvin) + np.asarray(shift, np.float64)
    x = np.exp(log_x)
    return np.asarray(ALUMINA_PER_CARBONATE * c * x / (1.0 + x))


def _beyond_gibbsite(mineral: str, kelvin: FloatArray) -> FloatArray:
    """Return ln x of a mineral less that of gibbsite [-]."""
    boehmite = -(10790.0 / GAS_CONSTANT) * (1.0 / 293.15 - 1.0 / kelvin)
    differences = {
        "gibbsite": np.zeros_like(kelvin),
        "boehmite": boehmite,
        "diaspore": boehmite + 0.72 - 640.0 / kelvin,
    }
    if mineral not in differences:
        raise InputError(
            f"no solubility of '{mineral}'; expected gibbsite, boehmite or diaspore; "
            "correct the name"
        )
    return differences[mineral]


def supersaturation(
    alumina: npt.ArrayLike,
    caustic: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    salts: Salts | None = None,
) -> FloatArray:
    """Return (A - A*)/C with respect to gibbsite, what precipitation is driven by [-].

    Parameters
    ----------
    alumina, caustic : float or array
        A as Al2O3 and C as Na2CO3 [g/L].
    temperature : float or array
        Temperature [degC].
    salts : Salts, optional
        Impurities.

    Examples
    --------
    >>> supersaturation(185.4, 273.6, 61.0).round(3).item()
    0.421
    """
    c = np.asarray(caustic, np.float64)
    star = saturation_alumina(c, temperature, salts=salts)
    return np.asarray((np.asarray(alumina, np.float64) - star) / c)


def _check_range(
    what: str, values: FloatArray, low: float, high: float, unit: str
) -> None:
    good = (
        (values > low) if low == 0.0 and what.startswith("caustic") else values >= low
    )
    good = good & (values <= high)
    if not np.all(good):
        worst = float(values[~good].ravel()[0]) if values.ndim else float(values)
        raise InputError(
            f"{what} = {worst:g} {unit} lies outside {low:g} to {high:g} {unit}; "
            "check the figure and its unit"
        )


# -- physical properties -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Composition:
    """Masses in an amount of liquor, oxides as they are carried [t].

    Parameters
    ----------
    alumina : float or array
        Al2O3 dissolved.
    caustic : float or array
        Caustic soda as Na2O.
    carbonate : float or array
        Soda of carbonate as Na2O.
    sulphate : float or array
        Other soda, taken as sulphate, as Na2O.
    water : float or array
        All water, also that bound in NaOH and NaAl(OH)4.
    """

    alumina: npt.ArrayLike
    caustic: npt.ArrayLike
    carbonate: npt.ArrayLike
    sulphate: npt.ArrayLike
    water: npt.ArrayLike

    @property
    def mass(self) -> FloatArray:
        """Total mass, with the acids of the salts [t]."""
        a, n, c, s, w = self.arrays
        salts = CARBONATE_PER_SODA * c + SODIUM_SULPHATE / SODA * s
        return np.asarray(a + n + salts + w)

    @property
    def arrays(self) -> tuple[FloatArray, ...]:
        """The masses as arrays, in the order of the fields [t]."""
        return tuple(
            np.asarray(x, np.float64)
            for x in (
                self.alumina, self.caustic, self.carbonate, self.sulphate, self.water
            )
        )  # fmt: skip

    @property
    def free_water(self) -> FloatArray:
        """Water that is not bound in NaOH and NaAl(OH)4 [t]."""
        n_al, n_oh = self.moles
        water = self.arrays[4]
        return np.asarray(water - WATER * (2.0 * n_al + 0.5 * n_oh))

    @property
    def moles(self) -> tuple[FloatArray, FloatArray]:
        """Amounts of NaAl(OH)4 and of free NaOH [Mmol]."""
        a, n = self.arrays[:2]
        n_al = 2.0 * a / ALUMINA
        return n_al, 2.0 * n / SODA - n_al

    @property
    def molality(self) -> FloatArray:
        """Total sodium per free water [mol/kg]."""
        _, n, c, s, _ = self.arrays
        return np.asarray(2000.0 * (n + c + s) / SODA / self.free_water)

    @property
    def caustic_molality(self) -> FloatArray:
        """Sodium of NaOH and NaAl(OH)4 per free water [mol/kg]."""
        return np.asarray(2000.0 * self.arrays[1] / SODA / self.free_water)


def water_density(temperature: npt.ArrayLike) -> FloatArray:
    """Return the density of water, 0 to 150 degC [kg/m3].

    References
    ----------
    .. [1] Thiesen, Scheel and Diesselhorst, as in the Laliberte model (2007).

    Examples
    --------
    >>> water_density(25.0).round(2).item()
    997.08
    """
    t = np.asarray(temperature, np.float64)
    top = (t + 288.9414) * (t - 3.9863) ** 2
    return np.asarray(1000.0 * (1.0 - top / (508929.2 * (t + 68.12963))))


def volume(liquor: Composition, temperature: npt.ArrayLike = 25.0) -> FloatArray:
    """Return the volume of a liquor by apparent molar volumes (Young's rule) [m3].

    Parameters
    ----------
    liquor : Composition
        Masses [t]; molality 0.5 to 14 mol/kg.
    temperature : float or array
        Temperature, 25 to 100 [degC].

    Notes
    -----
    The apparent volume of NaOH, at the molality of caustic sodium, is fitted to the
    Laliberte model within 0.4 cm3/mol, that of NaAl(OH)4 is 45 cm3/mol.

    References
    ----------
    .. [1] M. Laliberte, A model for calculating the density of aqueous solutions,
       Journal of Chemical and Engineering Data, 2007.

    Examples
    --------
    >>> liquor = composition(160.9, 135.0, carbonate_soda=14.0, other_soda=3.0)
    >>> round(volume(liquor).item(), 6)
    1.0
    """
    t = np.asarray(temperature, np.float64)
    m = liquor.caustic_molality
    _, _, carbonate, sulphate, _ = liquor.arrays
    n_al, n_oh = liquor.moles
    warm = t - 25.0
    v_oh = (
        -5.883
        + 3.6614 * np.sqrt(m)
        + 0.0845 * m
        + 0.02175 * warm
        - 4.606e-5 * warm**2
        - 0.0057 * warm * np.sqrt(m)
    )
    cubic = n_al * 45.0 + n_oh * v_oh + carbonate / SODA * 6.0 + sulphate / SODA * 22.0
    return np.asarray(liquor.free_water / water_density(t) * 1000.0 + cubic)


def density(liquor: Composition, temperature: npt.ArrayLike = 25.0) -> FloatArray:
    """Return the density of a liquor [kg/m3]; see `volume`.

    Examples
    --------
    >>> liquor = composition(160.9, 135.0, carbonate_soda=14.0, other_soda=3.0)
    >>> round(density(liquor).item())
    1301
    """
    return np.asarray(1000.0 * liquor.mass / volume(liquor, temperature))


def composition(
    alumina: npt.ArrayLike,
    caustic_soda: npt.ArrayLike,
    *,
    carbonate_soda: npt.ArrayLike = 0.0,
    other_soda: npt.ArrayLike = 0.0,
) -> Composition:
    """Return the masses in one cubic metre of liquor at 25 degC.

    Parameters
    ----------
    alumina, caustic_soda : float or array
        A as Al2O3 and Nk as Na2O [g/L].
    carbonate_soda, other_soda : float or array
        Soda of carbonate and of other salts (sulphate) as Na2O [g/L].

    Returns
    -------
    Composition
        Masses per m3, with the water that fills it [t].

    Notes
    -----
    The water is what makes the volume 1 m3, found by Newton's method to 1e-12.

    Examples
    --------
    >>> composition(98.2, 160.0, carbonate_soda=17.0, other_soda=3.0).water.round(
    ...     4
    ... ).item()
    0.9956
    """
    a, n, c, s = np.broadcast_arrays(
        *(
            np.asarray(x, np.float64) / 1000.0
            for x in (alumina, caustic_soda, carbonate_soda, other_soda)
        )
    )
    water = np.full(a.shape, 1.0)
    for _ in range(30):
        excess = volume(Composition(a, n, c, s, water)) - 1.0
        step = 1e-6
        slope = (volume(Composition(a, n, c, s, water + step)) - 1.0 - excess) / step
        water = water - excess / slope
        if np.max(np.abs(excess), initial=0.0) < 1e-12:
            break
    return Composition(a, n, c, s, np.asarray(water))


def heat_capacity(liquor: Composition, temperature: npt.ArrayLike) -> FloatArray:
    """Return the heat capacity of a liquor [kJ/(kg K)].

    Parameters
    ----------
    liquor : Composition
        Masses [t].
    temperature : float or array
        Temperature, 20 to 250 [degC].

    Notes
    -----
    NaOH fitted to the Laliberte model (error up to 0.026), NaAl(OH)4 at 200 J/(mol K)
    of its own, salts at 0.5 kJ/(kg K); good to about 4 %.

    References
    ----------
    .. [1] M. Laliberte, A model for calculating the heat capacity of aqueous solutions,
       Journal of Chemical and Engineering Data, 2009.

    Examples
    --------
    >>> liquor = composition(160.9, 135.0, carbonate_soda=14.0, other_soda=3.0)
    >>> heat_capacity(liquor, 75.0).round(3).item()
    3.289
    """
    t = np.asarray(temperature, np.float64)
    m = liquor.caustic_molality
    _, _, carbonate, sulphate, _ = liquor.arrays
    n_al, n_oh = liquor.moles
    x = 40.0 * m / (1000.0 + 40.0 * m)
    warm = 0.00113 * (t - 60.0)
    of_soda = 4.1686 - 4.1896 * x + 11.703 * x**2 - 13.74 * x**3 + warm
    of_water = 4.1686 + warm
    apparent = (of_soda * (1000.0 + 40.0 * m) - of_water * 1000.0) / (1000.0 * m)
    salts = CARBONATE_PER_SODA * carbonate + SODIUM_SULPHATE / SODA * sulphate
    heat = (
        liquor.free_water * of_water
        + 1000.0 * n_oh * apparent
        + 200.0 * n_al
        + 0.5 * salts
    )
    return np.asarray(heat / liquor.mass)


def boiling_point_elevation(
    molality: npt.ArrayLike, temperature: npt.ArrayLike
) -> FloatArray:
    """Return how much higher a liquor boils than water [K].

    Parameters
    ----------
    molality : float or array
        Total sodium per free water, up to about 10; above 12 that of 12 [mol/kg].
    temperature : float or array
        Boiling temperature of the liquor, 50 to 280 [degC].

    Raises
    ------
    InputError
        If the molality is negative.

    References
    ----------
    .. [1] J. L. Dewey, Boiling point rise of Bayer plant liquors, Light Metals, 1981.

    Examples
    --------
    >>> boiling_point_elevation([5.0, 7.0, 10.0], 100.0).round(2).tolist()
    [5.6, 8.58, 13.94]
    """
    m = np.asarray(molality, np.float64)
    if np.any(m < 0.0):
        raise InputError(
            f"molality = {np.min(m):g} mol/kg is negative; expected at least 0; check "
            "that the liquor has free water"
        )
    m = np.minimum(m, 12.0)
    kelvin = np.asarray(temperature, np.float64) + 273.15
    k = kelvin / 1000.0
    return np.asarray(
        0.00182
        + 0.55379 * (m / 10.0) ** 7
        + 0.0040625 * m * kelvin
        + (-286.66 * m + 29.919 * m**2 + 0.6228 * m**3) / kelvin
        - 0.032647 * m * (m * k) ** 2
        + k**5 * (5.9705 * m - 0.57532 * m**2 + 0.10417 * m**3)
    )
