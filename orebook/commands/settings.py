"""`orebook settings`: what the plan chose for the settings of its units, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.plan.operating import SettingChoice
    from orebook.plan.result import Plan

__all__ = ["settings"]

LANG = click.Choice(["zh", "en"])
WORDS = {
    "zh": "账册没有可选的设定：在机组中加入 free = { 设定 = {} } 即可由计划选择",
    "en": "the book leaves no setting free; add free = { SETTING = {} } to a unit to "
    "let the plan choose it",
}


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.option("--unit", help="Only the settings of this unit.")
@click.option("--periods", default=12, show_default=True, help="Length of the horizon.")
@click.option("--from-ends", is_flag=True, help="Search from both ends of ranges too.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def settings(
    book: Path,
    period: str,
    unit: str | None,
    periods: int,
    from_ends: bool,
    lang: str,
    as_json: bool,
) -> None:
    """Show the settings the plan chose, what they are worth and what holds them.

    Nothing is released. A setting strictly inside its range is indifferent on the
    margin, not unimportant.

    Example: orebook settings examples/guangxi 2026-05 --lang en
    """
    from orebook.book import open_book
    from orebook.chain.calendar import period as read_period
    from orebook.output import dumps, progress
    from orebook.plan.replan import stand

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        if unit is not None and unit not in opened.chain.unit:
            raise _unknown(unit, list(opened.chain.unit))
        first = read_period(period)
        made = stand(
            opened.network_at(first),
            opened.known_before(first, periods),
            starts=("book", "low", "high") if from_ends else ("book",),
            progress=say,
        )
    data = settings_data(made, unit=unit, lang=lang)
    click.echo(dumps(data) if as_json else _text(made, unit=unit, lang=lang))


def settings_data(plan: Plan, *, unit: str | None, lang: str) -> dict[str, object]:
    """Return what a plan chose as plain data with stable names.

    Parameters
    ----------
    plan : Plan
        The plan.
    unit : str or None
        Only the settings of this unit.
    lang : str
        Language of the meanings, ``"zh"`` or ``"en"``.
    """
    from orebook.plan.setting_words import meaning

    names = tuple(p.name for p in plan.periods)
    data: dict[str, object] = {
        "status": "done",
        "margin_cny": plan.margin,
        "periods": list(names),
        "operating": None,
        "meanings": [],
    }
    if plan.operating is not None:
        chosen = _of(plan, unit)
        told = plan.operating.to_dict(names)
        rows = told["settings"]
        assert isinstance(rows, list)
        told["settings"] = [r for r in rows if unit in (None, r["unit"])]
        data["operating"] = told
        data["meanings"] = [
            {"unit": c.unit, "setting": c.setting, "period": names[t],
             "text": meaning(c, t, lang)}
            for c in chosen
            for t in range(len(names))
        ]  # fmt: skip
    return data


def _of(plan: Plan, unit: str | None) -> list[SettingChoice]:
    found = () if plan.operating is None else plan.operating.settings
    return [c for c in found if unit in (None, c.unit)]


def _text(plan: Plan, *, unit: str | None, lang: str) -> str:
    from orebook.plan.setting_words import meaning

    if plan.operating is None:
        return WORDS[lang]
    lines = [plan.operating.summary(lang)]
    for c in _of(plan, unit):
        lines.append(f"{c.unit} {c.setting} [{c.low:.6g}..{c.high:.6g} {c.of}]")
        for t, period in enumerate(plan.periods):
            lines.append(
                f"  {period}: {c.book:.6g} -> {c.chosen[t]:.6g}  {meaning(c, t, lang)}"
            )
    reached = plan.operating.reached
    if len(reached) > 1:
        lines.append(", ".join(f"{k}: {v:,.0f} CNY" for k, v in reached.items()))
    return "\n".join(lines)


def _unknown(unit: str, names: list[str]) -> InputError:
    from orebook.chain.nearest import did_you_mean, listed

    hint = did_you_mean(unit, names, "correct the name")
    return InputError(
        f"unit '{unit}' is not in the book; expected one of {listed(names)}; {hint}"
    )
