"""Siamese, compiled from tests/backends/golden/readable/shared.cnn by cnndsl."""

import argparse
import time
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Tower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3)
        self.relu = nn.ReLU()
        self.adaptiveavgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 32)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(self.adaptiveavgpool(self.relu(self.conv(x))), 1)
        return self.fc(x)


class SiameseOutput(NamedTuple):
    """What Siamese gives."""

    score: Tensor
    embedding: Tensor


class Siamese(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.tower = Tower()
            self.score = nn.Linear(32, 1)
            self.sigmoid = nn.Sigmoid()
        self.to(dtype=dtype)

    def forward(self, a: Tensor, b: Tensor) -> SiameseOutput:
        fa = self.tower(a)  # 32
        x = self.tower(b)  # 32
        x = self.sigmoid(self.score(torch.abs(fa - x)))  # 1
        return SiameseOutput(score=x, embedding=fa)


class Again(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.add_module("block-1", nn.Conv2d(8, 8, 3, padding=1))
            self.add_module("block-2", nn.Conv2d(8, 8, 3, padding=1))
            self.group = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8))
            self.relu = nn.ReLU()
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = getattr(self, "block-1")(x)  # 8×16×16
        x = self.relu(x)  # 8×16×16
        x = getattr(self, "block-2")(x)  # 8×16×16
        x = self.relu(x)  # 8×16×16
        x = getattr(self, "block-1")(x)  # 8×16×16
        x = self.relu(x)  # 8×16×16
        x = getattr(self, "block-2")(x)  # 8×16×16
        x = self.relu(x)  # 8×16×16
        x = self.group(x)  # 8×16×16
        return self.group(x)  # 8×16×16


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Siamese once on random inputs.")
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
    model = Siamese().to(device, dtype).eval()
    shapes = {"a": (1, 28, 28), "b": (1, 28, 28)}
    inputs = [
        torch.randn(options.batch, *shape, device=device, dtype=dtype) for shape in shapes.values()
    ]
    with torch.no_grad():
        start = time.perf_counter()
        output = model(*inputs)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        milliseconds = 1000 * (time.perf_counter() - start)
    for name, value in output._asdict().items():
        print(f"{name}: {list(value.shape)} {options.dtype}")
    print(f"Siamese on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
