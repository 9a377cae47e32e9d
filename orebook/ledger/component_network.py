"""Mass and component balances of a network whose streams carry assays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError
from orebook.ledger.system import as_csr, times

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

Floats = NDArray[np.float64]

PULL = 1e-3
"""Weight of the typical value in a first estimate, against balances of weight 1 [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class ComponentNetwork:
    """Balances of total mass and of each component over every node.

    Variables are the flows of the n streams, then the assays of component 0 in
    every stream, of component 1, and so on.

    Parameters
    ----------
    incidence : scipy.sparse.csr_array
        +1 into a node, -1 out of it, shape (nodes, n).
    components : int
        Number of assays per stream [-].
    closure : bool
        Whether the assays of a stream add up to 1.
    splitters : tuple of int
        Nodes whose streams all have the same assays.
    mass_nodes : numpy.ndarray
        Nodes with a balance of total mass.
    component_nodes : tuple of numpy.ndarray
        Nodes with a balance of each component.
    ties : tuple
        (component, stream, other stream) of equal assay.
    """

    incidence: csr_array[np.float64]
    components: int
    closure: bool
    splitters: tuple[int, ...]
    mass_nodes: NDArray[np.int64]
    component_nodes: tuple[NDArray[np.int64], ...]
    ties: tuple[tuple[int, int, int], ...]

    @property
    def streams(self) -> int:
        """Number of streams n [-]."""
        return int(self.incidence.shape[1])

    def pack(self, flow: ArrayLike, assay: ArrayLike) -> Floats:
        """Return flows and assays as one vector of variables.

        Parameters
        ----------
        flow : array_like
            Flow of each stream, shape (n,) [t/h or t].
        assay : array_like
            Mass fractions, shape (components, n) [-].

        Returns
        -------
        numpy.ndarray
            Variables, shape (n + components n,).

        Raises
        ------
        InputError
            If a shape does not fit the network.
        """
        flows = np.asarray(flow, dtype=np.float64)
        assays = np.asarray(assay, dtype=np.float64)
        expected = (self.components, self.streams)
        if flows.shape != (self.streams,) or assays.shape != expected:
            raise InputError(
                f"flows have the shape {flows.shape} and assays {assays.shape}; "
                f"expected ({self.streams},) and {expected}"
            )
        return np.concatenate([flows, assays.ravel()])

    def flow(self, variables: Floats) -> Floats:
        """Return the flows among the variables, shape (n,) [t/h or t]."""
        return variables[: self.streams]

    def assay(self, variables: Floats) -> Floats:
        """Return the assays among the variables, shape (components, n) [-]."""
        return variables[self.streams :].reshape(self.components, self.streams)

    def names(self) -> list[str]:
        """Return the name of each balance, in order."""
        total = [f"mass at node {node}" for node in self.mass_nodes.tolist()]
        parts = [
            f"component {k} at node {node}"
            for k, nodes in enumerate(self.component_nodes)
            for node in nodes.tolist()
        ]
        closed = [f"sum of assays of stream {j}" for j in range(self.streams)]
        tied = [f"component {k} equal in streams {a}, {b}" for k, a, b in self.ties]
        return total + parts + (closed if self.closure else []) + tied

    def residual_and_jacobian(
        self, variables: Floats
    ) -> tuple[Floats, csr_array[np.float64]]:
        """Return all balances and their derivatives.

        Parameters
        ----------
        variables : numpy.ndarray
            Flows and assays as from `pack`.

        Returns
        -------
        residual : numpy.ndarray
            In less out of each balance, shape (m,) [unit of the flows, or -].
        jacobian : scipy.sparse.csr_array
            Derivatives, shape (m, n + components n).

        Notes
        -----
        Total mass: sum +-F = 0; component k: sum +-F c_k = 0; closure:
        sum_k c_k - 1 = 0; splitter: c_k equal in all its streams.
        """
        import scipy.sparse as sp

        flow, assay = self.flow(variables), self.assay(variables)
        width = self.streams
        linear = self._linear_rows()
        rest = times(linear, variables)
        rest[: self.streams if self.closure else 0] -= 1.0
        rows, gaps = [_padded(self.incidence[self.mass_nodes], variables.size)], []
        gaps.append(self.incidence[self.mass_nodes] @ flow)
        for k, nodes in enumerate(self.component_nodes):
            part = self.incidence[nodes]
            gaps.append(part @ (flow * assay[k]))
            left = _padded(part @ sp.diags_array(assay[k]), variables.size)
            right = part @ sp.diags_array(flow)
            rows.append(left + _padded(right, variables.size, offset=width * (k + 1)))
        jacobian = sp.csr_array(sp.vstack([*rows, linear], format="csr"))
        return np.concatenate([*gaps, rest]), jacobian

    def _linear_rows(self) -> csr_array[np.float64]:
        """Return closures and ties, which do not change with the variables."""
        import scipy.sparse as sp

        width, blocks = self.streams, []
        total = width * (self.components + 1)
        if self.closure:
            unit = sp.csr_array(sp.eye_array(width))
            empty = sp.csr_array((width, width))
            blocks.append(sp.hstack([empty, *[unit] * self.components]))
        count = len(self.ties)
        at = np.array(self.ties, dtype=np.int64).reshape(count, 3)
        rows = np.concatenate([np.arange(count), np.arange(count)])
        base = width * (at[:, 0] + 1)
        columns = np.concatenate([base + at[:, 1], base + at[:, 2]])
        data = np.concatenate([np.ones(count), -np.ones(count)])
        blocks.append(sp.csr_array((data, (rows, columns)), shape=(count, total)))
        return sp.csr_array(sp.vstack(blocks, format="csr"))

    def start(self, value: ArrayLike) -> Floats:
        """Return a first estimate that fills what is not measured.

        Parameters
        ----------
        value : array_like
            Readings of the variables as from `pack`; nan where not measured.

        Returns
        -------
        numpy.ndarray
            Variables without gaps; flows and assays above zero.

        Raises
        ------
        InputError
            If no flow at all is measured: the balances then fix no scale.

        Notes
        -----
        Flows first, from mass balances and those component balances whose assays
        are all measured; then each component with the flows given.  Both are
        linear least squares with a weak pull to the typical value.
        """
        reading = np.array(value, dtype=np.float64)
        flow, assay = self.flow(reading), self.assay(reading)
        if np.isnan(flow).all():
            raise InputError(
                "no flow is measured; expected at least one; give one, or fix the "
                "scale by setting the feed to 1 with the standard deviation 0"
            )
        flow = _fill([self.incidence, *self._known_parts(assay)], flow)
        weighted = self._component_rows(flow)
        filled = [_fill([weighted[k]], assay[k]) for k in range(self.components)]
        if self.closure:
            filled = _closed(np.array(filled), np.isnan(assay))
        return self.pack(flow, np.array(filled))

    def _component_rows(self, flow: Floats) -> list[csr_array[np.float64]]:
        import scipy.sparse as sp

        scale = sp.diags_array(flow / max(float(abs(flow).max()), 1e-300))
        return [
            sp.csr_array(sp.vstack([self.incidence[nodes] @ scale, self._tie_rows(k)]))
            for k, nodes in enumerate(self.component_nodes)
        ]

    def _tie_rows(self, component: int) -> csr_array[np.float64]:
        import scipy.sparse as sp

        pairs = [(a, b) for k, a, b in self.ties if k == component]
        count = len(pairs)
        at = np.array(pairs, dtype=np.int64).reshape(count, 2)
        rows = np.repeat(np.arange(count), 2)
        data = np.tile([1.0, -1.0], count)
        return sp.csr_array((data, (rows, at.ravel())), shape=(count, self.streams))

    def _known_parts(self, assay: Floats) -> list[csr_array[np.float64]]:
        """Return component balances over the flows where all assays are measured."""
        import scipy.sparse as sp

        parts = []
        for k, nodes in enumerate(self.component_nodes):
            rows, known = self.incidence[nodes], ~np.isnan(assay[k])
            whole = np.asarray(abs(rows) @ (~known).astype(np.float64)) == 0
            level = float(np.nanmean(assay[k])) if known.any() else 1.0
            grade = np.where(known, assay[k], 0.0) / (level or 1.0)
            parts.append(
                sp.csr_array(rows[np.flatnonzero(whole)] @ sp.diags_array(grade))
            )
        return parts


def _padded(
    block: csr_array[np.float64], width: int, *, offset: int = 0
) -> csr_array[np.float64]:
    """Return a block of columns as part of a wider, otherwise empty array."""
    import scipy.sparse as sp

    part = block.tocoo()
    rows, columns = part.coords
    return sp.csr_array(
        (part.data, (rows, columns + offset)), shape=(block.shape[0], width)
    )


def _fill(rows: list[csr_array[np.float64]], reading: Floats) -> Floats:
    """Fill gaps by least squares over homogeneous rows, measured values given."""
    import scipy.sparse as sp
    from scipy.sparse.linalg import spsolve

    gap = np.flatnonzero(np.isnan(reading))
    if gap.size == 0:
        return reading.copy()
    known = np.where(np.isnan(reading), 0.0, reading)
    typical = float(np.nanmedian(reading)) if gap.size < reading.size else 1.0
    stack = sp.csr_array(sp.vstack(rows, format="csr"))
    part = stack[:, gap]
    size = PULL**2 * np.ones(gap.size)
    normal = sp.csc_array(part.T @ part + sp.diags_array(size))
    right = -(part.T @ (stack @ known)) + size * typical
    out = known.copy()
    found = np.atleast_1d(spsolve(normal, right))
    out[gap] = np.maximum(found, PULL * abs(typical))
    return out


def _closed(assay: Floats, gap: NDArray[np.bool_]) -> list[Floats]:
    """Scale the filled assays so that each stream adds up to 1 where it can."""
    fixed = np.where(gap, 0.0, assay).sum(axis=0)
    loose = np.where(gap, assay, 0.0).sum(axis=0)
    share = np.where(loose > 0, np.maximum(1 - fixed, PULL) / (loose + (loose == 0)), 1)
    return list(np.where(gap, assay * share, assay))


def component_network(
    incidence: sparray | spmatrix | ArrayLike,
    components: int,
    *,
    closure: bool = False,
    splitters: Iterable[int] = (),
    balanced: ArrayLike | None = None,
) -> ComponentNetwork:
    """Describe mass and component balances, leaving out those that others imply.

    Parameters
    ----------
    incidence : sparse or array_like
        +1 into a node, -1 out of it, shape (nodes, n).
    components : int
        Number of assays per stream [-].
    closure : bool, optional
        Whether all assays of each stream add up to 1; the mass balance of a node
        then follows from its component balances.
    splitters : iterable of int, optional
        Nodes that only divide: equal assays in all their streams, which makes
        their component balances superfluous.
    balanced : array_like of bool, optional
        Shape (nodes, components): False where a component is made or lost, as in
        a reactor.

    Returns
    -------
    ComponentNetwork
        Balances with their derivatives.

    Raises
    ------
    InputError
        If a node or shape does not exist.

    References
    ----------
    Crowe, Reconciliation of process flow rates by matrix projection, part II: the
    nonlinear case, 1986.

    Examples
    --------
    >>> network = component_network([[1, -1, -1]], 2)
    >>> network.names()
    ['mass at node 0', 'component 0 at node 0', 'component 1 at node 0']
    """
    rows = as_csr(incidence)
    nodes = rows.shape[0]
    divide = tuple(sorted(set(splitters)))
    if components < 0 or any(not 0 <= node < nodes for node in divide):
        raise InputError(
            f"components = {components}, splitters = {divide}; expected components "
            f">= 0 and nodes from 0 to {nodes - 1}"
        )
    holds = np.ones((nodes, components), dtype=np.bool_)
    if balanced is not None:
        holds &= _checked_balanced(balanced, holds.shape)
    holds[list(divide)] = False
    implied = holds.all(axis=1) & closure & (components > 0)
    return ComponentNetwork(
        incidence=rows,
        components=components,
        closure=closure,
        splitters=divide,
        mass_nodes=np.flatnonzero(~implied),
        component_nodes=tuple(np.flatnonzero(holds[:, k]) for k in range(components)),
        ties=_ties(rows, divide, components - closure),
    )


def _checked_balanced(balanced: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.asarray(balanced, dtype=np.bool_)
    if mask.shape != shape:
        raise InputError(
            f"balanced has the shape {mask.shape}; expected {shape}, nodes by "
            "components"
        )
    return mask


def _ties(
    rows: csr_array[np.float64], splitters: tuple[int, ...], components: int
) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (k, int(streams[0]), int(other))
        for node in splitters
        for streams in [rows.indices[rows.indptr[node] : rows.indptr[node + 1]]]
        for other in streams[1:]
        for k in range(components)
    )
