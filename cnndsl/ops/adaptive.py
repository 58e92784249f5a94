"""Pooling to a size that is given, and over all there is."""

from __future__ import annotations

from math import gcd
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import POSITIVE, WORDS
from ..formula import Arithmetic, expr, named
from ..op import NONE, Applied, Call, Op, Saved, Shape, Torch, elements, incoming, known, need_map, per_axis, rank, spatial
from ..relation import EVERYTHING, IDENTITY, MEAN, Axis, Gain, Relation, everything
from ..symbols import Dim
from .calls import call
from .dims import hold_phases


def aim(value: object) -> int | None:
    """A size, or keep (none in torch's words)."""
    return None if value is None or value == "keep" else POSITIVE(value)


def aims(value: object) -> Any:
    if isinstance(value, tuple):
        if not value:
            raise ValueError("an empty list says nothing; write a number")
        return tuple(map(aim, value))
    if aim(value) is None:
        raise ValueError("keep for all axes leaves everything as it is; write keep in a list: [keep, 1]")
    return aim(value)


WORDS.add("keep")
OutputSize = Annotated[Any, PlainValidator(aims)]


class Adaptive(Op):
    """What pooling to a given size has in common: output i pools ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉ - 1, for m of n."""

    kind: ClassVar[str] = "pooling"

    output_size: OutputSize

    def aims(self, x: Shape) -> tuple[int | None, ...]:
        return per_axis(self.output_size, rank(x), "output_size")

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, type(self).__name__)
        for n, m in zip(spatial(x), self.aims(x), strict=True):
            if isinstance(n, int) and m not in (None, 1):
                hold_phases(m // gcd(n, m), type(self).__name__, "output_size")
        return (x[0], *(n if m is None else m for n, m in zip(spatial(x), self.aims(x), strict=True)))

    def arithmetic(self, io: Applied) -> Arithmetic:
        channels, *places = incoming(io.input)
        sizes = (n if m is None else named("m", m, "output_size") for n, m in zip(places, self.aims(io.input), strict=True))
        remark = "output i pools the positions ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉ − 1 of the n that arrive"
        return Arithmetic(((channels, *sizes),), NONE, NONE, remarks=(remark,))

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return Relation(tuple(map(shares, spatial(io.input), self.aims(io.input))))

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return MEAN

    def torch(self, io: Applied) -> Torch:
        size = self.output_size
        if rank(io.input) == 1 and None in self.aims(io.input):  # torch's 1-D classes know no keep
            size = known(io.output[1], "the size that is to be kept")
        return Torch(module=call(self, f"nn.{type(self).__name__}{rank(io.input)}d", 1, output_size=size))


class AdaptiveAvgPool(Adaptive):
    """The mean of so many equal shares of each axis (torch.nn.AdaptiveAvgPool1d, 2d, 3d).

    `keep` leaves an axis as it is.

        pool: AdaptiveAvgPool([7, keep])
    """

    def saved(self, io: Applied) -> Saved:
        return Saved() if all(m == 1 for m in spatial(io.output)) else Saved(inputs=(0,))  # one mean keeps nothing


class AdaptiveMaxPool(Adaptive):
    """The largest of so many equal shares of each axis (torch.nn.AdaptiveMaxPool1d, 2d, 3d).

    `keep` leaves an axis as it is.

        pool: AdaptiveMaxPool(4)
    """

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,), indices=elements(io.output))


def shares(n: Dim, m: int | None) -> Axis | None:
    """What m outputs pool of n inputs."""
    if m is None:
        return IDENTITY
    if m == 1:
        return EVERYTHING
    size = known(n, "the size that is to be divided")
    common = gcd(size, m)
    period = m // common
    return Axis(tuple(range(i * size // m, -(-(i + 1) * size // m)) for i in range(period)), size // common)


class Global(Op):
    """What pooling over everything has in common: a map of 1 × 1 is left."""

    kind: ClassVar[str] = "pooling"

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, type(self).__name__)
        return (x[0],) + (1,) * rank(x)

    def arithmetic(self, io: Applied) -> Arithmetic:
        sizes = (incoming(io.input)[0],) + (expr(1),) * rank(io.input)
        return Arithmetic((sizes,), NONE, NONE, remarks=("one window takes in all places of a channel: one number is left",))

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return everything(rank(io.input))

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return MEAN

    def torch(self, io: Applied) -> Torch:
        name = type(self).__name__.replace("Global", "Adaptive")
        return Torch(module=Call(f"nn.{name}{rank(io.input)}d", {"output_size": 1}, 1))


class GlobalAvgPool(Global):
    """The mean of each channel, as a map of 1 × 1.

    torch.nn.AdaptiveAvgPool1d, 2d, 3d of output size 1

        GlobalAvgPool -> Flatten
    """


class GlobalMaxPool(Global):
    """The largest of each channel, as a map of 1 × 1.

    torch.nn.AdaptiveMaxPool1d, 2d, 3d of output size 1

        GlobalMaxPool -> Flatten
    """

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,), indices=elements(io.output))
