"""A scope that no class says for all its instances, as its layers came: line by line, the blocks in it still classes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ....graph import Graph, Node, Value
from ....op import Applied, Call
from ....scopes import Record
from ....trace import Event
from ....tree import Block, Doc
from ..factory import ARGUMENTS, INSIDE, on_device
from ..forward import Forward, chain_name, key, last_uses
from ..layout import INDENT, WIDTH, wrap
from ..literals import docstring
from ..names import Names, identifier
from ..scopes import SCOPE, Scope, access, construction, frozen, tree
from .blocks import Class
from .folding import File, Folding, Inner
from .starting import starting
from .suite import Suite

SELF = ("self", "nn", "F", "torch", "math", "partial", "super", "Tensor", "Any", "module")


class Folded:
    """The writing of the class of expansions that are all alike; it takes no parameters."""

    def __init__(self, events: list[Event], whole: Graph, file: File, name: str, is_root: bool) -> None:
        self.event = events[0]
        self.whole = whole
        self.file = file
        self.is_root = is_root
        self.comments = is_root or len(events) == 1  # of instances that are alike the sizes may differ
        self.indent = INSIDE if is_root else INDENT * 2
        self.graph = Folding(self.event, whole, file).folded()
        self.root = tree(self.graph, {node.index: node.io.torch for node in self.graph.layers})
        self.result = Class(name)

    def write(self) -> Class:
        init, forward = self.init(), self.forward()
        self.result.places = self.is_root and bool(init)
        given = ", ".join(["self", *(ARGUMENTS if self.is_root else ())])
        opening = [*wrap(INDENT, "def __init__", f"({given})", " -> None:"), f"{INDENT * 2}super().__init__()"]
        start = [*opening, *(on_device(init) if self.is_root else init), ""] if init else []
        said = described(self.event, self.file)
        doc = [*docstring(said, INDENT), ""] if said else []
        self.result.lines = [f"class {self.result.name}(nn.Module):", *doc, *start, *forward]
        return self.result

    def init(self) -> list[str]:
        """The statements that make modules and fill tensors."""
        lines = construction(self.root, self.indent)
        for node in self.graph.layers:
            form = node.io.torch
            if form.helper:
                self.file.helpers[form.helper.strip("\n")] = None
            uniform = form.module is not None and form.module.name in self.file.uniform
            for statement in form.init if node.call == 1 and not uniform else ():
                lines += wrap(self.indent, "", statement.format(m=access(self.root, node.path)))
        if any("Scope(" in line for line in lines):
            self.file.helpers[SCOPE.strip("\n")] = None
        if self.is_root:
            suite = Suite()
            used = [node.io.torch.module for node in self.whole.layers]
            starting(self.file.uniform, [form.name for form in used if form is not None], suite)
            lines += suite.render(3)
        return [*lines, *frozen(self.root, self.indent)]

    def forward(self) -> list[str]:
        graph = chained(self.graph, self.root)
        forms = {node.index: node.io.torch for node in graph.layers}
        names = Names(SELF)
        parameters = {key: names.take(identifier(key, "x"), f"{identifier(key, 'x')}_") for key in graph.inputs}
        chain = chain_name(graph, names, parameters)
        writing = Forward(graph, self.root, forms, names, parameters, chain, tidy=False, comments=self.comments)
        body = writing.body()
        returns, result = self.returned(writing)
        body, result = at_once(body, result, chain)
        arguments = ", ".join(["self", *(f"{name}: Tensor" for name in parameters.values())])
        return [*wrap(INDENT, "def forward", f"({arguments})", f" -> {returns}:"), *body, *result]

    def returned(self, writing: Forward) -> tuple[str, list[str]]:
        """The type of what comes out, and the statement."""
        outputs = writing.graph.outputs
        if len(outputs) > 1 and (self.event.given is None or isinstance(self.event.value, Record)):
            held = self.file.fields(self.result.name, list(outputs))
            return held.name, writing.result(held.name, held.names)
        if isinstance(self.event.value, Value) or self.event.given is None:
            return "Tensor", writing.result(None, {})
        reads = ", ".join(writing.read(value) for value in outputs.values())
        return "tuple[Tensor, ...]", wrap(INDENT * 2, "return ", f"({reads},)" if len(outputs) == 1 else f"({reads})")


def at_once(body: list[str], result: list[str], chain: str) -> tuple[list[str], list[str]]:
    """The body and the statement that returns: what the last line gives, where it is that which is returned."""
    before, wanted = f"{INDENT * 2}{chain} = ", [f"{INDENT * 2}return {chain}"]
    if not body or result != wanted or not body[-1].startswith(before):
        return body, result
    last = f"{INDENT * 2}return {body[-1].removeprefix(before)}"
    return (body[:-1], [last]) if len(last) <= WIDTH else (body, result)


def chained(graph: Graph, root: Scope) -> Graph:
    """The graph with each nn.Sequential as one node, where nothing else reads what flows within it."""
    readers = last_uses(graph)
    found = Graph(graph.name, inputs=graph.inputs, scope_values=graph.scope_values)
    known: dict[tuple[int, int], Value] = {}
    nodes = list(graph.nodes)
    place = 0
    while place < len(nodes):
        node = nodes[place]
        length = chain_length(nodes, place, root, readers)
        last, path, io = nodes[place + length - 1], node.path, node.io
        if length > 1:
            path = node.path[:-1]
            whole = Inner.model_construct(name=path[-1], made=Call(""), shapes=last.io.outputs, several=False, stores=True)
            io = Applied(whole, (node.inputs[0].shape,))
        inputs = tuple(known[key(value)] for value in node.inputs)
        made = node if node.is_input else Node(len(found.nodes), path, io, inputs, node.span, None, node.call, node.frozen)
        made.index = len(found.nodes)
        found.nodes.append(made)
        known |= {(last.index, port): Value(made, port) for port in range(len(last.io.outputs))}
        place += length
    found.outputs = {name: known[key(value)] for name, value in graph.outputs.items()}
    found.scope_values = {
        path: tuple(known[key(value)] for value in values)
        for path, values in graph.scope_values.items()
        if all(key(value) in known for value in values)
    }
    return found


def chain_length(nodes: list[Node], place: int, root: Scope, readers: dict[tuple[int, int], int]) -> int:
    """How many nodes from here on are the whole of an nn.Sequential; 1 where that is none."""
    path = nodes[place].path[:-1]
    scope: Any = root
    for name in path:
        scope = scope.children.get(name) if isinstance(scope, Scope) else None
    if not path or not isinstance(scope, Scope) or scope.container != "nn.Sequential":
        return 1
    inner = nodes[place : place + len(scope.children)]
    inputs = len([node for node in nodes[:place] if node.is_input])
    whole = [node.path for node in inner] == [(*path, name) for name in scope.children] and all(
        after.inputs == (after.inputs[0],) and after.inputs[0].node is before and readers[before.index, 0] == at - inputs
        for at, (before, after) in enumerate(pairwise(inner), place + 1)
    )
    return len(inner) if whole else 1


def described(event: Event, file: File) -> str:
    """What the program says of it, and for which parameters the class is."""
    assert event.declared is not None
    statements = event.declared.tree.body.statements if isinstance(event.declared.tree, Block) else ()
    doc = next((s.text for s in statements if isinstance(s, Doc)), "")
    given = ", ".join(f"{name}={text}" for name, text in file.settings(event).items())
    return "\n\n".join(part for part in (doc, f"With {given}." if given else "") if part)
