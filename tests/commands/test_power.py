"""`orebook power` on the example of a smelter: JSON, text in both languages, SVG."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from docs.generate.commands import fields
from orebook.cli import main

BOOK = Path(__file__).resolve().parents[2] / "examples" / "smelter-power"
PERIOD = "2026-05"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a copy of the example."""
    folder = tmp_path_factory.mktemp("power") / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    return str(folder)


def said(*words: str, status: int = 0) -> str:
    """Run a command and return what it prints."""
    done = CliRunner().invoke(main, ["power", *words])
    assert done.exit_code == status, done.output
    return done.output


def test_json_has_the_documented_fields(book: str, tmp_path: Path) -> None:
    """Every name printed at the top is documented, and the other way round."""
    found = json.loads(said(book, PERIOD, "--json", "--picture", str(tmp_path)))
    known = {row["field"].partition("[")[0] for row in fields()["power"]}
    assert known == set(found)
    for row in fields()["power"]:
        name = row["field"].partition("[")[0]
        for item in found[name] if row["field"].endswith(".*") else ():
            assert [k for k in item if f"`{k}`" not in told(row, name)] == [], name
    assert found["status"] == "done"
    assert found["periods"] == [PERIOD]


def told(row: dict[str, str], name: str) -> str:
    """Return what the page says of a row; `used` has the fields of `made`."""
    rows = {r["field"].partition("[")[0]: r["meaning"] for r in fields()["power"]}
    return rows["made"] if name == "used" else row["meaning"]


def test_figures_of_the_example(book: str) -> None:
    """Spot is at its 20 %, the valley sets the load, balances of power close."""
    found = json.loads(said(book, PERIOD, "--json"))
    spot = found["spot"][0]
    assert spot["share"] == pytest.approx(0.2)
    assert spot["swing_cny"] == pytest.approx(0.1 * spot["money_cny"])
    (valley,) = [d for d in found["demand"] if d["sets"]]
    assert valley["band"] == "power-valley"
    premium = 36.0 * 1.03 * 1000.0 / (8 * 31)
    assert valley["worth_cny_per_mwh"] == pytest.approx(premium)
    worth = {w["material"]: w["price"] for w in found["worth"] if w["place"] == "grid"}
    steps = worth["power-valley"] - premium, worth["power-peak"]
    assert steps[0] < steps[1]
    bought = sum(b["mwh"] for b in found["bought"])
    assert bought == pytest.approx(spot["bought_mwh"])
    made, used = (sum(f["mwh"] for f in found[k]) for k in ("made", "used"))
    lost = bought + made - used
    shifted = sum(max(0.0, m["moved_mwh"]) for m in found["moved"]
                  if m["unit"] == "line-1-load")  # fmt: skip
    shed = sum(m["mwh"] for m in found["moved"] if m["band"] == "interruption")
    drawn = [m for m in found["moved"] if m["unit"] == "line-1-load"][:3]
    even = [7 / 24, 9 / 24, 8 / 24]
    would = sum(m["mwh"] for m in drawn) + shed
    above = sum(
        max(0.0, m["mwh"] + (shed if m["band"] == "power-peak" else 0.0) - would * e)
        for m, e in zip(drawn, even, strict=True)
    )
    assert shifted > above > 0.0
    assert lost == pytest.approx(0.03 * above + 0.06 * shed, rel=1e-6)


def test_several_periods_and_one_site(book: str) -> None:
    """Each period stands by itself; a site that is not there is named."""
    found = json.loads(said(book, PERIOD, "--periods", "3", "--json"))
    assert len(found["periods"]) == 3
    assert len({w["period"] for w in found["worth"]}) == 3
    one = json.loads(said(book, PERIOD, "--site", "smelter", "--json"))
    assert one["bought"] == [b for b in found["bought"] if b["period"] == PERIOD]
    wrong = said(book, PERIOD, "--site", "smeltr", status=1)
    assert "did you mean 'smelter'" in wrong


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["valley power sets the billed load", "Marginal value of power",
                "by the energy method [CNY/MWh]"]),
        ("zh", ["由谷段电决定计费需量", "电与蒸汽的边际价值",
                "热量法成本〔元/兆瓦时〕"]),
    ],
)  # fmt: skip
def test_text_in_both_languages(book: str, lang: str, words: list[str]) -> None:
    """Sentences and tables come in the language asked for."""
    text = said(book, PERIOD, "--lang", lang)
    assert [w for w in words if w not in text] == []


STATION = """
kind = "power_station"
settings = { flue_gas_temperature = "140 degC", carbon_response = "25 %" }
free = { oxygen = { low = "3 %", high = "8 %" } }
recipe = { machine = { flow = "130 t/h", no_load = "7 %", least = "30 %" } }
feed_limits = [{ of = "energy", min = "18 GJ/t" }, { of = "S", max = "1 %" }]
"""
ASSAY = (
    'assay = { Moisture = "9 %", Ash = "23 %", C = "55 %", H = "3.4 %", S = "0.7 %" }'
)


@pytest.fixture(scope="module")
def physical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example with its station from physics."""
    folder = tmp_path_factory.mktemp("station") / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    for file, old, new in (
        ("sites/smelter.toml", 'kind = "heat_and_power"', STATION.strip()),
        ("materials.toml", 'heat = "20.9 GJ/t" }', f'heat = "20.9 GJ/t", {ASSAY} }}'),
    ):
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder


def test_six_splits_side_by_side(physical: Path, book: str) -> None:
    """A station from physics has six, one by enthalpies all but exergy."""
    rows = json.loads(said(str(physical), PERIOD, "--json"))["allocation"]
    assert len(rows) == 6
    assert {r["unit"] for r in rows} == {"chp"}
    assert len({r["heat_share"] for r in rows}) == 6
    plain = json.loads(said(book, PERIOD, "--json"))["allocation"]
    assert {r["method"] for r in rows} - {r["method"] for r in plain} == {"exergy"}
    for r in (*rows, *plain):
        to_heat = r["heat_kgce_per_gj"] * r["heat_gj"] / 1000.0
        assert to_heat == pytest.approx(r["fuel_tce"] * r["heat_share"])
    text = said(str(physical), PERIOD, "--lang", "en")
    assert "enthalpy drop (benefit to heat)" in text
    assert "内部价格法" in said(str(physical), PERIOD)


def test_a_month_of_the_physical_station_closes(physical: Path) -> None:
    """Plan, simulate, close, settle with the station from physics, in one go."""
    runner = CliRunner()
    for words in (["simulate", str(physical), PERIOD], ["run", str(physical), PERIOD]):
        done = runner.invoke(main, words)
        assert done.exit_code == 0, done.output
    assert "0 gross errors" in done.output
    site = (physical / "sites" / "smelter.toml").read_text("utf-8")
    lower = site.replace('"18 GJ/t"', '"18 %"')
    (physical / "sites" / "smelter.toml").write_text(lower, "utf-8")
    told = runner.invoke(main, ["check", str(physical)])
    assert told.exit_code == 1
    assert "a heating value in GJ/t" in told.output
    (physical / "sites" / "smelter.toml").write_text(site, "utf-8")
    wrong = (physical / "materials.toml").read_text("utf-8")
    (physical / "materials.toml").write_text(wrong.replace('"23 %"', '"83 %"'), "utf-8")
    told = runner.invoke(main, ["check", str(physical)])
    assert told.exit_code == 1
    assert "sites/smelter.toml:" in told.output
    assert "coal 'coal': the ultimate analysis" in told.output


def test_the_picture_is_written(book: str, tmp_path: Path) -> None:
    """One picture for the place with bands; it is well-formed SVG."""
    text = said(book, PERIOD, "--lang", "en", "--picture", str(tmp_path / "new"))
    path = tmp_path / "new" / "power-1.svg"
    assert str(path) in text
    assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_nothing_is_released(book: str) -> None:
    """Looking at power leaves no plan behind."""
    said(book, "2026-06")
    done = CliRunner().invoke(main, ["audit", "verify", book, "--json"])
    assert json.loads(done.output)["documents"] == 0
