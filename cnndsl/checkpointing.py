"""A network to one that keeps less for the backward pass: blocks keep what they read, and are computed again there.

What autograd keeps is then what stands between the blocks, and, one at a time, what the block at hand keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar, NamedTuple

from .analyses.memory import Storages, allocate, keeping, own_bytes, total
from .analysis import Setting
from .graph import Graph, Input, Node, Path, Value
from .network import Network
from .op import Applied, Op, Shape, Torch, known
from .rewriting import Place, moved, place, readers
from .symbols import Dim

WORTH = 0.9  # of what is kept otherwise: more is not worth the time of computing it again


class Segment(NamedTuple):
    """Layers that follow each other and are computed again together: those of the scope at `path`, if it has one.

    `reads`: values from before them; `gives`: values of theirs that are read after them, or leave the network.
    """

    path: Path
    nodes: tuple[Node, ...]
    reads: tuple[Value, ...]
    gives: tuple[Value, ...]


class Recomputed(Op):
    """A segment as one layer; no program writes it."""

    arity: ClassVar[int | None] = None

    method: str
    shapes: Any

    def shape(self, *inputs: Shape) -> Shape | list[Shape]:
        return self.shapes[0] if len(self.shapes) == 1 else list(self.shapes)

    def torch(self, io: Applied) -> Torch:
        return Torch(f"recomputed(self, self.{self.method}, {{xs}})")


class Kept(NamedTuple):
    """Bytes kept for the backward pass: when forward is over, and at most, with a segment that is computed again."""

    after_forward: int
    at_most: int


# ---- which layers -------------------------------------------------------------------


def best(network: Network) -> list[Segment]:
    """The segments of the depth of scopes at which the least is kept; none where that is hardly less."""
    graph, setting = network.ir, network.setting
    deepest = max((len(path) for path in graph.scopes), default=0)
    choices = [segments(graph, depth, setting) for depth in range(deepest + 1)]
    found = min(choices, key=lambda choice: kept(graph, choice, setting).at_most)
    return found if kept(graph, found, setting).at_most <= WORTH * kept(graph, [], setting).at_most else []


def segments(graph: Graph, depth: int, setting: Setting) -> list[Segment]:
    """The scopes whose paths are so long, and what is between them, where that spares anything and gives what it gave."""
    read, written = readers(graph), last_writes(graph)
    storages = allocate(graph, setting, training=True)
    keeps = kept_by(graph, storages)
    found = []
    for path, group in groupby(graph.layers, lambda node: node.path[:depth] if len(node.path) > depth else ()):
        segment = cut_out(path, tuple(group), read)
        alone = all(written.get(place(value), -1) < segment.nodes[0].index for value in segment.reads)
        if segment.reads and segment.gives and alone and spares(segment, keeps, setting, storages):
            found.append(segment)
    return found


def spares(segment: Segment, keeps: Mapping[int, list[int]], setting: Setting, storages: Storages) -> bool:
    """Whether what it keeps is more than what it reads."""
    step = segment_step(segment, keeps, setting, storages)
    return step.again > size([storages.sizes[storage] for storage in step.held])


def cut_out(path: Path, nodes: tuple[Node, ...], read: dict[Place, list[Node | None]]) -> Segment:
    inside = {node.index for node in nodes}
    reads = {place(value): value for node in nodes for value in node.inputs if value.node.index not in inside}
    given = [Value(node, port) for node in nodes for port in range(len(node.io.outputs))]
    gives = [v for v in given if any(reader is None or reader.index not in inside for reader in read.get(place(v), ()))]
    return Segment(path, nodes, tuple(reads.values()), tuple(gives))


def last_writes(graph: Graph) -> dict[Place, int]:
    """For values that a layer works in, the index of the last such layer."""
    storages = allocate(graph, Setting(), training=True)
    written = {storages.of[node.index]: node.index for node in graph.layers if getattr(node.op, "inplace", False)}
    values = [Value(node, port) for node in graph.nodes for port in range(len(node.io.outputs))]
    return {place(v): written[storages.holding(v)] for v in values if storages.holding(v) in written}


# ---- what is kept -------------------------------------------------------------------


class Step(NamedTuple):
    """What a layer or a segment holds from forward to backward: storages, other bytes, and bytes made when computed again."""

    held: frozenset[int]
    own: int
    again: int


def kept(graph: Graph, chosen: Sequence[Segment], setting: Setting) -> Kept:
    """What autograd keeps of a network in training whose `chosen` segments are computed again.

    `at_most`: when a segment was computed again, all that is held before it, by it, and what it keeps itself; what is
    after it is given up by then. Raises Problem where sizes are open.
    """
    storages = allocate(graph, setting, training=True)
    held: set[int] = set()
    bytes_held = most = 0
    for step in steps(graph, chosen, setting, storages):
        bytes_held += step.own + size([storages.sizes[storage] for storage in step.held - held])
        held |= step.held
        most = max(most, bytes_held + step.again)
    return Kept(bytes_held, most)


def steps(graph: Graph, chosen: Sequence[Segment], setting: Setting, storages: Storages) -> Iterator[Step]:
    """The layers outside segments, and the segments, in program order."""
    keeps = kept_by(graph, storages)
    starts = {segment.nodes[0].index: segment for segment in chosen}
    inside = {node.index for segment in chosen for node in segment.nodes}
    for node in graph.layers:
        if node.index in starts:
            yield segment_step(starts[node.index], keeps, setting, storages)
        elif node.index in keeps and node.index not in inside:
            yield Step(frozenset(keeps[node.index]), size([own_bytes(node.io.saved, setting)]), 0)


def kept_by(graph: Graph, storages: Storages) -> dict[int, list[int]]:
    """The storages that each layer keeps, by its index, if a gradient flows through it."""
    return {node.index: places for node, places in keeping(graph, storages)}


def segment_step(segment: Segment, keeps: Mapping[int, list[int]], setting: Setting, storages: Storages) -> Step:
    """A segment holds what it reads, if a gradient flows through it at all."""
    nodes = [node for node in segment.nodes if node.index in keeps]
    kept = {storage for node in nodes for storage in keeps[node.index]}
    made = {storage for storage in kept if storages.made[storage] >= segment.nodes[0].index}
    own = [own_bytes(node.io.saved, setting) for node in nodes]
    again = size([*(storages.sizes[storage] for storage in made), *own])
    reads = frozenset(storages.holding(value) for value in segment.reads)
    flows = any(keeps[node.index] or node.io.weights or again for node in nodes)
    return Step(reads if flows else frozenset(), 0, again)


def size(amounts: list[Dim]) -> int:
    """Their sum; raises Problem where the program leaves sizes open."""
    return known(total(amounts), "what is kept")


# ---- the network --------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpointed:
    """A network whose `segments` are a layer each in `main`; `bodies` gives each as a graph of its own, by its method's name."""

    network: Network
    segments: list[Segment]
    main: Graph
    bodies: dict[str, Graph]


def checkpointed(network: Network, take: Callable[[str], str]) -> Checkpointed:
    """The network with the best choice of segments; `take` makes of each a name that a method can have."""
    chosen = {take(named(segment)): segment for segment in best(network)}
    bodies = {method: body(network.ir, segment) for method, segment in chosen.items()}
    return Checkpointed(network, list(chosen.values()), main(network.ir, chosen), bodies)


def named(segment: Segment) -> str:
    """A name for its method: its path; for what stands between scopes what all paths in it begin with, or labels of both ends."""
    path = segment.path or shared([node.path[:-1] for node in segment.nodes])
    labels = [node.path[-1] for node in segment.nodes if not node.path[-1].isdigit() and not node.op.merge]
    return "_".join(path or dict.fromkeys([*labels[:1], *labels[-1:]]))


def shared(paths: list[Path]) -> Path:
    """What all paths begin with."""
    first, last = min(paths), max(paths)
    return first[: next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))]


def body(graph: Graph, segment: Segment) -> Graph:
    """The layers of a segment as a graph of their own."""
    nodes: list[Node] = []
    now: dict[Place, Value] = {}
    inputs: dict[str, Node] = {}
    for number, value in enumerate(segment.reads, 1):
        name = "x" if number == 1 else f"x_{number}"
        inputs[name] = Node(len(nodes), (name,), Applied(Input(size=value.shape), ()), (), segment.nodes[0].span)
        now[place(value)] = Value(inputs[name])
        nodes.append(inputs[name])
    for node in segment.nodes:
        nodes.append(copied(node, len(nodes), now))
    outputs = {f"out_{number}": now[place(value)] for number, value in enumerate(segment.gives)}
    return Graph(graph.name, nodes, inputs, outputs)


def main(graph: Graph, chosen: Mapping[str, Segment]) -> Graph:
    """The network with a layer in place of each segment, named by its method."""
    starts = {segment.nodes[0].index: (method, segment) for method, segment in chosen.items()}
    inside = {node.index for segment in chosen.values() for node in segment.nodes}
    nodes: list[Node] = []
    now: dict[Place, Value] = {}
    for node in graph.nodes:
        if node.index in starts:
            method, segment = starts[node.index]
            op = Recomputed(method=method, shapes=tuple([value.shape for value in segment.gives]))
            reads = tuple([now[place(value)] for value in segment.reads])
            io = Applied(op, tuple([value.shape for value in reads]))
            nodes.append(Node(len(nodes), segment.path or (method,), io, reads, node.span))
            now |= {place(value): Value(nodes[-1], port) for port, value in enumerate(segment.gives)}
        elif node.index not in inside:
            nodes.append(copied(node, len(nodes), now))
    names = {path: values for path, values in graph.scope_values.items() if all(place(value) in now for value in values)}
    return moved(replace(graph, scope_values=names), nodes, now)


def copied(node: Node, index: int, now: dict[Place, Value]) -> Node:
    """A node at another place, which reads what its inputs are `now`; its outputs are added there."""
    reads = tuple([now[place(value)] for value in node.inputs])
    fresh = Node(index, node.path, node.io, reads, node.span, node.instance, node.call, node.frozen)
    now |= {(node.index, port): Value(fresh, port) for port in range(len(node.io.outputs))}
    return fresh
