"""A unit to all that can be said of what it sees: field, window, support, paths and influence, input by input."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..field import AxisField, Field
from ..graph import Node, Value
from ..influence import Influence, influence
from ..network import Network
from ..op import show
from ..reading import numbers
from ..semiring import Array
from ..sight import Unit, paths, support, unit
from .borders import modes
from .growth import field_in


class Sight(NamedTuple):
    """What a unit sees of one input, whose `extent` its spatial axes are.

    `cone`: the first and last position of its field on each axis, also beyond the borders; None where that is not known,
    or all. `support` and `paths` are (channels, *spatial) of the input.
    """

    input: str
    extent: tuple[int, ...]
    field: Field | None
    cone: tuple[tuple[int, int] | None, ...]
    support: Array
    paths: Array
    influence: Influence

    @property
    def places(self) -> Array:
        """Which places are read, by any channel."""
        found: Array = self.support.any(axis=0)
        return found

    @property
    def channels(self) -> Array:
        """The channels that are read."""
        return np.flatnonzero(self.support.reshape(len(self.support), -1).any(axis=1))

    @property
    def window(self) -> tuple[tuple[int, int], ...] | None:
        """The first and last position that is read on each axis; None where nothing is."""
        if not self.places.any():
            return None
        axes = (np.flatnonzero(self.places.any(axis=others)) for others in other_axes(len(self.extent)))
        return tuple((int(read[0]), int(read[-1])) for read in axes)

    @property
    def touched(self) -> tuple[int, ...]:
        """How many positions of each axis are read."""
        return tuple(int(self.places.any(axis=others).sum()) for others in other_axes(len(self.extent)))

    @property
    def area(self) -> int:
        """The places of the window."""
        return int(np.prod([last - first + 1 for first, last in self.window])) if self.window is not None else 0


class Seen(NamedTuple):
    """A unit of what a path names, and what it sees of every input; `borders` are the padding modes that it may meet."""

    path: str
    value: Value
    unit: Unit
    sights: list[Sight]
    borders: list[str]

    @property
    def name(self) -> str:
        """layer1.0 (256×56×56), channel 0 at 28,28"""
        at = ",".join(map(str, self.unit.place))
        return f"{self.path} ({show(self.value.shape)}), channel {self.unit.channel}" + (f" at {at}" if at else "")


def other_axes(rank: int) -> list[tuple[int, ...]]:
    return [tuple(other for other in range(rank) if other != axis) for axis in range(rank)]


def seen(network: Network, path: str, channel: int = 0, place: tuple[int, ...] | None = None) -> Seen:
    """What a unit sees, by default the one in the middle; raises Problem where there is none, or sizes are open."""
    value = network.value(path)
    middle = tuple(n // 2 for n in numbers(value.shape)[1:])
    at = unit(value, channel, middle if place is None else place)
    supports, counts = support(network.ir, value, at), paths(network.ir, value, at)
    weights = influence(network.ir, value, at)
    column = network.findings.columns["rf"][value.node.index]
    sights = []
    for name, node in network.ir.inputs.items():
        field = field_in(column, name) if value.port == 0 else None
        cone = cone_of(field, at, node)
        extent = numbers(node.io.output)[1:]
        sights.append(Sight(name, extent, field, cone, supports[name], counts[name], weights[name]))
    return Seen(path, value, at, sights, modes(network.ir, value))


def cone_of(field: Field | None, at: Unit, node: Node) -> tuple[tuple[int, int] | None, ...]:
    """Where the field of a unit begins and ends."""
    rank = len(node.io.output) - 1
    if field is None or len(at.place) != rank:
        return (None,) * rank
    pairs = zip(field.axes, at.place, strict=True)
    return tuple(bounds(axis, position) if isinstance(axis, AxisField) else None for axis, position in pairs)


def bounds(axis: AxisField, position: int) -> tuple[int, int] | None:
    """First and last position of a unit's field on one axis."""
    turn, phase = divmod(position, len(axis.first))
    first, last = axis.first[phase], axis.last[phase]
    return None if first is None or last is None else (first + turn * axis.jump, last + turn * axis.jump)


def record(found: Seen) -> dict[str, Any]:
    """As JSON has it; the support as runs of places, the influence as numbers that sum to 1 by place."""
    return {
        "layer": found.path,
        "shape": list(numbers(found.value.shape)),
        "unit": {"channel": found.unit.channel, "place": list(found.unit.place)},
        "inputs": {sight.input: sight_record(sight) for sight in found.sights},
    }


def sight_record(sight: Sight) -> dict[str, Any]:
    weights = sight.influence
    return {
        "extent": list(sight.extent),
        "rf": sight.field.to_json(sight.extent) if sight.field else None,
        "field": [list(pair) if pair else None for pair in sight.cone],
        "window": [list(pair) for pair in sight.window] if sight.window is not None else None,
        "touched": list(sight.touched),
        "support": int(sight.support.sum()),
        "places": sight.places.astype(int).tolist(),
        "channels": sight.channels.tolist(),
        "paths": {"most": int(sight.paths.max()), "total": int(sight.paths.astype(object).sum())},
        "influence": {
            "centre": list(weights.centre),
            "deviation": list(weights.deviation),
            "core": weights.core,
            "approximate": list(weights.approximate),
            "places": weights.places.tolist(),
        },
    }
