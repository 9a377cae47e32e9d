"""How every stream and duty moved from plan to actual, by cause: amounts, not money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orebook.chain.chain import good
from orebook.chain.trade import Purchase, Sale
from orebook.evaluate.attribution import shapley_values
from orebook.evaluate.fair import Assays, fed_or_mixed, nominal_assays, unit_shift
from orebook.plan.accounts import Month, purchase_money, sale_money
from orebook.process.contract import Array
from orebook.process.network import Network

__all__ = ["Moves", "moves_of"]

_DUTY = ("volume", "mix", "feed_quality")
_TRADE = ("volume", "mix", "market_price")
Causes = dict[str, float]


@dataclass(frozen=True, slots=True)
class Moves:
    """Changes from plan to actual by cause; each sums to its change exactly.

    Parameters
    ----------
    streams, duties : dict
        Stream id, or ``UNIT:DUTY``, to cause to change of the amount [unit].
    traded : dict
        ``buy:ID`` or ``sell:ID`` to cause to change of its money, positive where it
        helps [CNY].
    """

    streams: dict[str, Causes] = field(default_factory=dict)
    duties: dict[str, Causes] = field(default_factory=dict)
    traded: dict[str, Causes] = field(default_factory=dict)


def moves_of(
    network: Network,
    *,
    plan: Month,
    actual: Month,
    fed: Assays,
    mixes: Assays | None = None,
) -> Moves:
    """Split the change of every stream, duty and contract by cause.

    Parameters
    ----------
    network : Network
        Chain and physics.
    plan, actual : Month
        Quantities and market prices planned and real.
    fed : mapping
        Assays really fed, by unit, port and component [-].
    mixes : mapping, optional
        Content of the mixes the plan fed [-].

    Returns
    -------
    Moves
        By the same split as the month's variance: Shapley's, whatever the order.
    """
    made = Moves()
    known = fed_or_mixed(mixes or {}, fed)
    _units(network, plan, actual, (nominal_assays(network, known, mixes), known), made)
    for members in _markets(network):
        _traded(network, plan, actual, members, made)
    _moved(network, plan, actual, made)
    return made


def _units(
    network: Network, plan: Month, actual: Month, assays: tuple[Assays, Assays],
    made: Moves,
) -> None:  # fmt: skip
    for unit in network.chain.units:
        shift = unit_shift(network, unit.id, plan=plan, actual=actual,
                           planned=assays[0], fed=assays[1])  # fmt: skip
        for s in network.of(unit.id):
            parts = shift.flows.get(s.port, np.zeros(3)) * s.sign
            causes = dict(zip(_DUTY, map(float, parts), strict=True))
            target = shift.target.get(s.port, 0.0) * s.sign
            # What the solver rounds in the plan's own flows counts as volume.
            causes["volume"] += target - float(parts.sum()) - plan.amounts[s.id]
            causes["efficiency"] = actual.amounts[s.id] - target
            made.streams[s.id] = causes
        for duty, change in shift.duty.items():
            moved = dict(zip(_DUTY, map(float, change), strict=True))
            made.duties[f"{unit.id}:{duty}"] = moved


def _markets(network: Network) -> Iterator[list[Purchase] | list[Sale]]:
    """Yield contracts of one centre for one material together: they make one mix."""
    chain = network.chain
    bought: dict[tuple[str, object], list[Purchase]] = {}
    for p in chain.purchases:
        bought.setdefault((p.centre, good(p.good)), []).append(p)
    sold: dict[tuple[str, object], list[Sale]] = {}
    for s in chain.sales:
        sold.setdefault((s.centre, good(s.goods[0]).material), []).append(s)
    yield from bought.values()
    yield from sold.values()


def _traded(
    network: Network, plan: Month, actual: Month,
    members: Sequence[Purchase | Sale], made: Moves,
) -> None:  # fmt: skip
    """Split amounts and money of the contracts for one material."""
    keys = [_key(c) for c in members]
    streams = [_streams(c) for c in members]
    flat = [s for group in streams for s in group]
    owner = np.array([k for k, group in enumerate(streams) for _ in group])
    q0, q1 = (np.array([m.amounts[s] for s in flat]) for m in (plan, actual))
    p0, p1 = (np.array([m.market[k] for k in keys]) for m in (plan, actual))

    def value(on: NDArray[np.bool_]) -> Array:
        rows = []
        for volume, mix, market in on:
            q = scaled(q0, q1, volume=bool(volume), mix=bool(mix))
            p = p1 if market else p0
            money = [_money(network, c, float(q[owner == k].sum()), float(p[k]), actual)
                     for k, c in enumerate(members)]  # fmt: skip
            rows.append([*q, *money])
        return np.array(rows)

    parts = shapley_values(value, len(_TRADE))
    for column, stream in enumerate(flat):
        causes = map(float, parts[:2, column])
        made.streams[stream] = dict(zip(_TRADE[:2], causes, strict=True))
    for k, key in enumerate(keys):
        causes = map(float, parts[:, len(flat) + k])
        made.traded[key] = dict(zip(_TRADE, causes, strict=True))


def _key(contract: Purchase | Sale) -> str:
    side = "buy" if isinstance(contract, Purchase) else "sell"
    return f"{side}:{contract.id}"


def _streams(contract: Purchase | Sale) -> list[str]:
    if isinstance(contract, Purchase):
        return [f"buy:{contract.id}"]
    return [f"sell:{contract.id}:{good(g).material}" for g in contract.goods]


def _money(
    network: Network, contract: Purchase | Sale, quantity: float, price: float,
    month: Month,
) -> float:  # fmt: skip
    material = network.chain.material
    if isinstance(contract, Purchase):
        unit = material[good(contract.good).material].unit
        return -purchase_money(contract, quantity, price, unit, month.period)
    unit = material[good(contract.goods[0]).material].unit
    return sale_money(contract, quantity, price, unit, month.period)


def scaled(q0: Array, q1: Array, *, volume: bool, mix: bool) -> Array:
    """Return quantities with the total of one case and the shares of another.

    Parameters
    ----------
    q0, q1 : ndarray
        Quantities planned and real [unit].
    volume, mix : bool
        Whether the total, and the shares, are the real ones.

    Examples
    --------
    >>> q0, q1 = np.array([1.0, 1.0]), np.array([3.0, 1.0])
    >>> scaled(q0, q1, volume=True, mix=False).tolist()
    [2.0, 2.0]
    """
    s0, s1 = q0.sum(), q1.sum()
    share0 = q0 / s0 if s0 > 0 else (q1 / s1 if s1 > 0 else q0)
    share1 = q1 / s1 if s1 > 0 else share0
    return np.asarray((s1 if volume else s0) * (share1 if mix else share0))


def _moved(network: Network, plan: Month, actual: Month, made: Moves) -> None:
    """Add routes, draws and stocks: what arrives less than it should is efficiency."""
    loss = {r.id: r.loss for r in network.chain.routes}
    for s in network.streams:
        change = actual.amounts[s.id] - plan.amounts[s.id]
        if s.role in {"send", "open", "close"}:
            made.streams[s.id] = {"volume": change}
        elif s.role == "draw":
            made.streams[s.id] = {"efficiency": change}
        elif s.role == "receive":
            send = f"send:{s.owner}:{s.balance.material}"
            moved = (1.0 - loss[s.owner]) * (actual.amounts[send] - plan.amounts[send])
            made.streams[s.id] = {"volume": moved, "efficiency": change - moved}
