"""What an emitted expression gives for the variables of one instance: every text is held against what elaboration gave."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Evaluator = Callable[[Any, Mapping[str, Any]], Any]


class Unknown(Exception):
    """The text cannot be judged: a variable is not known there, or arithmetic fails."""


OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (int, float, round, abs, max, min, sum, len, any, all)},
    **{f"math.{f.__name__}": f for f in (math.floor, math.ceil, math.sqrt, math.log2)},
    "range": lambda *a: tuple(range(*a)),
    "tuple": tuple,
    "enumerate": lambda values, start=0: tuple(enumerate(values, start)),
    "reversed": lambda values: tuple(reversed(values)),
    "zip": lambda *values, strict: tuple(zip(*values, strict=strict)),
}


@cache
def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def evaluate(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of a text; raises Unknown."""
    try:
        return value(parsed(text), variables)
    except (ArithmeticError, TypeError, ValueError, IndexError) as error:
        raise Unknown(text) from error


def value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    found = RULES.get(type(node))
    if found is None:
        raise Unknown(ast.unparse(node))
    return found(node, known)


def name(node: ast.Name | ast.Attribute, known: Mapping[str, Any]) -> Any:
    """A variable, or an attribute that is known by its whole text."""
    text = ast.unparse(node)
    if text not in known:
        raise Unknown(text)
    return known[text]


def call(node: ast.Call, known: Mapping[str, Any]) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "partial" and ast.unparse(node) in known:
        return known[ast.unparse(node)]
    text = ast.unparse(node.func)
    function = known.get(text) or FUNCTIONS.get(text)
    if not callable(function):
        raise Unknown(text)
    named = {k.arg: value(k.value, known) for k in node.keywords if k.arg}
    return function(*(value(argument, known) for argument in node.args), **named)


def comparison(node: ast.Compare, known: Mapping[str, Any]) -> Any:
    return OPERATORS[type(node.ops[0])](value(node.left, known), value(node.comparators[0], known))


def logic(node: ast.BoolOp, known: Mapping[str, Any]) -> Any:
    stop = isinstance(node.op, ast.Or)
    return stop if any(value(part, known) is stop for part in node.values) else not stop


def comprehension(node: ast.GeneratorExp, known: Mapping[str, Any]) -> Any:
    (loop,) = node.generators
    targets = [ast.unparse(t) for t in (loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target])]
    found = []
    for one in value(loop.iter, known):
        inner = {**known, **dict(zip(targets, one if len(targets) > 1 else (one,), strict=True))}
        if all(value(condition, inner) for condition in loop.ifs):
            found.append(value(node.elt, inner))
    return tuple(found)


def template(node: ast.JoinedStr, known: Mapping[str, Any]) -> str:
    pieces = (part.value if isinstance(part, ast.FormattedValue) else part for part in node.values)
    return "".join(str(value(piece, known)) for piece in pieces)


RULES: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Constant: lambda node, known: node.value,
    ast.Name: name,
    ast.Attribute: name,
    ast.Tuple: lambda node, known: tuple(value(item, known) for item in node.elts),
    ast.BinOp: lambda node, known: OPERATORS[type(node.op)](value(node.left, known), value(node.right, known)),
    ast.UnaryOp: lambda node, known: OPERATORS[type(node.op)](value(node.operand, known)),
    ast.Compare: comparison,
    ast.BoolOp: logic,
    ast.IfExp: lambda node, known: value(node.body if value(node.test, known) else node.orelse, known),
    ast.Subscript: lambda node, known: value(node.value, known)[value(node.slice, known)],
    ast.Call: call,
    ast.GeneratorExp: comprehension,
    ast.JoinedStr: template,
}
