"""What each column of records is: condition, setting, quantity at its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orebook.benchmark.note import Note
from orebook.benchmark.practice.find import FEWEST, WANTED, Evidence
from orebook.benchmark.practice.names import settings_by_name
from orebook.benchmark.practice.records import Records, told_rejects
from orebook.benchmark.practice.valuation import (
    Asked,
    Valuation,
    valuation_of,
    value,
)
from orebook.chain.nearest import listed
from orebook.errors import InputError
from orebook.ledger.layout import plain
from orebook.plan.accounts import PriceSet
from orebook.process.contract import Array
from orebook.process.network import Network

__all__ = ["SEASON", "STANDING", "Chosen", "choose", "matrix"]

SEASON = "season"
YEAR = 365.2425
STANDING = 0.5  # of the median amount, below which a record is start-up or outage [-]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records as evidence, and what is what.

    Parameters
    ----------
    evidence : Evidence
        Ready to be searched.
    conditions, settings : tuple of str
        Names in the order of the columns of the evidence.
    units : mapping
        Unit of each of them.
    valuation : Valuation
        Of the value.
    dropped : mapping
        Rows not used, by cause.
    notes : tuple of Note
        What the user should know.
    """

    evidence: Evidence
    conditions: tuple[str, ...]
    settings: tuple[str, ...]
    units: Mapping[str, str]
    valuation: Valuation
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]


def choose(
    records: Records,
    network: Network,
    subject: str,
    prices: PriceSet,
    *,
    period: str,
    asked: Asked,
) -> Chosen:
    """Turn records into evidence.

    Parameters
    ----------
    records : Records
        As read.
    network : Network
        Chain and physics.
    subject : str
        A unit or a centre.
    prices : PriceSet
        Internal prices of one period, at which all records are valued: what prices
        did is no practice.
    period : str
        That period.
    asked : Asked
        What the user said.

    Raises
    ------
    InputError
        If a column is missing or does not vary, or too few records are left.
    """
    valuation = valuation_of(records, network, subject, prices, period, asked)
    used = {t.column for t in valuation.terms} | {valuation.per, valuation.tonnes}
    settings = asked.settings or _own_settings(records, network, subject, asked, used)
    settings = tuple(records.column(n).name for n in settings)
    conditions = asked.conditions or _rest(records, {*used, *settings})
    _refuse_both(conditions, settings)
    names, z = matrix(records, conditions)
    u = _settings(records, settings)
    evidence, dropped = _kept(records, valuation, z, u)
    notes = [*records.notes, *_still_settings(records, settings, evidence.settings)]
    notes += [
        _still("条件", "condition", n)
        for n, m in zip(names, _varying(evidence.conditions), strict=True)
        if not m
    ]
    if valuation.left_out:
        out = listed(valuation.left_out)
        notes.append(
            Note(f"记录中没有、因此未计价：{out}",
                 f"not in the records, so not valued: {out}")
        )  # fmt: skip
    units = _units(records, network, subject)
    return _chosen(evidence, (names, settings), units, valuation, dropped, tuple(notes))


def _units(records: Records, network: Network, subject: str) -> dict[str, str]:
    """Return the unit of each column: of its header, else of the setting so named."""
    own = network.processes.get(subject)
    known = {n: s.unit for n, s in settings_by_name(own).items()} if own else {}
    return {n: c.unit or known.get(plain(n), "") for n, c in records.columns.items()}


def _settings(records: Records, names: Sequence[str]) -> Array:
    empty = np.empty((len(records.days), 0))
    return np.column_stack([*[records.column(n).values for n in names], empty])


def _kept(
    records: Records, valuation: Valuation, z: Array, u: Array
) -> tuple[Evidence, dict[str, int]]:
    """Return the complete records in operation, and how many others there are."""
    money, tonnes = value(records, valuation)
    complete = np.isfinite(np.column_stack([z, u, money, tonnes])).all(axis=1)
    middle = np.median(tonnes[complete]) if complete.any() else 0.0
    kept = complete & (tonnes >= STANDING * middle)
    dropped = {
        "not_readable": len(records.rejected),
        "incomplete": int((~complete).sum()),
        "standing": int((complete & ~kept).sum()),
    }
    _refuse_few(records, int(kept.sum()), dropped)
    parts = (records.days, z, u, money, tonnes)
    return Evidence(*(part[kept] for part in parts)), dropped


def _chosen(
    evidence: Evidence,
    names: tuple[Sequence[str], Sequence[str]],
    units: Mapping[str, str],
    valuation: Valuation,
    dropped: Mapping[str, int],
    notes: tuple[Note, ...],
) -> Chosen:
    """Return what varies of the evidence, with its names."""
    moves = _varying(evidence.conditions), _varying(evidence.settings)
    kept = [
        tuple(n for n, m in zip(given, moving, strict=True) if m)
        for given, moving in zip(names, moves, strict=True)
    ]
    moving = replace(
        evidence,
        conditions=evidence.conditions[:, moves[0]],
        settings=evidence.settings[:, moves[1]],
    )
    return Chosen(moving, kept[0], kept[1], units, valuation, dropped, notes)


def matrix(records: Records, conditions: Sequence[str]) -> tuple[list[str], Array]:
    """Return names and figures of conditions; a season is a place in the year.

    Parameters
    ----------
    records : Records
        As read.
    conditions : sequence of str
        Columns, or ``season``.
    """
    names: list[str] = []
    parts: list[Array] = []
    for name in conditions:
        column = records.find(name)
        if column is None and plain(name) in {SEASON, "季节"}:
            turn = 2.0 * np.pi * records.days / YEAR
            names += ["season_sin", "season_cos"]
            parts += [np.sin(turn), np.cos(turn)]
        else:
            column = records.column(name)
            names.append(column.name)
            parts.append(column.values)
    empty = np.empty((len(records.days), 0))
    return names, np.column_stack([*parts, empty])


def _own_settings(
    records: Records, network: Network, subject: str, asked: Asked, used: set[str]
) -> tuple[str, ...]:
    """Return the columns named as settings of the unit and not asked as conditions."""
    if subject not in network.processes:
        return ()
    taken = {plain(n) for n in (*asked.conditions, *used)}
    known = set(settings_by_name(network.processes[subject]))
    return tuple(n for n in records.columns if plain(n) in known - taken)


def _rest(records: Records, taken: set[str]) -> tuple[str, ...]:
    return tuple(n for n in records.columns if n not in taken)


def _refuse_both(conditions: Sequence[str], settings: Sequence[str]) -> None:
    both = {plain(n) for n in conditions} & {plain(n) for n in settings}
    if both:
        raise InputError(
            f"'{sorted(both)[0]}' is named as condition and as setting; expected one "
            "of them: a condition is what the shift cannot choose; name it once"
        )


def _refuse_few(records: Records, count: int, dropped: Mapping[str, int]) -> None:
    if count >= FEWEST:
        return
    causes = ", ".join(f"{v} {k}" for k, v in dropped.items() if v) or "none"
    told = f" ({told_rejects(records.rejected)})" if records.rejected else ""
    raise InputError(
        f"{records.name}: {count} records can be used, rows left out: {causes}{told}; "
        f"expected at least {FEWEST}, better {WANTED} and more; months are rarely "
        "enough: give records of shifts or campaigns (--records FILE)"
    )


def _varying(x: Array) -> Array:
    middle = np.abs(x).mean(axis=0) if len(x) else np.zeros(x.shape[1])
    return np.asarray(x.std(axis=0) > 1e-9 * np.maximum(middle, 1e-300))


def _still(zh: str, en: str, name: str) -> Note:
    return Note(
        f"{zh}“{name}”没有变化，未采用", f"{en} '{name}' does not vary and is left out"
    )


def _still_settings(records: Records, names: Sequence[str], x: Array) -> list[Note]:
    """Say which settings never moved; refuse where none did."""
    still = [n for n, moves in zip(names, _varying(x), strict=True) if not moves]
    if names and len(still) == len(names):
        raise InputError(
            f"{records.name}: no setting varies ({listed(names)}): what never moved "
            "cannot be learned from; name settings that were changed, or try another "
            "value on purpose"
        )
    return [_still("设定", "setting", n) for n in still]
