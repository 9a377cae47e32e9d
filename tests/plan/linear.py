"""Linear problems of the planning cases, written straight as blocks.

chain8 and the food case are small literal tables: chain8 is constructed for this
project (CC0); food manufacture 1 is from H. P. Williams, Model Building in Mathematical
Programming (numbers only).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from orebook.plan.lp import Builder, Problem
from tests.plan.chains import CHAIN8, CHAIN8_BUY, CHAIN8_SELL

UNITS = tuple(CHAIN8)
MATERIALS = (
    "ore", "washed_ore", "slurry", "liquor", "hydrate", "alumina", "aluminium",
    "steam", "power", "caustic", "coal", "anode",
)  # fmt: skip

OILS = ("V1", "V2", "O1", "O2", "O3")
OIL_PRICE = (
    (110, 130, 110, 120, 100, 90),
    (120, 130, 140, 110, 120, 100),
    (130, 110, 130, 120, 150, 140),
    (110, 90, 100, 120, 110, 80),
    (115, 115, 95, 125, 105, 135),
)
HARDNESS = np.array([8.8, 6.1, 2.0, 4.2, 5.0])


def series(
    cost: Sequence[float], capacity: Sequence[float], *, ore: float, product: float
) -> Problem:
    """Return units in series with yield 1 between bought ore and a sold product."""
    builder = Builder(periods=1)
    count = len(cost)
    goods = builder.rows(
        "balance", [f"good{i}" for i in range(count + 1)], lower=0.0, upper=0.0
    )
    run = builder.columns(
        "run",
        [f"unit{i}" for i in range(count)],
        cost=np.array(cost)[:, None],
        upper=np.array(capacity)[:, None],
    )
    trade = builder.columns("trade", ["buy", "sell"], cost=[[ore], [-product]])
    units = np.arange(count)
    builder.entries(goods.index(units), run.index(units), -1.0)
    builder.entries(goods.index(units + 1), run.index(units), 1.0)
    builder.entries(goods.index([0, count]), trade.index([0, 1]), [1.0, -1.0])
    return builder.problem()


def chain8(
    factors: Mapping[str, float],
    *,
    weeks: int = 1,
    mass: float = 1.0,
    as_rows: bool = False,
) -> Problem:
    """Return the 8-unit chain; masses times ``mass``, capacities as rows if asked."""
    builder = Builder(weeks)
    goods = builder.rows("balance", MATERIALS, lower=0.0, upper=0.0)
    cost = np.array([[CHAIN8[unit][1]] for unit in UNITS]) / mass
    limit = np.array([[CHAIN8[u][2] * factors.get(u, 1.0)] for u in UNITS]) * mass
    run = builder.columns("run", UNITS, cost=cost, upper=np.inf if as_rows else limit)
    if as_rows:
        capacity = builder.rows("capacity", UNITS, lower=-np.inf, upper=limit)
        builder.entries(capacity.all(), run.all(), 1.0)
    buy = builder.columns(
        "buy", tuple(CHAIN8_BUY), cost=_column(CHAIN8_BUY.values()) / mass
    )
    sell = builder.columns(
        "sell", tuple(CHAIN8_SELL), cost=-_column(CHAIN8_SELL.values()) / mass
    )
    week = np.arange(weeks)
    for unit in UNITS:
        for material, amount in CHAIN8[unit][0].items():
            builder.entries(goods.index(material, week), run.index(unit, week), amount)
    for block, sign in ((buy, 1.0), (sell, -1.0)):
        for name in block.entities:
            builder.entries(goods.index(name, week), block.index(name, week), sign)
    if weeks > 1:
        _alumina_store(builder)
    return builder.problem()


def _alumina_store(builder: Builder) -> None:
    """Add the alumina store of case V5: 15,000 t, 5 CNY/t and week, opening 5,000."""
    goods = builder._rows.blocks["balance"]
    stock = builder.columns("stock", ["alumina"], cost=5.0, upper=15000.0)
    first = np.zeros((1, builder.periods))
    first[0, 0] = 5000.0
    opening = builder.columns("opening", ["alumina"], lower=first, upper=first)
    week = np.arange(builder.periods)
    builder.entries(goods.index("alumina", week), stock.index(0, week), -1.0)
    builder.entries(goods.index("alumina", week[1:]), stock.index(0, week[:-1]), 1.0)
    builder.entries(goods.index("alumina", week), opening.index(0, week), 1.0)


def _column(values: object) -> npt.NDArray[np.float64]:
    return np.array(list(values), float)[:, None]  # type: ignore[call-overload]


def food() -> Problem:
    """Return food manufacture 1 of Williams: six months, five oils, one blend."""
    builder = Builder(6)
    month = np.arange(6)
    goods = builder.rows("balance", OILS, lower=0.0, upper=0.0)
    food = builder.rows("food", ["food"], lower=0.0, upper=0.0)
    use_limit = builder.rows(
        "refining", ["V", "O"], lower=-np.inf, upper=[[200.0], [250.0]]
    )
    hard = builder.rows("hardness", ["max", "min"], lower=[[-np.inf], [0.0]],
                        upper=[[0.0], [np.inf]])  # fmt: skip
    buy = builder.columns("buy", OILS, cost=np.array(OIL_PRICE))
    use = builder.columns("use", OILS)
    low, high = _stocks()
    stock = builder.columns("stock", OILS, cost=5.0, lower=low, upper=high)
    opening = builder.columns("opening", OILS, lower=_first(500.0), upper=_first(500.0))
    sell = builder.columns("sell", ["food"], cost=-150.0)
    builder.entries(goods.all(), buy.all(), 1.0)
    builder.entries(goods.all(), use.all(), -1.0)
    builder.entries(goods.all(), stock.all(), -1.0)
    builder.entries(goods.all(), opening.all(), 1.0)
    builder.entries(goods.all()[:, 1:], stock.all()[:, :-1], 1.0)
    builder.entries(food.all(), use.all(), 1.0)
    builder.entries(food.all(), sell.all(), -1.0)
    kind = np.array([0, 0, 1, 1, 1])
    builder.entries(use_limit.index(kind[:, None], month), use.all(), 1.0)
    for row, limit in enumerate((6.0, 3.0)):
        slope = (HARDNESS - limit)[:, None]
        builder.entries(hard.index(row, month), use.all(), slope)
    return builder.problem()


def _stocks() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    low, high = np.zeros((5, 6)), np.full((5, 6), 1000.0)
    low[:, -1] = high[:, -1] = 500.0
    return low, high


def _first(value: float) -> npt.NDArray[np.float64]:
    table = np.zeros((5, 6))
    table[:, 0] = value
    return table


def tied(seed: int) -> Problem:
    """Return a small random problem with a bounded optimum and many ties."""
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(5, 16))
    matrix = rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < 0.5)
    point = rng.integers(0, 3, columns) * (rng.random(columns) < 0.7)
    bounded = np.maximum(point, rng.choice([1.0, 2.0, 3.0], columns))
    upper = np.where(rng.random(columns) < 0.6, bounded, np.inf)
    equal = rng.random(rows) < 0.6
    activity = (matrix @ point).astype(float)
    row_upper = np.where(equal, activity, activity + rng.choice([0, 1, 2], rows))
    open_below = ~equal & (rng.random(rows) < 0.5)
    row_lower = np.where(open_below, -np.inf, activity)
    dual = rng.integers(-3, 4, rows)
    dual[open_below] = -np.abs(dual[open_below])  # a cost that has a least value
    cost = matrix.T @ dual + rng.integers(0, 3, columns)
    builder = Builder(periods=1)
    block = builder.columns(
        "x",
        [f"x{i}" for i in range(columns)],
        cost=cost[:, None],
        upper=upper[:, None],
    )
    limits = builder.rows(
        "row",
        [f"row{i}" for i in range(rows)],
        lower=row_lower[:, None],
        upper=row_upper[:, None],
    )
    builder.entries(limits.all(), block.all().T, matrix)
    return builder.problem()


def reshuffled(
    problem: Problem, rng: np.random.Generator, *, span: int = 2
) -> tuple[Problem, npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Permute rows and columns and change their units by powers of ten.

    Returns the problem, the original row of each new row, and the factor by which a new
    dual is to be multiplied to be one of the original.
    """
    from dataclasses import replace

    rows, columns = problem.shape
    row_order, order = rng.permutation(rows), rng.permutation(columns)
    row_unit = 10.0 ** rng.integers(-span, span + 1, rows)
    unit = 10.0 ** rng.integers(-span, span + 1, columns)
    matrix = problem.matrix.toarray() * row_unit[:, None] / unit
    changed = replace(
        problem,
        cost=(problem.cost / unit)[order],
        lower=(problem.lower * unit)[order],
        upper=(problem.upper * unit)[order],
        integer=problem.integer[order],
        matrix=csc_array(matrix[np.ix_(row_order, order)]),
        row_lower=(problem.row_lower * row_unit)[row_order],
        row_upper=(problem.row_upper * row_unit)[row_order],
    )
    return changed, row_order, row_unit[row_order]
