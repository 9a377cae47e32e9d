"""Every name a planning sheet may use for what a plan can be given anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orebook.chain.chain import Chain
from orebook.desk.grid import same
from orebook.plan.replan_limits import subjects

__all__ = ["entry_names", "known_names", "told_apart"]


def known_names(chain: Chain) -> dict[str, tuple[str, ...]]:
    """Return names, as they are compared, to the subjects they may stand for.

    Subjects are those of `NewLimit`: ``buy:ID``, ``unit:ID:LIMIT``, ``store:ID`` and so
    on. An id, its name in Chinese or English, and the subject itself all serve; a name
    that several have must be told apart by its id.

    Parameters
    ----------
    chain : Chain
        The book.
    """
    found: dict[str, dict[str, None]] = {}
    for subject, names in _named(chain):
        for name in (subject, *names):
            found.setdefault(same(name), {})[subject] = None
    return {name: tuple(those) for name, those in found.items()}


def entry_names(chain: Chain) -> dict[str, tuple[str, str, str]]:
    """Return id, Chinese and English name of every entry, by ``kind:ID``."""
    return {
        f"{kind}:{e.id}": (e.id, e.name, e.name_en)
        for kind, family in (
            ("buy", chain.purchases),
            ("sell", chain.sales),
            ("route", chain.routes),
            ("limit", chain.limits),
            ("store", chain.stores),
            ("draw", chain.draws),
            ("unit", chain.units),
        )
        for e in family
    }


def _named(chain: Chain) -> Iterator[tuple[str, tuple[str, ...]]]:
    words = entry_names(chain)
    for subject in subjects(chain):
        kind, _, rest = subject.partition(":")
        name, _, limit = rest.partition(":")
        if kind == "unit" and limit != next(iter(chain.unit[name].limits)):
            yield subject, (rest,)  # the bare name means the first limit
        else:
            yield subject, words[f"{kind}:{name}"]
    for unit in chain.units:
        if not unit.limits:
            yield f"unit:{unit.id}", words[f"unit:{unit.id}"]


def told_apart(
    names: Mapping[str, tuple[str, ...]], text: str, wanted: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the subjects a label may mean, of the kinds a figure allows.

    Parameters
    ----------
    names : mapping
        From `known_names`.
    text : str
        The label.
    wanted : tuple of str
        Kinds of subject, for example ``("buy", "sell")``; all where empty.
    """
    found = names.get(same(text), ())
    return tuple(s for s in found if not wanted or s.partition(":")[0] in wanted)
