"""What an intake file says, as values: figures, events, rejects."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.errors import Mistake


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One figure of a file, in the unit of what it reads.

    Parameters
    ----------
    kind : str
        ``meter:DAYS`` (a total of so many days to ``stamp``, 0 for a time of day),
        ``weighing:TICKET``, ``assay:SAMPLE``, ``stock``, ``price``, ``cost``,
        ``hours`` or ``outage``.
    tag, stamp : str
        What was read, and when, ISO 8601 on the plant's clock.
    value : float
        Figure [unit].
    unit : str
        Its unit.
    row : int
        1-based row of the file [-].
    """

    kind: str
    tag: str
    stamp: str
    value: float
    unit: str
    row: int


@dataclass(frozen=True, slots=True)
class IntakeEvent:
    """Something that happened; ``severity`` also carries id, due and closed day."""

    day: str
    centre: str
    kind: str
    severity: str
    text: str
    row: int


@dataclass(frozen=True, slots=True)
class IntakeFile:
    """What one file says.

    Parameters
    ----------
    name : str
        File name.
    content_hash : str
        SHA-256 of its bytes.
    kind : str
        Kind of data, several joined by ``+``.
    simulated : bool
        Whether the file, or any of its rows, says that no instrument took it.
    total : int
        Rows of the file [-].
    duplicates : int
        Rows that say again what a row before said [-].
    rows, events : tuple
        What was accepted.
    rejects, warnings : tuple of Mistake
        Rows not used; rows used although they look wrong.
    """

    name: str
    content_hash: str
    kind: str
    simulated: bool
    total: int
    duplicates: int
    rows: tuple[IntakeRow, ...] = ()
    events: tuple[IntakeEvent, ...] = ()
    rejects: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()

    def summary(self) -> str:
        """Return what was read in one line, and each reject in one more."""
        mark = ", simulated" if self.simulated else ""
        head = (
            f"{self.name} ({self.kind}{mark}): {len(self.rows)} figures, "
            f"{len(self.events)} events, {self.duplicates} said twice, "
            f"{len(self.rejects)} rejected"
        )
        return "\n".join([head, *map(str, self.rejects), *map(str, self.warnings)])
