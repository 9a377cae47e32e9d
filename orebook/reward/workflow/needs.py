"""What a step of the workflow needs, each need one small check.

A check returns what is wrong and what to do about it, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from orebook.reward.workflow.asked import Asked, inquiry_until
from orebook.reward.workflow.dossier import version_for
from orebook.reward.workflow.payment import RELEASE
from orebook.reward.workflow.rules import CODES

Check = Callable[[Asked], str | None]

HASH = re.compile(r"^[0-9a-f]{64}$")


def _given(name: str, option: str, what: str) -> Check:
    def check(asked: Asked) -> str | None:
        if str(asked.details.get(name) or "").strip():
            return None
        return f"{what} is missing; give it with {option}"

    return check


def _not_author(asked: Asked) -> str | None:
    if asked.person.id not in asked.dossier.authors(asked.life, asked.item):
        return None
    return (
        f"{asked.person.id} began it, and nobody decides on what is their own; ask "
        "another person of the role"
    )


def _another_approver(asked: Asked) -> str | None:
    if asked.person.id not in asked.dossier.approvers(asked.life, asked.item):
        return None
    return (
        f"{asked.person.id} has approved it already, and two different persons must; "
        "ask a second approver"
    )


def _another_than_freezer(asked: Asked) -> str | None:
    frozen = asked.dossier.last("settlement", "freeze")
    if frozen is None or frozen.by != asked.person.id:
        return None
    return f"{asked.person.id} froze it; a second person publishes; ask another of hr"


def _result(asked: Asked) -> str | None:
    found = str(asked.details.get("result_hash") or "")
    if HASH.match(found):
        return None
    return (
        "no result of a simulation is attached; expected a file or the hash of a kept "
        "document; give it with --result"
    )


def _scheme_file(asked: Asked) -> str | None:
    state = asked.dossier.state("scheme", asked.item)
    if HASH.match(str(asked.details.get("scheme_hash") or "")) and not state:
        return None
    return "the scheme says nothing new; change its file in schemes/ first"


def _still_valid(asked: Asked) -> str | None:
    drafted = asked.dossier.last("scheme", "draft", asked.item)
    ends = str(drafted.details["valid_to"]) if drafted else ""
    if asked.day.isoformat() <= ends:
        return None
    return (
        f"it was valid to {ends} and can rule no month any more; draft it again with a "
        "later valid_to"
    )


def _in_force(asked: Asked) -> str | None:
    scheme = asked.dossier.scheme
    ruling = version_for(asked.scheme, asked.span)
    if ruling is None:
        return (
            f"no version of scheme {scheme} is in force for {asked.dossier.period}; "
            f"bring one through: orebook scheme draft BOOK {scheme}"
        )
    drafted = asked.scheme.last("scheme", "draft", ruling.item)
    settled = asked.details.get("scheme_hash")
    force = str(drafted.details["scheme_hash"]) if drafted else ""
    if settled == force:
        return None
    return (
        f"it was settled by a scheme of hash {str(settled)[:12]}, and in force is "
        f"version {ruling.item} of hash {force[:12]}; put schemes/ back to that "
        "version and settle again: orebook reward BOOK "
        f"{asked.dossier.period}, or bring the changed file through as a new version"
    )


def _basis(asked: Asked) -> str | None:
    if asked.details.get("basis"):
        return None
    return "there is nothing to freeze; settle first: orebook reward BOOK PERIOD"


def _basis_changed(asked: Asked) -> str | None:
    if asked.details.get("basis") != asked.dossier.basis:
        return None
    return "it is frozen already on the very same versions; publish it"


def _published(asked: Asked) -> str | None:
    if asked.dossier.state("settlement") in {"published", "paid"}:
        return None
    return "it is not published yet; freeze it again instead of adjusting it"


def _published_not_paid(asked: Asked) -> str | None:
    state = asked.dossier.state("settlement") or "not frozen yet"
    if state == "published":
        return None
    return f"it is {state}; inquiries are open between publication and payment"


def _team(asked: Asked) -> str | None:
    teams = {d.team for d in asked.dues}
    if asked.details.get("team") in teams:
        return None
    known = ", ".join(sorted(teams))
    return f"no team of it is called '{asked.details.get('team')}'; expected {known}"


def _in_time(asked: Asked) -> str | None:
    last = inquiry_until(asked.dossier, asked.deadlines)
    if last is not None and asked.day <= last:
        return None
    return (
        f"inquiries were open to {last}, today is {asked.day}; ask the evaluators, who "
        "can still adjust it by document"
    )


def _window_over(asked: Asked) -> str | None:
    last = inquiry_until(asked.dossier, asked.deadlines)
    if last is not None and asked.day > last:
        return None
    return f"inquiries are open to {last}, today is {asked.day}; pay after that"


def _nothing_open(asked: Asked) -> str | None:
    lives = (("inquiry", ("open",)), ("adjustment", ("proposed", "half approved")))
    waiting = [
        f"{life} {item}"
        for life, states in lives
        for item in asked.dossier.in_state(life, *states)  # type: ignore[arg-type]
    ]
    if not waiting:
        return None
    return f"{', '.join(waiting)} is open; answer or decide on it first"


def _something_due(asked: Asked) -> str | None:
    if any(d.now for d in asked.dues):
        return None
    days = [d.later_on.isoformat() for d in asked.dues if d.later_on]
    then = f"the deferred part is due on {min(days)}" if days else "all is paid"
    return f"nothing is due today; {then}"


def _up_to_date(asked: Asked) -> str | None:
    if asked.details.get("after") == len(asked.dossier.acts):
        return None
    return "something was done on it meanwhile; run it again to pay what is due now"


def _amounts(asked: Asked) -> str | None:
    given = asked.details.get("amounts")
    if not given:
        return "no amount is given; give --team and --amount, or --restated"
    for team, text in given.items():
        problem = _amount(asked, team, str(text))
        if problem is not None:
            return problem
    return None


def _amount(asked: Asked, team: str, text: str) -> str | None:
    teams = sorted(d.team for d in asked.dues)
    if team not in teams:
        return f"no team of it is called '{team}'; expected {', '.join(teams)}"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return f"amount '{text}' is no number; write it as 1234.50"
    if not value.is_finite() or value != round(value, 2) or value == 0:
        return f"amount {text} of {team}; expected whole cents other than zero"
    if asked.details.get("code") == RELEASE and not 0 < value <= asked.held(team):
        return (
            f"amount {text} of {team} is more than the {asked.held(team)} CNY held; "
            f"{RELEASE} pays what was held and nothing else"
        )
    return None


def _code(asked: Asked) -> str | None:
    if asked.details.get("code") in CODES:
        return None
    return (
        f"reason code '{asked.details.get('code')}'; expected one of "
        f"{', '.join(CODES)}; give it with --code"
    )


def _evidence(asked: Asked) -> str | None:
    rows = asked.details.get("evidence") or ()
    if rows and all(HASH.match(str(row.get("sha256"))) for row in rows):
        return None
    return "no evidence is given; name a file with --evidence FILE"


NEEDS: Mapping[str, Check] = {
    "not_author": _not_author,
    "another_approver": _another_approver,
    "another_than_freezer": _another_than_freezer,
    "scheme_file": _scheme_file,
    "result": _result,
    "still_valid": _still_valid,
    "in_force": _in_force,
    "basis": _basis,
    "basis_changed": _basis_changed,
    "published": _published,
    "published_not_paid": _published_not_paid,
    "team": _team,
    "in_time": _in_time,
    "window_over": _window_over,
    "nothing_open": _nothing_open,
    "something_due": _something_due,
    "up_to_date": _up_to_date,
    "amounts": _amounts,
    "code": _code,
    "evidence": _evidence,
    "reason": _given("reason", "--reason", "the reason"),
    "text": _given("text", "--text", "the text"),
}
"""Every need a rule may name."""
