"""Published games of fair division, for the validation page."""

from __future__ import annotations

from orebook.evaluate.game import Game, coalitions_of, fair_split, least_core
from tests.docs.published import Published
from tests.evaluate.test_game import gloves, production


def games() -> list[Published]:
    """Return the cases."""
    need = {"a": 1.0, "b": 2.0, "c": 4.0}
    pairs = Game(tuple("lrq"), {s: gloves(s) for s in coalitions_of("lrq")})
    runway = Game(
        tuple("abc"), {s: max(need[p] for p in s) for s in coalitions_of("abc")}
    )
    majority = Game(tuple("abc"), {s: float(len(s) > 1) for s in coalitions_of("abc")})
    resource = {"a": (6.0, 2.0), "b": (4.0, 6.0), "c": (2.0, 8.0)}
    return [
        Published(
            "Fair division",
            "glove game",
            "Osborne and Rubinstein, A Course in Game Theory, 1994, chapter 14",
            "-",
            {"left": 2 / 3, "right": 1 / 6, "other_right": 1 / 6},
            lambda: fair_split(pairs).values(),
        ),
        Published(
            "Fair division",
            "airport game, runways of 1, 2 and 4",
            "Littlechild and Owen, Management Science 20, 1973",
            "-",
            {"small": 1 / 3, "middle": 5 / 6, "large": 17 / 6},
            lambda: fair_split(runway).values(),
        ),
        Published(
            "Fair division",
            "majority of three, least core",
            "Maschler, Peleg and Shapley, Math. of Operations Research 4, 1979",
            "-",
            {"worst_excess": 1 / 3},
            lambda: [least_core(majority)[0]],
        ),
        Published(
            "Fair division",
            "linear production game, value of all",
            "Owen, Mathematical Programming 9, 1975; duals 2 and 1 give a core point",
            "-",
            {"whole": 40.0},
            lambda: [production(resource).whole],
        ),
    ]
