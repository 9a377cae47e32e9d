"""Schemes as data: read from TOML, refused with clear messages."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orebook.errors import BookError
from orebook.reward.part import money
from orebook.reward.read import line_of, parse_scheme, read_scheme
from orebook.reward.scheme import ORDER, Gate, Measure, Pool, Scheme

TEXT = """\
id = "refinery-2026"
name = "氧化铝厂月度绩效方案"
name_en = "Refinery monthly scheme"
valid_from = 2026-01-01
valid_to = 2026-12-31
clawback = true

[fund]
amount = "30 万元"

[pool]
of_fund = 1.0

[[teams]]
id = "digestion"
share = 0.6

[[teams.members]]
id = "shift_a"
weight = 2

[[teams.members]]
id = "shift_b"

[[teams]]
id = "calcination"
share = 0.4

[[measures]]
id = "energy"
name = "综合能耗"
name_en = "energy"
source = "indicator"
of = "refinery.energy"
unit = "GJ/t"
direction = "min"
weight = 0.7
target = { source = "fair" }

[measures.curve]
kind = "piecewise"
points = [[0.8, 0.5], [1.0, 1.0], [1.2, 1.5]]

[[measures]]
id = "efficiency"
name = "效率差异"
source = "effect"
unit = "CNY"
weight = 0.3
curve = { kind = "linear", at = 0, base = 1, slope = 1e-5, floor = 0, cap = 2 }

[[gates]]
id = "fatality"
name = "死亡事故"
incident = "fatality"
effect = "veto"
"""


def mistakes(text):
    with pytest.raises(BookError) as caught:
        parse_scheme(text, file="s.toml")
    return caught.value.mistakes


def test_a_file_becomes_a_scheme(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(TEXT, encoding="utf-8")
    scheme = read_scheme(path)
    assert scheme.fund.amount == 300000
    assert scheme.shares() == pytest.approx((0.6, 0.4))
    assert [m.id for m in scheme.measures_of("digestion")] == ["energy", "efficiency"]
    assert scheme.teams[0].members[0].weight == 2
    effect = scheme.measures[1]
    assert (effect.target.source, effect.target.value) == ("fixed", 0)
    assert effect.attainment == "difference"


def test_a_scheme_survives_a_round_trip():
    scheme = parse_scheme(TEXT)
    assert Scheme.model_validate_json(scheme.model_dump_json()) == scheme


def test_a_scheme_never_changes():
    with pytest.raises(ValidationError):
        parse_scheme(TEXT).clawback = False


def test_the_order_is_fixed():
    assert (
        *("measure", "attainment", "payout", "weight", "deduction"),
        *("gate", "cap", "pool", "split", "deferral"),
    ) == ORDER


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('incident = "fatality"', 'incident = "fatalty"', 55, "did you mean fatality"),
        ("weight = 0.3", "wieght = 0.3", 49, "did you mean weight"),
        ('direction = "min"', 'direction = "down"', 36, "'max' or 'min'"),
        ("share = 0.6", "share = 1.6", 16, "<= 1"),
        ('unit = "CNY"\n', "", 44, "add unit"),
        ('"30 万元"', '"30 yen"', 9, "万元"),
        ("[1.0, 1.0]", "[0.7, 1.0]", 40, "must rise"),
        ('kind = "piecewise"', 'kind = "steps"', 40, "'piecewise', 'linear'"),
        ("slope = 1e-5", "slope = nan", 50, "finite"),
    ],
)
def test_a_mistake_names_line_and_remedy(old, new, line, words):
    assert old in TEXT
    found = mistakes(TEXT.replace(old, new))
    assert words in "\n".join(map(str, found))
    assert line in [mistake.line for mistake in found]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("weight = 0.3", "weight = 0.4", "sum to 1.1; they must sum to 1"),
        ("share = 0.4", "share = 0.3", "shares of the teams sum to 0.9"),
        ("share = 0.4", "weight = 4", "every team a share, or every team a weight"),
        ('id = "calcination"', 'id = "digestion"', "'digestion' appears twice"),
        ("2026-12-31", "2025-12-31", "lies before valid_from"),
        ("of_fund = 1.0", "", "one of of_fund, amount or unlimited"),
        ('amount = "30 万元"', "", "either as amount or as share_of_margin"),
        ('source = "fair"', 'source = "fixed"', "a fixed target needs value"),
        ("floor = 0, cap = 2", "floor = 3, cap = 2", "floor 3 lies above cap 2"),
        ('unit = "GJ/t"', 'unit = "GJ/t"\nteams = ["x"]', "names team 'x'"),
        ('effect = "veto"', 'effect = "veto"\nvalue = 0.5', "takes no value"),
        ('effect = "veto"', 'effect = "multiplier"', "needs a value from 0 to 1"),
    ],
)
def test_contradictions_are_named(old, new, words):
    assert old in TEXT
    assert words in "\n".join(map(str, mistakes(TEXT.replace(old, new))))


def test_all_mistakes_come_at_once():
    text = TEXT.replace("share = 0.6", "share = 1.6").replace('"min"', '"down"')
    assert len(mistakes(text)) == 2


@pytest.mark.parametrize("kind", ["hazard", "hazard_reported", "near_miss"])
def test_no_gate_may_punish_a_report(kind):
    with pytest.raises(ValidationError, match="never punish the report"):
        Gate(id="g", name="g", incident=kind, effect="veto")


def test_a_step_in_a_curve_must_be_said_openly():
    points = "points = [[0.8, 0.5], [1.0, 1.0], [1.2, 1.5]]"
    text = TEXT.replace(points, f"{points}\nbelow = 0")
    assert "steps from 0 to 0.5 at 0.8" in str(mistakes(text)[0])
    assert parse_scheme(text.replace("below = 0", "below = 0\njump = true"))


def test_a_zero_target_has_no_ratio():
    curve = {"kind": "linear", "slope": 1}
    with pytest.raises(ValidationError, match="difference"):
        Measure(
            id="m",
            name="m",
            source="indicator",
            unit="t",
            target={"source": "fixed", "value": 0},
            curve=curve,
        )


def test_pool_takes_one_limit():
    with pytest.raises(ValidationError, match="one of of_fund"):
        Pool(of_fund=1.0, unlimited=True)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"fund": {"share_of_margin": 0.1, "minimum": 2, "maximum": 1}}, "below min"),
        ({"limits": {"floor": 1, "cap": 0}}, "floor 1 lies above cap 0"),
        ({"fund": {"amount": 0}, "limits": {"cap": 1}}, "the fund is zero"),
    ],
)
def test_bounds_must_agree(part, words):
    data = parse_scheme(TEXT).model_dump() | part
    with pytest.raises(ValidationError, match=words):
        Scheme.model_validate(data)


def test_a_team_needs_a_measure():
    text = TEXT.replace('unit = "GJ/t"', 'unit = "GJ/t"\nteams = ["digestion"]')
    only = text.split('[[measures]]\nid = "efficiency"')[0].replace("0.7", "1.0")
    assert "'calcination' has no measure" in str(mistakes(only)[0])


def test_broken_toml_and_absent_files_are_reported(tmp_path):
    assert mistakes("id = \n")[0].line == 1
    with pytest.raises(BookError, match="cannot be read"):
        read_scheme(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "value"),
    [("12 000 CNY", 12000), ("1.5 MCNY", 1.5e6), ("2 kCNY", 2000), ("3 亿元", 3e8)],
)
def test_money_text(text, value):
    assert money(text) == value


def test_lines_of_nested_lists():
    lines = TEXT.splitlines()
    assert line_of(("teams", 0, "members", 0, "weight"), lines) == 20
    assert line_of(("measures", 1, "curve", "slope"), lines) == 50
    assert line_of(("nothing",), lines) is None
