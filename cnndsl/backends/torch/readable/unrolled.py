"""A block that has no readable form, line by line: a class for instances that are all alike."""

from __future__ import annotations

from typing import Any

from ....graph import Graph, Input, Node, Value
from ....op import Applied
from ....trace import Event
from ..forward import Forward, chain_name
from ..layout import INDENT, wrap
from ..names import Names
from ..scopes import access, construction, frozen, tree
from .blocks import Class, flattened
from .expressions import Unreadable

SELF = ("self", "nn", "F", "torch", "Tensor", "Any")


def unrolled(event: Event, nodes: list[Node], name: str, helpers: dict[str, None]) -> Class:
    """The class of one expansion, with no parameters; `nodes` are all of its graph."""
    graph = part(event, nodes)
    forms = {node.index: node.io.torch for node in graph.layers}
    for form in forms.values():
        if form.imports:
            raise Unreadable("a foreign layer")
        if form.helper:
            helpers[form.helper.strip("\n")] = None
    root = tree(graph, forms)
    init = construction(root)
    for node in graph.layers:
        for statement in forms[node.index].init if node.call == 1 else ():
            init += wrap(INDENT * 2, "", statement.format(m=access(root, node.path)))
    init += frozen(root)
    names = Names(SELF)
    parameters = {key: names.take(key) for key in graph.inputs}
    writing = Forward(graph, root, forms, names, parameters, chain_name(graph, names, parameters))
    body = [*writing.body(), *writing.result(None, {})]
    if any("Scope(" in line for line in init):
        raise Unreadable("a scope of a kind of its own")
    found = Class(name)
    found.lines = [
        f"class {name}(nn.Module):",
        *([f"{INDENT}def __init__(self) -> None:", f"{INDENT * 2}super().__init__()", *init, ""] if init else []),
        *wrap(INDENT, "def forward", f"(self, {', '.join(f'{p}: Tensor' for p in parameters.values())})", " -> Tensor:"),
        *body,
    ]
    return found


def part(event: Event, nodes: list[Node]) -> Graph:
    """The nodes of an expansion as a graph of their own, by paths within it."""
    assert event.run.env is not None
    assert event.run.env.frame is not None
    depth = len(event.run.env.frame.path)
    graph = Graph(event.declared.name if event.declared else "")
    known: dict[tuple[int, int], Value] = {}
    given = [value for value in flattened(event.given) if isinstance(value, Value)]
    for place, value in enumerate(dict.fromkeys((v.node.index, v.port) for v in given)):
        held = next(v for v in given if (v.node.index, v.port) == value)
        name = "x" if len(given) == 1 else f"x{place + 1}"
        node = Node(len(graph.nodes), (name,), Applied(Input.model_construct(size=held.shape), ()), (), held.node.span)
        graph.nodes.append(node)
        graph.inputs[name] = node
        known[value] = Value(node)
    if len(known) != len(given):
        raise Unreadable("a value that flows in twice")
    calls: dict[Any, int] = {}
    for node in nodes[event.first : event.last]:
        path = node.path[depth:]
        calls[path] = calls.get(path, 0) + 1
        inputs = tuple(known[v.node.index, v.port] for v in node.inputs)
        made = Node(len(graph.nodes), path, node.io, inputs, node.span, None, calls[path], node.frozen)
        graph.nodes.append(made)
        for port in range(len(node.io.outputs)):
            known[node.index, port] = Value(made, port)
    if not isinstance(event.value, Value):
        raise Unreadable("a list that comes out")
    graph.outputs["out"] = known[event.value.node.index, event.value.port]
    return graph


def likeness(event: Event, nodes: list[Node], exactly: bool) -> Any:
    """What instances have in common that one class can do for: layers of the same kinds, or the very same layers."""
    assert event.run.env is not None
    assert event.run.env.frame is not None
    depth = len(event.run.env.frame.path)
    found: list[Any] = []
    for node in nodes[event.first : event.last]:
        form = node.io.torch
        inputs = tuple((v.node.index - event.first if v.node.index >= event.first else None, v.port) for v in node.inputs)
        if exactly:
            found.append((node.path[depth:], form.forward, str(form.module), form.parameter, form.init, inputs, node.frozen))
        else:
            name = form.module.name if form.module else ""
            found.append((node.path[depth:], form.forward, name, form.parameter is None, form.init))
    return tuple(found)
