"""Two networks to pairs of nodes: which layer of the one is which of the other, also where it was renamed, changed or moved.

Sequences in program order are matched by ever weaker likeness, each time within the gaps that the stronger one left:
the same key and call; the same call in blocks of the same name; the same call; the same key or label and op; the same
op; the same kind. What is left over is added or removed, or moved where one of each is alike.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ..graph import Graph, Instance, Node
from ..notation import notation

Likeness = Callable[[Node], Hashable]

LARGE = 4_000_000  # comparisons; above this, what occurs very often is no reason for a match


class Pair(NamedTuple):
    """A node and its counterpart; None where it has none. `moved`: it stands in another place of the order."""

    old: Node | None
    new: Node | None
    moved: bool = False


def aligned(old: Graph, new: Graph) -> list[Pair]:
    """All layers and merges in the new order, what is gone where it stood."""
    calls = Calls()
    matched = list(matches(old.layers, new.layers, calls.likenesses))
    far = moves(old.layers, new.layers, matched, calls)
    return list(merged(old.layers, new.layers, matched, far))


class Calls:
    """What makes nodes alike, the strongest first; each call is put into words once."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.likenesses: list[Likeness] = [self.same, self.same_place, self.text, self.same_key, self.same_label, title, sort]

    def text(self, node: Node) -> str:
        known = self.texts.get(id(node.io.op))
        if known is None:
            known = self.texts[id(node.io.op)] = notation(node.io.op)
        return known

    def same(self, node: Node) -> Hashable:
        return (node.path, node.call, self.text(node), node.frozen) if own(node) else node

    def same_place(self, node: Node) -> Hashable:
        return (tuple(blocks(node.instance)), node.path[-1] if own(node) else "", self.text(node), node.frozen)

    def same_key(self, node: Node) -> Hashable:
        return (node.path, node.op.title())

    def same_label(self, node: Node) -> Hashable:
        return (node.path[-1], node.op.title()) if own(node) else node


def title(node: Node) -> Hashable:
    return node.op.title()


def sort(node: Node) -> Hashable:
    """The kind: an activation may become another one, pooling another pooling."""
    return node if node.op.kind == "other" else (node.op.kind, node.op.merge)


def own(node: Node) -> bool:
    """Whether a node has a label; others are named by their place, which says little."""
    return not node.path[-1].isdigit() and not node.op.merge


def blocks(instance: Instance | None) -> Iterator[str]:
    """The names of the blocks around a node, from the inside."""
    while instance is not None:
        if instance.name:
            yield instance.name
        instance = instance.parent


def matches(old: Sequence[Node], new: Sequence[Node], likenesses: Sequence[Likeness]) -> Iterator[tuple[Node, Node]]:
    """Pairs in order, by the first likeness, and in the gaps by the next ones."""
    if not old or not new or not likenesses:
        return
    likeness, *weaker = likenesses
    before, after = list(map(likeness, old)), list(map(likeness, new))
    head = shared(before, after)
    tail = shared(before[head:][::-1], after[head:][::-1])
    yield from zip(old[:head], new[:head], strict=True)
    i, j = head, head
    middle = before[head : len(old) - tail], after[head : len(new) - tail]
    for start, other, length in SequenceMatcher(None, *middle, autojunk=len(old) * len(new) > LARGE).get_matching_blocks():
        start, other = start + head, other + head
        yield from matches(old[i:start], new[j:other], weaker)
        yield from zip(old[start : start + length], new[other : other + length], strict=True)
        i, j = start + length, other + length
    yield from zip(old[i:], new[j:], strict=True)


def shared(before: Sequence[Hashable], after: Sequence[Hashable]) -> int:
    """How many are the same at the start."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))


def moves(
    old: Sequence[Node], new: Sequence[Node], matched: Sequence[tuple[Node, Node]], calls: Calls
) -> list[tuple[Node, Node]]:
    """Of what is left, labelled layers of the same label and call; in another scope only where they give the same shape."""
    met = {id(node) for pair in matched for node in pair}
    left: dict[Hashable, list[Node]] = {}
    for node in old:
        if id(node) not in met and own(node):
            left.setdefault((node.path[-1], calls.text(node)), []).append(node)
    found = []
    for node in new:
        candidates = left.get((node.path[-1], calls.text(node)), []) if id(node) not in met and own(node) else []
        twin = next((one for one in candidates if one.path[:-1] == node.path[:-1] or one.io.output == node.io.output), None)
        if twin is not None:
            candidates.remove(twin)
            found.append((twin, node))
    return found


def merged(
    old: Sequence[Node], new: Sequence[Node], matched: Sequence[tuple[Node, Node]], far: Sequence[tuple[Node, Node]]
) -> Iterator[Pair]:
    """All pairs in the new order."""
    before = {id(node): twin for twin, node in matched}
    moved = {id(node): twin for twin, node in far}
    kept = {id(twin) for twin, _ in (*matched, *far)}
    at = 0
    for node in new:
        twin = before.get(id(node))
        if twin is not None:
            while old[at] is not twin:
                if id(old[at]) not in kept:
                    yield Pair(old[at], None)
                at += 1
            at += 1
        yield Pair(twin or moved.get(id(node)), node, id(node) in moved)
    yield from (Pair(node, None) for node in old[at:] if id(node) not in kept)
