"""Step tariffs: the band that an amount or an index lies in prices all units."""

from __future__ import annotations

import numpy as np

from orebook.chain.chain import good
from orebook.chain.trade import Purchase
from orebook.errors import InputError
from orebook.plan.blocks.most import most_of
from orebook.plan.blocks.work import Expression, Work
from orebook.plan.lp import Block, FloatArray

__all__ = ["add_bands", "banded", "charged", "edges_of", "tie_bands"]


def banded(work: Work) -> list[Purchase]:
    """Return the purchases with a step tariff on all units."""
    return [p for p in work.chain.purchases if p.bands]


def charged(purchase: Purchase) -> list[str]:
    """Return the streams whose amount bears the surcharge of a step tariff."""
    return [f"buy:{purchase.id}"] if purchase.index is None else purchase.index.of


def add_bands(work: Work) -> None:
    """Add which band holds in each period, and the amounts charged in each.

    Notes
    -----
    Of the amounts ``E(k)`` of all bands exactly one is not zero; it pays the surcharge
    of its band on every unit. With an index, the divisor is split alike into ``M(k)``
    and ``edge(k) M(k) <= E(k) <= edge(k+1) M(k)``: the disaggregated form, whose
    relaxation is the convex hull of the bands [1]_.

    References
    ----------
    .. [1] E. Balas, "Disjunctive programming and a hierarchy of relaxations for
       discrete optimization problems", SIAM J. Algebraic Discrete Methods, 1985.
    """
    bands = [(p, k) for p in banded(work) for k in range(len(p.bands) + 1)]
    if not bands:
        return
    names = [f"{p.id}#{k}" for p, k in bands]
    whole = np.broadcast_to(work.whole, (len(names), work.count))
    work.columns("band", names, upper=1.0, integer=whole)
    extra = [_extra(work, p, k) for p, k in bands]
    work.columns("band_amount", names, cost=np.array(extra).reshape(-1, 1))
    divided = [f"{p.id}#{k}" for p, k in bands if p.index is not None]
    if divided:
        work.columns("band_per", divided)


def _extra(work: Work, p: Purchase, k: int) -> float:
    of = work.unit_of(p.good)
    return 0.0 if k == 0 else p.bands[k - 1].extra.to(f"CNY/{of}")


def edges_of(work: Work, p: Purchase) -> FloatArray:
    """Return lower edges of the bands, shape (bands, periods), the first 0 [unit]."""
    if p.index is None:
        of = work.unit_of(p.good)
        rows = [work.amount(b.above, of, 0.0) for b in p.bands]
    else:
        of = f"{work.unit_of(p.good)}/{work.network.stream[p.index.per].unit}"
        rows = [np.full(work.count, b.above.to(of)) for b in p.bands]
    return np.array([np.zeros(work.count), *rows])


def tie_bands(work: Work, expression: Expression) -> None:
    """Tie the bands to the streams they look at."""
    found = banded(work)
    if not found:
        return
    band, amount = work.columns_of["band"], work.columns_of["band_amount"]
    ids = [p.id for p in found]
    one = work.builder.rows("band_one", ids, lower=1.0, upper=1.0)
    base = np.array([_base(expression, work, charged(p)) for p in found])
    total = work.builder.rows("band_sum", ids, lower=base, upper=base)
    for r, p in enumerate(found):
        for k in range(len(p.bands) + 1):
            _entry(work, one, r, band, f"{p.id}#{k}", 1.0)
            _entry(work, total, r, amount, f"{p.id}#{k}", 1.0)
        _streams(work, expression, total, r, charged(p))
    low = work.builder.rows("band_low", band.entities, lower=0.0, upper=np.inf)
    high = work.builder.rows("band_high", band.entities, lower=-np.inf, upper=0.0)
    for p in found:
        most = sum(most_of(work, expression, s) for s in charged(p))
        _finite(p, most)
        edges = np.vstack([edges_of(work, p), most])
        for k in range(len(p.bands) + 1):
            name = f"{p.id}#{k}"
            row = band.position(name)
            by = band if p.index is None else work.columns_of["band_per"]
            last = band if k == len(p.bands) else by
            _entry(work, low, row, amount, name, 1.0)
            _entry(work, low, row, by, name, -edges[k])
            _entry(work, high, row, amount, name, 1.0)
            _entry(work, high, row, last, name, -edges[k + 1])
    _tie_index(work, expression, [p for p in found if p.index is not None])


def _tie_index(work: Work, expression: Expression, found: list[Purchase]) -> None:
    """Split the divisor of an index over the bands."""
    if not found:
        return
    per, band = work.columns_of["band_per"], work.columns_of["band"]
    below = [p.index.per for p in found if p.index is not None]
    base = np.array([_base(expression, work, [s]) for s in below])
    total = work.builder.rows("band_per_sum", [p.id for p in found], lower=base,
                              upper=base)  # fmt: skip
    room = work.builder.rows("band_room", per.entities, lower=-np.inf, upper=0.0)
    for r, (p, stream) in enumerate(zip(found, below, strict=True)):
        most = most_of(work, expression, stream)
        _finite(p, most)
        for k in range(len(p.bands) + 1):
            name = f"{p.id}#{k}"
            _entry(work, total, r, per, name, 1.0)
            _entry(work, room, per.position(name), per, name, 1.0)
            _entry(work, room, per.position(name), band, name, -most)
        _streams(work, expression, total, r, [stream])


def _entry(
    work: Work,
    rows: Block,
    row: int,
    columns: Block,
    name: str,
    value: FloatArray | float,
) -> None:
    work.builder.entries(rows.all()[row], columns.all()[columns.position(name)], value)


def _streams(
    work: Work, expression: Expression, rows: Block, row: int, streams: list[str]
) -> None:
    time = np.arange(work.count)
    for stream in streams:
        place = work.network.position[stream]
        for entity, weight in expression.by_stream.get(place, []):
            where = entity * work.count + time
            work.builder.entries(rows.all()[row], where, -np.asarray(weight))


def _base(expression: Expression, work: Work, streams: list[str]) -> FloatArray:
    return np.asarray(sum(expression.base[work.network.position[s]] for s in streams))


def _finite(p: Purchase, most: FloatArray | int) -> None:
    if not np.isfinite(most).all():
        message = (
            f"the step tariff of purchase '{p.id}' looks at a stream without a most "
            f"amount; expected {good(p.good).material} with max, or streams of units "
            "with limits; add one"
        )
        raise InputError(message)
