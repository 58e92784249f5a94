"""Interpolation to another spatial size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ..arguments import POSITIVE, each, flag, number, optional, word
from ..diagnostics import Problem
from ..formula import Arithmetic, Expr, floored, named
from ..op import (
    NONE,
    Applied,
    Call,
    Op,
    Shape,
    Torch,
    incoming,
    known,
    need_map,
    per_axis,
    rank,
    show,
    spatial,
)
from ..relation import IDENTITY, Axis, Gain, Relation, nothing
from ..symbols import Dim, below
from .dims import hold_phases

PERIOD = 1000  # the largest number of outputs after which a factor's pattern must come back
RANKS = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,), "nearest": (1, 2, 3)}
BY_RANK = {1: "linear", 2: "bilinear", 3: "trilinear"}


def positive(value: object) -> int | float:
    n = number(value)
    if not 0 < n < float("inf"):
        raise ValueError(f"{n:g} is no factor, it must be above 0")
    return n


class Upsample(Op):
    """Interpolation to a size, by a factor or, of two values, of the first to the second's size (torch.nn.Upsample).

    By a factor, each axis comes to ⌊n · factor⌋.

    `mode`: nearest; linear, bilinear, trilinear for one, two, three spatial axes; bicubic for two.
    `align_corners`: the first and last positions of input and output coincide; torch's default is false.

        Upsample(scale_factor=2, mode=bilinear) -> Conv(64, 3, padding=1)
        [_, image] -> Upsample(mode=bilinear)
    """

    arity: ClassVar[int | None] = None
    kind: ClassVar[str] = "resize"
    ahead: ClassVar[int | None] = 0

    size: Annotated[Any, PlainValidator(optional(each(POSITIVE)))] = None
    scale_factor: Annotated[Any, PlainValidator(optional(each(positive)))] = None
    mode: Annotated[str, word(*RANKS)] = "nearest"
    align_corners: Annotated[Any, PlainValidator(optional(flag))] = None

    def shape(self, x: Shape, *others: Shape) -> Shape:  # type: ignore[override]
        need_map(x, "Upsample")
        self.check_arguments(x, *others)
        if others:
            need_map(others[0], "Upsample", (rank(x),))
        factors = per_axis(self.scale_factor, rank(x), "scale_factor")
        if others or self.size is not None:
            sizes = spatial(others[0]) if others else per_axis(self.size, rank(x), "size")
        else:
            sizes = self.multiplied(x, factors)
        for n, m, factor in zip(spatial(x), sizes, factors, strict=True):
            if isinstance(n, int) and isinstance(m, int):
                step = self.step(n, m, factor)
                hold_phases(step.denominator if step else 1, "Upsample")
        return (x[0], *sizes)

    def multiplied(self, x: Shape, factors: Sequence[Any]) -> tuple[Dim, ...]:
        """The sizes that factors lead to."""
        sizes = tuple(scaled(n, factor) for n, factor in zip(spatial(x), factors, strict=True))
        for n, m, factor in zip(spatial(x), sizes, factors, strict=True):
            if below(m, 1):
                raise Problem(
                    f"nothing is left of {n} positions times {factor}",
                    f"Upsample on {show(x)}",
                    argument="scale_factor",
                    code="E0308",
                    help=f"the factor must be at least 1/{n} here",
                )
        return sizes

    def arithmetic(self, io: Applied) -> Arithmetic:
        first, *places = incoming(io.input)
        if len(io.inputs) > 1:
            return Arithmetic(((first, *incoming(io.inputs[1], "2", "of the second value")[1:]),), NONE, NONE)
        axes = rank(io.input)
        if self.size is not None:
            sizes = tuple(named("m", m, "size") for m in per_axis(self.size, axes, "size"))
        else:
            sizes = tuple(map(scaled_formula, places, per_axis(self.scale_factor, axes, "scale_factor")))
        return Arithmetic(((first, *sizes),), NONE, NONE)

    def check_arguments(self, x: Shape, *others: Shape) -> None:
        self.check_target(others)
        if rank(x) not in RANKS[self.mode]:
            raise Problem(
                f"mode={self.mode} is for maps of {RANKS[self.mode][0]} spatial axes, and {show(x)} has {rank(x)}",
                argument="mode",
                code="E0405",
                help=f"here can stand mode={BY_RANK[rank(x)]}, or mode=nearest",
            )
        if self.mode == "nearest" and self.align_corners is not None:
            raise Problem(
                "align_corners means nothing to mode=nearest",
                argument="align_corners",
                code="E0405",
                help=f"leave it out, or write mode={BY_RANK[rank(x)]}",
            )
        for factor in per_axis(self.scale_factor, rank(x), "scale_factor"):
            if factor is not None:
                ratio(factor)

    def check_target(self, others: tuple[Shape, ...]) -> None:
        """Guard: just one of size, factor and a second value says where to go."""
        if len(others) > 1:
            title = f"Upsample takes one value, or two, and not {len(others) + 1}"
            raise Problem(title, "the second gives the size", code="E0305", help="resize them one by one")
        given = [name for name in ("size", "scale_factor") if getattr(self, name) is not None]
        told = given + ["a second value to take the size of"] * len(others)
        if len(told) != 1:
            raise Problem(
                f"Upsample gets {' and '.join(told) or 'neither size nor scale_factor'}",
                argument=given[-1] if given else None,
                code="E0405",
                help="write Upsample(scale_factor=2) for twice the size, Upsample(size=[64, 64]), or [x, y] -> Upsample "
                "to bring x to the size of y",
            )

    def relation(self, io: Applied, index: int = 0) -> Relation:
        if index == 1:
            return nothing(rank(io.inputs[1]), known(io.output[0], "the number of channels"))
        factors = per_axis(self.scale_factor, rank(io.input), "scale_factor")
        sizes = zip(spatial(io.input), spatial(io.output), factors, strict=True)
        copies = self.mode in BY_RANK.values() or (self.mode, rank(io.input)) == ("nearest", 2)
        # torch copies an axis whose size stays as it is, even if the factor is not 1
        return Relation(tuple(IDENTITY if copies and n == m else self.axis(n, m, factor) for n, m, factor in sizes))

    def axis(self, n: Dim, m: Dim, factor: float | None) -> Axis:
        """What m outputs read of n inputs."""
        step = self.step(n, m, factor)
        if step is None:
            return Axis(((0,),), known(n, "the size that Upsample starts from"), "clamp")
        return Axis(tuple(self.reads(i, step) for i in range(step.denominator)), step.numerator, "clamp")

    def step(self, n: Dim, m: Dim, factor: float | None) -> Fraction | None:
        """How many inputs lie between two outputs; None where corners are aligned and there is one output alone."""
        if factor is not None and not self.align_corners:
            return 1 / ratio(factor)
        start, end = known(n, "the size that Upsample starts from"), known(m, "the size that Upsample comes to")
        if not self.align_corners:
            return Fraction(start, end)
        return Fraction(start - 1, end - 1) if end > 1 else None

    def reads(self, i: int, step: Fraction) -> tuple[int, ...]:
        """The inputs whose weight for output i is not 0."""
        return tuple(self.weighted(i, step))

    def weighted(self, i: int, step: Fraction) -> dict[int, float]:
        """The inputs of output i, which ascend, with their weights."""
        p, q = step.numerator, step.denominator
        if self.mode == "nearest":
            return {i * p // q: 1.0}
        top, bottom = (i * p, q) if self.align_corners else ((2 * i + 1) * p - q, 2 * q)
        left, rest = divmod(top, bottom)
        if not rest:
            return {left: 1.0}
        if self.mode == "bicubic":
            return {left + k: cubic(abs(rest - k * bottom) / bottom) for k in (-1, 0, 1, 2)}
        return {left: (bottom - rest) / bottom, left + 1: rest / bottom}

    def gain(self, io: Applied, index: int = 0) -> Gain:
        axes = self.relation(io).axes
        factors = per_axis(self.scale_factor, rank(io.input), "scale_factor")
        sizes = zip(axes, spatial(io.input), spatial(io.output), factors, strict=True)
        return Gain(axes=tuple(((1.0,),) if axis is IDENTITY else self.weights_of(n, m, factor) for axis, n, m, factor in sizes))

    def weights_of(self, n: Dim, m: Dim, factor: float | None) -> tuple[tuple[float, ...], ...]:
        """The weights of what m outputs read of n inputs, by phase."""
        step = self.step(n, m, factor)
        return ((1.0,),) if step is None else tuple(tuple(self.weighted(i, step).values()) for i in range(step.denominator))

    def port_relation(self, io: Applied, port: int, index: int = 0) -> Relation | None:
        return self.relation(io) if index == 0 else None

    def torch(self, io: Applied) -> Torch:
        if len(io.inputs) == 1:
            return Torch(module=Call("nn.Upsample", self.written()))
        options = "".join(f', {name}="{word}"' if name == "mode" else f", {name}={word}" for name, word in self.written().items())
        return Torch(f"F.interpolate({{0}}, size={{1}}.shape[2:]{options})")


def cubic(distance: float) -> float:
    """The weight of cubic convolution at a distance below 2 (Keys, 1981), a = -0.75 as in torch."""
    a = -0.75
    if distance <= 1:
        return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    return a * (distance**3 - 5 * distance**2 + 8 * distance - 4)


def ratio(factor: float) -> Fraction:
    """The factor as a ratio of whole numbers: 0.1 is 1/10; raises Problem where there is none that is small."""
    near = Fraction(factor).limit_denominator(PERIOD)
    if float(near) != factor or near.numerator > PERIOD:
        raise Problem(
            f"scale_factor={factor} is no ratio of whole numbers up to {PERIOD}",
            argument="scale_factor",
            code="E0405",
            help=f"write the size, Upsample(size=…), or a factor such as {float(near.limit_denominator(16)):g}",
        )
    return near


def scaled(n: Dim, factor: float) -> Dim:
    """⌊n · factor⌋, for numbers in floating point as torch has it."""
    if isinstance(n, int):
        return floor(n * factor)
    by = ratio(factor)
    return (n * by.numerator) // by.denominator


def scaled_formula(n: Expr, factor: float) -> Expr:
    """The same as an expression."""
    if isinstance(n.value, int):
        return (
            n * named("f", int(factor), "scale_factor")
            if factor == int(factor)
            else floored(n * named("f", factor, "scale_factor"))
        )
    by = ratio(factor)
    top = n * named("f", by.numerator, "scale_factor")
    return top if by.denominator == 1 else floored(n * by.numerator, by.denominator)
