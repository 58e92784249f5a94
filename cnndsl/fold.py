"""The relations of a network's layers, folded: backward from a unit to all that it reads, forward from an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from .graph import Graph, Node, Value
from .op import Applied
from .reading import Patch, Reading, together
from .semiring import Array, Semiring

T = TypeVar("T")
Place: TypeAlias = tuple[int, int]  # of a value: its node's index and its port


class Step(NamedTuple):
    """What one output of a node reads of one of its inputs."""

    node: Node
    place: int
    reading: Reading

    @property
    def value(self) -> Value:
        return self.node.inputs[self.place]


class Carrier(Protocol[T]):
    """What a backward fold carries, how it goes through a layer, and how two paths join."""

    def back(self, step: Step, carried: T) -> T | None: ...
    def join(self, a: T, b: T) -> T: ...


class Counting(NamedTuple):
    """Carries patches of a semiring."""

    semiring: Semiring

    def back(self, step: Step, carried: Patch) -> Patch | None:
        return step.reading.back(carried, self.semiring)

    def join(self, a: Patch, b: Patch) -> Patch:
        return together(a, b, self.semiring)


class Steps:
    """What the outputs of a network's nodes read, on their sizes; equal layers share it. Raises Problem where sizes are open."""

    def __init__(self) -> None:
        self.known: dict[tuple[Applied, int], list[tuple[int, Reading]]] = {}

    def of(self, node: Node, port: int) -> Iterator[Step]:
        key = (node.io, port)
        if key not in self.known:
            self.known[key] = list(readings(node.io, port))
        for place, reading in self.known[key]:
            yield Step(node, place, reading)


def readings(io: Applied, port: int) -> Iterator[tuple[int, Reading]]:
    for place, shape in enumerate(io.inputs):
        relation = io.op.port_relation(io, port, place)
        if relation is not None:
            yield place, Reading(relation, shape, io.outputs[port])


def back(graph: Graph, starts: Mapping[Value, T], carrier: Carrier[T], keep: bool = False) -> dict[Place, T]:
    """From what some values carry to what arrives at the inputs of the network; with `keep`, at every value on the way."""
    carried: dict[Place, T] = {}
    for value, start in starts.items():
        arrive(carried, value, start, carrier)
    kept: dict[Place, T] = {}
    steps = Steps()
    for node in reversed(graph.nodes[: 1 + max(value.node.index for value in starts)]):
        for port in range(len(node.io.outputs)):
            here = carried.pop((node.index, port), None)
            if here is None:
                continue
            if keep or node.is_input:
                kept[node.index, port] = here
            for step in steps.of(node, port):
                there = carrier.back(step, here)
                if there is not None:
                    arrive(carried, step.value, there, carrier)
    return kept


def arrive(carried: dict[Place, T], value: Value, more: T, carrier: Carrier[T]) -> None:
    place = (value.node.index, value.port)
    carried[place] = carrier.join(carried[place], more) if place in carried else more


def forth(graph: Graph, source: Node, start: Array, semiring: Semiring) -> dict[Place, Array]:
    """From what an input carries to what arrives at every value that reads it; of semirings that do not count."""
    found: dict[Place, Array] = {(source.index, 0): start}
    steps = Steps()
    for node in graph.nodes[source.index + 1 :]:
        for port in range(len(node.io.outputs)):
            for step in steps.of(node, port):
                here = found.get((step.value.node.index, step.value.port))
                there = None if here is None else step.reading.forth(here, semiring)
                if there is not None:
                    place = (node.index, port)
                    found[place] = semiring.join(found[place], there) if place in found else there
    return found
