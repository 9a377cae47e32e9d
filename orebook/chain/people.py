"""What no single person of a book shows: enough of them to decide."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.chain.entries import Row
from orebook.chain.people_entries import Person
from orebook.errors import Mistake


def people_mistakes(rows: list[Row]) -> Iterator[Mistake]:
    """Yield what no single person of a book shows.

    Parameters
    ----------
    rows : list of Row
        All entries of the book.

    Notes
    -----
    Two people must be able to approve, or nothing ever comes into force; a role that
    stands twice was meant to be another one. While a person cannot be read, nothing is
    said of how many there are.
    """
    people = [row for row in rows if isinstance(row.entry, Person)]
    for row in people:
        assert isinstance(row.entry, Person)
        roles = row.entry.roles
        for k, role in enumerate(roles):
            if role in roles[:k]:
                yield row.mistake(
                    ("roles", k), "stands twice", "each role once", "remove it"
                )
    able = [r for r in people if "approver" in getattr(r.entry, "roles", ())]
    readable = all(row.entry for row in rows if row.section == "people")
    if people and readable and len(able) < 2:
        yield people[0].mistake(
            ("roles",),
            f"only {len(able)} of {len(people)} people can approve",
            "at least two people with the role approver",
            "give the role approver to another person",
        )
