"""Batch normalisation goes into the weights of the layer before it, or after it: in evaluation it scales and shifts channels.

After a convolution, transposed or not, or a linear layer this is always exact: both are linear. Before one it is
exact where that adds no zeros at the border, which a shift would not be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ..graph import Graph, Node, Path, Value
from ..op import Op
from ..ops.conv import Conv, Convolving, ConvTranspose
from ..ops.linear import Linear
from ..ops.norm import BatchNorm, InstanceNorm, Tracking
from ..rewriting import Change, Place, place, readers, rebuilt

Readers: TypeAlias = dict[Place, list[Node | None]]
Match: TypeAlias = Callable[[Node, Readers], Node | None]


class Fold(NamedTuple):
    """A normalisation that goes into the weights of a layer, `before` where it stood before it.

    Both are the first application of theirs, as the network was; `biased`: whether the layer had a bias of its own.
    """

    layer: Node
    norm: Node
    before: bool
    biased: bool


class Left(NamedTuple):
    """A normalisation that stays, and why: in general, and just here."""

    norm: Node
    reason: str
    here: str


def fold(graph: Graph) -> tuple[Graph, list[Fold]]:
    """The graph with every normalisation folded that can be, those before their layer last."""
    found: list[Fold] = []
    biased = {node.path: bool(getattr(node.op, "bias", False)) for node in graph.layers}
    for match, before in ((norm_after, False), (norm_before, True)):
        while pairs := matched(graph, match):
            found += [Fold(nodes[0], norms[0], before, biased[nodes[0].path]) for nodes, norms in pairs]
            changes = {node.index: Change(absorbing(node.op)) for nodes, _ in pairs for node in nodes}
            graph = rebuilt(graph, changes, {norm.index for _, norms in pairs for norm in norms})
    return graph, found


def absorbing(op: Op) -> Op:
    """The layer with a bias; what its tensors started from is no longer theirs."""
    return op.model_copy(update={"bias": True, "weight": None, "init": None, "bias_init": None})


def matched(graph: Graph, match: Match) -> list[tuple[list[Node], list[Node]]]:
    """Layers, all applications of each, with the normalisations beside them, which are applications of one as well."""
    read = readers(graph)
    calls: dict[Path, list[Node]] = {}
    for node in graph.layers:
        if isinstance(node.op, Convolving | Linear):
            calls.setdefault(node.path, []).append(node)
    pairs = []
    for nodes in calls.values():
        norms = [norm for norm in (match(node, read) for node in nodes) if norm is not None]
        if len(norms) == len(nodes) and len({norm.path for norm in norms}) == 1:
            pairs.append((nodes, norms))
    return pairs


def norm_after(layer: Node, read: Readers) -> Node | None:
    """The normalisation that alone reads what a layer gives."""
    reader = only(read, Value(layer))
    return reader if reader is not None and is_affine(reader.op) else None


def norm_before(layer: Node, read: Readers) -> Node | None:
    """The normalisation that a layer reads, which nothing else does."""
    norm = layer.inputs[0].node
    return norm if is_affine(norm.op) and only(read, layer.inputs[0]) is layer and takes_shifts(layer) else None


def only(read: Readers, value: Value) -> Node | None:
    found = read.get(place(value), [])
    return found[0] if len(found) == 1 else None


def is_affine(op: Op) -> bool:
    """Whether the layer does nothing but scale and shift channels, in evaluation."""
    return isinstance(op, Tracking) and op.track_running_stats


def takes_shifts(node: Node) -> bool:
    """Whether a shift of what the layer reads shifts each channel of what it gives by one number, at the border too."""
    if isinstance(node.op, Linear):
        return True
    return isinstance(node.op, Conv) and not adds_zeros(node)


def adds_zeros(node: Node) -> bool:
    op = node.op
    return isinstance(op, Conv) and op.padding_mode == "zeros" and any(w.before or w.after for w in op.windows(node.io.input))


# What stays


def left(graph: Graph) -> list[Left]:
    """The normalisations by gathered statistics that a folded graph still has, and why."""
    read = readers(graph)
    found: dict[Path, Left] = {}
    for node in graph.layers:
        if isinstance(node.op, BatchNorm) or (isinstance(node.op, InstanceNorm) and is_affine(node.op)):
            found.setdefault(node.path, Left(node, *why(node, read)))
    return list(found.values())


def why(norm: Node, read: Readers) -> tuple[str, str]:
    """Why a normalisation cannot be folded: in general, and here."""
    if not is_affine(norm.op):
        return "it takes the statistics of the batch", f"{norm.key} has track_running_stats=false"
    value = norm.inputs[0]
    maker = value.node
    if not isinstance(maker.op, Convolving | Linear):
        reader = only(read, Value(norm))
        if reader is not None and adds_zeros(reader):
            return "the convolution after it pads with zeros", f"{norm.key} before {reader.key}"
        if reader is not None and isinstance(reader.op, ConvTranspose):
            return "a transposed convolution does not spread a shift evenly", f"{norm.key} before {reader.key}"
        before = "the input" if maker.is_input else maker.op.title()
        beside = f"between {before} and {reader.op.title()}" if reader is not None else f"after {before}"
        return "no convolution or linear layer is beside it", f"{norm.key} {beside}"
    others = [node for node in read[place(value)] if node is not norm]
    if others:
        other = f"{others[0].key} too" if others[0] is not None else "an output"
        return "its input is read elsewhere too", f"what {maker.key} gives goes to {other}"
    return "the layer beside it is applied without it too", f"{maker.key} without {norm.key}"
