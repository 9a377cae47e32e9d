"""Berth: a lot occupies it for the time of its tonnes and for its turnaround."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_content, nominal
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Port,
    Process,
    Setting,
)
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind

SETTINGS = (
    Setting("unloading_rate", "t/h", 2000.0, 100.0, 10000.0),
    Setting("lot_size", "t", 60000.0, 1000.0, 400000.0),
    Setting("turnaround", "h", 12.0, 0.0, 120.0),
    Setting("handling_loss", "", 0.002, 0.0, 0.05, prior_sd=0.001),
)


@dataclass(frozen=True, slots=True)
class _Handling:
    """Feeds pass unchanged but for a loss; shared by berth and conveyor."""

    feeds: tuple[str, ...]
    outputs: tuple[str, ...]
    nominal: Content

    def flows(self, case: Case) -> tuple[dict[str, Array], Content, Array]:
        """Return flows, contents and total moved [t]."""
        kept = 1.0 - case.setting["handling_loss"]
        flows: dict[str, Array] = {}
        content = {}
        for feed, output in zip(self.feeds, self.outputs, strict=True):
            own = {**self.nominal[feed], **case.content.get(feed, {})}
            flows[feed] = -case.duty[feed]
            flows[output] = case.duty[feed] * kept
            content[feed] = content[output] = own
        total = sum((case.duty[f] for f in self.feeds), np.zeros(()))
        mass = sum(
            (case.duty[f] * content[f]["mass"] for f in self.feeds), np.zeros(())
        )
        flows["handling_loss"] = mass * (1.0 - kept)
        content["handling_loss"] = {"mass": np.asarray(1.0)}
        return flows, content, total

    def berth(self, case: Case) -> Outcome:
        """Load of the berth [h] = tonnes / rate + lots x turnaround."""
        flows, content, total = self.flows(case)
        lots = total / case.setting["lot_size"]
        hours = (
            total / case.setting["unloading_rate"] + lots * case.setting["turnaround"]
        )
        loads = {"berth_hours": hours, "throughput": total}
        return Outcome(flows, loads, {"lots": lots}, content)


def handling(
    unit: Unit, chain: Chain
) -> tuple[_Handling, tuple[Duty, ...], tuple[Port, ...]]:
    """Return the shared parts of units that move feeds from one place to another.

    The outputs lie at ``recipe.to``; a feed ``ore`` leaves through ``ore_out``.
    """
    if not unit.feed:
        raise InputError(
            f"unit '{unit.id}' ({unit.kind}) moves nothing; add feed = [...]"
        )
    to = unit.recipe.get("to")
    if not isinstance(to, str) or to not in chain.place:
        raise InputError(
            f"unit '{unit.id}' ({unit.kind}): recipe.to = {to!r} is not a place; "
            f"name one of {', '.join(sorted(chain.place))}"
        )
    contents = feed_content(unit, chain)
    feeds = tuple(contents)
    outputs = tuple(f"{f}_out" for f in feeds)
    for feed in feeds:
        nominal(chain, good(feed, unit.place).material)
    units = tuple(chain.material[f].unit for f in feeds)
    duties = tuple(Duty(f, u, f, f) for f, u in zip(feeds, units, strict=True))
    ports = (
        *(Port(f, u, -1) for f, u in zip(feeds, units, strict=True)),
        *(Port(o, u, 1) for o, u in zip(outputs, units, strict=True)),
        Port("handling_loss", "t", 1),
    )
    return _Handling(feeds, outputs, contents), duties, ports


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a berth."""
    physics, duties, ports = handling(unit, chain)
    return Process(
        kind="berth",
        duties=duties,
        ports=ports,
        function=physics.berth,
        settings=SETTINGS,
        limits={"berth_hours": "h", "throughput": "t"},
        conserves=("mass",),
    )


def example_handling(kind: str) -> Chain:
    """Return a chain with one berth or conveyor."""
    ore = Material(
        id="bauxite",
        name="铝土矿",
        name_en="bauxite",
        group="ore",
        assay={"Al2O3": 0.48},
    )
    power = Material(id="power", name="电", name_en="power", group="power", unit="MWh")
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind=kind,
        centre="group",
        place="plant",
        feed=["bauxite"],
        recipe={"to": "away"},
    )
    return example_chain((ore, power), unit)


KINDS = {"berth": Kind("berth", bind, lambda: example_handling("berth"))}
