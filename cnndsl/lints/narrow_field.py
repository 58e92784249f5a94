"""The units of the last feature map, which are pooled to one number a channel, each see less than half of the input.

After a global pooling nothing knows where anything was: what two units see can no longer be put together. So whatever is to
be recognised has to fit into the field of one unit. A network that flattens its last map, or that gives a map out, is left
alone: there the places go on, or a part of the input is all that an output is to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, inf

from ..coverage import called, is_feature_map, share
from ..diagnostics import Diagnostic, Label
from ..field import Field
from ..graph import Node
from ..lint import Subject
from ..network import Network
from ..op import Shape, rank, spatial
from ..ops.conv import Conv
from ..ops.padding import Window

CODE = "L012"
TITLE = "a field much smaller than the input"
QUIET = False
SOURCE = "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019"
LEAST = 0.5  # of the input
EXAMPLE = """
net N {
  input image: 3x64x64
  conv1: Conv(16, 3, padding=1) -> ReLU -> MaxPool(2)
  conv2: Conv(32, 3, padding=1) -> ReLU
  GlobalAvgPool -> Flatten -> fc: Linear(10)
}
"""
BETTER = """
net N {
  input image: 3x64x64
  conv1: Conv(16, 5, stride=4, padding=2) -> ReLU -> MaxPool(2)
  conv2: Conv(32, 3, padding=1) -> ReLU
  conv3: Conv(32, 3, padding=1) -> ReLU
  conv4: Conv(32, 3, padding=1) -> ReLU
  conv5: Conv(32, 3, padding=1) -> ReLU
  GlobalAvgPool -> Flatten -> fc: Linear(10)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each network and input, at the last feature map."""
    for network in subject.networks:
        for name, source in network.ir.inputs.items():
            last = last_map(network, name)
            if last is None:
                continue
            node, field = last
            extent, span = spatial(source.io.output), subject.place(node)
            if (
                span is None
                or not is_narrow(field, extent)
                or (share(field, extent) or 0) >= LEAST
                or not is_pooled(subject, network, node)
            ):
                continue
            sizes, whole = "×".join(map(str, field.size)), "×".join(map(str, extent))
            part = share(field, extent) or 0
            text = f"a unit of {called(network.ir, node)} sees {sizes} of {network.name}'s {whole}, {100 * part:.3g}% of it"
            label = Label(span, text)
            help = " or ".join(remedies(network, name, node, field, extent))
            yield Diagnostic(CODE, TITLE, (label,), (), f"all is seen with {help}", severity="warning")


def last_map(network: Network, name: str) -> tuple[Node, Field] | None:
    for node in reversed(network.ir.nodes):
        field = seen(network, name, node)
        if field is not None and is_feature_map(node, field):
            return node, field
    return None


def seen(network: Network, name: str, node: Node) -> Field | None:
    found = network.findings.columns["rf"][node.index]
    return found.get(name) if isinstance(found, Mapping) else found


def is_narrow(field: Field, extent: Shape) -> bool:
    """Whether some axis is not seen whole, and no gate or statistics tells of the rest."""
    if field.gated or field.statistics or None in field.size or inf in field.size:
        return False
    return all(isinstance(n, int) for n in extent) and any(lacking(field, extent))


def is_pooled(subject: Subject, network: Network, node: Node) -> bool:
    """Whether the one reader of a map makes one position of it by pooling."""
    read = subject.readers(network)[node.index]
    if len(read) != 1 or read[0].node.op.kind != "pooling":
        return False
    before, after = node.io.output, read[0].node.io.output
    return all(n == 1 for n in spatial(after)) and any(n != 1 for n in spatial(before))


def remedies(network: Network, name: str, node: Node, field: Field, extent: Shape) -> Iterator[str]:
    """What would make the field as large as the input: how many layers more, or what dilation."""
    lack = lacking(field, extent)
    layers = steps(lack, [2] * len(lack), field)
    yield f"{layers} more 3×3 convolution{'s' if layers > 1 else ''} of stride 1 and padding=1 after {called(network.ir, node)}"
    conv = widened(node)
    before = seen(network, name, conv.inputs[0].node) if conv is not None else None
    if conv is not None and before is not None and isinstance(conv.op, Conv):
        moving = conv.op.windows(conv.io.input)
        more = steps(lack, [w.kernel - 1 for w in moving], before)
        wide = padded(conv.op, moving, max(w.dilation for w in moving) + more)
        if wide is not None:
            yield f"`{wide}` in {conv.key}"


def padded(conv: Conv, moving: Sequence[Window], dilation: int) -> str | None:
    """A dilation, with the padding that keeps the size what it is; None where no one number does."""
    if conv.padding == "same":
        return f"dilation={dilation}"
    needed = {(w.before, w.after, (w.kernel - 1) * (dilation - w.dilation)) for w in moving}
    before, after, more = needed.pop()
    if needed or before != after or more % 2 or conv.padding_mode != "zeros":
        return None
    return f"dilation={dilation}, padding={before + more // 2}"


def lacking(field: Field, extent: Shape) -> list[int]:
    """How much more of each axis there is than a unit sees."""
    return [int(n - size) if isinstance(n, int) and size and n > size else 0 for size, n in zip(field.size, extent, strict=True)]


def steps(lack: list[int], reach: list[int], field: Field) -> int:
    """How often a kernel that reaches so far on each axis has to be moved apart by a step of the field, to see the rest."""
    each = zip(lack, reach, field.stride, strict=True)
    return max(ceil(gap / (taps * step)) for gap, taps, step in each if step)


def widened(node: Node) -> Node | None:
    """The last convolution with a kernel on every axis, on the one way to a map."""
    at = node
    while len(at.inputs) == 1 and not at.is_input:
        if isinstance(at.op, Conv) and rank(at.io.input) and all(w.kernel > 1 for w in at.op.windows(at.io.input)):
            return at
        at = at.inputs[0].node
    return None
