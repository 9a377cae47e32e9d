"""What a report draws: the month turned into rows for the charts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from orebook.chart import (
    Effect as Bar,
)
from orebook.chart import (
    PriceRow,
    Reward,
    Standing,
    Step,
    chain_panels,
    league,
    price_band,
    reward_bars,
    variance_bars,
    waterfall,
)
from orebook.evaluate.journal import CentreResult
from orebook.evaluate.variance import EFFECTS
from orebook.glossary import Lang
from orebook.report.flows import FlowSheet
from orebook.report.headline import NOT_OWN
from orebook.report.table import Drawing, Picture, Said
from orebook.report.view import View, yuan
from orebook.report.words import both
from orebook.reward.result import Settlement, TeamResult

StepKind = Literal["change", "total"]

WIDE, NARROW, SHEET = 940.0, 350.0, 1060.0
"""Widths of a picture on a screen, on a phone, and of the flow sheet [px]."""

MOST_CENTRES, MOST_PRICES, MOST_BARS = 20, 14, 10
"""Rows drawn at most [-]."""


def chain_picture(view: View) -> Picture:
    """Return what flows between the sites; a single site has its own flow sheet."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        nodes, links = FlowSheet(view, lang).drawn()
        title = both("flow_title").in_(lang)
        panels = chain_panels(nodes, links, title=title, lang=lang, width=width)
        return [Drawing(p.site, p.svg) for p in panels[:1]]

    return Picture(draw, (SHEET,))


def margin_picture(view: View) -> Picture:
    """Return the waterfall of the group: plan, effects by size, actual."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        steps = [
            Step(label.in_(lang), value, kind) for label, value, kind in _steps(view)
        ]
        title = both("margin_bridge").in_(lang)
        return [Drawing("", waterfall(steps, title=title, lang=lang, width=width))]

    return Picture(draw, (WIDE, NARROW))


def _steps(view: View) -> list[tuple[Said, float, StepKind]]:
    group = view.variances[-1]["effects"]
    effects = {e: float(str(group[e])) for e in EFFECTS}  # type: ignore[index]
    plan, actual = view.result.planned, view.result.market
    ranked = sorted(EFFECTS, key=lambda e: -abs(effects[e]))
    steps: list[tuple[Said, float, StepKind]] = [
        (both("plan"), float(yuan(plan.group)), "total")
    ]
    steps += [(both(e), effects[e], "change") for e in ranked]
    return [*steps, (both("actual"), float(yuan(actual.group)), "total")]


def adaptation_picture(view: View) -> Picture:
    """Return the waterfall from plan over the market and the plan kept to actual."""
    rows = adaptation_rows(view)

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        steps = [
            Step(
                both(key).in_(lang),
                float(money),
                "total" if key in {"plan", "actual"} else "change",
            )
            for key, money in rows
        ]
        title = both("adaptation").in_(lang)
        return [Drawing("", waterfall(steps, title=title, lang=lang, width=width))]

    return Picture(draw, (WIDE, NARROW))


def adaptation_rows(view: View) -> tuple[tuple[str, Decimal], ...]:
    """Return the ex-post split as words and money, exact to the cent [CNY]."""
    row = view.result.adaptation_row()
    return tuple(
        (key, Decimal(str(row[f"{name}_cny"])))
        for key, name in (
            ("plan", "plan"),
            ("expost_market", "market"),
            ("expost_not_replanned", "not_replanned"),
            ("expost_execution", "execution"),
            ("actual", "actual"),
        )
    )


def price_picture(rows: Sequence[tuple[Said, PriceRow]]) -> Picture:
    """Return the band chart of the prices that move most money."""
    kept = rows[:MOST_PRICES]

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        named = [
            PriceRow(label.in_(lang), r.price, r.bid, r.ask, r.unit)
            for label, r in kept
        ]
        title = both("prices_most_money").in_(lang)
        return [Drawing("", price_band(named, title=title, lang=lang, width=width))]

    return Picture(draw, (WIDE, NARROW))


def league_picture(view: View, centres: Sequence[CentreResult]) -> Picture:
    """Return the league of the centres that earn or lose most."""
    most = sorted(centres, key=lambda c: -abs(c.margin + c.rent))[:MOST_CENTRES]

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        rows = [
            Standing(
                view.names.centre(c.centre).in_(lang),
                float(yuan(c.margin)),
                float(yuan(c.rent)),
            )
            for c in most
        ]
        title = both("league_title").in_(lang)
        return [Drawing("", league(rows, title=title, lang=lang, width=width))]

    return Picture(draw, (WIDE, NARROW))


def variance_picture(view: View) -> Picture:
    """Return what moved the margin most, centre by centre."""
    found = [
        (row.centre, effect, row.effects[effect])
        for row in view.result.variance.centres
        for effect in EFFECTS
        if row.effects[effect]
    ]

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        if not found:
            return []
        bars = [
            Bar(_label(view, centre, effect).in_(lang), money, effect != NOT_OWN)
            for centre, effect, money in found
        ]
        title = both("variance_most").in_(lang)
        svg = variance_bars(bars, title=title, lang=lang, width=width, most=MOST_BARS)
        return [Drawing("", svg)]

    return Picture(draw, (WIDE, NARROW))


def _label(view: View, centre: str, effect: str) -> Said:
    name = view.names.centre(centre)
    return both("centre_effect", centre=name, effect=both(effect))


def reward_picture(view: View, settlement: Settlement) -> Picture:
    """Return what each team earned, lost and gets."""
    teams = list(settlement.teams.values())

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        rows = [_reward(t, view.names.centre(t.team).in_(lang)) for t in teams]
        title = both("rewards_by_team", scheme=settlement.scheme).in_(lang)
        return [Drawing("", reward_bars(rows, title=title, lang=lang, width=width))]

    return Picture(draw, (WIDE, NARROW))


def _left(bound: float | None, before: float) -> float | None:
    """Return what earlier months leave of a bound for this one [CNY]."""
    return None if bound is None else bound - before


def _reward(team: TeamResult, label: str) -> Reward:
    pays = [m.pay for m in team.steps.measures]
    cuts = sum(g.deduction for g in team.steps.gates)
    return Reward(
        label,
        earned=sum(p for p in pays if p > 0),
        deducted=cuts - sum(p for p in pays if p < 0),
        paid=float(team.amount),
        cap=_left(team.steps.cap, team.steps.capped_before),
        floor=_left(team.steps.floor, team.steps.capped_before),
        vetoed=team.steps.vetoed,
    )
