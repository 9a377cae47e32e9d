"""`orebook chain-gain`: the group against its sites alone, and a fair split."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.evaluate.chain_gain import ChainGain

__all__ = ["chain_gain", "read_markets"]

LANG = click.Choice(["zh", "en"])


@click.command("chain-gain")
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.option("--periods", default=12, show_default=True, help="Horizon of the plan.")
@click.option(
    "--market",
    multiple=True,
    help="MATERIAL='SELL..BUY CNY/t': what a site alone gets and pays.",
)
@click.option("--out", type=click.Path(path_type=Path), help="FILE.html or FILE.svg.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def chain_gain(
    book: Path,
    period: str,
    periods: int,
    market: tuple[str, ...],
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Say what the group gains over its sites alone, why, and how to share it fairly.

    Example: orebook chain-gain examples/guangxi 2026-05
    """
    from orebook.book import open_book
    from orebook.evaluate.chain_gain import chain_gain as work_out
    from orebook.keeping import part
    from orebook.output import dumps, progress

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        given = read_markets(opened.chain, market)
        plan = opened.plan(period, periods=periods, progress=part(say, 0.0, 0.3))
        found = work_out(plan, given=given, progress=part(say, 0.3, 1.0))
    file = None if out is None else write_gain(found, out, lang=lang)
    if as_json:
        where = None if file is None else str(file)
        click.echo(dumps({"status": "done", **found.to_dict(), "file": where}))
        return
    click.echo(found.summary(lang))
    if file is not None:
        click.echo(str(file))


def read_markets(
    chain: Chain, texts: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Read markets as they are written on the command line.

    Parameters
    ----------
    chain : Chain
        The book; gives the unit of every material.
    texts : tuple of str
        ``MATERIAL='SELL..BUY CNY/t'``, or one price for both.

    Returns
    -------
    dict
        Material to what a site alone gets and pays [CNY/unit].

    Raises
    ------
    InputError
        If a text cannot be read, or names no material.
    """
    from orebook.chain.nearest import did_you_mean
    from orebook.quantity import quantity

    found = {}
    for text in texts:
        material, mark, value = (part.strip() for part in text.partition("="))
        if not (mark and value):
            raise InputError(
                f"--market {text}: cannot be read; expected MATERIAL='SELL..BUY CNY/t';"
                " write for example --market alumina='2700..2900 CNY/t'"
            )
        if material not in chain.material:
            hint = did_you_mean(material, chain.material, "see materials.toml")
            raise InputError(
                f"--market {text}: no material is called '{material}'; {hint}"
            )
        unit = f"CNY/{chain.material[material].unit}"
        low, dots, high = (part.strip() for part in value.partition(".."))
        number, _, rest = (high or low).partition(" ")
        buy = quantity(f"{number} {rest}", unit)
        found[material] = (quantity(f"{low} {rest}", unit) if dots else buy, buy)
    return found


def write_gain(found: ChainGain, out: Path, *, lang: str) -> Path:
    """Write the page or the picture of a gain; the ending of the name decides.

    Raises
    ------
    InputError
        If the ending is neither .html nor .svg.
    """
    from orebook.glossary import check_lang
    from orebook.report.chain_gain import chain_gain_section, drawn
    from orebook.report.study import study_page
    from orebook.report.words import both

    code = check_lang(lang)
    if out.suffix == ".svg":
        text = drawn(found, code)
    elif out.suffix == ".html":
        chain, when = found.plan.network.chain, found.plan.periods[0].name
        sections = (chain_gain_section(found),)
        text = study_page(chain, both("chain_gain"), when, sections, lang)
    else:
        raise InputError(f"--out {out}: expected FILE.html or FILE.svg; rename it")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return out
