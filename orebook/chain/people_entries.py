"""The people of a book with their roles, and the deadlines of what they decide."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from orebook.chain.fields import Entry, Id

Role = Literal["planner", "evaluator", "approver", "hr", "finance", "team-lead"]
ROLES: tuple[str, ...] = Role.__args__  # type: ignore[attr-defined]


class Person(Entry):
    """A person who decides (``[[people]]`` in people.toml).

    ``centre`` is where the person may act: there and in all centres below it.
    """

    id: Id
    name: str = Field(description="name in Chinese, or what the post is called")
    name_en: str = ""
    roles: list[Role] = Field(min_length=1)
    centre: Id


class Workflow(Entry):
    """Deadlines of the reward workflow (``[workflow]`` in people.toml).

    All are counted in calendar days from the day after the step before; the days
    listed in ``holidays`` do not count.
    """

    act_days: int = Field(
        default=5, ge=1, le=366, description="to simulate, approve, activate, publish"
    )
    inquiry_days: int = Field(
        default=5, ge=1, le=366, description="to inquire after publication; then closed"
    )
    answer_days: int = Field(default=5, ge=1, le=366, description="to answer")
    pay_days: int = Field(
        default=10, ge=1, le=366, description="to pay after the time of inquiry"
    )
    holidays: list[date] = Field(default_factory=list)
    utc_offset_hours: int = Field(
        default=8, ge=-12, le=14, description="of the clock that decides on the day"
    )
