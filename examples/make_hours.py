"""Write the hours worked in every month of the example book's intake.

Planned hours of every centre, more or less by chance; made up, and every file says so.
Run from the project's folder after ``make_history.py``, which calls it too::

    python examples/make_hours.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orebook.chain.chain import Chain
from orebook.chain.read import read_book
from orebook.evaluate.statement.amoeba import planned_hours

BOOK = Path(__file__).parent / "guangxi"
SEED = 20260600
SPREAD = 0.03
"""Standard deviation of hours worked about those planned, relative [-]."""


def write_hours(chain: Chain, book: Path) -> list[Path]:
    """Write ``hours.csv`` into every month of the intake."""
    written = []
    for k, folder in enumerate(sorted((book / "intake").iterdir())):
        seed = SEED + k
        chance = np.random.default_rng(seed)
        rows = [f"# simulated: seed {seed}", "centre,period,hours,unit,origin"]
        for centre in chain.centres:
            planned, _ = planned_hours(chain, centre.id, 1.0)
            if planned:
                worked = planned * (1.0 + SPREAD * chance.standard_normal())
                rows.append(f"{centre.id},{folder.name},{worked:.0f},h,simulated")
        path = folder / "hours.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write_hours(read_book(BOOK), BOOK)
