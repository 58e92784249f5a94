"""A net whose output is a softmax: PyTorch's cross-entropy takes what stands before it.

`torch.nn.CrossEntropyLoss` applies the logarithm of softmax itself. Given probabilities it applies it to them again: the
loss can then not fall below 1.46 for 10 classes, gradients are small, and training is slow without any error. Where the
probabilities are what is wanted, they are taken after training; the logarithm for `NLLLoss` is `LogSoftmax`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log

from ..diagnostics import Diagnostic
from ..lint import Subject, warning
from ..op import Shape, channels, show

CODE = "L021"
TITLE = "a softmax at the end of a net"
QUIET = False
SOURCE = "PyTorch's documentation of CrossEntropyLoss: the input is expected to contain the unnormalized logits"
EXAMPLE = """
net N {
  input image: 3x32x32
  Flatten -> fc: Linear(10) -> Softmax
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Flatten -> fc: Linear(10)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each softmax over channels that is an output, where what it is of is not given out as well."""
    for network in subject.networks:
        values = network.ir.outputs.values()
        given = {value.node.index for value in values}
        for value in values:
            node = value.node
            if node.op.word() == "Softmax" and node.inputs[0].node.index not in given and (span := subject.place(node)):
                help = "let the net end before it; take `softmax(dim=1)` of the output where probabilities are wanted"
                yield warning(CODE, TITLE, span, text(node.io.output), help)


def text(shape: Shape) -> str:
    classes = channels(shape)
    if not isinstance(classes, int) or classes < 2:
        return f"{show(shape)} leaves as probabilities"
    least = log(exp(1) + classes - 1) - 1
    return f"{show(shape)} leaves as probabilities, of which cross-entropy is at least {least:.2f}, however right they are"
