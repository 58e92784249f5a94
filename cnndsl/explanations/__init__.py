"""What an explanation is: every figure of a layer or block, with the formula that it comes from. Renderings only write it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..formula import Expr


class Line(NamedTuple):
    """A figure: what it is, the formula that gives it, its unit, and what is to be said in words, of it or in its place.

    `figure` is the value as it is written for people, where that is not the plain number: 18.4 KiB.
    """

    name: str
    formula: Expr | None = None
    unit: str = ""
    words: str = ""
    figure: str = ""


class Section(NamedTuple):
    title: str
    lines: tuple[Line, ...]


class Explanation(NamedTuple):
    """`path`, the call as `text`, where it is written, and the shapes that arrive and leave, in words."""

    path: str
    text: str
    place: str
    shapes: str
    sections: tuple[Section, ...]

    @property
    def formulas(self) -> Iterator[Expr]:
        for section in self.sections:
            for line in section.lines:
                if line.formula is not None:
                    yield line.formula

    @property
    def legend(self) -> dict[str, str]:
        """The names that formulas use, with what they mean, in the order in which they are met."""
        found: dict[str, str] = {}
        for formula in self.formulas:
            for name in names(formula):
                if name.meaning:
                    found.setdefault(name.name, name.meaning)
        return found


def names(formula: Expr) -> Iterator[Expr]:
    """All named numbers of a formula."""
    if formula.kind == "name":
        yield formula
    for part in formula.parts:
        yield from names(part)
