"""Values of the language to arguments of ops: the types of the fields, each with errors in plain words.

A validator raises ValueError with a sentence that can stand alone; nothing is coerced but a whole float to an int.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator

from .diagnostics import did_you_mean
from .symbols import Symbolic

LARGEST = 10**15  # as many numbers as a tensor may have
WORDS: set[str] = set()  # words that may be written bare in an argument: same, reflect, nearest …


def shown(value: object) -> str:
    """A value as the language writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return value.__name__ if isinstance(value, type) else str(getattr(value, "described", value))


def number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, Symbolic):
            raise ValueError(f"{value} is not known here; say the input's size with --input")
        quoted = isinstance(value, str) and value.replace(".", "", 1).isdigit()
        raise ValueError(f"{shown(value)} is not a number" + ("; write it without quotes" if quoted else ""))
    return value


def whole(value: object) -> int:
    """An int, or a float that is whole."""
    n = number(value)
    if isinstance(n, float) and not n.is_integer():
        raise ValueError(f"{n:g} is not a whole number; use int(…), round(…) or // to say which is meant")
    if abs(n) > LARGEST:
        raise ValueError(f"{n:g} is too large, it must be at most {LARGEST:,}")
    return int(n)


def at_least(low: int) -> Any:
    def check(value: object) -> int:
        n = whole(value)
        if n < low:
            raise ValueError(f"{n} is too small, it must be at least {low}")
        return n

    return check


def each(check: Any) -> Any:
    """A validator of one value for all axes or a list with one for each."""

    def validate(value: object) -> Any:
        if isinstance(value, tuple):
            if not value:
                raise ValueError("an empty list says nothing; write a number")
            return tuple(check(item) for item in value)
        return check(value)

    return validate


def optional(check: Any) -> Any:
    """A validator of one value that may be left out as none."""

    def validate(value: object) -> Any:
        return None if value is None else check(value)

    return validate


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        meant = {0: "; write false", 1: "; write true"}.get(value, "") if isinstance(value, int) else ""
        raise ValueError(f"{shown(value)} is neither true nor false{meant}")
    return value


def share(value: object) -> float | int:
    n = number(value)
    if not 0 <= n <= 1:
        percent = f"; {n:g} % is {n / 100:g}" if 2 <= n <= 100 else ""
        raise ValueError(f"{n:g} is not a probability, it must be from 0 to 1{percent}")
    return n


def pads(value: object) -> Any:
    """A number; the word same; a list with, for each axis, a number or an inner list [before, after]."""
    if isinstance(value, str):
        if value != "same":
            none = value.lower() == "valid"
            advice = "none at all is 0, the default" if none else "write a number, a list of numbers or same"
            raise ValueError(f"{shown(value)} is no padding; {advice}")
        return value
    if not isinstance(value, tuple):
        return NATURAL(value)
    result = []
    for item in value:
        if isinstance(item, tuple):
            if len(item) != 2:
                raise ValueError(f"{shown(item)} is no pair [before, after]")
            result.append((NATURAL(item[0]), NATURAL(item[1])))
        else:
            result.append(NATURAL(item))
    return tuple(result)


WORDS.add("same")
NATURAL = at_least(0)
POSITIVE = at_least(1)

Count = Annotated[int, PlainValidator(POSITIVE)]  # 1, 2, 3, …
Natural = Annotated[int, PlainValidator(NATURAL)]  # 0, 1, 2, …
Whole = Annotated[int, PlainValidator(whole)]
Number = Annotated[int | float, PlainValidator(number)]
Probability = Annotated[int | float, PlainValidator(share)]
Flag = Annotated[bool, PlainValidator(flag)]
Extent = Annotated[int | tuple[int, ...], PlainValidator(each(POSITIVE))]  # one for all axes, or one for each
Pads = Annotated[Any, PlainValidator(pads)]


def word(*choices: str) -> Any:
    """One of these words, bare or quoted."""
    WORDS.update(choices)

    def check(value: object) -> str:
        if value not in choices:
            close = did_you_mean(value, choices) if isinstance(value, str) else None
            raise ValueError(f"{shown(value)} is none of {', '.join(choices)}" + (f"; did you mean {close}?" if close else ""))
        return str(value)

    return PlainValidator(check)


@dataclass(frozen=True, slots=True)
class Initialiser:
    """A function of torch.nn.init by its name (without the underscore) and its arguments, defaults left out."""

    name: str
    arguments: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        return f"{self.name}({', '.join(f'{k}={shown(v)}' for k, v in self.arguments)})"
