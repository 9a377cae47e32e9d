"""`orebook reward` on a small book: print, what-if, restate, deferred, back-test."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.generate import commands
from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.cli import main
from orebook.paying import kept_history, kept_month_of
from orebook.reward.gather import facts_of, gather
from orebook.reward.keep_month import Evidence, keep_month
from orebook.reward.kept_month import KeptMonth
from tests.docs.test_docs import paths, pattern

MONTHS = ("2026-01", "2026-02", "2026-03")
SCHEME = """\
id = "pots"
name = "电解方案"
name_en = "scheme of the pots"
valid_from = 2026-01-01
valid_to = 2026-12-31
clawback = true
settle_over = "year"
[fund]
amount = "100000 CNY"
[pool]
of_fund = 1.5
[deferral]
share = 0.2
months = 2
forfeit_on_veto = true
[[teams]]
id = "potrooms"
share = 0.5
[[teams]]
id = "refinery"
share = 0.5
[[measures]]
id = "power"
name = "吨铝电耗"
name_en = "power per tonne"
source = "indicator"
of = "potline.power/potline.metal"
unit = "kWh/t"
direction = "min"
target = { source = "fair" }
weight = 0.5
teams = ["potrooms"]
curve = { kind = "linear", slope = 10 }
[[measures]]
id = "own"
name = "效率"
name_en = "own efficiency"
source = "effect"
of = "efficiency"
unit = "CNY"
weight = 0.5
teams = ["potrooms"]
curve = { kind = "linear", at = 0, base = 1, slope = 1e-7 }
[[measures]]
id = "refining"
name = "利润"
name_en = "margin"
source = "margin"
unit = "CNY"
attainment = "difference"
target = { source = "fair" }
teams = ["refinery"]
curve = { kind = "linear", at = 0, base = 1, slope = 1e-7 }
[[gates]]
id = "injury"
name = "伤害"
incident = "lost_time_injury"
effect = "deduction"
value = 0.3
[[gates]]
id = "fatality"
name = "死亡"
incident = "fatality"
effect = "veto"
"""
HONEST = """
id = "honest"
name = "诚实"
valid_from = 2026-01-01
valid_to = 2026-12-31
[fund]
amount = "100000 CNY"
[pool]
unlimited = true
[[teams]]
id = "potrooms"
share = 1.0
[[measures]]
id = "metal"
name = "铝产量"
source = "delivery"
of = "sell-metal"
unit = "t"
target = { source = "plan" }
report = { missing = "target" }
curve = { kind = "weitzman", alpha = 4, beta = 6, gamma = 9 }
"""


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book with three settled months."""
    folder = tmp_path_factory.mktemp("reward") / "book"
    new_book(folder)
    (folder / "schemes").mkdir(exist_ok=True)
    (folder / "schemes" / "pots.toml").write_text(SCHEME, "utf-8")
    (folder / "honest.toml").write_text(HONEST, "utf-8")
    with open_book(folder) as book:
        for month in MONTHS:
            book.simulate(month, seed=5)
    shutil.rmtree(folder / ".orebook")
    with open_book(folder) as book:
        for month in MONTHS:
            book.run(month, periods=2)
    return folder


@pytest.fixture
def folder(settled: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may add to."""
    return Path(shutil.copytree(settled, tmp_path / "book"))


def call(*words: object, status: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(main, ["reward", *map(str, words), "--json"])
    assert done.exit_code == status, done.output
    data: dict[str, object] = json.loads(done.stdout)
    return data


def say(*words: object) -> str:
    done = CliRunner().invoke(main, ["reward", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_month_settles_as_before_without_naming_the_command(settled: Path) -> None:
    short = call(settled, "2026-03")
    assert {r["team"] for r in short["rewards"]} == {"potrooms", "refinery"}
    assert "settled with the 2 months before it" in say(settled, "2026-03")


def test_a_kept_month_tells_schemes_what_the_month_itself_does(settled: Path) -> None:
    """Written to text and read again, it gives the same facts, to the bit."""
    with open_book(settled) as book:
        result = book.result("2026-03")
        evidence = Evidence(result.plan, result.closed, result.variance,
                            result.postings, result.priced.prices)  # fmt: skip
        kept = keep_month(evidence)
        text = json.dumps(kept.to_dict())
        again = KeptMonth.from_dict(json.loads(text))
        assert kept_month_of(book.store.records, "2026-03") == again
        for scheme in book.schemes:
            one = gather(scheme, evidence)
            other = facts_of(scheme, book.network, again)
            assert one.digest() == other.digest()
        posted = {p.id for p in result.postings}
        ids = {n for c in ("refinery", "potrooms") for n in again.posted([c])}
        assert ids < posted


def test_print_keeps_the_fixed_order_in_both_languages(settled: Path) -> None:
    file = settled / "schemes" / "pots.toml"
    data = call("print", file)
    steps = [s["step"] for s in data["steps"]]
    assert steps == ["head", *data["order"]]
    assert all(len(s["zh"]) == len(s["en"]) for s in data["steps"])
    english, chinese = say("print", file, "--lang", "en"), say("print", file)
    assert "largest remainders" in english
    assert "小数部分从大到小" in chinese
    assert "reporting a hazard or near miss never costs" in english
    assert re.search("[一-鿿]", english) is None
    assert any("a ratio paid by itself" in w["en"] for w in data["warnings"])


def test_what_if_works_the_whole_chain_again(settled: Path) -> None:
    """One kWh/t carries its worth into the efficiency effect; both are paid."""
    data = call("what-if", settled, "2026-03", "potrooms", "--set", "power=-1%")
    answer = data["answers"][0]
    moved = {c["measure"]: c["asked"] - c["value"] for c in answer["changes"]}
    assert moved["power"] < 0 < moved["own"]
    change = Decimal(answer["after_cny"]) - Decimal(answer["before_cny"])
    assert Decimal(answer["change_cny"]) == change > 0
    unit = {u["measure"]: u for u in answer["units"]}
    fair = unit["power"]["target"]
    alone = 50_000 * 0.5 * 10 / fair  # fund x weight x slope / target
    assert unit["power"]["slope_down_cny"] == pytest.approx(alone, rel=0.05)
    worth = moved["own"] / -moved["power"]
    both = alone + 50_000 * 0.5 * 1e-7 * worth
    assert float(unit["power"]["one_less_cny"]) == pytest.approx(both, rel=0.05)
    with open_book(settled) as book:
        (paid,) = book.result("2026-03").settlements
    slope = next(m for m in paid.teams["potrooms"].marginals if m.measure == "power")
    assert slope.down_whole == pytest.approx(both, rel=0.05)
    assert "with all it carries along" in slope.sentence()


def test_what_if_alone_where_the_money_is_said_too(settled: Path) -> None:
    said = ("--set", "power=+100", "--set", "own=0")
    answer = call("what-if", settled, "2026-03", "potrooms", *said)["answers"][0]
    asked = {c["measure"]: c["asked"] for c in answer["changes"]}
    assert asked["own"] == 0.0
    assert "one kWh/t more of power" in say("what-if", settled, "2026-03", "potrooms")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("what-if", "BOOK", "2026-03", "potroms"), "did you mean 'potrooms'"),
        (("what-if", "BOOK", "2026-03", "potrooms", "--set", "powr=1"), "'power'"),
        (("what-if", "BOOK", "2026-03", "potrooms", "--set", "power=less"), "13250"),
        (("what-if", "BOOK", "2026-04", "potrooms"), "not closed"),
        (("backtest", "BOOK", "--scheme", "pot"), "did you mean 'pots'"),
        (("backtest", "BOOK", "--from", "2027-01", "--to", "2027-02"), "not closed"),
        (("restate", "BOOK", "2026-04", "pots"), "never settled"),
    ],
)
def test_wrong_words_are_answered(settled: Path, words, message: str) -> None:
    words = [str(settled) if w == "BOOK" else w for w in words]
    assert message in str(call(*words, status=1)["message"])


INCIDENT = """date,centre,kind,text,id,due,closed
2026-03-12,potrooms,lost_time_injury,烫伤,I-1,,
"""


def test_a_restated_month_is_paid_back_by_document(folder: Path) -> None:
    """An injury reported late: the paid month stays, an adjustment takes 30 % back."""
    before = call("restate", folder, "2026-03", "pots")
    assert (before["number"], before["total_cny"]) == (0, "0.00")
    late = folder / "intake" / "2026-03" / "late.csv"
    late.write_text(INCIDENT, "utf-8")
    with open_book(folder) as book:
        book.intake([late])
        book.close("2026-03")
    stale = call("restate", folder, "2026-03", "pots", status=1)
    assert "closed again since" in str(stale["message"])
    with open_book(folder) as book:
        book.result("2026-03")
    data = call("restate", folder, "2026-03", "pots")
    changes = {t["team"]: Decimal(t["change_cny"]) for t in data["teams"]}
    assert changes == {"potrooms": Decimal("-15000.00"), "refinery": Decimal("0.00")}
    again = call("restate", folder, "2026-03", "pots")
    assert (again["number"], again["total_cny"]) == (0, "0.00")
    with open_book(folder) as book:
        kept = book.store.records.documents("reward-adjustment", "2026-03")
        assert [d.status for d in kept] == ["posted"]
        assert book.verify().sound
        assert book.store.records.version("settlement", "2026-03", 1, key="pots")


def test_new_rules_do_not_reach_back(folder: Path) -> None:
    file = folder / "schemes" / "pots.toml"
    file.write_text(SCHEME.replace("slope = 10", "slope = 20"), "utf-8")
    answer = call("restate", folder, "2026-03", "pots", status=1)
    assert "new rules do not reach back" in str(answer["message"])


def test_the_ledger_of_what_is_paid_later(settled: Path) -> None:
    """20 % of each month for two months: due at the end of the second."""
    data = call("deferred", settled, "--on", "2026-04-15")
    due = {r["period"]: (r["due"], r["state"]) for r in data["rows"]}
    assert due == {
        "2026-01": ("2026-03-31", "released"),
        "2026-02": ("2026-04-30", "held"),
        "2026-03": ("2026-05-31", "held"),
    }
    total = sum(Decimal(r["amount_cny"]) for r in data["rows"])
    assert total == Decimal(data["held_cny"]) + Decimal(data["released_cny"])
    with open_book(settled) as book:
        kept = book.store.records.documents("settlement")
        amounts = [t["amount"] for d in kept for t in d.content["teams"]]
    assert float(total) == pytest.approx(0.2 * sum(map(float, amounts)), abs=0.05)


def test_a_backtest_pays_what_was_paid(settled: Path, tmp_path: Path) -> None:
    """The replay of the scheme in force gives the kept settlements, to the cent."""
    page = tmp_path / "lab.html"
    data = call("backtest", settled, "--against", settled / "honest.toml",
                "--out", page)  # fmt: skip
    assert data["periods"] == list(MONTHS)
    again = call("backtest", settled, "--against", settled / "honest.toml")
    assert again == {k: v for k, v in data.items() if k != "file"}
    assert call("--backtest", settled, "--against", settled / "honest.toml") == again
    months = data["schemes"][0]["months"]
    with open_book(settled) as book:
        for month in months:
            kept = book.store.records.latest("settlement", month["period"], key="pots")
            paid = {t["team"]: t["amount"] for t in kept.content["teams"]}
            assert month["teams"] == paid
    text = page.read_text("utf-8")
    assert "奖惩方案试算" in text
    assert "Schemes tried on the history" in text
    assert "scheme of the pots" in text


def test_months_left_out_are_named(folder: Path) -> None:
    with open_book(folder) as book:
        book.simulate("2026-04", seed=5)
        book.intake([folder / "intake" / "2026-04"])
        book.close("2026-04")
        missing = kept_history(book.store.records).missing
    assert missing == {"2026-04": "closed, not evaluated"}
    left_out = call("backtest", folder)["missing"]
    assert {m["period"]: m["why"] for m in left_out} == missing
    done = call("backtest", folder, "--evaluate")
    assert (done["missing"], len(done["periods"])) == ([], 4)


def test_every_printed_field_is_documented(settled: Path) -> None:
    answers = {
        "reward": call(settled, "2026-03"),
        "reward print": call("print", settled / "schemes" / "pots.toml"),
        "reward what-if": call("what-if", settled, "2026-03", "potrooms"),
        "reward restate": call("restate", settled, "2026-03", "pots"),
        "reward deferred": call("deferred", settled),
        "reward backtest": call("backtest", settled, "--against",
                                settled / "honest.toml"),
    }  # fmt: skip
    listed = commands.fields()
    for name, answer in answers.items():
        known = [pattern(row["field"]) for row in listed[name]]
        printed = set(paths(answer))
        assert [p for p in printed if not any(k.match(p) for k in known)] == [], name
        top = {re.split(r"[.\[]", row["field"])[0] for row in listed[name]}
        assert top <= {*answer, "file"}, name
