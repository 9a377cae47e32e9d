"""Whole cents: largest-remainder rounding that keeps totals exact and order-free."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from math import floor, fsum

from orebook.errors import InputError

CENT_DIGITS = 2
"""Decimal places of a yuan."""

GRAIN = 1e-6
"""Fractions of a cent below this are rounding noise of binary numbers."""


def decimal(cents: int) -> Decimal:
    """Return an amount of whole cents as a decimal number of yuan.

    Parameters
    ----------
    cents : int
        Amount [0.01 CNY].

    Returns
    -------
    Decimal
        Amount with two places [CNY].

    Examples
    --------
    >>> decimal(93064)
    Decimal('930.64')
    """
    return Decimal(cents).scaleb(-CENT_DIGITS)


def whole(amount: float) -> int:
    """Return the cents wholly contained in an amount, forgiving binary noise.

    Parameters
    ----------
    amount : float
        Amount, zero or more [CNY].

    Returns
    -------
    int
        Cents [0.01 CNY].

    Examples
    --------
    >>> whole(0.29), whole(1.999)
    (29, 199)
    """
    return floor(amount * 100 + GRAIN)


def apportion(
    amounts: Mapping[str, float], *, limit: int | None = None, down: bool = False
) -> dict[str, int]:
    """Bring amounts to whole cents by the largest-remainder rule.

    Parameters
    ----------
    amounts : mapping of str to float
        Amounts, zero or more [CNY].
    limit : int, optional
        Most the total may be; the amounts keep to it but for rounding [0.01 CNY].
    down : bool
        Cut every amount to whole cents instead.

    Returns
    -------
    dict of str to int
        Cents by name [0.01 CNY]; their sum is the rounded total, or the limit.

    Raises
    ------
    InputError
        The amounts exceed the limit by more than rounding.

    Notes
    -----
    Each gets its whole cents; the cents still missing go one each to the largest
    remainders, ties by name, so that the order of the mapping changes nothing.

    References
    ----------
    .. [1] M. Balinski, H. P. Young, "Fair Representation", 1982.

    Examples
    --------
    >>> apportion({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    {'a': 34, 'b': 33, 'c': 33}
    """
    base = {name: whole(amount) for name, amount in amounts.items()}
    total = sum(base.values()) if down else round(fsum(amounts.values()) * 100)
    if limit is not None:
        total = min(total, limit)
    missing = total - sum(base.values())
    if missing < -len(base):
        msg = (
            f"amounts of {sum(base.values())} cents exceed the limit of {limit}; "
            "expected amounts already scaled to it"
        )
        raise InputError(msg)
    step = 1 if missing >= 0 else -1
    ranked = sorted(
        amounts, key=lambda name: (step * (base[name] - amounts[name] * 100), name)
    )
    if step < 0:
        ranked = [name for name in ranked if base[name] > 0]
    for name in ranked[: abs(missing)]:
        base[name] += step
    return base


def split(cents: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Split an amount of whole cents by weights, exactly.

    Parameters
    ----------
    cents : int
        Amount, of either sign [0.01 CNY].
    weights : mapping of str to float
        Weights above zero [-].

    Returns
    -------
    dict of str to int
        Cents by name, summing to `cents` [0.01 CNY].

    Examples
    --------
    >>> split(-100, {"a": 2, "b": 1})
    {'a': -67, 'b': -33}
    """
    total = fsum(weights.values())
    sign = 1 if cents >= 0 else -1
    parts = {name: abs(cents) * w / total / 100 for name, w in weights.items()}
    return {name: sign * part for name, part in apportion(parts).items()}


def part_of(cents: int, share: float) -> int:
    """Return a share of an amount in whole cents, half to even.

    Parameters
    ----------
    cents : int
        Amount [0.01 CNY].
    share : float
        Share, read as the decimal number it was written as [-].

    Returns
    -------
    int
        Cents [0.01 CNY].

    Examples
    --------
    >>> part_of(1001, 0.3)
    300
    """
    exact = Decimal(cents) * Decimal(str(share))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
