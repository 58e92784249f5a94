"""The last feature map and its receptive field to how much of the input that is, as numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TypeAlias

from .field import EVERYTHING, Field
from .graph import Graph, Node
from .op import Shape, rank, show, spatial

Row: TypeAlias = Mapping[str, Field | None]  # by input name; None where nothing of it arrives

TOUCHES = ("activation", "normalization", "regularization")  # kinds of layers that leave a value what it is


def is_feature_map(node: Node, row: Row) -> bool:
    """Whether a value has places, and does not see everything of some input."""
    return not node.is_input and rank(node.io.output) > 0 and not all(f is None or f.is_global for f in row.values())


def called(graph: Graph, node: Node) -> str:
    """The path of a value: of the outermost scope that gives it, else of its layer, or of the named one that it only touches up."""
    while True:
        for end in range(1, len(node.path)):
            if any(value.node is node for value in graph.scope_values.get(node.path[:end], ())):
                return ".".join(node.path[:end])
        if not node.path[-1].isdigit() or node.op.kind not in TOUCHES or node.inputs[0].node.is_input:
            return node.key
        node = node.inputs[0].node


def share(field: Field | None, extent: Shape) -> float | None:
    """The part of the input that every unit sees at least, borders apart; None where that is not known."""
    if field is None:
        return 0.0
    whole = 1.0
    for size, n in zip(field.size_min, extent, strict=True):
        if size != inf:
            if size is None or not isinstance(n, int):
                return None
            whole *= min(size / n, 1.0)
    return whole


def shares(graph: Graph, row: Row) -> dict[str, float | None]:
    """The same, by input name."""
    return {name: share(field, spatial(graph.inputs[name].io.output)) for name, field in row.items()}


def sentences(graph: Graph, node: Node, row: Row) -> list[str]:
    """What the units of a feature map see, in a sentence for each input."""
    units = f"Every unit of the last feature map, {called(graph, node)} ({show(node.io.output)}),"
    found = []
    for name, field in row.items():
        if field is not None:
            source = "the input" if len(row) == 1 else f"the input {name}"
            found.append(f"{units} sees {sight(field, spatial(graph.inputs[name].io.output), source)}.{besides(field)}")
    return found


def sight(field: Field, extent: Shape, source: str) -> str:
    """212×212 of the input's 224×224, 89.6 % of it."""
    if None in field.size:
        return f"a part of {source} that depends on {'the position' if field.varies else 'its size'}"
    part = share(field, extent)
    sizes = span(field, extent)
    whole = "×".join(map(str, extent))
    if part is None:
        return f"{sizes} of {source}, whose size is open"
    if part < 1:
        return f"{sizes} of {source}'s {whole}, {100 * part:.1f} % of it"
    return f"all of {source}, {whole}" + (f": its receptive field is {sizes}" if sizes != whole else "")


def span(field: Field, extent: Shape) -> str:
    """The sizes of a field, with the input's own where everything is seen: 32×32, (188–204)×(188–204)."""
    parts = []
    for axis, most, least, n in zip(field.axes, field.size, field.size_min, extent, strict=True):
        if axis is EVERYTHING:
            parts.append(str(n))
        else:
            parts.append(str(most) if most == least else f"({least}–{most})" if len(extent) > 1 else f"{least}–{most}")
    return "×".join(parts)


def besides(field: Field) -> str:
    """What is left out of the size."""
    ways = ["gates"] * field.gated + ["normalisation by statistics of its input"] * field.statistics
    return f" Through {' and '.join(ways)} it sees everything." if ways else ""
