"""How many parameters every layer has, how many train, and the bytes of all that is stored."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from ..verdict import Claim, Unchecked
from .emitted import Bench

ORDER = 3
TITLE = "params"
METHOD = "numbers in model.parameters(), those that train, and their bytes with the buffers'"


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    model = bench.build("meta")
    by_path = counted(model)
    for layer in bench.network.layers:
        found = by_path.get(layer.path, (0, 0)) if layer.call == 1 else (0, 0)
        if layer.params or found[0]:
            yield Claim("parameters", layer.params, found[0], layer.node)
            yield Claim("parameters that train", layer.trainable, found[1], layer.node)
    totals = bench.network.totals
    parameters = list(model.parameters())
    yield Claim("all parameters", totals["params"], sum(p.numel() for p in parameters))
    yield Claim("all that train", totals["trainable"], sum(p.numel() for p in parameters if p.requires_grad))
    yield Claim("bytes of all that is stored", totals["weight_bytes"], sum(t.nbytes for t in model.state_dict().values()))


def counted(model: nn.Module) -> dict[str, tuple[int, int]]:
    """Parameters, and those that train, below every path."""
    found: dict[str, tuple[int, int]] = {}
    for name, parameter in model.named_parameters():
        labels = name.split(".")
        for end in range(1, len(labels) + 1):
            path = ".".join(labels[:end])
            every, trains = found.get(path, (0, 0))
            found[path] = every + parameter.numel(), trains + parameter.numel() * parameter.requires_grad
    return found
