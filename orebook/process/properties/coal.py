"""Coal: analyses and their bases, heating values, standard coal, carbon, blends.

An analysis is a table of components in per cent of its basis, as laboratories write it:
``ar`` as received, ``ad`` air dried, ``d`` dry, ``daf`` dry and free of ash. Components
are ``moisture``, ``ash``, ``volatile``, ``fixed_carbon`` (proximate) and ``C``, ``H``,
``O``, ``N``, ``S`` (ultimate, hydrogen without that of the moisture). Heating values in
kJ/kg. Every number may be an array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError

__all__ = [
    "STANDARD_COAL",
    "blend",
    "carbon_content",
    "carbon_dioxide",
    "check_analysis",
    "convert",
    "gross_from_net",
    "net_at_moisture",
    "net_from_gross",
    "rebased",
    "standard_coal",
]

Basis = Literal["ar", "ad", "d", "daf"]
FloatArray = npt.NDArray[np.float64]

STANDARD_COAL = 29.3076  # MJ per kg coal equivalent, 7000 kcal (GB/T 2589)
CARBON_DIOXIDE_PER_CARBON = 44.0 / 12.0  # as greenhouse gas accounting rounds it
HYDROGEN_LOSS, MOISTURE_LOSS = 206.0, 23.0  # kJ/kg per % H and per % moisture
PROXIMATE = ("moisture", "ash", "volatile", "fixed_carbon")
ULTIMATE = ("moisture", "ash", "C", "H", "O", "N", "S")
_WET = ("ar", "ad")
_ROUNDING = 0.1  # an analysis may sum to this much over 100 by rounding [%]


def convert(
    value: npt.ArrayLike,
    start: Basis,
    end: Basis,
    *,
    moisture: Mapping[str, npt.ArrayLike] | None = None,
    ash_dry: npt.ArrayLike | None = None,
) -> FloatArray:
    """Return a component, or a gross heating value, on another basis.

    Parameters
    ----------
    value : float or array
        Amount on basis ``start``: [%] of a component other than moisture, or the gross
        heating value [kJ/kg].
    start, end : {"ar", "ad", "d", "daf"}
        Basis given and basis wanted.
    moisture : mapping, optional
        Moisture on ``ar`` and on ``ad`` [%], as far as these bases are involved.
    ash_dry : float or array, optional
        Ash on the dry basis, where ``daf`` is involved [%].

    Returns
    -------
    array of float
        The amount on basis ``end`` [%] or [kJ/kg].

    Raises
    ------
    InputError
        If moisture or ash is needed and missing, or lies outside 0 to 100 %.

    Notes
    -----
    Amounts on two bases relate as the share of the one basis in the other: dry matter
    is 1 - M/100 of the moist coal, daf matter 1 - A_d/100 of the dry one. A net heating
    value does not convert like this, see `net_at_moisture`.

    References
    ----------
    .. [1] GB/T 483-2007, General rules for analytical and testing methods of coal.
    .. [2] ISO 1170:2013, Coal and coke, Calculation of analyses to different bases.

    Examples
    --------
    20.00 % ash air dried at 2.00 % moisture, in coal received with 10.0 %:

    >>> convert(20.0, "ad", "ar", moisture={"ad": 2.0, "ar": 10.0}).round(2).item()
    18.37
    """
    wet = moisture or {}
    before = _dry_share(start, wet) * _pure_share(start, ash_dry)
    after = _dry_share(end, wet) * _pure_share(end, ash_dry)
    # daf matter per unit of the basis: what is given grows as its basis shrinks.
    return np.asarray(np.asarray(value, np.float64) * after / before)


def _dry_share(basis: Basis, moisture: Mapping[str, npt.ArrayLike]) -> FloatArray:
    if basis not in _WET:
        return np.asarray(1.0)
    if basis not in moisture:
        raise InputError(
            f"a conversion from or to '{basis}' needs the moisture on that basis; "
            f'give moisture={{"{basis}": per cent}}'
        )
    return 1.0 - _per_cent(f"moisture {basis}", moisture[basis]) / 100.0


def _pure_share(basis: Basis, ash_dry: npt.ArrayLike | None) -> FloatArray:
    """Return the inverse share of daf matter in dry coal where the basis is daf."""
    if basis != "daf":
        return np.asarray(1.0)
    if ash_dry is None:
        raise InputError(
            "a conversion from or to 'daf' needs the ash on the dry basis; "
            "give ash_dry in per cent"
        )
    return 1.0 / (1.0 - _per_cent("ash d", ash_dry) / 100.0)


def _per_cent(name: str, value: npt.ArrayLike) -> FloatArray:
    number = np.asarray(value, np.float64)
    if np.any(~(number >= 0.0)) or np.any(~(number < 100.0)):
        raise InputError(
            f"coal: {name} = {np.max(number):g} %; expected 0 to below 100 %; "
            "give per cent of the basis, not a fraction of a fraction"
        )
    return number


def rebased(
    analysis: Mapping[str, npt.ArrayLike],
    start: Basis,
    end: Basis,
    *,
    moisture: Mapping[str, npt.ArrayLike] | None = None,
) -> dict[str, FloatArray]:
    """Return a whole analysis on another basis, its moisture and ash included.

    Parameters
    ----------
    analysis : mapping
        Components on basis ``start`` [%]; on ``daf`` with ``ash_dry`` beside them.
    start, end : {"ar", "ad", "d", "daf"}
        Basis given and basis wanted.
    moisture : mapping, optional
        Moisture of the other moist basis [%]; that of ``start`` may stand in the
        analysis.

    Returns
    -------
    dict
        Components on basis ``end`` [%]: moisture only where the basis is moist, ash
        only where it holds ash.

    References
    ----------
    .. [1] GB/T 483-2007, General rules for analytical and testing methods of coal.

    Examples
    --------
    >>> air_dried = {"moisture": 2.0, "ash": 20.0, "C": 65.0}
    >>> dry = rebased(air_dried, "ad", "d")
    >>> {name: value.round(2).item() for name, value in dry.items()}
    {'ash': 20.41, 'C': 66.33}
    """
    check_analysis(analysis)
    wet = dict(moisture or {})
    if start in _WET and "moisture" in analysis:
        wet.setdefault(start, analysis["moisture"])
    ash_dry: npt.ArrayLike | None = analysis.get("ash_dry")
    if ash_dry is None and "ash" in analysis:
        ash_dry = convert(analysis["ash"], start, "d", moisture=wet)
    found = {
        name: convert(value, start, end, moisture=wet, ash_dry=ash_dry)
        for name, value in analysis.items()
        if name not in ("moisture", "ash", "ash_dry")
    }
    head: dict[str, FloatArray] = {}
    if end in _WET:
        _dry_share(end, wet)
        head["moisture"] = np.asarray(wet[end], np.float64)
    if end != "daf" and ash_dry is not None:
        head["ash"] = convert(ash_dry, "d", end, moisture=wet)
    return {**head, **found}


def check_analysis(analysis: Mapping[str, npt.ArrayLike]) -> None:
    """Refuse an analysis that cannot be: negative, or summing to over 100 %.

    Parameters
    ----------
    analysis : mapping
        Components on one basis [%].

    Raises
    ------
    InputError
        If a component is negative or not a number, or if the proximate or the ultimate
        components sum to more than 100.1 %.

    Examples
    --------
    >>> check_analysis({"moisture": 8.0, "ash": 25.0, "C": 55.0, "H": 3.5, "S": 0.6})
    """
    for name, value in analysis.items():
        if np.any(~(np.asarray(value, np.float64) >= 0.0)):
            raise InputError(
                f"coal: {name} = {np.min(np.asarray(value)):g} %; expected a number of "
                "at least 0; correct the analysis"
            )
    for kind, names in (("proximate", PROXIMATE), ("ultimate", ULTIMATE)):
        parts = {n: np.asarray(analysis[n], np.float64) for n in names if n in analysis}
        total = np.max(sum(parts.values(), np.zeros(())))
        if total > 100.0 + _ROUNDING:
            raise InputError(
                f"coal: the {kind} analysis ({', '.join(parts)}) sums to {total:g} %; "
                "expected at most 100 %; check that all components are on one basis"
            )


def net_from_gross(
    gross: npt.ArrayLike, hydrogen: npt.ArrayLike, moisture: npt.ArrayLike
) -> FloatArray:
    """Return the net heating value as received [kJ/kg].

    Parameters
    ----------
    gross : float or array
        Gross heating value as received, at constant volume [kJ/kg].
    hydrogen, moisture : float or array
        Hydrogen without that of the moisture, and moisture, both as received [%].

    Notes
    -----
    Q_net = Q_gr - 206 H - 23 M: what condensing the water of combustion and the
    moisture would give.

    References
    ----------
    .. [1] GB/T 213-2008, Determination of calorific value of coal.

    Examples
    --------
    >>> net_from_gross(22500.0, 3.5, 10.0).item()
    21549.0
    """
    return np.asarray(np.asarray(gross, np.float64) - _condensing(hydrogen, moisture))


def gross_from_net(
    net: npt.ArrayLike, hydrogen: npt.ArrayLike, moisture: npt.ArrayLike
) -> FloatArray:
    """Return the gross heating value as received [kJ/kg]; see `net_from_gross`.

    Examples
    --------
    >>> gross_from_net(21549.0, 3.5, 10.0).item()
    22500.0
    """
    return np.asarray(np.asarray(net, np.float64) + _condensing(hydrogen, moisture))


def _condensing(hydrogen: npt.ArrayLike, moisture: npt.ArrayLike) -> FloatArray:
    h, m = np.asarray(hydrogen, np.float64), np.asarray(moisture, np.float64)
    return np.asarray(HYDROGEN_LOSS * h + MOISTURE_LOSS * m)


def net_at_moisture(
    net: npt.ArrayLike, moisture: npt.ArrayLike, new_moisture: npt.ArrayLike
) -> FloatArray:
    """Return the net heating value of the same coal at another moisture [kJ/kg].

    Parameters
    ----------
    net : float or array
        Net heating value at ``moisture`` [kJ/kg].
    moisture, new_moisture : float or array
        Moisture before and after [%].

    Notes
    -----
    Q' = (Q + 23 M)(100 - M')/(100 - M) - 23 M'.

    References
    ----------
    .. [1] GB/T 213-2008, Determination of calorific value of coal.

    Examples
    --------
    Rain takes a coal from 8 to 14 %:

    >>> net_at_moisture(21000.0, 8.0, 14.0).round(1).item()
    19480.4
    """
    before, after = _per_cent("moisture", moisture), _per_cent("moisture", new_moisture)
    wet = np.asarray(net, np.float64) + MOISTURE_LOSS * before
    return np.asarray(wet * (100.0 - after) / (100.0 - before) - MOISTURE_LOSS * after)


def standard_coal(heat: npt.ArrayLike) -> FloatArray:
    """Return heat in tonnes of standard coal [tce].

    Parameters
    ----------
    heat : float or array
        Heat [GJ].

    References
    ----------
    .. [1] GB/T 2589-2020, General rules for calculation of energy consumption.

    Examples
    --------
    A tonne of coal of 20.934 GJ/t (5000 kcal/kg), and 1 GJ:

    >>> standard_coal([20.934, 1.0]).round(4).tolist()
    [0.7143, 0.0341]
    """
    return np.asarray(np.asarray(heat, np.float64) / STANDARD_COAL)


def carbon_content(
    net: npt.ArrayLike, *, carbon_per_heat: npt.ArrayLike = 0.02618
) -> FloatArray:
    """Return the carbon of a coal that was not analysed for it [% as received].

    Parameters
    ----------
    net : float or array
        Net heating value as received [kJ/kg].
    carbon_per_heat : float or array
        Carbon per heat [t/GJ]: 0.02618 for bituminous coal; the power sector of the
        emission trade has to use 0.03085 where carbon is not measured.

    References
    ----------
    .. [1] Guidelines for greenhouse gas accounting of power generation, Ministry of
       Ecology and Environment, 2022.

    Examples
    --------
    >>> carbon_content(21000.0).round(2).item()
    54.98
    """
    heat = np.asarray(net, np.float64) / 1000.0  # GJ/t
    return np.asarray(100.0 * heat * np.asarray(carbon_per_heat, np.float64))


def carbon_dioxide(
    carbon: npt.ArrayLike, *, oxidation: npt.ArrayLike = 0.99
) -> FloatArray:
    """Return the carbon dioxide of a coal [t/t].

    Parameters
    ----------
    carbon : float or array
        Carbon [% as received].
    oxidation : float or array
        Share of the carbon that burns [-].

    References
    ----------
    .. [1] Guidelines for greenhouse gas accounting of power generation, Ministry of
       Ecology and Environment, 2022.

    Examples
    --------
    Per tonne of standard coal, bituminous, and by the default for carbon unmeasured:

    >>> carbon = carbon_content(29307.6, carbon_per_heat=[0.02618, 0.03085])
    >>> carbon_dioxide(carbon).round(3).tolist()
    [2.785, 3.282]
    """
    burnt = np.asarray(carbon, np.float64) / 100.0 * np.asarray(oxidation, np.float64)
    return np.asarray(burnt * CARBON_DIOXIDE_PER_CARBON)


def blend(
    coals: Sequence[Mapping[str, npt.ArrayLike]], amounts: Sequence[npt.ArrayLike]
) -> dict[str, FloatArray]:
    """Return the analysis of a blend: the mean of its coals by mass.

    Parameters
    ----------
    coals : sequence of mapping
        Components [%] and ``net`` or ``gross`` heating values [kJ/kg], all as received.
    amounts : sequence of float or array
        Mass of each coal, as received [t].

    Returns
    -------
    dict
        The same quantities of the blend; ash fusion and grindability do not mix by
        mass and are not offered.

    Raises
    ------
    InputError
        If a coal lacks a quantity that another has, or all amounts are 0.

    Examples
    --------
    >>> rich, poor = {"net": 24000.0, "ash": 15.0}, {"net": 18000.0, "ash": 35.0}
    >>> {k: v.item() for k, v in blend([rich, poor], [3.0, 1.0]).items()}
    {'net': 22500.0, 'ash': 20.0}
    """
    if not coals or len(coals) != len(amounts):
        raise InputError(
            f"a blend of {len(coals)} coals has {len(amounts)} amounts; expected one "
            "amount per coal and at least one coal"
        )
    names = list(dict.fromkeys(name for coal in coals for name in coal))
    for i, coal in enumerate(coals):
        missing = [n for n in names if n not in coal]
        if missing:
            raise InputError(
                f"a blend: coal {i + 1} does not state '{missing[0]}', another does; "
                "give it for every coal or for none"
            )
    mass = [np.asarray(a, np.float64) for a in amounts]
    total = sum(mass, np.zeros(()))
    if any(np.any(~(m >= 0.0)) for m in mass) or np.any(total <= 0.0):
        raise InputError(
            "a blend: amounts must be at least 0 and not all 0; correct the amounts"
        )
    return {
        n: np.asarray(
            sum(
                (
                    m * np.asarray(c[n], np.float64)
                    for m, c in zip(mass, coals, strict=True)
                ),
                np.zeros(()),
            )
            / total
        )
        for n in names
    }
