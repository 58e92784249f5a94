"""Operators and operands in a row to the expression that they mean, by Python's precedence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .expressions import Binary, Compare, Expr, Logic, Minus, Not
from .source import Span

NOT, COMPARISON, POWER = 3, 4, 8
BINDING = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": POWER}  # what is not here compares


def arranged(row: Iterable[Any], base: int = 0) -> Expr:
    """The expression of a row of operands, signs (tokens) and, where signs stand before an operand, rows of these.

    `base` is where the text of the tokens begins in its source.
    """
    return Row(list(flat(row)), base).expression(0)


def flat(row: Iterable[Any]) -> Iterator[Any]:
    for part in row:
        if isinstance(part, tuple):
            yield from part
        else:
            yield part


class Row:
    """Precedence climbing: an operand, then every sign that binds at least as tightly as is asked."""

    def __init__(self, parts: list[Any], base: int) -> None:
        self.parts = parts
        self.base = base
        self.place = 0

    def expression(self, least: int) -> Expr:
        left = self.operand()
        while self.place < len(self.parts):
            sign = str(self.parts[self.place])
            binding = BINDING.get(sign, COMPARISON)
            if binding < least:
                break
            if binding == COMPARISON:
                left = self.comparison(left)
                continue
            self.place += 1
            right = self.expression(binding if binding == POWER else binding + 1)
            span = left.span.to(right.span)
            left = Logic(span, sign, left, right) if binding < NOT else Binary(span, sign, left, right)
        return left

    def operand(self) -> Expr:
        part = self.parts[self.place]
        self.place += 1
        if isinstance(part, Expr):
            return part
        inner = self.expression(NOT if part == "not" else POWER)
        span = Span(inner.span.source, part.start_pos + self.base, inner.span.end)
        return Not(span, inner) if part == "not" else Minus(span, inner)

    def comparison(self, left: Expr) -> Expr:
        """All comparisons in a row: that they do not chain is told where they are evaluated."""
        signs, rights = [], []
        while self.place < len(self.parts) and str(self.parts[self.place]) not in BINDING:
            signs.append(str(self.parts[self.place]))
            self.place += 1
            rights.append(self.expression(COMPARISON + 1))
        return Compare(left.span.to(rights[-1].span), left, tuple(signs), tuple(rights))
