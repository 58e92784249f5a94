"""A unit to all that can be said of what it sees: field, window, support, paths and influence, input by input."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..field import AxisField, Field
from ..graph import Node, Value
from ..influence import Influence, influence
from ..network import Network
from ..reading import numbers
from ..semiring import Array
from ..sight import Unit, paths, support, unit
from .borders import modes
from .growth import field_in
from .marked import Marked, Span, called


class Sight(NamedTuple):
    """What a unit sees of one input, whose `extent` its spatial axes are.

    `cone`: the first and last position of its field on each axis, also beyond the borders; None where that is not known,
    or all. `support` is of the input's numbers, and so are `paths`, (channels, *spatial).
    """

    input: str
    extent: tuple[int, ...]
    field: Field | None
    cone: tuple[Span | None, ...]
    support: Marked
    paths: Array
    influence: Influence


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
        return called(self.path, self.value.shape, self.unit)


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
        sights.append(Sight(name, extent, field, cone, Marked(supports[name]), counts[name], weights[name]))
    return Seen(path, value, at, sights, modes(network.ir, value))


def cone_of(field: Field | None, at: Unit, node: Node) -> tuple[Span | None, ...]:
    """Where the field of a unit begins and ends."""
    rank = len(node.io.output) - 1
    if field is None or len(at.place) != rank:
        return (None,) * rank
    pairs = zip(field.axes, at.place, strict=True)
    return tuple(bounds(axis, position) if isinstance(axis, AxisField) else None for axis, position in pairs)


def bounds(axis: AxisField, position: int) -> Span | None:
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
    weights, support = sight.influence, sight.support
    return {
        "extent": list(sight.extent),
        "rf": sight.field.to_json(sight.extent) if sight.field else None,
        "field": [list(pair) if pair else None for pair in sight.cone],
        "window": [list(pair) for pair in support.window] if support.window is not None else None,
        "touched": list(support.touched),
        "support": support.total,
        "places": support.places.astype(int).tolist(),
        "channels": support.channels.tolist(),
        "paths": {"most": int(sight.paths.max()), "total": int(sight.paths.astype(object).sum())},
        "influence": {
            "centre": list(weights.centre),
            "deviation": list(weights.deviation),
            "core": weights.core,
            "approximate": list(weights.approximate),
            "places": weights.places.tolist(),
        },
    }
