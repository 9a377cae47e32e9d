"""The one call for scores of single units: `frontier`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.bad import Contract, bad_distance, check_contract
from orebook.benchmark.frontier.batch import FloatArray, IntArray
from orebook.benchmark.frontier.checks import Finding, check
from orebook.benchmark.frontier.data import Factors, FactorsLike, factors, unit_names
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
from orebook.benchmark.frontier.technology import (
    Returns,
    Technology,
    check_returns,
    technology,
)
from orebook.benchmark.frontier.weights import Restriction, columns
from orebook.errors import InputError

__all__ = ["MODELS", "Model", "Orientation", "frontier"]

Model = Literal["radial", "directional", "additive", "ram", "sbm", "super", "super_sbm"]
Orientation = Literal["input", "output", "none"]
MODELS: Final[tuple[Model, ...]] = (
    "radial",
    "directional",
    "additive",
    "ram",
    "sbm",
    "super",
    "super_sbm",
)
_POSITIVE: Final = frozenset({"sbm", "super_sbm"})
_SIGNED: Final = frozenset({"additive", "ram"})


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
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


def frontier(
    inputs: FactorsLike,
    outputs: FactorsLike,
    *,
    returns: Returns = "vrs",
    orientation: Orientation = "input",
    model: Model = "radial",
    units: Sequence[str] | None = None,
    bads: FactorsLike | None = None,
    contract: Contract = "by_production",
    polluting: Sequence[str] | None = None,
    direction: tuple[FactorsLike, FactorsLike] | None = None,
    fixed: Sequence[str] = (),
    weights: Sequence[Restriction] = (),
    reference: tuple[FactorsLike, FactorsLike] | None = None,
    engine: Engine = "auto",
) -> FrontierResult:
    """Measure units against the frontier of the best among them.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        One row per unit, one column per factor [unit of the factor]. Names of a table
        or mapping are kept.
    returns : {"vrs", "crs", "nirs", "ndrs", "fdh"}
        Returns to scale; "fdh" compares with single peers, without mixing them.
    orientation : {"input", "output", "none"}
        Use less, make more, or both.
    model : str
        "radial": one factor for all inputs (or outputs). "directional": steps of a
        direction. "additive", "ram", "sbm": each factor by itself. "super",
        "super_sbm": the unit left out of its own reference, so that those on the
        frontier rank too.
    units : sequence of str, optional
        Names of the units; those of the table otherwise.
    bads : array, mapping or table, optional
        Outputs nobody wants; the score is then a step, goods up and bads down.
    contract : {"by_production", "as_input", "weak", "kuosmanen"}
        What may be thrown away, see docs/frontier.md.
    polluting : sequence of str, optional
        Inputs the bads come from, under "by_production"; all otherwise.
    direction : pair, optional
        Less of inputs and more of outputs, one row for all or one per unit; what the
        unit itself uses and makes otherwise [unit of the factor].
    fixed : sequence of str
        Factors nobody can change (non-discretionary).
    weights : sequence of RatioLimit or ShareLimit
        Restrictions of the multipliers; radial and directional.
    reference : pair, optional
        Inputs and outputs of other peers to measure against.
    engine : {"auto", "numpy", "compiled"}
        Path of the kernel; all give the same scores.

    Returns
    -------
    FrontierResult
        Scores, weights of peers, targets, slacks, certificate. Input radial: share of
        the inputs that would do. Output radial: factor of the outputs. Directional:
        steps. Super: above 1 outside the frontier of the others.

    Raises
    ------
    InputError
        Figures or options make scores impossible; the message lists each.

    Notes
    -----
    Charnes, Cooper, Rhodes 1978; Banker, Charnes, Cooper 1984; Andersen, Petersen
    1993; Chambers, Chung, Färe 1998; Tone 2001, 2002; Cooper, Park, Pastor 1999;
    Murty, Russell, Levkoff 2012.

    Examples
    --------
    Eight stores with their staff and sales (Cooper, Seiford, Tone, table 1.1):

    >>> staff, sales = [2, 3, 3, 4, 5, 5, 6, 8], [1, 3, 2, 3, 4, 2, 3, 5]
    >>> frontier(staff, sales, returns="crs").scores.round(3).tolist()
    [0.5, 1.0, 0.667, 0.75, 0.8, 0.4, 0.5, 0.625]
    """
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    _check_options(returns, orientation, model)
    foul = None if bads is None else factors(bads, "bad output")
    if foul is not None:
        unit_names(len(names), None, foul)
    findings = check(
        x, y, names, bads=foul, positive=model in _POSITIVE,
        signed=model in _SIGNED and returns == "vrs",
    )  # fmt: skip
    peers, against, itself = names, (x.values, y.values), np.arange(len(names))
    if reference is not None:
        peers, against = _other_peers(reference, x, y)
    task = _Task(
        x, y, names, peers, (x.values, y.values), against,
        itself if reference is None else None, returns, orientation,
        _direction(x, y, direction, orientation, fixed), weights, engine,
        findings, model,
    )  # fmt: skip
    if foul is not None:
        return _with_bads(task, foul, contract, polluting)
    if returns == "fdh":
        return _free_disposal(task)
    return _ONE[model](task)


def _check_options(returns: str, orientation: str, model: str) -> None:
    """Refuse unknown names."""
    check_returns(returns)
    for kind, value, known in (
        ("orientation", orientation, ("input", "output", "none")),
        ("model", model, MODELS),
    ):
        if value not in known:
            from orebook.chain.nearest import did_you_mean

            raise InputError(
                f"{kind} {value!r}; expected one of {', '.join(known)}; "
                f"{did_you_mean(value, known, 'correct it')}"
            )
    if returns == "fdh" and model not in ("radial", "directional"):
        raise InputError(
            f"model {model!r} with returns 'fdh'; expected 'radial' or 'directional' "
            "there; choose other returns to scale"
        )
    if orientation == "none" and model in ("radial", "super"):
        raise InputError(
            f"model {model!r} without orientation; expected 'input' or 'output'; for "
            "both at once use model 'directional'"
        )


def _other_peers(
    reference: tuple[FactorsLike, FactorsLike], x: Factors, y: Factors
) -> tuple[tuple[str, ...], tuple[FloatArray, FloatArray]]:
    """Return names and figures of peers that are not the units themselves."""
    one, other = factors(reference[0], "input"), factors(reference[1], "output")
    names = unit_names(len(one.values), None, one, other)
    wanted, given = (len(x.names), len(y.names)), (len(one.names), len(other.names))
    if wanted != given:
        raise InputError(
            f"reference has {given} inputs and outputs; expected {wanted} as the units "
            "have; give the same factors"
        )
    check(one, other, names)
    return names, (one.values, other.values)


def _direction(
    x: Factors,
    y: Factors,
    given: tuple[FactorsLike, FactorsLike] | None,
    orientation: str,
    fixed: Sequence[str],
) -> tuple[FloatArray, FloatArray]:
    """Return the direction of each unit; fixed factors stay where they are."""
    found = []
    for table, values, side in ((x, None, "output"), (y, None, "input")):
        if given is None:
            values = table.values * float(orientation != side)
        else:
            index = 0 if table is x else 1
            row = np.atleast_2d(np.asarray(factors(given[index], "direction").values))
            row = row.T if row.shape == (len(table.names), 1) else row
            if row.shape not in (table.values.shape, (1, len(table.names))):
                raise InputError(
                    f"direction has shape {row.shape}; expected one figure for each "
                    f"of {len(table.names)} factors; give a row for all, or per unit"
                )
            values = np.broadcast_to(row, table.values.shape)
        values = np.array(values, dtype=float)
        values[:, [name in fixed for name in table.names]] = 0.0
        found.append(values)
    unknown = [name for name in fixed if name not in (*x.names, *y.names)]
    if unknown:
        from orebook.chain.nearest import did_you_mean

        hint = did_you_mean(unknown[0], (*x.names, *y.names), "correct the name")
        raise InputError(
            f"fixed factor '{unknown[0]}' is not there; expected an input or output; {hint}"
        )
    together = np.concatenate(found, axis=1)
    wrong = (together < 0.0).any(axis=1) | ~(together > 0.0).any(axis=1)
    if wrong.any() and given is not None:
        raise InputError(
            f"direction of unit {int(wrong.argmax()) + 1} is nought or below; expected "
            "0 or more for each factor and above 0 for one; change it"
        )
    return found[0], found[1]


def _radial(task: _Task) -> FrontierResult:
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


def _scores(task: _Task, beta: FloatArray) -> FloatArray:
    """Return the score that belongs to steps of the direction."""
    if task.model == "directional":
        return beta
    return 1.0 - beta if task.orientation == "input" else 1.0 + beta


def _super(task: _Task) -> FrontierResult:
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
    from dataclasses import replace

    lambdas = into.lambdas.tolil()
    lambdas[rows] = part.lambdas.tolil()
    changed = {}
    for name in ("status", "objective", "slack", "dual", "bound", "violation", "rescued"):
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


def _additive(task: _Task) -> FrontierResult:
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


def _slacks_based(task: _Task) -> FrontierResult:
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


def _super_slacks_based(task: _Task) -> FrontierResult:
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
    task: _Task,
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


def _free_disposal(task: _Task) -> FrontierResult:
    """Free disposal hull: the best single peer."""
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


def _with_bads(
    task: _Task, foul: Factors, contract: Contract, polluting: Sequence[str] | None
) -> FrontierResult:
    """Directional steps with bad outputs."""
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
        None if polluting is None else np.array([names.index(name) for name in polluting])
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


_ONE: Final[dict[str, Callable[[_Task], FrontierResult]]] = {
    "radial": _radial,
    "directional": _radial,
    "super": _super,
    "additive": _additive,
    "ram": _additive,
    "sbm": _slacks_based,
    "super_sbm": _super_slacks_based,
}
