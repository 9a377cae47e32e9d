"""Raw readings as records: only what is steady, one record a period of fixed length."""

from __future__ import annotations

import numpy as np

from orebook.benchmark.note import Note
from orebook.benchmark.practice.records import Column, Records
from orebook.benchmark.practice.steady import SteadyRule, segments, steady_all
from orebook.errors import InputError

__all__ = ["steady_records"]


def steady_records(
    records: Records, hours: float, *, rule: SteadyRule | None = None
) -> Records:
    """Return one record of means for each period in which the plant was steady.

    Parameters
    ----------
    records : Records
        Readings every few minutes or hours.
    hours : float
        Length of a period [h], such as 8.
    rule : SteadyRule, optional
        Of steady state; all columns must be steady.

    Raises
    ------
    InputError
        If no period is steady.

    Notes
    -----
    Amounts become the mean of their readings, so a money per t is not changed.
    """
    names = list(records.columns)
    x = np.column_stack([records.columns[n].values for n in names])
    keep = steady_all(np.nan_to_num(x, nan=0.0), rule) & np.isfinite(x).all(axis=1)
    parts = segments(24.0 * records.days, keep, hours)
    if not parts:
        raise InputError(
            f"{records.name}: no {hours:g} h of {len(x)} readings are steady; expected "
            "readings well below a period apart; give a longer period, or records of "
            "shifts without --segment"
        )
    means = np.array([x[part].mean(axis=0) for part in parts])
    days = np.array([records.days[part].mean() for part in parts])
    columns = {
        n: Column(n, records.columns[n].unit, means[:, i]) for i, n in enumerate(names)
    }
    note = Note(
        f"{len(x)} 个读数中 {int(keep.sum())} 个处于稳态，合成 {len(parts)} 个时段",
        f"{int(keep.sum())} of {len(x)} readings are steady, in {len(parts)} periods",
    )
    notes = (*records.notes, note)
    return Records(records.name, records.sha256, days, columns, records.rejected, notes)
