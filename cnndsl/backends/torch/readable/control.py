"""Repeats in a class: a comprehension in a sequence, else turn by turn."""

from __future__ import annotations

from typing import Any

from ....expressions import Constant
from ....trace import Event
from .conditions import Conditions
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, fits, width
from .places import Items
from .suite import WORD

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
            self.settle_expression(item.count)
            for place in range(max(counts)):
                inner = [(lane, found[place]) for lane, found in turns]
                flow = self.core(inner, item.core, flow, None)
            return flow
        if not isinstance(self.place, Items):
            raise Unreadable("a repeat without a label")
        count = self.scope.python(item.count)
        if not fits(f"int({count})", list(values), [len(found) for _, found in turns]):
            raise Unreadable(f"the count {count}")
        if not WORD.search(count):
            count = str(len(turns[0][1]))
        return self.listed(self.place, turns, item, flow, count, values)

    def listed(
        self, place: Items, turns: list[tuple[Lane, list[Event]]], item: Any, flow: Flowing, count: str, values: dict[Lane, Any]
    ) -> Flowing:
        """A repeat in a sequence: a comprehension, the first turn before it where that gets other channels."""
        every = self.turns(turns, 0)
        origin, first = self.snapshot(), flow
        if not self.fit(flow, every):
            if 0 in {len(found) for _, found in turns}:
                return self.looped(every, item, flow, count, values)
            flow = self.core([(lane, found[0]) for lane, found in turns], item.core, flow, None)
            every = self.turns(turns, 1)
        made = self.comprehended(place, every, item, flow, count if flow is first else f"1, {count}")
        if made is None:
            self.restore(origin)
            return self.looped(self.turns(turns, 0), item, first, count, values)
        return Flowing("", values, lambda: self.merged(values, [made, flow]))

    def turns(self, turns: list[tuple[Lane, list[Event]]], start: int) -> Track:
        return [(lane.inner(lane.env), turn) for lane, found in turns for turn in found[start:]]

    def fit(self, flow: Flowing, every: Track) -> bool:
        """Whether the channels are told by one text in all turns."""
        widths = [width(turn.before) for _, turn in every]
        return flow.channels is not None and fits(flow.channels, [lane for lane, _ in every], widths)

    def comprehended(self, place: Items, every: Track, item: Any, flow: Flowing, count: str) -> Flowing | None:
        """Turns that are all alike, in one expression; None where they are not, or take lines of their own."""
        if not self.fit(flow, every):
            return None
        before, lines = len(place.parts), len(self.init.lines)
        head = Flowing("", {lane: turn.before for lane, turn in every}, lambda: flow.channels)
        result = self.core(every, item.core, head, None)
        made = place.parts[before:]
        if len(made) != 1 or len(self.init.lines) != lines:
            return None
        place.parts[before:] = [f"*({made[0]} for _ in range({count}))"]
        return result

    def looped(self, every: Track, item: Any, flow: Flowing, count: str, values: dict[Lane, Any]) -> Flowing:
        """A repeat of several layers in a sequence: a loop that adds them to the list."""
        self.place.open()
        flow = self.carried(flow, every, every)
        self.loops += 1
        with self.under(("for _ in ", f"range({count})"), ("for _ in ", "()")):
            result = self.core(every, item.core, self.headed(flow, every), None)
            self.place.close()
            result = self.carry(result, flow, every)
        self.loops -= 1
        return self.after(result, flow, values)
