"""The fully connected layer."""

from __future__ import annotations

from typing import ClassVar

from ..arguments import Count, Flag
from ..diagnostics import Problem
from ..formula import Arithmetic, named, times
from ..init import BiasInit, Init, Kernel, check_start, drawn, initialise
from ..op import (
    WEIGHTS,
    Applied,
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
    rank,
    show,
    spatial,
)
from ..relation import DENSE, Gain, Relation, pointwise
from ..symbols import Dim, product
from .calls import call


class Linear(Op):
    """Every output feature is a weighted sum of all input features (torch.nn.Linear).

    Takes a flat value, or one that was permuted to channels last and is then mapped place by place. `weight` fixes
    the matrix, (out_features, in_features).

        fc: Linear(10)
    """

    kind: ClassVar[str] = "linear"
    ahead: ClassVar[int | None] = 1
    settled: ClassVar[str] = "in_features"

    out_features: Count
    bias: Flag = True
    weight: Kernel = None
    init: Init = None
    bias_init: BiasInit = None

    def matrix(self, x: Shape) -> tuple[int, int]:
        """The shape of the weight."""
        return self.out_features, known(channels(x), "the number of features")

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if rank(x) and not isinstance(x, ChannelsLast):
            raise Problem(
                f"Linear wants a flat value, and gets {show(x)}",
                code="E0307",
                notes=["it maps features; of a map it cannot tell which of the numbers are to be those"],
                help=f"`Flatten` makes {features(x)} of it; `GlobalAvgPool -> Flatten` leaves {x[0]}",
            )
        check_start(self.matrix(x), self.init, self.bias_init, self.weight)
        if isinstance(x, ChannelsLast):
            return ChannelsLast((*spatial(x), self.out_features))
        return (self.out_features,)

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return (Weight("weight", self.matrix(io.input)),) + (Weight("bias", (self.out_features,)),) * self.bias

    def arithmetic(self, io: Applied) -> Arithmetic:
        *places, arrive = incoming(io.input)
        leave = named("F_out" if rank(io.input) == 0 else "C_out", self.out_features, "out_features")
        params = (arrive + 1) * leave if self.bias else arrive * leave
        return Arithmetic(((*places, leave),), params, times([*places, arrive, leave]))

    def macs(self, io: Applied) -> Dim:
        out, features = self.matrix(io.input)
        return product(spatial(io.input)) * (out * features)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return pointwise(rank(io.input), DENSE)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return drawn(self.matrix(io.input), self.weight, self.init)

    def torch(self, io: Applied) -> Torch:
        module = call(self, "nn.Linear", 2, {"in_features": channels(io.input)})
        return Torch(module=module, init=initialise(self.weight, self.init, self.bias_init, self.bias))

    def saved(self, io: Applied) -> Saved:
        return Saved(guarded=((0, WEIGHTS),))


def features(x: Shape) -> str:
    """The number of features that flattening gives, with its factors: 512·7·7 = 25088."""
    return f"{'·'.join(f'({n})' if ' ' in str(n) else str(n) for n in x)} = {elements(x)} features"
