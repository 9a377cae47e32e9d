"""Where every stream comes from and goes to, and its number on its site's flow sheet.

Numbers follow the book, so that a stream keeps its number from month to month and
whatever part of a site is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from orebook.chain.chain import Balance
from orebook.process.network import Network, Stream

__all__ = ["UTILITIES", "End", "EndKind", "Ends"]

EndKind = Literal["unit", "store", "stock", "place", "buy", "sell", "route", "draw"]

UTILITIES: Final = frozenset({"power", "steam", "water", "emission"})
"""Groups of materials that reach nearly every unit: shown as tags, not as lines."""

_OWNERS: Final[Mapping[str, EndKind]] = {
    "unit": "unit", "buy": "buy", "sell": "sell", "send": "route", "receive": "route",
    "draw": "draw", "open": "stock", "close": "stock",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class End:
    """One end of a stream.

    Parameters
    ----------
    kind : str
        ``unit``, ``store``, ``stock`` (of a store), ``place``, ``buy``, ``sell``,
        ``route`` or ``draw``.
    id : str
        Its id in the book.
    port : str
        Port of a unit; empty otherwise.
    """

    kind: EndKind
    id: str
    port: str = ""

    def __str__(self) -> str:
        """Return it as ``unit.port``, ``store`` or ``kind:id``."""
        if self.kind == "unit":
            return f"{self.id}.{self.port}"
        return self.id if self.kind == "store" else f"{self.kind}:{self.id}"


class Ends:
    """Ends, sites and numbers of all streams of a network.

    Parameters
    ----------
    network : Network
        Streams and balances.
    """

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def members(self) -> dict[Balance, tuple[Stream, ...]]:
        """Streams of each balance."""
        found: dict[Balance, list[Stream]] = {}
        for s in self.network.streams:
            found.setdefault(s.balance, []).append(s)
        return {b: tuple(streams) for b, streams in found.items()}

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each stream on its site's flow sheet, from 1 [-]."""
        last: dict[str, int] = {}
        found = {}
        for s in self.network.streams:
            site = self.site(s)
            last[site] = last.get(site, 0) + 1
            found[s.id] = last[site]
        return found

    def site(self, stream: Stream) -> str:
        """Return the id of the site that answers for a stream."""
        return self.network.chain.site_of(stream.centre)

    def own(self, stream: Stream) -> End:
        """Return the end that a stream is named after."""
        kind = _OWNERS[stream.role]
        return End(kind, stream.owner, stream.port if kind == "unit" else "")

    def other(self, stream: Stream) -> End:
        """Return the far end: a store, the only partner, or the place they meet at."""
        members = self.members[stream.balance]
        store = next((s for s in members if s.role == "close"), None)
        if store is not None:
            return End("store", store.owner)
        facing = [s for s in members if s.sign == -stream.sign]
        if len(facing) == 1:
            return self.own(facing[0])
        return End("place", stream.balance.place)

    def ends(self, stream: Stream) -> tuple[End, End]:
        """Return source and target of a stream."""
        own, other = self.own(stream), self.other(stream)
        return (own, other) if stream.sign > 0 else (other, own)

    def is_utility(self, balance: Balance) -> bool:
        """Tell whether a balance is shown by tags and not by lines."""
        material = self.network.chain.material[balance.material]
        return material.group in UTILITIES
