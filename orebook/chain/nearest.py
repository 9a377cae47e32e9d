"""The nearest valid name to a name that is not valid."""

from __future__ import annotations

from collections.abc import Iterable

_LIST = 12
_ALIKE = 65.0  # of 100; below it a suggestion misleads more than it helps


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like ``name``, or None where none is alike.

    Parameters
    ----------
    name : str
        The name as written.
    names : iterable of str
        The names that exist.

    Examples
    --------
    >>> nearest("bauxit", ["bauxite", "caustic"])
    'bauxite'
    >>> nearest("xyz", ["bauxite", "caustic"]) is None
    True
    """
    from rapidfuzz import fuzz, process

    best = process.extractOne(
        name,
        sorted(names),
        scorer=fuzz.WRatio,
        processor=str.lower,
        score_cutoff=_ALIKE,
    )
    return None if best is None else str(best[0])


def did_you_mean(name: str, names: Iterable[str], otherwise: str) -> str:
    """Return a remedy: the nearest name, or else ``otherwise``.

    Examples
    --------
    >>> did_you_mean("bauxit", ["bauxite"], "add it")
    "did you mean 'bauxite'? otherwise add it"
    """
    best = nearest(name, names)
    return (
        otherwise if best is None else f"did you mean '{best}'? otherwise {otherwise}"
    )


def listed(names: Iterable[str]) -> str:
    """Return names as a short list for a message.

    Examples
    --------
    >>> listed(["b", "a"])
    'a, b'
    """
    found = sorted(names)
    more = f" and {len(found) - _LIST} more" if len(found) > _LIST else ""
    return (", ".join(found[:_LIST]) + more) or "none"
