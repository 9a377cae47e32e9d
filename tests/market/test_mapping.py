"""Import of published prices into the series of a book."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from orebook.chain.series import PriceSeries, read_series
from orebook.errors import BookError, InputError
from orebook.market import ImportResult
from orebook.market.mapping import (
    SeriesMap,
    import_prices,
    read_mapping,
    series_path,
)

#: World Bank, Commodity Price Data (The Pink Sheet), monthly, as of 2 June 2026.
PRICES = """month,aluminum_usd_t,coal_australia_usd_t,lng_japan_usd_mmbtu
2026-03,3372.95,138.6,11.42
2026-04,3599.85,130.92,
2026-05,3666.1,136.86,15.77
"""
#: US Federal Reserve, monthly average exchange rate, China.
RATES = "month,cny_per_usd\n2026-03,6.8921\n2026-04,6.8371\n2026-05,6.7996\n"
MAP = """
[defaults]
source = "World Bank, Commodity Price Data (The Pink Sheet)"
licence = "CC BY 4.0"
retrieved = 2026-06-02
fx = { file = "fx.csv", column = "cny_per_usd" }

[series.al_lme]
name = "铝"
name_en = "aluminium, LME cash, monthly mean"
column = "aluminum_usd_t"
unit = "USD/t"

[series.coal_5500]
name_en = "steam coal, Australia, at 5500 kcal"
column = "coal_australia_usd_t"
unit = "USD/t"
quality = { quoted = "6000 kcal/kg", wanted = "5500 kcal/kg" }
freight = "12 USD/t"
duty = "6 %"
handling = "25 CNY/t"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with price file, rates, map and an empty book."""
    (tmp_path / "prices.csv").write_text(PRICES, encoding="utf-8")
    (tmp_path / "fx.csv").write_text(RATES, encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "book").mkdir()
    return tmp_path


def written(place: Path, name: str) -> PriceSeries:
    found = read_series(series_path(place / "book", name))
    assert isinstance(found, PriceSeries)
    return found


def run(place: Path, **options: bool) -> ImportResult:
    return import_prices(
        place / "prices.csv", place / "map.toml", place / "book", **options
    )


def one(**fields: object) -> SeriesMap:
    base = {
        "id": "al", "column": "aluminum_usd_t", "unit": "USD/t", "source": "own",
        "licence": "own", "retrieved": "2026-06-02", "fx": {"rate": 7.0},
    }  # fmt: skip
    return SeriesMap.model_validate(base | fields)


def last(place: Path, **fields: object) -> float:
    maps = [one(**fields)]
    result = import_prices(place / "prices.csv", maps, place / "book", write=False)
    return result.series[0].values[-1][1]


def test_prices_are_converted_as_by_hand(place: Path) -> None:
    run(place)
    aluminium = dict(written(place, "al_lme").values)
    # 3372.95 x 6.8921; 3599.85 x 6.8371; 3666.1 x 6.7996
    assert aluminium["2026-03"] == pytest.approx(23246.708695, rel=1e-9)
    assert aluminium["2026-04"] == pytest.approx(24612.534435, rel=1e-9)
    assert aluminium["2026-05"] == pytest.approx(24928.01356, rel=1e-9)
    coal = dict(written(place, "coal_5500").values)
    # 136.86 x 11/12 + 12 = 137.455; x 6.7996 = 934.639018; x 1.06 + 25
    assert coal["2026-05"] == pytest.approx(1015.717359, abs=5e-6)


def test_origin_and_conversion_are_kept(place: Path) -> None:
    run(place)
    coal = written(place, "coal_5500")
    assert (coal.source, coal.licence) == (
        "World Bank, Commodity Price Data (The Pink Sheet)",
        "CC BY 4.0",
    )
    assert (coal.retrieved, coal.unit, coal.basis) == (
        "2026-06-02",
        "CNY/t",
        "excl_vat",
    )
    for file in ("prices.csv", "fx.csv"):
        raw = (place / file).read_bytes()
        assert hashlib.sha256(raw).hexdigest() in coal.note
    steps = [
        "column 'coal_australia_usd_t' [USD/t, excl_vat]",
        "x (5500 kcal/kg / 6000 kcal/kg)",
        "+ freight 12 USD/t",
        "x fx CNY/USD (fx.csv cny_per_usd",
        "x (1 + duty 0.06)",
        "+ handling 25 CNY/t",
    ]
    where = [coal.note.index(step) for step in steps]
    assert where == sorted(where)


def test_importing_again_changes_nothing(place: Path) -> None:
    first = run(place)
    assert first.written == ("al_lme", "coal_5500")
    assert {change.kind for change in first.changes} == {"added"}
    files = sorted((place / "book" / "market" / "prices").iterdir())
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    again = run(place)
    assert (again.changes, again.written, again.held) == ((), (), ())
    assert "no change" in again.summary()
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in files] == before


def test_trial_writes_nothing(place: Path) -> None:
    result = run(place, write=False)
    assert len(result.changes) == 6
    assert result.written == ()
    assert not (place / "book" / "market").exists()


def test_revised_month_is_held_until_accepted(place: Path) -> None:
    run(place)
    old = written(place, "al_lme")
    text = PRICES.replace("3599.85", "3600.85") + "2026-06,3700,140,16\n"
    (place / "prices.csv").write_text(text, encoding="utf-8")
    (place / "fx.csv").write_text(RATES + "2026-06,6.7758\n", encoding="utf-8")
    result = run(place)
    assert (result.held, result.written) == (("al_lme",), ("coal_5500",))
    assert written(place, "al_lme") == old
    revised = [change for change in result.changes if change.kind == "revised"]
    assert [change.key for change in revised] == ["2026-04"]
    assert revised[0].old == pytest.approx(24612.534435)
    assert revised[0].new == pytest.approx(24612.534435 + 6.8371)
    assert "held: accept the revisions" in result.summary()
    assert "2026-04: 24612.53" in result.summary()

    accepted = run(place, accept_revisions=True)
    assert (accepted.held, accepted.written) == ((), ("al_lme",))
    fresh = dict(written(place, "al_lme").values)
    assert fresh["2026-04"] == revised[0].new
    assert fresh["2026-06"] == pytest.approx(3700 * 6.7758)
    assert fresh["2026-03"] == dict(old.values)["2026-03"]


def test_months_of_the_book_outside_the_file_stay(place: Path) -> None:
    run(place)
    (place / "prices.csv").write_text(
        "month,aluminum_usd_t,coal_australia_usd_t\n2026-05,3666.1,136.86\n"
    )
    # a file with one month still names its column of months by the heading
    assert run(place).changes == ()
    assert len(written(place, "al_lme").values) == 3


def test_changed_header_is_reported(place: Path) -> None:
    run(place)
    text = MAP.replace("CC BY 4.0", "CC BY 4.0 IGO")
    (place / "map.toml").write_text(text, encoding="utf-8")
    result = run(place)
    assert [(c.kind, c.key, c.new) for c in result.changes] == [
        ("header", "licence", "CC BY 4.0 IGO")
    ] * 2
    assert written(place, "al_lme").licence == "CC BY 4.0 IGO"


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({}, 3666.1 * 7),
        ({"vat": 0.13, "basis": "incl_vat"}, 3666.1 * 7 * 1.13),
        ({"vat": "13 %", "quote_basis": "incl_vat"}, 3666.1 / 1.13 * 7),
        ({"quote_basis": "incl_vat", "basis": "incl_vat"}, 3666.1 * 7),
        ({"unit": "USD/kg"}, 3666100 * 7),
        ({"unit": "CNY/t", "fx": None}, 3666.1),
        ({"fx": {"rate": 0.125, "unit": "USD/CNY"}}, 3666.1 * 8),
        ({"fx": {"rate": 679.96, "unit": "CNY/100USD"}}, 3666.1 * 6.7996),
        ({"premium": "-50 USD/t"}, 3616.1 * 7),
        ({"freight": "0.02 USD/kg"}, 3686.1 * 7),
        ({"to": "2026-04"}, 3599.85 * 7),
    ],
)
def test_each_step_by_hand(
    place: Path, fields: dict[str, object], price: float
) -> None:
    assert last(place, **fields) == pytest.approx(price, rel=1e-9)


def test_parity_of_a_published_table(place: Path) -> None:
    """Traders' parity table for aluminium, 7 August 2017: 15 947.97 CNY/t."""
    (place / "prices.csv").write_text("month,cash\n2017-08,1903\n")
    price = last(
        place, column="cash", premium="110 USD/t", fx={"rate": 6.7289}, vat="17 %",
        basis="incl_vat", handling="100 CNY/t",
    )  # fmt: skip
    assert price == pytest.approx(15947.97, abs=0.005)


def test_rate_from_a_series_of_the_book(place: Path) -> None:
    rates = one(
        id="fx_usd",
        column="cny_per_usd",
        unit="CNY/USD",
        target_unit="CNY/USD",
        fx=None,
    )
    import_prices(place / "fx.csv", [rates], place / "book")
    assert written(place, "fx_usd").note.startswith("as published")
    price = last(place, fx={"series": "fx_usd"})
    assert price == pytest.approx(24928.01356, rel=1e-9)


def test_yearly_prices_are_repeated_only_when_asked(place: Path) -> None:
    """Neodymium oxide 56 USD/kg in 2024, estimated.

    US Geological Survey, Mineral Commodity Summaries 2025.
    """
    (place / "prices.csv").write_text(
        "product,specification,2023,2024e\nNeodymium oxide,99.5% min,78,56\n"
    )
    fields = {"column": "Neodymium oxide", "unit": "USD/kg", "from": "2024-01"}
    with pytest.raises(BookError, match='yearly = "repeat"'):
        last(place, **fields)
    maps = [one(**fields, yearly="repeat")]
    result = import_prices(place / "prices.csv", maps, place / "book")
    values = dict(result.series[0].values)
    assert list(values) == [f"2024-{month:02d}" for month in range(1, 13)]
    assert set(values.values()) == {392000.0}
    assert "repeated in each month" in written(place, "al").note


def test_gap_is_refused_or_carried(place: Path) -> None:
    fields = {"column": "lng_japan_usd_mmbtu", "unit": "USD/MMBtu"}
    fields["target_unit"] = "CNY/MMBtu"
    with pytest.raises(BookError, match=r"2026-04 .*has no price"):
        last(place, **fields)
    maps = [one(**fields, gaps="carry")]
    result = import_prices(place / "prices.csv", maps, place / "book", write=False)
    assert [price for _, price in result.series[0].values] == [79.94, 79.94, 110.39]


def test_short_form_takes_unit_and_origin_from_the_book(place: Path) -> None:
    known = one(column="aluminum_usd_t", target_unit="USD/t", fx=None, to="2026-04")
    import_prices(place / "prices.csv", [known], place / "book")
    result = import_prices(
        place / "prices.csv", {"aluminum_usd_t": "al"}, place / "book"
    )
    assert [(c.kind, c.key, c.new) for c in result.changes] == [
        ("added", "2026-05", 3666.1)
    ]
    assert written(place, "al").source == "own"


def test_short_form_needs_a_series_taken_as_published(place: Path) -> None:
    with pytest.raises(InputError, match="not in the book"):
        import_prices(place / "prices.csv", {"aluminum_usd_t": "al"}, place / "book")
    run(place)
    with pytest.raises(InputError, match="was converted"):
        import_prices(
            place / "prices.csv", {"aluminum_usd_t": "al_lme"}, place / "book"
        )


def test_all_mistakes_of_file_and_map_together_and_nothing_written(place: Path) -> None:
    text = PRICES.replace("3599.85", "3599.85e").replace("136.86", "-136.86")
    (place / "prices.csv").write_text(text + "2026-07,1,1,1\n")
    with pytest.raises(BookError) as caught:
        run(place)
    told = {(fault.field, fault.value) for fault in caught.value.mistakes}
    assert ("B3 (aluminum_usd_t)", "3599.85e") in told
    assert ("C4 (coal_australia_usd_t)", "-136.86") in told
    assert ("fx 2026-07", "(absent)") in told
    assert ("coal_australia_usd_t 2026-06", "(absent)") in told
    assert len(set(caught.value.mistakes)) == len(caught.value.mistakes)
    assert not (place / "book" / "market").exists()


def test_unit_and_basis_of_the_book_are_not_changed(place: Path) -> None:
    import_prices(place / "prices.csv", [one()], place / "book")
    other = one(basis="incl_vat", vat=0.13)
    with pytest.raises(BookError, match="basis = incl_vat: differs"):
        import_prices(place / "prices.csv", [other], place / "book")


def test_gap_between_book_and_file_is_refused(place: Path) -> None:
    import_prices(place / "prices.csv", [one(to="2026-03")], place / "book")
    with pytest.raises(BookError, match="without gap"):
        import_prices(
            place / "prices.csv", [one(**{"from": "2026-05"})], place / "book"
        )


def test_months_outside_the_file(place: Path) -> None:
    with pytest.raises(BookError, match="no price from 2027-01 to the last month"):
        import_prices(
            place / "prices.csv", [one(**{"from": "2027-01"})], place / "book"
        )


def test_doubtful_months_and_rates_are_named(place: Path) -> None:
    (place / "fx.csv").write_text(RATES.replace("6.8371", "6.8371*"))
    with pytest.raises(BookError, match=r"B3 \(cny_per_usd\) = 6\.8371\*"):
        run(place)
    (place / "prices.csv").write_text("month,aluminum_usd_t\nMar-26,1\nApr-26,2\n")
    with pytest.raises(BookError, match=r"A2 \(month\) = Mar-26"):
        run(place)


def test_unknown_column_and_rate_of_other_money(place: Path) -> None:
    maps = [
        one(column="aluminium_usd_t"),
        one(id="b", fx={"rate": 1, "unit": "CNY/EUR"}),
    ]
    with pytest.raises(BookError) as caught:
        import_prices(place / "prices.csv", maps, place / "book")
    first, second = caught.value.mistakes
    assert "aluminum_usd_t" in first.problem
    assert "expected CNY/USD" in second.problem


def test_one_series_from_two_columns_is_refused(place: Path) -> None:
    with pytest.raises(InputError, match="al stands twice"):
        import_prices(place / "prices.csv", [one(), one()], place / "book")


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        (
            'unit = "USD/t"\n\n',
            'unit = "USD/ton"\n\n',
            "series.al_lme.unit",
            "nearest: t",
        ),
        ('"12 USD/t"', '"12 CNY/t"', "series.coal_5500", "CNY/t"),
        ('"12 USD/t"', "12", "series.coal_5500", "USD/t"),
        ("freight", "frieght", "series.coal_5500.frieght", "not permitted"),
        (
            'duty = "6 %"',
            "duty = 6",
            "series.coal_5500.duty",
            "less than or equal to 1",
        ),
        ('column = "alu', 'col = "alu', "series.al_lme.column", "required"),
        ('"25 CNY/t"', '"-25 CNY/t"', "series.coal_5500", "cost >= 0"),
        ('"5500 kcal/kg"', '"5500 kcal"', "series.coal_5500.quality", "kcal"),
        ("file =", "path =", "series.al_lme.fx.path", "not permitted"),
        ("[series.al_lme]", "[series.Al]", "series.Al.id", "match"),
        ("[defaults]", "[default]", "default", "is unknown"),
    ],
)
def test_one_mistake_in_the_map(
    place: Path, old: str, new: str, field: str, problem: str
) -> None:
    path = place / "map.toml"
    path.write_text(MAP.replace(old, new), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        read_mapping(path)
    (fault, *_) = [m for m in caught.value.mistakes if m.field == field]
    assert problem in fault.problem
    assert fault.line is not None


def test_line_of_a_mistake_is_that_of_the_key(place: Path) -> None:
    path = place / "map.toml"
    path.write_text(MAP.replace('duty = "6 %"', "duty = 6"), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        read_mapping(path)
    line = caught.value.mistakes[0].line
    assert line is not None
    assert path.read_text(encoding="utf-8").splitlines()[line - 1] == "duty = 6"


@pytest.mark.parametrize("text", ["[series.al\n", "series = 1\n", ""])
def test_map_without_sense(place: Path, text: str) -> None:
    path = place / "map.toml"
    path.write_text(text)
    with pytest.raises((BookError, InputError), match=r"map\.toml"):
        read_mapping(path)


def test_bases_that_differ_need_the_rate() -> None:
    with pytest.raises(ValueError, match="expected vat"):
        one(basis="incl_vat")
    with pytest.raises(ValueError, match="expected fx"):
        one(fx=None)
    with pytest.raises(ValueError, match="one of rate"):
        one(fx={"rate": 7, "series": "fx_usd"})


def test_result_as_plain_values(place: Path) -> None:
    told = run(place).to_dict()
    assert told["written"] == ["al_lme", "coal_5500"]
    changes = told["changes"]
    assert isinstance(changes, list)
    assert changes[0]["series"] == "al_lme"
    assert changes[0]["key"] == "2026-03"


def test_whole_public_files(shared_data: Path, tmp_path: Path) -> None:
    """World Bank aluminium and coal at Federal Reserve rates, 2025-06 to 2026-05."""
    source = shared_data / "invest-market-web"
    text = MAP.replace('"fx.csv"', f"'{source / 'fx_cny_per_usd_monthly.csv'}'")
    text = text.replace("[defaults]", '[defaults]\nfrom = "2025-06"\nto = "2026-05"')
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    import_prices(
        source / "world_bank_pink_sheet_monthly.csv",
        tmp_path / "map.toml",
        tmp_path / "book",
    )
    aluminium = written(tmp_path, "al_lme").values
    assert len(aluminium) == 12
    # by hand: 2525.96 x 7.1804; 2875.53 x 7.0432; 3666.1 x 6.7996
    by_hand = {"2025-06": 18137.403184, "2025-12": 20252.932896, "2026-05": 24928.01356}
    assert {m: v for m, v in aluminium if m in by_hand} == pytest.approx(by_hand)
    coal = written(tmp_path, "coal_5500").values
    # by hand: (109.03 x 11/12 + 12) x 7.1804 x 1.06 + 25 = 877.0319...
    assert coal[0][0] == "2025-06"
    assert coal[0][1] == pytest.approx(877.0321, abs=1e-3)
    assert coal[-1][1] == pytest.approx(1015.717359, abs=5e-6)
