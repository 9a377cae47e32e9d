"""Checks of a book that need the physics: units, streams, balances, meters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from orebook.chain.chain import Balance, Chain, good
from orebook.chain.entries import EntryMistake
from orebook.chain.locate import Path
from orebook.chain.material import Material
from orebook.chain.measures import Form
from orebook.chain.measures import problem as quantity_problem
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Limit, Meter, Unit
from orebook.chain.wording import clauses, problems
from orebook.errors import InputError, OrebookError, UnitError
from orebook.process.check_mixed import mixed_mistakes
from orebook.process.contract import Process, Setting
from orebook.process.network import Network, Stream, network
from orebook.process.recipe import Recipe
from orebook.process.registry import bind, kind, kind_names
from orebook.process.tuned_check import tuned_mistakes
from orebook.process.whole_check import batch_mistakes, index_mistakes
from orebook.quantity import Measure, factor

_FIELD = re.compile(r"\b(settings|ports|recipe|limits|feed)((?:\.[\w-]+)*)")
_SECTION: Mapping[str, str] = {
    "buy": "purchases", "sell": "sales", "send": "routes", "receive": "routes",
    "draw": "draws", "open": "stores", "close": "stores", "unit": "units",
}  # fmt: skip
_CHARGES = frozenset({"waste", "emission"})


def check_units(chain: Chain) -> list[EntryMistake]:
    """Return what is wrong with the units of a book and with the net they form.

    Parameters
    ----------
    chain : Chain
        A chain whose goods are all known; given to
        :func:`orebook.chain.read.read_book` as ``check``.

    Returns
    -------
    list of EntryMistake
        Units that do not fit their kind; goods that nothing supplies or takes; limits
        and meters that name no stream.
    """
    found: list[EntryMistake] = []
    sound: list[Unit] = []
    for unit in chain.units:
        wrong = list(_unit_mistakes(unit, chain))
        found += wrong
        if not wrong:
            sound.append(unit)
    if found:
        sound = _still_binding(chain, sound)
    broken = [unit for unit in chain.units if unit not in sound]
    net = network(_with_units(chain, tuple(sound)))
    found += _port_units(net)
    found += _balances(net, {place for unit in broken for place in _touched(unit)})
    found += mixed_mistakes(net)
    found += tuned_mistakes(net)
    names = {unit.id for unit in broken}
    for limit in chain.limits:
        found += _limit(limit, net, names)
    for meter in chain.meters:
        found += _meter(meter, net, names)
    for purchase in chain.purchases:
        found += index_mistakes(purchase, net, frozenset(names))
    return found


def _still_binding(chain: Chain, units: list[Unit]) -> list[Unit]:
    """Return the units that bind without the broken ones.

    Units whose physics are solved together need each other: what lacks a broken one is
    set aside without a word, for its own entry is right.
    """
    while True:
        left = _with_units(chain, tuple(units))
        kept = [unit for unit in units if _binds(unit, left)]
        if len(kept) == len(units):
            return units
        units = kept


def _binds(unit: Unit, chain: Chain) -> bool:
    try:
        bind(unit, chain)
    except InputError:
        return False
    return True


def _with_units(chain: Chain, units: tuple[Unit, ...]) -> Chain:
    values = {name: getattr(chain, name) for name in Chain.model_fields}
    return Chain.model_validate({**values, "units": units})


# -- one unit ----------------------------------------------------------------------


def _at(
    unit: Unit, path: Path, problem: str, expected: str, remedy: str
) -> EntryMistake:
    return EntryMistake("units", unit.id, path, problem, expected, remedy)


def _unit_mistakes(unit: Unit, chain: Chain) -> Iterator[EntryMistake]:
    if unit.kind not in kind_names():
        yield _at(
            unit, ("kind",), f"no kind of unit is called '{unit.kind}'",
            f"one of {listed(kind_names())}",
            did_you_mean(unit.kind, kind_names(), "describe it with kind = \"recipe\""),
        )  # fmt: skip
        return
    wrong = [*_recipe_mistakes(unit, chain), *_goes_to(unit, chain)]
    yield from wrong
    if wrong:
        return
    try:
        process = kind(unit.kind).bind(unit, chain)
    except OrebookError as error:
        if not _of_another(unit, chain, str(error)):
            yield _bind_mistake(unit, str(error))
        return
    yield from _setting_mistakes(unit, process)
    yield from _free_mistakes(unit, process)
    yield from _limit_mistakes(unit, process)
    yield from _cost_mistakes(unit, process)
    yield from batch_mistakes(unit, process)
    yield from _port_mistakes(unit, process)


def _of_another(unit: Unit, chain: Chain, message: str) -> bool:
    """Return whether a message is about another unit, which tells it itself."""
    named = re.match(r"unit '([^']+)'", message)
    other = None if named is None else chain.unit.get(named.group(1))
    return other is not None and other is not unit and not _binds(other, chain)


def _recipe_mistakes(unit: Unit, chain: Chain) -> Iterator[EntryMistake]:
    from pydantic import ValidationError

    if unit.kind != "recipe":
        return
    try:
        recipe = Recipe.model_validate(unit.recipe)
    except ValidationError as error:
        for path, _, problem, expected, remedy in problems(error, Recipe, unit.recipe):
            yield _at(unit, ("recipe", *path), problem, expected, remedy)
        return
    yield from _delta_mistakes(unit, recipe, chain)
    for side in ("consumes", "produces"):
        for port in getattr(recipe, side):
            if good(unit.ports.get(port, port), unit.place).material in chain.material:
                continue
            yield EntryMistake(
                "units", unit.id, ("recipe", side, port),
                f"no material is called '{port}'",
                "a material, or a port bound in ports",
                did_you_mean(port, chain.material, "add it to materials.toml"),
                about=frozenset({port}),
            )  # fmt: skip


def _delta_mistakes(unit: Unit, recipe: Recipe, chain: Chain) -> Iterator[EntryMistake]:
    """Yield deltas on a component that no assay has: they would never act."""
    known = {component for m in chain.materials for component in m.assay}
    for index, delta in enumerate(recipe.deltas):
        if delta.on.startswith("setting:"):
            continue
        for component in delta.on.split("/"):
            if component not in known:
                yield EntryMistake(
                    "units", unit.id, ("recipe", "deltas", index, "on"),
                    f"no assay has the component '{component}'",
                    "a component, component/component or setting:NAME",
                    did_you_mean(component, known, "add it to an assay"),
                    about=frozenset({component}),
                )  # fmt: skip


def _goes_to(unit: Unit, chain: Chain) -> Iterator[EntryMistake]:
    to = unit.recipe.get("to")
    if to is not None and to not in chain.place:
        yield _at(
            unit, ("recipe", "to"), f"no place is called '{to}'",
            f"one of {listed(chain.place)}",
            did_you_mean(str(to), chain.place, "add it to [[places]]"),
        )  # fmt: skip


def _bind_mistake(unit: Unit, message: str) -> EntryMistake:
    """Turn the refusal of a kind into a mistake at the field it speaks of."""
    text = re.sub(rf"^unit '{re.escape(unit.id)}'(?: \(kind \w+\))?:?\s*", "", message)
    field = _FIELD.search(text)
    path: Path = ()
    if field is not None:
        path = (field[1], *[part for part in field[2].split(".") if part])
    problem, expected, remedy = clauses(text)
    about = frozenset(re.findall(r"'([^' ]+)'", text))
    return EntryMistake("units", unit.id, path, problem, expected, remedy, about=about)


def _setting_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    known = {s.name: s for s in process.settings}
    for name, value in unit.settings.items():
        path: Path = ("settings", name)
        setting = known.get(name)
        if setting is None:
            yield _unknown(unit, path, name, "setting", known)
            continue
        if setting.shared not in (None, unit.id):
            yield _elsewhere(unit, path, setting)
            continue
        if setting.follows is not None:
            yield _follows(unit, path, setting)
            continue
        try:
            number = value.to(setting.unit)
        except UnitError:
            yield _at(unit, path, *_in_unit(value, setting))
            continue
        if not setting.low <= number <= setting.high:
            yield _at(unit, path, *_outside(setting, number))


def _free_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    """Yield free settings that the kind lacks, or whose range it does not hold for."""
    known = {s.name: s for s in process.settings}
    for name, span in unit.free.items():
        setting = known.get(name)
        if setting is None:
            yield _unknown(unit, ("free", name), name, "setting", known)
            continue
        if setting.shared not in (None, unit.id):
            yield _elsewhere(unit, ("free", name), setting)
            continue
        if setting.follows is not None:
            yield _follows(unit, ("free", name), setting)
            continue
        sides = {"low": setting.low, "high": setting.high}
        for side, value in (("low", span.low), ("high", span.high)):
            if value is None:
                continue
            path: Path = ("free", name, side)
            try:
                sides[side] = value.to(setting.unit)
            except UnitError:
                yield _at(unit, path, *_in_unit(value, setting))
                continue
            if not setting.low <= sides[side] <= setting.high:
                yield _at(unit, path, *_outside(setting, sides[side]))
        if sides["low"] > sides["high"]:
            yield _at(
                unit, ("free", name), "its low lies above its high", "low <= high",
                "exchange the two",
            )  # fmt: skip


def _elsewhere(unit: Unit, path: Path, setting: Setting) -> EntryMistake:
    return _at(
        unit, path, f"lies with unit '{setting.shared}', which shares it",
        f"to be given at unit '{setting.shared}'", "move it there",
    )  # fmt: skip


def _follows(unit: Unit, path: Path, setting: Setting) -> EntryMistake:
    return _at(
        unit, path, f"follows what the unit is fed of '{setting.follows}'",
        "to be left to the plan", "remove it",
    )  # fmt: skip


def _in_unit(value: Measure, setting: Setting) -> tuple[str, str, str]:
    return (
        f"is in {value.unit}" if value.unit else "has no unit",
        f"a quantity in {setting.unit or 'no unit'}",
        f'write for example "{setting.default:g} {setting.unit}"',
    )


def _outside(setting: Setting, number: float) -> tuple[str, str, str]:
    side = "below" if number < setting.low else "above"
    edge = setting.low if number < setting.low else setting.high
    return (
        f"lies {side} the range the model holds for",
        f"{setting.low:g} to {setting.high:g} {setting.unit}".rstrip(),
        f"set it to {edge:g} {setting.unit}".rstrip() + " or within",
    )


def _unknown(
    unit: Unit, path: Path, name: str, word: str, known: Mapping[str, object]
) -> EntryMistake:
    return _at(
        unit, path, f"the kind {unit.kind} has no {word} '{name}'",
        f"one of {listed(known)}", did_you_mean(name, known, "remove it"),
    )  # fmt: skip


def _limit_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    for name, value in unit.limits.items():
        path: Path = ("limits", name)
        if name not in process.limits:
            yield _unknown(unit, path, name, "limit", process.limits)
            continue
        form = Form(name, process.limits[name], per_time=True)
        if told := quantity_problem(value, form, ""):
            yield _at(unit, path, *told)
    if unit.minimum > 0 and not unit.limits:
        yield _at(
            unit, ("minimum",), "is a share of a capacity, but no limit is given",
            "a limit", "add limits.throughput, or remove minimum",
        )  # fmt: skip


def _cost_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    if unit.cost is None:
        return
    for of in dict.fromkeys(duty.unit for duty in process.duties):
        form = Form("cost", f"CNY/{of}", signed=True)
        if told := quantity_problem(unit.cost, form, ""):
            yield _at(unit, ("cost",), *told)
            return


def _port_mistakes(unit: Unit, process: Process) -> Iterator[EntryMistake]:
    known = {port.name: port for port in process.ports}
    for name in unit.ports:
        if name not in known:
            yield _unknown(unit, ("ports", name), name, "port", known)


def _touched(unit: Unit) -> set[str]:
    """Return the places where a unit that could not be bound may work."""
    goods = [good(text, unit.place) for text in (*unit.feed, *unit.ports.values())]
    return {unit.place, str(unit.recipe.get("to")), *(g.place for g in goods)}


# -- the net -----------------------------------------------------------------------


def _port_units(net: Network) -> Iterator[EntryMistake]:
    materials = net.chain.material
    for stream in net.streams:
        counted = materials[stream.balance.material].unit
        if stream.role == "unit" and stream.unit != counted:
            yield EntryMistake(
                "units", stream.owner, _path(stream, net),
                f"the port '{stream.port}' counts {stream.unit}, "
                f"'{stream.balance.material}' is counted in {counted}",
                f"a material counted in {stream.unit}", "bind another material",
            )  # fmt: skip


def _balances(net: Network, excused: set[str]) -> Iterator[EntryMistake]:
    streams: dict[Balance, list[Stream]] = {}
    for stream in net.streams:
        streams.setdefault(stream.balance, []).append(stream)
    free = {s.id for s in net.chain.stores if s.end != "hold"}
    for balance, members in streams.items():
        moving = [s for s in members if s.role not in {"open", "close"}]
        if balance.place in excused or not moving:
            continue
        material = net.chain.material[balance.material]
        supplied = any(s.sign > 0 for s in moving)
        supplied |= any(s.role == "open" and s.owner in free for s in members)
        if not supplied:
            yield _at_stream(moving[0], net, _no_supply(balance))
        if not any(s.sign < 0 for s in members):
            yield _at_stream(moving[0], net, _no_use(balance, material))


def _no_supply(balance: Balance) -> tuple[str, str, str]:
    return (
        f"nothing supplies {balance}; whatever needs it would stand still",
        "a purchase, a unit that makes it or a route that brings it",
        f'add to [[purchases]]: good = "{balance}"',
    )


def _no_use(balance: Balance, material: Material) -> tuple[str, str, str]:
    if material.group in _CHARGES:
        return (
            f"{balance} ({material.group}) can go nowhere, which stops its source",
            "a sale that stands for its discharge or disposal",
            f'add to [[sales]]: goods = ["{balance}"], price = "0 CNY/{material.unit}"',
        )
    return (
        f"nothing uses, sells or stores {balance}, which stops its source",
        "a unit that uses it, a sale, a route or a store",
        f'add to [[sales]]: goods = ["{balance}"]',
    )


def _at_stream(
    stream: Stream, net: Network, told: tuple[str, str, str]
) -> EntryMistake:
    about = frozenset({stream.balance.material})
    return EntryMistake(
        _SECTION[stream.role], stream.owner, _path(stream, net), *told,
        value=str(stream.balance), about=about,
    )  # fmt: skip


def _path(stream: Stream, net: Network) -> Path:
    """Return the field of the book that makes a stream."""
    chain, port = net.chain, stream.port
    if stream.role == "unit":
        return _unit_path(chain.unit[stream.owner], port)
    if stream.role == "sell":
        sale = next(s for s in chain.sales if s.id == stream.owner)
        return ("goods", [good(text).material for text in sale.goods].index(port))
    if stream.role in {"send", "receive"}:
        route = next(r for r in chain.routes if r.id == stream.owner)
        return ("materials", route.materials.index(port))
    return ("good",)


def _unit_path(unit: Unit, port: str) -> Path:
    if port in unit.ports:
        return ("ports", port)
    feeds = [text.partition("@")[0].strip() for text in unit.feed]
    if port in feeds:
        return ("feed", feeds.index(port))
    for side in ("consumes", "produces"):
        if port in (unit.recipe.get(side) or ()):
            return ("recipe", side, port)
    return next((("recipe", n) for n in ("basis", "closes") if n in unit.recipe), ())


# -- limits and meters -------------------------------------------------------------


def _owner(stream: str) -> str:
    """Return the id of whoever owns a stream name, known or not."""
    head, mark, tail = stream.partition(":")
    return tail.partition(":")[0] if mark else head.partition(".")[0]


def _limit(limit: Limit, net: Network, broken: set[str]) -> Iterator[EntryMistake]:
    for name, weight in limit.terms.items():
        path: Path = ("terms", name)
        stream = net.stream.get(name)
        if stream is None:
            if _owner(name) not in broken:
                yield _no_stream("limits", limit.id, path, name, net)
            continue
        wanted = f"{limit.unit}/{stream.unit}"
        try:
            weight.to(wanted)
        except UnitError:
            yield EntryMistake(
                "limits", limit.id, path,
                f"is in {weight.unit}" if weight.unit else "has no unit",
                f"a weight in {wanted}",
                f'write for example "{weight.number:g} {wanted}"',
            )  # fmt: skip


def _no_stream(
    section: str, entry: str, path: Path, name: str, net: Network
) -> EntryMistake:
    own = [s.id for s in net.of(_owner(name))]
    known = own or list(net.stream)
    return EntryMistake(
        section, entry, path, f"no stream is called '{name}'",
        f"one of {listed(known)}",
        did_you_mean(name, known, "see the list of streams of the book"),
        about=frozenset({_owner(name)}),
    )  # fmt: skip


def _meter(meter: Meter, net: Network, broken: set[str]) -> Iterator[EntryMistake]:
    name, counted = _read_by(meter, net)
    if name is not None and name not in net.stream:
        if _owner(name) not in broken:
            yield _no_stream("meters", meter.id, ("reads",), name, net)
        return
    unit = counted or (net.stream[name].unit if name is not None else None)
    if meter.unit is None or unit is None:
        return
    try:
        factor(meter.unit, "" if unit == "-" else unit)
    except UnitError:
        yield EntryMistake(
            "meters", meter.id, ("unit",), f"cannot measure what is counted in {unit}",
            f"a unit such as {unit}", f'write unit = "{unit}"',
        )  # fmt: skip


def _read_by(meter: Meter, net: Network) -> tuple[str | None, str | None]:
    """Return the stream a meter reads and, where it is no amount, its unit."""
    head, _, tail = meter.reads.partition(":")
    if head == "stock":
        close = net.stream.get(f"close:{tail}")
        return None, None if close is None else close.unit
    if head == "assay":
        return tail.rpartition(":")[0], "-"
    return meter.reads, None
