"""Profit frontier of each plant: its own months and others of its class, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from orebook.benchmark.note import Note
from orebook.benchmark.profit_gap import dominating, profit_gap
from orebook.benchmark.reading import Reading
from orebook.benchmark.result import Factor, Frontier
from orebook.benchmark.study import Study

FloatArray = npt.NDArray[np.float64]

__all__ = ["frontiers", "leaves_below", "projected"]


def frontiers(study: Study) -> Iterable[Frontier]:
    """Yield the profit gap of each plant whose indicators sum to a cost.

    Parameters
    ----------
    study : Study
        What is compared.
    """
    for (plant, name), (_, one) in study.places.items():
        if one.combine == "sum" and not one.parent:
            leaves = dict(leaves_below(study, plant, name))
            if leaves:
                yield _frontier(study, plant, leaves)


def _frontier(study: Study, plant: str, leaves: Mapping[str, Reading]) -> Frontier:
    """Compare with months of its own and plants of its class, at its own prices."""
    everyone = {
        **{p: _vector(study, plant, leaves, r) for p, r in _own_months(study, plant)},
        **{
            p: _vector(study, plant, leaves, r)
            for p, r in _others(study, plant, leaves)
        },
        **_published(study, plant, leaves),
    }
    compared = {n: v for n, v in everyone.items() if v is not None}
    names, volume = list(compared), next(iter(leaves.values())).driver
    mine = [r.value for r in leaves.values()]
    price = [r.price or 0.0 for r in leaves.values()]
    gap = profit_gap(mine, list(compared.values()), price, target=projected)
    best = plant if gap.best < 0 else names[gap.best]
    factors = tuple(
        Factor(
            name,
            own.value,
            mine[k] if gap.best < 0 else compared[best][k],
            own.price or 0.0,
            volume * float(gap.technical[k] + gap.allocative[k]),
            volume * float(gap.technical[k]),
            volume * float(gap.allocative[k]),
        )
        for k, (name, own) in enumerate(leaves.items())
    )
    return Frontier(plant, best, tuple(names), volume * gap.total, factors)


def projected(every: FloatArray, own: FloatArray) -> FloatArray:
    """Return the nearest point of the frontier: all factors less in one proportion.

    Parameters
    ----------
    every : array, shape (members, factors)
        Factors per unit of product, the one judged last [unit].
    own : array, shape (factors,)
        The one judged [unit].

    Notes
    -----
    Variable returns, slacks taken up (Banker, Charnes, Cooper 1984). A factor of which
    somebody uses none has no proportion: the member that saves most without needing
    more of anything is the target then.
    """
    if (every <= 0.0).any():
        return dominating(every, own)
    from orebook.benchmark import frontier

    found = frontier(every, np.ones((len(every), 1)), returns="vrs")
    return np.asarray(found.targets[-1, :-1])


def leaves_below(study: Study, plant: str, top: str) -> Iterable[tuple[str, Reading]]:
    """Yield priced indicators below a sum; a factor of a product has no price."""
    for (p, name), (_, one) in study.places.items():
        own = study.readings.get((p, name))
        if p == plant and one.parent == top:
            if isinstance(own, Reading) and own.price is not None:
                yield name, own
            elif one.combine == "sum":
                yield from leaves_below(study, plant, name)


def _own_months(
    study: Study, plant: str
) -> Iterable[tuple[str, dict[str, Reading | Note]]]:
    for period, readings in study.past_readings.items():
        yield (
            f"{plant} {period}",
            {n: r for (p, n), r in readings.items() if p == plant},
        )


def _others(
    study: Study, plant: str, leaves: Mapping[str, Reading]
) -> Iterable[tuple[str, dict[str, Reading | Note]]]:
    first = next(iter(leaves))
    for other in study.alike((plant, first)):
        yield other, {n: r for (p, n), r in study.readings.items() if p == other}


def _published(
    study: Study, plant: str, leaves: Mapping[str, Reading]
) -> dict[str, list[float]]:
    """Return peers of the files that tell every factor; one figure proves no plant."""
    told: dict[str, dict[str, float]] = {}
    for name in leaves:
        for claim in study.claims.by_indicator.get(name, ()):
            f = claim.figure
            if f.kind == "peer" and f.of in ("", study.classes[plant, name]):
                told.setdefault(f"{f.peer} {f.period}", {})[name] = claim.value
    whole = {p: v for p, v in told.items() if set(v) == set(leaves)}
    return {p: [v[name] for name in leaves] for p, v in whole.items()}


def _vector(
    study: Study,
    plant: str,
    leaves: Mapping[str, Reading],
    theirs: Mapping[str, Reading | Note],
) -> list[float] | None:
    """Return all factors of another, moved to this feed; None if one is missing."""
    found = []
    for name, own in leaves.items():
        other = theirs.get(name)
        if not isinstance(other, Reading) or other.uncounted:
            return None
        found.append(study.moved((plant, name), other.value, other.theory, own))
    return found
