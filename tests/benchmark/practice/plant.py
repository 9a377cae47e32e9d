"""A simulated precipitation whose best settings are known: its own process function.

Load (hours in the tanks) and poisons (growth constant) move with the season and are
nobody's choice; seed, temperatures and a setting without any effect are the shift's.
The yield of a shift is read with 3 % of noise.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from orebook.benchmark.practice.find import Evidence, Search
from orebook.chain.read import read_book
from orebook.process.check import check_units
from orebook.process.contract import Case
from orebook.process.network import Network, network

BOOK = Path(__file__).resolve().parents[2] / "books" / "refinery"
PRICES = {"pregnant": 769.26, "hydrate": 1240.38, "spent": 626.39, "water": 2.0,
          "power": 520.0}  # fmt: skip
NOISE = 0.03
SETTINGS = ("seed", "last_temperature", "first_temperature", "filter_speed")
CONDITIONS = ("precipitation_hours", "growth_constant")
SHIFTS = 2190  # of two years


@cache
def refinery() -> Network:
    """Return the physical refinery of the tests."""
    return network(read_book(BOOK, check=check_units))


@dataclass(frozen=True)
class Plant:
    """A simulated history: days, what was set, what was made, and the plant itself."""

    days: np.ndarray
    setting: dict[str, np.ndarray]
    flows: dict[str, np.ndarray]

    @property
    def money(self) -> np.ndarray:
        """Money per t of hydrate as read [CNY/t]."""
        return margin(self.flows)

    def evidence(self) -> Evidence:
        """Return it as records ready to be searched."""
        return Evidence(
            self.days,
            np.column_stack([self.setting[n] for n in CONDITIONS]),
            np.column_stack([self.setting[n] for n in SETTINGS]),
            self.money,
            self.flows["hydrate"],
        )


def margin(flows: dict[str, np.ndarray]) -> np.ndarray:
    """Return the money per t of hydrate [CNY/t]."""
    return sum(flows[p] * PRICES[p] for p in PRICES) / flows["hydrate"]


def run(setting: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what precipitation makes of 10 000 m3, by its process function."""
    size = len(next(iter(setting.values())))
    known = {n: v for n, v in setting.items() if n != "filter_speed"}
    case = Case({"pregnant": np.full(size, 1e4)}, {}, known)
    flows = refinery().processes["precipitate"].run(case).flows
    return {p: np.broadcast_to(flows[p], size).copy() for p in PRICES}


def wandering(rng: np.random.Generator, size: int, hold: float) -> np.ndarray:
    """Return a series of unit spread that holds its value for a while."""
    step, x = rng.normal(size=size), np.empty(size)
    x[0] = step[0]
    for i in range(1, size):
        x[i] = hold * x[i - 1] + np.sqrt(1.0 - hold**2) * step[i]
    return x


def simulate(
    seed: int,
    shifts: int = SHIFTS,
    *,
    start: float = 20000.0,
    aim: tuple[float, float] = (800.0, 51.3),
    care: float = 1.0,
) -> Plant:
    """Return the history of a plant run by habit, or by a card with some care.

    ``aim`` is what seed and last temperature are held at, ``care`` scales how far they
    wander from it.
    """
    rng = np.random.default_rng(seed)
    days = start + np.arange(shifts) / 3.0
    year = 2.0 * np.pi * days / 365.0
    hours = 45.0 + 8.0 * np.sin(year) + 2.5 * wandering(rng, shifts, 0.95)
    hours = np.clip(hours, 32.0, 58.0)
    growth = 2.1 + 0.3 * np.sin(year + 0.4) + 0.08 * wandering(rng, shifts, 0.9)
    growth = np.clip(growth, 1.55, 2.85)
    charge = aim[0] - 2.0 * care * (hours - 45.0)
    charge += 55.0 * care * wandering(rng, shifts, 0.7)
    setting = {
        "precipitation_hours": hours,
        "growth_constant": growth,
        "seed": np.clip(charge, 600.0, 1000.0),
        "last_temperature": np.clip(
            aim[1] + 1.2 * care * wandering(rng, shifts, 0.7), 48.0, 54.0
        ),
        "first_temperature": np.clip(61.0 + wandering(rng, shifts, 0.7), 58.0, 64.0),
        "filter_speed": 2.0 + 0.3 * wandering(rng, shifts, 0.7),
    }
    flows = run(setting)
    flows["hydrate"] = flows["hydrate"] * (1.0 + NOISE * rng.normal(size=shifts))
    return Plant(days, setting, flows)


def true_gain(plant: Plant, found: Search) -> float:
    """Return what the plant would really gain with the card kept to [CNY/t].

    The windows used are held as the shifts inside them held them; conditions and all
    else stay as they were, without noise, weighted as what is practised now.
    """
    rng = np.random.default_rng(1)
    moved = dict(plant.setting)
    for name, w, used in zip(SETTINGS, found.windows, found.used, strict=True):
        if used:
            own = plant.setting[name]
            held = own[(own >= w.low) & (own <= w.high)]
            moved[name] = rng.choice(held, len(own))
    share = found.recent / found.recent.sum()
    return float(share @ (margin(run(moved)) - margin(run(plant.setting))))


def write(
    plant: Plant,
    path: Path,
    *,
    names: dict[str, str] | None = None,
    when: Callable[[datetime], object] = lambda t: t.strftime("%Y-%m-%d %H:%M"),
) -> Path:
    """Write the history as shift records; flows without sign, as a log has them."""
    called = names or {}
    columns = {**plant.setting, **{p: np.abs(v) for p, v in plant.flows.items()}}
    head = [called.get("time", "time"), *(called.get(n, n) for n in columns)]
    moments = [datetime(1970, 1, 1) + timedelta(days=float(d)) for d in plant.days]
    rows = [
        [when(t), *(round(float(v[i]), 5) for v in columns.values())]
        for i, t in enumerate(moments)
    ]
    if path.suffix == ".xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in [head, *rows]:
            book.active.append(row)
        book.save(path)
        return path
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path
