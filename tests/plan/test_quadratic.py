"""Least squares over polyhedra that fall apart: side by side as one by one."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.sparse import block_diag, csr_array

from orebook.errors import DataQualityError
from orebook.plan import quadratic
from orebook.plan.quadratic import Nearest, Squares, nearest

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

    def refuses_many(part: Squares, point: np.ndarray, binding: np.ndarray) -> Nearest:
        sizes.append(part.matrix.shape[1])
        if part.matrix.shape[1] > max(SIZES):
            raise DataQualityError("too much at once")
        return polish(part, point, binding)

    monkeypatch.setattr(quadratic, "_polished", refuses_many)
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
