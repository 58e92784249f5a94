"""Ops made and applied: nodes added to the graph, equal ops and equal applications made once."""

from __future__ import annotations

import re
from typing import Any

from . import patterns, tree
from .binding import Given, make, unknown_argument
from .budget import BULK, EDGE, OP, Budget
from .calling import Calls, located
from .diagnostics import Diagnostic, Label, Located, Problem, Report, fault
from .expressions import Name, weight
from .extern_op import Extern
from .graph import Graph, Node, Path, Value
from .model import Declared
from .op import Applied, Op, Shape, rank, show
from .scopes import (
    Env,
    Frame,
)
from .source import Span


class Making(Calls):
    """Nodes, with their places and the calls of shared layers."""

    graph: Graph

    def __init__(self, report: Report, budget: Budget) -> None:
        super().__init__(report, budget)
        self.first: dict[Path, Node] = {}
        self.calls: dict[Path, int] = {}
        self.expanding = 0
        self.applied: dict[tuple[int, tuple[Shape, ...]], Applied] = {}
        self.made_ops: dict[tuple[Any, ...], Op] = {}

    def op(self, cls: type[Op], bound: dict[str, tuple[Any, Span]], span: Span) -> Op:
        """An op of these arguments; equal ones are one object."""
        signature = (
            cls,
            *(
                (name, type(value), value if not isinstance(value, tuple) else self.spelled(value, span))
                for name, (value, _) in bound.items()
            ),
        )
        made = self.made_ops.get(signature)
        if made is None:
            self.step(span, OP * bool(self.expanding))
            made = self.made_ops[signature] = make(cls, bound, span)
        return made

    def spelled(self, value: tuple[Any, ...], span: Span) -> str:
        """A list as text, in which 1 and 1.0 differ."""
        self.step(span, weight(value) // BULK)
        return repr(value)

    def node(
        self, op: Op, inputs: tuple[Value, ...], frame: Frame, key: str, span: Span, env: Env, bound: dict[str, tuple[Any, Span]]
    ) -> Any:
        """Add a node to the graph; its value, or the list of its values."""
        if self.expanding:
            self.budget.layer(span)
        if len(inputs) > 2:
            self.step(span, EDGE * len(inputs))
        shapes = (inputs[0].shape,) if len(inputs) == 1 else tuple([value.shape for value in inputs])
        signature = (id(op), shapes)
        io = self.applied.get(signature)
        if io is None:
            try:
                io = self.applied[signature] = Applied(op, shapes)
            except Problem as problem:
                here = env.activation.instance if env.activation else None
                raise located(problem, span, bound, inputs, here) from None
        path = (*frame.path, key)
        call = self.call_number(io, path, frame.shared) if frame.shared else 1
        instance = env.activation.instance if env.activation else None
        node = Node(len(self.graph.nodes), path, io, inputs, span, instance, call, env.frozen)
        self.graph.nodes.append(node)
        if call == 1:
            self.first[path] = node
        if not io.several:
            return Value(node)
        return tuple(Value(node, port) for port in range(len(io.outputs)))

    def leave(self, path: Path, result: Any) -> None:
        """Note what comes out of a scope, at its first call."""
        if isinstance(result, Value):
            self.graph.scope_values.setdefault(path, (result,))

    def call_number(self, io: Applied, path: Path, span: Span) -> int:
        """Which application of a layer this is; its weights must be the first time's."""
        first = self.first.get(path)
        if first is None:
            raise fault(
                "E0220",
                f"{'.'.join(path)} is made only the second time",
                span,
                "applied again here",
                help="let no `if` in it depend on sizes, or use two layers",
            )
        if first.io.weights != io.weights:
            labels = (
                Label(span, f"here it would be made for {show(io.input)}: {tensors(io)}"),
                Label(first.span, f"made for {show(first.io.input)}: {tensors(first.io)}"),
            )
            title = f"{'.'.join(path)} cannot share its weights"
            what = "number of channels" if rank(io.input) else "size"
            raise Located(Diagnostic("E0220", title, labels, (), f"bring both inputs to the same {what}, or use two layers"))
        number = self.calls[path] = self.calls.get(path, 1) + 1
        return number

    def apply_extern(
        self,
        declared: Declared,
        extern: tree.Extern,
        given: list[Given],
        values: tuple[Value, ...],
        env: Env,
        key: str,
        span: Span,
    ) -> Any:
        """A foreign layer: its facets evaluated for what arrives."""
        scope = self.module_env(declared.module).child(frame=Frame(()))
        check_facets(declared, extern)
        scope.names, changed = self.parameters(declared, given, env, span)
        differ = {text.split("=")[0] for text in changed} | {p.name for p in declared.params if p.default is None}
        settings = {name: value for name, value in scope.names.items() if name in differ}
        if len(values) != len(extern.inputs):
            raise fault("E0305", f"{declared.name} takes {len(extern.inputs)} values, not {len(values)}", span)
        for pattern, value in zip(extern.inputs, values, strict=True):
            wrong = patterns.match(pattern.pattern, value.shape, scope, "what arrives")
            if wrong is not None:
                labels = (Label(span, f"{show(value.shape)} arrives here"), *wrong.diagnostic.labels)
                raise Located(Diagnostic("E0503", f"{declared.name} does not take {show(value.shape)}", labels))
            scope.names[pattern.name.name if isinstance(pattern.name, Name) else ""] = value
        bound: dict[str, tuple[Any, Span]] = {}
        for facet in extern.facets:
            found = facet.value.evaluate(scope)
            if facet.name == "torch" and isinstance(found, str):
                found = self.filled(found, scope, facet.value.span)
            if facet.name in FACETS:
                bound[facet.name] = found, facet.span
            scope.names[facet.name] = found
        bound["name"] = declared.name, span
        bound["settings"] = tuple(settings.items()), span
        frame = env.frame
        assert frame is not None
        return self.node(self.op(Extern, bound, span), values, frame, key, span, env, bound)

    def filled(self, text: str, scope: Env, span: Span) -> str:
        """A template of a Python call with the values of names in braces."""

        def fill(match: re.Match[str]) -> str:
            return repr(scope.value(scope.find(match[1], span)))

        return re.sub(r"\{([A-Za-z_]\w*)\}", fill, text)


FACETS = ("output_shape", "params", "macs", "rf", "torch", "weights")


def check_facets(declared: Declared, extern: tree.Extern) -> None:
    """Guard: what an extern states is known, or read by what it states."""
    text = " ".join(facet.value.span.text for facet in extern.facets)
    wrong: list[Diagnostic] = []
    for facet in extern.facets:
        if facet.name not in FACETS and not re.search(rf"\b{facet.name}\b", text):
            word = Span(facet.span.source, facet.span.start, facet.span.start + len(facet.name))
            wrong.append(unknown_argument(facet.name, word, FACETS, f"the extern {declared.name}"))
    if not wrong and all(facet.name != "output_shape" for facet in extern.facets):
        help = "say it in its braces: `output_shape = [c, h, w]`, of what arrives as its inputs name it"
        title = f"the extern {declared.name} needs output_shape"
        wrong.append(fault("E0206", title, declared.span, "it does not say what shape it gives", help=help).diagnostic)
    if wrong:
        raise Located(*wrong)


def tensors(io: Applied) -> str:
    return ", ".join(f"{w.name} {'×'.join(map(str, w.shape))}" for w in io.weights if not w.buffer) or "no weights"
