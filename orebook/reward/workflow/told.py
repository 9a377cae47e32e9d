"""A scheme and a settlement told: state, who decided, hashes, deadlines, documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from orebook.chain.people_entries import Workflow
from orebook.reward.workflow.act import Act
from orebook.reward.workflow.asked import inquiry_until, pay_until
from orebook.reward.workflow.dossier import Dossier, version_for
from orebook.reward.workflow.payment import Due
from orebook.reward.workflow.waiting import matured

__all__ = ["SettlementTold", "VersionTold", "settlement_told", "versions_told"]


@dataclass(frozen=True, slots=True)
class VersionTold:
    """A version of a scheme.

    Parameters
    ----------
    scheme, version, state : str, int, str
        Which, and its state.
    scheme_hash, result_hash : str
        Hash of the scheme, and of the simulation attached; empty if none is.
    author : str
        Who drafted it.
    approved_by : tuple of str
        Who approved it as it is now.
    drafted_on, in_force_on : date or None
        Day of the draft, and of coming into force.
    valid_from, valid_to : str
        Validity the scheme states, ISO 8601.
    acts : int
        Acts on it [-].
    """

    scheme: str
    version: int
    state: str
    scheme_hash: str
    result_hash: str
    author: str
    approved_by: tuple[str, ...]
    drafted_on: date | None
    in_force_on: date | None
    valid_from: str
    valid_to: str
    acts: int

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SettlementTold:
    """A settlement of a month on its way to be paid.

    Parameters
    ----------
    scheme, period, stage : str
        Which, and how far it is, see `Dossier.stage`.
    basis : mapping
        Versions and hashes it was frozen on.
    version : VersionTold or None
        The version of the scheme it was settled by.
    after_the_month : bool
        Whether that version came into force only after the month had ended.
    steps : tuple of Act
        Freezing, publication and payments.
    inquiries, adjustments : tuple of mapping
        Each with number, state, who, when, what, and how it was decided.
    inquiry_until, pay_until : date or None
        Deadlines; None before publication.
    dues : tuple of Due
        Where the money of each team stands.
    deferred : mapping or None
        Deferred money and the day it is due.
    """

    scheme: str
    period: str
    stage: str
    basis: Mapping[str, Any]
    version: VersionTold | None
    after_the_month: bool
    steps: tuple[Act, ...]
    inquiries: tuple[Mapping[str, Any], ...]
    adjustments: tuple[Mapping[str, Any], ...]
    inquiry_until: date | None
    pay_until: date | None
    dues: tuple[Due, ...]
    deferred: Mapping[str, object] | None

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "scheme": self.scheme,
            "period": self.period,
            "stage": self.stage,
            "after_the_month": self.after_the_month,
            "basis": dict(self.basis),
            "version": None if self.version is None else self.version.to_dict(),
            "steps": [
                {"action": a.action, "by": a.by, "role": a.role, "at": a.at,
                 "day": a.day.isoformat()}
                for a in self.steps
            ],
            "inquiries": [dict(row) for row in self.inquiries],
            "adjustments": [dict(row) for row in self.adjustments],
            "inquiry_until": _plain(self.inquiry_until),
            "pay_until": _plain(self.pay_until),
            "dues": [d.to_dict() for d in self.dues],
            "deferred": None if self.deferred is None else dict(self.deferred),
        }  # fmt: skip


def versions_told(dossier: Dossier) -> tuple[VersionTold, ...]:
    """Return every version of a scheme, the first drafted first.

    Parameters
    ----------
    dossier : Dossier
        Of the scheme.
    """
    return tuple(_version(dossier, item) for item in dossier.items("scheme"))


def _version(dossier: Dossier, item: int) -> VersionTold:
    drafted = dossier.last("scheme", "draft", item)
    simulated = dossier.last("scheme", "simulate", item)
    activated = dossier.last("scheme", "activate", item)
    said = {} if drafted is None else drafted.details
    return VersionTold(
        scheme=dossier.scheme,
        version=item,
        state=dossier.state("scheme", item),
        scheme_hash=str(said.get("scheme_hash", "")),
        result_hash=str(simulated.details["result_hash"]) if simulated else "",
        author="" if drafted is None else drafted.by,
        approved_by=dossier.approvers("scheme", item),
        drafted_on=None if drafted is None else drafted.day,
        in_force_on=None if activated is None else activated.day,
        valid_from=str(said.get("valid_from", "")),
        valid_to=str(said.get("valid_to", "")),
        acts=len(dossier.of("scheme", item)),
    )


def settlement_told(
    dossier: Dossier,
    scheme: Dossier,
    deadlines: Workflow,
    *,
    today: date,
    dues: tuple[Due, ...],
    span: tuple[str, str],
) -> SettlementTold:
    """Return a settlement with all that was decided about it.

    Parameters
    ----------
    dossier, scheme : Dossier
        Of the settlement, and of its scheme.
    deadlines : Workflow
        Of the book.
    today : date
        The day.
    dues : tuple of Due
        Where the money of each team stands today.
    span : tuple of str
        First and last day of the month, ISO 8601.
    """
    basis = dossier.basis
    frozen_on = basis.get("scheme", {}).get("version")
    ruling = version_for(scheme, span)
    item = frozen_on if frozen_on is not None else (ruling.item if ruling else None)
    version = None if item is None else _version(scheme, int(item))
    since = None if version is None else version.in_force_on
    return SettlementTold(
        scheme=dossier.scheme,
        period=dossier.period,
        stage=dossier.stage,
        basis=basis,
        version=version,
        after_the_month=since is not None and since.isoformat() > span[1],
        steps=dossier.of("settlement"),
        inquiries=tuple(_inquiry(dossier, i) for i in dossier.items("inquiry")),
        adjustments=tuple(_adjustment(dossier, i) for i in dossier.items("adjustment")),
        inquiry_until=inquiry_until(dossier, deadlines),
        pay_until=pay_until(dossier, deadlines),
        dues=dues,
        deferred=matured(dues, today),
    )


def _inquiry(dossier: Dossier, item: int) -> dict[str, Any]:
    asked = dossier.first("inquiry", item)
    answered = dossier.last("inquiry", "answer", item)
    assert asked is not None
    return {
        "number": item,
        "state": dossier.state("inquiry", item),
        "team": asked.details["team"],
        "by": asked.by,
        "day": asked.day.isoformat(),
        "text": asked.details["text"],
        "answered_by": "" if answered is None else answered.by,
        "answer": "" if answered is None else answered.details["text"],
    }


def _adjustment(dossier: Dossier, item: int) -> dict[str, Any]:
    first = dossier.first("adjustment", item)
    assert first is not None
    return {
        "number": item,
        "state": dossier.state("adjustment", item),
        "by": first.by,
        "day": first.day.isoformat(),
        "code": first.details["code"],
        "reason": first.details["reason"],
        "amounts": dict(first.details["amounts"]),
        "evidence": [dict(row) for row in first.details["evidence"]],
        "approved_by": list(dossier.approvers("adjustment", item)),
    }


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
