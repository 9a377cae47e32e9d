"""Cases of a book: read, layered, dated; mistakes with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orebook.chain.case import expired, layers
from orebook.chain.chain import Chain
from orebook.chain.new import new_book
from orebook.chain.read import read_book
from orebook.chain.read_cases import read_cases
from orebook.errors import BookError
from orebook.plan.replan_limits import subjects, unit_of
from orebook.process.check import check_units
from orebook.process.network import network

HEAD = """[case]
name = "例"
name_en = "case"
author = "planning"
reason = "test"
expires = 2026-12-31
"""


@pytest.fixture(scope="module")
def book(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Chain, dict[str, str]]:
    """Return the small book, its chain, and what can be limited in it."""
    folder = tmp_path_factory.mktemp("cases") / "book"
    new_book(folder)
    chain = read_book(folder, check=check_units)
    net = network(chain)
    return folder, chain, {s: unit_of(net, s) for s in subjects(chain)}


Given = tuple[Path, Chain, dict[str, str]]


def written(book: Given, **texts: str) -> Path:
    """Write cases into the book and return its folder."""
    folder = book[0]
    for old in (folder / "cases").glob("*"):
        old.unlink()
    (folder / "cases").mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / "cases" / f"{name}.toml").write_text(text, "utf-8")
    return folder


def test_a_book_without_cases_has_none(book: Given) -> None:
    assert read_cases(written(book), *book[1:]) == {}


def test_a_case_is_read_with_all_its_parts(book: Given) -> None:
    chain = book[1]
    buy, store, unit = chain.purchases[0].id, chain.stores[0].id, chain.units[0]
    limit = f"unit:{unit.id}:{next(iter(unit.limits))}"
    text = (
        HEAD
        + f"""
[[prices]]
contract = "buy:{buy}"
factor = 1.1
periods = ["2026-06"]

[[outages]]
unit = "{unit.id}"
first = 2026-06-01
last = 2026-06-03

[[limits]]
subject = "{limit}"
factor = 0.9

[[stocks]]
store = "{store}"
amount = "10 t"
"""
    )
    found = read_cases(written(book, one=text), *book[1:])["one"]
    assert found.size == 4
    assert found.prices[0].contract == f"buy:{buy}"
    assert found.limits[0].side == "max"
    assert found.to_dict()["expires"] == "2026-12-31"


def test_layers_and_expiry_follow_the_base(book: Given) -> None:
    late = HEAD.replace("2026-12-31", "2026-03-31")
    folder = written(book, low=late, top=HEAD + 'base = "low"\n')
    cases = read_cases(folder, *book[1:])
    assert [c.id for c in layers(cases["top"], cases)] == ["low", "top"]
    assert [c.id for c in expired(cases["top"], cases, date(2026, 4, 1))] == ["low"]
    assert expired(cases["top"], cases, date(2026, 3, 31)) == ()


PRICE = '[[prices]]\ncontract = "{}"\n'
POWER = PRICE.format("buy:smelter-power")
MISSPELT = "did you mean 'buy:smelter-power'"
STOP = '[[outages]]\nunit = "{}"\nfirst = 2026-06-0{}\nlast = 2026-06-0{}\n'
WRONG = [
    (PRICE.format("buy:smelter-powr") + "factor = 1.1\n", 8, MISSPELT),
    (POWER + 'price = "5 CNY/t"\n', 9, "a quantity in CNY/MWh"),
    (POWER, 7, "nothing differs"),
    (POWER + 'price = "5 CNY/MWh"\nfactor = 2\n', 10, "not both"),
    (POWER + "factor = -0.1\n", 9, "is negative"),
    (POWER + 'series = "power"\nfactor = 2\n', 8, "one of the two"),
    (POWER + 'factor = 2\nperiods = ["2026-13"]\n', 10, "period"),
    ('[[prizes]]\nfactor = 2\n', 7, "did you mean 'prices'"),
    ('[[prices]]\ncontrakt = "buy:smelter-power"\n', 8, "did you mean 'contract'"),
    (STOP.format("smeltr", 1, 2), 8, "no unit or route"),
    (STOP.format("potline", 3, 2), 9, "after"),
    ('[[specs]]\nsale = "nobody"\nof = "SiO2"\nmax = "1 %"\n', 8, "no sale is called"),
    ('[[limits]]\nsubject = "buy:smelter-power"\nvalue = "3 GWh"\n', 9, "per time"),
    ('[[limits]]\nsubject = "buy:smelter-powre"\nfactor = 2\n', 8, MISSPELT),
    ('[[delays]]\ncontract = "buy:smelter-power"\namount = "3 t"\nsince = "2026-05"\n'
     'until = "2026-06"\n', 9, "a quantity in MWh"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), WRONG)
def test_a_mistake_has_its_file_and_line(
    book: Given, text: str, line: int, told: str
) -> None:
    folder = written(book, wrong=HEAD + text)
    with pytest.raises(BookError) as error:
        read_cases(folder, *book[1:])
    first = error.value.mistakes[0]
    assert (first.file, first.line) == ("cases/wrong.toml", line)
    assert told in str(first)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('author = "planning"\n', "", "author"),
        ('reason = "test"', 'reason = " "', "is empty"),
        ("2026-12-31", '"soon"', "expires"),
        ("[case]", "[[case]]", "[case]"),
    ],
)
def test_a_head_says_whose_why_and_until_when(
    book: Given, old: str, new: str, told: str
) -> None:
    folder = written(book, wrong=HEAD.replace(old, new))
    with pytest.raises(BookError, match=r"wrong\.toml") as error:
        read_cases(folder, *book[1:])
    assert told in str(error.value)


def test_a_base_that_is_absent_or_circular_is_told(book: Given) -> None:
    folder = written(book, a=HEAD + 'base = "b"\n', b=HEAD + 'base = "a"\n')
    with pytest.raises(BookError, match="builds on itself"):
        read_cases(folder, *book[1:])
    folder = written(book, alpha=HEAD, beta=HEAD + 'base = "alpah"\n')
    with pytest.raises(BookError, match="did you mean 'alpha'"):
        read_cases(folder, *book[1:])


def test_a_file_without_a_head_is_told(book: Given) -> None:
    folder = written(book, bare=POWER + "factor = 2\n")
    with pytest.raises(BookError, match=r"\[case\]"):
        read_cases(folder, *book[1:])
