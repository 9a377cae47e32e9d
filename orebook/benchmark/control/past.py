"""An indicator or a stream over the closed months, as a series for a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orebook.benchmark.facts import Facts, Missing
from orebook.benchmark.plants import Plant, Plants
from orebook.benchmark.reading import read
from orebook.chain.catalogue import catalogue
from orebook.chain.indicator import Indicator
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.process.network import Network

__all__ = ["PastSeries", "past_series"]


@dataclass(frozen=True, slots=True)
class PastSeries:
    """A series: name and value of each period that has one, unit, periods without."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str
    missing: tuple[str, ...] = ()


def past_series(
    network: Network, months: Sequence[ClosedMonth], what: str
) -> PastSeries:
    """Return an indicator of a plant, a stream, or the ratio of two streams.

    Parameters
    ----------
    network : Network
        Chain and physics.
    months : sequence of ClosedMonth
        Oldest first.
    what : str
        ``PLANT:INDICATOR`` of the catalogue, ``STREAM``, or ``STREAM/STREAM``.

    Raises
    ------
    InputError
        If there is no such indicator, plant or stream, or no month has it.
    """
    ratio = [part.strip() for part in what.split("/")]
    if all(part in network.stream for part in ratio) and len(ratio) <= 2:
        found, unit = list(_streams(months, ratio)), _unit(network, ratio)
    else:
        plant, one = _asked(network, what)
        found, unit = list(_readings(network, months, plant, one)), one.unit
    known = [(label, value) for label, value in found if value is not None]
    if not known:
        raise InputError(
            f"no closed month tells '{what}'; expected some; close months, or chart a "
            "file: orebook control BOOK FILE"
        )
    missing = tuple(label for label, value in found if value is None)
    return PastSeries(
        tuple(label for label, _ in known), tuple(v for _, v in known), unit, missing
    )


def _streams(
    months: Sequence[ClosedMonth], ratio: Sequence[str]
) -> Iterator[tuple[str, float | None]]:
    for month in months:
        parts = [month.figures[s].value if s in month.figures else None for s in ratio]
        if any(v is None for v in parts) or (len(parts) == 2 and not parts[1]):
            yield month.period, None
        elif len(parts) == 2:
            yield month.period, parts[0] / parts[1]  # type: ignore[operator]
        else:
            yield month.period, parts[0]


def _unit(network: Network, ratio: Sequence[str]) -> str:
    return "/".join(network.stream[s].unit for s in ratio)


def _readings(
    network: Network, months: Sequence[ClosedMonth], plant: Plant, one: Indicator
) -> Iterator[tuple[str, float | None]]:
    plants, free = Plants(network), dict.fromkeys(network.balances, 0.0)
    for month in months:
        facts = Facts(plants, month.month(), month.content, free)
        try:
            yield month.period, read(facts, plant, one).value
        except Missing:
            yield month.period, None


def _asked(network: Network, what: str) -> tuple[Plant, Indicator]:
    place, mark, name = what.rpartition(":")
    known = catalogue(network.chain.indicators)
    if not mark or name not in known or not known[name].numerator:
        names = [n for n, i in known.items() if i.numerator]
        hint = did_you_mean(name, names, "give STREAM, STREAM/STREAM or a FILE")
        raise InputError(
            f"'{what}' is no file, stream or indicator; expected PLANT:INDICATOR with "
            f"one of {listed(names)}; {hint}"
        )
    one = known[name]
    plants = {p.id: p for p in Plants(network).of(one.scope)}
    if place not in plants:
        hint = did_you_mean(place, plants, "correct the name")
        raise InputError(
            f"indicator '{name}' is asked of a {one.scope}, and none is called "
            f"'{place}'; expected one of {listed(plants)}; {hint}"
        )
    return plants[place], one
