"""Acts on a settlement: freeze, publish, inquire, answer, adjust, approve, pay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orebook.audit.desk import Desk, Done, Wish, do, dues_of, today_of
from orebook.audit.dossiers import FACTS, FROZEN, POLICY, SCHEME, SETTLED, dossier_of
from orebook.audit.replay import (
    basis_of_versions,
    derive,
    kept_scheme,
    settled_differ,
    versions_now,
    versions_of,
)
from orebook.chain.calendar import period as read_period
from orebook.errors import InputError
from orebook.reward.workflow.dossier import Dossier, version_for
from orebook.reward.workflow.kept_facts import facts_data, facts_from
from orebook.reward.workflow.payment import run_of
from orebook.store.chain_hash import digest, parse
from orebook.store.values import Document

if TYPE_CHECKING:
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.reward.workflow.rules import Life
    from orebook.store.step import Step

__all__ = ["adjust", "decide_on", "evidence_of", "freeze", "inquire", "pay", "publish",
           "restated_amounts"]  # fmt: skip


def freeze(desk: Desk, scheme: str, period: str, by: str, policy: PricePolicy) -> Done:
    """Freeze the settlement of a month, derived from kept versions alone.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.
    policy : PricePolicy
        Price policy of the month; kept with it.

    Raises
    ------
    InputError
        If the month was not settled, no version of the scheme is in force for it, it
        was settled by another version, or does not follow from what is kept.
    """
    records = desk.records
    settled = _settled(desk, scheme, period)
    dossier = dossier_of(records, scheme)
    month = read_period(period)
    ruling = version_for(dossier, (month.first.isoformat(), month.last.isoformat()))
    stated = _content(settled)["scheme_hash"]
    details: dict[str, Any] = {"scheme_hash": stated, "basis": {}}
    wish = Wish(by, "settlement", "freeze", scheme, period, details=details)
    if ruling is None:
        return do(desk, wish)  # refused, in the words of the workflow
    version = records.version(SCHEME, "", ruling.item, key=scheme)
    if _stated_hash(version) != stated:
        return do(desk, wish)  # refused likewise
    versions = versions_now(records, period, version, _policy(desk, period, policy))
    derived = derive(versions)
    differs = derived.plan_differs or settled_differ(settled, derived.settlement)
    if differs:
        raise InputError(
            f"settlement {period} {scheme} does not follow from the versions kept: "
            f"{differs}; settle again: orebook reward BOOK {period}"
        )
    facts = _next(desk, FACTS, period, scheme, facts_data(derived.facts))
    frozen = _next(desk, FROZEN, period, scheme, derived.settlement.to_dict())
    basis = basis_of_versions(versions) | {
        "facts": {"version": facts.version, "hash": derived.facts.digest()},
        "settlement": {"version": frozen.version, "hash": frozen.content_hash},
    }
    teams = list(derived.settlement.teams)
    return do(
        desk,
        replace(
            wish,
            details={"scheme_hash": stated, "basis": basis, "teams": teams},
            keep=_keeper(versions.policy, facts, frozen),
            teams=frozenset(teams),
        ),
    )


def _stated_hash(scheme: Document) -> str:
    """Return the hash a settlement by a kept version of a scheme states."""
    from orebook.audit.replay import scheme_hash, scheme_text

    return scheme_hash(scheme_text(scheme))


def publish(desk: Desk, scheme: str, period: str, by: str) -> Done:
    """Publish a frozen settlement: the statement of each team, by its hash.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.
    """
    dossier = dossier_of(desk.records, scheme, period)
    details: dict[str, Any] = {}
    if dossier.basis:
        teams = frozen_teams(desk, dossier)
        details = {
            "scheme_hash": dossier.basis["scheme"]["hash"],
            "settlement_hash": dossier.basis["settlement"]["hash"],
            "statements": {str(t["team"]): digest(t) for t in teams},
        }
    wish = Wish(by, "settlement", "publish", scheme, period, details=details)
    return do(desk, wish)


def inquire(desk: Desk, scheme: str, period: str, by: str, *, team: str, text: str
            ) -> Done:  # fmt: skip
    """Ask about the settlement of one's own team, within the days for it.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.
    team, text : str
        Team, and what is asked.
    """
    item = len(dossier_of(desk.records, scheme, period).items("inquiry")) + 1
    details = {"team": team, "text": text}
    return do(desk, Wish(by, "inquiry", "inquire", scheme, period, item,
                         details, teams=frozenset({team})))  # fmt: skip


def adjust(
    desk: Desk,
    scheme: str,
    period: str,
    by: str,
    *,
    amounts: Mapping[str, str],
    code: str,
    reason: str,
    evidence: Collection[Mapping[str, str]],
) -> Done:
    """Propose an adjustment by document; it counts once two persons approved it.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.
    amounts : mapping of str to str
        Amount of each team, below zero to take back [CNY].
    code, reason : str
        Reason code, see `orebook.reward.workflow.rules.CODES`, and the reason in words.
    evidence : collection of mapping
        Name and SHA-256 of each piece, see `evidence_of`.
    """
    item = len(dossier_of(desk.records, scheme, period).items("adjustment")) + 1
    details = {
        "amounts": dict(amounts),
        "code": code,
        "reason": reason,
        "evidence": [dict(row) for row in evidence],
        "teams": sorted(amounts),
    }
    teams = frozenset(amounts)
    return do(desk, Wish(by, "adjustment", "adjust", scheme, period, item,
                         details, teams=teams))  # fmt: skip


def decide_on(
    desk: Desk,
    scheme: str,
    period: str,
    by: str,
    *,
    life: Life,
    action: str,
    item: int,
    text: str = "",
) -> Done:
    """Answer an inquiry, approve or reject an adjustment.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.
    life, action, item : str, str, int
        What is done to which.
    text : str
        The answer, or the reason.

    Raises
    ------
    InputError
        If there is no such inquiry or adjustment, or it is not allowed.
    """
    items = dossier_of(desk.records, scheme, period).items(life)
    if item not in items:
        known = ", ".join(map(str, items)) or "none yet"
        raise InputError(
            f"settlement {period} {scheme} has no {life} {item}; expected one of "
            f"{known}"
        )
    name = "text" if action == "answer" else "reason"
    details = {name: text} if text else {}
    return do(desk, Wish(by, life, action, scheme, period, item, details))


def pay(desk: Desk, scheme: str, period: str, by: str) -> Done:
    """Record a payment run: what is due of a settlement today, to the cent.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme, period, by : str
        Scheme, month, person.

    Notes
    -----
    The first run pays what is free, with the adjustments posted; a later one pays what
    came due since: adjustments, the deferred part, what was held.
    """
    dossier = dossier_of(desk.records, scheme, period)
    details: dict[str, Any] = {}
    if dossier.basis:
        dues = dues_of(desk.records, dossier, today_of(desk))
        versions = versions_of(desk.records, period, scheme, dossier.basis)
        members = {t.id: {m.id: m.weight for m in t.members}
                   for t in kept_scheme(versions.scheme).teams}  # fmt: skip
        details = {
            "run": run_of(dues, members),
            "settlement_hash": dossier.basis["settlement"]["hash"],
            "after": len(dossier.acts),
        }
    return do(desk, Wish(by, "settlement", "pay", scheme, period, details=details))


def evidence_of(files: Collection[Path]) -> list[dict[str, str]]:
    """Return name and hash of files given as evidence.

    Parameters
    ----------
    files : collection of Path
        The files.

    Raises
    ------
    InputError
        If one is not there.
    """
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise InputError(
            f"--evidence {missing[0]}: no such file; name one that is there"
        )
    return [
        {"name": f.name, "sha256": sha256(f.read_bytes()).hexdigest()} for f in files
    ]


def restated_amounts(
    desk: Desk, scheme: str, period: str, policy: PricePolicy
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a restated month adds to or takes back from each team, and why.

    Parameters
    ----------
    desk : Desk
        The book; its month was closed and settled again since it was frozen.
    scheme, period : str
        Scheme and month.
    policy : PricePolicy
        Price policy of the month.

    Returns
    -------
    tuple of dict
        Amounts other than zero by team [CNY], and the close as evidence.

    Raises
    ------
    InputError
        If it was not frozen, or nothing was restated.

    Notes
    -----
    `orebook.reward.settle.restate` says what changes and whether money is taken back;
    what earlier restatements brought is taken off.
    """
    from orebook.reward.settle import restate, settle

    records, dossier = desk.records, dossier_of(desk.records, scheme, period)
    if not dossier.basis:
        raise InputError(f"settlement {period} {scheme} is not frozen; freeze it first")
    before = versions_of(records, period, scheme, dossier.basis)
    now = versions_now(records, period, before.scheme, _policy(desk, period, policy))
    if now.close.chain_hash == before.close.chain_hash:
        raise InputError(
            f"{period} was not restated since it was frozen (close version "
            f"{before.close.version}); nothing to adjust"
        )
    rules = kept_scheme(before.scheme)
    kept = records.version(FACTS, period, dossier.basis["facts"]["version"], key=scheme)
    change = restate(rules, settle(rules, facts_from(kept.content)),
                     derive(now).settlement)  # fmt: skip
    earlier = _restated_before(dossier)
    rest = {t: a - earlier.get(t, Decimal("0.00")) for t, a in change.items()}
    if not rules.clawback:
        rest = {t: max(a, Decimal("0.00")) for t, a in rest.items()}
    evidence = {"name": now.close.name, "sha256": now.close.chain_hash}
    return {t: str(a) for t, a in rest.items() if a}, evidence


def _restated_before(dossier: Dossier) -> dict[str, Decimal]:
    from orebook.reward.workflow.payment import posted

    found: dict[str, Decimal] = {}
    for code, amounts in posted(dossier):
        for team, amount in amounts.items() if code == "restated" else ():
            found[team] = found.get(team, Decimal("0.00")) + amount
    return found


def frozen_teams(desk: Desk, dossier: Dossier) -> list[dict[str, Any]]:
    """Return the teams of a frozen settlement as kept."""
    version = dossier.basis["settlement"]["version"]
    kept = desk.records.version(FROZEN, dossier.period, version, key=dossier.scheme)
    return list(_content(kept)["teams"])


def _settled(desk: Desk, scheme: str, period: str) -> Document:
    records, name = desk.records, read_period(period).name
    if not records.has(SETTLED, name, key=scheme):
        raise InputError(
            f"scheme {scheme} was not settled for {name}; run: orebook reward BOOK "
            f"{name}"
        )
    return records.latest(SETTLED, name, key=scheme)


def _content(document: Document) -> dict[str, Any]:
    if not isinstance(document.content, dict):
        raise InputError(f"{document.name} is not readable; run audit verify")
    return document.content


def _policy(desk: Desk, period: str, policy: PricePolicy) -> Document:
    from orebook.plan.kept_inputs import entry_data

    return _next(desk, POLICY, period, "", entry_data(policy))


def _next(desk: Desk, kind: str, period: str, key: str, content: object) -> Document:
    """Return the document that content is kept as, or will be."""
    from orebook.store.chain_hash import canonical

    plain = parse(canonical(content))
    kept = desk.records.documents(kind, period, key=key)
    if kept and kept[-1].content == plain:
        return kept[-1]
    return Document(
        sequence=0, kind=kind, period=period, key=key, version=len(kept) + 1, status="",
        content=plain, content_hash=digest(plain), postings_hash="", previous_hash="",
        chain_hash="",
    )  # fmt: skip


def _keeper(*documents: Document) -> Any:
    """Return what keeps some documents; they must become what they were named as."""

    def keep(step: Step) -> None:
        for one in documents:
            kept = step.put(one.kind, one.period, one.content, key=one.key)
            if kept.version != one.version:
                raise InputError(
                    f"another act came first: {one.kind} {one.period} {one.key} has a "
                    f"version {kept.version} by now; do it again"
                )

    return keep
