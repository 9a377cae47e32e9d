"""How the plan of a group with pools grows: months, pools, users.

Run ``python benchmarks/pools_plan.py [--months 12] [--pools 1 2 4] [--no-scip]``: each
line is a JSON object with seconds, margin, bound and gap. The group: yards of three
ores each, every yard feeding two lines with their own limits, all lines sharing one
supply of ore, each month on its own but for that supply.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material, QualityLimit
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.pools.result import PoolSettings
from orebook.process.network import network

ORES = {"a": (0.05, 470.0), "b": (0.085, 360.0), "c": (0.11, 300.0)}


def group(pools: int) -> Chain:
    """Return a group with some yards, each feeding two customers.

    Parameters
    ----------
    pools : int
        Number of yards [-].
    """
    centre = {"centre": "g"}
    return Chain(
        group=Group(id="g", name="团", name_en="group", first_period="2026-01"),
        centres=(Centre(id="g", name="团", name_en="group", level="group"),),
        places=(Place(id="yard", name="场", name_en="yard", **centre),),
        materials=tuple(_materials(pools)),
        units=tuple(_yard(k) for k in range(pools)),
        purchases=tuple(
            Purchase(
                id=f"buy-{name}", name=name, name_en=name, good=f"{name}@yard",
                price=f"{price} CNY/t", max=f"{70.0 * pools} t/month", **centre,
            )
            for name, (_, price) in ORES.items()
        ),
        sales=tuple(one for k in range(pools) for one in _lines(k)),
    )  # fmt: skip


def _materials(pools: int) -> Iterator[Material]:
    for name, (silica, _) in ORES.items():
        assay = {"SiO2": silica}
        yield Material(id=name, name=name, name_en=name, group="ore", assay=assay)
    for k in range(pools):
        name = f"mix-{k}"
        yield Material(id=name, name=name, name_en=name, group="ore", mixed=True)


def _yard(k: int) -> Unit:
    return Unit(
        id=f"yard-{k}",
        name="场",
        name_en="yard",
        kind="mix",
        centre="g",
        place="yard",
        feed=list(ORES),
        ports={"product": f"mix-{k}"},
        limits={"throughput": "110 t/month"},
    )


def _lines(k: int) -> Iterator[Sale]:
    for n, (price, silica) in enumerate(((520.0, 0.06), (455.0, 0.08))):
        yield Sale(
            id=f"line-{k}-{n}",
            name="线",
            name_en="line",
            centre="g",
            goods=[f"mix-{k}@yard"],
            price=f"{price + 5 * k} CNY/t",
            max=f"{60 + 3 * k} t/month",
            spec=[QualityLimit(of="SiO2", max=silica + 0.002 * k)],
        )


def main() -> None:
    """Plan each size and print one line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, nargs="+", default=[1, 12])
    parser.add_argument("--pools", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--no-scip", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="one month, one pool")
    given = parser.parse_args()
    if given.smoke:
        given.months, given.pools, given.seconds = [1], [1], 5.0
    settings = PoolSettings(
        seconds=given.seconds, certify="none" if given.no_scip else "auto"
    )
    for pools in given.pools:
        for months in given.months:
            chain = group(pools)
            periods = horizon(period("2026-01"), months)
            known = conditions(chain, periods, known_until=None)
            begun = perf_counter()
            plan = make_plan(network(chain), known, pools=settings)
            assert plan.pools is not None
            row = {
                "pools": pools,
                "months": months,
                "rows": plan.assembly.problem.shape[0],
                "seconds": round(perf_counter() - begun, 2),
                "margin_cny": plan.margin,
                "bound_cny": plan.pools.bound,
                "gap": plan.pools.gap,
                "certified": plan.pools.certified,
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
