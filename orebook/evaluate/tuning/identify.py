"""Which constants the months can tell, and which they cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.tuning.constants import Constant

__all__ = ["TELLS", "Held", "told_apart"]

Floats = NDArray[np.float64]

TELLS = 1.0
"""A direction counts as told where the months know it better than before [-]."""

UNSEEN = 0.05
"""Below this share of what is known beforehand a constant moves no figure [-]."""

PART = 0.3
"""From this share of the largest effect on a constant is a part of what cancels."""


@dataclass(frozen=True, slots=True)
class Held:
    """A constant that keeps the value of the book.

    Parameters
    ----------
    constant : Constant
        Which.
    reason : str
        ``unseen`` (moves no measured figure), ``alike`` (acts like others, which keep
        their values too) or ``weak`` (less is told of it than is known beforehand).
    alike : tuple of str
        Ids of the constants it cannot be told from.
    """

    constant: Constant
    reason: str
    alike: tuple[str, ...] = ()


def told_apart(
    constants: Sequence[Constant], slopes: Floats
) -> tuple[tuple[Constant, ...], tuple[Held, ...]]:
    """Return the constants the figures can tell, and those held.

    Parameters
    ----------
    constants : sequence of Constant
        All that are asked for.
    slopes : array, shape (N, p)
        Change of the residuals per prior standard deviation of each [-].

    Notes
    -----
    In units of the prior standard deviation a singular value below 1 is a direction of
    which the months say less than was known beforehand. The constants whose effects
    cancel along it are held, the weakest direction first, until all others are told.

    References
    ----------
    .. [1] M. Velez-Reyes, G. C. Verghese, Subset selection in identification, and
       application to speed and parameter estimation for induction machines, 1995.

    Examples
    --------
    Two constants that act alike keep their values; the third is told:

    >>> from orebook.evaluate.tuning.constants import Constant
    >>> known = [Constant("mill", n, "", 1.0, 0.0, 2.0, 0.1) for n in "abc"]
    >>> slopes = np.array([[9.0, 9.0, 0.0], [9.0, 9.1, 0.0], [0.0, 0.0, 5.0]])
    >>> told, held = told_apart(known, slopes)
    >>> [c.name for c in told], [(h.constant.name, h.reason) for h in held]
    (['c'], [('a', 'alike'), ('b', 'alike')])
    """
    left = list(range(len(constants)))
    held: dict[int, Held] = {}
    size = np.linalg.norm(slopes, axis=0)
    for k in list(left):
        if size[k] < TELLS:
            held[k] = Held(constants[k], "unseen" if size[k] < UNSEEN else "weak")
            left.remove(k)
    while left:
        _, singular, right = np.linalg.svd(slopes[:, left], full_matrices=False)
        if singular[-1] >= TELLS:
            break
        effect = np.abs(right[-1]) * size[left]
        part = [left[i] for i in np.flatnonzero(effect >= PART * effect.max())]
        for k in part:
            others = tuple(constants[o].id for o in part if o != k)
            held[k] = Held(constants[k], "alike", others)
            left.remove(k)
    return (
        tuple(constants[k] for k in left),
        tuple(held[k] for k in sorted(held)),
    )
