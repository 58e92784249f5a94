"""Keys, compiled from tests/backends/golden/readable/keys.cnn by cnndsl."""

import argparse
import time
from typing import Any

import torch
from torch import Tensor, nn


class Keys(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.input = nn.Conv2d(3, 8, 3)
            self.convs: Any = nn.ModuleList(
                [
                    nn.Conv2d(8, 8, 1, bias=False),
                    nn.Conv2d(8, 8, 1, bias=False),
                ]
            )
            self.norms: Any = nn.ModuleList(
                [
                    nn.BatchNorm2d(8),
                    nn.BatchNorm2d(8),
                ]
            )
            self.add_module(
                "3",
                nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)),
            )
            self.add_module("two-words", nn.Conv2d(8, 4, 1))
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = self.input(x)  # 8×6×6
        x = self.convs[0](x)  # 8×6×6
        x = self.norms[0](x)  # 8×6×6
        x = self.convs[1](x)  # 8×6×6
        x = self.norms[1](x)  # 8×6×6
        x = getattr(self, "3")(x)  # 8×3×3
        return getattr(self, "two-words")(x)  # 4×3×3


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Keys once on random inputs.")
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
    model = Keys().to(device, dtype).eval()
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
    print(f"Keys on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
