"""Flexible load and generation: energy moves between tariff bands within limits.

The plan chooses how much each band takes. Against even running of the same total a
band may take so much more and so much less; what runs above even running may cost
energy; and in one band a load may be shed for the grid, which is delivered as a
service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from orebook.chain.chain import Chain
from orebook.chain.fields import AnyRate, Entry, Fraction
from orebook.chain.material import HOURS_PER_DAY, MONTH_HOURS
from orebook.chain.plant import Unit
from orebook.errors import InputError, UnitError
from orebook.process.contract import (
    Array,
    Case,
    Duty,
    Outcome,
    Port,
    Process,
    Relation,
)
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
from orebook.quantity import rate

SHED = "interruption"
_ABOVE = "above_"


class Interruption(Entry):
    """When a load may be shed, and what that costs it.

    ``hours`` is the longest time it may be shed, ``least`` the share of the load that
    must stay on (the pots must not freeze), ``restart`` the energy lost per MWh shed.
    """

    band: str
    hours: AnyRate
    least: Fraction = 0.0
    restart: Fraction = 0.0


class Shift(Entry):
    """Parameters of a flexible load or generation (``[units.recipe]``).

    ``up`` and ``down`` are how far a band may stand above and below even running of
    the same total, ``penalty`` the share lost of what stands above.
    """

    up: Fraction = 0.0
    down: Fraction = 0.0
    penalty: Fraction = 0.0
    interruption: Interruption | None = Field(default=None)


def bind_load(unit: Unit, chain: Chain) -> Process:
    """Bind a flexible load: ``feed`` lists the bands, ``ports.power`` what it gets.

    Limits by the name of a band are the highest load in it (``"210 MW"``).
    """
    return _bind(unit, chain, taken=True)


def bind_generation(unit: Unit, chain: Chain) -> Process:
    """Bind a flexible generation: ``ports.power`` comes in, other ports are bands."""
    return _bind(unit, chain, taken=False)


def _bind(unit: Unit, chain: Chain, *, taken: bool) -> Process:
    even = even_shares(unit, chain, taken=taken)
    shift = parameters(unit, Shift)
    shed = 0.0
    if shift.interruption is not None:
        shed = _shed_share(unit, shift.interruption, even, taken=taken)
    sign = -1 if taken else 1
    duties = [Duty(band, "MWh", None, band) for band in even]
    ports = [Port(band, "MWh", sign) for band in even] + [Port(EVEN, "MWh", -sign)]
    if shift.penalty > 0.0:
        duties += [Duty(_ABOVE + band, "MWh") for band in even]
    if shift.interruption is not None:
        duties.append(Duty(SHED, "MWh", None, SHED))
        ports.append(Port(SHED, "MWh", 1))
    ports.append(Port("heat_loss", "GJ", 1))
    return Process(
        kind=unit.kind,
        duties=tuple(duties),
        ports=tuple(ports),
        function=_Shift(even, shift, sign).run,
        limits={EVEN: "MWh", **dict.fromkeys(even, "MWh")},
        conserves=("energy",),
        relations=tuple(_relations(even, shift, shed)),
    )


def _shed_share(
    unit: Unit, asked: Interruption, even: Mapping[str, float], *, taken: bool
) -> float:
    """Return the most that may be shed per MWh drawn in all other bands [-]."""
    where = f"unit '{unit.id}': recipe.interruption"
    if not taken:
        raise InputError(
            f"{where} stands with a generation; expected a load; remove it"
        )
    if asked.band not in even:
        raise InputError(
            f"{where}.band = '{asked.band}' is no band of the unit; expected one of "
            f"{', '.join(even)}; correct it"
        )
    try:
        per_hour = rate(f"{asked.hours.number!r} {asked.hours.unit}", "h")
    except UnitError as error:
        raise InputError(
            f"{where}.hours is '{asked.hours}'; expected hours per month; "
            'write for example "20 h/month"'
        ) from error
    share = per_hour.in_hours(HOURS_PER_DAY * 365.0, 12.0) / (HOURS_PER_DAY * 365.0)
    if not 0.0 < share <= even[asked.band] * (1.0 + 1e-9):
        raise InputError(
            f"{where}.hours is {share * MONTH_HOURS:g} hours a month; expected more "
            f"than 0 and at most the {even[asked.band] * MONTH_HOURS:g} hours of the "
            f"band '{asked.band}'; correct it"
        )
    return (1.0 - asked.least) * share / (1.0 - even[asked.band])


def _relations(
    even: Mapping[str, float], shift: Shift, shed: float
) -> Iterator[Relation]:
    asked = shift.interruption
    held = "" if asked is None else asked.band
    for band, share in even.items():
        # A load that is paid for shedding counts from the mean of its other bands, so
        # that nobody is paid for a load that was never there.
        up = 0.0 if band == held else shift.up
        yield Relation(f"{band} up", _against(even, held, band, (1.0 + up) * share))
        low = _against(even, held, band, (1.0 - shift.down) * share)
        yield Relation(f"{band} down", {k: -v for k, v in low.items()})
        if shift.penalty > 0.0:
            above = _against(even, held, band, share)
            yield Relation(f"{band} above", {**above, _ABOVE + band: -1.0})
    if asked is not None:
        rest = {band: -shed for band in even if band != held}
        yield Relation("shed", {**rest, SHED: 1.0})


def _against(
    even: Mapping[str, float], held: str, band: str, share: float
) -> dict[str, float]:
    """Return load of a band (with what was shed in it) less a share of the total."""
    weights = {b: (1.0 if b == band else 0.0) - share for b in even}
    if held:
        weights[SHED] = weights[held]
    return weights


@dataclass(frozen=True, slots=True)
class _Shift:
    even: Mapping[str, float]
    shift: Shift
    sign: int

    def run(self, case: Case) -> Outcome:
        zero = np.zeros(())
        asked = self.shift.interruption
        total = sum((case.duty[b] for b in self.even), zero)
        above = sum((case.duty.get(_ABOVE + b, zero) for b in self.even), zero)
        shed = case.duty.get(SHED, zero)
        lost = self.shift.penalty * above
        if asked is not None:
            lost = lost + asked.restart * shed
        flows: dict[str, Array] = {b: self.sign * case.duty[b] for b in self.even}
        # What is lost is missing behind a load and drawn on top before a generation.
        flows[EVEN] = -self.sign * (total + self.sign * lost)
        flows["heat_loss"] = lost * GJ_PER_MWH
        loads = {EVEN: np.abs(flows[EVEN])}
        for band, share in self.even.items():
            own = asked is not None and band == asked.band
            loads[band] = (case.duty[band] + (shed if own else 0.0)) / share
        energy = {"energy": np.asarray(GJ_PER_MWH)}
        content = {**dict.fromkeys((*self.even, EVEN), energy)}
        content["heat_loss"] = {"energy": np.asarray(1.0)}
        if asked is not None:
            flows[SHED] = shed
            content[SHED] = {"energy": zero}
        return Outcome(flows, loads, self._indicators(case, total), content)

    def _indicators(self, case: Case, total: Array) -> dict[str, Array]:
        """Return the load of each band against the mean load of the day [-]."""
        safe = np.where(total == 0.0, 1.0, total)
        return {
            f"{band}_to_mean": np.where(
                total == 0.0, 0.0, case.duty[band] / share / safe
            )
            for band, share in self.even.items()
        }


def _load_example() -> Chain:
    recipe = {
        "up": "5 %",
        "down": "20 %",
        "penalty": "2 %",
        "interruption": {
            "band": "power-peak",
            "hours": "20 h/month",
            "least": "60 %",
            "restart": "5 %",
        },
    }
    unit = example_unit("load_shift", taken=True, recipe=recipe)
    return example_chain(materials(), unit)


def _generation_example() -> Chain:
    recipe = {"up": "10 %", "down": "30 %"}
    unit = example_unit("generation_shift", taken=False, recipe=recipe)
    return example_chain(materials(), unit)


KINDS = {
    "load_shift": Kind("load_shift", bind_load, _load_example),
    "generation_shift": Kind("generation_shift", bind_generation, _generation_example),
}
