"""Checks of whole decisions that need the streams: batch sizes, index of a tariff."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.chain.chain import good
from orebook.chain.entries import EntryMistake
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase
from orebook.errors import UnitError
from orebook.process.contract import Process
from orebook.process.network import Network

__all__ = ["batch_mistakes", "index_mistakes"]


def batch_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    """Yield a batch whose size is not counted as the duty of its unit is.

    Parameters
    ----------
    unit : Unit
        The unit.
    process : Process
        Its bound process.
    """
    if unit.batch is None:
        return
    units = sorted({d.unit for d in process.duties})
    path, at = ("batch", "size"), ("units", unit.id)
    if len(units) > 1:
        yield EntryMistake(
            *at, path, f"sums duties counted in {listed(units)}",
            "a unit whose duties are counted alike", "remove batch",
        )  # fmt: skip
        return
    try:
        size = unit.batch.size.to(units[0])
    except UnitError as error:
        yield EntryMistake(
            *at, path, str(error), f"a size in {units[0]}",
            f'write for example "60 {units[0]}"',
        )  # fmt: skip
        return
    lots = {s.name: s.default for s in process.settings}.get("lot_size")
    if unit.kind == "berth" and lots is not None and abs(size - lots) > 1e-9 * lots:
        yield EntryMistake(
            *at, path, f"is another size than the setting lot_size = {lots:g} t",
            "one size of ship", "write the same size in both",
        )  # fmt: skip


def index_mistakes(
    purchase: Purchase, net: Network, broken: frozenset[str]
) -> Iterator[EntryMistake]:
    """Yield what is wrong with the index of a step tariff.

    Parameters
    ----------
    purchase : Purchase
        The contract.
    net : Network
        All streams of units that are right in themselves.
    broken : frozenset of str
        Units that are not.
    """
    index = purchase.index
    if index is None:
        return
    names = [(("index", "of", i), s) for i, s in enumerate(index.of)]
    wrong = False
    for path, name in [*names, (("index", "per"), index.per)]:
        stream = net.stream.get(name)
        if stream is None or not _limited(net, name):
            if stream is None and name.partition(".")[0] in broken:
                return
            wrong = True
            told = "no stream is called" if stream is None else "nothing limits"
            yield EntryMistake(
                "purchases", purchase.id, path, f"{told} '{name}'",
                "a stream of a unit with limits, UNIT.PORT",
                did_you_mean(name, net.stream, "name one that orebook plan lists"),
            )  # fmt: skip
    if not wrong:
        yield from _index_units(purchase, net)


def _limited(net: Network, name: str) -> bool:
    unit = net.chain.unit.get(net.stream[name].owner)
    return unit is not None and bool(unit.limits)


def _index_units(purchase: Purchase, net: Network) -> Iterator[EntryMistake]:
    index = purchase.index
    assert index is not None
    of = net.chain.material[good(purchase.good).material].unit
    for i, name in enumerate(index.of):
        if net.stream[name].unit != of:
            yield EntryMistake(
                "purchases", purchase.id, ("index", "of", i),
                f"is counted in {net.stream[name].unit}; the purchase in {of}",
                "streams of what is bought", "name the streams that are charged",
            )  # fmt: skip
            return
    ratio, before = f"{of}/{net.stream[index.per].unit}", 0.0
    for i, band in enumerate(purchase.bands):
        try:
            above = band.above.to(ratio)
        except UnitError as error:
            yield EntryMistake(
                "purchases", purchase.id, ("bands", i, "above"), str(error),
                f"an index in {ratio}", f'write for example "13.3 {ratio}"',
            )  # fmt: skip
            return
        if above <= before:
            yield EntryMistake(
                "purchases", purchase.id, ("bands", i, "above"),
                "is not above the band before it",
                "bands in rising order of above, the first above 0",
                "put them in order",
            )  # fmt: skip
        before = above
