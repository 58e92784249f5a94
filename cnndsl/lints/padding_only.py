"""A convolution with units that read nothing but padding: a border of constants around the map.

A 1×1 kernel with a padding of 1 makes the map larger by a ring in which every value is the bias. Nothing of the input is
in there, and all layers behind it see the ring as if it were.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ..diagnostics import Diagnostic, Problem
from ..lint import Subject, name, warning
from ..op import Applied, show, spatial
from ..ops.conv import Conv
from ..relation import Axis
from ..symbols import Dim

CODE = "L016"
TITLE = "units that read nothing but padding"
QUIET = False
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


def beyond(io: Applied) -> int:
    """How many places of the output read nothing that is inside."""
    extent, units = spatial(io.input), spatial(io.output)
    try:
        axes = io.op.relation(io).axes
    except Problem:
        return 0
    if not all(isinstance(n, int) for n in extent):
        return 0
    sizes = [m for m in units if isinstance(m, int)]
    seeing = prod(sum(sees(axis, unit, n) for unit in range(m)) for axis, n, m in zip(axes, extent, sizes, strict=True))
    return prod(sizes) - seeing


def sees(axis: Axis | None, unit: int, n: Dim) -> bool:
    return axis is None or (isinstance(n, int) and any(0 <= unit * axis.jump + read < n for read in axis.reads[0]))
