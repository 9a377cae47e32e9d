"""What a user asks about: a good, a limit, a unit, a contract, a quality."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from orebook.chain.chain import Balance, Chain, good
from orebook.chain.nearest import did_you_mean
from orebook.errors import InputError
from orebook.plan.expected import Expected, Overlay
from orebook.plan.explain import Explanation, explain
from orebook.plan.face import Face
from orebook.plan.result import Plan
from orebook.process.network import Network

__all__ = ["Subject", "explain_subject", "find"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an explanation is narrowed to.

    Parameters
    ----------
    text : str
        As the user wrote it.
    balances : frozenset of Balance
        Prices to be told.
    owners : frozenset of str
        Units, contracts, routes, stores and limits whose limits are told.
    component : str
        Component whose qualities are told; empty for those of the owners.
    """

    text: str
    balances: frozenset[Balance]
    owners: frozenset[str]
    component: str = ""


def find(network: Network, text: str) -> Subject:
    """Find what a text asks about.

    Parameters
    ----------
    network : Network
        Chain and streams.
    text : str
        ``material@place``, a material, a unit, store, route, contract or limit by its
        id, ``UNIT:LIMIT``, or a component such as ``SiO2``.

    Raises
    ------
    InputError
        If the book has nothing of that name.
    """
    chain, name = network.chain, text.strip()
    if "@" in name and good(name) in network.balances:
        return Subject(text, frozenset({good(name)}), frozenset())
    same = frozenset(b for b in network.balances if b.material == name)
    if same:
        return Subject(text, same, frozenset())
    owner = name.partition(":")[0]
    if owner in _owners(chain):
        near = frozenset(s.balance for s in network.of(owner))
        return Subject(text, near, frozenset({owner}))
    if name in _components(chain):
        return Subject(text, frozenset(), frozenset(), component=name)
    known = [*map(str, network.balances), *_owners(chain), *_components(chain)]
    raise InputError(
        f"'{text}' is not in the book; expected a good (material@place), a unit, "
        "store, route, contract or limit, or a component; "
        f"{did_you_mean(name, known, 'correct the name')}"
    )


def _owners(chain: Chain) -> set[str]:
    families = (chain.units, chain.stores, chain.routes, chain.purchases, chain.sales)
    return {x.id for family in (*families, chain.limits) for x in family}


def _components(chain: Chain) -> set[str]:
    return {c for m in chain.materials for c in m.assay}


def explain_subject(
    plan: Plan,
    text: str,
    face: Face,
    *,
    expected: Expected | None = None,
    overlays: Iterable[Overlay] = (),
) -> Explanation:
    """Explain one good, limit, unit, contract or quality of a plan.

    Parameters
    ----------
    plan : Plan
        The plan.
    text : str
        See `find`.
    face : Face
        Its optimal duals (`orebook.plan.vertex.face_of`).
    expected, overlays
        As for `orebook.plan.explain.explain`.

    Returns
    -------
    Explanation
        Narrowed to what was asked; limits that do not bind are told too, with what
        they lose to.

    Raises
    ------
    InputError
        If the book has nothing of that name.
    """
    subject = find(plan.network, text)
    asked = dict.fromkeys(_limits_of(plan, subject.owners), "asked")
    whole = explain(
        plan,
        expected=asked | dict(expected or {}),
        overlays=overlays,
        balances=subject.balances,
        face=face,
    )
    return replace(
        whole,
        limits=tuple(x for x in whole.limits if _owner(x.subject) in subject.owners),
        waiting=tuple(w for w in whole.waiting if _owner(w.subject) in subject.owners),
        touches=tuple(
            t
            for t in whole.touches
            if any(name in subject.owners for _, name in t.overlay.touches)
        ),
        qualities=tuple(
            q
            for q in whole.qualities
            if q.subject in subject.owners
            or (subject.component and subject.component in q.component.split("/"))
            or any(q.of == b.material for b in subject.balances if not subject.owners)
        ),
    )


def _limits_of(plan: Plan, owners: frozenset[str]) -> Iterable[tuple[str, str, str]]:
    problem = plan.linear
    for blocks in (problem.columns, problem.rows):
        for block in blocks.values():
            for entity in block.entities:
                if _owner(entity) in owners and block.name != "duty":
                    yield block.name, entity, "max"
                    yield block.name, entity, "min"


def _owner(entity: str) -> str:
    return entity.partition("#")[0].partition(":")[0]
