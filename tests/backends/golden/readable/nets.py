"""Trunk, compiled from tests/backends/golden/readable/nets.cnn by cnndsl."""

import argparse
import time
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class TrunkOutput(NamedTuple):
    """What Trunk gives."""

    low: Tensor
    deep: Tensor


class Trunk(nn.Module):
    def __init__(
        self,
        width: int = 8,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.low = nn.Conv2d(3, width, 3, padding=1)
            self.relu = nn.ReLU()
            self.high = nn.Conv2d(width, 2 * width, 3, 2, padding=1)
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> TrunkOutput:
        low = self.low(image)  # 8×32×32
        x = self.relu(low)  # 8×32×32
        high = self.high(x)  # 16×16×16
        x = self.relu(high)  # 16×16×16
        return TrunkOutput(low=low, deep=high)


class HeadOfTwoOutput(NamedTuple):
    """What HeadOfTwo gives."""

    scores: Tensor
    features: Tensor


class HeadOfTwo(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.trunk = Trunk()
            self.body: Any = nn.ModuleDict(
                {
                    "first": nn.Conv2d(16, 8, 1),
                    "second": nn.Conv2d(8, 8, 3, padding=1),
                }
            )
            self.fc = nn.Linear(8, 10)
            self.relu = nn.ReLU()
            self.adaptiveavgpool2d = nn.AdaptiveAvgPool2d(1)
            self.flatten = nn.Flatten()
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> HeadOfTwoOutput:
        trunk_0, trunk_1 = self.trunk(image)  # 8×32×32, 16×16×16
        x = first = self.body.first(trunk_1)  # 8×16×16
        x = self.relu(x)  # 8×16×16
        x = self.body.second(x)  # 8×16×16
        x = first + x  # 8×16×16
        x = self.adaptiveavgpool2d(x)  # 8×1×1
        x = self.flatten(x)  # 8
        x = self.fc(x)  # 10
        return HeadOfTwoOutput(scores=x, features=first)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Trunk once on random inputs.")
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
    model = Trunk().to(device, dtype).eval()
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
    for name, value in output._asdict().items():
        print(f"{name}: {list(value.shape)} {options.dtype}")
    print(f"Trunk on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
