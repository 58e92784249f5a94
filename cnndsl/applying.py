"""Layers and merges applied to what arrives: the current value, the values of arms, or named values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops, tree
from .binding import Bound, Given, bind, bind_layer, mistaken
from .budget import RAISE, STATEMENT, TURN
from .calling import combined, key_of
from .diagnostics import Located, fault
from .expressions import iterated, kind_of, truth, unpacked
from .graph import Path, Value
from .making import Making
from .misuse import no_layer
from .model import Declared
from .op import Op
from .scopes import (
    ABSENT,
    SEVERAL,
    UNKNOWN,
    Default,
    Entry,
    Env,
    Flow,
    Frame,
    Layer,
    Poisoned,
    Record,
)
from .source import Span


class Applying(Making):
    """From a name in a flow to a value."""

    expand: Callable[..., Any]
    take: Callable[[Frame, str, Span], None]
    run: Callable[[Any, Env], None]

    # ---- applying --------------------------------------------------------------------
    def apply(self, core: tree.Apply, env: Env, key: str | None, inner: list[Frame] | None, at: Span | None) -> Any:
        """A layer by name on what arrives: the current value, the arms' values or, of a merge, its arguments."""
        found = core.path.found(env)
        if found is UNKNOWN:
            raise Poisoned
        if isinstance(found, Entry):
            return self.apply_again(found, core, env, key)
        if isinstance(found, type) and getattr(found, "merge", False):
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
            raise no_layer(core.path.span.text, found, core.path.span)
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
        if entry.again is None and entry.value is UNKNOWN:
            raise Poisoned
        if core.arguments:
            hidden = f"the label hides the layer {name}: choose another" if ops.find(name) else f"write `{name}`"
            raise fault(
                "E0219",
                f"{name} has its arguments already",
                core.span,
                "it is applied again, with the same weights",
                help=hidden,
            )
        if entry.again is None:
            help = f"begin a line with it, `{name} -> …`, or join it, `add(_, {name})`; a layer to apply again has a label"
            raise fault("E0207", f"{name} is a value, no layer", core.path.span, help=help)
        if key is not None:
            raise fault("E0203", f"{name} has its label already", core.span, help=f"name the value instead: `{name} as {key}`")
        inputs = self.arms(core.arms, env) if core.arms is not None else self.arriving(core, env)
        return entry.again(inputs, core.span)

    def merge_inputs(self, core: tree.Apply, env: Env) -> Any:
        if core.arms is not None:
            if core.arguments:
                arms = " ".join(f"| {argument.span.text}" for argument in core.arguments)
                help = f"a value is an arm too: `{core.path.span.text} {{ {arms} … }}`"
                raise fault("E0219", "a merge takes arms or values, not both", core.span, help=help)
            return self.arms(core.arms, env)
        if core.arguments is None:
            return self.arriving(core, env)
        for argument in core.arguments:
            if argument.name is not None:
                word = core.path.span.text
                values = ", ".join(a.span.text for a in core.arguments if a.name is None)
                joins = f"channels are what it joins: `{word}({values})`" if word == "cat" else None
                raise fault("E0204", f"{word} has no argument {argument.name}", argument.span, "it takes values", help=joins)
        return self.values_of(core.arguments, core.path.span.text, env)

    def arms(self, arms: tree.Arms, env: Env) -> tuple[Any, ...]:
        """The value of each arm, in order; each starts from the value before the merge."""
        values: list[Any] = []
        for arm in arms.items:
            match arm:
                case tree.ArmFor():
                    self.check_targets(arm.targets, arm.span, env)
                    for value in iterated(arm.source, env):
                        self.step(arm.span, TURN + 2 * STATEMENT * len(arm.arms.items))
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
                raise fault("E0207", f"{cls.word()} joins values", span, f"one of these is {kind_of(value)}")
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

    def arrived(self, inputs: Any, name: str, span: Span) -> tuple[Any, ...] | None:
        """The values that flow into a layer; None where one is unknown after an error."""
        values = self.flat_values(inputs, span)
        for value in values or ():
            if not isinstance(value, Value):
                raise fault("E0207", f"{name} takes values that flow", span, f"one of these is {kind_of(value)}")
        return values

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
            if len(found) > self.budget.max_layers:
                raise fault("E0701", f"more than {self.budget.max_layers:,} values arrive", span, help=RAISE)
        return tuple(found)

    def apply_op(self, layer: Layer, inputs: Any, env: Env, key: str | None, span: Span) -> Any:
        cls = layer.target
        frame = env.frame
        assert isinstance(cls, type)
        assert frame is not None
        key = key if key is not None else str(frame.position)
        if not frame.shared or key not in frame.taken:
            self.take(frame, key, span)
        values = self.arrived(inputs, cls.word(), span)
        bound, wrong = bind_layer(cls, layer.arguments) if layer.arguments else Bound({}, [])
        for name, default in layer.defaults.get(cls, NONE).items():
            if name not in bound:
                default.used = True
                bound[name] = default.value, default.span
        if wrong:
            raise Located(*wrong, *mistaken(cls, bound, span, wrong))
        op = self.op(cls, bound, span)
        if values is None:
            return UNKNOWN
        result = self.node(op, values, frame, key, span, env, bound)
        if key.isdigit():
            frame.labels.setdefault(key, Entry(result))
        return result

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
        have = {} if isinstance(declared.tree, tree.Preset) else bind(self.taken(declared), given, declared.name).bound
        for name, default in layer.defaults.get(key_of(declared), {}).items():
            if name not in have:
                default.used = True
                given.append((name, default.value, default.span))
        values = self.arrived(inputs, declared.name, span)
        if values is None:
            return self.apply_unknown(declared, given, env, (*frame.path, key), span)
        if isinstance(declared.tree, tree.Extern):
            return self.apply_extern(declared, declared.tree, given, values, env, key, span)
        own = Frame((*frame.path, key), frame.shared)
        if inner is not None:
            inner.append(own)
        result = self.expand(declared, given, inputs, own, env, span, env.frozen)
        self.leave(own.path, result)
        if key.isdigit():
            frame.labels.setdefault(key, Entry(result, None, None, own))
        return result

    def apply_unknown(self, declared: Declared, given: list[Given], env: Env, path: Path, span: Span) -> Any:
        """A block on what is unknown after an error: what is wrong in it whatever arrives is told."""
        if isinstance(declared.tree, tree.Block) and env.frame is not None and not env.frame.shared:
            self.expand(declared, given, UNKNOWN, Frame(path), env, span, env.frozen)
        return UNKNOWN


NONE: dict[str, Default] = {}
