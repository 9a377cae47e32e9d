"""Frontiers: how far each unit stands from the best of its peers, with a proof.

The package can be called like the function it is named after:
``orebook.benchmark.frontier(inputs, outputs)``.
"""

from __future__ import annotations

import sys
from types import ModuleType

from orebook.benchmark.frontier.bootstrap import Bootstrap, bootstrap
from orebook.benchmark.frontier.call import frontier
from orebook.benchmark.frontier.change import (
    Change,
    luenberger,
    malmquist,
    malmquist_luenberger,
)
from orebook.benchmark.frontier.checks import Finding, inspect
from orebook.benchmark.frontier.money import MoneyGap, money_beyond, money_gap
from orebook.benchmark.frontier.network import (
    NetworkResult,
    Process,
    network,
    two_stage,
)
from orebook.benchmark.frontier.partial import OrderM, order_m
from orebook.benchmark.frontier.priced import (
    PricedResult,
    cost_efficiency,
    profitability,
    revenue_efficiency,
)
from orebook.benchmark.frontier.result import Certificate, FrontierResult
from orebook.benchmark.frontier.scale import Scale, scale_efficiency
from orebook.benchmark.frontier.second_stage import SecondStage, second_stage
from orebook.benchmark.frontier.stochastic import StochasticFrontier, stochastic
from orebook.benchmark.frontier.weights import RatioLimit, ShareLimit, price_cone

__all__ = [
    "Bootstrap",
    "Certificate",
    "Change",
    "Finding",
    "FrontierResult",
    "MoneyGap",
    "NetworkResult",
    "OrderM",
    "PricedResult",
    "Process",
    "RatioLimit",
    "Scale",
    "SecondStage",
    "ShareLimit",
    "StochasticFrontier",
    "bootstrap",
    "cost_efficiency",
    "frontier",
    "inspect",
    "luenberger",
    "malmquist",
    "malmquist_luenberger",
    "money_beyond",
    "money_gap",
    "network",
    "order_m",
    "price_cone",
    "profitability",
    "revenue_efficiency",
    "scale_efficiency",
    "second_stage",
    "stochastic",
    "two_stage",
]


class _Called(ModuleType):
    """A package that is also its main function."""

    __call__ = staticmethod(frontier)


sys.modules[__name__].__class__ = _Called
