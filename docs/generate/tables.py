"""Tables kept as files: published cases and races."""

from __future__ import annotations

import csv
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
    """Return every published figure: theirs, ours, difference."""
    parts = []
    for topic, rows in groupby(read(CASES), key=lambda row: row["topic"]):
        parts += [f"## {topic}", table(
            ["case", "figure", "unit", "published", "ours", "difference", "source"],
            [_compared(row) for row in rows],
        )]  # fmt: skip
    return "\n\n".join(parts)


def _compared(row: dict[str, str]) -> list[str]:
    theirs, ours = float(row["published"]), float(row["ours"])
    names = [row[k] for k in ("case", "figure", "unit")]
    return [*names, f"{theirs:,.10g}", f"{ours:,.10g}", f"{ours - theirs:+.1e}", row["source"]]


def benchmarks() -> str:
    """Return the ledger of races."""
    rows = [
        [r["date"], r["version"], code(r["race"]), r["size"], r["peer"], r["ours_s"],
         r["peer_s"], r["ratio"], r["machine"]]
        for r in read(RACES)
    ]  # fmt: skip
    head = ["date", "version", "race", "size", "peer", "ours [s]", "peer [s]"]
    return table([*head, "peer / ours", "machine"], rows)
