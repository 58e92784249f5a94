"""Networks by hand, for tests of what comes after the text."""

from __future__ import annotations

from cnndsl import ops
from cnndsl.analysis import Setting
from cnndsl.graph import Graph, Input, Instance, Node, Value
from cnndsl.network import Network
from cnndsl.op import Applied, Op, Shape
from cnndsl.source import Source, Span


def op(name: str, *positional: object, **arguments: object) -> Op:
    """A layer by its name in programs; required arguments may stand in order."""
    cls = ops.find(name)
    assert cls is not None, name
    return cls(**dict(zip(cls.model_fields, positional, strict=False)), **arguments)


class Build:
    """A graph in the making: every call adds a node after the last one and makes it the current value."""

    def __init__(self, name: str = "net") -> None:
        self.graph = Graph(name)
        self.source = Source("\n" * 2000, "built.cnn")
        self.applied: dict[tuple[Op, tuple[Shape, ...]], Applied] = {}
        self.current: Value | None = None
        self.taken = 0

    def input(self, name: str, shape: Shape) -> Value:
        value = self._add((name,), Applied(Input(size=shape), ()), ())
        self.graph.inputs[name] = value.node
        return value

    def __call__(self, name: str, *positional: object, **arguments: object) -> Value:
        """A layer named by its number, of the current value."""
        return self.layer(str(len(self.graph.nodes)), op(name, *positional, **arguments))

    def layer(self, path: str, layer: Op, *inputs: Value, call: int = 1, frozen: bool = False) -> Value:
        assert self.current is not None
        values = inputs or (self.current,)
        key = (layer, tuple(value.shape for value in values))
        if key not in self.applied:
            self.applied[key] = Applied(*key)
        return self._add(tuple(path.split(".")), self.applied[key], values, call, frozen)

    def port(self, number: int) -> Value:
        """Another output of the layer that was added last."""
        assert self.current is not None
        return Value(self.current.node, number)

    def scope(self, path: str, name: str | None = None) -> Instance:
        """Says that a path is that of a block, or of a group (name None); call it before the layers in it."""
        key = tuple(path.split("."))
        parent = self.graph.scopes.get(key[:-1])
        self.graph.scopes[key] = Instance(name, key, self._span(), parent)
        return self.graph.scopes[key]

    def done(self, batch: int = 1, dtype: str = "float32", **outputs: Value) -> Network:
        assert self.current is not None
        self.graph.outputs = dict(outputs) or {"out": self.current}
        return Network(self.graph, Setting(batch, dtype))

    def _span(self) -> Span:
        line = len(self.graph.nodes)
        return Span(self.source, line, line + 1)

    def _add(self, path: tuple[str, ...], io: Applied, inputs: tuple[Value, ...], call: int = 1, frozen: bool = False) -> Value:
        scopes = (self.graph.scopes.get(path[:end]) for end in range(len(path) - 1, 0, -1))
        instance = next((scope for scope in scopes if scope), None)
        node = Node(len(self.graph.nodes), path, io, inputs, self._span(), instance, call, frozen)
        self.graph.nodes.append(node)
        self.current = Value(node)
        return self.current
