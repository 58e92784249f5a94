"""Inputs and outputs: what a block takes, what a net declares, what leaves it by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from . import patterns, tree
from .binding import Given
from .diagnostics import Diagnostic, Label, Located, Problem, did_you_mean, fault
from .expressions import Constant, Expr, Name, Template, kind_of
from .flows import Flows
from .graph import Input, Node, Value
from .model import Declared
from .op import Applied, Shape, counted, show
from .provenance import trail
from .scopes import (
    SEVERAL,
    UNKNOWN,
    Activation,
    Entry,
    Env,
    Poisoned,
)

COLOURS = (1, 3, 4)  # how many channels images have
SCENE = 16  # and from where on a size is that of an image


class Request(NamedTuple):
    """What is asked of a net from outside: values of its parameters, sizes of its inputs."""

    settings: tuple[Given, ...] = ()
    inputs: dict[str, Shape] | None = None  # by name; "" is the only one


class Ports(Flows):
    """`input` and `output`."""

    request: Request

    # ---- inputs and outputs --------------------------------------------------------
    def input(self, statement: tree.Input, env: Env) -> None:
        activation, flow = env.activation, env.flow
        assert activation is not None
        assert flow is not None
        assert env.frame is not None
        value: Any = UNKNOWN
        try:
            name = self.input_name(statement, env)
            env.frame.labels[name] = Entry(UNKNOWN, statement.name.span)
            value = self.taken_input(statement, name, env, activation)
            env.frame.labels[name].value = value
        except (Located, Poisoned):
            patterns.forget(statement.pattern, env)
            activation.taken = len(activation.given or ())  # of what is left none is too many
            raise
        finally:
            activation.declared += 1
            if not flow.started:
                activation.entry = flow.current = SEVERAL if activation.declared > 1 and value is not UNKNOWN else value

    def input_name(self, statement: tree.Input, env: Env) -> str:
        name = statement.name.name if isinstance(statement.name, Name) else statement.name.text(env)
        assert env.frame is not None
        if name in env.frame.labels or name in env.names:
            raise fault("E0202", f"the name {name} is given twice", statement.name.span, help="give the input another name")
        if any(isinstance(part, Name) and part.name == name for part in patterns.elements(statement.pattern)):
            help = "a name in the pattern is that of a size; give one of them another"
            raise fault("E0202", f"the name {name} is given twice", statement.name.span, help=help)
        return name

    def taken_input(self, statement: tree.Input, name: str, env: Env, activation: Activation) -> Any:
        """What an input statement takes of what arrives; of the network itself, a new input."""
        if not is_top(env):
            help = f"move it to the top of {activation.name}"
            raise fault("E0210", "an input stands in no group and no arm", statement.span, help=help)
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
        return UNKNOWN if UNKNOWN in values else values

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
            patterns.forget(statement.pattern, env)
            return
        activation = env.activation
        assert activation is not None
        if not isinstance(value, Value):
            raise fault("E0305", f"{name} takes one value, and {kind_of(value)} arrives", statement.span)
        resized = sized(statement.pattern, value.shape, env, activation)
        wrong = patterns.match(statement.pattern, value.shape, env, f"the input {name}", adapt=activation.is_net)
        if wrong is not None:
            call = activation.instance.span if activation.instance else statement.span
            d = wrong.diagnostic
            labels = (Label(call, f"{show(value.shape)} arrives here"), Label(d.span, d.labels[0].text))
            notes = [*d.notes, *self.all_inputs(activation)]
            help = d.help or "in a pattern `?` takes any size, and `..` any number of axes"
            title = f"{activation.name} does not take {show(value.shape)}"
            raise Located(Diagnostic("E0503", title, labels, tuple(notes), help))
        if resized or (activation.is_net and differs_from_literal(statement.pattern, value.shape)):
            activation.resize(f"{name}={show(value.shape)}")

    def all_inputs(self, activation: Activation) -> Iterator[str]:
        """What arrives for each input of a block that has several, and how it came to that."""
        inputs = [statement for statement in activation.body.statements if isinstance(statement, tree.Input)]
        given = activation.given or ()
        for statement, value in zip(inputs, given, strict=False):
            if len(given) > 1 and isinstance(value, Value):
                yield f"{statement.name.span.text}: {trail(value, whole=True) or show(value.shape)}"

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
            self.report.extend(doubtful(statement, shape))
        else:
            shape = size
            self.resize(statement, name, shape, env, activation)
        try:
            io = Applied(Input.model_construct(size=shape), ())
        except Problem as problem:
            span = statement.pattern.span
            raise fault(problem.code, f"{name} would be a tensor of {show(shape)}", span, problem.detail) from None
        node = Node(len(self.graph.nodes), (name,), io, (), statement.span)
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
        resized = sized(statement.pattern, shape, env, activation)
        for part, actual in zip(parts, shape, strict=True):
            if isinstance(part, Name) and patterns.unifies(part.name, env) and part.name not in env.module.names:
                env.names[part.name] = actual
            elif isinstance(part, Expr) and not isinstance(part, Constant):
                wrong = patterns.match_size(part, actual, env, statement.pattern, False, False)
                if wrong is not None:
                    title = f"{name} cannot be {show(shape)}"
                    help = "sizes that the net computes follow from its parameters, and from its other inputs"
                    raise fault("E0503", title, part.span, wrong, help=help)
        if resized or differs_from_literal(statement.pattern, shape):
            activation.resize(f"{name}={show(shape)}")

    def output(self, statement: tree.Output, env: Env) -> None:
        activation = env.activation
        assert activation is not None
        if not activation.is_net:
            help = "end with the value that leaves; a `net` has outputs, and may be used as a layer too"
            raise fault("E0215", "a block has one value, that of its last line", statement.span, help=help)
        for key, path in statement.items:
            activation.outputs["?"] = UNKNOWN  # what stays where the rest fails
            name = self.output_name(key, path, env)
            if name in activation.outputs:
                raise fault("E0202", f"the output {name} is named twice", path.span, help="write `output name = …`")
            del activation.outputs["?"]
            activation.outputs[name] = UNKNOWN
            value = path.evaluate(env)
            if not isinstance(value, Value):
                raise fault("E0207", "an output is one value", path.span, f"this is {kind_of(value)}")
            activation.outputs[name] = value

    def output_name(self, key: Name | Template | None, path: Expr, env: Env) -> str:
        if key is None:
            text = path.text(env) if isinstance(path, Template) else path.span.text.rsplit(".", 1)[-1]
            if not text.isidentifier():
                raise fault("E0215", "this output needs a name", path.span, help=f"write `output name = {path.span.text}`")
            return "out" if text == "_" else "in_" if text == "in" else text
        return key.name if isinstance(key, Name) else key.text(env)


def is_top(env: Env) -> bool:
    """Whether a statement's flow is that of the net or block itself, as in its loops and conditions."""
    root = env
    while root.parent is not None and root.parent.activation is env.activation:
        root = root.parent
    return root.flow is env.flow


def sized(pattern: Expr, shape: Shape, env: Env, activation: Activation) -> bool:
    """Give the parameters of a net that stand for a spatial axis the size that there is, as a number written there would
    give way to it; whether any changes. The second axis of a name has to agree with the first.
    """
    changed = False
    for part, actual in list(zip(patterns.elements(pattern), shape, strict=False))[1:]:
        if isinstance(part, Name) and part.name in activation.sizing:
            activation.sizing.discard(part.name)
            changed = changed or env.names[part.name] != actual
            env.names[part.name] = actual
    return changed


def differs_from_literal(pattern: Expr, shape: Shape) -> bool:
    parts = patterns.elements(pattern)
    literal = [part.value if isinstance(part, Constant) else part for part in parts]
    return any(isinstance(want, int) and want != have for want, have in zip(literal, shape, strict=False))


def doubtful(statement: tree.Input, shape: Shape) -> Iterator[Diagnostic]:
    """A note where a shape looks like one of another framework: with the batch, or with the channels last."""
    span = statement.pattern.span
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) < max(len(shape), 3):
        return
    *_, first, second, third = sizes
    if len(shape) == 4 and first in COLOURS and min(second, third) >= SCENE:
        title = f"{show(shape)} is {counted(sizes[0], 'channel')} of three spatial axes"
        help = f"the batch is not written: `{'x'.join(map(str, shape[1:]))}` is an image of {first} channels"
    elif len(shape) == 3 and third in COLOURS and min(first, second) >= SCENE:
        title = f"{show(shape)} is {first} channels of {second}×{third}"
        help = f"the channels stand first: `{third}x{first}x{second}`"
    else:
        return
    yield Diagnostic("N0503", title, (Label(span, "is that meant?"),), (), help, severity="note")


def no_such_input(declared: Declared, unused: set[str], inputs: dict[str, Node]) -> Located:
    name = sorted(unused)[0]
    close = did_you_mean(name, inputs)
    help = f"did you mean `{close}`?" if close else f"its inputs are {', '.join(inputs)}"
    return fault("E0204", f"{declared.name} has no input {name}", declared.span, help=help)


def which_input(declared: Declared, inputs: dict[str, Node]) -> Located:
    title = f"{declared.name} has {len(inputs)} inputs, and the size asked for says not which it is for"
    return fault("E0205", title, declared.span, ", ".join(inputs), help=f"name it: `--input {next(iter(inputs))}=…`")
