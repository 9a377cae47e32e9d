"""Which duty a unit really did, told from the flows it really had."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from orebook.process.contract import Content, Process, unit_responses

_READ = 1e3  # weight of the ports that define a duty, against all other ports
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
    Weighted non-negative least squares on flows divided by their own size.
    """
    from scipy.optimize import nnls

    outcome = unit_responses(process, content, setting)
    count = len(process.duties)
    defining = {d.read_at for d in process.duties}
    scale = max((abs(v) for v in flows.values()), default=0.0)
    if scale == 0.0:
        return {d.name: 0.0 for d in process.duties}
    rows, right = [], []
    for port, amount in flows.items():
        if port not in outcome.flows:
            continue
        weight = (_READ if port in defining else 1.0) / max(abs(amount), 1e-9 * scale)
        rows.append(weight * np.broadcast_to(outcome.flows[port], (count,)))
        right.append(weight * amount)
    for k, duty in enumerate(process.duties):
        own = prior.get(duty.name, 0.0)
        row = np.zeros(count)
        row[k] = _PRIOR / max(own, 1e-3 * scale)
        rows.append(row)
        right.append(row[k] * own)
    solution, _ = nnls(np.array(rows), np.array(right), maxiter=50 * count + 200)
    return {d.name: float(v) for d, v in zip(process.duties, solution, strict=True)}
