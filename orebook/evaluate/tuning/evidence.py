"""What the closed months measured of a group of units, as arrays over the months.

Every figure that rests on a reading counts once: figures the process model itself
filled in are left out, and of a good that only circulates within the group those
without a meter of their own, for they repeat the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.chain.chain import Balance
from orebook.evaluate.tuning.months import Evidence
from orebook.ledger.month import Figure
from orebook.process.network import Network, Stream

__all__ = ["CLOSED", "Measured", "measured"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CLOSED = 1e-6
"""How exactly goods that only circulate within the group are balanced [-]."""

FINEST = 1e-4
"""No figure is taken as better known than this share of itself [-]."""

NOTHING = 1e-9
"""Amounts below this share of the largest of their stream count as none [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Figures of M months: F streams of the group, and B balances that bind them.

    Parameters
    ----------
    streams : tuple of Stream
        Streams of the group's units.
    balances : tuple of Balance
        Goods whose balance says something the streams alone do not.
    value, sd : array, shape (M, F + B)
        Amount by stream, then what the group leaves of each balance, with one standard
        deviation [stream unit].
    used : array of bool, shape (M, F + B)
        Which of them are measured.
    closed : array of bool, shape (F + B,)
        Balances within the group: they close exactly.
    of : array, shape (F + B, F)
        What each row is made of: a stream, or signed streams.
    """

    streams: tuple[Stream, ...]
    balances: tuple[Balance, ...]
    value: Floats
    sd: Floats
    used: Bools
    closed: Bools
    of: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Stream ids, then ``balance MATERIAL@PLACE``."""
        return (
            *(s.id for s in self.streams), *(f"balance {b}" for b in self.balances)
        )  # fmt: skip


def measured(
    network: Network, units: Sequence[str], months: Sequence[Evidence]
) -> Measured:
    """Collect what closed months measured of a group of units.

    Parameters
    ----------
    network : Network
        Streams and balances.
    units : sequence of str
        The group.
    months : sequence of Evidence
        Closed months, in order of time.
    """
    streams = tuple(s for u in units for s in network.of(u))
    sides = _sides(network, streams)
    size = len(streams) + len(sides)
    of = np.zeros((size, len(streams)))
    of[: len(streams)] = np.eye(len(streams))
    for j, side in enumerate(sides):
        of[len(streams) + j, list(side.own)] = [streams[i].sign for i in side.own]
    value, sd = np.zeros((len(months), size)), np.ones((len(months), size))
    used = np.zeros((len(months), size), dtype=np.bool_)
    within = {side.balance for side in sides if side.within}
    for m, evidence in enumerate(months):
        figures = evidence.closed.figures
        rows = [_of_stream(figures.get(s.id), s.balance in within) for s in streams]
        rows += [_of_side(side, streams, figures) for side in sides]
        for r, found in enumerate(rows):
            if found is not None:
                value[m, r], sd[m, r], used[m, r] = *found, True
    closed = np.array([False] * len(streams) + [side.within for side in sides])
    largest = np.abs(value).max(axis=0, initial=0.0)
    finest = np.maximum(FINEST * np.abs(value), 1e-300)
    sd = np.where(closed, sd, np.maximum(sd, finest))
    used &= (np.abs(value) > NOTHING * largest) | closed
    keep = [r for r in range(size) if r < len(streams) or used[:, r].any()]
    kept = [sides[r - len(streams)].balance for r in keep[len(streams) :]]
    return Measured(
        streams, tuple(kept), value[:, keep], sd[:, keep], used[:, keep],
        closed[keep], of[keep],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Side:
    """A balance the group takes part in: its own streams, and those of others."""

    balance: Balance
    own: tuple[int, ...]
    others: tuple[Stream, ...]
    within: bool


def _sides(network: Network, streams: Sequence[Stream]) -> list[_Side]:
    inside = {s.id for s in streams}
    around: dict[Balance, list[Stream]] = {s.balance: [] for s in streams}
    for s in network.streams:
        if s.balance in around:
            around[s.balance].append(s)
    found = []
    for balance, members in around.items():
        own = tuple(i for i, s in enumerate(streams) if s.balance == balance)
        others = tuple(s for s in members if s.id not in inside)
        ways = {s.sign for s in members}
        found.append(_Side(balance, own, others, not others and len(ways) == 2))
    return found


def _of_stream(figure: Figure | None, within: bool) -> tuple[float, float] | None:
    """Return a figure where it is evidence of its own."""
    if figure is None or not _known(figure) or (within and figure.reading is None):
        return None
    return figure.value, figure.sd


def _of_side(
    side: _Side, streams: Sequence[Stream], figures: Mapping[str, Figure]
) -> tuple[float, float] | None:
    """Return what the group leaves of a balance, where that says something new."""
    own = [figures.get(streams[i].id) for i in side.own]
    if side.within:
        largest = max((f.value for f in own if f is not None), default=0.0)
        return (0.0, CLOSED * max(largest, 1.0)) if largest > 0.0 else None
    rest = [(s.sign, figures.get(s.id)) for s in side.others]
    if not rest or all(map(_known, own)) or not all(_known(f) for _, f in rest):
        return None
    amount = -sum(sign * f.value for sign, f in rest if f is not None)
    doubt = sum(f.sd**2 for _, f in rest if f is not None)
    return amount, float(np.sqrt(doubt))


def _known(figure: Figure | None) -> bool:
    return figure is not None and figure.status != "estimated"
