"""Least squares over polyhedra that fall apart: side by side as one by one."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.sparse import block_diag, csr_array

from orebook.plan import quadratic
from orebook.plan.proximal import by_multipliers
from orebook.plan.quadratic import RUNGS, UnsettledError, nearest
from orebook.plan.squares import Optimum, Squares, errors

SIZES = (1, 3, 2, 5, 4)


def boxes(seed: int, sizes: tuple[int, ...] = SIZES) -> list[Squares]:
    """Return parts with a box around 0 as cuts; money from 1 to 1e6."""
    rng = np.random.default_rng(seed)
    found = []
    for number, size in enumerate(sizes):
        money = 10.0 ** rng.integers(0, 7)
        least = -rng.uniform(0.0, 1.0, size)
        found.append(
            Squares(
                csr_array(rng.normal(size=(size + 1, size)) * money),
                rng.normal(size=size + 1) * money * (number != 2),
                csr_array(np.eye(size)),
                least,
                least + rng.uniform(0.0, 1.5, size),
            )
        )
    return found


def joined(parts: list[Squares]) -> Squares:
    return Squares(
        csr_array(block_diag([part.matrix for part in parts], format="csr")),
        np.concatenate([part.start for part in parts]),
        csr_array(block_diag([part.cut for part in parts], format="csr")),
        np.concatenate([part.least for part in parts]),
        np.concatenate([part.most for part in parts]),
    )


def by_scipy(part: Squares) -> np.ndarray:
    box = (part.least, part.most + 1e-300)
    scale = np.abs(part.matrix.data).max()
    found = lsq_linear(
        part.matrix.toarray() / scale, -part.start / scale, box, tol=1e-14
    )
    return found.x


@pytest.mark.parametrize("seed", range(8))
def test_parts_together_equal_another_solver(seed: int) -> None:
    parts = boxes(seed)
    found = nearest(joined(parts))
    oracle = np.concatenate([by_scipy(part) for part in parts])
    assert found.point == pytest.approx(oracle, abs=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_parts_together_equal_each_alone(seed: int) -> None:
    parts = boxes(seed)
    found = nearest(joined(parts))
    alone = [nearest(part) for part in parts]
    point = np.concatenate([one.point for one in alone])
    binding = np.concatenate([one.binding for one in alone])
    assert found.point == pytest.approx(point, abs=1e-11)
    assert found.binding.tolist() == binding.tolist()


def test_a_hard_part_does_not_spoil_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = boxes(3)
    expected = nearest(joined(parts))
    polish, sizes = quadratic._polished, []

    def spoils_many(part: Squares, point: np.ndarray, binding: np.ndarray) -> Optimum:
        sizes.append(part.matrix.shape[1])
        found = polish(part, point, binding)
        many = part.matrix.shape[1] > max(SIZES)
        return Optimum(found.point + 1.0, found.price) if many else found

    monkeypatch.setattr(quadratic, "_polished", spoils_many)
    found = nearest(joined(parts))
    assert sizes[0] > max(SIZES)
    assert max(sizes[1:]) <= max(SIZES)
    assert found.point == pytest.approx(expected.point, abs=1e-11)
    assert found.binding.tolist() == expected.binding.tolist()


def test_parts_at_rest_stay_at_zero() -> None:
    part = Squares(
        csr_array(np.eye(2)),
        np.zeros(2),
        csr_array(np.eye(2)),
        -np.ones(2),
        np.ones(2),
    )
    assert nearest(part).point.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("seed", range(6))
def test_every_rung_alone_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, seed: int, rung: object
) -> None:
    part = joined(boxes(seed))
    expected = nearest(part)
    monkeypatch.setattr(quadratic, "RUNGS", (rung,))
    found = nearest(part)
    assert found.point == pytest.approx(expected.point, abs=1e-9)
    assert found.binding.tolist() == expected.binding.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_the_proximal_method_needs_no_guess(seed: int) -> None:
    """From 0 and without multipliers, every cut said three times."""
    rng = np.random.default_rng(seed)
    cut = np.tile(rng.normal(size=(12, 6)), (3, 1))
    part = Squares(
        csr_array(rng.normal(size=(4, 6))),
        3.0 * rng.normal(size=4),
        csr_array(cut),
        np.full(36, -np.inf),
        np.tile(rng.random(12), 3),
    )
    found = by_multipliers(part, Optimum(np.zeros(6), np.zeros(36)))
    assert max(each.max() for each in errors(part, found)) < 1e-9
    other = nearest(part)
    terms = part.matrix @ np.array([found.point, other.point]).T
    assert terms[:, 0] == pytest.approx(terms[:, 1], abs=1e-7)


def test_an_empty_polyhedron_is_refused_with_its_unknowns() -> None:
    one = csr_array(np.array([[0.0, 1.0, 0.0]]))
    part = Squares(
        csr_array(np.eye(3)),
        np.array([1.0, 1.0, 1.0]),
        csr_array(np.vstack([one.toarray(), one.toarray()])),
        np.array([1.0, -np.inf]),
        np.array([np.inf, 0.5]),
    )
    with pytest.raises(UnsettledError, match="was settled to") as caught:
        nearest(part)
    assert caught.value.ties.tolist() == [1]


def narrow(copies: int) -> Squares:
    """Return parts alike, each with bands far narrower than the prices they hold.

    Cut from the year of days of the example group (goods whose band is 1e-4 of their
    price): unknowns with a term of slope 1e4 and one without, joined by an equation.
    """
    slope = np.array([-9574.97077741063, -9588.8301965048, -9452.606933609854])
    join = np.array([-0.9973947220618077, -0.9988384143483655, -0.9846484636329024])
    place, end = [0, 2, 6], [1, 3, 5, 7]
    cut, matrix = np.zeros((6, 8)), np.zeros((1, 8))
    matrix[0, place], cut[1, place], cut[1, [1, 3, 7]] = slope, join, -join
    cut[0, 4], cut[1, 4], cut[1, 5] = 1.0, -1.0, 1.0
    cut[range(2, 6), end] = 1.0
    least = np.array([-1.200533188934865e-05, 0.0, 0.0, 0.0, 0.0, 0.0])
    most = np.array([np.inf, 0.0, 0.0, 0.0, 0.0, 0.0])
    part = Squares(
        csr_array(matrix), np.array([0.15424710962439162]), csr_array(cut), least, most
    )
    return joined([part] * copies)


@pytest.mark.parametrize("copies", [1, 60])
def test_narrow_bands_between_days_find_their_minimum(copies: int) -> None:
    """Ended with "found no minimum"; the least term follows from the one free limit."""
    found = nearest(narrow(copies))
    term = narrow(copies).matrix @ found.point + narrow(copies).start
    steepest = 9574.97077741063 / 0.9973947220618077
    expected = 0.15424710962439162 - steepest * 1.200533188934865e-05
    assert term == pytest.approx(np.full(copies, expected), rel=1e-9)
    assert found.binding.reshape(copies, 6)[:, 0].tolist() == [1.0] * copies
