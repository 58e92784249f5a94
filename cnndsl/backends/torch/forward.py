"""A graph to the body of forward: one line a node, and no name that keeps a value longer than it is needed.

`x` runs along: every layer of one output gives its value to `x`. A value that is read after the next layer also gets
a name of its own, after its label, and is deleted where it was read last. So what is alive at any line is what is
still to be read, which is what the memory analysis counts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...graph import Graph, Node, Path, Value
from ...op import Torch, show
from .layout import INDENT, WIDTH, wrap
from .names import Names, identifier
from .scopes import Scope, access

Key = tuple[int, int]  # index and port of a value
INSIDE = INDENT * 2


def key(value: Value) -> Key:
    return value.node.index, value.port


@dataclass
class Forward:
    """The writing of one forward method; `lines` is its body."""

    graph: Graph
    root: Scope
    forms: dict[int, Torch]
    names: Names
    parameters: dict[str, str]  # input name to parameter
    chain: str
    tidy: bool = True  # delete names after their last use
    comments: bool = True
    lines: list[str] = field(default_factory=list)
    running: Key | None = None  # the value that the chain's variable holds
    named: dict[Key, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named = {(node.index, 0): self.parameters[name] for name, node in self.graph.inputs.items()}
        self.last_use = last_uses(self.graph)
        self.scope_of = scopes_by_value(self.graph)
        self.keeps: set[str] = set(self.parameters.values())

    def body(self) -> list[str]:
        for place, node in enumerate(self.graph.layers):
            self.layer(place, node)
        return self.lines

    def layer(self, place: int, node: Node) -> None:
        form = self.forms[node.index]
        reads = [self.read(value) for value in node.inputs]
        module = access(self.root, node.path) if form.module or form.parameter else ""
        expression = form.forward.format(*reads, m=module, xs=", ".join(reads))
        dying = self.release(place, node.inputs)
        targets = self.several(node, dying) if node.io.several else self.single(place, node)
        self.assign(
            unpacked(targets) if node.io.several else [" = ".join(targets)], expression, ", ".join(map(show, node.io.outputs))
        )
        self.running = None if node.io.several else (node.index, 0)
        self.delete([name for name in dying if name not in targets] + self.unread(node, targets))

    def read(self, value: Value) -> str:
        return self.chain if key(value) == self.running else self.named[key(value)]

    def release(self, place: int, values: Iterable[Value]) -> list[str]:
        """The names of values that are read here for the last time; they are free from here on."""
        names = []
        for value in values:
            if self.last_use[key(value)] == place and self.named.get(key(value)) not in (None, *self.keeps):
                name = self.named.pop(key(value))
                self.names.give_back(name)
                names.append(name)
        return names

    def single(self, place: int, node: Node) -> list[str]:
        here = (node.index, 0)
        if self.last_use.get(here, place) <= place + 1:
            return [self.chain]
        self.named[here] = self.names.take(*self.candidates(node))
        return [self.chain, self.named[here]]

    def several(self, node: Node, dying: list[str]) -> list[str]:
        """Targets of a layer of several outputs; the chain's variable is no part of it, and would be left behind."""
        if self.running is not None:
            dying.append(self.chain)
        for port in range(len(node.io.outputs)):
            self.named[node.index, port] = self.names.take(*(f"{name}_{port}" for name in self.candidates(node)))
        return [self.named[node.index, port] for port in range(len(node.io.outputs))]

    def unread(self, node: Node, targets: list[str]) -> list[str]:
        """The targets that nothing reads."""
        ports = [port for port in range(len(node.io.outputs)) if (node.index, port) not in self.last_use]
        if ports and not node.io.several:
            self.running = None
        for port in ports:
            self.names.give_back(self.named.pop((node.index, port), ""))
        return [targets[port] for port in ports]

    def candidates(self, node: Node, port: int = 0) -> list[str]:
        """Names for a value: after the scope that it comes out of, else after its label; short if that is free."""
        path = self.scope_of.get((node.index, port), node.path)
        if all(label.isdigit() for label in path):
            return [identifier(node.op.title().lower(), "value")]
        return [identifier("_".join(labels), "value") for labels in (tail(path), path)]

    def assign(self, targets: list[str], expression: str, comment: str) -> None:
        """Add the lines of an assignment; all but the last line of the targets stand before it as they are."""
        lines = [INSIDE + line for line in targets[:-1]] + wrap(INSIDE, f"{targets[-1]} = ", expression)
        if not self.comments:
            self.lines += lines
        elif len(lines) == 1 and len(lines[0]) + len(comment) + 4 <= WIDTH:
            self.lines.append(f"{lines[0]}  # {comment}")
        else:
            self.lines += [*textwrap.wrap(comment, WIDTH, initial_indent=f"{INSIDE}# ", subsequent_indent=f"{INSIDE}# "), *lines]

    def delete(self, names: list[str]) -> None:
        if not self.tidy:
            return
        line = ", ".join(dict.fromkeys(names))
        if len(line) < WIDTH // 2:
            self.lines += [f"{INSIDE}del {line}"] * bool(names)
        else:
            self.lines += [f"{INSIDE}del {name}" for name in dict.fromkeys(names)]

    def result(self, output_class: str | None, fields: dict[str, str]) -> list[str]:
        """The return statement; `fields` gives the NamedTuple's field of each output, else a tuple has several."""
        reads = {name: self.read(value) for name, value in self.graph.outputs.items()}
        if output_class is None:
            return wrap(INSIDE, "return ", ", ".join(reads.values()))
        return wrap(INSIDE, "return ", f"{output_class}({', '.join(f'{fields[name]}={read}' for name, read in reads.items())})")


def last_uses(graph: Graph) -> dict[Key, int]:
    """The place among the layers where each value is read last; for outputs, the one after all."""
    layers = graph.layers
    found = {key(value): place for place, node in enumerate(layers) for value in node.inputs}
    return found | {key(value): len(layers) for value in graph.outputs.values()}


def scopes_by_value(graph: Graph) -> dict[Key, Path]:
    """The outermost scope that a value comes out of."""
    found: dict[Key, Path] = {}
    for path, values in graph.scope_values.items():
        if len(values) == 1 and path:
            at = key(values[0])
            found[at] = min(found.get(at, path), path, key=len)
    return found


def tail(path: Path) -> Path:
    """The end of a path, from the last label that is no number."""
    start = max((place for place, label in enumerate(path) if not label.isdigit()), default=0)
    return path[start:]


def unpacked(targets: list[str]) -> list[str]:
    """The lines of targets that take one output each."""
    line = ", ".join(targets)
    if len(line) > WIDTH // 2:
        return ["(", *(f"{INDENT}{name}," for name in targets), ")"]
    return [line] if len(targets) > 1 else [f"({line},)"]


def chain_name(graph: Graph, names: Names, parameters: dict[str, str]) -> str:
    """`x`, also where it is an input that only the first layer reads; another letter where `x` is taken."""
    for name, parameter in parameters.items():
        if parameter == "x" and last_uses(graph).get((graph.inputs[name].index, 0), 0) == 0:
            return "x"
    return names.take("x", "y", "z", "h", "t")
