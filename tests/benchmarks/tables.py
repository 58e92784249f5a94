"""Text to full table, in process, beside building the module on the meta device and summarising it with torchinfo."""

from __future__ import annotations

import gc
import io
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import partial
from pathlib import Path
from statistics import median

import cnndsl
from cnndsl.backend import Options
from cnndsl.backends import table

RUNS = 9
PROGRAMS = Path(__file__).parent / "programs"  # each as one would write it for that network alone
NETS = [  # file, net, torchvision's name, goal
    ("lenet", "LeNet5", None, 2),
    ("resnet", "ResNet50", "resnet50", 10),
    ("resnet", "ResNet152", "resnet152", 10),
    ("densenet", "DenseNet121", "densenet121", 10),
]


def run() -> None:
    print("Text to full table, beside building on the meta device and summarising with torchinfo: CPU ms, medians of", RUNS)
    for file, net, peer, goal in NETS:
        text = (PROGRAMS / f"{file}.cnn").read_text("utf-8")
        theirs, size, name = summary(peer)
        gc.collect()
        gc.freeze()  # so that neither pays for what the other has loaded
        pairs = [(timed(partial(ours, text, net)), timed(theirs)) for _ in range(RUNS + 1)][1:]
        mine, other = (median(column) for column in zip(*pairs, strict=True))
        ratios = sorted(b / a for a, b in pairs)
        spread = f"{ratios[0]:.1f}–{ratios[-1]:.1f}"
        figures = f"cnndsl {mine * 1e3:7.2f}   {name} {size} {other * 1e3:7.1f}   ratio {median(ratios):5.1f}"
        print(f"  {net:12} {figures} ({spread}; goal {goal})")
    print()


def ours(text: str, net: str) -> str:
    return table.render([cnndsl.parse(text).net(net)], Options())


def summary(peer: str | None) -> tuple[Callable[[], object], str, str]:
    """What a torch user runs instead."""
    import torch
    import torchinfo

    torch.set_num_threads(1)
    if peer is None:
        build, shape = lenet, (1, 1, 32, 32)
    else:
        build, shape = torchvision_builder(peer), (1, 3, 224, 224)

    def once() -> object:
        with torch.device("meta"):
            module = build()
            return str(torchinfo.summary(module, input_data=torch.empty(shape), verbose=0, device="meta"))

    return once, "×".join(map(str, shape)), "torchinfo"


def lenet() -> object:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def torchvision_builder(name: str) -> Callable[[], object]:
    """A constructor of torchvision, whose compiled operators are not needed for it."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        with suppress(RuntimeError):  # torchvision's own are there
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        with redirect_stdout(io.StringIO()):
            import torchvision
    except ImportError:
        raise SystemExit("this comparison needs torchvision: pip install --no-deps torchvision==0.28.0 pillow") from None
    return lambda: getattr(torchvision.models, name)(weights=None)


def timed(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
