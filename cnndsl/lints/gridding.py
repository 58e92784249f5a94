"""Dilated convolutions whose taps leave holes: between what a unit sees there are positions that it never does.

With dilations of 2, 2 and 2 all taps are an even number of steps away, so that a unit and its neighbour see two halves of
the map that have nothing in common. A dilation may be at most as large as what the layers before it see without holes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from ..diagnostics import Diagnostic, Label
from ..graph import Node
from ..lint import Subject, name
from ..network import Network
from ..op import rank
from ..ops.conv import Conv
from ..relation import Axis

CODE = "L014"
TITLE = "dilations that leave holes"
QUIET = False
SOURCE = "Wang et al., Understanding Convolution for Semantic Segmentation, WACV 2018, section 3.2: gridding"
MOST = 100_000  # positions between the outermost that a unit sees: more are not looked at
SHOWN = 4  # layers that are pointed at
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(8, 3, padding=2, dilation=2) -> ReLU
  Conv(8, 3, padding=2, dilation=2) -> ReLU
  Conv(8, 3, padding=2, dilation=2) -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(8, 3, padding=1) -> ReLU
  Conv(8, 3, padding=2, dilation=2) -> ReLU
  Conv(8, 3, padding=5, dilation=5) -> ReLU
}
"""


class Taps(NamedTuple):
    """Offsets on an axis that are read, a bit for each from `low` on."""

    mask: int
    low: int

    def moved(self, reads: Sequence[int]) -> Taps:
        """Those of a layer's input, from those of its output."""
        first, mask = min(reads), 0
        for read in reads:
            mask |= self.mask << (read - first)
        return Taps(mask, self.low + first)

    def joined(self, other: Taps) -> Taps:
        low = min(self.low, other.low)
        return Taps(self.mask << (self.low - low) | other.mask << (other.low - low), low)

    @property
    def span(self) -> int:
        return self.mask.bit_length()

    @property
    def seen(self) -> int:
        return self.mask.bit_count()


ONE = Taps(1, 0)


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each stretch of layers of stride 1 whose dilated convolutions leave holes, at the last of these."""
    for network in subject.networks:
        if any(is_dilated(node) for node in network.ir.nodes):
            for end, start in ends(network, subject):
                yield from stretch(end, start, subject)


def is_dilated(node: Node) -> bool:
    if not isinstance(node.op, Conv) or node.op.dilation == 1:
        return False
    return any(w.dilation > 1 and w.kernel > 1 for w in node.op.windows(node.io.input))


def ends(network: Network, subject: Subject) -> Iterator[tuple[Node, list[Taps]]]:
    """Where a stretch ends, and what of it is read at once there: by an output, or by a layer that moves on by more."""
    for value in dict.fromkeys(value.node for value in network.ir.outputs.values()):
        yield value, [ONE] * rank(value.io.output)
    for node in network.ir.nodes:
        for reader in subject.readers(network)[node.index]:
            axes = reader.node.io.op.relation(reader.node.io, reader.slot).axes
            if steady(reader.node, reader.slot) is None and len(axes) == rank(node.io.output):
                yield node, [ONE.moved(axis.reads[0]) if axis is not None and is_small(axis) else ONE for axis in axes]


def is_small(axis: Axis) -> bool:
    reads = axis.reads[0]
    return bool(reads) and reads[-1] - reads[0] <= MOST


def steady(node: Node, slot: int) -> tuple[Axis, ...] | None:
    """The axes of a layer that moves on by one, and reads something, on each; None for all others."""
    if len(node.io.inputs[slot]) != len(node.io.output):
        return None
    found = []
    for axis in node.io.op.relation(node.io, slot).axes:
        if axis is None or axis.jump != 1 or axis.period != 1 or not axis.reads[0]:
            return None
        found.append(axis)
    return tuple(found)


def stretch(end: Node, start: list[Taps], subject: Subject) -> Iterator[Diagnostic]:
    """Back from an end, to where the layers of stride 1 begin; the taps there are what a unit sees."""
    carried: dict[int, tuple[Node, list[Taps]]] = {end.index: (end, start)}
    dilated: list[Node] = []
    while carried:
        index = max(carried)
        node, taps = carried.pop(index)
        if is_dilated(node):
            dilated.append(node)
        arms = [steady(node, slot) for slot in range(len(node.inputs))]
        for slot, axes in enumerate(arms):
            if axes is None:
                continue
            source = node.inputs[slot].node
            if any(tap.span + axis.reads[0][-1] - axis.reads[0][0] > MOST for tap, axis in zip(taps, axes, strict=True)):
                return
            moved = [tap.moved(tuple(axis.reads[0])) for tap, axis in zip(taps, axes, strict=True)]
            known = carried.get(source.index)
            both = [a.joined(b) for a, b in zip(known[1], moved, strict=True)] if known else moved
            carried[source.index] = (source, both)
        if not any(arms) and dilated and any(tap.seen < tap.span for tap in taps):
            yield from told(node, taps, dilated, subject)


def told(start: Node, taps: list[Taps], dilated: list[Node], subject: Subject) -> Iterator[Diagnostic]:
    """The report of a stretch, at its last dilated convolution that the file writes."""
    places = [(span, node) for node in reversed(dilated) if (span := subject.place(node)) is not None]
    if not places:
        return
    span = places[-1][0]
    what = name(start)
    sizes = "×".join(str(tap.span) for tap in taps)
    seen = prod(tap.seen for tap in taps)
    text = (
        f"of the {sizes} positions of {what} that a unit spans it sees {seen}, {100 * seen / prod(tap.span for tap in taps):.3g}%"
    )
    others = [Label(there, f"dilation {shown(node)}") for there, node in dict(reversed(places[:-1])).items() if there != span]
    help = (
        schedule([node for _, node in places]) or "a dilation is at most as large as what the layers before it see without holes"
    )
    yield Diagnostic(CODE, TITLE, (Label(span, text), *others[:SHOWN]), (), help, severity="warning")


def leads(a: Node, b: Node) -> bool:
    """Whether a layer reads another, through whatever stands between."""
    met: set[int] = set()
    ahead = [b]
    while ahead:
        at = ahead.pop()
        if at is a:
            return True
        news = [value.node for value in at.inputs if value.node.index >= a.index and value.node.index not in met]
        met.update(node.index for node in news)
        ahead += news
    return False


def shown(node: Node) -> str:
    return str(getattr(node.op, "dilation", 1))


def schedule(dilated: list[Node]) -> str | None:
    """Dilations that leave no holes, none larger than it was: each at most what is seen so far."""
    moving = [node.op.windows(node.io.input)[-1] for node in dilated if isinstance(node.op, Conv)]
    if not all(leads(a, b) for a, b in pairwise(dilated)):
        return None
    covered, found = 1, []
    for window in sorted(moving, key=lambda w: w.dilation):
        found.append(min(window.dilation, covered))
        covered += (window.kernel - 1) * found[-1]
    was = ", ".join(str(w.dilation) for w in moving)
    return f"dilations of {', '.join(map(str, found))} in place of {was} leave none" if len(found) > 1 else None
