"""Repeats in a class: a comprehension in a sequence, else turn by turn."""

from __future__ import annotations

from typing import Any

from ....expressions import Constant
from ....trace import Event
from .conditions import Conditions
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, fits, width
from .places import Items

UNROLLED = 3  # turns of a repeat that are written out


class Control(Conditions):
    """Writes what is done again."""

    def core(self, track: Track, core: Any, flow: Flowing, item: Any) -> Flowing:
        raise NotImplementedError

    def repeat(self, track: Track, item: Any, flow: Flowing) -> Flowing:
        turns = [(lane, event.of("turn")) for lane, event in track]
        values = {lane: event.value for lane, event in track}
        counts = {len(found) for _, found in turns}
        if counts == {0}:
            return flow
        if len(counts) == 1 and (
            (isinstance(item.count, Constant) and max(counts) <= UNROLLED) or not isinstance(self.place, Items)
        ):
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
        if flow.channels is None or not fits(
            flow.channels, [lane for lane, _ in every], [width(turn.before) for _, turn in every]
        ):
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
