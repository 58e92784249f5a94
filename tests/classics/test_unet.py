"""Unpadded U-Nets of two and of three spatial axes."""

# mypy: allow-subclassing-any
from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from .checks import Case, cases, hold_figures, hold_values


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(self.twice(c_in, c) for c_in, c in ((1, 64), (64, 128), (128, 256), (256, 512)))
        self.mid = self.twice(512, 1024)
        self.up = nn.ModuleList(
            nn.ModuleList([nn.ConvTranspose2d(2 * c, c, 2, 2), self.twice(2 * c, c)]) for c in (512, 256, 128, 64)
        )
        self.head = nn.Conv2d(64, 2, 1)

    def twice(self, c_in: int, c: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(c_in, c, 3), nn.ReLU(), nn.Conv2d(c, c, 3), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for down in self.down:
            skips.append(down(x))
            x = nn.functional.max_pool2d(skips[-1], 2)
        x = self.mid(x)
        for (up, convs), skip in zip(self.up, reversed(skips), strict=True):
            x = up(x)
            x = convs(torch.cat([cropped(skip, x), x], 1))
        return self.head(x)


class UNet3d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(self.two(c_in, mid, 2 * mid) for c_in, mid in ((3, 32), (64, 64), (128, 128)))
        self.mid = self.two(256, 256, 512)
        self.up = nn.ModuleList(
            nn.ModuleList([nn.ConvTranspose3d(2 * c, 2 * c, 2, 2, bias=False), self.two(3 * c, c, c)]) for c in (256, 128, 64)
        )
        self.head = nn.Conv3d(64, 3, 1)

    def two(self, *widths: int) -> nn.Module:
        parts = [[nn.Conv3d(a, b, 3), nn.BatchNorm3d(b), nn.ReLU()] for a, b in pairwise(widths)]
        return nn.Sequential(*parts[0], *parts[1])

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for down in self.down:
            skips.append(down(x))
            x = nn.functional.max_pool3d(skips[-1], 2)
        x = self.mid(x)
        for (up, convs), skip in zip(self.up, reversed(skips), strict=True):
            x = up(x)
            x = convs(torch.cat([cropped(skip, x), x], 1))
        return self.head(x)


def cropped(x: Tensor, like: Tensor) -> Tensor:
    """The middle."""
    for axis in range(2, x.dim()):
        n, m = x.shape[axis], like.shape[axis]
        x = x.index_select(axis, torch.arange((n - m) // 2, (n - m) // 2 + m, device=x.device))
    return x


CASES = cases(
    Case("UNet", UNet, small=(1, 188, 188)),
    Case("unet3d", UNet3d, small=(3, 92, 92, 92)),
    slow=("unet3d",),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
