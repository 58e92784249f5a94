"""Networks without branches, and LeNet-5 with its table."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from .checks import Case, Lambda, cases, hold_figures, hold_values


class Sparse(nn.Module):
    """C3: six maps of three neighbours, six of four, three of two pairs, one of all."""

    def __init__(self) -> None:
        super().__init__()
        triples = [{(i + k) % 6 for k in range(3)} for i in range(6)]
        fours = [{(i + k) % 6 for k in range(4)} for i in range(6)]
        pairs = [{i % 6, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6} for i in range(3)]
        self.table = [sorted(maps) for maps in [*triples, *fours, *pairs, set(range(6))]]
        self.maps = nn.ModuleList(nn.Conv2d(len(maps), 1, 5) for maps in self.table)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([conv(x[:, maps]) for conv, maps in zip(self.maps, self.table, strict=True)], 1)


def subsample(c: int) -> nn.Module:
    return nn.Sequential(Lambda(lambda x: nn.functional.avg_pool2d(x, 2, divisor_override=1)), nn.Conv2d(c, c, 1, groups=c))


def lenet_1998() -> nn.Module:
    squash = Lambda(lambda x: 1.7159 * torch.tanh(x * (2 / 3)))
    maps = [nn.Conv2d(1, 6, 5), squash, subsample(6), squash, Sparse(), squash, subsample(16), squash]
    return nn.Sequential(*maps, nn.Conv2d(16, 120, 5), squash, nn.Flatten(), nn.Linear(120, 84), squash)


def vgg_cifar(*plan: int) -> nn.Module:
    """Widths of 3x3 convolutions, 0 for pooling."""
    layers: list[nn.Module] = []
    c = 3
    for width in plan:
        layers += [nn.Conv2d(c, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()] if width else [nn.MaxPool2d(2)]
        c = width or c
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


CASES = cases(
    Case("LeNet5_1998", lenet_1998),
    Case("vgg11_cifar", lambda: vgg_cifar(64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0)),
    Case(
        "vgg16_cifar",
        lambda: vgg_cifar(64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0),
    ),
    slow=("vgg16_cifar",),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
