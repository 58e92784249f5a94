"""Elaboration that keeps what happened: for each step of each body, what it met, what it made, what came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from . import tree
from .binding import Given
from .budget import Budget
from .diagnostics import Report
from .elaborate import Elaborator
from .expressions import Expr
from .graph import Node, Value
from .model import Declared
from .op import Op, Shape
from .scopes import Env, Frame
from .source import Span

Kind = Literal["root", "expansion", "run", "item", "turn", "arms", "loop", "branch", "node"]


@dataclass(eq=False, slots=True)
class Event:
    """One step of an elaboration, and the steps in it, in order.

    An expansion is a block or net run once, on the values `given`, with `arguments` as they were written; a run goes
    through a body or an arm; an item is one step of a flow, with a turn for each time that it is applied; a node is
    made by a layer or a merge, whose arguments are `bound`. `before` and `value` are the values that went in and came
    out; the nodes from `first` to before `last` were made on the way.
    """

    kind: Kind
    tree: Any = None
    env: Env | None = None
    events: list[Event] = field(default_factory=list)
    before: Any = None
    value: Any = None
    first: int = 0
    last: int = 0
    declared: Declared | None = None
    arguments: tuple[Given, ...] = ()
    given: Any = None
    node: Node | None = None
    bound: dict[str, tuple[Any, Span]] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> list[Event]:
        """The steps in it that are of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    @property
    def run(self) -> Event:
        """The run of an expansion, of a group, of a branch that was taken."""
        return self.of("run")[0]

    def walk(self) -> Iterator[Event]:
        """Itself and all steps in it."""
        yield self
        for event in self.events:
            yield from event.walk()


class Trail(NamedTuple):
    """How a network came about: what was asked for, `sizes` of inputs too, and all that was done for it."""

    declared: Declared
    root: Event
    sizes: dict[str, Shape] | None


class Tracer(Elaborator):
    """An elaborator with a trail; it takes several times as long and as much memory."""

    def __init__(self, report: Report, budget: Budget | None = None) -> None:
        super().__init__(report, budget)
        self.root = Event("root")
        self.open = [self.root]

    @contextmanager
    def event(self, kind: Kind, what: Any, env: Env | None) -> Iterator[Event]:
        """A step that begins here and ends where the block of code does."""
        event = Event(kind, what, env, before=env.flow.current if env is not None and env.flow is not None else None)
        event.first = len(self.graph.nodes)
        self.open[-1].events.append(event)
        self.open.append(event)
        try:
            yield event
        finally:
            self.open.pop()
            event.last = len(self.graph.nodes)

    def run(self, body: tree.Body | tree.Arm, env: Env) -> None:
        with self.event("run", body, env) as event:
            super().run(body, env)
            event.value = env.flow.current if env.flow is not None else None

    def item(self, item: tree.Item, env: Env, head: bool) -> Any:
        with self.event("item", item, env) as event:
            event.value = super().item(item, env, head)
        return event.value

    def once(self, core: Any, env: Env, key: str | None, inner: list[Frame] | None, at: Span | None) -> Any:
        with self.event("turn", core, env) as event:
            event.value = super().once(core, env, key, inner, at)
        return event.value

    def arms(self, arms: tree.Arms, env: Env) -> tuple[Any, ...]:
        with self.event("arms", arms, env) as event:
            event.value = super().arms(arms, env)
        return event.value  # type: ignore[no-any-return]

    def branch(self, statement: tree.Branch, env: Env) -> None:
        with self.event("branch", statement, env) as event:
            super().branch(statement, env)
            event.value = env.flow.current if env.flow is not None else None

    def loop(self, statement: tree.Loop, env: Env) -> None:
        with self.event("loop", statement, env) as event:
            super().loop(statement, env)
            event.value = env.flow.current if env.flow is not None else None

    def node(
        self, op: Op, inputs: tuple[Value, ...], frame: Frame, key: str, span: Span, env: Env, bound: dict[str, tuple[Any, Span]]
    ) -> Any:
        with self.event("node", None, env) as event:
            event.bound = bound
            event.value = super().node(op, inputs, frame, key, span, env, bound)
            event.node = self.graph.nodes[-1]
        return event.value

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
        with self.event("expansion", declared.tree, None) as event:
            event.declared, event.arguments, event.given = declared, tuple(given), inputs
            event.value = super().expand_body(declared, given, inputs, frame, outer, span, frozen, reason)
        return event.value


def written(arguments: Iterable[Any], span: Span) -> Expr | None:
    """The expression of the argument that stands at a place, of those of a call."""
    return next((argument.value for argument in arguments if argument.span is span), None)
