"""What a layer's output reads of its input: one relation a layer, from which every receptive field follows.

Layers are separable, so a relation is one `Axis` for each spatial axis and one `Channels`. Every axis of every
layer is periodic: when the output moves on by `period` units, what it reads moves on by `jump` units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Mode = Literal["zeros", "reflect", "replicate", "circular", "clamp"]


class Axis(NamedTuple):
    """Output i = q·period + p reads the inputs q·jump + r for every r in reads[p], which ascend; an r that is
    repeated is read as often. `mode` says what a position outside the input means: "zeros" reads nothing, the padding
    modes are torch's, "clamp" reads the nearest border unit once.
    """

    reads: tuple[Sequence[int], ...]
    jump: int = 1
    mode: Mode = "zeros"

    @property
    def period(self) -> int:
        return len(self.reads)


IDENTITY = Axis(((0,),))
EVERYTHING = None  # in place of an Axis: every output reads every input of that axis


def taps(kernel: int, stride: int = 1, dilation: int = 1, start: int = 0, mode: Mode = "zeros") -> Axis:
    """Convolution and pooling: output i reads i·stride + start + dilation·t, t = 0 … kernel - 1; start = -padding."""
    return Axis((range(start, start + dilation * kernel, dilation),), stride, mode)


def spread(kernel: int, stride: int = 1, dilation: int = 1, start: int = 0) -> Axis:
    """Transposed convolution: input i is added to the outputs i·stride + start + dilation·t; start = -padding."""
    reads = []
    for phase in range(stride):
        offsets = (phase - start - dilation * t for t in range(kernel))
        reads.append(tuple(sorted(offset // stride for offset in offsets if offset % stride == 0)))
    return Axis(tuple(reads), 1)


class Channels(NamedTuple):
    """How output channels read input channels.

    kind "dense": every one reads all; "groups": all of its own of `groups` equal groups; "same": the one at
    its own place; "select": output c reads index[c]; "offset": the input stands from `offset` on in the output
    (concatenation), channels outside it are not read; "shuffle" and "unshuffle" (pixel shuffle by factor r,
    which ties channels to phases); "window": a window of `groups` neighbours on the channel axis; "reshape": the
    output has the numbers of the input in the order in which they stand in storage (flatten, unflatten).
    """

    kind: Literal["dense", "groups", "same", "select", "offset", "shuffle", "unshuffle", "window", "reshape"]
    groups: int = 1
    offset: int = 0
    index: tuple[int, ...] = ()  # type: ignore[assignment]  # hides tuple.index, which nobody asks here


SAME = Channels("same")
DENSE = Channels("dense")
RESHAPE = Channels("reshape")


class Relation(NamedTuple):
    """One input of a layer as its output sees it; `axes` in the order (depth,) height, width.

    `statistics`: the layer also normalises by statistics of the whole input (instance, group and layer
    normalisation over space), through which everything sees everything; kept apart, as the tables do.
    """

    axes: tuple[Axis | None, ...]
    channels: Channels = SAME
    statistics: bool = False


class Gain(NamedTuple):
    """How much a layer passes on by each of its taps, to first order and at initialisation.

    kind "fixed": `factor`, times what `axes` say for each axis, by phase and read (interpolation; else nothing);
    "mean": the mean of the positions that are really read; "random": every tap has a weight of its own, drawn with
    mean 0 and the variance `factor`; "nonlinear": it cannot be said without the values, and is counted as 1.
    """

    kind: Literal["fixed", "mean", "random", "nonlinear"] = "fixed"
    factor: float = 1.0
    axes: tuple[tuple[tuple[float, ...], ...], ...] = ()


UNCHANGED = Gain()
MEAN = Gain("mean")
NONLINEAR = Gain("nonlinear")


def pointwise(rank: int, channels: Channels = SAME, statistics: bool = False) -> Relation:
    """Every unit reads the unit at its own place."""
    return Relation((IDENTITY,) * rank, channels, statistics)


def nothing(rank: int, width: int) -> Relation:
    """No unit reads any: of an input that only lends its size; `width` counts the output's channels."""
    return Relation((Axis(((),)),) * rank, Channels("offset", offset=width))


def everything(rank: int, channels: Channels = SAME) -> Relation:
    """Every unit reads every place."""
    return Relation((EVERYTHING,) * rank, channels)
