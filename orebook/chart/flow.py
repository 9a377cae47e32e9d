"""What a flow sheet shows: nodes and the links between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orebook.errors import InputError

NodeKind = Literal["unit", "store", "market", "place"]
Carrier = Literal["material", "heat", "power", "water"]


@dataclass(frozen=True, slots=True)
class Node:
    """One place of a flow sheet.

    Parameters
    ----------
    id : str
        Name that links refer to.
    label : str
        Name for the reader.
    kind : {"unit", "store", "market", "place"}
        What it is; each has a mark of its own.
    site : str
        Site under which it is drawn.
    note : str
        One more line, such as the stock.
    """

    id: str
    label: str
    kind: NodeKind = "unit"
    site: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One flow from a node to another.

    Parameters
    ----------
    source, target : str
        Ids of two different nodes.
    label : str
        Name of the material.
    flow : float
        Amount [unit], not below nought.
    unit : str
        Unit of the flow, such as ``"t/h"``.
    price : float or None
        Internal price [price_unit]; None where there is none.
    price_unit : str
        Unit of the price, such as ``"CNY/t"``.
    carrier : {"material", "heat", "power", "water"}
        What flows; each has its colour and dashes.
    """

    source: str
    target: str
    label: str
    flow: float
    unit: str
    price: float | None = None
    price_unit: str = ""
    carrier: Carrier = "material"

    @property
    def net(self) -> tuple[str, str, str]:
        """Links of one net leave the same node with the same material."""
        return self.source, self.label, self.carrier


def check(nodes: Sequence[Node], links: Sequence[Link]) -> None:
    """Refuse a flow sheet whose links lead nowhere.

    Parameters
    ----------
    nodes : sequence of Node
        The places.
    links : sequence of Link
        The flows.

    Raises
    ------
    InputError
        When an id is doubled or unknown, a link returns to its own node, or a flow
        is negative or not finite.

    Examples
    --------
    >>> check([Node("a", "A"), Node("b", "B")], [Link("a", "b", "ore", 5.0, "t/h")])
    """
    known = {node.id for node in nodes}
    if not nodes or len(known) < len(nodes):
        raise InputError(
            f"flow sheet has {len(nodes)} nodes with {len(known)} different ids; "
            "expected at least one node and no id twice; rename or remove"
        )
    for link in links:
        where = f"link {link.label!r} from {link.source!r} to {link.target!r}"
        missing = {link.source, link.target} - known
        if missing or link.source == link.target:
            raise InputError(
                f"{where}: unknown or equal ends {sorted(missing)}; expected two "
                "different ids of the nodes given; add the node or mend the link"
            )
        if not (math.isfinite(link.flow) and link.flow >= 0):
            raise InputError(
                f"{where}: flow = {link.flow} {link.unit}; expected a finite figure "
                "not below nought; exchange the ends of a negative flow"
            )


def shares(links: Sequence[Link]) -> list[float]:
    """Return the size of each flow among flows of its unit.

    Parameters
    ----------
    links : sequence of Link
        The flows.

    Returns
    -------
    list of float
        Root of flow over the greatest flow of the same unit, 0 to 1 [-].

    Examples
    --------
    >>> shares(
    ...     [Link("a", "b", "ore", 25.0, "t/h"), Link("a", "c", "ore", 100.0, "t/h")]
    ... )
    [0.5, 1.0]
    """
    most: dict[str, float] = {}
    for link in links:
        most[link.unit] = max(most.get(link.unit, 0.0), link.flow)
    return [math.sqrt(k.flow / most[k.unit]) if k.flow else 0.0 for k in links]
