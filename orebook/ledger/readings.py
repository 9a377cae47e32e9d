"""What the meters of a month said, as values: the input of the close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orebook.chain.calendar import Period
from orebook.chain.plant import Outage
from orebook.ledger.month import Incident


@dataclass(frozen=True, slots=True)
class Reading:
    """What one meter says of one month.

    Parameters
    ----------
    meter : str
        Id of the meter, or of what it reads where the book names none.
    reads : str
        Stream id, or ``assay:STREAM:COMPONENT``; a stock count reads ``close:STORE``
        or, taken a month earlier, ``open:STORE``.
    value, sd : float
        Total, count or mean fraction, and one standard deviation [unit].
    unit : str
        Unit of both.
    coverage : float
        Share of the days of the month the meter reported [-].
    count : int
        Rows behind it [-].
    fixed : bool
        Published before: a closing stock of the month before, which is not moved.
    """

    meter: str
    reads: str
    value: float
    sd: float
    unit: str
    coverage: float = 1.0
    count: int = 1
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured and noted of one month.

    Parameters
    ----------
    period : Period
        The month.
    readings : tuple of Reading
        Usable readings.
    prices : mapping
        ``buy:ID`` or ``sell:ID`` to the price really paid [CNY/unit].
    costs : mapping
        Cost or unit id to money spent [CNY].
    hours : mapping
        Centre to hours worked [h].
    outages : tuple of Outage
        Stops beyond those the book knows, a day each.
    incidents : tuple of Incident
        What happened.
    sources : tuple of str
        Content hashes of the files it comes from.
    simulated : bool
        Whether any of them was made by the simulator.
    notes : mapping
        What was left out or weakened, to the figure that tells how much.
    """

    period: Period
    readings: tuple[Reading, ...]
    prices: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()
    incidents: tuple[Incident, ...] = ()
    sources: tuple[str, ...] = ()
    simulated: bool = False
    notes: Mapping[str, float] = field(default_factory=dict)
    hours: Mapping[str, float] = field(default_factory=dict)
