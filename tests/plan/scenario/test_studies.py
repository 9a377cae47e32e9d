"""Cases, sweeps, tornado, price paths and two-stage plans on the example group."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.case import Case
from orebook.chain.plant import Outage
from orebook.chain.read import read_book
from orebook.errors import BookError, InfeasibleError, InputError
from orebook.plan.assemble import assemble
from orebook.plan.conditions import conditions
from orebook.plan.make import solved
from orebook.plan.replan import StandingPlan, margin_of, replan, stand
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.replan_limits import NewLimit
from orebook.plan.scenario.cases import run_cases
from orebook.plan.scenario.datum import Datum, data_of, moved, read_datum
from orebook.plan.scenario.jobs import HERE
from orebook.plan.scenario.overlay import Overlay, overlay, read_overlays
from orebook.plan.scenario.path_file import read_paths
from orebook.plan.scenario.paths import PricePath, generated, path_changes, run_paths
from orebook.plan.scenario.price_model import (
    Factor,
    PriceModel,
    estimate,
    multipliers,
)
from orebook.plan.scenario.risk import Risk, tail_mean
from orebook.plan.scenario.sweep import Axis, read_axis, sweep
from orebook.plan.scenario.tornado import tornado
from orebook.plan.scenario.two_stage import Scenario, crossed, two_stage
from orebook.process.check import check_units
from orebook.process.network import network
from tests.conftest import PROJECT

BOOK = PROJECT / "examples" / "guangxi"


@pytest.fixture(scope="module")
def group() -> StandingPlan:
    """Return the example group, planned for four months."""
    chain = read_book(BOOK, check=check_units)
    months = horizon(period("2026-05"), 4)
    return stand(network(chain), conditions(chain, months, known_until="2026-04"))


@pytest.fixture(scope="module")
def cases(group: StandingPlan) -> dict[str, Case]:
    """Return the cases of the example."""
    return read_overlays(BOOK, group.network)


# ---------------------------------------------------------------------------- cases


def test_a_case_on_a_series_equals_the_book_with_that_series(
    group: StandingPlan, cases: dict[str, Case]
) -> None:
    """Oracle: the book itself with the moved series, planned from scratch."""
    chain = group.network.chain
    factors = {"aluminium": 0.90, "alumina": 0.94}
    series = {
        k: replace(s, values=tuple((m, v * factors[k]) for m, v in s.values))
        if k in factors
        else s
        for k, s in chain.series.items()
    }
    book = chain.model_copy(update={"series": series})
    net = replace(group.network, chain=book)
    known = conditions(book, group.periods, known_until="2026-04")
    wanted = -solved(assemble(net, known), None).objective
    over = overlay(group, cases["aluminium-down"], cases)
    assert margin_of(group, over.changes) == pytest.approx(wanted, rel=1e-9)


def test_a_case_lies_over_its_base(group: StandingPlan, cases: dict[str, Case]) -> None:
    months = ("2026-05", "2026-06", "2026-07", "2026-08")
    top = replace(
        cases["dry-winter"],
        prices=tuple(
            p.model_copy(update={"periods": list(months)})
            for p in cases["dry-winter"].prices
        ),
        limits=cases["dry-winter"].limits[1:],
    )
    low = overlay(group, cases["aluminium-down"], cases).changes
    both = overlay(group, top, cases).changes
    assert both.prices[: len(low.prices)] == low.prices
    assert both.prices[-1].contract == "buy:sc-power-market"
    assert {x.key for x in both.limits} == {
        "unit:pr-digest-1:throughput max",
        "draw:pr-own-power amount",
    }


def test_a_period_beyond_the_plan_names_the_case(
    group: StandingPlan, cases: dict[str, Case]
) -> None:
    with pytest.raises(InputError, match=r"case 'dry-winter'.*2026-11"):
        overlay(group, cases["dry-winter"], cases)


def test_cases_stand_side_by_side(group: StandingPlan, cases: dict[str, Case]) -> None:
    """Causes sum to the change; each row equals a re-plan of its own."""
    empty = Overlay("nothing", "无", "nothing", Changes())
    worn = Overlay(
        "no-power",
        "无电",
        "no power",
        Changes(
            limits=tuple(
                NewLimit(f"buy:{p.id}", "max", 0.0, "h")
                for p in group.network.chain.purchases
                if p.good.startswith("power")
            )
            + tuple(
                NewLimit(f"unit:{u.id}:{n}", "max", 0.0, "h")
                for u in group.network.chain.units
                if u.kind == "heat_and_power"
                for n in u.limits
            )
        ),
    )
    down = overlay(group, cases["aluminium-down"], cases)
    stocks = overlay(group, cases["stock-recount"], cases)
    table = run_cases(group, [empty, down, stocks, worn], runner=HERE)
    rows = {r.id: r for r in table.rows}
    assert rows["nothing"].margin == pytest.approx(group.margin, rel=1e-12)
    assert rows["nothing"].causes == {}
    own = replan(group, down.changes).plan
    assert rows[down.id].margin == pytest.approx(own.margin, rel=1e-12)
    for row in table.rows:
        if row.feasible:
            change = row.margin - table.base.margin
            assert sum(row.causes.values()) == pytest.approx(change, abs=1.0)
    data = table.to_dict()
    told = {c["case"]: c for c in data["cases"]}
    assert told["no-power"]["margin_cny"] is None
    assert "no plan meets" in told["no-power"]["message"]
    for lang, word in (("zh", "基准计划"), ("en", "base plan")):
        text = table.summary(lang)
        assert word in text
        assert "no-power" in text
    assert f"{own.margin / 1e3:,.1f}" in table.summary("en")
    flow = data["flows"][0]
    assert flow["base"] == pytest.approx(table.base.amounts[flow["stream"]])


# ---------------------------------------------------------------------------- sweeps


def test_an_axis_is_read_and_refused() -> None:
    axis = read_axis("limit unit:kiln:throughput:max=-10%..+10%:3")
    assert axis == Axis(Datum("limit", "unit:kiln:throughput", "max"), (0.9, 1.0, 1.1))
    for text in ("price sell:x", "price sell:x=-5%..5%", "cost x=-5%..5%:3"):
        with pytest.raises(InputError, match="expected"):
            read_axis(text)


def test_every_point_of_a_grid_equals_a_plan_of_its_own(group: StandingPlan) -> None:
    axes = [
        read_axis("price sell:pr-alumina-spot=-10%..+10%:3"),
        read_axis("limit unit:pr-digest-1:throughput:max=-20%..+0%:2"),
    ]
    found = sweep(group, axes, runner=HERE)
    assert found.margin.shape == (3, 2)
    for i, f in enumerate(axes[0].factors):
        for j, g in enumerate(axes[1].factors):
            own = Changes(
                prices=(NewPrice("sell:pr-alumina-spot", factor=f),),
                limits=(NewLimit("unit:pr-digest-1:throughput", "max", factor=g),),
            )
            assert found.margin[i, j] == pytest.approx(margin_of(group, own), rel=1e-9)
    assert found.margin[1, 1] == pytest.approx(group.margin, rel=1e-9)
    assert (np.diff(found.margin, axis=0) >= -1e-3).all()
    assert (np.diff(found.margin, axis=1) >= -1e-3).all()
    assert found.flows
    assert "-10 %" in found.summary("en")
    assert found.to_dict()["margin_cny"][0][0] == pytest.approx(found.margin[0, 0])


def test_one_axis_shows_flows_and_points_without_a_plan(group: StandingPlan) -> None:
    axis = Axis(Datum("limit", "unit:pr-settle:throughput", "max"), (1.0, 0.1))
    found = sweep(group, [axis], runner=HERE)
    assert np.isnan(found.margin[1, 0])
    assert "no plan meets" in found.messages[1][0]
    assert "no plan" in found.summary("en")
    assert found.to_dict()["margin_cny"][1] == [None]


def test_sweeps_of_nothing_or_of_what_is_not_there_are_refused(
    group: StandingPlan,
) -> None:
    with pytest.raises(InputError, match="0 data"):
        sweep(group, [])
    with pytest.raises(InputError, match="did you mean 'sell:pr-alumina-spot'"):
        sweep(group, [read_axis("price sell:pr-alumina-spott=-5%..5%:2")])


# --------------------------------------------------------------------------- tornado


def test_a_tornado_is_ranked_and_equals_two_plans_each(group: StandingPlan) -> None:
    data = [
        Datum("series", "alumina"),
        Datum("price", "sell:pr-alumina-spot"),
        Datum("limit", "unit:pr-digest-1:throughput", "max"),
        Datum("availability", "pr-digest-1"),
    ]
    found = tornado(group, data, share=0.2, runner=HERE)
    assert [s.size for s in found.swings] == sorted(
        (s.size for s in found.swings), reverse=True
    )
    for swing in found.swings:
        down = margin_of(group, moved(group, swing.datum, 0.8))
        up = margin_of(group, moved(group, swing.datum, 1.2))
        assert swing.down == pytest.approx(down - group.margin, abs=10.0)
        assert swing.up == pytest.approx(up - group.margin, abs=10.0)
    by = {s.datum.kind: s for s in found.swings}
    # An availability stops at 100 %, its capacity does not.
    assert by["availability"].down == pytest.approx(by["limit"].down, abs=10.0)
    assert by["availability"].up <= by["limit"].up + 10.0
    assert "20%" in found.summary("zh")
    with pytest.raises(InputError, match="share"):
        tornado(group, data, share=0.0)


def test_the_data_of_a_plan_are_all_movable(group: StandingPlan) -> None:
    data = data_of(group)
    kinds = {d.kind for d in data}
    assert {"series", "price", "limit"} <= kinds
    assert len(set(data)) == len(data)
    for datum in data:
        assert read_datum(datum.key) == datum
        assert moved(group, datum, 1.1).groups


# ----------------------------------------------------------------------- price paths


def test_drawn_prices_have_their_mean_spread_and_correlation() -> None:
    """Oracle: closed form of the Ornstein-Uhlenbeck process (Schwartz, 1997)."""
    years = [0.25, 0.5, 1.0, 2.0]
    kappa = np.array([0.0, 1.5])
    sigma = np.array([0.2, 0.3])
    model = PriceModel(
        (Factor("a", 0.2, drift=0.04), Factor("b", 0.3, reversion=1.5)),
        np.array([[1.0, 0.6], [0.6, 1.0]]),
    )
    found = multipliers(model, years, count=200_000, seed=3)
    again = multipliers(model, years, count=200_000, seed=3)
    assert np.array_equal(found, again)
    for k, t in enumerate(years):
        mean = np.exp(np.array([0.04, 0.0]) * t)
        assert found[:, :, k].mean(axis=0) == pytest.approx(mean, rel=4e-3)
        logs = np.log(found[:, :, k])
        variance = np.array([0.04 * t, 0.09 * (1 - np.exp(-3 * t)) / 3])
        assert logs.var(axis=0) == pytest.approx(variance, rel=0.02)
        both = 0.6 * sigma.prod() * (1 - np.exp(-kappa.sum() * t)) / kappa.sum()
        assert np.cov(logs.T)[0, 1] == pytest.approx(both, rel=0.03)


def test_history_gives_back_the_volatility_it_was_drawn_with(
    group: StandingPlan,
) -> None:
    base = group.network.chain.series["alumina"]
    model = PriceModel(
        (Factor("x", 0.25), Factor("y", 0.4)), np.array([[1.0, 0.5], [0.5, 1.0]])
    )
    years = [(k + 1) / 12 for k in range(1200)]
    path = multipliers(model, years, count=1, seed=5)[0]
    months = [f"{1900 + k // 12}-{k % 12 + 1:02d}" for k in range(1200)]
    drawn = {
        name: replace(
            base, id=name, values=tuple(zip(months, map(float, 1e3 * row), strict=True))
        )
        for name, row in zip("xy", path, strict=True)
    }
    found = estimate(drawn, ["x", "y"], until="1999-12")
    assert [f.volatility for f in found.factors] == pytest.approx([0.25, 0.4], rel=0.08)
    assert found.correlation[0, 1] == pytest.approx(0.5, abs=0.06)
    with pytest.raises(ValueError, match="expected at least 13"):
        estimate(drawn, ["x"], until="1900-10")


def test_impossible_models_are_refused() -> None:
    three = tuple(Factor(n, 0.2) for n in "abc")
    odd = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(InputError, match="contradict"):
        PriceModel(three, odd)
    with pytest.raises(InputError, match="symmetric"):
        PriceModel(three, np.eye(2))
    with pytest.raises(InputError, match="volatility"):
        PriceModel((Factor("a", -0.2),), np.eye(1))
    with pytest.raises(InputError, match="rising"):
        multipliers(PriceModel((Factor("a", 0.2),), np.eye(1)), [1, 1], count=1, seed=1)


def test_the_distribution_of_the_margin_over_paths(group: StandingPlan) -> None:
    calm = PriceModel((Factor("aluminium", 0.0), Factor("alumina", 0.0)), np.eye(2))
    still = run_paths(group, generated(group, calm, count=2, seed=1), runner=HERE)
    assert still.margin == pytest.approx(np.full(2, group.margin), rel=1e-9)
    assert still.held == pytest.approx(np.full(2, group.margin), rel=1e-9)
    wild = PriceModel((Factor("aluminium", 0.2), Factor("alumina", 0.2)), np.eye(2))
    paths = generated(group, wild, count=12, seed=1)
    found = run_paths(group, paths, basis={"seed": 1}, runner=HERE)
    for path, margin, held in zip(paths, found.margin, found.held, strict=True):
        own = margin_of(group, path_changes(group, path))
        assert margin == pytest.approx(own, rel=1e-9)
        assert held <= margin + 1.0  # the plan left as it is cannot be better
    shares = sum(e.share for e in found.exposures)
    assert 0.9 < shares < 1.1  # the rest is own cost that follows the prices
    assert found.quantile(0.0) == found.margin.min()
    assert found.quantile(1.0) == found.margin.max()
    assert found.deviation == pytest.approx(found.margin.std())
    assert found.exposures[0].contract.startswith("sell:sc-")
    assert "12" in found.summary("zh")
    assert found.to_dict()["basis"] == {"seed": 1}


def test_the_plan_left_as_it_is_earns_what_its_accounts_say(
    group: StandingPlan,
) -> None:
    """Oracle: the costs of the assembled problem at the new prices, same columns."""
    from orebook.plan.replan_writes import changed_assembly

    path = PricePath("p", {"alumina": np.array([2500.0, 3500.0, 3000.0, np.nan])})
    found = run_paths(group, [path], runner=HERE)
    problem = changed_assembly(group, path_changes(group, path)).problem
    own = -(float(problem.cost @ group.x) + problem.offset)
    assert found.held[0] == pytest.approx(own, rel=1e-9)


GOOD_PATHS = """path,period,weight,aluminium [USD/t],sell:pr-alumina-spot
high,2026-05,3,,3300
high,2026-06,,,3400
low,2026-05,1,,2700
"""


def test_paths_are_read_from_a_table(group: StandingPlan, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(
        GOOD_PATHS.replace(" [USD/t]", " [CNY/kg]").replace(
            "2026-05,3,,", "2026-05,3,21,"
        ),
        "utf-8",
    )
    high, low = read_paths(file, group)
    assert (high.name, high.weight, low.weight) == ("high", 3.0, 1.0)
    assert high.levels["aluminium"][0] == pytest.approx(21_000.0)
    assert np.isnan(high.levels["aluminium"][1:]).all()
    assert high.levels["sell:pr-alumina-spot"][:2].tolist() == [3300.0, 3400.0]
    found = run_paths(group, [high, low], runner=HERE)
    assert found.weight.tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD_PATHS, "aluminium = USD/t"),
        ("path,period,aluminum\na,2026-05,1\n", "did you mean 'aluminium'"),
        ("path,period,aluminium\na,2027-05,1\n", "csv:2: period = 2027-05"),
        ("path,period,aluminium\na,2026-05,x\n", "csv:2: aluminium = x"),
        ("path,period,aluminium\na,2026-05,1\na,2026-05,2\n", "csv:3: .*twice"),
        ("period,aluminium\n2026-05,1\n", "path = .absent"),
        ("path,period\na,2026-05\n", "names no price"),
        ("path,period,aluminium\n", "there is no path"),
        ("path,period,weight,aluminium\na,2026-05,0,1\n", "above 0"),
    ],
)
def test_mistakes_in_a_table_of_paths_have_their_line(
    group: StandingPlan,
    tmp_path: Path,
    text: str,
    told: str,
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(BookError, match=told):
        read_paths(file, group)


# ------------------------------------------------------------------ two-stage plans


def price(factor: float) -> Changes:
    """Return alumina sold dearer or cheaper from the second month on."""
    later = ("2026-06", "2026-07", "2026-08")
    keys = ("sell:pr-alumina-spot", "sell:mr-alumina-spot", "sell:pr-alumina-term")
    return Changes(
        prices=tuple(NewPrice(k, factor=factor, periods=later) for k in keys)
    )


STOP = Changes(
    outages=(
        Outage(
            unit="pr-digest-1",
            first=period("2026-06").first,
            last=period("2026-06").last,
        ),
    )
)


def test_a_two_stage_plan_of_the_group(group: StandingPlan) -> None:
    prices = [Scenario("high", price(1.2), 1), Scenario("low", price(0.85), 1)]
    stops = [Scenario("runs", Changes(), 0.8), Scenario("stops", STOP, 0.2)]
    some = crossed(prices, stops)
    assert [s.probability for s in some] == [0.8, 0.2, 0.8, 0.2]
    found = two_stage(group, some, runner=HERE)
    v = found.value
    assert v.probability.tolist() == pytest.approx([0.4, 0.1, 0.4, 0.1])
    for scenario, wait in zip(some, v.wait, strict=True):
        assert wait == pytest.approx(margin_of(group, scenario.changes), rel=1e-9)
    assert v.of_mean is not None
    assert v.perfect >= v.expected >= v.of_mean
    assert v.evpi > 1e4  # the stocks kept for a high or a low price differ
    assert v.expected == pytest.approx(float(v.probability @ v.here.margin), rel=1e-12)
    first = found.decisions
    assert first == tuple(sorted(first, key=lambda d: (-d.money, d.stream)))
    data = found.to_dict()
    assert data["evpi_cny"] == pytest.approx(v.evpi)
    assert len(data["scenarios"]) == 4
    assert "EVPI" in found.summary("en")
    cautious = two_stage(group, some, risk=Risk(0.2, weight=0.5), runner=HERE).value
    assert cautious.caution >= -1.0
    assert cautious.worst >= v.worst - abs(v.worst) * 1e-9
    assert tail_mean(cautious.here.margin, v.probability, 0.2) == cautious.worst


def test_the_common_columns_are_common_and_the_rest_is_free(
    group: StandingPlan,
) -> None:
    some = [Scenario("high", price(1.2), 0.5), Scenario("low", price(0.85), 0.5)]
    bought = two_stage(group, some, common=("buy",), runner=HERE)
    block = group.assembly.problem.columns["buy"]
    now = bought.value.here.x[:, block.all()[:, 0]]
    assert np.array_equal(now[0], now[1])
    later = bought.value.here.x[:, block.all()[:, 1:]]
    assert not np.allclose(later[0], later[1])
    every = two_stage(group, some, runner=HERE)
    assert bought.value.expected >= every.value.expected - 1.0
    assert {d.stream.partition(":")[0] for d in bought.decisions} == {"buy"}


def test_one_scenario_is_the_plan_itself(group: StandingPlan) -> None:
    found = two_stage(group, [Scenario("base", Changes(), 1.0)], runner=HERE).value
    assert found.expected == pytest.approx(group.margin, rel=1e-9)
    assert found.evpi == pytest.approx(0.0, abs=10.0)


def test_what_cannot_be_decided_in_common_is_told(
    group: StandingPlan, cases: dict[str, Case]
) -> None:
    other = overlay(group, cases["stock-recount"], cases).changes
    some = [Scenario("base", Changes(), 0.5), Scenario("recount", other, 0.5)]
    with pytest.raises(InfeasibleError, match="balance of ore-waf@pr-yard"):
        two_stage(group, some, runner=HERE)
    with pytest.raises(InputError, match="did you mean 'buy'"):
        two_stage(group, some, common=("buys",), runner=HERE)
    with pytest.raises(InputError, match="expected 1 to 3"):
        two_stage(group, some, first=4, runner=HERE)
    with pytest.raises(InputError, match="at least one"):
        two_stage(group, [], runner=HERE)
    little = Changes(limits=(NewLimit("unit:pr-settle:throughput", "max", factor=0.1),))
    with pytest.raises(InfeasibleError, match="scenario 'too little'"):
        two_stage(group, [Scenario("too little", little, 1.0)], runner=HERE)
