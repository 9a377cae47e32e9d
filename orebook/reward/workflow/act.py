"""One act of the workflow: who did what, when, in which role, on which hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from orebook.errors import DataQualityError
from orebook.reward.workflow.rules import Life

FIELDS = ("number", "life", "item", "action", "before", "after", "by", "role", "at",
          "day")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """An act as kept; never changed afterwards.

    Parameters
    ----------
    number : int
        Place among the acts on the same scheme or settlement, from 1 [-].
    life : str
        What was acted upon, see `orebook.reward.workflow.rules.LIVES`.
    item : int
        Which: version of the scheme, number of the inquiry or adjustment; 0 for the
        settlement itself [-].
    action, before, after : str
        What was done, and the states before and after.
    by, role : str
        Person, and the role that allowed it.
    at : str
        Time, UTC, ISO 8601.
    day : date
        Day by the clock of the book; deadlines count from it.
    details : mapping
        What belongs to the act in plain data: hashes, amounts, texts, evidence.
    """

    number: int
    life: Life
    item: int
    action: str
    before: str
    after: str
    by: str
    role: str
    at: str
    day: date
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the act as plain data that `act_from` reads."""
        plain = {name: getattr(self, name) for name in FIELDS}
        return plain | {"day": self.day.isoformat(), "details": dict(self.details)}


def act_from(data: object) -> Act:
    """Return the act that `Act.to_dict` wrote.

    Parameters
    ----------
    data : mapping
        Plain data.

    Raises
    ------
    DataQualityError
        If it is not an act; `orebook audit verify` tells what was changed.
    """
    try:
        given = dict(cast(Mapping[str, Any], data))
        return Act(**given | {"day": date.fromisoformat(given["day"])})
    except (TypeError, KeyError, ValueError) as error:
        msg = f"an act of the workflow cannot be read ({error}); run audit verify"
        raise DataQualityError(msg) from error
