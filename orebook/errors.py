"""The few exceptions orebook raises, and the message shape they share.

Every message says what is wrong, where, what was expected and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class OrebookError(ValueError):
    """Base of every error a user can cause and mend."""


class UnitError(OrebookError):
    """A quantity has no unit, an unknown unit, or a unit of another dimension."""


class InputError(OrebookError):
    """An argument or a process setting lies outside its declared range."""


class InfeasibleError(OrebookError):
    """No plan can meet all requirements; the message names those that contradict.

    Parameters
    ----------
    message : str
        What contradicts, in words.
    details : mapping, optional
        The same as plain data with stable names.
    """

    def __init__(
        self, message: str, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.details: Mapping[str, object] = details or {}


class DataQualityError(OrebookError):
    """Readings cannot support the figure asked for (not observable, no data)."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file of the user.

    Parameters
    ----------
    file : str
        Path as the user typed or would type it.
    line : int or None
        1-based line, None where the file as a whole is meant.
    field : str
        Dotted path of the field, or the column name.
    value : str
        The offending value as it stands in the file.
    problem : str
        What is wrong with it, in one clause.
    expected : str
        What would be right (range, unit, names allowed).
    remedy : str
        What to do; names the nearest valid name where there is one.
    """

    file: str
    line: int | None
    field: str
    value: str
    problem: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return (
            f"{where}: {self.field} = {self.value}: {self.problem}; "
            f"expected {self.expected}; {self.remedy}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


class BookError(OrebookError):
    """All mistakes of a book or an input file, reported together."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        head = f"{count} mistake{'s' if count != 1 else ''} found; nothing was used."
        super().__init__("\n".join([head, *map(str, self.mistakes)]))
