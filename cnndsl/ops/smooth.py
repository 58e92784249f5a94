"""Activations like a rectifier with its corner rounded off."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import PlainValidator

from ..arguments import Flag, Number, shown
from ..diagnostics import Problem
from ..op import Shape
from .activation import Activation, Kept, irreversible


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
