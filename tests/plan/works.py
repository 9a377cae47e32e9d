"""A smelter with tariff bands, a station and flexible loads: small, readable by eye."""

from __future__ import annotations

from orebook.chain.chain import Chain
from orebook.chain.demand import DemandCharge
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale

BANDS = {"peak": 8.0, "valley": 16.0}
PRICES = {"peak": 700.0, "valley": 300.0}


def named(id_: str) -> dict[str, str]:
    """Return id and both names of an entry."""
    return {"id": id_, "name": id_, "name_en": id_}


def power(id_: str, hours: float | None = None) -> Material:
    """Return power, or a band of it."""
    at = {} if hours is None else {"hours": f"{hours!r} h/d"}
    return Material(**named(id_), unit="MWh", group="power", **at)


def smelter(
    load: Unit,
    *,
    bands: dict[str, float] = BANDS,
    prices: dict[str, float] = PRICES,
    metal: float = 20_000.0,
    capacity: str = "100 MW",
    minimum: float = 0.0,
    calendar: str = "month",
    sales: tuple[Sale, ...] = (),
    purchases: tuple[Purchase, ...] = (),
    charges: tuple[DemandCharge, ...] = (),
    units: tuple[Unit, ...] = (),
    materials: tuple[Material, ...] = (),
    limits: tuple = (),
) -> Chain:
    """Return a potroom of 10 MWh/t behind a load unit; each band is bought."""
    pots = Unit(
        **named("pots"),
        kind="recipe",
        centre="potroom",
        place="p",
        feed=["power"],
        recipe={"produces": {"metal": "0.1 t/MWh"}},
        limits={"throughput": capacity},
        minimum=minimum,
    )
    return Chain(
        group=Group(**named("g"), first_period="2026-01", calendar=calendar),
        centres=(
            Centre(**named("g"), level="group"),
            *(Centre(**named(c), level="plant", parent="g")
              for c in ("grid", "potroom", "station")),
        ),
        places=(Place(**named("p"), centre="g"),),
        materials=(
            power("power"), power("interruption"),
            *(power(b, h) for b, h in bands.items()),
            Material(**named("metal"), unit="t", group="product"),
            *materials,
        ),
        units=(load, pots, *units),
        purchases=(*(bought(b, p) for b, p in prices.items()), *purchases),
        sales=(
            Sale(**named("metal-sale"), centre="potroom", goods=["metal@p"],
                 price=f"{metal!r} CNY/t"),
            *sales,
        ),
        demand_charges=charges,
        limits=limits,
    )  # fmt: skip


def bought(band: str, price: float, **more: object) -> Purchase:
    """Return the purchase of a band."""
    return Purchase(
        **named(f"grid-{band}"),
        centre="grid",
        good=f"{band}@p",
        price=f"{price!r} CNY/MWh",
        **more,
    )


def load(kind: str, *, bands: dict[str, float] = BANDS, **recipe: object) -> Unit:
    """Return the unit between the bands and the power of the potroom."""
    limits = recipe.pop("limits", {})
    ports = {"power": "power"}
    if "interruption" in recipe:
        ports["interruption"] = "interruption"
    return Unit(
        **named("load"),
        kind=kind,
        centre="grid",
        place="p",
        feed=list(bands),
        ports=ports,
        recipe=recipe,
        limits=limits,
    )


def charge(price: str = "38 CNY/kW/month", **more: object) -> DemandCharge:
    """Return a demand charge on both bands."""
    return DemandCharge(
        **named("demand"),
        centre="grid",
        purchases=["grid-peak", "grid-valley"],
        price=price,
        **more,
    )
