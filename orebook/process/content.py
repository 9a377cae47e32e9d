"""What a material carries: mass fractions, mass and energy per unit of flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.contract import Array, Content

_MASS_GROUPS = frozenset({"ore", "intermediate", "product", "reagent", "waste"})


def nominal(chain: Chain, material: str) -> dict[str, Array]:
    """Return the nominal content of a material of the book.

    Mass fractions [-] by component, ``mass`` [t per unit] and ``energy`` [GJ per
    unit]. Mass is the process mass that metal accounting follows: ore, reagents,
    intermediates, products and wastes; water, steam, fuel and gases pass beside it.
    """
    entry = known_material(chain, material)
    content = dict(entry.assay)
    content["mass"] = 1.0 if _counts_as_mass(entry) else 0.0
    content["energy"] = 3.6 if entry.unit == "MWh" else entry.heat_gj
    return {name: np.asarray(value, np.float64) for name, value in content.items()}


def known_material(chain: Chain, material: str) -> Material:
    """Return the entry of a material, or refuse one the book does not have.

    Raises
    ------
    InputError
        If no material is called so.
    """
    if material not in chain.material:
        raise InputError(
            f"no material is called '{material}'; add it to materials.toml "
            "or correct the name"
        )
    return chain.material[material]


def _counts_as_mass(material: Material) -> bool:
    return material.unit == "t" and material.group in _MASS_GROUPS


def feed_content(unit: Unit, chain: Chain) -> Content:
    """Return the nominal content of every feed of a unit, by port name."""
    return {
        feed_port(text): nominal(chain, good(text, unit.place).material)
        for text in unit.feed
    }


def feed_port(text: str) -> str:
    """Return the port name of a feed: its material.

    Examples
    --------
    >>> feed_port("bauxite@yard")
    'bauxite'
    """
    return text.partition("@")[0].strip()


def fraction(content: Content, port: str, of: str, nominal_content: Content) -> Array:
    """Return a component fraction, or a ratio such as ``Al2O3/SiO2``, at a port [-].

    The case's own content wins over the nominal one of the book.
    """

    def one(component: str) -> Array:
        own = content.get(port, {})
        if component in own:
            return np.asarray(own[component], dtype=np.float64)
        return np.asarray(nominal_content[port].get(component, 0.0), dtype=np.float64)

    top, _, bottom = of.partition("/")
    return one(top) / one(bottom) if bottom else one(top)


def require_ports(unit: Unit, names: Iterable[str]) -> None:
    """Refuse a unit that does not bind the ports its kind needs, or binds others."""
    missing = [name for name in names if name not in unit.ports]
    if missing:
        raise InputError(
            f"unit '{unit.id}' (kind {unit.kind}) does not bind the port "
            f"'{missing[0]}'; add ports.{missing[0]} = \"material\""
        )


def port_units(unit: Unit, chain: Chain, names: Mapping[str, str]) -> None:
    """Check that each bound port carries a material of the unit the kind expects."""
    for name, expected in names.items():
        if name not in unit.ports:
            continue
        material = good(unit.ports[name], unit.place).material
        nominal(chain, material)
        actual = chain.material[material].unit
        if actual != expected:
            raise InputError(
                f"unit '{unit.id}': ports.{name} = '{unit.ports[name]}' is counted in "
                f"{actual}; the kind {unit.kind} expects {expected}; "
                "bind another material"
            )
