"""Plan with physics: successive linear programmes inside a trust region.

At a point (settings, and duties of processes that are not linear in them) every unit
enters as base plus deltas. The linear programme says where to go; the physics say what
is really there: settings fixed, plan solved again. Only what is better is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from orebook.errors import InfeasibleError
from orebook.plan.agreement import worst_gap
from orebook.plan.assemble import Assembly
from orebook.plan.axes import Axes, axes_of
from orebook.plan.conditions import Conditions
from orebook.plan.linearise import Tangent
from orebook.plan.operate_search import Assembler, Point, Progress, Search
from orebook.plan.operating import Operating, SettingChoice, Start, Status
from orebook.plan.solve import Solution
from orebook.process.network import Network

__all__ = ["Assembler", "Operated", "operate"]

KINK = 0.01
"""Two step sizes that disagree by more than this tell of a kink [-]."""


@dataclass(frozen=True)
class Operated:
    """A plan solved at the settings found, before it is priced.

    Parameters
    ----------
    assembly : Assembly
        Ordinary plan with the settings held: its duals price everything.
    solution : Solution
        Its optimum.
    operating : Operating
        How the settings were found.
    """

    assembly: Assembly
    solution: Solution
    operating: Operating


def operate(
    network: Network,
    known: Conditions,
    assembler: Assembler,
    *,
    progress: Progress | None = None,
    worths: bool = True,
    start: Conditions | None = None,
    starts: Sequence[Start] = ("book",),
) -> Operated:
    """Choose the settings of a plan together with the plan.

    Parameters
    ----------
    network : Network
        Chain, physics and streams; units with ``free`` settings, or with a process
        that is not linear in its duties.
    known : Conditions
        Horizon, prices, availability, stocks.
    assembler : callable
        Makes the problem from conditions and further sections.
    progress : callable, optional
        Called with (step, share done).
    worths : bool
        Also solve the plan with each moved setting put back, to say what the move was
        worth.
    start : Conditions, optional
        Settings and operating duties to start from; the book's otherwise.
    starts : sequence of {"book", "low", "high"}
        Where to search from: as above, and from all settings at one end of their
        ranges. The best plan found is kept.

    Returns
    -------
    Operated
        An ordinary plan at the settings found.

    Raises
    ------
    InfeasibleError
        If there is no plan at the start.

    Notes
    -----
    Successive linear programming with a trust region per setting and period. A step is
    kept if the plan with the new settings fixed earns at least 5 % of what the linear
    model promised. The region shrinks to where the secant of two slopes says the best
    value lies, or is halved, and doubles where the model went to its edge and was
    right. For curved duties the plan is their tangent; what physics and tangent differ
    by is charged at twice its internal price (an exact penalty), after one correction.
    The optimum is local. The duals of the last plan, its settings held, are the prices
    of the whole: at the optimum a small change of the settings changes nothing
    (envelope theorem).

    References
    ----------
    .. [1] F. Palacios-Gomez, L. Lasdon, M. Engquist, "Nonlinear optimization by
       successive linear programming", Management Science 28, 1982.
    .. [2] J. Zhang, N.-H. Kim, L. Lasdon, "An improved successive linear programming
       algorithm", Management Science 31, 1985.
    .. [3] P. Milgrom, I. Segal, "Envelope theorems for arbitrary choice sets",
       Econometrica 70, 2002.
    """
    clock = perf_counter()
    axes = axes_of(network, known)
    reached: dict[str, float] = {}
    best: tuple[Point, Status, float, Search] | None = None
    first: Point | None = None
    steps = solves = 0
    for name in starts:
        one = Search(axes, known, assembler, progress or _silent)
        try:
            begun = one.first(start or known, name)
        except InfeasibleError:
            if first is None:  # the plan itself; another start may fail
                raise
            continue
        first = first or begun
        found = one.improve(begun)
        reached[name] = found[0].margin
        steps, solves = steps + one.iterations, solves + one.solves
        if best is None or found[0].margin > best[0].margin:
            best = (*found, one)
    assert best is not None
    assert first is not None
    point, status, promised, search = best
    sought, before = perf_counter(), search.solves
    gains = search.gains(point) if worths else None
    seconds = {
        **search.seconds,
        "operate": sought - clock,
        "put back": perf_counter() - sought,
    }
    operating = Operating(
        status=status,
        iterations=steps,
        solves=solves + search.solves - before,
        promised=promised,
        reached=reached,
        start_margin=first.margin,
        gap=worst_gap(search.axes, point.assembly, point.solution.x, point.tangents),
        doubtful=_doubtful(search.axes, point.tangents),
        settings=_choices(search.axes, point, gains),
        seconds=seconds,
    )
    return Operated(point.assembly, point.solution, operating)


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def _doubtful(axes: Axes, tangents: dict[str, Tangent]) -> tuple[str, ...]:
    found = []
    for unit, name in axes.settings:
        tangent = tangents[unit]
        if tangent.doubt[tangent.place(("setting", name))].max() > KINK:
            found.append(f"{unit}:{name}")
    return tuple(found)


def _choices(
    axes: Axes, point: Point, gains: list[float | None] | None
) -> tuple[SettingChoice, ...]:
    chain = axes.network.chain
    duties = point.assembly.duties(point.solution.x)
    found = []
    for i, (unit, name) in enumerate(axes.settings):
        of = next(
            s.unit for s in axes.network.processes[unit].settings if s.name == name
        )
        total = np.sum(list(duties[unit].values()), axis=0)
        found.append(
            SettingChoice(
                unit=unit,
                setting=name,
                centre=chain.unit[unit].centre,
                of=of,
                book=float(axes.book[i]),
                low=float(axes.low[i]),
                high=float(axes.high[i]),
                chosen=point.setting[i],
                slope=point.slope[i] / axes.scale[i],
                runs=np.asarray(total > 1e-9 * max(1.0, total.max()), np.bool_),
                gain=None if gains is None else gains[i],
                corner=np.zeros(point.setting.shape[1], np.bool_),
            )
        )
    return tuple(found)
