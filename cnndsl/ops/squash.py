"""Activations that bring every number into an interval."""

from __future__ import annotations

from typing import ClassVar

from ..arguments import Flag
from .activation import Activation, Kept


class Sigmoid(Activation):
    """1 / (1 + exp(-x)).

    torch.nn.Sigmoid

        mul { | _ | GlobalAvgPool -> Conv(in.c, 1) -> Sigmoid }
    """

    keeps: ClassVar[Kept] = "output"


class Hardsigmoid(Activation):
    """min(max(0, x + 3), 6) / 6.

    torch.nn.Hardsigmoid

        mul { | _ | GlobalAvgPool -> Conv(8, 1) -> ReLU -> Conv(in.c, 1) -> Hardsigmoid }
    """

    inplace: Flag = False


class Tanh(Activation):
    """The hyperbolic tangent.

    torch.nn.Tanh

        c1: Conv(6, 5) -> Tanh -> AvgPool(2)
    """

    keeps: ClassVar[Kept] = "output"
