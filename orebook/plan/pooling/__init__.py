"""Pools of mixed quality: the best plan, and a proof of how good it is."""

from orebook.plan.pooling.instance import (
    Arc,
    Input,
    Output,
    Pool,
    PoolingInstance,
)
from orebook.plan.pooling.read import parse_pooling, read_pooling
from orebook.plan.pooling.result import Flow, PoolingResult, Step
from orebook.plan.pooling.solve import solve_pooling

__all__ = [
    "Arc",
    "Flow",
    "Input",
    "Output",
    "Pool",
    "PoolingInstance",
    "PoolingResult",
    "Step",
    "parse_pooling",
    "read_pooling",
    "solve_pooling",
]
