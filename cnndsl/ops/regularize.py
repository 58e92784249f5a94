"""Regularisers, which drop values in training only; scaling; the identity."""

from __future__ import annotations

from typing import Annotated, ClassVar

from ..arguments import Flag, Initialiser, Number, Probability, word
from ..init import Start, check_fill, constant, filling
from ..op import (
    NOTHING_SAVED,
    WEIGHTS,
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
    need_map,
    rank,
)
from ..relation import NONLINEAR, Gain
from ..symbols import Dim


class Dropping(Op):
    """What the dropouts have in common: noise in training, the input itself otherwise."""

    kind: ClassVar[str] = "regularization"

    p: Probability = 0.5
    inplace: Flag = False

    def noise(self, x: Shape) -> Dim:
        """How many random numbers one sample takes."""
        return elements(x)

    def module(self, io: Applied) -> str:
        return f"nn.{type(self).__name__}"

    def torch(self, io: Applied) -> Torch:
        written = self.written()
        return Torch(module=Call(self.module(io), written, int("p" in written)))

    def aliases(self, io: Applied, training: bool) -> bool:
        return self.inplace or not training or self.p == 0

    def saved(self, io: Applied) -> Saved:
        if self.p == 0:
            return NOTHING_SAVED
        if self.p == 1:  # torch multiplies by a single zero
            return Saved(fixed=1)
        return Saved(elements=self.noise(io.input))


class Dropout(Dropping):
    """Zeroes numbers with probability p in training and scales the rest by 1 / (1 - p).

    torch.nn.Dropout

        fc6: Linear(4096) -> ReLU -> Dropout
    """


class Dropout2d(Dropping):
    """Zeroes whole channels with probability p in training.

    torch.nn.Dropout2d; Dropout1d, Dropout3d by rank

        Conv(64, 3, padding=1) -> ReLU -> Dropout2d(0.2)
    """

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "Dropout2d")
        return x

    def noise(self, x: Shape) -> Dim:
        return x[0]

    def module(self, io: Applied) -> str:
        return f"nn.Dropout{rank(io.input)}d"


class AlphaDropout(Dropping):
    """Dropout that keeps mean and variance, for SELU.

    torch.nn.AlphaDropout, which takes `inplace` but never is

        Linear(256) -> SELU -> AlphaDropout(0.1)
    """

    def aliases(self, io: Applied, training: bool) -> bool:
        return not training or self.p == 0


STOCHASTIC_DEPTH = '''class StochasticDepth(nn.Module):
    """In training, zeroes each sample ("row") or the whole batch ("batch") with probability p, and scales what stays."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        rows = len(x) if self.mode == "row" else 1
        keep = 1 - self.p
        noise = x.new_empty([rows] + [1] * (x.dim() - 1)).bernoulli_(keep)
        if keep > 0:
            noise = noise / keep
        return x * noise

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"
'''


class StochasticDepth(Op):
    """Zeroes the whole value of a sample (mode row), or of all (batch), with probability p in training: a branch is skipped.

    Huang et al., 2016; behaves as torchvision.ops.StochasticDepth, random numbers included.

        add { | _ | Conv(64, 3, padding=1) -> BatchNorm -> StochasticDepth(0.1) }
    """

    kind: ClassVar[str] = "regularization"

    p: Probability
    mode: Annotated[str, word("row", "batch")] = "row"

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("StochasticDepth", self.written(), 1), helper=STOCHASTIC_DEPTH)

    def aliases(self, io: Applied, training: bool) -> bool:
        return not training or self.p == 0

    def saved(self, io: Applied) -> Saved:
        if self.p == 0:
            return NOTHING_SAVED
        return Saved(elements=1) if self.mode == "row" else Saved(fixed=1)


class LayerScale(Op):
    """Multiplies every channel by a number that is learnt and starts from `init`, a number or an initialiser.

    Touvron et al., 2021. The one tensor is stored under the label itself, c×1×1 for channels first, c otherwise.

        layer_scale: LayerScale -> StochasticDepth(0.1)
    """

    kind: ClassVar[str] = "regularization"

    init: Start = 1e-6

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        x, width = io.input, channels(io.input)
        axes = 0 if isinstance(x, ChannelsLast) else rank(x)
        return (Weight("", (width, *(1,) * axes)),)  # type: ignore[arg-type]

    def gain(self, io: Applied, index: int = 0) -> Gain:
        start = constant(self.init, 1.0)
        return NONLINEAR if start is None else Gain("fixed", start)

    def torch(self, io: Applied) -> Torch:
        size = io.weights[0].shape
        if not isinstance(self.init, Initialiser):
            return Torch("{0} * {m}", parameter=f"torch.full({size}, {float(self.init)})")
        check_fill("init", self.init, size)
        return Torch("{0} * {m}", parameter=f"torch.empty({size})", init=(filling(self.init, "{m}"),))

    def saved(self, io: Applied) -> Saved:
        return Saved(guarded=((0, WEIGHTS),))


class Scale(Op):
    """Multiplies every number by one that is fixed.

    Long residual networks are scaled down by it (Szegedy et al., 2016).

        add { | _ | Conv(256, 3, padding=1) -> ReLU -> Conv(256, 3, padding=1) -> Scale(0.1) }
    """

    kind: ClassVar[str] = "activation"

    factor: Number

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return Gain("fixed", self.factor)

    def torch(self, io: Applied) -> Torch:
        return Torch(f"{{0}} * {self.factor!r}")


class Identity(Op):
    """The value as it is: holds a position among the keys.

    torch.nn.Identity

        downsample: Identity
    """

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.Identity"))

    def aliases(self, io: Applied, training: bool) -> bool:
        return True
