"""Advise a unit or workshop: frontier, today, recommended settings and their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from orebook.errors import InfeasibleError, InputError
from orebook.plan.accounts import Month
from orebook.plan.advice.ask import bounds_of, knobs_of, movable, pick, units_of
from orebook.plan.advice.board import Board, Knob
from orebook.plan.advice.frontier import Frontier, frontier
from orebook.plan.advice.index import Index, indices
from orebook.plan.advice.needs import load_needs, quality_needs
from orebook.plan.advice.result import Advice, Measured
from orebook.plan.advice.search import MET, Point, least_cost
from orebook.plan.advice.stand import Stand, stand_of
from orebook.plan.advice.steps import steps_to
from orebook.plan.assemble import assemble
from orebook.plan.conditions import Conditions
from orebook.plan.infeasible import demand_optimal
from orebook.plan.result import Plan
from orebook.plan.solve import Solver
from orebook.process.contract import Content

__all__ = ["AIMS", "advise", "group_gain"]

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[str, float], None]
AIMS = ("today", "cost", "knee", "index")
"""What may be recommended: least cost at today's index or better, least cost, the knee,
the best index."""


def advise(
    plan: Plan,
    name: str,
    *,
    index: str | None = None,
    better: str | None = None,
    free: Mapping[str, tuple[float | None, float | None]] | None = None,
    keep: Sequence[str] = (),
    aim: str | float = "today",
    period: int = 0,
    actual: Month | None = None,
    fed: Mapping[str, Content] | None = None,
    points: int = 21,
    check: bool = True,
    progress: Progress | None = None,
) -> Advice:
    """Return the best balance of cost and an index for a unit, a workshop or a team.

    Parameters
    ----------
    plan : Plan
        Gives the internal prices, the rents and what the customers need.
    name : str
        Unit, or centre whose units are advised together.
    index : str, optional
        What to weigh against cost; energy, else emissions, recovery or quality.
    better : {"lower", "higher"}, optional
        Which direction is better; that of the glossary otherwise.
    free : mapping, optional
        ``NAME`` or ``UNIT.NAME`` to a range of a setting; adds to and replaces those
        the book frees [unit of the setting].
    keep : sequence of str
        Bounds on other indices, ``net_carbon<=410``.
    aim : str or float
        What to recommend: one of `AIMS`, or a value the index must reach.
    period : int
        Which period of the plan [-].
    actual : Month, optional
        A month that really was: its duties and products count instead of the plan's.
    fed : mapping, optional
        Unit to the content of its feeds in that month.
    points : int
        Points of the frontier [-].
    check : bool
        Whether to plan the group again with the recommended settings.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Advice
        Frontier, today, recommendation and steps.

    Raises
    ------
    InputError
        If the unit stands still, nothing is free, or a name or range is wrong.

    Notes
    -----
    Every unit keeps making what it makes: its duty follows from its settings. All else
    it takes and gives is valued at the internal prices of the plan, capacity at its
    rent. Prices hold for small changes; what the group really gains is the difference
    of two solved plans, see `group_gain`.
    """
    say = progress or (lambda step, share: None)
    stands = _stands(plan, name, period=period, actual=actual, fed=fed or {})
    main = max(stands, key=lambda s: s.worth[s.product] * s.output)
    knobs = knobs_of(stands, free or {})
    every = indices(plan.network.chain, stands, main)
    say("try settings", 0.05)
    sharing = _sharing(plan, stands, knobs, period=period, actual=actual, fed=fed or {})
    chosen, moved, tried = movable(stands, knobs, every.values(), sharing)
    found = _turned(pick(moved, every, index), better)
    needs = [*bounds_of(keep, moved, stands)]
    for s in (*stands, *sharing):
        needs += [*load_needs(s), *quality_needs(plan, s, period=period)]
    board = Board(stands, chosen, tuple(needs), found, sharing)
    edge = frontier(
        board,
        tried,
        count=points,
        progress=lambda share: say("frontier", 0.1 + 0.6 * share),
    )
    say("recommend", 0.75)
    sheet = board.sheet(board.today[None])
    today = float(sheet.index[0])
    level = _at_today(board, tried, edge, today)
    to, floor = _aim(board, tried, edge, level, aim=aim, today=today)
    advice = Advice(
        plan=plan,
        name=name,
        period=period,
        board=board,
        main=main,
        still=tuple(k for k in knobs if k not in chosen),
        others=tuple(sorted(n for n in moved if n != found.name)),
        frontier=edge,
        today_cost=float(sheet.cost[0]),
        today_index=today,
        today_missed=tuple(
            n.subject
            for n, excess in zip(needs, sheet.excess[:, 0], strict=True)
            if excess > MET
        ),
        same_index=level,
        aim=aim,
        recommended=to,
        steps=steps_to(board, to, floor=floor),
        measured=None if actual is None else _measured(plan, board, main, actual),
    )
    if not check:
        return advice
    say("plan again", 0.9)
    try:
        gain = group_gain(plan, advice.settings, today=_today(board), period=period)
        return replace(advice, group=gain)
    except InfeasibleError as error:
        return replace(advice, group_words=str(error))


def _stands(
    plan: Plan,
    name: str,
    *,
    period: int,
    actual: Month | None,
    fed: Mapping[str, Content],
) -> tuple[Stand, ...]:
    units = units_of(plan.network.chain, name)
    running = _running(plan, units, period=period, actual=actual, fed=fed)
    if not running:
        when = plan.periods[period].name if actual is None else actual.period.name
        raise InputError(
            f"'{name}' stands still in {when}; expected a unit at work; choose another "
            "period, or see what stops it: orebook plan"
        )
    return running


def _running(
    plan: Plan,
    units: Sequence[str],
    *,
    period: int,
    actual: Month | None,
    fed: Mapping[str, Content],
) -> tuple[Stand, ...]:
    """Return the units that do not stand still."""
    told = plan.network.content_of
    found = [
        stand_of(plan, u, period=period, actual=actual, fed=told(fed, u) or None)
        for u in units
    ]
    return tuple(s for s in found if s is not None)


def _sharing(
    plan: Plan,
    stands: Sequence[Stand],
    knobs: Sequence[Knob],
    *,
    period: int,
    actual: Month | None,
    fed: Mapping[str, Content],
) -> tuple[Stand, ...]:
    """Return the other units at work that share a setting which may be chosen."""
    asked = {s.unit.id for s in stands}
    feel = dict.fromkeys(
        unit
        for knob in knobs
        for unit in plan.network.sharing.get((knob.unit, knob.name), ())
        if unit not in asked
    )
    return _running(plan, tuple(feel), period=period, actual=actual, fed=fed)


def _turned(index: Index, better: str | None) -> Index:
    if better is None:
        return index
    if better not in ("lower", "higher"):
        raise InputError(
            f"better = '{better}'; expected 'lower' or 'higher'; choose one"
        )
    return replace(index, better=better)  # type: ignore[arg-type]


def _at_today(board: Board, tried: FloatArray, edge: Frontier, today: float) -> Point:
    """Return the least cost at today's index or better."""
    first = edge.points[0]
    sign = 1.0 if board.index.better == "higher" else -1.0
    if sign * (first.index - today) >= 0.0:
        return first
    near = [np.clip(board.today, 0.0, 1.0), *(p.z for p in edge.points)]
    near = sorted(near, key=lambda z: float(np.sum((z - near[0]) ** 2)))[:3]
    return least_cost(board, tried, floor=today, near=near)


def _aim(
    board: Board,
    tried: FloatArray,
    edge: Frontier,
    level: Point,
    *,
    aim: str | float,
    today: float,
) -> tuple[Point, float | None]:
    """Return where to go, and the index no step may fall below."""
    if isinstance(aim, str) and aim not in AIMS:
        raise InputError(
            f"aim = '{aim}'; expected {', '.join(AIMS)} or a value of the index in "
            f"{board.index.unit or 'no unit'}; choose one"
        )
    if aim == "today":
        return level, today
    if aim == "cost":
        return edge.points[0], None
    if aim == "index":
        return edge.points[-1], None
    if aim == "knee":
        place = 0 if edge.knee is None else edge.knee
        return edge.points[place], None
    wanted = float(aim)
    near = [min(edge.points, key=lambda p: abs(p.index - wanted)).z]
    found = least_cost(board, tried, floor=wanted, near=near)
    if found.worst > MET:
        ends = sorted((edge.points[0].index, edge.points[-1].index))
        raise InputError(
            f"index {board.index.name} = {wanted:g} {board.index.unit} cannot be "
            f"reached; the frontier runs from {ends[0]:g} to {ends[1]:g}; ask for less"
        )
    return found, None


def _measured(plan: Plan, board: Board, main: Stand, month: Month) -> Measured:
    """Return cost and index as the flows of a closed month tell them."""
    cost, outcomes = 0.0, {}
    flows: dict[str, dict[str, float]] = {}
    for s in board.stands:
        own = {x.port: x.sign * month.amounts[x.id] for x in plan.network.of(s.unit.id)}
        outcome, factor = s.run({})
        real = {**outcome.flows, **{p: np.asarray(v) for p, v in own.items()}}
        outcomes[s.unit.id] = replace(outcome, flows=real)
        cost += float(s.cost(outcomes[s.unit.id], factor))
        flows[s.unit.id] = own
    product = flows[main.unit.id][main.product]
    told = all(
        port in flows[unit]
        for unit, ports in board.index.ports.items()
        for port in ports
    )
    index = None
    if board.index.ports and told and product > 0.0:
        # The index divides by what the physics make of the duty; meters say what came.
        index = float(board.index.value(outcomes)) * main.output / product
    return Measured(month.period.name, cost, product, index)


def _today(board: Board) -> dict[str, dict[str, float]]:
    return {
        unit: {name: float(value) for name, value in chosen.items()}
        for unit, chosen in board.settings(board.today).items()
    }


def group_gain(
    plan: Plan,
    settings: Mapping[str, Mapping[str, float]],
    *,
    today: Mapping[str, Mapping[str, float]] | None = None,
    period: int = 0,
) -> float:
    """Return what the group gains when settings change in one period [CNY].

    Parameters
    ----------
    plan : Plan
        The group's plan.
    settings : mapping
        Unit to setting to value [unit of the setting].
    today : mapping, optional
        The same settings as they stand; those of the plan otherwise.
    period : int
        Which period [-].

    Returns
    -------
    float
        Margin of the plan with them, all else free to follow, less the margin with
        those of today: the difference of two solved plans, not prices times quantities.

    Raises
    ------
    InfeasibleError
        If no plan meets all requirements with them.
    """
    before = plan.margin if today is None else _margin(plan, today, period)
    return _margin(plan, settings, period) - before


def _margin(
    plan: Plan, settings: Mapping[str, Mapping[str, float]], period: int
) -> float:
    """Return the margin of the plan with some settings held [CNY]."""
    known = plan.assembly.conditions
    made = assemble(plan.network, _with(plan, known, settings, period))
    return -demand_optimal(made.problem, Solver(made.problem).solve()).objective


def _with(
    plan: Plan,
    conditions: Conditions,
    settings: Mapping[str, Mapping[str, float]],
    period: int,
) -> Conditions:
    chosen = {u: dict(by) for u, by in conditions.setting.items()}
    count = len(plan.periods)
    for unit, values in settings.items():
        known = {s.name: s.default for s in plan.network.processes[unit].settings}
        for name, value in values.items():
            rows = chosen.setdefault(unit, {})
            row = np.broadcast_to(rows.get(name, known[name]), (count,)).astype(float)
            row[period] = value
            rows[name] = row
    return replace(conditions, setting=chosen)
