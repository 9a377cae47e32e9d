"""A side of a comparison: a plan or a closed month of a works, as the model sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from orebook.evaluate.diagnose.model import amounts_at, responses
from orebook.evaluate.diagnose.works import Works
from orebook.evaluate.fair import Assays, fed_or_mixed
from orebook.plan.accounts import Month
from orebook.process.contract import Array

__all__ = ["Side", "planned_side", "side_of"]

NOTHING = 1e-9
"""A modelled flow below this share of the unit's largest tells no ratio [-]."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side.

    Parameters
    ----------
    name : str
        ``plan``, ``fair``, or the period of a month.
    duties : array, shape (duties,)
        Of all units [duty unit].
    amounts : array, shape (ports,)
        Signed amounts that really passed; what no stream tells as modelled [unit].
    content : mapping
        Assays fed, by unit, port and component [-].
    setting : mapping
        Settings that differ from the plan's, by unit they lie with.
    excess, extra : array, shape (ports,)
        Amount over modelled amount less 1 [-]; and, where nothing is modelled, amount
        per unit of duty [unit].
    followed : mapping
        Settings that follow what is fed, by unit they lie with.
    """

    name: str
    duties: Array
    amounts: Array
    content: Assays
    setting: Mapping[str, Mapping[str, float]]
    excess: Array
    extra: Array
    followed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def stands(self) -> dict[str, dict[str, float]]:
        """All settings that differ from the plan's or follow, by unit."""
        units = {*self.setting, *self.followed}
        return {
            u: {**self.followed.get(u, {}), **self.setting.get(u, {})} for u in units
        }

    def scaled(self, factor: float) -> Side:
        """Return the side at another size, all else alike."""
        return replace(self, duties=self.duties * factor, amounts=self.amounts * factor)


def side_of(
    works: Works,
    name: str,
    month: Month,
    *,
    content: Assays,
    setting: Mapping[str, Mapping[str, float]],
) -> Side:
    """Return a month as a side: what it passed beyond the model is its excess.

    Parameters
    ----------
    works : Works
        The units.
    name : str
        Name of the side.
    month : Month
        Amounts and duties, planned or reconciled.
    content : mapping
        Assays fed, by unit, port and component [-].
    setting : mapping
        Settings that differ from the plan's, by unit they lie with.
    """
    duties = np.array([month.duties[f"{u}:{d}"] for u, d in works.duties])
    followed = works.followed(month)
    stands = [followed, setting]
    told = _arrays({u: {n: v for of in stands for n, v in of.get(u, {}).items()}
                    for u in {*followed, *setting}})  # fmt: skip
    per = responses(
        works, setting=told, content=_content(content), cases=1, at=duties
    ).flows
    model = amounts_at(per, duties[None])[0]
    amounts = model.copy()
    for i, key in enumerate(works.ports):
        stream = works.streams.get(key)
        if stream is not None:
            amounts[i] = works.port_sign[i] * month.amounts[stream.id]
    total = _total_duty(works, duties)
    largest = np.abs(model).max(initial=0.0)
    modelled = np.abs(model) > NOTHING * largest
    safe = np.where(modelled, model, 1.0)
    excess = np.where(modelled, amounts / safe - 1.0, 0.0)
    left = np.where(modelled, 0.0, amounts - model)
    extra = np.where(total > 0.0, left / np.where(total > 0.0, total, 1.0), 0.0)
    return Side(name, duties, amounts, content, setting, excess, extra, followed)


def planned_side(works: Works, month: Month, *, mixes: Assays) -> Side:
    """Return the plan of a month as a side.

    Parameters
    ----------
    works : Works
        The units.
    month : Month
        The plan's.
    mixes : mapping
        What the plan fed, where it mixed it itself, by unit, port and component [-].
    """
    return side_of(works, "plan", month, content=fed_or_mixed(mixes, {}), setting={})


def _total_duty(works: Works, duties: Array) -> Array:
    """Return the sum of the duties of the unit each port belongs to."""
    total: dict[str, float] = dict.fromkeys(works.units, 0.0)
    for (unit, _), amount in zip(works.duties, duties, strict=True):
        total[unit] += float(amount)
    return np.array([total[u] for u, _ in works.ports])


def _arrays(
    setting: Mapping[str, Mapping[str, float]],
) -> dict[str, dict[str, Array]]:
    return {u: {n: np.asarray(v) for n, v in of.items()} for u, of in setting.items()}


def _content(content: Assays) -> dict[str, dict[str, dict[str, Array]]]:
    return {
        u: {p: {c: np.asarray(v) for c, v in of.items()} for p, of in ports.items()}
        for u, ports in content.items()
    }
