"""Foreign, compiled from tests/backends/golden/readable/foreign.cnn by cnndsl."""

import argparse
import time

import torch
import torch.nn
from torch import Tensor, nn


class Foreign(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.conv = nn.Conv2d(3, 8, 3)
            self.add_module("1", torch.nn.Hardshrink(lambd=0.25))
            self.add_module("2", torch.nn.Hardshrink(lambd=0.5))
            self.last = nn.Conv2d(8, 4, 1)
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = getattr(self, "1")(self.conv(x))  # 8×6×6
        return self.last(getattr(self, "2")(x))


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Foreign once on random inputs.")
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
    model = Foreign().to(device, dtype).eval()
    shapes = {"x": (3, 8, 8)}
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
    print(f"Foreign on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
