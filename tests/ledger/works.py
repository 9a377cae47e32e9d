"""Two small works with meters, readable by eye, shared by the tests of the ledger."""

from __future__ import annotations

from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Draw, FixedCost, Meter, Route, Store, Unit
from orebook.chain.trade import Purchase, Sale


def washer(meters: tuple[Meter, ...] = ()) -> Chain:
    """Return a washer: ore is bought, stored, washed, shipped, stored and sold.

    buy ore -> pile -> wash (washed ore, slimes) -> road -> yard pile -> sale.
    """

    def named(i: str) -> dict[str, str]:
        return {"id": i, "name": i, "name_en": i}

    return Chain(
        group=Group(**named("g"), first_period="2026-05"),
        centres=(
            Centre(**named("g"), level="group"),
            Centre(**named("mine"), level="site", parent="g"),
            Centre(**named("trade"), level="site", parent="g"),
        ),
        places=(
            Place(**named("pit"), centre="mine"),
            Place(**named("yard"), centre="trade"),
        ),
        materials=(
            Material(**named("ore"), group="ore", assay={"Al2O3": "52 %"}),
            Material(**named("washed"), group="ore", assay={"Al2O3": "58 %"}),
            Material(**named("slimes"), group="waste", assay={"Al2O3": "40 %"}),
            Material(**named("power"), group="power", unit="MWh"),
            Material(**named("water"), group="water", unit="m3"),
        ),
        units=(
            Unit(
                **named("wash"),
                kind="recipe",
                centre="mine",
                place="pit",
                feed=["ore"],
                recipe={
                    "produces": {"washed": "0.666667 t/t"},
                    "consumes": {"power": "3 kWh/t", "water": "2 m3/t"},
                    "closes": "slimes",
                    "components": ["Al2O3"],
                },
                limits={"throughput": "100000 t/month"},
                cost="8 CNY/t",
            ),
        ),
        stores=(
            Store(
                **named("pile"),
                centre="mine",
                good="ore@pit",
                capacity="50000 t",
                opening="20000 t",
            ),
            Store(
                **named("stock"),
                centre="trade",
                good="washed@yard",
                capacity="50000 t",
                opening="10000 t",
            ),
        ),
        routes=(
            Route(
                **named("road"),
                centre="trade",
                materials=["washed"],
                start="pit",
                end="yard",
                loss="0.5 %",
                cost="12 CNY/t",
            ),
        ),
        draws=(
            Draw(
                **named("light"), centre="mine", good="power@pit", amount="20 MWh/month"
            ),
        ),
        purchases=(
            Purchase(**named("ore"), centre="mine", good="ore@pit", price="200 CNY/t"),
            Purchase(
                **named("power"), centre="mine", good="power@pit", price="500 CNY/MWh"
            ),
            Purchase(
                **named("water"), centre="mine", good="water@pit", price="2 CNY/m3"
            ),
        ),
        sales=(
            Sale(
                **named("washed"),
                centre="trade",
                goods=["washed@yard"],
                price="400 CNY/t",
                max="50000 t/month",
            ),
            Sale(
                **named("dump"), centre="mine", goods=["slimes@pit"], price="-5 CNY/t"
            ),
        ),
        costs=(
            FixedCost(
                **named("staff"),
                centre="mine",
                category="people",
                amount="1 MCNY/month",
            ),
        ),
        meters=meters,
    )


METERS = (
    Meter(id="WB-ORE", reads="buy:ore", type="weighbridge"),
    Meter(id="BS-FEED", reads="wash.ore", type="belt_scale_good"),
    Meter(id="BS-WASHED", reads="wash.washed", type="belt_scale_good"),
    Meter(id="BS-SLIMES", reads="wash.slimes", type="slurry_solids"),
    Meter(id="WB-OUT", reads="send:road:washed", type="weighbridge"),
    Meter(id="WB-IN", reads="receive:road:washed", type="weighbridge"),
    Meter(id="WB-SOLD", reads="sell:washed:washed", type="weighbridge"),
    Meter(id="EM-BUY", reads="buy:power", type="energy_meter"),
    Meter(id="EM-WASH", reads="wash.power", type="energy_meter"),
    Meter(id="SV-PILE", reads="stock:pile", type="stockpile_survey"),
    Meter(id="SV-STOCK", reads="stock:stock", type="stockpile_survey"),
    Meter(id="LAB-FEED", reads="assay:wash.ore:Al2O3", type="xrf"),
    Meter(id="LAB-WASHED", reads="assay:wash.washed:Al2O3", type="xrf"),
    Meter(id="LAB-SLIMES", reads="assay:wash.slimes:Al2O3", type="grab_sample"),
)
