"""Recipe: fixed yields, with deltas per feed quality and setting, stated in the book.

Stands for any plant whose own model is not there yet: consumption and production per
tonne of feed or of main product, each ratio moving linearly with the feed's assay and
the unit's settings. Linear in the feed quality, it is exact in a linear plan however
the feeds are blended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import Field, ValidationError

from orebook.chain.chain import Chain, good
from orebook.chain.fields import AnyMeasure, Entry
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import (
    feed_content,
    feed_port,
    fraction,
    known_material,
    nominal,
)
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Port,
    Process,
    Setting,
)
from orebook.process.registry import Kind
from orebook.quantity import Measure


class RecipeSetting(Entry):
    """A setting of a recipe with its declared range.

    With ``prior_sd`` it is a constant that may be fitted to closed months: how well it
    is known beforehand, one standard deviation.
    """

    unit: str = ""
    default: AnyMeasure
    low: AnyMeasure
    high: AnyMeasure
    prior_sd: AnyMeasure | None = None


class Delta(Entry):
    """How one ratio moves: ``change`` per ``per`` of ``on`` away from ``reference``.

    ``on`` is a component (``SiO2``), a ratio (``Al2O3/SiO2``) of the feed, or
    ``setting:NAME``.
    """

    port: str
    on: str
    reference: AnyMeasure
    change: AnyMeasure
    per: AnyMeasure


class Recipe(Entry):
    """Parameters of a recipe (``[units.recipe]``).

    ``basis`` is ``feed`` or the main product; all ratios are per unit of it. With
    ``closes`` that port takes what is left of the mass (and of ``components``), so
    that the recipe conserves them.
    """

    basis: str = "feed"
    consumes: dict[str, AnyMeasure] = Field(default_factory=dict)
    produces: dict[str, AnyMeasure] = Field(default_factory=dict)
    deltas: list[Delta] = Field(default_factory=list)
    settings: dict[str, RecipeSetting] = Field(default_factory=dict)
    closes: str | None = None
    components: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ratio:
    """One ratio: base value and its slopes by (what, reference)."""

    port: str
    sign: int
    base: float
    slopes: tuple[tuple[str, float, float], ...]  # on, reference, change per 1 of on


def bind(unit: Unit, chain: Chain) -> Process:
    """Bind a unit of kind ``recipe``."""
    recipe = _read(unit)
    fixed_basis = recipe.basis != "feed"
    basis_unit = _basis_unit(unit, recipe, chain)
    ratios = _ratios(unit, recipe, chain, basis_unit)
    feeds = tuple(feed_port(text) for text in unit.feed)
    duties = _duties(unit, recipe, feeds, basis_unit)
    contents = {
        **{r.port: nominal(chain, _material(unit, r.port)) for r in ratios},
        **feed_content(unit, chain),
    }
    if recipe.closes is not None:
        contents[recipe.closes] = nominal(chain, _material(unit, recipe.closes))
    produced = {r.port: r.sign for r in ratios}
    if fixed_basis:
        produced[recipe.basis] = 1
    if recipe.closes is not None:
        produced[recipe.closes] = 1
    ports = [Port(f, chain.material[_material(unit, f)].unit, -1) for f in feeds]
    ports += [
        Port(p, chain.material[_material(unit, p)].unit, sign)
        for p, sign in produced.items()
        if p not in feeds
    ]
    physics = _Physics(recipe, ratios, tuple(d.name for d in duties), feeds, contents)
    return Process(
        kind="recipe",
        duties=duties,
        ports=tuple(ports),
        function=physics.run,
        settings=_settings(recipe),
        limits={"throughput": basis_unit},
        conserves=("mass", *recipe.components) if recipe.closes else (),
    )


@dataclass(frozen=True, slots=True)
class _Physics:
    recipe: Recipe
    ratios: tuple[_Ratio, ...]
    duties: tuple[str, ...]
    feeds: tuple[str, ...]
    contents: Content

    def run(self, case: Case) -> Outcome:
        total = sum((case.duty[d] for d in self.duties), np.zeros(()))
        flows: dict[str, Array] = {}
        by_feed = self.recipe.basis == "feed"
        for duty in self.duties:
            amount = case.duty[duty]
            if by_feed and duty in self.feeds:
                flows[duty] = flows.get(duty, 0.0) - amount
            for ratio in self.ratios:
                # Per product, the feed's own ratio holds for its grade only.
                if ratio.port in self.feeds and ratio.port != duty:
                    continue
                value = self._value(ratio, duty, case)
                flows[ratio.port] = (
                    flows.get(ratio.port, np.zeros(())) + ratio.sign * amount * value
                )
        if not by_feed:
            flows[self.recipe.basis] = total
        content = {
            port: {**self.contents[port], **case.content.get(port, {})}
            for port in self.contents
        }
        if self.recipe.closes is not None:
            self._close(flows, content)
        indicators = _per(flows, total)
        return Outcome(flows, {"throughput": total}, indicators, content)

    def _value(self, ratio: _Ratio, duty: str, case: Case) -> Array:
        value = np.asarray(ratio.base)
        for on, reference, slope in ratio.slopes:
            name = on.removeprefix("setting:")
            x = (
                case.setting[name]
                if on.startswith("setting:")
                else fraction(case.content, duty, on, self.contents)
            )
            value = value + slope * (x - reference)
        return value

    def _close(
        self, flows: dict[str, Array], content: dict[str, dict[str, Array]]
    ) -> None:
        port = str(self.recipe.closes)

        def net(component: str) -> Array:
            return -sum(
                (
                    flow * content[p].get(component, np.zeros(()))
                    for p, flow in flows.items()
                ),
                np.zeros(()),
            )

        amount = net("mass")
        rest = {c: net(c) for c in self.recipe.components}
        flows[port] = amount
        safe = np.where(amount == 0.0, 1.0, amount)
        content[port] = {
            **content[port],
            **{
                c: np.where(amount == 0.0, 0.0, value / safe)
                for c, value in rest.items()
            },
        }


def _per(flows: Mapping[str, Array], total: Array) -> dict[str, Array]:
    """Return each flow per unit of duty: the specific consumptions and yields."""
    idle = total == 0.0
    if not idle.any():
        return {f"{port}_per_unit": np.abs(f) / total for port, f in flows.items()}
    safe = np.where(idle, 1.0, total)
    return {
        f"{port}_per_unit": np.where(idle, 0.0, np.abs(flow) / safe)
        for port, flow in flows.items()
    }


def _read(unit: Unit) -> Recipe:
    try:
        return Recipe.model_validate(unit.recipe)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"unit '{unit.id}': recipe.{where}: {first['msg']}; "
            "see the fields of a recipe in the book reference"
        ) from error


def _material(unit: Unit, port: str) -> str:
    """Return the material of a port; a port of a recipe is named after it."""
    return good(unit.ports.get(port, port), unit.place).material


def _basis_unit(unit: Unit, recipe: Recipe, chain: Chain) -> str:
    if recipe.basis != "feed":
        return known_material(chain, _material(unit, recipe.basis)).unit
    if not unit.feed:
        raise InputError(
            f"unit '{unit.id}' is a recipe per unit of feed but lists no feed; "
            'add feed = ["material"] or recipe.basis = "product"'
        )
    units = set()
    for text in unit.feed:
        material = good(text, unit.place).material
        units.add(known_material(chain, material).unit)
    if len(units) > 1:
        raise InputError(
            f"unit '{unit.id}': its feeds are counted in {', '.join(sorted(units))}; "
            "alternative feeds must share one unit"
        )
    return str(units.pop())


def _duties(
    unit: Unit, recipe: Recipe, feeds: tuple[str, ...], of: str
) -> tuple[Duty, ...]:
    if feeds:
        return tuple(Duty(f, of, f, f) for f in feeds)
    return (Duty(recipe.basis, of, None, recipe.basis),)


def _ratios(
    unit: Unit, recipe: Recipe, chain: Chain, basis_unit: str
) -> tuple[_Ratio, ...]:
    known = {*recipe.consumes, *recipe.produces}
    for delta in recipe.deltas:
        if delta.port not in known:
            raise InputError(
                f"unit '{unit.id}': a delta names the port '{delta.port}'; this recipe "
                f"has {', '.join(sorted(known))}; correct the name"
            )
    rows = [(p, m, -1) for p, m in recipe.consumes.items()]
    rows += [(p, m, 1) for p, m in recipe.produces.items()]
    ratios = []
    for port, measure, sign in rows:
        of = f"{known_material(chain, _material(unit, port)).unit}/{basis_unit}"
        slopes = tuple(
            _slope(delta, recipe, of) for delta in recipe.deltas if delta.port == port
        )
        ratios.append(_Ratio(port, sign, measure.to(of), slopes))
    return tuple(ratios)


def _slope(delta: Delta, recipe: Recipe, of: str) -> tuple[str, float, float]:
    unit = ""
    if delta.on.startswith("setting:"):
        name = delta.on.removeprefix("setting:")
        if name not in recipe.settings:
            raise InputError(
                f"a delta is on the setting '{name}', which this recipe does not "
                f"declare; add recipe.settings.{name}"
            )
        unit = recipe.settings[name].unit
    per = _difference(delta.per, unit)
    if per == 0.0:
        raise InputError(f"delta of '{delta.port}' on '{delta.on}': per must not be 0")
    return delta.on, delta.reference.to(unit), delta.change.to(of) / per


def _difference(measure: Measure, unit: str) -> float:
    """Convert a difference: temperatures differ by kelvins, not from 0 degC."""
    return measure.number if unit == "degC" else measure.to(unit)


def _settings(recipe: Recipe) -> tuple[Setting, ...]:
    for n, s in recipe.settings.items():
        if s.prior_sd is not None and not s.prior_sd.number > 0.0:
            raise InputError(
                f"recipe.settings.{n}.prior_sd = {s.prior_sd} is not above 0; expected "
                "how well the constant is known beforehand; correct it or leave it out"
            )
    return tuple(
        Setting(
            n, s.unit, s.default.to(s.unit), s.low.to(s.unit), s.high.to(s.unit),
            prior_sd=None if s.prior_sd is None else _difference(s.prior_sd, s.unit),
        )
        for n, s in recipe.settings.items()
    )  # fmt: skip


def _example() -> Chain:
    """Return a refinery in one recipe: caustic loss rises with reactive silica."""
    materials = (
        Material(
            id="bauxite",
            name="铝土矿",
            name_en="bauxite",
            group="ore",
            assay={"Al2O3": 0.48, "SiO2": 0.03},
        ),
        Material(id="caustic", name="烧碱", name_en="caustic soda", group="reagent"),
        Material(id="steam", name="蒸汽", name_en="steam", group="steam"),
        Material(
            id="alumina",
            name="氧化铝",
            name_en="alumina",
            group="product",
            assay={"Al2O3": 0.986},
        ),
        Material(id="red_mud", name="赤泥", name_en="red mud", group="waste"),
    )
    unit = Unit(
        id="example",
        name="例",
        name_en="example",
        kind="recipe",
        centre="group",
        place="plant",
        feed=["bauxite"],
        recipe={
            "consumes": {"caustic": "30 kg/t"},
            "produces": {"alumina": "0.42 t/t"},
            "closes": "red_mud",
            "components": ["Al2O3"],
            "settings": {
                "temperature": {
                    "unit": "degC",
                    "default": "145 degC",
                    "low": "140 degC",
                    "high": "150 degC",
                }
            },
            "deltas": [
                {
                    "port": "caustic",
                    "on": "SiO2",
                    "reference": "3 %",
                    "change": "8 kg/t",
                    "per": "1 %",
                },
                {
                    "port": "alumina",
                    "on": "setting:temperature",
                    "reference": "145 degC",
                    "change": "0.002 t/t",
                    "per": "1 degC",
                },
            ],
        },
    )
    return example_chain(materials, unit)


def example_chain(materials: tuple[Material, ...], *units: Unit) -> Chain:
    """Return the smallest chain that holds some units, for examples and tests."""
    return Chain(
        group=Group(id="group", name="例", name_en="example", first_period="2026-01"),
        centres=(Centre(id="group", name="例", name_en="example", level="group"),),
        places=(
            Place(id="plant", name="厂", name_en="plant", centre="group"),
            Place(id="away", name="外", name_en="away", centre="group"),
        ),
        materials=materials,
        units=units,
    )


KINDS = {"recipe": Kind("recipe", bind, _example)}
