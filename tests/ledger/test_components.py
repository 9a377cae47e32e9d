"""Component balances of a physical refinery: shared assays, stated ones, losses."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from orebook.chain.calendar import period
from orebook.ledger.close import close_month
from orebook.ledger.components import LOSS_SD, ComponentBalance, typical
from orebook.ledger.equations import Equations, equations
from orebook.ledger.measured import Measured
from orebook.ledger.readings import Reading
from orebook.plan.make import make_plan
from orebook.plan.result import Month
from orebook.process.contract import Case
from orebook.process.network import Network, network
from tests.plan.refineries import FIXED, fresh, known, only, refinery

MONTH = period("2026-01")
ASSAYED = (
    ("settle.pregnant", "Al2O3"), ("settle.pregnant", "Na2O"),
    ("precipitate.spent", "Na2O"), ("precipitate.hydrate", "Al2O3"),
    ("evaporate.liquor", "Na2O"), ("make-up.liquor", "Na2O"),
    ("make-up.caustic", "Na2O"), ("calcine.alumina", "Al2O3"),
    ("wash.mud_solids", "SiO2"), ("wash.mud_solids", "Al2O3"),
    ("wash.red_mud", "SiO2"), ("wash.red_mud", "Al2O3"),
    ("grind.ore-a", "Al2O3"), ("grind.ore-a", "SiO2"),
)  # fmt: skip


@cache
def works() -> tuple[Network, Month]:
    """Return the refinery with slurries counted in Al2O3, and a month as planned."""
    stated = {"assay": {"Al2O3": "100 %"}}
    chain = refinery(
        materials={"slurry": stated, "digested": stated},
        sales={"alumina": FIXED},
        purchases=only("ore-a"),
    )
    net = network(fresh(chain))
    return net, make_plan(net, known(net)).month(0)


def contents(net: Network, month: Month) -> dict[str, dict[str, float]]:
    """Return what every stream of a unit truly holds."""
    found = {}
    for unit, process in net.processes.items():
        duty = {d.name: np.asarray(month.duties[f"{unit}:{d.name}"])
                for d in process.duties}  # fmt: skip
        told = process.run(Case(duty)).content
        for s in net.of(unit):
            held = told.get(s.port, {})
            found[s.id] = {c: float(np.max(v)) for c, v in held.items()}
    return found


def readings(without: tuple[str, ...] = ()) -> list[Reading]:
    """Return exact readings of every stream, and the assays."""
    net, month = works()
    held = contents(net, month)
    found = [
        Reading(s, s, v, max(0.01 * v, 1e-3), "t")
        for s, v in month.amounts.items()
        if not s.startswith("wash.mud_solids") and s != "grind.mud_solids"
    ]
    found += [
        Reading(f"{s}:{c}", f"assay:{s}:{c}", held[s][c], 0.005 * held[s][c], "-")
        for s, c in ASSAYED
        if f"{s}:{c}" not in without
    ]
    return found


def balances(*without: str) -> tuple[Equations, dict[str, ComponentBalance]]:
    net, _ = works()
    system = equations(net, readings(without))
    return system, {b.name: b for b in system.components}


def test_assayed_units_have_their_balances() -> None:
    """Assayed, stated or shared: each has one; an idle ore needs no assay."""
    _, found = balances()
    assert set(found) == {
        "grind:Al2O3", "grind:SiO2", "digest:Al2O3", "settle:Al2O3", "wash:Al2O3",
        "wash:SiO2", "precipitate:Al2O3", "precipitate:Na2O", "evaporate:Na2O",
        "make-up:Na2O", "calcine:Al2O3",
    }  # fmt: skip
    assert all("ore-b" not in flow for _, flow, _ in found["grind:Al2O3"].terms)


def test_they_close_at_the_truth() -> None:
    """Oracle: the plan is the closed circuit, so every balance is met to rounding."""
    _, month = works()
    system, found = balances()
    x = {**month.amounts, **{n: r.value for n, r in system.readings.items()}}
    for b in found.values():
        terms = [
            sign * x[flow] * (x[share] if isinstance(share, str) else share)
            for sign, flow, share in b.terms
        ]
        assert abs(sum(terms)) < 1e-7 * sum(map(abs, terms)), b.name


def test_one_source_has_one_assay_wherever_it_goes() -> None:
    _, found = balances()
    shares = {flow: share for _, flow, share in found["precipitate:Al2O3"].terms}
    assert shares["precipitate.pregnant"] == "assay:settle.pregnant:Al2O3"


def test_what_is_counted_in_a_component_needs_no_assay() -> None:
    _, found = balances()
    assert [share for *_, share in found["digest:Al2O3"].terms] == [1.0, 1.0]


def test_soda_that_leaves_unseen_is_what_the_process_says_with_wide_doubt() -> None:
    """Product and spills: 7.5 kg Na2O a tonne; the port is bound to nothing."""
    _, month = works()
    system, found = balances()
    lost = system.readings["loss:evaporate.lost_soda:Na2O"]
    alumina = month.amounts["calcine.alumina"]
    assert lost.value == pytest.approx(0.0075 * alumina, rel=1e-6)
    assert lost.sd == pytest.approx(LOSS_SD * lost.value, rel=1e-6)
    assert (1.0, "loss:evaporate.lost_soda:Na2O", 1.0) in found["evaporate:Na2O"].terms


def test_a_missing_assay_leaves_the_balance_out_and_is_told() -> None:
    system, found = balances("grind.ore-a:Al2O3")
    assert "grind:Al2O3" not in found
    assert system.left_out["grind:Al2O3"] == 1
    assert "grind:Na2O" not in found  # the slurry's caustic is not assayed


def test_balances_make_the_liquor_surer() -> None:
    """With the assays the pregnant liquor is known better than by flow meters alone."""
    net, _ = works()
    bare = [r for r in readings() if not r.reads.startswith("assay:")]
    with_, without = (
        close_month(net, Measured(MONTH, tuple(r))) for r in (readings(), bare)
    )
    sd = [c.figures["settle.pregnant"].sd for c in (with_, without)]
    assert sd[0] < 0.8 * sd[1]
    assert with_.tests["component_balances"] == 11.0
    assert not with_.gross_errors


def test_the_typical_amount_is_the_median_above_zero() -> None:
    amounts = [Reading(str(v), "a.b", v, 1.0, "t") for v in (0.0, 1.0, 2.0, 9.0)]
    assay = Reading("x", "assay:a.b:S", 0.5, 0.1, "-")
    assert typical([*amounts, assay]) == 2.0
    assert typical([]) == 1.0
