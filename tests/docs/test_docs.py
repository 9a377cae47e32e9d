"""The pages: links, commands, fields and generated parts agree with the program."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from docs.generate import book, commands, hook, words
from docs.generate.markdown import code, parameters, section
from orebook.chain.book_files import SECTIONS
from orebook.chain.meters import METER_TYPES
from orebook.cli import main
from orebook.commands.default_group import DefaultGroup
from orebook.glossary import terms
from orebook.process.registry import kind_names

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
README = ROOT / "README.md"
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`(orebook [^`]+)`")
TOUR = ("guangxi", "mybook", "reports")


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield every orebook command of a page's shell blocks and inline code."""
    blocks = [body for language, body in FENCE.findall(text) if language == "sh"]
    lines = [line.split(" #")[0] for body in blocks for line in body.splitlines()]
    lines += INLINE.findall(FENCE.sub("", text))
    for line in lines:
        words_ = shlex.split(line)
        if words_[:1] == ["orebook"]:
            yield words_[1:]


def resolved(words_: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command the words name and what is left of them."""
    command: click.Command = main
    while isinstance(command, click.Group) and words_ and words_[0] in command.commands:
        command, words_ = command.commands[words_[0]], words_[1:]
    own = command.default if isinstance(command, DefaultGroup) else command
    return own, words_


@pytest.mark.parametrize("path", [*PAGES, README], ids=lambda path: path.name)
def test_quoted_commands_exist_and_parse(path: Path) -> None:
    for words_ in commands_in(path.read_text("utf-8")):
        if words_[0] in {"COMMAND", "-h"}:
            continue
        command, rest = resolved(words_)
        assert not isinstance(command, click.Group), f"no command: {' '.join(words_)}"
        options = {name for p in command.params for name in p.opts}
        for word in rest:
            assert not word.startswith("--") or word.split("=")[0] in options, word


def test_an_unknown_command_would_be_noticed() -> None:
    command, _ = resolved(["audit", "nothing"])
    assert isinstance(command, click.Group)


def tour() -> list[list[str]]:
    """Return the commands of the README's tour, in order."""
    return list(
        commands_in(README.read_text("utf-8").split("## Tour")[1].split("\n## ")[0])
    )


def test_the_tour_parses_with_all_its_arguments() -> None:
    steps = tour()
    assert len(steps) >= 12
    for words_ in steps:
        command, rest = resolved(words_)
        with command.make_context("orebook", list(rest)) as context:
            assert context.params


def test_the_tour_shows_every_main_command() -> None:
    shown = {" ".join(w[: 2 if w[0] in {"prices", "audit"} else 1]) for w in tour()}
    wanted = {"new", "check", "plan", "simulate", "intake", "close", "run", "reward"}
    assert wanted | {"report", "prices import", "audit verify"} <= shown


@pytest.mark.parametrize("path", [*PAGES, README], ids=lambda path: path.name)
def test_internal_links_resolve(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text("utf-8"))):
        if "://" not in target and not target.startswith("#"):
            file = (path.parent / target.split("#")[0]).resolve()
            assert file.is_file(), f"{path.name} links to {target}"


def test_every_mark_can_be_filled_and_every_filler_is_used() -> None:
    marks = [m for page in PAGES for m in hook.MARK.findall(page.read_text("utf-8"))]
    names = [name for name, _ in marks]
    assert sorted(names) == sorted(hook.FILLS)
    for name in names:
        text = hook.fill(f"<!-- generated: {name} -->")
        assert "|" in text
        assert "<!--" not in text


def test_a_mark_nobody_knows_stops_the_build() -> None:
    with pytest.raises(KeyError, match="nothing"):
        hook.fill("<!-- generated: nothing -->")


def test_every_command_has_an_entry_with_a_working_example() -> None:
    page = commands.commands()
    for name, command in commands.walk(main):
        assert f"## {name}\n" in page
        assert "Example: orebook" in (command.help or ""), name
        example = (command.help or "").split("Example:")[1]
        found, _ = resolved(shlex.split(example)[1:])
        assert found is command
    known = {name for name, _ in commands.walk(main)}
    assert set(commands.fields()) == known | {"any error", "no plan"}


def test_every_table_of_a_book_is_described_with_an_example() -> None:
    text = book.tables()
    for sections in SECTIONS.values():
        for name, model in sections.items():
            assert f"[{name}]" in text
            assert book.example(name).lstrip("[").startswith(name)
            for field in model.model_fields:
                assert f"| {code(field)} |" in text


def test_an_entry_no_book_has_would_be_noticed() -> None:
    with pytest.raises(LookupError, match="nothing"):
        book.example("nothing")


def test_every_kind_meter_type_and_term_is_listed() -> None:
    kinds = hook.fill("<!-- generated: kinds -->")
    assert [k for k in kind_names() if f"## {k}\n" not in kinds] == []
    types = words.meter_types()
    assert [t for t in METER_TYPES if code(t) not in types] == []
    listed = words.glossary()
    assert [t.id for t in terms() if code(t.id) not in listed] == []


def test_docstring_sections_are_read() -> None:
    def example() -> None:
        """Do it.

        Parameters
        ----------
        a, b : float
            Two things
            at once [t].

        Returns
        -------
        float
            One.
        """

    assert parameters(example) == dict.fromkeys(
        "ab", ("float", "Two things at once [t].")
    )
    assert section(example, "Returns").split() == ["float", "One."]


# ------------------------------------------------------------------- against real runs


def paths(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the path of every value of a JSON document, ``[]`` for items of a list."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from paths(inner, f"{prefix}[]")
    else:
        yield f"{prefix}[]" if isinstance(value, list) else prefix


def pattern(field: str) -> re.Pattern[str]:
    """Return what a documented field matches: ``*`` any names, and what lies below."""
    return re.compile(re.escape(field).replace(r"\*", ".+") + r"(\[\]|$|[.].*)?.*$")


def run(*words_: str, status: int = 0) -> dict[str, object]:
    """Run a command with --json and return what it prints."""
    done = CliRunner().invoke(main, [*words_, "--json"])
    assert done.exit_code == status, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


CASE = """[case]
name = "电价上涨"
name_en = "power is dearer"
author = "planning"
reason = "to see what the smelter does"
expires = 2099-12-31

[[prices]]
contract = "buy:smelter-power"
factor = 1.1

[[outages]]
unit = "potline"
first = 2026-06-01
last = 2026-06-02
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Return what the commands print for a small book of one month."""
    place = tmp_path_factory.mktemp("docs")
    folder = str(place / "mybook")
    month, short = (folder, "2026-05"), ("--periods", "2")
    made = run("new", folder)
    cases = Path(folder) / "cases"
    cases.mkdir()
    (cases / "dear-power.toml").write_text(CASE, "utf-8")
    many = (*month, *short, "--workers", "1")
    return {
        "new": made,
        "check": run("check", folder),
        "case list": run("case", "list", folder),
        "case show": run("case", "show", folder, "dear-power"),
        "case run": run("case", "run", *many),
        "sweep": run("sweep", *many, "--price", "sell:sell-metal=-60%..+0%:2"),
        "tornado": run("tornado", *many),
        "paths": run("paths", *many, "--series", "alumina=20%", "--count", "2"),
        "two-stage": run(
            "two-stage", *many, "--scenario", "base=1", "--scenario", "dear-power=1"
        ),
        "schema": run("schema", str(place / "schema")),
        "plan": run("plan", *month, *short),
        "explain": run("explain", *month, "--periods", "2"),
        "compare-plans": run("compare-plans", *month, "1", "1"),
        "simulate": run("simulate", *month),
        "intake": run("intake", folder, str(Path(folder) / "intake")),
        "close": run("close", *month),
        "run": run("run", *month, *short),
        "evaluate": run("evaluate", *month),
        "statement": run("statement", *month),
        "diagnose": run("diagnose", folder, "group", "2026-05"),
        "audit verify": run("audit", "verify", folder),
    }


def test_documented_json_fields_are_those_printed(answers: dict) -> None:
    """Every printed field is documented, and every documented one is printed."""
    listed = commands.fields()
    for name, answer in answers.items():
        printed = set(paths(answer))
        known = [pattern(row["field"]) for row in listed[name]]
        assert [p for p in printed if not any(k.match(p) for k in known)] == [], name
        top = {re.split(r"[.\[]", row["field"])[0] for row in listed[name]}
        assert top == set(answer), name


def test_a_mistake_is_printed_as_documented(tmp_path: Path) -> None:
    found = run("check", str(tmp_path / "nowhere"), status=1)
    documented = {
        re.split(r"[.\[]", r["field"])[0] for r in commands.fields()["any error"]
    }
    assert set(found) == documented
    assert found["status"] == "wrong_input"


def steps() -> Iterator[tuple[list[list[str]], list[str]]]:
    """Yield the commands of each shell block of the tour, and the lines quoted then."""
    told = README.read_text("utf-8").split("## Tour")[1].split("\n## ")[0]
    pending: list[list[str]] = []
    lines: list[str] = []
    for language, body in FENCE.findall(told):
        if language == "sh":
            if pending:
                yield pending, lines
            pending, lines = list(commands_in(f"```sh\n{body}```")), []
        else:
            lines = lines + body.splitlines()
    yield pending, lines


def missing(lines: list[str], output: str) -> list[str]:
    """Return the quoted lines that the output does not hold; ``...`` cuts a line."""
    held = [line.strip() for line in output.splitlines()]
    wanted = [line.strip() for line in lines if line.strip() != "..."]
    return [
        w
        for w in wanted
        if not any(h.startswith(w[:-3]) if w.endswith("...") else h == w for h in held)
    ]


def said(commands_: list[list[str]]) -> str:
    """Run commands and return what they print; a price file is not at hand here."""
    texts = []
    for words_ in commands_:
        done = CliRunner().invoke(main, words_)
        assert done.exit_code == 0, (words_, done.output)
        texts.append(done.stdout)
    return "".join(texts)


def test_the_small_book_says_what_readme_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, lines = next(steps())
    assert ["plan", "mybook", "2026-05"] in first
    wrong = [line for line in lines if "mistake" in line or ".toml:" in line]
    assert missing([line for line in lines if line not in wrong], said(first)) == []
    power = tmp_path / "mybook" / "materials.toml"
    power.write_text(power.read_text("utf-8").replace('"MWh"', '"MW"'), "utf-8")
    done = CliRunner().invoke(main, ["check", "mybook"])
    assert done.exit_code == 1
    assert missing(wrong, done.stderr) == []


@pytest.mark.slow
def test_the_whole_tour_says_what_readme_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs the tour on a copy of the example; a changed figure is to be quoted anew."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(
        ROOT / "examples" / "guangxi",
        "guangxi",
        ignore=shutil.ignore_patterns(".orebook"),
    )
    wrong = []
    for commands_, lines in list(steps())[1:]:
        if commands_ and commands_[0][0] != "prices":
            wrong += missing(lines, said(commands_))
    assert wrong == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": str(Path(sys.executable).parent)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / "site" / "process-kinds.html").read_text("utf-8")
    assert "cell_voltage" in page
    assert not (tmp_path / "site" / "generate").exists()
