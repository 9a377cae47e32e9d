"""How far the schemes and settlements are: who decided, by when, on which hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from orebook.report.table import (
    Block,
    Cell,
    Column,
    Fold,
    Row,
    Said,
    Table,
)
from orebook.report.words import both
from orebook.reward.workflow.act import Act
from orebook.reward.workflow.told import SettlementTold, VersionTold
from orebook.reward.workflow.waiting import Waiting

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.reward.result import Settlement

__all__ = ["Posts", "workflow_blocks", "workflow_sheets", "workflow_tables"]

STATES = (
    Column("scheme"), Column("period"), Column("wf_stage"), Column("wf_version"),
    Column("wf_author"), Column("wf_approved_by"), Column("wf_in_force_on"),
    Column("wf_frozen_by"), Column("wf_published_by"), Column("wf_inquiry_until"),
    Column("wf_pay_until"), Column("wf_paid_by"),
)  # fmt: skip
HASHES = (
    Column("scheme"), Column("period"), Column("wf_of"), Column("wf_version"),
    Column("wf_hash", "code"),
)  # fmt: skip
DOCUMENTS = (
    Column("wf_document"), Column("scheme"), Column("period"), Column("team"),
    Column("wf_stage"), Column("wf_by"), Column("wf_day"), Column("wf_code"),
    Column("amount", "money", "CNY"), Column("wf_text"), Column("wf_decided_by"),
)  # fmt: skip
MONEY = (
    Column("team"), Column("scheme"), Column("period"),
    Column("reward_amount", "money", "CNY"), Column("wf_adjusted", "money", "CNY"),
    Column("wf_paid", "money", "CNY"), Column("wf_due_now", "money", "CNY"),
    Column("paid_later", "money", "CNY"), Column("wf_later_on"),
    Column("paid_after_hold", "money", "CNY"),
)  # fmt: skip
VERSIONS = (
    Column("scheme"), Column("wf_version"), Column("wf_stage"), Column("wf_author"),
    Column("wf_approved_by"), Column("wf_in_force_on"), Column("wf_valid"),
    Column("wf_hash", "code"), Column("wf_result", "code"),
)  # fmt: skip
WAITING = (
    Column("wf_what"), Column("wf_action"), Column("wf_people"), Column("wf_until"),
    Column("wf_days_left", "count"),
)  # fmt: skip
BASIS = ("scheme", "facts", "settlement", "close", "price_basis", "price_policy",
         "plan")  # fmt: skip


class Posts:
    """Names of people and centres of a book.

    Parameters
    ----------
    chain : Chain
        The book.
    """

    def __init__(self, chain: Chain) -> None:
        self._people = {p.id: p for p in chain.people}
        self._centres = chain.centre

    def person(self, name: str) -> Said:
        """Return what a person is called; who is gone keeps the id."""
        found = self._people.get(name)
        if found is None:
            return Said(name, name)
        return Said(found.name, found.name_en or found.name)

    def people(self, names: Iterable[str]) -> Said:
        """Return what some people are called, in order."""
        said = [self.person(n) for n in names]
        return Said("、".join(s.zh for s in said), ", ".join(s.en for s in said))

    def centre(self, name: str) -> Said:
        """Return what a centre is called."""
        found = self._centres.get(name)
        return Said(name, name) if found is None else Said(found.name, found.name_en)


def workflow_blocks(
    found: Sequence[SettlementTold], chain: Chain, worked_out: Sequence[Settlement]
) -> tuple[Block, ...]:
    """Return state, deadlines and documents of settlements for a page.

    Parameters
    ----------
    found : sequence of SettlementTold
        Settlements of the month.
    chain : Chain
        The book; a book without people has no workflow and shows nothing.
    worked_out : sequence of Settlement
        The settlements of the month as they come out now.
    """
    if not chain.people:
        return ()
    if not found:
        return (both("wf_none"),)
    posts = Posts(chain)
    states, documents, money, hashes = workflow_tables(found, posts)
    late = [both("wf_after_the_month", scheme=s.scheme) for s in found
            if s.after_the_month]  # fmt: skip
    now = {w.scheme: {t.team: t.amount for t in w.teams.values()} for w in worked_out}
    late += [both("wf_differs", scheme=s.scheme) for s in found
             if s.scheme in now and now[s.scheme] != {d.team: d.amount for d in s.dues}
             ]  # fmt: skip
    shown = (documents,) if documents.rows else ()
    proof = Fold(both("wf_hashes"), (both("wf_hashes_how"), hashes))
    return (states, *late, *shown, money, proof)


def workflow_sheets(found: Sequence[SettlementTold], chain: Chain) -> tuple[Table, ...]:
    """Return the same tables for the workbook; none where nothing was decided."""
    return workflow_tables(found, Posts(chain)) if found else ()


def workflow_tables(
    found: Sequence[SettlementTold], posts: Posts
) -> tuple[Table, Table, Table, Table]:
    """Return states, documents, money and hashes of settlements.

    Parameters
    ----------
    found : sequence of SettlementTold
        The settlements.
    posts : Posts
        Names of people and centres.
    """
    return (
        _table("wf_states", STATES, (_state(s, posts) for s in found)),
        _table("wf_documents", DOCUMENTS,
               (r for s in found for r in _documents(s, posts))),
        _table("wf_money", MONEY, (r for s in found for r in _money(s, posts))),
        _table("wf_hashes", HASHES, (r for s in found for r in _hashes(s))),
    )  # fmt: skip


def versions_table(found: Sequence[VersionTold], posts: Posts) -> Table:
    """Return the versions of schemes.

    Parameters
    ----------
    found : sequence of VersionTold
        The versions.
    posts : Posts
        Names of people and centres.
    """
    rows = (
        (v.scheme, str(v.version), _state_of(v.state), posts.person(v.author),
         posts.people(v.approved_by), _day(v.in_force_on),
         both("from_to", first=v.valid_from, last=v.valid_to),
         v.scheme_hash[:12], v.result_hash[:12])
        for v in found
    )  # fmt: skip
    return _table("wf_versions", VERSIONS, rows)


def waiting_table(found: Sequence[Waiting], posts: Posts) -> Table:
    """Return what waits for whom until when, the most urgent first.

    Parameters
    ----------
    found : sequence of Waiting
        The steps.
    posts : Posts
        Names of people and centres.
    """
    rows = (
        (_what(w), both(f"wf_action_{w.action}"),
         posts.people(w.people) if w.people else both("wf_nobody"),
         _overdue(w), w.days_left)
        for w in found
    )  # fmt: skip
    return _table("wf_waiting", WAITING, rows)


def waits_said(today: date, found: Sequence[Waiting]) -> Said:
    """Return how many steps wait on a day, and how many of them are overdue.

    Parameters
    ----------
    today : date
        The day.
    found : sequence of Waiting
        The steps.
    """
    late = sum(w.overdue for w in found)
    return both("wf_today", day=today.isoformat(), waiting=str(len(found)),
                overdue=str(late))  # fmt: skip


def nothing_yet() -> Said:
    """Return how to begin where nothing was drafted or frozen yet."""
    return both("wf_flow_none")


def _table(name: str, columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]
           ) -> Table:  # fmt: skip
    return Table(name, both(name), columns, tuple(map(Row, rows)))


def _state_of(state: str) -> Said:
    return both(f"wf_state_{state.replace(' ', '_')}")


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _overdue(waiting: Waiting) -> Cell:
    day = waiting.until.isoformat()
    return both("wf_overdue", day=day) if waiting.overdue else day


def _what(waiting: Waiting) -> Said:
    whole = " ".join(filter(None, (waiting.scheme, waiting.period)))
    number = "" if waiting.life == "settlement" else f" {waiting.item}"
    return both(f"wf_life_{waiting.life}", name=whole, number=number)


def _act(found: SettlementTold, action: str, posts: Posts) -> Said:
    acts: list[Act] = [a for a in found.steps if a.action == action]
    if not acts:
        return Said("", "")
    last = acts[-1]
    return both("wf_by_on", who=posts.person(last.by), day=last.day.isoformat())


def _state(found: SettlementTold, posts: Posts) -> tuple[Cell, ...]:
    version = found.version
    return (
        found.scheme,
        found.period,
        _state_of(found.stage),
        "" if version is None else str(version.version),
        "" if version is None else posts.person(version.author),
        "" if version is None else posts.people(version.approved_by),
        _day(None if version is None else version.in_force_on),
        _act(found, "freeze", posts),
        _act(found, "publish", posts),
        _day(found.inquiry_until),
        _day(found.pay_until),
        _act(found, "pay", posts),
    )


def _documents(found: SettlementTold, posts: Posts) -> list[tuple[Cell, ...]]:
    """Return inquiries, then one row for each team of each adjustment."""
    rows: list[tuple[Cell, ...]] = [
        (both("wf_inquiry", number=str(i["number"])), found.scheme, found.period,
         posts.centre(i["team"]), _state_of(i["state"]), posts.person(i["by"]),
         i["day"], "", None, " / ".join(filter(None, (i["text"], i["answer"]))),
         posts.person(i["answered_by"]))
        for i in found.inquiries
    ]  # fmt: skip
    return rows + [
        (both("wf_adjustment", number=str(a["number"])), found.scheme, found.period,
         posts.centre(team), _state_of(a["state"]), posts.person(a["by"]), a["day"],
         both(f"wf_code_{a['code']}"), Decimal(amount), _proved(a),
         posts.people(a["approved_by"]))
        for a in found.adjustments
        for team, amount in a["amounts"].items()
    ]  # fmt: skip


def _proved(adjustment: Mapping[str, object]) -> str:
    """Return reason and evidence of an adjustment in one text."""
    rows = adjustment["evidence"]
    assert isinstance(rows, list)
    proofs = ", ".join(f"{row['name']} {row['sha256'][:12]}" for row in rows)
    return f"{adjustment['reason']} ({proofs})"


def _money(found: SettlementTold, posts: Posts) -> list[tuple[Cell, ...]]:
    return [
        (posts.centre(d.team), found.scheme, found.period, d.amount, d.adjusted, d.paid,
         d.now, d.later, _day(d.later_on), d.held)
        for d in found.dues
    ]  # fmt: skip


def _hashes(found: SettlementTold) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        (found.scheme, found.period, both(f"wf_basis_{name}"),
         str(found.basis[name]["version"]), str(found.basis[name]["hash"]))
        for name in BASIS if name in found.basis
    ]  # fmt: skip
    if found.version is not None and found.version.result_hash:
        rows.append((found.scheme, found.period, both("wf_basis_result"), "",
                     found.version.result_hash))  # fmt: skip
    return rows
