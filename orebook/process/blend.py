"""Mix and split: feeds become one material, or one feed is divided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_content, feed_port, nominal, require_ports
from orebook.process.contract import Array, Case, Content, Duty, Outcome, Port, Process
from orebook.process.recipe import example_chain
from orebook.process.registry import Kind


def bind_mix(unit: Unit, chain: Chain) -> Process:
    """Bind a mix: any feeds in, their sum out at ``ports.product``.

    The content of the product is the mass-weighted mean of the feeds.
    """
    require_ports(unit, ["product"])
    contents = feed_content(unit, chain)
    if not contents:
        raise InputError(f"unit '{unit.id}' mixes nothing; add feed = [...]")
    of = _one_unit(unit, chain)
    components = tuple(sorted({c for content in contents.values() for c in content}))
    physics = _Mix(tuple(contents), components, contents)
    ports = (*(Port(f, of, -1) for f in contents), Port("product", of, 1))
    return Process(
        kind="mix",
        duties=tuple(Duty(f, of, f, f) for f in contents),
        ports=ports,
        function=physics.run,
        limits={"throughput": of},
        conserves=components,
    )


@dataclass(frozen=True, slots=True)
class _Mix:
    feeds: tuple[str, ...]
    components: tuple[str, ...]
    nominal: Content

    def run(self, case: Case) -> Outcome:
        total = sum((case.duty[f] for f in self.feeds), np.zeros(()))
        content = {
            f: {**self.nominal[f], **case.content.get(f, {})} for f in self.feeds
        }
        safe = np.where(total == 0.0, 1.0, total)
        content["product"] = {
            c: sum(
                (case.duty[f] * content[f].get(c, np.zeros(())) for f in self.feeds),
                np.zeros(()),
            )
            / safe
            for c in self.components
        }
        flows: dict[str, Array] = {f: -case.duty[f] for f in self.feeds}
        flows["product"] = total
        return Outcome(flows, {"throughput": total}, {}, content)


def bind_split(unit: Unit, chain: Chain) -> Process:
    """Bind a split: one feed, one duty per bound port; the plan chooses the shares."""
    if len(unit.feed) != 1 or not unit.ports:
        raise InputError(
            f"unit '{unit.id}' (kind split) needs exactly one feed and at least one "
            f"port, got {len(unit.feed)} and {len(unit.ports)}; correct the unit"
        )
    feed = feed_port(unit.feed[0])
    if feed in unit.ports:
        raise InputError(
            f"unit '{unit.id}': a port cannot have the name of the feed '{feed}'; "
            "rename the port"
        )
    of = _one_unit(unit, chain)
    contents = feed_content(unit, chain)
    physics = _Split(feed, tuple(unit.ports), contents)
    return Process(
        kind="split",
        duties=tuple(Duty(p, of, feed, p) for p in unit.ports),
        ports=(Port(feed, of, -1), *(Port(p, of, 1) for p in unit.ports)),
        function=physics.run,
        limits={"throughput": of},
        conserves=tuple(contents[feed]),
    )


@dataclass(frozen=True, slots=True)
class _Split:
    feed: str
    outputs: tuple[str, ...]
    nominal: Content

    def run(self, case: Case) -> Outcome:
        total = sum((case.duty[p] for p in self.outputs), np.zeros(()))
        own = {**self.nominal[self.feed], **case.content.get(self.feed, {})}
        flows: dict[str, Array] = {p: case.duty[p] for p in self.outputs}
        flows[self.feed] = -total
        content = dict.fromkeys((self.feed, *self.outputs), own)
        return Outcome(flows, {"throughput": total}, {}, content)


def _one_unit(unit: Unit, chain: Chain) -> str:
    materials = [
        good(g, unit.place).material for g in (*unit.feed, *unit.ports.values())
    ]
    for material in materials:
        nominal(chain, material)
    units = {chain.material[m].unit for m in materials}
    if len(units) != 1:
        raise InputError(
            f"unit '{unit.id}' (kind {unit.kind}) joins materials counted in "
            f"{', '.join(sorted(units))}; all must share one unit"
        )
    return str(units.pop())


_ORES = (
    Material(
        id="rich",
        name="富矿",
        name_en="rich ore",
        group="ore",
        assay={"Al2O3": 0.6, "SiO2": 0.06},
    ),
    Material(
        id="lean",
        name="贫矿",
        name_en="lean ore",
        group="ore",
        assay={"Al2O3": 0.52, "SiO2": 0.11},
    ),
    Material(id="blend", name="配矿", name_en="ore blend", group="ore"),
)


def _mix_example() -> Chain:
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind="mix",
        centre="group",
        place="plant",
        feed=["rich", "lean"],
        ports={"product": "blend"},
    )
    return example_chain(_ORES, unit)


def _split_example() -> Chain:
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind="split",
        centre="group",
        place="plant",
        feed=["rich"],
        ports={"north": "rich@plant", "south": "rich@away"},
    )
    return example_chain(_ORES, unit)


KINDS = {
    "mix": Kind("mix", bind_mix, _mix_example),
    "split": Kind("split", bind_split, _split_example),
}
