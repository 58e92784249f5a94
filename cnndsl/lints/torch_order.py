"""A convolution whose numbers look like PyTorch's order: in-channels, out-channels, kernel size.

The language knows the in-channels. Written all the same, they are taken for the out-channels, the out-channels for the
kernel, the kernel for the stride; where the numbers happen to fit, nothing else tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..lint import Subject
from ..op import channels
from ..ops.conv import Convolving
from ..source import Span

CODE = "L004"
TITLE = "in-channels that seem to be written"
QUIET = False
SOURCE = "torch.nn.Conv2d, whose first argument is in_channels"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(3, 16, 3)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(16, 3)
}
"""
LARGE = 12  # kernels from here on have a stride of 1, or as large as they are


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each place with as many out-channels as arrive, and a large kernel that jumps by less than its size."""
    told: set[Span] = set()
    for network in subject.networks:
        for node in network.ir.layers:
            op, span = node.io.op, node.span
            if span in told or span.source is not subject.module.source or not isinstance(op, Convolving):
                continue
            if "kernel_size" not in span.text and op.out_channels == channels(node.io.input) and seems_swapped(op):
                told.add(span)
                text = f"{op.out_channels} out-channels, a kernel of {op.kernel_size}, a stride of {op.stride}"
                meant = f"{op.word()}({op.kernel_size}, {op.stride})"
                help = f"in-channels are not written: `{meant}`; where it is meant so, write `kernel_size={op.kernel_size}`"
                yield Diagnostic(CODE, TITLE, (Label(span, text),), (), help, severity="warning")


def seems_swapped(op: Convolving) -> bool:
    kernel, stride = op.kernel_size, op.stride
    return isinstance(kernel, int) and isinstance(stride, int) and kernel >= LARGE and 1 < stride < kernel
