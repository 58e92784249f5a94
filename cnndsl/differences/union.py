"""A difference to one network that holds both, for a picture: the new layers, and those that are gone beside them."""

from __future__ import annotations

from ..analysis import Findings
from ..graph import Graph, Instance, Node, Value
from ..network import Network
from .changes import ADDED, AFFECTED, CHANGED, REMOVED, RENAMED, SAME, Difference, told

DRAWN = {RENAMED: CHANGED, AFFECTED: "", SAME: ""}  # what a picture calls it; the rest as it is


class Union(Network):
    """Its figures are taken over: no analysis runs on what no program computes."""

    def __init__(self, graph: Graph, findings: Findings, marks: dict[int, str]) -> None:
        super().__init__(graph)
        self.findings = findings
        self.marks = marks  # by the number of a node: added, removed, changed or moved; "" where nothing was done to it


def union(difference: Difference) -> Union:
    """The new network with the layers that are gone; what read them reads them still, beside what it reads now."""
    builder = Builder(difference)
    for change in difference.changes:
        if change.new is None and change.old is not None:
            builder.gone(change.old.node)
        elif change.new is not None:
            builder.kept(change.new.node, DRAWN.get(change.kind, change.kind))
    builder.rewire()
    return builder.done()


class Builder:
    """Nodes of the union in the making, and where those of both networks went."""

    def __init__(self, difference: Difference) -> None:
        old, new = difference.old, difference.new
        names = old.name if old.name == new.name else f"{old.name} → {new.name}"
        self.graph = Graph(names, doc=new.ir.doc, source_name=new.ir.source_name)
        self.difference = difference
        self.place: dict[int, Node] = {}
        self.marks: dict[int, str] = {}
        self.instances: dict[int, Instance] = {}
        self.columns: dict[str, list[object]] = {name: [] for name in new.findings.columns}
        self.twins = {id(pair.old): pair.new for pair in difference.pairs if pair.old is not None and pair.new is not None}
        for name, node in new.ir.inputs.items():
            self.graph.inputs[name] = self.add(node, new, ())
            if name not in old.inputs or told(old.inputs[name]) != told(new.inputs[name]):
                self.marks[self.place[id(node)].index] = CHANGED if name in old.inputs else ADDED
        for name, node in old.ir.inputs.items():
            if name in new.ir.inputs:
                self.twins[id(node)] = new.ir.inputs[name]
            else:
                self.graph.inputs[f"{name} (gone)"] = self.add(node, old, ())
                self.marks[self.place[id(node)].index] = REMOVED

    def add(self, node: Node, source: Network, inputs: tuple[Value, ...]) -> Node:
        """A node of a network as one of the union, with its figures."""
        index = len(self.graph.nodes)
        instance = self.instance(node.instance) if source is self.difference.old else node.instance
        copy = Node(index, node.path, node.io, inputs, node.span, instance, node.call, node.frozen)
        self.graph.nodes.append(copy)
        self.place[id(node)] = copy
        for name, column in self.columns.items():
            column.append(source.findings.columns[name][node.index])
        return copy

    def instance(self, found: Instance | None) -> Instance | None:
        """An expansion of the old network as that of the new one of its path, so that they share a frame; else for itself."""
        if found is None or found.path in self.difference.new.ir.scopes:
            return found and self.difference.new.ir.scopes[found.path]
        if id(found) not in self.instances:
            self.instances[id(found)] = Instance(found.name, found.path, found.span, self.instance(found.parent))
        return self.instances[id(found)]

    def kept(self, node: Node, mark: str) -> None:
        copy = self.add(node, self.difference.new, tuple(map(self.value, node.inputs)))
        self.marks[copy.index] = mark

    def gone(self, node: Node) -> None:
        copy = self.add(node, self.difference.old, ())
        self.marks[copy.index] = REMOVED

    def value(self, value: Value) -> Value:
        return Value(self.place[id(value.node)], value.port)

    def old_value(self, value: Value) -> Value:
        twin = self.twins.get(id(value.node), value.node)
        node = self.place[id(twin)]
        return Value(node, min(value.port, len(node.io.outputs) - 1))

    def rewire(self) -> None:
        """What is gone reads what it read; what read it reads it beside what it reads now."""
        for pair in self.difference.pairs:
            if pair.old is None:
                continue
            before = tuple(self.old_value(value) for value in pair.old.inputs)
            if pair.new is None:
                self.place[id(pair.old)].inputs = before
                continue
            copy = self.place[id(pair.new)]
            copy.inputs += tuple(value for value in before if self.marks.get(value.node.index) == REMOVED)

    def done(self) -> Union:
        new = self.difference.new
        for name, value in new.ir.outputs.items():
            self.graph.outputs[name] = self.value(value)
        return Union(self.graph, Findings(self.columns, new.totals, new.notes), self.marks)
