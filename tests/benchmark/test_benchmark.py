"""The benchmark of a month of a refinery from physics, against figures by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orebook.benchmark.benchmark import benchmark
from orebook.benchmark.plants import Plants
from orebook.benchmark.result import REFERENCES, Benchmark, Row
from orebook.benchmark.words import narrowed, told
from orebook.book import open_book
from orebook.chain.chain import Balance, Chain
from orebook.chain.peers import PeerFigure, parse_peers
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
STEAM = 'name_en = "steam", group = "steam"'
PEERS = """指标,同行,数值,单位,期间,来源,获取日期,可比类别
alu.naoh,甲厂,150,kg/t,2025,年报,2026-01-05,diasporic
alu.naoh,乙厂,60,kg/t,2025,年报,2026-01-05,gibbsitic
"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, ClosedMonth]:
    """Return plan and close of a simulated month."""
    folder = tmp_path_factory.mktemp("benchmark") / "book"
    shutil.copytree(BOOK, folder)
    path = folder / "materials.toml"
    text = path.read_text("utf-8")
    assert STEAM in text
    path.write_text(text.replace(STEAM, f'{STEAM}, heat = "2.65 GJ/t"'), "utf-8")
    with open_book(folder) as book:
        book.simulate("2026-01")
        result = book.run("2026-01", periods=2)
    return result.plan, result.closed


@pytest.fixture(scope="module")
def peers() -> tuple[PeerFigure, ...]:
    found = parse_peers(PEERS, "p.csv")
    assert isinstance(found, tuple)
    return found


@pytest.fixture(scope="module")
def found(month: tuple[Plan, ClosedMonth], peers: tuple[PeerFigure, ...]) -> Benchmark:
    return benchmark(*month, peers=peers)


def row(found: Benchmark, name: str, plant: str | None = None) -> Row:
    return next(
        r for r in found.rows if r.indicator.id == name and plant in (None, r.plant)
    )


def test_figures_by_definition(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    """Each figure worked out here from the reconciled streams by its definition."""
    _, closed = month
    x = {k: f.value for k, f in closed.figures.items()}
    made = x["calcine.alumina"]
    ore = {p: x[f"grind.{p}"] for p in ("ore-a", "ore-b")}
    steam = x["grind.steam"] + x["digest.steam"] + x["evaporate.steam"]
    power = sum(v for k, v in x.items() if k.endswith(".power"))
    heat = {"steam": 2.65 * steam, "gas": 0.0356 * x["calcine.fuel"]}
    expected = {
        "alu.bauxite_dry": sum(ore.values()) / made,
        "alu.naoh": 1000.0 * x["make-up.caustic"] / made,
        "alu.lime": 1000.0 * x["grind.lime"] / made,
        "alu.steam": steam / made,
        "alu.calciner": heat["gas"] / made,
        "alu.power": 1000.0 * power / made,
        "alu.energy_process": (sum(heat.values()) / 29.3076e-3 + 122.9 * power) / made,
        "alu.energy_fuel": sum(heat.values()) / made,
    }
    for name, value in expected.items():
        reading = row(found, name).reading
        assert reading is not None, name
        assert reading.value == pytest.approx(value, rel=1e-5), name
        assert reading.driver == pytest.approx(made)
    content = closed.content["grind"]
    alumina = sum(ore[p] * content[p]["Al2O3"] for p in ore)
    recovered = row(found, "alu.recovery").reading
    assert recovered is not None
    assert recovered.value == pytest.approx(100.0 * 0.9935 * made / alumina, rel=1e-4)


def test_the_theoretical_limits_are_those_of_the_ore(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    """(A/S - 1)/(A/S) and 0.608/((A/S) - 1) t Na2O/t, with the ore of the month."""
    fed = month[1].content["grind"]
    x = {p: month[1].figures[f"grind.{p}"].value for p in fed}
    a, s = (sum(x[p] * fed[p][c] for p in fed) for c in ("Al2O3", "SiO2"))
    recovery = row(found, "alu.recovery").references["theory"].value
    assert recovery == pytest.approx(100.0 * (a / s - 1.0) / (a / s))
    soda = row(found, "alu.naoh").references["theory"].value
    naoh = 608.0 / (a / s - 1.0) * 2.0 * 39.997 / 61.979 * 0.9935
    assert soda == pytest.approx(naoh, rel=1e-4)


def test_every_row_has_six_references_each_with_a_source(found: Benchmark) -> None:
    for one in found.rows:
        assert set(one.references) == set(REFERENCES)
        for reference in one.references.values():
            if one.indicator.numerator:
                assert reference.source.zh, (one.indicator.id, reference.kind)
                assert reference.source.en
            if reference.level is None:
                assert reference.money is None or one.indicator.combine == "sum"


def test_money_is_at_the_internal_price_of_the_plan(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    """Caustic: gap x alumina x the price the plan posts for it, per kg."""
    price = month[0].price_of(0)[Balance("caustic", "plant")]
    one = row(found, "alu.naoh")
    assert one.reading is not None
    plan = one.references["plan"]
    assert plan.level is not None
    gap = one.reading.value - plan.level
    made = one.reading.driver
    assert plan.money == pytest.approx(gap * made * price / 1000.0, rel=1e-6)


def test_a_gap_is_valued_at_the_prices_of_the_internal_market(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    """Another price set for caustic moves its money in proportion, and no other."""
    plan, closed = month
    dear = dict(plan.price_of(0))
    dear[Balance("caustic", "plant")] *= 2.0
    other = benchmark(plan, closed, prices=dear)
    for name, factor in (("alu.naoh", 2.0), ("alu.steam", 1.0)):
        before, after = (row(b, name).references["plan"].money for b in (found, other))
        assert after == pytest.approx(factor * before, rel=1e-9), name


def test_the_right_peer_of_the_class_is_taken(found: Benchmark) -> None:
    one = row(found, "alu.naoh")
    assert one.of == "diasporic"
    assert one.references["peer"].value == 150.0
    (unused,) = found.unused
    assert "gibbsitic" in unused.reason


def test_leaves_sum_to_their_tops(found: Benchmark) -> None:
    """Money of all leaves is that of the sums at the top: nothing stands twice."""
    for kind in REFERENCES:
        tops = [
            r.references[kind].money or 0.0
            for r in found.rows
            if not r.indicator.parent and not r.indicator.within
        ]
        assert found.total(kind) == pytest.approx(sum(tops), rel=1e-9, abs=1e-6)


def test_a_month_better_by_all_of_a_factor_costs_what_the_gap_says(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    """Half the lime: the cost per tonne falls by exactly the lime saved."""
    plan, closed = month
    less = replace(closed, figures={**closed.figures, "grind.lime": replace(
        closed.figures["grind.lime"],
        value=closed.figures["grind.lime"].value / 2.0,
    )})  # fmt: skip
    other = benchmark(plan, less)
    before, after = row(found, "alu.cost").reading, row(other, "alu.cost").reading
    assert before is not None
    assert after is not None
    price = plan.price_of(0)[Balance("lime", "plant")]
    saved = closed.figures["grind.lime"].value / 2.0 * price
    assert (before.value - after.value) * before.driver == pytest.approx(
        saved, rel=1e-6
    )


def test_own_best_needs_months_and_then_uses_them(
    month: tuple[Plan, ClosedMonth], found: Benchmark
) -> None:
    plan, closed = month
    none = row(found, "alu.steam").references["own_best"]
    assert none.level is None
    assert "0 closed months" in none.source.en
    history = [
        _with_steam(closed, f"2025-{k:02d}", 1.0 - 0.01 * k) for k in range(1, 9)
    ]
    one = row(benchmark(plan, closed, history=history), "alu.steam")
    best = one.references["own_best"]
    assert one.reading is not None
    assert best.value == pytest.approx(0.92 * one.reading.value, rel=1e-6)
    assert best.value < best.level < one.reading.value


def _with_steam(closed: ClosedMonth, period: str, factor: float) -> ClosedMonth:
    figures = dict(closed.figures)
    for name in ("grind.steam", "digest.steam", "evaporate.steam"):
        figures[name] = replace(figures[name], value=factor * figures[name].value)
    return replace(closed, period=period, figures=figures)


def test_leaves_sum_to_the_profit_gap_of_the_frontier(
    month: tuple[Plan, ClosedMonth],
) -> None:
    """A month with less steam is the frontier: the gap is its steam, to the cent."""
    plan, closed = month
    better = _with_steam(closed, "2025-12", 0.9)
    found = benchmark(plan, closed, history=[better])
    (one,) = found.frontiers
    assert one.best == "works 2025-12"
    steam = sum(
        closed.figures[f"{u}.steam"].value for u in ("grind", "digest", "evaporate")
    )
    saved = 0.1 * steam * plan.price_of(0)[Balance("steam", "plant")]
    assert one.profit_gap == pytest.approx(saved, rel=1e-6)
    assert sum(f.money for f in one.factors) == pytest.approx(one.profit_gap, abs=0.005)
    by_name = {f.indicator: f.money for f in one.factors}
    assert by_name.pop("alu.steam") == pytest.approx(saved, rel=1e-6)
    assert max(map(abs, by_name.values())) < 0.01


def test_references_move_with_the_ore(month: tuple[Plan, ClosedMonth]) -> None:
    """The same plant on richer ore: its old figure is moved to the ore of the month."""
    plan, closed = month
    rich = {
        u: {p: {**c, "SiO2": 0.5 * c.get("SiO2", 0.0)} for p, c in by.items()}
        for u, by in closed.content.items()
    }
    past = [replace(closed, period=f"2025-{k:02d}", content=rich) for k in range(1, 8)]
    one = row(benchmark(plan, closed, history=past), "alu.naoh")
    assert one.reading is not None
    best = one.references["own_best"].level
    assert best is not None
    assert best > one.reading.value + 50.0  # the silica it lacked is no merit of theirs


def test_what_is_missing_is_shown_with_the_reason(
    month: tuple[Plan, ClosedMonth],
) -> None:
    plan, closed = month
    chain = plan.network.chain
    bare = tuple(
        m.model_copy(update={"heat": None}) if m.id == "gas" else m
        for m in chain.materials
    )
    fields = {name: getattr(chain, name) for name in type(chain).model_fields}
    network = replace(plan.network, chain=Chain(**{**fields, "materials": bare}))
    plants = Plants(network)
    assert plants.plants[0].id == "works"
    assembly = replace(plan.assembly, network=network)
    found = benchmark(replace(plan, assembly=assembly), closed)
    one = row(found, "alu.energy_process")
    assert one.reading is None
    assert "no heat of gas" in one.reason.en
    assert "热值" in one.reason.zh
    assert {i.id for i in found.missing} >= {"alu.mud_cake", "alu.quality"}


def test_a_benchmark_can_be_narrowed_and_told(found: Benchmark, month: object) -> None:
    plan, _ = month  # type: ignore[misc]
    chain = plan.network.chain
    white = narrowed(found, chain, "white")
    assert {r.plant for r in white.rows} == {"precipitate", "evaporate"}
    wash = narrowed(found, chain, "wash")
    assert [r.indicator.id for r in wash.rows] == ["alu.soda_mud"]
    assert {r.plant for r in narrowed(found, chain, "settle").rows} == {"works"}
    with pytest.raises(InputError, match="did you mean 'wash'"):
        narrowed(found, chain, "washh")
    with pytest.raises(InputError, match="did you mean 'peer'"):
        told(found, "en", against="peers")
    zh, en = told(found, "zh"), told(found, "en")
    assert "碱耗" in zh
    assert "caustic per t alumina" in en
    assert "grade 1" in en


@pytest.mark.parametrize(("factor", "grade"), [(0.9, 1), (1.2, 2), (1.45, 3), (1.7, 0)])
def test_grades_of_the_standard(
    month: tuple[Plan, ClosedMonth], factor: float, grade: int
) -> None:
    """GB 21346-2022: 310, 360, 430 kgce/t for the process energy of Bayer alumina."""
    plan, closed = month
    figures = {
        k: replace(f, value=factor * f.value)
        if k.endswith((".steam", ".power", ".fuel"))
        else f
        for k, f in closed.figures.items()
    }
    one = row(benchmark(plan, replace(closed, figures=figures)), "alu.energy_process")
    assert one.reading is not None
    border = [v for v in (310.0, 360.0, 430.0) if one.reading.value <= v]
    assert one.grade == grade == (4 - len(border) if border else 0)
    assert one.references["limit"].value == 430.0
