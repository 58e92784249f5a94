"""Traced networks to the text of a file: imports, functions, a class for each block and net, presets, the command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ....graph import Graph
from ....model import Declared
from ....network import Network
from ....trace import Event
from ....tree import Preset
from ..command import command
from ..file import forms
from ..layout import INDENT, wrap
from ..literals import docstring
from ..names import Names, identifier
from .blocks import Class
from .callables import Callables
from .classes import Writer
from .expressions import Unreadable
from .folded import Folded
from .guard import Other
from .likeness import likeness, suffixes
from .scope import Scope
from .starting import uniform

RESERVED = (
    "torch",
    "argparse",
    "math",
    "time",
    "nn",
    "F",
    "Tensor",
    "Callable",
    "NamedTuple",
    "Any",
    "partial",
    "main",
    "self",
    "Permute",
    "Scope",
    "OrderedDict",
)


Demands = dict[int, set[str]]  # by the tree of a block: what others want of its class


class Fields(NamedTuple):
    """The class of a net's outputs, and the field of each."""

    name: str
    names: dict[str, str]


class Traced(NamedTuple):
    """A network and how it came about."""

    network: Network
    declared: Declared
    event: Event


class Written(Callables):
    """One attempt at a file; what classes turn out to want of others is in `demands`, for the next."""

    result = ""

    def __init__(self, traced: Sequence[Traced], demands: Demands, others: Sequence[Other] = ()) -> None:
        super().__init__()
        self.traced = traced
        self.demands = demands
        self.graphs: dict[int, Graph] = {}
        self.groups: dict[int, list[Event]] = {}
        for event, graph in [(one.event, one.network.ir) for one in traced] + [(other.root, other.graph) for other in others]:
            for inner in event.walk():
                if inner.kind == "expansion":
                    self.graphs[id(inner)] = graph
                    self.groups.setdefault(id(inner.tree), []).append(inner)
        self.roots = [one.event.of("expansion")[0] for one in traced]
        self.only = {id(one.network.ir) for one in traced}
        made = [form for graph in {id(g): g for g in self.graphs.values()}.values() for form in forms(graph).values()]
        self.imports = {line for form in made for line in form.imports}
        packages = {line.split()[1].partition(".")[0] for line in self.imports}
        self.taken = {*RESERVED, *packages, *(name for form in made if form.helper for name in defined(form.helper))}
        self.names = Names((*self.taken, *(one.declared.name for one in traced)))
        self.helpers: dict[str, None] = {}
        self.known: dict[int, Class] = {}
        self.made: dict[Any, str] = {}  # layers as values, in torch
        self.open: set[int] = set()
        self.classes: list[Class] = []
        self.uniform = uniform(
            node for graph in {id(one.network.ir): one.network.ir for one in traced}.values() for node in graph.layers
        )
        self.tuples: dict[str, Fields] = {}

    # ---- classes -------------------------------------------------------------------
    def written(self, event: Event) -> Class:
        """The class of an expansion, written when it is first asked for."""
        if id(event) not in self.known:
            key = id(event.tree)
            if key in self.open:
                raise Unreadable("a block in itself")
            self.open.add(key)
            try:
                self.write(self.groups[key], self.class_name(event))
            finally:
                self.open.discard(key)
        return self.known[id(event)]

    def write(self, events: list[Event], name: str) -> None:
        """A class for instances, or where none does for all, one for each kind of them; at last, layer by layer."""
        if self.attempt(events, name):
            return
        kinds = likeness(events, self.graphs, exactly=False)
        good = [kind for kind in kinds if self.written_as_one(kind, name) is not None] if len(kinds) > 2 else []
        alike = [event for kind in good for event in kind]
        if len(good) > 1 and self.written_as_one(alike, name) is not None:
            kinds = [alike, *(kind for kind in kinds if kind not in good)]
        for own, kind in self.named(kinds, name):
            if len(kinds) > 1 and self.attempt(kind, own):
                continue
            for last, same in self.named(likeness(kind, self.graphs, exactly=True), own):
                is_root = any(event in self.roots for event in same)
                self.keep(same, Folded(same, self.graphs[id(same[0])], self, last, is_root).write())

    def written_as_one(self, events: list[Event], name: str) -> Class | None:
        """One class for instances; None where none does for all."""
        try:
            return Writer(self, self.declared(events), events, name, self.demands.get(id(events[0].tree), set())).write()
        except Unreadable:
            return None

    def attempt(self, events: list[Event], name: str) -> bool:
        """Keep one class for instances, if one does for all."""
        found = self.written_as_one(events, name)
        if found is not None:
            self.keep(events, found)
        return found is not None

    def named(self, kinds: list[list[Event]], name: str) -> Iterator[tuple[str, list[Event]]]:
        """Kinds of instances, with a name for the class of each."""
        plain = next(
            (kind for kind in kinds if any(event in self.roots for event in kind)), kinds[0] if len(kinds) == 1 else None
        )
        for own, kind in zip(suffixes(kinds, self.graphs), kinds, strict=True):
            yield (name if kind is plain else self.names.take(f"{name}{own}")), kind

    def keep(self, events: list[Event], found: Class) -> None:
        self.known |= {id(event): found for event in events}
        self.classes.append(found)

    def class_name(self, event: Event) -> str:
        assert event.declared is not None
        torch_name = next((t.network.ir.torch_name for t, root in zip(self.traced, self.roots, strict=True) if root is event), "")
        stem = identifier(torch_name or event.declared.name, "Net")
        named = any(t.declared.name == stem and t.declared is event.declared for t in self.traced)
        if named:
            return stem
        return self.names.take(stem, f"{stem}Net" if event in self.roots else f"{stem}Block")

    def demand(self, what: str, event: Event) -> None:
        self.demands.setdefault(id(event.tree), set()).add(what)

    def fields(self, name: str, outputs: list[str]) -> Fields:
        """The NamedTuple of a net's outputs."""
        free = Names(("count", "index"))  # which every tuple has
        names = {key: free.take(identifier(key, "value"), f"{identifier(key, 'value')}_") for key in outputs}
        self.tuples[name] = Fields(self.names.take(f"{name}Output"), names)
        return self.tuples[name]

    # ---- the file ----------------------------------------------------------------------
    def text(self) -> str:
        for root in self.roots:
            self.written(root)
        builders = [line for one, root in zip(self.traced, self.roots, strict=True) for line in self.builder(one, root)]
        first = self.traced[0]
        body: list[str] = []
        for found in self.classes:
            body += [*self.output_class(found), *found.lines, "", ""]
        body += builders
        body += command(first.network.ir, self.runs, self.field_names(first))
        return "\n".join([*self.head("\n".join(body)), *body]) + "\n"

    runs = ""

    def field_names(self, one: Traced) -> dict[str, str]:
        fields = self.tuples.get(self.known[id(self.roots[0])].name)
        return fields.names if fields is not None else {name: name for name in one.network.outputs}

    def output_class(self, found: Class) -> list[str]:
        fields = self.tuples.get(found.name)
        if fields is None:
            return []
        names = [f"{INDENT}{name}: Tensor" for name in fields.names.values()]
        return [f"class {fields.name}(NamedTuple):", f'{INDENT}"""What {found.name} gives."""', "", *names, "", ""]

    def builder(self, one: Traced, root: Event) -> list[str]:
        """A preset as a function."""
        found, declared = self.written(root), one.declared
        assert root.run.env is not None
        values = {p.name: root.run.env.names[p.source] for p in found.parameters}
        plain = all(p.default is not None and self.is_default(p, values[p.name]) for p in found.parameters)
        if plain and not isinstance(declared.tree, Preset):
            self.runs = self.runs or found.name
            return []
        name = (
            declared.name
            if isinstance(declared.tree, Preset)
            else self.names.take(f"{found.name.lower()}", f"build_{found.name.lower()}")
        )
        self.runs = self.runs or name
        opened = [p for p in found.parameters if p.source in declared.open and p.name not in found.settled]
        scope = Scope(declared.module, self)
        texts = {p.name: self.value(values[p.name], scope) for p in found.parameters}
        parameters = [f"{p.name}: {p.annotation} = {texts[p.name]}" for p in opened]
        given, plain = [], True
        for p in found.parameters:
            if p not in opened and p.default == texts[p.name]:
                plain = False
                continue
            text = p.name if p in opened else texts[p.name]
            given.append(text if plain else f"{p.name}={text}")
        if found.places:
            parameters.append("**kwargs: Any")
            given.append("**kwargs")
        settled = ", ".join(f"{k}={v}" for k, v in one.network.ir.settings.items())
        doc = [f'{INDENT}"""With {settled}."""'] if settled else []
        return [
            *wrap("", f"def {name}", f"({', '.join(parameters)})", f" -> {found.name}:"),
            *doc,
            *wrap(INDENT, "return ", f"{found.name}({', '.join(given)})"),
            "",
            "",
        ]

    def is_default(self, parameter: Any, value: Any) -> bool:
        return bool(parameter.default == self.value(value, Scope(self.traced[0].declared.module, self)))

    def head(self, body: str) -> list[str]:
        names = " and ".join(dict.fromkeys(one.network.name for one in self.traced[:1]))
        where = " ".join(self.traced[0].network.ir.source_name.split()) or "a program"
        lines = [*docstring(f"{names}, compiled from {where} by cnndsl.", ""), ""]
        functions = [line for found in self.functions.values() for line in [*found.lines(), "", ""]]
        code = "\n".join([body, *functions, *self.helpers, *self.constants.values()])
        standard = ["import argparse", *(["import math"] if "math." in code else []), "import time"]
        standard += ["from collections.abc import Callable"] * bool(re.search(r"\bCallable\b", code))
        standard += ["from collections import OrderedDict"] * ("OrderedDict(" in code)
        standard += ["from functools import partial"] * bool(re.search(r"\bpartial\(", code))
        standard += [
            "from typing import " + ", ".join(["Any"] * bool(re.search(r"\bAny\b", code)) + ["NamedTuple"] * bool(self.tuples))
        ]
        if standard[-1].endswith(" "):
            standard.pop()
        functional = {"import torch.nn.functional as F"} if re.search(r"\bF\.", code) else set()
        torch = [*sorted({"import torch"} | functional | self.imports), "from torch import Tensor, nn"]
        if not re.search(r"\bTensor\b", body + "\n".join(functions)):
            torch[-1] = "from torch import nn"
        lines += [*standard, "", *torch, ""]
        for name, text in self.constants.items():
            lines += wrap("", f"{name} = ", text)
        lines += [""] * bool(self.constants)
        for helper in self.helpers:
            lines += ["", *helper.split("\n"), ""]
        lines += ["", *functions[:-1]] if functions else []
        return [*lines, ""]


def defined(code: str) -> list[str]:
    """The names that the code of a helper brings."""
    return [a or b for a, b in re.findall(r"^(?:class|def) (\w+)|^(\w+) = ", code, re.MULTILINE)]
