"""What a plan was made from, as plain data and back, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np

from orebook.chain.calendar import period
from orebook.chain.chain import Chain
from orebook.chain.fields import Entry
from orebook.errors import InputError
from orebook.plan.conditions import Conditions, Running
from orebook.plan.result import Plan
from orebook.quantity import Measure, Rate

__all__ = ["entry_data", "given_conditions", "inputs_of", "made_from"]

APART = frozenset({"meters", "series", "tuned", "people", "workflow"})
"""Parts of a book a plan does not rest on: instruments, series turned to prices,
fitted constants, whose values stand in the units, and who decides by when."""


def inputs_of(plan: Plan) -> dict[str, object]:
    """Return everything a plan was made from as plain data.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict
        ``chain`` (the book without meters and series), ``limit_order`` (names are
        kept sorted, but the first limit of a unit is the one its minimum is a share
        of) and ``conditions``.
    """
    conditions = given_conditions(plan)
    known = {
        f.name: _plain(getattr(conditions, f.name))
        for f in fields(conditions)
        if f.name != "periods"
    }
    names = [p.name for p in conditions.periods]
    return {
        "chain": entry_data(plan.network.chain),
        "limit_order": {
            u.id: list(u.limits) for u in plan.network.chain.units if len(u.limits) > 1
        },
        "conditions": {"periods": names, **known},
    }


def given_conditions(plan: Plan) -> Conditions:
    """Return the conditions a plan was given, without what it chose itself.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    Conditions
        Settings that the plan was free to choose, and the points at which curved
        processes enter, are left out: they are found again.
    """
    conditions, operating = plan.assembly.conditions, plan.operating
    if operating is None:
        return conditions
    chosen = {(c.unit, c.setting) for c in operating.settings}
    setting = {
        unit: {n: v for n, v in values.items() if (unit, n) not in chosen}
        for unit, values in conditions.setting.items()
    }
    kept = {unit: values for unit, values in setting.items() if values}
    return replace(conditions, setting=kept, duty={}, reach={})


def entry_data(entry: Entry) -> dict[str, object]:
    """Return an entry of a book as plain data that its model reads again.

    Parameters
    ----------
    entry : Entry
        Any entry, or the whole chain.

    Returns
    -------
    dict
        Quantities as text with their unit, to the last digit.

    Examples
    --------
    >>> from orebook.chain.material import QualityLimit
    >>> entry_data(QualityLimit(of="SiO2", max="0.02 %"))
    {'of': 'SiO2', 'max': '0.02 %'}
    """
    names = type(entry).model_fields
    return {
        name: _plain(getattr(entry, name))
        for name in names
        if name in entry.model_fields_set and name not in APART
    }


def _plain(value: object) -> object:
    if isinstance(value, Entry):
        return entry_data(value)
    if isinstance(value, Running):
        return {"on": value.on, "hours": value.hours}
    if isinstance(value, Measure):
        return f"{value.number!r} {value.unit}".strip()
    if isinstance(value, Rate):
        return f"{value.amount!r} CNY/{value.per}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def made_from(content: Mapping[str, object]) -> tuple[Chain, Conditions]:
    """Return the book and the conditions a kept plan was made from.

    Parameters
    ----------
    content : mapping
        A plan as kept, with what `inputs_of` returned under ``inputs``.

    Returns
    -------
    tuple of Chain and Conditions
        From which `orebook.plan.replan.stand` makes the same plan.

    Raises
    ------
    InputError
        If the plan was kept without its inputs, or they cannot be read.
    """
    inputs = content.get("inputs")
    if not isinstance(inputs, Mapping):
        raise InputError(
            "this plan was kept without what it was made from; expected one released "
            "by this version; release it again: orebook plan BOOK PERIOD"
        )
    known = dict(inputs["conditions"])
    try:
        chain = Chain.model_validate(
            _in_order(inputs["chain"], inputs.get("limit_order", {}))
        )
        periods = tuple(period(str(name)) for name in known.pop("periods"))
        running = {k: Running(**v) for k, v in known.pop("running", {}).items()}
        values = {name: _array(value) for name, value in known.items()}
        values["running"] = running
        return chain, Conditions(periods=periods, **values)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"what the kept plan was made from cannot be read: {error}; expected the "
            "form of this version; release it again: orebook plan BOOK PERIOD"
        ) from error


def _in_order(
    chain: Mapping[str, Any], order: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return a book's data with the limits of its units in the order of the book."""
    units = [
        {**u, "limits": {name: u["limits"][name] for name in order[u["id"]]}}
        if u["id"] in order
        else u
        for u in chain.get("units", ())
    ]
    return {**chain, "units": units}


def _array(value: object) -> object:
    """Return lists of numbers as arrays, all else as it is."""
    if isinstance(value, Mapping):
        return {k: _array(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array(value, dtype=np.float64)
    return value
