"""The syntax tree: declarations, statements and flows, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .expressions import Argument, Expr, Name, Template
from .source import Span


@dataclass(slots=True, eq=False, repr=False)
class Tree:
    """The base: where it stands."""

    span: Span

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span!r}>"


@dataclass(slots=True, eq=False, repr=False)
class Attr(Tree):
    """`@frozen`, `@torch(name="Net")`."""

    name: str
    arguments: tuple[Argument, ...]


@dataclass(slots=True, eq=False, repr=False)
class Param(Tree):
    """`name` or `name = default`, of a block, net, function or extern."""

    name: str
    default: Expr | None


# ---- statements --------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Doc(Tree):
    """A string that stands alone."""

    text: str


@dataclass(slots=True, eq=False, repr=False)
class Hole(Tree):
    """What could not be read: the names that it would have bound are unknown, and so is the value after it.

    `outputs`: it says what leaves the net.
    """

    names: tuple[str, ...]
    outputs: bool


@dataclass(slots=True, eq=False, repr=False)
class Bind(Tree):
    """`name = value`."""

    name: str
    value: Expr


@dataclass(slots=True, eq=False, repr=False)
class Default(Tree):
    """`default Conv(bias = false)`."""

    name: Name
    arguments: tuple[Argument, ...]


@dataclass(slots=True, eq=False, repr=False)
class Assertion(Tree):
    """`assert condition, "why"`."""

    condition: Expr
    why: str


@dataclass(slots=True, eq=False, repr=False)
class Input(Tree):
    """`input x: [3, ?, ?]`; `variadic` for `input *xs: …`. The pattern is the shape's."""

    name: Name | Template
    pattern: Expr
    variadic: bool


@dataclass(slots=True, eq=False, repr=False)
class Output(Tree):
    """`output logits = fc, aux = head2`; a name is None where none is written."""

    items: tuple[tuple[Name | Template | None, Expr], ...]


@dataclass(slots=True, eq=False, repr=False)
class Body(Tree):
    """The statements between braces."""

    statements: tuple[Statement, ...]


@dataclass(slots=True, eq=False, repr=False)
class Branch(Tree):
    """`if … { … } else { … }`; what is `otherwise` may be a branch again."""

    condition: Expr
    then: Body
    otherwise: Body | Branch | None


@dataclass(slots=True, eq=False, repr=False)
class Loop(Tree):
    """`for a, b in … { … }`."""

    targets: tuple[str, ...]
    source: Expr
    body: Body


# ---- flows -------------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Arm(Tree):
    """`| …`: its flows start from the value before the merge."""

    statements: tuple[Statement, ...]


@dataclass(slots=True, eq=False, repr=False)
class ArmFor(Tree):
    """`for a in … { | … }`: arms made by a loop."""

    targets: tuple[str, ...]
    source: Expr
    arms: Arms


@dataclass(slots=True, eq=False, repr=False)
class ArmIf(Tree):
    """`if … { | … }`: arms that are there or not."""

    condition: Expr
    arms: Arms


@dataclass(slots=True, eq=False, repr=False)
class Arms(Tree):
    """All arms of a merge."""

    items: tuple[Arm | ArmFor | ArmIf, ...]


@dataclass(slots=True, eq=False, repr=False)
class Apply(Tree):
    """`Conv(64, 3)`, `ReLU`, `add { | | }`, `tower`: a layer to apply, or at a line's head a value to start from."""

    path: Expr
    arguments: tuple[Argument, ...] | None
    arms: Arms | None


@dataclass(slots=True, eq=False, repr=False)
class Group(Tree):
    """`{ … }` as a step of a flow."""

    body: Body


@dataclass(slots=True, eq=False, repr=False)
class Sources(Tree):
    """`[a, b]` at the head of a flow."""

    value: Expr


@dataclass(slots=True, eq=False, repr=False)
class LabelTree(Tree):
    """`c1:`, `enc$i:`, `"input":`, `_:`; `key` is None for the last."""

    key: Name | Template | None
    quoted: bool


@dataclass(slots=True, eq=False, repr=False)
class Item(Tree):
    """One step of a flow: attributes, label, what is applied, how often, the shape noted, the names given."""

    attributes: tuple[Attr, ...]
    label: LabelTree | None
    core: Apply | Group | Sources
    count: Expr | None
    note: Expr | None
    names: tuple[Name | Template, ...]


@dataclass(slots=True, eq=False, repr=False)
class Flow(Tree):
    """`a -> b -> c`."""

    items: tuple[Item, ...]


Statement = Hole | Doc | Bind | Default | Assertion | Input | Output | Branch | Loop | Flow


def statements(body: Body | Arm) -> Iterator[Statement]:
    """All statements of a body: in groups, arms, loops and branches too."""
    for statement in body.statements:
        yield statement
        match statement:
            case Flow():
                for item in statement.items:
                    if isinstance(item.core, Apply):
                        yield from within_arms(item.core.arms)
                    elif isinstance(item.core, Group):
                        yield from statements(item.core.body)
            case Loop():
                yield from statements(statement.body)
            case Branch():
                branch: Body | Branch | None = statement
                while isinstance(branch, Branch):
                    yield from statements(branch.then)
                    branch = branch.otherwise
                if branch is not None:
                    yield from statements(branch)


def applied(body: Body) -> Iterator[Apply]:
    """All that is applied in a body."""
    flows = (statement for statement in statements(body) if isinstance(statement, Flow))
    return (item.core for flow in flows for item in flow.items if isinstance(item.core, Apply))


def bindings(body: Body) -> Iterator[Bind]:
    """All bindings in a body."""
    return (statement for statement in statements(body) if isinstance(statement, Bind))


def within_arms(arms: Arms | None) -> Iterator[Statement]:
    for arm in arms.items if arms is not None else ():
        yield from statements(arm) if isinstance(arm, Arm) else within_arms(arm.arms)


# ---- declarations ------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Import(Tree):
    """`from "file.cnn" import a, b`; `path` is a string, or a bare word for what ships."""

    path: str
    ships: bool
    path_span: Span
    names: tuple[Name, ...]


@dataclass(slots=True, eq=False, repr=False)
class Function(Tree):
    """`fn f(a, b) = … where c = …`."""

    name: Name
    params: tuple[Param, ...]
    result: Expr
    where: tuple[Bind, ...]


@dataclass(slots=True, eq=False, repr=False)
class Block(Tree):
    """A block, or a net: the same but for what stands around it."""

    name: Name
    params: tuple[Param, ...]
    body: Body
    attributes: tuple[Attr, ...]
    is_net: bool


@dataclass(slots=True, eq=False, repr=False)
class Preset(Tree):
    """`net Small = Base(width=32) { assert … }`."""

    name: Name
    params: tuple[Param, ...]
    base: Name
    arguments: tuple[Argument, ...]
    contract: tuple[Assertion, ...]
    attributes: tuple[Attr, ...]


@dataclass(slots=True, eq=False, repr=False)
class Extern(Tree):
    """A layer that another package implements: what flows in, and what is stated about it."""

    name: Name
    params: tuple[Param, ...]
    inputs: tuple[Input, ...]
    facets: tuple[Bind, ...]


Declaration = Import | Default | Function | Bind | Block | Preset | Extern | Doc | Hole


@dataclass(slots=True, eq=False, repr=False)
class File(Tree):
    """The declarations of a file, in order; `unread` are the words that stand in its holes."""

    declarations: tuple[Declaration, ...]
    unread: frozenset[str] = frozenset()


# ---- what statements give ------------------------------------------------------


def keys_in(statements: Iterable[Statement | Declaration | None]) -> Iterator[Name]:
    """The names that statements give, where they stand: bindings, labels and `as` names that are seen after them."""
    for statement in statements:
        match statement:
            case Bind():
                start = statement.span.start
                yield Name(Span(statement.span.source, start, start + len(statement.name)), statement.name)
            case Loop():
                yield from keys_in(labels_only(statement.body))
            case Branch():
                yield from keys_in(labels_only(statement.then))
                other = statement.otherwise
                yield from keys_in(labels_only(other) if isinstance(other, Body) else (other,))
            case Flow():
                for item in statement.items:
                    yield from keys_of(item)


def labels_only(body: Body) -> Iterator[Statement]:
    """The statements of a body without its bindings, which end with it."""
    return (statement for statement in body.statements if not isinstance(statement, Bind))


def keys_of(item: Item) -> Iterator[Name]:
    label = item.label.key if item.label else None
    yield from (key for key in (label, *item.names) if isinstance(key, Name))
    if isinstance(item.core, Group) and item.label is None:
        yield from keys_in(labels_only(item.core.body))
    if isinstance(item.core, Apply) and item.core.arms is not None:
        for arm in item.core.arms.items:
            yield from keys_in(s for s in (arm.statements if isinstance(arm, Arm) else ()) if not isinstance(s, Bind))


def names_in(statements: Iterable[Statement]) -> set[str]:
    """The names that statements give and that are seen after them."""
    return {key.name for key in keys_in(statements)}
