"""A stride above the kernel, so that between what is read there are positions that no layer ever reads.

A 1×1 kernel with a stride of 2 looks at one position of four: three quarters of what was computed, or of the image, is
thrown away unseen. Where another layer reads the same value whole, as beside the shortcut of most residual blocks, nothing
is lost, and nothing said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from ..diagnostics import Diagnostic, Label
from ..graph import Value
from ..lint import Reader, Subject, name
from ..op import Applied, show, spatial
from ..relation import Axis

CODE = "L013"
TITLE = "positions that are never read"
QUIET = False
SOURCE = "He et al., Bag of Tricks for Image Classification, CVPR 2019, section 4.1: ResNet-B and ResNet-D"
MANY = 6  # readers of one value that are compared
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(16, 1, stride=2) -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(16, 2, stride=2) -> ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each first layer that reads with gaps, of a value that nothing reads without."""
    for network in subject.networks:
        for value, read in subject.skipped(network):
            if len(read) <= MANY and all(has_gaps(one.node.io, one.slot) for one in read):
                found = told(subject, value, read)
                if found is not None:
                    yield found


def has_gaps(io: Applied, slot: int) -> bool:
    """Whether a layer leaves positions out between those that it reads."""
    axes = io.relations[slot].axes
    fits = len(axes) == len(spatial(io.inputs[slot])) == len(spatial(io.output))
    return fits and any(axis is not None and steps_over(axis) for axis in axes)


def steps_over(axis: Axis) -> bool:
    return axis.jump > 1 and len({read % axis.jump for reads in axis.reads for read in reads}) < axis.jump


def told(subject: Subject, value: Value, read: list[Reader]) -> Diagnostic | None:
    places = [(one, span) for one in read if (span := subject.place(one.node)) is not None]
    extent = [n for n in spatial(value.shape) if isinstance(n, int)]
    if not places or len(extent) < len(spatial(value.shape)):
        return None
    seen, hull = count(read, extent)
    if seen == hull:
        return None
    whole = prod(extent)
    what = name(value.node)
    share = f"{100 * (whole - seen) / whole:.3g}%"
    first, span = places[0]
    text = f"of the {whole:,} positions of {what} ({show(value.shape)}), {seen:,} are read; {share} are not, by any layer"
    labels = [Label(span, text)]
    labels += [Label(there, f"{name(one.node)} reads the same ones") for one, there in places[1:] if there != span]
    stride = max(axis.jump for axis in first.node.io.relations[first.slot].axes if axis is not None)
    help = f"a kernel of at least {stride} reads all; so does a stride of 1 here, and the stride at a layer with such a kernel"
    return Diagnostic(CODE, TITLE, tuple(labels), (), help, severity="warning")


def count(read: list[Reader], extent: Sequence[int]) -> tuple[int, int]:
    """How many positions are read, by inclusion and exclusion over the readers, and how many lie between the outermost."""
    sights = [[positions(one, place, n) for place, n in enumerate(extent)] for one in read]
    hull = prod(span(masks) for masks in zip(*sights, strict=True))
    seen = 0
    for size in range(1, len(sights) + 1):
        for some in combinations(sights, size):
            shared = prod(common(masks).bit_count() for masks in zip(*some, strict=True))
            seen += shared if size % 2 else -shared
    return seen, hull


def span(masks: tuple[int, ...]) -> int:
    every = 0
    for mask in masks:
        every |= mask
    return every.bit_length() - ((every & -every).bit_length() - 1) if every else 0


def common(masks: tuple[int, ...]) -> int:
    shared = masks[0]
    for mask in masks[1:]:
        shared &= mask
    return shared


def positions(one: Reader, place: int, n: int) -> int:
    """The positions of an axis that a layer reads, a bit for each."""
    io = one.node.io
    axis = io.relations[one.slot].axes[place]
    if axis is None:
        return (1 << n) - 1
    mask, units = 0, spatial(io.output)[place]
    assert isinstance(units, int)
    for unit in range(units):
        turn, phase = divmod(unit, axis.period)
        for read in axis.reads[phase]:
            at = turn * axis.jump + read
            mask |= (1 << at) if 0 <= at < n else 0
    return mask
