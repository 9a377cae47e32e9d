"""Rows of the view of power and steam: plain values with their units in the names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Allocated", "Bought", "Demand", "Flow", "Moved", "Own", "Spot", "Worth"]


@dataclass(frozen=True, slots=True)
class Bought:
    """Power bought under a contract in a period.

    Parameters
    ----------
    period, contract, material, place : str
        Period, id of the purchase, what is bought and where.
    spot : bool
        Whether it counts as spot.
    mwh : float
        Amount [MWh].
    price_cny_per_mwh : float
        Market price [CNY/MWh, excl. VAT].
    money_cny : float
        What it costs, tiers and deviation included [CNY].
    """

    period: str
    contract: str
    material: str
    place: str
    spot: bool
    mwh: float
    price_cny_per_mwh: float
    money_cny: float


@dataclass(frozen=True, slots=True)
class Spot:
    """Exposure to the spot price in a period.

    Parameters
    ----------
    period : str
        Period.
    bought_mwh, spot_mwh : float
        All power bought, and that at spot [MWh].
    share : float
        Spot over all bought [-].
    money_cny : float
        What spot costs [CNY].
    swing_cny : float
        More or less money where the spot price moves by 10 % [CNY].
    """

    period: str
    bought_mwh: float
    spot_mwh: float
    share: float
    money_cny: float
    swing_cny: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Power made or used at a place in a period.

    Parameters
    ----------
    period, stream, owner, material, place : str
        Period; stream and who owns it; what and where.
    mwh : float
        Amount [MWh].
    """

    period: str
    stream: str
    owner: str
    material: str
    place: str
    mwh: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What a load or a station takes or gives in a band.

    Parameters
    ----------
    period, unit, band : str
        Period, unit, and the band; ``interruption`` for what is shed.
    mwh : float
        Amount [MWh].
    moved_mwh : float
        Amount above even running of the same total, negative below [MWh].
    """

    period: str
    unit: str
    band: str
    mwh: float
    moved_mwh: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Load of a band under a demand charge in a period.

    Parameters
    ----------
    period, charge, band : str
        Period, charge, band (``always`` where the tariff has none).
    load_kw, billed_kw : float
        Load of the band as it would be billed, and what is billed [kW].
    sets : bool
        Whether this band sets the billed load.
    least_kw : float
        Contracted least [kW].
    money_cny : float
        What the billed load costs in the period [CNY].
    worth_cny_per_mwh : float
        What the charge adds to the marginal value of a MWh in this band [CNY/MWh].
    """

    period: str
    charge: str
    band: str
    load_kw: float
    billed_kw: float
    sets: bool
    least_kw: float
    money_cny: float
    worth_cny_per_mwh: float


@dataclass(frozen=True, slots=True)
class Worth:
    """Marginal value of power or steam at a place in a period.

    Parameters
    ----------
    period, material, place : str
        Period, good and place.
    price : float
        Internal price [unit].
    bid, ask : float or None
        Worth of one more, cost of one less [unit]; None where there is none.
    unit : str
        ``"CNY/MWh"`` or ``"CNY/t"``.
    """

    period: str
    material: str
    place: str
    price: float
    bid: float | None
    ask: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Own:
    """What own generation costs in a period, at internal prices.

    Parameters
    ----------
    period, unit : str
        Period and unit.
    mwh : float
        Power made [MWh].
    fuel_cny_per_mwh : float
        Fuel, emissions and variable cost over power made [CNY/MWh].
    steam_cny_per_mwh : float
        Worth of its steam over power made [CNY/MWh].
    cost_cny_per_mwh : float
        Fuel less steam, at internal prices [CNY/MWh].
    energy_method_cny_per_mwh : float or None
        Fuel split by heat, as statistics have it: power bears the heat that leaves
        with no steam user (all benefit of joint generation to power) [CNY/MWh]; None
        where the unit has no boiler of its own.
    worth_cny_per_mwh : float
        What the power is worth where it is made: the margin of the grid [CNY/MWh].
    """

    period: str
    unit: str
    mwh: float
    fuel_cny_per_mwh: float
    steam_cny_per_mwh: float
    cost_cny_per_mwh: float
    energy_method_cny_per_mwh: float | None
    worth_cny_per_mwh: float


@dataclass(frozen=True, slots=True)
class Allocated:
    """Fuel of a station split between heat and power by one method.

    Parameters
    ----------
    period, unit, method : str
        Period, unit and one of `orebook.process.power.allocation.METHODS`.
    heat_share : float
        Fuel to heat over all fuel [-].
    fuel_tce : float
        All fuel [tce].
    heat_gj : float
        Heat to users over what they return [GJ].
    heat_kgce_per_gj : float
        Standard coal per heat [kgce/GJ].
    gross_g_per_kwh, supply_g_per_kwh : float
        Standard coal per power made, and per power after own use [g/kWh].
    """

    period: str
    unit: str
    method: str
    heat_share: float
    fuel_tce: float
    heat_gj: float
    heat_kgce_per_gj: float
    gross_g_per_kwh: float
    supply_g_per_kwh: float
