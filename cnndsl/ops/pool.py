"""Pooling by windows that slide."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import POSITIVE, Extent, Flag, Pads, each, number
from ..diagnostics import Problem
from ..formula import Arithmetic
from ..op import NONE, Applied, Call, Op, Saved, Shape, Torch, elements, incoming, need_map, rank, show, spatial
from ..relation import MEAN, NONLINEAR, UNCHANGED, Gain, Relation, taps
from ..symbols import Dim, below, product
from .calls import call
from .padding import SAME_PADS, Window, check_half, explicit_pad, moves_with_size, slid, slid_formulas, symmetric, windows


def stride(value: object) -> Any:
    """As an extent; none is the kernel's own size."""
    return None if value is None else each(POSITIVE)(value)


def power(value: object) -> int | float:
    p = number(value)
    if p == 0:
        raise ValueError("the norm of power 0 cannot be taken back: there is no root of order 0")
    return p


CEIL_MODE = "ceil_mode: the last window may run over the end, but it starts inside the input or the padding before it"
Stride = Annotated[Any, PlainValidator(stride)]
Power = Annotated[int | float, PlainValidator(power)]


class Sliding(Op):
    """What pooling by a sliding window has in common."""

    kind: ClassVar[str] = "pooling"

    if TYPE_CHECKING:  # fields of all of them, but not in one order
        kernel_size: Extent
        stride: Stride
        ceil_mode: Flag

    def moves(self) -> tuple[Any, Any, Any, Any]:
        """Kernel, stride, dilation and padding."""
        return self.kernel_size, self.stride or self.kernel_size, 1, 0

    def windows(self, x: Shape) -> list[Window]:
        return windows(x, *self.moves())

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, type(self).__name__)
        sizes = slid(x, *self.moves(), self.ceil_mode)
        if self.moves()[3] != "same":
            self.check_pads(self.windows(x))
        return (x[0], *sizes)

    def arithmetic(self, io: Applied) -> Arithmetic:
        sizes, steps = slid_formulas(io.input, *self.moves(), self.ceil_mode, dilated=False)
        remarks = (SAME_PADS,) if self.moves()[3] == "same" else (CEIL_MODE,) if self.ceil_mode else ()
        return Arithmetic(((incoming(io.input)[0], *sizes),), NONE, NONE, steps, remarks)

    def check_pads(self, moving: list[Window]) -> None:
        """Guard: what torch, or an explicit padding before it, can do."""
        check_half(moving)
        if self.ceil_mode and not fits_torch(moving):
            raise Problem(
                "ceil_mode wants the same padding on both sides of an axis, half of the kernel at most",
                argument="ceil_mode",
                code="E0302",
                help="leave ceil_mode out, and pad more after the input instead",
            )

    def check_deep(self, x: Shape) -> None:
        """Guard: with three spatial axes torch's means want the window to fit into the input, its padding not counted."""
        if rank(x) != 3 or not self.native(x):
            return
        for axis, (n, w) in enumerate(zip(spatial(x), self.windows(x), strict=True)):
            if below(n, w.kernel):
                raise Problem(
                    f"torch's {type(self).__name__}3d wants a kernel of at most {n} here, and it is {w.kernel}",
                    f"axis {axis} of {show(x)}: padding does not count for it, nor does ceil_mode",
                    argument="kernel_size",
                    code="E0301",
                    help=f"put a `Pad` before it, or write a kernel of {n} for this axis",
                )

    def native(self, x: Shape) -> bool:
        """Whether torch's own padding does, whatever size comes."""
        moving = self.windows(x)
        return fits_torch(moving) and not moves_with_size(self.moves()[3], moving)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return Relation(tuple(taps(w.kernel, w.stride, w.dilation, -w.before) for w in self.windows(io.input)))

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return MEAN

    def module(self, io: Applied, **instead: object) -> Call:
        return call(self, f"nn.{type(self).__name__}{rank(io.input)}d", 1, None, **instead)

    def padded(self, io: Applied) -> Dim:
        """How many elements a copy of the input has that is padded explicitly."""
        sizes = (n + w.before + w.after for n, w in zip(spatial(io.input), self.windows(io.input), strict=True))
        return elements((io.input[0], *sizes))


class MaxPool(Sliding):
    """The largest of each window (torch.nn.MaxPool1d, 2d, 3d); without a stride, windows stand side by side.

    `padding`: as that of Conv, with `same` and uneven pairs; at most half of the window, and never the largest.

        pool: MaxPool(3, stride=2, padding=1)
    """

    kernel_size: Extent
    stride: Stride = None
    padding: Pads = 0
    dilation: Extent = 1
    ceil_mode: Flag = False

    def moves(self) -> tuple[Any, Any, Any, Any]:
        return self.kernel_size, self.stride or self.kernel_size, self.dilation, self.padding

    def torch(self, io: Applied) -> Torch:
        moving = self.windows(io.input)
        if self.native(io.input):
            return Torch(module=self.module(io, padding=tuple(w.before for w in moving)))
        pad = explicit_pad("{0}", moving, value='float("-inf")')
        return Torch(f"{{m}}({pad})", self.module(io, padding=0))

    def saved(self, io: Applied) -> Saved:
        if self.native(io.input):
            return Saved(inputs=(0,), indices=elements(io.output))
        return Saved(elements=self.padded(io), indices=elements(io.output))


class AvgPool(Sliding):
    """The mean of each window (torch.nn.AvgPool1d, 2d, 3d); without a stride, windows stand side by side.

    `count_include_pad=false` divides by the positions that are there, `divisor_override` by a number of one's own.
    `padding`: as that of Conv, with `same` and uneven pairs; at most half of the window.

        down: AvgPool(2)
    """

    kernel_size: Extent
    stride: Stride = None
    padding: Pads = 0
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Annotated[Any, PlainValidator(lambda v: None if v is None else POSITIVE(v))] = None

    def moves(self) -> tuple[Any, Any, Any, Any]:
        return self.kernel_size, self.stride or self.kernel_size, 1, self.padding

    def shape(self, *inputs: Shape) -> Shape:
        sizes = super().shape(*inputs)
        if self.padding != "same" or all(isinstance(n, int) for n in spatial(inputs[0])):
            self.check_deep(inputs[0])
        if self.divisor_override is not None and rank(inputs[0]) == 1:
            raise Problem(
                "torch's AvgPool1d has no divisor_override",
                argument="divisor_override",
                code="E0405",
                help="leave it out; a fixed Conv can weigh the window otherwise",
            )
        return sizes

    def gain(self, io: Applied, index: int = 0) -> Gain:
        moving = self.windows(io.input)
        area = self.divisor_override or prod(w.kernel for w in moving)
        if self.divisor_override is None and not (self.count_include_pad and any(w.before or w.after for w in moving)):
            return MEAN
        if self.ceil_mode and self.divisor_override is None:
            return NONLINEAR  # a window over the end counts a part of the padding: it follows no rule that is worth its lines
        return Gain("fixed", 1 / area)

    @property
    def counts(self) -> bool:
        """Whether an explicit padding has to be counted apart."""
        return not self.count_include_pad and self.divisor_override is None

    def torch(self, io: Applied) -> Torch:
        moving = self.windows(io.input)
        if self.native(io.input):
            return Torch(module=self.module(io, padding=tuple(w.before for w in moving)))
        forward = f"{{m}}({explicit_pad('{0}', moving)})"
        if self.counts:  # the mean over all, divided by the share of what is there
            forward += f" / {{m}}({explicit_pad('torch.ones_like({0}[:1, :1])', moving)})"
        return Torch(forward, self.module(io, padding=0, count_include_pad=True))

    def saved(self, io: Applied) -> Saved:
        if self.native(io.input):
            return Saved(inputs=(0,))
        return Saved(elements=self.padded(io), fixed=product(spatial(io.output)) if self.counts else 0)


class LPPool(Sliding):
    """The p-norm of each window (torch.nn.LPPool1d, 2d, 3d): p = 1 is the sum, large p comes near the largest.

    Without a stride, windows stand side by side; it takes no padding.

        pool: LPPool(2, 3, stride=2)
    """

    norm_type: Power
    kernel_size: Extent
    stride: Stride = None
    ceil_mode: Flag = False

    def shape(self, *inputs: Shape) -> Shape:
        sizes = super().shape(*inputs)
        self.check_deep(inputs[0])
        return sizes

    def gain(self, io: Applied, index: int = 0) -> Gain:
        """A sum, where p = 1; torch makes the windows over the end, which ceil_mode adds, as large as the others."""
        return UNCHANGED if self.norm_type == 1 and not self.ceil_mode else NONLINEAR

    def module(self, io: Applied, **instead: object) -> Call:
        return call(self, f"nn.LPPool{rank(io.input)}d", 2, None, **instead)

    def torch(self, io: Applied) -> Torch:
        return Torch(module=self.module(io))

    def saved(self, io: Applied) -> Saved:
        if abs(self.norm_type) == float("inf"):  # max pooling of a copy
            return Saved(inputs=(0,), elements=elements(io.input), indices=elements(io.output))
        return Saved(inputs=(0,), elements=elements(io.input) + 4 * elements(io.output))


def fits_torch(moving: list[Window]) -> bool:
    """Whether torch's own argument says the padding: even, and at most half of the kernel, not counting its holes."""
    return symmetric(moving) and all(w.before <= w.kernel // 2 for w in moving)
