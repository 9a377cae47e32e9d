"""How a diagnosis and the variance of the month tie: same prices, same physics.

The variance holds each unit to its own duty; what a workshop's setting costs in another
workshop is charged there. The diagnosis says who caused it. Both views here are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.attribution import shapley_values
from orebook.evaluate.diagnose.factor import Factor
from orebook.evaluate.diagnose.model import amounts_at, responses
from orebook.evaluate.diagnose.side import Side
from orebook.evaluate.diagnose.works import Works
from orebook.evaluate.variance import EFFECTS, Variance
from orebook.process.contract import Array

__all__ = ["UNEXPLAINED", "Charged", "Tie", "charged", "tie_of"]

UNEXPLAINED = "unexplained"
"""Cause of what no setting explains, in the table of who caused what."""


@dataclass(frozen=True, slots=True)
class Charged:
    """Efficiency a centre is charged with, and whose setting caused it.

    Parameters
    ----------
    centre : str
        Whom the variance charges.
    cause : str
        Centre whose setting moved, or :data:`UNEXPLAINED`.
    amount : float
        Money, positive where it helps [CNY].
    doubt : float
        One standard deviation that the variance states for what is not explained; 0
        where it is not known [CNY].
    """

    centre: str
    cause: str
    amount: float
    doubt: float = 0.0


@dataclass(frozen=True, slots=True)
class Tie:
    """The variance of the units of a works next to the diagnosis [CNY].

    Parameters
    ----------
    effects : mapping
        Effect of the variance to its sum over the units.
    output : float
        What the change of output alone is worth at the structure of the plan.
    diagnosis : float
        Sum of all factors of the diagnosis.
    """

    effects: Mapping[str, float]
    output: float
    diagnosis: float

    @property
    def left(self) -> float:
        """What does not tie: rounding [CNY]."""
        return sum(self.effects.values()) - self.output - self.diagnosis


def tie_of(works: Works, found: Variance, *, output: float, diagnosis: float) -> Tie:
    """Return how the diagnosis of a works ties to the variance of its units.

    Parameters
    ----------
    works : Works
        The units.
    found : Variance
        Of the month, at the same prices.
    output, diagnosis : float
        As in :class:`Tie`.
    """
    effects = dict.fromkeys(EFFECTS, 0.0)
    units = set(works.units)
    for e in found.details:
        if e.subject in units and e.effect in effects and e.effect != "spending":
            effects[e.effect] += e.amount
    kept = {k: v for k, v in effects.items() if k not in ("spending", "market_price")}
    return Tie(kept, output, diagnosis)


def charged(
    works: Works,
    actual: Side,
    factors: Sequence[Factor],
    variance: Variance | None = None,
) -> tuple[Charged, ...]:
    """Return the efficiency effect of every centre by the centre that caused it.

    Parameters
    ----------
    works : Works
        The units, at the settings of the plan.
    actual : Side
        The closed month.
    factors : sequence of Factor
        Factors of the diagnosis; only settings count here.
    variance : Variance, optional
        Of the month; tells how unsure each efficiency effect is.

    Notes
    -----
    At the duties and feeds really had, as the variance takes them; the Shapley value
    over settings. What is left is charged where it stands.
    """
    moved = [f for f in factors if f.kind == "setting"]

    def followed(cases: int) -> dict[str, dict[str, Array]]:
        return {
            u: {n: np.full(cases, v) for n, v in of.items()}
            for u, of in actual.followed.items()
        }

    def value(on: NDArray[np.bool_]) -> Array:
        setting = followed(len(on))
        for k, f in enumerate(moved):
            setting.setdefault(f.unit, {})[f.name] = np.where(
                on[:, k], f.actual or 0.0, _planned(works, f)
            )
        return _money(works, actual, setting, len(on))

    fair = _money(works, actual, followed(1), 1)[0]
    real = actual.amounts * works.port_sign * works.value
    parts = shapley_values(value, len(moved)) if moved else np.zeros((0, len(real)))
    rest = real - fair - parts.sum(axis=0)
    found: dict[tuple[str, str], float] = {}
    rows = [(f.centre, row) for f, row in zip(moved, parts, strict=True)]
    for cause, row in [*rows, (UNEXPLAINED, rest)]:
        for (unit, _), money in zip(works.ports, row, strict=True):
            key = (works.centre(unit), cause)
            found[key] = found.get(key, 0.0) + float(money)
    unsure = _unsure(works, variance)
    return tuple(
        Charged(c, cause, money, unsure.get(c, 0.0) if cause == UNEXPLAINED else 0.0)
        for (c, cause), money in found.items()
    )


def _unsure(works: Works, variance: Variance | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for e in () if variance is None else variance.details:
        if e.subject in works.units and e.effect == "efficiency":
            found[e.centre] = hypot(found.get(e.centre, 0.0), e.doubt)
    return found


def _planned(works: Works, factor: Factor) -> float:
    known = works.network.processes[factor.unit].settings
    return next(s.default for s in known if s.name == factor.name)


def _money(
    works: Works,
    actual: Side,
    setting: Mapping[str, Mapping[str, Array]],
    cases: int,
) -> Array:
    """Return what modelled amounts are worth, by port, shape (cases, ports)."""
    content = {
        u: {p: {c: np.asarray(v) for c, v in of.items()} for p, of in ports.items()}
        for u, ports in actual.content.items()
    }
    per = responses(
        works, setting=setting, content=content, cases=cases, at=actual.duties
    ).flows
    duties = np.broadcast_to(actual.duties, (cases, len(actual.duties)))
    return np.asarray(amounts_at(per, duties) * works.port_sign * works.value)
