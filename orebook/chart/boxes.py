"""What a process flow sheet shows: boxes with nozzles, and pipes between nozzles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orebook.chart.flow import Carrier
from orebook.errors import InputError

__all__ = ["Box", "BoxKind", "Nozzle", "NozzleKind", "Pipe", "check_boxes"]

BoxKind = Literal["unit", "store", "place", "route", "site", "utility"]
NozzleKind = Literal["line", "outside", "tag", "idle"]


@dataclass(frozen=True, slots=True)
class Nozzle:
    """One stream where it meets a box.

    Parameters
    ----------
    key : str
        Name of the stream, unique on the sheet; anchors of picture and table hold it.
    tag : str
        Number by which the table is read.
    side : {"in", "out"}
        Whether it enters or leaves the box.
    kind : {"line", "outside", "tag", "idle"}
        Joined by a pipe; from or to outside the sheet; a utility, shown small; or
        nothing flows.
    label, figures : str
        What flows, and how much at which price.
    tip : str
        Everything known of it, for pointer and screen reader.
    carrier : {"material", "heat", "power", "water"}
        Colour and dashes.
    weight : float
        Money that flows; sets the width of the pipe [CNY].
    row : str or None
        Anchor of its row in the table, where it is not its key; None where it has none.
    """

    key: str
    tag: str
    side: Literal["in", "out"]
    kind: NozzleKind
    label: str
    figures: str
    tip: str
    carrier: Carrier = "material"
    weight: float = 0.0
    row: str | None = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A unit, a store or a place where streams meet.

    Parameters
    ----------
    id : str
        Name that pipes refer to.
    label : str
        Name for the reader.
    kind : {"unit", "store", "place", "route", "site", "utility"}
        Sets its mark; a utility stands below the sheet and has no pipes.
    note : str
        One more line, such as the stock.
    nozzles : tuple of Nozzle
        Its streams.
    """

    id: str
    label: str
    kind: BoxKind
    nozzles: tuple[Nozzle, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A line from a nozzle to a nozzle; an empty key is the head of the box.

    Parameters
    ----------
    source, target : str
        Ids of two different boxes.
    leaves, enters : str
        Keys of the nozzles there.
    carrier : {"material", "heat", "power", "water"}
        Colour and dashes.
    weight : float
        Money that flows [CNY].
    """

    source: str
    target: str
    leaves: str
    enters: str
    carrier: Carrier = "material"
    weight: float = 0.0


def check_boxes(boxes: Sequence[Box], pipes: Sequence[Pipe]) -> None:
    """Refuse a sheet on which a stream stands twice or a pipe leads nowhere.

    Raises
    ------
    InputError
        When an id or key is doubled, or a pipe names what is not there.

    Examples
    --------
    >>> check_boxes([Box("a", "A", "unit", ()), Box("b", "B", "unit", ())], [])
    """
    ids = [box.id for box in boxes]
    keys = [n.key for box in boxes for n in box.nozzles]
    for what, names in (("box", ids), ("stream", keys)):
        twice = {n for n in names if names.count(n) > 1} if len(
            set(names)) < len(names) else set()  # fmt: skip
        if twice:
            raise InputError(
                f"flow sheet: {what} {min(twice)!r} stands twice; expected once; "
                "remove one of them"
            )
    here = {(box.id, n.key) for box in boxes for n in box.nozzles}
    here |= {(box, "") for box in ids}
    for pipe in pipes:
        ends = ((pipe.source, pipe.leaves), (pipe.target, pipe.enters))
        if pipe.source == pipe.target or any(e not in here for e in ends):
            raise InputError(
                f"flow sheet: pipe from {ends[0]} to {ends[1]} leads nowhere; expected "
                "nozzles of two different boxes; add the nozzle or drop the pipe"
            )
