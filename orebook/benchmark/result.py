"""What a benchmark finds: rows with six references each, and what gaps are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from orebook.benchmark.note import NONE, Note
from orebook.benchmark.reading import Reading
from orebook.chain.indicator import Indicator

__all__ = [
    "REFERENCES",
    "Benchmark",
    "Conflict",
    "Factor",
    "Frontier",
    "Reference",
    "Row",
    "Unused",
]

REFERENCES = ("limit", "plan", "own_best", "group_best", "peer", "theory")
"""The six references of an indicator, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of an indicator.

    Parameters
    ----------
    kind : str
        One of :data:`REFERENCES`.
    value : float or None
        As it stands at its source [unit]; None where there is none.
    level : float or None
        Moved to the feed of the month: what the gap is measured from [unit].
    gap : float or None
        Room to it, positive where it is better than the month [unit].
    money : float or None
        The gap in the period [CNY]; None where nothing prices it.
    source : Note
        Where it comes from, or why there is none.
    leaf : bool
        Whether the money is counted: true of leaves of the tree alone.
    rest : float or None
        Money of a product that its factors leave open; counted [CNY].
    """

    kind: str
    value: float | None = None
    level: float | None = None
    gap: float | None = None
    money: float | None = None
    source: Note = NONE
    leaf: bool = False
    rest: float | None = None

    @property
    def counted(self) -> float:
        """What it adds to a sum over leaves [CNY]."""
        own = self.money if self.leaf and self.money is not None else 0.0
        return own + (self.rest or 0.0)


@dataclass(frozen=True)
class Row:
    """One indicator of one plant.

    Parameters
    ----------
    plant, scope, centre : str
        Whose: unit or centre, what it covers, who answers.
    of : str
        Class of the plant; empty where there is none.
    indicator : Indicator
        What is measured.
    reading : Reading or None
        The month; None where it could not be worked out.
    references : mapping
        By kind; all six.
    grade : int or None
        Grade of the standard reached, 1 the best; 0 beyond the last.
    reason : Note
        Why there is no reading.
    units : tuple of str
        Units it covers.
    """

    plant: str
    scope: str
    centre: str
    of: str
    indicator: Indicator
    reading: Reading | None
    references: Mapping[str, Reference]
    grade: int | None = None
    reason: Note = NONE
    units: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the row as plain data with stable names."""
        one, own = self.indicator, self.reading
        return {
            "plant": self.plant,
            "scope": self.scope,
            "centre": self.centre,
            "class": self.of,
            "indicator": one.id,
            "unit": one.unit,
            "better": one.better,
            "parent": one.parent,
            "within": one.within,
            "value": None if own is None else own.value,
            "sd": None if own is None else own.sd,
            "basis": None if own is None else own.basis,
            "driver": None if own is None else own.driver,
            "price_cny": None if own is None else own.price,
            "uncounted": [] if own is None else list(own.uncounted),
            "grade": self.grade,
            "reason": self.reason.en,
            "units": list(self.units),
            "references": {
                kind: {
                    "value": r.value,
                    "level": r.level,
                    "gap": r.gap,
                    "money_cny": r.money,
                    "leaf": r.leaf,
                    "rest_cny": r.rest,
                    "source": r.source.en,
                }
                for kind, r in self.references.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Conflict:
    """Figures of one peer and period that do not agree."""

    indicator: str
    peer: str
    period: str
    values: tuple[float, ...]
    unit: str
    sources: tuple[str, ...]
    used: float


@dataclass(frozen=True, slots=True)
class Unused:
    """A peer figure that no row could use, and why."""

    file: str
    line: int
    indicator: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a plant's gap to the frontier.

    Parameters
    ----------
    indicator : str
        The factor.
    own, best : float
        What it takes per unit of product, and at the best of the set [unit].
    price : float
        Internal price [CNY per unit of the indicator and unit of product].
    money : float
        Gap in the period [CNY]; the factors sum to the profit gap.
    technical, allocative : float
        Part that the nearest point of the frontier would save, and what the best mix
        of factors saves beyond it [CNY].
    """

    indicator: str
    own: float
    best: float
    price: float
    money: float
    technical: float
    allocative: float


@dataclass(frozen=True, slots=True)
class Frontier:
    """How far a plant is from the most profitable of what it may be compared with.

    Parameters
    ----------
    plant : str
        Whose.
    best : str
        The most profitable: a plant, or a month of its own.
    compared : tuple of str
        All it was compared with.
    profit_gap : float
        Profit of the best less its own, at its own prices and volume [CNY].
    factors : tuple of Factor
        By leaf; they sum to the profit gap.
    """

    plant: str
    best: str
    compared: tuple[str, ...]
    profit_gap: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Benchmark:
    """All indicators of a month against their references.

    Parameters
    ----------
    period : str
        The month.
    simulated : bool
        Whether made-up readings stand behind it.
    rows : tuple of Row
        By plant, in the order of the catalogue.
    frontiers : tuple of Frontier
        By plant.
    conflicts : tuple of Conflict
        Peers that do not agree with themselves.
    unused : tuple of Unused
        Peer figures no row could use.
    missing : tuple of Indicator
        Indicators of the catalogue the book measures nothing of.
    months : tuple of str
        Closed months that own bests come from.
    """

    period: str
    simulated: bool
    rows: tuple[Row, ...]
    frontiers: tuple[Frontier, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unused: tuple[Unused, ...] = ()
    missing: tuple[Indicator, ...] = ()
    months: tuple[str, ...] = field(default_factory=tuple)

    def total(self, kind: str, plant: str | None = None) -> float:
        """Return the money of all leaves against a reference [CNY].

        Parameters
        ----------
        kind : str
            One of :data:`REFERENCES`.
        plant : str, optional
            One plant alone.
        """
        return sum(
            r.references[kind].counted for r in self.rows if plant in (None, r.plant)
        )

    def known_total(self, kind: str, plant: str | None = None) -> float | None:
        """Return the money of all leaves, None where no leaf has the reference."""
        known = any(
            r.references[kind].leaf and plant in (None, r.plant) for r in self.rows
        )
        return self.total(kind, plant) if known else None

    def plants(self) -> tuple[str, ...]:
        """Return the plants with money in them, in order."""
        return tuple(
            dict.fromkeys(
                r.plant for r in self.rows if any(x.leaf for x in r.references.values())
            )
        )

    def totals(self) -> list[dict[str, object]]:
        """Return the money of the leaves of each plant, by reference; None if none."""
        return [
            {
                "plant": plant,
                **{f"{k}_cny": self.known_total(k, plant) for k in REFERENCES},
            }
            for plant in self.plants()
        ]

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data with stable names."""
        return {
            "period": self.period,
            "simulated": self.simulated,
            "rows": [r.to_dict() for r in self.rows],
            "totals": self.totals(),
            "frontiers": [asdict(f) for f in self.frontiers],
            "conflicts": [asdict(c) for c in self.conflicts],
            "unused": [asdict(u) for u in self.unused],
            "missing": [{"indicator": i.id, "needs": i.needs_en} for i in self.missing],
            "months": list(self.months),
        }
