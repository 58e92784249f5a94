"""Values to Python source: whatever stands in a string, nothing of it can become code."""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping

from ...diagnostics import Problem
from ...op import Call
from ...symbols import Symbolic


class Code(str):
    """A text that is Python already."""

    __slots__ = ()


def literal(value: object) -> str:
    """A number, string, list or mapping of them, as ruff writes it; raises Problem for a size that is left open."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, float):
        return real(value)
    if isinstance(value, tuple | list):
        inside = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Symbolic):
        raise Problem(f"a module cannot be built for an open size: {value}", help="say the input's size with --input")
    if value is None or isinstance(value, bool | int):
        return repr(value)
    raise TypeError(f"{value!r} is no literal")


def real(value: float) -> str:
    if math.isfinite(value):
        return repr(value).replace("e+", "e")
    return f'float("{value}")'


def call(form: Call) -> str:
    """A constructor call."""
    written = [
        literal(value) if place < form.positional else f"{name}={literal(value)}"
        for place, (name, value) in enumerate(form.arguments.items())
    ]
    return f"{form.name}({', '.join(written)})"


def string(text: str) -> str:
    """A string literal, in double quotes unless the text has more of them than single ones."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + escaped(text, lambda char: char == quote) + quote


def escaped(text: str, special: Callable[[str], bool]) -> str:
    """The text with backslashes, special characters and all that is not visible escaped."""
    return "".join([("\\" + char) if char == "\\" or special(char) else visible(char) for char in text])


def visible(char: str) -> str:
    """A character, escaped where it has no shape of its own or turns the reading direction."""
    if char.isprintable() and unicodedata.category(char) != "Cf":
        return char
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def docstring(text: str, indent: str, width: int = 100) -> list[str]:
    """The lines of a docstring, wrapped; `indent` stands before each."""
    lines: list[str] = []
    text = re.sub(r"[\ud800-\udfff]", "\ufffd", text)  # halves of a character, which no docstring can hold
    for line in textwrap.dedent(text.expandtabs(4)).strip("\n").split("\n"):
        safe = escaped(line.rstrip(), lambda char: False).replace('"""', '\\"\\"\\"')
        lines += wrapped(safe, width - len(indent))
    lines = [line.rstrip() for line in lines]
    first = lines[0].lstrip()
    if len(lines) == 1 and len(indent + first) + 6 <= width and not first.endswith(('"', "\\")) and not first.startswith('"'):
        return [f'{indent}"""{first}"""']
    opening = (
        [f'{indent}"""{first}']
        if len(indent + first) + 3 <= width and not first.startswith('"')
        else [f'{indent}"""', indent + first]
    )
    return [*opening, *(indent + line if line else "" for line in lines[1:]), f'{indent}"""']


def wrapped(line: str, width: int) -> list[str]:
    """A line as several that are no wider; words are kept whole."""
    lead = line[: len(line) - len(line.lstrip())]
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, subsequent_indent=lead, break_long_words=False, break_on_hyphens=False, expand_tabs=False)
