"""Acts on a book: one transaction each, one winner, nothing half-written."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest

from orebook.audit import scheme_acts, settlement_acts
from orebook.audit.desk import Desk
from orebook.audit.dossiers import FROZEN, dossier_of
from orebook.audit.flow import flow
from orebook.commands.workflow import policy_of, scheme_called
from orebook.errors import InputError
from orebook.store.records import Records
from orebook.store.step import Step
from tests.audit.conftest import MONTH, SCHEME, Kept, freeze, into_force


@pytest.fixture
def bare(settled_sqlite: Kept, copy_of: Callable[[Kept], Kept]) -> Kept:
    """Give a book that was settled and no more."""
    return copy_of(settled_sqlite)


def test_the_whole_way_to_the_payment(published: Kept) -> None:
    with published.open(days=1) as (_, desk):
        team = flow(desk).settlements[0].dues[0].team
        settlement_acts.inquire(desk, SCHEME, MONTH, "lead", team=team, text="why")
        settlement_acts.decide_on(
            desk, SCHEME, MONTH, "eva", life="inquiry", action="answer", item=1,
            text="the meter of line 2 was read twice",
        )  # fmt: skip
        settlement_acts.adjust(
            desk, SCHEME, MONTH, "hans", amounts={team: "12.34"}, code="inquiry",
            reason="read twice",
            evidence=settlement_acts.evidence_of([published.folder / "lab.json"]),
        )  # fmt: skip
        for by in ("anna", "bert"):
            settlement_acts.decide_on(desk, SCHEME, MONTH, by, life="adjustment",
                                      action="approve", item=1)  # fmt: skip
    with published.open(days=4) as (book, desk):
        before = flow(desk).settlements[0]
        assert before.stage == "adjusted"
        run = settlement_acts.pay(desk, SCHEME, MONTH, "fina").act.details["run"]
        after = flow(desk).settlements[0]
        assert Decimal(run["total"]["now"]) == sum(d.paid for d in after.dues)
        assert all(d.gap == 0 for d in after.dues)
        due = before.dues[0]
        assert Decimal(run["paid"][team]) == due.now
        assert sum(map(Decimal, run["members"][team].values())) == due.now
        assert due.adjusted == Decimal("12.34")
        assert after.deferred is not None
        assert after.deferred["until"] == "2026-12-05"
        assert book.prove().sound
    with published.open(days=190) as (book, desk):
        settlement_acts.pay(desk, SCHEME, MONTH, "fina")
        assert flow(desk).settlements[0].deferred is None
        assert book.prove().sound


def test_every_act_is_a_line_of_the_audit_trail(published: Kept) -> None:
    with published.open() as (_, desk):
        trail = [a for a in desk.records.audit_trail() if "(" in a.reason]
        kept = desk.records.documents("act")
    assert [a.action for a in trail] == ["draft", "simulate", "approve", "approve",
                                         "activate", "freeze", "publish"]  # fmt: skip
    assert [a.new_hash for a in trail] == [d.chain_hash for d in kept]
    assert trail[-1].target == f"settlement {MONTH} {SCHEME}"
    assert trail[-1].reason == "by hans (hr)"
    basis = dict(kept[-2].content["details"]["basis"])
    assert set(basis) == {"scheme", "facts", "settlement", "close", "price_basis",
                          "price_policy", "plan"}  # fmt: skip
    assert all(len(row["hash"]) == 64 for row in basis.values())


def test_nothing_is_frozen_without_its_scheme_in_force(bare: Kept) -> None:
    with bare.open() as (book, desk):
        with pytest.raises(InputError, match="no version of scheme two is in force"):
            freeze(book, desk)
        with pytest.raises(InputError, match="nothing of scheme other was drafted"):
            scheme_acts.on_version(desk, "other", "approve", "anna")
        with pytest.raises(
            InputError, match=f"scheme other was not settled for {MONTH}"
        ):
            settlement_acts.freeze(desk, "other", MONTH, "eva", policy_of(book, MONTH))


def test_a_month_settled_by_another_version_is_not_frozen(bare: Kept) -> None:
    with bare.open() as (book, desk):
        into_force(book, desk)
    path = bare.folder / "schemes" / "two.toml"
    path.write_text(path.read_text("utf-8").replace("100000", "200000"), "utf-8")
    with bare.open() as (book, desk):
        book.result(MONTH)
        with pytest.raises(InputError, match="in force is version 1 of hash"):
            freeze(book, desk)
        found, file = scheme_called(book, SCHEME)
        done = scheme_acts.draft(desk, found, file, "eva")
        assert done.act.item == 2
        with pytest.raises(InputError, match="what may follow is simulate"):
            scheme_acts.draft(desk, found, file, "eva")


def test_a_simulation_of_another_scheme_is_not_attached(bare: Kept) -> None:
    file = bare.folder / "other.json"
    file.write_text('{"scheme_hash": "%s"}' % ("e" * 64))
    with bare.open() as (book, desk):
        with pytest.raises(InputError, match="about a scheme of hash eeeeeeeeeeee"):
            scheme_acts.result_named(desk.records, str(file), "f" * 64)
        with pytest.raises(InputError, match="no such file"):
            scheme_acts.result_named(desk.records, "nothing.json", "f" * 64)
        with pytest.raises(InputError, match="no kept document has this hash"):
            scheme_acts.result_named(desk.records, "e" * 64, "f" * 64)
        close = book.store.records.latest("close", MONTH)
        named = scheme_acts.result_named(desk.records, close.content_hash, "f" * 64)
        assert named["result"] == f"close {MONTH} version 1"


def test_who_is_not_in_the_book_is_told_the_nearest(bare: Kept) -> None:
    with (
        bare.open() as (_, desk),
        pytest.raises(InputError, match="did you mean 'bert'"),
    ):
        settlement_acts.publish(desk, SCHEME, MONTH, "bertt")


def test_a_restated_month_is_adjusted_by_document_never_edited(embedded: Kept) -> None:
    """The close changes after publication; what was published stays as it was."""
    with embedded.open(days=1) as (book, desk):
        policy = policy_of(book, MONTH)
        with pytest.raises(InputError, match="was not restated since it was frozen"):
            settlement_acts.restated_amounts(desk, SCHEME, MONTH, policy)
        frozen = desk.records.latest(FROZEN, MONTH, key=SCHEME)
    late = embedded.folder / "intake" / MONTH / "late.csv"
    meters = next(embedded.folder.glob(f"intake/{MONTH}/meters*.csv"))
    lines = meters.read_text("utf-8").splitlines()
    head, *rows = [line for line in lines if not line.startswith("#")]
    tag = rows[-1].split(",")[0]
    changed = [_more(r) for r in rows if r.split(",")[0] == tag]
    late.write_text("\n".join([head, *changed]) + "\n", encoding="utf-8")
    with embedded.open(days=1) as (book, desk):
        book.run(MONTH)
        assert desk.records.latest("close", MONTH).version == 2
        policy = policy_of(book, MONTH)
        amounts, close = settlement_acts.restated_amounts(desk, SCHEME, MONTH, policy)
        assert amounts
        assert close["name"] == f"close {MONTH} version 2"
        settlement_acts.adjust(
            desk, SCHEME, MONTH, "eva", amounts=amounts, code="restated",
            reason="late meters", evidence=[close],
        )  # fmt: skip
        for by in ("anna", "bert"):
            settlement_acts.decide_on(desk, SCHEME, MONTH, by, life="adjustment",
                                      action="approve", item=1)  # fmt: skip
        again, _ = settlement_acts.restated_amounts(desk, SCHEME, MONTH, policy)
        assert again == {}
        now = desk.records.latest(FROZEN, MONTH, key=SCHEME)
        assert now.chain_hash == frozen.chain_hash
        settled = desk.records.latest("settlement", MONTH, key=SCHEME).content
        dues = flow(desk).settlements[0].dues
        assert {d.team: d.amount + d.adjusted for d in dues} == {
            t["team"]: Decimal(t["amount"]) for t in settled["teams"]
        }
        assert book.prove().sound


def _more(row: str) -> str:
    """Return a row of a meter file with its last number a tenth larger."""
    cells = row.split(",")
    place = max(k for k, c in enumerate(cells) if _number(c))
    cells[place] = f"{float(cells[place]) * 1.1:.3f}"
    return ",".join(cells)


def _number(text: str) -> bool:
    try:
        return float(text) != 0
    except ValueError:
        return False


def test_two_programs_at_once_one_wins_and_the_other_is_told(
    published: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen the same state; the second is judged on what the first did."""
    barrier = threading.Barrier(2, timeout=30)
    told: list[str] = []
    original = Records.step

    def together(self: Records) -> object:
        barrier.wait()
        return original(self)

    with published.open(days=1) as (book, _):
        chain, name = book.chain, book.store.records.book
        team = chain.people[-1].centre
        clock = book.store.records._clock
    monkeypatch.setattr(Records, "step", together)

    def ask() -> None:
        with Records(published.url, name, clock=clock) as records:
            try:
                settlement_acts.inquire(Desk(chain, records), SCHEME, MONTH, "lead",
                                        team=team, text="why")  # fmt: skip
                told.append("kept")
            except InputError as error:
                told.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    monkeypatch.undo()
    lost = [t for t in told if t != "kept"]
    assert len(told) == 2
    assert len(lost) == 1
    assert lost[0].startswith("another act came first: inquire by lead at 2026-06-02")
    assert "what may follow is answer" in lost[0]
    with published.open(days=1) as (book, desk):
        assert dossier_of(desk.records, SCHEME, MONTH).items("inquiry") == (1,)
        assert book.prove(derive=False).sound


def killed(work: Callable[[], None]) -> int:
    """Run something in a child that dies; return its signal."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return -os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_killed_program_leaves_nothing_half_written(bare: Kept, count: int) -> None:
    """Freezing writes four documents; it dies at each of them and at the last line."""
    with bare.open() as (book, desk):
        into_force(book, desk)
        documents = len(desk.records.documents())

    def work() -> None:
        original, calls = Step.audit, iter(range(1, 100))

        def die(self: Step, *values: str, **named: str) -> None:
            if next(calls) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            original(self, *values, **named)

        with bare.open() as (book, desk):
            Step.audit = die
            freeze(book, desk)

    assert killed(work) == signal.SIGKILL
    with bare.open() as (book, desk):
        assert len(desk.records.documents()) == documents
        assert not dossier_of(desk.records, SCHEME, MONTH).acts
        assert book.prove().sound
        freeze(book, desk)
        assert book.prove().sound


def test_a_second_freeze_needs_something_new_and_publishing_ends_it(
    bare: Kept,
) -> None:
    with bare.open() as (book, desk):
        into_force(book, desk)
        freeze(book, desk)
        with pytest.raises(InputError, match="frozen already on the very same"):
            freeze(book, desk)
        settlement_acts.publish(desk, SCHEME, MONTH, "hans")
        with pytest.raises(InputError, match="what may follow is pay"):
            freeze(book, desk)
