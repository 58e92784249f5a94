"""What a lint is: a program and its networks to warnings. Every file of `lints/` is one rule."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from . import lints, tree
from .diagnostics import Diagnostic, Label, Problem
from .graph import Graph, Instance, Node, Value
from .model import Declared, Module
from .network import Network
from .op import Applied
from .scopes import Default
from .source import Span


class Reader(NamedTuple):
    """Who reads a value: a node, and as which of its inputs."""

    node: Node
    slot: int


class Site(NamedTuple):
    """A layer of a network."""

    network: Network
    node: Node


@dataclass(frozen=True)
class Subject:
    """What there is to look at: a file, networks of it, and the defaults they met; `whole`: they are all that it declares."""

    module: Module
    networks: Sequence[Network]
    defaults: Sequence[Default]
    whole: bool = True

    def within(self, span: Span) -> bool:
        """Whether a place is in the file: what stands in an imported one is that file's own business."""
        return span.source is self.module.source

    def place(self, node: Node) -> Span | None:
        """Where the file makes a layer: its own place, else that of the outermost of its blocks that is written here."""
        if self.within(node.span):
            return node.span
        instance: Instance | None = node.instance
        while instance is not None and not self.within(instance.span):
            instance = instance.parent
        return instance.span if instance is not None else None

    @property
    def bodies(self) -> Iterator[tuple[Declared, tree.Block]]:
        """The blocks and nets that the file declares."""
        for declared in self.module.names.values():
            if isinstance(declared.tree, tree.Block) and not declared.imported:
                yield declared, declared.tree

    @cached_property
    def sites(self) -> dict[Span, list[Site]]:
        """The layers of all networks by their place, of those that are written in the file."""
        found: dict[Span, list[Site]] = {}
        source = self.module.source
        for network in self.networks:
            for node in network.ir.nodes:
                if node.span.source is source and not node.is_input:
                    found.setdefault(node.span, []).append(Site(network, node))
        return found

    def readers(self, network: Network) -> list[list[Reader]]:
        """Who reads any output of each node, by the node's index."""
        return self._readers[id(network)]

    def skipped(self, network: Network) -> list[tuple[Value, list[Reader]]]:
        """Values that are no output and that every reader moves over by more than one, on some axis; and those readers."""
        return self._skipped[id(network)]

    @cached_property
    def _skipped(self) -> dict[int, list[tuple[Value, list[Reader]]]]:
        strided: dict[int, bool] = {}
        return {id(network): list(skipped(network.ir, self.readers(network), strided)) for network in self.networks}

    @cached_property
    def _readers(self) -> dict[int, list[list[Reader]]]:
        return {id(network): readers(network.ir) for network in self.networks}


class Lint(Protocol):
    """A module of `lints/`: its code, what it finds in a line, an example, the same put right, and where the rule is from.

    `QUIET`: it finds what is often meant so, and runs only where it is selected.
    """

    CODE: str
    TITLE: str
    QUIET: bool
    EXAMPLE: str
    BETTER: str
    SOURCE: str

    def find(self, subject: Subject) -> Iterable[Diagnostic]: ...


def readers(graph: Graph) -> list[list[Reader]]:
    found: list[list[Reader]] = [[] for _ in graph.nodes]
    for node in graph.nodes:
        for slot, value in enumerate(node.inputs):
            found[value.node.index].append(Reader(node, slot))
    return found


def skipped(graph: Graph, found: list[list[Reader]], known: dict[int, bool]) -> Iterator[tuple[Value, list[Reader]]]:
    """`known` keeps what was found of equal layers."""
    kept = {(value.node.index, value.port) for value in graph.outputs.values()}
    for node in graph.nodes:
        if id(node.io) not in known:
            known[id(node.io)] = is_strided(node.io)
    for node, read in zip(graph.nodes, found, strict=True):
        if read and all(known[id(one.node.io)] for one in read):
            for port in range(len(node.io.outputs)):
                value = Value(node, port)
                some = of_value(value, found)
                if some and (node.index, port) not in kept:
                    yield value, some


def is_strided(io: Applied) -> bool:
    """Whether a layer moves over what it reads by more than one, on some axis."""
    try:
        return any(axis is not None and axis.jump > 1 for relation in io.relations for axis in relation.axes)
    except Problem:  # it reads by sizes that are open
        return False


def of_value(value: Value, found: list[list[Reader]]) -> list[Reader]:
    """Those of the readers of a node that read one of its outputs."""
    return [one for one in found[value.node.index] if one.node.inputs[one.slot].port == value.port]


COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"?|#[^\n]*')
MENTION = re.compile(r"(?<!\w)(?<![^.]\.)([A-Za-z_]\w*)(?!\s*(?:=(?!=)|:(?!:)))")


def bare(text: str) -> str:
    """A text with blanks for its comments."""
    return COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " " * len(found[0]), text)


@lru_cache(maxsize=64)
def mentions(text: str) -> Counter[str]:
    """How often each name stands in a text, but as an argument's, a binding's or a label's; templates in texts count too."""
    return Counter(MENTION.findall(bare(text)))


def name(node: Node) -> str:
    """A layer or input by its path, as sentences have it."""
    if node.is_input:
        return f"the input {node.key}"
    return f"layer {node.key}" if node.path[-1].isdigit() else node.key


def warning(lint: str, title: str, span: Span, text: str, help: str | None = None, notes: Iterable[str] = ()) -> Diagnostic:
    """A finding at one place."""
    return Diagnostic(lint, title, (Label(span, text),), tuple(notes), help, severity="warning")


@cache
def known() -> tuple[Lint, ...]:
    """All lints, found by folder, in the order of their codes."""
    modules = [cast(Lint, import_module(f"{lints.__name__}.{m.name}")) for m in pkgutil.iter_modules(lints.__path__)]
    return tuple(sorted(modules, key=lambda lint: lint.CODE))


def codes() -> tuple[str, ...]:
    return tuple(lint.CODE for lint in known())


def quiet() -> frozenset[str]:
    """The codes of those that run only where they are selected."""
    return frozenset(lint.CODE for lint in known() if lint.QUIET)


def about(lint: Lint) -> list[str]:
    """Its docstring, a text for each paragraph: what it warns of, then why."""
    return [" ".join(part.split()) for part in inspect.cleandoc(lint.__doc__ or "").split("\n\n")]


def run(subject: Subject, off: Iterable[str] = ()) -> list[Diagnostic]:
    """The warnings of all lints but those that are off."""
    silent = frozenset(off)
    return [found for lint in known() if lint.CODE not in silent for found in lint.find(subject)]
