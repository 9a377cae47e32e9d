"""The catalogue of indicators: whole, named, with the borders of the standards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orebook.chain.catalogue import builtin, by_any_name, catalogue, defined, named
from orebook.chain.formula import formula
from orebook.chain.read import read_book
from orebook.errors import BookError, Mistake
from orebook.glossary.indices import index_terms
from orebook.process.check import check_units

CJK = re.compile(r"[一-鿿]")
CATALOGUE = (
    "alu.bauxite_dry alu.recovery alu.naoh alu.energy_comp alu.energy_fuel "
    "alu.calciner alu.yield alu.steam alu.power alu.water alu.soda_mud alu.mud_cake "
    "alu.runfactor alu.quality sm.dc sm.ac sm.ce sm.alumina sm.carbon_net sm.alf3 "
    "sm.ae sm.life sm.purity sm.meltloss pw.supply_coal pw.heat_coal pw.aux "
    "pw.boiler pw.eaf mn.recovery mn.dilution mn.strip mn.diesel mn.wash "
    "mn.grade_sd lg.demurrage re.yield_conc re.yield_sep re.ion_mine "
    "re.beneficiation re.acid re.base re.purity_giveaway re.wip hs.trir "
    "hs.hazard_close en.exceed eq.oee eq.unplanned hr.labour fin.ocf "
)
"""The 51 indicators the group's catalogue lists."""
GRADES = {
    "alu.energy_process": [310.0, 360.0, 430.0],
    "alu.energy_comp": [340.0, 390.0, 460.0],
    "sm.ac": [12950.0, 13000.0, 13350.0],
}
"""GB 21346-2022, grade 1 to 3, as an open data encoding of the standard has them."""
OWN = """
[[indicators]]
id = "own.flocculant"
name = "絮凝剂"
name_en = "flocculant per t mud"
unit = "kg/t"
scope = "unit"
makes = "red_mud"
numerator = "1000 * used.flocculant"
denominator = "made.red_mud"
price_with = "numerator"
levels = [{ typical = 0.1, good = 0.08, best = 0.06, source = "plant trial 2025" }]
"""


def test_every_indicator_of_the_catalogue_is_there() -> None:
    assert len(CATALOGUE.split()) == 51
    assert set(CATALOGUE.split()) <= set(builtin())


def test_every_indicator_has_names_and_meaning_in_both_languages() -> None:
    for one in builtin().values():
        assert CJK.search(named(one, "zh")), one.id
        assert not CJK.search(named(one, "en")), one.id
        assert defined(one, "zh"), one.id
        assert defined(one, "en"), one.id


def test_what_cannot_be_measured_says_what_it_needs() -> None:
    for one in builtin().values():
        assert one.numerator or one.combine == "sum" or one.needs_en, one.id


@pytest.mark.parametrize("name", sorted(GRADES))
def test_grades_are_those_of_the_standard(name: str) -> None:
    assert [level.grades for level in builtin()[name].levels] == [GRADES[name]]


def test_parents_are_there_and_lead_to_an_end() -> None:
    every = builtin()
    for one in every.values():
        seen, at = {one.id}, one
        while at.parent:
            at = every[at.parent]
            assert at.id not in seen
            assert at.combine in ("sum", "product")
            seen.add(at.id)
        assert not one.within or one.within in every


def test_a_name_means_one_indicator() -> None:
    names = [n for one in builtin().values() for n in {*one.also, one.id}]
    assert len(names) == len(set(names)) == len(by_any_name(builtin().values()))


def test_what_a_kind_tells_is_known_to_the_glossary() -> None:
    """A catalogue asks kinds by the names the glossary gives their indicators."""
    told = {
        t.name
        for one in builtin().values()
        for text in (one.numerator, one.denominator)
        if text
        for t in formula(text).terms
        if t.head == "told"
    }
    assert told
    assert told <= set(index_terms())


def write(book: Path, text: str) -> str:
    folder = book / "benchmark"
    folder.mkdir()
    (folder / "own.toml").write_text(text, "utf-8")
    return text


def mistakes(book: Path) -> tuple[Mistake, ...]:
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    return caught.value.mistakes


def test_a_book_adds_and_replaces_indicators(book: Path) -> None:
    write(book, OWN + OWN.replace("own.flocculant", "alu.naoh"))
    chain = read_book(book, check=check_units)
    found = catalogue(chain.indicators)
    assert found["own.flocculant"].levels[0].good == 0.08
    assert found["alu.naoh"].name_en == "flocculant per t mud"
    assert len(found) == len(builtin()) + 1


@pytest.mark.parametrize(
    ("old", "new", "field", "problem", "remedy"),
    [
        ("used.flocculant", "used.floculant", "numerator", "is no role", "flocculant"),
        ("1000 * used", "1000 x used", "numerator", "cannot be read", "correct it"),
        ('"kg/t"', '"kgg/t"', "unit", "is not a unit", '"-"'),
        ("best = 0.06", "best = 0.2", "levels[1]", "do not improve", "better"),
        ('best = 0.06, source = "plant trial 2025"', "best = 0.06",
         "levels[1].source", "is missing", "source"),
        ('makes = "red_mud"', 'makes = "mud"', "makes", "is no role", "red_mud"),
        ('price_with = "numerator"', 'price_with = "power"', "price_with",
         "not one of the choices", "choose one"),
        ('scope = "unit"', 'parent = "alu.nao"', "parent", "no indicator is called",
         "'alu.naoh'"),
        ('numerator = "1000 * used.flocculant"\n', "", "numerator", "is missing",
         "numerator"),
        ('name = "絮凝剂"\n', "", "name", "glossary does not know", "name_en"),
        ("typical = 0.1,", "typcal = 0.1,", "levels[1].typcal", "not a field",
         "'typical'"),
    ],
)  # fmt: skip
def test_mistakes_in_an_indicator_name_file_and_remedy(
    book: Path, old: str, new: str, field: str, problem: str, remedy: str
) -> None:
    assert old in OWN
    write(book, OWN.replace(old, new))
    (found,) = mistakes(book)
    assert found.file == "benchmark/own.toml"
    assert found.line is not None
    assert found.field == f"indicators[own.flocculant].{field}"
    assert problem in found.problem
    assert remedy in found.remedy


def test_a_wrong_role_of_a_material_is_named(book: Path) -> None:
    path = book / "materials.toml"
    text = path.read_text("utf-8")
    edited = text.replace('role = "bauxite"', 'role = "bauxit"', 1)
    assert edited != text
    path.write_text(edited, "utf-8")
    (found,) = mistakes(book)
    assert found.file == "materials.toml"
    assert "'bauxite'" in found.remedy
