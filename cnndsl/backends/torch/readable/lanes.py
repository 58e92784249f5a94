"""All instances of a block side by side: each has its variables, and what they do at one place is looked at together."""

from __future__ import annotations

from bisect import bisect_right
from collections import ChainMap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from sys import maxsize
from typing import Any

from ....graph import Value
from ....model import Declared
from ....op import channels
from ....scopes import Env, Layer
from ....symbols import Symbolic
from ....trace import Event
from .evaluate import Unknown, evaluate
from .expressions import Unreadable


@dataclass(eq=False, slots=True)
class Lane:
    """One instance, or one turn of a loop in it: its Python variables in `__init__`, its scope, who reads its values."""

    variables: ChainMap[str, Any]
    env: Env
    readers: Readers
    parent: Lane | None = None

    def inner(self, env: Env, **more: Any) -> Lane:
        """A turn of a loop, with variables of its own."""
        return Lane(self.variables.new_child(more), env, self.readers, self)

    def within(self, env: Env) -> Lane:
        """A body in it, whose variables are seen after it too."""
        return Lane(self.variables, env, self.readers, self)


Track = list[tuple[Lane, Event]]


@dataclass(eq=False, slots=True)
class Readers:
    """Which nodes of an instance read each value; the nodes are those from `first` to before `last`."""

    found: dict[tuple[int, int], list[int]]
    first: int
    last: int
    parts: list[tuple[int, int]]
    told: bool = True  # whether comments tell of it: not of values that are only tried

    def after(self, value: Value, place: int) -> list[int]:
        """The readers of a value from a place on, within the instance; a block in it is one reader, its first node."""
        if not isinstance(value, Value):
            raise Unreadable("a list that is read again")
        found = [i for i in self.found.get((value.node.index, value.port), ()) if place <= i < self.last]
        return sorted({self.part(i) for i in found})

    def part(self, index: int) -> int:
        at = bisect_right(self.parts, (index, maxsize)) - 1
        return self.parts[at][0] if at >= 0 and index < self.parts[at][1] else index


@dataclass(eq=False, slots=True)
class Flowing:
    """A value in `forward`: the expression that gives it, what it is in each lane, the text of its channels in `__init__`.

    `parts` are those of a list of values; `ready` says whether the text is a variable, that may be read twice. The text
    of the channels is found when it is first asked for: it may cost a line.
    """

    text: str
    values: dict[Lane, Any]
    width: str | Callable[[], str | None] | None = None
    parts: list[Flowing] | None = None
    ready: bool = False
    module: str = ""  # what was applied last, by the text that reaches it
    hint: str = ""  # the program's name for it
    members: dict[str, Flowing] = field(default_factory=dict)  # the outputs of a net

    @property
    def channels(self) -> str | None:
        if callable(self.width):
            self.width = self.width()
        return self.width

    def seen(self, values: dict[Lane, Any]) -> Flowing:
        """The same value from other lanes."""
        return Flowing(self.text, values, lambda: self.channels, self.parts, self.ready, self.module, self.hint)

    def at(self, lane: Lane) -> Any:
        """The language's value in a lane, or in the one around it."""
        here: Lane | None = lane
        while here is not None:
            if here in self.values:
                return self.values[here]
            here = here.parent
        raise Unreadable("a value from elsewhere")


def is_value(found: Any, wanted: Any) -> bool:
    """Whether two values of the language are one."""
    if isinstance(found, tuple) and isinstance(wanted, tuple):
        return len(found) == len(wanted) and all(map(is_value, found, wanted))
    if isinstance(found, Value) and isinstance(wanted, Value):
        return found.node is wanted.node and found.port == wanted.port
    return found is wanted


def width(value: Any) -> int | None:
    """The channels of a value, where it is one and has a number of them."""
    if not isinstance(value, Value):
        return None
    found = channels(value.shape)
    return None if isinstance(found, Symbolic) else found


def layer_key(value: Any) -> Any:
    """What tells layers as values apart: what they apply, and the arguments that they have so far."""
    if isinstance(value, Layer):
        return layer_key(value.target), tuple((name, layer_key(one)) for name, one, _ in value.arguments)
    if isinstance(value, Declared):
        return id(value.tree)
    return tuple(map(layer_key, value)) if isinstance(value, tuple) else (type(value).__name__, value)


def equal(found: Any, wanted: Any) -> bool:
    """Whether an expression gives what is wanted, as Python tells values apart."""
    if isinstance(wanted, Layer):
        return bool(layer_key(found) == layer_key(wanted))
    if isinstance(found, bool) or isinstance(wanted, bool) or found is None or wanted is None:
        return found is wanted
    if isinstance(found, tuple) and isinstance(wanted, tuple):
        return len(found) == len(wanted) and all(map(equal, found, wanted))
    return type(found) is type(wanted) and bool(found == wanted)


def fits(text: str, lanes: Iterable[Lane], wanted: Iterable[Any], same: Callable[[Any, Any], bool] = equal) -> bool:
    """Whether a text gives what is wanted in every lane."""
    try:
        return all(same(evaluate(text, lane.variables), value) for lane, value in zip(lanes, wanted, strict=True))
    except Unknown:
        return False


def whole(text: str, lanes: list[Lane], wanted: list[Any]) -> str | None:
    """The text as it is, or within `int()`, where it gives what is wanted in every lane."""
    if fits(text, lanes, wanted):
        return text
    near = fits(text, lanes, wanted, lambda a, b: isinstance(a, float) and type(b) is int and a == b)
    mixed = near or fits(text, lanes, wanted, lambda a, b: type(b) is int and isinstance(a, int | float) and a == b)
    if mixed:
        return f"int({text})"
    if fits(text, lanes, wanted, lambda a, b: type(a) is int and isinstance(b, float) and a == b):
        return text
    return None


def agreed(values: Iterable[Any], what: str) -> Any:
    """The one value that all lanes have; raises Unreadable."""
    first, *others = values
    if any(type(other) is not type(first) or other != first for other in others):
        raise Unreadable(f"{what} differs between instances")
    return first
