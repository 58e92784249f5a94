"""A number of an input to the units of a layer that it reaches: its projective field."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..diagnostics import Problem, did_you_mean
from ..graph import Node, Value
from ..network import Network
from ..op import show
from ..reading import numbers
from ..sight import Unit, reached, unit
from .marked import Marked, called


class Reach(NamedTuple):
    """A number of an input, its extent, and the units of a value that it reaches."""

    path: str
    value: Value
    input: Node
    number: Unit
    units: Marked

    @property
    def name(self) -> str:
        """image (3×224×224), channel 0 at 5,5"""
        return called(self.input.key, self.input.io.output, self.number)

    @property
    def target(self) -> str:
        return f"{self.path} ({show(self.value.shape)})"


def reach(network: Network, path: str, name: str, channel: int, place: tuple[int, ...]) -> Reach:
    """What a number of an input reaches, "" for the only one; raises Problem where there is no such input, number or layer."""
    node = source(network, name)
    value = network.value(path)
    at = unit(Value(node), channel, place)
    return Reach(path, value, node, at, Marked(reached(network.ir, node, at, value)))


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
            "units": found.units.total,
            "window": [list(pair) for pair in found.units.window] if found.units.window is not None else None,
            "places": found.units.places.astype(int).tolist(),
            "channels": found.units.channels.tolist(),
        },
    }
