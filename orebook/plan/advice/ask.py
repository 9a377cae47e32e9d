"""What is asked: which units, which settings are free, which index, which bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Chain
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.plan.advice.board import Board, Knob, check_range
from orebook.plan.advice.index import ALIASES, Index, Outcomes
from orebook.plan.advice.needs import Need
from orebook.plan.advice.search import sample
from orebook.plan.advice.stand import Stand
from orebook.process.contract import Setting
from orebook.quantity import quantity

__all__ = ["bounds_of", "knobs_of", "movable", "pick", "units_of"]

FloatArray = npt.NDArray[np.float64]
STILL = 1e-9
"""A figure that moves by less than this share of its size does not move [-]."""


def units_of(chain: Chain, name: str) -> tuple[str, ...]:
    """Return the unit of a name, or all units of a centre and those below it.

    Raises
    ------
    InputError
        If neither a unit nor a centre with units is called so.
    """
    if name in chain.unit:
        return (name,)
    if name in chain.centre:
        within = set(chain.within(name))
        found = tuple(u.id for u in chain.units if u.centre in within)
        if found:
            return found
        raise InputError(
            f"centre '{name}' has no units; expected one with units; name one of "
            f"{listed(u.centre for u in chain.units)}"
        )
    known = [*chain.unit, *chain.centre]
    hint = did_you_mean(name, known, "see the units of the book")
    raise InputError(f"no unit or centre is called '{name}'; {hint}")


def knobs_of(
    stands: Sequence[Stand], free: Mapping[str, tuple[float | None, float | None]]
) -> tuple[Knob, ...]:
    """Return the settings that may be chosen: those of the book, and those given.

    Parameters
    ----------
    stands : sequence of Stand
        The units.
    free : mapping
        ``NAME`` or ``UNIT.NAME`` to a range [unit of the setting]; None for the end of
        the range its physics hold for. Replaces the range of the book.

    Raises
    ------
    InputError
        If nothing may be chosen, a name is unknown or a range is wrong.
    """
    wanted = dict(free)
    found = []
    for s in stands:
        known = {x.name: x for x in own(s)}
        for name, setting in known.items():
            given = wanted.pop(f"{s.unit.id}.{name}", None) or free.get(name)
            if given is not None:
                wanted.pop(name, None)
            elif name in s.unit.free:
                span = s.unit.free[name]
                given = tuple(
                    None if side is None else side.to(setting.unit)
                    for side in (span.low, span.high)
                )  # type: ignore[assignment]
            if given is None:
                continue
            low = setting.low if given[0] is None else given[0]
            high = setting.high if given[1] is None else given[1]
            knob = Knob(s.unit.id, name, setting.unit, low, high, s.setting[name])
            check_range(knob, setting.low, setting.high)
            found.append(knob)
    names = [f"{s.unit.id}.{x.name}" for s in stands for x in own(s)]
    if wanted:
        bare = [*names, *(n.partition(".")[2] for n in names)]
        first = next(iter(wanted))
        owner = elsewhere(stands, first)
        if owner is not None:
            raise InputError(
                f"setting '{first}' lies with unit '{owner}', which shares it; it is "
                f"chosen there; ask: orebook advise BOOK {owner}"
            )
        hint = did_you_mean(first, bare, f"one of {listed(names)}")
        raise InputError(f"no setting is called '{first}'; {hint}")
    if not found:
        raise InputError(_nothing_free(stands))
    return tuple(found)


def own(stand: Stand) -> tuple[Setting, ...]:
    """Return the settings that lie with a unit, also those that others share."""
    here = (None, stand.unit.id)
    return tuple(
        x for x in stand.process.settings if x.shared in here and x.follows is None
    )


def elsewhere(stands: Sequence[Stand], name: str) -> str | None:
    """Return the unit that a setting lies with, if it is not one of these."""
    bare = name.rpartition(".")[2]
    known = {s.unit.id for s in stands}
    for s in stands:
        for x in s.process.settings:
            if x.name == bare and x.shared is not None and x.shared not in known:
                return x.shared
    return None


def _nothing_free(stands: Sequence[Stand]) -> str:
    names = ", ".join(s.unit.id for s in stands)
    rows = [
        f"  {s.unit.id}.{x.name}: {s.setting[x.name]:g} {x.unit}".rstrip()
        + f", physics hold for {x.low:g}..{x.high:g} {x.unit}".rstrip()
        for s in stands
        for x in own(s)
    ]
    if not rows:
        return (
            f"{names}: nothing can be chosen, for the book gives no settings; expected "
            "settings; add recipe.settings and deltas on them"
        )
    first = next(x for s in stands for x in own(s))
    return "\n".join(
        [
            f"{names}: no setting is free; expected at least one of",
            *rows,
            "free it in the book: free = { "
            f"{first.name} = {{ low = ..., high = ... }} }}, or try it: "
            f"--free {first.name}=LOW..HIGH",
        ]
    )


def movable(
    stands: tuple[Stand, ...],
    knobs: tuple[Knob, ...],
    all_: Iterable[Index],
    others: tuple[Stand, ...] = (),
) -> tuple[tuple[Knob, ...], dict[str, Index], FloatArray]:
    """Return the settings and indices that move at all, and the settings tried.

    Settings that change neither cost nor any index stay as they are.
    """
    known = list(all_)
    board = Board(stands, knobs, (), known[0], others)
    tried = sample(board)
    today = np.clip(board.today, 0.0, 1.0)
    moved = {}
    outcomes, _ = board.outcomes(tried)
    for index in known:
        values = np.broadcast_to(index.value(outcomes), tried.shape[:1])
        if np.all(np.isfinite(values)) and _moves(values):
            moved[index.name] = index
    kept = []
    for k, knob in enumerate(knobs):
        line = np.tile(today, (9, 1))
        line[:, k] = np.linspace(0.0, 1.0, 9)
        outcomes, cost = board.outcomes(line)
        figures = [cost, *(i.value(outcomes) for i in moved.values())]
        if any(_moves(np.broadcast_to(f, (9,))) for f in figures):
            kept.append(knob)
    left = Board(stands, tuple(kept) or knobs, (), known[0], others)
    return tuple(kept), moved, sample(left)


def _moves(values: FloatArray) -> bool:
    return bool(np.ptp(values) > STILL * max(1e-12, float(np.max(np.abs(values)))))


def pick(moved: Mapping[str, Index], every: Iterable[str], name: str | None) -> Index:
    """Return the index asked for; without a name the first that fits.

    Raises
    ------
    InputError
        If there is none of that name, or the free settings do not move it.
    """
    for alias in ALIASES if name is None else ():
        if (found := _alias(moved, alias)) is not None:
            return found
    if name is None and moved:
        return next(iter(moved.values()))
    asked = name or "any"
    if asked in moved:
        return moved[asked]
    found = _alias(moved, asked)
    if found is not None:
        return found
    choices = f"these can be steered by: {', '.join(sorted(moved)) or 'none'}"
    if asked in every:
        raise InputError(
            f"the free settings do not move the index '{asked}'; {choices}; free "
            "another setting or choose another index"
        )
    hint = did_you_mean(asked, [*moved, *ALIASES], "choose one of them")
    raise InputError(f"no index is called '{asked}'; {choices}; {hint}")


def _alias(moved: Mapping[str, Index], alias: str) -> Index | None:
    """Return the first index an everyday word stands for."""
    if alias in moved:
        return moved[alias]
    if alias == "recovery" and "yield" in moved:
        fitting = [n for n in moved if n.startswith("recovery:")]
        return moved[fitting[0] if fitting else "yield"]
    return next((i for n, i in moved.items() if n.startswith(f"{alias}:")), None)


_BOUND = re.compile(r"\s*([^<>=]+?)\s*(<=|>=)\s*(.+?)\s*$")


def bounds_of(
    texts: Iterable[str], moved: Mapping[str, Index], stands: Sequence[Stand]
) -> tuple[Need, ...]:
    """Read bounds on indices as they are written: ``net_carbon<=410``.

    Raises
    ------
    InputError
        If a text cannot be read, or names no index.
    """
    return tuple(_bound(text, moved, stands) for text in texts)


def _bound(text: str, moved: Mapping[str, Index], stands: Sequence[Stand]) -> Need:
    found = _BOUND.match(text)
    if found is None:
        raise InputError(
            f"bound '{text}' cannot be read; expected NAME<=VALUE or NAME>=VALUE in "
            "the unit of the index; write for example net_carbon<=410"
        )
    name, side, written = found.groups()
    index = pick(moved, (), name)
    limit = quantity(written, "-") if not index.unit else _value(written, index.unit)
    sign = 1.0 if side == "<=" else -1.0
    size = abs(limit) or 1.0

    def excess(outcomes: Outcomes) -> FloatArray:
        return np.asarray(sign * (index.value(outcomes) - limit) / size)

    return Need("keep", text, excess)


def _value(written: str, unit: str) -> float:
    try:
        return float(written)
    except ValueError:
        return quantity(written, unit)
