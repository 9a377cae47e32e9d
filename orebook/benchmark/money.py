"""Money of gaps as a tree: counted at the leaves, so never twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log

from orebook.chain.indicator import Indicator

__all__ = ["REST", "Branch", "Node", "gap_of", "money_of_gap", "price_tree"]

REST = "rest"
"""Ending of the leaf that holds what the named factors of a product leave open."""
FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Node:
    """An indicator with its reference, ready to be priced.

    Parameters
    ----------
    indicator : Indicator
        What it is, and where it stands in the tree.
    value : float or None
        The month [unit]; None for a sum of nothing but money.
    level : float or None
        Reference [unit]; None where there is none.
    driver : float
        Volume the gap acts on.
    price : float or None
        Worth of one unit of the indicator per unit of the driver [CNY].
    """

    indicator: Indicator
    value: float | None
    level: float | None
    driver: float
    price: float | None


@dataclass(frozen=True, slots=True)
class Branch:
    """Money of one node of the tree [CNY]; ``leaf`` is true where it is counted."""

    name: str
    money: float
    leaf: bool


def gap_of(indicator: Indicator, value: float, level: float) -> float:
    """Return the room to a reference, positive where the reference is better [unit].

    Examples
    --------
    >>> from orebook.chain.catalogue import builtin
    >>> gap_of(builtin()["alu.naoh"], 120.0, 100.0)
    20.0
    >>> gap_of(builtin()["alu.recovery"], 80.0, 84.0)
    4.0
    """
    return value - level if indicator.better == "lower" else level - value


def money_of_gap(node: Node) -> float | None:
    """Return gap x driver x price; None where one of them is not known [CNY].

    Examples
    --------
    >>> from orebook.chain.catalogue import builtin
    >>> money_of_gap(Node(builtin()["alu.naoh"], 120.0, 100.0, 80_000.0, 3.0))
    4800000.0
    """
    if node.value is None or node.level is None or node.price is None:
        return None
    return gap_of(node.indicator, node.value, node.level) * node.driver * node.price


def price_tree(nodes: Mapping[str, Node]) -> dict[str, Branch]:
    """Return the money of every node of a plant's tree.

    Parameters
    ----------
    nodes : mapping
        Indicator id to node, all of one plant and one kind of reference.

    Returns
    -------
    dict
        Money by indicator id. A product with factors also has the leaf ``ID.rest``:
        what its factors leave open. Nodes without money are left out.

    Notes
    -----
    A sum is what its children sum to. A product ``p = rest * c1^e1 * c2^e2`` keeps its
    own money M, and a factor gets ``M * e ln(c / c0) / ln(p / p0)``: the logarithmic
    mean, exact and in no order. What stands within another indicator gets none.

    References
    ----------
    .. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
       2005.
    """
    below: dict[str, list[str]] = {}
    for name, node in nodes.items():
        if node.indicator.parent in nodes:
            below.setdefault(node.indicator.parent, []).append(name)
    tops = [n for n, node in nodes.items() if node.indicator.parent not in nodes]
    found: dict[str, Branch] = {}
    for name in tops:
        if not nodes[name].indicator.within:
            _price(name, nodes, below, found)
    return found


def _price(
    name: str,
    nodes: Mapping[str, Node],
    below: Mapping[str, Sequence[str]],
    found: dict[str, Branch],
) -> float | None:
    node, children = nodes[name], below.get(name, ())
    if node.indicator.combine == "sum":
        parts = [_price(c, nodes, below, found) for c in children]
        if not (known := [p for p in parts if p is not None]):
            return None
        found[name] = Branch(name, sum(known), leaf=False)
        return found[name].money
    money = money_of_gap(node)
    if money is None:
        return None
    _share(name, money, (nodes, below), found)
    return money


def _share(
    name: str,
    money: float,
    tree: tuple[Mapping[str, Node], Mapping[str, Sequence[str]]],
    found: dict[str, Branch],
) -> None:
    """Hand the money of a node to its factors; what they do not explain is a leaf."""
    nodes, below = tree
    shares = dict(_shares(nodes, name, below.get(name, ())))
    found[name] = Branch(name, money, leaf=not shares)
    for child, share in shares.items():
        _share(child, money * share, tree, found)
    if shares:
        left = money - sum(found[c].money for c in shares)
        found[f"{name}.{REST}"] = Branch(f"{name}.{REST}", left, leaf=True)


def _shares(
    nodes: Mapping[str, Node], name: str, children: Sequence[str]
) -> Iterator[tuple[str, float]]:
    if nodes[name].indicator.combine != "product":
        return
    whole = _log_ratio(nodes[name])
    if whole is None or abs(whole) < FLAT:
        return
    for child in children:
        step = _log_ratio(nodes[child])
        if step is not None:
            yield child, nodes[child].indicator.power * step / whole


def _log_ratio(node: Node) -> float | None:
    if node.value is None or node.level is None:
        return None
    if node.value <= 0.0 or node.level <= 0.0:
        return None
    ratio = log(node.value / node.level)
    return ratio if isfinite(ratio) else None
