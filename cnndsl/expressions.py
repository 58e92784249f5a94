"""Expressions and their values: total, with Python's operators and precedence, and nothing evaluated as Python.

Values are ints, floats, booleans, strings, tuples, `none`, symbolic sizes, layers and what flows between them; what
names, calls and members mean is the scope's business.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from .arguments import shown
from .budget import BULK, TURN
from .diagnostics import Diagnostic, Fix, Label, Located, Problem, Undecided, fault
from .source import Span
from .symbols import Symbolic

LIMIT = 10**30  # above this a number is a mistake, and arithmetic on it could take for ever
LENGTH = 10_000  # of a list or a string


class Scope(Protocol):
    """What an expression is evaluated in."""

    def find(self, name: str, span: Span) -> Any: ...
    def labelled(self, name: str, span: Span) -> Any: ...
    def value(self, found: Any) -> Any: ...
    def entry(self, span: Span) -> Any: ...
    def here(self, span: Span) -> Any: ...
    def member(self, found: Any, name: str, span: Span) -> Any: ...
    def call(self, node: Call) -> Any: ...
    def inner(self, names: dict[str, Any]) -> Scope: ...
    def step(self, span: Span, weight: int = 1) -> None: ...


class Wildcard:
    """`?`: any size; `..`: any number of them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


ANY = Wildcard("?")
REST = Wildcard("..")


@dataclass(slots=True, eq=False, repr=False)
class Expr:
    """The base: where it stands, and its value in a scope."""

    span: Span

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span!r}>"

    def evaluate(self, scope: Scope) -> Any:
        raise NotImplementedError

    def found(self, scope: Scope) -> Any:
        """What it names, unopened: a label stands for a layer as well as for its value."""
        return self.evaluate(scope)

    def parts(self) -> tuple[Expr, ...]:
        """The expressions inside it."""
        return ()

    def walk(self) -> Iterator[Expr]:
        """Itself and all inside it."""
        yield self
        for part in self.parts():
            yield from part.walk()


@dataclass(slots=True, eq=False, repr=False)
class Constant(Expr):
    """A number, a string, true, false, none, `3x224x224`, `?` or `..`."""

    value: Any

    def evaluate(self, scope: Scope) -> Any:
        if type(self.value) is int and self.value >= LIMIT:
            raise too_large(self.span)
        return self.value


@dataclass(slots=True, eq=False, repr=False)
class Name(Expr):
    """A name, for whatever it stands for."""

    name: str

    def evaluate(self, scope: Scope) -> Any:
        return scope.value(scope.find(self.name, self.span))

    def found(self, scope: Scope) -> Any:
        return scope.find(self.name, self.span)


@dataclass(slots=True, eq=False, repr=False)
class Template(Expr):
    """`enc$i`, `denseblock${i + 1}`: text and expressions by turns."""

    pieces: tuple[str | Expr, ...]

    def text(self, scope: Scope) -> str:
        return "".join(piece if isinstance(piece, str) else self.filled(piece, scope) for piece in self.pieces)

    def filled(self, piece: Expr, scope: Scope) -> str:
        value = piece.evaluate(scope)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise fault("E0401", "a label is made of whole numbers and words", piece.span, f"this is {kind_of(value)}")
        return str(value)

    def evaluate(self, scope: Scope) -> Any:
        return scope.value(self.found(scope))

    def found(self, scope: Scope) -> Any:
        return scope.find(self.text(scope), self.span)

    def parts(self) -> tuple[Expr, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Expr))


@dataclass(slots=True, eq=False, repr=False)
class Quoted(Template):
    """`"block1-1"`, `"22.conv"` after an arrow: a layer by its key, whatever the key is."""

    def found(self, scope: Scope) -> Any:
        first, *others = self.text(scope).split(".")
        found = scope.labelled(first, self.span)
        for name in others:
            found = scope.member(found, name, self.span)
        return found


@dataclass(slots=True, eq=False, repr=False)
class Entry(Expr):
    """`in`, the input of the enclosing block or net."""

    def evaluate(self, scope: Scope) -> Any:
        return scope.entry(self.span)


@dataclass(slots=True, eq=False, repr=False)
class Here(Expr):
    """`_`, the current value."""

    def evaluate(self, scope: Scope) -> Any:
        return scope.here(self.span)


@dataclass(slots=True, eq=False, repr=False)
class Attribute(Expr):
    """`a.b`."""

    value: Expr
    name: str | Template

    def evaluate(self, scope: Scope) -> Any:
        return scope.value(self.found(scope))

    def found(self, scope: Scope) -> Any:
        name = self.name if isinstance(self.name, str) else self.name.text(scope)
        return scope.member(self.value.found(scope), name, self.span)

    def parts(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False, repr=False)
class Index(Expr):
    """`a[i]`: counted from 0, or from the end."""

    value: Expr
    index: Expr

    def evaluate(self, scope: Scope) -> Any:
        sequence, place = self.value.evaluate(scope), self.index.evaluate(scope)
        if isinstance(place, float) and place.is_integer():
            place = int(place)
        if not isinstance(sequence, tuple):
            raise fault("E0401", f"only lists have places, and this is {kind_of(sequence)}", self.value.span)
        if isinstance(place, bool) or not isinstance(place, int):
            help = "places count from 0"
            raise fault("E0401", f"a place in a list is a whole number, not {shown(place)}", self.index.span, help=help)
        if not -len(sequence) <= place < len(sequence):
            last = f"places 0 to {len(sequence) - 1}" if sequence else "none, the list is empty"
            raise fault("E0402", f"the list has no place {place}", self.index.span, f"it has {last}")
        return sequence[place]

    def parts(self) -> tuple[Expr, ...]:
        return (self.value, self.index)


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a call; `name` None where it is positional."""

    span: Span
    name: str | None
    value: Expr


@dataclass(slots=True, eq=False, repr=False)
class Call(Expr):
    """`f(a, b=c)`."""

    callee: Expr
    arguments: tuple[Argument, ...]

    def evaluate(self, scope: Scope) -> Any:
        return scope.call(self)

    def parts(self) -> tuple[Expr, ...]:
        return (self.callee, *(a.value for a in self.arguments))


@dataclass(slots=True, eq=False, repr=False)
class List(Expr):
    """`[a, b]`."""

    items: tuple[Expr, ...]

    def evaluate(self, scope: Scope) -> Any:
        if len(self.items) == 1 and isinstance(self.items[0], Range):
            only = self.items[0].span.text
            raise fault("E0401", "a range is a list already", self.span, help=f"write `{only}`", fix=Fix(self.span, only))
        return measured(tuple([item.evaluate(scope) for item in self.items]), self.span)

    def parts(self) -> tuple[Expr, ...]:
        return self.items


@dataclass(slots=True, eq=False, repr=False)
class Comprehension(Expr):
    """`[item for a in source if condition]`."""

    item: Expr
    targets: tuple[str, ...]
    source: Expr
    condition: Expr | None

    def evaluate(self, scope: Scope) -> Any:
        found = []
        for value in iterated(self.source, scope):
            scope.step(self.span, TURN)
            inner = scope.inner(unpacked(self.targets, value, self.source.span))
            if self.condition is None or truth(self.condition, inner):
                found.append(self.item.evaluate(inner))
        return measured(tuple(found), self.span)

    def parts(self) -> tuple[Expr, ...]:
        return (self.item, self.source) + ((self.condition,) if self.condition else ())


@dataclass(slots=True, eq=False, repr=False)
class Range(Expr):
    """`a..b`, both included."""

    first: Expr
    last: Expr

    def evaluate(self, scope: Scope) -> Any:
        numbers = self.numbers(scope)
        scope.step(self.span, 1 + len(numbers[:LENGTH]) // BULK)
        return measured(tuple(numbers[: LENGTH + 1]), self.span)

    def numbers(self, scope: Scope) -> range:
        """For a loop: without making a list of them."""
        first, last = (bound(end.evaluate(scope), end.span) for end in (self.first, self.last))
        return range(first, last + 1)

    def parts(self) -> tuple[Expr, ...]:
        return (self.first, self.last)


@dataclass(slots=True, eq=False, repr=False)
class Conditional(Expr):
    """`then if condition else otherwise`."""

    then: Expr
    condition: Expr
    otherwise: Expr

    def evaluate(self, scope: Scope) -> Any:
        return (self.then if truth(self.condition, scope) else self.otherwise).evaluate(scope)

    def parts(self) -> tuple[Expr, ...]:
        return (self.then, self.condition, self.otherwise)


@dataclass(slots=True, eq=False, repr=False)
class Logic(Expr):
    """`and`, `or`."""

    word: str
    left: Expr
    right: Expr

    def evaluate(self, scope: Scope) -> Any:
        left = truth(self.left, scope)
        if left is (self.word == "or"):
            return left
        return truth(self.right, scope)

    def parts(self) -> tuple[Expr, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False, repr=False)
class Not(Expr):
    """`not a`."""

    operand: Expr

    def evaluate(self, scope: Scope) -> Any:
        return not truth(self.operand, scope)

    def parts(self) -> tuple[Expr, ...]:
        return (self.operand,)


@dataclass(slots=True, eq=False, repr=False)
class Minus(Expr):
    """`-a`."""

    operand: Expr

    def evaluate(self, scope: Scope) -> Any:
        return -numeric(self.operand.evaluate(scope), self.operand.span, "-")

    def parts(self) -> tuple[Expr, ...]:
        return (self.operand,)


@dataclass(slots=True, eq=False, repr=False)
class Binary(Expr):
    """Arithmetic; + also joins lists and strings, * also repeats a list."""

    sign: str
    left: Expr
    right: Expr

    def evaluate(self, scope: Scope) -> Any:
        left, right = self.left.evaluate(scope), self.right.evaluate(scope)
        if type(left) is int and type(right) is int and self.sign in PLAIN:
            return self.bounded(PLAIN[self.sign](left, right))
        if isinstance(left, tuple):
            scope.step(self.span, 1 + weight(left) // BULK)
        if self.sign == "+" and type(left) is type(right) and isinstance(left, tuple | str):
            return measured(left + right, self.span)
        if self.sign == "*" and isinstance(left, tuple) and type(right) is int:
            return measured(left * min(right, LENGTH + 1), self.span)
        if is_value(left) and is_value(right) and self.sign in JOINS:
            raise self.joining()
        for side, expr in ((left, self.left), (right, self.right)):
            if is_value(side):
                raise self.flowing(side, expr.span)
            numeric(side, expr.span, self.sign)
        return self.bounded(self.computed(left, right))

    def flowing(self, value: Any, span: Span) -> Located:
        """A value where a number is wanted: its channels, perhaps."""
        text = f"{span.text}.c"
        help = f"the number of its channels is `{text}`; layers change values, `{span.text} -> Conv(64, 1)`"
        return fault("E0401", f"`{self.sign}` wants numbers", span, f"this is {kind_of(value)}", help=help)

    def joining(self) -> Located:
        """What flows is joined by merges."""
        word = JOINS[self.sign]
        text = f"{word}({self.left.span.text}, {self.right.span.text})"
        title = f"`{self.sign}` wants numbers, and these are values"
        label = f"`{word}` joins what flows"
        return fault("E0401", title, self.span, label, help=f"write `{text}`", fix=Fix(self.span, text))

    def computed(self, left: Any, right: Any) -> Any:
        if self.sign in ("/", "//", "%") and right == 0:
            raise fault("E0402", "division by zero", self.right.span, "this is 0")
        if isinstance(left, Symbolic) or isinstance(right, Symbolic):
            return self.symbolic(left, right)
        if self.sign == "**" and abs(right) * math.log10(abs(left) + 1) > 300:
            power = f"{shown(left)} to the power {shown(right)}"
            raise fault("E0701", "the number is too large", self.span, power, help="numbers stay below 10**30")
        try:
            result = ARITHMETIC[self.sign](left, right)
        except (OverflowError, ZeroDivisionError) as error:
            raise fault("E0402", "this cannot be computed", self.span, str(error)) from None
        if isinstance(result, complex):
            raise fault("E0402", "a negative number has no such root", self.span)
        return result

    def symbolic(self, left: Any, right: Any) -> Any:
        fits = all(isinstance(side, int | Symbolic) for side in (left, right))
        if fits and (self.sign in ("+", "-", "*") or (self.sign in ("//", "%") and type(right) is int and right > 0)):
            try:
                return ARITHMETIC[self.sign](left, right)
            except Problem as problem:
                raise fault(problem.code, problem.title, self.span, problem.detail, help=problem.help) from None
        raise undecided(self.span, f"{left} {self.sign} {right} needs the number")

    def bounded(self, value: Any) -> Any:
        if isinstance(value, int | float) and not -LIMIT < value < LIMIT:
            raise too_large(self.span)
        return value

    def parts(self) -> tuple[Expr, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False, repr=False)
class Compare(Expr):
    """`a < b <= c`."""

    left: Expr
    signs: tuple[str, ...]
    rights: tuple[Expr, ...]

    def evaluate(self, scope: Scope) -> Any:
        if len(self.signs) > 1:
            better = self.unchained()
            raise fault(
                "E0401",
                "comparisons do not chain",
                self.span,
                "this compares twice",
                help=f"write `{better}`",
                fix=Fix(self.span, better),
            )
        left, right = self.left.evaluate(scope), self.rights[0].evaluate(scope)
        if isinstance(left, tuple):
            scope.step(self.span, 1 + weight(left) // BULK)
        return compared(self.signs[0], left, right, self.span)

    def unchained(self) -> str:
        """Each comparison by itself; in parentheses behind `not`, which would take the first alone."""
        texts = [side.span.text for side in (self.left, *self.rights)]
        text = " and ".join(f"{a} {sign} {b}" for (a, b), sign in zip(pairwise(texts), self.signs, strict=True))
        negated = re.search(r"\bnot\s*$", self.span.source.text[: self.span.start])
        return f"({text})" if negated else text

    def parts(self) -> tuple[Expr, ...]:
        return (self.left, *self.rights)


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
JOINS = {"+": "add", "-": "sub", "*": "mul"}
PLAIN = {sign: ARITHMETIC[sign] for sign in "+-*"}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compared(sign: str, left: Any, right: Any, span: Span) -> bool:
    """A comparison; open sizes are decided where their difference is a number."""
    sizes = isinstance(left, Symbolic) or isinstance(right, Symbolic)
    if sizes and all(isinstance(side, int | Symbolic) and not isinstance(side, bool) for side in (left, right)):
        gap = left - right
        if isinstance(gap, int):
            return COMPARISONS[sign](gap, 0)
        raise undecided(span, f"whether {left} {sign} {right} depends on the input")
    if sizes and sign not in ("==", "!="):
        raise undecided(span, f"whether {left} {sign} {right} depends on the input")
    if sign in ("==", "!="):
        return COMPARISONS[sign](left, right) if comparable(left, right) else sign == "!="
    numeric(left, span, sign)
    numeric(right, span, sign)
    return COMPARISONS[sign](left, right)


def comparable(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool)


def too_large(span: Span) -> Located:
    return fault("E0701", "the number is too large", span, help="numbers stay below 10**30")


def undecided(span: Span, text: str) -> Undecided:
    help = "say the input's size, as in `--input 3x224x224`"
    return Undecided(Diagnostic("E0601", "this needs a size that the program leaves open", (Label(span, text),), (), help))


def truth(condition: Expr, scope: Scope) -> bool:
    value = condition.evaluate(scope)
    if not isinstance(value, bool):
        help = f"compare it, as in `{condition.span.text} > 0`" if isinstance(value, int | float) else None
        raise fault("E0401", "a condition is true or false", condition.span, f"this is {kind_of(value)}", help=help)
    return value


def is_value(value: Any) -> bool:
    """Whether it flows: a value of a shape."""
    return hasattr(value, "shape")


def numeric(value: Any, span: Span, sign: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Symbolic):
        raise fault("E0401", f"`{sign}` wants numbers", span, f"this is {kind_of(value)}")
    return value


def bound(value: Any, span: Span) -> int:
    if isinstance(value, Symbolic):
        raise undecided(span, f"this is {value}")
    number = numeric(value, span, "..")
    if isinstance(number, float) and not number.is_integer():
        raise fault("E0401", "a range goes from one whole number to another", span, f"this is {number:g}")
    return int(number)


def iterated(source: Expr, scope: Scope) -> tuple[Any, ...] | range:
    """What a loop goes over: a list, or a range, which is not made a list for it."""
    if isinstance(source, Range):
        return source.numbers(scope)
    value = source.evaluate(scope)
    if not isinstance(value, tuple):
        help, fix = None, None
        if type(value) is int and value > 0:
            text = f"0..{value - 1}" if isinstance(source, Constant) else f"0..{source.span.text} - 1"
            help, fix = f"write `{text}` for {shown(value)} turns", Fix(source.span, text, certain=False)
        raise fault("E0401", "a loop goes over a list or a range", source.span, f"this is {kind_of(value)}", help=help, fix=fix)
    return value


def measured(value: Any, span: Span) -> Any:
    """Guard: lists, with the lists in them, and texts are of a length that people write."""
    if isinstance(value, tuple | str) and weight(value) > LENGTH:
        raise fault("E0701", f"a list or text of more than {LENGTH:,} items is too long", span)
    return value


def weight(value: tuple[Any, ...] | str) -> int:
    """The number of items, those of inner lists included; counting ends where it is too large."""
    count, waiting = 0, [value]
    while waiting and count <= LENGTH:
        one = waiting.pop()
        count += len(one)
        if count <= LENGTH and not isinstance(one, str):
            waiting.extend(item for item in one if type(item) is tuple)
    return count


def unpacked(targets: tuple[str, ...], value: Any, span: Span) -> dict[str, Any]:
    """Loop variables and their values."""
    if len(targets) == 1:
        return {targets[0]: value}
    if not isinstance(value, tuple) or len(value) != len(targets):
        what = f"a list of {len(value)}" if isinstance(value, tuple) else shown(value)
        help = (
            f"`enumerate({span.text})` gives each with its place, from 0" if len(targets) == 2 and what == shown(value) else None
        )
        raise fault("E0401", f"{len(targets)} names ask for lists of {len(targets)}", span, f"this holds {what}", help=help)
    return dict(zip(targets, value, strict=True))


def kind_of(value: Any) -> str:
    """A value in words, for messages."""
    if isinstance(value, bool) or value is None:
        return shown(value)
    if isinstance(value, int | float):
        return f"the number {value:g}" if isinstance(value, float) else f"the number {value}"
    if isinstance(value, str):
        return f'the text "{value}"'
    if isinstance(value, tuple):
        return f"a list of {len(value)}"
    if isinstance(value, Symbolic):
        return f"the open size {value}"
    if isinstance(value, Wildcard):
        return f"`{value}`, which belongs in shapes"
    if isinstance(value, type):
        return f"the layer {value.word()}"  # type: ignore[attr-defined]
    return str(getattr(value, "described", "something else"))
