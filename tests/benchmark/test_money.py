"""Money of gaps: gap x driver x price, counted at leaves alone, exact in products."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.benchmark.money import Branch, Node, money_of_gap, price_tree
from orebook.chain.indicator import Indicator

FIGURE = st.floats(0.1, 100.0)


def indicator(name: str, **given: object) -> Indicator:
    return Indicator.model_validate({"id": name, "unit": "kg/t", **given})


def node(
    one: Indicator, value: float | None, level: float | None, *rest: float
) -> Node:
    driver, price = rest or (1.0, None)
    return Node(one, value, level, driver, price)


def counted(found: dict[str, Branch]) -> float:
    return sum(b.money for b in found.values() if b.leaf)


def test_money_is_gap_times_driver_times_price() -> None:
    """Worked by hand: 12 kg/t too much on 85 000 t at 3.2 CNY/kg."""
    soda = indicator("soda")
    assert money_of_gap(node(soda, 120.0, 108.0, 85_000.0, 3.2)) == pytest.approx(
        12.0 * 85_000.0 * 3.2
    )
    gain = indicator("yield", better="higher")
    assert money_of_gap(node(gain, 85.0, 90.0, 1000.0, 2.0)) == 10_000.0
    assert money_of_gap(node(gain, 85.0, 80.0, 1000.0, 2.0)) == -10_000.0


def test_without_reference_or_price_there_is_no_money() -> None:
    assert money_of_gap(node(indicator("a"), 1.0, None, 1.0, 1.0)) is None
    assert money_of_gap(Node(indicator("a"), 1.0, 2.0, 1.0, None)) is None


@given(st.lists(st.tuples(FIGURE, FIGURE, FIGURE, FIGURE), min_size=1, max_size=6))
def test_a_sum_is_what_its_children_sum_to(rows: list[tuple[float, ...]]) -> None:
    top = indicator("top", combine="sum")
    nodes = {"top": node(top, None, None)}
    for k, (value, level, driver, price) in enumerate(rows):
        child = indicator(f"c{k}", parent="top")
        nodes[child.id] = node(child, value, level, driver, price)
    found = price_tree(nodes)
    expected = sum((v - r) * d * p for v, r, d, p in rows)
    assert found["top"].money == pytest.approx(expected, rel=1e-12, abs=1e-9)
    assert not found["top"].leaf
    assert counted(found) == pytest.approx(found["top"].money, rel=1e-12, abs=1e-9)


@given(FIGURE, FIGURE, FIGURE, FIGURE, FIGURE, FIGURE)
def test_a_product_is_shared_without_remainder(
    a: float, a0: float, b: float, b0: float, rest: float, rest0: float
) -> None:
    """``p = rest * a / b``: the leaves sum to the parent, whatever the figures."""
    value, level = rest * a / b, rest0 * a0 / b0
    nodes = {
        "p": node(indicator("p", combine="product"), value, level, 7.0, 3.0),
        "a": node(indicator("a", parent="p"), a, a0),
        "b": node(indicator("b", parent="p", power=-1, better="higher"), b, b0),
    }
    found = price_tree(nodes)
    money = (value - level) * 21.0
    assert found["p"].money == pytest.approx(money)
    assert counted(found) == pytest.approx(money, rel=1e-9, abs=1e-7)
    if abs(log(value / level)) > 1e-3:
        share = log(a / a0) / log(value / level)
        assert found["a"].money == pytest.approx(money * share, rel=1e-6, abs=1e-6)
        assert found["p.rest"].money == pytest.approx(
            money * log(rest / rest0) / log(value / level), rel=1e-6, abs=1e-5
        )


def test_products_nest() -> None:
    """DC energy 2980 U / CE inside AC energy: three leaves, one sum."""
    ac, ac0, dc, dc0, ce, ce0 = 13207.0, 12794.0, 12785.0, 12522.0, 93.0, 94.0
    nodes = {
        "ac": node(indicator("ac", combine="product"), ac, ac0, 20_000.0, 0.43),
        "dc": node(indicator("dc", parent="ac", combine="product"), dc, dc0),
        "ce": node(indicator("ce", parent="dc", power=-1, better="higher"), ce, ce0),
    }
    found = price_tree(nodes)
    assert {n for n, b in found.items() if b.leaf} == {"ce", "dc.rest", "ac.rest"}
    assert counted(found) == pytest.approx((ac - ac0) * 8600.0)
    each = (ac - ac0) * 8600.0 / log(ac / ac0)
    assert found["dc"].money == pytest.approx(each * log(dc / dc0))
    assert found["ce"].money == pytest.approx(-each * log(ce / ce0))


def test_what_stands_within_another_is_never_counted() -> None:
    """Energy per tonne and steam per tonne overlap: the steam is counted once."""
    top = indicator("energy", combine="sum")
    steam = indicator("steam", parent="energy")
    wide = indicator("wide", within="energy")
    nodes = {
        "energy": node(top, 300.0, 290.0, 10.0, 1.0),
        "steam": node(steam, 2.0, 1.8, 10.0, 100.0),
        "wide": node(wide, 400.0, 300.0, 10.0, 1.0),
    }
    found = price_tree(nodes)
    assert set(found) == {"energy", "steam"}
    assert counted(found) == pytest.approx(200.0)


def test_a_factor_without_reference_leaves_the_product_a_leaf() -> None:
    nodes = {
        "p": node(indicator("p", combine="product"), 2.0, 1.0, 1.0, 1.0),
        "a": node(indicator("a", parent="p"), 3.0, None),
    }
    found = price_tree(nodes)
    assert found == {"p": Branch("p", 1.0, leaf=True)}


@given(FIGURE, FIGURE, st.floats(0.1, 10.0))
def test_money_scales_with_the_volume(value: float, level: float, size: float) -> None:
    one = indicator("a")
    small = money_of_gap(node(one, value, level, 1.0, 2.0))
    large = money_of_gap(node(one, value, level, size, 2.0))
    assert small is not None
    assert large == pytest.approx(size * small)
