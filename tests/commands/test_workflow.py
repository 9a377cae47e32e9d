"""The commands of the workflow: what they print, as text and as documented JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docs.generate import commands
from orebook.cli import main
from orebook.commands.reward_flow import COMMANDS
from orebook.store.locate import VARIABLE
from tests.audit.conftest import MONTH, SCHEME, settled_book  # noqa: F401
from tests.docs.test_docs import paths, pattern


@pytest.fixture
def book(settled_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """Give a book with a simulated month, run."""
    import shutil

    monkeypatch.delenv(VARIABLE, raising=False)
    folder = tmp_path / "book"
    shutil.copytree(settled_book, folder)
    assert CliRunner().invoke(main, ["run", str(folder), MONTH]).exit_code == 0
    (tmp_path / "lab.json").write_text("{}", encoding="utf-8")
    return str(folder)


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def done(*words: str) -> dict[str, object]:
    """Run a command with --json; its fields are those documented."""
    found = call(*words, "--json")
    assert found.exit_code == 0, found.output
    data: dict[str, object] = json.loads(found.stdout)
    known = [pattern(row["field"]) for row in commands.fields()[" ".join(words[:2])]]
    odd = [p for p in paths(data) if not any(k.match(p) for k in known)]
    assert odd == []
    top = {re.split(r"[.\[]", r["field"])[0]
           for r in commands.fields()[" ".join(words[:2])]}  # fmt: skip
    assert top == set(data)
    return data


def into_force(book: str) -> None:
    lab = str(Path(book).parent / "lab.json")
    done("scheme", "draft", book, SCHEME, "--by", "eva")
    done("scheme", "simulate", book, SCHEME, "--by", "eva", "--result", lab)
    done("scheme", "approve", book, SCHEME, "--by", "anna")
    done("scheme", "reject", book, SCHEME, "--by", "bert", "--reason", "read again")
    done("scheme", "simulate", book, SCHEME, "--by", "eva", "--result", lab)
    done("scheme", "approve", book, SCHEME, "--by", "anna", "--version", "1")
    done("scheme", "approve", book, SCHEME, "--by", "bert")
    done("scheme", "activate", book, SCHEME, "--by", "hans")


@pytest.fixture(autouse=True)
def in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of the store in June 2026, whatever the day is."""
    from datetime import UTC, datetime

    from orebook.store.records import Records

    made = Records.__init__

    def at_work(self: Records, url: str, book: str, **_: object) -> None:
        made(self, url, book, clock=lambda: datetime(2026, 6, 2, tzinfo=UTC))

    monkeypatch.setattr(Records, "__init__", at_work)


def test_a_scheme_and_a_settlement_by_command(book: str, tmp_path: Path) -> None:
    into_force(book)
    at = (book, MONTH, SCHEME)
    assert done("reward", "freeze", *at, "--by", "eva")["stage"] == "frozen"
    out = tmp_path / "statements"
    done("reward", "publish", *at, "--by", "hans", "--out", str(out))
    written = sorted(out.iterdir())
    assert len(written) == 2
    text = written[0].read_text("utf-8")
    assert "询问截止 2026-06-05" in text
    assert "Inquiries until 2026-06-05" in text
    team = json.loads(call("reward", "flow", book, "--json").stdout)
    name = team["settlements"][0]["dues"][0]["team"]
    done("reward", "inquire", *at, "--by", "lead", "--team", name, "--text", "why")
    done("reward", "answer", *at, "1", "--by", "hans", "--text", "so")
    proof = str(tmp_path / "lab.json")
    words = ("--team", name, "--amount", "-1.50", "--code", "reading", "--reason", "x")
    done("reward", "adjust", *at, "--by", "eva", *words, "--evidence", proof)
    done("reward", "approve", *at, "1", "--by", "anna")
    done("reward", "adjust", *at, "--by", "eva", *words, "--evidence", proof)
    done("reward", "reject", *at, "2", "--by", "anna", "--reason", "twice")
    flow = done("reward", "flow", book, SCHEME, MONTH)
    assert flow["overdue"] == 0
    (waits,) = flow["waiting"]
    assert (waits["action"], waits["people"]) == ("approve", ["bert"])
    late = json.loads(
        call("reward", "flow", book, "--as-of", "2026-08-01", "--json").stdout
    )
    assert late["overdue"] == 1
    early = call("reward", "pay", *at, "--by", "fina")
    assert early.exit_code == 1
    assert "inquiries are open to 2026-06-05" in early.stderr
    proved = done("audit", "verify", book)
    assert proved["settlements"][0]["derived"] is True
    assert proved["breach"] is None
    done("scheme", "retire", book, SCHEME, "--by", "hans", "--reason", "new year")


def test_the_text_says_what_was_done_and_what_is_next(book: str) -> None:
    empty = call("reward", "flow", book, "--lang", "en").stdout
    assert empty.startswith("Nothing was drafted or frozen yet")
    drafted = call("scheme", "draft", book, SCHEME, "--by", "eva").stdout
    assert "scheme two version 1: draft by eva (evaluator) on 2026-06-02" in drafted
    assert "next: simulate (evaluator)" in drafted
    told = call("reward", "flow", book).stdout
    assert "待办与期限" in told
    assert "附测算结果" in told
    assert (
        "1 waiting, 0 of them overdue"
        in call("reward", "flow", book, "--lang", "en").stdout
    )
    unknown = call("scheme", "draft", book, "tow", "--by", "eva")
    assert unknown.exit_code == 1
    assert "did you mean 'two'?" in unknown.stderr


def test_wrong_amounts_are_refused_before_anything_is_opened(tmp_path: Path) -> None:
    where = (str(tmp_path / "none"), MONTH, SCHEME, "--by", "eva")
    for words, told in (
        (("--team", "a"), "1 teams and 0 amounts"),
        (("--team", "a", "--team", "a", "--amount", "1", "--amount", "2"), "twice"),
        (("--restated", "--code", "other"), "--restated finds teams"),
    ):
        found = call("reward", "adjust", *where, *words)
        assert found.exit_code == 1
        assert told in found.stderr


def test_reward_is_a_command_and_a_group(book: str) -> None:
    """`orebook reward BOOK PERIOD` means what it always did."""
    found = call("reward", book, MONTH, "--json")
    assert found.exit_code == 0, found.output
    assert len(json.loads(found.stdout)["rewards"]) == 2
    page = call("reward", "--help").stdout
    assert "BOOK PERIOD" in page
    assert all(c.name is not None and c.name in page for c in COMMANDS)
    assert call("reward").exit_code == 2
    assert call("reward", book).exit_code == 2
    assert "Missing argument 'PERIOD'" in call("reward", book).stderr
    assert call("reward", "pay", book).exit_code == 2


@pytest.mark.slow
def test_the_report_of_a_published_month_shows_its_state(book: str) -> None:
    into_force(book)
    at = (book, MONTH, SCHEME)
    assert "尚未冻结" in _page(book)
    done("reward", "freeze", *at, "--by", "eva")
    done("reward", "publish", *at, "--by", "hans")
    page = _page(book)
    assert "已公示" in page
    assert "2026-06-05" in page
    assert "结算所依据的版本与哈希" in page


def _page(book: str) -> str:
    found = call("report", book, MONTH, "--json")
    assert found.exit_code == 0, found.output
    return Path(json.loads(found.stdout)["files"][0]).read_text("utf-8")
