"""Checks of whole decisions: on and off, batches, lots, step tariffs."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.chain.entries import Row
from orebook.chain.measures import Form, per_year, plain, problem
from orebook.chain.plant import Route, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.errors import Mistake

__all__ = ["band_mistakes", "lot_mistakes", "unit_whole_mistakes"]


def unit_whole_mistakes(row: Row) -> Iterator[Mistake]:
    """Yield what is wrong with ``on_off`` and ``batch`` of a unit.

    Parameters
    ----------
    row : Row
        A unit that is right in itself.
    """
    unit = row.entry
    assert isinstance(unit, Unit)
    for name in ("on_off", "batch"):
        if getattr(unit, name) is not None and not unit.limits:
            yield row.mistake(
                (name,),
                "needs a capacity: nothing says how much it does while it runs",
                "limits with at least one capacity",
                'add limits = { throughput = "2 Mt/a" }',
            )
    time = None if unit.batch is None else unit.batch.time
    if time is not None and time.to("h") <= 0.0:
        yield row.mistake(("batch", "time"), "is 0", "a time above 0 h",
                          "correct it, or remove it")  # fmt: skip
    if unit.batch is not None and unit.batch.size.number <= 0.0:
        yield row.mistake(("batch", "size"), "is not above 0", "a size above 0",
                          "correct it")  # fmt: skip


def lot_mistakes(row: Row, unit: str) -> Iterator[Mistake]:
    """Yield a lot of no size, or greater than all that may come in a year.

    Parameters
    ----------
    row : Row
        A purchase, sale or route.
    unit : str
        Unit of the material.
    """
    entry = row.entry
    assert isinstance(entry, (Purchase, Sale, Route))
    if entry.lot is None:
        return
    lot = entry.lot.to(unit)
    if lot <= 0.0:
        yield row.mistake(("lot",), "is not above 0", f"a size in {unit}", "correct it")
        return
    name = "capacity" if isinstance(entry, Route) else "max"
    most = getattr(entry, name)
    if most is not None and lot > per_year(most, unit) * (1.0 + 1e-12):
        yield row.mistake(
            ("lot",),
            f"is more than a whole year's {name} = {most}",
            f"a lot of at most {per_year(most, unit):g} {unit}",
            f"correct lot or {name}",
        )


def band_mistakes(row: Row, unit: str) -> Iterator[Mistake]:
    """Yield what is wrong with a step tariff on all units of a purchase.

    Parameters
    ----------
    row : Row
        A purchase.
    unit : str
        Unit of the material.
    """
    entry = row.entry
    assert isinstance(entry, Purchase)
    if entry.index is not None and not entry.bands:
        yield row.mistake(
            ("index",), "stands without bands", "bands = [{ above, extra }]",
            "add bands or remove index",
        )  # fmt: skip
    if entry.index is None and entry.bands:
        yield from _amount_bands(row, entry, unit)
    before = 0.0
    for i, band in enumerate(entry.bands):
        extra = plain(band.extra, f"CNY/{unit}")
        if extra < before:
            yield row.mistake(
                ("bands", i, "extra"),
                "is less than the band before it",
                "surcharges that rise from band to band",
                "put the bands in order; a discount is a second contract",
            )
        before = extra


def _amount_bands(row: Row, entry: Purchase, unit: str) -> Iterator[Mistake]:
    if entry.max is None or entry.lot is not None:
        yield row.mistake(
            ("bands",),
            "look at the amount bought, which needs a most amount and no lots",
            "max, and no lot",
            "add max, remove lot, or give the bands an index",
        )
    before = 0.0
    for i, band in enumerate(entry.bands):
        form = Form("above", unit, per_time=True)
        if told := problem(band.above, form, unit):
            yield row.mistake(("bands", i, "above"), *told)
            return
        above = per_year(band.above, unit)
        if above <= before:
            yield row.mistake(
                ("bands", i, "above"),
                "is not above the band before it",
                "bands in rising order of above, the first above 0",
                "put them in order",
            )
        before = above
