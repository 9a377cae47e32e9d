"""The result of a frontier model: scores, peers, targets, slacks and their proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import BoolArray, FloatArray
from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.benchmark.frontier.certify import Answer
    from orebook.benchmark.frontier.checks import Finding

__all__ = ["Certificate", "FrontierResult", "certificate_of", "enumerated"]


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Proof of each score: anyone can check it without solving anything.

    Parameters
    ----------
    primal, dual : array, shape (units,)
        Value of the programme and of its dual; equal at the optimum [-].
    violation : array, shape (units,)
        Largest violation of a row, a sign or a reduced cost, over all peers, in data
        divided by their means [-].
    rescued : array of bool, shape (units,)
        Where the kernel could not prove it and another solver was asked.
    method : str
        How the optimum was proven: ``"duality"`` or ``"enumeration"``.
    """

    primal: FloatArray
    dual: FloatArray
    violation: FloatArray
    rescued: BoolArray
    method: str = "duality"

    @property
    def gap(self) -> FloatArray:
        """Distance of primal and dual value [-]."""
        return np.abs(self.primal - self.dual)

    @property
    def worst(self) -> float:
        """Largest gap or violation of all units [-]."""
        return float(max(self.gap.max(initial=0.0), self.violation.max(initial=0.0)))

    def to_dict(self) -> dict[str, object]:
        """Return the proof as plain data with stable names."""
        return {
            "method": self.method,
            "primal": self.primal.tolist(),
            "dual": self.dual.tolist(),
            "violation": self.violation.tolist(),
            "rescued": int(self.rescued.sum()),
            "worst": self.worst,
        }


def certificate_of(answer: Answer) -> Certificate:
    """Return the proof an answer of the kernel carries.

    Parameters
    ----------
    answer : Answer
        What the kernel found.
    """
    return Certificate(answer.objective, answer.bound, answer.violation, answer.rescued)


def enumerated(values: FloatArray) -> Certificate:
    """Return the proof of what was found by comparing with every peer.

    Parameters
    ----------
    values : array, shape (units,)
        The values found [-].
    """
    nought = np.zeros(values.shape)
    return Certificate(values, values, nought, nought > 1.0, "enumeration")


@dataclass(frozen=True, slots=True, eq=False)
class FrontierResult:
    """Scores of units against a frontier.

    Parameters
    ----------
    model, returns, orientation : str
        What was computed.
    units, peers : tuple of str
        Names of those measured, and of those they are measured against.
    inputs, outputs, bads : tuple of str
        Names of the factors; together the columns of targets and slacks.
    scores : array, shape (units,)
        Score by the meaning of the model [-].
    status : tuple of str
        ``"optimal"``, or ``"infeasible"`` where a fall back stands in `scores`.
    lambdas : sparse array, shape (units, peers)
        Weights of the peers [-].
    targets, slacks : array, shape (units, factors)
        What the unit would use and make on the frontier, and what is left over beyond
        the common step [unit of the factor].
    actual : array, shape (units, factors)
        What it used and made [unit of the factor].
    multipliers : array, shape (units, factors)
        The unit's own shadow prices, not below nought [1/unit of the factor].
    certificate : Certificate
        Proof of each score.
    findings : tuple of Finding
        What is doubtful about the figures.
    parts : mapping
        Further figures per unit by name.
    contract : str
        How bad outputs are treated; empty where there are none.
    bad_lambdas : sparse array or None
        Weights of the peers in the technology of the bads, where it has its own.
    """

    model: str
    returns: str
    orientation: str
    units: tuple[str, ...]
    peers: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scores: FloatArray
    status: tuple[str, ...]
    lambdas: sparse.csr_array
    targets: FloatArray
    slacks: FloatArray
    actual: FloatArray
    multipliers: FloatArray
    certificate: Certificate
    findings: tuple[Finding, ...] = ()
    bads: tuple[str, ...] = ()
    parts: Mapping[str, FloatArray] = field(default_factory=dict)
    contract: str = ""
    bad_lambdas: sparse.csr_array | None = None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the columns of targets and slacks."""
        return (*self.inputs, *self.outputs, *self.bads)

    @property
    def efficiency(self) -> FloatArray:
        """Score as a share of the frontier: 1 is on it, less is inside it [-].

        Notes
        -----
        An output score ``phi`` becomes ``1 / phi``; a step ``beta`` of a direction
        becomes ``1 - beta``; a sum of slacks ``s`` becomes ``1 / (1 + s)``; with
        goods and bads apart it is the mean of both shares.
        """
        if "efficiency" in self.parts:
            return self.parts["efficiency"]
        if self.model in ("directional", "bad"):
            return 1.0 - self.scores
        if self.model == "additive":
            return 1.0 / (1.0 + self.scores)
        if self.orientation == "output" and self.model in ("radial", "fdh", "super"):
            return 1.0 / self.scores
        return self.scores

    @property
    def efficient(self) -> BoolArray:
        """Units on the frontier without slack."""
        at = self.efficiency >= 1.0 - 1e-9
        if self.model in ("super", "super_sbm"):
            return np.asarray(at)
        scale = np.abs(self.actual).mean(axis=0)
        slack = self.slacks / np.where(scale > 0.0, scale, 1.0)
        return np.asarray(at & (np.abs(slack).max(axis=1, initial=0.0) <= 1e-7))

    def peers_of(self, unit: str) -> dict[str, float]:
        """Return the peers of a unit and their weights [-].

        Parameters
        ----------
        unit : str
            Name of the unit.

        Raises
        ------
        InputError
            There is no such unit.
        """
        if unit not in self.units:
            from orebook.chain.nearest import did_you_mean

            raise InputError(
                f"unit '{unit}' was not measured; expected one of {len(self.units)} "
                f"units; {did_you_mean(unit, self.units, 'correct the name')}"
            )
        row = self.lambdas[[self.units.index(unit)]].tocoo()
        pairs = sorted(zip(row.coords[1].tolist(), row.data.tolist(), strict=True))
        return {self.peers[j]: value for j, value in pairs}

    def summary(self) -> str:
        """Return the scores in a few lines."""
        share = self.efficiency
        first = (
            f"{self.model}, {self.returns}, {self.orientation}: {len(self.units)} "
            f"units, {int(self.efficient.sum())} on the frontier, mean efficiency "
            f"{share.mean():.4f}, least {share.min():.4f} "
            f"({self.units[int(share.argmin())]})"
        )
        proof = (
            f"certificate: largest gap or violation {self.certificate.worst:.1e} "
            f"({self.certificate.method})"
        )
        fallen = sum(state != "optimal" for state in self.status)
        lines = [first, proof]
        if self.contract:
            lines.append(f"bad outputs: {self.contract}")
        if fallen:
            lines.append(
                f"{fallen} programmes without a point; the directional score stands in"
            )
        return "\n".join([*lines, *(f"{f.level}: {f}" for f in self.findings)])

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain data with stable names."""
        rows = []
        for number, name in enumerate(self.units):
            rows.append(
                {
                    "unit": name,
                    "score": float(self.scores[number]),
                    "efficiency": float(self.efficiency[number]),
                    "efficient": bool(self.efficient[number]),
                    "status": self.status[number],
                    "peers": self.peers_of(name),
                    "targets": _named(self.factors, self.targets[number]),
                    "slacks": _named(self.factors, self.slacks[number]),
                    "multipliers": _named(self.factors, self.multipliers[number]),
                    "parts": {k: float(v[number]) for k, v in self.parts.items()},
                }
            )
        return {
            "model": self.model,
            "returns": self.returns,
            "orientation": self.orientation,
            "contract": self.contract,
            "units": rows,
            "certificate": self.certificate.to_dict(),
            "findings": [f.to_dict() for f in self.findings],
        }


def _named(names: tuple[str, ...], values: FloatArray) -> dict[str, float]:
    return {name: float(v) for name, v in zip(names, values, strict=True)}
