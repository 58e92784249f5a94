"""Declarations to a graph: nets expanded, expressions evaluated, layers made, places kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import patterns, tree
from .arguments import shown
from .binding import Given, bind
from .calling import Calls
from .diagnostics import Diagnostic, Label, Located, Report, Undecided, did_you_mean, fault
from .expressions import Constant, Expr, Name, Template, listed, truth, unpacked
from .graph import Graph, Input, Instance, Node, Path, Value
from .model import Declared, Module
from .op import Applied, Op, Shape, counted, show
from .reserved import RESERVED
from .scopes import (
    ABSENT,
    SEVERAL,
    UNKNOWN,
    Activation,
    Entry,
    Env,
    Flow,
    Frame,
    Pending,
    Poisoned,
    Record,
    kind,
)
from .source import Span

MAX_LAYERS = 20_000  # made by expansion; written-out lines do not count
MAX_STEPS = 1_000_000  # of loops
MAX_DEPTH = 64  # of blocks within blocks


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a net from outside: values of its parameters, sizes of its inputs."""

    settings: tuple[Given, ...] = ()
    inputs: dict[str, Shape] | None = None  # by name; "" is the only one


class Elaborator(Calls):
    """Expands one net. Statements report their own errors and go on; what depends on them stays silent."""

    def __init__(self, report: Report, max_layers: int = MAX_LAYERS) -> None:
        super().__init__(report)
        self.max_layers = max_layers
        self.pending: list[Pending] = []
        self.first: dict[Path, Node] = {}
        self.calls: dict[Path, int] = {}
        self.settled: frozenset[str] | set[str] = frozenset()  # parameters that a preset gives
        self.resized = ""  # how the inputs of the net that was last expanded differ from their declaration
        self.made = 0
        self.steps = 0
        self.expanding = 0
        self.applied: dict[tuple[int, tuple[Shape, ...]], Applied] = {}
        self.made_ops: dict[tuple[Any, ...], Op] = {}
        self.statements: dict[type, Callable[[Any, Env], None]] = {
            tree.Flow: self.flow,
            tree.Bind: self.bind_name,
            tree.Branch: self.branch,
            tree.Loop: self.loop,
            tree.Default: self.default,
            tree.Assertion: self.assertion,
            tree.Input: self.input,
            tree.Output: self.output,
            tree.Doc: lambda statement, env: None,
        }

    # ---- the net ---------------------------------------------------------------
    def net(self, declared: Declared, request: Request) -> Graph:
        """The graph of a net; errors are in the report, and the graph is then not whole."""
        self.graph = Graph(declared.name, source_name=declared.module.source.name)
        self.request = request
        told = len(self.report.diagnostics)
        try:
            self.expand(declared, request.settings, None, Frame(()), None, declared.span, False)
        except Located as error:
            self.report.add(error.diagnostic)
        except Poisoned:
            pass
        unused = set(request.inputs or ()) - set(self.graph.inputs) - {""}
        if unused and not self.report.has_errors:
            self.report.add(no_such_input(declared, unused, self.graph.inputs).diagnostic)
        if "" in (request.inputs or ()) and len(self.graph.inputs) > 1:
            del self.report.diagnostics[told:]  # they follow from this
            self.report.add(which_input(declared, self.graph.inputs).diagnostic)
        return self.graph

    def outermost(self, activation: Activation, result: Any) -> None:
        """Name the network's outputs."""
        if activation.outputs:
            named = activation.outputs
        elif isinstance(result, Record):
            named = result.values
        else:
            named = {"out": result}
        for name, value in named.items():
            if value is UNKNOWN:
                continue
            if not isinstance(value, Value):
                text = f"it ends in {kind(value)}" if value is not SEVERAL else "no layer was applied"
                raise fault(
                    "E0214",
                    f"{activation.name} has no single output",
                    activation.body.span,
                    text,
                    help="name what leaves with `output`",
                )
            self.graph.outputs[name] = value

    def expand(
        self, declared: Declared, given: Iterable[Given], inputs: Any, frame: Frame, outer: Env | None, span: Span, frozen: bool
    ) -> Any:
        """Run a block or net on its inputs (None for the network itself) within a frame; its value."""
        settings = list(given)
        if isinstance(declared.tree, tree.Preset):
            return self.expand_preset(declared, settings, inputs, frame, outer, span, frozen)
        return self.expand_body(declared, settings, inputs, frame, outer, span, frozen, "")

    def expand_preset(
        self, declared: Declared, given: list[Given], inputs: Any, frame: Frame, outer: Env | None, span: Span, frozen: bool
    ) -> Any:
        """A preset: its arguments go to its base, and those that it leaves open go through; then its contract."""
        preset = declared.tree
        assert isinstance(preset, tree.Preset)
        own = {p.name for p in preset.params}
        env = self.module_env(declared.module).child(frame=frame)
        env.names, changed = self.parameters(declared, [g for g in given if g[0] in own or (g[0] is None and own)], env, span)
        base = self.base_of(preset, declared.module)
        fixed = self.arguments(preset.arguments, env)
        known = (
            bind([p.name for p in base.params], fixed, base.described, preset.span)
            if not isinstance(base.tree, tree.Preset)
            else {}
        )
        through = [g for g in given if not (g[0] in own or (g[0] is None and own))]
        for name, _, at in through:
            if name in known:
                raise fault("E0204", f"{declared.name} has settled {name}", at, help=f"set it on {base.name} instead")
        first, settled = len(self.graph.nodes), self.settled
        self.settled = settled | set(known)
        value = self.expand(base, [*fixed, *through], inputs, frame, outer, span, frozen)
        self.settled = settled
        env.flow = Flow(value)  # the contract speaks of the net's labels, and of its value as `_`
        reason = ", ".join([*changed, *(f"{name}={shown(value)}" for name, value, _ in through)]) or self.resized
        for assertion in preset.contract:
            if reason:
                self.unchecked(assertion.span, reason)
            else:
                self.pending.append(Pending(assertion, env, first, len(self.graph.nodes), None))
        self.describe(preset.attributes)
        return value

    def unchecked(self, span: Span, reason: str) -> None:
        """Say once that a contract does not speak of what was asked for."""
        if reason not in self.unchecked_reasons:
            self.unchecked_reasons.add(reason)
            title = f"contract not checked ({reason})"
            self.report.add(Diagnostic("N0501", title, (Label(span, "it speaks of the net as declared"),), severity="note"))

    def base_of(self, preset: tree.Preset, module: Module) -> Declared:
        base = module.names.get(preset.base.name)
        if base is None:
            nets = [name for name, d in module.names.items() if d.is_net]
            close = did_you_mean(preset.base.name, nets)
            help = f"did you mean `{close}`?" if close else "a preset is made from a net of this file, or an imported one"
            raise fault("E0201", f"there is no net {preset.base.name}", preset.base.span, "not found", help=help)
        if not base.is_net or base.tree is preset:
            raise fault("E0207", f"{preset.base.name} is no net", preset.base.span, f"this is {base.described}")
        return base

    def expand_body(
        self,
        declared: Declared,
        given: list[Given],
        inputs: Any,
        frame: Frame,
        outer: Env | None,
        span: Span,
        frozen: bool,
        reason: str,
    ) -> Any:
        block = declared.tree
        assert isinstance(block, tree.Block)
        parent = outer.activation if outer is not None else None
        instance = Instance(declared.name, frame.path, span, parent.instance if parent else None)
        depth = parent.depth + 1 if parent else 0
        if depth > MAX_DEPTH:
            raise self.too_deep(instance, span)
        base = self.module_env(declared.module)
        env = base.child(frame=frame, flow=Flow(inputs), frozen=frozen or self.says_frozen(block.attributes))
        env.names, changed = self.parameters(declared, given, env, span)
        by_preset = all(text.split("=")[0] in self.settled for text in changed)  # which speaks for itself
        top = inputs is None
        arriving = None if top else flat(inputs)
        env.activation = Activation(
            declared.name,
            block.body,
            block.is_net,
            None if top else instance,
            arriving,
            ABSENT if top else inputs,
            contract=", ".join(changed) if block.is_net else "",
            silent=by_preset,
            first_node=len(self.graph.nodes),
            depth=depth,
        )
        if not top and frame.path not in self.graph.scopes:
            self.graph.scopes[frame.path] = instance
        self.describe(block.attributes, block if top else None)
        self.expanding += not top
        self.run(block.body, env)
        self.expanding -= not top
        return self.finished(env, span)

    def finished(self, env: Env, span: Span) -> Any:
        """The value of a body that has run: its outputs, or its last line's."""
        activation = env.activation
        assert activation is not None
        assert env.flow is not None
        self.resized = activation.resized
        left = len(activation.given or ()) - activation.taken
        if activation.declared and left > 0:
            takes = counted(activation.taken, "value")
            arrive = ", ".join(show(v.shape) for v in activation.given or () if isinstance(v, Value))
            raise fault("E0305", f"{activation.name} takes {takes}, and {len(activation.given or ())} arrive", span, arrive)
        result: Any = env.flow.current
        if activation.outputs:
            values = activation.outputs
            result = next(iter(values.values())) if len(values) == 1 else Record(dict(values))
        if activation.given is None:
            self.outermost(activation, result)
        elif result is SEVERAL:
            raise fault("E0214", f"{activation.name} applies no layer", activation.body.span)
        return result

    def too_deep(self, instance: Instance, span: Span) -> Located:
        chain: list[str] = []
        at: Instance | None = instance
        while at is not None:
            chain.append(at.name or "group")
            at = at.parent
        tail = " → ".join(reversed(chain[:6]))
        return fault(
            "E0702",
            f"blocks go more than {MAX_DEPTH} deep",
            span,
            notes=[f"the last of them: {tail}"],
            help="a recursion needs an `if` that ends it",
        )

    # ---- statements --------------------------------------------------------------
    def run(self, body: tree.Body | tree.Arm, env: Env) -> None:
        for statement in body.statements:
            try:
                self.statements[type(statement)](statement, env)
            except Located as error:
                self.tell(error, env)
            except Poisoned:
                pass

    def tell(self, error: Located, env: Env) -> None:
        """Report an error, with the trail of expansions that led to it."""
        diagnostic = error.diagnostic
        trail: list[str] = []
        at = env.activation.instance if env.activation else None
        while at is not None and len(trail) < 8:
            trail.append(f"in {at.name}, as {'.'.join(at.path)}, expanded from line {at.span.line}" if at.name else "")
            at = at.parent
        notes = (*diagnostic.notes, *filter(None, trail))
        self.report.add(
            Diagnostic(
                diagnostic.code, diagnostic.title, diagnostic.labels, notes, diagnostic.help, diagnostic.fix, diagnostic.severity
            )
        )

    def bind_name(self, statement: tree.Bind, env: Env) -> None:
        self.check_free(statement.name, statement.span, env)
        env.names[statement.name] = UNKNOWN
        env.names[statement.name] = statement.value.evaluate(env)

    def check_free(self, name: str, span: Span, env: Env) -> None:
        """Guard: a name is bound once."""
        if name in env.names:
            raise fault("E0202", f"the name {name} is bound already", span, "a name is bound once", help="choose another name")
        found = env.bound(name)
        if isinstance(found, Entry) and found.span is not None:
            labels = (Label(span, "again here"), Label(found.span, "first here"))
            raise Located(Diagnostic("E0202", f"the name {name} is a label already", labels, (), "choose another name"))
        if found is not ABSENT:
            raise fault("E0202", f"the name {name} is bound already", span, "a name is bound once", help="choose another name")

    def branch(self, statement: tree.Branch, env: Env) -> None:
        taken: tree.Body | tree.Branch | None = statement.otherwise
        if truth(statement.condition, env):
            taken = statement.then
        if isinstance(taken, tree.Branch):
            self.branch(taken, env)
        elif taken is not None:
            self.run(taken, env.child())

    def loop(self, statement: tree.Loop, env: Env) -> None:
        values = listed(statement.source.evaluate(env), statement.source.span)
        self.expanding += 1
        try:
            for value in values:
                self.step(statement.span)
                self.run(statement.body, env.child(names=unpacked(statement.targets, value, statement.source.span)))
        finally:
            self.expanding -= 1

    def step(self, span: Span) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise fault("E0701", f"the loops take more than {MAX_STEPS:,} steps", span)

    def default(self, statement: tree.Default, env: Env) -> None:
        if env.flow is not None and env.flow.started:
            raise fault("E0210", "a default stands before the first layer of its scope", statement.span, help="move it up")
        env.defaults = self.with_default(env.defaults, statement, env)

    def assertion(self, statement: tree.Assertion, env: Env) -> None:
        activation = env.activation
        assert activation is not None
        if self.asks_totals(statement.condition, env):
            if activation.is_net and activation.contract:
                if not activation.silent:
                    self.unchecked(statement.span, activation.contract)
            else:
                self.pending.append(Pending(statement, env, activation.first_node, -1, activation.instance))
            return
        try:
            holds = truth(statement.condition, env)
        except Undecided as error:
            d = error.diagnostic
            self.report.add(Diagnostic("N0502", "assertion not decided", d.labels, d.notes, d.help, severity="note"))
            return
        if not holds:
            raise self.failed(statement, env)

    # ---- inputs and outputs --------------------------------------------------------
    def input(self, statement: tree.Input, env: Env) -> None:
        activation, flow = env.activation, env.flow
        assert activation is not None
        assert flow is not None
        assert env.frame is not None
        name = statement.name.name if isinstance(statement.name, Name) else statement.name.text(env)
        if name in env.frame.labels or name in env.names:
            raise fault("E0202", f"the name {name} is given twice", statement.name.span, help="give the input another name")
        value: Any = UNKNOWN
        try:
            value = self.taken_input(statement, name, env, activation)
        except (Located, Poisoned):
            patterns.forget(statement.pattern, env)
            raise
        finally:
            env.frame.labels[name] = Entry(value, statement.name.span)
            activation.declared += 1
            if not flow.started:
                activation.entry = flow.current = value if activation.declared == 1 else SEVERAL

    def taken_input(self, statement: tree.Input, name: str, env: Env, activation: Activation) -> Any:
        """What an input statement takes of what arrives; of the network itself, a new input."""
        if env.flow is not None and env.flow.started:
            raise fault("E0210", "an input stands before the first layer", statement.span, help="move it to the top")
        if activation.given is None:
            return self.network_input(statement, name, env)
        if not statement.variadic:
            value = self.next_input(statement, name, activation)
            self.hold_input(statement, value, name, env)
            return value
        values = activation.given[activation.taken :]
        activation.taken = len(activation.given)
        for one in values:
            self.hold_input(statement, one, name, env)
        return values

    def next_input(self, statement: tree.Input, name: str, activation: Activation) -> Any:
        given = activation.given or ()
        if activation.taken >= len(given):
            span = activation.instance.span if activation.instance else statement.span
            arrive = "nothing arrives" if not given else f"only {counted(len(given), 'value')} arrive" + "s" * (len(given) == 1)
            wanted = sum(isinstance(s, tree.Input) for s in activation.body.statements)
            labels = (Label(span, f"{arrive} here"), Label(statement.span, f"`{name}` finds nothing"))
            help = f"start from {wanted} values: `[a, b] -> {activation.name}(…)`" if wanted > 1 else None
            raise Located(
                Diagnostic("E0305", f"{activation.name} takes {counted(wanted, 'value')}, and {arrive}", labels, (), help)
            )
        activation.taken += 1
        return given[activation.taken - 1]

    def hold_input(self, statement: tree.Input, value: Any, name: str, env: Env) -> None:
        """Hold what flows in against the pattern; a net used as a layer adapts to height and width."""
        if value is UNKNOWN:
            return
        activation = env.activation
        assert activation is not None
        if not isinstance(value, Value):
            raise fault("E0305", f"{name} takes one value, and {kind(value)} arrives", statement.span)
        wrong = patterns.match(statement.pattern, value.shape, env, f"the input {name}", adapt=activation.is_net)
        if wrong is not None:
            call = activation.instance.span if activation.instance else statement.span
            d = wrong.diagnostic
            labels = (Label(call, f"{show(value.shape)} arrives here"), Label(d.span, d.labels[0].text))
            raise Located(Diagnostic("E0503", f"{activation.name} does not take {show(value.shape)}", labels, d.notes, d.help))
        if activation.is_net and differs_from_literal(statement.pattern, value.shape):
            activation.resize(f"{name}={show(value.shape)}")

    def network_input(self, statement: tree.Input, name: str, env: Env) -> Value | tuple[Value, ...]:
        """Make an input of the network, in the size asked for or declared."""
        activation = env.activation
        assert activation is not None
        if statement.variadic:
            raise fault("E0305", "a net says how many inputs it has", statement.span, help="`input *xs` belongs in blocks")
        asked = self.request.inputs or {}
        size = asked.get(name, asked.get("") if not self.graph.inputs else None)
        if size is None:
            shape = patterns.declare(statement.pattern, env, name)
        else:
            shape = size
            self.resize(statement, name, shape, env, activation)
        node = Node(len(self.graph.nodes), (name,), Applied(Input(size=shape), ()), (), statement.span)
        self.graph.nodes.append(node)
        self.graph.inputs[name] = node
        return Value(node)

    def resize(self, statement: tree.Input, name: str, shape: Shape, env: Env, activation: Activation) -> None:
        parts = patterns.elements(statement.pattern)
        if len(parts) != len(shape):
            title = f"{name} has {counted(len(parts), 'number')}, and {show(shape)} is asked for"
            raise fault(
                "E0503", title, statement.span, help=f"give {len(parts)} numbers, such as --input {statement.pattern.span.text}"
            )
        for part, actual in zip(parts, shape, strict=True):
            if isinstance(part, Name) and patterns.unifies(part.name, env) and part.name not in env.module.names:
                env.names[part.name] = actual
        if differs_from_literal(statement.pattern, shape):
            activation.resize(f"{name}={show(shape)}")

    def output(self, statement: tree.Output, env: Env) -> None:
        activation = env.activation
        assert activation is not None
        if not activation.is_net:
            raise fault("E0215", "a block has one value, that of its last line", statement.span, help="outputs belong in nets")
        for key, path in statement.items:
            name = self.output_name(key, path, env)
            if name in activation.outputs:
                raise fault("E0202", f"the output {name} is named twice", path.span, help="write `output name = …`")
            activation.outputs[name] = UNKNOWN
            value = path.evaluate(env)
            if not isinstance(value, Value):
                raise fault("E0207", "an output is one value", path.span, f"this is {kind(value)}")
            activation.outputs[name] = value

    def output_name(self, key: Name | Template | None, path: Expr, env: Env) -> str:
        if key is None:
            text = path.text(env) if isinstance(path, Template) else path.span.text.rsplit(".", 1)[-1]
            if not text.isidentifier():
                raise fault("E0215", "this output needs a name", path.span, help=f"write `output name = {path.span.text}`")
            return "out" if text == "_" else "in_" if text == "in" else text
        return key.name if isinstance(key, Name) else key.text(env)

    # ---- flows ---------------------------------------------------------------------
    def flow(self, statement: tree.Flow, env: Env) -> None:
        flow = env.flow
        assert flow is not None
        for place, item in enumerate(statement.items):
            flow.current = self.item(item, env, place == 0)
            flow.started = True

    def item(self, item: tree.Item, env: Env, head: bool) -> Any:
        """One step; after an error, its value, label and names are unknown, and the error is told."""
        value: Any = UNKNOWN
        try:
            here = env.child(frozen=True) if item.attributes and self.says_frozen(item.attributes) else env
            value = self.labelled(item, here, head)
            if item.note is not None and value is not UNKNOWN:
                self.hold_note(item, value, env)
        except Located as error:
            self.tell(error, env)
        except Poisoned:
            pass
        if item.names:
            try:
                self.name_values(item, value, env)
            except Located as error:
                self.tell(error, env)
                return UNKNOWN
        return value

    def hold_note(self, item: tree.Item, value: Any, env: Env) -> None:
        note, activation = item.note, env.activation
        assert note is not None
        assert activation is not None
        if not isinstance(value, Value):
            raise fault("E0502", "a shape note speaks of one value", note.span, f"this is {kind(value)}")
        if activation.is_net and patterns.is_literal(note) and activation.contract:
            if not activation.silent:
                self.unchecked(note.span, activation.contract)
            return
        wrong = patterns.match(note, value.shape, env, "the value", binds=False)
        if wrong is not None:
            d = wrong.diagnostic
            labels = (Label(note.span, "noted here"), Label(item.core.span, f"gives {show(value.shape)}"))
            title = f"the shape is {show(value.shape)}, not {note.span.text}"
            raise Located(
                Diagnostic(
                    "E0502",
                    title,
                    labels,
                    (d.labels[0].text, *self.trail(value)),
                    f"correct the note to `:: {written(value.shape)}`, or the layers",
                )
            )

    def trail(self, value: Value) -> list[str]:
        """The arithmetic that led to a shape, in a line."""
        node = value.node
        if node.is_input or not node.inputs:
            return []
        return [f"{show(node.io.input)} → {node.op.word()} → {show(node.io.output)}"]

    def name_values(self, item: tree.Item, value: Any, env: Env) -> None:
        """`as a`, `as a, b`; the names are unknown where there are more or fewer values."""
        names = [key.name if isinstance(key, Name) else key.text(env) for key in item.names]
        values = [value] if len(names) == 1 else list(value) if isinstance(value, tuple) else []
        fits = len(values) == len(names)
        for at, (key, name) in enumerate(zip(item.names, names, strict=True)):
            self.enter(name, Entry(values[at] if fits else UNKNOWN, key.span), key.span, env)
        if not fits and value is not UNKNOWN:
            text = f"this is {kind(value)}"
            raise fault("E0401", f"{len(names)} names ask for a list of {len(names)}", item.names[0].span, text)

    def enter(self, name: str, entry: Entry, span: Span, env: Env) -> None:
        """Bind a label or an `as` name to the end of its scope."""
        assert env.frame is not None
        first = env.frame.labels.get(name)
        if first is not None and first.span is not None:
            labels: tuple[Label, ...] = (Label(span, "again here"), Label(first.span, "first here"))
            if first.span == span:
                labels = (Label(span, "given again by the next turn of the repeat or loop"),)
            help = (
                f"make it a template, as in `{name}$i`, or label the repeat"
                if first.span == span
                else "give one of them another name"
            )
            raise Located(Diagnostic("E0202", f"the label {name} is given twice", labels, (), help))
        if env.bound(name) is not ABSENT and not isinstance(env.bound(name), Entry):
            help = f"choose another label; `{name}` is a parameter or a binding here"
            raise fault("E0202", f"the label {name} is a name already", span, "a name stands for one thing", help=help)
        env.frame.labels[name] = entry

    # ---- labels and keys -----------------------------------------------------------
    def labelled(self, item: tree.Item, env: Env, head: bool) -> Any:
        """A step with its label, if it has one."""
        core, label = item.core, item.label
        if head and self.is_source(item, env):
            value = core.value.evaluate(env) if isinstance(core, tree.Sources) else core.path.evaluate(env)  # type: ignore[union-attr]
            if label is not None:
                text = core.span.text
                help = f"name the value with `as`: `{text} as {label.span.text.rstrip(':')}`, or label the layer that follows"
                raise fault(
                    "E0203", f"a label names a layer, and `{text}` is a value", label.span, "this labels no layer", help=help
                )
            return value
        if isinstance(core, tree.Sources):
            raise fault("E0216", "a list starts a flow", core.span, help="begin a new line with it")
        if label is None:
            return self.repeated(item, env, None)
        frame, key, name = self.place(label, env)
        return self.keyed(item, env.child(frame=frame) if frame is not env.frame else env, key, name, label.span, env)

    def keyed(self, item: tree.Item, env: Env, key: str, name: str | None, span: Span, outer: Env) -> Any:
        """A labelled step: its value is bound to the label, and the label can be applied again."""
        inner: list[Frame] = []
        frame = env.frame
        assert frame is not None
        if key in frame.taken and not frame.shared:
            raise taken_twice(frame, key, span)
        try:
            value = self.repeated(item, env, key, inner)
            frame.taken[key] = span
        except (Located, Poisoned):
            if name is not None and name not in (outer.frame.labels if outer.frame else ()):
                self.enter(name, Entry(UNKNOWN, span), span, outer)
            raise
        frozen_path = env.frame.path if env.frame else ()

        def again(inputs: Any, at: Span) -> Any:
            frame = Frame(frozen_path, shared=True)
            scope = outer.child(frame=frame, flow=Flow(inputs), frozen=env.frozen)
            return self.repeated(item, scope, key, [], at)

        entry = Entry(value, span, again, inner[0] if inner else None)
        if name is not None:
            self.enter(name, entry, span, outer)
        if env.frame is not None and (name is None or env.frame is not outer.frame):
            env.frame.labels.setdefault(key, entry)
        return value

    def place(self, label: tree.LabelTree, env: Env) -> tuple[Frame, str, str | None]:
        """The scope and key of a label, and the name it binds; a quoted dotted one opens or re-opens scopes."""
        frame = env.frame
        assert frame is not None
        if label.key is None:
            return frame, str(frame.position), None
        text = label.key.name if isinstance(label.key, Name) else label.key.text(env)
        *scopes, key = text.split(".") if label.quoted else [text]
        for part in [*scopes, key]:
            check_key(part, label.span)
        for scope in scopes:
            if scope not in frame.opened:
                self.take(frame, scope, label.span)
                frame.opened[scope] = Frame((*frame.path, scope), frame.shared)
                frame.labels.setdefault(scope, Entry(ABSENT, None, None, frame.opened[scope]))
                self.graph.scopes.setdefault(frame.opened[scope].path, Instance(None, frame.opened[scope].path, label.span, None))
            frame = frame.opened[scope]
        return frame, key, text if not scopes else None

    def take(self, frame: Frame, key: str, span: Span) -> None:
        """Give a key of a scope away, once; every child counts as a position."""
        frame.position += 1
        if key in frame.taken:
            raise taken_twice(frame, key, span)
        frame.taken[key] = span

    def repeated(
        self, item: tree.Item, env: Env, key: str | None, inner: list[Frame] | None = None, at: Span | None = None
    ) -> Any:
        """A step, as often as it says; a labelled repeat is a scope of its turns."""
        if item.count is None:
            return self.once(item.core, env, key, inner, at)
        times = self.times(item.count, env)
        flow = env.flow
        assert flow is not None
        assert env.frame is not None
        frame = env.frame
        if key is not None:
            self.take(env.frame, key, item.span)
            frame = Frame((*env.frame.path, key), env.frame.shared)
            self.graph.scopes.setdefault(frame.path, Instance(None, frame.path, item.span, None))
            if inner is not None:
                inner.append(frame)
        turns = env.child(frame=frame, flow=Flow(flow.current, flow.started))
        self.expanding += 1
        try:
            for _ in range(times):
                self.step(item.span)
                position = str(frame.position) if key is not None and isinstance(item.core, tree.Group) else None
                turns.flow.current = self.once(item.core, turns, position, None, at)  # type: ignore[union-attr]
        finally:
            self.expanding -= 1
        return turns.flow.current  # type: ignore[union-attr]

    def times(self, count: Expr, env: Env) -> int:
        value = count.evaluate(env)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise fault("E0403", "a repeat counts in whole numbers", count.span, f"this is {kind(value)}")
        if value < 0:
            raise fault("E0403", f"nothing can be repeated {value} times", count.span, "0 leaves it out")
        return value

    def once(self, core: Any, env: Env, key: str | None, inner: list[Frame] | None, at: Span | None) -> Any:
        if isinstance(core, tree.Apply):
            return self.apply(core, env, key, inner, at)
        return self.group(core, env, key, inner)

    def group(self, core: tree.Group, env: Env, key: str | None, inner: list[Frame] | None) -> Any:
        """`{ … }`: with a key a scope of its own."""
        flow, frame = env.flow, env.frame
        assert flow is not None
        assert frame is not None
        body = env.child(flow=Flow(flow.current))
        if key is not None:
            self.take(frame, key, core.span)
            body.frame = frame.opened.get(key) or Frame((*frame.path, key), frame.shared)
            self.graph.scopes.setdefault(body.frame.path, Instance(None, body.frame.path, core.span, None))
            if inner is not None:
                inner.append(body.frame)
        self.run(core.body, body)
        assert body.flow is not None
        return body.flow.current

    def is_source(self, item: tree.Item, env: Env) -> bool:
        """Whether a line's head is a value to start from, rather than a layer to apply."""
        core = item.core
        if isinstance(core, tree.Sources):
            return True
        if not isinstance(core, tree.Apply) or core.arguments is not None or core.arms is not None or item.count is not None:
            return False
        found = core.path.found(env)
        if isinstance(found, Entry):
            found = found.value
        return isinstance(found, Value | tuple | Record) or found is UNKNOWN or found is SEVERAL


def taken_twice(frame: Frame, key: str, span: Span) -> Located:
    """A key that is given away already, and what to do."""
    first = frame.taken[key]
    labels: tuple[Label, ...] = (Label(span, "again here"), Label(first, "first here"))
    help = "give one of them another label"
    if first == span:
        labels = (Label(span, "made again by the next turn of the repeat or loop"),)
        help = f"make it a template, as in `{key}$i:`, or label the repeat"
    elif key.isdigit():
        help = f"the layer at position {key} has that key; choose another label, or leave it away"
    return Located(Diagnostic("E0202", f"the key {'.'.join((*frame.path, key))} is given twice", labels, (), help))


def flat(inputs: Any) -> tuple[Any, ...]:
    """A value, or a list of values flattened."""
    if not isinstance(inputs, tuple):
        return (inputs,)
    return tuple(one for part in inputs for one in flat(part))


def differs_from_literal(pattern: Expr, shape: Shape) -> bool:
    parts = patterns.elements(pattern)
    literal = [part.value if isinstance(part, Constant) else part for part in parts]
    return any(isinstance(want, int) and want != have for want, have in zip(literal, shape, strict=False))


def written(shape: Shape) -> str:
    return (
        "x".join(map(str, shape))
        if len(shape) > 1 and all(isinstance(n, int) for n in shape)
        else f"[{', '.join(map(str, shape))}]"
    )


def check_key(key: str, span: Span) -> None:
    """Guard: a key that torch can hold."""
    if not key or any(char in key for char in '"\\') or not key.isprintable():
        raise fault("E0217", f"`{key}` cannot be a key", span, help="a key is a printable text without quotes")
    if key in RESERVED:
        help = f"torch.nn.Module has an attribute `{key}` of its own; choose another label, such as `{key}_`"
        raise fault("E0217", f"torch refuses the label {key}", span, help=help)


def no_such_input(declared: Declared, unused: set[str], inputs: dict[str, Node]) -> Located:
    name = sorted(unused)[0]
    close = did_you_mean(name, inputs)
    help = f"did you mean `{close}`?" if close else f"its inputs are {', '.join(inputs)}"
    return fault("E0204", f"{declared.name} has no input {name}", declared.span, help=help)


def which_input(declared: Declared, inputs: dict[str, Node]) -> Located:
    title = f"{declared.name} has {len(inputs)} inputs, and the size asked for says not which it is for"
    return fault("E0205", title, declared.span, ", ".join(inputs), help=f"name it: `--input {next(iter(inputs))}=…`")
