"""Exact attribution of a change to its factors: Shapley, Owen and closed forms.

Every rule here gives parts that sum to the whole change, do not depend on the order
in which factors are listed, and only change sign when base and actual are swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Array = NDArray[np.float64]
Coalitions = NDArray[np.bool_]
CoalitionValue = Callable[[Coalitions], ArrayLike]
Split = Callable[[CoalitionValue, int], Array]
"""A rule that gives each of so many factors its part of a change."""
Pair = tuple[ArrayLike, ArrayLike]

MAX_FACTORS = 15
"""Most factors taken one by one; 2^15 values are asked for in one call."""

MAX_ROWS = 2**20
"""Most coalitions a hierarchical attribution may ask for in its one call."""


def coalitions(count: int) -> Coalitions:
    """Return all coalitions of `count` factors, row r holding the bits of r.

    Parameters
    ----------
    count : int
        Number of factors [-].

    Returns
    -------
    ndarray of bool, shape (2**count, count)
        True where the factor stands at its actual value [-].

    Examples
    --------
    >>> coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    rows = np.arange(2**count)[:, None]
    bits: Coalitions = (rows >> np.arange(count)) & 1 == 1
    return bits


def shapley_values(value: CoalitionValue, count: int) -> Array:
    """Attribute the change of an array-valued function to its factors.

    Parameters
    ----------
    value : callable
        Takes a boolean array (2**n, n), True where a factor is at its actual value;
        returns the value of each row, shape (2**n, ...) [any]. Called once.
    count : int
        Number n of factors, 1 to 15 [-].

    Returns
    -------
    ndarray, shape (n, ...)
        Part of each factor [unit of the value]; the sum over axis 0 is the value of
        the last row minus that of the first.

    Raises
    ------
    InputError
        `count` out of range, or `value` returned a wrong shape or a value not finite.

    Notes
    -----
    phi_k = sum over S without k of |S|!(n-|S|-1)!/n! [f(S + k) - f(S)]. A factor
    that changes nothing gets exactly zero.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    >>> shapley_values(lambda c: np.where(c.all(axis=1), 6.0, 0.0), 2).tolist()
    [3.0, 3.0]
    """
    if not 1 <= count <= MAX_FACTORS:
        msg = (
            f"{count} factors cannot be attributed one by one; expected 1 to "
            f"{MAX_FACTORS}; group related factors and use owen()"
        )
        raise InputError(msg)
    return _shapley_of_table(_evaluate(value, coalitions(count)), count)


def in_order(value: CoalitionValue, count: int) -> Array:
    """Split a change by letting the factors move one after another.

    Parameters
    ----------
    value : callable
        As in :func:`shapley_values`.
    count : int
        Number n of factors, 1 to 15 [-].

    Returns
    -------
    ndarray, shape (n, ...)
        Part of each factor in its turn [unit of the value]; every joint term falls to
        the later factor, as textbooks let price take what price and quantity did
        together.

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    Volume first, then price: 3 x (12 - 10), and (4 - 3) x 12.

    >>> def profit(c):
    ...     return np.where(c[:, 0], 12.0, 10.0) * np.where(c[:, 1], 4, 3)
    >>> in_order(profit, 2).tolist()
    [6.0, 12.0]
    """
    steps = np.tri(count + 1, count, -1, dtype=bool)
    return np.diff(_evaluate(value, steps), axis=0)


def attribute(
    value: CoalitionValue, groups: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Attribute a change to factors: one by one where it can be, else in two levels.

    Parameters
    ----------
    value : callable
        As in :func:`owen`.
    groups : mapping of str to sequence of str
        Factors of each group [-].

    Returns
    -------
    dict of str to float
        Part of each factor [unit of the value]: Shapley's up to 15 factors, Owen's
        above; either way they sum to the whole change.

    Raises
    ------
    InputError
        As in :func:`owen`.

    Examples
    --------
    >>> attribute(lambda c: c.sum(axis=1) ** 2.0, {"ore": ["a", "b"], "power": ["c"]})
    {'a': 3.0, 'b': 3.0, 'c': 3.0}
    """
    names = [name for members in groups.values() for name in members]
    if len(names) <= MAX_FACTORS:
        return shapley(value, names)
    return owen(value, groups)


def shapley(value: CoalitionValue, factors: Sequence[str]) -> dict[str, float]:
    """Attribute the change of a scalar value to named factors.

    Parameters
    ----------
    value : callable
        Takes a boolean array (2**n, n), column k for `factors[k]`; returns the value
        of each coalition, shape (2**n,) [any]. Called once.
    factors : sequence of str
        Names of the n factors, 1 to 15 [-].

    Returns
    -------
    dict of str to float
        Part of each factor [unit of the value], summing to the whole change.

    Raises
    ------
    InputError
        Names repeat, too many factors, or the value is not one number a coalition.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    Profit price x volume from 3 x 10 to 4 x 12: the joint term is shared equally.

    >>> def profit(c):
    ...     return np.where(c[:, 0], 4, 3) * np.where(c[:, 1], 12.0, 10.0)
    >>> shapley(profit, ["price", "volume"])
    {'price': 11.0, 'volume': 7.0}
    """
    _check_names(factors)
    return _named(shapley_values(value, len(factors)), factors)


def switched(
    function: Callable[..., ArrayLike],
    base: Mapping[str, ArrayLike],
    actual: Mapping[str, ArrayLike],
    *,
    factors: Mapping[str, Sequence[str]],
) -> CoalitionValue:
    """Turn a function of named arguments into a function of coalitions.

    Parameters
    ----------
    function : callable
        Takes the arguments by name, each with the coalition axis put first (shape
        (rows, ...) or (1, ...) when no factor switches it); returns (rows, ...) [any].
    base, actual : mapping of str to array
        Values of the arguments before and after; equal shapes by name [any].
    factors : mapping of str to sequence of str
        The arguments each factor switches together [-].

    Returns
    -------
    callable
        Value of coalitions, for `shapley_values` or `owen`.

    Raises
    ------
    InputError
        Arguments differ between base and actual but belong to no factor, belong to
        two, are unknown, or change shape.
    """
    before = {name: np.asarray(v, dtype=float) for name, v in base.items()}
    after = {name: np.asarray(v, dtype=float) for name, v in actual.items()}
    column = _columns(before, after, factors)

    def value(members: Coalitions) -> ArrayLike:
        arguments = {name: start[None] for name, start in before.items()}
        for name, k in column.items():
            mask = members[:, k].reshape(-1, *([1] * before[name].ndim))
            arguments[name] = np.where(mask, after[name][None], before[name][None])
        return function(**arguments)

    return value


def shapley_of(
    function: Callable[..., ArrayLike],
    base: Mapping[str, ArrayLike],
    actual: Mapping[str, ArrayLike],
    *,
    factors: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, float]:
    """Attribute the change of a function of named arguments, called once.

    Parameters
    ----------
    function : callable
        Takes the arguments by name with the coalition axis first; returns (rows,)
        [any].
    base, actual : mapping of str to array
        Values of the arguments before and after [any].
    factors : mapping of str to sequence of str, optional
        The arguments each factor switches together; by default each argument is a
        factor of its own [-].

    Returns
    -------
    dict of str to float
        Part of each factor, summing to f(actual) - f(base) [unit of the function].

    Raises
    ------
    InputError
        As `switched` and `shapley`.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    >>> shapley_of(lambda p, q: p * q, {"p": 3, "q": 10}, {"p": 4, "q": 12})
    {'p': 11.0, 'q': 7.0}
    """
    groups = {name: (name,) for name in base} if factors is None else factors
    return shapley(switched(function, base, actual, factors=groups), tuple(groups))


def owen(
    value: CoalitionValue, groups: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Attribute a change to many factors in two levels: groups, then members.

    Parameters
    ----------
    value : callable
        Takes a boolean array (rows, n), columns in the order of the groups' members;
        returns the value of each row, shape (rows,) [any]. Called once.
    groups : mapping of str to sequence of str
        Factors of each group; a factor belongs to one group [-].

    Returns
    -------
    dict of str to float
        Part of each factor [unit of the value]; a group's parts sum to the Shapley
        value of the group taken as one factor.

    Raises
    ------
    InputError
        Names repeat, a group is empty, or more than 2**20 coalitions are needed.

    Notes
    -----
    For a member of group B the game is averaged over the coalitions H of whole other
    groups with Shapley weights, then shared within B by Shapley.

    References
    ----------
    .. [1] G. Owen, "Values of games with a priori unions", 1977.

    Examples
    --------
    >>> owen(lambda c: c.sum(axis=1) ** 2.0, {"ore": ["a", "b"], "power": ["c"]})
    {'a': 3.0, 'b': 3.0, 'c': 3.0}
    """
    names = [name for members in groups.values() for name in members]
    return _named(owen_values(value, groups), names)


def owen_values(value: CoalitionValue, groups: Mapping[str, Sequence[str]]) -> Array:
    """Attribute the change of an array-valued function in two levels.

    Parameters
    ----------
    value : callable
        As in :func:`owen`, but returns shape (rows, ...) [any].
    groups : mapping of str to sequence of str
        As in :func:`owen`.

    Returns
    -------
    ndarray, shape (factors, ...)
        Part of each factor, in the order of the groups' members.

    Raises
    ------
    InputError
        As :func:`owen`.

    Examples
    --------
    >>> def squares(c):
    ...     return np.stack([c.sum(axis=1) ** 2.0, c.all(axis=1)], axis=1)
    >>> owen_values(squares, {"ore": ["a"], "power": ["b"]}).tolist()
    [[2.0, 0.5], [2.0, 0.5]]
    """
    _check_names([name for members in groups.values() for name in members])
    sizes = _group_sizes(groups)
    blocks = [_block_rows(sizes, k) for k in range(len(sizes))]
    table = _evaluate(value, np.concatenate(blocks))
    parts, start = [], 0
    for size, block in zip(sizes, blocks, strict=True):
        part = table[start : start + len(block)]
        parts.append(_share_block(part, size, len(sizes)))
        start += len(block)
    return np.concatenate(parts)


def bennet2(price: Pair, quantity: Pair) -> tuple[Array, Array]:
    """Split the change of price x quantity into its two effects, in closed form.

    Parameters
    ----------
    price, quantity : pair of array
        (base, actual) values, broadcast together [any].

    Returns
    -------
    tuple of ndarray
        Price effect and quantity effect, elementwise [unit of price x quantity].

    Notes
    -----
    Effect of p = dp (q0 + q1) / 2; equal to the Shapley value of the product.

    References
    ----------
    .. [1] T. L. Bennet, "The theory of measurement of changes in cost of living", 1920.

    Examples
    --------
    >>> [float(part) for part in bennet2((3, 4), (10, 12))]
    [11.0, 7.0]
    """
    (p0, p1), (q0, q1) = _floats(price), _floats(quantity)
    return (p1 - p0) * (q0 + q1) / 2, (q1 - q0) * (p0 + p1) / 2


def product3(first: Pair, second: Pair, third: Pair) -> tuple[Array, Array, Array]:
    """Split the change of a product of three factors, in closed form.

    Parameters
    ----------
    first, second, third : pair of array
        (base, actual) values, broadcast together [any].

    Returns
    -------
    tuple of ndarray
        Effect of each factor, elementwise [unit of the product].

    Notes
    -----
    Effect of a = da [(b0 c0 + b1 c1)/3 + (b0 c1 + b1 c0)/6], the Shapley value.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    >>> [round(float(part), 6) for part in product3((1, 2), (1, 2), (1, 2))]
    [2.333333, 2.333333, 2.333333]
    """
    a, b, c = _floats(first), _floats(second), _floats(third)
    return _effect3(a, b, c), _effect3(b, a, c), _effect3(c, a, b)


def _effect3(
    own: tuple[Array, Array], b: tuple[Array, Array], c: tuple[Array, Array]
) -> Array:
    same = (b[0] * c[0] + b[1] * c[1]) / 3
    crossed = (b[0] * c[1] + b[1] * c[0]) / 6
    return (own[1] - own[0]) * (same + crossed)


def _floats(pair: Pair) -> tuple[Array, Array]:
    return np.asarray(pair[0], dtype=float), np.asarray(pair[1], dtype=float)


def _weights(count: int) -> Array:
    """Shapley weight of a coalition by its size, of `count` factors."""
    return np.array(
        [
            factorial(s) * factorial(count - 1 - s) / factorial(count)
            for s in range(count)
        ]
    )


def _weights_by_row(count: int) -> Array:
    sizes = coalitions(count - 1).sum(axis=1)
    by_row: Array = _weights(count)[sizes]
    return by_row


def _shapley_of_table(table: Array, count: int) -> Array:
    """Shapley values from the values of all coalitions, shape (2**count, ...)."""
    rest = table.shape[1:]
    weights = _weights_by_row(count)
    parts = np.empty((count, *rest))
    for k in range(count):
        halves = table.reshape(2 ** (count - 1 - k), 2, 2**k, *rest)
        gain = (halves[:, 1] - halves[:, 0]).reshape(2 ** (count - 1), *rest)
        parts[k] = np.tensordot(weights, gain, axes=1)
    return parts


def _group_sizes(groups: Mapping[str, Sequence[str]]) -> list[int]:
    sizes = [len(members) for members in groups.values()]
    if not sizes or min(sizes) == 0:
        msg = "a group of factors is empty; expected one factor or more in each group"
        raise InputError(msg)
    rows = sum(2 ** (len(sizes) - 1 + size) for size in sizes)
    if rows > MAX_ROWS:
        msg = (
            f"{len(sizes)} groups of up to {max(sizes)} factors need {rows} "
            f"coalitions; expected at most {MAX_ROWS}; balance groups and members"
        )
        raise InputError(msg)
    return sizes


def _block_rows(sizes: list[int], own: int) -> Coalitions:
    """Coalitions of whole other groups with every part of group `own`."""
    others = coalitions(len(sizes) - 1)
    inside = coalitions(sizes[own])
    columns, other = [], 0
    for k, size in enumerate(sizes):
        if k == own:
            columns.append(np.tile(inside, (len(others), 1)))
            continue
        flags = np.repeat(others[:, other], len(inside))
        columns.append(np.repeat(flags[:, None], size, axis=1))
        other += 1
    return np.concatenate(columns, axis=1)


def _share_block(block: Array, size: int, group_count: int) -> Array:
    table = block.reshape(2 ** (group_count - 1), 2**size, *block.shape[1:])
    weights = _weights_by_row(group_count)
    return _shapley_of_table(np.tensordot(weights, table, axes=1), size)


def _evaluate(value: CoalitionValue, members: Coalitions) -> Array:
    table = np.asarray(value(members), dtype=float)
    if table.ndim == 0 or table.shape[0] != len(members):
        msg = (
            f"the value function returned shape {table.shape}; expected "
            f"({len(members)}, ...), one value for each coalition"
        )
        raise InputError(msg)
    if not np.isfinite(table).all():
        row = int(np.argwhere(~np.isfinite(table))[0][0])
        at_actual = np.flatnonzero(members[row]).tolist()
        msg = (
            f"the value is not finite with factors {at_actual} at their actual value; "
            "expected a number for every mixture of base and actual"
        )
        raise InputError(msg)
    return table


def _named(parts: Array, names: Sequence[str]) -> dict[str, float]:
    if parts.ndim != 1:
        msg = (
            f"each coalition has a value of shape {parts.shape[1:]}; expected one "
            "number; use shapley_values() for arrays"
        )
        raise InputError(msg)
    return {name: float(part) for name, part in zip(names, parts, strict=True)}


def _check_names(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        msg = f"factor {repeated[0]} is named twice; expected different names"
        raise InputError(msg)


def _columns(
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    factors: Mapping[str, Sequence[str]],
) -> dict[str, int]:
    owners = [(name, k) for k, names in enumerate(factors.values()) for name in names]
    _check_names([name for name, _ in owners])
    column = dict(owners)
    for name in column:
        if name not in before or name not in after:
            msg = f"argument {name} of a factor is missing in base or actual"
            raise InputError(msg)
    for name in before.keys() | after.keys():
        _check_argument(name, before.get(name), after.get(name), free=name in column)
    return column


def _check_argument(
    name: str, start: Array | None, end: Array | None, *, free: bool
) -> None:
    if start is None or end is None:
        msg = f"argument {name} stands in only one of base and actual; give both"
        raise InputError(msg)
    if start.shape != end.shape:
        msg = (
            f"argument {name} has shape {start.shape} in base and {end.shape} in "
            "actual; expected equal shapes"
        )
        raise InputError(msg)
    if not free and not np.array_equal(start, end):
        msg = (
            f"argument {name} changes but belongs to no factor, so the parts could "
            "not sum to the change; add it to a factor"
        )
        raise InputError(msg)
