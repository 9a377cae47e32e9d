"""The workflow as one table: state, action, who may, what it needs, next state.

Four things have a life of their own: a version of a scheme, a settlement, an inquiry
about a settlement, and an adjustment of one. Nothing outside this table decides what
may follow what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Life = Literal["scheme", "settlement", "inquiry", "adjustment"]

LIVES: tuple[Life, ...] = ("scheme", "settlement", "inquiry", "adjustment")

NONE = ""
"""State of what does not exist yet."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One step that may be taken.

    Parameters
    ----------
    life, state, action : str
        What is acted upon, the state it is in, and what is done.
    after : str
        State it is in then.
    roles : tuple of str
        Roles that may; a person needs one of them.
    needs : tuple of str
        What must hold, see `orebook.reward.workflow.needs.NEEDS`, checked in order.
    within : str
        Deadline of the step, a field of ``[workflow]``; empty if the workflow does not
        wait for it.
    """

    life: Life
    state: str
    action: str
    after: str
    roles: tuple[str, ...]
    needs: tuple[str, ...] = ()
    within: str = ""


_EVALUATE = ("evaluator",)
_APPROVE = ("approver",)
_STAFF = ("evaluator", "hr")
_TWO = ("not_author", "another_approver")

RULES: tuple[Rule, ...] = (
    # A version of a scheme. Two others than its author approve it.
    Rule("scheme", NONE, "draft", "draft", ("evaluator", "planner", "hr"),
         ("scheme_file",)),
    Rule("scheme", "draft", "simulate", "simulated", _EVALUATE, ("result",),
         "act_days"),
    Rule("scheme", "simulated", "simulate", "simulated", _EVALUATE, ("result",)),
    Rule("scheme", "simulated", "approve", "half approved", _APPROVE, _TWO,
         "act_days"),
    Rule("scheme", "half approved", "approve", "approved", _APPROVE, _TWO,
         "act_days"),
    Rule("scheme", "simulated", "reject", "draft", _APPROVE, ("reason",)),
    Rule("scheme", "half approved", "reject", "draft", _APPROVE, ("reason",)),
    Rule("scheme", "approved", "reject", "draft", _APPROVE, ("reason",)),
    Rule("scheme", "approved", "activate", "in force", ("hr",), ("still_valid",),
         "act_days"),
    Rule("scheme", "in force", "retire", "retired", ("hr", "approver"), ("reason",)),
    # A settlement. Frozen again only while nobody outside has seen it.
    Rule("settlement", NONE, "freeze", "frozen", _EVALUATE, ("in_force", "basis")),
    Rule("settlement", "frozen", "freeze", "frozen", _EVALUATE,
         ("in_force", "basis", "basis_changed")),
    Rule("settlement", "frozen", "publish", "published", ("hr",),
         ("another_than_freezer", "in_force"), "act_days"),
    Rule("settlement", "published", "pay", "paid", ("finance",),
         ("window_over", "nothing_open", "something_due", "up_to_date"), "pay_days"),
    Rule("settlement", "paid", "pay", "paid", ("finance",),
         ("nothing_open", "something_due", "up_to_date")),
    # An inquiry of a team about its settlement.
    Rule("inquiry", NONE, "inquire", "open", ("team-lead",),
         ("published_not_paid", "team", "text", "in_time")),
    Rule("inquiry", "open", "answer", "answered", _STAFF, ("not_author", "text"),
         "answer_days"),
    # An adjustment, by document; a published settlement is never edited.
    Rule("adjustment", NONE, "adjust", "proposed", _STAFF,
         ("published", "amounts", "code", "reason", "evidence")),
    Rule("adjustment", "proposed", "approve", "half approved", _APPROVE, _TWO,
         "act_days"),
    Rule("adjustment", "half approved", "approve", "posted", _APPROVE, _TWO,
         "act_days"),
    Rule("adjustment", "proposed", "reject", "rejected", _APPROVE, ("reason",)),
    Rule("adjustment", "half approved", "reject", "rejected", _APPROVE, ("reason",)),
)  # fmt: skip
"""Every step of the workflow; what is not here cannot be done."""

CODES: tuple[str, ...] = (
    "reading", "scheme-reading", "rounding", "inquiry", "restated", "hold-ended",
    "other",
)  # fmt: skip
"""Why an adjustment is made: a wrong reading, the scheme misread, rounding, an inquiry
that was right, a restated month, the end of a hold, or another reason told in words."""

APPROVAL_RESETS = frozenset({"draft", "simulate", "reject", "adjust"})
"""Actions after which approvals given before count no more."""


def legal(life: Life, state: str) -> tuple[Rule, ...]:
    """Return the steps that may follow a state.

    Parameters
    ----------
    life : str
        What is acted upon.
    state : str
        State it is in.

    Returns
    -------
    tuple of Rule
        In the order of the table; empty at the end of a life.

    Examples
    --------
    >>> [rule.action for rule in legal("scheme", "approved")]
    ['reject', 'activate']
    """
    return tuple(r for r in RULES if (r.life, r.state) == (life, state))


def rule_of(life: Life, state: str, action: str) -> Rule | None:
    """Return the step an action is in a state, None if it cannot be taken there.

    Examples
    --------
    >>> rule_of("settlement", "frozen", "publish").after
    'published'
    >>> rule_of("settlement", "frozen", "pay") is None
    True
    """
    return next((r for r in legal(life, state) if r.action == action), None)


def states_of(life: Life) -> tuple[str, ...]:
    """Return the states a life can reach, in the order of the table.

    Examples
    --------
    >>> states_of("inquiry")
    ('open', 'answered')
    """
    return tuple(dict.fromkeys(r.after for r in RULES if r.life == life))


def actions_of(life: Life) -> tuple[str, ...]:
    """Return the actions a life knows.

    Examples
    --------
    >>> actions_of("inquiry")
    ('inquire', 'answer')
    """
    return tuple(dict.fromkeys(r.action for r in RULES if r.life == life))
