"""`orebook tune` from simulated intake to a plan that stands on what was kept."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.generate import commands
from orebook.book import open_book
from orebook.chain.calendar import horizon, period
from orebook.cli import main
from orebook.commands.tune import keep_tunings, tune_book
from orebook.errors import InputError
from tests.docs.test_docs import paths, pattern

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
MONTHS = [p.name for p in horizon(period("2026-01"), 5)]
TRUTH = {"digest": "extraction_monohydrate = 0.952", "precipitate":
         'growth_constant = "2.0 g/h/m^2"'}  # fmt: skip
ASKED = "extraction_monohydrate,growth_constant"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a refinery with five closed months, run at other constants than stated."""
    folder = tmp_path_factory.mktemp("tune") / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    site = folder / "sites" / "refinery.toml"
    stated = text = site.read_text("utf-8")
    for unit, setting in TRUTH.items():
        head = f'id = "{unit}"\n'
        text = text.replace(head, f"{head}settings = {{ {setting} }}\n")
    site.write_text(text, "utf-8")
    with open_book(folder) as book:
        for month in MONTHS:
            book.simulate(month, seed=3)
    shutil.rmtree(folder / ".orebook")
    site.write_text(stated, "utf-8")
    with open_book(folder) as book:
        for month in MONTHS:
            book.intake([folder / "intake" / month])
            book.close(month)
        book.result("2026-03")
        book.plan("2026-06", periods=2)
    return folder


@pytest.fixture
def folder(closed: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may add to."""
    return Path(shutil.copytree(closed, tmp_path / "book"))


def timeless(value: object) -> object:
    """Return data without the seconds it took."""
    if isinstance(value, dict):
        return {
            k: timeless(v)
            for k, v in value.items()
            if k != "seconds" and not k.endswith("_s")
        }
    return value


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["tune", *words])
    assert done.exit_code == status, done.output
    return done.stdout if status == 0 else done.stderr


def test_it_finds_what_was_planted_and_prints_what_is_documented(
    closed: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    text = run(str(closed), "plant", "--constants", ASKED, "--out", str(page), "--json")
    answer = json.loads(text)
    (group,) = answer["groups"]
    found = {c["constant"]: c for c in group["constants"]}
    truth = {"extraction_monohydrate": 0.952, "growth_constant": 2.0}
    for name, value in truth.items():
        one = found[name]
        assert abs(one["value"] - value) < 3.0 * one["standard_error"]
        assert one["low"] < one["value"] < one["high"]
        assert abs(one["value"] - value) < abs(one["before"] - value)
    assert group["chi2_after"] < group["chi2_before"]
    assert group["rms_left_out"] < group["rms_before"]
    with open_book(closed) as book:
        kept = book.store.records.latest("close", "2026-02").chain_hash
    assert {"period": "2026-02", "hash": kept} in group["months"]
    assert answer["kept"] is None
    documented = commands.fields()["tune"]
    known = [pattern(row["field"]) for row in documented]
    assert [p for p in set(paths(answer)) if not any(k.match(p) for k in known)] == []
    top = {re.split(r"[.\[]", row["field"])[0] for row in documented}
    assert top == set(answer)
    html = page.read_text("utf-8")
    assert "拟合前后的常数" in html
    assert "Constants before and after" in html
    assert not re.search(r"(src|href)=\"https?://", html)


def test_what_is_kept_is_what_the_next_plan_stands_on(folder: Path) -> None:
    with open_book(folder) as book:
        before = book.planned(period("2026-06"), periods=1)
        documents = len(book.store.records.documents())
        march = book.result("2026-03").to_dict()
        assert len(book.store.records.documents()) == documents
    text = run(str(folder), "plant", "--constants", ASKED, "--keep", "--author",
               "process engineering", "--lang", "en")  # fmt: skip
    assert "valid from 2026-06-01" in text
    assert "the plan of 2026-06 was released with the constants before" in text
    checked = CliRunner().invoke(main, ["check", str(folder)])
    assert checked.exit_code == 0, checked.output
    with open_book(folder) as book:
        (first, second) = book.chain.tuned
        assert {first.author, second.author} == {"process engineering"}
        assert first.date == date.today()
        assert first.months == MONTHS
        held = {t.constant: t.value.number for t in book.chain.tuned}
        for unit, process in book.network_at(period("2026-06")).processes.items():
            at = {s.name: s.default for s in process.settings}
            assert at["growth_constant"] == held["growth_constant"], unit
        after = book.planned(period("2026-06"), periods=1)
        assert after.margin != pytest.approx(before.margin, rel=1e-6)
        # What is closed stays: same plan, same fair targets, same evaluation, to the
        # last byte, so that nothing new is kept of it.
        again = book.result("2026-03").to_dict()
        assert timeless(again) == timeless(march)
        assert len(book.store.records.documents()) == documents
        # The release made before stays as its version; planning again adds one.
        book.plan("2026-06", periods=2)
        assert len(book.store.records.documents("plan", "2026-06")) == 2
        assert book.verify().sound


def test_an_entry_is_never_overwritten_and_a_closed_month_never_changes(
    folder: Path,
) -> None:
    with open_book(folder) as book:
        asked = ["extraction_monohydrate"]
        found, skipped = tune_book(book, "digest", constants=asked)
        assert skipped == []

        def keep(author: str = "a", valid_from: str | None = None) -> dict[str, object]:
            day = date(2026, 6, 3)
            return keep_tunings(
                book, "digest", found, author=author, day=day, valid_from=valid_from
            )

        with pytest.raises(InputError, match="author is missing"):
            keep(author=" ")
        with pytest.raises(InputError, match=r"2026-05 is closed.*2026-06 or later"):
            keep(valid_from="2026-05")
        assert not (folder / "tuning").exists()
        kept = keep()
        assert kept["entries"] == ["2026-06-01-digest-extraction_monohydrate"]
        text = (folder / "tuning" / "2026-06-03-digest.toml").read_text("utf-8")
    with open_book(folder) as book:
        with pytest.raises(InputError, match=r"never overwritten.*--valid-from"):
            keep_tunings(book, "digest", found, author="b", day=date(2026, 6, 3))
        later = keep_tunings(book, "digest", found, author="b", day=date(2026, 6, 3),
                             valid_from="2026-07")  # fmt: skip
        assert str(later["file"]).endswith("2026-06-03-digest-2.toml")
    assert (folder / "tuning" / "2026-06-03-digest.toml").read_text("utf-8") == text
    with open_book(folder) as book:
        assert len(book.chain.tuned) == 2


WRONG = [
    (("digest", "--constants", "dsp_soad"), "did you mean 'dsp_soda'"),
    (("digst",), "did you mean 'digest'"),
    (("trade",), "has no unit with constants"),
    (("digest", "--from", "2026/1"), "is not a period; write a month (2026-05)"),
    (("digest", "--from", "46023"), "is not a period"),
    (
        ("digest", "--from", "2026-04", "--to", "2026-07"),
        "not closed: 2026-06, 2026-07",
    ),
    (("digest", "--from", "2026-05", "--to", "2026-02"), "comes after"),
    (("digest", "--from", "2026-04", "--to", "2026-05"), "expected at least 3"),
    (("digest", "--constants", "extraction_gibbsite"), "cannot be observed"),
    (("digest", "--exclude", "2026-09"), "is none of the closed months"),
    (("digest", "--keep"), "--keep needs --author"),
    (("digest", "--out", "page.pdf"), "expected FILE.html"),
    (("digest", "--lasting", "1.2"), "is no share of the doubt"),
    (("digest", "--keep", "--author", "a", "--valid-from", "2026-03"), "is closed"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[w[-1] for w, _ in WRONG])
def test_wrong_input_says_what_to_write(
    closed: Path, words: tuple[str, ...], told: str
) -> None:
    assert told in run(str(closed), *words, status=1)
    assert not (closed / "tuning").exists()


def test_a_book_without_closed_months_says_how_to_close_them(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    assert "run: orebook close" in run(str(folder), "digest", status=1)
