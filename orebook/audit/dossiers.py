"""Acts in the store: reading dossiers, keeping one act more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orebook.reward.workflow.act import Act, act_from
from orebook.reward.workflow.decide import named
from orebook.reward.workflow.dossier import Dossier

if TYPE_CHECKING:
    from orebook.store.records import Records
    from orebook.store.step import Step
    from orebook.store.values import Document

ACT, SCHEME, FACTS, POLICY, SETTLED, FROZEN = (
    "act", "scheme", "facts", "price-policy", "settlement", "frozen-settlement",
)  # fmt: skip
"""Kinds of documents of the workflow. A settlement worked out is kept as SETTLED at
every run; what is frozen is kept apart, so that no later run touches it."""


def dossier_of(records: Records, scheme: str, period: str = "") -> Dossier:
    """Return the acts on a scheme, or on its settlement of a period.

    Parameters
    ----------
    records : Records
        Of the book.
    scheme, period : str
        Which; the period is empty for the scheme itself.
    """
    kept = records.documents(ACT, period, key=scheme)
    return Dossier(scheme, period, tuple(act_from(d.content) for d in kept))


def dossiers(records: Records) -> tuple[Dossier, ...]:
    """Return all dossiers of a book: schemes first, then months in order."""
    found: dict[tuple[str, str], list[Act]] = {}
    for document in records.documents(ACT):
        acts = found.setdefault((document.period, document.key), [])
        acts.append(act_from(document.content))
    return tuple(
        Dossier(scheme, period, tuple(acts))
        for (period, scheme), acts in sorted(found.items())
    )


def keep_act(step: Step, dossier: Dossier, act: Act) -> Document:
    """Keep one act within a step, with a line of its own in the audit trail.

    Parameters
    ----------
    step : Step
        The open transaction; whatever else belongs to the act is kept in it too.
    dossier : Dossier
        As it was before the act.
    act : Act
        The act.

    Returns
    -------
    Document
        The act as kept, linked to all documents before it.
    """
    before = last_document(step, dossier)
    name = named(act.life, act.item, dossier.scheme, dossier.period)
    document = step.put(
        ACT,
        dossier.period,
        act.to_dict(),
        key=dossier.scheme,
        status=act.after,
        reason=f"{act.action} {name}",
    )
    told = str(act.details.get("reason") or act.details.get("text") or "")
    step.audit(
        act.action,
        name,
        old_hash="" if before is None else before.chain_hash,
        new_hash=document.chain_hash,
        reason=f"by {act.by} ({act.role})" + (f": {told}" if told else ""),
    )
    return document


def last_document(step: Step, dossier: Dossier) -> Document | None:
    """Return the last act of a dossier as kept, None if there is none."""
    from orebook.store.step import latest_document

    place = (ACT, dossier.period, dossier.scheme)
    return latest_document(step.connection, step.book, place)
