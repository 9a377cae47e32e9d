"""Settlement: worked case, pool to the cent, gates, splits, fairness properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orebook.errors import DataQualityError, InputError
from orebook.reward.cents import apportion, decimal, split
from orebook.reward.facts import Facts, Incident, MeasureFact
from orebook.reward.scheme import Scheme
from orebook.reward.settle import restate, settle

CURVE = {
    "kind": "piecewise",
    "points": [(0.8, 0.5), (1.0, 1.0), (1.2, 1.5)],
    "below": 0,
    "jump": True,
}


def measure(name, weight, **more):
    base = {"id": name, "name": name, "source": "indicator", "unit": "-"}
    return base | {"weight": weight, "curve": CURVE} | more


def gate(name, incident, effect, **more):
    return {
        "id": name,
        "name": name,
        "incident": incident,
        "effect": effect,
        **more,
    }


SCORECARD = {
    "id": "worked",
    "name": "计算示例",
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
    "fund": {"amount": 1000},
    "pool": {"of_fund": 1.0},
    "teams": [{"id": "refinery", "share": 1.0}],
    "measures": [
        measure("profit", 0.5, source="margin", unit="CNY"),
        measure("energy", 0.2, unit="GJ/t", direction="min"),
        measure("quality", 0.2),
        measure("task", 0.1, source="delivery", attainment="ratio"),
    ],
    "gates": [
        gate("spill", "emission_exceedance", "deduction", value=0.05),
        gate("injury", "lost_time_injury", "multiplier", value=0.9),
        gate("death", "fatality", "veto"),
        gate("late", "hazard_overdue", "hold"),
    ],
}
VALUES = {
    ("refinery", "profit"): MeasureFact(106.0, ("posting:1",), plan=100.0),
    ("refinery", "energy"): MeasureFact(10.1, ("meter:7",), plan=10.5),
    ("refinery", "quality"): MeasureFact(0.98, ("assay:3",), plan=1.0),
    ("refinery", "task"): MeasureFact(50.0, ("duty:9",), plan=50.0),
}


def incident(kind, team="refinery", day=5, **dates):
    name = f"{kind}-{team}-{day}"
    return Incident(name, team, kind, date(2026, 3, day), (f"record:{name}",), **dates)


SPILL, INJURY = incident("emission_exceedance"), incident("lost_time_injury")


def worked(*incidents, **changes):
    scheme = Scheme.model_validate(SCORECARD | changes)
    return settle(scheme, Facts("2026-03", VALUES, incidents))


def test_worked_case():
    """Case of reference/evaluation.md 4.3: (1.08405 - .05) x .9 x 1000 = 930.643."""
    result = worked(SPILL, INJURY).teams["refinery"]
    assert result.steps.pooled == pytest.approx(930.642857, abs=1e-6)
    assert result.amount == Decimal("930.64")
    assert result.steps.earned == pytest.approx(1084.0476, abs=1e-4)
    payouts = [m.payout for m in result.steps.measures]
    assert payouts == pytest.approx([1.15, 1.0952381, 0.95, 1.0], abs=1e-7)
    assert result.gate == "multiplier"


def test_the_pool_scales_what_exceeds_it():
    result = worked()
    assert result.factor == pytest.approx(1000 / 1084.0476, abs=1e-7)
    assert result.teams["refinery"].amount == Decimal("1000.00")
    assert result.pool.reserve == 0


def test_an_unlimited_pool_pays_in_full():
    result = worked(pool={"unlimited": True})
    assert result.teams["refinery"].amount == Decimal("1084.05")
    assert result.pool.gap == 0


def test_veto_and_hold():
    vetoed = worked(incident("fatality")).teams["refinery"]
    assert (vetoed.amount, vetoed.gate) == (Decimal("0.00"), "veto")
    late = incident("hazard", due=date(2026, 3, 10))
    held = worked(late).teams["refinery"]
    assert (held.amount, held.paid) == (Decimal("1000.00"), Decimal("0.00"))
    assert (held.held, held.gate) == (Decimal("1000.00"), "hold")


@pytest.mark.parametrize(
    ("due", "closed", "acts"),
    [
        (date(2026, 3, 10), date(2026, 3, 10), False),  # closed in time
        (date(2026, 3, 10), date(2026, 3, 11), True),  # closed late
        (date(2026, 4, 10), None, False),  # still in time
        (date(2026, 2, 10), date(2026, 2, 20), False),  # late, but last month
        (date(2026, 2, 10), date(2026, 3, 1), True),  # still open this month
        (date(2026, 2, 10), None, True),
    ],
)
def test_a_hazard_counts_only_when_closed_late(due, closed, acts):
    reported = Incident(
        "h1", "refinery", "hazard", date(2026, 2, 1), ("r:1",), due, closed
    )
    assert (worked(reported).teams["refinery"].gate == "hold") is acts


@given(st.integers(0, 6))
@settings(max_examples=7)
def test_reporting_hazards_never_costs(count):
    reports = [
        incident("hazard", day=k + 1, due=date(2026, 4, 30)) for k in range(count)
    ]
    assert worked(*reports).teams["refinery"] == worked().teams["refinery"]


def test_a_floor_does_not_lift_a_veto():
    result = worked(incident("fatality"), limits={"floor": 0.7, "cap": 1.5})
    assert result.teams["refinery"].amount == 0


def test_deductions_per_incident_and_in_money():
    gates = [
        gate("breach", "rule_breach", "deduction", amount="100 CNY", per_incident=True),
        gate("injury", "lost_time_injury", "multiplier", value=0.9, per_incident=True),
    ]
    events = [incident("rule_breach", day=d) for d in (1, 2)]
    events += [incident("lost_time_injury", day=d) for d in (3, 4)]
    result = worked(*events, gates=gates).teams["refinery"]
    assert result.steps.gated == pytest.approx((1084.0476 - 200) * 0.81, abs=1e-3)


def test_deferral_and_members_sum_to_the_amount():
    teams = [
        {
            "id": "refinery",
            "weight": 3,
            "members": [{"id": n} for n in ("a", "b", "c")],
        }
    ]
    result = worked(SPILL, INJURY, teams=teams, deferral={"share": 0.3, "months": 24})
    team = result.teams["refinery"]
    assert team.deferred == Decimal("279.19")
    assert team.paid + team.deferred + team.held == team.amount
    assert sum(team.members.values()) == team.amount
    assert list(team.members.values()) == [
        Decimal("310.22"),
        Decimal("310.21"),
        Decimal("310.21"),
    ]


def test_a_fund_may_be_a_share_of_the_margin():
    fund = {"share_of_margin": 0.02, "margin": "above_plan", "maximum": 900}
    scheme = Scheme.model_validate(SCORECARD | {"fund": fund})
    margin = MeasureFact(150000.0, ("posting:5",), plan=110000.0)
    result = settle(scheme, Facts("2026-03", VALUES, margin=margin))
    assert result.teams["refinery"].steps.fund.amount == 800.0
    with pytest.raises(DataQualityError, match="margin with its plan"):
        settle(scheme, Facts("2026-03", VALUES))


def test_an_effect_pays_its_share_in_money():
    """5 % of what the team really gained, 2 % of what it lost."""
    effect = measure(
        "efficiency",
        1.0,
        source="effect",
        unit="CNY",
        pays="money",
        curve={
            "kind": "asymmetric",
            "at": 0,
            "base": 0,
            "slope_below": 0.02,
            "slope_above": 0.05,
        },
    )
    scheme = Scheme.model_validate(
        SCORECARD | {"measures": [effect], "pool": {"unlimited": True}}
    )
    for value, pay in ((10000.0, "500.00"), (-10000.0, "-200.00")):
        fact = {("refinery", "efficiency"): MeasureFact(value, ("variance:1",))}
        result = settle(scheme, Facts("2026-03", fact))
        assert result.teams["refinery"].amount == Decimal(pay)


def group(count, *, limit=1.0, penalties="reserve", **more):
    line = {"kind": "linear", "at": 0, "base": 0, "slope": 1}
    score = measure("score", 1.0, curve=line, attainment="difference")
    score["target"] = {"source": "fixed", "value": 0.0}
    return Scheme.model_validate(
        SCORECARD
        | {
            "fund": {"amount": 1000.01},
            "teams": [{"id": f"t{k}", "weight": 1} for k in range(count)],
            "measures": [score],
            "pool": {"of_fund": limit, "penalties_to": penalties},
        }
        | more
    )


def scores(values, *incidents):
    facts = {
        (f"t{k}", "score"): MeasureFact(value, (f"reading:{k}",))
        for k, value in enumerate(values)
    }
    return Facts("2026-03", facts, incidents)


score_lists = st.lists(st.floats(-2, 3), min_size=1, max_size=12)


@given(
    score_lists,
    st.sampled_from([0.3, 1.0, 2.5]),
    st.sampled_from(["reserve", "pool"]),
    st.sampled_from(["largest_remainder", "down"]),
)
@settings(max_examples=60)
@example([0.0, 1.0, 3.0, 2.25, 2.59375, -1.046875], 0.3, "pool", "down")
def test_the_pool_balances_to_the_cent(values, limit, penalties, rounding):
    scheme = group(len(values), limit=limit, penalties=penalties, rounding=rounding)
    result = settle(scheme, scores(values))
    amounts = [team.amount for team in result.teams.values()]
    positive = sum((a for a in amounts if a > 0), Decimal(0))
    assert result.pool.paid_out == positive
    assert result.pool.penalties == -sum((a for a in amounts if a < 0), Decimal(0))
    assert result.pool.gap == 0
    assert result.pool.reserve >= 0
    for team in result.teams.values():
        assert abs(float(team.amount) - team.steps.pooled) < 0.0100001


@given(score_lists, st.randoms())
@settings(max_examples=40)
def test_permuting_teams_permutes_pay(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    scheme = group(len(values), limit=0.4)
    moved = scheme.model_copy(update={"teams": tuple(scheme.teams[k] for k in order)})
    facts = scores(values)
    plain, other = settle(scheme, facts).teams, settle(moved, facts).teams
    assert {n: r.amount for n, r in plain.items()} == {
        n: r.amount for n, r in other.items()
    }


@given(
    st.lists(st.floats(-1, 2), min_size=2, max_size=6),
    st.sampled_from(["fatality", "lost_time_injury", "emission_exceedance"]),
)
@settings(max_examples=40)
def test_an_incident_never_raises_the_pay_of_its_team(values, kind):
    scheme = group(len(values), limit=0.5, limits={"floor": -0.5, "cap": 1.5})
    clean = settle(scheme, scores(values)).teams["t0"]
    struck = settle(scheme, scores(values, incident(kind, team="t0"))).teams["t0"]
    assert struck.amount <= clean.amount
    if kind == "fatality":
        assert struck.amount <= 0


@given(st.floats(-1.5, 2.5), st.floats(-1e-6, 1e-6))
@settings(max_examples=60)
def test_pay_is_continuous_outside_gates(value, nudge):
    scheme = group(3, limit=0.8, limits={"floor": -0.5, "cap": 1.5})
    pays = [
        settle(scheme, scores([v, 0.5, 1.0])).teams["t0"].steps.pooled
        for v in (value, value + nudge)
    ]
    assert abs(pays[1] - pays[0]) <= 1000.01 / 3 * abs(nudge) + 1e-9


@given(score_lists, st.floats(0.01, 1))
@settings(max_examples=40)
def test_more_is_never_paid_less(values, more):
    scheme = group(len(values), limit=0.6)
    better = [values[0] + more, *values[1:]]
    before = settle(scheme, scores(values)).teams["t0"].steps.pooled
    after = settle(scheme, scores(better)).teams["t0"].steps.pooled
    assert after >= before - 1e-9


def test_same_inputs_same_result_whatever_their_order():
    facts = Facts("2026-03", VALUES, (SPILL, INJURY))
    turned = Facts("2026-03", dict(reversed(VALUES.items())), (INJURY, SPILL))
    scheme = Scheme.model_validate(SCORECARD)
    assert settle(scheme, facts).to_dict() == settle(scheme, turned).to_dict()


def test_other_facts_have_another_hash():
    changed = VALUES | {("refinery", "task"): MeasureFact(51.0, ("duty:9",), plan=50.0)}
    assert Facts("2026-03", VALUES).digest() != Facts("2026-03", changed).digest()


def test_claw_back_on_a_restated_month():
    scheme = Scheme.model_validate(SCORECARD | {"clawback": True})
    before = settle(scheme, Facts("2026-03", VALUES, (SPILL, INJURY)))
    worse = replace(VALUES["refinery", "profit"], actual=100.0)
    facts = Facts("2026-03", VALUES | {("refinery", "profit"): worse}, (SPILL, INJURY))
    after = settle(scheme, facts)
    assert restate(scheme, before, after) == {"refinery": Decimal("-67.50")}
    kind = scheme.model_copy(update={"clawback": False})
    assert restate(kind, before, after) == {"refinery": 0}
    with pytest.raises(InputError, match="two versions of one month"):
        restate(scheme, before, replace(after, period="2026-04"))


def test_summary_prints_the_order_and_every_team():
    text = worked(SPILL, INJURY).summary()
    assert "measure -> attainment -> payout -> weight -> deduction -> gate" in text
    assert "refinery: 930.64 CNY (multiplier)" in text


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        (lambda: Facts("2026-03", {}), DataQualityError, "profit of refinery"),
        (lambda: Facts("2027-01", VALUES), InputError, "outside scheme"),
        (lambda: Facts("2026-3", VALUES), InputError, "YYYY-MM"),
        (lambda: Facts("2026-13", VALUES), InputError, "01 to 12"),
        (lambda: MeasureFact(1.0, ()), DataQualityError, "no evidence"),
        (lambda: MeasureFact(float("nan"), ("a",)), DataQualityError, "finite"),
        (lambda: incident("fatalty"), InputError, "expected one of hazard"),
        (lambda: incident("hazard"), InputError, "no due day"),
        (
            lambda: Facts("2026-03", VALUES, (incident("fatality", team="x"),)),
            InputError,
            "no team of scheme",
        ),
        (
            lambda: Facts(
                "2026-03", VALUES | {("refinery", "task"): MeasureFact(1.0, ("d",))}
            ),
            DataQualityError,
            "no plan value",
        ),
        (
            lambda: Facts(
                "2026-03",
                VALUES | {("refinery", "quality"): MeasureFact(1.0, ("d",), plan=0.0)},
            ),
            DataQualityError,
            "difference",
        ),
    ],
)
def test_bad_facts_are_refused(facts, error, words):
    with pytest.raises(error, match=words):
        settle(Scheme.model_validate(SCORECARD), facts())


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(0, 1e7)),
)
@settings(max_examples=60)
def test_apportion_is_within_a_cent_and_sums_to_the_rounded_total(amounts):
    cents = apportion(amounts)
    exact = sum(map(Decimal, amounts.values()), Decimal(0)) * 100
    assert abs(sum(cents.values()) - exact) <= Decimal("0.500001")
    for name, amount in amounts.items():
        assert abs(cents[name] - amount * 100) < 1.00001


@given(
    st.integers(-(10**9), 10**9),
    st.dictionaries(st.text("abc", min_size=1), st.floats(0.1, 9), min_size=1),
)
@settings(max_examples=60)
def test_split_is_exact(cents, weights):
    assert sum(split(cents, weights).values()) == cents


def test_rounding_never_exceeds_the_limit():
    thirds = dict.fromkeys("abc", 2 / 3)
    assert apportion(thirds) == {"a": 67, "b": 67, "c": 66}
    assert apportion(thirds, limit=199) == {"a": 67, "b": 66, "c": 66}
    assert sum(apportion(thirds, limit=197).values()) == 197
    with pytest.raises(InputError, match="exceed the limit of 100"):
        apportion(thirds, limit=100)


def test_cents_are_decimal():
    assert decimal(-5) == Decimal("-0.05")
