"""The words plants use for a Bayer liquor, and the way from each to the other.

Chinese practice counts soda as Na2O: caustic Nk, carbonate Nc, total Nt, and tells the
alumina by the caustic ratio alpha_k (molar). International practice counts as Na2CO3:
caustic C, total alkali S, and tells the alumina by A/C; European practice by RP, A/Nk.
All concentrations g/L (kg/m3) of liquor at 25 degC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.properties.liquor import (
    ALUMINA,
    ALUMINA_PER_CARBONATE,
    CARBONATE_PER_SODA,
    RATIO_FACTOR,
    SODA,
    WATER,
    FloatArray,
)

__all__ = [
    "LiquorTerms",
    "alumina_at_ratio",
    "alumina_to_gibbsite",
    "carbonate_to_soda",
    "causticity",
    "gibbsite_to_alumina",
    "hydroxide_to_soda",
    "liquor_terms",
    "ratio_from_alumina_to_caustic",
    "ratio_from_rich_ratio",
    "soda_to_carbonate",
    "soda_to_hydroxide",
]

HYDROXIDE_PER_SODA = 2.0 * 39.997 / SODA
"""NaOH per Na2O, 1.2907 [t/t]."""
GIBBSITE_PER_ALUMINA = 1.0 + 3.0 * WATER / ALUMINA
"""Al(OH)3 per Al2O3, 1.530 [t/t]."""


def soda_to_carbonate(soda: npt.ArrayLike) -> FloatArray:
    """Return soda as Na2CO3 from soda as Na2O, 1.7101 times [same unit].

    Examples
    --------
    >>> soda_to_carbonate(160.0).round(1).item()
    273.6
    """
    return np.asarray(CARBONATE_PER_SODA * np.asarray(soda, np.float64))


def carbonate_to_soda(carbonate: npt.ArrayLike) -> FloatArray:
    """Return soda as Na2O from soda as Na2CO3 [same unit].

    Examples
    --------
    >>> carbonate_to_soda(273.6).round(1).item()
    160.0
    """
    return np.asarray(np.asarray(carbonate, np.float64) / CARBONATE_PER_SODA)


def soda_to_hydroxide(soda: npt.ArrayLike) -> FloatArray:
    """Return caustic as NaOH from caustic as Na2O, 1.2907 times [same unit].

    Examples
    --------
    >>> soda_to_hydroxide(1.0).round(4).item()
    1.2907
    """
    return np.asarray(HYDROXIDE_PER_SODA * np.asarray(soda, np.float64))


def hydroxide_to_soda(hydroxide: npt.ArrayLike) -> FloatArray:
    """Return caustic as Na2O from caustic as NaOH [same unit].

    Examples
    --------
    >>> hydroxide_to_soda(0.784).round(3).item()
    0.607
    """
    return np.asarray(np.asarray(hydroxide, np.float64) / HYDROXIDE_PER_SODA)


def alumina_to_gibbsite(alumina: npt.ArrayLike) -> FloatArray:
    """Return gibbsite Al(OH)3 from Al2O3, 1.530 times [same unit].

    Examples
    --------
    >>> alumina_to_gibbsite(1.0).round(3).item()
    1.53
    """
    return np.asarray(GIBBSITE_PER_ALUMINA * np.asarray(alumina, np.float64))


def gibbsite_to_alumina(gibbsite: npt.ArrayLike) -> FloatArray:
    """Return Al2O3 from gibbsite Al(OH)3 [same unit].

    Examples
    --------
    >>> gibbsite_to_alumina(1.530).round(3).item()
    1.0
    """
    return np.asarray(np.asarray(gibbsite, np.float64) / GIBBSITE_PER_ALUMINA)


def ratio_from_alumina_to_caustic(ratio: npt.ArrayLike) -> FloatArray:
    """Return the caustic ratio alpha_k [mol/mol] from A/C [-].

    Raises
    ------
    InputError
        If a value is not above 0.

    Examples
    --------
    >>> ratio_from_alumina_to_caustic(0.70).round(3).item()
    1.374
    """
    return np.asarray(ALUMINA_PER_CARBONATE / _above_0("A/C", ratio))


def ratio_from_rich_ratio(ratio: npt.ArrayLike) -> FloatArray:
    """Return the caustic ratio alpha_k [mol/mol] from RP, A/Nk [-].

    Raises
    ------
    InputError
        If a value is not above 0.

    Examples
    --------
    >>> ratio_from_rich_ratio(1.1585).round(3).item()
    1.42
    """
    return np.asarray(RATIO_FACTOR / _above_0("RP", ratio))


def alumina_at_ratio(caustic_soda: npt.ArrayLike, ratio: npt.ArrayLike) -> FloatArray:
    """Return A, alumina of a liquor of given Nk and caustic ratio [g/L].

    Parameters
    ----------
    caustic_soda : float or array
        Nk, caustic as Na2O [g/L].
    ratio : float or array
        Caustic ratio alpha_k, above 0 [mol/mol].

    Raises
    ------
    InputError
        If a ratio is not above 0.

    Examples
    --------
    >>> alumina_at_ratio(160.0, 1.42).round(1).item()
    185.4
    """
    soda = np.asarray(caustic_soda, np.float64)
    return np.asarray(RATIO_FACTOR * soda / _above_0("caustic ratio", ratio))


def causticity(
    caustic_soda: npt.ArrayLike, carbonate_soda: npt.ArrayLike
) -> FloatArray:
    """Return C/S = Nk/Nt, caustic of the total alkali, usually 0.80 to 0.90 [-].

    Parameters
    ----------
    caustic_soda, carbonate_soda : float or array
        Nk and Nc as Na2O [g/L].

    Raises
    ------
    InputError
        If there is no alkali.

    Examples
    --------
    >>> causticity(160.0, 17.0).round(3).item()
    0.904
    """
    caustic = np.asarray(caustic_soda, np.float64)
    total = caustic + np.asarray(carbonate_soda, np.float64)
    return np.asarray(caustic / _above_0("total alkali", total))


@dataclass(frozen=True, slots=True)
class LiquorTerms:
    """One liquor in all the words plants use for it.

    Parameters
    ----------
    alumina : array
        A as Al2O3 [g/L].
    caustic_soda, carbonate_soda, total_soda : array
        Nk, Nc and Nt as Na2O [g/L].
    caustic, total_alkali : array
        C and S as Na2CO3 [g/L].
    caustic_hydroxide : array
        Caustic as NaOH [g/L].
    ratio, alumina_to_caustic, rich_ratio, causticity : array
        alpha_k [mol/mol], A/C, RP = A/Nk and C/S [-].
    """

    alumina: FloatArray
    caustic_soda: FloatArray
    carbonate_soda: FloatArray
    total_soda: FloatArray
    caustic: FloatArray
    total_alkali: FloatArray
    caustic_hydroxide: FloatArray
    ratio: FloatArray
    alumina_to_caustic: FloatArray
    rich_ratio: FloatArray
    causticity: FloatArray


def liquor_terms(
    alumina: npt.ArrayLike,
    caustic_soda: npt.ArrayLike,
    carbonate_soda: npt.ArrayLike = 0.0,
) -> LiquorTerms:
    """Return a liquor in all the words plants use for it.

    Parameters
    ----------
    alumina, caustic_soda, carbonate_soda : float or array
        A as Al2O3, Nk and Nc as Na2O [g/L].

    Raises
    ------
    InputError
        If alumina or caustic is not above 0, or carbonate below 0.

    References
    ----------
    .. [1] Stoichiometry with Na2O 61.979, Na2CO3 105.99, NaOH 39.997, Al2O3 101.961.

    Examples
    --------
    >>> told = liquor_terms(185.4, 160.0, 17.0)
    >>> told.caustic.round(1).item(), told.alumina_to_caustic.round(4).item()
    (273.6, 0.6776)
    """
    a, n = _above_0("alumina A", alumina), _above_0("caustic Nk", caustic_soda)
    k = np.asarray(carbonate_soda, np.float64)
    if np.any(~(k >= 0.0)):
        raise InputError(
            f"carbonate Nc = {np.min(k):g} g/L; expected at least 0; check the analysis"
        )
    return LiquorTerms(
        alumina=a,
        caustic_soda=n,
        carbonate_soda=k,
        total_soda=np.asarray(n + k),
        caustic=soda_to_carbonate(n),
        total_alkali=soda_to_carbonate(n + k),
        caustic_hydroxide=soda_to_hydroxide(n),
        ratio=np.asarray(RATIO_FACTOR * n / a),
        alumina_to_caustic=np.asarray(a / soda_to_carbonate(n)),
        rich_ratio=np.asarray(a / n),
        causticity=causticity(n, k),
    )


def _above_0(what: str, given: npt.ArrayLike) -> FloatArray:
    values = np.asarray(given, np.float64)
    good = values > 0.0
    if not np.all(good):
        raise InputError(
            f"{what} = {np.extract(~good, values)[0]:g}; expected above 0; check the "
            "figure and its unit"
        )
    return values
