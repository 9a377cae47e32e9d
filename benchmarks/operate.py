"""Plan of the example with free settings: seconds, steps and linear programmes.

Six settings are freed in a copy of the book: the current of both potlines, one of the
circuit of each of two refineries and a second one of the port refinery, and a setting
with a real trade-off in a recipe. Prints JSON.

    python benchmarks/operate.py [--periods 12] [--first 2026-05]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.plant import Span, Unit
from orebook.chain.read import read_book
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.process.network import network

EXAMPLE = Path(__file__).parents[1] / "examples" / "guangxi"
FREE: Mapping[str, tuple[str, str, str]] = {
    "sc-potline-1": ("current", "380 kA", "415 kA"),
    "sc-potline-2": ("current", "380 kA", "415 kA"),
    "mr-digest": ("digestion_ratio", "1.39", "1.50"),
    "pr-precip-1": ("last_temperature", "48 degC", "53 degC"),
    "pr-evap-1": ("test_tank_caustic", "160 g/L", "170 g/L"),
}
"""Unit to a setting of its physics and its range."""
RECIPES = {
    "mr-wash-1": ("", "1", "0.8", "1.2", {
        "washed-high": "0.03 t/t", "water": "0.8 m3/t", "power": "9 kWh/t"}),
}  # fmt: skip
"""Unit to setting unit, book value and range, and what one unit of it changes."""


def freed(chain: Chain) -> Chain:
    """Return the book with six settings the plan may choose."""
    return chain.model_copy(update={"units": tuple(_freed(u) for u in chain.units)})


def _freed(unit: Unit) -> Unit:
    if unit.id in FREE:
        name, low, high = FREE[unit.id]
        span = Span.model_validate({"low": low, "high": high})
        return unit.model_copy(update={"free": {name: span}})
    if unit.id not in RECIPES:
        return unit
    of, book, low, high, changes = RECIPES[unit.id]
    setting = {"unit": of, "default": _measure(book, of), "low": _measure(low, of),
               "high": _measure(high, of)}  # fmt: skip
    deltas = [
        {"port": port, "on": "setting:severity", "reference": _measure(book, of),
         "change": change, "per": _measure("1", of)}
        for port, change in changes.items()
    ]  # fmt: skip
    recipe = unit.recipe | {
        "settings": {"severity": setting},
        "deltas": [*unit.recipe.get("deltas", []), *deltas],
    }
    return unit.model_copy(update={"recipe": recipe, "free": {"severity": Span()}})


def _measure(number: str, unit: str) -> str | float:
    return f"{number} {unit}" if unit else float(number)


def main() -> None:
    """Plan with and without the free settings."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--first", default="2026-05")
    parser.add_argument("--smoke", action="store_true", help="two periods only")
    given = parser.parse_args()
    given.periods = 2 if given.smoke else given.periods
    chain = read_book(EXAMPLE)
    found: dict[str, object] = {"periods": given.periods}
    for name, book in (("fixed", chain), ("free", freed(chain))):
        net = network(book)
        known = conditions(book, horizon(period(given.first), given.periods),
                           known_until="2026-04")  # fmt: skip
        clock = perf_counter()
        plan = make_plan(net, known)
        spent = perf_counter() - clock
        found[name] = {"margin": plan.margin, "seconds": round(spent, 3),
                       "steps": dict(plan.seconds)}  # fmt: skip
        if plan.operating is not None:
            o = plan.operating
            found[name] |= {  # type: ignore[operator]
                "status": o.status, "iterations": o.iterations, "solves": o.solves,
                "gap": None if o.gap is None else o.gap.to_dict(),
                "summary": o.summary("en"),
            }  # fmt: skip
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
