"""Repeats, compiled from tests/backends/golden/readable/repeats.cnn by cnndsl."""

import argparse
import time
from collections import OrderedDict

import torch
from torch import Tensor, nn


class Pair(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, c, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


class Repeats(nn.Module):
    def __init__(
        self,
        n: int = 4,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.features = nn.Sequential(
                nn.Conv2d(3, 16, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(16, 16, 3, padding=1),
                nn.ReLU(),
                nn.MaxPool2d(2),
                *(nn.Conv2d(16, 16, 3, padding=1) for _ in range(n - 1)),
            )
            self.stages = nn.Sequential(
                *(
                    nn.Sequential(
                        OrderedDict(
                            [
                                ("conv", nn.Conv2d(16, 16, 3, padding=1, bias=False)),
                                ("bn", nn.BatchNorm2d(16)),
                            ]
                        )
                    )
                    for _ in range(n)
                )
            )
            self.pairs = nn.Sequential(Pair(16, 8), *(Pair(8, 8) for _ in range(1, n)))
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # 16×16×16
        x = self.stages(x)  # 16×16×16
        return self.pairs(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Repeats once on random inputs.")
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
    model = Repeats().to(device, dtype).eval()
    shapes = {"x": (3, 32, 32)}
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
    print(f"Repeats on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
