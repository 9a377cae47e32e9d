"""Sums are exact, order does not matter, and the money ties to the variance."""

from __future__ import annotations

from functools import cache

import pytest

from orebook.errors import InputError
from orebook.evaluate.diagnose.diagnose import Against, diagnose
from orebook.evaluate.diagnose.result import Diagnosis
from orebook.evaluate.diagnose.works import find_works
from orebook.ledger.month import ClosedMonth
from tests.evaluate.diagnose.planted import (
    SALES,
    as_read,
    closed,
    plan,
    told,
    worse,
)
from tests.plan.refineries import BOOK, flows, planned, refinery

MIXED = ({"wash": {"washer_efficiency": "0.56"}}, {"ore-a": {"SiO2": "11.6 %"}})


@cache
def month(output: str = "150000 t/month", seed: int = 1) -> ClosedMonth:
    return closed(worse(*MIXED, output=output), seed=seed)


@cache
def found(against: Against = "plan", output: str = "150000 t/month") -> Diagnosis:
    before = (month(seed=5), month(seed=6))
    return diagnose(told(month(output), before=before), "works", against=against)


@pytest.mark.parametrize("against", ["plan", "fair", "last-month", "own-best"])
def test_every_sum_is_exact(against: Against) -> None:
    result = found(against)
    (works,) = result.works
    for i in works.indicators:
        total = sum(s.effect for s in i.shares)
        assert total == pytest.approx(i.change, abs=1e-9 * abs(i.actual))
        assert sum(i.by_centre().values()) == pytest.approx(total, abs=1e-9)
        assert sum(s.classic for s in i.shares) + i.joint == pytest.approx(
            i.change, abs=1e-9 * abs(i.actual)
        )
        if i.parts:
            assert sum(p.actual for p in i.parts) == pytest.approx(i.actual, rel=1e-12)
            assert sum(p.base for p in i.parts) == pytest.approx(i.base, rel=1e-12)
        for p in i.parts:
            assert sum(p.effects) == pytest.approx(
                p.actual - p.base, abs=1e-9 * abs(i.actual)
            )
    scale = sum(abs(m.amount) for m in works.money)
    assert sum(m for m, _ in works.by_centre().values()) == pytest.approx(
        works.total, abs=1e-9 * scale
    )
    assert sum(result.by_centre().values()) == pytest.approx(
        result.total, abs=1e-9 * scale
    )
    for m in works.money:
        assert sum(m.goods.values()) == pytest.approx(m.amount, abs=1e-9 * scale)


def test_both_ends_are_what_the_streams_say() -> None:
    """Recomputed by hand from amounts: nothing of the model stands in them."""
    (works,) = found().works
    real, planned_ = month().month().amounts, plan().month(0).amounts
    for side, amounts in (("actual", real), ("base", planned_)):
        made = amounts["calcine.alumina"]
        heat = sum(amounts[f"{u}.steam"] for u in ("grind", "digest", "evaporate"))
        by_hand = {
            "caustic_kg_per_t": 1000.0 * amounts["make-up.caustic"] / made,
            "steam_t_per_t": heat / made,
        }
        for name, value in by_hand.items():
            told_ = next(i for i in works.indicators if i.name == name)
            assert getattr(told_, side) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("output", ["150000 t/month", "138000 t/month"])
def test_the_money_ties_to_the_variance(output: str) -> None:
    """Diagnosis = mix + feed quality + efficiency + volume - output alone.

    At prices that are duals of the plan its structure earns nothing on the margin, so
    output alone is worth nothing whatever was made.
    """
    (works,) = found("plan", output).works
    assert works.tie is not None
    scale = sum(abs(v) for v in works.tie.effects.values())
    assert abs(works.tie.left) < 1e-9 * scale
    assert abs(works.tie.output) < 1e-6 * scale


def test_who_is_charged_with_efficiency_sums_to_the_variance() -> None:
    """Row by row: the efficiency effect of the month, to the last digit."""
    rests = told(month())
    (works,) = found().works
    assert rests.variance is not None
    for centre in ("red", "mud", "white"):
        of = [c for c in works.charged if c.centre == centre]
        said = sum(
            e.amount
            for e in rests.variance.details
            if e.effect == "efficiency" and e.centre == centre
            and e.subject in works.units
        )  # fmt: skip
        assert sum(c.amount for c in of) == pytest.approx(said, rel=1e-9)
    mud = {c.centre: c.amount for c in works.charged if c.cause == "mud"}
    assert mud["mud"] < 0.0
    assert abs(mud["white"]) > 1e4, "washing also moves what others are charged with"


def test_the_order_of_units_does_not_matter() -> None:
    chain = worse(*MIXED)
    turned = chain.model_copy(update={"units": tuple(reversed(chain.units))})
    base = worse()
    base = base.model_copy(update={"units": tuple(reversed(base.units))})
    other = planned(base)
    real = closed(chain)
    assert {u.id for u in turned.units} == {u.id for u in chain.units}
    (one,) = diagnose(told(real), "works").works
    (two,) = diagnose(told(real, of=other), "works").works
    for i, j in zip(
        sorted(one.indicators, key=lambda i: i.name),
        sorted(two.indicators, key=lambda i: i.name),
        strict=True,
    ):
        effects = {s.factor.id: s.effect for s in j.shares}
        for s in i.shares:
            assert effects[s.factor.id] == pytest.approx(
                s.effect, abs=1e-7 * abs(i.actual)
            )


def test_against_fair_feeds_do_not_count() -> None:
    (works,) = found("fair").works
    assert {m.factor.kind for m in works.money} == {"setting", "unexplained"}


def test_the_best_month_is_the_one_that_earned_most_per_tonne() -> None:
    good = closed(worse(), seed=5)
    poor = closed(worse({"digest": {"extraction_monohydrate": "0.93"}}), seed=6)
    rests = told(month(), before=(good, poor))
    last = diagnose(rests, "works", against="last-month").works[0]
    best = diagnose(rests, "works", against="own-best").works[0]
    assert last.total > best.total


def test_a_unit_of_the_circuit_stands_for_the_circuit() -> None:
    network = plan().network_of(0)
    whole = find_works(network, "works")
    assert find_works(network, "wash") == find_works(network, "mud") == whole
    assert find_works(network, "refinery") == find_works(network, "plant") == whole
    assert len(whole[0]) == 8


def test_wrong_input_is_told_with_a_remedy() -> None:
    rests = told(month())
    with pytest.raises(InputError, match="did you mean 'refinery'"):
        diagnose(rests, "refinry")
    with pytest.raises(InputError, match="'trade' has no unit"):
        diagnose(rests, "trade")
    with pytest.raises(InputError, match="expected one of plan, fair"):
        diagnose(rests, "works", against="budget")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no month before"):
        diagnose(rests, "works", against="last-month")
    idle = plan().month(0)
    nothing = type(idle)(
        idle.period, dict.fromkeys(idle.amounts, 0.0),
        dict.fromkeys(idle.duties, 0.0), idle.market, idle.costs,
    )  # fmt: skip
    with pytest.raises(InputError, match="made nothing"):
        diagnose(told(as_read(plan(), nothing)), "works")


def test_plain_data_has_every_figure() -> None:
    data = found().to_dict()
    (works,) = data["works"]  # type: ignore[misc]
    assert data["total_cny"] == pytest.approx(works["tie"]["diagnosis_cny"])
    assert {i["indicator"] for i in works["indicators"]} >= {
        "recovery", "caustic_kg_per_t", "yield_kg_per_m3", "steam_t_per_t",
        "coal_kg_per_t",
    }  # fmt: skip
    assert BOOK.is_dir()


def test_another_blend_is_the_mix_and_ties() -> None:
    """The state of the circuit follows the ores really fed, as the variance has it."""
    chain = refinery(sales=SALES, purchases={"ore-b": {"max": "80000 t/month"}})
    (works,) = diagnose(told(closed(chain, error=0.01)), "works").works
    assert works.found == ()
    assert works.tie is not None
    scale = sum(abs(v) for v in works.tie.effects.values())
    assert abs(works.tie.left) < 1e-9 * scale
    caustic = next(i for i in works.indicators if i.name == "caustic_kg_per_t")
    after, before = flows(planned(chain)), flows(plan())
    true = 1000.0 * (after["make-up.caustic"] - before["make-up.caustic"])
    mix = next(s for s in caustic.shares if s.factor.kind == "mix")
    assert true < -5.0
    assert mix.effect == pytest.approx(true, rel=0.02)
