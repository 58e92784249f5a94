"""Signal, compiled from tests/backends/golden/readable/axes.cnn by cnndsl."""

import argparse
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNormChannelsFirst(nn.LayerNorm):
    """LayerNorm over the channels of a map, which stand first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Permute(nn.Module):
    """Another order of the axes."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)


class StochasticDepth(nn.Module):
    """In training, zeroes each sample ("row") or the whole batch ("batch") with probability p, and scales what stays."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        rows = len(x) if self.mode == "row" else 1
        keep = 1 - self.p
        noise = x.new_empty([rows] + [1] * (x.dim() - 1)).bernoulli_(keep)
        if keep > 0:
            noise = noise / keep
        return x * noise

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"


def center_crop(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """The middle of x with the given spatial size; where the rest is odd, one more is cut at the end."""
    height, width = size
    top = (x.shape[2] - height) // 2
    left = (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]


class Signal(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.conv = nn.Conv1d(2, 16, 9, stride=2, padding=4, bias=False)
            self.bn = nn.BatchNorm1d(16)
            self.relu = nn.ReLU()
            self.maxpool = nn.MaxPool1d(2)
            self.causal = nn.Conv1d(16, 16, 2)
            self.adaptiveavgpool = nn.AdaptiveAvgPool1d(1)
        self.to(dtype=dtype)

    def forward(self, wave: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn(self.conv(wave))))  # 16×250
        return torch.flatten(self.adaptiveavgpool(self.causal(F.pad(x, (1, 0)))), 1)


class Volume(nn.Module):
    def __init__(
        self,
        c: int = 1,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.conv = nn.Conv3d(c, 8, (1, 3, 3), padding=(0, 1, 1))
            self.maxpool = nn.MaxPool3d((1, 2, 2))
            self.norm = nn.InstanceNorm3d(8)
            self.up = nn.ConvTranspose3d(8, 4, 2, stride=2)
        self.to(dtype=dtype)

    def forward(self, scan: Tensor) -> Tensor:
        x = self.maxpool(self.conv(scan))  # 8×16×16×16
        return self.up(self.norm(x))


class CNBlock(nn.Module):
    """Depthwise, then two linear layers at each place"""

    def __init__(self, drop: float) -> None:
        super().__init__()
        c = 16
        self.block = nn.Sequential(
            nn.Conv2d(16, c, 7, padding=3, groups=c),
            Permute(0, 2, 3, 1),
            nn.LayerNorm(c),
            nn.Linear(c, 4 * c),
            nn.GELU(),
            nn.Linear(4 * c, c),
            Permute(0, 3, 1, 2),
        )
        self.layer_scale = nn.Parameter(torch.full((c, 1, 1), 1e-06))
        self.stochasticdepth = StochasticDepth(drop)

    def forward(self, x: Tensor) -> Tensor:
        out = self.block(x)
        out = self.stochasticdepth(out * self.layer_scale)
        return x + out


class Places(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.stem = nn.Conv2d(3, 16, 4, stride=4)
            self.norm = LayerNormChannelsFirst(16)
            self.body = nn.Sequential(CNBlock(0.1), CNBlock(0.2))
            self.add_module("3", nn.Conv2d(16, 8, 3, 2))
            self.upsample = nn.Upsample(scale_factor=2, mode="bilinear")
            self.pixelshuffle = nn.PixelShuffle(2)
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem(x))  # 16×8×8
        x = self.body(x)  # 16×8×8
        return center_crop(
            self.pixelshuffle(self.upsample(getattr(self, "3")(F.pad(x, (0, 1, 0, 1))))), (8, 8)
        )


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Signal once on random inputs.")
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
    model = Signal().to(device, dtype).eval()
    shapes = {"wave": (2, 1000)}
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
    print(f"Signal on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
