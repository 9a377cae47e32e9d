"""Power and steam of a plan: bought, made, used, moved, shed, and what each is worth.

A view over a solved plan; it decides nothing. Goods of the group ``power`` count as
power, those of the group ``steam`` as steam.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from orebook.chain.chain import Balance, good
from orebook.chain.material import HOURS_PER_DAY
from orebook.errors import InputError
from orebook.plan.accounts import purchase_money
from orebook.plan.blocks.power import KW_PER_MW
from orebook.plan.demand import charge_money, weights
from orebook.plan.lp import FloatArray
from orebook.plan.power_rows import (
    Allocated,
    Bought,
    Demand,
    Flow,
    Moved,
    Own,
    Spot,
    Worth,
)
from orebook.plan.power_split import allocated, heat_and_power_of
from orebook.plan.result import Plan
from orebook.process.network import Stream
from orebook.process.power.shift import SHED

__all__ = ["PowerView", "power_view"]

SWING = 0.10
"""Move of the spot price that the exposure is stated for [-]."""
_MOVERS = frozenset(
    {"load_profile", "load_shift", "generation_profile", "generation_shift"}
)
_SETS = 1e-6  # a load this close to the billed one sets it, relative [-]
_NONE = 1e-9  # amounts below are rounding of the solver [MWh]


@dataclass(frozen=True)
class PowerView:
    """Power and steam of a plan, one row per period and thing.

    Parameters
    ----------
    plan : Plan
        The plan looked at.
    site : str
        Site it is restricted to; empty for the whole group.
    """

    plan: Plan
    site: str = ""

    # -- what counts ---------------------------------------------------------------

    @cached_property
    def _power(self) -> frozenset[str]:
        """Materials that are power; energy sold as not taken is none."""
        chain = self.plan.network.chain
        shed = {s.balance.material for s in self.plan.network.streams if _is_shed(s)}
        kept = {m.id for m in chain.materials if m.group == "power"}
        return frozenset(kept - shed)

    @cached_property
    def _streams(self) -> tuple[Stream, ...]:
        """Streams of the site."""
        inside = self._inside
        return tuple(s for s in self.plan.network.streams if inside(s.centre))

    def _inside(self, centre: str) -> bool:
        return self.site in ("", self.plan.network.chain.site_of(centre))

    @property
    def _times(self) -> range:
        return range(len(self.plan.periods))

    def _amount(self, stream: Stream) -> FloatArray:
        return np.asarray(self.plan.amounts[self.plan.network.position[stream.id]])

    def _name(self, t: int) -> str:
        return self.plan.periods[t].name

    # -- bought --------------------------------------------------------------------

    @cached_property
    def bought(self) -> tuple[Bought, ...]:
        """Power bought by contract, band and period."""
        chain = self.plan.network.chain
        price = self.plan.assembly.conditions.price
        found = []
        for p in chain.purchases:
            balance = good(p.good)
            if balance.material not in self._power or not self._inside(p.centre):
                continue
            amounts = self._amount(self.plan.network.stream[f"buy:{p.id}"])
            for t in self._times:
                market = float(price[f"buy:{p.id}"][t])
                amount = float(amounts[t])
                money = purchase_money(p, amount, market, "MWh", self.plan.periods[t])
                found.append(
                    Bought(self._name(t), p.id, balance.material, balance.place,
                           p.spot, amount, market, money)
                )  # fmt: skip
        return tuple(found)

    @cached_property
    def spot(self) -> tuple[Spot, ...]:
        """Share of spot in what is bought, and what a swing of its price costs."""
        found = []
        for t in self._times:
            rows = [b for b in self.bought if b.period == self._name(t)]
            spot = [b for b in rows if b.spot]
            total, exposed = sum(b.mwh for b in rows), sum(b.mwh for b in spot)
            money = sum(b.money_cny for b in spot)
            share = exposed / total if total > _NONE else 0.0
            found.append(
                Spot(self._name(t), total, exposed, share, money, SWING * money)
            )
        return tuple(found)

    # -- made and used -------------------------------------------------------------

    @cached_property
    def made(self) -> tuple[Flow, ...]:
        """Power made by units that take none: own generation."""
        return tuple(self._flows(1, self._sources))

    @cached_property
    def used(self) -> tuple[Flow, ...]:
        """Power used by units that make none, by fixed own use and by sales."""
        takers = [s.owner for s in self._power_streams(-1)]
        makers = {s.owner for s in self._power_streams(1) if s.role == "unit"}
        rows = self._flows(-1, {o for o in takers if o not in makers})
        return tuple(sorted(rows, key=lambda f: (f.period, -f.mwh)))

    @cached_property
    def _sources(self) -> set[str]:
        takers = {s.owner for s in self._power_streams(-1)}
        makers = {s.owner for s in self._power_streams(1) if s.role == "unit"}
        return makers - takers

    def _power_streams(self, sign: int) -> Iterator[Stream]:
        for s in self._streams:
            if s.sign == sign and s.balance.material in self._power:
                yield s

    def _flows(self, sign: int, owners: set[str]) -> Iterator[Flow]:
        for s in self._power_streams(sign):
            if s.owner in owners and s.role not in {"open", "close", "send"}:
                for t in self._times:
                    yield Flow(
                        self._name(t), s.id, s.owner, s.balance.material,
                        s.balance.place, float(self._amount(s)[t]),
                    )  # fmt: skip

    @cached_property
    def moved(self) -> tuple[Moved, ...]:
        """What loads and stations take or give in each band against even running."""
        chain = self.plan.network.chain
        found = []
        for unit in chain.units:
            if unit.kind not in _MOVERS or not self._inside(unit.centre):
                continue
            streams = self.plan.network.of(unit.id)
            bands = [s for s in streams if chain.material[s.balance.material].hours]
            shed = [self._amount(s) for s in streams if s.port == SHED]
            total = np.sum([self._amount(s) for s in bands], axis=0)
            for s in bands:
                share = chain.material[s.balance.material].day_hours / HOURS_PER_DAY
                for t in self._times:
                    amount = float(self._amount(s)[t])
                    even = share * float(total[t])
                    found.append(
                        Moved(self._name(t), unit.id, s.balance.material,
                              amount, amount - even)
                    )  # fmt: skip
            found += [
                Moved(self._name(t), unit.id, SHED, float(amounts[t]), 0.0)
                for amounts in shed
                for t in self._times
            ]
        return tuple(found)

    # -- demand --------------------------------------------------------------------

    @cached_property
    def demand(self) -> tuple[Demand, ...]:
        """Load of each band under each demand charge, and which one is billed."""
        plan, chain = self.plan, self.plan.network.chain
        found = []
        for charge in chain.demand_charges:
            if not self._inside(charge.centre):
                continue
            for t in self._times:
                period = plan.periods[t]
                billed = float(plan.billed[charge.id][t])
                money = charge_money(charge, billed, period)
                for band, by in weights(chain, charge, period).items():
                    load = sum(
                        w * float(self._amount(plan.network.stream[f"buy:{p}"])[t])
                        for p, w in by.items()
                    )
                    sets = load >= billed * (1.0 - _SETS)
                    dual = self._dual(charge.id, band, t)
                    worth = dual * max(by.values())
                    found.append(
                        Demand(period.name, charge.id, band, load, billed, sets,
                               charge.least_kw, money, worth)
                    )  # fmt: skip
        return tuple(found)

    def _dual(self, charge: str, band: str, t: int) -> float:
        """Return what a kW of a band adds to the bill of its month [CNY/kW].

        The rows of the problem count MW.
        """
        block = self.plan.assembly.problem.rows["demand_load"]
        name = f"{charge}:{band}"
        rows = [i for i, e in enumerate(block.entities) if e.partition("#")[0] == name]
        return float(sum(self.plan.row_dual[block.all()[rows, t]])) / KW_PER_MW

    # -- what it is worth ----------------------------------------------------------

    @cached_property
    def worth(self) -> tuple[Worth, ...]:
        """Marginal value of power and steam at each place, with bid and ask."""
        chain, prices = self.plan.network.chain, self.plan.prices
        group = {m.id: m.group for m in chain.materials}
        found = []
        for i, b in enumerate(self.plan.network.balances):
            steam = group[b.material] == "steam"
            if b.material not in self._power and not steam:
                continue
            if not self._inside(chain.place[b.place].centre):
                continue
            for t in self._times:
                found.append(
                    Worth(self._name(t), b.material, b.place,
                          float(prices.price[i, t]), _finite(prices.bid[i, t]),
                          _finite(prices.ask[i, t]),
                          f"CNY/{chain.material[b.material].unit}")
                )  # fmt: skip
        return tuple(found)

    @cached_property
    def own(self) -> tuple[Own, ...]:
        """What a MWh of own generation costs, less its steam, against its worth."""
        return tuple(
            row
            for unit in self.plan.network.chain.units
            if unit.id in self._sources
            for t in self._times
            if (row := self._own(unit.id, t)) is not None
        )

    def _own(self, unit: str, t: int) -> Own | None:
        plan, price = self.plan, self.plan.price_of(t)
        streams = plan.network.of(unit)
        power = [s for s in streams if s.balance.material in self._power]
        made = sum(float(self._amount(s)[t]) for s in power)
        if made <= _NONE:
            return None
        gained: dict[bool, float] = {True: 0.0, False: 0.0}
        chain = plan.network.chain
        for s in streams:
            if s not in power:
                steam = chain.material[s.balance.material].group == "steam"
                money = s.sign * price[s.balance] * float(self._amount(s)[t])
                gained[steam] += money
        entry = chain.unit[unit]
        for duty in plan.network.processes[unit].duties:
            cost = 0.0 if entry.cost is None else entry.cost.to(f"CNY/{duty.unit}")
            gained[False] -= cost * float(plan.duties[unit][duty.name][t])
        worth = sum(price[s.balance] * float(self._amount(s)[t]) for s in power)
        fuel, split = -gained[False] / made, self._power_share(unit, t)
        return Own(
            self._name(t), unit, made, fuel, gained[True] / made,
            fuel - gained[True] / made, None if split is None else fuel * split,
            worth / made,
        )  # fmt: skip

    def _power_share(self, unit: str, t: int) -> float | None:
        """Return the share of fuel that power bears by the energy method [-]."""
        of = heat_and_power_of(self.plan, unit, t)
        if of is None or float(of.boiler_heat) <= 0.0:
            return None
        return 1.0 - float(of.heat) / float(of.boiler_heat)

    @cached_property
    def allocation(self) -> tuple[Allocated, ...]:
        """Fuel of each station split between heat and power by six methods."""
        return tuple(
            row
            for unit in self.plan.network.chain.units
            if unit.id in self._sources
            for t in self._times
            for row in allocated(self.plan, unit.id, t)
        )

    # -- as a value ----------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether the plan has neither power nor steam here."""
        return not (self.worth or self.bought)

    def balances(self) -> tuple[Balance, ...]:
        """Return the balances of power and steam in the order of the network."""
        rows = ((w.material, w.place) for w in self.worth)
        return tuple(Balance(*pair) for pair in dict.fromkeys(rows))

    def to_dict(self) -> dict[str, object]:
        """Return the view as plain data with stable names."""
        names = (
            "bought", "spot", "made", "used", "moved", "demand", "worth", "own",
            "allocation",
        )  # fmt: skip
        return {
            "site": self.site,
            "periods": [p.name for p in self.plan.periods],
            **{name: _plain(getattr(self, name)) for name in names},
        }


def power_view(plan: Plan, site: str = "") -> PowerView:
    """Return power and steam of a plan.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    site : str
        Id of a site; empty for the whole group.

    Raises
    ------
    InputError
        If there is no such site.
    """
    from orebook.chain.nearest import did_you_mean, listed

    sites = {c.id for c in plan.network.chain.centres if c.level == "site"}
    if site and site not in sites:
        raise InputError(
            f"no site is called '{site}'; expected one of {listed(sites)}; "
            f"{did_you_mean(site, sites, 'leave it out for the whole group')}"
        )
    return PowerView(plan, site)


def _is_shed(stream: Stream) -> bool:
    return stream.role == "unit" and stream.port == SHED


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(rows: Sequence[object]) -> list[dict[str, object]]:
    return [
        {name: getattr(row, name) for name in type(row).__slots__}  # type: ignore[attr-defined]
        for row in rows
    ]
