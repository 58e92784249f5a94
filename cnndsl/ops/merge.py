"""Merges: several values, the arms, to one; softmax and list give several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..diagnostics import Problem
from ..formula import Arithmetic
from ..formula import total as summed
from ..op import NONE, NOTHING_SAVED, Applied, Op, Saved, Shape, Torch, channels, elements, incoming, rank, show, spatial
from ..relation import DENSE, IDENTITY, NONLINEAR, SAME, UNCHANGED, Axis, Channels, Gain, Relation, nothing, pointwise
from ..symbols import Dim, differ
from .arms import agreed, listed, same_layout
from .dims import channel_dim, channel_place, with_channels

SPREAD = Axis(((0,),), 0)  # a gate's one position, read by all


class Merge(Op):
    """What merges have in common: they are no layers, store nothing, and pass a single arm on as it is."""

    arity: ClassVar[int | None] = None
    kind: ClassVar[str] = "merge"
    merge: ClassVar[bool] = True

    def shape(self, *arms: Shape) -> Shape:
        return agreed(self.word(), arms)

    def expression(self, io: Applied) -> str:
        """The PyTorch form of two arms and more."""
        raise NotImplementedError(type(self).__name__)

    def torch(self, io: Applied) -> Torch:
        return Torch(self.expression(io) if len(io.inputs) > 1 else "{0}")

    def aliases(self, io: Applied, training: bool) -> bool:
        return len(io.inputs) == 1


def places(io: Applied) -> list[str]:
    return [f"{{{i}}}" for i in range(len(io.inputs))]


class Add(Merge):
    """The sum of the arms.

    They have equal shapes. Residual connections are made of it.

        add { | _ | Conv(64, 3, padding=1) -> BatchNorm }
    """

    spelt: ClassVar[str] = "add"

    def expression(self, io: Applied) -> str:
        return " + ".join(places(io))


class Sub(Merge):
    """The first of two values less the second.

    They have equal shapes.

        sub(left, right) -> Abs
    """

    spelt: ClassVar[str] = "sub"
    arity: ClassVar[int | None] = 2

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return UNCHANGED if index == 0 else Gain("fixed", -1.0)

    def expression(self, io: Applied) -> str:
        return "{0} - {1}"


class Maximum(Merge):
    """The largest of the arms, number by number.

    torch.maximum

        maximum { | Conv(64, 3, padding=1) | Conv(64, 1) }
    """

    spelt: ClassVar[str] = "maximum"

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def expression(self, io: Applied) -> str:
        text, *others = places(io)
        for other in others:
            text = f"torch.maximum({text}, {other})"
        return text

    def saved(self, io: Applied) -> Saved:
        """Both operands of every step are kept, for the gradient of either."""
        count = len(io.inputs)
        guarded = [(arm, by) for arm in range(count) for by in range(max(arm, 1) + 1)]
        return Saved(elements=between(io), guarded=tuple(guarded)) if count > 1 else NOTHING_SAVED


class Mul(Merge):
    """The product of the arms.

    They have equal shapes, or they are a map and gates, c×1×1 or 1×h×w, which are spread over it: the one broadcast
    that the language has.

        mul { | _ | GlobalAvgPool -> Conv(in.c, 1) -> Sigmoid }
    """

    spelt: ClassVar[str] = "mul"

    def shape(self, *arms: Shape) -> Shape:
        same_layout("mul", arms)
        whole = next((arm for arm in arms if is_whole(arm, arms)), None)
        if whole is None:
            raise no_whole(arms)
        return agreed("mul", [arm for arm in arms if not is_gate(arm, whole)])

    def arithmetic(self, io: Applied) -> Arithmetic:
        whole = next(place for place, arm in enumerate(io.inputs) if is_whole(arm, io.inputs))
        gates = [arm for arm in io.inputs if is_gate(arm, io.inputs[whole])]
        remarks = (f"{', '.join(map(show, gates))}: spread over the places or channels of the other",) if gates else ()
        return Arithmetic((incoming(io.inputs[whole]),), NONE, NONE, remarks=remarks)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        arm, whole = io.inputs[index], io.output
        axes = tuple(SPREAD if n == 1 != m else IDENTITY for n, m in zip(spatial(arm), spatial(whole), strict=True))
        return Relation(axes, DENSE if channels(arm) == 1 != channels(whole) else SAME)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def expression(self, io: Applied) -> str:
        return " * ".join(places(io))

    def saved(self, io: Applied) -> Saved:
        """Each operand of every step is kept for the gradient of the other, and what is before it is the first."""
        count = len(io.inputs)
        guarded = [(arm, by) for arm in range(count) for by in (range(arm) if arm else range(1, count)[:1])]
        return Saved(elements=between(io), guarded=tuple(guarded))


def is_whole(arm: Shape, arms: Sequence[Shape]) -> bool:
    """Whether the arm may be what gates are spread over: no other has more than one where it has one."""
    thick = channels(arm) != 1 or all(channels(other) == 1 for other in arms)
    return thick and (not is_point(arm) or all(map(is_point, arms)))


def is_point(arm: Shape) -> bool:
    return all(n == 1 for n in spatial(arm))


def is_gate(arm: Shape, whole: Shape) -> bool:
    """c×1×1 or 1×h×w, beside a larger c×h×w."""
    if rank(arm) == 0 or arm == whole:
        return False
    if channels(arm) == 1 != channels(whole):
        return not any(differ(n, m) for n, m in zip(spatial(arm), spatial(whole), strict=True))
    return is_point(arm) and not is_point(whole) and not differ(channels(arm), channels(whole))


def no_whole(arms: Sequence[Shape]) -> Problem:
    return Problem(
        f"mul has gates only, {listed(arms)}, and no value that they are spread over",
        code="E0306",
        help="name the value that is gated as an arm: mul { | _ | … }",
    )


def between(io: Applied) -> Dim:
    """Elements of the results between the steps, of three arms and more."""
    count: Dim = 0
    for arms in range(2, len(io.inputs)):
        count = count + elements(spread(io.inputs[:arms]))
    return count


def spread(arms: Sequence[Shape]) -> Shape:
    """The shape of the product of some arms."""
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*arms, strict=True))


class Cat(Merge):
    """The channels of all arms, one after the other; of flat values the features.

    torch.cat

        cat { | Conv(64, 1) | Conv(64, 3, padding=1) | MaxPool(3, 1, padding=1) }
    """

    spelt: ClassVar[str] = "cat"

    def shape(self, *arms: Shape) -> Shape:
        return with_channels(agreed("cat", arms, free=True), total(arms))

    def arithmetic(self, io: Applied) -> Arithmetic:
        names, place = list(incoming(io.input)), channel_place(io.input)
        names[place] = summed([incoming(arm, f"{i}", f"of arm {i}")[place] for i, arm in enumerate(io.inputs, 1)])
        return Arithmetic((tuple(names),), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        before = io.offsets[index]
        return pointwise(rank(io.input), Channels("offset", offset=before) if isinstance(before, int) else DENSE)

    def expression(self, io: Applied) -> str:
        return f"torch.cat([{', '.join(places(io))}], dim={channel_dim(io.input)})"


def total(arms: Sequence[Shape]) -> Dim:
    """The channels of all arms together."""
    count: Dim = 0
    for arm in arms:
        count = count + channels(arm)
    return count


class SoftmaxOfArms(Merge):
    """As many values as there are arms, which sum to 1 number by number.

    The arms have equal shapes. Attention over branches is made of it (selective kernels, Li et al., 2019).

        softmax { | a: Conv(64, 1) | b: Conv(64, 1) } as wa, wb
    """

    spelt: ClassVar[str] = "softmax"

    def shape(self, *arms: Shape) -> list[Shape]:  # type: ignore[override]
        if len(arms) == 1:
            help = "the layer Softmax goes along the channels of one value"
            raise Problem("softmax of one arm is 1 everywhere", code="E0305", help=help)
        return [agreed("softmax", arms)] * len(arms)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def expression(self, io: Applied) -> str:
        return f"torch.stack([{', '.join(places(io))}], dim=1).softmax(dim=1).unbind(dim=1)"

    def saved(self, io: Applied) -> Saved:
        return Saved(output=True)


class ListOfArms(Merge):
    """The arms themselves, as a list of values.

    Nothing is computed.

        list { | Conv(64, 3, padding=1) | Conv(64, 1) } as xs
    """

    spelt: ClassVar[str] = "list"

    def shape(self, *arms: Shape) -> list[Shape]:  # type: ignore[override]
        return list(arms)

    def arithmetic(self, io: Applied) -> Arithmetic:
        return Arithmetic(tuple(incoming(arm, f"{i}", f"of arm {i}") for i, arm in enumerate(io.inputs, 1)), NONE, NONE)

    def relation(self, io: Applied, index: int = 0) -> Relation:
        found = self.port_relation(io, 0, index)
        return nothing(rank(io.inputs[index]), widest(io)) if found is None else found

    def port_relation(self, io: Applied, port: int, index: int = 0) -> Relation | None:
        return pointwise(rank(io.inputs[index])) if port == index else None

    def torch(self, io: Applied) -> Torch:
        return Torch(f"[{', '.join(places(io))}]")

    def aliases(self, io: Applied, training: bool) -> bool:
        return True


def widest(io: Applied) -> int:
    return max(width for arm in io.inputs if isinstance(width := channels(arm), int))
