"""`orebook paths` and `orebook two-stage`: prices and outages nobody knows."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.commands.pages import write_study
from orebook.commands.studies import (
    all_cases,
    laid,
    named_cases,
    opened,
    runner_of,
    share_of,
    study_options,
)
from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.plan.replan import StandingPlan
    from orebook.plan.scenario.paths import PricePath
    from orebook.plan.scenario.price_model import Factor, PriceModel
    from orebook.plan.scenario.two_stage import Scenario
    from orebook.report.table import Said

__all__ = ["paths", "two_stage"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
PERIOD = click.argument("period")
SERIES = click.option(
    "--series",
    multiple=True,
    help="SERIES, its volatility estimated; or SERIES=18%,drift=2%,reversion=0.5.",
)
CORRELATION = click.option(
    "--correlation", multiple=True, help="SERIES,SERIES=0.6 instead of the estimate."
)
SEED = click.option(
    "--seed", default=1, show_default=True, help="Same seed, same paths."
)
BASE = "base"


@click.command()
@BOOK
@PERIOD
@click.option("--file", type=click.Path(path_type=Path), help="CSV of named paths.")
@SERIES
@CORRELATION
@click.option("--count", default=100, show_default=True, help="Paths to draw.")
@SEED
@study_options
def paths(
    book: Path,
    period: str,
    file: Path | None,
    series: tuple[str, ...],
    correlation: tuple[str, ...],
    count: int,
    seed: int,
    periods: int,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Plan many price paths: distribution of the margin, exposure of each contract.

    Paths come from a file, or are drawn for the series named.

    Example: orebook paths examples/guangxi 2026-05 --series aluminium --series alumina
    """
    from orebook.output import dumps
    from orebook.plan.scenario.path_file import read_paths
    from orebook.plan.scenario.paths import generated, run_paths

    quiet = as_json or not sys.stderr.isatty()
    if (file is None) == (not series):
        raise click.UsageError("give --file PATHS.csv or --series NAME, one of the two")
    with (
        opened(book, period, periods=periods, quiet=quiet) as (_, plan, say),
        runner_of(workers, cluster) as runner,
    ):
        basis: dict[str, object]
        if file is not None:
            some, basis = read_paths(file, plan), {"file": str(file)}
        else:
            model = model_of(plan, series, correlation)
            some = generated(plan, model, count=count, seed=seed)
            basis = model.to_dict() | {"seed": seed, "count": count}
        made = run_paths(plan, some, basis=basis, runner=runner, progress=say)
    page = None
    if out is not None:
        from orebook.report.uncertain import paths_drawn, paths_section

        page = write_study(
            plan,
            out,
            lang=lang,
            section=lambda: paths_section(made),
            drawn=lambda code: paths_drawn(made, code),
        )
    data: dict[str, object] = {"status": "done", "period": period}
    data |= made.to_dict() | {"file": page}
    click.echo(dumps(data) if as_json else made.summary(lang))
    if page is not None and not as_json:
        click.echo(page)


def model_of(
    plan: StandingPlan, series: tuple[str, ...], correlation: tuple[str, ...]
) -> PriceModel:
    """Return how the series named move: as stated, or as the months known so far.

    Parameters
    ----------
    plan : StandingPlan
        Gives the series and the month the plan is made in.
    series : tuple of str
        ``"alumina"`` or ``"alumina=18%,drift=2%,reversion=0.5"``.
    correlation : tuple of str
        ``"alumina,aluminium=0.6"``.

    Raises
    ------
    InputError
        If a text cannot be read or names no series of the book.
    DataQualityError
        If a volatility is to be estimated from too few months.
    """
    import numpy as np

    from orebook.plan.replan_limits import known_name
    from orebook.plan.scenario.price_model import PriceModel, estimate

    stated = dict(_stated(text) for text in series)
    names = list(stated)
    for name in names:
        known_name("price series", name, plan.network.chain.series)
    pairs = [_pair(text, names) for text in correlation]
    from_history = [n for n in names if stated[n] is None]
    guess = not correlation and len(names) > 1
    factors = {n: f for n, f in stated.items() if f is not None}
    matrix = np.eye(len(names))
    if from_history or guess:
        until = plan.periods[0].previous().month
        known = estimate(plan.network.chain.series, names, until=until)
        factors = {f.series: f for f in known.factors} | factors
        matrix = known.correlation if guess else matrix
    for a, b, value in pairs:
        matrix[a, b] = matrix[b, a] = value
    return PriceModel(tuple(factors[n] for n in names), matrix)


def _stated(text: str) -> tuple[str, Factor | None]:
    from orebook.plan.scenario.price_model import Factor

    name, _, rest = text.partition("=")
    if not rest:
        return name.strip(), None
    volatility, *others = rest.split(",")
    figures = {"volatility": share_of(volatility, "series")}
    for other in others:
        key, _, value = other.partition("=")
        if key.strip() not in ("drift", "reversion") or not value:
            raise InputError(
                f"--series {text}: '{other}' cannot be read; expected drift=2% or "
                "reversion=0.5; write --series alumina=18%,drift=2%"
            )
        figures[key.strip()] = share_of(value, "series")
    return name.strip(), Factor(name.strip(), **figures)


def _pair(text: str, names: list[str]) -> tuple[int, int, float]:
    found = re.match(r"\s*([^,=]+),([^,=]+)=\s*([-+]?[\d.]+)\s*$", text)
    pair = [found[1].strip(), found[2].strip()] if found else []
    if found is None or not set(pair) <= set(names) or not -1 <= float(found[3]) <= 1:
        raise InputError(
            f"--correlation {text}: cannot be read; expected two of the series named "
            "and -1..1; write --correlation alumina,aluminium=0.6"
        )
    return names.index(pair[0]), names.index(pair[1]), float(found[3])


@click.command("two-stage")
@BOOK
@PERIOD
@click.option("--scenario", multiple=True, help="CASE=PROBABILITY; base is the plan.")
@SERIES
@CORRELATION
@click.option("--count", default=5, show_default=True, help="Price paths to draw.")
@SEED
@click.option("--first", default=1, show_default=True, help="Periods decided now.")
@click.option(
    "--common", default="duty,buy,sell,ship,stock", show_default=True, help="Of what."
)
@click.option("--tail", default="10%", show_default=True, help="Share of worst cases.")
@click.option("--risk-weight", default="0%", show_default=True, help="Weight of them.")
@click.option("--floor", help="Least mean margin of them, for example '5000 MCNY'.")
@click.option("--expired", "old", is_flag=True, help="Take expired cases too.")
@study_options
def two_stage(
    book: Path,
    period: str,
    scenario: tuple[str, ...],
    series: tuple[str, ...],
    correlation: tuple[str, ...],
    count: int,
    seed: int,
    first: int,
    common: str,
    tail: str,
    risk_weight: str,
    floor: str | None,
    old: bool,
    periods: int,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Decide the first periods for all scenarios, and say what knowing better is worth.

    Scenarios are cases with probabilities, price paths drawn for the series named, or
    every combination of the two.

    Example: orebook two-stage examples/guangxi 2026-05 --scenario base=0.7 --scenario typhoon=0.3
    """  # noqa: E501 - an example stands on one line
    from orebook.output import dumps
    from orebook.plan.scenario.risk import Risk
    from orebook.plan.scenario.two_stage import two_stage as decided
    from orebook.quantity import quantity

    if not scenario and not series:
        raise click.UsageError(
            "give --scenario CASE=PROBABILITY, --series NAME or both"
        )
    risk = Risk(
        share_of(tail, "tail"),
        weight=share_of(risk_weight, "risk-weight"),
        floor=None if floor is None else quantity(floor, "CNY"),
    )
    quiet = as_json or not sys.stderr.isatty()
    with (
        opened(book, period, periods=periods, quiet=quiet) as (found, plan, say),
        runner_of(workers, cluster) as runner,
    ):
        some = _scenarios(found, plan, scenario, old=old)
        names = _names(found) if out is not None else {}
        if series:
            model = model_of(plan, series, correlation)
            some = _with_prices(plan, model, some, count=count, seed=seed)
        made = decided(
            plan,
            some,
            common=tuple(x.strip() for x in common.split(",") if x.strip()),
            first=first,
            risk=risk,
            runner=runner,
            progress=say,
        )
    file = None
    if out is not None:
        from orebook.report.uncertain import two_stage_drawn, two_stage_section

        file = write_study(
            plan,
            out,
            lang=lang,
            section=lambda: two_stage_section(made, names),
            drawn=lambda code: two_stage_drawn(made, code, names=names),
        )
    data: dict[str, object] = {"status": "done", "period": period, "seed": seed}
    data |= made.to_dict() | {"file": file}
    click.echo(dumps(data) if as_json else made.summary(lang))
    if file is not None and not as_json:
        click.echo(file)


def _scenarios(
    book: Book, plan: StandingPlan, texts: tuple[str, ...], *, old: bool
) -> tuple[Scenario, ...]:
    from orebook.plan.replan_changes import Changes
    from orebook.plan.scenario.two_stage import Scenario

    cases = all_cases(book)
    found = []
    for text in texts:
        name, _, value = text.partition("=")
        if not value:
            raise InputError(
                f"--scenario {text}: has no probability; expected CASE=PROBABILITY; "
                "write --scenario typhoon=0.3"
            )
        changes = Changes()
        if name.strip() != BASE:
            today = plan.periods[0].first
            chosen = named_cases(book, (name.strip(),), old=old, today=today)
            changes = laid(plan, chosen, cases)[0].changes
        found.append(Scenario(name.strip(), changes, share_of(value, "scenario")))
    return tuple(found)


def _names(book: Book) -> dict[str, Said]:
    """Return the names of the cases, and of the plan itself."""
    from orebook.report.table import Said
    from orebook.report.words import both

    named = {k: Said(c.head.name, c.head.name_en) for k, c in all_cases(book).items()}
    return named | {BASE: both("base_plan")}


def _with_prices(
    plan: StandingPlan,
    model: PriceModel,
    some: tuple[Scenario, ...],
    *,
    count: int,
    seed: int,
) -> tuple[Scenario, ...]:
    from orebook.plan.scenario.paths import generated
    from orebook.plan.scenario.two_stage import crossed

    drawn = [
        _priced(plan, path, 1.0 / count)
        for path in generated(plan, model, count=count, seed=seed)
    ]
    return crossed(drawn, some) if some else tuple(drawn)


def _priced(plan: StandingPlan, path: PricePath, probability: float) -> Scenario:
    from orebook.plan.scenario.paths import path_changes
    from orebook.plan.scenario.two_stage import Scenario

    return Scenario(path.name, path_changes(plan, path), probability)
