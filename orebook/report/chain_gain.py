"""The chain's advantage: the group against its sites alone, causes and fair split."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.chart import Step, waterfall
from orebook.evaluate.alone import players_of
from orebook.evaluate.chain_gain import ChainGain, chain_gain
from orebook.evaluate.chain_gain_words import Teller, cause_label
from orebook.evaluate.game import EXACT
from orebook.glossary import Lang
from orebook.plan.result import Plan
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import Column, Drawing, Picture, Row, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

__all__ = ["chain_gain_section", "chain_gains", "drawn", "month_gain", "site_table"]

SITES = (
    Column("site"),
    Column("alone", "money", "CNY"),
    Column("share_of_gain", "money", "CNY"),
    Column("fair_share", "money", "CNY"),
    Column("stable_share", "money", "CNY"),
)
CAUSES = (
    Column("gain_cause"),
    Column("amount_moved", "own"),
    Column("unit_of_measure"),
    Column("part_of_gain", "money", "CNY"),
)
MOST_PLANS = 31 * 24
"""Plans times periods up to which a month's report works the chain out [-]."""
SMALL = 0.5  # CNY: below it a bar is rounding


def chain_gains(view: View) -> tuple[Section, ...]:
    """Return the chapter; none for a single site, or where it would take too long."""
    return () if view.gain is None else (chain_gain_section(view.gain),)


def month_gain(plan: Plan) -> ChainGain | None:
    """Return the gain of the chain over a plan; None where it would take too long.

    Parameters
    ----------
    plan : Plan
        Released before the month; a single site gains nothing by itself.
    """
    players = players_of(plan.network.chain)
    plans = (2 ** len(players) - 1) * len(plan.periods)
    if len(players) < 2 or len(players) > EXACT or plans > MOST_PLANS:
        return None
    return chain_gain(plan)


def chain_gain_section(gain: ChainGain) -> Section:
    """Return the chapter on the chain's advantage.

    Parameters
    ----------
    gain : ChainGain
        What was worked out.
    """
    zh, en = (list(Teller(gain, lang).lines()) for lang in ("zh", "en"))
    words = tuple(Said(z.strip(), e.strip()) for z, e in zip(zh, en, strict=True))
    sites, causes = site_table(gain), cause_table(gain)
    blocks = (both("chain_gain_how"), words[0], _picture(gain), sites, causes)
    return Section(
        "chain-gain", both("chain_gain"), (*blocks, *words[1:]), (sites, causes)
    )


def site_table(gain: ChainGain) -> Table:
    """Return what each site earns alone and its share; the last row is the group."""
    names = Teller(gain, "zh").names, Teller(gain, "en").names
    point = gain.proposed
    rows = [
        Row(
            (
                Said(names[0][s], names[1][s]),
                gain.apart[s].margin,
                gain.split[s] - gain.apart[s].margin,
                gain.split[s],
                None if point is None else point[s],
            )
        )
        for s in gain.game.players
    ]
    whole = gain.game.whole
    stable = None if point is None else whole
    rows.append(
        Row((both("group"), whole - gain.gain, gain.gain, whole, stable), "total")
    )
    return Table("chain_sites", both("chain_sites"), SITES, tuple(rows))


def cause_table(gain: ChainGain) -> Table:
    """Return the causes; the last row is the gain they sum to."""
    rows = [
        Row(
            (
                Said(cause_label(gain, c, "zh"), cause_label(gain, c, "en")),
                c.amount if c.material else None,
                c.unit,
                c.money,
            )
        )
        for c in gain.causes
    ]
    rows.append(Row((both("chain_gain"), None, "", gain.gain), "total"))
    return Table("chain_causes", both("chain_causes"), CAUSES, tuple(rows))


def _picture(gain: ChainGain) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", drawn(gain, lang, width))]

    return Picture(draw, (WIDE, NARROW))


def drawn(gain: ChainGain, lang: Lang, width: float = 720.0) -> str:
    """Return the waterfall from the sites alone to the group as SVG text.

    Parameters
    ----------
    gain : ChainGain
        What is shown.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    parts = gain.game.whole - gain.gain
    steps = [Step(both("sites_alone").in_(lang), parts, "total")]
    shown = [c for c in gain.causes if abs(c.money) >= SMALL]
    steps += [Step(cause_label(gain, c, lang), c.money) for c in shown]
    rest = gain.gain - sum(c.money for c in shown)
    if abs(rest) > SMALL * 1e-2:
        steps.append(Step(both("rounding").in_(lang), rest))
    steps.append(Step(both("sites_together").in_(lang), gain.game.whole, "total"))
    title = both("chain_gain").in_(lang)
    return waterfall(steps, title=title, lang=lang, width=width)
