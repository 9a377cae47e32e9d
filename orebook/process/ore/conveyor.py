"""Conveyor: a belt corridor with its lift and friction power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain
from orebook.chain.plant import Unit
from orebook.process.content import port_units
from orebook.process.contract import Array, Case, Outcome, Port, Process, Setting
from orebook.process.ore.berth import _Handling, example_handling, handling
from orebook.process.registry import Kind

GRAVITY_M_PER_S2 = 9.80665
SETTINGS = (
    Setting("length", "m", 1000.0, 1.0, 100000.0),
    Setting("lift", "m", 0.0, 0.0, 2000.0),
    Setting("friction", "", 0.025, 0.005, 0.1, prior_sd=0.004),
    Setting("drive_efficiency", "", 0.9, 0.5, 1.0),
    Setting("handling_loss", "", 0.001, 0.0, 0.05, prior_sd=0.001),
)


@dataclass(frozen=True, slots=True)
class _Belt:
    goods: _Handling

    def run(self, case: Case) -> Outcome:
        flows, content, total = self.goods.flows(case)
        s = case.setting
        kwh_per_t = conveying_energy(
            lift_m=s["lift"],
            length_m=s["length"],
            friction=s["friction"],
            efficiency=s["drive_efficiency"],
        )
        flows["power"] = -total * kwh_per_t / 1000.0
        indicators = {"conveying_power": np.asarray(kwh_per_t)}
        return Outcome(flows, {"throughput": total}, indicators, content)


def conveying_energy(
    *,
    lift_m: Array | float,
    length_m: Array | float,
    friction: Array | float,
    efficiency: Array | float,
) -> Array | float:
    """Return the electric energy to convey one tonne [kWh/t].

    Parameters
    ----------
    lift_m, length_m : float or array
        Height gained and belt length [m], at least 0.
    friction : float or array
        Effective friction factor of carry and return strand [-], 0.005..0.1.
    efficiency : float or array
        Drive efficiency [-], 0..1.

    Returns
    -------
    float or array
        g (lift + friction x length) / (3600 x efficiency) [kWh/t].

    References
    ----------
    .. [1] DIN 22101:2011, main resistance with an effective friction factor.

    Examples
    --------
    >>> round(
    ...     conveying_energy(
    ...         lift_m=50.0, length_m=4000.0, friction=0.025, efficiency=0.9
    ...     ),
    ...     4,
    ... )
    0.454
    """
    return GRAVITY_M_PER_S2 * (lift_m + friction * length_m) / (3600.0 * efficiency)


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a conveyor; ``ports.power`` names the power it draws."""
    port_units(unit, chain, {"power": "MWh"})
    goods, duties, ports = handling(unit, chain)
    return Process(
        kind="conveyor",
        duties=duties,
        ports=(*ports, Port("power", "MWh", -1)),
        function=_Belt(goods).run,
        settings=SETTINGS,
        limits={"throughput": "t"},
        conserves=("mass",),
    )


def _example() -> Chain:
    chain = example_handling("conveyor")
    unit = chain.units[0].model_copy(update={"ports": {"power": "power"}})
    return chain.model_copy(update={"units": (unit,)})


KINDS = {"conveyor": Kind("conveyor", bind, _example)}
