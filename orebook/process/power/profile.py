"""Rigid load and rigid generation: power drawn from, or given to, each tariff band.

A load that cannot move takes every band in a fixed proportion: that of its hours where
it runs evenly, or the proportions stated. Nothing is lost between the bands and the
power behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

import numpy as np
from pydantic import Field

from orebook.chain.chain import Chain
from orebook.chain.fields import Entry, Fraction
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.contract import Array, Case, Duty, Outcome, Port, Process
from orebook.process.power.bands import (
    EVEN,
    even_shares,
    example_unit,
    materials,
    parameters,
)
from orebook.process.power.heat_and_power import GJ_PER_MWH
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

_CLOSE = 1e-6  # share that may be missing by rounding [-]


class Profile(Entry):
    """Parameters of a rigid load or generation (``[units.recipe]``).

    ``shares`` maps each band to its share of the energy; by hours where absent.
    """

    shares: dict[str, Fraction] = Field(default_factory=dict)


def bind_load(unit: Unit, chain: Chain) -> Process:
    """Bind a rigid load: ``feed`` lists the bands, ``ports.power`` what is supplied."""
    return _bind(unit, chain, taken=True)


def bind_generation(unit: Unit, chain: Chain) -> Process:
    """Bind a rigid generation: ``ports.power`` comes in, the other ports are bands."""
    return _bind(unit, chain, taken=False)


def _bind(unit: Unit, chain: Chain, *, taken: bool) -> Process:
    even = even_shares(unit, chain, taken=taken)
    shares = _stated(unit, parameters(unit, Profile), even)
    sign = -1 if taken else 1
    return Process(
        kind=unit.kind,
        duties=(Duty(EVEN, "MWh", None, EVEN),),
        ports=(
            *(Port(band, "MWh", sign) for band in shares),
            Port(EVEN, "MWh", -sign),
        ),
        function=_Profile(shares, sign).run,
        limits={EVEN: "MWh"},
        conserves=("energy",),
    )


def _stated(
    unit: Unit, profile: Profile, even: Mapping[str, float]
) -> Mapping[str, float]:
    shares = profile.shares
    if not shares:
        return even
    if set(shares) != set(even):
        odd = next(iter(set(shares) ^ set(even)))
        raise InputError(
            f"unit '{unit.id}': recipe.shares does not name the bands of the unit "
            f"('{odd}' stands on one side only); expected {', '.join(even)}; "
            "give each band one share"
        )
    if not isclose(sum(shares.values()), 1.0, abs_tol=_CLOSE):
        raise InputError(
            f"unit '{unit.id}': recipe.shares sums to {sum(shares.values()):.6g}; "
            "expected 1 (100 %) over all bands; correct the shares"
        )
    return shares


@dataclass(frozen=True, slots=True)
class _Profile:
    shares: Mapping[str, float]
    sign: int

    def run(self, case: Case) -> Outcome:
        amount = case.duty[EVEN]
        flows: dict[str, Array] = {
            band: self.sign * share * amount for band, share in self.shares.items()
        }
        flows[EVEN] = -self.sign * amount
        energy = {"energy": np.asarray(GJ_PER_MWH)}
        return Outcome(flows, {EVEN: amount}, {}, dict.fromkeys(flows, energy))


def _load_example() -> Chain:
    return example_chain(
        materials(), example_unit("load_profile", taken=True, recipe={})
    )


def _generation_example() -> Chain:
    return example_chain(
        materials(), example_unit("generation_profile", taken=False, recipe={})
    )


KINDS = {
    "load_profile": Kind("load_profile", bind_load, _load_example),
    "generation_profile": Kind(
        "generation_profile", bind_generation, _generation_example
    ),
}
