"""How much memory a network's values take: bytes of each, all together, and at the worst moment.

Ideal liveness in program order: a storage lives from its making to its last use, the inputs from the start, the
outputs to the end; views and what works in place share the storage of what they read. Weights are counted apart.
For training: the tensors that PyTorch saves for the backward pass, each storage once. Allocators round and add
workspaces; nothing of that is in these figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

from ..analysis import Findings, Setting
from ..diagnostics import Problem
from ..graph import Graph, Node, Value
from ..op import WEIGHTS, Applied, Saved, elements
from ..symbols import Dim

INDEX = 8  # bytes of an int64


def analyse(graph: Graph, setting: Setting) -> Findings:
    """Column `memory` (bytes of the storage that a node makes, 0 for a view), totals of all layers and at the peak.

    Sizes that are open give formulas for all but the peak, which is then None.
    """
    sizes = Sizes(setting)
    storages = allocate(graph, sizes, training=False)
    column: list[Dim] = [0] * len(graph.nodes)
    for made, size in zip(storages.made, storages.sizes, strict=True):
        column[made] = column[made] + size
    totals = {
        "activation_bytes": total([size for node, size in zip(graph.nodes, column, strict=True) if not node.is_input]),
        "peak_bytes": peak(graph, storages),
        "train_peak_bytes": training_bytes(graph, sizes),
    }
    return Findings({"memory": column}, totals)


@dataclass(slots=True)
class Storages:
    """The storages of a network in the order of their making; `of` gives those of every node's outputs."""

    sizes: list[Dim] = field(default_factory=list)  # bytes
    made: list[int] = field(default_factory=list)  # index of the node that makes it
    of: list[tuple[int, ...]] = field(default_factory=list)

    def holding(self, value: Value) -> int:
        return self.of[value.node.index][value.port]


class Sizes:
    """Bytes of the outputs of a layer, computed once for equal layers."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.unit = setting.batch * setting.itemsize
        self.known: dict[Applied, tuple[Dim, ...]] = {}

    def outputs(self, io: Applied) -> tuple[Dim, ...]:
        if io not in self.known:
            self.known[io] = tuple([elements(shape) * self.unit for shape in io.outputs])
        return self.known[io]


def allocate(graph: Graph, sizes: Sizes, training: bool) -> Storages:
    """Who makes which storage, and who shares one."""
    storages = Storages()
    shares: dict[Applied, bool] = {}
    for node in graph.nodes:
        io = node.io
        if io not in shares:
            shares[io] = bool(node.inputs) and io.op.aliases(io, training)
        if shares[io]:
            storages.of.append(tuple(storages.holding(shared(node, port)) for port in range(len(io.outputs))))
            continue
        own = sizes.outputs(io)
        first = len(storages.sizes)
        storages.of.append(tuple(range(first, first + len(own))))
        storages.sizes += own
        storages.made += [node.index] * len(own)
    return storages


def shared(node: Node, port: int) -> Value:
    """The input whose storage an output shares: the first, or of a list of values the one that it is."""
    return node.inputs[port if len(node.inputs) == len(node.io.outputs) else 0]


def peak(graph: Graph, storages: Storages) -> int | None:
    """The most bytes that live at once; None where sizes are open."""
    change = [0] * (len(graph.nodes) + 1)  # at the beginning of each node's turn
    for size, born, last in zip(storages.sizes, births(graph, storages), last_uses(graph, storages), strict=True):
        if not isinstance(size, int):
            return None
        change[born] += size
        change[last + 1] -= size
    return max(accumulate(change))


def births(graph: Graph, storages: Storages) -> list[int]:
    """When each storage is made; the inputs are there from the start."""
    return [0 if graph.nodes[made].is_input else made for made in storages.made]


def last_uses(graph: Graph, storages: Storages) -> list[int]:
    """The index of the node that is the last to read or make each storage."""
    last = storages.made.copy()
    for node in graph.nodes:
        for value in node.inputs:
            last[storages.holding(value)] = node.index
    for value in graph.outputs.values():
        last[storages.holding(value)] = len(graph.nodes) - 1
    return last


def training_bytes(graph: Graph, sizes: Sizes) -> Dim | None:
    """The same as `kept_for_backward`; None where a layer's own tensors need sizes that are open."""
    try:
        return kept_for_backward(graph, sizes)
    except Problem:
        return None


def kept_for_backward(graph: Graph, sizes: Sizes) -> Dim:
    """Bytes of all that autograd saves; the inputs of the network need no gradient, nor does what no trained weight is before."""
    storages = allocate(graph, sizes, training=True)
    kept: set[int] = set()
    own: list[Dim] = []
    needing: list[bool] = []  # for each node, whether a gradient flows through it
    for node in graph.nodes:
        trains = not node.frozen and node.io.trainable > 0
        needs = [needing[value.node.index] for value in node.inputs]
        needing.append(trains or any(needs))
        if needing[-1]:
            saved = node.io.saved
            kept.update(storages.holding(node.inputs[place]) for place in inputs_kept(saved, needs, trains))
            kept.update(storages.of[node.index] if saved.output else ())
            own.append(own_bytes(saved, sizes.setting))
    return total([storages.sizes[storage] for storage in kept]) + total(own)


def inputs_kept(saved: Saved, needs: list[bool], trains: bool) -> list[int]:
    """Which inputs one application keeps; `needs` tells which of them need a gradient, `trains` whether the weights do."""
    guarded = [place for place, by in saved.guarded if (trains if by == WEIGHTS else needs[by])]
    return [*saved.inputs, *guarded]


def own_bytes(saved: Saved, setting: Setting) -> Dim:
    """What one application keeps besides inputs and outputs."""
    a_sample = saved.elements * setting.itemsize + saved.indices * INDEX + saved.flags
    return a_sample * setting.batch + saved.fixed * setting.itemsize + saved.fixed_indices * INDEX


def total(sizes: list[Dim]) -> Dim:
    """A sum; open sizes add up kind by kind, for sums of formulas are slow."""
    whole: Dim = sum([size for size in sizes if isinstance(size, int)])
    for size, times in Counter([size for size in sizes if not isinstance(size, int)]).items():
        whole = whole + size * times
    return whole
