"""Padding and cropping of the spatial axes, and padding of the channels."""

from __future__ import annotations

from math import isinf
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import POSITIVE, Natural, Number, each, optional, pads, shown, word
from ..diagnostics import Problem
from ..formula import Arithmetic, named
from ..op import (
    NONE,
    NOTHING_SAVED,
    Applied,
    ChannelsLast,
    Op,
    Saved,
    Shape,
    Torch,
    channels,
    incoming,
    known,
    need_map,
    per_axis,
    rank,
    show,
    spatial,
)
from ..relation import Channels, Mode, Relation, nothing, pointwise, taps
from ..symbols import Dim, below
from .dims import channel_place, with_channels
from .padding import Window, explicit_pad, pairs

AXES = ("depth", "height", "width")


def amounts(value: object) -> Any:
    if isinstance(value, str):
        raise ValueError(f"{shown(value)} is no padding; write a number, or for each axis a number or [before, after]")
    return pads(value)


class Pad(Op):
    """Padding of the spatial axes by a constant, by reflection, replication or wrapping round (torch.nn.functional.pad).

    `padding` as in Conv: one number for all sides, or a list with a number or [before, after] for each axis in the order
    of the shape, (depth,) height, width. (torch.nn.functional.pad counts from the last axis.)

        Pad([[0, 1], [0, 1]]) -> MaxPool(3, 2)
    """

    kind: ClassVar[str] = "resize"

    padding: Annotated[Any, PlainValidator(amounts)]
    mode: Annotated[str, word("constant", "reflect", "replicate", "circular")] = "constant"
    value: Number = 0

    def windows(self, x: Shape) -> list[Window]:
        return [Window(1, 1, 1, *sides) for sides in pairs(self.padding, rank(x))]

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "Pad")
        if self.value != 0 and self.mode != "constant":
            raise Problem(
                f"value={self.value} means nothing to mode={self.mode}",
                argument="value",
                code="E0405",
                help="leave value out, or the mode",
            )
        for name, n, w in zip(AXES[-rank(x) :], spatial(x), self.windows(x), strict=True):
            self.check_room(name, n, max(w.before, w.after))
        return (x[0], *(n + w.before + w.after for n, w in zip(spatial(x), self.windows(x), strict=True)))

    def check_room(self, axis: str, n: Dim, most: int) -> None:
        room = n - 1 if self.mode == "reflect" else n
        if self.mode in ("reflect", "circular") and below(room, most):
            raise Problem(
                f"{self.mode} padding of {most} needs more than the {n} positions there are",
                f"on the axis {axis}",
                argument="padding",
                code="E0302",
                help=f"at most {room} can be padded here; mode=replicate pads by any number",
            )

    def arithmetic(self, io: Applied) -> Arithmetic:
        first, *places = incoming(io.input)
        moving = zip(places, self.windows(io.input), strict=True)
        sizes = (n + named("p_1", w.before, "padding before") + named("p_2", w.after, "padding after") for n, w in moving)
        return Arithmetic(((first, *sizes),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        mode: Mode = "zeros" if self.mode == "constant" else self.mode  # type: ignore[assignment]
        return Relation(tuple(taps(1, start=-w.before, mode=mode) for w in self.windows(io.input)))

    def torch(self, io: Applied) -> Torch:
        mode = "zeros" if self.mode == "constant" else self.mode
        return Torch(explicit_pad("{0}", self.windows(io.input), mode, literal(self.value) if self.value != 0 else ""))

    def saved(self, io: Applied) -> Saved:
        return Saved(inputs=(0,)) if self.mode in ("reflect", "replicate") else NOTHING_SAVED


def literal(value: float) -> str:
    return f'float("{value}")' if isinf(value) else repr(value)


class PadChannels(Op):
    """So many channels of zeros before and after those that arrive (torch.nn.functional.pad on the axis of the channels).

    The parameter-free shortcut of residual networks widens a map by it (option A of He et al., 2015).

        AvgPool(1, stride=2) -> PadChannels(0, in.c)
    """

    kind: ClassVar[str] = "resize"

    before: Natural
    after: Natural

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        return with_channels(x, channels(x) + self.before + self.after)

    def arithmetic(self, io: Applied) -> Arithmetic:
        sizes = list(incoming(io.input))
        place = channel_place(io.input)
        sizes[place] = sizes[place] + named("b", self.before, "before") + named("a", self.after, "after")
        return Arithmetic((tuple(sizes),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return pointwise(rank(io.input), Channels("offset", offset=self.before))

    def torch(self, io: Applied) -> Torch:
        trailing = 0 if isinstance(io.input, ChannelsLast) else rank(io.input)
        return Torch(f"F.pad({{0}}, ({'0, 0, ' * trailing}{self.before}, {self.after}))")


# The size and the start on each axis, by how many there are. Unpacked, not iterated: torch.fx could not trace a loop over it.
CUT = {
    1: [("length", "start")],
    2: [("height", "top"), ("width", "left")],
    3: [("depth", "front"), ("height", "top"), ("width", "left")],
}


def center_crop(axes: int) -> tuple[str, str]:
    """The name and the text of the function that crops maps of so many axes."""
    name = "center_crop" if axes == 2 else f"center_crop{axes}d"
    sizes = ", ".join(size for size, _ in CUT[axes])
    return name, "\n".join(
        [
            f"def {name}(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:",
            '    """The middle of x with the given spatial size; where the rest is odd, one more is cut at the end."""',
            f"    {sizes if axes > 1 else f'({sizes},)'} = size",
            *(f"    {start} = (x.shape[{axis}] - {size}) // 2" for axis, (size, start) in enumerate(CUT[axes], start=2)),
            f"    return x[:, :, {', '.join(f'{start} : {start} + {size}' for size, start in CUT[axes])}]",
        ]
    )


class Crop(Op):
    """The middle of a map, of a given size or, of two values, the first cropped to the second's.

    Where an odd number is left over, one more row or column is cut at the end: it starts at ⌊(n - size) / 2⌋.

        Crop(56)
        [skip, _] -> Crop as cropped
    """

    arity: ClassVar[int | None] = None
    kind: ClassVar[str] = "resize"

    size: Annotated[Any, PlainValidator(optional(each(POSITIVE)))] = None

    def shape(self, x: Shape, *others: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "Crop")
        target = self.target(x, *others)
        for axis, n, m in zip(AXES[-rank(x) :], spatial(x), target, strict=True):
            if below(n, m):
                raise Problem(
                    f"Crop cannot make {axis} {n} into {m}",
                    f"{show(x)} to {'×'.join(map(str, target))}",
                    argument=None if others else "size",
                    code="E0308",
                    help="of two values the first is cropped: change their order" if others else "`Pad` makes a map larger",
                )
        return (x[0], *target)

    def target(self, x: Shape, *others: Shape) -> Shape:
        """The size to crop to."""
        if len(others) > 1:
            title = f"Crop takes one value, or two, and not {len(others) + 1}"
            raise Problem(title, "the second gives the size", code="E0305", help="crop them one by one")
        if bool(others) == (self.size is not None):
            title = "Crop gets a size, and a second value to take it of" if others else "Crop does not know to what size"
            raise Problem(title, code="E0405", help="write Crop(56), or [x, y] -> Crop to crop x to the size of y")
        if not others:
            return per_axis(self.size, rank(x), "size")
        need_map(others[0], "Crop", (rank(x),))
        return spatial(others[0])

    def arithmetic(self, io: Applied) -> Arithmetic:
        target = self.target(*io.inputs)
        sizes = (
            incoming(io.inputs[1], "2", "of the second value")[1:]
            if len(io.inputs) > 1
            else [named("m", m, "size") for m in target]
        )
        remark = "it starts at ⌊(n − m)/2⌋ of the n positions that arrive, m of which are left"
        return Arithmetic(((incoming(io.input)[0], *sizes),), NONE, NONE, remarks=(remark,))

    def relation(self, io: Applied, index: int = 0) -> Relation:
        if index == 1:
            return nothing(rank(io.inputs[1]), known(channels(io.output), "the number of channels"))
        cut = zip(spatial(io.input), spatial(io.output), strict=True)
        return Relation(tuple(taps(1, start=known(n - m, "what Crop cuts off") // 2) for n, m in cut))

    def port_relation(self, io: Applied, port: int, index: int = 0) -> Relation | None:
        return self.relation(io) if index == 0 else None

    def torch(self, io: Applied) -> Torch:
        size = "{1}.shape[2:]" if len(io.inputs) > 1 else str(tuple(io.output[1:]))
        name, helper = center_crop(rank(io.input))
        return Torch(f"{name}({{0}}, {size})", helper=helper)

    def aliases(self, io: Applied, training: bool) -> bool:
        return True
