"""Fair splits and cores against published games."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.evaluate.game import (
    Game,
    coalitions_of,
    core_point,
    excesses,
    fair_split,
    least_core,
    sampled_split,
)


def game_of(players: str, value) -> Game:
    return Game(tuple(players), {s: value(s) for s in coalitions_of(players)})


def gloves(coalition: frozenset[str]) -> float:
    """Return pairs of a left glove (l) and right ones (r, q)."""
    return float("l" in coalition and len(coalition) > 1)


def test_glove_game() -> None:
    """Shapley (2/3, 1/6, 1/6), core only (1, 0, 0): Osborne and Rubinstein 1994, 14."""
    game = game_of("lrq", gloves)
    split = fair_split(game)
    assert split == pytest.approx({"l": 2 / 3, "r": 1 / 6, "q": 1 / 6})
    assert max(excesses(game, split).values()) == pytest.approx(1 / 6)
    worst, _ = least_core(game)
    assert worst == pytest.approx(0.0, abs=1e-9)
    assert core_point(game, split) == pytest.approx({"l": 1, "r": 0, "q": 0}, abs=1e-6)


def test_airport_game() -> None:
    """Runways of cost 1, 2, 4: each piece is shared by those who need it.

    S. C. Littlechild, G. Owen, "A simple expression for the Shapley value in a special
    case", Management Science 20, 1973. Costs are negative values.
    """
    need = {"a": 1.0, "b": 2.0, "c": 4.0}
    game = game_of("abc", lambda s: -max(need[p] for p in s))
    split = fair_split(game)
    wanted = {"a": 1 / 3, "b": 1 / 3 + 1 / 2, "c": 1 / 3 + 1 / 2 + 2}
    assert split == pytest.approx({p: -v for p, v in wanted.items()})
    assert max(excesses(game, split).values()) <= 1e-12
    assert core_point(game, split) == pytest.approx(split)


def test_majority_game_has_no_stable_split() -> None:
    """Any two of three take all: the core is empty, the least core gives thirds."""
    game = game_of("abc", lambda s: float(len(s) > 1))
    worst, split = least_core(game)
    assert worst == pytest.approx(1 / 3)
    assert split == pytest.approx(dict.fromkeys("abc", 1 / 3))
    assert core_point(game, fair_split(game)) is None


def test_bankruptcy_of_the_talmud() -> None:
    """Estate 200, claims 100, 200, 300: Shapley by O'Neill, Math. Soc. Sci. 2, 1982.

    By hand over the six orders: 33 1/3, 83 1/3, 83 1/3.
    """
    claims = {"a": 100.0, "b": 200.0, "c": 300.0}
    game = game_of(
        "abc",
        lambda s: max(0.0, 200.0 - sum(v for p, v in claims.items() if p not in s)),
    )
    split = fair_split(game)
    assert split == pytest.approx({"a": 100 / 3, "b": 250 / 3, "c": 250 / 3})
    assert max(excesses(game, split).values()) <= 1e-9


def production(resource: dict[str, tuple[float, float]]) -> Game:
    """Return a linear production game: max 3x + 4y, x + y <= r1, x + 2y <= r2."""
    from scipy.optimize import linprog

    def value(s: frozenset[str]) -> float:
        have = np.sum([resource[p] for p in s], axis=0)
        done = linprog([-3.0, -4.0], A_ub=[[1.0, 1.0], [1.0, 2.0]], b_ub=have)
        return -float(done.fun)

    return game_of("".join(resource), value)


def test_dual_prices_of_linear_production_lie_in_the_core() -> None:
    """G. Owen, "On the core of linear production games", Math. Programming 9, 1975.

    All hold (12, 16): the optimum is x = 8, y = 4, the duals are 2 and 1, and what each
    owns at these prices is a stable split.
    """
    resource = {"a": (6.0, 2.0), "b": (4.0, 6.0), "c": (2.0, 8.0)}
    game = production(resource)
    assert game.whole == pytest.approx(40.0)
    owen = {p: 2.0 * r[0] + 1.0 * r[1] for p, r in resource.items()}
    assert sum(owen.values()) == pytest.approx(game.whole)
    assert max(excesses(game, owen).values()) <= 1e-9
    worst, _ = least_core(game)
    assert worst <= 1e-9
    point = core_point(game, fair_split(game))
    assert point is not None
    assert max(excesses(game, point).values()) <= 1e-7


def test_nearest_core_point_is_the_nearest() -> None:
    """No random point of the core is nearer to the fair split."""
    game = game_of("lrqs", lambda s: 10.0 * gloves(s - {"s"}) + 4.0 * (len(s) == 4))
    split = fair_split(game)
    found = core_point(game, split)
    assert found is not None
    assert sum(found.values()) == pytest.approx(game.whole)
    assert max(excesses(game, found).values()) <= 1e-6
    own = sum((found[p] - split[p]) ** 2 for p in game.players)
    draw = random.Random(3)
    for _ in range(300):
        cut = sorted(draw.uniform(0.0, game.whole) for _ in range(3))
        shares = np.diff([0.0, *cut, game.whole])
        other = dict(zip(game.players, map(float, shares), strict=True))
        if max(excesses(game, other).values()) <= 0.0:
            assert sum((other[p] - split[p]) ** 2 for p in game.players) >= own - 1e-6


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7)


@settings(max_examples=40, deadline=None)
@given(VALUES, st.permutations("abc"))
def test_split_is_exact_and_free_of_order(
    values: list[float], order: list[str]
) -> None:
    table = dict(zip(coalitions_of("abc"), values, strict=True))
    split = fair_split(Game(("a", "b", "c"), table))
    other = fair_split(Game(tuple(order), table))
    size = max(1.0, *map(abs, values))
    assert sum(split.values()) == pytest.approx(values[-1], abs=1e-9 * size)
    assert {p: other[p] for p in split} == pytest.approx(split, abs=1e-9 * size)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4))
def test_an_additive_game_gives_each_its_own(own: list[float]) -> None:
    value = dict(zip("abcd", own, strict=True))
    game = game_of("abcd", lambda s: sum(value[p] for p in s))
    size = max(1.0, *map(abs, own))
    assert fair_split(game) == pytest.approx(value, abs=1e-8 * size)
    assert game.gain == pytest.approx(0.0, abs=1e-8 * size)


def test_least_core_is_what_brute_force_finds() -> None:
    """No split of a fine grid has a smaller worst excess."""
    draw = np.random.default_rng(5)
    game = game_of("abc", lambda s: float(len(s) ** 1.5 + draw.uniform()))
    worst, split = least_core(game)
    assert max(excesses(game, split).values()) == pytest.approx(worst)
    grid = np.linspace(0.0, game.whole, 120)
    best = min(
        max(excesses(game, {"a": a, "b": b, "c": game.whole - a - b}).values())
        for a in grid
        for b in grid
    )
    assert worst <= best + 1e-9
    assert best - worst < 0.1


def test_sampled_split_agrees_with_the_exact_one() -> None:
    """Within four standard errors, and the sum is exact."""

    def value(s: frozenset[str]) -> float:
        return float(len(s) ** 2 + 3.0 * ("a" in s and "d" in s))

    exact = fair_split(game_of("abcdef", value))
    drawn = sampled_split(value, "abcdef", orders=100, seed=2)
    assert sum(drawn.split.values()) == pytest.approx(value(frozenset("abcdef")))
    for p, share in exact.items():
        assert abs(drawn.split[p] - share) <= 4.0 * drawn.error[p] + 1e-9
    again = sampled_split(value, "abcdef", orders=100, seed=2)
    assert again.split == drawn.split


def test_a_game_without_all_values_is_refused() -> None:
    with pytest.raises(InputError, match="no value for"):
        Game(("a", "b"), {frozenset("a"): 1.0})
    partial = {s: 1.0 for s in coalitions_of("abc") if len(s) != 2}
    with pytest.raises(InputError, match="3 coalitions have no value"):
        fair_split(Game(("a", "b", "c"), partial))
