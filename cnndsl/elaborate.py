"""Declarations to a graph: nets expanded, expressions evaluated, layers made, places kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from . import tree
from .arguments import shown
from .binding import Given, bind
from .budget import BLOCK, STATEMENT, TOLD, TURN, Budget
from .claims import asks_totals, failed
from .diagnostics import Diagnostic, Fix, Label, Located, Report, Undecided, did_you_mean, fault
from .expressions import iterated, kind_of, truth, unpacked
from .graph import Graph, Instance, Value
from .misuse import applied_by_name
from .model import Declared, Module
from .op import counted, show
from .ports import Ports, Request, no_such_input, which_input
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
    Turn,
)
from .source import Span
from .spelling import slip

MAX_DEPTH = 64  # of blocks within blocks
TOO_DEEP = "E0702"
TRAIL = 8  # blocks and turns around a place that are told


class Elaborator(Ports):
    """Expands one net. Statements report their own errors and go on; what depends on them stays silent."""

    def __init__(self, report: Report, budget: Budget | None = None) -> None:
        super().__init__(report, budget or Budget())
        self.pending: list[Pending] = []
        self.turns: list[Turn] = []  # of the repeats and loops that are run through, from the outermost in
        self.unchecked_reasons: set[str] = set()
        self.settled: frozenset[str] | set[str] = frozenset()  # parameters that a preset gives
        self.resized = ""  # how the inputs of the net that was last expanded differ from their declaration
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
            tree.Hole: self.hole,
        }

    # ---- the net ---------------------------------------------------------------
    def net(self, declared: Declared, request: Request) -> Graph:
        """The graph of a net; errors are in the report, and the graph is then not whole."""
        self.graph = Graph(declared.name, source_name=declared.module.source.name, span=declared.span)
        self.request = request
        told = len(self.report.diagnostics)
        try:
            self.expand(declared, request.settings, None, Frame(()), None, declared.span, False)
        except Located as error:
            self.report.extend(error.diagnostics)
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
                if value is None and self.report.has_errors:
                    raise Poisoned  # an error that is told may have left it out
                raise no_single_output(activation, value)
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
        known = {} if isinstance(base.tree, tree.Preset) else bind(self.taken(base), fixed, base.described).all_fit()
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
                self.pending.append(Pending(assertion, env, first, len(self.graph.nodes)))
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
        if base is None and preset.base.name in module.lost:
            raise Poisoned
        if base is None:
            nets = [name for name, d in module.names.items() if d.is_net]
            close = did_you_mean(preset.base.name, nets)
            help = f"did you mean `{close}`?" if close else "a preset is made from a net of this file, or an imported one"
            fix = Fix(preset.base.span, close, slip(preset.base.name, nets) == close) if close else None
            raise fault("E0201", f"there is no net {preset.base.name}", preset.base.span, "not found", help=help, fix=fix)
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
        self.step(span, BLOCK)
        base = self.module_env(declared.module)
        env = base.child(frame=frame, flow=Flow(inputs), frozen=frozen or self.says_frozen(block.attributes))
        env.names, changed = self.parameters(declared, given, env, span)
        by_preset = all(text.split("=")[0] in self.settled for text in changed)  # which speaks for itself
        top = inputs is None
        arriving = None if top else flat(inputs)
        if inputs is UNKNOWN:
            arriving = (UNKNOWN,) * max(1, sum(isinstance(statement, tree.Input) for statement in block.body.statements))
        env.activation = Activation(
            declared.name,
            block.body,
            block.is_net,
            None if top else instance,
            arriving,
            ABSENT if top else inputs,
            contract=", ".join(changed) if block.is_net else "",
            silent=by_preset,
            sizing=set(declared.own) - {name for name, *_ in self.request.settings if top and name} if block.is_net else set(),
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
        activation.last_node = len(self.graph.nodes)
        left = len(activation.given or ()) - activation.taken
        if activation.declared and left > 0:
            takes = counted(activation.taken, "value")
            arrive = ", ".join(show(v.shape) for v in activation.given or () if isinstance(v, Value))
            title = f"{activation.name} takes {takes}, and {len(activation.given or ())} arrive"
            raise fault("E0305", title, span, arrive, help="`input *rest: [..]` in the block takes what remains")
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
        shown = " → ".join([*chain[:-4:-1], "…", *chain[2::-1]])
        help = "a recursion needs an `if` that ends it"
        return fault(TOO_DEEP, f"blocks go more than {MAX_DEPTH} deep", span, notes=[shown], help=help)

    def describe(self, attributes: tuple[tree.Attr, ...], block: tree.Block | None = None) -> None:
        """Note the class name and the doc string of the network itself."""
        self.says_frozen(attributes)
        if block is not None:
            doc = next((s.text for s in block.body.statements if isinstance(s, tree.Doc)), "")
            self.graph.doc = self.graph.doc or doc
            for attribute in attributes:
                if attribute.name == "torch":
                    self.graph.torch_name = class_name(attribute)

    # ---- statements --------------------------------------------------------------
    def run(self, body: tree.Body | tree.Arm, env: Env) -> None:
        for statement in body.statements:
            try:
                self.statements[type(statement)](statement, env)
            except Located as error:
                self.tell(error, env)
                self.lose(statement, env)
            except Poisoned:
                self.lose(statement, env)

    def lose(self, statement: tree.Statement, env: Env) -> None:
        """After a condition or a loop that cannot be judged, what it would have given is unknown."""
        if isinstance(statement, tree.Branch | tree.Loop) and env.flow is not None and env.frame is not None:
            env.flow.current = UNKNOWN
            for name in tree.names_in([statement]):
                env.frame.labels.setdefault(name, Entry(UNKNOWN))

    def tell(self, error: Located, env: Env) -> None:
        """Report an error, with the trail of expansions that led to it."""
        for diagnostic in error.diagnostics:
            notes = (*diagnostic.notes, *self.expansions(diagnostic, env))
            self.report.add(diagnostic._replace(notes=notes))
        self.step(error.diagnostic.span, TOLD)

    def expansions(self, diagnostic: Diagnostic, env: Env) -> list[str]:
        """The turns, and the blocks around a place, from the innermost out."""
        trail: list[str] = []
        if env.activation is None or diagnostic.code == TOO_DEEP:
            return trail
        at, turns = env.activation.instance, list(self.turns)
        while len(trail) < TRAIL:
            while turns and turns[-1].activation is not None and turns[-1].activation.instance is at:
                trail += turns.pop().told()
            if at is None:
                break
            if at.name and at.span != diagnostic.span:
                source = at.span.source
                where = f"line {at.span.line}" + (f" of {source.name}" if source is not diagnostic.span.source else "")
                trail.append(f"in {at.name}, as {'.'.join(at.path)}, expanded from {where}")
            at = at.parent
        return trail

    def bind_name(self, statement: tree.Bind, env: Env) -> None:
        try:
            self.check_free(statement.name, statement.span, env)
        except Located as error:
            env.names.setdefault(statement.name, UNKNOWN)  # which of the two is meant below is not known
            raise applied_by_name(error, statement) from None
        try:
            env.names[statement.name] = statement.value.evaluate(env)
        except (Located, Poisoned) as error:
            env.names[statement.name] = UNKNOWN
            if isinstance(error, Located) and error.diagnostic.code == "E0201" and error.diagnostic.span.text == statement.name:
                raise by_itself(statement, error.diagnostic.span) from None
            raise

    def hole(self, statement: tree.Hole, env: Env) -> None:
        """What could not be read: its names are unknown, and the value after it."""
        assert env.frame is not None
        assert env.flow is not None
        for name in statement.names:
            env.frame.labels.setdefault(name, Entry(UNKNOWN))
        env.flow.current = UNKNOWN
        if statement.outputs and env.activation is not None:
            env.activation.outputs["?"] = UNKNOWN

    def check_free(self, name: str, span: Span, env: Env) -> None:
        """Guard: a name is bound once."""
        if name in env.names:
            raise fault("E0202", f"the name {name} is bound already", span, "a name is bound once", help="choose another name")
        found = env.bound(name)
        if isinstance(found, Entry) and found.span is not None:
            labels = (Label(span, "again here"), Label(found.span, "first here"))
            input_of = isinstance(found.value, Value) and found.value.node.is_input and found.again is None
            title = f"the name {name} is {'an input' if input_of else 'a label'} already"
            raise Located(Diagnostic("E0202", title, labels, (), "choose another name"))
        if found is not ABSENT:
            raise fault("E0202", f"the name {name} is bound already", span, "a name is bound once", help="choose another name")

    def branch(self, statement: tree.Branch, env: Env) -> None:
        self.step(statement.span, TURN)
        taken: tree.Body | tree.Branch | None = statement.otherwise
        if truth(statement.condition, env):
            taken = statement.then
        if isinstance(taken, tree.Branch):
            self.branch(taken, env)
        elif taken is not None:
            self.run(taken, env.child())

    def loop(self, statement: tree.Loop, env: Env) -> None:
        self.check_targets(statement.targets, statement.span, env)
        values = iterated(statement.source, env)
        self.expanding += 1
        around = len(self.turns)
        try:
            for value in values:
                self.step(statement.span, TURN + STATEMENT * len(statement.body.statements))
                names = unpacked(statement.targets, value, statement.source.span)
                self.turns[around:] = [Turn(env.activation, names=names)]
                self.run(statement.body, env.child(names=dict(names)))
        finally:
            self.expanding -= 1
            del self.turns[around:]

    def default(self, statement: tree.Default, env: Env) -> None:
        if env.flow is not None and env.flow.started:
            raise fault("E0210", "a default stands before the first layer of its scope", statement.span, help="move it up")
        env.defaults = self.with_default(env.defaults, statement, env)

    def assertion(self, statement: tree.Assertion, env: Env) -> None:
        activation = env.activation
        assert activation is not None
        if asks_totals(statement.condition, env):
            if activation.is_net and activation.contract:
                if not activation.silent:
                    self.unchecked(statement.span, activation.contract)
            elif env.frame is not None and not env.frame.shared:  # of a shared layer, the first call is judged
                here = env.child(flow=Flow(env.flow.current if env.flow else ABSENT))
                self.pending.append(Pending(statement, here, activation.first_node, None))
            return
        try:
            holds = truth(statement.condition, env)
        except Undecided as error:
            d = error.diagnostic
            self.report.add(Diagnostic("N0502", "assertion not decided", d.labels, d.notes, d.help, severity="note"))
            return
        if not holds:
            raise failed(statement, env)


def no_single_output(activation: Activation, value: Any) -> Located:
    text = "no layer was applied" if value is SEVERAL else f"it ends in {kind_of(value)}"
    help = "name what leaves: `… as a, b`, and `output a, b`"
    if value is None:
        text = "nothing flows in it"
        help = "it begins with an input, `input image: 3x224x224`, and has a line for each layer"
    return fault("E0214", f"{activation.name} has no single output", activation.body.span, text, help=help)


def by_itself(statement: tree.Bind, at: Span) -> Located:
    """A binding that reads its own name, which nothing has given before."""
    name = statement.name
    labels = (Label(at, "it has no value yet"), Label(Span(at.source, statement.span.start, statement.span.start + len(name))))
    return Located(Diagnostic("E0218", f"{name} is defined by itself", labels, (), "give one of them another name"))


def class_name(attribute: tree.Attr) -> str:
    """What `@torch(name="Detector")` says; raises Located where it says anything else."""
    given = {argument.name: getattr(argument.value, "value", None) for argument in attribute.arguments}
    name = given.get("name")
    if len(attribute.arguments) != 1 or not isinstance(name, str) or not name.isidentifier():
        raise fault("E0221", "@torch says the class's name", attribute.span, help='write `@torch(name="Detector")`')
    return name


def flat(inputs: Any) -> tuple[Any, ...]:
    """A value, or a list of values flattened."""
    if not isinstance(inputs, tuple):
        return (inputs,)
    return tuple(one for part in inputs for one in flat(part))
