"""What autograd keeps for the backward pass, layer by layer and in all, by the tensors that torch saves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from ..analyses.memory import allocate, keeping, own_bytes
from ..analysis import Setting
from ..figures import binary
from ..graph import Node
from ..symbols import Dim
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line
from .shapes import OPEN

ORDER = 6
TITLE = "saved"
METHOD = "saved_tensors_hooks in training, each storage once"
LEAST = 2  # samples: batch normalisation of a 1×1 map refuses to train on one
UNKNOWN = "what {} keeps for the backward pass is not stated"


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    batch = max(LEAST, bench.batch)
    network = type(bench.network)(bench.graph, bench.network.setting._replace(batch=batch))
    total = network.totals["train_peak_bytes"]
    foreign = {node.op.title(): node for node in bench.graph.layers if node.op.kind == "extern"}
    device = "cpu" if bench.fits(2 * total + network.totals["weight_bytes"]) else "meta"
    saved = Saved(bench.build(device).train())
    with saved_tensors_hooks(saved.pack, lambda t: t):
        bench.run(saved.model, bench.samples(batch, device), saved)
    if device == "meta":
        yield Unchecked(f"training would take {binary(2 * total)}; it was made on the meta device")
    said = kept(network.ir, network.setting)
    for node in bench.graph.layers:
        if node.op.kind == "extern":
            yield Unchecked(UNKNOWN.format(node.op.title()), node)
        elif said.get(node.index) or saved.by_node.get(node.index):
            yield Claim(f"bytes kept of {batch} samples", said.get(node.index, 0), saved.bytes_of(node.index), node)
    if not foreign:
        yield Claim(f"all bytes kept of {batch} samples", total, saved.total)


def kept(graph: Any, setting: Setting) -> dict[int, Dim]:
    """The bytes that every node keeps, by its index; what several keep counts for each."""
    storages = allocate(graph, setting, training=True)
    found: dict[int, Dim] = {}
    for node, places in keeping(graph, storages):
        amount: Dim = own_bytes(node.io.saved, setting)
        for place in set(places):
            amount = amount + storages.sizes[place]
        found[node.index] = amount
    return found


class Saved:
    """Watches which storages are saved while which node runs; all are held, so that no address is used twice."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.own = {t.untyped_storage()._cdata for t in (*model.parameters(), *model.buffers())}
        self.storages: dict[int, Any] = {}  # by address
        self.by_node: dict[int, set[int]] = {}
        self.here = -1

    def __call__(self, node: Node, line: Line) -> object:
        self.here = node.index
        return line()

    def pack(self, t: Tensor) -> Tensor:
        storage = t.untyped_storage()
        if storage._cdata not in self.own:
            self.storages[storage._cdata] = storage
            self.by_node.setdefault(self.here, set()).add(storage._cdata)
        return t

    def bytes_of(self, index: int) -> int:
        return sum(self.storages[storage].nbytes() for storage in self.by_node.get(index, ()))

    @property
    def total(self) -> int:
        return sum(storage.nbytes() for storage in self.storages.values())
