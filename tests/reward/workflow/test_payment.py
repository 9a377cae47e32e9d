"""Payment runs: to the cent, in parts, and nothing is lost between them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.reward.workflow.dossier import Dossier
from orebook.reward.workflow.payment import due, run_of
from tests.reward.workflow.people import DETAILS, Office, dues_of


def money(*values: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, values))


def adjusted(office: Office, item: int, **details: object) -> None:
    office.do("adjustment", "adjust", "eva", item, {**DETAILS["adjust"], **details})
    office.do("adjustment", "approve", "anna", item)
    office.do("adjustment", "approve", "bert", item)


def test_the_first_run_pays_what_is_free_and_the_adjustments_posted() -> None:
    office = Office().published()
    adjusted(office, 1)
    office.do("adjustment", "adjust", "eva", 2)
    office.do("adjustment", "reject", "anna", 2)
    office.day += timedelta(days=4)
    run = office.do("settlement", "pay", "fina").details["run"]
    assert run["paid"] == {"north": "81.00", "south": "-30.00", "dock": "0.00"}
    north = dues_of(office.settlement, office.day)[0]
    assert (north.paid, north.now, north.later) == money("81.00", "0.00", "20.00")
    assert north.later_on == date(2027, 6, 5)


def test_the_deferred_part_is_paid_when_it_is_due_and_never_twice() -> None:
    office = Office().published()
    office.day += timedelta(days=4)
    office.do("settlement", "pay", "fina")
    with pytest.raises(InputError, match="the deferred part is due on 2027-06-05"):
        office.do("settlement", "pay", "fina")
    office.day = date(2027, 6, 5)
    run = office.do("settlement", "pay", "fina").details["run"]
    assert run["paid"]["north"] == "20.00"
    assert office.money() == dict(
        zip(("north", "south", "dock"), money("100.00", "-30.00", "0.00"), strict=True)
    )
    with pytest.raises(InputError, match="nothing is due today; all is paid"):
        office.do("settlement", "pay", "fina")


def test_a_hold_is_released_by_document_and_a_clawback_after_payment_is_due() -> None:
    office = Office().published()
    office.day += timedelta(days=4)
    office.do("settlement", "pay", "fina")
    adjusted(office, 1, code="hold-ended", amounts={"dock": "50.00"})
    with pytest.raises(InputError, match=r"more than the 0\.00 CNY held"):
        office.do("adjustment", "adjust", "eva", 2,
                  {**DETAILS["adjust"], "code": "hold-ended",
                   "amounts": {"dock": "0.01"}})  # fmt: skip
    adjusted(office, 2, code="restated", amounts={"north": "-7.50"})
    run = office.do("settlement", "pay", "fina").details["run"]
    assert run["paid"] == {"north": "-7.50", "south": "0.00", "dock": "50.00"}
    assert office.settlement.stage == "paid"


def test_a_run_made_before_another_act_is_not_paid() -> None:
    office = Office().published()
    office.day += timedelta(days=4)
    stale = {"run": {"paid": {}}, "after": len(office.settlement.acts)}
    adjusted(office, 1)
    with pytest.raises(InputError, match="something was done on it meanwhile"):
        office.do("settlement", "pay", "fina", 0, stale)


CENTS = st.integers(-10_000_000, 10_000_000)


@given(
    amount=CENTS, held=st.booleans(), share=st.integers(0, 100),
    weights=st.lists(st.floats(0.1, 9.0), max_size=5),
)  # fmt: skip
def test_members_and_totals_add_up_to_the_cent(
    amount: int, held: bool, share: int, weights: list[float]
) -> None:
    free = 0 if held and amount > 0 else amount
    deferred = free * share // 100 if free > 0 else 0
    parts = {"amount": amount, "paid": free - deferred, "deferred": deferred,
             "held": amount - free}  # fmt: skip
    team = {"team": "a", **{k: str(Decimal(v).scaleb(-2)) for k, v in parts.items()}}
    dues = due([team], Dossier("s", "2026-05"), date(2026, 6, 1), deferral_months=12)
    assert dues[0].gap == 0
    run = run_of(dues, {"a": {f"m{k}": w for k, w in enumerate(weights)}})
    members = run["members"]
    assert isinstance(members, dict)
    if weights:
        assert sum(map(Decimal, members["a"].values())) == dues[0].now
    total = run["total"]
    assert isinstance(total, dict)
    assert Decimal(total["now"]) == dues[0].now
