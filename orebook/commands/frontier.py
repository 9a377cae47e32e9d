"""`orebook frontier`: units of a file against the frontier of the best among them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.benchmark.frontier.study import Compared
    from orebook.desk.factor_file import FactorFile

__all__ = ["frontier"]

RETURNS = click.Choice(["vrs", "crs", "nirs", "ndrs", "fdh"])
ORIENTATION = click.Choice(["input", "output", "none"])
MODEL = click.Choice(
    ["radial", "directional", "additive", "ram", "sbm", "super", "super_sbm"]
)
CONTRACT = click.Choice(["by_production", "as_input", "weak", "kuosmanen"])
ENGINE = click.Choice(["auto", "numpy", "compiled"])
POSITIVE, SIGNED = ("sbm", "super_sbm"), ("additive", "ram")


def _names(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    """Return names separated by commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _checked(_: click.Context, __: click.Parameter, out: Path | None) -> Path | None:
    """Refuse another ending before anything is computed."""
    if out is not None and out.suffix not in (".html", ".svg"):
        raise InputError(f"--out {out}: expected FILE.html or FILE.svg; rename it")
    return out


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--inputs", required=True, callback=_names, help="Columns: ore,power.")
@click.option("--outputs", required=True, callback=_names, help="Columns: metal.")
@click.option("--bad", "bads", callback=_names, help="Columns of bad outputs.")
@click.option("--name", help="Column of the names; the first one otherwise.")
@click.option("--class", "group", help="Column: compare within each class only.")
@click.option("--returns", type=RETURNS, default="vrs", show_default=True)
@click.option("--orientation", type=ORIENTATION, default="input", show_default=True)
@click.option("--model", type=MODEL, default="radial", show_default=True)
@click.option("--contract", type=CONTRACT, default="by_production", show_default=True)
@click.option("--polluting", callback=_names, help="Inputs the bads come from; all.")
@click.option("--fixed", callback=_names, help="Columns nobody can change.")
@click.option(
    "--prices", default="", help="CNY per unit: ore=50,power=400,metal=18000."
)
@click.option("--bootstrap", "samples", default=0, help="Samples, say 2000; 0 none.")
@click.option("--engine", type=ENGINE, default="auto", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=_checked,
    help="Page FILE.html, or picture FILE.svg.",
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Of page and picture.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def frontier(
    file: Path,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    bads: tuple[str, ...],
    name: str | None,
    group: str | None,
    returns: str,
    orientation: str,
    model: str,
    contract: str,
    polluting: tuple[str, ...],
    fixed: tuple[str, ...],
    prices: str,
    samples: int,
    engine: str,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Compare units of a CSV or Excel file with the best among them.

    One row per unit, one column per factor. Each score comes with its peers, targets,
    slacks and a proof; with prices also with the profit forgone by factor.

    Example: orebook frontier peers.csv --inputs ore,power --outputs metal
    """
    from orebook.desk.factor_file import read_factors
    from orebook.output import dumps, progress

    worth = _prices(prices)
    table = read_factors(
        file, inputs=inputs, outputs=outputs, bads=bads, name=name, group=group
    )
    table.check(positive=model in POSITIVE, signed=model in SIGNED and returns == "vrs")
    options: dict[str, object] = {
        "returns": returns,
        "orientation": orientation,
        "model": model,
        "contract": contract,
        "polluting": polluting or None,
        "fixed": fixed,
        "engine": engine,
    }
    with progress(quiet=as_json or not sys.stderr.isatty()) as say:
        found = _compared(table, options, worth, samples, say)
    files = [] if out is None else [_written(found, file, out, lang)]
    data = {
        "status": "done",
        "file": str(file),
        "classes": [one.to_dict() for one in found],
        "files": files,
    }
    click.echo(dumps(data) if as_json else _text(found, files))


def _prices(text: str) -> dict[str, float]:
    """Return prices written as ``ore=50,power=400``."""
    found: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, mark, value = part.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            mark = ""
        if not (mark and name.strip()) or not found.get(name.strip(), -1.0) >= 0.0:
            raise InputError(
                f"--prices {part}: cannot be read; expected NAME=NUMBER from 0 in CNY "
                "per unit; write --prices ore=50,power=400"
            )
    return found


def _compared(
    table: FactorFile,
    options: dict[str, object],
    prices: dict[str, float],
    samples: int,
    say: object,
) -> list[Compared]:
    """Compare the units of each class."""
    from orebook.benchmark.frontier.data import Factors
    from orebook.benchmark.frontier.study import compare

    found = []
    groups = table.groups()
    for number, (name, rows) in enumerate(groups.items()):
        if callable(say):
            say(name or "frontier", number / len(groups))
        if len(rows) < 2:
            raise InputError(
                f"{table.path}:{table.lines[rows[0]]}: class '{name}' has one unit, "
                f"{table.units[rows[0]]}; expected at least 2 to compare; join it to "
                "another class"
            )

        def part(factors: Factors, rows: list[int] = rows) -> Factors:
            return Factors(factors.names, factors.values[rows])

        found.append(
            compare(
                part(table.inputs),
                part(table.outputs),
                [table.units[row] for row in rows],
                bads=None if table.bads is None else part(table.bads),
                prices=prices,
                samples=samples,
                name=name,
                **options,
            )
        )
    return found


def _text(found: list[Compared], files: list[str]) -> str:
    """Return scores and peers as text."""
    lines = []
    for one in found:
        lines.append(one.summary())
        result = one.result
        for i, unit in enumerate(result.units):
            peers = ", ".join(f"{k} {v:.3f}" for k, v in result.peers_of(unit).items())
            gap = "" if one.money is None else f"  gap {one.money.gap[i]:,.2f} CNY"
            lines.append(f"  {unit}: {result.scores[i]:.4f}{gap}  <- {peers}")
    return "\n".join([*lines, *files])


def _written(found: list[Compared], file: Path, out: Path, lang: str) -> str:
    """Write the page or the picture of the first class."""
    from orebook.glossary import check_lang
    from orebook.report.frontier import frontier_drawn, frontier_page

    if out.suffix == ".svg":
        text = frontier_drawn(found[0], check_lang(lang))
    else:
        text = frontier_page(found, file.name, lang)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return str(out)
