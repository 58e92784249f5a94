"""Expressions to text, with names or with the numbers put in: a script says how operations are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from ..formula import Expr, Value
from ..symbols import Symbolic

MINUS = "−"


class Script(Protocol):
    """How a form writes names, numbers and operations; parts come written, and in brackets where they need them."""

    times: str

    def name(self, word: str) -> str: ...
    def number(self, value: Value) -> str: ...
    def brackets(self, text: str) -> str: ...
    def over(self, top: Expr, bottom: Expr, numbers: bool) -> str: ...
    def rounded(self, kind: str, text: str) -> str: ...
    def among(self, kind: str, parts: Sequence[str]) -> str: ...


def write(formula: Expr, numbers: bool, script: Script) -> str:
    """A formula with its names, or with the numbers that they stand for."""
    kind, parts = formula.kind, formula.parts
    if kind == "name" and not numbers:
        return script.name(formula.name)
    if kind in ("name", "number"):
        return script.number(formula.value)
    if kind == "sum":
        return summed(parts, numbers, script)
    if kind == "negative":
        return MINUS + factor(parts[0], numbers, script)
    if kind == "product":
        return script.times.join(factor(part, numbers, script) for part in parts)
    if kind == "over":
        return script.over(parts[0], parts[1], numbers)
    if kind in ("max", "min"):
        return script.among(kind, [write(part, numbers, script) for part in parts])
    inner = script.over(parts[0], parts[1], numbers) if len(parts) == 2 else write(parts[0], numbers, script)
    return script.rounded(kind, inner)


def summed(parts: Sequence[Expr], numbers: bool, script: Script) -> str:
    text = write(parts[0], numbers, script)
    for part in parts[1:]:
        if part.kind == "negative":
            text += f" {MINUS} {factor(part.parts[0], numbers, script)}"
        else:
            text += f" + {term(part, numbers, script)}"
    return text


def term(part: Expr, numbers: bool, script: Script) -> str:
    """A part of a sum from the second on: what begins with a sign is set in brackets."""
    text = write(part, numbers, script)
    return script.brackets(text) if text.startswith(MINUS) else text


def factor(part: Expr, numbers: bool, script: Script) -> str:
    """A part of a product, or what is taken away: sums are set in brackets, and what begins with a sign."""
    text = write(part, numbers, script)
    loose = part.kind in ("sum", "negative") or (is_put_in(part, numbers) and is_loose(part.value)) or text.startswith(MINUS)
    return script.brackets(text) if loose else text


def is_put_in(part: Expr, numbers: bool) -> bool:
    return part.kind == "number" or (part.kind == "name" and numbers)


def is_loose(value: Value) -> bool:
    """Whether a number is written with an operation in it."""
    return isinstance(value, Fraction) or (isinstance(value, Symbolic) and " " in str(value))


def is_atom(part: Expr, numbers: bool) -> bool:
    return is_put_in(part, numbers) or part.kind in ("name", "floor", "ceil", "max", "min")


class Plain:
    """As people type it."""

    times = "·"

    def name(self, word: str) -> str:
        return word

    def number(self, value: Value) -> str:
        return (f"{value:,}" if isinstance(value, int) else str(value)).replace("-", MINUS)

    def brackets(self, text: str) -> str:
        return f"({text})"

    def over(self, top: Expr, bottom: Expr, numbers: bool) -> str:
        below = write(bottom, numbers, self)
        return f"{factor(top, numbers, self)}/{below if is_atom(bottom, numbers) else self.brackets(below)}"

    def rounded(self, kind: str, text: str) -> str:
        return f"⌊{text}⌋" if kind == "floor" else f"⌈{text}⌉"

    def among(self, kind: str, parts: Sequence[str]) -> str:
        return f"{kind}({', '.join(parts)})"


class Latex:
    """As LaTeX's mathematics has it, amsmath loaded."""

    times = r" \cdot "

    def name(self, word: str) -> str:
        """C_in with its index upright; what is no such letter as typewriter text."""
        match = re.fullmatch(r"([A-Za-z]'?)(?:_([A-Za-z0-9]+))?", word)
        if match is None:
            return rf"\texttt{{{escaped(word)}}}"
        return match[1] + (rf"_{{\mathrm{{{match[2]}}}}}" if match[2] else "")

    def number(self, value: Value) -> str:
        if isinstance(value, Fraction):
            return rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"
        if isinstance(value, Symbolic):
            return symbolic(str(value))
        return f"{value:,}".replace(",", "{,}").replace("-", MINUS)

    def brackets(self, text: str) -> str:
        return rf"\left({text}\right)"

    def over(self, top: Expr, bottom: Expr, numbers: bool) -> str:
        return rf"\frac{{{write(top, numbers, self)}}}{{{write(bottom, numbers, self)}}}"

    def rounded(self, kind: str, text: str) -> str:
        return rf"\left\l{kind} {text} \right\r{kind}"

    def among(self, kind: str, parts: Sequence[str]) -> str:
        return rf"\{kind}\left({', '.join(parts)}\right)"


def symbolic(text: str) -> str:
    """A formula of open sizes: names of several letters upright, floors as LaTeX's."""
    text = re.sub(r"[A-Za-z_]\w+", lambda match: rf"\mathrm{{{escaped(match[0])}}}", text)
    for plain, command in (("⌊", r"\lfloor "), ("⌋", r" \rfloor "), ("·", r" \cdot "), ("?", r"\mathrm{?}")):
        text = text.replace(plain, command)
    return text


def escaped(text: str) -> str:
    """Text that means nothing to LaTeX."""
    spelt = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(spelt.get(char) or (f"\\{char}" if char in "{}$&#_%" else char) for char in text)


PLAIN, LATEX = Plain(), Latex()
