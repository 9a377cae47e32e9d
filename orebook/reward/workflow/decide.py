"""May it be done? The act, or a refusal that says what may be done instead."""

from __future__ import annotations

from orebook.errors import InputError
from orebook.reward.workflow.act import Act
from orebook.reward.workflow.asked import Asked
from orebook.reward.workflow.needs import NEEDS
from orebook.reward.workflow.rules import Life, Rule, legal, rule_of

__all__ = ["decide", "named", "next_steps"]


def decide(asked: Asked, at: str) -> Act:
    """Return the act, if the workflow allows what is asked for.

    Parameters
    ----------
    asked : Asked
        What is to be done, by whom, on what.
    at : str
        Time, UTC, ISO 8601.

    Returns
    -------
    Act
        To be kept; the next of the dossier.

    Raises
    ------
    InputError
        If the state, the role, the reach or a need forbids it; the message says who
        may, or what may be done next.

    Notes
    -----
    Checked in this order: is it a step from this state, has the person one of the
    roles, do all teams concerned lie within the person's centre, does all hold that
    the step needs. What no rule allows is refused.
    """
    rule = _rule(asked)
    role = _role(asked, rule)
    _within(asked)
    for need in rule.needs:
        problem = NEEDS[need](asked)
        if problem is not None:
            raise InputError(f"{_what(asked)} is refused: {problem}")
    return Act(
        number=len(asked.dossier.acts) + 1,
        life=asked.life,
        item=asked.item,
        action=asked.action,
        before=asked.state,
        after=rule.after,
        by=asked.person.id,
        role=role,
        at=at,
        day=asked.day,
        details=asked.details,
    )


def next_steps(life: Life, state: str) -> str:
    """Return in words what may follow a state, and who may do it.

    Examples
    --------
    >>> next_steps("inquiry", "open")
    'answer (evaluator, hr)'
    >>> next_steps("inquiry", "answered")
    'nothing more'
    """
    steps = [f"{r.action} ({', '.join(r.roles)})" for r in legal(life, state)]
    return " or ".join(steps) or "nothing more"


def named(life: Life, item: int, scheme: str, period: str) -> str:
    """Return what something is called in messages and in the audit trail.

    Examples
    --------
    >>> named("inquiry", 2, "teams", "2026-05")
    'inquiry 2 on settlement 2026-05 teams'
    >>> named("scheme", 3, "teams", "")
    'scheme teams version 3'
    """
    if life == "scheme":
        return f"scheme {scheme} version {item}" if item else f"scheme {scheme}"
    whole = f"settlement {period} {scheme}"
    return whole if life == "settlement" else f"{life} {item} on {whole}"


def _what(asked: Asked) -> str:
    dossier = asked.dossier
    name = named(asked.life, asked.item, dossier.scheme, dossier.period)
    return f"to {asked.action} {name}"


def _rule(asked: Asked) -> Rule:
    rule = rule_of(asked.life, asked.state, asked.action)
    if rule is not None:
        return rule
    acts = asked.dossier.of(asked.life, asked.item)
    since = (
        f" since {acts[-1].action} by {acts[-1].by} at {acts[-1].at}" if acts else ""
    )
    raise InputError(
        f"{_what(asked)} is refused: it is {asked.state or 'not begun'}{since}; what "
        f"may follow is {next_steps(asked.life, asked.state)}"
    )


def _role(asked: Asked, rule: Rule) -> str:
    has = [role for role in rule.roles if role in asked.person.roles]
    if has:
        return has[0]
    raise InputError(
        f"{_what(asked)} is refused: {asked.person.id} is "
        f"{', '.join(asked.person.roles)}; expected {' or '.join(rule.roles)}; ask a "
        "person of that role, or correct people.toml"
    )


def _within(asked: Asked) -> None:
    outside = sorted(asked.touched - asked.reach)
    if outside:
        raise InputError(
            f"{_what(asked)} is refused: it concerns {', '.join(outside[:3])}, and "
            f"{asked.person.id} acts within {asked.person.centre}; ask a person whose "
            "centre holds all its teams"
        )
