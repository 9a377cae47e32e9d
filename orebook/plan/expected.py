"""Limits that are expected to bind, one-off limits, and overlays on a book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orebook.chain.chain import Chain, good
from orebook.plan.limit_worth import LimitWorth
from orebook.plan.replan_changes import Changes

__all__ = [
    "Expected",
    "Overlay",
    "Touch",
    "bound_in",
    "flagged",
    "overlay_of",
    "touches",
]

Name = tuple[str, str, str]
"""Family, name in the book and side of a limit."""
Expected = Mapping[Name, str]
"""Limits expected to bind, each with why: flagged, release, month before, nearly."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A named change of a book that holds for a while: a case, or what was re-planned.

    Parameters
    ----------
    name : str
        Name of the overlay.
    touches : frozenset of (str, str)
        Family and owner (unit, contract, route, store, limit) of every limit of which
        it changes a number.
    author, reason, expires : str
        Who, why, until when; empty where not stated.
    """

    name: str
    touches: frozenset[tuple[str, str]]
    author: str = ""
    reason: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """An overlay or one-off limit, and the binding limits of a plan it touches.

    Parameters
    ----------
    overlay : Overlay
        The overlay; for a one-off limit of the book one that bears its name.
    one_off : bool
        True for a limit of the book with the purpose "one-off".
    limits : tuple of LimitWorth
        The binding limits it touches; empty if it decides nothing.
    """

    overlay: Overlay
    one_off: bool
    limits: tuple[LimitWorth, ...]


def flagged(chain: Chain) -> dict[Name, str]:
    """Return the limits the book expects to bind.

    Parameters
    ----------
    chain : Chain
        The book.

    Returns
    -------
    dict
        Each with the reason ``"flagged"``.
    """
    names: list[Name] = []
    for x in chain.limits:
        sides = (("max", x.max), ("min", x.min))
        names += [("limit", x.id, s) for s, v in sides if x.expected and v is not None]
    for u in chain.units:
        names += [("capacity", f"{u.id}:{name}", "max") for name in u.expected]
    names += [("route", r.id, "max") for r in chain.routes if r.expected]
    names += [("buy", p.id, "max") for p in chain.purchases if p.expected]
    for s in chain.sales:
        if s.expected:
            alone = len(s.goods) == 1
            one = ("sell", f"{s.id}:{good(s.goods[0]).material}", "max")
            names.append(one if alone else ("sell_total", s.id, "max"))
    return dict.fromkeys(names, "flagged")


def bound_in(content: Mapping[str, object], reason: str) -> dict[Name, str]:
    """Return the limits that bind in the first period of a plan that was kept.

    Parameters
    ----------
    content : mapping
        ``Plan.to_dict`` of the plan.
    reason : str
        Why they are expected to bind again: ``"release"`` or ``"month before"``.

    Returns
    -------
    dict
        Each with the reason; empty for a plan kept before limits were.
    """
    rows, periods = content.get("limits", []), content.get("periods", [])
    found: dict[Name, str] = {}
    if isinstance(rows, Sequence) and isinstance(periods, Sequence):
        for row in rows:
            if isinstance(row, Mapping) and periods and row["period"] == periods[0]:
                found[str(row["kind"]), str(row["subject"]), str(row["side"])] = reason
    return found


def overlay_of(chain: Chain, changes: Changes, name: str, reason: str = "") -> Overlay:
    """Return a re-plan's changes as an overlay.

    Parameters
    ----------
    chain : Chain
        The book.
    changes : Changes
        What was new.
    name, reason : str
        How the re-plan is called, and why it was made.

    Returns
    -------
    Overlay
        Touches the limits of which the changes move a number.
    """
    touched: set[tuple[str, str]] = set()
    for price in changes.prices:
        kind, _, contract = price.contract.partition(":")
        touched |= {(kind, contract), (f"{kind}_total", contract)}
    for outage in changes.outages:
        touched |= {(kind, outage.unit) for kind in ("capacity", "minimum", "route")}
    touched |= {("stock", store) for store in changes.stocks}
    for delay in changes.delays:
        kind, _, contract = delay.contract.partition(":")
        touched |= {(kind, contract), (f"{kind}_total", contract)}
        touched.add(("take_or_pay", contract))
    touched |= {("spec", spec.sale) for spec in changes.specs}
    return Overlay(name, frozenset(touched), reason=reason)


def touches(
    chain: Chain, limits: Iterable[LimitWorth], overlays: Iterable[Overlay] = ()
) -> tuple[Touch, ...]:
    """Return every one-off limit and overlay with the binding limits it touches.

    Parameters
    ----------
    chain : Chain
        The book; its limits with the purpose "one-off" come first.
    limits : iterable of LimitWorth
        The limits that bind.
    overlays : iterable of Overlay, optional
        Named overlays the plan was made with.

    Returns
    -------
    tuple of Touch
        Those that touch nothing binding too: they decide nothing and can go.
    """
    binding = list(limits)
    once = [
        (Overlay(x.id, frozenset({("limit", x.id)})), True)
        for x in chain.limits
        if x.purpose == "one-off"
    ]
    every = [*once, *((overlay, False) for overlay in overlays)]
    return tuple(
        Touch(o, alone, tuple(x for x in binding if _key(x) in o.touches))
        for o, alone in every
    )


def _key(limit: LimitWorth) -> tuple[str, str]:
    return limit.kind, limit.subject.partition("#")[0].partition(":")[0]
