"""A gain made together: values of coalitions, fair split, and whether it is stable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.evaluate.attribution import Coalitions, shapley
from orebook.plan.lp import Builder
from orebook.plan.quadratic import Squares, nearest
from orebook.plan.solve import Solver

__all__ = [
    "EXACT",
    "Game",
    "Sampled",
    "coalitions_of",
    "core_point",
    "excesses",
    "fair_split",
    "least_core",
    "sampled_split",
]

FloatArray = npt.NDArray[np.float64]
Coalition = frozenset[str]
Value = Callable[[Coalition], float]

EXACT = 10
"""Most players all of whose coalitions are worked out; 2^10 values [-]."""
STABLE = 1e-9
"""A coalition that could gain less than this share of the largest value stays [-]."""


@dataclass(frozen=True, slots=True)
class Game:
    """Who can do what together.

    Parameters
    ----------
    players : tuple of str
        Names.
    value : mapping
        Coalition to what it can earn by itself [CNY]; holds at least every player
        alone and all together. The empty coalition is worth 0.
    """

    players: tuple[str, ...]
    value: Mapping[Coalition, float]

    def __post_init__(self) -> None:
        """Refuse a game that lacks a player or the whole."""
        wanted = [frozenset(self.players), *(frozenset([p]) for p in self.players)]
        missing = [sorted(s) for s in wanted if s not in self.value]
        if missing or not self.players:
            raise InputError(
                f"a game of {len(self.players)} players has no value for {missing}; "
                "expected at least one player and a value for each alone and for all"
            )

    @property
    def whole(self) -> float:
        """What all earn together [CNY]."""
        return self.value[frozenset(self.players)]

    @property
    def gain(self) -> float:
        """What all earn together more than each alone [CNY]."""
        return self.whole - sum(self.value[frozenset([p])] for p in self.players)

    @property
    def scale(self) -> float:
        """Largest size of a value, at least 1e-300 [CNY]."""
        return max(1e-300, *(abs(v) for v in self.value.values()))

    def parts(self) -> Iterator[Coalition]:
        """Yield the coalitions with a value, without the whole and the empty one."""
        for coalition in self.value:
            if 0 < len(coalition) < len(self.players):
                yield coalition


def coalitions_of(players: Sequence[str]) -> list[Coalition]:
    """Return every coalition but the empty one, small ones first.

    Examples
    --------
    >>> [sorted(s) for s in coalitions_of(["a", "b"])]
    [['a'], ['b'], ['a', 'b']]
    """
    sizes = range(1, len(players) + 1)
    return [frozenset(c) for k in sizes for c in combinations(players, k)]


def fair_split(game: Game) -> dict[str, float]:
    """Split what all earn by what each adds, averaged over all orders (Shapley).

    Parameters
    ----------
    game : Game
        With a value for every coalition.

    Returns
    -------
    dict
        Player to share; the shares sum to the value of all [CNY].

    Raises
    ------
    InputError
        If a coalition has no value, or there are more than 15 players.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    One left glove and two right ones: a pair is worth 6.

    >>> pairs = {s: 6.0 * ("l" in s and len(s) > 1) for s in coalitions_of("lrq")}
    >>> fair_split(Game(("l", "r", "q"), pairs))
    {'l': 4.0, 'r': 1.0, 'q': 1.0}
    """
    lacking = [s for s in coalitions_of(game.players) if s not in game.value]
    if lacking:
        raise InputError(
            f"{len(lacking)} coalitions have no value, the first {sorted(lacking[0])}; "
            "expected all; use sampled_split where they are too many"
        )

    def table(members: Coalitions) -> FloatArray:
        named = [
            frozenset(p for p, is_in in zip(game.players, row, strict=True) if is_in)
            for row in members
        ]
        return np.array([game.value[s] if s else 0.0 for s in named])

    return shapley(table, game.players)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A split from a sample of orders.

    Parameters
    ----------
    game : Game
        The coalitions met on the way.
    split, error : dict
        Share of each player and its standard error [CNY].
    orders : int
        Orders drawn [-].
    """

    game: Game
    split: dict[str, float]
    error: dict[str, float]
    orders: int


def sampled_split(
    value: Value, players: Sequence[str], *, orders: int = 200, seed: int = 1
) -> Sampled:
    """Estimate the Shapley split of many players from a sample of orders.

    Parameters
    ----------
    value : callable
        Coalition to what it earns [CNY]; asked once for each.
    players : sequence of str
        Names.
    orders : int
        Orders drawn, each with its reverse, which halves the error of games that are
        nearly additive [-].
    seed : int
        Seed of the drawing [-].

    Returns
    -------
    Sampled
        The shares sum to the value of all, whatever the sample.

    References
    ----------
    .. [1] J. Castro, D. Gomez, J. Tejada, "Polynomial calculation of the Shapley value
       based on sampling", Computers & Operations Research 36, 2009.

    Examples
    --------
    >>> drawn = sampled_split(lambda s: float(len(s)) ** 2, "abc", orders=4)
    >>> round(sum(drawn.split.values()), 9)
    9.0
    """
    known: dict[Coalition, float] = {frozenset(): 0.0}

    def once(coalition: Coalition) -> float:
        if coalition not in known:
            known[coalition] = value(coalition)
        return known[coalition]

    random = np.random.default_rng(seed)
    rows = []
    for _ in range(orders):
        drawn = random.permutation(len(players))
        both = [_added(once, players, order) for order in (drawn, drawn[::-1])]
        rows.append(0.5 * (both[0] + both[1]))
    for player in players:
        once(frozenset([player]))
    table = np.array(rows)
    error = table.std(axis=0, ddof=min(1, orders - 1)) / np.sqrt(orders)
    del known[frozenset()]
    return Sampled(
        Game(tuple(players), known),
        dict(zip(players, map(float, table.mean(axis=0)), strict=True)),
        dict(zip(players, map(float, error), strict=True)),
        orders,
    )


def _added(
    value: Value, players: Sequence[str], order: npt.NDArray[np.int64]
) -> FloatArray:
    """Return what each player adds when all join in an order [CNY]."""
    found = np.zeros(len(players))
    joined: Coalition = frozenset()
    before = 0.0
    for k in order:
        joined |= {players[k]}
        after = value(joined)
        found[k], before = after - before, after
    return found


def excesses(game: Game, split: Mapping[str, float]) -> dict[Coalition, float]:
    """Return what each coalition would gain by leaving, the most first.

    Parameters
    ----------
    game : Game
        Values of coalitions.
    split : mapping
        Player to share [CNY].

    Returns
    -------
    dict
        Coalition to its value less its shares [CNY]; a split is in the core when it
        gives out the value of all and nobody would gain.

    References
    ----------
    .. [1] D. B. Gillies, "Solutions to general non-zero-sum games", 1959.

    Examples
    --------
    >>> game = Game(("a", "b"), {s: 3.0 * len(s) - 2 for s in coalitions_of("ab")})
    >>> excesses(game, {"a": 2.0, "b": 2.0})
    {frozenset({'a'}): -1.0, frozenset({'b'}): -1.0}
    """
    found = {s: game.value[s] - sum(split[p] for p in s) for s in game.parts()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def least_core(game: Game) -> tuple[float, dict[str, float]]:
    """Return the smallest worst excess any split can have, and such a split.

    Parameters
    ----------
    game : Game
        Values of coalitions.

    Returns
    -------
    tuple of float and dict
        The excess [CNY]: at most 0 where the core is not empty; player to share [CNY].

    References
    ----------
    .. [1] M. Maschler, B. Peleg, L. S. Shapley, "Geometric properties of the kernel,
       nucleolus, and related solution concepts", 1979.

    Examples
    --------
    Any two of three earn all of it: no split is stable.

    >>> majority = {s: float(len(s) > 1) for s in coalitions_of("abc")}
    >>> worst, split = least_core(Game(("a", "b", "c"), majority))
    >>> round(worst, 9), round(split["a"], 9)
    (0.333333333, 0.333333333)
    """
    parts = list(game.parts())
    if not parts:
        return 0.0, dict.fromkeys(game.players, game.whole)
    builder = Builder(periods=1)
    share = builder.columns("share", list(game.players), lower=-np.inf)
    worst = builder.columns("excess", ["worst"], cost=1.0, lower=-np.inf)
    each = np.array([game.value[s] for s in parts]).reshape(-1, 1) / game.scale
    names = ["+".join(sorted(s)) for s in parts]
    rows = builder.rows("coalition", names, lower=each, upper=np.inf)
    whole = game.whole / game.scale
    total = builder.rows("all", ["all"], lower=whole, upper=whole)
    inside = np.array([[float(p in s) for p in game.players] for s in parts])
    r, c = np.nonzero(inside)
    builder.entries(rows.all()[r, 0], share.all()[c, 0], 1.0)
    builder.entries(rows.all()[:, 0], np.repeat(worst.all()[0], len(parts)), 1.0)
    builder.entries(np.repeat(total.all()[0], len(game.players)), share.all()[:, 0], 1)
    x = Solver(builder.problem()).optimal().x * game.scale
    split = dict(zip(game.players, map(float, x[share.all()[:, 0]]), strict=True))
    return float(x[worst.all()[0, 0]]), split


def core_point(game: Game, split: Mapping[str, float]) -> dict[str, float] | None:
    """Return the stable split nearest to another, None where none is stable.

    Parameters
    ----------
    game : Game
        Values of coalitions.
    split : mapping
        Player to share, summing to the value of all [CNY].

    Returns
    -------
    dict or None
        The point of the core with the least sum of squared distances [CNY]; the split
        itself where it is in the core.

    Examples
    --------
    One left glove and two right ones: all goes to the left one.

    >>> pairs = {s: 6.0 * ("l" in s and len(s) > 1) for s in coalitions_of("lrq")}
    >>> game = Game(("l", "r", "q"), pairs)
    >>> found = core_point(game, fair_split(game))
    >>> {p: round(share, 6) + 0.0 for p, share in found.items()}
    {'l': 6.0, 'r': 0.0, 'q': 0.0}
    """
    from scipy.sparse import csr_array

    tolerance = STABLE * game.scale
    if max(excesses(game, split).values(), default=-np.inf) <= tolerance:
        return dict(split)
    worst, _ = least_core(game)
    if worst > tolerance:
        return None
    parts = list(game.parts())
    inside = [[float(p in s) for p in game.players] for s in parts]
    start = np.array([split[p] for p in game.players]) / game.scale
    value = np.array([game.value[s] for s in parts]) / game.scale
    cut = np.vstack([inside, np.ones(len(game.players))])
    # Unknowns are moves away from the split; what is given out stays the same. Where
    # the core has no inside, rounding may leave it empty by a hair.
    slack = max(worst / game.scale, 0.0)
    least = np.append(value - np.array(inside) @ start - slack, 0.0)
    most = np.append(np.full(len(parts), np.inf), 0.0)
    count = len(game.players)
    squares = Squares(
        csr_array(np.eye(count)), np.zeros(count), csr_array(cut), least, most
    )
    point = (start + nearest(squares).point) * game.scale
    return dict(zip(game.players, map(float, point), strict=True))
