"""Every setting a process kind of the examples has is named in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.chain.read import read_book
from orebook.glossary.settings import setting_name
from orebook.process.network import network

ROOT = Path(__file__).resolve().parents[2]
BOOKS = ("examples/guangxi", "examples/smelter-power", "tests/books/refinery")


@pytest.mark.parametrize("book", BOOKS)
def test_every_setting_is_named(book: str) -> None:
    net = network(read_book(ROOT / book))
    bare = {
        (u.kind, s.name)
        for u in net.chain.units
        if u.kind != "recipe"
        for s in net.processes[u.id].settings
        if setting_name(s.name) == (s.name, s.name)
    }
    assert bare == set()
