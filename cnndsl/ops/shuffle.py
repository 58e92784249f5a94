"""Layers that move numbers between channels, or between channels and pixels."""

from __future__ import annotations

from ..arguments import Count
from ..diagnostics import Problem
from ..formula import Arithmetic, named
from ..op import NONE, Applied, Call, Shape, Torch, incoming, need_map, rank
from ..relation import DENSE, Axis, Channels, Relation, pointwise
from ..symbols import Dim
from .dims import hold_phases, hold_width
from .reshape import Reshaping


class PixelShuffle(Reshaping):
    """c·r²×h×w made c×hr×wr: channels become cells of r×r pixels.

    torch.nn.PixelShuffle; Shi et al., 2016

        Conv(3 * 2**2, 3, padding=1) -> PixelShuffle(2)
    """

    upscale_factor: Count

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "PixelShuffle", (2,))
        r = self.upscale_factor
        hold_phases(r, "PixelShuffle", "upscale_factor")
        title = f"PixelShuffle({r}) wants a multiple of {r}² = {r * r} channels, and gets {x[0]}"
        divisible(x[0], r * r, title, "upscale_factor", "E0303", f"c·{r * r} channels in give c channels out")
        return (x[0] // (r * r), x[1] * r, x[2] * r)

    def arithmetic(self, io: Applied) -> Arithmetic:
        c, h, w = incoming(io.input)
        r = named("r", self.upscale_factor, "upscale_factor")
        return Arithmetic(((c / (r * r), h * r, w * r),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        r = self.upscale_factor
        return Relation((Axis(((0,),) * r),) * 2, Channels("shuffle", r))

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.PixelShuffle", self.written(), 1))


class PixelUnshuffle(Reshaping):
    """c×hr×wr made c·r²×h×w: cells of r×r pixels become channels.

    torch.nn.PixelUnshuffle

        PixelUnshuffle(2) -> Conv(64, 3, padding=1)
    """

    downscale_factor: Count

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "PixelUnshuffle", (2,))
        r = self.downscale_factor
        hold_phases(r, "PixelUnshuffle", "downscale_factor")
        for axis, size in zip(("height", "width"), x[1:], strict=True):
            title = f"PixelUnshuffle({r}) cannot divide {axis} {size} into cells of {r}"
            divisible(size, r, title, "downscale_factor", "E0308", "`Pad` or `Crop` to a multiple first")
        return (x[0] * (r * r), x[1] // r, x[2] // r)

    def arithmetic(self, io: Applied) -> Arithmetic:
        c, h, w = incoming(io.input)
        r = named("r", self.downscale_factor, "downscale_factor")
        return Arithmetic(((c * r * r, h / r, w / r),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        r = self.downscale_factor
        return Relation((Axis((tuple(range(r)),), r),) * 2, Channels("unshuffle", r))

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.PixelUnshuffle", self.written(), 1))


class ChannelShuffle(Reshaping):
    """Takes the channels of each group by turns.

    torch.nn.ChannelShuffle; ShuffleNet, Zhang et al., 2018

        cat { | left | right } -> ChannelShuffle(2)
    """

    groups: Count

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "ChannelShuffle")
        title = f"{x[0]} channels cannot be divided into {self.groups} groups"
        divisible(x[0], self.groups, title, "groups", "E0303", f"choose groups that divide {x[0]}")
        if isinstance(x[0], int):
            hold_width(x[0], "ChannelShuffle")
        return x

    def relation(self, io: Applied, index: int = 0) -> Relation:
        width = io.input[0]
        if not isinstance(width, int):
            return pointwise(rank(io.input), DENSE)
        share = width // self.groups
        index_of = tuple(group * share + member for member in range(share) for group in range(self.groups))
        return pointwise(rank(io.input), Channels("select", index=index_of))

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.ChannelShuffle", self.written(), 1))


def divisible(number: Dim, divisor: int, title: str, argument: str, code: str, help: str) -> None:
    """Guard: the number is a multiple, or may be one as far as is known."""
    left = number % divisor
    if isinstance(left, int) and left:
        raise Problem(title, argument=argument, code=code, help=help)
