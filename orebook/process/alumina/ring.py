"""A circuit of the book: the units that share one liquor loop, and its state.

Units with the same ``recipe.circuit`` form a ring. The physics of all of them are those
of one closed circuit: at the settings, which lie with the unit each belongs to and are
shared by all, and at the quality of the ore the slurry unit is fed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from pydantic import Field, ValidationError

from orebook.chain.chain import Chain
from orebook.chain.fields import AnyMeasure, Entry
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Unit
from orebook.errors import InputError, UnitError
from orebook.process.alumina.assay import ORE, blend, minerals, told
from orebook.process.alumina.circuit import Circuit, walk
from orebook.process.alumina.explain import IMPOSSIBLE, explain
from orebook.process.alumina.parameters import Route, check_range, parameters, plant
from orebook.process.alumina.solve import Solved, solve
from orebook.process.content import feed_content
from orebook.process.contract import Array, Case, Content, Setting
from orebook.process.diagnosable import Role

__all__ = ["KINDS_OF_RING", "SETTINGS", "Ring", "RingRecipe", "State", "ring_of"]

KINDS_OF_RING = (
    "bayer_slurry",
    "bayer_digestion",
    "bayer_settling",
    "bayer_washing",
    "bayer_precipitation",
    "bayer_evaporation",
    "bayer_makeup",
    "bayer_calcination",
)
"""Kinds of the units of a ring, in the order of the flow."""

_Key = tuple[tuple[str, tuple[int, ...], bytes], ...]
_SHARE = "share_"
_FEW = 64  # cases of a small call [-]
_KEPT_SMALL, _KEPT_LARGE = 128, 8  # calls remembered [-]


class RingRecipe(Entry):
    """Parameters of a unit of a Bayer circuit (``[units.recipe]``).

    ``circuit`` names the circuit, the same in all its units. The unit of kind
    ``bayer_slurry`` also gives the ``route``, constants of the ``plant`` that differ
    from the route's, and the ``blend`` of ores, in parts of dry ore, at which the
    state of the circuit is taken; equal parts where it is not given. With
    ``follow_plan`` the blend is where the plan starts: it is solved again until the
    state is that of the ores it feeds.
    """

    circuit: str
    route: Route = "high_temperature"
    plant: dict[str, AnyMeasure] = Field(default_factory=dict)
    blend: dict[str, float] = Field(default_factory=dict)
    follow_plan: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A closed circuit as its units see it, per tonne of alumina.

    Parameters
    ----------
    plant : mapping
        Parameters, with settings and ore in place.
    circuit : Circuit
        The sections.
    ores : mapping
        Minerals of each ore.
    locked : array
        Al2O3 of the blend in minerals that do not dissolve, per tonne of dry ore.
    """

    plant: Mapping[str, Array]
    circuit: Circuit
    ores: Mapping[str, Mapping[str, Array]]
    locked: Array

    @property
    def caustic_per_m3(self) -> Array:
        """Na2O in test-tank liquor [t/m3]."""
        return np.asarray(self.plant["test_tank_caustic"] / 1000.0)

    @property
    def digested_soda(self) -> Array:
        """Na2O of the liquor after digestion [t/t]."""
        return np.asarray(self.circuit.charge.digested.caustic)

    @property
    def extracted(self) -> Array:
        """Al2O3 that leaves the ore for good, causticising lime served [t/t]."""
        c = self.circuit
        taken = c.charge.ore * c.chemistry.extracted
        return np.asarray(taken - c.causticisation.alumina)

    @property
    def mud_alumina(self) -> Array:
        """Al2O3 in the mud solids: of the residue, locked, bound by lime [t/t]."""
        c = self.circuit
        held = c.chemistry.residue["Al2O3"] + self.locked
        return np.asarray(c.charge.ore * held + c.causticisation.alumina)

    @property
    def hydrate(self) -> Array:
        """Dry hydrate [t/t]."""
        return np.asarray(sum(self.circuit.calcination.hydrate.values()))


@dataclass(frozen=True, slots=True)
class Ring:
    """A circuit bound to its units.

    Parameters
    ----------
    name : str
        As in ``recipe.circuit``.
    plant : mapping
        Constants of the route and the book.
    shares : mapping
        Blend of ores at which the state is taken [-].
    content : mapping
        Nominal content of each ore.
    owner : mapping
        Setting to the unit it lies with.
    settings : tuple of Setting
        All settings of the circuit, at the values of the book.
    slurry : str
        Id of the unit that takes the ore.
    constants : tuple
        The plant as it is looked up among what was closed before.
    """

    name: str
    plant: Mapping[str, Array]
    shares: Mapping[str, float]
    content: Content
    owner: Mapping[str, str]
    settings: tuple[Setting, ...]
    slurry: str
    constants: _Key = ()

    def shared(self) -> tuple[Setting, ...]:
        """Return all settings, each shared from the unit it lies with."""
        return tuple(replace(s, shared=self.owner[s.name]) for s in self.settings)

    def state(self, case: Case) -> State:
        """Return the closed circuit of every case.

        Parameters
        ----------
        case : Case
            Settings of the circuit, and content of its ores where not nominal.

        Raises
        ------
        InputError
            If the circuit of a case cannot be closed; says which constraint is not met.
        """
        ores = {
            ore: minerals(told(known, case.content.get(ore, {})), self.plant)
            for ore, known in self.content.items()
        }
        mixed = blend(ores, self._shares(case))
        moved = {
            k: v for k, v in case.setting.items() if k in self.owner and k in self.plant
        }
        told_ = {**moved, **{k: mixed[k] for k in ORE}}
        fixed = self.constants or _key(self.plant)
        key = (*(c for c in fixed if c[0] not in told_), *_key(told_))
        count = max(np.size(v) for v in told_.values())
        remembered = _small if count <= _FEW else _large
        try:
            closed, circuit = remembered(key)
        except InputError as error:
            raise InputError(f"circuit '{self.name}': {error}") from error
        return State(closed, circuit, ores, mixed["locked"])

    def _shares(self, case: Case) -> Mapping[str, Array]:
        """Return the blend of a case: that of the book, or of what is really fed."""
        return {
            ore: np.asarray(case.setting.get(f"{_SHARE}{ore}", self.shares.get(ore, 0)))
            for ore in self.content
        }

    def refuse_impossible(self) -> None:
        """Refuse a circuit that no plant can run with at the settings of the book.

        Raises
        ------
        InputError
            With the constraint that is not met, in English and Chinese.
        """
        setting = {s.name: np.asarray(s.default) for s in self.settings}
        state = self.state(Case({}, {}, setting))
        solved = solve(state.plant)
        for reason in explain(solved):
            if reason.constraint in IMPOSSIBLE:
                raise InputError(
                    f"unit '{self.slurry}': circuit '{self.name}' cannot run: "
                    f"{reason.text} / {reason.zh}"
                )


def _key(values: Mapping[str, Array]) -> _Key:
    """Return values as something that can be looked up."""
    arrays = ((k, np.asarray(v, np.float64)) for k, v in values.items())
    return tuple((k, v.shape, v.tobytes()) for k, v in arrays)


def _closed(key: _Key) -> tuple[dict[str, Array], Circuit]:
    """Close each distinct case once, and walk through all of them.

    The units of a ring are asked for the same cases one after the other: what was
    closed last is remembered.
    """
    every = {k: np.frombuffer(data).reshape(shape) for k, shape, data in key}
    shape = np.broadcast_shapes(*(v.shape for v in every.values()))
    names = [k for k, v in every.items() if v.size > 1]
    plain = {k: v.reshape(()) for k, v in every.items() if v.size == 1}
    if not names:
        return {**plain}, _demanded(solve(plain)).circuit
    table = np.stack([np.broadcast_to(every[n], shape).ravel() for n in names])
    rows, place = np.unique(table, axis=1, return_inverse=True)
    solved = _demanded(solve({**plain, **dict(zip(names, rows, strict=True))}))
    place = place.reshape(shape)
    spread = {n: rows[i][place] for i, n in enumerate(names)}
    _, circuit = walk({**plain, **spread}, solved.tears[:, place])
    return {**plain, **spread}, circuit


_small = lru_cache(maxsize=_KEPT_SMALL)(_closed)
_large = lru_cache(maxsize=_KEPT_LARGE)(_closed)


def _demanded(solved: Solved) -> Solved:
    """Return closed circuits; raises InputError with the reason where one is open."""
    if np.all(solved.converged):
        return solved
    reasons = [r for r in explain(solved) if not solved.converged[r.case]]
    raise InputError(
        f"the liquor circuit cannot be closed in {int(np.sum(~solved.converged))} of "
        f"{solved.converged.size} cases: {reasons[0].text} / "
        f"{reasons[0].zh}"
    )


def ring_of(unit: Unit, chain: Chain) -> Ring:
    """Return the circuit a unit belongs to.

    Parameters
    ----------
    unit : Unit
        Any unit of the circuit.
    chain : Chain
        The book.

    Raises
    ------
    InputError
        If the circuit has no slurry unit or two, or a constant is unknown or outside
        its range.
    """
    name = read_recipe(unit).circuit
    members = _members(chain, name)
    slurries = [u for u in members if u.kind == "bayer_slurry"]
    if len(slurries) != 1:
        raise InputError(
            f"unit '{unit.id}': recipe.circuit = '{name}' has {len(slurries)} units of "
            "kind bayer_slurry; expected one, which states route, plant and blend; add "
            "it or correct the name"
        )
    recipe = read_recipe(slurries[0])
    content = feed_content(slurries[0], chain)
    _check_ores(slurries[0], content, recipe)
    constants = _constants(slurries[0], recipe)
    owner = _owners(members)
    shares = recipe.blend or dict.fromkeys(content, 1.0)
    followed = _followed(shares, content) if recipe.follow_plan else ()
    owner |= {s.name: slurries[0].id for s in followed}
    return Ring(
        name=name,
        plant=constants,
        shares=shares,
        content=content,
        owner=owner,
        settings=(*_settings(constants, owner, chain), *followed),
        slurry=slurries[0].id,
        constants=_key(constants),
    )


def read_recipe(unit: Unit) -> RingRecipe:
    """Return the recipe of a unit of a circuit; raises InputError where it is wrong."""
    try:
        return RingRecipe.model_validate(unit.recipe)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"unit '{unit.id}': recipe.{where}: {first['msg']}; a unit of kind "
            f'{unit.kind} needs recipe = {{ circuit = "NAME" }}'
        ) from error


def _members(chain: Chain, name: str) -> list[Unit]:
    return [
        u
        for u in chain.units
        if u.kind in KINDS_OF_RING and u.recipe.get("circuit") == name
    ]


def _owners(members: list[Unit]) -> dict[str, str]:
    """Return with which unit each setting lies: of its kind the first by its id.

    So the order in which a book lists its units decides nothing.
    """
    first = {u.kind: u.id for u in sorted(members, key=lambda u: u.id, reverse=True)}
    return {row["name"]: first[row["kind"]] for row in _table() if row["kind"] in first}


@cache
def _table() -> tuple[Mapping[str, str], ...]:
    text = (files("orebook.process.alumina") / "settings.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


SETTINGS = tuple(row["name"] for row in _table())
"""Settings of a circuit, each shared by all its units."""


def _settings(
    constants: Mapping[str, Array], owner: Mapping[str, str], chain: Chain
) -> list[Setting]:
    """Return the settings with their range around the constants of the plant."""
    found = []
    for row in _table():
        name = row["name"]
        if name not in owner:
            continue
        p, at = parameters()[name], float(constants[name])
        low, high = p.low, p.high  # of a shift, which is 0 by nature: all of it
        if row["below"]:
            low = max(low, at * (1.0 - float(row["below"])))
            high = min(high, at * (1.0 + float(row["above"])))
        given = chain.unit[owner[name]].settings.get(name)
        value = at if given is None else given.to(p.unit)
        known_to = float(row["prior_sd"]) if row["prior_sd"] else None
        role: Role = row["role"]  # type: ignore[assignment]
        found.append(
            Setting(name, p.unit, value, low, high, prior_sd=known_to, role=role)
        )
    return found


def _followed(shares: Mapping[str, float], content: Content) -> tuple[Setting, ...]:
    """Return the share of each ore as a setting that follows what is fed."""
    whole = sum(shares.values())
    return tuple(
        Setting(
            f"{_SHARE}{ore}", "", shares.get(ore, 0.0) / whole, 0.0, 1.0, follows=ore
        )
        for ore in content
    )


def _constants(unit: Unit, recipe: RingRecipe) -> dict[str, Array]:
    found = plant(recipe.route)
    for name, measure in recipe.plant.items():
        if name not in found or name in ORE:
            known = [n for n in found if n not in ORE]
            raise InputError(
                f"unit '{unit.id}': recipe.plant.{name} is no constant of the circuit; "
                f"expected one of {listed(known)}; "
                f"{did_you_mean(name, known, 'correct the name')}"
            )
        p = parameters()[name]
        where = f"unit '{unit.id}': recipe.plant.{name}"
        try:
            value = np.asarray(measure.to(p.unit))
        except UnitError as error:
            raise InputError(
                f"{where} ({p.zh}) is not told in {p.unit or 'a plain number'}; "
                f"expected {p.low:g} to {p.high:g} {p.unit}; correct the unit"
            ) from error
        try:
            check_range(name, value)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        found[name] = value
    return found


def _check_ores(unit: Unit, content: Content, recipe: RingRecipe) -> None:
    if not content:
        raise InputError(
            f"unit '{unit.id}' is fed no ore; it needs at least one material with "
            'Al2O3 and SiO2; add feed = ["ORE"]'
        )
    for ore, assay in content.items():
        lacking = [c for c in ("Al2O3", "SiO2") if c not in assay]
        if lacking:
            raise InputError(
                f"unit '{unit.id}': the material '{ore}' states no {lacking[0]}; the "
                "circuit needs Al2O3 and SiO2 of every ore; add it to its assay"
            )
    unknown = [ore for ore in recipe.blend if ore not in content]
    if unknown or (recipe.blend and sum(recipe.blend.values()) <= 0.0):
        told = unknown[0] if unknown else "its sum"
        raise InputError(
            f"unit '{unit.id}': recipe.blend: {told} is no part of the feed; expected "
            f"parts above 0 of {', '.join(content)}; correct the blend"
        )
