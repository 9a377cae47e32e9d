"""Networks: what is made by one process and used by another has one worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.benchmark.frontier.batch import Batch, FloatArray, duplicate
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import Factors, FactorsLike, factors, unit_names
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import Answer, Engine, solve
from orebook.benchmark.frontier.result import Certificate, certificate_of
from orebook.benchmark.frontier.technology import technology
from orebook.errors import InputError

__all__ = ["NetworkResult", "Process", "network", "two_stage"]


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One process of every unit.

    Parameters
    ----------
    name : str
        Its name.
    uses, makes : mapping
        Quantities of each good, one figure per unit [unit of the good].
    """

    name: str
    uses: Mapping[str, Sequence[float]]
    makes: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkResult:
    """Efficiency of systems and of the processes inside them.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    processes : tuple of str
        Names of the processes.
    system : array, shape (units,)
        Efficiency of the system [-].
    low, high : array, shape (units, processes)
        Least and most efficiency of each process among the optimal multipliers; the
        same where only one set was looked at, see `unique` [-].
    black_box : array, shape (units,)
        Efficiency if one looks only at what goes in and comes out; never below
        `system` [-].
    unique : bool
        False where `low` and `high` are one of many decompositions.
    certificate : Certificate
        Proof of `system`.
    """

    units: tuple[str, ...]
    processes: tuple[str, ...]
    system: FloatArray
    low: FloatArray
    high: FloatArray
    black_box: FloatArray
    unique: bool
    certificate: Certificate

    def summary(self) -> str:
        """Return it in a few lines."""
        told = ", ".join(
            f"{name} {low:.4f}..{high:.4f}"
            for name, low, high in zip(
                self.processes,
                self.low.mean(axis=0),
                self.high.mean(axis=0),
                strict=True,
            )
        )
        more = "" if self.unique else " (one of many decompositions)"
        return (
            f"network of {len(self.processes)} processes, {len(self.units)} units: "
            f"mean system {self.system.mean():.4f}, black box "
            f"{self.black_box.mean():.4f}; {told}{more}; certificate "
            f"{self.certificate.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "units": [
                {
                    "unit": unit,
                    "system": float(self.system[i]),
                    "black_box": float(self.black_box[i]),
                    "processes": {
                        name: [float(self.low[i, k]), float(self.high[i, k])]
                        for k, name in enumerate(self.processes)
                    },
                }
                for i, unit in enumerate(self.units)
            ],
            "unique": self.unique,
            "certificate": self.certificate.to_dict(),
        }


def two_stage(
    inputs: FactorsLike,
    links: FactorsLike,
    outputs: FactorsLike,
    *,
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> NetworkResult:
    """Return the efficiency of two stages in a row, with the interval of each.

    Parameters
    ----------
    inputs, links, outputs : array, mapping or table
        What the first stage uses, what it hands on, what the second makes of it
        [unit of the factor].
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    NetworkResult
        System = first x second; `low` and `high` bound each stage at that product.

    Notes
    -----
    Kao, Hwang 2008, constant returns: a link has one multiplier on both sides. The
    product is not split uniquely, so the interval is told, not one number.

    Examples
    --------
    >>> found = two_stage([[2.0], [4.0]], [[2.0], [2.0]], [[1.0], [2.0]])
    >>> found.system.tolist(), found.low[:, 0].round(9).tolist()
    ([0.5, 0.5], [1.0, 0.5])
    """
    x, z, y = (
        factors(table, kind)
        for table, kind in ((inputs, "input"), (links, "link"), (outputs, "output"))
    )
    names = unit_names(len(x.values), units, x, z, y)
    check(x, z, names)
    check(z, y, names)
    parts = [_scaled(table) for table in (x, z, y)]
    count = len(names)
    pool = _two_stage_pool(parts)
    answer = solve(_system(pool, parts, count), engine=engine)
    first = np.stack(
        [_first_stage(pool, parts, answer, most=most, engine=engine) for most in (0, 1)]
    )
    low, high = first.min(axis=0), first.max(axis=0)
    system = answer.objective
    return NetworkResult(
        names, ("first", "second"), system,
        np.column_stack([low, system / high]), np.column_stack([high, system / low]),
        _black_box(x.values, y.values, engine), True, certificate_of(answer),
    )  # fmt: skip


def _scaled(table: Factors) -> FloatArray:
    return np.asarray(table.values / table.values.mean(axis=0))


def _two_stage_pool(parts: Sequence[FloatArray]) -> FloatArray:
    """Return the columns of both stages: the first makes what the second uses."""
    x, z, y = (part.T for part in parts)
    first = np.concatenate([x, -z, 0.0 * y])
    second = np.concatenate([0.0 * x, z, -y])
    return np.concatenate([first, second], axis=1)


def _system(pool: FloatArray, parts: Sequence[FloatArray], count: int) -> Batch:
    """Return programmes that shrink the inputs of the system."""
    x, z, y = parts
    own = np.concatenate([-x, 0.0 * z, 0.0 * y], axis=1)[:, :, None]
    rhs = np.concatenate([0.0 * x, 0.0 * z, -y], axis=1)
    return _plain(pool, own, np.ones((count, 1)), rhs)


def _plain(
    pool: FloatArray, own: FloatArray, cost: FloatArray, rhs: FloatArray
) -> Batch:
    """Return programmes without equations that start from their slacks."""
    count, rows = rhs.shape
    return Batch(
        pool, own, cost, np.zeros((count, rows)), rhs, np.zeros(rows, dtype=bool),
        np.zeros(own.shape[2], dtype=bool),
        duplicate(np.arange(rows, dtype=np.int64), count),
        np.full(count, -1), np.full(count, -1),
    )  # fmt: skip


def _first_stage(
    pool: FloatArray,
    parts: Sequence[FloatArray],
    system: Answer,
    *,
    most: int,
    engine: Engine,
) -> FloatArray:
    """Return the most or least efficiency of the first stage at the system's optimum.

    The dual of: most or least ``w z`` with ``v x = 1`` and ``u y = E v x``.
    """
    x, z, y = parts
    # A hair inside, so that the multipliers of the system stay admissible.
    share = (system.objective * (1.0 - 1e-11))[:, None]
    sign = 1.0 if most else -1.0
    step = np.concatenate([-sign * x, 0.0 * z, 0.0 * y], axis=1)
    held = np.concatenate([sign * share * x, 0.0 * z, -sign * y], axis=1)
    own = np.stack([step, held, -held], axis=2)
    cost = np.zeros((len(x), 3))
    cost[:, 0] = sign
    rhs = np.concatenate([0.0 * x, -sign * z, 0.0 * y], axis=1)
    answer = solve(_plain(pool, own, cost, rhs), engine=engine)
    return np.clip(answer.own[:, 0], system.objective, 1.0)


def _black_box(x: FloatArray, y: FloatArray, engine: Engine) -> FloatArray:
    """Return the radial input scores of what goes in and comes out."""
    tech = technology(x, y, "crs")
    sx, sy = tech.scaled(x, y)
    found = distance(
        tech, (sx, sy), (sx, 0.0 * sy), itself=np.arange(len(x)), engine=engine
    )
    return 1.0 - found.beta


def network(
    processes: Sequence[Process],
    *,
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> NetworkResult:
    """Return the efficiency of systems of any processes in series and in parallel.

    Parameters
    ----------
    processes : sequence of Process
        A good that no process makes comes from outside; what is made and not used by
        another process leaves the system.
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    NetworkResult
        System and one of the decompositions over its processes.

    Raises
    ------
    InputError
        Figures are missing, or processes use more of a good than they make.

    Notes
    -----
    Kao 2009, relational model, constant returns: one multiplier per good.

    Examples
    --------
    >>> mine = Process("mine", {"labour": [2.0, 4.0]}, {"ore": [2.0, 2.0]})
    >>> mill = Process("mill", {"ore": [2.0, 2.0]}, {"metal": [1.0, 2.0]})
    >>> network([mine, mill]).system.tolist()
    [0.5, 0.5]
    """
    used, made, count = _totals(processes)
    names = unit_names(count, units)
    goods = [*(g for g in used if g not in made), *made]
    outside = len(goods) - len(made)
    if not outside or not made:
        raise InputError(
            "the network has no good from outside or makes none; expected both; name "
            "what comes in and what goes out"
        )
    x = np.column_stack([used[g] for g in goods[:outside]])
    y = np.column_stack([_left(g, made, used, names) for g in goods[outside:]])
    scale = np.array(
        [np.abs(made.get(g, used.get(g, np.ones(1)))).mean() or 1.0 for g in goods]
    )
    columns = [_net(p, goods, count) / scale for p in processes]
    pool = np.ascontiguousarray(np.concatenate(columns).T)
    own = np.zeros((count, len(goods), 1))
    own[:, :outside, 0] = -x / scale[:outside]
    rhs = np.zeros((count, len(goods)))
    rhs[:, outside:] = -y / scale[outside:]
    answer = solve(_plain(pool, own, np.ones((count, 1)), rhs), engine=engine)
    shares = np.column_stack([_share(c, answer.dual) for c in columns])
    leaving = (y > 0.0).any(axis=0)
    return NetworkResult(
        names, tuple(p.name for p in processes), answer.objective, shares, shares,
        _black_box(x, y[:, leaving], engine), False, certificate_of(answer),
    )  # fmt: skip


def _totals(
    processes: Sequence[Process],
) -> tuple[dict[str, FloatArray], dict[str, FloatArray], int]:
    """Return what all processes use and make of each good."""
    used: dict[str, FloatArray] = {}
    made: dict[str, FloatArray] = {}
    count = 0
    for process in processes:
        for goods, into in ((process.uses, used), (process.makes, made)):
            for good, given in goods.items():
                values = np.asarray(given, dtype=float)
                count = count or values.size
                sound = np.isfinite(values).all() and (values >= 0.0).all()
                if values.shape != (count,) or not sound:
                    raise InputError(
                        f"{good} of process '{process.name}': expected {count} figures "
                        f"from 0, found {values.tolist()}; supply them"
                    )
                into[good] = into.get(good, 0.0) + values
    return used, made, count


def _left(
    good: str,
    made: Mapping[str, FloatArray],
    used: Mapping[str, FloatArray],
    names: Sequence[str],
) -> FloatArray:
    """Return what leaves the system of a good."""
    left = made[good] - used.get(good, 0.0)
    short = left < -1e-9 * np.abs(made[good]).max()
    if short.any():
        unit = int(short.argmax())
        raise InputError(
            f"{names[unit]} uses {-left[unit]:g} more of '{good}' than it makes; "
            "expected at most what is made; name what comes from outside another good"
        )
    return np.maximum(left, 0.0)


def _net(process: Process, goods: Sequence[str], count: int) -> FloatArray:
    """Return what a process uses less what it makes of every good, a row per unit."""
    found = np.zeros((count, len(goods)))
    for at, good in enumerate(goods):
        found[:, at] += np.asarray(process.uses.get(good, 0.0), dtype=float)
        found[:, at] -= np.asarray(process.makes.get(good, 0.0), dtype=float)
    return found


def _share(net: FloatArray, dual: FloatArray) -> FloatArray:
    """Return worth made over worth used by a process at each unit's multipliers."""
    worth = np.maximum(-dual, 0.0)
    use = (worth * np.maximum(net, 0.0)).sum(axis=1)
    make = (worth * np.maximum(-net, 0.0)).sum(axis=1)
    return np.where(use > 0.0, make / np.where(use > 0.0, use, 1.0), 1.0)
