"""Check flows against the instance itself, without the arrays they were found with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orebook.plan.pooling.instance import PoolingInstance

__all__ = ["largest_violation", "mixtures", "money"]

Flows = Mapping[tuple[str, str], float]


def mixtures(instance: PoolingInstance, flows: Flows) -> dict[str, dict[str, float]]:
    """Return the quality of what each pool in use holds.

    Parameters
    ----------
    instance : PoolingInstance
        The instance.
    flows : mapping of (str, str) to float
        Amount of each arc [t].

    Returns
    -------
    dict of str to dict
        By pool and quality; a quality that one of the inputs in it does not state is
        left out, and so is a pool without flow [unit of the quality].
    """
    return {
        one.id: blend
        for one in instance.pools
        if (blend := _blend(_states(instance), into(flows, one.id)))
    }


def money(instance: PoolingInstance, flows: Flows) -> float:
    """Return the profit of flows.

    Parameters
    ----------
    instance : PoolingInstance
        The instance.
    flows : mapping of (str, str) to float
        Amount of each arc [t].

    Returns
    -------
    float
        Revenue less the costs of inputs, pools, outputs and arcs [CNY].
    """
    out = {one.id: one.cost for one in instance.inputs}
    out |= {one.id: one.cost for one in instance.pools}
    gain = {one.id: one.price - one.cost for one in instance.outputs}
    return sum(
        flows[one.source, one.target]
        * (gain.get(one.target, 0.0) - out[one.source] - one.cost)
        for one in instance.arcs
    )


def largest_violation(instance: PoolingInstance, flows: Flows) -> float:
    """Return the largest violation of a limit of the instance.

    Parameters
    ----------
    instance : PoolingInstance
        The instance.
    flows : mapping of (str, str) to float
        Amount of each arc [t].

    Returns
    -------
    float
        Amounts and pool balances [t]; quality limits as mass times distance from the
        limit, divided by the widest distance of an input [t].
    """
    beyond = [0.0]
    for one in instance.inputs:
        amount = sum(outof(flows, one.id).values())
        beyond += [one.min - amount, amount - one.max]
    for end in instance.outputs:
        amount = sum(into(flows, end.id).values())
        beyond += [end.min - amount, amount - end.max]
    for pool in instance.pools:
        inside = sum(into(flows, pool.id).values())
        outside = sum(outof(flows, pool.id).values())
        beyond += [abs(inside - outside), pool.min - inside, inside - pool.capacity]
    for arc in instance.arcs:
        amount = flows[arc.source, arc.target]
        beyond += [-amount, arc.min - amount, amount - arc.max]
    return max(*beyond, *_off_grade(instance, flows))


def into(flows: Flows, node: str) -> dict[str, float]:
    """Return what enters a node, by source [t]."""
    return {source: x for (source, target), x in flows.items() if target == node}


def outof(flows: Flows, node: str) -> dict[str, float]:
    """Return what leaves a node, by target [t]."""
    return {target: x for (source, target), x in flows.items() if source == node}


def _states(instance: PoolingInstance) -> dict[str, Mapping[str, float]]:
    return {one.id: one.quality for one in instance.inputs}


def _blend(
    states: Mapping[str, Mapping[str, float]], parts: Mapping[str, float]
) -> dict[str, float]:
    """Return the qualities of a mixture that all its parts state."""
    used = {name: amount for name, amount in parts.items() if amount > 0.0}
    total = sum(used.values())
    if not total:
        return {}
    known = set.intersection(*(set(states.get(name, {})) for name in used))
    return {
        key: sum(amount * states[name][key] for name, amount in used.items()) / total
        for key in sorted(known)
    }


def _off_grade(instance: PoolingInstance, flows: Flows) -> Iterable[float]:
    """Yield how far each blended output is beyond each quality limit [t]."""
    states = {**_states(instance), **mixtures(instance, flows)}
    for output in instance.outputs:
        parts = {name: x for name, x in into(flows, output.id).items() if x > 0.0}
        for sign, limits in ((1.0, output.quality_max), (-1.0, output.quality_min)):
            for key, limit in limits.items():
                spread = [
                    abs(one.quality.get(key, limit) - limit) for one in instance.inputs
                ]
                excess = sum(
                    x * (states[name][key] - limit) for name, x in parts.items()
                )
                yield sign * excess / (max(spread) or 1.0)
