"""Why a plan is as it is: its limits by money, its prices part by part."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance
from orebook.plan.expected import Expected, Overlay, Touch, flagged, touches
from orebook.plan.face import Face
from orebook.plan.limit_worth import LimitWorth, worths
from orebook.plan.made_of import MadeOf, Share, made_of
from orebook.plan.naming import unit_of
from orebook.plan.neighbours import Part, Seen, seen_from
from orebook.plan.quality_worth import QualityWorth, quality_worths
from orebook.plan.result import Plan
from orebook.plan.vertex import face_of
from orebook.plan.waiting import Waiting, nearly_full, waiting

__all__ = ["Explanation", "PriceStory", "explain", "price_stories"]


@dataclass(frozen=True, slots=True)
class PriceStory:
    """The price of one balance in one period, and what it is made of.

    Parameters
    ----------
    balance : Balance
        Material and place.
    unit : str
        Unit of the material.
    period : int
        Period, counted from 0.
    price, bid, ask : float
        Published price; worth of one more unit; cost of one less [CNY/unit].
    bid_range, ask_range : float or None
        Quantity up to which each side holds; None where it was not worked out [unit].
    tied : bool
        True where ask exceeds bid by more than 1 % of the price.
    made_of_bid, made_of_ask : MadeOf or None
        The price as an exact sum from either side; None where the side is infinite.
    use, source : Seen or None
        The price as its largest user and its largest source see it.
    """

    balance: Balance
    unit: str
    period: int
    price: float
    bid: float
    ask: float
    bid_range: float | None
    ask_range: float | None
    tied: bool
    made_of_bid: MadeOf | None
    made_of_ask: MadeOf | None
    use: Seen | None
    source: Seen | None


@dataclass(frozen=True)
class Explanation:
    """Why a plan is as it is, in one period.

    Parameters
    ----------
    plan : Plan
        The plan.
    period : int
        Period, counted from 0.
    limits : tuple of LimitWorth
        Limits that bind, the most money first.
    waiting : tuple of Waiting
        Limits expected to bind that do not, and what they lose to.
    expected : mapping
        Why each of them was expected: ``"flagged"`` in the book, bound in the last
        ``"release"`` or the plan of the ``"month before"``, or ``"nearly"`` binding.
    touches : tuple of Touch
        One-off limits and overlays, and the binding limits they touch.
    qualities : tuple of QualityWorth
        Money per percent of each quality, the most money first.
    prices : tuple of PriceStory
        Prices asked for, in the order of the network.
    """

    plan: Plan
    period: int
    limits: tuple[LimitWorth, ...]
    waiting: tuple[Waiting, ...]
    expected: Expected
    touches: tuple[Touch, ...]
    qualities: tuple[QualityWorth, ...]
    prices: tuple[PriceStory, ...]

    def story(self, balance: Balance) -> PriceStory:
        """Return the story of one price."""
        return next(p for p in self.prices if p.balance == balance)

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as plain data with stable names."""
        return {
            "period": self.plan.periods[self.period].name,
            "limits": [self._limit(x) for x in self.limits],
            "waiting": [self._waiting(w) for w in self.waiting],
            "touches": [self._touch(t) for t in self.touches],
            "qualities": [_quality(q) for q in self.qualities],
            "prices": [self._price(p) for p in self.prices],
        }

    def _limit(self, x: LimitWorth) -> dict[str, object]:
        return {
            **self._named(x.kind, x.subject, x.period),
            "side": x.side,
            "limit": x.limit,
            "rent_cny": x.rent,
            "worth_cny": x.worth,
            "up_to": _finite(x.up_to),
            "money_cny": x.money,
            "shared": x.shared,
        }

    def _named(self, kind: str, subject: str, period: int) -> dict[str, object]:
        return {
            "kind": kind,
            "subject": subject,
            "period": self.plan.periods[period].name,
            "unit": unit_of(self.plan.network, kind, subject),
        }

    def _waiting(self, w: Waiting) -> dict[str, object]:
        holds = [
            self._named(h.kind, h.subject, h.period)
            | {"side": h.side, "rate": h.rate, "needed": h.needed, "rent_cny": h.rent}
            for h in w.holds
        ]
        costs = [
            self._named(c.kind, c.subject, c.period)
            | {"more": c.more, "each_cny": c.each}
            for c in w.costs
        ]
        return {
            **self._named(w.kind, w.subject, w.period),
            "side": w.side,
            "expected": self.expected.get((w.kind, w.subject, w.side), ""),
            "limit": w.limit,
            "used": w.used,
            "gap": w.gap,
            "held_by": holds,
            "would_cost": costs,
        }

    def _touch(self, touch: Touch) -> dict[str, object]:
        overlay = touch.overlay
        return {
            "name": overlay.name,
            "one_off": touch.one_off,
            "author": overlay.author,
            "reason": overlay.reason,
            "expires": overlay.expires,
            "limits": [self._limit(x) for x in touch.limits],
        }

    def _price(self, p: PriceStory) -> dict[str, object]:
        return {
            "material": p.balance.material,
            "place": p.balance.place,
            "period": self.plan.periods[p.period].name,
            "unit": f"CNY/{p.unit}",
            "price": p.price,
            "bid": _finite(p.bid),
            "ask": _finite(p.ask),
            "bid_range": _finite(p.bid_range),
            "ask_range": _finite(p.ask_range),
            "tie": p.tied,
            "made_of_bid": self._shares(p.made_of_bid),
            "made_of_ask": self._shares(p.made_of_ask),
            "use": self._seen(p.use),
            "source": self._seen(p.source),
        }

    def _shares(self, made: MadeOf | None) -> list[dict[str, object]] | None:
        if made is None:
            return None
        return [self._share(s) for s in made.shares]

    def _share(self, share: Share) -> dict[str, object]:
        problem = self.plan.linear
        kind = "row" if share.row else "column"
        label = problem.describe(kind, share.index)
        return {
            "what": share.kind,
            **self._named(label.block, label.entity, label.period),
            "moved": share.moved,
            "each_cny": share.each,
            "money_cny": share.money,
        }

    def _seen(self, seen: Seen | None) -> dict[str, object] | None:
        if seen is None:
            return None
        label = self.plan.linear.describe_column(seen.column)
        return {
            **self._named(label.block, label.entity, label.period),
            "amount": seen.amount,
            "parts": [self._part(seen, part) for part in seen.parts],
        }

    def _part(self, seen: Seen, part: Part) -> dict[str, object]:
        problem = self.plan.linear
        label = (
            problem.describe_column(seen.column)
            if part.row is None
            else problem.describe_row(part.row)
        )
        return {
            "what": part.kind,
            **self._named(label.block, label.entity, label.period),
            "amount": part.amount,
            "each_cny": part.each,
            "money_cny": part.money,
        }


def _quality(q: QualityWorth) -> dict[str, object]:
    return {
        "kind": q.kind,
        "subject": q.subject,
        "of": q.of,
        "component": q.component,
        "value": q.value,
        "amount": q.amount,
        "per": q.per,
        "money_cny": q.money,
        "each_cny": q.each,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def explain(
    plan: Plan,
    *,
    period: int = 0,
    expected: Expected | None = None,
    overlays: Iterable[Overlay] = (),
    balances: Collection[Balance] | None = None,
    face: Face | None = None,
) -> Explanation:
    """Explain a plan in one period.

    Parameters
    ----------
    plan : Plan
        A priced plan; one that kept its basis is not solved again.
    period : int
        Period, counted from 0.
    expected : mapping, optional
        Further limits expected to bind, with why (`orebook.plan.expected.bound_in`);
        those flagged in the book and those used by 95 % or more are added.
    overlays : iterable of Overlay, optional
        Named overlays the plan was made with.
    balances : collection of Balance, optional
        Prices to be told; all by default.
    face : Face, optional
        The optimal duals, where they are at hand (`orebook.plan.vertex.face_of`).

    Returns
    -------
    Explanation
        A value; `orebook.plan.explain_words.told` says it in words.
    """
    face = face_of(plan) if face is None else face
    names = _expected(plan, face, expected or {}, period)
    every = worths(face, plan.row_dual, periods=period + 1)
    limits = [x for x in every if x.period == period]
    limits.sort(key=lambda x: (-x.money, -x.rent, x.kind, x.subject))
    chain = plan.network.chain
    return Explanation(
        plan=plan,
        period=period,
        limits=tuple(limits),
        waiting=waiting(face, plan.row_dual, names, period=period),
        expected=names,
        touches=touches(chain, limits, overlays),
        qualities=quality_worths(plan, period),
        prices=price_stories(plan, face, period=period, balances=balances),
    )


def _expected(
    plan: Plan, face: Face, given: Expected, period: int
) -> Mapping[tuple[str, str, str], str]:
    nearly = dict.fromkeys(nearly_full(face, period), "nearly")
    return nearly | dict(given) | flagged(plan.network.chain)


def price_stories(
    plan: Plan,
    face: Face,
    *,
    period: int = 0,
    balances: Collection[Balance] | None = None,
) -> tuple[PriceStory, ...]:
    """Return what the prices of a period are made of.

    Parameters
    ----------
    plan : Plan
        The plan.
    face : Face
        Its optimal duals.
    period : int
        Period, counted from 0.
    balances : collection of Balance, optional
        Those asked for; all by default.

    Returns
    -------
    tuple of PriceStory
        In the order of the network.
    """
    network, problem = plan.network, plan.linear
    chosen = [
        i
        for i, b in enumerate(network.balances)
        if balances is None or b in set(balances)
    ]
    rows = problem.rows["balance"].all()[chosen, period]
    bids = made_of(face, plan.row_dual, rows, side="bid")
    asks = made_of(face, plan.row_dual, rows, side="ask")
    stories = []
    for i, row, bid, ask in zip(chosen, rows.tolist(), bids, asks, strict=True):
        p, ranged = plan.prices, period < plan.prices.ranged
        seen = [
            seen_from(problem, plan.x, plan.row_dual, row, sign=sign)
            for sign in (-1, 1)
        ]
        stories.append(
            PriceStory(
                balance=network.balances[i],
                unit=network.chain.material[network.balances[i].material].unit,
                period=period,
                price=float(p.price[i, period]),
                bid=float(p.bid[i, period]),
                ask=float(p.ask[i, period]),
                bid_range=float(p.bid_range[i, period]) if ranged else None,
                ask_range=float(p.ask_range[i, period]) if ranged else None,
                tied=bool(plan.tied[i, period]),
                made_of_bid=bid,
                made_of_ask=ask,
                use=seen[0],
                source=seen[1],
            )
        )
    return tuple(stories)
