"""Why the plan is as it is: prices by part, limits that lose, money per quality."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.chart import Step, waterfall
from orebook.glossary import Lang
from orebook.plan.explain import PriceStory
from orebook.plan.explain_words import because
from orebook.plan.naming import unit_of
from orebook.plan.quality_worth import QualityWorth
from orebook.plan.waiting import Hold, Waiting
from orebook.report.figures import NARROW, WIDE
from orebook.report.prices import turnover
from orebook.report.table import Column, Drawing, Picture, Row, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

__all__ = ["quality_table", "waiting_table", "why"]

KNOWN = frozenset({"ore", "product", "fuel", "steam", "power"})
"""Groups of materials that people know by name."""
GOODS, PARTS, SHOWN = 4, 7, 15
"""Goods drawn, parts of each, and rows of a table on the page [-]."""

WAITING = (
    Column("limit"),
    Column("limit_kind"),
    Column("limit_amount", "own"),
    Column("used_amount", "own"),
    Column("left_amount", "own"),
    Column("unit_of_measure"),
    Column("loses_to"),
    Column("needed_amount", "own"),
    Column("unit_of_needed"),
    Column("worth_per_unit", "price"),
)
QUALITIES = (
    Column("quality_where"),
    Column("material"),
    Column("component"),
    Column("quality_now", "own"),
    Column("quality_step", "code"),
    Column("quality_money", "money", "CNY"),
    Column("quality_each", "price"),
    Column("unit_of_measure"),
)


def why(view: View) -> Section:
    """Return why the plan of the month is as it is."""
    explained = view.explanation
    tables = (waiting_table(view), quality_table(view))
    pictures = [_picture(view, story) for story in _main_goods(view)]
    title = both("why")
    if not pictures and not any(t.rows for t in tables):
        return Section("why", title, (both("why_none"),), tables)
    shown = [t for t in tables if t.rows]
    sentences = [_sentence(view, story) for story in _main_goods(view)]
    told = [block for pair in zip(sentences, pictures, strict=True) for block in pair]
    how = both("why_how", period=view.plan.periods[explained.period].name)
    return Section("why", title, (how, *told, *shown), tables)


def _main_goods(view: View) -> list[PriceStory]:
    """Return goods with a price of several parts: one of each site, traded goods first.

    Of each site the good that moves most money, what people know by name (ore, product,
    steam, power) before the intermediates.
    """
    money, chain = turnover(view), view.chain
    stories = [
        s
        for s in view.explanation.prices
        if (made := s.made_of_bid or s.made_of_ask) is not None
        and sum(1 for share in made.shares if share.money) > 2
    ]

    def rank(story: PriceStory) -> tuple[bool, float]:
        group = chain.material[story.balance.material].group
        return group not in KNOWN, -abs(money[story.balance])

    once: dict[str, PriceStory] = {}
    for story in sorted(stories, key=rank):
        once.setdefault(chain.site_of(chain.place[story.balance.place].centre), story)
    return list(once.values())[:GOODS]


def _sentence(view: View, story: PriceStory) -> Said:
    zh, en = (because(view.explanation, story, lang).sentence for lang in ("zh", "en"))
    name = view.names.balance(story.balance)
    return both("why_sentence", good=name, sentence=Said(zh, en))


def _picture(view: View, story: PriceStory) -> Picture:
    """Return the waterfall from the market to the internal price."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        parts = because(view.explanation, story, lang).parts
        (first, start), *rest = [(name, money) for name, money in parts if money]
        steps = [Step(first, start, "total")]
        steps += [Step(name, money) for name, money in rest[:PARTS]]
        other = sum(money for _, money in rest[PARTS:])
        if other:
            steps.append(Step(both("other_parts").in_(lang), other))
        steps.append(Step(both("internal_price").in_(lang), story.price, "total"))
        good = view.names.balance(story.balance)
        title = both("why_price", good=good).in_(lang)
        unit = f"CNY/{story.unit}"
        svg = waterfall(
            steps, title=title, unit=unit, lang=lang, width=width, scale=False
        )
        return [Drawing("", svg)]

    return Picture(draw, (WIDE, NARROW))


def waiting_table(view: View) -> Table:
    """Return the limits expected to bind that do not, and what they lose to."""
    rows = tuple(_waiting_row(view, w) for w in view.explanation.waiting)
    return Table("waiting", both("waiting_table"), WAITING, rows, most=SHOWN)


def _waiting_row(view: View, w: Waiting) -> Row:
    hold = w.holds[0] if w.holds else None
    return Row(
        (view.names.limit_of(w.kind, w.subject), both(f"limit_{w.kind}"),
         w.limit, w.used, w.gap, unit_of(view.network, w.kind, w.subject),
         both("none") if hold is None else view.names.limit_of(hold.kind, hold.subject),
         *_needed(view, hold))
    )  # fmt: skip


def _needed(view: View, hold: Hold | None) -> tuple[float | None, str, float | None]:
    if hold is None:
        return None, "", None
    return hold.needed, unit_of(view.network, hold.kind, hold.subject), hold.rent


def quality_table(view: View) -> Table:
    """Return the money per percent of each quality, the most money first."""
    rows = tuple(_quality_row(view, q) for q in view.explanation.qualities)
    return Table("qualities", both("quality_table"), QUALITIES, rows, most=SHOWN)


def _quality_row(view: View, q: QualityWorth) -> Row:
    table = "sell" if q.kind in ("spec", "product") else "unit"
    material = view.chain.material.get(q.of)
    limit = q.kind in ("spec", "feed_limit")
    of = both("limit_on_quality", of=q.of) if limit else view.names.of("material", q.of)
    share = q.step != 1.0
    return Row(
        (view.names.of(table, q.subject), of, q.component,
         100.0 * q.value if share else q.value, q.per, q.money,
         None if limit else q.each, f"CNY/{material.unit if material else 't'}")
    )  # fmt: skip
