"""What the process model says of a window: the same function the plan is made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from orebook.benchmark.practice.names import settings_by_name
from orebook.benchmark.practice.window import Window
from orebook.errors import InputError
from orebook.ledger.layout import plain
from orebook.process.contract import Array, Case, Process
from orebook.process.network import Network

__all__ = ["Verdict", "model_value", "verdicts"]

Verdict = Literal["confirmed", "contradicted", "silent", "unknown"]

SAME = 1e-9  # of the money moved; less is no effect [-]


def verdicts(
    network: Network,
    unit: str,
    prices: Mapping[str, float],
    *,
    per: str,
    at: Mapping[str, float],
    names: Sequence[str],
    windows: Sequence[Window],
) -> tuple[Verdict, ...]:
    """Return what the unit's own physics says of each window.

    Parameters
    ----------
    network : Network
        Chain and physics.
    unit : str
        Unit id; a centre has no function of its own, so all is unknown.
    prices : mapping
        Port to internal price [CNY/unit].
    per : str
        Port of the product.
    at : mapping
        Conditions by name, those the physics knows are used: settings, or
        ``PORT:COMPONENT``.
    names : sequence of str
        Settings, one a window.
    windows : sequence of Window
        What was found.

    Notes
    -----
    Money per t in the middle of the window less the mean over what the rest does
    (its 10, 50 and 90 %), all else in the middle of what is practised.
    """
    if unit not in network.processes:
        return tuple("unknown" for _ in names)
    process = network.processes[unit]
    known = {n: s.name for n, s in settings_by_name(process).items()}
    usual = {
        known[plain(n)]: w.rest_middle
        for n, w in zip(names, windows, strict=True)
        if plain(n) in known
    }
    return tuple(
        _verdict(process, prices, per, at, usual, known[plain(n)], w)
        if plain(n) in known
        else "unknown"
        for n, w in zip(names, windows, strict=True)
    )


def _verdict(
    process: Process,
    prices: Mapping[str, float],
    per: str,
    at: Mapping[str, float],
    usual: Mapping[str, float],
    name: str,
    w: Window,
) -> Verdict:
    tried = np.array([w.middle, w.rest_low, w.rest_middle, w.rest_high])
    setting = {n: np.full(4, v) for n, v in usual.items()} | {name: tried}
    try:
        money = model_value(process, prices, per, at=at, setting=setting)
    except InputError:
        return "unknown"
    change, moved = float(money[0] - money[1:].mean()), float(np.abs(money).max())
    if abs(change) <= SAME * max(moved, 1.0):
        return "silent"
    return "confirmed" if change > 0.0 else "contradicted"


def model_value(
    process: Process,
    prices: Mapping[str, float],
    per: str,
    *,
    at: Mapping[str, float],
    setting: Mapping[str, Array],
) -> Array:
    """Return the money per unit of product by the process function [CNY/unit].

    Parameters
    ----------
    process : Process
        Physics of the unit.
    prices : mapping
        Port to internal price [CNY/unit].
    per : str
        Port of the product.
    at : mapping
        Conditions by name: settings of the process, or ``PORT:COMPONENT``.
    setting : mapping
        Setting to values, all of one length.

    Raises
    ------
    InputError
        If nothing is made at ``per``.
    """
    size = max((np.size(v) for v in setting.values()), default=1)
    duty = {d.name: np.full(size, 1000.0 if k == 0 else 0.0)
            for k, d in enumerate(process.duties)}  # fmt: skip
    known = settings_by_name(process)
    given = {known[plain(n)].name: v for n, v in at.items() if plain(n) in known}
    content: dict[str, dict[str, Array]] = {}
    for name, figure in at.items():
        port, mark, component = name.partition(":")
        if mark:
            content.setdefault(port, {})[component] = np.full(size, figure)
    told = {**{k: np.full(size, x) for k, x in given.items()}, **setting}
    inside = {
        s.name: np.clip(told[s.name], s.low, s.high)
        for s in process.settings
        if s.name in told
    }
    flows = process.run(Case(duty, content, inside)).flows
    made = np.broadcast_to(flows.get(per, np.zeros(size)), size)
    if not (np.abs(made) > 0.0).all():
        raise InputError(f"{process.kind} makes nothing at '{per}'; name another port")
    money = sum(prices[p] * flows[p] for p in prices if p in flows)
    return np.asarray(np.broadcast_to(money, size) / np.abs(made))
