"""What customers need of a unit: promised quality, feed quality, loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Balance, good
from orebook.chain.material import QualityLimit
from orebook.plan.advice.index import Outcomes
from orebook.plan.advice.stand import Stand
from orebook.plan.result import Plan
from orebook.process.content import nominal

__all__ = ["Need", "load_needs", "quality_needs"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must hold.

    Parameters
    ----------
    kind : {"most", "least", "spec", "feed_limit", "keep"}
        Greatest load, least load, promised quality of a sale, feed quality of a unit
        downstream, or a bound given with the question.
    subject : str
        ``UNIT:LIMIT``, ``SALE:QUALITY``, ``UNIT:QUALITY`` or the bound as written.
    excess : callable
        Outcomes by unit to how far it is missed, as a share of the limit; at most 0
        where it holds [-].
    """

    kind: str
    subject: str
    excess: Callable[[Outcomes], FloatArray]


def load_needs(stand: Stand) -> Iterator[Need]:
    """Yield the limits on the loads of a unit."""
    for name, most in stand.most.items():
        if most > 0.0:
            subject = f"{stand.unit.id}:{name}"
            yield Need("most", subject, _over(stand.unit.id, name, most))
    for name, least in stand.least.items():
        subject = f"{stand.unit.id}:{name}"
        yield Need("least", subject, _under(stand.unit.id, name, least))


def _over(unit: str, name: str, most: float) -> Callable[[Outcomes], FloatArray]:
    return lambda outcomes: np.asarray(outcomes[unit].loads[name] / most - 1.0)


def _under(unit: str, name: str, least: float) -> Callable[[Outcomes], FloatArray]:
    return lambda outcomes: np.asarray(1.0 - outcomes[unit].loads[name] / least)


def quality_needs(plan: Plan, stand: Stand, *, period: int = 0) -> Iterator[Need]:
    """Yield what sales and units downstream ask of the quality of a unit's goods.

    Parameters
    ----------
    plan : Plan
        Its amounts give what else goes into each blend.
    stand : Stand
        The unit.
    period : int
        Which period of the plan [-].

    Notes
    -----
    A good is followed along routes to every place it can reach. The unit stands for all
    of its material in a blend; the other goods of the blend keep their amount and
    nominal assay.
    """
    chain = plan.network.chain
    for stream in plan.network.of(stand.unit.id):
        if stream.sign < 0:
            continue
        reached = _reached(plan, stream.balance)
        for sale in chain.sales:
            goods = [good(text) for text in sale.goods]
            if reached.isdisjoint(goods):
                continue
            amounts = {
                g.material: _amount(plan, f"sell:{sale.id}:{g.material}", period)
                for g in goods
            }
            for limit in sale.spec:
                yield from _blend(
                    plan, stand, stream.port, stream.balance.material,
                    ("spec", sale.id, limit), amounts,
                )  # fmt: skip
        for unit in chain.units:
            feeds = [good(text, unit.place) for text in unit.feed]
            if unit.id == stand.unit.id or reached.isdisjoint(feeds):
                continue
            amounts = {
                g.material: _amount(plan, f"{unit.id}.{g.material}", period)
                for g in feeds
            }
            for limit in unit.feed_limits:
                yield from _blend(
                    plan, stand, stream.port, stream.balance.material,
                    ("feed_limit", unit.id, limit), amounts,
                )  # fmt: skip


def _reached(plan: Plan, start: Balance) -> set[Balance]:
    """Return a good at every place routes can bring it to."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for route in plan.network.chain.routes:
            there = Balance(here.material, route.end)
            if (
                route.start == here.place
                and here.material in route.materials
                and there not in found
            ):
                found.add(there)
                waiting.append(there)
    return found


def _amount(plan: Plan, stream: str, period: int) -> float:
    return float(plan.amounts[plan.network.position[stream], period])


def _blend(
    plan: Plan,
    stand: Stand,
    port: str,
    material: str,
    asked: tuple[str, str, QualityLimit],
    amounts: dict[str, float],
) -> Iterator[Need]:
    kind, subject, limit = asked
    own = amounts.get(material, 0.0)
    if own <= 0.0:
        return
    total = sum(amounts.values())
    chain = plan.network.chain
    rest = [0.0, 0.0]
    for other, amount in amounts.items():
        if other != material:
            pair = limit.coefficients(nominal(chain, other))
            rest = [r + amount * float(p) for r, p in zip(rest, pair, strict=True)]
    book = dict(nominal(chain, material))
    for side, bound in enumerate((limit.max, limit.min)):
        if bound is None:
            continue
        size = abs(limit.bound("max" if side == 0 else "min") or 0.0) or 1.0

        def excess(
            outcomes: Outcomes, side: int = side, size: float = size
        ) -> FloatArray:
            assay = {**book, **outcomes[stand.unit.id].content.get(port, {})}
            missed = own * np.asarray(limit.coefficients(assay)[side]) + rest[side]
            return np.asarray(missed / (total * size))

        word = "max" if side == 0 else "min"
        yield Need(kind, f"{subject}:{limit.of} {word}", excess)
