"""The contract of a process kind: one pure function that serves every room.

A kind binds a unit of the book to a :class:`Process`. The process says which duties
it can be given (amounts per period, the decision variables of a plan), which ports
materials pass, which settings it has and which capacities it loads. Its ``run`` takes
a :class:`Case` and returns an :class:`Outcome`; all arrays broadcast over leading
axes, so one call evaluates ten thousand cases. It knows nothing of prices, plans,
files or time.

The plan takes its coefficients from ``run`` at unit duties, the simulator and the fair
target from ``run`` at real duties: the same physics stand everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.process.diagnosable import Diagnosed, Role, Tally

Array = NDArray[np.float64]
Content = Mapping[str, Mapping[str, Array]]
Side = Literal["in", "out", "state"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a process: what an operator or planner may choose.

    Parameters
    ----------
    name, unit : str
        Name as in the glossary, fixed unit.
    default, low, high : float
        Default and declared range [unit].
    shared : str or None
        Id of the unit the setting lies with, where several share it because their
        physics are solved together: it is set there and moves in all of them at once.
    prior_sd : float or None
        How well it is known beforehand, one standard deviation [unit], where it is a
        constant of the plant that may be fitted to closed months; None where it is
        chosen or read, not fitted.
    follows : str or None
        Duty of the unit it lies with: the setting is the share of that duty in all
        duties that settings of the unit follow. Nobody chooses it, it follows from what
        the unit is fed.
    role : {"choice", "efficiency", "condition"}
        Chosen by people, got from equipment, or met from outside: what a diagnosis
        holds whom to account for.
    """

    name: str
    unit: str
    default: float
    low: float
    high: float
    shared: str | None = None
    prior_sd: float | None = None
    follows: str | None = None
    role: Role = "choice"


@dataclass(frozen=True, slots=True)
class Duty:
    """A non-negative amount a process is asked for, per period.

    ``port`` names the feed port whose assay shapes the coefficients, or is None;
    ``read_at`` the port whose flow tells the duty after the fact, the rest being judged
    against it.
    """

    name: str
    unit: str
    port: str | None = None
    read_at: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A weighted sum of duties that may not rise above 0, whatever the capacity.

    How far a load may be shifted against even running is such a relation: it holds at
    any size of the load. ``weights`` maps duty names to their weight, ``unit`` is that
    of the sum.
    """

    name: str
    weights: Mapping[str, float]
    unit: str = "MWh"


@dataclass(frozen=True, slots=True)
class Port:
    """A place where a material passes; ``sign`` +1 produced, -1 consumed."""

    name: str
    unit: str
    sign: int


@dataclass(frozen=True, slots=True)
class Case:
    """One operating case, or many along broadcast leading axes.

    Parameters
    ----------
    duty : mapping
        Amount by duty name [duty unit per period].
    content : mapping
        For each feed port the mass fraction of each component [-] and ``heat``
        [GJ per unit].
    setting : mapping
        Value by setting name; what is missing takes its default.
    """

    duty: Mapping[str, Array]
    content: Content = field(default_factory=dict)
    setting: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a process does in a case.

    Parameters
    ----------
    flows : mapping
        Signed amount by port (+ produced, - consumed) [port unit per period].
    loads : mapping
        Load on each declared capacity [limit unit per period].
    indicators : mapping
        Indicators by name, in the glossary's unit.
    content : mapping
        For each port the components it carries per unit of flow: mass fractions [-],
        ``mass`` [t per unit] and ``energy`` [GJ per unit] where they are conserved;
        of steam also ``drop``, its enthalpy over the condensing exhaust, and ``exergy``
        [GJ per unit], by which fuel is split between heat and power.
    """

    flows: Mapping[str, Array]
    loads: Mapping[str, Array] = field(default_factory=dict)
    indicators: Mapping[str, Array] = field(default_factory=dict)
    content: Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """A stream or a state inside a unit, as its physics know it; all per period.

    Parameters
    ----------
    name : str
        As in ``glossary/points.csv``.
    side : {"in", "out", "state"}
        Whether it enters or leaves what the points describe; a state is passed on the
        way. Where points enter and leave, their mass balances, and so does their heat
        where each of them states one.
    stage : int
        Number of a flash stage, washer or tank, from 1; 0 where there is one only [-].
    port : str
        Port of the unit whose stream it is; empty inside the unit.
    mass : array or None
        Mass [t]; None where only a state is known.
    temperature, pressure : array or None
        Temperature [degC], pressure [MPa].
    heat : array or None
        Heat it carries, from the datum of its kind [GJ].
    parts : mapping
        Mass fractions by component [-].
    figures : mapping
        What the trade reads of it besides, by indicator, in the glossary's unit.
    """

    name: str
    side: Side = "state"
    stage: int = 0
    port: str = ""
    mass: Array | None = None
    temperature: Array | None = None
    pressure: Array | None = None
    heat: Array | None = None
    parts: Mapping[str, Array] = field(default_factory=dict)
    figures: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Process:
    """A unit bound to its physics.

    Parameters
    ----------
    kind : str
        Name of the kind.
    duties, ports, settings : tuple
        What it can be asked, what passes, what can be set.
    limits : mapping
        Unit of each capacity it loads, by name, for example ``{"throughput": "t"}``.
    conserves : tuple of str
        Components and ``mass``/``energy`` whose balance over all ports closes.
    function : callable
        ``Case -> Outcome``; called through :meth:`run`, which fills defaults.
    relations : tuple of Relation
        What binds the duties to each other in a plan.
    sees : str or None
        Id of another unit whose feeds' content this one is also told: a unit of a
        circuit feels the ore that enters it elsewhere.
    linear : bool
        True where flows and loads are linear in the duties: twice the duty, twice the
        flow, and what several duties do adds up. Where not (a boiler at part load)
        the plan takes the tangent at the operating duty.
    ideal : callable or None
        ``Case -> {indicator: value}``: what stoichiometry or heat allows of an
        indicator with the feed of the case, whatever is built or set; it is the
        theoretical limit of benchmarks.
    product : str or None
        Port of its main product, where amount and worth would not tell.
    inside : callable or None
        ``Case -> points``: streams and states inside the unit that the chain does not
        see, for a flow sheet; called through :meth:`points`.
    tallies : tuple of Tally
        What it counts towards sums that units working together share.
    diagnosed : tuple of Diagnosed
        Indicators of such sums whose deviation can be split over its causes; where no
        unit of those that work together states any, what each port takes or gives per
        unit of the main product is split.
    """

    kind: str
    duties: tuple[Duty, ...]
    ports: tuple[Port, ...]
    function: Callable[[Case], Outcome]
    settings: tuple[Setting, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    conserves: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    linear: bool = True
    sees: str | None = None
    ideal: Callable[[Case], Mapping[str, Array]] | None = None
    product: str | None = None
    inside: Callable[[Case], tuple[Point, ...]] | None = None
    tallies: tuple[Tally, ...] = ()
    diagnosed: tuple[Diagnosed, ...] = ()

    def run(self, case: Case) -> Outcome:
        """Evaluate the physics at ``case``.

        Raises
        ------
        InputError
            If a duty or setting is unknown, negative or outside its declared range.
        """
        return self.function(self._filled(case))

    def points(self, case: Case) -> tuple[Point, ...]:
        """Return what is inside the unit at ``case``; nothing where a kind tells none.

        Raises
        ------
        InputError
            As :meth:`run`.
        """
        return () if self.inside is None else self.inside(self._filled(case))

    def _filled(self, case: Case) -> Case:
        names = [duty.name for duty in self.duties]
        _refuse_unknown("duty", case.duty, set(names))
        duty = {
            name: np.asarray(case.duty.get(name, 0.0), dtype=np.float64)
            for name in names
        }
        for name, amount in duty.items():
            if not ((amount >= 0.0) & (amount < np.inf)).all():
                raise InputError(
                    f"{self.kind}: duty '{name}' must be a finite amount >= 0, "
                    f"got {np.min(amount):g}; check the feed"
                )
        return Case(duty, case.content, self._settings(case.setting))

    def _settings(self, given: Mapping[str, Array]) -> dict[str, Array]:
        _refuse_unknown("setting", given, {s.name for s in self.settings})
        values: dict[str, Array] = {}
        for setting in self.settings:
            value = np.asarray(
                given.get(setting.name, setting.default), dtype=np.float64
            )
            if value.ndim == 0:
                good = bool(setting.low <= value.item() <= setting.high)
            else:
                good = bool(((value >= setting.low) & (value <= setting.high)).all())
            if not good:
                raise InputError(
                    f"{self.kind}: setting '{setting.name}' = {np.min(value):g}.."
                    f"{np.max(value):g} {setting.unit} lies outside "
                    f"{setting.low:g}..{setting.high:g} {setting.unit}; "
                    "set it inside its declared range"
                )
            values[setting.name] = value
        return values


def _refuse_unknown(what: str, given: Mapping[str, Array], known: set[str]) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"no {what} is called '{name}'; this process has "
                f"{', '.join(sorted(known)) or 'none'}"
            )


def unit_responses(
    process: Process,
    content: Content,
    setting: Mapping[str, Array],
    *,
    at: Mapping[str, float] | None = None,
) -> Outcome:
    """Return the outcome of one unit of each duty, along a leading duty axis.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    content, setting : mapping
        Feed contents and settings of the case.
    at : mapping, optional
        Duty by name that a process which is not linear in its duties is looked at
        [duty unit]; without, and where it is 0, at one unit.

    Returns
    -------
    Outcome
        ``flows[port][k]`` is the amount through a port per unit of duty ``k``: of a
        linear process exactly, of another on average from nothing to ``at``.
    """
    names = [d.name for d in process.duties]
    size = np.ones(len(names))
    if at is not None and not process.linear:
        size = np.array(
            [at.get(n, 0.0) if at.get(n, 0.0) > 0.0 else 1.0 for n in names]
        )
    eye = np.diag(size)
    duty = {name: eye[:, k] for k, name in enumerate(names)}
    outcome = process.run(Case(duty, content, setting))
    if process.linear:
        return outcome
    flows = {p: np.broadcast_to(v, size.shape) / size for p, v in outcome.flows.items()}
    loads = {p: np.broadcast_to(v, size.shape) / size for p, v in outcome.loads.items()}
    return replace(outcome, flows=flows, loads=loads)
