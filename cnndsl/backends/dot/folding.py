"""Tree to a tree with repeats: siblings that do the same, one after the other or side by side, stand once with a count.

Two runs of siblings do the same where ops, inner labels, blocks and wiring are equal, and shapes too. Scopes may differ in
their numbers of channels (the layers of a DenseNet do): then the picture says from what to what. A run ends where one
of its members but the last is also read from elsewhere, so that every edge that is drawn is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ...graph import Graph, Node
from ...op import Shape
from .scopes import Part, Scope, inside
from .stacking import leans

Copies = tuple[Part, ...]  # what one drawn part stands for: one, or one for each turn of the repeats around it, outer turns first
Window = list[Node]
Source = tuple[object, ...]

Marks = Mapping[int, str]  # by the number of a node, what happened to it between two versions of a network

NO_MARKS: Marks = {}
PERIOD = 12  # the longest run of siblings that is tried as what repeats
ABREAST = 4  # so many equal branches are drawn as one


@dataclass(frozen=True, slots=True)
class One:
    """A layer, merge or input, or a closed scope."""

    copies: Copies


@dataclass(frozen=True, slots=True)
class Block:
    """An open scope."""

    copies: Copies
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`items` come `count` times; `abreast`: side by side, else one after the other."""

    count: int
    abreast: bool
    items: tuple[Item, ...]


Item = One | Block | Repeat


def fold(graph: Graph, root: Scope, unfold: bool = False, marks: Marks = NO_MARKS) -> tuple[Item, ...]:
    """The children of the network; with `unfold`, every one of them for itself."""
    folding = None if unfold else Folding(graph, marks)
    return tuple(items([(child,) for child in root.children], folding))


def items(strands: Sequence[Copies], folding: Folding | None) -> Iterator[Item]:
    """Siblings, each with its copies in the turns of the repeats around them, with their own repeats found."""
    at = 0
    while at < len(strands):
        period, count, abreast = folding.longest(strands, at) if folding else (1, 1, False)
        turns = [strands[at + turn * period : at + (turn + 1) * period] for turn in range(count)]
        merged = [tuple(chain.from_iterable(zip(*same, strict=True))) for same in zip(*turns, strict=True)]
        at += period * count
        if count == 1:
            yield item(merged[0], folding)
        elif period == 1:
            yield Repeat(count, abreast, (item(merged[0], folding),))
        else:
            yield Repeat(count, abreast, tuple(items(merged, folding)))


def item(copies: Copies, folding: Folding | None) -> Item:
    first = copies[0]
    if not isinstance(first, Scope) or first.closed:
        return One(copies)
    scopes = [copy for copy in copies if isinstance(copy, Scope)]
    strands = list(zip(*(scope.children for scope in scopes), strict=True))
    return Block(copies, tuple(items(strands, folding)))


class Folding:
    """What it takes to find repeats: who reads whom, and what every part does, as a number."""

    def __init__(self, graph: Graph, marks: Marks = NO_MARKS) -> None:
        self.marks = marks
        self.readers: list[list[Node]] = [[] for _ in graph.nodes]
        for node in graph.nodes:
            for value in node.inputs:
                self.readers[value.node.index].append(node)
        self.leaving = {value.node.index for value in graph.outputs.values()}
        self.numbers: dict[tuple[object, ...], int] = {}
        self.deeds: dict[int, int] = {}

    def longest(self, strands: Sequence[Copies], at: int) -> tuple[int, int, bool]:
        """The repeat that starts here and covers most: its period, its count (1: there is none), whether side by side."""
        best = (1, 1, False)
        if at and leans(strands[at - 1][0], strands[at][0]):
            return best  # a repeat starts with a layer, not with the activation of the one before
        for period in range(1, min(PERIOD, (len(strands) - at) // 2) + 1):
            if is_power([self.deed(strand[0]) for strand in strands[at : at + period]]):
                continue
            for abreast in (False, True):
                count = 1
                while self.goes_on(strands, at, period, count, abreast):
                    count += 1
                if count >= (ABREAST if abreast else 2) and count * period > best[0] * best[1]:
                    best = (period, count, abreast)
        return best

    def goes_on(self, strands: Sequence[Copies], at: int, period: int, count: int, abreast: bool) -> bool:
        """Whether one more turn follows the `count` turns from here, in every copy."""
        turns = [strands[at + n * period : at + (n + 1) * period] for n in (0, max(count - 2, 0), count - 1, count)]
        deeds = [[self.deed(strand[0]) for strand in turn] for turn in turns]
        if deeds[0] != deeds[-1]:
            return False
        grows = all(isinstance(strand[0], Scope) for strand in turns[0])
        copies = range(len(strands[at]))
        return all(self.wired([window(turn, copy) for turn in turns], grows, abreast) for copy in copies)

    def wired(self, turns: list[Window], grows: bool, abreast: bool) -> bool:
        """Whether a turn reads the one before it as that one reads its own, nobody else reads that one, and the shapes fit.

        `turns`: the first, the last two that are known to be of the repeat (the first again where there is one), and the next.
        """
        first, previous, last, following = turns
        pattern = sources(following, last)
        chained = any(tag == "before" for tag, *_ in pattern)
        if chained is abreast or not begins(sources(first, []), pattern) or not shaped(first, following, grows):
            return False
        if abreast:
            return self.same_readers(first, following)
        return self.only_read_by(last, following) and (last == first or sources(last, previous) == pattern)

    def deed(self, part: Part) -> int:
        """A number that equal parts share: ops, inner labels and wiring, whatever the shapes and the part's own label."""
        known = self.deeds.get(id(part))
        if known is None:
            what = self.scope_deed(part) if isinstance(part, Scope) else (self.marks.get(part.index), *node_deed(part))
            known = self.deeds[id(part)] = self.numbers.setdefault(what, len(self.numbers))
        return known

    def scope_deed(self, scope: Scope) -> tuple[object, ...]:
        children = tuple((child.path[-1], self.deed(child)) for child in scope.children)
        nodes = list(inside(scope))
        place = {node.index: i for i, node in enumerate(nodes)}
        return scope.name, children, tuple((place.get(value.node.index), value.port) for node in nodes for value in node.inputs)

    def only_read_by(self, window: Window, after: Window) -> bool:
        allowed = {node.index for node in window} | {node.index for node in after}
        return all(
            node.index not in self.leaving and all(r.index in allowed for r in self.readers[node.index]) for node in window
        )

    def same_readers(self, window: Window, other: Window) -> bool:
        return self.outside_readers(window) == self.outside_readers(other) is not None

    def outside_readers(self, window: Window) -> set[int] | None:
        own = {node.index for node in window}
        if own & self.leaving:
            return None
        return {reader.index for node in window for reader in self.readers[node.index]} - own


def is_power(word: list[int]) -> bool:
    """Whether a word is a shorter one several times."""
    return any(len(word) % size == 0 and word == word[:size] * (len(word) // size) for size in range(1, len(word) // 2 + 1))


def window(turn: Sequence[Copies], copy: int) -> Window:
    return [node for strand in turn for node in inside(strand[copy])]


def node_deed(node: Node) -> tuple[object, ...]:
    if node.is_input:
        return ("input", node.index)
    return type(node.op).__name__, repr(node.op), node.frozen, node.call > 1, len(node.inputs), len(node.io.outputs)


def sources(window: Window, before: Window) -> list[Source]:
    """Where every input of a window comes from: from within, from the window before it (by place), or from elsewhere."""
    own = {node.index: i for i, node in enumerate(window)}
    last = {node.index: i for i, node in enumerate(before)}
    found: list[Source] = []
    for node in window:
        for value in node.inputs:
            index = value.node.index
            if index in own:
                found.append(("within", own[index], value.port))
            elif index in last:
                found.append(("before", last[index], value.port))
            else:
                found.append(("outside", index, value.port))
    return found


def begins(first: list[Source], pattern: list[Source]) -> bool:
    """Whether a window can be the first of a chain: it reads one value wherever the others read one of the window before."""
    entries: dict[Source, Source] = {}
    for mine, yours in zip(first, pattern, strict=True):
        if yours[0] == "before":
            if mine[0] != "outside" or entries.setdefault(yours, mine) != mine:
                return False
        elif mine != yours:
            return False
    return True


def shaped(first: Window, other: Window, grows: bool) -> bool:
    pairs = zip((s for n in first for s in shapes(n)), (s for n in other for s in shapes(n)), strict=True)
    return all(a == b or (grows and grown(a, b)) for a, b in pairs)


def shapes(node: Node) -> tuple[Shape, ...]:
    return node.io.inputs + node.io.outputs


def grown(a: Shape, b: Shape) -> bool:
    """Whether two maps differ in nothing but the number of channels."""
    return type(a) is type(b) is tuple and len(a) == len(b) > 1 and a[1:] == b[1:]
