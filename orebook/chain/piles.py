"""Piles built, closed and reclaimed in turn, as the units, stores and routes they are.

Each pile of ``[[piles]]`` becomes a place of its own with a mix unit that builds it, a
store that holds it and a route that reclaims it, so that meters, stock counts, accounts
and prices know it like anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from orebook.chain.calendar import Period, kind_of, period
from orebook.chain.chain import Chain, good
from orebook.chain.group import Place
from orebook.chain.plant import Piles, Route, Store, Unit
from orebook.quantity import Measure

__all__ = ["built", "emptied", "opening_of_piles", "pile_ids", "turns", "with_piles"]


def pile_ids(piles: Piles) -> tuple[str, ...]:
    """Return the ids of the piles: those of their stores and places.

    Parameters
    ----------
    piles : Piles
        A row of piles.
    """
    return tuple(f"{piles.id}-{k + 1}" for k in range(piles.count))


def with_piles(chain: Chain) -> Chain:
    """Return the chain with the places, units, stores and routes of its piles.

    Parameters
    ----------
    chain : Chain
        A chain; what it has of its piles already is left as it is.

    Returns
    -------
    Chain
        The same object if it has no piles.
    """
    if not chain.piles:
        return chain
    values = {name: getattr(chain, name) for name in Chain.model_fields}
    for section, make in (
        ("places", _place),
        ("units", _unit),
        ("stores", _store),
        ("routes", _route),
    ):
        known = {one.id for one in values[section]}
        new = [
            make(piles, k)
            for piles in chain.piles
            for k in range(piles.count)
            if make(piles, k).id not in known
        ]
        values[section] = (*values[section], *new)
    return Chain.model_validate(values)


def _named(piles: Piles, k: int, id_: str, what: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": id_,
        "name": f"{piles.name} {k + 1} 号{what[0]}",
        "name_en": f"{piles.name_en} {k + 1}{what[1]}",
        "centre": piles.centre,
    }


def _place(piles: Piles, k: int) -> Place:
    return Place(**_named(piles, k, f"{piles.id}-{k + 1}", ("堆", "")))


def _unit(piles: Piles, k: int) -> Unit:
    here, material = f"{piles.id}-{k + 1}", good(piles.good).material
    told = _named(piles, k, f"{here}-build", ("堆堆料", ", building"))
    return Unit(
        **told,
        kind="mix",
        place=here,
        feed=piles.feed,
        ports={"product": f"{material}@{here}"},
        cost=piles.building_cost,
    )


def _store(piles: Piles, k: int) -> Store:
    here, material = f"{piles.id}-{k + 1}", good(piles.good).material
    last = k == piles.count - 1
    nothing = Measure(0.0, piles.opening.unit)
    return Store(
        **_named(piles, k, here, ("堆", "")),
        good=f"{material}@{here}",
        capacity=piles.capacity,
        opening=piles.opening if last else nothing,
        assay=piles.assay,
        holding_cost=piles.holding_cost,
        end="value" if piles.end == "value" else "free",
        end_value=piles.end_value,
    )


def _route(piles: Piles, k: int) -> Route:
    here, out = f"{piles.id}-{k + 1}", good(piles.good)
    return Route(
        **_named(piles, k, f"{here}-reclaim", ("堆取料", ", reclaiming")),
        mode="belt",
        materials=[out.material],
        start=here,
        end=out.place,
        cost=piles.reclaiming_cost,
    )


def turns(chain: Chain, piles: Piles, periods: tuple[Period, ...]) -> Iterator[int]:
    """Yield which pile is built in each period, counted from 0.

    Parameters
    ----------
    chain : Chain
        Its first period is when the first pile was begun, so that a plan made later
        does not begin the round anew.
    piles : Piles
        The piles.
    periods : tuple of Period
        The horizon.

    Examples
    --------
    See :func:`built`.
    """
    start = period(chain.group.first_period)
    for one in periods:
        yield _count(start, one) // piles.cycle % piles.count


def _count(start: Period, one: Period) -> int:
    """Return how many periods of the kind of ``one`` have passed since the start."""
    days = (one.first - start.first).days
    months = 12 * (one.first.year - start.first.year)
    months += one.first.month - start.first.month
    by_kind = {"day": days, "week": days // 7, "month": months}
    by_kind |= {"quarter": months // 3, "year": months // 12}
    return by_kind[kind_of(one.name)]


def built(chain: Chain, piles: Piles, periods: tuple[Period, ...]) -> list[list[bool]]:
    """Return for each pile whether it is built in each period; else it is reclaimed.

    Parameters
    ----------
    chain, piles, periods
        As for :func:`turns`.

    Examples
    --------
    >>> from orebook.chain.calendar import horizon
    >>> from orebook.process.registry import kind
    >>> chain = kind("mix").example()  # its books begin in 2026-01
    >>> yard = Piles(
    ...     id="yard",
    ...     name="堆场",
    ...     name_en="yard",
    ...     centre="group",
    ...     good="blend@plant",
    ...     feed=["rich@plant"],
    ...     cycle=2,
    ...     capacity="100 t",
    ...     opening="0 t",
    ... )
    >>> built(chain, yard, horizon(period("2026-02"), 4))
    [[True, False, False, True], [False, True, True, False]]
    """
    now = list(turns(chain, piles, periods))
    return [[turn == k for turn in now] for k in range(piles.count)]


def opening_of_piles(
    chain: Chain, first: Period, measured: Mapping[str, float]
) -> dict[str, float]:
    """Return the opening stocks of piles nobody measured, by store.

    Parameters
    ----------
    chain : Chain
        The book.
    first : Period
        First period of a plan.
    measured : mapping
        Opening stocks known, by store.

    Notes
    -----
    The book's opening lies in the pile that was built last, whichever that is then.
    """
    found: dict[str, float] = {}
    for piles in chain.piles:
        ids = pile_ids(piles)
        if not set(ids) & set(measured):
            unit = chain.material[good(piles.good).material].unit
            turn = next(turns(chain, piles, (first,)))
            found |= dict.fromkeys(ids, 0.0)
            found[ids[turn - 1]] = piles.opening.to(unit)
    return found


def emptied(
    chain: Chain, piles: Piles, periods: tuple[Period, ...]
) -> list[list[bool]]:
    """Return for each pile whether it must be empty at the end of each period.

    Parameters
    ----------
    chain, piles, periods
        As for :func:`turns`.

    Notes
    -----
    A pile is empty before it is built again.
    """
    row = built(chain, piles, (*periods, periods[-1].next()))
    return [[after and not now for now, after in pairwise(one)] for one in row]
