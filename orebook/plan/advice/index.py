"""The indices a unit can be steered by, beside its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Chain
from orebook.glossary.indices import Better, index_term
from orebook.plan.advice.stand import Stand
from orebook.process.content import nominal
from orebook.process.contract import Outcome
from orebook.process.network import port_balance

__all__ = ["ALIASES", "Index", "indices"]

FloatArray = npt.NDArray[np.float64]
Outcomes = Mapping[str, Outcome]
ENERGY = frozenset({"power", "steam", "fuel"})
ALIASES = ("energy", "emissions", "recovery", "quality")
"""Short names every unit is asked by; each stands for the first index that fits."""


@dataclass(frozen=True, slots=True)
class Index:
    """A figure to steer by.

    Parameters
    ----------
    name : str
        Name to ask by.
    unit : str
        Unit of the figure; empty for a pure number.
    better : {"lower", "higher"}
        Which direction is better.
    zh, en : str
        Name for the reader.
    value : callable
        Outcome by unit to the figure, shape (cases,).
    ports : mapping
        Unit to ports and weights whose flows alone give the figure per unit of main
        product; empty where flows do not tell it. Meters can tell it then.
    """

    name: str
    unit: str
    better: Better
    zh: str
    en: str
    value: Callable[[Outcomes], FloatArray]
    ports: Mapping[str, Mapping[str, float]]


def indices(chain: Chain, stands: Sequence[Stand], main: Stand) -> dict[str, Index]:
    """Return every index of some units by name.

    Parameters
    ----------
    chain : Chain
        The book, for materials and names.
    stands : sequence of Stand
        The units.
    main : Stand
        The one whose product all figures are related to.

    Returns
    -------
    dict
        ``energy`` and ``emissions`` over all units, every material by its id (net use
        or by-production per unit of product), ``recovery:COMPONENT``, ``yield``,
        ``quality:PORT:COMPONENT`` and the indicators the physics report (with the unit
        before a dot where there are several).
    """
    found: dict[str, Index] = {}
    for index in (
        *_materials(chain, stands, main),
        *_energy(chain, stands, main),
        *_recoveries(stands),
        *_qualities(chain, stands),
        *_indicators(chain, stands),
    ):
        found.setdefault(index.name, index)
    return found


def _per(
    main: Stand, weights: Mapping[str, Mapping[str, float]]
) -> Callable[[Outcomes], FloatArray]:
    """Return weighted flows per unit of the main product, which is held."""

    def value(outcomes: Outcomes) -> FloatArray:
        parts = [
            weight * outcomes[unit].flows[port]
            for unit, ports in weights.items()
            for port, weight in ports.items()
            if port in outcomes[unit].flows
        ]
        total: FloatArray = sum(parts, np.zeros(())) / main.output
        return total

    return value


def _material(chain: Chain, stand: Stand, port: str) -> str | None:
    balance = port_balance(stand.unit, port)
    return None if balance is None else balance.material


def _product_unit(main: Stand) -> str:
    return next(p.unit for p in main.process.ports if p.name == main.product)


def _materials(chain: Chain, stands: Sequence[Stand], main: Stand) -> Iterator[Index]:
    ports: dict[str, dict[str, dict[str, float]]] = {}
    for s in stands:
        for port in s.process.ports:
            material = _material(chain, s, port.name)
            if material is None or (s is main and port.name == main.product):
                continue
            ports.setdefault(material, {}).setdefault(s.unit.id, {})[port.name] = 1.0
    for material, weights in ports.items():
        entry = chain.material[material]
        used = _net(stands, weights) < 0.0
        bad = used or entry.group in ("emission", "waste")
        sign = -1.0 if used else 1.0
        signed = {u: {p: sign * w for p, w in by.items()} for u, by in weights.items()}
        yield Index(
            material,
            f"{entry.unit}/{_product_unit(main)}",
            "lower" if bad else "higher",
            f"单位产品{entry.name}",
            f"{entry.name_en} per unit of product",
            _per(main, signed),
            signed,
        )


def _net(stands: Sequence[Stand], weights: Mapping[str, Mapping[str, float]]) -> float:
    """Return what some ports bring today, less what they take."""
    total = 0.0
    for s in stands:
        if s.unit.id in weights:
            outcome, _ = s.run({})
            total += sum(
                weight * float(outcome.flows.get(port, np.zeros(())))
                for port, weight in weights[s.unit.id].items()
            )
    return total


def _energy(chain: Chain, stands: Sequence[Stand], main: Stand) -> Iterator[Index]:
    for name, groups in (("energy", ENERGY), ("emissions", frozenset({"emission"}))):
        weights: dict[str, dict[str, float]] = {}
        for s in stands:
            for port in s.process.ports:
                material = _material(chain, s, port.name)
                if material is None or chain.material[material].group not in groups:
                    continue
                if s is main and port.name == main.product:
                    continue
                weight = 1.0 if name == "emissions" else -_heat(chain, material)
                weights.setdefault(s.unit.id, {})[port.name] = weight
        if weights:
            term = index_term(name)
            assert term is not None
            unit = f"{term.unit}/{_product_unit(main)}"
            value = _per(main, weights)
            yield Index(name, unit, term.better, term.zh, term.en, value, weights)


def _heat(chain: Chain, material: str) -> float:
    return float(nominal(chain, material)["energy"])


def _recoveries(stands: Sequence[Stand]) -> Iterator[Index]:
    if len(stands) > 1:
        return  # what one unit recovers another feeds on
    stand = stands[0]
    feeds = [d.port for d in stand.process.duties if d.port is not None]
    feeds = list(dict.fromkeys(feeds))
    if not feeds:
        return
    outcome, _ = stand.run({})
    components = [
        c
        for c in outcome.content.get(stand.product, {})
        if c not in ("mass", "energy")
        and float(np.max(outcome.content[stand.product][c])) > 0.0
        and any(
            float(np.max(outcome.content.get(f, {}).get(c, 0.0))) > 0 for f in feeds
        )
    ]
    for component in components:
        yield _recovery(stand, feeds, component)
    if any(float(np.max(np.abs(outcome.flows.get(f, 0.0)))) > 0.0 for f in feeds):
        yield _recovery(stand, feeds, None)


def _recovery(stand: Stand, feeds: list[str], component: str | None) -> Index:
    unit = stand.unit.id

    def carried(outcome: Outcome, port: str) -> FloatArray:
        flow = np.abs(outcome.flows.get(port, np.zeros(())))
        if component is None:
            return np.asarray(flow)
        return np.asarray(flow * outcome.content[port].get(component, 0.0))

    def value(outcomes: Outcomes) -> FloatArray:
        outcome = outcomes[unit]
        fed: FloatArray = sum((carried(outcome, f) for f in feeds), np.zeros(()))
        safe = np.where(fed > 0.0, fed, np.nan)
        return np.asarray(carried(outcome, stand.product) / safe)

    term = index_term("yield" if component is None else "recovery")
    assert term is not None
    name = "yield" if component is None else f"recovery:{component}"
    mark = "" if component is None else f" {component}"
    of = {p.name: p.unit for p in stand.process.ports}
    measure = f"{of[stand.product]}/{of[feeds[0]]}" if component is None else ""
    return Index(
        name, measure, term.better, f"{term.zh}{mark}", f"{term.en}{mark}", value, {}
    )


def _qualities(chain: Chain, stands: Sequence[Stand]) -> Iterator[Index]:
    for s in stands:
        outcome, _ = s.run({})
        for port in s.process.ports:
            material = _material(chain, s, port.name)
            if port.sign < 0 or material is None:
                continue
            for component in outcome.content.get(port.name, {}):
                if component in ("mass", "energy"):
                    continue
                entry = chain.material[material]
                yield Index(
                    f"quality:{port.name}:{component}",
                    "",
                    "higher",
                    f"{entry.name}中 {component}",
                    f"{component} in {entry.name_en}",
                    _content(s.unit.id, port.name, component),
                    {},
                )


def _content(unit: str, port: str, component: str) -> Callable[[Outcomes], FloatArray]:
    return lambda outcomes: np.asarray(outcomes[unit].content[port][component])


def _indicators(chain: Chain, stands: Sequence[Stand]) -> Iterator[Index]:
    for s in stands:
        outcome, _ = s.run({})
        sign = {p.name: p.sign for p in s.process.ports}
        for name in outcome.indicators:
            port = name.removesuffix("_per_unit")
            if port != name and port in sign:
                continue  # a recipe's flow per duty: the material says it better
            term = index_term(name)
            several = len(stands) > 1
            zh, en = (name, name) if term is None else (term.zh, term.en)
            yield Index(
                f"{s.unit.id}.{name}" if several else name,
                "" if term is None or term.unit == "-" else term.unit,
                "higher" if term is None else term.better,
                f"{s.unit.name}{zh}" if several else zh,
                f"{s.unit.name_en}: {en}" if several else en,
                _indicator(s.unit.id, name),
                {},
            )


def _indicator(unit: str, name: str) -> Callable[[Outcomes], FloatArray]:
    return lambda outcomes: np.asarray(outcomes[unit].indicators[name])
