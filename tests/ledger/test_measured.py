"""From stored readings to measured figures with their doubt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from orebook.chain.calendar import period
from orebook.errors import DataQualityError
from orebook.ledger.intake import IntakeFile, IntakeRow
from orebook.ledger.measured import measured_month
from orebook.ledger.month import ClosedMonth, Figure
from orebook.ledger.readings import Reading
from tests.ledger.shelf import columns
from tests.ledger.works import METERS, washer

CHAIN = washer(METERS)
MAY = period("2026-05")


def stored(*rows: tuple[str, str, str, float, str]) -> Mapping[str, NDArray[Any]]:
    """Return (kind, tag, day, value, unit) rows as the store gives them."""
    made = tuple(
        IntakeRow(kind, tag, day, value, unit, i)
        for i, (kind, tag, day, value, unit) in enumerate(rows, start=2)
    )
    return columns([IntakeFile("f", "hash", "meters", False, len(made), 0, made)])


def daily(
    tag: str, days: range, value: float = 100.0
) -> list[tuple[str, str, str, float, str]]:
    first = date(2026, 5, 1)
    return [
        ("meter:1", tag, (first + timedelta(days=d - 1)).isoformat(), value, "t")
        for d in days
    ]


def one(data: Mapping[str, NDArray[Any]], meter: str) -> Reading:
    return next(
        r for r in measured_month(CHAIN, MAY, data).readings if r.meter == meter
    )


def test_a_systematic_error_does_not_average_out() -> None:
    """31 days of a 0.4 % scale leave 0.4 % of the month, not 0.4 %/sqrt(31)."""
    reading = one(stored(*daily("BS-FEED", range(1, 32))), "BS-FEED")
    assert reading.value == pytest.approx(3100.0)
    assert reading.sd == pytest.approx(0.004 * 3100.0)
    assert (reading.coverage, reading.count) == (1.0, 31)


def test_a_gap_is_filled_with_added_doubt() -> None:
    """28 of 31 days: the total is scaled, three filled days are doubtful by a fifth."""
    data = stored(*daily("BS-FEED", range(1, 29)))
    reading = one(data, "BS-FEED")
    assert reading.value == pytest.approx(3100.0)
    assert reading.sd == pytest.approx(np.hypot(0.004 * 3100.0, 0.2 * 300.0))
    assert measured_month(CHAIN, MAY, data).notes == {
        "meter filled, days covered: BS-FEED": 28.0
    }


def test_a_meter_that_hardly_reported_is_left_out_and_told() -> None:
    """Below three quarters of the days the total is not used."""
    month = measured_month(CHAIN, MAY, stored(*daily("BS-FEED", range(1, 20))))
    assert not any(r.meter == "BS-FEED" for r in month.readings)
    assert month.notes == {"meter not used, days covered: BS-FEED": 19.0}


def test_a_month_total_stands_for_the_days_in_it() -> None:
    """Days already within a longer total are not counted again."""
    rows = [
        *daily("BS-FEED", range(1, 6)),
        ("meter:31", "BS-FEED", "2026-05-31", 3000.0, "t"),
    ]
    assert one(stored(*rows), "BS-FEED").value == 3000.0


def test_totals_that_overlap_in_part_are_refused() -> None:
    """Nobody can say how much of the overlap was counted twice."""
    rows = [("meter:10", "BS-FEED", "2026-05-10", 1.0, "t"),
            ("meter:7", "BS-FEED", "2026-05-14", 1.0, "t")]  # fmt: skip
    with pytest.raises(DataQualityError, match="overlap in part"):
        measured_month(CHAIN, MAY, stored(*rows))


def test_a_total_across_the_months_end_is_cut_by_days() -> None:
    """A week with three days in May gives three sevenths, with more doubt."""
    rows = [
        *daily("BS-FEED", range(1, 29)),
        ("meter:7", "BS-FEED", "2026-06-04", 700.0, "t"),
    ]
    reading = one(stored(*rows), "BS-FEED")
    assert reading.value == pytest.approx(3100.0)
    assert reading.sd > 0.004 * 3100.0


def test_the_mean_of_assays_gains_only_on_what_is_random() -> None:
    """Half of the error is the laboratory's own: (0.25 + 0.75/n)^0.5 of a sample."""
    rows = [("assay:", "LAB-FEED", f"2026-05-{d:02d}", v, "-")
            for d, v in ((4, 0.51), (11, 0.53), (18, 0.52), (25, 0.52))]  # fmt: skip
    reading = one(stored(*rows), "LAB-FEED")
    assert reading.value == pytest.approx(0.52)
    assert reading.sd == pytest.approx(0.006 * 0.52 * np.sqrt(0.25 + 0.75 / 4))


def test_openings_published_before_counted_or_stated() -> None:
    """The month before goes first, then its count, then the book."""
    data = stored(("stock", "SV-PILE", "2026-04-30", 21000.0, "t"),
                  ("stock", "SV-PILE", "2026-06-01", 22000.0, "t"))  # fmt: skip
    month = measured_month(CHAIN, MAY, data)
    by = {r.reads: r for r in month.readings}
    assert by["open:pile"].value == 21000.0
    assert not by["open:pile"].fixed
    assert by["open:stock"].value == 10000.0
    assert by["close:pile"].sd == pytest.approx(22000.0 * (0.045 + 0.01))
    before = ClosedMonth("2026-04", {"close:pile": Figure(20500.0, 80.0, "redundant")},
                         {}, {}, {}, {}, simulated=True)  # fmt: skip
    later = measured_month(CHAIN, MAY, data, previous=before)
    opening = next(r for r in later.readings if r.reads == "open:pile")
    assert (opening.value, opening.sd, opening.fixed) == (20500.0, 80.0, True)
    assert later.simulated


def test_a_level_is_wrong_by_a_share_of_the_tank() -> None:
    """0.75 % of a 50 kt tank is 375 t, however little is in it."""
    meters = tuple(replace_type(m) for m in METERS)
    chain = washer(meters)
    data = stored(("stock", "SV-PILE", "2026-05-31", 1000.0, "t"))
    month = measured_month(chain, MAY, data)
    assert next(r for r in month.readings if r.meter == "SV-PILE").sd == 375.0


def replace_type(meter: Any) -> Any:
    is_pile = meter.id == "SV-PILE"
    return meter.model_copy(update={"type": "tank_level"}) if is_pile else meter


def test_mixed_units_are_refused() -> None:
    """Tonnes and cubic metres of one meter cannot be added."""
    rows = [
        ("meter:1", "X", "2026-05-01", 1.0, "t"),
        ("meter:30", "X", "2026-05-31", 1.0, "m3"),
    ]
    with pytest.raises(DataQualityError, match="in the units"):
        measured_month(CHAIN, MAY, stored(*rows))


def test_only_simulated_sources_make_the_month_simulated() -> None:
    """The mark follows the files really used."""
    data = stored(*daily("BS-FEED", range(1, 32)))
    assert measured_month(CHAIN, MAY, data, simulated={"hash"}).simulated
    month = measured_month(CHAIN, MAY, data, simulated={"another"})
    assert not month.simulated
    assert month.sources == ("hash",)
