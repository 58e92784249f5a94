"""Emitted modules to what torch says of them, on the meta device, in a process of its own."""

from __future__ import annotations

import re
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import ModuleType
from typing import Any

Emitted = tuple[str, list[Any], list[Any]]
MOST = 2**31  # numbers of a value: torch counts bytes of meta tensors too, and refuses what overflows


class Builder:
    """Hands modules over in batches; torch is loaded once, and never here."""

    def __init__(self, batch: int = 200) -> None:
        self.batch = batch
        self.waiting: list[Emitted] = []
        self.pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self.pool.submit(ready).result()  # before this process's memory is limited
        self.count = 0

    def add(self, emitted: list[Emitted]) -> list[tuple[str, str]]:
        """What is wrong with those of the batch that this fills, as (module, what torch says)."""
        self.waiting += [one for one in emitted if sized(one[1]) and sized(one[2])]
        return self.flush() if len(self.waiting) >= self.batch else []

    def flush(self) -> list[tuple[str, str]]:
        batch, self.waiting = self.waiting, []
        self.count += len(batch)
        found = self.pool.submit(wrong, batch).result()
        return [(batch[place][0], why) for place, why in found]


def sized(shapes: list[Any]) -> bool:
    """Whether all sizes are known, and small enough for torch to count."""
    count = 0
    for shape in shapes:
        if not all(isinstance(size, int) for size in shape):
            return False
        numbers = 1
        for size in shape:
            numbers *= size
        count += numbers
    return count < MOST


def ready() -> None:
    """Room for torch, where the one that started this process is bounded."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def wrong(batch: list[Emitted]) -> list[tuple[int, str]]:
    """Those that do not build, or give other shapes than promised, by their place."""
    found = []
    for place, (source, given, promised) in enumerate(batch):
        try:
            shapes = built(source, given)
        except Exception as error:
            found.append((place, f"{type(error).__name__}: {error}"))
            continue
        if shapes != [list(shape) for shape in promised]:
            found.append((place, f"it gives {shapes}, and {promised} is promised"))
    return found


def built(source: str, given: list[Any]) -> list[list[int]]:
    """The shapes, without the batch, of what a module gives for samples of these shapes."""
    import torch

    module = ModuleType("emitted")
    sys.modules["emitted"] = module
    exec(compile(source, "emitted.py", "exec"), module.__dict__)
    made = re.search(r"\bmodel = (\w+)\(\)\.to\(", source)  # in what the file runs: a class, or a function of a preset
    assert made is not None
    with torch.device("meta"):
        model = vars(module)[made[1]]().eval()
        result = model(*(torch.empty(2, *shape) for shape in given))
    values = [result] if isinstance(result, torch.Tensor) else list(result)
    return [list(value.shape[1:]) for value in values]
