"""Read a pooling instance from JSON; every mistake is reported, none is guessed at."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, isnan
from pathlib import Path

from orebook.errors import BookError, Mistake
from orebook.plan.pooling.instance import Arc, Input, Output, Pool, PoolingInstance

__all__ = ["parse_pooling", "read_pooling"]

COMMON = {"min": 0.0, "max": inf, "capacity": inf, "cost": 0.0}
"""Fields of any node or arc and what they are if absent or null."""

EXTRA: dict[str, tuple[str, ...]] = {
    "inputs": ("id", "quality"),
    "pools": ("id",),
    "outputs": ("id", "price", "quality_max", "quality_min"),
    "arcs": ("from", "to"),
}
"""Further fields by part of the file."""

DIRECTIONS = {("inputs", "pools"), ("inputs", "outputs"), ("pools", "outputs")}
SENSES = ("max_profit", "maximize_profit", "min_cost", "minimize_cost")


def read_pooling(path: str | Path) -> PoolingInstance:
    """Read a pooling instance from a JSON file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    PoolingInstance
        The instance, checked.

    Raises
    ------
    BookError
        With all mistakes of the file: unreadable JSON, an unknown node, a number
        that is none, a quality that is limited but not stated, a doubled name.
    """
    file = str(path)
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _one(file, None, problem=error.strerror or "unreadable") from None
    except UnicodeDecodeError:
        raise _one(file, None, problem="is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        problem = f"is not JSON: {error.msg} at column {error.colno}"
        raise _one(file, error.lineno, problem=problem) from None
    except RecursionError:
        raise _one(file, None, problem="is nested too deeply") from None
    return parse_pooling(data, file=file)


def parse_pooling(data: object, *, file: str = "(instance)") -> PoolingInstance:
    """Check a pooling instance given as a mapping.

    Parameters
    ----------
    data : mapping
        The content of the JSON file: ``inputs``, ``pools``, ``outputs``, ``arcs``.
    file : str
        Name used in messages.

    Returns
    -------
    PoolingInstance
        The instance, checked. An absent or null limit is none, an absent cost 0.

    Raises
    ------
    BookError
        With all mistakes found.

    Examples
    --------
    >>> instance = parse_pooling(
    ...     {
    ...         "name": "tiny",
    ...         "inputs": [{"id": "ore", "cost": 2.0, "max": 10, "quality": {"s": 1}}],
    ...         "outputs": [{"id": "sale", "price": 5.0, "quality_max": {"s": 2}}],
    ...         "arcs": [{"from": "ore", "to": "sale"}],
    ...     }
    ... )
    >>> instance.summary()
    'tiny: 1 inputs, 0 pools, 1 outputs, 1 arcs'
    """
    reader = _Reader(file)
    if not isinstance(data, Mapping):
        reader.wrong("(file)", data, "is no instance", "an object with inputs, ...")
        raise BookError(reader.mistakes)
    _check_head(reader, data)
    parts = {part: reader.records(data, part) for part in EXTRA}
    for part in EXTRA:
        for path, record in parts[part]:
            reader.unknown(path, record, (*EXTRA[part], *COMMON))
    inputs = tuple(_input(reader, path, one) for path, one in parts["inputs"])
    pools = tuple(_pool(reader, path, one) for path, one in parts["pools"])
    outputs = tuple(_output(reader, path, one) for path, one in parts["outputs"])
    kinds = _kinds(reader, inputs=inputs, pools=pools, outputs=outputs)
    arcs = tuple(_arc(reader, path, one) for path, one in parts["arcs"])
    places = tuple(path for path, _ in parts["arcs"])
    _check_arcs(reader, places, arcs, kinds=kinds)
    if not reader.mistakes:
        _check_qualities(reader, inputs, outputs, arcs=arcs)
    if reader.mistakes:
        raise BookError(reader.mistakes)
    name = data.get("name")
    title = str(name) if name else Path(file).stem
    return PoolingInstance(title, inputs, pools, outputs, arcs, tuple(reader.notes))


@dataclass(slots=True)
class _Reader:
    """Collects the mistakes of one file."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(
        self,
        path: str,
        value: object,
        problem: str,
        expected: str,
        remedy: str = "correct it",
    ) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        self.mistakes.append(
            Mistake(self.file, None, path, shown, problem, expected, remedy)
        )

    def records(
        self, data: Mapping[str, object], part: str
    ) -> list[tuple[str, Mapping[str, object]]]:
        found = data.get(part)
        if found is None and part == "pools":
            return []
        if not isinstance(found, list):
            problem = "is missing" if found is None else "is not a list"
            self.wrong(part, found, problem, "a list of objects")
            return []
        if not found and part in {"inputs", "outputs"}:
            self.wrong(part, found, "is empty", "at least one object")
        kept = []
        for place, record in enumerate(found):
            if isinstance(record, Mapping):
                kept.append((f"{part}[{place}]", record))
            else:
                self.wrong(f"{part}[{place}]", record, "is no object", "an object")
        return kept

    def name(self, path: str, record: Mapping[str, object], key: str) -> str:
        value = record.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        problem = "is missing" if value is None else "is no name"
        self.wrong(f"{path}.{key}", value, problem, "a non-empty text")
        return ""

    def number(self, path: str, value: object, *, otherwise: float) -> float:
        if value is None:
            return otherwise
        number = (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool)
            else None
        )
        limitless = number == inf and otherwise == inf
        if number is None or isnan(number) or not (isfinite(number) or limitless):
            expected = "a finite number" + (" or null" if otherwise == inf else "")
            self.wrong(path, value, "is no usable number", expected)
            return otherwise
        return number

    def common(self, path: str, record: Mapping[str, object]) -> dict[str, float]:
        found = {
            key: self.number(f"{path}.{key}", record.get(key), otherwise=otherwise)
            for key, otherwise in COMMON.items()
        }
        found["max"] = min(found["max"], found.pop("capacity"))
        if found["min"] < 0.0:
            expected = "0 or more (flows run one way)"
            self.wrong(f"{path}.min", found["min"], "is negative", expected)
        if found["max"] < max(found["min"], 0.0):
            expected = f"at least the min, {max(found['min'], 0.0):g}"
            self.wrong(f"{path}.max", found["max"], "is below the min", expected)
        return found

    def qualities(self, path: str, value: object) -> dict[str, float]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(path, value, "is no object", "an object {name: number}")
            return {}
        stated = {str(key): one for key, one in value.items() if one is not None}
        return {
            key: self.number(f"{path}.{key}", one, otherwise=0.0)
            for key, one in stated.items()
        }

    def unknown(
        self, path: str, record: Mapping[str, object], known: Iterable[str]
    ) -> None:
        """Note fields not used; one that looks like a misspelt field is a mistake."""
        names = tuple(known)
        for key in (str(one) for one in record if one not in names):
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.8)
            where = f"{path}.{key}"
            if near and near[0] not in record:
                remedy = f"did you mean {near[0]!r}?"
                expected = f"one of {', '.join(names)}"
                self.wrong(where, record[key], "is unknown", expected, remedy)
            elif key == "price":
                expected = "a price on outputs only"
                remedy = "write it as a cost (negative for revenue)"
                self.wrong(where, record[key], "stands here", expected, remedy)
            else:
                self.notes.append(f"{where} is not used")


def _one(file: str, line: int | None, *, problem: str) -> BookError:
    expected, remedy = "a JSON file of a pooling instance", "mend the file"
    return BookError([Mistake(file, line, "(file)", "", problem, expected, remedy)])


def _check_head(reader: _Reader, data: Mapping[str, object]) -> None:
    kind, sense = data.get("kind", "pooling"), data.get("sense", SENSES[0])
    if kind != "pooling":
        reader.wrong("kind", kind, "is another kind of problem", "'pooling'")
    if sense not in SENSES:
        reader.wrong("sense", sense, "is unknown", f"one of {', '.join(SENSES)}")


def _input(reader: _Reader, path: str, record: Mapping[str, object]) -> Input:
    quality = reader.qualities(f"{path}.quality", record.get("quality"))
    name = reader.name(path, record, "id")
    return Input(name, quality=quality, **reader.common(path, record))


def _pool(reader: _Reader, path: str, record: Mapping[str, object]) -> Pool:
    found = reader.common(path, record)
    capacity = found.pop("max")
    return Pool(reader.name(path, record, "id"), capacity=capacity, **found)


def _output(reader: _Reader, path: str, record: Mapping[str, object]) -> Output:
    limits = {
        key: reader.qualities(f"{path}.{key}", record.get(key))
        for key in ("quality_max", "quality_min")
    }
    for key in limits["quality_max"].keys() & limits["quality_min"].keys():
        low, high = limits["quality_min"][key], limits["quality_max"][key]
        if low > high:
            expected = f"at most the quality_max, {high:g}"
            where = f"{path}.quality_min.{key}"
            reader.wrong(where, low, "is above the max", expected)
    return Output(
        reader.name(path, record, "id"),
        price=reader.number(f"{path}.price", record.get("price"), otherwise=0.0),
        quality_max=limits["quality_max"],
        quality_min=limits["quality_min"],
        **reader.common(path, record),
    )


def _arc(reader: _Reader, path: str, record: Mapping[str, object]) -> Arc:
    source, target = (reader.name(path, record, key) for key in ("from", "to"))
    return Arc(source=source, target=target, **reader.common(path, record))


def _kinds(
    reader: _Reader,
    *,
    inputs: tuple[Input, ...],
    pools: tuple[Pool, ...],
    outputs: tuple[Output, ...],
) -> dict[str, str]:
    """Return the kind of each node; a name given twice is a mistake."""
    kinds: dict[str, str] = {}
    names = {
        "inputs": [one.id for one in inputs],
        "pools": [one.id for one in pools],
        "outputs": [one.id for one in outputs],
    }
    for part, ids in names.items():
        for place, name in enumerate(ids):
            if name and name in kinds:
                problem = f"names a node of the {kinds[name]} already"
                expected = "a name used once"
                reader.wrong(f"{part}[{place}].id", name, problem, expected)
            kinds.setdefault(name, part)
    return kinds


def _check_arcs(
    reader: _Reader,
    places: tuple[str, ...],
    arcs: tuple[Arc, ...],
    *,
    kinds: Mapping[str, str],
) -> None:
    seen: dict[tuple[str, str], str] = {}
    for path, arc in zip(places, arcs, strict=True):
        ends = {"from": arc.source, "to": arc.target}
        missing = {key: end for key, end in ends.items() if end and end not in kinds}
        for key, end in missing.items():
            near = difflib.get_close_matches(end, kinds, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "add the node"
            expected = "the id of an input, a pool or an output"
            reader.wrong(f"{path}.{key}", end, "names no node", expected, remedy)
        if missing or not all(ends.values()):
            continue
        way = (kinds[arc.source], kinds[arc.target])
        if way not in DIRECTIONS:
            problem = f"runs from {way[0]} to {way[1]}"
            expected = "input to pool, pool to output or input to output"
            reader.wrong(path, str(arc), problem, expected)
        first = seen.setdefault((arc.source, arc.target), path)
        if first != path:
            expected = "each pair of ends once"
            remedy = "merge the two"
            reader.wrong(path, str(arc), f"repeats {first}", expected, remedy)


def _check_qualities(
    reader: _Reader,
    inputs: tuple[Input, ...],
    outputs: tuple[Output, ...],
    *,
    arcs: tuple[Arc, ...],
) -> None:
    """Every quality limited at an output must be known of all that can reach it."""
    reaches = _reaching(arcs)
    place = {one.id: (index, one) for index, one in enumerate(inputs)}
    for output in outputs:
        limited = {*output.quality_max, *output.quality_min}
        for name in sorted(reaches(output.id) & place.keys()):
            index, one = place[name]
            for key in sorted(limited - one.quality.keys()):
                path = f"inputs[{index}].quality.{key}"
                if any(path == known.field for known in reader.mistakes):
                    continue
                expected = f"a number, for {output.id!r} limits {key!r}"
                reader.wrong(path, None, f"of {name!r} is missing", expected, "add it")


def _reaching(arcs: tuple[Arc, ...]) -> Callable[[str], set[str]]:
    sources: dict[str, set[str]] = {}
    for arc in arcs:
        sources.setdefault(arc.target, set()).add(arc.source)

    def reach(node: str) -> set[str]:
        near = sources.get(node, set())
        return near.union(*(sources.get(one, set()) for one in near))

    return reach
