"""A GPU's limits: samples a second at the best batch, and the memory of a pass beside what the analysis says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from cnndsl import compiler
from cnndsl.figures import binary
from cnndsl.grid import Column, Grid
from cnndsl.network import Network

from .modules import PEER, RIVALS, WAYS, Place, progress, samples, taking_part, twins

FIRST, LAST = 8, 4096  # batches that are tried: doubled as long as it helps and fits
GAIN = 1.03  # what a doubled batch has to bring
WHILE = 1.0  # seconds a batch is run for
MEASURED = 32  # the batch whose memory is told


def capacities(place: Place, nets: Sequence[str]) -> None:
    """The tables of throughput and of memory."""
    names = [PEER, *(rival.name for rival in RIVALS)]
    columns = [Column("network"), Column("call"), *(Column(f"{name}, samples a second", True) for name in names)]
    show(f"{place}: throughput at the best batch", columns, [cells for net in nets for cells in throughputs(net, place)])
    columns = [Column("network"), Column("memory"), Column("predicted", True), Column("measured", True), Column("more", True)]
    title = f"{place}: memory of cnndsl's module at batch {MEASURED}, besides its weights"
    show(title, columns, [cells for net in nets for cells in memories(net, place)])


def show(title: str, columns: list[Column], rows: list[list[str]]) -> None:
    progress("")
    print(f"\n{title}")
    print("\n".join(f"  {line}".rstrip() for line in Grid(columns, rows).lines()), flush=True)


# ---- throughput -----------------------------------------------------------------


def throughputs(net: str, place: Place) -> Iterator[list[str]]:
    pair = twins(net, place)
    for way, call in WAYS.items():
        found = {}
        for name, model in taking_part(pair, way).items():
            progress(f"{place}: {net}, {way}, {name}")
            found[name] = "{:,.0f} ({})".format(*best(partial(prepared, call, model, pair.network, place), place))
        yield [net, way, *(found.get(name, "") for name in (PEER, *(rival.name for rival in RIVALS)))]


def prepared(call: Callable[..., object], model: Any, network: Network, place: Place, batch: int) -> Callable[[], object]:
    return partial(call, model, samples(network, place, batch))


def best(make: Callable[[int], Callable[[], object]], place: Place, last: int = LAST) -> tuple[float, int]:
    """Samples a second and the batch that gives them: doubled until it brings no more, or does not fit."""
    import torch

    found, size = (0.0, FIRST), FIRST
    while size <= last:
        try:
            speed = rate(make(size), size, place)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return found
        if speed < GAIN * found[0]:
            return max(found, (speed, size))
        found, size = (speed, size), 2 * size
    return found


def rate(call: Callable[[], object], batch: int, place: Place) -> float:
    """Samples a second; calls are queued as in use, and waited for at the end."""
    call()
    place.settle()
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < WHILE or not calls:
        for _ in range(4):
            call()
        place.settle()
        calls += 4
    return calls * batch / (time.perf_counter() - start)


# ---- memory ---------------------------------------------------------------------


def memories(net: str, place: Place) -> Iterator[list[str]]:
    """The peak of a forward pass without gradients, and what is kept for the backward pass: predicted, measured."""
    progress(f"{place}: {net}, memory")
    totals = compiler.load(f"zoo:{net}").net(net, batch=MEASURED, dtype=place.dtype).totals
    pair = twins(net, place)
    found = (peak(pair.ours.eval(), pair.network, place), kept(pair.ours.train(), pair.network, place))
    names = {"forward, at its peak": "peak_bytes", "kept for backward": "train_peak_bytes"}
    for (label, total), taken in zip(names.items(), found, strict=True):
        said = totals[total]
        yield [net, label, binary(said), binary(taken), f"{100 * (taken / said - 1):+.1f} %"]


def peak(model: Any, network: Network, place: Place) -> int:
    """Bytes that a forward pass has at most, its input included, besides what was there before."""
    import torch

    with torch.no_grad():
        model(*samples(network, place, MEASURED))  # what libraries keep for themselves is there from now on
        before = torch.cuda.memory_allocated(place.device)
        inputs = samples(network, place, MEASURED)
        torch.cuda.reset_peak_memory_stats(place.device)
        model(*inputs)
        place.settle()
        return int(torch.cuda.max_memory_allocated(place.device) - before)


def kept(model: Any, network: Network, place: Place) -> int:
    """Bytes that a forward pass leaves for the backward pass, its input included."""
    import torch

    model(*samples(network, place, MEASURED)).sum().backward()
    model.zero_grad(set_to_none=True)
    place.settle()
    before = torch.cuda.memory_allocated(place.device)
    inputs = samples(network, place, MEASURED)
    loss = model(*inputs).sum()
    place.settle()
    after = torch.cuda.memory_allocated(place.device)
    del loss
    return int(after - before)
