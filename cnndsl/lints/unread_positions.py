"""A stride above the kernel, so that between what is read there are positions that no layer ever reads.

A 1×1 kernel with a stride of 2 looks at one position of four: three quarters of what was computed, or of the image, is
thrown away unseen. Where another layer reads the same value whole, as beside the shortcut of most residual blocks, nothing
is lost, and nothing said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from math import gcd, prod

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
LONG, WORK = 100_000, 2_000_000  # positions of an axis, and how often they are read: more is not looked at
ONE = ord("1")
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
    if axis.jump == 1:
        return False
    if axis.period == 1 and isinstance(reads := axis.reads[0], range):
        return min(len(reads), axis.jump // gcd(axis.jump, reads.step)) < axis.jump
    return len({read % axis.jump for reads in axis.reads for read in reads}) < axis.jump


def told(subject: Subject, value: Value, read: list[Reader]) -> Diagnostic | None:
    places = [(one, span) for one in read if (span := subject.place(one.node)) is not None]
    extent = [n for n in spatial(value.shape) if isinstance(n, int)]
    if not places or len(extent) < len(spatial(value.shape)) or max(extent) > LONG:
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
    units = spatial(io.output)[place]
    assert isinstance(units, int)
    return mask(axis, n, units)


@lru_cache(64)
def mask(axis: Axis, n: int, units: int) -> int:
    """The positions below n that so many units read, a bit for each."""
    bits = bytearray(b"0") * n
    for phase, reads in enumerate(axis.reads):
        if not reads:
            continue
        first = max(-(reads[-1] // axis.jump), 0)
        turns = range(first, min((n - 1 - reads[0]) // axis.jump, (units - 1 - phase) // axis.period) + 1)
        if len(turns) * min(len(reads), n) > WORK:
            return (1 << n) - 1
        for start in range(turns.start * axis.jump, turns.stop * axis.jump, axis.jump):
            for read in reads[bisect_left(reads, -start) : bisect_left(reads, n - start)]:
                bits[start + read] = ONE
    return int(bits[::-1], 2)
