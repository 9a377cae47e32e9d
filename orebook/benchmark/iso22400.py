"""Equipment effectiveness after ISO 22400-2: availability, effectiveness, quality."""

from __future__ import annotations

from orebook.errors import InputError

__all__ = [
    "availability",
    "effectiveness",
    "net_equipment_effectiveness",
    "overall_equipment_effectiveness",
    "quality_ratio",
    "worth_of_lost_time",
]


def _ratio(top: float, bottom: float, what: str) -> float:
    if not (bottom > 0.0 and top >= 0.0):
        raise InputError(
            f"{what}: got {top:g} over {bottom:g}; expected times and quantities of at "
            "least 0 over more than 0; correct the figures"
        )
    return top / bottom


def availability(production_time: float, planned_busy_time: float) -> float:
    """Return APT / PBT [-].

    Parameters
    ----------
    production_time, planned_busy_time : float
        Actual production time, and time planned to be busy [h].

    Raises
    ------
    InputError
        If a time is negative, or none was planned.

    Examples
    --------
    >>> round(availability(373.0, 420.0), 4)
    0.8881
    """
    return _ratio(production_time, planned_busy_time, "availability")


def effectiveness(
    run_time_per_item: float, quantity: float, production_time: float
) -> float:
    """Return PRI x PQ / APT [-].

    Parameters
    ----------
    run_time_per_item : float
        Planned run time of one unit of product [h/unit].
    quantity : float
        Quantity produced, good or not [unit].
    production_time : float
        Actual production time [h].

    Examples
    --------
    >>> round(effectiveness(1.0 / 60.0, 19_271.0, 373.0), 4)
    0.8611
    """
    return _ratio(run_time_per_item * quantity, production_time, "effectiveness")


def quality_ratio(good: float, quantity: float) -> float:
    """Return GQ / PQ [-].

    Parameters
    ----------
    good, quantity : float
        Good quantity and quantity produced [unit].

    Examples
    --------
    >>> round(quality_ratio(18_848.0, 19_271.0), 4)
    0.978
    """
    return _ratio(good, quantity, "quality ratio")


def overall_equipment_effectiveness(
    availability: float, effectiveness: float, quality: float
) -> float:
    """Return availability x effectiveness x quality [-].

    Parameters
    ----------
    availability, effectiveness, quality : float
        The three ratios [-].

    References
    ----------
    .. [1] ISO 22400-2:2014, Key performance indicators for manufacturing operations
       management, part 2; formulas checked against general practice only.

    Examples
    --------
    >>> round(overall_equipment_effectiveness(0.8881, 0.8611, 0.9780), 4)
    0.7479
    """
    return availability * effectiveness * quality


def net_equipment_effectiveness(
    processing_time: float,
    planned_busy_time: float,
    effectiveness: float,
    quality: float,
) -> float:
    """Return AUPT / PBT x effectiveness x quality [-]; setting up counts as used.

    Parameters
    ----------
    processing_time, planned_busy_time : float
        Production and setting-up time, and time planned to be busy [h].
    effectiveness, quality : float
        Ratios [-].

    Examples
    --------
    >>> round(net_equipment_effectiveness(393.0, 420.0, 0.8611, 0.9780), 4)
    0.788
    """
    share = _ratio(processing_time, planned_busy_time, "share of busy time")
    return share * effectiveness * quality


def worth_of_lost_time(lost_hours: float, rent_per_hour: float) -> float:
    """Return what lost hours cost: hours x rent of the capacity [CNY].

    Off the bottleneck the rent is 0, and an idle hour costs nothing, whatever the
    ratio says.

    Parameters
    ----------
    lost_hours : float
        Hours lost [h].
    rent_per_hour : float
        What an hour of the capacity is worth in the plan [CNY/h].

    Examples
    --------
    >>> worth_of_lost_time(12.0, 0.0)
    0.0
    """
    return lost_hours * rent_per_hour
