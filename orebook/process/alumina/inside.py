"""What a flow sheet shows inside the units of a Bayer circuit.

The chain counts slurry, mud and liquor by what they are worth (alumina, dry solids,
caustic); here stand the streams themselves, with all their water and caustic, and the
flash stages, washers and tanks they pass. Heat counts from 25 degC, liquid water and
gibbsite, as in `orebook.process.alumina.streams`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from orebook.process.alumina.flash import flash_stages
from orebook.process.alumina.precipitation import precipitation_tanks
from orebook.process.alumina.ring import Ring, State
from orebook.process.alumina.streams import (
    Stream,
    heat_rejected,
    heat_supplied,
    liquor_stream,
    mud_stream,
    stream_table,
)
from orebook.process.contract import Array, Case, Point, Side
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    RATIO_FACTOR,
    Composition,
    density,
    volume,
)

__all__ = ["Inside", "liquor_figures"]

_Found = tuple[Point, ...]
_COLD = 25.0  # degC


@dataclass(frozen=True, slots=True)
class Inside:
    """The points of one unit of a circuit.

    Parameters
    ----------
    kind : str
        Kind of the unit.
    ring : Ring
        Its circuit.
    passed : callable
        Case to what it passes on of what its circuit is counted by.
    """

    kind: str
    ring: Ring
    passed: Callable[[Case], Array]

    def points(self, case: Case) -> _Found:
        """Return the points of a case, per period."""
        state = self.ring.state(case)
        per, found = _KINDS[self.kind]
        tonnes = self.passed(case) / per(state)
        return tuple(_scaled(point, tonnes) for point in found(state))


def _scaled(point: Point, tonnes: Array) -> Point:
    """Return a point per period from one per tonne of alumina."""

    def total(value: Array | None) -> Array | None:
        return None if value is None else np.asarray(value * tonnes)

    return replace(point, mass=total(point.mass), heat=total(point.heat))


def liquor_figures(liquor: Composition) -> dict[str, Array]:
    """Return what the trade reads of a liquor, at 25 degC.

    Parameters
    ----------
    liquor : Composition
        Masses [t].

    Returns
    -------
    dict
        Caustic as Na2O (Nk) and as Na2CO3 (C), alumina (A) [g/L], caustic ratio
        (alpha_k) [-] and density [kg/m3].

    Examples
    --------
    >>> from orebook.process.properties.liquor import composition
    >>> told = liquor_figures(composition(185.4, 160.0, carbonate_soda=17.0))
    >>> [told[k].round(2).item() for k in ("liquor_caustic", "liquor_ratio")]
    [160.0, 1.42]
    """
    a, n, _, _, _ = liquor.arrays
    real = volume(liquor)
    caustic = 1000.0 * n / real
    return {
        "liquor_caustic": np.asarray(caustic),
        "liquor_ratio": np.asarray(RATIO_FACTOR * n / a),
        "liquor_alumina": np.asarray(1000.0 * a / real),
        "liquor_carbonate_caustic": np.asarray(CARBONATE_PER_SODA * caustic),
        "liquor_density": density(liquor),
    }


# -- the sections --------------------------------------------------------------------


def _slurry(state: State) -> _Found:
    table, made = _table(state), state.circuit.charge
    return (
        _of("ore_blend", table["ore"], "in"),
        _of("lime", table["lime"], "in"),
        _of("test_tank_liquor", table["test_tank_liquor"], "in", "liquor", made.liquor),
        _supplied(state, "slurry"),
        _of("raw_slurry", table["slurry"], "out", "slurry", made.cold),
        _rejected(state, "slurry"),
    )


def _digestion(state: State) -> _Found:
    table, c, p = _table(state), state.circuit, state.plant
    slurry = table["slurry"]
    hot = np.asarray(p["digestion_temperature"])
    return (
        _of("raw_slurry", slurry, "in", "slurry", c.charge.cold),
        _supplied(state, "digestion"),
        Point("preheated_slurry", mass=slurry.mass, temperature=c.flash.preheat),
        Point(
            "digested_hot", mass=slurry.mass, temperature=hot,
            figures=liquor_figures(c.charge.digested),
        ),
        *_flash(state),
        _of("digested_slurry", table["digested_slurry"], "out", "digested",
            c.blown_off),
        _of("flash_condensate", table["flash_condensate"], "out", "condensate"),
        _rejected(state, "digestion"),
    )  # fmt: skip


def _flash(state: State) -> list[Point]:
    """Return the vapour of every flash stage, at the slurry's temperature behind it."""
    stages = flash_stages(state.plant, state.circuit.charge)
    return [
        Point(
            "flash_vapour", stage=j + 1, mass=vapour,
            temperature=np.asarray(stages.temperature[j]), heat=stages.latent[j],
        )
        for j, vapour in enumerate(stages.vapour)
    ]  # fmt: skip


def _settling(state: State) -> _Found:
    table, c = _table(state), state.circuit
    return (
        _of("digested_slurry", table["digested_slurry"], "in", "digested",
            c.blown_off),
        _wash_return(state, "in"),
        Point("diluted_slurry", mass=np.asarray(c.diluted.mass + c.charge.mud),
              temperature=_wash_degrees(state), figures=liquor_figures(c.diluted)),
        _of("pregnant_liquor", table["pregnant_liquor"], "out", "pregnant",
            c.washing.pregnant),
        _underflow(state, "out"),
    )  # fmt: skip


def _underflow(state: State, side: Side) -> Point:
    """Return the settler's underflow: residue and the liquor between its grains."""
    c = state.circuit
    share = c.washing.underflow / c.diluted.mass
    liquor = Composition(*(x * share for x in c.diluted.arrays))
    made = mud_stream(state.plant, c, liquor)
    return _of("underflow", made, side, "", c.diluted)


def _wash_return(state: State, side: Side) -> Point:
    """Return the overflow of the first washer; no one models how warm it is."""
    liquor = state.circuit.washing.returned
    made = _of("wash_return", liquor_stream(liquor, _COLD), side, "", liquor)
    return replace(made, temperature=None, heat=None)


def _wash_degrees(state: State) -> Array:
    """Return the temperature of settling: that of the liquor that overflows [degC]."""
    return np.asarray(_table(state)["pregnant_liquor"].temperature)


def _washing(state: State) -> _Found:
    table, c = _table(state), state.circuit
    return (
        _underflow(state, "in"),
        _of("wash_water", table["wash_water"], "in", "water"),
        *_washers(state),
        _wash_return(state, "out"),
        _of("red_mud", table["mud"], "out", "red_mud", c.washing.cake),
    )


def _washers(state: State) -> list[Point]:
    """Return caustic of the liquor in every washer, and what is left of it.

    The Kremser profile: (R^(n+1-k) - 1) / (R^(n+1) - 1) behind k of n stages.
    """
    c, p = state.circuit, state.plant
    washed = c.washing
    out = c.wash_water + washed.underflow - washed.cake_liquor
    log = np.log(np.maximum(out / washed.underflow, 1e-6))
    log = np.where(np.abs(log) < 1e-7, 1e-7, log)
    stages, each = p["washers"] * p["washer_efficiency"], p["washer_efficiency"]
    whole = np.expm1(np.minimum(log * (stages + 1.0), 500.0))
    entering = liquor_figures(c.diluted)["liquor_caustic"]
    found = []
    for k in range(1, int(np.max(p["washers"])) + 1):
        left = np.expm1(np.minimum(log * (stages + 1.0 - k * each), 500.0)) / whole
        told = {"liquor_caustic": np.asarray(entering * left), "solutes_left": left}
        found.append(Point("washer", stage=k, mass=washed.underflow, figures=told))
    return found


def _precipitation(state: State) -> _Found:
    table, c = _table(state), state.circuit
    a, n, k, s, w = c.spent.arrays
    rinse = c.hydrate_wash - c.calcination.moisture
    return (
        _of("pregnant_liquor", table["pregnant_liquor"], "in", "pregnant",
            c.washing.pregnant),
        _of("hydrate_wash", table["hydrate_wash"], "in", "water"),
        *_tanks(state),
        _of("hydrate", table["hydrate"], "out", "hydrate"),
        _of("spent_liquor", table["spent_liquor"], "out", "spent",
            Composition(a, n, k, s, w + rinse)),
        _rejected(state, "precipitation"),
    )  # fmt: skip


def _tanks(state: State) -> list[Point]:
    """Return alumina in the liquor behind every tank, per volume at the inlet."""
    c, p = state.circuit, state.plant
    carbonate = CARBONATE_PER_SODA * 1000.0 * np.asarray(c.washing.pregnant.carbonate)
    carbonate = carbonate / volume(c.washing.pregnant)
    left, star, degrees = precipitation_tanks(p, c.pregnant_alumina, carbonate)
    caustic = np.asarray(p["pregnant_caustic"])
    return [
        Point(
            "precipitation_tank", stage=j + 1, temperature=np.asarray(degrees[j]),
            figures={
                "liquor_caustic": caustic,
                "liquor_ratio": np.asarray(RATIO_FACTOR * caustic / left[j]),
                "liquor_alumina": left[j],
                "liquor_carbonate_caustic": np.asarray(CARBONATE_PER_SODA * caustic),
                "liquor_equilibrium": np.asarray(star[j]),
            },
        )
        for j in range(len(left))
    ]  # fmt: skip


def _evaporation(state: State) -> _Found:
    table, c = _table(state), state.circuit
    a, n, k, s, w = c.spent.arrays
    rinse = c.hydrate_wash - c.calcination.moisture
    return (
        _of("spent_liquor", table["spent_liquor"], "in", "spent",
            Composition(a, n, k, s, w + rinse)),
        _of("caustic_solution", table["caustic"], "in"),
        _of("added_water", table["miscellaneous_water"], "in", "water"),
        _of("causticising_lime", table["causticising_lime"], "in"),
        _of("sulphate_made_good", table["sulphate"], "in"),
        _supplied(state, "evaporation"),
        _of("test_tank_liquor", table["test_tank_liquor"], "out", "liquor",
            c.test_tank),
        _of("evaporator_condensate", table["condensate"], "out", "condensate"),
        _of("purged_salt", table["purged_soda"], "out"),
        _of("lost_liquor", table["lost_liquor"], "out"),
        _of("lime_residue", table["lime_residue"], "out"),
        _rejected(state, "evaporation"),
    )  # fmt: skip


def _makeup(state: State) -> _Found:
    c = state.circuit
    return (_of("caustic_solution", _table(state)["caustic"]),
            Point("test_tank_liquor", port="liquor",
                  figures=liquor_figures(c.test_tank)))  # fmt: skip


def _calcination(state: State) -> _Found:
    table = _table(state)
    return (
        _of("hydrate", table["hydrate"], "in", "hydrate"),
        _supplied(state, "calcination"),
        _of("alumina_product", table["alumina"], "out", "alumina"),
        _of("calciner_vapour", table["vapour"], "out"),
        _rejected(state, "calcination"),
    )


# -- pieces ------------------------------------------------------------------------


def _table(state: State) -> Mapping[str, Stream]:
    return stream_table(state.plant, state.circuit)


def _of(
    name: str,
    stream: Stream,
    side: Side = "state",
    port: str = "",
    liquor: Composition | None = None,
) -> Point:
    mass = stream.mass
    safe = np.where(mass == 0.0, 1.0, mass)
    parts = {k: np.asarray(v / safe) for k, v in stream.oxides.items()}
    figures = {} if liquor is None else liquor_figures(liquor)
    return Point(
        name, side, port=port, mass=mass, temperature=stream.temperature,
        heat=stream.heat, parts=parts, figures=figures,
    )  # fmt: skip


def _supplied(state: State, section: str) -> Point:
    """Return the heat that steam or fuel supplies to a section."""
    heat = heat_supplied(state.plant, state.circuit)[section]
    return Point("heat_supplied", "in", heat=np.asarray(heat))


def _rejected(state: State, section: str) -> Point:
    """Return the heat a section gives to cooling water and surroundings."""
    heat = heat_rejected(state.plant, state.circuit)[section]
    return Point("heat_rejected", "out", heat=np.asarray(heat))


def _spent_volume(state: State) -> Array:
    c = state.circuit
    a, n, k, s, w = c.spent.arrays
    return volume(Composition(a, n, k, s, w + c.hydrate_wash - c.calcination.moisture))


_KINDS: Mapping[
    str, tuple[Callable[[State], Array], Callable[[State], _Found]]
] = {
    "bayer_slurry": (lambda s: s.extracted, _slurry),
    "bayer_digestion": (lambda s: s.extracted, _digestion),
    "bayer_settling": (
        lambda s: np.asarray(s.extracted - s.circuit.washing.alumina_lost), _settling,
    ),
    "bayer_washing": (lambda s: s.circuit.charge.mud, _washing),
    "bayer_precipitation": (lambda s: s.circuit.pregnant_volume, _precipitation),
    "bayer_evaporation": (_spent_volume, _evaporation),
    "bayer_makeup": (lambda s: s.circuit.make_up / s.caustic_per_m3, _makeup),
    "bayer_calcination": (lambda s: s.hydrate, _calcination),
}  # fmt: skip
"""What each kind passes on per tonne of alumina, and its points likewise.

Slurry is counted by the alumina it brings, so that it weighs the same where it is made
and where it is digested; its ore is that of the blend the circuit is closed at.
"""
