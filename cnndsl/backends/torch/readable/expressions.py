"""Expressions of the language to Python's: the same operators, names as the class at hand has them."""

from __future__ import annotations

import operator
import re
from typing import Protocol

from ....expressions import (
    Attribute,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Constant,
    Expr,
    Index,
    List,
    Logic,
    Minus,
    Name,
    Not,
    Range,
    Template,
)
from ..literals import literal


class Unreadable(Exception):
    """A construct that has no readable form (yet): what holds it is written unrolled."""


class Names(Protocol):
    """What the names in an expression are called in Python; raises Unreadable where they are not there."""

    def variable(self, name: Name) -> str: ...
    def size(self, expr: Attribute) -> str: ...
    def function(self, call: Call, names: Names) -> str: ...


LOWEST, OR, AND, NOT, COMPARED, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
RANK = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "**": POWER}
SIMPLE = re.compile(r"[A-Za-z_][\w.]*|\d+(\.\d+)?")
NUMBER = re.compile(r"\d+")
MATH = {"floor", "ceil", "sqrt", "log2"}
LISTS = {"enumerate", "reversed", "zip"}  # Python gives iterators


def python(expr: Expr, names: Names, least: int = LOWEST) -> str:
    """The text, in parentheses where its operator binds less than what is around it."""
    text, rank = written(expr, names)
    return text if rank >= least else f"({text})"


def written(expr: Expr, names: Names) -> tuple[str, int]:
    """The text, and how tightly its operator binds."""
    match expr:
        case Minus():
            return f"-{python(expr.operand, names, SIGN)}", SIGN
        case Not():
            return f"not {python(expr.operand, names, NOT)}", NOT
        case Logic():
            rank = OR if expr.word == "or" else AND
            return f"{python(expr.left, names, rank)} {expr.word} {python(expr.right, names, rank + 1)}", rank
        case Compare():
            return compared(expr, names), COMPARED
        case Conditional():
            then, condition = python(expr.then, names, OR), python(expr.condition, names, OR)
            if then == python(expr.otherwise, names):
                return written(expr.then, names)
            return f"{then} if {condition} else {python(expr.otherwise, names)}", LOWEST
        case Binary():
            return binary(expr, names)
    return tight(expr, names)


def tight(expr: Expr, names: Names) -> tuple[str, int]:
    """What is no operation."""
    match expr:
        case Constant():
            return literal(expr.value), SIGN if isinstance(expr.value, int | float) and expr.value < 0 else ATOM
        case Name():
            return names.variable(expr), ATOM
        case Attribute():
            return parenthesised(names.size(expr))
        case Index():
            return f"{python(expr.value, names, ATOM)}[{python(expr.index, names)}]", ATOM
        case List() | Range() | Comprehension():
            return listed(expr, names), ATOM
        case Template():
            return f'f"{interpolated(expr, names)}"', ATOM
        case Call(callee=Name()):
            text = names.function(expr, names)
            return (f"tuple({text})" if text.partition("(")[0] in LISTS else text), ATOM
    raise Unreadable(expr.span.text)


def parenthesised(text: str) -> tuple[str, int]:
    """A text of some expression, and how tightly it binds at least."""
    if re.fullmatch(r"[\w.]+|[\w.]+\([^()]*\)", text):
        return text, ATOM
    return text, PRODUCT if re.fullmatch(r"[\w.]+( \* [\w.]+)*", text) else LOWEST


def binary(expr: Binary, names: Names) -> tuple[str, int]:
    rank, sign = RANK[expr.sign], expr.sign
    left = python(expr.left, names, rank + (sign == "**"))
    right = python(expr.right, names, rank + (sign != "**") if sign != "**" else SIGN)
    if NUMBER.fullmatch(left) and NUMBER.fullmatch(right) and not is_number(expr.left, expr.right):
        return computed(left, sign, right), ATOM
    if sign in ("*", "//") and right == "1" and not is_number(expr.right):
        return written(expr.left, names)
    if sign == "*" and left == "1" and not is_number(expr.left):
        return written(expr.right, names)
    if sign == "**" and SIMPLE.fullmatch(left) and SIMPLE.fullmatch(right):
        return f"{left}**{right}", rank
    return f"{left} {sign} {right}", rank


def is_number(*parts: Expr) -> bool:
    """Whether the program itself has numbers there, and no names for them."""
    return all(isinstance(part, Constant) for part in parts)


def computed(left: str, sign: str, right: str) -> str:
    """What two whole numbers make, where a parameter that is never set stands for one of them."""
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}
    if sign == "**" and int(right) < 32:
        return str(int(left) ** int(right))
    return str(signs[sign](int(left), int(right))) if sign in signs and right != "0" else f"{left} {sign} {right}"


def compared(expr: Compare, names: Names) -> str:
    sign, right = expr.signs[0], expr.rights[0]
    if isinstance(right, Constant) and right.value is None and sign in ("==", "!="):
        sign = "is" if sign == "==" else "is not"
    if isinstance(right, Constant) and isinstance(right.value, bool):
        return f"{python(expr.left, names, SUM)} {'is' if sign == '==' else 'is not'} {right.value}"
    return f"{python(expr.left, names, SUM)} {sign} {python(right, names, SUM)}"


def listed(expr: Expr, names: Names) -> str:
    """A tuple."""
    if isinstance(expr, List):
        items = [python(item, names) for item in expr.items]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return f"tuple({iterated(expr, names)})"


def iterated(expr: Expr, names: Names) -> str:
    """What a loop goes over, or a function that takes any iterable."""
    match expr:
        case Range(first=Constant(value=int(low)), last=Constant(value=int(high))):
            return f"range({high + 1})" if low == 0 else f"range({low}, {high + 1})"
        case Range():
            first = python(expr.first, names)
            return f"range({stop(expr, names)})" if first == "0" else f"range({first}, {stop(expr, names)})"
        case Comprehension():
            inner = Inner(names, expr.targets)
            source = (
                f"({iterated(expr.source, names)})" if isinstance(expr.source, Comprehension) else iterated(expr.source, names)
            )
            text = f"{python(expr.item, inner)} for {', '.join(expr.targets)} in {source}"
            return text + (f" if {python(expr.condition, inner)}" if expr.condition is not None else "")
        case Call(callee=Name()):
            return names.function(expr, names)
    return python(expr, names)


def stop(expr: Range, names: Names) -> str:
    """The end of a range, which Python leaves out: `n - 1` is `n`."""
    last = expr.last
    if isinstance(last, Binary) and last.sign == "-" and isinstance(last.right, Constant) and last.right.value == 1:
        return python(last.left, names)
    text = python(last, names, SUM)
    return str(int(text) + 1) if NUMBER.fullmatch(text) else f"{text} + 1"


def interpolated(expr: Template, names: Names) -> str:
    """The inside of an f-string."""
    pieces = (
        p.replace("{", "{{").replace("}", "}}") if isinstance(p, str) else "{" + python(p, names) + "}" for p in expr.pieces
    )
    text = "".join(pieces)
    if '"' in text or "\\" in text:
        raise Unreadable(expr.span.text)
    return text


def builtin(call: Call, name: str, names: Names) -> str:
    """A call of a function of the language."""
    loose = name in LISTS or name in ("max", "min", "sum", "any", "all")
    arguments = [iterated(a.value, names) if loose else python(a.value, names) for a in call.arguments]
    if name == "reversed" and isinstance(call.arguments[0].value, Comprehension):
        arguments = [python(call.arguments[0].value, names)]
    words = [f"{a.name}={text}" if a.name else text for a, text in zip(call.arguments, arguments, strict=True)]
    words += ["strict=True"] * (name == "zip")
    return f"{'math.' * (name in MATH)}{name}({', '.join(words)})"


class Inner:
    """The names in a comprehension: its variables, and those around it."""

    def __init__(self, outer: Names, targets: tuple[str, ...]) -> None:
        self.outer = outer
        self.targets = targets

    def variable(self, name: Name) -> str:
        return name.name if name.name in self.targets else self.outer.variable(name)

    def size(self, expr: Attribute) -> str:
        return self.outer.size(expr)

    def function(self, call: Call, names: Names) -> str:
        return self.outer.function(call, names)
