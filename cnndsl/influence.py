"""How much each number of an input moves a unit at initialisation: the expected squared gradient of the linear network.

The effective receptive field of Luo, Li, Urtasun and Zemel (2016). Activations count as the identity, batch
normalisation by the statistics that it starts from, max pooling as the mean of its window. Weights that are drawn one
by one around 0 add their variances; layers that are fixed (pooling, interpolation) are composed before anything is
squared. Where that is not the whole truth, the result says why it is approximate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from .fold import Step, back
from .graph import Graph, Value
from .reading import ABSENT, Patch, aligned, channels_back, resolved, together
from .relation import DENSE, IDENTITY, SAME, Axis, Gain
from .semiring import HOW_MUCH, Array
from .sight import Unit, hold, one, whole

SHARE = 0.95
Origin: TypeAlias = tuple[int, ...]  # the layer whose weights made something random, and the arms of `cat` it came from


@dataclass(frozen=True)
class Influence:
    """The influence of an input on a unit: `map` (channels, *spatial), expected squared gradients.

    `approximate` says why the numbers are not exact; empty where they are.
    """

    map: Array
    approximate: tuple[str, ...] = ()

    @cached_property
    def places(self) -> Array:
        """The share of each place, all channels together; sums to 1, or is 0 where nothing arrives."""
        total = self.map.sum(axis=0)
        return total / total.sum() if total.any() else total

    @property
    def centre(self) -> tuple[float, ...]:
        """The mean position on each spatial axis."""
        return tuple(float((np.arange(len(m)) * m).sum()) for m in self.marginals)

    @property
    def deviation(self) -> tuple[float, ...]:
        """The standard deviation on each spatial axis, in positions: the effective radius is twice this."""
        pairs = zip(self.marginals, self.centre, strict=True)
        return tuple(float(np.sqrt(max(((np.arange(len(m)) - at) ** 2 * m).sum(), 0.0))) for m, at in pairs)

    @property
    def marginals(self) -> list[Array]:
        """The share of each row, and of each column."""
        axes = range(self.places.ndim)
        return [self.places.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]

    @property
    def core(self) -> int:
        """The least number of places that hold 95 % of the influence."""
        ordered = np.sort(self.places, axis=None)[::-1]
        return int(np.searchsorted(ordered.cumsum(), SHARE * ordered.sum()) + 1) if ordered.any() else 0


def influence(graph: Graph, value: Value, at: Unit) -> dict[str, Influence]:
    """The influence of each input on a unit, by the input's name; raises Problem where sizes are open or too large."""
    hold(graph.nodes[: value.node.index + 1])
    carrier = Variances()
    start = Moments(one(value, at, HOW_MUCH), (None,) * len(at.place), frozenset({(value.node.index,)}), correlated=False)
    found = {place: carrier.settled(moments).variance for place, moments in back(graph, {value: start}, carrier).items()}
    doubts = tuple(dict.fromkeys(carrier.doubts))
    maps = {name: whole(found.get((node.index, 0)), node.io.output, HOW_MUCH) for name, node in graph.inputs.items()}
    return {name: Influence(values, doubts) for name, values in maps.items()}


class Fixed(NamedTuple):
    """One axis of a linear map that is known: `weights` (positions there, positions here from `first` on)."""

    weights: Array
    first: int


class Moments(NamedTuple):
    """The gradient at a value, as a random field: its `variance` where it last became random, and on each axis what fixed
    layers have made of it since (None: nothing).

    `origins`: the layers that made it random; gradients of different ones are uncorrelated. `correlated`: whether
    places of one channel are correlated.
    """

    variance: Patch
    since: tuple[Fixed | None, ...]
    origins: frozenset[Origin]
    correlated: bool


class Variances:
    """Carries the second moments of the gradient backward, and notes where that takes more than it has."""

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self.met: set[str] = set()

    def back(self, step: Step, carried: Moments) -> Moments | None:
        gain = step.node.op.gain(step.node.io, step.place)
        if gain.kind == "random":
            return self.drawn(step, carried, gain)
        if gain.kind == "nonlinear":
            self.doubts.append(f"{step.node.key} ({step.node.op.title()}) is not linear")
        if step.reading.moves or len(step.reading.of) != len(step.reading.by):
            settled = self.settled(carried)
            patch = step.reading.back(settled.variance, HOW_MUCH)
            return None if patch is None else settled._replace(variance=patch, since=(None,) * len(patch.first))
        return self.fixed(step, carried, gain)

    def drawn(self, step: Step, carried: Moments, gain: Gain) -> Moments | None:
        """Through weights of their own for each tap: variances add."""
        node, settled = step.node, self.settled(carried)
        if node.key in self.met:
            self.doubts.append(f"the weights of {node.key} are met twice")
        self.met.add(node.key)
        if settled.correlated and any(axis is not None and axis.mode != "zeros" for axis in step.reading.axes):
            self.doubts.append(f"the padding of {node.key} reads what is correlated more than once")
        patch = step.reading.back(settled.variance, HOW_MUCH)
        if patch is None:
            return None
        origins = frozenset({(node.index,)})
        return Moments(Patch(patch.values * gain.factor, patch.first), (None,) * len(patch.first), origins, settled.correlated)

    def fixed(self, step: Step, carried: Moments, gain: Gain) -> Moments | None:
        """Through a layer that is known: composed with those since the last random one."""
        reading, factor = step.reading, gain.factor**2
        square = reading.channels == DENSE and reading.of[0] == reading.by[0]
        channels = SAME if gain.kind == "nonlinear" and square else reading.channels
        variance = channels_back(carried.variance.values, channels, reading.of[0], reading.by[0], HOW_MUCH) * factor
        since: list[Fixed | None] = []
        for place, axis in enumerate(reading.axes):
            here = carried.since[place]
            if axis is IDENTITY:
                since.append(here)
                continue
            if here is None:
                n = carried.variance.values.shape[1 + place]
                here = Fixed(np.eye(n), carried.variance.first[place])
            table = gain.axes[place] if gain.axes else None
            passed = composed(here, axis, reading.of[1 + place], reading.by[1 + place], gain.kind == "mean", table)
            if passed is None:
                return None
            since.append(passed)
        origins = carried.origins
        if channels.kind == "offset":
            origins = frozenset((*origin, channels.offset) for origin in origins)
        return Moments(Patch(variance, carried.variance.first), tuple(since), origins, carried.correlated)

    def settled(self, carried: Moments) -> Moments:
        """The variance at the value itself: what has been composed is squared."""
        values, first, correlated = carried.variance.values, list(carried.variance.first), carried.correlated
        for place, fixed in enumerate(carried.since):
            if fixed is None:
                continue
            used = fixed.weights != 0
            if carried.correlated and (used.sum(axis=0) > 1).any():
                self.doubts.append("fixed layers overlap before and after layers with weights")
            correlated = correlated or bool((used.sum(axis=1) > 1).any())
            values = np.moveaxis(np.tensordot(values, fixed.weights**2, axes=(1 + place, 0)), -1, 1 + place)
            first[place] = fixed.first
        return Moments(Patch(values, tuple(first)), (None,) * len(first), carried.origins, correlated)

    def join(self, a: Moments, b: Moments) -> Moments:
        """Two paths: of different weights they are uncorrelated."""
        a, b = self.settled(a), self.settled(b)
        if a.origins & b.origins and overlap(a.variance, b.variance):
            self.doubts.append("paths meet that no weights tell apart")
        variance = together(a.variance, b.variance, HOW_MUCH)
        return Moments(variance, a.since, a.origins | b.origins, a.correlated or b.correlated)


def overlap(a: Patch, b: Patch) -> bool:
    """Whether two patches have something at one place."""
    _, (left, right) = aligned(a, b, HOW_MUCH)
    return bool(((left != 0) & (right != 0)).any())


def composed(
    here: Fixed, axis: Axis | None, n: int, m: int, mean: bool, table: tuple[tuple[float, ...], ...] | None
) -> Fixed | None:
    """A known map, and one axis of a fixed layer before it; None where that reads nothing."""
    length = here.weights.shape[1]
    if axis is None:
        return Fixed(np.repeat(here.weights.sum(axis=1, keepdims=True), n, axis=1) / (n if mean else 1), 0)
    units = range(here.first, here.first + length)
    index, weights = weighed(axis, n, units, table)
    if mean:
        weights = weights / np.maximum((index != ABSENT).sum(axis=1, keepdims=True), 1)
    real = index[index != ABSENT]
    if not real.size:
        return None
    low = int(real.min())
    layer = np.zeros((length, int(real.max()) - low + 1))
    for tap, weight in zip(index.T, weights.T, strict=True):
        rows = np.flatnonzero(tap != ABSENT)
        np.add.at(layer, (rows, tap[rows] - low), weight[rows])
    return Fixed(here.weights @ layer, low)


def weighed(axis: Axis, n: int, units: range, table: tuple[tuple[float, ...], ...] | None) -> tuple[Array, Array]:
    """What units of an axis read of n, and by what weights: (units, taps) both."""
    if table is None:
        index = resolved(axis, n, units)
        return index, np.ones(index.shape)
    index = resolved(axis._replace(mode="replicate") if axis.mode == "clamp" else axis, n, units)  # at a border they add up
    most = max(map(len, table))
    rows = np.array([(*row, *(0.0,) * (most - len(row))) for row in table])
    return index, rows[np.arange(units.start, units.stop) % len(table)]
