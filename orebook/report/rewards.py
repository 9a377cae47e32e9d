"""Rewards: what each team gets, why, and what one unit more would bring it."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.glossary import format_money, unit_label
from orebook.report.figures import reward_picture
from orebook.report.table import (
    Block,
    Cell,
    Column,
    Fold,
    Row,
    Said,
    Section,
    Table,
    Tree,
)
from orebook.report.view import View, exact, plain, yuan
from orebook.report.words import both
from orebook.report.workflow import workflow_blocks, workflow_sheets
from orebook.reward.explain import Node
from orebook.reward.marginal import Marginal
from orebook.reward.result import Settlement, TeamResult

TEAMS = (
    Column("team"),
    Column("scheme"),
    Column("gate"),
    Column("reward_amount", "money", "CNY"),
    Column("paid_now", "money", "CNY"),
    Column("paid_later", "money", "CNY"),
    Column("paid_after_hold", "money", "CNY"),
)
STEPS = (
    Column("step"),
    Column("team"),
    Column("scheme"),
    Column("depth", "count"),
    Column("value", "own"),
    Column("unit_of_measure"),
    Column("how"),
    Column("evidence", "code"),
)


def rewards(view: View) -> Section:
    """Return the settlements, the greatest amount first."""
    table, steps = team_table(view), step_table(view)
    blocks: list[Block] = []
    for settlement in view.result.settlements:
        blocks += [_pool(settlement), reward_picture(view, settlement)]
        blocks += [_team(view, t) for t in _ranked(settlement)]
    first = table if table.rows else both("rewards_none")
    flows = view.result.flows
    settled = view.result.settlements
    how_far = workflow_blocks(flows, view.chain, settled) if table.rows else ()
    sheets = (table, steps, *workflow_sheets(flows, view.chain))
    return Section("rewards", both("rewards"), (first, *how_far, *blocks), sheets)


def _ranked(settlement: Settlement) -> list[TeamResult]:
    return sorted(settlement.teams.values(), key=lambda t: (-t.amount, t.team))


def team_table(view: View) -> Table:
    """Return what each team gets."""
    rows = [
        Row((view.names.centre(t.team), s.scheme, both(f"gate_{t.gate}"),
             t.amount, t.paid, t.deferred, t.held))
        for s in view.result.settlements
        for t in _ranked(s)
    ]  # fmt: skip
    return Table("rewards", both("reward_title"), TEAMS, tuple(rows))


def _pool(settlement: Settlement) -> Said:
    pool = settlement.pool
    return both(
        "pool_said",
        scheme=settlement.scheme,
        paid=exact(pool.paid_out),
        limit=exact(pool.limit),
        reserve=exact(pool.reserve),
        penalties=exact(pool.penalties),
        factor=plain(settlement.factor, 4),
    )


def _team(view: View, team: TeamResult) -> Fold:
    name = view.names.centre(team.team)
    summary = both(
        "reward_summary",
        team=name,
        amount=exact(team.amount),
        gate=both(f"gate_{team.gate}"),
    )
    names = {m.id: Said(m.name, m.name_en or m.name) for m in team.steps.measures}
    words = [marginal_words(m, names[m.measure]) for m in team.marginals]
    return Fold(summary, (*words, Tree(team.explanation)))


def marginal_words(marginal: Marginal, name: Said) -> Said:
    """Return in words what one unit of a measure is worth to a team."""
    unit = (
        both("one_unit")
        if marginal.unit == "-"
        else both("one_of", unit=_unit(marginal.unit))
    )
    whole = marginal.carries
    return both(
        "marginal_whole" if whole else "marginal_both",
        measure=name,
        unit=unit,
        more=_signed(marginal.up_whole if whole else marginal.up),
        less=_signed(marginal.down_whole if whole else marginal.down),
    )


def _unit(unit: str) -> Said:
    return Said(unit_label(unit, lang="zh"), unit_label(unit, lang="en"))


def _signed(value: float) -> Said:
    zh = format_money(value, lang="zh", signed=True)
    return Said(zh, format_money(value, lang="en", signed=True))


def step_table(view: View) -> Table:
    """Return every number of every explanation, depth first."""
    rows = [
        Row((Said(node.label_zh, node.label), view.names.centre(t.team), s.scheme,
             *_figures(node, depth)), level=depth)
        for s in view.result.settlements
        for t in _ranked(s)
        for node, depth in walk(t.explanation)
    ]  # fmt: skip
    return Table("reward_steps", both("reward_steps"), STEPS, tuple(rows))


def walk(node: Node, depth: int = 0) -> Iterator[tuple[Node, int]]:
    """Yield a number and then all it follows from, with their depth [-]."""
    yield node, depth
    for child in node.children:
        yield from walk(child, depth + 1)


def _figures(node: Node, depth: int) -> tuple[Cell, ...]:
    value = yuan(round(node.value * 100)) if node.unit == "CNY" else node.value
    how = both(f"op_{node.operation}") if node.operation else ""
    return depth, value, node.unit, how, ", ".join(node.evidence)
