"""The values the records take and give: documents, postings, files, events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from orebook.errors import InputError
from orebook.store.chain_hash import JsonValue


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document; never changed once kept.

    Parameters
    ----------
    sequence : int
        Place in the chain of the book's documents, from 1 [-].
    kind, period, key : str
        What it is (``plan``, ``close``, ``price_set``, ``settlement``, ...), of which
        period (``2025-01``), and which of several (empty where there is only one).
    version : int
        1, 2, 3, ... within (kind, period, key) [-].
    status : str
        State it was kept in, for example ``draft`` or ``released``.
    content : JsonValue
        The content in plain types.
    content_hash, postings_hash, previous_hash, chain_hash : str
        Hash of the content, of its postings (empty if none), of the document before
        in the book's chain, and of all these together.
    """

    sequence: int
    kind: str
    period: str
    key: str
    version: int
    status: str
    content: JsonValue = field(repr=False)
    content_hash: str
    postings_hash: str
    previous_hash: str
    chain_hash: str

    @property
    def name(self) -> str:
        """The document's name as messages and the audit trail write it."""
        return document_name(self.kind, self.period, self.key, version=self.version)


def document_name(kind: str, period: str, key: str, *, version: int) -> str:
    """Return the name of a document in messages and in the audit trail.

    Parameters
    ----------
    kind, period, key : str
        As in `Document`.
    version : int
        As in `Document` [-].

    Returns
    -------
    str
        For example ``close 2025-01 version 2``.

    Examples
    --------
    >>> document_name("settlement", "2025-01", "potroom", version=1)
    'settlement 2025-01 potroom version 1'
    """
    return " ".join(part for part in (kind, period, key) if part) + (
        f" version {version}"
    )


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer of the internal journal: a debit and a credit of one amount.

    Parameters
    ----------
    debit_centre, credit_centre : str
        Centre that pays and centre that earns.
    account : str
        Account of the transfer.
    material, place : str
        What was transferred, and where; empty for money alone.
    quantity : float
        Quantity [unit].
    unit : str
        Unit of the quantity.
    price : float
        Price [CNY/unit].
    amount_cents : int
        Amount [0.01 CNY].
    evidence : tuple of str
        Hashes or names of readings and documents that prove it.
    """

    debit_centre: str
    credit_centre: str
    account: str
    material: str
    place: str
    quantity: float
    unit: str
    price: float
    amount_cents: int
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("quantity", "price"):
            number = float(getattr(self, name))
            if not math.isfinite(number):
                raise InputError(
                    f"posting {self.debit_centre} to {self.credit_centre}: {name} = "
                    f"{number}; expected a finite number; leave the posting out or "
                    "estimate the figure"
                )
            object.__setattr__(self, name, number + 0.0)
        if not isinstance(self.amount_cents, int):
            raise InputError(
                f"posting {self.debit_centre} to {self.credit_centre}: amount_cents = "
                f"{self.amount_cents!r}; expected whole cents; round the amount first"
            )

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Reject:
    """One row of an intake file that was not used, and why.

    Parameters
    ----------
    row : int
        1-based row of the file [-].
    field, value, problem, expected, remedy : str
        As in `orebook.errors.Mistake`.
    """

    row: int
    field: str
    value: str
    problem: str
    expected: str
    remedy: str

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Event:
    """An incident or a note: something that happened and is not a number.

    Parameters
    ----------
    day : str
        Date or period it belongs to, ISO 8601.
    centre, kind, severity, text : str
        Where, what (``incident``, ``near_miss``, ``note``, ...), how grave, in words.
    row : int
        1-based row of the file it came from [-].
    """

    day: str
    centre: str
    kind: str
    severity: str
    text: str
    row: int

    def __post_init__(self) -> None:
        # The day may be a month; completing it makes the calendar check it.
        try:
            date.fromisoformat(f"{self.day}-01" if len(self.day) == 7 else self.day)
        except ValueError as error:
            raise InputError(
                f"event in row {self.row}: day = {self.day!r}; expected YYYY-MM-DD or "
                "YYYY-MM; correct the date in the file"
            ) from error

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class IntakeFile:
    """The receipt of one intake file.

    Parameters
    ----------
    content_hash : str
        SHA-256 of the file's bytes; its identity.
    received : int
        Order in which the book took files in, from 1 [-]; the data cut-off that
        results quote and `as_of` queries take.
    name, kind : str
        File name and kind of data, as given at the first intake.
    rows : int
        Rows in the file [-].
    added, corrected, unchanged : int
        Readings that were new, that replaced another value, that said nothing
        new [-]; events count as added or unchanged.
    rejected : int
        Rows not used [-].
    """

    content_hash: str
    received: int
    name: str
    kind: str
    rows: int
    added: int
    corrected: int
    unchanged: int
    rejected: int

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit trail.

    Parameters
    ----------
    sequence : int
        Place in the trail, from 1 [-].
    at : str
        Time, UTC, ISO 8601; the one time of the clock in the store, not hashed.
    action, target, reason : str
        What was done, to what, and why.
    old_hash, new_hash : str
        Hash of the object before and after, empty where there is none.
    previous_hash, row_hash : str
        Link to the line before, and the line's own hash.
    """

    sequence: int
    at: str
    action: str
    target: str
    old_hash: str
    new_hash: str
    reason: str
    previous_hash: str
    row_hash: str

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


def event_identity(event: Event) -> Mapping[str, object]:
    """Return what makes two events the same, whatever file they stand in.

    Parameters
    ----------
    event : Event
        The event.

    Returns
    -------
    mapping
        Its fields without the row.
    """
    fields = event.to_dict()
    del fields["row"]
    return fields
