"""Conditions in a class: as such where the instances differ, else what all of them do."""

from __future__ import annotations

import re
from typing import Any

from ....trace import Event
from ....tree import Body, Branch, applied
from ..names import identifier
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, fits, width
from .loops import Loops
from .places import Attributes
from .suite import Line, Suite


class Conditions(Loops):
    """Writes what is done or not."""

    def branch(self, track: Track, statement: Branch, flow: Flowing) -> Flowing:
        ways = [way(event, statement) for _, event in track]
        values = {lane: event.value for lane, event in track}
        if len({id(taken) for taken, _ in ways}) == 1:
            taken, _ = ways[0]
            self.settle_expression(statement.condition)
            if taken is None:
                return flow
            if isinstance(taken, Branch):
                return self.branch([(lane, run) for (lane, _), (_, run) in zip(track, ways, strict=True) if run], taken, flow)
            result = self.walk(
                [(lane.within(run.env), run) for (lane, _), (_, run) in zip(track, ways, strict=True) if run and run.env], flow
            )
            return Flowing(
                result.text,
                values,
                lambda: self.channels(list(values), list(values.values()), [result.channels]),
                ready=result.ready,
                module=result.module,
            )
        text = self.scope.python(statement.condition)
        holds = [taken is statement.then for taken, _ in ways]
        if not fits(text, [lane for lane, _ in track], holds):
            raise Unreadable(f"the condition {text}")
        then = [
            (lane.within(run.env), run)
            for (lane, _), (taken, run) in zip(track, ways, strict=True)
            if taken is statement.then and run and run.env
        ]
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
            whole = Line(
                line.before, f"{line.expression} if {text} else nn.Identity()", choice=(line.expression, text, "nn.Identity()")
            )
            self.init.lines += [*made[1].lines[:-1], whole]
            return Flowing(f"{reach}({flow.text})", values, lambda: self.merged(values, [made[0], flow]))
        if not self.place.inner and not flow.ready:
            self.restore(before)
            flow = self.settle(flow, track, before=True)
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


def way(event: Event, statement: Branch) -> tuple[Body | Branch | None, Event | None]:
    """What an `if` did: the body that was run, or the `if` after `else`, and its event."""
    for inner in event.events:
        if inner.kind in ("run", "branch"):
            return inner.tree, inner
    return None, None
