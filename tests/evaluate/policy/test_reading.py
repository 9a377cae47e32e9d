"""Mistakes in a price policy: each with file, line, field, expectation and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.errors import BookError
from orebook.evaluate.policy.read import in_force, read_policies
from tests.report.months import MAY, plan_of_group

GOOD = """id = "one"
name = "政策"
name_en = "policy"
valid_from = 2026-01-01
valid_to = 2026-12-31
in_force = true
approved_by = ["committee"]

[[prices]]
id = "steel"
goods = ["alumina@p"]
method = "standard"
value = "2900 CNY/t"
source = "minutes"
"""

MISTAKES = {
    "unit": ('"2900 CNY/t"', '"2900 CNY/MWh"', "prices.0.value", "price in CNY/t"),
    "good": ('"alumina@p"', '"alumna@p"', "prices.0.goods.0", "alumina@p"),
    "method": ('"standard"', '"standart"', "prices.0.method", "standard"),
    "needs": ('value = "2900 CNY/t"\n', "", "prices.0", "needs value"),
    "source": ('source = "minutes"\n', "", "prices.0", "needs its source"),
    "extra": ('method = "standard"', 'method = "standard"\nmarkup = "3 %"',
              "prices.0", "does not read markup"),
    "field": ("approved_by", "aproved_by", "aproved_by", "approved_by"),
    "dates": ("2026-12-31", "2025-12-31", "price policy", "before"),
    "date": ("2026-12-31", '"46387"', "valid_to", "date"),
    "twice": ('goods = ["alumina@p"]', 'goods = ["alumina@p"]\nmethod = "dual"\n'
              '[[prices]]\nid = "b"\ngoods = ["alumina"]', "prices.1.goods.0",
              "has a price by rule steel"),
    "text": ('"2900 CNY/t"', '"两千九"', "prices.0.value", ""),
}  # fmt: skip


FEE = """
[[fees]]
id = "f"
name = "费"
name_en = "fee"
payer = "smellt"
owner = "precip"
reserved = "2 kt/month"
fee = "50 CNY/MWh"
"""


def write(folder: Path, text: str, name: str = "one") -> Path:
    (folder / "policies").mkdir(exist_ok=True)
    path = folder / "policies" / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sound_policy_is_read_and_in_force(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    found = read_policies(tmp_path, plan_of_group().network)
    assert [p.id for p in found] == ["one"]
    assert in_force(found, MAY) is found[0]


def test_a_book_without_policies_has_none(tmp_path: Path) -> None:
    assert read_policies(tmp_path, plan_of_group().network) == ()


@pytest.mark.parametrize("case", MISTAKES)
def test_each_mistake_names_its_place(case: str, tmp_path: Path) -> None:
    old, new, field, said = MISTAKES[case]
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(BookError) as caught:
        read_policies(tmp_path, plan_of_group().network)
    told = [m for m in caught.value.mistakes if m.field.startswith(field)]
    assert told, caught.value
    assert told[0].file == str(path)
    assert told[0].line is not None or field == "price policy"
    text = " ".join((told[0].problem, told[0].expected, told[0].remedy))
    assert said in text
    assert told[0].expected
    assert told[0].remedy


def test_an_empty_file_and_broken_toml_are_told(tmp_path: Path) -> None:
    write(tmp_path, "")
    write(tmp_path, "id = ", "two")
    with pytest.raises(BookError) as caught:
        read_policies(tmp_path, plan_of_group().network)
    assert {Path(m.file).name for m in caught.value.mistakes} == {
        "one.toml",
        "two.toml",
    }


def test_two_policies_in_force_on_one_day_contradict_each_other(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace('"one"', '"two"'), "two")
    with pytest.raises(BookError, match="in force on the same days"):
        read_policies(tmp_path, plan_of_group().network)


def test_a_fee_names_two_centres_and_goes_with_its_amount(tmp_path: Path) -> None:
    write(tmp_path, GOOD + FEE)
    with pytest.raises(BookError) as caught:
        read_policies(tmp_path, plan_of_group().network)
    fields = {m.field: m for m in caught.value.mistakes}
    assert "smelt" in fields["fees.0.payer"].remedy
    assert "does not go with" in fields["fees.0.fee"].problem
