"""Residual networks for CIFAR-10: plain, pre-activated, wide."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from .checks import Case, cases, hold_figures, hold_values, mean_flat


class Basic(nn.Module):
    def __init__(self, c_in: int, c: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.stride, self.new = stride, c - c_in

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(y + pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new)))


def resnet(n: int) -> nn.Module:
    blocks = [Basic(16, 16, 1) for _ in range(n)]
    for c in (32, 64):
        blocks += [Basic(c // 2, c, 2)] + [Basic(c, c, 1) for _ in range(n - 1)]
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, mean_flat(), nn.Linear(64, 10))


class Wide(nn.Module):
    def __init__(self, c_in: int, c: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, c, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.short = nn.Conv2d(c_in, c, 1, stride, bias=False) if c_in != c else None

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.bn1(x))
        short = x if self.short is None else self.short(y)
        return self.conv2(relu(self.bn2(self.conv1(y)))) + short


def wide(depth: int, k: int) -> nn.Module:
    n, c, blocks = (depth - 4) // 6, 16, []
    for width, stride in ((16 * k, 1), (32 * k, 2), (64 * k, 2)):
        for i in range(n):
            blocks.append(Wide(c, width, stride if i == 0 else 1))
            c = width
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), *blocks, nn.BatchNorm2d(c), nn.ReLU(), mean_flat(), nn.Linear(c, 10)
    )


CASES = cases(
    Case("resnet20", lambda: resnet(3)),
    Case("resnet32", lambda: resnet(5)),
    Case("resnet44", lambda: resnet(7)),
    Case("resnet56", lambda: resnet(9)),
    Case("resnet110", lambda: resnet(18)),
    Case("resnet1202", lambda: resnet(200), gain=0.3),
    Case("wrn_40_1", lambda: wide(40, 1)),
    Case("wrn_40_2", lambda: wide(40, 2)),
    Case("wrn_40_4", lambda: wide(40, 4)),
    Case("wrn_16_8", lambda: wide(16, 8)),
    Case("wrn_28_10", lambda: wide(28, 10)),
    slow=("resnet56", "resnet110", "resnet1202", "wrn_40_2", "wrn_40_4", "wrn_16_8", "wrn_28_10"),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
