"""Rows of the records' tables as values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from orebook.store.chain_hash import parse
from orebook.store.values import AuditRow, Document, Event, IntakeFile, Posting, Reject

Row = Mapping[str, Any] | Mapping[Any, Any]
"""A row by column name; the driver gives its values untyped."""


def as_document(row: Row) -> Document:
    """Return a row of ``document`` as a value."""
    return Document(**_named(Document, row) | {"content": parse(row["content"])})


def as_posting(row: Row) -> Posting:
    """Return a row of ``posting`` as a value."""
    evidence = parse(row["evidence"])
    texts = tuple(map(str, evidence)) if isinstance(evidence, list) else ()
    return Posting(**_named(Posting, row) | {"evidence": texts})


def as_intake_file(row: Row) -> IntakeFile:
    """Return a row of ``intake_file`` as a value."""
    return IntakeFile(**_named(IntakeFile, row))


def as_reject(row: Row) -> Reject:
    """Return a row of ``reject`` as a value."""
    return Reject(**_named(Reject, row))


def as_event(row: Row) -> Event:
    """Return a row of ``event`` as a value."""
    return Event(**_named(Event, row))


def as_audit_row(row: Row) -> AuditRow:
    """Return a row of ``audit`` as a value."""
    return AuditRow(**_named(AuditRow, row))


def _named(kind: type, row: Row) -> dict[str, Any]:
    """Return those columns of a row that are fields of the value `kind`."""
    return {field.name: row[field.name] for field in fields(kind)}
