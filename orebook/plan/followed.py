"""Settings that follow what a unit is fed: the state is taken where the plan is.

Physics of several units solved together are linear at a state, and the state depends
on the blend of what enters. Where a setting follows a duty, the plan is solved, the
setting moved to the share the plan gives that duty, and the plan solved again, until
both agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from orebook.plan.conditions import Conditions
from orebook.process.contract import Setting
from orebook.process.network import Network

__all__ = ["AGREED", "ROUNDS", "followed_settings", "moved_on"]

FloatArray = npt.NDArray[np.float64]
AGREED = 1e-7
"""Shares nearer than this agree [-]."""
ROUNDS = 16
"""Plans solved at most until state and plan agree [-]."""
_DAMPED_AFTER = 5


def followed_settings(network: Network) -> dict[str, tuple[Setting, ...]]:
    """Return the settings that follow a duty, by the unit they lie with."""
    found: dict[str, tuple[Setting, ...]] = {}
    for unit, process in network.processes.items():
        own = tuple(
            s
            for s in process.settings
            if s.follows is not None and s.shared in (None, unit)
        )
        if own:
            found[unit] = own
    return found


def moved_on(
    network: Network,
    conditions: Conditions,
    duties: Mapping[str, Mapping[str, FloatArray]],
    *,
    round_: int = 0,
) -> Conditions | None:
    """Return conditions whose settings stand where the plan's duties do.

    Parameters
    ----------
    network : Network
        Units and physics.
    conditions : Conditions
        Those the plan was made under.
    duties : mapping
        Duty of every unit by name in that plan, each of shape (periods,).
    round_ : int
        How often this was done before; late rounds go half the way [-].

    Returns
    -------
    Conditions or None
        None where all shares agree. A period in which nothing is fed keeps its own.
    """
    setting = {u: dict(by) for u, by in conditions.setting.items()}
    far = 0.0
    for unit, settings in followed_settings(network).items():
        each = {s.name: np.asarray(duties[unit][s.follows or ""]) for s in settings}
        total = np.sum(list(each.values()), axis=0)
        runs = total > 0.0
        for s in settings:
            now = setting.get(unit, {}).get(s.name, s.default)
            before = np.broadcast_to(now, total.shape)
            share = np.where(runs, each[s.name] / np.where(runs, total, 1.0), before)
            far = max(far, float(np.max(np.abs(share - before))))
            step = 0.5 if round_ >= _DAMPED_AFTER else 1.0
            setting.setdefault(unit, {})[s.name] = before + step * (share - before)
    return None if far <= AGREED else replace(conditions, setting=setting)
