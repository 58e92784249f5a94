"""Stacked hourglasses, which contain themselves, and ShuffleNet."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from .checks import Case, Merge, cases, hold_figures, hold_values, mean_flat, total


def residual(c_in: int, c: int) -> nn.Module:
    mid = c // 2
    body = [
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, mid, 1),
        nn.BatchNorm2d(mid),
        nn.ReLU(),
        nn.Conv2d(mid, mid, 3, 1, 1),
    ]
    body += [nn.BatchNorm2d(mid), nn.ReLU(), nn.Conv2d(mid, c, 1)]
    return Merge(total, nn.Sequential(*body), nn.Identity() if c_in == c else nn.Conv2d(c_in, c, 1))


class Hourglass(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.up, self.low1 = residual(256, 256), residual(256, 256)
        self.middle = Hourglass(depth - 1) if depth > 1 else residual(256, 256)
        self.low2 = residual(256, 256)

    def forward(self, x: Tensor) -> Tensor:
        low = self.low2(self.middle(self.low1(max_pool2d(x, 2))))
        return self.up(x) + interpolate(low, scale_factor=2)


class Hourglasses(nn.Module):
    def __init__(self, stacks: int) -> None:
        super().__init__()
        stem = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), residual(64, 128), nn.MaxPool2d(2)]
        self.stem = nn.Sequential(*stem, residual(128, 256), residual(256, 256))
        self.stacks = nn.ModuleList(self.stack(i == stacks - 1) for i in range(stacks))

    def stack(self, last: bool) -> nn.ModuleList:
        before = nn.Sequential(Hourglass(4), residual(256, 256), nn.Conv2d(256, 256, 1), nn.BatchNorm2d(256), nn.ReLU())
        back = [] if last else [nn.Conv2d(256, 256, 1), nn.Conv2d(16, 256, 1)]
        return nn.ModuleList([before, nn.Conv2d(256, 16, 1), *back])

    def forward(self, x: Tensor) -> list[Tensor]:
        x, maps = self.stem(x), []
        for before, heat, *back in self.stacks:
            y = before(x)
            maps.append(heat(y))
            if back:
                x = x + back[0](y) + back[1](maps[-1])
        return maps


class Shuffle(nn.Module):
    def __init__(self, c_in: int, c: int, groups: int, first: bool) -> None:
        super().__init__()
        self.groups, self.strided = groups, c_in != c
        mid, out = c // 4, c - c_in if c_in != c else c
        self.squeeze = nn.Sequential(nn.Conv2d(c_in, mid, 1, groups=1 if first else groups, bias=False), nn.BatchNorm2d(mid))
        depthwise = nn.Conv2d(mid, mid, 3, 2 if self.strided else 1, 1, groups=mid, bias=False)
        expand = nn.Conv2d(mid, out, 1, groups=groups, bias=False)
        self.rest = nn.Sequential(depthwise, nn.BatchNorm2d(mid), expand, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.squeeze(x).relu()
        b, c, h, w = y.shape
        y = self.rest(y.view(b, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(b, c, h, w))
        kept = [nn.functional.avg_pool2d(x, 3, 2, 1), y]
        return torch.cat(kept, 1).relu() if self.strided else (y + x).relu()


def shufflenet(groups: int, width: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    c = 24
    for stage, n in enumerate((4, 8, 4)):
        for i in range(n):
            layers.append(Shuffle(c, width * 2**stage, groups, first=stage == i == 0))
            c = width * 2**stage
    return nn.Sequential(*layers, mean_flat(), nn.Linear(c, 1000))


CASES = cases(
    Case("hourglass2", lambda: Hourglasses(2), small=(3, 64, 128)),
    Case("hourglass8", lambda: Hourglasses(8), small=(3, 64, 128), gain=0.5),
    Case("shufflenet_v1_g1", lambda: shufflenet(1, 144), small=(3, 64, 64)),
    Case("shufflenet_v1_g2", lambda: shufflenet(2, 200), small=(3, 64, 64)),
    Case("shufflenet_v1_g3", lambda: shufflenet(3, 240), small=(3, 64, 64)),
    Case("shufflenet_v1_g4", lambda: shufflenet(4, 272), small=(3, 64, 64)),
    Case("shufflenet_v1_g8", lambda: shufflenet(8, 384), small=(3, 64, 64)),
    slow=("hourglass8", "shufflenet_v1_g1", "shufflenet_v1_g2", "shufflenet_v1_g4", "shufflenet_v1_g8"),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
