"""Close the gap with the global solver SCIP, where it is installed (extra `scip`)."""

# ruff: noqa: N802 - the calls of SCIP keep their names.

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np

from orebook.errors import InputError
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.pooling.fixed import Plan
from orebook.plan.pooling.network import Network
from orebook.plan.pooling.piecewise import Bounded
from orebook.plan.pooling.relax import Point

__all__ = ["available", "prove"]

INFINITE = 1e19
"""From here on SCIP means infinity."""


class _Expression(Protocol):
    """A variable or an expression of SCIP."""

    def __add__(self, other: object, /) -> _Expression: ...
    def __sub__(self, other: object, /) -> _Expression: ...
    def __radd__(self, other: object, /) -> _Expression: ...
    def __mul__(self, other: object, /) -> _Expression: ...
    def __rmul__(self, other: object, /) -> _Expression: ...
    def __le__(self, other: object, /) -> object: ...
    def __ge__(self, other: object, /) -> object: ...
    def __eq__(self, other: object, /) -> object: ...  # type: ignore[override]  # an equation


class _Model(Protocol):
    """The calls of a SCIP model needed here."""

    def hideOutput(self) -> None: ...
    def setParam(self, name: str, value: float, /) -> None: ...
    def setSeparating(self, setting: object, /) -> None: ...
    def setHeuristics(self, setting: object, /) -> None: ...
    def addVar(
        self, name: str = ..., *, lb: float, ub: float | None, obj: float = ...
    ) -> _Expression: ...
    def addCons(self, cons: object, /) -> object: ...
    def createSol(self) -> object: ...
    def setSolVal(self, sol: object, var: object, value: float, /) -> None: ...
    def addSol(self, sol: object, /) -> bool: ...
    def optimize(self) -> None: ...
    def getStatus(self) -> str: ...
    def getDualbound(self) -> float: ...
    def getNSols(self) -> int: ...
    def getObjVal(self) -> float: ...
    def getVal(self, expr: object, /) -> float: ...


class _Emphasis(Protocol):
    """How much effort goes into a part of the solver."""

    AGGRESSIVE: object
    FAST: object


class _Scip(Protocol):
    """The module."""

    SCIP_PARAMSETTING: _Emphasis

    def Model(self) -> _Model: ...
    def quicksum(self, terms: Iterable[object], /) -> _Expression: ...


def available() -> bool:
    """Say whether SCIP can be used here."""
    return find_spec("pyscipopt") is not None


def prove(net: Network, *, plan: Plan | None, seconds: float, gap: float) -> Bounded:
    """Solve the pq form with SCIP from the best plan known.

    Parameters
    ----------
    net : Network
        The network.
    plan : Plan or None
        Where to start.
    seconds : float
        Time limit [s].
    gap : float
        Relative gap at which to stop [-].

    Returns
    -------
    Bounded
        Proven bound and the best point, products kept to the solver's tolerance.

    Raises
    ------
    InputError
        If SCIP is not installed.

    References
    ----------
    .. [1] K. Bestuzheva et al., Global optimization of mixed-integer nonlinear
       programs with SCIP 8, Journal of Global Optimization, 2023.
    """
    if not available():
        message = (
            "SCIP is not installed; expected the package pyscipopt; install "
            "orebook[scip] or choose certify='none'"
        )
        raise InputError(message)
    scip = cast("_Scip", import_module("pyscipopt"))
    model = scip.Model()
    model.hideOutput()
    model.setParam("limits/time", max(seconds, 0.1))
    model.setParam("limits/gap", gap)
    model.setParam("numerics/feastol", 1e-7)
    # The plan is mostly optimal when it comes here: the bound is what is missing.
    model.setSeparating(scip.SCIP_PARAMSETTING.AGGRESSIVE)
    model.setHeuristics(scip.SCIP_PARAMSETTING.FAST)
    variables = _variables(model, net)
    _constrain(scip, model, net, variables=variables)
    if plan is not None:
        flows = plan.f[net.route_feed] * plan.y[net.route_tap]
        _start(model, variables, (flows, plan.f, plan.y, plan.z))
    model.optimize()
    bound = float(model.getDualbound())
    bound = bound if abs(bound) < INFINITE else -np.inf
    if model.getStatus() == "infeasible":
        return Bounded(np.inf, None, infeasible=True)
    if not model.getNSols():
        return Bounded(bound, None)
    values = (_values(model, part) for part in variables[:3])
    return Bounded(bound, Point(float(model.getObjVal()), *values))


_Variables = tuple[
    list[_Expression], list[_Expression], list[_Expression], list[_Expression]
]


def _variables(model: _Model, net: Network) -> _Variables:
    high = net.box.y_high[net.route_tap]
    flows = zip(high.tolist(), net.cost.tolist(), strict=False)
    v = [model.addVar(lb=0.0, ub=top, obj=cost) for top, cost in flows]
    f = [model.addVar(lb=0.0, ub=1.0) for _ in net.feeds]
    y = [model.addVar(lb=0.0, ub=top) for top in net.box.y_high.tolist()]
    tops = [top if np.isfinite(top) else None for top in net.direct_high.tolist()]
    costs = net.cost[net.routes :].tolist()
    z = [
        model.addVar(lb=0.0, ub=top, obj=cost)
        for top, cost in zip(tops, costs, strict=True)
    ]
    return v, f, y, z


def _constrain(
    scip: _Scip, model: _Model, net: Network, *, variables: _Variables
) -> None:
    v, f, y, z = variables
    flows, limits = [*v, *z], net.limits
    for row in range(len(limits.names)):
        part = limits.matrix[[row]]
        terms = zip(part.data.tolist(), part.indices.tolist(), strict=True)
        activity = scip.quicksum(a * flows[k] for a, k in terms)
        if np.isfinite(limits.high[row]):
            model.addCons(activity <= float(limits.high[row]))
        if np.isfinite(limits.low[row]):
            model.addCons(activity >= float(limits.low[row]))
    by_feed, by_tap = _members(net.route_feed, len(f)), _members(net.route_tap, len(y))
    for pool in sorted(set(net.feed_pool.tolist())):
        here = np.flatnonzero(net.feed_pool == pool)
        model.addCons(scip.quicksum(f[k] for k in here) - 1.0 == 0.0)
    for tap, routes in enumerate(by_tap):
        model.addCons(scip.quicksum(v[k] for k in routes) == y[tap])
    for feed, routes in enumerate(by_feed):
        most = float(net.throughput[net.feed_pool[feed]])
        model.addCons(scip.quicksum(v[k] for k in routes) <= most * f[feed])
    for k, (feed, tap) in enumerate(zip(net.route_feed, net.route_tap, strict=True)):
        model.addCons(f[feed] * y[tap] == v[k])


def _members(owner: IntArray, size: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    for k, one in enumerate(owner.tolist()):
        found[int(one)].append(k)
    return found


def _start(
    model: _Model, variables: _Variables, values: tuple[FloatArray, ...]
) -> None:
    start = model.createSol()
    for part, amounts in zip(variables, values, strict=True):
        for variable, amount in zip(part, amounts.tolist(), strict=True):
            model.setSolVal(start, variable, amount)
    model.addSol(start)


def _values(model: _Model, part: list[_Expression]) -> FloatArray:
    return np.array([model.getVal(one) for one in part], float)
