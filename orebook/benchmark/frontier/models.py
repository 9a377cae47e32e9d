"""The models behind `frontier`: each turns a task into a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.bad import Contract, bad_distance, check_contract
from orebook.benchmark.frontier.batch import FloatArray, IntArray
from orebook.benchmark.frontier.checks import Finding
from orebook.benchmark.frontier.data import Factors
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.free_disposal import hull_distance
from orebook.benchmark.frontier.kernel import Answer, Engine
from orebook.benchmark.frontier.nonradial import (
    frontier_peers,
    over_peers,
    ranges,
    slacks_based,
    super_slacks_based,
    weighted_slacks,
)
from orebook.benchmark.frontier.result import (
    Certificate,
    FrontierResult,
    certificate_of,
    enumerated,
)
from orebook.benchmark.frontier.technology import Returns, Technology, technology
from orebook.benchmark.frontier.weights import Restriction, columns
from orebook.errors import InputError

__all__ = ["RUN", "Task", "free_disposal", "with_bads"]

Orientation = Literal["input", "output", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a model is asked: figures of all, and how to measure."""

    inputs: Factors
    outputs: Factors
    units: tuple[str, ...]
    peers: tuple[str, ...]
    at: tuple[FloatArray, FloatArray]
    reference: tuple[FloatArray, FloatArray]
    itself: IntArray | None
    returns: Returns
    orientation: Orientation
    direction: tuple[FloatArray, FloatArray]
    extra: Sequence[Restriction]
    engine: Engine
    findings: tuple[Finding, ...]
    model: str

    @property
    def tech(self) -> Technology:
        """What the peers show to be possible."""
        return technology(*self.reference, self.returns)

    @property
    def barred(self) -> IntArray:
        """The peer each unit is; -1 where it is none."""
        return np.full(len(self.units), -1) if self.itself is None else self.itself


def _radial(task: Task) -> FrontierResult:
    """Radial and directional models, with or without restricted weights."""
    tech = task.tech
    at, along = tech.scaled(*task.at), tech.scaled(*task.direction)
    if not task.extra:
        found = distance(
            tech, at, along, itself=task.itself, slacks=True, engine=task.engine
        )
        return _result(task, found.answer, _scores(task, found.beta))
    peers = frontier_peers(tech, task.engine)
    extra = columns(tech, at, (task.inputs.names, task.outputs.names), task.extra)
    found = distance(tech.of(peers), at, along, extra=extra, engine=task.engine)
    answer = over_peers(found.answer, peers, len(task.peers))
    return _result(task, answer, _scores(task, found.beta))


def _scores(task: Task, beta: FloatArray) -> FloatArray:
    """Return the score that belongs to steps of the direction."""
    if task.model == "directional":
        return beta
    return 1.0 - beta if task.orientation == "input" else 1.0 + beta


def _super(task: Task) -> FrontierResult:
    """Super-efficiency; a direction stands in where no point exists."""
    first = _radial(task)
    if task.itself is None:
        return first
    tech = task.tech
    best = np.flatnonzero(np.abs(first.scores - 1.0) < 1e-9)
    at, along = tech.scaled(*task.at), tech.scaled(*task.direction)
    pick = at[0][best], at[1][best]
    found = distance(
        tech, pick, (along[0][best], along[1][best]), barred=best, engine=task.engine,
    )  # fmt: skip
    beta, status = found.beta, ["optimal"] * len(task.units)
    lost = np.flatnonzero(found.answer.status != 0)
    answer = found.answer
    scores = first.scores.copy()
    scores[best] = _scores(task, beta)
    if lost.size:
        # Both sides at once always has a point: less output, more input.
        part = pick[0][lost], pick[1][lost]
        other = distance(tech, part, part, barred=best[lost], engine=task.engine)
        stand_in = other.beta
        scores[best[lost]] = (
            1.0 - stand_in if task.orientation == "input" else 1.0 + stand_in
        )
        answer = _merged(answer, lost, other.answer)
        for number in best[lost].tolist():
            status[number] = "infeasible"
    full = _merged(_blank(first, tech), best, answer)
    return _result(
        task, full, scores, status=tuple(status), proof=_proofs(first, best, answer)
    )


def _blank(first: FrontierResult, tech: Technology) -> Answer:
    """Return the first result as an answer in scaled data, to be written over."""
    inputs, outputs = tech.shape[1:]
    scale = np.concatenate([tech.input_scale, tech.output_scale])
    count, rows = len(first.units), tech.rows
    slack, dual = np.zeros((count, rows)), np.zeros((count, rows))
    slack[:, : inputs + outputs] = first.slacks / scale
    dual[:, : inputs + outputs] = -first.multipliers * scale
    proof = first.certificate
    return Answer(
        np.zeros(count, dtype=np.int64), proof.primal, first.lambdas,
        np.zeros((count, 1)), slack, dual, proof.dual, proof.violation,
        np.full((count, rows), -1), proof.rescued, np.arange(len(first.peers)),
    )  # fmt: skip


def _merged(into: Answer, rows: IntArray, part: Answer) -> Answer:
    """Return an answer with some rows taken from another."""
    lambdas = into.lambdas.tolil()
    lambdas[rows] = part.lambdas.toarray()
    changed = {}
    for name in (
        "status",
        "objective",
        "slack",
        "dual",
        "bound",
        "violation",
        "rescued",
    ):
        values = getattr(into, name).copy()
        values[rows] = getattr(part, name)
        changed[name] = values
    return replace(into, lambdas=sparse.csr_array(lambdas.tocsr()), **changed)


def _proofs(first: FrontierResult, rows: IntArray, part: Answer) -> Certificate:
    """Return the proofs of a result of which some rows were measured again."""
    base, other = first.certificate, certificate_of(part)
    made = []
    for name in ("primal", "dual", "violation", "rescued"):
        values = getattr(base, name).copy()
        values[rows] = getattr(other, name)
        made.append(values)
    return Certificate(*made)


def _additive(task: Task) -> FrontierResult:
    """Additive model (sum of slacks in their own units) and RAM."""
    tech = task.tech
    if task.model == "ram":
        weights = ranges(tech)
    else:
        # In the raw data each unit of slack counts one, as published.
        weights = tech.input_scale, tech.output_scale
    count = len(task.units)
    wide = np.tile(weights[0], (count, 1)), np.tile(weights[1], (count, 1))
    answer = weighted_slacks(tech, tech.scaled(*task.at), wide, engine=task.engine)
    score = -answer.objective
    return _result(task, answer, 1.0 - score if task.model == "ram" else score)


def _slacks_based(task: Task) -> FrontierResult:
    """Slacks-based measure of any orientation."""
    tech = task.tech
    x, y = tech.scaled(*task.at)
    if task.orientation == "none":
        score, answer = slacks_based(tech, (x, y), engine=task.engine)
        return _result(task, answer, score)
    inputs, outputs = tech.shape[1:]
    if task.orientation == "input":
        weights = 1.0 / (inputs * x), np.zeros_like(y)
        answer = weighted_slacks(tech, (x, y), weights, engine=task.engine)
        return _result(task, answer, 1.0 + answer.objective)
    weights = np.zeros_like(x), 1.0 / (outputs * y)
    answer = weighted_slacks(tech, (x, y), weights, engine=task.engine)
    return _result(task, answer, 1.0 / (1.0 - answer.objective))


def _super_slacks_based(task: Task) -> FrontierResult:
    """Super-SBM of the units on the frontier; SBM of the others."""
    tech = task.tech
    first = _slacks_based(task)
    best = np.flatnonzero(first.scores > 1.0 - 1e-9)
    x, y = tech.scaled(*task.at)
    score, answer = super_slacks_based(
        tech, (x[best], y[best]), task.barred[best], orientation=task.orientation,
        engine=task.engine,
    )  # fmt: skip
    scores, status = first.scores.copy(), ["optimal"] * len(task.units)
    scores[best] = score
    for number in best[answer.status != 0].tolist():
        status[number] = "infeasible"
    return _result(
        task, _merged(_blank(first, tech), best, answer), scores, status=tuple(status),
        proof=_proofs(first, best, answer),
    )  # fmt: skip


def _result(
    task: Task,
    answer: Answer,
    scores: FloatArray,
    *,
    status: tuple[str, ...] | None = None,
    proof: Certificate | None = None,
    parts: Mapping[str, FloatArray] | None = None,
) -> FrontierResult:
    """Return the result of a model whose peers say what the targets are."""
    tech = task.tech
    many = sum(tech.shape[1:])
    scale = np.concatenate([tech.input_scale, tech.output_scale])
    targets = np.concatenate(
        [answer.lambdas @ task.reference[0], answer.lambdas @ task.reference[1]], axis=1
    )
    return FrontierResult(
        task.model, task.returns, task.orientation, task.units, task.peers,
        task.inputs.names, task.outputs.names, scores,
        status or tuple("optimal" if s == 0 else "infeasible" for s in answer.status),
        answer.lambdas, targets, answer.slack[:, :many] * scale,
        np.concatenate(task.at, axis=1),
        np.maximum(-answer.dual[:, :many], 0.0) / scale,
        proof or certificate_of(answer), task.findings, parts=parts or {},
    )  # fmt: skip


def free_disposal(task: Task) -> FrontierResult:
    """Measure against the free disposal hull: the best single peer.

    Parameters
    ----------
    task : Task
        What to measure.
    """
    scale = technology(*task.reference, "crs")
    beta, who = hull_distance(
        (scale.inputs, scale.outputs),
        scale.scaled(*task.at),
        scale.scaled(*task.direction),
    )
    count = len(task.units)
    reached = np.isfinite(beta)
    beta = np.where(reached, beta, 0.0)
    lambdas = sparse.csr_array(
        (np.ones(count), (np.arange(count), who)), shape=(count, len(task.peers))
    )
    targets = np.concatenate([part[who] for part in task.reference], axis=1)
    actual = np.concatenate(task.at, axis=1)
    step = beta[:, None] * np.concatenate(task.direction, axis=1)
    inputs = len(task.inputs.names)
    slacks = np.concatenate(
        [
            actual[:, :inputs] - step[:, :inputs] - targets[:, :inputs],
            targets[:, inputs:] - actual[:, inputs:] - step[:, inputs:],
        ],
        axis=1,
    )
    return FrontierResult(
        "fdh" if task.model == "radial" else task.model, "fdh", task.orientation,
        task.units, task.peers, task.inputs.names, task.outputs.names,
        _scores(task, beta), tuple("optimal" if r else "infeasible" for r in reached),
        lambdas, targets, slacks, actual, np.zeros_like(actual), enumerated(beta),
        task.findings,
    )  # fmt: skip


def with_bads(
    task: Task, foul: Factors, contract: Contract, polluting: Sequence[str] | None
) -> FrontierResult:
    """Measure directional steps with bad outputs.

    Parameters
    ----------
    task : Task
        What to measure.
    foul : Factors
        Bad outputs.
    contract : {"by_production", "as_input", "weak", "kuosmanen"}
        What may be thrown away.
    polluting : sequence of str or None
        Inputs the bads come from; all where it is None.

    Raises
    ------
    InputError
        The contract does not go with the other options.
    """
    check_contract(contract, task.returns)
    if task.itself is None or task.model not in ("radial", "directional"):
        raise InputError(
            "bad outputs with other peers or a model of slacks; expected model "
            "'directional' among the units themselves; leave the option out"
        )
    names = task.inputs.names
    wrong = [name for name in polluting or () if name not in names]
    if wrong:
        from orebook.chain.nearest import did_you_mean

        hint = did_you_mean(wrong[0], names, "correct the name")
        raise InputError(f"polluting '{wrong[0]}' is no input; expected one; {hint}")
    which = (
        None
        if polluting is None
        else np.array([names.index(name) for name in polluting])
    )
    at = (*task.at, foul.values)
    found = bad_distance(
        at, at, (*task.direction, foul.values), returns=task.returns, contract=contract,
        polluting=which, itself=task.itself, engine=task.engine,
    )  # fmt: skip
    first = found.answers[0]
    gx, gy = task.direction
    targets = np.concatenate(
        [
            at[0] - found.good[:, None] * gx,
            at[1] + found.good[:, None] * gy,
            at[2] - found.bad[:, None] * foul.values,
        ],
        axis=1,
    )
    edge = len(names), len(names) + gy.shape[1]
    targets[:, : edge[0]] -= found.slacks[:, : edge[0]]
    targets[:, edge[0] : edge[1]] += found.slacks[:, edge[0] : edge[1]]
    targets[:, edge[1] :] -= found.slacks[:, edge[1] :]
    parts = {"good": found.good, "bad": found.bad}
    if contract == "by_production":
        up = task.orientation == "output"
        share = 1.0 / (1.0 + found.good) if up else 1.0 - found.good
        parts["efficiency"] = (share + 1.0 - found.bad) / 2.0
    proofs = [certificate_of(answer) for answer in found.answers]
    proof = Certificate(
        np.sum([p.primal for p in proofs], axis=0),
        np.sum([p.dual for p in proofs], axis=0),
        np.max([p.violation for p in proofs], axis=0),
        np.any([p.rescued for p in proofs], axis=0),
    )
    return FrontierResult(
        "bad", task.returns, task.orientation, task.units, task.peers, names,
        task.outputs.names, found.beta,
        tuple("optimal" if s == 0 else "infeasible" for s in first.status),
        first.lambdas, targets, found.slacks, np.concatenate(at, axis=1),
        np.zeros(targets.shape), proof, task.findings, foul.names,
        parts, contract,
        found.answers[1].lambdas if contract == "by_production" else None,
    )  # fmt: skip


RUN: Final[dict[str, Callable[[Task], FrontierResult]]] = {
    "radial": _radial,
    "directional": _radial,
    "super": _super,
    "additive": _additive,
    "ram": _additive,
    "sbm": _slacks_based,
    "super_sbm": _super_slacks_based,
}
