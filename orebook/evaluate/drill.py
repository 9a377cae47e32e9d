"""Variance as a tree: from the group to the reading, exact at every level.

The same change is told in two ways side by side: order-free (Shapley; Owen where feed
quality is opened into its components) and classic, where volume, mix, feed quality and
market price move one after another and every joint term falls to the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import fsum, hypot

from orebook.chain.chain import Chain
from orebook.evaluate.attribution import (
    CoalitionValue,
    in_order,
    owen,
)
from orebook.evaluate.fair import Assays, fair_value, fed_or_mixed, nominal_assays
from orebook.evaluate.journal import to_cents
from orebook.evaluate.variance import EFFECTS, Effect, Variance, variance
from orebook.plan.accounts import Month, PriceSet, charges
from orebook.process.network import Network

__all__ = ["Node", "drill", "in_cents"]

MOST_COMPONENTS = 8
"""Components of a feed opened one by one; the rest is one factor [-]."""
OTHERS = "others"
_Rule = Callable[[CoalitionValue, Sequence[str]], list[float]]
NOTHING = 0.005
"""Money below this on both sides is left out with all below it [CNY]."""


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a variance and the parts it consists of.

    Parameters
    ----------
    kind : str
        ``centre``, ``effect``, ``subject``, ``factor`` or ``component``.
    name : str
        Centre, effect, unit or contract, port, or ``port.component``.
    amount, classic : float
        Money, order-free and classic; positive where it helps [CNY].
    doubt : float
        One standard deviation that metering leaves open [CNY].
    quantity : float
        Quantity behind it, actual minus allowed; 0 where none is [unit].
    readings : tuple of str
        Meters the figures come from.
    children : tuple of Node
        Its parts, the greatest first; they sum to it.
    subject : str
        Unit or contract that a factor belongs to.
    """

    kind: str
    name: str
    amount: float
    classic: float
    doubt: float = 0.0
    quantity: float = 0.0
    readings: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    subject: str = ""

    @property
    def joint(self) -> float:
        """What the order-free split moves here from elsewhere [CNY]."""
        return self.amount - self.classic

    def find(self, name: str) -> Node | None:
        """Return the first part of a name, from above; None if there is none.

        Parameters
        ----------
        name : str
            Centre, unit or contract.
        """
        if self.name == name:
            return self
        below = (child.find(name) for child in self.children)
        return next((node for node in below if node is not None), None)

    def walk(self, depth: int = 99, level: int = 0) -> Iterator[tuple[int, Node]]:
        """Yield (level, part) from above, each before its parts.

        Parameters
        ----------
        depth : int
            Levels below this one [-].
        level : int
            Level of this one [-].
        """
        yield level, self
        for child in self.children if depth > 0 else ():
            yield from child.walk(depth - 1, level + 1)

    def to_dict(self, depth: int = 99) -> dict[str, object]:
        """Return it as plain data with stable names.

        Parameters
        ----------
        depth : int
            Levels below this one [-].
        """
        below = self.children if depth > 0 else ()
        return {
            "kind": self.kind,
            "name": self.name,
            "amount_cny": self.amount,
            "classic_cny": self.classic,
            "joint_cny": self.joint,
            "doubt_cny": self.doubt,
            "quantity": self.quantity,
            "readings": list(self.readings),
            "children": [child.to_dict(depth - 1) for child in below],
        }


def drill(
    network: Network,
    prices: PriceSet,
    *,
    plan: Month,
    actual: Month,
    fed: Assays,
    mixes: Assays | None = None,
    evidence: Mapping[str, tuple[str, ...]] | None = None,
    found: Variance | None = None,
) -> Node:
    """Open the variance of the group down to the reading.

    Parameters
    ----------
    network, prices, plan, actual, fed, mixes
        As in :func:`orebook.evaluate.variance.variance`.
    evidence : mapping, optional
        Stream to the meters its figure comes from.
    found : Variance, optional
        The order-free variance, with its doubts; worked out here otherwise.

    Returns
    -------
    Node
        The group; below it centres, their effects, units and contracts, ports and
        components of feeds.

    Notes
    -----
    Feed quality is opened with Owen's value over the unions volume, mix and feed
    quality: the components of a feed then sum to the Shapley value of feed quality,
    so the levels agree. Classic parts are those of one order.

    References
    ----------
    .. [1] G. Owen, "Values of games with a priori unions", 1977.
    """
    work_out = partial(
        variance, network, prices, plan=plan, actual=actual, fed=fed, mixes=mixes
    )
    free = work_out() if found is None else found
    known = fed_or_mixed(mixes or {}, fed)
    opened = _Feeds(
        network, prices, plan, actual, known, nominal_assays(network, known, mixes)
    )
    leaves = list(_leaves(free, work_out(split=in_order), evidence or {}))
    return _centre(network.chain, network.chain.root.id, leaves, opened)


@dataclass(frozen=True, slots=True)
class _Leaf:
    centre: str
    effect: str
    subject: str
    node: Node


def _leaves(
    free: Variance, classic: Variance, evidence: Mapping[str, tuple[str, ...]]
) -> Iterator[_Leaf]:
    """Yield every cause once, with both amounts."""
    old: dict[tuple[str, str, str, str], float] = {}
    new: dict[tuple[str, str, str, str], Effect] = {}
    for e in classic.details:
        key = (e.centre, e.effect, e.subject, e.factor)
        old[key] = old.get(key, 0.0) + e.amount
    for e in free.details:
        key = (e.centre, e.effect, e.subject, e.factor)
        was = new.get(key, Effect(*key, 0.0))
        new[key] = Effect(*key, was.amount + e.amount, was.quantity + e.quantity,
                          hypot(was.doubt, e.doubt))  # fmt: skip
    for key in {**new, **old}:
        e = new.get(key, Effect(*key, 0.0))
        read = evidence.get(f"{e.subject}.{e.factor}", evidence.get(e.subject, ()))
        node = Node("factor", e.factor, e.amount, old.get(key, 0.0), e.doubt,
                    e.quantity, read, subject=e.subject)  # fmt: skip
        yield _Leaf(e.centre, e.effect, e.subject, node)


def _sum(kind: str, name: str, children: Iterable[Node]) -> Node:
    """Return a part made of its parts; those of no money are left out."""
    parts = list(children)
    # Parts may cancel: what has parts of its own is kept, whatever they sum to.
    kept = [
        c for c in parts if c.children or max(abs(c.amount), abs(c.classic)) >= NOTHING
    ]
    kept.sort(key=lambda c: -abs(c.amount))
    return Node(
        kind,
        name,
        fsum(c.amount for c in parts),
        fsum(c.classic for c in parts),
        hypot(*(c.doubt for c in parts)),
        children=tuple(kept),
    )


def _centre(chain: Chain, centre: str, leaves: list[_Leaf], feeds: _Feeds) -> Node:
    below = [
        _centre(chain, c.id, leaves, feeds) for c in chain.centres if c.parent == centre
    ]
    own = [leaf for leaf in leaves if leaf.centre == centre]
    effects = [
        _effect(e, [leaf for leaf in own if leaf.effect == e], feeds) for e in EFFECTS
    ]
    return _sum("centre", centre, [*below, *effects])


def _effect(effect: str, leaves: list[_Leaf], feeds: _Feeds) -> Node:
    subjects = dict.fromkeys(leaf.subject for leaf in leaves)
    parts = []
    for subject in subjects:
        own = [leaf.node for leaf in leaves if leaf.subject == subject]
        whole = _sum("subject", subject, own)
        if effect == "feed_quality" and subject in feeds.network.chain.unit:
            whole = feeds.opened(whole)
        parts.append(whole)
    return _sum("effect", effect, parts)


@dataclass(frozen=True, slots=True)
class _Feeds:
    """Opens the feed quality of a unit into the components of its feeds."""

    network: Network
    prices: PriceSet
    plan: Month
    actual: Month
    fed: Assays
    planned: Assays

    def opened(self, whole: Node) -> Node:
        """Return the part of a unit by component; unchanged if only one moved."""
        unit = whole.name
        names = self._changed(unit)
        if len(names) < 2:
            return whole
        parts = self._split(unit, names, _owen_of)
        plain = self._split(unit, names, _order_of)
        # Stock terms booked beside the process stay where they were.
        rest = (whole.amount - sum(parts), whole.classic - sum(plain))
        children = [
            Node("component", name, a, c)
            for name, a, c in zip((*names, OTHERS), (*parts, rest[0]),
                                  (*plain, rest[1]), strict=True)
        ]  # fmt: skip
        made = _sum("subject", unit, children)
        return replace(made, doubt=whole.doubt, quantity=whole.quantity)

    def _changed(self, unit: str) -> list[str]:
        """Return ``port.component`` of what came otherwise than planned."""
        before = self.network.content_of(self.planned, unit)
        after = self.network.content_of(self.fed, unit)
        moved = {}
        for port, parts in after.items():
            for component, value in parts.items():
                was = before.get(port, {}).get(component, value)
                if value != was:
                    moved[f"{port}.{component}"] = abs(value - was) / max(was, 1e-6)
        ranked = sorted(moved, key=lambda name: (-moved[name], name))
        return ranked[:MOST_COMPONENTS]

    def _split(self, unit: str, names: Sequence[str], rule: _Rule) -> list[float]:
        value = fair_value(
            self.network, unit, names, plan=self.plan, actual=self.actual,
            planned=self.planned, fed=self.fed, worth=self._worth(unit),
        )  # fmt: skip
        return rule(value, names)

    def _worth(self, unit: str) -> dict[str, float]:
        """Return what one unit of each port's signed flow is worth [CNY/unit]."""
        charge = charges(self.network, self.prices)
        return {
            s.port: self.prices.of(s) - s.sign * charge.get(s.id, 0.0)
            for s in self.network.of(unit)
        }


def _owen_of(value: CoalitionValue, names: Sequence[str]) -> list[float]:
    groups = {"volume": ["volume"], "mix": ["mix"], "feed": list(names)}
    found = owen(value, groups)
    return [found[name] for name in names]


def _order_of(value: CoalitionValue, names: Sequence[str]) -> list[float]:
    parts = in_order(value, 2 + len(names))
    return [float(v) for v in parts[2:]]


def in_cents(root: Node, total: int) -> dict[int, int]:
    """Return whole cents of every part, so that each level sums to the one above.

    Parameters
    ----------
    root : Node
        The tree.
    total : int
        Cents of its root, as posted [0.01 CNY].

    Returns
    -------
    dict
        ``id(node)`` to cents; what rounding leaves goes to the greatest part.
    """
    found = {id(root): total}
    for _, node in root.walk():
        if not node.children:
            continue
        cents = {id(c): to_cents(c.amount) for c in node.children}
        cents[id(node.children[0])] += found[id(node)] - sum(cents.values())
        found |= cents
    return found
