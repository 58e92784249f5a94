"""A network to the rows of a report: one for each layer, or one for a whole block that is folded; figures as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .diagnostics import Problem
from .figures import Seen
from .graph import Instance, Node, Path
from .network import Network
from .notation import notation
from .op import Applied, Shape
from .symbols import Dim

FIGURES = ("params", "trainable", "macs", "memory")
SOURCES = 3  # a merge names its sources up to so many


class Row(NamedTuple):
    """A layer (`layers` is 1), a scope folded into its sums, or a scope's heading (`layers` is 0, no figures).

    `path` is the dotted key, `name` its last part and `level` how many scopes it stands in. `text` is the layer's call,
    or what the scope is; `kind` the op's kind. `shared`: its parameters are counted at an earlier call. `rf` and
    `output` of a folded scope are its last layer's. `io` is the same for equal layers. `line` is where it is written.
    """

    path: str
    name: str
    level: int
    text: str
    kind: str
    layers: int
    output: Shape = ()
    params: Dim = 0
    trainable: Dim = 0
    macs: Dim = 0
    memory: Dim = 0
    rf: Seen = None
    call: int = 1
    shared: bool = False
    io: Applied | None = None
    line: int = 0

    @property
    def words(self) -> str:
        """The text; of a folded scope with the number of its layers."""
        if self.kind != "scope" or not self.layers:
            return self.text
        return f"{self.text}, {self.layers} {'layer' if self.layers == 1 else 'layers'}"


def rows(network: Network, depth: int | None = None) -> list[Row]:
    """The rows of a network, without headings; with `depth`, what lies deeper is folded. Raises Problem for a depth below 1."""
    return [row for row in Rows(network).outline(depth) if row.layers]


def outline(network: Network, depth: int | None = None) -> list[Row]:
    """The same with a heading before the rows of each scope."""
    return list(Rows(network).outline(depth))


class Rows:
    """The making of rows."""

    def __init__(self, network: Network) -> None:
        self.graph = network.ir
        self.columns = network.findings.columns
        self.texts: dict[int, str] = {}  # by id of an op: its call
        self.chains: dict[int, dict[Path, Instance]] = {}  # by id of an instance: it and those around it, by path

    def outline(self, depth: int | None) -> Iterator[Row]:
        if depth is not None and depth < 1:
            help = "1 shows the outermost blocks, 2 also what is in them"
            raise Problem(f"a depth of {depth} shows nothing", code="E0004", help=help)
        here: list[tuple[Path, Instance | None]] = []  # the scopes that are open
        before: tuple[Path, Instance | None] = ((), None)
        for node, members in self.folded(depth):
            path = node.path if members is None else node.path[:depth]
            if before != (before := (path[:-1], node.instance)):
                scopes = [(path[:end], self.instance(node, path[:end])) for end in range(1, len(path))]
                yield from self.headings(here, scopes)
                here = scopes
            yield self.layer(node) if members is None else self.scope(path, node, members)

    def folded(self, depth: int | None) -> Iterator[tuple[Node, list[Node] | None]]:
        """Nodes that have a row of their own, and the first of those that share one, with all of these."""
        groups: dict[tuple[Path, int], list[Node]] = {}
        order: list[tuple[Node, list[Node] | None]] = []
        for node in self.graph.nodes:
            if node.is_input:
                continue
            if depth is None or len(node.path) <= depth:
                order.append((node, None))
                continue
            key = node.path[:depth], id(self.instance(node, node.path[:depth]))
            if key not in groups:
                groups[key] = []
                order.append((node, groups[key]))
            groups[key].append(node)
        return iter(order)

    def instance(self, node: Node, scope: Path) -> Instance | None:
        """Which expansion of a scope a node belongs to; None where the program opened none of this path."""
        inner = node.instance
        if inner is None:
            return None
        if id(inner) not in self.chains:
            chain: dict[Path, Instance] = {}
            each: Instance | None = inner
            while each is not None:
                chain.setdefault(each.path, each)
                each = each.parent
            self.chains[id(inner)] = chain
        return self.chains[id(inner)].get(scope)

    def headings(self, before: list[tuple[Path, Instance | None]], now: list[tuple[Path, Instance | None]]) -> Iterator[Row]:
        """Headings of the scopes that open here: from the first that is another, or another call of the same."""
        same = 0
        while same < min(len(before), len(now)) and continues(before[same], now[same]):
            same += 1
        for path, instance in now[same:]:
            yield Row(".".join(path), path[-1], len(path) - 1, self.title(path, instance), "scope", 0)

    def title(self, path: Path, instance: Instance | None) -> str:
        """What a scope is: a block by its name, or a group."""
        first = self.graph.scopes.get(path)
        found = instance or first
        name = found.name if found and found.name else "{ … }"
        return name if found is first else f"{name} again"

    def layer(self, node: Node) -> Row:
        io, index, columns = node.io, node.index, self.columns
        return Row(
            node.key,
            node.path[-1],
            len(node.path) - 1,
            self.text(node),
            io.op.kind,
            1,
            io.outputs[0],
            columns["params"][index],
            columns["trainable"][index],
            columns["macs"][index],
            columns["memory"][index],
            columns["rf"][index],
            node.call,
            node.call > 1 and io.params > 0,
            io,
            node.span.line,
        )

    def text(self, node: Node) -> str:
        """The call of a layer; a merge with its sources."""
        op = node.io.op
        text = self.texts.get(id(op))
        if text is None:
            text = self.texts[id(op)] = notation(op)
        if node.frozen and node.io.params:
            return f"@frozen {text}"
        if len(node.inputs) < 2 or "(" in text:
            return text
        if len(node.inputs) > SOURCES:
            return f"{text} of {len(node.inputs)} values"
        return f"{text}({', '.join(source(value.node, node) for value in node.inputs)})"

    def scope(self, path: Path, first: Node, members: list[Node]) -> Row:
        """One row for all layers of a scope."""
        params, trainable, macs, memory = [total([self.columns[name][node.index] for node in members]) for name in FIGURES]
        last = members[-1]
        instance = self.instance(first, path)
        opened = instance or self.graph.scopes.get(path)
        return Row(
            ".".join(path),
            path[-1],
            len(path) - 1,
            self.title(path, instance),
            "scope",
            len(members),
            last.io.outputs[0],
            params,
            trainable,
            macs,
            memory,
            self.columns["rf"][last.index],
            first.call,
            not params and any(node.call > 1 and node.io.params for node in members),
            line=opened.span.line if opened else first.span.line,
        )


def continues(before: tuple[Path, Instance | None], now: tuple[Path, Instance | None]) -> bool:
    """Whether a scope is still the same expansion."""
    return before[0] == now[0] and (before[1] is now[1] or before[1] is None or now[1] is None)


def source(value: Node, reader: Node) -> str:
    """The path of what is read, as seen from the reader's own scope."""
    scope = reader.path[:-1]
    inside = value.path[: len(scope)] == scope
    name = ".".join(value.path[len(scope) :]) if inside else value.key
    return name if value.call == 1 else f"{name}@{value.call}"


def total(values: list[Dim]) -> Dim:
    whole: Dim = 0
    for value in values:
        whole = whole + value
    return whole
