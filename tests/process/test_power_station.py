"""Power station: what the book says of it, its circuit, its part load, its coals.

Conservation, broadcasting, linearity and slopes are in the conformance test.
"""

from __future__ import annotations

import numpy as np
import pytest

from orebook.chain.chain import Chain
from orebook.errors import InputError
from orebook.process.contract import Array, Case, Outcome, Process
from orebook.process.power.allocation import joint
from orebook.process.power.circuit import circuit, states
from orebook.process.power.turbine import willans_power
from orebook.process.properties.steam import enthalpy, saturated_enthalpy
from orebook.process.registry import bind, kind
from orebook.quantity import parse

DUTY = {
    "coal": 80.0, "slack": 40.0, "extraction": 200.0, "back_pressure": 300.0,
    "condensing": 150.0, "reducing_medium": 10.0, "reducing_low": 5.0, "running": 4.0,
}  # fmt: skip


def changed(**fields: object) -> Chain:
    """Return the example chain with its unit changed."""
    chain = kind("power_station").example()
    if "settings" in fields:
        given = fields["settings"]
        fields["settings"] = {k: parse(v) for k, v in given.items()}  # type: ignore[attr-defined]
    return chain.model_copy(
        update={"units": (chain.units[0].model_copy(update=fields),)}
    )


def bound(**fields: object) -> Process:
    """Return the process of the example's unit, changed."""
    chain = changed(**fields)
    return bind(chain.units[0], chain)


def run(process: Process, duty: dict[str, float] = DUTY, **setting: float) -> Outcome:
    """Return the outcome of a duty, those not offered left out."""
    names = {d.name for d in process.duties}
    given: dict[str, Array] = {k: np.asarray(v) for k, v in duty.items() if k in names}
    return process.run(Case(given, {}, {k: np.asarray(v) for k, v in setting.items()}))


def defaults(process: Process, **setting: float) -> dict[str, Array]:
    """Return the settings of a process as single values."""
    found = {s.name: np.asarray(s.default) for s in process.settings}
    return found | {k: np.asarray(v) for k, v in setting.items()}


def test_work_of_the_published_plant_through_the_station() -> None:
    """Its three sections give 121.632 MW, bleeds for feed water apart (case 14)."""
    process = bound(
        settings={
            "live_pressure": "9.81 MPa", "medium_pressure": "6.3 MPa",
            "heater_pressure": "2 MPa", "condensing_efficiency": "85 %",
            "wetness_loss": "0 %",
        },
        recipe={},
    )  # fmt: skip
    duty = {"extraction": 250.0, "back_pressure": 400.0, "condensing": 150.0}
    s = defaults(process)
    at = states(s)
    found = circuit(
        {k: np.asarray(v) for k, v in duty.items()}, at, s,
        idle=np.zeros(()), idle_to_condenser=True,
    )  # fmt: skip
    bled = found.heater * (at.live.enthalpy - at.heater_exit.enthalpy)
    bled = bled + found.deaerator * (at.live.enthalpy - at.low_exit.enthalpy)
    mw = (found.shaft - bled) * 0.985**2 / 3.6
    assert mw == pytest.approx(121.632, abs=5e-4)
    gross = run(process, duty).loads["generator"]
    assert gross == pytest.approx(float(found.shaft) * 0.985**2 / 3.6)


def test_water_and_heat_of_the_circuit_close() -> None:
    """Written out anew: every tonne into deaerator and boiler comes from somewhere."""
    process = bound()
    s = defaults(process)
    at = states(s)
    duty = {k: np.asarray(v) for k, v in DUTY.items()}
    c = circuit(duty, at, s, idle=np.asarray(60.0), idle_to_condenser=True)
    condensed = DUTY["condensing"] + 60.0
    to_users = 200.0 + 300.0 + 10.0 + 5.0
    spray = c.medium + c.low - to_users
    feed = c.used + c.blowdown
    assert spray > 0.0
    bleeds = c.heater + c.deaerator
    assert condensed + c.returned + c.make_up + bleeds == pytest.approx(
        float(feed + spray), rel=1e-12
    )
    into = (
        condensed * at.condensed.enthalpy + c.returned * at.returned.enthalpy
        + c.make_up * at.make_up.enthalpy + c.deaerator * at.low_exit.enthalpy
        + c.heater * at.heater_exit.enthalpy
    )  # fmt: skip
    out = feed * at.feed_water.enthalpy + spray * at.deaerated.enthalpy
    assert into == pytest.approx(float(out), rel=1e-12)
    assert c.used == pytest.approx(to_users + condensed + float(bleeds), rel=1e-12)


def test_states_are_those_of_the_steam_tables() -> None:
    """Levels of the book by IF97: live steam, boiling drum, 300 degC at 6 MPa."""
    at = states(defaults(bound()))
    assert 1e3 * at.live.enthalpy == pytest.approx(float(enthalpy(9.8, 813.15)))
    assert 1e3 * at.medium.enthalpy == pytest.approx(float(enthalpy(6.0, 573.15)))
    drum = saturated_enthalpy(9.8, "water")
    assert 1e3 * at.blowdown.enthalpy == pytest.approx(float(drum))
    assert at.low.enthalpy == at.low_exit.enthalpy
    dead = states(defaults(bound(), make_up_temperature=25.0)).make_up
    assert abs(float(dead.exergy)) < 1e-3


def test_one_value_kept_is_the_same_as_many() -> None:
    """States kept for single settings equal those of an array."""
    s = defaults(bound())
    many = states({**s, "low_pressure": np.array([0.6, 0.61])})
    assert states(s).low.enthalpy == pytest.approx(float(many.low.enthalpy[0]))


def test_efficiency_follows_from_flue_gas_air_and_ash() -> None:
    """Of a blend it is the mean by heat; with a response it has its best inside."""
    process = bound()
    one, other = (
        float(run(process, {c: 10.0}).indicators["boiler_efficiency"])
        for c in ("coal", "slack")
    )
    assert one > other > 0.88
    heat = np.array([80.0 * 21.5, 40.0 * 16.2])
    mean = float(heat @ [one, other] / heat.sum())
    assert run(process).indicators["boiler_efficiency"] == pytest.approx(mean)
    oxygen = np.linspace(0.025, 0.10, 76)
    found = process.run(
        Case({"coal": np.full(76, 10.0)}, {},
             {"oxygen": oxygen, "carbon_response": np.full(76, 0.3)})
    )  # fmt: skip
    best = oxygen[np.argmax(found.indicators["boiler_efficiency"])]
    assert 0.03 < best < 0.09
    plain = process.run(Case({"coal": np.full(76, 10.0)}, {}, {"oxygen": oxygen}))
    assert np.argmax(plain.indicators["boiler_efficiency"]) == 0


def test_indicators_by_definition() -> None:
    """Coal rates, own power and ratios from flows alone; energy method throughout."""
    process = bound()
    o = run(process)
    coal = (80.0 * 21.5 + 40.0 * 16.2) / 29.3076  # tce
    zero = float(enthalpy(0.5, 293.15))
    levels = {
        "medium_steam": float(enthalpy(6.0, 573.15)),
        "low_steam": 1e3 * float(states(defaults(process)).low.enthalpy),
        "condensate": float(enthalpy(0.5, 358.15)),
    }
    heat = sum(float(o.flows[p]) * (h - zero) for p, h in levels.items()) / 1e3
    of = joint(o, ["coal", "slack"])
    assert of is not None
    assert of.heat == pytest.approx(heat)
    share = heat / float(of.boiler_heat)
    found, net = o.indicators, float(o.flows["power"])
    assert found["gross_coal_rate"] == pytest.approx(
        1e3 * coal * (1 - share) / float(o.loads["generator"])
    )
    assert found["supply_coal_rate"] == pytest.approx(
        float(found["gross_coal_rate"]) / (1 - 0.075)
    )
    assert found["heat_coal_rate"] == pytest.approx(1e3 * coal * share / heat)
    # Floor of the energy method: 34.12 over boiler efficiency.
    floor = 34.1208 / float(found["boiler_efficiency"])
    assert found["heat_coal_rate"] == pytest.approx(floor, rel=1e-5)
    assert found["auxiliary_power_rate"] == pytest.approx(0.075)
    assert found["heat_power_ratio"] == pytest.approx(heat / (3.6 * net))
    assert found["overall_efficiency"] == pytest.approx(
        (heat + 3.6 * net) / (coal * 29.3076)
    )
    idle = process.run(Case({}))
    assert all(np.all(np.isfinite(v)) for v in idle.indicators.values())


def test_spray_takes_no_drop_from_steam() -> None:
    """By enthalpy drop a tonne counts as it leaves the turbine, sprayed or not."""
    duty = {"coal": 100.0, "extraction": 200.0, "reducing_low": 10.0}
    sprayed, dry = (
        joint(run(p, duty), ["coal"]) for p in (bound(), bound(settings={}))
    )
    assert sprayed is not None
    assert dry is not None
    at = states(defaults(bound()))
    exhaust = at.condenser_exit.enthalpy
    expected = 200.0 * (at.medium_exit.enthalpy - exhaust)
    expected = expected + 10.0 * (at.live.enthalpy - exhaust)
    assert sprayed.drop_to_users == pytest.approx(float(expected))
    assert dry.drop_to_users == pytest.approx(float(expected))


def test_no_load_steam_is_willans_line() -> None:
    """A running hour takes 7 % of 220 t/h without work; the rest is in proportion."""
    process = bound()
    stand = run(process, {"condensing": 100.0})
    turning = run(process, {"condensing": 100.0, "running": 1.0})
    assert turning.loads["generator"] > stand.loads["generator"]  # bleeds of it
    idle = circuit(
        {"condensing": np.asarray(100.0)}, states(defaults(process)),
        defaults(process), idle=np.asarray(0.07 * 220.0), idle_to_condenser=True,
    )  # fmt: skip
    assert -turning.flows["live_steam_used"] == pytest.approx(float(idle.used))
    extra = float(stand.flows["live_steam_used"] - turning.flows["live_steam_used"])
    assert extra > 15.4
    relation = {r.name: r.weights for r in process.relations}
    assert relation["full_flow"]["running"] == -220.0
    assert relation["least_flow"]["running"] == pytest.approx(66.0)
    assert relation["full_flow"]["condensing"] == 1.0
    assert "reducing_low" not in relation["full_flow"]


def test_part_load_is_willans_line() -> None:
    """Power over steam of one machine: straight, its zero at the no-load steam."""
    process = bound(
        recipe={"heater": False, "machine": {"flow": "200 t/h", "no_load": "8 %"}}
    )
    at, s = states(defaults(process)), defaults(process)
    steam = np.array([16.0, 60.0, 120.0, 200.0])
    found = circuit(
        {"condensing": steam - 16.0}, at, s,
        idle=np.full(4, 16.0), idle_to_condenser=True,
    )  # fmt: skip
    bled = found.deaerator * (at.live.enthalpy - at.low_exit.enthalpy)
    drive = 0.985**2
    made = (found.shaft - bled) * drive / 3.6
    drop = float(at.live.enthalpy - at.condenser_exit.enthalpy)
    line = willans_power(steam, no_load_steam=16.0, steam_rate=3.6 / drop / drive)
    np.testing.assert_allclose(made, line, rtol=1e-12, atol=1e-12)
    per_mwh = steam[1:] / made[1:]
    assert np.all(np.diff(per_mwh) < 0.0)  # the fuller, the less steam per power


@pytest.mark.parametrize(
    ("setting", "change", "published", "within"),
    [
        ("condenser_pressure", 0.001, 2.75, 0.25),
        ("flue_gas_temperature", 10.0, 1.7, 0.1),
        ("oxygen", 0.01, 1.1, 0.05),
        ("carbon_in_fly_ash", 0.01, 1.2, 0.3),
    ],
)
def test_deviations_of_the_coal_rate(
    setting: str, change: float, published: float, within: float
) -> None:
    """Heat-rate deviations of a condensing station at 300 g/kWh (section 13).

    Stated there without source. Those of live steam (+0.9 per -10 K) and feed water
    (+0.9 per -10 K) belong to large sets with reheat and eight heaters and are not
    those of a captive set with one: not compared.
    """
    process = bound(recipe={})

    def rate(**own: float) -> float:
        o = run(process, {"coal": 100.0, "condensing": 300.0}, **own)
        steam = -float(o.flows["live_steam_used"]) / float(o.flows["live_steam"])
        return steam * 100.0 * 21.5 / float(o.flows["power"])

    usual = {x.name: x.default for x in process.settings}[setting]
    found = rate(**{setting: usual + change}) / rate() - 1.0
    assert 300.0 * found == pytest.approx(published, abs=within)


def test_without_condenser_no_load_steam_reaches_the_users() -> None:
    """A back-pressure machine loses power at part load, not steam."""
    machine = {"flow": "220 t/h", "no_load": "10 %"}
    process = bound(recipe={"condenser": False, "machine": machine})
    assert "condensing" not in {d.name for d in process.duties}
    stand = run(process, {"back_pressure": 100.0})
    turning = run(process, {"back_pressure": 100.0, "running": 1.0})
    low = float(turning.flows["low_steam"] - stand.flows["low_steam"])
    assert low > 22.0  # desuperheated, hence more


def test_carbon_and_sulphur_by_hand() -> None:
    """CO2 from the carbon that burns, stated or by heat; SO2 after removal."""
    process = bound()
    ash = 0.85 * 0.04 / 0.96 + 0.15 * 0.02 / 0.98
    one = run(process, {"coal": 100.0})
    assert one.flows["co2"] == pytest.approx((56.0 - 22.0 * ash) * 44.0095 / 12.0107)
    assert one.flows["ash"] == pytest.approx(22.0 * (1.0 + ash))
    assert one.flows["so2"] == pytest.approx(0.7 * 0.9 * 0.02 * 64.064 / 32.065)
    other = run(process, {"slack": 100.0})
    carbon = 100.0 * 16.2 * 0.02618
    assert other.flows["co2"] == pytest.approx(
        (carbon - 34.0 * ash) * 44.0095 / 12.0107
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"settings": {"low_temperature": "240 degC"}}, "hotter than steam leaves"),
        ({"settings": {"medium_temperature": "270 degC"}}, "not above boiling"),
    ],
)
def test_steam_that_cannot_be_delivered(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(bound(**fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"feed": []}, "at least one coal"),
        ({"feed": ["water"]}, "at least one coal"),
        ({"ports": {"power": "power"}}, "live_steam"),
        ({"settings": {"live_pressure": "6.5 MPa"}}, "medium_pressure = 6 MPa is too"),
        ({"settings": {"live_pressure": "25 MPa"}}, "lies outside 3..16 MPa"),
        ({"recipe": {"machine": {"flow": "0 t/h"}}}, "above 0"),
        ({"recipe": {"boilers": 3}}, "recipe.boilers"),
    ],
)
def test_a_wrong_entry_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        bound(**fields)


def test_a_coal_without_ash_is_refused() -> None:
    chain = changed()
    bare = tuple(
        m.model_copy(update={"assay": {}}) if m.id == "slack" else m
        for m in chain.materials
    )
    with pytest.raises(InputError, match="coal 'slack' states no Ash"):
        bind(chain.units[0], chain.model_copy(update={"materials": bare}))


def test_a_coal_of_more_than_all_is_refused() -> None:
    chain = changed()
    heavy = tuple(
        m.model_copy(update={"assay": {"Ash": 0.6, "C": 0.56}}) if m.id == "coal" else m
        for m in chain.materials
    )
    with pytest.raises(InputError, match=r"coal 'coal': .* sums to 116 %"):
        bind(chain.units[0], chain.model_copy(update={"materials": heavy}))


def test_a_station_without_a_medium_level_may_be_of_medium_pressure() -> None:
    """3.43 MPa, 435 degC: no setting of a level it has not, half the work per tonne."""
    ports = {"live_steam": "live", "low_steam": "low", "power": "power"}
    settings = {"live_pressure": "3.43 MPa", "live_temperature": "435 degC"}
    small = bound(ports=ports, settings=settings)
    assert "medium_pressure" not in {s.name for s in small.settings}
    assert "extraction" not in {d.name for d in small.duties}
    large = bound(ports=ports, settings={})
    duty = {"back_pressure": 100.0}
    worked = [float(run(p, duty).flows["power"]) for p in (small, large)]
    assert 0.5 < worked[0] / worked[1] < 0.75
    with pytest.raises(InputError, match="no setting 'medium_temperature'"):
        bound(ports=ports, settings={"medium_temperature": "300 degC"})


def test_without_a_heater_feed_water_is_that_of_the_deaerator() -> None:
    """``heater = false``: nothing bled for it, colder feed water, more coal."""
    bare, full = bound(recipe={"heater": False}), bound(recipe={})
    assert not any(s.name.startswith("heater_") for s in bare.settings)
    at = states(defaults(bare))
    assert at.feed_water == at.deaerated
    duty = {"coal": 100.0, "condensing": 100.0}
    one, other = run(bare, duty), run(full, duty)
    assert one.flows["live_steam"] < other.flows["live_steam"]
    assert one.flows["live_steam_used"] > other.flows["live_steam_used"]


def test_ten_thousand_random_stations_conserve_everything() -> None:
    """Seeded settings over their ranges, duties and coals: one call, all close."""
    process, count = bound(), 10_000
    rng = np.random.default_rng(20260524)
    setting = {s.name: rng.uniform(s.low, s.high, count) for s in process.settings}
    duty = {d.name: rng.uniform(0.0, 1e4, count) for d in process.duties}
    coals = {
        c: {
            "energy": rng.uniform(12.0, 28.0, count),
            "Ash": rng.uniform(0.05, 0.4, count),
            "S": rng.uniform(0.0, 0.03, count),
            "C": rng.uniform(0.35, 0.7, count),
        }
        for c in ("coal", "slack")
    }  # fmt: skip
    o = process.run(Case(duty, coals, setting))
    signs = {p.name: p.sign for p in process.ports}
    for part in process.conserves:
        amounts = [f * o.content.get(p, {}).get(part, 0.0) for p, f in o.flows.items()]
        net, gross = np.abs(sum(amounts)), sum(map(np.abs, amounts))
        assert np.max(net / gross) < 1e-10, part
    assert all(np.all(np.isfinite(f)) for f in o.flows.values())
    assert all(np.all(f * signs[p] >= 0.0) for p, f in o.flows.items())
    efficiency = o.indicators["boiler_efficiency"]
    assert 0.5 < efficiency.min() < efficiency.max() < 0.98
    at = states(setting)
    assert np.all(at.live.exergy > at.low.exergy)
    assert np.all(at.live.enthalpy - at.condenser_exit.enthalpy > 0.5)
