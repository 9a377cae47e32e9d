"""What the closed months measured of a group of units, as arrays over the months.

Every figure that rests on a reading counts once: figures the process model itself
filled in are left out, and of a good that only circulates within the group those
without a meter of their own, for they repeat the others.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    inside = {s.id for s in streams}
    around: dict[Balance, list[Stream]] = {}
    for s in network.streams:
        around.setdefault(s.balance, []).append(s)
    touched = tuple(dict.fromkeys(s.balance for s in streams))
    others = {b: [s for s in around[b] if s.id not in inside] for b in touched}
    ways = {b: {s.sign for s in around[b]} for b in touched}
    within = {b for b in touched if not others[b] and len(ways[b]) == 2}
    count, size = len(months), len(streams) + len(touched)
    value, sd = np.zeros((count, size)), np.ones((count, size))
    used = np.zeros((count, size), dtype=np.bool_)
    of = np.zeros((size, len(streams)))
    of[: len(streams)] = np.eye(len(streams))
    for j, b in enumerate(touched):
        own = [i for i, s in enumerate(streams) if s.balance == b]
        of[len(streams) + j, own] = [streams[i].sign for i in own]
    for m, evidence in enumerate(months):
        figures = evidence.closed.figures
        for i, s in enumerate(streams):
            figure = figures.get(s.id)
            if figure is not None and _tells(figure, within=s.balance in within):
                value[m, i], sd[m, i], used[m, i] = figure.value, figure.sd, True
        for j, b in enumerate(touched):
            row = len(streams) + j
            own = [figures.get(streams[i].id) for i in np.flatnonzero(of[row])]
            if b in within:
                largest = max((f.value for f in own if f is not None), default=0.0)
                sd[m, row] = CLOSED * max(largest, 1.0)
                used[m, row] = largest > 0.0
            elif others[b] and any(not _known(f) for f in own):
                net = _net(others[b], figures)
                if net is not None:
                    value[m, row], sd[m, row], used[m, row] = *net, True
    closed = np.array([False] * len(streams) + [b in within for b in touched])
    largest = np.abs(value).max(axis=0, initial=0.0)
    floor = np.maximum(FINEST * np.abs(value), 1e-300)
    something = (np.abs(value) > NOTHING * largest) | closed
    sd = np.where(closed, sd, np.maximum(sd, floor))
    keep = [*range(len(streams))]
    keep += [r for r in range(len(streams), size) if used[:, r].any()]
    return Measured(
        streams, tuple(touched[r - len(streams)] for r in keep[len(streams) :]),
        value[:, keep], sd[:, keep], (used & something)[:, keep], closed[keep],
        of[keep],
    )  # fmt: skip


def _known(figure: Figure | None) -> bool:
    return figure is not None and figure.status != "estimated"


def _tells(figure: Figure, *, within: bool) -> bool:
    """Return whether a figure is evidence of its own."""
    return _known(figure) and not (within and figure.reading is None)


def _net(
    others: Sequence[Stream], figures: dict[str, Figure] | object
) -> tuple[float, float] | None:
    """Return what the rest of the group leaves of a balance, and its doubt."""
    assert isinstance(figures, dict)
    found = [(s.sign, figures.get(s.id)) for s in others]
    if any(not _known(f) for _, f in found):
        return None
    amount = -sum(sign * f.value for sign, f in found if f is not None)
    doubt = sum(f.sd**2 for _, f in found if f is not None)
    return amount, float(np.sqrt(doubt))
