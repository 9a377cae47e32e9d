"""Energy and carbon from plan to actual by LMDI: activity, structure, intensity, mix.

Every unit's use is a product of factors, so the logarithmic mean splits its change
without a rest and the splits of units add up to that of any group of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.evaluate.lmdi import additive, multiplicative
from orebook.plan.accounts import Month
from orebook.process.content import nominal
from orebook.process.network import Network, Stream

__all__ = ["Change", "UnitChange", "energy_change"]

CARRIERS = frozenset({"fuel", "power", "steam"})
FACTORS = ("activity", "structure", "intensity", "carrier")
Factors = dict[str, npt.NDArray[np.float64]]
LOSS = "conversion"
"""Carrier of a unit that turns one kind of energy into another: what it loses."""


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What one unit used before and after, and why it changed.

    Parameters
    ----------
    unit : str
        Unit of plant.
    base, actual : float
        Use in the two months [GJ, or t of the emission].
    effects : mapping
        Effect of each factor; they sum to the change [as `base`].
    """

    unit: str
    base: float
    actual: float
    effects: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """Energy or emission of a group of units, before and after.

    Parameters
    ----------
    unit : str
        Unit of measure: ``GJ`` or ``t``.
    base, actual : float
        Totals [unit].
    effects : mapping
        Effect of each factor; they sum to the change [unit].
    index : mapping
        The same as factors; their product is actual / base [-]. Empty where either
        is nought, for then there is no ratio.
    rows : tuple of UnitChange
        Units, the greatest change first; they sum to the totals.
    """

    unit: str
    base: float
    actual: float
    effects: Mapping[str, float]
    index: Mapping[str, float]
    rows: tuple[UnitChange, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "unit": self.unit,
            "base": self.base,
            "actual": self.actual,
            "effects": dict(self.effects),
            "index": dict(self.index),
            "units": [
                {"unit": r.unit, "base": r.base, "actual": r.actual,
                 "effects": dict(r.effects)}
                for r in self.rows
            ],
        }  # fmt: skip


def energy_change(
    network: Network,
    *,
    base: Month,
    actual: Month,
    emission: str | None = None,
    within: str | None = None,
) -> Change:
    """Split the change of energy used, or of an emission, between two months.

    Parameters
    ----------
    network : Network
        Chain and physics.
    base, actual : Month
        The plan or an earlier month, and the month.
    emission : str, optional
        Material emitted, ``"co2"``; energy otherwise.
    within : str, optional
        Only units of this centre and below it, or this unit.

    Returns
    -------
    Change
        Energy by activity, structure, intensity and mix of carriers; an emission by
        activity, structure and intensity.

    Raises
    ------
    InputError
        If no such centre, unit or emission is in the book, or nothing is used there.

    Notes
    -----
    A unit's activity is its duty. The activity of several units is their duties
    weighted by what each needed per unit of duty in the base month: a standard amount
    A; a unit's share of it is structure; what it really used over its standard is
    intensity. E = A x share x intensity x part of a carrier. A unit that turns energy
    into energy uses what it loses. Plants nothing ran in before have no standard:
    their use is activity. Levels agree, for the logarithmic mean is consistent in
    aggregation.

    References
    ----------
    .. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
       2005.
    """
    units = _units(network, within)
    _known_emission(network, emission)
    used = [_used(network, units, m, emission) for m in (base, actual)]
    duty = [_activity(network, units, m) for m in (base, actual)]
    kept = [u for u in units if any(sum(side[u].values()) > 0.0 for side in used)]
    if not kept:
        raise InputError(
            f"nothing of {emission or 'energy'} passes {within or 'the group'} in "
            "either month; name a centre or unit that uses some"
        )
    terms, before, after = _factors(kept, used, duty)
    return _change(terms, before, after, "t" if emission else "GJ")


def _known_emission(network: Network, emission: str | None) -> None:
    if emission is not None and emission not in network.chain.material:
        known = ", ".join(
            m.id for m in network.chain.materials if m.group == "emission"
        )
        raise InputError(
            f"no emission is called '{emission}'; expected one of {known or '(none)'}; "
            "add it to materials.toml and to the units that emit it"
        )


def _units(network: Network, within: str | None) -> list[str]:
    chain = network.chain
    if within is None:
        return [u.id for u in chain.units]
    if within in chain.unit:
        return [within]
    if within in chain.centre:
        inside = set(chain.within(within))
        return [u.id for u in chain.units if u.centre in inside]
    from orebook.chain.nearest import did_you_mean, listed

    known = [*chain.centre, *chain.unit]
    raise InputError(
        f"no centre or unit is called '{within}'; expected one of {listed(known)}; "
        f"{did_you_mean(within, known, 'correct the name')}"
    )


Use = dict[str, dict[str, float]]  # unit, carrier


def _used(
    network: Network, units: Iterable[str], month: Month, emission: str | None
) -> Use:
    """Return what each unit used, by carrier [GJ or t]."""
    found: Use = {}
    for unit in units:
        flows = network.of(unit)
        if emission is not None:
            out = sum(
                month.amounts[s.id]
                for s in flows
                if s.balance.material == emission and s.sign > 0
            )
            found[unit] = {emission: out} if out > 0.0 else {}
            continue
        inward = {s.balance.material: 0.0 for s in flows if _carries(network, s, -1)}
        for s in flows:
            if _carries(network, s, -1):
                inward[s.balance.material] += _energy(network, s, month)
        outward = sum(
            _energy(network, s, month) for s in flows if _carries(network, s, 1)
        )
        found[unit] = {k: v for k, v in inward.items() if v > 0.0}
        if outward > 0.0:
            lost = sum(inward.values()) - outward
            found[unit] = {LOSS: lost} if lost > 0.0 else {}
    return found


def _carries(network: Network, s: Stream, sign: int) -> bool:
    group = network.chain.material[s.balance.material].group
    return s.sign == sign and group in CARRIERS


def _energy(network: Network, s: Stream, month: Month) -> float:
    content = nominal(network.chain, s.balance.material)["energy"]
    return month.amounts[s.id] * float(content)


def _activity(network: Network, units: Iterable[str], month: Month) -> dict[str, float]:
    """Return the duty of each unit, all its duties together [duty unit]."""
    return {
        u: sum(month.duties[f"{u}:{d.name}"] for d in network.processes[u].duties)
        for u in units
    }


def _factors(
    units: Sequence[str], used: Sequence[Use], duty: Sequence[Mapping[str, float]]
) -> tuple[list[str], Factors, Factors]:
    """Return the unit of each term, and the factors of the terms before and after.

    A term is a carrier of a unit. What a unit uses while it does nothing counts as its
    activity; a unit that stands still keeps the mix of the other month.
    """
    total = [{u: sum(side[u].values()) for u in units} for side in used]
    norm = {u: _norm(u, total, duty) for u in units}
    standard = [{u: norm[u] * duty[k][u] or total[k][u] for u in units} for k in (0, 1)]
    terms = [(u, c) for u in units for c in sorted({*used[0][u], *used[1][u]})]

    def side(k: int) -> Factors:
        whole = sum(standard[k].values())
        rows = []
        for unit, carrier in terms:
            own, runs = standard[k][unit], k if total[k][unit] > 0.0 else 1 - k
            share = own / whole if whole > 0.0 else 0.0
            intensity = total[k][unit] / own if own > 0.0 else 1.0
            mix = used[runs][unit].get(carrier, 0.0) / total[runs][unit]
            rows.append((whole, share, intensity, mix))
        return dict(zip(FACTORS, np.array(rows, dtype=float).T, strict=True))

    return [unit for unit, _ in terms], side(0), side(1)


def _norm(
    unit: str, total: Sequence[Mapping[str, float]], duty: Sequence[Mapping[str, float]]
) -> float:
    """Return the standard use per unit of duty: that of the base, else of the month."""
    for side in (0, 1):
        if duty[side][unit] > 0.0 and total[side][unit] > 0.0:
            return total[side][unit] / duty[side][unit]
    return 0.0


def _change(units: Sequence[str], before: Factors, after: Factors, unit: str) -> Change:
    """Return the split of the terms, by unit and in all."""
    effects = additive(before, after)
    start, end = (np.prod(list(f.values()), axis=0) for f in (before, after))
    both = start.sum() > 0.0 and end.sum() > 0.0
    rows = []
    for name in dict.fromkeys(units):
        own = [k for k, u in enumerate(units) if u == name]
        parts = {factor: float(part[own].sum()) for factor, part in effects.items()}
        rows.append(
            UnitChange(name, float(start[own].sum()), float(end[own].sum()), parts)
        )
    return Change(
        unit,
        float(start.sum()),
        float(end.sum()),
        {factor: float(part.sum()) for factor, part in effects.items()},
        multiplicative(before, after) if both else {},
        tuple(sorted(rows, key=lambda r: -abs(r.actual - r.base))),
    )
