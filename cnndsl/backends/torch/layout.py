"""A statement to lines of at most 100 columns, broken where ruff breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 100
INDENT = "    "
CALLED = re.compile(r"[\w\])]$")  # before the bracket of a call, a subscript, a definition
PAIRS = {"(": ")", "[": "]", "{": "}"}


def wrap(indent: str, before: str, expression: str, after: str = "") -> list[str]:
    """The lines of before + expression + after; broken, where it is too long, at the last bracket that the line reaches."""
    whole = indent + before + expression + after
    if len(whole) <= WIDTH:
        return [whole]
    found = brackets(expression)
    if not found:
        return operands(indent, before, expression, after)
    fitting = [pair for pair in found if len(indent + before) + pair[0] < WIDTH]
    start, end = (fitting or found)[-1]
    inside = expression[start + 1 : end]
    opening, closing = indent + before + expression[: start + 1], indent + expression[end:] + after
    deeper = indent + INDENT
    items = list(split(inside, ", "))
    display = not CALLED.search((before + expression)[: len(before) + start])
    if len(deeper + inside) <= WIDTH and not (display and len(items) > 1):
        return [opening, deeper + inside + "," * (before.startswith("def ") and len(items) == 1), closing]
    loops = list(split(inside, " for "))
    if len(loops) > 1:
        made = [line for text in loops[1:] for line in wrap(deeper, "for ", text)]
        return [opening, *wrap(deeper, "", loops[0]), *made, closing]
    if len(items) == 1:
        return [opening, *item(deeper, inside, ""), closing]
    return [opening, *(line for text in items for line in item(deeper, text, ",")), closing]


def item(indent: str, text: str, after: str) -> list[str]:
    """The lines of one argument, by its name or not."""
    name, equals, value = text.partition("=")
    if equals and name.isidentifier():
        return wrap(indent, f"{name}=", value, after)
    return wrap(indent, "", text, after)


def operands(indent: str, before: str, expression: str, after: str) -> list[str]:
    """A chain of operators, one operand a line in parentheses; what has none stays as long as it is."""
    for operator in (" + ", " - ", " * "):
        first, *rest = split(expression, operator)
        if rest:
            lines = [indent + INDENT + first, *(indent + INDENT + operator.lstrip() + text for text in rest)]
            return [f"{indent}{before}(", *lines, f"{indent}){after}"]
    return [indent + before + expression + after]


def brackets(text: str) -> list[tuple[int, int]]:
    """Where the outermost brackets open and close, of a text that ends with one; those that hold nothing left out."""
    if not text or text[-1] not in PAIRS.values():
        return []
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for place, char in code(text):
        if char in PAIRS:
            opened.append(place)
        elif char in PAIRS.values():
            start = opened.pop()
            if not opened and place > start + 1:
                found.append((start, place))
    return found


def split(text: str, separator: str) -> Iterator[str]:
    """The parts of a text between separators that stand outside all brackets and strings."""
    depth = start = 0
    for place, char in code(text):
        if char in PAIRS:
            depth += 1
        elif char in PAIRS.values():
            depth -= 1
        elif depth == 0 and place >= start and text.startswith(separator, place):
            yield text[start:place]
            start = place + len(separator)
    yield text[start:]


def code(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside strings, with their places."""
    quote = ""
    skip = False
    for place, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        else:
            yield place, char
