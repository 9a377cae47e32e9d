"""`orebook control`: is an indicator steady, and can it meet its limits."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from orebook.benchmark.control import Capability, Chart
    from orebook.glossary import Lang

__all__ = ["Charted", "Wanted", "chart_of", "control"]

LANG = click.Choice(["zh", "en"])
KINDS = click.Choice(["individuals", "xbar", "xbar-s", "ewma", "cusum"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a series is charted; limits of the book's own series where None.

    ``size`` values make a group; ``base`` first points set the limits; ``spec`` holds
    the low and high limit to be met.
    """

    kind: str = "individuals"
    size: int = 5
    base: int | None = None
    rules: tuple[str, ...] = ("beyond",)
    target: float | None = None
    sd: float | None = None
    weight: float = 0.3
    spec: tuple[float | None, float | None] = (None, None)
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart with the names of its points, and capability where limits were given."""

    what: str
    unit: str
    labels: tuple[str, ...]
    chart: Chart
    capability: Capability | None
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "what": self.what,
            "unit": self.unit,
            "labels": list(self.labels),
            **self.chart.to_dict(),
            "capability": None
            if self.capability is None
            else self.capability.to_dict(),
            "missing": list(self.missing),
        }


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("what")
@click.option("--column", default="", help="Column of a FILE; the only one otherwise.")
@click.option("--group", default="", help="Column that numbers the groups of a FILE.")
@click.option("--chart", "kind", type=KINDS, default="individuals", show_default=True,
              help="Kind of chart.")  # fmt: skip
@click.option("--size", default=5, show_default=True, help="Values in a group.")
@click.option("--base", type=int, help="First points that set the limits; all else.")
@click.option("--rules", default="beyond", show_default=True, help="Names, a,b: "
              "beyond, run9, run8, trend6, alternate14, two_of_three, "
              "four_of_five, near15, far8.")  # fmt: skip
@click.option("--target", type=float, help="Centre of ewma and cusum; the mean else.")
@click.option("--sd", type=float, help="Standard deviation; from the series otherwise.")
@click.option("--weight", default=0.3, show_default=True, help="Of the newest, ewma.")
@click.option("--spec-low", type=float, help="Low limit to be met.")
@click.option("--spec-high", type=float, help="High limit to be met.")
@click.option("--confidence", default=0.95, show_default=True, help="Of the limits of "
              "capability.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Picture FILE.svg.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def control(
    book: Path, what: str, column: str, group: str, kind: str, size: int,
    base: int | None, rules: str, target: float | None, sd: float | None,
    weight: float, spec_low: float | None, spec_high: float | None,
    confidence: float, out: Path | None, lang: Lang, as_json: bool,
) -> None:  # fmt: skip
    """Chart an indicator over the closed months, or a column of a FILE.

    WHAT is PLANT:INDICATOR, a STREAM, STREAM/STREAM, or a CSV or Excel FILE.

    Example: orebook control mybook rings.csv --chart xbar --spec-low 73.95
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress

    wanted = Wanted(
        kind, size, base, tuple(r.strip() for r in rules.split(",") if r.strip()),
        target, sd, weight, (spec_low, spec_high), confidence,
    )  # fmt: skip
    if out is not None and out.suffix != ".svg":
        raise InputError(f"--out {out}: expected FILE.svg; rename it")
    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet):
        if _is_file(what):
            labels, values, unit = _of_file(Path(what), column, group, wanted)
            missing: tuple[str, ...] = ()
        else:
            from orebook.benchmark.control.past import past_series
            from orebook.keeping import months_before

            months = months_before(opened.store.records, "9999-99")
            found = past_series(opened.network, months, what)
            labels, values, unit = found.labels, found.values, found.unit
            missing = found.missing
    name = f"{Path(what).name}:{column}".rstrip(":") if _is_file(what) else what
    made = chart_of(values, labels, wanted, what=name, unit=unit, missing=missing)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(_drawn(made, lang), encoding="utf-8")
    file = None if out is None else str(out)
    data = {"status": "done", **made.to_dict(), "file": file}
    click.echo(dumps(data) if as_json else _text(made, lang, file))


def _is_file(what: str) -> bool:
    ends = {".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq"}
    return Path(what).suffix.lower() in ends or Path(what).is_file()


def _of_file(
    path: Path, column: str, group: str, wanted: Wanted
) -> tuple[tuple[str, ...], tuple[float, ...] | np.ndarray, str]:
    """Return labels, values (or groups of them) and unit of a column of a file."""
    import numpy as np

    from orebook.benchmark.control.series import read_series

    found = read_series(path, column, group)
    if wanted.kind in {"xbar", "xbar-s"} and found.groups:
        sizes = {g: found.groups.count(g) for g in dict.fromkeys(found.groups)}
        if len(set(sizes.values())) > 1:
            odd = next(g for g, n in sizes.items() if n != max(sizes.values()))
            raise InputError(
                f"{path.name}: group {odd} has {sizes[odd]} values, others "
                f"{max(sizes.values())}; expected groups of equal size; complete or "
                "remove it"
            )
        size = next(iter(sizes.values()))
        return tuple(sizes), np.reshape(found.values, (-1, size)), found.unit
    return found.labels, found.values, found.unit


def chart_of(
    values: tuple[float, ...] | np.ndarray,
    labels: tuple[str, ...],
    wanted: Wanted,
    *,
    what: str = "",
    unit: str = "",
    missing: tuple[str, ...] = (),
) -> Charted:
    """Return the chart of a series, with capability where limits are given.

    Parameters
    ----------
    values : tuple of float or array
        In order of time, or one row a group [unit].
    labels : tuple of str
        Name of each value or group.
    wanted : Wanted
        How it is charted.
    what, unit : str
        Name and unit of the series.
    missing : tuple of str
        Periods without a value.

    Raises
    ------
    InputError
        If the series is too short or does not vary, or limits are wrong.

    Notes
    -----
    Capability is that of the first points where those set the limits.

    Examples
    --------
    >>> made = chart_of((1.0, 2.0) * 6, tuple("abcdefghijkl"), Wanted())
    >>> made.chart.steady
    True
    """
    import numpy as np

    from orebook.benchmark.control import Spec, capability

    x = np.asarray(values, np.float64)
    if wanted.kind in {"xbar", "xbar-s"} and x.ndim == 1:
        count = len(x) // wanted.size if wanted.size > 0 else 0
        x = x[: count * wanted.size].reshape(count, -1) if count else x[:, None]
        labels = tuple(labels[k * wanted.size] for k in range(count))
    chart = _chart(x, wanted)
    low, high = wanted.spec
    found = None
    if low is not None or high is not None:
        flat = x[: wanted.base].ravel()
        found = capability(
            flat, Spec(low, high), within=chart.sd, freedom=chart.freedom,
            confidence=wanted.confidence,
        )  # fmt: skip
    return Charted(what, unit, labels, chart, found, missing)


def _chart(x: np.ndarray, wanted: Wanted) -> Chart:
    from orebook.benchmark.control import (
        cusum_chart,
        ewma_chart,
        individuals_chart,
        mean_range_chart,
        mean_spread_chart,
    )

    rules, base = wanted.rules, wanted.base
    if wanted.kind == "xbar":
        return mean_range_chart(x, rules=rules, base=base)
    if wanted.kind == "xbar-s":
        return mean_spread_chart(x, rules=rules, base=base)
    if wanted.kind == "ewma":
        return ewma_chart(x, target=wanted.target, sd=wanted.sd, weight=wanted.weight)
    if wanted.kind == "cusum":
        return cusum_chart(x, target=wanted.target, sd=wanted.sd)
    return individuals_chart(x, rules=rules, base=base)


def _drawn(made: Charted, lang: Lang) -> str:
    from orebook.report.control import control_drawing

    return control_drawing(made.chart, made.labels, made.what, made.unit, lang)


def _text(made: Charted, lang: Lang, file: str | None) -> str:
    from orebook.benchmark.control.words import chart_text

    text = chart_text(made.chart, made.labels, made.capability, lang)
    head = f"{made.what} [{made.unit}]" if made.unit else made.what
    lines = [head, text]
    if made.missing:
        told = ", ".join(made.missing)
        lines.append(f"  无数值：{told}" if lang == "zh" else f"  no value: {told}")
    return "\n".join(lines if file is None else [*lines, file])
