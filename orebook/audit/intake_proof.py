"""Intake files against what was taken in: which reading of which row was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orebook.errors import OrebookError
from orebook.keeping import delivery, intake_files
from orebook.store.seal import rows_of
from orebook.store.verify import Breach

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.ledger.intake import IntakeFile as ReadFile
    from orebook.process.network import Network
    from orebook.store.seal import ReadingsProof
    from orebook.store.store import Store
    from orebook.store.values import IntakeFile

__all__ = ["changed_files", "files_by_hash", "told_by_file"]

FIGURES = ("ts", "value", "unit", "status")
ALIKE = 0.5
"""Share of rows above which a file is one that was taken in, and changed since [-]."""


def files_by_hash(folder: Path) -> dict[str, Path]:
    """Return the files in the intake folder of a book by the hash of their bytes.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    """
    intake = folder / "intake"
    paths = intake_files([intake] if intake.is_dir() else [])
    return {sha256(p.read_bytes()).hexdigest(): p for p in paths}


def changed_files(
    folder: Path, store: Store, chain: Chain, network: Network
) -> Iterator[Breach]:
    """Yield every intake file that is not as it was when it was taken in.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    store : Store
        Of the book.
    chain, network : Chain, Network
        The book, to read the file and name the row.

    Notes
    -----
    A file that was moved away proves nothing and is no breach; nor is one of the same
    name that waits to be taken in. The changed file is the one of that name most rows
    of which are those taken in.
    """
    found = files_by_hash(folder)
    receipts = store.records.intake_files()
    known = {f.content_hash for f in receipts}
    new = {now: path for now, path in found.items() if now not in known}
    for was in (f for f in receipts if f.content_hash not in found):
        alike = [
            (_alike(path, store, chain, network, was), now)
            for now, path in new.items()
            if path.name == was.name
        ]
        share, now = max(alike, default=(0.0, ""))
        if share >= ALIKE:
            path = new.pop(now)
            told = _row(path, store, chain, network, was.received)
            yield Breach(
                f"intake file {path.relative_to(folder).as_posix()}",
                "the file was changed after it was taken in",
                was.content_hash,
                now,
                told[0] if told else "bytes",
                _remedy(told),
            )


def _alike(
    path: Path, store: Store, chain: Chain, network: Network, was: IntakeFile
) -> float:
    """Return the share of what a file brought that another one says too [-]."""
    read = _read(path, chain, network)
    if read is None:
        return 0.0
    with store.readings.session() as session:
        kept = set(_by_row(rows_of(session, was.received), "source_row").items())
    readings = delivery(read, read.kind).readings
    said = (
        set() if readings is None else set(_by_row(readings.columns(), "row").items())
    )
    events = store.records.events(source=was.content_hash)
    told = {(e.day, e.centre, e.kind, e.text) for e in events}
    again = {(e.day, e.centre, e.kind, e.text) for e in read.events}
    count = len(kept) + len(told)
    return (len(kept & said) + len(told & again)) / count if count else 0.0


def _read(path: Path, chain: Chain, network: Network) -> ReadFile | None:
    """Return what a file says, None if it cannot be read any more."""
    from orebook.ledger.intake import read_intake
    from orebook.ledger.known import known

    try:
        return read_intake(path, chain=chain, names=known(chain, network))
    except OrebookError:
        return None


def _remedy(told: tuple[str, str, str] | None) -> str:
    if told is None:
        return "put the file back, or take a correction in under a name of its own"
    field, kept, found = told
    return (
        f"{field} was {kept} and is {found} in the file; put the file back, or take a "
        "correction in under a name of its own"
    )


def told_by_file(
    proof: ReadingsProof, folder: Path, store: Store, chain: Chain, network: Network
) -> Breach | None:
    """Return the breach of the readings, with row and field where the file tells them.

    Parameters
    ----------
    proof : ReadingsProof
        Readings held against their seals.
    folder, store, chain, network
        The book.

    Returns
    -------
    Breach or None
        None where the readings are sound.
    """
    from dataclasses import replace

    breach = proof.breach
    if breach is None or breach.field != "reading":
        return breach
    files = store.records.intake_files()
    source = next(f for f in files if f.received == proof.received)
    path = files_by_hash(folder).get(source.content_hash)
    told = None if path is None else _row(path, store, chain, network, proof.received)
    if told is None:
        return breach
    field, found, expected = told  # here the file is right and the reading is not
    return replace(breach, field=field, expected=f"{expected} ({breach.expected})",
                   found=f"{found} ({breach.found})")  # fmt: skip


def _row(
    path: Path, store: Store, chain: Chain, network: Network, received: int
) -> tuple[str, str, str] | None:
    """Return row and field in which a file and its readings differ: both values."""
    read = _read(path, chain, network)
    if read is None:
        return None
    readings = delivery(read, read.kind).readings
    with store.readings.session() as session:
        kept = _by_row(rows_of(session, received), "source_row")
    said = {} if readings is None else _by_row(readings.columns(), "row")
    for key in sorted({*kept, *said}):
        if key not in kept:
            continue  # said nothing new when it was taken in
        for k, field in enumerate(FIGURES):
            now = said.get(key)
            if now is None or kept[key][k] != now[k]:
                other = "nothing" if now is None else str(now[k])
                return f"row {key[0]}, {key[1]}: {field}", str(kept[key][k]), other
    return None


def _by_row(
    columns: Mapping[str, Any], row: str
) -> dict[tuple[int, str, str], tuple[object, ...]]:
    """Return figures by row, tag and kind."""
    names = (row, "tag", "kind", *FIGURES)
    lists = [_plain(columns[name], name) for name in names]
    return {
        (int(r), str(tag), str(kind)): tuple(figures)
        for r, tag, kind, *figures in zip(*lists, strict=True)
    }


def _plain(values: Any, name: str) -> list[Any]:
    if name == "ts":
        return [str(v)[:19] for v in values.astype("datetime64[us]")]
    return list(values.tolist())
