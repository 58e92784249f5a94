"""Images to images: super-resolution, denoising, generators and what judges them."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from .checks import Case, Lambda, Merge, cases, hold_figures, hold_values, program, total


def srcnn(k: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 64, 9), nn.ReLU(), nn.Conv2d(64, 32, k), nn.ReLU(), nn.Conv2d(32, 1, 5))


def fsrcnn(d: int, s: int, m: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(1, d, 5, padding=2), nn.PReLU(d), nn.Conv2d(d, s, 1), nn.PReLU(s)]
    for _ in range(m):
        layers += [nn.Conv2d(s, s, 3, padding=1), nn.PReLU(s)]
    return nn.Sequential(*layers, nn.Conv2d(s, d, 1), nn.PReLU(d), nn.ConvTranspose2d(d, 1, 9, 3, 4, 2))


def chain(depth: int, norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.ReLU()]
    for _ in range(depth - 2):
        layers += [nn.Conv2d(64, 64, 3, 1, 1, bias=False), *([nn.BatchNorm2d(64)] if norm else []), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(64, 1, 3, 1, 1, bias=False))


def dncnn(depth: int) -> nn.Module:
    return Merge(lambda xs: xs[0] - xs[1], nn.Identity(), chain(depth, True))


def espcn() -> nn.Module:
    low = [nn.Conv2d(1, 64, 5, 1, 2), nn.Tanh(), nn.Conv2d(64, 32, 3, 1, 1), nn.Tanh()]
    return nn.Sequential(*low, nn.Conv2d(32, 9, 3, 1, 1), nn.PixelShuffle(3))


def edsr(n: int, c: int, scale: float) -> nn.Module:
    def residual() -> nn.Module:
        scaled = [Lambda(lambda x: x * scale)] if scale != 1 else []
        convs = nn.Conv2d(c, c, 3, 1, 1), nn.ReLU(), nn.Conv2d(c, c, 3, 1, 1)
        return Merge(total, nn.Identity(), nn.Sequential(*convs, *scaled))

    body = nn.Sequential(*[residual() for _ in range(n)], nn.Conv2d(c, c, 3, 1, 1))
    enlarge = [nn.Conv2d(c, 4 * c, 3, 1, 1), nn.PixelShuffle(2), nn.Conv2d(c, 4 * c, 3, 1, 1), nn.PixelShuffle(2)]
    return nn.Sequential(nn.Conv2d(3, c, 3, 1, 1), Merge(total, nn.Identity(), body), *enlarge, nn.Conv2d(c, 3, 3, 1, 1))


def generator() -> nn.Module:
    layers: list[nn.Module] = []
    for c_in, c, stride, padding in ((100, 512, 1, 0), (512, 256, 2, 1), (256, 128, 2, 1), (128, 64, 2, 1)):
        layers += [nn.ConvTranspose2d(c_in, c, 4, stride, padding, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for c in (128, 256, 512):
        layers += [nn.Conv2d(c // 2, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, bias=False), nn.Sigmoid())


class UNet(nn.Module):
    """The layers of one level around those of the next, from the inside out."""

    def __init__(self, outer: int, inner: int, below: nn.Module | None, dropout: bool = False) -> None:
        super().__init__()
        down = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, 2, 1, bias=False)]
        middle = [nn.BatchNorm2d(inner), below] if below else []
        up = nn.ConvTranspose2d(2 * inner if below else inner, outer, 4, 2, 1, bias=False)
        parts = [*down, *middle, nn.ReLU(), up, nn.BatchNorm2d(outer), *([nn.Dropout(0.5)] if dropout else [])]
        self.parts = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([nn.functional.leaky_relu(x, 0.2), self.parts(x)], 1)


def pix2pix() -> nn.Module:
    level: nn.Module = UNet(512, 512, None)
    for _ in range(3):
        level = UNet(512, 512, level, dropout=True)
    for outer in (256, 128, 64):
        level = UNet(outer, 2 * outer, level)
    return nn.Sequential(nn.Conv2d(3, 64, 4, 2, 1, bias=False), level, nn.ReLU(), nn.ConvTranspose2d(128, 3, 4, 2, 1), nn.Tanh())


def patches(c_in: int, norm: type[nn.Module], bias: bool) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(c_in, 64, 4, 2, 1), nn.LeakyReLU(0.2)]
    for c, stride in ((128, 2), (256, 2), (512, 1)):
        layers += [nn.Conv2d(c // 2, c, 4, stride, 1, bias=bias), norm(c), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 1))


def cyclegan() -> nn.Module:
    def residual() -> nn.Module:
        half = [[nn.ReflectionPad2d(1), nn.Conv2d(256, 256, 3), nn.InstanceNorm2d(256)] for _ in range(2)]
        return Merge(total, nn.Identity(), nn.Sequential(*half[0], nn.ReLU(), *half[1]))

    layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, 64, 7), nn.InstanceNorm2d(64), nn.ReLU()]
    for c in (128, 256):
        layers += [nn.Conv2d(c // 2, c, 3, 2, 1), nn.InstanceNorm2d(c), nn.ReLU()]
    layers += [residual() for _ in range(9)]
    for c in (128, 64):
        layers += [nn.ConvTranspose2d(2 * c, c, 3, 2, 1, 1), nn.InstanceNorm2d(c), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7), nn.Tanh())


CASES = cases(
    Case("srcnn_915", lambda: srcnn(1)),
    Case("srcnn_935", lambda: srcnn(3)),
    Case("srcnn_955", lambda: srcnn(5)),
    Case("fsrcnn", lambda: fsrcnn(56, 12, 4), small=(1, 20, 24)),
    Case("fsrcnn_s", lambda: fsrcnn(32, 5, 1), small=(1, 20, 24)),
    Case("vdsr", lambda: Merge(total, nn.Identity(), chain(20, False))),
    Case("dncnn_17", lambda: dncnn(17)),
    Case("dncnn_20", lambda: dncnn(20)),
    Case("espcn", espcn, small=(1, 20, 24)),
    Case("edsr_baseline", lambda: edsr(16, 64, 1), small=(3, 12, 16)),
    Case("edsr", lambda: edsr(32, 256, 0.1), small=(3, 12, 8)),
    Case("dcgan_generator", generator),
    Case("dcgan_discriminator", discriminator),
    Case("pix2pix_generator", pix2pix),
    Case("pix2pix_discriminator", lambda: patches(6, nn.BatchNorm2d, False), small=(6, 64, 64)),
    Case("cyclegan_generator", cyclegan, small=(3, 32, 32)),
    Case("cyclegan_discriminator", lambda: patches(3, nn.InstanceNorm2d, True), small=(3, 64, 64)),
    slow=("edsr",),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)


PRINTED = {
    "pix2pix_generator": 54.414,
    "pix2pix_discriminator": 2.769,
    "cyclegan_generator": 11.378,
    "cyclegan_discriminator": 2.765,
}


@pytest.mark.parametrize("net", PRINTED)
def test_millions_of_parameters_as_the_authors_print_them(net: str) -> None:
    assert round(program(net).net(net).params / 1e6, 3) == PRINTED[net]
