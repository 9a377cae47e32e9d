"""From a case of the book to what is new in a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from orebook.chain.case import (
    Case,
    CaseDelay,
    CaseDraw,
    CaseLimit,
    CaseOutage,
    CasePrice,
    CaseSpec,
    layers,
)
from orebook.chain.chain import Chain, good
from orebook.chain.plant import Outage
from orebook.chain.read_cases import read_cases
from orebook.chain.trade import Purchase, Sale
from orebook.errors import InputError
from orebook.plan.conditions import FloatArray
from orebook.plan.replan_changes import (
    Changes,
    Delay,
    NewPrice,
    NewSpec,
    check_changes,
)
from orebook.plan.replan_limits import NewLimit, known_name, subjects, unit_of
from orebook.plan.result import Plan
from orebook.process.network import Network
from orebook.quantity import Measure, rate

__all__ = [
    "Overlay",
    "beside_level",
    "joined",
    "overlay",
    "read_overlays",
    "series_prices",
]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A named set of changes to a plan.

    Parameters
    ----------
    id, name, name_en : str
        Its id, Chinese and English name.
    changes : Changes
        What is new against the plan.
    """

    id: str
    name: str
    name_en: str
    changes: Changes


def read_overlays(folder: Path, network: Network) -> dict[str, Case]:
    """Read and check the cases of a book.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    network : Network
        Its chain and physics.

    Returns
    -------
    dict of str to Case
        By name.

    Raises
    ------
    BookError
        With every mistake in the cases, each with file and line.
    """
    units = {s: unit_of(network, s) for s in subjects(network.chain)}
    return read_cases(folder, network.chain, units)


def overlay(plan: Plan, case: Case, cases: Mapping[str, Case]) -> Overlay:
    """Return what a case, with all it builds on, changes in a plan.

    Parameters
    ----------
    plan : Plan
        The plan it is laid over.
    case : Case
        The case.
    cases : mapping
        All cases by id.

    Returns
    -------
    Overlay
        Changes in the order of the files, the base first.

    Raises
    ------
    InputError
        If it names a period or limit the plan does not have; says which case.
    """
    changes = Changes()
    try:
        for layer in layers(case, dict(cases)):
            changes = joined([changes, _changes(plan, layer, changes.prices)])
        check_changes(plan, changes)
    except InputError as error:
        raise InputError(f"case '{case.id}': {error}") from error
    return Overlay(case.id, case.head.name, case.head.name_en, changes)


def joined(parts: Iterable[Changes]) -> Changes:
    """Return several changes as one, the later ones after the earlier.

    Parameters
    ----------
    parts : iterable of Changes
        In order; none moves the horizon.

    Examples
    --------
    >>> first = Changes(prices=(NewPrice("sell:al", factor=0.9),))
    >>> both = joined([first, Changes(stocks={"silo": 5.0})])
    >>> both.groups
    ('prices', 'stocks')
    """
    found = Changes()
    for part in parts:
        found = replace(
            found,
            prices=(*found.prices, *part.prices),
            outages=(*found.outages, *part.outages),
            stocks={**found.stocks, **part.stocks},
            delays=(*found.delays, *part.delays),
            specs=(*found.specs, *part.specs),
            limits=(*found.limits, *part.limits),
        )
    return found


def _changes(plan: Plan, case: Case, before: Sequence[NewPrice]) -> Changes:
    chain = plan.network.chain
    price = {k: np.array(v) for k, v in plan.assembly.conditions.price.items()}
    for earlier in before:
        _apply(plan, price, earlier)
    prices: list[NewPrice] = []
    for entry in case.prices:
        for new in _prices(plan, entry, price):
            _apply(plan, price, new)
            prices.append(new)
    return Changes(
        prices=tuple(prices),
        outages=tuple(map(_outage, case.outages)),
        stocks={s.store: s.amount.to(_store_unit(chain, s.store)) for s in case.stocks},
        delays=tuple(_delay(chain, d) for d in case.delays),
        specs=tuple(x for s in case.specs for x in _specs(s)),
        limits=(
            *(_limit(plan.network, x) for x in case.limits),
            *(_draw(plan.network, x) for x in case.draws),
        ),
    )


def _apply(plan: Plan, price: dict[str, FloatArray], new: NewPrice) -> None:
    here = np.array([not new.periods or p.name in new.periods for p in plan.periods])
    base = price[new.contract]
    value = base if new.value is None else np.full_like(base, new.value)
    price[new.contract] = np.where(here, value * new.factor, base)


def _prices(
    plan: Plan, entry: CasePrice, price: Mapping[str, FloatArray]
) -> Iterable[NewPrice]:
    periods = tuple(entry.periods)
    if entry.contract is not None:
        unit = _contract_unit(plan.network.chain, entry.contract)
        value = None if entry.price is None else entry.price.to(f"CNY/{unit}")
        yield NewPrice(entry.contract, value, entry.factor, periods)
        return
    series = plan.network.chain.series[entry.series or ""]
    value = None if entry.price is None else entry.price.to(series.unit)
    names = [p.name for p in plan.periods]
    for name in periods:
        known_name("period", name, names)
    grouped: dict[tuple[str, float], list[str]] = {}
    for t in (t for t, n in enumerate(names) if not periods or n in periods):
        for new in series_prices(
            plan, series.id, period=t, value=value, factor=entry.factor, price=price
        ):
            key = new.contract, float(new.value or 0.0)
            grouped.setdefault(key, []).append(names[t])
    for (contract, level), where in grouped.items():
        everywhere = len(where) == len(names)
        yield NewPrice(contract, level, periods=() if everywhere else tuple(where))


def series_prices(
    plan: Plan,
    series: str,
    *,
    period: int,
    value: float | None = None,
    factor: float = 1.0,
    price: Mapping[str, FloatArray] | None = None,
) -> tuple[NewPrice, ...]:
    """Return what every contract on a series costs where the series moves.

    Parameters
    ----------
    plan : Plan
        Gives the prices so far.
    series : str
        Id of the series.
    period : int
        Place of the period in the horizon [-].
    value : float, optional
        New level [unit of the series]; None keeps what the prices so far imply.
    factor : float
        Multiplies the level [-].
    price : mapping, optional
        Prices to start from instead of the plan's [CNY/unit].

    Returns
    -------
    tuple of NewPrice
        One each contract, with its own factor, premium and freight.

    Notes
    -----
    A contract costs ``factor * level + premium ± freight``; only the level moves.
    """
    chain = plan.network.chain
    known = plan.assembly.conditions.price if price is None else price
    name = plan.periods[period].name
    found = []
    families: tuple[tuple[str, Sequence[Purchase | Sale]], ...]
    families = (("buy", chain.purchases), ("sell", chain.sales))
    for kind, family in families:
        for contract in family:
            if contract.series != series:
                continue
            key = f"{kind}:{contract.id}"
            aside = beside_level(chain, key, contract)
            moving = float(known[key][period]) - aside
            if value is not None:
                moving = value * contract.factor
            found.append(NewPrice(key, moving * factor + aside, periods=(name,)))
    return tuple(found)


def beside_level(chain: Chain, key: str, contract: Purchase | Sale) -> float:
    """Return what a contract costs besides the level of its series [CNY/unit].

    Parameters
    ----------
    chain : Chain
        The book.
    key : str
        ``buy:ID`` or ``sell:ID``.
    contract : Purchase or Sale
        The contract of that name; freight is paid by us, so it lowers a sale.
    """
    per = f"CNY/{_contract_unit(chain, key)}"
    premium = 0.0 if contract.premium is None else contract.premium.to(per)
    freight = 0.0 if contract.freight is None else contract.freight.to(per)
    return premium + (freight if key.startswith("buy:") else -freight)


def _outage(entry: CaseOutage) -> Outage:
    return Outage.model_validate(entry.model_dump())


def _delay(chain: Chain, entry: CaseDelay) -> Delay:
    unit = _contract_unit(chain, entry.contract)
    return Delay(entry.contract, entry.amount.to(unit), entry.since, entry.until)


def _specs(entry: CaseSpec) -> Iterable[NewSpec]:
    for side, value in (("max", entry.max), ("min", entry.min)):
        if value is not None:
            yield NewSpec(entry.sale, entry.of, side, value.to(""))


def _limit(network: Network, entry: CaseLimit) -> NewLimit:
    new = NewLimit(
        entry.subject, entry.side, factor=entry.factor, periods=tuple(entry.periods)
    )
    return _valued(network, new, entry.value)


def _draw(network: Network, entry: CaseDraw) -> NewLimit:
    new = NewLimit(
        f"draw:{entry.draw}",
        "amount",
        factor=entry.factor,
        periods=tuple(entry.periods),
    )
    return _valued(network, new, entry.amount)


def _valued(network: Network, new: NewLimit, value: Measure | None) -> NewLimit:
    if value is None:
        return new
    unit = unit_of(network, new.subject)
    if new.subject.startswith("store:"):
        return replace(new, value=value.to(unit))
    found = rate(f"{value.number!r} {value.unit}", unit)
    return replace(new, value=found.amount, per=found.per)


def _store_unit(chain: Chain, store: str) -> str:
    found = next(s for s in chain.stores if s.id == store)
    return chain.material[good(found.good).material].unit


def _contract_unit(chain: Chain, key: str) -> str:
    kind, _, id_ = key.partition(":")
    if kind == "buy":
        text = next(p.good for p in chain.purchases if p.id == id_)
    else:
        text = next(s.goods[0] for s in chain.sales if s.id == id_)
    return chain.material[good(text).material].unit
