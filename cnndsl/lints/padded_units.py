"""Most units of the last feature map see padding: part of what they compute with is made up.

Zeros at the border are no picture. A unit that sees them can tell where it is, and answers otherwise than in the middle. All
units of a deep classifier do, and it does well; so this is told only where it is selected. In a network that cuts large
images into tiles, or that measures, it matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ..diagnostics import Diagnostic, Problem
from ..graph import Graph, Node
from ..lint import Subject, name, warning
from ..op import channels, rank, show, spatial
from ..ops.conv import Conv
from ..ops.pool import Sliding
from ..relation import Axis
from .narrow_field import last_map

CODE = "L017"
TITLE = "most units see padding"
QUIET = True
SOURCE = "Innamorati et al., Learning on the Edge, 2019; Alsallakh et al., Mind the Pad, ICLR 2021"
MOST = 0.5
EXAMPLE = """
# cnndsl: select L017: made for tiles
net N {
  input image: 3x16x16
  Conv(8, 7, padding=3) -> ReLU -> Conv(8, 7, padding=3)
}
"""
BETTER = """
# cnndsl: select L017: made for tiles
net N {
  input image: 3x16x16
  Conv(8, 7) -> ReLU -> Conv(8, 7)
}
"""
PADDING = (Conv, Sliding)  # and Pad; others read beyond an edge where nothing is made up


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each network and input, at its last feature map."""
    for network in subject.networks:
        for source in network.ir.inputs:
            last = last_map(network, source)
            span = subject.place(last[0]) if last else None
            if last is None or span is None:
                continue
            node, units = last[0], spatial(last[0].io.output)
            padded = touched(network.ir, node)
            if padded is None:
                continue
            whole = prod(n for n in units if isinstance(n, int))
            seeing = whole - prod(axis.count(False) for axis in padded)
            if seeing > MOST * whole:
                text = (
                    f"{seeing:,} of the {whole:,} units of {name(node)} ({show(node.io.output)}) do, {100 * seeing / whole:.3g}%"
                )
                help = "leave padding out where the map may shrink, or give the network a larger input and cut the border off"
                yield warning(CODE, TITLE, span, text, help)


def touched(graph: Graph, last: Node) -> list[list[bool]] | None:
    """For each axis of a value, which of its places see padding; None where sizes are open or places are joined."""
    known: dict[int, list[list[bool]]] = {}
    for node in graph.nodes[: last.index + 1]:
        if not all(isinstance(n, int) for n in spatial(node.io.output)) or not isinstance(channels(node.io.output), int):
            return None
        found: list[list[bool]] = [[False] * n for n in spatial(node.io.output) if isinstance(n, int)]
        for slot, value in enumerate(node.inputs):
            there = known.get(value.node.index)
            if there is None or rank(value.shape) != rank(node.io.output):
                continue
            try:
                axes = node.op.relation(node.io, slot).axes
            except Problem:
                return None
            counted = isinstance(node.op, PADDING) or node.op.word() == "Pad"
            for place, axis in enumerate(axes):
                seen = through(axis, there[place], len(found[place]), counted)
                found[place] = [a or b for a, b in zip(found[place], seen, strict=True)]
        known[node.index] = found
    return known[last.index]


def through(axis: Axis | None, there: list[bool], units: int, counted: bool) -> list[bool]:
    """The places of an output that see padding, from those of its input."""
    if axis is None:
        return [any(there)] * units
    found = []
    for unit in range(units):
        turn, phase = divmod(unit, axis.period)
        reads = (turn * axis.jump + read for read in axis.reads[phase])
        found.append(any(there[at] if 0 <= at < len(there) else counted for at in reads))
    return found
