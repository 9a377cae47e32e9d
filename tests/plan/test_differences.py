"""The difference of two plans: exact causes, what moved, and why, in two languages.

The outside oracle of the split is the attribution of the evaluation; the hand-made
figures are those of case V3 of the planning cases constructed on `chain8` (CC0).
"""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Outage, Store
from orebook.chain.trade import Sale
from orebook.errors import InfeasibleError, InputError
from orebook.evaluate.attribution import shapley
from orebook.plan.conditions import conditions
from orebook.plan.differences import PlanChange, plan_change
from orebook.plan.replan import StandingPlan, replan, stand
from orebook.plan.replan_causes import TOGETHER, shares
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8

WEEKS = horizon(period("2026-W02"), 3)
GROUPS = ("prices", "availability", "stocks")


def silo() -> Store:
    """Return an alumina store with some stock."""
    return Store(
        id="silo",
        name="氧化铝仓",
        name_en="alumina silo",
        centre="trade",
        good="alumina@p",
        capacity="15000 t",
        opening="5000 t",
        end="free",
    )


def planned() -> StandingPlan:
    """Return V3 over three weeks with a store of alumina."""
    chain = chain8(V3_FACTORS, stores=(silo(),))
    return stand(network(chain), conditions(chain, WEEKS, known_until=None))


def promised() -> StandingPlan:
    """Return V3 with 9000 t of metal promised each week and 1000 t in store."""
    fields = {"id": "yard", "good": "aluminium@p", "opening": "1000 t"}
    old = silo()
    yard = Store(**({f: getattr(old, f) for f in old.model_fields_set} | fields))
    chain = chain8(V3_FACTORS, stores=(yard,))
    metal = next(s for s in chain.sales if s.id == "aluminium")
    given_ = {f: getattr(metal, f) for f in metal.model_fields_set}
    held = Sale(**(given_ | {"min": "9000 t/week"}))
    sales = (*(s for s in chain.sales if s.id != "aluminium"), held)
    chain = chain.model_copy(update={"sales": sales})
    return stand(network(chain), conditions(chain, WEEKS, known_until=None))


@pytest.fixture(scope="module")
def plan() -> StandingPlan:
    """Return the plan before anything is new."""
    return planned()


def stop(unit: str, *, weeks: int = 1, share: float = 1.0) -> Outage:
    """Return an outage from the first week on."""
    last = WEEKS[0].first + timedelta(days=7 * weeks - 1)
    return Outage(unit=unit, first=WEEKS[0].first, last=last, share=share)


MIXED = Changes(
    prices=(NewPrice("sell:aluminium", factor=1.04),),
    outages=(stop("smelt", share=0.5),),
    stocks={"silo": 3_000.0},
)


@settings(max_examples=20)
@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8))
def test_shares_equal_the_attribution_of_the_evaluation(values: list[float]) -> None:
    """Any game of three groups: same parts as the oracle, which sum to the whole."""
    table = {
        frozenset(g for k, g in enumerate(GROUPS) if row >> k & 1): value
        for row, value in enumerate(values)
    }
    found = shares(table.__getitem__, GROUPS)
    expected = shapley(lambda rows: np.array(values), GROUPS)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert sum(found.values()) == pytest.approx(values[7] - values[0], abs=1e-6)


def test_causes_sum_to_the_change_and_are_what_a_hand_finds(
    plan: StandingPlan,
) -> None:
    """Source: V3. Smelter rent 5260.75 CNY/t; 2000 t of alumina at 3050; +784 CNY/t.

    Half a week of the smelter is 5000 t: at the old price they lose their rent, at the
    new one 784 CNY/t more; the joint 5000 x 784 is shared equally with the price.
    """
    change = plan_change(replan(plan, MIXED))
    rise, lost = 0.04 * 19_600, 5_000.0
    assert change.causes["stocks"] == pytest.approx(-2_000 * 3_050)
    assert change.causes["prices"] == pytest.approx(30_000 * rise - lost * rise / 2)
    assert change.causes["availability"] == pytest.approx(
        -lost * 5_260.75 - lost * rise / 2
    )
    assert sum(change.causes.values()) == pytest.approx(change.margin, abs=1e-4)


@settings(max_examples=8)
@given(
    price=st.floats(0.9, 1.02),
    share=st.floats(0.0, 1.0),
    stock=st.floats(0.0, 15_000.0),
    roll=st.sampled_from([0, 1]),
)
def test_the_sum_is_exact_whatever_changes(
    plan: StandingPlan, price: float, share: float, stock: float, roll: int
) -> None:
    """No part of the change of margin is left over, with a moved horizon too."""
    changes = Changes(
        prices=(NewPrice("sell:alumina", factor=price),),
        outages=(stop("calcine", weeks=2, share=share),),
        stocks={"silo": stock},
        roll=roll,
    )
    change = plan_change(replan(plan, changes))
    assert set(change.causes) == set(changes.groups)
    assert sum(change.causes.values()) == pytest.approx(change.margin, abs=1e-3)


def test_groups_that_need_each_other_are_one_cause() -> None:
    """Half a week of the smelter is only possible with the metal found in the yard."""
    plan = promised()
    both = Changes(outages=(stop("smelt", share=0.5),), stocks={"yard": 6_000.0})
    with pytest.raises(InfeasibleError):
        replan(plan, both.only(["availability"]))
    change = plan_change(replan(plan, both))
    assert change.causes == {TOGETHER: pytest.approx(change.margin)}
    assert "all changes together" in change.summary("en")


def test_nothing_new_is_no_change(plan: StandingPlan) -> None:
    """Without changes there is no cause, flow, limit or price to tell."""
    change = plan_change(replan(plan, Changes()))
    assert change.margin == pytest.approx(0.0, abs=1e-6)
    assert (change.flows, change.limits, change.prices) == ((), (), ())
    assert change.causes == {}
    assert "no input changed" in change.summary("en")


@pytest.fixture(scope="module")
def changed(plan: StandingPlan) -> PlanChange:
    """Return the difference the mixed changes make."""
    return plan_change(replan(plan, MIXED))


def test_flows_are_ranked_by_money(changed: PlanChange) -> None:
    """Half of the smelter's week: 5000 t less metal, the alumina is sold instead."""
    flows = {f.stream: f for f in changed.flows}
    metal = flows["sell:aluminium:aluminium"]
    assert metal.after - metal.before == pytest.approx(-5_000)
    money = [f.money for f in changed.flows]
    assert money == sorted(money, reverse=True)
    assert all(not f.stream.startswith("open:") for f in changed.flows)


def test_prices_follow_what_is_new(plan: StandingPlan) -> None:
    """The price of hydrate goes with the sale of alumina, and says so."""
    changes = Changes(prices=(NewPrice("sell:alumina", factor=0.98),))
    change = plan_change(replan(plan, changes), shown=20)
    moves = {m.balance.material: m for m in change.prices}
    hydrate = moves["hydrate"]
    # V3: one tonne of alumina takes 1.53 t of hydrate.
    assert hydrate.after - hydrate.before == pytest.approx(-0.02 * 3_050 / 1.53)
    assert hydrate.anchor is not None
    assert (hydrate.anchor.what, hydrate.anchor.subject) == ("price", "alumina")
    assert hydrate.anchor.after == pytest.approx(0.98 * 3_050)


def test_limits_that_begin_and_cease_are_named(plan: StandingPlan) -> None:
    """A halved digester becomes the bottleneck, precipitation ceases to be one."""
    change = plan_change(replan(plan, Changes(outages=(stop("digest", share=0.5),))))
    began = {x.subject.partition(":")[0] for x in change.limits if x.began}
    ceased = {x.subject.partition(":")[0] for x in change.limits if x.ceased}
    assert "digest" in began
    assert "precip" in ceased
    assert all(x.began in ((), (WEEKS[0].name,)) for x in change.limits)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("市场价格", "设备可用率", "期初库存", "变化最大的流量")),
        ("en", ("market prices", "availability", "opening stocks", "flows that")),
    ],
)
def test_the_change_in_plain_words(
    changed: PlanChange, lang: str, words: tuple[str, ...]
) -> None:
    """Both languages tell margin, causes and flows, without codes of the program."""
    text = changed.summary(lang)
    for word in words:
        assert word in text
    assert f"{changed.margin:+,.0f}" in text
    assert "sell:" not in text
    with pytest.raises(InputError, match="'zh' or 'en'"):
        changed.summary("fr")


def test_to_dict_is_plain_data(changed: PlanChange) -> None:
    """Stable names, readable as JSON, causes sum to the change."""
    data = json.loads(json.dumps(changed.to_dict(), allow_nan=False))
    assert set(data) == {
        "before_cny", "after_cny", "change_cny", "causes_cny", "flows", "limits",
        "prices", "inputs",
    }  # fmt: skip
    assert sum(data["causes_cny"].values()) == pytest.approx(data["change_cny"])
    assert data["after_cny"] - data["before_cny"] == pytest.approx(data["change_cny"])
