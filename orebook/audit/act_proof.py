"""Acts held against the table of the workflow: nothing was decided that may not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orebook.reward.workflow.act import Act
from orebook.reward.workflow.decide import named
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.rules import rule_of
from orebook.store.verify import Breach

if TYPE_CHECKING:
    from orebook.store.records import Records
    from orebook.store.values import AuditRow

__all__ = ["act_breaches", "time_breaches"]


def act_breaches(dossier: Dossier) -> Iterator[Breach]:
    """Yield every act that the table of the workflow does not allow.

    Parameters
    ----------
    dossier : Dossier
        The acts, in order.

    Notes
    -----
    A chain that somebody wrote anew throughout has sound hashes; that a scheme came
    into force without two approvals would still be seen here.
    """
    so_far = Dossier(dossier.scheme, dossier.period)
    for act in dossier.acts:
        where = f"act {act.number} on {_name(dossier, act)}"
        for field, expected, found in _fields(so_far, act):
            if expected != found:
                yield Breach(where, "the workflow does not allow it", expected, found,
                             field)  # fmt: skip
                return
        so_far = so_far.with_act(act)


def _name(dossier: Dossier, act: Act) -> str:
    return named(act.life, act.item, dossier.scheme, dossier.period)


def _fields(so_far: Dossier, act: Act) -> Iterator[tuple[str, str, str]]:
    """Yield field, what it must be, what it is."""
    yield "number", str(len(so_far.acts) + 1), str(act.number)
    yield "before", so_far.state(act.life, act.item), act.before
    rule = rule_of(act.life, act.before, act.action)
    if rule is None:
        yield "action", "a step of the workflow", act.action
        return
    yield "after", rule.after, act.after
    if act.role not in rule.roles:
        yield "role", " or ".join(rule.roles), act.role
    needs = set(rule.needs)
    others = set(so_far.authors(act.life, act.item)) if "not_author" in needs else set()
    if "another_approver" in needs:
        others |= set(so_far.approvers(act.life, act.item))
    if act.by in others:
        yield "by", "another person", act.by


def time_breaches(
    records: Records, found: Iterable[Dossier], trail: Iterable[AuditRow]
) -> Iterator[Breach]:
    """Yield every act whose time in the audit trail is not the time of the act.

    Parameters
    ----------
    records : Records
        Of the book.
    found : iterable of Dossier
        All dossiers.
    trail : iterable of AuditRow
        The audit trail.
    """
    hashes = {d.chain_hash: d for d in records.documents("act")}
    times = {
        (d.period, d.scheme, a.number): (a.at, f"act {a.number} on {_name(d, a)}")
        for d in found
        for a in d.acts
    }
    for line in trail:
        kept = hashes.get(line.new_hash)
        if kept is None:
            continue
        at, where = times[kept.period, kept.key, kept.version]
        if at != line.at:
            yield Breach(f"audit line {line.sequence} ({where})",
                         "the time was changed", at, line.at, "at")  # fmt: skip
