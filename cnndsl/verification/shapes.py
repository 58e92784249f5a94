"""The shape of every output of every layer, on the meta device and in a real forward pass."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..figures import binary
from ..graph import Node
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line, plain, tensors

ORDER = 1
TITLE = "shape"
METHOD = "on the meta device, and in a real forward pass"
OPEN = "sizes are open: say the input's, as in --input 3x224x224"
FLOAT = 4  # bytes


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    yield from passed(bench, "meta")
    need = bench.network.totals["peak_bytes"] + bench.network.totals["weight_bytes"]
    if bench.fits(2 * need):
        yield from passed(bench, "cpu")
    else:
        yield Unchecked(f"a real forward pass would take {binary(2 * need)}; on the meta device it was made")


def passed(bench: Bench, device: str) -> Iterator[Claim]:
    """One pass in inference, all shapes."""
    found: dict[int, list[tuple[int, ...]]] = {}

    def watch(node: Node, line: Line) -> object:
        value = line()
        found[node.index] = [tuple(t.shape) for t in tensors(value)]
        return value

    model = bench.build(device).eval()
    with torch.no_grad():
        outputs = bench.run(model, bench.samples(bench.batch, device), watch)
    where = "output" if device == "meta" else "output of a forward pass"
    for node in bench.graph.layers:
        said = [(bench.batch, *plain(shape)) for shape in node.io.outputs]
        yield Claim(where, said, found[node.index], node)
    for name, shape in bench.network.outputs.items():
        yield Claim(f"the network's output {name}", (bench.batch, *plain(shape)), tuple(outputs[name].shape))
