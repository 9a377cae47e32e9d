"""Which field of a kept row was changed, and what stood there.

A hash alone says that a row was changed. What stood in it before often still stands
somewhere: in another row, in the next link, in the head of the chain. A value that
gives the kept hash back is proven to be the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from string import printable
from typing import Any

from orebook.store.chain_hash import link, parse
from orebook.store.rows import as_posting
from orebook.store.step import document_link

__all__ = ["Changed", "audit_line", "changed_document", "changed_line",
           "changed_posting", "restored"]  # fmt: skip

Row = Mapping[str, Any]
Changed = tuple[str, str, str]
"""Field (or the fields it may be), value that stood there or hash, value found."""

DOCUMENT = ("kind", "period", "key", "version", "status", "content_hash",
            "postings_hash")  # fmt: skip
LONG = 4_000
"""Content up to this long is searched for the sign that was changed [byte]."""
LINE = ("action", "target", "old_hash", "new_hash", "reason")
POSTING = ("debit_centre", "credit_centre", "account", "material", "place", "quantity",
           "unit", "price", "amount_cents", "evidence")  # fmt: skip


def restored(
    row: Row, fits: Callable[[Row], bool], rows: Sequence[Row], fields: Sequence[str]
) -> Changed | None:
    """Return the field whose known value gives the kept hash back, None if none does.

    Parameters
    ----------
    row : mapping
        The row as found.
    fits : callable
        Whether a row gives the hash it was kept with.
    rows : sequence of mapping
        Where to look for what stood there.
    fields : sequence of str
        Fields that may have been changed.

    Examples
    --------
    >>> restored({"a": 1}, lambda row: row["a"] == 2, [{"a": 2}, {"a": 3}], ["a"])
    ('a', '2', '1')
    """
    for name in fields:
        for value in dict.fromkeys(one[name] for one in rows if name in one):
            if value != row[name] and fits({**row, name: value}):
                return name, str(value), str(row[name])
    return None


def changed_document(
    row: Row, content: str, rows: Sequence[Row], ends: Iterable[str]
) -> Changed | None:
    """Return what of a document is not as kept, None if all is.

    Parameters
    ----------
    row : mapping
        The row.
    content : str
        Hash of its content as found.
    rows : sequence of mapping
        All documents of the book.
    ends : iterable of str
        Hashes that stand at the end of the chain.
    """
    made = document_link(dict(row))
    if made == row["chain_hash"]:
        kept = str(row["content_hash"])
        return None if content == kept else _within(str(row["content"]), kept, content)
    if made in {*(one["previous_hash"] for one in rows), *ends}:
        return "chain_hash", made, str(row["chain_hash"])
    known = [{"content_hash": content}, *rows]
    found = restored(
        row, lambda one: document_link(dict(one)) == row["chain_hash"], known, DOCUMENT
    )
    return found or (", ".join(DOCUMENT), str(row["chain_hash"]), made)


def _within(text: str, kept: str, found: str) -> Changed:
    """Return which value of a content was changed, if one sign of it was."""
    before = one_sign(text, kept)
    if before is None:
        return "content", kept, found
    field, was, is_now = _differing(parse(before), parse(text), "content")
    return field, f"{was} ({kept})", f"{is_now} ({found})"


def one_sign(text: str, kept: str) -> str | None:
    """Return the text with one sign put back so that its hash is as kept.

    Parameters
    ----------
    text : str
        As found.
    kept : str
        SHA-256 it was kept with.

    Returns
    -------
    str or None
        None where more than one sign was changed, or the text is long: every sign in
        every place is tried.

    Examples
    --------
    >>> one_sign('{"a":2}', sha256(b'{"a":1}').hexdigest())
    '{"a":1}'
    """
    raw = text.encode()
    if len(raw) > LONG:
        return None
    for place in range(len(raw)):
        start, end = sha256(raw[:place]), raw[place + 1 :]
        for sign in printable.encode():
            whole = start.copy()
            whole.update(bytes((sign,)) + end)
            if whole.hexdigest() == kept:
                return (raw[:place] + bytes((sign,)) + end).decode()
    return None


def _differing(was: object, now: object, at: str) -> Changed:
    """Return path and both values of the first difference of two plain values."""
    if isinstance(was, dict) and isinstance(now, dict) and set(was) == set(now):
        pairs = [(f"{at}.{key}", was[key], now[key]) for key in was]
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = [(f"{at}[{k}]", a, b) for k, (a, b) in enumerate(zip(was, now))]  # noqa: B905
    else:
        return at, str(was), str(now)
    return next((_differing(a, b, name) for name, a, b in pairs if a != b),
                (at, str(was), str(now)))  # fmt: skip


def changed_posting(previous: str, row: Row, rows: Sequence[Row]) -> Changed | None:
    """Return what of a posting is not as kept, None if all is.

    Parameters
    ----------
    previous : str
        Hash of the posting before.
    row : mapping
        The row.
    rows : sequence of mapping
        All postings of the document.
    """

    def made(one: Row) -> str:
        return link(previous, as_posting(one).to_dict())

    if made(row) == row["row_hash"]:
        return None
    cents = {"amount_cents": round(row["quantity"] * row["price"] * 100)}
    found = restored(
        row, lambda one: made(one) == row["row_hash"], [*rows, cents], POSTING
    )
    return found or (", ".join((*POSTING, "row_hash")), row["row_hash"], made(row))


def audit_line(previous: str, row: Row) -> str:
    """Return the hash of a line of the audit trail."""
    vouched = ("book", "sequence", *LINE)
    return link(previous, {name: row[name] for name in vouched})


def changed_line(
    previous: str, row: Row, rows: Sequence[Row], ends: Iterable[str]
) -> Changed | None:
    """Return what of a line of the audit trail is not as kept, None if all is.

    Parameters
    ----------
    previous : str
        Hash of the line before.
    row : mapping
        The line.
    rows : sequence of mapping
        All lines of the book.
    ends : iterable of str
        Hashes that stand at the end of the chain.
    """
    made = audit_line(previous, row)
    if made == row["row_hash"]:
        return None
    if made in {*(one["previous_hash"] for one in rows), *ends}:
        return "row_hash", made, str(row["row_hash"])
    found = restored(
        row, lambda one: audit_line(previous, one) == row["row_hash"], rows, LINE
    )
    return found or (", ".join((*LINE, "row_hash")), str(row["row_hash"]), made)
