"""Inputs, compiled from tests/backends/golden/readable/inputs.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Up(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.conv = nn.Conv2d(2 * c, c, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, skip: Tensor, below: Tensor) -> Tensor:
        x = self.up(below)
        return self.relu(self.conv(torch.cat([skip, x], dim=1)))


class Fuse(nn.Module):
    """With c=4."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(14, 4, 1)

    def forward(self, x1: Tensor, x2: Tensor, x3: Tensor) -> Tensor:
        x = torch.cat([x1, x2, x3], dim=1)  # 14×32×32
        return self.conv(x)  # 4×32×32


class Inputs(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.enc0 = nn.Conv2d(6, 8, 3, padding=1)
            self.relu = nn.ReLU()
            channels = 8
            self.maxpool = nn.MaxPool2d(2)
            for i in range(1, 3):
                self.add_module(f"enc{i}", nn.Conv2d(channels, 8 * 2**i, 3, padding=1))
                channels = 8 * 2**i
            self.dec1 = Up(16)
            self.dec0 = Up(8)
            self.fuse = Fuse()
        self.to(dtype=dtype)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        e: dict[int, Tensor] = {}
        e0 = self.relu(self.enc0(torch.cat([left, right], dim=1)))  # 8×32×32
        x = e0
        for i in range(1, 3):
            out = self.relu(getattr(self, f"enc{i}")(self.maxpool(x)))
            e[i] = out
            x = out
        return self.fuse(self.dec0(e0, self.dec1(e[1], x)), left, right)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Inputs once on random inputs.")
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
    model = Inputs().to(device, dtype).eval()
    shapes = {"left": (3, 32, 32), "right": (3, 32, 32)}
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
    print(f"Inputs on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
