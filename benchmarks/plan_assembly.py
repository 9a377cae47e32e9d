"""Race the building of one plan: our blocks, hand-written arrays, linopy and Pyomo.

Instance family: 60 units, 12 materials, a store per material, four shared resources,
seasonal noisy prices; every unit turns a main input into a main output and one in two
makes a side product. All tools must reach the same optimum. Figures are printed as
JSON; read the ratios, not the seconds.

    python benchmarks/plan_assembly.py --periods 52 365 2000
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orebook.plan.lp import Builder
from orebook.plan.solve import Settings, Solution, Solver

FloatArray = npt.NDArray[np.float64]
UNITS, MATERIALS, RESOURCES = 60, 12, 4
LOADED = ("ours", "arrays", "linopy", "pyomo")


@dataclass(frozen=True)
class Instance:
    """The data of one horizon; amounts in t, money in CNY."""

    periods: int
    source: npt.NDArray[np.int64]  # main input of each unit
    target: npt.NDArray[np.int64]  # main output
    output: FloatArray  # yield of the main output
    side: npt.NDArray[np.int64]  # side product, -1 for none
    side_output: FloatArray
    cost: FloatArray
    capacity: FloatArray
    resource: FloatArray  # (resources, units)
    resource_limit: FloatArray
    price: FloatArray  # (materials, periods)
    store: FloatArray  # capacity of each store
    limit: FloatArray  # trade limit of each material


def instance(periods: int, seed: int = 1) -> Instance:
    """Return the instance of a horizon."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, MATERIALS - 1, UNITS)
    target = np.array([rng.integers(s + 1, MATERIALS) for s in source])
    side = np.where(rng.random(UNITS) < 0.5, rng.integers(0, MATERIALS, UNITS), -1)
    side[(side == source) | (side == target)] = -1
    week = np.arange(periods)
    base = 100.0 * 1.35 ** np.arange(MATERIALS)
    phase = rng.random(MATERIALS)[:, None] * 2 * np.pi
    season = 1.0 + 0.08 * np.sin(2 * np.pi * week / 52.0 + phase)
    noise = rng.normal(1.0, 0.03, (MATERIALS, periods))
    capacity = rng.uniform(50.0, 150.0, UNITS)
    resource = rng.uniform(0.1, 1.0, (RESOURCES, UNITS))
    return Instance(
        periods=periods,
        source=source,
        target=target,
        output=rng.uniform(0.45, 0.95, UNITS),
        side=side,
        side_output=rng.uniform(0.05, 0.20, UNITS),
        cost=rng.uniform(2.0, 25.0, UNITS),
        capacity=capacity,
        resource=resource,
        resource_limit=0.6 * resource @ capacity,
        price=base[:, None] * season * noise,
        store=np.full(MATERIALS, 400.0),
        limit=np.full(MATERIALS, 800.0),
    )


def ours(data: Instance) -> Solver:
    """Build by blocks and load."""
    builder = Builder(data.periods)
    week = np.arange(data.periods)
    units = [f"unit{i}" for i in range(UNITS)]
    materials = [f"material{i}" for i in range(MATERIALS)]
    goods = builder.rows("balance", materials, lower=0.0, upper=0.0)
    capacity = builder.rows(
        "capacity", units, lower=-np.inf, upper=data.capacity[:, None]
    )
    shared = builder.rows(
        "shared",
        [f"resource{i}" for i in range(RESOURCES)],
        lower=-np.inf,
        upper=data.resource_limit[:, None],
    )
    run = builder.columns("run", units, cost=data.cost[:, None])
    limit, store = data.limit[:, None], data.store[:, None]
    buy = builder.columns("buy", materials, cost=1.12 * data.price, upper=limit)
    sell = builder.columns("sell", materials, cost=-0.95 * data.price, upper=limit)
    stock = builder.columns("stock", materials, cost=0.5, upper=store)
    builder.entries(goods.index(data.source[:, None], week), run.all(), -1.0)
    builder.entries(
        goods.index(data.target[:, None], week), run.all(), data.output[:, None]
    )
    made = np.flatnonzero(data.side >= 0)
    builder.entries(
        goods.index(data.side[made][:, None], week),
        run.all()[made],
        data.side_output[made][:, None],
    )
    builder.entries(goods.all(), buy.all(), 1.0)
    builder.entries(goods.all(), sell.all(), -1.0)
    builder.entries(goods.all(), stock.all(), -1.0)
    builder.entries(goods.all()[:, 1:], stock.all()[:, :-1], 1.0)
    builder.entries(capacity.all(), run.all(), 1.0)
    builder.entries(
        shared.all()[:, None, :], run.all()[None, :, :], data.resource[:, :, None]
    )
    return Solver(builder.problem(), Settings(tolerance=1e-7))


def arrays(data: Instance) -> highspy.Highs:
    """Build by hand-written index arithmetic, the reference."""
    span = data.periods
    week = np.arange(span, dtype=np.int32)
    unit = np.arange(UNITS * span, dtype=np.int32).reshape(UNITS, span)
    good = np.arange(MATERIALS * span, dtype=np.int32).reshape(MATERIALS, span)
    rows: list[Any] = []
    columns: list[Any] = []
    values: list[Any] = []

    def put(row: Any, column: Any, value: Any) -> None:
        row, column, value = np.broadcast_arrays(row, column, value)
        rows.append(row.ravel())
        columns.append(column.ravel())
        values.append(value.ravel())

    first = UNITS * span
    buy, sell, stock = (first + k * MATERIALS * span + good for k in range(3))
    put(data.source[:, None] * span + week, unit, -1.0)
    put(data.target[:, None] * span + week, unit, data.output[:, None])
    made = np.flatnonzero(data.side >= 0)
    put(
        data.side[made][:, None] * span + week,
        unit[made],
        data.side_output[made][:, None],
    )
    put(good, buy, 1.0)
    put(good, sell, -1.0)
    put(good, stock, -1.0)
    put(good[:, 1:], stock[:, :-1], 1.0)
    capacity_rows = MATERIALS * span + unit
    put(capacity_rows, unit, 1.0)
    shared = (MATERIALS + UNITS) * span + np.arange(RESOURCES * span).reshape(-1, span)
    put(shared[:, None, :], unit[None, :, :], data.resource[:, :, None])
    size = ((MATERIALS + UNITS + RESOURCES) * span, (UNITS + 3 * MATERIALS) * span)
    places = (np.concatenate(rows), np.concatenate(columns))
    matrix = coo_array((np.concatenate(values), places), shape=size).tocsc()
    flat = np.full(MATERIALS * span, 0.0)
    cost = [np.repeat(data.cost, span), 1.12 * data.price.ravel()]
    cost += [-0.95 * data.price.ravel(), flat + 0.5]
    limits = np.repeat(np.concatenate([data.limit, data.limit, data.store]), span)
    shared_limits = np.concatenate([data.capacity, data.resource_limit])
    highs = highspy.Highs()
    highs.silent()
    colwise, minimise = 1, 1
    highs.passModel(
        size[1],
        size[0],
        matrix.nnz,
        colwise,
        minimise,
        0.0,
        np.concatenate(cost),
        np.zeros(size[1]),
        np.concatenate([np.full(first, np.inf), limits]),
        np.concatenate([flat, np.full(size[0] - flat.size, -np.inf)]),
        np.concatenate([flat, np.repeat(shared_limits, span)]),
        matrix.indptr,
        matrix.indices,
        matrix.data,
        np.zeros(size[1], np.int32),
    )
    return highs


def by_linopy(data: Instance) -> highspy.Highs:
    """Build with linopy's labelled arrays and hand over directly."""
    import linopy
    import pandas as pd
    import xarray as xr

    week = xr.DataArray(np.arange(data.periods), dims="t")
    unit = xr.DataArray(np.arange(UNITS), dims="u")
    material = xr.DataArray(np.arange(MATERIALS), dims="m")

    def table(values: FloatArray, *dims: str) -> xr.DataArray:
        names = {"t": week.values, "u": unit.values, "m": material.values}
        names["r"] = np.arange(RESOURCES)
        return xr.DataArray(values, dims=dims, coords={d: names[d] for d in dims})

    model = linopy.Model()
    per_unit = [pd.Index(unit.values, name="u"), pd.Index(week.values, name="t")]
    per_good = [pd.Index(material.values, name="m"), pd.Index(week.values, name="t")]
    run = model.add_variables(lower=0, coords=per_unit, name="run")
    limit = np.repeat(data.limit[:, None], data.periods, axis=1)
    store = np.repeat(data.store[:, None], data.periods, axis=1)
    trade = {
        name: model.add_variables(
            lower=0, upper=table(top, "m", "t"), coords=per_good, name=name
        )
        for name, top in (("buy", limit), ("sell", limit), ("stock", store))
    }
    buy, sell, stock = trade["buy"], trade["sell"], trade["stock"]
    made = np.flatnonzero(data.side >= 0)
    every = np.arange(UNITS)
    flow = buy - sell - stock + (1.0 * stock).shift(t=1).fillna(0.0)
    for users, to, amount in (
        (every, data.source, np.full(UNITS, -1.0)),
        (every, data.target, data.output),
        (made, data.side[made], data.side_output[made]),
    ):
        group = xr.DataArray(to, dims="u", coords={"u": users}, name="m")
        part = run.sel(u=users) * xr.DataArray(amount, dims="u", coords={"u": users})
        part = part.groupby(group).sum().reindex(m=material.values)
        flow = flow + part.fillna(0.0)
    model.add_constraints(flow == 0)
    model.add_constraints(run <= table(data.capacity, "u"))
    used = (run * table(data.resource, "r", "u")).sum("u")
    model.add_constraints(used <= table(data.resource_limit, "r"))
    cost = (run * table(data.cost, "u")).sum() + (stock * 0.5).sum()
    cost = cost + (buy * table(1.12 * data.price, "m", "t")).sum()
    model.add_objective(cost - (sell * table(0.95 * data.price, "m", "t")).sum())
    highs = model.to_highspy()
    highs.silent()
    return highs


def by_pyomo(data: Instance) -> highspy.Highs:
    """Build with Pyomo and hand over by its persistent HiGHS interface."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    weeks = range(data.periods)
    model = pyo.ConcreteModel()
    model.run = pyo.Var(range(UNITS), weeks, bounds=(0, None))
    goods = range(MATERIALS)
    model.buy = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.limit[m]))
    model.sell = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.limit[m]))
    model.stock = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.store[m]))
    recipe: list[list[tuple[int, float]]] = [[] for _ in goods]
    for unit in range(UNITS):
        recipe[data.source[unit]].append((unit, -1.0))
        recipe[data.target[unit]].append((unit, float(data.output[unit])))
        if data.side[unit] >= 0:
            recipe[data.side[unit]].append((unit, float(data.side_output[unit])))

    def balance(m: Any, good: int, t: int) -> Any:
        flow = sum(a * m.run[unit, t] for unit, a in recipe[good])
        opening = m.stock[good, t - 1] if t else 0.0
        trade = m.buy[good, t] - m.sell[good, t] - m.stock[good, t]
        return flow + trade + opening == 0

    def shared(m: Any, r: int, t: int) -> Any:
        used = sum(data.resource[r, u] * m.run[u, t] for u in range(UNITS))
        return used <= data.resource_limit[r]

    model.balance = pyo.Constraint(goods, weeks, rule=balance)
    model.capacity = pyo.Constraint(
        range(UNITS), weeks, rule=lambda m, u, t: m.run[u, t] <= data.capacity[u]
    )
    model.shared = pyo.Constraint(range(RESOURCES), weeks, rule=shared)
    model.cost = pyo.Objective(
        expr=sum(data.cost[u] * model.run[u, t] for u in range(UNITS) for t in weeks)
        + sum(
            1.12 * data.price[m, t] * model.buy[m, t]
            - 0.95 * data.price[m, t] * model.sell[m, t]
            + 0.5 * model.stock[m, t]
            for m in goods
            for t in weeks
        )
    )
    solver = Highs()
    solver.set_instance(model)
    highs: highspy.Highs = solver._solver_model
    highs.silent()
    return highs


BUILDERS: dict[str, Callable[[Instance], Any]] = {
    "ours": ours,
    "arrays": arrays,
    "linopy": by_linopy,
    "pyomo": by_pyomo,
}


def _timed(build: Callable[[Instance], Any], data: Instance, repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        gc.collect()
        begun = time.perf_counter()
        loaded = build(data)
        seconds.append(time.perf_counter() - begun)
        del loaded
    return statistics.median(seconds)


def _peak(build: Callable[[Instance], Any], data: Instance) -> float:
    """Return the peak of Python and numpy memory, without the solver's own copy."""
    gc.collect()
    tracemalloc.start()
    loaded = build(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del loaded
    return peak / 1e6


def _solved(loaded: Any) -> tuple[float, float]:
    begun = time.perf_counter()
    if isinstance(loaded, Solver):
        objective = loaded.solve().objective
    else:
        loaded.run()
        objective = loaded.getObjectiveValue()
    return objective, time.perf_counter() - begun


def _outage(data: Instance) -> dict[str, float]:
    """Take the hardest working unit out for seven periods; re-solve warm and cold."""
    solver = ours(data)
    first = solver.solve()
    problem = solver.problem
    run = first.x[problem.columns["run"].all()]
    unit = int(np.argmax(run.sum(axis=1) / data.capacity))
    begin = data.periods // 2
    rows = problem.rows["capacity"].index(unit, np.arange(begin, begin + 7))
    solver.change_row_bounds(rows, -np.inf, 0.0)
    warm, warm_seconds = _clock(solver, warm=True)
    cold, cold_seconds = _clock(solver, warm=False)
    assert abs(warm.objective / cold.objective - 1.0) < 1e-9
    return {
        "warm_seconds": warm_seconds,
        "cold_seconds": cold_seconds,
        "cold_over_warm": cold_seconds / warm_seconds,
        "warm_iterations": float(warm.iterations),
    }


def _clock(solver: Solver, *, warm: bool) -> tuple[Solution, float]:
    begun = time.perf_counter()
    solution = solver.solve(warm=warm)
    return solution, time.perf_counter() - begun


def race(periods: int, *, slow: int, fast: int) -> dict[str, Any]:
    """Return the figures of one horizon.

    Parameters
    ----------
    periods : int
        Length of the horizon [-].
    slow, fast : int
        Repeats of the frameworks and of the array builds [-].
    """
    data = instance(periods)
    builds: dict[str, dict[str, float]] = {}
    for name in LOADED:
        build = BUILDERS[name]
        build(instance(4))  # imports and caches are not what is raced
        repeats = fast if name in ("ours", "arrays") else slow
        seconds = _timed(build, data, repeats)
        objective, solve = _solved(build(data))
        builds[name] = {
            "build_seconds": seconds,
            "peak_python_memory_mb": _peak(build, data),
            "solve_seconds": solve,
            "build_share_of_total": seconds / (seconds + solve),
            "objective": objective,
        }
    base = builds["ours"]["objective"]
    worst = max(abs(one["objective"] / base - 1.0) for one in builds.values())
    assert worst < 1e-9, f"objectives differ by {worst:.1e}"
    problem = ours(data).problem
    return {
        "periods": periods,
        "rows": problem.shape[0],
        "columns": problem.shape[1],
        "nonzeros": int(problem.matrix.nnz),
        "builds": builds,
        "ratio_to_ours": {
            name: one["build_seconds"] / builds["ours"]["build_seconds"]
            for name, one in builds.items()
        },
        "worst_relative_difference_of_objectives": worst,
        "outage_of_seven_periods": _outage(data),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, nargs="+", default=[52, 365, 2000])
    parser.add_argument("--slow", type=int, default=3, help="repeats of frameworks")
    parser.add_argument("--fast", type=int, default=9, help="repeats of array builds")
    parser.add_argument("--smoke", action="store_true", help="26 periods, one repeat")
    chosen = parser.parse_args()
    if chosen.smoke:
        chosen.periods, chosen.slow, chosen.fast = [26], 1, 3
    # The frameworks let the solver write a banner; standard output is for JSON alone.
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    results = [race(n, slow=chosen.slow, fast=chosen.fast) for n in chosen.periods]
    with output:
        output.write(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
