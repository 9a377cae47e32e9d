"""What a book says of a power station: settings with their ranges, and its recipe."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from orebook.chain.fields import AnyRate, Entry, Fraction
from orebook.chain.material import MONTH_HOURS
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.contract import Setting
from orebook.quantity import rate

__all__ = ["EXITS", "READ_AT", "SETTINGS", "Machine", "Station", "ranges"]

SETTINGS = (
    Setting("live_pressure", "MPa", 9.8, 3.0, 16.0),
    Setting("live_temperature", "degC", 540.0, 420.0, 570.0),
    Setting("medium_pressure", "MPa", 6.0, 1.0, 7.0),
    Setting("low_pressure", "MPa", 0.6, 0.3, 1.5),
    Setting("condenser_pressure", "MPa", 0.005, 0.003, 0.02, role="condition"),
    Setting("heater_pressure", "MPa", 2.6, 0.9, 5.0),
    Setting("heater_terminal_difference", "K", 4.0, 0.0, 15.0, role="efficiency"),
    Setting("deaerator_pressure", "MPa", 0.12, 0.105, 0.27),
    Setting(
        "extraction_efficiency", "", 0.80, 0.6, 0.92, prior_sd=0.03, role="efficiency"
    ),
    Setting(
        "back_pressure_efficiency", "", 0.82, 0.6, 0.9, prior_sd=0.03, role="efficiency"
    ),
    Setting(
        "condensing_efficiency", "", 0.88, 0.7, 0.93, prior_sd=0.03, role="efficiency"
    ),
    Setting("wetness_loss", "", 0.9, 0.0, 1.2, role="condition"),
    Setting(
        "mechanical_efficiency", "", 0.985, 0.9, 1.0, prior_sd=0.005, role="efficiency"
    ),
    Setting("generator_efficiency", "", 0.985, 0.9, 1.0, role="efficiency"),
    Setting("auxiliary_power", "", 0.075, 0.0, 0.25, prior_sd=0.01, role="efficiency"),
    Setting("flue_gas_temperature", "degC", 135.0, 90.0, 200.0, role="efficiency"),
    Setting("air_temperature", "degC", 25.0, -10.0, 45.0, role="condition"),
    Setting("oxygen", "", 0.05, 0.025, 0.10),
    Setting("fly_ash_share", "", 0.85, 0.3, 0.95, role="condition"),
    Setting(
        "carbon_in_fly_ash", "", 0.04, 0.0, 0.15, prior_sd=0.015, role="efficiency"
    ),
    Setting("carbon_in_bottom_ash", "", 0.02, 0.0, 0.15, role="efficiency"),
    Setting("carbon_response", "", 0.0, 0.0, 0.35, role="condition"),
    Setting("unburnt_gas_loss", "", 0.0, 0.0, 0.01, prior_sd=0.001, role="efficiency"),
    Setting("wall_loss", "", 0.004, 0.0, 0.02, prior_sd=0.002, role="efficiency"),
    Setting("ash_heat_loss", "", 0.002, 0.0, 0.02, prior_sd=0.001, role="efficiency"),
    Setting(
        "carbon_per_heat",
        "t/GJ",
        0.02618,
        0.02,
        0.035,
        prior_sd=0.0006,
        role="condition",
    ),
    Setting("sulphur_burnt", "", 0.90, 0.5, 1.0, role="condition"),
    Setting("sulphur_removal", "", 0.98, 0.0, 0.999, prior_sd=0.01),
    Setting("condensate_return", "", 0.75, 0.0, 1.0, prior_sd=0.08, role="condition"),
    Setting("return_temperature", "degC", 85.0, 30.0, 99.0, role="condition"),
    Setting("make_up_temperature", "degC", 20.0, 1.0, 60.0, role="condition"),
    Setting("blowdown", "", 0.015, 0.0, 0.05, prior_sd=0.005),
)
# Section of the turbine, or reducing station, to the level it supplies.
EXITS = {
    "extraction": "medium_steam",
    "back_pressure": "low_steam",
    "condensing": None,
    "reducing_medium": "medium_steam",
    "reducing_low": "low_steam",
}
# Steam let down past the turbine is told from expanded steam by the power it lacks.
READ_AT = {
    "extraction": "medium_steam",
    "back_pressure": "low_steam",
    "condensing": "power",
    "reducing_medium": None,
    "reducing_low": None,
}
_SPRAYED = {"medium_temperature": (250.0, 520.0), "low_temperature": (140.0, 350.0)}
_SPREAD = {  # how far the plan may move a level from where the book has it
    "live_pressure": 0.06, "medium_pressure": 0.06, "heater_pressure": 0.2,
    "low_pressure": 0.2,
}  # fmt: skip
_DEGREES = 10.0  # likewise for a temperature of steam [K]


class Machine(Entry):
    """One turbine: what part load costs (``[units.recipe.machine]``).

    ``flow`` is the live steam one machine takes at full load, besides what is bled
    for feed water; ``no_load`` the share of it that only turns the machine, ``least``
    the share below which it does not run.
    """

    flow: AnyRate
    no_load: Fraction = 0.0
    least: Fraction = 0.0

    @property
    def full_flow(self) -> float:
        """Live steam of one machine at full load [t/h]."""
        text = f"{self.flow.number!r} {self.flow.unit}"
        return rate(text, "t").in_hours(1.0, 1.0 / MONTH_HOURS)


class Station(Entry):
    """Parameters of a power station (``[units.recipe]``)."""

    condenser: bool = Field(default=True, description="whether it has a condenser")
    heater: bool = Field(
        default=True,
        description="whether bled steam heats feed water beyond deaeration",
    )
    machine: Machine | None = Field(default=None, description="part load of a machine")


def ranges(unit: Unit, *, heater: bool = True) -> tuple[Setting, ...]:
    """Return the settings of a station, its levels within reach of the book's.

    Parameters
    ----------
    unit : Unit
        Entry of the book; ``medium_temperature`` and ``low_temperature`` are settings
        where it states them.
    heater : bool
        Whether it heats feed water by a bleed of its own, which then has settings.

    Returns
    -------
    tuple of Setting
        Pressures and temperatures of steam may move a little around the book's value,
        so that steam never has to flow uphill.

    Raises
    ------
    InputError
        If a level lies outside its range, or a lower one not below a higher one.
    """
    absent = [] if heater else ["heater_pressure", "heater_terminal_difference"]
    if "medium_steam" not in unit.ports:
        absent.append("medium_pressure")
    found = [_near(unit, s) for s in SETTINGS if s.name not in absent]
    for name, (low, high) in _SPRAYED.items():
        if name in unit.settings and f"{name.partition('_')[0]}_steam" in unit.ports:
            value = unit.settings[name].to("degC")
            found.append(_near(unit, Setting(name, "degC", value, low, high)))
    _descending(unit, {s.name: s for s in found})
    return tuple(found)


def _near(unit: Unit, setting: Setting) -> Setting:
    name = setting.name
    steam = name == "live_temperature" or name in _SPRAYED
    if name not in _SPREAD and not steam:
        return setting
    value = setting.default
    if name in unit.settings:
        value = unit.settings[name].to(setting.unit)
    if not setting.low <= value <= setting.high:
        raise InputError(
            f"unit '{unit.id}': settings.{name} = {value:g} {setting.unit} lies "
            f"outside {setting.low:g}..{setting.high:g} {setting.unit}; set it inside"
        )
    reach = _DEGREES if steam else _SPREAD[name] * value
    return replace(
        setting,
        default=value,
        low=max(setting.low, value - reach),
        high=min(setting.high, value + reach),
    )


def _descending(unit: Unit, settings: dict[str, Setting]) -> None:
    upper = "live_pressure"
    for lower in ("low_pressure", "heater_pressure", "medium_pressure"):
        if lower in settings and settings[upper].low <= settings[lower].high:
            raise InputError(
                f"unit '{unit.id}': settings.{lower} = {settings[lower].default:g} MPa "
                f"is too near to {upper} = {settings[upper].default:g} MPa; steam must "
                "expand on its way; lower it"
            )
