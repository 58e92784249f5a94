"""What units read of the inputs: windows, fields, and every number one by one, against gradients through the linear network."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from .. import sight
from ..field import AxisField
from ..field import unit as bounds
from ..figures import binary
from ..graph import Node, Value
from ..op import spatial
from ..reading import numbers
from ..verdict import Claim, Unchecked
from .emitted import Bench
from .linear import linearised
from .sampling import Sampling, Unit
from .shapes import OPEN
from .sweeping import swept

ORDER = 7
TITLE = "field"
METHOD = "all units with the input cut in two, some by gradients; linear, float64"
SPENT = "single units of {} layers: to follow all gradients takes --work {}, or a smaller --input"
GIGA = 10**9
LARGE = "gradients would take {}"
SMALL = "numbers too small or too large for float64"
LEAST, MOST = 1e-290, 1e290  # beyond, a product of positive numbers may be 0 or infinite

Span = tuple[int, int] | None  # first and last position that is read on an axis; None: none is
Read = dict[str, Tensor]  # of every input, which of its numbers are read: booleans, (channels, *spatial)


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    if bench.is_open:
        yield Unchecked(OPEN)
        return
    totals = bench.network.totals
    need = 4 * totals["peak_bytes"] // bench.batch + 2 * totals["weight_bytes"]
    if not bench.fits(need):
        yield Unchecked(LARGE.format(binary(need)))
        return
    model = linearised(bench.build())
    inputs = [x.double().requires_grad_() for x in bench.samples(1)]
    sampling = Sampling(bench, inputs)
    bench.run(model, inputs, sampling)
    comparing = Comparing(bench)
    yield from sampling.foreign
    every = list(swept(bench, model, sampling, comparing.windows))
    yield from every
    yield from followed(bench, inputs, sampling, comparing, alone=not every)


def followed(
    bench: Bench, inputs: list[Tensor], sampling: Sampling, comparing: Comparing, alone: bool
) -> Iterator[Claim | Unchecked]:
    """Gradients of sampled units, as many as may be spent; the last value's in any case.

    `alone`: nothing else was compared, so that the other layers are not.
    """
    left = bench.effort.work
    order = [sampling.samples[place] for place in spread(len(sampling.samples))]
    omitted: list[Node] = []
    for place, sample in enumerate(order):
        bench.tell((1 + place / len(order)) / 2)
        if sample.cost > left and place:
            omitted += [node for node, _ in sample.readers]
            continue
        left -= sample.cost
        for unit, number in sample.units:
            found = read(bench, number, inputs)
            for node, port in sample.readers:
                yield from comparing.unit(node, port, unit, found)
    why = SPENT.format(len(omitted), 1 + sum(sample.cost for sample in order) // GIGA)
    yield from (Unchecked(why, node) for node in omitted) if alone else [Unchecked(why)] * bool(omitted)


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
