"""People and dossiers for the tests of the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from orebook.chain.people_entries import Person, Workflow
from orebook.reward.workflow.act import Act
from orebook.reward.workflow.asked import Asked
from orebook.reward.workflow.decide import decide
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.payment import Due, due

HASH = "a" * 64
TEAMS = (
    {"team": "north", "amount": "100.00", "paid": "80.00", "deferred": "20.00",
     "held": "0.00"},
    {"team": "south", "amount": "-30.00", "paid": "-30.00", "deferred": "0.00",
     "held": "0.00"},
    {"team": "dock", "amount": "50.00", "paid": "0.00", "deferred": "0.00",
     "held": "50.00"},
)  # fmt: skip
CENTRES = {
    "group": frozenset({"group", "north", "south", "dock"}),
    "north": frozenset({"north"}),
    "south": frozenset({"south"}),
}
PEOPLE = {
    name: Person(id=name, name=name, roles=roles, centre=centre)
    for name, roles, centre in (
        ("eva", ["evaluator", "planner"], "group"),
        ("egon", ["evaluator"], "group"),
        ("anna", ["approver"], "group"),
        ("bert", ["approver"], "group"),
        ("otto", ["approver", "evaluator"], "group"),
        ("hans", ["hr"], "group"),
        ("fina", ["finance"], "group"),
        ("nora", ["team-lead"], "north"),
        ("sepp", ["team-lead"], "south"),
        ("axel", ["approver", "hr"], "north"),
    )
}
DEADLINES = Workflow(inquiry_days=3, answer_days=2, pay_days=4, act_days=5)
SPAN = ("2026-05-01", "2026-05-31")
DETAILS: dict[str, dict[str, Any]] = {
    "draft": {"scheme_hash": HASH, "valid_from": "2026-01-01",
              "valid_to": "2026-12-31", "teams": ["north", "south", "dock"]},
    "simulate": {"result": "lab", "result_hash": "b" * 64},
    "freeze": {"scheme_hash": HASH, "teams": ["north", "south", "dock"],
               "basis": {"scheme": {"version": 1, "hash": HASH}}},
    "publish": {"scheme_hash": HASH, "statements": {}},
    "inquire": {"team": "north", "text": "why"},
    "answer": {"text": "because"},
    "adjust": {"amounts": {"north": "1.00"}, "code": "reading", "reason": "meter",
               "evidence": [{"name": "a.pdf", "sha256": "c" * 64}],
               "teams": ["north"]},
    "reject": {"reason": "no"},
    "retire": {"reason": "old"},
}  # fmt: skip


def dues_of(dossier: Dossier, day: date) -> tuple[Due, ...]:
    """Return where the money of the three teams stands."""
    return due(TEAMS, dossier, day, deferral_months=12) if dossier.basis else ()


def asked(
    dossier: Dossier,
    scheme: Dossier,
    *,
    life: Any,
    item: int,
    action: str,
    by: str,
    day: date,
    details: Mapping[str, Any] | None = None,
) -> Asked:
    """Return an action asked for, with sound details unless others are given."""
    dues = dues_of(dossier, day)
    said = DETAILS.get(action, {}) if details is None else details
    if action == "pay" and details is None:
        said = {"run": {"paid": {d.team: str(d.now) for d in dues},
                        "lines": [d.to_dict() for d in dues]},
                "after": len(dossier.acts)}  # fmt: skip
    team = said.get("team")
    every = frozenset({"north", "south", "dock"})
    touched = frozenset({str(team)}) if team else every
    if life == "inquiry":
        touched = frozenset({"north"})
    return Asked(
        dossier=dossier, life=life, item=item, action=action, person=PEOPLE[by],
        reach=CENTRES[PEOPLE[by].centre], day=day, deadlines=DEADLINES, details=said,
        touched=touched, scheme=scheme, span=SPAN if dossier.period else ("", ""),
        dues=dues,
    )  # fmt: skip


class Office:
    """A scheme and its settlement of May, and a day that moves on."""

    def __init__(self) -> None:
        self.scheme = Dossier("teams")
        self.settlement = Dossier("teams", "2026-05")
        self.day = date(2026, 6, 1)

    def do(self, life: Any, action: str, by: str, item: int = 0,
           details: Mapping[str, Any] | None = None) -> Act:  # fmt: skip
        """Do an act or raise."""
        of_scheme = life == "scheme"
        dossier = self.scheme if of_scheme else self.settlement
        act = decide(
            asked(dossier, self.scheme, life=life, item=item, action=action, by=by,
                  day=self.day, details=details),
            f"{self.day}T08:00:00+00:00",
        )  # fmt: skip
        if of_scheme:
            self.scheme = dossier.with_act(act)
        else:
            self.settlement = dossier.with_act(act)
        return act

    def in_force(self) -> Office:
        """Bring version 1 into force."""
        for action, by in (("draft", "eva"), ("simulate", "eva"), ("approve", "anna"),
                           ("approve", "bert"), ("activate", "hans")):  # fmt: skip
            self.do("scheme", action, by, 1)
        return self

    def published(self) -> Office:
        """Freeze and publish May."""
        self.in_force()
        self.do("settlement", "freeze", "eva")
        self.do("settlement", "publish", "hans")
        return self

    def money(self) -> dict[str, Decimal]:
        """Return what was paid so far, by team."""
        return {d.team: d.paid for d in dues_of(self.settlement, self.day)}
