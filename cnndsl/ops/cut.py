"""Cutting along the channels: into parts, which make a list of values, or some of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import NATURAL, POSITIVE, Count, Natural, shown
from ..diagnostics import Problem
from ..formula import Arithmetic, Expr, ceiled, expr, named
from ..op import NONE, Applied, Op, Saved, Shape, Torch, channels, incoming, known, rank, show
from ..relation import Channels, Relation, pointwise
from .dims import channel_dim, channel_place, channel_slice, hold_width, with_channels

PARTS = 10_000  # as many as a list may have items
SHORT = 12  # a list that an advice writes out


class Cutting(Op):
    """What cutting has in common: values pass as they are, in views."""

    kind: ClassVar[str] = "cut"

    def width(self, x: Shape) -> int:
        """The number of channels, which has to be known."""
        width = known(channels(x), f"the number of channels that {type(self).__name__} cuts")
        hold_width(width, type(self).__name__)
        return width

    def cut(self, x: Shape, *channels: Expr) -> Arithmetic:
        """The formulas: each output with so many channels."""
        names, place = incoming(x), channel_place(x)
        return Arithmetic(tuple((*names[:place], c, *names[place + 1 :]) for c in channels), NONE, NONE)

    def aliases(self, io: Applied, training: bool) -> bool:
        return True


class Parting(Cutting):
    """What gives a list of parts, one after the other."""

    def parts(self, width: int) -> list[int]:
        """The channels of each part."""
        raise NotImplementedError(type(self).__name__)

    def hold_number(self, parts: int, argument: str) -> None:
        """Guard: so many parts can be made a list of."""
        if parts > PARTS:
            title = f"{type(self).__name__} gives {parts:,} parts, which are too many"
            raise Problem(title, f"at most {PARTS:,}", argument=argument, code="E0701")

    def shape(self, x: Shape) -> list[Shape]:  # type: ignore[override]
        return [with_channels(x, size) for size in self.parts(self.width(x))]

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return self.port_relation(io, 0)

    def port_relation(self, io: Applied, port: int, index: int = 0) -> Relation:
        sizes = self.parts(self.width(io.input))
        return taken(io.input, range(sum(sizes[:port]), sum(sizes[: port + 1])))


def taken(x: Shape, index: range | tuple[int, ...]) -> Relation:
    """Every output channel reads one, at its own place."""
    return pointwise(rank(x), Channels("select", index=tuple(index)))


class Chunk(Parting):
    """So many parts of ⌈c / chunks⌉ channels, the last perhaps smaller (torch.chunk).

    An error where torch would give fewer parts than that.

        Chunk(2) as a, b
    """

    chunks: Count

    def arithmetic(self, io: Applied) -> Arithmetic:
        whole = incoming(io.input)[channel_place(io.input)]
        size = ceiled(whole, named("m", self.chunks, "chunks"))
        return self.cut(io.input, *[size] * (self.chunks - 1), whole - size * (self.chunks - 1))

    def parts(self, width: int) -> list[int]:
        size = -(-width // self.chunks)
        found = -(-width // size)
        if found != self.chunks:
            raise Problem(
                f"{width} channels give {found} chunks of {size}, not {self.chunks}",
                f"torch.chunk takes ⌈{width} / {self.chunks}⌉ = {size} channels at a time",
                argument="chunks",
                code="E0303",
                help=self.advice(width, found),
            )
        self.hold_number(found, "chunks")
        return [size] * (found - 1) + [width - size * (found - 1)]

    def advice(self, width: int, found: int) -> str:
        if width < self.chunks:
            return f"there can be at most {width}"
        if self.chunks > SHORT:
            return f"write Chunk({found})"
        return f"write Chunk({found}), or the sizes themselves: Split({shown(nearly_even(width, self.chunks))})"

    def torch(self, io: Applied) -> Torch:
        return Torch(f"torch.chunk({{0}}, {self.chunks}, dim={channel_dim(io.input)})")


def nearly_even(total: int, count: int) -> tuple[int, ...]:
    """So many parts whose sizes differ by 1 at most, the larger ones first."""
    size, more = divmod(total, count)
    return (size + 1,) * more + (size,) * (count - more)


def sections(value: object) -> Any:
    """One size for all parts, or a list with that of each."""
    if not isinstance(value, tuple):
        return POSITIVE(value)
    if not value:
        raise ValueError("an empty list says nothing; write the size of each part")
    return tuple(POSITIVE(item) for item in value)


class Split(Parting):
    """Parts of so many channels, the last perhaps smaller, or of the sizes in a list.

    torch.split

        Split([16, 48]) as few, many
    """

    split_size_or_sections: Annotated[Any, PlainValidator(sections)]

    def arithmetic(self, io: Applied) -> Arithmetic:
        asked = self.split_size_or_sections
        if not isinstance(asked, int):
            return self.cut(io.input, *map(expr, asked))
        whole, size = incoming(io.input)[channel_place(io.input)], named("m", asked, "split_size_or_sections")
        count = len(io.outputs)
        rest = whole - size * (count - 1)
        return self.cut(io.input, *[size] * (count - 1), rest if rest.value != asked else size)

    def parts(self, width: int) -> list[int]:
        asked = self.split_size_or_sections
        if isinstance(asked, int):
            whole, left = divmod(width, asked)
            self.hold_number(whole + (left > 0), "split_size_or_sections")
            return [asked] * whole + [left] * (left > 0)
        if sum(asked) != width:
            raise Problem(
                f"{shown(asked)} takes {sum(asked)} channels, and there are {width}",
                argument="split_size_or_sections",
                code="E0303",
                help=f"the sizes must add up to {width}",
            )
        return list(asked)

    def torch(self, io: Applied) -> Torch:
        asked = self.split_size_or_sections
        text = asked if isinstance(asked, int) else list(asked)
        return Torch(f"torch.split({{0}}, {text}, dim={channel_dim(io.input)})")


class Slice(Cutting):
    """The channels from `start` on to before `stop`.

    They count from 0; the result is a view.

        Slice(0, 32)
    """

    start: Natural
    stop: Count

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        width = self.width(x)
        if self.stop > width:
            raise Problem(
                f"there are no channels {self.start} to {self.stop - 1}: {show(x)} has {width}",
                argument="stop",
                code="E0303",
                help=f"write at most Slice({min(self.start, width - 1)}, {width})",
            )
        if self.start >= self.stop:
            raise Problem(
                f"Slice({self.start}, {self.stop}) takes no channel",
                argument="stop",
                code="E0405",
                help="it takes the channels from start on to before stop, which must be larger",
            )
        return with_channels(x, self.stop - self.start)

    def arithmetic(self, io: Applied) -> Arithmetic:
        return self.cut(io.input, named("b", self.stop, "stop") - named("a", self.start, "start"))

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return taken(io.input, range(self.start, self.stop))

    def torch(self, io: Applied) -> Torch:
        stop = "" if self.stop == channels(io.input) else self.stop
        return Torch(channel_slice(io.input, f"{self.start or ''}:{stop}"))


def indices(value: object) -> Any:
    if not isinstance(value, tuple) or not value:
        raise ValueError(f"{shown(value)} is no list of channels, such as [0, 2, 1]")
    return tuple(NATURAL(item) for item in value)


class Select(Cutting):
    """Channels by their index, in the order written.

    They count from 0; one may be taken more than once. The result is a copy.

        Select([2, 1, 0])
    """

    index: Annotated[Any, PlainValidator(indices)]

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        width = self.width(x)
        if max(self.index) >= width:
            raise Problem(
                f"there is no channel {max(self.index)}: {show(x)} has {width}",
                argument="index",
                code="E0303",
                help=f"channels count from 0 to {width - 1}",
            )
        return with_channels(x, len(self.index))

    def arithmetic(self, io: Applied) -> Arithmetic:
        return self.cut(io.input, named("m", len(self.index), "channels in the index"))

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return taken(io.input, self.index)

    def torch(self, io: Applied) -> Torch:
        return Torch(channel_slice(io.input, str(list(self.index))))

    def aliases(self, io: Applied, training: bool) -> bool:
        return False

    def saved(self, io: Applied) -> Saved:
        return Saved(fixed_indices=len(self.index))
