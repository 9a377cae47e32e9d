"""Re-plan: what is new is written as slices, warm equals cold, releases are kept.

The published case is V5 of the planning cases constructed on `chain8` (CC0); the
outside oracle of every write is the assembly of the changed conditions from scratch.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.book import open_book
from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Balance
from orebook.chain.new import new_book
from orebook.chain.plant import Outage, Store
from orebook.chain.read import read_book
from orebook.commands.replan import read_changes
from orebook.commands.replan import replan as command
from orebook.errors import InfeasibleError, InputError
from orebook.plan.assemble import assemble
from orebook.plan.coarse import can_merge, from_nothing
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan, solved
from orebook.plan.replan import (
    WHOLESALE,
    WHOLESALE_IF_LONG,
    StandingPlan,
    replan,
    replay,
    rolled_basis,
    stand,
    start_of,
)
from orebook.plan.replan_changes import Changes, Delay, NewPrice, NewSpec
from orebook.plan.replan_writes import changed_assembly
from orebook.plan.solve import Solver
from orebook.process.check import check_units
from orebook.process.network import network
from orebook.releases import last_replan
from tests.conftest import PROJECT
from tests.plan.chains import V3_FACTORS, chain8
from tests.plan.linear import chain8 as linear_chain8

WEEKS = horizon(period("2026-W02"), 4)
NUMBERS = ("cost", "lower", "upper", "row_lower", "row_upper")
MONTH = "2026-01"


def silo(**fields: object) -> Store:
    """Return the alumina store of V5."""
    given_ = {
        "id": "silo",
        "name": "仓",
        "name_en": "silo",
        "centre": "trade",
        "good": "alumina@p",
        "capacity": "15000 t",
        "opening": "5000 t",
        "holding_cost": f"{5 / period('2026-W01').months!r} CNY/t/month",
        "end": "free",
    }
    return Store(**(given_ | fields))


def weekly(**fields: object) -> StandingPlan:
    """Return chain8 with slack sections and a store, planned for four weeks."""
    net = network(chain8(V3_FACTORS, stores=(silo(**fields),)))
    return stand(net, conditions(net.chain, WEEKS, known_until=None))


@pytest.fixture(scope="module")
def plan() -> StandingPlan:
    """Return the plan all changes begin from."""
    return weekly()


@pytest.fixture(scope="module")
def group() -> StandingPlan:
    """Return the example group, planned for three months."""
    chain = read_book(PROJECT / "examples" / "guangxi", check=check_units)
    months = horizon(period("2026-05"), 3)
    return stand(network(chain), conditions(chain, months, known_until="2026-04"))


V5 = Changes(
    prices=tuple(
        NewPrice(key, value, periods=(week.name,))
        for key, values in (
            ("sell:alumina", (3050, 2950, 3200, 3120)),
            ("buy:alumina", (3150, 3050, 3300, 3220)),
        )
        for week, value in zip(WEEKS, values, strict=True)
    ),
    outages=(
        Outage(unit="calcine", first=WEEKS[2].first, last=WEEKS[2].last, share=0.5),
        Outage(unit="smelt", first=WEEKS[3].first, last=WEEKS[3].last, share=0.1),
    ),
)


def test_v5_is_reached_by_a_replan(plan: StandingPlan) -> None:
    """Source: case V5. Profit, flows and hydrate prices, from an undisturbed plan."""
    found = replan(plan, V5).plan
    assert found.margin == pytest.approx(421_840_584, abs=1.0)
    sold = found.amounts[found.network.position["sell:alumina:alumina"]]
    assert sold == pytest.approx([25_750, 5_750, 16_750, 22_675])
    row = found.network.balance_position[Balance("hydrate", "p")]
    assert found.prices.price[row] == pytest.approx(
        [1913.5621, 1848.2026, 1220.6052, 1959.3137], rel=1e-6
    )


def test_standing_is_the_plan_as_made(plan: StandingPlan) -> None:
    """`stand` gives the same plan as `make_plan`, with a basis of full size."""
    made = make_plan(plan.network, plan.assembly.conditions)
    assert made.to_dict() == plan.to_dict()
    assert plan.basis is not None
    basic = (plan.basis.columns == 1).sum() + (plan.basis.rows == 1).sum()
    assert basic == plan.assembly.problem.shape[0]


@st.composite
def drawn_changes(draw: st.DrawFn, plan: StandingPlan) -> Changes:
    """Draw any mix of changes that conditions can express."""
    chain, known = plan.network.chain, plan.assembly.conditions
    share = st.floats(0.0, 1.0)
    price = st.builds(
        NewPrice,
        st.sampled_from(sorted(known.price)),
        factor=st.floats(0.9, 1.1),
        periods=st.sampled_from([(), (plan.periods[-1].name,)]),
    )
    day = plan.periods[1].first
    outage = st.builds(
        lambda unit, length, lost: Outage(
            unit=unit, first=day, last=day + timedelta(days=length), share=lost
        ),
        st.sampled_from(sorted(known.availability)),
        st.integers(0, 20),
        share,
    )
    stores = st.dictionaries(st.sampled_from([s.id for s in chain.stores]), share)
    return Changes(
        prices=tuple(draw(st.lists(price, max_size=3))),
        outages=tuple(draw(st.lists(outage, max_size=2))),
        stocks={k: v * known.opening[k] for k, v in draw(stores).items()},
        roll=draw(st.sampled_from([0, 0, 1])),
    )


@settings(max_examples=25)
@given(data=st.data())
def test_any_change_equals_a_plan_from_scratch(
    group: StandingPlan, data: st.DataObject
) -> None:
    """Written slices equal the assembly bit by bit; warm equals cold to 1e-9."""
    changes = data.draw(drawn_changes(group))
    made = changed_assembly(group, changes)
    fresh = assemble(made.network, made.conditions)
    for name in NUMBERS:
        ours, theirs = getattr(made.problem, name), getattr(fresh.problem, name)
        assert np.array_equal(ours, theirs), name
    assert (made.problem.matrix != fresh.problem.matrix).nnz == 0
    assert group.basis is not None
    warm_basis = rolled_basis(group.assembly.problem, group.basis, changes.roll)
    try:
        cold = solved(fresh, None).objective
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solved(made, warm_basis)
        return
    warm = solved(made, warm_basis).objective
    assert warm == pytest.approx(cold, rel=1e-9)


def test_rule_few_numbers_warm_many_cold(plan: StandingPlan) -> None:
    """One price in one week is warm; every price is cold; no basis is cold."""
    one = Changes(prices=(NewPrice("buy:ore", factor=1.2, periods=(WEEKS[1].name,)),))
    start = replan(plan, one).start
    assert start.warm
    assert 0.0 < start.share <= WHOLESALE
    every = Changes(
        prices=tuple(NewPrice(k, factor=1.1) for k in plan.assembly.conditions.price)
    )
    assert not replan(plan, every).start.warm
    bare = make_plan(plan.network, plan.assembly.conditions)
    cold = replan(bare, one)
    assert not cold.start.warm
    assert "no basis" in cold.start.reason
    assert cold.plan.margin == pytest.approx(replan(plan, one).plan.margin, rel=1e-9)


def test_rule_counts_changes_beyond_one_percent(plan: StandingPlan) -> None:
    """Noise of half a percent everywhere is not noticeable, of two percent is."""
    problem = plan.assembly.problem
    for size, warm in ((0.005, True), (0.02, False)):
        noisy = replace(problem, cost=problem.cost * (1.0 + size))
        start, basis = start_of(problem, noisy, plan.basis)
        assert start.warm is warm
        assert (basis is not None) is warm


def test_rolled_horizon_goes_on_from_the_planned_stock(plan: StandingPlan) -> None:
    """The store opens with what the plan left in it; the last prices carry on."""
    busy = replan(plan, V5).plan
    found = replan(busy, Changes(roll=2))
    names = [p.name for p in found.plan.periods]
    assert names == ["2026-W04", "2026-W05", "2026-W06", "2026-W07"]
    closing = busy.amounts[busy.network.position["close:silo"], 1]
    opening = found.plan.assembly.conditions.opening["silo"]
    assert opening == pytest.approx(closing)
    price = found.plan.assembly.conditions.price["sell:alumina"]
    assert price.tolist() == [3200.0, 3120.0, 3120.0, 3120.0]
    assert found.plan.assembly.conditions.availability["smelt"][1] == 0.9
    measured = replan(busy, Changes(roll=2, stocks={"silo": 14_000.0}))
    assert measured.plan.assembly.conditions.opening["silo"] == 14_000.0


@pytest.mark.parametrize("end", ["free", "hold"])
def test_a_stock_below_its_minimum_is_written_as_assembled(end: str) -> None:
    """Minimum, end condition and first balance follow the count."""
    plan = weekly(minimum="4000 t", end=end)
    for count in (1_000.0, 9_000.0):
        made = changed_assembly(plan, Changes(stocks={"silo": count}))
        fresh = assemble(made.network, made.conditions).problem
        for name in NUMBERS:
            assert np.array_equal(getattr(made.problem, name), getattr(fresh, name))


def test_replay_gives_the_amounts_of_the_steps(plan: StandingPlan) -> None:
    """A row of re-plans can be told again from what was new at each."""
    one = Changes(prices=(NewPrice("sell:alumina", factor=1.02),))
    two = Changes(stocks={"silo": 7_000.0})
    step = replan(replan(plan, one).plan, two).plan
    again = replay(plan, [one, two])
    assert np.array_equal(step.x, again.x)
    assert again.to_dict() == step.to_dict()
    assert replay(plan, []) is plan


# -- contracts and qualities ---------------------------------------------------------


def with_contract(**fields: object) -> StandingPlan:
    """Return chain8 whose ore contract has limits."""
    chain = chain8(
        V3_FACTORS,
        stores=(silo(id="pile", good="ore@p", end="free", capacity="900000 t"),),
    )
    data = {"buy": {}, **fields}
    purchases = tuple(
        type(p).model_validate(
            {f: getattr(p, f) for f in p.model_fields_set} | data["buy"]
        )
        if p.id == "ore"
        else p
        for p in chain.purchases
    )
    chain = chain.model_copy(update={"purchases": purchases})
    return stand(network(chain), conditions(chain, WEEKS, known_until=None))


def test_a_delayed_ship_moves_its_limits() -> None:
    """Ore that comes two weeks later: its most and least move, the sum stays."""
    plan = with_contract(buy={"min": "90000 t/week", "max": "100000 t/week"})
    late = Delay("buy:ore", 30_000.0, WEEKS[0].name, WEEKS[2].name)
    found = replan(plan, Changes(delays=(late,)))
    problem = found.plan.assembly.problem
    place = problem.columns["buy"].slice("ore")
    assert problem.upper[place].tolist() == [70_000, 100_000, 130_000, 100_000]
    assert problem.lower[place].tolist() == [70_000, 90_000, 110_000, 90_000]
    cold = solved(found.plan.assembly, None)
    assert found.plan.objective == pytest.approx(cold.objective, rel=1e-9)
    assert found.plan.margin < plan.margin


def test_later_changes_keep_a_delay() -> None:
    """A price, a rolled horizon after a delay: the moved limits stay in place."""
    plan = with_contract(buy={"max": "100000 t/week"})
    late = Delay("buy:ore", 30_000.0, WEEKS[0].name, WEEKS[2].name)
    held = replan(plan, Changes(delays=(late,))).plan
    dearer = changed_assembly(held, Changes(prices=(NewPrice("buy:ore", factor=1.1),)))
    moved = changed_assembly(held, Changes(roll=1))
    for made, expected in (
        (dearer, [70_000, 100_000, 130_000, 100_000]),
        (moved, [100_000, 130_000, 100_000, 100_000]),
    ):
        place = made.problem.columns["buy"].slice("ore")
        assert made.problem.upper[place].tolist() == expected


def test_a_delay_of_a_tiered_contract_with_take_or_pay() -> None:
    """The dearest tier leaves first; what is paid for anyway moves too."""
    plan = with_contract(
        buy={
            "max": "100000 t/week",
            "take_or_pay": "50000 t/week",
            "tiers": [{"above": "60000 t/week", "extra": "15 CNY/t"}],
        }
    )
    late = Delay("buy:ore", 55_000.0, WEEKS[0].name, WEEKS[1].name)
    made = changed_assembly(plan, Changes(delays=(late,))).problem
    block, rows = made.columns["buy"], made.rows["take_or_pay"]
    assert made.upper[block.slice("ore")].tolist()[:2] == [45_000, 60_000]
    assert made.upper[block.slice("ore#1")].tolist()[:2] == [0, 95_000]
    assert made.row_lower[rows.slice("ore")].tolist()[:2] == [0, 100_000]


def test_a_delay_needs_a_limit_to_move(plan: StandingPlan) -> None:
    """Nothing can leave a period of a contract that has no upper limit."""
    late = Delay("buy:ore", 1.0, WEEKS[0].name, WEEKS[1].name)
    with pytest.raises(InputError, match="give the contract a max"):
        replan(plan, Changes(delays=(late,)))


def test_a_tighter_quality_is_a_smaller_margin(group: StandingPlan) -> None:
    """A limit of quality is written into chain, matrix and words alike."""
    tight = Changes(specs=(NewSpec("pr-alumina-term", "SiO2", "max", 0.00018),))
    made = changed_assembly(group, tight)
    fresh = assemble(made.network, made.conditions).problem
    assert (made.problem.matrix != fresh.matrix).nnz == 0
    sale = next(s for s in made.network.chain.sales if s.id == "pr-alumina-term")
    limit = next(x for x in sale.spec if x.of == "SiO2")
    assert limit.max is not None
    assert limit.max.to("") == 0.00018
    assert solved(made, group.basis).objective >= group.objective


# -- at the door -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        (Changes(prices=(NewPrice("buy:or"),)), "buy:ore"),
        (Changes(prices=(NewPrice("buy:ore", periods=("2026-W09",)),)), "2026-W09"),
        (Changes(prices=(NewPrice("buy:ore", float("nan")),)), "price of buy:ore"),
        (Changes(stocks={"silos": 1.0}), "silo"),
        (Changes(stocks={"silo": -1.0}), "at least 0"),
        (Changes(roll=4), "0 to 3"),
        (Changes(specs=(NewSpec("alumina", "SiO2", "most", 0.1),)), "max"),
        (
            Changes(
                outages=(
                    Outage(unit="smelter", first=WEEKS[0].first, last=WEEKS[0].last),
                )
            ),
            "smelt",
        ),
    ],
)
def test_wrong_names_and_values_are_refused(
    plan: StandingPlan, changes: Changes, hint: str
) -> None:
    """Every mistake names what was meant."""
    with pytest.raises(InputError, match=hint):
        replan(plan, changes)


def test_a_replan_that_cannot_be_says_so_in_words() -> None:
    """The message names the contract of the book."""
    plan = with_contract(buy={"min": "90000 t/week", "max": "100000 t/week"})
    stop = Outage(unit="wash", first=WEEKS[0].first, last=WEEKS[3].last)
    full = Changes(outages=(stop,), stocks={"pile": 899_000.0})
    with pytest.raises(InfeasibleError, match="purchase ore"):
        replan(plan, full)


def test_changes_are_read_as_they_are_written() -> None:
    """Plain data and back gives the same changes; `only` keeps one group."""
    changes = Changes(
        prices=V5.prices,
        outages=V5.outages,
        stocks={"silo": 3.0},
        delays=(Delay("buy:ore", 1.0, "2026-W02", "2026-W03"),),
        specs=(NewSpec("alumina", "SiO2", "max", 0.1),),
        roll=1,
    )
    assert Changes.from_dict(json.loads(json.dumps(changes.to_dict()))) == changes
    assert changes.groups == ("horizon", "prices", "availability", "stocks", "limits")
    assert changes.only(["stocks"]) == Changes(stocks={"silo": 3.0})
    with pytest.raises(InputError, match="cannot be read"):
        Changes.from_dict({"roll": "far"})


def test_the_command_line_is_read_in_units_of_the_book() -> None:
    """Percent, money, tonnes, days and shares as a person writes them."""
    chain = chain8(V3_FACTORS, stores=(silo(),))
    read = read_changes(
        chain,
        price=("sell:alumina=-5%", "buy:ore@2026-W03=0.5 CNY/kg"),
        outage=("calcine=2026-01-12..2026-01-14*0.5",),
        stock=("silo=1.2 kt",),
        delay=("buy:ore=5 kt@2026-W02..2026-W03",),
        spec=("alumina:SiO2=max=0.02 %",),
    )
    assert read.prices == (
        NewPrice("sell:alumina", factor=0.95),
        NewPrice("buy:ore", 500.0, periods=("2026-W03",)),
    )
    assert read.outages[0].share == 0.5
    assert (read.outages[0].last - read.outages[0].first).days == 2
    assert read.stocks == {"silo": 1200.0}
    assert read.delays == (Delay("buy:ore", 5000.0, "2026-W02", "2026-W03"),)
    assert read.specs == (NewSpec("alumina", "SiO2", "max", 0.0002),)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"price": ("alumina",)},
        {"price": ("sell:gold=+5%",)},
        {"outage": ("calcine=May",)},
        {"delay": ("buy:ore=5 kt",)},
        {"spec": ("alumina=max=1",)},
    ],
)
def test_what_cannot_be_read_is_shown_how_to_write(words: dict[str, object]) -> None:
    """Every message gives the form that is right."""
    with pytest.raises(InputError, match=r"write|expected"):
        read_changes(chain8(), **words)


# -- the book --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a starter book with a simulated month of intake."""
    folder = tmp_path_factory.mktemp("books") / "starter"
    new_book(folder)
    with open_book(folder) as book:
        book.simulate(MONTH, seed=5)
    return folder


def test_a_replan_is_kept_beside_the_release_and_counts_as_adaptation(
    starter: Path,
) -> None:
    """Version 1 stays the release; the month is held against it, N is the re-plan."""
    with open_book(starter) as book:
        sale = f"sell:{book.chain.sales[0].id}=-20%"
        book.plan(MONTH)
    words = [str(starter), MONTH, "--price", sale, "--reason", "call of the buyer"]
    shown = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)
    data = json.loads(shown.stdout)
    assert data["version"] == 2
    assert sum(data["causes_cny"].values()) == pytest.approx(data["change_cny"])
    said = CliRunner().invoke(command, [*words, "--lang", "en"], catch_exceptions=False)
    assert "market prices" in said.output
    with open_book(starter) as book:
        kept = book.store.records.documents("plan", MONTH)
        assert [d.status for d in kept] == ["released", "re-planned", "re-planned"]
        assert book.store.records.audit_trail()[-1].reason == "call of the buyer"
        first = book.run(MONTH)
        content = json.loads(json.dumps(kept[0].content))
        assert content.pop("inputs")["conditions"]["periods"][0] == MONTH
        assert first.plan.to_dict() == content
        last = last_replan(book.store.records, first.plan)
        assert last is not None
        assert last.margin == pytest.approx(kept[-1].content["margin_cny"], rel=1e-12)
        second = book.run(MONTH)
        assert second.to_dict()["adaptation"] == first.to_dict()["adaptation"]
        assert len(book.store.records.documents("plan", MONTH)) == 3
        split = first.adaptation
        assert split.replanned == pytest.approx(split.plan_at_actual + split.adaptation)
        with pytest.raises(InputError, match="closed month"):
            book.replan(MONTH, Changes(stocks={}))


def test_long_horizons_go_by_way_of_a_coarse_one() -> None:
    """Few numbers warm, more than 0.2 % or a horizon moved on coarse; same optimum."""
    problem = linear_chain8({}, weeks=60)
    base = from_nothing(problem)
    assert can_merge(problem)
    run = problem.columns["run"].all()
    for count, warm in ((1, True), (30, False)):
        upper = problem.upper.copy()
        upper[run[4, 10 : 10 + count]] *= 0.7
        changed = replace(problem, upper=upper)
        start, basis = start_of(problem, changed, base.basis)
        assert start.warm is warm
        assert (start.share <= WHOLESALE_IF_LONG) is warm
        assert (basis is not None) is warm
        assert start.share < WHOLESALE
    start, basis = start_of(problem, problem, base.basis, roll=1)
    assert (start.warm, basis) == (False, None)
    assert "coarse" in start.reason


def test_a_rolled_basis_is_complete() -> None:
    """As many basic members as rows, so that the solver takes it up at once."""
    problem = linear_chain8({}, weeks=12)
    solution = Solver(problem).optimal()
    for roll in (1, 3, 11):
        rolled = rolled_basis(problem, solution.basis, roll)
        basic = (rolled.columns == 1).sum() + (rolled.rows == 1).sum()
        assert basic == problem.shape[0]
        solver = Solver(problem)
        solver.set_basis(rolled)
        assert solver.solve().objective == pytest.approx(solution.objective, rel=1e-9)
