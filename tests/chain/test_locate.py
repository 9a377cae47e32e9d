"""Lines of a TOML text, against a reader that knows no lines."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.locate import Path, locate

TEXT = """\
# a comment
top = 1
a.b.c = "dotted"

[group]
id = "x"
long = '''
several
lines'''
"quoted key" = { inner = 1, deep = [
  1, # one
  { z = 3 },
] }

[[units]]
id = "first"
settings.heat = 4
[units.recipe]
basis = "feed"
[[units.recipe.deltas]]
port = "a"
[[units.recipe.deltas]]
port = "b"

[[units]]
id = "second"
[[units.recipe.deltas]]
port = "c"
"""


def every_path(value: object, above: Path = ()) -> Iterator[Path]:
    """Yield every path of what a TOML reader returns."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        yield (*above, key)
        yield from every_path(item, (*above, key))


def test_every_path_of_the_reader_has_a_line_and_none_is_invented() -> None:
    assert set(locate(TEXT).of) == set(every_path(tomllib.loads(TEXT)))


def test_lines_counted_by_eye() -> None:
    lines = locate(TEXT)
    expected: dict[Path, int] = {
        ("top",): 2, ("a", "b", "c"): 3, ("group",): 5, ("group", "long"): 7,
        ("group", "quoted key"): 10, ("group", "quoted key", "deep", 0): 11,
        ("group", "quoted key", "deep", 1, "z"): 12, ("units", 0): 15,
        ("units", 0, "settings", "heat"): 17, ("units", 0, "recipe"): 18,
        ("units", 0, "recipe", "deltas", 1): 22,
        ("units", 0, "recipe", "deltas", 1, "port"): 23, ("units", 1): 25,
        ("units", 1, "recipe", "deltas", 0, "port"): 28,
    }  # fmt: skip
    assert {path: lines.of[path] for path in expected} == expected


def test_what_is_absent_stands_at_what_would_hold_it() -> None:
    lines = locate(TEXT)
    assert lines.line(("units", 1, "name")) == 25
    assert lines.line(("units", 0, "recipe", "deltas", 0, "on")) == 20
    assert lines.line(("nothing",)) == 1


KEYS = st.text("abcdxyz019-", min_size=1, max_size=5)
LEAVES = st.integers(0, 9).map(str) | KEYS.map(lambda k: f'"{k}"')


@settings(max_examples=40)
@given(st.lists(st.dictionaries(KEYS, LEAVES, max_size=4), min_size=1, max_size=5))
def test_a_list_of_tables_written_line_by_line(tables: list[dict[str, str]]) -> None:
    rows, expected = [], {}
    for index, table in enumerate(tables):
        rows.append("[[t]]")
        expected[("t", index)] = len(rows)
        for key, value in table.items():
            rows.append(f"{key} = {value}")
            expected[("t", index, key)] = len(rows)
    found = locate("\n".join(rows) + "\n").of
    assert {path: found[path] for path in expected} == expected
