"""Canonical JSON and the SHA-256 chain: equal values give equal bytes, for ever."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias, cast

import numpy as np

from orebook.errors import InputError

JsonValue: TypeAlias = (
    "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
)

GENESIS = "0" * 64
"""The previous hash of the first link of a chain."""


def canonical(value: object) -> bytes:
    """Return the one canonical JSON text of a value, in UTF-8.

    Parameters
    ----------
    value : object
        Numbers, text, truth values, None, dates, decimals, mappings with text keys,
        sequences, sets of text, numpy scalars and arrays, nested at will.

    Returns
    -------
    bytes
        Keys sorted by code point, no blanks, floats in their shortest exact form,
        non-ASCII text kept, decimals as text, dates in ISO 8601.

    Raises
    ------
    InputError
        If a number is not finite, a key is not text, or a value has no JSON form;
        the message holds the path of the offender.

    Notes
    -----
    -0.0 is written as 0.0, because the two are equal and SQLite keeps no sign of zero.
    1 and 1.0 differ: a count is not a measurement.

    References
    ----------
    .. [1] A. Rundgren, B. Jordan, S. Erdtman, JSON Canonicalization Scheme,
       RFC 8785, 2020 (followed in spirit; floats keep their decimal point).

    Examples
    --------
    >>> canonical({"b": 0.1, "a": [1, None, "铝"]}).decode()
    '{"a":[1,null,"铝"],"b":0.1}'
    """
    text = json.dumps(
        _plain(value, "content"),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"text {text[error.start : error.end]!r} in a value to keep is not valid "
            "Unicode (a lone surrogate); expected readable text; read the source file "
            "again with its right encoding"
        ) from error


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical text of a value, as 64 hex digits.

    Parameters
    ----------
    value : object
        As for `canonical`.

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Examples
    --------
    >>> digest({"a": 1})[:16]
    '015abd7f5cc57a2d'
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def parse(text: str | bytes) -> JsonValue:
    """Return the value of a canonical text.

    Parameters
    ----------
    text : str or bytes
        As returned by `canonical`.

    Returns
    -------
    JsonValue
        The value in plain Python types; decimals and dates stay text.

    Examples
    --------
    >>> parse('{"a":[0.1]}')
    {'a': [0.1]}
    """
    return cast(JsonValue, json.loads(text))


def link(previous: str, fields: Mapping[str, object]) -> str:
    """Return the hash of one link of a chain.

    Parameters
    ----------
    previous : str
        Hash of the link before, `GENESIS` for the first.
    fields : mapping
        What the link vouches for.

    Returns
    -------
    str
        SHA-256 over the previous hash and the fields, 64 hex digits.

    Notes
    -----
    h_n = SHA-256(canonical([h_{n-1}, fields_n])): no field of any link can change
    without changing every later hash.

    Examples
    --------
    >>> link(GENESIS, {"a": 1}) == link("1" + GENESIS[1:], {"a": 1})
    False
    """
    return digest([previous, fields])


def _plain(value: object, path: str) -> JsonValue:
    """Return `value` in plain JSON types; `path` says where it stands."""
    if value is None or isinstance(value, str | bool):
        return value
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value, path)
    raise InputError(
        f"{path} is a {type(value).__name__}, which has no JSON form; expected numbers,"
        " text, lists and mappings; give its to_dict() instead"
    )


def _float(value: object, path: str) -> JsonValue:
    number = float(cast(float, value))
    if not math.isfinite(number):
        raise InputError(
            f"{path} = {number}: only finite numbers can be kept; expected a number; "
            "leave the entry out or give the reason as text"
        )
    return number + 0.0


def _decimal(value: object, path: str) -> JsonValue:
    number = cast(Decimal, value)
    if not number.is_finite():
        return _float(float("nan"), path)
    return str(number)


def _mapping(value: object, path: str) -> JsonValue:
    plain: dict[str, JsonValue] = {}
    for key, item in cast(Mapping[object, object], value).items():
        if not isinstance(key, str):
            raise InputError(
                f"{path} has the key {key!r} of type {type(key).__name__}; expected "
                "text keys only; write the key as text"
            )
        plain[key] = _plain(item, f"{path}.{key}")
    return plain


def _sequence(value: object, path: str) -> JsonValue:
    items = cast("list[object]", value)
    return [_plain(item, f"{path}[{index}]") for index, item in enumerate(items)]


def _set(value: object, path: str) -> JsonValue:
    return _sequence(sorted(cast("frozenset[str]", value)), path)


def _numpy(value: object, path: str) -> JsonValue:
    return _plain(
        cast("np.ndarray[tuple[int, ...], np.dtype[np.generic]]", value).tolist(), path
    )


_CONVERSIONS: tuple[
    tuple[type | tuple[type, ...], Callable[[object, str], JsonValue]], ...
] = (
    (int, lambda value, _: int(cast(int, value))),
    (float, _float),
    (Mapping, _mapping),
    ((list, tuple), _sequence),
    ((set, frozenset), _set),
    (Decimal, _decimal),
    (date, lambda value, _: cast(date, value).isoformat()),
    ((np.generic, np.ndarray), _numpy),
)
