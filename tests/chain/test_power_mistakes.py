"""Mistakes in bands, loads and demand charges, each at its line with the remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orebook.chain.read import read_book
from orebook.errors import BookError
from orebook.process.check import check_units

BOOK = Path(__file__).resolve().parents[2] / "examples" / "smelter-power"
SITE, MATERIALS = "sites/smelter.toml", "materials.toml"
LINE_1 = (
    'interruption = { band = "power-peak", hours = "20 h/month", least = "60 %", '
    'restart = "6 %" }'
)
EVEN = 'ports = { power = "power@potroom-2" }\n'
# name: (file, old, new, piece of the line, field, problem, remedy)
CASES = {
    "negative hours": (
        MATERIALS, '"8 h/d"', '"-8 h/d"', "-8 h/d", "materials[power-valley].hours",
        "is negative", "sign"),
    "more hours than a day has": (
        MATERIALS, '"8 h/d"', '"28 h/d"', "28 h/d", "materials[power-valley].hours",
        "is 28 hours a day", "8 h/d"),
    "hours without a day": (
        MATERIALS, '"8 h/d"', '"8 h"', '"8 h"', "materials[power-valley].hours",
        "not per time", "h/a"),
    "hours as power": (
        MATERIALS, '"8 h/d"', '"8 MW"', '"8 MW"', "materials[power-valley].hours",
        "not per time", "h/a"),
    "hours of coal": (
        MATERIALS, 'heat = "20.9 GJ/t"', 'heat = "20.9 GJ/t", hours = "8 h/d"',
        "20.9 GJ/t", "materials[coal].hours", "counted in t", "remove hours"),
    "unknown band": (
        SITE, '"power-flat", "power-valley"]', '"power-flat", "power-vally"]',
        "power-vally", "units[even-load].feed[3]", "no material", "'power-valley'"),
    "bands that do not fill the day": (
        SITE, '"power-flat", "power-valley"]', '"power-flat"]', '"power-flat"]',
        "units[even-load].feed", "covers 16 hours", "add the missing band"),
    "a feed that is no band": (
        SITE, '["power-peak", "power-flat", "power-valley"]', '["power@station"]',
        '["power@station"]', "units[even-load].feed", "has no hours", "hours ="),
    "shares that do not sum to 1": (
        SITE, EVEN, EVEN + 'recipe = { shares = { power-peak = "30 %", power-flat = '
        '"40 %", power-valley = "20 %" } }\n', "shares",
        "units[even-load].recipe.shares", "sums to 0.9", "correct the shares"),
    "a share that is missing": (
        SITE, EVEN, EVEN + 'recipe = { shares = { power-peak = "30 %", power-flat = '
        '"70 %" } }\n', "shares", "units[even-load].recipe.shares",
        "does not name the bands", "one share"),
    "unknown parameter": (
        SITE, 'up = "4 %"', 'upp = "4 %"', 'upp = "4 %"',
        "units[line-1-load].recipe.upp", "Extra inputs", "correct or remove"),
    "negative depth": (
        SITE, 'down = "10 %"', 'down = "-10 %"', 'down = "-10 %"',
        "units[line-1-load].recipe.down", "greater than or equal to 0", "correct"),
    "interruption in no band": (
        SITE, LINE_1, LINE_1.replace("power-peak", "peak"), "interruption = {",
        "units[line-1-load].recipe.interruption.band", "is no band", "correct it"),
    "interruption longer than its band": (
        SITE, LINE_1, LINE_1.replace("20 h", "300 h"), "interruption = {",
        "units[line-1-load].recipe.interruption.hours", "300 hours a month",
        "correct it"),
    "interruption in MWh": (
        SITE, LINE_1, LINE_1.replace("20 h", "20 MWh"), "interruption = {",
        "units[line-1-load].recipe.interruption.hours", "is '20 MWh/month'",
        "20 h/month"),
    "limit of a band as mass": (
        SITE, 'power-peak = "190 MW"', 'power-peak = "190 t/h"', "190 t/h",
        "units[line-1-load].limits.power-peak", "is in t/h", "MWh"),
    "demand per kWh": (
        SITE, '"36 CNY/kW/month"', '"36 CNY/kWh/month"', "36 CNY/kWh/month",
        "demand_charges[demand].price", "is in CNY/kWh/month", "36 CNY/kW/month"),
    "demand without a month": (
        SITE, '"36 CNY/kW/month"', '"36 CNY/kW"', '"36 CNY/kW"',
        "demand_charges[demand].price", "is in CNY/kW", "36 CNY/kW/month"),
    "least load as energy": (
        SITE, '"184 MW"', '"184 MWh"', "184 MWh", "demand_charges[demand].least",
        "is in MWh", "184 kW"),
    "highest below mean": (
        SITE, "peak_to_mean = 1.03", "peak_to_mean = 0.9", "peak_to_mean",
        "demand_charges[demand].peak_to_mean", "is below 1", "1.05"),
    "no power factor": (
        SITE, "peak_to_mean = 1.03", "power_factor = 0", "power_factor",
        "demand_charges[demand].power_factor", "not above 0", "0.95"),
    "demand on no purchase": (
        SITE, '"spot-flat", "spot-valley"]', '"spot-flt", "spot-valley"]', "spot-flt",
        "demand_charges[demand].purchases[5]", "no purchase", "'spot-flat'"),
    "demand on coal": (
        SITE, '"spot-flat", "spot-valley"]', '"spot-flat", "coal"]',
        '"spot-flat", "coal"]', "demand_charges[demand].purchases[6]",
        "counted in t", "purchase of power"),
    "demand twice on one purchase": (
        SITE, '"spot-flat", "spot-valley"]', '"spot-flat", "spot-flat"]',
        '"spot-flat", "spot-flat"]', "demand_charges[demand].purchases[6]",
        "twice", "remove"),
    "demand of another centre": (
        SITE, 'name_en = "demand charge"\ncentre = "grid-ws"',
        'name_en = "demand charge"\ncentre = "station-ws"', '"term-peak", "term-flat"',
        "demand_charges[demand].purchases[1]", "belongs to 'grid-ws'", "grid-ws"),
    "deviation price without a quantity": (
        SITE, 'take_or_pay = "47.5 GWh/month"\n', "", "shortfall_price",
        "purchases[term-peak].shortfall_price", "no take_or_pay", "take_or_pay"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_mistake_is_told_at_its_line(name: str, tmp_path: Path) -> None:
    """File, line, field, problem and remedy of each mistake."""
    file, old, new, piece, field, problem, remedy = CASES[name]
    book = tmp_path / "book"
    shutil.copytree(BOOK, book, ignore=shutil.ignore_patterns(".orebook"))
    text = (book / file).read_text("utf-8")
    assert old in text
    edited = text.replace(old, new, 1)
    (book / file).write_text(edited, "utf-8")
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    found = {m.field: m for m in caught.value.mistakes if m.file == file}
    assert field in found, list(found)
    mistake = found[field]
    assert problem in mistake.problem
    assert remedy in mistake.remedy
    lines = edited.splitlines()
    assert piece in lines[mistake.line - 1]


def test_the_example_is_right() -> None:
    """The book the mistakes are made in has none of its own."""
    chain = read_book(BOOK, check=check_units)
    assert chain.demand_charges[0].least_kw == 184_000.0
    assert sum(m.day_hours for m in chain.materials if m.hours is not None) == 24.0
