"""Forward as a linear network to numbers of every value, whose gradients say what units read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..graph import Node
from ..op import ChannelsLast, count, known
from ..reading import Patch, Reading, numbers
from ..semiring import WHETHER
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line, tensors
from .linear import Linear

FOREIGN = "an extern that sees everything, or may; its gradients do not tell"
BEHIND = "behind an extern, whose gradients do not tell what it reads"
ELEMENT = 20  # what an element costs beside its multiply–adds, in multiply–adds


class Unit(NamedTuple):
    """A place of a value, and one of its channels; None: all of them together."""

    channel: int | None
    place: tuple[int, ...]

    def __str__(self) -> str:
        place = ",".join(map(str, self.place))
        if self.channel is None:
            return f"unit {place}"
        return f"unit {place} of channel {self.channel}" if place else f"unit {self.channel}"


@dataclass(slots=True)
class Sample:
    """A value: units of it with their numbers, whose gradients are wanted; all ports of layers that give just this value."""

    units: list[tuple[Unit, Tensor]]
    cost: int  # multiply–adds of their gradients
    readers: list[tuple[Node, int]] = field(default_factory=list)


class Sampling:
    """Runs forward as a linear network, and takes numbers of every value on the way."""

    def __init__(self, bench: Bench, inputs: list[Tensor]) -> None:
        self.bench = bench
        self.linear = Linear(bench.graph, inputs)
        self.samples: list[Sample] = []
        self.behind: set[int] = set()  # externs, and what reads them
        self.foreign: list[Claim | Unchecked] = []  # what is found of these
        self.costs = list(accumulate(known(node.io.macs, "the work") + ELEMENT * volume(node) for node in bench.graph.nodes))

    def __call__(self, node: Node, line: Line) -> Any:
        inputs = self.linear.inputs(node)
        value = self.linear(node, line)
        if any(read.node.index in self.behind for read in node.inputs):
            self.behind.add(node.index)
            self.foreign.append(Unchecked(BEHIND, node))
            return value
        if node.op.kind == "extern":
            self.behind.add(node.index)
            found: list[Claim | Unchecked] = [
                claim
                for unit, number in self.numbers(node, 0, tensors(value)[0])
                for claim in outside(node, unit, number, inputs)
            ]
            self.foreign += found or [Unchecked(FOREIGN, node)]
            return value
        for port, t in enumerate(tensors(value)):
            if not t.requires_grad:
                continue
            if not hasattr(t, "sample"):  # else an earlier layer gave this very value
                numbers = list(self.numbers(node, port, t))
                t.sample = Sample(numbers, self.costs[node.index] * len(numbers))
                self.samples.append(t.sample)
            t.sample.readers.append((node, port))
        return value

    def numbers(self, node: Node, port: int, t: Tensor) -> Iterator[tuple[Unit, Tensor]]:
        shape = node.io.outputs[port]
        y = t[0].movedim(-1, 0) if isinstance(shape, ChannelsLast) else t[0]
        for unit in units(tuple(y.shape), self.bench.effort.units, random.Random(f"{node.key} {port}")):
            at = y[(slice(None), *unit.place)]
            yield unit, at.sum() if unit.channel is None else at[unit.channel]


def volume(node: Node) -> int:
    """Numbers that a layer gives."""
    return sum(count(numbers(shape)) for shape in node.io.outputs)


def outside(node: Node, unit: Unit, number: Tensor, inputs: list[Tensor]) -> Iterator[Claim]:
    """That an extern reads nothing outside its stated field; whether it reads all of it, its gradient does not tell."""
    for index, g in enumerate(torch.autograd.grad(number, inputs, retain_graph=True, allow_unused=True)):
        reading = Reading(node.io.relations[index], node.io.inputs[index], node.io.output)
        start = Patch(np.ones((reading.by[0], *(1,) * len(unit.place)), np.bool_), unit.place)
        seen = reading.back(start, WHETHER)
        said = (
            np.zeros(reading.of, np.bool_) if seen is None else np.broadcast_to(seen.filled(reading.of[1:], WHETHER), reading.of)
        )
        if g is not None and not said.all():
            first = g[0].movedim(-1, 0) if isinstance(node.io.inputs[index], ChannelsLast) else g[0]
            beyond = int((first != 0)[torch.from_numpy(~said)].sum())
            yield Claim(f"numbers that {unit} reads outside its field", 0, beyond, node)


def units(shape: tuple[int, ...], amount: int, chance: random.Random) -> Iterator[Unit]:
    """The middle with all channels, a corner, then any."""
    channels, *extent = shape
    if extent:
        yield Unit(None, tuple(n // 2 for n in extent))
    corner = tuple(chance.choice((0, n - 1)) for n in extent)
    others = [corner, *(tuple(map(chance.randrange, extent)) for _ in range(amount))]
    yield from dict.fromkeys(Unit(chance.randrange(channels), place) for place in others[: amount - bool(extent)])
