"""How a unit responds to its duties at an operating point: one broadcast call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from orebook.process.contract import Array, Case, Content, Outcome, Process

__all__ = ["Response", "respond"]


@dataclass(frozen=True, slots=True)
class Response:
    """A unit as a linear function of its duties in every period.

    Parameters
    ----------
    flows : mapping
        Port to its signed amount per unit of each duty, shape (duties, 1) where it is
        the same in every period, else (duties, periods) [port unit/duty unit].
    loads : mapping
        The same for the load on each limit [limit unit/duty unit].
    base_flows, base_loads : mapping
        What passes and loads at no duty at all, shape (periods,); absent where nothing
        does. A process that is not proportional to its duty has such a part at its
        operating point [port unit, limit unit].
    """

    flows: Mapping[str, Array]
    loads: Mapping[str, Array]
    base_flows: Mapping[str, Array] = field(default_factory=dict)
    base_loads: Mapping[str, Array] = field(default_factory=dict)


def respond(
    process: Process, content: Content, setting: Mapping[str, Array]
) -> Response:
    """Return the response to one unit of each duty.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    content : mapping
        Content of its feeds where it differs from nominal; each value a number or one
        per period [-].
    setting : mapping
        Settings where they differ from the book; each a number or one per period.

    Returns
    -------
    Response
        Evaluated in one call.

    Examples
    --------
    A potline at two current efficiencies, one each period:

    >>> from orebook.process.registry import kind
    >>> chain = kind("potline").example()
    >>> potline = kind("potline").bind(chain.units[0], chain)
    >>> found = respond(potline, {}, {"current_efficiency": np.array([0.9, 0.95])})
    >>> found.flows["metal"].round(4).tolist()
    [[0.302, 0.3188]]
    """
    count = len(process.duties)
    each = np.eye(count)[:, :, None]
    duty = {d.name: each[k] for k, d in enumerate(process.duties)}
    outcome: Outcome = process.run(Case(duty, content, setting))
    return Response(_rows(outcome.flows, count), _rows(outcome.loads, count))


def _rows(values: Mapping[str, Array], count: int) -> dict[str, Array]:
    """Return each value as (duties, 1) or (duties, periods)."""
    found = {}
    for name, value in values.items():
        array = np.asarray(value, dtype=np.float64)
        periods = array.shape[-1] if array.ndim else 1
        shape = (count, periods)
        table = array if array.shape == shape else np.broadcast_to(array, shape)
        if periods > 1 and (table == table[:, :1]).all():
            table = table[:, :1]
        found[name] = table
    return found
