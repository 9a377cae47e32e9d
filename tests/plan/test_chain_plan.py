"""The plan of a chain, from the book's data to prices: cases V3, V4 and V5.

Source: planning cases constructed on `chain8` (eight units from ore to metal, one
week, round coefficients, CC0) with unique optimum, prices and rents.
"""

from __future__ import annotations

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Balance
from orebook.chain.plant import Outage, Store
from orebook.errors import InfeasibleError
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.plan.conditions import conditions
from orebook.plan.make import check_plan_prices, make_plan
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8

PROFIT = 107_136_460.0
WEEK = horizon(period("2026-W01"), 1)


def planned(chain, periods=WEEK):
    """Return the plan of a chain."""
    net = network(chain)
    return make_plan(net, conditions(chain, periods, known_until=None))


@pytest.fixture(scope="module")
def v3():
    """Return the plan with slack sections."""
    return planned(chain8(V3_FACTORS))


@pytest.fixture(scope="module")
def v4():
    """Return the plan with balanced sections: every price is a tie."""
    return planned(chain8())


def test_v3_quantities(v3) -> None:
    """Runs, purchases and sales of V3."""
    amount = v3.month().amounts
    assert v3.margin == pytest.approx(PROFIT)
    assert amount["buy:ore"] == pytest.approx(115_000)
    assert amount["buy:caustic"] == pytest.approx(2_760)
    assert amount["buy:coal"] == pytest.approx(35_760)
    assert amount["buy:power"] == pytest.approx(81_728)
    assert amount["sell:alumina:alumina"] == pytest.approx(20_750)
    assert amount["sell:aluminium:aluminium"] == pytest.approx(10_000)


def test_v3_prices_are_unique(v3) -> None:
    """Prices of V3; bid, ask and price coincide."""
    expected = {
        "washed_ore": 534.72,
        "slurry": 651.30,
        "liquor": 1763.694,
        "hydrate": 1913.562092,
        "alumina": 3050.0,
        "steam": 112.44,
        "power": 430.0,
    }
    rows = {r["material"]: r for r in v3.price_rows()}
    for material, price in expected.items():
        for side in ("bid", "ask", "price"):
            assert rows[material][side] == pytest.approx(price, rel=1e-8)
    assert not v3.tied.any()


def test_v3_accounts_close(v3) -> None:
    """Unit profits of V3 are the rents of their capacities and sum to the profit."""
    lines = v3.lines()
    margin = margin_by_centre(lines)
    assert margin["precip"] == pytest.approx(42_408_960)
    assert margin["cogen"] == pytest.approx(12_120_000)
    assert margin["smelt"] == pytest.approx(52_607_500)
    assert sum(margin.values()) == pytest.approx(PROFIT, rel=1e-12)
    assert group_margin(lines) == pytest.approx(PROFIT, rel=1e-12)
    rents = v3.rent_by_centre()
    for centre, amount in margin.items():
        assert amount == pytest.approx(rents.get(centre, 0.0), abs=0.01)


def test_v4_band_and_equal_rent(v4) -> None:
    """Bid, ask and equal-rent price of V4 (1e-4 relative for the latter)."""
    expected = {
        "washed_ore": (534.72, 995.6870, 611.5478),
        "slurry": (651.30, 1112.2670, 804.9557),
        "liquor": (1763.694, 2823.918, 2442.6094),
        "hydrate": (1220.6052, 1913.5621, 1798.0693),
        "steam": (112.44, 670.4526, 205.4421),
    }
    rows = {r["material"]: r for r in v4.price_rows()}
    for material, (bid, ask, price) in expected.items():
        assert rows[material]["bid"] == pytest.approx(bid, rel=1e-6)
        assert rows[material]["ask"] == pytest.approx(ask, rel=1e-6)
        assert rows[material]["price"] == pytest.approx(price, rel=1e-4)
        assert rows[material]["tie"]


def test_v4_tied_sections_share_equally(v4) -> None:
    """Six tied units get 7,068,160 each."""
    margin = margin_by_centre(v4.lines())
    for unit in ("wash", "slurry_prep", "digest", "precip", "calcine", "boiler"):
        assert margin[unit] == pytest.approx(7_068_160, rel=1e-4)
    assert sum(margin.values()) == pytest.approx(PROFIT, rel=1e-9)


@pytest.mark.parametrize("case", ["v3", "v4"])
def test_bid_and_ask_are_what_a_unit_is_worth(case: str, request) -> None:
    """Bid and ask equal the difference of plans solved with one unit more or less."""
    found = check_plan_prices(request.getfixturevalue(case))
    assert found.worst < 1e-6


def test_v5_stores_and_outage_over_four_weeks() -> None:
    """V5: alumina store, price swings, calcine halved in week 3, smelter at 90 %."""
    store = Store(
        id="silo",
        name="仓",
        name_en="silo",
        centre="trade",
        good="alumina@p",
        capacity="15000 t",
        opening="5000 t",
        holding_cost=f"{5 / period('2026-W01').months!r} CNY/t/month",
        end="free",
    )
    chain = chain8(V3_FACTORS, stores=(store,))
    weeks = horizon(period("2026-W02"), 4)
    chain = chain.model_copy(
        update={
            "outages": (
                Outage(
                    unit="calcine", first=weeks[2].first, last=weeks[2].last, share=0.5
                ),
                Outage(
                    unit="smelt", first=weeks[3].first, last=weeks[3].last, share=0.1
                ),
            )
        }
    )
    known = conditions(chain, weeks, known_until=None)
    sell, buy = [3050, 2950, 3200, 3120], [3150, 3050, 3300, 3220]
    known.price["sell:alumina"][:] = sell
    known.price["buy:alumina"][:] = buy
    plan = make_plan(network(chain), known)
    assert plan.margin == pytest.approx(421_840_584, abs=1.0)
    i = plan.network.position["close:silo"]
    assert plan.amounts[i] == pytest.approx([0, 15_000, 0, 0], abs=1e-6)
    i = plan.network.position["sell:alumina:alumina"]
    assert plan.amounts[i] == pytest.approx([25_750, 5_750, 16_750, 22_675])
    i = plan.network.balance_position[Balance("hydrate", "p")]
    assert plan.prices.price[i] == pytest.approx(
        [1913.5621, 1848.2026, 1220.6052, 1959.3137], rel=1e-6
    )


def test_an_infeasible_book_names_what_contradicts() -> None:
    """A must-deliver above what the smelter can make names just these two."""
    chain = chain8()
    sale = chain.sales[1].model_copy(update={"min": None})
    sale = type(sale).model_validate(
        sale.model_dump(exclude={"price", "min"})
        | {"price": "19600 CNY/t", "min": "12000 t/week"}
    )
    sales = (chain.sales[0], sale, chain.sales[2])
    with pytest.raises(InfeasibleError) as caught:
        planned(chain.model_copy(update={"sales": sales}))
    text = str(caught.value)
    assert "smelt" in text
    assert "aluminium" in text
    assert "calcine" not in text
