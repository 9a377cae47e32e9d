"""The variance opened from the group to the reading, as a table with levels."""

from __future__ import annotations

from orebook.evaluate.drill import Node, in_cents
from orebook.evaluate.variance import Effect
from orebook.report.names import Names
from orebook.report.table import Column, Fold, Row, Said, Table
from orebook.report.view import View, cny, yuan
from orebook.report.words import both

COLUMNS = (
    Column("cause"),
    Column("order_free", "money", "CNY"),
    Column("classic", "money", "CNY"),
    Column("joint_term", "money", "CNY"),
    Column("metering_doubt", "money", "CNY"),
    Column("quantity_over", "own"),
    Column("meters", "code"),
)
PAGE_DEPTH = 6
"""Levels the page shows below a site; the workbook has all [-]."""


def tree_fold(view: View) -> tuple[Fold, Table]:
    """Return the tree folded away for the page, and the whole of it for the workbook.

    Parameters
    ----------
    view : View
        The month.
    """
    root = view.result.drill()
    total = view.result.market.group - view.result.planned.group
    cents = in_cents(root, total)
    rows = [
        (level, node, _row(view.names, level, node, cents[id(node)]))
        for level, node in root.walk()
    ]
    large = tuple(
        row for level, node, row in rows if level <= PAGE_DEPTH and _matters(node, root)
    )
    said = both("tree_summary", money=cny(yuan(total), signed=True))
    page = Table("tree_page", both("variance_tree"), COLUMNS, large)
    whole = Table(
        "tree", both("variance_tree"), COLUMNS, tuple(row for _, _, row in rows)
    )
    return Fold(said, (both("tree_how"), page)), whole


def _matters(node: Node, root: Node) -> bool:
    """Return whether a part is worth a line on the page."""
    largest = max((abs(c.amount) for c in root.children), default=0.0)
    return abs(node.amount) >= 0.02 * largest or abs(node.joint) >= 0.02 * largest


def _row(names: Names, level: int, node: Node, cents: int) -> Row:
    cells = (
        name_of(node, names),
        yuan(cents),
        node.classic,
        node.joint,
        node.doubt or None,
        node.quantity or None,
        ", ".join(node.readings),
    )
    return Row(cells, "group" if level < 2 else "", level=level)


def name_of(node: Node, names: Names) -> Said:
    """Return the name of a part of a variance.

    Parameters
    ----------
    node : Node
        The part.
    names : Names
        Names of the book in both languages.
    """
    if node.kind == "centre":
        return names.centre(node.name)
    if node.kind == "effect":
        return both(node.name)
    if node.kind == "subject":
        return names.subject(node.name)
    if node.kind == "component":
        port, _, component = node.name.rpartition(".")
        if not port:
            return both("other_terms")
        said = names.of("material", port)
        return Said(f"{said.zh} {component}", f"{said.en} {component}")
    return names.factor(Effect("", "", node.subject, node.name, 0.0))
