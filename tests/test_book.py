"""The open book and its commands on the starter book: a whole period, end to end."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.cli import main

MONTH = "2026-01"
SCHEME = """\
id = "starter"
name = "起步方案"
valid_from = 2026-01-01
valid_to = 2026-12-31
[fund]
amount = "100000 CNY"
[pool]
of_fund = 1.2
[[teams]]
id = "{team}"
share = 1.0
[[measures]]
id = "own"
name = "效率"
source = "effect"
of = "efficiency"
unit = "CNY"
curve = {{ kind = "linear", at = 0, base = 1, slope = 1e-7, floor = 0, cap = 2 }}
"""


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the starter book with a scheme and a simulated month of intake."""
    folder = tmp_path_factory.mktemp("books") / "starter"
    new_book(folder)
    with open_book(folder) as book:
        team = book.chain.units[-1].centre
    (folder / "schemes").mkdir(exist_ok=True)
    (folder / "schemes" / "one.toml").write_text(
        SCHEME.format(team=team), encoding="utf-8"
    )
    with open_book(folder) as book:
        book.simulate(MONTH, seed=5)
    shutil.rmtree(folder / ".orebook")
    return folder


@pytest.fixture
def book_folder(starter: Path, tmp_path: Path) -> Path:
    """Return a fresh copy of the starter book, nothing taken in yet."""
    return Path(shutil.copytree(starter, tmp_path / "book"))


def call(*words: str, status: int = 0) -> dict[str, object]:
    """Run a command with --json and return what it printed."""
    found = CliRunner().invoke(main, [*words, "--json"], catch_exceptions=False)
    assert found.exit_code == status, found.output
    data: dict[str, object] = json.loads(found.stdout)
    return data


def lasting(data: dict[str, object]) -> str:
    """Return a result without its timings, as text to compare byte by byte."""
    plan = {k: v for k, v in data["plan"].items() if not k.endswith("_s")}
    kept = {k: v for k, v in data.items() if k != "seconds"} | {"plan": plan}
    return json.dumps(kept, sort_keys=True)


def body(text: str) -> list[str]:
    """Return header and rows of an intake file, its comments left out."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_run_prints_what_it_promises(book_folder: Path) -> None:
    """The stable names of the main job, amounts as decimal text to the cent."""
    data = call("run", str(book_folder), MONTH)
    assert set(data) >= {
        "status", "plan", "prices", "close", "centres", "group", "variance",
        "adaptation", "rewards", "seconds",
    }  # fmt: skip
    assert set(data["plan"]) >= {
        "margin_cny", "periods", "rows", "columns", "assemble_s", "solve_s"
    }  # fmt: skip
    price = data["prices"][0]
    assert set(price) >= {"material", "place", "period", "price", "bid", "ask", "unit"}
    assert set(data["close"]) >= {"worst_imbalance_sigma", "gross_errors", "hash"}
    cents = Decimal("0.01")
    total = sum(
        Decimal(c["margin_cny"]) + Decimal(c["rent_cny"]) for c in data["centres"]
    )
    group = data["group"]
    assert total + Decimal(group["elimination_cny"]) == Decimal(group["margin_cny"])
    for row in data["variance"]:
        effects = sum(map(Decimal, row["effects"].values()))
        assert Decimal(row["plan_cny"]) + effects == Decimal(row["actual_cny"])
    split = data["adaptation"]
    parts = ("market_cny", "not_replanned_cny", "execution_cny")
    assert Decimal(split["plan_cny"]) + sum(Decimal(split[p]) for p in parts) == (
        Decimal(split["actual_cny"])
    )
    assert all(
        Decimal(r["amount_cny"]) == Decimal(r["amount_cny"]).quantize(cents)
        for r in data["rewards"]
    )
    assert data["rewards"][0]["explanation"]["children"]
    assert data["simulated"] is True


def test_running_twice_is_byte_equal(book_folder: Path) -> None:
    """The same book again: same figures, same hash, no new version of anything."""
    first = call("run", str(book_folder), MONTH)
    second = call("run", str(book_folder), MONTH)
    assert lasting(first) == lasting(second)
    with open_book(book_folder) as book:
        assert {d.version for d in book.store.records.documents()} == {1}


def test_each_step_is_a_command(book_folder: Path) -> None:
    """Plan, intake, close, evaluate, reward, report one by one give what run gives."""
    folder = str(book_folder)
    call("check", folder)
    taken = call("intake", folder, str(book_folder / "intake"))
    assert taken["rejected"] == 0
    plan = call("plan", folder, MONTH)
    assert plan["status"] == "optimal"
    closed = call("close", folder, MONTH)
    whole = call("run", folder, MONTH)
    assert whole["close"]["hash"] == closed["hash"]
    evaluated = call("evaluate", folder, MONTH)
    assert evaluated["variance"] == whole["variance"]
    assert call("reward", folder, MONTH)["rewards"] == whole["rewards"]
    assert call("audit", "verify", folder)["breach"] is None
    files = call("report", folder, MONTH, "--out", str(book_folder / "out"))["files"]
    assert all(Path(f).stat().st_size > 10_000 for f in files)


def test_one_team_explained_in_words(book_folder: Path) -> None:
    """The explanation of a team ends in evidence; a wrong team is named."""
    call("run", str(book_folder), MONTH)
    team = call("reward", str(book_folder), MONTH)["rewards"][0]["team"]
    words = ["reward", str(book_folder), MONTH, "--team", team]
    shown = CliRunner().invoke(main, words, catch_exceptions=False)
    assert "CNY" in shown.output
    assert "[" in shown.output, "evidence stands in brackets"
    failed = CliRunner().invoke(main, [*words[:-1], "nobody"], catch_exceptions=False)
    assert failed.exit_code == 1
    assert team in failed.output


def test_prices_are_checked_on_request(book_folder: Path) -> None:
    """--check-prices re-solves every priced balance with one unit more and less."""
    data = call("plan", str(book_folder), MONTH, "--periods", "3", "--check-prices")
    assert data["price_check"]["worst"] < 1e-6
    assert data["price_check"]["checked"] > 0


def test_a_late_correction_is_a_visible_restatement(book_folder: Path) -> None:
    """A corrected reading gives version 2; version 1 stays; the chain is whole."""
    first = call("run", str(book_folder), MONTH)
    meters = (book_folder / "intake" / MONTH / "meters.csv").read_text(encoding="utf-8")
    head, first_row = (x.split(",") for x in body(meters)[:2])
    first_row[head.index("value")] = str(float(first_row[head.index("value")]) * 1.02)
    late = book_folder / "late.csv"
    late.write_text(f"{','.join(head)}\n{','.join(first_row)}\n", encoding="utf-8")
    taken = call("intake", str(book_folder), str(late))
    assert taken["corrected"] == 1
    again = call("close", str(book_folder), MONTH)
    assert again["version"] == 2
    assert again["hash"] != first["close"]["hash"]
    with open_book(book_folder) as book:
        assert [d.version for d in book.store.records.documents("close")] == [1, 2]
        assert book.verify().sound


def test_bad_rows_are_named_and_good_rows_kept(book_folder: Path) -> None:
    """One bad row of an intake: exit 1, the row is named, the others are taken in."""
    source = book_folder / "intake" / MONTH / "stocks.csv"
    head, good = body(source.read_text(encoding="utf-8"))[:2]
    bad = ",".join(["NO-SUCH", *good.split(",")[1:]])
    file = book_folder / "stocks-bad.csv"
    file.write_text("\n".join([head, good, bad]), encoding="utf-8")
    data = call("intake", str(book_folder), str(file), status=1)
    assert data["files"][0]["added"] == 1
    assert data["rejected"] == 1
    reject = data["files"][0]["rejects"][0]
    assert reject["line"] == 3
    assert "NO-SUCH" in reject["value"]


def test_a_run_names_the_rows_it_could_not_use(book_folder: Path) -> None:
    """A bad row in the intake folder: the run goes on, and says which row and why."""
    file = book_folder / "intake" / MONTH / "stocks.csv"
    text = file.read_text(encoding="utf-8")
    bad = ",".join(["NO-SUCH", *body(text)[1].split(",")[1:]])
    file.write_text(f"{text}{bad}\n", encoding="utf-8")
    first = call("run", str(book_folder), MONTH)
    (row,) = first["close"]["rejected"]
    assert row["value"] == "NO-SUCH"
    assert row["row"] == len(text.splitlines()) + 1
    assert lasting(first) == lasting(call("run", str(book_folder), MONTH))
    shown = CliRunner().invoke(main, ["run", str(book_folder), MONTH])
    assert "not used: stocks.csv" in shown.output


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["run", "nowhere", "2026-01"], 1, "nowhere"),
        (["plan", "BOOK", "2026-13"], 1, "2026-13"),
        (["plan", "BOOK", "january"], 1, "is not a period"),
        (["plan", "BOOK", "2026-01", "--periods", "0"], 1, "at least 1 period"),
        (["close", "BOOK", "2026-01"], 1, "orebook intake"),
        (["evaluate", "BOOK", "2026-01"], 1, "orebook close"),
        (["simulate", "BOOK", "2026-02", "--gross-error", "X"], 1, "METER=SIZE"),
        (["simulate", "BOOK", "2026-01"], 1, "--replace"),
        (["new", "BOOK"], 1, "empty"),
        (["run", "BOOK"], 2, "Missing argument"),
        (["fly"], 2, "No such command"),
    ],
)
def test_wrong_use_has_one_clear_message(
    book_folder: Path, words: list[str], status: int, message: str
) -> None:
    """Exit 1 where book or input is wrong, 2 on usage; the message says what to do."""
    given = [str(book_folder) if w == "BOOK" else w for w in words]
    found = CliRunner().invoke(main, given, catch_exceptions=False)
    assert found.exit_code == status
    assert message in found.output
    assert "Traceback" not in found.output


def test_an_infeasible_book_exits_3(book_folder: Path) -> None:
    """More promised to a customer than the smelter can make: exit 3, both named."""
    for site in (book_folder / "sites").glob("*.toml"):
        text = site.read_text(encoding="utf-8")
        if "[[sales]]" in text:
            head, mark, tail = text.partition("[[sales]]")
            lines = [x for x in tail.splitlines() if not x.startswith(("min", "max"))]
            sale = "\n".join(['min = "900 Mt/a"', *lines])
            site.write_text(f"{head}{mark}\n{sale}\n", encoding="utf-8")
            break
    data = call("plan", str(book_folder), MONTH, status=3)
    assert data["status"] == "infeasible"
    assert len(str(data["message"])) > 40


def test_help_is_quick_and_has_an_example_for_every_command() -> None:
    """Each command's help shows an example; no heavy module is needed for it."""
    for name, command in main.commands.items():
        leaves = getattr(command, "commands", {name: command})
        for leaf in leaves.values():
            assert "Example: orebook" in (leaf.help or ""), name


KILLER = """
import sys
from orebook.cli import main
main(["run", sys.argv[1], "2026-01", "--json"])
"""


def killed_runs(folder: Path, count: int, seed: int) -> str:
    """Kill ``count`` runs at random moments, then run once to the end."""
    rng = random.Random(seed)
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-c", KILLER, str(folder)]
    for _ in range(count):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, env=env) as run:
            time.sleep(rng.uniform(0.2, 6.0))
            run.send_signal(signal.SIGKILL)
    return lasting(call("run", str(folder), MONTH))


@pytest.mark.slow
def test_fifty_kills_lose_nothing(book_folder: Path, tmp_path: Path) -> None:
    """Killed at 50 random moments, the book is usable and the result identical."""
    calm = Path(shutil.copytree(book_folder, tmp_path / "calm"))
    expected = lasting(call("run", str(calm), MONTH))
    assert killed_runs(book_folder, 50, seed=20260523) == expected
    with open_book(book_folder) as book:
        assert book.verify().sound
        assert {d.version for d in book.store.records.documents()} == {1}


def test_a_few_kills_lose_nothing(book_folder: Path, tmp_path: Path) -> None:
    """The same with three kills, for every run of the tests."""
    calm = Path(shutil.copytree(book_folder, tmp_path / "calm"))
    expected = lasting(call("run", str(calm), MONTH))
    assert killed_runs(book_folder, 3, seed=7) == expected
