"""A block, a group or a whole network to its explanation: the sums over what is in it."""

from __future__ import annotations

from ..diagnostics import Problem
from ..figures import binary, field_size, field_stride
from ..formula import Expr, named, total
from ..graph import Node, Path
from ..network import Network
from ..op import counted, show
from ..report import CONVENTION, headline
from ..symbols import Dim
from . import Explanation, Line, Section
from .layer import explain, explain_input, folded

FIGURES = (("parameters", "params", ""), ("MACs", "macs", ""), ("memory", "memory", "B"))


def find(network: Network, path: str) -> Explanation:
    """The explanation of a layer, merge, input, block or group by its dotted path; "" is all of it. Raises Problem."""
    if not path:
        return scope(network, ())
    if path in network.ir.inputs:
        return explain_input(network, network.ir.inputs[path])
    key, _, call = path.rpartition("@")
    for layer in network.layers:
        if layer.path == path or (layer.path == key and str(layer.call) == call):
            return explain(network, layer.node, folded(network))
    inside = tuple(path.split("."))
    if any(layer.node.path[: len(inside)] == inside for layer in network.layers):
        return scope(network, inside)
    raise missing(network, path)


def missing(network: Network, path: str) -> Problem:
    """Nothing has this path."""
    try:
        network.layer(path)
    except Problem as problem:
        return problem
    return Problem(f"{network.name} has no layer {path}", code="E0922")


def scope(network: Network, path: Path) -> Explanation:
    """Sums by the children of a scope."""
    members = [layer.node for layer in network.layers if layer.node.path[: len(path)] == path]
    parts: dict[str, list[Node]] = {}
    for node in members:
        parts.setdefault(node.path[len(path)], []).append(node)
    sections = [Section(title, (summed(network, parts, column, unit),)) for title, column, unit in FIGURES]
    sections.insert(2, Section("receptive field", (growth(network, members),)))
    first, last = members[0], members[-1]
    opened = network.ir.scopes.get(path)
    what = opened.name if opened and opened.name else "{ … }"
    arrive = ", ".join(show(value.shape) for value in first.inputs)
    return Explanation(
        ".".join(path) or network.name,
        f"{what if path else 'net'}, {counted(len(members), 'layer')}",
        repr(opened.span if opened else network.ir.span or first.span),
        f"{arrive} → {show(last.io.output)}" if path else headline(network),
        tuple(sections),
    )


def summed(network: Network, parts: dict[str, list[Node]], column: str, unit: str) -> Line:
    """One figure, added up by child; children without it are left out."""
    figures = network.findings.columns[column]
    sums: dict[str, Dim] = {}
    for name, nodes in parts.items():
        whole: Dim = 0
        for node in nodes:
            whole = whole + figures[node.index]
        sums[called(network, nodes[0], name)] = whole
    terms: list[Expr] = [named(name, number, "") for name, number in sums.items() if number != 0]
    if not terms:
        return Line("", words="none")
    formula = total(terms)
    bytes_of = binary(formula.value) if unit and isinstance(formula.value, int) and formula.value >= 1024 else ""
    words = {"macs": CONVENTION, "memory": "outputs of its layers, views not counted", "params": ""}[column]
    return Line("", formula, unit, words=words, figure=bytes_of)


def called(network: Network, first: Node, name: str) -> str:
    """A child by its label; one that has only a position with what it is."""
    if not name.isdecimal():
        return name
    place = first.path.index(name)
    opened = network.ir.scopes.get(first.path[: place + 1])
    return f"{name}:{opened.name if opened and opened.name else 'group' if opened else first.op.title()}"


def growth(network: Network, members: list[Node]) -> Line:
    """The field that arrives, and the one that leaves."""
    column = network.findings.columns["rf"]
    before = [field_size(column[value.node.index]) for value in members[0].inputs]
    after = column[members[-1].index]
    stride = field_stride(after)
    from_what = f"from {before[0]} " if before and before[0] else ""
    if after is None or field_size(after) == "all":
        return Line("", words=f"{from_what}to all of the input" if after else "nothing of the input arrives")
    return Line("", words=f"{from_what}to {field_size(after) or 'nothing'}" + (f", stride {stride}" if stride else ""))
