"""The settings the plan chose for the month, what they are worth, what holds them."""

from __future__ import annotations

from orebook.plan.operating import SettingChoice
from orebook.plan.setting_words import meaning
from orebook.report.names import known
from orebook.report.table import Column, Row, Said, Section, Table
from orebook.report.view import View, cny
from orebook.report.words import both

COLUMNS = (
    Column("operating_setting"),
    Column("centre"),
    Column("operating_book", "own"),
    Column("operating_chosen", "own"),
    Column("operating_low", "own"),
    Column("operating_high", "own"),
    Column("unit_of_measure"),
    Column("worth_per_unit", "price", "CNY"),
    Column("operating_gain", "money", "CNY"),
    Column("operating_meaning"),
)


def operating(view: View) -> tuple[Section, ...]:
    """Return the chapter on settings; none where the book leaves nothing to choose.

    Parameters
    ----------
    view : View
        The month.
    """
    found = view.plan.operating
    if found is None or not found.settings:
        return ()
    moved = found.moved
    share = 0.0 if found.gap is None else found.gap.share
    said = both(
        "operating_said",
        count=str(len(found.settings)),
        moved=str(len(moved)),
        worth=cny(view.plan.margin - found.start_margin),
        gap=f"{share:.1e}",
    )
    gap = found.gap
    disagree = () if found.agrees or gap is None else (
        both("operating_disagree", unit=view.names.of("unit", gap.unit),
             port=view.names.of("material", gap.port), period=gap.period),
    )  # fmt: skip
    table = Table(
        "operating",
        both("operating_table"),
        COLUMNS,
        tuple(_row(view, c) for c in found.settings),
    )
    blocks = (both("operating_how"), said, *disagree, table)
    return (Section("operating", both("operating"), blocks, (table,)),)


def _row(view: View, choice: SettingChoice) -> Row:
    name = both(
        "of_unit", unit=view.names.of("unit", choice.unit), what=known(choice.setting)
    )
    says = Said(meaning(choice, 0, "zh"), meaning(choice, 0, "en"))
    return Row(
        (name, view.names.centre(choice.centre), choice.book, float(choice.chosen[0]),
         choice.low, choice.high, choice.of, float(choice.slope[0]), choice.gain, says)
    )  # fmt: skip
