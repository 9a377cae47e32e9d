"""All acts on one scheme, or on one settlement, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orebook.reward.workflow.act import Act
from orebook.reward.workflow.rules import APPROVAL_RESETS, NONE, Life


@dataclass(frozen=True, slots=True)
class Dossier:
    """The acts on a scheme with all its versions, or on one settlement.

    Parameters
    ----------
    scheme : str
        Scheme.
    period : str
        Month of the settlement; empty for the scheme itself.
    acts : tuple of Act
        In the order they were done.
    """

    scheme: str
    period: str = ""
    acts: tuple[Act, ...] = ()

    def of(self, life: Life, item: int = 0) -> tuple[Act, ...]:
        """Return the acts on one item, in order."""
        return tuple(a for a in self.acts if (a.life, a.item) == (life, item))

    def state(self, life: Life, item: int = 0) -> str:
        """Return the state of an item; empty if there is none."""
        found = self.of(life, item)
        return found[-1].after if found else NONE

    def items(self, life: Life) -> tuple[int, ...]:
        """Return the items of a life, in the order they began [-]."""
        return tuple(dict.fromkeys(a.item for a in self.acts if a.life == life))

    def first(self, life: Life, item: int = 0) -> Act | None:
        """Return the act an item began with, None if there is none."""
        return next(iter(self.of(life, item)), None)

    def last(self, life: Life, action: str, item: int = 0) -> Act | None:
        """Return the last act of a kind on an item, None if there is none."""
        found = [a for a in self.of(life, item) if a.action == action]
        return found[-1] if found else None

    def authors(self, life: Life, item: int) -> frozenset[str]:
        """Return who began an item or drafted it again."""
        first = self.first(life, item)
        began = {"draft", first.action if first else ""}
        return frozenset(a.by for a in self.of(life, item) if a.action in began)

    def approvers(self, life: Life, item: int) -> tuple[str, ...]:
        """Return who approved an item as it is now, in order."""
        found: list[str] = []
        for act in self.of(life, item):
            found = [] if act.action in APPROVAL_RESETS else found
            found += [act.by] if act.action == "approve" else []
        return tuple(found)

    def in_state(self, life: Life, *states: str) -> tuple[int, ...]:
        """Return the items of a life that are in one of some states [-]."""
        return tuple(i for i in self.items(life) if self.state(life, i) in states)

    def teams(self, life: Life, item: int = 0) -> frozenset[str]:
        """Return the teams an item concerns, as its first act says."""
        first = self.first(life, item)
        said = {} if first is None else first.details
        one = said.get("team")
        return frozenset({str(one)} if one else map(str, said.get("teams", ())))

    @property
    def basis(self) -> dict[str, Any]:
        """What a settlement was frozen on: versions and hashes; empty before."""
        frozen = self.last("settlement", "freeze")
        return dict(frozen.details["basis"]) if frozen else {}

    @property
    def stage(self) -> str:
        """State of a settlement with its open inquiries and adjustments in one word.

        ``frozen``, ``published``, ``inquiry``, ``answered``, ``adjusting``,
        ``adjusted`` or ``paid``.
        """
        own = self.state("settlement")
        if own != "published":
            return own
        return next((name for name, life, states in _STAGES
                     if self.in_state(life, *states)), own)  # fmt: skip

    def with_act(self, act: Act) -> Dossier:
        """Return the dossier with one act more."""
        return Dossier(self.scheme, self.period, (*self.acts, act))


_STAGES: tuple[tuple[str, Life, tuple[str, ...]], ...] = (
    ("inquiry", "inquiry", ("open",)),
    ("adjusting", "adjustment", ("proposed", "half approved")),
    ("adjusted", "adjustment", ("posted",)),
    ("answered", "inquiry", ("answered",)),
)
"""What a published settlement is called, the first that holds."""


def version_for(dossier: Dossier, span: tuple[str, str]) -> Act | None:
    """Return the act that put in force the version which rules a period.

    Parameters
    ----------
    dossier : Dossier
        Of the scheme.
    span : tuple of str
        First and last day of the period, ISO 8601.

    Returns
    -------
    Act or None
        The last activation of a version that is still in force and whose validity
        covers the period; None if there is none.
    """
    return next(iter(_ruling(dossier, span)), None)


def _ruling(dossier: Dossier, span: tuple[str, str]) -> Iterable[Act]:
    for act in reversed(dossier.acts):
        drafted = dossier.last("scheme", "draft", act.item)
        if act.action != "activate" or drafted is None:
            continue
        valid = drafted.details
        covers = valid["valid_from"] <= span[0] and span[1] <= valid["valid_to"]
        if covers and dossier.state("scheme", act.item) == "in force":
            yield act
