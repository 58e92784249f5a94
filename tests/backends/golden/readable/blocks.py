"""Blocks, compiled from tests/backends/golden/readable/blocks.cnn by cnndsl."""

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn


class ConvAct(nn.Module):
    """Convolution, normalisation, activation"""

    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int = 3,
        stride: int = 1,
        act: Callable[..., nn.Module] = nn.ReLU,
        norm: Callable[..., nn.Module] = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, c, k, stride, padding=k // 2, bias=False)
        self.bn = norm(c)
        self.act_2 = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.act_2(self.bn(self.conv(x)))


class Squeeze(nn.Module):
    def __init__(self, in_channels: int, ratio: int = 4) -> None:
        super().__init__()
        self.adaptiveavgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(in_channels, in_channels // ratio, 1)
        self.relu = nn.ReLU()
        self.fc2 = nn.Conv2d(in_channels // ratio, in_channels, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.fc1(self.adaptiveavgpool(x)))
        return x * self.sigmoid(self.fc2(out))


class Blocks(nn.Module):
    def __init__(
        self,
        width: int = 16,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.stem = ConvAct(3, width)
            self.add_module("1", ConvAct(width, 2 * width, stride=2, act=nn.SiLU))
            self.add_module(
                "2", ConvAct(2 * width, 2 * width, 1, act=partial(nn.LeakyReLU, negative_slope=0.1))
            )
            self.gate = Squeeze(2 * width)
            self.last = ConvAct(2 * width, 4 * width, norm=partial(nn.BatchNorm2d, eps=0.001))
            self.add_module("5", Squeeze(4 * width, 8))
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = getattr(self, "2")(getattr(self, "1")(self.stem(x)))  # 32×16×16
        x = self.gate(x)  # 32×16×16
        return getattr(self, "5")(self.last(x))


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Blocks once on random inputs.")
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
    model = Blocks().to(device, dtype).eval()
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
    print(f"Blocks on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
