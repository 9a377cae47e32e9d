"""The work-back view: target costs from the market price through every step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orebook.evaluate.statement.chain_path import ProductChain, Stage, product_chains
from orebook.report.table import Block, Cell, Column, Fold, Row, Said, Section, Table
from orebook.report.view import View, cny
from orebook.report.words import both

__all__ = ["chains_of", "work_back_section", "work_back_sheet"]

STAGES = (
    Column("step_good"),
    Column("made_by"),
    Column("unit_of_measure"),
    Column("planned_use", "own"),
    Column("actual_use", "own"),
    Column("planned_conversion", "price", "CNY"),
    Column("actual_conversion", "price", "CNY"),
    Column("target_cost", "price", "CNY"),
    Column("actual_cost", "price", "CNY"),
    Column("target_gap", "price", "CNY"),
    Column("target_verdict"),
)
BETWEEN = (
    Column("planned_full_cost", "price", "CNY"),
    Column("supply_cost", "price", "CNY"),
    Column("internal_price", "price", "CNY"),
    Column("netback_worth", "price", "CNY"),
)
PRICES = (Column("step_good"), Column("unit_of_measure"), *BETWEEN)
SHEET = (Column("sold_good"), *STAGES, *BETWEEN)
MISSED = (
    Column("step_good"),
    Column("made_by"),
    Column("sold_good"),
    Column("target_cost", "price", "CNY"),
    Column("actual_cost", "price", "CNY"),
    Column("target_gap", "price", "CNY"),
)


def chains_of(
    view: View, margin: float | Mapping[str, float] | None = None
) -> tuple[ProductChain, ...]:
    """Return every product's way back at the margin the book requires.

    Parameters
    ----------
    view : View
        The month.
    margin : float or mapping, optional
        Margin in place of the book's: share of the market price [-], or by material
        [CNY/unit].
    """
    kept = view.chain.group.required_margin if margin is None else margin
    return product_chains(view.network, view.result.priced.prices, plan=view.planned,
                          actual=view.actual, margin=kept)  # fmt: skip


def work_back_section(
    view: View, chains: Iterable[ProductChain], centre: str | None = None
) -> Section:
    """Return the chapter on target costs.

    Parameters
    ----------
    view : View
        The month.
    chains : iterable of ProductChain
        What was worked back.
    centre : str, optional
        Only chains with a step of this centre.
    """
    found = [c for c in chains if centre is None or _has(c, centre)]
    missed = missed_table(view, found, centre)
    table = work_back_sheet(view, found)
    none = both("no_target_missed" if centre is None else "no_target_missed_here")
    parts: tuple[Block, ...] = (missed,) if missed.rows else (none,)
    blocks = (both("work_back_how"), *parts, *(_fold(view, c) for c in found))
    return Section("work-back", both("work_back_view"), blocks, (table,))


def _has(chain: ProductChain, centre: str) -> bool:
    return any(centre in s.maker.centres for s in chain.stages)


def _name(view: View, stage: Stage) -> Said:
    return view.names.balance(stage.good)


def _makers(view: View, stage: Stage) -> Said:
    table = "route" if stage.maker.kind == "route" else "unit"
    names = [view.names.of(table, owner) for owner in stage.maker.owners]
    return Said("、".join(n.zh for n in names), ", ".join(n.en for n in names))


def missed_table(
    view: View, chains: Iterable[ProductChain], centre: str | None = None
) -> Table:
    """Return every step that missed its target, once, by the product sold most."""
    rows, seen = [], set()
    for chain in chains:
        for s in chain.stages:
            mine = centre is None or centre in s.maker.centres
            if s.target.missed and mine and (s.good, s.maker.owners) not in seen:
                seen.add((s.good, s.maker.owners))
                names = (_name(view, s), _makers(view, s))
                money = (s.target.target, s.target.actual, s.target.gap)
                cells = (*names, view.names.balance(chain.good), *money)
                rows.append(Row(cells))
    return Table("targets_missed", both("targets_missed"), MISSED, tuple(rows))


def _fold(view: View, chain: ProductChain) -> Fold:
    name = view.names.balance(chain.good)
    missed = sum(s.target.missed for s in chain.stages)
    summary = both("work_back_summary", good=name, price=cny(chain.price),
                   margin=cny(chain.margin), missed=str(missed))  # fmt: skip
    rows = tuple(Row(_cells(view, s)) for s in chain.stages)
    caption = both("work_back_of", good=name)
    table = Table("work_back", caption, STAGES, rows)
    return Fold(summary, (table, *_first(view, chain), _between(view, chain)))


def _between(view: View, chain: ProductChain) -> Table:
    """Return the internal price of every step between its cost and its worth."""
    rows = tuple(
        Row((_name(view, s), s.unit, *_between_cells(s))) for s in chain.stages
    )
    caption = both("price_between", good=view.names.balance(chain.good))
    return Table("work_back_prices", caption, PRICES, rows)


def _between_cells(s: Stage) -> tuple[Cell, ...]:
    t = s.target
    return t.cost, t.supply, t.price, t.worth


def _first(view: View, chain: ProductChain) -> tuple[Said, ...]:
    if chain.first is None or chain.first_target is None or chain.first_price is None:
        return ()
    good = view.names.balance(chain.first)
    may, price = cny(chain.first_target), cny(chain.first_price)
    return (both("first_input", good=good, may=may, price=price),)


def _cells(view: View, s: Stage) -> tuple[Cell, ...]:
    t = s.target
    return (
        _name(view, s),
        _makers(view, s),
        s.unit,
        s.planned.use,
        s.real.use,
        s.planned.conversion,
        s.real.conversion,
        t.target,
        t.actual,
        t.gap,
        both("target_is_missed" if t.missed else "target_is_met"),
    )


def work_back_sheet(view: View, chains: Iterable[ProductChain]) -> Table:
    """Return every step of every product in one flat table."""
    rows = tuple(
        Row((view.names.balance(c.good), *_cells(view, s), *_between_cells(s)))
        for c in chains
        for s in c.stages
    )
    return Table("work_back", both("work_back_view"), SHEET, rows)
