"""How much memory a network's values take: bytes of each, all together, and at the worst moment.

Ideal liveness in program order: a storage lives from its making to its last use, the inputs from the start, the
outputs to the end; views and what works in place share the storage of what they read. Weights are counted apart.
For training: the tensors that PyTorch saves for the backward pass, each storage once. Allocators round and add
workspaces; nothing of that is in these figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
    storages = allocate(graph, setting, training=False)
    column: list[Dim] = [0] * len(graph.nodes)
    for made, size in zip(storages.made, storages.sizes, strict=True):
        column[made] = column[made] + size
    totals = {
        "activation_bytes": total([size for node, size in zip(graph.nodes, column, strict=True) if not node.is_input]),
        "peak_bytes": peak(graph, storages),
        "train_peak_bytes": training_bytes(graph, setting),
    }
    return Findings({"memory": column}, totals)


@dataclass(slots=True)
class Storages:
    """The storages of a network in the order of their making: `sizes` in bytes, `made` the indices of their makers.

    `of` gives that of every node's first output, `others` by (index, port) those of the others.
    """

    sizes: list[Dim] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    others: dict[tuple[int, int], int] = field(default_factory=dict)

    def holding(self, value: Value) -> int:
        index = value.node.index
        return self.others[index, value.port] if value.port else self.of[index]

    def held(self, node: Node) -> list[int]:
        """The storages of all outputs of a node."""
        return [self.holding(Value(node, port)) for port in range(len(node.io.outputs))]


class Plan:
    """For each layer the bytes of its outputs, and whether they share the storage of its inputs; once for equal layers."""

    def __init__(self, setting: Setting, training: bool) -> None:
        self.unit = setting.batch * setting.itemsize
        self.training = training
        self.known: dict[Applied, tuple[bool, tuple[Dim, ...]]] = {}

    def of(self, io: Applied) -> tuple[bool, tuple[Dim, ...]]:
        found = self.known.get(io)
        if found is None:
            sizes = tuple([elements(shape) * self.unit for shape in io.outputs])
            found = self.known[io] = (bool(io.inputs) and io.op.aliases(io, self.training), sizes)
        return found


def allocate(graph: Graph, setting: Setting, training: bool) -> Storages:
    """Who makes which storage, and who shares one."""
    storages = Storages()
    plan = Plan(setting, training)
    for node in graph.nodes:
        shares, sizes = plan.of(node.io)
        for port, size in enumerate(sizes):
            if shares:
                place = storages.holding(shared(node, port))
            else:
                place = len(storages.sizes)
                storages.sizes.append(size)
                storages.made.append(node.index)
            if port:
                storages.others[node.index, port] = place
            else:
                storages.of.append(place)
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


def training_bytes(graph: Graph, setting: Setting) -> Dim | None:
    """The same as `kept_for_backward`; None where a layer's own tensors need sizes that are open."""
    try:
        return kept_for_backward(graph, setting)
    except Problem:
        return None


def kept_for_backward(graph: Graph, setting: Setting) -> Dim:
    """Bytes of all that autograd saves; the inputs of the network need no gradient, nor does what no trained weight is before."""
    storages = allocate(graph, setting, training=True)
    kept: set[int] = set()
    own: Counter[Applied] = Counter()  # layers that keep tensors of their own
    for node, places in keeping(graph, storages):
        kept.update(places)
        own[node.io] += 1
    besides = total([own_bytes(io.saved, setting) * times for io, times in own.items()])
    return total([storages.sizes[storage] for storage in kept]) + besides


def keeping(graph: Graph, storages: Storages) -> Iterator[tuple[Node, list[int]]]:
    """Every node that a gradient flows through, with the storages of values that it keeps."""
    needing: list[bool] = []  # for each node, whether a gradient flows through it
    for node in graph.nodes:
        trains = not node.frozen and node.io.trainable > 0
        needs = [needing[value.node.index] for value in node.inputs]
        needing.append(trains or any(needs))
        if needing[-1]:
            saved = node.io.saved
            kept = [storages.holding(node.inputs[place]) for place in inputs_kept(saved, needs, trains)]
            yield node, kept + storages.held(node) * saved.output


def inputs_kept(saved: Saved, needs: list[bool], trains: bool) -> tuple[int, ...]:
    """Which inputs one application keeps; `needs` tells which of them need a gradient, `trains` whether the weights do."""
    if not saved.guarded:
        return saved.inputs
    return (*saved.inputs, *[place for place, by in saved.guarded if (trains if by == WEIGHTS else needs[by])])


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
