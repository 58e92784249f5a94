"""A network to the text of a Python file: imports, helpers, the module's class, and a command that runs it once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...diagnostics import CompileError, Diagnostic, Label, Problem
from ...graph import Graph, Node, Path
from ...network import Network
from ...op import Torch, show
from ...symbols import Dim
from .command import command
from .factory import ARGUMENTS, INSIDE, on_device
from .forward import Forward, chain_name
from .layout import INDENT, wrap
from .literals import call, docstring
from .names import Names, identifier
from .scopes import SCOPE, access, construction, frozen, tree

STANDARD = ("torch", "argparse", "math", "time")  # modules that the file may import
RESERVED = (*STANDARD, "nn", "F", "Tensor", "Any", "NamedTuple", "main", "Scope", "self")

NAMING = "# {} runs along; what is read again later has a name too, deleted after its last use"


def source(network: Network) -> str:
    """The file's text; raises CompileError where a layer has no PyTorch form."""
    return File(network).text()


@dataclass(frozen=True)
class Signature:
    """The names of the class, its inputs and its outputs, as Python takes them; fields only of several outputs."""

    name: str
    parameters: dict[str, str]
    output: str | None
    fields: dict[str, str]


class File:
    """The writing of one file."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.graph: Graph = network.ir
        self.forms = forms(self.graph)
        self.helpers = list(dict.fromkeys(form.helper.strip("\n") for form in self.forms.values() if form.helper))
        self.root = tree(self.graph, self.forms)
        self.names = Names((*RESERVED, *self.defined()))
        self.signature = self.sign()

    def defined(self) -> set[str]:
        """The names that helpers and imports bring."""
        helpers = re.findall(r"^(?:class|def) (\w+)|^(\w+) = ", "\n".join(self.helpers), re.MULTILINE)
        packages = [line.split()[1].partition(".")[0] for line in self.imports()]
        return {name for pair in helpers for name in pair if name} | set(packages)

    def imports(self) -> set[str]:
        return {line for form in self.forms.values() for line in form.imports}

    def sign(self) -> Signature:
        stem = identifier(self.graph.torch_name or self.graph.name, "Net")
        name = self.names.take(stem, f"{stem}Net")
        output = self.names.take(f"{name}Output") if len(self.graph.outputs) > 1 else None
        inside = Names(self.names.taken)
        parameters = {key: inside.take(identifier(key, "value"), f"{identifier(key, 'value')}_") for key in self.graph.inputs}
        free = Names(("count", "index"))  # which every tuple has
        fields = {key: free.take(identifier(key, "value"), f"{identifier(key, 'value')}_") for key in self.graph.outputs}
        return Signature(name, parameters, output, fields)

    def text(self) -> str:
        body = [*self.module_class(), *self.functions(), "", "", *command(self.graph, self.signature.name, self.signature.fields)]
        return "\n".join([*self.head("\n".join(body)), *body]) + "\n"

    def head(self, body: str) -> list[str]:
        """Docstring, imports, helpers and the class of the outputs."""
        where = " ".join(self.graph.source_name.split()) or "a program"
        lines = [*docstring(f"{self.signature.name}, compiled from {where} by cnndsl.", ""), "", *self.import_lines(body), ""]
        for helper in [*([SCOPE.strip("\n")] if re.search(r"\bScope\(", body) else []), *self.helpers]:
            lines += ["", *helper.split("\n"), ""]
        if self.signature.output:
            lines += ["", *self.output_class(), ""]
        return [*lines, ""]

    def import_lines(self, body: str) -> list[str]:
        code = "\n".join([*self.helpers, *(form_text(form) for form in self.forms.values())])
        standard = ["import argparse", *(["import math"] if re.search(r"\bmath\.", code) else []), "import time"]
        whole = "\n".join([code, body])
        named = self.signature.output or re.search(r"\(NamedTuple\):", whole)
        typing = ["Any"] * bool(re.search(r"[:>\[] ?\bAny\b", whole)) + ["NamedTuple"] * bool(named)
        functional = {"import torch.nn.functional as F"} if re.search(r"\bF\.", code) else set()
        others = sorted({"import torch"} | functional | self.imports())
        collections = [name for name in ("Callable", "Mapping") if re.search(rf": {name}\[", whole)]
        return [
            *standard,
            *([f"from collections.abc import {', '.join(collections)}"] if collections else []),
            *(["from contextlib import nullcontext"] if "nullcontext()" in whole else []),
            *([f"from typing import {', '.join(typing)}"] if typing else []),
            "",
            *others,
            "from torch import Tensor, nn",
            *(["from torch.utils.checkpoint import checkpoint"] if re.search(r"\bcheckpoint\(", whole) else []),
        ]

    def output_class(self) -> list[str]:
        outputs = self.graph.outputs
        fields = [f"{INDENT}{self.signature.fields[name]}: Tensor  # {show(value.shape)}" for name, value in outputs.items()]
        return [f"class {self.signature.output}(NamedTuple):", f'{INDENT}"""What {self.signature.name} gives."""', "", *fields]

    # The module's class

    def module_class(self) -> list[str]:
        return [
            f"class {self.signature.name}(nn.Module):",
            *docstring(self.description(), INDENT),
            "",
            *self.constructor(),
            *self.forward(),
        ]

    def description(self) -> str:
        """The class's docstring: what the program says, shapes, totals."""
        totals = self.network.totals
        settings = ", ".join(f"{name}={value}" for name, value in self.graph.settings.items())
        trainable = "" if totals["trainable"] == totals["params"] else f", {amount(totals['trainable'])} of them trainable"
        return "\n".join(
            [
                *([self.graph.doc.strip(), ""] if self.graph.doc.strip() else [f"The network {self.graph.name}.", ""]),
                *([f"With {settings}.", ""] if settings else []),
                *(f"Input {self.signature.parameters[name]}: {show(node.io.output)}" for name, node in self.graph.inputs.items()),
                *(f"Output {self.signature.fields[name]}: {show(value.shape)}" for name, value in self.graph.outputs.items()),
                f"{amount(totals['params'])} parameters{trainable}; {amount(totals['macs'])} multiply-adds for one sample",
            ]
        )

    def functions(self) -> list[str]:
        """The lines of what stands between the class and main."""
        return []

    def constructor(self) -> list[str]:
        made = construction(self.root, INSIDE)
        for node in self.graph.layers:
            for statement in self.forms[node.index].init if node.call == 1 else ():
                made += wrap(INSIDE, "", statement.format(m=access(self.root, node.path)))
        made += frozen(self.root, INSIDE)
        head = wrap(INDENT, "def __init__", f"({', '.join(['self', *ARGUMENTS[: len(made) * 3]])})", " -> None:")
        return [*head, f"{INDENT * 2}super().__init__()", *on_device(made), ""]

    def forward(self) -> list[str]:
        return self.method("forward", self.graph, self.forms, self.signature)

    def method(self, name: str, graph: Graph, forms: dict[int, Torch], signature: Signature) -> list[str]:
        """A method that computes a graph of the network's layers."""
        parameters = list(signature.parameters.values())
        names = Names((*self.names.taken, *parameters))
        chain = chain_name(graph, names, signature.parameters)
        writing = Forward(graph, self.root, forms, names, signature.parameters, chain)
        arguments = ", ".join(["self", *(f"{name}: Tensor" for name in parameters)])
        returns = signature.output or ("Tensor" if len(graph.outputs) == 1 else "tuple[Tensor, ...]")
        body = writing.body()
        return [
            *wrap(INDENT, f"def {name}", f"({arguments})", f" -> {returns}:"),
            *([f"{INDENT * 2}{NAMING.format(chain)}"] if any(line.startswith(f"{INDENT * 2}del ") for line in body) else []),
            *body,
            *writing.result(signature.output, signature.fields),
        ]


def forms(graph: Graph) -> dict[int, Torch]:
    """Each layer's PyTorch form by the node's index; what is wrong is told with its place, all of it at once."""
    found: dict[int, Torch] = {}
    made: dict[Path, Torch] = {}
    wrong: dict[tuple[str, int], Diagnostic] = {}
    for node in graph.layers:
        try:
            found[node.index] = checked(node.io.torch)
            check_again(node, made.setdefault(node.path, node.io.torch))
        except Problem as problem:
            wrong.setdefault((problem.title, node.span.start), placed(problem, node))
    if wrong:
        raise CompileError(wrong.values())
    return found


def checked(form: Torch) -> Torch:
    """Guard: the module can be written, and no package that it needs hides a name of the file's own."""
    if form.module is not None:
        call(form.module)
    for line in form.imports:
        package = line.split()[1].partition(".")[0]
        if package in RESERVED and package not in STANDARD:
            raise Problem(
                f"a package cannot be called {package} here", argument="torch", help="the emitted file has this name already"
            )
    return form


def check_again(node: Node, first: Torch) -> None:
    """Guard: the module that was made for the first application of a layer does for this one."""
    if node.io.torch.module != first.module:
        raise Problem(
            f"{node.key} is applied again, to another size, and torch's {node.op.title()} is made for one",
            code="E0222",
            help="write a layer of its own for that size",
        )


def placed(problem: Problem, node: Node) -> Diagnostic:
    return Diagnostic(problem.code, problem.title, (Label(node.span, problem.detail),), problem.notes, problem.help)


def form_text(form: Torch) -> str:
    """All code of a form in which names of other modules may stand."""
    return "\n".join([form.forward, form.parameter or "", *form.init])


def amount(value: Dim) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
