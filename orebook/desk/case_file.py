"""A case file written from changes: TOML that a person can read and edit further."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orebook.chain.case import CaseHead
from orebook.errors import InputError
from orebook.plan.replan_changes import Changes
from orebook.plan.replan_limits import unit_of
from orebook.process.network import Network

__all__ = ["case_text", "write_case"]

Field = tuple[str, object]
Section = tuple[str, list[Field]]


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number with its unit, as a book writes it."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value!r} {self.unit}".strip()


def case_text(head: CaseHead, changes: Changes, network: Network) -> str:
    """Return changes as the text of a case file.

    Parameters
    ----------
    head : CaseHead
        Names, author, reason and expiry.
    changes : Changes
        What differs from the book.
    network : Network
        Gives the units.

    Returns
    -------
    str
        TOML; reading it as a case gives the same changes.

    Raises
    ------
    InputError
        If nothing differs.
    """
    sections = list(_sections(changes, network))
    if not sections:
        raise InputError(
            "nothing differs from the plan, so there is no case to write; expected at "
            "least one changed figure; edit the sheet first"
        )
    named = [(k, v) for k, v in head.model_dump().items() if v is not None]
    lines = [*_table("[case]", named)]
    for name, fields in sections:
        lines += ["", *_table(f"[[{name}]]", fields)]
    return "\n".join(lines) + "\n"


def _table(header: str, fields: list[Field]) -> Iterator[str]:
    yield header
    for name, value in fields:
        yield f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    """Return a value as TOML; strings are quoted as in JSON, which TOML shares."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)


def _sections(changes: Changes, network: Network) -> Iterator[Section]:
    for p in changes.prices:
        price = _given("price", p.value, f"CNY/{unit_of(network, p.contract)}")
        yield "prices", [("contract", p.contract), *price, *_rest(p.factor, p.periods)]
    for o in changes.outages:
        stop: list[Field] = [("unit", o.unit), ("first", o.first), ("last", o.last)]
        if o.share != 1.0:
            stop.append(("share", o.share))
        if o.reason:
            stop.append(("reason", o.reason))
        yield "outages", stop
    for store, amount in changes.stocks.items():
        unit = unit_of(network, f"store:{store}")
        yield "stocks", [("store", store), ("amount", _Quantity(amount, unit))]
    for s in changes.specs:
        share = _Quantity(100.0 * s.value, "%") if "/" not in s.of else s.value
        yield "specs", [("sale", s.sale), ("of", s.of), (s.side, share)]
    for x in changes.limits:
        kind, _, name = x.subject.partition(":")
        unit = unit_of(network, x.subject) + (f"/{x.per}" if x.per else "")
        rest = _rest(x.factor, x.periods)
        if kind == "draw":
            yield "draws", [("draw", name), *_given("amount", x.value, unit), *rest]
        else:
            start = [("subject", x.subject), ("side", x.side)]
            yield "limits", [*start, *_given("value", x.value, unit), *rest]


def _given(name: str, value: float | None, unit: str) -> list[Field]:
    return [] if value is None else [(name, _Quantity(value, unit))]


def _rest(factor: float, periods: tuple[str, ...]) -> list[Field]:
    found: list[Field] = [] if factor == 1.0 else [("factor", factor)]
    return [*found, ("periods", periods)] if periods else found


def write_case(folder: Path, name: str, text: str, *, replace: bool = False) -> Path:
    """Write a case file into a book, whole or not at all.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    name : str
        Name of the case: small letters, digits, ``-`` and ``_``.
    text : str
        Its text.
    replace : bool
        Overwrite a case that is there.

    Raises
    ------
    InputError
        If the name is none, or a case of that name is there already.
    """
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise InputError(
            f"'{name}' is no name of a case; expected small letters, digits, - and _, "
            "beginning with a letter or digit; choose another"
        )
    path = folder / "cases" / f"{name}.toml"
    if path.exists() and not replace:
        raise InputError(
            f"{path} is there already; give another name, or overwrite it (--replace)"
        )
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{name}.toml.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path
