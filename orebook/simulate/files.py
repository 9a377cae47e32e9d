"""A simulated month as intake files, each saying that no instrument took it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orebook.chain.calendar import Period
from orebook.chain.plant import Outage
from orebook.errors import InputError
from orebook.ledger.month import Incident
from orebook.plan.result import Plan
from orebook.process.network import Network
from orebook.simulate.instruments import Readings, read_month
from orebook.simulate.plant import TrueMonth, true_month

Row = Sequence[object]

DIGITS = 7
"""Digits written of a figure: far beyond what any instrument resolves."""


@dataclass(frozen=True)
class SimulatedMonth:
    """A true month and what its meters read.

    Parameters
    ----------
    network : Network
        Streams and meters.
    true : TrueMonth
        What really happened.
    readings : Readings
        What the instruments said.
    gross_error : tuple of (str, float) or None
        The planted error.
    """

    network: Network
    true: TrueMonth
    readings: Readings
    gross_error: tuple[str, float] | None = None

    @property
    def period(self) -> Period:
        """The month."""
        return self.true.period

    @property
    def closing(self) -> dict[str, float]:
        """True closing stocks: the opening of the next month [unit]."""
        return self.true.closing

    def summary(self) -> str:
        """Return the month in a line of text."""
        planted = ""
        if self.gross_error is not None:
            planted = f", {self.gross_error[0]} reads {self.gross_error[1]:+.1%} wrong"
        r = self.readings
        return (
            f"{self.period} simulated, seed {self.true.seed}: {len(r.meters)} totals, "
            f"{len(r.assays)} assays, {len(r.stocks)} stock counts{planted}"
        )


def simulate_month(
    network: Network,
    plan: Plan,
    period: Period,
    *,
    seed: int,
    opening: Mapping[str, float] | None = None,
    gross_error: tuple[str, float] | None = None,
    outages: Sequence[Outage] = (),
    incidents: Sequence[Incident] = (),
) -> SimulatedMonth:
    """Let a planned month happen and read it with the group's meters.

    Parameters
    ----------
    network, plan, period, seed, opening, outages, incidents
        As in :func:`orebook.simulate.plant.true_month`; for the next month pass
        ``opening=month.closing``.
    gross_error : tuple of (str, float), optional
        Meter, and by which share it reads too high [-].

    Returns
    -------
    SimulatedMonth
        Truth and readings; the same arguments give the same month.

    Raises
    ------
    InputError
        If the meter does not exist or the plan does not hold the month.
    """
    true = true_month(
        network,
        plan,
        period,
        seed=seed,
        opening=opening,
        outages=outages,
        incidents=incidents,
    )
    readings = read_month(network, true, gross_error=gross_error)
    return SimulatedMonth(network, true, readings, gross_error)


def read_gross_error(text: str) -> tuple[str, float]:
    """Read ``METER=SIZE``.

    Raises
    ------
    InputError
        If the text has another form.

    Examples
    --------
    >>> read_gross_error("PR-BS-01=8%")
    ('PR-BS-01', 0.08)
    """
    meter, equals, size = text.partition("=")
    plain = size.strip().rstrip("%％")
    try:
        share = float(plain) / (100.0 if plain != size.strip() else 1.0)
    except ValueError:
        share = float("nan")
    if not equals or not meter.strip() or not -1.0 <= share <= 10.0:
        raise InputError(
            f"'{text}' is no gross error; write METER=SIZE from -100% to 1000%, "
            "for example PR-BS-01=8%"
        )
    return meter.strip(), round(share, 12)


def write_intake(
    simulated: SimulatedMonth, folder: Path, *, truth: bool = False
) -> tuple[Path, ...]:
    """Write a simulated month as CSV files, one per kind.

    Parameters
    ----------
    simulated : SimulatedMonth
        The month.
    folder : Path
        Folder of the files, made if need be; ``intake/YYYY-MM`` of a book.
    truth : bool
        Whether to write ``truth.csv`` too: the true amounts, which no book has.

    Returns
    -------
    tuple of Path
        Files written; the same month gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = _tables(simulated)
    if truth:
        rows: list[Row]
        rows = [[s, _figure(v)] for s, v in sorted(simulated.true.amounts.items())]
        tables["truth"] = ("stream,amount", rows)
    written = []
    for name, (header, rows) in tables.items():
        if rows:
            path = folder / f"{name}.csv"
            path.write_text(
                _text(simulated, header, rows), encoding="utf-8", newline="\n"
            )
            written.append(path)
    return tuple(written)


def _text(simulated: SimulatedMonth, header: str, rows: Iterable[Row]) -> str:
    import csv
    import io

    out = io.StringIO(newline="")
    out.write(f"# simulated: seed {simulated.true.seed}\n{header},origin\n")
    csv.writer(out, lineterminator="\n").writerows([*row, "simulated"] for row in rows)
    return out.getvalue()


def _figure(value: float) -> str:
    return f"{value:.{DIGITS}g}" if abs(value) < 10**DIGITS else f"{value:.0f}"


def _tables(simulated: SimulatedMonth) -> dict[str, tuple[str, list[Row]]]:
    r, true, network = simulated.readings, simulated.true, simulated.network
    month = true.period.name
    unit = {s.id: s.unit for s in network.streams}
    meters: list[Row] = [
        [m.tag, m.first, m.last, _figure(m.value), m.unit] for m in r.meters
    ]
    prices: list[Row] = [
        [
            key,
            month,
            f"{price:g}" if price == round(price, 2) else price,
            f"CNY/{_priced(key, unit)}",
        ]
        for key, price in true.market.items()
    ]
    tables: dict[str, tuple[str, list[Row]]] = {
        "meters": ("tag,first,last,value,unit", meters),
        "assays": (
            "tag,date,value,unit",
            [[a.tag, a.day, _figure(100.0 * a.value), "%"] for a in r.assays],
        ),
        "stocks": (
            "store,date,quantity,unit",
            [[s.tag, s.day, _figure(s.value), s.unit] for s in r.stocks],
        ),
        "prices": ("contract,period,price,unit", prices),
        "costs": (
            "cost,period,amount,unit",
            [[c, month, f"{v:.2f}", "CNY"] for c, v in true.costs.items()],
        ),
        "outages": (
            "unit,first,last,share,reason",
            [[o.unit, o.first, o.last, o.share, o.reason] for o in true.outages],
        ),
        "incidents": (
            "date,centre,kind,text,id,due,closed",
            [_event(i) for i in true.incidents],
        ),
    }
    return tables


def _priced(key: str, unit: Mapping[str, str]) -> str:
    if key.startswith("buy:"):
        return unit[key]
    return next(u for s, u in unit.items() if s.startswith(f"{key}:"))


def _event(incident: Incident) -> Row:
    return [
        incident.day,
        incident.centre,
        incident.kind,
        incident.text,
        incident.id,
        incident.due or "",
        incident.closed or "",
    ]
