"""Prices of the market: published files, conversion into the book, parities.

This file holds what an import returns; `orebook.market.mapping` does the import.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orebook.chain.series import PriceSeries


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a series in the book and the imported one.

    Parameters
    ----------
    series : str
        Series of the book [-].
    kind : str
        ``added`` or ``revised`` month, or ``header`` [-].
    key : str
        Month ``YYYY-MM``, or the field of the header [-].
    old, new : float, str or None
        Price or text in the book, and imported [unit of the series].
    """

    series: str
    kind: str
    key: str
    old: float | str | None
    new: float | str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import found and did.

    Parameters
    ----------
    file, sha256 : str
        Price file and hash of its content [-].
    series : tuple of PriceSeries
        The series with all changes taken over, in the order of the map.
    changes : tuple of Change
        Differences from the book.
    written, held : tuple of str
        Series written; series left alone because months already in the book would
        be revised [-].
    """

    file: str
    sha256: str
    series: tuple[PriceSeries, ...]
    changes: tuple[Change, ...]
    written: tuple[str, ...]
    held: tuple[str, ...]

    def summary(self) -> str:
        """Return one line per series, and one per revised month."""
        lines = []
        for series in self.series:
            mine = [change for change in self.changes if change.series == series.id]
            count = Counter(change.kind for change in mine)
            what = ", ".join(f"{n} {kind}" for kind, n in count.items()) or "no change"
            did = "written" if series.id in self.written else "not written"
            if series.id in self.held:
                did = "held: accept the revisions to write it"
            last, price = series.values[-1]
            known = f"up to {last}: {price:.2f} {series.unit}, {series.basis}"
            lines.append(f"{series.id}: {what}; {did if mine else 'left'}; {known}")
            lines += [
                f"  {change.key}: {change.old} -> {change.new}"
                for change in mine
                if change.kind != "added"
            ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain values."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "series": [series.to_dict() for series in self.series],
            "changes": [
                {name: getattr(change, name) for name in Change.__slots__}
                for change in self.changes
            ],
            "written": list(self.written),
            "held": list(self.held),
        }
