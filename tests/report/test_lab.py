"""The lab's page: both languages, sums that agree, one scheme or two."""

from __future__ import annotations

from orebook.report.lab import attack_table, lab_page, lab_section, month_table
from orebook.report.table import Picture
from orebook.reward.lab.lab import backtest
from tests.report.months import group_chain
from tests.reward.lab.histories import history, measure, scheme


def lab(count):
    rules = [
        scheme(settle_over="year"),
        scheme(measures=[measure("power", direction="min")]).model_copy(
            update={"id": "other", "name": "旧方案", "name_en": "old scheme"}
        ),
    ][:count]
    facts = [history(s, 6) for s in rules]
    return backtest(rules, facts, missing={"2023-09": "not closed"})


def test_two_schemes_stand_side_by_side():
    found = lab(2)
    text = lab_page(group_chain(), found, "en")
    for words in ("Schemes tried on the history", "奖惩方案试算", "old scheme",
                  "旧方案", "2023-09 (not closed)", "Winners and losers"):  # fmt: skip
        assert words in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert lab_page(group_chain(), found, "en") == text


def test_months_sum_to_the_cost():
    found = lab(2)
    rows = month_table(found).rows
    for k, trial in enumerate(found.trials):
        total = sum(row.cells[1 + k] for row in rows)
        assert round(total, 2) == round(trial.figures.cost, 2)


def test_every_attack_has_a_row_and_a_verdict():
    rows = attack_table(lab(1)).rows
    assert len(rows) == 6
    assert {row.cells[2].en for row in rows} <= {
        "pays", "does not pay", "nothing to work on"
    }  # fmt: skip


def test_pictures_draw_in_both_languages_and_widths():
    section = lab_section(group_chain(), lab(1))
    pictures = [b for b in section.blocks if isinstance(b, Picture)]
    assert len(pictures) == 3
    for picture in pictures:
        for lang in ("zh", "en"):
            for width in picture.widths:
                assert all("<svg" in d.svg for d in picture.draw(lang, width))
