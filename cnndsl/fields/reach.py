"""A number of an input to the units of a layer that it reaches: its projective field."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..diagnostics import Problem, did_you_mean
from ..graph import Node, Value
from ..network import Network
from ..op import show
from ..reading import numbers
from ..semiring import Array
from ..sight import Unit, reached, unit
from .plane import Span
from .unit import other_axes


class Reach(NamedTuple):
    """A number of an input, its extent, and the units of a value that it reaches: `units` (channels, *spatial)."""

    path: str
    value: Value
    input: Node
    number: Unit
    units: Array

    @property
    def places(self) -> Array:
        """The places that it reaches, in any channel."""
        found: Array = self.units.any(axis=0)
        return found

    @property
    def channels(self) -> Array:
        return np.flatnonzero(self.units.reshape(len(self.units), -1).any(axis=1))

    @property
    def window(self) -> tuple[Span, ...] | None:
        """First and last position that it reaches on each axis; None where it reaches none."""
        if not self.units.any():
            return None
        found = [np.flatnonzero(self.places.any(axis=others)) for others in other_axes(self.units.ndim - 1)]
        return tuple((int(places[0]), int(places[-1])) for places in found)

    @property
    def name(self) -> str:
        """image (3×224×224), channel 0 at 5,5"""
        at = ",".join(map(str, self.number.place))
        return f"{self.input.key} ({show(self.input.io.output)}), channel {self.number.channel}" + (f" at {at}" if at else "")

    @property
    def target(self) -> str:
        return f"{self.path} ({show(self.value.shape)})"


def reach(network: Network, path: str, name: str, channel: int, place: tuple[int, ...]) -> Reach:
    """What a number of an input reaches, "" for the only one; raises Problem where there is no such input, number or layer."""
    node = source(network, name)
    value = network.value(path)
    at = unit(Value(node), channel, place)
    return Reach(path, value, node, at, reached(network.ir, node, at, value))


def source(network: Network, name: str) -> Node:
    inputs = network.ir.inputs
    if not name and len(inputs) == 1:
        return next(iter(inputs.values()))
    if name in inputs:
        return inputs[name]
    if not name:
        example = next(iter(inputs))
        help = f"say one of {', '.join(inputs)}, as in --pixel {example}=0,0"
        raise Problem(f"{network.name} has several inputs, and the pixel is of none", code="E0922", help=help)
    near = did_you_mean(name, inputs)
    help = f"did you mean `{near}`?" if near else f"it has {', '.join(inputs)}"
    raise Problem(f"{network.name} has no input {name}", code="E0922", help=help)


def record(found: Reach) -> dict[str, Any]:
    """As JSON has it; `places` 0 or 1 for each place of the layer."""
    return {
        "layer": found.path,
        "shape": list(numbers(found.value.shape)),
        "pixel": {
            "input": found.input.key,
            "extent": list(numbers(found.input.io.output)[1:]),
            "channel": found.number.channel,
            "place": list(found.number.place),
        },
        "reached": {
            "units": int(found.units.sum()),
            "window": [list(pair) for pair in found.window] if found.window is not None else None,
            "places": found.places.astype(int).tolist(),
            "channels": found.channels.tolist(),
        },
    }
