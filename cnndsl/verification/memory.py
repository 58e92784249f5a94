"""The storage that every layer makes, and the most that is alive at once, as the emitted forward makes and drops them."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import torch
from torch import Tensor

from ..analyses.memory import allocate, last_uses
from ..graph import Node
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line, tensors
from .shapes import OPEN

ORDER = 5
TITLE = "memory"
METHOD = "storages of the values that forward makes and drops, in inference"


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    inputs = bench.samples(bench.batch, "meta")
    watched = Living(bench, inputs)
    model = bench.build("meta").eval()
    with torch.no_grad():
        bench.run(model, inputs, watched)
    for layer in bench.network.layers:
        if layer.memory or watched.made[layer.node.index]:
            yield Claim("bytes made", layer.memory, watched.made[layer.node.index], layer.node)
    yield Claim("bytes of all activations", bench.network.totals["activation_bytes"], sum(watched.made.values()))
    yield Claim("bytes alive at once, at most", bench.network.totals["peak_bytes"], watched.peak)


class Living:
    """Watches storages come and go: `made` bytes by node, `peak` bytes at once.

    Whoever calls forward holds the inputs to the end; each counts as long as a layer still reads it.
    """

    def __init__(self, bench: Bench, inputs: list[Tensor]) -> None:
        self.made: dict[int, int] = {}
        self.peak = 0
        self.alive: dict[int, tuple[int, list[weakref.ref[Tensor]]]] = {}  # by address: bytes, and the tensors that hold it
        self.inputs = {t.untyped_storage()._cdata: t.untyped_storage().nbytes() for t in inputs}
        self.read_last = dict(zip(self.inputs, read_last(bench), strict=True))

    def __call__(self, node: Node, line: Line) -> object:
        value = line()
        self.drop()
        self.made[node.index] = sum(self.note(t) for t in tensors(value))
        waiting = sum(size for storage, size in self.inputs.items() if self.read_last[storage] >= node.index)
        self.peak = max(self.peak, waiting + sum(size for size, _ in self.alive.values()))
        return value

    def drop(self) -> None:
        """Forgets what nothing holds any more; its address may be used again."""
        for storage, (size, held) in list(self.alive.items()):
            held = [ref for ref in held if ref() is not None]
            if held:
                self.alive[storage] = size, held
            else:
                del self.alive[storage]

    def note(self, t: Tensor) -> int:
        """Bytes of a tensor's storage where it is new, else 0."""
        storage = t.untyped_storage()
        if storage._cdata in self.inputs:
            return 0
        if storage._cdata in self.alive:
            self.alive[storage._cdata][1].append(weakref.ref(t))
            return 0
        self.alive[storage._cdata] = storage.nbytes(), [weakref.ref(t)]
        return int(storage.nbytes())


def read_last(bench: Bench) -> list[int]:
    """For every input the index of the node that reads its storage last."""
    storages = allocate(bench.graph, bench.network.setting, training=False)
    last = last_uses(bench.graph, storages)
    return [last[storages.of[node.index]] for node in bench.graph.inputs.values()]
