"""Arithmetic as data: an expression of named numbers, which knows its value, and can be written with names or with numbers.

The class of a layer states its sizes and costs in such expressions; an explanation only writes them out. A value is a
size, so it may be a formula where the program leaves sizes open.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple, TypeAlias

from .symbols import Dim, Symbolic, below

Value: TypeAlias = Dim | Fraction | float
Term: TypeAlias = "Expr | Dim | Fraction | float"
AXES = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class Expr:
    """A number, a named number, or an operation on others.

    `kind`: number, name, sum (whose parts may be negative), negative, product, over (a quotient), floor and ceil (of one
    part, or of the quotient of two), max, min. `name` is what it is called in formulas, such as C_in, `meaning` what that is.
    """

    __slots__ = ("kind", "meaning", "name", "parts", "value")

    def __init__(self, kind: str, value: Value, parts: tuple[Expr, ...] = (), name: str = "", meaning: str = "") -> None:
        self.kind = kind
        self.value = value
        self.parts = parts
        self.name = name
        self.meaning = meaning

    def __add__(self, other: Term) -> Expr:
        return total([self, other])

    def __radd__(self, other: Term) -> Expr:
        return total([other, self])

    def __sub__(self, other: Term) -> Expr:
        taken = expr(other)
        return total([self, Expr("negative", -taken.value, (taken,))])

    def __rsub__(self, other: Term) -> Expr:
        return expr(other) - self

    def __mul__(self, other: Term) -> Expr:
        return times([self, other])

    def __rmul__(self, other: Term) -> Expr:
        return times([other, self])

    def __truediv__(self, other: Term) -> Expr:
        by = expr(other)
        return Expr("over", quotient(self.value, by.value), (self, by))

    def __repr__(self) -> str:
        return f"Expr({self.kind} {self.name or self.value})"


def expr(term: Term) -> Expr:
    return term if isinstance(term, Expr) else Expr("number", term)


def named(name: str, value: Value, meaning: str) -> Expr:
    return Expr("name", value, (), name, meaning)


def total(terms: Sequence[Term]) -> Expr:
    """The sum; sums within it are not set in brackets."""
    parts = [part for term in map(expr, terms) for part in (term.parts if term.kind == "sum" else (term,))]
    if len(parts) == 1:
        return parts[0]
    value: Value = 0
    for part in parts:
        value = value + part.value  # type: ignore[operator]
    return Expr("sum", value, tuple(parts))


def times(terms: Sequence[Term]) -> Expr:
    """The product; products within it are not set in brackets."""
    parts = [part for term in map(expr, terms) for part in (term.parts if term.kind == "product" else (term,))]
    if len(parts) == 1:
        return parts[0]
    value: Value = 1
    for part in parts:
        value = value * part.value  # type: ignore[operator]
    return Expr("product", value, tuple(parts))


def quotient(top: Value, bottom: Value) -> Value:
    """Exact; of an open size one that is known to be whole."""
    if isinstance(top, Symbolic):
        return top // bottom  # type: ignore[operator]
    found = Fraction(top) / Fraction(bottom)  # type: ignore[arg-type]
    return found.numerator if found.denominator == 1 else found


def floored(top: Term, bottom: Term = 1) -> Expr:
    """⌊top / bottom⌋"""
    a, b = expr(top), expr(bottom)
    value = floor(a.value) if isinstance(a.value, float | Fraction) else a.value // b.value  # type: ignore[operator]
    return Expr("floor", value, (a,) if b.kind == "number" and b.value == 1 else (a, b))


def ceiled(top: Term, bottom: Term = 1) -> Expr:
    """⌈top / bottom⌉"""
    a, b = expr(top), expr(bottom)
    value = ceil(a.value) if isinstance(a.value, float | Fraction) else (a.value + b.value - 1) // b.value  # type: ignore[operator]
    return Expr("ceil", value, (a,) if b.kind == "number" and b.value == 1 else (a, b))


def largest(*terms: Term) -> Expr:
    """The largest of some numbers; of open sizes one that is known to be."""
    parts = tuple(map(expr, terms))
    best = parts[0].value
    for part in parts[1:]:
        best = part.value if less(best, part.value) else best
    return Expr("max", best, parts)


def smallest(*terms: Term) -> Expr:
    """The smallest of some numbers, which are known."""
    parts = tuple(map(expr, terms))
    return Expr("min", min(part.value for part in parts), parts)  # type: ignore[type-var]


def less(a: Value, b: Value) -> bool:
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        return below(a, b)  # type: ignore[arg-type]
    return a < b


class Arithmetic(NamedTuple):
    """How a layer comes to its figures: a formula for each axis of each output, for parameters and multiply–adds.

    `steps` are formulas that the others build on, by name; `remarks` what formulas do not say, in sentences.
    """

    sizes: tuple[tuple[Expr, ...], ...]
    params: Expr
    macs: Expr
    steps: tuple[tuple[str, Expr], ...] = ()
    remarks: tuple[str, ...] = ()


def axis_names(rank: int, last: bool = False) -> tuple[str, ...]:
    """The axes of a shape, in its order; `last`: the channels stand last."""
    if rank == 0:
        return ("features",)
    return (*AXES[rank], "channels") if last else ("channels", *AXES[rank])


def sizes_of(shape: tuple[Dim, ...], mark: str, whose: str, last: bool = False) -> tuple[Expr, ...]:
    """The sizes of a value as names: C_in, H_in, W_in."""
    rank = len(shape) - 1
    if rank == 0:
        return (named(f"F_{mark}", shape[0], f"features {whose}"),)
    spatial = zip(AXES[rank], shape[:-1] if last else shape[1:], strict=True)
    places = [named(f"{axis[0].upper()}_{mark}", n, f"{axis} {whose}") for axis, n in spatial]
    channels = named(f"C_{mark}", shape[-1] if last else shape[0], f"channels {whose}")
    return (*places, channels) if last else (channels, *places)


def tensors(shapes: Sequence[tuple[int, ...]]) -> Expr:
    """All numbers of some tensors: the product of each one's sizes, added up."""
    return total([times([n for n in shape if n != 1] or [1]) for shape in shapes] or [0])


def by_axis(letter: str, values: Sequence[int], meaning: str) -> list[Expr]:
    """One number for each spatial axis, under one name where all are the same: k, or k_h and k_w."""
    if len(set(values)) == 1:
        return [named(letter, value, meaning) for value in values]
    axes = AXES[len(values)]
    return [named(f"{letter}_{axis[0]}", value, f"{meaning} along the {axis}") for axis, value in zip(axes, values, strict=True)]
