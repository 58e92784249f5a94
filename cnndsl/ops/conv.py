"""Convolution and transposed convolution, in one, two and three dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import NATURAL, Count, Extent, Flag, Pads, each, word
from ..diagnostics import Problem
from ..formula import Arithmetic, Expr, by_axis, named, times
from ..init import BiasInit, Init, Kernel, check_start, drawn, initialise
from ..op import (
    Applied,
    Op,
    Saved,
    Shape,
    Torch,
    Weight,
    count,
    elements,
    incoming,
    known,
    need_map,
    per_axis,
    rank,
    show,
    spatial,
)
from ..relation import DENSE, SAME, Channels, Gain, Mode, Relation, spread, taps
from ..symbols import Dim, below
from .calls import call
from .dims import divisors, hold_phases
from .padding import SAME_PADS, Window, explicit_pad, moves_with_size, slid, slid_formulas, symmetric, windows

PaddingMode = Annotated[str, word("zeros", "reflect", "replicate", "circular")]
Room = Annotated[int | tuple[int, ...], PlainValidator(each(NATURAL))]  # 0, 1, … for all axes, or for each


class Convolving(Op):
    """What convolution and transposed convolution have in common."""

    kind: ClassVar[str] = "convolution"
    ahead: ClassVar[int | None] = 4
    settled: ClassVar[str] = "in_channels"

    out_channels: Count
    kernel_size: Extent
    stride: Extent = 1
    padding: Pads = 0
    if TYPE_CHECKING:  # fields of both classes, but not in one order
        dilation: Extent
        groups: Count
        bias: Flag
        weight: Kernel
        init: Init
        bias_init: BiasInit

    def windows(self, x: Shape) -> list[Window]:
        return windows(x, self.kernel_size, self.stride, self.dilation, self.padding)

    def check(self, x: Shape) -> None:
        """Guard: the groups divide the channels, and what is to fill the tensors fits them."""
        known(x[0], "the number of channels")
        groups, leave = self.groups, self.out_channels
        for what, number in (("in-channels", x[0]), ("out-channels", leave)):
            if number % groups:
                raise Problem(
                    f"{number} {what} cannot be divided into {groups} groups",
                    f"groups={groups}",
                    argument="groups",
                    code="E0303",
                    notes=[f"a group takes an equal share of the {x[0]} channels that arrive and of the {leave} that leave"],
                    help=f"what divides both {x[0]} and {leave}: groups={divisors(x[0], leave)}",
                )
        check_start(self.kernel(x), self.init, self.bias_init, self.weight)

    def kernel(self, x: Shape) -> tuple[int, ...]:
        """The shape of the weight."""
        raise NotImplementedError

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        stored = (Weight("weight", self.kernel(io.input)),)
        return stored + (Weight("bias", (self.out_channels,)),) * self.bias

    def taps(self, x: Shape) -> Expr:
        """The multiply–adds for one number of the output of a convolution: k·k·C_in/g."""
        sizes = by_axis("k", per_axis(self.kernel_size, rank(x), "kernel_size"), "kernel_size")
        arrive = incoming(x)[0]
        return times([*sizes, arrive / named("g", self.groups, "groups") if self.groups > 1 else arrive])

    def counted(self, io: Applied, sizes: tuple[Expr, ...], places: Shape, mark: str, **more: tuple[Any, ...]) -> Arithmetic:
        """Parameters, and multiply–adds at so many places."""
        leave = named("C_out", self.out_channels, "out_channels")
        taps = self.taps(io.input)
        params = (taps + 1) * leave if self.bias else taps * leave
        at = incoming(places, mark, "of the output" if mark == "out" else "of the input")[1:]
        return Arithmetic(((leave, *sizes),), params, times([taps, leave, *at]), **more)

    def channel_relation(self, x: Shape) -> Channels:
        if self.groups == 1:
            return DENSE
        return SAME if self.groups == x[0] == self.out_channels else Channels("groups", self.groups)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return drawn(self.kernel(io.input), self.weight, self.init)

    def start(self) -> tuple[str, ...]:
        return initialise(self.weight, self.init, self.bias_init, self.bias)


class Conv(Convolving):
    """Convolution, by the rank of what arrives in 1-D, 2-D or 3-D (torch.nn.Conv1d, Conv2d, Conv3d).

    `padding`: a number, one for each axis, an inner list [before, after] for an axis, or `same`, which keeps
    ⌈size / stride⌉ by TensorFlow's rule. `weight` fixes the kernel's values.

        conv1: Conv(64, 7, stride=2, padding=3, bias=false)
    """

    dilation: Extent = 1
    groups: Count = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"
    weight: Kernel = None
    init: Init = None
    bias_init: BiasInit = None

    def kernel(self, x: Shape) -> tuple[int, ...]:
        sizes = per_axis(self.kernel_size, rank(x), "kernel_size")
        return (self.out_channels, known(x[0], "the number of channels") // self.groups, *sizes)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "Conv")
        self.check(x)
        try:
            sizes = slid(x, self.kernel_size, self.stride, self.dilation, self.padding)
        except Problem as problem:
            raise torch_order(self, x, problem) from None
        self.check_mode(x)
        return (self.out_channels, *sizes)

    def check_mode(self, x: Shape) -> None:
        """Guard: a mirror has no more to show than is there, nor has a turn round the axis."""
        spare = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if spare is None:
            return
        for axis, (n, w) in enumerate(zip(spatial(x), self.windows(x), strict=True)):
            pad = max(w.before, w.after)
            if below(n - spare, pad):
                raise Problem(
                    f"{self.padding_mode} padding of {pad} needs {pad + spare} positions, and there are {n}",
                    argument="padding",
                    code="E0302",
                    notes=[f"axis {axis} of {show(x)}"],
                    help=f"at most {n - spare} can be padded here; zeros and replicate have no such limit",
                )

    def arithmetic(self, io: Applied) -> Arithmetic:
        sizes, steps = slid_formulas(io.input, self.kernel_size, self.stride, self.dilation, self.padding)
        remarks = (SAME_PADS,) if self.padding == "same" else ()
        return self.counted(io, sizes, io.output, "out", steps=steps, remarks=remarks)

    def macs(self, io: Applied) -> Dim:
        return elements(io.output) * count(io.weights[0].shape[1:])

    def relation(self, io: Applied, index: int = 0) -> Relation:
        mode: Mode = self.padding_mode  # type: ignore[assignment]
        axes = (taps(w.kernel, w.stride, w.dilation, -w.before, mode) for w in self.windows(io.input))
        return Relation(tuple(axes), self.channel_relation(io.input))

    def torch(self, io: Applied) -> Torch:
        x, moving = io.input, self.windows(io.input)
        name, first = f"nn.Conv{rank(x)}d", {"in_channels": x[0]}
        if symmetric(moving) and not moves_with_size(self.padding, moving):
            padding = tuple(w.before for w in moving)
            mode = self.padding_mode if any(padding) else "zeros"
            return Torch(module=call(self, name, 3, first, padding=padding, padding_mode=mode), init=self.start())
        forward = f"{{m}}({explicit_pad('{0}', moving, self.padding_mode)})"
        return Torch(forward, call(self, name, 3, first, padding=0, padding_mode="zeros"), init=self.start())

    def saved(self, io: Applied) -> Saved:
        moving = self.windows(io.input)
        padded = any(w.before or w.after for w in moving)
        native = symmetric(moving) and not moves_with_size(self.padding, moving)
        if not padded or (native and self.padding_mode == "zeros"):
            return Saved(inputs=(0,))
        sizes = (n + w.before + w.after for n, w in zip(spatial(io.input), moving, strict=True))
        copy = elements((io.input[0], *sizes))  # the convolution keeps the padded copy
        return Saved(guarded=((0, 0),) if self.padding_mode in ("reflect", "replicate") else (), elements=copy)


class ConvTranspose(Convolving):
    """Transposed convolution (torch.nn.ConvTranspose1d, 2d, 3d): the way back up.

    Size: (n - 1)·stride - padding before and after + dilation·(kernel_size - 1) + output_padding + 1; `same` gives
    n·stride. What is padded is cut off the result.

        up: ConvTranspose(64, 2, stride=2)
    """

    output_padding: Room = 0
    groups: Count = 1
    bias: Flag = True
    dilation: Extent = 1
    weight: Kernel = None
    init: Init = None
    bias_init: BiasInit = None

    def kernel(self, x: Shape) -> tuple[int, ...]:
        sizes = per_axis(self.kernel_size, rank(x), "kernel_size")
        return (known(x[0], "the number of channels"), self.out_channels // self.groups, *sizes)

    def placed(self, x: Shape) -> list[tuple[Window, int]]:
        """Window and output padding of each axis; `same` gives n·stride whatever n is, so needs no size."""
        rooms = per_axis(self.output_padding, rank(x), "output_padding")
        if self.padding != "same":
            return list(zip(self.windows(x), rooms, strict=True))
        if any(rooms):
            raise Problem(
                f"padding=same settles the size, and output_padding={self.output_padding} asks for another",
                argument="output_padding",
                code="E0302",
                help="leave output_padding out, or write the padding in numbers",
            )
        return [kept(w) for w in windows(x, self.kernel_size, self.stride, self.dilation, 0)]

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        need_map(x, "ConvTranspose")
        self.check(x)
        sizes = []
        for axis, (n, (w, room)) in enumerate(zip(spatial(x), self.placed(x), strict=True)):
            check_room(w, room)
            hold_phases(w.stride, "ConvTranspose", "stride")
            hold_phases(w.kernel, "ConvTranspose", "kernel_size")
            size = (n - 1) * w.stride - w.before - w.after + w.reach + room
            if below(size, 1):
                raise Problem(
                    f"padding cuts off all of the result on axis {axis}",
                    argument="padding",
                    code="E0302",
                    notes=[f"({n} - 1)·{w.stride} + {w.reach} + {room} - padding {w.before} - {w.after} = {size}"],
                    help=f"padding {(known(size, 'the size') + w.before + w.after - 1) // 2} on both sides leaves something",
                )
            sizes.append(size)
        return (self.out_channels, *sizes)

    def arithmetic(self, io: Applied) -> Arithmetic:
        sizes = (returned(n, *placed) for n, placed in zip(spatial(io.input), self.placed(io.input), strict=True))
        remark = "every number that arrives is multiplied with the whole kernel: its places are counted, not those that leave"
        return self.counted(io, tuple(sizes), io.input, "in", remarks=(remark,))

    def macs(self, io: Applied) -> Dim:
        return elements(io.input) * count(io.weights[0].shape[1:])

    def relation(self, io: Applied, index: int = 0) -> Relation:
        axes = (spread(w.kernel, w.stride, w.dilation, -w.before) for w, _ in self.placed(io.input))
        return Relation(tuple(axes), self.channel_relation(io.input))

    def torch(self, io: Applied) -> Torch:
        """torch cuts the same off both sides; the rest of an uneven padding is sliced off."""
        x, placed = io.input, self.placed(io.input)
        less = tuple(min(w.before, w.after) for w, _ in placed)
        cuts = [(w.before - both, w.after - both) for (w, _), both in zip(placed, less, strict=True)]
        forward = "{m}({0})" + (f"[..., {', '.join(map(cut, cuts))}]" if any(map(any, cuts)) else "")
        rooms = tuple(room for _, room in placed)
        module = call(self, f"nn.ConvTranspose{rank(x)}d", 3, {"in_channels": x[0]}, padding=less, output_padding=rooms)
        return Torch(forward, module, init=self.start())

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,))


def returned(size: Dim, w: Window, room: int) -> Expr:
    """The size that a transposed convolution gives on an axis."""
    n, k = named("n", size, "size of the input on the axis"), named("k", w.kernel, "kernel_size")
    grown = (n - 1) * named("s", w.stride, "stride")
    if w.before == w.after:
        grown = grown - 2 * named("p", w.before, "padding on each side, cut off the result")
    else:
        grown = grown - named("p_1", w.before, "padding before, cut off") - named("p_2", w.after, "padding after, cut off")
    return grown + named("d", w.dilation, "dilation") * (k - 1) + named("o", room, "output_padding") + 1


def torch_order(op: Conv, x: Shape, problem: Problem) -> Problem:
    """A kernel that does not fit may be PyTorch's out-channels, after in-channels that are not written here."""
    if problem.code == "E0301" and op.out_channels == x[0] and op.stride != 1:
        problem.help = f"in-channels are not written: `Conv({op.kernel_size}, {op.stride})`; else {problem.help}"
    return problem


def kept(w: Window) -> tuple[Window, int]:
    """The window that gives n·stride: what is too much is cut off, the odd one after; what is missing is padded."""
    total = max(w.reach - w.stride, 0)
    return w._replace(before=total // 2, after=total - total // 2), max(w.stride - w.reach, 0)


def check_room(w: Window, room: int) -> None:
    if room and room >= max(w.stride, w.dilation):
        raise Problem(
            f"output_padding={room} is too much: it must be below the stride {w.stride} or the dilation {w.dilation}",
            argument="output_padding",
            code="E0302",
            help=f"at most {max(w.stride, w.dilation) - 1}; a `Pad` after the layer adds more",
        )


def cut(sides: tuple[int, int]) -> str:
    """A slice that leaves off so many at both ends."""
    before, after = sides
    return f"{before or ''}:{-after if after else ''}"
