"""From a closed month to settled pay: facts, evidence, gates, margins of pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orebook.errors import InputError
from orebook.evaluate.journal import journal
from orebook.evaluate.variance import variance
from orebook.ledger.month import Incident
from orebook.plan.accounts import lines
from orebook.reward.gather import Evidence, gather
from orebook.reward.read import parse_scheme
from orebook.reward.settle import settle
from tests.evaluate.months import closed_month, plan_of_chain8, real_month

SCHEME = """\
id = "chain8-2026"
name = "方案"
valid_from = 2026-01-01
valid_to = 2026-12-31
[fund]
amount = "1000000 CNY"
[pool]
of_fund = 1.2
[[teams]]
id = "smelt"
share = 0.5
[[teams]]
id = "precip"
share = 0.5
[[measures]]
id = "power"
name = "吨铝电耗"
name_en = "power per tonne"
source = "indicator"
of = "smelt.power/smelt.aluminium"
unit = "kWh/t"
direction = "min"
target = { source = "plan" }
weight = 0.6
teams = ["smelt"]
curve = { kind = "piecewise", points = [[0.9, 0.5], [1.0, 1.0], [1.1, 1.5]] }
[[measures]]
id = "margin"
name = "内部利润"
source = "margin"
unit = "CNY"
weight = 0.4
teams = ["smelt"]
curve = { kind = "piecewise", points = [[0.8, 0.5], [1.0, 1.0], [1.2, 1.5]] }
[[measures]]
id = "waste"
name = "效率"
source = "effect"
of = "efficiency"
unit = "CNY"
teams = ["precip"]
curve = { kind = "linear", at = 0, base = 1, slope = 1e-7, floor = 0, cap = 2 }
[[gates]]
id = "fatality"
name = "死亡事故"
incident = "fatality"
effect = "veto"
[[gates]]
id = "overdue"
name = "隐患逾期"
incident = "hazard_overdue"
effect = "multiplier"
value = 0.8
"""


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """Return a month of chain8 with all that it left behind."""
    plan = plan_of_chain8()
    month = real_month(plan, seed=11)
    closed = replace(closed_month(plan, month), period="2026-01")
    prices = plan.prices_of()
    found = variance(plan.network, prices, plan=plan.month(), actual=month, fed={})
    # The closed period is named as a month: schemes pay by the month.
    return Evidence(plan, closed, found, journal(lines(plan.network, month, prices)))


def test_an_indicator_is_a_ratio_of_streams_in_the_measure_s_unit(evidence) -> None:
    """MWh/t of the streams become the kWh/t that the scheme asks for."""
    fact = gather(parse_scheme(SCHEME), evidence).values["smelt", "power"]
    amounts = {k: f.value for k, f in evidence.closed.figures.items()}
    expected = 1000 * amounts["smelt.power"] / amounts["smelt.aluminium"]
    assert fact.actual == pytest.approx(expected)
    assert fact.plan == pytest.approx(13_400.0)
    assert fact.evidence == ("M-smelt.power", "M-smelt.aluminium")


def test_margin_and_effect_come_from_the_journal_and_the_variance(evidence) -> None:
    """What a team is paid on is what the statement and the variance show."""
    facts = gather(parse_scheme(SCHEME), evidence)
    row = {c.centre: c for c in evidence.variance.centres}
    assert facts.values["smelt", "margin"].actual == row["smelt"].actual
    assert facts.values["smelt", "margin"].plan == row["smelt"].plan
    waste = facts.values["precip", "waste"]
    assert waste.actual == pytest.approx(row["precip"].effects["efficiency"])


def test_the_amount_leads_back_to_meters_and_postings(evidence) -> None:
    """Every leaf of the explanation has evidence and the leaves give the amount."""
    scheme = parse_scheme(SCHEME)
    result = settle(scheme, gather(scheme, evidence)).teams["smelt"]
    tree = result.explanation
    assert tree.recompute() == pytest.approx(float(result.amount), abs=0.01)
    assert all(leaf.evidence for leaf in tree.leaves())
    found = {e for leaf in tree.leaves() for e in leaf.evidence}
    assert "M-smelt.power" in found
    assert any(e.startswith("P0") for e in found)
    assert any("kWh/t" in m.sentence() for m in result.marginals)


def happened(evidence, kind: str, centre: str, **dates: str) -> Evidence:
    """Return the month with one incident more."""
    incident = Incident(
        "i1", "2026-01-02", centre, kind, "事", "incidents.csv:2", **dates
    )
    return replace(evidence, closed=replace(evidence.closed, incidents=(incident,)))


def test_a_fatality_anywhere_above_the_team_is_a_veto(evidence) -> None:
    """Group-wide events reach every team; the pay is nil and says which report."""
    scheme = parse_scheme(SCHEME)
    result = settle(scheme, gather(scheme, happened(evidence, "fatality", "g")))
    for team in result.teams.values():
        assert team.amount == Decimal("0.00")
        assert team.gate == "veto"
        assert "incidents.csv:2" in {
            e for leaf in team.explanation.leaves() for e in leaf.evidence
        }


def test_reporting_a_hazard_costs_nothing_closing_it_late_does(evidence) -> None:
    """The same hazard: reported and closed in time, and closed late."""
    scheme = parse_scheme(SCHEME)

    def pay(month: Evidence) -> Decimal:
        return settle(scheme, gather(scheme, month)).teams["smelt"].amount

    none = pay(evidence)
    in_time = happened(
        evidence, "hazard", "smelt", due="2026-01-10", closed="2026-01-09"
    )
    late = happened(evidence, "hazard", "smelt", due="2026-01-10", closed="2026-01-20")
    assert pay(in_time) == none
    assert pay(late) < none


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("smelt.power/smelt.aluminium", "smelt.power", "ratio of two"),
        ("smelt.power/smelt.aluminium", "smelt.powr/smelt.aluminium", "'smelt.powr'"),
        ('of = "efficiency"', 'of = "luck"', "expected one of market_price"),
        ('of = "efficiency"', 'of = "mars:efficiency"', "no centre is called 'mars'"),
    ],
)
def test_what_the_book_does_not_have_is_named(evidence, old, new, message) -> None:
    """A measure that reads what is not there says what it expected."""
    scheme = parse_scheme(SCHEME.replace(old, new))
    with pytest.raises(InputError, match=message):
        gather(scheme, evidence)
