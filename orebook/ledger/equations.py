"""The equations a closed month must meet, and the readings that go into them.

Exact are the balance of every material at every place, the mass balance of a unit that
conserves mass, and the balance of a component at a unit whose ports are all assayed
(`orebook.ledger.components`).
A transport loss is what a month is to tell, so it is an equation only where one end
has no meter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.ledger.components import (
    IDLE,
    LOSS_SD,
    ComponentBalance,
    component_balances,
    typical,
)
from orebook.ledger.readings import Reading
from orebook.ledger.reconcile import Reconciled, reconcile
from orebook.process.contract import Outcome, Process, unit_responses
from orebook.process.network import Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Row = tuple[str, Mapping[str, float]]

RESOLUTION = 1e-5
"""A meter does not resolve less than this share of the largest flow it adds up with."""

FINEST_ASSAY = 1e-7
"""No assay is better than a tenth of a gram per tonne [-]."""


@dataclass(frozen=True, eq=False)
class Equations:
    """Variables, linear rows and component balances of one month.

    Parameters
    ----------
    variables : tuple of str
        Streams in the order of the network, then losses, fractions and meters.
    rows : tuple
        (name, weights by variable), each summing to zero.
    components : tuple of ComponentBalance
        Balances that multiply flows by fractions.
    readings : mapping
        Variable to the reading of it.
    shared : mapping
        Stream read by several meters to their variables.
    left_out : mapping
        Component balances that lack assays, to the number lacking.
    """

    variables: tuple[str, ...]
    rows: tuple[Row, ...]
    components: tuple[ComponentBalance, ...]
    readings: Mapping[str, Reading]
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def position(self) -> dict[str, int]:
        """Index of each variable."""
        return {v: i for i, v in enumerate(self.variables)}

    @cached_property
    def matrix(self) -> csr_array[np.float64]:
        """Linear rows, shape (rows, variables)."""
        return sparse_rows([weights for _, weights in self.rows], self.position)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all equations, linear first."""
        return (*(name for name, _ in self.rows), *(c.name for c in self.components))

    def arrays(self) -> tuple[Floats, Floats]:
        """Return readings and standard deviations, nan and inf where there is none."""
        value = np.full(len(self.variables), np.nan)
        sd = np.full(len(self.variables), np.inf)
        for name, reading in self.readings.items():
            value[self.position[name]] = reading.value
            sd[self.position[name]] = reading.sd
        return value, np.where(np.isnan(value), np.inf, self._resolved(value, sd))

    def _resolved(self, value: Floats, sd: Floats) -> Floats:
        """Return standard deviations not below what the meters resolve."""
        size = np.abs(np.nan_to_num(value))
        largest = np.zeros(size.size)
        for _, weights in self.rows:
            members = [self.position[v] for v in weights]
            largest[members] = np.maximum(largest[members], size[members].max())
        smallest = np.full(size.size, IDLE * typical(self.readings.values()))
        fractions = [i for i, v in enumerate(self.variables) if v.startswith("assay:")]
        smallest[fractions] = FINEST_ASSAY
        finest: Floats = np.maximum(RESOLUTION * largest, smallest)
        return np.maximum(sd, finest)

    def solve(self, value: Floats, sd: Floats) -> Reconciled:
        """Reconcile freely; what ends below zero is mended when the month is completed.

        Parameters
        ----------
        value, sd : ndarray, shape (variables,)
            Readings, nan where there is none, and standard deviations.
        """
        if not self.components:
            return reconcile(self.matrix, value, sd)
        from orebook.ledger.bilinear import reconcile_nonlinear

        return reconcile_nonlinear(
            self.residual,
            value,
            sd,
            start=self._start(value, sd),
            names=self.names,
        )

    def _start(self, value: Floats, sd: Floats) -> Floats:
        """Return a first estimate: the linear solution, what it hides filled."""
        linear = reconcile(self.matrix, value, sd).value
        known = np.asarray(linear.filled(np.nan))
        typical = float(np.nanmedian(known)) if np.isfinite(known).any() else 1.0
        return np.where(np.isfinite(known), known, typical)

    def residual(self, x: Floats) -> tuple[Floats, csr_array[np.float64]]:
        """Return all equations at x and their derivatives."""
        import scipy.sparse as sp

        gaps, slopes = [], []
        for balance in self.components:
            gap, slope = 0.0, dict[str, float]()
            for sign, flow, share in balance.terms:
                f = x[self.position[flow]]
                c = x[self.position[share]] if isinstance(share, str) else share
                gap += sign * f * c
                slope[flow] = slope.get(flow, 0.0) + sign * c
                if isinstance(share, str):
                    slope[share] = slope.get(share, 0.0) + sign * f
            gaps.append(gap)
            slopes.append(slope)
        jacobian = sp.vstack([self.matrix, sparse_rows(slopes, self.position)])
        return np.concatenate([self.matrix @ x, gaps]), sp.csr_array(jacobian)


def sparse_rows(
    rows: Sequence[Mapping[str, float]], position: Mapping[str, int]
) -> csr_array[np.float64]:
    """Return rows of weights by variable as a sparse array."""
    from scipy.sparse import coo_array

    triplets = [
        (i, position[v], w) for i, row in enumerate(rows) for v, w in row.items()
    ]
    where = np.array([t[:2] for t in triplets], dtype=np.int64).reshape(-1, 2)
    data = np.array([t[2] for t in triplets], dtype=np.float64)
    shape = (len(rows), len(position))
    return coo_array((data, (where[:, 0], where[:, 1])), shape=shape).tocsr()


def equations(network: Network, readings: Iterable[Reading]) -> Equations:
    """Set up the equations of a month.

    Parameters
    ----------
    network : Network
        Streams, balances and physics.
    readings : iterable of Reading
        What was measured.

    Returns
    -------
    Equations
        Ready to solve.

    Raises
    ------
    InputError
        If a reading names a stream the network does not have.
    """
    by_target = _by_target(network, readings)
    rows = list(_balance_rows(network))
    rows += _route_rows(network, by_target)
    losses: dict[str, Reading] = {}
    components: list[ComponentBalance] = []
    left_out: dict[str, int] = {}
    for unit in network.chain.units:
        process = network.processes[unit.id]
        outcome = unit_responses(process, {}, {})
        rows += _mass_rows(network, unit.id, outcome, (by_target, losses))
        balances, lacking = component_balances(
            network, unit.id, outcome, (by_target, losses)
        )
        components += balances
        left_out |= lacking
    direct, shared = _assigned(by_target)
    ties = [
        (f"{member} reads {stream}", {stream: 1.0, member: -1.0})
        for stream, members in shared.items()
        for member in members
    ]
    names = [s.id for s in network.streams]
    extra = [*losses, *(t for t in by_target if t.startswith("assay:")), *direct]
    variables = tuple(dict.fromkeys([*names, *extra]))
    return Equations(
        variables, (*rows, *ties), tuple(components), {**losses, **direct}, shared,
        left_out,
    )  # fmt: skip


def _by_target(
    network: Network, readings: Iterable[Reading]
) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        stream = reading.reads.removeprefix("assay:")
        if reading.reads.startswith("assay:"):
            stream = stream.rpartition(":")[0]
        if stream not in network.stream:
            from rapidfuzz.process import extractOne

            near = extractOne(stream, network.stream.keys())[0]
            raise InputError(
                f"meter '{reading.meter}' reads '{reading.reads}', which is no stream "
                f"of the group; did you mean '{near}'? correct the meter in the book"
            )
        found.setdefault(reading.reads, []).append(reading)
    return found


def _assigned(
    by_target: Mapping[str, list[Reading]],
) -> tuple[dict[str, Reading], dict[str, tuple[str, ...]]]:
    """Give each reading a variable: its target's, or its own if there are several."""
    direct: dict[str, Reading] = {}
    shared: dict[str, tuple[str, ...]] = {}
    for target, several in by_target.items():
        if len(several) == 1:
            direct[target] = several[0]
            continue
        names = tuple(f"meter:{r.meter}" for r in several)
        shared[target] = names
        direct |= dict(zip(names, several, strict=True))
    return direct, shared


def _balance_rows(network: Network) -> Iterator[Row]:
    rows: dict[str, dict[str, float]] = {str(b): {} for b in network.balances}
    for s in network.streams:
        rows[str(s.balance)][s.id] = float(s.sign)
    yield from rows.items()


def _route_rows(
    network: Network, by_target: Mapping[str, list[Reading]]
) -> Iterator[Row]:
    for route in network.chain.routes:
        for material in route.materials:
            ends = f"send:{route.id}:{material}", f"receive:{route.id}:{material}"
            if not all(end in by_target for end in ends):
                yield (
                    f"route {route.id}:{material}",
                    {ends[0]: 1 - route.loss, ends[1]: -1},
                )


def _mass_rows(
    network: Network, unit: str, outcome: Outcome,
    readings: tuple[Mapping[str, list[Reading]], dict[str, Reading]],
) -> Iterator[Row]:  # fmt: skip
    """Yield the mass balance of a unit that conserves mass, by good where it can be."""
    process = network.processes[unit]
    weight = _mass_weights(process, outcome)
    bound = {s.port: s.id for s in network.of(unit)}
    if not weight or sum(p in bound for p in weight) < 2:
        return
    by_target, losses = readings
    loose = [p for p in weight if p not in bound]
    groups = _goods([p for p in weight if p in bound])
    for ports in groups:
        name = f"mass of {unit}" if len(groups) == 1 else f"mass of {unit}.{ports[0]}"
        row = {bound[p]: weight[p] for p in ports}
        for port in loose:
            variable = f"loss:{unit}.{port}:{ports[0]}"
            row[variable] = weight[port]
            losses[variable] = _modelled_loss(
                outcome, port, (process, unit, ports), by_target
            )
        yield name, row


def _mass_weights(process: Process, outcome: Outcome) -> dict[str, float]:
    """Return signed mass per unit of each port's flow; mixing keeps any amount."""
    if process.kind in {"mix", "split"}:
        return {p.name: float(p.sign) for p in process.ports}
    if "mass" not in process.conserves:
        return {}
    found = {}
    for port in process.ports:
        mass = outcome.content.get(port.name, {}).get("mass", np.zeros(()))
        if float(np.max(mass)) > 0.0:
            found[port.name] = port.sign * float(np.max(mass))
    return found


def _goods(ports: list[str]) -> list[list[str]]:
    """Split the ports of a unit that only moves goods into (good, good_out) pairs."""
    pairs = [[p, f"{p}_out"] for p in ports if f"{p}_out" in ports]
    return pairs if pairs and 2 * len(pairs) == len(ports) else [ports]


def _modelled_loss(
    outcome: Outcome, port: str, of: tuple[Process, str, list[str]],
    by_target: Mapping[str, list[Reading]],
) -> Reading:  # fmt: skip
    """Return what the model says leaves the group at a port, with wide doubt."""
    process, unit, ports = of
    duties = [d.name for d in process.duties]
    share, amount = 0.0, 0.0
    for p in ports:
        held = by_target.get(f"{unit}.{p}")
        if held is None:
            continue
        k = duties.index(p) if p in duties else int(np.argmax(np.abs(outcome.flows[p])))
        flow = np.broadcast_to(outcome.flows[p], (len(duties),))[k]
        lost = np.broadcast_to(outcome.flows[port], (len(duties),))[k]
        if flow:
            share, amount = abs(float(lost / flow)), held[0].value
            break
    value = share * amount
    return Reading(f"model of {unit}.{port}", f"{unit}.{port}", value,
                   LOSS_SD * value + 1e-6 * max(amount, 1.0), "t")  # fmt: skip
