"""The pools of the plan: what each is mixed of, and what its quality is worth."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.chain.chain import Balance
from orebook.plan.pools.result import PoolsFound
from orebook.report.table import Column, Row, Said, Section, Table
from orebook.report.view import View, cny, plain
from orebook.report.words import both

SHARES = (
    Column("pool"),
    Column("ingredient"),
    Column("ingredient_share", "share"),
    Column("ingredient_amount", "own"),
    Column("unit_of_measure"),
)
QUALITIES = (
    Column("pool"),
    Column("component", "code"),
    Column("mix_content", "share"),
    Column("worth_per_point", "money", "CNY"),
)
SMALL = 5e-5  # share below which an ingredient is not shown [-]


def mixes(view: View) -> tuple[Section, ...]:
    """Return the chapter of the pools; none where the plan has none."""
    found = view.plan.pools
    if found is None:
        return ()
    proof = both("pools_proven" if found.certified else "pools_open")
    say = both(
        "pools_bound",
        margin=cny(found.profit),
        bound=cny(found.bound),
        gap=plain(100.0 * found.gap, 4),
        proof=proof,
    )
    shares = Table("mixes", both("mix_table"), SHARES, tuple(_shares(view, found)))
    content = Table(
        "mix_quality", both("mix_quality"), QUALITIES, tuple(_content(view, found))
    )
    bent = (both("pools_bent", units=", ".join(found.bent)),) if found.bent else ()
    blocks = (both("pools_how"), say, *bent, shares, content)
    return (Section("mixes", both("pools_title"), blocks, (shares, content)),)


def _used(found: PoolsFound) -> list[str]:
    return [pool for pool, amount in found.amount.items() if amount[0] > 0.0]


def _name(view: View, pool: str) -> Said:
    material, _, place = pool.partition("@")
    return view.names.balance(Balance(material, place))


def _shares(view: View, found: PoolsFound) -> Iterator[Row]:
    for pool in _used(found):
        amount = float(found.amount[pool][0])
        unit = view.chain.material[pool.partition("@")[0]].unit
        for name, share in found.composition[pool].items():
            if share[0] > SMALL:
                part = float(share[0])
                said = (_name(view, pool), _ingredient(view, name), part)
                yield Row((*said, part * amount, unit))


def _ingredient(view: View, name: str) -> Said:
    """Return the name of an ingredient: a material, or a stock at the beginning."""
    head, _, store = name.partition(":")
    if head == "opening":
        return both("stream_open", owner=view.names.of("store", store))
    return view.names.of("material", head)


def _content(view: View, found: PoolsFound) -> Iterator[Row]:
    for pool in _used(found):
        for component, value in found.content[pool].items():
            if component != "energy":
                worth = found.worth.get(pool, {}).get(component)
                money = 0.0 if worth is None else float(worth[0])
                said = (_name(view, pool), component, float(value[0]))
                yield Row((*said, money))
