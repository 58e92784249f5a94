"""A feature map and its receptive field to how much of the input that is, as a number and in words."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from .field import Field
from .graph import Graph, Node
from .op import Shape, rank, show, spatial

TOUCHES = ("activation", "normalization", "regularization")  # kinds of layers that leave a value what it is


def is_feature_map(node: Node, field: Field | None) -> bool:
    """Whether a value has places, and sees a part of an input."""
    return not node.is_input and rank(node.io.output) > 0 and field is not None and not field.is_global


def called(graph: Graph, node: Node) -> str:
    """The path of a value: of the outermost scope that ends with it, else of its layer, or of the one that it only touches up."""
    while True:
        after = graph.nodes[node.index + 1].path if node.index + 1 < len(graph.nodes) else ()
        for end in range(1, len(node.path)):
            if after[:end] != node.path[:end]:
                return ".".join(node.path[:end])
        if not node.path[-1].isdigit() or node.op.kind not in TOUCHES or node.inputs[0].node.is_input:
            return node.key
        node = node.inputs[0].node


def share(field: Field, extent: Shape) -> float | None:
    """The part of the input that every unit sees at least, borders apart; None where that is not known."""
    whole = 1.0
    for size, n in zip(field.size_min, extent, strict=True):
        if size != inf:
            if size is None or not isinstance(n, int):
                return None
            whole *= min(size / n, 1.0)
    return whole


def sentences(graph: Graph, maps: Mapping[str, tuple[Node, Field]]) -> list[str]:
    """What the units of the last feature maps see, by name of the input: in one sentence where it is the same of all."""
    one = (
        "the input" if len(graph.inputs) == 1 else "each input" if len({node for node, _ in maps.values()}) == 1 else "its input"
    )
    alike = {sentence(graph, node, name, field, one) for name, (node, field) in maps.items()}
    if len(alike) == 1 and len(maps) == len(graph.inputs):
        return [*alike]
    return [sentence(graph, node, name, field, f"the input {name}") for name, (node, field) in maps.items()]


def sentence(graph: Graph, node: Node, name: str, field: Field, source: str) -> str:
    """The receptive field of a feature map in an input, which is called `source`; border units see what is there of it."""
    sight = seen(field, spatial(graph.inputs[name].io.output), source)
    ways = ["gates"] * field.gated + ["normalisation by statistics of its input"] * field.statistics
    besides = f" Through {' and '.join(ways)} it sees everything." if ways else ""
    return f"The receptive field of the last feature map, {called(graph, node)} ({show(node.io.output)}), {sight}.{besides}"


def seen(field: Field, extent: Shape, source: str) -> str:
    """is 212×212, 89.6% of the input's 224×224"""
    if None in field.size:
        return f"depends on {'the position' if field.varies else f'the size of {source}'}"
    part = share(field, extent)
    least, most = span(field.size_min, extent), span(field.size, extent)
    sizes = most if least == most else f"{least} to {most}"
    whole = "×".join(map(str, extent))
    if part is None:
        return f"is {sizes}; the size of {source} is open"
    if part < 1:
        return f"is {sizes}, {'' if least == most else 'at least '}{100 * part:.1f}% of {source}'s {whole}"
    return f"is {sizes}, as large as {source}" if sizes == whole else f"is {sizes}, larger than {source}, {whole}"


def span(sizes: tuple[int | float | None, ...], extent: Shape) -> str:
    """The sizes of a field, with the input's own where everything is seen."""
    return "×".join(str(n if size == inf else size) for size, n in zip(sizes, extent, strict=True))
