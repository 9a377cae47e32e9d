"""The process kinds, from the register: what they can do, need and load."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

from docs.generate.book import _fields
from docs.generate.hook import ROOT
from docs.generate.markdown import code, lead, plain, section, table
from orebook.process import registry
from orebook.process.contract import Port, Process, Setting
from orebook.process.recipe import Delta, Recipe, RecipeSetting

EQUATIONS = ROOT / "docs" / "kinds"
_WAY = {1: "out", -1: "in"}


def kinds() -> str:
    """Return a chapter for every registered kind."""
    return "\n\n".join(_chapter(name) for name in registry.kind_names())


def recipe() -> str:
    """Return the parameters of a recipe."""
    return "\n\n".join(
        [
            _fields(Recipe),
            "A setting of a recipe:",
            _fields(RecipeSetting),
            "A delta:",
            _fields(Delta),
        ]
    )


def _chapter(name: str) -> str:
    chain = registry.kind(name).example()
    process = registry.bind(chain.units[0], chain)
    module = import_module(registry._MODULES[name])
    bound = inspect.unwrap(registry.kind(name).bind)
    parts = [f"## {name}", lead(module), lead(bound), _equations(name)]
    parts += [_settings(process.settings), _duties(process), _ports(process.ports)]
    parts += [_limits(process), _formulas(module)]
    return "\n\n".join(part for part in parts if part)


def _equations(name: str) -> str:
    path = EQUATIONS / f"{name}.md"
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _settings(settings: tuple[Setting, ...]) -> str:
    if not settings:
        return "It has no settings of its own."
    rows = [
        [
            code(s.name),
            s.unit or "-",
            f"{s.low:g} .. {s.high:g}",
            f"{s.default:g}",
            "" if s.prior_sd is None else f"± {s.prior_sd:g}",
        ]
        for s in settings
    ]
    head = ["setting", "unit", "range", "default", "known to, where it can be fitted"]
    return "**Settings**\n\n" + table(head, rows)


def _duties(process: Process) -> str:
    rows = [
        [code(d.name), d.unit, code(d.port or ""), code(d.read_at or "")]
        for d in process.duties
    ]
    head = ["duty", "unit", "feed whose assay shapes it", "read at port"]
    return "**Duties** (what a plan decides)\n\n" + table(head, rows)


def _ports(ports: tuple[Port, ...]) -> str:
    rows = [[code(p.name), p.unit, _WAY[p.sign]] for p in ports]
    return "**Ports** (of the example unit)\n\n" + table(["port", "unit", "way"], rows)


def _limits(process: Process) -> str:
    limits = ", ".join(f"`{n}` [{u}]" for n, u in process.limits.items()) or "none"
    kept = ", ".join(map(code, process.conserves)) or "nothing declared"
    return f"Capacities it loads, per period: {limits}. Conserved to 1e-9: {kept}."


def _formulas(module: ModuleType) -> str:
    """Return the public formulas of a module: result, equation and source."""
    rows = []
    for name, thing in vars(module).items():
        if not inspect.isfunction(thing) or thing.__module__ != module.__name__:
            continue
        source = section(thing, "References").replace(".. ", "")
        if name.startswith("_") or not source:
            continue
        result = section(thing, "Returns").split("\n", 1)[-1]
        told = " ".join([lead(thing), result, section(thing, "Notes")])
        rows.append([code(name), plain(told), source])
    if not rows:
        return ""
    return "**Formulas**\n\n" + table(["function", "what it returns", "source"], rows)
