"""Activations and sums overwrite what they read, where nothing else reads it."""

from __future__ import annotations

from typing import ClassVar

from ..analyses.memory import Storages, allocate
from ..analysis import Setting
from ..diagnostics import Problem
from ..graph import Graph, Node, Path, Value
from ..op import Applied, Op, Torch
from ..ops.activation import Activation
from ..ops.merge import Add
from ..rewriting import Change, rebuilt


class AddInto(Add):
    """A sum that overwrites the first arm; no program writes it."""

    inplace: ClassVar[bool] = True

    def torch(self, io: Applied) -> Torch:
        return Torch("{0}" + "".join(f".add_({{{arm}}})" for arm in range(1, len(io.inputs))))

    def aliases(self, io: Applied, training: bool) -> bool:
        return True


def in_place(graph: Graph) -> Graph:
    """What one layer alone reads is overwritten by it; a layer that is applied again needs that at every call."""
    overwritable = Overwritable(graph)
    calls: dict[Path, list[Node]] = {}
    for node in graph.layers:
        calls.setdefault(node.path, []).append(node)
    changes: dict[int, Change] = {}
    for nodes in calls.values():
        found = [change(node, overwritable) for node in nodes]
        if all(found):
            changes |= {node.index: made for node, made in zip(nodes, found, strict=True) if made}
    return rebuilt(graph, changes)


def change(node: Node, overwritable: Overwritable) -> Change | None:
    """The layer as one that works in place; None where it cannot, or does already."""
    op = node.op
    if type(op) is Add:
        arm = next((arm for arm in range(min(2, len(node.inputs))) if overwritable(node.inputs[arm])), None)
        return None if arm is None else Change(AddInto(), (arm, *(n for n in range(len(node.inputs)) if n != arm)))
    if not isinstance(op, Activation) or op.in_place or not overwritable(node.inputs[0]):
        return None
    made = into(node.io)
    return Change(made) if made is not None else None


def into(io: Applied) -> Op | None:
    """The activation with inplace=True; None where torch has none, or refuses it because of a slope."""
    if "inplace" not in type(io.op).model_fields:
        return None
    made = io.op.model_copy(update={"inplace": True})
    try:
        made.shape(*io.inputs)
    except Problem:
        return None
    return made


def needs_output(io: Applied) -> bool:
    """Whether the backward pass reads what the layer gave."""
    try:
        return io.saved.output
    except Problem:  # sizes are open
        return True


class Overwritable:
    """Whether the storage of a value may be overwritten by the only one that reads it.

    It is no input's, no output's and not that of a foreign layer, which may keep it, and its maker does not need it for
    a gradient, so that gradients of the input can still be had.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.storages: Storages = allocate(graph, Setting(), training=False)
        self.readings = [0] * len(self.storages.sizes)
        for value in [value for node in graph.nodes for value in node.inputs] + list(graph.outputs.values()):
            self.readings[self.storages.holding(value)] += 1

    def __call__(self, value: Value) -> bool:
        storage = self.storages.holding(value)
        maker = self.graph.nodes[self.storages.made[storage]]
        if maker.is_input or maker.op.kind == "extern" or needs_output(maker.io):
            return False
        return self.readings[storage] == 1 and maker is value.node
