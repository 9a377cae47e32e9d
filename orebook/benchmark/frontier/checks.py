"""What is wrong or doubtful in the figures of peers, before any score is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.data import Factors
from orebook.errors import InputError

__all__ = ["Finding", "check", "inspect"]

COLLINEAR: Final = 0.995
"""Correlation above which two factors of one side say the same [-]."""
SAME: Final = 1e-12
"""Relative spread below which a column is constant [-]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or to be known.

    Parameters
    ----------
    level : {"error", "warning"}
        Whether scores can be computed all the same.
    code : str
        Stable name of the finding.
    unit : str
        Unit it is about; empty for all.
    factor : str
        Factor it is about; empty for all.
    value : float or None
        The figure [unit of the factor].
    problem, expected, remedy : str
        In words.
    """

    level: Literal["error", "warning"]
    code: str
    unit: str
    factor: str
    value: float | None
    problem: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = " of ".join(part for part in (self.factor, self.unit) if part)
        head = f"{where}: " if where else ""
        return f"{head}{self.problem}; expected {self.expected}; {self.remedy}"

    def to_dict(self) -> dict[str, object]:
        """Return the finding as plain data."""
        found = {name: getattr(self, name) for name in self.__slots__}
        if self.value is not None and not np.isfinite(self.value):
            found["value"] = None
        return found


def inspect(
    inputs: Factors,
    outputs: Factors,
    units: tuple[str, ...],
    *,
    bads: Factors | None = None,
    positive: bool = False,
    signed: bool = False,
) -> tuple[Finding, ...]:
    """Return everything wrong or doubtful in the figures.

    Parameters
    ----------
    inputs, outputs : Factors
        What units used and made.
    units : tuple of str
        Their names.
    bads : Factors, optional
        Bad outputs.
    positive : bool
        Whether the model divides by each figure: nought is then an error.
    signed : bool
        Whether the model bears figures below nought (additive under VRS).

    Notes
    -----
    Discriminating power: Cooper, Seiford, Tone 2007 ask for max(m s, 3 (m + s)) units.

    Examples
    --------
    >>> from orebook.benchmark.frontier.data import factors
    >>> x, y = factors([[2.0], [3.0]], "input"), factors([[1.0], [1.0]], "output")
    >>> [finding.code for finding in inspect(x, y, ("A", "B"))]
    ['constant', 'few_units']
    """
    tables = [inputs, outputs] + ([bads] if bads is not None else [])
    found: list[Finding] = []
    for table in tables:
        found += _cells(table, units, positive=positive, signed=signed)
    if any(f.level == "error" for f in found):
        return tuple(found)
    found += _empty(inputs, units, "uses nothing", "at least one input above 0")
    found += _empty(outputs, units, "makes nothing", "at least one output above 0")
    for table in tables:
        found += _columns(table)
    found += _same_rows(tables, units)
    found += _few(len(units), len(inputs.names), sum(len(t.names) for t in tables[1:]))
    return tuple(found)


def check(
    inputs: Factors,
    outputs: Factors,
    units: tuple[str, ...],
    *,
    bads: Factors | None = None,
    positive: bool = False,
    signed: bool = False,
) -> tuple[Finding, ...]:
    """Return the warnings, or raise with all the errors.

    Parameters
    ----------
    inputs, outputs, units, bads, positive, signed
        As for `inspect`.

    Raises
    ------
    InputError
        If anything makes scores impossible.
    """
    found = inspect(inputs, outputs, units, bads=bads, positive=positive, signed=signed)
    errors = [str(f) for f in found if f.level == "error"]
    if errors:
        more = f"\nand {len(errors) - 20} more" if len(errors) > 20 else ""
        raise InputError("\n".join(errors[:20]) + more)
    return found


def _cells(
    table: Factors, units: tuple[str, ...], *, positive: bool, signed: bool
) -> Iterator[Finding]:
    """Yield what is wrong with single figures."""
    values = table.values
    rules: list[tuple[str, np.ndarray, str, str, str]] = [
        ("missing", ~np.isfinite(values), "is missing", "a number", "supply it"),
    ]
    if not signed:
        remedy = (
            "correct it; for true figures below nought use model 'ram' or 'additive' "
            "with returns 'vrs'"
        )
        rules.append(("negative", values < 0.0, "is below nought", "0 or more", remedy))
    if positive:
        remedy = "correct it, drop the factor, or use a radial or directional model"
        rules.append(("zero", values == 0.0, "is nought", "more than 0", remedy))
    for code, wrong, problem, expected, remedy in rules:
        for row, column in zip(*np.nonzero(wrong), strict=True):
            value = float(values[row, column])
            told = problem if code == "missing" else f"{value:g} {problem}"
            yield Finding(
                "error", code, units[row], table.names[column], value, told, expected,
                remedy,
            )  # fmt: skip


def _empty(
    table: Factors, units: tuple[str, ...], problem: str, expected: str
) -> Iterator[Finding]:
    """Yield the units that have nothing but noughts."""
    remedy = "leave it out or supply its figures"
    for row in np.flatnonzero((table.values == 0.0).all(axis=1)):
        yield Finding("error", "empty", units[row], "", 0.0, problem, expected, remedy)


def _columns(table: Factors) -> Iterator[Finding]:
    """Yield what is doubtful about whole columns."""
    values = table.values
    size = np.abs(values).max(axis=0)
    flat = np.ptp(values, axis=0) <= SAME * size
    for column in np.flatnonzero(flat):
        yield Finding(
            "warning", "constant", "", table.names[column], float(values[0, column]),
            f"is {values[0, column]:g} for every unit", "figures that differ",
            "leave it out unless scale is meant",
        )  # fmt: skip
    lively = np.flatnonzero(~flat)
    if lively.size < 2 or len(values) < 3:
        return
    together = np.asarray(np.corrcoef(values[:, lively].T))
    for one, other in zip(*np.nonzero(np.triu(together, 1) > COLLINEAR), strict=True):
        names = table.names[lively[one]], table.names[lively[other]]
        yield Finding(
            "warning", "collinear", "", names[0], float(together[one, other]),
            f"moves with '{names[1]}' (correlation {together[one, other]:.4f})",
            f"a correlation below {COLLINEAR}", "keep one of the two",
        )  # fmt: skip


def _same_rows(tables: list[Factors], units: tuple[str, ...]) -> Iterator[Finding]:
    """Yield units whose figures are those of another."""
    values: FloatArray = np.concatenate([t.values for t in tables], axis=1)
    _, first, inverse = np.unique(
        values, axis=0, return_index=True, return_inverse=True
    )
    for row, group in enumerate(np.ravel(inverse)):
        if first[group] != row:
            yield Finding(
                "warning", "same_figures", units[row], "", None,
                f"has the figures of '{units[first[group]]}'", "figures of its own",
                "check that it is another unit",
            )  # fmt: skip


def _few(units: int, inputs: int, outputs: int) -> Iterator[Finding]:
    """Yield a warning where there are too few units to tell apart."""
    wanted = max(inputs * outputs, 3 * (inputs + outputs))
    if units < wanted:
        yield Finding(
            "warning", "few_units", "", "", float(units),
            f"{units} units for {inputs} inputs and {outputs} outputs",
            f"at least {wanted}", "most will look efficient; use fewer factors",
        )  # fmt: skip
