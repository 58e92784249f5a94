"""A training step in less memory: what is kept and the peak, predicted and measured, and its time beside the plain one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from cnndsl import compiler
from cnndsl.backends.torch import recomputed, source
from cnndsl.backward import peak
from cnndsl.checkpointing import kept
from cnndsl.figures import binary
from cnndsl.grid import Column, Grid
from cnndsl.network import Network

from .modules import NETS, Place, backward, samples
from .timing import in_turn, ratio

TITLE = "Training with blocks computed again, batch {}: bytes besides parameters and their gradients, predicted and measured"


class Living(TorchDispatchMode):  # type: ignore[misc]  # torch does not type it
    """Watches the storages that are made: `now` bytes of them that live, and the most at any time.

    The inputs are among them; parameters, buffers and gradients of parameters, which are there before, are not.
    """

    def __init__(self, model: nn.Module, inputs: list[Tensor]) -> None:
        super().__init__()
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        there = [*model.parameters(), *model.buffers(), *[parameter.grad for parameter in model.parameters()]]
        self.there = {t.untyped_storage()._cdata for t in there if t is not None}
        self.made: dict[int, tuple[StorageWeakRef, int]] = {}
        self.most = 0
        self.note(inputs)

    def note(self, found: Any) -> None:
        for storage in [t.untyped_storage() for t in tree_leaves(found) if isinstance(t, Tensor)]:
            if storage._cdata not in self.there and (storage._cdata not in self.made or self.made[storage._cdata][0].expired()):
                self.made[storage._cdata] = StorageWeakRef(storage), storage.nbytes()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.note(result)
        self.most = max(self.most, self.now)
        return result

    @property
    def now(self) -> int:
        return sum(size for made, size in self.made.values() if not made.expired())


def measured(model: nn.Module, network: Network) -> tuple[int, int]:
    """Bytes that live after forward, and the most in the whole step."""
    inputs = samples(network, Place("cpu"), network.setting.batch)
    with Living(model.train(), inputs) as living:
        result = model(*inputs)
        total = torch.stack([y.sum() for y in ([result] if isinstance(result, Tensor) else result)]).sum()
        del inputs, result
        after = living.now - total.nbytes
        total.backward()
    return after, living.most


def run(words: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks training", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nets", nargs="+", default=list(NETS), metavar="NET", help="networks of the zoo")
    parser.add_argument("--batch", type=int, default=8, help="samples of a step (8)")
    parser.add_argument("--seconds", type=float, default=10.0, help="for the times of a network; at least six rounds (10)")
    options = parser.parse_args(words)
    titles = [("network", False), ("form", False), ("kept", True), ("measured", True), ("peak", True), ("measured", True)]
    columns = [Column(*title) for title in titles] + [Column("time of a step", True)]
    rows = [row for net in options.nets for row in compared(net, options.batch, options.seconds)]
    print(TITLE.format(options.batch))
    print("\n".join(f"  {line}".rstrip() for line in Grid(columns, rows).lines()))


def compared(net: str, batch: int, seconds: float) -> list[list[str]]:
    """The rows of a network: as it is, and with blocks computed again."""
    network = compiler.load(f"zoo:{net}").net(net, batch=batch)
    text, made = recomputed(network)
    models = {"plain": built(source(network), f"plain_{net}"), "memory": built(text, f"memory_{net}")}
    rows = []
    for (form, model), chosen in zip(models.items(), ([], made.segments), strict=True):
        after, most = measured(model, network)
        said, worst = kept(network.ir, chosen, network.setting), peak(network.ir, chosen, network.setting)
        rows.append([net, form, *map(binary, (said.after_forward, after, worst, most)), ""])
    inputs = samples(network, Place("cpu"), batch)
    times = in_turn({form: partial(backward, model, inputs) for form, model in models.items()}, seconds, Place("cpu"))
    rows[1][-1] = f"× {ratio(times['memory'], times['plain'])}"
    return rows


def built(text: str, name: str) -> nn.Module:
    from ..backends.emitted import load, network_class

    with TemporaryDirectory() as folder:
        return network_class(load(text, Path(folder), name))().train()
