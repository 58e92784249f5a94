"""Network to the data that the page computes with: every layer's shapes and relations, equal layers once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ...graph import Instance, Node, Path
from ...network import Network
from ...notation import notation
from ...op import Applied, ChannelsLast
from ...reading import numbers
from ...relation import IDENTITY, UNCHANGED, Axis, Channels, Gain, Relation
from ...rows import Rows
from .rules import rule

Record = dict[str, Any]


def record(network: Network) -> Record:
    """The network as relations.js reads it; raises Problem where sizes are open."""
    kinds = Kinds()
    scopes = Scopes(Rows(network))
    nodes = [node_record(node, kinds) | scopes.calls(node) for node in network.ir.nodes]
    return {
        "name": network.name,
        "inputs": [node.index for node in network.ir.inputs.values()],
        "outputs": [[name, value.node.index, value.port] for name, value in network.ir.outputs.items()],
        "nodes": nodes,
        "layers": kinds.layers,
        "relations": kinds.relations,
    }


def node_record(node: Node, kinds: Kinds) -> Record:
    """`inputs`: node and port by turns; `layer`: its number among the different ones."""
    found: Record = {"path": node.key, "layer": kinds.layer(node.io)}
    if node.call > 1:
        found["call"] = node.call
    if node.inputs:
        found["inputs"] = [part for value in node.inputs for part in (value.node.index, value.port)]
    return found


class Scopes:
    """The calls of each scope, in their order."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.known: dict[Path, dict[Instance, int]] = {}

    def calls(self, node: Node) -> Record:
        """`calls`: of each scope around a node, the outermost first; left away where each is applied the first time."""
        found = [self.call(node, node.path[:end]) for end in range(1, len(node.path))]
        return {"calls": found} if any(call > 1 for call in found) else {}

    def call(self, node: Node, scope: Path) -> int:
        instance = self.rows.instance(node, scope)
        if instance is None:
            return node.call
        known = self.known.setdefault(scope, {})
        return known.setdefault(instance, len(known) + 1)


class Kinds:
    """The different layers and relations of a network, each with its number."""

    def __init__(self) -> None:
        self.layers: list[Record] = []
        self.relations: list[Record] = []
        self.known: dict[int, int] = {}
        self.known_relations: dict[Relation, int] = {}
        self.kept: list[Applied] = []  # what is known by its id must live

    def layer(self, io: Applied) -> int:
        if id(io) not in self.known:
            self.known[id(io)] = len(self.layers)
            self.kept.append(io)
            self.layers.append(self.described(io))
        return self.known[id(io)]

    def described(self, io: Applied) -> Record:
        """`shapes`: of the outputs, channels first; `last`: which of inputs and outputs have their channels last in storage;
        `reads`: for each output the relation to each input, by its number, null where it reads nothing of it.
        """
        found: Record = {
            "call": notation(io.op) if io.inputs else "input",
            "kind": io.op.kind,
            "shapes": [numbers(shape) for shape in io.outputs],
            "reads": [self.of_port(io, port) for port in range(len(io.outputs))] if io.inputs else [],
        }
        if io.op.merge:
            found["merge"] = True
        last = [[isinstance(shape, ChannelsLast) for shape in shapes] for shapes in (io.inputs, io.outputs)]
        if any(map(any, last)):
            found["last"] = last
        if io.inputs:
            found["rule"] = rule(io)
            gains = [io.op.gain(io, place) for place in range(len(io.inputs))]
            if any(gain != UNCHANGED for gain in gains):
                found["gains"] = list(map(gain_record, gains))
        return found

    def of_port(self, io: Applied, port: int) -> list[int | None]:
        each = (io.op.port_relation(io, port, place) for place in range(len(io.inputs)))
        return [None if relation is None else self.relation(relation) for relation in each]

    def relation(self, relation: Relation) -> int:
        if relation not in self.known_relations:
            self.known_relations[relation] = len(self.relations)
            self.relations.append({"axes": list(map(axis_record, relation.axes)), "channels": channels_record(relation.channels)})
        return self.known_relations[relation]


def axis_record(axis: Axis | None) -> Record | int | None:
    """null: everything is read; 0: its own place; else what each phase reads, as [first, step, count] or in full."""
    if axis is None:
        return None
    if axis == IDENTITY:
        return 0
    found: Record = {"jump": axis.jump, "reads": [progression(reads) for reads in axis.reads]}
    return found if axis.mode == "zeros" else found | {"mode": axis.mode}


def gain_record(gain: Gain) -> Record:
    found: Record = {"kind": gain.kind, "factor": gain.factor}
    return found | {"axes": [list(map(list, table)) for table in gain.axes]} if gain.axes else found


def progression(reads: Sequence[int]) -> Record | list[int]:
    steps = {b - a for a, b in pairwise(reads)}
    if len(reads) > 3 and len(steps) == 1:
        return {"from": reads[0], "step": steps.pop(), "count": len(reads)}
    return list(reads)


def channels_record(by: Channels) -> Record:
    found: Record = {"kind": by.kind}
    if by.groups != 1:
        found["groups"] = by.groups
    if by.offset:
        found["offset"] = by.offset
    return found | {"index": list(by.index)} if by.index else found
