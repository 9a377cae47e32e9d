"""Read what a caller gives: arrays, mappings, or tables with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from orebook.benchmark.frontier.batch import FloatArray
from orebook.errors import InputError

__all__ = ["Factors", "FactorsLike", "factors", "prices_of", "unit_names"]


@runtime_checkable
class TableLike(Protocol):
    """What a table of pandas, polars or the like offers."""

    columns: Sequence[object]

    def to_numpy(self) -> npt.NDArray[np.generic]:
        """Return the figures."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Figures of units, a named column per factor.

    Parameters
    ----------
    names : tuple of str
        Names of the factors.
    values : array, shape (units, factors)
        Figures [unit of the factor].
    units : tuple of str or None
        Names of the units where the source has them.
    """

    names: tuple[str, ...]
    values: FloatArray
    units: tuple[str, ...] | None = None


FactorsLike = npt.ArrayLike | Mapping[str, npt.ArrayLike] | TableLike | Factors


def factors(given: FactorsLike, kind: str) -> Factors:
    """Return figures with names, whatever form they come in.

    Parameters
    ----------
    given : array, mapping or table
        Rows are units, columns factors; one list of numbers is one factor.
    kind : str
        What they are, for names and messages: ``"input"``.

    Raises
    ------
    InputError
        It is empty, not rectangular, or holds what is no number.

    Examples
    --------
    >>> factors([3.0, 4.0], "input").names
    ('input 1',)
    >>> factors({"ore": [3, 4], "power": [1, 1]}, "input").values
    array([[3., 1.],
           [4., 1.]])
    """
    if isinstance(given, Factors):
        return given
    units = None
    if isinstance(given, Mapping):
        names = tuple(map(str, given))
        raw: object = _columns(given, kind)
    elif isinstance(given, TableLike):
        names = tuple(map(str, given.columns))
        raw = given.to_numpy()
        index = getattr(given, "index", None)
        if index is not None and not callable(index):
            units = tuple(map(str, index))
    else:
        names, raw = (), given
    values = _numbers(raw, kind)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.size == 0:
        raise InputError(
            f"{kind}s have shape {values.shape}; expected (units, factors), at least "
            "one of each; give one row per unit"
        )
    names = names or tuple(f"{kind} {i + 1}" for i in range(values.shape[1]))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"{kind} '{twice[0]}' is there twice; expected each factor once; rename or "
            "drop one"
        )
    return Factors(names, values, units)


def _columns(given: Mapping[str, npt.ArrayLike], kind: str) -> npt.NDArray[np.generic]:
    """Return the columns of a mapping side by side."""
    columns = [np.asarray(column) for column in given.values()]
    lengths = {column.shape for column in columns}
    if len(lengths) != 1:
        told = ", ".join(f"{k}: {c.size}" for k, c in zip(given, columns, strict=True))
        raise InputError(
            f"{kind}s differ in length ({told}); expected one figure per unit in each; "
            "fill in what is missing"
        )
    return np.column_stack(columns) if columns else np.empty((0, 0))


def _numbers(raw: object, kind: str) -> FloatArray:
    """Return an array of numbers, or say which cell is none."""
    try:
        return np.array(raw, dtype=float)
    except (TypeError, ValueError):
        pass
    table = np.array(raw, dtype=object)
    for place in np.ndindex(table.shape):
        try:
            float(table[place])
        except (TypeError, ValueError):
            where = f"row {place[0] + 1}" + (
                f", column {place[1] + 1}" if len(place) > 1 else ""
            )
            raise InputError(
                f"{kind} in {where} is {table[place]!r}; expected a number; correct it"
            ) from None
    raise InputError(
        f"{kind}s are not a table; expected one row per unit; reshape them"
    )


def unit_names(
    count: int, given: Sequence[str] | None, *tables: Factors
) -> tuple[str, ...]:
    """Return the names of the units, from the caller or the tables.

    Parameters
    ----------
    count : int
        How many there are [-].
    given : sequence of str, optional
        Names the caller gives.
    *tables : Factors
        Tables that may have names.

    Raises
    ------
    InputError
        The names do not fit, or one is there twice.

    Examples
    --------
    >>> unit_names(2, None)
    ('unit 1', 'unit 2')
    """
    found = None if given is None else tuple(map(str, given))
    for table in tables:
        if len(table.values) != count:
            raise InputError(
                f"{len(table.values)} rows of {table.names[0]} and others beside "
                f"{count} rows of inputs; expected one row per unit in each; align them"
            )
        found = found or table.units
    found = found or tuple(f"unit {i + 1}" for i in range(count))
    if len(found) != count:
        raise InputError(
            f"{len(found)} names for {count} units; expected one each; give all names"
        )
    if len(set(found)) != count:
        twice = next(name for name in found if found.count(name) > 1)
        raise InputError(
            f"unit '{twice}' is there twice; expected each unit once; rename "
            "or drop one"
        )
    return found


def prices_of(
    given: FactorsLike | Mapping[str, float], names: tuple[str, ...], units: int
) -> FloatArray:
    """Return prices of the named factors, a row per unit.

    Parameters
    ----------
    given : sequence, mapping or table
        One price per factor, or one row of prices per unit [CNY/unit].
    names : tuple of str
        The factors, in order.
    units : int
        How many units [-].

    Raises
    ------
    InputError
        A price is missing, not a number, or below nought.

    Examples
    --------
    >>> prices_of({"power": 400.0, "ore": 50.0}, ("ore", "power"), 1)
    array([[ 50., 400.]])
    """
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing:
            from orebook.chain.nearest import listed

            raise InputError(
                f"no price of '{missing[0]}'; expected a price of each of "
                f"{listed(names)}; give it"
            )
        given = [np.asarray(given[name], dtype=float) for name in names]
        table = np.array(np.broadcast_arrays(*given), dtype=float).T
    else:
        table = _numbers(
            given.to_numpy() if isinstance(given, TableLike) else given, "price"
        )
    table = np.atleast_2d(table)
    if table.shape not in ((1, len(names)), (units, len(names))):
        raise InputError(
            f"prices have shape {table.shape}; expected ({len(names)},) or "
            f"({units}, {len(names)}); give one price per factor"
        )
    if not (np.isfinite(table).all() and (table >= 0.0).all()):
        raise InputError(
            "a price is missing or below nought; expected numbers from 0; supply it"
        )
    return np.broadcast_to(table, (units, len(names))).copy()
