"""What units read of the inputs: windows, fields, and every number one by one, against gradients through the linear network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import sight
from ..field import AxisField
from ..field import unit as bounds
from ..graph import Node, Value
from ..op import ChannelsLast, count, known, spatial
from ..reading import Patch, Reading, numbers
from ..semiring import WHETHER
from ..verdict import Claim, Unchecked
from .emitted import Bench, Line, tensors
from .linear import Linear, linearised
from .shapes import OPEN

ORDER = 7
TITLE = "field"
METHOD = "gradients of sampled units, in float64, layers linear, weights positive"
FOREIGN = "an extern that sees everything, or may; its gradients do not tell"
BEHIND = "behind an extern, whose gradients do not tell what it reads"
SPENT = "to follow all gradients takes --work {}, or a smaller --input"
GIGA = 10**9
LARGE = "gradients would take {:.0f} GiB"
SMALL = "numbers too small or too large for float64"
LEAST, MOST = 1e-290, 1e290  # beyond, a product of positive numbers may be 0 or infinite
ELEMENT = 20  # what an element costs beside its multiply–adds, in multiply–adds

Span = tuple[int, int] | None  # first and last position that is read on an axis; None: none is
Read = dict[str, Tensor]  # of every input, which of its numbers are read: booleans, (channels, *spatial)


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


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    totals = bench.network.totals
    need = 4 * totals["peak_bytes"] // bench.batch + 2 * totals["weight_bytes"]
    if not bench.fits(need):
        yield Unchecked(LARGE.format(need / 2**30))
        return
    inputs = [x.double().requires_grad_() for x in bench.samples(1)]
    sampling = Sampling(bench, inputs)
    bench.run(linearised(bench.build()), inputs, sampling)
    comparing = Comparing(bench)
    yield from sampling.foreign
    left = bench.effort.work
    order = [sampling.samples[place] for place in spread(len(sampling.samples))]
    whole = SPENT.format(1 + sum(sample.cost for sample in order) // GIGA)
    for place, sample in enumerate(order):
        bench.tell(place / len(order))
        if sample.cost > left and place:
            yield from (Unchecked(whole, node) for node, _ in sample.readers)
            continue
        left -= sample.cost
        for unit, number in sample.units:
            found = read(bench, number, inputs)
            for node, port in sample.readers:
                yield from comparing.unit(node, port, unit, found)


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


def spread(count: int) -> list[int]:
    """All places: the last, then such that what was taken so far always lies evenly over all."""
    return sorted(range(count), key=lambda place: (place != count - 1, int(f"{place:032b}"[::-1], 2)))


def read(bench: Bench, number: Tensor, inputs: list[Tensor]) -> Read | None:
    """What a number of a value reads of each input; None where float64 cannot tell."""
    gradients = torch.autograd.grad(number, inputs, retain_graph=True, allow_unused=True)
    found: Read = {}
    for name, x, g in zip(bench.graph.inputs, inputs, gradients, strict=True):
        if g is None:
            found[name] = torch.zeros(x.shape[1:], dtype=torch.bool)
            continue
        sizes = g[g != 0].abs()
        if sizes.numel() and not (float(sizes.min()) > LEAST and float(sizes.max()) < MOST):
            return None
        found[name] = g[0] != 0
    return found


def spans(mask: Tensor) -> tuple[Span, ...]:
    """The first and last position that is read on each axis."""
    found: list[Span] = []
    for axis in range(1, mask.dim()):
        places = mask.movedim(axis, 0).flatten(1).any(1).nonzero().flatten().tolist()
        found.append((places[0], places[-1]) if places else None)
    return tuple(found)


class Comparing:
    """What we say of units, beside what their gradients say."""

    def __init__(self, bench: Bench) -> None:
        self.graph = bench.graph
        self.column = bench.network.findings.columns["rf"]
        self.windows = {name: sight.windows(bench.graph, node) for name, node in bench.graph.inputs.items()}

    def unit(self, node: Node, port: int, unit: Unit, found: Read | None) -> Iterator[Claim | Unchecked]:
        if found is None:
            yield Unchecked(SMALL, node)
            return
        for name, mask in found.items():
            of = f" on {name}" if len(found) > 1 else ""
            if mask.dim() > 1:
                said = self.window((node.index, port), unit, name)
                yield Claim(f"window of {unit}{of}", words(said), words(spans(mask)), node)
            inside = None if port else self.interior(node, unit, name)
            if inside:
                yield Claim(f"field of {unit}{of}", words(inside), words(spans(mask)), node)
        if unit.channel is not None:
            yield from self.support(node, port, unit, found)

    def window(self, place: tuple[int, int], unit: Unit, name: str) -> tuple[Span, ...]:
        """What a unit reads on the real input."""
        seen = self.windows[name].get(place)
        if seen is None:
            return (None,) * len(spatial(self.graph.inputs[name].io.output))
        at = (slice(None) if unit.channel is None else slice(unit.channel, unit.channel + 1), *unit.place)
        ends = [(int(first[at].min()), int(last[at].max())) for first, last in zip(seen.first, seen.last, strict=True)]
        return tuple(None if low > high else (low, high) for low, high in ends)

    def interior(self, node: Node, unit: Unit, name: str) -> tuple[Span, ...] | None:
        """The same by the field, which is of an input without borders; None where it reaches beyond, or is no interval.

        Gates are left out of fields, and a field is that of all channels.
        """
        rf, (_, *extent) = self.column[node.index], numbers(self.graph.inputs[name].io.output)
        seen = rf[name] if isinstance(rf, dict) else rf
        if seen is None or seen.gated or unit.channel is not None or len(unit.place) != len(extent):
            return None
        found: list[Span] = []
        for axis, place, n in zip(seen.axes, unit.place, extent, strict=True):
            low, high = bounds(axis, place) if isinstance(axis, AxisField) else (None, None)
            if low is None or high is None or low < 0 or high >= n:
                return None
            found.append((low, high))
        return tuple(found)

    def support(self, node: Node, port: int, unit: Unit, found: Read) -> Iterator[Claim]:
        """All numbers of the inputs that one unit reads, one by one."""
        said = sight.support(self.graph, Value(node, port), sight.Unit(unit.channel or 0, unit.place))
        ours = torch.cat([torch.from_numpy(mask).flatten() for mask in said.values()])
        theirs = torch.cat([mask.flatten() for mask in found.values()])
        others = int((theirs != ours).sum())
        same = f"{int(ours.sum()):,} numbers"
        yield Claim(f"support of {unit}", same, f"{int(theirs.sum()):,}, {others:,} of all otherwise" if others else same, node)


def words(found: tuple[Span, ...]) -> str:
    """3–9×0–5"""
    return "×".join("nothing" if each is None else f"{each[0]}–{each[1]}" for each in found)
