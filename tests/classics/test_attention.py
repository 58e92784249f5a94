"""Squeeze-and-excitation, selective kernels, and bottlenecks with their stride in other places."""

# mypy: allow-subclassing-any
from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from .checks import Case, Merge, cases, hold_figures, hold_values, mean_flat, total

Unit = Callable[[int, int, int], nn.Module]  # of input channels, width and stride


def normed(c_in: int, c: int, k: int, stride: int = 1, groups: int = 1, dilation: int = 1, relu: bool = True) -> nn.Sequential:
    padding = dilation * (k // 2)
    conv = nn.Conv2d(c_in, c, k, stride, padding, dilation, groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c), *([nn.ReLU()] if relu else []))


class Excitation(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        squeeze = [nn.Conv2d(c, c // 16, 1), nn.ReLU(), nn.Conv2d(c // 16, c, 1), nn.Sigmoid()]
        self.weigh = nn.Sequential(nn.AdaptiveAvgPool2d(1), *squeeze)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weigh(x)


class Choice(nn.Module):
    """Two kernel sizes, weighed against each other channel by channel."""

    def __init__(self, c: int, stride: int) -> None:
        super().__init__()
        self.small, self.large = normed(c, c, 3, stride, 32), normed(c, c, 3, stride, 32, dilation=2)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), normed(c, max(c // 16, 32), 1))
        self.choose = nn.ModuleList(nn.Conv2d(max(c // 16, 32), c, 1, bias=False) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.small(x), self.large(x)
        what = self.squeeze(a + b)
        weight = torch.softmax(torch.stack([choose(what) for choose in self.choose], dim=1), dim=1)
        return a * weight[:, 0] + b * weight[:, 1]


def residual(c_in: int, c: int, stride: int, *body: nn.Module) -> nn.Module:
    shortcut: nn.Module = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()
    if c_in != c:
        shortcut = normed(c_in, c, 1, stride, relu=False)
    return nn.Sequential(Merge(total, nn.Sequential(*body), shortcut), nn.ReLU())


def early(c_in: int, width: int, stride: int) -> nn.Module:
    """Stride on the first 1x1."""
    body = normed(c_in, width, 1, stride), normed(width, width, 3), normed(width, 4 * width, 1, relu=False)
    return residual(c_in, 4 * width, stride, *body)


def late(c_in: int, width: int, stride: int) -> nn.Module:
    body = normed(c_in, width, 1), normed(width, width, 3, stride), normed(width, 4 * width, 1, relu=False)
    return residual(c_in, 4 * width, stride, *body)


def se(c_in: int, width: int, stride: int) -> nn.Module:
    body = normed(c_in, width, 1, stride), normed(width, width, 3), normed(width, 4 * width, 1, relu=False)
    return residual(c_in, 4 * width, stride, *body, Excitation(4 * width))


def se_next(c_in: int, width: int, stride: int) -> nn.Module:
    mid = 2 * width
    body = normed(c_in, mid, 1), normed(mid, mid, 3, stride, 32), normed(mid, 4 * width, 1, relu=False)
    return residual(c_in, 4 * width, stride, *body, Excitation(4 * width))


def selective(c_in: int, width: int, stride: int) -> nn.Module:
    mid = 2 * width
    return residual(c_in, 4 * width, stride, normed(c_in, mid, 1), Choice(mid, stride), normed(mid, 4 * width, 1, relu=False))


def resnet(unit: Unit, *depths: int, pool: nn.Module | None = None, slim: bool = False) -> nn.Module:
    layers = [normed(3, 64, 7, 2), pool or nn.MaxPool2d(3, 2, 1)]
    c = 64
    for stage, depth in enumerate(depths):
        width = 64 * 2**stage
        for i in range(depth):
            strided = (i == depth - 1 and stage < 3) if slim else (i == 0 and stage > 0)
            layers.append(unit(c, width, 2 if strided else 1))
            c = 4 * width
    return nn.Sequential(*layers, mean_flat(), nn.Linear(2048, 1000))


def ceil() -> nn.Module:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def same() -> nn.Module:
    return nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), float("-inf")), nn.MaxPool2d(3, 2))


SMALL = (3, 64, 64)
CASES = cases(
    Case("se_resnet50", lambda: resnet(se, 3, 4, 6, 3, pool=ceil()), small=SMALL),
    Case("se_resnet101", lambda: resnet(se, 3, 4, 23, 3, pool=ceil()), small=SMALL),
    Case("se_resnet152", lambda: resnet(se, 3, 8, 36, 3, pool=ceil()), small=SMALL),
    Case("se_resnext50_32x4d", lambda: resnet(se_next, 3, 4, 6, 3, pool=ceil()), small=SMALL),
    Case("se_resnext101_32x4d", lambda: resnet(se_next, 3, 4, 23, 3, pool=ceil()), small=SMALL),
    Case("sknet50", lambda: resnet(selective, 3, 4, 6, 3), small=SMALL),
    Case("resnet50_v1", lambda: resnet(early, 3, 4, 6, 3), small=SMALL),
    Case("resnet101_v1", lambda: resnet(early, 3, 4, 23, 3), small=SMALL),
    Case("resnet152_v1", lambda: resnet(early, 3, 8, 36, 3), small=SMALL),
    Case("resnet50_slim", lambda: resnet(late, 3, 4, 6, 3, pool=same(), slim=True), small=SMALL),
    Case("resnet101_slim", lambda: resnet(late, 3, 4, 23, 3, pool=same(), slim=True), small=SMALL),
    Case("resnet152_slim", lambda: resnet(late, 3, 8, 36, 3, pool=same(), slim=True), small=SMALL),
    slow=(
        "se_resnet101",
        "se_resnet152",
        "se_resnext101_32x4d",
        "resnet50_v1",
        "resnet101_v1",
        "resnet152_v1",
        "resnet101_slim",
        "resnet152_slim",
    ),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
