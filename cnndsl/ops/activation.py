"""Activations: a function of every number."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import PlainValidator

from ..arguments import Count, Flag, Initialiser, Number, shown
from ..diagnostics import Problem
from ..init import Start, check_fill, filling
from ..op import Applied, Call, ChannelsLast, Op, Saved, Shape, Torch, Weight, elements, show

Kept = Literal["input", "output", "copy"]


class Activation(Op):
    """What activations have in common: torch's module of the same name, and one tensor kept for the backward pass."""

    kind: ClassVar[str] = "activation"
    keeps: ClassVar[Kept] = "input"
    keeps_in_place: ClassVar[Kept] = "copy"  # of the input, which is overwritten
    positional: ClassVar[int] = 0

    @property
    def in_place(self) -> bool:
        return getattr(self, "inplace", False)

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call(f"nn.{type(self).__name__}", self.written(), self.positional))

    def aliases(self, io: Applied, training: bool) -> bool:
        return self.in_place

    def saved(self, io: Applied) -> Saved:
        kept = self.keeps_in_place if self.in_place else self.keeps
        if kept == "copy":
            return Saved(elements=elements(io.input))
        return Saved(output=True) if kept == "output" else Saved(inputs=(0,))


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


class ELU(Activation):
    """x where it is positive, else alpha·(exp(x) - 1).

    torch.nn.ELU

        Conv(64, 3, padding=1) -> ELU
    """

    keeps_in_place: ClassVar[Kept] = "output"

    alpha: Number = 1.0
    inplace: Flag = False

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        if self.inplace and self.alpha < 0:
            raise irreversible("alpha", self.alpha)
        return x


class SELU(Activation):
    """ELU with the scale and the alpha that keep mean 0 and variance 1.

    torch.nn.SELU

        Linear(256) -> SELU -> AlphaDropout(0.1)
    """

    keeps_in_place: ClassVar[Kept] = "output"

    inplace: Flag = False


def approximation(value: object) -> str:
    if value is None:  # the language's own none
        return "none"
    if value not in ("none", "tanh"):
        raise ValueError(f"{shown(value)} is neither none nor tanh")
    return str(value)


class GELU(Activation):
    """x·Φ(x), Φ the normal distribution function, or its approximation by tanh.

    torch.nn.GELU

        Linear(4 * 96) -> GELU -> Linear(96)
    """

    approximate: Annotated[str, PlainValidator(approximation)] = "none"


class SiLU(Activation):
    """x·sigmoid(x), also called swish.

    torch.nn.SiLU

        Conv(32, 3, padding=1, bias=false) -> BatchNorm -> SiLU
    """

    inplace: Flag = False


class Mish(Activation):
    """x·tanh(softplus(x)).

    torch.nn.Mish

        Conv(32, 3, padding=1, bias=false) -> BatchNorm -> Mish
    """

    inplace: Flag = False


class Hardswish(Activation):
    """x·min(max(0, x + 3), 6) / 6.

    torch.nn.Hardswish

        Conv(16, 3, stride=2, padding=1, bias=false) -> BatchNorm -> Hardswish
    """

    inplace: Flag = False


class Hardsigmoid(Activation):
    """min(max(0, x + 3), 6) / 6.

    torch.nn.Hardsigmoid

        mul { | _ | GlobalAvgPool -> Conv(8, 1) -> ReLU -> Conv(in.c, 1) -> Hardsigmoid }
    """

    inplace: Flag = False


class Sigmoid(Activation):
    """1 / (1 + exp(-x)).

    torch.nn.Sigmoid

        mul { | _ | GlobalAvgPool -> Conv(in.c, 1) -> Sigmoid }
    """

    keeps: ClassVar[Kept] = "output"


class Tanh(Activation):
    """The hyperbolic tangent.

    torch.nn.Tanh

        c1: Conv(6, 5) -> Tanh -> AvgPool(2)
    """

    keeps: ClassVar[Kept] = "output"


class Softplus(Activation):
    """log(1 + exp(beta·x)) / beta, and x itself where beta·x is above the threshold.

    torch.nn.Softplus

        Linear(1) -> Softplus
    """

    beta: Number = 1.0
    threshold: Number = 20.0

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        if self.beta == 0:
            help = "leave it out: it is 1 by default"
            raise Problem("Softplus divides by beta, and beta is 0", argument="beta", code="E0405", help=help)
        return x


class Abs(Activation):
    """|x|.

    torch.abs

        sub(a, b) -> Abs -> score: Linear(1)
    """

    def torch(self, io: Applied) -> Torch:
        return Torch("torch.abs({0})")


def irreversible(argument: str, value: float) -> Problem:
    """Torch's backward pass reads the sign of the input off the output, in place."""
    return Problem(
        f"in place, {argument} must not be negative, and is {value:g}",
        argument=argument,
        code="E0405",
        notes=["torch's backward pass then has the output only, and reads the input's sign off it"],
        help="leave inplace out",
    )
