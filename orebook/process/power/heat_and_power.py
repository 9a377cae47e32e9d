"""Heat and power: boilers on several fuels, an extraction and condensing turbine.

With fixed steam levels and efficiencies the plant is linear in its flows: fuel makes
live steam; live steam is expanded to medium pressure, to low pressure or to the
condenser, or throttled past the turbine. The grid is a purchase and a sale of power in
the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_content, port_units, require_ports
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Point,
    Port,
    Process,
    Setting,
)
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

GJ_PER_MWH = 3.6
# Enthalpies [GJ/t] of 9.8 MPa/540 degC live steam, 6.0 and 0.6 MPa exits, condenser and
# feed water: defaults, to be set in the book from the plant's own levels (IF97). The
# ranges follow each other, so that steam always falls in enthalpy on its way.
SETTINGS = (
    Setting("live_steam_enthalpy", "GJ/t", 3.477, 3.4, 3.7),
    Setting("medium_enthalpy", "GJ/t", 3.345, 2.95, 3.4),
    Setting("low_enthalpy", "GJ/t", 2.880, 2.65, 2.95),
    Setting("condenser_enthalpy", "GJ/t", 2.400, 2.1, 2.65),
    Setting("feed_water_enthalpy", "GJ/t", 0.670, 0.05, 1.3),
    Setting("boiler_efficiency", "", 0.915, 0.6, 0.97, prior_sd=0.02),
    Setting("mechanical_efficiency", "", 0.985, 0.9, 1.0, prior_sd=0.005),
    Setting("generator_efficiency", "", 0.985, 0.9, 1.0),
    Setting("auxiliary_power", "", 0.08, 0.0, 0.25, prior_sd=0.01),
    Setting("carbon_factor", "t/GJ", 0.0950, 0.0, 0.15, prior_sd=0.003),
    Setting("ash_fraction", "", 0.25, 0.0, 0.6, prior_sd=0.03),
)
_EXITS = {
    "extraction": ("medium_steam", "medium_enthalpy", True),
    "back_pressure": ("low_steam", "low_enthalpy", True),
    "condensing": (None, "condenser_enthalpy", True),
    "reducing_medium": ("medium_steam", "medium_enthalpy", False),
    "reducing_low": ("low_steam", "low_enthalpy", False),
}
# Steam let down past the turbine is told from expanded steam by the power it lacks.
_READ_AT = {
    "extraction": "medium_steam",
    "back_pressure": "low_steam",
    "condensing": "power",
    "reducing_medium": None,
    "reducing_low": None,
}


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a heat and power station.

    ``feed`` lists the fuels, ``ports`` binds live_steam, power and the steam levels it
    supplies; an exit whose level is not bound is not offered.
    """
    require_ports(unit, ["live_steam", "power"])
    port_units(
        unit,
        chain,
        {
            "live_steam": "t",
            "medium_steam": "t",
            "low_steam": "t",
            "power": "MWh",
            "co2": "t",
            "ash": "t",
        },
    )
    fuels = feed_content(unit, chain)
    if not fuels or any(c["energy"] <= 0 for c in fuels.values()):
        raise InputError(
            f"unit '{unit.id}' needs at least one fuel with a heating value; "
            'add feed = ["coal"] and heat = "20.9 GJ/t" to the material'
        )
    exits = tuple(
        name
        for name, (port, _, _) in _EXITS.items()
        if port is None or port in unit.ports
    )
    physics = _Station(tuple(fuels), exits, fuels)
    fuel_units = {f: chain.material[f].unit for f in fuels}
    ports = [Port(f, u, -1) for f, u in fuel_units.items()]
    ports += [Port("live_steam", "t", 1), Port("live_steam_used", "t", -1)]
    ports += [
        Port("medium_steam", "t", 1),
        Port("low_steam", "t", 1),
        Port("power", "MWh", 1),
        Port("co2", "t", 1),
        Port("ash", "t", 1),
        Port("heat_loss", "GJ", 1),
    ]
    duties = [Duty(f, u, f, f) for f, u in fuel_units.items()]
    return Process(
        kind="heat_and_power",
        duties=(*duties, *(Duty(name, "t", None, _READ_AT[name]) for name in exits)),
        ports=tuple(ports),
        function=physics.run,
        settings=SETTINGS,
        limits={"boiler": "t", "turbine": "t", "extraction": "t", "generator": "MWh"},
        conserves=("energy",),
        inside=physics.points,
    )


@dataclass(frozen=True, slots=True)
class _Station:
    fuels: tuple[str, ...]
    exits: tuple[str, ...]
    nominal: Content

    def run(self, case: Case) -> Outcome:
        s = case.setting
        fuel = {f: {**self.nominal[f], **case.content.get(f, {})} for f in self.fuels}
        heat = _total(case.duty[f] * fuel[f]["energy"] for f in self.fuels)
        rise = s["live_steam_enthalpy"] - s["feed_water_enthalpy"]
        made = heat * s["boiler_efficiency"] / rise
        used = _total(case.duty[e] for e in self.exits)
        levels, shaft, condensed = self._expand(case)
        gross = (
            shaft * s["mechanical_efficiency"] * s["generator_efficiency"] / GJ_PER_MWH
        )
        auxiliary = gross * s["auxiliary_power"]
        burnt = _total(case.duty[f] for f in self.fuels)
        flows: dict[str, Array] = {f: -case.duty[f] for f in self.fuels}
        flows |= {
            "live_steam": made,
            "live_steam_used": -used,
            "medium_steam": levels["medium_steam"],
            "low_steam": levels["low_steam"],
            "power": gross - auxiliary,
            "co2": heat * s["carbon_factor"],
            "ash": burnt * s["ash_fraction"],
            "heat_loss": heat * (1.0 - s["boiler_efficiency"])
            + condensed
            + (shaft - gross * GJ_PER_MWH)
            + auxiliary * GJ_PER_MWH,
        }
        through = _total(case.duty[e] for e in self.exits if _EXITS[e][2])
        loads = {
            "boiler": made,
            "turbine": through,
            "generator": gross,
            "extraction": case.duty.get("extraction", np.zeros(())),
        }
        return Outcome(
            flows, loads, _indicators(case, heat, flows), self._carried(case, fuel)
        )

    def points(self, case: Case) -> tuple[Point, ...]:
        """Return steam behind the boiler and behind each exit, and what is lost."""
        s, out = case.setting, self.run(case)
        water, live = s["feed_water_enthalpy"], s["live_steam_enthalpy"]
        heat = _total(-out.flows[f] * out.content[f]["energy"] for f in self.fuels)
        made, (_, shaft, condensed) = out.flows["live_steam"], self._expand(case)
        gross = out.loads["generator"] * GJ_PER_MWH
        exits = [
            (f"{name}_exit" if expands else f"throttled_{name.partition('_')[2]}",
             case.duty[name], s[at] if expands else live)
            for name, (_, at, expands) in _EXITS.items() if name in self.exits
        ]  # fmt: skip
        between = [("steam_made", made, live), *exits]
        return (
            Point("fuel_heat", "in", heat=heat),
            Point("live_used", "in", heat=-out.flows["live_steam_used"]
                  * (live - water)),
            Point("boiler_heat_lost", "out",
                  heat=np.asarray(heat * (1.0 - s["boiler_efficiency"]))),
            Point("live_made", "out", heat=np.asarray(made * (live - water))),
            *(Point(f"{p.removesuffix('_steam')}_delivered", "out", port=p,
                    heat=np.asarray(out.flows[p] * out.content[p]["energy"]))
              for p in ("medium_steam", "low_steam")),
            Point("net_power", "out", port="power",
                  heat=np.asarray(out.flows["power"] * GJ_PER_MWH)),
            Point("condenser_heat", "out", heat=condensed),
            Point("machine_loss", "out", heat=np.asarray(shaft - gross)),
            Point("own_use", "out", heat=np.asarray(gross * s["auxiliary_power"])),
            *(Point(name, mass=mass, heat=np.asarray(mass * (h - water)))
              for name, mass, h in between if np.any(mass > 0.0)),
        )  # fmt: skip

    def _expand(self, case: Case) -> tuple[dict[str, Array], Array, Array]:
        """Return steam by level [t], shaft work [GJ] and heat to the condenser [GJ].

        Throttled steam is desuperheated with feed water to the level's enthalpy.
        """
        s = case.setting
        live, water = s["live_steam_enthalpy"], s["feed_water_enthalpy"]
        levels = {"medium_steam": np.zeros(()), "low_steam": np.zeros(())}
        shaft, condensed = np.zeros(()), np.zeros(())
        for name in self.exits:
            port, exit_name, expands = _EXITS[name]
            amount, exit_ = case.duty[name], s[exit_name]
            if not expands and port is not None:
                levels[port] = levels[port] + amount * (live - water) / (exit_ - water)
                continue
            shaft = shaft + amount * (live - exit_)
            if port is None:
                condensed = condensed + amount * (exit_ - water)
            else:
                levels[port] = levels[port] + amount
        return levels, shaft, condensed

    @staticmethod
    def _carried(case: Case, fuel: Content) -> Content:
        s = case.setting
        water = s["feed_water_enthalpy"]
        exhaust = s["condenser_enthalpy"]
        live = {
            "energy": s["live_steam_enthalpy"] - water,
            "drop": s["live_steam_enthalpy"] - exhaust,
        }
        return {
            **fuel,
            "live_steam": live,
            "live_steam_used": live,
            "medium_steam": {
                "energy": s["medium_enthalpy"] - water,
                "drop": s["medium_enthalpy"] - exhaust,
            },
            "low_steam": {
                "energy": s["low_enthalpy"] - water,
                "drop": s["low_enthalpy"] - exhaust,
            },
            "power": {"energy": np.asarray(GJ_PER_MWH)},
            "heat_loss": {"energy": np.asarray(1.0)},
        }


def _total(parts: object) -> Array:
    return sum(parts, np.zeros(()))  # type: ignore[call-overload,no-any-return]


def _indicators(case: Case, heat: Array, flows: dict[str, Array]) -> dict[str, Array]:
    s = case.setting
    water = s["feed_water_enthalpy"]
    useful = (
        flows["power"] * GJ_PER_MWH
        + flows["medium_steam"] * (s["medium_enthalpy"] - water)
        + flows["low_steam"] * (s["low_enthalpy"] - water)
    )
    safe = np.where(heat == 0.0, 1.0, heat)
    return {
        "boiler_efficiency": s["boiler_efficiency"],
        "overall_efficiency": np.where(heat == 0.0, 0.0, useful / safe),
    }


def _example() -> Chain:
    rows = {
        "coal": ("fuel", "t"),
        "live": ("steam", "t"),
        "medium": ("steam", "t"),
        "low": ("steam", "t"),
        "power": ("power", "MWh"),
        "co2": ("emission", "t"),
    }
    materials = tuple(
        Material.model_validate(
            {
                "id": m,
                "name": "例",
                "name_en": m,
                "group": g,
                "unit": u,
                "heat": "20.9 GJ/t" if m == "coal" else None,
            }
        )
        for m, (g, u) in rows.items()
    )
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind="heat_and_power",
        centre="group",
        place="plant",
        feed=["coal"],
        ports={
            "live_steam": "live",
            "medium_steam": "medium",
            "low_steam": "low",
            "power": "power",
            "co2": "co2",
        },
    )
    return example_chain(materials, unit)


KINDS = {"heat_and_power": Kind("heat_and_power", bind, _example)}
