"""`orebook statement`: the month of every centre, three views of the same postings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.evaluate.statement.chain_path import ProductChain
    from orebook.glossary import Lang
    from orebook.report.view import View

__all__ = ["read_margin", "statement"]

LANG = click.Choice(["zh", "en"])
VIEWS = click.Choice(["standard", "amoeba", "work-back"])
Margin = float | dict[str, float] | None


def _page(
    _: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Refuse another ending before anything is computed."""
    if path is not None and path.suffix not in (".html", ".xlsx"):
        raise InputError(
            f"--{parameter.name} {path}: expected FILE.html or FILE.xlsx; rename it"
        )
    return path


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.argument("centre", required=False)
@click.option("--view", "seen", type=VIEWS, default="standard", show_default=True,
              help="Lines, value added per hour, or target costs.")  # fmt: skip
@click.option("--margin", multiple=True,
              help="'6 %' of the price, or MATERIAL='500 CNY/t'.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), callback=_page,
              help="FILE.html or FILE.xlsx, with all views.")  # fmt: skip
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def statement(
    book: Path, period: str, centre: str | None, seen: str, margin: tuple[str, ...],
    out: Path | None, lang: Lang, as_json: bool,
) -> None:  # fmt: skip
    """Show the statement of a centre, or of all, for a closed month.

    Example: orebook statement examples/guangxi 2026-05 sc-pots-ws --out pots.html
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress
    from orebook.report.view import View
    from orebook.report.work_back import chains_of

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        _known(opened.chain, centre)
        kept = read_margin(opened.chain, margin)
        view = View(opened.result(period, progress=say))
    chains = chains_of(view, kept)
    files = [] if out is None else [_written(view, chains, centre, out, lang)]
    if as_json:
        click.echo(dumps(_data(view, chains, centre, seen) | {"files": files}))
        return
    click.echo("\n\n".join([*_texts(view, chains, centre, seen, lang), *files]))


def _known(chain: Chain, centre: str | None) -> None:
    from orebook.chain.nearest import did_you_mean, listed

    if centre is not None and centre not in chain.centre:
        known = list(chain.centre)
        raise InputError(
            f"no centre is called '{centre}'; expected one of {listed(known)}; "
            f"{did_you_mean(centre, known, 'correct the name')}"
        )


def read_margin(chain: Chain, texts: tuple[str, ...]) -> Margin:
    """Read the margin required as it is written on the command line.

    Parameters
    ----------
    chain : Chain
        The book; gives the unit of every material.
    texts : tuple of str
        One share of the market price, or ``MATERIAL=VALUE`` each.

    Returns
    -------
    float, dict or None
        Share [-], or material to margin [CNY/unit]; None where nothing is given.

    Raises
    ------
    InputError
        If a text cannot be read, or names no material.
    """
    from orebook.chain.nearest import did_you_mean
    from orebook.quantity import quantity

    if not texts:
        return None
    pairs = [text.partition("=") for text in texts]
    if len(texts) == 1 and not pairs[0][1]:
        share = quantity(texts[0].strip(), "-")
        if not 0.0 <= share < 1.0:
            raise InputError(
                f"--margin {texts[0]}: is no share; expected 0 % up to below 100 % of "
                "the market price; write for example '6 %'"
            )
        return share
    found = {}
    for text, (material, mark, value) in zip(texts, pairs, strict=True):
        name = material.strip()
        if not mark or name not in chain.material:
            hint = did_you_mean(name, chain.material, "write MATERIAL='500 CNY/t'")
            raise InputError(
                f"--margin {text}: '{name}' is no material; expected one share, or "
                f"MATERIAL=VALUE each; {hint}"
            )
        found[name] = quantity(value.strip(), f"CNY/{chain.material[name].unit}")
    return found


def _data(
    view: View, chains: tuple[ProductChain, ...], centre: str | None, seen: str
) -> dict[str, object]:
    """Return one view as plain data with stable names."""
    from orebook.evaluate.statement.consolidate import consolidate
    from orebook.report.amoeba import amoebas

    held = view.statements
    data: dict[str, object] = {
        "status": "done",
        "period": held.period,
        "simulated": view.result.closed.simulated,
        "price_set": view.result.priced.policy,
        "centre": centre,
        "view": seen,
        "replanned": held.replanned,
        "months_to_date": list(held.months),
        "missing": list(held.missing),
        "reconciliation": {k: r.to_dict() for k, r in held.reconciled.items()},
        "statements": [],
        "consolidation": [],
        "chain_gain": None,
        "amoeba": [],
        "products": [],
    }
    if seen == "standard":
        chosen = (s for c, s in held.of.items() if centre in (None, c))
        data["statements"] = [s.to_dict() for s in chosen]
        levels = consolidate(view.chain, held)
        data["consolidation"] = [
            x.to_dict() for x in levels if centre in (None, x.centre)
        ]
        data["chain_gain"] = None if centre is not None else _gain(view)
    elif seen == "amoeba":
        rows = (a for a in amoebas(view) if centre in (None, a.centre))
        data["amoeba"] = [a.to_dict() for a in rows]
    else:
        data["products"] = [c.to_dict() for c in _of(chains, centre)]
    return data


def _of(chains: tuple[ProductChain, ...], centre: str | None) -> list[ProductChain]:
    return [
        c for c in chains
        if centre is None or any(centre in s.maker.centres for s in c.stages)
    ]  # fmt: skip


def _gain(view: View) -> dict[str, object] | None:
    """Return the gain of the chain over the plan's horizon and its fair split."""
    gain = view.gain
    if gain is None:
        return None
    told = gain.to_dict()
    return {key: told[key] for key in ("periods", "gain_cny", "sites")}


def _texts(
    view: View, chains: tuple[ProductChain, ...], centre: str | None, seen: str,
    lang: Lang,
) -> list[str]:  # fmt: skip
    """Return one view as text tables."""
    from orebook.commands.power import text_table
    from orebook.report.statement_page import statement_sections
    from orebook.report.table import Block, Fold, Said, Table

    sections = statement_sections(view, chains, centre)
    wanted = {"standard": "centres", "amoeba": "amoeba", "work-back": "work-back"}[seen]
    chosen = [s for s in sections if s.id == wanted]
    if seen == "standard" and centre is None:
        chosen += [s for s in sections if s.id == "consolidation"]

    def told(blocks: tuple[Block, ...]) -> list[str]:
        found = []
        for block in blocks:
            if isinstance(block, Said):
                found.append(block.in_(lang))
            elif isinstance(block, Table):
                found.append(text_table(block, lang))
            elif isinstance(block, Fold) and (seen == "work-back"):
                found += [block.summary.in_(lang), *told(block.blocks)]
        return found

    return [text for section in chosen for text in told(section.blocks)]


def _written(
    view: View, chains: tuple[ProductChain, ...], centre: str | None, out: Path,
    lang: Lang,
) -> str:  # fmt: skip
    """Write the page or the workbook; the ending of the name decides."""
    from orebook.report.statement_page import (
        statement_page,
        statement_sections,
        statement_workbook,
    )
    from orebook.report.write import put

    sections = statement_sections(view, chains, centre)
    if out.suffix == ".xlsx":
        return str(put(out, statement_workbook(view, sections)))
    return str(put(out, statement_page(view, sections, centre, lang).encode()))
