"""One block or net as a class, from all its instances."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ....expressions import Name
from ....graph import Graph
from ....model import Declared
from ....scopes import Record
from ....trace import Event
from ....tree import Block, Doc
from ..factory import ARGUMENTS, CONTEXT, CONVERTED
from ..layout import INDENT, wrap
from ..literals import docstring
from .blocks import Class, File, Parameter
from .entering import Entering
from .expressions import Unreadable
from .lanes import Flowing, Lane, Readers, Track
from .places import Attributes, Items, Members
from .scope import Scope
from .sequences import numbered, sequence
from .starting import starting
from .suite import Line, Suite

PLACES = ("device", "dtype")
SELF = ("self", "nn", "F", "torch", "Tensor", "math", "partial", "super")


class Writer(Entering):
    """Writes one class; `demanded` says what callers want of it."""

    def __init__(self, file: Any, declared: Declared, events: list[Event], name: str, demanded: set[str]) -> None:
        super().__init__(Scope(declared.module, file), (*SELF, *file.taken, *PLACES))
        self.file: File = file
        self.declared = declared
        self.events = events
        self.demanded = demanded
        self.helpers = file.helpers
        self.known_widths = set()
        self.outside: list[Any] = []
        self.kept = {}
        self.guessed = {}
        self.result = Class(name)
        self.is_net = bool(isinstance(declared.tree, Block) and declared.tree.is_net)
        self.is_root = self.is_net and any(event in file.roots for event in events)
        self.comments = self.is_net
        self.outputs: dict[str, Flowing] = {}

    def write(self) -> Class:
        """The class; raises Unreadable."""
        track = [(self.lane(event), event) for event in self.events]
        runs = [(lane, event.run) for lane, event in track]
        self.parameters(track)
        flow = self.enter(track, runs)
        keys = [sequence(run) for _, run in runs]
        is_sequence = not self.is_net and None not in keys
        if is_sequence and all(numbered(one or []) for one in keys):
            self.place = Items(self, self.locals)
        else:
            self.place = (
                Members("self", self) if is_sequence and not self.mixed(keys) else Attributes(self, self.attributes(runs))
            )
        forward = flow
        if self.place.inner:
            flow = Flowing("", flow.values, lambda: forward.channels)
        result = self.walk(runs, flow)
        for lane, event in track:
            if not self.outputs:
                self.same(result, lane, event.value)
        self.finish(result, runs)
        return self.result

    def mixed(self, keys: list[Any]) -> bool:
        """Whether some modules have labels and others positions."""
        return any(len({key.isdigit() for key in one}) > 1 for one in keys)

    def attributes(self, runs: Track) -> set[str]:
        """The names that labels and torch's own attributes take."""
        taken = set(self.known)
        for _, run in runs:
            assert run.env is not None
            assert run.env.frame is not None
            taken |= set(run.env.frame.taken) | set(run.env.frame.labels)
        return taken

    def lane(self, event: Event) -> Lane:
        run = event.run
        assert run.env is not None
        graph = self.graph_of(event)
        return Lane(
            ChainMap({}, self.file.globals),
            run.env,
            Readers(readers(graph), run.first, run.last + 1, list(inner_blocks(run)), id(graph) in self.file.only),  # type: ignore[attr-defined]
        )

    def graph_of(self, event: Event) -> Graph:
        return self.file.graphs[id(event)]  # type: ignore[attr-defined,no-any-return]

    # ---- the text --------------------------------------------------------------------
    def finish(self, result: Flowing, runs: Track) -> None:
        """Texts of `__init__` and forward, with the parameters that they read."""
        texts = self.output_texts(result, runs)
        self.forward.lines[:0] = self.outside
        if not self.is_net:
            self.result.out = result.channels
            if "out" in self.demanded:
                if result.channels is None:
                    raise Unreadable("the channels that come out")
                self.top.add("self.out_channels = ", result.channels)
        if self.is_root:
            nodes = [node.io.torch.module for event in self.events for node in self.graph_of(event).layers]
            starting(self.file.uniform, [form.name for form in nodes if form is not None], self.top)  # type: ignore[attr-defined]
        if isinstance(self.declared.tree, Block) and any(a.name == "frozen" for a in self.declared.tree.attributes):
            self.top.add("", "self.requires_grad_(False)")
        init, start = Suite(), Suite()
        if isinstance(self.place, Items):
            arguments = self.place.arguments()  # which may end a list
            start.lines = [line for line in self.top.lines if not self.is_last(line)]
            start.add("", f"super().__init__({arguments})")
            start.lines += [line for line in self.top.lines if self.is_last(line)]
        else:
            start.add("", "super().__init__()")
            leaving = {word for text in texts for word in re.findall(r"\w+", text)}
            self.forward.clean(leaving)
            read = self.forward.words() | leaving
            for attribute, variable in self.saved.items():
                if attribute in read:
                    self.keep(start, attribute, variable)
            start.lines += self.top.lines
        init = start
        init.clean()
        if self.is_root and len(init.lines) > 1:
            self.result.places = True
            init.lines = [init.lines[0], Suite(Line(CONTEXT), init.lines[1:]), Line("", CONVERTED)]
        init.anonymous()
        words = init.words()
        self.result.parameters = [self.with_default(p) for p in self.result.parameters if p.name in words]
        self.fix()
        needed = {n: name for n, name in self.result.widths.items() if name in words or "widths" in self.demanded}
        self.result.widths = needed
        self.result.lines = [*self.head(), *self.signature(), *init.render(2), *self.forward_lines(texts)]

    def fix(self) -> None:
        """Ask that parameters which decide what all instances have in one way are none."""
        for parameter in self.result.parameters:
            values = [event.run.env.names[parameter.source] for event in self.events if event.run.env]
            same = all(type(value) in (bool, int, float, str) and value == values[0] for value in values)
            if parameter.name in self.result.settled and same:
                self.file.demand(f"fixed {parameter.source}", self.events[0])

    def with_default(self, parameter: Parameter) -> Parameter:
        """A parameter whose default is a layer has it, as far as that is used: then it is known what it is in torch."""
        default = next(p.default for p in self.declared.params if p.name == parameter.source)
        if parameter.default is not None or not isinstance(default, Name):
            return parameter
        found = self.file.default(default, self.declared.module)
        return replace(parameter, default=found)

    def keep(self, start: Suite, attribute: str, variable: str) -> None:
        """Keep a variable as an attribute, once it has its value."""
        line = Line(f"self.{attribute} = ", variable)
        made = [place for place, one in enumerate(self.top.lines) if not isinstance(one, Suite) and one.defines == variable]
        if made:
            self.top.lines.insert(made[-1] + 1, line)
        elif variable in self.moving:
            raise Unreadable("a variable of a loop in forward")
        else:
            start.lines.append(line)

    def is_last(self, line: Any) -> bool:
        return not isinstance(line, Suite) and (line.before.startswith("self.") or line.expression.startswith("self."))

    def output_texts(self, result: Flowing, runs: Track) -> list[str]:
        if not self.outputs:
            if result.parts is not None:
                raise Unreadable("a list that comes out")
            return [result.text]
        for (lane, _), event in zip(runs, self.events, strict=True):
            outputs = leaving(event, self.graph_of(event))
            if [*outputs] != [*self.outputs] and len(self.outputs) > 1:
                raise Unreadable("outputs that differ between instances")
            for flow, value in zip(self.outputs.values(), outputs.values(), strict=True):
                self.same(flow, lane, value)
        if len(self.outputs) == 1:
            return [flow.text for flow in self.outputs.values()]
        fields = self.file.fields(self.result.name, list(self.outputs))  # type: ignore[attr-defined]
        self.returns = fields.name
        given = ", ".join(f"{fields.names[name]}={flow.text}" for name, flow in self.outputs.items())
        return [f"{fields.name}({given})"]

    returns = "Tensor"

    def head(self) -> list[str]:
        base = "nn.Sequential" if self.place.inner else "nn.Module"
        lines = [f"class {self.result.name}({base}):"]
        doc = next((s.text for s in self.body.statements if isinstance(s, Doc)), "")
        if doc:
            text = docstring(doc, INDENT)
            lines += [*(text if len(text) != 2 else [text[0] + text[1].strip()]), ""]
        return lines

    def signature(self) -> list[str]:
        required = [f"{p.name}: {p.annotation}" for p in self.result.parameters if p.default is None]
        optional = [f"{p.name}: {p.annotation} = {p.default}" for p in self.result.parameters if p.default is not None]
        widths = [f"{name}: int" for name in self.result.widths.values()]
        self.result.parameters.sort(key=lambda p: p.default is not None)
        placing = ARGUMENTS if self.is_root and self.result.places else ()
        return wrap(INDENT, "def __init__", f"({', '.join(['self', *widths, *required, *optional, *placing])})", " -> None:")

    def forward_lines(self, texts: list[str]) -> list[str]:
        if self.place.inner:
            return []
        arguments = ", ".join(["self", *(f"{name}: Tensor" for name in self.entries)])
        suite = self.forward
        if len(suite.lines) and not isinstance(suite.lines[-1], Suite) and suite.lines[-1].before == f"{texts[0]} = ":
            texts = [suite.lines.pop().expression]  # type: ignore[union-attr]
        suite.anonymous()
        suite.add("return ", texts[0])
        return ["", *wrap(INDENT, "def forward", f"({arguments})", f" -> {self.returns}:"), *suite.render(2)]


def leaving(event: Event, graph: Graph) -> dict[str, Any]:
    """What leaves a net, the network itself or a layer of another."""
    if event.given is None:
        return dict(graph.outputs)
    return dict(event.value.values) if isinstance(event.value, Record) else {"out": event.value}


def inner_blocks(event: Event) -> Iterator[tuple[int, int]]:
    """The nodes of the blocks directly in a run: from and to before."""
    for inner in event.events:
        if inner.kind == "expansion":
            yield inner.first, inner.last
        else:
            yield from inner_blocks(inner)


def readers(graph: Graph) -> dict[tuple[int, int], list[int]]:
    """Which nodes read each value; what leaves the network is read at the end."""
    found: dict[tuple[int, int], list[int]] = {}
    for node in graph.nodes:
        for value in node.inputs:
            found.setdefault((value.node.index, value.port), []).append(node.index)
    for value in graph.outputs.values():
        found.setdefault((value.node.index, value.port), []).append(len(graph.nodes))
    return found
