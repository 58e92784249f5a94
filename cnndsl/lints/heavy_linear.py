"""A linear layer on all places of a map, which holds most of a network's parameters.

Each of its outputs has a weight of its own for every place of every channel. Pooling each channel to one number first
leaves a weight for every channel: hardly any network after 2014 does without, and it takes inputs of any size.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic
from ..graph import Node
from ..lint import Subject, name, warning
from ..op import Shape, rank, show
from ..ops.linear import Linear
from ..ops.reshape import Flatten

CODE = "L023"
TITLE = "a linear layer that holds most of the parameters"
QUIET = False
SOURCE = "Lin, Chen and Yan, Network In Network, 2014, section 3.2: global average pooling in place of linear layers"
MOST = 0.5
FEW = 1_000_000  # below that nobody minds
EXAMPLE = """
net N {
  input image: 3x64x64
  conv: Conv(64, 3, padding=1) -> ReLU -> MaxPool(2)
  Flatten -> fc: Linear(1000)
}
"""
BETTER = """
net N {
  input image: 3x64x64
  conv: Conv(64, 3, padding=1) -> ReLU -> MaxPool(2)
  wide: Conv(256, 5, stride=4, padding=2) -> ReLU -> wider: Conv(256, 5, stride=2, padding=2) -> ReLU
  widest: Conv(256, 3, padding=1) -> ReLU
  GlobalAvgPool -> Flatten -> fc: Linear(1000)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each layer with more than half of its network's parameters, if these are a million or more."""
    for network in subject.networks:
        for node in network.ir.nodes:
            if not isinstance(node.op, Linear) or node.io.params < FEW or node.call > 1:
                continue
            shape, span = flattened(node), subject.place(node)
            total = network.params
            if shape is None or span is None or node.io.params <= MOST * total:
                continue
            saved = node.op.out_features * (node.io.input[0] - shape[0])
            held = node.io.params
            text = f"{name(node)} has {held:,} of {network.name}'s {total:,} parameters, {100 * held / total:.1f}%"
            help = f"`GlobalAvgPool` before `Flatten` makes {shape[0]} numbers of {show(shape)}, and saves {saved:,} parameters"
            yield warning(CODE, TITLE, span, text, help)


def flattened(node: Node) -> Shape | None:
    """The map that a flat value was, where that had places and all sizes are known."""
    at = node.inputs[0].node
    while not isinstance(at.op, Flatten) and len(at.inputs) == 1 and rank(at.io.output) == 0 and not at.io.weights:
        at = at.inputs[0].node
    if not isinstance(at.op, Flatten):
        return None
    shape = at.io.input
    known = all(isinstance(size, int) for size in shape)
    return shape if known and rank(shape) > 0 and rank(at.io.output) == 0 and at.io.output[0] != shape[0] else None
