"""The properties of receptive fields, each of one program: raises AssertionError where ours and autograd's differ."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

from cnndsl.compiler import parse
from cnndsl.diagnostics import CompileError
from cnndsl.field import AxisField, Field
from cnndsl.fields.unit import bounds
from cnndsl.live import Network

from .oracle import gradients, unit_gradients
from .programs import Program

UNITS = 6  # of a program whose support and paths are held; windows are those of all
EXACT = 2**53  # up to here a float64 gradient counts


def network(program: Program) -> tuple[Network, str, dict[str, tuple[int, ...]]]:
    """The network, the path of the value to look at, and the inputs' shapes."""
    net = parse(program.text).net()
    assert isinstance(net, Network)
    value = next(iter(net.ir.outputs.values()))
    shapes = {name: tuple(int(n) for n in shape) for name, shape in net.inputs.items()}  # type: ignore[arg-type]
    return net, f"{value.node.key}@{value.node.call}", shapes


def by_input(found: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    """What the API gives, by input also where there is one alone."""
    return found if len(shapes) > 1 else {next(iter(shapes)): found}


def not_zero(gradient: Any) -> Any:
    """Interpolation leaves 1e-17 where a weight is exactly 0."""
    size = np.abs(gradient)
    return size > 1e-12 * size.max(initial=0)


def some_units(shape: tuple[int, ...], seed: int) -> list[tuple[int, ...]]:
    """Corners, and others by chance."""
    total = int(np.prod(shape))
    flat = {0, total - 1, *random.Random(seed).sample(range(total), min(UNITS, total))}
    return [tuple(map(int, np.unravel_index(place, shape))) for place in sorted(flat)]


def support_and_windows(program: Program, seed: int) -> None:
    """The support of some units and the windows of all: where the gradient is not zero, element for element."""
    net, path, shapes = network(program)
    expected = gradients(program.text, shapes)
    supports(net, path, shapes, expected, seed)
    windows(net, path, shapes, expected)


def supports(net: Network, path: str, shapes: dict[str, Any], expected: dict[str, Any], seed: int) -> None:
    for unit in some_units(outputs_of(expected, shapes), seed):
        mine = by_input(net.support(path, *unit), shapes)
        for name, gradient in expected.items():
            assert (mine[name] == not_zero(gradient[unit])).all(), f"support of {path}{unit} in {name}"


def outputs_of(expected: dict[str, Any], shapes: dict[str, Any]) -> tuple[int, ...]:
    name = next(iter(shapes))
    shape: tuple[int, ...] = expected[name].shape
    return shape[: len(shape) - len(shapes[name])]


def windows(net: Network, path: str, shapes: dict[str, Any], expected: dict[str, Any]) -> None:
    mine = by_input(net.window(path), shapes)
    outputs = outputs_of(expected, shapes)
    for name, gradient in expected.items():
        units = gradient.reshape(-1, *shapes[name])
        read = np.stack([not_zero(unit) for unit in units]).reshape(*outputs, *shapes[name])
        if mine[name] is None:
            assert not read.any()
            continue
        for axis, n in enumerate(shapes[name][1:]):
            others = tuple(len(outputs) + place for place in range(len(shapes[name])) if place != axis + 1)
            rows = read.any(axis=others)
            first = np.where(rows.any(-1), rows.argmax(-1), n)
            last = np.where(rows.any(-1), n - 1 - rows[..., ::-1].argmax(-1), -1)
            assert (mine[name].first[axis] == first).all(), f"first on axis {axis} of {name}"
            assert (mine[name].last[axis] == last).all(), f"last on axis {axis} of {name}"


def paths(program: Program, seed: int) -> None:
    """The paths of some units: the gradient of the network of ones, as integers."""
    net, path, shapes = network(program)
    expected = gradients(program.text, shapes, ones=True)
    for unit in some_units(outputs_of(expected, shapes), seed):
        mine = by_input(net.paths(path, *unit), shapes)
        for name, gradient in expected.items():
            if gradient[unit].max() < EXACT:
                assert (mine[name] == gradient[unit]).all(), f"paths of {path}{unit} in {name}"


def field_of(net: Network, path: str, name: str) -> Field | None:
    found = net.receptive_field(path)
    return found.get(name) if isinstance(found, dict) else found


def fields_contain(program: Program) -> None:
    """With zero padding a field holds all that its unit reads."""
    net, path, shapes = network(program)
    mine = by_input(net.window(path), shapes)
    for name, window in mine.items():
        field = field_of(net, path, name)
        if window is None or field is None:
            assert window is None or (window.last[0] < window.first[0]).all()
            continue
        for axis, one in enumerate(field.axes):
            if isinstance(one, AxisField):
                check_contained(one, window, axis)


def check_contained(one: AxisField, window: Any, axis: int) -> None:
    for position in range(window.first[axis].shape[axis + 1]):
        first = np.take(window.first[axis], position, axis + 1)
        last = np.take(window.last[axis], position, axis + 1)
        real = last >= first
        cone = bounds(one, position)
        if cone is None:
            assert not real.any()
        else:
            assert (first[real] >= cone[0]).all(), f"axis {axis}, position {position}: {cone}"
            assert (last[real] <= cone[1]).all(), f"axis {axis}, position {position}: {cone}"


def fields_predict(program: Program, seed: int) -> int:
    """Far from the borders a field is the hull of what its unit reads, over all channels and whatever the padding.

    Gives how many units were held against autograd.
    """
    net, path, shapes = network(program)
    held = 0
    for name in shapes:
        field = field_of(net, path, name)
        axis = field.axes[0] if field else None
        if not isinstance(axis, AxisField):
            continue
        value = net.value(path)
        channels, units = (int(n) for n in value.shape)  # type: ignore[arg-type]
        inner = interior(axis, shapes[name][1], units)
        chosen = random.Random(seed).sample(inner, min(3, len(inner)))
        for position in chosen:
            found = unit_gradients(program.text, shapes, [(channel, position) for channel in range(channels)])
            read = np.flatnonzero(np.any([not_zero(each[name]).any(axis=0) for each in found], axis=0)).tolist()
            cone = bounds(axis, position)
            assert cone == (read[0], read[-1]), f"{path} at {position} of {name}: reads {read}, its field is {cone}"
            assert min(axis.sizes) <= cone[1] - cone[0] + 1 <= max(axis.sizes)
        held += len(chosen)
    return held


MARGIN = 60  # more than the paddings of a short program come to


def interior(axis: AxisField, n: int, units: int) -> list[int]:
    """Units whose fields stay clear of the borders, and so of every padding on the way."""
    cones = ((position, bounds(axis, position)) for position in range(units))
    return [position for position, cone in cones if cone is not None and cone[0] >= MARGIN and cone[1] < n - MARGIN]


def grown(program: Program, seed: int) -> None:
    """The unbounded field is the same on a larger input."""
    more = 1 + seed % 40
    net, path, shapes = network(program)
    larger = re.sub(r"(?<=x)(\d+)", lambda size: str(int(size[1]) + more), program.text.split("->")[0])
    text = larger + program.text[len(program.text.split("->")[0]) :]
    try:
        other = parse(text).net()
        assert isinstance(other, Network)
    except CompileError:  # two values that had the same size by chance
        return
    for name in shapes:
        assert field_of(net, path, name) == field_of(other, path, name)
