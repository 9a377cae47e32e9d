"""Months of a potline and of a refinery with constants that are known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from orebook.chain.calendar import horizon, period
from orebook.chain.read import read_book
from orebook.evaluate.tuning.months import Evidence
from orebook.ledger.month import ClosedMonth, Figure
from orebook.process.check import check_units
from orebook.process.contract import Case
from orebook.process.network import Network, network, with_settings
from orebook.process.registry import kind

BOOK = Path(__file__).resolve().parents[2] / "books" / "refinery"
MONTHLY, LASTING = 0.8, 0.6
"""How the error of a meter splits; squares add to 1."""

Values = Mapping[str, Mapping[str, float]]


@cache
def refinery() -> Network:
    """Return the refinery of the tests at the constants of its book."""
    return network(read_book(BOOK, check=check_units))


@cache
def station() -> Network:
    """Return one power station, its coals told by their scales."""
    return network(kind("power_station").example())


@cache
def potline() -> Network:
    """Return one potline, its charge told by its metal."""
    return network(kind("potline").example())


def _run(net: Network, unit: str, duty: Mapping[str, float]) -> dict[str, float]:
    case = Case({k: np.asarray(v) for k, v in duty.items()})
    return {p: float(f) for p, f in net.processes[unit].run(case).flows.items()}


def potline_flows(net: Network, rng: np.random.Generator) -> tuple[Values, Values]:
    """Return true flows and duties of a month of the potline."""
    duty = {"example": {"charge": float(rng.uniform(80e3, 110e3))}}
    return {"example": _run(net, "example", duty["example"])}, duty


def station_flows(net: Network, rng: np.random.Generator) -> tuple[Values, Values]:
    """Return true flows and duties of a month of the station; live steam balances."""
    duty = {
        "extraction": float(rng.uniform(40e3, 90e3)),
        "back_pressure": float(rng.uniform(60e3, 120e3)),
        "condensing": float(rng.uniform(20e3, 60e3)),
        "running": float(rng.uniform(900.0, 1300.0)),
    }
    share = float(rng.uniform(0.2, 0.5))
    one = {"coal": 1.0 - share, "slack": share}
    used = -_run(net, "example", duty)["live_steam_used"]
    coal = used / _run(net, "example", one)["live_steam"]
    duty |= {name: coal * part for name, part in one.items()}
    return {"example": _run(net, "example", duty)}, {"example": duty}


def refinery_flows(net: Network, rng: np.random.Generator) -> tuple[Values, Values]:
    """Return true flows and duties of a month of the refinery; every balance closes."""
    duty: dict[str, dict[str, float]] = {
        "grind": {
            "ore-a": float(rng.uniform(230e3, 300e3)),
            "ore-b": float(rng.uniform(10e3, 25e3)),
        }
    }
    flow = {"grind": _run(net, "grind", duty["grind"])}

    def follow(unit: str, name: str, amount: float) -> dict[str, float]:
        duty[unit] = {name: amount}
        flow[unit] = _run(net, unit, duty[unit])
        return flow[unit]

    digested = follow("digest", "slurry", flow["grind"]["slurry"])["digested"]
    washed = follow("wash", "mud_solids", flow["grind"]["mud_solids"])
    settled = follow("settle", "digested", digested + washed["digested"])
    grown = follow("precipitate", "pregnant", settled["pregnant"])
    spent = follow("evaporate", "spent", grown["spent"])
    need = -flow["grind"]["liquor"] - washed["liquor"] - spent["liquor"]
    follow("make-up", "liquor", need)
    follow("calcine", "hydrate", grown["hydrate"])
    return flow, duty


_FLOWS = {
    "potline": potline_flows,
    "power_station": station_flows,
    "bayer_slurry": refinery_flows,
}


def months(
    net: Network,
    truth: Values,
    *,
    seed: int,
    count: int = 12,
    error: float = 0.01,
    stated: float | None = None,
    lasting: float = LASTING,
    unmetered: tuple[str, ...] = (),
) -> tuple[Evidence, ...]:
    """Return closed months of units that really run at other constants than the book.

    Parameters
    ----------
    net : Network
        At the constants of the book.
    truth : mapping
        Unit to constant to its true value.
    seed : int
        Of all draws.
    count : int
        Months.
    error : float
        Relative standard deviation of every meter; 0 measures exactly [-].
    stated : float, optional
        What the close says it is; the same, or 0.01 where meters are exact [-].
    lasting : float
        Share of it that is the same in all months [-].
    unmetered : tuple of str
        Streams the process model filled in.
    """
    rng = np.random.default_rng(seed)
    real = with_settings(net, truth)
    kinds = {process.kind for process in net.processes.values()}
    flows_of = next(f for k, f in _FLOWS.items() if k in kinds)
    names = [s.id for s in net.streams if s.role == "unit"]
    bias = dict(zip(names, rng.standard_normal(len(names)), strict=True))
    found = []
    for month in horizon(period("2026-01"), count):
        flow, duty = flows_of(real, rng)
        figures: dict[str, Figure] = {}
        for s in net.streams:
            if s.role != "unit":
                continue
            true = s.sign * flow[s.owner][s.port]
            own = np.sqrt(1.0 - lasting**2) * rng.standard_normal()
            value = true * (1.0 + error * (own + lasting * bias[s.id]))
            sd = (stated or error or 0.01) * abs(true)
            told = s.id not in unmetered
            figures[s.id] = Figure(
                value if told else 1.3 * true, sd, "measured" if told else "estimated",
                value if told else None, sd if told else None, ("M",) if told else (),
            )  # fmt: skip
        off = {
            f"{u}:{d}": v * (1.0 + error * rng.standard_normal())
            for u, by in duty.items()
            for d, v in by.items()
        }
        closed = ClosedMonth(month.name, figures, off, {}, {}, {})
        found.append(Evidence(closed, f"hash {month}"))
    return tuple(found)
