"""A simulated month: balanced, repeatable, labelled, and honest about its meters."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Outage
from orebook.errors import InputError
from orebook.ledger.close import close_month
from orebook.ledger.intake import read_intake
from orebook.ledger.measured import measured_month
from orebook.ledger.month import ClosedMonth, Incident
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.process.contract import Case
from orebook.process.network import network
from orebook.process.registry import bind, kind, kind_names
from orebook.simulate.drift import Chance, drifted
from orebook.simulate.files import (
    SimulatedMonth,
    read_gross_error,
    simulate_month,
    write_intake,
)
from tests.ledger.shelf import columns
from tests.ledger.works import METERS, washer
from tests.plan.refineries import fresh, refinery

CHAIN = washer(METERS)
WORKS = network(CHAIN)
MONTHS = horizon(period("2026-05"), 3)
PLAN = make_plan(WORKS, conditions(CHAIN, MONTHS, known_until=None))


def simulated(seed: int = 7, **kw: object) -> SimulatedMonth:
    return simulate_month(WORKS, PLAN, MONTHS[0], seed=seed, **kw)  # type: ignore[arg-type]


def closed_from_files(
    month: SimulatedMonth, folder: Path, previous: ClosedMonth | None = None
) -> ClosedMonth:
    files = [read_intake(f, chain=CHAIN) for f in write_intake(month, folder)]
    assert all(f.simulated and not f.rejects for f in files)
    measured = measured_month(
        CHAIN, month.period, columns(files), previous=previous,
        simulated={f.content_hash for f in files},
    )  # fmt: skip
    return close_month(WORKS, measured, plan=PLAN)


@pytest.mark.parametrize("seed", range(5))
def test_the_true_month_balances(seed: int) -> None:
    """Every balance closes to rounding, and nothing is negative."""
    amounts = np.array([simulated(seed).true.amounts[s.id] for s in WORKS.streams])
    assert amounts.min() >= 0.0
    assert np.abs(WORKS.matrix() @ amounts).max() < 1e-6


def test_the_true_month_strays_from_the_plan_but_not_far() -> None:
    """The washed ore differs from plan, by less than a tenth."""
    planned = PLAN.month(0).amounts["wash.washed"]
    true = simulated().true.amounts["wash.washed"]
    assert true != pytest.approx(planned, rel=1e-6)
    assert true == pytest.approx(planned, rel=0.1)


def test_months_join() -> None:
    """The closing stocks of one month open the next."""
    first = simulated()
    second = simulate_month(WORKS, PLAN, MONTHS[1], seed=7, opening=first.closing)
    for store, amount in first.closing.items():
        assert second.true.amounts[f"open:{store}"] == amount


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Seeds decide everything; another seed gives other readings."""
    texts = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        files = write_intake(simulated(seed), tmp_path / name)
        texts.append({f.name: f.read_text("utf-8") for f in files})
    assert texts[0] == texts[1]
    assert texts[0]["meters.csv"] != texts[2]["meters.csv"]


def test_every_file_says_that_it_is_simulated(tmp_path: Path) -> None:
    """In the first line and in every row; the truth is written on request only."""
    files = write_intake(simulated(), tmp_path, truth=True)
    for file in files:
        first, _, *rows = file.read_text("utf-8").splitlines()
        assert first == "# simulated: seed 7"
        assert all(row.endswith(",simulated") for row in rows)
    assert "truth.csv" in {f.name for f in files}
    assert "truth.csv" not in {
        f.name for f in write_intake(simulated(), tmp_path / "x")
    }


def test_a_planted_error_is_found_from_the_files(tmp_path: Path) -> None:
    """Eight per cent too much on the feed scale: named, sized, and corrected."""
    month = simulated(gross_error=("BS-FEED", 0.08))
    assert "BS-FEED reads +8.0% wrong" in month.summary()
    closed = closed_from_files(month, tmp_path)
    (error,) = closed.gross_errors
    true = month.true.amounts["wash.ore"]
    assert error.reading == "BS-FEED"
    assert error.size == pytest.approx(0.08 * true, rel=0.2)
    assert closed.figures["wash.ore"].value == pytest.approx(true, rel=0.01)
    assert closed.simulated


def test_closing_brings_figures_closer_to_the_truth(tmp_path: Path) -> None:
    """Over six months the checked figures err less than the readings, as stated."""
    readings, figures, scores = [], [], []
    for seed in range(6):
        month = simulated(seed)
        closed = closed_from_files(month, tmp_path / str(seed))
        for stream, figure in closed.figures.items():
            true = month.true.amounts[stream]
            if figure.status != "redundant" or figure.reading is None or true < 1.0:
                continue
            size = figure.reading_sd or 1.0
            readings.append(((figure.reading - true) / size) ** 2)
            figures.append(((figure.value - true) / size) ** 2)
            scores.append(((figure.value - true) / figure.sd) ** 2)
    assert np.mean(figures) < 0.8 * np.mean(readings)
    assert np.mean(np.array(figures) <= np.array(readings) + 1e-12) > 0.5
    assert 0.5 < np.sqrt(np.mean(scores)) < 1.6


def test_closed_months_chain(tmp_path: Path) -> None:
    """The second month opens with the first one's published stocks and still agrees."""
    first = simulated()
    before = closed_from_files(first, tmp_path / "1")
    second = simulate_month(WORKS, PLAN, MONTHS[1], seed=7, opening=first.closing)
    after = closed_from_files(second, tmp_path / "2", before)
    for store in ("pile", "stock"):
        closing = before.figures[f"close:{store}"].value
        assert after.figures[f"open:{store}"].value == closing
    assert not after.gross_errors


def test_an_outage_and_an_incident_reach_the_closed_month(tmp_path: Path) -> None:
    """Half of May down: half the feed, availability and daily readings tell of it."""
    stop = Outage(unit="wash", first="2026-05-01", last="2026-05-15", reason="liner")
    event = Incident(
        "H1", "2026-05-03", "mine", "hazard", "loose rail", "", "2026-05-20"
    )
    month = simulated(outages=(stop,), incidents=(event,))
    whole = simulated().true.amounts["wash.ore"]
    assert month.true.amounts["wash.ore"] < 0.65 * whole
    down = [r.value for r in month.readings.meters
            if r.tag == "BS-FEED" and r.first <= date(2026, 5, 15)]  # fmt: skip
    assert max(down) == 0.0
    closed = closed_from_files(month, tmp_path)
    assert closed.availability["wash"] == pytest.approx(1 - 15 / 31)
    names = {f.name for f in tmp_path.iterdir()}
    assert {"outages.csv", "incidents.csv"} <= names


@pytest.mark.parametrize("name", kind_names())
def test_drifted_units_still_conserve(name: str) -> None:
    """Whatever drifts, what a kind conserves stays conserved."""
    chain = kind(name).example()
    unit = chain.units[0]
    made = drifted(network_of(name), Chance(3, "2026-05")).processes[unit.id]
    duty = {d.name: np.asarray(100.0) for d in made.duties}
    outcome = made.run(Case(duty))
    for component in bind(unit, chain).conserves:
        parts = [
            float(
                np.max(
                    flow * outcome.content.get(port, {}).get(component, np.zeros(()))
                )
            )
            for port, flow in outcome.flows.items()
        ]
        assert abs(sum(parts)) < 1e-9 * max(sum(map(abs, parts)), 1.0), component


def network_of(name: str):  # type: ignore[no-untyped-def]
    return network(kind(name).example())


@pytest.mark.parametrize("text", ["PR-BS-01", "=8%", "X=many", "X=-200%"])
def test_a_gross_error_needs_a_meter_and_a_size(text: str) -> None:
    """What is written wrongly is refused with the form."""
    with pytest.raises(InputError, match="METER=SIZE"):
        read_gross_error(text)


def test_names_that_do_not_exist_are_refused() -> None:
    """A meter or a month the book does not have."""
    with pytest.raises(InputError, match="did you mean 'BS-FEED'"):
        simulated(gross_error=("BS-FED", 0.1))
    with pytest.raises(InputError, match="the plan covers"):
        simulate_month(WORKS, PLAN, period("2027-05"), seed=1)
    assert read_gross_error("BS-FEED=-8%") == ("BS-FEED", -0.08)


def test_a_stream_holds_what_its_unit_tells_and_the_rest_of_its_material() -> None:
    """A calciner tells Al2O3 and Na2O of its alumina; its Fe2O3 is the material's."""
    stated = {"Al2O3": "98.8 %", "Na2O": "0.32 %", "Fe2O3": "0.010 %"}
    net = network(fresh(refinery(materials={"alumina": {"assay": stated}})))
    months = horizon(period("2026-01"), 1)
    plan = make_plan(net, conditions(net.chain, months, known_until=None))
    true = simulate_month(net, plan, months[0], seed=3).true
    held = true.assays["calcine.alumina"]
    assert held["Na2O"] == pytest.approx(0.0032)
    assert held["Al2O3"] == pytest.approx(0.9935, rel=1e-3)
    assert held["Fe2O3"] == pytest.approx(0.0001, rel=0.05)
    assert true.assays["sell:alumina:alumina"]["Fe2O3"] == held["Fe2O3"]


def test_the_sodas_of_a_true_month_of_a_refinery_balance() -> None:
    """Whatever the settings drift to, spent liquor holds what pregnant liquor held."""
    net = network(fresh(refinery()))
    months = horizon(period("2026-01"), 1)
    plan = make_plan(net, conditions(net.chain, months, known_until=None))
    true = simulate_month(net, plan, months[0], seed=5).true

    def soda(stream: str) -> float:
        return true.amounts[stream] * true.assays[stream]["Na2O"]

    spent = soda("precipitate.spent")
    assert spent == pytest.approx(soda("precipitate.pregnant"), rel=1e-9)
    assert soda("evaporate.spent") == pytest.approx(spent, rel=1e-9)
    assert 0.9 * spent < soda("evaporate.liquor") < spent
