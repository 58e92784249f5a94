"""Calls to layers and values: arguments evaluated and bound, layers applied to what arrives, nodes made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from . import patterns, tree
from .arguments import Initialiser, shown
from .binding import Given, bind, make, missing
from .diagnostics import Diagnostic, Label, Located, Problem, Report, fault
from .expressions import Argument, Call, Name, listed, truth, undecided, unpacked
from .extern_op import Extern
from .graph import Graph, Node, Path, Value
from .init import INITIALISERS, initialiser
from .model import Declared, Module
from .op import Applied, Op, Shape, show
from .scopes import (
    ABSENT,
    SEVERAL,
    UNKNOWN,
    Builtin,
    Default,
    Defaults,
    Entry,
    Env,
    Flow,
    Frame,
    Layer,
    Pending,
    Poisoned,
    Record,
    kind,
    name_of,
)
from .source import Span
from .symbols import Symbolic

FUNCTION_DEPTH = 100
TOTALS = ("params", "macs", "trainable")


class Calls:
    """The half of the elaborator that applies things."""

    graph: Graph
    expand: Callable[..., Any]
    max_layers: int
    pending: list[Pending]
    first: dict[Path, Node]
    calls: dict[Path, int]
    made: int
    expanding: int
    applied: dict[tuple[int, tuple[Shape, ...]], Applied]
    made_ops: dict[tuple[Any, ...], Op]
    take: Callable[[Frame, str, Span], None]
    run: Callable[[Any, Env], None]

    def __init__(self, report: Report) -> None:
        self.report = report
        self.unchecked_reasons: set[str] = set()
        self.function_depth = 0
        self.defaults: list[Default] = []  # all that the program's files and bodies state, for the lint
        self.values: dict[int, Any] = {}  # of file-level bindings, by declaration

    # ---- modules -------------------------------------------------------------------
    def module_env(self, module: Module) -> Env:
        """The scope of a file: its names, and its defaults."""
        if module.scope is None or module.scope.maker is not self:
            module.scope = Env(None, module=module, maker=self)
            for default in module.defaults:
                try:
                    module.scope.defaults = self.with_default(module.scope.defaults, default, module.scope)
                except Located as error:
                    self.report.add(error.diagnostic)
        return module.scope  # type: ignore[no-any-return]

    def declared(self, declared: Declared) -> Any:
        """What a file-level name stands for; a binding is evaluated when first read."""
        if not isinstance(declared.tree, tree.Bind):
            return declared
        key = id(declared.tree)
        if key not in self.values:
            self.values[key] = ABSENT
            try:
                self.values[key] = declared.tree.value.evaluate(self.module_env(declared.module))
            except Located as error:
                self.values[key] = UNKNOWN
                self.report.add(error.diagnostic)
        if self.values[key] is ABSENT:
            raise fault("E0218", f"{declared.name} is defined by itself", declared.span)
        return self.values[key]

    def with_default(self, defaults: Defaults, statement: tree.Default, env: Env) -> Defaults:
        target = statement.name.found(env)
        if isinstance(target, Layer):
            target = target.target
        if not (isinstance(target, type) or (isinstance(target, Declared) and target.params)):
            raise fault("E0207", f"{statement.name.name} takes no defaults", statement.name.span, f"this is {kind(target)}")
        bound = bind(
            self.taken(target), self.arguments(statement.arguments, env), name_of(target), statement.span, variadic_of(target)
        )
        own = {name: Default(value, span) for name, (value, span) in bound.items()}
        self.defaults += own.values()
        return {**defaults, key_of(target): {**defaults.get(key_of(target), {}), **own}}

    # ---- arguments -----------------------------------------------------------------
    def arguments(self, arguments: Iterable[Argument], env: Env) -> list[Given]:
        return [(a.name, a.value.evaluate(env), a.span) for a in arguments]

    def taken(self, target: type[Op] | Declared) -> list[str]:
        """The names of the parameters."""
        return [p.name for p in target.params] if isinstance(target, Declared) else list(fields(target))

    def parameters(self, declared: Declared, given: list[Given], env: Env, span: Span) -> tuple[dict[str, Any], list[str]]:
        """Values of all parameters, and those that differ from their defaults, written out."""
        bound = bind([p.name for p in declared.params], given, declared.name, span)
        names: dict[str, Any] = {}
        changed: list[str] = []
        scope = self.module_env(declared.module).child(names=names)
        for param in declared.params:
            default = param.default.evaluate(scope) if param.default is not None else ABSENT
            if param.name in bound:
                names[param.name] = bound[param.name][0]
                if default is not ABSENT and not same(default, names[param.name]):
                    changed.append(f"{param.name}={written(names[param.name])}")
            elif default is ABSENT:
                raise missing(param.name, declared.name, span)
            else:
                names[param.name] = default
        return names, changed

    # ---- calls in expressions --------------------------------------------------------
    def call(self, node: Call, env: Env) -> Any:
        found = env.value(node.callee.found(env))
        if isinstance(found, Builtin):
            return self.call_builtin(found, node, env)
        if isinstance(found, Declared) and isinstance(found.tree, tree.Function):
            return self.call_function(found, found.tree, node, env)
        if isinstance(found, str) and found in INITIALISERS:
            return self.call_initialiser(found, node, env)
        if isinstance(found, type) and issubclass(found, Op) and found.merge:
            inputs = tuple(a.value.evaluate(env) for a in node.arguments)
            return self.merge(found, inputs, env, None, node.span)
        if isinstance(found, Layer):
            return Layer(found.target, combined(found.arguments, self.arguments(node.arguments, env)), found.defaults)
        if isinstance(found, type | Declared):
            return Layer(found, tuple(self.arguments(node.arguments, env)), env.defaults)
        if callable(found) and hasattr(found, "described"):
            return found(node, env)
        raise fault("E0207", "this cannot be called", node.callee.span, f"it is {kind(found)}")

    def call_builtin(self, builtin: Builtin, node: Call, env: Env) -> Any:
        values = [a.value.evaluate(env) for a in node.arguments if a.name is None]
        named = {a.name: a.value.evaluate(env) for a in node.arguments if a.name is not None}
        loose = [v for value in values for v in (value if isinstance(value, tuple) else (value,))]
        if builtin.name not in ("len", "enumerate", "reversed", "zip"):
            if any(isinstance(v, Symbolic) for v in loose):
                raise undecided(node.span, f"{builtin.name} needs the number")
            if builtin.name not in ("any", "all") and any(isinstance(v, bool) for v in loose):
                raise fault("E0401", f"{builtin.name} wants numbers", node.span, "a boolean is no number")
        try:
            return builtin.function(*values, **named)
        except (TypeError, ValueError, OverflowError) as error:
            raise fault("E0402", f"{builtin.name} cannot be had of this", node.span, str(error)) from None

    def call_function(self, declared: Declared, function: tree.Function, node: Call, env: Env) -> Any:
        if self.function_depth >= FUNCTION_DEPTH:
            raise fault(
                "E0702",
                f"{declared.name} calls itself more than {FUNCTION_DEPTH} times",
                node.span,
                help="a recursion needs a condition that ends it",
            )
        names, _ = self.parameters(declared, self.arguments(node.arguments, env), env, node.span)
        scope = self.module_env(declared.module).child(names=names)
        self.function_depth += 1
        try:
            for binding in function.where:
                names[binding.name] = binding.value.evaluate(scope)
            return function.result.evaluate(scope)
        finally:
            self.function_depth -= 1

    def call_initialiser(self, name: str, node: Call, env: Env) -> Initialiser:
        values = [a.value.evaluate(env) for a in node.arguments if a.name is None]
        named = {a.name: a.value.evaluate(env) for a in node.arguments if a.name is not None}
        try:
            return initialiser(name, values, named)
        except Problem as problem:
            raise self.located(problem, node.span, {}) from None

    # ---- applying --------------------------------------------------------------------
    def apply(self, core: tree.Apply, env: Env, key: str | None, inner: list[Frame] | None, at: Span | None) -> Any:
        """A layer by name on what arrives: the current value, the arms' values or, of a merge, its arguments."""
        found = core.path.found(env)
        if found is UNKNOWN:
            raise Poisoned
        if isinstance(found, Entry):
            return self.apply_again(found, core, env, key)
        if isinstance(found, type) and issubclass(found, Op) and found.merge:
            inputs = self.merge_inputs(core, env)
            return self.merge(found, inputs, env, key, core.span if core.arms is None else core.path.span)
        layer = self.as_layer(found, core, env)
        inputs = self.arms(core.arms, env) if core.arms is not None else self.arriving(core, env)
        if isinstance(layer.target, type):
            return self.apply_op(layer, inputs, env, key, at or core.span)
        return self.apply_declared(layer, layer.target, inputs, env, key, inner, at or core.span)

    def as_layer(self, found: Any, core: tree.Apply, env: Env) -> Layer:
        if isinstance(found, type) or isinstance(found, Declared):  # noqa: SIM101  (a union is made anew each time)
            found = Layer(found, (), env.defaults)
        if not isinstance(found, Layer) or (isinstance(found.target, Declared) and isinstance(found.target.tree, tree.Function)):
            text = core.path.span.text
            raise fault("E0207", f"{text} is no layer", core.path.span, f"this is {kind(found)}")
        if core.arguments is None:
            return found
        return Layer(found.target, combined(found.arguments, self.arguments(core.arguments, env)), found.defaults)

    def arriving(self, core: tree.Apply, env: Env) -> Any:
        current = env.flow.current if env.flow else ABSENT
        if current is UNKNOWN:
            return UNKNOWN
        return env.present(current, "_", core.span) if current is not SEVERAL else self.no_start(core, env)

    def no_start(self, core: tree.Apply, env: Env) -> Any:
        name = env.activation.name if env.activation else "this"
        inputs = list(env.frame.labels if env.frame else ())
        help = f"begin with a name, as in `{inputs[0]} -> {core.span.text}`" if inputs else None
        raise fault(
            "E0209", f"{name} has several inputs, and the line does not say which", core.span, "of which value?", help=help
        )

    def apply_again(self, entry: Entry, core: tree.Apply, env: Env, key: str | None) -> Any:
        """The layer of a label once more, with the same weights."""
        name = core.path.span.text
        if core.arguments:
            raise fault(
                "E0219",
                f"{name} has its arguments already",
                core.span,
                "it is applied again, with the same weights",
                help=f"write `{name}`",
            )
        if entry.again is None:
            raise fault("E0207", f"{name} is a value, no layer", core.path.span, help=f"begin a line with it: `{name} -> …`")
        if key is not None:
            raise fault("E0203", f"{name} has its label already", core.span, help=f"name the value instead: `{name} as {key}`")
        inputs = self.arms(core.arms, env) if core.arms is not None else self.arriving(core, env)
        return entry.again(inputs, core.span)

    def merge_inputs(self, core: tree.Apply, env: Env) -> Any:
        if core.arms is not None:
            if core.arguments:
                raise fault("E0219", "a merge takes arms or values, not both", core.span)
            return self.arms(core.arms, env)
        if core.arguments is None:
            return self.arriving(core, env)
        for argument in core.arguments:
            if argument.name is not None:
                raise fault("E0204", f"{core.path.span.text} has no argument {argument.name}", argument.span, "it takes values")
        return tuple(a.value.evaluate(env) for a in core.arguments)

    def arms(self, arms: tree.Arms, env: Env) -> tuple[Any, ...]:
        """The value of each arm, in order; each starts from the value before the merge."""
        values: list[Any] = []
        for arm in arms.items:
            match arm:
                case tree.ArmFor():
                    for value in listed(arm.source.evaluate(env), arm.source.span):
                        values += self.arms(arm.arms, env.child(names=unpacked(arm.targets, value, arm.source.span)))
                case tree.ArmIf():
                    if truth(arm.condition, env):
                        values += self.arms(arm.arms, env.child())
                case tree.Arm():
                    scope = env.child(flow=Flow(env.flow.current if env.flow else ABSENT))
                    self.run(arm, scope)
                    assert scope.flow is not None
                    if scope.flow.current is SEVERAL:
                        raise fault(
                            "E0209",
                            "this arm does not say where it begins",
                            arm.span,
                            help="begin with one of the inputs by its name",
                        )
                    values.append(scope.flow.current)
        return tuple(values)

    def merge(self, cls: type[Op], inputs: Any, env: Env, key: str | None, span: Span) -> Any:
        """Join values; a merge takes no position, its path is its word, or its label."""
        frame = env.frame
        if frame is None or env.flow is None:
            raise fault("E0207", f"{cls.word()} joins values, and none flow here", span)
        if key is not None:
            self.take(frame, key, span)
            frame.position -= 1
        else:
            key = self.merge_key(frame, cls.word())
        values = self.flat_values(inputs, span)
        if values is None:
            return UNKNOWN
        for value in values:
            if not isinstance(value, Value):
                raise fault("E0207", f"{cls.word()} joins values", span, f"one of these is {kind(value)}")
        if cls.word() == "list":
            return values
        if not values:
            raise fault("E0305", f"{cls.word()} has nothing to join", span, "no value arrives", help="it takes at least one arm")
        return self.node(self.op(cls, {}, span), values, frame, key, span, env, {})

    def merge_key(self, frame: Frame, word: str) -> str:
        """`add`, `add_1`, …: the word and how many of it came before in the scope."""
        while True:
            number = frame.merges.get(word, 0)
            frame.merges[word] = number + 1
            key = f"{word}_{number}" if number else word
            if key not in frame.taken:
                return key

    def flat_values(self, inputs: Any, span: Span) -> tuple[Any, ...] | None:
        """The values of a list of values; None where one is unknown after an error."""
        found: list[Any] = []
        waiting = [inputs]
        while waiting:
            one = waiting.pop()
            if isinstance(one, tuple):
                waiting.extend(reversed(one))
            elif one is UNKNOWN:
                return None
            elif isinstance(one, Record):
                raise fault(
                    "E0214",
                    "this net has several outputs",
                    span,
                    help="take one by its name: " + ", ".join(f"`.{n}`" for n in one.values),
                )
            elif one is SEVERAL:
                raise fault(
                    "E0209", "the line does not say which input it starts from", span, help="begin with one of them by its name"
                )
            else:
                found.append(one)
        return tuple(found)

    def apply_op(self, layer: Layer, inputs: Any, env: Env, key: str | None, span: Span) -> Any:
        cls = layer.target
        frame = env.frame
        assert isinstance(cls, type)
        assert frame is not None
        key = key if key is not None else str(frame.position)
        if not frame.shared or key not in frame.taken:
            self.take(frame, key, span)
        values = self.flat_values(inputs, span)
        bound = bind(fields(cls), layer.arguments, cls.word(), span, cls.variadic) if layer.arguments else {}
        for name, default in layer.defaults.get(cls, NONE).items():
            if name not in bound:
                default.used = True
                bound[name] = default.value, default.span
        op = self.op(cls, bound, span)
        if values is None:
            return UNKNOWN
        result = self.node(op, values, frame, key, span, env, bound)
        if key.isdigit():
            frame.labels.setdefault(key, Entry(result))
        return result

    def op(self, cls: type[Op], bound: dict[str, tuple[Any, Span]], span: Span) -> Op:
        """An op of these arguments; equal ones are one object."""
        signature = (
            cls,
            *((name, type(value), value if not isinstance(value, tuple) else repr(value)) for name, (value, _) in bound.items()),
        )
        made = self.made_ops.get(signature)
        if made is None:
            made = self.made_ops[signature] = make(cls, bound, span)
        return made

    def node(
        self, op: Op, inputs: tuple[Value, ...], frame: Frame, key: str, span: Span, env: Env, bound: dict[str, tuple[Any, Span]]
    ) -> Any:
        """Add a node to the graph; its value, or the list of its values."""
        self.count(span)
        shapes = (inputs[0].shape,) if len(inputs) == 1 else tuple([value.shape for value in inputs])
        signature = (id(op), shapes)
        io = self.applied.get(signature)
        if io is None:
            try:
                io = self.applied[signature] = Applied(op, shapes)
            except Problem as problem:
                raise self.located(problem, span, bound, inputs) from None
        path = (*frame.path, key)
        call = self.call_number(io, path, span) if frame.shared else 1
        instance = env.activation.instance if env.activation else None
        node = Node(len(self.graph.nodes), path, io, inputs, span, instance, call, env.frozen)
        self.graph.nodes.append(node)
        if call == 1:
            self.first[path] = node
        if not io.several:
            return Value(node)
        return tuple(Value(node, port) for port in range(len(io.outputs)))

    def count(self, span: Span) -> None:
        if self.expanding:
            self.made += 1
            if self.made > self.max_layers:
                raise TooLarge(
                    fault(
                        "E0701",
                        f"the network expands to more than {self.max_layers:,} layers",
                        span,
                        help="--max-layers raises the limit",
                    ).diagnostic
                )

    def call_number(self, io: Applied, path: Path, span: Span) -> int:
        """Which application of a layer this is; its weights must be the first time's."""
        first = self.first.get(path)
        if first is None:
            raise fault("E0220", f"{'.'.join(path)} is made only the second time", span, "the first time, no such layer was made")
        if first.io.weights != io.weights:
            labels = (
                Label(span, f"from {show(io.input)}: {tensors(io)}"),
                Label(first.span, f"from {show(first.io.input)}: {tensors(first.io)}"),
            )
            title = f"{'.'.join(path)} cannot share its weights"
            raise Located(
                Diagnostic("E0220", title, labels, (), "bring both inputs to the same number of channels, or use two layers")
            )
        number = self.calls[path] = self.calls.get(path, 1) + 1
        return number

    def located(
        self, problem: Problem, span: Span, bound: dict[str, tuple[Any, Span]], inputs: tuple[Value, ...] = ()
    ) -> Located:
        """A problem of an op, at the argument or the layer that it speaks of, with where its inputs came from."""
        at = bound[problem.argument][1] if problem.argument in bound else span
        labels = [Label(at, problem.detail)]
        seen = {at.start}
        for value in inputs:
            origin = value.node.span
            if (
                len(inputs) <= 4
                and origin.start not in seen
                and origin.source is at.source
                and (len(inputs) > 1 or problem.code in ORIGINS)
            ):
                seen.add(origin.start)
                labels.append(Label(origin, f"this gives {show(value.shape)}"))
        return Located(Diagnostic(problem.code, problem.title, tuple(labels), problem.notes, problem.help))

    def apply_declared(
        self, layer: Layer, declared: Declared, inputs: Any, env: Env, key: str | None, inner: list[Frame] | None, span: Span
    ) -> Any:
        """A block, a net as a layer, or an extern."""
        frame = env.frame
        assert frame is not None
        key = key if key is not None else str(frame.position)
        if not frame.shared or key not in frame.taken:
            self.take(frame, key, span)
        given = list(layer.arguments)
        have = bind(self.taken(declared), given, declared.name, span) if not isinstance(declared.tree, tree.Preset) else {}
        for name, default in layer.defaults.get(key_of(declared), {}).items():
            if name not in have:
                default.used = True
                given.append((name, default.value, default.span))
        values = self.flat_values(inputs, span)
        if values is None:
            return UNKNOWN
        if isinstance(declared.tree, tree.Extern):
            return self.apply_extern(declared, declared.tree, given, values, env, key, span)
        own = Frame((*frame.path, key), frame.shared)
        if inner is not None:
            inner.append(own)
        result = self.expand(declared, given, inputs, own, env, span, env.frozen)
        if key.isdigit():
            frame.labels.setdefault(key, Entry(result, None, None, own))
        return result

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
        scope.names, _ = self.parameters(declared, given, env, span)
        settings = dict(scope.names)
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

    # ---- assertions and attributes -----------------------------------------------------
    def asks_totals(self, condition: Any, env: Env) -> bool:
        """Whether an assertion speaks of what only analysis knows."""
        for part in condition.walk():
            if isinstance(part, Name) and part.name in (*TOTALS, "rf") and env.bound(part.name) is ABSENT:
                return True
        return False

    def failed(self, statement: tree.Assertion, env: Any) -> Located:
        """An assertion that does not hold, with the numbers on both sides."""
        condition = statement.condition
        text = sides(condition, env)
        title = statement.why or f"the assertion does not hold: {condition.span.text}"
        notes = [f"asserted: {condition.span.text}"] if statement.why else []
        return fault("E0501", title, condition.span, text, notes=notes)

    def says_frozen(self, attributes: tuple[tree.Attr, ...]) -> bool:
        """Whether `@frozen` is among the attributes; raises Located at one that is not known."""
        for attribute in attributes:
            if attribute.name not in ("frozen", "torch"):
                raise fault(
                    "E0221",
                    f"there is no attribute @{attribute.name}",
                    attribute.span,
                    help="there are @frozen and @torch(name=…)",
                )
            if attribute.name == "frozen" and attribute.arguments:
                raise fault("E0221", "@frozen takes no arguments", attribute.span)
        return any(attribute.name == "frozen" for attribute in attributes)

    def describe(self, attributes: tuple[tree.Attr, ...], block: tree.Block | None = None) -> None:
        """Note the class name and the doc string of the network itself."""
        self.says_frozen(attributes)
        if block is not None:
            doc = next((s.text for s in block.body.statements if isinstance(s, tree.Doc)), "")
            self.graph.doc = self.graph.doc or doc
            for attribute in attributes:
                for argument in attribute.arguments:
                    value = getattr(argument.value, "value", None)
                    if argument.name != "name" or not isinstance(value, str) or not value.isidentifier():
                        raise fault(
                            "E0221", "@torch says the class's name", attribute.span, help='write `@torch(name="Detector")`'
                        )
                    self.graph.torch_name = value

    def conditional(self, env: Env, name: str) -> tuple[Span, str] | None:
        """Where the enclosing body binds a name under a condition that did not hold, and the condition."""
        if env.activation is None:
            return None
        return within_branches(env.activation.body.statements, name, None)


class TooLarge(Exception):
    """The network is larger than allowed: nothing more is expanded."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic


FACETS = ("output_shape", "params", "macs", "rf", "torch", "weights")
ORIGINS = frozenset({"E0301", "E0302", "E0303", "E0304", "E0306", "E0307", "E0308"})


NONE: dict[str, Default] = {}


@cache
def fields(cls: type[Op]) -> tuple[str, ...]:
    """The names of an op's arguments, in order."""
    return tuple(cls.model_fields)


def within_branches(statements: Iterable[Any], name: str, condition: str | None) -> tuple[Span, str] | None:
    for statement in statements:
        match statement:
            case tree.Flow():
                for item in statement.items:
                    label = item.label.key if item.label else None
                    named = [key for key in (label, *item.names) if isinstance(key, Name) and key.name == name]
                    if named and condition is not None:
                        return named[0].span, condition
                    if isinstance(item.core, tree.Group):
                        found = within_branches(item.core.body.statements, name, condition)
                        if found is not None:
                            return found
            case tree.Branch():
                text = statement.condition.span.text
                found = within_branches(statement.then.statements, name, text)
                other = statement.otherwise
                if found is None and other is not None:
                    rest = other.statements if isinstance(other, tree.Body) else [other]
                    found = within_branches(rest, name, f"not ({text})")
                if found is not None:
                    return found
            case tree.Loop():
                found = within_branches(statement.body.statements, name, condition)
                if found is not None:
                    return found
    return None


def sides(condition: Any, env: Any) -> str:
    """Both sides of a failed comparison, as numbers."""
    if not hasattr(condition, "rights"):
        return "this is false"
    try:
        left, right = condition.left.evaluate(env), condition.rights[0].evaluate(env)
    except (Located, Poisoned):
        return "this is false"
    text = f"{condition.left.span.text} is {number(left)}" if str(left) != condition.left.span.text else f"{number(left)}"
    other = (
        ""
        if str(right) == condition.rights[0].span.text.replace("_", "")
        else f", {condition.rights[0].span.text} is {number(right)}"
    )
    return text + other


def number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def tensors(io: Applied) -> str:
    return ", ".join(f"{w.name} {'×'.join(map(str, w.shape))}" for w in io.weights if not w.buffer) or "no weights"


def variadic_of(target: type[Op] | Declared) -> str:
    return target.variadic if isinstance(target, type) else ""


def key_of(target: type[Op] | Declared) -> object:
    """What a default is filed under: an imported declaration is the same as where it stands."""
    return target if isinstance(target, type) else target.tree


def combined(first: Iterable[Given], more: list[Given]) -> tuple[Given, ...]:
    """Arguments of a layer as a value and those of its application, which win by name."""
    names = {name for name, _, _ in more if name is not None}
    return (*(g for g in first if g[0] not in names or g[0] is None), *more)


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b if isinstance(a, bool) or isinstance(b, bool) else a == b


def written(value: Any) -> str:
    described = getattr(value, "described", None)
    return described.removeprefix("the layer ") if described else shown(value)
