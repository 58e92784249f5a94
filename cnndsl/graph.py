"""A network as nodes in program order: every input, layer and merge, with its path, its place and what it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from .op import Applied, Op, Shape, Torch, show
from .source import Span

Path = tuple[str, ...]  # ("layer1", "0", "conv1"): scopes, then the layer's own key


class Input(Op):
    """A network's input; the one op that no program writes."""

    kind: ClassVar[str] = "input"
    arity: ClassVar[int | None] = 0

    size: tuple[object, ...]

    def shape(self, *inputs: Shape) -> Shape:
        return self.size  # type: ignore[return-value]

    def torch(self, io: Applied) -> Torch:
        raise NotImplementedError("an input is an argument of forward")


class Value:
    """One output of a node: what flows along an edge. `port` counts the outputs of layers that give several."""

    __slots__ = ("node", "port")

    def __init__(self, node: Node, port: int = 0) -> None:
        self.node = node
        self.port = port

    @property
    def shape(self) -> Shape:
        return self.node.io.outputs[self.port]

    @property
    def described(self) -> str:
        """What it is, for messages."""
        return f"a value of shape {show(self.shape)}"

    def __repr__(self) -> str:
        return f"{'.'.join(self.node.path)}[{self.port}]"


class Instance:
    """One expansion of a block, a net used as a layer, or a labelled group (`name` None); the trail of its nodes."""

    __slots__ = ("name", "parent", "path", "span")

    def __init__(self, name: str | None, path: Path, span: Span, parent: Instance | None) -> None:
        self.name = name
        self.path = path
        self.span = span
        self.parent = parent


class Node:
    """One application of an op.

    `path` is its key: the state_dict names of its tensors are path + name. Merges have paths too (`layer1.0.add`)
    but no tensors. `call` counts the applications of one layer: 1, or 2, 3, … where its weights are shared.
    `frozen`: its parameters do not train. `name` is the value's own name in the program (an input's, a label's).
    """

    __slots__ = ("call", "frozen", "index", "inputs", "instance", "io", "path", "span")

    def __init__(
        self,
        index: int,
        path: Path,
        io: Applied,
        inputs: tuple[Value, ...],
        span: Span,
        instance: Instance | None = None,
        call: int = 1,
        frozen: bool = False,
    ) -> None:
        self.index = index
        self.path = path
        self.io = io
        self.inputs = inputs
        self.span = span
        self.instance = instance
        self.call = call
        self.frozen = frozen

    @property
    def op(self) -> Op:
        return self.io.op

    @property
    def key(self) -> str:
        """The dotted path."""
        return ".".join(self.path)

    @property
    def is_input(self) -> bool:
        return type(self.io.op) is Input

    def __repr__(self) -> str:
        return f"<{self.index} {self.key} {self.op!r}>"


class Claim(NamedTuple):
    """A total that a program asserts, as text: `params == 61_706`; and why."""

    total: str
    text: str
    why: str | None


@dataclass(slots=True)
class Graph:
    """A network. `nodes` stand in program order, inputs where they are declared; node.index is the place in it.

    `scopes` gives the instance of every labelled group, block and net by its path, in program order; `scope_values`
    the values that come out of each. `doc` is the doc string; `torch_name` the class's name where `@torch(name=…)` says one.
    """

    name: str
    nodes: list[Node] = field(default_factory=list)
    inputs: dict[str, Node] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)
    scopes: dict[Path, Instance] = field(default_factory=dict)
    scope_values: dict[Path, tuple[Value, ...]] = field(default_factory=dict)
    doc: str = ""
    torch_name: str = ""
    source_name: str = ""
    span: Span | None = None  # of its name, where it is declared
    settings: dict[str, object] = field(default_factory=dict)  # parameters given from outside, for the record
    claims: list[Claim] = field(default_factory=list)  # about the whole network, and they hold

    @property
    def layers(self) -> list[Node]:
        """All nodes but the inputs."""
        return [node for node in self.nodes if not node.is_input]
