"""Parities and tax bases of prices: what a quote abroad means at the works' gate.

Every function takes numbers or arrays and broadcasts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Money = NDArray[np.float64] | np.float64
KG_PER_T = 1000.0


def _checked(name: str, value: ArrayLike, *, low: float, unit: str) -> Money:
    """Return ``value`` as floats, all of them finite and at least ``low``."""
    array = np.asarray(value, dtype=float)
    wrong = ~np.isfinite(array) | (array < low)
    if wrong.any():
        bad = float(array[wrong].flat[0])
        raise InputError(
            f"{name} = {bad:g} {unit}; expected a finite number >= {low:g}; correct it"
        )
    return array


def _rate(name: str, value: ArrayLike) -> Money:
    """Return a rate as floats; a rate given in percent is refused."""
    array = _checked(name, value, low=0.0, unit="[-]")
    if (array > 1.0).any():
        raise InputError(
            f"{name} = {float(np.max(array)):g}; expected a fraction 0..1; "
            "write 13 % as 0.13"
        )
    return array


def excl_vat(price: ArrayLike, *, vat: ArrayLike) -> Money:
    """Return the price without value-added tax.

    Parameters
    ----------
    price : array_like
        Price including VAT [CNY/t].
    vat : array_like
        Rate of the tax, 0..1 [-].

    Returns
    -------
    ndarray or float
        Price excluding VAT [CNY/t].

    Raises
    ------
    InputError
        If the rate lies outside 0..1 or a price is not a finite number >= 0.

    Notes
    -----
    p_ex = p_incl / (1 + v). Manufactured goods in China: 17 % to April 2018, 16 % to
    March 2019, 13 % since April 2019.

    References
    ----------
    .. [1] Ministry of Finance, State Taxation Administration, General Administration
       of Customs, Announcement on deepening the VAT reform, no. 39 of 2019.

    Examples
    --------
    >>> float(excl_vat(22600, vat=0.13).round(6))
    20000.0
    """
    price = _checked("price", price, low=0.0, unit="CNY/t")
    return price / (1.0 + _rate("vat", vat))


def incl_vat(price: ArrayLike, *, vat: ArrayLike) -> Money:
    """Return the price with value-added tax.

    Parameters
    ----------
    price : array_like
        Price excluding VAT [CNY/t].
    vat : array_like
        Rate of the tax, 0..1 [-].

    Returns
    -------
    ndarray or float
        Price including VAT [CNY/t].

    Raises
    ------
    InputError
        If the rate lies outside 0..1 or a price is not a finite number >= 0.

    Notes
    -----
    p_incl = p_ex (1 + v), the inverse of `excl_vat`.

    References
    ----------
    .. [1] Ministry of Finance, State Taxation Administration, General Administration
       of Customs, Announcement on deepening the VAT reform, no. 39 of 2019.

    Examples
    --------
    >>> float(incl_vat(20000, vat=0.13).round(6))
    22600.0
    """
    price = _checked("price", price, low=0.0, unit="CNY/t")
    return price * (1.0 + _rate("vat", vat))


def import_parity(
    quote: ArrayLike,
    *,
    fx: ArrayLike,
    vat: ArrayLike,
    premium: ArrayLike = 0.0,
    freight: ArrayLike = 0.0,
    duty: ArrayLike = 0.0,
    handling: ArrayLike = 0.0,
) -> Money:
    """Return what a tonne bought abroad costs at home.

    Parameters
    ----------
    quote : array_like
        Exchange price abroad, excluding VAT [USD/t].
    fx : array_like
        Exchange rate [CNY/USD].
    vat : array_like
        Import VAT, 0..1; 0 gives the parity excluding VAT [-].
    premium : array_like
        Premium over the quote, and the spread to the pricing date; may be negative
        [USD/t].
    freight : array_like
        Freight and insurance to the port of entry, where not in the premium [USD/t].
    duty : array_like
        Import duty on the value at the port of entry, 0..1 [-].
    handling : array_like
        Port, bank and inland costs, on the tax basis of the result [CNY/t].

    Returns
    -------
    ndarray or float
        Import parity [CNY/t], including VAT where ``vat`` > 0.

    Raises
    ------
    InputError
        If a rate lies outside 0..1, or a price or ``fx`` is not a number >= 0.

    Notes
    -----
    (quote + premium + freight) fx (1 + duty) (1 + vat) + handling. Importing pays
    when the price at home, on the same tax basis, exceeds it.

    References
    ----------
    .. [1] Traders' parity table for aluminium, Shanghai against London, 7 August 2017.

    Examples
    --------
    >>> p = import_parity(1903, premium=110, fx=6.7289, vat=0.17, handling=100)
    >>> float(p.round(2))
    15947.97
    """
    quote = _checked("quote", quote, low=0.0, unit="USD/t")
    premium = _checked("premium", premium, low=-np.inf, unit="USD/t")
    freight = _checked("freight", freight, low=0.0, unit="USD/t")
    landed = (quote + premium + freight) * _checked("fx", fx, low=0.0, unit="CNY/USD")
    handling = _checked("handling", handling, low=0.0, unit="CNY/t")
    return landed * (1.0 + _rate("duty", duty)) * (1.0 + _rate("vat", vat)) + handling


def export_duty(fob: ArrayLike, *, rate: ArrayLike) -> Money:
    """Return the export duty contained in a price free on board.

    Parameters
    ----------
    fob : array_like
        Price free on board, duty included [CNY/t].
    rate : array_like
        Rate of the duty, 0..1 [-].

    Returns
    -------
    ndarray or float
        Duty [CNY/t].

    Raises
    ------
    InputError
        If the rate lies outside 0..1 or a price is not a finite number >= 0.

    Notes
    -----
    fob / (1 + rate) * rate: the duty is no part of the value it is levied on.

    References
    ----------
    .. [1] State Council of China, Regulations on import and export duties, order 392,
       2003: customs value of exports.

    Examples
    --------
    >>> float(export_duty(23000, rate=0.15).round(6))
    3000.0
    """
    rate = _rate("rate", rate)
    return _checked("fob", fob, low=0.0, unit="CNY/t") / (1.0 + rate) * rate


def unrefunded_vat(fob: ArrayLike, *, vat: ArrayLike, rebate: ArrayLike) -> Money:
    """Return the input tax an exporter bears because the rebate is below the rate.

    Parameters
    ----------
    fob : array_like
        Price free on board [CNY/t].
    vat : array_like
        Rate of the tax at home, 0..1 [-].
    rebate : array_like
        Rate of the rebate, 0..``vat`` [-].

    Returns
    -------
    ndarray or float
        Tax that is neither exempt nor credited [CNY/t].

    Raises
    ------
    InputError
        If a rate lies outside its range or a price is not a finite number >= 0.

    Notes
    -----
    fob (vat - rebate), without duty-free materials. Where the rebate is withdrawn and
    the export counts as a sale at home, use ``fob - excl_vat(fob, vat=vat)`` instead.

    References
    ----------
    .. [1] Ministry of Finance, State Taxation Administration, Notice on VAT and
       consumption tax of exports, Cai Shui no. 39 of 2012.

    Examples
    --------
    >>> float(unrefunded_vat(20000, vat=0.13, rebate=0.09).round(6))
    800.0
    """
    vat, rebate = _rate("vat", vat), _rate("rebate", rebate)
    borne = _checked("vat - rebate", vat - rebate, low=0.0, unit="[-]")
    return borne * _checked("fob", fob, low=0.0, unit="CNY/t")


def export_netback(
    quote: ArrayLike,
    *,
    fx: ArrayLike,
    premium: ArrayLike = 0.0,
    duty: ArrayLike = 0.0,
    vat_borne: ArrayLike = 0.0,
    freight: ArrayLike = 0.0,
) -> Money:
    """Return what a tonne sold abroad leaves at the works' gate.

    Parameters
    ----------
    quote : array_like
        Exchange price abroad, excluding VAT [USD/t].
    fx : array_like
        Exchange rate [CNY/USD].
    premium : array_like
        Premium over the quote; may be negative [USD/t].
    duty : array_like
        Export duty per tonne, see `export_duty` [CNY/t].
    vat_borne : array_like
        VAT not refunded per tonne, see `unrefunded_vat` [CNY/t].
    freight : array_like
        Freight and port costs to the place of delivery [CNY/t].

    Returns
    -------
    ndarray or float
        Export netback, excluding VAT; negative where costs exceed the price [CNY/t].

    Raises
    ------
    InputError
        If a price, a cost or ``fx`` is not a finite number >= 0.

    Notes
    -----
    (quote + premium) fx - duty - vat_borne - freight.

    References
    ----------
    .. [1] Ministry of Finance, State Taxation Administration, Announcement on export
       rebates, no. 15 of 2024: rebates of aluminium semis end on 1 December 2024.

    Examples
    --------
    >>> float(export_netback(2500, premium=100, fx=7.0, duty=2000, freight=200))
    16000.0
    """
    quote = _checked("quote", quote, low=0.0, unit="USD/t")
    premium = _checked("premium", premium, low=-np.inf, unit="USD/t")
    sold = (quote + premium) * _checked("fx", fx, low=0.0, unit="CNY/USD")
    costs = {"duty": duty, "vat_borne": vat_borne, "freight": freight}
    for name, cost in costs.items():
        sold = sold - _checked(name, cost, low=0.0, unit="CNY/t")
    return sold


def per_kg_to_per_t(price: ArrayLike, *, fx: ArrayLike) -> Money:
    """Return a rare-earth price quoted per kilogram abroad, per tonne at home.

    Parameters
    ----------
    price : array_like
        Price, excluding VAT [USD/kg].
    fx : array_like
        Exchange rate [CNY/USD].

    Returns
    -------
    ndarray or float
        Price, excluding VAT [CNY/t].

    Raises
    ------
    InputError
        If a price or ``fx`` is not a finite number >= 0.

    Notes
    -----
    1000 price fx.

    References
    ----------
    .. [1] Bureau International des Poids et Mesures, The International System of
       Units, 9th edition, 2019: 1 t = 1000 kg.

    Examples
    --------
    >>> float(per_kg_to_per_t(56, fx=7.2))
    403200.0
    """
    price = _checked("price", price, low=0.0, unit="USD/kg")
    return KG_PER_T * price * _checked("fx", fx, low=0.0, unit="CNY/USD")


def quality_price(price: ArrayLike, *, quoted: ArrayLike, actual: ArrayLike) -> Money:
    """Return a price in proportion to quality: heat value of coal, grade of ore.

    Parameters
    ----------
    price : array_like
        Price at the quoted quality [CNY/t].
    quoted : array_like
        Quality the price is quoted at, above 0 [kcal/kg, or mass fraction].
    actual : array_like
        Quality delivered, in the same unit and on the same basis [same as quoted].

    Returns
    -------
    ndarray or float
        Price at the delivered quality [CNY/t].

    Raises
    ------
    InputError
        If a quality or a price is not a finite number in its range.

    Notes
    -----
    price * actual / quoted. Good within some 10 % of the quoted quality; beyond it
    markets pay discounts of their own. Moisture basis must be the same on both sides.

    References
    ----------
    .. [1] Listed company's notice on the price of rare-earth concentrate, first
       quarter of 2026: 26 834 CNY/t at 50 % REO, 536.68 CNY/t per 1 % REO.

    Examples
    --------
    >>> float(quality_price(26834, quoted=0.50, actual=0.52).round(2))
    27907.36
    """
    quoted = _checked("quoted", quoted, low=np.nextafter(0.0, 1.0), unit="[quality]")
    actual = _checked("actual", actual, low=0.0, unit="[quality]")
    return _checked("price", price, low=0.0, unit="CNY/t") * actual / quoted
