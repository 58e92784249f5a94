"""Activations made of pieces: of straight lines, Hardswish of a parabola too."""

from __future__ import annotations

from typing import ClassVar

from ..arguments import Count, Flag, Initialiser, Number
from ..diagnostics import Problem
from ..init import Start, check_fill, filling
from ..op import Applied, Call, ChannelsLast, Shape, Torch, Weight, show
from .activation import Activation, Kept, irreversible


class ReLU(Activation):
    """max(0, x).

    torch.nn.ReLU

        Conv(64, 3, padding=1) -> ReLU
    """

    keeps: ClassVar[Kept] = "output"
    keeps_in_place: ClassVar[Kept] = "output"

    inplace: Flag = False


class ReLU6(Activation):
    """min(max(0, x), 6).

    torch.nn.ReLU6

        Conv(32, 3, stride=2, padding=1, bias=false) -> BatchNorm -> ReLU6
    """

    inplace: Flag = False


class LeakyReLU(Activation):
    """x where it is positive, else negative_slope·x.

    torch.nn.LeakyReLU

        Conv(32, 3, padding=1) -> LeakyReLU(0.1)
    """

    keeps_in_place: ClassVar[Kept] = "output"

    negative_slope: Number = 0.01
    inplace: Flag = False

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        if self.inplace and self.negative_slope < 0:
            raise irreversible("negative_slope", self.negative_slope)
        return x

    def torch(self, io: Applied) -> Torch:
        written = self.written()
        return Torch(module=Call("nn.LeakyReLU", written, int("negative_slope" in written)))


class PReLU(Activation):
    """x where it is positive, else a·x with an `a` that is learnt: one for all channels, or one for each (torch.nn.PReLU).

    `init` is a number, or an initialiser.

        Conv(56, 5, padding=2) -> PReLU(56)
    """

    num_parameters: Count = 1
    init: Start = 0.25

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        if self.num_parameters == 1:
            return x
        if isinstance(x, ChannelsLast):
            raise Problem(
                f"PReLU with {self.num_parameters} numbers wants the channels first, and gets {show(x)}",
                argument="num_parameters",
                code="E0304",
                help="put it before the Permute, or write PReLU with one number for all channels",
            )
        if isinstance(x[0], int) and x[0] != self.num_parameters:
            raise Problem(
                f"PReLU has {self.num_parameters} numbers for {x[0]} channels",
                argument="num_parameters",
                code="E0303",
                help=f"write PReLU({x[0]}), or PReLU with one number for all channels",
            )
        return x

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_parameters,)),)

    def torch(self, io: Applied) -> Torch:
        written = self.written()
        start = written.get("init")
        if not isinstance(start, Initialiser):
            return Torch(module=Call("nn.PReLU", written, int("num_parameters" in written)))
        del written["init"]
        check_fill("init", start, (self.num_parameters,))
        return Torch(module=Call("nn.PReLU", written, len(written)), init=(filling(start, "{m}.weight"),))


class Hardswish(Activation):
    """x·min(max(0, x + 3), 6) / 6.

    torch.nn.Hardswish

        Conv(16, 3, stride=2, padding=1, bias=false) -> BatchNorm -> Hardswish
    """

    inplace: Flag = False


class Abs(Activation):
    """|x|.

    torch.abs

        sub(a, b) -> Abs -> score: Linear(1)
    """

    def torch(self, io: Applied) -> Torch:
        return Torch("torch.abs({0})")
