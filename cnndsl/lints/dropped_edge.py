"""Rows or columns at the far edge that no window reaches, because the stride does not divide what is there.

The number of windows is rounded down. What remains at the right and at the bottom is not read; on small maps that is a good
part of them, and always the same side. Told from a tenth of an axis on; a row of a large image is not missed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic
from ..graph import Node
from ..lint import Reader, Subject, name, warning
from ..op import counted, spatial
from ..ops.pool import Sliding
from ..relation import Axis

CODE = "L015"
TITLE = "an edge that is never read"
QUIET = False
SOURCE = (
    "the floor in the output size of torch.nn.Conv2d and MaxPool2d; Dumoulin and Visin, A guide to convolution arithmetic, 2016"
)
LEAST = 0.1  # of an axis
NAMES = {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}
EXAMPLE = """
net N {
  input map: 8x7x7
  MaxPool(2) -> Conv(8, 3)
}
"""
BETTER = """
net N {
  input map: 8x7x7
  MaxPool(2, ceil_mode=true) -> Conv(8, 3)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each first layer that leaves out an edge which nothing else reads."""
    for network in subject.networks:
        for value, read in subject.skipped(network):
            lost = [min(axis) for axis in zip(*(left(one) for one in read), strict=False)]
            span = subject.place(read[0].node) if any(lost) else None
            if span is not None and is_much(lost, spatial(value.shape)):
                yield warning(CODE, TITLE, span, text(read[0].node, lost), help_for(read[0].node))


def left(one: Reader) -> tuple[int, ...]:
    """How many positions at the end of each axis a layer leaves out by rounding; none where it reads otherwise."""
    io = one.node.io
    extent, units = spatial(io.inputs[one.slot]), spatial(io.output)
    axes = io.relations[one.slot].axes
    if len(axes) != len(units) or len(axes) != len(extent):
        return ()
    return tuple(remaining(axis, n, m) for axis, n, m in zip(axes, extent, units, strict=True))


def remaining(axis: Axis | None, n: object, m: object) -> int:
    if axis is None or axis.jump < 2 or axis.period > 1 or not isinstance(n, int) or not isinstance(m, int):
        return 0
    reads = axis.reads[0]
    if not reads or (m > 1 and not is_dense(axis)):  # it steps over positions everywhere
        return 0
    return max(0, n - 1 - ((m - 1) * axis.jump + reads[-1]))


def is_dense(axis: Axis) -> bool:
    """Whether nothing is left out between windows."""
    return len({read % axis.jump for read in axis.reads[0]}) == axis.jump


def is_much(lost: list[int], extent: tuple[object, ...]) -> bool:
    return any(isinstance(n, int) and 0 < gone >= LEAST * n for gone, n in zip(lost, extent, strict=True))


def text(node: Node, lost: list[int]) -> str:
    extent = spatial(node.io.input)
    names = NAMES[len(lost)]
    parts = [f"{gone} of {n} {name}" for gone, n, name in zip(lost, extent, names, strict=True) if gone]
    return f"the last {' and '.join(parts)} that arrive at {name(node)} are in no window"


def help_for(node: Node) -> str:
    axes = [axis for axis in node.io.relations[0].axes if axis is not None and axis.jump > 1]
    if not all(map(is_dense, axes)):
        return "a stride of at most what the kernel spans leaves nothing out between windows"
    if isinstance(node.op, Sliding) and "ceil_mode" in type(node.op).model_fields:
        return "`ceil_mode=true` adds a window for them; or let a size arrive that the stride divides"
    more = [axis.jump - gone if axis is not None and gone else 0 for axis, gone in zip(*edges(node), strict=True)]
    names = NAMES[len(more)]
    parts = " and ".join(counted(size, what.removesuffix("s")) for size, what in zip(more, names, strict=True) if size)
    return f"pad by {parts} more at the end, which adds a window for them, or let a size arrive that fits"


def edges(node: Node) -> tuple[tuple[Axis | None, ...], tuple[int, ...]]:
    """How a layer reads each axis, and what it leaves out of it."""
    return node.io.relations[0].axes, left(Reader(node, 0))
