"""Bad outputs under four contracts; each answers another question.

``by_production`` (default): goods by one technology that ignores the bads, bads by
another in which polluting inputs cannot be used without polluting. ``as_input``: a bad
is one more input. ``weak``: bads fall only together with goods (constant returns).
``kuosmanen``: the same, each peer with an abatement of its own (variable returns).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import FloatArray, IntArray
from orebook.benchmark.frontier.directional import direction_batch, distance
from orebook.benchmark.frontier.kernel import Answer, Engine, second_goal, solve
from orebook.benchmark.frontier.technology import Returns, technology
from orebook.errors import InputError

__all__ = ["CONTRACTS", "BadDistance", "Contract", "bad_distance", "check_contract"]

Contract = Literal["by_production", "as_input", "weak", "kuosmanen"]
CONTRACTS: Final[tuple[Contract, ...]] = (
    "by_production",
    "as_input",
    "weak",
    "kuosmanen",
)


@dataclass(frozen=True, slots=True, eq=False)
class BadDistance:
    """How far units stand from the frontier with bad outputs.

    Parameters
    ----------
    beta : array, shape (units,)
        Step to the frontier; under ``by_production`` the mean of the two steps [-].
    good, bad : array, shape (units,)
        Step in goods and in bads; the same where there is one step [-].
    answers : tuple of Answer
        Proofs; two under ``by_production``.
    slacks : array, shape (units, factors)
        Inputs, outputs, bads, beyond the step [unit of the factor].
    """

    beta: FloatArray
    good: FloatArray
    bad: FloatArray
    answers: tuple[Answer, ...]
    slacks: FloatArray


def check_contract(contract: str, returns: str) -> None:
    """Refuse a contract that is unknown or wrong under these returns to scale.

    Parameters
    ----------
    contract, returns : str
        Their names.

    Raises
    ------
    InputError
        The name is unknown, or the technology would not be convex.
    """
    if contract not in CONTRACTS:
        from orebook.chain.nearest import did_you_mean

        hint = did_you_mean(contract, CONTRACTS, "correct it")
        raise InputError(
            f"contract {contract!r} of bad outputs; expected one of "
            f"{', '.join(CONTRACTS)}; {hint}"
        )
    if contract == "weak" and returns != "crs":
        raise InputError(
            f"contract 'weak' with returns {returns!r} has one abatement factor for "
            "all peers and is not convex; expected returns 'crs'; use 'kuosmanen'"
        )
    if contract == "kuosmanen" and returns != "vrs":
        raise InputError(
            f"contract 'kuosmanen' with returns {returns!r}; expected returns 'vrs'; "
            "under 'crs' use 'weak', which is the same there"
        )


def bad_distance(
    peers: tuple[FloatArray, FloatArray, FloatArray],
    units: tuple[FloatArray, FloatArray, FloatArray],
    direction: tuple[FloatArray, FloatArray, FloatArray],
    *,
    returns: Returns,
    contract: Contract = "by_production",
    polluting: IntArray | None = None,
    itself: IntArray | None = None,
    engine: Engine = "auto",
) -> BadDistance:
    """Return how far units stand from the frontier with bad outputs.

    Parameters
    ----------
    peers, units : tuple of array
        Inputs, outputs and bads of those compared with, and of those measured [unit
        of the factor].
    direction : tuple of array, shape (units, factors)
        Less input, more output, less bad [unit of the factor].
    returns : {"crs", "vrs", "nirs", "ndrs"}
        Returns to scale.
    contract : {"by_production", "as_input", "weak", "kuosmanen"}
        What may be thrown away, see the module.
    polluting : array of int, optional
        Inputs the bads come from; all where it is not given [-].
    itself : array of int, optional
        Peer that each unit is.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    BadDistance
        Steps, proofs and slacks.

    Notes
    -----
    Murty, Russell, Levkoff 2012 (by-production); Chung, Färe, Grosskopf 1997 (weak);
    Kuosmanen 2005. Weak disposability can call a dirty and unproductive unit
    efficient, because less bad needs less good there; red mud and flue gas follow the
    materials put in, which is what by-production says.
    """
    check_contract(contract, returns)
    if contract == "by_production":
        return _by_production(
            peers, units, direction, returns=returns, polluting=polluting,
            itself=itself, engine=engine,
        )  # fmt: skip
    joined = np.concatenate([peers[0], peers[2]], axis=1)
    tech = technology(joined, peers[1], returns)
    bads = np.arange(peers[0].shape[1], joined.shape[1])
    x, y = tech.scaled(np.concatenate([units[0], units[2]], axis=1), units[1])
    gx, gy = tech.scaled(
        np.concatenate([direction[0], direction[2]], axis=1), direction[1]
    )
    batch = direction_batch(tech, (x, y), (gx, gy))
    inefficient: int | None = 0
    if contract != "as_input":
        equal = batch.equal.copy()
        equal[bads] = True
        # Multipliers of the bads have no sign: no peer may be left out for good.
        batch, inefficient = replace(batch, equal=equal), None
    if contract == "kuosmanen":
        abated = batch.pool.copy()
        abated[bads] = 0.0
        abated[joined.shape[1] : joined.shape[1] + peers[1].shape[1]] = 0.0
        batch = replace(batch, pool=np.concatenate([batch.pool, abated], axis=1))
    answer = solve(
        batch, itself=itself, inefficient=inefficient, convex=tech.convex, engine=engine
    )
    goal = np.zeros_like(batch.slack_cost)
    goal[:, : sum(tech.shape[1:])] = -1.0
    answer = second_goal(batch, answer, goal)
    beta = np.where(answer.status == 0, answer.own[:, 0], 0.0)
    beta[np.abs(beta) < 1e-13] = 0.0
    scale = np.concatenate([tech.input_scale, tech.output_scale])
    slack = answer.slack[:, : scale.size] * scale
    many, count = peers[0].shape[1], joined.shape[1]
    order = [*range(many), *range(count, scale.size), *range(many, count)]
    if contract == "kuosmanen":
        answer = _abated(answer, joined.shape[0])
    return BadDistance(beta, beta, beta, (answer,), slack[:, order])


def _abated(answer: Answer, count: int) -> Answer:
    """Return an answer whose weights are of peers, abated or not."""
    lambdas = sparse.csr_array(answer.lambdas[:, :count] + answer.lambdas[:, count:])
    return replace(answer, lambdas=lambdas)


def _by_production(
    peers: tuple[FloatArray, FloatArray, FloatArray],
    units: tuple[FloatArray, FloatArray, FloatArray],
    direction: tuple[FloatArray, FloatArray, FloatArray],
    *,
    returns: Returns,
    polluting: IntArray | None,
    itself: IntArray | None,
    engine: Engine,
) -> BadDistance:
    """Measure goods and bads each by its own technology."""
    which = np.arange(peers[0].shape[1]) if polluting is None else polluting
    good = technology(peers[0], peers[1], returns)
    first = distance(
        good,
        good.scaled(units[0], units[1]),
        good.scaled(direction[0], direction[1]),
        itself=itself, slacks=True, engine=engine,
    )  # fmt: skip
    # The least bad that so much of the polluting inputs has been seen to give.
    foul = technology(peers[2], peers[0][:, which], returns)
    used = units[0][:, which]
    second = distance(
        foul,
        foul.scaled(units[2], used),
        foul.scaled(direction[2], 0.0 * used),
        itself=itself, slacks=True, engine=engine,
    )  # fmt: skip
    many = sum(good.shape[1:])
    scale = np.concatenate([good.input_scale, good.output_scale])
    bads = peers[2].shape[1]
    slacks = np.concatenate(
        [
            first.answer.slack[:, :many] * scale,
            second.answer.slack[:, :bads] * foul.input_scale,
        ],
        axis=1,
    )
    return BadDistance(
        (first.beta + second.beta) / 2.0,
        first.beta,
        second.beta,
        (first.answer, second.answer),
        slacks,
    )
