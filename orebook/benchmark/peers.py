"""Figures of peers: in the unit of the indicator, conflicts and gaps in the open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isclose

from orebook.benchmark.reading import in_unit
from orebook.benchmark.result import Conflict, Unused
from orebook.chain.catalogue import by_any_name
from orebook.chain.indicator import Indicator
from orebook.chain.nearest import did_you_mean
from orebook.chain.peers import PeerFigure
from orebook.errors import UnitError

__all__ = ["Claim", "Claims", "claims"]

SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Claim:
    """A peer's figure in the unit of the indicator [unit]."""

    value: float
    figure: PeerFigure

    @property
    def source(self) -> str:
        """Who says so, of whom, and when it was looked up."""
        f = self.figure
        return f"{f.peer} {f.period}: {f.source} ({f.retrieved.isoformat()})"


@dataclass(frozen=True)
class Claims:
    """All usable figures by indicator, and what could not be used.

    Parameters
    ----------
    by_indicator : mapping
        Indicator id to its figures; of conflicting ones the least demanding alone.
    conflicts : tuple of Conflict
        Peers whose figures of one period differ.
    unused : tuple of Unused
        Figures nobody can use, and why.
    """

    by_indicator: Mapping[str, tuple[Claim, ...]]
    conflicts: tuple[Conflict, ...] = ()
    unused: tuple[Unused, ...] = field(default_factory=tuple)

    def best(self, indicator: Indicator, of: str) -> Claim | None:
        """Return the best figure somebody reached, of a class of plants.

        Parameters
        ----------
        indicator : Indicator
            Which.
        of : str
            Class of the plant judged.
        """
        return _best(self._of(indicator, of, {"peer", "average"}), indicator)

    def limit(self, indicator: Indicator, of: str) -> Claim | None:
        """Return what a standard asks at least: its least demanding figure."""
        found = self._of(indicator, of, {"limit"})
        sign = _sign(indicator)
        return min(found, key=lambda c: sign * c.value, default=None)

    def theory(self, indicator: Indicator, of: str) -> Claim | None:
        """Return a theoretical limit a file of peers states."""
        return _best(self._of(indicator, of, {"theory"}), indicator)

    def _of(self, indicator: Indicator, of: str, kinds: set[str]) -> list[Claim]:
        return [
            c
            for c in self.by_indicator.get(indicator.id, ())
            if c.figure.kind in kinds and c.figure.of in ("", of)
        ]


def _sign(indicator: Indicator) -> float:
    return 1.0 if indicator.better == "higher" else -1.0


def _best(found: Iterable[Claim], indicator: Indicator) -> Claim | None:
    sign = _sign(indicator)
    return max(found, key=lambda c: sign * c.value, default=None)


def claims(
    figures: Sequence[PeerFigure], indicators: Mapping[str, Indicator]
) -> Claims:
    """Sort the figures of peers by indicator, in its unit.

    Parameters
    ----------
    figures : sequence of PeerFigure
        Of all files.
    indicators : mapping
        The catalogue by id.

    Returns
    -------
    Claims
        Of figures that do not agree the least demanding is used, and the conflict is
        named: a target nobody may have reached helps nobody.

    Examples
    --------
    >>> from datetime import date
    >>> from orebook.chain.catalogue import builtin
    >>> rows = [
    ...     PeerFigure("alu.naoh", "A", v, "kg/t", "2025", s, date(2026, 1, 5))
    ...     for v, s in ((90.0, "x"), (0.095, "y"))
    ... ]
    >>> rows[1] = PeerFigure(
    ...     "alu.naoh", "A", 0.095, "t/t", "2025", "y", date(2026, 1, 5)
    ... )
    >>> found = claims(rows, builtin())
    >>> found.best(builtin()["alu.naoh"], "").value, found.conflicts[0].values
    (95.0, (90.0, 95.0))
    """
    names = by_any_name(indicators.values())
    kept: list[tuple[str, Claim]] = []
    unused: list[Unused] = []
    for figure in figures:
        found = _claim(figure, names, indicators)
        if isinstance(found, str):
            unused.append(
                Unused(figure.file, figure.line, figure.indicator, figure.peer, found)
            )
        else:
            kept.append((names[figure.indicator], found))
    settled, conflicts = _settled(kept, indicators)
    return Claims(settled, tuple(conflicts), tuple(unused))


def _claim(
    figure: PeerFigure, names: Mapping[str, str], known: Mapping[str, Indicator]
) -> Claim | str:
    if figure.indicator not in names:
        hint = did_you_mean(figure.indicator, names, "add the indicator to benchmark/")
        return f"no indicator is called '{figure.indicator}'; {hint}"
    wanted = known[names[figure.indicator]].unit
    try:
        return Claim(in_unit(figure.value, figure.unit, wanted), figure)
    except UnitError:
        return (
            f"is in {figure.unit or 'no unit'}; expected {wanted}, or a unit of the "
            "same kind; correct the unit"
        )


def _settled(
    kept: list[tuple[str, Claim]], indicators: Mapping[str, Indicator]
) -> tuple[dict[str, tuple[Claim, ...]], list[Conflict]]:
    def key(row: tuple[str, Claim]) -> tuple[str, str, str, str, str]:
        f = row[1].figure
        return row[0], f.peer, f.period, f.kind, f.of

    found: dict[str, list[Claim]] = {}
    conflicts = []
    for (name, peer, period, _, _), rows in groupby(sorted(kept, key=key), key):
        same = [claim for _, claim in rows]
        sign = _sign(indicators[name])
        used = min(same, key=lambda c: sign * c.value)
        if not all(isclose(c.value, used.value, rel_tol=SAME) for c in same):
            conflicts.append(
                Conflict(
                    name,
                    peer,
                    period,
                    tuple(c.value for c in same),
                    indicators[name].unit,
                    tuple(c.figure.source for c in same),
                    used.value,
                )
            )
        found.setdefault(name, []).append(used)
    return {name: tuple(rows) for name, rows in found.items()}, conflicts
