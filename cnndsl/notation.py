"""An op to the text of its call, as a program would write it: Conv(64, 7, stride=2, padding=3, bias=false)."""

from __future__ import annotations

from collections.abc import Mapping

from .arguments import WORDS, Initialiser
from .op import Op

SIZES = ("kernel_size", "output_size", "size")  # 1x7 says these better than [1, 7]
CUSTOMARY = ("stride", "p", "negative_slope")  # optional arguments that people write without their names
POSITIONAL = 2  # at most so many
NONE: Mapping[str, str] = {}


def notation(op: Op, bound: Mapping[str, str] = NONE) -> str:
    """The call of an op: arguments that differ from their defaults, a bare word where there are none.

    `bound`: names that mean something else where the text will stand, and what says the layer or the initialiser of
    that name there; words such as `same` are quoted then.
    """
    written = op.written()
    called = bound.get(op.title(), op.title())
    if op.kind == "extern":
        bound = all_words()
    ahead = leading(op, written)
    parts = [
        part for place, (name, value) in enumerate(written.items()) for part in argument(op, name, value, place < ahead, bound)
    ]
    return f"{called}({', '.join(parts)})" if parts else called


def all_words() -> Mapping[str, str]:
    """What has strings quoted everywhere: a foreign layer's words may be those of families that nothing else loads."""
    return dict.fromkeys(WORDS, "")


def argument(op: Op, name: str, value: object, positional: bool, bound: Mapping[str, str]) -> list[str]:
    """The texts of one argument: several where it takes all that is written without a name."""
    if name == op.variadic and isinstance(value, tuple):
        return [text(item, "", bound) for item in value]
    return [text(value, name, bound) if positional else f"{name}={text(value, name, bound)}"]


def leading(op: Op, written: dict[str, object]) -> int:
    """How many of the written arguments go without their names: those that are required, and customary ones next to them."""
    fields = type(op).model_fields
    for place, (name, argument) in enumerate(zip(fields, written, strict=False)):
        if place == POSITIONAL or name != argument or not (fields[name].is_required() or name in CUSTOMARY):
            return place
    return min(len(written), POSITIONAL)


def text(value: object, argument: str = "", bound: Mapping[str, str] = NONE) -> str:
    """A value of the language as text that reads back as the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        return value if value in WORDS and value not in bound else quoted(value)
    if isinstance(value, float):
        return repr(value).replace("inf", "1e999")
    if isinstance(value, tuple | list):
        if argument in SIZES and len(value) > 1 and all(type(n) is int and n > 0 for n in value):
            return "x".join(map(str, value))
        return "[" + ", ".join(text(item, "", bound) for item in value) + "]"
    if isinstance(value, Initialiser):
        if value.name == "constant":
            return text(value.arguments[0][1])
        settings = ", ".join(f"{name}={text(item, '', bound)}" for name, item in value.arguments)
        name = bound.get(value.name, value.name)
        return f"{name}({settings})" if settings else name
    if isinstance(value, Op):
        return notation(value, bound)
    return str(value)


def quoted(string: str) -> str:
    """A string in the language's quotes."""
    plain = string.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\n", "\\n").replace("\t", "\\t") + '"'
