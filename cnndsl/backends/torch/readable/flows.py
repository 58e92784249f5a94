"""The steps of flows in a class: what they start from, what they apply, the names that they give."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ....expressions import Call, Expr, Name, Template
from ....trace import Event
from ....tree import Apply, Arm, ArmFor, Arms, Bind, Branch, Flow, Group, Item, Loop, Output
from ..literals import literal
from ..names import identifier
from .expressions import Unreadable
from .groups import Groups
from .lanes import Flowing, Track, agreed, equal, fits
from .loops import simple
from .places import Key
from .suite import Line


class Flows(Groups):
    """Goes through a body, all instances at once."""

    def walk(self, track: Track, flow: Flowing) -> Flowing:
        body = track[0][1].tree
        events = [iter(event.of("item", "loop", "branch")) for _, event in track]
        lanes = [lane for lane, _ in track]
        current, last = flow, body.statements[-1] if body.statements else None
        outer = self.scope.here

        def step() -> Track:
            return [(lane, next(found)) for lane, found in zip(lanes, events, strict=True)]

        for statement in body.statements:
            match statement:
                case Flow():
                    for place, item in enumerate(statement.items):
                        here = step()
                        self.scope.here = partial(same, current)
                        current = self.item(here, item, current, place == 0)
                    if statement is not last and not self.place.inner:
                        current = self.settle(current, here, "" if self.lone(current, here) else current.hint)
                case Loop():
                    current = self.loop(step(), statement, current)
                case Branch():
                    current = self.branch(step(), statement, current)
                case Bind():
                    self.bind(track, statement)
                case Output():
                    self.scope.here = partial(same, current)
                    self.output(statement)
        self.scope.here = outer
        for lane, event in track:
            self.same(current, lane, event.value)
        return current

    def bind(self, track: Track, statement: Bind) -> None:
        """A name for a number: a variable, that is left out where nothing reads it."""
        text = self.scope.attempt(statement.value)
        values = [event.env.names.get(statement.name) if event.env else None for _, event in track]
        if text is None or not fits(text, [lane for lane, _ in track], values):
            return  # whoever reads it finds no text
        name = self.locals.take(statement.name, f"{statement.name}_")
        self.scope.texts[statement.name] = name
        for (lane, _), value in zip(track, values, strict=True):
            lane.variables[name] = value
        self.known.add(name)
        if self.turning:
            self.moving.add(name)
        self.init.add(f"{name} = ", text, name)

    outputs: dict[str, Flowing]

    def output(self, statement: Output) -> None:
        """Values that leave, by name."""
        for key, path in statement.items:
            if self.loops or isinstance(key, Template) or isinstance(path, Template):
                raise Unreadable("outputs by template")
            text = path.span.text.rsplit(".", 1)[-1]
            name = key.name if key is not None else {"_": "out", "in": "in_"}.get(text, text)
            self.outputs[name] = self.value(path)

    # ---- items -------------------------------------------------------------------
    def item(self, track: Track, item: Item, flow: Flowing, head: bool) -> Flowing:
        self.at = track
        if item.count is None and not any(event.of("turn") for _, event in track):
            result = self.source(item.core)
        elif item.count is None:
            result = self.core([(lane, event.of("turn")[0]) for lane, event in track], item.core, flow, item)
        elif item.label is None:
            result = self.repeat(track, item, flow)
        else:
            result = self.container(track, item, flow)
        for lane, event in track:
            self.same(result, lane, event.value)
        return self.named(track, item, result)

    def named(self, track: Track, item: Item, flow: Flowing) -> Flowing:
        """Give a value its names; one that is read again gets a variable."""
        label = item.label.key if item.label is not None else None
        if self.place.inner:
            if item.names:
                raise Unreadable("a name in a sequence")
            return flow
        if flow.members and isinstance(label, Name):
            self.scope.labels |= {f"{label.name}.{name}": member for name, member in flow.members.items()}
        if flow.parts is not None:
            if len(item.names) > 1 and len(item.names) == len(flow.parts):
                for key, part in zip(item.names, flow.parts, strict=True):
                    self.scope.labels[self.plain(key)] = part
            elif item.names:
                self.scope.labels[self.plain(item.names[0])] = flow
            return flow
        keys = [key for key in (*item.names, label) if key is not None]
        flow.hint = next((key.name for key in keys if isinstance(key, Name)), flow.hint)
        if not self.once(flow, track):
            flow = self.settle(flow, track, flow.hint)
        for key in keys:
            if isinstance(key, Name):
                self.scope.labels[key.name] = flow
            else:
                self.family(track, key, flow)
        return flow

    def plain(self, key: Name | Template) -> str:
        if isinstance(key, Template):
            raise Unreadable("a list taken apart by templates")
        return key.name

    # ---- what is applied -------------------------------------------------------------
    def core(self, track: Track, core: Any, flow: Flowing, item: Item | None) -> Flowing:
        """One application, in all instances; each event is that of its turn."""
        self.at = track
        if isinstance(core, Group):
            return self.group(track, core, flow, item)
        assert isinstance(core, Apply)
        if track[0][1].of("turn"):
            return self.again(track, core, flow)
        inputs = self.inputs(track, core, flow)
        kind = agreed((event.events[-1].kind if event.events else "none" for _, event in track), "what is applied")
        made = [(lane, event.events[-1]) for lane, event in track]
        frozen = self.freezes(track, item)
        if kind == "expansion":
            return self.block(made, core, inputs, self.key(item, [e.run.env.frame.path[-1] for _, e in made], track), frozen)  # type: ignore[union-attr]
        if kind == "node":
            nodes = [event.node for _, event in made if event.node]
            if nodes[0].op.merge:
                return self.merge(made, core, inputs)
            return self.layer(made, core, inputs, self.key(item, [node.path[-1] for node in nodes], track), frozen)
        if kind == "arms" and core.path.span.text == "list":
            return Flowing("", {lane: event.value for lane, event in track}, parts=inputs)
        raise Unreadable(core.span.text)

    def merge(self, made: Track, core: Any, inputs: list[Flowing]) -> Flowing:
        if self.place.inner:
            raise Unreadable("a merge in a sequence")
        return self.layer(made, core, inputs, Key(None), False)

    def again(self, track: Track, core: Apply, flow: Flowing) -> Flowing:
        """A layer that is applied again."""
        held = self.scope.labels.get(core.path.name) if isinstance(core.path, Name) else None
        if held is None or not held.module or core.arms is not None:
            raise Unreadable("a layer applied again")
        return Flowing(f"{held.module}({flow.text})", {lane: event.value for lane, event in track}, module=held.module)

    def inputs(self, track: Track, core: Apply, flow: Flowing) -> list[Flowing]:
        """The values that arrive: those of the arms, of the arguments of a merge, or what flows."""
        if core.arms is not None:
            flow = flow if self.place.inner else self.settle(flow, track, before=True)
            return list(flat(self.arms([(lane, event.of("arms")[0]) for lane, event in track], flow)))
        last = track[0][1].events[-1]
        if core.arguments and last.kind == "node" and last.node is not None and last.node.op.merge:
            made = [(lane, iter(event.of("node"))) for lane, event in track]
            return [one for argument in core.arguments for one in flat([self.operand(argument.value, made)])]
        return list(flat([flow]))

    def operand(self, expr: Expr, made: list[tuple[Any, Iterator[Event]]]) -> Flowing:
        """An argument of a merge; merges may nest, and the inner ones were made first."""
        if not isinstance(expr, Call):
            return self.value(expr)
        inputs = [one for argument in expr.arguments for one in flat([self.operand(argument.value, made)])]
        track = [(lane, next(nodes)) for lane, nodes in made]
        if any(event.node is None or not event.node.op.merge for _, event in track):
            raise Unreadable(expr.span.text)
        return self.layer(track, expr, inputs, Key(None), False)

    def arms(self, track: Track, flow: Flowing) -> list[Flowing]:
        """The values of all arms; one that is not yet written stays an expression, unless lines follow it."""
        found: list[tuple[Flowing, Any, int, Track]] = []
        made = [list(arms_of(event)) for _, event in track]
        trees = agreed(([id(run.tree) for run in runs] for runs in made), "which arms there are")
        self.settle_arms(track[0][1].tree)
        for place in range(len(trees)):
            here = [(lane, runs[place]) for (lane, _), runs in zip(track, made, strict=True)]
            scope, self.scope = self.scope, self.scope.inner()
            self.turn_of_arms([(event, run) for (_, event), (_, run) in zip(track, here, strict=True)])
            result = self.walk([(lane.within(event.env), event) for lane, event in here if event.env], flow)
            self.scope = scope
            found.append((result.seen({lane: event.value for lane, event in here}), self.forward, len(self.forward.lines), here))
        end = len(self.forward.lines)
        kept = [flow.ready or flow.parts is not None or lines == end for flow, _, lines, _ in found]
        names = [
            "" if keep else self.names.take(identifier(one[0].hint, "branch")) for keep, one in zip(kept, found, strict=True)
        ]
        for name, (flow, suite, lines, _) in reversed(list(zip(names, found, strict=True))):
            if name:  # lines were written after it
                suite.lines.insert(lines, Line(f"{name} = ", flow.text))
                flow.text, flow.ready = name, True
        return [flow for flow, *_ in found]

    def settle_arms(self, arms: Arms) -> None:
        for arm in arms.items:
            if not isinstance(arm, Arm):
                self.settle_expression(arm.source if isinstance(arm, ArmFor) else arm.condition)
                self.settle_arms(arm.arms)

    def turn_of_arms(self, pairs: list[tuple[Event, Event]]) -> None:
        """The variables of `for` around an arm, as numbers."""
        bound = [turning(arms, run) for arms, run in pairs]
        for name, value in bound[0].items():
            if simple(value) and all(equal(other.get(name), value) for other in bound):
                self.scope.texts[name] = literal(value)


def arms_of(event: Event) -> Iterator[Event]:
    """The arms that were made, those under `if` and `for` too."""
    for inner in event.events:
        if inner.kind == "run":
            yield inner
        elif inner.kind == "arms":
            yield from arms_of(inner)


def turning(arms: Event, run: Event) -> dict[str, Any]:
    """What is bound between a merge and one of its arms."""
    found: dict[str, Any] = {}
    env = run.env
    while env is not None and env is not arms.env:
        found = {**env.names, **found}
        env = env.parent
    return found


def flat(flows: list[Flowing]) -> Iterator[Flowing]:
    for flow in flows:
        if flow.parts is None:
            yield flow
        else:
            yield from flat(flow.parts)


def same(flow: Flowing) -> Flowing:
    return flow
