"""A study as a file: one page in both languages, or its picture alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.glossary import Lang
    from orebook.plan.result import Plan
    from orebook.report.table import Section

__all__ = ["out_option", "write_study"]


def _checked(_: click.Context, __: click.Parameter, out: Path | None) -> Path | None:
    """Refuse another ending before anything is computed."""
    if out is not None and out.suffix not in (".html", ".svg"):
        raise InputError(f"--out {out}: expected FILE.html or FILE.svg; rename it")
    return out


out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=_checked,
    help="Page FILE.html, or picture FILE.svg.",
)


def write_study(
    plan: Plan,
    out: Path,
    *,
    lang: str,
    section: Callable[[], Section],
    drawn: Callable[[Lang], str | None],
) -> str:
    """Write a study as page or picture; the ending of the name decides.

    Parameters
    ----------
    plan : Plan
        The plan the study is laid over; gives the book and the first period.
    out : Path
        ``FILE.html`` or ``FILE.svg``.
    lang : str
        Language the page opens in, or of the picture.
    section : callable
        Makes the chapter of the page.
    drawn : callable
        Draws the picture in a language; None where there is nothing to draw.

    Returns
    -------
    str
        The file written.

    Raises
    ------
    InputError
        If a picture is asked for and there is nothing to draw.
    """
    from orebook.glossary import check_lang
    from orebook.report.study import study_page

    if out.suffix == ".svg":
        text = drawn(check_lang(lang))
        if text is None:
            raise InputError(
                f"--out {out}: the study has no figure to draw; expected at least one "
                "plan; write a page instead, which says why: FILE.html"
            )
    else:
        made, period = section(), plan.periods[0].name
        text = study_page(plan.network.chain, made.title, period, (made,), lang)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return str(out)
