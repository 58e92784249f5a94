"""Normalisation against torch, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Op, Shape, channels
from cnndsl.ops.norm import LRN, BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from cnndsl.symbols import symbol

from .checks import Case, Emitted, hold

H = symbol("H")
FLAT, LINE, PLANE, SPACE = (4,), (4, 5), (4, 3, 2), (4, 2, 3, 2)
CLASSES: dict[str, Callable[[int], Any]] = {
    "BatchNorm": lambda rank: getattr(nn, f"BatchNorm{max(rank, 1)}d"),
    "InstanceNorm": lambda rank: getattr(nn, f"InstanceNorm{rank}d"),
}


def norm(op: Op, shape: Shape) -> Case:
    """A case whose peer takes the number of channels and the same arguments."""
    module = CLASSES[type(op).__name__](len(shape) - 1)
    return Case(op, (shape,), lambda: module(channels(shape), **op.written()))


def groups(op: GroupNorm, shape: Shape) -> Case:
    arguments = {k: v for k, v in op.written().items() if k != "num_groups"}
    return Case(op, (shape,), lambda: nn.GroupNorm(op.num_groups, shape[0], **arguments))


def last(op: LayerNorm, shape: Shape, over: Any = None) -> Case:
    """A case whose peer is torch's LayerNorm over the last axis, or over `over`."""
    arguments = {k: v for k, v in op.written().items() if k != "over"}
    return Case(op, (shape,), lambda: nn.LayerNorm(over or shape[-1], **arguments))


class OverChannels(nn.Module):  # type: ignore[misc]
    """LayerNorm of maps with the channels first, written out from its definition."""

    def __init__(self, c: int, eps: float = 1e-5, affine: bool = True, bias: bool = True) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(c)) if affine else None
        self.bias = nn.Parameter(torch.zeros(c)) if affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        y = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, unbiased=False) + self.eps).sqrt()
        for p, join in ((self.weight, torch.mul), (self.bias, torch.add)):
            y = y if p is None else join(y, p.view(-1, *[1] * (x.dim() - 2)))
        return y


def first(op: LayerNorm, shape: tuple[int, ...], *arguments: Any) -> Case:
    return Case(op, (shape,), lambda: OverChannels(shape[0], *arguments), exact=False)


def neighbours(size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Local response normalisation, channel by channel, from its definition."""

    def peer(x: Tensor) -> Tensor:
        c = x.shape[1]
        low = [max(i - size // 2, 0) for i in range(c)]
        high = [min(i + (size - 1) // 2, c - 1) for i in range(c)]
        energy = [x[:, a : b + 1].square().sum(1) / size for a, b in zip(low, high, strict=True)]
        return x / (k + alpha * torch.stack(energy, 1)) ** beta

    return lambda: peer


def filled(module: nn.Module) -> nn.Module:
    nn.init.zeros_(module.weight)
    nn.init.constant_(module.bias, 0.25)
    return module


START: dict[str, Any] = {"init": 0, "bias_init": 0.25}
CASES = [
    *(norm(BatchNorm(), shape) for shape in (FLAT, LINE, PLANE, SPACE, (1, 1, 1))),
    *(norm(BatchNorm(eps=1e-3, momentum=None), shape) for shape in (FLAT, PLANE)),
    *(norm(BatchNorm(affine=False), shape) for shape in (FLAT, PLANE)),
    *(norm(BatchNorm(bias=False, momentum=0.01), shape) for shape in (FLAT, PLANE)),
    norm(BatchNorm(track_running_stats=False), PLANE),
    Case(BatchNorm(**START), (PLANE,), lambda: filled(nn.BatchNorm2d(4))),
    *(norm(InstanceNorm(), shape) for shape in (LINE, PLANE, SPACE)),
    *(norm(InstanceNorm(affine=True, eps=0.1), shape) for shape in (LINE, PLANE, SPACE)),
    *(norm(InstanceNorm(affine=True, track_running_stats=True), shape) for shape in (LINE, PLANE, SPACE)),
    norm(InstanceNorm(track_running_stats=True, momentum=None), PLANE),
    norm(InstanceNorm(affine=True, bias=False), PLANE),
    Case(InstanceNorm(affine=True, **START), (PLANE,), lambda: filled(nn.InstanceNorm2d(4, affine=True))),
    *(groups(GroupNorm(num_groups=2), shape) for shape in (FLAT, LINE, PLANE, SPACE)),
    groups(GroupNorm(num_groups=1, eps=1e-3, affine=False), PLANE),
    groups(GroupNorm(num_groups=4, bias=False), PLANE),
    groups(GroupNorm(num_groups=2), (4, 1, 1)),
    Case(GroupNorm(num_groups=2, **START), (PLANE,), lambda: filled(nn.GroupNorm(2, 4))),
    last(LayerNorm(), FLAT),
    *(last(LayerNorm(eps=1e-6), ChannelsLast(shape)) for shape in ((5, 4), (3, 2, 4), (2, 3, 2, 4))),
    last(LayerNorm(elementwise_affine=False), FLAT),
    last(LayerNorm(bias=False), ChannelsLast((3, 2, 4))),
    *(last(LayerNorm(over="all"), shape, shape) for shape in (FLAT, LINE, PLANE, SPACE, ChannelsLast((3, 2, 4)))),
    Case(LayerNorm(**START), (FLAT,), lambda: filled(nn.LayerNorm(4))),
    *(first(LayerNorm(), shape) for shape in (LINE, PLANE, SPACE, (4, 1, 1))),
    first(LayerNorm(eps=1e-6), PLANE, 1e-6),
    first(LayerNorm(elementwise_affine=False), PLANE, 1e-5, False),
    first(LayerNorm(bias=False), PLANE, 1e-5, True, False),
    *(
        Case(LRN(size=5, k=2), (shape,), neighbours(5, k=2), exact=False)
        for shape in ((7, 3), (7, 3, 2), (7, 2, 3, 2), (2, 1, 1))
    ),
    Case(LRN(size=2, alpha=0.5, beta=1), ((5, 3, 2),), neighbours(2, 0.5, 1), exact=False),
    Case(LRN(size=1), ((3, 2, 2),), neighbours(1), exact=False),
    Case(LRN(size=3), ((3, 2, 2),), lambda: nn.LocalResponseNorm(3)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize(
    ("op", "shape", "code", "help"),
    [
        (GroupNorm(num_groups=3), (8, 4, 4), "E0303", "1, 2, 4 or 8"),
        (GroupNorm(num_groups=4), (4, 1, 1), "E0308", "fewer than 4"),
        (InstanceNorm(), (4, 1, 1), "E0308", "LayerNorm"),
        (InstanceNorm(), (4,), "E0304", "Unflatten"),
        (BatchNorm(), ChannelsLast((3, 2, 4)), "E0304", "Permute"),
        (BatchNorm(init="kaiming_normal"), (4, 3, 2), "E0405", "uniform"),
        (BatchNorm(), (symbol("C"), 3, 2), "E0308", "--input"),
        (LayerNorm(over="all"), (4, H, H), "E0308", "--input"),
        (LRN(size=5), (4,), "E0304", "Unflatten"),
    ],
    ids=lambda v: str(v)[:60],
)
def test_refuses(op: Op, shape: Shape, code: str, help: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help in (refused.value.help or "")


def test_layer_norm_of_maps_is_that_of_convnext() -> None:
    """Bit for bit what permuting, normalising the last axis and permuting back gives."""
    io = Applied(LayerNorm(eps=1e-6), (PLANE,))
    x = torch.rand(2, *PLANE)
    there = functional.layer_norm(x.permute(0, 2, 3, 1), (4,), torch.ones(4), torch.zeros(4), 1e-6)
    assert torch.equal(Emitted(io.torch)(x), there.permute(0, 3, 1, 2))


def test_open_sizes_pass_through() -> None:
    for op in (BatchNorm(), GroupNorm(num_groups=2), InstanceNorm(), LayerNorm(), LRN(size=5)):
        assert Applied(op, ((4, H, H),)).output == (4, H, H)
