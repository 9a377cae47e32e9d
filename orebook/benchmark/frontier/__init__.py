"""Frontiers: how far each unit stands from the best of its peers, with a proof.

The package can be called like the function it is named after:
``orebook.benchmark.frontier(inputs, outputs)``.
"""

from __future__ import annotations

import sys
from types import ModuleType

from orebook.benchmark.frontier.call import frontier
from orebook.benchmark.frontier.checks import Finding, inspect
from orebook.benchmark.frontier.result import Certificate, FrontierResult
from orebook.benchmark.frontier.weights import RatioLimit, ShareLimit, price_cone

__all__ = [
    "Certificate",
    "Finding",
    "FrontierResult",
    "RatioLimit",
    "ShareLimit",
    "frontier",
    "inspect",
    "price_cone",
]


class _Called(ModuleType):
    """A package that is also its main function."""

    __call__ = staticmethod(frontier)


sys.modules[__name__].__class__ = _Called
