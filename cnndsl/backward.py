"""The most bytes that live at once in a training step: what is kept, and the gradients on their way back.

Ideal, in reverse program order: a layer's gradients are made when those of its outputs are there, which go then, as does
what it kept. Sums, joins and views pass gradients on without a copy. Parameters, their gradients once they are added up,
and what kernels take for themselves are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, count

from .analyses.memory import Storages, allocate, own_bytes
from .analysis import Setting
from .checkpointing import Checkpointed, Segment, Step, kept, kept_by, segment_step, size
from .figures import binary
from .graph import Graph, Node, Value
from .op import counted, elements
from .ops.merge import Add, Cat, Mul
from .rewriting import Place, place


def peak(graph: Graph, chosen: Sequence[Segment], setting: Setting) -> int:
    """Bytes at the worst moment of a step whose `chosen` segments are computed again; raises Problem where sizes are open."""
    storages = allocate(graph, setting, training=True)
    keeps = kept_by(graph, storages)
    units = list(in_order(graph, chosen, keeps, setting, storages))
    held = list(held_by(units, storages))
    gradients = Gradients(graph, set(keeps), setting)
    most = held[-1] if held else 0
    for (nodes, _), before in zip(reversed(units), reversed(held), strict=True):
        inner = kept_inside(nodes, keeps, setting, storages) if len(nodes) > 1 else [0]
        for node, again in zip(reversed(nodes), reversed(inner), strict=True):
            most = max(most, before + again + gradients.through(node))
    return most


def in_order(
    graph: Graph, chosen: Sequence[Segment], keeps: dict[int, list[int]], setting: Setting, storages: Storages
) -> Iterator[tuple[tuple[Node, ...], Step]]:
    """Layers by themselves and segments, with what each holds."""
    starts = {segment.nodes[0].index: segment for segment in chosen}
    inside = {node.index for segment in chosen for node in segment.nodes}
    for node in graph.layers:
        if node.index in starts:
            yield starts[node.index].nodes, segment_step(starts[node.index], keeps, setting, storages)
        elif node.index not in inside:
            own = size([own_bytes(node.io.saved, setting)]) if node.index in keeps else 0
            yield (node,), Step(frozenset(keeps.get(node.index, ())), own, 0)


def held_by(units: Sequence[tuple[tuple[Node, ...], Step]], storages: Storages) -> Iterator[int]:
    """Bytes held when forward has come so far."""
    held: set[int] = set()
    amount = 0
    for _, step in units:
        amount += step.own + size([storages.sizes[storage] for storage in step.held - held])
        held |= step.held
        yield amount


def kept_inside(nodes: Sequence[Node], keeps: dict[int, list[int]], setting: Setting, storages: Storages) -> list[int]:
    """Bytes that a segment which is computed again keeps, up to each of its layers."""
    made: set[int] = set()
    amounts = []
    for node in nodes:
        new = {storage for storage in keeps.get(node.index, ()) if storages.made[storage] >= nodes[0].index} - made
        made |= new
        own = [own_bytes(node.io.saved, setting)] if node.index in keeps else []
        amounts.append(size([*(storages.sizes[storage] for storage in new), *own]))
    return list(accumulate(amounts))


class Gradients:
    """The gradients that live as the backward pass goes from layer to layer; one may be that of several values."""

    def __init__(self, graph: Graph, needing: set[int], setting: Setting) -> None:
        self.needing = needing
        self.setting = setting
        self.numbers = count()
        self.of: dict[Place, int] = {}
        self.sizes: dict[int, int] = {}
        for value in graph.outputs.values():
            self.add(value, self.new(value))

    def new(self, value: Value) -> int:
        number = next(self.numbers)
        self.sizes[number] = size([elements(value.shape)]) * self.setting.batch * self.setting.itemsize
        return number

    def add(self, value: Value, gradient: int) -> None:
        """What comes to a value second is added to the first, in place where that is its alone."""
        if value.node.index not in self.needing:
            return
        there = self.of.get(place(value))
        if there is None:
            self.of[place(value)] = gradient
        elif list(self.of.values()).count(there) > 1:
            self.of[place(value)] = self.new(value)

    def through(self, node: Node) -> int:
        """Bytes that live while a layer's backward runs: all gradients that wait, its outputs', its inputs', its parameters'."""
        given = [self.of.pop((node.index, port), None) for port in range(len(node.io.outputs))]
        arrived = [gradient for gradient in given if gradient is not None]
        if not arrived:
            return self.bytes(())
        made = [arrived[0] if passes_on(node) else self.new(value) for value in node.inputs]
        wanted = [g for value, g in zip(node.inputs, made, strict=True) if value.node.index in self.needing]
        parameters = 0 if node.frozen else node.io.trainable * self.setting.itemsize
        spread = isinstance(node.op, Mul) and any(value.shape != node.io.output for value in node.inputs)
        whole = self.sizes[arrived[0]] if spread else 0  # a gate's gradient is that of the map, before it is added up
        most = self.bytes((*arrived, *wanted)) + parameters + whole
        for value, gradient in zip(node.inputs, made, strict=True):
            self.add(value, gradient)
        return most

    def bytes(self, more: Sequence[int]) -> int:
        return sum(self.sizes[gradient] for gradient in {*self.of.values(), *more})


def passes_on(node: Node) -> bool:
    """Whether the gradient of what it reads is that of what it gives, or a part of it: no new storage."""
    view = node.op.aliases(node.io, training=True) and not getattr(node.op, "inplace", False)
    return isinstance(node.op, Add | Cat) or view


def told(made: Checkpointed) -> Iterator[str]:
    """What is computed again in the backward pass, and what that spares."""
    graph, setting = made.network.ir, made.network.setting
    before, now = kept(graph, [], setting), kept(graph, made.segments, setting)
    if not made.segments:
        yield f"no choice of blocks keeps much less than {binary(before.at_most)} for the backward pass"
        return
    amounts = [("kept for it", before.at_most, now.at_most)]
    amounts.append(("peak of a step with gradients", peak(graph, [], setting), peak(graph, made.segments, setting)))
    changes = [f"{name} {binary(a)} → {binary(b)}" for name, a, b in amounts]
    yield f"{counted(len(made.segments), 'block')} computed again in the backward pass"
    yield f"of {counted(setting.batch, 'sample')}: {', '.join(changes)}"
