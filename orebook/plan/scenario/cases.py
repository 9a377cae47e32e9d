"""Cases against the plan, side by side: margin, causes, flows, prices, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from orebook.errors import InfeasibleError
from orebook.plan.conditions import FloatArray
from orebook.plan.replan import replan
from orebook.plan.replan_causes import causes
from orebook.plan.replan_changes import Changes
from orebook.plan.result import Plan
from orebook.plan.scenario.jobs import Progress, Runner, run
from orebook.plan.scenario.overlay import Overlay

__all__ = ["BASE", "CaseRow", "CaseTable", "run_cases"]

BASE = "base"
"""Name of the plan the cases are laid over."""
SHOWN = 8
"""Flows, prices and limits shown side by side where nothing else is said [-]."""
SIDE_BY_SIDE = frozenset({"buy", "sell", "send", "close"})
"""Roles of the flows that are compared: what the group trades, ships and keeps."""
SMALL = 1e-6
"""Differences below this share of the size of a figure are rounding [-]."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What the plan of one case says.

    Parameters
    ----------
    id, name, name_en : str
        Its id, Chinese and English name.
    changes : Changes
        What is new in it.
    feasible : bool
        False where no plan meets its requirements; all figures are then absent.
    message : str
        Why there is no plan.
    margin : float
        Margin over the horizon; nan without a plan [CNY].
    causes : mapping
        Group of inputs to its part of the change of margin [CNY].
    amounts : mapping
        Stream id to its amount over the horizon [unit of the stream].
    prices : mapping
        Balance ``material@place`` to the mean of its internal price over the periods
        [CNY/unit].
    rents : mapping
        ``kind subject`` to what the limit earns over the horizon [CNY].
    """

    id: str
    name: str
    name_en: str
    changes: Changes
    feasible: bool = True
    message: str = ""
    margin: float = float("nan")
    causes: Mapping[str, float] = field(default_factory=dict)
    amounts: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    rents: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseTable:
    """The plan and its cases side by side.

    Parameters
    ----------
    plan : Plan
        The plan the cases are laid over.
    base : CaseRow
        Its own figures.
    rows : tuple of CaseRow
        One each case, in the order asked for.
    flows, prices, limits : tuple of str
        The streams, balances and limits that differ most in money, largest first.
    """

    plan: Plan
    base: CaseRow
    rows: tuple[CaseRow, ...]
    flows: tuple[str, ...]
    prices: tuple[str, ...]
    limits: tuple[str, ...]

    def summary(self, lang: str = "zh") -> str:
        """Return the table as text, ``lang`` being ``"zh"`` or ``"en"``."""
        from orebook.plan.scenario.words import case_table

        return case_table(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the table as plain data with stable names."""
        network = self.plan.network
        unit = {s.id: s.unit for s in network.streams}
        units = {
            str(b): f"CNY/{network.chain.material[b.material].unit}"
            for b in network.balances
        }
        return {
            "periods": [p.name for p in self.plan.periods],
            "base_cny": self.base.margin,
            "cases": [self._row(row) for row in self.rows],
            "flows": [
                {"stream": s, "unit": unit[s], "base": self.base.amounts[s]}
                | {"cases": self._side(s, "amounts")}
                for s in self.flows
            ],
            "prices": [
                {"balance": b, "unit": units[b], "base": self.base.prices[b]}
                | {"cases": self._side(b, "prices")}
                for b in self.prices
            ],
            "limits": [
                {"limit": x, "base_cny": self.base.rents.get(x, 0.0)}
                | {"cases": self._side(x, "rents")}
                for x in self.limits
            ],
        }

    def _side(self, key: str, what: str) -> dict[str, float | None]:
        return {
            row.id: getattr(row, what).get(key, 0.0) if row.feasible else None
            for row in self.rows
        }

    def _row(self, row: CaseRow) -> dict[str, object]:
        found = row.feasible
        return {
            "case": row.id,
            "name": row.name,
            "name_en": row.name_en,
            "feasible": found,
            "message": row.message,
            "margin_cny": row.margin if found else None,
            "change_cny": row.margin - self.base.margin if found else None,
            "causes_cny": dict(row.causes),
            "changes": row.changes.to_dict(),
        }


def run_cases(
    plan: Plan,
    overlays: Sequence[Overlay],
    *,
    shown: int = SHOWN,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> CaseTable:
    """Plan every case from where the plan stands, and set them side by side.

    Parameters
    ----------
    plan : Plan
        The plan the cases are laid over; warm where it is a `StandingPlan`.
    overlays : sequence of Overlay
        The cases; each is laid over the plan alone, not over the one before.
    shown : int
        Flows, prices and limits of each that are set side by side [-].
    runner : Runner, optional
        Where the cases run.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    CaseTable
        A case without a plan has its reason instead of figures.
    """
    found = run(case_row, plan, overlays, runner=runner, progress=progress)
    base = _figures(CaseRow(BASE, "基准计划", "base plan", Changes()), plan)
    good = [row for row in found if row.feasible]
    return CaseTable(
        plan,
        base,
        found,
        flows=_most(_flow_money(plan, base, good), shown),
        prices=_most(_price_money(plan, base, good), shown),
        limits=_most(_rent_money(base, good), shown),
    )


def case_row(plan: Plan, over: Overlay) -> CaseRow:
    """Return what the plan of one case says; a pure job.

    Parameters
    ----------
    plan : Plan
        The plan it is laid over.
    over : Overlay
        The case.
    """
    row = CaseRow(over.id, over.name, over.name_en, over.changes)
    try:
        made = replan(plan, over.changes)
    except InfeasibleError as error:
        return replace(row, feasible=False, message=str(error))
    split = causes(plan, made.plan, over.changes)
    return replace(_figures(row, made.plan), causes=split)


def _figures(row: CaseRow, plan: Plan) -> CaseRow:
    network = plan.network
    ids = [s.id for s in network.streams]
    balances = [str(b) for b in network.balances]
    price = plan.prices.price.mean(axis=1)
    return replace(
        row,
        margin=plan.margin,
        amounts=dict(zip(ids, map(float, plan.amounts.sum(axis=1)), strict=True)),
        prices=dict(zip(balances, map(float, price), strict=True)),
        rents={f"{r.kind} {r.subject}": float(r.amount.sum()) for r in plan.rents},
    )


def _most(money: Mapping[str, float], shown: int) -> tuple[str, ...]:
    order = sorted((k for k in money if money[k] > 0.0), key=lambda k: (-money[k], k))
    return tuple(order[:shown])


def _flow_money(plan: Plan, base: CaseRow, rows: Sequence[CaseRow]) -> dict[str, float]:
    """Return the largest change of each flow over the cases, at base prices [CNY]."""
    found = {}
    for stream in plan.network.streams:
        if stream.role not in SIDE_BY_SIDE:
            continue
        before = base.amounts[stream.id]
        price = abs(base.prices[str(stream.balance)])
        found[stream.id] = max(
            (_moved(before, row.amounts[stream.id]) * price for row in rows),
            default=0.0,
        )
    return found


def _price_money(
    plan: Plan, base: CaseRow, rows: Sequence[CaseRow]
) -> dict[str, float]:
    """Return the largest change of each price over the cases, times what is traded."""
    taken: FloatArray = -(plan.network.matrix().minimum(0.0) @ plan.amounts)
    traded = np.asarray(taken).sum(axis=1)
    return {
        str(b): max(
            (
                _moved(base.prices[str(b)], row.prices[str(b)]) * float(traded[i])
                for row in rows
            ),
            default=0.0,
        )
        for i, b in enumerate(plan.network.balances)
    }


def _rent_money(base: CaseRow, rows: Sequence[CaseRow]) -> dict[str, float]:
    """Return the most each limit earns in the plan or a case [CNY]."""
    keys = dict.fromkeys(k for row in (base, *rows) for k in row.rents)
    return {k: max(abs(row.rents.get(k, 0.0)) for row in (base, *rows)) for k in keys}


def _moved(before: float, after: float) -> float:
    moved = abs(after - before)
    return moved if moved > SMALL * max(abs(before), abs(after)) else 0.0
