"""A convolution with units that read nothing but padding: a border of constants around the map.

A 1×1 kernel with a padding of 1 makes the map larger by a ring in which every value is the bias. Nothing of the input is
in there, and all layers behind it see the ring as if it were.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TypeGuard

from ..diagnostics import Diagnostic, Problem
from ..lint import Subject, name, warning
from ..op import Applied, show, spatial
from ..ops.conv import Conv
from ..relation import Axis
from ..symbols import Dim

CODE = "L016"
TITLE = "units that read nothing but padding"
QUIET = False
MANY = 100_000  # taps further apart than the input is wide: more are not looked at
SOURCE = "Alsallakh et al., Mind the Pad, ICLR 2021: what padding does to feature maps"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(16, 1, padding=1) -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(16, 1) -> ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each place in the file."""
    for span, sites in subject.sites.items():
        op = sites[0].node.op
        if not isinstance(op, Conv) or op.padding in (0, "same") or op.padding_mode != "zeros":
            continue
        for site in sites:
            outside = beyond(site.node.io) if is_wide(site.node.io, op) else 0
            whole = prod(n for n in spatial(site.node.io.output) if isinstance(n, int))
            if outside:
                text = f"{outside:,} of the {whole:,} units of {name(site.node)} ({show(site.node.io.output)}) see no input"
                help = "less padding: at most as much as the kernel reaches over, `padding=1` for a kernel of 3, none for 1"
                yield warning(CODE, TITLE, span, text, help)
                break


def is_wide(io: Applied, op: Conv) -> bool:
    """Whether a whole window fits into the padding."""
    return any(max(w.before, w.after) >= w.reach for w in op.windows(io.input))


def known(sizes: tuple[Dim, ...]) -> TypeGuard[tuple[int, ...]]:
    return all(isinstance(n, int) for n in sizes)


def beyond(io: Applied) -> int:
    """How many places of the output read nothing that is inside."""
    extent, units = spatial(io.input), spatial(io.output)
    try:
        axes = io.op.relation(io).axes
    except Problem:
        return 0
    if not known(extent):
        return 0
    sizes = [m for m in units if isinstance(m, int)]
    return prod(sizes) - prod(map(seeing, axes, extent, sizes))


def seeing(axis: Axis | None, n: int, units: int) -> int:
    """How many of the units of an axis read a position that is one of n."""
    if axis is None:
        return units
    reads = axis.reads[0]
    assert isinstance(reads, range)
    if reads.step <= n:  # no position between two taps is missed by both: what reaches over n reads of it
        return overlap(-reads[-1], n - 1 - reads[0], axis.jump, units)
    if len(reads) > MANY:
        return units
    return sum(overlap(-read, n - 1 - read, axis.jump, units) for read in reads)


def overlap(low: int, high: int, jump: int, units: int) -> int:
    """How many units start from `low` to `high`, both included, the first at 0."""
    return max(min(high // jump, units - 1) - max(-(-low // jump), 0) + 1, 0)
