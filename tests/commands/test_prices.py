"""`orebook prices show` and `value` as their user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.cli import main

MONTH = "2026-05"
POLICY = """id = "other"
name = "另一套"
name_en = "another set"
valid_from = 2026-01-01
valid_to = 2026-12-31
approved_by = ["committee"]
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the starter book with a month closed, and a policy for a good of it."""
    folder = tmp_path_factory.mktemp("prices") / "group"
    new_book(folder)
    with open_book(folder) as opened:
        opened.simulate(MONTH, seed=2)
        made = opened.run(MONTH)
        streams = made.plan.network.streams
        balance = next(
            s.balance for s in streams for o in streams
            if s.balance == o.balance and s.centre != o.centre
            and made.closed.month().amounts[s.id] > 0.0
        )  # fmt: skip
        unit = made.plan.network.chain.material[balance.material].unit
    (folder / "policies").mkdir()
    rule = (f'\n[[prices]]\nid = "r"\ngoods = ["{balance}"]\nmethod = "standard"\n'
            f'value = "123 CNY/{unit}"\nsource = "test"\n')  # fmt: skip
    (folder / "policies" / "other.toml").write_text(POLICY + rule, encoding="utf-8")
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["prices", *map(str, words)])


def test_prices_are_shown_with_method_and_interval(book: Path) -> None:
    data = json.loads(call("show", book, MONTH, "--set", "other", "--json").stdout)
    assert [p["charge"] for p in data["prices"]] == [123.0]
    assert data["prices"][0]["approved_by"] == ["committee"]
    plan = json.loads(call("show", book, MONTH, "--json").stdout)
    assert plan["price_set"] == "plan"
    assert len(plan["prices"]) > 1
    assert (
        "by standard (value 123 CNY/"
        in call("show", book, MONTH, "--set", "other").output
    )


def test_a_month_not_closed_yet_is_priced_from_its_plan(book: Path) -> None:
    data = json.loads(call("show", book, "2026-06", "--json").stdout)
    assert data["period"] == "2026-06"


def test_a_month_is_valued_again(book: Path) -> None:
    data = json.loads(call("value", book, MONTH, "--set", "other", "--json").stdout)
    plan = json.loads(call("value", book, MONTH, "--set", "plan", "--json").stdout)
    assert data["months"][0]["group_cny"] == plan["months"][0]["group_cny"]
    moved = {r["centre"]: float(r["moved_cny"]) for r in data["moved"]}
    assert any(moved.values())
    with open_book(book) as opened:
        assert opened.verify().sound
        kept = opened.store.records.documents("evaluation", MONTH)
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("value", MONTH, "--set", "othr"), "did you mean 'other'"),
        (("value", "2026-06", "--set", "other"), "is not closed"),
        (("value", MONTH, "2026-04", "--set", "other"), "turn them round"),
        (
            ("value", MONTH, "--set", "other", "--centre", "nobody"),
            "no centre is called",
        ),
        (("show", MONTH, "--good", "watr"), "no good is called"),
    ],
)
def test_wrong_words_get_one_clear_error(
    book: Path, words: tuple[str, ...], said: str
) -> None:
    verb, *rest = words
    found = call(verb, book, *rest)
    assert found.exit_code == 1
    assert said in found.stderr


def test_a_policy_in_force_settles_the_month(book: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "group"
    shutil.copytree(book, copy)
    path = copy / "policies" / "other.toml"
    rules = path.read_text("utf-8").removeprefix(POLICY)
    path.write_text(f"{POLICY}in_force = true\n{rules}", encoding="utf-8")
    with open_book(book) as opened, open_book(copy) as other:
        plain, ruled = opened.result(MONTH), other.result(MONTH)
    assert ruled.priced.policy == "other"
    assert ruled.market.group == plain.market.group
    assert ruled.market.centres != plain.market.centres
    for row in ruled.variance_rows():
        effects = dict(row["effects"]).values()  # type: ignore[call-overload]
        gap = float(str(row["plan_cny"])) + sum(map(float, effects))
        assert gap == pytest.approx(float(str(row["actual_cny"])), abs=0.005)
