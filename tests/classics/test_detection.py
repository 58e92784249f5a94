"""Darknet-53 and YOLOv3 by hand, and a feature pyramid of torchvision's."""

# mypy: allow-subclassing-any
from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.specs.peer import torchvision

from .checks import Case, Merge, cases, hold_figures, hold_values, mean_flat, program, total


def unit(c_in: int, c: int, k: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c, k, stride, k // 2, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.1))


def stage(c: int, n: int) -> nn.Sequential:
    residuals = [Merge(total, nn.Identity(), nn.Sequential(unit(c, c // 2, 1), unit(c // 2, c, 3))) for _ in range(n)]
    return nn.Sequential(unit(c // 2, c, 3, 2), *residuals)


def detect(c_in: int, c: int) -> nn.Sequential:
    return nn.Sequential(unit(c_in, c, 3), nn.Conv2d(c, 255, 1))


def darknet53() -> nn.Module:
    stages = [stage(c, n) for c, n in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))]
    return nn.Sequential(unit(3, 32, 3), *stages, mean_flat(), nn.Linear(1024, 1000))


def five(c_in: int, c: int) -> nn.Sequential:
    return nn.Sequential(unit(c_in, c, 1), unit(c, 2 * c, 3), unit(2 * c, c, 1), unit(c, 2 * c, 3), unit(2 * c, c, 1))


class YOLOv3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.to_c3 = nn.Sequential(unit(3, 32, 3), stage(64, 1), stage(128, 2), stage(256, 8))
        self.to_c4, self.to_c5 = stage(512, 8), stage(1024, 4)
        self.neck1, self.head1, self.reduce1 = five(1024, 512), detect(512, 1024), unit(512, 256, 1)
        self.neck2, self.head2, self.reduce2 = five(768, 256), detect(256, 512), unit(256, 128, 1)
        self.neck3, self.head3 = five(384, 128), detect(128, 256)

    def forward(self, x: Tensor) -> list[Tensor]:
        c3 = self.to_c3(x)
        c4 = self.to_c4(c3)
        one = self.neck1(self.to_c5(c4))
        two = self.neck2(torch.cat([functional.interpolate(self.reduce1(one), scale_factor=2), c4], 1))
        three = self.neck3(torch.cat([functional.interpolate(self.reduce2(two), scale_factor=2), c3], 1))
        return [self.head1(one), self.head2(two), self.head3(three)]


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        low: list[nn.Module] = []
        for c_in, c in ((3, 16), (16, 32), (32, 64), (64, 128)):
            low += [unit(c_in, c, 3), nn.MaxPool2d(2)]
        self.fine = nn.Sequential(*low, unit(128, 256, 3))
        same = nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), float("-inf")), nn.MaxPool2d(2, 1))
        self.coarse = nn.Sequential(nn.MaxPool2d(2), unit(256, 512, 3), same, unit(512, 1024, 3), unit(1024, 256, 1))
        self.head1, self.reduce, self.head2 = detect(256, 512), unit(256, 128, 1), detect(384, 256)

    def forward(self, x: Tensor) -> list[Tensor]:
        fine = self.fine(x)
        coarse = self.coarse(fine)
        up = functional.interpolate(self.reduce(coarse), scale_factor=2)
        return [self.head1(coarse), self.head2(torch.cat([up, fine], 1))]


def fpn() -> nn.Module:
    package = torchvision()
    if package is None:
        pytest.skip("torchvision is not installed: pip install --no-deps torchvision==0.28.0 pillow")
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

    return resnet_fpn_backbone(
        backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5, returned_layers=[1, 2, 3, 4]
    )


CASES = cases(
    Case("darknet53", darknet53, small=(3, 64, 64)),
    Case("yolov3", YOLOv3, small=(3, 64, 64)),
    Case("yolov3_tiny", Tiny, small=(3, 96, 96)),
    Case("fpn_resnet50", fpn, small=(3, 96, 64), keys=True),
    slow=("yolov3",),
)


@pytest.mark.parametrize("case", CASES)
def test_figures(case: Case) -> None:
    hold_figures(case)


@pytest.mark.parametrize("case", CASES)
def test_values(case: Case) -> None:
    hold_values(case)


@pytest.mark.parametrize(("net", "size"), [("yolov3", 248_007_048), ("yolov3_tiny", 35_434_956)])
def test_as_many_numbers_as_the_authors_files_hold(net: str, size: int) -> None:
    """Sizes in bytes of yolov3.weights and yolov3-tiny.weights: a header of 20, then float32, running statistics included."""
    numbers = [w for layer in program(net).net(net) for w in layer.weights if w.name != "num_batches_tracked"]
    assert sum(torch.Size(w.shape).numel() for w in numbers) == (size - 20) / 4


@pytest.mark.parametrize(("net", "billions"), [("yolov3", 65.86), ("yolov3_tiny", 5.56), ("darknet53", 18.57)])
def test_operations_as_the_authors_count_them(net: str, billions: float) -> None:
    assert 2 * int(str(program(net).net(net).macs)) / 1e9 == pytest.approx(billions, abs=0.005)
