"""What a program's names stand for while it is expanded: scopes, labels, layers as values, and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from . import foreign, ops, tree
from .arguments import WORDS, shown
from .diagnostics import Diagnostic, Fix, Label, Located, did_you_mean, fault
from .expressions import Call, Scope, kind_of
from .functions import FUNCTIONS
from .graph import Instance, Path, Value
from .model import Declared, Module
from .op import Op, channels, show, spatial
from .source import Span
from .spelling import slip

TOTALS = ("params", "macs", "trainable")  # what assertions may speak of
SPATIAL = {1: "l", 2: "hw", 3: "dhw"}


class Poisoned(Exception):
    """Something depends on what an error that is already told left unknown."""


class Unknown:
    """The value of what an error left unknown."""

    described = "unknown after an error"


UNKNOWN = Unknown()
SEVERAL = object()  # the current value of a block of several inputs, before its first line
ABSENT = object()


@dataclass(eq=False, slots=True)
class Record:
    """The named outputs of a net used as a layer."""

    values: dict[str, Any]
    described: str = "a net's several outputs"


@dataclass(eq=False, slots=True)
class Default:
    """One argument that `default` gives; `used` tells the lint whether it ever served."""

    value: Any
    span: Span
    used: bool = False


Defaults = Mapping[object, Mapping[str, Default]]  # by op class or declaration, then by argument


@dataclass(eq=False, slots=True)
class Layer:
    """A layer as a value: what it applies, and the arguments it has so far by position and by name."""

    target: type[Op] | Declared
    arguments: tuple[tuple[str | None, Any, Span], ...]
    defaults: Defaults

    @property
    def described(self) -> str:
        given = ", ".join(f"{name}={written(value)}" if name else written(value) for name, value, _ in self.arguments)
        return f"the layer {name_of(self.target)}" + (f"({given})" if given else "")


@dataclass(eq=False, slots=True)
class Frame:
    """A scope of keys: a net, a labelled block or group, a repeat. Labels are seen from its bodies and, by
    members, from outside; `taken` holds the places of the keys in use, `merges` counts them by word.
    `shared`: where the scope is applied again, with the weights of the first time.
    """

    path: Path
    shared: Span | None = None
    labels: dict[str, Entry] = field(default_factory=dict)
    taken: dict[str, Span] = field(default_factory=dict)
    merges: dict[str, int] = field(default_factory=dict)
    opened: dict[str, Frame] = field(default_factory=dict)
    position: int = 0


@dataclass(eq=False, slots=True)
class Entry:
    """What a label or an `as` name stands for: a value; the layer, to be applied again; the scope within."""

    value: Any
    span: Span | None = None
    again: Callable[[Any, Span], Any] | None = None
    frame: Frame | None = None

    @property
    def described(self) -> str:
        return "a label"


@dataclass(eq=False, slots=True)
class Flow:
    """The value that runs down a body; `started` once a layer was made in it."""

    current: Any
    started: bool = False


class Maker(Protocol):
    """What a scope asks of the elaborator."""

    def declared(self, declared: Declared) -> Any: ...
    def call(self, node: Call, env: Env) -> Any: ...
    def conditional(self, env: Env, name: str) -> tuple[Span, str] | None: ...
    def later(self, env: Env, name: str, span: Span) -> Span | None: ...
    def step(self, span: Span, weight: int = 1) -> None: ...


@dataclass(eq=False, slots=True)
class Activation:
    """One expansion of a block or net. `given` are the values that flow in, None for the network itself, whose inputs
    are made where they are declared; `contract` says why its contract is not checked, "" where it is, `silent` that
    this goes without saying; `resized` how its inputs differ from their declaration; `sizing` the parameters that no
    input has had the size of an axis from.
    """

    name: str
    body: tree.Body
    is_net: bool
    instance: Instance | None
    given: tuple[Any, ...] | None
    entry: Any
    contract: str = ""
    silent: bool = False
    resized: str = ""
    declared: int = 0
    taken: int = 0
    sizing: set[str] = field(default_factory=set)
    outputs: dict[str, Any] = field(default_factory=dict)
    first_node: int = 0
    last_node: int = -1  # known when it is finished
    depth: int = 0

    def resize(self, text: str) -> None:
        """Note that an input differs from its declaration: the contract does not speak of it."""
        self.resized = self.resized or text
        if not self.contract or self.silent:
            self.contract, self.silent = self.resized, False


class Env(Scope):
    """A lexical scope: its bindings, and what it shares with the scopes around it."""

    __slots__ = ("activation", "defaults", "flow", "frame", "frozen", "maker", "module", "names", "opened", "parent")

    def __init__(
        self,
        parent: Env | None,
        *,
        module: Module,
        maker: Maker,
        names: dict[str, Any] | None = None,
        frame: Frame | None = None,
        flow: Flow | None = None,
        activation: Activation | None = None,
        defaults: Defaults | None = None,
        frozen: bool | None = None,
    ) -> None:
        self.parent = parent
        self.module = module
        self.opened = False  # by a dot in a label: keys are made in it, names are not read in it
        self.maker = maker
        self.names = {} if names is None else names
        self.frame: Frame | None = frame if frame is not None or parent is None else parent.frame
        self.flow: Flow | None = flow if flow is not None or parent is None else parent.flow
        self.activation: Activation | None = activation if activation is not None or parent is None else parent.activation
        self.defaults: Defaults = defaults if defaults is not None else (parent.defaults if parent else {})
        self.frozen: bool = frozen if frozen is not None else (parent.frozen if parent else False)

    def child(self, **more: Any) -> Env:
        """A scope inside this one."""
        return Env(self, module=self.module, maker=self.maker, **more)

    def inner(self, names: dict[str, Any]) -> Env:
        return self.child(names=names)

    def step(self, span: Span, weight: int = 1) -> None:
        self.maker.step(span, weight)

    # ---- names ---------------------------------------------------------------
    def bound(self, name: str) -> Any:
        """What the program binds a name to, or ABSENT; labels are seen from all bodies of their scope."""
        env: Env | None = self
        while env is not None:
            if name in env.names:
                return env.names[name]
            outermost = env.parent is None or env.parent.frame is not env.frame
            if env.frame is not None and outermost and not env.opened and name in env.frame.labels:
                return env.frame.labels[name]
            env = env.parent
        return ABSENT

    def find(self, name: str, span: Span) -> Any:
        found = self.bound(name)
        if found is not ABSENT:
            return found
        if name in self.module.names:
            return self.maker.declared(self.module.names[name])
        if name in self.module.lost:
            raise Poisoned
        found = FUNCTIONS.get(name) or ops.find(name)
        if found is not None:
            return found
        if name not in WORDS:
            ops.names()  # a word is known once the family that takes it is loaded
        if name in WORDS:
            return name
        raise self.unknown(name, span)

    def labelled(self, name: str, span: Span) -> Any:
        """What a label stands for, and nothing else of that name."""
        found = self.bound(name)
        if isinstance(found, Entry):
            return found
        known = [label for label in (self.frame.labels if self.frame else ()) if not label.isdigit()]
        if self.module.is_unread(name):
            raise Poisoned
        close = did_you_mean(name, known)
        help = f"did you mean `{close}`?" if close else f"labels are {', '.join(known)}" if known else "no label stands before it"
        fix = respelt(span, name, close, slip(name, known))
        raise fault("E0201", f"there is no label {name}", span, "not found", help=help, fix=fix)

    def unknown(self, name: str, span: Span) -> Located:
        elsewhere = self.maker.conditional(self, name)
        if elsewhere is not None:
            where, condition = elsewhere
            labels = (Label(span, "it is read here"), Label(where, f"bound only when `{condition}`"))
            advice = "read it under the same condition, or give the label in both branches"
            return Located(Diagnostic("E0208", f"{name} is not bound here", labels, (), advice))
        if name in foreign.shipped():
            advice = f"it ships: `from {foreign.LIBRARY} import {name}` at the top of the file"
            return fault("E0201", f"there is no {name}", span, "not found", help=advice)
        known = self.visible()
        later = self.maker.later(self, name, span)
        if later is not None:
            labels = (Label(span, "it is read here"), Label(later, "it is given only here"))
            advice = "a name is known from the line that gives it on: move that line up"
            return Located(Diagnostic("E0201", f"{name} is not known yet", labels, (), advice))
        if self.module.is_unread(name):
            raise Poisoned
        inside = self.within(name)
        shared = [*ops.names(), *FUNCTIONS, *TOTALS, *sorted(WORDS)]
        other = foreign.layer(name) or foreign.TEXTS.get(name)
        sure = slip(name, [*known, *(word for word in shared if word not in WORDS or name[:1].islower())])
        sure = sure if other in (None, sure) and not foreign.advice(name) else None
        close = inside or sure or did_you_mean(name, known, 0.8) or other
        help = None if close else foreign.advice(name)
        if help:
            return fault("E0201", f"there is no {name}", span, "not found", help=help)
        close = close or did_you_mean(name, known) or foreign.nearest(name, shared)
        if close:
            said = "it is inside another scope" if inside else "not found"
            fix = respelt(span, name, close, sure)
            return fault("E0201", f"there is no {name}", span, said, help=f"did you mean `{close}`?", fix=fix)
        shorter = next((n for n in sorted(known, key=len, reverse=True) if name.startswith(n + "_")), None)
        if shorter and span.source.text[span.start - 1 : span.start] == "$":
            help = f"`${name}` reads one name; write `${{{shorter}}}{name[len(shorter) :]}` to end it earlier"
        else:
            help = f"in scope: {', '.join(known[:12])}" if known else None
        return fault("E0201", f"there is no {name}", span, "not found", help=help)

    def within(self, name: str) -> str | None:
        """The dotted path of a label that stands in a group or block of this scope."""
        scopes = self.frame.labels.items() if self.frame else ()
        return next((f"{label}.{name}" for label, entry in scopes if entry.frame and name in entry.frame.labels), None)

    def visible(self) -> list[str]:
        """All names that the program binds and this scope sees."""
        found: list[str] = []
        env: Env | None = self
        while env is not None:
            found += env.names
            if env.frame is not None:
                found += [label for label in env.frame.labels if not label.isdigit()]
            env = env.parent
        return [*dict.fromkeys([*found, *(name for name, d in self.module.names.items() if not d.is_net)])]

    def value(self, found: Any) -> Any:
        result = found.value if isinstance(found, Entry) else found
        if result is UNKNOWN:
            raise Poisoned
        return result

    def entry(self, span: Span) -> Any:
        return self.present(self.activation.entry if self.activation else ABSENT, "in", span)

    def here(self, span: Span) -> Any:
        return self.present(self.flow.current if self.flow else ABSENT, "_", span)

    def present(self, value: Any, word: str, span: Span) -> Any:
        if value is UNKNOWN:
            raise Poisoned
        if value is SEVERAL:
            help = "begin with one of the inputs by its name"
            raise fault("E0209", f"`{word}` is not clear in a block of several inputs", span, help=help)
        if value is ABSENT or value is None:
            raise self.nothing(word, span)
        return value

    def nothing(self, word: str, span: Span) -> Located:
        at = self.activation
        if at is not None and at.given is None and at.declared == 0:
            help = "declare it first, as in `input image: 3x224x224`"
            if any(isinstance(statement, tree.Input) for statement in at.body.statements):
                raise Poisoned  # that stands too late, and is told there
            return fault("E0209", f"the net {at.name} has no input yet", span, "nothing flows here", help=help)
        return fault("E0209", f"there is no `{word}` here", span, "nothing flows here")

    # ---- members -------------------------------------------------------------
    def member(self, found: Any, name: str, span: Span) -> Any:
        if isinstance(found, Entry):
            inside = self.inside(found, name)
            if inside is not ABSENT:
                return inside
            if found.frame is not None and not isinstance(found.value, Value) and found.value is not UNKNOWN:
                known = [*(found.value.values if isinstance(found.value, Record) else ()), *found.frame.labels]
                raise self.no_member(name, span, known)
        value = self.value(found)
        if isinstance(value, Record):
            if name in value.values:
                return value.values[name]
            raise self.no_member(name, span, value.values)
        if isinstance(value, Value):
            return self.size(value, name, span, found)
        if hasattr(value, "language_member"):
            return value.language_member(name, span)
        owner = span.text.rpartition(".")[0]
        help = f"it is the number itself: write `{owner}`" if type(value) in (int, float) else None
        if isinstance(value, tuple):
            help = (
                f"a list has places, `{owner}[0]`, and a length, `len({owner})`; it does not change, `{owner} + [64]` is another"
            )
        raise fault("E0207", f"`{owner}` has no `.{name}`", span, f"this is {kind_of(value)}", help=help)

    def inside(self, entry: Entry, name: str) -> Any:
        """An output of a net, or a label within a scope."""
        if isinstance(entry.value, Record) and name in entry.value.values:
            return entry.value.values[name]
        if entry.frame is not None and name in entry.frame.labels:
            return entry.frame.labels[name]
        return ABSENT

    def no_member(self, name: str, span: Span, known: Any, what: str = "") -> Located:
        if self.module.is_unread(name):
            raise Poisoned
        owner = span.text.rpartition(".")[0]
        title = f"`{owner}` has no `.{name}`"
        elsewhere = foreign.MEMBERS.get(name)
        if name == "size" and "c" in known:
            axes = ", ".join(f"`.{axis}`" for axis in known if axis in (*"dhwl",))
            help = "`.c` is the number of channels" + (f"; the sizes are {axes}" if axes else "")
            return fault("E0201", title, span, what, help=help)
        close = elsewhere if elsewhere in known else did_you_mean(name, known)
        help = f"did you mean `{owner}.{close}`?" if close else "there are " + (", ".join(f"`.{one}`" for one in known) or "none")
        return fault("E0201", title, span, what, help=help, fix=respelt(span, name, close, slip(name, known)))

    def size(self, value: Value, name: str, span: Span, found: Any) -> Any:
        """`x.c`, `x.h`, `x.w`, `x.d`, `x.l`, `x.shape`, `x.rank`."""
        shape = value.shape
        if name == "shape":
            return tuple(shape)
        if name == "rank":
            return len(shape) - 1
        if name == "c":
            return channels(shape)
        letters = SPATIAL.get(len(shape) - 1, "")
        if name in letters:
            return spatial(shape)[letters.index(name)]
        known = ["c", *letters, "shape", "rank"]
        if isinstance(found, Entry) and found.frame is not None:
            known += found.frame.labels
        if name in "dhwl":
            has = "no spatial axes" if len(shape) == 1 else "the axes " + ", ".join(letters)
            raise fault("E0207", f"there is no `.{name}` of {show(shape)}", span, f"it has {has}")
        raise self.no_member(name, span, known, f"`{span.text.rpartition('.')[0]}` is {value.described}")

    # ---- calls ---------------------------------------------------------------
    def call(self, node: Call) -> Any:
        return self.maker.call(node, self)


class Turn(NamedTuple):
    """A turn of a repeat, `number` of `times` from 0, or of a loop, whose variables have the values `names`."""

    activation: Activation | None
    number: int = 0
    times: int = 0
    names: Mapping[str, Any] = {}

    def told(self) -> list[str]:
        """Which turn it is, for messages."""
        if self.names:
            return ["where " + ", ".join(f"{name} = {written(value)}" for name, value in self.names.items())]
        return [f"in turn {self.number + 1} of {self.times}, the first that fails"] if self.number else []


def written(value: Any) -> str:
    """A value as a program would write it."""
    described = getattr(value, "described", None)
    return described.removeprefix("the layer ") if described else shown(value)


class Pending(NamedTuple):
    """An assertion on totals, to be judged after analysis.

    Over the nodes from `first` to before `last`; where that is None, to the end of the block that it stands in.
    """

    assertion: tree.Assertion
    env: Env
    first: int
    last: int | None


def respelt(span: Span, name: str, close: str | None, sure: str | None) -> Fix | None:
    """The name that was meant in place of one that ends a span, where it is written out; `sure` is what it can only mean."""
    if close is None or "$" in span.text or not span.text.endswith(name):
        return None
    return Fix(Span(span.source, span.end - len(name), span.end), close, close == sure)


def name_of(target: type[Op] | Declared) -> str:
    return target.name if isinstance(target, Declared) else target.word()
