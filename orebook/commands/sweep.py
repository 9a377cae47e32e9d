"""`orebook sweep` and `orebook tornado`: how the margin follows the data."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orebook.commands.pages import write_study
from orebook.commands.studies import opened, runner_of, share_of, study_options

__all__ = ["sweep", "tornado"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
PERIOD = click.argument("period")


@click.command()
@BOOK
@PERIOD
@click.option(
    "--price", multiple=True, help="sell:ID=-20%..+20%:9 (POINTS at the end)."
)
@click.option("--series", multiple=True, help="SERIES=-20%..+20%:9, all its contracts.")
@click.option("--limit", multiple=True, help="unit:ID:LIMIT:max=-10%..+10%:5.")
@click.option("--availability", multiple=True, help="UNIT=-30%..+0%:4.")
@study_options
def sweep(
    book: Path,
    period: str,
    price: tuple[str, ...],
    series: tuple[str, ...],
    limit: tuple[str, ...],
    availability: tuple[str, ...],
    periods: int,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Plan over a range of one datum, or a grid of two, and show the margin.

    Example: orebook sweep examples/guangxi 2026-05 --price sell:pr-alumina-spot=-20%..+20%:9
    """  # noqa: E501 - an example stands on one line
    from orebook.output import dumps
    from orebook.plan.scenario.sweep import read_axis
    from orebook.plan.scenario.sweep import sweep as swept

    named = (
        ("price", price),
        ("series", series),
        ("limit", limit),
        ("availability", availability),
    )
    axes = [read_axis(f"{kind} {text}") for kind, texts in named for text in texts]
    quiet = as_json or not sys.stderr.isatty()
    with (
        opened(book, period, periods=periods, quiet=quiet) as (_, plan, say),
        runner_of(workers, cluster) as runner,
    ):
        made = swept(plan, axes, runner=runner, progress=say)
    file = None
    if out is not None:
        from orebook.report.sweeps import sweep_drawn, sweep_section

        file = write_study(
            plan,
            out,
            lang=lang,
            section=lambda: sweep_section(made),
            drawn=lambda code: sweep_drawn(made, code) if made.drawable else None,
        )
    data: dict[str, object] = {"status": "done", "period": period}
    data |= made.to_dict() | {"file": file}
    click.echo(dumps(data) if as_json else made.summary(lang))
    if file is not None and not as_json:
        click.echo(file)


@click.command()
@BOOK
@PERIOD
@click.option("--share", default="10%", show_default=True, help="How far down and up.")
@click.option(
    "--datum", multiple=True, help="'price sell:ID', 'limit unit:ID:LIMIT:max', ..."
)
@study_options
def tornado(
    book: Path,
    period: str,
    share: str,
    datum: tuple[str, ...],
    periods: int,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Move every datum down and up by a share and rank them by money.

    Without --datum: every price series, every contract with a price of its own, and
    the capacity, contract, store and permit limits that earn a rent.

    Example: orebook tornado examples/guangxi 2026-05 --share 10% --out tornado.svg
    """
    from orebook.output import dumps
    from orebook.plan.scenario.datum import read_datum
    from orebook.plan.scenario.tornado import tornado as ranked

    quiet = as_json or not sys.stderr.isatty()
    data = [read_datum(text) for text in datum] or None
    with (
        opened(book, period, periods=periods, quiet=quiet) as (_, plan, say),
        runner_of(workers, cluster) as runner,
    ):
        made = ranked(
            plan, data, share=share_of(share, "share"), runner=runner, progress=say
        )
    file = None
    if out is not None:
        from orebook.report.sweeps import tornado_drawn, tornado_section

        file = write_study(
            plan,
            out,
            lang=lang,
            section=lambda: tornado_section(made),
            drawn=lambda code: tornado_drawn(made, code) if made.swings else None,
        )
    head: dict[str, object] = {"status": "done", "period": period}
    head |= made.to_dict() | {"file": file}
    click.echo(dumps(head) if as_json else made.summary(lang))
    if file is not None and not as_json:
        click.echo(file)
