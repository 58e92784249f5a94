"""Shape patterns to sizes: what an `input` declares or wants, and what a shape note claims."""

from __future__ import annotations

from typing import Any

from .diagnostics import Located, fault
from .expressions import ANY, LIMIT, REST, Constant, Expr, List, Name, kind_of, too_large
from .op import Shape, counted, show
from .scopes import ABSENT, UNKNOWN, Env
from .source import Span
from .symbols import Dim, Symbolic, differ, symbol

AXES = 4  # channels, and up to three spatial ones


def elements(pattern: Expr) -> list[Expr | int]:
    """The parts of a pattern: `3x32x32`, `[c, ?, ?]` or a single number."""
    if isinstance(pattern, List):
        return list(pattern.items)
    assert isinstance(pattern, Constant)
    value = pattern.value
    return list(value) if isinstance(value, tuple) else [value]


def is_literal(pattern: Expr) -> bool:
    """Whether it holds numbers and wildcards only: a contract, when it stands in a net."""
    return all(isinstance(e, int | float | Constant) for e in elements(pattern))


def size(value: Any, span: Span) -> Dim:
    """A size: a whole number from 1 on, or an open one."""
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fault("E0401", "a size is a whole number", span, f"this is {kind_of(value)}")
    if not value < LIMIT:
        raise too_large(span)
    if value != int(value):
        help = "use int(…), round(…) or // to say which is meant"
        raise fault("E0403", f"{value:g} is no size", span, "sizes are whole numbers", help=help)
    if value < 1:
        raise fault("E0403", f"{int(value)} is no size", span, "sizes are at least 1")
    return int(value)


def declare(pattern: Expr, env: Env, name: str) -> Shape:
    """The shape that a net's input declares; `?` and unbound names become open sizes, bound in the scope."""
    sizes: list[Dim] = []
    if not 1 <= len(elements(pattern)) <= AXES:
        title = f"{name} has {counted(len(elements(pattern)), 'number')}, and a value has one to four"
        help = "channels first, then up to three spatial axes, without the batch: `3x32x32`; one number is a flat value"
        raise fault("E0403", title, pattern.span, help=help)
    for place, element in enumerate(elements(pattern)):
        if isinstance(element, int | float):
            sizes.append(size(element, pattern.span))
        elif isinstance(element, Constant) and element.value is ANY:
            sizes.append(symbol(f"{name}.{axis_letter(place, len(elements(pattern)))}"))
        elif isinstance(element, Constant) and element.value is REST:
            raise fault("E0401", "a net declares each of its axes", element.span, help="write `?` for each axis that is open")
        elif isinstance(element, Name) and env.bound(element.name) is ABSENT and element.name not in env.module.names:
            env.names[element.name] = symbol(element.name)
            sizes.append(env.names[element.name])
        else:
            sizes.append(size(element.evaluate(env), element.span))
    return tuple(sizes)


def axis_letter(place: int, axes: int) -> str:
    return "c" if place == 0 else {2: "l", 3: "hw", 4: "dhw"}.get(axes, "xyz")[place - 1]


def match(pattern: Expr, shape: Shape, env: Env, what: str, *, adapt: bool = False, binds: bool = True) -> Located | None:
    """Hold a shape against a pattern, binding its unbound names; the error where they disagree.

    `adapt`: the spatial sizes of literals may differ (a net used as a layer).
    """
    parts = elements(pattern)
    rests = [i for i, part in enumerate(parts) if isinstance(part, Constant) and part.value is REST]
    if len(rests) > 1:
        return fault("E0401", "`..` stands at most once in a pattern", pattern.span)
    if rests:
        gap = len(shape) - (len(parts) - 1)
        if gap < 0:
            return disagree(pattern, shape, what, f"it has {len(shape)} axes, at least {len(parts) - 1} are wanted")
        parts[rests[0] : rests[0] + 1] = [Constant(pattern.span, ANY)] * gap
    if len(parts) != len(shape):
        return disagree(pattern, shape, what, f"it has {len(shape)} axes, {len(parts)} are wanted")
    for place, (part, actual) in enumerate(zip(parts, shape, strict=True)):
        wrong = match_size(part, actual, env, pattern, adapt and place > 0, binds)
        if wrong is not None:
            return disagree(pattern, shape, what, wrong)
    return None


def match_size(part: Expr | int, actual: Dim, env: Env, pattern: Expr, adapt: bool, binds: bool) -> str | None:
    """What is wrong with one size, or None."""
    if isinstance(part, Constant):
        if part.value is ANY:
            return None
        part = part.value
    if binds and isinstance(part, Name) and unifies(part.name, env):
        env.names[part.name] = actual
        return None
    if isinstance(part, Expr):
        text, wanted = part.span.text, part.evaluate(env)
        wanted = size(wanted, part.span)
    else:
        text, wanted = "", size(part, pattern.span)
        if adapt:
            return None
    if differ(actual, wanted):
        return (
            f"{actual} where {text} = {wanted} is wanted"
            if text and text != str(wanted)
            else f"{actual} where {wanted} is wanted"
        )
    return None


def unifies(name: str, env: Env) -> bool:
    """Whether a name in a pattern is free: not yet bound by the block's parameters or an earlier pattern."""
    return env.bound(name) is ABSENT


def forget(pattern: Expr, env: Env) -> None:
    """Leave the names that a pattern would have bound unknown, after an error."""
    for part in elements(pattern):
        if isinstance(part, Name) and unifies(part.name, env) and part.name not in env.module.names:
            env.names[part.name] = UNKNOWN


def disagree(pattern: Expr, shape: Shape, what: str, text: str) -> Located:
    written = pattern.span.text
    return fault("E0502", f"{what} is {show(shape)}, not {written}", pattern.span, text)
