"""Tables kept as files: published cases and races."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from docs.generate.hook import ROOT
from docs.generate.markdown import code, table

CASES = ROOT / "docs" / "generate" / "validation.csv"
RACES = ROOT / "docs" / "generate" / "benchmarks.csv"


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table kept beside the pages."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def validation() -> str:
    """Return every published figure: theirs, ours, difference, and its source."""
    head = ["case", "figure", "unit", "published", "ours", "difference"]
    parts = []
    for topic, rows in groupby(read(CASES), key=lambda row: row["topic"]):
        cases = [list(of) for _, of in groupby(rows, key=lambda row: row["case"])]
        cells = [cell for of in cases for cell in _compared(of)]
        sources = [f"- {of[0]['case']}: {of[0]['source']}" for of in cases]
        parts += [f"## {topic}", table(head, cells), "Sources", "\n".join(sources)]
    return "\n\n".join(parts)


def _compared(rows: list[dict[str, str]]) -> Iterator[list[str]]:
    """Yield the cells of one case; its name stands in the first row only."""
    for number, row in enumerate(rows):
        theirs, ours = float(row["published"]), float(row["ours"])
        gap = "0" if ours == theirs else f"{ours - theirs:+.1e}"
        names = ["" if number else row["case"], row["figure"], row["unit"]]
        yield [*names, f"{theirs:,.10g}", f"{ours:,.10g}", gap]


def benchmarks() -> str:
    """Return the ledger of races."""
    rows = [
        [
            r["date"],
            r["version"],
            code(r["race"]),
            r["size"],
            r["peer"],
            r["ours_s"],
            r["peer_s"],
            r["ratio"],
            r["machine"],
        ]
        for r in read(RACES)
    ]
    head = ["date", "version", "race", "size", "peer", "ours [s]", "peer [s]"]
    return table([*head, "peer / ours", "machine"], rows)
