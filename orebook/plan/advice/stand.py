"""A unit where it stands in a plan: its duty, its product, and what all is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.plan.accounts import Month, PriceSet, charges
from orebook.plan.blocks.work import per_period
from orebook.plan.conditions import feeds_told
from orebook.plan.result import Plan
from orebook.process.contract import Case, Content, Outcome, Process
from orebook.process.network import Network

__all__ = ["Stand", "stand_of"]

FloatArray = npt.NDArray[np.float64]
EXACT = 1e-12
"""The product is held to this share of its amount [-]."""
ROUNDS = 40
"""Corrections of the duty before a product counts as out of reach [-]."""


@dataclass(frozen=True)
class Stand:
    """A unit in one period of a plan.

    Parameters
    ----------
    unit, process : Unit, Process
        The unit and its physics.
    duty : mapping
        Duty by name [duty unit].
    content : mapping
        Content of its feeds where it differs from nominal.
    setting : mapping
        All its settings as they are today.
    product : str
        Port of its main product.
    output : float
        Amount of it, which the customers downstream need [port unit].
    worth : mapping
        Port to money per unit that comes out, internal price less charges for common
        limits; absent ports are worth nothing [CNY/port unit].
    rent : mapping
        Limit to what one unit of load costs the group [CNY/limit unit].
    most, least : mapping
        Limit to the load it allows and the load it must have [limit unit].
    """

    unit: Unit
    process: Process
    duty: Mapping[str, float]
    content: Content
    setting: Mapping[str, float]
    product: str
    output: float
    worth: Mapping[str, float]
    rent: Mapping[str, float]
    most: Mapping[str, float]
    least: Mapping[str, float]

    def run(self, setting: Mapping[str, FloatArray]) -> tuple[Outcome, FloatArray]:
        """Return what it does at settings, its product held, and the duty's factor.

        Parameters
        ----------
        setting : mapping
            Settings that differ from today, each of shape (cases,).

        Raises
        ------
        InputError
            If no duty yields the product at some settings.

        Notes
        -----
        The duty is multiplied by (needed over made) until the product is right: once
        for a process in proportion to its duty, a few times for any other.
        """
        chosen = _arrays({**self.setting, **setting})
        factor = np.ones(np.broadcast_shapes(*(np.shape(v) for v in chosen.values())))
        for _ in range(ROUNDS):
            duty = {name: amount * factor for name, amount in self.duty.items()}
            outcome = self.process.run(Case(duty, self.content, chosen))
            made = np.broadcast_to(outcome.flows[self.product], factor.shape)
            if not np.all(np.isfinite(made) & (made > 0.0)):
                break
            if np.all(np.abs(made / self.output - 1.0) <= EXACT):
                return outcome, factor
            factor = factor * self.output / made
        raise InputError(
            f"unit '{self.unit.id}': no duty yields {self.output:g} of its product "
            f"'{self.product}' at some of the settings tried; narrow their ranges"
        )

    def cost(self, outcome: Outcome, factor: FloatArray) -> FloatArray:
        """Return what the product costs: all but the product at internal prices [CNY].

        Parameters
        ----------
        outcome : Outcome
            What the unit does.
        factor : array of float, shape (cases,)
            Duty over today's duty [-].

        Notes
        -----
        In the plan itself a unit that runs between its limits earns nothing above the
        rents it loads: its product costs exactly its internal price.
        """
        total = np.zeros(factor.shape)
        for port, worth in self.worth.items():
            if port != self.product and port in outcome.flows:
                total = total - worth * outcome.flows[port]
        for name, rent in self.rent.items():
            total = total + rent * outcome.loads[name]
        if self.unit.cost is not None:
            for duty in self.process.duties:
                price = self.unit.cost.to(f"CNY/{duty.unit}")
                total = total + price * self.duty[duty.name] * factor
        return np.asarray(total, np.float64)


def stand_of(
    plan: Plan,
    unit: str,
    *,
    period: int = 0,
    actual: Month | None = None,
    fed: Content | None = None,
) -> Stand | None:
    """Return where a unit stands, None where it stands still.

    Parameters
    ----------
    plan : Plan
        Gives prices, rents and, without an actual month, the duty.
    unit : str
        Its id.
    period : int
        Which period of the plan [-].
    actual : Month, optional
        A month that really was: its duties count then.
    fed : mapping, optional
        Content of the feeds in that month.
    """
    net, conditions = plan.network, plan.assembly.conditions
    entry, process = net.chain.unit[unit], net.processes[unit]
    duties = {k: float(v[period]) for k, v in plan.duties[unit].items()}
    content: Content = _at(feeds_told(conditions, net, unit), period)
    if actual is not None:
        duties = {k: actual.duties[f"{unit}:{k}"] for k in duties}
        content = fed or content
    if not any(amount > 0.0 for amount in duties.values()):
        return None
    setting = {s.name: s.default for s in process.settings}
    for name, value in net.setting_of(conditions.setting, unit).items():
        if name not in _free(
            net, entry, process
        ):  # what the plan chose is not what stands today
            setting[name] = float(np.broadcast_to(value, len(plan.periods))[period])
    prices = plan.prices_of(period)
    worth = _worth(plan, unit, prices)
    case = Case(
        {k: np.asarray(v) for k, v in duties.items()}, content, _arrays(setting)
    )
    outcome = process.run(case)
    product = _product(unit, process, outcome, worth)
    most, least = _loads(plan, entry, process, period)
    return Stand(
        entry,
        process,
        duties,
        content,
        setting,
        product,
        float(outcome.flows[product]),
        worth,
        _rents(plan, entry, period),
        most,
        least,
    )


def _arrays(values: Mapping[str, float | FloatArray]) -> dict[str, FloatArray]:
    return {name: np.asarray(value, np.float64) for name, value in values.items()}


def _at(content: Content, period: int) -> Content:
    """Return the content of one period."""
    return {
        port: {
            name: np.asarray(np.ravel(value)[min(period, np.size(value) - 1)])
            for name, value in parts.items()
        }
        for port, parts in content.items()
    }


def _worth(plan: Plan, unit: str, prices: PriceSet) -> dict[str, float]:
    charge = charges(plan.network, prices)
    return {
        s.port: prices.internal[s.balance] - s.sign * charge.get(s.id, 0.0)
        for s in plan.network.of(unit)
    }


def _product(
    unit: str, process: Process, outcome: Outcome, worth: Mapping[str, float]
) -> str:
    """Return the port the physics call so, that tells the duty, or earns most."""
    made = [p.name for p in process.ports if p.sign > 0 and p.name in worth]
    made = [p for p in made if float(outcome.flows.get(p, np.zeros(()))) > 0.0]
    if not made:
        raise InputError(
            f"unit '{unit}' makes nothing that is priced; expected a product; bind a "
            "port it produces at to a material"
        )
    if process.product in made:
        return process.product
    told = [d.read_at for d in process.duties if d.read_at in made]
    if len(set(told)) == 1 and told[0] is not None:
        return told[0]
    return max(made, key=lambda p: worth[p] * float(outcome.flows[p]))


def _rents(plan: Plan, unit: Unit, period: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for rent in plan.rents:
        name = rent.subject.partition(":")
        if rent.kind == "capacity" and name[0] == unit.id:
            found[name[2]] = found.get(name[2], 0.0) + float(rent.worth[period])
        if rent.kind == "minimum" and rent.subject == unit.id:
            first = next(iter(unit.limits))
            found[first] = found.get(first, 0.0) + float(rent.worth[period])
    return found


def _loads(
    plan: Plan, unit: Unit, process: Process, period: int
) -> tuple[dict[str, float], dict[str, float]]:
    conditions = plan.assembly.conditions
    share = float(np.ravel(conditions.availability[unit.id])[period])
    span: Sequence[object] = (conditions.periods[period],)
    most = {
        name: share * float(per_period(limit, process.limits[name], span)[0])  # type: ignore[arg-type]
        for name, limit in unit.limits.items()
    }
    first = next(iter(most), None)
    least = {first: unit.minimum * most[first]} if first and unit.minimum > 0 else {}
    return most, least


def _free(net: Network, entry: Unit, process: Process) -> set[str]:
    """Return the settings the plan may choose, those shared from another unit too."""
    found = set(entry.free)
    for s in process.settings:
        if s.shared is not None and s.name in net.chain.unit[s.shared].free:
            found.add(s.name)
    return found
