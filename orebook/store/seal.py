"""Seals of the readings: a hash of what each intake file brought, in the audit trail.

The readings lie in a database of their own; without a seal a changed figure there would
be seen by nobody. The seal of a file is taken over all rows it added and stands in the
hash-chained audit trail of the records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from orebook.store.verify import Breach

if TYPE_CHECKING:
    from orebook.store.readings import Columns, Readings, Session, Source
    from orebook.store.records import Records
    from orebook.store.step import Step
    from orebook.store.values import AuditRow, IntakeFile

__all__ = ["SEAL", "ReadingsProof", "rows_of", "seal_of", "sealed", "verify_readings"]

SEAL = "readings"
"""Action of the line of the audit trail that holds the seal of a file."""

TEXTS = ("tag", "kind", "unit", "status")
NUMBERS = ("value", "source_row", "version")

_ROWS = """
SELECT tag, ts, kind, value, unit, status, source_row, version
FROM reading WHERE received = $received ORDER BY tag, kind, ts, version, source_row
"""
_STRANGE = """
SELECT received, count(*) AS rows FROM reading
WHERE received NOT IN (SELECT received FROM source WHERE received IS NOT NULL)
GROUP BY received ORDER BY received
"""


@dataclass(frozen=True, slots=True)
class ReadingsProof:
    """Result of holding the readings against their seals.

    Parameters
    ----------
    sealed, unsealed : int
        Intake files whose readings have a seal; taken in before there were seals [-].
    rows : int
        Readings under a seal that were found as kept [-].
    breach : Breach or None
        The first file whose readings are not as kept.
    received : int
        Place of that file in the order of intake; 0 if none [-].
    """

    sealed: int
    unsealed: int
    rows: int
    breach: Breach | None = None
    received: int = 0


def rows_of(session: Session, received: int) -> Columns:
    """Return the rows an intake file added, in a fixed order.

    Parameters
    ----------
    session : Session
        The open readings.
    received : int
        Place of the file in the order of intake [-].
    """
    return session.fetch(_ROWS, {"received": received})


def seal_of(columns: Columns) -> str:
    """Return the hash over rows of readings.

    Parameters
    ----------
    columns : dict of array
        As from `rows_of`.

    Returns
    -------
    str
        SHA-256, 64 hex digits; any change of any figure changes it.
    """
    whole = sha256()
    for name in TEXTS:
        whole.update("\0".join(map(str, columns[name].tolist())).encode())
        whole.update(b"\1")
    stamps = columns["ts"].astype("datetime64[us]").astype(np.int64)
    for numbers in (stamps, *(columns[name] for name in NUMBERS)):
        plain = np.ma.filled(numbers, 0) if np.ma.isMaskedArray(numbers) else numbers
        kind = "<f8" if plain.dtype.kind == "f" else "<i8"
        whole.update(np.ascontiguousarray(plain.astype(kind)).tobytes())
    return whole.hexdigest()


def sealed(step: Step, session: Session, source: Source) -> None:
    """Keep the seal of an intake file in the audit trail.

    Parameters
    ----------
    step : Step
        The step that registers the file.
    session : Session
        The open readings, which hold it already.
    source : Source
        The file as the readings know it.
    """
    step.audit(
        SEAL,
        f"received as number {source.received}",
        old_hash=source.content_hash,
        new_hash=seal_of(rows_of(session, source.received)),
        reason=_receipt_hash(source),
    )


def _receipt_hash(source: Source) -> str:
    return f"receipt {sha256(source.receipt.encode()).hexdigest()}"


def verify_readings(records: Records, readings: Readings) -> ReadingsProof:
    """Hold the readings of every intake file against their seals.

    Parameters
    ----------
    records : Records
        Of the book.
    readings : Readings
        Of the same book.

    Returns
    -------
    ReadingsProof
        With the first file whose readings or receipt are not as kept.
    """
    files = records.intake_files()
    seals = {a.old_hash: a for a in records.audit_trail() if a.action == SEAL}
    unsealed = sum(f.content_hash not in seals for f in files)
    proof = ReadingsProof(len(files) - unsealed, unsealed, 0)
    if not files:
        return proof
    rows = 0
    with readings.session() as session:
        for file in files:
            breach, found = _file(session, file, seals.get(file.content_hash))
            if breach is not None:
                return replace(proof, rows=rows, breach=breach, received=file.received)
            rows += found
        return replace(proof, rows=rows, breach=_strange(session))


def _file(
    session: Session, file: IntakeFile, seal: AuditRow | None
) -> tuple[Breach | None, int]:
    """Return what is wrong with one file in the readings, and its rows [-]."""
    where = f"readings of intake file {file.name} (received as number {file.received})"
    source = session.source(file.content_hash)
    if source is None:
        return _gone(where, file.content_hash), 0
    columns = rows_of(session, file.received)
    found = (source.received, seal_of(columns), _receipt_hash(source))
    if seal is None:
        return None, 0
    for field, kept, now in zip(
        ("source.received", "reading", "source.receipt"),
        (file.received, seal.new_hash, seal.reason),
        found,
        strict=True,
    ):
        if kept != now:
            problem = "a reading was changed" if field == "reading" else "was changed"
            return Breach(where, problem, str(kept), str(now), field), 0
    return None, len(columns["tag"])


def _gone(where: str, content_hash: str) -> Breach:
    return Breach(
        where,
        "the readings are gone",
        content_hash,
        "none",
        "source.content_hash",
        "take the file in again, or restore readings.duckdb from a backup",
    )


def _strange(session: Session) -> Breach | None:
    found = session.fetch(_STRANGE, {})
    if not len(found["received"]):
        return None
    return Breach(
        f"readings received as number {int(found['received'][0])}",
        "no intake file brought them",
        "no such readings",
        f"{int(found['rows'][0])} readings",
        "reading.received",
    )
