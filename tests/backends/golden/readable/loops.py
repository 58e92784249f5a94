"""Loops, compiled from tests/backends/golden/readable/loops.cnn by cnndsl."""

import argparse
import time
from typing import Any

import torch
from torch import Tensor, nn

table = ((1, 16, 1), (6, 24, 2))


class Loops(nn.Module):
    def __init__(
        self,
        norm: bool = True,
        act: str = "relu",
        depth: int = 3,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.depth = depth
            channels = 3
            self.relu = nn.ReLU()
            for i in range(1, depth + 1):
                self.add_module(f"conv{i}", nn.Conv2d(channels, 8 * i, 3, padding=1))
                channels = 8 * i
            for t, c, n in table:
                self.add_module(
                    f"stage{c}",
                    nn.Sequential(
                        nn.Sequential(
                            nn.Conv2d(channels, t * c, 1), nn.ReLU6(), nn.Conv2d(t * c, c, 1)
                        ),
                        *(
                            nn.Sequential(
                                nn.Conv2d(c, t * c, 1), nn.ReLU6(), nn.Conv2d(t * c, c, 1)
                            )
                            for _ in range(1, n)
                        ),
                    ),
                )
                channels = c
            for i, c in enumerate((32, 64)):
                self.add_module(f"down{i}", nn.Conv2d(channels, c, 3, 2, padding=1))
                channels = c
            for c in reversed((8, 16)):
                self.add_module(f"up{c}", nn.ConvTranspose2d(channels, c, 2, 2))
                channels = c
            self.bn = nn.BatchNorm2d(channels) if norm else nn.Identity()
            self.use_relu = act == "relu"
            self.silu = nn.SiLU()
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        for i in range(1, self.depth + 1):
            x = self.relu(getattr(self, f"conv{i}")(x))
        for _t, c, _n in table:
            x = getattr(self, f"stage{c}")(x)
        for i, _c in enumerate((32, 64)):
            x = getattr(self, f"down{i}")(x)
        for c in reversed((8, 16)):
            x = getattr(self, f"up{c}")(x)
        out = self.bn(x)  # 8×32×32
        out = self.relu(out) if self.use_relu else self.silu(out)
        return out


def Bare(depth: int = 3, **kwargs: Any) -> Loops:
    return Loops(False, "silu", depth, **kwargs)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Loops once on random inputs.")
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
    model = Loops().to(device, dtype).eval()
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
    print(f"Loops on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
