"""Six ways to game a scheme, each a change of the facts with its physical link stated.

Every attack is made by each team alone, all others honest, except equal loafing, which
all make together. What it brings is the pay on the changed facts less the honest pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from orebook.reward.lab.panel import Array, Column, Panel
from orebook.reward.lab.replay import (
    Replay,
    by_month,
    earn,
    pool_factor,
    replay,
    starts_of,
)
from orebook.reward.scheme import Measure, Scheme

NOTHING = 1.0
"""A gain per team and month below this is rounding [CNY]."""

WRONG_REPORTS = (-0.3, -0.2, -0.1, -0.05, -0.02, -0.01, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""How far false reports lie from what the team knows it will reach [-]."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard the attacks are made.

    Parameters
    ----------
    shift : float
        Part of a month's volume or cost moved over the month end [-].
    stock : float
        Part of the output made for stock beside the plan [-].
    spread : float
        How far two halves of a month lie from its mean [-].
    loafing : float
        Part more of every input used for the same output [-].
    saving : float
        Part saved on what is measured [-].
    harm : float
        Lost elsewhere for each yuan saved [-]; above 1, or the group gains.
    """

    shift: float = 0.05
    stock: float = 0.05
    spread: float = 0.05
    loafing: float = 0.02
    saving: float = 0.01
    harm: float = 1.2


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack brings.

    Parameters
    ----------
    name : str
        Which attack.
    gains : ndarray, shape (teams,)
        What it brings each team over the history, as best it can, never below zero
        [CNY].
    applies : bool
        Whether the scheme has anything the attack could work on.
    """

    name: str
    gains: Array
    applies: bool = True

    @property
    def money(self) -> float:
        """What it brings all teams together [CNY]."""
        return float(self.gains.sum())

    def pays(self, months: int) -> bool:
        """Return whether it brings any team more than rounding.

        Parameters
        ----------
        months : int
            Length of the history [-].
        """
        return bool((self.gains > NOTHING * months).any())


@dataclass(frozen=True, slots=True)
class _Game:
    scheme: Scheme
    honest: Replay
    strength: Strength = field(default_factory=Strength)

    @property
    def panel(self) -> Panel:
        return self.honest.panel

    def measure(self, name: str) -> Measure:
        return next(m for m in self.scheme.measures if m.id == name)

    def alone(self, changed: Panel) -> Array:
        """Return the pay of each team if it alone departs, (months, teams) [CNY].

        What the team earns more also lowers k for itself; the others' share of that is
        not its doing and not counted.
        """
        plain = self.honest
        earned = earn(self.scheme, changed, plain.fund, honest=self.panel)
        before = np.maximum(plain.earned.held, 0.0)
        after = np.maximum(earned.held, 0.0)
        positive = before.sum(axis=1, keepdims=True) - before + after
        k = pool_factor(plain.limit[:, None], positive)
        so_far = np.where(earned.held > 0, earned.held * k, earned.held)
        return by_month(so_far, starts_of(self.scheme, changed), changed.vetoed)


def attacks(
    scheme: Scheme, honest: Replay, strength: Strength | None = None
) -> tuple[Attack, ...]:
    """Make all six attacks on a scheme.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    honest : Replay
        The scheme settled on the honest history.
    strength : Strength, optional
        How hard they are made.

    Notes
    -----
    Month-end shift and splitting choose the months that suit them; the shift never
    uses a month twice.
    """
    game = _Game(scheme, honest, strength or Strength())
    return tuple(replace(make(game), name=name) for name, make in _ATTACKS.items())


# -- month-end shift -----------------------------------------------------------------


def _shift(game: _Game) -> Attack:
    """Book part of a month's volume, or of its inputs, in the month beside it."""
    months, teams = game.panel.shape
    gains = np.zeros((max(months - 1, 0), teams))
    starts = starts_of(game.scheme, game.panel)
    yearly = game.scheme.settle_over != "month"
    for move in (_move_volume, _move_cost):
        for forward in (True, False):
            for pairs in _pairs(starts, months, yearly=yearly):
                source = pairs if forward else pairs + 1
                target = pairs + 1 if forward else pairs
                pay = game.alone(move(game, source, target))
                change = pay - game.honest.pay
                for k in pairs:
                    alone = len(pairs) == 1
                    found = (
                        change.sum(axis=0) if alone else change[k : k + 2].sum(axis=0)
                    )
                    gains[k] = np.maximum(gains[k], found)
    return Attack("", _chosen(gains))


def _pairs(
    starts: NDArray[np.intp], months: int, *, yearly: bool
) -> list[NDArray[np.intp]]:
    """Return month ends that can be looked at in one go: none touches another.

    Over a year end what moves is felt in all months after it, so each is looked at
    alone.
    """
    ends = np.arange(months - 1)
    crossing = starts[ends] != starts[ends + 1] if yearly else np.zeros_like(ends, bool)
    inside = ends[~crossing]
    groups = [inside[inside % 2 == 0], inside[inside % 2 == 1]]
    return [g for g in [*groups, *(np.array([k]) for k in ends[crossing])] if len(g)]


def _chosen(gains: Array) -> Array:
    """Return the best sum of gains of month ends of which no two touch."""
    before = np.zeros(gains.shape[1])
    best = np.zeros(gains.shape[1])
    for row in gains:
        before, best = best, np.maximum(best, before + row)
    return best


def _move_volume(
    game: _Game, source: NDArray[np.intp], target: NDArray[np.intp]
) -> Panel:
    """Move output with all that went into it: ratios go along, sums move."""
    share = game.strength.shift
    changed = {}
    for name, c in game.panel.columns.items():
        fields: dict[str, Array] = {}
        moved = share * c.driver[source]
        whole = c.driver[target] + moved
        for what in ("actual", "fair"):
            value = getattr(c, what).copy()
            if c.sums:
                part = share * value[source]
                value[source], value[target] = (
                    value[source] - part,
                    value[target] + part,
                )
            else:
                mixed = c.driver[target] * value[target] + moved * value[source]
                value[target] = mixed / whole
            fields[what] = value
        if game.measure(name).source == "delivery":
            fields["fair"] = c.fair
        if not c.sums:
            driver = c.driver.copy()
            driver[source], driver[target] = driver[source] - moved, whole
            fields["driver"] = driver
        changed[name] = replace(c, **fields)  # type: ignore[arg-type]
    return game.panel.with_columns(changed)


def _move_cost(
    game: _Game, source: NDArray[np.intp], target: NDArray[np.intp]
) -> Panel:
    """Book part of a month's inputs in the month beside it, the output stays."""
    share, used = game.strength.shift, game.panel.used
    changed = {}
    for name, c in game.panel.columns.items():
        measure = game.measure(name)
        if c.sums:
            if measure.source == "delivery" or not _feels_inputs(measure):
                continue
            actual = c.actual.copy()
            money = share * used[source]
            actual[source], actual[target] = (
                actual[source] + money,
                actual[target] - money,
            )
            changed[name] = replace(c, actual=actual)
        else:
            changed[name] = _inputs_moved(c, measure, source, target, share)
    return game.panel.with_columns(changed)


def _inputs_moved(
    c: Column,
    measure: Measure,
    source: NDArray[np.intp],
    target: NDArray[np.intp],
    share: float,
) -> Column:
    """Move the input of a ratio: above the line where less is better, else below it."""
    actual, driver = c.actual.copy(), c.driver.copy()
    if measure.direction == "min":
        part = share * actual[source] * driver[source]
        actual[source] = actual[source] * (1 - share)
        actual[target] = actual[target] + part / driver[target]
        return replace(c, actual=actual)
    moved = share * driver[source]
    actual[source] = actual[source] / (1 - share)
    actual[target] = actual[target] * driver[target] / (driver[target] + moved)
    driver[source], driver[target] = driver[source] - moved, driver[target] + moved
    return replace(c, actual=actual, driver=driver)


def _feels_inputs(measure: Measure) -> bool:
    return measure.source == "margin" or measure.of.rpartition(":")[2] in (
        "",
        "efficiency",
    )


# -- stock build ---------------------------------------------------------------------


def _stock(game: _Game) -> Attack:
    """Make more than the plan for stock, in every month; nobody buys it."""
    share, panel = game.strength.stock, game.panel
    rule = game.scheme.stock
    worth = share * (panel.made - panel.used)
    charge = share * np.maximum(panel.used, 0.0) * rule.capital_charge / 12
    at_cost = rule.valued_at == "marginal_cost"
    rent = np.maximum(worth, 0.0) if at_cost else 0.0
    changed, applies = {}, False
    for name, c in panel.columns.items():
        measure = game.measure(name)
        if not c.sums:
            changed[name] = replace(c, driver=c.driver * (1 + share))
        elif measure.source == "margin":
            own = c.actual - c.fair
            fair = c.fair + worth - share * own
            kept = share * np.maximum(own, 0.0) if at_cost else 0.0
            changed[name] = replace(
                c, actual=c.actual + worth - rent - kept - charge, fair=fair
            )
            applies = True
        elif measure.source == "effect":
            of = measure.of.rpartition(":")[2] or "efficiency"
            gain = np.minimum(c.actual, 0.0) if at_cost else c.actual
            more = worth - rent if of == "volume" else share * gain
            changed[name] = replace(c, actual=c.actual + more - charge)
            applies = True
    change = game.alone(panel.with_columns(changed)) - game.honest.pay
    if game.scheme.settle_over != "month":
        return Attack("", np.maximum(change.sum(axis=0), 0.0), applies)
    return Attack("", np.maximum(change, 0.0).sum(axis=0), applies)


# -- splitting -----------------------------------------------------------------------


def _split(game: _Game) -> Attack:
    """Settle each month as two halves, one better than the other, the sum the same."""
    panel, spread = game.panel, game.strength.spread
    rows = np.repeat(np.arange(len(panel.periods)), 2)
    sign = np.where(np.arange(len(rows)) % 2 == 0, 1.0, -1.0)[:, None]
    changed = {}
    for name, c in panel.columns.items():
        fields = {k: getattr(c, k)[rows] for k in _BY_ROW}
        half = 0.5 if c.sums else 1.0
        for what in ("actual", "plan", "fair"):
            fields[what] = fields[what] * half
        fields["actual"] = fields["actual"] * (1 + sign * spread)
        fields["driver"] = fields["driver"] / 2
        if c.sums:  # rows hold sums; a curve reads the rate of a month
            for what in ("best", "external", "report"):
                fields[what] = fields[what] * half
        changed[name] = replace(c, **fields)
    halves = replace(
        panel.with_columns(changed),
        periods=tuple(f"{panel.periods[r]}{'ab'[k % 2]}" for k, r in enumerate(rows)),
        factors=panel.factors[rows],
        deductions=panel.deductions[rows],
        vetoed=panel.vetoed[rows],
        margin=panel.margin[rows],
        planned=panel.planned[rows],
        made=panel.made[rows] / 2,
        used=panel.used[rows] / 2,
        span=panel.span[rows] / 2,
    )
    halves_paid = replay(game.scheme, halves)
    pay = halves_paid.earned.capped.reshape(-1, 2, panel.shape[1]).sum(axis=1)
    change = (pay - game.honest.earned.capped) * game.honest.factor[:, None]
    if game.scheme.settle_over != "month":
        return Attack("", np.maximum(change.sum(axis=0), 0.0))
    return Attack("", np.maximum(change, 0.0).sum(axis=0))


_BY_ROW = ("actual", "plan", "fair", "best", "external", "report", "driver", "worth")


# -- false report --------------------------------------------------------------------


def _report(game: _Game) -> Attack:
    """Say other than what the team knows it will reach, or say nothing."""
    read = [m for m in game.scheme.measures if m.reads_report]
    _, teams = game.panel.shape
    if not read:
        return Attack("", np.zeros(teams), applies=False)

    def said(share: float) -> Panel:
        columns = {
            m.id: replace(c, report=c.actual * (1 + share))
            for m in read
            for c in (game.panel.columns[m.id],)
        }
        return game.panel.with_columns(columns)

    honest = game.alone(said(0.0))
    best = np.zeros_like(honest)
    silent = said(np.nan)
    for other in [*(said(x) for x in WRONG_REPORTS), silent]:
        best = np.maximum(best, game.alone(other) - honest)
    return Attack("", best.sum(axis=0))


# -- equal loafing -------------------------------------------------------------------


def _loaf(game: _Game) -> Attack:
    """Use more of every input for the same output, all teams together.

    What it brings is what slack costs a team alone, less what it costs where all are
    slack: the price of effort that the scheme lets them get round.
    """
    slack = _loafed(game)
    alone = game.alone(slack)
    same_fund = earn(game.scheme, slack, game.honest.fund)
    positive = np.maximum(same_fund.held, 0.0).sum(axis=1)
    k = pool_factor(game.honest.limit, positive)[:, None]
    so_far = np.where(same_fund.held > 0, same_fund.held * k, same_fund.held)
    paid = by_month(so_far, starts_of(game.scheme, slack), slack.vetoed)
    return Attack("", np.maximum((paid - alone).sum(axis=0), 0.0))


def _loafed(game: _Game) -> Panel:
    share, changed = game.strength.loafing, {}
    for name, c in game.panel.columns.items():
        measure = game.measure(name)
        if not c.sums:
            worse = 1 + share if measure.direction == "min" else 1 / (1 + share)
            changed[name] = replace(c, actual=c.actual * worse)
        elif measure.source == "delivery":
            changed[name] = replace(c, actual=c.actual / (1 + share))
        elif _feels_inputs(measure):
            changed[name] = replace(c, actual=c.actual - share * game.panel.used)
    return game.panel.with_columns(changed)


# -- substitution --------------------------------------------------------------------


def _substitute(game: _Game) -> Attack:
    """Save on what is measured by using more of what is not: the group loses."""
    gains = np.zeros(game.panel.shape)
    rule, applies = game.strength, False
    for measure in game.scheme.measures:
        c = game.panel.columns[measure.id]
        if c.sums:
            continue
        applies = True
        better = 1 - rule.saving if measure.direction == "min" else 1 + rule.saving
        lost = rule.saving * np.abs(c.actual) * c.worth * (rule.harm - 1)
        lost = np.nan_to_num(lost)
        changed = {measure.id: replace(c, actual=c.actual * better)}
        for name, other in game.panel.columns.items():
            if other.sums and other.covers.any():
                felt = np.where(other.covers[None, :], lost, 0.0)
                changed[name] = replace(other, actual=other.actual - felt)
        change = game.alone(game.panel.with_columns(changed)) - game.honest.pay
        if game.scheme.settle_over != "month":
            change = change.sum(axis=0, keepdims=True) / len(change) + 0 * change
        gains = gains + np.where(lost > 0, np.maximum(change, 0.0), 0.0)
    return Attack("", gains.sum(axis=0), applies)


_ATTACKS: Mapping[str, Callable[[_Game], Attack]] = {
    "month_end_shift": _shift,
    "stock_build": _stock,
    "splitting": _split,
    "false_report": _report,
    "equal_loafing": _loaf,
    "substitution": _substitute,
}
