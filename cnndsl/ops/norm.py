"""Normalisation: by statistics of the batch, of the sample, of groups of channels, of one place."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import Count, Flag, Number, number, word
from ..diagnostics import Problem
from ..formula import Arithmetic, times
from ..init import BiasInit, Init, check_start, constant, initialise
from ..op import (
    NONE,
    Applied,
    Call,
    ChannelsLast,
    Op,
    Saved,
    Shape,
    Torch,
    Weight,
    channels,
    elements,
    incoming,
    known,
    need_map,
    rank,
    show,
    spatial,
)
from ..relation import DENSE, NONLINEAR, SAME, Channels, Gain, Relation, pointwise
from ..symbols import product
from .calls import call
from .dims import divisors

Momentum = Annotated[Any, PlainValidator(lambda v: None if v is None else number(v))]


def channel_count(x: Shape) -> int:
    return known(channels(x), "the number of channels")


class Normalising(Op):
    """What normalising layers have in common: a scale and a shift for each channel."""

    kind: ClassVar[str] = "normalization"
    ahead: ClassVar[int | None] = 0
    settled: ClassVar[str] = "num_features"

    if TYPE_CHECKING:  # fields of nearly all, but not in one order
        bias: Flag
        init: Init
        bias_init: BiasInit

    def scale(self, shape: tuple[int, ...], affine: bool) -> tuple[Weight, ...]:
        return ((Weight("weight", shape),) + (Weight("bias", shape),) * self.bias) * affine

    def arithmetic(self, io: Applied) -> Arithmetic:
        """The tensors of scale and shift have one shape: the channels, or the whole map."""
        scales = [weight for weight in io.weights if not weight.buffer]
        names = incoming(io.input)
        one = names if scales and len(scales[0].shape) > 1 else names[-1:] if isinstance(io.input, ChannelsLast) else names[:1]
        params = times([len(scales), *one]) if scales else NONE
        return super().arithmetic(io)._replace(params=params)

    def start(self, affine: bool) -> tuple[str, ...]:
        return initialise(None, self.init, self.bias_init, self.bias) if affine else ()


class Tracking(Normalising):
    """What is normalised by statistics that training may gather for use afterwards."""

    eps: Number = 1e-5
    momentum: Momentum = 0.1
    affine: Flag = True
    track_running_stats: Flag = True
    bias: Flag = True
    init: Init = None
    bias_init: BiasInit = None

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        c = channel_count(io.input)
        gathered = (
            Weight("running_mean", (c,), trainable=False, buffer=True),
            Weight("running_var", (c,), trainable=False, buffer=True),
            Weight("num_batches_tracked", (), trainable=False, buffer=True, dtype="int64"),
        )
        return self.scale((c,), self.affine) + gathered * self.track_running_stats

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return pointwise(rank(io.input), SAME, statistics=not self.track_running_stats)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        """By the statistics that it starts from, mean 0 and variance 1."""
        start = constant(self.init, 1.0) if self.affine else 1.0
        if not self.track_running_stats or start is None:
            return NONLINEAR
        return Gain("fixed", start / sqrt(1 + self.eps))

    def torch(self, io: Applied) -> Torch:
        name = f"nn.{type(self).__name__}{max(rank(io.input), 1)}d"
        return Torch(module=call(self, name, 1, {"num_features": channel_count(io.input)}), init=self.start(self.affine))


class BatchNorm(Tracking):
    """Each channel is normalised by its mean and variance in the batch (torch.nn.BatchNorm1d, 2d, 3d; 1d for flat values).

    In evaluation by the averages gathered in training; `momentum=none` gathers a plain mean.

        bn1: BatchNorm
    """

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "BatchNorm", (0, 1, 2, 3))
        check_start((channel_count(x),), self.init, self.bias_init)
        return x

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,), fixed=2 * channel_count(io.input))


class InstanceNorm(Tracking):
    """Each channel of each sample is normalised by its own mean and variance (torch.nn.InstanceNorm1d, 2d, 3d).

    With `track_running_stats`, in evaluation by the averages gathered in training.

        InstanceNorm(affine=true)
    """

    affine: Flag = False
    track_running_stats: Flag = False

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "InstanceNorm")
        if product(spatial(x)) == 1:
            raise Problem(
                f"InstanceNorm has one number a channel to take a mean of, in {show(x)}",
                code="E0308",
                notes=["less its own mean, it is always 0; torch refuses it too"],
                help="normalise before the map shrinks to 1 × 1, or over channels with LayerNorm or GroupNorm",
            )
        check_start((channel_count(x),), self.init, self.bias_init)
        return x

    def saved(self, io: Applied) -> Saved:
        """torch lays the samples side by side as channels, and repeats what there is for each channel."""
        repeated = 2 + self.affine + 2 * self.track_running_stats
        return Saved(inputs=(0,), elements=repeated * channel_count(io.input))


class GroupNorm(Normalising):
    """Groups of channels are normalised, sample by sample, by their mean and variance over space (torch.nn.GroupNorm).

    One group is all channels together, and as many groups as channels are InstanceNorm with a scale.

        gn: GroupNorm(32)
    """

    ahead: ClassVar[int | None] = 1
    settled: ClassVar[str] = "num_channels"
    settled_at: ClassVar[int] = 1

    num_groups: Count
    eps: Number = 1e-5
    affine: Flag = True
    bias: Flag = True
    init: Init = None
    bias_init: BiasInit = None

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "GroupNorm", (0, 1, 2, 3))
        c = channel_count(x)
        if c % self.num_groups:
            raise Problem(
                f"{c} channels cannot be divided into {self.num_groups} groups",
                argument="num_groups",
                code="E0303",
                help=f"{c} has the divisors {divisors(c)}",
            )
        if product(spatial(x)) * (c // self.num_groups) == 1:
            raise Problem(
                f"GroupNorm has one number a group to take a mean of, in {show(x)}",
                argument="num_groups",
                code="E0308",
                notes=["less its own mean, it is always 0"],
                help=f"take fewer than {self.num_groups} groups",
            )
        check_start((c,), self.init, self.bias_init)
        return x

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return self.scale((channel_count(io.input),), self.affine)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        if rank(io.input) == 0:
            return Relation((), Channels("groups", self.num_groups))
        return pointwise(rank(io.input), SAME, statistics=True)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def torch(self, io: Applied) -> Torch:
        first = {"num_groups": self.num_groups, "num_channels": channel_count(io.input)}
        return Torch(module=call(self, "nn.GroupNorm", 2, first), init=self.start(self.affine))

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,), elements=2 * self.num_groups)


CHANNELS_FIRST = '''\
class LayerNormChannelsFirst(nn.LayerNorm):
    """LayerNorm over the channels of a map, which stand first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''


class LayerNorm(Normalising):
    """The channels of each place are normalised by their mean and variance (torch.nn.LayerNorm over the channels).

    Flat, channels first or channels last: always over the channels, with one weight a channel, as ConvNeXt has it.
    `over=all` normalises over channels and space together, with a weight for every number of the map.

        norm: LayerNorm(eps=1e-6)
    """

    settled: ClassVar[str] = "normalized_shape"

    eps: Number = 1e-5
    elementwise_affine: Flag = True
    bias: Flag = True
    over: Annotated[str, word("channels", "all")] = "channels"
    init: Init = None
    bias_init: BiasInit = None

    def normalized(self, x: Shape) -> tuple[int, ...]:
        """The axes that are normalised, and the shape of the weights."""
        if self.over == "channels":
            return (channel_count(x),)
        return tuple(known(n, "the size that LayerNorm(over=all) has weights for") for n in x)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if not isinstance(x, ChannelsLast):
            need_map(x, "LayerNorm", (0, 1, 2, 3))
        check_start(self.normalized(x), self.init, self.bias_init)
        return x

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return self.scale(self.normalized(io.input), self.elementwise_affine)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        if self.over == "all" and rank(io.input):
            return pointwise(rank(io.input), SAME, statistics=True)
        return pointwise(rank(io.input), DENSE)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def torch(self, io: Applied) -> Torch:
        x, size = io.input, self.normalized(io.input)
        arguments = {"normalized_shape": size[0] if len(size) == 1 else size, **self.written()}
        for ours in ("over", "init", "bias_init"):
            arguments.pop(ours, None)
        init = self.start(self.elementwise_affine)
        if self.over == "all" or rank(x) == 0 or isinstance(x, ChannelsLast):
            return Torch(module=Call("nn.LayerNorm", arguments, 1), init=init)
        return Torch(module=Call("LayerNormChannelsFirst", arguments, 1), init=init, helper=CHANNELS_FIRST)

    def saved(self, io: Applied) -> Saved:
        places = product(spatial(io.input)) if self.over == "channels" else 1
        return Saved(inputs=(0,), elements=2 * places)


class LRN(Op):
    """Local response normalisation (torch.nn.LocalResponseNorm): divided by the energy of `size` neighbouring channels.

    Every number x becomes x / (k + alpha·m)^beta, for m the mean square of the neighbours at its place.

        LRN(5, k=2)
    """

    size: Count
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "LRN")
        return x

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return pointwise(rank(io.input), Channels("window", self.size))

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def torch(self, io: Applied) -> Torch:
        return Torch(module=call(self, "nn.LocalResponseNorm", 1))

    def saved(self, io: Applied) -> Saved:
        x = io.input
        squares = elements((x[0] + self.size - 1, *spatial(x)))  # with the channels that are added at both ends
        return Saved(inputs=(0,), elements=squares + 2 * elements(x))
