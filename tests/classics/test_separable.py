"""MobileNet and Xception, and pre-activation bottlenecks."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
from torch import Tensor, nn
from torch.nn import functional

from .checks import Case, Lambda, Merge, cases, hold_figures, hold_values, mean_flat, program, total


def normed(c_in: int, c: int, k: int, stride: int = 1, padding: int = 0, groups: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(c_in, c, k, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(c), nn.ReLU()]


def mobilenet(width: float) -> nn.Module:
    layers, c = normed(3, int(32 * width), 3, 2, 1), int(32 * width)
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for out, stride in plan:
        layers += normed(c, c, 3, stride, 1, groups=c) + normed(c, int(out * width), 1)
        c = int(out * width)
    return nn.Sequential(*layers, mean_flat(), nn.Linear(c, 1000))


def separable(c_in: int, c: int) -> list[nn.Module]:
    depthwise = nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in, bias=False)
    return [depthwise, nn.Conv2d(c_in, c, 1, bias=False), nn.BatchNorm2d(c)]


def pooled(x: Tensor) -> Tensor:
    """Padding as TensorFlow's: what is needed for half the size, rounded up; an odd rest goes behind."""
    more = [2 if n % 2 else 1 for n in x.shape[2:]]
    pads = [more[1] // 2, more[1] - more[1] // 2, more[0] // 2, more[0] - more[0] // 2]
    return functional.max_pool2d(functional.pad(x, pads, value=float("-inf")), 3, 2)


def down(c_in: int, mid: int, c: int, active: bool = True) -> nn.Module:
    body = [*([nn.ReLU()] if active else []), *separable(c_in, mid), nn.ReLU(), *separable(mid, c), Lambda(pooled)]
    return Merge(total, nn.Sequential(*body), nn.Sequential(nn.Conv2d(c_in, c, 1, 2, bias=False), nn.BatchNorm2d(c)))


def xception() -> nn.Module:
    def middle() -> nn.Module:
        parts: list[nn.Module] = []
        for _ in range(3):
            parts += [nn.ReLU(), *separable(728, 728)]
        return Merge(total, nn.Identity(), nn.Sequential(*parts))

    entry = [down(64, 128, 128, active=False), down(128, 256, 256), down(256, 728, 728)]
    rest = [down(728, 728, 1024), *separable(1024, 1536), nn.ReLU(), *separable(1536, 2048), nn.ReLU()]
    stem = normed(3, 32, 3, 2) + normed(32, 64, 3)
    return nn.Sequential(*stem, *entry, *[middle() for _ in range(8)], *rest, mean_flat(), nn.Linear(2048, 1000))


class PreAct(nn.Module):
    def __init__(self, c_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        conv1, conv2 = normed(c_in, width, 1), normed(width, width, 3, stride, 1)
        self.body = nn.Sequential(*conv1, *conv2, nn.Conv2d(width, 4 * width, 1, bias=False))
        self.short = nn.Conv2d(c_in, 4 * width, 1, stride, bias=False) if c_in != 4 * width else None

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(x))
        short: Tensor = x if self.short is None else self.short(y)
        return self.body(y) + short


def preact(n: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
    c = 16
    for width in (16, 32, 64):
        for i in range(n):
            layers.append(PreAct(c, width, 2 if i == 0 and width > 16 else 1))
            c = 4 * width
    return nn.Sequential(*layers, nn.BatchNorm2d(c), nn.ReLU(), mean_flat(), nn.Linear(c, 10))


CASES = cases(
    Case("mobilenet_v1", lambda: mobilenet(1), small=(3, 64, 64)),
    Case("mobilenet_v1_0_75", lambda: mobilenet(0.75), small=(3, 64, 64)),
    Case("mobilenet_v1_0_5", lambda: mobilenet(0.5), small=(3, 64, 64)),
    Case("mobilenet_v1_0_25", lambda: mobilenet(0.25), small=(3, 64, 64)),
    Case("xception", xception, small=(3, 75, 75)),
    Case("preact_resnet164", lambda: preact(18)),
    Case("preact_resnet1001", lambda: preact(111), gain=0.3),
    slow=("preact_resnet1001",),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)


@pytest.mark.parametrize(("size", "macs"), [(224, 569), (192, 418), (160, 290), (128, 186)])
def test_mobilenet_at_other_resolutions(size: int, macs: int) -> None:
    """Table 7, in millions; 290.7 is printed as 290."""
    net = program("mobilenet_v1").net("mobilenet_v1", inputs=(3, size, size))
    assert int(str(net.macs)) / 1e6 == pytest.approx(macs, abs=0.7)
