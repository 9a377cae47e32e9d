"""The flow sheet of a month: closed balances, money that ties, every stream once."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import openpyxl
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.read import read_book
from orebook.chart.piping import lay_out_boxes
from orebook.chart.process_sheet import process_sheet
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import lines
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import network
from orebook.report.flow_ends import UTILITIES, Ends
from orebook.report.flow_page import flow_page, flow_sections, flow_workbook
from orebook.report.flow_picture import overview, parts_text, site_sheet, stream_key
from orebook.report.flow_section import flow_sheets
from orebook.report.flow_sheet import FlowSheet, flow_sheet
from orebook.report.table import Fold, Table
from orebook.report.workbook import bilingual, cells
from tests.chart.test_process_sheet import overlaps, through
from tests.evaluate.months import closed_month
from tests.plan.refineries import BOOK as REFINERY

MAY = period("2026-05")
PLAN_TOLERANCE = 1e-9  # relative, as the plan closes its balances


def planned(folder) -> Plan:
    net = network(read_book(folder))
    known = conditions(net.chain, horizon(MAY, 1), known_until="2026-04")
    return make_plan(net, known)


@pytest.fixture(scope="module")
def plan(project) -> Plan:
    """Give the plan of the example group: 73 units, more than 600 streams."""
    return planned(project / "examples" / "guangxi")


@pytest.fixture(scope="module")
def group(plan: Plan) -> FlowSheet:
    return flow_sheet(plan)


@pytest.fixture(scope="module")
def refinery() -> Plan:
    """Give the plan of a refinery whose circuit is physical."""
    return planned(REFINERY)


@pytest.fixture(scope="module")
def closed(plan: Plan) -> ClosedMonth:
    """Give the month done by three parts in a hundred less, each figure in doubt."""
    month = plan.month(0)
    real = replace(
        month,
        amounts={k: 0.97 * v for k, v in month.amounts.items()},
        duties={k: 0.97 * v for k, v in month.duties.items()},
    )
    done = closed_month(plan, real)
    doubted = {k: replace(f, sd=0.01 * f.value) for k, f in done.figures.items()}
    return replace(done, figures=doubted)


# -- figures ---------------------------------------------------------------------------


def test_every_stream_of_the_group_has_a_row_and_a_number(group: FlowSheet) -> None:
    network = group.network
    assert [s.stream.id for s in group.streams] == [s.id for s in network.streams]
    keys = [stream_key(s) for s in group.streams]
    assert len(set(keys)) == len(keys)
    for site in group.sites:
        numbers = [s.number for s in group.streams if s.site == site]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("which", ["plan", "refinery"])
def test_what_must_close_closes_as_the_plan_does(which: str, request) -> None:
    """Mass, elements and energy of every unit, at its ports and inside it."""
    sheet = flow_sheet(request.getfixturevalue(which))
    held = [b for b in sheet.balances if b.closure is not None]
    assert len(held) > 10
    for b in held:
        assert abs(b.closure) < PLAN_TOLERANCE, b
    assert sheet.worst_closure() < PLAN_TOLERANCE


def test_balances_of_goods_close(group: FlowSheet) -> None:
    """What streams bring to a place, streams take from it: at every balance."""
    net: dict[object, float] = {}
    gross: dict[object, float] = {}
    for s in group.streams:
        b = s.stream.balance
        net[b] = net.get(b, 0.0) + s.stream.sign * s.plan
        gross[b] = gross.get(b, 0.0) + abs(s.plan)
    worst = max(abs(net[b]) / max(gross[b], 1.0) for b in net)
    assert worst < PLAN_TOLERANCE


def test_a_balance_that_does_not_close_would_be_seen(plan: Plan) -> None:
    """One stream more of what a unit gives, and its mass is off by that much."""
    from orebook.report.flow_balance import unit_balances
    from orebook.report.flow_told import told_plan

    told = told_plan(plan)
    unit, stream = "pr-belt-1", next(
        s for s in plan.network.of("pr-belt-1") if s.sign > 0 and s.unit == "t"
        and told.amounts[s.id] > 0.0
    )  # fmt: skip
    more = {**told.amounts, stream.id: 1.01 * told.amounts[stream.id]}
    rows = unit_balances(replace(told, amounts=more), unit, plan.price_of(0))
    mass = next(b for b in rows if b.what == "mass")
    assert mass.closure is not None
    assert mass.closure > 1e-3


@pytest.mark.parametrize("of", ["plan", "actual"])
def test_money_ties_to_the_accounts(plan: Plan, closed: ClosedMonth, of: str) -> None:
    """Streams at internal prices are the internal lines of every centre, to the cent.

    Over all centres they sum to nothing: what one earns another pays.
    """
    sheet = flow_sheet(plan, closed)
    month = plan.month(0) if of == "plan" else closed.month()
    booked: dict[str, float] = {}
    for line in lines(plan.network, month, plan.prices_of(0)):
        if line.account in ("internal_sale", "internal_purchase"):
            booked[line.centre] = booked.get(line.centre, 0.0) + line.amount
    shown: dict[str, float] = {}
    for s in sheet.streams:
        money = s.plan_money if of == "plan" else s.actual_money
        centre = s.stream.centre
        shown[centre] = shown.get(centre, 0.0) + s.stream.sign * money
    assert set(booked) == set(shown)
    for centre, money in booked.items():
        assert shown[centre] == pytest.approx(money, abs=0.005)
    assert sum(shown.values()) == pytest.approx(0.0, abs=0.5)


def test_money_of_a_unit_is_that_of_its_streams(group: FlowSheet) -> None:
    for b in (b for b in group.balances if b.what == "money"):
        own = [s for s in group.streams
               if s.stream.role == "unit" and s.stream.owner == b.unit]  # fmt: skip
        paid = sum(s.plan_money for s in own if s.stream.sign < 0)
        assert b.entering == pytest.approx(paid, rel=1e-12, abs=1e-6)


def test_actual_stands_beside_the_plan_with_its_doubt(
    plan: Plan, closed: ClosedMonth
) -> None:
    sheet = flow_sheet(plan, closed, ["port-refinery"])
    assert sheet.basis == "actual"
    for s in sheet.streams:
        assert s.actual == pytest.approx(0.97 * s.plan)
        assert s.difference == pytest.approx(s.actual - s.plan)
        assert s.sd == pytest.approx(0.01 * s.actual)
    as_planned = flow_sheet(plan, closed, ["port-refinery"], of="plan")
    for a, b in zip(sheet.streams, as_planned.streams, strict=True):
        if a.carried.mass is not None and a.carried.mass > 0.0:
            assert a.carried.mass == pytest.approx(0.97 * b.carried.mass)


def test_composition_and_liquor_of_a_physical_refinery(refinery: Plan) -> None:
    """The pregnant liquor reads as the settings of the circuit have it.

    Nk 160 g/L and a caustic ratio of 1.42 are what the route aims at.
    """
    sheet = flow_sheet(refinery)
    told = {s.stream.id: s.carried for s in sheet.streams}
    pregnant = told["settle.pregnant"]
    assert pregnant.figures["liquor_caustic"] == pytest.approx(160.0)
    assert pregnant.figures["liquor_ratio"] == pytest.approx(1.42, abs=1e-3)
    assert pregnant.temperature == pytest.approx(95.0)
    assert sum(pregnant.parts.values()) == pytest.approx(1.0)
    made, taken = told["grind.slurry"], told["digest.slurry"]
    assert made.mass == pytest.approx(taken.mass, rel=1e-9)
    assert {p.unit for p in sheet.points} == {
        "grind", "digest", "settle", "wash", "precipitate", "evaporate", "make-up",
        "calcine",
    }  # fmt: skip


def test_a_feed_no_physics_fit_is_named_and_the_rest_is_shown(refinery: Plan) -> None:
    month = refinery.month(0)
    done = closed_month(refinery, month)
    wrong = replace(done, content={"grind": {"ore-a": {"Al2O3": 0.3, "SiO2": 0.3}}})
    sheet = flow_sheet(refinery, wrong)
    assert len(sheet.failed) == 8  # the units of the circuit are solved together
    assert "alumina per tonne" in sheet.failed["grind"]
    assert len(sheet.streams) == len(refinery.network.streams)
    html = flow_page(sheet, "en")
    assert html.count("alumina per tonne") == 2  # once in each language


# -- what is shown -----------------------------------------------------------------


def test_a_site_a_plant_a_unit_a_name(plan: Plan) -> None:
    site = flow_sheet(plan, None, ["mine-refinery"])
    assert site.sites == ("mine-refinery",)
    unit = flow_sheet(plan, None, ["mr-evap"])
    assert {s.stream.owner for s in unit.streams} == {"mr-evap"}
    named = plan.network.chain.unit["mr-evap"]
    assert named.name == plan.network.chain.unit["sc-evap"].name
    with pytest.raises(InputError, match="the name of mr-evap, sc-evap"):
        flow_sheet(plan, None, [named.name])
    only = plan.network.chain.unit["pr-desil"]
    by_id = flow_sheet(plan, None, ["pr-desil"]).streams
    for name in (only.name, only.name_en):
        assert flow_sheet(plan, None, [name]).streams == by_id
    numbers = {s.stream.id: s.number for s in site.streams}
    assert all(numbers[s.stream.id] == s.number for s in unit.streams)
    two = flow_sheet(plan, None, ["mr-evap", "mr-precip"])
    assert {s.stream.owner for s in two.streams} == {"mr-evap", "mr-precip"}


def test_a_misspelt_name_is_told_the_nearest(plan: Plan) -> None:
    with pytest.raises(InputError, match="did you mean 'mine-refinery'"):
        flow_sheet(plan, None, ["mine-refinary"])


def test_a_centre_without_streams_is_refused(plan: Plan) -> None:
    chain = plan.network.chain
    busy = {c for s in plan.network.streams for c in chain.lineage(s.centre)}
    idle = [c.id for c in chain.centres if c.id not in busy]
    assert idle, "the example has a centre of people only"
    with pytest.raises(InputError, match="has no stream"):
        flow_sheet(plan, None, [idle[0]])


def test_actual_of_an_open_month_is_refused(plan: Plan) -> None:
    with pytest.raises(InputError, match="is not closed"):
        flow_sheet(plan, of="actual")


# -- picture -----------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "site", ["mine-refinery", "port-refinery", "rare-earth-works", "smelter-chain"]
)
def test_every_stream_of_a_site_is_drawn_exactly_once(
    group: FlowSheet, site: str, lang
) -> None:
    part = group.part(site)
    boxes, pipes = site_sheet(part, lang)
    keys = [n.key for box in boxes for n in box.nozzles if not n.key.startswith("x-")]
    assert sorted(keys) == sorted(stream_key(s) for s in part.streams)
    drawn = process_sheet(boxes, pipes, title=site, lang=lang, width=1060.0)
    for s in part.streams:
        assert drawn.count(f'id="p-{stream_key(s)}"') == 1
        assert drawn.count(f'href="#r-{stream_key(s)}"') == 1
    process = [b for b in boxes if b.kind != "utility"]
    for width in (1060.0, 1640.0):
        laid = lay_out_boxes(process, pipes, width=width, top=60.0)
        assert overlaps(laid) == []
        assert through(laid) == []
    material = group.network.chain.material
    carried = {p.leaves or p.enters for p in pipes}
    for s in part.streams:
        if material[s.stream.balance.material].group in UTILITIES:
            assert stream_key(s) not in carried


def test_the_overview_joins_the_sites_by_their_routes(group: FlowSheet) -> None:
    boxes, pipes = overview(group, "en")
    assert [b.id for b in boxes] == list(group.sites)
    assert {(p.source, p.target) for p in pipes} >= {
        ("port-refinery", "smelter-chain"), ("mine-refinery", "smelter-chain")
    }  # fmt: skip


def test_units_shown_alone_say_where_their_streams_go(plan: Plan) -> None:
    boxes, _ = site_sheet(flow_sheet(plan, None, ["mr-precip"]), "en")
    said = [n.label for box in boxes for n in box.nozzles if n.key.startswith("x-")]
    assert any("settling" in words for words in said)


# -- page and workbook -----------------------------------------------------------------


def tables(sheet: FlowSheet) -> dict[str, Table]:
    found = {}
    for section in flow_sections(sheet):
        for block in section.blocks:
            if isinstance(block, Table):
                found[block.id] = block
    return found


@pytest.mark.parametrize("name", ["flow_streams", "flow_contents", "flow_points",
                                  "flow_balances"])  # fmt: skip
def test_workbook_and_page_hold_the_same_numbers(refinery: Plan, name: str) -> None:
    """Every figure of the page stands in the file under the same head, as a number."""
    sheet = flow_sheet(refinery)
    file = openpyxl.load_workbook(io.BytesIO(flow_workbook(sheet)))
    page = tables(sheet)[name]
    index = {"flow_streams": 0, "flow_contents": 0, "flow_balances": 1,
             "flow_points": 2}[name]  # fmt: skip
    written = file.worksheets[index]
    rows = list(written.iter_rows(values_only=True))
    heads = list(rows[2])
    key = heads.index("No.") if index == 0 else None
    by = {r[key]: r for r in rows[3:]} if key is not None else {}
    counted = 0
    for k, row in enumerate(page.rows):
        other = by[row.cells[0]] if key is not None else rows[3 + k]
        found = zip(cells(row, page.columns), bilingual(page.columns), strict=True)
        for value, (column, lang) in found:
            if not column.numeric:
                continue
            from orebook.report.workbook import heads as named

            place = heads.index(named(column, lang)[1])
            assert other[place] == (None if value is None else pytest.approx(value))
            counted += value is not None
    assert counted > 40


def test_the_workbook_can_be_worked_with(group: FlowSheet) -> None:
    """Units in the heads, frozen heads, filters, numbers formatted, one sheet each."""
    file = openpyxl.load_workbook(io.BytesIO(flow_workbook(group)))
    assert len(file.worksheets) == 3
    streams = file.worksheets[0]
    assert streams.max_row == 3 + len(group.streams)
    for sheet in file.worksheets:
        assert sheet.freeze_panes == "B4"
        assert sheet.auto_filter.ref
    heads = [cell.value for cell in streams[3]]
    assert "mass [t]" in heads
    assert "planned amount [CNY]" in heads
    money = streams.cell(4, heads.index("planned amount [CNY]") + 1)
    assert isinstance(money.value, float | int)
    assert money.number_format == "#,##0.00"


def test_the_page_leads_from_picture_to_row_and_back(group: FlowSheet) -> None:
    html = flow_page(group, "en")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)
    known = set(ids)
    for lang in ("zh", "en"):
        for s in group.streams:
            assert f"{lang}sr-{stream_key(s)}" in known
            assert f"{lang}sp-{stream_key(s)}" in known
    targets = set(re.findall(r'href="#((?:zh|en)s[rp]-[^"]+)"', html))
    assert targets <= known
    assert "http" not in html.replace("http://www.w3.org/", "")
    assert "<script" not in html


def test_the_month_has_a_fold_per_site(view) -> None:
    section = flow_sheets(view)
    folds = [b for b in section.blocks if isinstance(b, Fold)]
    assert len(folds) == len(flow_sheet(view.plan, view.result.closed).sites)
    assert [t.id for t in section.sheets][:2] == ["flow_streams", "flow_balances"]
    whole = section.sheets[0]
    assert len(whole.rows) == len(view.network.streams)


def test_ends_are_units_stores_partners_and_places(group: FlowSheet) -> None:
    ends = Ends(group.network)
    network, kinds = group.network, set()
    for s in group.streams:
        here = s.source if s.stream.sign > 0 else s.target
        there = s.target if s.stream.sign > 0 else s.source
        assert here == ends.own(s.stream)
        kinds.add(there.kind)
        if there.kind == "store":
            assert there.id in {x.id for x in network.chain.stores}
        if there.kind == "unit" and s.stream.role == "unit":
            partner = network.stream[str(there)]
            assert partner.balance == s.stream.balance
            assert partner.sign == -s.stream.sign
    assert kinds >= {"unit", "store", "place", "buy", "sell"}


def test_parts_are_told_by_weight_or_by_litre() -> None:
    assert parts_text({"Fe": 0.5, "Al": 0.0}, "t", True, "zh") == "Fe 50.0 %"
    assert parts_text({"REO": 0.18}, "m3", False, "en") == "REO 180 g/L"


def test_the_sheet_says_itself_in_words_and_as_data(refinery: Plan) -> None:
    sheet = flow_sheet(refinery)
    assert "53 streams" in sheet.summary()
    data = sheet.to_dict()
    assert data["of"] == "plan"
    assert data["closed"] is False
    assert len(data["streams"]) == 53  # type: ignore[arg-type]
