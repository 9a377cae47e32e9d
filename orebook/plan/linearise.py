"""A unit around its operating point: value and every slope from one broadcast call.

This is how physics enters a plan: base plus deltas per duty, per setting and per feed
quality, all from the process's own function evaluated once at shape (cases, periods).

Notes
-----
Whoever decides qualities (a pool) plugs in here: name the components of a feed in
``qualities``, state their present value in ``content``, and read the slopes under
``("content", PORT, COMPONENT)``; :class:`orebook.plan.blocks.operating.Step` takes any
of these variables as a column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orebook.errors import InputError
from orebook.plan.respond import Response
from orebook.process.contract import Array, Case, Content, Process, Setting

__all__ = ["Tangent", "Variable", "linearise", "response_of"]

Variable = tuple[str, ...]
"""``("duty", NAME)``, ``("setting", NAME)`` or ``("content", PORT, COMPONENT)``."""

STEP = 1e-3
"""First difference step, as a share of a variable's range or size [-]."""

_CENTRAL = (-1.0, 1.0)
_FORWARD = (1.0, 2.0)
_BACKWARD = (-1.0, -2.0)


@dataclass(frozen=True, slots=True)
class Tangent:
    """A unit at its operating point, with the slope of everything.

    Parameters
    ----------
    variables : tuple of Variable
        Duties first, then settings, then qualities; V of them.
    duty : mapping
        Duty the point lies at, by name, shape (T,) [duty unit].
    flows, loads, indicators : mapping
        Value at the point by name, shape (T,) [unit of port, limit, indicator].
    flow_slopes, load_slopes, indicator_slopes : mapping
        Change per unit of each variable, shape (V, T).
    flow_bends, load_bends : mapping
        Change of each slope per unit of its own variable, shape (V, T).
    doubt : ndarray, shape (V, T)
        Largest disagreement of two step sizes in a slope, relative to what the slope
        does over the range; large where the function has a kink or a jump [-].
    members : mapping
        Tangents of further units that share some of the settings, by unit id: what the
        setting moves in them belongs to the same variable.
    """

    variables: tuple[Variable, ...]
    duty: Mapping[str, Array]
    flows: Mapping[str, Array]
    loads: Mapping[str, Array]
    indicators: Mapping[str, Array]
    flow_slopes: Mapping[str, Array]
    load_slopes: Mapping[str, Array]
    indicator_slopes: Mapping[str, Array]
    flow_bends: Mapping[str, Array]
    load_bends: Mapping[str, Array]
    doubt: Array
    members: Mapping[str, Tangent] = field(default_factory=dict)

    def place(self, variable: Variable) -> int:
        """Return the row of a variable in the slopes [-].

        Raises
        ------
        InputError
            If the tangent was not asked for it.
        """
        if variable not in self.variables:
            known = ", ".join(":".join(v) for v in self.variables)
            raise InputError(
                f"no slope by {':'.join(variable)}; the tangent has {known}; name the "
                "variable when linearising"
            )
        return self.variables.index(variable)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One variable: where it stands, its step and the two points beside it."""

    variable: Variable
    at: Array
    step: Array
    sides: tuple[Array, Array]  # multiples of the step
    reach: Array  # what a doubt is measured over


def linearise(
    process: Process,
    duty: Mapping[str, Array],
    *,
    content: Content | None = None,
    setting: Mapping[str, Array] | None = None,
    free: Sequence[str] = (),
    qualities: Sequence[tuple[str, str]] = (),
    periods: int = 1,
) -> Tangent:
    """Return a unit's value and slopes at an operating point, from one call.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    duty : mapping
        Operating duty by name, each a number or shape (T,) [duty unit].
    content : mapping, optional
        Content of its feeds where it differs from nominal [-].
    setting : mapping, optional
        Settings where they differ from the book's.
    free : sequence of str
        Settings to differentiate by.
    qualities : sequence of (port, component)
        Feed qualities to differentiate by; each must be stated in ``content``.
    periods : int
        Length T of every result [-].

    Returns
    -------
    Tangent
        Slopes by every duty, then by ``free``, then by ``qualities``.

    Raises
    ------
    InputError
        If a setting is unknown or a quality is not stated in ``content``.

    Notes
    -----
    Central differences with steps of 0.1 % and 0.2 % of the range (of the value, where
    that is smaller and the range lies above 0), one-sided of second order where the
    range ends. Both steps are joined by Richardson's rule, so that the error is of
    fourth order (third at an end); their disagreement is the doubt. Slopes by the
    duties of a process that is linear in them are its flows at unit duties, exact.

    References
    ----------
    .. [1] L. F. Richardson, "The approximate arithmetical solution by finite
       differences", Philosophical Transactions of the Royal Society A, 1911.

    Examples
    --------
    Metal of a potline moves with the current efficiency as Faraday's law says:

    >>> from orebook.process.registry import kind
    >>> chain = kind("potline").example()
    >>> potline = kind("potline").bind(chain.units[0], chain)
    >>> point = {"charge": np.array([1000.0])}
    >>> found = linearise(potline, point, free=["current_efficiency"])
    >>> row = found.place(("setting", "current_efficiency"))
    >>> found.flow_slopes["metal"][row].round(6).tolist()
    [335.572728]
    """
    given = _Given(process, duty, content or {}, setting or {}, periods)
    duties = [given.duty_axis(d.name) for d in process.duties]
    others = [given.setting_axis(name) for name in free]
    others += [given.quality_axis(port, of) for port, of in qualities]
    axes = [*duties, *others]
    outcome = process.run(given.cases(axes))
    shape = (_count(process, axes), periods)
    flows, loads, indicators = (
        {k: np.broadcast_to(v, shape) for k, v in table.items()}
        for table in (outcome.flows, outcome.loads, outcome.indicators)
    )
    exact = len(duties) if process.linear else 0
    amounts = [*flows.values(), *loads.values()]
    doubts = [_doubts(value, axes, exact) for value in amounts]
    return Tangent(
        variables=tuple(a.variable for a in axes),
        duty=given.duty,
        flows={k: np.array(v[0]) for k, v in flows.items()},
        loads={k: np.array(v[0]) for k, v in loads.items()},
        indicators={k: np.array(v[0]) for k, v in indicators.items()},
        flow_slopes={k: _slopes(v, axes, exact) for k, v in flows.items()},
        load_slopes={k: _slopes(v, axes, exact) for k, v in loads.items()},
        indicator_slopes={k: _slopes(v, axes, 0) for k, v in indicators.items()},
        flow_bends={k: _bends(v, axes, exact) for k, v in flows.items()},
        load_bends={k: _bends(v, axes, exact) for k, v in loads.items()},
        doubt=np.max(doubts, axis=0, initial=0.0),
    )


def response_of(tangent: Tangent, *, linear: bool) -> Response:
    """Return a tangent as the linear function of duties that a plan is made of.

    Parameters
    ----------
    tangent : Tangent
        The unit at its operating point.
    linear : bool
        Whether its process is linear in the duties; there is then no base.

    Returns
    -------
    Response
        Slopes by the duties, and what remains at no duty as base.
    """
    rows = [i for i, v in enumerate(tangent.variables) if v[0] == "duty"]
    flows = {p: s[rows] for p, s in tangent.flow_slopes.items()}
    loads = {p: s[rows] for p, s in tangent.load_slopes.items()}
    if linear:
        return Response(flows, loads)
    duty = np.array([tangent.duty[tangent.variables[i][1]] for i in rows])
    base = {p: tangent.flows[p] - (s * duty).sum(axis=0) for p, s in flows.items()}
    held = {p: tangent.loads[p] - (s * duty).sum(axis=0) for p, s in loads.items()}
    return Response(flows, loads, base, held)


class _Given:
    """The operating point, spread over the periods."""

    def __init__(
        self,
        process: Process,
        duty: Mapping[str, Array],
        content: Content,
        setting: Mapping[str, Array],
        periods: int,
    ) -> None:
        self.process, self.periods = process, periods
        self.duty = {
            d.name: self._spread(duty.get(d.name, 0.0)) for d in process.duties
        }
        self.content = {
            p: {c: self._spread(v) for c, v in parts.items()}
            for p, parts in content.items()
        }
        self.setting = {n: self._spread(v) for n, v in setting.items()}

    def _spread(self, value: Array | float) -> Array:
        return np.array(np.broadcast_to(np.asarray(value, float), (self.periods,)))

    def duty_axis(self, name: str) -> _Axis:
        total = np.sum(list(self.duty.values()), axis=0)
        at = self.duty[name]
        size = np.maximum(at, np.maximum(0.01 * total, 1e-3))
        return _axis(("duty", name), at, size, (0.0, np.inf))

    def setting_axis(self, name: str) -> _Axis:
        known: dict[str, Setting] = {s.name: s for s in self.process.settings}
        if name not in known:
            raise InputError(
                f"no setting is called '{name}'; this process has "
                f"{', '.join(sorted(known)) or 'none'}; correct the name"
            )
        of = known[name]
        at = self.setting.setdefault(name, self._spread(of.default))
        size = np.full(self.periods, max(of.high - of.low, 1e-12))
        if of.low > 0.0:  # a range from 1 to 100,000 is looked at where it stands
            size = np.minimum(size, at)
        return _axis(("setting", name), at, size, (of.low, of.high))

    def quality_axis(self, port: str, component: str) -> _Axis:
        parts = self.content.get(port, {})
        if component not in parts:
            raise InputError(
                f"the content of '{port}' does not state '{component}'; a slope by it "
                "needs its present value; put it into content"
            )
        size = np.full(self.periods, 0.1)
        return _axis(("content", port, component), parts[component], size, (0.0, 1.0))

    def cases(self, axes: Sequence[_Axis]) -> Case:
        """Return the cases, shape (cases, periods): the point, unit duties, sides."""
        units = self.process.linear
        duty = {}
        for k, d in enumerate(self.process.duties):
            rows = self._rows(axes, ("duty", d.name), self.duty[d.name])
            if units:
                for i in range(len(self.process.duties)):
                    rows[1 + i] = 1.0 if i == k else 0.0
            duty[d.name] = rows
        setting = {
            n: self._rows(axes, ("setting", n), v) for n, v in self.setting.items()
        }
        content = {
            p: {c: self._rows(axes, ("content", p, c), v) for c, v in parts.items()}
            for p, parts in self.content.items()
        }
        return Case(duty, content, setting)

    def _rows(self, axes: Sequence[_Axis], variable: Variable, at: Array) -> Array:
        rows = np.tile(at, (_count(self.process, axes), 1))
        first = rows.shape[0] - 4 * len(axes)
        for i, axis in enumerate(axes):
            if axis.variable == variable:
                rows[first + 4 * i : first + 4 * i + 4] = _beside(axis)
        return rows


def _count(process: Process, axes: Sequence[_Axis]) -> int:
    return 1 + (len(process.duties) if process.linear else 0) + 4 * len(axes)


def _axis(
    variable: Variable, at: Array, size: Array, ends: tuple[float, float]
) -> _Axis:
    """Place two points beside a value, both ways where the range has room."""
    step = STEP * size
    low, high = at - ends[0] >= 4.0 * step, ends[1] - at >= 4.0 * step
    sides = [
        np.where(low & high, c, np.where(high, f, b))
        for c, f, b in zip(_CENTRAL, _FORWARD, _BACKWARD, strict=True)
    ]
    return _Axis(variable, at, step, (sides[0], sides[1]), size)


def _beside(axis: _Axis) -> Array:
    """Return the four points of two step sizes, shape (4, T)."""
    a, b = axis.sides
    return np.stack([axis.at + axis.step * m for m in (a, b, 2.0 * a, 2.0 * b)])


def _difference(axis: _Axis, centre: Array, first: Array, second: Array) -> Array:
    """Return the second-order difference quotient for one step, per step."""
    a, b = axis.sides
    # Lagrange weights of a parabola through 0, a and b, differentiated at 0.
    return np.asarray(
        first * (-b / (a * (a - b)))
        + second * (-a / (b * (b - a)))
        + centre * (-(a + b) / (a * b))
    )


def _pair(value: Array, axes: Sequence[_Axis], i: int) -> tuple[Array, Array]:
    """Return the slope of a value by one axis, for the small and the large step."""
    axis = axes[i]
    first = value.shape[0] - 4 * len(axes) + 4 * i
    beside = value[first : first + 4]
    fine = _difference(axis, value[0], beside[0], beside[1]) / axis.step
    coarse = _difference(axis, value[0], beside[2], beside[3]) / (2.0 * axis.step)
    return fine, coarse


def _slopes(value: Array, axes: Sequence[_Axis], exact: int) -> Array:
    """Return the slopes of one value by every variable, shape (V, T)."""
    rows = [value[1 + k] for k in range(exact)]
    for i in range(exact, len(axes)):
        fine, coarse = _pair(value, axes, i)
        rows.append((4.0 * fine - coarse) / 3.0)
    return np.array(rows).reshape(len(axes), value.shape[1])


def _bends(value: Array, axes: Sequence[_Axis], exact: int) -> Array:
    """Return the second derivative of one value by each variable, shape (V, T)."""
    rows = [np.zeros(value.shape[1]) for _ in range(exact)]
    for i in range(exact, len(axes)):
        (a, b), step = axes[i].sides, 2.0 * axes[i].step
        first = value.shape[0] - 4 * len(axes) + 4 * i
        one, two = value[first + 2], value[first + 3]
        bend = value[0] / (a * b) + one / (a * (a - b)) + two / (b * (b - a))
        rows.append(2.0 * bend / step**2)
    return np.array(rows).reshape(len(axes), value.shape[1])


def _doubts(value: Array, axes: Sequence[_Axis], exact: int) -> Array:
    rows = [np.zeros(value.shape[1]) for _ in range(exact)]
    for i in range(exact, len(axes)):
        fine, coarse = _pair(value, axes, i)
        reach = axes[i].reach
        size = np.maximum(np.abs(value[0]), np.abs(fine) * reach)
        rows.append(np.abs(fine - coarse) * reach / np.maximum(size, 1e-300))
    return np.array(rows).reshape(len(axes), value.shape[1])
