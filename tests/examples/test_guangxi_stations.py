"""The three stations of the example: physics, blend, part load, grid, six splits."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.read import read_book
from orebook.cli import main
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.power_view import power_view
from orebook.plan.result import Plan
from orebook.process.check import check_units
from orebook.process.contract import Case, Outcome
from orebook.process.network import network
from orebook.process.power.allocation import METHODS
from orebook.process.power.circuit import states
from orebook.process.properties.steam import enthalpy
from orebook.quantity import parse
from tests.process.test_power_station import defaults

BOOK = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
STATIONS = ("mr-chp", "pr-chp", "sc-chp")
LEVELS = {
    "steam-live": (9.8, 540.0),
    "steam-mp": (6.0, 300.0),
    "steam-lp": (0.6, 180.0),
}


@cache
def book() -> Chain:
    return read_book(BOOK, check=check_units)


def planned(chain: Chain, months: int = 12) -> Plan:
    known = conditions(chain, horizon(period("2026-05"), months), known_until="2026-04")
    return make_plan(network(chain), known)


@cache
def plan() -> Plan:
    return planned(book())


def outcome(unit: str) -> Outcome:
    """Return what a station does in the plan, a value per month."""
    process = plan().network.processes[unit]
    return process.run(Case(dict(plan().duties[unit])))


def amount(stream: str, of: Plan) -> np.ndarray:
    return np.asarray(of.amounts[of.network.position[stream]])


def changed(section: str, entry: str, **fields: object) -> Chain:
    """Return the book with one entry of a section changed."""
    entries = tuple(
        e.model_copy(update=fields) if e.id == entry else e
        for e in getattr(book(), section)
    )
    return book().model_copy(update={section: entries})


def test_all_stations_are_physical() -> None:
    assert {u.id for u in book().units if u.kind == "power_station"} == set(STATIONS)
    assert not [u.id for u in book().units if u.kind == "heat_and_power"]


@pytest.mark.parametrize("material", LEVELS)
def test_the_heat_of_steam_is_that_of_its_gauges(material: str) -> None:
    """IF97 at pressure and temperature of the stations, over water at 20 degC."""
    pressure, celsius = LEVELS[material]
    expected = float(enthalpy(pressure, celsius + 273.15) - enthalpy(0.5, 293.15))
    assert 1e3 * book().material[material].heat_gj == pytest.approx(expected, abs=0.06)
    name = {"steam-live": "live", "steam-mp": "medium", "steam-lp": "low"}[material]
    for unit in STATIONS:
        at = states(defaults(plan().network.processes[unit]))
        state = getattr(at, name).enthalpy - at.make_up.enthalpy
        assert 1e3 * float(state) == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("unit", STATIONS)
def test_energy_water_and_elements_of_the_planned_year_close(unit: str) -> None:
    """Energy to 1e-6; water, carbon, sulphur and ash to 1e-9, month by month."""
    process, made = plan().network.processes[unit], outcome(unit)
    assert set(process.conserves) == {"energy", "water", "C", "S", "Ash"}
    for part in process.conserves:
        amounts = [
            flow * made.content.get(port, {}).get(part, 0.0)
            for port, flow in made.flows.items()
        ]
        net, gross = np.abs(sum(amounts)), sum(map(np.abs, amounts))
        assert np.all(gross > 0.0)
        assert np.max(net / gross) < (1e-6 if part == "energy" else 1e-9), part


@pytest.mark.parametrize("unit", STATIONS)
def test_streams_of_the_plan_are_those_of_the_physics(unit: str) -> None:
    """Every bound port, every month: the plan is exact, not an approximation."""
    made = outcome(unit)
    for s in plan().network.of(unit):
        np.testing.assert_allclose(
            s.sign * amount(s.id, plan()), made.flows[s.port], rtol=1e-9, atol=1e-6
        )
    assert {"make_up", "so2"} <= {s.port for s in plan().network.of(unit)}


@pytest.mark.parametrize("unit", STATIONS)
def test_steam_goes_through_the_turbine(unit: str) -> None:
    """All machines on the line, nothing let down past them in any month."""
    duty = plan().duties[unit]
    for name in ("reducing_medium", "reducing_low"):
        assert np.max(duty[name]) < 1e-6, name
    hours = np.array([p.hours for p in plan().periods])
    count = {"mr-chp": 2, "pr-chp": 3, "sc-chp": 2}[unit]
    np.testing.assert_allclose(duty["running"], 0.93 * count * hours)


def test_let_down_is_what_a_narrow_carbon_cap_makes() -> None:
    """With a cap 3 % below its emission the port refinery's station throttles.

    The circuit needs its steam whatever the cap; the plan burns less, lets steam down
    beside the turbines and buys power.
    """
    made = planned(changed("limits", "pr-co2-cap", max=parse("1.10 Mt/a")), months=1)
    assert made.duties["pr-chp"]["reducing_low"][0] > 1e4
    assert amount("buy:pr-grid", made)[0] > amount("buy:pr-grid", plan())[0]


@pytest.mark.parametrize("unit", ["mr-chp", "pr-chp"])
def test_the_blend_of_coals_keeps_its_limits(unit: str) -> None:
    """Sulphur binds in every month; heating value and ash keep their distance."""
    limits = {x.of: x for x in book().unit[unit].feed_limits}
    coals = ("coal-domestic", "coal-import")
    burnt = np.array([plan().duties[unit][c] for c in coals])

    def of(name: str) -> np.ndarray:
        values = [book().material[c].assay[name] for c in coals]
        return np.asarray(np.array(values) @ burnt / burnt.sum(axis=0))

    most = limits["S"].bound("max")
    assert most is not None
    np.testing.assert_allclose(of("S"), most, rtol=1e-9)
    assert np.all(of("Ash") < limits["Ash"].bound("max"))
    heat = [book().material[c].heat_gj for c in coals]
    assert np.all(np.array(heat) @ burnt / burnt.sum(axis=0) > 19.8)


def test_a_heating_value_the_boilers_need_changes_the_blend() -> None:
    """At least 21 GJ/t at the mine refinery takes 46 % imported coal, not 30 %."""
    limits = [
        x.model_copy(update={"min": parse("21 GJ/t")}) if x.of == "energy" else x
        for x in book().unit["mr-chp"].feed_limits
    ]
    made = planned(changed("units", "mr-chp", feed_limits=limits), months=1)
    duty = made.duties["mr-chp"]
    share = duty["coal-import"] / (duty["coal-import"] + duty["coal-domestic"])
    assert share[0] == pytest.approx((21.0 - 19.26) / (23.03 - 19.26), rel=1e-6)


def test_exchange_with_the_grid_keeps_its_limits() -> None:
    """Less from the grid: condensing power; a good price for power: up to the most."""
    usual = planned(book(), months=1)
    assert usual.duties["mr-chp"]["condensing"][0] == pytest.approx(0.0, abs=1e-6)
    made = planned(changed("purchases", "mr-grid", max=parse("5 MW")), months=1)
    assert amount("buy:mr-grid", made)[0] == pytest.approx(5.0 * 744.0)
    assert made.duties["mr-chp"]["condensing"][0] > 1e3
    dear = changed("sales", "mr-grid-sale", premium=parse("400 CNY/MWh"))
    sold = amount("sell:mr-grid-sale:power", planned(dear, months=1))[0]
    assert sold == pytest.approx(20.0 * 744.0)


def test_six_splits_stand_side_by_side() -> None:
    """Each station, each month: six methods, the same coal, sensible coal rates."""
    rows = power_view(plan()).allocation
    assert len(rows) == 6 * 3 * 12
    for unit in STATIONS:
        own = [r for r in rows if r.unit == unit and r.period == "2026-05"]
        assert tuple(r.method for r in own) == METHODS
        by = {r.method: r for r in own}
        assert by["energy"].heat_share == max(r.heat_share for r in own)
        assert by["enthalpy_drop"].heat_share == min(r.heat_share for r in own)
        assert 35.0 < by["energy"].heat_kgce_per_gj < 39.0  # kgce/GJ
        assert 190.0 < by["energy"].gross_g_per_kwh < 230.0  # g/kWh
        assert 300.0 < by["internal_price"].gross_g_per_kwh < 360.0
        made = outcome(unit)
        gross = float(made.loads["generator"][0])
        for r in own:
            told = r.heat_kgce_per_gj * r.heat_gj + r.gross_g_per_kwh * gross
            assert told == pytest.approx(1000.0 * r.fuel_tce, rel=1e-9), r.method
        assert by["energy"].heat_kgce_per_gj == pytest.approx(
            float(made.indicators["heat_coal_rate"][0])
        )


@pytest.mark.parametrize("unit", STATIONS)
def test_indicators_are_those_of_a_captive_station(unit: str) -> None:
    """Efficiencies and own power within what such stations report."""
    found = {k: float(v[0]) for k, v in outcome(unit).indicators.items() if v.ndim}
    assert 0.905 < found["boiler_efficiency"] < 0.94
    assert 0.80 < found["overall_efficiency"] < 0.88
    assert 4.0 < found["heat_power_ratio"] < 8.0


def test_the_page_of_the_docs_quotes_what_is_said() -> None:
    """The splits quoted in docs/power.md, line by line."""
    page = (BOOK.parents[1] / "docs" / "power.md").read_text("utf-8")
    quoted = page.split("```console\n")[1].split("```")[0].splitlines()
    done = CliRunner().invoke(main, quoted[0].split()[2:])
    assert done.exit_code == 0, done.output
    assert len(quoted) == 7
    assert [q for q in quoted[1:] if q not in done.stdout.splitlines()] == []
