"""A settlement derived again from kept versions alone: plan, close, prices, scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from orebook.audit.dossiers import FACTS, FROZEN, POLICY, SCHEME
from orebook.errors import DataQualityError, InputError
from orebook.keeping import BASIS, MONTH_FACTS
from orebook.paying import kept_around, kept_facts_of, months_before
from orebook.reward.workflow.kept_facts import differing, facts_data
from orebook.store.chain_hash import digest

if TYPE_CHECKING:
    from orebook.evaluate.policy.basis import Basis
    from orebook.plan.result import Plan
    from orebook.reward.facts import Facts
    from orebook.reward.gather import Evidence
    from orebook.reward.result import Settlement
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records
    from orebook.store.values import Document

__all__ = ["Derived", "Versions", "derive", "kept_scheme", "versions_now"]

ROUNDING = 1e-9
"""How far a figure derived again may be from the kept one, relative [-]; above the last
digits another machine or library gives, far below a cent of any measure."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The kept documents a settlement rests on.

    Parameters
    ----------
    plan, close, price_basis, policy, scheme : Document
        One version of each.
    month : Document or None
        What was kept of the month for schemes, with the reports and peers they read;
        None where it was settled before that was kept.
    earlier : tuple of Document
        The same of the months before, where the scheme looks back.
    """

    plan: Document
    close: Document
    price_basis: Document
    policy: Document
    scheme: Document
    month: Document | None = None
    earlier: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A settlement derived again.

    Parameters
    ----------
    facts : Facts
        Derived from plan, close and prices.
    settlement : Settlement
        Of the kept scheme on those facts.
    plan_differs : str
        Where the plan made again leaves what prices were made from; empty if nowhere.
    """

    facts: Facts
    settlement: Settlement
    plan_differs: str


def versions_now(
    records: Records, period: str, scheme: Document, policy: Document
) -> Versions:
    """Return the latest versions of all that a settlement of a month rests on.

    Parameters
    ----------
    records : Records
        Of the book.
    period : str
        Month.
    scheme, policy : Document
        The version of the scheme, and the price policy of the month.

    Raises
    ------
    InputError
        If the month was not planned, closed or evaluated.
    """
    plan = records.documents("plan", period, status="released")
    if not plan:
        raise InputError(f"no plan of {period} is released; run: orebook plan BOOK")
    return Versions(
        plan=plan[-1],
        close=records.latest("close", period),
        price_basis=records.latest(BASIS, period),
        policy=policy,
        scheme=scheme,
        month=_around(records, period, scheme),
        earlier=months_before(records, period) if _looks_back(scheme) else (),
    )


def _around(records: Records, period: str, scheme: Document) -> Document | None:
    """Return what was kept of a month, where the scheme reads reports or peers."""
    rules = kept_scheme(scheme)
    outside = any(m.target.source == "external" for m in rules.measures)
    if outside or any(m.reads_report for m in rules.measures):
        return records.latest(MONTH_FACTS, period)
    return None


def _looks_back(scheme: Document) -> bool:
    rules = kept_scheme(scheme)
    own = any(m.target.source == "own_best" for m in rules.measures)
    return own or rules.settle_over != "month"


def versions_of(
    records: Records, period: str, scheme: str, basis: Mapping[str, Any]
) -> Versions:
    """Return the versions a frozen settlement names.

    Parameters
    ----------
    records : Records
        Of the book.
    period, scheme : str
        Of the settlement.
    basis : mapping
        As frozen, see `basis_of_versions`.

    Raises
    ------
    InputError
        If one of them is not kept any more.
    """
    plan = basis["plan"]
    return Versions(
        plan=records.version("plan", period, plan["version"], key=plan["key"]),
        close=records.version("close", period, basis["close"]["version"]),
        price_basis=records.version(BASIS, period, basis["price_basis"]["version"]),
        policy=records.version(POLICY, period, basis["price_policy"]["version"]),
        scheme=records.version(SCHEME, "", basis["scheme"]["version"], key=scheme),
        month=None
        if "month" not in basis
        else records.version(MONTH_FACTS, period, basis["month"]["version"]),
        earlier=tuple(
            records.version(MONTH_FACTS, name, version)
            for name, version in sorted(_months_of(basis).items())
        ),
    )


def _months_of(basis: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = basis.get("earlier", {}).get("months", {})
    return found


def basis_of_versions(versions: Versions) -> dict[str, Any]:
    """Return version and hash of everything a settlement rests on, as plain data."""
    return {
        "scheme": {
            "version": versions.scheme.version,
            "hash": scheme_hash(scheme_text(versions.scheme)),
        },
        "close": {
            "version": versions.close.version,
            "hash": versions.close.chain_hash,
        },
        "price_basis": _named(versions.price_basis),
        "price_policy": _named(versions.policy),
        "plan": {"key": versions.plan.key, **_named(versions.plan)},
        **({} if versions.month is None else {"month": _named(versions.month)}),
        **({"earlier": _months_named(versions.earlier)} if versions.earlier else {}),
    }


def _months_named(months: Sequence[Document]) -> dict[str, Any]:
    """Return the versions of some months, and one hash over all of them."""
    return {
        "version": len(months),
        "hash": digest({d.period: d.content_hash for d in months}),
        "months": {d.period: d.version for d in months},
    }


def _named(document: Document) -> dict[str, Any]:
    return {"version": document.version, "hash": document.content_hash}


def scheme_text(document: Document) -> str:
    """Return the scheme a document keeps, as the text its hash is taken over."""
    return str(_mapping(document)["scheme"])


def scheme_hash(text: str) -> str:
    """Return the hash a settlement states of its scheme.

    Examples
    --------
    >>> scheme_hash("{}")[:8]
    '44136fa3'
    """
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()


def kept_scheme(document: Document) -> Scheme:
    """Return the scheme a document keeps.

    Parameters
    ----------
    document : Document
        A version of a scheme.

    Raises
    ------
    DataQualityError
        If this version of the program cannot read it.
    """
    from pydantic import ValidationError

    from orebook.reward.scheme import Scheme

    try:
        return Scheme.model_validate_json(scheme_text(document))
    except ValidationError as error:
        msg = f"{document.name} cannot be read by this version of orebook: {error}"
        raise DataQualityError(msg) from error


def derive(versions: Versions) -> Derived:
    """Derive a settlement again from kept versions alone.

    Parameters
    ----------
    versions : Versions
        What it rests on.

    Returns
    -------
    Derived
        Facts and settlement; no file of the book is read.
    """
    from orebook.reward.keep_month import keep_month
    from orebook.reward.settle import settle

    evidence, differs = month_evidence(versions)
    scheme = kept_scheme(versions.scheme)
    around = kept_around(versions.month, versions.earlier)
    network = evidence.plan.network
    facts = kept_facts_of(scheme, network, keep_month(evidence), around)
    return Derived(facts, settle(scheme, facts), differs)


def month_evidence(versions: Versions) -> tuple[Evidence, str]:
    """Return what a month left behind, from kept versions, and where the plan differs.

    Parameters
    ----------
    versions : Versions
        What a settlement rests on.
    """
    from orebook.evaluate.accounts import accounts_of
    from orebook.evaluate.policy.basis import basis_from, basis_of
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.evaluate.policy.value import price
    from orebook.ledger.month import ClosedMonth
    from orebook.reward.gather import Evidence

    plan = _plan(_Kept(versions.plan.content_hash, versions.plan))
    basis: Basis = basis_from(_mapping(versions.price_basis))
    closed = ClosedMonth.from_dict(_mapping(versions.close))
    policy = PricePolicy.model_validate(_mapping(versions.policy))
    prices = price(plan.network, policy, basis, closed.market).prices
    accounts = accounts_of(plan, closed, prices)
    differs = differing(basis.to_dict(), basis_of(plan).to_dict(), within=ROUNDING)
    found = Evidence(plan, closed, accounts.variance, accounts.postings, prices)
    return found, differs


@dataclass(frozen=True)
class _Kept:
    """A kept plan, known by its hash alone, so that it is made again only once."""

    content_hash: str
    document: Document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.content_hash == self.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)


@lru_cache(maxsize=2)
def _plan(kept: _Kept) -> Plan:
    from orebook.plan.kept_inputs import made_from
    from orebook.plan.replan import stand
    from orebook.process.network import network

    chain, conditions = made_from(_mapping(kept.document))
    return stand(network(chain), conditions, ranges=0)


def _mapping(document: Document) -> Mapping[str, Any]:
    if not isinstance(document.content, dict):
        raise DataQualityError(f"{document.name} is not readable; run audit verify")
    return cast(Mapping[str, Any], document.content)


def facts_differ(kept: Document, facts: Facts) -> str:
    """Return where facts derived again leave those kept; empty if nowhere."""
    return differing(_mapping(kept), facts_data(facts), within=ROUNDING)


def settled_differ(kept: Document, found: Settlement) -> str:
    """Return where a settlement leaves the one kept, its money to the cent.

    Parameters
    ----------
    kept : Document
        The settlement as kept.
    found : Settlement
        Derived again.

    Notes
    -----
    Money is text and compared as it stands; hashes of the inputs are compared by the
    caller, who knows which of them must agree.
    """
    apart = {"scheme_hash", "facts_hash"}
    before = {k: v for k, v in _mapping(kept).items() if k not in apart}
    after = {k: v for k, v in found.to_dict().items() if k not in apart}
    return differing(before, after, within=ROUNDING)


def frozen_documents(
    records: Records, period: str, scheme: str, basis: Mapping[str, Any]
) -> tuple[Document, Document]:
    """Return facts and settlement that were frozen, as kept."""
    return tuple(  # type: ignore[return-value]
        records.version(kind, period, basis[name]["version"], key=scheme)
        for kind, name in ((FACTS, "facts"), (FROZEN, "settlement"))
    )
