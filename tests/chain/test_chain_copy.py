"""A copied chain looks up its own entries, not those of the chain it came from."""

from __future__ import annotations

from tests.plan.refineries import book


def test_a_copy_forgets_what_was_looked_up() -> None:
    """Units of a circuit are looked up when the book is read: a copy may differ."""
    chain = book()
    assert chain.unit["digest"].cost is not None
    free = tuple(u.model_copy(update={"cost": None}) for u in chain.units)
    copied = chain.model_copy(update={"units": free})
    assert copied.unit["digest"].cost is None
    assert chain.unit["digest"].cost is not None
    assert copied.material is not chain.material
    assert set(copied.material) == set(chain.material)
