"""Truth-inducing targets as options of a scheme, and the reports they read."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from orebook.errors import BookError, Mistake
from orebook.reward.facts import Facts, MeasureFact
from orebook.reward.reports import parse_reports, read_reports, report_in_time
from orebook.reward.scheme import Scheme
from orebook.reward.settle import settle

FIXED = {"source": "fixed", "value": 1000.0}
WEITZMAN = {"kind": "weitzman", "base": 50, "alpha": 0.07, "beta": 0.10, "gamma": 0.13}
PARABOLA = {"kind": "osband_reichelstein", "base": 0, "curvature": 1e-4}
RELATIVE = {"kind": "weitzman", "alpha": 0.7, "beta": 1.0, "gamma": 1.3}


def joint(gain, fine):
    return {"kind": "joint_base", "base": 0, "weight": 0.5, "gain": gain,
            "under_report": fine}  # fmt: skip


def scheme(curve, target=FIXED, missing="target", **more):
    """Return a scheme of one team that pays money for output against its report."""
    output = {
        "id": "output", "name": "产量", "source": "delivery", "of": "sell-metal",
        "unit": "t", "attainment": "difference", "pays": "money", "target": target,
        "curve": curve, "report": {"missing": missing},
    }  # fmt: skip
    return Scheme.model_validate({
        "id": "honest", "name": "诚实申报", "valid_from": "2026-01-01",
        "valid_to": "2026-12-31", "fund": {"amount": 1000}, "pool": {"unlimited": True},
        "teams": [{"id": "a", "share": 1.0}], "measures": [output | more],
    })  # fmt: skip


def paid(rules, report, output):
    fact = MeasureFact(output, ("scale:1",), plan=1000.0, report=report, sums=True)
    facts = Facts("2026-05", {("a", "output"): fact})
    return float(settle(rules, facts).teams["a"].steps.pooled)


@pytest.mark.parametrize(
    ("curve", "target", "output", "by_report"),
    [
        (WEITZMAN, FIXED, 1200, {1000: 64, 1100: 67, 1150: 68.5, 1200: 70, 1300: 67}),
        (PARABOLA, {"source": "fixed", "value": 0.0}, 1200,
         {1000: 70, 1200: 72, 1400: 70}),
        (joint(1.0, 0.7), FIXED | {"value": 900.0}, 1000,
         {800: 10, 900: 30, 1000: 50, 1100: 0, 1200: -50}),
        (joint(0.7, 0.5), FIXED | {"value": 900.0}, 1000,
         {800: 5, 900: 20, 1000: 35, 1100: 0}),
    ],
)  # fmt: skip
def test_published_figures_settle_through_a_scheme(curve, target, output, by_report):
    """incentive_cases.json: Weitzman 1976, Osband and Reichelstein 1985, joint base."""
    rules = scheme(curve, target)
    found = {r: paid(rules, float(r), float(output)) for r in by_report}
    assert found == pytest.approx(by_report)


@given(st.floats(600, 1600), st.sampled_from([WEITZMAN, PARABOLA, joint(1, 0.7)]))
@settings(max_examples=30, deadline=None)
def test_the_honest_report_pays_best(output, curve):
    """Checked by search, not by the formula."""
    rules = scheme(curve)
    honest = paid(rules, output, output)
    for report in np.linspace(400, 1800, 15):
        assert paid(rules, float(report), output) <= honest + 0.011


def test_relative_measures_report_in_their_own_unit():
    """Less is better: reporting 95 of a plan of 100 is an attainment of 1.05."""
    plan = {"source": "plan"}
    rules = scheme(RELATIVE, plan, direction="min", attainment="relative_gap")
    assert paid(rules, 950.0, 950.0) == pytest.approx(1 + 1.0 * 0.05)
    assert paid(rules, 950.0, 1000.0) == pytest.approx(1.05 - 1.3 * 0.05)


@pytest.mark.parametrize(
    ("missing", "amount"), [("target", "64.00"), ("nothing", "0.00")]
)
def test_a_missing_report_has_a_stated_rule(missing, amount):
    rules = scheme(WEITZMAN, missing=missing)
    facts = Facts(
        "2026-05", {("a", "output"): MeasureFact(1200.0, ("s",), plan=1000.0)}
    )
    result = settle(rules, facts).teams["a"]
    assert result.amount == Decimal(amount)
    assert result.explanation.recompute() == pytest.approx(float(amount))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"curve": WEITZMAN | {"alpha": 0.2}}, "alpha < beta < gamma"),
        ({"curve": joint(1.0, 0.4)}, "P > Q > w P"),
        ({"curve": WEITZMAN | {"cap": 2.0}}, "extra"),
        ({"report": None}, "needs report"),
        ({"target": {"source": "report"}}, "cannot be target and report"),
        ({"curve": {"kind": "linear", "slope": 1}}, "other measures take none"),
        ({"target": {"source": "external"}}, 'of = \\["indicator"\\]'),
        ({"target": {"source": "plan", "of": ["x"]}}, "takes no `of`"),
        ({"target": {"source": "peers", "of": ["nothing"]}}, "known: output"),
    ],
)
def test_what_would_not_be_honest_is_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        scheme(**({"curve": WEITZMAN} | change))


HEAD = "period,team,measure,value,unit,author,date\n"
GOOD = HEAD + (
    "2026-05,a,output,1180,t,Li,2026-04-20\n"
    "2026-05,a,output,1200,t,Li,2026-04-28\n"
    "2026-05,a,output,1300,t,Li,2026-05-02\n"
)


def test_the_last_word_in_time_counts(tmp_path):
    """A later report is passed over, and said to be late where it is the only one."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "may.csv").write_text(GOOD, "utf-8")
    rules = scheme(WEITZMAN)
    reports = read_reports(tmp_path, (rules,))
    value, where = report_in_time(rules.measures[0], "a", "2026-05", reports)
    assert (value, where) == (1200.0, ("reports/may.csv:3 (Li, 2026-04-28)",))
    late, why = report_in_time(rules.measures[0], "a", "2026-05", reports[2:])
    assert late is None
    assert "is late, due before 2026-05-01: counts as the target" in why[0]
    early = rules.measures[0].model_copy(
        update={"report": rules.measures[0].report.model_copy(update={"days": 5})}
    )
    assert report_in_time(early, "a", "2026-05", reports)[0] == 1180.0


def test_headings_may_be_chinese():
    head = "期间,班组,指标,数值,单位,报告人,日期"
    text = f'{head}\n2026-05,a,output,"1,180",t,李,2026-04-20\n'
    found = list(parse_reports(text, "r.csv", (scheme(WEITZMAN),)))
    assert [r.value for r in found] == [1180.0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2026-05,b,output,1,t,Li,2026-04-20", "is no team that reports"),
        ("2026-05,a,outptu,1,t,Li,2026-04-20", "is no measure a reports"),
        ("2026-05,a,output,1,kg,Li,2026-04-20", "is another unit"),
        ("2026-05,a,output,much,t,Li,2026-04-20", "is no number"),
        ("2026-05,a,output,1,t,Li,20 April", "is no day"),
        ("2026-5,a,output,1,t,Li,2026-04-20", "is no month"),
        ("2026-05,a,output,1,t,,2026-04-20", "is empty"),
    ],
)
def test_mistakes_come_with_file_and_line(tmp_path, row, words):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "may.csv").write_text(HEAD + row + "\n", "utf-8")
    with pytest.raises(BookError, match=words) as error:
        read_reports(tmp_path, (scheme(WEITZMAN),))
    assert [(m.file, m.line) for m in error.value.mistakes] == [("reports/may.csv", 2)]


def test_a_missing_column_is_named():
    found = list(parse_reports("period,team\n", "r.csv", (scheme(WEITZMAN),)))
    assert isinstance(found[0], Mistake)
    assert "measure" in found[0].problem
