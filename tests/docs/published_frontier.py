"""Published frontiers, for the validation page; the tests hold every unit of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from orebook.benchmark.frontier import (
    cost_efficiency,
    frontier,
    malmquist,
    malmquist_luenberger,
    money_gap,
    network,
)
from orebook.benchmark.frontier.network import Process
from tests.benchmark.frontier.conftest import CASES
from tests.docs.published import Published

TOPIC = "Frontiers"
DIGITS = 6e-7


def _scores(case: str, key: str, name: str, source: str, **options: Any) -> Published:
    """Return the scores of a case as one row per unit."""
    data = CASES[case]
    expected = data["expected"][key]
    published = {f"unit {i + 1}": v for i, v in enumerate(expected) if v is not None}

    def ours() -> Iterable[float]:
        found = frontier(data["X"], data["Y"], **options).scores
        return [float(v) for v, e in zip(found, expected, strict=True) if e is not None]

    return Published(TOPIC, name, source, "-", published, ours, within=DIGITS)


def _rows(
    name: str,
    source: str,
    unit: str,
    expected: list[float],
    ours: Callable[[], Iterable[float]],
    within: float = DIGITS,
) -> Published:
    published = {f"unit {i + 1}": v for i, v in enumerate(expected)}
    return Published(
        TOPIC, name, source, unit, published, lambda: map(float, ours()), within
    )


def frontiers() -> list[Published]:
    """Return the cases."""
    cost, money = CASES["coelli_cost"], CASES["zofio_pastor_aparicio2013"]
    change, bad = CASES["malmquist_5"], CASES["bad_output_two_period"]
    prices = money["input_prices"], money["output_prices"]
    book = "Cooper, Seiford, Tone, Data Envelopment Analysis, table 1.5"
    docs = "documentation of DataEnvelopmentAnalysis.jl"
    return [
        _scores("cst_hospitals", "ccr_in", "12 hospitals, constant returns, input",
                book, returns="crs"),
        _scores("cst_hospitals", "bcc_in", "12 hospitals, variable returns, input",
                book),
        _scores("tone2001", "sbm_crs", "slacks-based measure",
                "Tone, European Journal of Operational Research 130, 2001",
                returns="crs", model="sbm", orientation="none"),
        _scores("tone2002_power_plants", "super_ccr_in", "six power plants, super",
                "Andersen and Petersen 1993 in Tone, EJOR 143, 2002", returns="crs",
                model="super"),
        _scores("tone2002_power_plants", "super_sbm_in_crs",
                "six power plants, super-SBM", "Tone, EJOR 143, 2002", returns="crs",
                model="super_sbm"),
        _scores("eleven_units", "super_in_vrs", "super-efficiency, one infeasible",
                docs, model="super"),
        _rows("cost efficiency", cost["source"], "-", cost["expected"]["ce_crs"],
              lambda: cost_efficiency(
                  cost["X"], cost["Y"], cost["input_prices"], returns="crs"
              ).efficiency),
        _rows("profit forgone",
              "Zofio, Pastor, Aparicio, J. Productivity Analysis 2013",
              "money", money["expected"]["profit_gap_money"],
              lambda: money_gap(money["X"], money["Y"], *prices,
                                direction="equal").gap),
        _rows("profit forgone, technical part",
              "Zofio, Pastor, Aparicio, J. Productivity Analysis 2013", "money",
              money["expected"]["technical_money"],
              lambda: money_gap(money["X"], money["Y"], *prices,
                                direction="equal").step),
        _rows("Malmquist index", docs, "-", change["expected"]["mi"],
              lambda: malmquist([change["X_1"], change["X_2"]],
                                [change["Y_1"], change["Y_2"]],
                                method="adjacent").index[0]),
        _rows("Malmquist-Luenberger index", docs, "-", bad["expected"]["ml_index"],
              lambda: malmquist_luenberger(
                  [bad["X"]] * 2, [bad["Y_1"], bad["Y_2"]], [bad["B_1"], bad["B_2"]],
                  method="adjacent").index[0]),
        _rows("network of three processes", "Kao, EJOR 192, 2009", "-",
              list(CASES["kao2009_network"]["expected"]["system"].values()),
              _kao, within=6e-5),
    ]  # fmt: skip


def _kao() -> Iterable[float]:
    """Return the systems of Kao 2009."""
    data = CASES["kao2009_network"]

    def of(process: int, place: int) -> list[float]:
        return [row[place] for row in data[f"process{process}"].values()]

    fed = {"x1": of(3, 0), "x2": of(3, 1), "y1": of(1, 4), "y2": of(2, 4)}
    first = {"x1": of(1, 0), "x2": of(1, 1)}
    second = {"x1": of(2, 0), "x2": of(2, 1)}
    found = network(
        [
            Process("1", first, {"y1": of(1, 2)}),
            Process("2", second, {"y2": of(2, 2)}),
            Process("3", fed, {"y3": of(3, 2)}),
        ]
    )
    return found.system
