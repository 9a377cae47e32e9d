"""A kind with a closed-form frontier, for tests of advice.

A kiln makes one tonne of product per unit of duty. It burns ``fuel = a / t`` and loses
``smoke = b * t`` as its temperature ``t`` rises, and takes a reagent ``c * (s - 1)^2``
at speed ``s``. With fuel and reagent bought, cost falls with ``t`` and smoke rises:
cost = price of fuel * a * b / smoke + ..., a hyperbola.
"""

from __future__ import annotations

from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale
from orebook.process.contract import Case, Duty, Outcome, Port, Process, Setting
from orebook.process.network import Network, network
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

FUEL, SMOKE, REAGENT = 2.0, 0.5, 3.0
PRICE = {"fuel": 40.0, "reagent": 10.0}
SALE = 500.0


def run(case: Case) -> Outcome:
    """Return fuel, smoke and reagent of the kiln."""
    t, s = case.setting["temperature"], case.setting["speed"]
    made = case.duty["product"]
    smoke = SMOKE * t
    return Outcome(
        flows={
            "product": made + 0.0 * t,
            "fuel": -made * FUEL / t,
            "smoke": made * smoke,
            "reagent": -made * REAGENT * (s - 1.0) ** 2,
        },
        loads={"throughput": made},
        indicators={"smoke_rate": smoke, "brightness": 1.0 - 0.1 * (s - 2.0) ** 2},
        content={"product": {"Fe": 0.01 * t / s}},
    )


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a kiln."""
    return Process(
        kind="toy_kiln",
        duties=(Duty("product", "t", None, "product"),),
        ports=(
            Port("product", "t", 1),
            Port("fuel", "t", -1),
            Port("smoke", "t", 1),
            Port("reagent", "t", -1),
        ),
        function=run,
        settings=(
            Setting("temperature", "", 1.0, 0.5, 2.0),
            Setting("speed", "", 1.0, 0.5, 3.0),
            Setting("colour", "", 0.0, 0.0, 1.0),
        ),
        limits={"throughput": "t"},
    )


def kiln_chain(**unit: object) -> Chain:
    """Return one kiln with its markets; 100 t a month are sold at most."""
    entry = Unit(
        id="kiln",
        name="窑",
        name_en="kiln",
        kind="toy_kiln",
        centre="shop",
        place="p",
        ports={m: m for m in ("product", "fuel", "smoke", "reagent")},
        **unit,
    )
    names = {"product": "product", "fuel": "fuel", "smoke": "emission"}
    return Chain(
        group=Group(id="g", name="团", name_en="g", first_period="2026-01"),
        centres=(
            Centre(id="g", name="团", name_en="group", level="group"),
            Centre(id="works", name="厂", name_en="works", level="site", parent="g"),
            Centre(id="shop", name="车间", name_en="shop", level="workshop",
                   parent="works"),
        ),
        places=(Place(id="p", name="厂", name_en="plant", centre="works"),),
        materials=tuple(
            Material(id=m, name=m, name_en=m, group=names.get(m, "reagent"))
            for m in ("product", "fuel", "smoke", "reagent")
        ),
        units=(entry,),
        purchases=tuple(
            Purchase(id=m, name=m, name_en=m, centre="works", good=f"{m}@p",
                     price=f"{price} CNY/t")
            for m, price in PRICE.items()
        ),
        sales=(
            Sale(id="product", name="product", name_en="product", centre="works",
                 goods=["product@p"], price=f"{SALE} CNY/t", max="100 t/month",
                 spec=[{"of": "Fe", "max": "1.2 %"}]),
            Sale(id="smoke", name="smoke", name_en="smoke", centre="works",
                 goods=["smoke@p"], price="0 CNY/t"),
        ),
    )  # fmt: skip


def toy_network(chain: Chain) -> Network:
    """Return the network; the kind must be registered."""
    return network(chain)


def _example() -> Chain:
    return example_chain((), kiln_chain().units[0])


KINDS = {"toy_kiln": Kind("toy_kiln", bind, _example)}
"""Registered by the tests that need it."""
