"""LeNet-5 with its table, AlexNet with its groups, a siamese network, and networks without branches."""

# mypy: allow-subclassing-any
from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from .checks import Case, Lambda, cases, hold_figures, hold_values, mean_flat


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


def alexnet_2012() -> nn.Module:
    def low(conv: nn.Module) -> list[nn.Module]:
        return [conv, nn.ReLU(), nn.LocalResponseNorm(5, 1e-4, 0.75, 2), nn.MaxPool2d(3, 2)]

    maps = [*low(nn.Conv2d(3, 96, 11, 4)), *low(nn.Conv2d(96, 256, 5, 1, 2, groups=2)), nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU()]
    maps += [nn.Conv2d(384, 384, 3, 1, 1, groups=2), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1, groups=2), nn.ReLU()]
    hidden = [nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*maps, nn.MaxPool2d(3, 2), nn.Flatten(), *hidden, nn.Linear(4096, 1000))


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        tower: list[nn.Module] = []
        for c_in, c, k in ((1, 64, 10), (64, 128, 7), (128, 128, 4)):
            tower += [nn.Conv2d(c_in, c, k), nn.ReLU(), nn.MaxPool2d(2)]
        tower += [nn.Conv2d(128, 256, 4), nn.ReLU(), nn.Flatten(), nn.Linear(9216, 4096), nn.Sigmoid()]
        self.tower, self.score = nn.Sequential(*tower), nn.Linear(4096, 1)

    def forward(self, a: Tensor, b: Tensor) -> list[Tensor]:
        a, b = self.tower(a), self.tower(b)
        return [self.score((a - b).abs()).sigmoid(), a]


def tutorial(*convs: list[nn.Module], linear: tuple[int, ...], act: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Groups of layers, and linear layers with an activation between."""
    layers: list[nn.Module] = [layer for group in convs for layer in group] + [nn.Flatten()]
    for c_in, c in pairwise(linear):
        layers += [nn.Linear(c_in, c), act()]
    return nn.Sequential(*layers[:-1])


def active(c_in: int, c: int, k: int, *more: nn.Module, stride: int = 1, padding: int = 0) -> list[nn.Module]:
    return [nn.Conv2d(c_in, c, k, stride, padding), nn.ReLU(), *more]


def lenet5() -> nn.Module:
    convs = [nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)]
    return tutorial([*convs, nn.Conv2d(16, 120, 5), nn.Tanh()], linear=(120, 84, 10), act=nn.Tanh)


def pytorch_mnist() -> nn.Module:
    convs = active(1, 32, 3), active(32, 64, 3, nn.MaxPool2d(2))
    return nn.Sequential(tutorial(*convs, linear=(9216, 128, 10)), nn.LogSoftmax(1))


def pytorch_cifar() -> nn.Module:
    return tutorial(active(3, 6, 5, nn.MaxPool2d(2)), active(6, 16, 5, nn.MaxPool2d(2)), linear=(400, 120, 84, 10))


def keras_mnist() -> nn.Module:
    convs = active(1, 32, 3, nn.MaxPool2d(2)), active(32, 64, 3, nn.MaxPool2d(2))
    return nn.Sequential(tutorial(*convs, linear=(1600, 10)), nn.Softmax(1))


def tensorflow_cifar() -> nn.Module:
    low = active(3, 32, 3, nn.MaxPool2d(2)), active(32, 64, 3, nn.MaxPool2d(2))
    return tutorial(*low, active(64, 64, 3), linear=(1024, 64, 10))


def caffe_lenet() -> nn.Module:
    convs = [nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2)]
    return tutorial(convs, linear=(800, 500, 10))


def d2l_lenet() -> nn.Module:
    low = [nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2)]
    return tutorial(low, [nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2)], linear=(400, 120, 84, 10), act=nn.Sigmoid)


def d2l_alexnet() -> nn.Module:
    low = active(1, 96, 11, nn.MaxPool2d(3, 2), stride=4), active(96, 256, 5, nn.MaxPool2d(3, 2), padding=2)
    high = active(256, 384, 3, padding=1), active(384, 384, 3, padding=1), active(384, 256, 3, nn.MaxPool2d(3, 2), padding=1)
    return tutorial(*low, *high, linear=(6400, 4096, 4096, 10))


def d2l_nin() -> nn.Module:
    def block(c_in: int, c: int, k: int, stride: int = 1, padding: int = 0) -> list[nn.Module]:
        return [*active(c_in, c, k, stride=stride, padding=padding), *active(c, c, 1), *active(c, c, 1)]

    low = *block(1, 96, 11, stride=4), nn.MaxPool2d(3, 2), *block(96, 256, 5, padding=2), nn.MaxPool2d(3, 2)
    high = *block(256, 384, 3, padding=1), nn.MaxPool2d(3, 2), *block(384, 10, 3, padding=1)
    return nn.Sequential(*low, *high, mean_flat())


CASES = cases(
    Case("LeNet5_1998", lenet_1998),
    Case("LeNet5", lenet5),
    Case("AlexNet2012", alexnet_2012),
    Case("Siamese", Siamese),
    Case("pytorch_mnist", pytorch_mnist),
    Case("pytorch_cifar", pytorch_cifar),
    Case("keras_mnist", keras_mnist),
    Case("tensorflow_cifar", tensorflow_cifar),
    Case("caffe_lenet", caffe_lenet),
    Case("d2l_lenet", d2l_lenet),
    Case("d2l_alexnet", d2l_alexnet),
    Case("d2l_nin", d2l_nin),
    Case("vgg11_cifar", lambda: vgg_cifar(64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0)),
    Case(
        "vgg16_cifar",
        lambda: vgg_cifar(64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0),
    ),
    slow=("vgg16_cifar", "AlexNet2012", "d2l_alexnet"),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)
