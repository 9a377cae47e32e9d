"""Records as people write them, right and wrong."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from orebook.benchmark.practice.make import Question, find_practice
from orebook.benchmark.practice.raw import steady_records
from orebook.benchmark.practice.records import read_records
from orebook.benchmark.practice.valuation import Asked
from orebook.errors import InputError
from tests.benchmark.practice.plant import CONDITIONS, refinery, simulate, write
from tests.benchmark.practice.test_card import prices

SHORT = 120


def found(path: Path, **asked: object):
    """Find a practice in a file."""
    given = {"conditions": CONDITIONS, **asked}
    question = Question(refinery(), "precipitate", prices(), "2026-05", Asked(**given))
    return find_practice(question, read_records(path), card_id="c")


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(simulate(3, SHORT), tmp_path / "shifts.csv")


def test_chinese_headers_units_and_excel_dates_say_the_same(
    log: Path, tmp_path: Path
) -> None:
    names = {
        "time": "班次时间", "hydrate": "氢氧化铝 [kt]", "pregnant": "精液（m3）",
        "seed": "种子浓度 [g/L]", "precipitation_hours": "分解时间",
        "growth_constant": "生长常数",
    }  # fmt: skip
    plant = simulate(3, SHORT)
    plant.flows["hydrate"] = plant.flows["hydrate"] / 1000.0
    path = write(plant, tmp_path / "班次.xlsx", names=names, when=lambda t: t)
    one = found(log)
    two = found(path, conditions=("分解时间", "生长常数"))
    assert two.best.mean == pytest.approx(one.best.mean, abs=0.5)
    assert two.actions[0].name == "种子浓度"
    assert two.actions[0].verdict == one.actions[0].verdict
    assert two.actions[0].low == pytest.approx(one.actions[0].low, rel=1e-3)


def test_a_missing_column_is_named_with_the_nearest(log: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'growth_constant'"):
        found(log, conditions=("growth_constnt",))
    with pytest.raises(InputError, match="has no column 'nothing'"):
        found(log, settings=("nothing",))
    text = "\n".join(",".join(r.split(",")[:8]) for r in lines(log))
    log.write_text(text, "utf-8")
    with pytest.raises(InputError, match="no quantity of a product"):
        found(log)


def test_a_column_of_time_is_needed(log: Path) -> None:
    log.write_text(log.read_text("utf-8").replace("time,", "what,", 1), "utf-8")
    with pytest.raises(InputError, match="no column of time"):
        read_records(log)


def test_two_columns_of_one_name_are_refused(log: Path) -> None:
    log.write_text(log.read_text("utf-8").replace("water", "seed", 1), "utf-8")
    with pytest.raises(InputError, match="two columns called 'seed'"):
        read_records(log)


def test_text_and_gaps_leave_a_row_out_and_are_told(log: Path) -> None:
    rows = lines(log)
    cells = rows[5].split(",")
    rows[5] = ",".join([*cells[:3], "停机", *cells[4:]])
    cells = rows[9].split(",")
    rows[9] = ",".join([*cells[:3], "", *cells[4:]])
    rows[12] = rows[12].replace(rows[12].split(",")[0], "05/06/2026")
    log.write_text("\n".join(rows), "utf-8")
    read = read_records(log)
    assert [(r.row, r.column) for r in read.rejected] == [(6, "seed"), (13, "time")]
    card = found(log)
    assert card.records == SHORT - 3
    assert card.dropped["not_readable"] == 2
    assert card.dropped["incomplete"] == 1


def test_a_standing_plant_is_no_example(log: Path) -> None:
    rows = lines(log)
    head = rows[0].split(",")
    k = head.index("hydrate")
    for i in (20, 21):
        cells = rows[i].split(",")
        cells[k] = "1.0"
        rows[i] = ",".join(cells)
    log.write_text("\n".join(rows), "utf-8")
    assert found(log).dropped["standing"] == 2


def test_the_order_of_rows_does_not_matter(log: Path) -> None:
    one = found(log)
    rows = lines(log)
    log.write_text("\n".join([rows[0], *rows[:0:-1]]), "utf-8")
    two = found(log)
    assert two.gain == pytest.approx(one.gain)
    assert any("order of time" in n.en for n in two.notes)


def test_too_few_rows_are_refused_and_few_are_told(log: Path) -> None:
    rows = lines(log)
    log.write_text("\n".join(rows[:9]), "utf-8")
    with pytest.raises(InputError, match="expected at least 12"):
        found(log)
    log.write_text("\n".join(rows[:25]), "utf-8")
    assert any("fewer than 30" in n.en for n in found(log).notes)


def test_settings_that_never_move_are_told_or_refused(tmp_path: Path) -> None:
    plant = simulate(3, SHORT)
    plant.setting["first_temperature"][:] = 61.0
    card = found(write(plant, tmp_path / "a.csv"))
    assert "first_temperature" not in [a.name for a in card.actions]
    assert any("'first_temperature' does not vary" in n.en for n in card.notes)
    with pytest.raises(InputError, match="no setting varies"):
        found(tmp_path / "a.csv", settings=("first_temperature",))


def test_a_name_is_a_condition_or_a_setting(log: Path) -> None:
    with pytest.raises(InputError, match="condition and as setting"):
        found(log, settings=("seed",), conditions=("seed",))


def test_a_wrong_unit_is_told_with_its_stream(tmp_path: Path) -> None:
    path = write(
        simulate(3, SHORT), tmp_path / "a.csv", names={"hydrate": "hydrate [MWh]"}
    )
    with pytest.raises(InputError, match=r"precipitate\.hydrate counts in t"):
        found(path)


def test_an_indicator_is_valued_with_its_stream(log: Path) -> None:
    asked = {"indicator": "power", "stream": "precipitate.power", "tonnes": "hydrate"}
    with pytest.raises(InputError, match="add --stream"):
        found(log, indicator="seed", settings=("last_temperature",))
    card = found(log, settings=("seed",), **asked)
    (term,) = card.valuation.terms
    assert (term.sign, term.price) == (-1, 520.0)
    assert card.tonnes_per_year > 0.0


def test_an_unknown_unit_is_named() -> None:
    from orebook.benchmark.practice.valuation import streams_of

    with pytest.raises(InputError, match="did you mean 'precipitate'"):
        streams_of(refinery(), "precipitat")
    assert {s.centre for s in streams_of(refinery(), "white")} == {"white"}


def test_the_season_is_a_condition(log: Path) -> None:
    card = found(log, conditions=("season", "precipitation_hours"))
    assert [c.name for c in card.conditions][:2] == ["season_sin", "season_cos"]
    assert card.asked_conditions == ("season", "precipitation_hours")


def test_raw_readings_become_steady_periods(tmp_path: Path) -> None:
    """Ten-minute readings with a change of load in between: shifts without it."""
    rng = np.random.default_rng(0)
    start = datetime(2026, 5, 1)
    day = (date(2026, 5, 1) - date(1970, 1, 1)).days
    rows = ["time,seed,hydrate"]
    level = np.concatenate([np.full(288, 800.0), np.linspace(800, 900, 60),
                            np.full(300, 900.0)])  # fmt: skip
    for i, base in enumerate(level):
        minute = 10 * i
        at = start.replace(day=1 + minute // 1440, hour=minute % 1440 // 60,
                           minute=minute % 60)  # fmt: skip
        rows.append(f"{at:%Y-%m-%d %H:%M},{base + rng.normal():.3f},"
                    f"{10 + 0.1 * rng.normal():.4f}")  # fmt: skip
    path = tmp_path / "raw.csv"
    path.write_text("\n".join(rows), "utf-8")
    made = steady_records(read_records(path), 8.0)
    seed = made.columns["seed"].values
    assert np.all((np.abs(seed - 800.0) < 5.0) | (np.abs(seed - 900.0) < 5.0))
    assert len(seed) >= 8
    assert made.days[0] >= day
    with pytest.raises(InputError, match="more than 0"):
        steady_records(read_records(path), 0.0)
