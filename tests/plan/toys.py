"""Toy kinds with known optima, and a works that runs one of them.

A toy consumes ore and steam and makes metal; ``recipe.form`` names its law and
``recipe.numbers`` its constants, so that each test states its own physics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import Conditions, conditions
from orebook.process import registry
from orebook.process.contract import Array, Case, Duty, Outcome, Port, Process, Setting
from orebook.process.network import Network, network
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

Law = Callable[[Array, Mapping[str, Array], Mapping[str, float]], tuple[Array, Array]]


def _quadratic(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Yield falls with the square of the distance from ``best``; steam grows with x."""
    return q * (n["yield"] - n["k"] * (s["x"] - n["best"]) ** 2), q * n["steam"] * s[
        "x"
    ]


def _ratio(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Yield saturates: x / (half + x)."""
    return q * s["x"] / (n["half"] + s["x"]), q * n["steam"] * s["x"]


def _coupled(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Two settings whose best values depend on each other."""
    dx, dy = s["x"] - n["a"], s["y"] - n["b"]
    lost = n["k"] * (dx**2 + dy**2) + n["both"] * dx * dy
    return q * (n["yield"] - lost), q * n["steam"] * (s["x"] + s["y"])


def _flat(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Change nothing, whatever the setting."""
    return q * n["yield"] + 0.0 * s["x"], q * n["steam"] + 0.0 * s["x"]


def _jump(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Yield grows with x up to an edge and falls off it."""
    yields = n["yield"] + n["k"] * s["x"]
    return q * np.where(s["x"] <= n["best"], yields, 0.2), q * n["steam"]


def _roof(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Yield falls by straight lines on both sides of the best setting."""
    lost = n["k"] * np.abs(s["x"] - n["best"])
    return q * (n["yield"] - lost), q * n["steam"] * s["x"]


def _curved(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Steam per tonne rises with the load, with a part that is used at no load."""
    return q * n["yield"], n["idle"] + q * n["steam"] + n["bend"] * q**2 + 0.0 * s["x"]


def _curved_set(
    q: Array, s: Mapping[str, Array], n: Mapping[str, float]
) -> tuple[Array, Array]:
    """Load and setting both curved, and coupled."""
    yields = n["yield"] - n["k"] * (s["x"] - n["best"]) ** 2
    return q * yields, q * n["steam"] * s["x"] + n["bend"] * q**2


LAWS: Mapping[str, tuple[Law, bool]] = {
    "quadratic": (_quadratic, True),
    "ratio": (_ratio, True),
    "coupled": (_coupled, True),
    "flat": (_flat, True),
    "jump": (_jump, True),
    "roof": (_roof, True),
    "curved": (_curved, False),
    "curved_set": (_curved_set, False),
}


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a toy."""
    law, linear = LAWS[str(unit.recipe.get("form", "quadratic"))]
    numbers = {k: float(v) for k, v in unit.recipe.get("numbers", {}).items()}

    def run(case: Case) -> Outcome:
        q = case.duty["ore"]
        metal, steam = law(q, case.setting, numbers)
        safe = np.where(q > 0.0, q, 1.0)
        return Outcome(
            {"ore": -q, "steam": -steam, "metal": metal},
            {"throughput": q},
            {"steam_per_t": np.where(q > 0.0, steam / safe, 0.0)},
        )

    return Process(
        kind="toy",
        duties=(Duty("ore", "t", "ore", "ore"),),
        ports=(Port("ore", "t", -1), Port("steam", "t", -1), Port("metal", "t", 1)),
        function=run,
        settings=(
            Setting("x", "", float(unit.recipe.get("x", 5.0)), 0.0, 10.0),
            Setting("y", "", 5.0, 0.0, 10.0),
        ),
        limits={"throughput": "t"},
        linear=linear,
    )


def _example() -> Chain:
    return example_chain((), toy("example", "flat", {"yield": 1.0, "steam": 1.0}))


KINDS = {"toy": Kind("toy", bind, _example)}


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toys known for one test."""
    monkeypatch.setitem(registry._MODULES, "toy", "tests.plan.toys")  # type: ignore[index]


def toy(name: str, form: str, numbers: Mapping[str, float], **fields: object) -> Unit:
    """Return a toy unit that makes metal from ore, at most 100 t a month."""
    base: dict[str, object] = {
        "id": name,
        "name": "炉",
        "name_en": name,
        "kind": "toy",
        "centre": "works",
        "place": "works",
        "feed": ["ore"],
        "ports": {"metal": "metal", "steam": "steam"},
        "recipe": {"form": form, "numbers": dict(numbers)},
        "free": {"x": {}},
        "limits": {"throughput": "100 t/month"},
    }
    return Unit(**(base | fields))  # type: ignore[arg-type]


def works(
    *units: Unit,
    ore: float = 20.0,
    steam: float = 10.0,
    metal: float = 200.0,
    most: str | None = None,
    stores: tuple[Store, ...] = (),
) -> Network:
    """Return a works that buys ore and steam and sells metal."""

    def good(id_: str, group: str) -> Material:
        return Material(id=id_, name=id_, name_en=id_, group=group)  # type: ignore[arg-type]

    def buy(id_: str, price: float) -> Purchase:
        return Purchase(id=id_, name=id_, name_en=id_, centre="trade",
                        good=f"{id_}@works", price=f"{price} CNY/t")  # type: ignore[arg-type]  # fmt: skip

    sale = Sale(id="metal", name="m", name_en="metal", centre="trade",
                goods=["metal@works"], price=f"{metal} CNY/t", max=most)  # type: ignore[arg-type]  # fmt: skip
    chain = Chain(
        group=Group(id="g", name="组", name_en="group", first_period="2026-05"),
        centres=(
            Centre(id="g", name="组", name_en="group", level="group"),
            Centre(id="works", name="厂", name_en="works", level="plant", parent="g"),
            Centre(id="trade", name="贸", name_en="trade", level="plant", parent="g"),
        ),
        places=(Place(id="works", name="厂", name_en="works", centre="works"),),
        materials=(
            good("ore", "ore"),
            good("steam", "steam"),
            good("metal", "product"),
        ),
        units=units,
        purchases=(buy("ore", ore), buy("steam", steam)),
        sales=(sale,),
        stores=stores,
    )
    return network(chain)


def known(net: Network, periods: int = 1, **prices: object) -> Conditions:
    """Return conditions with prices per period given as ``buy_steam=[...]``."""
    made = conditions(net.chain, horizon(period("2026-05"), periods), known_until=None)
    price = dict(made.price)
    for name, values in prices.items():
        key = name.replace("_", ":", 1)
        price[key] = np.broadcast_to(np.asarray(values, float), (periods,)).copy()
    return Conditions(made.periods, price, made.availability, made.opening)
