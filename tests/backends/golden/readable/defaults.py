"""Defaults, compiled from tests/backends/golden/readable/defaults.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Down(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, c, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c)
        self.maxpool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool(self.bn(self.conv(x)))


class Dilated(nn.Module):
    def __init__(self, c: int, rate: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, c, 3, padding=rate, dilation=rate, bias=False)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(c, c, 3, padding=rate, dilation=rate, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.relu(self.conv1(x)))


class Defaults(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.down = Down(8)
            self.wide = Dilated(8, 2)
            self.wider = Dilated(16, 4)
            self.head = nn.Sequential(nn.Conv2d(16, 16, 1, bias=False), nn.Conv2d(16, 10, 1))
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = self.wider(self.wide(self.down(x)))  # 16×31×31
        return self.head(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Defaults once on random inputs.")
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
    model = Defaults().to(device, dtype).eval()
    shapes = {"x": (3, 64, 64)}
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
    print(f"Defaults on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
