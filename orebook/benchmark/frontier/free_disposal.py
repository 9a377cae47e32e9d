"""Free disposal hull: compare with each peer as it is, no mixing."""

from __future__ import annotations

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray, IntArray

__all__ = ["hull_distance"]

_CELLS = 1 << 22


def hull_distance(
    peers: tuple[FloatArray, FloatArray],
    units: tuple[FloatArray, FloatArray],
    direction: tuple[FloatArray, FloatArray],
    *,
    barred: IntArray | None = None,
) -> tuple[FloatArray, IntArray]:
    """Return the step of each unit to its best single peer, and which that is.

    Parameters
    ----------
    peers, units : pair of array
        Inputs and outputs of those compared with, and of those measured, scaled [-].
    direction : pair of array
        Direction of inputs and outputs of each unit, scaled [-].
    barred : array of int, optional
        Peer each unit must not use; -1 for none.

    Returns
    -------
    beta : array, shape (units,)
        Steps; minus infinity where no peer can be reached [-].
    peer : array of int
        The peer.

    Notes
    -----
    Deprins, Simar, Tulkens 1984; by enumeration, so no solver is needed.

    Examples
    --------
    >>> x, y = np.array([[2.0], [3.0]]), np.array([[1.0], [1.0]])
    >>> hull_distance((x, y), (x, y), (x, 0.0 * y))[0].round(4)
    array([0.    , 0.3333])
    """
    have = np.concatenate([peers[0], -peers[1]], axis=1)
    want = np.concatenate([units[0], -units[1]], axis=1)
    along = np.concatenate(direction, axis=1)
    beta, who = np.empty(len(want)), np.empty(len(want), dtype=np.int64)
    step = max(1, _CELLS // have.size)
    for at in range(0, len(want), step):
        part = slice(at, at + step)
        room = want[part, None, :] - have[None, :, :]
        g = along[part, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(
                g > 0.0, room / g, np.where(room >= -1e-12, np.inf, -np.inf)
            )
        least = steps.min(axis=2)
        if barred is not None:
            held = np.flatnonzero(barred[part] >= 0)
            least[held, barred[part][held]] = -np.inf
        beta[part] = best = least.max(axis=1)
        # Of several equally near peers the one that leaves most slack.
        near = least >= best[:, None] - 1e-12
        who[part] = np.where(near, room.sum(axis=2), -np.inf).argmax(axis=1)
    return beta, who
