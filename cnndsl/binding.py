"""Arguments to parameters: what a call gives, matched by position and by name with what is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import PlainValidator
from pydantic.fields import FieldInfo

from .arguments import shown
from .diagnostics import Diagnostic, Fix, Label, Located, did_you_mean, fault
from .graph import Value
from .op import Op, counted
from .source import Span

Given = tuple[str | None, Any, Span]  # an argument: its name or None, its value, its place


def bind(taken: Sequence[str], given: Iterable[Given], what: str, span: Span, variadic: str = "") -> dict[str, tuple[Any, Span]]:
    """Values and places by parameter; raises Located for one too many, an unknown or a repeated one."""
    bound: dict[str, tuple[Any, Span]] = {}
    loose: list[Given] = []
    place = 0
    for name, value, at in given:
        if name is None:
            if variadic:
                loose.append((None, value, at))
                continue
            if place >= len(taken):
                takes = f"{what} takes {counted(len(taken), 'argument')}" + (": " + ", ".join(taken) if taken else "")
                raise fault("E0205", "there is one argument too many", at, takes)
            name, place = taken[place], place + 1
        elif name not in taken:
            raise unknown_argument(name, at, taken, what)
        if name in bound:
            labels = (Label(at, "again here"), Label(bound[name][1], "first here"))
            raise Located(Diagnostic("E0202", f"the argument {name} is given twice", labels, (), "take one of them away"))
        bound[name] = value, at
    if loose:
        values = tuple(value for _, value, _ in loose)
        single = values[0] if len(values) == 1 and isinstance(values[0], tuple) else values
        at = loose[0][2].to(loose[-1][2])
        if variadic in bound:
            labels = (Label(at, "again here"), Label(bound[variadic][1], "first here"))
            raise Located(Diagnostic("E0202", f"the argument {variadic} is given twice", labels, (), "take one of them away"))
        bound[variadic] = single, at
    return bound


def unknown_argument(name: str, at: Span, taken: Sequence[str], what: str) -> Located:
    close = did_you_mean(name, taken)
    word = Span(at.source, at.start, at.start + len(name))
    if close:
        return fault(
            "E0204", f"{what} has no argument {name}", word, "not known", help=f"did you mean `{close}`?", fix=Fix(word, close)
        )
    return fault("E0204", f"{what} has no argument {name}", word, "not known", help=f"it takes {', '.join(taken) or 'none'}")


def missing(name: str, what: str, span: Span) -> Located:
    return fault("E0206", f"{what} needs {name}", span, f"{name} is not given", help=f"write `{name}=…`")


def make(cls: type[Op], bound: dict[str, tuple[Any, Span]], span: Span) -> Op:
    """An op of validated arguments; raises Located at the argument that is wrong."""
    found = {}
    for field, info in cls.model_fields.items():
        name = info.alias or field
        if name in bound:
            found[name] = checked(cls, field, name, *bound[name])
        elif info.is_required():
            raise missing(name, cls.word(), span)
    return cls.model_construct(**found)


def checked(cls: type[Op], field: str, name: str, value: Any, at: Span) -> Any:
    """An argument as its field wants it; raises Located.

    The field's own validators are called here as pydantic would call them: before it does so itself it compiles a schema
    of every class, which for a small network takes longer than all that is computed of it.
    """
    if isinstance(value, Value):
        help = f"its number of channels is `{at.text.split('=')[-1].strip()}.c`"
        raise fault("E0404", f"{cls.word()} cannot take a value for {name}", at, f"this is {value.described}", help=help)
    try:
        for validator in validators(cls.model_fields[field]):
            value = validator(value)
    except ValueError as error:
        text, _, advice = str(error).partition("; ")
        raise fault("E0404", f"{cls.word()} cannot take {name}={shown(value)}", at, text, help=advice or None) from None
    return value


def validators(field: FieldInfo) -> Iterable[Callable[[Any], Any]]:
    """Those of a field; all fields of layers have validators that stand for the whole check (tests/ops/test_index.py)."""
    return [entry.func for entry in field.metadata if isinstance(entry, PlainValidator)]  # type: ignore[misc]
