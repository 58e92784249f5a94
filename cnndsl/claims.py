"""What an assertion claims: whether it speaks of totals, and what to say when it does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import tree
from .arguments import shown
from .diagnostics import Located, fault
from .expressions import Attribute, Call, Compare, Expr, Logic, Name, truth
from .graph import Claim
from .scopes import (
    ABSENT,
    TOTALS,
    Env,
    Poisoned,
)

SAID = (Name, Attribute, Call)  # what a claim speaks of, where the claim may be what is wrong


def asks_totals(condition: Any, env: Env) -> bool:
    """Whether an assertion speaks of what only analysis knows."""
    for part in condition.walk():
        if isinstance(part, Name) and part.name in (*TOTALS, "rf") and env.bound(part.name) is ABSENT:
            return True
    return False


def failed(statement: tree.Assertion, env: Any) -> Located:
    """An assertion that does not hold, with the numbers on both sides."""
    condition = statement.condition
    text = sides(condition, env)
    title = statement.why or f"the assertion does not hold: {condition.span.text}"
    notes = [f"asserted: {condition.span.text}"] if statement.why else []
    return fault("E0501", title, condition.span, text, notes=notes, help=correction(condition, env))


def claimed(condition: Expr, why: str | None, env: Env) -> Iterator[Claim]:
    """What a condition that holds says of totals, numbers put in for all else; parts that say something else are left out."""
    if isinstance(condition, Logic) and condition.word == "and":
        yield from claimed(condition.left, why, env)
        yield from claimed(condition.right, why, env)
    if not isinstance(condition, Compare) or not isinstance(condition.left, Name) or condition.left.name not in TOTALS:
        return
    try:
        right = condition.rights[0].evaluate(env)
    except (Located, Poisoned):
        return
    if isinstance(right, int | float):
        yield Claim(condition.left.name, f"{condition.left.name} {condition.signs[0]} {literal(right)}", why)


def correction(condition: Expr, env: Env) -> str | None:
    """The claim that would hold, of an equality."""
    if not isinstance(condition, Compare) or condition.signs != ("==",) or not isinstance(condition.left, SAID):
        return None
    try:
        left = condition.left.evaluate(env)
    except (Located, Poisoned):
        return None
    if hasattr(left, "described"):
        return None
    return f"if the layers are as they should be: `{condition.left.span.text} == {literal(left)}`"


def holds(condition: Expr, env: Env) -> bool:
    try:
        return truth(condition, env)
    except (Located, Poisoned):
        return False


def sides(condition: Any, env: Any) -> str:
    """Both sides of a failed comparison, as numbers; of several joined by `and`, the first that failed."""
    if isinstance(condition, Logic) and condition.word == "and":
        return sides(condition.right if holds(condition.left, env) else condition.left, env)
    if not hasattr(condition, "rights"):
        return "this is false"
    try:
        left, right = condition.left.evaluate(env), condition.rights[0].evaluate(env)
    except (Located, Poisoned):
        return "this is false"
    text = f"{condition.left.span.text} is {number(left)}" if str(left) != condition.left.span.text else f"{number(left)}"
    other = (
        ""
        if str(right) == condition.rights[0].span.text.replace("_", "")
        else f", {condition.rights[0].span.text} is {number(right)}"
    )
    return text + other


def literal(value: Any) -> str:
    """A value as the program would write it."""
    return f"{value:_}" if isinstance(value, int) and not isinstance(value, bool) else shown(value)


def number(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return shown(value)
