"""Functions, compiled from tests/backends/golden/readable/functions.cnn by cnndsl."""

import argparse
import time
from typing import Any

import torch
from torch import Tensor, nn

widths = tuple(16 * 2**i for i in range(3))


def make_divisible(v: float, d: int = 8) -> int:
    r = max(d, int(v + d / 2) // d * d)
    return r if r >= 0.9 * v else r + d


class Functions(nn.Module):
    def __init__(
        self,
        scale: float = 0.5,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            c = make_divisible(64 * scale)
            channels = 3
            for w in widths:
                self.add_module(f"conv{w}", nn.Conv2d(channels, w, 1 if w > 16 else 3))
                channels = w
            self.last = nn.Conv2d(channels, c + 3, 1)
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        for w in widths:
            x = getattr(self, f"conv{w}")(x)
        return self.last(x)


def Wide(**kwargs: Any) -> Functions:
    return Functions(1.0, **kwargs)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Functions once on random inputs.")
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
    model = Functions().to(device, dtype).eval()
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
    print(f"Functions on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
