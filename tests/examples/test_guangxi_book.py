"""The example book reads, plans and stays within published bands."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Container
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import vstack

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.read import read_book
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.solve import Solution, Solver
from orebook.process.alumina.ring import KINDS_OF_RING
from orebook.process.check import check_units
from orebook.process.network import Network, network

BOOK = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
STARTS = [("2025-06", "2025-05"), ("2026-05", "2026-04")]
SITES = {"port-refinery", "rare-earth-works", "mine-refinery", "smelter-chain"}


@cache
def _book() -> Chain:
    return read_book(BOOK, check=check_units)


@cache
def _network() -> Network:
    return network(_book())


def _conditions(first: str, known: str, months: int = 12) -> Conditions:
    return conditions(_book(), horizon(period(first), months), known_until=known)


@cache
def _plan(first: str, known: str) -> tuple[Assembly, Solution]:
    made = assemble(_network(), _conditions(first, known))
    return made, Solver(made.problem).solve()


def _year(first: str, known: str) -> dict[str, np.ndarray]:
    made, solution = _plan(first, known)
    amounts = made.amounts(solution.x)
    ids = (stream.id for stream in _network().streams)
    return dict(zip(ids, amounts, strict=True))


# --- what the book holds ------------------------------------------------------------


def test_it_says_that_its_figures_are_illustrative():
    group = _book().group
    assert group.illustrative
    assert "no company" in group.note


def test_it_has_the_four_sites_and_one_shared_ownership():
    sites = {c.id: c.ownership for c in _book().centres if c.level == "site"}
    assert set(sites) == SITES
    assert [site for site, share in sites.items() if share < 1] == ["rare-earth-works"]
    assert sites["rare-earth-works"] == 0.7


@pytest.mark.parametrize(
    ("what", "least"),
    [("units", 45), ("stores", 25), ("sales", 20), ("purchases", 20), ("meters", 150)],
)
def test_it_has_the_size_of_a_real_group(what: str, least: int):
    assert len(getattr(_book(), what)) >= least


def test_it_balances_at_least_sixty_goods():
    assert len(_network().balances) >= 60


def test_contracts_show_every_form_of_pricing():
    book = _book()
    assert any(p.tiers for p in book.purchases)
    assert any(p.take_or_pay is not None for p in book.purchases)
    assert any(p.min is not None for p in book.sales)
    assert sum(bool(s.spec) and len(s.goods) > 1 for s in book.sales) >= 2
    assert {x.purpose for x in book.limits} >= {"emission", "resource", "ratio"}


def test_all_names_stand_in_both_languages():
    book = _book()
    named = [*book.centres, *book.places, *book.materials, *book.units, *book.stores,
             *book.routes, *book.purchases, *book.sales, *book.limits, *book.costs,
             *book.customers, *book.segments]  # fmt: skip
    without = [e.id for e in named if e.name.isascii() or not e.name_en.isascii()]
    assert without == []


def test_no_id_of_the_files_is_lost_when_the_book_is_read():
    raw = [tomllib.loads(f.read_text("utf-8")) for f in (BOOK / "sites").glob("*.toml")]
    for section in ("units", "stores", "purchases", "sales", "limits", "meters"):
        written = {entry["id"] for data in raw for entry in data.get(section, [])}
        assert {e.id for e in getattr(_book(), section)} == written


def test_peers_name_a_source_for_every_figure():
    rows = [
        row
        for file in (BOOK / "peers").glob("*.csv")
        for row in csv.DictReader(file.read_text("utf-8").splitlines())
    ]
    assert len(rows) >= 25
    assert all(row["source"].strip() and float(row["value"]) > 0 for row in rows)


def test_meters_are_redundant():
    """More readings than streams without a second look, so errors can be found."""
    reads = [m.reads for m in _book().meters]
    twice = {r for r in reads if reads.count(r) > 1}
    shipped = [r for r in reads if r.startswith(("send:", "receive:"))]
    assert len(twice) >= 8
    assert len(shipped) >= 12


def test_every_meter_reads_something_that_is_there():
    streams, stores = _network().stream, {s.id for s in _book().stores}
    lost = [
        m.id for m in _book().meters if not _reads_something(m.reads, streams, stores)
    ]
    assert lost == []


def _reads_something(reads: str, streams: Container[str], stores: set[str]) -> bool:
    if reads.startswith("stock:"):
        return reads.removeprefix("stock:") in stores
    if not reads.startswith("assay:"):
        return reads in streams
    stream, _, component = reads.removeprefix("assay:").rpartition(":")
    material = _network().stream[stream].balance.material
    return component in _book().material[material].assay


# --- prices -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "month", "price"),
    [
        ("aluminium", "2025-06", 2525.96 * 7.1804),
        ("aluminium", "2026-05", 3666.10 * 6.7996),
        ("coal", "2025-06", 109.03 * 7.1804 * 5500 / 6000),
        ("coal", "2026-05", 136.86 * 6.7996 * 5500 / 6000),
    ],
)
def test_real_series_are_the_published_prices_at_the_exchange_rate(
    series: str, month: str, price: float
):
    """World Bank Pink Sheet of 2 June 2026 and Federal Reserve monthly CNY per USD."""
    assert dict(_book().series[series].values)[month] == pytest.approx(price, rel=1e-8)


def test_real_series_agree_with_the_files_they_came_from(shared_data: Path):
    """Every month, against the published files (skipped where they are absent)."""
    folder = shared_data / "invest-market-web"
    rate = _column(folder / "fx_cny_per_usd_monthly.csv", "cny_per_usd")
    metal = _column(folder / "world_bank_pink_sheet_monthly.csv", "aluminum_usd_t")
    for month, price in _book().series["aluminium"].values:
        assert price == pytest.approx(metal[month] * rate[month], rel=1e-8)


def _column(file: Path, name: str) -> dict[str, float]:
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return {row["month"]: float(row[name]) for row in rows if row[name]}


def test_every_series_says_whether_it_is_made_up():
    real = {k for k, s in _book().series.items() if not s.illustrative}
    assert real == {"aluminium", "coal", "cny-usd"}
    made_up = [s for s in _book().series.values() if s.illustrative]
    assert all("illustrative" in s.source for s in made_up)


def test_every_series_spans_the_same_months():
    spans = {(s.values[0][0], s.values[-1][0]) for s in _book().series.values()}
    assert spans == {("2024-12", "2026-05")}


# --- plans --------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "known"), STARTS)
def test_twelve_months_have_an_optimal_plan_and_every_balance_closes(first, known):
    made, solution = _plan(first, known)
    assert solution.status == "optimal"
    amounts = made.amounts(solution.x)
    draws = {d.id for d in _book().draws}
    for index, stream in enumerate(_network().streams):
        if stream.role == "draw":
            assert stream.owner in draws
            rate = next(d for d in _book().draws if d.id == stream.owner).amount
            hours = np.array([p.hours for p in made.conditions.periods])
            amounts[index] = rate.to("MW") * hours
    residual = np.abs(_network().matrix() @ amounts)
    assert np.max(residual) < 1e-3


@pytest.mark.parametrize(("first", "known"), STARTS)
def test_an_interior_point_solver_finds_the_same_margin(first, known):
    """Outside oracle: scipy's interior-point method on the same arrays."""
    made, solution = _plan(first, known)
    lp = made.problem
    finite_up, finite_low = np.isfinite(lp.row_upper), np.isfinite(lp.row_lower)
    equal = lp.row_lower == lp.row_upper
    up, low = finite_up & ~equal, finite_low & ~equal
    found = linprog(
        lp.cost,
        A_ub=vstack([lp.matrix[up], -lp.matrix[low]]),
        b_ub=np.concatenate([lp.row_upper[up], -lp.row_lower[low]]),
        A_eq=lp.matrix[equal],
        b_eq=lp.row_lower[equal],
        bounds=np.column_stack([lp.lower, lp.upper]),
        method="highs-ipm",
    )
    assert found.status == 0
    assert found.fun + lp.offset == pytest.approx(solution.objective, rel=1e-6)


@pytest.mark.parametrize(("first", "known"), STARTS)
@pytest.mark.parametrize(
    ("top", "product", "low", "high"),
    [
        (
            ("pr-slurry.ore-waf", "pr-slurry.ore-sea", "pr-slurry.ore-nau"),
            "pr",
            2.2,
            2.8,
        ),
        (("pr-makeup.caustic",), "pr", 0.035, 0.080),
        (("pr-mudwash.red_mud",), "pr", 0.8, 1.2),
        (("mr-slurry.washed-high", "mr-slurry.washed-low"), "mr", 1.9, 2.4),
        (("mr-mudwash.red_mud",), "mr", 1.0, 1.5),
        (("sc-potline-1.power", "sc-potline-2.power"), "sc-metal", 12.9, 13.35),
        (("sc-potline-1.alumina", "sc-potline-2.alumina"), "sc-metal", 1.90, 1.95),
    ],
)
def test_specific_consumptions_lie_in_published_bands(
    first, known, top, product, low, high
):
    """Bands of Guinea-type and diasporic refineries, GB 21346-2022 for the pots."""
    year = _year(first, known)
    outputs = {
        "pr": ("pr-calc-1.alumina", "pr-calc-2.alumina"),
        "mr": ("mr-calc.alumina",),
        "sc-metal": ("sc-potline-1.metal", "sc-potline-2.metal"),
    }
    made = sum(year[s].sum() for s in outputs[product])
    assert low <= sum(year[s].sum() for s in top) / made <= high


def test_the_port_refinery_is_in_balance_so_several_sections_bind_at_once():
    """Equal capacities make prices degenerate, which the price rule has to settle."""
    year = _year("2026-05", "2026-04")
    made, _ = _plan("2026-05", "2026-04")
    hours = np.array([p.hours for p in made.conditions.periods])
    duty = {
        "pr-settle": "digested",
        "pr-precip-1": "pregnant",
        "pr-precip-2": "pregnant",
        "pr-class": "hydrate-seed",
        "pr-evap-1": "spent",
        "pr-calc-1": "hydrate",
        "pr-calc-2": "hydrate",
    }
    for unit, port in duty.items():
        stream = _network().stream[f"{unit}.{port}"]
        limit = _book().unit[unit].limits["throughput"].to(f"{stream.unit}/a")
        full = 0.95 * limit * hours / 8760.0
        load = year[f"{unit}.{port}"] / full
        assert load[1:11] == pytest.approx(1.0, abs=1e-9), unit


def test_digestion_has_a_thousandth_in_reserve_for_poorer_ore():
    year = _year("2026-05", "2026-04")
    made, _ = _plan("2026-05", "2026-04")
    hours = np.array([p.hours for p in made.conditions.periods])
    slurry = year["pr-desil.slurry"] / (2.1e6 * 0.95 * hours / 8760.0)
    assert np.all((slurry > 0.998) & (slurry < 1.0))


@pytest.mark.parametrize("site", ["pr", "sc", "mr"])
def test_each_refinery_is_one_circuit_from_physics(site: str):
    """All eight kinds, one circuit; its caustic closes over the year of the plan."""
    circuit = [u for u in _book().units if u.recipe.get("circuit") == site]
    assert {u.kind for u in circuit} == set(KINDS_OF_RING)
    year = _year("2026-05", "2026-04")
    used = sum(year[f"{site}-{u}.liquor"].sum() for u in ("slurry", "mudwash"))
    trains = [u.id for u in circuit if u.kind == "bayer_evaporation"]
    back = sum(year[f"{u}.liquor"].sum() for u in (*trains, f"{site}-makeup"))
    stock = year[f"open:{site}-tank-test"][0] - year[f"close:{site}-tank-test"][-1]
    assert used == pytest.approx(back + stock, rel=1e-9)


def test_the_planned_outage_of_november_costs_output():
    year = _year("2025-06", "2025-05")
    months = [p.name for p in _plan("2025-06", "2025-05")[0].conditions.periods]
    november, october = months.index("2025-11"), months.index("2025-10")
    made = year["pr-digest-1.digested"] + year["pr-digest-2.digested"]
    assert made[november] < 0.9 * made[october]


def test_ore_and_metal_move_between_the_sites():
    year = _year("2026-05", "2026-04")
    moved = ("rail-alumina-port:alumina-b", "rail-alumina-mine:alumina-a",
             "rail-washed-ore:washed-high")  # fmt: skip
    assert all(year[f"send:{route}"].sum() > 1000 for route in moved)


@settings(max_examples=4)
@given(st.floats(0.85, 1.15), st.floats(0.85, 1.15))
def test_a_dearer_product_never_lowers_the_margin(one: float, other: float):
    low, high = sorted((one, other))
    assert _margin(low) <= _margin(high) + 1.0


def _margin(factor: float) -> float:
    given_ = _conditions("2026-05", "2026-04", months=1)
    alumina = {s.id for s in _book().sales if s.series == "alumina"}
    price = {
        key: value * (factor if key.removeprefix("sell:") in alumina else 1.0)
        for key, value in given_.price.items()
    }
    problem = assemble(_network(), replace(given_, price=price)).problem
    return -Solver(problem).solve().objective
