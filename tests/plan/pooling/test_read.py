"""Reading instances: what is forgiven, what is refused, and with which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orebook.errors import BookError
from orebook.plan.pooling import parse_pooling, read_pooling
from tests.plan.pooling.cases import HAVERLY1, varied


def test_absent_and_null_fields_mean_no_limit_and_no_cost() -> None:
    instance = parse_pooling(
        {
            "inputs": [{"id": "a", "max": None, "cost": None, "quality": None}],
            "outputs": [{"id": "b", "min": None, "quality_max": {"s": None}}],
            "arcs": [{"from": "a", "to": "b", "max": None}],
        },
        file="plain.json",
    )
    assert instance.name == "plain"
    assert instance.pools == ()
    assert instance.inputs[0].max == float("inf")
    assert instance.outputs[0].quality_max == {}
    assert instance.arcs[0].cost == 0.0


def test_whole_numbers_may_be_names() -> None:
    data = {"inputs": [{"id": 1}], "outputs": [{"id": 2, "max": 3}]}
    instance = parse_pooling({**data, "arcs": [{"from": 1, "to": 2}]})
    assert str(instance.arcs[0]) == "1 -> 2"


def test_fields_not_used_are_said() -> None:
    instance = parse_pooling(varied(HAVERLY1, inputs_0_colour="red"))
    assert instance.notes == ("inputs[0].colour is not used",)


def test_digest_depends_on_the_data_alone() -> None:
    first = parse_pooling(HAVERLY1)
    assert parse_pooling({**HAVERLY1, "name": "other"}).digest() == first.digest()
    changed = parse_pooling(varied(HAVERLY1, inputs_0_cost=7.0))
    assert changed.digest() != first.digest()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"arcs_0_to": "o11"}, "arcs[0].to", "did you mean 'o1'?"),
        ({"arcs_0_to": "c2"}, "arcs[0]", "runs from inputs to inputs"),
        ({"arcs_0_from": None}, "arcs[0].from", "is missing"),
        ({"arcs_1_from": "c1"}, "arcs[1]", "repeats arcs[0]"),
        ({"arcs_2_max": -1}, "arcs[2].max", "is below the min"),
        ({"pools_0_id": "c1"}, "pools[0].id", "names a node of the inputs already"),
        ({"inputs_0_cost": "6"}, "inputs[0].cost", "is no usable number"),
        ({"inputs_0_cost": True}, "inputs[0].cost", "is no usable number"),
        ({"inputs_0_cost": float("nan")}, "inputs[0].cost", "is no usable number"),
        ({"inputs_0_cost": float("inf")}, "inputs[0].cost", "is no usable number"),
        ({"inputs_0_min": -2}, "inputs[0].min", "is negative"),
        ({"inputs_0_min": 400}, "inputs[0].max", "at least the min, 400"),
        ({"inputs_0_quality": {}}, "inputs[0].quality.q1", "'p1' limits 'q1'"),
        ({"inputs_0_quality": [3]}, "inputs[0].quality", "is no object"),
        ({"inputs_0_id": " "}, "inputs[0].id", "is no name"),
        ({"inputs_0_price": 5}, "inputs[0].price", "a price on outputs only"),
        ({"pools_0_capcity": 5}, "pools[0].capcity", "is unknown"),
        ({"outputs_0_quality_min": {"q1": 3}}, "outputs[0].quality_min.q1", "2.5"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], field: str, words: str) -> None:
    data = varied(HAVERLY1, **changes)
    if "pools_0_capcity" in changes:
        del data["pools"][0]["capacity"]
    with pytest.raises(BookError) as caught:
        parse_pooling(data, file="blend.json")
    found = [one for one in caught.value.mistakes if one.field == field]
    assert found, str(caught.value)
    assert "blend.json" in str(found[0])
    assert words in str(found[0])


def test_all_mistakes_are_told_at_once() -> None:
    data = varied(HAVERLY1, inputs_0_cost="x", arcs_0_to="?", outputs_1_max=-3)
    with pytest.raises(BookError) as caught:
        parse_pooling(data)
    assert len(caught.value.mistakes) == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "is no instance"),
        ({**HAVERLY1, "arcs": None}, "arcs = None: is missing"),
        ({**HAVERLY1, "pools": {}}, "is not a list"),
        ({**HAVERLY1, "inputs": []}, "is empty"),
        ({**HAVERLY1, "arcs": [3]}, "arcs[0] = 3: is no object"),
        ({**HAVERLY1, "kind": "routing"}, "another kind of problem"),
        ({**HAVERLY1, "sense": "max_cost"}, "expected one of max_profit"),
    ],
)
def test_a_wrong_shape_is_named(data: object, words: str) -> None:
    with pytest.raises(BookError) as caught:
        parse_pooling(data)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "blend.json:1"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (None, "No such file"),
    ],
)
def test_an_unreadable_file_is_named(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "blend.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BookError) as caught:
        read_pooling(path)
    assert words in str(caught.value)


def test_a_file_gives_the_same_instance_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "blend.json"
    path.write_text(json.dumps(HAVERLY1), encoding="utf-8-sig")
    assert read_pooling(path) == parse_pooling(HAVERLY1)
