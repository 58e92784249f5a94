"""Arguments to parameters: what a call gives, matched by position and by name with what is taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import PlainValidator
from pydantic.fields import FieldInfo

from . import foreign
from .arguments import shown
from .diagnostics import Diagnostic, Fix, Label, Located, did_you_mean, fault
from .expressions import kind_of
from .graph import Value
from .op import Op, counted
from .scopes import UNKNOWN, Layer, Poisoned, written
from .source import Span
from .spelling import slip

Given = tuple[str | None, Any, Span]  # an argument: its name or None, its value, its place
Values = dict[str, tuple[Any, Span]]


class Bound(NamedTuple):
    """Values and places by parameter, and what did not fit: one too many, an unknown or a repeated one."""

    bound: Values
    wrong: list[Diagnostic]

    def all_fit(self) -> Values:
        """The values; raises Located with all that is wrong."""
        if self.wrong:
            raise Located(*self.wrong)
        return self.bound


def bind(taken: Sequence[str], given: Iterable[Given], what: str, variadic: str = "", ahead: int | None = None) -> Bound:
    """Values by parameter. `ahead`: so many may go without their names; None: all of them."""
    bound: Values = {}
    wrong: list[Diagnostic] = []
    loose: list[Given] = []
    extra: list[Span] = []
    place, room = 0, len(taken) if ahead is None else ahead
    for name, value, at in given:
        placed = name is None
        if name is None:
            if variadic:
                loose.append((None, value, at))
                continue
            if place >= room:
                extra.append(at)
                continue
            name, place = taken[place], place + 1
        elif name not in taken:
            others = {*taken[:place], *(one for one, *_ in given if one)}
            wrong.append(unknown_argument(name, at, taken, what, others))
            meant = nearest(name, taken)
            if meant:
                bound.setdefault(meant, (UNKNOWN, at))  # it is not missing as well
            continue
        if name in bound:
            wrong.append(repeated(name, at, bound[name][1], placed))
            continue
        bound[name] = value, at
    if extra:
        wrong.append(too_many(extra[0].to(extra[-1]), taken, what))
    if loose:
        values = tuple(value for _, value, _ in loose)
        single = values[0] if len(values) == 1 and isinstance(values[0], tuple) else values
        at = loose[0][2].to(loose[-1][2])
        if variadic in bound:
            wrong.append(repeated(variadic, at, bound[variadic][1]))
        bound[variadic] = UNKNOWN if any(value is UNKNOWN for value in values) else single, at
    return Bound(bound, wrong)


def bind_layer(cls: type[Op], given: Sequence[Given]) -> Bound:
    """Values by argument of a layer; what is wrong is said in the words that people bring along."""
    result = bind(fields(cls), given, cls.word(), cls.variadic, cls.ahead)
    for place, diagnostic in enumerate(result.wrong):
        if diagnostic.code == "E0205" and cls.ahead is not None:
            result.wrong[place] = too_many_ahead(cls, diagnostic.span, given)
        elif diagnostic.code == "E0204":
            result.wrong[place] = explained(cls, diagnostic)
    return result


@cache
def fields(cls: type[Op]) -> tuple[str, ...]:
    """The names of an op's arguments, in order."""
    return tuple(cls.model_fields)


# ---- what is said of an argument that does not fit ---------------------------------------


def repeated(name: str, again: Span, first: Span, placed: bool = False) -> Diagnostic:
    """`placed`: the second has no name, and counts from the first argument on."""
    labels = (Label(again, f"{name} by its place" if placed else "again here"), Label(first, "first here"))
    help = "arguments without names stand first; give this one its name too" if placed else "take one of them away"
    return Diagnostic("E0202", f"the argument {name} is given twice", labels, (), help)


def too_many(at: Span, taken: Sequence[str], what: str) -> Diagnostic:
    takes = f"{what} takes {counted(len(taken), 'argument') if taken else 'no arguments'}" + (
        ": " + ", ".join(taken) if taken else ""
    )
    return fault("E0205", "there is one argument too many", at, takes, help="take it away").diagnostic


def too_many_ahead(cls: type[Op], at: Span, given: Sequence[Given]) -> Diagnostic:
    """More arguments without a name than say what a layer is: PyTorch's in-channels may be among them."""
    word, ahead, names = cls.word(), cls.ahead or 0, fields(cls)
    written = [(name, foreign.text_of(span)) for name, _, span in given]
    with_names = f"`{foreign.rewritten(cls, written, 'keras')}`"
    title = f"{word} takes no argument without its name"
    if ahead:
        title = f"{word} takes {counted(ahead, 'argument')} without {'its name' if ahead == 1 else 'their names'}"
    help = f"write {with_names}"
    if cls.settled:
        without = f"`{foreign.rewritten(cls, written, 'torch')}`"
        help = f"PyTorch's {cls.settled} is not written here, what arrives settles it: {without}; else {with_names}"
    text = f"{', '.join(names[ahead : ahead + 3])} … go by name"
    return fault("E0205", title, at, text, help=help).diagnostic


def nearest(name: str, taken: Sequence[str]) -> str | None:
    """The argument that was probably meant: by another framework's word for it, else by its letters."""
    return foreign.argument(name, taken) or (None if foreign.remark(name) else did_you_mean(name, taken))


def unknown_argument(name: str, at: Span, taken: Sequence[str], what: str, others: Collection[str] = ()) -> Diagnostic:
    """`others` are given already."""
    word = Span(at.source, at.start, at.start + len(name))
    title = f"{what} has no argument {name}"
    close = nearest(name, taken)
    if close:
        fix = Fix(word, close, close not in others and slip(name, taken) == close)
        return fault("E0204", title, word, "not known", help=f"did you mean `{close}`?", fix=fix).diagnostic
    return fault("E0204", title, word, "not known", help=f"it takes {', '.join(taken) or 'none'}").diagnostic


def explained(cls: type[Op], diagnostic: Diagnostic) -> Diagnostic:
    """An argument that a layer does not know, where another framework has it: why there is none here."""
    name = diagnostic.span.text
    if name == cls.settled or foreign.is_settled(name):
        named = cls.settled or name
        return diagnostic._replace(help=f"leave it out: what arrives settles PyTorch's {named}", fix=None)
    remark = foreign.remark(name)
    return diagnostic._replace(help=remark) if remark and not diagnostic.fix else diagnostic


def missing(names: Sequence[str], what: str, span: Span, beside: Sequence[Diagnostic] = ()) -> list[Diagnostic]:
    """The error of arguments that are not given; none where as many that are not known may be these."""
    if len(names) <= sum(d.code == "E0204" and d.fix is None for d in beside):
        return []
    lacking = " and ".join(names)
    text = f"{lacking} {'is' if len(names) == 1 else 'are'} not given"
    more = ", ".join(f"{name}=…" for name in names)
    call = span.text.rstrip()
    begun = re.sub(r"[\s,]*\)$", "", call)
    whole = f"{call}({more})" if begun == call else f"{begun}{more})" if begun.endswith("(") else f"{begun}, {more})"
    help = f"write `{more if len(whole) > 80 or len(call.splitlines()) > 1 else whole}`"
    return [fault("E0206", f"{what} needs {lacking}", span, text, help=help).diagnostic]


# ---- values ------------------------------------------------------------------------------


def make(cls: type[Op], bound: Values, span: Span) -> Op:
    """An op of validated arguments; raises Located at all that are wrong, Poisoned where one is unknown."""
    found = {}
    for field, info in cls.model_fields.items():
        given = bound.get(info.alias or field)
        if given is None and not info.is_required():
            continue
        if given is None or given[0] is UNKNOWN:
            raise_mistakes(cls, bound, span)
            raise Poisoned
        try:
            found[field] = checked(cls, field, info.alias or field, *given)
        except Located:
            raise_mistakes(cls, bound, span)
            raise
    return cls.model_construct(**found)


def raise_mistakes(cls: type[Op], bound: Values, span: Span) -> None:
    wrong = list(mistaken(cls, bound, span))
    if wrong:
        raise Located(*wrong)


def mistaken(cls: type[Op], bound: Values, span: Span, beside: Sequence[Diagnostic] = ()) -> Iterator[Diagnostic]:
    """All that is wrong with the values of arguments, and those that are missing."""
    lacking = []
    for field, info in cls.model_fields.items():
        name = info.alias or field
        if name in bound and bound[name][0] is not UNKNOWN:
            try:
                checked(cls, field, name, *bound[name])
            except Located as error:
                yield from error.diagnostics
        elif name not in bound and info.is_required():
            lacking.append(name)
    yield from missing(lacking, cls.word(), span, beside)


def checked(cls: type[Op], field: str, name: str, value: Any, at: Span) -> Any:
    """An argument as its field wants it; raises Located.

    The field's own validators are called here as pydantic would call them: before it does so itself it compiles a schema
    of every class, which for a small network takes longer than all that is computed of it.
    """
    if isinstance(value, Value):
        text = foreign.text_of(at)
        help = f"values flow in: `{text} -> {cls.word()}…`; the number of its channels is `{text}.c`"
        raise fault("E0404", f"{cls.word()} cannot take a value for {name}", at, f"this is {value.described}", help=help)
    try:
        for validator in validators(cls.model_fields[field]):
            value = validator(value)
    except ValueError as error:
        if isinstance(value, Layer | type):
            raise nested(cls, field, name, value, at) from None
        text, _, advice = str(error).partition("; ")
        if isinstance(value, str) and foreign.text_of(at) == value:
            advice = f"nothing in scope is called `{value}`, so it is a text" + (
                f"; {said}" if (said := foreign.advice(value)) else ""
            )
        raise fault("E0404", f"{cls.word()} cannot take {name}={shown(value)}", at, text, help=advice or None) from None
    return value


def nested(cls: type[Op], field: str, name: str, value: Layer | type[Op], at: Span) -> Located:
    """A layer where an argument is wanted: in the first place it is to be applied before, else after."""
    text, word, made = foreign.text_of(at), cls.word(), written(value)
    call = f"{word}(…)" if cls.model_fields[field].is_required() or field != fields(cls)[0] else word
    help = f"an arrow applies a layer: `{call} -> {text}`"
    if field == fields(cls)[0]:
        help = f"an arrow applies a layer: `{text} -> {call}`"
    if field == fields(cls)[0] and text != made:
        help = f"`=` only names a layer, a line applies it: `{text}: {made} -> {call}`"
    return fault("E0404", f"{word} cannot take a layer for {name}", at, f"this is {kind_of(value)}", help=help)


def validators(field: FieldInfo) -> Iterable[Callable[[Any], Any]]:
    """Those of a field; all fields of layers have validators that stand for the whole check (tests/ops/test_index.py)."""
    return [entry.func for entry in field.metadata if isinstance(entry, PlainValidator)]  # type: ignore[misc]
