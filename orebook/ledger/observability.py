"""Which streams the balances check, fix, or leave unknown.

A measured stream is redundant if some balance checks it.  An unmeasured stream is
observable if the balances fix it.  For flow networks the answer is a matter of
graphs and takes linear time; any other matrix is decided by elimination.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError
from orebook.ledger.elimination import project
from orebook.ledger.system import as_csr

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

REDUNDANT = "redundant"
NON_REDUNDANT = "non-redundant"
OBSERVABLE = "observable"
UNOBSERVABLE = "unobservable"

Integers = NDArray[np.int64]


def classify(
    matrix: sparray | spmatrix | ArrayLike, measured: ArrayLike
) -> NDArray[np.str_]:
    """Classify every stream, by graph for a flow network, by rank otherwise.

    Parameters
    ----------
    matrix : sparse or array_like
        Balances A, shape (m, n).
    measured : array_like of bool
        True where there is a meter, shape (n,).

    Returns
    -------
    numpy.ndarray
        "redundant", "non-redundant", "observable" or "unobservable", shape (n,).

    Raises
    ------
    InputError
        If the mask does not fit the balances.

    Examples
    --------
    >>> classify([[1, -1, -1]], [True, True, False]).tolist()
    ['non-redundant', 'non-redundant', 'observable']
    """
    rows = as_csr(matrix)
    if flow_ends(rows) is None:
        return classify_general(rows, measured)
    return classify_network(rows, measured)


def classify_network(
    matrix: sparray | spmatrix | ArrayLike, measured: ArrayLike
) -> NDArray[np.str_]:
    """Classify the streams of a flow network by its graph.

    Parameters
    ----------
    matrix : sparse or array_like
        Incidence, shape (m, n): +1 into a node, -1 out of it, at most one of each
        per stream.
    measured : array_like of bool
        True where there is a meter, shape (n,).

    Returns
    -------
    numpy.ndarray
        Class of each stream, shape (n,).

    Raises
    ------
    InputError
        If the matrix is not the incidence of a flow network.

    Notes
    -----
    The outside world is a node.  An unmeasured stream is observable if it is a
    bridge of the graph of the unmeasured streams.  A measured stream is
    non-redundant if both its ends lie in one part of that graph.  Time is linear.

    References
    ----------
    Kretsovalis and Mah, Effect of redundancy on estimation accuracy in process
    data reconciliation, 1987.

    Examples
    --------
    >>> classify_network([[1, -1, 0], [0, 1, -1]], [True, False, True]).tolist()
    ['redundant', 'observable', 'redundant']
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = as_csr(matrix)
    mask = _checked_mask(measured, rows.shape[1])
    ends = flow_ends(rows)
    if ends is None:
        raise InputError(
            "the balances are not a flow network: some stream has more than two ends "
            "or a coefficient other than +1 into and -1 out of a node; use "
            "classify_general"
        )
    tail, head = ends
    hidden = np.flatnonzero(~mask)
    nodes = rows.shape[0] + 1
    graph = coo_array(
        (np.ones(hidden.size), (tail[hidden], head[hidden])), shape=(nodes, nodes)
    )
    _, part = connected_components(graph, directed=False)
    status = np.where(part[tail] == part[head], NON_REDUNDANT, REDUNDANT)
    status[hidden] = UNOBSERVABLE
    status[hidden[_bridges(tail[hidden], head[hidden], nodes)]] = OBSERVABLE
    return np.asarray(status, dtype=np.str_)


def classify_general(
    matrix: sparray | spmatrix | ArrayLike, measured: ArrayLike
) -> NDArray[np.str_]:
    """Classify the streams of any linear balances by elimination.

    Parameters
    ----------
    matrix : sparse or array_like
        Balances A, or the Jacobian at a generic point, shape (m, n).
    measured : array_like of bool
        True where there is a meter, shape (n,).

    Returns
    -------
    numpy.ndarray
        Class of each stream, shape (n,).

    Notes
    -----
    With P A_u = 0, a measured stream is redundant if its column of P A is not
    zero; an unmeasured stream is observable if no vector of the null space of A_u
    touches it.

    References
    ----------
    Crowe, Garcia Campos and Hrymak, Reconciliation of process flow rates by matrix
    projection, part I, 1983.

    Examples
    --------
    >>> classify_general([[0.5, 0.2, -1.0]], [True, False, False]).tolist()
    ['non-redundant', 'unobservable', 'unobservable']
    """
    rows = as_csr(matrix)
    mask = _checked_mask(measured, rows.shape[1])
    found = project(rows, ~mask)
    seen = np.asarray(abs(found.reduced).sum(axis=0)).ravel() > 0
    status = np.where(seen, REDUNDANT, NON_REDUNDANT)
    status[~mask] = UNOBSERVABLE
    status[found.basis[found.observable]] = OBSERVABLE
    return np.asarray(status, dtype=np.str_)


def flow_ends(matrix: csr_array[np.float64]) -> tuple[Integers, Integers] | None:
    """Return the two end nodes of each stream, None if this is no flow network.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Balances, shape (m, n).

    Returns
    -------
    tuple of numpy.ndarray or None
        From-node and to-node of each stream, shape (n,); node m is the outside.
    """
    height, width = matrix.shape
    entries = matrix.tocoo()
    tail = np.full(width, height, dtype=np.int64)
    head = np.full(width, height, dtype=np.int64)
    into, out = entries.data == 1.0, entries.data == -1.0
    rows, columns = entries.coords
    twice = max(
        np.bincount(columns[into], minlength=1).max(),
        np.bincount(columns[out], minlength=1).max(),
    )
    if not (into | out).all() or twice > 1:
        return None
    head[columns[into]] = rows[into]
    tail[columns[out]] = rows[out]
    return tail, head


def _checked_mask(measured: ArrayLike, width: int) -> NDArray[np.bool_]:
    mask = np.asarray(measured, dtype=np.bool_)
    if mask.shape != (width,):
        raise InputError(
            f"the mask of meters has the shape {mask.shape}; expected ({width},), one "
            "per stream of the balances"
        )
    return mask


def _bridges(tail: Integers, head: Integers, nodes: int) -> NDArray[np.bool_]:
    """Mark the edges of a multigraph whose loss parts it, by depth-first search."""
    edges: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
    for k, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        edges[a].append((b, k))
        edges[b].append((a, k))
    bridge = np.zeros(tail.size, dtype=np.bool_)
    first = [-1] * nodes
    low = [0] * nodes
    clock = 0
    for root in range(nodes):
        if first[root] >= 0:
            continue
        first[root] = low[root] = clock
        clock += 1
        stack = [(root, -1, iter(edges[root]))]
        while stack:
            node, came, rest = stack[-1]
            step = next(((b, k) for b, k in rest if k != came), None)
            if step is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[node])
                    bridge[came] = low[node] > first[above]
            elif first[step[0]] >= 0:
                low[node] = min(low[node], first[step[0]])
            else:
                first[step[0]] = low[step[0]] = clock
                clock += 1
                stack.append((step[0], step[1], iter(edges[step[0]])))
    return bridge
