"""What units see of the inputs on their real sizes, and who sees an input: windows, support, paths, and the reverse.

All of it follows from the layers' relations. Normalisation by statistics of its input, through which everything sees
everything, is left out, as it is of the fields. Raises Problem where sizes are open, and where there are more numbers
than MOST.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from .diagnostics import Problem
from .fold import Counting, Place, back, forth
from .graph import Graph, Node, Value
from .op import Shape
from .reading import Patch, numbers
from .semiring import EARLIEST, HOW_OFTEN, LATEST, WHETHER, Array, Semiring

SMALLER = "take a smaller image, with --input or `inputs=`"
MOST = 150_000_000  # numbers of an input, or places of a value: masks over them take up to 30 bytes for each


class Windows(NamedTuple):
    """The first and the last position that each unit of a value reads, for each spatial axis of an input.

    One array an axis, (channels, *spatial) of the value, read-only; a unit that reads nothing has a last before its first:
    the axis' size, and -1.
    """

    first: tuple[Array, ...]
    last: tuple[Array, ...]


class Unit(NamedTuple):
    """One number of a value: its channel, and its place on the spatial axes (none of a flat value)."""

    channel: int
    place: tuple[int, ...]


AXES = "zyx"


def unit(value: Value, channel: int, place: tuple[int, ...]) -> Unit:
    """A unit of a value; raises Problem where there is none."""
    sizes = numbers(value.shape)
    axes = AXES[len(AXES) + 1 - len(sizes) :]
    shown = f"it is {'×'.join(map(str, sizes))}, channels first"
    if len(place) != len(axes):
        what = f"write {len(axes)}, as {','.join(axes)}" if axes else "a unit of a flat value is said by its channel alone"
        raise Problem(
            f"{len(place)} positions are given for the {len(axes)} spatial axes of {value.node.key}",
            shown,
            code="E0923",
            help=what,
        )
    for what, index, size in zip(("channel", *axes), (channel, *place), sizes, strict=True):
        if not 0 <= index < size:
            title = f"{value.node.key} has no unit at {what} {index}"
            raise Problem(title, shown, code="E0923", help=f"{what} goes from 0 to {size - 1}")
    return Unit(channel, place)


def excess(nodes: Sequence[Node]) -> tuple[Node, int] | None:
    """The first value of which there is more than MOST, and how much; open sizes are not counted."""
    for node in nodes:
        for shape in node.io.outputs:
            sizes = numbers(shape) if all(isinstance(n, int) for n in shape) else ()
            count = prod(sizes if node.is_input else sizes[1:])
            if count > MOST:
                return node, count
    return None


def hold(nodes: Sequence[Node]) -> None:
    """Guard: masks over these values can be made; raises Problem."""
    found = excess(nodes)
    if found is not None:
        node, count = found
        title = f"{node.key} has {count:,} {'numbers' if node.is_input else 'places'}, too many to follow one by one"
        raise Problem(title, f"at most {MOST:,} are followed", code="E0701", help=SMALLER)


def one(value: Value, at: Unit, semiring: Semiring) -> Patch:
    """A unit, once."""
    values = np.zeros((numbers(value.shape)[0], *(1,) * len(at.place)), semiring.dtype)
    values[at.channel] = 1
    return Patch(values, at.place)


def seen(graph: Graph, value: Value, at: Unit, semiring: Semiring) -> dict[str, Array]:
    """What a unit reads of each input, (channels, *spatial), by the input's name."""
    hold(graph.nodes[: value.node.index + 1])
    found = back(graph, {value: one(value, at, semiring)}, Counting(semiring))
    return {name: whole(found.get((node.index, 0)), node.io.output, semiring) for name, node in graph.inputs.items()}


def whole(patch: Patch | None, shape: Shape, semiring: Semiring) -> Array:
    """A patch as an array of its own, of the value's whole shape."""
    sizes = numbers(shape)
    if patch is None:
        return np.zeros(sizes, semiring.dtype)
    return np.array(np.broadcast_to(patch.filled(sizes[1:], semiring), sizes))


def support(graph: Graph, value: Value, at: Unit) -> dict[str, Array]:
    """Which numbers of each input can influence a unit: booleans, (channels, *spatial)."""
    return seen(graph, value, at, WHETHER)


def paths(graph: Graph, value: Value, at: Unit) -> dict[str, Array]:
    """Along how many paths each number of each input reaches a unit: int64 where they fit, else Python's integers."""
    return seen(graph, value, at, HOW_OFTEN)


def windows(graph: Graph, source: Node) -> dict[Place, Windows]:
    """The windows of all units of all values that read an input, by node index and port."""
    hold(graph.nodes)
    extent = numbers(source.io.output)[1:]
    starts = [np.arange(n).reshape(1, *(1,) * axis, n, *(1,) * (len(extent) - axis - 1)) for axis, n in enumerate(extent)]
    firsts = [forth(graph, source, start, EARLIEST) for start in starts]
    lasts = [forth(graph, source, start, LATEST) for start in starts]

    def spread(folds: list[dict[Place, Array]], place: Place) -> tuple[Array, ...]:
        shape = extent_of(graph, place)
        return tuple(np.broadcast_to(np.clip(fold[place], -1, n), shape) for fold, n in zip(folds, extent, strict=True))

    places = firsts[0] if firsts else {}
    return {place: Windows(spread(firsts, place), spread(lasts, place)) for place in places}


def extent_of(graph: Graph, place: Place) -> tuple[int, ...]:
    """Channels and places of a value."""
    index, port = place
    return numbers(graph.nodes[index].io.outputs[port])


def reached(graph: Graph, source: Node, at: Unit, target: Value) -> Array:
    """Which units of a value a number of an input reaches: booleans, (channels, *spatial)."""
    hold(graph.nodes[: target.node.index + 1])
    start: Array = np.zeros(numbers(source.io.output), np.bool_)
    start[(at.channel, *at.place)] = True
    place = (target.node.index, target.port)
    found = forth(graph, source, start, WHETHER).get(place, np.zeros((), np.bool_))
    return np.array(np.broadcast_to(found, extent_of(graph, place)))


def read(graph: Graph) -> dict[str, Array]:
    """Which numbers of each input any output of the network reads: booleans, (channels, *spatial)."""
    hold(graph.nodes)
    starts = {}
    for value in dict.fromkeys(graph.outputs.values()):
        sizes = numbers(value.shape)
        starts[value] = Patch(np.ones((1, *sizes[1:]), np.bool_), (0,) * (len(sizes) - 1))
    found = back(graph, starts, Counting(WHETHER))
    return {name: whole(found.get((node.index, 0)), node.io.output, WHETHER) for name, node in graph.inputs.items()}
