"""The answer: flows, pool qualities, profit, proven bound, and how it was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from orebook.plan.pooling.audit import largest_violation, mixtures, money
from orebook.plan.pooling.fixed import Plan
from orebook.plan.pooling.network import Network

__all__ = ["Flow", "PoolingResult", "Step", "relative_gap", "result"]

GAP = 1e-4
"""Relative gap at which a plan counts as optimal [-]."""

TINY = 1e-9
"""Smaller profits and flows count as none [scaled]."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow of one arc.

    Parameters
    ----------
    source, target : str
        Names of the two ends.
    amount : float
        Flow [t].
    """

    source: str
    target: str
    amount: float


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder and what was known after it.

    Parameters
    ----------
    name : str
        What was done.
    profit : float or None
        Best profit so far, None while no plan is known [CNY].
    bound : float
        Proven upper bound so far [CNY].
    seconds : float
        Time since the start [s].
    """

    name: str
    profit: float | None
    bound: float
    seconds: float


@dataclass(frozen=True, slots=True)
class PoolingResult:
    """A feasible plan of a pooling instance with its proven distance from the best.

    Parameters
    ----------
    name, digest : str
        Name of the instance and SHA-256 of its data.
    status : {"optimal", "feasible"}
        "optimal" if the gap is proven to be at most 1e-4.
    profit : float
        Profit of the flows [CNY].
    bound : float
        No plan earns more [CNY].
    gap : float
        ``(bound - profit) / |profit|``; of the bound where the profit is 0 [-].
    flows : tuple of Flow
        Flow of every arc [t].
    pool_qualities : mapping of str to mapping
        Quality of each pool in use [unit of the quality].
    certified : bool
        True if the gap is at most 1e-4.
    seconds : float
        Time taken [s].
    max_violation : float
        Largest violation of a limit, relative to the largest limit [-].
    steps : tuple of Step
        The rungs of the ladder.
    notes : tuple of str
        Fields of the file that were not used.
    """

    name: str
    digest: str
    status: Literal["optimal", "feasible"]
    profit: float
    bound: float
    gap: float
    flows: tuple[Flow, ...]
    pool_qualities: Mapping[str, Mapping[str, float]]
    certified: bool
    seconds: float
    max_violation: float
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the answer in a few lines."""
        proof = "proven optimal" if self.certified else "not proven optimal"
        head = (
            f"{self.name}: profit {self.profit:,.4f}, at most {self.bound:,.4f} "
            f"(gap {100 * self.gap:.3f} %, {proof}) in {self.seconds:.1f} s"
        )
        rungs = [
            f"  {one.name}: profit "
            + ("none yet" if one.profit is None else f"{one.profit:,.4f}")
            + f", bound {one.bound:,.4f}, {one.seconds:.2f} s"
            for one in self.steps
        ]
        return "\n".join([head, *rungs, *self.notes])

    def to_dict(self) -> dict[str, object]:
        """Return plain values with stable names."""
        plain = asdict(self)
        plain["pool_qualities"] = {k: dict(v) for k, v in self.pool_qualities.items()}
        for part in ("flows", "steps", "notes"):
            plain[part] = list(plain[part])
        return plain


def relative_gap(profit: float, bound: float) -> float:
    """Return the proven distance of a profit from the best.

    Parameters
    ----------
    profit, bound : float
        Profit and its upper bound [CNY].

    Returns
    -------
    float
        ``(bound - profit) / |profit|``, relative to the bound if the profit is 0;
        0 if the two agree [-].

    Examples
    --------
    >>> relative_gap(400.0, 500.0)
    0.25
    """
    beyond = max(0.0, bound - profit)
    if beyond == 0.0:
        return 0.0
    return beyond / (abs(profit) if abs(profit) > TINY * abs(bound) else abs(bound))


def result(
    net: Network,
    plan: Plan,
    *,
    bound: float,
    closed: bool,
    steps: tuple[Step, ...],
) -> PoolingResult:
    """Put a plan into the words and units of the instance.

    Parameters
    ----------
    net : Network
        The network.
    plan : Plan
        The plan.
    bound : float
        Bound on the profit [CNY].
    closed : bool
        True if the bound proves the plan optimal to 1e-4.
    steps : tuple of Step
        The rungs taken.

    Returns
    -------
    PoolingResult
        Profit and violation are computed anew from the flows.
    """
    flows = _flows(net, plan)
    instance = net.instance
    profit = money(instance, flows)
    bound = max(bound, profit)
    near = abs(bound - profit) <= TINY * net.money_scale
    return PoolingResult(
        name=instance.name,
        digest=instance.digest(),
        status="optimal" if closed else "feasible",
        profit=profit,
        bound=bound,
        gap=0.0 if near else relative_gap(profit, bound),
        flows=tuple(Flow(*ends, amount) for ends, amount in flows.items()),
        pool_qualities=mixtures(instance, flows),
        certified=closed,
        seconds=steps[-1].seconds if steps else 0.0,
        max_violation=largest_violation(instance, flows) / net.flow_scale,
        steps=steps,
        notes=instance.notes,
    )


def _flows(net: Network, plan: Plan) -> dict[tuple[str, str], float]:
    """Return the amount of every arc of the instance [t]."""
    through = [0.0] * len(net.instance.pools)
    for tap, pool in enumerate(net.tap_pool.tolist()):
        through[pool] += float(plan.y[tap])
    fed = [
        share * through[pool]
        for share, pool in zip(plan.f.tolist(), net.feed_pool.tolist(), strict=True)
    ]
    flows = {(one.source, one.target): 0.0 for one in net.instance.arcs}
    for arcs, amounts in (
        (net.feeds, fed),
        (net.taps, plan.y.tolist()),
        (net.direct, plan.z.tolist()),
    ):
        for arc, amount in zip(arcs, amounts, strict=True):
            flows[arc.source, arc.target] = float(amount) * net.flow_scale
    return flows
