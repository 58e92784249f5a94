"""Weights, compiled from tests/backends/golden/readable/weights.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Weights(nn.Module):
    def __init__(
        self,
        classes: int = 10,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.sobel = nn.Conv2d(1, 2, 3, padding=1, bias=False).requires_grad_(False)
            self.sobel.weight.data.copy_(
                torch.tensor(
                    [
                        [[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]],
                        [[[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]],
                    ]
                )
            )
            self.conv1 = nn.Conv2d(2, 8, 3, padding=1)
            nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
            if self.conv1.bias is not None:
                nn.init.zeros_(self.conv1.bias)
            self.relu = nn.ReLU()
            self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
            nn.init.kaiming_normal_(self.conv2.weight, mode="fan_out", nonlinearity="relu")
            if self.conv2.bias is not None:
                nn.init.zeros_(self.conv2.bias)
            self.norm = nn.BatchNorm2d(8).requires_grad_(False)
            self.scale = nn.Parameter(torch.full((8, 1, 1), 1e-06))
            self.adaptiveavgpool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(8, classes)
            nn.init.trunc_normal_(self.fc.weight, std=0.02)
            nn.init.constant_(self.fc.bias, -4.5)
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        x = self.sobel(image)  # 2×28×28
        x = self.relu(self.conv2(self.relu(self.conv1(x))))  # 8×28×28
        x = self.norm(x) * self.scale  # 8×28×28
        x = torch.flatten(self.adaptiveavgpool(x), 1)  # 8
        return self.fc(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Weights once on random inputs.")
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
    model = Weights().to(device, dtype).eval()
    shapes = {"image": (1, 28, 28)}
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
    print(f"Weights on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
