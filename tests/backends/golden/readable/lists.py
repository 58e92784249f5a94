"""Lists, compiled from tests/backends/golden/readable/lists.cnn by cnndsl."""

import argparse
import time

import torch
from torch import Tensor, nn


class Ends(nn.Module):
    """What goes on, and what goes to the end

    With c=4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on = nn.Conv2d(8, 4, 3, padding=1)
        self.side = nn.Conv2d(4, 8, 1)
        self.tanh = nn.Tanh()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = on = self.on(x)  # 4×16×16
        x = self.tanh(x)  # 4×16×16
        x = self.side(x)  # 8×16×16
        return (on, x)


class Cut(nn.Module):
    """With c=16, n=3."""

    def __init__(self) -> None:
        super().__init__()
        self.cv1 = nn.Conv2d(15, 16, 1)
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.conv3 = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cv1(x)  # 16×16×16
        chunk_0, chunk_1 = torch.chunk(x, 2, dim=1)  # 8×16×16, 8×16×16
        x = conv1 = self.conv1(chunk_1)  # 8×16×16
        x = conv2 = self.conv2(x)  # 8×16×16
        x = self.conv3(x)  # 8×16×16
        return torch.cat([chunk_0, chunk_1, conv1, conv2, x], dim=1)  # 40×16×16


class Lists(nn.Module):
    def __init__(
        self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        with torch.device(device or torch.get_default_device()):
            self.left = nn.Conv2d(3, 8, 1)
            self.right = nn.Conv2d(3, 8, 3, padding=1)
            self.ends = Ends()
            self.split = Cut()
            self.relu = nn.ReLU()
        self.to(dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        split_0, split_1 = torch.split(x, [3, 5], dim=1)  # 3×16×16, 5×16×16
        x = left = self.left(split_0)  # 8×16×16
        x = right = self.right(split_0)  # 8×16×16
        x = relu = self.relu(left)  # 8×16×16
        # 8×16×16, 8×16×16
        softmax_0, softmax_1 = torch.stack([left, right], dim=1).softmax(dim=1).unbind(dim=1)
        x = mul = softmax_0 * relu  # 8×16×16
        x = softmax_1 * right  # 8×16×16
        x = mul + x  # 8×16×16
        ends_0, ends_1 = self.ends(x)  # 4×16×16, 8×16×16
        x = torch.cat([ends_0, ends_1, split_0], dim=1)  # 15×16×16
        return self.split(x)  # 40×16×16


def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
    parser = argparse.ArgumentParser(description="Run Lists once on random inputs.")
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
    model = Lists().to(device, dtype).eval()
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
    print(f"Lists on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
