"""One and three dimensions: WaveNet, TCN, C3D by hand, torchvision's networks for video; and the dilated context module."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
from torch import Tensor, nn
from torch.nn.functional import pad

from tests.specs.peer import torchvision

from .checks import Case, Merge, cases, hold_figures, hold_values, total


class Causal(nn.Conv1d):
    """Padded before alone."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad(x, (self.dilation[0] * (self.kernel_size[0] - 1), 0)))


class WaveNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.causal = Causal(256, 32, 2, bias=False)
        layers = []
        for i in range(50):
            unit = [Causal(32, 32, 2, dilation=2 ** (i % 10)) for _ in range(2)]
            layers.append(nn.ModuleList([*unit, nn.Conv1d(32, 32, 1), nn.Conv1d(32, 512, 1)]))
        self.layers = nn.ModuleList(layers)
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(512, 512, 1), nn.ReLU(), nn.Conv1d(512, 256, 1))

    def forward(self, x: Tensor) -> Tensor:
        x, sides = self.causal(x), []
        for tanh, gate, dense, side in self.layers:
            unit = tanh(x).tanh() * gate(x).sigmoid()
            x = x + dense(unit)
            sides.append(side(unit))
        return self.post(total(sides))


def tcn() -> nn.Module:
    blocks: list[nn.Module] = []
    for i in range(8):
        c = 25 if i else 1
        parts = [Causal(c, 25, 7, dilation=2**i), nn.ReLU(), nn.Dropout(0.05), Causal(25, 25, 7, dilation=2**i), nn.ReLU()]
        blocks += [Merge(total, nn.Sequential(*parts), nn.Identity() if i else nn.Conv1d(1, 25, 1)), nn.ReLU()]
    return nn.Sequential(*blocks, nn.Conv1d(25, 10, 1))


def context(*widths: int) -> nn.Module:
    layers: list[nn.Module] = []
    c = 21
    for width, dilation in zip(widths, (1, 1, 2, 4, 8, 16, 1), strict=True):
        layers += [nn.Conv2d(c, 21 * width, 3, padding=dilation, dilation=dilation), nn.ReLU()]
        c = 21 * width
    return nn.Sequential(*layers, nn.Conv2d(c, 21, 1))


def c3d() -> nn.Module:
    layers: list[nn.Module] = []
    c = 3
    for plan in ((64,), (128,), (256, 256), (512, 512), (512, 512)):
        for width in plan:
            layers += [nn.Conv3d(c, width, 3, padding=1), nn.ReLU()]
            c = width
        layers.append(nn.MaxPool3d((1, 2, 2) if c == 64 else 2, ceil_mode=True))
    hidden = [nn.Flatten(), nn.Linear(8192, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*layers, *hidden, nn.Linear(4096, 487))


def video(name: str) -> nn.Module:
    package = torchvision()
    if package is None:
        pytest.skip("torchvision is not installed: pip install --no-deps torchvision==0.28.0 pillow")
    return package.models.get_model(name, weights=None)


CASES = cases(
    Case("wavenet", WaveNet, small=(256, 1500), idle="layer50.dense"),
    Case("tcn", tcn),
    Case("context_basic", lambda: context(1, 1, 1, 1, 1, 1, 1)),
    Case("context_large", lambda: context(2, 2, 4, 8, 16, 32, 32), small=(21, 24, 24)),
    Case("c3d", c3d),
    Case("r3d_18", lambda: video("r3d_18"), small=(3, 4, 32, 32), keys=True),
    Case("mc3_18", lambda: video("mc3_18"), small=(3, 4, 32, 32), keys=True),
    Case("r2plus1d_18", lambda: video("r2plus1d_18"), small=(3, 8, 32, 32), keys=True),
    slow=("c3d", "mc3_18"),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)


@pytest.mark.parametrize("name", ["r3d_18", "mc3_18", "r2plus1d_18"])
def test_torchvisions_printed_figures(name: str) -> None:
    """Multiply–adds for 16 frames of 112x112, in billions to three digits."""
    video(name)
    package = torchvision()
    assert package is not None
    meta = package.models.get_model_weights(name).DEFAULT.meta
    net = Case(name, nn.Module).network()
    assert (net.params, round(int(str(net.macs)) / 1e9, 3)) == (meta["num_params"], meta["_ops"])
