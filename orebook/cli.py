"""The commands: each one a typed Python call, with --json, progress and exit codes."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook import __version__
from orebook.commands.advise import advise
from orebook.commands.benchmark import benchmark
from orebook.commands.case import case
from orebook.commands.case_sheet import case_export, case_import
from orebook.commands.chain_gain import chain_gain
from orebook.commands.compare_plans import compare_plans
from orebook.commands.control import control
from orebook.commands.default_group import DefaultGroup
from orebook.commands.diagnose import diagnose
from orebook.commands.explain import explain
from orebook.commands.flow_sheet import flow_sheet
from orebook.commands.frontier import frontier
from orebook.commands.power import power
from orebook.commands.practice import practice
from orebook.commands.prices import prices_show, prices_value
from orebook.commands.replan import replan
from orebook.commands.reward import COMMANDS as REWARD_LAB
from orebook.commands.reward import reward
from orebook.commands.reward_flow import COMMANDS as REWARD_FLOW
from orebook.commands.scheme import scheme
from orebook.commands.settings import settings
from orebook.commands.statement import statement
from orebook.commands.sweep import sweep, tornado
from orebook.commands.tune import tune
from orebook.commands.uncertain import paths, two_stage
from orebook.commands.variance import variance
from orebook.errors import InfeasibleError, OrebookError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from orebook.book import Book
    from orebook.output import Progress

AS_JSON = "orebook.as_json"
EXIT_WRONG_INPUT, EXIT_INFEASIBLE = 1, 3

BOOK = click.argument("book", type=click.Path(path_type=Path))
PERIOD = click.argument("period")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
PERIODS = click.option(
    "--periods", default=12, show_default=True, help="Length of the plan's horizon."
)


class Commands(click.Group):
    """The group of commands; turns errors of the user into one clear message."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember whether JSON was asked for, so that errors come as JSON too."""
        ctx.meta[AS_JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; exit 1 on wrong input, 3 where no plan is feasible."""
        try:
            return super().invoke(ctx)
        except InfeasibleError as error:
            raise _failed(ctx, error, EXIT_INFEASIBLE) from error
        except OrebookError as error:
            raise _failed(ctx, error, EXIT_WRONG_INPUT) from error


def _failed(ctx: click.Context, error: OrebookError, status: int) -> SystemExit:
    """Say what is wrong, as JSON too where that was asked for."""
    from orebook.errors import BookError

    if ctx.meta[AS_JSON]:
        from orebook.output import dumps

        what = "infeasible" if status == EXIT_INFEASIBLE else "wrong_input"
        found: dict[str, object] = {"status": what, "message": str(error)}
        if isinstance(error, BookError):
            found["mistakes"] = [m.to_dict() for m in error.mistakes]
        if isinstance(error, InfeasibleError):
            found |= error.details
        click.echo(dumps(found))
    click.echo(str(error), err=True)
    return SystemExit(status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    r"""Run the open management system of an integrated metals group.

    \b
    Calculate first; calculate while doing; pay for what was really gained.
      orebook new mybook                      a small book to start from
      orebook check mybook                    every mistake, with file and line
      orebook run mybook 2026-05              plan, close, settle, explain, reward
      orebook report mybook 2026-05           one page and one workbook of the month
    """


def _show(as_json: bool, data: dict[str, object], text: str) -> None:
    from orebook.output import dumps

    click.echo(dumps(data) if as_json else text)


def _open(folder: Path) -> Book:
    from orebook.book import open_book

    return open_book(folder)


def _progress(as_json: bool) -> AbstractContextManager[Progress]:
    from orebook.output import progress

    return progress(quiet=as_json or not sys.stderr.isatty())


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@JSON
def new(folder: Path, as_json: bool) -> None:
    """Write a small book to start from.

    Example: orebook new mybook
    """
    from orebook.chain.new import new_book
    from orebook.process.registry import kind_names

    files = [str(f) for f in new_book(folder, kinds=kind_names())]
    text = "\n".join([*files, f"next: orebook check {folder}"])
    _show(as_json, {"status": "done", "files": files}, text)


@main.command()
@BOOK
@JSON
def check(book: Path, as_json: bool) -> None:
    """Read a book and its cases and report every mistake at once.

    Example: orebook check examples/guangxi
    """
    from orebook.commands.studies import all_cases, stale

    with _open(book) as opened:
        facts = opened.facts()
        cases = all_cases(opened)
    facts["cases"], old = len(cases), stale(cases, date.today())
    text = ", ".join(f"{value} {name}" for name, value in facts.items())
    told = "".join(f"\n{name} has expired: {day}" for name, day in old.items())
    data: dict[str, object] = {"status": "done", **facts, "expired": list(old)}
    _show(as_json, data, f"{book} is right: {text}{told}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@JSON
def schema(folder: Path, as_json: bool) -> None:
    """Write the JSON Schema of every book file, for editors.

    Example: orebook schema mybook/.schema
    """
    from orebook.chain.schema import write_schemas
    from orebook.process.registry import kind_names

    files = [str(f) for f in write_schemas(folder, kind_names())]
    _show(as_json, {"status": "done", "files": files}, "\n".join(files))


@main.command()
@BOOK
@PERIOD
@PERIODS
@click.option(
    "--ranges", type=int, help="Periods with ranges; as many as cost little otherwise."
)
@click.option("--check-prices", is_flag=True, help="Re-solve with ±1 unit each.")
@click.option(
    "--whole-periods",
    type=click.IntRange(min=0),
    help="First periods with whole decisions held whole; by the book otherwise.",
)
@JSON
def plan(
    book: Path,
    period: str,
    periods: int,
    ranges: int | None,
    check_prices: bool,
    whole_periods: int | None,
    as_json: bool,
) -> None:
    """Plan the group at market prices, with the internal price of everything.

    Example: orebook plan examples/guangxi 2026-05 --periods 12
    """
    with _open(book) as opened, _progress(as_json) as say:
        made = opened.plan(
            period, periods=periods, ranges=ranges, whole=whole_periods, progress=say
        )
        found = opened.check_prices(made, progress=say) if check_prices else None
    data = made.to_dict() | {"seconds": dict(made.seconds)}
    text = made.summary()
    if found is not None:
        where = str(made.assembly.problem.describe_row(found.row))
        data["price_check"] = asdict(found) | {"where": where}
        text = f"{text}\n{found.summary()}: {where}"
    _show(as_json, data, text)


case.add_command(case_export)
case.add_command(case_import)
for command in (
    replan, power, flow_sheet, advise, chain_gain, benchmark, practice, control,
    settings, statement, diagnose, explain, compare_plans, tune, frontier,
    variance, case, sweep, tornado, paths, two_stage,
):  # fmt: skip
    main.add_command(command)


@main.command()
@BOOK
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@JSON
def intake(book: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """Take in readings, weighings, assays, stock counts, prices, costs, incidents.

    The same or overlapping files again change nothing; rejected rows are named, good
    rows are kept.

    Example: orebook intake mybook may/*.csv may/assays.xlsx
    """
    with _open(book) as opened, _progress(as_json) as say:
        taken = opened.intake(files, progress=say)
    _show(as_json, taken.to_dict(), taken.summary())
    if taken.rejected:
        raise SystemExit(EXIT_WRONG_INPUT)


@main.command()
@BOOK
@PERIOD
@JSON
def close(book: Path, period: str, as_json: bool) -> None:
    """Reconcile a month, test it for gross errors and freeze it.

    Example: orebook close examples/guangxi 2026-05
    """
    with _open(book) as opened, _progress(as_json) as say:
        frozen = opened.close(period, progress=say)
    _show(as_json, frozen.to_dict(), frozen.summary())


@main.command()
@BOOK
@PERIOD
@JSON
def evaluate(book: Path, period: str, as_json: bool) -> None:
    """Settle the internal market of a closed month and explain its variance.

    Example: orebook evaluate examples/guangxi 2026-05
    """
    with _open(book) as opened, _progress(as_json) as say:
        result = opened.result(period, progress=say)
    data = result.to_dict()
    keep = ("status", "period", "centres", "group", "variance", "adaptation")
    _show(as_json, {k: data[k] for k in keep}, result.market_summary())


rewards = DefaultGroup(reward)  # `orebook reward BOOK PERIOD`, `orebook reward pay ...`
for command in (*REWARD_LAB, *REWARD_FLOW):
    rewards.add_command(command)
main.add_command(rewards)
main.add_command(scheme)


@main.command()
@BOOK
@PERIOD
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language the page opens in; it holds both.",
)
@JSON
def report(book: Path, period: str, out: Path | None, lang: str, as_json: bool) -> None:
    """Write one self-contained page and one workbook of a month.

    Example: orebook report examples/guangxi 2026-05 --out reports
    """
    with _open(book) as opened, _progress(as_json) as say:
        files = [
            str(f) for f in opened.report(period, out=out, lang=lang, progress=say)
        ]
    _show(as_json, {"status": "done", "files": files}, "\n".join(files))


@main.command()
@BOOK
@PERIOD
@PERIODS
@JSON
def run(book: Path, period: str, periods: int, as_json: bool) -> None:
    """Run a whole period: plan, intake, close, settle, explain, reward, report.

    Example: orebook run examples/guangxi 2026-05
    """
    with _open(book) as opened, _progress(as_json) as say:
        result = opened.run(period, periods=periods, progress=say)
    _show(as_json, result.to_dict(), result.summary())


@main.command()
@BOOK
@PERIOD
@click.option("--seed", default=1, show_default=True, help="Same seed, same readings.")
@click.option("--replace", is_flag=True, help="Overwrite an intake that is there.")
@click.option("--gross-error", help="METER=SIZE, for example PR-BG-006=8%.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder; BOOK/intake/PERIOD."
)
@JSON
def simulate(
    book: Path,
    period: str,
    seed: int,
    replace: bool,
    gross_error: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write an intake as the meters of the group would read it, labelled simulated.

    Example: orebook simulate mybook 2026-05 --seed 7 --gross-error PR-BG-006=8%
    """
    with _open(book) as opened, _progress(as_json) as say:
        files = opened.simulate(
            period,
            seed=seed,
            gross_error=gross_error,
            out=out,
            replace=replace,
            progress=say,
        )
    names = [str(f) for f in files]
    _show(
        as_json, {"status": "done", "simulated": True, "files": names}, "\n".join(names)
    )


@main.group()
def prices() -> None:
    """Import price files, show internal prices, value months at other price sets."""


prices.add_command(prices_show)
prices.add_command(prices_value)


@prices.command("import")
@BOOK
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapping",
    required=True,
    multiple=True,
    help="MAP.toml, or COLUMN=SERIES (may be given again).",
)
@click.option("--dry-run", is_flag=True, help="Show the changes, write nothing.")
@click.option(
    "--accept-revisions",
    is_flag=True,
    help="Take over months whose published price was revised.",
)
@JSON
def prices_import(
    book: Path,
    file: Path,
    mapping: tuple[str, ...],
    dry_run: bool,
    accept_revisions: bool,
    as_json: bool,
) -> None:
    """Turn a published monthly price file into price series of the book.

    Example: orebook prices import mybook pink_sheet.csv --map prices-map.toml
    """
    from orebook.market.mapping import import_prices

    found = import_prices(
        file,
        _mapping(mapping),
        book,
        write=not dry_run,
        accept_revisions=accept_revisions,
    )
    _show(as_json, {"status": "done"} | found.to_dict(), found.summary())


def _mapping(given: tuple[str, ...]) -> Path | dict[str, str]:
    """Return the map file, or series by column where pairs were given."""
    if len(given) == 1 and "=" not in given[0]:
        return Path(given[0])
    pairs = [text.rpartition("=") for text in given]
    wrong = next((t for t, p in zip(given, pairs, strict=True) if not p[1]), None)
    if wrong is not None:
        raise click.UsageError(
            f"--map {wrong}: give one MAP.toml or COLUMN=SERIES pairs"
        )
    return {column.strip(): series.strip() for column, _, series in pairs}


@main.group()
def audit() -> None:
    """Look at what was recorded and prove that nothing was changed."""


@audit.command("verify")
@BOOK
@click.option("--hashes-only", is_flag=True, help="Derive no settlement again.")
@JSON
def audit_verify(book: Path, hashes_only: bool, as_json: bool) -> None:
    """Prove that nothing kept was changed, and derive every frozen reward again.

    Walks all hash chains, holds readings and intake files against their seals, and
    derives every frozen settlement again from kept versions, to the cent. A changed
    byte is found and named.

    Example: orebook audit verify mybook
    """
    with _open(book) as opened, _progress(as_json) as say:
        found = opened.prove(derive=not hashes_only, progress=say)
    _show(as_json, {"status": "done"} | found.to_dict(), found.summary())
    if not found.sound:
        raise SystemExit(EXIT_WRONG_INPUT)
