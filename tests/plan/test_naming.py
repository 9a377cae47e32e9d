"""Names, units and figures of a plan in two languages."""

from __future__ import annotations

import pytest

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.plan.naming import Names, short, unit_of
from tests.plan.examples import example_chain, example_plan


def test_names_that_several_entries_share_carry_their_id() -> None:
    names = Names(example_chain(), "en")
    assert names.named("mr-calc") == "calcination (mr-calc)"
    assert names.named("pr-calc-1") == "calciner 1, first grade"
    assert names.named("nobody") == "nobody"
    assert Names(example_chain(), "zh").word("capacity") == "产能"


@pytest.mark.parametrize(
    ("kind", "subject", "name", "unit"),
    [
        ("capacity", "mr-calc:throughput", "capacity calcination (mr-calc)", "t"),
        ("capacity", "sc-potline-1:pots", "capacity potline 1, 400 kA", "h"),
        ("capacity", "pr-chp:generator", None, "MWh"),
        ("duty", "mr-calc:hydrate", "duty calcination (mr-calc) [hydrate of", "t"),
        ("sell", "pr-alumina-spot:alumina-a", None, "t"),
        ("sale_tier", "pr-alumina-spot#1", None, "t"),
        ("buy", "mr-grid", "purchase grid power", "MWh"),
        ("limit", "mr-licence", "limit mining licence", "t"),
        ("spec", "pr-alumina-spot:SiO2 max", None, "t"),
        ("minimum", "sc-slurry", None, "t"),
        ("nothing", "nobody", "nothing nobody", ""),
    ],
)
def test_limits_and_columns_are_named_with_their_unit(
    kind: str, subject: str, name: str | None, unit: str
) -> None:
    network = example_plan(1).network
    assert unit_of(network, kind, subject) == unit
    if name is not None:
        assert Names(network.chain, "en").subject(kind, subject).startswith(name)


def test_a_balance_is_material_and_place() -> None:
    names = Names(example_chain(), "en")
    said = names.balance(Balance("hydrate", "pr-plant"))
    assert said == "product hydrate (dry)@refinery plant (pr-plant)"


def test_figures_have_the_digits_a_reader_needs() -> None:
    assert short(0.0) == short(1e-12) == "0"
    assert short(0.000123456) == "0.00012346"
    assert short(-1234.5, sign="+") == "-1,234.50"
    assert short(1e7) == "10,000,000"


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="'zh' or 'en'"):
        Names(example_chain(), "fr")
