"""A sparse linear problem as values, assembled block by block.

A *block* is a family of columns or rows over (entity, period); its index map is kept,
so that every later act (a price change, a measured stock, a lost capacity) is a slice
write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.plan.coefficients import Coefficients, check_finite, sparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy.sparse import csc_array

__all__ = ["Block", "Builder", "FloatArray", "IntArray", "Label", "Problem"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Label:
    """The name of one column or row.

    Parameters
    ----------
    block : str
        Name of the block.
    entity : str
        Name of the entity within the block.
    period : int
        Period, counted from 0.
    """

    block: str
    entity: str
    period: int

    def __str__(self) -> str:
        return f"{self.block} of {self.entity} in period {self.period + 1}"


@dataclass(frozen=True, slots=True)
class Block:
    """A family of columns or rows over (entity, period), the period fastest.

    Parameters
    ----------
    name : str
        Name of the family, e.g. ``"run"`` or ``"balance"``.
    start : int
        Index of the first member in the problem.
    entities : tuple of str
        Names along the slow axis.
    periods : int
        Length of the fast axis.

    Examples
    --------
    >>> block = Block("run", 10, ("wash", "digest"), 4)
    >>> int(block.index("digest", 2))
    16
    >>> block.slice("wash")
    slice(10, 14, None)
    """

    name: str
    start: int
    entities: tuple[str, ...]
    periods: int

    @property
    def size(self) -> int:
        """Number of members [-]."""
        return len(self.entities) * self.periods

    @property
    def stop(self) -> int:
        """Index after the last member [-]."""
        return self.start + self.size

    def position(self, entity: str) -> int:
        """Return the place of an entity along the slow axis.

        Parameters
        ----------
        entity : str
            Name of the entity.

        Returns
        -------
        int
            Its position [-].

        Raises
        ------
        InputError
            If the block has no such entity.
        """
        try:
            return self.entities.index(entity)
        except ValueError:
            message = (
                f"block {self.name!r} has no entity {entity!r}; "
                f"expected one of {', '.join(self.entities)}; correct the name"
            )
            raise InputError(message) from None

    def index(self, entity: str | npt.ArrayLike, period: npt.ArrayLike = 0) -> IntArray:
        """Return the indices of (entity, period), broadcast against each other.

        Parameters
        ----------
        entity : str, int or array of int
            Name or positions along the slow axis [-].
        period : int or array of int
            Periods counted from 0 [-].

        Returns
        -------
        array of int
            Indices in the problem, in the broadcast shape [-].

        Raises
        ------
        InputError
            If an entity or a period lies outside the block.
        """
        where = self.position(entity) if isinstance(entity, str) else entity
        entities, periods = np.asarray(where), np.asarray(period)
        self._check("entity", entities, len(self.entities))
        self._check("period", periods, self.periods)
        return np.asarray(self.start + entities * self.periods + periods, np.int64)

    def slice(self, entity: str | int) -> slice:
        """Return the slice of all periods of one entity."""
        where = self.position(entity) if isinstance(entity, str) else entity
        self._check("entity", np.asarray(where), len(self.entities))
        first = self.start + where * self.periods
        return slice(first, first + self.periods)

    def all(self) -> IntArray:
        """Return all indices, shape (entities, periods) [-]."""
        shape = (len(self.entities), self.periods)
        return np.arange(self.start, self.stop, dtype=np.int64).reshape(shape)

    def label(self, index: int) -> Label:
        """Return the name of one member given its index in the problem."""
        entity, period = divmod(int(index) - self.start, self.periods)
        return Label(self.name, self.entities[entity], period)

    def _check(self, axis: str, values: IntArray, size: int) -> None:
        if values.size and (values.min() < 0 or values.max() >= size):
            message = (
                f"{axis} {values.min()}..{values.max()} lies outside block "
                f"{self.name!r}; expected 0..{size - 1}; correct the index"
            )
            raise InputError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Minimise ``cost @ x + offset`` subject to bounds on ``x`` and ``matrix @ x``.

    Parameters
    ----------
    cost : array of float, shape (columns,)
        Cost per unit of each column [CNY/unit].
    lower, upper : array of float, shape (columns,)
        Bounds of the columns [unit].
    integer : array of bool, shape (columns,)
        True where a column may take whole values only [-].
    matrix : scipy.sparse.csc_array, shape (rows, columns)
        Coefficients [unit of row per unit of column].
    row_lower, row_upper : array of float, shape (rows,)
        Limits of the row activities [unit].
    offset : float
        Constant part of the objective [CNY].
    columns, rows : mapping of str to Block
        Index maps by block name.

    Notes
    -----
    The sense is always minimise: HiGHS 1.15 returns row duals of the opposite sign for
    some settings when told to maximise.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: npt.NDArray[np.bool_]
    matrix: csc_array
    row_lower: FloatArray
    row_upper: FloatArray
    offset: float
    columns: Mapping[str, Block]
    rows: Mapping[str, Block]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns [-]."""
        return self.row_lower.size, self.cost.size

    def describe_column(self, index: int) -> Label:
        """Return the block, entity and period of a column."""
        return _label(self.columns, index, "column")

    def describe_row(self, index: int) -> Label:
        """Return the block, entity and period of a row."""
        return _label(self.rows, index, "row")

    def describe(self, kind: str, index: int) -> Label:
        """Return the name of a column or row.

        Parameters
        ----------
        kind : str
            Anything that begins with ``"row"`` or ``"column"``.
        index : int
            Index in the problem [-].

        Returns
        -------
        Label
            Block, entity and period.
        """
        return _label(
            self.rows if kind.startswith("row") else self.columns, index, kind
        )


def _label(blocks: Mapping[str, Block], index: int, kind: str) -> Label:
    for block in blocks.values():
        if block.start <= index < block.stop:
            return block.label(index)
    message = (
        f"{kind} {index} does not exist; expected an index below "
        f"{max((block.stop for block in blocks.values()), default=0)}; correct it"
    )
    raise InputError(message)


@dataclass(slots=True)
class _Side:
    """The columns or the rows of a problem under construction."""

    kind: str
    periods: int
    blocks: dict[str, Block]
    limits: list[tuple[FloatArray, FloatArray]]
    size: int = 0

    def add(
        self,
        name: str,
        entities: Sequence[str],
        *,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
    ) -> Block:
        if name in self.blocks:
            message = (
                f"block of {self.kind}s {name!r} exists already; expected a new name; "
                "add all its entities in one call"
            )
            raise InputError(message)
        block = Block(name, self.size, tuple(entities), self.periods)
        low, high = self.spread(block, lower), self.spread(block, upper)
        _check_limits(block, low, high)
        self.blocks[name] = block
        self.limits.append((low, high))
        self.size = block.stop
        return block

    def spread(self, block: Block, values: npt.ArrayLike) -> FloatArray:
        array = np.asarray(values, np.float64)
        shape = (len(block.entities), block.periods)
        try:
            full = np.broadcast_to(array, shape)
        except ValueError:
            message = (
                f"values of block {block.name!r} have shape {array.shape}; expected "
                f"one that broadcasts to (entities, periods) = {shape}; reshape them"
            )
            raise InputError(message) from None
        if np.isnan(full).any():
            where = block.label(block.start + int(np.flatnonzero(np.isnan(full))[0]))
            message = f"{where} is not a number; expected a number; supply the datum"
            raise InputError(message)
        return full.ravel()


def _check_limits(block: Block, lower: FloatArray, upper: FloatArray) -> None:
    crossed = (lower > upper) | (lower == np.inf) | (upper == -np.inf)
    if crossed.any():
        place = int(np.flatnonzero(crossed)[0])
        message = (
            f"{block.label(block.start + place)}: lower limit {lower[place]:g} and "
            f"upper limit {upper[place]:g} leave no value; expected lower <= upper; "
            "mend one of the two"
        )
        raise InputError(message)


class Builder:
    """Collects blocks and coefficients and turns them into a `Problem`.

    Parameters
    ----------
    periods : int
        Number of periods of every block [-].

    Examples
    --------
    Buy ore at 50 to sell at least 3 units:

    >>> builder = Builder(periods=1)
    >>> buy = builder.columns("buy", ["ore"], cost=50.0)
    >>> need = builder.rows("balance", ["ore"], lower=3.0, upper=3.0)
    >>> builder.entries(need.all(), buy.all(), 1.0)
    >>> builder.problem().shape
    (1, 1)
    """

    def __init__(self, periods: int) -> None:
        if periods < 1:
            message = f"periods = {periods}; expected at least 1; give a horizon"
            raise InputError(message)
        self.periods = periods
        self._columns = _Side("column", periods, {}, [])
        self._rows = _Side("row", periods, {}, [])
        self._costs: list[FloatArray] = []
        self._integers: list[npt.NDArray[np.bool_]] = []
        self._entries: list[Coefficients] = []

    def columns(
        self,
        name: str,
        entities: Sequence[str],
        *,
        cost: npt.ArrayLike = 0.0,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        integer: npt.ArrayLike = False,
    ) -> Block:
        """Add a block of columns.

        Parameters
        ----------
        name : str
            Name of the block, unique among the columns.
        entities : sequence of str
            Names along the slow axis.
        cost : float or array, broadcast to (entities, periods)
            Cost per unit; negative is revenue [CNY/unit].
        lower, upper : float or array, broadcast to (entities, periods)
            Bounds [unit].
        integer : bool or array, broadcast to (entities, periods)
            Whole values only [-].

        Returns
        -------
        Block
            The index map of the new columns.

        Raises
        ------
        InputError
            If the name is taken, a shape does not fit, a value is not a number, or a
            lower bound lies above its upper bound.
        """
        block = self._columns.add(name, entities, lower=lower, upper=upper)
        self._costs.append(self._columns.spread(block, cost))
        self._integers.append(self._columns.spread(block, integer) != 0.0)
        return block

    def upper_of(self, entity: int) -> FloatArray:
        """Return upper bounds of a column entity counted over all blocks [unit].

        Parameters
        ----------
        entity : int
            Place along the slow axes of all blocks of columns joined [-].
        """
        upper = _joined(self._columns.limits)[1]
        return upper[entity * self.periods : (entity + 1) * self.periods]

    def rows(
        self,
        name: str,
        entities: Sequence[str],
        *,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
    ) -> Block:
        """Add a block of rows.

        Parameters
        ----------
        name : str
            Name of the block, unique among the rows.
        entities : sequence of str
            Names along the slow axis.
        lower, upper : float or array, broadcast to (entities, periods)
            Limits of the row activity; equal for a balance [unit].

        Returns
        -------
        Block
            The index map of the new rows.

        Raises
        ------
        InputError
            As for `columns`.
        """
        return self._rows.add(name, entities, lower=lower, upper=upper)

    def entries(
        self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike
    ) -> None:
        """Add coefficients, broadcast against each other.

        Parameters
        ----------
        rows, columns : array of int
            Indices as given by the blocks [-].
        values : float or array of float
            Coefficients [unit of row per unit of column]. Those given twice for one
            place are summed; sums below 1e-9 are dropped.

        Raises
        ------
        InputError
            If the shapes do not broadcast or a coefficient is not finite.
        """
        given = np.asarray(values, np.float64)
        try:
            row, column, value = np.broadcast_arrays(
                np.asarray(rows), np.asarray(columns), given
            )
        except ValueError:
            message = (
                f"entries of shapes {np.shape(rows)}, {np.shape(columns)} and "
                f"{np.shape(values)} do not broadcast; expected shapes that do"
            )
            raise InputError(message) from None
        check_finite(given)
        self._entries.append(Coefficients(row, column, value, value.shape))

    def along(
        self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike
    ) -> None:
        """Add coefficients that tie entities period by period.

        Parameters
        ----------
        rows, columns : array of int, shape (n,)
            Index of the first period of a row entity and of a column entity [-].
        values : array of float, shape (n, 1) or (n, periods)
            Coefficients, the same in every period or one for each; see `entries`.

        Raises
        ------
        InputError
            As for `entries`.

        Examples
        --------
        >>> builder = Builder(periods=2)
        >>> run = builder.columns("run", ["wash"])
        >>> most = builder.rows("most", ["wash"], lower=0.0, upper=[[5.0, 6.0]])
        >>> builder.along([most.start], [run.start], [[2.0]])
        >>> builder.problem().matrix.toarray().tolist()
        [[2.0, 0.0], [0.0, 2.0]]
        """
        row = np.asarray(rows, np.int64).reshape(-1, 1)
        column = np.asarray(columns, np.int64).reshape(-1, 1)
        value = np.asarray(values, np.float64)
        shape = (row.size, self.periods)
        fits = value.shape in {(row.size, 1), shape}
        if not fits or column.shape != row.shape:
            message = (
                f"entries along periods of shapes {row.shape}, {column.shape} and "
                f"{value.shape}; expected n, n and (n, 1) or (n, {self.periods})"
            )
            raise InputError(message)
        check_finite(value)
        self._entries.append(Coefficients(row, column, value, shape, along=True))

    def problem(self, offset: float = 0.0) -> Problem:
        """Return the problem assembled so far.

        Parameters
        ----------
        offset : float
            Constant part of the objective [CNY].

        Returns
        -------
        Problem
            The problem; the builder may be used further.

        Raises
        ------
        InputError
            If a coefficient lies outside the rows or columns.
        """
        low, high = _joined(self._columns.limits)
        row_low, row_high = _joined(self._rows.limits)
        shape = (self._rows.size, self._columns.size)
        return Problem(
            cost=_join(self._costs),
            lower=low,
            upper=high,
            integer=np.concatenate([np.zeros(0, np.bool_), *self._integers]),
            matrix=sparse(self._entries, shape, self.periods),
            row_lower=row_low,
            row_upper=row_high,
            offset=float(offset),
            columns=dict(self._columns.blocks),
            rows=dict(self._rows.blocks),
        )


def _join(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([np.zeros(0), *parts])


def _joined(
    limits: Sequence[tuple[FloatArray, FloatArray]],
) -> tuple[FloatArray, FloatArray]:
    return _join([pair[0] for pair in limits]), _join([pair[1] for pair in limits])
