"""Make a plan: assemble, solve, price, and say what every limit earns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Chain
from orebook.plan.assemble import Assembly, Section, assemble
from orebook.plan.axes import nothing_to_operate
from orebook.plan.coarse import from_nothing
from orebook.plan.conditions import Conditions
from orebook.plan.equal_rent import equal_rent_of
from orebook.plan.face import dual_face
from orebook.plan.factor import factorise, reduced_costs
from orebook.plan.followed import ROUNDS, followed_settings, moved_on
from orebook.plan.held import linear_of
from orebook.plan.infeasible import ContradictionError, demand_optimal
from orebook.plan.limit_worth import LimitWorth, ranged_periods, worths
from orebook.plan.lp import Block, Problem
from orebook.plan.mixed import mixed_of, solve_mixed
from orebook.plan.operate import Assembler, operate
from orebook.plan.operating import Operating, Start
from orebook.plan.pools.compose import Composed, compose
from orebook.plan.pools.result import PoolSettings, PoolsFound
from orebook.plan.pools.worth import pools_found
from orebook.plan.prices import PriceCheck, check_prices, one_sided_of
from orebook.plan.result import Plan, Prices, Rent
from orebook.plan.setting_worth import valued
from orebook.plan.solve import Basis, Solution
from orebook.plan.words import in_words
from orebook.process.network import Network

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[str, float], None]
QUALITY = frozenset({"spec", "feed_limit"})
UNIT_DECISIONS = (
    "on",
    "start",
    "stop",
    "state",
    "least_run",
    "least_stop",
    "most_starts",
    "batch",
    "batches",
    "batch_on",
)
BAND_DECISIONS = (
    "band",
    "band_amount",
    "band_per",
    "band_one",
    "band_sum",
    "band_low",
    "band_high",
    "band_room",
    "band_per_sum",
)
NO_LIMIT = frozenset({"balance", "composition"})
CHECKED_AT_ONCE = 100  # rows between two reports of progress [-]
SMALLEST_RENT = 1e-6  # CNY per period: below it is rounding of the solver


def make_plan(
    network: Network,
    conditions: Conditions,
    *,
    ranges: int | None = None,
    pools: PoolSettings | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return the plan of least cost with its internal prices.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, market prices, availability, opening stocks.
    ranges : int, optional
        Periods for which prices and limits state up to where they hold; by default as
        many as cost little (`orebook.plan.limit_worth.ranged_periods`) [-].
    pools : PoolSettings, optional
        How long the best mixes are searched for, where the book mixes anything.
    progress : callable, optional
        Called with (step, share done).

    Raises
    ------
    InfeasibleError
        If the requirements contradict each other; the message names the smallest set
        that does, in the book's words.
    """
    say = progress or _silent
    settled = settle(network, conditions, pools=pools, progress=say)
    assembly, solution = settled.assembly, settled.solution
    clock = perf_counter()
    say("price", 0.4)
    linear = linear_of(assembly.problem, solution.x)
    prices, dual, limits = price_rows(linear, solution, ranges=ranges)
    say("done", 1.0)
    return Plan(
        assembly,
        solution.objective,
        solution.x,
        dual,
        prices,
        tuple(_rents(assembly, solution, dual, linear)),
        {**settled.seconds, "price": perf_counter() - clock},
        undecided(limits, assembly.problem),
        operating=_valued(settled, dual),
        mixed=mixed_of(solution),
        pools=_pools(settled),
    )


def _pools(settled: Settled) -> PoolsFound | None:
    """Return the pools of a plan, None where nothing is mixed."""
    solution = settled.solution
    found = pools_found(
        settled.composed, settled.assembly, solution.objective, solution.x
    )
    if found is None or settled.operating is None:
        return found
    return replace(found, given_settings=True)


@dataclass(frozen=True, slots=True)
class Settled:
    """A plan solved, before it is priced.

    Parameters
    ----------
    assembly : Assembly
        What was solved; settings that the plan was free to choose are held in it.
    solution : Solution
        Its optimum.
    operating : Operating or None
        How the settings were found; None where nothing was free.
    seconds : mapping
        Time of each step [s].
    composed : Composed or None
        How the compositions of its pools were found; None where nothing is mixed.
    """

    assembly: Assembly
    solution: Solution
    operating: Operating | None
    seconds: Mapping[str, float]
    composed: Composed | None = None


def settle(
    network: Network,
    conditions: Conditions,
    *,
    assembler: Assembler | None = None,
    basis: Basis | None = None,
    start: Conditions | None = None,
    starts: Sequence[Start] = ("book",),
    worths: bool = True,
    pools: PoolSettings | None = None,
    like: Problem | None = None,
    progress: Progress | None = None,
) -> Settled:
    """Solve a plan, its free settings and curved processes included.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, market prices, availability, opening stocks.
    assembler : callable, optional
        Makes the problem from conditions and further sections; the assembly of the
        network otherwise.
    basis : Basis, optional
        Where to start the solver, if there is nothing to operate.
    start : Conditions, optional
        Settings and duties to start from; the book's otherwise.
    starts : sequence of {"book", "low", "high"}
        Where to search from; the best plan is kept.
    worths : bool
        Also say what each moved setting is worth.
    pools : PoolSettings, optional
        How long the best mixes are searched for, where the book mixes anything.
    like : Problem, optional
        A plan of the same horizon whose limits of contracts hold.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Settled
        Without pools, free settings and curved processes: one assembly and one solve.
        Where a plan has pools and free settings, the mixes are chosen at the settings
        given, the settings at these mixes, and the mixes once more. Where settings
        follow a duty, all is solved again until they stand where the duties do.

    Raises
    ------
    InfeasibleError
        If the requirements contradict each other, in the words of the book.
    """
    once = partial(
        _settled,
        network,
        assembler=assembler,
        basis=basis,
        start=start,
        starts=starts,
        worths=worths,
        pools=pools,
        like=like,
        progress=progress,
    )
    found = once(conditions)
    if not followed_settings(network):
        return found
    for round_ in range(ROUNDS):
        duties = found.assembly.duties(found.solution.x)
        again = moved_on(network, conditions, duties, round_=round_)
        if again is None:
            break
        conditions = again
        found = once(conditions)
    return found


def _settled(
    network: Network,
    conditions: Conditions,
    *,
    assembler: Assembler | None = None,
    basis: Basis | None = None,
    start: Conditions | None = None,
    starts: Sequence[Start] = ("book",),
    worths: bool = True,
    pools: PoolSettings | None = None,
    like: Problem | None = None,
    progress: Progress | None = None,
) -> Settled:
    """Solve a plan once, at the blends its conditions tell."""
    say = progress or _silent
    make = assembler or partial(_assembled, network)
    choose = partial(compose, network, settings=pools, like=like, progress=progress)
    clock = perf_counter()
    composed = choose(conditions)
    known = conditions if composed is None else composed.conditions
    if not nothing_to_operate(network):
        found = operate(
            network,
            known,
            make,
            progress=say,
            worths=worths,
            start=start,
            starts=starts,
        )
        seconds = found.operating.seconds
        solution = found.solution
        if found.assembly.problem.integer.any():  # a bound at the settings found
            solution = solved(found.assembly, decided=solution.x)
        chosen = Settled(found.assembly, solution, found.operating, seconds)
        return chosen if composed is None else _mixed_again(chosen, choose, make)
    say("assemble", 0.0)
    assembly = make(known, ())
    assembled = perf_counter()
    say("solve", 0.1)
    if basis is not None:
        sizes = (basis.rows.size, basis.columns.size)
        basis = basis if sizes == assembly.problem.shape else None
    solution = solved(assembly, basis)
    seconds = {"assemble": assembled - clock, "solve": perf_counter() - assembled}
    return Settled(assembly, solution, None, seconds, composed)


def _mixed_again(
    settled: Settled,
    choose: Callable[[Conditions], Composed | None],
    make: Assembler,
) -> Settled:
    """Choose the mixes at the settings found; the bound then holds for these."""
    composed = choose(settled.assembly.conditions)
    assert composed is not None
    assembly = make(composed.conditions, ())
    solution = solved(assembly)
    if solution.objective <= settled.solution.objective:
        settled = replace(settled, assembly=assembly, solution=solution)
    return replace(settled, composed=composed)


def _assembled(
    network: Network, conditions: Conditions, more: Sequence[Section]
) -> Assembly:
    return assemble(network, conditions, more=more)


def solved(
    assembly: Assembly,
    basis: Basis | None = None,
    decided: FloatArray | None = None,
) -> Solution:
    """Solve an assembled plan, warm from a basis where one is given.

    Parameters
    ----------
    assembly : Assembly
        What to solve.
    basis : Basis, optional
        Start; solves cold without.
    decided : array of float, optional
        Columns of an earlier plan, whose whole decisions are tried first [unit].

    Returns
    -------
    Solution
        An optimum.

    Raises
    ------
    InfeasibleError
        If there is none, in the words of the book.
    """
    try:
        return solve_mixed(assembly.problem, basis=basis, start=decided)
    except ContradictionError as error:
        raise in_words(assembly, error) from error


def _valued(settled: Settled, dual: FloatArray) -> Operating | None:
    """Return how the units run, valued at the published prices."""
    if settled.operating is None:
        return None
    return valued(settled.operating, settled.assembly, settled.solution.x, dual)


def undecided(
    limits: tuple[LimitWorth, ...], problem: Problem
) -> tuple[LimitWorth, ...]:
    """Return the limits that are none of a whole decision, which has no margin."""
    whole = problem.integer
    return tuple(x for x in limits if x.row or not whole[x.index])


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def price_rows(
    problem: Problem, solution: Solution, *, ranges: int | None = None
) -> tuple[Prices, FloatArray, tuple[LimitWorth, ...]]:
    """Return the prices of all balances, the published duals, and the limits that bind.

    Prices and limits of the first ``ranges`` periods state up to where they hold.
    """
    block = problem.rows["balance"]
    rows, count = block.all(), ranged_periods(problem, asked=ranges)
    face = dual_face(factorise(problem, solution))
    sides = one_sided_of(face, rows[:, count:], ranges=False)
    first = one_sided_of(face, rows[:, :count])
    dual = equal_rent_of(face, free_rows=rows.ravel())

    def whole(early: FloatArray, late: FloatArray) -> FloatArray:
        shapes = (len(rows), count), (len(rows), rows.shape[1] - count)
        parts = [x.reshape(s) for x, s in zip((early, late), shapes, strict=True)]
        return np.concatenate(parts, axis=1)

    prices = Prices(
        price=dual[rows],
        bid=whole(first.bid, sides.bid),
        ask=whole(first.ask, sides.ask),
        bid_range=first.bid_range.reshape(len(rows), count),
        ask_range=first.ask_range.reshape(len(rows), count),
    )
    return prices, dual, worths(face, dual, periods=count)


def check_plan_prices(
    plan: Plan, *, step: float = 1.0, progress: Progress | None = None
) -> PriceCheck:
    """Re-solve with plus and minus ``step`` of every balance; compare bid and ask."""
    say = progress or _silent
    problem = plan.linear
    solution = demand_optimal(problem, from_nothing(problem))
    rows = problem.rows["balance"].all().ravel()
    parts = []
    for start in range(0, rows.size, CHECKED_AT_ONCE):
        say("check prices", start / rows.size)
        some = rows[start : start + CHECKED_AT_ONCE]
        parts.append(check_prices(problem, solution, some, step=step))
    worst = max(parts, key=lambda part: part.worst)
    return PriceCheck(
        worst=worst.worst,
        row=worst.row,
        checked=sum(part.checked for part in parts),
        shortened=sum(part.shortened for part in parts),
        smallest_step=min(part.smallest_step for part in parts),
    )


def _rents(
    assembly: Assembly, solution: Solution, dual: FloatArray, linear: Problem
) -> list[Rent]:
    """Return what the limits of the continuous problem earn; a decision earns none."""
    problem = linear
    owner = _Owners(assembly.network.chain)
    activity = np.asarray(problem.matrix @ solution.x)
    found = []
    for block in problem.rows.values():
        if block.name not in NO_LIMIT:
            found += _family(block, activity, -dual, owner)
    reduced = reduced_costs(problem, dual)
    reduced[assembly.problem.integer] = 0.0
    for block in problem.columns.values():
        found += _family(block, solution.x, -reduced, owner)
    # How far a tangent may be followed is nobody's capacity.
    held = assembly.conditions.reach
    return [
        r for r in found if r.kind != "duty" or r.subject.partition(":")[0] not in held
    ]


def _family(
    block: Block, activity: FloatArray, worth: FloatArray, owner: _Owners
) -> list[Rent]:
    rents = []
    for entity, i in zip(block.entities, block.all(), strict=True):
        each = worth[i].copy()
        if block.name == "stock":
            each[-1] = 0.0  # what the horizon demands of a stock is nobody's rent
        # A limit on quality allows nothing in tonnes; its worth stands by itself.
        money = each if block.name in QUALITY else activity[i] * each
        if np.any(np.abs(money) > SMALLEST_RENT):
            centre = owner.of(block.name, entity)
            rents.append(Rent(block.name, entity, centre, activity[i], each))
    return rents


class _Owners:
    """Which centre owns the limit behind a row or column."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        unit = {u.id: u.centre for u in chain.units}
        buy = {p.id: p.centre for p in chain.purchases}
        sell = {s.id: s.centre for s in chain.sales}
        route = {r.id: r.centre for r in chain.routes}
        self.tables = {
            "duty": unit,
            "capacity": unit,
            "minimum": unit,
            "feed_limit": unit,
            "buy": buy,
            "buy_total": buy,
            "shortfall": buy,
            "take_or_pay": buy,
            "sell": sell,
            "sell_total": sell,
            "spec": sell,
            "excess": sell,
            "sale_tier": sell,
            "ship": route,
            "route": route,
            "stock": {s.id: s.centre for s in chain.stores},
            "pile_end": {p.id: p.centre for p in chain.piles},
            "limit": {x.id: x.centre for x in chain.limits},
            "relation": unit,
            "demand": {d.id: d.centre for d in chain.demand_charges},
            "demand_load": {d.id: d.centre for d in chain.demand_charges},
        }
        self.tables |= dict.fromkeys(UNIT_DECISIONS, unit)
        self.tables |= dict.fromkeys(BAND_DECISIONS, buy)
        lots = {f"buy:{k}": v for k, v in buy.items()}
        lots |= {f"sell:{k}": v for k, v in sell.items()}
        lots |= {
            f"ship:{r.id}{m}": r.centre
            for r in chain.routes
            for m in ("", *(f":{name}" for name in r.materials))
        }
        self.tables |= {"lots": lots, "lots_to_date": lots}

    def of(self, block: str, entity: str) -> str:
        table = self.tables[block]
        if entity in table:
            return table[entity]
        return table[entity.partition(":")[0].partition("#")[0]]
