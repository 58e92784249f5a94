"""What autograd says that units see: the module that `compile` emits, made linear, and its gradients.

Weights are positive, so that nothing cancels; activations and normalisation are the identity, max pooling is a sum
(its own gradient follows one number alone), merges that do arithmetic add. For paths every weight is 1, pooling of all
kinds is a sum, and interpolation the 0/1 pattern of its own weights.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndsl.compiler import parse

torch.set_num_threads(1)
ARITHMETIC = re.compile(r"\b(sub|mul|maximum)(?=\()")
IDENTITIES = (
    *(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.Hardswish, nn.LeakyReLU, nn.Dropout, nn.modules.batchnorm._BatchNorm),
    *(nn.modules.instancenorm._InstanceNorm, nn.GroupNorm),
)
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVERAGES = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)
ADAPTIVE_MAXIMA = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
ADAPTIVE = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)


def linear(text: str, ones: bool) -> nn.Module:
    """The emitted module of a program, made linear; with all weights 1, or positive at random."""
    module = parse(ARITHMETIC.sub("add", text)).net().to_torch().double().eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1) if ones else parameter.uniform_(0.5, 1.5)
    return replaced(module, ones)


def replaced(module: nn.Module, ones: bool) -> nn.Module:
    for name, child in module.named_children():
        setattr(module, name, stand_in(child, ones) or replaced(child, ones))
    return module


def stand_in(child: nn.Module, ones: bool) -> nn.Module | None:
    if isinstance(child, IDENTITIES):
        return nn.Identity()
    if isinstance(child, POOLS) or (ones and isinstance(child, AVERAGES)):
        return Sum(child)
    if isinstance(child, ADAPTIVE_MAXIMA):
        average = getattr(nn, type(child).__name__.replace("Max", "Avg"))(child.output_size)
        return Pattern(average) if ones else average
    if ones and isinstance(child, (*ADAPTIVE, nn.Upsample)):
        return Pattern(child)
    return None


class Sum(nn.Module):  # type: ignore[misc]
    """The sum of each window of a pooling layer, whose own output says how many windows there are."""

    def __init__(self, pool: Any) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        rank = x.dim() - 2
        target = self.pool(torch.ones(1, 1, *x.shape[2:], dtype=x.dtype)).shape[2:]
        kernel = each(self.pool.kernel_size, rank)
        stride = each(self.pool.stride or self.pool.kernel_size, rank)
        padding, dilation = (each(getattr(self.pool, *named), rank) for named in (("padding", 0), ("dilation", 1)))
        ends = [
            max((m - 1) * s + d * (k - 1) + 1 - n - p, 0)
            for n, m, k, s, p, d in zip(x.shape[2:], target, kernel, stride, padding, dilation, strict=True)
        ]
        sides = [side for p, end in zip(reversed(padding), reversed(ends), strict=True) for side in (p, end)]
        ones = torch.ones(x.shape[1], 1, *kernel, dtype=x.dtype)
        convolve = getattr(functional, f"conv{rank}d")
        found = convolve(functional.pad(x, sides), ones, stride=tuple(stride), dilation=tuple(dilation), groups=x.shape[1])
        return found[(..., *(slice(m) for m in target))]


def each(value: Any, rank: int) -> list[int]:
    return list(value) if isinstance(value, tuple) else [int(value)] * rank


class Pattern(nn.Module):  # type: ignore[misc]
    """A linear layer that treats every channel alike, with 1 in place of every weight that is not 0."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        matrix = jacobian(self.layer, [torch.ones(1, *x.shape[2:], dtype=x.dtype)])[0]
        target = matrix.shape[1 : 1 + x.dim() - 2]
        size = x[0, 0].numel()
        pattern = (matrix.reshape(-1, size).abs() > 1e-12).to(x.dtype)
        return (x.flatten(2) @ pattern.T).unflatten(2, target)


def jacobian(module: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """The gradient of every output number, (*output, *input) for each input; one backward pass, a sample for each."""
    with torch.no_grad():
        shape = module(*(x[None] for x in inputs)).shape[1:]
    units = shape.numel()
    many = [x.expand(units, *x.shape).clone().requires_grad_() for x in inputs]
    with torch.enable_grad():
        module(*many).flatten(1).diagonal().sum().backward()
    return [torch.zeros(*shape, *x.shape[1:]) if x.grad is None else x.grad.reshape(*shape, *x.shape[1:]) for x in many]


def gradients(text: str, shapes: dict[str, tuple[int, ...]], ones: bool = False) -> dict[str, Any]:
    """What every unit of a program's output reads of each input, as numpy arrays (*output, *input)."""
    module = linear(text, ones)
    found = jacobian(module, [torch.ones(*shape, dtype=torch.float64) for shape in shapes.values()])
    return {name: matrix.numpy() for name, matrix in zip(shapes, found, strict=True)}


def unit_gradients(text: str, shapes: dict[str, tuple[int, ...]], units: list[tuple[int, ...]]) -> list[dict[str, Any]]:
    """What some units of a program's output read of each input, as numpy arrays (*input)."""
    module = linear(text, ones=False)
    many = [torch.ones(len(units), *shape, dtype=torch.float64, requires_grad=True) for shape in shapes.values()]
    output = module(*many)
    torch.stack([output[(sample, *unit)] for sample, unit in enumerate(units)]).sum().backward()
    arrays = [torch.zeros_like(x) if x.grad is None else x.grad for x in many]
    return [{name: array[sample].numpy() for name, array in zip(shapes, arrays, strict=True)} for sample in range(len(units))]
