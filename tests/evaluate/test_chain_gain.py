"""The chain's advantage: small groups by hand, and the example group."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import FixedCost, Limit, Route, Unit
from orebook.chain.read import read_book
from orebook.chain.trade import Purchase, Sale
from orebook.errors import InputError
from orebook.evaluate.alone import alone, by_site, players_of
from orebook.evaluate.chain_gain import ChainGain, chain_gain
from orebook.evaluate.links import links_of, market_price
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.check import check_units
from orebook.process.network import network

GUANGXI = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
ORE, FREIGHT, MAKE, METAL = 100.0, 5.0, 20.0, 400.0


def two_sites(
    *,
    ore_sale: str | None = "60 CNY/t",
    ore_purchase: str | None = "130 CNY/t",
    least: str | None = None,
    cost: str = "0 CNY/month",
) -> Chain:
    """Return a mine that sends 1 000 t of ore a month to a smelter.

    Mining costs 20, the railway 5, the smelter makes 1 t of metal of 2 t of ore at 20
    and sells it at 400 CNY/t. Alone the mine sells ore, the smelter buys it.
    """
    centres = [("g", "group", None), ("mine", "site", "g"), ("smelter", "site", "g")]
    sales = [sale("metal", "metal@works", "smelter", "400 CNY/t", min=least)]
    buys = []
    if ore_sale:
        sales.append(sale("ore-out", "ore@pit", "mine", ore_sale))
    if ore_purchase:
        buys.append(
            Purchase(id="ore-in", name="ore", name_en="ore", centre="smelter",
                     good="ore@works", price=ore_purchase)
        )  # fmt: skip
    return Chain(
        group=Group(id="g", name="团", name_en="g", first_period="2026-01"),
        centres=tuple(
            Centre(id=i, name=i, name_en=i, level=level, parent=up)
            for i, level, up in centres
        ),
        places=(
            Place(id="pit", name="坑", name_en="pit", centre="mine"),
            Place(id="works", name="厂", name_en="works", centre="smelter"),
        ),
        materials=tuple(
            Material(id=m, name=m, name_en=m, group="intermediate")
            for m in ("ore", "metal")
        ),
        units=(
            Unit(id="dig", name="dig", name_en="dig", kind="recipe", centre="mine",
                 place="pit", recipe={"basis": "ore"}, cost="20 CNY/t",
                 limits={"throughput": "1000 t/month"}),
            Unit(id="smelt", name="smelt", name_en="smelt", kind="recipe",
                 centre="smelter", place="works", cost="20 CNY/t",
                 recipe={"basis": "metal", "consumes": {"ore": "2 t/t"}},
                 limits={"throughput": "500 t/month"}),
        ),
        routes=(
            Route(id="rail", name="rail", name_en="rail", centre="smelter",
                  materials=["ore"], start="pit", end="works", cost="5 CNY/t"),
        ),
        purchases=tuple(buys),
        sales=tuple(sales),
        costs=(
            FixedCost(id="office", name="office", name_en="office", centre="g",
                      category="labour", amount=cost),
        ),
    )  # fmt: skip


def sale(id_: str, good: str, centre: str, price: str, **more: object) -> Sale:
    return Sale(id=id_, name=id_, name_en=id_, centre=centre, goods=[good],
                price=price, **more)  # fmt: skip


def plan_of(chain: Chain, months: int = 1) -> Plan:
    periods = horizon(period("2026-01"), months)
    return make_plan(network(chain), conditions(chain, periods, known_until=None))


def gain_of(chain: Chain, **more: object) -> ChainGain:
    return chain_gain(plan_of(chain), **more)


def kinds(gain: ChainGain) -> dict[tuple[str, str], float]:
    return {(c.kind, c.taker): c.money for c in gain.causes}


def test_the_spread_saved_by_hand() -> None:
    """The market takes 130 and gives 60: 65 a tonne saved after 5 of freight.

    Mine alone 1000 x (60 - 20); smelter alone 500 x (400 - 20) - 1000 x 130.
    """
    gain = gain_of(two_sites())
    assert gain.apart["mine"].margin == pytest.approx(40_000.0)
    assert gain.apart["smelter"].margin == pytest.approx(60_000.0)
    assert gain.game.whole == pytest.approx(165_000.0)
    assert gain.gain == pytest.approx(65_000.0)
    assert gain.market_worth == pytest.approx(0.0, abs=1e-6)
    assert kinds(gain)["trade", "smelter"] == pytest.approx(1000.0 * (130 - 60 - 5))
    assert kinds(gain)["own_plan", "mine"] == pytest.approx(0.0, abs=1e-6)
    assert gain.split == pytest.approx({"mine": 72_500.0, "smelter": 92_500.0})
    assert gain.stable


def test_a_site_alone_settles_on_another_plan() -> None:
    """At 200 the smelter alone stands still rather than lose 10 a tonne of ore."""
    gain = gain_of(two_sites(ore_purchase="200 CNY/t"))
    assert gain.apart["smelter"].margin == pytest.approx(0.0, abs=1e-6)
    found = kinds(gain)
    assert found["trade", "smelter"] == pytest.approx(1000.0 * (200 - 60 - 5))
    assert found["own_plan", "smelter"] == pytest.approx(500 * 380.0 - 200_000.0)
    assert sum(found.values()) == pytest.approx(gain.gain)


def test_one_side_of_a_market_serves_the_other_with_its_freight_turned() -> None:
    """Only a sale at the mine is known: bought there, the railway comes on top."""
    gain = gain_of(two_sites(ore_purchase=None))
    assert gain.apart["smelter"].margin == pytest.approx(190_000.0 - 65_000.0)
    assert gain.gain == pytest.approx(0.0, abs=1e-6)
    buy = next(m for m in gain.markets if m.side == "buy")
    assert buy.price is not None
    assert buy.price.source == "sell:ore-out"
    assert buy.price.value == pytest.approx(65.0)


def test_without_a_market_the_others_are_needed() -> None:
    """No ore anywhere else: the smelter cannot deliver the 100 t it promised."""
    gain = gain_of(two_sites(ore_sale=None, ore_purchase=None, least="100 t/month"))
    smelter = gain.apart["smelter"]
    assert "metal" in smelter.contradiction
    assert "at least 100 t" in smelter.contradiction
    assert smelter.margin == pytest.approx(0.0, abs=1e-6)  # it stands still
    assert gain.apart["mine"].margin == pytest.approx(0.0, abs=1e-6)
    assert gain.gain == pytest.approx(gain.plan.margin)
    assert kinds(gain)["no_market", "smelter"] == pytest.approx(0.0, abs=1e-6)
    words = gain.summary("en")
    assert "can buy ore@works nowhere" in words
    assert "cannot meet its obligations alone" in words
    assert "单独无法履行义务" in gain.summary("zh")


def test_a_given_market_replaces_the_book() -> None:
    gain = gain_of(
        two_sites(ore_sale=None, ore_purchase=None, least="100 t/month"),
        given={"ore": (60.0, 130.0)},
    )
    assert gain.apart["smelter"].contradiction == ""
    assert gain.gain == pytest.approx(65_000.0)
    assert "the command" in gain.summary("en")


def test_fixed_costs_of_the_group_change_nothing() -> None:
    gain = gain_of(two_sites(cost="7000 CNY/month"))
    assert gain.common == pytest.approx(7_000.0)
    assert gain.plan.margin == pytest.approx(158_000.0)
    assert gain.gain == pytest.approx(65_000.0)
    assert gain.market_worth == pytest.approx(0.0, abs=1e-6)


def test_a_common_limit_is_shared_by_use() -> None:
    """A permit of 750 t over what the mine digs and the smelter makes, shared 2 : 1."""
    chain = two_sites(ore_purchase="200 CNY/t")
    limit = Limit(id="permit", name="permit", name_en="permit", centre="g",
                  terms={"dig.ore": "1 t/t", "smelt.metal": "1 t/t"},
                  max="750 t/month")  # fmt: skip
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"limits": (limit,)}
    plan = plan_of(Chain.model_construct(**fields))
    assert plan.amounts[plan.network.position["dig.ore"]] == pytest.approx([500.0])
    mine = alone(plan, ["mine"], ())
    assert mine.margin == pytest.approx(500.0 * 40.0)  # two thirds of the permit


def test_unknown_materials_and_upside_down_markets_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'metal'"):
        gain_of(two_sites(), given={"metl": (1.0, 2.0)})
    with pytest.raises(InputError, match="selling at most at the price of buying"):
        gain_of(two_sites(), given={"ore": (3.0, 2.0)})


def test_a_single_site_has_no_chain() -> None:
    chain = two_sites()
    centres = tuple(
        c.model_copy(update={"level": "plant" if c.id == "smelter" else c.level,
                             "parent": "mine" if c.id == "smelter" else c.parent})
        for c in chain.centres
    )  # fmt: skip
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"centres": centres}
    with pytest.raises(InputError, match="needs two sites"):
        gain_of(Chain.model_construct(**fields))


def three_mines() -> Chain:
    """Return the smelter with two mines just alike, each of half the ore."""
    chain = two_sites()
    second = Centre(id="mine-2", name="m2", name_en="m2", level="site", parent="g")
    dig = chain.units[0].model_copy(update={"limits": {"throughput": rate("500")}})
    twin = {"id": "dig-2", "centre": "mine-2", "place": "pit-2"}
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    fields |= {
        "centres": (*chain.centres, second),
        "places": (
            *chain.places,
            Place(id="pit-2", name="坑2", name_en="pit 2", centre="mine-2"),
        ),
        "units": (dig, chain.units[1], dig.model_copy(update=twin)),
        "routes": (
            *chain.routes,
            chain.routes[0].model_copy(update={"id": "rail-2", "start": "pit-2"}),
        ),
        "sales": (*chain.sales, sale("ore-out-2", "ore@pit-2", "mine-2", "60 CNY/t")),
    }
    return Chain.model_construct(**fields)


def rate(number: str) -> object:
    from orebook.quantity import parse

    return parse(f"{number} t/month")


def test_equal_sites_get_equal_shares() -> None:
    gain = gain_of(three_mines())
    assert gain.split["mine"] == pytest.approx(gain.split["mine-2"])
    assert sum(gain.split.values()) == pytest.approx(gain.game.whole)


def test_order_of_the_book_changes_nothing() -> None:
    chain = three_mines()
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    for name in ("centres", "units", "routes", "sales", "places", "materials"):
        fields[name] = tuple(reversed(fields[name]))
    one, other = gain_of(chain), gain_of(Chain.model_construct(**fields))
    assert other.split == pytest.approx(one.split)
    assert other.gain == pytest.approx(one.gain)


def test_json_is_plain_and_complete() -> None:
    data = json.loads(json.dumps(gain_of(two_sites()).to_dict(), allow_nan=False))
    assert data["gain_cny"] == pytest.approx(65_000.0)
    assert sum(c["cny"] for c in data["causes"]) == pytest.approx(data["gain_cny"])
    assert sum(s["share_cny"] for s in data["sites"]) == pytest.approx(
        data["together_cny"]
    )
    assert len(data["coalitions"]) == 3


def test_many_sites_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    from orebook.evaluate import chain_gain as module

    exact = gain_of(three_mines())
    monkeypatch.setattr(module, "EXACT", 2)
    drawn = gain_of(three_mines(), orders=12)
    assert drawn.error is not None
    for site, share in exact.split.items():
        assert abs(drawn.split[site] - share) <= 4.0 * drawn.error[site] + 1.0
    assert "orders were drawn" in drawn.summary("en")


# ------------------------------------------------------------------ the example group


@pytest.fixture(scope="module")
def guangxi() -> ChainGain:
    chain = read_book(GUANGXI, check=check_units)
    periods = horizon(period("2026-05"), 3)
    plan = make_plan(network(chain), conditions(chain, periods, known_until="2026-04"))
    return chain_gain(plan)


def test_the_example_has_four_sites_and_an_exact_split(guangxi: ChainGain) -> None:
    players = players_of(guangxi.plan.network.chain)
    assert guangxi.game.players == players
    assert len(players) == 4
    assert len(guangxi.game.value) == 15
    size = abs(guangxi.game.whole)
    assert sum(c.money for c in guangxi.causes) == pytest.approx(
        guangxi.gain, abs=1e-9 * size
    )
    assert sum(guangxi.split.values()) == pytest.approx(guangxi.game.whole, rel=1e-12)


def test_together_the_example_can_do_all_that_its_parts_can(guangxi: ChainGain) -> None:
    value, size = guangxi.game.value, guangxi.game.scale
    for one, other in combinations(value, 2):
        if not one & other:
            assert value[one | other] >= value[one] + value[other] - 1e-7 * size
    assert guangxi.market_worth >= -1e-7 * size
    assert guangxi.worst <= 1e-7 * size  # Owen 1975: a stable split exists


def test_a_purchase_of_alumina_is_the_market_of_the_smelter(
    guangxi: ChainGain,
) -> None:
    """Unchanged, the smelter's market is read from the sales of the refineries."""
    plan = guangxi.plan
    smelter = [
        m for m in guangxi.markets
        if (m.site, m.side) == ("smelter-chain", "buy") and "alumina" in m.id
    ]  # fmt: skip
    assert smelter
    assert all(m.price and m.price.source.startswith("sell:") for m in smelter)
    balance = smelter[0].balance
    bought = Purchase(
        id="sc-alumina",
        name="外购",
        name_en="alumina bought",
        centre="smelter-chain",
        good=str(balance),
        price="2950 CNY/t",
    )
    chain = plan.network.chain
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    fields["purchases"] = (*chain.purchases, bought)
    richer = Chain.model_construct(**fields)
    made = make_plan(
        network(richer), conditions(richer, plan.periods, known_until="2026-04")
    )
    price = market_price(made, balance, "buy")
    assert price is not None
    assert price.source == "buy:sc-alumina"
    assert price.value == pytest.approx(2950.0)
    again = chain_gain(made)
    assert again.apart["smelter-chain"].contradiction == ""
    assert again.worst <= 1e-7 * again.game.scale


def test_links_of_the_example_are_rail_and_road(guangxi: ChainGain) -> None:
    for link in links_of(guangxi.plan):
        assert link.route
        assert link.giver != link.taker
        assert float(link.got.sum()) <= float(link.sent.sum()) + 1e-6


def test_money_of_a_plan_is_told_site_by_site(guangxi: ChainGain) -> None:
    """Whatever blocks a plan consists of, nothing is left over."""
    made = guangxi.together
    found = by_site(made.assembly, made.x)
    assert sum(found.values()) == pytest.approx(made.margin, rel=1e-12)
    sites = {name for name in found if not name.startswith("route:")}
    assert sites == set(guangxi.game.players)
