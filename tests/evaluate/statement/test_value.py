"""The statement: totals, capital and environment, year to date, reconciliation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orebook.chain.asset import Asset
from orebook.evaluate.statement.layout import CONTROLLABLE, GOLDEN, layout_of
from orebook.evaluate.statement.value import Past, statements
from orebook.plan.accounts import group_margin, lines
from orebook.process.network import Network
from orebook.report.month_result import MonthResult
from tests.report.months import result_of


def made_of(result: MonthResult, *, network: Network | None = None, past=None):
    net = network or result.plan.network
    return statements(net, result.priced.prices, plan=result.plan.month(0),
                      actual=result.closed.month(), fed=result.closed.content,
                      past=past)  # fmt: skip


def with_assets(network: Network, *assets: Asset) -> Network:
    chain = network.chain.model_copy(update={"assets": assets})
    return Network(chain, network.processes, network.streams)


MILL = Asset(id="pots", name="电解槽", name_en="pots", centre="smelt",
             net_value="120 MCNY", rate="6 %")  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("side", ["plan", "replan", "actual"])
def test_it_reconciles_to_the_cent_and_to_the_accounts(seed: int, side: str) -> None:
    """The group's margin by its lines outside, in floating money, is the oracle."""
    result = result_of(seed)
    network = with_assets(result.plan.network, MILL)
    found = made_of(result, network=network).reconciled[side]
    month = result.closed.month() if side == "actual" else result.plan.month(0)
    rows = lines(network, month, result.priced.prices)
    assert found.apart == 0
    assert found.capital == 60_000_000
    assert found.group / 100 == pytest.approx(group_margin(rows), abs=0.01 * len(rows))
    if side == "actual":
        assert abs(found.purchase) + abs(found.sale) > 0


def test_capital_is_charged_by_value_and_rate() -> None:
    """120 million at 6 % a year is 600 000 a month; nobody's result outside moves."""
    result = result_of(1)
    before = made_of(result).of["smelt"]
    after = made_of(result, network=with_assets(result.plan.network, MILL)).of["smelt"]
    line = next(e for e in after.entries if e.line == "capital_charge")
    assert line.actual.cents == line.plan.cents == -60_000_000
    assert after.profit() == before.profit() - 60_000_000
    assert after.market_result() == before.market_result()


def test_an_asset_is_charged_from_its_first_period_on() -> None:
    late = MILL.model_copy(update={"since": "2026-06"})
    result = result_of(1)
    found = made_of(result, network=with_assets(result.plan.network, late))
    assert all(e.line != "capital_charge" for e in found.of["smelt"].entries)


def test_emissions_and_wastes_stand_in_their_own_line() -> None:
    result = result_of(1)
    chain = result.plan.network.chain
    dirty = tuple(
        m.model_copy(update={"group": "waste"}) if m.id == "anode" else m
        for m in chain.materials
    )
    network = Network(
        chain.model_copy(update={"materials": dirty}),
        result.plan.network.processes,
        result.plan.network.streams,
    )
    found = made_of(result, network=network)
    of = {e.line for e in found.of["smelt"].entries if e.key.subject == "smelt.anode"}
    assert of == {"environment"}
    assert found.reconciled["actual"].apart == 0
    assert "anode" in layout_of(network.chain).dirty


def test_totals_follow_the_layout() -> None:
    s = made_of(result_of(1)).of["smelt"]
    assert (
        s.total(CONTROLLABLE, "actual") + s.total(GOLDEN[-1:], "actual") == s.profit()
    )
    other = s.total(("fixed_other",), "plan")
    assert other == -800_000_000  # 8 million of depreciation
    told = s.to_dict()["totals"]
    assert Decimal(told["unit_profit"]["actual_cny"]).scaleb(2) == s.profit()


def test_the_year_to_date_adds_months_at_their_own_prices() -> None:
    """Two earlier months, one at doubled prices: each counts at what held in it."""
    result = result_of(1)
    prices, plan = result.priced.prices, result.plan.month(0)
    real = result.closed.month()
    twice = replace(prices, internal={b: 2 * p for b, p in prices.internal.items()},
                    closing={s: 2 * p for s, p in prices.closing.items()})  # fmt: skip
    past = Past(None, ((plan, real, prices), (plan, plan, twice)), ("2026-02",))
    found = made_of(result, past=past)
    assert found.missing == ("2026-02",)
    one = made_of(result)
    for centre, s in found.of.items():
        for e in s.entries:
            same = {x.key: x for x in one.of[centre].entries}[e.key]
            inside = e.line in {"internal_sale", "internal_purchase"}
            third = 2 * same.plan.cents if inside else same.plan.cents
            if inside or e.line.startswith(("external", "variable", "fixed")):
                expected = 2 * same.actual.cents + third
                assert abs(e.actual_to_date - expected) <= 2


def test_the_last_replan_has_a_column_of_its_own() -> None:
    result = result_of(1)
    plan = result.plan.month(0)
    half = replace(plan, amounts={k: v / 2 for k, v in plan.amounts.items()},
                   duties={k: v / 2 for k, v in plan.duties.items()})  # fmt: skip
    found = made_of(result, past=Past(half))
    assert found.replanned
    assert found.reconciled["replan"].apart == 0
    sale = next(e for e in found.of["trade"].entries if e.line == "external_sale")
    assert sale.replan.cents == pytest.approx(sale.plan.cents / 2, abs=1)
    assert not made_of(result).replanned


def test_evidence_stands_behind_lines() -> None:
    made = result_of(1).statements()
    entries = [e for s in made.of.values() for e in s.entries if e.actual.postings]
    with_meters = [e for e in entries if e.meters]
    assert len(with_meters) > len(entries) / 2
    sold = next(e for e in entries if e.line == "external_sale")
    assert all(m.startswith("M-sell:") for m in sold.meters)
