"""Following a practice: is it kept to, and what does it bring."""

from __future__ import annotations

from datetime import date
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from orebook.benchmark.practice.card import Card, Finding, FollowUp, Span
from orebook.benchmark.practice.records import Records
from orebook.benchmark.practice.roles import STANDING, matrix
from orebook.benchmark.practice.valuation import value
from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["follow"]

Z80 = 1.2815515655446004  # of the two-sided 80 % interval [-]
BLOCK = 6  # records taken as one for the doubt of a sum [-]
POINTS = 400  # kept for the chart [-]


def follow(card: Card, records: Records) -> FollowUp:
    """Return what records since the trial began say of a card.

    Parameters
    ----------
    card : Card
        On trial or kept.
    records : Records
        With the columns the card was found with.

    Raises
    ------
    InputError
        If the card has no trial, a column is missing, or no record lies in its days.

    Notes
    -----
    A record inside the window brought what it made less what was to be expected under
    its conditions by the practice before, at the prices of the card. The doubt is
    that of the sum, of blocks of six records, and that of the practice before.
    """
    if card.trial is None:
        raise InputError(
            f"card {card.id} has not been on trial; run: orebook practice trial BOOK "
            f"{card.id} --from DAY --until DAY --owner NAME"
        )
    mine = records.where(_in_days(card, records))
    money, tonnes = value(mine, card.valuation)
    _, conditions = matrix(mine, card.asked_conditions)
    conditions = _as_baseline(card, mine, conditions)
    settings = _settings(card, mine)
    good = np.isfinite(np.column_stack([conditions, settings, money])).all(axis=1)
    middle = np.median(tonnes[good]) if good.any() else 0.0
    good &= tonnes >= STANDING * middle
    if not good.any():
        raise InputError(
            f"{records.name} has no record of {card.trial.first} to "
            f"{_last(card)} that can be used; expected records of the trial; check "
            "the days of the file"
        )
    valid = good & card.baseline.valid(np.nan_to_num(conditions))
    extra = money - card.baseline.expected(conditions)
    held = valid & _inside(card, settings)
    return _told(card, mine, (good, valid, held), extra, tonnes)


def _in_days(card: Card, records: Records) -> NDArray[np.bool_]:
    assert card.trial is not None
    first = _day(card.trial.first)
    return (records.days >= first) & (records.days < _day(_last(card)) + 1.0)


def _last(card: Card) -> str:
    """Return the last day looked at: of a trial its own, of a kept card none."""
    assert card.trial is not None
    return card.trial.last if card.state == "trial" else "9999-01-01"


def _day(text: str) -> float:
    return float(date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal())


def _iso(day: float) -> str:
    return date.fromordinal(int(day) + date(1970, 1, 1).toordinal()).isoformat()


def _as_baseline(card: Card, records: Records, conditions: Array) -> Array:
    """Return conditions in the columns of the baseline: some never varied."""
    names, _ = matrix(records, card.asked_conditions)
    wanted = [c.name for c in card.conditions]
    return conditions[:, [names.index(n) for n in wanted]]


def _settings(card: Card, records: Records) -> Array:
    columns = [records.column(a.name).values for a in card.todo]
    return np.column_stack([*columns, np.empty((len(records.days), 0))])


def _inside(card: Card, settings: Array) -> NDArray[np.bool_]:
    held = np.ones(len(settings), bool)
    for j, a in enumerate(card.todo):
        held &= (settings[:, j] >= a.low) & (settings[:, j] <= a.high)
    return held


def _told(
    card: Card,
    records: Records,
    marks: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]],
    extra: Array,
    tonnes: Array,
) -> FollowUp:
    good, valid, held = marks
    total, sd = _captured(card, extra, tonnes, held)
    low, high = total - Z80 * sd, total + Z80 * sd
    out = valid & ~held
    count = int(valid.sum())
    return FollowUp(
        first=_iso(records.days[good][0]),
        last=_iso(records.days[good][-1]),
        source=records.name,
        sha256=records.sha256,
        records=int(good.sum()),
        valid=count,
        adherence=float(held.sum() / count) if count else 0.0,
        inside=_mean(extra, tonnes, held),
        outside=_mean(extra, tonnes, out),
        captured=total,
        captured_low=low,
        captured_high=high,
        expected=card.gain * float(tonnes[held].sum()),
        finding=_finding(low, high),
        spans=_spans(records.days, valid, held, extra * tonnes),
        days=tuple(_iso(d) for d in records.days[held][-POINTS:]),
        points=tuple(float(x) for x in extra[held][-POINTS:]),
    )


def _captured(
    card: Card, extra: Array, tonnes: Array, held: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the money of the records inside, and its doubt [CNY]."""
    money = extra[held] * tonnes[held]
    if not money.size:
        return 0.0, 0.0
    away = (extra[held] - np.average(extra[held], weights=tonnes[held])) * tonnes[held]
    parts = np.bincount(np.arange(money.size) // BLOCK, away)
    own = float(np.sum(parts**2))
    before = (card.baseline.sd * float(tonnes[held].sum())) ** 2
    return float(money.sum()), sqrt(own + before)


def _mean(extra: Array, tonnes: Array, mark: NDArray[np.bool_]) -> float | None:
    if not mark.any():
        return None
    return float(np.average(extra[mark], weights=tonnes[mark]))


def _finding(low: float, high: float) -> Finding:
    if low > 0.0:
        return "pays"
    return "loses" if high < 0.0 else "open"


def _spans(
    days: Array, valid: NDArray[np.bool_], held: NDArray[np.bool_], money: Array
) -> tuple[Span, ...]:
    months = np.array([_iso(d)[:7] for d in days])
    found = []
    for name in sorted(set(months[valid])):
        mine = valid & (months == name)
        inside = mine & held
        share = float(inside.sum() / mine.sum())
        found.append(Span(name, int(mine.sum()), share, float(money[inside].sum())))
    return tuple(found)
