"""Every published number derived again from what is kept, to the cent and the hash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orebook.audit.replay import (
    Versions,
    basis_of_versions,
    derive,
    facts_differ,
    frozen_documents,
    kept_scheme,
    scheme_hash,
    scheme_text,
    settled_differ,
    versions_of,
)
from orebook.errors import OrebookError
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.kept_facts import facts_from
from orebook.reward.workflow.payment import due, run_of
from orebook.store.chain_hash import digest
from orebook.store.verify import Breach

if TYPE_CHECKING:
    from orebook.store.records import Records
    from orebook.store.values import Document

__all__ = ["SettlementProof", "prove_settlement"]

RESTORE = "restore the records from a backup made before the change"
DERIVED = (
    "it does not follow from what it names; if the program was changed since, derive "
    "it with the version that froze it"
)


@dataclass(frozen=True, slots=True)
class SettlementProof:
    """A frozen settlement held against what it rests on.

    Parameters
    ----------
    scheme, period, stage : str
        Which, and how far it is.
    frozen : int
        Version that was frozen [-].
    amount : str
        Sum of the teams as frozen, in decimal text [CNY].
    derived : bool
        Whether plan, close and prices gave the same facts and the same money.
    exact : bool
        Whether the facts derived again have the very hash; else they differ by
        rounding of the last digits only, and not by a cent.
    breach : Breach or None
        What does not agree, None if all does.
    """

    scheme: str
    period: str
    stage: str
    frozen: int
    amount: str
    derived: bool
    exact: bool
    breach: Breach | None = None

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        from dataclasses import asdict

        return asdict(self)


def prove_settlement(records: Records, dossier: Dossier) -> SettlementProof:
    """Derive a frozen settlement again from kept versions and compare.

    Parameters
    ----------
    records : Records
        Of the book.
    dossier : Dossier
        Of the settlement.

    Returns
    -------
    SettlementProof
        With the first thing that does not agree.

    Notes
    -----
    In this order: the versions it names have the hashes it names; the kept scheme on
    the kept facts gives the frozen settlement; plan, close and price basis give the
    kept facts; the statements published and the payment runs are those of the frozen
    settlement.
    """
    scheme, period, basis = dossier.scheme, dossier.period, dossier.basis
    name = f"settlement {period} {scheme}"
    told: dict[str, Any] = {
        "scheme": scheme, "period": period, "stage": dossier.stage,
        "frozen": basis["settlement"]["version"], "amount": "0.00",
        "derived": False, "exact": False,
    }  # fmt: skip
    try:
        versions = versions_of(records, period, scheme, basis)
        facts, frozen = frozen_documents(records, period, scheme, basis)
        teams = _teams(frozen)
        told["amount"] = str(sum((Decimal(t["amount"]) for t in teams), Decimal("0")))
        breach = next(_breaches(name, dossier, versions, facts, frozen), None)
        if breach is None:
            breach, told["exact"] = _derived(name, versions, facts, basis)
            told["derived"] = breach is None
        if breach is None:
            breach = next(_told(records, name, dossier, versions, teams), None)
    except (OrebookError, KeyError, TypeError, ValueError) as error:
        breach = Breach(name, "it cannot be derived again", "kept versions that can be "
                        "read", str(error), "basis", RESTORE)  # fmt: skip
    return SettlementProof(**told, breach=breach)


def _teams(frozen: Document) -> list[dict[str, Any]]:
    content: Any = frozen.content
    return list(content["teams"])


def _breaches(
    name: str, dossier: Dossier, versions: Versions, facts: Document, frozen: Document
) -> Iterator[Breach]:
    """Yield what of the versions a settlement names is not as named."""
    from orebook.reward.settle import settle

    basis = dossier.basis
    for part, found in basis_of_versions(versions).items():
        if found["hash"] != basis[part]["hash"]:
            yield Breach(f"{name}: {part} version {found['version']}",
                         "it is not the version that was frozen", basis[part]["hash"],
                         found["hash"], f"basis.{part}.hash", RESTORE)  # fmt: skip
    kept = facts_from(facts.content)
    for part, found_hash in (
        ("facts", kept.digest()), ("settlement", digest(frozen.content)),
    ):  # fmt: skip
        if found_hash != basis[part]["hash"]:
            yield Breach(f"{name}: {part}", "it is not what was frozen",
                         basis[part]["hash"], found_hash, f"basis.{part}.hash",
                         RESTORE)  # fmt: skip
    again = settle(kept_scheme(versions.scheme), kept)
    differs = settled_differ(frozen, again)
    if differs:
        yield _differing(name, "scheme and facts give another settlement", differs)
    content: Any = frozen.content
    stated, made = content["scheme_hash"], scheme_hash(scheme_text(versions.scheme))
    if stated != made:
        yield Breach(name, "it was settled by another scheme", stated, made,
                     "scheme_hash", RESTORE)  # fmt: skip


def _derived(
    name: str, versions: Versions, facts: Document, basis: Mapping[str, Any]
) -> tuple[Breach | None, bool]:
    """Return what differs when the facts are derived again, and if they are exact."""
    found = derive(versions)
    exact = found.facts.digest() == basis["facts"]["hash"]
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("the plan made again gives other prices", lambda: found.plan_differs),
        ("plan, close and prices give other facts",
         lambda: facts_differ(facts, found.facts)),
    )  # fmt: skip
    for problem, check in checks:
        differs = check()
        if differs:
            return _differing(name, problem, differs), exact
    return None, exact


def _differing(name: str, problem: str, differs: str) -> Breach:
    """Return a breach from the path and the two values of a first difference."""
    field, _, values = differs.partition(": expected ")
    expected, _, found = values.partition(", found ")
    return Breach(name, problem, expected, found, field, DERIVED)


def _told(
    records: Records,
    name: str,
    dossier: Dossier,
    versions: Versions,
    teams: list[dict[str, Any]],
) -> Iterator[Breach]:
    """Yield what was published or paid and is not of the frozen settlement."""
    published = dossier.last("settlement", "publish")
    statements = {} if published is None else published.details["statements"]
    for team in teams if published is not None else ():
        made = digest(team)
        if statements.get(team["team"]) != made:
            yield Breach(f"{name}: statement of {team['team']}",
                         "it is not what was published",
                         str(statements.get(team["team"])), made, "statements",
                         RESTORE)  # fmt: skip
    scheme = kept_scheme(versions.scheme)
    members = {t.id: {m.id: m.weight for m in t.members} for t in scheme.teams}
    for act in dossier.of("settlement"):
        if act.action == "pay":
            before = Dossier(
                dossier.scheme, dossier.period, dossier.acts[: act.number - 1]
            )
            dues = due(teams, before, act.day, deferral_months=scheme.deferral.months)
            made_run = digest(run_of(dues, members))
            if made_run != digest(act.details["run"]):
                yield Breach(f"{name}: payment run of {act.day}",
                             "it is not what was due", digest(act.details["run"]),
                             made_run, "run", RESTORE)  # fmt: skip
