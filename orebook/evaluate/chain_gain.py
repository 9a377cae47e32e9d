"""The chain's advantage: the group's plan against every site alone, and its split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.evaluate.alone import Alone, alone, by_site, players_of
from orebook.evaluate.chain_gain_words import told
from orebook.evaluate.game import (
    EXACT,
    STABLE,
    Coalition,
    Game,
    coalitions_of,
    core_point,
    excesses,
    fair_split,
    least_core,
    sampled_split,
)
from orebook.evaluate.links import Link, Market, Side, links_of, markets_of
from orebook.plan.result import Plan

__all__ = ["Cause", "ChainGain", "chain_gain"]

Progress = Callable[[str, float], None]
_Key = tuple[str, Side, Balance]
ORDERS = 50
"""Orders drawn where there are more sites than can be combined exactly [-]."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of the gain.

    Parameters
    ----------
    kind : {"trade", "no_market", "only_together", "own_plan"}
        The market's margin saved on a good that passes inside, less its transport; the
        same for a good that the book knows no market for, at internal prices; what a
        site earns that lives on such a good or cannot meet its obligations alone, more
        than alone; what another site alone earns less, for it settles on its own plan.
    giver, taker : str
        Sites; only a taker where the cause is a site.
    material, group : str
        What passes and its class (``power``, ``steam``, ``product``, ...), by which
        joint utilities and by-products can be told from goods; empty where the cause is
        a site.
    amount : float
        What reaches the taker over the horizon [unit].
    unit : str
        Unit of the amount.
    money : float
        Part of the gain [CNY].
    """

    kind: str
    giver: str
    taker: str
    material: str
    group: str
    amount: float
    unit: str
    money: float


@dataclass(frozen=True)
class ChainGain:
    """What the group gains by being one.

    Parameters
    ----------
    plan : Plan
        The group's plan.
    markets : tuple of Market
        What each site alone would have instead of the others.
    together : Alone
        The group with the same markets open to it.
    apart : dict
        Site to its best plan by itself.
    game : Game
        Values of all coalitions that were worked out [CNY].
    causes : tuple of Cause
        Parts of the gain, the largest first; they sum to it.
    split : dict
        Site to its fair share of the value of all [CNY].
    error : dict or None
        Standard error of the shares where orders were drawn [CNY].
    """

    plan: Plan
    markets: tuple[Market, ...]
    together: Alone
    apart: dict[str, Alone]
    game: Game
    causes: tuple[Cause, ...]
    split: dict[str, float]
    error: dict[str, float] | None

    @property
    def gain(self) -> float:
        """What all earn together more than each alone [CNY]."""
        return self.game.gain

    @property
    def market_worth(self) -> float:
        """What the markets of the sites alone would add to the group's plan [CNY]."""
        return self.game.whole - self.plan.margin - self.common

    @property
    def common(self) -> float:
        """Fixed costs of no site, which stay whoever joins [CNY]."""
        chain = self.plan.network.chain
        return sum(
            cost.amount.in_hours(p.hours, p.months)
            for cost in chain.costs
            for p in self.plan.periods
            if chain.site_of(cost.centre) not in self.game.players
        )

    @cached_property
    def excess(self) -> dict[Coalition, float]:
        """What each coalition would gain by leaving under the fair split [CNY]."""
        return excesses(self.game, self.split)

    @cached_property
    def worst(self) -> float:
        """The smallest worst excess of any split; above 0 no split is stable [CNY]."""
        return least_core(self.game)[0]

    @property
    def stable(self) -> bool:
        """Whether nobody would gain by leaving under the fair split."""
        most = max(self.excess.values(), default=0.0)
        return most <= STABLE * self.game.scale

    @cached_property
    def proposed(self) -> dict[str, float] | None:
        """The stable split nearest to the fair one; None where none is [CNY]."""
        return core_point(self.game, self.split)

    def summary(self, lang: str = "zh") -> str:
        """Return the gain in plain words.

        Parameters
        ----------
        lang : str
            ``"zh"`` or ``"en"``.
        """
        if lang not in ("zh", "en"):
            raise InputError(f"lang = {lang!r}; expected 'zh' or 'en'; choose one")
        return told(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the gain as plain data with stable names."""
        proposed = self.proposed
        return {
            "periods": [p.name for p in self.plan.periods],
            "plan_margin_cny": self.plan.margin,
            "common_cost_cny": self.common,
            "market_worth_cny": self.market_worth,
            "together_cny": self.game.whole,
            "gain_cny": self.gain,
            "sites": [
                {
                    "site": site,
                    "alone_cny": self.apart[site].margin,
                    "contradiction": self.apart[site].contradiction,
                    "share_cny": self.split[site],
                    "share_of_gain_cny": self.split[site] - self.apart[site].margin,
                    "error_cny": None if self.error is None else self.error[site],
                    "stable_share_cny": None if proposed is None else proposed[site],
                }
                for site in self.game.players
            ],
            "causes": [
                {name: getattr(c, name) for name in Cause.__slots__ if name != "money"}
                | {"cny": c.money}
                for c in self.causes
            ],
            "markets": [_market_row(m) for m in self.markets],
            "coalitions": [
                {
                    "sites": [p for p in self.game.players if p in s],
                    "value_cny": value,
                    "excess_cny": self.excess.get(s, 0.0),
                }
                for s, value in self.game.value.items()
            ],
            "stable": self.stable,
            "core": proposed is not None,
            "least_worst_excess_cny": self.worst,
        }


def _market_row(market: Market) -> dict[str, object]:
    price = market.price
    return {
        "site": market.site,
        "side": market.side,
        "material": market.balance.material,
        "place": market.balance.place,
        "most": float(market.most.sum()),
        "price_cny": None if price is None else [float(v) for v in price.value],
        "source": None if price is None else price.source,
    }


def chain_gain(
    plan: Plan,
    *,
    given: Mapping[str, tuple[float, float]] | None = None,
    orders: int = ORDERS,
    progress: Progress | None = None,
) -> ChainGain:
    """Return what the group gains over its sites alone, by cause and fairly split.

    Parameters
    ----------
    plan : Plan
        The group's plan.
    given : mapping, optional
        Material to the price a site alone gets and the price it pays; replaces the
        prices read in the book [CNY/unit].
    orders : int
        Orders drawn where there are more than ten sites [-].
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    ChainGain
        Causes sum to the gain, shares to the value of all.

    Raises
    ------
    InputError
        If there are not two sites.

    Notes
    -----
    Every coalition is planned with what its sites own and with the markets they would
    have without the others; these are open to the group as well. So a larger coalition
    can do whatever its parts can, and where all obligations can be met the game is one
    of linear production, whose core is not empty [1]_.

    References
    ----------
    .. [1] G. Owen, "On the core of linear production games", Mathematical Programming
       9, 1975.
    """
    say = progress or _silent
    players = players_of(plan.network.chain)
    _check(plan, players, given or {})
    links = links_of(plan)
    markets = markets_of(plan, links, given or {})
    kept: dict[Coalition, Alone] = {}
    count = 2 ** len(players) - 1 if len(players) <= EXACT else orders * len(players)

    def value(sites: Coalition) -> float:
        say("plan " + "+".join(p for p in players if p in sites), len(kept) / count)
        found = alone(plan, sites, markets)
        if len(sites) in (1, len(players)):
            kept[sites] = found
        return found.margin

    error = None
    if len(players) <= EXACT:
        game = Game(players, {s: value(s) for s in coalitions_of(players)})
        split = fair_split(game)
    else:
        drawn = sampled_split(value, players, orders=orders)
        game, split, error = drawn.game, drawn.split, drawn.error
    together = kept[frozenset(players)]
    apart = {p: kept[frozenset([p])] for p in players}
    causes = _causes(plan, together, markets, apart)
    return ChainGain(plan, markets, together, apart, game, causes, split, error)


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def _check(
    plan: Plan, players: tuple[str, ...], given: Mapping[str, tuple[float, float]]
) -> None:
    from orebook.chain.nearest import did_you_mean

    chain = plan.network.chain
    if len(players) < 2:
        raise InputError(
            f"the chain's advantage needs two sites; {chain.group.id} has "
            f"{', '.join(players) or 'none'} that own units, contracts or stores; set "
            'level = "site" on centres in group.toml'
        )
    for material, (sell, buy) in given.items():
        if material not in chain.material:
            hint = did_you_mean(material, chain.material, "correct the name")
            raise InputError(f"no material is called '{material}'; {hint}")
        if not sell <= buy:
            raise InputError(
                f"market of {material}: selling at {sell:g} and buying at {buy:g} CNY "
                "would pay without end; expected selling at most at the price of "
                "buying; exchange them"
            )


def _causes(
    plan: Plan, together: Alone, markets: tuple[Market, ...], apart: dict[str, Alone]
) -> tuple[Cause, ...]:
    """Split the gain by link and by site; see the documentation for the identity."""
    chain = plan.network.chain
    own = by_site(together.assembly, together.x)
    known = {(m.site, m.side, m.balance): m for m in markets}
    found, bound = [], set()
    for link in links_of(replace(plan, assembly=together.assembly, x=together.x)):
        brought = _worth(plan, known, link, "sell")
        spared = _worth(plan, known, link, "buy")
        own[link.giver] = own.get(link.giver, 0.0) + brought[0]
        own[link.taker] = own.get(link.taker, 0.0) - spared[0]
        lacking = not (brought[1] and spared[1])
        bound |= {link.giver, link.taker} if lacking else set()
        found.append(
            Cause(
                "no_market" if lacking else "trade",
                link.giver,
                link.taker,
                link.end.material,
                chain.material[link.end.material].group,
                float(link.got.sum()),
                chain.material[link.end.material].unit,
                spared[0] - brought[0] - float(link.cost.sum()),
            )
        )
    for site, one in apart.items():
        kind = "only_together" if site in bound or one.contradiction else "own_plan"
        money = own.get(site, 0.0) - one.margin
        found.append(Cause(kind, "", site, "", "", 0.0, "", money))
    return tuple(sorted(found, key=lambda c: -abs(c.money)))


def _worth(
    plan: Plan, known: Mapping[_Key, Market], link: Link, side: Side
) -> tuple[float, bool]:
    """Return what a link's good is worth at one end, and whether a market says so.

    Where the book knows no market, it is the internal price of the plan [CNY].
    """
    site, balance, amount = (
        (link.giver, link.start, link.sent)
        if side == "sell"
        else (link.taker, link.end, link.got)
    )
    market = known.get((site, side, balance))
    if market is not None and market.price is not None:
        return float(market.price.value @ amount), True
    internal = plan.prices.price[plan.network.balance_position[balance]]
    return float(internal @ amount), False
