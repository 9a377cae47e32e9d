"""Do fitted constants of a book name a constant of their unit, inside its range."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.chain.entries import EntryMistake
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.tuned import Tuned
from orebook.errors import UnitError
from orebook.process.contract import Process, Setting
from orebook.process.network import Network

__all__ = ["tunable", "tuned_mistakes"]


def tunable(process: Process, unit: str) -> dict[str, Setting]:
    """Return the constants that lie with a unit and may be fitted, by name.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    unit : str
        Its id.
    """
    return {
        s.name: s
        for s in process.settings
        if s.prior_sd is not None and s.shared in (None, unit)
    }


def tuned_mistakes(network: Network) -> Iterator[EntryMistake]:
    """Yield fitted constants that do not fit the kind of their unit.

    Parameters
    ----------
    network : Network
        The units of the book that could be bound.
    """
    for entry in network.chain.tuned:
        process = network.processes.get(entry.unit)
        if process is None:  # unknown or mistaken itself, which is told elsewhere
            continue
        yield from _constant(entry, process)


def _constant(entry: Tuned, process: Process) -> Iterator[EntryMistake]:
    known = tunable(process, entry.unit)
    every = {s.name: s for s in process.settings}
    setting = every.get(entry.constant)
    path = ("constant",)
    if setting is None:
        yield _mistake(
            entry, path, f"unit '{entry.unit}' has no constant '{entry.constant}'",
            f"one of {listed(known)}",
            did_you_mean(entry.constant, known, "remove the entry"),
        )  # fmt: skip
        return
    if setting.shared not in (None, entry.unit):
        yield _mistake(
            entry, ("unit",), f"'{entry.constant}' lies with unit '{setting.shared}'",
            f"unit = \"{setting.shared}\"", "correct unit",
        )  # fmt: skip
        return
    if setting.prior_sd is None:
        yield _mistake(
            entry, path, "is a setting that is chosen, not a constant to be fitted",
            f"one of {listed(known)}",
            f"set it with settings.{entry.constant} of the unit instead",
        )  # fmt: skip
        return
    try:
        value = entry.value.to(setting.unit)
    except UnitError:
        has = entry.value.unit
        yield _mistake(
            entry, ("value",), f"is in {has}" if has else "has no unit",
            f"a quantity in {setting.unit or 'no unit'}",
            f'write for example "{setting.default:g} {setting.unit}"',
        )  # fmt: skip
        return
    if not setting.low <= value <= setting.high:
        yield _mistake(
            entry, ("value",), "lies outside the range the model holds for",
            f"{setting.low:g} to {setting.high:g} {setting.unit}".rstrip(),
            "set it inside, or fit it again",
        )  # fmt: skip


def _mistake(
    entry: Tuned, path: tuple[str, ...], problem: str, expected: str, remedy: str
) -> EntryMistake:
    about = frozenset({entry.unit})
    return EntryMistake("tuned", entry.id, path, problem, expected, remedy, about=about)
