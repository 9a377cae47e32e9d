"""Power and steam: bought, made, used, moved, demand, and what a kWh is worth."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.chain.chain import Balance
from orebook.chart import BandLoad, load_bands
from orebook.glossary import Lang
from orebook.plan.power_rows import Worth
from orebook.plan.power_view import PowerView, power_view
from orebook.report.figures import NARROW, WIDE
from orebook.report.names import Names
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.view import View, cny
from orebook.report.words import both

__all__ = ["power", "power_blocks", "power_tables"]

PERIOD = Column("period")
UNIT = Column("unit_of_measure")
WORTH = (
    PERIOD, Column("material"), Column("place"), Column("marginal_value", "price"),
    Column("bid", "price"), Column("ask", "price"), UNIT,
)  # fmt: skip
BOUGHT = (
    PERIOD, Column("contract"), Column("material"), Column("place"), Column("spot"),
    Column("energy", "quantity", "MWh"), Column("power_price", "price", "CNY/MWh"),
    Column("money", "money", "CNY"),
)  # fmt: skip
FLOWS = (
    PERIOD, Column("power_way"), Column("power_user"), Column("material"),
    Column("place"), Column("energy", "quantity", "MWh"),
)  # fmt: skip
MOVED = (
    PERIOD, Column("power_unit"), Column("tariff_band"),
    Column("energy", "quantity", "MWh"), Column("moved_energy", "quantity", "MWh"),
)  # fmt: skip
DEMAND = (
    PERIOD, Column("contract"), Column("tariff_band"),
    Column("band_load", "quantity", "kW"), Column("billed_load", "quantity", "kW"),
    Column("sets_bill"), Column("demand_worth", "price", "CNY/MWh"),
    Column("money", "money", "CNY"),
)  # fmt: skip
SPOT = (
    PERIOD, Column("bought_energy", "quantity", "MWh"),
    Column("spot_energy", "quantity", "MWh"), Column("spot_share", "share"),
    Column("money", "money", "CNY"), Column("spot_swing", "money", "CNY"),
)  # fmt: skip
OWN = (
    PERIOD, Column("power_unit"), Column("energy", "quantity", "MWh"),
    Column("fuel_cost", "price", "CNY/MWh"), Column("steam_credit", "price", "CNY/MWh"),
    Column("own_cost", "price", "CNY/MWh"),
    Column("energy_method", "price", "CNY/MWh"),
    Column("grid_worth", "price", "CNY/MWh"),
)  # fmt: skip
ALLOCATION = (
    PERIOD, Column("power_unit"), Column("split_method"), Column("heat_share", "share"),
    Column("heat_coal_rate", "own", "kgce/GJ"),
    Column("gross_coal_rate", "own", "g/kWh"),
    Column("supply_coal_rate", "own", "g/kWh"),
)  # fmt: skip
SHOWN = 24  # rows of a long table on the page [-]


def power(view: View) -> Section:
    """Return the chapter of a month: the first period of its plan."""
    seen = power_view(view.plan)
    blocks = power_blocks(seen, view.names, periods=1)
    tables = tuple(b for b in blocks if isinstance(b, Table))
    return Section("power", both("power_steam"), blocks, tables)


def power_blocks(
    seen: PowerView, names: Names, *, periods: int | None = None
) -> tuple[Block, ...]:
    """Return sentences, picture and tables of a view of power.

    Parameters
    ----------
    seen : PowerView
        The view.
    names : Names
        Names of the book.
    periods : int, optional
        Periods told, from the first; all where absent [-].
    """
    if seen.is_empty:
        return (both("power_none"),)
    tables = power_tables(seen, names, periods=periods)
    return (*_sentences(seen, names), *_pictures(seen, names), *tables)


def power_tables(
    seen: PowerView, names: Names, *, periods: int | None = None
) -> tuple[Table, ...]:
    """Return the tables of a view of power that have any row."""
    told = {p.name for p in seen.plan.periods[:periods]}
    rows = {
        "power_worth": (WORTH, [_worth(w, names) for w in seen.worth]),
        "power_bought": (BOUGHT, _bought(seen, names)),
        "power_flows": (FLOWS, _flows(seen, names)),
        "power_moved": (MOVED, _moved(seen, names)),
        "power_demand": (DEMAND, _demand(seen, names)),
        "power_spot": (SPOT, _spot(seen)),
        "power_own": (OWN, _own(seen, names)),
        "power_allocation": (ALLOCATION, _allocation(seen, names)),
    }
    found = []
    for name, (columns, cells) in rows.items():
        kept = tuple(r for r in cells if r.cells[0] in told)
        if kept:
            found.append(_table(name, both(name), columns, kept))
    return tuple(found)


def _table(
    name: str, caption: Said, columns: tuple[Column, ...], rows: tuple[Row, ...]
) -> Table:
    if len(rows) <= SHOWN:
        return Table(name, caption, columns, rows)
    rest = both("rows_in_workbook", count=str(len(rows) - SHOWN))
    return Table(name, caption, columns, rows, SHOWN, rest)


def _worth(w: Worth, names: Names) -> Row:
    material, place = names.of("material", w.material), names.of("place", w.place)
    return Row((w.period, material, place, w.price, w.bid, w.ask, w.unit))


def _bought(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((b.period, names.of("buy", b.contract), names.of("material", b.material),
             names.of("place", b.place), both("yes" if b.spot else "no"), b.mwh,
             b.price_cny_per_mwh, b.money_cny))
        for b in seen.bought
    ]  # fmt: skip


def _flows(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((f.period, both(way), names.subject(f.stream),
             names.of("material", f.material), names.of("place", f.place), f.mwh))
        for way, flows in (("power_made", seen.made), ("power_used", seen.used))
        for f in flows
        if f.mwh > 0.0
    ]  # fmt: skip


def _moved(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((m.period, names.of("unit", m.unit), names.of("material", m.band),
             m.mwh, m.moved_mwh))
        for m in seen.moved
    ]  # fmt: skip


def _demand(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((d.period, names.of("demand", d.charge), names.of("material", d.band),
             d.load_kw, d.billed_kw, both("yes" if d.sets else "no"),
             d.worth_cny_per_mwh, d.money_cny))
        for d in seen.demand
    ]  # fmt: skip


def _spot(seen: PowerView) -> list[Row]:
    return [
        Row((s.period, s.bought_mwh, s.spot_mwh, s.share, s.money_cny, s.swing_cny))
        for s in seen.spot
        if s.bought_mwh > 0.0
    ]


def _own(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((o.period, names.of("unit", o.unit), o.mwh, o.fuel_cny_per_mwh,
             o.steam_cny_per_mwh, o.cost_cny_per_mwh, o.energy_method_cny_per_mwh,
             o.worth_cny_per_mwh))
        for o in seen.own
    ]  # fmt: skip


def _allocation(seen: PowerView, names: Names) -> list[Row]:
    return [
        Row((a.period, names.of("unit", a.unit), both(f"split_{a.method}"),
             a.heat_share, a.heat_kgce_per_gj, a.gross_g_per_kwh, a.supply_g_per_kwh))
        for a in seen.allocation
    ]  # fmt: skip


def _sentences(seen: PowerView, names: Names) -> list[Said]:
    """Say what sets the bill and what the spot price moves, in the first period."""
    first = seen.plan.periods[0].name
    said = []
    for d in seen.demand:
        if d.period == first and d.sets:
            said.append(
                both("demand_set_by", charge=names.of("demand", d.charge),
                     band=names.of("material", d.band),
                     load=f"{d.billed_kw:,.0f}", money=cny(d.money_cny),
                     worth=f"{d.worth_cny_per_mwh:,.2f}")
            )  # fmt: skip
    spot = seen.spot[0]
    if spot.spot_mwh > 0.0:
        said.append(
            both("spot_exposed", share=f"{100.0 * spot.share:.1f} %",
                 swing=cny(spot.swing_cny))
        )  # fmt: skip
    return said


def _pictures(seen: PowerView, names: Names) -> list[Picture]:
    """Return load and price by band, for every place where bands are traded."""
    chain = seen.plan.network.chain
    banded: dict[str, list[Worth]] = {}
    for w in seen.worth:
        first = w.period == seen.plan.periods[0].name
        if first and chain.material[w.material].hours is not None:
            banded.setdefault(w.place, []).append(w)
    return [_picture(seen, names, place, rows) for place, rows in banded.items()]


def _picture(
    seen: PowerView, names: Names, place: str, rows: Sequence[Worth]
) -> Picture:
    sources = ("source_contract", "source_spot", "source_own")

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        bands = [_band(seen, names, w, lang) for w in rows]
        title = both("load_by_band", place=names.of("place", place)).in_(lang)
        named = [both(s).in_(lang) for s in sources]
        return [Drawing("", load_bands(bands, named, title=title, lang=lang,
                                       width=width))]  # fmt: skip

    return Picture(draw, (WIDE, NARROW))


def _band(seen: PowerView, names: Names, worth: Worth, lang: Lang) -> BandLoad:
    """Return the band of a place as contract, spot and own generation [MW]."""
    chain, plan = seen.plan.network.chain, seen.plan
    hours = chain.material[worth.material].day_hours
    total = hours / 24.0 * plan.periods[0].hours
    here = Balance(worth.material, worth.place)
    mwh = [0.0, 0.0, 0.0]
    spot = {p.id: p.spot for p in chain.purchases}
    for s in plan.network.streams:
        if s.balance == here and s.sign > 0 and s.role in {"buy", "unit"}:
            kind = 2 if s.role == "unit" else int(spot[s.owner])
            mwh[kind] += float(plan.amounts[plan.network.position[s.id], 0])
    label = names.of("material", worth.material).in_(lang)
    loads = tuple(amount / total for amount in mwh)
    return BandLoad(label, hours, loads, worth.price)
