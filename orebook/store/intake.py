"""Taking one intake file into both databases, so that a crash leaves no half.

The protocol
------------
Readings and records are two databases without a common transaction. Intake holds the
readings file, which lets in one program at a time, from first to last:

1. *Finish.* Every file the readings know and the records do not is registered from
   its receipt (step 4 of an intake that was cut short).
2. *Known?* A file both know changes nothing; its receipt is returned.
3. *Readings.* In one DuckDB transaction: upsert the figures, and keep beside them the
   file's hash, its place in the order of intake and its receipt, that is all the
   records will be told: name, kind, counts, rejects, events.
4. *Records.* In one transaction: receipt, rejects, events, audit line, and a second
   line with the seal: the hash of the rows the file added (`orebook.store.seal`).

A kill before the commit of 3 leaves nothing; the file is simply taken in again. A kill
between 3 and 4 leaves an orphan whose receipt is enough to finish without the file,
at the next opening or intake. A kill after the commit of 4 leaves nothing to do. In all
cases the result is the same as without the kill, down to every hash (the times of
the audit trail excepted).

A file the records know and the readings do not means that the readings were deleted or
belong to another copy of the book. It is loaded again at its old place, in the old
order, and must give the old counts; out of order it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orebook.errors import DataQualityError, InputError
from orebook.store.batch import Batch
from orebook.store.chain_hash import canonical, parse
from orebook.store.readings import Readings, Session, Source, Upsert
from orebook.store.records import Records
from orebook.store.seal import sealed
from orebook.store.values import Event, IntakeFile, Reject


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one intake file says, already read and checked.

    Parameters
    ----------
    content_hash : str
        SHA-256 of the file's bytes; its identity.
    name, kind : str
        File name and kind of data.
    rows : int
        Rows in the file, rejected ones included [-].
    readings : Batch or None
        Its figures, None if it has none.
    events : tuple of Event
        Its incidents and notes, in file order.
    rejects : tuple of Reject
        Its rows not used.
    """

    content_hash: str
    name: str
    kind: str
    rows: int
    readings: Batch | None = None
    events: tuple[Event, ...] = ()
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """Outcome of an intake.

    Parameters
    ----------
    file : IntakeFile
        The receipt.
    repeated : bool
        Whether the file was known before and nothing changed.
    """

    file: IntakeFile
    repeated: bool


def take_in(records: Records, readings: Readings, delivery: Delivery) -> Taken:
    """Take one intake file into readings and records.

    Parameters
    ----------
    records : Records
        Records of the book.
    readings : Readings
        Readings of the same book.
    delivery : Delivery
        What the file says.

    Returns
    -------
    Taken
        The receipt, and whether the file was known.

    Raises
    ------
    InputError
        If a deleted readings file is filled again out of order.
    DataQualityError
        If a file taken in again says something else than at first.
    """
    with readings.session() as session:
        _finish(records, session)
        registered = records.intake_file(delivery.content_hash)
        stored = session.source(delivery.content_hash)
        if registered is not None and stored is not None:
            return Taken(registered, repeated=True)
        received = _place(records, session, registered, name=delivery.name)
        with session.transaction():
            receipt = _store_readings(session, delivery, received)
            if registered is not None:
                _require_same(registered, receipt, events=len(delivery.events))
        if registered is not None:
            return Taken(registered, repeated=True)
        taken = _register(records, receipt, delivery, session=session)
        return Taken(taken, repeated=False)


def finish(records: Records, readings: Readings) -> int:
    """Register files whose intake was cut short between the two databases.

    Parameters
    ----------
    records : Records
        Records of the book.
    readings : Readings
        Readings of the same book.

    Returns
    -------
    int
        Number of files finished [-].
    """
    if not readings.path.exists():
        return 0
    with readings.session() as session:
        return _finish(records, session)


def missing(records: Records, readings: Readings) -> tuple[IntakeFile, ...]:
    """Return files the records know and the readings lack, in the order to reload.

    Parameters
    ----------
    records : Records
        Records of the book.
    readings : Readings
        Readings of the same book.

    Returns
    -------
    tuple of IntakeFile
        Empty unless the readings were deleted or belong to another copy of the book.
    """
    with readings.session() as session:
        known = set(session.hashes())
    files = records.intake_files()
    return tuple(file for file in files if file.content_hash not in known)


def _finish(records: Records, session: Session) -> int:
    registered = {file.content_hash for file in records.intake_files()}
    orphans = [known for known in session.hashes() if known not in registered]
    for orphan in orphans:
        source = session.source(orphan)
        if source is not None:
            _register(records, *_opened(source), session=session)
    return len(orphans)


def _place(
    records: Records, session: Session, registered: IntakeFile | None, *, name: str
) -> int:
    """Return the place of a file in the order of intake."""
    last = session.last_received()
    if registered is None:
        return max(last, records.last_received()) + 1
    if registered.received < last:
        raise InputError(
            f"{name} was received as number {registered.received}, but the readings "
            f"lack it and already hold number {last}; expected files in the order "
            "first received; delete readings.duckdb and take all files in again"
        )
    return registered.received


def _store_readings(session: Session, delivery: Delivery, received: int) -> IntakeFile:
    """Add figures and receipt to the open transaction of the readings."""
    changed = Upsert()
    if delivery.readings is not None and len(delivery.readings):
        changed = session.upsert(delivery.readings, received)
    receipt = IntakeFile(
        content_hash=delivery.content_hash,
        received=received,
        name=delivery.name,
        kind=delivery.kind,
        rows=delivery.rows,
        added=changed.added,
        corrected=changed.corrected,
        unchanged=changed.unchanged,
        rejected=len(delivery.rejects),
    )
    text = _closed(receipt, delivery)
    session.remember(Source(delivery.content_hash, received, text))
    return receipt


def _register(
    records: Records, receipt: IntakeFile, delivery: Delivery, *, session: Session
) -> IntakeFile:
    """Keep the receipt and, beside it, the seal of what the readings hold."""
    source = session.source(receipt.content_hash)
    with records.step() as step:
        kept = step.register(receipt, rejects=delivery.rejects, events=delivery.events)
        if source is not None:
            sealed(step, session, source)
    return kept


def _require_same(registered: IntakeFile, again: IntakeFile, *, events: int) -> None:
    """Check that a reloaded file counts as before, events left out."""
    known = registered.added + registered.corrected + registered.unchanged - events
    found = again.added + again.corrected + again.unchanged
    before = (known, registered.corrected, registered.rejected)
    now = (found, again.corrected, again.rejected)
    if before != now:
        raise DataQualityError(
            f"{again.name} gives {now[0]} readings, {now[1]} corrections and {now[2]} "
            f"rejects; expected {before[0]}, {before[1]} and {before[2]} as when first "
            "received; use the column profile of that time, or keep the old readings"
        )


def _closed(receipt: IntakeFile, delivery: Delivery) -> str:
    """Return all that the records are to be told, as text."""
    parts = {
        "file": receipt.to_dict(),
        "rejects": [reject.to_dict() for reject in delivery.rejects],
        "events": [event.to_dict() for event in delivery.events],
    }
    return canonical(parts).decode()


def _opened(source: Source) -> tuple[IntakeFile, Delivery]:
    """Return receipt and delivery (without figures) from that text."""
    parts = cast(Mapping[str, Any], parse(source.receipt))
    receipt = IntakeFile(**parts["file"])
    delivery = Delivery(
        content_hash=receipt.content_hash,
        name=receipt.name,
        kind=receipt.kind,
        rows=receipt.rows,
        events=tuple(Event(**event) for event in parts["events"]),
        rejects=tuple(Reject(**reject) for reject in parts["rejects"]),
    )
    return receipt, delivery
