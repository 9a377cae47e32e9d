"""Words: every one in both languages, whole sentences, none missing, none idle."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from orebook import report
from orebook.benchmark.control.words import PANELS
from orebook.benchmark.practice.words import FINDINGS as OUTCOMES
from orebook.benchmark.practice.words import STATES, VERDICTS
from orebook.chain.group import LEVELS
from orebook.chain.series import BASES
from orebook.errors import InputError
from orebook.evaluate.expost import Capture
from orebook.evaluate.policy.rules import METHODS as PRICE_METHODS
from orebook.evaluate.statement.layout import GOLDEN, PRICE_VARIANCE
from orebook.evaluate.variance import EFFECTS
from orebook.glossary.points import FIGURES
from orebook.ledger.month import Status
from orebook.plan.accounts import TERMS, Account
from orebook.plan.decided import DECIDED
from orebook.process.contract import Side
from orebook.process.network import Role
from orebook.process.power.allocation import METHODS
from orebook.report import words as report_words
from orebook.report.names import LIMITED
from orebook.report.table import Said
from orebook.report.words import both, words
from orebook.report.workflow import BASIS
from orebook.reward.explain import OPERATIONS
from orebook.reward.lab.told import NAMES as ATTACKS
from orebook.reward.scheme import GATE_VALUES
from orebook.reward.workflow.rules import CODES, LIVES, actions_of, states_of

FOLDER = Path(report.__file__).parent
CJK = re.compile(r"[一-鿿]")
SAME = {"lang_zh", "lang_en"}  # a language is named in itself
FAMILIES = {
    "op_": set(OPERATIONS),
    "gate_": {"open", *GATE_VALUES},
    "limit_": set(LIMITED),
    "event_": {"start", "stop", "running", "band"},
    "kind_": set(DECIDED),
    "status_": set(get_args(Status)),
    "account_": {*GOLDEN, *PRICE_VARIANCE},
    "hours_": {"intake", "book", "head_count", "unknown"},
    "capture_": {c.name.lower() for c in Capture},
    "stream_": set(get_args(Role)),
    "split_": set(METHODS),
    "practice_state_": set(STATES),
    "practice_model_": set(VERDICTS),
    "practice_finding_": set(OUTCOMES),
    "control_panel_": set(PANELS),
    "method_": set(PRICE_METHODS),
    "vat_": {"excluded", "included"},
    "flow_": set(get_args(Role)) - {"unit"},
    "flow_of_": {"mass", "energy", "money"},
    "flow_by_": {"ports", "inside", "price"},
    "flow_side_": set(get_args(Side)),
    "wf_state_": {
        state.replace(" ", "_")
        for life in LIVES
        for state in (*states_of(life), "inquiry", "adjusting", "adjusted")
    },
    "wf_action_": {action for life in LIVES for action in actions_of(life)},
    "wf_life_": set(LIVES),
    "wf_code_": set(CODES),
    "wf_basis_": {*BASIS, "result"},
    "attack_": set(ATTACKS),
    "link_": set(ATTACKS),
}
"""Keys made of a prefix and a name of another room."""


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def strings_in_code() -> set[str]:
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)
                  and isinstance(n.value, str)}  # fmt: skip
    for path in (FOLDER / "templates").glob("*.j2"):
        found |= set(re.findall(r'say\("(\w+)"\)', path.read_text(encoding="utf-8")))
    return found


def wrong(key: str, said: Said) -> str:
    """Return what is wrong with a word; empty where nothing is."""
    if not (said.zh.strip() and said.en.strip()):
        return "empty"
    if gaps(said.zh) != gaps(said.en):
        return "other gaps"
    bare = re.sub(r"\{\w+\}|[·：/\s\d]", "", said.zh)
    if key not in SAME and bare and not CJK.search(bare):
        return "not in Chinese"
    plain = re.sub(r"SIMULATED.*|ILLUSTRATIVE.*", "", said.en)
    return "not in English" if key not in SAME and CJK.search(plain) else ""


def test_no_word_is_said_twice() -> None:
    """The second of two rows of one key would silently replace the first."""
    rows = Path(report_words.__file__).with_name("words.csv").read_text("utf-8")
    keys = [line.partition(",")[0] for line in rows.splitlines()]
    assert sorted({k for k in keys if keys.count(k) > 1}) == []


def test_both_languages_say_the_same() -> None:
    found = {key: wrong(key, said) for key, said in words().items()}
    assert {key: what for key, what in found.items() if what} == {}


def test_a_word_gone_wrong_would_be_noticed() -> None:
    assert wrong("a", Said("计划 {x}", "plan {y}")) == "other gaps"
    assert wrong("a", Said("plan", "plan")) == "not in Chinese"
    assert wrong("a", Said("计划", "计划")) == "not in English"


@pytest.mark.parametrize("prefix", sorted(FAMILIES))
def test_every_name_of_another_room_has_its_words(prefix: str) -> None:
    missing = {name for name in FAMILIES[prefix] if prefix + name not in words()}
    assert missing == set()


def test_every_account_has_a_line() -> None:
    split = {"limit_charge", "fixed_cost", *TERMS}  # two lines each
    assert set(get_args(Account)) - split <= set(GOLDEN)


def test_effects_and_levels_are_named_by_the_glossary() -> None:
    assert all(both(name).zh and both(name).en for name in (*EFFECTS, *LEVELS))


def test_no_word_is_idle() -> None:
    said = strings_in_code()
    made = {prefix + name for prefix, names in FAMILIES.items() for name in names}
    made |= {f"lang_{code}" for code in ("zh", "en")} | {"sum_margin", "sum_rent"}
    made |= {f"{key}_short" for key in made} | {f"{flag}_long" for flag in said}
    made |= {f"{word}_{way}" for word in ("caused_market", "caused_own")
             for way in ("gain", "loss")}  # fmt: skip
    made |= {f"{word}_{side}" for word in ("all", "market") for side in ("buy", "sell")}
    made |= set(BASES) | set(FIGURES)
    idle = {k for k in words() if k not in said | made and not k.startswith("sheet_")}
    assert idle == set()


def test_a_missing_word_is_named() -> None:
    with pytest.raises(InputError, match="no words for 'nonesuch'"):
        both("nonesuch")


def test_templates_say_nothing_of_their_own() -> None:
    for path in (FOLDER / "templates").glob("*.j2"):
        text = re.sub(
            r"\{[{%].*?[%}]\}|<[^>]*>", " ", path.read_text("utf-8"), flags=re.S
        )
        assert re.sub(r"[\s·\",:}{)%]", "", text) == "", path.name
