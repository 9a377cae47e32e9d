"""Closing a month: figures that balance, with their doubt, and lies found out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.calendar import period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Outage, Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.errors import DataQualityError, InputError
from orebook.ledger.close import close_month, lost_share
from orebook.ledger.month import ClosedMonth
from orebook.ledger.readings import Measured, Reading
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.process.network import Network, network
from tests.ledger.works import METERS, washer

MAY = period("2026-05")
WORKS = network(washer(METERS))


def reading(meter: str, reads: str, value: float, relative: float) -> Reading:
    return Reading(meter, reads, value, relative * value, "t")


MONTH = (
    reading("WB-ORE", "buy:ore", 60000.0, 0.002),
    reading("BS-FEED", "wash.ore", 57600.0, 0.004),
    reading("BS-WASHED", "wash.washed", 38500.0, 0.004),
    reading("BS-SLIMES", "wash.slimes", 19100.0, 0.03),
    reading("WB-OUT", "send:road:washed", 38400.0, 0.002),
    reading("WB-IN", "receive:road:washed", 38250.0, 0.002),
    reading("WB-SOLD", "sell:washed:washed", 38000.0, 0.002),
    reading("BOOK-1", "open:pile", 20000.0, 0.02),
    reading("BOOK-2", "open:stock", 10000.0, 0.02),
    reading("SV-PILE", "close:pile", 22500.0, 0.045),
    reading("SV-STOCK", "close:stock", 10250.0, 0.045),
    reading("EM-BUY", "buy:power", 194.0, 0.003),
    reading("LAB-FEED", "assay:wash.ore:Al2O3", 0.521, 0.006),
    reading("LAB-WASHED", "assay:wash.washed:Al2O3", 0.579, 0.006),
    reading("LAB-SLIMES", "assay:wash.slimes:Al2O3", 0.402, 0.02),
)


def close(*readings: Reading, **kw: object) -> ClosedMonth:
    return close_month(WORKS, Measured(MAY, readings, **kw))  # type: ignore[arg-type]


def but(meter: str, factor: float) -> tuple[Reading, ...]:
    """Return the month with one meter reading ``factor`` times as much."""
    return tuple(
        Reading(r.meter, r.reads, r.value * factor, r.sd * factor, r.unit)
        if r.meter == meter
        else r
        for r in MONTH
    )


def without(*meters: str) -> tuple[Reading, ...]:
    return tuple(r for r in MONTH if r.meter not in meters)


def imbalance(net: Network, closed: ClosedMonth) -> float:
    """Return the largest imbalance relative to the largest flow of its balance [-]."""
    value = np.array([closed.figures[s.id].value for s in net.streams])
    matrix = net.matrix().toarray()
    largest = np.abs(matrix * value).max(axis=1)
    return float(np.max(np.abs(matrix @ value) / np.maximum(largest, 1e-3)))


def named(i: str) -> dict[str, str]:
    return {"id": i, "name": i, "name_en": i}


def shell(materials: tuple[Material, ...], **parts: object) -> Chain:
    return Chain(
        group=Group(**named("g"), first_period="2026-05"),
        centres=(Centre(**named("g"), level="group"),),
        places=(Place(**named("p"), centre="g"),),
        materials=materials,
        **parts,  # type: ignore[arg-type]
    )


# -- published figures ---------------------------------------------------------


def test_ore_yard_of_a_month() -> None:
    """Opening, receipts, reclaim and survey of an ore yard agree at least adjustment.

    Worked by hand from the normal equations: V = (1000, 600, 550, 1200)^2, r = 2000,
    x = y -+ V r / sum V; sd_i^2 = V_i - V_i^2 / sum V (Narasimhan and Jordache, Data
    Reconciliation and Gross Error Detection, 2000, chapter 3).
    """
    chain = shell(
        (Material(**named("ore"), group="ore"),),
        stores=(
            Store(
                **named("yard"),
                centre="g",
                good="ore@p",
                capacity="90000 t",
                opening="50000 t",
            ),
        ),
        purchases=(Purchase(**named("in"), centre="g", good="ore@p", price="1 CNY/t"),),
        sales=(Sale(**named("out"), centre="g", goods=["ore@p"], price="1 CNY/t"),),
    )
    readings = (
        Reading("a", "open:yard", 50000.0, 1000.0, "t"),
        Reading("b", "buy:in", 120000.0, 600.0, "t"),
        Reading("c", "sell:out:ore", 110000.0, 550.0, "t"),
        Reading("d", "close:yard", 58000.0, 1200.0, "t"),
    )
    closed = close_month(network(chain), Measured(MAY, readings))
    figures = [closed.figures[r.reads] for r in readings]
    expected = [49355.36, 119767.93, 110195.00, 58928.28]
    assert [f.value for f in figures] == pytest.approx(expected, abs=0.01)
    assert [f.sd for f in figures] == pytest.approx(
        [823.21, 564.12, 522.50, 878.43], abs=0.01
    )
    assert closed.tests["objective"] == pytest.approx(1.28928, abs=1e-5)


def bauxite_washer() -> Chain:
    parts = ["Al2O3", "SiO2", "Fe2O3"]

    def ore(name: str, *percent: float) -> Material:
        assay = {c: f"{v} %" for c, v in zip(parts, percent, strict=True)}
        return Material(**named(name), group="ore", assay=assay)

    return shell(
        (
            ore("feed", 52, 11, 14),
            ore("washed", 57.6, 6.1, 15.2),
            ore("slimes", 39.5, 21.8, 12.3),
        ),
        units=(
            Unit(
                **named("wash"),
                kind="recipe",
                centre="g",
                place="p",
                feed=["feed"],
                recipe={
                    "produces": {"washed": "0.685 t/t"},
                    "closes": "slimes",
                    "components": parts,
                },
            ),
        ),
        purchases=(
            Purchase(**named("feed"), centre="g", good="feed@p", price="1 CNY/t"),
        ),
        sales=(
            Sale(**named("washed"), centre="g", goods=["washed@p"], price="1 CNY/t"),
            Sale(**named("slimes"), centre="g", goods=["slimes@p"], price="0 CNY/t"),
        ),
    )


WASHER = {
    "wash.feed": (
        500.0,
        10.0,
        {"Al2O3": (52, 0.5), "SiO2": (11, 0.3), "Fe2O3": (14, 0.3)},
    ),
    "wash.washed": (
        345.0,
        5.0,
        {"Al2O3": (57.6, 0.5), "SiO2": (6.1, 0.2), "Fe2O3": (15.2, 0.3)},
    ),
    "wash.slimes": (
        160.0,
        8.0,
        {"Al2O3": (39.5, 0.6), "SiO2": (21.8, 0.5), "Fe2O3": (12.3, 0.3)},
    ),
}


def test_bauxite_washer_with_assays() -> None:
    """Flows and three assays of a washer, mass and components balanced together.

    Expected figures from an independent bilinear solution (Gauss-Newton on the
    constraints, checked by a general nonlinear solver).
    """
    readings = [Reading(s, s, v, sd, "t") for s, (v, sd, _) in WASHER.items()]
    readings += [
        Reading(f"{s}:{c}", f"assay:{s}:{c}", v / 100, sd / 100, "-")
        for s, (_, _, assay) in WASHER.items()
        for c, (v, sd) in assay.items()
    ]
    net = network(bauxite_washer())
    closed = close_month(net, Measured(MAY, tuple(readings)))
    values = [closed.figures[s].value for s in WASHER]
    assert values == pytest.approx([502.5262, 344.4177, 158.1085], abs=2e-4)
    spread = [closed.figures[s].sd for s in WASHER]
    assert spread == pytest.approx([6.6359, 4.5112, 5.8207], abs=2e-3)
    assert closed.tests["objective"] == pytest.approx(0.753104, abs=1e-5)
    assert closed.tests["component_balances"] == 3.0
    fed = closed.content["wash"]["feed"]
    assert fed == pytest.approx(
        {"Al2O3": 0.5194123, "SiO2": 0.1102672, "Fe2O3": 0.1418332}, abs=1e-6
    )
    assert imbalance(net, closed) < 1e-9


# -- figures ------------------------------------------------------------


def test_every_stream_has_a_figure_and_all_balances_close() -> None:
    """Nothing is missing, negative or open, whatever was measured."""
    closed = close(*MONTH)
    assert set(closed.figures) == {s.id for s in WORKS.streams}
    assert all(f.value >= 0 and f.sd > 0 for f in closed.figures.values())
    assert imbalance(WORKS, closed) < 1e-9
    assert closed.tests["largest_residual"] < 1e-9
    assert not closed.gross_errors


def test_status_tells_how_a_figure_is_known() -> None:
    """Checked, measured alone, inferred from balances, estimated from the physics."""
    status = {s: f.status for s, f in close(*MONTH).figures.items()}
    assert status["wash.ore"] == "redundant"
    assert status["buy:power"] == "measured"
    assert status["sell:dump:slimes"] == "inferred"
    assert status["wash.water"] == "estimated"


def test_reconciled_figures_are_surer_than_readings() -> None:
    """No checked figure is less certain than what its meters said together."""
    for figure in close(*MONTH).figures.values():
        if figure.status == "redundant" and figure.reading_sd is not None:
            assert figure.sd <= figure.reading_sd * (1 + 1e-9)


def test_the_physics_estimate_what_nobody_reads() -> None:
    """2 m3 of water go with each tonne of feed; the estimate is doubtful by a tenth."""
    closed = close(*MONTH)
    water, feed = closed.figures["wash.water"], closed.figures["wash.ore"]
    assert water.value == pytest.approx(2.0 * feed.value, rel=1e-6)
    assert water.sd == pytest.approx(0.1 * water.value, rel=0.01)
    assert closed.figures["buy:water"].value == pytest.approx(water.value)
    assert water.evidence == ()


def test_the_duty_and_feed_are_those_reconciled() -> None:
    """The duty is the reconciled feed, its assay the reconciled one."""
    closed = close(*MONTH)
    assert closed.duties == {
        "wash:ore": pytest.approx(closed.figures["wash.ore"].value)
    }
    assert closed.content["wash"]["ore"]["Al2O3"] == pytest.approx(0.5206, abs=3e-4)


def test_an_unmeasured_end_of_a_route_follows_from_the_other() -> None:
    """With one end unread the loss is the book's; with both read it is learnt."""
    learnt = close(*MONTH).figures
    sent, got = learnt["send:road:washed"], learnt["receive:road:washed"]
    assert got.value / sent.value != pytest.approx(0.995, abs=1e-5)
    stated = close(*without("WB-IN")).figures
    sent, got = stated["send:road:washed"], stated["receive:road:washed"]
    assert got.value / sent.value == pytest.approx(0.995, abs=1e-9)
    assert got.status == "inferred"


def test_two_meters_on_one_stream_check_each_other() -> None:
    """The figure lies between them by their accuracy; both are evidence."""
    second = Reading("EM-2", "buy:power", 195.0, 0.6, "MWh")
    figure = close(*MONTH, second).figures["buy:power"]
    assert figure.status == "redundant"
    assert 194.0 < figure.value < 195.0
    assert figure.evidence == ("EM-BUY", "EM-2")
    assert figure.sd < 0.6


def test_the_plan_is_the_last_resort() -> None:
    """A works that reads only its sales takes the rest from physics and plan."""
    plan = make_plan(WORKS, conditions(WORKS.chain, (MAY,), known_until=None))
    only = tuple(r for r in MONTH if r.meter == "BOOK-1")
    closed = close_month(WORKS, Measured(MAY, only), plan=plan)
    sold = closed.figures["sell:washed:washed"]
    planned = plan.month(0).amounts["sell:washed:washed"]
    assert sold.status == "estimated"
    assert sold.value == pytest.approx(planned, rel=0.3)
    assert imbalance(WORKS, closed) < 1e-9
    bare = close_month(WORKS, Measured(MAY, only))
    assert imbalance(WORKS, bare) < 1e-9


def test_published_stocks_are_held_to_the_last_digit() -> None:
    """Last month's closing stock opens this month unchanged, with its doubt."""
    opening = Reading("close 2026-04", "open:pile", 20123.456, 150.0, "t", fixed=True)
    month = (*without("BOOK-1"), opening)
    figure = close(*month).figures["open:pile"]
    assert figure.value == 20123.456
    assert figure.sd == pytest.approx(150.0)
    free = close(*month).figures["close:pile"]
    assert free.sd > 100.0


def test_the_doubt_of_a_published_stock_is_passed_on() -> None:
    """A stock that cannot move leaves its error to the figures that must agree."""
    wide, narrow = (
        close(
            *without("BOOK-1"), Reading("c", "open:pile", 20000.0, sd, "t", fixed=True)
        )
        for sd in (900.0, 1.0)
    )
    assert wide.figures["wash.ore"].sd > narrow.figures["wash.ore"].sd


def test_money_stops_and_events_go_through() -> None:
    """Intake prices win over contracts; stops of book and intake count once."""
    stop = [
        Outage(unit="wash", first=f"2026-05-{d}", last=f"2026-05-{d}", share=0.5)
        for d in (10, 11)
    ]
    closed = close(
        *MONTH,
        prices={"buy:ore": 210.0},
        costs={"staff": 9.0},
        outages=(*stop, stop[0]),
        sources=("h",),
        simulated=True,
    )
    assert closed.market["buy:ore"] == 210.0
    assert closed.market["sell:washed"] == 400.0
    assert closed.costs == {"staff": 9.0}
    assert closed.availability == {"wash": pytest.approx(1 - 1 / 31)}
    assert closed.simulated
    assert "simulated" in closed.summary()
    assert lost_share("wash", MAY, []) == 0.0


def test_two_closes_are_equal_and_survive_plain_data() -> None:
    """The same readings give the same month, to the last digit, and read back."""
    first, again = close(*but("BS-FEED", 1.08)), close(*but("BS-FEED", 1.08))
    assert first.to_dict() == again.to_dict()
    assert ClosedMonth.from_dict(first.to_dict()).to_dict() == first.to_dict()


def test_the_order_of_readings_does_not_matter() -> None:
    """Readings are facts, not a sequence."""
    forth, back = close(*MONTH), close(*reversed(MONTH))
    for stream, figure in forth.figures.items():
        assert back.figures[stream].value == pytest.approx(
            figure.value, rel=1e-9, abs=1e-6
        )


# -- gross errors ------------------------------------------------------------


@pytest.mark.parametrize("meter", ["BS-FEED", "BS-WASHED", "WB-OUT", "WB-ORE"])
@pytest.mark.parametrize("factor", [1.08, 0.93])
def test_a_lying_meter_is_found_and_named(meter: str, factor: float) -> None:
    """Size, sign, statistic and what it reads; the figure comes from the others."""
    closed = close(*but(meter, factor))
    (error,) = closed.gross_errors
    true = next(r for r in MONTH if r.meter == meter)
    named_meters = {error.reading, *error.alternatives}
    assert meter in named_meters
    assert error.statistic > error.critical
    if error.reading == meter:
        assert error.size == pytest.approx((factor - 1) * true.value, rel=0.25)
        assert closed.figures[true.reads].value == pytest.approx(true.value, rel=0.01)
        assert meter not in closed.figures[true.reads].evidence


def test_of_equal_suspects_the_one_its_physics_disown_is_taken() -> None:
    """Purchase and power of the washer leave one trace; 3 kWh/t say who is right."""
    power = Reading("EM-WASH", "wash.power", 172.8, 0.5, "MWh")
    light = Reading("EM-LIGHT", "draw:light", 20.0, 0.2, "MWh")
    month = (*without("EM-BUY"), light)
    buy = Reading("EM-BUY", "buy:power", 192.8, 0.6, "MWh")
    wrong_use = close(*month, buy, Reading("EM-WASH", "wash.power", 190.0, 0.5, "MWh"))
    assert [e.reading for e in wrong_use.gross_errors] == ["EM-WASH"]
    assert {"EM-BUY", "leak at power@pit"} <= set(
        wrong_use.gross_errors[0].alternatives
    )
    wrong_buy = close(*month, Reading("EM-BUY", "buy:power", 210.0, 0.6, "MWh"), power)
    assert [e.reading for e in wrong_buy.gross_errors] == ["EM-BUY"]


def test_two_lies_are_both_found() -> None:
    """Serial elimination goes on until the rest is plausible."""
    month = [r for r in but("BS-FEED", 1.08) if r.meter != "WB-SOLD"]
    month.append(Reading("WB-SOLD", "sell:washed:washed", 44000.0, 88.0, "t"))
    closed = close(*month)
    found = {n for e in closed.gross_errors for n in (e.reading, *e.alternatives)}
    assert {"BS-FEED", "WB-SOLD"} <= found
    assert closed.tests["objective"] < closed.tests["critical"]


@settings(max_examples=15)
@given(st.lists(st.floats(-1.5, 1.5), min_size=len(MONTH), max_size=len(MONTH)))
def test_ordinary_errors_raise_no_alarm_and_balances_close(errors: list[float]) -> None:
    """Within one and a half standard deviations from a balanced month nothing lies."""
    truth = {s: f.value for s, f in close(*MONTH).figures.items()}
    truth |= {"assay:wash.ore:Al2O3": 0.52060, "assay:wash.washed:Al2O3": 0.58}
    truth["assay:wash.slimes:Al2O3"] = (
        truth["wash.ore"] * 0.52060 - truth["wash.washed"] * 0.58
    ) / truth["wash.slimes"]
    readings = [
        Reading(r.meter, r.reads, truth[r.reads] + e * r.sd, r.sd, r.unit)
        for r, e in zip(MONTH, errors, strict=True)
    ]
    closed = close(*readings)
    assert not closed.gross_errors
    assert imbalance(WORKS, closed) < 1e-9


# -- mistakes ------------------------------------------------------------


def test_nothing_measured_is_an_error() -> None:
    """A month cannot be made up."""
    with pytest.raises(DataQualityError, match="nothing usable was measured"):
        close()


def test_a_meter_of_no_stream_is_named_with_the_nearest() -> None:
    """The message leads to the right name."""
    with pytest.raises(InputError, match=r"did you mean 'wash.ore'"):
        close(*MONTH, Reading("X", "wash.or", 1.0, 1.0, "t"))


def test_a_component_without_enough_assays_is_left_out_and_told() -> None:
    """Two of three ports assayed: no balance, but a note of what lacks."""
    closed = close(*without("LAB-SLIMES"))
    note = "component balance left out, assays missing: wash:Al2O3"
    assert closed.tests[note] == 1.0
    assert closed.tests["component_balances"] == 0.0


@pytest.mark.parametrize("count", range(1, len(MONTH)))
def test_any_part_of_the_readings_gives_a_whole_month(count: int) -> None:
    """However few meters report, every stream has a figure and balances close."""
    closed = close(*MONTH[:count])
    assert set(closed.figures) == {s.id for s in WORKS.streams}
    assert all(np.isfinite([f.value, f.sd]).all() for f in closed.figures.values())
    assert min(f.value for f in closed.figures.values()) >= 0.0
    assert imbalance(WORKS, closed) < 1e-9


def test_an_amount_is_not_pushed_below_zero() -> None:
    """More went out than the meters saw coming: the stock is empty, not negative."""
    month = (*without("SV-PILE", "BOOK-1"), Reading("B", "open:pile", 0.0, 1.0, "t"))
    feed = [r for r in month if r.meter != "WB-ORE"]
    bought = Reading("WB-ORE", "buy:ore", 57500.0, 115.0, "t")
    closed = close(*feed, bought)
    assert closed.figures["close:pile"].value == 0.0
    ore, fed = closed.figures["buy:ore"].value, closed.figures["wash.ore"].value
    assert ore + closed.figures["open:pile"].value == pytest.approx(fed)
