"""A network whose sizes are open to the sizes for which it works: conditions that its layers set, exactly.

Every size is a sum of an open size and of floors of such sums. Over a period, which the floors settle, it grows by the same
amount wherever it starts. So whether a layer takes what arrives depends on the remainder alone, once the size is large
enough: it is asked for every remainder at a size beyond all kernels, and then from below for where that begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import lcm
from typing import NamedTuple

from .diagnostics import Diagnostic, Label, Problem
from .graph import Graph, Node
from .op import Applied, ChannelsLast, Shape, show, spatial
from .symbols import Dim, at, names, period

PERIOD = 1024  # a longer one is not looked into
LAYERS = 1000  # different ones that are asked, at most
WORK = 10_000  # the same, times the period
FAR = 2**40  # beyond all kernels, steps and offsets of a program
SHOWN = 3
MANY = 64  # remainders of which it is said who refuses them
ALONE = 4  # remainders that are named
FEW = 8  # sizes that are named


class Condition(NamedTuple):
    """The sizes that work, for one open size: those of some remainders from `start` on, and a few `below`.

    `remainders` are of a division by `period`. `by`: who refuses other remainders, and `least` who refuses less than the start.
    """

    name: str
    period: int
    remainders: tuple[int, ...]
    start: int
    below: tuple[int, ...] = ()
    by: tuple[str, ...] = ()
    least: tuple[str, ...] = ()

    def holds(self, size: int) -> bool:
        return size in self.below or (size >= self.start and size % self.period in self.remainders)


class Asked:
    """The layers of a network that an open size reaches, each met once."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.name = name
        self.first: dict[Applied, Node] = {}
        for node in graph.layers:
            if any(name in names(n) for shape in (*node.io.inputs, *node.io.outputs) for n in shape):
                self.first.setdefault(node.io, node)
        sizes = {n for io in self.first for shape in (*io.inputs, *io.outputs) for n in shape}
        self.period = lcm(*(period(n, name) for n in sizes))
        self.known: dict[int, bool] = {}

    def works(self, size: int) -> bool:
        if size not in self.known:
            self.known[size] = next(self.refusing(size), None) is None
        return self.known[size]

    def refusing(self, size: int) -> Iterator[Node]:
        """The layers that do not take what arrives at this size, as far as that is known with the other sizes open."""
        for io, node in self.first.items():
            if not takes(io, self.name, size):
                yield node


def takes(io: Applied, name: str, size: int) -> bool:
    """Whether a layer takes its inputs at this size."""
    arms = [put(shape, name, size) for shape in io.inputs]
    if any(isinstance(n, int) and n < 1 for shape in arms for n in shape):
        return False
    try:
        io.op.shape(*arms)
    except Problem:
        return False
    return True


def put(shape: Shape, name: str, size: int) -> Shape:
    sizes = tuple(at(n, name, size) for n in shape)
    return ChannelsLast(sizes) if isinstance(shape, ChannelsLast) else sizes


def conditions(graph: Graph) -> list[Condition]:
    """One for each open size of the inputs, as far as it can be said."""
    found = (condition(Asked(graph, name)) for name in open_names(graph))
    return [one for one in found if one is not None]


def open_names(graph: Graph) -> list[str]:
    """The open sizes of the inputs, in their order."""
    return list(dict.fromkeys(name for node in graph.inputs.values() for n in node.io.output for name in sorted(names(n))))


def condition(asked: Asked) -> Condition | None:
    """None where there are too many cases to be looked into."""
    whole = asked.period
    if whole > PERIOD or len(asked.first) > LAYERS or whole * len(asked.first) > WORK:
        return None
    far = FAR // whole * whole
    good = {r for r in range(whole) if asked.works(far + r)}
    refused = dict.fromkeys(called(node) for r in range(min(whole, MANY)) if r not in good for node in asked.refusing(far + r))
    if not good:
        alone = tuple(size for size in range(1, PERIOD + 1) if asked.works(size))
        return Condition(asked.name, 1, (), PERIOD + 1, alone, tuple(refused))
    start = begin(asked, good, whole)
    if start * len(asked.first) > 10 * WORK:
        return None
    short = shortest(good, whole)
    less = next((size for size in range(start - 1, 0, -1) if size % whole in good and not asked.works(size)), 0)
    least = tuple(called(node) for node in asked.refusing(less))[:1] if less else ()
    below = tuple(size for size in range(1, start) if asked.works(size))
    return Condition(asked.name, short, tuple(sorted({r % short for r in good})), start, below, tuple(refused), least)


def begin(asked: Asked, good: set[int], whole: int) -> int:
    """The least size from which on all good remainders work, and no others."""
    start = max(threshold(asked, r or whole, whole) for r in good)
    while start > 1 and asked.works(start - 1) == ((start - 1) % whole in good):
        start -= 1
    return next(size for size in range(start, start + whole) if size % whole in good)


def shortest(good: set[int], whole: int) -> int:
    """The shortest period in which the good remainders come back."""
    return next(
        p for p in range(1, whole + 1) if whole % p == 0 and all(((r + p) % whole in good) == (r in good) for r in range(whole))
    )


def called(node: Node) -> str:
    """A layer by its path; where that ends in a position, with what stands there."""
    return f"{node.key} ({node.op.title()})" if node.path[-1].isdecimal() else node.key


def threshold(asked: Asked, first: int, step: int) -> int:
    """The least size of a remainder that works: all larger ones of it do."""
    if asked.works(first):
        return first
    low, high = 0, 1
    while not asked.works(first + high * step):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if asked.works(first + middle * step) else (middle, high)
    return first + high * step


def sentences(graph: Graph) -> list[str]:
    """The conditions in words; sizes of the same one together."""
    alike: dict[Condition, list[str]] = {}
    found = conditions(graph)
    left = [name for name in open_names(graph) if name not in {one.name for one in found}]
    for one in found:
        alike.setdefault(one._replace(name=""), []).append(one.name)
    return [
        *(said(one, together) for one, together in alike.items()),
        *(f"{tie} must hold: {called(tie.node)} wants it." for tie in ties(graph)),
        *(f"Which {name} work is not worked out: there are too many cases." for name in left),
    ]


class Tie(NamedTuple):
    """Sizes with different open ones in them that must be equal, and the merge that wants it."""

    left: Dim
    right: Dim
    node: Node

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether it does where all its open sizes are given."""
        gap = self.left - self.right
        for name, size in sizes.items():
            gap = at(gap, name, size)
        return gap == 0


def ties(graph: Graph) -> list[Tie]:
    """What merges want: the conditions of a size are asked for with all others open, so that this is not seen there."""
    found: dict[str, Tie] = {}
    for node in graph.layers:
        for arm in node.io.inputs[1:] if node.op.merge and not node.io.several else ():
            part = spatial if node.op.word() == "cat" else tuple
            for a, b in zip(part(node.io.input), part(arm), strict=True):
                if len(names(a - b)) > 1:
                    tie = Tie(a, b, node)
                    found.setdefault(str(tie), tie)
    return list(found.values())


def equations(graph: Graph) -> list[Diagnostic]:
    """A note for each merge with ties."""
    found: dict[Node, list[str]] = {}
    for tie in ties(graph):
        found.setdefault(tie.node, []).append(str(tie))
    help = "the inputs can say so: the same name in both, or a formula of it, as in `[8, 2 * h, 2 * w]`"
    return [
        Diagnostic(
            "N0504",
            f"it works only where {' and '.join(wanted)}",
            (Label(node.span, f"it joins {' and '.join(map(show, dict.fromkeys(node.io.inputs)))}"),),
            (),
            help,
            severity="note",
        )
        for node, wanted in found.items()
    ]


def said(one: Condition, sizes: list[str]) -> str:
    """H and W may be multiples of 16 from 32 on: dec4.cat takes no others, and below mid.0 does not fit."""
    whose = f"{' and '.join(sizes)} may be"
    why = f"{listed(one.by)} take{'s' * (len(one.by) == 1)} no others" if one.by else ""
    if not one.remainders:
        return (
            f"{whose} {few(one.below)} only: {why}." if one.below else f"No size up to {PERIOD} works for {' and '.join(sizes)}."
        )
    least = f"below that, {one.least[0]} does not fit" if one.least else ""
    reasons = "; ".join(filter(None, [why, least]))
    more = f", or {few(one.below)}" if one.below else ""
    onward = f" from {one.start} on" if one.least else ""
    return f"{whose} {kind(one)}{onward}{more}" + (f": {reasons}." if reasons else ".")


def few(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes[:FEW])) + (
        f" and {len(sizes) - FEW} more sizes up to {sizes[-1]}" if len(sizes) > FEW else ""
    )


def kind(one: Condition) -> str:
    if one.period == 1:
        return "any size"
    if one.remainders == (0,):
        return f"multiples of {one.period}"
    if one.period == 2:
        return "odd"
    if len(one.remainders) <= ALONE:
        return " or ".join(remaining(one.period, r) for r in one.remainders)
    others = [remaining(one.period, r) for r in range(one.period) if r not in one.remainders]
    if len(others) <= ALONE:
        return f"any size but {' and '.join(others)}"
    return f"{len(one.remainders)} of every {one.period} sizes"


def remaining(period: int, remainder: int) -> str:
    return f"{period}·n" + (f" + {remainder}" if remainder else "")


def listed(keys: tuple[str, ...]) -> str:
    more = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f" and {more} more" if more > 0 else "")
