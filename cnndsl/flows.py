"""The lines of a body: what flows through them, their labels and keys, groups and repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import patterns, tree
from .applying import Applying
from .budget import TURN
from .diagnostics import Diagnostic, Label, Located, fault
from .expressions import Expr, Name, kind_of
from .graph import Instance, Value
from .misuse import headless, is_unnamed, translated, unnamed
from .op import Shape, show
from .provenance import trail
from .reserved import RESERVED
from .scopes import (
    ABSENT,
    SEVERAL,
    UNKNOWN,
    Entry,
    Env,
    Flow,
    Frame,
    Poisoned,
    Record,
    Turn,
)
from .source import Span


class Flows(Applying):
    """Steps of flows. A step reports its own error and goes on with an unknown value."""

    unchecked: Callable[[Span, str], None]
    turns: list[Turn]

    # ---- flows ---------------------------------------------------------------------
    def flow(self, statement: tree.Flow, env: Env) -> None:
        flow = env.flow
        assert flow is not None
        for place, item in enumerate(statement.items):
            flow.current = self.item(item, env, place == 0)
            flow.started = True

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
                raise fault("E0221", "@frozen takes no arguments", attribute.span, help="write `@frozen`")
        return any(attribute.name == "frozen" for attribute in attributes)

    def freezes(self, item: tree.Item) -> bool:
        """Whether an item is frozen; `@torch` names the class of a net, and nothing else."""
        for attribute in item.attributes:
            if attribute.name == "torch":
                help = "write it before `net`, where it names the emitted class"
                raise fault("E0221", "@torch belongs to nets", attribute.span, help=help)
        return self.says_frozen(item.attributes)

    def item(self, item: tree.Item, env: Env, head: bool) -> Any:
        """One step; after an error, its value, label and names are unknown, and the error is told."""
        value: Any = UNKNOWN
        try:
            here = env.child(frozen=True) if item.attributes and self.freezes(item) else env
            value = self.labelled(item, here, head)
            if item.note is not None and value is not UNKNOWN:
                self.hold_note(item, value, env)
        except Located as error:
            core = item.core
            if isinstance(core, tree.Apply) and core.arms is None:
                error = translated(error, core.path, core.arguments or (), core.span)
                if not head and core.arguments is None and is_unnamed(error, core.path):
                    error = unnamed(error, core.path)
                    self.unknown(core.path.span.text, env)
                if head and core.arguments is None and item.label is None and item.count is None:
                    error = headless(error, core.path)
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
            raise fault("E0502", "a shape note speaks of one value", note.span, f"this is {kind_of(value)}")
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
                    (d.labels[0].text, *filter(None, [trail(value, whole=True)])),
                    f"correct the note to `:: {written(value.shape)}`, or the layers",
                )
            )

    def name_values(self, item: tree.Item, value: Any, env: Env) -> None:
        """`as a`, `as a, b`; the names are unknown where there are more or fewer values."""
        names = [key.name if isinstance(key, Name) else key.text(env) for key in item.names]
        values = [value] if len(names) == 1 else list(value) if isinstance(value, tuple) else []
        fits = len(values) == len(names)
        for at, (key, name) in enumerate(zip(item.names, names, strict=True)):
            self.enter(name, Entry(values[at] if fits else UNKNOWN, key.span), key.span, env)
        if not fits and value is not UNKNOWN:
            text = f"this is {kind_of(value)}"
            help = f"write a name for each of the {len(value)}, or one for all: `as xs`" if isinstance(value, tuple) else None
            help = help or f"one name is enough: `as {names[0]}`"
            raise fault("E0401", f"{len(names)} names ask for a list of {len(names)}", item.names[0].span, text, help=help)

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

    def unknown(self, name: str, env: Env) -> None:
        """Let a name that an error would have given stand for what is not known."""
        if env.frame is not None and env.bound(name) is ABSENT:
            env.frame.labels[name] = Entry(UNKNOWN)

    # ---- labels and keys -----------------------------------------------------------
    def labelled(self, item: tree.Item, env: Env, head: bool) -> Any:
        """A step with its label, if it has one."""
        core, label = item.core, item.label
        if head and self.is_source(item, env):
            value = core.value.evaluate(env) if isinstance(core, tree.Sources) else core.path.evaluate(env)  # type: ignore[union-attr]
            if label is not None:
                text = core.span.text
                help = f"name the value with `as`: `{text} as {label.span.text.rstrip(':')}`, or label the layer that follows"
                self.unknown(label.span.text.rstrip(":"), env)
                raise fault(
                    "E0203", f"a label names a layer, and `{text}` is a value", label.span, "this labels no layer", help=help
                )
            return value
        if isinstance(core, tree.Sources):
            raise fault("E0216", "a list starts a flow", core.span, help="begin a new line with it")
        if label is None:
            return self.repeated(item, env, None)
        frame, key, name = self.place(label, env)
        if frame is env.frame:
            return self.keyed(item, env, key, name, label.span, env)
        scope = env.child(frame=frame)
        scope.opened = True
        return self.keyed(item, scope, key, name, label.span, env)

    def keyed(self, item: tree.Item, env: Env, key: str, name: str | None, span: Span, outer: Env) -> Any:
        """A labelled step: its value is bound to the label, and the label can be applied again."""
        inner: list[Frame] = []
        frame = env.frame
        assert frame is not None
        if key in frame.taken and not frame.shared:
            raise taken_twice(frame, key, span, self.turns)
        try:
            value = self.repeated(item, env, key, inner)
            frame.taken[key] = span
        except (Located, Poisoned):
            if name is not None and name not in (outer.frame.labels if outer.frame else ()):
                self.enter(name, Entry(UNKNOWN, span), span, outer)
            raise
        frozen_path = env.frame.path if env.frame else ()

        def again(inputs: Any, at: Span) -> Any:
            frame = Frame(frozen_path, shared=at)
            scope = outer.child(frame=frame, flow=Flow(inputs), frozen=env.frozen)
            return self.repeated(item, scope, key, [], at)

        entry = Entry(value, span, again, inner[0] if inner else None)
        if name is not None:
            self.enter(name, entry, span, outer)
        if env.frame is not None and (name is None or env.frame is not outer.frame):
            env.frame.labels[key] = entry
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
            raise taken_twice(frame, key, span, self.turns)
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
        around = len(self.turns)
        try:
            for turn in range(times):
                self.step(item.span, TURN)
                self.turns[around:] = [Turn(env.activation, turn, times)]
                position = str(frame.position) if key is not None and isinstance(item.core, tree.Group) else None
                turns.flow.current = self.once(item.core, turns, position, None, at)  # type: ignore[union-attr]
        except Located as error:  # told outside, where the turn is over
            raise Located(*(d._replace(notes=(*d.notes, *self.turns[-1].told())) for d in error.diagnostics)) from None
        finally:
            self.expanding -= 1
            del self.turns[around:]
        if key is not None:
            self.leave(frame.path, turns.flow.current)  # type: ignore[union-attr]
        return turns.flow.current  # type: ignore[union-attr]

    def times(self, count: Expr, env: Env) -> int:
        value = count.evaluate(env)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise fault("E0403", "a repeat counts in whole numbers", count.span, f"this is {kind_of(value)}")
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
        if key is not None:
            self.leave((*frame.path, key), body.flow.current)
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


def taken_twice(frame: Frame, key: str, span: Span, turns: Sequence[Turn]) -> Located:
    """A key that is given away already, and what to do."""
    first = frame.taken[key]
    labels: tuple[Label, ...] = (Label(span, "again here"), Label(first, "first here"))
    help = "give one of them another label"
    if first == span:
        variable = next(iter(turns[-1].names), None) if turns else None
        labels = (Label(span, f"made again by the next turn of the {'loop' if variable else 'repeat'}"),)
        help = "label the repeat, `name: { … } * 3`: its turns are then the scopes name.0, name.1, …"
        help = f"make it a template, as in `{key}${variable}:`" if variable else help
    elif key.isdigit():
        help = f"the layer at position {key} has that key; choose another label, or leave it away"
    return Located(Diagnostic("E0202", f"the key {'.'.join((*frame.path, key))} is given twice", labels, (), help))


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
