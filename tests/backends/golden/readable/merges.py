"""Merges, compiled from tests/backends/golden/readable/merges.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Merges(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.a = nn.Conv2d(8, 4, 1)
            self.b = nn.Conv2d(8, 4, 1)
            self.relu = nn.ReLU()
            self.c = nn.Conv2d(4, 4, 3, padding=1)
            self.d = nn.Conv2d(16, 8, 1)
            self.branch1 = nn.Conv2d(8, 4, 1)
            self.branch3 = nn.Conv2d(8, 4, 3, padding=1)
            self.branch5 = nn.Conv2d(8, 4, 5, padding=2)
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        out = self.relu(self.b(x))  # 4×16×16
        out = torch.cat([x, a, self.c(out)], dim=1)  # 16×16×16
        d = self.d(out)  # 8×16×16
        out = (d + x) * (d - x)  # 8×16×16
        x = torch.maximum(torch.maximum(out, d), x)  # 8×16×16
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x)], dim=1)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Merges once on random inputs.")
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
    model = Merges().to(device, dtype).eval()
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
    print(f"Merges on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
