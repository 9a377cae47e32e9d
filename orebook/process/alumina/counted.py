"""What the units of a circuit count, and the indicators of the circuit made of it.

Standard coal is counted on the heat of steam at the boiler efficiency of the circuit,
on fuel by its heating value and on power by its equivalent value.
"""

from __future__ import annotations

from orebook.process.alumina.indicators import NAOH_PER_SODA
from orebook.process.diagnosable import Diagnosed, Tally, ratio

__all__ = ["COAL_PER_GJ", "COAL_PER_MWH", "INDICATORS", "caustic", "energy", "ore"]

COAL_PER_GJ = 34.12  # kgce/GJ
COAL_PER_MWH = 122.9  # kgce/MWh
_NAOH_KG = 1000.0 * NAOH_PER_SODA  # per tonne of Na2O
_PARTS = ("bound", "carbonate", "mud", "product")

INDICATORS = (
    Diagnosed(
        "recovery",
        ratio("alumina_made_t", "alumina_fed_t"),
        ("alumina_made_t", "alumina_fed_t"),
    ),
    Diagnosed(
        "caustic_kg_per_t",
        ratio("caustic_kg", "product_t"),
        ("caustic_kg", "product_t"),
        {
            f"caustic_{part}_kg_per_t": ratio(f"caustic_{part}_kg", "product_t")
            for part in _PARTS
        },
    ),
    Diagnosed(
        "yield_kg_per_m3",
        ratio("alumina_precipitated_kg", "pregnant_m3"),
        ("alumina_precipitated_kg", "pregnant_m3"),
    ),
    Diagnosed("steam_t_per_t", ratio("steam_t", "product_t"), ("steam_t", "product_t")),
    Diagnosed("coal_kg_per_t", ratio("coal_kg", "product_t"), ("coal_kg", "product_t")),
)
"""Indicators of a circuit: alumina, caustic, liquor, steam and standard coal."""


def ore(feeds: tuple[str, ...]) -> tuple[Tally, ...]:
    """Return the alumina of every ore as counts.

    Examples
    --------
    >>> ore(("ore-a",))[0].component
    'Al2O3'
    """
    return tuple(Tally("alumina_fed_t", f, component="Al2O3") for f in feeds)


def caustic(part: str, port: str) -> Tally:
    """Return the caustic that a port takes from the liquor, as NaOH [kg].

    Parameters
    ----------
    part : str
        Where it goes: ``bound``, ``carbonate``, ``mud`` or ``product``.
    port : str
        Port that carries it as Na2O.

    Examples
    --------
    >>> caustic("mud", "liquor").name
    'caustic_mud_kg'
    """
    return Tally(f"caustic_{part}_kg", port, _NAOH_KG, component="Na2O")


def energy(*ports: str) -> tuple[Tally, ...]:
    """Return steam and power as tonnes and as standard coal.

    Parameters
    ----------
    ports : str
        ``steam`` and ``power``, where the unit has them; the coal behind steam is
        that of its heat, before the losses of the boiler.

    Examples
    --------
    >>> [t.name for t in energy("steam", "power")]
    ['steam_t', 'coal_kg', 'coal_kg']
    """
    steam = (
        Tally("steam_t", "steam"),
        Tally("coal_kg", "steam", COAL_PER_GJ, component="energy"),
    )
    power = (Tally("coal_kg", "power", COAL_PER_MWH),)
    return (*(steam if "steam" in ports else ()), *(power if "power" in ports else ()))
