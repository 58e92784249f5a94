"""Flow, compiled from tests/backends/golden/readable/flow.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Flow(nn.Module):
    """A value runs along; what is read again has a name"""

    def __init__(
        self,
        classes: int = 10,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.a = nn.Conv2d(3, 8, 3, padding=1)
            self.relu = nn.ReLU()
            self.b = nn.Conv2d(8, 8, 3, padding=1)
            self.add_module("3", nn.BatchNorm2d(8))
            self.c = nn.Conv2d(8, 8, 1)
            self.add_module("5", nn.Conv2d(24, 16, 1))
            self.maxpool = nn.MaxPool2d(2)
            self.adaptiveavgpool = nn.AdaptiveAvgPool2d(1)
            self.head = nn.Linear(16, classes)
        self.to(dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        a = self.a(image)  # 8×16×16
        x = self.relu(a)  # 8×16×16
        before = self.b(x)  # 8×16×16
        x = getattr(self, "3")(before)  # 8×16×16
        x = self.c(before)  # 8×16×16
        x = self.maxpool(getattr(self, "5")(torch.cat([a, x, x], dim=1)))  # 16×8×8
        x = torch.flatten(self.adaptiveavgpool(x), 1)  # 16
        return self.head(x)


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Flow once on random inputs.")
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
    model = Flow().to(device, dtype).eval()
    shapes = {"image": (3, 16, 16)}
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
    print(f"Flow on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
