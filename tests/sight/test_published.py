"""Receptive fields of TF-Slim's networks, written as programs, against the figures of Araujo, Norris and Sim, 2019.

`published/` has a program a family; networks and layers bear the names of the end points. The pitfalls of the figures
stand before them in their file.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import cnndsl
from cnndsl import Network
from cnndsl.field import Field

HERE = Path(__file__).parent
PUBLISHED = json.loads((HERE.parent / "data" / "tf_slim_receptive_fields.json").read_text("utf-8"))
END_POINTS = PUBLISHED["end_points"]
PROGRAMS = {name: path for path in sorted((HERE / "published").glob("*.cnn")) for name in cnndsl.load(path).complete()}
SIDES = (None, 224, 321)  # of the inputs that the paddings are for; None: open
OPEN = (223, 224, 225, 226, 321)  # sides that an open one stands for


@cache
def network(model: str, side: int | None = None) -> Network:
    name = model.replace("-", "_")
    return cnndsl.load(PROGRAMS[name]).net(name, inputs=(3, side, side) if side else None)


def seen(network: Network, end_point: str) -> tuple[object, ...]:
    """Size, stride and effective padding, alike on both axes."""
    field = network.receptive_field(end_point.replace("/", "."))
    assert isinstance(field, Field)
    (size,), (stride,), (start,) = set(field.size), set(field.stride), set(field.start)
    assert start is not None
    return size, stride, -start


def test_every_network_is_written() -> None:
    assert {model.replace("-", "_") for model in END_POINTS} == set(PROGRAMS)
    assert sum(len(paddings) for points in END_POINTS.values() for _, _, paddings in points.values()) == 561


@pytest.mark.parametrize("model", END_POINTS)
def test_end_points(model: str) -> None:
    for end_point, (size, stride, paddings) in END_POINTS[model].items():
        for side, padding in zip(SIDES, paddings, strict=True):
            if side is not None:
                assert seen(network(model, side), end_point) == (size, stride, padding), f"{end_point} at {side}"


@pytest.mark.parametrize("model", END_POINTS)
def test_what_depends_on_the_size_is_what_has_no_padding_in_the_table(model: str) -> None:
    """Where it says None, different sizes give different paddings; where it gives a number, all sizes give that."""
    for end_point, (_, _, (padding, *_)) in END_POINTS[model].items():
        found = {seen(network(model, side), end_point)[2] for side in OPEN}
        assert len(found) > 1 if padding is None else found == {padding}, end_point


@pytest.mark.parametrize("model", PUBLISHED["headlines"])
def test_headlines(model: str) -> None:
    end_point, *figures = PUBLISHED["headlines"][model]
    assert [*seen(network(model, 224), end_point)] == figures


def test_keras_inception_v3() -> None:
    """Its 86th convolution, conv2d_85, is the 1×1 branch of the last block."""
    convolutions = [layer for layer in cnndsl.load("zoo:inception").net() if layer.op == "Conv"]
    assert convolutions[85].path == "Mixed_7c.branch1x1.conv"
    assert [*seen(cnndsl.load("zoo:inception").net(), convolutions[85].path)] == PUBLISHED["keras_inception_v3"]["conv2d_85"]
