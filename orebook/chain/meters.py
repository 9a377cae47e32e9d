"""Types of instruments and the error each usually has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeterType:
    """A type of instrument.

    Parameters
    ----------
    name, name_zh : str
        Name in English and Chinese.
    sd : float
        Usual relative error, one standard deviation [-].
    """

    name: str
    name_zh: str
    sd: float


# Middle of the ranges that metal accounting reckons with for instruments in ordinary
# condition: weighing, flow and survey errors as collected for AMIRA P754, Metal
# Accounting Code of Practice, release 3 (2007). A calibrated instrument states its own.
METER_TYPES: Mapping[str, MeterType] = {
    "weighbridge": MeterType("road weighbridge", "汽车衡", 0.002),
    "rail_scale": MeterType("rail scale, in motion", "轨道衡", 0.005),
    "draught_survey": MeterType("draught survey", "水尺计重", 0.01),
    "hopper_scale": MeterType("static hopper scale", "料斗秤", 0.0015),
    "belt_scale_good": MeterType("belt scale, well kept", "皮带秤（良好）", 0.004),
    "belt_scale": MeterType("belt scale, ordinary", "皮带秤", 0.015),
    "belt_scale_poor": MeterType("belt scale, neglected", "皮带秤（失修）", 0.04),
    "magnetic_flow": MeterType("magnetic flow meter", "电磁流量计", 0.0075),
    "slurry_solids": MeterType("flow and density gauge, dry solid", "浆体固含计", 0.03),
    "orifice": MeterType("orifice plate", "孔板流量计", 0.02),
    "tank_level": MeterType("tank level, of span", "储罐液位", 0.0075),
    "stockpile_survey": MeterType("stockpile volume survey", "料堆测量", 0.045),
    "moisture": MeterType("moisture, relative", "水分", 0.035),
    "xrf": MeterType("X-ray fluorescence with sampling", "X射线荧光分析", 0.006),
    "grab_sample": MeterType("grab sample assay", "抓样化验", 0.02),
    "stack_monitor": MeterType("stack monitor, of mass", "烟气在线监测", 0.05),
    "energy_meter": MeterType("electricity meter, class 0.5", "电能表", 0.003),
    "count": MeterType("count of pieces", "计件", 0.001),
    "estimate": MeterType("estimate without instrument", "估算", 0.1),
}


def default_sd(meter_type: str) -> float:
    """Return the usual relative error of a type of instrument [-].

    Parameters
    ----------
    meter_type : str
        Key of :data:`METER_TYPES`.

    Returns
    -------
    float
        One standard deviation, relative [-].

    Raises
    ------
    InputError
        If the type is unknown.

    References
    ----------
    AMIRA International, P754: Metal Accounting, Code of Practice and Guidelines,
    release 3, 2007.

    Examples
    --------
    >>> default_sd("belt_scale")
    0.015
    """
    from orebook.chain.nearest import did_you_mean, listed
    from orebook.errors import InputError

    if meter_type not in METER_TYPES:
        raise InputError(
            f"no type of meter is called '{meter_type}'; expected one of "
            f"{listed(METER_TYPES)}; "
            f"{did_you_mean(meter_type, METER_TYPES, 'state sd of the meter')}"
        )
    return METER_TYPES[meter_type].sd
