"""Published cases and random units for the tests of frontiers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = json.loads(
    (HERE / "cases.json").read_text(encoding="utf-8")
)
"""Published cases; each names its source."""

TOLERANCE = 6e-7
"""Published figures have six decimals [-]."""


def units(
    seed: int, count: int = 40, inputs: int = 3, outputs: int = 2
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return inputs and outputs of random units, some of them efficient."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1.0, 10.0, (count, inputs))
    size = np.exp(np.log(x).mean(axis=1) * 0.9 - np.abs(rng.normal(0.0, 0.3, count)))
    return x, rng.dirichlet(np.full(outputs, 3.0), count) * size[:, None]
