"""Softmax and its logarithm: numbers along an axis that sum to 1."""

from __future__ import annotations

from typing import ClassVar

from ..arguments import Whole
from ..op import Applied, Call, Op, Saved, Shape, Torch, rank
from ..relation import DENSE, EVERYTHING, IDENTITY, NONLINEAR, Gain, Relation, pointwise
from .dims import channel_place, place


class AlongAxis(Op):
    """A function of all numbers along one of PyTorch's axes."""

    kind: ClassVar[str] = "activation"

    dim: Whole = 1

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        place(self.dim, x, type(self).__name__)
        return x

    def relation(self, io: Applied, index: int = 0) -> Relation:
        along, channel = place(self.dim, io.input, type(self).__name__), channel_place(io.input)
        if along == channel:
            return pointwise(rank(io.input), DENSE)
        places = (p for p in range(len(io.input)) if p != channel)
        return Relation(tuple(EVERYTHING if p == along else IDENTITY for p in places))

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call(f"nn.{type(self).__name__}", {"dim": self.dim}))

    def saved(self, io: Applied) -> Saved:
        return Saved(output=True)


class Softmax(AlongAxis):
    """exp(x) divided by the sum of exp(x) along an axis of PyTorch's, by default the channels, 1.

    torch.nn.Softmax

        out: Linear(10) -> Softmax
    """


class LogSoftmax(AlongAxis):
    """The logarithm of Softmax.

    torch.nn.LogSoftmax

        out: Linear(10) -> LogSoftmax
    """
