"""The multiply–adds of every layer, against half of the operations that torch's own counter counts."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..graph import Node
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line
from .shapes import OPEN

ORDER = 4
TITLE = "MACs"
METHOD = "FlopCounterMode's count / 2, for one sample"


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    counter = FlopCounterMode(display=False)
    found: dict[int, int] = {}

    def watch(node: Node, line: Line) -> object:
        before = counter.get_total_flops()
        value = line()
        found[node.index] = counter.get_total_flops() - before
        return value

    model = bench.build("meta").eval()
    with torch.no_grad(), counter:
        bench.run(model, bench.samples(1, "meta"), watch)
    for layer in bench.network.layers:
        flops = found[layer.node.index]
        if layer.macs or flops:
            yield Claim("MACs", layer.macs, halved(flops), layer.node)
    yield Claim("all MACs", bench.network.macs, halved(counter.get_total_flops()))


def halved(flops: int) -> int | float:
    return flops / 2 if flops % 2 else flops // 2
