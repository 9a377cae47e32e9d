"""The editor schema, against the files it is meant for and against mistakes."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from orebook.chain.book_files import SECTIONS
from orebook.chain.schema import schemas, write_schemas

TYPES = {
    "string": str, "number": (int, float), "integer": int, "boolean": bool,
    "array": list, "object": dict, "null": type(None),
}  # fmt: skip


def faults(value: object, schema: dict, root: dict, at: str = "") -> Iterator[str]:
    """Yield what breaks a schema: the part of JSON Schema that the schemas use."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        yield from faults(value, root["definitions"][name], root, at)
        return
    if "anyOf" in schema:
        if all(list(faults(value, s, root, at)) for s in schema["anyOf"]):
            yield f"{at}: none of the choices"
        return
    if isinstance(value, datetime.date):
        value = value.isoformat()
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(isinstance(value, TYPES[k]) for k in kinds):
        yield f"{at}: not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not in {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: not {schema['const']}"
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        yield f"{at}: not {schema['pattern']}"
    if isinstance(value, dict):
        yield from dict_faults(value, schema, root, at)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from faults(item, schema["items"], root, f"{at}[{index}]")


def dict_faults(value: dict, schema: dict, root: dict, at: str) -> Iterator[str]:
    yield from (f"{at}: no {n}" for n in schema.get("required", []) if n not in value)
    known = schema.get("properties", {})
    for name, item in value.items():
        if name in known:
            yield from faults(item, known[name], root, f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: unknown {name}"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from faults(
                item, schema["additionalProperties"], root, f"{at}.{name}"
            )


def of_file(path: Path) -> dict:
    """Return the schema a file of the book points to in its first line."""
    hint = path.read_text(encoding="utf-8").splitlines()[0]
    assert hint.startswith("#:schema ")
    target = (path.parent / hint.removeprefix("#:schema ")).resolve()
    return json.loads(target.read_text(encoding="utf-8"))


def test_every_file_of_the_starter_book_keeps_its_schema(book: Path) -> None:
    paths = sorted(book.rglob("*.toml"))
    assert len(paths) == 6
    for path in paths:
        schema = of_file(path)
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert list(faults(data, schema, schema, path.name)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('mode = "road"', 'mode = "truck"', "not in"),
        ("availability", "availabilty", "unknown availabilty"),
        ('start = "pit"\n', "", "no start"),
        ('id = "pit"', 'id = "Pit"', "not ^"),
        ('cost = "62 CNY/t"', "cost = true", "none of the choices"),
        ('kind = "recipe"', 'kind = "receipt"', "not in"),
    ],
)
def test_the_schema_refuses_mistakes(
    book: Path, old: str, new: str, fault: str
) -> None:
    text = (book / "sites" / "mine.toml").read_text(encoding="utf-8")
    assert old in text
    schema = schemas(["potline", "recipe"])["site"]
    found = list(faults(tomllib.loads(text.replace(old, new)), schema, schema))
    assert any(fault in f for f in found), found


def test_one_schema_for_each_kind_of_file(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "deep" / "schema")
    assert {p.stem for p in written} == set(SECTIONS)
    again = write_schemas(tmp_path / "other")
    assert [p.read_bytes() for p in written] == [p.read_bytes() for p in again]


def test_every_reference_within_a_schema_is_there() -> None:
    for schema in schemas().values():
        named = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(schema)))
        assert named <= set(schema["definitions"])
        assert named


def test_units_of_measure_are_shown_to_the_editor() -> None:
    store = schemas()["site"]["definitions"]["Store"]["properties"]
    assert "examples" in json.dumps(store["capacity"])
    assert store["opening"]["description"]
