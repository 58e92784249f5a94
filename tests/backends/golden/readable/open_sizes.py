"""Open, compiled from tests/backends/golden/readable/open_sizes.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Open(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
            self.maxpool = nn.MaxPool2d(2)
            self.up = nn.ConvTranspose2d(8, 8, 4, stride=4)
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        x = self.maxpool(self.conv(image))  # 8×(⌊(H - 3)/4⌋ + 1)×(⌊(W - 3)/4⌋ + 1)
        return self.up(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Open once on random inputs.")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--batch", type=int, default=1, help="number of samples")
    dtypes = ["float32", "float64", "float16", "bfloat16"]
    parser.add_argument("--dtype", default="float32", choices=dtypes)
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        required=True,
        metavar=("H", "W"),
        help="the sizes that the network leaves open",
    )
    options = parser.parse_args()
    if min(options.batch, *options.size) < 1:
        parser.exit(2, f"{parser.prog}: --batch and --size must be at least 1\n")
    try:
        device = torch.device(options.device)
        torch.empty(1, device=device)
    except (AssertionError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        parser.exit(2, f"{parser.prog}: device {options.device} cannot be used: {reason}\n")
    dtype = getattr(torch, options.dtype)
    model = Open().to(device, dtype).eval()
    h, w = options.size
    shapes = {"image": (3, h, w)}
    inputs = [
        torch.randn(options.batch, *shape, device=device, dtype=dtype) for shape in shapes.values()
    ]
    with torch.no_grad():
        start = time.perf_counter()
        try:
            output = model(*inputs)
        except (RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            parser.exit(2, f"{parser.prog}: --size {options.size} cannot be run: {reason}\n")
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        milliseconds = 1000 * (time.perf_counter() - start)
    for name, value in [("out", output)]:
        print(f"{name}: {list(value.shape)} {options.dtype}")
    print(f"Open on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
