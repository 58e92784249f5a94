"""An even kernel with `padding=same`: no padding is the same on both sides, so everything moves by half a position.

What is kept is the size, not the place. A kernel of 2 or 4 needs an odd number of positions more, and the odd one goes
behind. One such layer shifts the map by half a position; several add up.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Problem
from ..lint import Subject, warning
from ..ops.conv import Conv

CODE = "L024"
TITLE = "an even kernel with padding=same"
QUIET = False
SOURCE = "Wu et al., Convolution with even-sized kernels and symmetric padding, NeurIPS 2019: the shift problem"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(8, 4, padding=same) -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(8, 5, padding=same) -> ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each convolution with more padding behind than before, because of an even kernel."""
    for span, sites in subject.sites.items():
        op = sites[0].node.op
        if not isinstance(op, Conv) or op.padding != "same":
            continue
        for site in sites:
            try:
                moving = op.windows(site.node.io.input)
            except Problem:  # an open size
                continue
            odd = [w for w in moving if w.kernel % 2 == 0 and w.before != w.after]
            if odd:
                w = odd[0]
                text = f"a kernel of {w.kernel} is padded by {w.before} before and {w.after} behind: it shifts by half a position"
                yield warning(CODE, TITLE, span, text, f"a kernel of {w.kernel - 1} or {w.kernel + 1} stays in place")
                break
