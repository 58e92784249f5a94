"""Layers that only move numbers: flatten, unflatten, permute. The shuffles stand in shuffle.py."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import Whole, shown, whole
from ..diagnostics import Problem
from ..formula import Arithmetic, Expr, expr, times
from ..op import NONE, Applied, Call, ChannelsLast, Op, Shape, Torch, incoming, rank, show, spatial
from ..relation import RESHAPE, Relation, everything, pointwise
from ..symbols import Dim, differ, product
from .dims import place


class Reshaping(Op):
    """What layers that move numbers have in common: nothing is stored, computed or kept."""

    kind: ClassVar[str] = "reshape"


class Flatten(Reshaping):
    """Axes start_dim to end_dim of PyTorch's made one (torch.nn.Flatten): by default all, to a flat value.

    Spatial axes alone may be joined too: Flatten(2) makes c×h×w a c×hw. Rows and columns of a joined axis are no
    longer apart, so its receptive field is given as all of the input.

        GlobalAvgPool -> Flatten -> fc: Linear(1000)
    """

    start_dim: Whole = 1
    end_dim: Whole = -1

    def span(self, x: Shape) -> tuple[int, int]:
        """First and last place of the shape that are joined."""
        return place(self.start_dim, x, "Flatten", "start_dim"), place(self.end_dim, x, "Flatten", "end_dim")

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        first, last = self.span(x)
        if first == last:
            return x
        if first > last:
            raise Problem(
                f"Flatten starts at axis {first + 1} and ends at {last + 1}",
                f"on {show(x)}",
                argument="end_dim",
                code="E0405",
                help="Flatten alone joins everything, Flatten(2) the spatial axes",
            )
        if (first, last) == (0, rank(x)):
            return (product(x),)
        if isinstance(x, ChannelsLast) and (first, last) == (0, rank(x) - 1):
            return ChannelsLast((product(spatial(x)), x[-1]))
        if not isinstance(x, ChannelsLast) and (first, last) == (1, rank(x)):
            return (x[0], product(spatial(x)))
        joined = "Flatten(1, -2)" if isinstance(x, ChannelsLast) else "Flatten(2)"
        raise Problem(
            f"Flatten({first + 1}, {last + 1}) of {show(x)} is neither a flat value nor a map",
            f"it would join axes {first + 1} to {last + 1} only",
            argument="start_dim" if first else "end_dim",
            code="E0304",
            help=f"Flatten alone joins everything, {joined} the spatial axes",
        )

    def arithmetic(self, io: Applied) -> Arithmetic:
        first, last = self.span(io.input)
        names = incoming(io.input)
        return Arithmetic(((*names[:first], times(names[first : last + 1]), *names[last + 1 :]),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        x = io.input
        first, last = self.span(x)
        if first == last:
            return pointwise(rank(x))
        return everything(rank(x), RESHAPE)

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.Flatten", self.written(), 1 if self.start_dim != 1 else 0))

    def aliases(self, io: Applied, training: bool) -> bool:
        return True


def sizes(value: object) -> Any:
    """Whole numbers, at least 1; one of them may be -1, which is what is left over."""
    if not isinstance(value, tuple) or len(value) < 2:
        raise ValueError(f"{shown(value)} is no list of channels and spatial sizes, such as [128, 7, 7]")
    result = tuple(whole(item) for item in value)
    if any(n < 1 and n != -1 for n in result) or result.count(-1) > 1:
        raise ValueError(f"{shown(value)}: sizes are at least 1, and only one of them may be left open by -1")
    return result


class Unflatten(Reshaping):
    """A flat value made a map of channels and one to three spatial axes; a size of -1 is found.

    torch.nn.Unflatten

        Linear(128 * 7 * 7) -> ReLU -> Unflatten(1, [128, 7, 7])
    """

    dim: Whole
    unflattened_size: Annotated[Any, PlainValidator(sizes)]

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        if rank(x) != 0:
            raise Problem(f"Unflatten wants a flat value, and gets {show(x)}", code="E0304", help="write Flatten before it")
        place(self.dim, x, "Unflatten")
        if len(self.unflattened_size) > 4:
            raise Problem(
                f"a map has channels and at most 3 spatial axes, {shown(self.unflattened_size)} more",
                argument="unflattened_size",
                code="E0405",
            )
        known = product(tuple(n for n in self.unflattened_size if n != -1))
        left: Dim = x[0] // known if -1 in self.unflattened_size else 1  # type: ignore[operator]
        if differ(left * known, x[0]) or left == 0:
            raise self.mismatch(x[0], known)
        return tuple(left if n == -1 else n for n in self.unflattened_size)

    def mismatch(self, features: Dim, known: Dim) -> Problem:
        text = shown(self.unflattened_size)
        if -1 in self.unflattened_size:
            title = f"{features} features cannot be divided by {known}, the product of the known sizes of {text}"
        else:
            title = f"{text} has {known} numbers, and {features} arrive"
        help = "the product of the sizes must be the number of features"
        return Problem(title, argument="unflattened_size", code="E0308", help=help)

    def arithmetic(self, io: Applied) -> Arithmetic:
        asked = self.unflattened_size
        left = incoming(io.input)[0] / times([n for n in asked if n != -1])
        return Arithmetic((tuple(left if n == -1 else expr(n) for n in asked),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        return everything(0, RESHAPE)

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call("nn.Unflatten", {"dim": self.dim, "unflattened_size": self.unflattened_size}, 2))

    def aliases(self, io: Applied, training: bool) -> bool:
        return True


def axes(value: object) -> Any:
    """Whole numbers, written one after the other or as one list."""
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple):
        value = value[0]
    if not isinstance(value, tuple):
        raise ValueError(f"{shown(value)} is no order of axes, such as 0, 2, 3, 1")
    return tuple(whole(item) for item in value)


class Permute(Reshaping):
    """Moves the channels to the end, or back to the front; axes are PyTorch's, the batch 0.

    torch.permute

        Permute(0, 2, 3, 1) -> LayerNorm -> Linear(4 * 96) -> GELU -> Linear(96) -> Permute(0, 3, 1, 2)
    """

    variadic: ClassVar[str] = "dims"

    dims: Annotated[Any, PlainValidator(axes)]

    def order(self, x: Shape) -> tuple[int, ...]:
        """The axes, none counted from the end."""
        return tuple(dim + len(x) + 1 if dim < 0 else dim for dim in self.dims)

    def shape(self, x: Shape) -> Shape:  # type: ignore[override]
        last = len(x)
        if rank(x) == 0:
            help = "`Unflatten` gives a flat value its axes back"
            raise Problem(f"Permute wants a map, and gets {show(x)}", code="E0304", help=help)
        to_end, to_front = (0, *range(2, last + 1), 1), (0, last, *range(1, last))
        wanted = to_front if isinstance(x, ChannelsLast) else to_end
        if self.order(x) == wanted:
            return (x[-1], *x[:-1]) if isinstance(x, ChannelsLast) else ChannelsLast((*x[1:], x[0]))
        written = f"Permute({', '.join(map(str, self.dims))})"
        move = "back to the front" if isinstance(x, ChannelsLast) else "to the end"
        raise Problem(
            f"{written} of {show(x)} is no move of the channels {move}",
            f"axes 0 to {last}, the batch being 0",
            argument="dims",
            code="E0405",
            notes=["height and width keep their order, and the batch its place"],
            help=f"here can stand Permute({', '.join(map(str, wanted))})",
        )

    def arithmetic(self, io: Applied) -> Arithmetic:
        names = incoming(io.input)
        moved: tuple[Expr, ...] = (names[-1], *names[:-1]) if isinstance(io.input, ChannelsLast) else (*names[1:], names[0])
        return Arithmetic((moved,), NONE, NONE)

    def torch(self, io: Applied) -> Torch:
        return Torch(f"{{0}}.permute({', '.join(map(str, self.dims))})")

    def aliases(self, io: Applied, training: bool) -> bool:
        return True
