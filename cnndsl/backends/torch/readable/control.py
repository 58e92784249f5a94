"""Loops, conditions and repeats in a class: as such where the instances differ in them, else written out."""

from __future__ import annotations

import re
from typing import Any

from ....expressions import Comprehension, Constant, Expr
from ....trace import Event
from ....tree import Body, Branch, Loop, applied
from ..literals import literal
from ..names import identifier
from .blocks import Blocks
from .expressions import Unreadable, iterated
from .lanes import Flowing, Lane, Track, fits, width
from .places import Attributes, Items
from .suite import Line, Suite

UNROLLED = 3  # turns of a loop over numbers that are written out rather than looped over, in forward


class Control(Blocks):
    """Writes what is done or not, and what is done again."""

    def walk(self, track: Track, flow: Flowing) -> Flowing:
        raise NotImplementedError

    def core(self, track: Track, core: Any, flow: Flowing, item: Any) -> Flowing:
        raise NotImplementedError

    # ---- loops -------------------------------------------------------------------
    def loop(self, track: Track, statement: Loop, flow: Flowing) -> Flowing:
        runs = [(lane, event.of("run")) for lane, event in track]
        values = {lane: event.value for lane, event in track}
        if not any(turns for _, turns in runs):
            return flow
        text = self.source_text(statement.source, runs, statement)
        if text is None:
            return self.unrolled(runs, statement, flow)
        names = {target: self.locals.take(target, f"{target}_") for target in statement.targets}
        tracks = [
            [(lane.inner(run.env, **{names[t]: run.env.names[t] for t in statement.targets}), run) for run in turns if run.env]
            for lane, turns in runs
        ]
        inner = [pair for turns in tracks for pair in turns]
        header = f"for {', '.join(names.values())} in ", text
        scope, self.scope = self.scope, self.scope.inner()
        self.scope.texts |= names
        self.turning |= set(names.values())
        self.moving |= set(names.values())
        flow = self.carried(flow, track, inner)
        forward = f"for {', '.join(names.values())} in ", self.in_forward(text)
        self.place.open()
        self.loops += 1
        with self.under(header, forward):
            result = self.walk(inner, self.headed(flow, inner))
            self.place.close()
            result = self.carry(result, flow, inner)
        self.loops -= 1
        self.scope = scope
        self.turning -= set(names.values())
        for target in names.values():
            self.locals.give_back(target)
        return self.after(result, flow, values)

    def source_text(self, source: Expr, runs: list[tuple[Lane, list[Event]]], statement: Loop) -> str | None:
        """The text of what a loop goes over; None where that cannot be written, or the loop is better written out."""
        try:
            text = self.scope.python(source) if isinstance(source, Comprehension) else iterated(source, self.scope)
        except Unreadable:
            return None
        turns = [tuple(self.turn(statement, run) for run in events) for _, events in runs]
        return text if fits(f"tuple({text})", [lane for lane, _ in runs], turns) else None

    def turn(self, statement: Loop, run: Event) -> Any:
        assert run.env is not None
        values = tuple(run.env.names[target] for target in statement.targets)
        return values if len(values) > 1 else values[0]

    def unrolled(self, runs: list[tuple[Lane, list[Event]]], statement: Loop, flow: Flowing) -> Flowing:
        """A loop of the same turns in all instances, turn by turn."""
        count = len(runs[0][1])
        if any(len(turns) != count for _, turns in runs) or count > 16:
            raise Unreadable("a loop that differs between instances")
        for place in range(count):
            scope, self.scope = self.scope, self.scope.inner()
            inner = [(lane.within(turns[place].env), turns[place]) for lane, turns in runs if turns[place].env]  # type: ignore[arg-type]
            for target in statement.targets:
                found = [run.env.names[target] for _, run in inner if run.env]
                if all(type(v) is type(found[0]) and v == found[0] for v in found) and simple(found[0]):
                    self.scope.texts[target] = literal(found[0])
            flow = self.moved(self.walk(inner, flow), runs, inner)
            self.scope = scope
        return flow

    def moved(self, flow: Flowing, runs: list[tuple[Lane, list[Event]]], inner: Track) -> Flowing:
        """A value of the lanes of one turn as one of the lanes around it."""
        values = {lane: flow.at(sub) for (lane, _), (sub, _) in zip(runs, inner, strict=True)}
        return Flowing(flow.text, values, lambda: self.outward(flow, values), flow.parts, flow.ready, flow.module)

    def outward(self, flow: Flowing, values: dict[Lane, Any]) -> str | None:
        return self.channels(list(values), list(values.values()), [flow.channels])

    # ---- what runs along through the turns -----------------------------------------
    def carried(self, flow: Flowing, track: Track, inner: Track) -> Flowing:
        """The value before a loop, in a variable that its turns may write over; its channels too, where they change."""
        if not self.place.inner:
            flow = self.settle(flow, track)
            if flow.text in self.entries and flow.text != "x":
                flow = self.copied(flow, track)
            elif any(lane.readers.after(value, event.first + 1) for lane, event in track for value in [flow.at(lane)] if value) and (
                not self.is_dead_beyond(flow, track)
            ):
                flow = self.copied(flow, track)
        widths = [width(event.before) for _, event in inner]
        if None in widths or (flow.channels is not None and fits(flow.channels, [lane for lane, _ in inner], widths)):
            return flow
        name = flow.channels if flow.channels in self.known_widths else self.new_width()
        if name != flow.channels:
            if flow.channels is None:
                raise Unreadable("the channels before a loop")
            self.init.add(f"{name} = ", flow.channels, name)
        for (lane, _), number in zip(inner, widths, strict=True):
            lane.variables[name] = number
        return Flowing(flow.text, flow.values, name, ready=flow.ready)

    known_widths: set[str]
    entries: list[str]
    loops = 0  # around the line at hand

    def copied(self, flow: Flowing, track: Track) -> Flowing:
        """The same value in a variable that may be written over."""
        copy = self.free(track)
        self.forward.add(f"{copy} = ", flow.text)
        found = Flowing(copy, flow.values, lambda: flow.channels, ready=True)
        self.variables[copy] = found
        return found

    def new_width(self) -> str:
        name = "channels" if "channels" in self.known_widths and not self.loops else self.locals.take("channels")
        self.known_widths.add(name)
        self.moving.add(name)
        return name

    def is_dead_beyond(self, flow: Flowing, track: Track) -> bool:
        """Whether only the loop's first node reads a value."""
        return all(set(lane.readers.after(flow.at(lane), event.first)) <= {event.first} for lane, event in track)

    def headed(self, flow: Flowing, inner: Track) -> Flowing:
        """The value at the head of each turn."""
        return Flowing(flow.text, {lane: event.before for lane, event in inner}, flow.width, ready=flow.ready)

    def carry(self, result: Flowing, flow: Flowing, inner: Track) -> Flowing:
        """At the end of a turn: the value, and its channels, in the variables that the next turn reads."""
        for lane, event in inner:
            self.same(result, lane, event.value)
        if flow.channels in self.known_widths and result.channels != flow.channels:
            if result.channels is None:
                raise Unreadable("the channels after a turn")
            self.init.add(f"{flow.channels} = ", result.channels, str(flow.channels))
        if not self.place.inner and result.text != flow.text:
            self.forward.add(f"{flow.text} = ", result.text)
        return result

    def after(self, result: Flowing, flow: Flowing, values: dict[Lane, Any]) -> Flowing:
        name = flow.channels
        if name in self.known_widths:
            for lane, value in values.items():
                lane.variables[str(name)] = width(value)
        found = Flowing(flow.text, values, lambda: self.channels(list(values), list(values.values()), [name, result.channels]), ready=flow.ready)
        if flow.text and flow.ready:
            self.variables[flow.text] = found
        return found

    # ---- conditions ----------------------------------------------------------------
    def branch(self, track: Track, statement: Branch, flow: Flowing) -> Flowing:
        ways = [way(event, statement) for _, event in track]
        values = {lane: event.value for lane, event in track}
        if len({id(taken) for taken, _ in ways}) == 1:
            taken, _ = ways[0]
            if taken is None:
                return flow
            if isinstance(taken, Branch):
                return self.branch([(lane, run) for (lane, _), (_, run) in zip(track, ways, strict=True) if run], taken, flow)
            result = self.walk([(lane.within(run.env), run) for (lane, _), (_, run) in zip(track, ways, strict=True) if run and run.env], flow)
            return Flowing(result.text, values, lambda: self.channels(list(values), list(values.values()), [result.channels]), ready=result.ready, module=result.module)
        text = self.scope.python(statement.condition)
        holds = [taken is statement.then for taken, _ in ways]
        if not fits(text, [lane for lane, _ in track], holds):
            raise Unreadable(f"the condition {text}")
        then = [(lane.within(run.env), run) for (lane, _), (taken, run) in zip(track, ways, strict=True) if taken is statement.then and run and run.env]
        rest = [pair for pair, held in zip(track, holds, strict=True) if not held]
        return self.either(track, statement, text, then, rest, flow, values)

    def either(
        self, track: Track, statement: Branch, text: str, then: Track, rest: Track, flow: Flowing, values: dict[Lane, Any]
    ) -> Flowing:
        other = statement.otherwise
        self.place.open()
        before = self.snapshot()
        made = self.aside(then, flow)
        if other is None and (module := self.single(made, flow)) and isinstance(self.place, Attributes):
            reach, line = module
            whole = Line(line.before, f"{line.expression} if {text} else nn.Identity()", choice=(line.expression, text, "nn.Identity()"))
            self.init.lines += [*made[1].lines[:-1], whole]
            result = Flowing(f"{reach}({flow.text})", values, lambda: self.merged(values, [made[0], flow]))
            return result
        if not self.place.inner and not flow.ready:
            self.restore(before)
            flow = self.settle(flow, track)
            made = self.aside(then, flow)
        flag = self.flag(text, statement) if not self.place.inner and (made[2].lines or made[0].text != flow.text) else text
        results = [self.arm(f"if {text}", f"if {flag}", made, flow)]
        if other is not None:
            results.append(self.otherwise(rest, other, flow))
        width = self.joined_width(values, [*results, flow], flow, before)
        found = Flowing(flow.text, values, width or (lambda: self.merged(values, [*results, flow])), ready=flow.ready)
        if flow.text and flow.ready:
            self.variables[flow.text] = found
        return found

    def joined_width(self, values: dict[Lane, Any], flows: list[Flowing], flow: Flowing, lines: Any) -> str | None:
        """A variable for the channels, where no text gives them after both ways; set in each suite that changes them."""
        if not self.place.inner or self.merged(values, flows) is not None or None in {width(v) for v in values.values()}:
            return None
        suites = [line for line in self.init.lines[-(len(flows) - 1) :] if isinstance(line, Suite)]
        if flow.channels is None or len(suites) != len(flows) - 1 or any(one.channels is None for one in flows):
            return None
        name = flow.channels if flow.channels in self.known_widths else self.new_width()
        if name != flow.channels:
            self.init.lines.insert(len(self.init.lines) - len(suites), Line(f"{name} = ", flow.channels, name))
        for suite, one in zip(suites, flows, strict=False):
            suite.add(f"{name} = ", str(one.channels), name)
        for lane, value in values.items():
            lane.variables[name] = width(value)
        return name

    def merged(self, values: dict[Lane, Any], flows: list[Flowing]) -> str | None:
        return self.channels(list(values), list(values.values()), [flow.channels for flow in flows])

    def aside(self, track: Track, flow: Flowing) -> tuple[Flowing, Suite, Suite]:
        """A body written into suites of its own."""
        outer = self.init, self.forward
        self.init, self.forward = Suite(), Suite()
        try:
            result = self.walk(track, flow)
            self.place.close()
            return result, self.init, self.forward
        finally:
            self.init, self.forward = outer

    def single(self, made: tuple[Flowing, Suite, Suite], flow: Flowing) -> tuple[str, Any] | None:
        """Where a body makes one module and applies it: what reaches it, and the line that makes it."""
        result, init, forward = made
        if forward.lines or not init.lines or isinstance(init.lines[-1], Suite):
            return None
        line = init.lines[-1]
        reach = line.before.removesuffix(" = ")
        alone = all(not isinstance(one, Suite) and one.defines for one in init.lines[:-1])
        return (reach, line) if alone and reach.startswith("self.") and result.text == f"{reach}({flow.text})" else None

    def arm(self, header: str, forward: str, made: tuple[Flowing, Suite, Suite], flow: Flowing) -> Flowing:
        result, init, lines = made
        if result.text != flow.text and not self.place.inner:
            lines.add(f"{flow.text} = ", result.text)
        self.init.open(header).lines += init.lines
        self.forward.open(forward).lines += lines.lines
        return result

    def otherwise(self, track: Track, other: Body | Branch, flow: Flowing) -> Flowing:
        """What stands under `else`."""
        found = [(lane, inner) for lane, event in track for inner in event.of("run", "branch")]
        if len(found) != len(track):
            raise Unreadable("an `if` of three ways")
        with self.under(("else", ""), ("else", "")):
            if isinstance(other, Branch):
                result = self.branch(found, other, flow)
            else:
                result = self.walk([(lane.within(run.env), run) for lane, run in found if run.env], flow)
            self.place.close()
            if result.text != flow.text and not self.place.inner:
                self.forward.add(f"{flow.text} = ", result.text)
        return result

    def flag(self, text: str, statement: Branch) -> str:
        """A condition as forward reads it: an attribute."""
        if re.fullmatch(r"\w+", text) or re.fullmatch(r"not \w+", text):
            return self.in_forward(text)
        words = set(re.findall(r"[A-Za-z_]\w*", text))
        if words & self.turning and not words & (self.moving - self.turning):
            return self.in_forward(text)
        if words & self.moving:
            raise Unreadable(f"the condition {text} in forward")
        name = self.locals.take(self.flag_name(statement))
        self.top.add(f"self.{name} = ", text)
        return f"self.{name}"

    def flag_name(self, statement: Branch) -> str:
        """`residual` for what is added, else what is used."""
        words = [one.path.span.text for one in applied(statement.then)]
        return "residual" if words[:1] == ["add"] else f"use_{identifier(words[0], 'it').lower()}" if words else "use_it"

    # ---- repeats -------------------------------------------------------------------
    def repeat(self, track: Track, item: Any, flow: Flowing) -> Flowing:
        turns = [(lane, event.of("turn")) for lane, event in track]
        values = {lane: event.value for lane, event in track}
        counts = {len(found) for _, found in turns}
        if counts == {0}:
            return flow
        if len(counts) == 1 and (isinstance(item.count, Constant) and max(counts) <= UNROLLED or not isinstance(self.place, Items)):
            for place in range(max(counts)):
                inner = [(lane, found[place]) for lane, found in turns]
                flow = self.core(inner, item.core, flow, None)
            return flow
        if not isinstance(self.place, Items):
            raise Unreadable("a repeat without a label")
        count = self.scope.python(item.count)
        if not fits(f"int({count})", list(values), [len(found) for _, found in turns]):
            raise Unreadable(f"the count {count}")
        return self.listed(self.place, turns, item, flow, count, values)

    def listed(
        self, place: Items, turns: list[tuple[Lane, list[Event]]], item: Any, flow: Flowing, count: str, values: dict[Lane, Any]
    ) -> Flowing:
        """A repeat in a sequence: a comprehension, the first turn before it where that gets other channels."""
        every = [(lane.inner(lane.env), turn) for lane, found in turns for turn in found]
        first = "0"
        if flow.channels is None or not fits(flow.channels, [lane for lane, _ in every], [width(turn.before) for _, turn in every]):
            if 0 in {len(found) for _, found in turns}:
                raise Unreadable("a repeat of none or more, of other channels")
            start = [(lane, found[0]) for lane, found in turns]
            flow = self.core(start, item.core, flow, None)
            every = [(lane.inner(lane.env), turn) for lane, found in turns for turn in found[1:]]
            first = "1"
        before, lines = len(place.parts), len(self.init.lines)
        head = Flowing("", {lane: turn.before for lane, turn in every}, lambda: flow.channels)
        result = self.core(every, item.core, head, None)
        made = place.parts[before:]
        if len(made) != 1 or len(self.init.lines) != lines or head.channels is None:
            raise Unreadable("a repeat of several layers")
        span = f"range({count})" if first == "0" else f"range(1, {count})"
        place.parts[before:] = [f"*({made[0]} for _ in {span})"]
        return Flowing("", values, lambda: self.merged(values, [result, flow]))


def way(event: Event, statement: Branch) -> tuple[Body | Branch | None, Event | None]:
    """What an `if` did: the body that was run, or the `if` after `else`, and its event."""
    for inner in event.events:
        if inner.kind in ("run", "branch"):
            return inner.tree, inner
    return None, None


def simple(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) or (isinstance(value, tuple) and all(map(simple, value)))

