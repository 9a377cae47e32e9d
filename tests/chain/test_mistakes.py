"""Deliberate mistakes, each found at its line with the remedy a user needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from orebook.chain.read import read_book
from orebook.errors import BookError, Mistake
from orebook.process.check import check_units

GROUP, MATERIALS = "group.toml", "materials.toml"
MINE, REFINERY, SMELTER = (f"sites/{s}.toml" for s in ("mine", "refinery", "smelter"))
CUSTOMERS, POWER = "market/customers.toml", "market/prices/power.csv"
PEERS = "peers/peers.csv"


@dataclass(frozen=True)
class Spoiled:
    """One edit and what it must lead to.

    ``line`` is a piece of the line that must be named (the first line that holds it),
    None where the file as a whole is meant.
    """

    file: str
    old: str
    new: str
    line: str | None
    field: str
    problem: str
    remedy: str

    def spoil(self, book: Path) -> str:
        path = book / self.file
        text = path.read_text(encoding="utf-8")
        assert self.old in text, f"the starter book has no {self.old!r}"
        edited = text.replace(self.old, self.new, 1)
        path.write_text(edited, encoding="utf-8")
        return edited


def mistakes_of(book: Path) -> tuple[Mistake, ...]:
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    return caught.value.mistakes


def line_of(text: str, piece: str) -> int:
    """Return the number of the first line that holds a piece, counted here anew."""
    return next(n for n, row in enumerate(text.splitlines(), 1) if piece in row)


ASSET = """[[assets]]
id = "mill"
name = "磨机"
name_en = "mill"
centre = "mine"
net_value = "{value}"
rate = "6 %"
{more}
"""
SINCE_AFTER = 'since = "2026-05"\nuntil = "2026-03"\n'
S = Spoiled
CASES = {
    # -- one field ----------------------------------------------------
    "unknown key": S(MINE, "availability", "availabilty", "availabilty",
                     "units[mining].availabilty", "not a field", "'availability'"),
    "missing key": S(GROUP, 'name_en = "starter group"\n', "", "[group]",
                     "group.name_en", "is missing", "add name_en"),
    "missing key of a list entry": S(
        MINE, 'start = "pit"\n', "", "[[routes]]", "routes[haul].start", "is missing",
        "add start"),
    "missing id": S(MINE, 'id = "mining"\n', "", "[[units]]", "units[#1].id",
                    "is missing", "add id"),
    "text for a number": S(GROUP, "people = 520", 'people = "many"', 'people = "many"',
                           "centres[refinery].people", "a text", "whole number"),
    "fraction for a whole number": S(
        GROUP, "people = 520", "people = 520.5", "people = 520.5",
        "centres[refinery].people", "a number", "whole number"),
    "negative head count": S(GROUP, "people = 520", "people = -5", "people = -5",
                             "centres[refinery].people", "negative", "sign"),
    "number for a text": S(GROUP, 'name = "矿山"', "name = 7", "name = 7",
                           "centres[mine].name", "a number", "quotes"),
    "text for a list": S(REFINERY, 'goods = ["red-mud@works"]',
                         'goods = "red-mud@works"', 'goods = "red-mud@works"',
                         "sales[mud-disposal].goods", "a text", "brackets"),
    "empty list": S(MINE, 'materials = ["bauxite"]', "materials = []",
                    "materials = []", "routes[haul].materials", "empty", "add one"),
    "choice": S(GROUP, 'level = "workshop"', 'level = "workshp"', "workshp",
                "centres[potrooms].level", "choices", "'workshop'"),
    "mode of a route": S(MINE, 'mode = "road"', 'mode = "truck"', 'mode = "truck"',
                         "routes[haul].mode", "choices", "choose one of"),
    "capital id": S(GROUP, 'id = "mine"', 'id = "Mine"', 'id = "Mine"',
                    "centres[Mine].id", "capital", "'mine'"),
    "Chinese id": S(CUSTOMERS, 'id = "spot"', 'id = "现货"', 'id = "现货"',
                    "segments[现货].id", "beyond a-z", "choose a short name"),
    "component": S(MATERIALS, 'Fe2O3 = "18 %"', '"2Fe" = "18 %"', "2Fe",
                   "materials[bauxite].assay.2Fe", "not a component", "formula"),
    "period": S(GROUP, '"2026-01" ', '"2026-1" ', "2026-1", "group.first_period",
                "not a period", "2026-05"),
    # -- quantities ---------------------------------------------------
    "no unit": S(MINE, 'cost = "62 CNY/t"', "cost = 62", "cost = 62",
                 "units[mining].cost", "no unit", '"62 CNY/t"'),
    "unknown unit": S(MINE, '"1.2 Mt/a"', '"1.2 Mtt/a"', "Mtt",
                      "units[mining].limits.throughput", "unknown", "'Mt'"),
    "no number": S(MINE, '"1.2 Mt/a"', '"much"', '"much"',
                   "units[mining].limits.throughput", "begin with a number", "write"),
    "price per other unit": S(REFINERY, 'price = "2900 CNY/t"',
                              'price = "2900 CNY/MWh"', "2900 CNY/MWh",
                              "purchases[buy-caustic].price", "is in CNY/MWh",
                              '"2900 CNY/t"'),
    "capacity in energy": S(REFINERY, '"150 kt"', '"150 MWh"', "150 MWh",
                            "stores[ore-yard].capacity", "is in MWh", '"150 t"'),
    "holding cost without time": S(
        REFINERY, '"1.5 CNY/t/month"', '"1.5 CNY/t"', "1.5 CNY/t",
        "stores[ore-yard].holding_cost", "is in CNY/t", "CNY/t/month"),
    "no time": S(REFINERY, '"600 kt/a"', '"600 kt"', "600 kt",
                 "routes[rail].capacity", "not per time", "t/a"),
    "fixed cost without time": S(
        MINE, '"2.1 MCNY/month"', '"2.1 MCNY"', "2.1 MCNY", "costs[mine-wages].amount",
        "has no time", "CNY/a"),
    "above 100 %": S(MINE, '"95 %"', '"105 %"', "105 %", "units[mining].availability",
                     "above 100 %", "exceed"),
    "percent sign forgotten": S(MINE, '"95 %"', "95", "availability = 95",
                                "units[mining].availability", "above 100 %",
                                '"95 %"'),
    "negative share": S(MINE, '"0.2 %"', '"-0.2 %"', "-0.2", "routes[haul].loss",
                        "below 0 %", "sign"),
    "negative freight": S(REFINERY, '"60 CNY/t"', '"-60 CNY/t"', "-60",
                          "sales[sell-alumina].freight", "negative", "sign"),
    "not a number": S(REFINERY, 'minimum = "40 %"', "minimum = nan", "nan",
                      "units[refining].minimum", "not a finite", "plain number"),
    "infinite": S(REFINERY, 'minimum = "40 %"', "minimum = inf", "inf",
                  "units[refining].minimum", "not a finite", "plain number"),
    "huge": S(REFINERY, '"20 kt/month"', '"1e30 t/a"', "1e30",
              "sales[sell-alumina].max", "beyond anything real", "check the number"),
    "huge capacity": S(MINE, '"1.2 Mt/a"', '"1200 Mt/a"', "1200 Mt",
                       "units[mining].limits.throughput", "beyond anything real",
                       "check the number"),
    # -- names --------------------------------------------------------
    "centre": S(MINE, 'centre = "mine"', 'centre = "mines"', '"mines"',
                "places[pit].centre", "no centre", "'mine'"),
    "place": S(MINE, 'place = "pit"', 'place = "pitt"', '"pitt"', "units[mining].place",
               "no place", "'pit'"),
    "material": S(REFINERY, '"bauxite@yard"', '"bauxit@yard"', "bauxit@yard",
                  "units[refining].feed[1]", "no material", "'bauxite'"),
    "place of a good": S(REFINERY, '"gas@works"', '"gas@work"', '"gas@work"',
                         "purchases[buy-gas].good", "no place", "'works'"),
    "good without place": S(REFINERY, '"gas@works"', '"gas"', '"gas"',
                            "purchases[buy-gas].good", "names no place", "gas@"),
    "customer": S(SMELTER, 'customer = "mill"', 'customer = "mil"', '"mil"',
                  "sales[sell-metal].customer", "no customer", "'mill'"),
    "segment": S(SMELTER, 'segment = "contract"', 'segment = "contrct"', "contrct",
                 "sales[sell-metal].segment", "no segment", "'contract'"),
    "series": S(SMELTER, 'series = "aluminium"', 'series = "aluminum"', '"aluminum"',
                "sales[sell-metal].series", "no price series", "'aluminium'"),
    "unit of an outage": S(REFINERY, 'unit = "refining"', 'unit = "refinng"', "refinng",
                           "outages[#1].unit", "no unit", "'refining'"),
    "id twice": S(SMELTER, 'id = "silo"', 'id = "yard"', 'id = "yard"',
                  "places[yard].id", "sites/refinery.toml:9", "yard-2"),
    "id of a store and a unit": S(
        SMELTER, 'id = "silo-stock"', 'id = "potline"', "[[stores]]",
        "stores[potline].id", "taken by units", "potline-2"),
    # -- the tree of centres ------------------------------------------
    "two roots": S(GROUP, 'level = "site"\nparent = "group"\npeople = 180',
                   'level = "site"\npeople = 180', 'id = "mine"',
                   "centres[mine].parent", "'group' has no parent either",
                   'parent = "group"'),
    "level below itself": S(GROUP, 'level = "workshop"', 'level = "group"',
                            'parent = "smelter"', "centres[potrooms].level",
                            "cannot stand below 'smelter'", "correct the level"),
    "circle": S(GROUP, 'level = "site"\nparent = "group"\npeople = 640',
                'level = "site"\nparent = "potrooms"\npeople = 640',
                'parent = "potrooms"', "centres[smelter].parent", "circle", "above it"),
    "parent": S(GROUP, 'parent = "smelter"', 'parent = "smelters"', "smelters",
                "centres[potrooms].parent", "no centre", "'smelter'"),
    # -- between fields -----------------------------------------------
    "assay above 100 %": S(MATERIALS, 'SiO2 = "6.5 %"', 'SiO2 = "65 %"', "65 %",
                           "materials[bauxite].assay", "sums to 137 %", "only once"),
    "min above max": S(REFINERY, 'max = "20 kt/month"',
                       'min = "30 kt/month"\nmax = "20 kt/month"', "30 kt",
                       "sales[sell-alumina].min", "above max", "exchange"),
    "spec min above max": S(REFINERY, 'max = "0.03 %"', 'min = "1 %", max = "0.03 %"',
                            'min = "1 %"', "sales[sell-alumina].spec[1].min",
                            "above max", "exchange"),
    "component of a spec": S(REFINERY, 'of = "SiO2"', 'of = "SiO3"', "SiO3",
                             "sales[sell-alumina].spec[1].of", "no assay", "'SiO2'"),
    "opening above capacity": S(REFINERY, '"60 kt"', '"600 kt"', '"600 kt"',
                                "stores[ore-yard].opening", "above the capacity",
                                "correct one"),
    "price and series": S(SMELTER, 'series = "power"',
                          'series = "power"\nprice = "400 CNY/MWh"', "400 CNY/MWh",
                          "purchases[smelter-power].price", "beside series", "premium"),
    "neither price nor series": S(REFINERY, 'price = "78 CNY/GJ"\n', "",
                                  'id = "buy-gas"', "purchases[buy-gas].price",
                                  "is missing, and so is series", "add price"),
    "series of another unit": S(SMELTER, 'series = "aluminium"', 'series = "power" # x',
                                "# x", "sales[sell-metal].series", "is in CNY/MWh",
                                "convert"),
    "falling purchase tier": S(SMELTER, '"40 CNY/MWh"', '"-40 CNY/MWh"', "-40 CNY",
                               "purchases[smelter-power].tiers[1].extra", "integers",
                               "two contracts"),
    "tiers out of order": S(
        SMELTER, 'extra = "40 CNY/MWh" }',
        'extra = "40 CNY/MWh" }, { above = "9 GWh/month", extra = "50 CNY/MWh" }',
        "9 GWh", "purchases[smelter-power].tiers[2].above", "not above the tier",
        "order"),
    "end value without end": S(SMELTER, 'end = "value"\n', "", "end_value",
                               "stores[silo-stock].end_value", "no effect", "remove"),
    "end without value": S(SMELTER, 'end_value = "2900 CNY/t"\n', "", "[[stores]]",
                           "stores[silo-stock].end_value", "is missing", "add"),
    "store of a good twice": S(
        SMELTER, "[[purchases]]", '[[stores]]\nid = "second"\nname = "二"\n'
        'name_en = "two"\ncentre = "smelter"\ngood = "alumina@silo"\n'
        'capacity = "1 kt"\nopening = "0 t"\n\n[[purchases]]',
        "no line", "stores[second].good", "held by the store 'silo-stock'",
        "place of its own"),
    "route of one material twice": S(
        MINE, 'materials = ["bauxite"]', 'materials = ["bauxite", "bauxite"]',
        "materials =", "routes[haul].materials[2]", "stands twice", "remove"),
    "sale of one material twice": S(
        SMELTER, '"metal@potroom"]', '"metal@potroom", "metal@silo"]', "metal@silo",
        "sales[sell-metal].goods[2]", "a second time", "another sale"),
    "sale in two units": S(
        SMELTER, '"metal@potroom"]', '"metal@potroom", "power@potroom"]', None,
        "sales[sell-metal].goods", "counted in MWh, t", "one sale for each"),
    "feed twice": S(REFINERY, '["bauxite@yard"]', '["bauxite@yard", "bauxite@works"]',
                    "bauxite@works", "units[refining].feed[2]", "stands twice",
                    "remove"),
    "limit of a stream": S(
        SMELTER, "[[costs]]", '[[limits]]\nid = "cap"\nname = "限"\nname_en = "cap"\n'
        'centre = "smelter"\nterms = { "potline.pwer" = "1 MWh/MWh" }\nunit = "MWh"\n'
        'max = "9 GWh/d"\n\n[[costs]]', "pwer", "limits[cap].terms.potline.pwer",
        "no stream", "'potline.power'"),
    "weight of a limit": S(
        SMELTER, "[[costs]]", '[[limits]]\nid = "cap"\nname = "限"\nname_en = "cap"\n'
        'centre = "smelter"\nterms = { "potline.power" = 1 }\nunit = "MWh"\n'
        'max = "9 GWh/d"\n\n[[costs]]', "= 1 }", "limits[cap].terms.potline.power",
        "has no unit", '"1 MWh/MWh"'),
    "limit of nothing": S(
        SMELTER, "[[costs]]", '[[limits]]\nid = "cap"\nname = "限"\nname_en = "cap"\n'
        'centre = "smelter"\nterms = { "potline.power" = "1 MWh/MWh" }\n'
        'unit = "MWh"\n\n[[costs]]', "[[limits]]", "limits[cap]", "limits nothing",
        "add max"),
    "route to itself": S(MINE, 'end = "yard"', 'end = "pit"', 'end = "pit"',
                         "routes[haul].end", "where the route starts", "correct"),
    # -- dates --------------------------------------------------------
    "outage backwards": S(REFINERY, "last = 2026-09-13", "last = 2026-09-03",
                          "first = 2026-09-07", "outages[#1].first", "after last",
                          "exchange"),
    "spreadsheet date": S(REFINERY, "first = 2026-09-07", "first = 46272", "46272",
                          "outages[#1].first", "day number", "2026-09-07"),
    "slashed date": S(REFINERY, "first = 2026-09-07", 'first = "2026/9/7"', "2026/9/7",
                      "outages[#1].first", "not a date", "2026-09-07"),
    "far year": S(REFINERY, "last = 2026-09-13", "last = 2206-09-13", "2206",
                  "outages[#1].last", "year 2206", "correct"),
    # -- price series -------------------------------------------------
    "series of no number": S(POWER, "2025-11,405", "2025-11,dear", "2025-11,dear",
                             "value", "not a number", "digits"),
    "series with VAT": S(POWER, "excl_vat", "incl_vat", None,
                         "purchases[refinery-power].series", "value added tax",
                         "divide"),
    "series begins late": S(GROUP, '"2026-01" ', '"2025-10" ', None,
                            "sales[sell-metal].series", "begins in 2025-10",
                            "import earlier"),
    "series too old": S(GROUP, '"2026-01" ', '"2028-01" ', None,
                        "sales[sell-metal].series", "ends in 2026-01", "import"),
    # -- meters -------------------------------------------------------
    "meter type": S(REFINERY, 'type = "belt_scale"', 'type = "belt_scales"',
                    "belt_scales", "meters[BS-201].type", "no type", "'belt_scale'"),
    "meter stream": S(REFINERY, '"refining.alumina"', '"refining.alumna"', "alumna",
                      "meters[BS-202].reads", "no stream", "'refining.alumina'"),
    "meter store": S(REFINERY, '"stock:ore-yard"', '"stock:oreyard"', "stock:oreyard",
                     "meters[YARD].reads", "no store", "'ore-yard'"),
    "meter assay": S(REFINERY, "bauxite:SiO2", "bauxite:SiO", '"assay:refining',
                     "meters[LAB-SIO2].reads", "no assay", "'SiO2'"),
    "meter unit": S(SMELTER, 'type = "energy_meter"\nunit = "MWh"',
                    'type = "energy_meter"\nunit = "m3"', 'unit = "m3"',
                    "meters[EM-301].unit", "cannot measure", '"MWh"'),
    # -- units and their physics --------------------------------------
    "kind": S(SMELTER, 'kind = "potline"', 'kind = "potlines"', "potlines",
              "units[potline].kind", "no kind", "'potline'"),
    "setting": S(SMELTER, "cell_voltage", "cell_volt", "cell_volt",
                 "units[potline].settings.cell_volt", "no setting", "'cell_voltage'"),
    "setting out of range": S(SMELTER, '"93.5 %"', '"193.5 %"', "193.5",
                              "units[potline].settings.current_efficiency", "above",
                              "set it to 0.99"),
    "unit of a setting": S(SMELTER, '"3.98 V"', '"3.98 kA"', "3.98 kA",
                           "units[potline].settings.cell_voltage", "is in kA", "V"),
    "limit": S(SMELTER, 'metal = "240 kt/a"', 'throughput = "240 kt/a"', "240 kt/a",
               "units[potline].limits.throughput", "no limit", "remove"),
    "port": S(SMELTER, 'butts = "butts"', 'but = "butts"', 'but = "butts"',
              "units[potline].ports.but", "no port", "'butts'"),
    "port left out": S(SMELTER, 'metal = "metal"\n', "", "[units.ports]",
                       "units[potline].ports.metal", "does not bind", "ports.metal"),
    "port of another unit": S(SMELTER, 'metal = "metal"', 'metal = "power"',
                              'metal = "power"', "units[potline].ports.metal",
                              "MWh", "bind another"),
    "recipe key": S(REFINERY, 'closes = "red-mud"', 'close = "red-mud"', "close =",
                    "units[refining].recipe.close", "not a field", "'closes'"),
    "recipe port": S(REFINERY, 'caustic = "32', 'caustc = "32', "caustc",
                     "units[refining].recipe.consumes.caustc", "no material",
                     "'caustic'"),
    "delta on no component": S(
        REFINERY, 'on = "SiO2"', 'on = "SiO"', 'on = "SiO"',
        "units[refining].recipe.deltas[1].on", "no assay", "'SiO2'"),
    "unreadable good": S(REFINERY, '"gas@works"', '"gas@works@yard"', "works@yard",
                         "purchases[buy-gas].good", "is not a good", "material@place"),
    "empty name": S(MINE, 'name = "采场"', 'name = " "', 'name = " "',
                    "places[pit].name", "is empty", "fill name"),
    "true for a number": S(GROUP, "people = 520", "people = true", "people = true",
                           "centres[refinery].people", "true or false", "head count"),
    "nothing supplies": S(
        SMELTER,
        '[[purchases]]\nid = "buy-anode"\nname = "购阳极"\nname_en = "anodes"\n'
        'centre = "smelter"\ngood = "anode@potroom"\nprice = "4300 CNY/t"\n', "",
        'anode = "anode"', "units[potline].ports.anode", "nothing supplies",
        "[[purchases]]"),
    "waste goes nowhere": S(
        REFINERY, '[[sales]]\nid = "mud-disposal"\nname = "赤泥堆存"\n'
        'name_en = "red mud disposal"\ncentre = "refinery"\ngoods = ["red-mud@works"]\n'
        'price = "-28 CNY/t"\n', "", 'closes = "red-mud"',
        "units[refining].recipe.closes", "can go nowhere", '"red-mud@works"'),
    # -- files --------------------------------------------------------
    "unquoted text": S(MINE, 'cost = "62 CNY/t"', "cost = 62 CNY/t", "62 CNY/t", "line",
                       "not TOML", "quotes"),
    "curly quotes": S(MINE, 'name = "采场"', "name = “采场”", "“采场”", "line",
                      "not TOML", "straight"),
    "colon": S(MINE, 'mode = "road"', 'mode: "road"', "mode:", "line", "not TOML",
               "= instead of :"),
    "key twice": S(MINE, 'mode = "road"', 'mode = "road"\nmode = "rail"',
                   'mode = "rail"', "line", "overwrite", "remove one"),
    "header of one bracket": S(MINE, "[[costs]]", "[costs]", "[costs]", "costs",
                               "one table", "[[costs]]"),
    "header of two brackets": S(GROUP, "[group]", "[[group]]", "[[group]]", "group",
                                "list of tables", "[group]"),
    # -- assets, hours, required margin ---------------------------------
    "asset in the wrong unit": S(
        MINE, "[[costs]]", ASSET.format(value="40 kt", more="") + "[[costs]]",
        'net_value = "40 kt"', "assets[mill].net_value", "is in kt", '"40 CNY"'),
    "asset worth less than nothing": S(
        MINE, "[[costs]]", ASSET.format(value="-4 MCNY", more="") + "[[costs]]",
        'net_value = "-4 MCNY"', "assets[mill].net_value", "is negative", "sign"),
    "asset that ends before it begins": S(
        MINE, "[[costs]]",
        ASSET.format(value="4 MCNY", more=SINCE_AFTER) + "[[costs]]",
        'until = "2026-03"', "assets[mill].until", "is before since", "exchange"),
    "asset of nobody": S(
        MINE, "[[costs]]",
        ASSET.format(value="4 MCNY", more="").replace('"mine"', '"mime"') + "[[costs]]",
        'centre = "mime"', "assets[mill].centre", "no centre is called", "'mine'"),
    "hours without time": S(
        GROUP, "people = 520", 'people = 520\nhours = "8000 h"', 'hours = "8000 h"',
        "centres[refinery].hours", "is not per time", "8000 h/a"),
    "margin above the price": S(
        GROUP, '[group]', '[group]\nrequired_margin = "130 %"',
        "required_margin", "group.required_margin", "above 100 %", "cannot exceed"),
    "misspelt section": S(MINE, "[[meters]]", "[[metres]]", "[[metres]]", "metres",
                          "not a section", "'meters'"),
    "section of another file": S(
        MINE, "[[costs]]",
        '[[segments]]\nid = "x"\nname = "x"\nname_en = "x"\n\n[[costs]]',
        "[[segments]]", "segments", "not a section", "market/customers.toml"),
    # -- peers --------------------------------------------------------
    "peer value": S(PEERS, "12850", "about 12850", "about", "value", "not a number",
                    "digits"),
    "peer heading": S(PEERS, "数值", "数目", "数目", "数目", "not a column", "remove"),
    "peer date": S(PEERS, "illustrative,2026-01-05", "illustrative,5.1.26", "5.1.26",
                   "retrieved", "not a date", "year-month-day"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_mistake_is_found_where_it_stands(book: Path, case: Spoiled) -> None:
    text = case.spoil(book)
    found = {m.field: m for m in mistakes_of(book)}
    assert case.field in found, "\n".join(map(str, found.values()))
    mistake = found[case.field]
    assert case.problem in mistake.problem
    assert case.remedy in mistake.remedy
    assert mistake.expected
    if case.line is not None and mistake.file == case.file and case.line != "no line":
        first = line_of(text, case.line)
        header = case.line.startswith("[[") or case.line.startswith("id =")
        assert mistake.line is not None
        # A missing or doubled field stands at its entry, not before and not far after.
        assert first <= mistake.line <= first + (12 if header else 0) or (
            mistake.line == first - 1
        )


#: Mistakes that rightly show at several places: whatever uses the spoiled thing.
WIDE = {
    "Chinese id", "capital id", "circle", "id twice", "missing id", "nothing supplies",
    "peer heading", "route to itself", "series begins late", "series too old",
    "series with VAT", "waste goes nowhere",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES.keys() - WIDE))
def test_a_mistake_is_reported_once_without_echo(book: Path, name: str) -> None:
    CASES[name].spoil(book)
    assert [m.field for m in mistakes_of(book)] == [CASES[name].field]


def test_twelve_mistakes_are_reported_together(book: Path) -> None:
    names = ("missing key", "customer", "meter stream", "falling purchase tier",
             "spreadsheet date", "meter type", "setting out of range", "choice",
             "component of a spec", "series of no number", "peer value",
             "percent sign forgotten")  # fmt: skip
    for name in names:
        CASES[name].spoil(book)
    found = mistakes_of(book)
    assert {m.field for m in found} == {CASES[name].field for name in names}
    assert len(found) == 12
    with pytest.raises(BookError, match="12 mistakes found; nothing was used"):
        read_book(book, check=check_units)


def test_there_are_enough_kinds_of_mistakes() -> None:
    assert len({(c.file, c.old, c.new) for c in CASES.values()}) == len(CASES) >= 45
