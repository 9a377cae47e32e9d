"""Which duty a unit really did, told from the flows it really had."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from orebook.process.contract import Case, Content, Process, unit_responses

_READ = 1e3  # weight of the ports that define a duty, against all other ports
_STEPS = 50  # most tangents tried for a process that is not linear
_STEP = 1e-6  # difference step, relative to the duty
_PRIOR = 1e-3  # weight of the prior duty: it only settles what no flow can tell


def duty_done(
    process: Process,
    flows: Mapping[str, float],
    *,
    content: Content,
    setting: Mapping[str, NDArray[np.float64]],
    prior: Mapping[str, float],
) -> dict[str, float]:
    """Return the duties that explain the flows best, the defining ports first.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    flows : mapping
        Signed amount by port [port unit]; ports without a figure are left out.
    content, setting : mapping
        Feed contents and settings of the case.
    prior : mapping
        Duty of the plan by name [duty unit]; decides between duties that no flow tells
        apart (steam let down or expanded).

    Returns
    -------
    dict
        Duty by name, at least 0 [duty unit].

    Notes
    -----
    Weighted non-negative least squares on flows divided by their own size. A process
    that is not linear in its duties is fitted by its tangent, again and again until
    the duties stand still (Gauss and Newton).
    """
    if process.linear:
        flat = unit_responses(process, content, setting).flows
        return _fitted(process, flows, _spread(process, flat), {}, prior)
    done = {d.name: max(prior.get(d.name, 0.0), 1.0) for d in process.duties}
    for _ in range(_STEPS):
        slopes, base = _tangent(process, done, content, setting)
        new = _fitted(process, flows, slopes, base, prior)
        moved = max(abs(new[n] - v) for n, v in done.items())
        done = new
        if moved <= 1e-10 * max(1.0, *done.values()):
            break
    return done


def _spread(
    process: Process, flows: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    return {p: np.broadcast_to(v, (len(process.duties),)) for p, v in flows.items()}


def _tangent(
    process: Process,
    done: Mapping[str, float],
    content: Content,
    setting: Mapping[str, NDArray[np.float64]],
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Return the slope of each flow by the duties, and what remains at no duty."""
    names = list(done)
    at = np.array([done[n] for n in names])
    step = _STEP * np.maximum(at, 1.0)
    rows = np.vstack([at, at + np.diag(step)])
    duty = {n: rows[:, k] for k, n in enumerate(names)}
    outcome = process.run(Case(duty, content, setting))
    slopes, base = {}, {}
    for port, flow in outcome.flows.items():
        value = np.broadcast_to(flow, (len(rows),))
        slopes[port] = (value[1:] - value[0]) / step
        base[port] = float(value[0] - slopes[port] @ at)
    return slopes, base


def _fitted(
    process: Process,
    flows: Mapping[str, float],
    slopes: Mapping[str, NDArray[np.float64]],
    base: Mapping[str, float],
    prior: Mapping[str, float],
) -> dict[str, float]:
    """Return the duties whose straight line explains the flows best."""
    from scipy.optimize import nnls

    count = len(process.duties)
    defining = {d.read_at for d in process.duties}
    scale = max((abs(v) for v in flows.values()), default=0.0)
    if scale == 0.0:
        return {d.name: 0.0 for d in process.duties}
    rows, right = [], []
    for port, amount in flows.items():
        if port not in slopes:
            continue
        weight = (_READ if port in defining else 1.0) / max(abs(amount), 1e-9 * scale)
        rows.append(weight * slopes[port])
        right.append(weight * (amount - base.get(port, 0.0)))
    for k, duty in enumerate(process.duties):
        own = prior.get(duty.name, 0.0)
        row = np.zeros(count)
        row[k] = _PRIOR / max(own, 1e-3 * scale)
        rows.append(row)
        right.append(row[k] * own)
    solution, _ = nnls(np.array(rows), np.array(right), maxiter=50 * count + 200)
    return {d.name: float(v) for d, v in zip(process.duties, solution, strict=True)}
