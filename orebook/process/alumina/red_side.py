"""Red side of a Bayer circuit: slurry, digestion, settling, washing.

The units of a circuit are solved together (`orebook.process.alumina.ring`) and planned
apart. What passes between them is counted so that every ore and every unit stays linear
at a given state of the circuit: slurry in tonnes of Al2O3 that leave the ore for good,
mud in tonnes of dry solids, liquor of the test tank in m3 of its caustic. Alumina that
only circulates with the liquor is left out on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain
from orebook.chain.plant import Unit
from orebook.process.alumina.assay import ORE, told
from orebook.process.alumina.counted import caustic, energy, ore
from orebook.process.alumina.explain import equilibrium_ratio
from orebook.process.alumina.grinding import bond_energy
from orebook.process.alumina.inside import Inside
from orebook.process.alumina.ore import ore_chemistry
from orebook.process.alumina.oxides import MOLAR_MASS
from orebook.process.alumina.ring import Ring, State, ring_of
from orebook.process.alumina.ring_unit import (
    Section,
    at_boiler,
    bind_section,
    with_steam_heat,
    zero_safe,
)
from orebook.process.alumina.section_example import example
from orebook.process.alumina.slurry import raw_slurry
from orebook.process.content import feed_port
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Port,
    Process,
    Setting,
)
from orebook.process.registry import Bind, Kind

_LIME_PER_SODA = MOLAR_MASS["CaO"] / MOLAR_MASS["Na2O"]

_SLURRY_PORTS = {
    "slurry": ("t", 1),
    "mud_solids": ("t", 1),
    "liquor": ("m3", -1),
    "lime": ("t", -1),
    "steam": ("t", -1),
    "power": ("MWh", -1),
    "purged_soda": ("t", 1),
}
_SLURRY_SETTINGS = (
    Setting("power", "kWh/t", 15.0, 0.0, 100.0, prior_sd=3.0, role="efficiency"),
    Setting("work_index", "kWh/t", 0.0, 0.0, 40.0, role="condition"),
    Setting("mill_feed_size", "um", 12_000.0, 2_000.0, 50_000.0, role="condition"),
    Setting("grind_size", "um", 180.0, 40.0, 1_000.0),
    Setting("steam_heat", "GJ/t", 2.65, 1.5, 3.5, role="condition"),
)


def bind_slurry(unit: Unit, chain: Chain) -> Process:
    """Bind slurry preparation: one duty per ore, in tonnes of dry ore.

    Each ore brings its own minerals: what it yields, the caustic its silica and
    carbonate take, the mud it leaves.
    """
    ring = ring_of(unit, chain)
    ring.refuse_impossible()
    feeds = tuple(feed_port(text) for text in unit.feed)
    physics = _Slurry(ring, feeds)
    return Process(
        kind="bayer_slurry",
        duties=tuple(Duty(f, "t", f, f) for f in feeds),
        ports=(
            *(Port(f, "t", -1) for f in feeds),
            *(Port(p, u, s) for p, (u, s) in _SLURRY_PORTS.items()),
        ),
        function=physics.run,
        settings=(*ring.shared(), *with_steam_heat(_SLURRY_SETTINGS, unit, chain)),
        limits={"throughput": "t"},
        conserves=("Al2O3", "SiO2", "Fe2O3", "TiO2", "Na2O"),
        product="slurry",
        inside=Inside("bayer_slurry", ring, physics.slurry).points,
        tallies=(
            *ore(feeds),
            caustic("bound", "mud_solids"),
            caustic("carbonate", "purged_soda"),
            *at_boiler(energy("steam", "power"), ring),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Slurry:
    ring: Ring
    feeds: tuple[str, ...]

    def run(self, case: Case) -> Outcome:
        state = self.ring.state(case)
        names = (*_SLURRY_PORTS, *(f"mud {c}" for c in ("Al2O3", "SiO2", "Na2O")))
        names += ("mud Fe2O3", "mud TiO2", "soda carried")
        total: dict[str, Array] = dict.fromkeys(names, np.zeros(()))
        flows: dict[str, Array] = {}
        content: dict[str, Mapping[str, Array]] = {}
        ore = np.zeros(())
        for feed in self.feeds:
            amount = case.duty[feed]
            per = _per_ore(state, state.ores[feed])
            total = {k: total[k] + amount * per[k] for k in names}
            flows[feed] = -amount
            ore = ore + amount
            assay = told(self.ring.content[feed], case.content.get(feed, {}))
            known = _known(assay, state, feed)
            content[feed] = {**assay, **known}
        steam = ore * state.plant["fixed_heat"] / state.circuit.charge.ore
        total["steam"] = steam / case.setting["steam_heat"]
        mill = _mill(case)
        total["power"] = ore * (case.setting["power"] + mill) / 1000.0
        signed = {p: s * total[p] for p, (_, s) in _SLURRY_PORTS.items()}
        content |= _carried(state, total)
        content["steam"] = {"energy": case.setting["steam_heat"]}
        told_ = _charge(state) | {"mill_energy_kwh_per_t": mill}
        return Outcome({**flows, **signed}, {"throughput": ore}, told_, content)

    def slurry(self, case: Case) -> Array:
        """Return the Al2O3 that the slurry of all ores brings [t]."""
        return self.run(case).flows["slurry"]


def _known(assay: Mapping[str, Array], state: State, feed: str) -> dict[str, Array]:
    """Return the oxides of an ore as the circuit takes them."""
    ore = state.ores[feed]
    return {
        "Al2O3": np.asarray(assay["Al2O3"]),
        "SiO2": np.asarray(assay["SiO2"]),
        "Fe2O3": ore["ore_iron_oxide"],
        "TiO2": ore["ore_titania"],
    }


def _per_ore(state: State, ore: Mapping[str, Array]) -> dict[str, Array]:
    """Return what a tonne of dry ore does in the circuit as it stands."""
    p = {**state.plant, **{k: ore[k] for k in ORE}}
    chemistry = ore_chemistry(p)
    regained = chemistry.soda_carbonated * p["causticised"]
    calcium = regained * _LIME_PER_SODA / p["lime_efficiency"]
    wasted = calcium * (1.0 - p["lime_efficiency"]) / (3.0 * MOLAR_MASS["CaO"])
    aluminate = MOLAR_MASS["Al2O3"] * wasted
    slurry = chemistry.extracted - aluminate
    carried = slurry * state.digested_soda / state.extracted
    purged = chemistry.soda_carbonated - regained
    soda = carried + chemistry.soda_bound + purged
    mud = chemistry.residue
    return {
        "slurry": slurry,
        "mud_solids": chemistry.residue_mass,
        "liquor": soda / state.caustic_per_m3,
        "lime": p["lime_ratio"] + calcium / p["lime_cao"],
        "steam": np.zeros(()),
        "power": np.zeros(()),
        "purged_soda": purged,
        "soda carried": carried,
        "mud Al2O3": mud["Al2O3"] + aluminate + ore["locked"],
        "mud SiO2": mud["SiO2"],
        "mud Fe2O3": mud["Fe2O3"],
        "mud TiO2": mud["TiO2"],
        "mud Na2O": mud["Na2O"],
    }


def _carried(state: State, total: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """Return what the products carry per tonne, of all ores together."""
    slurry, mud = zero_safe(total["slurry"]), zero_safe(total["mud_solids"])
    oxides = ("Al2O3", "SiO2", "Fe2O3", "TiO2", "Na2O")
    return {
        "slurry": {
            "Al2O3": np.asarray(1.0),
            "Na2O": np.asarray(total["soda carried"] / slurry),
        },
        "mud_solids": {c: np.asarray(total[f"mud {c}"] / mud) for c in oxides},
        "liquor": {"Na2O": state.caustic_per_m3},
        "purged_soda": {"Na2O": np.asarray(1.0)},
    }


def _mill(case: Case) -> Array:
    """Return the mill's energy by Bond's law; 0 without a work index [kWh/t]."""
    given = case.setting
    return bond_energy(
        given["work_index"], given["mill_feed_size"], given["grind_size"]
    )


def _charge(state: State) -> dict[str, Array]:
    """Return liquor to ore, density and desilication of the slurry."""
    made = raw_slurry(state.plant, state.circuit.charge)
    return {
        "charge_m3_per_t": made.liquor_to_ore,
        "liquid_to_solid": made.liquid_to_solid,
        "slurry_density": made.density,
        "predesilication": made.desilicated,
    }


# -- digestion, settling, washing ----------------------------------------------------


def _digestion(state: State, case: Case) -> dict[str, Array]:
    heat = state.circuit.flash.live_heat * case.setting["heat_factor"]
    return {
        "digested": np.ones(()),
        "steam": heat / state.extracted / case.setting["steam_heat"],
        "condensate": state.circuit.flash.vapour / state.extracted,
    }


def _digestion_carries(state: State, case: Case) -> Content:
    soda = state.digested_soda / state.extracted
    alike = {"Al2O3": np.ones(()), "Na2O": np.asarray(soda)}
    steam = {"energy": case.setting["steam_heat"]}
    return {"slurry": alike, "digested": alike, "steam": steam}


def _digestion_tells(state: State, case: Case) -> dict[str, Array]:
    flash = state.circuit.flash
    return {
        "digestion_heat_gj_per_t": flash.live_heat / state.extracted,
        "preheat_degc": flash.preheat,
        "flash_vapour_t_per_t": flash.vapour / state.extracted,
        "ratio_above_equilibrium": state.plant["digestion_ratio"]
        - equilibrium_ratio(state.plant),
    }


def _through_settling(state: State) -> Array:
    """Return Al2O3 that reaches the pregnant liquor [t/t alumina]."""
    return np.asarray(state.extracted - state.circuit.washing.alumina_lost)


def _settling(state: State, case: Case) -> dict[str, Array]:
    through = _through_settling(state)
    return {"pregnant": state.circuit.pregnant_volume / through}


def _settling_carries(state: State, case: Case) -> Content:
    """Return contents; the liquor that leaves with the mud is back by the overflow."""
    volume = state.circuit.pregnant_volume
    through = _through_settling(state)
    return {
        "digested": {
            "Al2O3": np.ones(()),
            "Na2O": np.asarray(state.digested_soda / through),
        },
        "pregnant": {
            "Al2O3": np.asarray(through / volume),
            "Na2O": np.asarray(state.digested_soda / volume),
        },
    }


def _settling_tells(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    return {
        "pregnant_alumina_g_per_l": c.pregnant_alumina,
        "underflow_t_per_t": c.washing.underflow / c.charge.mud,
    }


def _washing(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    mud, washed = c.charge.mud, c.washing
    hydrolysed = 1.53 * washed.hydrolysed
    soda = washed.soda_lost + np.asarray(washed.cake.sulphate)
    return {
        "red_mud": (mud + hydrolysed + washed.adsorbed) / mud,
        "digested": washed.alumina_lost / mud,
        "liquor": soda / mud / state.caustic_per_m3,
        "water": c.wash_water / mud,
    }


def _washing_carries(state: State, case: Case) -> Content:
    c = state.circuit
    mud, washed = c.charge.mud, c.washing
    out = (mud + 1.53 * washed.hydrolysed + washed.adsorbed) / mud
    solid = {k: v / c.chemistry.residue_mass for k, v in c.chemistry.residue.items()}
    solid["Al2O3"] = state.mud_alumina / mud
    alumina = solid["Al2O3"] + washed.alumina_lost / mud
    soda = solid["Na2O"] + (washed.soda_lost + np.asarray(washed.cake.sulphate)) / mud
    return {
        "mud_solids": {k: solid[k] for k in ("Al2O3", "SiO2", "Na2O")},
        "digested": {"Al2O3": np.ones(())},
        "liquor": {"Na2O": state.caustic_per_m3},
        "red_mud": {
            "Al2O3": np.asarray(alumina / out),
            "SiO2": np.asarray(solid["SiO2"] / out),
            "Na2O": np.asarray(soda / out),
        },
    }


def _washing_tells(state: State, case: Case) -> dict[str, Array]:
    c = state.circuit
    lost = c.washing.soda_lost + np.asarray(c.washing.cake.sulphate)
    return {
        "soluble_soda_kg_per_t_mud": 1000.0 * lost / c.charge.mud,
        "wash_ratio": c.washing.ratio,
    }


def _heat(kwh: float) -> tuple[Setting, ...]:
    return (
        Setting(
            "power", "kWh/t", kwh, 0.0, 200.0, prior_sd=0.2 * kwh, role="efficiency"
        ),
        Setting("heat_factor", "", 1.0, 0.7, 1.5, prior_sd=0.05, role="efficiency"),
        Setting("steam_heat", "GJ/t", 2.65, 1.5, 3.5, role="condition"),
    )


def _settlers(kwh: float) -> tuple[Setting, ...]:
    return (
        Setting(
            "power", "kWh/t", kwh, 0.0, 100.0, prior_sd=0.2 * kwh, role="efficiency"
        ),
        Setting("flocculant", "kg/t", 0.08, 0.0, 1.0, prior_sd=0.03),
    )


DIGESTION = Section(
    kind="bayer_digestion",
    feed="slurry",
    unit="t",
    ports={
        "digested": ("t", 1), "steam": ("t", -1), "power": ("MWh", -1),
        "condensate": ("m3", 1),
    },
    settings=_heat(34.0),
    flows=_digestion,
    carries=_digestion_carries,
    tells=_digestion_tells,
    conserves=("Al2O3", "Na2O"),
    product="digested",
    tallies=energy("steam", "power"),
)  # fmt: skip
SETTLING = Section(
    kind="bayer_settling",
    feed="digested",
    unit="t",
    ports={"pregnant": ("m3", 1), "flocculant": ("t", -1), "power": ("MWh", -1)},
    settings=_settlers(10.0),
    flows=_settling,
    carries=_settling_carries,
    tells=_settling_tells,
    conserves=("Al2O3", "Na2O"),
    product="pregnant",
    tallies=energy("power"),
)
WASHING = Section(
    kind="bayer_washing",
    feed="mud_solids",
    unit="t",
    ports={
        "red_mud": ("t", 1), "digested": ("t", -1), "liquor": ("m3", -1),
        "water": ("m3", -1), "flocculant": ("t", -1), "power": ("MWh", -1),
    },
    settings=_settlers(20.0),
    flows=_washing,
    carries=_washing_carries,
    tells=_washing_tells,
    conserves=("Al2O3", "SiO2", "Na2O"),
    product="red_mud",
    tallies=(caustic("mud", "liquor"), *energy("power")),
)  # fmt: skip


def bind_digestion(unit: Unit, chain: Chain) -> Process:
    """Bind a digestion unit with its flash train; its duty is slurry."""
    return bind_section(DIGESTION, unit, chain)


def bind_settling(unit: Unit, chain: Chain) -> Process:
    """Bind settling and security filtration; its duty is digested slurry."""
    return bind_section(SETTLING, unit, chain)


def bind_washing(unit: Unit, chain: Chain) -> Process:
    """Bind counter-current washing and filtration of the mud; its duty is solids.

    It takes the dissolved alumina it loses from the digested slurry, the caustic from
    the test-tank liquor.
    """
    return bind_section(WASHING, unit, chain)


_BINDS: Mapping[str, Bind] = {
    "bayer_slurry": bind_slurry,
    "bayer_digestion": bind_digestion,
    "bayer_settling": bind_settling,
    "bayer_washing": bind_washing,
}
KINDS = {name: Kind(name, bind, example(name)) for name, bind in _BINDS.items()}
