"""A graph to the lines of a flat program: every layer under its whole key, every value that is read later by a name."""

from __future__ import annotations

from ...arguments import Initialiser
from ...calling import located
from ...diagnostics import CompileError, Diagnostic, Problem
from ...extern_op import Extern
from ...graph import Graph, Node, Value
from ...network import Network
from ...notation import notation, quoted
from ...op import Applied, show
from .externs import declaration
from .words import label, reference, shape, unused

VERSION = "# cnndsl 1"
INDENT = "  "
Key = tuple[int, int]  # index and port of a value


def source(network: Network) -> str:
    """The program's text; raises CompileError where the language has no words for a layer by itself."""
    return Flat(network.ir).text()


class Flat:
    """The writing of one flat program."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.layers = graph.layers
        self.wrong: dict[tuple[str, int], Diagnostic] = {}
        self.counted = counted_merges(self.layers)
        self.roots = {node.path[0] for node in graph.nodes if node.index not in self.counted}
        self.externs = self.extern_names()
        self.instead = self.otherwise()
        self.named = self.value_names()

    def text(self) -> str:
        """The whole program."""
        body = [
            *self.head(),
            *(line for place, node in enumerate(self.layers) for line in self.told(place, node)),
            *self.outputs(),
            *self.claims(),
        ]
        declared = [line for name, io in self.externs.values() for line in [*self.declared(name, io), ""]]
        aliases = [f"{alias} = {name}" for name, alias in self.instead.items() if alias]
        if self.wrong:
            raise CompileError(self.wrong.values())
        torch_name = [f"@torch(name={quoted(self.graph.torch_name)})"] if self.graph.torch_name else []
        start = [
            VERSION,
            *self.origin(),
            "",
            *declared,
            *aliases,
            *([""] if aliases else []),
            *torch_name,
            f"net {self.graph.name} {{",
        ]
        return "\n".join([*start, *(INDENT + line for line in body), "}"]) + "\n"

    def claims(self) -> list[str]:
        """What the program asserts of the whole network, where no label hides the total's name."""
        return [
            f"assert {claim.text}" + (f", {quoted(claim.why)}" if claim.why else "")
            for claim in self.graph.claims
            if claim.total not in self.roots
        ]

    def origin(self) -> list[str]:
        settings = ", ".join(f"{name}={value}" for name, value in self.graph.settings.items())
        words = " ".join(
            f"{self.graph.name}, expanded from {self.graph.source_name or 'a program'} {settings and f'with {settings}'}".split()
        )
        return [f"# {''.join(char if char.isprintable() else '?' for char in words)}"]

    def head(self) -> list[str]:
        """The doc string and the inputs."""
        lines = [quoted(self.graph.doc)] if self.graph.doc else []
        for name, node in self.graph.inputs.items():
            try:
                lines.append(f"input {name}: {shape(node.io.output, name)}")
            except Problem as problem:
                self.tell(problem, node)
        return lines

    # Names

    def extern_names(self) -> dict[int, tuple[str, Applied]]:
        """Names of the foreign layers, one for each way in which they are applied, by the identity of that."""
        found: dict[int, tuple[str, Applied]] = {}
        taken: set[str] = set()
        for node in self.layers:
            if isinstance(node.op, Extern) and id(node.io) not in found:
                name = node.op.name if node.op.name not in taken else unused(node.op.name, taken)
                taken.add(name)
                found[id(node.io)] = name, node.io
        return found

    def otherwise(self) -> dict[str, str]:
        """Words that labels hide: what stands for a layer or initialiser of that name, "" where a string will do."""
        words = {node.op.title() for node in self.layers} | {name for name, _ in self.externs.values()}
        for node in self.layers:
            words |= {value.name for value in node.op.written().values() if isinstance(value, Initialiser)}
        hidden = {word: unused(word, self.roots | words) for word in sorted(words & self.roots)}
        return dict.fromkeys(sorted(self.roots), "") | hidden

    def value_names(self) -> dict[Key, str]:
        """Names of the values that are read elsewhere than on the next line."""
        stem = "v"
        while any(root.startswith(stem) and root.removeprefix(stem).isdigit() for root in self.roots):
            stem += "_"
        needed = {key(value) for place, node in enumerate(self.layers) for value in node.inputs if key(value) != self.here(place)}
        needed |= {key(value) for value in self.leaving().values()}
        needed |= {(node.index, port) for node in self.layers if node.io.several for port in range(len(node.io.outputs))}
        names = {(node.index, 0): name for name, node in self.graph.inputs.items()}
        return names | {at: f"{stem}{number}" for number, at in enumerate(sorted(needed - names.keys()), 1)}

    def here(self, place: int) -> Key | None:
        """The value that `_` is on a line: that of the line before, or the only input."""
        if place:
            before = self.layers[place - 1]
            return None if before.io.several else (before.index, 0)
        inputs = list(self.graph.inputs.values())
        return (inputs[0].index, 0) if len(inputs) == 1 else None

    def leaving(self) -> dict[str, Value]:
        """The outputs that have to be said; the last line's value leaves by itself as `out`."""
        outputs = self.graph.outputs
        last = self.here(len(self.layers))
        return {} if list(outputs) == ["out"] and key(outputs["out"]) == last else outputs

    # Lines

    def told(self, place: int, node: Node) -> list[str]:
        try:
            return [self.line(place, node)]
        except Problem as problem:
            self.tell(problem, node)
            return []

    def line(self, place: int, node: Node) -> str:
        """One application: where it starts, the layer, names of what it gives, and its shape as a comment."""
        start = self.start(place, node)
        names = [self.named[node.index, port] for port in range(len(node.io.outputs)) if (node.index, port) in self.named]
        given = f" as {', '.join(names)}" if names else ""
        line = f"{start}{self.layer(node)}{given}"
        return f"{line}  # {', '.join(map(show, node.io.outputs))}"

    def start(self, place: int, node: Node) -> str:
        """The sources; none where a layer simply goes on from the line before."""
        here = self.here(place)
        reads = ["_" if key(value) == here else self.named[key(value)] for value in node.inputs]
        if len(reads) > 1 or node.op.merge:
            return f"[{', '.join(reads)}] -> "
        return "" if reads == ["_"] and node.call == 1 else f"{reads[0]} -> "

    def layer(self, node: Node) -> str:
        if node.call > 1:
            return reference(node.path)
        frozen = "@frozen " if node.frozen and node.io.params else ""
        return f"{frozen}{'' if node.index in self.counted else f'{label(node.path)}: '}{self.call(node)}"

    def call(self, node: Node) -> str:
        if not isinstance(node.op, Extern):
            return notation(node.op, self.instead)
        name = self.externs[id(node.io)][0]
        return notation(node.op, {**self.instead, node.op.name: self.instead.get(name) or name})

    def outputs(self) -> list[str]:
        leaving = self.leaving()
        if not leaving:
            return []
        return ["output " + ", ".join(f"{name} = {self.named[key(value)]}" for name, value in leaving.items())]

    def declared(self, name: str, io: Applied) -> list[str]:
        try:
            return declaration(io, name)
        except Problem as problem:
            self.tell(problem, next(node for node in self.layers if node.io is io))
            return []

    def tell(self, problem: Problem, node: Node) -> None:
        """Collect what is wrong, once for each place."""
        self.wrong.setdefault((problem.title, node.span.start), located(problem, node.span, {}).diagnostic)


def counted_merges(layers: list[Node]) -> set[int]:
    """The merges of the net's own scope that get their keys by being counted, as the elaborator does it.

    A label would hide their word from the lines after it.
    """
    found: set[int] = set()
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for node in layers:
        root, word = node.path[0], node.op.title()
        if node.op.merge and node.path == (root,):
            number = numbers.get(word, 0)
            while (name := f"{word}_{number}" if number else word) in taken:
                number += 1
            if name == root:
                numbers[word] = number + 1
                found.add(node.index)
                continue
        taken.add(root)
    return found


def key(value: Value) -> Key:
    return value.node.index, value.port
