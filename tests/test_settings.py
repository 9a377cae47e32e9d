"""Free settings through a whole period: plan, command, close, variance, report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orebook.book import Book, open_book
from orebook.chain.calendar import horizon, period
from orebook.chain.new import new_book
from orebook.cli import main
from orebook.evaluate.fair import fair_flows
from orebook.evaluate.hindsight import hindsight
from orebook.evaluate.variance import variance
from orebook.ledger.close import close_month
from orebook.ledger.readings import Measured, Reading
from orebook.plan.assemble import assemble
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.replan import replan, stand
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.result import Plan
from orebook.plan.solve import Solver
from orebook.process.network import network
from orebook.simulate.plant import true_month
from tests.evaluate.months import closed_month
from tests.plan.toys import known, toy, toys, works

__all__ = ["toys"]
MONTH = "2026-01"
DELTAS = """\
[[units.recipe.deltas]]
port = "alumina"
on = "setting:heat"
reference = "145 degC"
change = "0.0004 t/t"
per = "1 degC"

[[units.recipe.deltas]]
port = "gas"
on = "setting:heat"
reference = "145 degC"
change = "0.006 GJ/t"
per = "1 degC"

[[stores]]
"""


@pytest.fixture
def freed(tmp_path: Path) -> Path:
    """Return the starter book whose refinery may choose its temperature."""
    folder = tmp_path / "book"
    new_book(folder)
    site = folder / "sites" / "refinery.toml"
    text = site.read_text("utf-8")
    text = text.replace(
        'cost = "95 CNY/t"\n',
        'cost = "95 CNY/t"\nfree = { heat = { low = "138 degC" } }\n',
    )
    text = text.replace(
        "[units.recipe]\n",
        '[units.recipe]\nsettings.heat = { unit = "degC", default = "145 degC", '
        'low = "135 degC", high = "155 degC" }\n',
    )
    site.write_text(text.replace("[[stores]]\n", DELTAS, 1), "utf-8")
    return folder


@pytest.fixture
def book(freed: Path) -> Iterator[Book]:
    """Return the book, open."""
    with open_book(freed) as opened:
        yield opened


def test_the_book_s_plan_chooses_and_says_so(book: Book) -> None:
    """Alumina is worth more than the gas it takes: hot, up to the end of the range."""
    plan = book.plan(MONTH, periods=3)
    assert plan.operating is not None
    row = plan.operating.settings[0]
    assert (row.unit, row.setting, row.low, row.book) == (
        "refining",
        "heat",
        138.0,
        145.0,
    )
    assert row.chosen.tolist() == [155.0] * 3
    assert row.gain > 0.0
    assert "refining heat: 145 -> 155 degC, worth" in plan.summary()
    told = plan.to_dict()["operating"]
    assert isinstance(told, dict)
    assert told["agrees"] is True
    assert len(told["settings"]) == 3
    assert plan.margin > plan.operating.start_margin


def test_the_command_shows_settings_in_both_languages(freed: Path) -> None:
    """Text in two languages, JSON with stable names; nothing is released."""
    run = CliRunner()
    for lang, word in (("en", "at its high end"), ("zh", "在上限")):
        done = run.invoke(
            main, ["settings", str(freed), MONTH, "--periods", "2", "--lang", lang]
        )
        assert done.exit_code == 0, done.output
        assert word in done.stdout
    done = run.invoke(main, ["settings", str(freed), MONTH, "--from-ends", "--json",
                             "--periods", "2", "--unit", "refining"])  # fmt: skip
    data = json.loads(done.stdout)
    assert set(data["operating"]["reached_cny"]) == {"book", "low", "high"}
    assert {r["place"] for r in data["operating"]["settings"]} == {"high"}
    assert len(data["meanings"]) == 2
    done = run.invoke(main, ["settings", str(freed), MONTH, "--unit", "refinin"])
    assert done.exit_code == 1
    assert "did you mean 'refining'" in done.output
    with open_book(freed) as opened:
        assert opened.store.records.documents("plan", MONTH) == ()


def test_a_book_without_free_settings_is_told_how(tmp_path: Path) -> None:
    """The command says what to write."""
    new_book(tmp_path / "plain")
    done = CliRunner().invoke(
        main, ["settings", str(tmp_path / "plain"), MONTH, "--lang", "en"]
    )
    assert done.exit_code == 0
    assert "add free = { SETTING = {} }" in done.stdout


def test_a_mistake_in_free_is_named_with_its_line(freed: Path) -> None:
    """A setting the kind lacks is refused with file, line and the nearest name."""
    site = freed / "sites" / "refinery.toml"
    site.write_text(
        site.read_text("utf-8").replace("free = { heat", "free = { heet"), "utf-8"
    )
    done = CliRunner().invoke(main, ["check", str(freed)])
    assert done.exit_code == 1
    assert "refinery.toml:" in done.output
    assert "did you mean 'heat'" in done.output


@pytest.mark.slow
def test_a_whole_month_runs_and_is_reported(book: Book) -> None:
    """Simulate, run and report; the chapter stands in both languages."""
    book.simulate(MONTH, seed=5)
    result = book.run(MONTH, periods=3)
    assert result.plan.operating is not None
    page, _ = book.report(MONTH)
    text = page.read_text("utf-8")
    assert "设定选择" in text
    assert "How the units are run" in text
    assert "indifference on the margin" in text


# -- the settings of the month stand everywhere after the plan ----------------------


def planned() -> Plan:
    """Return a plan of a toy whose best setting is far from the book's."""
    law = {"yield": 0.8, "k": 0.02, "best": 9.0, "steam": 0.1}
    net = works(toy("a", "quadratic", law, cost="3 CNY/t"))
    return make_plan(net, known(net, 2))


@pytest.mark.usefixtures("toys")
def test_a_plant_run_as_planned_has_no_efficiency_variance() -> None:
    """Actual flows are the physics at the planned settings, at other duties."""
    plan = planned()
    net, month = plan.network_of(0), plan.month(0)
    duty = {"ore": 0.9 * month.duties["a:ore"]}
    flows = fair_flows(net, "a", duty, {})
    amounts = dict(month.amounts)
    for s in net.of("a"):
        amounts[s.id] = s.sign * flows[s.port]
    for name in ("ore", "steam"):
        amounts[f"buy:{name}"] = amounts[f"a.{name}"]
    amounts["sell:metal:metal"] = amounts["a.metal"]
    actual = replace(month, amounts=amounts, duties={"a:ore": duty["ore"]})
    found = variance(net, plan.prices_of(), plan=month, actual=actual, fed={})
    assert found.total().effects["efficiency"] == pytest.approx(0.0, abs=1e-6)
    assert found.total().effects["volume"] != pytest.approx(0.0, abs=1.0)
    at_book = variance(
        plan.network, plan.prices_of(), plan=month, actual=actual, fed={}
    )
    assert abs(at_book.total().effects["efficiency"]) > 100.0


@pytest.mark.usefixtures("toys")
def test_the_ledger_estimates_at_the_planned_settings() -> None:
    """Only ore is read: what metal it made is told by the physics at the plan's x."""
    plan = planned()
    net, month = plan.network, plan.month(0)
    ore = 0.95 * month.amounts["a.ore"]
    reading = Reading("M1", "a.ore", ore, 0.001 * ore, "t")
    closed = close_month(net, _measured(plan, reading), plan=plan)
    told = closed.figures["a.metal"].value / closed.figures["a.ore"].value
    planned_yield = month.amounts["a.metal"] / month.amounts["a.ore"]
    assert told == pytest.approx(planned_yield, rel=1e-3)


def _measured(plan: Plan, *readings: Reading) -> Measured:
    return Measured(period=plan.periods[0], readings=readings)


@pytest.mark.usefixtures("toys")
def test_the_simulated_month_is_run_at_the_planned_settings() -> None:
    """The true yield lies near the planned one, not near the book's."""
    plan = planned()
    true = true_month(plan.network, plan, plan.periods[0], seed=3)
    month = plan.month(0)
    made = true.amounts["a.metal"] / true.amounts["a.ore"]
    assert made == pytest.approx(
        month.amounts["a.metal"] / month.amounts["a.ore"], rel=0.05
    )
    x = plan.network.processes["a"].settings[0].default
    assert abs(made - (0.8 - 0.02 * (x - 9.0) ** 2)) > 0.1


@pytest.mark.usefixtures("toys")
def test_hindsight_chooses_anew_and_follows_as_planned() -> None:
    """Steam was dearer than planned: the optimum turns x down, following does not."""
    plan = planned()
    month = plan.month(0)
    market = {**month.market, "buy:steam": 3.0 * month.market["buy:steam"]}
    closed = closed_month(plan, replace(month, market=market))
    found = hindsight(plan, closed)
    law = {"yield": 0.8, "k": 0.02, "best": 9.0, "steam": 0.1}
    net = works(toy("a", "quadratic", law, cost="3 CNY/t"))
    best = make_plan(net, known(net, 1, buy_steam=[30.0]))
    assert found.market == pytest.approx(best.margin - month_margin(plan), rel=1e-6)
    lost = best.margin - month_margin(plan, steam=30.0)
    assert found.not_replanned == pytest.approx(-lost, rel=1e-6)


def month_margin(plan: Plan, steam: float = 10.0) -> float:
    """Return the margin of the first month at another price of steam [CNY]."""
    a = plan.month(0).amounts
    return 200 * a["a.metal"] - 23 * a["a.ore"] - steam * a["a.steam"]


# -- re-plan -----------------------------------------------------------------------


@pytest.mark.usefixtures("toys")
def test_a_replan_chooses_the_settings_anew() -> None:
    """Dearer steam: margin and settings are those of a plan made from scratch."""
    law = {"yield": 0.8, "k": 0.02, "best": 6.0, "steam": 0.1}
    net = works(toy("a", "quadratic", law), toy("b", "curved", {
        "yield": 0.9, "steam": 0.1, "bend": 0.1, "idle": 3.0}, free={}))  # fmt: skip
    before = stand(net, known(net, 3))
    made = replan(before, Changes(prices=(NewPrice("buy:steam", 25.0),)))
    scratch = make_plan(net, known(net, 3, buy_steam=[25.0]))
    assert made.plan.margin == pytest.approx(scratch.margin, rel=1e-7)
    assert made.plan.operating is not None
    assert scratch.operating is not None
    np.testing.assert_allclose(
        made.plan.operating.settings[0].chosen,
        scratch.operating.settings[0].chosen,
        atol=5e-3,
    )
    rolled = replan(before, Changes(roll=1)).plan
    assert rolled.assembly.conditions.setting["a"]["x"].shape == (3,)
    assert rolled.operating is not None
    assert rolled.operating.agrees


@pytest.mark.usefixtures("toys")
def test_an_outage_leaves_the_base_load_where_it_stands() -> None:
    """Half the capacity of a curved unit: the write is what a fresh assembly has."""
    from datetime import date

    from orebook.chain.plant import Outage
    from orebook.plan.replan_writes import changed_assembly

    net = works(toy("a", "curved", {"yield": 0.9, "steam": 0.01, "bend": 0.001,
                                    "idle": 1.0}, free={}, minimum="30 %"))  # fmt: skip
    plan = stand(net, known(net, 2))
    out = Outage(unit="a", first=date(2026, 5, 1), last=date(2026, 5, 10), share=0.5)
    made = changed_assembly(plan, Changes(outages=(out,)))
    fresh = assemble(net, made.conditions)
    for name in ("row_lower", "row_upper", "lower", "upper"):
        ours, theirs = getattr(made.problem, name), getattr(fresh.problem, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_the_example_with_six_free_settings_is_quick() -> None:
    """Real size: twelve months, two potlines, two circuits, a recipe; physics exact."""
    from benchmarks.operate import EXAMPLE, freed
    from orebook.chain.read import read_book

    chain = freed(read_book(EXAMPLE))
    net = network(chain)
    held = conditions(chain, horizon(period("2026-05"), 12), known_until="2026-04")
    plan = make_plan(net, held)
    assert plan.operating is not None
    assert plan.operating.status == "converged"
    assert plan.operating.agrees
    assert len(plan.operating.moved) == 6
    assert all(c.gain > 0.0 for c in plan.operating.moved)
    again = assemble(net, plan.assembly.conditions)
    assert -Solver(again.problem).optimal().objective == pytest.approx(plan.margin)
    assert sum(plan.seconds.values()) < 30.0
