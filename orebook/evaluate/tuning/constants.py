"""Which constants may be fitted, and which units feel them: all from the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.process.network import Network
from orebook.process.tuned_check import tunable

__all__ = ["Constant", "Group", "group_of", "groups_at"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of a unit that may be fitted.

    Parameters
    ----------
    unit, name, of : str
        Unit it lies with, name, unit of measure.
    start, low, high : float
        Value of the book, and the range it may move in [of].
    prior_sd : float
        How well it is known beforehand, one standard deviation [of].
    """

    unit: str
    name: str
    of: str
    start: float
    low: float
    high: float
    prior_sd: float

    @property
    def id(self) -> str:
        """``UNIT.CONSTANT``."""
        return f"{self.unit}.{self.name}"


@dataclass(frozen=True, slots=True)
class Group:
    """Units whose physics share constants, and the constants to be fitted.

    Parameters
    ----------
    units : tuple of str
        Units in the order of the book.
    constants : tuple of Constant
        To be fitted.
    named : bool
        Whether the user named them.
    """

    units: tuple[str, ...]
    constants: tuple[Constant, ...]
    named: bool = False


def group_of(network: Network, unit: str, names: Sequence[str] = ()) -> Group:
    """Return the units that share constants with a unit, and what is to be fitted.

    Parameters
    ----------
    network : Network
        Chain and physics.
    unit : str
        Unit id.
    names : sequence of str
        Constants to fit, ``CONSTANT`` or ``UNIT.CONSTANT``; all that lie with the
        unit otherwise.

    Raises
    ------
    InputError
        If the unit is unknown, has nothing to fit, or a name is none of its constants.
    """
    if unit not in network.processes:
        raise InputError(
            f"no unit is called '{unit}'; "
            f"{did_you_mean(unit, network.processes, 'see the units of the book')}"
        )
    units = _sharing(network, unit)
    known = [c for u in units for c in _constants(network, u)]
    if names:
        return Group(units, tuple(_named(known, unit, names)), named=True)
    own = tuple(c for c in known if c.unit == unit)
    if not own:
        raise _nothing(network, unit, known)
    return Group(units, own)


def groups_at(network: Network, place: str, names: Sequence[str] = ()) -> list[Group]:
    """Return the groups of units of a site or place, with all their constants.

    Parameters
    ----------
    network : Network
        Chain and physics.
    place : str
        A unit, a place, or a centre such as a site or workshop.
    names : sequence of str
        Constants to fit; all otherwise.

    Raises
    ------
    InputError
        If nothing is called so, or it has no unit with constants to fit.
    """
    chain = network.chain
    if place in network.processes:
        return [group_of(network, place, names)]
    if place in chain.place:
        chosen = [u.id for u in chain.units if u.place == place]
    elif place in chain.centre:
        within = set(chain.within(place))
        chosen = [u.id for u in chain.units if u.centre in within]
    else:
        known = [*network.processes, *chain.place, *chain.centre]
        hint = did_you_mean(place, known, "name a unit, a place or a centre")
        raise InputError(f"no unit, place or centre is called '{place}'; {hint}")
    return _groups(network, place, chosen, names)


def _groups(
    network: Network, place: str, chosen: Iterable[str], names: Sequence[str]
) -> list[Group]:
    met: dict[tuple[str, ...], list[str]] = {}
    for unit in chosen:
        met.setdefault(_sharing(network, unit), []).append(unit)
    every = [
        (units, [c for u in members for c in _constants(network, u)])
        for units, members in met.items()
    ]
    every = [(units, constants) for units, constants in every if constants]
    if not every:
        raise InputError(
            f"'{place}' has no unit with constants that may be fitted; expected units "
            "of a kind that declares some; see the table of settings of each kind in "
            "the process kinds page"
        )
    if not names:
        return [Group(units, tuple(constants)) for units, constants in every]
    known = [c for _, constants in every for c in constants]
    wanted = set(_named(known, place, names))
    found = [
        Group(units, tuple(c for c in constants if c in wanted), named=True)
        for units, constants in every
    ]
    return [g for g in found if g.constants]


def _named(
    known: Sequence[Constant], unit: str, names: Sequence[str]
) -> Iterable[Constant]:
    for name in dict.fromkeys(names):
        found = [c for c in known if name in (c.id, c.name)]
        own = [c for c in found if c.unit == unit]
        if not found:
            every = [c.id for c in known] + [c.name for c in known]
            hint = did_you_mean(name, every, "name one of them")
            raise InputError(
                f"'{unit}' has no constant '{name}' that may be fitted; expected "
                f"{listed([c.id for c in known])}; {hint}"
            )
        if len(found) > 1 and len(own) != 1:
            raise InputError(
                f"'{name}' is a constant of several units; expected UNIT.CONSTANT; "
                f"write one of {listed([c.id for c in found])}"
            )
        yield (own or found)[0]


def _nothing(network: Network, unit: str, known: Sequence[Constant]) -> InputError:
    kind = network.processes[unit].kind
    remedy = "choose a unit of another kind"
    if known:
        remedy = f"name them with --constants: {listed([c.id for c in known])}"
    return InputError(
        f"no constant that may be fitted lies with unit '{unit}' (kind {kind}); "
        f"expected a unit of a kind that declares some; {remedy}"
    )


def _constants(network: Network, unit: str) -> tuple[Constant, ...]:
    """Return what may be fitted of a unit; what the plan is free to choose is not."""
    free = network.chain.unit[unit].free
    return tuple(
        Constant(unit, s.name, s.unit, s.default, s.low, s.high, float(s.prior_sd))
        for s in tunable(network.processes[unit], unit).values()
        if s.prior_sd is not None and s.high > s.low and s.name not in free
    )


def _sharing(network: Network, unit: str) -> tuple[str, ...]:
    """Return the units bound to a unit by shared settings or by what they see."""
    links: dict[str, set[str]] = {u: set() for u in network.processes}
    for u, process in network.processes.items():
        others = {s.shared for s in process.settings if s.shared is not None}
        for other in others | ({process.sees} if process.sees is not None else set()):
            links[u].add(other)
            links[other].add(u)
    found, waiting = {unit}, [unit]
    while waiting:
        new = links[waiting.pop()] - found
        found |= new
        waiting += new
    return tuple(u for u in network.processes if u in found)
