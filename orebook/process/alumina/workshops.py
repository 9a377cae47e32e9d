"""The flow sheet by workshop: streams between the eight kinds, and their closure.

`orebook.process.alumina.streams` has six sections; here settling is told apart from
washing and the make-up from evaporation, so that each kind of unit has its own balance
of elements and heat.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.oxides import COMPONENTS, elements
from orebook.process.alumina.streams import (
    SECTIONS,
    Stream,
    heat_rejected,
    heat_supplied,
    liquor_stream,
    stream_table,
)
from orebook.process.contract import Array
from orebook.process.properties.liquor import Composition

__all__ = [
    "WORKSHOPS",
    "element_error",
    "heat_balance",
    "heat_error",
    "workshop_streams",
]

WORKSHOPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bayer_slurry": SECTIONS["slurry"],
    "bayer_digestion": SECTIONS["digestion"],
    "bayer_settling": (
        ("digested_slurry", "wash_return"),
        ("pregnant_liquor", "underflow"),
    ),
    "bayer_washing": (("underflow", "wash_water"), ("wash_return", "mud")),
    "bayer_precipitation": SECTIONS["precipitation"],
    "bayer_evaporation": (
        ("spent_liquor", "miscellaneous_water", "causticising_lime", "sulphate"),
        (
            "strong_liquor",
            "condensate",
            "purged_soda",
            "lost_liquor",
            "lime_residue",
        ),
    ),
    "bayer_makeup": (("strong_liquor", "caustic"), ("test_tank_liquor",)),
    "bayer_calcination": SECTIONS["calcination"],
}
"""Streams into and out of the workshop of each kind."""

_SETTLER = 100.0  # degC, underflow of the settler
_WASH_RETURN = 85.0  # degC, overflow of the first washer


def workshop_streams(p: Mapping[str, Array], c: Circuit) -> dict[str, Stream]:
    """Return every stream between and across the workshops.

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Returns
    -------
    dict
        Those of `stream_table`, and ``underflow``, ``wash_return`` and
        ``strong_liquor``.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> table = workshop_streams(p, solve(p).circuit)
    >>> table["underflow"].mass.round(2).item()
    2.78
    """
    table = stream_table(p, c)
    strong = _difference(table["test_tank_liquor"], table["caustic"])
    return {
        **table,
        "underflow": _underflow(c, table["digested_slurry"]),
        "wash_return": liquor_stream(c.washing.returned, _WASH_RETURN),
        "strong_liquor": strong,
    }


def _underflow(c: Circuit, digested: Stream) -> Stream:
    """Return mud and liquor that leave the settler."""
    a, n, k, s, w = c.diluted.arrays
    share = c.washing.underflow / c.diluted.mass
    liquor = liquor_stream(Composition(*(share * x for x in (a, n, k, s, w))), _SETTLER)
    blown = liquor_stream(c.blown_off, digested.temperature)
    mud = {
        name: np.asarray(digested.oxides[name] - blown.oxides.get(name, 0.0))
        for name in COMPONENTS
        if name in digested.oxides
    }
    cooled = (_SETTLER - digested.temperature) * 0.95e-3 * c.charge.mud
    heat = liquor.heat + digested.heat - blown.heat + cooled
    oxides = {k: np.asarray(v + liquor.oxides.get(k, 0.0)) for k, v in mud.items()}
    return Stream(oxides, np.asarray(_SETTLER), np.asarray(heat))


def _difference(whole: Stream, part: Stream) -> Stream:
    oxides = {
        k: np.asarray(v - part.oxides.get(k, 0.0)) for k, v in whole.oxides.items()
    }
    return Stream(oxides, whole.temperature, np.asarray(whole.heat - part.heat))


def element_error(
    table: Mapping[str, Stream], kind: str | None = None
) -> dict[str, Array]:
    """Return what elements do not close by, relative to what passes [-].

    Parameters
    ----------
    table : mapping
        From `workshop_streams`.
    kind : str, optional
        One workshop; the whole circuit otherwise.

    Returns
    -------
    dict
        By element, and ``mass``.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("low_temperature")
    >>> table = workshop_streams(p, solve(p).circuit)
    >>> bool(element_error(table, "bayer_washing")["Na"] < 1e-12)
    True
    """
    into, out = _edges(kind)
    net: dict[str, Array] = {}
    gross: dict[str, Array] = {}
    for names, sign in ((into, 1.0), (out, -1.0)):
        for name in names:
            parts = elements(table[name].oxides) | {"mass": table[name].mass}
            for key, amount in parts.items():
                net[key] = np.asarray(net.get(key, 0.0) + sign * amount)
                gross[key] = np.asarray(gross.get(key, 0.0) + 0.5 * np.abs(amount))
    return {k: np.abs(v) / np.maximum(gross[k], 1e-9) for k, v in net.items()}


def _edges(kind: str | None) -> tuple[set[str], set[str]]:
    if kind is not None:
        into, out = WORKSHOPS[kind]
        return set(into), set(out)
    used = {s for into, _ in WORKSHOPS.values() for s in into}
    made = {s for _, out in WORKSHOPS.values() for s in out}
    return used - made, made - used


def heat_balance(
    p: Mapping[str, Array], c: Circuit, kind: str | None = None
) -> dict[str, Array]:
    """Return the heat a workshop, or the circuit, takes and gives [GJ/t alumina].

    Parameters
    ----------
    p, c
        Parameters and closed circuit.
    kind : str, optional
        One workshop; the whole circuit otherwise.

    Returns
    -------
    dict
        ``supplied`` by steam and fuel, ``into`` and ``out`` with streams, and
        ``rejected`` to cooling water and surroundings; for digestion also what of that
        is stated: ``loss`` and ``unused`` vapour, the rest ``fixed_rates``, the price
        of heat capacities taken at fixed temperatures.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> told = heat_balance(p, solve(p).circuit, "bayer_calcination")
    >>> told["supplied"].round(2).item(), told["rejected"].round(2).item()
    (3.0, 0.97)
    """
    table = workshop_streams(p, c)
    into, out = _edges(kind)
    given = _supplied(p, c)
    supplied = sum(given.values(), np.zeros(())) if kind is None else given[kind]
    enters = sum((table[s].heat for s in sorted(into)), np.zeros(()))
    leaves = sum((table[s].heat for s in sorted(out)), np.zeros(()))
    found = {
        "supplied": np.asarray(supplied),
        "into": np.asarray(enters),
        "out": np.asarray(leaves),
        "rejected": np.asarray(supplied + enters - leaves),
    }
    if kind == "bayer_digestion":
        stated = c.flash.loss + c.flash.unused
        found |= {"loss": c.flash.loss, "unused": c.flash.unused}
        found["fixed_rates"] = np.asarray(found["rejected"] - stated)
    return found


def _supplied(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    by_section = heat_supplied(p, c)
    return {
        kind: by_section.get(kind.removeprefix("bayer_"), np.zeros(()))
        for kind in WORKSHOPS
    }


def heat_error(p: Mapping[str, Array], c: Circuit) -> Array:
    """Return by how much heat over all workshops differs from that of the sections.

    The six sections and the eight workshops are added up apart from each other; what
    goes into the circuit is what comes out and is rejected either way [-].

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> bool(heat_error(p, solve(p).circuit) < 1e-9)
    True
    """
    parts = [heat_balance(p, c, kind)["rejected"] for kind in WORKSHOPS]
    sections = sum(heat_rejected(p, c).values(), np.zeros(()))
    whole = heat_balance(p, c)
    apart = np.maximum(
        np.abs(sum(parts, np.zeros(())) - whole["rejected"]),
        np.abs(sections - whole["rejected"]),
    )
    return np.asarray(apart / whole["supplied"])
