"""Race the building of one plan: a declared book, arrays by hand, linopy, Pyomo.

The planning family (`_planning_family.py`) is declared as a book's chain: units with
recipes, stores, purchases, sales, limits. "orebook" goes from that chain and its
conditions to the loaded solver in three steps, each timed: "bind" (chain to network),
"assemble" (network and conditions to sparse arrays) and "load" (arrays to solver).
"seconds" is the sum of all three. All tools load the same problem and must reach the
same optimum. Memory is measured in a process of its own for each: the peak of resident
memory above that before the build, and the peak of Python and numpy allocations.
Figures are printed as JSON; read the ratios, not the seconds.

    python benchmarks/plan_assembly.py --periods 52 365 2000
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from scipy.sparse import coo_array

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from _planning_family import (
    ABOVE,
    BELOW,
    MATERIALS,
    RESOURCES,
    SETTINGS,
    FloatArray,
    Instance,
    declared,
    instance,
    known,
)

from orebook.chain.chain import Chain
from orebook.plan.assemble import assemble
from orebook.plan.conditions import Conditions
from orebook.plan.lp import Problem
from orebook.plan.solve import Solution, Solver
from orebook.process.network import network

STEPS = ("bind", "assemble", "load")
SMALL = 4  # periods of the build that pays for imports and caches


@dataclass(frozen=True)
class Book:
    """The values that our build begins with."""

    chain: Chain
    conditions: Conditions


def ours(book: Book) -> tuple[Solver, list[float]]:
    """Build from the declared book and load; with the seconds of each step."""
    times = [time.perf_counter()]
    net = network(book.chain)
    times.append(time.perf_counter())
    problem = assemble(net, book.conditions).problem
    times.append(time.perf_counter())
    solver = Solver(problem, SETTINGS)
    times.append(time.perf_counter())
    return solver, np.diff(times).tolist()


def book_of(data: Instance) -> Book:
    """Return the declared book of an instance."""
    return Book(declared(data), known(data))


def problem_of(data: Instance) -> Problem:
    """Return the problem that the declared book of an instance becomes."""
    book = book_of(data)
    return assemble(network(book.chain), book.conditions).problem


def arrays(data: Instance) -> highspy.Highs:
    """Build by hand-written index arithmetic, the reference."""
    span = data.span
    week = np.arange(span, dtype=np.int32)
    unit = np.arange(data.units * span, dtype=np.int32).reshape(data.units, span)
    good = np.arange(MATERIALS * span, dtype=np.int32).reshape(MATERIALS, span)
    rows: list[Any] = []
    columns: list[Any] = []
    values: list[Any] = []

    def put(row: Any, column: Any, value: Any) -> None:
        row, column, value = np.broadcast_arrays(row, column, value)
        rows.append(row.ravel())
        columns.append(column.ravel())
        values.append(value.ravel())

    first = data.units * span
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
    shared = (MATERIALS + data.units) * span + np.arange(RESOURCES * span).reshape(
        -1, span
    )
    put(shared[:, None, :], unit[None, :, :], data.resource[:, :, None])
    size = (
        (MATERIALS + data.units + RESOURCES) * span,
        (data.units + 3 * MATERIALS) * span,
    )
    places = (np.concatenate(rows), np.concatenate(columns))
    matrix = coo_array((np.concatenate(values), places), shape=size).tocsc()
    flat = np.full(MATERIALS * span, 0.0)
    cost = [np.repeat(data.cost, span), ABOVE * data.price.ravel()]
    cost += [-BELOW * data.price.ravel(), np.tile(data.hold, MATERIALS)]
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

    week = xr.DataArray(np.arange(data.span), dims="t")
    unit = xr.DataArray(np.arange(data.units), dims="u")
    material = xr.DataArray(np.arange(MATERIALS), dims="m")

    def table(values: FloatArray, *dims: str) -> xr.DataArray:
        names = {"t": week.values, "u": unit.values, "m": material.values}
        names["r"] = np.arange(RESOURCES)
        return xr.DataArray(values, dims=dims, coords={d: names[d] for d in dims})

    model = linopy.Model()
    per_unit = [pd.Index(unit.values, name="u"), pd.Index(week.values, name="t")]
    per_good = [pd.Index(material.values, name="m"), pd.Index(week.values, name="t")]
    run = model.add_variables(lower=0, coords=per_unit, name="run")
    limit = np.repeat(data.limit[:, None], data.span, axis=1)
    store = np.repeat(data.store[:, None], data.span, axis=1)
    trade = {
        name: model.add_variables(
            lower=0, upper=table(top, "m", "t"), coords=per_good, name=name
        )
        for name, top in (("buy", limit), ("sell", limit), ("stock", store))
    }
    buy, sell, stock = trade["buy"], trade["sell"], trade["stock"]
    made = np.flatnonzero(data.side >= 0)
    every = np.arange(data.units)
    flow = buy - sell - stock + (1.0 * stock).shift(t=1).fillna(0.0)
    for users, to, amount in (
        (every, data.source, np.full(data.units, -1.0)),
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
    cost = (run * table(data.cost, "u")).sum() + (stock * table(data.hold, "t")).sum()
    cost = cost + (buy * table(ABOVE * data.price, "m", "t")).sum()
    model.add_objective(cost - (sell * table(BELOW * data.price, "m", "t")).sum())
    highs = model.to_highspy()
    highs.silent()
    return highs


def by_pyomo(data: Instance) -> highspy.Highs:
    """Build with Pyomo and hand over by its persistent HiGHS interface."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    weeks = range(data.span)
    model = pyo.ConcreteModel()
    model.run = pyo.Var(range(data.units), weeks, bounds=(0, None))
    goods = range(MATERIALS)
    model.buy = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.limit[m]))
    model.sell = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.limit[m]))
    model.stock = pyo.Var(goods, weeks, bounds=lambda _, m, t: (0, data.store[m]))
    recipe: list[list[tuple[int, float]]] = [[] for _ in goods]
    for unit in range(data.units):
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
        used = sum(data.resource[r, u] * m.run[u, t] for u in range(data.units))
        return used <= data.resource_limit[r]

    model.balance = pyo.Constraint(goods, weeks, rule=balance)
    model.capacity = pyo.Constraint(
        range(data.units), weeks, rule=lambda m, u, t: m.run[u, t] <= data.capacity[u]
    )
    model.shared = pyo.Constraint(range(RESOURCES), weeks, rule=shared)
    model.cost = pyo.Objective(
        expr=sum(
            data.cost[u] * model.run[u, t] for u in range(data.units) for t in weeks
        )
        + sum(
            ABOVE * data.price[m, t] * model.buy[m, t]
            - BELOW * data.price[m, t] * model.sell[m, t]
            + data.hold[t] * model.stock[m, t]
            for m in goods
            for t in weeks
        )
    )
    solver = Highs()
    solver.set_instance(model)
    highs: highspy.Highs = solver._solver_model
    highs.silent()
    return highs


PEERS: dict[str, Callable[[Instance], Any]] = {
    "arrays": arrays,
    "linopy": by_linopy,
    "pyomo": by_pyomo,
}
NAMES = ("orebook", *PEERS)
Build = Callable[[], tuple[Any, list[float]]]


def _build(name: str, data: Instance) -> Build:
    """Return the build of a contender: what is loaded, and the seconds of its steps."""
    if name == "orebook":
        book = book_of(data)
        return lambda: ours(book)

    def build() -> tuple[Any, list[float]]:
        begun = time.perf_counter()
        loaded = PEERS[name](data)
        return loaded, [time.perf_counter() - begun]

    return build


def _timed(builds: dict[str, Build], repeats: dict[str, int]) -> dict[str, FloatArray]:
    """Return seconds of each build, shape (repeats, steps), the contenders in turn."""
    found: dict[str, list[list[float]]] = {name: [] for name in builds}
    for turn in range(max(repeats.values())):
        for name, build in builds.items():
            if turn < repeats[name]:
                gc.collect()
                loaded, steps = build()
                found[name].append(steps)
                del loaded
    return {name: np.array(rows) for name, rows in found.items()}


def _solved(loaded: Any) -> tuple[float, float]:
    begun = time.perf_counter()
    if isinstance(loaded, Solver):
        objective = loaded.solve().objective
    else:
        loaded.run()
        objective = loaded.getObjectiveValue()
    return objective, time.perf_counter() - begun


def memory(name: str, periods: int) -> dict[str, float]:
    """Return what a build takes at its peak, measured in this process [MB]."""
    small, build = (_build(name, instance(n)) for n in (SMALL, periods))
    small()
    gc.collect()
    before = _peak_now()
    kept = build()
    resident = _peak() - before
    del kept
    gc.collect()
    tracemalloc.start()
    kept = build()
    python = tracemalloc.get_traced_memory()[1] / 1e6
    del kept
    return {"peak_resident_mb": resident, "peak_python_mb": python}


def _peak_now() -> float:
    """Begin the count of the peak anew where the system can; return it [MB]."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """Return the peak of resident memory of this process [MB]."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    for line in lines:
        if line.startswith("VmHWM"):
            return float(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _alone(name: str, periods: int) -> dict[str, float]:
    """Measure memory in a process of its own."""
    here = str(Path(__file__).resolve())
    command = [sys.executable, here, "--memory-of", name, "--periods", str(periods)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _outage(data: Instance) -> dict[str, float]:
    """Take the hardest working unit out for seven periods; re-solve warm and cold."""
    solver, _ = ours(book_of(data))
    first = solver.solve()
    problem = solver.problem
    run = first.x[problem.columns["duty"].all()]
    unit = int(np.argmax(run.sum(axis=1) / data.capacity))
    begin = data.span // 2
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


def _figures(name: str, build: Build, seconds: FloatArray) -> dict[str, Any]:
    """Return medians and spread of one contender, its optimum and the time to it."""
    total = seconds.sum(axis=1)
    median = statistics.median(total)
    objective, solve = _solved(build()[0])
    steps = dict(zip(STEPS, np.median(seconds, axis=0).tolist(), strict=False))
    return {
        "seconds": median,
        "least_seconds": float(total.min()),
        "most_seconds": float(total.max()),
        "repeats": int(total.size),
        **({f"{k}_seconds": v for k, v in steps.items()} if name == "orebook" else {}),
        "solve_seconds": solve,
        "build_share_of_total": median / (median + solve),
        "objective": objective,
    }


def _ratios(builds: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return the ratios that are promised; above 1 the one named first takes more."""
    one, base = builds["orebook"], builds["arrays"]
    bound = one["assemble_seconds"] + one["load_seconds"]
    return {
        "orebook_over_arrays": one["seconds"] / base["seconds"],
        "orebook_without_bind_over_arrays": bound / base["seconds"],
        "linopy_over_orebook": builds["linopy"]["seconds"] / one["seconds"],
        "pyomo_over_orebook": builds["pyomo"]["seconds"] / one["seconds"],
        "resident_memory_over_arrays": one["peak_resident_mb"]
        / base["peak_resident_mb"],
        "python_memory_over_arrays": one["peak_python_mb"] / base["peak_python_mb"],
    }


def race(periods: int, *, slow: int, fast: int) -> dict[str, Any]:
    """Return the figures of one horizon.

    Parameters
    ----------
    periods : int
        Length of the horizon [-].
    slow, fast : int
        Repeats of the frameworks, and of our build and the arrays [-].
    """
    data = instance(periods)
    for name in NAMES:
        _build(name, instance(SMALL))()
    made = {name: _build(name, data) for name in NAMES}
    repeats = {name: slow if name in ("linopy", "pyomo") else fast for name in NAMES}
    seconds = _timed(made, repeats)
    builds = {
        name: _figures(name, made[name], seconds[name]) | _alone(name, periods)
        for name in NAMES
    }
    base = builds["arrays"]["objective"]
    worst = max(abs(one["objective"] / base - 1.0) for one in builds.values())
    assert worst < 1e-9, f"objectives differ by {worst:.1e}"
    problem = problem_of(data)
    return {
        "periods": periods,
        "rows": problem.shape[0],
        "columns": problem.shape[1],
        "nonzeros": int(problem.matrix.nnz),
        "builds": builds,
        "ratios": _ratios(builds),
        "worst_relative_difference_of_objectives": worst,
        "outage_of_seven_periods": _outage(data),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, nargs="+", default=[52, 365, 2000])
    parser.add_argument("--slow", type=int, default=5, help="repeats of frameworks")
    parser.add_argument("--fast", type=int, default=5, help="repeats of array builds")
    parser.add_argument("--smoke", action="store_true", help="26 periods, one repeat")
    parser.add_argument("--memory-of", choices=NAMES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.smoke:
        chosen.periods, chosen.slow, chosen.fast = [26], 1, 3
    # The frameworks let the solver write a banner; standard output is for JSON alone.
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    result: Any
    if chosen.memory_of:
        result = memory(chosen.memory_of, chosen.periods[0])
    else:
        result = [race(n, slow=chosen.slow, fast=chosen.fast) for n in chosen.periods]
    with output:
        output.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
