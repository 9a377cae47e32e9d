"""Which inputs of two plans differ: prices, availability, stocks, the book itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Chain
from orebook.chain.trade import Pricing
from orebook.plan.kept_inputs import entry_data
from orebook.plan.result import Plan

__all__ = ["CONTRACTS", "InputChange", "changed_inputs", "unpriced"]

SAME = 1e-12
"""Figures that differ by less than this share are the same [-]."""
CONTRACTS = ("purchases", "sales", "limits")
"""Parts of a book that make up the cause "limits"."""
ELSEWHERE = frozenset({"outages"})
"""Parts of a book that reach the plan through its conditions."""


@dataclass(frozen=True, slots=True)
class InputChange:
    """One input that is not what it was.

    Parameters
    ----------
    cause : str
        Group of inputs: ``prices``, ``availability``, ``stocks``, ``limits`` or
        ``book``.
    kind, subject : str
        ``buy``, ``sell``, ``unit``, ``stock``, or the section of the book; its id.
    field : str
        Field of the entry that differs; empty for a figure of the conditions.
    periods : tuple of str
        Periods in which it differs; empty where it has none.
    before, after : str or float
        As it was and is; a figure is that of the first period named.
    """

    cause: str
    kind: str
    subject: str
    field: str
    periods: tuple[str, ...]
    before: str | float
    after: str | float

    def to_dict(self) -> dict[str, object]:
        """Return the change as plain data."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"periods": list(self.periods)}


def changed_inputs(before: Plan, after: Plan) -> tuple[InputChange, ...]:
    """Return the inputs in which two plans of the same periods differ.

    Parameters
    ----------
    before, after : Plan
        The two plans.

    Returns
    -------
    tuple of InputChange
        Grouped by cause; empty if the plans have other periods.
    """
    if [p.name for p in before.periods] != [p.name for p in after.periods]:
        return ()
    return (*_figures(before, after), *_entries(before, after))


def _figures(before: Plan, after: Plan) -> Iterator[InputChange]:
    old, new = before.assembly.conditions, after.assembly.conditions
    names = [p.name for p in before.periods]
    units = {u.id for u in before.network.chain.units}
    for key in old.price.keys() & new.price.keys():
        kind, _, contract = key.partition(":")
        pair = old.price[key], new.price[key]
        yield from _moved("prices", kind, contract, pair, names)
    for owner in old.availability.keys() & new.availability.keys():
        pair = old.availability[owner], new.availability[owner]
        kind = "unit" if owner in units else "route"
        yield from _moved("availability", kind, owner, pair, names)
    for store in sorted(old.opening.keys() & new.opening.keys()):
        pair = np.array([old.opening[store]]), np.array([new.opening[store]])
        yield from _moved("stocks", "stock", store, pair, names[:1])


def _moved(
    cause: str,
    kind: str,
    subject: str,
    pair: tuple[np.ndarray, np.ndarray],
    names: list[str],
) -> Iterator[InputChange]:
    was, now = (np.broadcast_to(np.asarray(v, np.float64), len(names)) for v in pair)
    size = np.maximum(np.maximum(np.abs(was), np.abs(now)), 1e-300)
    where = np.flatnonzero(np.abs(now - was) > SAME * size)
    if where.size:
        first = int(where[0])
        when = tuple(names[t] for t in where.tolist())
        figures = float(was[first]), float(now[first])
        yield InputChange(cause, kind, subject, "", when, *figures)


def unpriced(chain: Chain) -> dict[str, object]:
    """Return a book as data; what a contract costs reaches the plan as a price.

    Parameters
    ----------
    chain : Chain
        The book.

    Returns
    -------
    dict
        As `orebook.plan.kept_inputs.entry_data`, without the prices of contracts.
    """
    data = entry_data(chain)
    for name in ("purchases", "sales"):
        rows = data.get(name, [])
        assert isinstance(rows, list)
        data[name] = [
            {k: v for k, v in row.items() if k not in Pricing.model_fields}
            for row in rows
        ]
    return data


def _entries(before: Plan, after: Plan) -> Iterator[InputChange]:
    old, new = unpriced(before.network.chain), unpriced(after.network.chain)
    for section in sorted(old.keys() | new.keys()):
        if section not in ELSEWHERE and old.get(section) != new.get(section):
            cause = "limits" if section in CONTRACTS else "book"
            one, other = (_flat(data.get(section, [])) for data in (old, new))
            for key in sorted(one.keys() | other.keys()):
                if one.get(key) != other.get(key):
                    subject, _, field = key.partition(".")
                    yield InputChange(
                        cause, _KIND.get(section, section), subject, field, (),
                        one.get(key, "-"), other.get(key, "-"),
                    )  # fmt: skip


def _flat(value: object, path: str = "") -> dict[str, str]:
    """Return every figure of nested data by its path; entries go by their id."""
    if isinstance(value, Mapping):
        items = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list):
        items = [(_name(v, n), v) for n, v in enumerate(value)]
    else:
        return {path: str(value)}
    found: dict[str, str] = {}
    for name, inner in items:
        found |= _flat(inner, f"{path}.{name}" if path else name)
    return found


def _name(value: object, number: int) -> str:
    if isinstance(value, Mapping):
        return str(value.get("id") or value.get("of") or number)
    return str(value) if isinstance(value, str) else str(number)


_KIND = {
    "purchases": "buy",
    "sales": "sell",
    "limits": "limit",
    "units": "unit",
    "stores": "stock",
    "routes": "route",
}
