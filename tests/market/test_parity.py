"""Parities and tax bases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.market.parity import (
    excl_vat,
    export_duty,
    export_netback,
    import_parity,
    incl_vat,
    per_kg_to_per_t,
    quality_price,
    unrefunded_vat,
)

PRICE = st.floats(1.0, 1e7)
RATE = st.floats(0.0, 1.0)


def test_import_parity_of_a_published_table() -> None:
    """Traders' parity table for aluminium, 7 August 2017 (cash 1903 USD/t)."""
    parity = import_parity(1903, premium=110, fx=6.7289, vat=0.17, handling=100)
    assert parity == pytest.approx(15947.97, abs=0.005)
    profit = 14740 - parity
    assert profit == pytest.approx(-1207.97, abs=0.005)
    assert profit / 6.7289 == pytest.approx(-179.52, abs=0.005)
    actual_ratio = 14740 / 1903
    assert actual_ratio == pytest.approx(7.746, abs=5e-4)
    assert parity / 1903 == pytest.approx(8.380, abs=5e-4)


def test_rare_earth_concentrate_follows_its_grade() -> None:
    """Listed company's notice, first quarter 2026: 536.68 CNY/t per 1 % REO."""
    price = quality_price(26834, quoted=0.50, actual=[0.49, 0.50, 0.52])
    np.testing.assert_allclose(price, [26297.32, 26834, 27907.36], rtol=1e-12)


def test_rare_earth_per_kilogram() -> None:
    """Neodymium oxide 78 and 56 USD/kg, 2023 and 2024.

    US Geological Survey, Mineral Commodity Summaries 2025.
    """
    price = per_kg_to_per_t([78, 56], fx=7.1)
    np.testing.assert_allclose(price, [553_800, 397_600], rtol=1e-12)


def test_netback_subtracts_duty_tax_and_freight() -> None:
    """By hand: (2500 + 100) 7 = 18 200; duty 18 200 / 1.15 x 0.15 = 2373.913."""
    duty = export_duty(18200, rate=0.15)
    assert duty == pytest.approx(2373.913043, rel=1e-9)
    tax = unrefunded_vat(18200, vat=0.13, rebate=0.0)
    assert tax == pytest.approx(2366.0)
    netback = export_netback(
        2500, premium=100, fx=7.0, duty=duty, vat_borne=tax, freight=300
    )
    assert netback == pytest.approx(18200 - 2373.913043 - 2366 - 300)


@given(PRICE, RATE)
def test_tax_in_and_out_cancel(price: float, vat: float) -> None:
    assert excl_vat(incl_vat(price, vat=vat), vat=vat) == pytest.approx(price)


@given(PRICE, st.floats(0.01, 100), RATE, RATE)
def test_parity_scales_with_money_and_lies_above_the_bare_quote(
    quote: float, fx: float, duty: float, vat: float
) -> None:
    parity = import_parity(quote, fx=fx, duty=duty, vat=vat)
    twice = import_parity(quote * 2, fx=fx, duty=duty, vat=vat)
    assert twice == pytest.approx(2 * parity)
    assert parity >= quote * fx * (1 - 1e-12)
    # what the exporter gets for the quote never exceeds what the importer pays
    assert export_netback(quote, fx=fx) <= parity * (1 + 1e-12)


def test_broadcasting_equals_looping() -> None:
    quotes, rates = np.array([[2000.0], [2500.0]]), np.array([6.8, 7.0, 7.2])
    table = import_parity(quotes, fx=rates, vat=0.13, premium=110, handling=100)
    assert np.shape(table) == (2, 3)
    for (i, j), value in np.ndenumerate(table):
        alone = import_parity(
            quotes[i, 0], fx=rates[j], vat=0.13, premium=110, handling=100
        )
        assert value == alone


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: excl_vat(100, vat=13), r"13 % as 0\.13"),
        (lambda: excl_vat(-1, vat=0.13), "price = -1"),
        (lambda: import_parity(float("nan"), fx=7, vat=0), "quote = nan"),
        (lambda: import_parity(1, fx=-7, vat=0), "fx = -7"),
        (lambda: import_parity(1, fx=7, vat=0, premium=float("inf")), "premium"),
        (lambda: unrefunded_vat(1, vat=0.09, rebate=0.13), "vat - rebate"),
        (lambda: quality_price(1, quoted=0, actual=1), "quoted = 0"),
        (lambda: export_netback(1, fx=7, freight=-1), "freight = -1"),
    ],
)
def test_values_out_of_range_are_refused(call: object, match: str) -> None:
    assert callable(call)
    with pytest.raises(InputError, match=match):
        call()
