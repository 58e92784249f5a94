"""The receptive field of every layer: the relations of the layers, folded forward from each input of the network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, TypeAlias

from ..analysis import Findings, Setting
from ..coverage import called, is_feature_map, sentences, share
from ..diagnostics import Problem
from ..field import EVERYTHING, ITSELF, UNKNOWN, AxisField, Exact, Field, OneAxis, apart, exact, joined, merged, passed
from ..graph import Graph, Node, Value
from ..op import Applied, counted, rank, spatial
from ..relation import IDENTITY, Relation

Seen: TypeAlias = Field | None  # None: nothing of the input arrives
Arm: TypeAlias = tuple[Value, Relation, Field]  # what is read, how, and its own field
Centres: TypeAlias = list[tuple[Value, Exact]]  # around which position unit 0 of a value sees

GATE = "mul"  # the merge whose arms may be gates
MENTIONED = 4  # places that a note names at most


def analyse(graph: Graph, setting: Setting) -> Findings:
    """Column `rf`: a Field, None where nothing of the input arrives; with several inputs a dict of these by input name.

    Totals: `feature_map`, the path of the last value that has places and does not see everything, `field`, its field,
    and `coverage`, the share of the input that its field has (dicts where there are several inputs; None:
    there is no such value, or the share is not known).
    """
    folds = {name: Fold(graph, node) for name, node in graph.inputs.items()}
    columns = {name: fold.run() for name, fold in folds.items()}
    maps = {name: found for name, column in columns.items() if (found := last_map(graph, column))}
    paths = {name: called(graph, node) for name, (node, _) in maps.items()}
    shares = {name: share(field, spatial(graph.inputs[name].io.output)) for name, (_, field) in maps.items()}
    notes = sentences(graph, maps)
    notes += dict.fromkeys(note for fold in folds.values() for note in fold.notes())
    rows = zip(*columns.values(), strict=True)
    rf: list[Any] = columns[next(iter(columns))] if len(columns) == 1 else [dict(zip(columns, row, strict=True)) for row in rows]
    fields = {name: field for name, (_, field) in maps.items()}
    totals = {"feature_map": each(graph, paths), "field": each(graph, fields), "coverage": each(graph, shares)}
    return Findings({"rf": rf}, totals, notes + sized(graph))


def each(graph: Graph, found: Mapping[str, object]) -> object:
    """What was found for the only input, or for each of several by name; None where nothing was."""
    by_input = {name: found.get(name) for name in graph.inputs}
    return by_input if len(by_input) != 1 else next(iter(by_input.values()))


def last_map(graph: Graph, column: list[Seen]) -> tuple[Node, Field] | None:
    """The last value that has places and sees a part of the input."""
    for node in reversed(graph.nodes):
        field = column[node.index]
        if field is not None and is_feature_map(node, field):
            return node, field
    return None


class Fold:
    """The fields of all values in one input."""

    def __init__(self, graph: Graph, source: Node) -> None:
        self.graph = graph
        self.source = source
        self.found: list[Seen] = []  # by node: of its first output
        self.others: dict[tuple[int, int], Seen] = {}  # by node and port: of its outputs from the second on
        self.meetings: list[tuple[Node, list[Arm]]] = []  # where paths of different strides meet
        self.off_centre: list[tuple[Node, Centres]] = []  # where paths meet whose units see around different positions
        self.open: list[Node] = []  # layers that read by sizes that are open

    def run(self) -> list[Seen]:
        """The column: the field of every node's first output."""
        steps: dict[Applied, Step] = {}
        for node in self.graph.nodes:
            step = steps.get(node.io)
            if step is None:
                step = steps[node.io] = Step(node.io)
            if node.is_input:
                self.found.append(Field((ITSELF,) * rank(node.io.output)) if node is self.source else None)
            elif step.passing and len(node.inputs) == 1:
                self.found.append(self.of(node.inputs[0]))
            else:
                self.read(node, step)
        return self.found

    def of(self, value: Value) -> Seen:
        """The field of a value that has been passed."""
        index = value.node.index
        return self.others.get((index, value.port), self.found[index]) if value.port else self.found[index]

    def read(self, node: Node, step: Step) -> None:
        """Finds the fields of the outputs of a node."""
        fields = [self.of(value) for value in node.inputs]
        if step.reads is None:
            self.open.append(node)
            self.found.append(unknown([field for field in fields if field is not None]))
            return
        for port, reads in enumerate(step.reads):
            arms = [(node.inputs[place], by, field) for place, by in reads if (field := fields[place]) is not None]
            field = self.output(node, arms, step)
            if port:
                self.others[node.index, port] = field
            else:
                self.found.append(field)

    def output(self, node: Node, arms: list[Arm], step: Step) -> Seen:
        if not arms:
            return None
        if len(arms) == 1:
            return passed(arms[0][1], arms[0][2])
        if step.passing and not step.gating:
            field = joined([seen for _, _, seen in arms])
        else:
            field = merged([(by, seen) for _, by, seen in arms], step.gating)
        if field.varies and not any(seen.varies for _, _, seen in arms):
            self.meetings.append((node, arms))
        elif step.passing and (centres := off_centre(arms)):
            self.off_centre.append((node, centres))
        return field

    def notes(self) -> list[str]:
        """What is to be said of fields that are no plain numbers."""
        found = [meeting(node, arms) for node, arms in self.meetings[:MENTIONED]]
        if len(self.meetings) > MENTIONED:
            found.append(f"The same at {len(self.meetings) - MENTIONED} more places.")
        if self.off_centre:
            found.append(askew(*self.off_centre[0], len(self.off_centre) - 1))
        if self.open:
            found.append(f"What {listed(self.open)} and all behind it see depends on sizes that are open here.")
        return found


class Step:
    """What a layer reads, for each output (input, relation) of those inputs that it reads; equal layers share one.

    `reads` is None where that depends on sizes that are open; `passing`: every output reads every input at its own place,
    and nothing else; `gating`: its arms may be gates.
    """

    def __init__(self, io: Applied) -> None:
        self.gating = io.op.word() == GATE
        self.reads = reads(io)
        self.passing = self.reads is not None and all(
            len(arms) == len(io.inputs) and all(map(is_pointwise, arms)) for arms in self.reads
        )


def is_pointwise(arm: tuple[int, Relation]) -> bool:
    axes, _, statistics = arm[1]
    return not statistics and axes.count(IDENTITY) == len(axes)


def reads(io: Applied) -> list[list[tuple[int, Relation]]] | None:
    places, ports = range(len(io.inputs)), range(len(io.outputs))
    try:
        every = [[(place, io.op.port_relation(io, port, place)) for place in places] for port in ports]
    except Problem:
        return None
    return [[(place, by) for place, by in arms if by is not None] for arms in every]


def unknown(fields: list[Field]) -> Seen:
    """A field that depends on open sizes, of a layer that reads values of these fields."""
    if not fields:
        return None
    axes = [EVERYTHING if EVERYTHING in seen else UNKNOWN for seen in zip(*[field.axes for field in fields], strict=True)]
    return Field(tuple(axes), any(field.gated for field in fields), any(field.statistics for field in fields))


def meeting(node: Node, arms: list[Arm]) -> str:
    """The two paths that drift apart."""
    for (value, by, field), (other, other_by, other_field) in combinations(arms, 2):
        for a, b in zip(passed(by, field).axes, passed(other_by, other_field).axes, strict=True):
            if isinstance(a, AxisField) and isinstance(b, AxisField) and apart(a, b):
                return (
                    f"The field of {node.key} depends on the position: {value.node.key} (stride {a.stride}) "
                    f"and {other.node.key} (stride {b.stride}) meet there."
                )
    return f"The field of {node.key} depends on the position in too many ways to be listed."


def off_centre(arms: list[Arm]) -> Centres | None:
    """Two arms, read at their own places, whose units see around different positions; with phases these are not compared."""
    last: list[OneAxis] = []
    for place in range(len(arms[0][2].axes)):
        axes = [field.axes[place] for _, _, field in arms]
        if axes == last:
            continue
        last = axes
        first: tuple[Value, int] | None = None
        for (value, _, _), axis in zip(arms, axes, strict=True):
            if not isinstance(axis, AxisField) or len(axis.first) > 1 or axis.first[0] is None or axis.last[0] is None:
                continue
            ends = axis.first[0] + axis.last[0]
            if first is None:
                first = value, ends
            elif first[1] != ends:
                return [(first[0], exact(first[1], 2)), (value, exact(ends, 2))]
    return None


def askew(node: Node, centres: Centres, more: int) -> str:
    (value, centre), (other, other_centre) = centres
    places = f"; {counted(more, 'more merge')} likewise" if more else ""
    return (
        f"The paths that meet in {node.key} are off-centre: unit 0 of {value.node.key} sees around position {centre}, "
        f"that of {other.node.key} around {other_centre}{places}."
    )


def sized(graph: Graph) -> list[str]:
    """What is to be said of layers that pad by the size of what they get."""
    convolutions = (node for node in graph.nodes if node.op.kind == "convolution")
    found = [node for node in convolutions if getattr(node.op, "padding", 0) == "same" and strides(node.io)]
    what = "Where fields start holds for this size of the input only"
    return [f"{what}: {listed(found)} pad by it (padding=same)."] if found else []


def strides(io: Applied) -> bool:
    try:
        return any(axis is not None and axis.jump > 1 for axis in io.relations[0].axes)
    except Problem:
        return False


def listed(nodes: list[Node]) -> str:
    """The paths of some nodes."""
    names = list(dict.fromkeys(node.key for node in nodes))
    more = len(names) - MENTIONED
    return ", ".join(names[:MENTIONED]) + (f" and {more} more" if more > 0 else "")
