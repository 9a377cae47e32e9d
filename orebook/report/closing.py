"""The close: what really happened, how well it is known, and which meters lied."""

from __future__ import annotations

from orebook.ledger.month import Figure, GrossError
from orebook.report.table import Column, Fold, Row, Said, Section, Table, parts
from orebook.report.view import View, amount, plain
from orebook.report.words import both

FIGURES = (
    Column("site"),
    Column("figure"),
    Column("stream_id", "code"),
    Column("reading", "own"),
    Column("reading_sd", "own"),
    Column("reconciled", "own"),
    Column("sd", "own"),
    Column("unit_of_measure"),
    Column("adjustment", "own"),
    Column("status"),
    Column("meters", "code"),
)
ERRORS = (
    Column("instrument", "code"),
    Column("figure"),
    Column("error_size", "own"),
    Column("unit_of_measure"),
    Column("statistic", "sigma"),
    Column("critical_value", "sigma"),
    Column("alternatives", "code"),
)
ASSUMED_GOOD = 3.0  # sd: an imbalance below it is an accident of usual errors


def closing(view: View) -> Section:
    """Return the close, the largest gross error first."""
    figures, errors = figure_table(view), error_table(view)
    folds = [
        Fold(
            both("figures_of_site", site=_said(site), count=str(len(part.rows))),
            (part,),
        )
        for site, part in parts(figures, head="site", caption=_caption)
    ]
    words = [_error_words(view, e) for e in ranked(view)]
    shown = (errors,) if errors.rows else ()
    blocks = (_imbalance(view), *words, *shown, both("figures_how"), *folds)
    return Section("close", both("close"), blocks, (errors, figures))


def _said(value: object) -> Said:
    return value if isinstance(value, Said) else Said(str(value), str(value))


def _caption(site: object) -> Said:
    return both("figure_table_site", site=_said(site))


def _imbalance(view: View) -> Said:
    closed = view.result.closed
    worst = closed.tests.get("worst_imbalance_sigma", 0.0)
    key = "imbalance_usual" if worst <= ASSUMED_GOOD else "imbalance_large"
    return both(
        key,
        count=str(len(closed.figures)),
        worst=plain(worst, 2),
        errors=str(len(closed.gross_errors)),
    )


def ranked(view: View) -> list[GrossError]:
    """Return the gross errors, the surest first."""
    return sorted(view.result.closed.gross_errors, key=lambda e: -e.statistic)


def _stream(view: View, name: str) -> Said:
    return view.names.stream(name) if name in view.network.stream else Said(name, name)


def _error_words(view: View, error: GrossError) -> Said:
    about: dict[str, Said | str] = {
        "reading": error.reading,
        "stream": _stream(view, error.stream),
        "size": amount(abs(error.size), error.unit),
        "statistic": plain(error.statistic, 1),
        "critical": plain(error.critical, 1),
    }
    return both("error_high" if error.size > 0 else "error_low", **about)


def error_table(view: View) -> Table:
    """Return the readings set aside."""
    rows = tuple(
        Row((e.reading, _stream(view, e.stream), e.size, e.unit, e.statistic,
             e.critical, ", ".join(e.alternatives)))
        for e in ranked(view)
    )  # fmt: skip
    return Table("gross_errors", both("error_table"), ERRORS, rows)


def figure_table(view: View) -> Table:
    """Return every reconciled figure, site by site, in the order of the book."""
    order = {c.id: i for i, c in enumerate(view.chain.centres)}
    streams = sorted(
        view.network.streams, key=lambda s: order[view.chain.site_of(s.centre)]
    )
    figures = view.result.closed.figures
    rows = tuple(
        _figure_row(view, s.id, figures[s.id]) for s in streams if s.id in figures
    )
    return Table("figures", both("figure_table"), FIGURES, rows)


def _figure_row(view: View, stream: str, figure: Figure) -> Row:
    s = view.network.stream[stream]
    moved = None if figure.reading is None else figure.value - figure.reading
    return Row(
        (view.names.site(s.centre), view.names.stream(stream), stream,
         figure.reading, figure.reading_sd, figure.value, figure.sd, s.unit, moved,
         both(f"status_{figure.status}"), ", ".join(figure.evidence))
    )  # fmt: skip
