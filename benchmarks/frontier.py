"""Race of frontiers: scores of n units against other solvers and packages.

Input-oriented, variable returns, 4 inputs, 3 outputs. Peers: scipy's HiGHS per unit
(on a sample of units at large n, scaled up), one warm HiGHS model whose column and
right-hand side move from unit to unit, and the packages that are installed (opendea,
dealib, DEAPack). Scores are compared before a time is told. Prints one JSON object.

    python benchmarks/frontier.py [--smoke]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import highspy
import numpy as np
from scipy.optimize import linprog

from orebook.benchmark.frontier import bootstrap, frontier

INPUTS, OUTPUTS = 4, 3
SAMPLE = 200
"""Units a slow peer solves at large n; its time is scaled up [-]."""
PATIENCE = 1000
"""Units up to which the packages are raced [-]."""


def units(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return random units around a Cobb-Douglas frontier."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1.0, 10.0, (count, INPUTS))
    size = np.exp(np.log(x) @ [0.3, 0.3, 0.2, 0.2])
    share = np.exp(-np.abs(rng.normal(0.0, 0.3, count)))
    return x, rng.dirichlet(np.full(OUTPUTS, 3.0), count) * (size * share)[:, None]


def by_scipy(x: np.ndarray, y: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return scores from one call of scipy per unit."""
    count = len(x)
    cost = np.append(np.zeros(count), 1.0)
    equal = np.append(np.ones(count), 0.0)[None]
    table = np.concatenate(
        [
            np.column_stack([x.T, np.zeros(INPUTS)]),
            np.column_stack([-y.T, np.zeros(OUTPUTS)]),
        ]
    )
    found = []
    for unit in which:
        table[:INPUTS, -1] = -x[unit]
        right = np.concatenate([np.zeros(INPUTS), -y[unit]])
        found.append(linprog(cost, table, right, equal, [1.0], method="highs").fun)
    return np.array(found)


def by_warm_highs(x: np.ndarray, y: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return scores from one HiGHS model, solved again from the last basis."""
    count, rows = len(x), INPUTS + OUTPUTS + 1
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("threads", 1)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count + 1, rows
    table = np.concatenate([x.T, y.T, np.ones((1, count))])
    table = np.column_stack([table, np.concatenate([-x[0], np.zeros(OUTPUTS + 1)])])
    model.col_cost_ = np.append(np.zeros(count), 1.0)
    model.col_lower_ = np.zeros(count + 1)
    model.col_upper_ = np.full(count + 1, np.inf)
    low = np.concatenate([np.full(INPUTS, -np.inf), y[0], [1.0]])
    high = np.concatenate([np.zeros(INPUTS), np.full(OUTPUTS, np.inf), [1.0]])
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(count + 2) * rows
    model.a_matrix_.index_ = np.tile(np.arange(rows), count + 1)
    model.a_matrix_.value_ = table.T.ravel()
    solver.passModel(model)
    found = []
    for unit in which:
        for i in range(INPUTS):
            solver.changeCoeff(i, count, -x[unit, i])
        for r in range(OUTPUTS):
            solver.changeRowBounds(INPUTS + r, y[unit, r], np.inf)
        solver.run()
        found.append(solver.getInfo().objective_function_value)
    return np.array(found)


def by_opendea(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return scores of opendea."""
    import pandas as pd
    from opendea import dea_bcc_input

    inputs = [f"x{i}" for i in range(INPUTS)]
    outputs = [f"y{r}" for r in range(OUTPUTS)]
    frame = pd.DataFrame(np.column_stack([x, y]), columns=inputs + outputs)
    return dea_bcc_input(frame, inputs, outputs)["efficiency"].to_numpy()


def by_dealib(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return scores of dealib."""
    from dealib.dea import RTS, Orientation, dea

    return np.asarray(dea(x, y, rts=RTS.vrs, orientation=Orientation.input).eff)


def by_deapack(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return scores of DEAPack."""
    import pandas as pd
    from deapack import BCCInput, DEAData

    inputs = [f"x{i}" for i in range(INPUTS)]
    outputs = [f"y{r}" for r in range(OUTPUTS)]
    frame = pd.DataFrame(np.column_stack([x, y]), columns=inputs + outputs)
    frame["dmu"] = [str(i) for i in range(len(x))]
    data = DEAData.from_frame(frame, dmu="dmu", inputs=inputs, outputs=outputs)
    scores = BCCInput().fit(data).summary()
    column = next(c for c in ("score", "efficiency", "theta") if c in scores)
    return scores[column].to_numpy(dtype=float)


PACKAGES = {"opendea": by_opendea, "dealib": by_dealib, "deapack": by_deapack}


def timed(call: Callable[[], np.ndarray], repeat: int) -> tuple[float, np.ndarray]:
    """Return the median time and the last answer of a call."""
    spent, found = [], np.empty(0)
    for _ in range(repeat):
        clock = perf_counter()
        found = call()
        spent.append(perf_counter() - clock)
    return median(spent), found


def race(count: int, engines: list[str]) -> dict[str, object]:
    """Return times, ratios and differences for so many units."""
    x, y = units(count)
    repeat = 5 if count <= 1000 else 3
    rows: dict[str, object] = {"n": count}
    scores, ours = np.empty(0), 0.0
    for engine in engines:
        frontier(x[:20], y[:20], engine=engine)  # compiles once
        ours, scores = timed(
            lambda engine=engine: frontier(x, y, engine=engine).scores, repeat
        )
        found = frontier(x, y, engine=engine)
        rows[f"ours_{engine}_s"] = round(ours, 4)
        rows[f"worst_{engine}"] = found.certificate.worst
    rows["efficient"] = round(float((scores > 1.0 - 1e-9).mean()), 3)
    peers: dict[str, object] = {}
    which = np.arange(count)
    if count > SAMPLE:
        which = np.random.default_rng(0).choice(count, SAMPLE, replace=False)
    for name, call in (("scipy", by_scipy), ("warm HiGHS", by_warm_highs)):
        spent, answer = timed(lambda call=call: call(x, y, which), 1)
        spent *= count / which.size
        peers[name] = {
            "s": round(spent, 3),
            "ratio": round(spent / ours, 1),
            "difference": float(np.abs(answer - scores[which]).max()),
            "solved": int(which.size),
        }
    for name, package in PACKAGES.items():
        if count > PATIENCE or find_spec(name) is None:
            continue
        try:
            spent, answer = timed(lambda package=package: package(x, y), 1)
        except ImportError as error:
            peers[name] = {"not_raced": str(error)}
            continue
        apart = np.abs(answer - scores)
        peers[name] = {
            "s": round(spent, 3),
            "ratio": round(spent / ours, 1),
            "difference": float(apart.max()),
            "wrong": int((apart > 1e-6).sum()),
        }
    rows["peers"] = peers
    return rows


def replicates(samples: int, engines: list[str]) -> dict[str, object]:
    """Return the time of a bootstrap of 100 units."""
    x, y = units(100)
    found: dict[str, object] = {"units": 100, "samples": samples}
    for engine in engines:
        bootstrap(x, y, samples=100, engine=engine)  # compiles once
        spent, _ = timed(
            lambda engine=engine: bootstrap(x, y, samples=samples, engine=engine).low,
            1 if engine == "numpy" else 3,
        )
        found[f"{engine}_s"] = round(spent, 3)
    clock = perf_counter()
    for _ in range(3):
        by_warm_highs(x, y, np.arange(100))
    found["warm_highs_s"] = round((perf_counter() - clock) / 3 * samples, 1)
    return found


def main() -> None:
    """Race and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--smoke", action="store_true", help="small sizes only")
    given = parser.parse_args()
    engines = ["numpy"] + (["compiled"] if find_spec("numba") else [])
    sizes = (100,) if given.smoke else (100, 1000, 5000)
    found = {
        "inputs": INPUTS,
        "outputs": OUTPUTS,
        "engines": engines,
        "races": [race(count, engines) for count in sizes],
        "bootstrap": replicates(100 if given.smoke else 2000, engines),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
