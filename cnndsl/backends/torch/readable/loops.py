"""Loops in a class: as such where that can be written, else turn by turn."""

from __future__ import annotations

from typing import Any

from ....expressions import Comprehension, Expr
from ....trace import Event
from ....tree import Loop
from ..literals import literal
from .blocks import Blocks
from .expressions import Unreadable, iterated
from .lanes import Flowing, Lane, Track, fits, width


class Loops(Blocks):
    """Writes what is done for each of many."""

    def walk(self, track: Track, flow: Flowing) -> Flowing:
        raise NotImplementedError

    # ---- loops -------------------------------------------------------------------
    def loop(self, track: Track, statement: Loop, flow: Flowing) -> Flowing:
        runs = [(lane, event.of("run")) for lane, event in track]
        if not any(turns for _, turns in runs):
            return flow
        text = self.source_text(statement.source, runs, statement)
        if text is None:
            return self.unrolled(runs, statement, flow)
        saved = self.snapshot()
        try:
            return self.looping(track, statement, flow, runs, text)
        except Unreadable:
            self.restore(saved)
            return self.unrolled(runs, statement, flow)

    def looping(self, track: Track, statement: Loop, flow: Flowing, runs: list[tuple[Lane, list[Event]]], text: str) -> Flowing:
        """A loop as one."""
        values = {lane: event.value for lane, event in track}
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
        self.settle_expression(statement.source)
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
            flow = self.settle(flow, track, before=True)
            if (flow.text in self.entries and flow.text != "x") or (
                any(lane.readers.after(value, event.first + 1) for lane, event in track for value in [flow.at(lane)] if value)
                and (not self.is_dead_beyond(flow, track))
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

    def copied(self, flow: Flowing, track: Track) -> Flowing:
        """The same value in a variable that may be written over."""
        copy = self.free(track, before=True)
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
        found = Flowing(
            flow.text,
            values,
            lambda: self.channels(list(values), list(values.values()), [name, result.channels]),
            ready=flow.ready,
        )
        if flow.text and flow.ready:
            self.variables[flow.text] = found
        return found


def simple(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) or (isinstance(value, tuple) and all(map(simple, value)))
