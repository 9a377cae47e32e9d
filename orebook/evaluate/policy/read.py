"""Reading the price policies of a book, and checking their names against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from orebook.chain.calendar import Period
from orebook.chain.model_file import Form, read_model
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import BookError, InputError, Mistake
from orebook.evaluate.policy.check import name_mistakes
from orebook.evaluate.policy.rules import (
    CapacityFee,
    Posted,
    PricePolicy,
    PriceRule,
    Quality,
    Rate,
)
from orebook.process.network import Network

__all__ = ["in_force", "policy_called", "read_policies"]

_PARTS = (PricePolicy, PriceRule, CapacityFee, Quality, Posted, Rate)
FORM = Form(
    PricePolicy,
    "price policy",
    sorted({name for part in _PARTS for name in part.model_fields}),
)
FOLDER = "policies"


def read_policies(folder: Path, network: Network) -> tuple[PricePolicy, ...]:
    """Read ``policies/*.toml`` of a book.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    network : Network
        Its chain and streams: every name of a policy must be there.

    Returns
    -------
    tuple of PricePolicy
        In order of file name; none where there is no such folder.

    Raises
    ------
    BookError
        With every mistake of all policies, with file and line.
    """
    found: list[PricePolicy] = []
    mistakes: list[Mistake] = []
    for path in sorted((folder / FOLDER).glob("*.toml")):
        try:
            policy = read_model(path, FORM)
        except BookError as error:
            mistakes += error.mistakes
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        mistakes += name_mistakes(policy, network, str(path), lines)
        found.append(policy)
    mistakes += _twice(found, folder)
    if mistakes:
        raise BookError(mistakes)
    return tuple(found)


def _twice(found: list[PricePolicy], folder: Path) -> Iterator[Mistake]:
    """Yield policies of one name, and two in force on one day."""
    for k, one in enumerate(found):
        for other in found[:k]:
            where = str(folder / FOLDER)
            if one.id == other.id:
                yield Mistake(where, None, "id", one.id, "stands in two files",
                              "an id of its own", "rename one")  # fmt: skip
            meet = one.valid_from <= other.valid_to and other.valid_from <= one.valid_to
            if one.in_force and other.in_force and meet:
                yield Mistake(where, None, "in_force", f"{other.id}, {one.id}",
                              "are in force on the same days", "one policy at a time",
                              "end one before the other begins")  # fmt: skip


def in_force(policies: Collection[PricePolicy], period: Period) -> PricePolicy | None:
    """Return the policy the internal market of a period settles at, None if none.

    Parameters
    ----------
    policies : collection of PricePolicy
        The book's.
    period : Period
        The period; a policy holds for whole periods only.
    """
    return next(
        (
            p
            for p in policies
            if p.in_force and p.valid_from <= period.first and period.last <= p.valid_to
        ),
        None,
    )


def policy_called(policies: Collection[PricePolicy], name: str) -> PricePolicy:
    """Return a policy by its id.

    Parameters
    ----------
    policies : collection of PricePolicy
        The book's.
    name : str
        Id.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = {p.id: p for p in policies}
    if name not in known:
        hint = did_you_mean(name, ["plan", *known], f"add {FOLDER}/{name}.toml")
        raise InputError(
            f"no price set is called '{name}'; expected one of "
            f"{listed(['plan', *known])}; {hint}"
        )
    return known[name]
