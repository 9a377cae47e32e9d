"""The real store behind the ledger's small interface, as a book joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebook.ledger.intake import IntakeFile
from orebook.ledger.take_in import Keep, Receipt
from orebook.store.batch import batch
from orebook.store.intake import Delivery
from orebook.store.store import Store
from orebook.store.values import Event, Reject


def keeper(store: Store) -> Keep:
    """Return what keeps a read file in a store."""

    def keep(file: IntakeFile, kind: str) -> tuple[Receipt, bool]:
        rows = file.rows
        figures = batch(
            [r.tag for r in rows], [np.datetime64(r.stamp) for r in rows],
            [r.value for r in rows], unit=[r.unit for r in rows],
            kind=[r.kind for r in rows], row=[r.row for r in rows],
        ) if rows else None  # fmt: skip
        events = tuple(
            Event(e.day, e.centre, e.kind, e.severity, e.text, e.row)
            for e in file.events
        )
        rejects = tuple(
            Reject(m.line or 1, m.field, m.value, m.problem, m.expected, m.remedy)
            for m in file.rejects
        )
        taken = store.take_in(
            Delivery(
                file.content_hash, file.name, kind, file.total, figures, events, rejects
            )
        )
        return taken.file, taken.repeated

    return keep


def columns(files: list[IntakeFile]) -> Mapping[str, NDArray[Any]]:
    """Return the rows of files as the store would give them back."""
    rows = [(r, f.content_hash) for f in files for r in f.rows]
    return {
        "tag": np.array([r.tag for r, _ in rows], dtype=object),
        "ts": np.array([r.stamp for r, _ in rows], dtype="datetime64[us]"),
        "kind": np.array([r.kind for r, _ in rows], dtype=object),
        "value": np.array([r.value for r, _ in rows]),
        "unit": np.array([r.unit for r, _ in rows], dtype=object),
        "status": np.array(["good"] * len(rows), dtype=object),
        "content_hash": np.array([h for _, h in rows], dtype=object),
    }
