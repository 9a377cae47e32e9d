"""Tiny named groups, readable by eye, shared by the tests of the plan."""

from __future__ import annotations

from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Store, Unit
from orebook.chain.trade import Purchase, Sale

# chain8: eight units from ore to metal for one week, constructed, CC0.
# unit: (recipe per unit of main output, variable cost CNY, capacity per week)
CHAIN8 = {
    "wash": ({"ore": -1.25, "power": -0.004, "washed_ore": 1.0}, 8.0, 92000.0),
    "slurry_prep": (
        {"washed_ore": -1.0, "caustic": -0.03, "power": -0.006, "slurry": 1.0},
        6.0,
        92000.0,
    ),
    "digest": (
        {"slurry": -2.3, "steam": -1.6, "power": -0.06, "liquor": 1.0},
        60.0,
        40000.0,
    ),
    "precip": (
        {"liquor": -1.0, "steam": -0.3, "power": -0.07, "hydrate": 1.53},
        40.0,
        40000.0,
    ),
    "calcine": (
        {"hydrate": -1.53, "coal": -0.11, "power": -0.025, "alumina": 1.0},
        40.0,
        40000.0,
    ),
    "boiler": ({"coal": -0.16, "power": -0.008, "steam": 1.0}, 5.0, 76000.0),
    "cogen": ({"coal": -0.32, "power": 1.0}, 20.0, 60000.0),
    "smelt": (
        {"alumina": -1.925, "anode": -0.43, "power": -13.4, "aluminium": 1.0},
        900.0,
        10000.0,
    ),
}
CHAIN8_BUY = {
    "ore": 420.0,
    "caustic": 3600.0,
    "coal": 650.0,
    "power": 430.0,
    "anode": 4200.0,
    "alumina": 3150.0,
}
CHAIN8_SELL = {"alumina": 3050.0, "aluminium": 19600.0, "power": 260.0}
V3_FACTORS = {
    "wash": 1.05,
    "slurry_prep": 1.05,
    "digest": 1.05,
    "calcine": 1.05,
    "boiler": 1.10,
}


def unit_of(material: str) -> str:
    """Return the unit a material of chain8 is counted in."""
    return "MWh" if material == "power" else "t"


def chain8(
    factors: dict[str, float] | None = None, *, stores: tuple[Store, ...] = ()
) -> Chain:
    """Return chain8 with capacities multiplied by ``factors``.

    The capacities hold per week; precip counts in tonnes of contained alumina, so its
    main output is 1.53 t of hydrate per unit of duty.
    """
    factors = factors or {}
    names = list(dict.fromkeys(m for recipe, _, _ in CHAIN8.values() for m in recipe))
    return Chain(
        group=Group(
            id="g",
            name="链",
            name_en="chain8",
            first_period="2026-W01",
            calendar="week",
        ),
        centres=(
            Centre(id="g", name="链", name_en="chain8", level="group"),
            *(
                Centre(id=u, name=u, name_en=u, level="plant", parent="g")
                for u in CHAIN8
            ),
            Centre(id="trade", name="贸易", name_en="trade", level="plant", parent="g"),
        ),
        places=(Place(id="p", name="厂", name_en="plant", centre="g"),),
        materials=tuple(
            Material(id=m, name=m, name_en=m, unit=unit_of(m), group="intermediate")
            for m in names
        ),
        units=tuple(_unit(u, factors.get(u, 1.0)) for u in CHAIN8),
        purchases=tuple(
            Purchase(
                id=m,
                name=m,
                name_en=m,
                centre="trade",
                good=f"{m}@p",
                price=f"{price} CNY/{unit_of(m)}",
            )
            for m, price in CHAIN8_BUY.items()
        ),
        sales=tuple(
            Sale(
                id=m,
                name=m,
                name_en=m,
                centre="trade",
                goods=[f"{m}@p"],
                price=f"{price} CNY/{unit_of(m)}",
            )
            for m, price in CHAIN8_SELL.items()
        ),
        stores=stores,
    )


def _unit(name: str, factor: float) -> Unit:
    recipe, cost, capacity = CHAIN8[name]
    main = list(recipe)[-1]
    scale = recipe[main]
    of = unit_of(main)
    return Unit(
        id=name,
        name=name,
        name_en=name,
        kind="recipe",
        centre=name,
        place="p",
        recipe={
            "basis": main,
            "consumes": {
                m: f"{-a / scale!r} {unit_of(m)}/{of}"
                for m, a in recipe.items()
                if a < 0
            },
        },
        limits={"throughput": f"{capacity * factor * scale!r} {of}/week"},
        cost=f"{cost / scale!r} CNY/{of}",
    )
