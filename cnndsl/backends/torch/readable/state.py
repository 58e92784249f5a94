"""What the writing of one class knows: its lines so far, its variables, and who holds which value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ....expressions import Expr
from ....graph import Value
from ....model import Declared
from ....op import show
from ....reserved import RESERVED
from ....source import Span
from ....trace import written
from ....tree import Apply, Block, Default, statements
from ..names import Names, identifier
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, fits, is_value, width
from .places import Place
from .scope import Scope, factor
from .suite import WORD, Suite

FACTORS = (2, 3, 4, 6, 8)


class State:
    """The lines of `__init__` and `forward` as they grow; `now` is the first node not yet written, by lane."""

    place: Place
    comments: bool = False
    loops: int = 0  # around the line at hand

    def __init__(self, scope: Scope, taken: Iterable[str]) -> None:
        self.scope = scope
        self.top = self.init = Suite()
        self.forward = Suite()
        self.locals = Names(taken)  # of __init__
        self.names = Names(taken)  # of forward
        self.variables: dict[str, Flowing] = {}  # of forward, and what each holds
        self.turning: set[str] = set()  # variables of loops, known in both
        self.moving: set[str] = set()  # those of __init__ that change from turn to turn
        self.known: set[str] = set()  # variables of __init__
        self.saved: dict[str, str] = {}  # those that forward reads, by attribute
        self.families: dict[str, str] = {}  # `skip$i` to the dict of forward that holds them

    # ---- suites ----------------------------------------------------------------
    @contextmanager
    def under(self, init: tuple[str, str], forward: tuple[str, str]) -> Iterator[None]:
        """Within suites under a header, in both methods."""
        outer = self.init, self.forward
        self.init, self.forward = self.init.open(*init), self.forward.open(*forward)
        try:
            yield
        finally:
            self.init, self.forward = outer

    def snapshot(self) -> tuple[Any, ...]:
        """What an attempt may change, to be put back."""
        copies = set(self.locals.taken), set(self.names.taken), dict(self.variables), dict(self.saved), dict(self.families)
        return (
            *copies,
            dict(self.scope.labels),
            list(self.top.lines),
            self.place.state(),
            self.init,
            list(self.init.lines),
            list(self.forward.lines),
            (self.init, self.forward, self.place, self.scope, self.loops, set(self.turning)),
        )

    def restore(self, before: tuple[Any, ...]) -> None:
        self.init, self.forward, self.place, self.scope, self.loops, self.turning = before[11]
        self.locals.taken, self.names.taken, self.variables, self.saved, self.families = before[:5]
        self.scope.labels.clear()
        self.scope.labels.update(before[5])
        self.top.lines[:] = before[6]
        self.place.put_back(before[7])
        before[8].lines[:] = before[9]
        self.forward.lines[:] = before[10]

    def in_forward(self, text: str) -> str:
        """A text of `__init__` as forward reads it: variables as attributes, which are then kept."""

        def reach(match: re.Match[str]) -> str:
            word = match[0]
            if word in self.turning or word not in self.known:
                return word
            return f"self.{self.save(word)}"

        if text.startswith('f"'):
            return re.sub(r"\{([^{}]*)\}", lambda m: "{" + re.sub(r"(?<![\w.])[A-Za-z_]\w*", reach, m[1]) + "}", text)
        return re.sub(r"(?<![\w.\"])[A-Za-z_]\w*", reach, text)

    def save(self, word: str) -> str:
        if word in RESERVED:
            raise Unreadable(f"{word} as an attribute")
        self.saved[word] = word
        return word

    # ---- what the program says ----
    declared: Declared

    def said(self, core: Any, span: Span) -> Expr | None:
        """The expression of an argument: of the call, else of a `default` in the block or its file."""
        found = written(core.arguments or (), span) if isinstance(core, Apply) else None
        if found is None and isinstance(self.declared.tree, Block):
            inside = [one for one in statements(self.declared.tree.body) if isinstance(one, Default)]
            every = (written(one.arguments, span) for one in [*inside, *self.declared.module.defaults])
            found = next((one for one in every if one is not None), None)
        return found

    # ---- channels --------------------------------------------------------------
    def channels(self, lanes: list[Lane], values: list[Any], texts: Iterable[str | None]) -> str | None:
        """The first text that gives the channels of a value in all lanes, else their number where it is one."""
        widths = [width(value) for value in values]
        if None in widths:
            return None
        for text in texts:
            if text is not None and fits(text, lanes, widths):
                return text if WORD.search(text) else str(widths[0])
        if len(set(widths)) == 1:
            return str(widths[0])
        for text in texts:
            for number in FACTORS if text is not None else ():
                found = f"{number} * {factor(str(text))}"
                if fits(found, lanes, widths):
                    return found
        return None

    # ---- values in forward -----------------------------------------------------
    def lone(self, flow: Flowing, track: Track) -> bool:
        """Whether the next node, and nothing else, reads a value; or nothing does."""
        for lane, event in track:
            value = flow.at(lane)
            if not isinstance(value, Value):
                return False
            readers = lane.readers.after(value, event.last)
            if readers not in ([], [event.last]):
                return False
        return True

    def once(self, flow: Flowing, track: Track) -> bool:
        """Whether a value is read once at most."""
        values = [(lane, event, flow.at(lane)) for lane, event in track]
        return all(isinstance(value, Value) and len(lane.readers.after(value, event.last)) <= 1 for lane, event, value in values)

    def is_dead(self, held: Flowing, track: Track, before: bool = False) -> bool:
        """Whether nothing reads a value from here on."""
        try:
            return not any(
                isinstance(one, Value) and lane.readers.after(one, event.first if before else event.last)
                for lane, event in track
                for one in [held.at(lane)]
            )
        except Unreadable:
            return True  # it was made in a branch or loop that is left

    def settle(self, flow: Flowing, track: Track, name: str = "", before: bool = False) -> Flowing:
        """Give a value a variable, its own name or the one that runs along; `before` the events, or after them."""
        if flow.ready or flow.parts is not None:
            return flow
        variable = self.free(track, identifier(name, "value") if name else "", before)
        line = self.forward.add(f"{variable} = ", flow.text)
        line.comment = self.comment(flow, track)
        flow.text, flow.ready = variable, True
        self.variables[variable] = flow
        return flow

    def comment(self, flow: Flowing, track: Track) -> str:
        """The shape, where all instances agree on it."""
        shapes = {
            show(value.shape) for lane, _ in track if lane.readers.told for value in [flow.at(lane)] if isinstance(value, Value)
        }
        return shapes.pop() if self.comments and len(shapes) == 1 else ""

    def free(self, track: Track, name: str = "", before: bool = False) -> str:
        """A variable that may be written: of this name, or the one that runs along."""
        for candidate in (name,) if name else ("x", "out"):
            held = self.variables.get(candidate)
            if (held is None and candidate not in self.names.taken) or (held is not None and self.is_dead(held, track, before)):
                self.names.taken.add(candidate)
                return candidate
        return self.names.take(name or "out")

    def same(self, flow: Flowing, lane: Lane, wanted: Any) -> None:
        """Guard: a value is what elaboration had there."""
        if not is_value(flow.at(lane), wanted):
            raise Unreadable("a value that comes another way")
