"""Facts as plain data and back, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from orebook.errors import DataQualityError
from orebook.reward.facts import Facts, MeasureFact

__all__ = ["differing", "facts_data", "facts_from"]

_VALUE = TypeAdapter(MeasureFact)
_KEY = ("team", "measure")


def facts_data(facts: Facts) -> dict[str, object]:
    """Return facts as plain data that `facts_from` reads.

    Parameters
    ----------
    facts : Facts
        Of a period.

    Returns
    -------
    dict
        ``values`` as one row for each team and measure, all else under its own name.
    """
    rows = [
        dict(zip(_KEY, key, strict=True)) | _VALUE.dump_python(fact, mode="json")
        for key, fact in sorted(facts.values.items())
    ]
    rest = {name: kind.dump_python(getattr(facts, name), mode="json")
            for name, kind in _rest()}  # fmt: skip
    earlier = [facts_data(month) for month in facts.earlier]
    return {"values": rows, **rest, **({"earlier": earlier} if earlier else {})}


def facts_from(data: object) -> Facts:
    """Return the facts that `facts_data` wrote.

    Parameters
    ----------
    data : mapping
        Plain data.

    Raises
    ------
    DataQualityError
        If it is not what was kept.

    Examples
    --------
    >>> fact = MeasureFact(1.5, ("posting:1",), plan=1.25)
    >>> facts = Facts("2026-05", {("team-a", "energy"): fact})
    >>> facts_from(facts_data(facts)).digest() == facts.digest()
    True
    """
    try:
        given = cast(Mapping[str, Any], data)
        values = {
            (row["team"], row["measure"]): _VALUE.validate_python(
                {k: v for k, v in row.items() if k not in _KEY}
            )
            for row in given["values"]
        }
        rest = {name: kind.validate_python(given[name])
                for name, kind in _rest() if name in given}  # fmt: skip
        earlier = tuple(facts_from(month) for month in given.get("earlier", ()))
        return Facts(values=values, earlier=earlier, **rest)
    except (TypeError, KeyError, ValidationError) as error:
        msg = f"kept facts cannot be read ({error}); run audit verify"
        raise DataQualityError(msg) from error


def _rest() -> Iterator[tuple[str, TypeAdapter[Any]]]:
    """Yield name and kind of every field of the facts but values and months before."""
    from typing import get_type_hints

    hints = get_type_hints(Facts)
    for one in fields(Facts):
        if one.init and one.name not in {"values", "earlier"}:
            yield one.name, TypeAdapter(hints[one.name])


def differing(kept: object, found: object, *, within: float, at: str = "") -> str:
    """Return where two pieces of plain data differ, empty where nowhere.

    Parameters
    ----------
    kept, found : object
        Plain data.
    within : float
        How far numbers may be apart, relative to 1 + |kept| [-].
    at : str
        Path so far.

    Returns
    -------
    str
        Path and both values of the first difference.

    Examples
    --------
    >>> differing({"a": [1.0, 2.0]}, {"a": [1.0, 3.0]}, within=1e-9)
    'a[1]: expected 2.0, found 3.0'
    >>> differing({"a": 1.0}, {"a": 1.0 + 1e-12}, within=1e-9)
    ''
    """
    if isinstance(kept, Mapping) and isinstance(found, Mapping):
        names = sorted({*kept, *found})
        pairs = [(f"{at}.{n}" if at else str(n), kept.get(n), found.get(n))
                 for n in names]  # fmt: skip
    elif isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        pairs = [(f"{at}[{k}]", a, b)
                 for k, (a, b) in enumerate(zip(kept, found, strict=True))]  # fmt: skip
    else:
        same = kept == found or _near(kept, found, within)
        return "" if same else f"{at}: expected {_short(kept)}, found {_short(found)}"
    told = (differing(a, b, within=within, at=name) for name, a, b in pairs)
    return next(filter(None, told), "")


def _near(kept: object, found: object, within: float) -> bool:
    numbers = isinstance(kept, float | int) and isinstance(found, float | int)
    if not numbers:
        return False
    a, b = float(cast(float, kept)), float(cast(float, found))
    return abs(a - b) <= within * (1.0 + abs(a))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
