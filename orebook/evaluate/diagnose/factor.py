"""Factors: what differs between two sides of a works, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.evaluate.diagnose.estimate import Found
from orebook.evaluate.diagnose.side import Side
from orebook.evaluate.diagnose.works import Works
from orebook.evaluate.fair import Assays
from orebook.process.network import port_balance

__all__ = ["Factor", "common_centre", "factors_of", "joined_feeds", "known_content"]

Content = dict[str, dict[str, dict[str, float]]]
Kind = Literal["feed", "setting", "mix", "unexplained"]
SAME = 1e-12
"""What differs by less, relative, does not differ [-]."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that differs.

    Parameters
    ----------
    kind : {"feed", "setting", "mix", "unexplained"}
        Quality of a feed; setting of a unit; shares of feeds and products and changes
        of stock; what the works passed beyond the model.
    centre : str
        Who answers for it.
    unit, name : str
        Unit it lies with; material and component, setting, or nothing.
    base, actual : float or None
        Value on either side [its unit]; None where it is many.
    of : str
        Unit of measure.
    found : Found or None
        How the month shows a setting.
    members : tuple of Factor
        Factors taken together where there are too many; empty for a single one.
    """

    kind: Kind
    centre: str
    unit: str
    name: str
    base: float | None = None
    actual: float | None = None
    of: str = ""
    found: Found | None = None
    members: tuple[Factor, ...] = ()

    @property
    def single(self) -> tuple[Factor, ...]:
        """The factor itself, or its members."""
        return self.members or (self,)

    @property
    def id(self) -> str:
        """Name of its own within the works."""
        return ":".join(p for p in (self.kind, self.unit, self.name) if p)


def known_content(works: Works, sides: Sequence[Assays]) -> list[Content]:
    """Return assays of all sides on the same components.

    Where a side states none, the book's assay of the material stands; where the book
    states none either, that of the other side, which then is no difference.

    Parameters
    ----------
    works : Works
        The units.
    sides : sequence of mapping
        Assays by unit, port and component [-].
    """
    material = works.network.chain.material
    found: list[Content] = [{} for _ in sides]
    for unit in works.units:
        ports = {p for side in sides for p in side.get(unit, {})}
        for port in sorted(ports):
            assay = material[port].assay if port in material else {}
            names = {c for side in sides for c in side.get(unit, {}).get(port, {})}
            for c in sorted(names):
                told = [side.get(unit, {}).get(port, {}).get(c) for side in sides]
                spare = next(v for v in told if v is not None)
                for side, value in zip(found, told, strict=True):
                    own = assay.get(c, spare) if value is None else value
                    side.setdefault(unit, {}).setdefault(port, {})[c] = own
    return found


def factors_of(
    works: Works,
    base: Side,
    actual: Side,
    *,
    found: Mapping[tuple[str, str], Found],
    amounts: Mapping[str, float],
) -> tuple[Factor, ...]:
    """Return what differs between two sides.

    Parameters
    ----------
    works : Works
        The units.
    base, actual : Side
        The sides, their contents on the same components.
    found : mapping
        Settings that moved, by unit and name.
    amounts : mapping
        Stream id to actual amount, which tells who supplied a feed [unit].
    """
    return (
        *_feeds(works, base, actual, amounts),
        *_settings(works, base, actual, found),
        *_mix(works, base, actual),
        *_unexplained(works, base, actual),
    )


def joined_feeds(factors: Sequence[Factor], *, whole: bool) -> tuple[Factor, ...]:
    """Return factors with the components of a feed taken together.

    Parameters
    ----------
    factors : sequence of Factor
        Factors one by one.
    whole : bool
        Whether all feeds of a unit from one centre go together too.
    """
    grouped: dict[tuple[str, str, str], list[Factor]] = {}
    for f in factors:
        if f.kind == "feed":
            feed = "" if whole else f.name.rpartition(":")[0]
            grouped.setdefault((f.centre, f.unit, feed), []).extend(f.single)
    feeds = [
        Factor("feed", centre, unit, feed, members=tuple(members))
        for (centre, unit, feed), members in grouped.items()
    ]
    return (*feeds, *(f for f in factors if f.kind != "feed"))


def _feeds(
    works: Works, base: Side, actual: Side, amounts: Mapping[str, float]
) -> list[Factor]:
    found = []
    for unit, ports in actual.content.items():
        for port, parts in ports.items():
            balance = port_balance(works.network.chain.unit[unit], port)
            centre = works.centre(unit)
            if balance is not None:
                centre = works.supplier(balance, amounts)
            for c, value in parts.items():
                before = base.content[unit][port][c]
                if abs(value - before) > SAME * max(abs(value), abs(before)):
                    name = f"{port}:{c}"
                    found.append(Factor("feed", centre, unit, name, before, value, "-"))
    return found


def _settings(
    works: Works, base: Side, actual: Side, found: Mapping[tuple[str, str], Found]
) -> list[Factor]:
    keys = {(u, n) for s in (base, actual) for u, of in s.setting.items() for n in of}
    rows = []
    for unit, name in sorted(keys):
        entry = next(
            s for s in works.network.processes[unit].settings if s.name == name
        )
        before, after = (
            side.setting.get(unit, {}).get(name, entry.default)
            for side in (base, actual)
        )
        seen = found.get((unit, name))
        others = [] if seen is None else [u for u, _ in seen.alike]
        centre = common_centre(works, [unit, *others])
        if before != after:
            rows.append(
                Factor("setting", centre, unit, name, before, after, entry.unit, seen)
            )
    return rows


def common_centre(works: Works, units: Sequence[str]) -> str:
    """Return the lowest centre that answers for all of some units.

    Parameters
    ----------
    works : Works
        The works.
    units : sequence of str
        Units between which the month cannot tell.
    """
    chain = works.network.chain
    lines = [chain.lineage(works.centre(u)) for u in units]
    return next(c for c in lines[0] if all(c in line for line in lines))


def _mix(works: Works, base: Side, actual: Side) -> list[Factor]:
    """Return the mix, with the unit whose shares of duties differ most."""
    most, where = 0.0, works.units[0]
    for unit in works.units:
        mine = [k for k, (u, _) in enumerate(works.duties) if u == unit]
        s0, s1 = base.duties[mine].sum(), actual.duties[mine].sum()
        if s0 > 0.0 and s1 > 0.0:
            moved = np.abs(base.duties[mine] / s0 - actual.duties[mine] / s1).max()
            if moved > most:
                most, where = float(moved), unit
    if np.allclose(base.duties, actual.duties, rtol=SAME, atol=0.0):
        return []
    return [Factor("mix", works.centre(where), where, "")]


def _unexplained(works: Works, base: Side, actual: Side) -> list[Factor]:
    """Return what no factor explains: one for the works, for its balances tie it."""
    beyond = np.abs(actual.excess - base.excess).max(initial=0.0)
    extra = np.abs(actual.extra - base.extra).max(initial=0.0)
    if beyond <= SAME and extra <= 0.0:
        return []
    return [Factor("unexplained", common_centre(works, works.units), "", "")]
