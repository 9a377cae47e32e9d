"""Names in two languages: intake columns, incidents, instruments, glossary."""

from __future__ import annotations

from docs.generate.markdown import code, table
from orebook.chain.meters import METER_TYPES
from orebook.glossary import KINDS, terms
from orebook.ledger.layout import COLUMNS, INCIDENT_WORDS, NAMES, NEEDS, WIDE
from orebook.ledger.month import INCIDENT_KINDS

TITLES = {
    "material": "Materials",
    "quantity": "Quantities",
    "unit-kind": "Kinds of units",
    "indicator": "Indicators",
    "term": "Terms",
    "effect": "Variance effects",
    "account": "Accounts",
    "report": "Words of the report",
}


def intake_columns() -> str:
    """Return the columns of each kind of intake file and their aliases."""
    parts = []
    for kind, columns in COLUMNS.items():
        needs = " and ".join(" or ".join(map(_named, group)) for group in NEEDS[kind])
        told = ", ".join(map(code, NAMES[kind]))
        rows = [[code(c), ", ".join(map(code, names))] for c, names in columns.items()]
        parts += [f"### {kind}", f"Needs {needs}. Words in the file name: {told}."]
        parts.append(table(["column", "headings understood"], rows))
    return "\n\n".join(parts)


def _named(column: str) -> str:
    return "a column named as a component" if column == WIDE else code(column)


def incident_kinds() -> str:
    """Return the kinds of incidents with their Chinese words."""
    rows = [
        [code(kind), ", ".join(zh for zh, en in INCIDENT_WORDS.items() if en == kind)]
        for kind in INCIDENT_KINDS
    ]
    return table(["kind", "Chinese words"], rows)


def meter_types() -> str:
    """Return the types of instruments and their usual error."""
    rows = [
        [code(name), kind.name, kind.name_zh, f"{100 * kind.sd:g}"]
        for name, kind in METER_TYPES.items()
    ]
    return table(["type", "instrument", "中文", "usual sd [%]"], rows)


def glossary() -> str:
    """Return all terms, by kind."""
    parts = []
    for kind in KINDS:
        rows = [
            [code(t.id), t.en, t.zh, t.unit or "", t.definition_en, t.definition_zh]
            for t in terms(kind)
        ]
        if rows:
            head = ["id", "English", "中文", "unit", "meaning", "含义"]
            parts += [f"## {TITLES.get(kind, kind)}", table(head, rows)]
    return "\n\n".join(parts)
