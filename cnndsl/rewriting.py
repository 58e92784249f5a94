"""A graph to another that gives the same values with fewer or other layers: what every rewrite is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from .graph import Graph, Node, Path, Value
from .op import Applied, Op, Shape

Place = tuple[int, int]  # a value: the index of its node, and the port


class Change(NamedTuple):
    """Another op of the same shapes, and which of the node's inputs it takes, in order; all as they are where None."""

    op: Op
    order: tuple[int, ...] | None = None


def place(value: Value) -> Place:
    return value.node.index, value.port


def readers(graph: Graph) -> dict[Place, list[Node | None]]:
    """Who reads each value, once for each time; None stands for an output."""
    found: dict[Place, list[Node | None]] = {}
    for node in graph.nodes:
        for value in node.inputs:
            found.setdefault(place(value), []).append(node)
    for value in graph.outputs.values():
        found.setdefault(place(value), []).append(None)
    return found


def rebuilt(graph: Graph, changes: Mapping[int, Change], gone: Collection[int] = (), frozen: bool | None = None) -> Graph:
    """The graph with `changes` made, by the index of their nodes; those that are `gone` pass on what they read first.

    `frozen`: whether the layers train no longer; as it was where None. Paths stay, and calls count anew.
    """
    made: dict[tuple[Op, tuple[Shape, ...]], Applied] = {}
    calls: Counter[Path] = Counter()
    now: dict[Place, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = tuple([now[place(value)] for value in node.inputs])
        if node.index in gone:
            now[node.index, 0] = inputs[0]
            continue
        calls[node.path] += not node.is_input  # which may bear a layer's name
        change = changes.get(node.index, Change(node.op))
        if change.order is not None:
            inputs = tuple([inputs[number] for number in change.order])
        io = node.io
        if node.index in changes:
            key = change.op, tuple([value.shape for value in inputs])
            io = made[key] if key in made else made.setdefault(key, Applied(*key))
        trains_not = node.frozen if frozen is None else frozen
        fresh = Node(len(nodes), node.path, io, inputs, node.span, node.instance, max(calls[node.path], 1), trains_not)
        nodes.append(fresh)
        for port in range(len(io.outputs)):
            now[node.index, port] = Value(fresh, port)
    return moved(graph, nodes, now)


def moved(graph: Graph, nodes: list[Node], now: Mapping[Place, Value]) -> Graph:
    """The graph of other nodes; `now` gives each value as it is among them."""
    return replace(
        graph,
        nodes=nodes,
        inputs={name: now[node.index, 0].node for name, node in graph.inputs.items()},
        outputs={name: now[place(value)] for name, value in graph.outputs.items()},
        scope_values={path: tuple([now[place(value)] for value in values]) for path, values in graph.scope_values.items()},
    )
