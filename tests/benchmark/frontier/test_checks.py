"""What comes in: forms, names, and everything that is wrong with figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebook.benchmark.frontier import frontier, inspect
from orebook.benchmark.frontier.data import Factors, factors, prices_of, unit_names
from orebook.errors import InputError


class Frame:
    """What a data frame of another library offers."""

    def __init__(self, rows: dict[str, list[float]], index: list[str]) -> None:
        self.columns = list(rows)
        self.index = index
        self._rows = rows

    def to_numpy(self) -> Any:
        return np.array(list(self._rows.values())).T


def codes(x: Any, y: Any, **options: Any) -> list[str]:
    one, other = factors(x, "input"), factors(y, "output")
    names = tuple(f"u{i}" for i in range(len(one.values)))
    return [f.code for f in inspect(one, other, names, **options)]


def test_names_of_tables_are_kept() -> None:
    x = Frame({"ore": [2.0, 4.0], "power": [1.0, 3.0]}, ["north", "south"])
    found = frontier(x, {"metal": [1.0, 1.0]})
    assert found.units == ("north", "south")
    assert found.factors == ("ore", "power", "metal")
    told = found.to_dict()
    rows: Any = told["units"]
    assert rows[1]["peers"] == {"north": pytest.approx(1.0)}
    assert rows[1]["targets"]["ore"] == pytest.approx(2.0)
    assert found.peers_of("south") == {"north": pytest.approx(1.0)}
    with pytest.raises(InputError, match="did you mean 'south'"):
        found.peers_of("souht")


def test_frames_of_pandas_are_tables() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"ore": [2.0, 4.0]}, index=["a", "b"])
    found = frontier(frame, [1.0, 1.0])
    assert found.units == ("a", "b")
    assert found.inputs == ("ore",)


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ([1.0, np.nan, 2.0], [1.0, 2.0, 3.0], "missing"),
        ([1.0, -1.0, 2.0], [1.0, 2.0, 3.0], "negative"),
        ([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], "empty"),
        ([1.0, 2.0, 4.0], [0.0, 2.0, 3.0], "empty"),
        ([2.0, 2.0, 2.0], [1.0, 2.0, 3.0], "constant"),
        ([[1.0, 2.0], [2.0, 4.0], [5.0, 10.0]], [1.0, 2.0, 3.0], "collinear"),
        ([1.0, 1.0, 2.0], [1.0, 1.0, 3.0], "same_figures"),
        ([1.0, 3.0, 2.0], [1.0, 2.0, 3.0], "few_units"),
    ],
)
def test_each_doubt_has_its_code(x: Any, y: Any, code: str) -> None:
    assert code in codes(x, y)


def test_sound_figures_have_no_finding() -> None:
    rng = np.random.default_rng(0)
    assert codes(rng.uniform(1, 2, (30, 2)), rng.uniform(1, 2, 30)) == []


def test_nought_is_wrong_only_where_it_divides() -> None:
    x, y = [[0.0, 1.0], [1.0, 2.0], [2.0, 0.5]], [1.0, 2.0, 3.0]
    assert "zero" in codes(x, y, positive=True)
    assert "zero" not in codes(x, y)
    with pytest.raises(InputError, match="input 1 of unit 1: 0 is nought"):
        frontier(x, y, model="sbm")


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        frontier({"ore": [1.0, -2.0, np.nan]}, {"metal": [1.0, 2.0, -3.0]})
    message = str(told.value)
    assert "ore of unit 2: -2 is below nought" in message
    assert "ore of unit 3: is missing" in message
    assert "metal of unit 3" in message
    assert "use model 'ram'" in message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: factors([["a"], [1.0]], "input"), "row 1, column 1 is 'a'"),
        (lambda: factors(["x"], "input"), "row 1 is 'x'"),
        (lambda: factors([], "input"), "at least one of each"),
        (lambda: factors({}, "input"), "differ in length"),
        (lambda: factors({"a": [1.0], "b": [1.0, 2.0]}, "input"), "a: 1, b: 2"),
        (lambda: factors([[1.0], [1.0, 2.0]], "input"), "row 1"),
        (lambda: unit_names(2, ["a", "a"]), "'a' is there twice"),
        (lambda: unit_names(2, ["a"]), "1 names for 2 units"),
        (lambda: frontier([1.0, 2.0], [1.0]), "one row per unit in each"),
        (lambda: frontier([1.0, 2.0], [1.0, 2.0], returns="vsr"), "did you mean 'vrs'"),
        (lambda: frontier([1.0, 2.0], [1.0, 2.0], model="sbn"), "did you mean 'sbm'"),
        (lambda: frontier([1.0, 2.0], [1.0, 2.0], orientation="none"), "directional"),
        (lambda: frontier([1.0], [1.0], returns="fdh", model="sbm"), "with returns"),
        (lambda: frontier([1.0], [1.0], fixed=["ore"]), "fixed factor 'ore'"),
        (lambda: frontier([1.0], [1.0], model="directional",
                          direction=([-1.0], [1.0])), "nought or below"),
        (lambda: frontier([1.0], [1.0], model="directional",
                          direction=([[1.0, 2.0]], [1.0])), "direction has shape"),
        (lambda: frontier([1.0], [1.0], reference=([[1.0, 2.0]], [1.0])), "reference"),
        (lambda: prices_of({"ore": 1.0}, ("ore", "power"), 1), "no price of 'power'"),
        (lambda: prices_of([1.0, 2.0, 3.0], ("ore", "power"), 1), "prices have shape"),
        (lambda: prices_of([-1.0], ("ore",), 1), "below nought"),
        (lambda: Factors(("a",), np.ones((1, 1))) and factors(
            Frame({"a": [1.0]}, ["u"]), "input").names[9], "range"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(call: Any, message: str) -> None:
    with pytest.raises((InputError, IndexError), match=message):
        call()


def test_same_heading_twice_is_refused() -> None:
    frame = Frame({"a": [1.0, 2.0]}, ["u", "v"])
    frame.columns = ["a", "a"]
    frame._rows = {"a": [1.0, 2.0], "b": [1.0, 2.0]}
    with pytest.raises(InputError, match="'a' is there twice"):
        factors(frame, "input")


def test_fixed_factors_stay() -> None:
    x = [[2.0, 2.0], [4.0, 2.0], [3.0, 4.0]]
    found = frontier(x, [1.0, 1.0, 1.0], fixed=["input 2"])
    np.testing.assert_allclose(found.scores, [1.0, 0.5, 2.0 / 3.0])


def test_other_peers_can_be_the_reference() -> None:
    found = frontier([4.0, 1.0], [1.0, 1.0], reference=([2.0], [1.0]))
    np.testing.assert_allclose(found.scores, [0.5, 2.0])
    assert found.peers == ("unit 1",)
