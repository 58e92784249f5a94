"""One expansion as a graph of its own: a node for each layer, or for a block that is called whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

from ....graph import Graph, Input, Node, Path, Value
from ....op import Applied, Call, Op, Shape, Torch, Weight
from ....scopes import Record
from ....trace import Event
from ..literals import Code
from .blocks import Class
from .expressions import Unreadable
from .lanes import width
from .starting import Starts


class Inner(Op):
    """A block in the scope: one call of its class."""

    arity: ClassVar[int | None] = None
    kind: ClassVar[str] = "block"

    name: str
    made: Call
    shapes: tuple[Shape, ...]
    several: bool
    stores: bool

    def title(self) -> str:
        return self.name

    def shape(self, *inputs: Shape) -> Shape | list[Shape]:
        return list(self.shapes) if self.several else self.shapes[0]

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return (Weight("", (1,), buffer=not self.stores),)

    def torch(self, io: Applied) -> Torch:
        return Torch(f"{{m}}({', '.join(f'{{{place}}}' for place in range(len(io.inputs)))})", self.made)


class File(Protocol):
    """What the writing asks of the file."""

    helpers: dict[str, None]
    uniform: Starts

    def written(self, event: Event) -> Class: ...
    def literals(self, event: Event, found: Class) -> dict[str, str]: ...
    def settings(self, event: Event) -> dict[str, str]: ...
    def fields(self, name: str, outputs: list[str]) -> Any: ...


def values_of(given: Any) -> Iterator[Any]:
    """The values of a list of lists, or of the outputs of a net, in order."""
    if isinstance(given, Record):
        given = tuple(given.values.values())
    if isinstance(given, tuple):
        for one in given:
            yield from values_of(one)
    else:
        yield given


def path_of(event: Event) -> Path:
    assert event.run.env is not None
    assert event.run.env.frame is not None
    return event.run.env.frame.path


def nodes_of(event: Event, graph: Graph) -> list[Node]:
    return graph.nodes[event.first : event.last]


class Folding:
    """The graph of one expansion by itself, a node for each layer, or for each block that is called whole."""

    def __init__(self, event: Event, whole: Graph, file: File) -> None:
        self.event = event
        self.whole = whole
        self.file = file
        self.depth = len(path_of(event))
        self.graph = Graph(event.declared.name if event.declared else "")
        self.known: dict[tuple[int, int], Value] = {}
        self.calls: dict[Path, int] = {}

    def folded(self) -> Graph:
        self.enter()
        whole = dict(self.chosen())
        place = self.event.first
        while place < self.event.last:
            inner = whole.get(place)
            if inner is None:
                self.layer(self.whole.nodes[place])
            else:
                self.block(*inner)
            place = inner[0].last if inner is not None else place + 1
        self.leave()
        return self.graph

    # ---- what flows in and out -------------------------------------------------------
    def enter(self) -> None:
        """The values that flow in, as inputs."""
        if self.event.given is None:
            found = [(name, Value(node)) for name, node in self.whole.inputs.items()]
        else:
            given = list(values_of(self.event.given))
            found = [("x" if len(given) == 1 else f"x{place + 1}", value) for place, value in enumerate(given)]
        for name, value in found:
            op = Input.model_construct(size=value.shape)
            node = self.add((name,), Applied(op, ()), (), value.node, 1)
            self.graph.inputs[name] = node
            self.known.setdefault((value.node.index, value.port), Value(node))

    def leave(self) -> None:
        """The values that flow out, and the scopes that others come out of, after which they are called."""
        if self.event.given is None:
            self.graph.outputs = {name: self.here(value) for name, value in self.whole.outputs.items()}
        else:
            leaving = list(values_of(self.event.value))
            if not all(isinstance(value, Value) for value in leaving):
                raise Unreadable("what comes out is no value")
            record = self.event.value.values if isinstance(self.event.value, Record) else {}
            names = list(record) or [f"out{place}" for place in range(len(leaving))]
            self.graph.outputs = {name: self.here(value) for name, value in zip(names, leaving, strict=True)}
        own = path_of(self.event)
        for path, values in self.whole.scope_values.items():
            found = [self.known.get((v.node.index, v.port)) for v in values]
            here = tuple(value for value in found if value is not None and not isinstance(value.node.op, Inner))
            if path[: self.depth] == own and len(here) == len(values):
                self.graph.scope_values[path[self.depth :]] = here

    def here(self, value: Value) -> Value:
        return self.known[value.node.index, value.port]

    # ---- layers and blocks --------------------------------------------------------------
    def add(self, path: Path, io: Applied, inputs: tuple[Value, ...], origin: Node, call: int) -> Node:
        node = Node(len(self.graph.nodes), path, io, inputs, origin.span, None, call, origin.frozen)
        self.graph.nodes.append(node)
        return node

    def call(self, path: Path) -> int:
        self.calls[path] = self.calls.get(path, 0) + 1
        return self.calls[path]

    def layer(self, node: Node) -> None:
        if node.is_input:
            return
        path = node.path[self.depth :]
        made = self.add(path, node.io, tuple(map(self.here, node.inputs)), node, self.call(path))
        for port in range(len(node.io.outputs)):
            self.known[node.index, port] = Value(made, port)

    def block(self, event: Event, found: Class, made: Call) -> None:
        """One call of a class."""
        values = list(values_of(event.value))
        several = not isinstance(event.value, Value)
        nodes = nodes_of(event, self.whole)
        holders = [node for node in nodes if node.io.params]
        op = Inner.model_construct(
            name=found.name, made=made, shapes=tuple(v.shape for v in values), several=several, stores=bool(holders)
        )
        inputs = tuple(self.here(value) for value in values_of(event.given))
        path = path_of(event)[self.depth :]
        node = self.add(path, Applied(op, tuple(v.shape for v in inputs)), inputs, nodes[0], self.call(path))
        node.frozen = bool(holders) and all(one.frozen for one in holders)
        for port, value in enumerate(values):
            self.known[value.node.index, value.port] = Value(node, port)

    def chosen(self) -> Iterator[tuple[int, tuple[Event, Class, Call]]]:
        """The blocks that are called whole, by their first node: all calls of a shared one, or none."""
        found = [(event, self.whole_call(event)) for event in blocks(self.event)]
        ways: dict[Path, set[Any]] = {}
        for event, way in found:
            ways.setdefault(path_of(event), set()).add((way[0].name, *way[1].arguments.items()) if way else None)
        end = self.event.first
        for event, way in found:
            if event.first >= end and way and len(ways[path_of(event)]) == 1 and not self.is_opened(event):
                yield event.first, (event, *way)
                end = event.last

    def is_opened(self, event: Event) -> bool:
        """Whether layers outside of a block are kept within its scope."""
        path = path_of(event)
        own = {id(node) for other in blocks(self.event) if path_of(other) == path for node in nodes_of(other, self.whole)}
        return any(node.path[: len(path)] == path and id(node) not in own for node in nodes_of(self.event, self.whole))

    def whole_call(self, event: Event) -> tuple[Class, Call] | None:
        """The class of a block and its call; None where it must be written out."""
        values = list(values_of(event.value))
        if event.first == event.last or not all(isinstance(value, Value) for value in values):
            return None
        inside = range(event.first, event.last)
        leaving = {(value.node.index, value.port) for value in values}
        read = [v for node in self.whole.nodes[event.last :] for v in node.inputs] + list(self.whole.outputs.values())
        if any(v.node.index in inside and (v.node.index, v.port) not in leaving for v in read):
            return None
        try:
            found = self.file.written(event)
            texts = self.file.literals(event, found)
        except Unreadable:
            return None
        given = list(values_of(event.given))
        widths = {name: Code(width(given[place])) for place, name in found.widths.items()}
        ahead = [p.name for p, name in zip(found.parameters, texts, strict=False) if p.name == name and p.default is None]
        return found, Call(found.name, widths | {name: Code(text) for name, text in texts.items()}, len(widths) + len(ahead))


def blocks(event: Event) -> Iterator[Event]:
    """All expansions within one, each before those in it."""
    for inner in event.events:
        if inner.kind == "expansion":
            yield inner
        yield from blocks(inner)
