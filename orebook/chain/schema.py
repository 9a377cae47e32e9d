"""JSON Schema of the files of a book, so that editors complete and check them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from orebook.chain.book_files import SECTIONS, SINGLE
from orebook.chain.meters import METER_TYPES

_DIALECT = "http://json-schema.org/draft-07/schema#"
_REQUIRED = {
    "group": ["group", "centres"], "materials": ["materials"], "case": ["case"],
}  # fmt: skip
_TITLES = {
    "group": "group.toml", "materials": "materials.toml", "site": "sites/*.toml",
    "customers": "market/customers.toml", "case": "cases/*.toml",
    "tuning": "tuning/*.toml",
    "people": "people.toml",
    "benchmark": "benchmark/*.toml",
}  # fmt: skip

Schema = dict[str, object]


def schemas(kinds: Iterable[str] = ()) -> dict[str, Schema]:
    """Return the JSON Schema of each kind of file of a book.

    Parameters
    ----------
    kinds : iterable of str
        Process kinds a unit may have; none allows any text.

    Returns
    -------
    dict
        Schema by kind of file: ``group``, ``materials``, ``site``, and so on.

    Examples
    --------
    >>> found = schemas(["potline", "recipe"])
    >>> found["materials"]["required"]
    ['materials']
    """
    return {name: _file_schema(name, sorted(kinds)) for name in SECTIONS}


def write_schemas(folder: Path, kinds: Iterable[str] = ()) -> list[Path]:
    """Write the schemas as ``KIND.json`` into a folder.

    Parameters
    ----------
    folder : Path
        Folder; made if need be.
    kinds : iterable of str
        As for :func:`schemas`.

    Returns
    -------
    list of Path
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas(kinds).items():
        path = folder / f"{name}.json"
        text = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    return written


def _file_schema(name: str, kinds: list[str]) -> Schema:
    from pydantic.json_schema import models_json_schema

    models = SECTIONS[name]
    found, shared = models_json_schema(
        [(model, "validation") for model in models.values()],
        ref_template="#/definitions/{model}",
    )
    references = {key[0]: dict(value) for key, value in found.items()}
    definitions = shared.get("$defs", {})
    _allow(definitions, "Unit", "kind", kinds)
    _suggest(definitions, "Meter", "type", list(METER_TYPES))
    return {
        "$schema": _DIALECT,
        "title": _TITLES[name],
        "type": "object",
        "additionalProperties": False,
        "required": _REQUIRED.get(name, []),
        "properties": {s: _section(s, references[m]) for s, m in models.items()},
        "definitions": definitions,
    }


def _section(section: str, reference: Schema) -> Schema:
    return reference if section in SINGLE else {"type": "array", "items": reference}


def _allow(
    definitions: dict[str, dict[str, dict[str, Schema]]],
    model: str,
    field: str,
    choices: list[str],
) -> None:
    if model in definitions and choices:
        definitions[model]["properties"][field]["enum"] = choices


def _suggest(
    definitions: dict[str, dict[str, dict[str, Schema]]],
    model: str,
    field: str,
    examples: list[str],
) -> None:
    if model in definitions:
        definitions[model]["properties"][field]["examples"] = examples
