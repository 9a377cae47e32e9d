"""How far each factor is from its references, in money; units against a frontier."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.benchmark.frontier import frontier

__all__ = ["frontier"]


def __getattr__(name: str) -> object:
    """Load the frontiers when they are first asked for."""
    if name == "frontier":
        from importlib import import_module

        return import_module("orebook.benchmark.frontier")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
