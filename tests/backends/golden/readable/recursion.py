"""Recursion, compiled from tests/backends/golden/readable/recursion.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class TreeDepth0(nn.Sequential):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.leaf = nn.Conv2d(c, c, 3, padding=1)


class TreeDepth1(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.left = TreeDepth0(c)
        self.right = TreeDepth0(c)
        self.root = nn.Conv2d(2 * c, c, 1)

    def forward(self, x: Tensor) -> Tensor:
        l_2 = self.left(x)
        out = self.right(l_2)
        return self.root(torch.cat([l_2, out], dim=1))


class TreeDepth2(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.left = TreeDepth1(c)
        self.right = TreeDepth1(c)
        self.root = nn.Conv2d(2 * c, c, 1)

    def forward(self, x: Tensor) -> Tensor:
        l_2 = self.left(x)
        x = self.right(l_2)
        return self.root(torch.cat([l_2, x], dim=1))


class Recursion(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.tree = TreeDepth2(8)
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        return self.tree(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Recursion once on random inputs.")
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
    model = Recursion().to(device, dtype).eval()
    shapes = {"x": (8, 16, 16)}
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
    print(f"Recursion on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
