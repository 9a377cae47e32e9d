"""What a month left behind, small enough to keep: any scheme can be settled on it.

Schemes are replayed on years of history; the plan, the variance and the physics of each
month are not worked out again for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from pydantic import TypeAdapter

from orebook.errors import DataQualityError
from orebook.ledger.month import Incident

FORM = 1
"""Version of the kept form; a month kept in another is worked out again."""


class Amount(NamedTuple):
    """A stream: planned, real, and as the process should at the duty really done."""

    plan: float
    actual: float
    fair: float
    price: float


class StockGain(NamedTuple):
    """A store that closed above or below its plan, with price and cost of its good."""

    centre: str
    excess: float
    price: float
    cost: float


@dataclass(frozen=True, slots=True)
class KeptMonth:
    """A month as schemes read it.

    Parameters
    ----------
    period : str
        Month.
    streams : mapping
        Stream to plan, actual and fair amount [stream unit] and internal price
        [CNY/unit].
    results : mapping
        Centre to its result in the plan and in the month [CNY].
    effects : mapping
        Centre to effect of the variance to money [CNY].
    subjects : mapping
        Centre to effect to the streams behind it.
    postings : mapping
        Centre to the numbers of its postings.
    meters : mapping
        Stream to the meters behind it, where there are any.
    stocks : mapping
        Store to how far it closed above its plan, with price and cost.
    incidents : tuple of Incident
        What happened.
    """

    period: str
    streams: Mapping[str, Amount]
    results: Mapping[str, tuple[float, float]]
    effects: Mapping[str, Mapping[str, float]]
    subjects: Mapping[str, Mapping[str, tuple[str, ...]]]
    postings: Mapping[str, tuple[int, ...]]
    meters: Mapping[str, tuple[str, ...]]
    stocks: Mapping[str, StockGain]
    incidents: tuple[Incident, ...] = ()

    def posted(self, centres: Collection[str]) -> tuple[str, ...]:
        """Return the ids of the postings of some centres."""
        numbers = {n for c in centres for n in self.postings.get(c, ())}
        return tuple(f"P{n:05d}" for n in sorted(numbers))

    def read(self, streams: Iterable[str]) -> tuple[str, ...]:
        """Return the meters behind some streams, or the figures themselves."""
        names = tuple(streams)
        found = [m for s in names for m in self.meters.get(s, ())]
        return tuple(dict.fromkeys(found)) or tuple(f"figure:{s}" for s in names)

    def amount(self, stream: str) -> Amount:
        """Return a stream of the month.

        Raises
        ------
        DataQualityError
            If the month was kept before the book had it.
        """
        found = self.streams.get(stream)
        if found is None:
            raise DataQualityError(
                f"{self.period} has no stream '{stream}'; the book has it since then; "
                f"run: orebook evaluate BOOK {self.period}"
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data that :meth:`from_dict` reads."""
        return {
            "form": FORM,
            "period": self.period,
            "streams": {k: list(v) for k, v in self.streams.items()},
            "results": {k: list(v) for k, v in self.results.items()},
            "effects": {k: dict(v) for k, v in self.effects.items()},
            "subjects": {
                c: {e: list(s) for e, s in found.items()}
                for c, found in self.subjects.items()
            },
            "postings": {k: list(v) for k, v in self.postings.items()},
            "meters": {k: list(v) for k, v in self.meters.items()},
            "stocks": {k: list(v) for k, v in self.stocks.items()},
            "incidents": [asdict(i) for i in self.incidents],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Return the month that :meth:`to_dict` wrote.

        Parameters
        ----------
        data : mapping
            Plain data.

        Raises
        ------
        DataQualityError
            If it was kept in another form.
        """
        if data.get("form") != FORM:
            raise DataQualityError(
                f"the kept month {data.get('period')} has form {data.get('form')}; "
                f"expected {FORM}; evaluate the month again"
            )
        read = {k: t.validate_python(data[k]) for k, t in _TYPES.items()}
        return cls(period=str(data["period"]), **read)


_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "streams": TypeAdapter(dict[str, Amount]),
    "results": TypeAdapter(dict[str, tuple[float, float]]),
    "effects": TypeAdapter(dict[str, dict[str, float]]),
    "subjects": TypeAdapter(dict[str, dict[str, tuple[str, ...]]]),
    "postings": TypeAdapter(dict[str, tuple[int, ...]]),
    "meters": TypeAdapter(dict[str, tuple[str, ...]]),
    "stocks": TypeAdapter(dict[str, StockGain]),
    "incidents": TypeAdapter(tuple[Incident, ...]),
}
