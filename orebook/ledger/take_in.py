"""Hand read files to whatever keeps them, and understand what it gives back.

The one place where the ledger meets a store: through a callable that keeps one
delivery, and through plain columns and events coming back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from orebook.errors import Mistake
from orebook.ledger.intake import IntakeFile
from orebook.ledger.month import INCIDENT_KINDS, Incident

Progress = Callable[[str, float], None]

SIMULATED = "simulated "
"""Begins the kind of a file no instrument stands behind."""


class Receipt(Protocol):
    """What the store says of a file it holds."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of the file."""

    @property
    def kind(self) -> str:
        """Kind of data."""

    @property
    def added(self) -> int:
        """Figures that were new [-]."""

    @property
    def corrected(self) -> int:
        """Figures that replaced another one [-]."""

    @property
    def unchanged(self) -> int:
        """Figures that were known [-]."""


class Happening(Protocol):
    """An event as the store gives it back."""

    @property
    def day(self) -> str:
        """ISO day."""

    @property
    def centre(self) -> str:
        """Centre."""

    @property
    def kind(self) -> str:
        """Kind."""

    @property
    def severity(self) -> str:
        """How grave, and id, due and closed day."""

    @property
    def text(self) -> str:
        """What happened."""

    @property
    def row(self) -> int:
        """Row of the file."""


Keep = Callable[[IntakeFile, str], tuple[Receipt, bool]]
"""Keeps a file under a kind; returns its receipt, and whether it was known before."""


@dataclass(frozen=True, slots=True)
class FileTaken:
    """What taking one file in changed.

    Parameters
    ----------
    name, kind, content_hash : str
        The file.
    repeated : bool
        Whether it had been taken in before; then nothing changed.
    added, corrected, unchanged, duplicates : int
        Figures new, late corrections, known before, said twice in the file [-].
    rejects, warnings : tuple of Mistake
        Rows not used, rows that look wrong.
    """

    name: str
    kind: str
    content_hash: str
    repeated: bool
    added: int
    corrected: int
    unchanged: int
    duplicates: int
    rejects: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """The outcome of taking files in."""

    files: tuple[FileTaken, ...]

    @property
    def rejected(self) -> int:
        """Rows not used [-]."""
        return sum(len(f.rejects) for f in self.files)

    @property
    def corrected(self) -> int:
        """Late corrections: figures that replaced another one [-]."""
        return sum(f.corrected for f in self.files)

    def summary(self) -> str:
        """Return a line per file, then every reject and warning."""
        lines = [
            f"{f.name} ({f.kind}): "
            + (
                "known, nothing changed"
                if f.repeated
                else f"{f.added} new, {f.corrected} corrected, {f.unchanged} known"
            )
            + f", {len(f.rejects)} rejected"
            for f in self.files
        ]
        notes = [str(m) for f in self.files for m in (*f.rejects, *f.warnings)]
        return "\n".join([*lines, *notes])

    def to_dict(self) -> dict[str, object]:
        """Return the outcome as plain data with stable names."""
        return {
            "status": "done",
            "rejected": self.rejected,
            "corrected": self.corrected,
            "files": [
                {
                    "name": f.name,
                    "kind": f.kind,
                    "content_hash": f.content_hash,
                    "repeated": f.repeated,
                    "added": f.added,
                    "corrected": f.corrected,
                    "unchanged": f.unchanged,
                    "duplicates": f.duplicates,
                    "rejects": [m.to_dict() for m in f.rejects],
                    "warnings": [m.to_dict() for m in f.warnings],
                }
                for f in self.files
            ],
        }


def take_in(
    files: Iterable[IntakeFile], keep: Keep, *, progress: Progress | None = None
) -> Intake:
    """Have every file kept, in order.

    Parameters
    ----------
    files : iterable of IntakeFile
        As read.
    keep : callable
        Keeps one file in the store; the same content again must change nothing, a
        later different figure for the same tag, time and kind must become a new
        version.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Intake
        What each file changed.
    """
    listed = list(files)
    taken = []
    for k, file in enumerate(listed):
        if progress is not None:
            progress(f"intake {file.name}", k / len(listed))
        kind = f"{SIMULATED}{file.kind}" if file.simulated else file.kind
        receipt, repeated = keep(file, kind)
        taken.append(
            FileTaken(
                file.name,
                kind,
                file.content_hash,
                repeated,
                receipt.added,
                receipt.corrected,
                receipt.unchanged,
                file.duplicates,
                file.rejects,
                file.warnings,
            )
        )
    return Intake(tuple(taken))


def simulated_sources(receipts: Iterable[Receipt]) -> frozenset[str]:
    """Return the content hashes of the files made by the simulator."""
    return frozenset(r.content_hash for r in receipts if r.kind.startswith(SIMULATED))


def incidents_of(events: Iterable[Happening]) -> tuple[Incident, ...]:
    """Return incidents; of several reports under one id the closing one counts.

    Parameters
    ----------
    events : iterable of Happening
        As the store gives them back.

    Returns
    -------
    tuple of Incident
        In order of day and id.
    """
    found: dict[str, Incident] = {}
    for event in events:
        if event.kind not in INCIDENT_KINDS:
            continue
        incident = _incident(event)
        before = found.get(incident.id)
        if before is None or _weight(incident) > _weight(before):
            found[incident.id] = incident
    return tuple(sorted(found.values(), key=lambda i: (i.day, i.id)))


def _weight(incident: Incident) -> tuple[str, str, str]:
    return incident.closed or "", incident.due or "", incident.text


def _incident(event: Happening) -> Incident:
    severity, *rest = event.severity.split("; ")
    parts = dict(part.split("=", 1) for part in rest if "=" in part)
    seal = sha256(f"{event.day}|{event.centre}|{event.kind}|{event.text}".encode())
    text = f"{event.text} ({severity})" if severity else event.text
    return Incident(
        id=parts.get("id", f"{event.day}-{seal.hexdigest()[:8]}"),
        day=event.day,
        centre=event.centre,
        kind=event.kind,
        text=text,
        evidence=f"intake:{event.day}:{event.centre}:row {event.row}",
        due=parts.get("due"),
        closed=parts.get("closed"),
    )
