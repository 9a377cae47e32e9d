"""Roles: what a material is to an indicator, whatever the group calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, WithJsonSchema

from orebook.chain.nearest import did_you_mean, listed

if TYPE_CHECKING:
    from orebook.chain.material import Material

__all__ = ["BY_CLASS", "ROLES", "Role", "role_of"]

ROLES: Mapping[str, str] = {
    "run_of_mine": "ore as mined",
    "waste_rock": "rock moved to reach ore",
    "bauxite": "ore charged to a refinery",
    "caustic": "caustic soda bought, as NaOH",
    "lime": "quicklime",
    "flocculant": "flocculant",
    "test_liquor": "liquor that goes to digestion",
    "pregnant_liquor": "liquor that goes to precipitation",
    "spent_liquor": "liquor that leaves precipitation",
    "hydrate": "aluminium hydroxide",
    "red_mud": "washed red mud",
    "alumina": "alumina",
    "metal": "molten aluminium",
    "cast_metal": "cast aluminium",
    "scrap": "aluminium scrap and alloying metal",
    "anode": "anodes",
    "butts": "anode butts",
    "fluoride": "aluminium fluoride",
    "rare_earth_concentrate": "rare-earth concentrate",
    "rare_earth_liquor": "rare-earth liquor, as oxide",
    "rare_earth_product": "rare-earth product, as oxide",
    "acid": "acid of a separation plant",
    "base": "caustic or ammonia of a separation plant",
    "steam": "steam",
    "fuel": "fuel",
    "power": "electricity",
    "water": "water",
    "carbon_dioxide": "carbon dioxide given off",
}
"""Roles a material may have, and what each stands for."""

BY_CLASS: Mapping[str, str] = {
    "steam": "steam",
    "fuel": "fuel",
    "power": "power",
    "water": "water",
}
"""Role of a material by its class where none is stated."""


def _role(value: object) -> str:
    text = str(value)
    if text and text not in ROLES:
        hint = did_you_mean(text, ROLES, "leave it out")
        raise ValueError(f"is no role of a material; expected {listed(ROLES)}; {hint}")
    return text


Role = Annotated[
    str,
    BeforeValidator(_role),
    WithJsonSchema({"type": "string", "enum": ["", *ROLES]}),
]


def role_of(material: Material) -> str:
    """Return what a material is to an indicator; empty where it is nothing special.

    Parameters
    ----------
    material : Material
        Of the book.

    Examples
    --------
    >>> from orebook.chain.material import Material
    >>> coal = Material(id="coal", name="煤", name_en="coal", group="fuel")
    >>> role_of(coal), role_of(coal.model_copy(update={"role": "lime"}))
    ('fuel', 'lime')
    """
    return material.role or BY_CLASS.get(material.group, "")
