"""The commands, from the command line itself; the JSON fields, from their table."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Iterator

import click

from docs.generate.hook import ROOT
from docs.generate.markdown import code, fence, table
from orebook.cli import main
from orebook.commands.default_group import DefaultGroup

FIELDS = ROOT / "docs" / "generate" / "json_fields.csv"


def commands() -> str:
    """Return a chapter for every command."""
    return "\n\n".join(_chapter(name, command) for name, command in walk(main))


def walk(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its whole name."""
    for name, command in group.commands.items():
        whole = f"{prefix} {name}".strip()
        if isinstance(command, DefaultGroup):
            yield whole, command.default
        if isinstance(command, click.Group):
            yield from walk(command, whole)
        else:
            yield whole, command


def _chapter(name: str, command: click.Command) -> str:
    told = inspect.cleandoc(command.help or "").replace("\b", "")
    text, _, example = told.partition("Example:")
    context = click.Context(command, info_name=f"orebook {name}")
    usage = " ".join([f"orebook {name}", *command.collect_usage_pieces(context)])
    parts = [f"## {name}", " ".join(text.split()), fence(usage)]
    parts += [_options(command), "Example:", fence(" ".join(example.split()), "sh")]
    return "\n\n".join(part for part in parts if part)


def _options(command: click.Command) -> str:
    rows = []
    for option in command.params:
        if isinstance(option, click.Option):
            shown = option.show_default and option.default not in (None, False)
            default = code(option.default) if shown else ""
            rows.append([", ".join(map(code, option.opts)), default, option.help or ""])
    return table(["option", "default", "meaning"], rows)


def json_fields() -> str:
    """Return the fields of every command's JSON."""
    parts = []
    for command, rows in fields().items():
        cells = [[code(r["field"]), r["unit"], r["meaning"]] for r in rows]
        parts += [f"### JSON of {command}", table(["field", "unit", "meaning"], cells)]
    return "\n\n".join(parts)


def fields() -> dict[str, list[dict[str, str]]]:
    """Return the documented fields by command."""
    found: dict[str, list[dict[str, str]]] = {}
    with FIELDS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["command"], []).append(row)
    return found
