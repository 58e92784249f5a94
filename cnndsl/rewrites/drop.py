"""Layers that do nothing in evaluation leave: dropout, stochastic depth, identities, merges of a single value."""

from __future__ import annotations

from ..graph import Graph, Node
from ..ops.merge import Merge
from ..ops.regularize import Dropping, Identity, StochasticDepth
from ..rewriting import rebuilt


def dropped(graph: Graph) -> list[Node]:
    """The nodes that pass on what they read."""
    return [node for node in graph.layers if passes(node)]


def passes(node: Node) -> bool:
    if isinstance(node.op, Merge):
        return len(node.inputs) == 1 and not node.io.several and node.op.aliases(node.io, training=False)
    return isinstance(node.op, Dropping | StochasticDepth | Identity)


def drop(graph: Graph) -> Graph:
    return rebuilt(graph, {}, {node.index for node in dropped(graph)})
