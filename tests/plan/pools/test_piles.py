"""Piles built, closed and reclaimed: quality, turns, and a brute-force check."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.chain.chain import Chain
from orebook.chain.new import new_book
from orebook.chain.piles import built, emptied, with_piles
from orebook.chain.plant import Piles
from orebook.chain.read import read_book
from orebook.errors import BookError
from orebook.plan.accounts import group_margin
from orebook.plan.make import make_plan
from orebook.plan.pooling.certify import available
from orebook.plan.pools.result import PoolSettings
from orebook.plan.result import Plan
from orebook.process.check import check_units
from tests.plan.pools.books import at_most, bought, group, ore, planned, sold

RICH, POOR, OPEN = 0.03, 0.10, 0.08
BUY = {"rich": (500.0, 70.0), "poor": (250.0, 60.0)}
SELL = {"fine": (560.0, 50.0, 0.05), "coarse": (470.0, 60.0, 0.07)}
CAPACITY, OPENING = 100.0, 60.0


def piled(
    *,
    cycle: int = 1,
    count: int = 2,
    end: str = "free",
    least: str | None = None,
) -> Chain:
    """Return two ores, piles at the yard, two customers at the plant."""
    return group(
        materials=(
            ore("rich", {"SiO2": RICH}),
            ore("poor", {"SiO2": POOR}),
            ore("blend", {"SiO2": 0.05}, mixed=True),
        ),
        places=("yard", "plant"),
        purchases=tuple(bought(o, *BUY[o]) for o in ("rich", "poor")),
        piles=(
            Piles(
                id="pile",
                name="堆",
                name_en="pile",
                centre="g",
                good="blend@plant",
                feed=["rich@yard", "poor@yard"],
                cycle=cycle,
                count=count,
                capacity=f"{CAPACITY} t",
                opening=f"{OPENING} t",
                assay={"SiO2": OPEN},
                end=end,
                least=least,
            ),
        ),
        sales=tuple(
            sold(s, ["blend@plant"], price, most=most, spec=(at_most("SiO2", spec),))
            for s, (price, most, spec) in SELL.items()
        ),
    )


def flows(plan: Plan) -> dict[str, np.ndarray]:
    return dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))


def grid_plan(*, seconds: float = 20.0) -> Plan:
    return make_plan(*planned(sellable(), 4), pools=PoolSettings(seconds=seconds))


def sellable() -> Chain:
    """Return the piles with a third customer who takes any quality."""
    chain = piled()
    rest = sold("rest", ["blend@plant"], 200.0, most=200.0)
    return chain.model_copy(update={"sales": (*chain.sales, rest)})


SELL_ANY = {**SELL, "rest": (200.0, 200.0, 1.0)}


def best_on_a_grid(fourteenths: tuple[int, ...]) -> float:
    """Return the best margin of four months over compositions on a grid [CNY].

    Pile 1 is built in month 1 and 3, pile 2 in month 2; each is reclaimed the month
    after. Columns: built of three piles, then sales by month and customer. Built with
    scipy alone.
    """
    shares = np.array(fourteenths) / 14.0
    best = -np.inf
    for mix in product(shares, repeat=3):
        quality = [OPEN, *(POOR + (RICH - POOR) * f for f in mix)]
        cost = np.zeros(3 + 12)
        bounds: list[tuple[float, float]] = []
        for k, f in enumerate(mix):
            cost[k] = f * BUY["rich"][0] + (1 - f) * BUY["poor"][0]
            most = [CAPACITY]
            most += [BUY["rich"][1] / f] if f > 0 else []
            most += [BUY["poor"][1] / (1 - f)] if f < 1 else []
            bounds.append((0.0, min(most)))
        rows = np.zeros((4, 15))
        for t in range(4):
            for k, (price, most, spec) in enumerate(SELL_ANY.values()):
                cost[3 + 3 * t + k] = -price
                bounds.append((0.0, most if quality[t] <= spec + 1e-12 else 0.0))
            rows[t, 3 + 3 * t : 6 + 3 * t] = 1.0
            if t:
                rows[t, t - 1] = -1.0
        right = np.array([OPENING, 0.0, 0.0, 0.0])
        # Emptied before it is built again; only the last pile may stay.
        found = linprog(
            cost, rows[3:], right[3:], rows[:3], right[:3], bounds, method="highs"
        )
        if found.status == 0:
            best = max(best, -found.fun)
    return best


@pytest.mark.slow
def test_piles_reach_the_best_of_a_grid_of_compositions() -> None:
    """Brute force over 8^3 compositions, by an assembly of its own (scipy).

    Shares in fourteenths hold the exact specs 5 % and 7 % (10/14 and 6/14 rich).
    """
    plan = grid_plan()
    grid = best_on_a_grid((0, 3, 5, 6, 8, 10, 12, 14))
    assert plan.margin >= grid - 1e-6 * abs(grid)
    assert plan.pools.bound >= grid - 1e-6 * abs(grid)
    assert plan.pools.bound >= plan.margin
    # The grid holds the best compositions of this case: nothing between is better.
    assert plan.margin == pytest.approx(grid, rel=0.02)


@pytest.mark.skipif(not available(), reason="needs orebook[scip]")
def test_the_plan_of_the_piles_is_proven() -> None:
    """Gap at most 1e-4 with SCIP."""
    plan = grid_plan()
    assert plan.pools.certified


@pytest.mark.parametrize("cycle", [1, 2])
def test_a_pile_is_built_or_reclaimed_and_emptied_between(cycle: int) -> None:
    """Turns, constant quality while it is reclaimed, and the mass of every pile."""
    chain = sellable()
    piles = chain.piles[0].model_copy(update={"cycle": cycle})
    chain = with_piles(
        chain.model_copy(
            update={"piles": (piles,), "units": (), "stores": (), "routes": ()}
        )
    )
    net, known = planned(chain, 6)
    plan = make_plan(net, known, pools=PoolSettings(seconds=6.0))
    flow = flows(plan)
    now = built(chain, piles, plan.periods)
    empty = emptied(chain, piles, plan.periods)
    for k in range(2):
        here = f"pile-{k + 1}"
        made = flow[f"{here}-build.product"]
        taken = flow[f"send:{here}-reclaim:blend"]
        stock = flow[f"close:{here}"]
        for t in range(6):
            assert (taken if now[k][t] else made)[t] == pytest.approx(0.0, abs=1e-6)
            if empty[k][t]:
                assert stock[t] == pytest.approx(0.0, abs=1e-6)
        opening = np.append(flow[f"open:{here}"][0], stock[:-1])
        assert opening + made - taken == pytest.approx(stock, abs=1e-6)
        quality = plan.pools.content[f"blend@{here}"]["SiO2"]
        for t in range(1, 6):
            same = not now[k][t] and not now[k][t - 1] and opening[t] > 1e-6
            if same:
                assert quality[t] == pytest.approx(quality[t - 1], abs=1e-9)
        # The silica that goes in comes out: over the whole life of the pile.
        grades = (("rich", RICH), ("poor", POOR))
        went_in = sum(flow[f"{here}-build.{o}"].sum() * q for o, q in grades)
        went_in += flow[f"open:{here}"][0] * OPEN
        came_out = float(taken @ quality) + stock[-1] * quality[-1]
        assert came_out == pytest.approx(went_in, rel=1e-6)


def test_a_pile_is_a_store_in_the_accounts() -> None:
    """Closing stock is valued; all months and the stock at the start are the margin."""
    plan = make_plan(*planned(sellable(), 3), pools=PoolSettings(seconds=5.0))
    months = sum(group_margin(plan.lines(t)) for t in range(3))
    opening = OPENING * plan.price_of(0)[plan.network.stream["open:pile-2"].balance]
    closing = sum(
        flows(plan)[f"close:pile-{k}"][2] * plan.prices_of(2).closing[f"pile-{k}"]
        for k in (1, 2)
    )
    assert months + opening - closing == pytest.approx(plan.margin, rel=1e-6)
    assert any(line.subject == "close:pile-1" for line in plan.lines(0))


def test_piles_that_hold_end_with_what_they_began_with() -> None:
    """Both piles together, whichever is standing then."""
    plan = make_plan(
        *planned(
            sellable().model_copy(
                update={
                    "piles": (sellable().piles[0].model_copy(update={"end": "hold"}),)
                }
            ),
            3,
        ),
        pools=PoolSettings(seconds=5.0),
    )
    flow = flows(plan)
    standing = flow["close:pile-1"][-1] + flow["close:pile-2"][-1]
    assert standing >= OPENING - 1e-6


def test_a_pile_is_closed_at_no_less_than_its_least_size() -> None:
    """A dear month does not make a small pile."""
    chain = sellable()
    piles = (
        chain.piles[0].model_copy(update={"least": piled(least="80 t").piles[0].least}),
    )
    plan = make_plan(
        *planned(chain.model_copy(update={"piles": piles}), 3),
        pools=PoolSettings(seconds=5.0),
    )
    assert flows(plan)["close:pile-1"][0] >= 80.0 - 1e-6
    assert flows(plan)["close:pile-2"][1] >= 80.0 - 1e-6


# -- in the files of a book --------------------------------------------------------

MATERIALS = """
  { id = "ore-a", name = "甲矿", name_en = "ore A", group = "ore", assay = { Al2O3 = "55 %", SiO2 = "5 %" } },
  { id = "ore-b", name = "乙矿", name_en = "ore B", group = "ore", assay = { ASSAY } },
  { id = "ore-mix", name = "混匀矿", name_en = "blended ore", group = "ore", mixed = true },
"""  # noqa: E501
SITE = """
places = [
  { id = "mix-yard", name = "混匀场", name_en = "blending yard", centre = "CENTRE" },
]

[[piles]]
id = "bed"
name = "混匀堆"
name_en = "blending bed"
centre = "CENTRE"
good = "ore-mix@mix-yard"
feed = ["ore-a@mix-yard", "ore-b@mix-yard"]
capacity = "20 kt"
opening = "5 kt"
assay = { Al2O3 = "54 %", SiO2 = "6 %" }

[[purchases]]
id = "buy-ore-a"
name = "甲矿"
name_en = "ore A"
centre = "CENTRE"
good = "ore-a@mix-yard"
price = "400 CNY/t"
max = "30 kt/month"

[[purchases]]
id = "buy-ore-b"
name = "乙矿"
name_en = "ore B"
centre = "CENTRE"
good = "ore-b@mix-yard"
price = "300 CNY/t"
max = "30 kt/month"

[[sales]]
id = "sell-mix"
name = "混匀矿"
name_en = "blended ore"
centre = "CENTRE"
goods = ["ore-mix@mix-yard"]
price = "420 CNY/t"
max = "10 kt/month"
spec = [{ of = "SiO2", max = "6 %" }]
"""


def book_with_piles(folder: Path, *, assay: str, site: str = SITE) -> Path:
    """Write the starter book with a blending bed."""
    new_book(folder)
    materials = folder / "materials.toml"
    text = materials.read_text("utf-8")
    text += "".join(
        f"\n[[materials]]\n{line}\n"
        for line in _tables(MATERIALS.replace("ASSAY", assay))
    )
    materials.write_text(text, "utf-8")
    centre = read_book(new_book_like(folder)).root.id
    (folder / "sites" / "bed.toml").write_text(site.replace("CENTRE", centre), "utf-8")
    return folder


def new_book_like(folder: Path) -> Path:
    """Return a fresh starter book beside a folder."""
    other = folder.parent / f"{folder.name}-plain"
    new_book(other)
    return other


def _tables(rows: str) -> list[str]:
    """Return each inline row as the lines of a table."""
    found = []
    for row in rows.strip().splitlines():
        body = row.strip().removesuffix(",").strip("{} ")
        head, _, assay = body.partition(", assay = ")
        lines = head.split(", ")
        if assay:
            lines.append(
                f"assay = {assay} }}" if not assay.endswith("}") else f"assay = {assay}"
            )
        found.append("\n".join(lines))
    return found


def test_a_book_with_piles_is_read_and_planned(tmp_path: Path) -> None:
    """Units, stores, routes and places of the piles are there by name."""
    folder = book_with_piles(tmp_path / "b", assay='Al2O3 = "50 %", SiO2 = "9 %"')
    chain = read_book(folder, check=check_units)
    assert {"bed-1", "bed-2"} <= {s.id for s in chain.stores}
    assert {"bed-1-build", "bed-2-build"} <= set(chain.unit)
    assert {"bed-1", "bed-2"} <= set(chain.place)
    assert with_piles(chain) == chain


def test_an_ingredient_that_does_not_state_its_silica_is_told(tmp_path: Path) -> None:
    """With file, line, who limits it, and the remedy."""
    folder = book_with_piles(tmp_path / "b", assay='Al2O3 = "50 %"')
    with pytest.raises(BookError) as told:
        read_book(folder, check=check_units)
    text = str(told.value)
    line = next(
        n
        for n, row in enumerate(
            (folder / "materials.toml").read_text("utf-8").splitlines(), 1
        )
        if row.startswith("assay") and '"50 %"' in row
    )
    assert f"materials.toml:{line}" in text
    assert "'SiO2'" in text
    assert "sell-mix" in text


def test_piles_of_a_material_that_is_not_mixed_are_told(tmp_path: Path) -> None:
    """A pile mixes; its material must say so."""
    site = SITE.replace('good = "ore-mix@mix-yard"', 'good = "ore-a@mix-yard"')
    folder = book_with_piles(
        tmp_path / "b", assay='Al2O3 = "50 %", SiO2 = "9 %"', site=site
    )
    with pytest.raises(BookError, match=r"bed\.toml:\d+.*\n?.*mixed"):
        read_book(folder, check=check_units)
