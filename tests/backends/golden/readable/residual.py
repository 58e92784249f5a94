"""small, compiled from tests/backends/golden/readable/residual.cnn by cnndsl."""

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Basic(nn.Module):
    def __init__(self, in_channels: int, c: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or in_channels != c:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, c, 1, stride, bias=False), nn.BatchNorm2d(c)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(out)) + self.downsample(x)
        return self.relu(x)


class RepVGGStride2(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.dense = nn.Conv2d(in_channels, c, 3, 2, padding=1, bias=False)
        self.point = nn.Conv2d(in_channels, c, 1, 2, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.dense(x) + self.point(x)
        return self.relu(x)


class RepVGGStride1(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.identity = nn.BatchNorm2d(c)
        self.dense = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.point = nn.Conv2d(c, c, 1, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.identity(x) + self.dense(x) + self.point(x)
        return self.relu(x)


class Residual(nn.Module):
    """A small residual network of one kind of block"""

    def __init__(
        self,
        unit: Callable[..., Basic],
        depth: int,
        classes: int = 10,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.stem = nn.Conv2d(3, 16, 3, padding=1)
            channels = 16
            for i, c in enumerate((16, 32, 64)):
                self.add_module(
                    f"layer{i}",
                    nn.Sequential(
                        unit(channels, c, 1 if i == 0 else 2),
                        *(unit(c, c) for _ in range(depth - 1)),
                    ),
                )
                channels = c
            self.adaptiveavgpool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(channels, classes)
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)  # 16×32×32
        for i, _c in enumerate((16, 32, 64)):
            x = getattr(self, f"layer{i}")(x)
        x = torch.flatten(self.adaptiveavgpool(x), 1)  # 64
        return self.fc(x)


class ResidualTo10(nn.Module):
    """A small residual network of one kind of block

    With depth=3, classes=10.
    """

    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.stem = nn.Conv2d(3, 16, 3, padding=1)
            self.layer0 = nn.Sequential(
                RepVGGStride1(16),
                RepVGGStride1(16),
                RepVGGStride1(16),
            )
            self.layer1 = nn.Sequential(
                RepVGGStride2(16, 32),
                RepVGGStride1(32),
                RepVGGStride1(32),
            )
            self.layer2 = nn.Sequential(
                RepVGGStride2(32, 64),
                RepVGGStride1(64),
                RepVGGStride1(64),
            )
            self.fc = nn.Linear(64, 10)
            self.adaptiveavgpool2d = nn.AdaptiveAvgPool2d(1)
            self.flatten = nn.Flatten()
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)  # 16×32×32
        x = self.layer0(x)  # 16×32×32
        x = self.layer1(x)  # 32×16×16
        x = self.layer2(x)  # 64×8×8
        x = self.adaptiveavgpool2d(x)  # 64×1×1
        x = self.flatten(x)  # 64
        return self.fc(x)  # 10


def small(classes: int = 10, **kwargs: Any) -> Residual:
    return Residual(Basic, 2, classes, **kwargs)


def large(classes: int = 10, **kwargs: Any) -> Residual:
    return Residual(Basic, 4, classes, **kwargs)


def plain(**kwargs: Any) -> ResidualTo10:
    return ResidualTo10(**kwargs)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run small once on random inputs.")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--batch", type=int, default=1, help="number of samples")
    dtypes = ["float32", "float64", "float16", "bfloat16"]
    parser.add_argument("--dtype", default="float32", choices=dtypes)
    options = parser.parse_args()
    if options.batch < 1:
        parser.exit(2, f"{parser.prog}: --batch must be at least 1\n")
    try:
        device = torch.device(options.device)
        torch.empty(1, device=device)
    except (AssertionError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        parser.exit(2, f"{parser.prog}: device {options.device} cannot be used: {reason}\n")
    dtype = getattr(torch, options.dtype)
    model = small().to(device, dtype).eval()
    shapes = {"image": (3, 32, 32)}
    inputs = [
        torch.randn(options.batch, *shape, device=device, dtype=dtype) for shape in shapes.values()
    ]
    with torch.no_grad():
        start = time.perf_counter()
        output = model(*inputs)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        milliseconds = 1000 * (time.perf_counter() - start)
    for name, value in [("out", output)]:
        print(f"{name}: {list(value.shape)} {options.dtype}")
    print(f"small on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
