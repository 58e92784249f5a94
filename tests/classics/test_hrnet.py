"""HRNet by hand: every resolution to every other."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
from torch import Tensor, nn

from .checks import Case, Merge, cases, hold_figures, hold_values, mean_flat, program, total


def normed(c_in: int, c: int, k: int, stride: int = 1, relu: bool = True, bias: bool = False) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c, k, stride, k // 2, bias=bias)
    return nn.Sequential(conv, nn.BatchNorm2d(c), *([nn.ReLU()] if relu else []))


def residual(body: nn.Module, shortcut: nn.Module) -> nn.Module:
    return nn.Sequential(Merge(total, body, shortcut), nn.ReLU())


def bottleneck(c_in: int, width: int) -> nn.Module:
    body = nn.Sequential(normed(c_in, width, 1), normed(width, width, 3), normed(width, 4 * width, 1, relu=False))
    return residual(body, nn.Identity() if c_in == 4 * width else normed(c_in, 4 * width, 1, relu=False))


def basic(c: int) -> nn.Module:
    return residual(nn.Sequential(normed(c, c, 3), normed(c, c, 3, relu=False)), nn.Identity())


def exchange(c_from: int, c_to: int, up: int) -> nn.Module:
    if up == 0:
        return nn.Identity()
    if up > 0:
        return nn.Sequential(normed(c_from, c_to, 1, relu=False), nn.Upsample(scale_factor=2**up, mode="nearest"))
    return nn.Sequential(*[normed(c_from, c_from, 3, 2) for _ in range(-up - 1)], normed(c_from, c_to, 3, 2, relu=False))


class Module(nn.Module):
    def __init__(self, *widths: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*[basic(c) for _ in range(4)]) for c in widths)
        self.fuse = nn.ModuleList(
            nn.ModuleList(exchange(c_from, c_to, j - i) for j, c_from in enumerate(widths)) for i, c_to in enumerate(widths)
        )

    def forward(self, xs: list[Tensor]) -> list[Tensor]:
        ys = [branch(x) for branch, x in zip(self.branches, xs, strict=True)]
        return [total([f(y) for f, y in zip(row, ys, strict=True)]).relu() for row in self.fuse]


class HRNet(nn.Module):
    def __init__(self, w: int) -> None:
        super().__init__()
        layer1 = [bottleneck(64, 64), *[bottleneck(256, 64) for _ in range(3)]]
        self.stem = nn.Sequential(normed(3, 64, 3, 2), normed(64, 64, 3, 2), *layer1)
        self.new1 = nn.ModuleList([normed(256, w, 3), normed(256, 2 * w, 3, 2)])
        self.stage2 = nn.Sequential(Module(w, 2 * w))
        self.new2 = normed(2 * w, 4 * w, 3, 2)
        self.stage3 = nn.Sequential(*[Module(w, 2 * w, 4 * w) for _ in range(4)])
        self.new3 = normed(4 * w, 8 * w, 3, 2)
        self.stage4 = nn.Sequential(*[Module(w, 2 * w, 4 * w, 8 * w) for _ in range(3)])
        self.widen = nn.ModuleList(bottleneck(w * 2**i, 32 * 2**i) for i in range(4))
        self.down = nn.ModuleList(normed(128 * 2**i, 256 * 2**i, 3, 2, bias=True) for i in range(3))
        self.head = nn.Sequential(normed(1024, 2048, 1, bias=True), mean_flat(), nn.Linear(2048, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        xs = self.stage2([new(x) for new in self.new1])
        xs = self.stage3([*xs, self.new2(xs[-1])])
        xs = self.stage4([*xs, self.new3(xs[-1])])
        y = self.widen[0](xs[0])
        for x, widen, down in zip(xs[1:], self.widen[1:], self.down, strict=True):
            y = widen(x) + down(y)
        return self.head(y)


CASES = cases(
    Case("hrnet_w18", lambda: HRNet(18), small=(3, 64, 64)),
    Case("hrnet_w32", lambda: HRNet(32), small=(3, 64, 64)),
    Case("hrnet_w48", lambda: HRNet(48), small=(3, 64, 64)),
    slow=("hrnet_w32", "hrnet_w48"),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)


@pytest.mark.parametrize(("net", "printed"), [("hrnet_w18", 3.99), ("hrnet_w32", 8.31), ("hrnet_w48", 16.1)])
def test_multiply_adds_as_the_authors_print_them(net: str, printed: float) -> None:
    assert int(str(program(net).net(net).macs)) / 2**30 == pytest.approx(printed, abs=0.01)
