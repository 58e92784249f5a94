"""Two convolutions, or two linear layers, with nothing between them: together they are no more than one.

A linear map of a linear map is linear. The second layer costs parameters and time, and the pair can express nothing that
one layer could not (its kernel being as large as both reach). Mostly an activation was forgotten. What is meant so is left
alone: fewer channels between than before and after (a factorisation), groups, kernels along different axes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..graph import Node, Value
from ..lint import Site, Subject, name, of_value
from ..op import Op, channels
from ..ops.conv import Conv, Convolving
from ..ops.linear import Linear
from .redundant_bias import applied_again

CODE = "L020"
TITLE = "two layers with nothing between"
QUIET = False
SOURCE = "the composition of linear maps is linear; Goodfellow et al., Deep Learning, 2016, section 6.1"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(64, 3, padding=1) -> Conv(64, 3, padding=1) -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(64, 3, padding=1) -> ReLU -> Conv(64, 3, padding=1) -> ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each second layer's place, where this holds of every layer made there."""
    for span, sites in subject.sites.items():
        if isinstance(sites[0].node.op, Convolving | Linear) and all(is_joined(subject, site) for site in sites):
            second = sites[0].node
            first = second.inputs[0].node
            labels = [Label(span, f"{name(second)} reads {name(first)} as it is, and both are linear")]
            if subject.within(first.span) and first.span != span:
                labels.append(Label(first.span, "the first"))
            help = "put an activation between: `-> ReLU ->`; where one layer is meant, write one"
            yield Diagnostic(CODE, TITLE, tuple(labels), notes(first, second), help, severity="warning")


def is_joined(subject: Subject, site: Site) -> bool:
    """Whether a layer and the one before it, which nothing else reads, could be one."""
    second = site.node
    if not second.inputs:
        return False
    first = second.inputs[0].node
    if type(first.op) not in (Conv, Linear) or isinstance(first.op, Linear) is not isinstance(second.op, Linear):
        return False
    outputs = site.network.ir.outputs.values()
    alone = len(of_value(Value(first), subject.readers(site.network))) == 1
    if not alone or first.frozen or any(value.node is first for value in outputs) or first.call > 1 or second.call > 1:
        return False
    if any(applied_again(node, site.network.ir.nodes) for node in (first, second)):
        return False
    return (
        is_full(first, second)
        and not is_grouped(first.op)
        and not is_grouped(second.op)
        and not crossed(first.op, second.op, second)
    )


def is_full(first: Node, second: Node) -> bool:
    """Whether the channels between are no bottleneck: as many as arrive, or as many as leave."""
    between, enter, leave = (channels(shape) for shape in (first.io.output, first.io.input, second.io.output))
    return isinstance(between, int) and any(isinstance(n, int) and between >= n for n in (enter, leave))


def is_grouped(op: Op) -> bool:
    return getattr(op, "groups", 1) > 1


def crossed(a: Op, b: Op, node: Node) -> bool:
    """Whether two kernels lie along different axes, as 1×3 and 3×1."""
    if isinstance(a, Linear):
        return False
    one, other = (extents(op, len(node.io.input) - 1) for op in (a, b))
    return all(min(pair) == 1 for pair in zip(one, other, strict=True)) and max(one) > 1 and max(other) > 1


def extents(op: Op, axes: int) -> tuple[int, ...]:
    size = getattr(op, "kernel_size", 1)
    return size if isinstance(size, tuple) else (size,) * axes


def notes(first: Node, second: Node) -> tuple[str, ...]:
    """The one layer that does the same, where both move by single steps."""
    if isinstance(first.op, Linear):
        return (f"one `Linear({channels(second.io.output)})` can do the same",)
    if not isinstance(second.op, Conv) or (first.io.input[1:] and any(jump(node) != 1 for node in (first, second))):
        return ()
    axes = len(first.io.input) - 1
    sizes = [reach(a) + reach(b) - 1 for a, b in zip(kernels(first, axes), kernels(second, axes), strict=True)]
    kernel = str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))
    border = "apart from the border, " * any(padded(node, axes) for node in (first, second))
    return (f"{border}one `Conv({channels(second.io.output)}, {kernel})` can do the same",)


def padded(node: Node, axes: int) -> bool:
    """Whether a layer of stride 1 gives more positions than it has places for its kernel."""
    sizes = zip(node.io.output[1:], node.io.input[1:], kernels(node, axes), strict=True)
    return any(given != had + (1 - reach(kernel)) for given, had, kernel in sizes)


def kernels(node: Node, axes: int) -> list[tuple[int, int]]:
    return list(zip(extents(node.op, axes), dilations(node, axes), strict=True))


def dilations(node: Node, axes: int) -> tuple[int, ...]:
    dilation = getattr(node.op, "dilation", 1)
    return dilation if isinstance(dilation, tuple) else (dilation,) * axes


def reach(kernel: tuple[int, int]) -> int:
    return kernel[1] * (kernel[0] - 1) + 1


def jump(node: Node) -> int:
    return max(axis.jump for axis in node.io.relations[0].axes if axis is not None)
