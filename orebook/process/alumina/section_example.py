"""The smallest refinery: one unit of every kind of a circuit, for examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from orebook.chain.chain import Chain
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.process.recipe import example_chain
from orebook.quantity import parse

__all__ = ["example", "refinery_materials", "refinery_units"]

_MATERIALS: Mapping[str, tuple[str, str, str]] = {
    # id: group, unit, Chinese name
    "slurry": ("intermediate", "t", "矿浆"),
    "digested": ("intermediate", "t", "溶出浆液"),
    "mud-solids": ("intermediate", "t", "赤泥固相"),
    "pregnant": ("intermediate", "m3", "精液"),
    "spent": ("intermediate", "m3", "种分母液"),
    "liquor": ("intermediate", "m3", "循环母液"),
    "hydrate": ("intermediate", "t", "氢氧化铝"),
    "alumina": ("product", "t", "氧化铝"),
    "red-mud": ("waste", "t", "赤泥"),
    "lime": ("reagent", "t", "石灰"),
    "caustic": ("reagent", "t", "烧碱"),
    "flocculant": ("reagent", "t", "絮凝剂"),
    "steam": ("steam", "t", "蒸汽"),
    "water": ("water", "m3", "水"),
    "power": ("power", "MWh", "电"),
    "gas": ("fuel", "m3", "天然气"),
    "co2": ("emission", "t", "二氧化碳"),
}
_BOUND: Mapping[str, tuple[str, ...]] = {
    "bayer_slurry": ("slurry", "mud_solids", "liquor", "lime", "steam", "power"),
    "bayer_digestion": ("slurry", "digested", "steam", "power"),
    "bayer_settling": ("digested", "pregnant", "flocculant", "power"),
    "bayer_washing": (
        "mud_solids", "red_mud", "digested", "liquor", "water", "flocculant", "power",
    ),
    "bayer_precipitation": ("pregnant", "hydrate", "spent", "water", "power"),
    "bayer_evaporation": ("spent", "liquor", "steam", "water", "power"),
    "bayer_makeup": ("liquor", "caustic", "water"),
    "bayer_calcination": ("hydrate", "alumina", "fuel", "co2", "power"),
}  # fmt: skip
_NAMES: Mapping[str, str] = {
    "bayer_slurry": "配矿磨制",
    "bayer_digestion": "溶出",
    "bayer_settling": "沉降",
    "bayer_washing": "赤泥洗涤",
    "bayer_precipitation": "种分分级",
    "bayer_evaporation": "蒸发",
    "bayer_makeup": "补碱",
    "bayer_calcination": "焙烧",
}


def refinery_materials() -> tuple[Material, ...]:
    """Return the materials of the smallest refinery, diasporic ore among them."""
    ore = Material(
        id="ore",
        name="铝土矿",
        name_en="bauxite",
        group="ore",
        assay={"Al2O3": 0.6341, "SiO2": 0.11, "SiO2_r": 0.105, "Fe2O3": 0.06},
    )
    others = tuple(
        Material(
            id=name,
            name=chinese,
            name_en=name.replace("-", " "),
            group=group,  # type: ignore[arg-type]
            unit=unit,  # type: ignore[arg-type]
            heat=parse("0.0356 GJ/m3") if name == "gas" else None,
        )
        for name, (group, unit, chinese) in _MATERIALS.items()
    )
    return (ore, *others)


def refinery_units(circuit: str = "circuit") -> tuple[Unit, ...]:
    """Return one unit of every kind of a circuit, each with its kind as its id."""
    return tuple(
        Unit(
            id=kind.removeprefix("bayer_"),
            name=_NAMES[kind],
            name_en=kind.removeprefix("bayer_"),
            kind=kind,
            centre="group",
            place="plant",
            feed=["ore"] if kind == "bayer_slurry" else [],
            ports={p: "gas" if p == "fuel" else p.replace("_", "-") for p in ports},
            recipe={"circuit": circuit},
        )
        for kind, ports in _BOUND.items()
    )


def example(kind: str) -> Callable[[], Chain]:
    """Return what makes a chain whose first unit ``example`` is of a kind."""
    return partial(_chain, kind)


def _chain(kind: str) -> Chain:
    units = refinery_units()
    first = next(u for u in units if u.kind == kind)
    named = first.model_copy(update={"id": "example"})
    others = [u for u in units if u is not first]
    return example_chain(refinery_materials(), named, *others)
