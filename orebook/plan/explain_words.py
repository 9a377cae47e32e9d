"""Why a plan is as it is, in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orebook.chain.chain import Balance
from orebook.plan.expected import Touch
from orebook.plan.explain import Explanation, PriceStory
from orebook.plan.explain_sentences import MOVES, OTHER_MOVE, SAID
from orebook.plan.limit_worth import LimitWorth
from orebook.plan.lp import Label
from orebook.plan.made_of import MadeOf, Share
from orebook.plan.naming import QUALITY, Names, short, unit_of
from orebook.plan.neighbours import Part, Seen
from orebook.plan.quality_worth import QualityWorth
from orebook.plan.waiting import Costs, Hold, Waiting

__all__ = ["Because", "because", "told"]

MARKETS = frozenset({"buy", "sell", "shortfall", "excess"})
SHOWN = 12
"""Limits, qualities and waiting limits listed in an overview [-]."""
PARTS = 7
"""Parts of a price listed one by one [-]."""
LEAST = 0.005
"""Money that is not worth a line [CNY/unit]."""
ROUNDING = 1e-9
"""A part of a price below this share of the largest is rounding [-]."""
SMALL = 0.02
"""A market that moves less than this share of the price's parts is not named [-]."""


@dataclass(frozen=True, slots=True)
class Because:
    """One sentence and the parts behind it, for a page.

    Parameters
    ----------
    sentence : str
        What one more or one less unit does, and what it is worth.
    parts : tuple of (str, float)
        Parts of the published price in words [CNY/unit]; together the price.
    """

    sentence: str
    parts: tuple[tuple[str, float], ...]


def told(explanation: Explanation, lang: str = "zh", *, full: bool = False) -> str:
    """Return an explanation in plain words.

    Parameters
    ----------
    explanation : Explanation
        What to tell.
    lang : str
        ``"zh"`` or ``"en"``.
    full : bool
        Tell every price part by part, and every limit; else an overview.

    Raises
    ------
    InputError
        If the language is another.
    """
    return "\n".join(_Teller(explanation, lang).lines(full=full))


def because(explanation: Explanation, story: PriceStory, lang: str) -> Because:
    """Return the sentence and the named parts of one price.

    Parameters
    ----------
    explanation : Explanation
        Where the price stands.
    story : PriceStory
        The price.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    teller = _Teller(explanation, lang)
    made = story.made_of_bid or story.made_of_ask
    sentences = list(teller.sides(story))
    if made is None:
        return Because(sentences[0].strip(), ())
    parts = tuple((p.name, p.money) for p in teller.gathered(made))
    side = 0 if made.side == "bid" else 1
    return Because(sentences[side].strip(), parts)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Shares of one column or limit over all periods."""

    kind: str
    block: str
    name: str
    unit: str
    moved: float
    money: float
    periods: frozenset[int]


class _Teller:
    """Names and sentences of one explanation in one language."""

    def __init__(self, explanation: Explanation, lang: str) -> None:
        self.explanation = explanation
        self.plan = explanation.plan
        self.network = explanation.plan.network
        self.names = Names(self.network.chain, lang)
        self.place = self.names.place

    def say(self, key: str, **values: object) -> str:
        return SAID[key][self.place].format(**values)

    def lines(self, *, full: bool) -> Iterator[str]:
        e, plan = self.explanation, self.plan
        name, count = plan.periods[e.period].name, len(plan.periods)
        yield self.say("head", period=name, margin=plan.margin, count=count)
        yield from self.section("limits", map(self.limit, e.limits), full)
        waits = [line for w in e.waiting for line in self.wait(w)]
        yield from self.section("waiting", waits, full=True)
        yield from self.section("touches", map(self.touch, e.touches), full=True)
        yield from self.section("qualities", map(self.quality, e.qualities), full)
        if full and e.prices:
            yield self.say("prices")
            for story in e.prices:
                yield from self.price(story)

    def section(self, key: str, lines: Iterable[str], full: bool) -> Iterator[str]:
        every = list(lines)
        if every:
            yield self.say(key)
            yield from every if full else every[:SHOWN]
            if not full and len(every) > SHOWN:
                yield self.say("more", count=len(every) - SHOWN)
        elif key == "limits" and not full:
            yield self.say("limits_none")

    # -- limits ------------------------------------------------------------------------

    def limit(self, x: LimitWorth) -> str:
        unit = self.unit(x.kind, x.subject)
        worth = self.say("worth", worth=short(x.worth))
        if x.worth <= 1e-9 * max(1.0, x.rent):
            worth = self.say("worth_none")
        elif x.up_to < float("inf"):
            worth += self.say("up_to", up_to=short(x.up_to), unit=unit).rstrip()
        return self.say(
            "limit_quality" if x.kind in QUALITY else "limit",
            what=self.named(x.kind, x.subject, x.period),
            side=self.say(x.side),
            limit=short(x.limit),
            unit=unit,
            rent=short(x.rent),
            money=short(x.money),
            worth=worth,
        )

    def named(self, kind: str, subject: str, period: int) -> str:
        return self.names.subject(kind, subject) + self.when({period})

    def unit(self, kind: str, subject: str) -> str:
        """Return the unit of a column or limit, in words where it has none."""
        return unit_of(self.network, kind, subject) or self.say("unit")

    def when(self, periods: Iterable[int]) -> str:
        """Return the periods of a thing unless it is the period told of."""
        others = sorted(set(periods))
        if others == [self.explanation.period] or not others:
            return ""
        if len(others) > 1:
            return self.say("many")
        return self.say("later", when=self.plan.periods[others[0]].name)

    def wait(self, w: Waiting) -> Iterator[str]:
        own = self.unit(w.kind, w.subject)
        why = self.explanation.expected.get((w.kind, w.subject, w.side), "asked")
        yield self.say(
            "wait_quality" if w.kind in QUALITY else "wait",
            what=self.named(w.kind, w.subject, w.period),
            side=self.say(w.side),
            limit=short(w.limit),
            unit=own,
            used=short(w.used),
            gap=short(w.gap),
            why=self.say(why),
        )
        yield from (self.hold(h, own) for h in w.holds)
        yield from (self.cost(c, own) for c in w.costs[:1])
        if not w.holds and not w.costs:
            yield self.say("free")

    def hold(self, h: Hold, own: str) -> str:
        return self.say(
            "hold",
            what=self.named(h.kind, h.subject, h.period),
            unit=self.unit(h.kind, h.subject),
            own=own,
            rate=short(h.rate),
            needed=short(h.needed),
            rent=short(h.rent),
        )

    def cost(self, c: Costs, own: str) -> str:
        label = Label(c.kind, c.subject, c.period)
        move = self.move(label, 1.0 if c.more else -1.0, frozenset({c.period}))
        return self.say("cost", move=move, each=short(c.each), own=own)

    def touch(self, touch: Touch) -> str:
        o = touch.overlay
        by = ", ".join(filter(None, (o.author, o.reason, o.expires)))
        limits = (self.named(x.kind, x.subject, x.period) for x in touch.limits)
        return self.say(
            "touch" if touch.limits else "touch_none",
            kind=self.say("once" if touch.one_off else "overlay"),
            name=self.names.named(o.name),
            by=f" ({by})" if by else "",
            limits=", ".join(limits),
            money=short(sum(x.money for x in touch.limits)),
        )

    # -- qualities ---------------------------------------------------------------------

    def quality(self, q: QualityWorth) -> str:
        energy = q.component == "energy"
        point = q.value if q.step == 1.0 else 100.0 * q.value
        material = self.network.chain.material.get(q.of)
        return self.say(
            "feed_energy" if energy else q.kind,
            subject=self.names.named(q.subject),
            of=self.names.named(q.of),
            component=q.component,
            value=short(point) + ("" if q.step == 1.0 else " %"),
            per=q.per,
            unit="t" if material is None else material.unit,
            money=short(q.money, sign="+"),
            each=short(q.each, sign="+"),
        )

    # -- prices ------------------------------------------------------------------------

    def price(self, p: PriceStory) -> Iterator[str]:
        yield self.say(
            "price",
            what=self.names.balance(p.balance) + self.when({p.period}),
            price=short(p.price),
            unit=p.unit,
            bid=self.amount(p.bid),
            ask=self.amount(p.ask),
            bid_range=self.reach(p.bid, p.bid_range, p.unit),
            ask_range=self.reach(p.ask, p.ask_range, p.unit),
        )
        sides = list(self.sides(p))
        yield from sides if p.tied else sides[: 1 if p.made_of_bid else 2]
        made = p.made_of_bid or p.made_of_ask
        if made is not None:
            if p.tied:
                key = "tied" if made.rents >= 0.0 else "tied_less"
                yield self.say(key, rents=short(abs(made.rents)))
            yield self.say("made")
            yield from self.parts(made)
        for key, seen in (("use", p.use), ("source", p.source)):
            if seen is not None:
                yield self.seen(key, seen)

    def amount(self, value: float) -> str:
        return short(value) if abs(value) < float("inf") else "-"

    def reach(self, value: float, reach: float | None, unit: str) -> str:
        if reach is None or not abs(value) < float("inf") or reach == float("inf"):
            return ""
        return self.say("to", amount=short(reach), unit=unit)

    def sides(self, p: PriceStory) -> Iterator[str]:
        """Yield what one more and one less unit does."""
        for side, made in (("bid", p.made_of_bid), ("ask", p.made_of_ask)):
            if made is None:
                yield self.say(f"{side}_none", unit=p.unit)
            else:
                moves = self.moves(made) or self.say("nothing_moves")
                yield self.say(side, unit=p.unit, moves=moves, value=short(made.value))

    def moves(self, made: MadeOf) -> str:
        """Return what moves at the markets, the most money first."""
        found = [g for g in self.gathered(made) if g.block in MARKETS]
        size = max((abs(g.money) for g in found), default=0.0)
        kept = [g for g in found if abs(g.money) > SMALL * size][:3]
        comma = "，" if self.place == 0 else ", "
        return comma.join(self.moved(g) for g in kept)

    def gathered(self, made: MadeOf) -> list[_Gathered]:
        """Return the shares of a price by contract or limit, the largest first."""
        groups: dict[tuple[str, str, str], list[tuple[Share, int]]] = {}
        problem = self.plan.linear
        for share in made.shares:
            label = problem.describe("row" if share.row else "column", share.index)
            name = label.entity
            if share.kind == "column" and label.block in MARKETS:
                name = name.partition("#")[0].partition(":")[0]  # one contract
            key = share.kind, label.block, name
            groups.setdefault(key, []).append((share, label.period))
        every = (
            self._gather(kind, block, entity, shares)
            for (kind, block, entity), shares in groups.items()
        )
        largest = max((abs(s.money) for s in made.shares), default=0.0)
        found = [g for g in every if abs(g.money) > ROUNDING * largest]
        return sorted(found, key=lambda g: (-abs(g.money), g.block, g.name))

    def _gather(
        self, kind: str, block: str, entity: str, shares: list[tuple[Share, int]]
    ) -> _Gathered:
        return _Gathered(
            kind=kind,
            block=block,
            name=self.names.subject(block, entity),
            unit=self.unit(block, entity),
            moved=sum(s.moved for s, _ in shares),
            money=sum(s.money for s, _ in shares),
            periods=frozenset(t for _, t in shares),
        )

    def moved(self, g: _Gathered) -> str:
        return self._move(g.block, g.name, g.unit, g.moved, g.periods)

    def move(self, label: Label, amount: float, periods: frozenset[int]) -> str:
        name = self.names.subject(label.block, label.entity)
        unit = self.unit(label.block, label.entity)
        return self._move(label.block, name, unit, amount, periods)

    def _move(
        self, block: str, name: str, unit: str, amount: float, periods: frozenset[int]
    ) -> str:
        pair = MOVES.get(block, OTHER_MOVE)[amount > 0.0]
        bare = name.removeprefix(self.names.word(block)).strip() or name
        text = pair[self.place].format(
            name=bare if block in MOVES else name, q=short(abs(amount)), u=unit
        )
        return text + self.when(periods)

    def parts(self, made: MadeOf) -> Iterator[str]:
        every = self.gathered(made)
        for g in every[:PARTS]:
            name = g.name + self.when(g.periods)
            if g.kind == "rent":
                yield self.say("rented", what=name, money=short(g.money, sign="+"))
            else:
                each = abs(g.money / g.moved) if g.moved else 0.0
                yield self.say(
                    "part",
                    what=name,
                    moved=short(g.moved, sign="+"),
                    each=short(each),
                    money=short(g.money, sign="+"),
                )
        rest = every[PARTS:]
        money = sum(g.money for g in rest)
        if abs(money) >= LEAST:
            yield self.say("rest", count=len(rest), money=short(money, sign="+"))

    def seen(self, key: str, seen: Seen) -> str:
        label = self.plan.linear.describe_column(seen.column)
        what = self.names.subject(label.block, label.entity)
        parts = [self.seen_part(label, p) for p in seen.parts[:PARTS]]
        return self.say(key, what=what, parts="; ".join(parts))

    def seen_part(self, label: Label, part: Part) -> str:
        if part.kind == "cost":
            key = "seen_value" if label.block in MARKETS else "seen_cost"
            return self.say(key, money=short(part.money, sign="+"))
        row = label if part.row is None else self.plan.linear.describe_row(part.row)
        if part.kind == "rent":
            name = self.names.subject(row.block, row.entity)
            money = short(part.money, sign="+")
            return self.say("seen_rent", what=name, money=money)
        material, _, place = row.entity.partition("@")
        name = self.names.balance(Balance(material, place)) + self.when({row.period})
        amount = short(part.amount, sign="+")
        return self.say("seen_price", what=name, amount=amount, each=short(part.each))
