"""The emitted module made an honest oracle of what is read: a gradient through it is zero just where nothing is read.

In float64, all weights positive and no bias, so that nothing cancels. Activations are the identity, and so is
normalisation, but for what it reads of other channels at its place; max pooling is a mean over its window, interpolation
the pattern of its own weights; `sub`, `mul` and `maximum` add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..graph import Graph, Node
from ..op import ChannelsLast
from .emitted import Line, tensors

IDENTITY = ("activation", "normalization", "regularization")  # kinds of layers that stand for themselves
ADDED = ("sub", "maximum", "mul")  # merges
TINY = 1e-12  # of the largest weight: interpolation leaves 1e-17 where a weight is exactly 0


class Linear:
    """Watches forward, and gives what each layer is once it is linear; `at` are the values that are still to be read."""

    def __init__(self, graph: Graph, inputs: Sequence[Tensor]) -> None:
        self.at = {(node.index, 0): x for node, x in zip(graph.inputs.values(), inputs, strict=True)}
        self.last = {(value.node.index, value.port): node.index for node in graph.layers for value in node.inputs}

    def __call__(self, node: Node, line: Line) -> Any:
        value = self.replaced(node, self.inputs(node), line)
        self.at |= {(node.index, port): t for port, t in enumerate(tensors(value))}
        for read in {(v.node.index, v.port) for v in node.inputs}:
            if self.last[read] == node.index:
                del self.at[read]
        return value

    def inputs(self, node: Node) -> list[Tensor]:
        return [self.at[v.node.index, v.port] for v in node.inputs]

    def replaced(self, node: Node, inputs: list[Tensor], line: Line) -> Any:
        op, word, x = node.op, node.op.word(), inputs[0]
        channel = -1 if isinstance(node.io.input, ChannelsLast) else 1
        if word in ("Softmax", "LogSoftmax"):
            return x.mean(op.dim, keepdim=True).expand_as(x)  # type: ignore[attr-defined]
        if word == "LRN":
            return neighbours(x, op.size)  # type: ignore[attr-defined]
        if word == "LayerNorm" and (x.dim() == 2 or op.over == "channels"):  # type: ignore[attr-defined]
            return x.mean(channel, keepdim=True).expand_as(x)
        if word == "GroupNorm" and x.dim() == 2:
            groups = x.unflatten(1, (op.num_groups, -1))  # type: ignore[attr-defined]
            return groups.mean(2, keepdim=True).expand_as(groups).flatten(1)
        if op.kind in IDENTITY:
            return x
        if word in ADDED:
            return sum(inputs[1:], x)
        if word == "softmax":
            return [sum(inputs[1:], x)] * len(inputs)
        return line()


def neighbours(x: Tensor, size: int) -> Tensor:
    """The mean of neighbouring channels, as LocalResponseNorm takes them."""
    last = x.movedim(1, -1)
    padded = functional.pad(last.flatten(0, -2).unsqueeze(1), (size // 2, (size - 1) // 2))
    return functional.avg_pool1d(padded, size, 1).view(last.shape).movedim(-1, 1)


def linearised(model: nn.Module) -> nn.Module:
    """The module with its weights positive, and layers in place of those whose gradient would hide what they read."""
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval().requires_grad_(False)
    for name, t in model.state_dict().items():
        if not t.is_floating_point():
            continue
        if name.endswith("bias"):
            t.zero_()
        else:
            t.uniform_(0.5, 1.5, generator=generator).div_(t[0].numel() if t.dim() > 1 else 1)
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            stand_in = replacement(child)
            if stand_in is not None:
                setattr(parent, name, stand_in) if not name.isdigit() else parent.__setitem__(int(name), stand_in)
    return model


def replacement(module: nn.Module) -> nn.Module | None:
    if isinstance(module, nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d | nn.LPPool1d | nn.LPPool2d | nn.LPPool3d):
        return Mean(module)
    for rank, kind in enumerate((nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)):
        if isinstance(module, kind):
            return (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[rank](module.output_size)
    if (isinstance(module, nn.Upsample) and "linear" in module.mode) or getattr(module, "mode", "") == "bicubic":
        return Pattern(module)
    return None


class Mean(nn.Module):  # type: ignore[misc]
    """The mean over the windows of a pooling."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        axes = x.dim() - 2
        kernel, stride, before, dilation = (
            each(getattr(self.pool, name, default), axes)
            for name, default in (("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1))
        )
        stride = kernel if None in stride else stride
        x = torch.where(x.isinf(), 0.0, x) if x.isinf().any() else x  # what pads a maximum
        sizes = self.pool(x.detach()).shape[2:]
        spans = [(m - 1) * s + d * (k - 1) + 1 for m, s, d, k in zip(sizes, stride, dilation, kernel, strict=True)]
        pads = [(lo, max(span - n - lo, 0)) for lo, span, n in zip(before, spans, x.shape[2:], strict=True)]
        x = functional.pad(x, [amount for pad in reversed(pads) for amount in pad])
        convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[axes - 1]
        ones = torch.ones(1, 1, *kernel, dtype=x.dtype) / torch.tensor(kernel).prod()
        y = convolve(x.flatten(0, 1).unsqueeze(1), ones, stride=stride, dilation=dilation)
        y = y[(..., *(slice(m) for m in sizes))]
        return y.squeeze(1).unflatten(0, x.shape[:2])


class Pattern(nn.Module):  # type: ignore[misc]
    """Interpolation with every weight that is not 0 made equal, axis by axis."""

    def __init__(self, upsample: nn.Upsample) -> None:
        super().__init__()
        self.upsample = upsample

    def forward(self, x: Tensor) -> Tensor:
        for axis in range(x.dim() - 2):
            matrix = self.matrix(x.shape[2 + axis], axis, x.dim() - 2)
            x = torch.tensordot(x, matrix, ([2 + axis], [1])).movedim(-1, 2 + axis)
        return x

    def matrix(self, n: int, axis: int, axes: int) -> Tensor:
        """Which of n positions every output reads on an axis, as torch itself interpolates a map of n×1."""
        up = self.upsample
        size = None if up.size is None else (each(up.size, axes)[axis], 1)
        factor = None if up.scale_factor is None else (each(up.scale_factor, axes)[axis], 1.0)
        units = torch.eye(n, dtype=torch.float64).view(n, 1, n, 1)
        mode = "bicubic" if up.mode == "bicubic" else "bilinear"
        moved = functional.interpolate(units, size, factor, mode, up.align_corners, up.recompute_scale_factor)
        weights = moved[:, 0, :, 0].T
        read = (weights.abs() > TINY * weights.abs().max()).double()
        return read / read.sum(1, keepdim=True)


def each(value: Any, axes: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes
