"""The chapters: their sums against the journal, the plan and each other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.evaluate.journal import Posting, balances
from orebook.evaluate.statement.layout import GOLDEN
from orebook.evaluate.statement.value import ORDER
from orebook.evaluate.variance import EFFECTS
from orebook.ledger.month import GrossError
from orebook.report.closing import closing
from orebook.report.consolidation import consolidation_table
from orebook.report.flows import FlowSheet
from orebook.report.headline import own_effects, sentences
from orebook.report.limits import limits
from orebook.report.planned import load_table, trade_table
from orebook.report.prices import prices
from orebook.report.rewards import marginal_words, walk
from orebook.report.show import figure
from orebook.report.statements import results, statements
from orebook.report.table import Column, Fold, Row, Said, Table, Tree
from orebook.report.variances import centre_table, detail_table
from orebook.report.view import View, yuan
from tests.report.months import result_of

ZERO = Decimal("0.00")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_statements_sum_to_the_results_of_the_journal(seed: int) -> None:
    """The journal's own account balances are the oracle."""
    view = View(result_of(seed))
    held = balances(view.result.postings)
    planned = results(view.result.planned)
    for centre, statement in view.statements.of.items():
        assert statement.market_result() == held[centre]
        assert statement.market_result("plan") == planned[centre]
    assert results(view.result.market) == {c: held.get(c, 0) for c in planned}


def test_every_posting_stands_in_one_statement(view: View) -> None:
    entries = [e for s in view.statements.of.values() for e in s.entries]
    shown = [p for e in entries if e.line in GOLDEN for p in e.actual.postings]
    assert sorted(shown) == sorted(p.id for p in view.result.postings)


def test_statement_lines_stand_in_the_golden_order(view: View) -> None:
    for statement in view.statements.of.values():
        order = [ORDER[e.line] for e in statement.entries]
        assert order == sorted(order)


def test_fixed_cost_is_split_by_who_controls_it(view: View) -> None:
    entries = view.statements.of["smelt"].entries
    lines = {e.line: e for e in entries if e.line.startswith("fixed")}
    assert lines["fixed_controllable"].key.subject == "labour"
    assert lines["fixed_other"].key.subject == "depreciation"


def test_a_statement_ends_in_the_result_of_the_market(view: View) -> None:
    folds = [b for b in statements(view).blocks if isinstance(b, Fold)]
    actual = {view.names.centre(c).en: yuan(v)
              for c, v in results(view.result.market).items()}  # fmt: skip
    assert len(folds) == len(actual)
    for fold in folds:
        table = fold.blocks[0]
        result = next(r for r in table.rows if r.cells[0] == Said("经营结果", "result"))
        name = table.caption.en.removeprefix("Statement of ")
        place = [c.head for c in table.columns].index("actual")
        assert result.cells[place] == actual[name]


def test_consolidation_reaches_the_group_to_the_cent(view: View) -> None:
    table = consolidation_table(view)
    root, *_, elimination, group = table.rows
    market = view.result.market
    assert root.cells[6] == yuan(sum(results(market).values()))
    assert root.cells[6] + elimination.cells[6] == group.cells[6] == yuan(market.group)
    own = sum((r.cells[3] for r in table.rows if r.cells[3] is not None), start=ZERO)
    assert own == root.cells[6]


def test_ownership_takes_its_share(view: View) -> None:
    table = consolidation_table(view)
    smelt = next(r for r in table.rows if r.cells[0].en == "smelt workshop")
    assert smelt.cells[11] == 0.7
    assert abs(smelt.cells[12] - Decimal("0.7") * smelt.cells[3]) <= Decimal("0.01")
    assert smelt.cells[12] + smelt.cells[13] == smelt.cells[6]


def test_variance_rows_are_exact(view: View) -> None:
    for row in centre_table(view).rows:
        _, plan, *effects, actual = row.cells
        assert plan + sum(effects, start=ZERO) == actual


def test_details_sum_to_the_effects(view: View) -> None:
    total = view.result.variance.total()
    found = sum(row.cells[-2] for row in detail_table(view).rows)
    assert found == pytest.approx(sum(total.effects[e] for e in EFFECTS), abs=0.5)


def test_details_are_ordered_by_money(view: View) -> None:
    sizes = [abs(row.cells[-2]) for row in detail_table(view).rows]
    assert sizes == sorted(sizes, reverse=True)


def test_prices_are_all_there_and_ordered_by_money_moved(view: View) -> None:
    table = prices(view).sheets[0]
    assert len(table.rows) == len(view.network.balances)
    moved = [abs(row.cells[-1]) for row in table.rows]
    assert moved == sorted(moved, reverse=True)
    by_name = {row.cells[0].en: row.cells[3] for row in table.rows}
    published = {b.material: p for b, p in view.plan.price_of(0).items()}
    assert by_name == {view.names.of("material", m).en: p for m, p in published.items()}


def test_loads_keep_to_the_capacity_and_only_full_ones_earn(view: View) -> None:
    for row in load_table(view).rows:
        load, most, share, rent = (row.cells[i] for i in (2, 3, 5, 6))
        assert load <= most * (1 + 1e-9)
        assert share == pytest.approx(load / most)
        assert rent == 0.0 or share == pytest.approx(1.0)


def test_trade_is_what_the_group_gets_from_outside(view: View) -> None:
    """The journal's external accounts are the oracle."""
    sums = {}
    for p in view.result.postings:
        sign = 1 if p.credit in view.chain.centre else -1
        sums[p.account] = sums.get(p.account, 0) + sign * p.cents
    trade = sum(row.cells[-1] for row in trade_table(view).rows)
    external = sums["external_sale"] + sums["external_purchase"]
    assert trade == pytest.approx(external / 100, abs=0.01)


def test_limits_name_what_binds(view: View) -> None:
    table = limits(view).sheets[0]
    names = {row.cells[0].en for row in table.rows}
    assert {"precip", "cogen", "grid permit"} <= names
    units = {row.cells[0].en: row.cells[4] for row in table.rows}
    assert units["grid permit"] == "CNY/MWh"
    rents = [abs(row.cells[-1]) for row in table.rows]
    assert rents == sorted(rents, reverse=True)


def test_a_month_as_planned_is_said_to_be_so() -> None:
    view = View(result_of())
    same = replace(view.result, market=view.result.planned)
    happened, *_ = sentences(View(same))
    assert happened.en.endswith("exactly what the plan promised.")


def test_the_head_names_the_worst_cause_of_a_centre(view: View) -> None:
    worst = min(own_effects(view), key=lambda e: e.amount)
    look = sentences(view)[2]
    assert view.names.centre(worst.centre).zh in look.zh
    assert view.names.centre(worst.centre).en in look.en
    assert "{" not in look.zh + look.en


@pytest.mark.parametrize(("size", "word"), [(5.0, "too high"), (-5.0, "too low")])
def test_a_gross_error_is_told_in_words(view: View, size: float, word: str) -> None:
    error = GrossError("M9", "digest.steam", size, "t", 9.0, 4.0)
    month = replace(view.result.closed, gross_errors=(error,))
    section = closing(View(replace(view.result, closed=month)))
    said = [b.en for b in section.blocks if isinstance(b, Said)]
    assert any(
        f"Reading M9 of digest · steam stood 5 t {word}" in text for text in said
    )


def test_flows_of_the_sheet_balance(view: View) -> None:
    """What enters a hub leaves it, or stays in its store."""
    sheet = FlowSheet(view, "en")
    assert sheet.hidden() == 0
    into = sum(x.flow for x in sheet.links if x.target == "place:power@p")
    out = sum(x.flow for x in sheet.links if x.source == "place:power@p")
    assert into == pytest.approx(out, rel=1e-6)
    made = sum(view.actual.amounts[s.id] for s in view.network.streams
               if s.balance.material == "power" and s.sign > 0)  # fmt: skip
    assert into * view.actual.period.hours == pytest.approx(made, rel=1e-6)


def test_explanations_are_told_whole(view: View) -> None:
    team = view.result.settlements[0].teams["precip"]
    nodes = [node for node, _ in walk(team.explanation)]
    assert sum(1 for n in nodes if not n.children) == len(
        list(team.explanation.leaves())
    )
    assert any("hazards.csv:2" in n.evidence for n in nodes)


def test_marginal_pay_is_said_in_both_languages(view: View) -> None:
    team = view.result.settlements[0].teams["smelt"]
    power = next(m for m in team.marginals if m.measure == "power")
    said = marginal_words(power, Said("电耗", "power per tonne"))
    assert f"{power.up:,.2f}".replace("-", "−") in said.en
    assert "每增加1 兆瓦时/吨" in said.zh


def test_trees_stand_behind_each_team(sections) -> None:
    rewards = next(s for s in sections if s.id == "rewards")
    folds = [b for b in rewards.blocks if isinstance(b, Fold)]
    assert len(folds) == 2
    assert all(any(isinstance(b, Tree) for b in fold.blocks) for fold in folds)


def test_a_restatement_is_told(view: View) -> None:
    from orebook.report.basis import fact_table

    again = View(replace(view.result, close_version=2))
    values = {row.cells[0].en: row.cells[1] for row in fact_table(again).rows}
    assert values["version of the closed month"].en == "2, a restatement"


def test_the_book_hash_follows_the_book(view: View) -> None:
    from orebook.report.basis import book_hash

    changed = view.chain.model_copy(update={"costs": view.chain.costs[:1]})
    assert book_hash(view.chain) == book_hash(view.chain.model_copy())
    assert book_hash(view.chain) != book_hash(changed)


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="has 2 cells"):
        Table("t", Said("表", "t"), (Column("plan"),), (Row((1, 2)),))


@settings(max_examples=60)
@given(st.integers(-(10**13), 10**13))
def test_money_is_shown_exactly(cents: int) -> None:
    shown = figure(yuan(cents), "money").replace("−", "-")
    assert shown == f"{yuan(cents):,.2f}"


@settings(max_examples=60)
@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_quantities_are_rounded_not_cut(value: float, places: int) -> None:
    shown = float(figure(value, "quantity", places).replace("−", "-").replace(",", ""))
    assert abs(shown - value) <= 0.5 * 10.0**-places + 1e-9 * abs(value)


def test_what_is_without_limit_is_shown_so() -> None:
    assert figure(np.inf, "own") == "∞"


def test_postings_of_both_directions_are_kept_apart() -> None:
    """Who owns a scarce limit and uses it too pays and receives."""
    view = View(result_of())
    lines = {e.line for e in view.statements.of["trade"].entries}
    paid = [p for p in view.result.postings if p.account == "limit_charge"]
    assert isinstance(paid[0], Posting)
    assert {"limit_paid", "limit_received"} <= lines
